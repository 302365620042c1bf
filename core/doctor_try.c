/* SPDX-License-Identifier: MIT */
/* The questions of doctor.h, and how each is tried. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/beside.h"
#include "core/cgroup.h"
#include "core/doctor.h"
#include "core/door.h"
#include "core/prepare.h"
#include "core/trust.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#define CALL_OPEN_TREE 428 /* from 424 on one number on all processors */
#define CALL_PIDFD_SEND_SIGNAL 424
#define CALL_IO_URING_SETUP 425
#define CALL_PIDFD_OPEN 434
#define CALL_CLONE3 435
#define CALL_CLOSE_RANGE 436
#define CALL_OPENAT2 437
#define CALL_MOUNT_SETATTR 442
#define CALL_LANDLOCK_CREATE_RULESET 444
#define CALL_LANDLOCK_RESTRICT_SELF 446
#define SET_MDWE 65		     /* PR_SET_MDWE */
#define MEMFD_NOEXEC_SEAL 8u	     /* MFD_NOEXEC_SEAL */
#define TREE_CLONE (1 | O_CLOEXEC)   /* OPEN_TREE_CLONE */
#define ATTR_RDONLY 1u		     /* MOUNT_ATTR_RDONLY */
#define ATTR_IDMAP 0x100000u	     /* MOUNT_ATTR_IDMAP */

/* ---- what a finding says ---- */

__attribute__((format(printf, 3, 4))) static void
say(struct finding *finding, enum answer answer, const char *format, ...)
{
	va_list args;

	finding->answer = answer;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

/* 0 or a call's -1, with its errno. */
static void judge(struct finding *finding, long rc, const char *what)
{
	if (rc >= 0)
		say(finding, ANSWER_YES, "%s", "");
	else
		say(finding, ANSWER_NO, "%s: %s", what, strerror(errno));
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	int code = errno;

	if (fd >= 0)
		close(fd);
	errno = code;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static bool read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n >= 0;
}

/* ---- namespaces ---- */

/* A user namespace with the caller's own ids, as a rootless stack has it. */
static int enter_user(const struct patient *patient)
{
	char map[64];

	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", (unsigned)patient->uid,
		 (unsigned)patient->uid);
	if (write_file("/proc/self/setgroups", "deny") < 0 ||
	    write_file("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "%u %u 1", (unsigned)patient->gid,
		 (unsigned)patient->gid);
	return write_file("/proc/self/gid_map", map);
}

/* As a stack makes them: for root as they are, for others in one of their own. */
static int enter(const struct patient *patient, uint64_t flags)
{
	if (!patient->is_root && enter_user(patient) < 0)
		return -1;
	return unshare((int)flags);
}

static void ask_user(const struct patient *patient, struct finding *finding)
{
	static const struct {
		const char *path, *is_off, *remedy;
	} knobs[] = {
		{ "/proc/sys/user/max_user_namespaces", "0",
		  "sysctl user.max_user_namespaces=15000" },
		{ "/proc/sys/kernel/unprivileged_userns_clone", "0",
		  "sysctl kernel.unprivileged_userns_clone=1" },
		{ "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1",
		  "an AppArmor profile for cordon with 'userns,', or sysctl "
		  "kernel.apparmor_restrict_unprivileged_userns=0" },
	};
	char text[32];
	int code;

	if (enter_user(patient) == 0) {
		say(finding, ANSWER_YES, "%s", "");
		return;
	}
	code = errno;
	for (size_t i = 0; i < CORDON_COUNT(knobs); i++)
		if (read_file(knobs[i].path, text, sizeof(text)) &&
		    !strncmp(text, knobs[i].is_off, 1) && text[1] == '\n') {
			say(finding, ANSWER_NO, "%s (say: %s)", strerror(code),
			    knobs[i].remedy);
			return;
		}
	say(finding, ANSWER_NO, "%s", strerror(code));
}

static void ask_namespace(const struct patient *patient,
			  struct finding *finding)
{
	judge(finding, enter(patient, patient->number), "unshare");
}

/* A folder to play in, which nobody else sees. */
static int enter_mounts(const struct patient *patient, uint64_t more)
{
	if (enter(patient, CLONE_NEWNS | more) < 0)
		return -1;
	if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV,
		     "size=64k");
}

