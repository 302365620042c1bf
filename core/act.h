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

struct clone_args;

enum report_phase {
	REPORT_ACT = 0,
	REPORT_READ_BACK, /* the kernel says that it is not so */
	REPORT_EXEC,	  /* 126 or 127 */
	REPORT_READY,	  /* nothing failed: exec is next */
};

/* How it ended before exec; crosses the pipe in one write. */
struct report {
	int32_t step; /* index in the plan; -1: none */
	int32_t code; /* errno */
	int32_t phase; /* enum report_phase */
	int32_t unsupported; /* this kernel or user cannot */
	int32_t skipped;     /* and was forgiven: 1 + the step's index; 0: none */
	char what[256]; /* "setrlimit", or a path's fault in words */
};

/* Of a process that shares its memory with the one that made it. */
#define ACT_STACK_SIZE ((size_t)128 * 1024)

struct act {
	const struct plan *plan;
	struct report report;
	const char *what; /* set before each call that may fail */
	void *stacks[2]; /* of children that share our memory until exec; or NULL */
	bool is_spawned; /* else in place */
	uint64_t old_mask; /* signals that the caller had blocked */
	int null_fd;	   /* /dev/null, opened outside */
	uint64_t nofile[2]; /* soft and hard limit that the caller had */
	size_t candidate;  /* of settled.candidates: what runs */
	/* Spawned: the parent's end gone means abort; -1 in place. */
	int life_fd;   /* read end, the parent holds the other */
	int report_fd; /* close-on-exec: end of file is exec */
	int status_fd; /* of an init: the job's wait status goes here; -1 */
	int init_fd;   /* the program that becomes the init; -1: none does */
	int ready_fd[2]; /* from it to the job; -1 */
	int map_fd;    /* readable once somebody outside has written the maps; -1 */
	int ask_fd;    /* in place: the helper begins when it is written to; -1 */
	int helper;    /* in place: the helper's pid, to be reaped; 0: none */
	int relay_fd;  /* to the relay of its streams; -1: none */
	int relayed[3]; /* ends of pipes, what becomes 0, 1 and 2; -1 */
	uint32_t *groups; /* room for as many as the job gets */
	/* core/landlock.c; by index of the step, NULL where nothing asks */
	int *rulesets;	  /* -1: none, or entered */
	bool *lists_root; /* a rule of it is about "/" */
	struct walk *walk;
	struct forbid *forbid;
	/* Where a filter lets execve(2) through once: what it passes lies here,
	 * at addresses that nobody can guess; NULL: anywhere. */
	char *once_path;
	const char **once_argv;
	/* core/mount.c */
	int root_fd;	 /* O_PATH on what becomes the root */
	bool *skipped;	 /* by index of the step */
	int *source_fds; /* by index of the step: detached trees; -1 none */
	struct {
		bool has_sources;     /* the parent opened them */
		bool is_root_ours;    /* a tmpfs: targets are made on it */
		bool is_root_moved;   /* to another mount: pivot */
		bool has_root, has_proc, has_dev; /* are made */
		int host_proc;	      /* O_PATH */
		uint64_t proc_device; /* of the new one */
		int proc_tree;	      /* a new /proc, or the host's for another root */
		int dev;	      /* the host's tree, then our tmpfs; -1 */
		int nodes[6];	      /* trees of single devices */
		int null, empty, hidden; /* masks; once attached, cloned */
		bool is_null_used, is_empty_used, is_hidden_used;
		struct mount_device *devices; /* that patterns met */
		uint32_t n_devices;
	} mounts;
};

/* Executes all rows from that index up to and including exec; returns only when
 * it failed, with act->report filled in. */
void act_run(struct act *act, size_t from);
/* In a child: tells its parent by the pipe what failed, and ends. */
_Noreturn void act_give_up(const struct act *act);
/* clone3(2), in shared memory if there is that stack. */
long act_clone(struct act *act, struct clone_args *args, size_t stack,
	       void (*enter)(void *), void *arg);
/* 0 once somebody has sent one; at the end of file -ECANCELED. */
long act_wait_byte(struct act *act, int fd, const char *what);
/* In decimal; gives back the text. */
const char *act_number(char text[24], long value);
/* Namespaces that a spawned child makes itself. */
uint64_t act_late_namespaces(const struct plan *plan);
/* Fills in the report of a failure: a negative errno of the call act->what. */
void act_fail(struct act *act, long rc);
/* What is said of that failure, instead of the call's name; gives back rc. */
int act_say(struct act *act, int rc, const char *what);

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
int act_read_only(struct act *act, const struct step *step);
int act_pivot(struct act *act, const struct step *step);
int check_pivot(struct act *act, const struct step *step);
/* With the job's rights, through no link: O_PATH, or a negative errno. */
long mount_open_for_job(struct act *act, const char *path);
/* Closes all that the rows above hold; for an init, and after check_pivot. */
void mount_close(struct act *act);

#endif /* CORDON_ACT_H */
