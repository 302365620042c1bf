/* SPDX-License-Identifier: MIT */
/*
 * front - front doors: what a caller asks for that can only be told a path
 *
 * A shell, an interpreter or a job starter is named by one path, and what that
 * path is called says what is meant: a link `cordon-sh` to cordon is a shell.
 * Each name is a row of a table (front.c), and a row's function turns the way
 * it was called into (stack, parameters, argv), nothing more: then it calls
 * run(), the one life of a job.
 *
 * The stack is what stands behind '@' in the name, or is called as the name.
 * It is no word of the caller's: a "#!" line has only one, and a shell's are
 * all the job's.  Who can make a link chooses a stack, as with `cordon run`.
 */
#ifndef CORDON_FRONT_H
#define CORDON_FRONT_H 1
#include <stdbool.h>

struct arena;
struct cordon_error;
struct prepared;
struct request;

struct front_call {
	const char *path;  /* by which this program was started */
	const char *name;  /* its last part, up to an '@' */
	const char *stack; /* what stands behind that; NULL: there is none */
};

/*
 * The path by which the kernel was asked to start this program.  Of a script
 * whose "#!" line names it, it is the path in that line, which the kernel makes
 * argv[0], whatever the caller said.
 */
const char *front_path(const char *argv0);
struct front_call front_call(struct arena *arena, const char *path);

/* All but the command line itself.  REQUEST has argv and environ as they came;
 * gives the exit status. */
int front_open(struct arena *arena, const struct front_call *call,
	       struct request *request);

/* Is it a name that a stack's program can have? */
bool front_is_free(const char *name);

/* request->is_of_stack: the job's argv and program are what [stack] says. */
void front_fill(struct prepared *prepared);
/* [stack] program: is there one, and is it not this program?  A check wants
 * to find it too. */
int front_judge(struct prepared *prepared, bool is_check,
		struct cordon_error *err);

#endif /* CORDON_FRONT_H */
