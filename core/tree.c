/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH, statx(2) */
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "core/mount.h"
#include "core/sys.h"
#include "core/tree.h"

enum {
	LEVELS = 24,	    /* descriptors at once; what lies deeper is moved up */
	ROUNDS = 3,	    /* over one folder, without removing anything */
	RETRY_SECONDS = 20, /* for what comes back while it is removed */
	SECONDS = 600,
};

struct level {
	int fd;
	int64_t at;	   /* where reading goes on, should it not just do so */
	bool must_seek;
	unsigned rounds;   /* fruitless ones */
	bool was_fruitful; /* something went in this round */
	char name[256];	   /* in the level above */
};

struct removal {
	struct level level[LEVELS];
	size_t depth; /* levels in use */
	struct mount_stat top;
	int64_t began; /* seconds */
	int code; /* the first errno of what cannot go */
	_Alignas(struct sys_entry) char buffer[8192];
};

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool is_late(const struct removal *removal, int64_t seconds)
{
	return now_s() - removal->began > seconds;
}

static void note(struct removal *removal, int code)
{
	if (removal->code == 0)
		removal->code = code;
}

/* The same filesystem does not mean the same mount; 0 before Linux 5.8. */
static int identify(int fd, struct mount_stat *st)
{
	int rc = mount_stat(fd, "", st);

	if (rc == -ENOSYS)
		st->mount = 0;
	errno = -rc;
	return rc < 0 && rc != -ENOSYS ? -1 : 0;
}

