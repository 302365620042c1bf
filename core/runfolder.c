/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/base.h"
#include "core/cgroup.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/relay_door.h"
#include "core/runfolder.h"
#include "core/tmpdir.h"

#define ROOT_BASE "/run/cordon"
#define RUNS "runs"
#define TMP_PREFIX "cordon-runs-"

enum {
	FILE_MAX = 16 * 1024, /* of a run's file: a dozen paths */
	TRIES = 8,
};

/* ---- where ---- */

static const char *environ_value(const struct cordon_job *job, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; job->environ && job->environ[i]; i++)
		if (!strncmp(job->environ[i], name, size) &&
		    job->environ[i][size] == '=')
			return job->environ[i] + size + 1;
	return NULL;
}

/* The environment is anybody's word: the folder must be the caller's alone. */
static bool is_runtime_dir(const char *path, uint32_t uid)
{
	struct cordon_error ignored = { 0 };
	int fd = *path == '/' && strlen(path) < PATH_MAX / 2
			 ? base_open(path, uid, &ignored)
			 : -1;
	struct stat st;
	bool is_it = fd >= 0 && fstat(fd, &st) == 0 && st.st_uid == uid &&
		     !(st.st_mode & 077);

	if (fd >= 0)
		close(fd);
	return is_it;
}

/* "cordon-runs-" and what base_new_name() gives behind "cordon-". */
static bool is_tmp_base(const char *name)
{
	char other[BASE_NAME_SIZE];

	if (strncmp(name, TMP_PREFIX, strlen(TMP_PREFIX)))
		return false;
	snprintf(other, sizeof(other), "cordon-%s", name + strlen(TMP_PREFIX));
	return base_is_name(other);
}

/* Its name is random, so it is found again by its form and its owner. */
static const char *find_in_tmp(struct arena *arena, const struct cordon_job *job)
{
	DIR *tmp = opendir("/tmp");
	struct dirent *entry;
	const char *found = NULL;
	struct stat st;

	while (!found && tmp && (entry = readdir(tmp)))
		if (is_tmp_base(entry->d_name) &&
		    fstatat(dirfd(tmp), entry->d_name, &st,
			    AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISDIR(st.st_mode) && st.st_uid == job->uid &&
		    (st.st_mode & 07777) == 0700)
			found = arena_printf(arena, "/tmp/%s", entry->d_name);
	if (tmp)
		closedir(tmp);
	return found;
}

const char *runfolder_base(struct arena *arena, const struct cordon_job *job,
			   int is_run)
{
	const char *path = environ_value(job, "XDG_RUNTIME_DIR");
	char name[BASE_NAME_SIZE];

	if (job->is_root)
		return ROOT_BASE;
	if (path && is_runtime_dir(path, job->uid))
		return arena_printf(arena, "%s/cordon", path);
	path = arena_printf(arena, "/run/user/%u", (unsigned)job->uid);
	if (is_runtime_dir(path, job->uid))
		return arena_printf(arena, "%s/cordon", path);
	if (!is_run)
		return "/tmp/(chosen at start)";
	path = find_in_tmp(arena, job);
	if (path)
		return path;
	base_new_name(name);
	return *name ? arena_printf(arena, "/tmp/" TMP_PREFIX "%s",
				    name + strlen("cordon-"))
		     : NULL;
}

int runfolder_open(const struct outside *outside, struct cordon_error *err)
{
	const struct plan *plan = outside->plan;

	/* A job of another uid passes through to its folder, and sees nothing. */
	return base_open_own(plan->settled.run_base, geteuid(),
			     plan->job->is_root ? 0711 : 0700, err);
}

static int open_runs(const struct outside *outside, struct cordon_error *err)
{
	const char *path = arena_printf(outside->plan->arena, "%s/" RUNS,
					outside->plan->settled.run_base);
	int base = runfolder_open(outside, err), runs;

	if (base < 0)
		return -1;
	close(base);
	runs = base_open_own(path, geteuid(), 0700, err);
	return runs;
}

/* ---- what dead runs left ---- */

static const struct {
	const char *kind;
	int (*remove)(const char *path); /* 0: it is gone */
	bool is_named_by_caller;
} kinds[] = {
	{ "tmp", tmpdir_remove, false },
	{ "cgroup", cgroup_remove, false },
	{ "socket", door_remove, true },
};

/* Of our form, or left alone: no other name of ours was ever written. */
static int remove_line(const char *line)
{
	const char *path = strchr(line, ' '), *name = strrchr(line, '/');

	if (!path || path[1] != '/')
		return 0;
	for (size_t i = 0; i < CORDON_COUNT(kinds); i++)
		if ((size_t)(path - line) == strlen(kinds[i].kind) &&
		    !strncmp(line, kinds[i].kind, strlen(kinds[i].kind)) &&
		    (kinds[i].is_named_by_caller || base_is_name(name + 1)))
			return kinds[i].remove(path + 1);
	return 0;
}

/* The last first, as the run itself would have done. */
static bool remove_all(char *text, size_t size)
{
	bool is_gone = true;

	/* A line without its end was never acted upon. */
	while (size > 0 && text[size - 1] != '\n')
		size--;
	while (size > 0) {
		size_t start = size - 1;

		text[start] = '\0';
		while (start > 0 && text[start - 1] != '\n')
			start--;
		is_gone &= remove_line(text + start) == 0;
		size = start;
	}
	return is_gone;
}

/* Ours, and of nobody else's making. */
static bool is_run_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_uid == geteuid() && (st.st_mode & 07777) == 0600 &&
	       st.st_nlink == 1 && st.st_size < FILE_MAX;
}

