/* SPDX-License-Identifier: MIT */
/*
 * tini - the door for who calls tini: a small init in front of a program
 *
 * Invoked as `tini` it reads what that program reads, and makes a section of
 * it: orphans are reaped, signals passed on.  What the job is confined by is the
 * stack's word.
 *
 * Source: tini 0.19, its --help and how it behaves.
 */
#ifndef CORDON_TINI_H
#define CORDON_TINI_H 1
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct cordon_error;
struct front_call;
struct request;

/* The row of the table of doors (core/front.c). */
int tini_open(struct arena *arena, const struct front_call *call,
	      struct request *request);

struct tini_call {
	char **argv; /* the command */
	bool to_group; /* signals go to the job's group */
	int death_signal; /* when the caller's thread has ended; 0: none */
	bool is_help, is_version;
	uint8_t as_success[32]; /* a bit for each exit status that is told as 0 */
};

/* -1 with a message. */
int tini_arguments(struct arena *arena, char **argv, struct tini_call *out,
		   struct cordon_error *err);

#endif /* CORDON_TINI_H */
