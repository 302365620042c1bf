/* SPDX-License-Identifier: MIT */
/*
 * floor - what a level costs when nothing is done but to make it so
 *
 *	floor LEVEL -- COMMAND ARGS	LEVEL 0 to 4
 *	floor filter			its seccomp program, for others to load
 *
 *	0	exec alone
 *	1	uid, groups, three limits, environment, no_new_privs
 *	2	mount, pid, ipc and uts namespace; a root of its own, read-only,
 *		with /usr, COMMAND's folder, a new /proc and a private /tmp
 *	3	user and network namespace, loopback up
 *	4	a filter of 300 calls, Landlock on ten paths
 *
 * No libc, no file is read, nothing is decided at run time, nothing is read
 * back, and what the end of the process does is left to it.  There is no init:
 * the job is pid 1.  So this is no program for use; it is what others are
 * measured by.
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/auxvec.h>
#include <linux/filter.h>
#include <linux/if.h>
#include <linux/landlock.h>
#include <linux/mount.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/bare.h"

#define NOBODY 65534
#define DETACH 2 /* MNT_DETACH */

#ifdef __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#else
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

static const struct sock_filter filter[] = {
#include "tests/bench/floor_filter.h"
};

static const struct sock_fprog program = {
	.len = sizeof(filter) / sizeof(filter[0]),
	.filter = (struct sock_filter *)(uintptr_t)filter,
};

static const char *const environment[] = { "PATH=/usr/bin:/bin", "LANG=C",
					   NULL };

static long must(long rc, const char *what)
{
	if (rc >= 0)
		return rc;
	bare_say(2, "floor: cannot ");
	bare_say(2, what);
	bare_say(2, "\n");
	bare_exit(125);
}

/* ---- level 1 ---- */

static void limits(void)
{
	static const struct rlimit core = { 0, 0 }, files = { 1024, 1024 },
				   cpu = { 60, 90 };

	must(sys(SYS_prlimit64, 0, RLIMIT_CORE, &core), "set core");
	must(sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &files), "set nofile");
	must(sys(SYS_prlimit64, 0, RLIMIT_CPU, &cpu), "set cpu");
}

static void drop(void)
{
	must(sys(SYS_setgroups, 0, NULL), "setgroups");
	must(sys(SYS_setresgid, NOBODY, NOBODY, NOBODY), "setresgid");
	must(sys(SYS_setresuid, NOBODY, NOBODY, NOBODY), "setresuid");
}

