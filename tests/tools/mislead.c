/* SPDX-License-Identifier: MIT */
/*
 * mislead - a job that wants who learns from it to note what is not so, or to
 * hang: for tests/integration/learn.t
 *
 *	mislead --make DIR	files whose names are odd, below DIR
 *	mislead DIR	all of it, with those; says "done"
 *	mislead --calls DIR	those that few programs make: in DIR a file of each
 *	mislead --many DIR	execute more programs, with longer names, than a
 *				stack could list
 *	mislead --trace	what it can reach of its parent, who listens
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMES 300

static char path[4096];
static volatile int has_ended;

static void open_and_close(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0644);

	if (fd >= 0)
		close(fd);
}

/* ---- what is read is not what is used ---- */

static void *change_path(void *arg)
{
	while (!has_ended) {
		memcpy(path + 1, "etc/passwd", 11);
		memcpy(path + 1, "etc/\n[caps]", 12);
	}
	return arg;
}

static void *come_and_go(void *arg)
{
	while (!has_ended) {
		open_and_close("gone/file", O_CREAT | O_WRONLY);
		unlink("gone/file");
	}
	return arg;
}

static void *open_all_the_time(void *arg)
{
	for (;;)
		open_and_close(arg, O_RDONLY);
	return NULL;
}

static void race(void *(*other)(void *), const char *name)
{
	pthread_t thread;

	has_ended = 0;
	if (pthread_create(&thread, NULL, other, NULL) != 0)
		return;
	for (int i = 0; i < TIMES; i++)
		open_and_close(name, O_RDONLY);
	has_ended = 1;
	pthread_join(thread, NULL);
}

/* ---- who asks is gone when he is answered ---- */

