/* SPDX-License-Identifier: MIT */
/* Which hierarchies there are, and where in them the job's groups will be. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/cgroup.h"
#include "core/plan.h"
#include "core/settle.h"

#define REMEDY                                                                 \
	"cordon needs a group that is delegated to it, for example by "         \
	"'systemd-run --user --scope -p Delegate=yes cordon run ...'"

static const struct {
	const char *name; /* v2 says io for blkio */
	unsigned bit;
	bool is_v2;
} controllers[] = {
	{ "memory", CGROUP_HAS_MEMORY, true },
	{ "cpu", CGROUP_HAS_CPU, true },
	{ "pids", CGROUP_HAS_PIDS, true },
	{ "io", CGROUP_HAS_IO, true },
	{ "blkio", CGROUP_HAS_IO, false },
	{ "cpuacct", CGROUP_HAS_CPUACCT, false },
	{ "freezer", CGROUP_HAS_FREEZER, false },
};

static bool is_word(const char *text, size_t size, const char *word)
{
	return strlen(word) == size && !strncmp(text, word, size);
}

/* Of a list with `separators`; what is none of ours is passed over. */
static unsigned parse_controllers(const char *text, const char *separators)
{
	unsigned mask = 0;

	while (*text) {
		size_t size;

		text += strspn(text, separators);
		size = strcspn(text, separators);
		for (size_t i = 0; size && i < CORDON_COUNT(controllers); i++)
			if (is_word(text, size, controllers[i].name))
				mask |= controllers[i].bit;
		text += size;
	}
	return mask;
}

/* "4:memory:/a/b", "0::/a/b" */
static void parse_own(struct arena *arena, char *line, struct cgroup_view *out)
{
	char *list = strchr(line, ':');
	char *path = list ? strchr(list + 1, ':') : NULL;
	struct cgroup_hierarchy *more = &out->hierarchy[out->n];

	if (!path || path[1] != '/' || out->n == CGROUP_MOST)
		return;
	*path++ = '\0';
	*list++ = '\0';
	*more = (struct cgroup_hierarchy){
		.is_v2 = *list == '\0',
		.controllers = parse_controllers(list, ","),
		.own = arena_strdup(arena, path),
	};
	if (more->is_v2 || more->controllers)
		out->n++;
}

