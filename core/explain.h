/* SPDX-License-Identifier: MIT */
/*
 * explain - the commands that tell and change nothing
 */
#ifndef CORDON_EXPLAIN_H
#define CORDON_EXPLAIN_H 1

struct arena;
struct cordon_error;
struct request;

/* Says what is wrong, of what an error quotes no more than a line: 125. */
int explain_fault(const char *stack, const struct cordon_error *err);

/* Each: the status to end with. */
int explain(struct arena *arena, const struct request *request);
int explain_check(struct arena *arena, const struct request *request,
		  const char *const *names, int n);
int explain_digest(struct arena *arena, const struct request *request);
int explain_stacks(struct arena *arena, const struct request *request);
int explain_modules(struct arena *arena, const struct request *request,
		    const char *name);

#endif /* CORDON_EXPLAIN_H */
