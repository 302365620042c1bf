/* SPDX-License-Identifier: MIT */
/*
 * /proc, /dev, and what no job may read or write below /proc and /sys
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/mount.h"
#include "core/step.h"
#include "core/sys.h"

#define IN_ROOT 0x10 /* RESOLVE_IN_ROOT */
#define TYPE_MAX 31

/* A minimal /dev: the host's nodes, taken only if they are what they seem. */
static const struct node {
	const char *source, *name;
	uint32_t major, minor;
} nodes[] = {
	{ "/dev/null", "null", 1, 3 },	     { "/dev/zero", "zero", 1, 5 },
	{ "/dev/full", "full", 1, 7 },	     { "/dev/random", "random", 1, 8 },
	{ "/dev/urandom", "urandom", 1, 9 }, { "/dev/tty", "tty", 5, 0 },
};

static const struct {
	const char *name, *text;
} links[] = {
	{ "fd", "/proc/self/fd" },	 { "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" }, { "stderr", "/proc/self/fd/2" },
	{ "ptmx", "pts/ptmx" },
};

struct mask {
	char path[24];	  /* below the mount's root; "": no more */
	bool is_readable; /* read-only; else nothing is in it */
};

static const struct mask proc_masks[] = {
	{ "sys", true },
	{ "irq", true },
	{ "bus", true },
	{ "fs", true },
	{ "sysrq-trigger", true },
	{ "kcore", false },
	{ "keys", false },
	{ "key-users", false },
	{ "timer_list", false },
	{ "timer_stats", false },
	{ "kallsyms", false },
	{ "sched_debug", false },
	{ "scsi", false },
	{ "acpi", false },
	{ "latency_stats", false },
	{ "", false },
};

static const struct mask sys_masks[] = {
	{ "firmware", false },
	{ "kernel/debug", false },
	{ "kernel/tracing", false },
	{ "kernel/uevent_helper", true },
	{ "", false },
};

/* ---- before anything is mounted ---- */

/* A detached tree of that one device. */
static long clone_node(struct act *act, const struct node *node)
{
	struct mount_stat st;
	long fd = mount_open(AT_FDCWD, node->source, O_PATH, 0), tree;
	int rc;

	if (fd < 0)
		return mount_say(act, fd, "cannot open ", node->source, "");
	rc = mount_stat((int)fd, "", &st);
	if (rc == 0 && (!S_ISCHR(st.mode) || st.rdev_major != node->major ||
			st.rdev_minor != node->minor))
		rc = -ENODEV;
	if (rc < 0) {
		sys(SYS_close, fd);
		return mount_say(act, rc, "", node->source,
				 " is not the device of that name");
	}
	tree = mount_clone(act, (int)fd, node->source);
	sys(SYS_close, fd);
	if (tree < 0)
		return tree;
	rc = mount_set(act, (int)tree, MOUNT_NOSUID | MOUNT_NOEXEC, true,
		       MOUNT_PRIVATE, node->source);
	if (rc < 0)
		sys(SYS_close, tree);
	return rc < 0 ? rc : tree;
}

static unsigned read_only(const struct act *act, const char *path)
{
	return mount_is_read_only(act, path) ? MOUNT_RDONLY : 0u;
}

static int clone_folder(struct act *act, const char *path, unsigned attributes,
			int *tree)
{
	const unsigned propagation = act->plan->settled.propagation == 0
					     ? MOUNT_SLAVE
					     : MOUNT_PRIVATE;
	long fd = mount_open(AT_FDCWD, path, O_PATH | O_DIRECTORY, 0), clone;

	if (fd < 0)
		return mount_say(act, fd, "cannot open ", path, "");
	clone = mount_clone(act, (int)fd, path);
	sys(SYS_close, fd);
	if (clone < 0)
		return (int)clone;
	*tree = (int)clone;
	return mount_set(act, *tree, attributes | read_only(act, path), true,
			 propagation, path);
}

/* Does the host's /dev have to be mounted, or is it there already? */
static bool has_dev_tree(const struct act *act)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_MOUNT);

	if (act->plan->settled.dev != CORDON_DEV_HOST)
		return false;
	if (act->plan->settled.root != CORDON_ROOT_HOST)
		return true;
	for (; step; step = plan_next(act->plan, step))
		if (mount_is_host_root(act, step))
			return true;
	return false;
}

