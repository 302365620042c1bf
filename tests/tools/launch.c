/* SPDX-License-Identifier: MIT */
/*
 * launch - the hostile launcher, and the watcher of what it launched
 *
 *	launch [OPTION...] [--] COMMAND ARGS
 *
 * Each option spoils one thing that the command inherits; see options[] below.
 * With --watch FILE a parent stays that reaps everything the command leaves
 * behind and writes what it saw: "exited N" or "signaled N", "core", "timeout",
 * "left N" (processes that were still alive a second after the end; they are ended), "usr N"
 * (signals of the job that reached this parent), "typed N" (bytes that came into the
 * terminal of --pty).  Its own exit status is that of the command.  --group gives
 * watcher and command a process group, --pid-file FILE gets the command's pid.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
	_exit(96);
}

/* ---- what one option does, in the process that will be the command ---- */

static void spoil_fds(const char *arg)
{
	char path[] = "/tmp/launch.XXXXXX";
	int file = mkstemp(path);
	int root = open("/", O_RDONLY | O_DIRECTORY);

	(void)arg;
	if (file < 0 || unlink(path) < 0 || root < 0)
		die("file");
	if (dup2(file, 900) < 0 || dup2(root, 8) < 0 || dup2(900, 7) < 0)
		die("dup2");
	if (file != 7 && file != 8)
		close(file);
	if (root != 7 && root != 8)
		close(root);
}

/* From 128 on as many as the hard limit lets one have, N at most; the soft one
 * stays. */
static void spoil_many(const char *arg)
{
	struct rlimit was, high;
	int fd = open("/", O_RDONLY | O_DIRECTORY), most = atoi(arg);

	getrlimit(RLIMIT_NOFILE, &was);
	high = was;
	high.rlim_cur = was.rlim_max;
	if (fd < 0 || setrlimit(RLIMIT_NOFILE, &high) < 0)
		die("many");
	while (most-- > 0 && fcntl(fd, F_DUPFD, 128) >= 0)
		;
	setrlimit(RLIMIT_NOFILE, &was);
}

/* One letter for each of 0, 1 and 2: a Closed one, a pipe's Read or Write end
 * whose other end is gone, a Path, a Full device, or what was there (-). */
static void spoil_stdio(const char *arg)
{
	for (int fd = 0; fd < 3 && arg[fd]; fd++) {
		int ends[2] = { -1, -1 }, it = -1;

		if (arg[fd] == 'r' || arg[fd] == 'w') {
			if (pipe2(ends, O_CLOEXEC) < 0)
				die("pipe");
			it = ends[arg[fd] == 'w'];
		} else if (arg[fd] == 'p') {
			it = open("/etc", O_PATH | O_CLOEXEC);
		} else if (arg[fd] == 'f') {
			it = open("/dev/full", O_RDWR | O_CLOEXEC);
		}
		if (arg[fd] == 'c')
			close(fd);
		else if (arg[fd] != '-' && (it == fd || dup2(it, fd) < 0))
			die("stdio");
	}
}

static void spoil_umask(const char *arg)
{
	umask(strtol(arg, NULL, 8));
}

static void each(const char *list, void (*act)(int))
{
	char *copy = strdup(list), *rest = NULL;

	for (char *word = strtok_r(copy, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		int first = 0, last = 0;
		int n = sscanf(word, "%d-%d", &first, &last);

		for (int i = first; i <= (n == 2 ? last : first); i++)
			act(i);
	}
	free(copy);
}

static void ignore_one(int sig)
{
	if (sig != SIGKILL && sig != SIGSTOP)
		signal(sig, SIG_IGN);
}

static void spoil_ignore(const char *arg)
{
	each(arg, ignore_one);
}

static void block_one(int sig)
{
	uint64_t set = UINT64_C(1) << (sig - 1);

	/* raw: libc hides its own two signals */
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 8);
}

static void spoil_block(const char *arg)
{
	each(arg, block_one);
}

static void spoil_alarm(const char *arg)
{
	alarm(atoi(arg));
}

