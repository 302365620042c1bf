/* SPDX-License-Identifier: MIT */
/* I23-I29, I33: what the mount rows make, looked at from inside, as root, as an
 * ordinary user, and as root with a user namespace. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/act.h"
#include "core/plan.h"

#define USER 54321
#define SCENE "/tmp/cordon-test-mount" /* in a mount namespace of our own */
#define MAX_STEPS 24

enum who { ROOT, PLAIN_USER, ROOT_WITH_USERNS };

struct world {
	enum who who;
	struct cordon_job job;
	struct plan plan;
	struct step steps[MAX_STEPS];
	int fds[MAX_STEPS];
	struct act act;
	int say;	  /* what went wrong goes there */
	const char *want; /* NULL: works; else the reason that is wanted */
};

/* ---- what is wrong ---- */

static __attribute__((format(printf, 2, 3), noreturn)) void
wrong(const struct world *world, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (write(world->say, text, strlen(text)) < 0)
		_exit(98);
	_exit(99);
}

#define must(condition)                                                        \
	do {                                                                   \
		if (!(condition))                                              \
			wrong(world, "line %d: %s (%s)", __LINE__, #condition, \
			      strerror(errno));                                \
	} while (0)
#define fails(call, ...)                                                       \
	do {                                                                   \
		const int codes[] = { __VA_ARGS__ };                           \
		bool is_known = false;                                         \
		long rc_ = (call);                                             \
		int code_ = errno;                                             \
		for (size_t i_ = 0; i_ < CORDON_COUNT(codes); i_++)            \
			is_known |= rc_ < 0 && code_ == codes[i_];             \
		if (!is_known)                                                 \
			wrong(world, "line %d: %s gives %ld (%s)", __LINE__,   \
			      #call, rc_, strerror(code_));                    \
	} while (0)

/* ---- the plan ---- */

static struct step *add(struct world *world, uint32_t type, int64_t number,
			const char *text, const char *more)
{
	struct step *step = &world->steps[world->plan.n_steps++];

	must(world->plan.n_steps <= MAX_STEPS);
	step->is = (struct cordon_step){ .type = type,
					 .number = { number },
					 .text = { text, more } };
	return step;
}

static struct step *add_mount(struct world *world, int64_t kind,
			      const char *target, const char *source)
{
	struct step *step = add(world, CORDON_STEP_MOUNT, kind, target, source);

	if (kind == CORDON_MOUNT_TMPFS || kind == CORDON_MOUNT_PRIVATE)
		step->is.number[2] = 01777;
	return step;
}

/* The order of core/step.c. */
static const struct {
	uint32_t type;
	int (*act)(struct act *act, const struct step *step);
} rows[] = {
	{ CORE_MOUNTS_BEGIN, act_mounts_begin },
	{ CORDON_STEP_ROOT, act_root },
	{ CORDON_STEP_MOUNT, act_mount },
	{ CORDON_STEP_PROC, act_proc },
	{ CORDON_STEP_DEV, act_dev },
	{ CORE_MOUNT_MASKS, act_mount_masks },
	{ CORDON_STEP_HIDE, act_hide },
	{ CORDON_STEP_NOEXEC, act_noexec },
	{ CORDON_STEP_READ_ONLY, act_read_only },
	{ CORE_PIVOT, act_pivot },
	{ CORE_PIVOT, check_pivot },
};

/* 0, or what failed is in the report. */
static int run_rows(struct world *world)
{
	for (size_t row = 0; row < CORDON_COUNT(rows); row++)
		for (size_t i = 0; i < world->plan.n_steps; i++) {
			int rc;

			if (world->steps[i].is.type != rows[row].type)
				continue;
			world->act.what = "nothing";
			rc = rows[row].act(&world->act, &world->steps[i]);
			if (rc < 0)
				return rc;
		}
	return 0;
}

/* ---- the scene: a shared mount with a mount in it, both ours alone ---- */

static void put_file(const struct world *world, const char *path,
		     const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	must(fd >= 0);
	must(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void map_self(const struct world *world, uid_t uid, gid_t gid)
{
	char text[64];

	snprintf(text, sizeof(text), "%u %u 1\n", uid, uid);
	put_file(world, "/proc/self/uid_map", text);
	put_file(world, "/proc/self/setgroups", "deny");
	snprintf(text, sizeof(text), "%u %u 1\n", gid, gid);
	put_file(world, "/proc/self/gid_map", text);
}

static void make_scene(const struct world *world)
{
	umask(022);
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
	must(mount("tmp", "/tmp", "tmpfs", 0, "mode=1777") == 0);
	must(mkdir(SCENE, 0755) == 0);
	must(mount("scene", SCENE, "tmpfs", 0, "mode=0755") == 0);
	must(mount("none", SCENE, NULL, MS_SHARED, NULL) == 0);
	must(mkdir(SCENE "/src", 0777) == 0 && chmod(SCENE "/src", 0777) == 0);
	must(mkdir(SCENE "/src/sub", 0755) == 0);
	must(mkdir(SCENE "/src/below", 0777) == 0);
	must(chmod(SCENE "/src/below", 0777) == 0);
	must(mount("sub", SCENE "/src/sub", "tmpfs", 0, "mode=1777") == 0);
	put_file(world, SCENE "/src/sub/file", "sub");
	put_file(world, SCENE "/src/file", "file");
	must(mkdir(SCENE "/layer", 0777) == 0 &&
	     chmod(SCENE "/layer", 0777) == 0);
	put_file(world, SCENE "/layer/file", "file");
	must(mkdir(SCENE "/secret", 0700) == 0);
	put_file(world, SCENE "/secret/file", "secret");
	must(mkdir(SCENE "/place", 0755) == 0);
	must(symlink("src", SCENE "/link") == 0);
	must(symlink("src/file", SCENE "/linkfile") == 0);
	must(mkdir(SCENE "/root", 0755) == 0 &&
	     mkdir(SCENE "/root/proc", 0755) == 0 &&
	     mkdir(SCENE "/root/dev", 0755) == 0 &&
	     mkdir(SCENE "/root/src", 0755) == 0 &&
	     symlink("/", SCENE "/root/trap") == 0);
}

/* ---- three ways into the namespaces ---- */

typedef void test(struct world *world);

/* The last process: pid 1 of its namespace, where there is one. */
static _Noreturn void inside(struct world *world, test *look)
{
	int rc = run_rows(world);

	prctl(PR_SET_DUMPABLE, 1); /* as after exec */
	if (world->want && rc == 0)
		wrong(world, "was not refused");
	if (world->want && !strstr(world->act.what, world->want))
		wrong(world, "refused with '%s' and not '%s'", world->act.what,
		      world->want);
	if (!world->want && rc < 0)
		wrong(world, "%s: %s", world->act.what, strerror(-rc));
	if (!world->want)
		look(world);
	_exit(0);
}

static void wait_inside(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		_exit(97);
	_exit(WEXITSTATUS(status));
}

static void enter_as_root(struct world *world, test *look)
{
	pid_t pid;

	must(mount_open_sources(&world->act) == 0 || world->want);
	must(unshare(CLONE_NEWNS | CLONE_NEWPID) == 0);
	pid = fork();
	if (pid == 0)
		inside(world, look);
	wait_inside(pid);
}

static void enter_as_user(struct world *world, test *look)
{
	uid_t uid = world->plan.settled.host_uid;
	gid_t gid = world->plan.settled.host_gid;
	pid_t pid;

	if (geteuid() == 0) {
		must(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
		     setresuid(uid, uid, uid) == 0);
		must(prctl(PR_SET_DUMPABLE, 1) == 0);
	}
	must(mount_open_sources(&world->act) == 0);
	must(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0);
	map_self(world, uid, gid);
	pid = fork();
	if (pid == 0)
		inside(world, look);
	wait_inside(pid);
}

static void enter_with_userns(struct world *world, test *look)
{
	int to[2], from[2];
	char path[64], c;
	pid_t pid;

	must(mount_open_sources(&world->act) == 0 || world->want);
	must(pipe2(to, O_CLOEXEC) == 0 && pipe2(from, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		must(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0);
		must(write(from[1], "", 1) == 1 && read(to[0], &c, 1) == 1);
		must(setresgid(USER, USER, USER) == 0 &&
		     setresuid(USER, USER, USER) == 0);
		pid = fork();
		if (pid == 0)
			inside(world, look);
		wait_inside(pid);
	}
	must(read(from[0], &c, 1) == 1);
	snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
	put_file(world, path, "54321 54321 1\n");
	snprintf(path, sizeof(path), "/proc/%d/gid_map", pid);
	put_file(world, path, "54321 54321 1\n");
	must(write(to[1], "", 1) == 1);
	wait_inside(pid);
}

static void set_ids(struct world *world)
{
	struct settled *settled = &world->plan.settled;

	settled->host_uid = settled->host_gid = USER;
	if (geteuid() != 0) {
		settled->host_uid = geteuid();
		settled->host_gid = getegid();
	}
	settled->uid = settled->host_uid;
	settled->gid = settled->host_gid;
	settled->has_groups = world->who != PLAIN_USER;
	world->job.uid = world->who == PLAIN_USER ? settled->uid : 0;
	world->job.gid = world->who == PLAIN_USER ? settled->gid : 0;
	settled->has_mounts = true;
	settled->namespaces = CLONE_NEWNS | CLONE_NEWPID;
	if (world->who != ROOT)
		settled->namespaces |= CLONE_NEWUSER;
	settled->propagation = 1;
	settled->proc = CORDON_PROC_NEW;
}

/* The scene is made by whoever may; where nobody may, the test is skipped. */
static _Noreturn void outside(struct world *world, test *build, test *look)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWNS | (uid ? CLONE_NEWUSER : 0)) < 0)
		_exit(77);
	if (uid)
		map_self(world, uid, gid);
	make_scene(world);
	/* Stays alive: a slave has a master only as long as that is there. */
	must(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC) >= 0);
	world->plan.steps = world->steps;
	world->plan.job = &world->job;
	world->act.plan = &world->plan;
	world->act.source_fds = world->fds;
	set_ids(world);
	add(world, CORE_MOUNTS_BEGIN, 0, NULL, NULL);
	build(world);
	add(world, CORE_MOUNT_MASKS, 0, NULL, NULL);
	add(world, CORE_PIVOT, 0, NULL, NULL);
	if (world->who == ROOT)
		enter_as_root(world, look);
	if (world->who == PLAIN_USER)
		enter_as_user(world, look);
	enter_with_userns(world, look);
	_exit(96);
}

