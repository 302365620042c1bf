/* SPDX-License-Identifier: MIT */
/*
 * inside - fail each system call of a command of cordon in turn, in its own process
 *
 *	inside [--error NAME] [--each N] [--turn N] [--free] [--or TEXT] [--list]
 *	       [--excused FILE] -- cordon COMMAND ARGS
 *
 * For what sweep does not reach: the commands that start no job, and a run as far as its
 * stack is read.  Cordon's main() is linked in, and called in a fork: a filter makes each
 * call of it and its helpers a SIGSYS, whose handler makes the call, or at the point does
 * not and answers with the error.  That costs a tenth of a tracer and a start.  A point is
 * the n-th call, counted over all processes; clone3, and what starts another program, is none.
 *
 * Passes when cordon refuses (status 125, and on stderr lines that begin "cordon: "), or
 * says and does the same as without the fault; with --free it may say something else, but
 * ends as it did, and with --or what it says else has TEXT in it.  Excused points are lines of FILE, "CALL REASON" or "CALL=PATH REASON": there
 * it may say something else.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "core/handoff.h"

#undef main /* as core/main.c calls its own, by the command line */
#ifndef __x86_64__
int main(void)
{
	puts("inside: skipped, the injector knows x86-64 only");
	return 77;
}
#else

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

int cordon_main(int argc, char **argv); /* core/main.c */

struct cordon_error;
int __wrap_door_enter(char **argv, struct handoff *start, struct cordon_error *err);

/* The twin's door, as if a cordon had gone on to it. */
int __wrap_door_enter(char **argv, struct handoff *start, struct cordon_error *err)
{
	(void)argv;
	(void)err;
	*start = (struct handoff){ .path = "cordon", .environ = environ };
	return 0;
}

/* ---- the call of which the filter lets pass all ---- */

long inside_call(long nr, long a, long b, long c, long d, long e, long f);
extern const char inside_called[];
__asm__(".text\n"
	".globl inside_call\n"
	"inside_call:\n"
	"\tmov %rdi, %rax\n"
	"\tmov %rsi, %rdi\n"
	"\tmov %rdx, %rsi\n"
	"\tmov %rcx, %rdx\n"
	"\tmov %r8, %r10\n"
	"\tmov %r9, %r8\n"
	"\tmov 8(%rsp), %r9\n"
	"\tsyscall\n"
	".globl inside_called\n"
	"inside_called:\n"
	"\tret\n");

/* ---- where it stands, for all processes of a run ---- */

static struct state {
	unsigned count, target;
	int error;
	long nr; /* of the call that was hit; 0: none was */
	char path[128];
	int is_list;
} *state;

static const struct {
	const char *name;
	int number;
} errors[] = {
	/* no ENOENT: that something is not there is an answer */
	{ "EIO", EIO },	      { "EPERM", EPERM },   { "EACCES", EACCES },
	{ "ENOMEM", ENOMEM }, { "EMFILE", EMFILE }, { "EINTR", EINTR },
	{ "ENOSYS", ENOSYS }, { "ENOSPC", ENOSPC }, { "EAGAIN", EAGAIN },
	{ "ELOOP", ELOOP },
};

