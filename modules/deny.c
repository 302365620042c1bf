/* SPDX-License-Identifier: MIT */
/*
 * deny - refuse every job
 *
 *	[deny]
 *	message = the machine is in maintenance until Monday
 *
 * A stack of this alone is what an unknown stack's name leads to.
 */
#include <cordon/module.h>

struct deny {
	struct cordon_text message;
};

static const struct cordon_option options[] = {
	{ "message", "text for the refusal", CORDON_TEXT, CORDON_BOTH,
	  CORDON_AT(struct deny, message), .value = "this stack runs no jobs" },
};

static int deny_decide(const void *self, const struct cordon_job *job,
		       struct cordon_error *err)
{
	const struct deny *deny = self;

	(void)job;
	return cordon_deny(err, "%s", deny->message.text);
}

CORDON_MODULE(deny) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "refuses every job",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct deny),
	.decide = deny_decide,
};