static const char *const names[] = { "root", "user", "root with userns" };

static void run_as(enum who who, const char *want, test *build, test *look)
{
	char text[500] = "";
	int out[2], status;
	ssize_t n;
	pid_t pid;

	print_message("# as %s\n", names[who]);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct world world = { .who = who,
				       .say = out[1],
				       .want = want };

		close(out[0]);
		outside(&world, build, look);
	}
	close(out[1]);
	n = read(out[0], text, sizeof(text) - 1);
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		print_message("# skipped: no namespaces here\n");
		skip();
	}
	if (n > 0)
		print_error("# %s\n", text);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void run(const char *want, test *build, test *look)
{
	if (geteuid() == 0)
		run_as(ROOT, want, build, look);
	run_as(PLAIN_USER, want, build, look);
	if (geteuid() == 0)
		run_as(ROOT_WITH_USERNS, want, build, look);
}

/* ---- looks ---- */

static unsigned long flags_of(const struct world *world, const char *path)
{
	struct statvfs fs;

	must(statvfs(path, &fs) == 0);
	return fs.f_flag & (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC);
}

static bool reads_as(const char *path, const char *text)
{
	char buffer[64];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buffer, text, (size_t)n);
}

static int opens(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);

	if (fd >= 0)
		close(fd);
	return fd < 0 ? -1 : 0;
}