/* Where AppArmor limits user namespaces, they can be made and do nothing. */
static void ask_mount(const struct patient *patient, struct finding *finding)
{
	judge(finding, enter_mounts(patient, 0), "a trial mount");
}

/* In pid 1 of a namespace; where parts of /proc are covered, the kernel lets
 * no user have another. */
static void ask_proc(const struct patient *patient, struct finding *finding)
{
	int status = 0;
	pid_t pid;

	if (enter_mounts(patient, CLONE_NEWPID) < 0) {
		judge(finding, -1, "namespaces");
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(mount("proc", "/proc", "proc", 0, NULL) == 0 ? 0
								    : errno);
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		judge(finding, -1, "fork");
		return;
	}
	errno = WEXITSTATUS(status);
	judge(finding, status == 0 ? 0 : -1, "mount of proc");
}

static void ask_overlay(const struct patient *patient, struct finding *finding)
{
	long rc = enter_mounts(patient, 0);

	if (rc == 0)
		rc = mkdir("/tmp/l", 0700) | mkdir("/tmp/u", 0700) |
		     mkdir("/tmp/w", 0700);
	if (rc == 0)
		rc = mount("overlay", "/tmp/l", "overlay", 0,
			   "lowerdir=/tmp/l,upperdir=/tmp/u,workdir=/tmp/w");
	judge(finding, rc, "mount of overlay");
}

struct attributes {
	uint64_t set, clear, propagation, userns_fd;
};

static void ask_mount_setattr(const struct patient *patient,
			      struct finding *finding)
{
	struct attributes attributes = { ATTR_RDONLY, 0, 0, 0 };
	long fd = enter_mounts(patient, 0);

	if (fd == 0)
		fd = syscall(CALL_OPEN_TREE, AT_FDCWD, "/tmp", TREE_CLONE);
	judge(finding, fd < 0 ? fd
			      : syscall(CALL_MOUNT_SETATTR, fd, "",
					AT_EMPTY_PATH, &attributes,
					sizeof(attributes)),
	      fd < 0 ? "open_tree" : "mount_setattr");
}

/* Another process's user namespace, from which the ids are taken. */
static int mapped_namespace(void)
{
	char path[64];
	int ready[2], fd = -1;
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER) < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)pid);
		if (write_file(path, "0 100000 1000") == 0) {
			snprintf(path, sizeof(path), "/proc/%d/gid_map",
				 (int)pid);
			if (write_file(path, "0 100000 1000") == 0) {
				snprintf(path, sizeof(path),
					 "/proc/%d/ns/user", (int)pid);
				fd = open(path, O_RDONLY | O_CLOEXEC);
			}
		}
	}
	if (pid > 0) {
		int code = errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		errno = code;
	}
	return fd;
}

static void ask_idmap(const struct patient *patient, struct finding *finding)
{
	struct attributes attributes = { ATTR_IDMAP, 0, 0, 0 };
	long tree, userns;

	if (!patient->is_root) {
		say(finding, ANSWER_NO, "only root can map the ids of a mount");
		return;
	}
	userns = mapped_namespace();
	tree = userns < 0 || enter_mounts(patient, 0) < 0
		       ? -1
		       : syscall(CALL_OPEN_TREE, AT_FDCWD, "/", TREE_CLONE);
	if (tree < 0) {
		judge(finding, -1, "namespaces");
		return;
	}
	attributes.userns_fd = (uint64_t)userns;
	judge(finding,
	      syscall(CALL_MOUNT_SETATTR, tree, "", AT_EMPTY_PATH, &attributes,
		      sizeof(attributes)),
	      "id-mapped mount of '/'");
}

/* ---- ids ---- */

/* The first range of the user in /etc/subuid or /etc/subgid. */
static bool find_range(const char *path, const char *name, uint32_t uid,
		       unsigned long *first, unsigned long *count)
{
	FILE *file = fopen(path, "re");
	char line[512], number[16];
	bool found = false;

	snprintf(number, sizeof(number), "%u", (unsigned)uid);
	while (file && !found && fgets(line, sizeof(line), file)) {
		size_t size = strcspn(line, ":");

		found = sscanf(line + size, ":%lu:%lu", first, count) == 2 &&
			*count > 0;
		line[size] = '\0';
		found = found && ((name && !strcmp(line, name)) ||
				  !strcmp(line, number));
	}
	if (file)
		fclose(file);
	return found;
}

