/* SPDX-License-Identifier: MIT */
/* idmap - the id maps of a new user namespace, written from outside */
#ifndef CORDON_IDMAP_H
#define CORDON_IDMAP_H 1
#include <sys/types.h>

struct cordon_error;
struct plan;

int idmap_write(const struct plan *plan, pid_t pid, struct cordon_error *err);

#endif /* CORDON_IDMAP_H */