static int n_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

/* Nothing to read: an error, end of file, or an empty folder. */
static bool is_empty(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return true;
	return S_ISDIR(st.st_mode)
		       ? n_entries(path) <= 0
		       : reads_as(path, "") || opens(path, O_RDONLY) < 0;
}

/* With all capabilities still there: stronger than any job. */
static void look_masks(struct world *world)
{
	static const char *const empty[] = {
		"/proc/kcore",	     "/proc/keys",	    "/proc/key-users",
		"/proc/timer_list",  "/proc/kallsyms",	    "/proc/sched_debug",
		"/proc/scsi",	     "/proc/acpi",	    "/sys/firmware",
		"/sys/kernel/debug", "/sys/kernel/tracing",
	};
	static const char *const fixed[] = {
		"/proc/sys/kernel/core_pattern",
		"/proc/sys/kernel/modprobe",
		"/proc/sys/vm/drop_caches",
		"/proc/sysrq-trigger",
		"/sys/kernel/uevent_helper",
		"/sys/fs/cgroup/pids/cgroup.procs",
		"/sys/fs/cgroup/unified/cgroup.procs",
		"/sys/fs/cgroup/memory/release_agent",
		"/proc/irq/default_smp_affinity",
	};

	for (size_t i = 0; i < CORDON_COUNT(empty); i++)
		if (!is_empty(empty[i]))
			wrong(world, "%s shows something", empty[i]);
	for (size_t i = 0; i < CORDON_COUNT(fixed); i++)
		if (opens(fixed[i], O_WRONLY) == 0 ||
		    (errno != EROFS && errno != EACCES && errno != ENOENT))
			wrong(world, "%s can be opened for writing (%m)",
			      fixed[i]);
}

static void look_private(struct world *world)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	must(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, " shared:") || strstr(line, " master:"))
			wrong(world, "not private: %s", line);
	fclose(file);
}

/* What a job with a new user namespace would try. */
static void look_locked(struct world *world, const char *path)
{
	struct {
		uint64_t set, clear, propagation, fd;
	} attributes = { .clear = 1 };
	pid_t pid = fork();

	if (pid == 0) {
		must(unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0);
		fails(mount("none", path, NULL,
			    MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL),
		      EPERM);
		fails(syscall(442, AT_FDCWD, path, 0, &attributes,
			      sizeof(attributes)),
		      EPERM);
		fails(umount2(path, 0), EINVAL, EPERM);
		fails(umount2(path, MNT_DETACH), EINVAL, EPERM);
		_exit(0);
	}
	wait_inside(pid); /* the last look of a test */
}

/* ---- I24, I25: the host's root ---- */

static void build_host(struct world *world)
{
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_HOST, NULL, NULL);
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/src");
	add_mount(world, CORDON_MOUNT_RW, SCENE "/place/below",
		  SCENE "/src/below");
	add_mount(world, CORDON_MOUNT_PRIVATE, SCENE "/root/dev", NULL);
	add_mount(world, CORDON_MOUNT_TMPFS, SCENE "/root/src", NULL)
		->is.number[1] = 4096;
	add(world, CORDON_STEP_PROC, CORDON_PROC_NEW, NULL, NULL);
}

static void look_host(struct world *world)
{
	struct stat st;

	must(flags_of(world, SCENE "/place") ==
	     (ST_RDONLY | ST_NOSUID | ST_NODEV));
	must(flags_of(world, SCENE "/place/sub") ==
	     (ST_RDONLY | ST_NOSUID | ST_NODEV));
	fails(opens(SCENE "/place/sub/new", O_CREAT | O_WRONLY), EROFS);
	fails(opens(SCENE "/place/new", O_CREAT | O_WRONLY), EROFS);
	must(reads_as(SCENE "/place/sub/file", "sub"));
	must(flags_of(world, SCENE "/place/below") == (ST_NOSUID | ST_NODEV));
	must(opens(SCENE "/place/below/new", O_CREAT | O_WRONLY) == 0);
	must(flags_of(world, SCENE "/root/src") == (ST_NOSUID | ST_NODEV));
	must(stat(SCENE "/root/src", &st) == 0 &&
	     (st.st_mode & 07777) == 01777 &&
	     st.st_uid == world->plan.settled.uid);
	put_file(world, SCENE "/root/src/x", "x");
	put_file(world, SCENE "/root/dev/x", "x");
	must(getpid() == 1 && access("/proc/1/status", R_OK) == 0 &&
	     access("/proc/2", F_OK) < 0);
	look_masks(world);
	look_private(world);
	look_locked(world, SCENE "/place");
}