int mount_begin_proc(struct act *act)
{
	const struct settled *settled = &act->plan->settled;
	long fd = mount_open(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	int rc = 0;

	if (fd < 0)
		return mount_say(act, fd, "cannot open ", "/proc", "");
	act->mounts.host_proc = (int)fd;
	fd = clone_node(act, &nodes[0]);
	if (fd < 0)
		return (int)fd;
	act->mounts.null = (int)fd;
	for (size_t i = 0;
	     settled->dev == CORDON_DEV_MINIMAL && i < CORDON_COUNT(nodes);
	     i++) {
		fd = clone_node(act, &nodes[i]);
		if (fd < 0)
			return (int)fd;
		act->mounts.nodes[i] = (int)fd;
	}
	if (has_dev_tree(act))
		rc = clone_folder(act, "/dev", MOUNT_NOSUID, &act->mounts.dev);
	if (rc == 0 && settled->proc == CORDON_PROC_HOST &&
	    settled->root != CORDON_ROOT_HOST)
		rc = clone_folder(act, "/proc",
				  MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC,
				  &act->mounts.proc_tree);
	return rc;
}

/* ---- masks ---- */

/*
 * One mount serves for all places: the first takes it, the others take clones,
 * which an older kernel makes of attached mounts only.
 */
static int cover(struct act *act, int *mask, bool *is_used, int at,
		 const char *path)
{
	long tree = *mask;
	int rc;

	if (*is_used)
		tree = mount_clone(act, *mask, path);
	if (tree < 0)
		return (int)tree;
	rc = mount_attach(act, (int)tree, at, path);
	if (*is_used)
		sys(SYS_close, tree);
	*is_used = true;
	return rc;
}

/* Whoever swaps the mask swaps what it hides: CVE-2025-31133. */
static int check_null(struct act *act, const char *path)
{
	struct mount_stat st;
	int rc = mount_set(act, act->mounts.null, MOUNT_RDONLY, false, 0,
			   "/dev/null");

	if (rc == 0)
		rc = mount_stat(act->mounts.null, "", &st);
	if (rc == 0 &&
	    (!S_ISCHR(st.mode) || st.rdev_major != 1 || st.rdev_minor != 3))
		rc = -ENODEV;
	return rc < 0 ? mount_say(act, rc, "no /dev/null to cover ", path, "")
		      : 0;
}

static int cover_file(struct act *act, int at, const char *path)
{
	int rc = act->mounts.is_null_used ? 0 : check_null(act, path);

	return rc < 0 ? rc
		      : cover(act, &act->mounts.null, &act->mounts.is_null_used,
			      at, path);
}

static int cover_folder(struct act *act, int at, const char *path, bool hide)
{
	const struct mount_option options[] = {
		{ "size", "4k" },
		{ "nr_inodes", "2" },
		{ "mode", hide ? "0" : "0555" },
		{ NULL, NULL },
	};
	int *mask = hide ? &act->mounts.hidden : &act->mounts.empty;

	if (*mask < 0) {
		long tree =
			mount_new(act, "tmpfs", options, MOUNT_MASKED, path);

		if (tree < 0)
			return (int)tree;
		*mask = (int)tree;
	}
	return cover(act, mask,
		     hide ? &act->mounts.is_hidden_used
			  : &act->mounts.is_empty_used,
		     at, path);
}

static int cover_any(struct act *act, int at, const char *path, bool hide)
{
	struct mount_stat st;
	int rc = mount_stat(at, "", &st);

	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", path, "");
	return S_ISDIR(st.mode) ? cover_folder(act, at, path, hide)
				: cover_file(act, at, path);
}

static int make_readable(struct act *act, int at, const char *path)
{
	long tree = mount_clone(act, at, path);
	int rc;

	if (tree < 0)
		return (int)tree;
	rc = mount_set(act, (int)tree, MOUNT_MASKED, true, 0, path);
	if (rc == 0)
		rc = mount_attach(act, (int)tree, at, path);
	sys(SYS_close, tree);
	return rc;
}

/* `above` is shorter than PATH_MAX. */
static int mask_one(struct act *act, int folder, const char *above,
		    const struct mask *mask)
{
	char path[PATH_MAX + sizeof(mask->path)];
	size_t length = strlen(above), size = strlen(mask->path) + 1;
	long at = mount_open(folder, mask->path, O_PATH, IN_ROOT);
	int rc;

	if (at == -ENOENT)
		return 0;
	memcpy(path, above, length);
	path[length] = '/';
	memcpy(path + length + 1, mask->path, size);
	if (at < 0)
		return mount_say(act, at, "cannot open ", path, "");
	rc = mask->is_readable ? make_readable(act, (int)at, path)
			       : cover_any(act, (int)at, path, false);
	sys(SYS_close, at);
	return rc;
}

/* All of a table, below one mount. */
static int mask_all(struct act *act, const char *above,
		    const struct mask *masks)
{
	long folder = mount_open_inside(act, above, O_DIRECTORY);
	int rc = 0;

	if (folder == -ENOENT)
		return 0;
	if (folder < 0)
		return mount_say(act, folder, "cannot open ", above, "");
	for (; rc == 0 && *masks->path; masks++)
		rc = mask_one(act, (int)folder, above, masks);
	sys(SYS_close, folder);
	return rc;
}

int act_mount_masks(struct act *act, const struct step *step)
{
	int rc = mount_make_root(act);

	(void)step;
	if (rc == 0)
		rc = mount_make_proc(act);
	if (rc == 0)
		rc = mount_make_dev(act);
	if (rc == 0)
		rc = mask_all(act, "/proc", proc_masks);
	return rc < 0 ? rc : mask_all(act, "/sys", sys_masks);
}

int act_hide(struct act *act, const struct step *step)
{
	const char *path = step->is.text[0];
	int rc = mount_make_root(act);
	long at;

	if (rc < 0)
		return rc;
	at = mount_open_inside(act, path, 0);
	if (at == -ENOENT && step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT)
		return 0;
	if (at == -ENOENT)
		return mount_say(act, at, "cannot hide ", path,
				 ", which is not there (see landlock forbid)");
	if (at == -ELOOP)
		return mount_say(act, at, "", path,
				 " goes through a symbolic link (write the "
				 "real path)");
	if (at < 0)
		return mount_say(act, at, "cannot open ", path, "");
	rc = cover_any(act, (int)at, path, true);
	sys(SYS_close, at);
	return rc;
}

/* ---- /proc ---- */

static int attach_at(struct act *act, int tree, const char *path)
{
	long at = mount_open_target(act, path, true);
	int rc = at < 0 ? (int)at : mount_attach(act, tree, (int)at, path);

	if (at >= 0)
		sys(SYS_close, at);
	return rc;
}

/* Takes the tree. */
static int attach_folder(struct act *act, long tree, const char *path)
{
	int rc;

	if (tree < 0)
		return (int)tree;
	rc = attach_at(act, (int)tree, path);
	sys(SYS_close, tree);
	return rc;
}

static uint64_t device_of(const struct mount_stat *st)
{
	return (uint64_t)st->dev_major << 32 | st->dev_minor;
}

static int new_proc(struct act *act)
{
	const struct mount_option options[] = { { "hidepid", "2" },
						{ NULL, NULL } };
	bool hide = act->plan->settled.proc == CORDON_PROC_HIDEPID;
	long tree =
		mount_new(act, "proc", hide ? options : NULL,
			  MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC |
				  read_only(act, "/proc"),
			  "/proc");
	struct mount_stat st;
	int rc;

	/* Another's pid namespace, or a host that hides parts of /proc. */
	act->report.unsupported = tree == -EPERM;
	if (tree < 0)
		return (int)tree;
	act->mounts.proc_tree = (int)tree;
	rc = mount_stat(act->mounts.proc_tree, "", &st);
	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", "/proc", "");
	act->mounts.proc_device = device_of(&st);
	return attach_at(act, act->mounts.proc_tree, "/proc");
}

/* Over the host's folder, so that nothing is seen. */
static int cover_host(struct act *act, const char *path)
{
	long at;
	int rc;

	if (act->plan->settled.root != CORDON_ROOT_HOST)
		return 0;
	at = mount_open_inside(act, path, O_DIRECTORY);
	if (at < 0)
		return mount_say(act, at, "cannot open ", path, "");
	rc = cover_folder(act, (int)at, path, false);
	sys(SYS_close, at);
	return rc;
}

/* The host's folder in another root; a root that has no place for it goes
 * without. */
static int attach_host(struct act *act, int tree, const char *path)
{
	long at;
	int rc;

	if (tree < 0)
		return 0;
	at = act->mounts.is_root_ours
		     ? mount_open_target(act, path, true)
		     : mount_open_inside(act, path, O_DIRECTORY);
	if (at == -ENOENT)
		return 0;
	if (at < 0)
		return mount_say(act, at, "cannot open target ", path, "");
	rc = mount_attach(act, tree, (int)at, path);
	sys(SYS_close, at);
	return rc;
}

int mount_make_proc(struct act *act)
{
	int rc = mount_make_root(act);

	if (rc < 0 || act->mounts.has_proc)
		return rc;
	act->mounts.has_proc = true;
	switch (act->plan->settled.proc) {
	case CORDON_PROC_NEW:
	case CORDON_PROC_HIDEPID:
		return new_proc(act);
	case CORDON_PROC_HOST:
		return attach_host(act, act->mounts.proc_tree, "/proc");
	default:
		return cover_host(act, "/proc");
	}
}

int act_proc(struct act *act, const struct step *step)
{
	(void)step;
	return mount_make_proc(act);
}

/* ---- /dev ---- */

static int make_folder(struct act *act, const char *name, const char *path)
{
	long rc = mount_mkdir(act->mounts.dev, name, 0755);

	return rc < 0 ? mount_say(act, rc, "cannot make ", path, "") : 0;
}

static int make_pts(struct act *act)
{
	const struct mount_option options[] = { { "mode", "0620" },
						{ "ptmxmode", "0666" },
						{ NULL, NULL } };
	int rc = make_folder(act, "pts", "/dev/pts");

	return rc < 0 ? rc
		      : attach_folder(act,
				      mount_new(act, "devpts", options,
						MOUNT_NOSUID | MOUNT_NOEXEC,
						"/dev/pts"),
				      "/dev/pts");
}

static int make_shm(struct act *act)
{
	const struct mount_option options[] = { { "mode", "1777" },
						{ NULL, NULL } };
	int rc = make_folder(act, "shm", "/dev/shm");

	return rc < 0 ? rc
		      : attach_folder(act,
				      mount_new(act, "tmpfs", options,
						MOUNT_NOSUID | MOUNT_NODEV |
							MOUNT_NOEXEC,
						"/dev/shm"),
				      "/dev/shm");
}

static int make_node(struct act *act, size_t i)
{
	char path[32] = "/dev/";
	long rc, at;

	memcpy(path + 5, nodes[i].name, strlen(nodes[i].name) + 1);
	rc = sys(SYS_mknodat, act->mounts.dev, nodes[i].name, S_IFREG | 0444,
		 0);
	if (rc < 0)
		return mount_say(act, rc, "cannot make ", path, "");
	at = mount_open(act->mounts.dev, nodes[i].name, O_PATH, 0);
	if (at < 0)
		return mount_say(act, at, "cannot open ", path, "");
	rc = mount_attach(act, act->mounts.nodes[i], (int)at, path);
	sys(SYS_close, at);
	return (int)rc;
}

static int fill_dev(struct act *act)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < CORDON_COUNT(nodes); i++)
		rc = make_node(act, i);
	for (size_t i = 0; rc == 0 && i < CORDON_COUNT(links); i++) {
		rc = (int)sys(SYS_symlinkat, links[i].text, act->mounts.dev,
			      links[i].name);
		if (rc < 0)
			mount_say(act, rc, "cannot make /dev/", links[i].name,
				  "");
	}
	if (rc == 0)
		rc = make_pts(act);
	return rc < 0 ? rc : make_shm(act);
}

