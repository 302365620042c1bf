/* SPDX-License-Identifier: MIT */
/*
 * swap - the one who changes things while they are looked at
 *
 *	swap exchange A B	A and B change places, files or folders
 *	swap relink LINK A B	LINK leads to A and to B in turn
 *	swap rewrite FILE A B	FILE holds what A holds and what B holds in turn
 *	swap mount PATH A B	A is mounted on PATH, then B on it, then neither
 *
 * Until it is ended, and for a minute at most: as fast as it can, with rests
 *between the bursts.  Both are of random length, from one turn and a
 *microsecond on, so that each window is met, of a fast machine and of a loaded
 *one.
 */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

static int exchange(char **argv, int turn)
{
	(void)turn;
	return (int)syscall(SYS_renameat2, AT_FDCWD, argv[0], AT_FDCWD, argv[1],
			    RENAME_EXCHANGE);
}

static int relink(char **argv, int turn)
{
	char other[4096];

	snprintf(other, sizeof(other), "%s.new", argv[0]);
	unlink(other);
	return symlink(argv[1 + turn], other) == 0 ? rename(other, argv[0])
						   : -1;
}

static int rewrite(char **argv, int turn)
{
	char bytes[4096];
	int from = open(argv[1 + turn], O_RDONLY);
	ssize_t n = from < 0 ? -1 : read(from, bytes, sizeof(bytes));
	int to = open(argv[0], O_WRONLY);

	if (n > 0 && to >= 0 &&
	    (pwrite(to, bytes, (size_t)n, 0) != n || ftruncate(to, n) < 0))
		n = -1;
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return to < 0 || n < 0 ? -1 : 0;
}

static int mount_over(char **argv, int turn)
{
	if (mount(argv[1 + turn], argv[0], NULL, MS_BIND, NULL) < 0)
		return -1;
	if (turn == 0)
		return 0;
	return umount2(argv[0], MNT_DETACH) < 0 ||
			       umount2(argv[0], MNT_DETACH) < 0
		       ? -1
		       : 0;
}

/* one of 1, 2, 4 ... 2^(n - 1) */
static long power(int n)
{
	return 1L << random() % n;
}

static void rest(void)
{
	const struct timespec time = { 0, power(18) * 1000 };

	nanosleep(&time, NULL);
}

int main(int argc, char **argv)
{
	long burst = 1;
	static const struct {
		const char *name;
		int (*turn)(char **argv, int turn);
		int n;
	} ways[] = { { "exchange", exchange, 4 },
		     { "relink", relink, 5 },
		     { "rewrite", rewrite, 5 },
		     { "mount", mount_over, 5 } };

	srandom((unsigned)getpid());
	alarm(60);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (argc == ways[i].n && !strcmp(argv[1], ways[i].name))
			for (int turn = 0;; turn = !turn) {
				if (ways[i].turn(argv + 2, turn) < 0) {
					perror(argv[1]);
					return 1;
				}
				if (--burst == 0) {
					rest();
					burst = power(14);
				}
			}
	return 2;
}