static void test_host(void **state)
{
	(void)state;
	run(NULL, build_host, look_host);
}

/* ---- a read-only host ---- */

static void build_readonly(struct world *world)
{
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_HOST, NULL, NULL);
	add_mount(world, CORDON_MOUNT_RO, "/", "/");
	add_mount(world, CORDON_MOUNT_RW, SCENE "/src", SCENE "/src");
	add(world, CORDON_STEP_NOEXEC, 0, NULL, NULL);
	add(world, CORDON_STEP_NOEXEC, 0, "/dev", NULL);
	add(world, CORDON_STEP_NOEXEC, 0, "/sys", NULL);
	add(world, CORDON_STEP_PROC, CORDON_PROC_HIDEPID, NULL, NULL);
}

static void look_readonly(struct world *world)
{
	const unsigned long fixed = ST_RDONLY | ST_NOSUID | ST_NODEV;

	must((flags_of(world, "/") & fixed) == fixed);
	must((flags_of(world, SCENE) & fixed) == fixed);
	must((flags_of(world, "/sys") & fixed) == fixed);
	must((flags_of(world, "/dev") & (fixed | ST_NODEV)) ==
	     (ST_RDONLY | ST_NOSUID));
	must(flags_of(world, "/dev") & flags_of(world, "/sys") & ST_NOEXEC);
	must(opens("/dev/null", O_RDWR) == 0);
	must(flags_of(world, SCENE "/src") ==
	     (ST_NOSUID | ST_NODEV | ST_NOEXEC));
	must(flags_of(world, SCENE "/src/sub") ==
	     (ST_NOSUID | ST_NODEV | ST_NOEXEC));
	must(opens(SCENE "/src/sub/new", O_CREAT | O_WRONLY) == 0);
	must(opens(SCENE "/src/new", O_CREAT | O_WRONLY) == 0);
	fails(opens(SCENE "/new", O_CREAT | O_WRONLY), EROFS, EACCES);
	fails(opens("/new", O_CREAT | O_WRONLY), EROFS);
	put_file(world, "/proc/self/comm", "new");
	look_masks(world);
	look_private(world);
	look_locked(world, "/");
}

static void test_readonly(void **state)
{
	(void)state;
	run(NULL, build_readonly, look_readonly);
}

/* ---- I26, I29: an empty root ---- */

static void build_empty(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_EMPTY;
	world->plan.settled.dev = CORDON_DEV_MINIMAL;
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_EMPTY, NULL, NULL);
	add_mount(world, CORDON_MOUNT_RO, "/bin", "/bin");
	add_mount(world, CORDON_MOUNT_DEVICE, "/dev/[!l-z]m*g*",
		  "/dev/[!l-z]m*g*");
	add_mount(world, CORDON_MOUNT_SYMLINK, "/etc/link", "../usr");
	add_mount(world, CORDON_MOUNT_RO, "/file/of/one", SCENE "/src/file");
	add_mount(world, CORDON_MOUNT_RO, "/usr", "/usr");
	add_mount(world, CORDON_MOUNT_TMPFS, "/var", NULL);
	add_mount(world, CORDON_MOUNT_DEVICE, "/var/[n]?ll", "/dev/[n]?ll");
	add_mount(world, CORDON_MOUNT_DEVICE, "/var/zero", "/dev/zero");
	add_mount(world, CORDON_MOUNT_RW, "/var/data/src", SCENE "/src");
	add_mount(world, CORDON_MOUNT_RO, "/var/absent", "/no/such/file")
		->is.number[3] = CORDON_FLAG_MAY_BE_ABSENT;
	add(world, CORDON_STEP_PROC, CORDON_PROC_NEW, NULL, NULL);
	add(world, CORDON_STEP_DEV, CORDON_DEV_MINIMAL, NULL, NULL);
}

static void look_dev(struct world *world)
{
	static const char *const there[] = {
		"null", "zero", "full",	 "random", "urandom", "tty",  "pts",
		"shm",	"fd",	"stdin", "stdout", "stderr",  "ptmx", "kmsg",
	};
	struct stat st;
	char path[64];

	for (size_t i = 0; i < CORDON_COUNT(there); i++) {
		snprintf(path, sizeof(path), "/dev/%s", there[i]);
		must(lstat(path, &st) == 0);
	}
	must(n_entries("/dev") == (int)CORDON_COUNT(there));
	must(opens("/var/null", O_RDWR) == 0);
	must(opens("/var/zero", O_RDWR) == 0);
	must(opens("/dev/null", O_RDWR) == 0);
	must(opens("/dev/ptmx", O_RDWR) == 0);
	must(opens("/dev/shm/new", O_CREAT | O_RDWR) == 0);
	fails(opens("/dev/new", O_CREAT | O_RDWR), EROFS);
	must(flags_of(world, "/dev") ==
	     (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC));
	must(stat("/dev/shm", &st) == 0 && (st.st_mode & 07777) == 01777);
	fails(mknod("/dev/shm/null", S_IFCHR | 0666, makedev(1, 3)) < 0
		      ? -1
		      : opens("/dev/shm/null", O_RDWR),
	      EPERM, EACCES);
}

