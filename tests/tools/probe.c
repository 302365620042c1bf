/* SPDX-License-Identifier: MIT */
/*
 * probe - the job that says what it was given
 *
 *	probe audit [KEY...]	one "key value" line per fact, all or those named
 *	probe COMMAND ARGS	tries one thing and says "WHAT ok" or "WHAT ERRNO"
 *
 * Linked statically and without need of /proc: facts come from raw calls where
 * there is one, so it also runs in an empty root.  What only /proc tells is "-"
 * when it is missing.  Attacks report; it is the test that judges.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_FD 65536

static char **wanted;
static int program_argc;
static char **program_argv;
extern char **environ;

/* ---- printing ---- */

static int want(const char *key)
{
	if (!wanted || !*wanted)
		return 1;
	for (char **w = wanted; *w; w++)
		if (strcmp(*w, key) == 0)
			return 1;
	return 0;
}

static void escaped(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c == '\\' || *c < ' ' || *c > '~')
			printf("\\x%02x", *c);
		else
			putchar(*c);
}

static const char *errno_name(int number)
{
	const char *name = strerrorname_np(number);

	return name ? name : "E?";
}

/* "WHAT ok" or "WHAT ERRNO"; passes the result on. */
static long say(const char *what, long result)
{
	printf("%s %s\n", what, result < 0 ? errno_name(errno) : "ok");
	return result;
}

/* ---- facts ---- */

static void audit_ids(void)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;
	gid_t groups[1024];

	getresuid(&r, &e, &s);
	getresgid(&rg, &eg, &sg);
	if (want("uid"))
		printf("uid %u %u %u %ld\n", r, e, s,
		       syscall(SYS_setfsuid, -1));
	if (want("gid"))
		printf("gid %u %u %u %ld\n", rg, eg, sg,
		       syscall(SYS_setfsgid, -1));
	if (want("groups")) {
		int n = getgroups(COUNT(groups), groups);

		printf("groups");
		for (int i = 0; i < n; i++)
			printf(" %u", groups[i]);
		putchar('\n');
	}
}

static void audit_caps(void)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2] = { 0 };
	uint64_t bounding = 0, ambient = 0;

	syscall(SYS_capget, &head, data);
	for (int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= UINT64_C(1) << cap;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) ==
		    1)
			ambient |= UINT64_C(1) << cap;
	}
#define JOIN(f) ((uint64_t)data[1].f << 32 | data[0].f)
	if (want("cap_inh"))
		printf("cap_inh %016lx\n", JOIN(inheritable));
	if (want("cap_prm"))
		printf("cap_prm %016lx\n", JOIN(permitted));
	if (want("cap_eff"))
		printf("cap_eff %016lx\n", JOIN(effective));
	if (want("cap_bnd"))
		printf("cap_bnd %016lx\n", bounding);
	if (want("cap_amb"))
		printf("cap_amb %016lx\n", ambient);
	if (want("securebits"))
		printf("securebits %d\n", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	if (want("no_new_privs"))
		printf("no_new_privs %d\n",
		       prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	if (want("seccomp"))
		printf("seccomp %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
}

struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static void audit_signals(void)
{
	uint64_t blocked = 0, ignored = 0, caught = 0, pending = 0;
	struct itimerval timer = { 0 };

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &blocked, 8);
	syscall(SYS_rt_sigpending, &pending, 8);
	for (int sig = 1; sig <= 64; sig++) {
		struct kernel_sigaction act = { 0 };

		if (syscall(SYS_rt_sigaction, sig, NULL, &act, 8) < 0)
			continue;
		if (act.handler == (void *)SIG_IGN)
			ignored |= UINT64_C(1) << (sig - 1);
		else if (act.handler != (void *)SIG_DFL)
			caught |= UINT64_C(1) << (sig - 1);
	}
	if (want("sigblk"))
		printf("sigblk %016lx\n", blocked);
	if (want("sigign"))
		printf("sigign %016lx\n", ignored);
	if (want("sigcgt"))
		printf("sigcgt %016lx\n", caught);
	if (want("sigpnd"))
		printf("sigpnd %016lx\n", pending);
	if (want("itimer")) {
		long left = 0;

		for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
			getitimer(which, &timer);
			left += timer.it_value.tv_sec + timer.it_value.tv_usec +
				timer.it_interval.tv_sec +
				timer.it_interval.tv_usec;
		}
		printf("itimer %s\n", left ? "set" : "0");
	}
}

static const char *const limit_names[] = {
	"cpu",	 "fsize",  "data",	 "stack",    "core", "rss",
	"nproc", "nofile", "memlock",	 "as",	     "locks", "sigpending",
	"msgqueue", "nice", "rtprio",	 "rttime",
};

static void limit_value(rlim_t value)
{
	if (value == RLIM_INFINITY)
		printf("unlimited");
	else
		printf("%lu", (unsigned long)value);
}

