/* SPDX-License-Identifier: MIT */
/*
 * sweep - fail each system call of cordon in turn; the job must never start
 *
 *	sweep [--error NAME|zero|kill|mixed] [--turn N] [--each N] [--kinds] [--from TEXT]
 *	      [--excused FILE] [--only CALL,CALL...] [--limit SECONDS] [--helpers] [--list]
 *	      [--verbose] --job PROGRAM -- COMMAND ARGS
 *
 * Where cordon goes on as its twin, the twin's start does not count either, and what
 * failed before may be asked again: the job must say the same as in the first run.
 *
 * A first run is only watched: every call of every process of COMMAND from the
 * first open of a path with TEXT in it to the execve of PROGRAM is a point, named
 * by role ("0" is cordon, "0.1" its first child, "0.1.1" a child of that) and count.
 * Then one run per point, in which that one call isn't made: it returns the error,
 * or 0 ("zero", the lying kernel), or the process gets a SIGKILL instead ("kill").
 * "mixed" gives each point one of ENOMEM, EINTR, EAGAIN, ENOSPC and EMFILE in turn,
 * beginning with the N-th of --turn; with --each N only every N-th point is tried,
 * which ones --turn says too, and with --kinds also the first of each call in each role.
 * In these runs a filter stops the calls of that one number alone, so that a run takes
 * about as long as one without a tracer: the point is the n-th such call of its role.
 *
 * Passes when the job wasn't reached, the exit status is 125 (126 or 127 at the
 * execve itself), stdout is empty, stderr is one line "cordon: …", nothing is alive
 * 300 ms later, all within 3 s.  With "zero", and at excused points, the job may run
 * when it says the same as in the first run.  After a SIGKILL of cordon itself only
 * "nothing alive" is asked for.
 *
 * After its go, one byte through a pipe, a supervising cordon only watches: what
 * fails there is no reason to end a job, which must say the same as in the first run.
 * An excused point is a line "CALL REASON", "CALL:ARGUMENT REASON", "CALL@ERROR REASON" or
 * "CALL=PATH REASON" in FILE, with ARGUMENT the first argument of the call in decimal, and
 * PATH what it names or what its descriptor was opened by; a CALL of * is any, and so is
 * what follows a path's *.  A call that was
 * interrupted (EINTR) may be made again: excused too.
 *
 * With --helpers what runs beside the job is swept until its end, cordon and the job's
 * next tries with it.  A helper has its go too: it is late once it has said that it is
 * ready.  At a late point the job ends as in the first run, or cordon says why it did
 * not, with 125; in no case does it print anything else.  Prints one line per failed
 * point, then "faults: injected N, job ran M, excused X, failed F".
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
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
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/act.h"
#include "core/relay.h"

#ifndef __x86_64__
int main(void)
{
	puts("faults: skipped, the injector knows x86-64 only");
	return 77;
}
#else

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_POINTS 8192
#define MAX_TASKS 64
#define MAX_CALLS 512
static double limit_s = 3; /* of one run; --limit */
#define ORIG_RAX offsetof(struct user_regs_struct, orig_rax)
#define RAX offsetof(struct user_regs_struct, rax)

/* ---- names ---- */

