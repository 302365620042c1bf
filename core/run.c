/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/beside.h"
#include "core/digest.h"
#include "core/front.h"
#include "core/hint.h"
#include "core/hook.h"
#include "core/json.h"
#include "core/object.h"
#include "core/outside.h"
#include "core/record.h"
#include "core/restart.h"
#include "core/run.h"
#include "core/secret.h"
#include "core/settle.h"
#include "core/spawn.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/umask.h"
#include "core/value.h"

int run_open_stdio(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", O_RDWR | O_NOCTTY) != fd)
			return -1;
	return 0;
}

/* ---- what is said of a job that does not run ---- */

struct refusal {
	struct prepared *prepared;
	const struct record *record;
	const char *digest;
};

static const char *with_code(struct arena *arena, const char *text, int code)
{
	return code == 0 ? text
			 : arena_printf(arena, "%s: %s", text, strerror(code));
}

/* One line, whatever stands in it; stderr may be full or gone. */
static const char *say_to(int fd, const struct prepared *prepared, const char *text)
{
	struct arena *arena = prepared->arena;
	const char *name = prepared->stack.name ? prepared->stack.name
						: prepared->request->stack;
	const char *line;

	if (prepared->stack.name && prepared->stack.asked &&
	    strcmp(prepared->stack.asked, prepared->stack.name))
		name = arena_printf(arena, "%s (for '%s')", name,
				    prepared->stack.asked);
	line = arena_printf(arena, "cordon: %s: %s",
			    value_escape(arena, name, strlen(name)), text);
	line = arena_printf(arena, "%s\n", value_line(arena, line));
	record_put(fd, line);
	return line;
}

/* For a caller who reads a file to know whose fault it was. */
static void say_to_file(const struct request *request, const char *line)
{
	int fd = request->error_name
			 ? openat(request->error_dir, request->error_name,
				  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW |
					  O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
				  0644)
			 : -1;

	if (fd < 0)
		return;
	record_put(fd, line);
	close(fd);
}

static void say(const struct prepared *prepared, const char *text)
{
	say_to_file(prepared->request,
		    say_to(STDERR_FILENO, prepared, text));
}

static int tell(const struct refusal *refusal, const char *reason,
		const char *section, const char *text,
		const struct outcome *outcome)
{
	const struct ending ending = { .reason = reason,
				       .section = section,
				       .message = text,
				       .outcome = outcome };

	return record_write(refusal->record, refusal->prepared,
			    refusal->digest, &ending);
}

static int refuse(const struct refusal *refusal, const struct cordon_error *err)
{
	struct prepared *prepared = refusal->prepared;
	const char *text =
		arena_printf(prepared->arena, "%s%s",
			     with_code(prepared->arena, err->text, err->code),
			     prepared->stack.hint ? prepared->stack.hint : "");
	bool is_denied = err->reason == CORDON_DENIED;

	say(prepared, text);
	tell(refusal, is_denied ? "denied" : "failed",
	     prepared->failed_section, text, NULL);
	if (prepared->request->failure)
		return prepared->request->failure;
	if (prepared->exit_status >= 0)
		return prepared->exit_status;
	if (!prepared->stack.name)
		return 125;
	return is_denied ? prepared->stack.exit_denied
			 : prepared->stack.exit_failed;
}

static const char *quoted(struct arena *arena, const char *text)
{
	return arena_printf(arena, "'%s'",
			    value_escape(arena, text, strlen(text)));
}

/* A section may have its own status. */
static int step_exit(const struct prepared *prepared, const struct step *step,
		     int other)
{
	for (size_t i = 0; step && i < prepared->n_parts; i++) {
		const struct section *section = prepared->parts[i].section;

		if (section->exit >= 0 && !strcmp(section->name, step->section))
			return section->exit;
	}
	return other;
}

/* Up to exec the program could be opened: then it is the last thing entered. */
static const char *exec_hint(const struct prepared *prepared,
			     const struct step *step, int code)
{
	const struct plan *plan = &prepared->plan;

	if (!step)
		return "";
	if (step->is.type == CORE_EXEC)
		return hint_of(plan_find(plan, CORE_LANDLOCK)
				       ? "exec with Landlock"
				       : "exec",
			       code);
	return hint_of(strchr(plan->settled.argv[0], '/') &&
				       plan->settled.has_mounts
			       ? "program in a root"
			       : "program",
		       code);
}