static void no_new_privs(void)
{
	must(sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl");
}

/* ---- level 2 ---- */

static void read_only(const char *path, int flags, uint64_t attributes)
{
	const struct mount_attr attr = { .attr_set = attributes };

	must(sys(SYS_mount_setattr, AT_FDCWD, path, flags, &attr, sizeof(attr)),
	     "mount_setattr");
}

static void bind_mount(const char *from, const char *to)
{
	must(sys(SYS_mount, from, to, NULL, MS_BIND | MS_REC, NULL), "bind");
	read_only(to, AT_RECURSIVE,
		  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static char folder[256]; /* COMMAND's */

static void find_folder(const char *command)
{
	size_t n = bare_length(command);

	while (n > 0 && command[n] != '/')
		n--;
	if (command[0] != '/' || n == 0 || n >= sizeof(folder))
		must(-1, "find the folder of the command");
	for (size_t i = 0; i < n; i++) {
		folder[i] = command[i];
		BARE_LOOP;
	}
}

static void make_folder(void)
{
	for (size_t i = 1;; i++) {
		char c = folder[i];

		if (c != '/' && c != '\0')
			continue;
		folder[i] = '\0';
		sys(SYS_mkdirat, AT_FDCWD, folder + 1, 0755);
		folder[i] = c;
		if (c == '\0')
			return;
	}
}

static void root(void)
{
	must(sys(SYS_mount, "tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		 "mode=755"),
	     "mount the root");
	must(sys(SYS_chdir, "/tmp"), "chdir");
	must(sys(SYS_mkdirat, AT_FDCWD, "usr", 0755), "make usr");
	bind_mount("/usr", "usr");
	must(sys(SYS_symlinkat, "usr/bin", AT_FDCWD, "bin"), "make bin");
	must(sys(SYS_symlinkat, "usr/sbin", AT_FDCWD, "sbin"), "make sbin");
	must(sys(SYS_symlinkat, "usr/lib", AT_FDCWD, "lib"), "make lib");
	must(sys(SYS_symlinkat, "usr/lib64", AT_FDCWD, "lib64"), "make lib64");
	must(sys(SYS_mkdirat, AT_FDCWD, "proc", 0555), "make proc");
	must(sys(SYS_mount, "proc", "proc", "proc",
		 MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
	     "mount proc");
	must(sys(SYS_mkdirat, AT_FDCWD, "tmp", 0755), "make tmp");
	must(sys(SYS_mount, "tmpfs", "tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		 "size=64M,mode=1777"),
	     "mount tmp");
	make_folder();
	bind_mount(folder, folder + 1);
	must(sys(SYS_pivot_root, ".", "."), "pivot_root");
	must(sys(SYS_umount2, ".", DETACH), "umount");
	read_only(".", 0, MOUNT_ATTR_RDONLY);
}

/* ---- level 3 ---- */

static void put(const char *path, const char *text, size_t n)
{
	long fd = must(sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC),
		       path);

	must(sys(SYS_write, fd, text, n), path);
}

/* "ID ID 1": each is only what it was. */
static void map(const char *path, uint64_t id)
{
	char text[64], *end = text + sizeof(text), *at = end;

	*--at = '1';
	*--at = ' ';
	at = bare_print(at, id);
	*--at = ' ';
	at = bare_print(at, id);
	put(path, at, (size_t)(end - at));
}

static void loopback(void)
{
	const struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	long fd = must(sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0),
		       "make a socket");

	must(sys(SYS_ioctl, fd, SIOCSIFFLAGS, &up), "raise lo");
}

/* ---- level 4 ---- */

#define EVERYTHING 0x1fff /* of the first ABI */
#define READ                                                                   \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |           \
	 LANDLOCK_ACCESS_FS_READ_DIR)

static void allow(long ruleset, const char *path, uint64_t access)
{
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = access,
		.parent_fd = (int)must(
			sys(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC),
			path),
	};

	must(sys(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
		 &rule, 0),
	     path);
}

static void landlock(void)
{
	const struct landlock_ruleset_attr attr = { .handled_access_fs =
							    EVERYTHING };
	long ruleset = must(sys(SYS_landlock_create_ruleset, &attr, 8, 0),
			    "make a ruleset");

	allow(ruleset, "/usr/bin", READ);
	allow(ruleset, "/usr/include", READ);
	allow(ruleset, "/usr/lib", READ);
	allow(ruleset, "/usr/lib64", READ);
	allow(ruleset, "/usr/local", READ);
	allow(ruleset, "/usr/sbin", READ);
	allow(ruleset, "/usr/share", READ);
	allow(ruleset, "/proc", READ);
	allow(ruleset, folder, READ);
	allow(ruleset, "/tmp", EVERYTHING);
	must(sys(SYS_landlock_restrict_self, ruleset, 0), "restrict");
}

/* ---- the levels ---- */

_Noreturn static void execute(char **argv)
{
	must(sys(SYS_execve, argv[0], argv, environment), "exec");
	bare_exit(126);
}

_Noreturn static void job(int level, char **argv, uint64_t uid, uint64_t gid,
			  int is_root)
{
	if (level >= 3) {
		put("/proc/self/setgroups", "deny", 4);
		map("/proc/self/uid_map", uid);
		map("/proc/self/gid_map", gid);
		loopback();
	} else {
		must(sys(SYS_mount, NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
		     "make mounts private");
	}
	root();
	if (level < 3 && is_root)
		drop();
	no_new_privs();
	if (level >= 4) {
		landlock();
		must(sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program),
		     "load the filter");
	}
	execute(argv);
}

/* The child has this stack until it execs; we wait. */
_Noreturn static void supervise(int level, char **argv, uint64_t uid,
				uint64_t gid, int is_root)
{
	long flags = CLONE_VM | CLONE_VFORK | SIGCHLD | CLONE_NEWNS |
		     CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS;
	int status = 0;
	long pid;

	find_folder(argv[0]);
	if (level >= 3) {
		flags |= CLONE_NEWUSER | CLONE_NEWNET;
		if (is_root) { /* as nobody it maps nobody itself */
			drop();
			must(sys(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0),
			     "prctl");
			uid = gid = NOBODY;
		}
	}
	limits();
	pid = must(sys(SYS_clone, flags, 0, 0, 0, 0), "clone");
	if (pid == 0)
		job(level, argv, uid, gid, is_root);
	must(sys(SYS_wait4, pid, &status, 0, NULL), "wait");
	bare_exit(status & 127 ? 128 + (status & 127) : status >> 8 & 255);
}

_Noreturn void bare_main(long argc, char **argv, const uint64_t *auxv)
{
	uint64_t uid = 0, gid = 0;
	long level;

	for (; auxv[0] != AT_NULL; auxv += 2) {
		uid = auxv[0] == AT_EUID ? auxv[1] : uid;
		gid = auxv[0] == AT_EGID ? auxv[1] : gid;
	}
	if (argc == 2 && bare_is(argv[1], "filter"))
		bare_exit(sys(SYS_write, 1, filter, sizeof(filter)) !=
			  sizeof(filter));
	if (argc < 4 || !bare_is(argv[2], "--")) {
		bare_say(2, "usage: floor LEVEL -- COMMAND ARGS\n");
		bare_exit(125);
	}
	level = bare_number(argv[1]);
	if (level >= 2)
		supervise((int)level, argv + 3, uid, gid, uid == 0);
	if (level == 1) {
		limits();
		if (uid == 0)
			drop();
		no_new_privs();
	}
	execute(argv + 3);
}
