/* SPDX-License-Identifier: MIT */
/*
 * settle - what merged steps come to: ids, maps, environment, descriptors,
 * who waits; and what always holds
 */
#ifndef CORDON_SETTLE_H
#define CORDON_SETTLE_H 1
#include <stdbool.h>

struct plan;
struct step;
struct cordon_error;

int settle(struct plan *plan, struct cordon_error *err);

/* core/environ.c: settled.environ; core/fds.c: settled.fds, before it. */
int settle_environ(struct plan *plan, struct cordon_error *err);
/* PATH as the job will have it, before all is planned; never NULL. */
const char *environ_path(const struct plan *plan);
/* Does a variable of this name run code in whoever reads it? */
bool environ_is_steering(const char *name);
/* Who keeps or sets a variable that by its name holds a secret; NULL: nobody. */
const struct step *environ_secret(const struct plan *plan);
int settle_fds(struct plan *plan, struct cordon_error *err);
/* All that are open now. */
int fds_open(struct arena *arena, int **list, size_t *n, struct cordon_error *err);
/* core/ids.c: users, groups, maps */
int settle_ids(struct plan *plan, struct cordon_error *err);

#endif /* CORDON_SETTLE_H */
