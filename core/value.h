/* SPDX-License-Identifier: MIT */
/*
 * value - words to numbers and back; how a foreign word is compared and shown
 *
 * Parsing takes the whole text or refuses it: no sign, blank, hexadecimal or
 * exponent, and, but for octal modes, no leading zero.
 */
#ifndef CORDON_VALUE_H
#define CORDON_VALUE_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cordon_error;

enum value_kind {
	VALUE_SIZE = 1, /* bytes: K M G T, by 1024 */
	VALUE_TIME,	/* nanoseconds: ms s min h d */
	VALUE_COUNT,
	VALUE_PERCENT,
	VALUE_MODE, /* octal, 0 to 7777 */
};

/* 'unlimited' is a word, not a number: who allows it asks for it first. */
int value_parse(enum value_kind kind, const char *text, uint64_t *out,
		struct cordon_error *err);

/*
 * The largest unit that divides exactly; UINT64_MAX is "unlimited".  What no
 * unit of value_parse() divides (a limit that was inherited) is shown in bytes
 * or, with its unit, in us or ns.
 */
const char *value_print(struct arena *arena, enum value_kind kind,
			uint64_t value);

/* 0; -1: not digits alone, so it may be a name; -2: digits, but no id (I16) */
int value_id(const char *text, uint32_t *out);

int value_signal(const char *name);	   /* TERM, SIGTERM, RTMIN+3; or -1 */
const char *value_signal_name(int signal); /* without SIG; NULL: none */

/* The one that was probably meant, or NULL. */
const char *value_nearest(const char *word, const char *const *words, size_t n);

bool value_glob(const char *pattern, const char *text); /* * and ? alone */

/* The length of the valid UTF-8 character that text begins with, or 0. */
size_t value_char(const char *text, size_t n, uint32_t *code);
/* Not for a line that people read: controls, and what reorders or breaks it. */
bool value_is_control(uint32_t code);

/* I61: the whole text; a backslash doubled, what is not plain text as \xhh. */
const char *value_escape(struct arena *arena, const char *text, size_t n);
/* A line that is made of such texts: only what is no plain text, as \xhh. */
const char *value_line(struct arena *arena, const char *line);
/* The same in size bytes, at least 16: what is too much is cut from the middle. */
const char *value_show(char *buffer, size_t size, const char *text, size_t n);

#endif /* CORDON_VALUE_H */
