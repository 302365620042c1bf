/* SPDX-License-Identifier: MIT */
/*
 * pipeline - a stack's text as the commands take it: read, load, configure,
 * decide, plan, and then what is printed of it
 *
 *	...			conf/t.ini, the stack
 *	=== conf/t.d/more.ini	another file, below the scratch folder (@DIR@)
 *	=== given		-p NAME=VALUE, one a line
 *	=== environ		the caller's environment
 *	=== argv		the command, one word a line
 */
#ifndef CORDON_PIPELINE_H
#define CORDON_PIPELINE_H 1
#include <stddef.h>

#include "core/prepare.h"
#include "tests/fuzz/fuzz.h"

struct pipeline {
	struct arena *arena;
	struct request request;
	char **argv;
};

/* Writes the files; the request is for the stack "t". */
void pipeline_begin(struct pipeline *pipeline, struct arena *arena,
		    const struct fuzz_part *parts, size_t n);
void pipeline_end(struct pipeline *pipeline);

/* What a run does before it begins.  -1: refused; all that can be told of it is
 * in *told, the same for the same input. */
int pipeline_plan(const struct pipeline *pipeline, struct arena *arena,
		  struct prepared *prepared, const char **told);
/* What must hold of each plan. */
void pipeline_judge(const struct prepared *prepared);
/* explain, explain --json, check or digest, twice. */
void pipeline_print(const struct pipeline *pipeline, size_t which);

#endif /* CORDON_PIPELINE_H */