#define N(name) { SYS_##name, #name }
static const struct {
	long nr;
	const char *name;
} names[] = {
	N(read),	 N(write),	   N(close),	    N(fstat),
	N(newfstatat),	 N(statx),	   N(lstat),	    N(stat),
	N(lseek),	 N(mmap),	   N(mprotect),	    N(munmap),
	N(brk),		 N(rt_sigaction),  N(rt_sigprocmask), N(ioctl),
	N(pread64),	 N(pwrite64),	   N(readv),	    N(writev),
	N(access),	 N(faccessat),	   N(faccessat2),   N(pipe2),
	N(dup),		 N(dup2),	   N(dup3),	    N(getpid),
	N(clone),	 N(clone3),	   N(fork),	    N(vfork),
	N(getpgrp),
	N(execve),	 N(execveat),	   N(exit),	    N(exit_group),
	N(wait4),	 N(waitid),	   N(kill),	    N(fcntl),
	N(getdents64),	 N(getcwd),	   N(chdir),	    N(fchdir),
	N(mkdir),	 N(mkdirat),	   N(unlinkat),	    N(symlinkat),
	N(readlink),	 N(readlinkat),	   N(fchmod),	    N(fchmodat),
	N(fchown),	 N(fchownat),	   N(umask),	    N(getrlimit),
	N(prlimit64),	 N(setrlimit),	   N(getuid),	    N(getgid),
	N(geteuid),	 N(getegid),	   N(getppid),	    N(getpgid),
	N(getsid),	 N(setpgid),	   N(setsid),	    N(setuid),
	N(setgid),	 N(setresuid),	   N(getresuid),    N(setresgid),
	N(getresgid),	 N(setfsuid),	   N(setfsgid),	    N(setgroups),
	N(getgroups),	 N(capget),	   N(capset),	    N(prctl),
	N(personality),	 N(statfs),	   N(fstatfs),	    N(getpriority),
	N(setpriority),	 N(ioprio_get),	   N(ioprio_set),   N(sched_setaffinity),
	N(sched_getaffinity), N(mount),	   N(umount2),	    N(pivot_root),
	N(chroot),	 N(sethostname),   N(uname),	    N(arch_prctl),
	N(gettid),	 N(futex),	   N(set_tid_address), N(set_robust_list),
	N(rseq),	 N(getrandom),	   N(memfd_create), N(unshare),
	N(setns),	 N(openat),	   N(open),	    N(openat2),
	N(close_range),	 N(pidfd_open),	   N(pidfd_send_signal), N(signalfd4),
	N(eventfd2),	 N(timerfd_create), N(timerfd_settime), N(epoll_create1),
	N(epoll_ctl),	 N(epoll_pwait),   N(poll),	    N(ppoll),
	N(open_tree),	 N(move_mount),	   N(fsopen),	    N(fsconfig),
	N(fsmount),	 N(mount_setattr), N(keyctl),	    N(seccomp),
	N(setitimer),	 N(getitimer),	   N(rt_sigtimedwait), N(rt_sigsuspend),
	N(socket),	 N(socketpair),	   N(bind),	    N(sendto),
	N(recvfrom),	 N(sendmsg),	   N(recvmsg),	    N(setsockopt),
	N(flock),	 N(ftruncate),	   N(fallocate),    N(rename),
	N(renameat2),	 N(unlink),	   N(rmdir),	    N(landlock_create_ruleset),
	N(landlock_add_rule), N(landlock_restrict_self), N(clock_gettime),
	N(clock_nanosleep), N(nanosleep),  N(rt_sigpending), N(rt_sigreturn),
	N(madvise),	 N(sched_getscheduler), N(kcmp),    N(copy_file_range),
	N(sendfile),	 N(sched_yield),   N(tgkill),	    N(sysinfo),
	N(get_robust_list), N(sched_setattr), N(sched_getattr), N(alarm),
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

static const struct {
	const char *name;
	int number;
} errors[] = {
	{ "EPERM", EPERM },   { "EACCES", EACCES }, { "ENOSYS", ENOSYS },
	{ "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM }, { "EINTR", EINTR },
	{ "EMFILE", EMFILE }, { "ENOSPC", ENOSPC }, { "zero", 0 },
	{ "kill", -1 },	      { "mixed", -2 },
};
static const char *const mixture[] = { "ENOMEM", "EINTR", "EAGAIN", "ENOSPC",
				       "EMFILE" };

/* ---- one run ---- */

struct point {
	char role[32];
	unsigned index; /* which call of this number in this role, from 1 */
	long nr;
	uint64_t arg;
	char path[128]; /* its file, where it has one */
	int job; /* the role that becomes the job */
	int early; /* before it goes on as its twin, which begins anew */
	int late;  /* cordon's own, after the go */
	int said;  /* a helper's, after it said that it is ready */
};

struct task {
	pid_t pid;
	char role[32]; /* "" until its parent told */
	unsigned calls[MAX_CALLS]; /* of each number */
	unsigned children;
	int stopped; /* held back until the role is known */
	int attached; /* its first stop is over */
	int begun;    /* its calls count: what was ours is over */
	int said;     /* as in its points */
	int is_job; /* since its execve */
};

struct outcome {
	int status; /* of wait */
	int hit;
	uint64_t arg; /* of the call that was hit: others run beside it, so that */
	char path[128]; /* it may be about another file than in the first run */
	int ran;
	int hung;
	int left;
	char out[65536];
	char err[4096];
};

static struct {
	const char *error_name;
	int error;
	int mixed;
	const char *from;
	const char *job;
	int helpers;
	char *const *command;
} config = { "EPERM", EPERM, 0, NULL, NULL, 0, NULL };

static struct point points[MAX_POINTS];
static size_t n_points;
static struct task tasks[MAX_TASKS];
static size_t n_tasks;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "sweep: %s: %s\n", what, strerror(errno));
	exit(96);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static struct task *task_of(pid_t pid)
{
	for (size_t i = 0; i < n_tasks; i++)
		if (tasks[i].pid == pid)
			return &tasks[i];
	if (n_tasks == MAX_TASKS)
		return NULL;
	tasks[n_tasks] = (struct task){ .pid = pid };
	return &tasks[n_tasks++];
}

static void forget(pid_t pid)
{
	for (size_t i = 0; i < n_tasks; i++)
		if (tasks[i].pid == pid) {
			tasks[i] = tasks[--n_tasks];
			return;
		}
}

/* A string near the end of a page: what there is. */
static void copy_text(pid_t pid, uint64_t address, char *copy, size_t size)
{
	struct iovec here = { copy, size - 1 };
	struct iovec there = { (void *)(uintptr_t)address, size - 1 };

	memset(copy, 0, size);
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) >= 0)
		return;
	there.iov_len = 4096 - (address & 4095);
	if (there.iov_len < size)
		process_vm_readv(pid, &here, 1, &there, 1, 0);
}

