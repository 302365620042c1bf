/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <string.h>

#include "core/arena.h"
#include "core/cgroup.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/runfolder.h"
#include "core/step.h"

/* ---- planning ---- */

static bool is_made_outside(const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].row->make)
			return true;
	return false;
}

int settle_outside(struct plan *plan, struct cordon_error *err)
{
	if (settle_cgroup(plan, err) < 0)
		return -1;
	if (!is_made_outside(plan))
		return 0;
	plan->settled.run_base =
		runfolder_base(plan->arena, plan->job, plan->takes_pool);
	return plan->settled.run_base
		       ? 0
		       : cordon_fail(err, 0, "no random name for a folder");
}

static uint64_t imply(const struct plan *plan, uint32_t type,
		      const struct step **asker)
{
	if (!*asker)
		*asker = plan_find(plan, type);
	return CLONE_NEWNS;
}

uint64_t outside_namespaces(const struct plan *plan, const struct step **asker)
{
	const struct step *step = plan_find(plan, CORDON_STEP_TMP_DIR);
	uint64_t flags = 0;

	/* A folder with a size is a filesystem of its own. */
	if (step && step->is.text[0] && step->is.number[0] >= 0)
		flags |= imply(plan, CORDON_STEP_TMP_DIR, asker);
	/* Where the job could write to its cgroup, its view is read-only. */
	if (plan->settled.cgroup && plan->settled.cgroup->is_nested)
		flags |= imply(plan, CORDON_STEP_CGROUP_PARENT, asker);
	return flags;
}

/* ---- a run ---- */

void outside_keep(struct outside *outside, int fd)
{
	if (outside->n_keep < CORDON_COUNT(outside->keep))
		outside->keep[outside->n_keep++] = fd;
}

static int blame(struct outside *outside, const struct step *step,
		 struct cordon_error *err)
{
	char text[sizeof(err->text)];

	outside->failed = step;
	memcpy(text, err->text, sizeof(text));
	return cordon_say(err, err->reason, err->code, "%s %s",
			  plan_blame(outside->plan->arena, outside->plan, step),
			  text);
}

int outside_make(struct outside *outside, const struct plan *plan,
		 struct cordon_error *err)
{
	*outside = (struct outside){ .plan = plan,
				     .runs_fd = -1,
				     .lock_fd = -1,
				     .tmp_base_fd = -1,
				     .secret_base_fd = -1,
				     .secret_fd = -1,
				     .door_fd = -1,
				     .door_dir_fd = -1 };
	outside->is_entered = arena_alloc(plan->arena, plan->n_steps + 1);
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (!step->row->make)
			continue;
		outside->is_entered[i] = true;
		if (step->row->make(outside, step, err) < 0)
			return blame(outside, step, err);
	}
	return 0;
}

void outside_undo(struct outside *outside)
{
	const struct plan *plan = outside->plan;

	for (size_t i = plan->n_steps; i-- > 0;)
		if (outside->is_entered[i] && plan->steps[i].row->undo)
			plan->steps[i].row->undo(outside, &plan->steps[i]);
	runfolder_end(outside);
}
