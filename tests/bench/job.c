/* SPDX-License-Identifier: MIT */
/*
 * job - what the benchmark starts: as little as a process can do
 *
 *	job			ends
 *	job pause		waits to be killed
 *	job calls N		N times getppid(2): prints picoseconds for one
 *	job opens N PATH	N times open(2) and close(2): the same
 */
#include <fcntl.h>
#include <time.h>

#include "core/bare.h"

static uint64_t now(void)
{
	struct timespec time = { 0, 0 };

	sys(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void calls(uint64_t n)
{
	while (n-- > 0)
		sys(SYS_getppid);
}

static void opens(uint64_t n, const char *path)
{
	while (n-- > 0) {
		long fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			bare_exit(1);
		sys(SYS_close, fd);
	}
}

_Noreturn void bare_main(long argc, char **argv, const uint64_t *auxv)
{
	char text[24], *end = text + sizeof(text), *at;
	uint64_t n, start;

	(void)auxv;
	if (argc == 1)
		bare_exit(0);
	if (argc == 2)
		for (;;)
			sys(SYS_ppoll, NULL, 0, NULL, NULL);
	n = (uint64_t)bare_number(argv[2]);
	start = now();
	if (argc == 3)
		calls(n);
	else
		opens(n, argv[3]);
	*--end = '\n';
	at = bare_print(end, (now() - start) * 1000 / n);
	bare_exit(sys(SYS_write, 1, at, text + sizeof(text) - at) < 0);
}
