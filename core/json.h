/* SPDX-License-Identifier: MIT */
/*
 * json - text that foreign words cannot break out of
 */
#ifndef CORDON_JSON_H
#define CORDON_JSON_H 1

struct arena;

/* In quotes; "null" for NULL.  What is not UTF-8 stands as \ufffd. */
const char *json_string(struct arena *arena, const char *text);

#endif /* CORDON_JSON_H */