static void spoil_child(const char *arg)
{
	(void)arg;
	if (fork() == 0)
		_exit(5);
}

static gid_t groups[64];
static size_t n_groups;
static void group_one(int gid)
{
	groups[n_groups++] = gid;
}

static void spoil_groups(const char *arg)
{
	each(arg, group_one);
	if (setgroups(n_groups, groups) < 0)
		die("setgroups");
}

static void close_one(int fd)
{
	close(fd);
}

static void spoil_close(const char *arg)
{
	each(arg, close_one);
}

static void spoil_nofile(const char *arg)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = atoi(arg);
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die("nofile");
}

static const struct {
	const char *name;
	int number;
} limit_names[] = {
	{ "as", RLIMIT_AS },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

/* NAME=N: soft and hard */
static void spoil_rlimit(const char *arg)
{
	const char *value = strchr(arg, '=');
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(limit_names) / sizeof(*limit_names); i++)
		if (value &&
		    strlen(limit_names[i].name) == (size_t)(value - arg) &&
		    !strncmp(limit_names[i].name, arg, (size_t)(value - arg))) {
			limit.rlim_cur = limit.rlim_max =
				strtoul(value + 1, NULL, 10);
			if (setrlimit(limit_names[i].number, &limit) < 0)
				die(arg);
			return;
		}
	errno = EINVAL;
	die(arg);
}

/* One second of processor time, of which MS are left. */
static void spoil_cpu(const char *arg)
{
	const struct rlimit limit = { 1, RLIM_INFINITY };
	struct timespec used;

	if (setrlimit(RLIMIT_CPU, &limit) < 0)
		die("cpu");
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec == 0 && used.tv_nsec / 1000000 < 1000 - atoi(arg));
}

static void spoil_cwd(const char *arg)
{
	char path[] = "/tmp/launch.XXXXXX";

	(void)arg;
	if (!mkdtemp(path) || chdir(path) < 0 || rmdir(path) < 0)
		die("cwd");
}

static void spoil_chdir(const char *arg)
{
	if (chdir(arg) < 0)
		die(arg);
}

/* what survives exec and nobody looks at; a change of uid clears the signal */
static int wants_death_signal;
static void spoil_odd(const char *arg)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	cpu_set_t cpus;

	(void)arg;
	CPU_ZERO(&cpus);
	CPU_SET(0, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	personality(ADDR_NO_RANDOMIZE);
	prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0);
	wants_death_signal = 1;
	if (setpriority(PRIO_PROCESS, 0, 3) < 0)
		die("nice");
	syscall(SYS_ioprio_set, 1, 0, 2 << 13 | 6);
	if (fd < 0 || write(fd, "123", 3) < 0)
		die("oom_score_adj");
	close(fd);
}

static const char *const hostile_env[] = {
	"SECRET_TOKEN=s3cr3t-t0ken",
	"LD_PRELOAD=/nonexistent/one.so",
	"LD_PRELOAD=/nonexistent/two.so",
	"LD_LIBRARY_PATH=/nonexistent",
	"LD_AUDIT=/nonexistent/audit.so",
	"LD_DEBUG_OUTPUT=/nonexistent/debug",
	"LD_ORIGIN_PATH=/nonexistent",
	"LD_PROFILE=x",
	"GLIBC_TUNABLES=glibc.malloc.check=0",
	"GCONV_PATH=/nonexistent",
	"LOCPATH=/nonexistent",
	"NLSPATH=/nonexistent",
	"HOSTALIASES=/nonexistent",
	"LOCALDOMAIN=example.org",
	"RES_OPTIONS=debug",
	"MALLOC_TRACE=/nonexistent/trace",
	"TZDIR=/nonexistent",
	"BASH_ENV=/nonexistent/bashenv",
	"ENV=/nonexistent/env",
	"BASH_FUNC_ls%%=() { echo evil; }",
	"SHELLOPTS=xtrace",
	"PS4=$(touch /nonexistent)",
	"IFS=x",
	"CDPATH=/",
	"PYTHONPATH=/nonexistent",
	"PYTHONSTARTUP=/nonexistent/start.py",
	"PYTHONHOME=/nonexistent",
	"PERL5LIB=/nonexistent",
	"PERL5OPT=-Mevil",
	"RUBYOPT=-revil",
	"RUBYLIB=/nonexistent",
	"NODE_OPTIONS=--require=/nonexistent",
	"NODE_PATH=/nonexistent",
	"JAVA_TOOL_OPTIONS=-javaagent:/nonexistent",
	"_JAVA_OPTIONS=-Xmx1",
	"JDK_JAVA_OPTIONS=-Xmx1",
	"LTDL_LIBRARY_PATH=/nonexistent",
	"CORDON_CONF=/nonexistent",
	"XDG_CONFIG_HOME=/nonexistent",
	"XDG_RUNTIME_DIR=/nonexistent",
	"HOME=/nonexistent",
	"TMPDIR=/nonexistent",
	"=x",
	"NOEQUALS",
	"LATIN=caf\xe9",
	"LANG=C",
	"PATH=/usr/bin:/bin",
};

