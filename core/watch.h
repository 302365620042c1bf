/* SPDX-License-Identifier: MIT */
/*
 * watch - the parent's wait: signals passed on, the end told apart
 */
#ifndef CORDON_WATCH_H
#define CORDON_WATCH_H 1
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/startup.h"
#include "core/offspring.h"
#include "core/relay.h"
#include "core/suspend.h"

struct outcome;
struct outside;
struct plan;

struct watch {
	const struct plan *plan;
	struct outside *outside;
	pid_t pid; /* the child: the job, or its init */
	bool is_beside; /* it is no child: core/beside.h */
	int pidfd, signal_fd, report_fd, status_fd, null_fd;
	struct offspring tree; /* open where it is needed */
	bool reaps; /* orphans, also without that tree */
	struct startup startup;
	struct relay relay;
	struct suspend suspend;
	void *stacks; /* of children until exec; NULL: they had their own */
	size_t stacks_size;
};

/* A signalfd(2) for all that can be caught; they are blocked by then. */
int watch_signals(void);
/* Before the child is cloned; 0, or -1 and outcome says why. */
int watch_prepare(struct watch *watch, struct outcome *outcome);
/* Before it goes on. */
int watch_begin(struct watch *watch, struct outcome *outcome);
/* What is to stay open: at most WATCH_FDS are written, how many is returned. */
#define WATCH_FDS 7
size_t watch_fds(const struct watch *watch, int *fds);
/* Ends the child and all that hangs on it, and reaps it. */
void watch_kill(struct watch *watch);
/* Until the child is gone, and all of the job where it is to be. */
void watch_run(struct watch *watch, struct outcome *outcome);
/* Lets go of what watch_prepare() and watch_begin() made. */
void watch_end(struct watch *watch);

#endif /* CORDON_WATCH_H */
