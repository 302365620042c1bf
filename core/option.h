/* SPDX-License-Identifier: MIT */
/*
 * option - a section's settings into a module's struct, by its option table
 */
#ifndef CORDON_OPTION_H
#define CORDON_OPTION_H 1
#include <stdbool.h>

#include <cordon/module.h>

#include "core/stack.h"

struct arena;

/*
 * self: module->size bytes, zeroed here, defaults filled in.  -1: err->text is
 * "FILE:LINE: [section] key: reason".  Unknown keys name the nearest one.
 */
int option_parse(struct arena *arena, const struct stack *stack, const struct section *section,
		 const struct cordon_module *module, void **self, struct cordon_error *err);

/* Every option of the module as "key = value" lines in the order of its table, values in one
 * canonical spelling, defaults spelled out, lists one item a line: for the digest. */
const char *option_canonical(struct arena *arena, const struct stack *stack, const struct section *section,
			     const struct cordon_module *module, struct cordon_error *err);

/* The word for a type, a merge rule: for `cordon modules NAME`. */
const char *option_type_text(const struct cordon_option *option);
const char *option_merge_text(uint32_t merge);

/* Is it a key of every section, which no module sees? */
bool option_is_core(const char *key);

/* User and group names: digits are ids; a name goes through the door (door.h). */
int option_user(const char *text, uint32_t *uid, struct cordon_error *err);
int option_group(const char *text, uint32_t *gid, struct cordon_error *err);

#endif /* CORDON_OPTION_H */