/* mkdir, chroot, fchdir, "..": the walk out of a chroot alone. */
static void look_jail(struct world *world)
{
	struct stat mine, found;
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	must(stat("/", &mine) == 0);
	mkdir("/var/jail", 0755);
	if (chroot("/var/jail") == 0) {
		must(fchdir(fd) == 0);
		for (int i = 0; i < 20; i++)
			must(chdir("..") == 0);
		must(stat(".", &found) == 0 && found.st_dev == mine.st_dev &&
		     found.st_ino == mine.st_ino);
		must(chroot(".") == 0);
	}
	must(stat("/proc/self/root", &found) == 0 &&
	     found.st_dev == mine.st_dev && found.st_ino == mine.st_ino);
	close(fd);
}

static void look_empty(struct world *world)
{
	char text[64];
	ssize_t n = readlink("/bin", text, sizeof(text));
	FILE *file;
	char line[4096];

	must(access("/tmp", F_OK) < 0 && access("/root", F_OK) < 0);
	must(n == 7 && !memcmp(text, "usr/bin", 7));
	must(access("/bin/sh", X_OK) == 0);
	must(readlink("/etc/link", text, sizeof(text)) == 6);
	must(reads_as("/file/of/one", "file"));
	must(reads_as("/var/data/src/sub/file", "sub"));
	must(opens("/var/data/src/new", O_CREAT | O_WRONLY) == 0);
	must(opens("/var/new", O_CREAT | O_WRONLY) == 0);
	must(access("/var/absent", F_OK) < 0);
	fails(opens("/new", O_CREAT | O_WRONLY), EROFS);
	fails(mkdir("/usr/new", 0700), EROFS);
	must(flags_of(world, "/") == (ST_RDONLY | ST_NOSUID | ST_NODEV));
	file = fopen("/proc/self/mountinfo", "re");
	must(file != NULL);
	while (fgets(line, sizeof(line), file))
		if (strstr(line, SCENE) || strstr(line, " / /sys"))
			wrong(world, "still there: %s", line);
	fclose(file);
	look_dev(world);
	look_masks(world);
	look_private(world);
	look_jail(world);
	/* No descriptor leads out. */
	for (int fd = 3; fd < 256; fd++) {
		if (!(fcntl(fd, F_GETFD) & FD_CLOEXEC))
			continue; /* inherited by the test, or closed */
		snprintf(text, sizeof(text), "/proc/self/fd/%d", fd);
		n = readlink(text, line, sizeof(line) - 1);
		if (n > 0 && *line == '/' && strncmp(line, "/proc", 5))
			wrong(world, "fd %d is %.*s", fd, (int)n, line);
	}
	look_locked(world, "/usr");
}

static void test_empty(void **state)
{
	(void)state;
	run(NULL, build_empty, look_empty);
}

/* ---- root = DIR ---- */

static void build_dir(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_DIR;
	world->plan.settled.root_dir = SCENE "/root";
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_DIR, SCENE "/root", NULL);
	add_mount(world, CORDON_MOUNT_RW, "/src", SCENE "/src");
	add(world, CORDON_STEP_PROC, CORDON_PROC_NEW, NULL, NULL);
	add(world, CORDON_STEP_DEV, CORDON_DEV_HOST, NULL, NULL);
}

static void look_dir(struct world *world)
{
	must(reads_as("/src/sub/file", "sub"));
	must(access("/trap/src/sub/file", R_OK) == 0);
	must(access("/tmp", F_OK) < 0 && access("/trap/usr", F_OK) < 0);
	must(opens("/dev/null", O_RDWR) == 0);
	must(flags_of(world, "/") == (ST_NOSUID | ST_NODEV));
	look_masks(world);
	look_private(world);
}

static void test_dir(void **state)
{
	(void)state;
	run(NULL, build_dir, look_dir);
}

/* ---- refusals ---- */

static void build_no_target(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/none", SCENE "/src");
}

static void build_link_target(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/link", SCENE "/src");
}

static void build_trap(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_DIR;
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_DIR, SCENE "/root", NULL);
	add_mount(world, CORDON_MOUNT_TMPFS, "/trap/usr", NULL);
}

static void build_link_source(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/link/sub");
}

static void build_no_source(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/none");
}

static void build_link_root(struct world *world)
{
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_DIR, SCENE "/link", NULL);
}

static void build_file_overlay(struct world *world)
{
	add_mount(world, CORDON_MOUNT_OVERLAY, SCENE "/place", "/etc/passwd");
}

static void build_no_hide(struct world *world)
{
	add(world, CORDON_STEP_HIDE, 0, SCENE "/late", NULL);
}

/* Longer than a report has room for: its end is told. */
static void build_long_hide(struct world *world)
{
	static char path[400];

	memset(path, 'a', sizeof(path) - sizeof("/end"));
	memcpy(path, SCENE "/", strlen(SCENE "/"));
	memcpy(path + sizeof(path) - sizeof("/end"), "/end", sizeof("/end"));
	add(world, CORDON_STEP_HIDE, 0, path, NULL);
}

