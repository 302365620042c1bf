/* SPDX-License-Identifier: MIT */
/*
 * What a profile says in nsjail's words, as sections.  Where nsjail is looser
 * than a stack could be, the stack's way is taken: read-only holds below a
 * mount too, binds are nosuid and nodev, loader variables pass only by their
 * name.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail_lines.h"
#include "core/value.h"

const char *const nsjail_yields[] = {
	"user.user",
	"user.group",
	"user.groups",
	"namespaces.map",
	"namespaces.uid-map",
	"namespaces.gid-map",
	"namespaces.hostname",
	"namespaces.init",
	"process.forward",
	"process.cwd",
	"timeout.signal",
	"timeout.grace",
	"fds.stdin",
	"fds.stdout",
	"fds.stderr",
	NULL,
};

/* ---- what is nsjail's own way of ending ---- */

static int put_stack(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;

	if (nsjail_number(&profile->mode, 1) != 1)
		return NSJAIL_FAIL(to, &profile->mode,
				   "only mode: ONCE is supported here");
	nsjail_put(to, NULL, "stack", "parent", "always");
	nsjail_put(to, NULL, "stack", "exit-denied", "255");
	nsjail_put(to, NULL, "stack", "exit-failed", "255");
	nsjail_put(to, NULL, "stack", "exit-timeout", "137");
	nsjail_put(to, NULL, "stack", "signal-exit", "code");
	return 0;
}

/* ---- environment ---- */

static bool is_given_later(const struct textproto_list *list, size_t at)
{
	const char *text = list->value[at].text;
	size_t size = strcspn(text, "=");

	for (size_t i = at + 1; i < list->n; i++) {
		const char *later = list->value[i].text;

		/* of one that is not there nothing comes */
		if (strcspn(later, "=") == size &&
		    !memcmp(later, text, size) &&
		    (later[size] || getenv(later)))
			return true;
	}
	return false;
}

/* "K=V" is set as it stands, "K" passes if it is there. */
static int put_environment(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	char shown[SHOWN];

	nsjail_put(to, &profile->keep_env, "env.profile", "keep",
		   nsjail_is(&profile->keep_env, false) ? "*" : "");
	for (size_t i = 0; i < profile->envar.n; i++) {
		const struct textproto_value *value = &profile->envar.value[i];

		if (!*value->text || is_given_later(&profile->envar, i))
			continue;
		if (!strchr(value->text, '=') &&
		    strpbrk(value->text, " \t\n*?"))
			return NSJAIL_FAIL(to, value,
					   "'%s' is not the name of a variable",
					   SHOW(shown, value->text));
		nsjail_put(to, value, "env.profile",
			   strchr(value->text, '=') ? "set" : "keep",
			   nsjail_literal(to, value->text));
	}
	return 0;
}

/* ---- limits ---- */

enum limit_type { LIMIT_VALUE, LIMIT_SOFT, LIMIT_HARD, LIMIT_INF };

static const struct limit {
	const char *key, *unit;
	int resource;
	uint64_t unit_size; /* of the kernel's, in one of the profile's */
	uint64_t value;
	enum limit_type type;
} limits[NSJAIL_RLIMITS] = {
	[NSJAIL_AS] = { "as", "K", RLIMIT_AS, 1 << 20, 4096, LIMIT_VALUE },
	[NSJAIL_CORE] = { "core", "K", RLIMIT_CORE, 1 << 20, 0, LIMIT_VALUE },
	[NSJAIL_CPU] = { "cpu", "s", RLIMIT_CPU, 1, 600, LIMIT_VALUE },
	[NSJAIL_FSIZE] = { "fsize", "K", RLIMIT_FSIZE, 1 << 20, 1,
			   LIMIT_VALUE },
	[NSJAIL_NOFILE] = { "nofile", "", RLIMIT_NOFILE, 1, 32, LIMIT_VALUE },
	[NSJAIL_NPROC] = { "nproc", "", RLIMIT_NPROC, 1, 1024, LIMIT_SOFT },
	[NSJAIL_STACK] = { "stack", "K", RLIMIT_STACK, 1 << 20, 8, LIMIT_SOFT },
	[NSJAIL_MEMLOCK] = { "memlock", "K", RLIMIT_MEMLOCK, 1 << 10, 64,
			     LIMIT_SOFT },
	[NSJAIL_RTPRIO] = { "rtprio", "", RLIMIT_RTPRIO, 1, 0, LIMIT_SOFT },
	[NSJAIL_MSGQUEUE] = { "msgqueue", "K", RLIMIT_MSGQUEUE, 1, 1024,
			      LIMIT_SOFT },
};

