/* SPDX-License-Identifier: MIT */
/*
 * settle - what merged steps come to: ids, maps, environment, descriptors,
 * who waits; and what always holds
 */
#ifndef CORDON_SETTLE_H
#define CORDON_SETTLE_H 1

struct plan;
struct cordon_error;

int settle(struct plan *plan, struct cordon_error *err);

/* core/environ.c: settled.environ; core/fds.c: settled.fds, before it. */
int settle_environ(struct plan *plan, struct cordon_error *err);
int settle_fds(struct plan *plan, struct cordon_error *err);
/* core/ids.c: users, groups, maps */
int settle_ids(struct plan *plan, struct cordon_error *err);

#endif /* CORDON_SETTLE_H */