/* O_PATH needs no right on the object itself, which may have mode 0. */
static int open_object(int above, const char *name)
{
	return openat(above, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* For calls that take no O_PATH: this is no name but the object. */
static const char *path_of(char path[64], int fd)
{
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return path;
}

/*
 * Opened once more for reading, and from here on nobody else's: a process of
 * another user that still stands in it can add nothing.
 */
static int take_over(int folder)
{
	char path[64];

	if (geteuid() == 0 && chown(path_of(path, folder), 0, 0) < 0 &&
	    errno != EPERM)
		return -1;
	if (chmod(path_of(path, folder), 0700) < 0)
		return -1;
	return openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A mount that the job left in its folder: what it shows is not touched. */
static int detach(int fd)
{
	char path[64];

	if (umount2(path_of(path, fd), MNT_DETACH) == 0)
		return 1;
	errno = EXDEV;
	return -1;
}

/* Is this a folder of the tree: 0; 1: it was a mount and is none now; or -1. */
static int judge(const struct removal *removal, int object)
{
	struct mount_stat st;

	if (identify(object, &st) < 0)
		return -1;
	if (st.dev_major != removal->top.dev_major ||
	    st.dev_minor != removal->top.dev_minor ||
	    st.mount != removal->top.mount)
		return detach(object);
	errno = ENOTDIR;
	return S_ISDIR(st.mode) ? 0 : -1;
}

/* A level more. */
static int begin(struct removal *removal, int object, const char *name)
{
	struct level *level = &removal->level[removal->depth];
	int rc = judge(removal, object);

	if (rc != 0)
		return rc;
	*level = (struct level){ .fd = take_over(object) };
	if (level->fd < 0)
		return -1;
	snprintf(level->name, sizeof(level->name), "%s", name);
	removal->depth++;
	return 0;
}

/* Too deep: it goes on as a folder of the topmost. */
static int move_up(struct removal *removal, int above, int object,
		   const char *name)
{
	char other[32], path[64];
	uint64_t random;
	int rc = judge(removal, object);

	if (rc != 0)
		return rc;
	errno = ETIMEDOUT;
	if (is_late(removal, RETRY_SECONDS) ||
	    getrandom(&random, sizeof(random), 0) != sizeof(random))
		return -1;
	/* Only who may write a folder may move it. */
	chmod(path_of(path, object), 0700);
	snprintf(other, sizeof(other), ".%016llx", (unsigned long long)random);
	removal->level[0].was_fruitful = true;
	return renameat(above, name, removal->level[0].fd, other);
}

static int enter(struct removal *removal, int above, const char *name)
{
	int object = open_object(above, name), rc, code;

	if (object < 0)
		return -1;
	rc = removal->depth == LEVELS ? move_up(removal, above, object, name)
				      : begin(removal, object, name);
	code = errno;
	close(object);
	errno = code;
	return rc;
}

static int remove_name(int above, const char *name)
{
	if (unlinkat(above, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	return unlinkat(above, name, AT_REMOVEDIR);
}

/* True where reading goes on in this folder first. */
static bool remove_entry(struct removal *removal, struct level *level,
			 const struct sys_entry *entry)
{
	size_t depth = removal->depth;
	int rc = remove_name(level->fd, entry->name);

	/* EBUSY: a mount, perhaps */
	if (rc < 0 && (errno == ENOTEMPTY || errno == EEXIST ||
		       errno == EBUSY || errno == EACCES)) {
		level->at = entry->next;
		rc = enter(removal, level->fd, entry->name);
		if (rc == 1)
			rc = remove_name(level->fd, entry->name);
	}
	if (rc == 0)
		level->was_fruitful = true;
	else if (errno != ENOENT)
		note(removal, errno);
	level->must_seek = removal->depth > depth;
	return level->must_seek;
}

static bool is_dots(const char *name)
{
	return name[0] == '.' &&
	       (!name[1] || (name[1] == '.' && !name[2]));
}

/* A part of the innermost folder: 1 more to do, 0 its end, -1 it fails. */
static int read_some(struct removal *removal)
{
	struct level *level = &removal->level[removal->depth - 1];
	long size;

	if (is_late(removal, SECONDS)) {
		note(removal, ETIMEDOUT);
		return -1;
	}
	if (level->must_seek && lseek(level->fd, level->at, SEEK_SET) < 0)
		return -1;
	level->must_seek = false;
	size = syscall(SYS_getdents64, level->fd, removal->buffer,
		       sizeof(removal->buffer));
	if (size <= 0)
		return (int)size;
	for (char *at = removal->buffer; at < removal->buffer + size;) {
		struct sys_entry *entry = (struct sys_entry *)(void *)at;

		if (!is_dots(entry->name) &&
		    remove_entry(removal, level, entry))
			return 1;
		at += entry->size;
	}
	return 1;
}

/* What was read to its end goes, or is read again. */
static void leave(struct removal *removal, int above)
{
	struct level *level = &removal->level[removal->depth - 1];
	int parent = removal->depth > 1 ? level[-1].fd : above;
	bool is_gone = unlinkat(parent, level->name, AT_REMOVEDIR) == 0;

	if (!is_gone && (errno == ENOTEMPTY || errno == EEXIST)) {
		level->rounds = level->was_fruitful ? 0 : level->rounds + 1;
		if (level->rounds < ROUNDS &&
		    !is_late(removal, RETRY_SECONDS)) {
			level->at = 0;
			level->must_seek = true;
			level->was_fruitful = false;
			return;
		}
	}
	if (is_gone && removal->depth > 1)
		level[-1].was_fruitful = true;
	close(level->fd);
	removal->depth--;
}

int tree_remove(int above, const char *name)
{
	struct removal removal = { .began = now_s() };
	struct stat st;
	int rc;

	if (unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	/* Somebody put something else there: that is no folder of a job. */
	if (errno == ENOTDIR)
		return unlinkat(above, name, 0) < 0 ? -errno : 0;
	if (identify(above, &removal.top) < 0)
		return -errno;
	do
		rc = enter(&removal, above, name);
	while (rc == 1); /* a mount after the other */
	if (rc < 0)
		return errno == ENOENT ? 0 : -errno;
	while (removal.depth > 0) {
		rc = read_some(&removal);
		if (rc < 0 && removal.depth > 0)
			note(&removal, errno);
		if (rc <= 0)
			leave(&removal, above);
	}
	if (fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno == ENOENT)
		return 0;
	return removal.code ? -removal.code : -ENOTEMPTY;
}