static char **environment; /* NULL: ours */
static size_t n_environment;

static void environment_add(const char *entry)
{
	environment = realloc(environment,
			      (n_environment + 2) * sizeof(*environment));
	if (!environment)
		die("memory");
	environment[n_environment++] = (char *)entry;
	environment[n_environment] = NULL;
}

static void spoil_env(const char *arg)
{
	static char big[100 * 1024 + 1] = "BIG=";

	(void)arg;
	memset(big + 4, 'b', sizeof(big) - 5);
	for (size_t i = 0; i < sizeof(hostile_env) / sizeof(*hostile_env); i++)
		environment_add(hostile_env[i]);
	environment_add(big);
}

static void spoil_setenv(const char *arg)
{
	environment_add(arg);
}

static void spoil_passenv(const char *arg)
{
	const char *value = getenv(arg);
	char *entry;

	if (!value || asprintf(&entry, "%s=%s", arg, value) < 0)
		die(arg);
	environment_add(entry);
}

static void spoil_noenv(const char *arg)
{
	(void)arg;
	n_environment = 0;
	environment = calloc(1, sizeof(*environment));
	if (!environment)
		die("memory");
}

static void spoil_key(const char *arg)
{
	long session = syscall(SYS_keyctl, 1 /* JOIN_SESSION_KEYRING */, NULL);
	long key = syscall(SYS_add_key, "user", arg, "secret", 6, -3);
	char text[32];

	if (session < 0 || key < 0)
		die("keyctl");
	snprintf(text, sizeof(text), "PLANTED_KEY=%ld", key);
	putenv(strdup(text));
}

static const char *argv0;
static int no_arguments;
static void spoil_argv0(const char *arg)
{
	argv0 = arg;
}
static void spoil_argc0(const char *arg)
{
	(void)arg;
	no_arguments = 1;
}

static void spoil_session(const char *arg)
{
	(void)arg;
	setsid();
}

static void spoil_leader(const char *arg)
{
	(void)arg;
	if (setpgid(0, 0) < 0)
		die("setpgid");
}

static void spoil_personality(const char *arg)
{
	if (personality(strtoul(arg, NULL, 16)) < 0)
		die("personality");
}

static const struct {
	const char *name;
	int number;
} call_names[] = {
	{ "clone", SYS_clone },
	{ "clone3", SYS_clone3 },
	{ "close_range", SYS_close_range },
	{ "fcntl", SYS_fcntl },
	{ "fstat", SYS_newfstatat },
	{ "getrandom", SYS_getrandom },
	{ "mount_setattr", SYS_mount_setattr },
	{ "openat2", SYS_openat2 },
	{ "prctl", SYS_prctl },
	{ "prlimit64", SYS_prlimit64 },
	{ "rt_sigaction", SYS_rt_sigaction },
	{ "seccomp", SYS_seccomp },
	{ "statx", SYS_statx },
	{ "umask", SYS_umask },
	{ "unshare", SYS_unshare },
	{ "write", SYS_write },
};

/* NAME:N, or NAME:ok: a filter that was there before gives this errno, or skips
 * it */
