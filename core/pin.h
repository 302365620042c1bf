/* SPDX-License-Identifier: MIT */
/*
 * pin - the object that was judged is the one that runs, or is opened (I36)
 *
 * A decide section judges a path outside, at its time; the kernel, or an
 * interpreter, opens it again inside, later.  A pin closes what lies between:
 * every folder and link on the way must be out of others' reach, and inside,
 * just before exec, each must be the one that was looked at.  Where that cannot
 * be, what runs is a copy that nobody can change any more.
 *
 *	pin_settle()	plans: who can reach what, by path or by copy; pure
 *	pin_make()	outside, for a run: copies, hashes the bytes that will run
 *	act_pin()	inside: the same objects again
 */
#ifndef CORDON_PIN_H
#define CORDON_PIN_H 1
#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

struct cordon_error;

enum pin_how {
	PIN_SAME = 0, /* the object alone is compared */
	PIN_BY_PATH,  /* by the path that it was judged by */
	PIN_CANONICAL, /* by that path without links */
	PIN_COPY,
};

struct pin {
	struct cordon_step is; /* as planned; text[0] says which step it is */
	const char *section;
	uint32_t where;
	enum pin_how how;
	const char *fault; /* who else could reach it by its path; NULL: nobody */
	struct seen { /* on the way */
		uint64_t device, inode;
	} *seen;
	size_t n_seen, room;
	int fd;	    /* the copy; -1 */
	char *word; /* what takes its place in argv; or NULL */
};

/* Behind settled.argv and the ids: may change argv and candidates. */
int pin_settle(struct plan *plan, struct cordon_error *err);
int pin_make(struct plan *plan, struct cordon_error *err);

#endif /* CORDON_PIN_H */