/* What a call's first arguments name: an absolute path, else a descriptor's. */
static void path_of(pid_t pid, long nr, const uint64_t *args, char *path,
		    size_t size)
{
	static const long path_first[] = { SYS_access, SYS_open, SYS_stat,
					   SYS_lstat, SYS_mkdir, SYS_rmdir,
					   SYS_unlink, SYS_chdir, SYS_statfs };
	char link[64];
	ssize_t n;

	path[0] = '\0';
	for (size_t i = 0; i < COUNT(path_first); i++)
		if (nr == path_first[i]) {
			copy_text(pid, args[0], path, size);
			return;
		}
	if ((int)args[0] == AT_FDCWD) {
		copy_text(pid, args[1], path, size);
		return;
	}
	if (args[0] >= 65536)
		return;
	snprintf(link, sizeof(link), "/proc/%d/fd/%u", pid, (unsigned)args[0]);
	n = readlink(link, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
}

static int is_job(pid_t pid)
{
	char path[64], exe[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, exe, sizeof(exe) - 1);
	if (n < 0)
		return 0;
	exe[n] = '\0';
	return strcmp(exe, config.job) == 0;
}

/* Whether cordon has let its job go on, in the first run. */
static int went;

/* By what helpers say that they are ready: a byte, or what says more. */
static int is_word(long nr, const uint64_t *args)
{
	return (nr == SYS_write || nr == SYS_sendto) &&
	       (args[2] == 1 || args[2] == sizeof(struct relay_word) ||
		args[2] == sizeof(struct report));
}

/* At the entry of a call in the first run. */
static void note(struct task *task, const struct outcome *out, int *started)
{
	struct __ptrace_syscall_info info;
	struct point *point = &points[n_points];
	long nr;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	nr = (long)info.entry.nr;
	if (nr < 0 || nr >= MAX_CALLS)
		return;
	task->calls[nr]++;
	if (!*started &&
	    (nr == SYS_openat || nr == SYS_open || nr == SYS_openat2)) {
		char path[512];

		copy_text(task->pid, info.entry.args[nr != SYS_open], path,
			  sizeof(path));
		*started = !config.from || strstr(path, config.from);
	}
	if (!*started || (out->ran && !config.helpers))
		return;
	if (++n_points == MAX_POINTS)
		die("too many points");
	memcpy(point->role, task->role, sizeof(point->role));
	point->index = task->calls[nr];
	point->nr = nr;
	point->arg = info.entry.args[0];
	path_of(task->pid, nr, info.entry.args, point->path, sizeof(point->path));
	/* An init is one that has cloned the job. */
	point->late = out->ran ||
		      (strcmp(task->role, "0") ? task->children > 0 : went);
	point->said = task->said;
	task->said |= config.helpers && is_word(nr, info.entry.args);
	/* The one byte after which the parent only watches. */
	went |= n_tasks > 1 && !strcmp(task->role, "0") && nr == SYS_write &&
		info.entry.args[2] == 1;
}

/* At a call of the number that is to fail: replaces the one that is the point. */
static void inject(struct task *task, const struct point *target,
		   struct outcome *out)
{
	struct __ptrace_syscall_info info;

	if (out->hit || !task->begun ||
	    ++task->calls[target->nr] != target->index ||
	    strcmp(task->role, target->role) != 0)
		return;
	out->hit = 1;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, task->pid, sizeof(info), &info) > 0 &&
	    info.op == PTRACE_SYSCALL_INFO_SECCOMP) {
		out->arg = info.seccomp.args[0];
		path_of(task->pid, target->nr, info.seccomp.args, out->path,
			sizeof(out->path));
	}
	if (config.error < 0) {
		kill(task->pid, SIGKILL);
		return;
	}
	/* seccomp(2): with -1 as its number a call is skipped */
	ptrace(PTRACE_POKEUSER, task->pid, ORIG_RAX, -1L);
	ptrace(PTRACE_POKEUSER, task->pid, RAX, (long)-config.error);
}

