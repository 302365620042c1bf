/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/beside.h"
#include "core/caller.h"
#include "core/clock.h"
#include "core/init.h"
#include "core/limits.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/procstat.h"
#include "core/restart.h"
#include "core/spawn.h"
#include "core/watch.h"

int watch_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	return signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
}

#define GRACE_NS (5 * SECOND) /* where no section says more */
#define REST_NS (10 * SECOND) /* to end what hangs on a job */

static int64_t number_of(const struct watch *watch, uint32_t type,
			 int64_t other)
{
	const struct step *step = plan_find(watch->plan, type);

	return step ? step->is.number[0] : other;
}

static void send_signal(const struct watch *watch, int signal)
{
	syscall(SYS_pidfd_send_signal, watch->pidfd, signal, NULL, 0);
}

/* For the job: an init has it from us, and passes it on. */
static void pass_on(const struct watch *watch, int signal)
{
	if (watch->plan->settled.forward != FORWARD_GROUP ||
	    watch->plan->settled.has_init || kill(-watch->pid, signal) < 0)
		send_signal(watch, signal); /* it has no group yet */
}

/* ---- what is watched ---- */

struct state {
	bool is_ready, has_started, is_reaped;
	bool never_ran; /* ended between "ready" and exec */
	unsigned n_faults, n_terms;
	uint64_t passed; /* as in an outcome */
	int asked; /* the signal that ends it */
	int64_t ended_ns;
	int64_t kill_at; /* monotonic; 0: nobody asked for the end */
	bool is_killing;
	int64_t rest_at, rest_until; /* 0: there is no rest to end */
	bool has_lost_caller; /* and need not look for it any more */
	bool is_draining; /* the relay still has what the job wrote */
	int64_t drain_until; /* 0: as long as its reader takes */
	struct limits limits;
	struct job_status told;
	bool has_told; /* by an init */
};

static void begin_state(const struct watch *watch, struct state *state,
			const struct outcome *outcome)
{
	*state = (struct state){ .is_ready = false };
	limits_begin(&state->limits, watch->plan, outcome->began_ns,
		     outcome->user_us + outcome->sys_us);
}

/* ---- the end, asked for ---- */

static bool has_cgroup(const struct watch *watch)
{
	return watch->outside && watch->outside->cgroup;
}

/* Is there more to end than the child, and a way to? */
static bool has_rest(const struct watch *watch)
{
	return has_cgroup(watch) || watch->tree.is_ours || watch->tree.start;
}

static void begin_rest(const struct watch *watch, struct state *state)
{
	if (state->rest_until != 0 || !has_rest(watch))
		return;
	/* The main process, if it dies now, is seen first. */
	state->rest_at = now_ns() + MILLISECOND;
	state->rest_until = state->rest_at + REST_NS;
}

/* An init counts what its processes used, if it is given the time to. */
static void end_all(struct watch *watch, struct state *state)
{
	bool by_init = watch->plan->settled.has_init && state->has_started &&
		       !state->is_killing;

	state->is_killing = true;
	/* When it is gone nothing leads to what hung on it. */
	if (watch->tree.start && !has_cgroup(watch))
		offspring_kill(&watch->tree);
	send_signal(watch, by_init ? INIT_END : SIGKILL);
	begin_rest(watch, state);
	state->kill_at = now_ns() + SECOND; /* and again */
}

/* All that can be ended has been asked to; what is left after that is the
 * kernel's. */
static void end_rest(struct watch *watch, struct state *state,
		     struct outcome *outcome)
{
	int rc = cgroup_kill(watch->outside);

	if (rc < 0)
		rc = has_rest(watch) ? offspring_kill(&watch->tree) : 0;
	state->rest_at = now_ns() + 5 * MILLISECOND;
	if (rc == 0 && state->is_reaped)
		state->rest_at = 0;
	else if (rc != 0 && now_ns() > state->rest_until) {
		state->rest_at = 0;
		outcome->has_rest = true;
	}
}

static void ask_to_end(const struct watch *watch, struct state *state)
{
	state->kill_at = now_ns() +
			 number_of(watch, CORDON_STEP_GRACE, GRACE_NS);
}

/* As at a limit: the signal, the grace, the end of all. */
static void end_job(struct watch *watch, struct state *state)
{
	int signal = (int)number_of(watch, CORDON_STEP_TIMEOUT_SIGNAL, SIGTERM);

	if (signal == SIGKILL || !state->has_started) {
		end_all(watch, state);
		return;
	}
	ask_to_end(watch, state);
	if (watch->tree.start)
		offspring_look(&watch->tree);
	send_signal(watch, signal);
	send_signal(watch, SIGCONT);
}

