/* SPDX-License-Identifier: MIT */
/*
 * forbid - all but some paths, by a kernel that can only allow
 *
 * Each folder that is crossed on the way to a forbidden path is a "way" folder:
 * it gets no right, but each entry that is there now gets all of them, except
 * other way folders, what is forbidden, and the names that were walked.  So
 * what appears later in such a folder is denied, whatever it is called.
 *
 * Two rounds over all targets: the first walks and notes, the second walks
 * again and lists.  A folder that the first did not see is not listed, and so
 * denied: who renames in between can only take away.
 *
 * What is forbidden may be seen through another mount of the same filesystem:
 * then it is forbidden there too.  Another name of a file is not found: a file
 * that has one is refused, and so is one below a folder where a section wants
 * that (core/forbid_links.c).
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/landlock.h"
#include "core/mount.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/walk.h"

enum {
	DEPTH = 64,   /* way folders for each target, on the average */
	ALIASES = 64, /* other mounts, besides one for each target */
	PATH_ROOM = 4096,
	LINE_ROOM = 16384, /* a line of mountinfo, up to its options */
	ENTRIES_ROOM = 32768,
	/* All that note_seen() and join() may put there. */
	SEEN_ROOM = sizeof(struct walk),
	WHOLE_ROOM = LINE_ROOM + SEEN_ROOM,
	ALIAS_ROOM = LINE_ROOM + WHOLE_ROOM,
};

struct folder {
	struct walk_id id;
	bool is_listed;
};

struct gate { /* a name that was walked in a folder */
	struct walk_id folder;
	uint32_t name; /* in names[] */
};

struct target {
	uint32_t path;	/* in names[] */
	uint32_t step;	/* of the plan, for the blame */
	uint64_t mount; /* it must be seen on this one; 0: on any */
};

struct forbid {
	struct target *targets;
	struct folder *folders;
	struct walk_id *leaves;
	struct gate *gates;
	char *names;
	uint32_t n_targets, n_folders, n_leaves, n_gates, n_names;
	uint32_t max_targets, max_folders, max_gates, max_names;
	struct walk_id root;
	int ruleset;
	/* while one target is walked */
	char seen[SEEN_ROOM]; /* its path without links, also the absent part */
	char dev[LINE_ROOM]; /* of its mount */
	char whole[WHOLE_ROOM]; /* path within the filesystem */
	char alias[ALIAS_ROOM];
	char line[LINE_ROOM];
	_Alignas(8) char entries[ENTRIES_ROOM];
};

struct forbid *forbid_new(const struct plan *plan)
{
	const struct step *step = plan_find(plan, CORDON_STEP_FORBID);
	struct forbid *forbid;
	uint32_t n = ALIASES, rows, names;

	for (; step; step = plan_next(plan, step))
		n += 2;
	rows = DEPTH * n;
	names = 256 * n + 16 * PATH_ROOM;
	/* In one piece; what is the most aligned comes first. */
	forbid = arena_alloc(plan->arena,
			     sizeof(*forbid) + n * sizeof(*forbid->targets) +
				     n * sizeof(*forbid->leaves) +
				     rows * sizeof(*forbid->folders) +
				     rows * sizeof(*forbid->gates) + names);
	forbid->max_targets = n;
	forbid->max_folders = forbid->max_gates = rows;
	forbid->max_names = names;
	forbid->targets = (void *)(forbid + 1);
	forbid->leaves = (void *)(forbid->targets + n);
	forbid->folders = (void *)(forbid->leaves + n);
	forbid->gates = (void *)(forbid->folders + rows);
	forbid->names = (void *)(forbid->gates + rows);
	return forbid;
}

/* ---- notes ---- */

static bool is_same(struct walk_id a, struct walk_id b)
{
	return a.dev == b.dev && a.ino == b.ino;
}

static struct folder *find_folder(const struct forbid *forbid,
				  struct walk_id id)
{
	for (uint32_t i = 0; i < forbid->n_folders; i++)
		if (is_same(forbid->folders[i].id, id))
			return &forbid->folders[i];
	return NULL;
}

static bool is_leaf(const struct forbid *forbid, struct walk_id id)
{
	for (uint32_t i = 0; i < forbid->n_leaves; i++)
		if (is_same(forbid->leaves[i], id))
			return true;
	return false;
}