static void audit_limits(void)
{
	for (size_t i = 0; i < COUNT(limit_names); i++) {
		struct rlimit limit = { 0 };
		char key[32];

		snprintf(key, sizeof(key), "limit_%s", limit_names[i]);
		if (!want(key) && !want("limits"))
			continue;
		getrlimit(i, &limit);
		printf("%s ", key);
		limit_value(limit.rlim_cur);
		putchar(':');
		limit_value(limit.rlim_max);
		putchar('\n');
	}
}

static void file_fact(const char *key, const char *path)
{
	char text[256];
	ssize_t n;
	int fd;

	if (!want(key))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	printf("%s %s\n", key, n < 0 ? "-" : text);
}

static void audit_process(void)
{
	mode_t mask = umask(0);
	unsigned long cpus[16] = { 0 };
	int signal = 0;

	umask(mask);
	if (want("umask"))
		printf("umask %04o\n", mask);
	errno = 0;
	if (want("nice"))
		printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	if (want("ioprio"))
		printf("ioprio %ld\n", syscall(SYS_ioprio_get, 1, 0));
	if (want("cpus")) {
		long n = syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);

		printf("cpus");
		for (long i = 0; i < n * 8; i++)
			if (cpus[i / 64] >> i % 64 & 1)
				printf(" %ld", i);
		putchar('\n');
	}
	if (want("scheduler"))
		printf("scheduler %d\n", sched_getscheduler(0));
	file_fact("oom_score_adj", "/proc/self/oom_score_adj");
	if (want("personality"))
		printf("personality %lx\n", syscall(SYS_personality, 0xffffffffUL));
	if (want("timerslack"))
		printf("timerslack %d\n", prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0));
	prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
	if (want("pdeathsig"))
		printf("pdeathsig %d\n", signal);
	if (want("dumpable"))
		printf("dumpable %d\n", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	prctl(PR_GET_CHILD_SUBREAPER, &signal, 0, 0, 0);
	if (want("subreaper"))
		printf("subreaper %d\n", signal);
	if (want("pid"))
		printf("pid %d\n", getpid());
	if (want("ppid"))
		printf("ppid %d\n", getppid());
	if (want("pgid"))
		printf("pgid %d\n", getpgid(0));
	if (want("sid"))
		printf("sid %d\n", getsid(0));
	if (want("children")) {
		siginfo_t info;
		int result = waitid(P_ALL, 0, &info,
				    WEXITED | WNOHANG | WNOWAIT);

		printf("children %s\n", result < 0 ? errno_name(errno) : "some");
	}
	if (want("tty")) {
		int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

		printf("tty %s\n", fd < 0 ? errno_name(errno) : "ok");
		if (fd >= 0)
			close(fd);
	}
	if (want("cwd")) {
		static char path[65536];

		printf("cwd ");
		if (syscall(SYS_getcwd, path, sizeof(path)) < 0)
			printf("%s", errno_name(errno));
		else
			escaped(path);
		putchar('\n');
	}
}

static void audit_namespaces(void)
{
	static const char *const names[] = { "user", "mnt",    "pid", "net",
					     "ipc",  "uts",    "cgroup",
					     "time" };

	for (size_t i = 0; i < COUNT(names); i++) {
		char key[32], path[64];
		struct stat st;

		snprintf(key, sizeof(key), "ns_%s", names[i]);
		if (!want(key) && !want("ns"))
			continue;
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		if (stat(path, &st) < 0)
			printf("%s -\n", key);
		else
			printf("%s %lu\n", key, (unsigned long)st.st_ino);
	}
	/* those that differ from the list in PROBE_NS, " user=1 mnt=2 " */
	if (want("nsdiff")) {
		printf("nsdiff");
		for (size_t i = 0; i < COUNT(names); i++) {
			char path[64], text[64], outside[64];
			const char *list = getenv("PROBE_NS");
			struct stat st;

			snprintf(path, sizeof(path), "/proc/self/ns/%s",
				 names[i]);
			if (stat(path, &st) < 0)
				continue;
			snprintf(text, sizeof(text), " %s=%lu ", names[i],
				 (unsigned long)st.st_ino);
			snprintf(outside, sizeof(outside), " %s=", names[i]);
			if (!list || !strstr(list, outside) ||
			    !strstr(list, text))
				printf(" %s", names[i]);
		}
		putchar('\n');
	}
	if (want("hostname")) {
		char name[256] = "";

		gethostname(name, sizeof(name) - 1);
		printf("hostname %s\n", name);
	}
}

/* One past the highest open one: by /proc where it is there, else all are tried. */
static int end_of_fds(void)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;
	int end = 0;

	if (!list)
		return MAX_FD;
	while ((entry = readdir(list)))
		if (atoi(entry->d_name) >= end && atoi(entry->d_name) != dirfd(list))
			end = atoi(entry->d_name) + 1;
	closedir(list);
	return end ? end : MAX_FD;
}