/* The calls of one number stop for the tracer, those of others don't. */
static void stop_at(long nr)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { COUNT(code), code };

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	     syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0))
		_exit(96);
}

static volatile sig_atomic_t ticked;
static void on_tick(int sig)
{
	(void)sig;
	ticked = 1;
}

static void kill_all(void)
{
	for (size_t i = 0; i < n_tasks; i++)
		kill(tasks[i].pid, SIGKILL);
}

static void cut(char *text, int from, int to)
{
	if (to > from)
		memmove(text + from, text + to, strlen(text + to) + 1);
}

/* What a run made: a pipe's number, and of a file in memory its own and that of its
 * descriptor, in "fd 4 0:14:8234 mode=" and "env NAME=4". */
static void strip_numbers(char *text)
{
	for (char *at = text; at; at = strchr(at, '\n')) {
		int fd = 0, to_fd = 0, from = 0, to = 0;

		at += *at == '\n';
		sscanf(at, "fd %d%n %*d:%*d:%n%*d%n", &fd, &to_fd, &from, &to);
		cut(at, from, to);
		cut(at, 3, fd > 2 ? to_fd : 0);
		from = to = 0;
		sscanf(at, "env %*[^=]=%n%*d%n", &from, &to);
		cut(at, from, at[to] == '\n' ? to : 0);
	}
}

/* Without what a run chose at random: "cordon-" or "cordon-runs-" and hexadecimal
 * digits. */
