/* SPDX-License-Identifier: MIT */
/*
 * ini - the strict reader of stack files; every refusal about a line is here
 *
 * A line is blank, a comment (its first character is ';' or '#'), a header
 * '[NAME]' or '[NAME.LABEL]', or 'KEY = VALUE' in the first column; a blank and
 * ';' begin a comment behind it.  All else is refused with FILE:LINE, and of a
 * file with one fault nothing is delivered.
 */
#ifndef CORDON_INI_H
#define CORDON_INI_H 1
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cordon_error;

struct ini_line {
	const char *section;
	const char *key;   /* NULL: the section's header */
	const char *value; /* without outer blanks; "" after 'KEY =' */
	unsigned line;
	bool is_one; /* of a list one item, whatever stands in it: from code */
};

struct ini_file {
	const char *path;
	struct ini_line *lines; /* in the order of the file */
	size_t count;
};

/* All that lives in out is the arena's.  fd comes from trust_open_file(). */
int ini_read(struct arena *arena, int fd, const char *path,
	     struct ini_file *out, struct cordon_error *err);
int ini_parse_text(struct arena *arena, const char *text, size_t size,
		   const char *path, struct ini_file *out,
		   struct cordon_error *err);

#endif /* CORDON_INI_H */