static void audit_fds(void)
{
	int end = want("fd") ? end_of_fds() : 0;

	for (int fd = 0; fd < end; fd++) {
		struct stat st;
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0)
			continue;
		if (fstat(fd, &st) < 0) {
			printf("fd %d ?\n", fd);
			continue;
		}
		printf("fd %d %u:%u:%lu mode=%o flags=%o%s", fd,
		       major(st.st_dev), minor(st.st_dev),
		       (unsigned long)st.st_ino, st.st_mode,
		       fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND | O_NONBLOCK),
		       flags & FD_CLOEXEC ? " cloexec" : "");
		if (S_ISCHR(st.st_mode))
			printf(" dev=%u:%u", major(st.st_rdev),
			       minor(st.st_rdev));
		putchar('\n');
	}
}

static void audit_lists(void)
{
	if (want("env"))
		for (char **e = environ; *e; e++) {
			printf("env ");
			escaped(*e);
			putchar('\n');
		}
	if (want("argc"))
		printf("argc %d\n", program_argc);
	if (want("argv"))
		for (int i = 0; i < program_argc; i++) {
			printf("argv %d ", i);
			escaped(program_argv[i]);
			putchar('\n');
		}
	if (want("mount")) {
		FILE *mounts = fopen("/proc/self/mountinfo", "re");
		static char line[16384];

		if (!mounts) {
			printf("mount -\n");
			return;
		}
		/* without the three ids, which differ from run to run */
		while (fgets(line, sizeof(line), mounts)) {
			char *rest = line;

			for (int i = 0; i < 3 && rest; i++)
				rest = strchr(rest + 1, ' ');
			printf("mount%s", rest ? rest : "?\n");
		}
		fclose(mounts);
	}
}

static void audit_cgroups(void)
{
	char line[4096];
	FILE *file = want("cgroup") ? fopen("/proc/self/cgroup", "re") : NULL;

	while (file && fgets(line, sizeof(line), file))
		printf("cgroup %s", line);
	if (file)
		fclose(file);
}

static int audit(char **keys)
{
	/* first: what follows must not add descriptors to the list */
	wanted = keys;
	audit_fds();
	audit_ids();
	audit_caps();
	audit_signals();
	audit_limits();
	audit_process();
	audit_namespaces();
	audit_cgroups();
	audit_lists();
	return 0;
}

/* auditto FD KEY...: where no stdio leads anywhere */
static int act_audit_to(char **arg)
{
	FILE *to = fdopen(atoi(arg[0]), "w");

	if (!to)
		return 97;
	stdout = to;
	return audit(arg + 1);
}

/* auditcrash KEY...: and then it ends by a signal, without a core */
static int act_audit_crash(char **arg)
{
	audit(arg);
	fflush(stdout);
	kill(getpid(), SIGUSR1);
	return 97;
}

/* ---- attacks and other acts; each gets its arguments ---- */

static int act_setuid0(char **arg)
{
	(void)arg;
	/* all are tried; a success of the first would make the rest easy */
	say("setuid", setuid(0));
	say("setgid", setgid(0));
	say("setresuid", setresuid(-1, 0, -1));
	say("setresgid", setresgid(-1, 0, -1));
	say("setgroups", syscall(SYS_setgroups, 0, NULL));
	say("securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	return 0;
}

/* open PATH r|w|rw|create|list|read */
static int act_open(char **arg)
{
	const char *mode = arg[1] ? arg[1] : "r";
	int flags = strcmp(mode, "w") == 0 ? O_WRONLY :
		    strcmp(mode, "rw") == 0 ? O_RDWR :
		    strcmp(mode, "create") == 0 ? O_WRONLY | O_CREAT | O_EXCL :
						  O_RDONLY;
	int fd = open(arg[0], flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
	char byte;

	if (fd < 0 || strcmp(mode, "read") != 0)
		return say("open", fd), fd < 0;
	/* read: says how many bytes came, at most one */
	{
		ssize_t n = read(fd, &byte, 1);

		if (n < 0)
			printf("open %s\n", errno_name(errno));
		else
			printf("open %s\n", n ? "data" : "empty");
	}
	return 0;
}

static int act_stat(char **arg)
{
	struct stat st;

	if (stat(arg[0], &st) < 0)
		return say("stat", -1), 1;
	printf("stat %u:%u %lu mode=%o owner=%u:%u\n", major(st.st_dev),
	       minor(st.st_dev), (unsigned long)st.st_ino, st.st_mode,
	       st.st_uid, st.st_gid);
	return 0;
}

static int act_statvfs(char **arg)
{
	struct statvfs fs;

	if (statvfs(arg[0], &fs) < 0)
		return say("statvfs", -1), 1;
	printf("statvfs%s%s%s%s\n", fs.f_flag & ST_RDONLY ? " ro" : " rw",
	       fs.f_flag & ST_NOSUID ? " nosuid" : "",
	       fs.f_flag & ST_NODEV ? " nodev" : "",
	       fs.f_flag & ST_NOEXEC ? " noexec" : "");
	return 0;
}

static int act_kill(char **arg)
{
	return say("kill", kill(atoi(arg[0]), atoi(arg[1]))) < 0;
}

static int act_tiocsti(char **arg)
{
	char byte = 'Z';
	char linux_request[2] = { 2, 0 };

	(void)arg;
	say("tiocsti", syscall(SYS_ioctl, 0, TIOCSTI, &byte));
	say("tiocsti_high",
	    syscall(SYS_ioctl, 0, TIOCSTI | UINT64_C(1) << 32, &byte));
	say("tioclinux", syscall(SYS_ioctl, 0, TIOCLINUX, linux_request));
	return 0;
}

/* mounts PATH: undo the mount on PATH, here or after entering namespaces of our own */
static int act_mounts(char **arg)
{
	struct mount_attr clear = { .attr_clr = MOUNT_ATTR_RDONLY };
	const char *path = arg[0];

	if (arg[1] && strcmp(arg[1], "nested") == 0 &&
	    say("unshare", unshare(CLONE_NEWUSER | CLONE_NEWNS)) < 0)
		return 0;
	say("remount", mount(NULL, path, NULL,
			     MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL));
	say("mount_setattr", syscall(SYS_mount_setattr, AT_FDCWD, path,
				     0x8000 /* AT_RECURSIVE */, &clear,
				     sizeof(clear)));
	say("umount", umount2(path, 0));
	say("detach", umount2(path, MNT_DETACH));
	say("move", mount(path, "/tmp", NULL, MS_MOVE, NULL));
	say("tmpfs", mount("none", "/tmp", "tmpfs", 0, NULL));
	return 0;
}

/* mount proc read-write in a nested user and pid namespace */
static int act_nestedproc(char **arg)
{
	int status;

	(void)arg;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) < 0)
		return say("nestedproc", -1), 0;
	fflush(stdout);
	if (fork() == 0) {
		say("nestedproc", mount("proc", "/proc", "proc", 0, NULL));
		fflush(stdout);
		_exit(0);
	}
	wait(&status);
	return 0;
}