/* Read-only it becomes at the end, when all targets are made: see seal(). */
static int new_dev(struct act *act)
{
	const struct mount_option options[] = { { "size", "1m" },
						{ "mode", "0755" },
						{ NULL, NULL } };
	long tree = mount_new(act, "tmpfs", options,
			      MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC,
			      "/dev"),
	     at;
	int rc;

	if (tree < 0)
		return (int)tree;
	at = mount_open_target(act, "/dev", true);
	act->mounts.dev = (int)tree;
	if (at < 0)
		return (int)at;
	rc = mount_attach(act, act->mounts.dev, (int)at, "/dev");
	sys(SYS_close, at);
	return rc < 0 ? rc : fill_dev(act);
}

int mount_make_dev(struct act *act)
{
	int rc = mount_make_root(act);

	if (rc < 0 || act->mounts.has_dev)
		return rc;
	act->mounts.has_dev = true;
	switch (act->plan->settled.dev) {
	case CORDON_DEV_MINIMAL:
		return new_dev(act);
	case CORDON_DEV_HOST: /* where the root is the host's, it is there */
		return act->plan->settled.root == CORDON_ROOT_HOST
			       ? 0
			       : attach_host(act, act->mounts.dev, "/dev");
	default:
		return cover_host(act, "/dev");
	}
}

