/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/clock.h"
#include "core/guard.h"
#include "core/hook.h"
#include "core/umask.h"

#define DEADLINE_S 10

/* What a hook may not change. */
struct around {
	struct stat cwd, stdio[3];
	bool is_watched, is_guarded, has_cwd, has_stdio[3];
	struct guard guard;
	sigset_t mask;
	mode_t umask;
};

/* Only while a hook runs, for the handlers below. */
static const char *running, *running_hook, *running_late;

static void say(const char *text)
{
	if (write(guard_stderr(), text, strlen(text)) < 0)
		_exit(125);
}

_Noreturn static void die(const char *why)
{
	say("cordon: ");
	say(running);
	say(" its ");
	say(running_hook);
	say(" hook");
	say(why);
	guard_running(NULL);
	_exit(125);
}

static void on_deadline(int signal)
{
	(void)signal;
	die(running_late);
}

static void on_exit_in_hook(void)
{
	if (running)
		die(" ended the process\n");
}

static int look(struct around *around)
{
	/* the kernel fills less of a mask than there is */
	memset(&around->mask, 0, sizeof(around->mask));
	around->has_cwd = stat(".", &around->cwd) == 0;
	for (int fd = 0; fd < 3; fd++)
		around->has_stdio[fd] = fstat(fd, &around->stdio[fd]) == 0;
	if (umask_read(&around->umask) < 0)
		return -1;
	return sigprocmask(SIG_BLOCK, NULL, &around->mask);
}

static bool same_file(bool has_a, const struct stat *a, bool has_b,
		      const struct stat *b)
{
	return has_a == has_b &&
	       (!has_a || (a->st_dev == b->st_dev && a->st_ino == b->st_ino));
}

/* A folder for each thread, beside "." and "..": proc(5).  Without /proc nobody
 * can tell. */
static const char *judge_threads(void)
{
	struct stat st;

	if (stat("/proc/self/task", &st) < 0)
		return errno == ENOENT ? NULL : "what cannot be seen";
	return st.st_nlink > 3 ? "the number of threads" : NULL;
}

static const char *changed(const struct around *before)
{
	struct around after = { .is_watched = true };

	if (look(&after) < 0)
		return "what cannot be seen";
	if (!same_file(before->has_cwd, &before->cwd, after.has_cwd,
		       &after.cwd))
		return "the working directory";
	for (int fd = 0; fd < 3; fd++)
		if (!same_file(before->has_stdio[fd], &before->stdio[fd],
			       after.has_stdio[fd], &after.stdio[fd]))
			return "a descriptor that is not its own";
	if (memcmp(&before->mask, &after.mask, sizeof(after.mask)))
		return "the signal mask";
	if (before->umask != after.umask)
		return "the umask";
	return judge_threads();
}

static struct sigaction before_alarm;

static int mask_alarm(int how)
{
	sigset_t alarms;

	sigemptyset(&alarms);
	sigaddset(&alarms, SIGALRM);
	return sigprocmask(how, &alarms, NULL);
}

/* Blocked, by the caller or by us, it would never come. */
static int set_deadline(unsigned seconds)
{
	const struct sigaction deadline = { .sa_handler = on_deadline };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	alarm(0);
	if (sigaction(SIGALRM, &ignore, &before_alarm) < 0 || /* none pending */
	    sigaction(SIGALRM, &deadline, NULL) < 0 ||
	    mask_alarm(SIG_UNBLOCK) < 0)
		return -1;
	alarm(seconds); /* 0: none */
	return 0;
}

static int end_deadline(const struct around *around)
{
	alarm(0);
	if (sigaction(SIGALRM, &before_alarm, NULL) < 0)
		return -1;
	return sigismember(&around->mask, SIGALRM) ? mask_alarm(SIG_BLOCK) : 0;
}

/*
 * A module that is part of the program was tested with it; what comes from a
 * file is watched.
 */
static int enter(struct around *around, const struct prepared *prepared,
		 const struct part *part, const char *hook, unsigned seconds,
		 struct cordon_error *err)
{
	static bool is_armed;

