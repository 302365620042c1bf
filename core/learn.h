/* SPDX-License-Identifier: MIT */
/*
 * learn - a job runs less confined than its stack says, and what the stack would
 * have refused is printed as sections
 *
 * The plan is made twice: as always, to be asked what it would refuse, and once
 * more without the steps that only refuse calls, paths, ports and sizes.  With
 * the second the job runs as any other does; in the place of the filters it loads
 * one that asks somebody outside about each call that matters, see
 * seccomp_unotify(2).  He looks, notes, and lets it go on.
 *
 *	learn.c		who may, the second process, the questions
 *	learn_act.c	what is left out of the plan, and the filter that asks
 *	learn_call.c	what paths and ports a call is about
 *	learn_path.c	what a path of the job's leads to
 *	learn_measure.c	how large the job becomes
 *	learn_need.c	what of it the stack refuses, and the least that is enough
 *	learn_print.c	the sections, tried before they are printed
 */
#ifndef CORDON_LEARN_H
#define CORDON_LEARN_H 1
#include <linux/filter.h>
#include <stdbool.h>

struct arena;
struct cordon_step;
struct filter_program;
struct request;

/* What the plan of a job that is learned from has instead. */
struct learn {
	int socket; /* where its process sends the descriptor to listen at */
	struct sock_fprog program;
};

/* The status to end with. */
int learn(struct arena *arena, const struct request *request);

/* Is anything of the step done in a run that learns?  What only refuses what
 * can be noted instead is taken out of it. */
bool learn_leaves(struct cordon_step *step);

/* Asks about what `filter` (NULL: none) denies, and what is looked at anyway. */
struct sock_fprog learn_program(struct arena *arena,
				const struct filter_program *filter,
				bool counts_files, int socket);

#endif /* CORDON_LEARN_H */