static const struct {
	long nr;
	const char *name;
	int path; /* the argument that is one */
} names[] = {
	{ SYS_open, "open", 1 },	     { SYS_openat, "openat", 2 },
	{ SYS_stat, "stat", 1 },	     { SYS_lstat, "lstat", 1 },
	{ SYS_newfstatat, "newfstatat", 2 }, { SYS_access, "access", 1 },
	{ SYS_faccessat, "faccessat", 2 },   { SYS_faccessat2, "faccessat2", 2 },
	{ SYS_readlink, "readlink", 1 },     { SYS_readlinkat, "readlinkat", 2 },
	{ SYS_mkdir, "mkdir", 1 },	     { SYS_rmdir, "rmdir", 1 },
	{ SYS_mkdirat, "mkdirat", 2 },	     { SYS_unlinkat, "unlinkat", 2 },
	{ SYS_openat2, "openat2", 2 },	     { SYS_statx, "statx", 2 },
	{ SYS_mount, "mount", 2 },	     { SYS_statfs, "statfs", 1 },
	{ SYS_fstat, "fstat", 0 },	     { SYS_read, "read", 0 },
	{ SYS_pread64, "pread64", 0 },	     { SYS_write, "write", 0 },
	{ SYS_writev, "writev", 0 },	     { SYS_close, "close", 0 },
	{ SYS_lseek, "lseek", 0 },	     { SYS_mmap, "mmap", 0 },
	{ SYS_munmap, "munmap", 0 },	     { SYS_brk, "brk", 0 },
	{ SYS_fcntl, "fcntl", 0 },	     { SYS_ioctl, "ioctl", 0 },
	{ SYS_getdents64, "getdents64", 0 }, { SYS_getcwd, "getcwd", 0 },
	{ SYS_getrandom, "getrandom", 0 },   { SYS_getgroups, "getgroups", 0 },
	{ SYS_prctl, "prctl", 0 },	     { SYS_capget, "capget", 0 },
	{ SYS_prlimit64, "prlimit64", 0 },   { SYS_fstatfs, "fstatfs", 0 },
	{ SYS_clone, "clone", 0 },	     { SYS_wait4, "wait4", 0 },
	{ SYS_kill, "kill", 0 },	     { SYS_umask, "umask", 0 },
	{ SYS_rt_sigaction, "rt_sigaction", 0 },
	{ SYS_rt_sigprocmask, "rt_sigprocmask", 0 },
	{ SYS_sched_getaffinity, "sched_getaffinity", 0 },
	{ SYS_sysinfo, "sysinfo", 0 },	     { SYS_madvise, "madvise", 0 },
	{ SYS_uname, "uname", 0 },	     { SYS_socket, "socket", 0 },
	{ SYS_connect, "connect", 0 },	     { SYS_unshare, "unshare", 0 },
	{ SYS_landlock_create_ruleset, "landlock_create_ruleset", 0 },
	{ SYS_getpid, "getpid", 0 },	     { SYS_getppid, "getppid", 0 },
	{ SYS_gettid, "gettid", 0 },	     { SYS_geteuid, "geteuid", 0 },
	{ SYS_getuid, "getuid", 0 },	     { SYS_getegid, "getegid", 0 },
	{ SYS_getgid, "getgid", 0 },	     { SYS_set_robust_list, "set_robust_list", 0 },
};

static const char *name_of(long nr)
{
	static char text[24];

	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].nr == nr)
			return names[i].name;
	snprintf(text, sizeof(text), "call_%ld", nr);
	return text;
}

/* The file that a call is about, by name or by descriptor. */
static void note_path(long nr, const long *args)
{
	char link[40];
	size_t i = 0;
	long n;

	while (i < COUNT(names) && names[i].nr != nr)
		i++;
	state->path[0] = '\0';
	if (i < COUNT(names) && names[i].path) {
		const char *path = (const char *)args[names[i].path - 1];

		if (path && *path) {
			strncpy(state->path, path, sizeof(state->path) - 1);
			return;
		}
	}
	if (args[0] < 0 || args[0] > 1023 || nr == SYS_mmap || nr == SYS_brk)
		return;
	snprintf(link, sizeof(link), "/proc/self/fd/%ld", args[0]);
	n = inside_call(SYS_readlink, (long)link, (long)state->path,
			sizeof(state->path) - 1, 0, 0, 0);
	state->path[n < 0 ? 0 : n] = '\0';
}

/* A handler's mask is what the process has after it: so is one that was set in it. */
static long change_mask(ucontext_t *context, const long *args)
{
	uint64_t set, now;
	long rc, given = args[1];

	if (given) {
		memcpy(&set, (const void *)given, sizeof(set));
		set &= ~((uint64_t)1 << (SIGSYS - 1));
		given = (long)&set;
	}
	rc = inside_call(SYS_rt_sigprocmask, args[0], given, args[2], args[3],
			 0, 0);
	inside_call(SYS_rt_sigprocmask, 0, 0, (long)&now, sizeof(now), 0, 0);
	memcpy(&context->uc_sigmask, &now, sizeof(now));
	return rc;
}

