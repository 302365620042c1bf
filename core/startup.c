/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/ready.h"
#include "core/startup.h"
#include "core/sys.h"
#include "core/offspring.h"

#define PAUSE_NS 20000000

/* What the job's main process has as its root.  An init has it too, but is out
 * of reach for who is not root. */
static int open_root(const struct plan *plan, struct offspring *tree, pid_t pid)
{
	char path[64];
	pid_t job = pid;

	if (!plan->settled.has_mounts)
		return open("/", O_PATH | O_CLOEXEC);
	if (plan->settled.has_init) {
		tree->root = pid;
		job = tree->proc || offspring_open(tree) == 0 ? offspring_first(tree)
							 : -1;
	}
	snprintf(path, sizeof(path), "/proc/%d/root", (int)job);
	return job < 0 ? -1 : open(path, O_PATH | O_CLOEXEC);
}

/* Without leaving that root by a link. */
static bool is_there(int root, const char *path)
{
	const struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				      .resolve = RESOLVE_IN_ROOT |
						 RESOLVE_NO_MAGICLINKS };
	long fd = sys(SYS_openat2, root, path, &how, sizeof(how));

	if (fd >= 0)
		close((int)fd);
	return fd >= 0;
}

/* True: nobody waits for more. */
static bool look(const struct plan *plan, int root, int fd, bool *is_seen)
{
	const struct step *step = plan_find(plan, CORDON_STEP_STARTUP);
	bool is_done = true;

	for (int32_t i = 0; step; step = plan_next(plan, step), i++) {
		if (is_seen[i])
			continue;
		is_seen[i] = is_there(root, step->is.text[0]);
		if (is_seen[i] &&
		    send(fd, &i, sizeof(i), MSG_NOSIGNAL) != sizeof(i))
			return true;
		is_done = is_done && is_seen[i];
	}
	return is_done;
}

_Noreturn static void help(const struct plan *plan, pid_t parent, pid_t pid,
			   int fd)
{
	const struct timespec pause = { 0, PAUSE_NS };
	struct offspring tree = { .proc = NULL };
	bool *is_seen = arena_alloc(plan->arena, plan->n_steps + 1);
	char begin;
	int root = -1;

	/* A job of the same user would trace it, who is confined by nothing:
	 * said before there is one. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    send(fd, "", 1, MSG_NOSIGNAL) != 1)
		_exit(1);
	/* The job's output has an end although we live. */
	sys_close_all(0, (unsigned)fd - 1);
	sys_close_all((unsigned)fd + 1, ~0U);
	if (recv(fd, &begin, 1, 0) != 1)
		_exit(1);
	for (;;) {
		if (root < 0)
			root = open_root(plan, &tree, pid);
		if (root >= 0 && look(plan, root, fd, is_seen))
			_exit(0);
		nanosleep(&pause, NULL);
	}
}

int startup_begin(struct startup *startup, const struct plan *plan, pid_t pid)
{
	pid_t parent = getpid();
	int ends[2], code;
	char ready;

	*startup = (struct startup){ .fd = -1 };
	if (!plan_find(plan, CORDON_STEP_STARTUP))
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	startup->helper = fork();
	if (startup->helper == 0)
		help(plan, parent, pid, ends[1]);
	code = errno;
	close(ends[1]);
	startup->fd = ends[0];
	if (startup->helper > 0 && recv(ends[0], &ready, 1, 0) == 1)
		return 0;
	if (startup->helper < 0)
		startup->helper = 0;
	else
		code = ECHILD; /* it could not begin */
	startup_end(startup);
	errno = code;
	return -1;
}

void startup_end(struct startup *startup)
{
	if (startup->fd >= 0)
		close(startup->fd);
	startup->fd = -1;
	helper_end(&startup->helper);
}
