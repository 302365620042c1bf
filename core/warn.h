/* SPDX-License-Identifier: MIT */
/*
 * warn - what is legal, but weaker than it looks
 */
#ifndef CORDON_WARN_H
#define CORDON_WARN_H 1
#include "core/prepare.h"

/* Texts for people, with the remedy in parentheses and the name in brackets; behind the
 * last one NULL. */
const char *const *warn_of(struct prepared *prepared);

/* What stays open, of what this stack does: for explain. */
const char *const *warn_notes(struct prepared *prepared);

#endif /* CORDON_WARN_H */
