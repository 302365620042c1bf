/* SPDX-License-Identifier: MIT */
/*
 * restart - one more try for a job that crashed
 *
 * Each try is spawned as if it were the first, by a cordon that let go of what
 * is the job's when the last one began: what the next one needs of that is kept
 * here.
 */
#ifndef CORDON_RESTART_H
#define CORDON_RESTART_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

struct cordon_error;
struct outcome;
struct plan;

struct restart {
	bool is_asked; /* else there is one try, and nothing is kept */
	int stdio[3];
	struct rlimit files;
	int dumpable;
};

/* Is an end like this one, as wait4(2) says, a crash by the plan's word? */
bool restart_is_crash(const struct plan *plan, int status);

/* Before the first try: what is to stay open is added to the list. */
int restart_keep(struct restart *restart, const struct plan *plan,
		 const int **own, size_t *n_own, struct cordon_error *err);
/* Waits until it is time for the next try; false: there is none, and outcome says
 * how the job ended.  All signals are blocked. */
bool restart_wait(const struct restart *restart, const struct plan *plan,
		  struct outcome *outcome);
/* What cordon let go of, as it was. */
int restart_prepare(const struct restart *restart, struct cordon_error *err);
/* From that of one try to that of the next, which has not begun. */
void restart_next(struct outcome *outcome);

#endif /* CORDON_RESTART_H */
