/* SPDX-License-Identifier: MIT */
/*
 * forbid_links - has a file below a forbidden folder a name elsewhere, too?
 *
 * The kernel forbids by the way to a file; a hard link is another way.  Depth
 * first, with one descriptor a level; raw calls, as all inside.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/act.h"
#include "core/landlock.h"
#include "core/mount.h"
#include "core/sys.h"

enum {
	DEPTH = 128,
	MOST = 1 << 20, /* a second or two */
	IS_FOLDER = 4,
	IS_FILE = 8, /* d_type; 0: the filesystem does not say */
};

struct search {
	struct act *act;
	int fd[DEPTH]; /* of each level */
	size_t depth, n_files;
	char *entries; /* of `room` bytes */
	size_t room;
};

static int say_name(struct act *act, const char *name)
{
	static const char after[] = "' has another name (a hard link), by "
				    "which it would be reached";
	char *to = act->report.what;
	size_t room = sizeof(act->report.what) - sizeof(after) - 1;
	size_t length = strlen(name) < room ? strlen(name) : room;

	*to++ = '\'';
	memcpy(to, name, length);
	memcpy(to + length, after, sizeof(after));
	return -EMLINK;
}

/* What is not for us to list is not looked through. */
static int enter(struct search *search, int at, const char *name)
{
	long fd;

	if (search->depth == DEPTH)
		return act_say(search->act, -E2BIG,
			       "too deep to look through for hard links");
	fd = sys(SYS_openat, at, name,
		 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -EACCES || fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return act_say(search->act, (int)fd,
			       "cannot look through it for hard links");
	search->fd[search->depth++] = (int)fd;
	return 1;
}

/* 1: a folder was entered. */
static int judge(struct search *search, int at, const struct sys_entry *entry)
{
	struct mount_stat st;
	int rc;

	if (!strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
		return 0;
	if (++search->n_files > MOST)
		return act_say(search->act, -E2BIG,
			       "too many files to look through for hard links");
	if (entry->type == IS_FOLDER)
		return enter(search, at, entry->name);
	if (entry->type != IS_FILE && entry->type != 0)
		return 0;
	rc = mount_stat(at, entry->name, &st);
	if (rc == -ENOENT || rc == -EACCES)
		return 0;
	if (rc < 0)
		return act_say(search->act, rc,
			       "cannot look through it for hard links");
	if (S_ISDIR(st.mode))
		return enter(search, at, entry->name);
	return S_ISREG(st.mode) && st.n_links > 1
		       ? say_name(search->act, entry->name)
		       : 0;
}

/* The rest of the lowest level, up to a folder in it. */
static int look(struct search *search)
{
	const int folder = search->fd[search->depth - 1];
	long size = sys(SYS_getdents64, folder, search->entries, search->room);
	int rc = 0;

	if (size < 0)
		return act_say(search->act, (int)size,
			       "cannot look through it for hard links");
	if (size == 0) {
		sys(SYS_close, folder);
		search->depth--;
	}
	for (long i = 0; rc == 0 && i < size;) {
		const struct sys_entry *entry = (void *)(search->entries + i);

		rc = judge(search, folder, entry);
		i += entry->size;
		/* What is behind it comes when we are back. */
		if (rc > 0 && i < size &&
		    sys(SYS_lseek, folder, entry->next, SEEK_SET) < 0)
			return act_say(search->act, -EIO,
				       "cannot look through it for hard links");
	}
	return rc < 0 ? rc : 0;
}

int forbid_search(struct act *act, int folder, char *room, size_t size)
{
	struct search search = { .act = act, .entries = room, .room = size };
	int rc = enter(&search, folder, ".");

	while (rc >= 0 && search.depth > 0)
		rc = look(&search);
	while (search.depth > 0)
		sys(SYS_close, search.fd[--search.depth]);
	return rc < 0 ? rc : 0;
}
