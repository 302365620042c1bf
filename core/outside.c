/* SPDX-License-Identifier: MIT */
#include "core/arena.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/step.h"

int outside_make(struct outside *outside, const struct plan *plan,
		 struct cordon_error *err)
{
	*outside = (struct outside){ .plan = plan, .lock_fd = -1 };
	outside->is_entered = arena_alloc(plan->arena, plan->n_steps + 1);
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (!step->row->make)
			continue;
		outside->is_entered[i] = true;
		if (step->row->make(outside, step, err) < 0)
			return -1;
	}
	return 0;
}

void outside_undo(struct outside *outside)
{
	const struct plan *plan = outside->plan;

	for (size_t i = plan->n_steps; i-- > 0;)
		if (outside->is_entered[i] && plan->steps[i].row->undo)
			plan->steps[i].row->undo(outside, &plan->steps[i]);
}
