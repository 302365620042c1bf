/* SPDX-License-Identifier: MIT */
/*
 * nsjail_lines - what of a profile becomes the line of a section
 */
#ifndef CORDON_NSJAIL_LINES_H
#define CORDON_NSJAIL_LINES_H 1
#include "core/nsjail.h"

struct nsjail_writer {
	struct arena *arena;
	const struct nsjail_profile *profile;
	struct ini_file *out;
	size_t room;
	struct cordon_error *err;
};

/* from: what says so; NULL: nothing does.  A line has it only in the file. */
void nsjail_put(struct nsjail_writer *to, const struct textproto_value *from,
		const char *section, const char *key, const char *value);
#define NSJAIL_PRINT(to, from, section, key, ...)                              \
	nsjail_put(to, from, section, key,                                     \
		   arena_printf((to)->arena, __VA_ARGS__))

/* "FILE:LINE:COLUMN: " before what is said of a value.  -1. */
int nsjail_blame(struct nsjail_writer *to, const struct textproto_value *value);
#define NSJAIL_FAIL(to, value, ...)                                            \
	(cordon_fail((to)->err, 0, __VA_ARGS__), nsjail_blame(to, value))

/* A piece of a profile, in what is said of it. */
#define SHOWN 96
#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

/* Text for a line: a dollar stands for nothing in a profile.  Of a path also
 * for one side of SRC:DST. */
const char *nsjail_literal(struct nsjail_writer *to, const char *text);
const char *nsjail_path(struct nsjail_writer *to, const char *path);
/* A path inside, without '//', '/./' and a last slash; "tmp" is "/tmp". */
const char *nsjail_target(struct nsjail_writer *to, const char *path);
/* The same without '..' too, which ends at "/". */
const char *nsjail_normal(struct nsjail_writer *to, const char *path);

/* What was given, or else `other`. */
bool nsjail_is(const struct textproto_value *value, bool other);
int64_t nsjail_number(const struct textproto_value *value, int64_t other);
const char *nsjail_text(const struct textproto_value *value, const char *other);

/* Where a mount's target is, and whether it will be there at all. */
struct nsjail_place {
	const struct nsjail_mount *mount;
	const char *target; /* inside, by no link of the profile's */
	/* its source is there, a folder, a device */
	bool is_there, is_dir, is_device;
	bool is_left_out; /* it may fail, and would */
	bool is_spread;	  /* a folder at "/", whose entries follow */
	bool is_covered, is_mounted;
};

struct nsjail_places {
	struct nsjail_place *place;
	size_t n, room;
};

bool nsjail_is_below(const char *path, const char *top);
bool nsjail_is_optional(const struct nsjail_mount *mount);
/* Of a bind: absolute, and without links where it is there. */
const char *nsjail_source(struct nsjail_writer *to,
			  const struct nsjail_mount *mount);
/* 0, or -1: all of them (nsjail_places.c) */
int nsjail_find_places(struct nsjail_writer *to, struct nsjail_places *places);
/* Is there a place for it, or was one made (nsjail_targets.c)? */
bool nsjail_has_target(struct nsjail_writer *to,
		       const struct nsjail_places *places, size_t at);

/* 0, or -1: its part of the sections (nsjail_ids.c, nsjail_files.c) */
int nsjail_put_namespaces(struct nsjail_writer *to);
int nsjail_put_ids(struct nsjail_writer *to);
int nsjail_put_mounts(struct nsjail_writer *to);

#endif /* CORDON_NSJAIL_LINES_H */
