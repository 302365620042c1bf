/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "core/act.h"
#include "core/init.h"
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

int act_say(struct act *act, int rc, const char *what)
{
	act->report.what[0] = '\0';
	act->what = what;
	return rc;
}

void act_run(struct act *act, size_t from)
{
	const struct plan *plan = act->plan;

	for (size_t i = from; i < plan->n_steps; i++) {
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

_Noreturn void act_give_up(const struct act *act)
{
	sys(SYS_write, act->report_fd, &act->report, sizeof(act->report));
	for (;;)
		sys(SYS_exit_group, 125);
}

/*
 * In a stack of somebody else's: a filter cannot read what clone3(2) is asked
 * for, and so denies it.  With memory of its own; what has no bit here fails, as
 * a cgroup to be born into, and a time namespace, whose bit is the signal's.
 */
static long clone_by_old_call(const struct clone_args *args,
			      void (*enter)(void *), void *arg)
{
	long rc;

	if (args->flags >> 32 || args->flags & CSIGNAL)
		return -ENOSYS;
	rc = sys(SYS_clone,
		 (args->flags & ~(uint64_t)CLONE_VM) | args->exit_signal, 0,
		 args->pidfd);
	if (rc == 0)
		enter(arg);
	return rc;
}

/*
 * The job's process makes raw system calls alone and writes to nothing that its
 * maker reads, so that until exec it needs no memory of its own: a copy, and
 * what both write to again, costs more than half of the set-up.
 */
long act_clone(struct act *act, struct clone_args *args, size_t stack,
	       void (*enter)(void *), void *arg)
{
	long rc;

	if (act->stacks[stack]) {
		args->flags |= CLONE_VM;
		args->stack = (uint64_t)(uintptr_t)act->stacks[stack];
		args->stack_size = ACT_STACK_SIZE;
	}
	rc = sys_clone(args, sizeof(*args), enter, arg);
	return rc == -ENOSYS ? clone_by_old_call(args, enter, arg) : rc;
}

long act_wait_byte(struct act *act, int fd, const char *what)
{
	char byte;
	long rc;

	act->what = what;
	do
		rc = sys(SYS_read, fd, &byte, 1);
	while (rc == -EINTR);
	return rc == 1 ? 0 : rc < 0 ? rc : -ECANCELED;
}

/* ---- pid 1 of a new pid namespace ---- */

static void be_job(void *arg)
{
	struct act *act = arg;

	act_run(act, (size_t)act->report.step + 1);
	act_give_up(act);
}

static long to_group(const struct act *act)
{
	return act->plan->settled.forward == FORWARD_GROUP;
}

static long execute_init(const struct act *act, long job)
{
	const int kept[] = { act->status_fd, act->ready_fd[1], act->life_fd };
	char text[INIT_ARGS][24];
	const char *argv[INIT_ARGS + 1] = { "cordon-init", PACKAGE_VERSION };
	const char *const environ[] = { NULL };
	long rc = 0;

	argv[INIT_JOB] = act_number(text[INIT_JOB], job);
	for (size_t i = 0; rc == 0 && i < sizeof(kept) / sizeof(kept[0]); i++) {
		argv[INIT_STATUS + i] =
			act_number(text[INIT_STATUS + i], kept[i]);
		rc = sys(SYS_fcntl, kept[i], F_SETFD, 0);
	}
	argv[INIT_GROUP] = act_number(text[INIT_GROUP], to_group(act));
	return rc < 0 ? rc : sys(SYS_execveat, act->init_fd, "", argv, environ,
				 AT_EMPTY_PATH);
}

/* It may share its memory with the job, which goes on: nothing is written but to
 * the stack. */
_Noreturn static void become_init(const struct act *act, int32_t step, long job)
{
	struct report report = { .step = step,
				 .what = "cannot start its init" };
	long rc;

	if (act->init_fd >= 0) {
		rc = execute_init(act, job);
	} else { /* it stays what it is */
		rc = sys(SYS_write, act->ready_fd[1], "", 1);
		if (rc == 1)
			init_watch(act->status_fd, job, to_group(act));
	}
	report.code = rc < 0 ? (int32_t)-rc : EIO;
	sys(SYS_write, act->report_fd, &report, sizeof(report));
	for (;;)
		sys(SYS_exit_group, 125); /* the job goes too */
}

int act_init(struct act *act, const struct step *step)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	const int32_t index = act->report.step;
	long pid, rc;

	(void)step;
	/* A job of the same user could trace it else. */
	act->what = "prctl(PR_SET_DUMPABLE)";
	rc = sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (rc == 0)
		rc = sys(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0);
	if (rc != 0)
		return rc < 0 ? (int)rc : -EPROTO;
	act->what = "clone3";
	pid = act_clone(act, &args, 1, be_job, act);
	if (pid < 0)
		return (int)pid;
	become_init(act, index, pid);
}
