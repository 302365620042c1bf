/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/beside.h"
#include "core/cgroup.h"
#include "core/filter.h"
#include "core/idmap.h"
#include "core/landlock.h"
#include "core/outside.h"
#include "core/spawn.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/watch.h"

/* ---- what both ways need ---- */

/* Descriptors that the set-up may need; the job gets its limit back, or one of
 * its own: act_read_back(). */
#define SETUP_FILES 1024

static int lift_nofile(struct act *act, struct outcome *outcome)
{
	struct rlimit limit;
	int rc = getrlimit(RLIMIT_NOFILE, &limit);

	act->nofile[0] = limit.rlim_cur;
	act->nofile[1] = limit.rlim_max;
	if (rc == 0 && limit.rlim_cur < SETUP_FILES &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max < SETUP_FILES ? limit.rlim_max
							      : SETUP_FILES;
		rc = setrlimit(RLIMIT_NOFILE, &limit);
	}
	if (rc == 0)
		return 0;
	outcome->failed = "cannot lift the limit of open files";
	outcome->code = errno;
	return -1;
}

/*
 * Not where a step changes what a memory map carries and all that share it have,
 * not where somebody who stays would keep what only the job may have known, and
 * not where the job's group may be too small for its set-up: whoever shares the
 * memory of one that the kernel kills for want of it dies too.
 */
static bool may_share_memory(const struct plan *plan)
{
	const struct settled *settled = &plan->settled;

	if (SYS_IS_SANITIZED || settled->cgroup ||
	    settled->namespaces & CLONE_NEWTIME ||
	    (settled->filter && settled->filter->once.n > 0))
		return false;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].row->is_of_memory)
			return false;
	return true;
}

/* Below each is a page that nobody may touch. */
static int make_stacks(struct act *act, struct watch *watch,
		       struct outcome *outcome)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	const size_t size = page + ACT_STACK_SIZE;
	const size_t n = sizeof(act->stacks) / sizeof(act->stacks[0]);
	char *memory = mmap(NULL, n * size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int rc = memory == MAP_FAILED ? -1 : 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		act->stacks[i] = memory + i * size + page;
		rc = mprotect(memory + i * size, page, PROT_NONE);
	}
	if (rc == 0) {
		watch->stacks = memory;
		watch->stacks_size = n * size;
		/* One that stays without a program of its own has a copy. */
		if (act->plan->settled.has_init && act->init_fd < 0)
			act->stacks[0] = NULL;
		return 0;
	}
	outcome->failed = "cannot make a stack for the job";
	outcome->code = errno;
	return -1;
}

static int prepare_act(struct act *act, const struct plan *plan,
		       uint64_t old_mask, struct outcome *outcome)
{
	*act = (struct act){
		.plan = plan,
		.old_mask = old_mask,
		.report.step = -1,
		.null_fd = -1,
		.life_fd = -1,
		.report_fd = -1,
		.status_fd = -1,
		.init_fd = -1,
		.ready_fd = { -1, -1 },
		.map_fd = -1,
		.ask_fd = -1,
		.relay_fd = -1,
		.root_fd = AT_FDCWD,
	};
	act->source_fds = arena_alloc(plan->arena,
				      (plan->n_steps + 1) *
					      sizeof(*act->source_fds));
	for (size_t i = 0; i < plan->n_steps; i++)
		act->source_fds[i] = -1;
	act->skipped = arena_alloc(plan->arena, plan->n_steps + 1);
	act->groups = arena_alloc(plan->arena,
				  (plan->settled.n_groups + 1) *
					  sizeof(*act->groups));
	landlock_prepare(act);
	if (lift_nofile(act, outcome) < 0)
		return -1;
	act->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (act->null_fd < 0) {
		outcome->failed = "cannot open '/dev/null'";
		outcome->code = errno;
		return -1;
	}
	return 0;
}

/* Done outside for a step, as if it had failed inside: its section is named. */
static void fail_step(const struct plan *plan, uint32_t type, const char *what,
		      int code, struct outcome *outcome)
{
	const struct step *step = plan_find(plan, type);

	outcome->report = (struct report){
		.step = step ? (int32_t)(step - plan->steps) : -1,
		.code = code,
	};
	snprintf(outcome->report.what, sizeof(outcome->report.what), "%.255s",
		 what);
}

