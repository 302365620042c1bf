/* SPDX-License-Identifier: MIT */
/*
 * prepare - what run, explain, check and digest have in common: read, load,
 * configure, decide, plan
 */
#ifndef CORDON_PREPARE_H
#define CORDON_PREPARE_H 1
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "core/loader.h"
#include "core/place.h"
#include "core/plan.h"
#include "core/stack.h"

struct arena;
struct front_call;
struct ini_file;
struct learn;

/* What the command line says. */
struct request {
	const char *stack;
	const char *const *given; /* -p NAME=VALUE */
	size_t n_given;
	const char *conf;   /* --conf DIR */
	bool is_user;	    /* --user */
	const char *dir;    /* -C DIR: entered before all else */
	const char *job_id; /* --job-id */
	const char *record; /* --record FILE */
	int status_fd;	    /* --status-fd N, or -1 */
	bool is_json, is_host;
	bool is_as_root; /* --as-root */
	const struct learn *learn; /* a run that learns; NULL */
	const struct ini_file *more; /* sections from code, read behind all others; NULL */
	const char *const *yields; /* as in a stack_request */
	bool is_optional; /* the stack: it too */
	int failure; /* exit status where the job has not started; 0: the stack's */
	const char *module_file; /* --test: the stack is `more` alone */
	char **argv; /* the command; NULL or empty: none */
	const struct front_call *call; /* by which cordon was started */
	bool is_of_stack; /* [stack] program runs, its arguments before those
			     of argv */
	bool keeps_argv0; /* whatever [stack] argv0 says */
	const char *program; /* instead of argv[0]; NULL */
	const char *fault; /* of the call itself: a run is refused so; NULL */
	const char *error_name; /* a file that has the reason of a refusal; NULL */
	int error_dir; /* the folder that it is in */
	const uint8_t *as_success; /* 256 bits: exit statuses of the job that are
				      told as 0; NULL: none */
	char **environ;
	char *words; /* where the kernel shows them to others, for /proc */
	size_t words_size;
};

struct part { /* a section with its module */
	const struct section *section;
	const struct cordon_module *module;
	void *self, *state;
	bool is_ready; /* loaded and configured */
	bool has_begun, is_skipped; /* on-unsupported = skip */
	bool has_refused; /* a decide section that said no: it plans nothing */
};

struct prepared {
	struct arena *arena;
	const struct request *request;
	struct place place;
	struct trust user_trust;
	const char *dirs[4];
	size_t n_dirs, n_admin_dirs;
	struct loader loader;
	struct cordon_job job;
	struct stack stack;
	struct part *parts; /* in the order of the sections' names */
	size_t n_parts;
	struct part *all_parts; /* with those of the other kind of caller */
	size_t n_all_parts;
	struct plan plan;
	mode_t umask; /* the caller's */
	bool is_run; /* late values are wanted */
	bool has_record; /* somebody is told how the job ends */
	/* sections that lack something, or "SECTION: WHAT"; JSON strings */
	const char *degraded;
	const char *lacking;  /* what the first of them does */
	/* of a stack that is checked: what other sections' faults are */
	const struct cordon_error *more_faults;
	size_t n_more_faults;
	/* where it failed, for the record */
	const char *failed_section;
	int exit_status; /* of the section that refused, or -1 */
};

/* Of NAME=VALUE entries the first; NULL: there is none. */
const char *prepare_variable(char **environ, const char *name);

/* Places and folders alone: for stacks and modules. */
int prepare_places(struct arena *arena, const struct request *request,
		   struct prepared *out, struct cordon_error *err);
/* For stack_names(): the same folders. */
struct stack_request prepare_request(const struct prepared *prepared);
/* Facts and stack, modules loaded and configured. */
int prepare_stack(struct arena *arena, const struct request *request,
		  bool is_symbolic, struct prepared *out,
		  struct cordon_error *err);
/*
 * The observe sections alone, so that a refusal is recorded: their steps are in
 * prepared->plan, which prepare_plan() makes anew.  Also after a
 * prepare_stack() that failed, as far as it got.
 */
int prepare_observe(struct prepared *prepared, struct cordon_error *err);
int prepare_decide(struct prepared *prepared, struct cordon_error *err);
int prepare_plan(struct prepared *prepared, struct cordon_error *err);
/* For a run: core/pin.h, what is copied and hashed. */
int prepare_pins(struct prepared *prepared, struct cordon_error *err);
/* The same: core/secret.h, what is read. */
int prepare_secrets(struct prepared *prepared, struct cordon_error *err);
/* Whom it watches, where the stack says so; of core/caller.h. */
int prepare_caller(struct prepared *prepared, pid_t caller,
		   struct cordon_error *err);

struct part *prepare_part(struct prepared *prepared, const char *section);
/* For the record: the section lacks something, and the job runs. */
void prepare_degrade(struct prepared *prepared, const char *section,
		     const char *why);
/* Whether an observe section may fail so; then it is degraded. */
bool prepare_forgives(struct prepared *prepared, const struct part *part,
		      const struct cordon_error *why);

#endif /* CORDON_PREPARE_H */
