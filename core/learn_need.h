/* SPDX-License-Identifier: MIT */
/*
 * learn_need - what the stack would have refused, and what a call is about
 */
#ifndef CORDON_LEARN_NEED_H
#define CORDON_LEARN_NEED_H 1
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

struct arena;
struct prepared;

#define LEARN_CALLS 1024 /* above are none that a filter would let through */

enum learn_class { LEARN_READ = 1, LEARN_EXECUTE = 2, LEARN_WRITE = 4 };

struct need {
	const char *path;
	unsigned classes;
};

struct needs {
	struct need *need;
	size_t n, room;
	bool is_full; /* though folders stand for their files */
};

struct learn_rule { /* of a Landlock section, where its path leads in the job */
	const char *path;
	int64_t rights;
};

struct ruleset {
	const char *section;
	bool is_final;	      /* it holds in a run that learns too */
	int64_t files, ports; /* that it handles */
	struct learn_rule *rules;
	size_t n_rules;
	struct needs needs;
	uint16_t port[2][64]; /* to bind, to connect */
	size_t n_ports[2];
};

struct learn_call {
	uint32_t needed; /* how often it was let go on */
	uint32_t held;	 /* refused as in a run */
	uint32_t absent; /* ENOSYS, as in a run: who asks has another way */
	bool is_by_argument;
	uint64_t first; /* argument */
};

struct learned {
	struct arena *arena;
	struct prepared *prepared; /* the stack as it is */
	int listener;
	bool has_started, has_rules;
	bool has_shell;	   /* which runs the program */
	bool counts_files; /* the stack limits them */
	struct ruleset *rulesets;
	size_t n_rulesets;
	struct learn_call calls[LEARN_CALLS];
	uint64_t families; /* of sockets */
	uint64_t peak[RLIM_NLIMITS];
	struct needs read_only, forbidden, too_wide, final;
	size_t n_unseen; /* calls that could not be looked into */
	size_t n_bytes;	 /* of the paths that were noted */
};

/* From the plan. */
void need_init(struct learned *learned, struct arena *arena,
	       struct prepared *prepared);
/* Once, when the job's root is known. */
void need_find_rules(struct learned *learned, pid_t pid);
/* Is the path, as the job sees it, out of its reach for one of `rights`? */
void need_path(struct learned *learned, const char *path, int64_t rights);
/* Of files that are new in the folder, or go. */
void need_folder(struct learned *learned, const char *path, int64_t rights);
void need_port(struct learned *learned, int64_t right, uint16_t port);
void need_add(struct learned *learned, struct needs *needs, const char *path,
	      unsigned classes);
/* The least that is enough: sorted, without what another one covers; folders
 * for many files, but none that is too wide. */
void need_settle(struct learned *learned, struct needs *needs);

/* core/learn_call.c and learn_measure.c: what it is about, noted. */
void call_look(struct learned *learned, const struct seccomp_notif *call);
/* Is it looked at, whatever the filter says? */
bool call_is_looked_at(long number, bool counts_files);
/* How large the process has become. */
void call_measure(struct learned *learned, const struct seccomp_notif *call);
bool call_is_exec(long number);
/* Is it cordon that executes, and not the job? */
bool call_is_ours(const struct seccomp_notif *call);
/* The program that was started: 0, or -1 where it is not at `path`. */
int call_program(struct learned *learned, const struct seccomp_notif *call,
		 const char *path);

/* What a path of the job's leads to. */
struct learn_found {
	char path[4096]; /* of what is there; "": it differs by process */
	uint32_t mode;
	bool is_absent, is_read_only;
};
/* core/learn_path.c: 0, or -1.  `text` is absolute. */
int call_find(pid_t pid, uint32_t uid, const char *text, bool follow,
	      struct learn_found *out);

/* core/learn_print.c */
void learn_print(struct learned *learned);

#endif /* CORDON_LEARN_NEED_H */
