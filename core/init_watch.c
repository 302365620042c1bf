/* SPDX-License-Identifier: MIT */
/* What an init does, in either program: no C library. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "core/init.h"
#include "core/sys.h"

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
static void reap(int status_fd, long job)
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
		init_exit(sys(SYS_write, status_fd, &told, sizeof(told)) ==
					  sizeof(told)
				  ? 0
				  : 125);
	}
	/* No SIGCHLD would come again. */
	if (pid < 0)
		init_exit(125);
}

/*
 * All signals are blocked since before the clone, so none is lost and none
 * acts.  What comes from outside, where the sender has no pid here, is for the
 * job; what the job sends is not.
 */
_Noreturn void init_watch(int status_fd, long job, long to_group)
{
	const uint64_t all = ~(uint64_t)0;
	siginfo_t info;

	close_all_but(status_fd);
	for (;;) {
		long signal = sys(SYS_rt_sigtimedwait, &all, &info, NULL, 8);

		if (signal == SIGCHLD)
			reap(status_fd, job);
		else if (signal <= 0 || info.si_code > 0 || info.si_pid != 0)
			continue;
		else if (signal == INIT_END)
			sys(SYS_kill, -1, SIGKILL); /* SIGCHLD is next */
		else if (signal == INIT_STOP)
			sys(SYS_kill, -1, SIGSTOP);
		else if (signal == INIT_CONT)
			sys(SYS_kill, -1, SIGCONT);
		else if (!to_group || sys(SYS_kill, -job, signal) < 0)
			sys(SYS_kill, job, signal); /* or it has no group yet */
	}
}