/* Sources that only the caller's rights reach. */
static int open_sources(struct act *act, struct outcome *outcome)
{
	int rc = act->plan->settled.has_mounts ? mount_open_sources(act) : 0;

	if (rc == 0)
		return 0;
	act->report.code = -rc;
	if (act->report.what[0] == '\0' && act->what)
		snprintf(act->report.what, sizeof(act->report.what), "%s",
			 act->what);
	outcome->report = act->report;
	return -1;
}

/* ---- spawned ---- */

struct pipes {
	int report[2], life[2], status[2], map[2], ready[2];
};

/*
 * The init comes from a file of ours and not from memory, which an
 * administrator may have forbidden to run (sysctl vm.memfd_noexec).  Where it is
 * not executed at all, core/init.h says.
 */
static int open_init(struct act *act, struct outcome *outcome)
{
	const struct plan *plan = act->plan;

	if (!plan->settled.has_init || plan->settled.namespaces & CLONE_NEWUSER)
		return 0;
	act->init_fd = open(plan->init_path, O_PATH | O_CLOEXEC);
	if (act->init_fd >= 0)
		return 0;
	outcome->failed = arena_printf(plan->arena,
				       "cannot open '%s', which is to be the "
				       "job's init (a part of cordon: install "
				       "it again)",
				       plan->init_path);
	outcome->code = errno;
	return -1;
}

static int make_pipes(struct pipes *pipes, struct outcome *outcome)
{
	int *const ends[] = { pipes->report, pipes->life, pipes->status,
			      pipes->map, pipes->ready };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (pipe2(ends[i], O_CLOEXEC) < 0) {
			outcome->failed = "cannot make a pipe";
			outcome->code = errno;
			return -1;
		}
	return 0;
}

struct start {
	struct act *act;
	const struct pipes *pipes;
};

static void child(void *arg)
{
	const struct start *start = arg;
	const struct pipes *pipes = start->pipes;
	struct act *act = start->act;
	long rc;

	sys(SYS_close, pipes->report[0]);
	sys(SYS_close, pipes->life[1]);
	sys(SYS_close, pipes->status[0]);
	sys(SYS_close, pipes->map[1]);
	/* A byte says that the parent is ready for a job; end of file, that
	 * there is none left. */
	rc = act_wait_byte(act, act->map_fd, "the parent's word");
	if (rc < 0)
		act_fail(act, rc);
	else
		act_run(act, 0);
	act_give_up(act);
}

/*
 * A cgroup namespace begins at the group that its maker is in: where the job
 * gets a group of its own it makes the namespace itself, once it is there.
 */
static pid_t clone_child(struct start *start, struct outside *outside,
			 int *pidfd)
{
	struct act *act = start->act;
	const struct plan *plan = act->plan;
	struct clone_args args = {
		.flags = CLONE_PIDFD | (plan->settled.namespaces &
					~act_late_namespaces(plan)),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};
	int group = cgroup_fd(outside);
	long pid;

	if (group < 0)
		return (pid_t)act_clone(act, &args, 0, child, start);
	args.flags |= CLONE_INTO_CGROUP;
	args.cgroup = (uint64_t)group;
	pid = act_clone(act, &args, 0, child, start);
	if (pid >= 0) {
		cgroup_was_joined(outside);
		return (pid_t)pid;
	}
	if (pid != -ENOSYS && pid != -EINVAL && pid != -E2BIG)
		return (pid_t)pid;
	args.flags &= ~(uint64_t)CLONE_INTO_CGROUP;
	args.cgroup = 0;
	return (pid_t)act_clone(act, &args, 0, child, start);
}

/* ---- in place ---- */