static int act_trace(char **arg)
{
	pid_t pid = arg[0] ? atoi(arg[0]) : getppid();
	char buffer[8], path[64];
	struct iovec here = { buffer, sizeof(buffer) };
	struct iovec there = { (void *)environ, sizeof(buffer) };
	static const char *const files[] = { "environ", "mem", "maps", "fd",
					     "root", "cwd", "exe" };
	int pidfd = syscall(SYS_pidfd_open, pid, 0);

	if (say("ptrace", ptrace(PTRACE_SEIZE, pid, NULL, NULL)) == 0)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	say("vm_readv", process_vm_readv(pid, &here, 1, &there, 1, 0));
	say("kcmp", syscall(SYS_kcmp, getpid(), pid, 2, 0, 0));
	say("pidfd_getfd", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
	for (size_t i = 0; i < COUNT(files); i++) {
		char what[32];

		snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		snprintf(what, sizeof(what), "open_%s", files[i]);
		say(what, open(path, O_RDONLY | O_CLOEXEC));
	}
	return 0;
}

static int holds(const char *path, const char *text)
{
	static char data[1 << 20];
	size_t size = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	while (size < sizeof(data) &&
	       (n = read(fd, data + size, sizeof(data) - size)) > 0)
		size += n;
	close(fd);
	return memmem(data, size, text, strlen(text)) != NULL;
}

/*
 * secrets TEXT [PID...]: prints the files below /proc, of all processes or those
 * named, that hold TEXT; the own ones don't count.  TEXT is given without its
 * last letter and that letter apart, so that our own arguments don't match.
 */
static int act_secrets(char **arg)
{
	static const char *const files[] = { "environ", "cmdline" };
	char text[256], path[300];
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	int found = 0;

	snprintf(text, sizeof(text), "%s%s", arg[0], arg[1]);
	while (proc && (entry = readdir(proc))) {
		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    atoi(entry->d_name) == getpid())
			continue;
		if (arg[2]) {
			char **pid = arg + 2;

			while (*pid && strcmp(*pid, entry->d_name) != 0)
				pid++;
			if (!*pid)
				continue;
		}
		for (size_t i = 0; i < COUNT(files); i++) {
			snprintf(path, sizeof(path), "/proc/%s/%s",
				 entry->d_name, files[i]);
			if (holds(path, text)) {
				printf("secret %s\n", path);
				found = 1;
			}
		}
	}
	printf("secrets %s\n", proc ? found ? "found" : "none" : "no-proc");
	return 0;
}

/* the classic: a chroot inside a chroot, and out by ".." */
static int act_escape(char **arg)
{
	int root = open("/", O_RDONLY | O_DIRECTORY);
	struct stat st;

	(void)arg;
	mkdir("/tmp/escape", 0700);
	if (say("chroot", chroot("/tmp/escape")) < 0 && chroot("/tmp") < 0 &&
	    chroot("/") < 0)
		return 0;
	if (fchdir(root) < 0)
		return say("fchdir", -1), 0;
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			return say("chdir", -1), 0;
	say("chroot_out", chroot("."));
	if (stat("/", &st) == 0)
		printf("root %u:%u %lu\n", major(st.st_dev), minor(st.st_dev),
		       (unsigned long)st.st_ino);
	return 0;
}

