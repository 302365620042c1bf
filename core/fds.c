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
	int code;

	if (!dir)
		return cordon_fail(err, errno, "cannot read '/proc/self/fd'");
	while ((errno = 0, entry = readdir(dir)))
		if (value_id(entry->d_name, &fd) == 0 && fd < FD_MAX &&
		    (int)fd != dirfd(dir))
			put(&fds, (int)fd);
	code = errno;
	closedir(dir);
	if (code != 0)
		return cordon_fail(err, code, "cannot read '/proc/self/fd'");
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

enum form {
	NUMBER,
	COUNT, /* from 3 on */
	PAIR,  /* "--jobserver-auth=R,W" among other words, or a path there */
};

/* Callers that hand descriptors on by name, and what goes with the name. */
static const struct naming {
	const char *name;
	enum form form;
	const char *along[2];
} namings[] = {
	{ "NODE_CHANNEL_FD", NUMBER, { "NODE_CHANNEL_SERIALIZATION_MODE" } },
	{ "PMI_FD", NUMBER, { NULL } },
	{ "HYDI_CONTROL_FD", NUMBER, { NULL } },
	{ "LISTEN_FDS", COUNT, { "LISTEN_PID", "LISTEN_FDNAMES" } },
	{ "MAKEFLAGS", PAIR, { NULL } },
	{ "MFLAGS", PAIR, { NULL } },
	{ "CARGO_MAKEFLAGS", PAIR, { NULL } },
};

static const char *const pair_heads[] = { "--jobserver-auth=",
					  "--jobserver-fds=" };

static const struct naming *find_naming(const char *name)
{
	for (size_t i = 0; i < CORDON_COUNT(namings); i++)
		if (!strcmp(namings[i].name, name))
			return &namings[i];
	return NULL;
}

static const char *find_pair(const char *value)
{
	for (size_t i = 0; i < CORDON_COUNT(pair_heads); i++) {
		const char *at = strstr(value, pair_heads[i]);

		if (at)
			return at + strlen(pair_heads[i]);
	}
	return NULL;
}

static bool scan_number(const char *value, struct fds *named)
{
	int fd;

	if (!scan_fd(&value, "", &fd))
		return false;
	put(named, fd);
	return true;
}

static bool scan_count(const char *value, struct fds *named)
{
	int n;

	if (!scan_fd(&value, "", &n) || n > 4096)
		return false;
	for (int fd = 3; fd < 3 + n; fd++)
		put(named, fd);
	return true;
}

/* Nothing of the kind, or a path, names none. */
static bool scan_pair(const char *value, struct fds *named)
{
	const char *at = find_pair(value);
	int fd, other;

	if (!at || !strncmp(at, "fifo:", 5))
		return true;
	if (!scan_fd(&at, ",", &fd) || *at++ != ',' ||
	    !scan_fd(&at, " \t", &other))
		return false;
	put(named, fd);
	put(named, other);
	return true;
}

/* The descriptors that the variable names; false: no such text. */
static bool scan_named(const char *name, const char *value, struct fds *named)
{
	static bool (*const scan[])(const char *value, struct fds *named) = {
		[NUMBER] = scan_number,
		[COUNT] = scan_count,
		[PAIR] = scan_pair,
	};
	const struct naming *naming = find_naming(name);

	return scan[naming	       ? naming->form
		    : find_pair(value) ? PAIR
				       : NUMBER](value, named);
}

static bool has_word(const struct step *step, const char *word)
{
	for (size_t i = 0; i < step->is.n_words; i++)
		if (!strcmp(step->is.word[i], word))
			return true;
	return false;
}

static bool is_asked(const struct plan *plan, const char *name)
{
	const struct step *step = plan_find(plan, CORDON_STEP_FD_FROM_ENV);
	bool is_first = step != NULL;

	for (; step; step = plan_next(plan, step))
		if (!has_word(step, name))
			return false;
	return is_first;
}

static bool has_fd(const struct fds *fds, int fd)
{
	for (size_t i = 0; i < fds->n; i++)
		if (fds->fd[i] == fd)
			return true;
	return fd <= 2;
}

/* make's words without those of its jobserver; NULL: none is left. */
static const char *without_pair(struct arena *arena, const char *value)
{
	const char *kept = NULL;

	value += strspn(value, " \t");
	while (*value) {
		size_t size = strcspn(value, " \t");

		/* Behind "--" are variables. */
		if (size == 2 && !strncmp(value, "--", 2))
			size = strlen(value);
		if (strncmp(value, "-j", 2) != 0 &&
		    strncmp(value, "--jobserver", 11) != 0)
			kept = arena_printf(arena, "%s%s%.*s", kept ? kept : "",
					    kept ? " " : "", (int)size, value);
		value += size;
		value += strspn(value, " \t");
	}
	return kept;
}

static void add_name(struct plan *plan, const char *name, const char *value,
		     bool is_kept)
{
	struct settled *settled = &plan->settled;

	settled->fd_names[settled->n_fd_names++] =
		(struct fd_name){ .name = name,
				  .callers = lookup(plan, name),
				  .value = value,
				  .is_kept = is_kept };
}

/* Both pass, or both go. */
static void settle_name(struct plan *plan, const char *name, struct fds *fds)
{
	const struct naming *naming = find_naming(name);
	const char *value = lookup(plan, name);
	struct fds named = { .arena = plan->arena };
	bool is_text = value && scan_named(name, value, &named);
	bool asked = is_asked(plan, name), passes = is_text;

	if (!value || (!asked && !is_text))
		return;
	for (size_t i = 0; i < named.n && passes; i++)
		passes = asked ? was_there(named.fd[i])
			       : has_fd(fds, named.fd[i]);
	if (passes && !asked)
		return;
	for (size_t i = 0; i < named.n && passes; i++)
		put(fds, named.fd[i]);
	if (!passes)
		value = naming && naming->form == PAIR
				? without_pair(plan->arena, value)
				: NULL;
	add_name(plan, name, value, passes);
	for (size_t i = 0; naming && i < CORDON_COUNT(naming->along); i++)
		if (naming->along[i] && lookup(plan, naming->along[i]))
			add_name(plan, naming->along[i],
				 passes ? lookup(plan, naming->along[i]) : NULL,
				 passes);
}

static void settle_names(struct plan *plan, struct fds *fds)
{
	const struct step *first = plan_find(plan, CORDON_STEP_FD_FROM_ENV);
	size_t n_words = first ? first->is.n_words : 0;

	plan->settled.fd_names = arena_alloc(
		plan->arena, 3 * (n_words + CORDON_COUNT(namings)) *
				     sizeof(*plan->settled.fd_names));
	/* Those that are asked for first: what they keep, others may name. */
	for (size_t i = 0; i < n_words; i++)
		settle_name(plan, first->is.word[i], fds);
	for (size_t i = 0; i < CORDON_COUNT(namings); i++)
		if (!first || !has_word(first, namings[i].name))
			settle_name(plan, namings[i].name, fds);
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
	settle_names(plan, &fds);
	if (fds.n > 0)
		qsort(fds.fd, fds.n, sizeof(*fds.fd), compare_fds);
	plan->settled.fds = fds.fd;
	plan->settled.n_fds = fds.n;
	return 0;
}