#define LIFTED_FILES                                                           \
	8192 /* by nsjail, also where it is to leave limits alone */

static int put_limit(struct nsjail_writer *to, const struct limit *limit,
		     const struct nsjail_limit *given)
{
	uint64_t value =
		(uint64_t)nsjail_number(&given->value, (int64_t)limit->value);
	const struct textproto_value *from =
		given->value.line ? &given->value : &given->type;
	struct rlimit now;

	if (getrlimit((__rlimit_resource_t)limit->resource, &now) < 0)
		return cordon_fail(to->err, errno, "cannot read the limit '%s'",
				   limit->key);
	switch ((enum limit_type)nsjail_number(&given->type, limit->type)) {
	case LIMIT_VALUE:
		if (value == UINT64_MAX) {
			value = RLIM_INFINITY;
			break;
		}
		if (value > (uint64_t)INT64_MAX / limit->unit_size)
			return NSJAIL_FAIL(to, &given->value,
					   "rlimit_%s is out of range",
					   limit->key);
		value *= limit->unit_size;
		break;
	case LIMIT_SOFT:
		value = now.rlim_cur;
		break;
	case LIMIT_HARD:
		value = now.rlim_max;
		break;
	case LIMIT_INF:
		value = RLIM_INFINITY;
		break;
	}
	if (value == RLIM_INFINITY)
		nsjail_put(to, from, "rlimits.profile", limit->key,
			   "unlimited");
	else
		NSJAIL_PRINT(to, from, "rlimits.profile", limit->key,
			     "%" PRIu64 "%s",
			     *limit->unit == 'K' ? value >> 10 : value,
			     value == 0 ? "" : limit->unit);
	return 0;
}

static int put_limits(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	struct rlimit files;

	if (nsjail_is(&profile->disable_rl, false)) {
		if (getrlimit(RLIMIT_NOFILE, &files) < 0)
			return cordon_fail(to->err, errno,
					   "cannot read the limit 'nofile'");
		if (files.rlim_cur >= LIFTED_FILES)
			return 0;
		NSJAIL_PRINT(to, &profile->disable_rl, "rlimits.profile",
			     "nofile", "%" PRIu64 ":same",
			     (uint64_t)(files.rlim_max < LIFTED_FILES
						? files.rlim_max
						: LIFTED_FILES));
		return 0;
	}
	for (size_t i = 0; i < NSJAIL_RLIMITS; i++)
		if (put_limit(to, &limits[i], &profile->limit[i]) < 0)
			return -1;
	return 0;
}

/* ---- the rest ---- */

/* "CAP_NET_RAW" is net_raw there; it may be an inherited one too. */
static int put_cap(struct nsjail_writer *to, const struct textproto_value *cap)
{
	char *name = arena_strdup(to->arena, cap->text), shown[SHOWN];
	const char *line;

	if (strncmp(name, "CAP_", 4) != 0 || strpbrk(name, " \t\n"))
		return NSJAIL_FAIL(to, cap, "'%s' is no capability",
				   SHOW(shown, cap->text));
	for (char *at = name; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	line = nsjail_literal(to, name + 4);
	nsjail_put(to, cap, "caps.profile", "keep", line);
	nsjail_put(to, cap, "caps.profile", "ambient", line);
	return 0;
}

/* All are those of the user namespace, also for a user that is not its root. */
static int put_caps(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	const struct textproto_value *from = &profile->keep_caps;

	if (!nsjail_is(from, false)) {
		nsjail_put(to, from, "caps.profile", "keep", "");
		for (size_t i = 0; i < profile->cap.n; i++)
			if (put_cap(to, &profile->cap.value[i]) < 0)
				return -1;
	} else if (nsjail_is(&profile->clone_newuser, true)) {
		nsjail_put(to, from, "caps.profile", "keep", "all");
		nsjail_put(to, from, "caps.profile", "ambient", "all");
	}
	return 0;
}

static int put_streams(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;

	if (nsjail_is(&profile->silent, false)) {
		nsjail_put(to, &profile->silent, "fds.profile", "stdin", "null");
		nsjail_put(to, &profile->silent, "fds.profile", "stdout",
			   "null");
		nsjail_put(to, &profile->silent, "fds.profile", "stderr",
			   "null");
	} else if (nsjail_is(&profile->stderr_to_null, false)) {
		nsjail_put(to, &profile->stderr_to_null, "fds.profile",
			   "stderr", "null");
	}
	return 0;
}

static bool has_cap(int cap)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[CAP_TO_INDEX(cap)].effective & CAP_TO_MASK(cap);
}