/* mknod PATH MAJOR MINOR [b]: make it and open it */
static int act_mknod(char **arg)
{
	mode_t kind = arg[3] ? S_IFBLK : S_IFCHR;
	int made = mknod(arg[0], kind | 0666,
			 makedev(atoi(arg[1]), atoi(arg[2])));

	say("mknod", made);
	if (made == 0) {
		say("open", open(arg[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK));
		unlink(arg[0]);
	}
	return 0;
}

/* raise every limit that isn't unlimited */
static int act_raise_limits(char **arg)
{
	(void)arg;
	for (size_t i = 0; i < COUNT(limit_names); i++) {
		struct rlimit limit;
		char what[32];

		getrlimit(i, &limit);
		if (limit.rlim_max == RLIM_INFINITY)
			continue;
		limit.rlim_max++;
		snprintf(what, sizeof(what), "raise_%s", limit_names[i]);
		say(what, setrlimit(i, &limit));
	}
	return 0;
}

#ifndef KEYCTL_GET_KEYRING_ID
#define KEYCTL_GET_KEYRING_ID 0
#define KEYCTL_READ 11
#define KEYCTL_SEARCH 10
#endif

/* keys NAME SERIAL: the session keyring, and a key that the launcher planted */
static int act_keys(char **arg)
{
	char buffer[64];

	printf("session_keyring %ld\n",
	       syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, -3, 0));
	say("search_session",
	    syscall(SYS_keyctl, KEYCTL_SEARCH, -3, "user", arg[0], 0));
	say("search_user",
	    syscall(SYS_keyctl, KEYCTL_SEARCH, -4, "user", arg[0], 0));
	if (arg[1])
		say("read", syscall(SYS_keyctl, KEYCTL_READ, atoi(arg[1]),
				    buffer, sizeof(buffer)));
	return 0;
}

static int act_lower_oom(char **arg)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	say("open", fd);
	if (fd >= 0)
		say("write", write(fd, arg[0], strlen(arg[0])));
	return 0;
}

static int act_geteuid(char **arg)
{
	(void)arg;
	printf("euid %u\n", geteuid());
	return 0;
}

static int act_exit(char **arg)
{
	return atoi(arg[0]);
}

static int act_raise(char **arg)
{
	int sig = atoi(arg[0]);

	if (sig == SIGSEGV && arg[1])
		*(volatile int *)arg[1] = *(volatile int *)(uintptr_t)8;
	if (sig == SIGABRT && arg[1])
		abort();
	/* raw: libc keeps two for itself */
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), sig);
	return 99;
}

static int act_sleep(char **arg)
{
	struct timespec time = { atoi(arg[0]), 0 };

	while (nanosleep(&time, &time) < 0)
		;
	return 0;
}

/* mark PATH [TEXT]: says by a file that the job ran */
static int act_mark(char **arg)
{
	int fd = open(arg[0], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		return 98;
	if (arg[1] && write(fd, arg[1], strlen(arg[1])) < 0)
		return 98;
	return 0;
}

static void ready(char *path)
{
	char *arg[] = { path, NULL };

	if (path)
		act_mark(arg);
}

/* daemonize CODE SECONDS [READY]: leave a stubborn daemon behind, end with CODE */
static int act_daemonize(char **arg)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0) {
			signal(SIGTERM, SIG_IGN);
			signal(SIGHUP, SIG_IGN);
			for (int fd = 0; fd < 3; fd++)
				close(fd);
			ready(arg[2]);
			act_sleep(arg + 1);
			_exit(0);
		}
		_exit(0);
	}
	wait(NULL);
	while (arg[2] && access(arg[2], F_OK) < 0)
		usleep(1000);
	return atoi(arg[0]);
}

/* session SECONDS [READY]: sleep, with a child in a session of its own */
static int act_session(char **arg)
{
	if (fork() == 0) {
		setsid();
		ready(arg[1]);
		act_sleep(arg);
		_exit(0);
	}
	return act_sleep(arg);
}

/* trap SIGNAL CODE READY: end with CODE when SIGNAL comes */
static volatile sig_atomic_t trapped;
static void on_trap(int sig)
{
	trapped = sig;
}
static int act_trap(char **arg)
{
	sigset_t all;

	sigemptyset(&all);
	signal(atoi(arg[0]), on_trap);
	ready(arg[2]);
	while (!trapped)
		usleep(1000);
	return atoi(arg[1]);
}

/* catch FILE: write the number of each signal that comes to FILE; end at USR2 */
static int act_catch(char **arg)
{
	sigset_t all;
	siginfo_t info;

	sigfillset(&all);
	sigdelset(&all, SIGTSTP);
	sigprocmask(SIG_SETMASK, &all, NULL);
	ready(arg[0]);
	for (;;) {
		char text[16];
		char *line[] = { arg[0], text, NULL };
		int sig = sigwaitinfo(&all, &info);

		if (sig < 0)
			continue;
		snprintf(text, sizeof(text), "%d\n", sig);
		act_mark(line);
		if (sig == SIGUSR2)
			return 0;
	}
}

/* kill(0): the group of the job and no more */
static int act_kill_group(char **arg)
{
	signal(atoi(arg[0]), SIG_IGN);
	return say("kill", kill(0, atoi(arg[0]))) < 0;
}

