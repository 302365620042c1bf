/* SPDX-License-Identifier: MIT */
/*
 * score - what a stack leaves open, kind by kind, and what would close it
 *
 * It is computed from the plan, as this caller and on this host, and not from the
 * text of the stack: what a kernel is too old for counts as open.
 */
#ifndef CORDON_SCORE_H
#define CORDON_SCORE_H 1

struct arena;
struct request;

/* The status to end with. */
int score(struct arena *arena, const struct request *request);

#endif /* CORDON_SCORE_H */