/* Outside of the namespace that its parent is about to make. */
_Noreturn static void help(const struct plan *plan, pid_t inside, int ask_fd,
			   int done_fd)
{
	struct report report = { .step = -1 };
	struct cordon_error err;
	uint64_t asked;

	/* SIGCHLD ignored, a tool would have no status. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != inside ||
	    read(ask_fd, &asked, sizeof(asked)) != sizeof(asked))
		_exit(125);
	if (idmap_write(plan, inside, &err) < 0) {
		report.code = err.code;
		snprintf(report.what, sizeof(report.what), "%.255s", err.text);
	}
	_exit(write(done_fd, &report, sizeof(report)) == sizeof(report) ? 0
									 : 125);
}

/*
 * The helper lives until the maps are written, and is reaped before exec.  It is
 * asked by an eventfd(2): a pipe to a helper that died would end us by SIGPIPE.
 */
static int start_helper(struct act *act, struct outcome *outcome)
{
	int done[2];
	pid_t inside = getpid();

	act->ask_fd = eventfd(0, EFD_CLOEXEC);
	if (act->ask_fd < 0 || pipe2(done, O_CLOEXEC) < 0) {
		outcome->failed = "cannot make a pipe to a helper";
		outcome->code = errno;
		return -1;
	}
	act->helper = fork();
	if (act->helper == 0) {
		close(done[0]);
		help(act->plan, inside, act->ask_fd, done[1]);
	}
	if (act->helper < 0) {
		outcome->failed = "cannot start a helper for the id maps";
		outcome->code = errno;
		return -1;
	}
	close(done[1]);
	act->map_fd = done[0];
	return 0;
}

void spawn_in_place(const struct plan *plan, uint64_t old_mask,
		    struct outcome *outcome)
{
	struct act act;

	if (prepare_act(&act, plan, old_mask, outcome) < 0 ||
	    open_sources(&act, outcome) < 0)
		return;
	if (plan->settled.maps_from_outside && start_helper(&act, outcome) < 0)
		return;
	act_run(&act, 0);
	outcome->report = act.report;
}

/* ---- spawned: the parent ---- */

static int compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Whoever reads what the job writes must see its end: nothing of it stays. */
static int close_others(int *keep, size_t n)
{
	unsigned from = 3;
	long rc = 0;

	qsort(keep, n, sizeof(*keep), compare_ints);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		if (keep[i] < 3)
			continue;
		if ((unsigned)keep[i] > from)
			rc = sys_close_all(from, (unsigned)keep[i] - 1);
		from = (unsigned)keep[i] + 1;
	}
	if (rc == 0)
		rc = sys_close_all(from, ~0U);
	errno = (int)-rc;
	return rc < 0 ? -1 : 0;
}

/* The job may be faster than its parent: this comes before it runs. */
static int go_dark(struct outcome *outcome)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
	    prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
		return 0;
	outcome->failed = "cannot keep the job from tracing cordon";
	outcome->code = errno;
	return -1;
}

/* After this the job runs: whatever its parent must be is settled before. */
static int let_go(const struct plan *plan, pid_t pid, int map_fd, int *keep,
		  size_t n_keep, struct outcome *outcome)
{
	struct cordon_error err;

	/* In place it has them written by itself. */
	if (plan->settled.has_parent && plan->settled.uid_map_text &&
	    idmap_write(plan, pid, &err) < 0) {
		fail_step(plan, CORE_USER_NAMESPACE, err.text, err.code,
			  outcome);
		return -1;
	}
	/* Not before: newuidmap(1) looks whose the process is. */
	if (go_dark(outcome) < 0)
		return -1;
	if (close_others(keep, n_keep) < 0) {
		outcome->failed = "cannot close what is the job's";
		outcome->code = errno;
		return -1;
	}
	if (write(map_fd, "", 1) != 1) {
		outcome->failed = "cannot let the job go on";
		outcome->code = errno;
		return -1;
	}
	return 0;
}

/* What is cordon's own, with room for some more. */
static int *list_kept(const struct watch *watch, const int *own, size_t *n,
		      size_t more)
{
	const struct outside *outside = watch->outside;
	int *keep = arena_alloc(watch->plan->arena,
				(*n + outside->n_keep + more + 1 + WATCH_FDS) *
					sizeof(*keep));

	memcpy(keep, own, *n * sizeof(*keep));
	memcpy(keep + *n, outside->keep, outside->n_keep * sizeof(*keep));
	*n += outside->n_keep;
	keep[(*n)++] = watch->null_fd;
	*n += watch_fds(watch, keep + *n);
	return keep;
}

void spawn_and_watch(const struct plan *plan, struct outside *outside,
		     uint64_t old_mask, const int *own_fds, size_t n_own,
		     struct outcome *outcome)
{
	struct watch watch = { .plan = plan, .outside = outside };
	struct pipes pipes;
	struct act act;
	struct start start = { &act, &pipes };
	int *keep;