static int act_rawargs(char **arg)
{
	for (; *arg; arg++)
		fwrite(*arg, 1, strlen(*arg) + 1, stdout);
	return 0;
}

/* open: the number that the next descriptor gets */
static int act_firstfd(char **arg)
{
	(void)arg;
	printf("firstfd %d\n", open("/", O_RDONLY));
	return 0;
}

/* race A B READY: exchange the two names until somebody ends us */
static int act_race(char **arg)
{
	ready(arg[2]);
	for (;;)
		if (renameat2(AT_FDCWD, arg[0], AT_FDCWD, arg[1],
			      RENAME_EXCHANGE) < 0)
			return say("race", -1), 1;
}

/* wx: memory that is writable and executable, at once or one after the other */
static int act_wx(char **arg)
{
	int rw = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *page = mmap(NULL, 4096, rw, flags, -1, 0);

	(void)arg;
	say("mprotect", mprotect(page, 4096, PROT_READ | PROT_EXEC));
	page = mmap(NULL, 4096, rw | PROT_EXEC, flags, -1, 0);
	say("mmap", page == MAP_FAILED ? -1 : 0);
	say("clear", prctl(65 /* PR_SET_MDWE */, 0, 0, 0, 0));
	return 0;
}

/* ---- what costs, and what does not want to end ---- */

static long long used_us(int is_sys)
{
	struct rusage usage;
	struct timeval *time = is_sys ? &usage.ru_stime : &usage.ru_utime;

	getrusage(RUSAGE_SELF, &usage);
	return time->tv_sec * 1000000LL + time->tv_usec;
}

/* burn user|sys MS: that much processor time of that kind */
static int act_burn(char **arg)
{
	static char buffer[65536];
	int is_sys = strcmp(arg[0], "sys") == 0;
	long long most = atoll(arg[1]) * 1000;

	while (used_us(is_sys) < most)
		if (is_sys)
			syscall(SYS_getrandom, buffer, sizeof(buffer), 0);
		else
			for (volatile int i = 0; i < 200000; i++)
				;
	return 0;
}

/* hold MB: that much memory, touched */
static int act_hold(char **arg)
{
	size_t size = (size_t)atoi(arg[0]) << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 98;
	for (size_t i = 0; i < size; i += 4096)
		memory[i] = 1;
	return 0;
}

/* vforked SECONDS: sleep in a child that its parent waits for in the kernel */
static int act_vforked(char **arg)
{
	struct timespec time = { atoi(arg[0]), 0 };

	if (vfork() == 0) {
		nanosleep(&time, NULL);
		_exit(0);
	}
	return 0;
}

static void grow(int depth)
{
	for (;;) {
		pid_t pid = fork();

		if (pid > 0)
			waitpid(pid, NULL, 0);
		else if (pid < 0)
			usleep(1000);
		else
			for (depth--; depth <= 0;)
				pause();
	}
}

/* hydra DEPTH: a chain of processes, each of which replaces its child */
static int act_hydra(char **arg)
{
	signal(SIGTERM, SIG_IGN);
	grow(atoi(arg[0]));
	return 0;
}

/* comet SECONDS: sleep, and have a child that lives only to leave one behind,
 * for so long at most */
static int act_comet(char **arg)
{
	time_t end = time(NULL) + atoi(arg[0]);

	signal(SIGTERM, SIG_IGN);
	if (fork() == 0) {
		setsid();
		while (time(NULL) < end)
			if (fork() != 0)
				_exit(0);
		_exit(0);
	}
	return act_sleep(arg);
}

/* ---- sockets ---- */

static socklen_t unix_address(struct sockaddr_un *at, const char *name, int abstract)
{
	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	snprintf(at->sun_path + abstract, sizeof(at->sun_path) - abstract, "%s",
		 name);
	return offsetof(struct sockaddr_un, sun_path) + abstract + strlen(name);
}

static int listening(int family, const void *at, socklen_t size)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, at, size) < 0 || listen(fd, 8) < 0)
		return -1;
	return fd;
}

/* listen ABSTRACT PATH FILE: at both and a port of 127.0.0.1, which FILE gets */
static int act_listen(char **arg)
{
	struct sockaddr_un name, path;
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t size = sizeof(in);
	char port[32], temporary[300];
	char *line[] = { temporary, port, NULL };
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = listening(AF_INET, &in, size);
	if (fd < 0 || getsockname(fd, (struct sockaddr *)&in, &size) < 0 ||
	    listening(AF_UNIX, &name, unix_address(&name, arg[0], 1)) < 0 ||
	    listening(AF_UNIX, &path, unix_address(&path, arg[1], 0)) < 0 ||
	    chmod(arg[1], 0666) < 0)
		return say("listen", -1), 1;
	snprintf(port, sizeof(port), "%d\n", ntohs(in.sin_port));
	snprintf(temporary, sizeof(temporary), "%s.new", arg[2]);
	act_mark(line);
	if (rename(temporary, arg[2]) < 0)
		return 1;
	for (;;)
		pause();
}

