/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/init.h"
#include "core/offspring.h"
#include "core/plan.h"
#include "core/procstat.h"
#include "core/ready.h"
#include "core/suspend.h"
#include "core/sys.h"

#define PAUSE_MS 100

struct helper {
	const struct plan *plan;
	struct offspring tree;
	int stat_fd, cordon_fd, pidfd; /* cordon's state and life, the job */
	bool is_stopped; /* the job, by us */
	bool ends;	 /* it with cordon: also a look after it went on, since
			    who dies of KILL is not stopped any more */
};

/* By the file that was opened while we could: where /proc hides what belongs to
 * others, a process that cannot be traced is hidden from its own user. */
static bool is_cordon_stopped(const struct helper *helper)
{
	int64_t field[STAT_FIELDS];

	return procstat_read_fd(helper->stat_fd, field, STAT_STATE) == 0 &&
	       field[STAT_STATE] == 'T';
}

/* An init does it in its namespace, at one moment; without one it is done from
 * outside, by the chain of parents. */
static void stop(struct helper *helper)
{
	helper->is_stopped = helper->ends = true;
	if (helper->plan->settled.has_init) {
		sys(SYS_pidfd_send_signal, helper->pidfd, INIT_STOP, NULL, 0);
		return;
	}
	sys(SYS_pidfd_send_signal, helper->pidfd, SIGSTOP, NULL, 0);
	offspring_stop(&helper->tree);
}

static void go_on(struct helper *helper)
{
	helper->is_stopped = false;
	if (helper->plan->settled.has_init) {
		sys(SYS_pidfd_send_signal, helper->pidfd, INIT_CONT, NULL, 0);
		return;
	}
	offspring_send(&helper->tree, SIGCONT);
	sys(SYS_pidfd_send_signal, helper->pidfd, SIGCONT, NULL, 0);
}

/* What is stopped would stay so for ever: all of it that we know ends with
 * cordon.  An init has died of that already. */
static void end(struct helper *helper)
{
	if (!helper->ends)
		return;
	sys(SYS_pidfd_send_signal, helper->pidfd, SIGKILL, NULL, 0);
	if (!helper->plan->settled.has_init)
		offspring_send(&helper->tree, SIGKILL);
}

_Noreturn static void help(struct helper *helper)
{
	struct pollfd cordon = { .fd = helper->cordon_fd, .events = POLLIN };

	for (;;) {
		bool is_stopped;

		if (poll(&cordon, 1, PAUSE_MS) > 0)
			break;
		is_stopped = is_cordon_stopped(helper);
		if (is_stopped && (!helper->is_stopped ||
				   helper->plan->settled.has_init))
			stop(helper); /* an init that began late forgot none */
		else if (!is_stopped && helper->is_stopped)
			go_on(helper);
		else if (!is_stopped)
			helper->ends = false;
	}
	end(helper);
	_exit(0);
}

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* A session of its own: who stops cordon's group stops the job's others by us. */
_Noreturn static void become_helper(struct helper *helper,
				    const struct offspring *tree,
				    const struct ready *ready)
{
	int kept[4] = { helper->stat_fd, helper->cordon_fd, helper->pidfd, 0 };
	unsigned from = 0;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || setsid() < 0)
		_exit(1);
	helper->tree = *tree;
	helper->tree.proc = NULL;
	if (!helper->plan->settled.has_init &&
	    (offspring_open(&helper->tree) < 0 ||
	     offspring_except(&helper->tree, getpid()) < 0))
		_exit(1);
	if (ready_say(ready) < 0)
		_exit(1);
	kept[3] = helper->tree.proc ? dirfd(helper->tree.proc) : kept[0];
	qsort(kept, 4, sizeof(*kept), compare_ints);
	/* The job's output has an end although we live. */
	for (int i = 0; i < 4; i++) {
		if ((unsigned)kept[i] > from)
			sys_close_all(from, (unsigned)kept[i] - 1);
		from = (unsigned)kept[i] + 1;
	}
	sys_close_all(from, ~0U);
	help(helper);
}

static int open_self(struct helper *helper)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)getpid());
	helper->stat_fd = open(path, O_RDONLY | O_CLOEXEC);
	helper->cordon_fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	return helper->stat_fd < 0 || helper->cordon_fd < 0 ? -1 : 0;
}

static void close_self(const struct helper *helper)
{
	int code = errno;

	if (helper->stat_fd >= 0)
		close(helper->stat_fd);
	if (helper->cordon_fd >= 0)
		close(helper->cordon_fd);
	errno = code;
}

/* 0, or -1 with errno: then there is none. */
static int start_helper(struct suspend *suspend, struct helper *helper,
			const struct offspring *tree)
{
	struct ready ready;

	if (ready_open(&ready) < 0)
		return -1;
	suspend->helper = fork();
	if (suspend->helper == 0)
		become_helper(helper, tree, &ready);
	if (ready_hear(&ready) == 0)
		return 0;
	if (suspend->helper > 0)
		suspend_end(suspend);
	suspend->helper = 0;
	errno = ECHILD;
	return -1;
}

int suspend_begin(struct suspend *suspend, const struct plan *plan,
		  struct offspring *tree, int pidfd)
{
	struct helper helper = { .plan = plan, .pidfd = pidfd };
	int rc;

	suspend->helper = 0;
	if (!plan_find(plan, CORDON_STEP_SUSPEND))
		return 0;
	rc = open_self(&helper);
	if (rc == 0)
		rc = start_helper(suspend, &helper, tree);
	close_self(&helper);
	return rc == 0 && tree->is_ours
		       ? offspring_except(tree, suspend->helper)
		       : rc;
}

void suspend_end(struct suspend *suspend)
{
	helper_end(&suspend->helper);
}