/* "\040" is a blank. */
static const char *unescape(struct arena *arena, const char *from)
{
	char *text = arena_strdup(arena, from), *to = text;

	for (; *from; from++) {
		if (*from == '\\' && strspn(from + 1, "01234567") >= 3) {
			*to++ = (char)((from[1] - '0') << 6 |
				       (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return text;
}

/* What a group's path is below another, with its '/'; NULL: it is not. */
static const char *path_below(const char *path, const char *above)
{
	size_t size = strlen(above);

	if (!strcmp(above, "/"))
		return strcmp(path, "/") ? path : "";
	if (strncmp(path, above, size))
		return NULL;
	return path[size] == '/' || path[size] == '\0' ? path + size : NULL;
}

/* The first place where the caller's own group can be seen. */
static void note_mount(struct cgroup_view *out, bool is_v2, unsigned mask,
		       const char *root, const char *mount)
{
	for (size_t i = 0; i < out->n; i++) {
		struct cgroup_hierarchy *have = &out->hierarchy[i];

		if (have->mount || have->is_v2 != is_v2 ||
		    (!is_v2 && !(have->controllers & mask)) ||
		    !path_below(have->own, root))
			continue;
		have->mount = mount;
		have->root = root;
	}
}

/* "31 30 0:28 ROOT MOUNT rw - cgroup cgroup rw,memory" */
static void parse_mount(struct arena *arena, char *line,
			struct cgroup_view *out)
{
	char *word[6] = { NULL }, *rest = strstr(line, " - "), *save = NULL;
	char *type, *options;
	size_t n = 0;

	if (!rest)
		return;
	*rest = '\0';
	for (char *at = strtok_r(line, " ", &save); at && n < 6;
	     at = strtok_r(NULL, " ", &save))
		word[n++] = at;
	type = strtok_r(rest + 3, " ", &save);
	options = strtok_r(NULL, " ", &save) ? strtok_r(NULL, " ", &save)
					     : NULL;
	if (n < 5 || !type || !options || strncmp(type, "cgroup", 6))
		return;
	note_mount(out, !strcmp(type, "cgroup2"),
		   parse_controllers(options, ","), unescape(arena, word[3]),
		   unescape(arena, word[4]));
}

static void each_line(struct arena *arena, const char *text,
		      struct cgroup_view *out,
		      void (*parse)(struct arena *arena, char *line,
				    struct cgroup_view *out))
{
	while (*text) {
		size_t size = strcspn(text, "\n");

		parse(arena, arena_copy(arena, text, size), out);
		text += size + (text[size] == '\n');
	}
}

void cgroup_parse(struct arena *arena, const char *self, const char *mounts,
		  struct cgroup_view *out)
{
	*out = (struct cgroup_view){ .n = 0 };
	each_line(arena, self, out, parse_own);
	each_line(arena, mounts, out, parse_mount);
}

/* ---- where ours are made ---- */

/* A unit is what systemd ends and counts as one: "a.service", "b.scope". */
static bool is_unit(const char *name, size_t size)
{
	return (size > 8 && !strncmp(name + size - 8, ".service", 8)) ||
	       (size > 6 && !strncmp(name + size - 6, ".scope", 6));
}

/* The caller's own group, or the innermost unit that it is in. */
static const char *bound_of(struct arena *arena, const char *own)
{
	size_t bound = 0;

	for (size_t at = 0; own[at] == '/';) {
		size_t size = strcspn(own + at + 1, "/");

		if (is_unit(own + at + 1, size))
			bound = at + 1 + size;
		at += 1 + size;
	}
	return bound ? arena_copy(arena, own, bound) : own;
}

static const char *join(struct arena *arena, const char *mount,
			const char *below)
{
	return arena_printf(arena, "%s%s", mount, below);
}

const char *cgroup_above(struct arena *arena,
			 const struct cgroup_hierarchy *hierarchy,
			 const char *parent, struct cordon_error *err)
{
	const char *path = hierarchy->own, *bound, *below;

	if (!hierarchy->mount || !strncmp(path, "/..", 3)) {
		cordon_unsupported(err, 0,
				   "the caller's cgroup '%s' cannot be seen "
				   "(mount the cgroup filesystem)",
				   path);
		return NULL;
	}
	bound = bound_of(arena, path);
	if (parent && *parent == '/')
		path = parent;
	else if (parent)
		path = arena_printf(arena, "%s/%s",
				    strcmp(path, "/") ? path : "", parent);
	if (!path_below(path, bound)) {
		cordon_fail(err, 0,
			    "parent '%s' is not below '%s', which the caller "
			    "may not leave",
			    parent, bound);
		return NULL;
	}
	below = path_below(path, hierarchy->root);
	if (below)
		return join(arena, hierarchy->mount, below);
	cordon_unsupported(err, 0, "the cgroup '%s' cannot be seen here", path);
	return NULL;
}

/* ---- planning ---- */

static char *read_all(struct arena *arena, const char *path)
{
	size_t room = 1024, size = 0;
	char *text = arena_alloc(arena, room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0) {
		if (room - size < 512) {
			char *more = arena_alloc(arena, 4 * room);

			memcpy(more, text, size);
			text = more;
			room *= 4;
		}
		n = read(fd, text + size, room - size - 1);
		size += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	text[size] = '\0';
	return n < 0 ? NULL : text;
}

int cgroup_look(struct arena *arena, struct cgroup_view *out)
{
	const char *self = read_all(arena, "/proc/self/cgroup");
	const char *mounts = read_all(arena, "/proc/self/mountinfo");

	*out = (struct cgroup_view){ 0 };
	if (!self || !mounts)
		return -1;
	cgroup_parse(arena, self, mounts, out);
	return 0;
}

/* Each of ours has one; that of io has two. */
static const char *name_of(unsigned bit, bool is_v2)
{
	size_t i = 0;

	while (controllers[i].bit != bit ||
	       (controllers[i].is_v2 != is_v2 && bit == CGROUP_HAS_IO))
		i++;
	return controllers[i].name;
}

static bool may_write(struct arena *arena, const char *above, const char *file)
{
	return faccessat(AT_FDCWD, join(arena, above, file), W_OK,
			 AT_EACCESS) == 0;
}

/* To make a group there, and to bring a process over. */
static bool is_ours_to_use(struct arena *arena,
			   const struct cgroup_hierarchy *hierarchy)
{
	return may_write(arena, hierarchy->above, "") &&
	       may_write(arena, hierarchy->above, "/cgroup.procs");
}

static bool has_hierarchy(const struct cgroup_view *view, unsigned controller)
{
	for (size_t i = 0; i < view->n; i++)
		if (!view->hierarchy[i].is_v2 &&
		    view->hierarchy[i].controllers & controller)
			return true;
	return false;
}

/* Version 1 where it has the controller, since version 2 cannot then. */
static bool is_taken(const struct cgroup_view *view,
		     const struct cgroup_hierarchy *hierarchy, unsigned bit)
{
	return hierarchy->controllers & bit &&
	       (!hierarchy->is_v2 || !has_hierarchy(view, bit));
}

static const unsigned limiting[] = { CGROUP_HAS_MEMORY, CGROUP_HAS_CPU,
				     CGROUP_HAS_PIDS, CGROUP_HAS_IO };

static unsigned wanted_of(const struct plan *plan)
{
	static const unsigned of_kind[] = {
		[CORDON_CGROUP_MEMORY] = CGROUP_HAS_MEMORY,
		[CORDON_CGROUP_SWAP] = CGROUP_HAS_MEMORY,
		[CORDON_CGROUP_CPU] = CGROUP_HAS_CPU,
		[CORDON_CGROUP_PIDS] = CGROUP_HAS_PIDS,
	};
	unsigned mask = plan_find(plan, CORDON_STEP_CGROUP_IO) ? CGROUP_HAS_IO
							       : 0;

	for (const struct step *step = plan_find(plan, CORDON_STEP_CGROUP); step;
	     step = plan_next(plan, step))
		mask |= of_kind[step->is.number[0]];
	return mask;
}

/* Who of the steps asks for that controller; it gets the blame. */
static const struct step *asker_of(const struct plan *plan)
{
	const struct step *step = plan_find(plan, CORDON_STEP_CGROUP);

	if (!step)
		step = plan_find(plan, CORDON_STEP_CGROUP_IO);
	return step ? step : plan_find(plan, CORDON_STEP_CGROUP_PARENT);
}

static int take_limit(struct arena *arena, struct cgroup_view *view,
		      unsigned bit, struct cordon_error *err)
{
	for (size_t i = 0; i < view->n; i++) {
		struct cgroup_hierarchy *have = &view->hierarchy[i];

		if (!is_taken(view, have, bit) || !have->above)
			continue;
		if (!is_ours_to_use(arena, have))
			return cordon_unsupported(
				err, 0, "'%s' cannot be written: " REMEDY,
				have->above);
		have->is_wanted = true;
		if (have->is_v2)
			view->to_enable |= bit;
		return 0;
	}
	return cordon_unsupported(err, 0,
				  "no cgroup here has the controller '%s'",
				  name_of(bit, true));
}

/* To end and to measure the whole: version 2, or two controllers of 1. */
static void take_rest(struct arena *arena, struct cgroup_view *view)
{
	bool has_v2 = false;

	for (size_t i = 0; i < view->n; i++) {
		struct cgroup_hierarchy *have = &view->hierarchy[i];

		if (have->is_v2 && have->above && is_ours_to_use(arena, have))
			has_v2 = have->is_wanted = true;
	}
	for (size_t i = 0; !has_v2 && i < view->n; i++) {
		struct cgroup_hierarchy *have = &view->hierarchy[i];

		if (have->controllers &
			    (CGROUP_HAS_FREEZER | CGROUP_HAS_CPUACCT) &&
		    have->above && is_ours_to_use(arena, have))
			have->is_wanted = true;
	}
}

/*
 * In a group of version 2 that has processes nothing can be enabled for its
 * groups ("no internal processes").  Where cordon alone is in it, it moves.
 */
static int judge_enabling(struct arena *arena, struct cgroup_view *view,
			  const struct cgroup_hierarchy *v2,
			  struct cordon_error *err)
{
	const char *on = read_all(
		arena, join(arena, v2->above, "/cgroup.subtree_control"));
	const char *procs =
		read_all(arena, join(arena, v2->above, "/cgroup.procs"));

	view->to_enable &= ~(on ? parse_controllers(on, " \n") : 0);
	if (view->to_enable == 0)
		return 0;
	if (!may_write(arena, v2->above, "/cgroup.subtree_control"))
		return cordon_unsupported(err, 0,
					  "'%s/cgroup.subtree_control' cannot "
					  "be written: " REMEDY,
					  v2->above);
	/* Only the root of all has no type, and it may have both. */
	if (access(join(arena, v2->above, "/cgroup.type"), F_OK) < 0 ||
	    !procs || !*procs)
		return 0;
	view->moves_self = !strcmp(
		procs, arena_printf(arena, "%d\n", (int)getpid()));
	if (view->moves_self)
		return 0;
	return cordon_unsupported(
		err, 0,
		"'%s' has other processes, so that no group below it can have "
		"limits: start cordon in a group of its own, for example by "
		"'systemd-run --scope -p Delegate=yes cordon run ...', or name "
		"a group without processes as 'parent'",
		v2->above);
}

unsigned cgroup_controllers(struct arena *arena, const char *above)
{
	const char *text = read_all(
		arena, join(arena, above, "/cgroup.controllers"));

	return text ? parse_controllers(text, " \n") : 0;
}

/* Where a named group is must be no chance. */
static bool is_needed(const struct cgroup_view *view,
		      const struct cgroup_hierarchy *hierarchy)
{
	unsigned in_v1 = 0;

	if (!hierarchy->is_v2)
		return hierarchy->controllers & view->wanted;
	for (size_t i = 0; i < view->n; i++)
		in_v1 |= view->hierarchy[i].is_v2
				 ? 0
				 : view->hierarchy[i].controllers;
	return view->wanted == 0 || view->wanted & ~in_v1;
}

static int find_above(struct plan *plan, struct cgroup_view *view,
		      struct cordon_error *err)
{
	const struct step *step = plan_find(plan, CORDON_STEP_CGROUP_PARENT);
	const char *parent = step ? step->is.text[0] : NULL;
	struct cordon_error why = { 0 };

	for (size_t i = 0; i < view->n; i++) {
		struct cgroup_hierarchy *have = &view->hierarchy[i];

		have->above = cgroup_above(plan->arena, have, parent, &why);
		if (!have->above && is_needed(view, have)) {
			*err = why;
			return -1;
		}
		if (have->above && access(have->above, F_OK) < 0) {
			if (is_needed(view, have))
				return cordon_fail(err, errno,
						   "no cgroup '%s'",
						   have->above);
			have->above = NULL;
		}
		if (have->above && have->is_v2)
			have->controllers =
				cgroup_controllers(plan->arena, have->above);
	}
	return 0;
}

/*
 * Files of a group belong to whoever made it.  Where the job may have the same
 * uid it must not see a file that limits it: neither by the host's mounts, which
 * are read-only in a mount namespace, nor by a mount of its own in a user
 * namespace of its own, which begins at the group that it is in.
 */
static bool is_within_reach(const struct plan *plan,
			    const struct cgroup_view *view)
{
	const struct step *user = plan_find(plan, CORDON_STEP_USER);
	struct stat st;

	if (!plan->job->is_root)
		return true;
	if (!plan_find(plan, CORDON_STEP_POOL) &&
	    (!user || user->is.number[0] == 0))
		return true;
	for (size_t i = 0; i < view->n; i++)
		if (view->hierarchy[i].is_wanted &&
		    (stat(join(plan->arena, view->hierarchy[i].above,
			       "/cgroup.procs"),
			  &st) < 0 ||
		     st.st_uid != 0 || st.st_mode & 022))
			return true;
	return false;
}

static int fill(struct plan *plan, struct cgroup_view *view,
		struct cordon_error *err)
{
	struct arena *arena = plan->arena;

	view->wanted = wanted_of(plan);
	if (find_above(plan, view, err) < 0)
		return -1;
	for (size_t i = 0; i < CORDON_COUNT(limiting); i++)
		if (view->wanted & limiting[i] &&
		    take_limit(arena, view, limiting[i], err) < 0)
			return -1;
	take_rest(arena, view);
	for (size_t i = 0; i < view->n; i++)
		if (view->hierarchy[i].is_v2 && view->hierarchy[i].is_wanted &&
		    judge_enabling(arena, view, &view->hierarchy[i], err) < 0)
			return -1;
	for (size_t i = 0; i < view->n; i++)
		if (view->hierarchy[i].is_wanted) {
			view->is_nested = is_within_reach(plan, view);
			return 0;
		}
	return cordon_unsupported(err, 0, "no cgroup can be made here: " REMEDY);
}

/* "memory pids: v1; tree: v2" */
static const char *describe(struct arena *arena, const struct cgroup_view *view)
{
	const char *line = "";

	for (size_t i = 0; i < view->n; i++) {
		const struct cgroup_hierarchy *have = &view->hierarchy[i];

		if (!have->is_wanted)
			continue;
		line = arena_printf(arena, "%s%sv%d:", line, *line ? " " : "",
				    have->is_v2 ? 2 : 1);
		for (unsigned bit = 1; bit <= CGROUP_HAS_FREEZER; bit <<= 1)
			if (have->controllers & bit)
				line = arena_printf(
					arena, "%s%s%s", line,
					line[strlen(line) - 1] == ':' ? ""
								      : ",",
					name_of(bit, have->is_v2));
	}
	return line;
}

int settle_cgroup(struct plan *plan, struct cordon_error *err)
{
	const struct step *asker = asker_of(plan);
	const struct step *parent = plan_find(plan, CORDON_STEP_CGROUP_PARENT);
	struct cgroup_view *view;
	struct cordon_error why = { 0 };

	if (!asker)
		return 0;
	view = arena_alloc(plan->arena, sizeof(*view));
	if (cgroup_look(plan->arena, view) < 0) /* a kernel without them has no such file */
		cordon_say(&why, errno == ENOENT ? CORDON_UNSUPPORTED : CORDON_FAILED,
			   errno, "cannot read the cgroups of this process");
	if (why.reason || fill(plan, view, &why) < 0) {
		plan->failed_section = asker->section;
		return cordon_say(err, why.reason, why.code, "%s %s",
				  plan_blame(plan->arena, plan, asker),
				  why.text);
	}
	plan->settled.cgroup = view;
	if (parent) {
		plan->steps[parent - plan->steps].is.text[1] =
			describe(plan->arena, view);
		return 0;
	}
	plan_add(plan, asker->section, asker->where, 0, asker->may_skip,
		 &(struct cordon_step){
			 .type = CORDON_STEP_CGROUP_PARENT,
			 .text = { NULL, describe(plan->arena, view) } });
	return 0;
}
