/* SPDX-License-Identifier: MIT */
/*
 * longer_used - built for a later minor: the hook that this cordon lacks would
 * not be called, so it is refused
 */
#include <cordon/module.h>

static int longer_used_plan(const void *self, struct cordon_plan *plan,
			    struct cordon_error *err)
{
	return 0;
}

struct longer {
	struct cordon_module module;
	int (*one)(void), (*two)(void);
};

static int longer_used_two(void)
{
	return 0;
}

extern __attribute__((visibility("default")))
const struct longer longer_used_LTX_cordon_module;
const struct longer longer_used_LTX_cordon_module = {
	.module = {
		.abi = { CORDON_ABI_MAJOR, CORDON_ABI_MINOR + 1,
			 sizeof(struct longer), sizeof(struct cordon_option) },
		.kind = CORDON_CONFINE,
		.summary = "of a later minor, with a hook that this cordon lacks",
		.plan = longer_used_plan,
	},
	.two = longer_used_two,
};
