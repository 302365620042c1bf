/* SPDX-License-Identifier: MIT */
/*
 * multi_prog - could Slurm have read this text as the file of a --multi-prog?
 *
 * Before 23.11 a plugin sees of such a step the words that srun sent, the
 * file's text as argv[1], and not the programs that slurmstepd made of it:
 * those run whatever becomes of argv[0].  Nothing says which kind of step it
 * is, and what srun sends anybody can send.  So it is told by the one thing
 * that cannot be feigned: a text that has no line for any rank has no program
 * either.
 *
 * Says yes to more than slurmstepd does: also to comments, to lines that a '\'
 * continues, and whatever the rank is.
 */
#ifndef CORDON_MULTI_PROG_H
#define CORDON_MULTI_PROG_H 1
#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* "3", "0-7", and what atoi(3) makes a number of: "-7", "-". */
static bool is_range(const char *text, size_t size)
{
	static const char digits[] = "0123456789";
	size_t at = strspn(text, digits);

	if (at < size && text[at] == '-') {
		at++;
		at += strspn(text + at, digits);
	}
	return size > 0 && at >= size;
}

/* Parts that are no ranges are passed over: "x,0" is rank 0. */
static bool has_range(const char *text, size_t size)
{
	if (size == 1 && *text == '*')
		return true;
	for (size_t at = 0, part; at < size; at += part + 1) {
		part = strcspn(text + at, ",");
		if (part > size - at)
			part = size - at;
		if (is_range(text + at, part))
			return true;
	}
	return false;
}

static size_t count_while(const char *text, bool is_wanted)
{
	size_t n = 0;

	while (text[n] && text[n] != '\n' &&
	       (isspace((unsigned char)text[n]) != 0) == is_wanted)
		n++;
	return n;
}

static bool is_multi_prog(const char *text)
{
	while (text) {
		size_t size;

		text += count_while(text, true);
		size = count_while(text, false);
		if (has_range(text, size) && text[size] && text[size] != '\n')
			return true;
		text = strchr(text + size, '\n');
		text += text != NULL;
	}
	return false;
}

#endif /* CORDON_MULTI_PROG_H */
