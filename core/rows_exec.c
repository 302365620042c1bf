/* SPDX-License-Identifier: MIT */
/* The last steps: the program, its descriptors, its signals, exec. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/time.h>

#include "core/act.h"
#include "core/filter.h"
#include "core/pin.h"
#include "core/rows.h"
#include "core/step.h"
#include "core/sys.h"

#define DEFAULT_SLACK 50000 /* ns; what init has */

/* As execvp(3): what is absent is passed over, what is forbidden remembered. */
static long find_program(struct act *act)
{
	const struct settled *settled = &act->plan->settled;
	long answer = -ENOENT;
	struct stat st;

	for (size_t i = 0; i < settled->n_candidates; i++) {
		const char *path = settled->candidates[i];
		long fd, rc;

		act->what = path;
		fd = sys(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
		if (fd == -ENOENT ||
		    (fd == -ENOTDIR && !settled->program_is_path))
			continue;
		/* O_PATH asks for nothing of the file: a folder of PATH that
		 * the job may not search has nothing for it. */
		if (fd == -EACCES && !settled->program_is_path)
			continue;
		if (fd < 0)
			return fd;
		rc = sys(SYS_fstat, fd, &st);
		sys(SYS_close, fd);
		if (rc == 0 && !S_ISREG(st.st_mode))
			rc = -EACCES;
		if (rc == 0)
			rc = sys(SYS_faccessat, AT_FDCWD, path, 1 /* X_OK */);
		if (rc == 0) {
			act->candidate = i;
			return 0;
		}
		if (rc != -EACCES)
			return rc;
		answer = rc;
	}
	act->what = settled->argv[0];
	return answer;
}

int act_program(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	long rc;

	(void)step;
	if (settled->copied_program)
		return 0;
	rc = find_program(act);
	if (rc < 0)
		act->report.phase = REPORT_EXEC;
	return (int)rc;
}

int act_stdio(struct act *act, const struct step *step)
{
	const int to = (int)step->is.number[0];
	long fd = act->null_fd, rc, mask;

	if (step->is.number[1] == CORDON_STDIO_KEEP)
		return 0;
	if (step->is.number[1] == CORDON_STDIO_PATH) {
		act->what = step->is.text[0];
		mask = sys(SYS_umask, 0077); /* the mode is exact (I5) */
		fd = to == 0 ? sys(SYS_openat, AT_FDCWD, step->is.text[0],
				   O_RDONLY | O_CLOEXEC | O_NOCTTY)
			     : sys(SYS_openat, AT_FDCWD, step->is.text[0],
				   O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW |
					   O_CLOEXEC | O_NOCTTY,
				   0600);
		sys(SYS_umask, mask);
		if (fd < 0)
			return (int)fd;
	}
	act->what = "dup3";
	rc = sys(SYS_dup3, fd, to, 0);
	return rc < 0 ? (int)rc : 0;
}

/* Does a key say what it is, who opened it in the job's root? */
static bool is_replaced(const struct act *act, int fd)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_STDIO);

	while (step && !(step->is.number[0] == fd &&
			 step->is.number[1] != CORDON_STDIO_KEEP))
		step = plan_next(act->plan, step);
	return step != NULL;
}

/* From a folder of the caller's root a job could go up as far as "/". */
static int refuse_folder(struct act *act, int fd)
{
	struct stat st = { .st_mode = 0 };
	long rc = sys(SYS_fstat, fd, &st);

	act->what = "fstat";
	if (rc < 0 || st.st_mode == 0)
		return rc < 0 ? (int)rc : -EPROTO;
	act->what = "a descriptor of the caller's is a folder outside of the "
		    "job's root";
	return S_ISDIR(st.st_mode) ? -EISDIR : 0;
}

static int refuse_folders(struct act *act)
{
	const struct settled *settled = &act->plan->settled;
	int rc = 0;

	if (!settled->has_mounts)
		return 0;
	for (int fd = 0; fd <= 2 && rc == 0; fd++)
		if (!is_replaced(act, fd))
			rc = refuse_folder(act, fd);
	for (size_t i = 0; i < settled->n_fds && rc == 0; i++)
		rc = refuse_folder(act, settled->fds[i]);
	return rc;
}

int act_fds(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;

	(void)step;
	act->what = "fcntl(F_SETFD)";
	for (size_t i = 0; i < settled->n_fds; i++) {
		long rc = sys(SYS_fcntl, settled->fds[i], F_SETFD, 0);

		if (rc < 0)
			return (int)rc;
	}
	return 0;
}

int act_read_back(struct act *act, const struct step *step)
{
	const struct plan *plan = act->plan;
	int rc = act_nofile(act);

	(void)step;
	if (rc == 0)
		rc = refuse_folders(act);
	if (rc < 0)
		return rc;
	act->report.phase = REPORT_READ_BACK;
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *each = &plan->steps[i];

		if (!each->row->read_back || act->skipped[i])
			continue;
		act->report.step = (int32_t)i;
		rc = each->row->read_back(act, each);
		if (rc < 0)
			return rc;
	}
	act->report.phase = REPORT_ACT;
	return 0;
}

/* Of [process], or else the caller's: never one that cordon had (I5). */
static int keep_umask(struct act *act)
{
	const long mask = act->plan->caller_umask;

	if (plan_find(act->plan, CORDON_STEP_UMASK))
		return 0;
	act->what = "umask";
	sys(SYS_umask, mask);
	return sys(SYS_umask, mask) == mask ? 0 : -EPROTO;
}

