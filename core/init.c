/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>

#include "core/bare.h"
#include "core/init.h"

/* The job has the same user, or more: it could trace us, and it may be root. */
static int go_dark(void)
{
	return sys(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	       sys(SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

/* Armed again: exec(2) may have disarmed it, and what died before is seen. */
static int dies_with_parent(int life_fd)
{
	struct pollfd life = { .fd = life_fd };
	const struct timespec at_once = { 0, 0 };

	return sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 &&
	       sys(SYS_ppoll, &life, 1, &at_once, 0, 8) == 0;
}

/* The job waits for the byte: nothing of it runs before all this is so. */
_Noreturn void bare_main(long argc, char **argv, const uint64_t *auxv)
{
	int status_fd;

	(void)auxv;
	if (argc != INIT_ARGS || !bare_is(argv[INIT_VERSION], PACKAGE_VERSION))
		bare_exit(125);
	sys(SYS_prctl, PR_SET_NAME, "cordon", 0, 0, 0);
	status_fd = (int)bare_number(argv[INIT_STATUS]);
	if (!go_dark() ||
	    !dies_with_parent((int)bare_number(argv[INIT_LIFE])) ||
	    sys(SYS_write, bare_number(argv[INIT_READY]), "", 1) != 1)
		bare_exit(125);
	init_watch(status_fd, bare_number(argv[INIT_JOB]),
		   bare_number(argv[INIT_GROUP]));
}
