/* SPDX-License-Identifier: MIT */
/*
 * Which inherited descriptors stay.
 *
 * What is cordon's own is close-on-exec since it was opened, and what was
 * inherited cannot have been: that tells them apart at any time.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/settle.h"
#include "core/value.h"

#define FD_MAX 1048576u

static bool was_there(int fd)
{
	int flags = fd > 2 ? fcntl(fd, F_GETFD) : -1;

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

struct fds {
	struct arena *arena;
	int *fd;
	size_t n, room;
};

static void put(struct fds *fds, int fd)
{
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i] == fd)
			return;
	if (fds->n == fds->room) {
		size_t room = fds->room ? 2 * fds->room : 16;
		int *more = arena_alloc(fds->arena, room * sizeof(*more));

		if (fds->n > 0)
			memcpy(more, fds->fd, fds->n * sizeof(*more));
		fds->fd = more;
		fds->room = room;
	}
	fds->fd[fds->n++] = fd;
}

static bool is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode);
}

int fds_open(struct arena *arena, int **list, size_t *n,
	     struct cordon_error *err)
{
	struct fds fds = { .arena = arena };
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	uint32_t fd;

	if (!dir)
		return cordon_fail(err, errno, "cannot read '/proc/self/fd'");
	while ((entry = readdir(dir)))
		if (value_id(entry->d_name, &fd) == 0 && fd < FD_MAX &&
		    (int)fd != dirfd(dir))
			put(&fds, (int)fd);
	closedir(dir);
	*list = fds.fd;
	*n = fds.n;
	return 0;
}

/* Whether one section's words let the descriptor pass. */
static bool words_allow(const struct step *step, int fd)
{
	for (size_t i = 0; i < step->is.n_words; i++) {
		const char *word = step->is.word[i];
		uint32_t number;

		if (!strcmp(word, "all") ||
		    (!strcmp(word, "pipes") && is_pipe(fd)) ||
		    (value_id(word, &number) == 0 && number == (uint32_t)fd))
			return true;
	}
	return false;
}

static bool all_allow(const struct step *step, const struct plan *plan, int fd)
{
	for (; step; step = plan_next(plan, step))
		if (!words_allow(step, fd))
			return false;
	return true;
}

static int add_kept(struct plan *plan, struct fds *fds,
		    struct cordon_error *err)
{
	const struct step *step = plan_find(plan, CORDON_STEP_FD_KEEP);
	size_t n;
	int *fd;

	if (!step)
		return 0;
	if (fds_open(plan->arena, &fd, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (was_there(fd[i]) && all_allow(step, plan, fd[i]))
			put(fds, fd[i]);
	return 0;
}

/* ---- descriptors that a variable names ---- */

static const char *lookup(const struct plan *plan, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; plan->job->environ && plan->job->environ[i]; i++)
		if (!strncmp(plan->job->environ[i], name, size) &&
		    plan->job->environ[i][size] == '=')
			return plan->job->environ[i] + size + 1;
	return NULL;
}

/* Digits up to one of `ends` or the end of the text. */
static bool scan_fd(const char **text, const char *ends, int *fd)
{
	uint32_t value = 0;
	const char *at = *text;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = value * 10 + (uint32_t)(*at - '0');
		if (value >= FD_MAX)
			return false;
	}
	if (at == *text || (*at && !strchr(ends, *at)))
		return false;
	*fd = (int)value;
	*text = at;
	return true;
}

/*
 * Three forms (CALLERS): a number; with LISTEN_FDS a count from 3 on; and in
 * make's flags a pair "R,W", or a path, behind --jobserver-auth=.
 */
static bool add_named(const char *name, const char *value, struct fds *fds)
{
	static const char *const heads[] = { "--jobserver-auth=",
					     "--jobserver-fds=" };
	int fd, other;

	if (!strcmp(name, "LISTEN_FDS")) {
		if (!scan_fd(&value, "", &other) || other > 4096)
			return false;
		for (fd = 3; fd < 3 + other; fd++)
			if (!was_there(fd))
				return false;
		for (fd = 3; fd < 3 + other; fd++)
			put(fds, fd);
		return true;
	}
	for (size_t i = 0; i < CORDON_COUNT(heads); i++) {
		const char *at = strstr(value, heads[i]);

		if (!at)
			continue;
		at += strlen(heads[i]);
		if (!strncmp(at, "fifo:", 5))
			return true;
		if (!scan_fd(&at, ",", &fd) || *at++ != ',' ||
		    !scan_fd(&at, " \t", &other) || !was_there(fd) ||
		    !was_there(other))
			return false;
		put(fds, fd);
		put(fds, other);
		return true;
	}
	if (!scan_fd(&value, "", &fd) || !was_there(fd))
		return false;
	put(fds, fd);
	return true;
}

static bool has_word(const struct step *step, const char *word)
{
	for (size_t i = 0; i < step->is.n_words; i++)
		if (!strcmp(step->is.word[i], word))
			return true;
	return false;
}

static void add_from_environ(struct plan *plan, struct fds *fds)
{
	struct settled *settled = &plan->settled;
	const struct step *first = plan_find(plan, CORDON_STEP_FD_FROM_ENV);

	if (!first)
		return;
	settled->fd_names =
		arena_alloc(plan->arena, (first->is.n_words + 1) *
						 sizeof(*settled->fd_names));
	for (size_t i = 0; i < first->is.n_words; i++) {
		const char *name = first->is.word[i];
		const char *value = lookup(plan, name);
		bool is_kept = value != NULL;

		for (const struct step *step = first; step && is_kept;
		     step = plan_next(plan, step))
			is_kept = has_word(step, name);
		settled->fd_names[settled->n_fd_names++] = (struct fd_name){
			.name = name,
			.value = value,
			.is_kept = is_kept && add_named(name, value, fds),
		};
	}
}

static int compare_fds(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int settle_fds(struct plan *plan, struct cordon_error *err)
{
	struct fds fds = { .arena = plan->arena };

	if (add_kept(plan, &fds, err) < 0)
		return -1;
	add_from_environ(plan, &fds);
	if (fds.n > 0)
		qsort(fds.fd, fds.n, sizeof(*fds.fd), compare_fds);
	plan->settled.fds = fds.fd;
	plan->settled.n_fds = fds.n;
	return 0;
}