static void spoil_filter(const char *arg)
{
	const char *value = strchr(arg, ':');
	int number = -1;

	for (size_t i = 0; i < sizeof(call_names) / sizeof(*call_names); i++)
		if (value &&
		    strlen(call_names[i].name) == (size_t)(value - arg) &&
		    !strncmp(call_names[i].name, arg, (size_t)(value - arg)))
			number = call_names[i].number;
	if (number < 0)
		die(arg);
	{
		struct sock_filter code[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				 offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0,
				 1),
			BPF_STMT(BPF_RET | BPF_K,
				 SECCOMP_RET_ERRNO | (unsigned)atoi(value + 1)),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};
		struct sock_fprog program = { 4, code };

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) <
			    0)
			die("filter");
	}
}

/* As many arguments more, of this size, as one exec takes. */
static int fill;
static void spoil_fill(const char *arg)
{
	fill = atoi(arg);
}

static void spoil_uid(const char *arg)
{
	uid_t uid = atoi(arg);

	if (getuid() == uid)
		return;
	if ((n_groups == 0 && setgroups(0, NULL) < 0) ||
	    setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		die("uid");
}

/* ---- the table; the order here is the order in which they are done ---- */

static const struct spoiler {
	const char *name;
	int has_argument;
	void (*act)(const char *arg);
} spoilers[] = {
	{ "session", 0, spoil_session }, /* a session of its own */
	{ "leader", 0, spoil_leader },	 /* a process group of its own */
	{ "odd", 0, spoil_odd }, /* nice 3, personality, timer slack, … */
	{ "key", 1, spoil_key }, /* plant a key of this name */
	{ "groups", 1, spoil_groups }, /* 4,24,1234 */
	{ "enter", 1, spoil_chdir },   /* as who we are yet */
	{ "uid", 1, spoil_uid },       /* uid and gid, no extra groups */
	{ "fds", 0, spoil_fds },       /* 7 and 900: a private file; 8: / */
	{ "cwd-deleted", 0, spoil_cwd },
	{ "chdir", 1, spoil_chdir },
	{ "umask", 1, spoil_umask },
	{ "child", 0, spoil_child },   /* a child that nobody reaped */
	{ "ignore", 1, spoil_ignore }, /* 13,17,1 */
	{ "block", 1, spoil_block },   /* 15,10 or 1-64 */
	{ "env", 0, spoil_env },       /* forty hostile names */
	{ "noenv", 0, spoil_noenv },
	{ "setenv", 1, spoil_setenv },	 /* NAME=VALUE, alone or after --env */
	{ "passenv", 1, spoil_passenv }, /* NAME as it is here, likewise */
	{ "argv0", 1, spoil_argv0 },
	{ "argc0", 0, spoil_argc0 },
	{ "fill", 1, spoil_fill }, /* arguments of SIZE until exec is full */
	{ "personality", 1, spoil_personality }, /* HEX */
	{ "many", 1, spoil_many },		 /* N descriptors more */
	{ "nofile", 1, spoil_nofile },		 /* soft RLIMIT_NOFILE */
	{ "stdio", 1, spoil_stdio }, /* cr-: 0 closed, 1 to read, 2 as it is */
	{ "close", 1, spoil_close }, /* 0,1,2 */
	{ "alarm", 1, spoil_alarm }, /* SECONDS */
	{ "cpu", 1, spoil_cpu },     /* MS are left of RLIMIT_CPU */
	{ "rlimit", 1, spoil_rlimit }, /* NAME=N, soft and hard */
	{ "filter", 1,
	  spoil_filter }, /* NAME:ERRNO, a call that a filter denies */
};
#define N_SPOILERS (sizeof(spoilers) / sizeof(*spoilers))
#define MOST 64 /* of one option */

static const char *spoiled[N_SPOILERS][MOST];
static int n_spoiled[N_SPOILERS];

__attribute__((noreturn)) static void execute_full(const char *program,
						   char **argv)
{
	extern char **environ;
	char *word = malloc((size_t)fill + 1), **words;
	long most = sysconf(_SC_ARG_MAX) / (fill + 1 + (long)sizeof(*argv)) + 1,
	     n = 0;

	while (argv[n])
		n++;
	words = malloc((size_t)(n + most + 1) * sizeof(*words));
	if (!word || !words)
		die("memory");
	memset(word, 'f', (size_t)fill);
	word[fill] = '\0';
	memcpy(words, argv, (size_t)n * sizeof(*words));
	for (long i = 0; i < most; i++)
		words[n + i] = word;
	for (; most >= 0; most--) {
		words[n + most] = NULL;
		execve(program, words, environment ? environment : environ);
		if (errno != E2BIG)
			break;
	}
	die(program);
}

static void execute(char **argv)
{
	static char *nothing[] = { NULL };
	extern char **environ;
	char *program = argv[0];

	for (size_t i = 0; i < N_SPOILERS; i++)
		for (int j = 0; j < n_spoiled[i]; j++)
			spoilers[i].act(spoiled[i][j]);
	if (wants_death_signal)
		prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
	if (argv0)
		argv[0] = (char *)argv0;
	if (no_arguments)
		argv = nothing;
	if (fill)
		execute_full(program, argv);
	/* by path, no search: execvpe would go through a shell */
	execve(program, argv, environment ? environment : environ);
	die(program);
}

/* ---- the watcher ---- */

static volatile sig_atomic_t usr_count;
static void on_usr(int sig)
{
	(void)sig;
	usr_count++;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Ends our children, then theirs that came to us, until none is there. */
static int end_children(void)
{
	char path[64], list[65536];
	int ended = 0;

	for (int round = 0; round < 200; round++) {
		int fd, status;
		ssize_t n;
		char *at = list;

		while (waitpid(-1, &status, WNOHANG) > 0)
			;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/children",
			 getpid(), getpid());
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return ended;
		n = read(fd, list, sizeof(list) - 1);
		close(fd);
		if (n <= 0)
			return ended;
		list[n] = '\0';
		for (;;) {
			char *end;
			long pid = strtol(at, &end, 10);

			if (end == at)
				break;
			at = end;
			if (kill(pid, SIGKILL) == 0)
				ended++;
		}
		usleep(5000);
	}
	return ended;
}

static int alive_children(void)
{
	int status;

	while (waitpid(-1, &status, WNOHANG | __WALL) > 0)
		;
	return waitpid(-1, &status, WNOHANG | __WALL) == 0;
}

struct terminal {
	int master;
	int slave;
};

static void terminal_open(struct terminal *tty)
{
	char name[64];
	int unlock = 0, number;

	tty->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty->master < 0 || ioctl(tty->master, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(tty->master, TIOCGPTN, &number) < 0)
		die("ptmx");
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	tty->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (tty->slave < 0 || fchmod(tty->slave, 0666) < 0)
		die(name);
}

/* where a test finds the pid of the command, for signals of its own */
static const char *pid_file;

/* the watcher's own, so that a job of this uid can signal it */
static const char *watch_uid;

static void write_pid(pid_t pid)
{
	char text[300];
	FILE *file;

	if (!pid_file)
		return;
	snprintf(text, sizeof(text), "%s.new", pid_file);
	file = fopen(text, "we");
	if (!file || fprintf(file, "%d\n", pid) < 0 || fclose(file) != 0 ||
	    rename(text, pid_file) < 0)
		die(pid_file);
}

static void on_chld(int number)
{
}

static int watch(const char *report, double limit, int pty, char **argv)
{
	struct terminal tty = { -1, -1 };
	struct sigaction act = { .sa_handler = on_usr };
	struct sigaction chld = { .sa_handler = on_chld };
	int status = 0, typed = 0, timeout = 0, done = 0, left = 0;
	double end = now() + limit, over;
	sigset_t caught, mask;
	FILE *out;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (pty)
		terminal_open(&tty);
	out = strcmp(report, "-") == 0 ? stderr : fopen(report, "we");
	if (!out)
		die(report);
	sigaction(SIGUSR1, &act, NULL);
	/* Outside of ppoll() it waits: no end is missed, and nothing need be asked often. */
	sigaction(SIGCHLD, &chld, NULL);
	sigemptyset(&caught);
	sigaddset(&caught, SIGCHLD);
	sigprocmask(SIG_BLOCK, &caught, &mask);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		signal(SIGUSR1, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		sigprocmask(SIG_SETMASK, &mask, NULL);
		if (pty) {
			setsid();
			if (ioctl(tty.slave, TIOCSCTTY, 0) < 0 ||
			    dup2(tty.slave, 0) < 0)
				die("terminal");
		}
		execute(argv);
	}
	write_pid(pid);
	if (watch_uid)
		spoil_uid(watch_uid);
	while (!done) {
		struct pollfd ready = { tty.master, POLLIN, 0 };
		double rest = end - now();
		struct timespec most = { 0, 0 };
		int other;
		pid_t got;
		char byte;

		if (rest > 0)
			most = (struct timespec){
				(time_t)rest, (long)((rest - (time_t)rest) * 1e9)
			};
		if (ppoll(&ready, 1, &most, &mask) > 0 && ready.revents & POLLIN &&
		    read(tty.master, &byte, 1) == 1)
			typed++;
		while ((got = waitpid(-1, &other, WNOHANG)) > 0)
			if (got == pid) {
				status = other;
				done = 1;
			}
		if (!done && now() > end) {
			timeout = 1;
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			done = 1;
		}
	}
	if (pty) {
		struct pollfd ready = { tty.master, POLLIN, 0 };
		char byte;

		while (poll(&ready, 1, 20) > 0 && ready.revents & POLLIN &&
		       read(tty.master, &byte, 1) == 1)
			typed++;
	}
	over = now() + 1;
	while (alive_children() && now() < over)
		usleep(1000);
	left = end_children();
	if (WIFSIGNALED(status))
		fprintf(out, "signaled %d\n", WTERMSIG(status));
	else
		fprintf(out, "exited %d\n", WEXITSTATUS(status));
	if (WIFSIGNALED(status) && WCOREDUMP(status))
		fprintf(out, "core\n");
	if (timeout)
		fprintf(out, "timeout\n");
	fprintf(out, "left %d\nusr %d\n", left, (int)usr_count);
	if (pty)
		fprintf(out, "typed %d\n", typed);
	fflush(out);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	struct option options[N_SPOILERS + 7] = { 0 };
	const char *report = NULL;
	double limit = 10;
	int pty = 0, at;

	/* Whoever starts the tests may ignore some (nohup, a background job). */
	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	for (size_t i = 0; i < N_SPOILERS; i++)
		options[i] = (struct option){ spoilers[i].name,
					      spoilers[i].has_argument, NULL,
					      1000 + (int)i };
	options[N_SPOILERS] = (struct option){ "watch", 1, NULL, 'w' };
	options[N_SPOILERS + 1] = (struct option){ "timeout", 1, NULL, 't' };
	options[N_SPOILERS + 2] = (struct option){ "pty", 0, NULL, 'p' };
	options[N_SPOILERS + 3] = (struct option){ "pid-file", 1, NULL, 'f' };
	options[N_SPOILERS + 4] = (struct option){ "group", 0, NULL, 'g' };
	options[N_SPOILERS + 5] = (struct option){ "watch-uid", 1, NULL, 'u' };
	while ((at = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		if (at == 'w')
			report = optarg;
		else if (at == 't')
			limit = atof(optarg);
		else if (at == 'p')
			pty = 1;
		else if (at == 'f')
			pid_file = optarg;
		else if (at == 'u')
			watch_uid = optarg;
		else if (at == 'g')
			setpgid(0, 0);
		else if (at >= 1000 && n_spoiled[at - 1000] < MOST)
			spoiled[at - 1000][n_spoiled[at - 1000]++] = optarg;
		else
			return 96;
	}
	if (optind >= argc) {
		fprintf(stderr, "launch: no command\n");
		return 96;
	}
	if (report || pty)
		return watch(report ? report : "-", limit, pty, argv + optind);
	execute(argv + optind);
}
