/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cordon/module.h>

#include "core/hint.h"

#define DOCTOR "; 'cordon doctor' tries it"

/* Nothing that errno says itself: only what its words do not. */
static const struct {
	const char *calls; /* "a|b"; NULL: any */
	int code;
	const char *text;
} hints[] = {
	/* processes and namespaces */
	{ "clone3|unshare", EPERM,
	  " (namespaces are forbidden here: by a container's seccomp, by "
	  "systemd's RestrictNamespaces=, or by sysctl "
	  "kernel.unprivileged_userns_clone or "
	  "kernel.apparmor_restrict_unprivileged_userns" DOCTOR ")" },
	{ "clone3|unshare", ENOSPC,
	  " (a limit of namespaces is reached: sysctl user.max_*_namespaces, "
	  "or 32 of them in each other" DOCTOR ")" },
	{ "clone3|unshare", EUSERS,
	  " (a limit of namespaces is reached: sysctl "
	  "user.max_user_namespaces, or 32 of them in each other" DOCTOR ")" },
	{ "clone3|unshare", EINVAL,
	  " (this kernel lacks a kind of namespace" DOCTOR ")" },
	{ "clone3", ENOSYS,
	  " (Linux 5.3 has it; a container's seccomp may hide it" DOCTOR ")" },
	{ "clone3|fork", EAGAIN,
	  " (no more processes: ulimit -u of the user, pids.max of the cgroup, "
	  "sysctl kernel.threads-max)" },
	{ "mapped-id", EPERM,
	  " (a map may name the caller's own ids and what /etc/subuid and "
	  "/etc/subgid give; sysctl "
	  "kernel.apparmor_restrict_unprivileged_userns forbids all" DOCTOR
	  ")" },
	{ "mapped-id", EINVAL,
	  " (the map names ids that are not there outside" DOCTOR ")" },
	/* the program */
	{ "program", ENOENT,
	  " (in no folder of the job's PATH: 'cordon explain STACK -- COMMAND' "
	  "shows where it is looked for)" },
	{ "program in a root", ENOENT,
	  " (it is not in the root that the job gets: [mounts], [tmp])" },
	{ "program|program in a root", EACCES,
	  " (no file that the job's user may execute: its mode, the folders "
	  "above it, a mount with noexec)" },
	{ "exec|exec with Landlock", ENOENT,
	  " (the file is there; its interpreter, which its '#!' line or ELF "
	  "header names, is not, in the job's root)" },
	{ "exec", EACCES,
	  " (the job's user may not execute its interpreter or its dynamic "
	  "loader: mode, folders above, noexec)" },
	{ "exec with Landlock", EACCES,
	  " ([landlock] must allow to execute it, its interpreter and its "
	  "dynamic loader: 'cordon learn' lists them)" },
	{ "exec|exec with Landlock", ENOEXEC,
	  " (neither a program for this processor nor with a '#!' line, and no "
	  "/bin/sh is in the job's root)" },
	{ "exec|exec with Landlock", ELOOP,
	  " (its '#!' interpreters are scripts themselves, too many in each "
	  "other)" },
	{ "exec|exec with Landlock", ETXTBSY,
	  " (somebody has it open for writing)" },
	{ "exec|exec with Landlock", EPERM,
	  " (a filter denies execve, or the file has capabilities that the job "
	  "may not get: getcap, [caps])" },
	{ "exec|exec with Landlock", E2BIG,
	  " (arguments and environment share a quarter of [rlimits] stack)" },
	{ "exec|exec with Landlock", EAGAIN,
	  " (its user has more processes than [rlimits] nproc)" },
	/* steps */
	{ "cwd", ENOENT,
	  " (the job's root has no such folder: say [process] cwd, or "
	  "cwd-fallback)" },
	{ "cwd", EACCES,
	  " (the job's user may not enter it: say [process] cwd, or "
	  "cwd-fallback)" },
	{ "cpus", EINVAL,
	  " (none of these the caller may use: 'taskset -p $$' shows them)" },
	{ "oom-score-adj", EACCES,
	  " (below the caller's only with CAP_SYS_RESOURCE)" },
	{ "rlimit", EPERM,
	  " (above the caller's hard limit only with CAP_SYS_RESOURCE)" },
	{ "nice", EACCES, " (below the caller's only with CAP_SYS_NICE)" },
	{ "io-priority", EPERM,
	  " (realtime only with CAP_SYS_ADMIN or CAP_SYS_NICE)" },
	{ "keyring", EDQUOT,
	  " (the user's quota of keys is used up: sysctl kernel.keys.maxkeys; "
	  "[process] keyring = keep needs none)" },
	{ "mount", ENOENT,
	  " (the source must be there before the job starts; a '-' before "
	  "the path lets it be absent)" },
	{ "wx", EINVAL, " (Linux 6.3 has it)" },
	{ "landlock_restrict_self", E2BIG,
	  " (cordon runs below 16 Landlock rulesets already)" },
	/* anywhere */
	{ NULL, EMFILE, " (ulimit -n)" },
	{ NULL, ENFILE, " (sysctl fs.file-max)" },
};

static bool is_among(const char *calls, const char *call)
{
	size_t size = strlen(call);

	for (; calls; calls = strchr(calls, '|')) {
		calls += *calls == '|';
		if (!strncmp(calls, call, size) &&
		    (calls[size] == '|' || calls[size] == '\0'))
			return true;
	}
	return false;
}

const char *hint_of(const char *call, int code)
{
	for (size_t i = 0; i < CORDON_COUNT(hints); i++)
		if (hints[i].code == code &&
		    (!hints[i].calls || is_among(hints[i].calls, call)))
			return hints[i].text;
	return "";
}
