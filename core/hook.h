/* SPDX-License-Identifier: MIT */
/*
 * hook - module code is called here and nowhere else
 *
 * A hook may crash, hang, call exit or leave the process changed: none of that
 * lets a job start (I59).
 */
#ifndef CORDON_HOOK_H
#define CORDON_HOOK_H 1
#include "core/prepare.h"

int hook_configure(struct prepared *prepared, struct part *part,
		   struct cordon_error *err);
int hook_decide(struct prepared *prepared, struct part *part,
		struct cordon_error *err);
int hook_plan(struct prepared *prepared, struct part *part,
	      struct cordon_plan *plan, struct cordon_error *err);
int hook_begin(struct prepared *prepared, struct part *part,
	       struct cordon_error *err);
int hook_finish(struct prepared *prepared, struct part *part,
		const struct cordon_result *result, struct cordon_error *err);
/* In a relay, under its filter: core/relay.h. */
int hook_stream(const struct part *part, struct cordon_flow *flow,
		const void *data, size_t size, struct cordon_error *err);

#endif /* CORDON_HOOK_H */
