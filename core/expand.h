/* SPDX-License-Identifier: MIT */
/*
 * expand - ${name} in a setting: parameters, and the facts of a run
 *
 * A value is one literal word: what it holds is never split, globbed or
 * expanded again.  So whoever splits a setting does it before, and what a value
 * brings can be escaped, or refused, here.
 */
#ifndef CORDON_EXPAND_H
#define CORDON_EXPAND_H 1
#include <stdbool.h>
#include <stddef.h>

#include "core/stack.h"

enum {
	EXPAND_SYMBOLIC = 1, /* what has no value yet stays ${name}; a literal
			       dollar is $$ */
	EXPAND_ESCAPE = 2,   /* ':' and '\' of a value get a '\' before them */
	EXPAND_NO_GLOB = 4,  /* refuse a value with '*' or '?' */
	EXPAND_LIST = 8, /* ${name} alone may be a list: a word for each item */
};

struct expanded {
	const char **word;
	size_t n;
};

/* size bytes of a setting; one word comes out, unless EXPAND_LIST is asked for.
 */
int expand_words(struct arena *arena, const struct stack *stack,
		 const char *text, size_t size, unsigned flags,
		 struct expanded *out, struct cordon_error *err);
/* Is every ${} well-formed and known?  Says whether one is the caller's. */
int expand_scan(const struct stack *stack, const char *text, bool *is_callers,
		struct cordon_error *err);

/* NULL: none of that name. */
const struct parameter *expand_parameter(const struct stack *stack,
					 const char *name, size_t size);
bool expand_is_fact(const char *name); /* stack, job, user, ... */

#endif /* CORDON_EXPAND_H */