static void on_call(int sig, siginfo_t *info, void *more)
{
	ucontext_t *context = more;
	greg_t *reg = context->uc_mcontext.gregs;
	const long nr = info->si_syscall;
	const long args[] = { (long)reg[REG_RDI], (long)reg[REG_RSI],
			      (long)reg[REG_RDX], (long)reg[REG_R10],
			      (long)reg[REG_R8],  (long)reg[REG_R9] };
	int code = errno;

	(void)sig;
	if (__atomic_add_fetch(&state->count, 1, __ATOMIC_SEQ_CST) ==
		    state->target &&
	    nr != SYS_brk) {
		state->nr = nr;
		note_path(nr, args);
		reg[REG_RAX] = -state->error;
	} else if (nr == SYS_rt_sigprocmask) {
		reg[REG_RAX] = change_mask(context, args);
	} else if (nr == SYS_rt_sigaction && args[0] == SIGSYS) {
		reg[REG_RAX] = 0;
	} else {
		reg[REG_RAX] = inside_call(nr, args[0], args[1], args[2],
					   args[3], args[4], args[5]);
	}
	errno = code;
}

#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
#define LOAD(field)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define PASS_IF(nr)                                                            \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(nr), 0, 1), ALLOW

static void trap_calls(void)
{
	const uint64_t at = (uint64_t)(uintptr_t)inside_called;
	struct sock_filter code[] = {
		LOAD(instruction_pointer),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)at, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, instruction_pointer) + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(at >> 32), 0, 1),
		ALLOW,
		LOAD(nr),
		PASS_IF(SYS_rt_sigreturn),
		PASS_IF(SYS_exit),
		PASS_IF(SYS_exit_group),
		PASS_IF(SYS_clone3),
		PASS_IF(SYS_vfork),
		PASS_IF(SYS_execve),
		PASS_IF(SYS_execveat),
		/* on a stack of its own a child does not come back into a handler */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
		ALLOW,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	struct sock_fprog program = { COUNT(code), code };
	struct sigaction act = { .sa_sigaction = on_call,
				 .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSYS, &act, NULL);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	     syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0))
		_exit(96);
}

/* ---- one run ---- */

struct outcome {
	int status;
	char out[65536], err[8192];
};

static void capture(int fd, char *text, size_t size)
{
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
}

static void run(int argc, char **argv, unsigned target, struct outcome *out)
{
	static int fds[2] = { -1, -1 };
	pid_t pid;

	for (int i = 0; i < 2; i++) {
		if (fds[i] < 0)
			fds[i] = memfd_create("out", MFD_CLOEXEC);
		if (ftruncate(fds[i], 0) < 0 || lseek(fds[i], 0, SEEK_SET) < 0)
			exit(96);
	}
	state->count = 0;
	state->target = target;
	state->nr = 0;
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY);
		int status;

		dup2(null, 0);
		dup2(fds[0], 1);
		dup2(fds[1], 2);
		close(null);
		alarm(20);
		trap_calls();
		status = cordon_main(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	while (waitpid(pid, &out->status, 0) < 0 && errno == EINTR)
		;
	capture(fds[0], out->out, sizeof(out->out));
	capture(fds[1], out->err, sizeof(out->err));
}

/* ---- judging ---- */

static struct excuse {
	char call[32], path[128];
} excuses[128];
static size_t n_excuses;

static void read_excuses(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");

	while (file && n_excuses < COUNT(excuses) &&
	       fgets(line, sizeof(line), file)) {
		struct excuse *excuse = &excuses[n_excuses];

		if (line[0] != '#' &&
		    sscanf(line, "%31[^ \t=\n]=%127s", excuse->call,
			   excuse->path) >= 1)
			n_excuses++;
	}
	if (!file || fclose(file) != 0)
		exit(96);
}

