/* SPDX-License-Identifier: MIT */
/*
 * act - a plan's inside steps, executed in the process that becomes the job
 *
 * Nothing here allocates, locks or speaks: whatever fails is reported as data,
 * and the job does not start.
 */
#ifndef CORDON_ACT_H
#define CORDON_ACT_H 1
#include <stdbool.h>
#include <stdint.h>

#include "core/plan.h"

/* How it ended before exec; crosses the pipe in one write. */
struct report {
	int32_t step; /* index in the plan; -1: none */
	int32_t code; /* errno */
	int32_t phase; /* 0 act, 1 read back, 2 exec: 126 or 127 */
	int32_t unsupported; /* this kernel or user cannot */
	char what[96]; /* "setrlimit", or a path's fault in words */
};

struct act {
	const struct plan *plan;
	struct report report;
	const char *what; /* set before each call that may fail */
	/* Spawned: the parent's end gone means abort; -1 in place. */
	int life_fd;   /* read end, the parent holds the other */
	int report_fd; /* close-on-exec: end of file is exec */
	int status_fd; /* of an init: the job's wait status goes here */
	int map_fd;    /* readable once somebody outside has written the maps; -1 */
	int parent_pid; /* of a spawned one, as it sees it; 0 in another pid namespace */
	/* core/mount.c */
	int root_fd;	 /* O_PATH on what becomes the root; AT_FDCWD: as it is */
	int *source_fds; /* by index of the step: detached trees; -1 none */
	/* as they were before: read back against them */
	uint64_t namespace_inodes[8];
	int *fd_map; /* inherited descriptors that stay */
};

/* Executes all rows up to and including exec; returns only when it failed, with
 * act->report filled in. */
void act_run(struct act *act);

/* Executes the row behind CORE_INIT on: the job's own process under an init. */

/* In the parent, with its rights, before clone or unshare: 0 or a negative
 * errno.  Opens mount sources where only the parent can (root). */
int mount_open_sources(struct act *act);

/* Rows of core/mount.c. */
int act_mounts_begin(struct act *act, const struct step *step);
int act_root(struct act *act, const struct step *step);
int act_mount(struct act *act, const struct step *step);
int act_proc(struct act *act, const struct step *step);
int act_dev(struct act *act, const struct step *step);
int act_mount_masks(struct act *act, const struct step *step);
int act_hide(struct act *act, const struct step *step);
int act_noexec(struct act *act, const struct step *step);
int act_pivot(struct act *act, const struct step *step);
int check_pivot(struct act *act, const struct step *step);

#endif /* CORDON_ACT_H */