/* In the environment: of cordon, and now of the job. */
static void tell_pid(const struct act *act)
{
	char *const *pids = act->plan->settled.pids;

	for (size_t i = 0; i < PLAN_PIDS; i++) {
		char text[24];
		const char *number;

		if (!pids[i])
			continue;
		number = act_number(text, sys(SYS_getpid));
		memcpy(pids[i], number, strlen(number) + 1);
	}
}

/* Each of these outlives exec. */
int act_state(struct act *act, const struct step *step)
{
	long rc = keep_umask(act);

	(void)step;
	tell_pid(act);
	if (rc < 0)
		return (int)rc;
	act->what = "personality";
	rc = sys(SYS_personality, 0);
	if (rc < 0)
		return (int)rc;
	act->what = "prctl(PR_SET_TIMERSLACK)";
	rc = sys(SYS_prctl, PR_SET_TIMERSLACK, DEFAULT_SLACK, 0, 0, 0);
	if (rc < 0)
		return (int)rc;
	if (act->is_spawned)
		return 0;
	act->what = "prctl(PR_SET_PDEATHSIG)";
	return (int)sys(SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

struct kernel_sigaction {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static bool stays_ignored(int signal)
{
	return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT;
}

static int reset_signals(struct act *act)
{
	const struct itimerval none = { { 0, 0 }, { 0, 0 } };
	long rc = 0;

	act->what = "setitimer";
	for (int timer = ITIMER_REAL; rc == 0 && timer <= ITIMER_PROF; timer++)
		rc = sys(SYS_setitimer, timer, &none, NULL);
	act->what = "rt_sigaction";
	for (int signal = 1; rc == 0 && signal <= 64; signal++) {
		struct kernel_sigaction action = { NULL, 0, NULL, 0 };

		if (signal == SIGKILL || signal == SIGSTOP)
			continue;
		rc = sys(SYS_rt_sigaction, signal, NULL, &action, 8);
		if (rc < 0 || action.handler == (void *)SIG_DFL ||
		    (action.handler == (void *)SIG_IGN &&
		     stays_ignored(signal)))
			continue;
		action = (struct kernel_sigaction){ NULL, 0, NULL, 0 };
		rc = sys(SYS_rt_sigaction, signal, &action, NULL, 8);
	}
	return (int)rc;
}

/* The one that a watching cordon had to change. */
static int keep_signals(struct act *act)
{
	const struct kernel_sigaction ignore = { (void *)SIG_IGN, 0, NULL, 0 };

	if (!act->plan->ignores_children)
		return 0;
	act->what = "rt_sigaction";
	return (int)sys(SYS_rt_sigaction, SIGCHLD, &ignore, NULL, 8);
}

int act_signals(struct act *act, const struct step *step)
{
	uint64_t mask = step->is.number[0] ? 0 : act->old_mask;
	uint64_t found = ~mask;
	long rc = step->is.number[0] ? reset_signals(act) : keep_signals(act);

	if (rc < 0)
		return (int)rc;
	act->what = "rt_sigprocmask";
	rc = sys(SYS_rt_sigprocmask, SIG_SETMASK, &mask, NULL, 8);
	if (rc == 0)
		rc = sys(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &found, 8);
	return rc < 0 ? (int)rc : found == mask ? 0 : -EPROTO;
}

/* Beside the job no signal comes when it dies: so the pipe to it is asked last of
 * all, and a write would end us by SIGPIPE. */
static long check_watcher(struct act *act)
{
	struct pollfd report = { .fd = act->report_fd };
	const struct timespec at_once = { 0, 0 };
	long rc = sys(SYS_ppoll, &report, 1, &at_once, NULL, 8);

	act->what = "the life of who watches";
	if (rc < 0)
		return rc;
	return report.revents ? -ECANCELED : 0;
}

/*
 * From here on a closed pipe means that the job runs; before, that its process
 * died.  What fails behind this is told by a second report.
 */
int act_ready(struct act *act, const struct step *step)
{
	long rc;

	(void)step;
	rc = check_watcher(act);
	if (rc < 0)
		return (int)rc;
	if (act->ready_fd[0] >= 0) {
		rc = act_wait_byte(act, act->ready_fd[0], "the init's word");
		if (rc < 0)
			return (int)rc;
	}
	act->report.phase = REPORT_READY;
	act->what = "write";
	rc = sys(SYS_write, act->report_fd, &act->report, sizeof(act->report));
	act->report.phase = REPORT_ACT;
	return rc == sizeof(act->report) ? 0 : rc < 0 ? (int)rc : -EIO;
}

/* Where a filter lets one call through, it goes by these addresses. */
static long execute(const struct act *act, const char *path,
		    const char *const *argv)
{
	const struct settled *settled = &act->plan->settled;

	if (!act->once_path)
		return sys(SYS_execve, path, argv, settled->environ);
	filter_fill_once(act, path, argv);
	return sys(SYS_execve, act->once_path, act->once_argv,
		   settled->environ);
}

int act_exec(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	const char *path = settled->candidates[act->candidate];
	long rc;

	(void)step;
	act->report.phase = REPORT_EXEC;
	act->what = path;
	if (settled->copied_program)
		return (int)sys(SYS_execveat, settled->copied_program->fd, "",
				settled->argv, settled->environ,
				AT_EMPTY_PATH);
	rc = execute(act, path, (const char *const *)settled->argv);
	if (rc != -ENOEXEC)
		return (int)rc;
	/* A text file without "#!": as execvp(3) does. */
	settled->shell_argv[1] = path;
	rc = execute(act, "/bin/sh", settled->shell_argv);
	return rc == -ENOENT ? -ENOEXEC : (int)rc;
}