/* ---- streams ---- */

/*
 * What the main process wrote before it ended is to reach the caller, however
 * slowly that reads; not longer than the job might have run, and not much longer
 * than somebody wants it to.
 */
static void begin_drain(struct watch *watch, struct state *state)
{
	state->is_draining = relay_drain(&watch->relay);
	state->drain_until = limits_next_wall(&state->limits);
	if (state->kill_at != 0)
		state->drain_until = now_ns() + SECOND;
}

/* ---- limits ---- */

/* Who is to end, or has, has no limit any more. */
static bool has_limits(const struct state *state)
{
	return state->kill_at == 0 && !state->is_reaped;
}

static void meet(struct watch *watch, struct state *state,
		 struct outcome *outcome, const struct step *limit)
{
	if (!limit || !has_limits(state))
		return;
	outcome->is_timeout = true;
	outcome->limit = limit;
	end_job(watch, state);
}

static void read_relay(struct watch *watch, struct state *state,
		       struct outcome *outcome)
{
	struct relay_word word;
	const struct plan *plan = watch->plan;
	int rc = relay_read(&watch->relay, &word);

	if (rc <= 0 || word.says == RELAY_DRAINED)
		state->is_draining = false;
	if (rc > 0 && word.says == RELAY_IDLE)
		meet(watch, state, outcome, limits_idle(&state->limits));
	/* The first reason counts. */
	if (rc == 0 || word.says != RELAY_CUT || outcome->cut ||
	    outcome->is_timeout)
		return;
	outcome->cut = word.step >= 0 && (size_t)word.step < plan->n_steps
			       ? &plan->steps[word.step]
			       : relay_asker(plan);
	outcome->is_denied = word.err.reason == CORDON_DENIED;
	outcome->cut_text = arena_printf(
		plan->arena, "%s%s%s", word.err.text, word.err.code ? ": " : "",
		word.err.code ? strerror(word.err.code) : "");
	if (!state->is_reaped && state->kill_at == 0)
		end_job(watch, state);
}

/* Nobody waits for the job any more. */
static void lose_caller(struct watch *watch, struct state *state,
			struct outcome *outcome)
{
	state->has_lost_caller = true;
	if (state->is_reaped)
		return;
	outcome->has_lost_caller = true;
	end_all(watch, state);
}

static void run_timers(struct watch *watch, struct state *state,
		       struct outcome *outcome)
{
	if (has_limits(state))
		meet(watch, state, outcome,
		     limits_look(&state->limits, watch->outside, &watch->tree));
	if (state->kill_at != 0 && !state->is_reaped &&
	    now_ns() >= state->kill_at)
		end_all(watch, state);
	if (state->rest_at != 0 && now_ns() >= state->rest_at)
		end_rest(watch, state, outcome);
	if (state->drain_until != 0 && now_ns() >= state->drain_until)
		state->is_draining = false;
}

