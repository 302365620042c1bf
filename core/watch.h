/* SPDX-License-Identifier: MIT */
/*
 * watch - the parent's wait: signals passed on, the end told apart
 */
#ifndef CORDON_WATCH_H
#define CORDON_WATCH_H 1
#include <stdint.h>
#include <sys/types.h>

struct outcome;
struct outside;
struct plan;

struct watch {
	const struct plan *plan;
	struct outside *outside;
	pid_t pid; /* the child: the job, or its init */
	int pidfd, signal_fd, report_fd, status_fd, null_fd;
	int64_t grace_ns; /* from TERM to KILL */
};

/* A signalfd(2) for all that can be caught; they are blocked by then. */
int watch_signals(void);
/* Ends the child and all that hangs on it, and reaps it. */
void watch_kill(struct watch *watch);
/* Until the child is gone. */
void watch_run(struct watch *watch, struct outcome *outcome);

#endif /* CORDON_WATCH_H */
