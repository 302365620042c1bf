/* SPDX-License-Identifier: MIT */
/*
 * module_test - the plan that a module makes, for its author: `cordon modules --test`
 */
#ifndef CORDON_MODULE_TEST_H
#define CORDON_MODULE_TEST_H 1

struct arena;
struct request;

/*
 * FILE.so is loaded, as code of the caller's: so it belongs to root or to the
 * caller.  `words` are KEY=VALUE; request->argv is the command, or NULL.  The
 * status to end with.
 */
int module_test(struct arena *arena, const struct request *request,
		const char *file, const char *const *words, int n);

#endif /* CORDON_MODULE_TEST_H */