static void end_while_asked(void)
{
	for (int i = 0; i < 40; i++) {
		pthread_t thread;
		pid_t pid = fork();

		if (pid == 0) {
			for (int n = 0; n < 4; n++)
				pthread_create(&thread, NULL, open_all_the_time,
					       "/etc/passwd");
			_exit(0);
		}
		if (i % 2 && pid > 0)
			kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

static void bomb(void)
{
	for (int i = 0; i < 200; i++)
		if (fork() == 0) {
			open_and_close("/etc/passwd", O_RDONLY);
			_exit(0);
		}
}

/* ---- names ---- */

static const char *const odd_names[] = {
	"a\n[caps]", "a #x", "a ;x", "a /x",	  "a -/x",	  "a\t/x",
	"a$x",	    "${u}", "]",    "\033[31m", "\xe2\x80\xa8", "\xff",
	"-/x",	    "=",    "a ",   "[caps]",	  "\"x",	  "a:b",
};

/* Each in a folder of its own, so that none stands for others. */
static void open_odd_names(int flags)
{
	char name[64];

	for (size_t i = 0; i < sizeof(odd_names) / sizeof(odd_names[0]); i++) {
		const char *slash = strchr(odd_names[i], '/');

		snprintf(name, sizeof(name), "%zu", i);
		if (flags & O_CREAT)
			mkdir(name, 0755);
		snprintf(name, sizeof(name), "%zu/%.*s", i,
			 slash ? (int)(slash - odd_names[i]) : 0, odd_names[i]);
		if (flags & O_CREAT)
			mkdir(name, 0755);
		snprintf(name, sizeof(name), "%zu/%s", i, odd_names[i]);
		open_and_close(name, flags);
	}
}

/* Longer than a path can be, and yet there for who is in it. */
static void deep(void)
{
	char name[201];

	memset(name, 'x', 200);
	name[200] = '\0';
	if (chdir("gone") < 0)
		return;
	for (int i = 0; i < 30; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			return;
	open_and_close("file", O_CREAT | O_RDWR);
	memset(path, 'y', sizeof(path) - 1);
	open_and_close(path, O_RDONLY);
}

/* ---- other ways to call ---- */

static void other_ways(void)
{
	struct sock_filter allow = { BPF_RET | BPF_K, 0, 0,
				     SECCOMP_RET_ALLOW };
	struct sock_fprog own = { .len = 1, .filter = &allow };
	char ring[512] = { 0 };

	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER, &own);
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &own);
	syscall(SYS_io_uring_setup, 4, ring);
	syscall(SYS_openat, AT_FDCWD, (char *)8, O_RDONLY);
	syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", (char *)8, 24);
	syscall(SYS_openat, -7, "x", O_RDONLY);
	syscall(SYS_execve, (char *)8, NULL, NULL);
	syscall(SYS_execveat, 99, "", NULL, NULL, AT_EMPTY_PATH);
	syscall(SYS_connect, 99, (char *)8, 1000);
	syscall(SYS_socket, 0x100000002, 1, 0);
#ifdef __x86_64__
	syscall(0x40000000 | SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY);
#endif
	syscall(100000, 0);
	syscall(-2, 0);
	for (int fd = 3; fd < 256; fd++)
		close(fd);
}

/* Of another architecture: whose filter has no such is killed for it. */
static void old_ways(void)
{
	pid_t pid = fork();

	if (pid == 0) {
#ifdef __x86_64__
		long number = 20; /* getpid(2) */

		__asm__ volatile("int $0x80" : "+a"(number) : : "memory");
#endif
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

static void execute(const char *name)
{
	char *const argv[] = { (char *)(uintptr_t)name, NULL };
	char *const none[] = { NULL };

	execve(name, argv, none);
}

/* One port twice, and one of what is no socket, or not open. */
static void connect_to_ports(void)
{
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const struct {
		int fd;
		in_port_t port;
	} tries[] = {
		{ tcp, 7 }, { tcp, 9 }, { tcp, 11 }, { tcp, 9 },
		{ 0, 13 },  { 99, 15 },
	};

	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		const struct sockaddr_in to = {
			.sin_family = AF_INET,
			.sin_port = htons(tries[i].port),
			.sin_addr = { htonl(INADDR_LOOPBACK) },
		};

		connect(tries[i].fd, (const struct sockaddr *)&to, sizeof(to));
	}
	close(tcp);
}

/* Its interpreter is no path: it never runs. */
static void write_and_execute(void)
{
	static const char *const names[] = { "both/a", "both/b", "both/c",
					     "both/d" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		open_and_close(names[i], O_WRONLY);
		execute(names[i]);
	}
}

/* Hard links of an empty file: none of them runs. */
static int execute_many(void)
{
	char folder[NAME_MAX + 1], name[2 * NAME_MAX + 2];

	memset(folder, 'y', NAME_MAX);
	folder[NAME_MAX] = '\0';
	if (mkdir(folder, 0755) < 0)
		return 1;
	open_and_close("empty", O_CREAT | O_WRONLY);
	chmod("empty", 0755);
	for (int i = 0; i < 2200; i++) {
		snprintf(name, sizeof(name), "%s/%0*d", folder, NAME_MAX, i);
		if (link("empty", name) < 0)
			return 1;
		execute(name);
	}
	return 0;
}

static int few_make(void)
{
	const unsigned long how[3] = { O_RDONLY | O_CLOEXEC, 0, 0 };

#ifdef SYS_creat
	syscall(SYS_creat, "made/x", 0644);
#else
	open("made/x", O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
#endif
	if (syscall(SYS_truncate, "cut/x", 0L) < 0 ||
	    syscall(SYS_openat2, AT_FDCWD, "seen/x", how, sizeof(how)) < 0 ||
	    syscall(SYS_renameat2, AT_FDCWD, "from/x", AT_FDCWD, "to/x", 0) < 0)
		return 1;
	open_and_close("/usr", O_RDONLY | O_DIRECTORY);
	open_and_close("/dev/shm", O_TMPFILE | O_WRONLY);
	connect_to_ports();
	write_and_execute();
	execute("script/x");
	return 2;
}

/* ---- who listens ---- */

static int trace(void)
{
	const pid_t parent = getppid();
	int process = (int)syscall(SYS_pidfd_open, parent, 0), n = 0;
	char name[64];
	int fd;

	for (int other = 3; other < 32; other++) {
		fd = (int)syscall(SYS_pidfd_getfd, process, other, 0);
		n += fd >= 0;
		close(fd); /* kept, it would be our own listener */
	}
	printf("descriptors %d\n", n);
	snprintf(name, sizeof(name), "/proc/%d/mem", (int)parent);
	fd = open(name, O_RDWR | O_CLOEXEC);
	printf("memory %d\n", fd >= 0);
	if (ptrace(PTRACE_ATTACH, parent, NULL, NULL) < 0)
		return puts("attached 0") < 0;
	puts("attached 1");
	waitpid(parent, NULL, __WALL);
	return ptrace(PTRACE_DETACH, parent, NULL, NULL) < 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--make") && chdir(argv[2]) == 0) {
		open_odd_names(O_CREAT | O_WRONLY);
		return mkdir("gone", 0777) < 0;
	}
	if (argc == 3 && !strcmp(argv[1], "--calls") && chdir(argv[2]) == 0)
		return few_make();
	if (argc == 3 && !strcmp(argv[1], "--many") && chdir(argv[2]) == 0)
		return execute_many();
	if (argc != 2)
		return 2;
	if (!strcmp(argv[1], "--trace"))
		return trace();
	if (chdir(argv[1]) < 0)
		return 1;
	signal(SIGCHLD, SIG_IGN);
	memcpy(path, "/etc/passwd", 12);
	race(change_path, path);
	race(come_and_go, "gone/file");
	open_odd_names(O_RDONLY);
	/* of the process: a line of /proc/PID/status begins with it */
	prctl(PR_SET_NAME, "VmPeak:88888888");
	end_while_asked();
	old_ways();
	other_ways();
	deep();
	bomb();
	return puts("done") < 0 || fflush(stdout) != 0;
}
