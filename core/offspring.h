/* SPDX-License-Identifier: MIT */
/*
 * offspring - the processes below one, by /proc
 *
 * Where no pid namespace and no cgroup holds a job together, cordon becomes the
 * reaper of the orphans below it: then all that lives of the job hangs on it by
 * a chain of parents.  So does what its caller had given it; that is noted
 * before the job begins, and left alone.
 */
#ifndef CORDON_OFFSPRING_H
#define CORDON_OFFSPRING_H 1
#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid, parent;
	char state;
	uint64_t start;	       /* ticks since boot: tells two of one pid apart */
	uint64_t own, reaped;  /* processor time, ticks: its own, its children's */
	char mark;
};

struct processes {
	struct process *list; /* by pid, ascending */
	size_t n, room;
};

struct offspring {
	DIR *proc;
	pid_t root;
	bool is_ours; /* root is cordon itself */
	uint64_t start; /* of a root that is the job's own too; 0: it is not */
	pid_t main;   /* reaped by somebody else; 0: was */
	pid_t helper; /* cordon's own; 0: none */
	struct processes foreign, now, before;
	/* of what was reaped here */
	int64_t user_us, sys_us, max_rss_kb;
};

/* 0, or -1 with errno: there is no /proc, or one of other processes. */
int offspring_open(struct offspring *tree);
/* Before the job is cloned: all that comes to hang on cordon is the job's. */
int offspring_adopt(struct offspring *tree);
/* Of one that is nobody's child here: it and all that hang on it. */
int offspring_follow(struct offspring *tree, pid_t pid);
/* What hangs on it now is remembered when it does no more. */
void offspring_look(struct offspring *tree);
void offspring_close(struct offspring *tree);

/* Processor time of all below the root, and of what they reaped; -1. */
int64_t offspring_cpu_us(struct offspring *tree);
/* The first child of the root, or -1. */
pid_t offspring_first(struct offspring *tree);

/* Our own, that hangs on the root too: none of the job's. */
int offspring_except(struct offspring *tree, pid_t pid);
/* Stops all, until there are no new ones; what is sent then goes to those. */
void offspring_stop(struct offspring *tree);
void offspring_send(const struct offspring *tree, int signal);

/* With offspring_adopt(): orphans of the job that have ended. */
void offspring_reap(struct offspring *tree);
/* Ends and reaps all; 0 when none is left, 1: ask again.  With
 * offspring_follow() it ends whom it sees, and 0. */
int offspring_kill(struct offspring *tree);

#endif /* CORDON_OFFSPRING_H */
