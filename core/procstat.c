/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/procstat.h"

/* The name, field 2, may hold anything, also ')'. */
static int parse(const char *text, int64_t *field, enum procstat last)
{
	const char *at = strrchr(text, ')');
	char *end;

	errno = EPROTO;
	if (!at || at[1] != ' ' || at[2] == '\0')
		return -1;
	field[STAT_STATE] = at[2];
	at += 3;
	for (int i = STAT_STATE + 1; i <= (int)last; i++, at = end) {
		field[i] = (int64_t)strtoull(at, &end, 10);
		if (end == at)
			return -1;
	}
	return 0;
}

int procstat_read_fd(int fd, int64_t *field, enum procstat last)
{
	char text[1024];
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n == 0)
		errno = ESRCH;
	if (n <= 0)
		return -1;
	text[n] = '\0';
	return parse(text, field, last);
}

int procstat_read(int proc, pid_t pid, int64_t *field, enum procstat last)
{
	char path[64];
	int fd, rc, code;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = openat(proc, proc < 0 ? path : path + strlen("/proc/"),
		    O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = procstat_read_fd(fd, field, last);
	code = errno;
	close(fd);
	errno = code;
	return rc;
}
