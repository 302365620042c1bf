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
	REFUSED(use_newidmap),
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
	REFUSED(prefix_src_env),
	REFUSED(src_content),
	REFUSED(prefix_dst_env),
	REFUSED(nosuid),
	REFUSED(nodev),
	REFUSED(noexec),
};

static const struct textproto_field program_fields[] = {
	FIELD(nsjail_program, path, STRING, .is_required = true),
	FIELD(nsjail_program, arg, STRING, .is_repeated = true),
	REFUSED(arg0),
	REFUSED(exec_fd),
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
	OF(cgroup_cpu_ms_per_sec, UINT32),
	OF(iface_no_lo, BOOL),
	OF(exec_bin, MESSAGE, .kind = &program_kind),
	REFUSED(no_pivotroot),
	REFUSED(port),
	REFUSED(bindhost),
	REFUSED(max_conns),
	REFUSED(max_conns_per_ip),
	REFUSED(daemon),
	REFUSED(max_cpus),
	REFUSED(log_fd),
	REFUSED(log_file),
	REFUSED(cap),
	REFUSED(silent),
	REFUSED(stderr_to_null),
	REFUSED(pass_fd),
	REFUSED(disable_no_new_privs),
	REFUSED(forward_signals),
	REFUSED(disable_tsc),
	REFUSED(oom_score_adj),
	REFUSED(persona_addr_compat_layout),
	REFUSED(persona_mmap_page_zero),
	REFUSED(persona_read_implies_exec),
	REFUSED(persona_addr_limit_3gb),
	REFUSED(persona_addr_no_randomize),
	REFUSED(seccomp_policy_file),
	REFUSED(seccomp_string),
	REFUSED(seccomp_log),
	REFUSED(seccomp_unotify),
	REFUSED(seccomp_unotify_report),
	REFUSED(use_core_scheduling),
	REFUSED(cgroup_mem_memsw_max),
	REFUSED(cgroup_mem_swap_max),
	REFUSED(cgroup_mem_mount),
	REFUSED(cgroup_mem_parent),
	REFUSED(cgroup_pids_max),
	REFUSED(cgroup_pids_mount),
	REFUSED(cgroup_pids_parent),
	REFUSED(cgroup_net_cls_classid),
	REFUSED(cgroup_net_cls_mount),
	REFUSED(cgroup_net_cls_parent),
	REFUSED(cgroup_cpu_mount),
	REFUSED(cgroup_cpu_parent),
	REFUSED(cgroupv2_mount),
	REFUSED(use_cgroupv2),
	REFUSED(detect_cgroupv2),
	REFUSED(iface_own),
	REFUSED(macvlan_iface),
	REFUSED(macvlan_vs_ip),
	REFUSED(macvlan_vs_nm),
	REFUSED(macvlan_vs_gw),
	REFUSED(macvlan_vs_ma),
	REFUSED(macvlan_vs_mo),
	REFUSED(traffic_rule),
	REFUSED(user_net),
};

const struct textproto_kind nsjail_kind =
	KIND("nsjail's configuration", profile_fields, nsjail_profile);
