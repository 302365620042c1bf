/* SPDX-License-Identifier: MIT */
/* The fields that nsjail's configuration has, and which of them cordon takes.
 */
#include <cordon/module.h>

#include "core/nsjail.h"

#define MODES "LISTEN|ONCE|RERUN|EXECVE"
#define LEVELS "DEBUG|INFO|WARNING|ERROR|FATAL"
#define LIMITS "VALUE|SOFT|HARD|INF"

#define REFUSED(field)                                                         \
	{                                                                      \
		.name = #field, .type = TEXTPROTO_REFUSED                      \
	}

/* ---- uidmap, mount, exec_bin ---- */

#define FIELD(kind, field, form, ...)                                          \
	{                                                                      \
		.name = #field, .type = TEXTPROTO_##form,                      \
		.offset = offsetof(struct kind, field), __VA_ARGS__            \
	}

static const struct textproto_field map_fields[] = {
	FIELD(nsjail_map, inside_id, STRING),
	FIELD(nsjail_map, outside_id, STRING),
	FIELD(nsjail_map, count, UINT32),
	FIELD(nsjail_map, use_newidmap, BOOL, .only = "0"),
};

static const struct textproto_field mount_fields[] = {
	FIELD(nsjail_mount, src, STRING),
	FIELD(nsjail_mount, dst, STRING, .is_required = true),
	FIELD(nsjail_mount, fstype, STRING),
	FIELD(nsjail_mount, options, STRING),
	FIELD(nsjail_mount, is_bind, BOOL),
	FIELD(nsjail_mount, rw, BOOL),
	FIELD(nsjail_mount, is_dir, BOOL),
	FIELD(nsjail_mount, mandatory, BOOL),
	FIELD(nsjail_mount, is_symlink, BOOL),
	FIELD(nsjail_mount, nosuid, BOOL),
	FIELD(nsjail_mount, nodev, BOOL),
	FIELD(nsjail_mount, noexec, BOOL),
	FIELD(nsjail_mount, prefix_src_env, STRING, .only = ""),
	FIELD(nsjail_mount, src_content, STRING, .only = ""),
	FIELD(nsjail_mount, prefix_dst_env, STRING, .only = ""),
};

static const struct textproto_field program_fields[] = {
	FIELD(nsjail_program, path, STRING, .is_required = true),
	FIELD(nsjail_program, arg, STRING, .is_repeated = true),
	FIELD(nsjail_program, exec_fd, BOOL, .only = "0"),
	REFUSED(arg0),
};

#define KIND(shown, fields, kind)                                              \
	{                                                                      \
		shown, fields, CORDON_COUNT(fields), sizeof(struct kind)       \
	}

const struct textproto_kind nsjail_map_kind =
	KIND("an id map", map_fields, nsjail_map);
const struct textproto_kind nsjail_mount_kind =
	KIND("mount", mount_fields, nsjail_mount);
static const struct textproto_kind program_kind =
	KIND("exec_bin", program_fields, nsjail_program);

/* ---- the profile ---- */

#define OF(field, form, ...) FIELD(nsjail_profile, field, form, __VA_ARGS__)
#define LIMIT(id, field)                                                       \
	{ .name = "rlimit_" #field,                                            \
	  .type = TEXTPROTO_UINT64,                                            \
	  .offset =                                                            \
		  offsetof(struct nsjail_profile, limit[NSJAIL_##id].value) }, \
	{                                                                      \
		.name = "rlimit_" #field "_type", .type = TEXTPROTO_ENUM,      \
		.words = LIMITS,                                               \
		.offset = offsetof(struct nsjail_profile,                      \
				   limit[NSJAIL_##id].type)                    \
	}

#define PLAIN(field, form, word)                                               \
	{ .name = #field,                                                      \
	  .type = TEXTPROTO_##form,                                            \
	  .offset = offsetof(struct nsjail_profile,                            \
			     plain[NSJAIL_PLAIN_##field]),                     \
	  .only = word },

static const struct textproto_field profile_fields[] = {
	OF(name, STRING),
	OF(description, STRING, .is_repeated = true),
	OF(mode, ENUM, .words = MODES),
	OF(hostname, STRING),
	OF(cwd, STRING),
	OF(time_limit, UINT32),
	OF(log_level, ENUM, .words = LEVELS),
	OF(nice_level, INT32),
	OF(keep_env, BOOL),
	OF(envar, STRING, .is_repeated = true),
	OF(keep_caps, BOOL),
	OF(cap, STRING, .is_repeated = true),
	OF(silent, BOOL),
	OF(stderr_to_null, BOOL),
	OF(skip_setsid, BOOL),
	LIMIT(AS, as),
	LIMIT(CORE, core),
	LIMIT(CPU, cpu),
	LIMIT(FSIZE, fsize),
	LIMIT(NOFILE, nofile),
	LIMIT(NPROC, nproc),
	LIMIT(STACK, stack),
	LIMIT(MEMLOCK, memlock),
	LIMIT(RTPRIO, rtprio),
	LIMIT(MSGQUEUE, msgqueue),
	OF(disable_rl, BOOL),
	OF(clone_newnet, BOOL),
	OF(clone_newuser, BOOL),
	OF(clone_newns, BOOL),
	OF(clone_newpid, BOOL),
	OF(clone_newipc, BOOL),
	OF(clone_newuts, BOOL),
	OF(clone_newcgroup, BOOL),
	OF(clone_newtime, BOOL),
	OF(uidmap, MESSAGE, .is_repeated = true, .kind = &nsjail_map_kind),
	OF(gidmap, MESSAGE, .is_repeated = true, .kind = &nsjail_map_kind),
	OF(mount_proc, BOOL),
	OF(mount, MESSAGE, .is_repeated = true, .kind = &nsjail_mount_kind),
	OF(cgroup_mem_max, UINT64),
	OF(cgroup_pids_max, UINT64),
	OF(cgroup_cpu_ms_per_sec, UINT32),
	OF(oom_score_adj, INT32),
	OF(forward_signals, BOOL),
	OF(iface_no_lo, BOOL),
	OF(exec_bin, MESSAGE, .kind = &program_kind),
	REFUSED(log_fd),
	REFUSED(log_file),
	REFUSED(pass_fd),
	REFUSED(seccomp_policy_file),
	REFUSED(seccomp_string),
	REFUSED(seccomp_unotify_report),
	REFUSED(cgroup_mem_swap_max),
	REFUSED(iface_own),
	REFUSED(macvlan_iface),
	REFUSED(traffic_rule),
	REFUSED(user_net),
	NSJAIL_PLAIN_FIELDS(PLAIN)
};

const struct textproto_kind nsjail_kind =
	KIND("nsjail's configuration", profile_fields, nsjail_profile);