	if (!is_armed && atexit(on_exit_in_hook) != 0)
		return cordon_fail(err, 0, "cannot watch its %s hook", hook);
	is_armed = true;
	around->is_guarded = prepared->request->module_file != NULL;
	around->is_watched = around->is_guarded ||
			     !loader_is_preloaded(&prepared->loader,
						  part->section->module);
	if (around->is_guarded && guard_begin(&around->guard) < 0)
		return cordon_fail(err, errno, "cannot guard its %s hook",
				   hook);
	running_late = arena_printf(prepared->arena,
				    " took longer than %u s\n", seconds);
	if (around->is_watched &&
	    (look(around) < 0 || set_deadline(seconds) < 0)) {
		int code = errno;

		if (around->is_guarded) /* what is said goes out again */
			guard_end(&around->guard, prepared->arena);
		return cordon_fail(err, code, "cannot watch its %s hook", hook);
	}
	running = around->is_watched
			  ? arena_printf(prepared->arena, "%s: %s: [%s]",
					 prepared->stack.name,
					 stack_where(prepared->arena,
						     &prepared->stack,
						     part->section->where),
					 part->section->name)
			  : part->section->name;
	running_hook = hook;
	if (around->is_guarded)
		guard_running(arena_printf(prepared->arena, "%s its %s hook",
					   running, hook));
	return 0;
}

/* What a hook returned, and the reason that it must have. */
static int judge_answer(int rc, const char *hook, struct cordon_error *err)
{
	if (rc == 0)
		return 0;
	if (rc != -1)
		return cordon_fail(err, 0, "its %s hook answered %d", hook, rc);
	if (err->reason < CORDON_FAILED || err->reason > CORDON_UNSUPPORTED ||
	    !memchr(err->text, '\0', sizeof(err->text)))
		return cordon_fail(err, 0,
				   "its %s hook failed without saying why",
				   hook);
	return -1;
}

static int leave(struct around *around, const struct prepared *prepared, int rc,
		 const char *hook, struct cordon_error *err)
{
	const char *what = NULL, *did = NULL;

	running = NULL;
	guard_running(NULL);
	if (around->is_watched)
		what = end_deadline(around) < 0 ? "what cannot be put back"
						: changed(around);
	if (around->is_guarded)
		did = guard_end(&around->guard, prepared->arena);
	if (did)
		return cordon_fail(err, 0, "its %s hook %s", hook, did);
	if (what)
		return cordon_fail(err, 0, "its %s hook changed %s", hook,
				   what);
	return judge_answer(rc, hook, err);
}

/* Beyond the deadline, what the setting says by which begin waits; 0: no end. */
static unsigned begin_deadline(const struct part *part)
{
	const struct cordon_option *option = part->module->options;
	struct cordon_number wait;
	int64_t seconds;

	if (!part->module->wait)
		return DEADLINE_S;
	while (strcmp(option->key, part->module->wait) != 0)
		option++; /* the loader has found it */
	memcpy(&wait, (const char *)part->self + option->offset, sizeof(wait));
	seconds = wait.value / SECOND + 1;
	return wait.value < 0 /* unlimited */ || seconds > INT_MAX
		       ? 0
		       : DEADLINE_S + (unsigned)seconds;
}

#define CALL_WITHIN(seconds, prepared, part, hook, ...)                        \
	do {                                                                   \
		struct around around = { .is_watched = false };                \
		int rc;                                                        \
                                                                               \
		if (!(part)->module->hook)                                     \
			return 0;                                              \
		err->reason = 0;                                               \
		err->code = 0;                                                 \
		err->text[0] = '\0';                                           \
		if (enter(&around, prepared, part, #hook, seconds, err) < 0)   \
			return -1;                                             \
		rc = (part)->module->hook((part)->self, __VA_ARGS__);          \
		return leave(&around, prepared, rc, #hook, err);               \
	} while (0)
#define CALL(prepared, part, hook, ...)                                        \
	CALL_WITHIN(DEADLINE_S, prepared, part, hook, __VA_ARGS__)

int hook_configure(struct prepared *prepared, struct part *part,
		   struct cordon_error *err)
{
	CALL(prepared, part, configure, err);
}

int hook_decide(struct prepared *prepared, struct part *part,
		struct cordon_error *err)
{
	CALL(prepared, part, decide, &prepared->job, err);
}

int hook_plan(struct prepared *prepared, struct part *part,
	      struct cordon_plan *plan, struct cordon_error *err)
{
	CALL(prepared, part, plan, plan, err);
}

int hook_begin(struct prepared *prepared, struct part *part,
	       struct cordon_error *err)
{
	part->has_begun = true;
	CALL_WITHIN(begin_deadline(part), prepared, part, begin, part->state,
		    &prepared->job, err);
}

int hook_finish(struct prepared *prepared, struct part *part,
		const struct cordon_result *result, struct cordon_error *err)
{
	CALL(prepared, part, finish, part->state, result, err);
}

/* It cannot be watched, and need not be: one that hangs lets its stream wait, one
 * that crashes ends the relay. */
int hook_stream(const struct part *part, struct cordon_flow *flow,
		const void *data, size_t size, struct cordon_error *err)
{
	err->reason = 0;
	err->code = 0;
	err->text[0] = '\0';
	return judge_answer(part->module->stream(part->self, part->state, flow,
						 data, size, err),
			    "stream", err);
}