	if (prepare_act(&act, plan, old_mask, outcome) < 0 ||
	    open_sources(&act, outcome) < 0 ||
	    open_init(&act, outcome) < 0 || make_pipes(&pipes, outcome) < 0 ||
	    (may_share_memory(plan) &&
	     make_stacks(&act, &watch, outcome) < 0))
		return;
	watch.signal_fd = watch_signals();
	if (watch.signal_fd < 0) {
		outcome->failed = "cannot watch signals";
		outcome->code = errno;
		return;
	}
	/* No copy has them then. */
	memset(plan->words, 0, plan->words_size);
	if (watch_prepare(&watch, outcome) < 0)
		return;
	act.relay_fd = watch.relay.start[0];
	memcpy(act.relayed, watch.relay.jobs, sizeof(act.relayed));
	act.is_spawned = true;
	act.report_fd = pipes.report[1];
	act.life_fd = pipes.life[0];
	act.status_fd = pipes.status[1];
	act.map_fd = pipes.map[0];
	if (plan->settled.has_init)
		memcpy(act.ready_fd, pipes.ready, sizeof(act.ready_fd));
	watch.pidfd = -1;
	watch.pid = clone_child(&start, outside, &watch.pidfd);
	if (watch.pid < 0) {
		fail_step(plan, CORDON_STEP_NAMESPACE, "clone3", -watch.pid,
			  outcome);
		relay_kill(&watch.relay);
		watch_end(&watch);
		return;
	}
	close(pipes.report[1]);
	close(pipes.life[0]);
	close(pipes.status[1]);
	close(pipes.map[0]);
	close(pipes.ready[0]);
	close(pipes.ready[1]);
	relay_let_go(&watch.relay);
	watch.report_fd = pipes.report[0];
	watch.status_fd = pipes.status[0];
	watch.null_fd = act.null_fd;
	if (watch_begin(&watch, outcome) < 0) {
		watch_kill(&watch);
		watch_end(&watch);
		return;
	}
	keep = list_kept(&watch, own_fds, &n_own, 2);
	keep[n_own++] = pipes.life[1];
	keep[n_own++] = pipes.map[1];
	if (outside->cgroup && cgroup_join(outside, watch.pid) < 0) {
		outcome->failed = "cannot bring the job into its cgroup";
		outcome->code = errno;
		watch_kill(&watch);
	} else if (let_go(plan, watch.pid, pipes.map[1], keep, n_own,
			  outcome) < 0) {
		watch_kill(&watch);
	} else {
		close(pipes.map[1]);
		watch_run(&watch, outcome);
	}
	watch_end(&watch);
}

/* ---- beside ---- */

struct beside_pipes {
	int report[2], go[2];
	int pidfd;
};

static int make_beside_pipes(struct beside_pipes *pipes, struct outcome *outcome)
{
	pipes->pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (pipes->pidfd >= 0 && pipe2(pipes->report, O_CLOEXEC) == 0 &&
	    pipe2(pipes->go, O_CLOEXEC) == 0)
		return 0;
	outcome->failed = "cannot make a pipe to a helper";
	outcome->code = errno;
	return -1;
}

/* What it cannot do, the other one says: it is who is waited for.  Without a word
 * from us that one takes us for dead, and undoes all. */
static void tell_go(int fd, const struct outcome *outcome)
{
	struct report report = { .step = -1, .code = outcome->code };

	snprintf(report.what, sizeof(report.what), "%.255s",
		 outcome->failed ? outcome->failed : "");
	if (sys(SYS_write, fd, &report, sizeof(report)) != sizeof(report))
		_exit(125);
}

/* Armed with all that it takes, or it says why not. */
static int arm(struct watch *watch, const int *own, size_t n_own, int go_fd,
	       struct outcome *outcome)
{
	struct outside *outside = watch->outside;
	int *keep;

