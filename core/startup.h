/* SPDX-License-Identifier: MIT */
/*
 * startup - does a path exist yet, as the job sees it?
 *
 * A helper looks every 20 ms.  Not the watcher: the job may have made the path
 * a file system of its own, and whoever looks waits for its answer.
 */
#ifndef CORDON_STARTUP_H
#define CORDON_STARTUP_H 1
#include <sys/types.h>

struct plan;

struct startup {
	pid_t helper; /* 0: none is needed */
	int fd;	      /* -1, or: it reads a byte and begins; of each path that is
			 there it writes the index as int32_t, the first step's is 0 */
};

/* Before the job's process goes on; `pid` is it, or its init.  0, or -1 with
 * errno. */
int startup_begin(struct startup *startup, const struct plan *plan, pid_t pid);
void startup_end(struct startup *startup);

#endif /* CORDON_STARTUP_H */
