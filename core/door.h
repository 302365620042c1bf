/* SPDX-License-Identifier: MIT */
/*
 * door - what the static program cannot do by itself
 *
 * Two programs are made of one core.  `cordon` is static, so that nothing the
 * caller's LD_PRELOAD or LD_LIBRARY_PATH names runs in it, and it holds neither
 * dlopen nor NSS.  `cordon-dynamic` (in libexec, the twin) has both.  Each door
 * has two files: behind that of door_static.c is what can be answered without
 * them; else it starts the twin in its place, which begins anew with the same
 * arguments, descriptors and, handed over as data, environment.
 *
 * So up to the last door nothing may be changed that the twin would find
 * changed: no descriptor marked or closed, no signal, limit or id set, nothing
 * printed.  A twin that cannot be started ends the static program, status 125.
 */
#ifndef CORDON_DOOR_H
#define CORDON_DOOR_H 1
#include <stddef.h>
#include <stdint.h>

#include "core/loader.h"

struct arena;
struct cordon_error;
struct handoff;

/*
 * First in main.  *start: what the caller's environment was, as data (the
 * twin's own is empty), and the path by which the first program was started.
 */
int door_enter(char **argv, struct handoff *start, struct cordon_error *err);

/* For a command that is in no hurry and prints as it goes: now, or never. */
void door_go_on(void);

/* The table of the modules that are part of this program (core/preloaded.c). */
const struct loader_symbol *door_preloaded(void);

/* PATH is absolute, and was judged; gives NAME_LTX_cordon_module, unchecked. */
int door_open_module(const char *path, const char *name, const void **out,
		     struct cordon_error *err);

struct door_user {
	uint32_t uid, gid;
	const char *name, *home, *shell;
};

/* All are -1 and "no user 'x'", err->code 0, where there is none. */
int door_user(struct arena *arena, const char *name, struct door_user *out,
	      struct cordon_error *err);
int door_user_of(struct arena *arena, uint32_t uid, struct door_user *out,
		 struct cordon_error *err);
int door_group(struct arena *arena, const char *name, uint32_t *gid,
	       struct cordon_error *err);
/* The groups that a login would give: GID first, each once. */
int door_groups(struct arena *arena, const char *user, uint32_t gid,
		uint32_t **gids, size_t *n, struct cordon_error *err);

#endif /* CORDON_DOOR_H */
