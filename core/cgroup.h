/* SPDX-License-Identifier: MIT */
/*
 * cgroup - a group of the job's own, with limits, in each hierarchy that it takes
 */
#ifndef CORDON_CGROUP_H
#define CORDON_CGROUP_H 1

/* What a dead run left, with all that runs in it: 0 when it is gone. */
int cgroup_remove(const char *path);

#endif /* CORDON_CGROUP_H */
