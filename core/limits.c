/* SPDX-License-Identifier: MIT */
#include <sched.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/limits.h"
#include "core/offspring.h"
#include "core/outside.h"
#include "core/plan.h"

/* Of the wall's clock until `at`; of the processor until the tree has used
 * `ns`, and then `at` is the next look. */
struct limit {
	const struct step *step;
	bool is_cpu, is_idle; /* whose clock is the relay's */
	bool is_of_job;	      /* of all its tries together */
	int64_t ns, at;	      /* at: monotonic; 0: is met */
};

static bool is_timeout(const struct step *step, int64_t kind)
{
	return step->is.type == CORDON_STEP_TIMEOUT &&
	       step->is.number[0] == kind;
}

static void add(struct limits *limits, const struct plan *plan, uint32_t type)
{
	const struct step *step = plan_find(plan, type);

	for (; step; step = plan_next(plan, step))
		limits->list[limits->n++] = (struct limit){
			.step = step,
			.is_cpu = is_timeout(step, CORDON_TIMEOUT_CPU),
			.is_idle = is_timeout(step, CORDON_TIMEOUT_IDLE),
			.is_of_job = type == CORDON_STEP_TIMEOUT,
			.ns = step->is.number[1],
		};
}

void limits_begin(struct limits *limits, const struct plan *plan,
		  int64_t first_ns, int64_t used_us)
{
	*limits = (struct limits){ .first_ns = first_ns, .used_us = used_us };
	limits->list = arena_alloc(plan->arena,
				   (plan->n_steps + 1) * sizeof(struct limit));
	add(limits, plan, CORDON_STEP_STARTUP);
	limits->n_startup = limits->n;
	add(limits, plan, CORDON_STEP_TIMEOUT);
	limits_start(limits);
}

void limits_start(struct limits *limits)
{
	limits->began_ns = now_ns();
	for (size_t i = 0; i < limits->n; i++) {
		struct limit *limit = &limits->list[i];

		if (limit->is_idle)
			continue;
		limit->at = limit->is_of_job && limits->first_ns != 0
				    ? limits->first_ns
				    : limits->began_ns;
		limit->at += limit->is_cpu ? 1 : limit->ns;
	}
}

void limits_meet_startup(struct limits *limits, size_t index)
{
	if (index < limits->n_startup)
		limits->list[index].at = 0;
}

/* ---- processor time ---- */

/*
 * A process whose parent lets the kernel reap it takes its time with it: what
 * two looks miss is lost, and counts.  One look alone may come between.
 */
static int64_t count_cpu(struct limits *limits, const struct outside *outside,
			 struct offspring *tree)
{
	int64_t used = cgroup_cpu_us(outside), missing;

	if (used >= 0)
		return used;
	used = offspring_cpu_us(tree);
	if (used < 0)
		return -1;
	if (used >= limits->seen_us) {
		limits->seen_us = used;
		limits->short_us = 0;
		return used + limits->lost_us;
	}
	missing = limits->seen_us - used;
	if (limits->short_us == 0) {
		limits->short_us = missing;
		return limits->seen_us + limits->lost_us;
	}
	limits->lost_us +=
		missing < limits->short_us ? missing : limits->short_us;
	limits->seen_us = used;
	limits->short_us = 0;
	return used + limits->lost_us;
}

static int64_t count_cpus(void)
{
	cpu_set_t cpus;

	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus)
							      : CPU_SETSIZE;
}

/* The next look is when all processors could have used up what is left; not so
 * often that looking is a load, nor so seldom that much is lost between. */
static bool is_used_up(struct limits *limits, struct limit *limit,
		       const struct outside *outside, struct offspring *tree)
{
	int64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID), least, wait;
	int64_t used_us = count_cpu(limits, outside, tree);

	if (used_us >= 0)
		used_us += limits->used_us;
	if (used_us >= limit->ns / 1000)
		return true;
	if (limits->n_cpus == 0)
		limits->n_cpus = count_cpus();
	least = 20 * (clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before);
	least = least < 10 * MILLISECOND ? 10 * MILLISECOND : least;
	wait = used_us < 0 ? least
			   : (limit->ns - used_us * 1000) / limits->n_cpus;
	wait = wait > SECOND ? SECOND : wait;
	limit->at = now_ns() + (wait < least ? least : wait);
	return false;
}

/* ---- all of them ---- */

const struct step *limits_look(struct limits *limits,
			       const struct outside *outside,
			       struct offspring *tree)
{
	for (size_t i = 0; i < limits->n; i++) {
		struct limit *limit = &limits->list[i];

		if (limit->at == 0 || now_ns() < limit->at)
			continue;
		if (!limit->is_cpu || is_used_up(limits, limit, outside, tree))
			return limit->step;
	}
	return NULL;
}

const struct step *limits_idle(const struct limits *limits)
{
	for (size_t i = 0; i < limits->n; i++)
		if (limits->list[i].is_idle)
			return limits->list[i].step;
	return NULL;
}

int64_t limits_next(const struct limits *limits)
{
	int64_t at = 0;

	for (size_t i = 0; i < limits->n; i++)
		at = earlier(at, limits->list[i].at);
	return at;
}

int64_t limits_next_wall(const struct limits *limits)
{
	int64_t at = 0;

	for (size_t i = 0; i < limits->n; i++)
		if (!limits->list[i].is_cpu)
			at = earlier(at, limits->list[i].at);
	return at;
}