static void build_two_roots(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_DIR;
	world->plan.settled.root_dir = SCENE "/root";
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_DIR, SCENE "/root", NULL);
	add_mount(world, CORDON_MOUNT_RO, "/", "/");
}

static void build_no_device(struct world *world)
{
	add_mount(world, CORDON_MOUNT_DEVICE, "/dev/x*y", "/dev/x*y");
}

/* Of its source, and of its target. */
static const char *long_device(void)
{
	static char path[1100];

	memset(path, 'a', sizeof(path));
	memcpy(path, "/dev/", 5);
	memcpy(path + sizeof(path) - sizeof("/n*"), "/n*", sizeof("/n*"));
	return path;
}

static void build_long_device(struct world *world)
{
	add_mount(world, CORDON_MOUNT_DEVICE, "/dev/n*", long_device());
}

static void build_long_devices(struct world *world)
{
	add_mount(world, CORDON_MOUNT_DEVICE, long_device(), "/dev/n*");
}

/* What is no folder cannot be masked. */
static void build_file_for_sys(struct world *world)
{
	build_trap(world);
	world->plan.n_steps--;
	put_file(world, SCENE "/root/sys", "");
}

/* A mount at a path of blanks, which are four characters each in mountinfo. */
static void build_long_point(struct world *world)
{
	char path[1300] = SCENE;
	size_t at = strlen(path);

	while (at < 1100) {
		path[at] = '/';
		memset(path + at + 1, ' ', 200);
		at += 201;
		must(mkdir(path, 0755) == 0);
	}
	must(mount("long", path, "tmpfs", 0, NULL) == 0);
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/layer");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *want;
		test *build;
	} cases[] = {
		{ "no target " SCENE "/none in the root", build_no_target },
		{ SCENE "/link goes through a symbolic", build_link_target },
		{ "/trap/usr goes through a symbolic", build_trap },
		{ SCENE "/link/sub goes through a sym", build_link_source },
		{ "cannot open " SCENE "/none", build_no_source },
		{ SCENE "/late, which is not there", build_no_hide },
		{ "aaa/end", build_long_hide },
		{ SCENE "/link is no folder", build_link_root },
		{ "/etc/passwd is no folder", build_file_overlay },
		{ "a mount on / covers ", build_two_roots },
		{ "no device is like /dev/x*y", build_no_device },
		{ "aaa/n*", build_long_device },
		{ "/dev/n*", build_long_devices },
		{ "cannot open /sys", build_file_for_sys },
		{ "cannot read mountinfo", build_long_point },
	};

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		print_message("# %s\n", cases[i].want);
		run(cases[i].want, cases[i].build, NULL);
	}
}

/* ---- hide and noexec ---- */

static void build_hide(struct world *world)
{
	world->plan.settled.dev = CORDON_DEV_NONE;
	world->plan.settled.proc = CORDON_PROC_HOST;
	add(world, CORDON_STEP_HIDE, 0, SCENE "/src/file", NULL);
	add(world, CORDON_STEP_HIDE, 0, SCENE "/src/sub", NULL);
	add(world, CORDON_STEP_HIDE, 0, SCENE "/late", NULL)->is.number[3] =
		CORDON_FLAG_MAY_BE_ABSENT;
	add(world, CORDON_STEP_NOEXEC, 0, SCENE "/src", NULL);
	add_mount(world, CORDON_MOUNT_TMPFS, SCENE "/place", NULL);
	add(world, CORDON_STEP_NOEXEC, 0, SCENE "/place", NULL);
	add(world, CORDON_STEP_READ_ONLY, 0, "/proc", NULL);
	add(world, CORDON_STEP_READ_ONLY, 0, SCENE "/src", NULL);
	add(world, CORDON_STEP_READ_ONLY, 0, SCENE "/late", NULL)
		->is.number[3] = CORDON_FLAG_MAY_BE_ABSENT;
}

static void look_hide(struct world *world)
{
	struct stat st;

	must(is_empty(SCENE "/src/file"));
	must(stat(SCENE "/src/sub", &st) == 0 && (st.st_mode & 07777) == 0);
	must(n_entries(SCENE "/src/sub") <= 0);
	must(flags_of(world, SCENE "/src") & ST_NOEXEC);
	must(flags_of(world, SCENE "/place") & ST_NOEXEC);
	must(!(flags_of(world, SCENE) & ST_NOEXEC));
	must(flags_of(world, "/proc") & ST_RDONLY);
	must(flags_of(world, SCENE "/src") & ST_RDONLY);
	must(!(flags_of(world, SCENE "/place") & ST_RDONLY));
	must(n_entries("/dev") == 0);
	look_masks(world);
	look_locked(world, SCENE "/src/sub");
}

static void test_hide(void **state)
{
	(void)state;
	run(NULL, build_hide, look_hide);
}

/* ---- overlay ---- */

static void build_overlay(struct world *world)
{
	/* What is mounted below it a user cannot leave out. */
	const char *source =
		world->who == PLAIN_USER ? SCENE "/layer" : SCENE "/src";

	add_mount(world, CORDON_MOUNT_OVERLAY, SCENE "/place", source);
}

static void build_overlay_locked(struct world *world)
{
	add_mount(world, CORDON_MOUNT_OVERLAY, SCENE "/place", SCENE "/src");
}

