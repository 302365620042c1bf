/* SPDX-License-Identifier: MIT */
/*
 * data - the files that settings name: lists, profiles, manifests
 *
 * They are part of the policy, so they are found and judged as a stack's file
 * is: what an admin's stack names is never taken from a caller's folder.
 */
#ifndef CORDON_DATA_H
#define CORDON_DATA_H 1
#include <cordon/module.h>

#include "core/stack.h"

struct arena;

/*
 * text: the setting's value, an absolute path, or with a form a name in the
 * folder FORM of the first conf.d that has it.  -1: err says what is wrong.
 */
int data_read(struct arena *arena, const struct stack *stack,
	      const struct setting *setting, const char *form,
	      const char *text, struct cordon_data *out,
	      struct cordon_error *err);

/* At begin, and not kept: an absolute path that a setting at `where` names. */
int data_read_secret(struct arena *arena, const struct stack *stack,
		     uint32_t where, const char *path, struct cordon_data *out,
		     struct cordon_error *err);

/* Who may have written what a setting at that place names. */
const struct trust *data_trust(const struct stack *stack, uint32_t where);

/* "NAME sha256:HEX": the same wherever the file lies. */
const char *data_canonical(struct arena *arena, const char *text,
			   const struct cordon_data *data);

#endif /* CORDON_DATA_H */
