/* SPDX-License-Identifier: MIT */
/*
 * place - where cordon's own things are, and who may have written them
 *
 * Where they were configured to be; but a program that runs from the build
 * tree takes that tree's, and trusts its owner too.  What stands above the
 * tree is not judged then: who could replace the tree could replace the
 * program that is running.
 */
#ifndef CORDON_PLACE_H
#define CORDON_PLACE_H 1
#include <stdbool.h>
#include <stddef.h>

#include "core/trust.h"

struct cordon_error;

struct place {
	const char *confdirs[2]; /* the admin's stacks, then the shipped ones */
	size_t n_confdirs;
	const char *moduledir;
	const char *front;  /* the program on PATH */
	const char *twin;   /* the program that door_static.c goes on to */
	const char *init;   /* the program that a job's init is */
	struct trust trust; /* of all of these */
	bool is_build_tree;
};

int place_find(struct place *out, struct cordon_error *err);

#endif /* CORDON_PLACE_H */
