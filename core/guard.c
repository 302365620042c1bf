/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/guard.h"
#include "core/value.h"

static int stderr_now = STDERR_FILENO; /* while a hook runs, for its handlers */

int guard_stderr(void)
{
	return stderr_now;
}

static size_t count_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	if (!dir)
		return 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static uint64_t hash_environment(void)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (size_t i = 0; environ && environ[i]; i++)
		for (const char *at = environ[i];; at++) {
			hash = (hash ^ (unsigned char)*at) * 1099511628211u;
			if (!*at)
				break;
		}
	return hash;
}

static void read_handlers(void (*handler[64])(int signal))
{
	for (int i = 0; i < 64; i++) {
		struct sigaction action = { .sa_handler = SIG_DFL };

		sigaction(i + 1, NULL, &action);
		handler[i] = action.sa_handler;
	}
}

static int give_back(const struct guard *guard)
{
	int rc = 0;

	for (int i = 0; i < 2; i++) {
		if (guard->saved[i] < 0)
			continue;
		if (dup2(guard->saved[i], STDOUT_FILENO + i) < 0) {
			rc = -1;
			if (i == 1) /* the last place to say it */
				dprintf(guard->saved[1],
					"cordon: cannot put back stderr: %s\n",
					strerror(errno));
		}
		close(guard->saved[i]);
	}
	close(guard->output);
	stderr_now = STDERR_FILENO;
	return rc;
}

static int take_output(struct guard *guard)
{
	for (int i = 0; i < 2; i++) {
		fflush(i ? stderr : stdout);
		guard->saved[i] = fcntl(STDOUT_FILENO + i, F_DUPFD_CLOEXEC, 3);
		if (guard->saved[i] < 0 ||
		    dup2(guard->output, STDOUT_FILENO + i) < 0)
			return -1;
	}
	return 0;
}

int guard_begin(struct guard *guard)
{
	guard->saved[0] = guard->saved[1] = -1;
	guard->output = memfd_create("output", MFD_CLOEXEC);
	if (guard->output < 0)
		return -1;
	if (take_output(guard) < 0) {
		int code = errno;

		give_back(guard);
		errno = code;
		return -1;
	}
	stderr_now = guard->saved[1];
	guard->n_files = count_files();
	guard->environment = hash_environment();
	read_handlers(guard->handler);
	return 0;
}

/* Is there one that nobody has waited for? */
static bool has_child(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info,
		      WEXITED | WSTOPPED | WNOHANG | WNOWAIT) == 0 ||
	       errno != ECHILD;
}

static const char *output_of(const struct guard *guard, struct arena *arena)
{
	char text[64];
	ssize_t n;

	fflush(stdout);
	fflush(stderr);
	n = pread(guard->output, text, sizeof(text), 0);
	return n > 0 ? arena_printf(arena, "wrote '%s' to stdout or stderr",
				    value_escape(arena, text, (size_t)n))
		     : NULL;
}

static const char *judge(const struct guard *guard, struct arena *arena)
{
	const char *output = output_of(guard, arena);
	void (*handler[64])(int signal);
	size_t n = count_files();

	read_handlers(handler);
	if (output)
		return output;
	if (n != guard->n_files)
		return n > guard->n_files ? "left a descriptor open"
					  : "closed a descriptor that is not "
					    "its own";
	if (hash_environment() != guard->environment)
		return "changed the environment";
	if (memcmp(handler, guard->handler, sizeof(handler)))
		return "changed what a signal does";
	return has_child() ? "left a process" : NULL;
}

const char *guard_end(struct guard *guard, struct arena *arena)
{
	const char *what = judge(guard, arena);

	return give_back(guard) < 0 ? "left no stdout or stderr" : what;
}

/* ---- a hook that ends the process ---- */

#define RUNNING_MAX 1024

static char *now; /* the hook that runs, on a page of both processes */

void guard_running(const char *hook)
{
	if (now)
		snprintf(now, RUNNING_MAX, "%s", hook ? hook : "");
}

/* Neither a handler of ours could say so nor would it be called: a hook may
 * raise KILL, be out of stack, or end by _exit(2). */
static int answer_of(int status)
{
	const char *name = WIFSIGNALED(status)
				   ? value_signal_name(WTERMSIG(status))
				   : NULL;

	if (WIFEXITED(status) && !*now)
		return WEXITSTATUS(status);
	fprintf(stderr, "cordon: %s %s%s\n", *now ? now : "the test",
		WIFSIGNALED(status) ? "died of SIG" : "ended the process",
		name ? name : "");
	return 125;
}

int guard_ask(int (*ask)(void *context), void *context)
{
	int status;
	pid_t pid;

	now = mmap(NULL, RUNNING_MAX, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (now == MAP_FAILED)
		now = NULL;
	fflush(stdout);
	signal(SIGCHLD, SIG_DFL); /* ignored, there would be no status */
	pid = now ? fork() : -1;
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		exit(ask(context));
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			pid = -1;
	if (pid < 0) {
		fprintf(stderr, "cordon: cannot test in a process: %s\n",
			strerror(errno));
		return 125;
	}
	return answer_of(status);
}