/* What says itself what to do, needs none. */
static const char *step_hint(const char *step_name, const struct report *report)
{
	const char *hint;

	if (strstr(report->what, " ("))
		return "";
	hint = hint_of(step_name, report->code);
	return *hint ? hint : hint_of(report->what, report->code);
}

/* Who asked for what, and what failed; nothing of it twice. */
static const char *step_text(struct arena *arena, const struct plan *plan,
			     const struct step *step,
			     const struct report *report)
{
	const char *step_name = step ? step->row->name : "";
	const char *asked = step ? plan_print_step(arena, step) : "";
	const char *what = step && strstr(asked, report->what) ? ""
							       : report->what;
	const char *hint = step_hint(step_name, report);

	if (report->code == EPROTO) {
		asked = step_name;
		what = arena_printf(arena,
				    "the kernel did not do what it said (%s)",
				    report->what);
	}
	return arena_printf(
		arena, "%s%s%s%s%s%s%s%s",
		step ? plan_blame(arena, plan, step) : "", step ? " " : "",
		asked, step && *what ? ": " : "", what,
		report->code == EPROTO ? "" : ": ",
		report->code == EPROTO ? "" : strerror(report->code), hint);
}

static const struct step *failed_step(const struct plan *plan,
				      const struct outcome *outcome)
{
	int32_t at = outcome->report.step;

	return !outcome->failed && at >= 0 && (size_t)at < plan->n_steps
		       ? &plan->steps[at]
		       : NULL;
}

static const char *report_text(const struct prepared *prepared,
			       const struct outcome *outcome)
{
	struct arena *arena = prepared->arena;
	const struct report *report = &outcome->report;
	const struct step *step = failed_step(&prepared->plan, outcome);

	if (outcome->failed)
		return arena_printf(
			arena, "%s%s",
			with_code(arena, outcome->failed, outcome->code),
			hint_of("", outcome->code));
	if (report->phase == REPORT_EXEC)
		return arena_printf(arena, "cannot run %s: %s%s",
				    quoted(arena, report->what),
				    strerror(report->code),
				    exec_hint(prepared, step, report->code));
	return step_text(arena, &prepared->plan, step, report);
}

/* A step that failed inside, or a program that cannot be run. */
static int refuse_report(const struct refusal *refusal,
			 const struct outcome *outcome)
{
	struct prepared *prepared = refusal->prepared;
	const struct report *report = &outcome->report;
	const struct step *step = failed_step(&prepared->plan, outcome);
	const char *text = report_text(prepared, outcome);

	say(prepared, text);
	tell(refusal, "failed", step ? step->section : NULL, text, outcome);
	if (prepared->request->failure)
		return prepared->request->failure;
	if (!outcome->failed && report->phase == REPORT_EXEC)
		return report->code == ENOENT ? 127 : 126;
	return step_exit(prepared, step, prepared->stack.exit_failed);
}

/* ---- begin and finish ---- */

static int begin_all(struct prepared *prepared, struct cordon_error *err)
{
	for (size_t i = 0; i < prepared->n_parts; i++) {
		struct part *part = &prepared->parts[i];

		if (hook_begin(prepared, part, err) == 0)
			continue;
		prepared->failed_section = part->section->name;
		prepared->exit_status = part->section->exit;
		return stack_blame(&prepared->stack, part->section->where,
				   part->section->name, NULL, err);
	}
	return 0;
}

static bool has(const int *fds, size_t n, int fd)
{
	while (n > 0)
		if (fds[--n] == fd)
			return true;
	return false;
}

