/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/explain.h"
#include "core/filter.h"
#include "core/learn.h"
#include "core/learn_need.h"
#include "core/prepare.h"
#include "core/run.h"

/*
 * What would lead out of the namespaces, ids and descriptors that hold in a run
 * that learns too, or past who watches: refused there as in any run.
 */
static const long never[] = {
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_unshare,
	SYS_setns,
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_move_mount,
	SYS_open_tree,
	SYS_fsopen,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fspick,
	SYS_bpf,
	SYS_perf_event_open,
	SYS_userfaultfd,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	SYS_keyctl,
	SYS_add_key,
	SYS_request_key,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_kexec_load,
	SYS_reboot,
	SYS_swapon,
	SYS_swapoff,
	SYS_open_by_handle_at,
	SYS_acct,
	SYS_quotactl,
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_clock_adjtime,
	SYS_adjtimex,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_syslog,
	SYS_vhangup,
	SYS_pidfd_getfd,
	SYS_kcmp,
	SYS_seccomp,
};

static bool is_never(long number)
{
	for (size_t i = 0; i < CORDON_COUNT(never); i++)
		if (never[i] == number)
			return true;
	return false;
}

/* Of these what a filter says depends on the arguments, and may be learned. */
static bool is_learned_by_number(long number)
{
	return call_is_exec(number) || number == SYS_socket ||
	       number == SYS_socketpair;
}

static bool is_plain_family(uint64_t family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 ||
	       family == AF_NETLINK;
}

/* ---- one question ---- */

/* 0: it goes on; else the error that it gets instead. */
static int judge(struct learned *learned, const struct seccomp_data *data)
{
	const struct filter_program *filter =
		learned->prepared->plan.settled.filter;
	struct learn_call *call = &learned->calls[data->nr];
	uint32_t said = filter ? filter_run(filter, data) : SECCOMP_RET_ALLOW;
	uint32_t action = said & SECCOMP_RET_ACTION_FULL;
	int code = action == SECCOMP_RET_ERRNO ? (int)(said & SECCOMP_RET_DATA)
					       : EPERM;
	bool is_socket = data->nr == SYS_socket || data->nr == SYS_socketpair;

	if (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG)
		return 0;
	if (code == ENOSYS) {
		call->absent++;
		return code;
	}
	call->is_by_argument = filter_depends(filter, data->nr);
	if (is_never(data->nr) ||
	    (call->is_by_argument && !is_learned_by_number(data->nr)) ||
	    (is_socket && !is_plain_family(data->args[0]))) {
		call->held++;
		return code;
	}
	call->first = data->args[0];
	call->needed++;
	if (is_socket)
		learned->families |= (uint64_t)1 << data->args[0];
	return 0;
}

/* What cordon itself executes is the program, or "/bin/sh" for a text file. */
static void begin(struct learned *learned, const struct seccomp_notif *call)
{
	const struct settled *settled = &learned->prepared->plan.settled;
	size_t i = 0;

	need_find_rules(learned, (pid_t)call->pid);
	while (i < settled->n_candidates &&
	       call_program(learned, call, settled->candidates[i]) < 0)
		i++;
	if (learned->has_shell)
		call_program(learned, call, "/bin/sh");
}

static int consider(struct learned *learned, const struct seccomp_notif *call)
{
	int code;

	/* Before exec it is cordon that calls. */
	if (call_is_exec(call->data.nr) && !learned->has_rules &&
	    (!learned->has_started || call_is_ours(call))) {
		learned->has_shell = learned->has_started;
		learned->has_started = true;
		return 0;
	}
	if (!learned->has_started)
		return 0;
	if (!learned->has_rules)
		begin(learned, call);
	/* the filter asks about none of these; it is an index now */
	if (call->data.nr < 0 || call->data.nr >= LEARN_CALLS)
		return 0;
	call_measure(learned, call);
	code = judge(learned, &call->data);
	if (code == 0)
		call_look(learned, call);
	return code;
}

static void answer_one(struct learned *learned, int listener)
{
	struct seccomp_notif call = { 0 };
	struct seccomp_notif_resp reply = { 0 };

	learned->listener = listener;
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return; /* who asked is gone */
	reply.id = call.id;
	reply.error = -consider(learned, &call);
	if (reply.error == 0)
		reply.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply);
}

/* ---- beside the job ---- */

