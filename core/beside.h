/* SPDX-License-Identifier: MIT */
/*
 * beside - a helper that watches a job which has cordon's own process ID
 *
 * Its parent's parent is gone at once, so that it is nobody's child whom the job
 * or the caller knows.  The job's parent is the caller: how the job ended is the
 * caller's to take, and the helper reads what the kernel shows to others.
 */
#ifndef CORDON_BESIDE_H
#define CORDON_BESIDE_H 1
#include <stdint.h>
#include <sys/types.h>

struct outcome;

#define STATUS_UNKNOWN (-1) /* of struct outcome: neither exited nor signaled */

/* As fork(2), with all signals blocked: in the helper 0, in the one that becomes
 * the job 1; -1 with errno. */
int beside_fork(void);

/*
 * What is known of a process that has ended (its pidfd is readable): its status,
 * its times.  `start` tells it from a later one of the same pid.
 */
void beside_end(int pidfd, pid_t pid, uint64_t start, struct outcome *outcome);

/* Does the kernel keep the status of one that its parent has reaped?  It must be
 * opened before the end.  The wait status, or STATUS_UNKNOWN. */
int beside_status(int pidfd);

#endif /* CORDON_BESIDE_H */