/* A lock, a ticket: what a begin opened is kept as what is cordon's own. */
static int begin_and_keep(struct prepared *prepared, const int **own,
			  size_t *n_own, struct cordon_error *err)
{
	size_t n_before, n_after, n = *n_own;
	int *before, *after, *kept;

	if (!prepared->plan.needs_begin)
		return 0;
	if (!prepared->job.objects)
		prepared->job.objects = object_calls(prepared->arena,
						     &prepared->stack);
	if (fds_open(prepared->arena, &before, &n_before, err) < 0 ||
	    begin_all(prepared, err) < 0 ||
	    fds_open(prepared->arena, &after, &n_after, err) < 0)
		return -1;
	kept = arena_alloc(prepared->arena, (n + n_after) * sizeof(*kept));
	memcpy(kept, *own, n * sizeof(*kept));
	for (size_t i = 0; i < n_after; i++)
		if (!has(before, n_before, after[i]))
			kept[n++] = after[i];
	*own = kept;
	*n_own = n;
	return 0;
}

/* Exactly those whose begin was entered, the last first; what one cannot undo
 * does not keep the others from it. */
static void finish_all(struct prepared *prepared,
		       const struct outcome *outcome)
{
	const struct cordon_result result = {
		.started = outcome->has_started,
		.exit = WIFEXITED(outcome->status) ? WEXITSTATUS(outcome->status)
			: outcome->status == STATUS_UNKNOWN ? -1
							    : 0,
		.signal = WIFSIGNALED(outcome->status)
				  ? WTERMSIG(outcome->status)
				  : 0,
		.wall_ns = outcome->wall_ns,
		.user_ns = outcome->user_us < 0 ? -1 : outcome->user_us * 1000,
		.sys_ns = outcome->sys_us < 0 ? -1 : outcome->sys_us * 1000,
		.max_rss_kb = outcome->max_rss_kb,
	};
	struct cordon_error ignored = { 0 };

	for (size_t i = prepared->n_parts; i-- > 0;)
		if (prepared->parts[i].has_begun)
			hook_finish(prepared, &prepared->parts[i], &result,
				    &ignored);
}

static void undo_all(struct prepared *prepared, struct outside *outside,
		     const struct outcome *outcome)
{
	outside_undo(outside);
	finish_all(prepared, outcome);
}

/* ---- the end ---- */

/* As the job died: default action, unblocked, and without a second core. */
static int end_like(const struct stack *stack, int status)
{
	const struct rlimit none = { 0, 0 };
	const uint64_t by_default[4] = { 0 }; /* a struct sigaction of the kernel */
	const pid_t self = getpid(); /* under a filter perhaps -1: all there are */
	uint64_t bit;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	bit = (uint64_t)1 << (WTERMSIG(status) - 1);
	if (stack->signal_exit_is_code || self <= 1)
		return 128 + WTERMSIG(status);
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	/* Not by glibc's calls: they leave out 32 and 33, which a caller may have
	 * blocked or ignored all the same. */
	sys(SYS_rt_sigaction, WTERMSIG(status), by_default, NULL, 8);
	kill(self, WTERMSIG(status));
	sys(SYS_rt_sigprocmask, SIG_UNBLOCK, &bit, NULL, 8);
	return 128 + WTERMSIG(status);
}

/* ---- one job ---- */

static const int *own_fds(const struct prepared *prepared,
			  const struct record *record, int stderr_fd,
			  size_t *n)
{
	size_t n_record;
	const int *of_record = record_fds(record, prepared->arena, &n_record);
	int *fds = arena_alloc(prepared->arena, (n_record + 4) * sizeof(*fds));

	memcpy(fds, of_record, n_record * sizeof(*fds));
	fds[n_record] = prepared->plan.pool_fd;
	fds[n_record + 1] = stderr_fd;
	fds[n_record + 2] = prepared->plan.caller_fd;
	fds[n_record + 3] =
		prepared->request->error_name ? prepared->request->error_dir : -1;
	*n = n_record + 4;
	return fds;
}

/* ---- how a job that ran has ended ---- */

static bool was_timeout(const struct outcome *outcome)
{
	return outcome->is_timeout;
}

static bool was_denied(const struct outcome *outcome)
{
	return outcome->cut && outcome->is_denied;
}

static bool was_cut(const struct outcome *outcome)
{
	return outcome->cut != NULL;
}

