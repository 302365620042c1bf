/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/base.h"
#include "core/trust.h"
#include "core/value.h"

#define PREFIX "cordon-"
#define SHOWN 240

void base_new_name(char name[BASE_NAME_SIZE])
{
	unsigned char bytes[16];
	size_t at = strlen(PREFIX);

	name[0] = '\0';
	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return;
	memcpy(name, PREFIX, at);
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(name + at + 2 * i, 3, "%02x", bytes[i]);
}

bool base_is_name(const char *name)
{
	size_t at = strlen(PREFIX);

	return strlen(name) == BASE_NAME_SIZE - 1 &&
	       !strncmp(name, PREFIX, at) &&
	       strspn(name + at, "0123456789abcdef") == BASE_NAME_SIZE - 1 - at;
}

static int judge(int fd, uint32_t uid, const char *shown,
		 struct cordon_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", shown);
	if (st.st_uid != 0 && st.st_uid != uid)
		return cordon_fail(err, 0,
				   "'%s' belongs to uid %u, who is not trusted "
				   "here (chown to root or to the caller)",
				   shown, (unsigned)st.st_uid);
	if (st.st_mode & 022 && !(st.st_mode & S_ISVTX))
		return cordon_fail(err, 0,
				   "'%s' is writable by others (chmod go-w, or "
				   "+t)",
				   shown);
	return 0;
}

/* Takes the folder above. */
static int step_into(int above, const char *name, uint32_t uid,
		     const char *shown, struct cordon_error *err)
{
	int fd = openat(above, name,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int code = errno;

	close(above);
	if (fd < 0)
		return cordon_fail(err, code,
				   "cannot open '%s' (a folder, not a link)",
				   shown);
	if (judge(fd, uid, shown, err) == 0)
		return fd;
	close(fd);
	return -1;
}

int base_open(const char *path, uint32_t uid, struct cordon_error *err)
{
	char name[NAME_MAX + 1], shown[SHOWN];
	int fd;

	if (trust_check_path_text(path, err) < 0)
		return -1;
	fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot open '/'");
	for (const char *rest = path; fd >= 0;) {
		size_t size;

		rest += strspn(rest, "/");
		size = strcspn(rest, "/");
		if (size == 0)
			break;
		memcpy(name, rest, size);
		name[size] = '\0';
		rest += size;
		value_show(shown, sizeof(shown), path, (size_t)(rest - path));
		fd = step_into(fd, name, uid, shown, err);
	}
	return fd;
}

bool base_is_own(int fd, uint32_t uid)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_uid == uid && !(st.st_mode & 022);
}

int base_mkdir(int above, const char *name, mode_t mode)
{
	mode_t mask = umask(0);
	int rc = mkdirat(above, name, mode & 0777), code = errno, fd;

	umask(mask);
	errno = code;
	if (rc < 0)
		return -1;
	fd = openat(above, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	/* An ACL of the folder above may say otherwise. */
	if (fd >= 0 && fchmod(fd, mode) < 0) {
		code = errno;
		close(fd);
		errno = code;
		return -1;
	}
	return fd;
}

/* Two that start at once both find it. */
static int open_or_make(int above, const char *name, mode_t mode)
{
	int fd = base_mkdir(above, name, mode);

	if (fd >= 0 || errno != EEXIST)
		return fd;
	return openat(above, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int base_open_own(const char *path, uint32_t uid, mode_t mode,
		  struct cordon_error *err)
{
	const char *name = strrchr(path, '/') + 1;
	char above_path[PATH_MAX];
	struct stat st;
	int above, fd, code;

	snprintf(above_path, sizeof(above_path), "%.*s", (int)(name - path),
		 path);
	above = base_open(above_path, uid, err);
	if (above < 0)
		return -1;
	fd = open_or_make(above, name, mode);
	code = errno;
	close(above);
	if (fd < 0)
		return cordon_fail(err, code, "cannot make or open '%s'", path);
	if (!base_is_own(fd, uid)) {
		close(fd);
		return cordon_fail(err, 0,
				   "'%s' must belong to uid %u and not be "
				   "writable by others (chown, chmod go-w)",
				   path, (unsigned)uid);
	}
	/* An earlier cordon made it narrower. */
	if (fstat(fd, &st) == 0 && (st.st_mode & 07777) != mode)
		fchmod(fd, mode);
	return fd;
}

int base_give(int fd, uint32_t uid, uint32_t gid, mode_t mode)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -1;
	if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) < 0)
		return -1;
	if (fchmod(fd, mode) < 0 || fstat(fd, &st) < 0)
		return -1;
	errno = EIO;
	return st.st_uid == uid && st.st_gid == gid &&
			       (st.st_mode & 07777) == mode
		       ? 0
		       : -1;
}
