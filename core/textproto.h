/* SPDX-License-Identifier: MIT */
/*
 * textproto - protobuf's text format, read into structs by tables
 *
 * What protobuf's own reader refuses is refused, with FILE:LINE:COLUMN: an
 * unknown field, one that is not repeated given twice, a required one that is
 * missing, an extension, a number out of its range.  Beyond it NUL, and control
 * characters that are no blank, are in no text.  Strings are bytes.
 * Source: protobuf.dev/reference/protobuf/textformat-spec.
 */
#ifndef CORDON_TEXTPROTO_H
#define CORDON_TEXTPROTO_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cordon_error;

struct textproto_value {
	const char *text; /* of a string; else NULL */
	int64_t number;	  /* of all others; a uint64 in the same bits */
	void *message;	  /* of the kind that the table's row names */
	unsigned line;	  /* 0: not given */
	unsigned column;  /* 0: in no file */
};

/* What a field that may be repeated is read into. */
struct textproto_list {
	struct textproto_value *value;
	size_t n, room;
};

enum textproto_type {
	TEXTPROTO_STRING,
	TEXTPROTO_BOOL,
	TEXTPROTO_UINT32,
	TEXTPROTO_UINT64,
	TEXTPROTO_INT32,
	TEXTPROTO_ENUM,
	TEXTPROTO_MESSAGE,
	TEXTPROTO_REFUSED, /* the format has it, this program no value of it */
};

struct textproto_kind;

struct textproto_field {
	const char *name;
	enum textproto_type type;
	size_t offset; /* of a textproto_value, or of a textproto_list */
	bool is_repeated, is_required;
	const char *words; /* of an enum, "A|B|C" from 0 on */
	const char *only;  /* the value that says nothing: no other is taken */
	const struct textproto_kind *kind; /* of a message */
};

/* None is part of itself: so deep a text's blocks may be, and no deeper. */
struct textproto_kind {
	const char *name;
	const struct textproto_field *fields;
	size_t n_fields, size; /* of its struct */
};

/*
 * Reads all of a text into *out, of kind's size and zeroed.  name: of the file,
 * for what is said.  What lives in *out is the arena's.  -1 with the first
 * fault.
 */
int textproto_read(struct arena *arena, const char *name, const char *text,
		   size_t size, const struct textproto_kind *kind, void *out,
		   struct cordon_error *err);

/*
 * One field as it would stand in a text, from somewhere else (a command line):
 * NAME, and TEXT that is a value or, for a string, the string itself.  It takes
 * the place of one that was there, or is added to a list.
 */
int textproto_set(struct arena *arena, const struct textproto_kind *kind,
		  void *out, const char *name, const char *text,
		  struct cordon_error *err);

#endif /* CORDON_TEXTPROTO_H */
