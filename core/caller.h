/* SPDX-License-Identifier: MIT */
/*
 * caller - whoever started cordon: a job may end with it
 *
 * Not by the kernel's parent-death signal, which comes when the *thread* that
 * started a process ends; threads of runtimes come and go.
 */
#ifndef CORDON_CALLER_H
#define CORDON_CALLER_H 1
#include <stdbool.h>
#include <sys/types.h>

struct cordon_error;
struct plan;

/* Where the plan wants it, plan->caller_fd becomes a pidfd of it.  `caller` is
 * what getppid(2) said at the start. */
int caller_open(struct plan *plan, pid_t caller, struct cordon_error *err);
bool caller_is_gone(const struct plan *plan);

#endif /* CORDON_CALLER_H */
