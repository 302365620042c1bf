/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/front.h"
#include "core/prepare.h"
#include "core/run.h"
#include "core/starter.h"
#include "core/value.h"

/* ---- Grid Engine: a shell, by three variables ---- */

enum kind { ABSENT, TEXT, WITH_LINE, BINARY };

/* As the job's user sees it; what it is judged by is another's business. */
static enum kind kind_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char head[4] = { 0 };
	struct stat st;
	bool is_file = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);

	if (is_file && read(fd, head, sizeof(head)) < 0)
		is_file = false;
	if (fd >= 0)
		close(fd);
	return !is_file					? ABSENT
	       : !memcmp(head, "#!", 2)			? WITH_LINE
	       : !memcmp(head, "\177ELF", sizeof(head)) ? BINARY
							: TEXT;
}

/* The variables are the daemon's, but a job can set some too. */
static bool is_shell(const char *path)
{
	FILE *file = *path == '/' ? fopen("/etc/shells", "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	bool is_one = false;

	while (file && !is_one && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "#\n \t")] = '\0';
		is_one = !strcmp(line, path);
	}
	free(line);
	if (file)
		fclose(file);
	return is_one;
}

/* By another link it would be a stack in a stack. */
static bool is_cordon(const struct front_call *call, const char *path)
{
	const char *const own[] = { "/proc/self/exe", call->path };
	struct stat st, self;

	for (size_t i = 0; stat(path, &st) == 0 && i < CORDON_COUNT(own); i++)
		if (stat(own[i], &self) == 0 && st.st_dev == self.st_dev &&
		    st.st_ino == self.st_ino)
			return true;
	return false;
}

/* "-bash" for a login shell; else its path. */
static char *shell_name(struct arena *arena, const struct request *request,
			const char *shell)
{
	const char *login = prepare_variable(request->environ,
					     "SGE_STARTER_USE_LOGIN_SHELL");

	return login && !strcmp(login, "true")
		       ? arena_printf(arena, "-%s", strrchr(shell, '/') + 1)
		       : arena_strdup(arena, shell);
}

/* The words are for the shell that a variable names. */
static void ask_shell(struct arena *arena, const struct front_call *call,
		      const char *variable, bool is_line,
		      struct request *request)
{
	const char *shell = prepare_variable(request->environ, variable);
	const char *fault = !is_shell(shell) ? "not a shell of /etc/shells"
			    : is_cordon(call, shell) ? "cordon itself"
						     : NULL;
	char **words = request->argv, **argv;
	size_t n = 0, count = 0;

	if (fault) {
		request->fault = arena_printf(
			arena, "%s: '%s' is %s", variable,
			value_escape(arena, shell, strlen(shell)), fault);
		return;
	}
	while (words[count])
		count++;
	argv = arena_alloc(arena, (count + 3) * sizeof(*argv));
	argv[n++] = shell_name(arena, request, shell);
	if (is_line)
		argv[n++] = arena_strdup(arena, "-c");
	memcpy(argv + n, words, count * sizeof(*argv));
	request->argv = argv;
	request->program = arena_strdup(arena, shell);
}

/*
 * SCRIPT ARGUMENTS is for the shell, and one word that is no file is a line for
 * it.  What is no script runs by itself (-b y).
 */
static void open_batch(struct arena *arena, const struct front_call *call,
		       struct request *request)
{
	const char *mode = prepare_variable(request->environ,
					    "SGE_STARTER_SHELL_START_MODE");
	const enum kind kind = kind_of(request->argv[0]);

	if (kind == BINARY || (kind == ABSENT && request->argv[1]) ||
	    (kind == WITH_LINE && mode && !strcmp(mode, "unix_behavior")))
		return;
	ask_shell(arena, call, "SGE_STARTER_SHELL_PATH", kind == ABSENT,
		  request);
}

static bool is_runnable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* A program, by a path or along the caller's PATH. */
static bool is_program(struct arena *arena, const struct request *request,
		       const char *word)
{
	const char *path = prepare_variable(request->environ, "PATH");

	if (strchr(word, '/'))
		return kind_of(word) != ABSENT || is_runnable(word);
	while (path) {
		size_t size = strcspn(path, ":");

		if (is_runnable(arena_printf(arena, "%.*s%s%s", (int)size, path,
					     size > 0 ? "/" : "", word)))
			return true;
		path = path[size] ? path + size + 1 : NULL;
	}
	return false;
}

/*
 * qrsh: the variable is there and empty.  Without a starter its words would be
 * a line of the user's shell; the daemon says in SHELL which that is.
 */
static void open_remote(struct arena *arena, const struct front_call *call,
			struct request *request)
{
	if (!request->argv[1] && prepare_variable(request->environ, "SHELL") &&
	    !is_program(arena, request, request->argv[0]))
		ask_shell(arena, call, "SHELL", true, request);
}

/* ---- HTCondor: a file that says that it was not the job's fault ---- */

/*
 * That it exists says so: it is made on a refusal, in a folder that is opened
 * now, with the caller's rights.  Root would make it wherever the job's owner
 * says.
 */
static void open_error_folder(struct arena *arena, struct request *request)
{
	const char *path = prepare_variable(request->environ,
					    "_CONDOR_WRAPPER_ERROR_FILE");
	const char *base = path ? strrchr(path, '/') : NULL;

	if (!base || path[0] != '/' || !base[1] || geteuid() == 0)
		return;
	request->error_name = arena_strdup(arena, base + 1);
	request->error_dir =
		open(arena_copy(arena, path, (size_t)(base - path) + 1),
		     O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int starter_open(struct arena *arena, const struct front_call *call,
		 struct request *request)
{
	const char *shell =
		prepare_variable(request->environ, "SGE_STARTER_SHELL_PATH");

	request->argv += request->argv[0] != NULL;
	open_error_folder(arena, request);
	if (!request->argv[0])
		request->fault = arena_printf(
			arena, "'%s' was called without a job", call->name);
	else if (shell)
		(*shell ? open_batch : open_remote)(arena, call, request);
	return run(arena, request);
}