static bool is_gated(const struct forbid *forbid, struct walk_id folder,
		     const char *name)
{
	for (uint32_t i = 0; i < forbid->n_gates; i++)
		if (is_same(forbid->gates[i].folder, folder) &&
		    !strcmp(forbid->names + forbid->gates[i].name, name))
			return true;
	return false;
}

static bool is_target(const struct forbid *forbid, const char *path,
		      uint64_t mount)
{
	for (uint32_t i = 0; i < forbid->n_targets; i++)
		if (!strcmp(forbid->names + forbid->targets[i].path, path) &&
		    forbid->targets[i].mount == mount)
			return true;
	return false;
}

/* `more` of a table that holds `max`, from `at` on.  This and the add_*: 0, or
 * -E2BIG. */
static int take(uint32_t *n, uint32_t max, size_t more, uint32_t *at)
{
	if (more > max - *n)
		return -E2BIG;
	*at = *n;
	*n += (uint32_t)more;
	return 0;
}

static int add_name(struct forbid *forbid, const char *name, uint32_t *at)
{
	size_t size = strlen(name) + 1;
	int rc = take(&forbid->n_names, forbid->max_names, size, at);

	if (rc == 0)
		memcpy(forbid->names + *at, name, size);
	return rc;
}

static int add_folder(struct forbid *forbid, struct walk_id id)
{
	uint32_t at;
	int rc;

	if (find_folder(forbid, id))
		return 0;
	rc = take(&forbid->n_folders, forbid->max_folders, 1, &at);
	if (rc == 0)
		forbid->folders[at] = (struct folder){ .id = id };
	return rc;
}

static int add_leaf(struct forbid *forbid, struct walk_id id)
{
	uint32_t at;
	int rc;

	if (is_leaf(forbid, id))
		return 0;
	rc = take(&forbid->n_leaves, forbid->max_targets, 1, &at);
	if (rc == 0)
		forbid->leaves[at] = id;
	return rc;
}

static int add_gate(struct forbid *forbid, struct walk_id folder,
		    const char *name)
{
	uint32_t at, text;
	int rc;

	if (*name == '\0' || is_gated(forbid, folder, name))
		return 0;
	rc = add_name(forbid, name, &text);
	if (rc == 0)
		rc = take(&forbid->n_gates, forbid->max_gates, 1, &at);
	if (rc == 0)
		forbid->gates[at] = (struct gate){ folder, text };
	return rc;
}

static int add_target(struct forbid *forbid, const char *path, uint32_t step,
		      uint64_t mount)
{
	uint32_t at, text;
	int rc;

	if (is_target(forbid, path, mount))
		return 0;
	rc = add_name(forbid, path, &text);
	if (rc == 0)
		rc = take(&forbid->n_targets, forbid->max_targets, 1, &at);
	if (rc == 0)
		forbid->targets[at] = (struct target){ text, step, mount };
	return rc;
}

/* ---- the first round ---- */

/* The object itself is there: what must be said of it. */
static int note_leaf(struct act *act, const struct target *target)
{
	struct forbid *forbid = act->forbid;
	const struct mount_stat *st = &act->walk->st;
	struct walk_id id = walk_id(st);

	if (is_same(id, forbid->root))
		return act_say(act, -EINVAL, "all of '/' cannot be forbidden");
	if (S_ISSOCK(st->mode))
		return act_say(act, -EOPNOTSUPP,
			   "Landlock cannot forbid to connect to a socket "
			   "(hide it in [mounts])");
	if (S_ISREG(st->mode) && st->n_links > 1 && target->mount == 0)
		return act_say(act, -EMLINK,
			   "the file has another name (a hard link), by which "
			   "it would be reached");
	if (S_ISDIR(st->mode) && target->mount == 0 &&
	    act->plan->steps[target->step].is.number[0] != 0) {
		int rc = forbid_search(act, act->walk->fd, forbid->entries,
				       sizeof(forbid->entries));

		if (rc < 0)
			return rc;
	}
	return add_leaf(forbid, id);
}

/* What is not there, or not for us: nothing behind it is allowed. */
static bool is_end_of_way(int rc)
{
	return rc == -ENOENT || rc == -EACCES || rc == -ENOTDIR;
}

