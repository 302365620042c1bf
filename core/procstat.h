/* SPDX-License-Identifier: MIT */
/*
 * procstat - /proc/PID/stat, by the numbers that proc(5) gives its fields
 */
#ifndef CORDON_PROCSTAT_H
#define CORDON_PROCSTAT_H 1
#include <stdint.h>
#include <sys/types.h>

enum procstat {
	STAT_STATE = 3, /* a letter */
	STAT_PARENT,
	STAT_FLAGS = 9,
	STAT_USER = 14, /* ticks, as the three behind it */
	STAT_SYS,
	STAT_CHILDREN_USER,
	STAT_CHILDREN_SYS,
	STAT_START = 22,  /* ticks since boot */
	STAT_STATUS = 52, /* Linux 3.5; 0 where it is not shown */
	STAT_FIELDS,
};

/*
 * field[STAT_STATE] to field[last], of a process; `proc` is an open /proc, or
 * -1. 0, or -1 and errno: there is none, it is hidden, or it says less.
 */
int procstat_read(int proc, pid_t pid, int64_t *field, enum procstat last);
/* The same, of an open file; what it says now. */
int procstat_read_fd(int fd, int64_t *field, enum procstat last);

#endif /* CORDON_PROCSTAT_H */
