/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/handoff.h"
#include "core/sealed.h"
#include "core/value.h"

#define VARIABLE "CORDON_HANDOFF="

/* Programs of two builds do not talk to each other. */
static const char head[] = "cordon " PACKAGE_VERSION " environment";

/* Each entry ends in NUL, the last one too. */
static char *join(const struct handoff *handed, size_t *size)
{
	char *bytes, *next;

	*size = sizeof(head) + strlen(handed->path) + 1;
	for (char *const *entry = handed->environ; *entry; entry++)
		*size += strlen(*entry) + 1;
	bytes = malloc(*size);
	if (!bytes)
		return NULL;
	memcpy(bytes, head, sizeof(head));
	next = stpcpy(bytes + sizeof(head), handed->path) + 1;
	for (char *const *entry = handed->environ; *entry; entry++)
		next = stpcpy(next, *entry) + 1;
	return bytes;
}

static int pack(const struct handoff *handed)
{
	size_t size;
	char *bytes = join(handed, &size);
	int fd = bytes ? sealed_new("cordon-environment", false) : -1;
	int code;

	if (fd >= 0 && (sealed_write(fd, 0, bytes, size) < 0 ||
			sealed_finish(fd, 0) < 0)) {
		code = errno;
		close(fd);
		fd = -1;
		errno = code;
	}
	free(bytes);
	return fd;
}

int handoff_exec(const char *program, char *const *argv,
		 const struct handoff *handed, struct cordon_error *err)
{
	char variable[sizeof(VARIABLE) + 3 * sizeof(int)];
	char *own[] = { variable, NULL };
	int fd = pack(handed);

	/* Not close-on-exec: it is the one descriptor that is to cross. */
	if (fd < 0 || fcntl(fd, F_SETFD, 0) < 0)
		return cordon_fail(err, errno,
				   "cannot hand the environment to '%s'",
				   program);
	snprintf(variable, sizeof(variable), VARIABLE "%d", fd);
	execve(program, argv, own);
	cordon_fail(err, errno, "cannot start '%s'", program);
	close(fd);
	return -1;
}

/* The descriptor that the only variable names, if it is such a memfd; or -1. */
static int find(char *const *caller)
{
	const char *text = caller[0];
	uint32_t number;
	int fd;

	if (!text || caller[1] ||
	    strncmp(text, VARIABLE, sizeof(VARIABLE) - 1) != 0)
		return -1;
	if (value_id(text + sizeof(VARIABLE) - 1, &number) != 0 ||
	    number > INT32_MAX)
		return -1;
	fd = (int)number;
	return sealed_is(fd) ? fd : -1;
}

bool handoff_is_here(char *const *caller)
{
	return find(caller) >= 0;
}

/* The pointers, and behind them all that the descriptor holds. */
static char **read_all(int fd, size_t *n_pointers, size_t *size)
{
	struct stat st;
	char **list, *bytes;
	size_t done = 0;

	if (fstat(fd, &st) < 0)
		return NULL;
	*size = (size_t)st.st_size;
	*n_pointers = *size + 1; /* an entry is a byte at least */
	if (*size > SIZE_MAX / 2 / sizeof(*list)) {
		errno = EFBIG;
		return NULL;
	}
	list = malloc(*n_pointers * sizeof(*list) + *size);
	if (!list)
		return NULL;
	bytes = (char *)(list + *n_pointers);
	while (done < *size) {
		ssize_t n = pread(fd, bytes + done, *size - done, (off_t)done);

		if (n <= 0) {
			free(list);
			return NULL;
		}
		done += (size_t)n;
	}
	return list;
}

int handoff_take(char *const *caller, struct handoff *out,
		 struct cordon_error *err)
{
	int fd = find(caller);
	size_t n_pointers, size, at = sizeof(head), n = 0;
	char **list, *bytes;

	if (fd < 0)
		return cordon_fail(err, 0,
				   "this program is started by cordon alone");
	list = read_all(fd, &n_pointers, &size);
	if (!list)
		return cordon_fail(err, errno,
				   "cannot read the environment handed over");
	bytes = (char *)(list + n_pointers);
	if (size <= sizeof(head) || memcmp(bytes, head, sizeof(head)) != 0 ||
	    bytes[size - 1] != '\0') {
		free(list);
		return cordon_fail(err, 0,
				   "cordon of another version handed over");
	}
	out->path = bytes + at;
	while ((at += strlen(bytes + at) + 1) < size)
		list[n++] = bytes + at;
	list[n] = NULL;
	out->environ = list;
	close(fd);
	return 0;
}
