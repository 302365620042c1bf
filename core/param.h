/* SPDX-License-Identifier: MIT */
/*
 * param - what a caller may say: the declarations of [params], and ${name}
 *
 *	NAME = TYPE [under DIR | A..B | one of WORDS]
 *	       [from env VAR | from cwd] [required | default V]
 *
 * What comes from outside is checked against the declaration before any setting
 * sees it.  In a setting it is one literal word: it is never split, globbed or
 * expanded again, so whoever splits does it before expand_words().
 */
#ifndef CORDON_PARAM_H
#define CORDON_PARAM_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/stack.h"
#include "core/value.h"

struct param_kind;

struct param_range {
	int64_t low, high;
	bool is_given;	   /* else 0 to the largest */
	bool is_unlimited; /* A..unlimited: the word is a value too, -1 */
};

struct param_type {
	const struct param_kind *kind;
	bool is_list;
	struct param_range range;
	const char *under;	  /* path, dir, file; NULL: anywhere */
	const char *group;	  /* user in GROUP */
	const char *const *words; /* one of WORDS */
	size_t n_words;
};

struct param {
	const char *name;
	struct param_type type;
	const char *env; /* from env VAR */
	bool is_from_cwd, is_required;
	const char *fallback;	  /* default V, as written */
	const char *const *items; /* the same, split if it is a list */
	size_t n_items;
};

/* One declaration.  The error is the reason alone, as in all below. */
int param_declare(struct arena *arena, const char *name, const char *text,
		  struct param *out, struct cordon_error *err);
/* One value, or one item of a list; paths by their text alone. */
int param_check(const struct param_type *type, const char *text,
		struct cordon_error *err);
/* The declaration in canonical form; some value that it allows. */
const char *param_text(struct arena *arena, const struct param *param);
const char *param_stand_in(struct arena *arena, const struct param *param);

/*
 * The declarations of a stack, their values from the request, into
 * out->parameters.  Here the error begins with FILE:LINE.
 */
int param_read(struct arena *arena, const struct stack_request *request,
	       const struct setting *declarations, size_t n, struct stack *out,
	       struct cordon_error *err);

/* Shared with the option tables, whose `form` has the same grammar. */
int param_range(enum value_kind kind, const char *text, struct param_range *out,
		struct cordon_error *err);
int param_number(enum value_kind kind, const char *text,
		 const struct param_range *range, int64_t *out,
		 struct cordon_error *err);
/* The index of text in "a|b|c", or -1. */
int param_word(const char *form, const char *text, struct cordon_error *err);
bool param_is_name(const char *text); /* [A-Za-z0-9_][A-Za-z0-9_.-]* */
/* " (did you mean 'x'?)" or "", for the end of an error. */
const char *param_hint(char buffer[96], const char *word,
		       const char *const *words, size_t n);
/* "a, b or c", cut with "..." */
const char *param_list(char *buffer, size_t size, const char *const *words,
		       size_t n);

#endif /* CORDON_PARAM_H */
