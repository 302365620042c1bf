/* SPDX-License-Identifier: MIT */
/* unbound - calls what is nowhere: it must be refused when it is loaded */
#include <cordon/module.h>

int cordon_is_nowhere(void);

static int unbound_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	return cordon_is_nowhere();
}

CORDON_MODULE(unbound) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "lacks a symbol",
	.plan = unbound_plan,
};
