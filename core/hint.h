/* SPDX-License-Identifier: MIT */
/* hint - what an admin can do about an error of a call: one table */
#ifndef CORDON_HINT_H
#define CORDON_HINT_H 1

/*
 * " (WHAT TO DO)" for the end of a message, or "".  `call` is the name of a
 * system call, of a step, or of a way to fail that has none.
 */
const char *hint_of(const char *call, int code);

#endif /* CORDON_HINT_H */
