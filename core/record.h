/* SPDX-License-Identifier: MIT */
/*
 * record - one JSON object for each job, also for one that was refused
 *
 * It goes to each target: the file of --record, the descriptor of --status-fd
 * and what the stack's observe sections name (file, fd, syslog), in one list.
 * Where a job's process replaces cordon's (parent = never), the object is
 * "started" and comes before exec; should exec then fail, a second one says so.
 *
 * What cannot be written when the job has ended changes neither its status nor
 * its stderr, which is the job's: the targets behind it are told by `degraded`.
 */
#ifndef CORDON_RECORD_H
#define CORDON_RECORD_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/prepare.h"
#include "core/spawn.h"

struct target;

struct record {
	struct target *targets; /* files, then descriptors, then the log */
	size_t n, room;
	int64_t started_ns; /* since 1970 */
};

/* What the command line names, opened with cordon's own rights before anything
 * is read. */
int record_open(struct record *record, struct arena *arena,
		const struct request *request, struct cordon_error *err);

/* What the observe sections planned; an optional one that cannot be opened
 * becomes a word in the record of the others. */
int record_open_planned(struct record *record, struct prepared *prepared,
			struct cordon_error *err);

/* Its descriptors, which a supervising cordon keeps open; *n of them. */
const int *record_fds(const struct record *record, struct arena *arena,
		      size_t *n);

/* What is told; unknown is NULL or -1. */
struct ending {
	const char *reason; /* started exited signaled timeout oom seccomp denied failed */
	const char *section, *message;
	const struct outcome *outcome; /* NULL: never tried */
};

/* -1: a target that is required was not told (a short write, a full disk). */
int record_write(const struct record *record, struct prepared *prepared,
		 const char *digest, const struct ending *ending);

/* Who reads may be gone. */
int record_put(int fd, const char *text);

#endif /* CORDON_RECORD_H */
