/* SPDX-License-Identifier: MIT */
/*
 * walk - along a path, one part at a time, by descriptor
 *
 * Inside: raw calls, and memory that the parent made.  Who walks sees each
 * folder, and each symbolic link before it is followed; its text is all that is
 * read of it, so a magic link of /proc leads where its text says, or nowhere.
 */
#ifndef CORDON_WALK_H
#define CORDON_WALK_H 1
#include <stdint.h>

#include "core/mount.h"

enum { WALK_PATH = 4096, WALK_REST = 8192, WALK_LINKS = 40 };

struct walk_id {
	uint64_t dev, ino;
};

struct walk {
	int fd;			/* O_PATH: where we are; -1: nowhere */
	struct mount_stat st;	/* of it */
	struct mount_stat link; /* of the last one followed */
	int links;
	char name[256]; /* the part that the last step was about; "": ".." */
	char path[WALK_PATH]; /* to `fd` from where we began, without links */
	char rest[WALK_REST]; /* still to go */
	char text[WALK_PATH]; /* of a link */
};

enum { WALK_END = 0, WALK_MOVED, WALK_LINK };

/* From "/", or from the cwd if the path is relative.  0 or a negative errno;
 * walk_close() in any case. */
int walk_start(struct walk *walk, const char *path);
/* Is there a part to go? */
bool walk_has_more(struct walk *walk);
/* WALK_*, or a negative errno: then we still are in the folder above `name`. */
int walk_step(struct walk *walk);
void walk_close(struct walk *walk);

struct walk_id walk_id(const struct mount_stat *st);

#endif /* CORDON_WALK_H */
