/* SPDX-License-Identifier: MIT */
/*
 * run - one job, from its request to its end
 */
#ifndef CORDON_RUN_H
#define CORDON_RUN_H 1

struct arena;
struct request;

/* The status that cordon ends with, unless the job takes its place. */
int run(struct arena *arena, const struct request *request);

/* 0 to 2 open, before anything else is. */
int run_open_stdio(void);

#endif /* CORDON_RUN_H */
