/* SPDX-License-Identifier: MIT */
/* What a path of the job's leads to, in the job's root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/learn_call.h"
#include "core/sys.h"

static int read_link(const char *path, char *text, size_t size)
{
	ssize_t n = readlink(path, text, size - 1);

	if (n < 0)
		return -1;
	text[n] = '\0';
	return *text == '/' ? 0 : -1;
}

/* Absolute in the job's root.  0, or -1: it cannot be known. */
int path_join(pid_t pid, int dirfd, const char *text, char *out, size_t size)
{
	char link[64];
	size_t n;

	if (*text == '/') {
		n = (size_t)snprintf(out, size, "%s", text);
		return n < size ? 0 : -1;
	}
	if (dirfd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)pid);
	else
		snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)pid, dirfd);
	if (read_link(link, out, size) < 0)
		return -1;
	n = strlen(out);
	return (size_t)snprintf(out + n, size - n, "%s%s", *text ? "/" : "",
				text) < size - n
		       ? 0
		       : -1;
}

/* "/proc/self", "/proc/123": another object for each process. */
static bool is_own_proc(const char *path)
{
	if (strncmp(path, "/proc/", 6))
		return false;
	path += 6;
	return (*path >= '0' && *path <= '9') || !strncmp(path, "self", 4) ||
	       !strncmp(path, "thread-self", 11);
}

/* With ".." in it, a rename anywhere on the machine makes it fail: once more.
 */
static int open_in(int root, const char *text, bool follow)
{
	int fd = -1;
	const struct open_how how = {
		.flags = (uint64_t)(O_PATH | O_CLOEXEC |
				    (follow ? 0 : O_NOFOLLOW)),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0; i < 1000; i++) {
		fd = (int)syscall(SYS_openat2, root, text, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd;
}

/* Without the last part, and without what `size` has no room for. */
void path_parent(const char *text, char *out, size_t size)
{
	char *slash;

	snprintf(out, size, "%s", text);
	for (size_t n = strlen(out); n > 1 && out[n - 1] == '/'; n--)
		out[n - 1] = '\0';
	slash = strrchr(out, '/');
	if (slash)
		slash[slash == out] = '\0';
}

/* *object: O_PATH, kept where somebody asks for it. */
static int look(int root, const char *text, bool follow,
		struct learn_found *out, int *object)
{
	int fd = open_in(root, text, follow);
	char parent[4096], link[64];
	struct statfs fs;
	struct stat st;

	out->is_absent = fd < 0;
	if (fd < 0 && errno == ENOENT) {
		path_parent(text, parent, sizeof(parent));
		fd = open_in(root, parent, true);
	}
	if (fd < 0)
		return -1;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	/* Of what has gone meanwhile the link says "NAME (deleted)". */
	if (fstat(fd, &st) < 0 || st.st_nlink == 0 || fstatfs(fd, &fs) < 0 ||
	    read_link(link, out->path, sizeof(out->path)) < 0) {
		close(fd);
		return -1;
	}
	if (object)
		*object = fd;
	else
		close(fd);
	out->mode = st.st_mode;
	out->is_read_only = (fs.f_flags & ST_RDONLY) != 0 &&
			    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	return 0;
}

int path_object(pid_t pid, uint32_t uid, const char *text, bool follow,
		       struct learn_found *out, int *object)
{
	char link[64];
	int root, rc;

	*out = (struct learn_found){ .mode = S_IFDIR };
	if (is_own_proc(text)) {
		snprintf(out->path, sizeof(out->path), "/proc");
		return 0;
	}
	snprintf(link, sizeof(link), "/proc/%d/root", (int)pid);
	root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return -1;
	/* What its user cannot reach the job does not get by a rule: root looks
	 * as that user. */
	setfsuid(uid);
	rc = look(root, text, follow, out, object);
	setfsuid(geteuid());
	close(root);
	return rc;
}

int call_find(pid_t pid, uint32_t uid, const char *text, bool follow,
	      struct learn_found *out)
{
	return path_object(pid, uid, text, follow, out, NULL);
}