/* One step, noted.  1: there is more; 0: that was the end of the way. */
static int note_step(struct act *act)
{
	struct forbid *forbid = act->forbid;
	struct walk *walk = act->walk;
	struct walk_id folder = walk_id(&walk->st);
	int noted = add_folder(forbid, folder), rc = walk_step(walk);
	/* There is nothing below a file. */
	bool is_last = rc == -ENOTDIR ||
		       (rc == WALK_MOVED && walk_has_more(walk) &&
			!S_ISDIR(walk->st.mode));

	if (rc < 0 && !is_end_of_way(rc))
		return act_say(act, rc, "cannot follow the path");
	if (noted == 0 && !is_last)
		noted = add_gate(forbid, folder, walk->name);
	if (noted < 0)
		return act_say(act, noted, "too many folders or names on the way");
	return rc >= 0 && !is_last;
}

/* Its path as far as it is there, and the rest as it was written. */
static void note_seen(struct forbid *forbid, const struct walk *walk,
		      bool is_there)
{
	size_t length = strlen(walk->path);
	size_t name = is_there ? 0 : strlen(walk->name);
	size_t rest = is_there ? 0 : strlen(walk->rest);
	char *to = forbid->seen;

	memcpy(to, walk->path, length);
	if (!is_there) {
		to[length++] = '/';
		memcpy(to + length, walk->name, name);
		memcpy(to + length + name, walk->rest, rest);
	}
	to[length + name + rest] = '\0';
}

static int note_target(struct act *act, const struct target *target)
{
	struct forbid *forbid = act->forbid;
	struct walk *walk = act->walk;
	int rc = walk_start(walk, forbid->names + target->path);
	bool is_there;

	if (rc < 0)
		return act_say(act, rc, "cannot follow the path");
	do
		is_there = !walk_has_more(walk);
	while (!is_there && (rc = note_step(act)) > 0);
	if (rc < 0)
		return rc;
	note_seen(forbid, walk, is_there);
	return is_there ? note_leaf(act, target) : 0;
}

/* Is what it names seen on the mount that was meant, and not covered? */
static int is_visible(struct act *act, const struct target *target)
{
	struct walk *walk = act->walk;
	int rc = walk_start(walk, act->forbid->names + target->path);

	while (rc >= 0 && walk_has_more(walk))
		rc = walk_step(walk);
	if (rc < 0 && !is_end_of_way(rc))
		return act_say(act, rc, "cannot follow the path");
	return walk->st.mount == target->mount;
}

/* ---- other mounts of the same filesystem ---- */

struct mount_line {
	uint64_t id;
	char *dev, *root, *point;
};

/* Blanks and the like are \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++)
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	*to = '\0';
}

/* "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS..." */
static bool split_line(char *line, struct mount_line *out)
{
	char *field[5];

	for (size_t i = 0; i < CORDON_COUNT(field); i++) {
		field[i] = line;
		line = strchr(line, ' ');
		if (!line)
			return false;
		*line++ = '\0';
	}
	out->id = 0;
	for (const char *at = field[0]; *at; at++)
		out->id = out->id * 10 + (uint64_t)(*at - '0');
	out->dev = field[2];
	out->root = field[3];
	out->point = field[4];
	unescape(out->root);
	unescape(out->point);
	return true;
}

typedef int on_mount(struct act *act, struct mount_line *line, void *arg);

static int end_line(struct act *act, size_t length, on_mount *each, void *arg)
{
	struct forbid *forbid = act->forbid;
	struct mount_line line;

	/* cut where only options are lost */
	forbid->line[length < LINE_ROOM ? length : LINE_ROOM - 1] = '\0';
	if (!split_line(forbid->line, &line))
		return act_say(act, -EPROTO, "cannot read mountinfo");
	return each(act, &line, arg);
}

/* In the host's /proc where the job's mounts hold it, else in the job's. */
static long open_mountinfo(const struct act *act)
{
	if (act->plan->settled.has_mounts && act->mounts.host_proc >= 0)
		return sys(SYS_openat, act->mounts.host_proc, "self/mountinfo",
			   O_RDONLY | O_CLOEXEC);
	return sys(SYS_openat, AT_FDCWD, "/proc/self/mountinfo",
		   O_RDONLY | O_CLOEXEC);
}

