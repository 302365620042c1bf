/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/names.h"

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static const char *const rlimits[RLIM_NLIMITS] = {
	[RLIMIT_AS] = "as",
	[RLIMIT_CORE] = "core",
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_DATA] = "data",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_STACK] = "stack",
};

static const struct {
	uint64_t flag;
	const char *name;
} namespaces[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" },
	{ CLONE_NEWPID, "pid" },   { CLONE_NEWNET, "net" },
	{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
};

static const char *const caps[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill",
	"setgid", "setuid", "setpcap", "linux_immutable", "net_bind_service",
	"net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
	"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time",
	"sys_tty_config", "mknod", "lease", "audit_write", "audit_control",
	"setfcap", "mac_override", "mac_admin", "syslog", "wake_alarm",
	"block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

const char *names_rlimit(int resource)
{
	return rlimits[resource];
}

const char *names_namespaces(struct arena *arena, uint64_t flags)
{
	const char *line = "";

	for (size_t i = 0; i < CORDON_COUNT(namespaces); i++)
		if (flags & namespaces[i].flag)
			line = arena_printf(arena, "%s%s%s", line,
					    *line ? " " : "",
					    namespaces[i].name);
	return *line ? line : "none";
}

const char *names_caps(struct arena *arena, uint64_t mask)
{
	const uint64_t all = ((uint64_t)1 << CORDON_COUNT(caps)) - 1;
	const char *line = "";

	if ((mask & all) == all)
		return "all";
	for (size_t i = 0; i < CORDON_COUNT(caps); i++)
		if (mask & (uint64_t)1 << i)
			line = arena_printf(arena, "%s%s%s", line,
					    *line ? " " : "", caps[i]);
	return *line ? line : "none";
}

const char *names_groups(int mode)
{
	static const char *const modes[] = { "keep", "own", "list", "none" };

	return modes[mode];
}

const char *names_mount(int kind)
{
	static const char *const kinds[] = { "ro",    "rw",	 "own",
					     "device", "tmpfs",	 "overlay",
					     "symlink", "private" };

	return kinds[kind];
}

/*
 * Mounts, ids, exec, clone, descriptors, memory, filters, signals and what ends
 * the process: the core has rows for them, or nobody may.
 */
static const int owned[] = {
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_chdir,
	SYS_fchdir, SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid,
	SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid, SYS_setgroups,
	SYS_capset, SYS_execve, SYS_execveat, SYS_clone, SYS_clone3, SYS_unshare,
	SYS_setns, SYS_close, SYS_close_range, SYS_dup, SYS_dup3, SYS_fcntl,
	SYS_openat, SYS_openat2, SYS_read, SYS_write, SYS_pread64, SYS_pwrite64,
	SYS_readv, SYS_writev, SYS_sendto, SYS_sendmsg, SYS_recvfrom,
	SYS_recvmsg, SYS_pidfd_open, SYS_pidfd_getfd, SYS_pidfd_send_signal,
	SYS_fchmod, SYS_fchown, SYS_ftruncate, SYS_truncate, SYS_socket,
	SYS_connect, SYS_bind, SYS_listen, SYS_process_vm_readv,
	SYS_process_vm_writev, SYS_userfaultfd, SYS_perf_event_open,
	SYS_open_by_handle_at, SYS_memfd_create, SYS_setxattr, SYS_add_key,
	SYS_request_key, SYS_sethostname, SYS_swapon, SYS_acct, SYS_quotactl,
	SYS_mmap, SYS_munmap, SYS_mprotect, SYS_mremap, SYS_brk, SYS_seccomp,
	SYS_exit, SYS_exit_group, SYS_kill, SYS_tkill, SYS_tgkill,
	SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_ptrace,
	SYS_setsid, SYS_setpgid, SYS_umask, SYS_prlimit64, SYS_setrlimit,
	SYS_prctl, SYS_keyctl, SYS_setpriority,
	SYS_ioprio_set, SYS_sched_setaffinity, SYS_open_tree, SYS_move_mount,
	SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_mount_setattr,
	SYS_landlock_create_ruleset, SYS_landlock_add_rule,
	SYS_landlock_restrict_self, SYS_unlinkat, SYS_renameat, SYS_renameat2,
	SYS_linkat, SYS_symlinkat, SYS_mkdirat, SYS_mknodat, SYS_fchownat,
	SYS_fchmodat, SYS_reboot, SYS_init_module, SYS_finit_module,
	SYS_delete_module, SYS_kexec_load, SYS_bpf, SYS_io_uring_setup,
	SYS_io_uring_enter, SYS_ioctl, SYS_wait4, SYS_waitid,
#ifdef SYS_fork
	SYS_fork, SYS_vfork, SYS_open, SYS_creat, SYS_dup2, SYS_unlink,
	SYS_rename, SYS_link, SYS_symlink, SYS_mkdir, SYS_mknod, SYS_rmdir,
	SYS_chmod, SYS_chown, SYS_lchown,
#endif
};

/* Of prctl(2) the other way round: most of it is the core's. */
static const int free_prctls[] = {
	PR_SET_THP_DISABLE,	PR_GET_THP_DISABLE,
	PR_SET_TSC,		PR_GET_TSC,
	PR_SET_SPECULATION_CTRL, PR_GET_SPECULATION_CTRL,
	PR_MCE_KILL,		PR_MCE_KILL_GET,
	PR_SET_IO_FLUSHER,	PR_GET_IO_FLUSHER,
	PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER,
	PR_SCHED_CORE,
};

bool names_is_owned_call(int64_t number, int64_t first)
{
	/* The kernel looks at 32 bits, of which one may mean another table. */
	if (number < 0 || number > 0xffff)
		return true;
	for (size_t i = 0;
	     number == SYS_prctl && i < CORDON_COUNT(free_prctls); i++)
		if (free_prctls[i] == first)
			return false;
	for (size_t i = 0; i < CORDON_COUNT(owned); i++)
		if (owned[i] == number)
			return true;
	return false;
}
