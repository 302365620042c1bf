/* SPDX-License-Identifier: MIT */
/*
 * nsjail - the door for workers that call nsjail
 *
 * Invoked as `nsjail` it reads what that program reads, a command line and
 * configuration text, and makes sections of it.  The admin's stack `nsjail`, if
 * there is one, comes first; by the rules of merging what is added only
 * narrows, and where two would contradict (user, map, hostname, ...) the
 * admin's word stays.  The profile is the caller's: it is bounded and read
 * strictly, but judged by nobody's ownership.
 *
 * Source: nsjail's documentation and its config.proto, June 2026.
 */
#ifndef CORDON_NSJAIL_H
#define CORDON_NSJAIL_H 1
#include <stdbool.h>

#include "core/ini.h"
#include "core/textproto.h"

struct arena;
struct cordon_error;
struct front_call;
struct request;

/* The row of the table of doors (core/front.c). */
int nsjail_open(struct arena *arena, const struct front_call *call,
		struct request *request);

struct nsjail_map {
	struct textproto_value inside_id, outside_id, count;
};

struct nsjail_mount {
	struct textproto_value src, dst, fstype, options, is_bind, rw, is_dir,
		mandatory, is_symlink;
};

struct nsjail_program {
	struct textproto_value path;
	struct textproto_list arg;
};

struct nsjail_limit {
	struct textproto_value value, type;
};

enum nsjail_rlimit {
	NSJAIL_AS,
	NSJAIL_CORE,
	NSJAIL_CPU,
	NSJAIL_FSIZE,
	NSJAIL_NOFILE,
	NSJAIL_NPROC,
	NSJAIL_STACK,
	NSJAIL_MEMLOCK,
	NSJAIL_RTPRIO,
	NSJAIL_MSGQUEUE,
	NSJAIL_RLIMITS,
};

struct nsjail_profile {
	struct textproto_value name, mode, hostname, cwd, time_limit, log_level,
		nice_level, keep_env, keep_caps, skip_setsid, disable_rl,
		clone_newnet, clone_newuser, clone_newns, clone_newpid,
		clone_newipc, clone_newuts, clone_newcgroup, clone_newtime,
		mount_proc, iface_no_lo, cgroup_mem_max, cgroup_cpu_ms_per_sec,
		exec_bin;
	struct textproto_list description, envar, uidmap, gidmap, mount;
	struct nsjail_limit limit[NSJAIL_RLIMITS];
	const char *file; /* NULL: the command line alone */
};

extern const struct textproto_kind nsjail_kind;
extern const struct textproto_kind nsjail_map_kind, nsjail_mount_kind;

/*
 * Options up to "--"; then argv[*at] is the command.  1: --help, and it was
 * printed; -1 with a message.
 */
int nsjail_arguments(struct arena *arena, char **argv,
		     struct nsjail_profile *profile, int *at,
		     struct cordon_error *err);

/* The sections of a profile, each line with its place in the profile's text. */
int nsjail_sections(struct arena *arena, const struct nsjail_profile *profile,
		    struct ini_file *out, struct cordon_error *err);

/* The keys, "MODULE.KEY" and at last NULL, where the admin's word stays. */
extern const char *const nsjail_yields[];

#endif /* CORDON_NSJAIL_H */
