/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/idmap.h"
#include "core/plan.h"
#include "core/sys.h"
#include "core/value.h"

/* ---- by a file of /proc ---- */

static int write_text(const char *path, const char *text,
		      struct cordon_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = -1;
	int code;

	if (fd < 0)
		return cordon_fail(err, errno, "cannot open '%s'", path);
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	code = n < 0 ? errno : EIO;
	close(fd);
	return n == (ssize_t)strlen(text)
		       ? 0
		       : cordon_fail(err, code, "cannot write '%s'", path);
}

static int write_file(pid_t pid, const char *name, const char *text,
		      struct cordon_error *err)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return write_text(path, text, err);
}

/* ---- by newuidmap(1) and newgidmap(1): set-user-ID helpers that read
 * /etc/subuid and /etc/subgid ---- */

static const char **tool_argv(struct arena *arena, const char *tool, pid_t pid,
			      const struct id_range *map, size_t n)
{
	const char **argv = arena_alloc(arena, (3 + 3 * n) * sizeof(*argv));

	argv[0] = tool;
	argv[1] = arena_printf(arena, "%d", (int)pid);
	for (size_t i = 0; i < n; i++) {
		argv[2 + 3 * i] = arena_printf(arena, "%u", map[i].inside);
		argv[3 + 3 * i] = arena_printf(arena, "%u", map[i].outside);
		argv[4 + 3 * i] = arena_printf(arena, "%u", map[i].count);
	}
	return argv;
}

_Noreturn static void become_tool(const char *const *argv, int words_fd)
{
	char *const no_environ[] = { NULL };

	long rc = -EPERM;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    dup2(words_fd, STDERR_FILENO) == STDERR_FILENO)
		rc = sys(SYS_execve, argv[0], argv, no_environ);
	_exit(rc == -ENOENT ? 127 : 126);
}

/* The first line of what it says. */
static void read_words(int fd, char *words, size_t size)
{
	size_t n = 0;
	ssize_t got;

	do {
		got = read(fd, words + n, size - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	} while ((got > 0 && n < size - 1) || (got < 0 && errno == EINTR));
	words[n] = '\0';
	words[strcspn(words, "\n")] = '\0';
}

static int judge_tool(const char *tool, int status, const char *words,
		      struct cordon_error *err)
{
	char shown[200];

	if (status == 0)
		return 0;
	if (WIFSIGNALED(status))
		return cordon_fail(err, EINTR, "'%s' was killed by signal %d",
				   tool, WTERMSIG(status));
	if (WEXITSTATUS(status) >= 126)
		return cordon_fail(err,
				   WEXITSTATUS(status) == 127 ? ENOENT : EACCES,
				   "cannot start '%s' (package uidmap)", tool);
	return cordon_fail(err, EPERM, "'%s' ended with %d: '%s'", tool,
			   WEXITSTATUS(status),
			   value_show(shown, sizeof(shown), words,
				      strlen(words)));
}

static int run_tool(const char *tool, pid_t pid, const struct id_range *map,
		    size_t n, const struct plan *plan,
		    struct cordon_error *err)
{
	const char **argv = tool_argv(plan->arena, tool, pid, map, n);
	char words[256];
	int ends[2], status = 0, rc;
	pid_t helper;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return cordon_fail(err, errno, "cannot make a pipe");
	helper = fork();
	if (helper == 0)
		become_tool(argv, ends[1]);
	rc = helper < 0 ? cordon_fail(err, errno, "cannot start '%s'", tool)
			: 0;
	close(ends[1]);
	if (rc == 0)
		read_words(ends[0], words, sizeof(words));
	close(ends[0]); /* a tool that says more is not waited for */
	while (rc == 0 && waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			rc = cordon_fail(err, errno, "cannot wait for '%s'",
					 tool);
	return rc < 0 ? -1 : judge_tool(tool, status, words, err);
}

/* ---- either ---- */

int idmap_write(const struct plan *plan, pid_t pid, struct cordon_error *err)
{
	const struct settled *settled = &plan->settled;

	if (settled->maps_by_tool)
		return run_tool("/usr/bin/newuidmap", pid, settled->uid_map,
				settled->n_uid_map, plan, err) < 0
			       ? -1
			       : run_tool("/usr/bin/newgidmap", pid,
					  settled->gid_map, settled->n_gid_map,
					  plan, err);
	if (settled->deny_setgroups &&
	    write_file(pid, "setgroups", "deny", err) < 0)
		return -1;
	return write_file(pid, "uid_map", settled->uid_map_text, err) < 0
		       ? -1
		       : write_file(pid, "gid_map", settled->gid_map_text, err);
}