static void sweep_one(int runs, const char *name)
{
	char text[FILE_MAX];
	ssize_t size;
	int fd = openat(runs, name,
			O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_run_file(fd)) {
		size = read(fd, text, sizeof(text));
		if (size >= 0 && remove_all(text, (size_t)size))
			unlinkat(runs, name, 0);
	}
	close(fd);
}

static void sweep(int runs)
{
	int fd = openat(runs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (base_is_name(entry->d_name))
			sweep_one(runs, entry->d_name);
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

/* ---- the file of this run ---- */

/*
 * Between its creation and its lock another run may take an empty file for a
 * dead run's and remove it: then there is one more.
 */
static int make_file(struct outside *outside)
{
	struct stat st;
	mode_t mask;
	int fd, code;

	for (int i = 0; i < TRIES; i++) {
		base_new_name(outside->run_name);
		mask = umask(0);
		fd = openat(outside->runs_fd, outside->run_name,
			    O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW |
				    O_CLOEXEC,
			    0600);
		code = errno;
		umask(mask);
		errno = code;
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
		    st.st_nlink == 1)
			return fd;
		close(fd);
	}
	errno = EAGAIN;
	return -1;
}

/* Below /tmp another run may remove the folder that it no longer needs. */
static int open_file(struct outside *outside, struct cordon_error *err)
{
	for (int i = 0; i < TRIES; i++) {
		outside->runs_fd = open_runs(outside, err);
		if (outside->runs_fd < 0 && err->code == ENOENT)
			continue;
		if (outside->runs_fd < 0)
			return -1;
		sweep(outside->runs_fd);
		outside->lock_fd = make_file(outside);
		if (outside->lock_fd >= 0)
			return 0;
		cordon_fail(err, errno, "cannot make a file in '%s/" RUNS "'",
			    outside->plan->settled.run_base);
		close(outside->runs_fd);
		outside->runs_fd = -1;
		if (err->code != ENOENT)
			return -1;
	}
	return -1;
}

static int begin_file(struct outside *outside, struct cordon_error *err)
{
	if (open_file(outside, err) < 0)
		return -1;
	outside_keep(outside, outside->runs_fd);
	outside_keep(outside, outside->lock_fd);
	return 0;
}

int runfolder_note(struct outside *outside, const char *kind, const char *path,
		   struct cordon_error *err)
{
	const char *line = arena_printf(outside->plan->arena, "%s %s\n", kind,
					path);
	ssize_t size = (ssize_t)strlen(line);

	if (outside->lock_fd < 0 && begin_file(outside, err) < 0)
		return -1;
	if (write(outside->lock_fd, line, (size_t)size) == size)
		return 0;
	return cordon_fail(err, errno, "cannot write to '%s/" RUNS "'",
			   outside->plan->settled.run_base);
}

void runfolder_end(struct outside *outside)
{
	const char *base = outside->plan->settled.run_base;

	if (outside->lock_fd >= 0 && !outside->has_left)
		unlinkat(outside->runs_fd, outside->run_name, 0);
	if (outside->lock_fd >= 0)
		close(outside->lock_fd);
	if (outside->runs_fd >= 0)
		close(outside->runs_fd);
	outside->lock_fd = outside->runs_fd = -1;
	/* In /tmp nothing stays that is not needed; it does where it is. */
	if (base && !strncmp(base, "/tmp/", 5)) {
		rmdir(arena_printf(outside->plan->arena, "%s/" RUNS, base));
		rmdir(base);
	}
}