static void capture(int fd, char *text, size_t size)
{
	static const char name[] = "cordon-", runs[] = "runs-";
	ssize_t n = pread(fd, text, size - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	for (char *at = text; (at = strstr(at, name));) {
		at += strlen(name);
		if (!strncmp(at, runs, strlen(runs)))
			at += strlen(runs);
		memmove(at, at + strspn(at, "0123456789abcdef"),
			strlen(at + strspn(at, "0123456789abcdef")) + 1);
	}
	if (config.helpers)
		strip_numbers(text);
}

static void run(const struct point *target, struct outcome *out)
{
	/* The same files each time: the job tells which they are. */
	static int out_fd = -1, err_fd = -1;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	double start = now(), main_end = 0;
	int started = 0, status;
	int how = target ? PTRACE_CONT : PTRACE_SYSCALL;
	pid_t main_pid, pid;

	memset(out, 0, sizeof(*out));
	n_tasks = 0;
	if (out_fd < 0) {
		out_fd = memfd_create("out", MFD_CLOEXEC);
		err_fd = memfd_create("err", MFD_CLOEXEC);
	}
	if (ftruncate(out_fd, 0) < 0 || ftruncate(err_fd, 0) < 0 ||
	    lseek(out_fd, 0, SEEK_SET) < 0 || lseek(err_fd, 0, SEEK_SET) < 0)
		die("memfd");
	main_pid = fork();
	if (main_pid < 0)
		die("fork");
	if (main_pid == 0) {
		dup2(null, 0);
		dup2(out_fd, 1);
		dup2(err_fd, 2);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		stop_at(target ? target->nr : -1);
		execv(config.command[0], config.command);
		_exit(96);
	}
	strcpy(task_of(main_pid)->role, "0");
	task_of(main_pid)->attached = 1;
	while ((pid = waitpid(main_pid, &status, 0)) < 0 && errno == EINTR)
		;
	if (pid < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, main_pid, NULL,
		   PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			   PTRACE_O_TRACEEXEC | PTRACE_O_TRACESECCOMP |
			   PTRACE_O_EXITKILL) < 0)
		die("ptrace");
	ptrace(how, main_pid, NULL, 0);

	for (;;) {
		struct task *task;
		int sig = 0, event;

		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == ECHILD)
			break;
		if (ticked) {
			ticked = 0;
			if (main_end ? now() > main_end + 0.3 :
				       now() > start + limit_s) {
				if (main_end)
					out->left += n_tasks;
				else
					out->hung = 1;
				kill_all();
			}
		}
		if (pid < 0)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			forget(pid);
			if (pid == main_pid) {
				out->status = status;
				main_end = now();
			}
			continue;
		}
		task = task_of(pid);
		if (!task)
			die("too many processes");
		sig = WSTOPSIG(status);
		event = status >> 16;
		if (!*task->role) {
			/* the first stop of a new one: wait for its parent's word */
			task->stopped = task->attached = 1;
			continue;
		}
		if (sig == (SIGTRAP | 0x80)) {
			note(task, out, &started);
			sig = 0;
		} else if (event == PTRACE_EVENT_SECCOMP) {
			if (target)
				inject(task, target, out);
			sig = 0;
		} else if (event == PTRACE_EVENT_FORK ||
			   event == PTRACE_EVENT_VFORK ||
			   event == PTRACE_EVENT_CLONE) {
			unsigned long child_pid = 0;
			struct task *child;
			char role[32];

			ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child_pid);
			snprintf(role, sizeof(role), "%.24s.%u", task->role,
				 ++task->children);
			child = task_of(child_pid);
			if (!child)
				die("too many processes");
			strcpy(child->role, role);
			child->begun = 1;
			if (child->stopped)
				ptrace(how, child->pid, NULL, 0);
			sig = 0;
		} else if (event == PTRACE_EVENT_EXEC) {
			if (!task->begun)
				memset(task->calls, 0, sizeof(task->calls));
			task->begun = 1;
			if (is_job(pid)) {
				out->ran = 1;
				task->is_job = 1;
				for (size_t i = 0; !target && i < n_points; i++)
					points[i].job |= !strcmp(points[i].role,
								 task->role);
			} else if (!strcmp(task->role, "0")) {
				/* A loader's calls are not cordon's. */
				started = 0;
				for (size_t i = 0; !target && i < n_points; i++)
					points[i].early = 1;
			}
			sig = 0;
		} else if (sig == SIGSTOP && !task->attached) {
			sig = 0; /* the attach stop */
		}
		task->attached = 1;
		/* The job's own calls are no points, and many. */
		ptrace(task->is_job ? PTRACE_CONT : how, pid, NULL, sig);
	}
	capture(out_fd, out->out, sizeof(out->out));
	capture(err_fd, out->err, sizeof(out->err));
	close(null);
}

