/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/trust.h"
#include "core/value.h"

#define SHOWN 240 /* of a path, so that the reason fits into the error too */

/* Moves past the next component; empty ones and "." are none. */
static const char *scan_component(const char **path, size_t *size)
{
	const char *text = *path;

	do {
		text += strspn(text, "/");
		*size = strcspn(text, "/");
		*path = text + *size;
	} while (*size == 1 && *text == '.' && (text = *path, true));
	return *size > 0 ? text : NULL;
}

static bool is_word(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && !memcmp(text, word, size);
}

static bool is_one_of(const char *text, size_t size, const char *const *words)
{
	for (; *words; words++)
		if (is_word(text, size, *words))
			return true;
	return false;
}

/*
 * Links that mean another object to each process that walks them, so that what
 * was judged is not what is used.
 */
static bool is_magic(const char *path)
{
	static const char *const own[] = { "self", "thread-self", NULL };
	static const char *const of_process[] = { "fd",	       "cwd",  "root",
						  "exe",       "task", "ns",
						  "map_files", NULL };
	static const char *const of_dev[] = { "fd", "stdin", "stdout", "stderr",
					      NULL };
	size_t size;
	const char *part = scan_component(&path, &size);
	bool is_proc = part && is_word(part, size, "proc");
	bool is_dev = part && is_word(part, size, "dev");

	if (!is_proc && !is_dev)
		return false;
	part = scan_component(&path, &size);
	if (!part || is_dev)
		return part && is_one_of(part, size, of_dev);
	if (is_one_of(part, size, own))
		return true;
	part = scan_component(&path, &size);
	return part && is_one_of(part, size, of_process);
}

int trust_check_link_text(const char *path, struct cordon_error *err)
{
	size_t length = strlen(path), size;
	const char *rest = path, *part;
	char shown[SHOWN];
	uint32_t code = 0;

	value_show(shown, sizeof(shown), path, length);
	if (path[0] != '/')
		return cordon_fail(err, 0, "'%s' is not an absolute path",
				   shown);
	if (length >= PATH_MAX)
		return cordon_fail(err, 0, "path '%s' is longer than %d bytes",
				   shown, PATH_MAX - 1);
	for (size_t i = 0, n; i < length; i += n) {
		n = value_char(path + i, length - i, &code);
		if (n > 0 && value_is_control(code))
			return cordon_fail(
				err, 0, "path '%s' holds a control character",
				shown);
		n += n == 0; /* to the kernel a name is bytes */
	}
	while ((part = scan_component(&rest, &size))) {
		if (is_word(part, size, ".."))
			return cordon_fail(err, 0, "path '%s' holds '..'",
					   shown);
		if (size > NAME_MAX)
			return cordon_fail(
				err, 0,
				"path '%s' has a part longer than %d bytes",
				shown, NAME_MAX);
	}
	return 0;
}

int trust_check_path_text(const char *path, struct cordon_error *err)
{
	char shown[SHOWN];

	if (trust_check_link_text(path, err) < 0)
		return -1;
	value_show(shown, sizeof(shown), path, strlen(path));
	if (is_magic(path))
		return cordon_fail(
			err, 0, "path '%s' is another object for each process",
			shown);
	return 0;
}

static bool is_trusted(const struct trust *trust, uid_t uid)
{
	if (uid == 0)
		return true;
	for (size_t i = 0; i < trust->n; i++)
		if (trust->uids[i] == uid)
			return true;
	return false;
}

/*
 * A POSIX ACL needs no look of its own: where a file has one, the group bits of
 * its mode are the ACL's mask, the most that any named user or group gets.  So
 * an ACL that lets somebody write shows as group-writable.
 */
static int judge(const struct trust *trust, const struct stat *st,
		 const char *shown, struct cordon_error *err)
{
	if (!is_trusted(trust, st->st_uid))
		return cordon_fail(
			err, 0,
			"'%s' belongs to uid %u, who is not trusted here "
			"(chown to root, or for --user and --conf to the "
			"caller)",
			shown, (unsigned)st->st_uid);
	if (st->st_mode & S_IWOTH)
		return cordon_fail(
			err, 0, "'%s' is writable by others%s", shown,
			st->st_mode & S_ISVTX ? " (sticky does not excuse: move "
						"it to a folder that its owner "
						"alone may write)"
					      : " (chmod o-w)");
	if (st->st_mode & S_IWGRP)
		return cordon_fail(err, 0,
				   "'%s' is writable by its group or by an ACL "
				   "(chmod g-w)",
				   shown);
	return 0;
}

static int judge_dir(const struct trust *trust, int fd, const char *shown,
		     struct cordon_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", shown);
	return judge(trust, &st, shown, err);
}

/* O_DIRECTORY answers ENOTDIR for a link as for a file; people want to know
 * which. */
