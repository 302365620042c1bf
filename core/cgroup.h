/* SPDX-License-Identifier: MIT */
/*
 * cgroup - a group of the job's own, with limits, in each hierarchy that it takes
 *
 * A host has one hierarchy of version 2, or one for each controller of version
 * 1, or both.  Which one has what is found by /proc/self/cgroup and mountinfo;
 * below the caller's own group, or `parent`, a group of a random name is made:
 *
 *	.../cordon-5f0c.../	limits
 *	.../cordon-5f0c.../job	the job, where it might be able to write files
 *				of the group that it is in, as one of its uid
 */
#ifndef CORDON_CGROUP_H
#define CORDON_CGROUP_H 1
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct cordon_error;
struct outside;
struct plan;
struct step;

enum { /* controllers */
	CGROUP_HAS_MEMORY = 1,
	CGROUP_HAS_CPU = 2,
	CGROUP_HAS_PIDS = 4,
	CGROUP_HAS_IO = 8,
	CGROUP_HAS_CPUACCT = 16,
	CGROUP_HAS_FREEZER = 32,
	CGROUP_MOST = 16, /* hierarchies */
};

struct cgroup_hierarchy {
	unsigned controllers; /* of ours; of v2 those that the kernel tells of */
	bool is_v2, is_wanted;
	const char *own;   /* the caller's group in it */
	const char *mount; /* NULL: nowhere that this group can be seen */
	const char *root;  /* which group stands there */
	const char *above; /* folder of the group that ours is made in */
};

struct cgroup_view {
	struct cgroup_hierarchy hierarchy[CGROUP_MOST];
	size_t n;
	unsigned wanted;       /* controllers of limits */
	bool is_nested;	       /* the job is one level below its limits */
	unsigned to_enable;    /* in cgroup.subtree_control of v2 */
	bool moves_self;       /* which takes that cordon leaves the group */
};

/* Of the texts of /proc/self/cgroup and mountinfo. */
void cgroup_parse(struct arena *arena, const char *self, const char *mounts,
		  struct cgroup_view *out);
/* Of this process.  -1: they cannot be read, and there is nothing in it. */
int cgroup_look(struct arena *arena, struct cgroup_view *out);
/* The folder of a group by `parent`, or of the caller's own (NULL); or NULL
 * with the reason. */
const char *cgroup_above(struct arena *arena,
			 const struct cgroup_hierarchy *hierarchy,
			 const char *parent, struct cordon_error *err);

/* Those that a group of version 2 may hand on. */
unsigned cgroup_controllers(struct arena *arena, const char *above);

/* Planning: settled.cgroup, and the step that makes the groups. */
int settle_cgroup(struct plan *plan, struct cordon_error *err);

/* Rows: the groups, then what is written to them. */
int cgroup_make(struct outside *outside, const struct step *step,
		struct cordon_error *err);
void cgroup_undo(struct outside *outside, const struct step *step);
int cgroup_limit(struct outside *outside, const struct step *step,
		 struct cordon_error *err);
int cgroup_io(struct outside *outside, const struct step *step,
	      struct cordon_error *err);

/* clone3(2) put the child into cgroup_fd(): no need to do it again. */
void cgroup_was_joined(struct outside *outside);
/* What a dead run left, with all that runs in it: 0 when it is gone. */
int cgroup_remove(const char *path);

#endif /* CORDON_CGROUP_H */