/* ---- judging ---- */

struct excuse {
	char call[32];
	const char *error; /* the only one; NULL is any */
	int has_arg;
	uint64_t arg;
	char path[128]; /* "" is any */
};

static struct excuse excuses[128];
static size_t n_excuses;

static void read_excuses(const char *path)
{
	char line[512];
	FILE *file = fopen(path, "re");

	if (!file)
		die(path);
	while (fgets(line, sizeof(line), file)) {
		struct excuse *excuse = &excuses[n_excuses];
		char *colon, *at;

		if (sscanf(line, "%31[^ \t=]=%127s", excuse->call,
			   excuse->path) < 1 ||
		    excuse->call[0] == '#')
			continue;
		at = strchr(excuse->call, '@');
		if (at)
			*at++ = '\0';
		for (size_t i = 0; at && i < COUNT(errors); i++)
			if (strcmp(errors[i].name, at) == 0)
				excuse->error = errors[i].name;
		if (at && !excuse->error)
			die(at);
		colon = strchr(excuse->call, ':');
		excuse->has_arg = colon != NULL;
		if (colon) {
			*colon = '\0';
			excuse->arg = strtoull(colon + 1, NULL, 0);
		}
		if (++n_excuses == COUNT(excuses))
			die("too many excuses");
	}
	fclose(file);
}

static int is_path(const char *wanted, const char *path)
{
	size_t length = strcspn(wanted, "*");

	return wanted[length] ? strncmp(wanted, path, length) == 0
			      : strcmp(wanted, path) == 0;
}

static int is_excused(const struct point *point)
{
	if (point->early || point->late || config.error == EINTR)
		return 1;
	for (size_t i = 0; i < n_excuses; i++)
		if ((strcmp(excuses[i].call, "*") == 0 ||
		     strcmp(excuses[i].call, name_of(point->nr)) == 0) &&
		    (!excuses[i].path[0] ||
		     is_path(excuses[i].path, point->path)) &&
		    (!excuses[i].error ||
		     strcmp(excuses[i].error, config.error_name) == 0) &&
		    (!excuses[i].has_arg || excuses[i].arg == point->arg))
			return 1;
	return 0;
}

/* Nothing to fail: the process ends, or a signal handler returns; and brk(2) returns
 * the break, never an error, so that libc would take one for an address. */
static int is_point(const struct point *point)
{
	return point->nr != SYS_exit && point->nr != SYS_exit_group &&
	       point->nr != SYS_rt_sigreturn &&
	       point->nr != SYS_restart_syscall && point->nr != SYS_brk;
}

static void choose(const char *name)
{
	for (size_t i = 0; i < COUNT(errors); i++)
		if (strcmp(errors[i].name, name) == 0) {
			config.error_name = errors[i].name;
			config.error = errors[i].number;
			return;
		}
	die("no such error");
}

/* No point before it is the same call in the same role. */
static int is_new_kind(const struct point *point)
{
	for (const struct point *p = points; p < point; p++)
		if (p->nr == point->nr && p->early == point->early &&
		    p->late == point->late && !strcmp(p->role, point->role))
			return 0;
	return 1;
}

/* LIST is names with commas between; NULL lists all. */
static int is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	if (!list)
		return 1;
	for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, name, length) == 0 &&
		    (at[length] == ',' || !at[length]))
			return 1;
	return 0;
}