static int run_tool(const char *tool, pid_t pid, uint32_t own,
		    unsigned long first, unsigned long count)
{
	char words[4][24], one[] = "1", zero[] = "0";
	char *argv[9] = { one, words[0], zero, words[1], one, one, words[2],
			  words[3], NULL };
	char *none[] = { NULL };
	int status = 0;
	pid_t helper = fork();

	if (helper == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		snprintf(words[0], sizeof(words[0]), "%d", (int)pid);
		snprintf(words[1], sizeof(words[1]), "%u", (unsigned)own);
		snprintf(words[2], sizeof(words[2]), "%lu", first);
		snprintf(words[3], sizeof(words[3]), "%lu", count);
		dup2(null, 1);
		dup2(null, 2);
		execve(tool, argv, none);
		_exit(127);
	}
	return helper > 0 && waitpid(helper, &status, 0) == helper &&
			       status == 0
		       ? 0
		       : -1;
}

/* Its maps are written by the tools, and it gives up all groups. */
static void ask_subids(const struct patient *patient, struct finding *finding)
{
	struct door_user user = { .name = NULL };
	struct cordon_error ignored = { 0 };
	unsigned long uids, n_uids, gids, n_gids;
	int ready[2], go[2], status = 0;
	pid_t pid;
	char byte;

	door_user_of(patient->prepared->arena, patient->uid, &user, &ignored);
	if (!find_range("/etc/subuid", user.name, patient->uid, &uids,
			&n_uids) ||
	    !find_range("/etc/subgid", user.name, patient->uid, &gids,
			&n_gids)) {
		say(finding, ANSWER_NO,
		    "no range of %s in /etc/subuid and /etc/subgid",
		    user.name ? user.name : "this uid");
		return;
	}
	if (access("/usr/bin/newuidmap", X_OK) < 0 ||
	    access("/usr/bin/newgidmap", X_OK) < 0) {
		say(finding, ANSWER_NO,
		    "a range of %lu ids, but no /usr/bin/newuidmap (package "
		    "uidmap)",
		    n_uids);
		return;
	}
	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(go, O_CLOEXEC) < 0) {
		judge(finding, -1, "pipe");
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		if (unshare(CLONE_NEWUSER) == 0 && write(ready[1], "", 1) == 1 &&
		    read(go[0], &byte, 1) == 1 && setgroups(0, NULL) == 0)
			_exit(0);
		_exit(1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) == 1 &&
	    run_tool("/usr/bin/newuidmap", pid, patient->uid, uids, n_uids) ==
		    0 &&
	    run_tool("/usr/bin/newgidmap", pid, patient->gid, gids, n_gids) ==
		    0 &&
	    write(go[1], "", 1) == 1 && waitpid(pid, &status, 0) == pid &&
	    status == 0) {
		say(finding, ANSWER_YES, "%lu ids from %lu on", n_uids, uids);
		return;
	}
	close(go[1]);
	say(finding, ANSWER_NO,
	    "newuidmap, newgidmap or setgroups fails in a user namespace");
}

static void ask_groups(const struct patient *patient, struct finding *finding)
{
	if (patient->is_root)
		judge(finding, setgroups(0, NULL), "setgroups");
	else if (getgroups(0, NULL) <= 0)
		say(finding, ANSWER_YES, "it has none to give up");
	else
		ask_subids(patient, finding);
}

/* ---- the process ---- */

/* A hard limit is lowered, and raised again. */
static void ask_resource(const struct patient *patient, struct finding *finding)
{
	struct rlimit limit = { 0, 0 }, before;

	(void)patient;
	if (getrlimit(RLIMIT_NICE, &before) < 0 ||
	    setrlimit(RLIMIT_NICE, &limit) < 0) {
		judge(finding, -1, "setrlimit");
		return;
	}
	limit.rlim_max = before.rlim_max > 0 ? before.rlim_max : 1;
	judge(finding, setrlimit(RLIMIT_NICE, &limit), "raising a hard limit");
}

