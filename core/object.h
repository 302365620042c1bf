/* SPDX-License-Identifier: MIT */
/*
 * object - what a path leads to, step by step and by descriptor (I34, I36)
 *
 * Every folder on the way and every link is an object of its own, and each can
 * be judged, or compared with what was judged before.  The walk is made of raw
 * system calls without allocation, so that the same one serves outside and in
 * the process that becomes the job.
 */
#ifndef CORDON_OBJECT_H
#define CORDON_OBJECT_H 1
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include <cordon/module.h>

struct arena;
struct stack;

struct object_walk {
	/*
	 * Each object that is met, the last one too: `st` is its, `parent` is
	 * the folder that it was found in.  Not 0, a negative errno, ends the
	 * walk.  NULL: nobody asks.
	 */
	long (*visit)(struct object_walk *walk, const struct stat *st);
	void *context;
	struct stat parent;
	/* what came out of it */
	struct stat st;	 /* of the object; where it is absent, of its folder */
	bool has_link;	 /* one was followed */
	bool is_magic;	 /* -ELOOP: one that is another object for each process */
	char path[PATH_MAX]; /* without links; absolute, if the text was */
	char rest[PATH_MAX]; /* what is not there; "" */
};

/* An O_PATH descriptor or a negative errno; -ENOENT where a part is absent. */
long object_walk(struct object_walk *walk, const char *text);

/* Reads what an O_PATH descriptor of a regular file stands for: a descriptor. */
int object_open(int fd);

/* The calls that modules have: job->objects. */
const struct cordon_objects *object_calls(struct arena *arena,
					  const struct stack *stack);

#endif /* CORDON_OBJECT_H */
