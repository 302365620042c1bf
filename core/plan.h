/* SPDX-License-Identifier: MIT */
/*
 * plan - the steps that modules ask for, merged, completed and in kernel order
 *
 * plan_add() takes steps in any order, plan_finish() refuses what contradicts,
 * works out what the core derives from them (ids, maps, environment, who
 * waits), appends what always holds as the section [always] and sorts.  From
 * then on the plan is const: explain prints it, digest hashes it, act executes
 * it.
 */
#ifndef CORDON_PLAN_H
#define CORDON_PLAN_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

struct arena;
struct cgroup_view;
struct part;
struct pin;
struct stack;
struct row;
struct filter_program;
struct learn;

/* The core's own steps: what module.h's types come to. */
/* What a supervising cordon passes on to the job. */
enum forward {
	FORWARD_NONE,
	FORWARD_ALL,
	FORWARD_END, /* what ends it, and nothing else */
	FORWARD_GROUP, /* all, to a group of the job's own */
};

enum core_step {
	CORE_CLOEXEC = CORDON_STEP_CORE,
	CORE_PARENT_DEATH,
	CORE_USER_NAMESPACE, /* number: what map; wait for it or write it, become a
				mapped id */
	CORE_MOUNTS_BEGIN,   /* detached trees of all sources, propagation */
	CORE_MOUNT_MASKS,    /* what no job may read or write below /proc and /sys */
	CORE_PIVOT,
	CORE_INIT, /* pid 1 clones the job here and stays */
	CORE_SETGROUPS,
	CORE_SETGID,
	CORE_BOUNDING, /* number: mask that stays */
	CORE_SETUID,
	CORE_CAPSET, /* number: permitted = effective, inheritable */
	CORE_SECUREBITS,
	CORE_PARENT_DEATH_AGAIN,
	CORE_PROGRAM,
	CORE_FDS,
	CORE_READ_BACK,
	CORE_EXEC,
	CORE_STATE, /* what the caller left in the process */
	CORE_LANDLOCK, /* the rulesets that were built are entered */
	CORE_READY, /* nothing failed; from here on a closed pipe is an exec */
	CORE_FILTER, /* number: instructions, filters that it was made of */
	CORE_GROUP, /* a process group of its own */
	CORE_LEARN, /* somebody outside is asked about calls: core/learn.h */
	CORE_RELAY, /* the job's stdio becomes pipes: core/relay.h */
};

struct step {
	const struct row *row;
	struct cordon_step is; /* its words and data are the plan's */
	const char *section;   /* "rlimits.cpu"; "always" */
	uint32_t where;	       /* in the stack's files; 0 for [always] */
	uint32_t kind;	       /* of the module that asked; 0: the core */
	bool may_skip;	       /* on-unsupported = skip */
};

struct id_range {
	uint32_t inside, outside, count;
};

/* A variable that names descriptors: both pass or neither does. */
struct fd_name {
	const char *name, *callers; /* and what the caller's says */
	const char *value; /* NULL: it goes */
	bool is_kept;	   /* it passes, even where [env] does not keep it */
};

/* A secret of the job's; where its value is, is in the plan's environment. */
struct secret {
	const char *variable, *source;
	char *entry; /* of the job's environment: "VARIABLE=..." */
	bool is_path; /* the source: else a variable of the caller's */
	int fd; /* a sealed file with it, in a run; -1: none */
};

#define PLAN_LATE "(chosen at start)"
#define PLAN_PIDS 3
#define PLAN_PID_SIZE 12

