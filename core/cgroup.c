/* SPDX-License-Identifier: MIT */
/* The groups of one job: made, limited, joined, asked, ended and removed. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/base.h"
#include "core/cgroup.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/runfolder.h"

#define LEAF "job"

enum {
	V1_MAGIC = 0x27e0eb,   /* CGROUP_SUPER_MAGIC */
	V2_MAGIC = 0x63677270, /* CGROUP2_SUPER_MAGIC */
	DEPTH = 16,	       /* of groups that somebody made in ours */
	PERIOD_US = 100000,    /* of cpu time */
	UNDO_MS = 10000,       /* for the last process to be gone */
};

struct group {
	const struct cgroup_hierarchy *hierarchy;
	int above, fd; /* the folder that it is in, and its own */
	int leaf;      /* where the job is: itself, or a group in it */
};

struct cgroup {
	char name[BASE_NAME_SIZE];
	struct group group[CGROUP_MOST];
	size_t n;
	bool was_joined; /* of version 2, by clone3(2) */
	const char *self; /* the group that cordon moved to; NULL: none */
	unsigned enabled; /* controllers that were not before */
	int v2_above;
};

/* ---- files ---- */

/* 0 or an errno. */
static int put(int dir, const char *file, const char *text)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC), code = 0;
	ssize_t n;

	if (fd < 0)
		return errno;
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)strlen(text))
		code = n < 0 ? errno : EIO;
	close(fd);
	return code;
}

static int get(int dir, const char *file, char *text, size_t size)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n < 0 ? -1 : 0;
}

/* The line that begins so, up to a word's end, or NULL. */
static const char *find_line(const char *text, const char *begin)
{
	size_t size = strlen(begin);

	for (const char *line = text; *line;) {
		if (!strncmp(line, begin, size) &&
		    strchr(" \n", line[size])) /* or '\0' */
			return line;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return NULL;
}

/* "KEY NUMBER" on a line of its own, or -1. */
static int64_t get_key(int dir, const char *file, const char *key)
{
	char text[4096];
	const char *line = get(dir, file, text, sizeof(text)) < 0
				   ? NULL
				   : find_line(text, key);

	return line ? strtoll(line + strlen(key), NULL, 10) : -1;
}

static int64_t get_number(int dir, const char *file)
{
	char text[64], *end;
	int64_t value;

	if (get(dir, file, text, sizeof(text)) < 0)
		return -1;
	value = strtoll(text, &end, 10);
	return end == text ? -1 : value;
}

static bool is_cgroup(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == V1_MAGIC || fs.f_type == V2_MAGIC);
}

/* ---- ending and removing, also of what a dead run left ---- */

static void kill_listed(int dir, const char *file)
{
	int fd = openat(dir, file, O_RDONLY | O_CLOEXEC);
	FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
	int pid;

	/* 0 is a process of another pid namespace; -1 would be all. */
	while (list && fscanf(list, "%d", &pid) == 1)
		if (pid > 1 && pid != getpid())
			kill(pid, SIGKILL);
	if (list)
		fclose(list);
	else if (fd >= 0)
		close(fd);
}

/* Calls for each group below; gives how many there were. */
static int each_below(int dir, int depth,
		      void (*call)(int above, const char *name, int depth))
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (list && depth < DEPTH && (entry = readdir(list)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, "..")) {
			call(dirfd(list), entry->d_name, depth);
			n++;
		}
	if (list)
		closedir(list);
	else if (fd >= 0)
		close(fd);
	return n;
}

