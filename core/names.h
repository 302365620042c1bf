/* SPDX-License-Identifier: MIT */
/*
 * names - the kernel's words for its numbers, for people and for tables
 */
#ifndef CORDON_NAMES_H
#define CORDON_NAMES_H 1
#include <stdbool.h>
#include <stdint.h>

struct arena;

/* CLONE_NEW*: user mount pid net ipc uts cgroup time */
#define NAMES_NAMESPACES 0x7e020080

const char *names_rlimit(int resource); /* "nofile" */
const char *names_namespaces(struct arena *arena, uint64_t flags);
const char *names_caps(struct arena *arena, uint64_t mask); /* "none", "all" */
const char *names_groups(int mode);
const char *names_mount(int kind);
/* No generic step may use it; `first` is its first word. */
bool names_is_owned_call(int64_t number, int64_t first);

#endif /* CORDON_NAMES_H */
