/* SPDX-License-Identifier: MIT */
/* good - a module as it should be, for the loader's tests */
#include <cordon/module.h>

CORDON_MODULE(good) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "nothing at all",
};
