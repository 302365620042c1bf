/* SPDX-License-Identifier: MIT */
/*
 * learn_call - what a call is about, read out of a process that waits in it.  It
 * may change what its pointers lead to before the kernel reads them: so this is
 * good for notes, and for no decision.
 */
#ifndef CORDON_LEARN_CALL_H
#define CORDON_LEARN_CALL_H 1
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/learn_need.h"

enum kind {
	OPEN,
	OPEN_HOW,
	CREATE,
	FOLDER,
	EXECUTE,
	TRUNCATE,
	CONNECT,
	BIND,
	FILES, /* no path but descriptors, and which is the least of them */
	END,
};

/* Arguments by their number; -1: there is none, the working directory. */
struct asks {
	long number;
	enum kind kind;
	int dir, path, flags;
	int dir2, path2; /* path2 0: there is no second one */
};

/* NULL: it is not looked at. */
const struct asks *asks_of(long number);

/* ---- core/learn_measure.c ---- */

/* A file of /proc/PID, with a NUL behind it; "" where the process has gone. */
void process_read(pid_t pid, const char *name, char *text, size_t size);
/* A number of /proc/PID/status, "Tgid"; 0 where there is none. */
uint64_t process_number(const char *status, const char *name);

/* ---- core/learn_path.c ---- */

/* Absolute in the job's root: 0, or -1 where it cannot be known. */
int path_join(pid_t pid, int dirfd, const char *text, char *out, size_t size);
/* call_find(), and the object by O_PATH; to be closed. */
int path_object(pid_t pid, uint32_t uid, const char *text, bool follow,
		struct learn_found *out, int *object);
/* Without the last part, and without what `size` has no room for. */
void path_parent(const char *text, char *out, size_t size);

#endif /* CORDON_LEARN_CALL_H */