int act_dev(struct act *act, const struct step *step)
{
	(void)step;
	return mount_make_dev(act);
}

/* ---- wherever else they are mounted ---- */

enum deed { SET_READABLE, COVER, MASK_PROC, MASK_SYS };

#define PROC_MAGIC 0x9fa0 /* statfs(2) */

static const struct {
	const char *type;
	long magic;
	enum deed deed;
} types[] = {
	{ "cgroup", 0x27e0eb, SET_READABLE },
	{ "cgroup2", 0x63677270, SET_READABLE },
	{ "debugfs", 0x64626720, COVER },
	{ "tracefs", 0x74726163, COVER },
	{ "proc", PROC_MAGIC, MASK_PROC },
	{ "sysfs", 0x62656572, MASK_SYS },
};

/* One line of mountinfo, as far as it is read. */
struct line {
	unsigned field;	   /* counted from 0; optional ones are field 6 */
	bool is_type_next; /* "-" has been seen */
	bool is_part;	   /* of a filesystem: its root is not "/" */
	bool is_readonly;
	bool has_sharer, has_master;
	size_t length; /* of the word */
	char word[PATH_MAX], path[PATH_MAX], type[TYPE_MAX + 1];
};

static bool is_only_set(const struct line *line, enum deed deed)
{
	return deed == SET_READABLE || (deed != COVER && line->is_part);
}