static int each_mount(struct act *act, on_mount *each, void *arg)
{
	struct forbid *forbid = act->forbid;
	long fd = open_mountinfo(act), size;
	size_t length = 0;
	int rc = 0;

	if (fd < 0)
		return act_say(act, (int)fd,
			   "cannot open /proc/self/mountinfo (to look for the "
			   "same files elsewhere)");
	while (rc == 0 && (size = sys(SYS_read, fd, forbid->entries,
				      sizeof(forbid->entries))) > 0)
		for (long i = 0; rc == 0 && i < size; i++) {
			if (forbid->entries[i] == '\n') {
				rc = end_line(act, length, each, arg);
				length = 0;
			} else if (length < LINE_ROOM) {
				forbid->line[length++] = forbid->entries[i];
			}
		}
	if (rc == 0 && size < 0)
		rc = act_say(act, (int)size, "cannot read mountinfo");
	sys(SYS_close, fd);
	return rc;
}

/* Is `path` at or below `above`?  What is left of it, or NULL. */
static const char *below(const char *path, const char *above)
{
	size_t length = strlen(above);

	if (length == 1) /* "/" */
		return path;
	if (strncmp(path, above, length) ||
	    (path[length] != '/' && path[length] != '\0'))
		return NULL;
	return path + length;
}

/* "/" and "" come to nothing at the end.  `to` has room: see WHOLE_ROOM. */
static void join(char *to, const char *first, const char *second)
{
	size_t a = strcmp(first, "/") ? strlen(first) : 0;
	size_t b = strcmp(second, "/") ? strlen(second) : 0;

	memcpy(to, first, a);
	memcpy(to + a, second, b);
	to[a + b] = '\0';
	if (a + b == 0)
		memcpy(to, "/", 2);
}

struct search {
	uint32_t step;
	uint64_t mount;
	bool is_found;
};

/* The mount that the target is on: where it is within its filesystem. */
static int find_whole(struct act *act, struct mount_line *line, void *arg)
{
	struct forbid *forbid = act->forbid;
	struct search *search = arg;
	const char *rest = below(forbid->seen, line->point);

	if (line->id == search->mount && rest) {
		search->is_found = true;
		join(forbid->dev, line->dev, "");
		join(forbid->whole, line->root, rest);
	}
	return 0;
}

/* Another that shows it, or the folder above it, or a part of it. */
static int find_alias(struct act *act, struct mount_line *line, void *arg)
{
	struct forbid *forbid = act->forbid;
	const struct search *search = arg;
	const char *rest;
	int rc = 0;

	if (line->id == search->mount || strcmp(line->dev, forbid->dev))
		return 0;
	rest = below(forbid->whole, line->root);
	if (!rest && !below(line->root, forbid->whole))
		return 0;
	join(forbid->alias, line->point, rest ? rest : "");
	/* What is below is denied with it, or is the same path. */
	if (!below(forbid->alias, forbid->seen))
		rc = add_target(forbid, forbid->alias, search->step, line->id);
	return rc < 0 ? act_say(act, rc, "too many mounts show it") : 0;
}

static int find_aliases(struct act *act, uint32_t step)
{
	struct search search = { .step = step, .mount = act->walk->st.mount };
	int rc = each_mount(act, find_whole, &search);

	if (rc < 0)
		return rc;
	if (!search.is_found)
		return act_say(act, -ENOENT,
			   "cannot find its mount in /proc/self/mountinfo");
	return each_mount(act, find_alias, &search);
}

/* ---- the second round ---- */

/* Gone, not for us, a server that is: it gets no rule, and so is denied. */
static bool is_out_of_reach(long rc)
{
	static const int codes[] = { ENOENT, EACCES,	ESTALE,	   EIO,
				     ENODEV, ENXIO,	ENOTCONN,  EHOSTDOWN,
				     ENOLINK, ETIMEDOUT, EREMOTEIO };

	for (size_t i = 0; i < CORDON_COUNT(codes); i++)
		if (rc == -codes[i])
			return true;
	return false;
}

