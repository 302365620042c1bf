/* SPDX-License-Identifier: MIT */
/*
 * outside - what is made for a job beside it, and undone when all of it is gone
 *
 * A folder or a cgroup outlives whoever made it; so each run that makes one
 * names it in a run folder, under a lock that ends with the process, and the
 * next run removes what a dead one left.
 */
#ifndef CORDON_OUTSIDE_H
#define CORDON_OUTSIDE_H 1
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup;
struct cordon_error;
struct plan;
struct step;

/* Planning, before all else: where runs have their base, which cgroups there are;
 * and which namespaces it takes that the job keeps what it is given. */
int settle_outside(struct plan *plan, struct cordon_error *err);
uint64_t outside_namespaces(const struct plan *plan, const struct step **asker);

struct outside {
	const struct plan *plan;
	struct cgroup *cgroup; /* NULL: the stack asks for none */
	int runs_fd, lock_fd;  /* the run folder, this run's file; -1: none */
	char run_name[40];
	int tmp_base_fd;       /* where the job's folder is made; -1: none */
	int secret_base_fd, secret_fd; /* the same, and the folder; -1: none */
	int door_fd, door_dir_fd; /* core/relay_door.h; -1: none */
	const char *door_name;	  /* in that folder; NULL: it is not there */
	dev_t door_device;
	ino_t door_inode;
	bool has_left;	       /* something could not be removed: the next start */
	bool *is_entered;      /* by index of the step: its make was called */
	const struct step *failed; /* whose make */
	int keep[32];	       /* descriptors that the parent needs to the end */
	size_t n_keep;
};

/* All make() of the plan, in the table's order; what was made by one that fails
 * is left for outside_undo(). */
int outside_make(struct outside *outside, const struct plan *plan,
		 struct cordon_error *err);
/* After the last process of the job; tries all, whatever fails. */
void outside_undo(struct outside *outside);
void outside_keep(struct outside *outside, int fd);

/* core/cgroup.c; all of it answers -1 where there is no cgroup. */
/* For CLONE_INTO_CGROUP (Linux 5.7, v2), or -1. */
int cgroup_fd(const struct outside *outside);
/* What clone3(2) could not do (v1): before the child goes on. */
int cgroup_join(const struct outside *outside, pid_t pid);
/* Ends every process in it; 0 when none is left, 1 when the kernel still has
 * some to end: ask again. */
int cgroup_kill(const struct outside *outside);
/* Used by all that ever was in it, microseconds. */
int64_t cgroup_cpu_us(const struct outside *outside);
/* How often the kernel killed in it for want of memory. */
int64_t cgroup_oom_kills(const struct outside *outside);

#endif /* CORDON_OUTSIDE_H */