static bool was_oom(const struct outcome *outcome)
{
	return outcome->is_oom;
}

static bool was_orphaned(const struct outcome *outcome)
{
	return outcome->has_lost_caller && WIFSIGNALED(outcome->status);
}

static bool was_bad_call(const struct outcome *outcome)
{
	return WIFSIGNALED(outcome->status) &&
	       WTERMSIG(outcome->status) == SIGSYS;
}

static bool was_signaled(const struct outcome *outcome)
{
	return WIFSIGNALED(outcome->status);
}

static bool was_exited(const struct outcome *outcome)
{
	return WIFEXITED(outcome->status);
}

static bool was_ended(const struct outcome *outcome)
{
	return outcome->status == STATUS_UNKNOWN;
}

/* The first that fits.  With `type` only where the plan has such a step, of
 * which the record names the section. */
static const struct reason {
	const char *name;
	bool (*is)(const struct outcome *outcome);
	uint32_t type;
	const char *message;
} reasons[] = {
	{ "timeout", was_timeout, 0, NULL },
	{ "denied", was_denied, 0, NULL },
	{ "failed", was_cut, 0, NULL },
	{ "oom", was_oom, CORDON_STEP_CGROUP,
	  "the kernel killed for want of memory" },
	{ "signaled", was_orphaned, CORDON_STEP_PDEATH, "its caller has ended" },
	{ "seccomp", was_bad_call, CORDON_STEP_SECCOMP,
	  "a system call that the filter forbids" },
	{ "signaled", was_signaled, 0, NULL },
	{ "exited", was_exited, 0, NULL },
	{ "ended", was_ended, 0,
	  "how is not known: this kernel keeps it for the job's parent" },
};

static const struct reason *find_reason(const struct plan *plan,
					const struct outcome *outcome)
{
	const struct reason *reason = reasons;

	while (!reason->is(outcome) ||
	       (reason->type != 0 && !plan_find(plan, reason->type)))
		reason++;
	return reason;
}

/* "wall limit of 10s"; the section stands beside it. */
static const char *limit_text(struct arena *arena, const struct step *step)
{
	const char *time = value_print(arena, VALUE_TIME,
				       (uint64_t)step->is.number[1]);
	const char *path = step->is.text[0];
	static const char *const kinds[] = { "wall", "cpu", "idle" };

	if (path)
		return arena_printf(arena, "startup limit of %s: no %s", time,
				    quoted(arena, path));
	return arena_printf(arena, "%s limit of %s",
			    kinds[step->is.number[0]], time);
}

/* stderr is the job's, and who reads it may be slow: we do not wait. */
static void say_end(int fd, const struct prepared *prepared,
		    const struct step *step, const char *text)
{
	struct pollfd out = { .fd = fd, .events = POLLOUT };

	if (fd >= 0 && poll(&out, 1, 100) == 1 && out.revents & POLLOUT)
		say_to(fd, prepared,
		       arena_printf(prepared->arena, "%s %s",
				    plan_blame(prepared->arena, &prepared->plan,
					       step),
				    text));
}

static int told_as(const struct request *request, int status)
{
	return request->as_success &&
			       request->as_success[status / 8] >> status % 8 & 1
		       ? 0
		       : status;
}

/* In the record, and on stderr where that is asked for. */
static const struct step *tell_end(struct prepared *prepared,
				   const struct refusal *refusal,
				   const struct outcome *outcome, int stderr_fd)
{
	const struct plan *plan = &prepared->plan;
	const struct reason *reason = find_reason(plan, outcome);
	const struct step *step = outcome->is_timeout ? outcome->limit
				  : outcome->cut
					  ? outcome->cut
					  : plan_find(plan, reason->type);
	const char *text = outcome->is_timeout
				   ? limit_text(prepared->arena, step)
			   : outcome->cut ? outcome->cut_text
					  : reason->message;
	const char *more = outcome->has_rest
				   ? "processes of the job are left that "
				     "could not be ended"
				   : NULL;

	if (outcome->is_timeout || outcome->cut || outcome->is_oom)
		say_end(stderr_fd, prepared, step, text);
	if (more)
		text = text ? arena_printf(prepared->arena, "%s; %s", text,
					   more)
			    : more;
	tell(refusal, reason->name, step ? step->section : NULL, text, outcome);
	return step;
}

