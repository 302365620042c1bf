/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/act.h"
#include "core/plan.h"
#include "core/spawn.h"
#include "core/watch.h"

int watch_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void send(const struct watch *watch, int signal)
{
	syscall(SYS_pidfd_send_signal, watch->pidfd, signal, NULL, 0);
}

/* Signals that ask for something of the job; the others are cordon's own. */
static const int passed_on[] = { SIGTERM, SIGINT,  SIGHUP,  SIGQUIT,
				 SIGUSR1, SIGUSR2, SIGCONT, SIGTSTP,
				 SIGWINCH };

static bool is_passed_on(int signal)
{
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(passed_on[0]); i++)
		if (passed_on[i] == signal)
			return true;
	return false;
}

struct state {
	bool is_ready, has_started, is_reaped;
	unsigned n_faults;
	int64_t kill_at; /* monotonic, 0: never */
	struct job_status told;
	bool has_told; /* by an init */
};

static void on_signal(struct watch *watch, struct state *state,
		      const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;
	/* A terminal's own go to the whole foreground group: the job has it. */
	bool is_doubled = info->ssi_code == SI_KERNEL &&
			  !watch->plan->settled.new_session;

	if (!is_passed_on(signal))
		return;
	if (watch->plan->settled.forward_all && !is_doubled)
		send(watch, signal);
	if (signal == SIGTERM) {
		/* Before exec it is pending: the job may have started unseen. */
		if (state->kill_at != 0)
			send(watch, SIGKILL);
		else
			state->kill_at = now_ns() + watch->grace_ns;
	}
	if (signal == SIGTSTP) /* a shell waits for that */
		raise(SIGSTOP);
}

static void read_signals(struct watch *watch, struct state *state)
{
	struct signalfd_siginfo info;

	while (read(watch->signal_fd, &info, sizeof(info)) == sizeof(info))
		on_signal(watch, state, &info);
}

/* The job runs by then, confined as planned: no reason to end it.  But a kernel
 * that goes on to refuse would be asked for ever. */
static bool asks_again(struct state *state)
{
	return errno == EINTR || errno == EAGAIN || ++state->n_faults < 3;
}

/* End of file behind "ready" is exec; else the child says what failed. */
static void read_report(struct watch *watch, struct state *state,
			struct outcome *outcome)
{
	struct report report;
	ssize_t n = read(watch->report_fd, &report, sizeof(report));

	if (n < 0 && asks_again(state))
		return;
	if (n == sizeof(report) && report.phase == REPORT_READY) {
		state->is_ready = true;
		outcome->skipped = report.skipped;
		return;
	}
	close(watch->report_fd);
	watch->report_fd = -1;
	if (n == 0 && !state->is_ready)
		return;
	if (n == 0) {
		state->has_started = true;
		/* Nothing is said any more: let go of the job's stdio. */
		for (int fd = 0; fd <= 2; fd++)
			dup2(watch->null_fd, fd);
		return;
	}
	if (n == sizeof(report))
		outcome->report = report;
	else
		outcome->failed = "the job's process said something unknown";
	send(watch, SIGKILL);
}

static void read_status(struct watch *watch, struct state *state)
{
	ssize_t n =
		read(watch->status_fd, &state->told, sizeof(state->told));

	if (n < 0 && asks_again(state))
		return;
	state->has_told = n == sizeof(state->told);
	close(watch->status_fd);
	watch->status_fd = -1;
}

static void reap(struct watch *watch, struct state *state,
		 struct outcome *outcome)
{
	struct rusage usage = { .ru_maxrss = 0 };
	int status = SIGKILL; /* somebody else took it: no success, at least */

	if (wait4(watch->pid, &status, 0, &usage) != watch->pid &&
	    errno != ECHILD)
		return;
	state->is_reaped = true;
	outcome->status = status;
	outcome->user_us = (int64_t)usage.ru_utime.tv_sec * 1000000 +
			   usage.ru_utime.tv_usec;
	outcome->sys_us = (int64_t)usage.ru_stime.tv_sec * 1000000 +
			  usage.ru_stime.tv_usec;
	outcome->max_rss_kb = usage.ru_maxrss;
}

static int wait_ms(const struct state *state)
{
	int64_t left;

	if (state->kill_at == 0)
		return -1;
	left = state->kill_at - now_ns();
	return left <= 0 ? 0 : (int)((left + 999999) / 1000000);
}

void watch_kill(struct watch *watch)
{
	int status;

	send(watch, SIGKILL);
	while (waitpid(watch->pid, &status, 0) < 0 && errno == EINTR)
		;
}

/* Who killed its process without a word to us, before exec or in an init. */
static void conclude(const struct watch *watch, const struct state *state,
		     struct outcome *outcome)
{
	outcome->has_started = state->has_started;
	outcome->has_ended = true;
	if (!state->has_started && outcome->report.code == 0 &&
	    !outcome->failed)
		outcome->failed = "the job's process died before it could "
				  "start";
	if (state->has_told) {
		outcome->status = state->told.status;
		outcome->user_us = state->told.user_us;
		outcome->sys_us = state->told.sys_us;
		outcome->max_rss_kb = state->told.max_rss_kb;
		return;
	}
	if (watch->plan->settled.has_init && state->has_started &&
	    !WIFSIGNALED(outcome->status))
		outcome->status = SIGKILL; /* an init that could not tell */
}

void watch_run(struct watch *watch, struct outcome *outcome)
{
	struct state state = { .has_started = false };
	int64_t began = now_ns();

	while (!state.is_reaped) {
		struct pollfd fds[] = {
			{ .fd = watch->signal_fd, .events = POLLIN },
			{ .fd = watch->report_fd, .events = POLLIN },
			{ .fd = watch->status_fd, .events = POLLIN },
			{ .fd = watch->pidfd, .events = POLLIN },
		};
		int n = poll(fds, 4, wait_ms(&state));

		if (n < 0 && !asks_again(&state))
			break;
		if (n == 0) { /* and again, should it not have died of that */
			send(watch, SIGKILL);
			state.kill_at = now_ns() + watch->grace_ns;
		}
		if (n <= 0)
			continue;
		if (fds[1].revents)
			read_report(watch, &state, outcome);
		if (fds[2].revents)
			read_status(watch, &state);
		if (fds[0].revents)
			read_signals(watch, &state);
		if (fds[3].revents)
			reap(watch, &state, outcome);
	}
	if (!state.is_reaped)
		watch_kill(watch);
	while (watch->report_fd >= 0)
		read_report(watch, &state, outcome);
	if (watch->status_fd >= 0)
		read_status(watch, &state);
	outcome->wall_ns = now_ns() - began;
	conclude(watch, &state, outcome);
}