static int receive(int socket)
{
	char byte;
	struct iovec vector = { &byte, 1 };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct msghdr message = { .msg_iov = &vector,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) > 0 &&
	    control.head.cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

/* Those of the terminal reach the job by themselves. */
static void pass_on(int signal_fd, pid_t pid)
{
	struct signalfd_siginfo info;

	if (read(signal_fd, &info, sizeof(info)) == sizeof(info) &&
	    (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP))
		kill(pid, (int)info.ssi_signo);
}

static int open_signals(sigset_t *old)
{
	sigset_t caught;

	sigemptyset(&caught);
	sigaddset(&caught, SIGTERM);
	sigaddset(&caught, SIGHUP);
	sigaddset(&caught, SIGINT);
	sigaddset(&caught, SIGQUIT);
	return sigprocmask(SIG_BLOCK, &caught, old) < 0
		       ? -1
		       : signalfd(-1, &caught, SFD_CLOEXEC);
}

static void stop_asking(struct pollfd *fd)
{
	close(fd->fd);
	fd->fd = -1;
}

/* Until the main process has ended; its wait status. */
static int listen_to(struct learned *learned, int socket, int signals,
		     pid_t pid, int pidfd)
{
	enum { SOCKET, LISTENER, SIGNALS, CHILD, N };
	struct pollfd fds[N] = {
		[SOCKET] = { socket, POLLIN, 0 },
		[LISTENER] = { -1, POLLIN, 0 },
		[SIGNALS] = { signals, POLLIN, 0 },
		[CHILD] = { pidfd, POLLIN, 0 },
	};
	int status = W_EXITCODE(125, 0); /* unless it tells another */

	/* No signal has a handler here: nothing is interrupted. */
	while (!fds[CHILD].revents && poll(fds, N, -1) >= 0) {
		if (fds[SOCKET].revents) {
			fds[LISTENER].fd = receive(socket);
			stop_asking(&fds[SOCKET]);
		}
		if (fds[LISTENER].revents & POLLIN)
			answer_one(learned, fds[LISTENER].fd);
		else if (fds[LISTENER].revents)
			stop_asking(&fds[LISTENER]);
		if (fds[SIGNALS].revents)
			pass_on(signals, pid);
	}
	/* Who is left of the job gets ENOSYS from now on. */
	close(fds[LISTENER].fd);
	waitpid(pid, &status, 0);
	return status;
}

/* ---- the job ---- */

/* -1: nobody could tell when it ends; it does so now.  A job of the same user
 * may not trace who listens, nor reach through it what it was confined from. */
static int watch_job(pid_t pid)
{
	int fd = -1, code;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0)
		return fd;
	code = errno;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	errno = code;
	return -1;
}

_Noreturn static void be_job(struct arena *arena, const struct request *request,
			     const struct learn *learn)
{
	struct request own = *request;

	own.learn = learn;
	own.dir = NULL; /* it has been entered */
	/* stdout is for the sections. */
	if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
		_exit(125);
	exit(run(arena, &own));
}

static int refuse(const struct request *request, int code, const char *text)
{
	struct cordon_error err;

	cordon_fail(&err, code, "%s", text);
	return explain_fault(request->stack, &err);
}

static int run_and_listen(struct arena *arena, const struct request *request,
			  struct learned *learned)
{
	const struct plan *plan = &learned->prepared->plan;
	struct learn own = { .socket = -1 };
	int pair[2], signals, status, pidfd;
	sigset_t old;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return refuse(request, errno, "cannot make a pair of sockets");
	own.socket = pair[1];
	own.program = learn_program(arena, plan->settled.filter,
				    learned->counts_files, own.socket);
	memset(request->words, 0, request->words_size);
	signals = open_signals(&old);
	fflush(stdout);
	pid = signals < 0 ? -1 : fork();
	if (pid < 0)
		return refuse(request, errno,
			      "cannot start a process beside "
			      "the job");
	if (pid == 0) {
		sigprocmask(SIG_SETMASK, &old, NULL);
		close(signals);
		close(pair[0]);
		be_job(arena, request, &own);
	}
	close(pair[1]);
	signal(SIGCHLD, SIG_DFL); /* ignored, there would be no status */
	pidfd = watch_job(pid);
	if (pidfd < 0)
		return refuse(request, errno, "cannot watch the job's process");
	status = listen_to(learned, pair[0], signals, pid, pidfd);
	if (learned->has_rules)
		learn_print(learned);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Who asks is known by its number, and looked at in /proc. */
static bool is_own_proc(void)
{
	char text[32] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) > 0 &&
	       strtol(text, NULL, 10) == getpid();
}

int learn(struct arena *arena, const struct request *request)
{
	struct learned *learned = arena_alloc(arena, sizeof(*learned));
	struct prepared prepared;
	struct cordon_error err = { 0 };

	if (!request->argv || !request->argv[0] || !request->argv[0][0])
		return refuse(request, 0,
			      "no command (cordon learn STACK -- COMMAND)");
	if (geteuid() == 0 && !request->is_as_root)
		return refuse(request, 0,
			      "a job that is learned from is confined less "
			      "than its stack says (if root means that: "
			      "--as-root)");
	if (!is_own_proc())
		return refuse(request, 0,
			      "/proc is not that of this PID namespace: what "
			      "the job asks for cannot be looked up there "
			      "(mount -t proc proc /proc)");
	/* Two processes go on from here: the program stays what it is. */
	door_go_on();
	if (prepare_stack(arena, request, false, &prepared, &err) < 0 ||
	    prepare_plan(&prepared, &err) < 0)
		return explain_fault(request->stack, &err);
	need_init(learned, arena, &prepared);
	return run_and_listen(arena, request, learned);
}