static int open_fail(int dirfd, const char *name, int code, const char *shown,
		     struct cordon_error *err)
{
	struct stat st;

	if ((code == ENOTDIR || code == ELOOP) &&
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISLNK(st.st_mode))
		return cordon_fail(
			err, 0, "'%s' is a symbolic link (write the real path)",
			shown);
	return cordon_fail(err, code, "cannot open '%s'", shown);
}

/* How many components are a base's, so that they are not judged. */
static size_t count_base(const struct trust *trust, const char *path)
{
	size_t most = 0;

	for (size_t i = 0; i < CORDON_COUNT(trust->bases); i++) {
		const char *rest = path, *base = trust->bases[i];
		const char *part, *want = NULL;
		size_t n = 0, size, length;

		while (base && (want = scan_component(&base, &length))) {
			part = scan_component(&rest, &size);
			if (!part || size != length || memcmp(part, want, size))
				break;
			n++;
		}
		if (!want && n > most)
			most = n;
	}
	return most;
}

/*
 * Takes the descriptor of the folder above, gives that of the folder; it is
 * not judged without TRUST.
 */
static int step_into(const struct trust *trust, int above, const char *name,
		     const char *shown, struct cordon_error *err)
{
	int fd = openat(above, name,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		open_fail(above, name, errno, shown, err);
	close(above);
	if (fd >= 0 && trust && judge_dir(trust, fd, shown, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int trust_open_dir(const struct trust *trust, const char *path,
		   struct cordon_error *err)
{
	char name[NAME_MAX + 1], shown[SHOWN];
	const char *rest = path, *part;
	size_t size, n_base;
	int above, fd;

	if (trust_check_path_text(path, err) < 0)
		return -1;
	above = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return cordon_fail(err, errno, "cannot open '/'");
	n_base = count_base(trust, path);
	if (n_base == 0 && judge_dir(trust, above, "/", err) < 0) {
		close(above);
		return -1;
	}
	while ((part = scan_component(&rest, &size))) {
		memcpy(name, part, size);
		name[size] = '\0';
		value_show(shown, sizeof(shown), path, (size_t)(rest - path));
		above = step_into(n_base > 0 ? NULL : trust, above, name, shown,
				  err);
		if (above < 0)
			return -1;
		n_base -= n_base > 0;
	}
	/* The same object once more, for reading: O_PATH alone cannot list it.
	 */
	fd = openat(above, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cordon_fail(
			err, errno, "cannot open '%s'",
			value_show(shown, sizeof(shown), path, strlen(path)));
	close(above);
	return fd;
}

static int judge_file(const struct trust *trust, int fd, const char *shown,
		      struct cordon_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", shown);
	if (!S_ISREG(st.st_mode))
		return cordon_fail(err, 0, "'%s' is not a regular file", shown);
	if (judge(trust, &st, shown, err) < 0)
		return -1;
	/* A user may link a trusted file, in some other version, to where we
	 * look. */
	if (st.st_nlink > 1) /* 0: replaced since it was opened, and whole */
		return cordon_fail(err, 0,
				   "'%s' has %lu hard links (copy it to a file "
				   "of its own)",
				   shown, (unsigned long)st.st_nlink);
	return 0;
}

int trust_open_file(const struct trust *trust, int dirfd, const char *dirpath,
		    const char *name, struct cordon_error *err)
{
	char path[2 * PATH_MAX], shown[SHOWN];
	int fd;

	snprintf(path, sizeof(path), "%s%s%s", dirpath,
		 *dirpath && dirpath[strlen(dirpath) - 1] == '/' ? "" : "/",
		 name);
	value_show(shown, sizeof(shown), path, strlen(path));
	if (!*name || strchr(name, '/') || !strcmp(name, ".") ||
	    !strcmp(name, ".."))
		return cordon_fail(err, 0,
				   "'%s' does not end in the name of a file",
				   shown);
	/* A FIFO would wait for its writer, a terminal might become ours. */
	fd = openat(dirfd, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return open_fail(dirfd, name, errno, shown, err);
	if (judge_file(trust, fd, shown, err) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int trust_open_path(const struct trust *trust, const char *path,
		    struct cordon_error *err)
{
	const char *name = strrchr(path, '/');
	char dirpath[PATH_MAX];
	size_t size;
	int dirfd, fd;

	if (trust_check_path_text(path, err) < 0)
		return -1;
	name++; /* the text begins with '/' */
	size = (size_t)(name - path);
	memcpy(dirpath, path, size);
	dirpath[size] = '\0';
	dirfd = trust_open_dir(trust, dirpath, err);
	if (dirfd < 0)
		return -1;
	fd = trust_open_file(trust, dirfd, dirpath, name, err);
	close(dirfd);
	return fd;
}
