/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/sys.h"
#include "core/walk.h"

struct walk_id walk_id(const struct mount_stat *st)
{
	return (struct walk_id){ (uint64_t)st->dev_major << 32 | st->dev_minor,
				 st->ino };
}

void walk_close(struct walk *walk)
{
	mount_close_fd(&walk->fd);
}

static void be_at(struct walk *walk, int fd, const struct mount_stat *st)
{
	walk_close(walk);
	walk->fd = fd;
	walk->st = *st;
}

/* The new place, which is closed if it cannot be one. */
static int go_to(struct walk *walk, long fd)
{
	struct mount_stat st;
	int rc;

	if (fd < 0)
		return (int)fd;
	rc = mount_stat((int)fd, "", &st);
	if (rc < 0)
		sys(SYS_close, fd);
	else
		be_at(walk, (int)fd, &st);
	return rc;
}

static int go_to_root(struct walk *walk)
{
	walk->path[0] = '\0';
	return go_to(walk, sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC));
}

static int go_to_cwd(struct walk *walk)
{
	walk->path[0] = '\0';
	return go_to(walk, sys(SYS_openat, AT_FDCWD, ".",
			       O_PATH | O_DIRECTORY | O_CLOEXEC));
}

int walk_start(struct walk *walk, const char *path)
{
	size_t size = strlen(path) + 1;

	walk->fd = -1;
	walk->links = 0;
	walk->name[0] = '\0';
	if (size > WALK_PATH)
		return -ENAMETOOLONG;
	memcpy(walk->rest, path, size);
	return *path == '/' ? go_to_root(walk) : go_to_cwd(walk);
}

/* Parts that say nothing are skipped. */
bool walk_has_more(struct walk *walk)
{
	const char *at = walk->rest;

	while (*at == '/' || (*at == '.' && (at[1] == '/' || at[1] == '\0')))
		at++;
	memmove(walk->rest, at, strlen(at) + 1);
	return *walk->rest != '\0';
}

static int take_part(struct walk *walk)
{
	size_t size = 0, length = strlen(walk->rest);

	while (walk->rest[size] && walk->rest[size] != '/')
		size++;
	if (size >= sizeof(walk->name))
		return -ENAMETOOLONG;
	memcpy(walk->name, walk->rest, size);
	walk->name[size] = '\0';
	memmove(walk->rest, walk->rest + size, length - size + 1);
	return 0;
}

static int go_up(struct walk *walk)
{
	char *slash = strrchr(walk->path, '/');
	int rc = go_to(walk, sys(SYS_openat, walk->fd, "..",
				 O_PATH | O_DIRECTORY | O_CLOEXEC));

	if (rc < 0)
		return rc;
	walk->name[0] = '\0';
	if (slash)
		*slash = '\0';
	return WALK_MOVED;
}

/* Instead of its name what the link says. */
static int follow(struct walk *walk, int fd)
{
	long size =
		sys(SYS_readlinkat, fd, "", walk->text, sizeof(walk->text) - 1);
	size_t rest = strlen(walk->rest);

	if (size <= 0)
		return size < 0 ? (int)size : -ENOENT;
	if (++walk->links > WALK_LINKS)
		return -ELOOP;
	if ((size_t)size + rest + 2 > sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + size + 1, walk->rest, rest + 1);
	memcpy(walk->rest, walk->text, (size_t)size);
	walk->rest[size] = '/';
	if (walk->text[0] == '/') {
		int rc = go_to_root(walk);

		if (rc < 0)
			return rc;
	}
	return WALK_LINK;
}

static int add_part(struct walk *walk)
{
	size_t length = strlen(walk->path), size = strlen(walk->name) + 1;

	if (length + 1 + size > sizeof(walk->path))
		return -ENAMETOOLONG;
	walk->path[length] = '/';
	memcpy(walk->path + length + 1, walk->name, size);
	return WALK_MOVED;
}

/* As a folder first: only that makes an automounter mount it. */
static long open_part(const struct walk *walk)
{
	long fd = sys(SYS_openat, walk->fd, walk->name,
		      O_PATH | O_NOFOLLOW | O_CLOEXEC | O_DIRECTORY);

	return fd == -ENOTDIR ? sys(SYS_openat, walk->fd, walk->name,
				    O_PATH | O_NOFOLLOW | O_CLOEXEC)
			      : fd;
}

int walk_step(struct walk *walk)
{
	long fd;
	int rc;

	if (!walk_has_more(walk))
		return WALK_END;
	rc = take_part(walk);
	if (rc < 0)
		return rc;
	if (!strcmp(walk->name, ".."))
		return go_up(walk);
	fd = open_part(walk);
	if (fd < 0)
		return (int)fd;
	rc = mount_stat((int)fd, "", &walk->link);
	if (rc == 0 && S_ISLNK(walk->link.mode)) {
		rc = follow(walk, (int)fd);
		sys(SYS_close, fd);
		return rc;
	}
	if (rc < 0) {
		sys(SYS_close, fd);
		return rc;
	}
	be_at(walk, (int)fd, &walk->link);
	return add_part(walk);
}