/* A better one than the caller's, where he may not have it, is left as it is:
 * nsjail says so and goes on. */
static void put_nice(struct nsjail_writer *to)
{
	const struct textproto_value *from = &to->profile->nice_level;
	int64_t level = nsjail_number(from, 19);
	struct rlimit best;

	level = level < -20 ? -20 : level > 19 ? 19 : level;
	if (level < getpriority(PRIO_PROCESS, 0) &&
	    (getrlimit(RLIMIT_NICE, &best) < 0 ||
	     best.rlim_cur < (rlim_t)(20 - level)) &&
	    (nsjail_is(&to->profile->clone_newuser, true) ||
	     !has_cap(CAP_SYS_NICE)))
		return;
	NSJAIL_PRINT(to, from, "process.profile", "nice", "%" PRId64, level);
}

static void put_oom_score(struct nsjail_writer *to)
{
	const struct textproto_value *from = &to->profile->oom_score_adj;
	FILE *file;
	long now = 0;

	if (!from->line)
		return;
	file = fopen("/proc/self/oom_score_adj", "re");
	if (file && fscanf(file, "%ld", &now) != 1)
		now = 0;
	if (file)
		fclose(file);
	if (from->number >= 0 || from->number >= now ||
	    has_cap(CAP_SYS_RESOURCE))
		NSJAIL_PRINT(to, from, "process.profile", "oom-score-adj",
			     "%" PRId64, from->number);
}

#define WALL_MAX (INT64_C(3650) * 24 * 60 * 60) /* of [timeout] */

static int put_process(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	int64_t wall = nsjail_number(&profile->time_limit, 600);

	nsjail_put(to, &profile->cwd, "process.profile", "cwd",
		   nsjail_literal(
			   to,
			   nsjail_normal(to, nsjail_text(&profile->cwd, "/"))));
	put_nice(to);
	put_oom_score(to);
	if (!nsjail_is(&profile->skip_setsid, false))
		nsjail_put(to, &profile->skip_setsid, "process.profile",
			   "session", "new");
	nsjail_put(to, NULL, "process.profile", "forward", "end");
	if (wall > 0)
		NSJAIL_PRINT(to, &profile->time_limit, "timeout.profile",
			     "wall", "%" PRId64 "s",
			     wall < WALL_MAX ? wall : WALL_MAX);
	nsjail_put(to, NULL, "timeout.profile", "signal", "KILL");
	nsjail_put(to, NULL, "timeout.profile", "grace", "3s");
	return 0;
}

static int put_cgroup(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	uint64_t memory = (uint64_t)nsjail_number(&profile->cgroup_mem_max, 0);

	if (memory > 0)
		NSJAIL_PRINT(to, &profile->cgroup_mem_max, "cgroup.profile",
			     "memory", "%" PRIu64 "K",
			     memory / 1024 + (memory % 1024 > 0));
	if (nsjail_number(&profile->cgroup_pids_max, 0) != 0)
		NSJAIL_PRINT(to, &profile->cgroup_pids_max, "cgroup.profile",
			     "pids", "%" PRIu64,
			     (uint64_t)profile->cgroup_pids_max.number);
	if (nsjail_number(&profile->cgroup_cpu_ms_per_sec, 0) != 0)
		NSJAIL_PRINT(to, &profile->cgroup_cpu_ms_per_sec,
			     "cgroup.profile", "cpu", "%" PRId64 "%%",
			     (profile->cgroup_cpu_ms_per_sec.number + 9) / 10);
	return 0;
}

int nsjail_sections(struct arena *arena, const struct nsjail_profile *profile,
		    struct ini_file *out, struct cordon_error *err)
{
	static int (*const parts[])(struct nsjail_writer * to) = {
		put_stack,	 nsjail_put_namespaces,
		nsjail_put_ids,	 nsjail_put_mounts,
		put_environment, put_limits,
		put_caps,	 put_streams,
		put_process,	 put_cgroup,
	};
	struct nsjail_writer to = {
		.arena = arena, .profile = profile, .out = out, .err = err
	};

	*out = (struct ini_file){ .path = profile->file ? profile->file
							: "nsjail" };
	for (size_t i = 0; i < CORDON_COUNT(parts); i++)
		if (parts[i](&to) < 0)
			return -1;
	return 0;
}
