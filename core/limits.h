/* SPDX-License-Identifier: MIT */
/*
 * limits - of time: which of them is met, and when to look again
 */
#ifndef CORDON_LIMITS_H
#define CORDON_LIMITS_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct limit;
struct offspring;
struct outside;
struct plan;
struct step;

struct limits {
	struct limit *list;  /* the plan's arena */
	size_t n, n_startup; /* those of startup are the first */
	int64_t began_ns;    /* monotonic: the program, or who becomes it */
	int64_t first_ns,
		used_us; /* of earlier tries of the job; 0: there is none */
	int64_t n_cpus, seen_us, short_us, lost_us; /* count_cpu() */
};

/* first_ns, used_us: as above. */
void limits_begin(struct limits *limits, const struct plan *plan,
		  int64_t first_ns, int64_t used_us);
/* The program starts now; one that does not come to start is ended by the same
 * clock, which ran since limits_begin(). */
void limits_start(struct limits *limits);
/* A path of startup is there, by its index. */
void limits_meet_startup(struct limits *limits, size_t index);

/* The step of one that is met by now, or NULL. */
const struct step *limits_look(struct limits *limits,
			       const struct outside *outside,
			       struct offspring *tree);
/* That of silence, whose clock is the relay's; NULL. */
const struct step *limits_idle(const struct limits *limits);
/* The moment to look again; of those of the wall's clock alone.  0: never. */
int64_t limits_next(const struct limits *limits);
int64_t limits_next_wall(const struct limits *limits);

#endif /* CORDON_LIMITS_H */
