/* SPDX-License-Identifier: MIT */
/*
 * handoff - one program goes on as another, the caller's environment as data
 *
 * The other one's own environment is a single variable, CORDON_HANDOFF=N: the
 * number of a sealed memfd that holds the caller's, byte for byte, entries
 * without '=' and doubled ones too.  So nothing in it steers the loader, libc
 * or NSS of the program that is started.  Before it stands the path by which
 * the first one was started, which says the front door (core/front.h).
 */
#ifndef CORDON_HANDOFF_H
#define CORDON_HANDOFF_H 1
#include <stdbool.h>

struct cordon_error;

struct handoff {
	const char *path;
	char *const *environ;
};

/* Returns only, and then -1, if PROGRAM cannot be started. */
int handoff_exec(const char *program, char *const *argv,
		 const struct handoff *handed, struct cordon_error *err);

/* Whether this program was started by it. */
bool handoff_is_here(char *const *caller);

/* Takes what was handed over and closes its descriptor; out->environ is for one
 * free(), of the path too. */
int handoff_take(char *const *caller, struct handoff *out,
		 struct cordon_error *err);

#endif /* CORDON_HANDOFF_H */
