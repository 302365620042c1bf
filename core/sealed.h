/* SPDX-License-Identifier: MIT */
/*
 * sealed - a file in memory that nobody can change any more
 */
#ifndef CORDON_SEALED_H
#define CORDON_SEALED_H 1
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A descriptor, close-on-exec, or -1 with errno; `runs`: it may be executed. */
int sealed_new(const char *name, bool runs);
/* Behind the `at` bytes that it has.  0, or -1 with errno. */
int sealed_write(int fd, size_t at, const void *bytes, size_t size);
/* From here on all that is left is to read; mode 0: as it was made. */
int sealed_finish(int fd, mode_t mode);
bool sealed_is(int fd);

#endif /* CORDON_SEALED_H */