/* connect abstract NAME | path PATH | tcp ADDRESS PORT | udp ADDRESS PORT */
static int act_connect(char **arg)
{
	struct sockaddr_un un;
	struct sockaddr_in in = { .sin_family = AF_INET };
	int is_unix = arg[0][0] == 'a' || arg[0][0] == 'p';
	int kind = arg[0][0] == 'u' ? SOCK_DGRAM : SOCK_STREAM;
	int fd = socket(is_unix ? AF_UNIX : AF_INET, kind | SOCK_NONBLOCK, 0);
	struct pollfd ready = { fd, POLLOUT, 0 };
	int error = 0;
	socklen_t error_size = sizeof(error);

	if (fd < 0)
		return say("socket", -1), 0;
	if (is_unix) {
		socklen_t size = unix_address(&un, arg[1], arg[0][0] == 'a');

		return say("connect", connect(fd, (void *)&un, size)), 0;
	}
	if (!arg[2] || inet_pton(AF_INET, arg[1], &in.sin_addr) != 1)
		return 97;
	in.sin_port = htons(atoi(arg[2]));
	if (connect(fd, (void *)&in, sizeof(in)) == 0)
		return say("connect", 0), 0;
	if (errno != EINPROGRESS)
		return say("connect", -1), 0;
	poll(&ready, 1, 1000);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_size);
	errno = error;
	return say("connect", error ? -1 : 0), 0;
}

static int act_interfaces(char **arg)
{
	struct if_nameindex *list = if_nameindex();

	(void)arg;
	printf("interfaces");
	for (struct if_nameindex *at = list; at && at->if_name; at++)
		printf(" %s", at->if_name);
	putchar('\n');
	return 0;
}

struct handle {
	unsigned bytes;
	int type;
	unsigned char data[128];
};

static int act_handle(char **arg)
{
	struct handle handle = { .bytes = 128 };
	int mount_id;
	int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)arg;
	if (say("name_to_handle",
		syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &handle,
			&mount_id, 0)) == 0)
		say("open_by_handle", syscall(SYS_open_by_handle_at, root,
					      &handle, O_RDONLY));
	return 0;
}

/* what Landlock this kernel has */
static int act_landlock(char **arg)
{
	(void)arg;
	printf("abi %ld\n",
	       syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* VERSION */));
	return 0;
}

/* truncate PATH: by its name, which no open file is asked for */
static int act_truncate(char **arg)
{
	return say("truncate", truncate(arg[0], 1)) < 0;
}

static int act_rename(char **arg)
{
	return say("rename", rename(arg[0], arg[1])) < 0;
}

static int act_link(char **arg)
{
	return say("link", link(arg[0], arg[1])) < 0;
}

static int act_remove(char **arg)
{
	return say("remove", remove(arg[0])) < 0;
}

static int act_mkdir(char **arg)
{
	return say("mkdir", mkdir(arg[0], 0700)) < 0;
}

static int act_exec(char **arg)
{
	fflush(stdout);
	execv(arg[0], arg);
	return say("exec", -1) < 0;
}

/* ioctl PATH: a request that only a terminal answers; opened here */
static int act_ioctl(char **arg)
{
	char buffer[64];
	int fd = open(arg[0], O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return say("open", fd), 1;
	return say("ioctl", syscall(SYS_ioctl, fd, TCGETS, buffer)) < 0;
}

/* bind PORT, on 127.0.0.1 */
static int act_bind(char **arg)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)atoi(arg[0])),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return say("bind", bind(fd, (void *)&at, sizeof(at))) < 0;
}

/* ---- what a filter says ---- */

/* How it went in a child: what kills it is told too. */
static void in_child(const char *what, long (*call)(const long *word),
		     const long *word)
{
	int status, code;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		errno = 0;
		_exit(call(word) < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		say(what, -1);
		return;
	}
	code = WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		printf("%s signal %d\n", what, WTERMSIG(status));
	else if (code == 0)
		printf("%s ok\n", what);
	else if (strerrorname_np(code))
		printf("%s %s\n", what, strerrorname_np(code));
	else
		printf("%s errno %d\n", what, code);
}

static long raw_call(const long *word)
{
	return syscall(word[0], word[1], word[2], word[3], word[4], word[5],
		       word[6]);
}

/* NAME:NUMBER[:ARGUMENT...] */
static char *scan_call(char *text, long *word)
{
	char *at = strchr(text, ':');

	memset(word, 0, 7 * sizeof(*word));
	for (int i = 0; at && i < 7; i++) {
		*at++ = '\0';
		word[i] = (long)strtoull(at, &at, 0);
		at = *at == ':' ? at : NULL;
	}
	return text;
}

/* call NAME:NUMBER[:ARGUMENT...]..., each in a child of its own */
static int act_call(char **arg)
{
	long word[7];

	for (; *arg; arg++)
		in_child(scan_call(*arg, word), raw_call, word);
	return 0;
}

