/* SPDX-License-Identifier: MIT */
/*
 * spawn - from a finished plan to a running job: in place, or in a child that
 * is watched to its end
 */
#ifndef CORDON_SPAWN_H
#define CORDON_SPAWN_H 1
#include <stdbool.h>
#include <stdint.h>

#include "core/act.h"

struct outside;
struct step;

struct outcome {
	bool has_started, has_ended;
	bool is_timeout, is_oom, has_lost_caller;
	const struct step *limit; /* which was met; NULL */
	const struct step *cut; /* whose section ended a stream; NULL */
	bool is_denied; /* by its policy, else it failed */
	const char *cut_text;
	bool has_rest; /* something of the job could not be ended */
	int status;	      /* as wait4(2) says, where it has ended, or
				 STATUS_UNKNOWN (core/beside.h) */
	int asked; /* the signal that cordon was told to end it by; 0: none */
	bool was_told; /* to end, by a signal or a limit */
	uint64_t passed; /* bit N - 1: signal N came, and may have been passed on */
	unsigned restarts; /* tries before this one */
	int64_t began_ns; /* of the first try, monotonic; 0: not yet */
	struct report report; /* where it has not started */
	int32_t skipped;      /* as in a report */
	const char *failed;   /* outside: what cordon itself could not do */
	int code;	      /* its errno */
	int64_t wall_ns, user_us, sys_us, max_rss_kb; /* of all tries; -1: not known */
};

/* Execs; comes back only when that failed. */
void spawn_in_place(const struct plan *plan, uint64_t old_mask,
		    struct outcome *outcome);

/*
 * own_fds: what stays open in the parent (records), apart from its own.  All
 * signals are blocked by the caller, old_mask is what was before.
 */
void spawn_and_watch(const struct plan *plan, struct outside *outside,
		     uint64_t old_mask, const int *own_fds, size_t n_own,
		     struct outcome *outcome);

/* Who comes back from spawn_beside(). */
enum beside {
	BESIDE_NOBODY, /* no helper lives: as if nobody had been spawned */
	BESIDE_INSIDE, /* it would have become the job; the helper undoes */
	BESIDE_HELPER, /* the job is gone, or never was */
};

/* The same, but the job takes this process over and a helper watches it. */
enum beside spawn_beside(const struct plan *plan, struct outside *outside,
			 uint64_t old_mask, const int *own_fds, size_t n_own,
			 struct outcome *outcome);

#endif /* CORDON_SPAWN_H */