static void look_overlay(struct world *world)
{
	struct stat st;

	must(reads_as(SCENE "/place/file", "file"));
	must(stat(SCENE "/place", &st) == 0 && (st.st_mode & 0777) == 0777);
	put_file(world, SCENE "/place/new", "new");
	must(unlink(SCENE "/place/file") == 0);
	must(access(SCENE "/place/file", F_OK) < 0);
	must(reads_as(SCENE "/src/file", "file"));
	must(access(SCENE "/src/new", F_OK) < 0);
	must(flags_of(world, SCENE "/place") == (ST_NOSUID | ST_NODEV));
}

static void test_overlay(void **state)
{
	(void)state;
	run(NULL, build_overlay, look_overlay);
	run_as(PLAIN_USER, "(a mount below its source is in the way)",
	       build_overlay_locked, NULL);
}

/* ---- own, and by whose rights ---- */

static void build_own_of_root(struct world *world)
{
	add_mount(world, CORDON_MOUNT_OWN, SCENE "/place", SCENE "/src");
}

static void build_own(struct world *world)
{
	static const char *const paths[] = { SCENE "/src", SCENE "/src/file",
					     SCENE "/src/sub",
					     SCENE "/src/sub/file" };

	for (size_t i = 0; world->who != PLAIN_USER && i < 4; i++)
		must(chown(paths[i], 1234, 1235) == 0);
	add_mount(world, CORDON_MOUNT_OWN, SCENE "/place", SCENE "/src");
}

/* Whose ids the job has already: nothing is mapped. */
static void build_own_already(struct world *world)
{
	build_own(world);
	must(chown(SCENE "/src", USER, USER) == 0);
	must(chown(SCENE "/src/file", USER, USER) == 0);
}

static void look_own_already(struct world *world)
{
	struct stat st;

	must(stat(SCENE "/place/file", &st) == 0 && st.st_uid == USER);
	must(stat(SCENE "/place/sub/file", &st) == 0 && st.st_uid == 1234);
}

/* A filesystem that maps no ids. */
static void build_own_unmapped(struct world *world)
{
	must(mkdir(SCENE "/ram", 0755) == 0);
	must(mount("ram", SCENE "/ram", "ramfs", 0, NULL) == 0);
	must(chown(SCENE "/ram", 1234, 1235) == 0);
	add_mount(world, CORDON_MOUNT_OWN, SCENE "/place", SCENE "/ram");
}

static void look_own(struct world *world)
{
	uid_t uid = world->plan.settled.uid;
	struct stat st;

	must(stat(SCENE "/place/file", &st) == 0);
	must(st.st_uid == uid || world->who == PLAIN_USER);
	must(stat(SCENE "/place/sub/file", &st) == 0);
	must(st.st_uid == uid || world->who == PLAIN_USER);
	if (world->who == ROOT)
		must(setresgid(uid, uid, uid) == 0 &&
		     setresuid(uid, uid, uid) == 0);
	put_file(world, SCENE "/place/mine", "mine");
	if (world->who != ROOT_WITH_USERNS) {
		must(stat(SCENE "/src/mine", &st) == 0);
		must(st.st_uid ==
		     (world->who == ROOT ? 1234 : world->job.uid));
	}
}

static void test_own(void **state)
{
	(void)state;
	run(NULL, build_own, look_own);
	if (geteuid() != 0)
		return;
	run_as(ROOT, "is root's", build_own_of_root, NULL);
	run_as(ROOT, NULL, build_own_already, look_own_already);
	run_as(ROOT, "cannot map the ids of " SCENE "/ram", build_own_unmapped,
	       NULL);
}

static void build_parameter(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/secret/file")
		->is.number[3] = CORDON_FLAG_PARAMETER;
}

static void build_parameter_good(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/src")
		->is.number[3] = CORDON_FLAG_PARAMETER;
}

static void look_parameter(struct world *world)
{
	must(reads_as(SCENE "/place/sub/file", "sub"));
}

/* A job of root's that keeps its capabilities may go where they lead. */
static void build_parameter_of_root(struct world *world)
{
	struct settled *settled = &world->plan.settled;

	settled->uid = settled->host_uid = 0;
	settled->gid = settled->host_gid = 0;
	must(chown(SCENE "/secret", 1234, 1235) == 0);
	add_mount(world, CORDON_MOUNT_RO, SCENE "/src/file",
		  SCENE "/secret/file")
		->is.number[3] = CORDON_FLAG_PARAMETER;
}

static void look_deep_secret(struct world *world)
{
	must(reads_as(SCENE "/src/file", "secret"));
}

static void test_parameter(void **state)
{
	(void)state;
	run(NULL, build_parameter_good, look_parameter);
	if (geteuid() != 0)
		return;
	run("cannot open " SCENE "/secret/file", build_parameter, NULL);
	run_as(ROOT, NULL, build_parameter_of_root, look_deep_secret);
}

/* What root reaches and the job does not, is bound when no parameter says it.
 */
static void build_secret(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/secret");
}

static void look_secret(struct world *world)
{
	must(access(SCENE "/place", F_OK) == 0);
	must(flags_of(world, SCENE "/place") & ST_RDONLY);
}

static void build_deep_secret(struct world *world)
{
	add_mount(world, CORDON_MOUNT_RO, SCENE "/src/file",
		  SCENE "/secret/file");
}

