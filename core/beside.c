/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/procstat.h"
#include "core/spawn.h"

/* ---- the helper ---- */

/* The one that is between; what it leaves behind is its maker's no more. */
_Noreturn static void leave(pid_t pid)
{
	_exit(pid < 0 ? errno : 0);
}

static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0; /* whether there is a helper its word tells */
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
	return errno ? -1 : 0;
}

/* A job that waits for SIGCHLD must not find one of ours. */
static int fork_twice(void)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t pending, child;
	int rc, code;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	if (sigpending(&pending) < 0)
		return -1;
	pid = fork();
	if (pid < 0)
		return -1;
	if (pid == 0) {
		pid = fork();
		if (pid != 0)
			leave(pid);
		return 0;
	}
	rc = reap(pid);
	code = errno;
	if (!sigismember(&pending, SIGCHLD))
		sigtimedwait(&child, NULL, &at_once);
	errno = code;
	return rc < 0 ? -1 : 1;
}

/* A subreaper would become the helper's parent; that outlives exec. */
int beside_fork(void)
{
	int is_reaper = 0, rc;

	if (prctl(PR_GET_CHILD_SUBREAPER, &is_reaper, 0, 0, 0) < 0 ||
	    (is_reaper && prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) < 0))
		return -1;
	rc = fork_twice();
	if (rc != 0 && is_reaper &&
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return -1;
	return rc;
}

/* ---- the end ---- */

/* Linux 6.15: PIDFD_GET_INFO with PIDFD_INFO_EXIT.  What the headers of a system
 * have may be older. */
struct pidfd_info_exit {
	uint64_t mask, cgroup;
	uint32_t ids[11]; /* process, group, parent; users, groups */
	int32_t status;
};
#define GET_INFO _IOWR(0xFF, 11, struct pidfd_info_exit)
#define INFO_EXIT ((uint64_t)1 << 3)

int beside_status(int pidfd)
{
	struct pidfd_info_exit info = { .mask = INFO_EXIT };

	return ioctl(pidfd, GET_INFO, &info) == 0 && info.mask & INFO_EXIT
		       ? info.status
		       : STATUS_UNKNOWN;
}

/* Of whom the kernel hides it, the status reads as 0; so it does with this. */
static bool may_read(pid_t pid)
{
	char path[64], text[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	return readlink(path, text, sizeof(text)) > 0;
}

#define REAP_MS 100 /* for a parent to take what is hidden from us */

void beside_end(int pidfd, pid_t pid, uint64_t start, struct outcome *outcome)
{
	const int64_t tick = 1000000 / sysconf(_SC_CLK_TCK);
	struct pollfd reaped = { .fd = pidfd };
	int64_t field[STAT_FIELDS] = { 0 };
	/* First: who is there after it was there all the time. */
	bool is_shown = may_read(pid);
	bool is_there = procstat_read(-1, pid, field, STAT_STATUS) == 0 &&
			(uint64_t)field[STAT_START] == start &&
			field[STAT_STATE] == 'Z';

	outcome->status = STATUS_UNKNOWN;
	outcome->user_us = outcome->sys_us = outcome->max_rss_kb = -1;
	if (is_there) {
		outcome->user_us = (field[STAT_USER] + field[STAT_CHILDREN_USER]) * tick;
		outcome->sys_us = (field[STAT_SYS] + field[STAT_CHILDREN_SYS]) * tick;
	}
	if (is_there && is_shown) {
		outcome->status = (int)field[STAT_STATUS];
		return;
	}
	if (is_there)
		poll(&reaped, 1, REAP_MS);
	outcome->status = beside_status(pidfd);
}
