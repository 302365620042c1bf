/* SPDX-License-Identifier: MIT */
/*
 * permit - say yes to every job
 *
 *	[permit]
 *	control = sufficient
 *
 * Takes nothing back of what other sections decide: a required one that says no
 * refuses all the same.  For trying out a stack whose `sufficient` sections
 * would refuse.
 */
#include <cordon/module.h>

struct permit {
	struct cordon_text message;
};

static const struct cordon_option options[] = {
	{ "message", "as in deny, so that one word turns it into the other",
	  CORDON_TEXT, CORDON_BOTH, CORDON_AT(struct permit, message) },
};

static int permit_decide(const void *self, const struct cordon_job *job,
			 struct cordon_error *err)
{
	(void)self;
	(void)job;
	(void)err;
	return 0;
}

CORDON_MODULE(permit) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "says yes to every job",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct permit),
	.decide = permit_decide,
};
