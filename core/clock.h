/* SPDX-License-Identifier: MIT */
/*
 * clock - moments and spans, in nanoseconds
 *
 * The clock stands still while the machine is suspended.  A moment of 0 is
 * none.
 */
#ifndef CORDON_CLOCK_H
#define CORDON_CLOCK_H 1
#include <stdint.h>
#include <time.h>

#define MILLISECOND ((int64_t)1000000)
#define SECOND ((int64_t)1000000000)

static inline int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static inline int64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static inline int64_t earlier(int64_t a, int64_t b)
{
	return a == 0 || (b != 0 && b < a) ? b : a;
}

#endif /* CORDON_CLOCK_H */
