/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/caller.h"
#include "core/plan.h"

static int fail(const struct plan *plan, const struct step *step, int code,
		const char *what, struct cordon_error *err)
{
	return cordon_fail(err, code, "%s %s: %s",
			   plan_blame(plan->arena, plan, step),
			   plan_print_step(plan->arena, step), what);
}

int caller_open(struct plan *plan, pid_t caller, struct cordon_error *err)
{
	const struct step *step = plan_find(plan, CORDON_STEP_PDEATH);

	if (!step)
		return 0;
	plan->failed_section = step->section;
	if (caller == 0)
		return fail(
			plan, step, 0,
			"the caller is in another pid namespace, where "
			"cordon cannot watch it (leave it out here: who ends "
			"this namespace ends the job)",
			err);
	plan->caller_fd = (int)syscall(SYS_pidfd_open, caller, 0);
	if (plan->caller_fd < 0 && errno != ESRCH)
		return fail(plan, step, errno, "cannot watch the caller", err);
	/* Else the pid may be somebody else's by now. */
	if (plan->caller_fd < 0 || getppid() != caller)
		return fail(plan, step, 0, "the caller has ended already", err);
	plan->failed_section = NULL;
	return 0;
}

bool caller_is_gone(const struct plan *plan)
{
	struct pollfd one = { .fd = plan->caller_fd, .events = POLLIN };

	/* Who cannot look must not take it for alive. */
	return plan->caller_fd >= 0 && poll(&one, 1, 0) != 0;
}
