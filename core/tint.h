/* SPDX-License-Identifier: MIT */
/*
 * tint - colour, on a terminal and nowhere else (https://no-color.org)
 */
#ifndef CORDON_TINT_H
#define CORDON_TINT_H 1
#include <stdbool.h>

enum tint { TINT_PLAIN, TINT_GOOD, TINT_WEAK, TINT_BAD, TINT_DIM };

/* Is stdout a terminal, and does the caller's environment not speak against it?
 */
bool tint_is_on(char *const *environment);
/* What begins it, and with TINT_PLAIN what ends it; "" where it is off. */
const char *tint(bool is_on, enum tint tint);

#endif /* CORDON_TINT_H */
