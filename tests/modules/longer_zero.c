/* SPDX-License-Identifier: MIT */
/*
 * longer_zero - built for a later minor: its hook that this cordon lacks is
 * absent, so it is taken
 */
#include <cordon/module.h>

static int longer_zero_plan(const void *self, struct cordon_plan *plan,
			    struct cordon_error *err)
{
	return 0;
}

struct longer {
	struct cordon_module module;
	int (*one)(void), (*two)(void);
};

extern __attribute__((visibility("default")))
const struct longer longer_zero_LTX_cordon_module;
const struct longer longer_zero_LTX_cordon_module = {
	.module = {
		.abi = { CORDON_ABI_MAJOR, CORDON_ABI_MINOR + 1,
			 sizeof(struct longer), sizeof(struct cordon_option) },
		.kind = CORDON_CONFINE,
		.summary = "of a later minor, all of whose news are absent",
		.plan = longer_zero_plan,
	},
};