static int is_one_line(const char *text)
{
	const char *newline = strchr(text, '\n');

	return strncmp(text, "cordon: ", 8) == 0 && newline && !newline[1];
}

/* The job runs, or ran: not otherwise than in the first run, or cordon says why. */
static const char *judge_late(const struct point *point, const struct outcome *out,
			      const struct outcome *first)
{
	int code = WIFEXITED(out->status) ? WEXITSTATUS(out->status) : -1;
	int is_cordons = !point->job && !strcmp(point->role, "0");
	int is_exec = point->nr == SYS_execve || point->nr == SYS_execveat;

	if (strncmp(first->out, out->out, strlen(out->out)) != 0)
		return "job ran with another audit";
	if (config.error < 0 && is_cordons)
		return NULL;
	/* who cannot die as the job did says so by a number */
	if (!out->err[0] &&
	    (out->status == first->status ||
	     (WIFSIGNALED(first->status) &&
	      code == 128 + WTERMSIG(first->status))))
		return strcmp(out->out, first->out) ? "what it said is lost" :
						      NULL;
	/* by pid 1, with which all of the job ends */
	if (!is_cordons && !out->err[0] && WIFSIGNALED(out->status) &&
	    WTERMSIG(out->status) == SIGKILL)
		return NULL;
	if (code != 125 && !(code == 126 && is_exec))
		return "job ended otherwise";
	/* stderr itself may be what was not given back for the next try */
	return is_one_line(out->err) || (!out->err[0] && point->nr == SYS_dup2)
		       ? NULL
		       : "an end of which nobody is told";
}

static const char *judge(const struct point *point, const struct outcome *out,
			 const struct outcome *first, int excused)
{
	int code = WIFEXITED(out->status) ? WEXITSTATUS(out->status) : -1;

	if (out->hung)
		return "hangs";
	if (out->left)
		return "leaves a process behind";
	if (config.helpers && point->late)
		return judge_late(point, out, first);
	if (config.error < 0 && (point->late || !strcmp(point->role, "0")))
		return NULL;
	/* pid 1 killed while it waits for a job that runs: so is the job, as it was */
	if (out->ran && config.error < 0 && WIFSIGNALED(out->status) &&
	    WTERMSIG(out->status) == SIGKILL && !out->err[0] &&
	    strncmp(first->out, out->out, strlen(out->out)) == 0)
		return NULL;
	if (out->ran) {
		if (!excused && config.error != 0)
			return "job ran";
		return strcmp(out->out, first->out) != 0 ?
			       "job ran with another audit" :
		       out->status != first->status ? "job ended otherwise" :
		       out->err[0]		    ? "job ran, with words" :
						      NULL;
	}
	if (config.error < 0 && WIFSIGNALED(out->status) &&
	    WTERMSIG(out->status) == SIGKILL && point->job)
		return NULL; /* it would have been the job */
	/* A program that cannot be looked at is one that cannot be run. */
	if (code != 125 &&
	    !((code == 126 && strstr(out->err, ": cannot run '")) ||
	      ((code == 126 || code == 127) &&
	       (point->nr == SYS_execve || point->nr == SYS_execveat))))
		return "other exit status";
	if (out->out[0])
		return "something on stdout";
	/* stderr itself may be what failed */
	if (!out->err[0] && (point->nr == SYS_write || point->nr == SYS_writev))
		return NULL;
	return is_one_line(out->err) ? NULL : "not one line on stderr";
}