	/* Once it has said that it watches it may not want for memory. */
	if (arena_reserve(watch->plan->arena) < 0) {
		outcome->failed = "no memory for a helper beside the job";
		outcome->code = errno;
		return -1;
	}
	watch->signal_fd = watch_signals();
	if (watch->signal_fd < 0) {
		outcome->failed = "cannot watch signals";
		outcome->code = errno;
		return -1;
	}
	if (watch_prepare(watch, outcome) < 0 ||
	    watch_begin(watch, outcome) < 0)
		return -1;
	if (outside->cgroup && cgroup_join(outside, watch->pid) < 0) {
		outcome->failed = "cannot bring the job into its cgroup";
		outcome->code = errno;
		return -1;
	}
	keep = list_kept(watch, own, &n_own, 1);
	keep[n_own++] = go_fd;
	if (go_dark(outcome) < 0)
		return -1;
	if (close_others(keep, n_own) == 0)
		return 0;
	outcome->failed = "cannot close what is the job's";
	outcome->code = errno;
	return -1;
}

static void help_beside(struct watch *watch, const struct beside_pipes *pipes,
			const int *own, size_t n_own, struct outcome *outcome)
{
	close(pipes->report[1]);
	close(pipes->go[0]);
	watch->pidfd = pipes->pidfd;
	watch->report_fd = pipes->report[0];
	watch->status_fd = -1;
	arm(watch, own, n_own, pipes->go[1], outcome);
	/* Without a word the other one ends too. */
	tell_go(pipes->go[1], outcome);
	close(pipes->go[1]);
	watch_run(watch, outcome);
	watch_end(watch);
}

/* False: it died without a word, and undoes nothing. */
static bool wait_for_go(const struct plan *plan, int fd,
			struct outcome *outcome)
{
	struct report report;
	ssize_t n;

	do
		n = read(fd, &report, sizeof(report));
	while (n < 0 && errno == EINTR);
	if (n < 0) { /* it lives, and undoes what it has armed */
		outcome->failed = "cannot hear the helper that watches the job "
				  "from beside";
		outcome->code = errno;
		return true;
	}
	if (n == sizeof(report)) {
		report.what[sizeof(report.what) - 1] = '\0';
		if (report.what[0])
			outcome->failed = arena_printf(plan->arena, "%s",
						       report.what);
		outcome->code = report.code;
		return true;
	}
	outcome->failed = "the helper that was to watch the job from beside "
			  "has died";
	return false;
}

/* Nothing started: the record knows why, and what was made goes. */
static enum beside give_up(struct act *act, struct outcome *outcome)
{
	if (outcome->failed) {
		act->report.code = outcome->code ? outcome->code : EPROTO;
		snprintf(act->report.what, sizeof(act->report.what), "%.255s",
			 outcome->failed);
	}
	/* Else there is nobody to tell. */
	if (act->report.code != ECANCELED)
		sys(SYS_write, act->report_fd, &act->report,
		    sizeof(act->report));
	outcome->report = act->report;
	return BESIDE_INSIDE;
}

enum beside spawn_beside(const struct plan *plan, struct outside *outside,
			 uint64_t old_mask, const int *own_fds, size_t n_own,
			 struct outcome *outcome)
{
	struct watch watch = { .plan = plan, .outside = outside,
			       .pid = getpid(), .is_beside = true,
			       .startup.fd = -1, .relay.word_fd = -1,
			       .signal_fd = -1, .status_fd = -1 };
	struct beside_pipes pipes;
	struct act act;
	int rc;

	if (prepare_act(&act, plan, old_mask, outcome) < 0 ||
	    open_sources(&act, outcome) < 0 ||
	    make_beside_pipes(&pipes, outcome) < 0)
		return BESIDE_NOBODY;
	watch.null_fd = act.null_fd;
	memset(plan->words, 0, plan->words_size);
	rc = beside_fork();
	if (rc < 0) {
		outcome->failed = "cannot start the helper that watches the "
				  "job from beside";
		outcome->code = errno;
		return BESIDE_NOBODY;
	}
	if (rc == 0) {
		help_beside(&watch, &pipes, own_fds, n_own, outcome);
		return BESIDE_HELPER;
	}
	close(pipes.report[0]);
	close(pipes.go[1]);
	act.report_fd = pipes.report[1];
	if (!wait_for_go(plan, pipes.go[0], outcome))
		return BESIDE_NOBODY;
	if (!outcome->failed && (!plan->settled.maps_from_outside ||
				 start_helper(&act, outcome) == 0))
		act_run(&act, 0);
	return give_up(&act, outcome);
}
