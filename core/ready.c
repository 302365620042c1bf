/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/wait.h>
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

void helper_end(pid_t *pid)
{
	bool is_killed = *pid > 0 && kill(*pid, SIGKILL) == 0;

	while (is_killed && waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
		;
	*pid = 0;
}
