/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/base.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/ready.h"
#include "core/relay.h"
#include "core/relay_door.h"
#include "core/runfolder.h"
#include "core/sys.h"
#include "core/trust.h"

#define NAME "socket"	 /* in the job's folder */
#define PAUSE_NS 5000000 /* until the next look whether the job listens */
#define WAITING 16	 /* connections that nobody took yet */

/* ---- planning ---- */

int settle_door(struct plan *plan, struct cordon_error *err)
{
	const struct step *first = plan_find(plan, CORDON_STEP_STREAM_SOCKET);
	const struct step *dir = plan_find(plan, CORDON_STEP_TMP_DIR);
	struct cordon_step folder = { .type = CORDON_STEP_TMP_DIR,
				      .number = { -1 } };

	if (!first)
		return 0;
	for (const struct step *step = plan_next(plan, first); step;
	     step = plan_next(plan, step))
		if (strcmp(step->is.text[0], first->is.text[0])) {
			plan->failed_section = step->section;
			return cordon_fail(
				err, 0,
				"%s '%s' contradicts that of %s (a "
				"job has one such socket)",
				plan_blame(plan->arena, plan, step),
				plan_print_step(plan->arena, step),
				plan_blame(plan->arena, plan, first));
		}
	if (dir && dir->is.number[0] >= 0) {
		plan->failed_section = dir->section;
		return cordon_fail(
			err, 0,
			"%s a size makes a folder that cordon itself "
			"cannot reach, and %s needs to",
			plan_blame(plan->arena, plan, dir),
			plan_blame(plan->arena, plan, first));
	}
	if (!dir) {
		const struct step asker = *first; /* it moves */

		plan_add(plan, asker.section, asker.where, 0, asker.may_skip,
			 &folder);
	}
	return 0;
}

const char *door_path(const struct plan *plan, const char **variable)
{
	const struct step *step = plan_find(plan, CORDON_STEP_STREAM_SOCKET);

	if (!step)
		return NULL;
	*variable = step->is.text[0];
	return arena_printf(plan->arena, "%s/" NAME, plan->settled.tmp_path);
}

/* ---- outside ---- */

static const char *callers_path(const struct plan *plan, const char *variable)
{
	size_t size = strlen(variable);

	for (size_t i = 0; plan->job->environ && plan->job->environ[i]; i++)
		if (!strncmp(plan->job->environ[i], variable, size) &&
		    plan->job->environ[i][size] == '=')
			return plan->job->environ[i] + size + 1;
	return NULL;
}

/* The name in the folder; NULL: none. */
static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] && strcmp(slash + 1, ".") ? slash + 1 : NULL;
}

/* O_PATH. */
static int open_above(const char *path, struct cordon_error *err)
{
	char above[PATH_MAX];

	snprintf(above, sizeof(above), "%.*s", (int)(name_in(path) - path),
		 path);
	return base_open(above, geteuid(), err);
}

/* The name in its folder, or NULL. */
static const char *judge_path(const char *path, const char *variable,
			      struct cordon_error *err)
{
	struct sockaddr_un address;
	const char *name = path ? name_in(path) : NULL;

	if (!path) {
		cordon_fail(err, 0, "the caller has no variable '%s'",
			    variable);
		return NULL;
	}
	if (trust_check_path_text(path, err) < 0)
		return NULL;
	if (name && strlen(path) < sizeof(address.sun_path))
		return name;
	cordon_fail(err, 0,
		    "'%s' of the caller's cannot be the path of a socket",
		    variable);
	return NULL;
}

/* By the folder that was judged, wherever its path leads by now. */
static int bind_in(int folder, const char *name, int fd)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int rc, code;

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path),
			     "/proc/self/fd/%d/%s", folder,
			     name) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&address, sizeof(address));
	code = errno;
	umask(mask);
	errno = code;
	return rc;
}