static int end(struct prepared *prepared, const struct refusal *refusal,
	       const struct outcome *outcome, int stderr_fd)
{
	const struct stack *stack = &prepared->stack;
	const struct step *step =
		tell_end(prepared, refusal, outcome, stderr_fd);

	if (outcome->is_timeout)
		return step_exit(prepared, step, stack->exit_timeout);
	if (outcome->cut)
		return step_exit(prepared, step,
				 outcome->is_denied ? stack->exit_denied
						    : stack->exit_failed);
	/* Whatever it did before it ended: that is what was asked for. */
	return told_as(prepared->request,
		       end_like(stack, outcome->asked ? outcome->asked
						      : outcome->status));
}

/* What took its time was cordon's own work, or a file that the job is given. */
static int refuse_late(const struct refusal *refusal,
		       const struct outcome *outcome)
{
	struct prepared *prepared = refusal->prepared;
	const struct step *step = outcome->limit;
	const char *text =
		arena_printf(prepared->arena,
			     "%s %s: the program has not started by then",
			     plan_blame(prepared->arena, &prepared->plan, step),
			     limit_text(prepared->arena, step));

	say(prepared, text);
	tell(refusal, "timeout", step->section, text, outcome);
	if (prepared->request->failure)
		return prepared->request->failure;
	return step_exit(prepared, step, prepared->stack.exit_timeout);
}

/* What was made for a try is made anew; what a module began is kept. */
static int try_again(struct prepared *prepared, const struct restart *restart,
		     struct outside *outside, struct outcome *outcome,
		     struct cordon_error *err)
{
	restart_next(outcome);
	if (restart_prepare(restart, err) < 0)
		return -1;
	if (outside_make(outside, &prepared->plan, err) == 0)
		return 0;
	prepared->failed_section = outside->failed->section;
	outside_undo(outside);
	return -1;
}

/* Under the job's filter only write(2) and exit_group(2) are sure.  No
 * _Noreturn: before a call of such a function AddressSanitizer makes others. */
static void refuse_filtered(const struct prepared *prepared,
			    const struct report *report)
{
	const struct plan *plan = &prepared->plan;
	const struct step *step = report->step >= 0
					  ? &plan->steps[report->step]
					  : NULL;
	char name[128], what[300], line[700];
	int n;

	value_show(name, sizeof(name), prepared->stack.name,
		   strlen(prepared->stack.name));
	value_show(what, sizeof(what), report->what, strlen(report->what));
	n = snprintf(line, sizeof(line), "cordon: %s: cannot run '%s': %s%s\n",
		     name, what, strerror(report->code),
		     exec_hint(prepared, step, report->code));
	sys(SYS_write, STDERR_FILENO, line, n);
	sys(SYS_exit_group, report->code == ENOENT ? 127 : 126);
}

/* In the job's own process, where nothing came of it. */
static int refuse_in_place(const struct refusal *refusal,
			   const struct outcome *outcome)
{
	if (refusal->prepared->plan.settled.filter &&
	    outcome->report.phase == REPORT_EXEC && refusal->record->n == 0)
		refuse_filtered(refusal->prepared, &outcome->report);
	return refuse_report(refusal, outcome);
}

static void degrade(struct prepared *prepared, const struct outcome *outcome)
{
	if (outcome->skipped > 0)
		prepare_degrade(
			prepared,
			prepared->plan.steps[outcome->skipped - 1].section,
			NULL);
}

/* By the helper beside the job: whoever waits for the job has had its status. */
static int end_beside(struct prepared *prepared, const struct refusal *refusal,
		      const struct outcome *outcome)
{
	const struct step *step = failed_step(&prepared->plan, outcome);

	if (outcome->has_started) {
		degrade(prepared, outcome);
		tell_end(prepared, refusal, outcome, -1);
	} else if (outcome->is_timeout) {
		refuse_late(refusal, outcome);
	} else if (outcome->report.code != 0) { /* inside it was said */
		tell(refusal, "failed", step ? step->section : NULL,
		     report_text(prepared, outcome), outcome);
	} else {
		refuse_report(refusal, outcome);
	}
	return 0;
}

