/* SPDX-License-Identifier: MIT */
/* other_major - for a cordon that is not this one */
#include <cordon/module.h>

CORDON_MODULE(other_major) = {
	.abi = { CORDON_ABI_MAJOR + 1, 7, sizeof(struct cordon_module),
		 sizeof(struct cordon_option) },
	.kind = CORDON_CONFINE,
	.summary = "of another major",
};