/* EBADFD: of no filesystem that Landlock rules, so it needs no right. */
static int allow_entry(struct act *act, int dir, struct walk_id folder,
		       const struct sys_entry *entry)
{
	struct forbid *forbid = act->forbid;
	const int64_t rights = act->plan->settled.forbid_rights;
	struct mount_stat st;
	long fd, rc;

	if (!strcmp(entry->name, ".") || !strcmp(entry->name, "..") ||
	    is_gated(forbid, folder, entry->name))
		return 0;
	fd = sys(SYS_openat, dir, entry->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return is_out_of_reach(fd)
			       ? 0
			       : act_say(act, (int)fd,
				     "cannot open what is beside the path");
	rc = mount_stat((int)fd, "", &st);
	if (rc == 0 && !S_ISLNK(st.mode) && !is_leaf(forbid, walk_id(&st)) &&
	    !find_folder(forbid, walk_id(&st)))
		rc = landlock_allow(forbid->ruleset, (int)fd,
				    S_ISDIR(st.mode)
					    ? rights
					    : rights & LANDLOCK_OF_FILES);
	sys(SYS_close, fd);
	return rc == 0 || rc == -EBADFD || is_out_of_reach(rc)
		       ? 0
		       : act_say(act, (int)rc, "cannot allow what is beside it");
}

static int list_folder(struct act *act, int at, struct walk_id folder)
{
	struct forbid *forbid = act->forbid;
	long dir = sys(SYS_openat, at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long size = 0;
	int rc = 0;

	if (dir < 0) /* not for us to list: nothing in it is allowed */
		return dir == -EACCES ? 0
				      : act_say(act, (int)dir,
					    "cannot list a folder on the way");
	while (rc == 0 && (size = sys(SYS_getdents64, dir, forbid->entries,
				      sizeof(forbid->entries))) > 0)
		for (long i = 0; rc == 0 && i < size;) {
			const struct sys_entry *entry =
				(void *)(forbid->entries + i);

			rc = allow_entry(act, (int)dir, folder, entry);
			i += entry->size;
		}
	if (rc == 0 && size < 0)
		rc = act_say(act, (int)size, "cannot list a folder on the way");
	sys(SYS_close, dir);
	return rc;
}

static int allow_around(struct act *act, const struct target *target)
{
	struct forbid *forbid = act->forbid;
	struct walk *walk = act->walk;
	int rc = walk_start(walk, forbid->names + target->path);

	while (rc >= 0 && walk_has_more(walk)) {
		struct walk_id id = walk_id(&walk->st);
		struct folder *folder = find_folder(forbid, id);

		if (!folder || is_leaf(forbid, id))
			return 0;
		if (!folder->is_listed) {
			folder->is_listed = true;
			rc = list_folder(act, walk->fd, id);
			if (rc < 0)
				return rc;
		}
		rc = walk_step(walk);
	}
	return rc < 0 && !is_end_of_way(rc)
		       ? act_say(act, rc, "cannot follow the path")
		       : 0;
}

/* ---- all of them, at the first ---- */

static int note_all(struct act *act)
{
	struct forbid *forbid = act->forbid;
	uint32_t n = forbid->n_targets;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		act->report.step = (int32_t)forbid->targets[i].step;
		rc = note_target(act, &forbid->targets[i]);
		if (rc == 0)
			rc = find_aliases(act, forbid->targets[i].step);
		walk_close(act->walk);
	}
	for (uint32_t i = n; rc >= 0 && i < forbid->n_targets; i++) {
		act->report.step = (int32_t)forbid->targets[i].step;
		rc = is_visible(act, &forbid->targets[i]);
		walk_close(act->walk);
		if (rc > 0)
			rc = note_target(act, &forbid->targets[i]);
		walk_close(act->walk);
	}
	return rc < 0 ? rc : 0;
}

static int forbid_all(struct act *act)
{
	struct forbid *forbid = act->forbid;
	struct mount_stat root;
	int rc = mount_stat(AT_FDCWD, "/", &root);

	if (rc < 0)
		return act_say(act, rc, "statx");
	forbid->root = walk_id(&root);
	rc = note_all(act);
	for (uint32_t i = 0; rc == 0 && i < forbid->n_targets; i++) {
		act->report.step = (int32_t)forbid->targets[i].step;
		rc = allow_around(act, &forbid->targets[i]);
		walk_close(act->walk);
	}
	return rc;
}

int act_forbid(struct act *act, const struct step *step)
{
	const struct plan *plan = act->plan;
	const struct step *each = plan_find(plan, CORDON_STEP_FORBID);
	struct forbid *forbid = act->forbid;
	long fd;
	int rc = 0;

	if (each != step) /* done with the first */
		return 0;
	fd = landlock_create(act, plan->settled.forbid_rights, 0, 0);
	if (fd < 0)
		return (int)fd;
	forbid->ruleset = (int)fd;
	act->rulesets[step - plan->steps] = (int)fd;
	for (; rc == 0 && each; each = plan_next(plan, each))
		rc = add_target(forbid, each->is.text[0],
				(uint32_t)(each - plan->steps), 0);
	return rc < 0 ? act_say(act, rc, "too many") : forbid_all(act);
}