/* In place of the job: what is recorded and undone is the helper's to do. */
static int refuse_inside(const struct refusal *refusal,
			 const struct outcome *outcome)
{
	const struct record none = { .n = 0 };
	const struct refusal alone = { refusal->prepared, &none,
				       refusal->digest };

	return refuse_in_place(&alone, outcome);
}

static int supervise_beside(struct prepared *prepared,
			    const struct refusal *refusal,
			    struct outside *outside, uint64_t old_mask,
			    const int *own, size_t n_own)
{
	struct outcome outcome = { .report.step = -1 };
	enum beside who = spawn_beside(&prepared->plan, outside, old_mask, own,
				       n_own, &outcome);

	if (who == BESIDE_INSIDE)
		return refuse_inside(refusal, &outcome);
	undo_all(prepared, outside, &outcome);
	return who == BESIDE_HELPER
		       ? end_beside(prepared, refusal, &outcome)
		       : refuse_report(refusal, &outcome);
}

static int supervise(struct prepared *prepared, const struct refusal *refusal)
{
	/* A copy of stderr only where it is asked for: who reads it sees its
	 * end when the job has ended, not before. */
	int stderr_fd = prepared->stack.report_ends
				? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
				: -1;
	size_t n_own;
	const int *own = own_fds(prepared, refusal->record, stderr_fd, &n_own);
	struct outcome outcome = { .report.step = -1 };
	struct outside outside;
	struct restart restart;
	struct cordon_error err = { 0 };
	const struct sigaction default_action = { .sa_handler = SIG_DFL };
	struct sigaction old_action;
	sigset_t all, old;
	uint64_t old_mask = 0;

	if (prepared->stack.report_ends && stderr_fd < 0) {
		cordon_fail(&err, errno, "cannot keep stderr for the report");
		return refuse(refusal, &err);
	}
	/* Ignored, there would be no end to wait for. */
	if (sigaction(SIGCHLD, &default_action, &old_action) < 0) {
		cordon_fail(&err, errno, "cannot wait for children");
		return refuse(refusal, &err);
	}
	prepared->plan.ignores_children = old_action.sa_handler == SIG_IGN;
	/* First, as it may wait: TERM ends it, and nothing is to be undone. */
	if (begin_and_keep(prepared, &own, &n_own, &err) < 0) {
		finish_all(prepared, &outcome);
		return refuse(refusal, &err);
	}
	secret_forget(&prepared->plan);
	if (restart_keep(&restart, &prepared->plan, &own, &n_own, &err) < 0) {
		finish_all(prepared, &outcome);
		return refuse(refusal, &err);
	}
	if (outside_make(&outside, &prepared->plan, &err) < 0) {
		prepared->failed_section = outside.failed->section;
		undo_all(prepared, &outside, &outcome);
		return refuse(refusal, &err);
	}
	sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &old) < 0) {
		cordon_fail(&err, errno, "cannot block signals");
		undo_all(prepared, &outside, &outcome);
		return refuse(refusal, &err);
	}
	memcpy(&old_mask, &old, sizeof(old_mask));
	/* A module may have changed it again. */
	if (sigaction(SIGCHLD, &default_action, NULL) < 0) {
		cordon_fail(&err, errno, "cannot wait for children");
		undo_all(prepared, &outside, &outcome);
		return refuse(refusal, &err);
	}
	if (prepared->plan.settled.has_helper)
		return supervise_beside(prepared, refusal, &outside, old_mask,
					own, n_own);
	for (;;) {
		spawn_and_watch(&prepared->plan, &outside, old_mask, own, n_own,
				&outcome);
		outside_undo(&outside);
		if (!restart_wait(&restart, &prepared->plan, &outcome))
			break;
		if (try_again(prepared, &restart, &outside, &outcome, &err) ==
		    0)
			continue;
		finish_all(prepared, &outcome);
		return refuse(refusal, &err);
	}
	finish_all(prepared, &outcome);
	if (!outcome.has_started && !outcome.cut)
		return outcome.is_timeout ? refuse_late(refusal, &outcome)
					  : refuse_report(refusal, &outcome);
	degrade(prepared, &outcome);
	return end(prepared, refusal, &outcome, stderr_fd);
}