/*
 * The line's mount in *fd; -1 there where something lies over it, or where we may
 * not go, and so the job neither.
 */
static int open_line(struct act *act, const struct line *line, long magic,
		     int *fd)
{
	long at = mount_open_inside(act, line->path, 0);
	struct statfs fs;
	int rc;

	*fd = -1;
	if (at == -ENOENT || at == -EACCES || at == -ENOTDIR)
		return 0;
	if (at < 0)
		return mount_say(act, at, "cannot open ", line->path, "");
	rc = (int)sys(SYS_fstatfs, at, &fs);
	if (rc == 0 && (long)fs.f_type == magic) {
		*fd = (int)at;
		return 0;
	}
	sys(SYS_close, at);
	return rc < 0 ? mount_say(act, rc, "cannot look at ", line->path, "")
		      : 0;
}

static int treat(struct act *act, const struct line *line, size_t i)
{
	int at, rc = open_line(act, line, types[i].magic, &at);

	if (rc < 0 || at < 0)
		return rc;
	if (types[i].deed == COVER)
		rc = cover_any(act, at, line->path, false);
	else if (is_only_set(line, types[i].deed))
		rc = mount_set(act, at, MOUNT_RDONLY, false, 0, line->path);
	else
		rc = mask_all(act, line->path,
			      types[i].deed == MASK_PROC ? proc_masks
							 : sys_masks);
	sys(SYS_close, at);
	return rc;
}

/* Is only the job's own /proc to be seen? */
static bool hides_others(const struct act *act)
{
	const struct settled *settled = &act->plan->settled;

	return settled->proc == CORDON_PROC_HIDEPID ||
	       (settled->proc == CORDON_PROC_NEW &&
		settled->namespaces & CLONE_NEWPID);
}

/* Did the stack's author, not its caller, ask for that very mount? */
static bool is_named(const struct act *act, const char *path)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_MOUNT);

	for (; step; step = plan_next(act->plan, step))
		if (!(step->is.number[3] & CORDON_FLAG_PARAMETER) &&
		    step->is.text[0] && !strcmp(step->is.text[0], path))
			return true;
	return false;
}

/*
 * Another /proc shows other processes, and by their "root" and "cwd" the way
 * out where they are of the job's user: one of a chroot, or the host's where a
 * job may write to its cwd and begins there.
 */