/* Of nobody else's making, and for nobody else. */
static int look_at(struct outside *outside, const char *name)
{
	struct stat st;

	if (fstatat(outside->door_dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -1;
	errno = EIO;
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return -1;
	outside->door_device = st.st_dev;
	outside->door_inode = st.st_ino;
	outside->door_name = name;
	return st.st_mode & 077 ? -1 : 0; /* an ACL of the folder's */
}

int door_make(struct outside *outside, const struct step *step,
	      struct cordon_error *err)
{
	const char *variable = step->is.text[0];
	const char *path = callers_path(outside->plan, variable), *name;

	if (outside->door_fd >= 0) /* another section sees the same */
		return 0;
	name = judge_path(path, variable, err);
	if (!name || runfolder_note(outside, "socket", path, err) < 0)
		return -1;
	outside->door_dir_fd = open_above(path, err);
	if (outside->door_dir_fd < 0)
		return -1;
	outside_keep(outside, outside->door_dir_fd);
	outside->door_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (outside->door_fd < 0)
		return cordon_fail(err, errno, "cannot make a socket");
	outside_keep(outside, outside->door_fd);
	if (bind_in(outside->door_dir_fd, name, outside->door_fd) < 0)
		return cordon_fail(err, errno == EADDRINUSE ? 0 : errno,
				   errno == EADDRINUSE ? "'%s' is there already"
						       : "cannot make '%s'",
				   path);
	if (look_at(outside, name) < 0 || listen(outside->door_fd, WAITING) < 0)
		return cordon_fail(err, errno, "cannot listen at '%s'", path);
	return 0;
}

/* Somebody else's is left where it is. */
static void unlink_own(const struct outside *outside)
{
	struct stat st;

	if (outside->door_name &&
	    fstatat(outside->door_dir_fd, outside->door_name, &st,
		    AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == outside->door_device &&
	    st.st_ino == outside->door_inode)
		unlinkat(outside->door_dir_fd, outside->door_name, 0);
}

void door_undo(struct outside *outside, const struct step *step)
{
	(void)step;
	if (outside->door_dir_fd >= 0) {
		unlink_own(outside);
		close(outside->door_dir_fd);
	}
	if (outside->door_fd >= 0)
		close(outside->door_fd);
	outside->door_fd = outside->door_dir_fd = -1;
	outside->door_name = NULL;
}

/* Does nobody listen there any more? */
static bool is_deserted(int folder, const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is_it;

	snprintf(address.sun_path, sizeof(address.sun_path),
		 "/proc/self/fd/%d/%s", folder, name);
	is_it = fd >= 0 &&
		connect(fd, (const struct sockaddr *)&address,
			sizeof(address)) < 0 &&
		errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return is_it;
}

int door_remove(const char *path)
{
	struct cordon_error why = { 0 };
	const char *name = name_in(path);
	struct stat st;
	int folder;

	if (!name ||
	    strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return 0;
	folder = open_above(path, &why);
	if (folder < 0)
		return why.code == ENOENT ? 0 : -1;
	/* By now it can be another run's. */
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISSOCK(st.st_mode) && st.st_uid == geteuid() &&
	    is_deserted(folder, name))
		unlinkat(folder, name, 0);
	close(folder);
	return 0;
}

/* ---- the door ---- */

struct door {
	const struct plan *plan;
	int listening, base, folder, relay_fd;
};

/* The job's own, and no link of its to another: here its names lead further
 * than where it is itself. */
static int find_socket(const struct door *door)
{
	struct stat st;
	int fd = openat(door->folder, NAME, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) &&
	    st.st_uid == door->plan->settled.host_uid)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* -1: it does not listen yet. */
static int connect_job(const struct door *door)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int found = find_socket(door), fd = -1;

	if (found >= 0)
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			    0);
	if (fd >= 0) {
		snprintf(address.sun_path, sizeof(address.sun_path),
			 "/proc/self/fd/%d", found);
		if (connect(fd, (const struct sockaddr *)&address,
			    sizeof(address)) < 0) {
			close(fd);
			fd = -1;
		}
	}
	if (found >= 0)
		close(found);
	return fd;
}

static bool has_hung_up(int fd)
{
	struct pollfd one = { .fd = fd };

	return poll(&one, 1, 0) > 0 && one.revents & (POLLHUP | POLLERR);
}

/* The caller may have given up meanwhile. */
static int wait_for_job(const struct door *door, int caller)
{
	const struct timespec pause = { 0, PAUSE_NS };
	int fd;

	while ((fd = connect_job(door)) < 0) {
		if (has_hung_up(caller))
			return -1;
		nanosleep(&pause, NULL);
	}
	return fd;
}

static void hand_over(const struct door *door, int caller, int job)
{
	const int fds[DOOR_FDS] = { caller, caller, job, job };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(fds))];
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(fds)) } };
	char byte = 0;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	const struct msghdr message = { .msg_iov = &one,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	if (sendmsg(door->relay_fd, &message, MSG_NOSIGNAL) != 1)
		_exit(1); /* there is no relay any more */
}

_Noreturn static void keep_door(const struct door *door)
{
	for (;;) {
		int caller = accept4(door->listening, NULL, NULL,
				     SOCK_CLOEXEC | SOCK_NONBLOCK);
		int job;

		if (caller < 0 && errno != EINTR && errno != ECONNABORTED &&
		    errno != EAGAIN)
			_exit(1);
		if (caller < 0)
			continue;
		job = wait_for_job(door, caller);
		if (job >= 0) {
			hand_over(door, caller, job);
			close(job);
		}
		close(caller);
	}
}

_Noreturn static void become_door(struct door *door, pid_t parent,
				  const struct ready *ready)
{
	const struct plan *plan = door->plan;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	door->folder = openat(door->base, plan->settled.tmp_name,
			      O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (door->folder < 0 ||
	    relay_close_others((const int[]){ door->listening, door->folder,
					      door->relay_fd, ready->ends[1] },
			       4) < 0 ||
	    relay_drop_privileges(plan) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	/* the change of ids has forgotten it */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    ready_say(ready) < 0)
		_exit(1);
	close(ready->ends[1]);
	keep_door(door);
}

pid_t door_begin(const struct outside *outside, int relay_fd)
{
	struct door door = { .plan = outside->plan,
			     .listening = outside->door_fd,
			     .base = outside->tmp_base_fd,
			     .relay_fd = relay_fd };
	pid_t parent = getpid(), pid;
	struct ready ready;

	if (ready_open(&ready) < 0)
		return -1;
	pid = fork();
	if (pid == 0)
		become_door(&door, parent, &ready);
	if (ready_hear(&ready) == 0)
		return pid;
	helper_end(&pid);
	errno = ECHILD;
	return -1;
}
