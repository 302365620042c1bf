/* SPDX-License-Identifier: MIT */
/*
 * ready - helpers beside a job: each says that it is what it must be before there
 * is one, and is ended
 *
 * A fresh copy of cordon can be traced by whoever is the same user; so its maker
 * waits until it has closed itself, and a helper that could not begin is seen.
 */
#ifndef CORDON_READY_H
#define CORDON_READY_H 1
#include <sys/types.h>

struct ready {
	int ends[2]; /* of a pipe, close-on-exec */
};

/* Before the fork; 0, or -1 with errno. */
int ready_open(struct ready *ready);
/* In the helper, once; its end may be closed afterwards.  0, or -1. */
int ready_say(const struct ready *ready);
/* In its maker, also where the fork failed: closes both ends.  0, or -1 with
 * errno: it died first. */
int ready_hear(struct ready *ready);

/* Ends a helper, and reaps it; who cannot be ended is not waited for.  0: there
 * is none, and then there is none. */
void helper_end(pid_t *pid);

#endif /* CORDON_READY_H */