static int cover_foreign(struct act *act, const struct line *line)
{
	struct mount_stat st;
	int at, rc = open_line(act, line, PROC_MAGIC, &at);

	if (rc < 0 || at < 0)
		return rc;
	rc = mount_stat(at, "", &st);
	if (rc < 0)
		mount_say(act, rc, "cannot look at ", line->path, "");
	else if (device_of(&st) != act->mounts.proc_device)
		rc = cover_any(act, at, line->path, false);
	sys(SYS_close, at);
	return rc;
}

/* Those have had theirs, unless the stack puts something else there. */
static bool is_masked(const struct line *line)
{
	return !line->is_part &&
	       ((!strcmp(line->path, "/proc") && !strcmp(line->type, "proc")) ||
		(!strcmp(line->path, "/sys") && !strcmp(line->type, "sysfs")));
}

static int judge_line(struct act *act, const struct line *line)
{
	if (line->has_sharer ||
	    (line->has_master && act->plan->settled.propagation != 0))
		return mount_say(act, -EIO, "", line->path,
				 " still shares its mounts with the host");
	if (!strcmp(line->type, "proc") && hides_others(act) &&
	    !is_named(act, line->path)) {
		int rc = cover_foreign(act, line);

		if (rc < 0)
			return rc;
	}
	if (is_masked(line))
		return 0;
	for (size_t i = 0; i < CORDON_COUNT(types); i++)
		if (!strcmp(line->type, types[i].type) &&
		    !(line->is_readonly && is_only_set(line, types[i].deed)))
			return treat(act, line, i);
	return 0;
}

/* "\040" is a blank; a backslash of a name's own is written so too. */
static void unescape(char *to, const char *from)
{
	for (; *from; from++, to++) {
		*to = *from;
		if (*from != '\\' || !from[1] || !from[2] || !from[3])
			continue;
		*to = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
			     (from[3] - '0'));
		from += 3;
	}
	*to = '\0';
}

static void copy_type(char *to, const char *word)
{
	size_t size = strnlen(word, TYPE_MAX); /* a longer one is none of ours */

	memcpy(to, word, size);
	to[size] = '\0';
}

static void end_word(struct line *line)
{
	const char *word = line->word;

	line->word[line->length] = '\0';
	line->length = 0;
	if (line->field == 3)
		line->is_part = strcmp(word, "/") != 0;
	else if (line->field == 4)
		unescape(line->path, word);
	else if (line->field == 5)
		line->is_readonly = !strncmp(word, "ro", 2);
	else if (line->field == 6 && line->is_type_next)
		copy_type(line->type, word);
	else if (line->field == 6 && !strncmp(word, "shared:", 7))
		line->has_sharer = true;
	else if (line->field == 6 && !strncmp(word, "master:", 7))
		line->has_master = true;
	if (line->field < 6 || line->is_type_next)
		line->field++;
	else
		line->is_type_next = !strcmp(word, "-");
}

static void clear_line(struct line *line)
{
	line->field = 0;
	line->length = 0;
	line->is_type_next = line->is_part = line->is_readonly = false;
	line->has_sharer = line->has_master = false;
	memset(line->type, 0, sizeof(line->type));
}

static int read_char(struct act *act, struct line *line, char c)
{
	int rc = 0;

	if (c == '\n') {
		rc = judge_line(act, line);
		clear_line(line);
	} else if (c == ' ') {
		end_word(line);
	} else if (line->field <= 6) { /* options may be longer than a page */
		if (line->length == sizeof(line->word) - 1)
			return mount_say(act, -ENAMETOOLONG,
					 "cannot read mountinfo", "", "");
		line->word[line->length++] = c;
	}
	return rc;
}

/*
 * A second /proc below a chroot, or a cgroup hierarchy at an odd place, is as
 * good as the first.  What is read here is the job's: pivot is done.
 */
int mount_mask_by_type(struct act *act)
{
	struct line line;
	char buffer[4096];
	long size, fd = sys(SYS_openat, act->mounts.host_proc, "self/mountinfo",
			    O_RDONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0)
		return mount_say(act, fd, "cannot open mountinfo", "", "");
	clear_line(&line);
	line.path[0] = '\0';
	while (rc == 0 &&
	       (size = sys(SYS_read, fd, buffer, sizeof(buffer))) > 0)
		for (long i = 0; rc == 0 && i < size; i++)
			rc = read_char(act, &line, buffer[i]);
	if (rc == 0 && size < 0)
		rc = mount_say(act, size, "cannot read mountinfo", "", "");
	sys(SYS_close, fd);
	return rc;
}
