/* SPDX-License-Identifier: MIT */
/*
 * misbehave - does in one hook what no hook may do (I59)
 *
 *	[misbehave_arrange]
 *	hook = plan
 *	act = segv
 *
 * Built twice: as misbehave_decide and, with a begin and a finish, as
 * misbehave_arrange.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

struct misbehave {
	struct cordon_number hook;
	struct cordon_number act;
};

enum { CONFIGURE, DECIDE, PLAN, BEGIN, FINISH };

static const struct cordon_option options[] = {
	{ "hook", "where", CORDON_WORD, CORDON_EQUAL,
	  CORDON_AT(struct misbehave, hook),
	  .form = "configure|decide|plan|begin|finish", .value = "plan" },
	{ "act", "what", CORDON_WORD, CORDON_EQUAL,
	  CORDON_AT(struct misbehave, act),
	  .form = "segv|abort|kill|exit|_exit|loop|return|silent|close|chdir|umask|mask|thread|signal|print|setenv|descriptor|shut|process|pin",
	  .value = "return" },
};

enum {
	SEGV,
	ABORT,
	KILL,
	EXIT,
	EXIT_NOW,
	LOOP,
	RETURN,
	SILENT,
	CLOSE,
	CHDIR,
	UMASK,
	MASK,
	THREAD,
	SIGNAL,
	PRINT,
	SETENV,
	DESCRIPTOR,
	SHUT,
	PROCESS,
	PIN
};

static void *stray(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static char variable[] = "MISBEHAVE=yes";

static int act(const void *self, int hook)
{
	const struct misbehave *misbehave = self;
	volatile int *nowhere = NULL;
	pthread_t thread;
	sigset_t all;

	if (misbehave->hook.value != hook)
		return 0;
	switch (misbehave->act.value) {
	case SEGV:
		*nowhere = 1;
		break;
	case ABORT:
		abort();
	case KILL:
		raise(SIGKILL);
		break;
	case EXIT:
		exit(0);
	case EXIT_NOW:
		_exit(0);
	case LOOP:
		for (;;)
			pause();
	case RETURN:
		return 99;
	case SILENT:
		return -1; /* without a word in the error */
	case CLOSE:
		for (int fd = 0; fd < 64; fd++)
			close(fd);
		break;
	case CHDIR:
		return chdir("/");
	case UMASK:
		umask(0);
		break;
	case MASK:
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, NULL);
		break;
	case THREAD:
		return pthread_create(&thread, NULL, stray, NULL);
	case SIGNAL:
		signal(SIGTERM, SIG_IGN);
		signal(SIGCHLD, SIG_IGN);
		break;
	/* what `cordon modules --test` alone looks at */
	case PRINT:
		printf("hello\n");
		break;
	case SETENV: /* of the coverage's build setenv() does nothing */
		return putenv(variable);
	case DESCRIPTOR:
		return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? -1 : 0;
	case SHUT:
		return close(STDIN_FILENO);
	case PROCESS:
		if (fork() == 0)
			_exit(0);
		break;
	}
	return 0;
}

static int misbehave_configure(const void *self, struct cordon_error *err)
{
	return act(self, CONFIGURE);
}

static int misbehave_plan(const void *self, struct cordon_plan *plan,
			  struct cordon_error *err)
{
	static const struct cordon_step pin = { .type = CORDON_STEP_PIN,
						.number = { 99 },
						.text = { "/x", "/x" } };
	const struct misbehave *misbehave = self;

	if (misbehave->act.value == PIN)
		plan->add(plan, &pin);
	return act(self, PLAN);
}

#ifdef MISBEHAVE_DECIDE
static int misbehave_decide(const void *self, const struct cordon_job *job,
			    struct cordon_error *err)
{
	return act(self, DECIDE);
}

CORDON_MODULE(misbehave_decide) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "a decide module that misbehaves",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct misbehave),
	.configure = misbehave_configure,
	.decide = misbehave_decide,
	.plan = misbehave_plan,
};
#else
static int misbehave_begin(const void *self, void *state,
			   const struct cordon_job *job,
			   struct cordon_error *err)
{
	return act(self, BEGIN);
}

static int misbehave_finish(const void *self, void *state,
			    const struct cordon_result *result,
			    struct cordon_error *err)
{
	return act(self, FINISH);
}

CORDON_MODULE(misbehave_arrange) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "an arrange module that misbehaves",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct misbehave),
	.configure = misbehave_configure,
	.plan = misbehave_plan,
	.begin = misbehave_begin,
	.finish = misbehave_finish,
};
#endif
