/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/caller.h"
#include "core/clock.h"
#include "core/plan.h"
#include "core/restart.h"
#include "core/settle.h"
#include "core/spawn.h"
#include "core/step.h"

enum { ON_FAILURE, ON_SIGNAL }; /* number 3 of the step */

/* ---- which end is a crash ---- */

bool restart_is_crash(const struct plan *plan, int status)
{
	const struct step *step = plan_find(plan, CORDON_STEP_RESTART);
	const uint8_t *codes = step ? step->is.data : NULL;
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;

	if (!step)
		return false;
	/* What the filter forbids it will forbid again. */
	if (WIFSIGNALED(status))
		return WTERMSIG(status) != SIGSYS ||
		       !plan_find(plan, CORDON_STEP_SECCOMP);
	if (code == 0)
		return false;
	return step->is.number[3] == ON_FAILURE ||
	       (step->is.size == 32 && codes[code / 8] >> code % 8 & 1);
}

/* Not of a job that was asked to end, by whomever, or was ended. */
static bool is_due(const struct plan *plan, const struct outcome *outcome)
{
	const struct step *step = plan_find(plan, CORDON_STEP_RESTART);
	int status = outcome->status;

	return step && outcome->has_started && outcome->has_ended &&
	       !outcome->is_timeout && !outcome->cut && !outcome->has_rest &&
	       !outcome->was_told && outcome->asked == 0 &&
	       restart_is_crash(plan, status) &&
	       !(WIFSIGNALED(status) &&
		 outcome->passed >> (WTERMSIG(status) - 1) & 1) &&
	       outcome->restarts < step->is.number[0];
}

/* ---- the wait ---- */

/* Without a job they end the wait, if they would have ended the job. */
static bool ends_wait(const struct plan *plan, int signal)
{
	struct sigaction action;

	if (signal == SIGTERM)
		return true;
	if (signal == SIGUSR2)
		return plan->settled.forward == FORWARD_END;
	if ((signal != SIGINT && signal != SIGHUP && signal != SIGQUIT) ||
	    plan->settled.forward == FORWARD_NONE)
		return false;
	return sigaction(signal, NULL, &action) < 0 ||
	       action.sa_handler != SIG_IGN;
}

/* False: somebody asked for the end, or is not there any more to be told. */
static bool sleep_until(const struct plan *plan, int64_t until)
{
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		int64_t left = until - now_ns();
		struct timespec time = { 0, 0 };
		int signal;

		if (caller_is_gone(plan))
			return false;
		if (plan->caller_fd >= 0 && left > SECOND)
			left = SECOND;
		if (left > 0)
			time = (struct timespec){ left / SECOND,
						  left % SECOND };
		signal = sigtimedwait(&all, NULL, &time);
		if (signal < 0 && errno == EAGAIN && left <= 0)
			return true;
		if (signal == SIGTSTP) /* a shell waits for that */
			raise(SIGSTOP);
		if (signal > 0 && ends_wait(plan, signal))
			return false;
	}
}

static int64_t backoff(const struct step *step, unsigned n)
{
	int64_t wait = step->is.number[1], most = step->is.number[2];

	while (n-- > 0 && wait < most)
		wait *= 2;
	return wait < most ? wait : most;
}

bool restart_wait(const struct restart *restart, const struct plan *plan,
		  struct outcome *outcome)
{
	const struct step *wall = plan_find_number(plan, CORDON_STEP_TIMEOUT,
						   CORDON_TIMEOUT_WALL);
	bool is_asked_to_end;
	int64_t until, last;

	if (!restart->is_asked || !is_due(plan, outcome))
		return false;
	until = now_ns() + backoff(plan_find(plan, CORDON_STEP_RESTART),
				   outcome->restarts);
	last = wall ? outcome->began_ns + wall->is.number[1] : INT64_MAX;
	is_asked_to_end = !sleep_until(plan, until < last ? until : last);
	outcome->wall_ns = now_ns() - outcome->began_ns;
	if (is_asked_to_end || until < last)
		return !is_asked_to_end;
	outcome->is_timeout = true;
	outcome->limit = wall;
	return false;
}

void restart_next(struct outcome *outcome)
{
	*outcome = (struct outcome){
		.report.step = -1,
		.restarts = outcome->restarts + 1,
		.began_ns = outcome->began_ns,
		.user_us = outcome->user_us,
		.sys_us = outcome->sys_us,
		.max_rss_kb = outcome->max_rss_kb,
	};
}

/* ---- what the next try needs ---- */

/* What cordon opened is close-on-exec, as nothing is that was inherited: of that
 * only what the job is given stays. */
static int keep_open(const struct plan *plan, const int **own, size_t *n_own,
		     struct cordon_error *err)
{
	const struct settled *settled = &plan->settled;
	size_t n_open, n = *n_own;
	int *open, *kept;

	if (fds_open(plan->arena, &open, &n_open, err) < 0)
		return -1;
	kept = arena_alloc(plan->arena,
			   (n + n_open + settled->n_fds) * sizeof(*kept));
	memcpy(kept, *own, n * sizeof(*kept));
	for (size_t i = 0; i < n_open; i++) {
		int flags = open[i] > 2 ? fcntl(open[i], F_GETFD) : 0;

		if (flags < 0)
			return cordon_fail(err, errno,
					   "cannot note for a restart what "
					   "cordon has open");
		if (flags & FD_CLOEXEC)
			kept[n++] = open[i];
	}
	for (size_t i = 0; i < settled->n_fds; i++)
		kept[n++] = settled->fds[i];
	*own = kept;
	*n_own = n;
	return 0;
}

int restart_keep(struct restart *restart, const struct plan *plan,
		 const int **own, size_t *n_own, struct cordon_error *err)
{
	*restart = (struct restart){
		.is_asked = plan_find(plan, CORDON_STEP_RESTART),
	};
	if (!restart->is_asked)
		return 0;
	for (int fd = 0; fd <= 2; fd++) {
		restart->stdio[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (restart->stdio[fd] < 0)
			return cordon_fail(err, errno,
					   "cannot keep descriptor %d for a "
					   "restart",
					   fd);
	}
	restart->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	if (restart->dumpable < 0 ||
	    getrlimit(RLIMIT_NOFILE, &restart->files) < 0)
		return cordon_fail(err, errno,
				   "cannot note for a restart what cordon is");
	return keep_open(plan, own, n_own, err);
}

/* Nothing of the job is left that could look at us meanwhile.  Stderr first: there
 * it is told what fails. */
int restart_prepare(const struct restart *restart, struct cordon_error *err)
{
	for (int fd = 2; fd >= 0; fd--)
		if (dup2(restart->stdio[fd], fd) < 0)
			return cordon_fail(err, errno,
					   "cannot give descriptor %d back for "
					   "a restart",
					   fd);
	if (setrlimit(RLIMIT_NOFILE, &restart->files) < 0 ||
	    (restart->dumpable == 1 &&
	     prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0))
		return cordon_fail(err, errno,
				   "cannot be for a restart what cordon was");
	return 0;
}
