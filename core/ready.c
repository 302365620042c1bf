/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/ready.h"

int ready_open(struct ready *ready)
{
	return pipe2(ready->ends, O_CLOEXEC);
}

int ready_say(const struct ready *ready)
{
	return write(ready->ends[1], "", 1) == 1 ? 0 : -1;
}

int ready_hear(struct ready *ready)
{
	ssize_t n;
	char byte;

	close(ready->ends[1]);
	do
		n = read(ready->ends[0], &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ECHILD;
	close(ready->ends[0]);
	return n == 1 ? 0 : -1;
}