/* callself: the same, here, for where there is no child */
static int act_call_self(char **arg)
{
	long word[7];

	for (; *arg; arg++) {
		const char *what = scan_call(*arg, word);

		fflush(stdout);
		say(what, raw_call(word));
	}
	return 0;
}

/* A pid would be the answer of the native table, or of another one. */
static long i386_getpid(const long *word)
{
	long rc = -ENOSYS;

#if defined(__x86_64__)
	__asm__ volatile("int $0x80" : "=a"(rc) : "a"(20L) : "memory");
#endif
	errno = rc < 0 ? (int)-rc : 0;
	return rc < 0 ? -1 : 0;
}

static int act_foreign(char **arg)
{
	const long x32_getpid[7] = { 0x40000000 | SYS_getpid };

	in_child("i386", i386_getpid, NULL);
	in_child("x32", raw_call, x32_getpid);
	return 0;
}

static void print_filters(const char *who, const char *path)
{
	FILE *file = fopen(path, "r");
	char line[256];

	printf("%s", who);
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "Seccomp", 7) == 0) {
			char *at = strchr(line, ':');

			printf(" %d", at ? atoi(at + 1) : -1);
		}
	putchar('\n');
	if (file)
		fclose(file);
}

static void *filters_of_thread(void *unused)
{
	print_filters("thread", "/proc/thread-self/status");
	return unused;
}

/* filters: mode and number in the job, a thread and a grandchild */
static int act_filters(char **arg)
{
	pthread_t thread;
	int rc;

	print_filters("job", "/proc/self/status");
	rc = pthread_create(&thread, NULL, filters_of_thread, NULL);
	if (rc != 0)
		return printf("thread %s\n", errno_name(rc)), 1;
	pthread_join(thread, NULL);
	fflush(stdout);
	if (fork() == 0) {
		if (fork() == 0) {
			print_filters("grandchild", "/proc/self/status");
			fflush(stdout);
			_exit(0);
		}
		wait(NULL);
		_exit(0);
	}
	wait(NULL);
	return 0;
}

static const struct act {
	const char *name;
	int (*run)(char **arg);
	int args;
} acts[] = {
	{ "audit", audit, 0 },
	{ "auditto", act_audit_to, 1 },
	{ "auditcrash", act_audit_crash, 1 },
	{ "setuid0", act_setuid0, 0 },
	{ "open", act_open, 1 },
	{ "stat", act_stat, 1 },
	{ "statvfs", act_statvfs, 1 },
	{ "kill", act_kill, 2 },
	{ "killgroup", act_kill_group, 1 },
	{ "tiocsti", act_tiocsti, 0 },
	{ "mounts", act_mounts, 1 },
	{ "nestedproc", act_nestedproc, 0 },
	{ "trace", act_trace, 0 },
	{ "secrets", act_secrets, 2 },
	{ "escape", act_escape, 0 },
	{ "mknod", act_mknod, 3 },
	{ "raiselimits", act_raise_limits, 0 },
	{ "keys", act_keys, 1 },
	{ "loweroom", act_lower_oom, 1 },
	{ "handle", act_handle, 0 },
	{ "geteuid", act_geteuid, 0 },
	{ "exit", act_exit, 1 },
	{ "raise", act_raise, 1 },
	{ "sleep", act_sleep, 1 },
	{ "mark", act_mark, 1 },
	{ "daemonize", act_daemonize, 2 },
	{ "session", act_session, 1 },
	{ "trap", act_trap, 2 },
	{ "catch", act_catch, 1 },
	{ "rawargs", act_rawargs, 0 },
	{ "race", act_race, 2 },
	{ "firstfd", act_firstfd, 0 },
	{ "wx", act_wx, 0 },
	{ "burn", act_burn, 2 },
	{ "hold", act_hold, 1 },
	{ "vforked", act_vforked, 1 },
	{ "hydra", act_hydra, 1 },
	{ "comet", act_comet, 1 },
	{ "listen", act_listen, 3 },
	{ "connect", act_connect, 2 },
	{ "interfaces", act_interfaces, 0 },
	{ "landlock", act_landlock, 0 },
	{ "truncate", act_truncate, 1 },
	{ "rename", act_rename, 2 },
	{ "link", act_link, 2 },
	{ "remove", act_remove, 1 },
	{ "mkdir", act_mkdir, 1 },
	{ "exec", act_exec, 1 },
	{ "ioctl", act_ioctl, 1 },
	{ "bind", act_bind, 1 },
	{ "call", act_call, 1 },
	{ "callself", act_call_self, 1 },
	{ "foreign", act_foreign, 0 },
	{ "filters", act_filters, 0 },
};

int main(int argc, char **argv)
{
	program_argc = argc;
	program_argv = argv;
	if (argc < 2)
		return audit(NULL);
	for (size_t i = 0; i < COUNT(acts); i++)
		if (strcmp(argv[1], acts[i].name) == 0) {
			int status;

			if (argc - 2 < acts[i].args)
				return 97;
			status = acts[i].run(argv + 2);
			return fflush(stdout) == 0 ? status : 96;
		}
	fprintf(stderr, "probe: no command '%s'\n", argv[1]);
	return 97;
}
