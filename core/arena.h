/* SPDX-License-Identifier: MIT */
/*
 * arena - the memory of one run, freed at once
 *
 * Nothing that a run reads or plans is freed alone, so there is no pointer
 * that could dangle between two stages.  No call returns NULL: without memory
 * nothing can be promised about the job, and cordon ends with status 125.
 */
#ifndef CORDON_ARENA_H
#define CORDON_ARENA_H 1
#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is allowed */

/* Room for small pieces, of which none then ends the process; or -1 and errno. */
int arena_reserve(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size); /* zeroed, 16-aligned */
char *arena_copy(struct arena *arena, const char *text,
		 size_t n); /* n bytes and a NUL */
char *arena_strdup(struct arena *arena, const char *text);
__attribute__((format(printf, 2, 3))) char *
arena_printf(struct arena *arena, const char *format, ...);

/* N texts, one behind the other. */
char *arena_join(struct arena *arena, const char *const *texts, size_t n);

#endif /* CORDON_ARENA_H */