static void ask_oom_floor(const struct patient *patient,
			  struct finding *finding)
{
	static const char path[] = "/proc/self/oom_score_adj";
	char before[16], lower[16];

	(void)patient;
	if (!read_file(path, before, sizeof(before))) {
		judge(finding, -1, path);
		return;
	}
	snprintf(lower, sizeof(lower), "%d", /* -1000 is the lowest */
		 atoi(before) > -1000 ? atoi(before) - 1 : -1000);
	if (write_file(path, lower) == 0)
		say(finding, ANSWER_YES, "%s", "");
	else
		say(finding, ANSWER_PARTLY,
		    "a job can lower its score to the inherited %d",
		    atoi(before));
}

static void ask_mdwe(const struct patient *patient, struct finding *finding)
{
	(void)patient;
	judge(finding, prctl(SET_MDWE, 1, 0, 0, 0), "prctl(PR_SET_MDWE)");
}

static void ask_keyring(const struct patient *patient, struct finding *finding)
{
	(void)patient;
	judge(finding,
	      syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0),
	      "keyctl");
}

/* In a session and a terminal of its own, without capabilities: 0 refused, 1
 * works, 2 there was none to try it in. */
static int type_to_terminal(const struct patient *patient)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *name;
	int fd = -1;

	if (master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0 &&
	    (name = ptsname(master)))
		fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || setsid() < 0 || ioctl(fd, TIOCSCTTY, 0) < 0 ||
	    (patient->is_root && setresuid(54321, 54321, 54321) < 0))
		return 2;
	return ioctl(fd, TIOCSTI, "x") == 0;
}

static void ask_no_tiocsti(const struct patient *patient,
			   struct finding *finding)
{
	int status = 2 << 8;
	pid_t pid = fork(); /* the leader of a group begins no session */

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGHUP, SIG_IGN);
		_exit(type_to_terminal(patient));
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status == 0)
		say(finding, ANSWER_YES, "the kernel refuses TIOCSTI");
	else if (status == 1 << 8)
		say(finding, ANSWER_NO, "TIOCSTI works");
	else
		say(finding, ANSWER_PARTLY, "no terminal to try it in");
}

/* ---- calls ---- */

static void ask_clone3(const struct patient *patient, struct finding *finding)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	long pid = syscall(CALL_CLONE3, &args, sizeof(args));

	(void)patient;
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	judge(finding, pid, "clone3");
}

/* A descriptor that is none is looked at only where the flag is known. */
static void ask_clone_into(const struct patient *patient,
			   struct finding *finding)
{
	uint64_t args[11] = { CLONE_INTO_CGROUP };
	long pid;

	(void)patient;
	args[4] = SIGCHLD;
	args[10] = 1023; /* cgroup */
	close(1023);
	pid = syscall(CALL_CLONE3, args, sizeof(args));
	if (pid == 0)
		_exit(0);
	if (pid < 0 && errno == EBADF)
		say(finding, ANSWER_YES, "%s", "");
	else
		judge(finding, -1, "clone3");
}

static void ask_close_range(const struct patient *patient,
			    struct finding *finding)
{
	(void)patient;
	judge(finding, syscall(CALL_CLOSE_RANGE, 900, 1000, 0), "close_range");
}

static void ask_pidfd(const struct patient *patient, struct finding *finding)
{
	long fd = syscall(CALL_PIDFD_OPEN, getpid(), 0);

	(void)patient;
	judge(finding, fd < 0 ? fd
			      : syscall(CALL_PIDFD_SEND_SIGNAL, fd, 0, NULL, 0),
	      fd < 0 ? "pidfd_open" : "pidfd_send_signal");
}

