/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH, AT_EMPTY_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/vfs.h>

#include "core/mount.h"
#include "core/sys.h"

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

enum {
	TREE_CLONE = 1,	   /* OPEN_TREE_CLONE */
	MOVE_BY_FD = 0x44, /* MOVE_MOUNT_F_EMPTY_PATH | T_EMPTY_PATH */
	FS_CLOEXEC = 1,	   /* FSOPEN_, FSMOUNT_CLOEXEC */
	SET_STRING = 1,	   /* FSCONFIG_* */
	CREATE = 6,
	WANTED = 0x17ff, /* STATX_BASIC_STATS | STATX_MNT_ID */
	HAS_MOUNT_ID = 0x1000,
	NO_LINKS = 6, /* RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS */
	IN_ROOT = 0x10,
	NO_SYNC = 0x4000, /* AT_STATX_DONT_SYNC: no server is asked */
};

struct how {
	uint64_t flags, mode, resolve;
};

struct attributes {
	uint64_t set, clear, propagation, userns_fd;
};

static size_t put(char *to, size_t at, const char *text, size_t size)
{
	memcpy(to + at, text, size);
	return at + size;
}

int mount_say(struct act *act, long rc, const char *before, const char *path,
	      const char *after)
{
	char *to = act->report.what;
	size_t length = strlen(path), at = strlen(before);
	size_t room = sizeof(act->report.what) - 1 - at - strlen(after);

	at = put(to, 0, before, at);
	if (length > room) { /* its end says more than its start */
		at = put(to, at, "...", 3);
		path += length - (room - 3);
		length = room - 3;
	}
	at = put(to, at, path, length);
	at = put(to, at, after, strlen(after));
	to[at] = '\0';
	act->what = to;
	return (int)rc;
}

const char *mount_number(char *buffer, uint64_t number, unsigned base)
{
	char *at = buffer + 23;

	*at = '\0';
	do
		*--at = (char)('0' + number % base);
	while (number /= base);
	return at;
}

void mount_close_fd(int *fd)
{
	if (*fd >= 0)
		sys(SYS_close, *fd);
	*fd = -1;
}

long mount_mkdir(int dirfd, const char *name, unsigned mode)
{
	long rc = sys(SYS_mkdirat, dirfd, name, mode);

	return rc < 0 ? rc : sys(SYS_fchmodat, dirfd, name, mode);
}

int mount_stat(int dirfd, const char *path, struct mount_stat *st)
{
	long rc = sys(SYS_statx, dirfd, path,
		      AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
			      NO_SYNC,
		      WANTED, st);

	if (rc == 0 && !(st->mask & HAS_MOUNT_ID))
		return -ENOSYS; /* before Linux 5.8 */
	return (int)rc;
}

bool mount_is_same(int one, int two)
{
	struct mount_stat a, b;

	return one >= 0 && two >= 0 && mount_stat(one, "", &a) == 0 &&
	       mount_stat(two, "", &b) == 0 && a.mount == b.mount;
}

long mount_open(int dirfd, const char *path, int flags, uint64_t resolve)
{
	struct how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = NO_LINKS | resolve,
	};

	return sys(SYS_openat2, dirfd, path, &how, sizeof(how));
}

long mount_open_inside(struct act *act, const char *path, int flags)
{
	return mount_open(act->root_fd, path, flags | O_PATH, IN_ROOT);
}

long mount_clone(struct act *act, int fd, const char *path)
{
	long tree = sys(SYS_open_tree, fd, "",
			TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);

	return tree < 0 ? mount_say(act, tree, "cannot clone ", path, "")
			: tree;
}

int mount_check(struct act *act, int fd, unsigned attributes, const char *path)
{
	struct statfs fs;
	long rc = sys(SYS_fstatfs, fd, &fs);

	if (rc < 0)
		return mount_say(act, rc, "cannot read the flags of ", path,
				 "");
	if (((unsigned long)fs.f_flags & attributes) != attributes)
		return mount_say(act, -EIO, "mount ", path,
				 " lacks the flags that were set");
	return 0;
}

int mount_set(struct act *act, int fd, unsigned attributes, bool is_recursive,
	      unsigned propagation, const char *path)
{
	struct attributes set = { .set = attributes,
				  .propagation = propagation };
	long rc = sys(SYS_mount_setattr, fd, "",
		      AT_EMPTY_PATH | (is_recursive ? AT_RECURSIVE : 0), &set,
		      sizeof(set));

	if (rc == -ENOSYS) /* before Linux 5.12 */
		act->report.unsupported = 1;
	if (rc < 0)
		return mount_say(act, rc, "cannot set the flags of ", path, "");
	return attributes ? mount_check(act, fd, attributes, path) : 0;
}

/*
 * A look at "/" stops below what is mounted over it; its ".." is "/" again, and
 * that look does not stop.
 */
static int stat_top(struct act *act, const char *path, struct mount_stat *st)
{
	while (*path == '/')
		path++;
	return *path ? mount_stat(act->root_fd, path, st)
		     : mount_stat(AT_FDCWD, "/..", st);
}

int mount_attach(struct act *act, int tree, int at, const char *path)
{
	struct mount_stat want = { .mount = 0 }, have = { .mount = 0 };
	long rc = sys(SYS_move_mount, tree, "", at, "", MOVE_BY_FD);

	if (rc == 0)
		rc = mount_stat(tree, "", &want);
	if (rc == 0)
		rc = stat_top(act, path, &have);
	if (rc == 0 && want.mount != have.mount)
		return mount_say(act, -EIO, "", path,
				 " does not show what was mounted there");
	return rc < 0 ? mount_say(act, rc, "cannot mount ", path, "") : 0;
}

static long configure(long fs, const struct mount_option *options)
{
	long rc = 0;

	for (; rc == 0 && options && options->key; options++)
		rc = sys(SYS_fsconfig, fs, SET_STRING, options->key,
			 options->value, 0);
	return rc < 0 ? rc : sys(SYS_fsconfig, fs, CREATE, 0, 0, 0);
}

long mount_new(struct act *act, const char *type,
	       const struct mount_option *options, unsigned attributes,
	       const char *path)
{
	long fs = sys(SYS_fsopen, type, FS_CLOEXEC), rc = fs;

	if (fs >= 0) {
		rc = configure(fs, options);
		if (rc == 0)
			rc = sys(SYS_fsmount, fs, FS_CLOEXEC, attributes);
		sys(SYS_close, fs);
	}
	if (rc >= 0 && mount_check(act, (int)rc, attributes, path) < 0) {
		sys(SYS_close, rc);
		return -EIO;
	}
	return rc < 0 ? mount_say(act, rc, "cannot make the filesystem of ",
				  path, "")
		      : rc;
}
