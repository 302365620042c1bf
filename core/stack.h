/* SPDX-License-Identifier: MIT */
/*
 * stack - from a name to sections: search, includes, drop-ins, core keys, parameters
 *
 * No module code runs here.  Everything lives in the arena.
 */
#ifndef CORDON_STACK_H
#define CORDON_STACK_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

#include "core/trust.h"

struct arena;
struct ini_file;

/* Where something was written; index 0 of stack_place() is none. */
struct place_in_file {
	const char *file;
	unsigned line;
};

struct setting {
	const char *key, *raw;
	const char *value; /* expanded, to be shown; NULL: a ${} in it is not known in this run, which
			      is an error where an option is made of it (option_parse) */
	uint32_t where;
	bool is_one; /* of a list one item, whatever stands in it */
	bool has_parameter; /* ${} of [params], ${cwd} or ${job}: its paths are the caller's word */
};

enum control { CONTROL_REQUIRED, CONTROL_REQUISITE, CONTROL_SUFFICIENT, CONTROL_OPTIONAL };
enum when { WHEN_ALWAYS, WHEN_ROOT, WHEN_USER };

struct section {
	const char *name, *module, *label; /* "rlimits.cpu", "rlimits", "cpu" or NULL */
	uint32_t where;			   /* of its (first) header */
	struct setting *settings; /* without core keys, all of all files in the order of reading;
				     which of them count, option_parse knows: it has the types */
	size_t n_settings;
	enum control control;
	uint32_t control_where; /* 0: not written */
	enum when when;
	bool is_off, is_final, may_skip; /* off = yes; final = yes; on-unsupported = skip */
	uint32_t final_where;		 /* of `final = yes` */
	int exit;			 /* -1: the stack's */
};

#define EXIT_TIMEOUT 124 /* where no line says more */

enum parent { PARENT_AUTO, PARENT_NEVER, PARENT_ALWAYS, PARENT_BESIDE };

struct parameter {
	const char *name, *type_text; /* the declaration in canonical form */
	const char *value;	      /* NULL: none given and none needed */
	const char *source;	      /* "-p", "env VAR", "cwd", "default" */
	const char *const *items;     /* value alone, or those of a list; NULL without value */
	size_t n_items;
	const char *stand_in; /* a good value, for a stack that is checked without a caller */
	bool is_list;
	uint32_t where;
};

struct stack_request;

struct stack {
	const char *name, *asked; /* `other` and what was asked for, else the same */
	const char *hint; /* " (did you mean ...)", or "", where it is `other` */
	const char *path;	  /* of its file */
	const char *description;
	bool is_strict, signal_exit_is_code, report_ends;
	enum parent parent;
	int exit_denied, exit_failed, exit_timeout;
	const char *program, *arguments; /* for the front doors */
	bool argv0_is_name;
	uint32_t parent_where, program_where;
	const char *job, *user, *home, *cwd; /* the facts, as the request had them */
	uint32_t uid;
	bool is_symbolic;
	struct section *sections; /* those that stay (off ones are gone); `when` is not applied */
	size_t n_sections;
	struct parameter *parameters;
	size_t n_parameters;
	struct place_in_file *places;
	size_t n_places;
	const struct stack_request *request; /* a copy: where it was looked for, for core/data.c */
	struct data_file **files; /* those that it read: all who ask see the same text; or NULL */
};

/* NAME=VALUE of -p, in order. */
struct stack_request {
	const char *name;	  /* of the stack */
	const char *const *dirs;  /* conf.d folders, the first wins; absent ones are skipped */
	size_t n_dirs;
	size_t n_admin_dirs;	  /* dirs from here on (--user) may add names, never hide, nor be included by name from admin stacks */
	const struct trust *trust; /* of the admin's folders */
	const struct trust *user_trust; /* of the others */
	const char *shipped;	  /* where data files are looked for at last; NULL: nowhere */
	const char *const *given; /* "NAME=VALUE" */
	size_t n_given;
	char *const *environ;	  /* of the caller; entries may lack '=' */
	/* Facts for ${}: stack and job come from here too. */
	const char *job, *cwd;	  /* NULL: cannot be known; using it is an error */
	const char *user, *home;  /* NULL: of uid, looked up where a stack asks */
	uint32_t uid;
	/* digest, check: parameters not given by -p, and facts, stay ${name} in what is shown, and
	 * nothing is required; option_parse takes a stand-in for each */
	bool is_symbolic;
	/* Sections from code: one more drop-in, read last, or without a name of the
	 * stack all there is; NULL: none. */
	const struct ini_file *more;
	/* Of these keys, "MODULE.KEY" up to a NULL, what the stack says stays, and what `more`
	 * says is left out; NULL: of none. */
	const char *const *yields;
	bool is_optional; /* without such a stack `more` is all there is, not `other` */
};

/* 0, or -1 with the first fault; err->text begins with FILE:LINE where there is one. */
int stack_read(struct arena *arena, const struct stack_request *request, struct stack *out,
	       struct cordon_error *err);

/* All names in the folders, sorted, once each, with path; *n of them. */
struct stack_name {
	const char *name, *path, *description;
};
int stack_names(struct arena *arena, const struct stack_request *request, struct stack_name **out,
		size_t *n, struct cordon_error *err);

/* "FILE:LINE" for a where. */
const char *stack_where(struct arena *arena, const struct stack *stack, uint32_t where);

/*
 * Puts "FILE:LINE: [section] key: " before err->text; without key "FILE:LINE: [section] ", and
 * without section "FILE:LINE: ".  -1.
 */
int stack_blame(const struct stack *stack, uint32_t where, const char *section, const char *key,
		struct cordon_error *err);

#endif /* CORDON_STACK_H */