/* The first line in which the job said something else. */
static void show_difference(const struct outcome *first,
			    const struct outcome *out)
{
	const char *was = first->out, *is = out->out;

	for (size_t i = 0; first->out[i] && first->out[i] == out->out[i]; i++)
		if (first->out[i] == '\n') {
			was = first->out + i + 1;
			is = out->out + i + 1;
		}
	printf("#   the job: '%.*s', not '%.*s'\n", (int)strcspn(is, "\n"), is,
	       (int)strcspn(was, "\n"), was);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "error", 1, NULL, 'e' }, { "from", 1, NULL, 'f' },
		{ "excused", 1, NULL, 'x' }, { "job", 1, NULL, 'j' },
		{ "list", 0, NULL, 'l' }, { "only", 1, NULL, 'o' },
		{ "verbose", 0, NULL, 'v' }, { "limit", 1, NULL, 't' },
		{ "turn", 1, NULL, 'n' },    { "each", 1, NULL, 'k' },
		{ "kinds", 0, NULL, 'K' },   { "helpers", 0, NULL, 'H' },
		{ 0 },
	};
	static struct outcome first, out;
	struct itimerval tick = { { 0, 50000 }, { 0, 50000 } };
	struct sigaction act = { .sa_handler = on_tick };
	unsigned injected = 0, ran = 0, excused_count = 0, failed = 0,
		 missed = 0;
	const char *only = NULL;
	unsigned long turn = 0, each = 1, tried = 0;
	int c, list = 0, verbose = 0, kinds = 0;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case 'e':
			choose(optarg);
			config.mixed = config.error == -2;
			break;
		case 'n':
			turn = strtoul(optarg, NULL, 10);
			break;
		case 'k':
			each = strtoul(optarg, NULL, 10);
			break;
		case 'K':
			kinds = 1;
			break;
		case 'H':
			config.helpers = 1;
			break;
		case 'f':
			config.from = optarg;
			break;
		case 'x':
			read_excuses(optarg);
			break;
		case 'j':
			config.job = optarg;
			break;
		case 'o':
			only = optarg;
			break;
		case 'l':
			list = 1;
			break;
		case 't':
			limit_s = atof(optarg);
			break;
		case 'v':
			verbose = 1;
			break;
		default:
			return 96;
		}
	if (!config.job || optind >= argc || !each)
		die("usage: see the head of sweep.c");
	config.command = argv + optind;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);

	run(NULL, &first);
	if (!first.ran || !n_points) {
		printf("faults: the first run didn't reach the job "
		       "(status %x, %zu points): %s",
		       first.status, n_points,
		       first.err[0] ? first.err : "\n");
		return 1;
	}
	for (size_t i = 0; i < n_points; i++)
		points[i].late |= points[i].said && !points[i].job &&
				  strcmp(points[i].role, "0") != 0;
	for (size_t i = 0; i < n_points; i++) {
		struct point *point = &points[i];
		const char *fault;
		int excused;

		if (!is_point(point) || !is_listed(only, name_of(point->nr)) ||
		    ((tried++ + turn) % each &&
		     !(kinds && is_new_kind(point))))
			continue;
		if (config.mixed)
			choose(mixture[(i + turn) % COUNT(mixture)]);
		if (list) {
			printf("%s %u %s(%lu) %s%s\n", point->role, point->index,
			       name_of(point->nr), (unsigned long)point->arg,
			       point->path, is_excused(point) ? " excused" : "");
			continue;
		}
		run(point, &out);
		if (!out.hit) {
			missed++;
			continue;
		}
		injected++;
		point->arg = out.arg;
		memcpy(point->path, out.path, sizeof(point->path));
		excused = is_excused(point);
		excused_count += excused;
		fault = judge(point, &out, &first, excused);
		ran += fault && strncmp(fault, "job ran", 7) == 0;
		if (fault)
			failed++;
		out.err[strcspn(out.err, "\n")] = '\0';
		if (fault || verbose)
			printf("# %s %u %s(%lu) %s = %s: %s (status %x) %s\n",
			       point->role, point->index, name_of(point->nr),
			       (unsigned long)point->arg, point->path,
			       config.error_name, fault ? fault : "well",
			       out.status, out.err);
		if (fault && out.ran)
			show_difference(&first, &out);
	}
	printf("faults: injected %u, job ran %u, excused %u, missed %u, failed %u\n",
	       injected, ran, excused_count, missed, failed);
	/* Runs differ by a call or two; where many differ, they were none. */
	return failed != 0 || missed > 5 + n_points / 20;
}
#endif