static int wait_ms(const struct state *state)
{
	int64_t at = state->rest_at, left;

	if (!state->is_reaped)
		at = earlier(at, state->kill_at);
	if (state->is_draining)
		at = earlier(at, state->drain_until);
	if (has_limits(state))
		at = earlier(at, limits_next(&state->limits));
	if (at == 0)
		return -1;
	left = (at - now_ns() + MILLISECOND - 1) / MILLISECOND;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- what comes in ---- */

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

/* Where signals end the job, those are the ones, and no others are passed on. */
static bool ends(const struct watch *watch, int signal)
{
	return watch->plan->settled.forward == FORWARD_END &&
	       (signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
		signal == SIGUSR2);
}

/* Nothing is left to pass them on to, and cordon still has something to do. */
static bool is_asked(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
	       signal == SIGQUIT;
}

static bool passes_all(const struct watch *watch)
{
	return watch->plan->settled.forward == FORWARD_ALL ||
	       watch->plan->settled.forward == FORWARD_GROUP;
}

static void on_signal(struct watch *watch, struct state *state,
		      const struct signalfd_siginfo *info)
{
	int signal = (int)info->ssi_signo;
	/* A terminal's own go to the whole foreground group: the job has it. */
	bool is_doubled = info->ssi_code == SI_KERNEL &&
			  !watch->plan->settled.new_session &&
			  watch->plan->settled.forward != FORWARD_GROUP;
	bool is_end = signal == SIGTERM || ends(watch, signal);

	if (signal == SIGCHLD && (watch->tree.is_ours || watch->reaps))
		offspring_reap(&watch->tree);
	/* Who signals the job knows its pid; what comes here was for all of a
	 * group or a cgroup. */
	if (watch->is_beside)
		return;
	if (state->is_draining && is_asked(signal))
		state->drain_until = earlier(state->drain_until,
					     now_ns() + SECOND);
	if (!is_passed_on(signal) || state->is_reaped)
		return;
	state->passed |= (uint64_t)1 << (signal - 1);
	if ((passes_all(watch) && !is_doubled) || ends(watch, signal))
		pass_on(watch, signal);
	if (ends(watch, signal) && state->asked == 0)
		state->asked = signal;
	/* Before exec it is pending: the job may have started unseen. */
	if (is_end && ++state->n_terms > 1)
		end_all(watch, state);
	else if (is_end && state->kill_at == 0)
		ask_to_end(watch, state);
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

static void on_start(struct watch *watch, struct state *state)
{
	state->has_started = true;
	/* Nothing is said any more: let go of the job's stdio. */
	for (int fd = 0; fd <= 2; fd++)
		dup2(watch->null_fd, fd);
	limits_start(&state->limits);
	/* Nobody else is in this memory any more, and all that is left to do is
	 * to wait. */
	if (watch->stacks)
		munmap(watch->stacks, watch->stacks_size);
	watch->stacks = NULL;
	malloc_trim(0);
	if (watch->startup.fd >= 0)
		send(watch->startup.fd, "", 1, MSG_NOSIGNAL);
}

/* A helper that is gone has seen all paths, or somebody ended it: then the time
 * decides. */
static void read_startup(struct watch *watch, struct state *state)
{
	int32_t index;
	ssize_t n = recv(watch->startup.fd, &index, sizeof(index),
			 MSG_DONTWAIT);

	if (n < 0 && asks_again(state))
		return;
	if (n == sizeof(index) && index >= 0)
		limits_meet_startup(&state->limits, (size_t)index);
	if (n <= 0)
		startup_end(&watch->startup);
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
		on_start(watch, state);
		return;
	}
	if (n == sizeof(report))
		outcome->report = report;
	else
		outcome->failed = "the job's process said something unknown";
	/* Its caller waits for it: it ends by itself, with a status. */
	if (!watch->is_beside)
		send_signal(watch, SIGKILL);
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

#define FORKED_WITHOUT_EXEC 0x40 /* PF_FORKNOEXEC of the kernel's flags */

/*
 * A process that is killed closes its pipe as exec does.  The kernel remembers
 * which of them it was until the process is reaped; an init never calls exec.
 */
static bool never_ran(const struct watch *watch)
{
	siginfo_t info = { .si_code = CLD_EXITED };
	int64_t field[STAT_FIELDS];

	if (watch->plan->settled.has_init || watch->is_beside ||
	    waitid(P_PID, (id_t)watch->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) < 0 ||
	    info.si_code == CLD_EXITED)
		return false;
	return procstat_read(-1, watch->pid, field, STAT_FLAGS) == 0 &&
	       field[STAT_FLAGS] & FORKED_WITHOUT_EXEC;
}

static int wait_for_child(struct watch *watch, struct outcome *outcome)
{
	struct rusage usage = { .ru_maxrss = 0 };
	int status = SIGKILL; /* somebody else took it: no success, at least */

	if (wait4(watch->pid, &status, 0, &usage) != watch->pid &&
	    errno != ECHILD)
		return -1;
	outcome->status = status;
	outcome->user_us = (int64_t)usage.ru_utime.tv_sec * 1000000 +
			   usage.ru_utime.tv_usec;
	outcome->sys_us = (int64_t)usage.ru_stime.tv_sec * 1000000 +
			  usage.ru_stime.tv_usec;
	outcome->max_rss_kb = usage.ru_maxrss;
	return 0;
}

static void reap(struct watch *watch, struct state *state,
		 struct outcome *outcome)
{
	state->never_ran = never_ran(watch);
	if (watch->is_beside)
		beside_end(watch->pidfd, watch->pid, watch->tree.start,
			   outcome);
	else if (wait_for_child(watch, outcome) < 0)
		return;
	state->is_reaped = true;
	state->ended_ns = now_ns();
	watch->tree.main = 0;
	begin_drain(watch, state);
	/* In a cgroup all ends with the main process (I50); by its parents alone
	 * only what had its time. */
	if (has_cgroup(watch) || state->kill_at != 0 ||
	    restart_is_crash(watch->plan, outcome->status))
		begin_rest(watch, state);
}

/* ---- from outside ---- */

/* Does something ask for more than the child's end? */
static bool asks_for_tree(const struct watch *watch)
{
	static const uint32_t types[] = { CORDON_STEP_TIMEOUT,
					  CORDON_STEP_STARTUP,
					  CORDON_STEP_GRACE,
					  CORDON_STEP_PDEATH,
					  CORDON_STEP_RESTART,
					  CORDON_STEP_SUSPEND,
					  CORDON_STEP_STREAM,
					  CORDON_STEP_STREAM_SOCKET };

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (plan_find(watch->plan, types[i]))
			return true;
	return has_cgroup(watch);
}

/* Its own, also where the user is not shown them, are none of the job's. */
static int adopt(struct watch *watch)
{
	const pid_t own[] = { watch->relay.pid, watch->relay.door };

	if (offspring_adopt(&watch->tree) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (own[i] > 0 && offspring_except(&watch->tree, own[i]) < 0)
			return -1;
	return 0;
}

int watch_prepare(struct watch *watch, struct outcome *outcome)
{
	bool has_space = watch->plan->settled.namespaces & CLONE_NEWPID;

	watch->startup.fd = -1;
	watch->tree = (struct offspring){ .proc = NULL };
	watch->reaps = !has_space &&
		       plan_find(watch->plan, CORDON_STEP_ORPHANS);
	if (watch->reaps && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		outcome->failed = "cannot become the reaper of orphans";
		outcome->code = errno;
		return -1;
	}
	if (caller_is_gone(watch->plan)) {
		outcome->failed = "the caller has ended before the job could "
				  "start (pdeath = caller)";
		return -1;
	}
	/* First: what is there before the job is not taken for a part of it. */
	if (relay_begin(&watch->relay, watch->outside, watch->plan,
			outcome) < 0)
		return -1;
	if (!watch->is_beside && !asks_for_tree(watch))
		return 0;
	if (offspring_open(&watch->tree) == 0 &&
	    (watch->is_beside
		     ? offspring_follow(&watch->tree, watch->pid) == 0
		     : has_space || adopt(watch) == 0))
		return 0;
	outcome->failed = "cannot see in '/proc' what belongs to the job (its "
			  "time limits, streams, restart, suspension or a helper "
			  "beside it need that)";
	outcome->code = errno;
	relay_kill(&watch->relay);
	watch_end(watch);
	return -1;
}

int watch_begin(struct watch *watch, struct outcome *outcome)
{
	watch->tree.main = watch->pid;
	if (!watch->tree.is_ours)
		watch->tree.root = watch->pid;
	if (startup_begin(&watch->startup, watch->plan, watch->pid) < 0) {
		outcome->failed = "cannot start a helper that looks for the "
				  "path of 'startup'";
		outcome->code = errno;
		return -1;
	}
	watch->tree.helper = watch->startup.helper;
	if (suspend_begin(&watch->suspend, watch->plan, &watch->tree,
			  watch->pidfd) == 0)
		return 0;
	outcome->failed = "cannot start a helper that looks whether cordon is "
			  "stopped";
	outcome->code = errno;
	return -1;
}

size_t watch_fds(const struct watch *watch, int *fds)
{
	size_t n = 0;

	fds[n++] = watch->signal_fd;
	fds[n++] = watch->pidfd;
	fds[n++] = watch->report_fd;
	fds[n++] = watch->status_fd;
	if (watch->startup.fd >= 0)
		fds[n++] = watch->startup.fd;
	if (watch->relay.word_fd >= 0)
		fds[n++] = watch->relay.word_fd;
	if (watch->tree.proc)
		fds[n++] = dirfd(watch->tree.proc);
	return n;
}

void watch_end(struct watch *watch)
{
	startup_end(&watch->startup);
	suspend_end(&watch->suspend);
	relay_end(&watch->relay);
	offspring_close(&watch->tree);
}

void watch_kill(struct watch *watch)
{
	pid_t rc;

	send_signal(watch, SIGKILL);
	do
		rc = waitpid(watch->pid, NULL, 0);
	while (rc < 0 && errno == EINTR);
}

/* ---- how it was ---- */

static void add_usage(struct watch *watch, struct outcome *outcome)
{
	const struct offspring *tree = &watch->tree;
	int64_t all_us = cgroup_cpu_us(watch->outside), known_us;

	if (tree->is_ours)
		offspring_reap(&watch->tree);
	if (outcome->user_us < 0) /* its parent alone knows */
		return;
	outcome->user_us += tree->user_us;
	outcome->sys_us += tree->sys_us;
	if (outcome->max_rss_kb >= 0 && tree->max_rss_kb > outcome->max_rss_kb)
		outcome->max_rss_kb = tree->max_rss_kb;
	/* A cgroup knows of those too that nobody waited for; not what they
	 * did. */
	known_us = outcome->user_us + outcome->sys_us;
	if (all_us <= known_us)
		return;
	if (known_us > 0)
		outcome->sys_us += outcome->sys_us * (all_us - known_us) /
				   known_us;
	outcome->user_us = all_us - outcome->sys_us;
}

/* Earlier tries of the job are a part of it. */
static void add_earlier(struct outcome *outcome, const struct outcome *before)
{
	if (before->restarts == 0)
		return;
	outcome->user_us += before->user_us;
	outcome->sys_us += before->sys_us;
	if (before->max_rss_kb > outcome->max_rss_kb)
		outcome->max_rss_kb = before->max_rss_kb;
}

/* Who killed its process without a word to us, before exec or in an init. */
static void conclude(struct watch *watch, const struct state *state,
		     struct outcome *outcome)
{
	outcome->has_started = state->has_started && !state->never_ran;
	outcome->has_ended = true;
	outcome->asked = state->asked;
	outcome->was_told = state->n_terms > 0 || state->kill_at != 0;
	outcome->passed = state->passed;
	if (outcome->began_ns == 0)
		outcome->began_ns = state->limits.began_ns;
	outcome->wall_ns = state->ended_ns - outcome->began_ns;
	if (!outcome->has_started && outcome->report.code == 0 &&
	    !outcome->failed)
		outcome->failed = arena_printf(
			watch->plan->arena,
			"the job's process died before it could start%s",
			WIFSIGNALED(outcome->status) &&
					WTERMSIG(outcome->status) == SIGKILL
				? " (killed: by the kernel for want of memory, "
				  "or by somebody)"
				: "");
	if (state->has_told) {
		outcome->status = state->told.status;
		outcome->user_us = state->told.user_us;
		outcome->sys_us = state->told.sys_us;
		outcome->max_rss_kb = state->told.max_rss_kb;
	} else if (watch->plan->settled.has_init && state->has_started &&
		   !WIFSIGNALED(outcome->status)) {
		outcome->status = SIGKILL; /* an init that could not tell */
	}
	add_usage(watch, outcome);
	outcome->is_oom = !outcome->is_timeout && !outcome->cut &&
			  WIFSIGNALED(outcome->status) &&
			  WTERMSIG(outcome->status) == SIGKILL &&
			  cgroup_oom_kills(watch->outside) > 0;
}

static bool look(struct watch *watch, struct state *state,
		 struct outcome *outcome)
{
	struct pollfd fds[] = {
		{ .fd = watch->signal_fd, .events = POLLIN },
		{ .fd = watch->report_fd, .events = POLLIN },
		{ .fd = watch->status_fd, .events = POLLIN },
		{ .fd = state->is_reaped ? -1 : watch->pidfd,
		  .events = POLLIN },
		{ .fd = watch->startup.fd, .events = POLLIN },
		{ .fd = watch->relay.word_fd, .events = POLLIN },
		{ .fd = state->has_lost_caller ? -1 : watch->plan->caller_fd,
		  .events = POLLIN },
	};
	int n = poll(fds, sizeof(fds) / sizeof(fds[0]), wait_ms(state));

	if (n < 0)
		return asks_again(state);
	if (fds[1].revents)
		read_report(watch, state, outcome);
	if (fds[2].revents)
		read_status(watch, state);
	if (fds[4].revents)
		read_startup(watch, state);
	if (fds[5].revents)
		read_relay(watch, state, outcome);
	if (fds[0].revents)
		read_signals(watch, state);
	if (fds[3].revents)
		reap(watch, state, outcome);
	if (fds[6].revents)
		lose_caller(watch, state, outcome);
	run_timers(watch, state, outcome);
	return true;
}

void watch_run(struct watch *watch, struct outcome *outcome)
{
	const struct outcome before = *outcome;
	struct state state;

	begin_state(watch, &state, &before);
	outcome->user_us = outcome->sys_us = outcome->max_rss_kb = 0;
	while (!state.is_reaped || state.rest_at != 0 || state.is_draining)
		if (!look(watch, &state, outcome))
			break;
	if (!state.is_reaped) {
		watch_kill(watch);
		outcome->status = SIGKILL;
		state.ended_ns = now_ns();
	}
	while (watch->report_fd >= 0)
		read_report(watch, &state, outcome);
	if (watch->status_fd >= 0)
		read_status(watch, &state);
	conclude(watch, &state, outcome);
	add_earlier(outcome, &before);
}