/* How one ended that its parent has reaped. */
static void ask_status(const struct patient *patient, struct finding *finding)
{
	pid_t pid = fork();
	int fd, status;

	(void)patient;
	if (pid == 0) {
		pause();
		_exit(1);
	}
	fd = pid > 0 ? (int)syscall(CALL_PIDFD_OPEN, pid, 0) : -1;
	if (fd < 0) {
		judge(finding, -1, pid < 0 ? "fork" : "pidfd_open");
		return;
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (beside_status(fd) == status)
		say(finding, ANSWER_YES, "by PIDFD_GET_INFO");
	else
		say(finding, ANSWER_NO,
		    "the kernel keeps it for the parent alone");
}

static void ask_openat2(const struct patient *patient, struct finding *finding)
{
	uint64_t how[3] = { O_PATH | O_CLOEXEC, 0, 0x10 /* RESOLVE_IN_ROOT */ };

	(void)patient;
	judge(finding, syscall(CALL_OPENAT2, AT_FDCWD, "/", how, sizeof(how)),
	      "openat2");
}

static void ask_memfd(const struct patient *patient, struct finding *finding)
{
	(void)patient;
	judge(finding, syscall(SYS_memfd_create, "doctor", MEMFD_NOEXEC_SEAL),
	      "memfd_create(MFD_NOEXEC_SEAL)");
}

static void ask_io_uring(const struct patient *patient,
			 struct finding *finding)
{
	uint64_t parameters[15] = { 0 };

	(void)patient;
	judge(finding, syscall(CALL_IO_URING_SETUP, 1, parameters),
	      "io_uring_setup");
	if (finding->answer == ANSWER_YES)
		say(finding, ANSWER_YES,
		    "jobs too, past their filters, where [seccomp] does not "
		    "deny io_uring_setup");
}

#if defined(__x86_64__)
/* A kernel that refuses it ends the process that asks, which leaves no core. */
static void ask_ia32(const struct patient *patient, struct finding *finding)
{
	const struct rlimit none = { 0, 0 };
	long rc = -1;
	int status = 0;
	pid_t pid = fork();

	(void)patient;
	if (pid == 0) {
		if (signal(SIGSEGV, SIG_DFL) == SIG_ERR ||
		    setrlimit(RLIMIT_CORE, &none) < 0 ||
		    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
			_exit(1);
		__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory");
		_exit(rc == getpid() ? 0 : 1);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		say(finding, ANSWER_YES,
		    "jobs too, where no [seccomp] refuses them");
	else
		say(finding, ANSWER_NO, "the kernel runs no 32-bit calls");
}

static void ask_x32(const struct patient *patient, struct finding *finding)
{
	(void)patient;
	judge(finding, syscall(0x40000000 + SYS_getpid), "an x32 call");
}
#else
static void ask_ia32(const struct patient *patient, struct finding *finding)
{
	(void)patient;
	say(finding, ANSWER_NO, "not on this processor");
}

static void ask_x32(const struct patient *patient, struct finding *finding)
{
	ask_ia32(patient, finding);
}
#endif

/* ---- filters ---- */

static void ask_seccomp(const struct patient *patient, struct finding *finding)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { 1, &allow };

	(void)patient;
	judge(finding,
	      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0
		      ? -1
		      : syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				&program),
	      "seccomp");
}

static void ask_landlock(const struct patient *patient, struct finding *finding)
{
	/* What came with each version that rules depend on. */
	static const struct {
		int abi;
		const char *what;
	} levels[] = {
		{ 2, "moving files between folders" },
		{ 3, "truncation" },
		{ 4, "tcp ports" },
		{ 5, "ioctl of devices" },
		{ 6, "scopes (signals, abstract sockets)" },
	};
	uint64_t rights = 4; /* reading files; in any version */
	long abi = syscall(CALL_LANDLOCK_CREATE_RULESET, NULL, 0, 1);
	long fd = syscall(CALL_LANDLOCK_CREATE_RULESET, &rights,
			  sizeof(rights), 0);
	size_t at;

	(void)patient;
	if (abi < 1 || fd < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(CALL_LANDLOCK_RESTRICT_SELF, fd, 0) < 0) {
		judge(finding, -1, "landlock");
		return;
	}
	say(finding, ANSWER_YES, "ABI %ld", abi);
	for (size_t i = 0; i < CORDON_COUNT(levels); i++) {
		if (levels[i].abi <= abi)
			continue;
		at = strlen(finding->text);
		snprintf(finding->text + at, sizeof(finding->text) - at,
			 "%s%s (%d)", finding->answer == ANSWER_YES ? ", without "
								    : ", ",
			 levels[i].what, levels[i].abi);
		finding->answer = ANSWER_PARTLY;
	}
}

/* ---- cgroups ---- */

/* The caller's own group of version 1 with that controller, or of version 2 (0);
 * NULL: it is in none, or it cannot be seen. */
static const char *find_own(const struct patient *patient, unsigned controller)
{
	struct arena *arena = patient->prepared->arena;
	struct cordon_error ignored = { 0 };
	struct cgroup_view view;
	size_t i = 0;

	cgroup_look(arena, &view);
	while (i < view.n && (controller ? !(view.hierarchy[i].controllers & controller)
					 : !view.hierarchy[i].is_v2))
		i++;
	return i < view.n ? cgroup_above(arena, &view.hierarchy[i], NULL, &ignored)
			  : NULL;
}

/* Makes a cgroup in the caller's own, and takes it away: 0, or an errno. */
static int try_folder(const char *own, const char *file, bool *has_file)
{
	char path[4096 + 64], inside[4096 + 128];
	int code;

	snprintf(path, sizeof(path), "%s/cordon-doctor.%d", own, (int)getpid());
	if (mkdir(path, 0700) < 0)
		return errno;
	snprintf(inside, sizeof(inside), "%s/%s", path, file);
	*has_file = access(inside, F_OK) == 0;
	code = rmdir(path) < 0 ? errno : 0;
	return code;
}

static const struct {
	const char *name;
	unsigned bit;
	const char *v1_file, *v2_file;
} controllers[] = {
	{ "memory", CGROUP_HAS_MEMORY, "memory.limit_in_bytes",
	  "memory.max" },
	{ "swap", CGROUP_HAS_MEMORY, "memory.memsw.limit_in_bytes",
	  "memory.swap.max" },
	{ "cpu", CGROUP_HAS_CPU, "cpu.cfs_quota_us", "cpu.max" },
	{ "pids", CGROUP_HAS_PIDS, "pids.max", "pids.max" },
	{ "io", CGROUP_HAS_IO, "blkio.throttle.read_bps_device",
	  "io.max" },
};

static void ask_controller(const struct patient *patient,
			   struct finding *finding)
{
	size_t i = 0;
	const char *own, *file, *version;
	bool has_file = false, is_v2 = false;
	int code;

	while (strcmp(controllers[i].name, patient->name))
		i++;
	own = find_own(patient, controllers[i].bit);
	if (!own) {
		own = find_own(patient, 0);
		is_v2 = own != NULL;
		if (!is_v2 || !(cgroup_controllers(patient->prepared->arena, own) &
				controllers[i].bit)) {
			say(finding, ANSWER_NO,
			    is_v2 ? "v2, but the controller is not in "
				    "'%s/cgroup.controllers'"
				  : "no hierarchy has this controller%.0s",
			    own);
			return;
		}
	}
	version = is_v2 ? "v2" : "v1";
	file = is_v2 ? controllers[i].v2_file : controllers[i].v1_file;
	code = try_folder(own, file, &has_file);
	if (code != 0)
		say(finding, ANSWER_NO, "%s, but '%s' is not ours to divide: %s",
		    version, own, strerror(code));
	else if (!has_file && is_v2)
		say(finding, ANSWER_PARTLY,
		    "v2, but not in the cgroup.subtree_control of '%s' yet",
		    own);
	else if (!has_file)
		say(finding, ANSWER_NO, "v1, but without %s", file);
	else
		say(finding, ANSWER_YES, "%s, below '%s'", version, own);
}

static void ask_cgroup_kill(const struct patient *patient,
			    struct finding *finding)
{
	const char *own = find_own(patient, 0);
	bool has_file = false;
	int code;

	if (!own) {
		say(finding, ANSWER_NO, "no cgroup v2 is mounted");
		return;
	}
	code = try_folder(own, "cgroup.kill", &has_file);
	if (code == 0 && has_file)
		say(finding, ANSWER_YES, "%s", "");
	else if (code == 0)
		say(finding, ANSWER_NO, "the kernel has none");
	else
		say(finding, ANSWER_NO, "'%s' is not ours to divide: %s", own,
		    strerror(code));
}

/* ---- places ---- */

static void ask_log(const struct patient *patient, struct finding *finding)
{
	const struct sockaddr_un log = { .sun_family = AF_UNIX,
					 .sun_path = "/dev/log" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)patient;
	judge(finding,
	      connect(fd, (const struct sockaddr *)&log, sizeof(log)),
	      "/dev/log");
}

static void ask_run_folder(const struct patient *patient,
			   struct finding *finding)
{
	char **environment = patient->prepared->request->environ;
	const char *folder = patient->is_root ? "/run" : NULL;
	struct stat st;

	for (size_t i = 0; !folder && environment[i]; i++)
		if (!strncmp(environment[i], "XDG_RUNTIME_DIR=/", 17))
			folder = environment[i] + 16;
	if (!folder)
		say(finding, ANSWER_NO, "XDG_RUNTIME_DIR is not set");
	else if (stat(folder, &st) < 0 || access(folder, W_OK) < 0)
		say(finding, ANSWER_NO, "%.200s: %s", folder, strerror(errno));
	else if (st.st_uid != patient->uid || st.st_mode & 022)
		say(finding, ANSWER_NO, "others can write '%.200s', or own it",
		    folder);
	else
		say(finding, ANSWER_YES, "%.200s", folder);
}

/* ---- the build ---- */

static void ask_static(const struct patient *patient, struct finding *finding)
{
	const struct place *place = &patient->prepared->place;
	struct cordon_error err = { 0 };
	int fd = trust_open_path(&place->trust, place->twin, &err);

	if (fd < 0) {
		say(finding, ANSWER_NO, "%s", err.text);
		return;
	}
	say(finding, ANSWER_YES, "a static first stage, and '%s'%s",
	    place->twin,
	    place->is_build_tree ? ", from the build tree" : "");
}

static void ask_modules(const struct patient *patient, struct finding *finding)
{
	struct loader *loader = &patient->prepared->loader;
	struct cordon_error err = { 0 };
	const char *const *names;
	size_t n = 0, inside = 0;
	bool is_right = loader_names(loader, &names, &n, &err) == 0;

	for (size_t i = 0; i < n && is_right; i++) {
		is_right = loader_open(loader, names[i], &err) != NULL;
		inside += loader_is_preloaded(loader, names[i]);
	}
	if (is_right)
		say(finding, ANSWER_YES,
		    "%zu, of them %zu part of the program", n, inside);
	else
		say(finding, ANSWER_NO, "%s", err.text);
}

/* ---- the table ---- */

#define NAMESPACE_REMEDY                                                       \
	"a kernel with this namespace; for a user, user namespaces"
#define DELEGATE                                                               \
	"start cordon in a delegated cgroup (systemd: Delegate=yes, or "       \
	"systemd-run --user --scope), or as root"

const struct question doctor_questions[] = {
	{ "cordon", "program", ask_static, 0,
	  "modules that are not part of it, and foreign user databases, cannot "
	  "be used",
	  "install cordon again" },
	{ "cordon", "modules", ask_modules, 0, "stacks that name it refuse",
	  "mend the owner or mode of that file" },
	{ "cordon", "clone3", ask_clone3, 0, "an older call is used", NULL },
	{ "cordon", "close_range", ask_close_range, 0,
	  "descriptors are closed one by one", NULL },
	{ "cordon", "pidfd", ask_pidfd, 0, "no job can be supervised",
	  "Linux 5.3" },
	{ "cordon", "pidfd-status", ask_status, 0,
	  "the record of parent = beside may say 'ended' and not how",
	  "Linux 6.15" },
	{ "namespaces", "user", ask_user, 0,
	  "only root can use namespaces, mounts and tmp", NULL },
	{ "namespaces", "mount", ask_mount, 0, "no mounts, tmp, root, hide",
	  "where AppArmor limits user namespaces: a profile for cordon" },
	{ "namespaces", "pid", ask_namespace, CLONE_NEWPID,
	  "a job sees and can outlive others' processes", NAMESPACE_REMEDY },
	{ "namespaces", "net", ask_namespace, CLONE_NEWNET,
	  "jobs keep the network", NAMESPACE_REMEDY },
	{ "namespaces", "ipc", ask_namespace, CLONE_NEWIPC,
	  "jobs share System V objects", NAMESPACE_REMEDY },
	{ "namespaces", "uts", ask_namespace, CLONE_NEWUTS, "no hostname",
	  NAMESPACE_REMEDY },
	{ "namespaces", "cgroup", ask_namespace, CLONE_NEWCGROUP,
	  "jobs see the host's cgroup paths", NAMESPACE_REMEDY },
	{ "namespaces", "time", ask_namespace, CLONE_NEWTIME,
	  "no clocks of their own", NAMESPACE_REMEDY },
	{ "namespaces", "subids", ask_subids, 0, "no map = subids",
	  "package uidmap, and usermod --add-subuids --add-subgids" },
	{ "user", "give-up-groups", ask_groups, 0,
	  "a rootless job keeps its groups; groups = none refuses",
	  "package uidmap, and usermod --add-subgids" },
	{ "mounts", "proc", ask_proc, 0,
	  "new = pid has no /proc of its own and refuses",
	  "in a container: one whose /proc is not masked" },
	{ "mounts", "mount_setattr", ask_mount_setattr, 0,
	  "no mounts at all", "Linux 5.12" },
	{ "mounts", "id-mapped", ask_idmap, 0, "no own =",
	  "root, Linux 5.12, a filesystem that knows it" },
	{ "mounts", "overlay", ask_overlay, 0, "no overlay =",
	  "the module overlay; for a user Linux 5.11" },
	{ "mounts", "openat2", ask_openat2, 0,
	  "paths are resolved step by step", "Linux 5.6" },
	{ "rlimits", "raise-hard", ask_resource, 0,
	  "a limit above the inherited hard one refuses", "CAP_SYS_RESOURCE" },
	{ "process", "oom-score-floor", ask_oom_floor, 0,
	  "a job can go back to the score it inherited", "CAP_SYS_RESOURCE" },
	{ "process", "wx", ask_mdwe, 0, "wx = refuse refuses the job",
	  "Linux 6.3" },
	{ "process", "keyring", ask_keyring, 0, "jobs get no keyring of theirs",
	  "a kernel with keys" },
	{ "process", "no-tiocsti", ask_no_tiocsti, 0,
	  "a job can type into a terminal that it keeps: say session = new",
	  "sysctl dev.tty.legacy_tiocsti=0" },
	{ "landlock", "landlock", ask_landlock, 0, "no [landlock]",
	  "Linux 5.13, with landlock in lsm=" },
	{ "seccomp", "filter", ask_seccomp, 0, "no [seccomp]",
	  "a kernel with seccomp filters" },
	{ "seccomp", "ia32-calls", ask_ia32, 0, "one way in less", NULL },
	{ "seccomp", "x32-calls", ask_x32, 0, "one way in less", NULL },
	{ "seccomp", "io_uring", ask_io_uring, 0, "one way in less",
	  NULL },
	{ "scripts", "memfd-noexec", ask_memfd, 0,
	  "memory files can be run", "Linux 6.3" },
	{ "cgroup", "memory", ask_controller, 0, "no memory =", DELEGATE },
	{ "cgroup", "swap", ask_controller, 0, "no swap =", DELEGATE },
	{ "cgroup", "cpu", ask_controller, 0, "no cpu =", DELEGATE },
	{ "cgroup", "pids", ask_controller, 0, "no pids =", DELEGATE },
	{ "cgroup", "io", ask_controller, 0, "no io =", DELEGATE },
	{ "cgroup", "kill", ask_cgroup_kill, 0,
	  "a tree is ended process by process", "Linux 5.14, cgroup v2" },
	{ "cgroup", "clone-into", ask_clone_into, 0,
	  "jobs are moved after their start", "Linux 5.7" },
	{ "tmp", "run-folder", ask_run_folder, 0,
	  "dir = needs a base", "a session with XDG_RUNTIME_DIR, or base =" },
	{ "record", "syslog", ask_log, 0, "no syslog =",
	  "start a syslog daemon" },
};
const unsigned doctor_n_questions = CORDON_COUNT(doctor_questions);