static int replace(struct prepared *prepared, const struct refusal *refusal)
{
	struct outcome outcome = { .report.step = -1 };
	const char *lacking = prepared->lacking;
	struct cordon_error err = { 0 };
	sigset_t old;
	uint64_t old_mask = 0;

	if (sigprocmask(SIG_BLOCK, NULL, &old) < 0) {
		cordon_fail(&err, errno, "cannot read the signal mask");
		return refuse(refusal, &err);
	}
	memcpy(&old_mask, &old, sizeof(old_mask));
	/* Only with parent = never: what comes after nobody will know. */
	if (tell(refusal, "started", NULL, NULL, NULL) < 0) {
		cordon_fail(&err, 0, "%s",
			    prepared->lacking != lacking
				    ? prepared->lacking
				    : "cannot write the record");
		return refuse(refusal, &err);
	}
	secret_forget(&prepared->plan);
	spawn_in_place(&prepared->plan, old_mask, &outcome);
	return refuse_in_place(refusal, &outcome);
}

static int open_records(struct record *record, struct prepared *prepared,
			struct cordon_error *err)
{
	return prepare_observe(prepared, err) < 0
		       ? -1
		       : record_open_planned(record, prepared, err);
}

/* A stack with a fault: those who record it may be without one. */
static int refuse_stack(const struct refusal *refusal, struct record *record,
			const struct cordon_error *err)
{
	struct prepared *prepared = refusal->prepared;
	const char *section = prepared->failed_section;
	struct cordon_error ignored = { 0 };

	open_records(record, prepared, &ignored);
	prepared->failed_section = section;
	prepared->exit_status = -1;
	return refuse(refusal, err);
}

int run(struct arena *arena, const struct request *request)
{
	struct prepared prepared = { .arena = arena, .request = request,
				     .exit_status = -1 };
	struct record record;
	struct refusal refusal = { .prepared = &prepared, .record = &record };
	struct cordon_error err = { 0 };
	const char *text;
	const pid_t caller = getppid();
	mode_t mask;

	if (umask_read(&mask) < 0) {
		cordon_fail(&err, errno, "cannot read the umask");
		say(&prepared, with_code(arena, err.text, err.code));
		return request->failure ? request->failure : 125;
	}
	if (record_open(&record, arena, request, &err) < 0)
		return refuse(&refusal, &err);
	if (!request->is_of_stack && !request->fault &&
	    (!request->argv || !request->argv[0] || !request->argv[0][0])) {
		cordon_fail(&err, 0,
			    "no command (cordon run STACK -- COMMAND)");
		return refuse(&refusal, &err);
	}
	if (prepare_stack(arena, request, false, &prepared, &err) < 0)
		return refuse_stack(&refusal, &record, &err);
	if (open_records(&record, &prepared, &err) < 0)
		return refuse(&refusal, &err);
	if (request->fault) {
		cordon_fail(&err, 0, "%s", request->fault);
		return refuse(&refusal, &err);
	}
	if (record.n > 0) {
		text = digest_text(&prepared, &err);
		if (!text)
			return refuse(&refusal, &err);
		refusal.digest = digest_of(arena, text);
	}
	prepared.is_run = true;
	prepared.umask = mask;
	if (prepare_decide(&prepared, &err) < 0 ||
	    (request->is_of_stack &&
	     front_judge(&prepared, false, &err) < 0) ||
	    prepare_plan(&prepared, &err) < 0 ||
	    prepare_pins(&prepared, &err) < 0 ||
	    prepare_secrets(&prepared, &err) < 0 ||
	    prepare_caller(&prepared, caller, &err) < 0)
		return refuse(&refusal, &err);
	return prepared.plan.settled.has_parent ||
			       prepared.plan.settled.has_helper
		       ? supervise(&prepared, &refusal)
		       : replace(&prepared, &refusal);
}