static void test_secret(void **state)
{
	(void)state;
	run(NULL, build_secret, look_secret);
	if (geteuid() != 0)
		return;
	run_as(ROOT, NULL, build_deep_secret, look_deep_secret);
	run_as(ROOT_WITH_USERNS, NULL, build_deep_secret, look_deep_secret);
}

/* ---- I27 again: a second /proc ---- */

static void build_second(struct world *world)
{
	must(mount("proc", SCENE "/root/proc", "proc", 0, NULL) == 0 ||
	     geteuid() != 0);
	must(mkdir(SCENE "/a trace", 0755) == 0);
	must(mount("trace", SCENE "/a trace", "tracefs", 0, NULL) == 0 ||
	     geteuid() != 0 || errno == ENODEV);
}

static void look_second(struct world *world)
{
	const char *path = SCENE "/root/proc/sys/kernel/core_pattern";

	if (access(path, F_OK) == 0)
		fails(opens(path, O_WRONLY), EROFS, EACCES);
	must(is_empty(SCENE "/root/proc/kallsyms"));
	must(is_empty(SCENE "/a trace"));
}

static void test_second(void **state)
{
	(void)state;
	run(NULL, build_second, look_second);
}

/* ---- other roots, /proc and /dev ---- */

static void build_whole(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_EMPTY;
	world->plan.settled.dev = CORDON_DEV_MINIMAL;
	world->plan.settled.proc = CORDON_PROC_HOST;
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_EMPTY, NULL, NULL);
	add_mount(world, CORDON_MOUNT_RO, "/", "/");
	add_mount(world, CORDON_MOUNT_RW, SCENE "/src", SCENE "/src");
	add(world, CORDON_STEP_NOEXEC, 0, "/", NULL);
}

static void look_whole(struct world *world)
{
	must(flags_of(world, "/") ==
	     (ST_RDONLY | ST_NOSUID | ST_NODEV | ST_NOEXEC));
	must(flags_of(world, SCENE "/src/sub") ==
	     (ST_NOSUID | ST_NODEV | ST_NOEXEC));
	must(reads_as(SCENE "/src/sub/file", "sub"));
	must(opens("/dev/kmsg", O_RDONLY) < 0 && errno == ENOENT);
	must(opens("/dev/null", O_RDWR) == 0);
	must(n_entries("/proc") > 20);
	look_masks(world);
	look_private(world);
	look_locked(world, "/");
}

static void build_nothing(struct world *world)
{
	world->plan.settled.root = CORDON_ROOT_EMPTY;
	world->plan.settled.dev = CORDON_DEV_HOST;
	world->plan.settled.proc = CORDON_PROC_HOST;
	add(world, CORDON_STEP_ROOT, CORDON_ROOT_EMPTY, NULL, NULL);
}

static void look_nothing(struct world *world)
{
	must(n_entries("/") == 2);
	must(opens("/dev/null", O_RDWR) == 0);
	must(access("/dev/pts/ptmx", F_OK) == 0);
	look_masks(world);
	look_private(world);
}

static void build_none(struct world *world)
{
	world->plan.settled.dev = CORDON_DEV_MINIMAL;
	world->plan.settled.proc = CORDON_PROC_NONE;
	add_mount(world, CORDON_MOUNT_RO, "/", "/");
}

static void look_none(struct world *world)
{
	must(n_entries("/proc") == 0);
	fails(opens("/proc/new", O_CREAT | O_RDWR), EROFS);
	must(opens("/dev/null", O_RDWR) == 0);
	must(opens("/dev/shm/new", O_CREAT | O_RDWR) == 0);
	must(opens("/dev/kmsg", O_RDONLY) < 0 && errno == ENOENT);
	look_masks(world);
}

static void test_roots(void **state)
{
	(void)state;
	run(NULL, build_whole, look_whole);
	run(NULL, build_nothing, look_nothing);
	run(NULL, build_none, look_none);
}

/* ---- propagation = slave ---- */

static void build_slave(struct world *world)
{
	world->plan.settled.propagation = 0;
	add_mount(world, CORDON_MOUNT_RO, SCENE "/place", SCENE "/src");
}

static void look_slave(struct world *world)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];
	bool is_slave = false;

	must(file != NULL);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, " shared:"))
			wrong(world, "still shared: %s", line);
		is_slave |= strstr(line, SCENE "/place") &&
			    strstr(line, " master:");
	}
	fclose(file);
	must(is_slave);
	must(mount("new", SCENE "/secret", "tmpfs", 0, NULL) == 0);
	look_masks(world);
}

static void test_slave(void **state)
{
	(void)state;
	run(NULL, build_slave, look_slave);
}

/* ---- the caller's umask is no matter ---- */

static void build_umask(struct world *world)
{
	build_empty(world);
	umask(0777);
}

static void look_umask(struct world *world)
{
	struct stat st;

	must(umask(0) == 0777);
	must(stat("/file/of", &st) == 0 && (st.st_mode & 07777) == 0755);
	must(stat("/dev/pts", &st) == 0 && (st.st_mode & 07777) == 0755);
	must(stat("/etc", &st) == 0 && (st.st_mode & 07777) == 0755);
}

static void test_umask(void **state)
{
	(void)state;
	run(NULL, build_umask, look_umask);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_readonly),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_dir),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_hide),
		cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_parameter),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_second),
		cmocka_unit_test(test_roots),
		cmocka_unit_test(test_slave),
		cmocka_unit_test(test_umask),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("mount", tests, NULL, NULL) != 0;
}