static int is_excused(void)
{
	for (size_t i = 0; i < n_excuses; i++) {
		const struct excuse *excuse = &excuses[i];
		size_t size = strcspn(excuse->path, "*");

		if ((!strcmp(excuse->call, "*") ||
		     !strcmp(excuse->call, name_of(state->nr))) &&
		    (excuse->path[size] ? !strncmp(excuse->path, state->path, size)
		     : size	       ? !strcmp(excuse->path, state->path)
				       : 1))
			return 1;
	}
	return 0;
}

static int are_ours(const char *lines)
{
	for (const char *at = lines; *at; at += strcspn(at, "\n"), at += *at == '\n')
		if (strncmp(at, "cordon: ", 8) != 0)
			return 0;
	return *lines != '\0';
}

static const char *judge(const struct outcome *first, const struct outcome *out,
			 int is_free, const char *or)
{
	if (!WIFEXITED(out->status))
		return WTERMSIG(out->status) == SIGALRM ? "hangs" : "dies";
	if (out->status == first->status && !strcmp(out->out, first->out) &&
	    !strcmp(out->err, first->err))
		return NULL;
	/* stderr itself may be what failed, or whether it is open */
	if (state->nr == SYS_write || state->nr == SYS_writev ||
	    state->nr == SYS_fcntl)
		return NULL;
	if (WEXITSTATUS(out->status) == 125)
		return are_ours(out->err) ? NULL : "refuses without a word";
	if (out->status != first->status)
		return "another exit status";
	return is_free || (or && strstr(out->out, or)) || is_excused() ?
		       NULL :
		       "says something else";
}

/* The first line that is not the same. */
static void show_difference(const char *was, const char *is)
{
	const char *at = is;

	for (size_t i = 0; was[i] && was[i] == is[i]; i++)
		if (is[i] == '\n')
			at = is + i + 1;
	printf("#   '%.*s'\n", (int)strcspn(at, "\n"), at);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "error", 1, NULL, 'e' }, { "each", 1, NULL, 'k' },
		{ "turn", 1, NULL, 'n' },  { "free", 0, NULL, 'f' },
		{ "list", 0, NULL, 'l' },  { "excused", 1, NULL, 'x' },
		{ "or", 1, NULL, 'o' },
		{ 0 },
	};
	static struct outcome first, out;
	unsigned each = 1, turn = 0, n, failed = 0, injected = 0;
	int c, is_free = 0, is_list = 0;
	const char *error = NULL, *or = NULL;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case 'e':
			error = optarg;
			break;
		case 'k':
			each = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'n':
			turn = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'f':
			is_free = 1;
			break;
		case 'l':
			is_list = 1;
			break;
		case 'o':
			or = optarg;
			break;
		case 'x':
			read_excuses(optarg);
			break;
		default:
			return 96;
		}
	if (optind >= argc || !each) {
		puts("inside: usage: see the head of inside.c");
		return 96;
	}
	state = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state == MAP_FAILED)
		return 96;
	argc -= optind;
	argv += optind;
	run(argc, argv, 0, &first);
	n = state->count;
	if (first.status != 0 || n == 0) {
		printf("inside: the first run ended with status %x: %.200s\n",
		       (unsigned)first.status, first.err);
		return 1;
	}
	for (unsigned i = 1; i <= n; i++) {
		const char *fault;
		size_t e = (i + turn) % COUNT(errors);

		if ((i + turn) % each)
			continue;
		for (size_t k = 0; error && k < COUNT(errors); k++)
			if (!strcmp(errors[k].name, error))
				e = k;
		state->error = errors[e].number;
		run(argc, argv, i, &out);
		if (!state->nr)
			continue;
		injected++;
		fault = judge(&first, &out, is_free, or);
		failed += fault != NULL;
		if (!fault && !is_list)
			continue;
		printf("# %u %s %s = %s: %s (status %x) %.*s\n", i,
		       name_of(state->nr), state->path, errors[e].name,
		       fault ? fault : "well", (unsigned)out.status,
		       (int)strcspn(out.err, "\n"), out.err);
		if (fault)
			show_difference(first.out, out.out);
	}
	printf("inside: %u calls, injected %u, failed %u\n", n, injected, failed);
	return failed != 0;
}
#endif
