/* SPDX-License-Identifier: MIT */
/*
 * record - one JSON object for each job, also for one that was refused
 */
#ifndef CORDON_RECORD_H
#define CORDON_RECORD_H 1
#include <stdint.h>

#include "core/prepare.h"
#include "core/spawn.h"

struct record {
	int file_fd, status_fd; /* -1: not asked for */
	int64_t started_ns;	/* since 1970 */
};

/* Opened with cordon's own rights before the job is planned. */
int record_open(struct record *record, const struct request *request,
		struct cordon_error *err);

/* What is told; unknown is NULL or -1. */
struct ending {
	const char *reason; /* started exited signaled timeout denied failed */
	const char *section, *message;
	const struct outcome *outcome; /* NULL: never tried */
};

/* Short writes and full disks: -1, and nothing that could be done about it. */
int record_write(const struct record *record, const struct prepared *prepared,
		 const char *digest, const struct ending *ending);

/* To fd -1 is nothing to write; who reads may be gone. */
int record_put(int fd, const char *text);

#endif /* CORDON_RECORD_H */
