/* SPDX-License-Identifier: MIT */
/*
 * guard - what a hook of a module that is tested must not do, beyond what is
 * watched in each run (core/hook.c)
 *
 * In a run it costs more than it is worth: none of it lets a job start that should
 * not.  An author wants to know.
 */
#ifndef CORDON_GUARD_H
#define CORDON_GUARD_H 1
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct guard {
	int output;    /* where what is printed goes meanwhile */
	int saved[2];  /* stdout and stderr; -1 */
	size_t n_files;
	uint64_t environment;
	void (*handler[64])(int signal);
};

/* -1 and errno: it cannot be watched. */
int guard_begin(struct guard *guard);
/* What it did ("wrote 'text' to stdout or stderr"), or NULL; stdout and stderr are
 * the process's again. */
const char *guard_end(struct guard *guard, struct arena *arena);
/* The process's own stderr, also while a guard has it. */
int guard_stderr(void);

/*
 * The answer of ASK, from a process of its own; or, where a hook ended that, 125
 * and a line that names it.
 */
int guard_ask(int (*ask)(void *context), void *context);
/* "[name] its plan hook" runs now; NULL: none, or what ended it was said. */
void guard_running(const char *hook);

#endif /* CORDON_GUARD_H */
