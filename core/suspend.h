/* SPDX-License-Identifier: MIT */
/*
 * suspend - where cordon alone is stopped, so is the job
 *
 * Nobody can catch STOP, and of a process that is not its child or traced the
 * kernel tells nobody that it was stopped.  Tracing would keep strace(1) and
 * debuggers from cordon, and takes rights that a user has not; so a helper looks
 * ten times a second.  It is no child's work: who is stopped cannot look.
 */
#ifndef CORDON_SUSPEND_H
#define CORDON_SUSPEND_H 1
#include <sys/types.h>

struct offspring;
struct plan;

struct suspend {
	pid_t helper; /* 0: none is needed */
};

/* Before the job's process goes on: `pidfd` is it, or its init, and the helper is
 * none of the tree's.  0, or -1 with errno. */
int suspend_begin(struct suspend *suspend, const struct plan *plan,
		  struct offspring *tree, int pidfd);
void suspend_end(struct suspend *suspend);

#endif /* CORDON_SUSPEND_H */