/* What the steps come to; every row reads it, only plan_finish() writes it. */
struct settled {
	/* ids: as the host sees them, and as the job does */
	uint32_t host_uid, host_gid, uid, gid;
	const char *user_name, *home, *shell; /* of host_uid; NULL: no entry */
	uint32_t own_gid;		      /* by passwd, with user_name */
	bool has_ids;	 /* a uid or gid is set at all */
	bool has_groups; /* setgroups(2) is called, with these: */
	uint32_t *groups;
	size_t n_groups;
	/* namespaces */
	uint64_t namespaces; /* CLONE_NEW* */
	struct id_range *uid_map, *gid_map;
	size_t n_uid_map, n_gid_map;
	const char *uid_map_text, *gid_map_text; /* as the files take them */
	bool maps_from_outside; /* in place: else the process writes them itself */
	bool maps_by_tool;   /* newuidmap and newgidmap */
	bool needs_tool;     /* to give up groups */
	bool deny_setgroups;
	bool has_init;
	/* mounts */
	bool has_mounts; /* a mount namespace, with or without more */
	int root;	 /* enum cordon_root */
	const char *root_dir;
	int proc, dev, propagation;
	/* privileges */
	bool has_caps;
	uint64_t caps, ambient;
	bool no_new_privs;
	int64_t forbid_rights; /* of files, that forbid can deny here */
	/* the process */
	bool new_session, reset_signals, new_keyring;
	enum forward forward;
	const char *cwd; /* NULL: as it is */
	const char *cwd_fallback;
	/* descriptors that stay, ascending, above 2 */
	int *fds;
	size_t n_fds;
	struct fd_name *fd_names;
	size_t n_fd_names;
	/* outside */
	struct cgroup_view *cgroup; /* NULL: the stack asks for none */
	const char *run_base; /* NULL: nothing is made there */
	const char *tmp_variable, *tmp_path, *tmp_base, *tmp_name;
	const char *tmp_asker; /* "FILE:LINE: [tmp]" */
	struct secret *secrets; /* their steps' number 1 is the index */
	size_t n_secrets;
	const char *secret_path, *secret_name; /* the folder; NULL: none */
	/* exec */
	const char **environ;
	char *pids[PLAN_PIDS]; /* values there that are the job's own process
				  ID; NULL: none */
	const char *const *candidates; /* paths of the program, in order */
	size_t n_candidates;
	bool program_is_path; /* the command holds a '/' */
	char **argv;
	const char **shell_argv; /* for a text file without "#!": sh FILE ARGS,
				    [1] is filled in */
	struct pin *pins; /* core/pin.h: what was judged */
	size_t n_pins;
	bool program_is_copy;
	const struct pin *copied_program; /* no script: run by its descriptor */
	struct filter_program *filter; /* NULL: none; the place of its `once` is
					  written inside */
	/* who waits */
	bool has_parent;
	bool has_helper; /* in place, and watched from beside: core/beside.h */
	const char *parent_reason; /* section and why, of either */
};

struct plan {
	struct arena *arena;
	const struct stack *stack;
	const struct cordon_job *job;
	struct step *steps;
	size_t n_steps, room;
	struct settled settled;
	const char *init_path; /* the program that becomes a job's init */
	char *words; /* of cordon's own command line: wiped where it stays */
	size_t words_size;
	const char *failed_section; /* whose wish could not be settled */
	bool has_failed; /* a step was not taken: err says which */
	struct cordon_error err;
	bool is_supervised_by_record; /* --record with an end was asked */
	int pool_fd;	   /* the lock of a pool's uid; -1: none */
	int caller_fd;	   /* core/caller.h; -1: nobody watches it */
	bool takes_pool;   /* a run: lock one; else the first stands for it */
	uint32_t caller_umask;
	bool ignores_children; /* SIGCHLD, as the caller left it */
	bool is_strict;	   /* nothing is forgiven */
	bool is_judged; /* a decide section saw the program */
	const struct learn *learn; /* a run that learns; NULL */
	struct part *const *stream_parts; /* by index of a step: whose stream() */
	bool needs_begin; /* a module has a begin or finish hook */
	const char *needs_begin_section;
};

void plan_init(struct plan *plan, struct arena *arena, const struct stack *stack,
	       const struct cordon_job *job);

/* Copies the step; what is wrong with it is kept and refuses the job later. */
void plan_add(struct plan *plan, const char *section, uint32_t section_where,
	      uint32_t kind, bool may_skip, const struct cordon_step *step);

int plan_finish(struct plan *plan, struct cordon_error *err);

/* The first step of that type, or NULL; the next one behind `after`. */
const struct step *plan_find(const struct plan *plan, uint32_t type);
const struct step *plan_next(const struct plan *plan, const struct step *after);
/* The first whose number[0] is that. */
const struct step *plan_find_number(const struct plan *plan, uint32_t type,
				    int64_t number);

/* Before it is sorted; what plan_find() gave is void then. */
void plan_drop(struct plan *plan, const struct step *step);

/* One line without the section: "rlimit nofile 64:128". */
const char *plan_print_step(struct arena *arena, const struct step *step);
/* "[rlimits] FILE:LINE" */
const char *plan_print_origin(struct arena *arena, const struct plan *plan,
			      const struct step *step);

/* "FILE:LINE: [rlimits]" */
const char *plan_blame(struct arena *arena, const struct plan *plan,
		       const struct step *step);

#endif /* CORDON_PLAN_H */
