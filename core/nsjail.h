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
	struct textproto_value inside_id, outside_id, count, use_newidmap;
};

struct nsjail_mount {
	struct textproto_value src, dst, fstype, options, is_bind, rw, is_dir,
		mandatory, is_symlink, nosuid, nodev, noexec, prefix_src_env,
		prefix_dst_env, src_content;
};

struct nsjail_program {
	struct textproto_value path, exec_fd;
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

/*
 * Of these only the default can be said, as a text does that says everything:
 * name, form, default.
 */
#define NSJAIL_PLAIN_FIELDS(X)                                                 \
	X(no_pivotroot, BOOL, "0")                                             \
	X(port, UINT32, "0")                                                   \
	X(bindhost, STRING, "::")                                              \
	X(max_conns, UINT32, "0")                                              \
	X(max_conns_per_ip, UINT32, "0")                                       \
	X(daemon, BOOL, "0")                                                   \
	X(max_cpus, UINT32, "0")                                               \
	X(disable_no_new_privs, BOOL, "0")                                     \
	X(disable_tsc, BOOL, "0")                                              \
	X(persona_addr_compat_layout, BOOL, "0")                               \
	X(persona_mmap_page_zero, BOOL, "0")                                   \
	X(persona_read_implies_exec, BOOL, "0")                                \
	X(persona_addr_limit_3gb, BOOL, "0")                                   \
	X(persona_addr_no_randomize, BOOL, "0")                                \
	X(seccomp_log, BOOL, "0")                                              \
	X(seccomp_unotify, BOOL, "0")                                          \
	X(use_core_scheduling, BOOL, "0")                                      \
	X(cgroup_mem_memsw_max, UINT64, "0")                                   \
	X(cgroup_mem_mount, STRING, "/sys/fs/cgroup/memory")                   \
	X(cgroup_mem_parent, STRING, "NSJAIL")                                 \
	X(cgroup_pids_mount, STRING, "/sys/fs/cgroup/pids")                    \
	X(cgroup_pids_parent, STRING, "NSJAIL")                                \
	X(cgroup_net_cls_classid, UINT32, "0")                                 \
	X(cgroup_net_cls_mount, STRING, "/sys/fs/cgroup/net_cls")              \
	X(cgroup_net_cls_parent, STRING, "NSJAIL")                             \
	X(cgroup_cpu_mount, STRING, "/sys/fs/cgroup/cpu")                      \
	X(cgroup_cpu_parent, STRING, "NSJAIL")                                 \
	X(cgroupv2_mount, STRING, "/sys/fs/cgroup")                            \
	X(use_cgroupv2, BOOL, "0")                                             \
	X(detect_cgroupv2, BOOL, "0")                                          \
	X(macvlan_vs_ip, STRING, "192.168.0.2")                                \
	X(macvlan_vs_nm, STRING, "255.255.255.0")                              \
	X(macvlan_vs_gw, STRING, "192.168.0.1")                                \
	X(macvlan_vs_ma, STRING, "")                                           \
	X(macvlan_vs_mo, STRING, "private")

enum nsjail_plain {
#define X(field, form, only) NSJAIL_PLAIN_##field,
	NSJAIL_PLAIN_FIELDS(X)
#undef X
		NSJAIL_PLAIN,
};

struct nsjail_profile {
	struct textproto_value name, mode, hostname, cwd, time_limit, log_level,
		nice_level, keep_env, keep_caps, skip_setsid, disable_rl,
		clone_newnet, clone_newuser, clone_newns, clone_newpid,
		clone_newipc, clone_newuts, clone_newcgroup, clone_newtime,
		mount_proc, iface_no_lo, cgroup_mem_max, cgroup_pids_max,
		cgroup_cpu_ms_per_sec, oom_score_adj, forward_signals, silent,
		stderr_to_null, exec_bin;
	struct textproto_value plain[NSJAIL_PLAIN];
	struct textproto_list description, envar, cap, uidmap, gidmap, mount;
	struct nsjail_limit limit[NSJAIL_RLIMITS];
	const char *file; /* NULL: the command line alone */
	/* of the command line only; chroot is a folder at "/", or NULL */
	const char *chroot;
	bool is_root_rw, is_proc_rw;
	bool may_make;	  /* on the host: targets in what is bound rw */
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
