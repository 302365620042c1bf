/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "core/act.h"
#include "core/rows.h"
#include "core/step.h"
#include "core/sys.h"

void act_fail(struct act *act, long rc)
{
	size_t n;

	act->report.code = (int32_t)-rc;
	if (act->report.what[0] != '\0' || !act->what) /* a row said more */
		return;
	n = strnlen(act->what, sizeof(act->report.what) - 1);
	memcpy(act->report.what, act->what, n);
	act->report.what[n] = '\0';
}

void act_run(struct act *act)
{
	const struct plan *plan = act->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];
		int rc;

		if (!step->row->act)
			continue;
		act->report.step = (int32_t)i;
		act->what = step->row->name; /* not what the last row left */
		rc = step->row->act(act, step);
		if (rc >= 0)
			continue;
		/* Nothing was done; the record says so. */
		if (act->report.unsupported && step->may_skip &&
		    !plan->is_strict) {
			act->skipped[i] = true;
			act->report.unsupported = 0;
			act->report.skipped = (int32_t)i + 1;
			act->report.what[0] = '\0';
			continue;
		}
		act_fail(act, rc);
		return;
	}
	act->report.code = EPROTO; /* a plan without exec */
}

/* ---- pid 1 of a new pid namespace ---- */

static void close_all_but(int fd)
{
	if (fd > 0)
		sys_close_all(0, (unsigned)fd - 1);
	sys_close_all((unsigned)fd + 1, ~0U);
}

_Noreturn static void init_exit(int status)
{
	for (;;)
		sys(SYS_exit_group, status);
}

static int64_t microseconds(const struct timeval *time)
{
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

/*
 * What the job left is ended and reaped here, since the kernel, which would end
 * it too when its init goes, does not count what it used.  Whom we may not end
 * is left to the kernel.
 */
static void end_rest(void)
{
	const uint64_t all = ~(uint64_t)0;
	const struct timespec pause = { 0, 20000000 };

	for (int i = 0; i < 100; i++) {
		long pid;

		sys(SYS_kill, -1, SIGKILL);
		do
			pid = sys(SYS_wait4, -1, NULL, WNOHANG | __WALL, NULL);
		while (pid > 0);
		if (pid < 0)
			return;
		sys(SYS_rt_sigtimedwait, &all, NULL, &pause, 8);
	}
}

/* With the job all of it ends. */
static void reap(const struct act *act, long job)
{
	struct rusage usage;
	int status = 0;
	long pid;

	while ((pid = sys(SYS_wait4, -1, &status, WNOHANG, NULL)) > 0) {
		struct job_status told = { .status = status };

		if (pid != job)
			continue;
		end_rest();
		if (sys(SYS_getrusage, RUSAGE_CHILDREN, &usage) == 0) {
			told.user_us = microseconds(&usage.ru_utime);
			told.sys_us = microseconds(&usage.ru_stime);
			told.max_rss_kb = usage.ru_maxrss;
		}
		init_exit(sys(SYS_write, act->status_fd, &told, sizeof(told)) ==
					  sizeof(told)
				  ? 0
				  : 125);
	}
}

/*
 * All signals are blocked since before the clone, so none is lost and none
 * acts.  What comes from outside, where the sender has no pid here, is for the
 * job; what the job sends is not.
 */
_Noreturn static void be_init(const struct act *act, long job)
{
	const uint64_t all = ~(uint64_t)0;
	siginfo_t info;

	close_all_but(act->status_fd);
	for (;;) {
		long signal = sys(SYS_rt_sigtimedwait, &all, &info, NULL, 8);

		if (signal == SIGCHLD)
			reap(act, job);
		else if (signal <= 0 || info.si_code > 0 || info.si_pid != 0)
			continue;
		else if (signal == ACT_INIT_END)
			sys(SYS_kill, -1, SIGKILL); /* SIGCHLD is next */
		else
			sys(SYS_kill, job, signal);
	}
}

int act_init(struct act *act, const struct step *step)
{
	long pid, rc;

	(void)step;
	/* The job may be faster than its init; it is traceable after exec. */
	act->what = "prctl(PR_SET_DUMPABLE)";
	rc = sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (rc == 0)
		rc = sys(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	if (rc != 0)
		return rc < 0 ? (int)rc : -EPROTO;
	act->what = "clone";
	pid = sys(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid < 0)
		return (int)pid;
	if (pid > 0)
		be_init(act, pid);
	return 0;
}
