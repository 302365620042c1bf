/* SPDX-License-Identifier: MIT */
/* shims - the links by which stacks with a `program` are called: list, make */
#ifndef CORDON_SHIMS_H
#define CORDON_SHIMS_H 1

struct arena;
struct request;

/* DIR: where they are made; NULL: nowhere.  The exit status. */
int shims(struct arena *arena, const struct request *request, const char *dir);

#endif /* CORDON_SHIMS_H */