static int open_group(int above, const char *name)
{
	return openat(above, name,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void kill_below(int above, const char *name, int depth);

static void kill_in(int dir, int depth)
{
	kill_listed(dir, "cgroup.procs");
	each_below(dir, depth + 1, kill_below);
}

static void kill_below(int above, const char *name, int depth)
{
	int fd = open_group(above, name);

	if (fd >= 0) {
		kill_in(fd, depth);
		close(fd);
	}
}

/* All at once where the kernel can; a freezer keeps them from forking on. */
static void kill_group(int fd)
{
	if (put(fd, "cgroup.kill", "1") == 0)
		return;
	put(fd, "cgroup.freeze", "1");
	put(fd, "freezer.state", "FROZEN");
	kill_in(fd, 0);
	put(fd, "freezer.state", "THAWED");
	put(fd, "cgroup.freeze", "0");
}

static void remove_below(int above, const char *name, int depth)
{
	int fd = open_group(above, name);

	if (fd >= 0) {
		each_below(fd, depth + 1, remove_below);
		close(fd);
	}
	unlinkat(above, name, AT_REMOVEDIR);
}

/* 0: it is gone. */
static int remove_now(int above, const char *name)
{
	if (unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	remove_below(above, name, 0);
	return unlinkat(above, name, AT_REMOVEDIR) == 0 || errno == ENOENT
		       ? 0
		       : -1;
}

static void sleep_ms(long ms)
{
	const struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

/* What was killed is gone a little later. */
static int remove_group(int above, const char *name, int within_ms)
{
	for (int waited = 0, ms = 1; remove_now(above, name) < 0;
	     waited += ms, ms += ms < 50) {
		int fd = open_group(above, name);

		if (fd >= 0) {
			kill_group(fd);
			close(fd);
		}
		if (waited > within_ms)
			return -1;
		sleep_ms(ms);
	}
	return 0;
}

int cgroup_remove(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char above_path[PATH_MAX];
	int above, rc;

	snprintf(above_path, sizeof(above_path), "%.*s", (int)(name - path),
		 path);
	above = open(above_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (above < 0)
		return errno == ENOENT ? 0 : -1;
	/* Short: others wait for nobody. */
	rc = is_cgroup(above) ? remove_group(above, name, 1000) : 0;
	close(above);
	return rc;
}

/* ---- making ---- */

static int fail_file(struct cordon_error *err, int code,
		     const struct group *group, const char *file)
{
	const char *above = group->hierarchy->above;

	if (code == EACCES || code == EPERM || code == EROFS ||
	    code == ENOENT || code == EOPNOTSUPP || code == EBUSY)
		return cordon_unsupported(err, code,
					  "cannot write %s below '%s'", file,
					  above);
	return cordon_fail(err, code, "cannot write %s below '%s'", file,
			   above);
}

static int make_group(struct outside *outside, struct group *group,
		      struct cordon_error *err)
{
	struct cgroup *cgroup = outside->cgroup;
	const char *above = group->hierarchy->above;
	const char *path = arena_printf(outside->plan->arena, "%s/%s", above,
					cgroup->name);

	if (runfolder_note(outside, "cgroup", path, err) < 0)
		return -1;
	group->above = open(above, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (group->above < 0 || !is_cgroup(group->above))
		return cordon_fail(err, group->above < 0 ? errno : 0,
				   "'%s' is no cgroup", above);
	outside_keep(outside, group->above);
	group->fd = base_mkdir(group->above, cgroup->name, 0755);
	if (group->fd < 0)
		return fail_file(err, errno, group, "a group");
	outside_keep(outside, group->fd);
	group->leaf = group->fd;
	if (!outside->plan->settled.cgroup->is_nested)
		return 0;
	/* Before Linux 5.11 what a group below uses may not count. */
	put(group->fd, "memory.use_hierarchy", "1");
	group->leaf = base_mkdir(group->fd, LEAF, 0755);
	if (group->leaf < 0)
		return fail_file(err, errno, group, "a group");
	outside_keep(outside, group->leaf);
	return 0;
}

static int add_pid(int dir, pid_t pid)
{
	char text[24];

	snprintf(text, sizeof(text), "%d", (int)pid);
	return put(dir, "cgroup.procs", text);
}

static int enable(int above, unsigned mask, char sign)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = { { CGROUP_HAS_MEMORY, "memory" },
		      { CGROUP_HAS_CPU, "cpu" },
		      { CGROUP_HAS_PIDS, "pids" },
		      { CGROUP_HAS_IO, "io" } };
	char text[16];

	for (size_t i = 0; i < CORDON_COUNT(names); i++) {
		int code;

		if (!(mask & names[i].bit))
			continue;
		snprintf(text, sizeof(text), "%c%s", sign, names[i].name);
		code = put(above, "cgroup.subtree_control", text);
		if (code != 0)
			return code;
	}
	return 0;
}

/* Out of the group whose groups get controllers: see judge_enabling(). */
static int move_self(struct outside *outside, const struct group *group,
		     struct cordon_error *err)
{
	struct cgroup *cgroup = outside->cgroup;
	char name[BASE_NAME_SIZE];
	int fd, code;

	base_new_name(name);
	cgroup->self = arena_strdup(outside->plan->arena, name);
	if (runfolder_note(outside, "cgroup",
			   arena_printf(outside->plan->arena, "%s/%s",
					group->hierarchy->above, name),
			   err) < 0)
		return -1;
	fd = base_mkdir(group->above, name, 0755);
	code = fd < 0 ? errno : add_pid(fd, getpid());
	if (fd >= 0)
		close(fd);
	return code ? fail_file(err, code, group, "a group for cordon") : 0;
}

static int enable_all(struct outside *outside, const struct group *group,
		      struct cordon_error *err)
{
	const struct cgroup_view *view = outside->plan->settled.cgroup;
	struct cgroup *cgroup = outside->cgroup;
	int code;

	if (!group->hierarchy->is_v2 || view->to_enable == 0)
		return 0;
	cgroup->v2_above = group->above;
	if (view->moves_self && move_self(outside, group, err) < 0)
		return -1;
	code = enable(group->above, view->to_enable, '+');
	if (code != 0)
		return fail_file(err, code, group, "cgroup.subtree_control");
	/* For other jobs it is as good; but cordon cannot return while it is. */
	cgroup->enabled = view->moves_self ? view->to_enable : 0;
	return 0;
}

int cgroup_make(struct outside *outside, const struct step *step,
		struct cordon_error *err)
{
	const struct cgroup_view *view = outside->plan->settled.cgroup;
	struct cgroup *cgroup =
		arena_alloc(outside->plan->arena, sizeof(*cgroup));

	(void)step;
	outside->cgroup = cgroup;
	cgroup->v2_above = -1;
	base_new_name(cgroup->name);
	if (!*cgroup->name)
		return cordon_fail(err, 0, "no random name for the cgroup");
	for (size_t i = 0; i < view->n; i++) {
		struct group *group = &cgroup->group[cgroup->n];

		if (!view->hierarchy[i].is_wanted)
			continue;
		*group = (struct group){ &view->hierarchy[i], -1, -1, -1 };
		cgroup->n++;
		if (make_group(outside, group, err) < 0 ||
		    enable_all(outside, group, err) < 0)
			return -1;
	}
	return 0;
}

static void return_self(struct cgroup *cgroup)
{
	if (!cgroup->self)
		return;
	enable(cgroup->v2_above, cgroup->enabled, '-');
	add_pid(cgroup->v2_above, getpid());
	remove_now(cgroup->v2_above, cgroup->self);
}

void cgroup_undo(struct outside *outside, const struct step *step)
{
	struct cgroup *cgroup = outside->cgroup;

	(void)step;
	for (int waited = 0; cgroup_kill(outside) > 0 && waited < UNDO_MS;
	     waited++)
		sleep_ms(1);
	for (size_t i = cgroup->n; i-- > 0;) {
		struct group *group = &cgroup->group[i];

		if (group->above < 0)
			continue;
		if (remove_group(group->above, cgroup->name, UNDO_MS) < 0)
			outside->has_left = true;
		if (group->leaf >= 0 && group->leaf != group->fd)
			close(group->leaf);
		if (group->fd >= 0)
			close(group->fd);
		if (group->above != cgroup->v2_above)
			close(group->above);
	}
	return_self(cgroup);
	if (cgroup->v2_above >= 0)
		close(cgroup->v2_above);
	outside->cgroup = NULL;
}

/* ---- limits ---- */

static const struct group *group_with(const struct outside *outside,
				      unsigned controller)
{
	const struct cgroup *cgroup = outside->cgroup;
	const struct group *v2 = NULL;

	for (size_t i = 0; cgroup && i < cgroup->n; i++) {
		const struct group *group = &cgroup->group[i];

		if (!(group->hierarchy->controllers & controller))
			continue;
		if (!group->hierarchy->is_v2)
			return group;
		v2 = group;
	}
	return v2;
}

/* The kernel counts pages, and rounds down. */
static bool is_so(int dir, const char *file, int64_t want)
{
	int64_t have = get_number(dir, file);

	return have >= 0 && have <= want && want - have < sysconf(_SC_PAGESIZE);
}

static int write_number(const struct group *group, const char *file,
			int64_t value, struct cordon_error *err)
{
	char text[24];
	int code;

	snprintf(text, sizeof(text), "%" PRId64, value);
	code = put(group->fd, file, text);
	if (code != 0)
		return fail_file(err, code, group, file);
	if (!is_so(group->fd, file, value))
		return cordon_fail(err, 0,
				   "the kernel did not take %s for %s below "
				   "'%s'",
				   text, file, group->hierarchy->above);
	return 0;
}

static int64_t memory_limit(const struct plan *plan)
{
	for (const struct step *step = plan_find(plan, CORDON_STEP_CGROUP); step;
	     step = plan_next(plan, step))
		if (step->is.number[0] == CORDON_CGROUP_MEMORY)
			return step->is.number[1];
	return -1;
}

static int limit_memory(struct outside *outside, const struct group *group,
			int64_t value, struct cordon_error *err)
{
	(void)outside;
	return write_number(group,
			    group->hierarchy->is_v2 ? "memory.max"
						    : "memory.limit_in_bytes",
			    value, err);
}

/* Version 1 knows the sum alone. */
static int limit_swap(struct outside *outside, const struct group *group,
		      int64_t value, struct cordon_error *err)
{
	int64_t memory = memory_limit(outside->plan);

	if (group->hierarchy->is_v2)
		return write_number(group, "memory.swap.max", value, err);
	if (memory < 0)
		return cordon_unsupported(err, 0,
					  "cgroup v1 limits swap only together "
					  "with memory (say memory = SIZE)");
	return write_number(group, "memory.memsw.limit_in_bytes",
			    memory + value, err);
}

static int limit_cpu(struct outside *outside, const struct group *group,
		     int64_t percent, struct cordon_error *err)
{
	int64_t quota = percent * (PERIOD_US / 100);
	char want[64], have[64];
	int code;

	(void)outside;
	if (!group->hierarchy->is_v2) {
		if (write_number(group, "cpu.cfs_period_us", PERIOD_US, err) < 0)
			return -1;
		return write_number(group, "cpu.cfs_quota_us", quota, err);
	}
	snprintf(want, sizeof(want), "%" PRId64 " %d\n", quota, PERIOD_US);
	code = put(group->fd, "cpu.max", want);
	if (code != 0)
		return fail_file(err, code, group, "cpu.max");
	if (get(group->fd, "cpu.max", have, sizeof(have)) == 0 &&
	    !strcmp(want, have))
		return 0;
	return cordon_fail(err, 0, "the kernel did not take cpu.max");
}

static int limit_pids(struct outside *outside, const struct group *group,
		      int64_t value, struct cordon_error *err)
{
	(void)outside;
	return write_number(group, "pids.max", value, err);
}

static const struct {
	unsigned controller;
	int (*limit)(struct outside *outside, const struct group *group,
		     int64_t value, struct cordon_error *err);
} limits[] = {
	[CORDON_CGROUP_MEMORY] = { CGROUP_HAS_MEMORY, limit_memory },
	[CORDON_CGROUP_SWAP] = { CGROUP_HAS_MEMORY, limit_swap },
	[CORDON_CGROUP_CPU] = { CGROUP_HAS_CPU, limit_cpu },
	[CORDON_CGROUP_PIDS] = { CGROUP_HAS_PIDS, limit_pids },
};

int cgroup_limit(struct outside *outside, const struct step *step,
		 struct cordon_error *err)
{
	int64_t kind = step->is.number[0];
	const struct group *group =
		group_with(outside, limits[kind].controller);

	if (!group)
		return cordon_unsupported(err, 0, "there is no cgroup for it "
					       "('cordon doctor' says why)");
	return limits[kind].limit(outside, group, step->is.number[1], err);
}

/* ---- io ---- */

/* A partition's limit is its disk's: the kernel throttles whole disks. */
static int find_disk(const char *path, char device[32],
		     struct cordon_error *err)
{
	char file[96], text[32];
	struct stat st;
	int dir;

	if (stat(path, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", path);
	if (!S_ISBLK(st.st_mode))
		return cordon_fail(err, 0, "'%s' is not a block device", path);
	snprintf(device, 32, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	snprintf(file, sizeof(file), "/sys/dev/block/%s", device);
	dir = open(file, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return 0;
	if (faccessat(dir, "partition", F_OK, 0) == 0 &&
	    get(dir, "../dev", text, sizeof(text)) == 0)
		snprintf(device, 32, "%.*s", (int)strcspn(text, "\n"), text);
	close(dir);
	return 0;
}

static int write_line(const struct group *group, const char *file,
		      const char *device, const char *want,
		      struct cordon_error *err)
{
	char text[4096];
	int code = put(group->fd, file, want);

	if (code == ENODEV)
		return cordon_fail(err, code, "device %s takes no limit",
				   device);
	if (code != 0)
		return fail_file(err, code, group, file);
	if (get(group->fd, file, text, sizeof(text)) == 0 &&
	    find_line(text, want))
		return 0;
	return cordon_fail(err, 0, "the kernel did not take '%s' for %s", want,
			   file);
}

static const char *rate(char text[24], int64_t value)
{
	if (value < 0)
		return "max";
	snprintf(text, 24, "%" PRId64, value);
	return text;
}

int cgroup_io(struct outside *outside, const struct step *step,
	      struct cordon_error *err)
{
	static const char *const files[] = { "blkio.throttle.read_bps_device",
					     "blkio.throttle.write_bps_device" };
	const struct group *group = group_with(outside, CGROUP_HAS_IO);
	char device[32], want[128], read[24], written[24];

	if (!group)
		return cordon_unsupported(err, 0, "there is no cgroup for it "
					       "('cordon doctor' says why)");
	if (find_disk(step->is.text[0], device, err) < 0)
		return -1;
	if (group->hierarchy->is_v2) {
		snprintf(want, sizeof(want), "%s rbps=%s wbps=%s", device,
			 rate(read, step->is.number[1]),
			 rate(written, step->is.number[2]));
		return write_line(group, "io.max", device, want, err);
	}
	for (int i = 0; i < 2; i++) {
		/* There it is no matter of the groups above. */
		struct group leaf = *group;

		leaf.fd = group->leaf;
		if (step->is.number[1 + i] < 0)
			continue;
		snprintf(want, sizeof(want), "%s %s", device,
			 rate(read, step->is.number[1 + i]));
		if (write_line(&leaf, files[i], device, want, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- what the watcher asks ---- */

static const struct group *v2_group(const struct outside *outside)
{
	const struct cgroup *cgroup = outside->cgroup;

	for (size_t i = 0; cgroup && i < cgroup->n; i++)
		if (cgroup->group[i].hierarchy->is_v2)
			return &cgroup->group[i];
	return NULL;
}

int cgroup_fd(const struct outside *outside)
{
	const struct group *v2 = v2_group(outside);

	return v2 ? v2->leaf : -1;
}

void cgroup_was_joined(struct outside *outside)
{
	outside->cgroup->was_joined = true;
}

int cgroup_join(const struct outside *outside, pid_t pid)
{
	const struct cgroup *cgroup = outside->cgroup;

	for (size_t i = 0; cgroup && i < cgroup->n; i++) {
		const struct group *group = &cgroup->group[i];
		int code;

		if (group->hierarchy->is_v2 && cgroup->was_joined)
			continue;
		code = add_pid(group->leaf, pid);
		if (code != 0) {
			errno = code;
			return -1;
		}
	}
	return cgroup ? 0 : -1;
}

static bool has_processes(int dir)
{
	char text[24];

	return get(dir, "cgroup.procs", text, sizeof(text)) == 0 && *text;
}

int cgroup_kill(const struct outside *outside)
{
	const struct cgroup *cgroup = outside->cgroup;
	const struct group *group = v2_group(outside);

	if (!cgroup)
		return -1;
	if (!group)
		group = group_with(outside, CGROUP_HAS_FREEZER);
	if (!group && cgroup->n > 0)
		group = &cgroup->group[0];
	if (!group || group->leaf < 0 || !has_processes(group->leaf))
		return 0;
	kill_group(group->fd);
	return has_processes(group->leaf);
}

int64_t cgroup_cpu_us(const struct outside *outside)
{
	const struct group *v2 = v2_group(outside), *v1;
	int64_t value;

	if (v2)
		return get_key(v2->fd, "cpu.stat", "usage_usec");
	v1 = group_with(outside, CGROUP_HAS_CPUACCT);
	value = v1 ? get_number(v1->fd, "cpuacct.usage") : -1;
	return value < 0 ? -1 : value / 1000;
}

int64_t cgroup_oom_kills(const struct outside *outside)
{
	const struct group *group = group_with(outside, CGROUP_HAS_MEMORY);

	if (!group)
		return -1;
	if (group->hierarchy->is_v2)
		return get_key(group->fd, "memory.events", "oom_kill");
	/* Version 1 counts where the process was. */
	return get_key(group->leaf, "memory.oom_control", "oom_kill");
}
