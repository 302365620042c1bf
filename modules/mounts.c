/* SPDX-License-Identifier: MIT */
/*
 * mounts - what files the job sees, and what it may change
 *
 *	[mounts]
 *	root = empty
 *	ro = /usr
 *	ro = -/lib64
 *	rw = /srv/jobs/7:/work
 *	tmpfs = /tmp:size=256M
 *	hide = /usr/local/secret
 *
 * The first colon parts SRC from DST; one that belongs to a path is written \:
 * and a backslash before it \\ (the core writes what ${} stands for like that,
 * so that no caller's word is ever split).  A leading '-' says: may be absent.
 * Paths are absolute, have no '..', and reach the core without '//', '/./' and
 * a last slash, so that one target is one text.  What is mounted when, and over
 * what, is the core's: it sorts by target, and masks come last.
 */
#include <limits.h>
#include <string.h>

#include <cordon/module.h>

#define TMPFS_SIZE (INT64_C(64) << 20)
#define TMPFS_MODE 01777

struct mounts {
	struct cordon_text root;
	struct cordon_list mounts; /* the rows up to ROW_SYMLINK */
	struct cordon_list noexec, read_only, hide;
	struct cordon_number proc, dev, propagation;
};

struct mount {
	char target[PATH_MAX];
	char source[PATH_MAX]; /* "": none */
	int64_t size, mode, flags;
};

/* Copies up to a colon and moves behind it; at the end *at becomes NULL. */
static int scan_part(const char **at, char part[PATH_MAX],
		     struct cordon_error *err)
{
	const char *text = *at;
	size_t n = 0;

	for (; *text && *text != ':'; text++) {
		if (text[0] == '\\' && (text[1] == ':' || text[1] == '\\'))
			text++;
		if (n == PATH_MAX - 1)
			return cordon_fail(err, 0, "'%.40s...' is too long",
					   *at);
		part[n++] = *text;
	}
	part[n] = '\0';
	*at = *text ? text + 1 : NULL;
	return 0;
}

/* Drops what a path may hold without meaning another file. */
static int normalize(char path[PATH_MAX], struct cordon_error *err)
{
	char *in = path, *out = path;

	if (*path != '/')
		return cordon_fail(err, 0, "'%s' is not an absolute path",
				   path);
	while (*in) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length == 2 && in[0] == '.' && in[1] == '.')
			return cordon_fail(err, 0, "'..' is in no path");
		if (length > 0 && !(length == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
	return 0;
}

static int scan_path(const char **at, char path[PATH_MAX],
		     struct cordon_error *err)
{
	return scan_part(at, path, err) < 0 ? -1 : normalize(path, err);
}

static int64_t scan_absent(const char **text)
{
	if (**text != '-')
		return 0;
	++*text;
	return CORDON_FLAG_MAY_BE_ABSENT;
}

/* A path alone: a colon is a colon, with a backslash or without. */
static int parse_path(const char *text, char path[PATH_MAX], int64_t *flags,
		      struct cordon_error *err)
{
	const char *at = text;
	char part[PATH_MAX];
	size_t length = 0;

	*flags = scan_absent(&at);
	while (at) {
		size_t n;

		if (scan_part(&at, part, err) < 0)
			return -1;
		n = strlen(part);
		if (length + n + 1 >= PATH_MAX)
			return cordon_fail(err, 0, "'%.40s...' is too long",
					   text);
		memcpy(path + length, part, n);
		length += n;
		if (at)
			path[length++] = ':';
	}
	path[length] = '\0';
	return normalize(path, err);
}

/* [-]SRC[:DST] */
static int parse_bind(const char *text, struct mount *mount,
		      struct cordon_error *err)
{
	const char *at = text;

	mount->flags = scan_absent(&at);
	if (scan_path(&at, mount->source, err) < 0)
		return -1;
	if (!at) {
		memcpy(mount->target, mount->source, sizeof(mount->target));
		return 0;
	}
	if (scan_path(&at, mount->target, err) < 0)
		return -1;
	if (at)
		return cordon_fail(err, 0,
				   "'%s' is not SRC[:DST] (a colon in a path "
				   "is '\\:')",
				   text);
	return 0;
}

/* [-]GLOB: what matches is bound where it is, which the core finds out; or, as a
 * colon may be part of a device's name, SRC:/DST */
static int parse_device(const char *text, struct mount *mount,
			struct cordon_error *err)
{
	if (strstr(text, ":/"))
		return parse_bind(text, mount, err);
	if (parse_path(text, mount->source, &mount->flags, err) < 0)
		return -1;
	memcpy(mount->target, mount->source, sizeof(mount->target));
	return 0;
}

static int parse_size(const char *text, int64_t *size)
{
	static const char units[] = "KMGT";
	const char *at = text, *unit;
	int64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (at - text > 8)
			return -1;
		value = value * 10 + (*at - '0');
	}
	/* 0 would be without any limit */
	if (*text == '0' || at == text || !*at || at[1])
		return -1;
	unit = strchr(units, *at);
	if (!unit)
		return -1;
	value <<= 10 * (unit - units + 1);
	if (value > INT64_C(1) << 60)
		return -1;
	*size = value;
	return 0;
}

static int parse_mode(const char *text, int64_t *mode)
{
	const char *at = text;
	int64_t value = 0;

	for (; *at >= '0' && *at <= '7'; at++)
		value = value * 8 + (*at - '0');
	if (at == text || at - text > 5 || *at || value > 07777)
		return -1;
	*mode = value;
	return 0;
}

/* DST[:size=SIZE][:mode=MODE][:ro], in any order */
static int parse_tmpfs(const char *text, struct mount *mount,
		       struct cordon_error *err)
{
	const char *at = text;
	char part[PATH_MAX];

	mount->size = mount->mode = -1;
	if (scan_path(&at, mount->target, err) < 0)
		return -1;
	while (at) {
		if (scan_part(&at, part, err) < 0)
			return -1;
		if (!strncmp(part, "size=", 5) && mount->size < 0) {
			if (parse_size(part + 5, &mount->size) < 0)
				return cordon_fail(err, 0,
						   "'%s' is not a size (for "
						   "example size=64M)",
						   part);
		} else if (!strncmp(part, "mode=", 5) && mount->mode < 0) {
			if (parse_mode(part + 5, &mount->mode) < 0)
				return cordon_fail(err, 0,
						   "'%s' is not an octal mode",
						   part);
		} else if (!strcmp(part, "ro") && !mount->flags) {
			mount->flags = CORDON_FLAG_READ_ONLY;
		} else {
			return cordon_fail(err, 0,
					   "'%s' is not DST[:size=SIZE]"
					   "[:mode=MODE][:ro]",
					   text);
		}
	}
	if (mount->size < 0)
		mount->size = TMPFS_SIZE;
	if (mount->mode < 0)
		mount->mode = TMPFS_MODE;
	return 0;
}

/* LOWER:DST */
static int parse_overlay(const char *text, struct mount *mount,
			 struct cordon_error *err)
{
	const char *at = text;

	if (scan_path(&at, mount->source, err) < 0)
		return -1;
	if (!at)
		return cordon_fail(err, 0, "'%s' is not LOWER:DST", text);
	if (scan_path(&at, mount->target, err) < 0)
		return -1;
	if (at)
		return cordon_fail(err, 0,
				   "'%s' is not LOWER:DST (a colon in a path "
				   "is '\\:')",
				   text);
	return 0;
}

/* TEXT:DST; the text is what readlink(2) will say, so it may be relative */
static int parse_symlink(const char *text, struct mount *mount,
			 struct cordon_error *err)
{
	const char *at = text;

	if (scan_part(&at, mount->source, err) < 0)
		return -1;
	if (!at || !*mount->source)
		return cordon_fail(err, 0, "'%s' is not TEXT:DST", text);
	if (scan_path(&at, mount->target, err) < 0)
		return -1;
	if (at)
		return cordon_fail(err, 0,
				   "'%s' is not TEXT:DST (a colon in a path "
				   "is '\\:')",
				   text);
	return 0;
}

#define CHECK(name)                                                            \
	static int check_##name(const char *text, struct cordon_error *err)    \
	{                                                                      \
		struct mount mount = { .size = 0 };                            \
                                                                               \
		return parse_##name(text, &mount, err);                        \
	}
CHECK(bind)
CHECK(device)
CHECK(tmpfs)
CHECK(overlay)
CHECK(symlink)

static int check_path(const char *text, struct cordon_error *err)
{
	char path[PATH_MAX];
	int64_t flags;

	return parse_path(text, path, &flags, err);
}

static int check_noexec(const char *text, struct cordon_error *err)
{
	return strcmp(text, "writable") ? check_path(text, err) : 0;
}

static int check_root(const char *text, struct cordon_error *err)
{
	if (!strcmp(text, "host") || !strcmp(text, "empty"))
		return 0;
	if (*text != '/')
		return cordon_fail(err, 0,
				   "'%s' is not host, empty or an absolute "
				   "path",
				   text);
	return check_path(text, err);
}

enum row {
	ROW_ROOT,
	ROW_RO,
	ROW_RW,
	ROW_OWN,
	ROW_DEVICE,
	ROW_TMPFS,
	ROW_OVERLAY,
	ROW_SYMLINK,
	ROW_NOEXEC,
	ROW_READ_ONLY,
	ROW_PROC,
	ROW_DEV,
	ROW_HIDE,
	ROW_PROPAGATION,
};

static const struct cordon_option options[] = {
	[ROW_ROOT] = { "root", "host, empty, or a folder", CORDON_TEXT,
		       CORDON_EQUAL, CORDON_AT(struct mounts, root),
		       .value = "host", .check = check_root },
	[ROW_RO] = { "ro", "SRC[:DST]: shown, but not to be changed",
		     CORDON_PATHS, CORDON_EQUAL,
		     CORDON_AT(struct mounts, mounts), .check = check_bind },
	[ROW_RW] = { "rw", "SRC[:DST]: shown, and may be changed", CORDON_PATHS,
		     CORDON_EQUAL, CORDON_AT(struct mounts, mounts),
		     .check = check_bind },
	[ROW_OWN] = { "own",
		      "SRC[:DST]: like rw, shown as the job's own by an "
		      "id-mapped mount",
		      CORDON_PATHS, CORDON_EQUAL,
		      CORDON_AT(struct mounts, mounts), .check = check_bind },
	[ROW_DEVICE] = { "device",
			 "paths and globs of devices that may be used",
			 CORDON_PATHS, CORDON_EQUAL,
			 CORDON_AT(struct mounts, mounts),
			 .check = check_device },
	[ROW_TMPFS] = { "tmpfs",
			"DST[:size=SIZE][:mode=MODE][:ro], without them 64M, "
			"1777; ro: only what is mounted in it",
			CORDON_PATHS, CORDON_MIN,
			CORDON_AT(struct mounts, mounts),
			.check = check_tmpfs },
	[ROW_OVERLAY] = { "overlay",
			  "LOWER:DST: changes are kept in memory and gone at "
			  "the end",
			  CORDON_PATHS, CORDON_EQUAL,
			  CORDON_AT(struct mounts, mounts),
			  .check = check_overlay },
	[ROW_SYMLINK] = { "symlink", "TEXT:DST: a symbolic link DST",
			  CORDON_LINES, CORDON_EQUAL,
			  CORDON_AT(struct mounts, mounts), .form = ":",
			  .check = check_symlink },
	[ROW_NOEXEC] = { "noexec",
			 "paths, or `writable`: every rw, own, tmpfs and "
			 "private folder",
			 CORDON_LINES, CORDON_OR,
			 CORDON_AT(struct mounts, noexec),
			 .check = check_noexec },
	[ROW_READ_ONLY] = { "read-only",
			    "paths, /proc and /dev too: nothing there can be "
			    "changed",
			    CORDON_PATHS, CORDON_OR,
			    CORDON_AT(struct mounts, read_only),
			    .check = check_path },
	[ROW_PROC] = { "proc",
		       "new, hidepid (only the job's processes), host, none; "
		       "default: new with pid, else host",
		       CORDON_WORD, CORDON_STRICTER,
		       CORDON_AT(struct mounts, proc),
		       .form = "host|new|hidepid|none" },
	[ROW_DEV] = { "dev",
		      "minimal (null zero full random urandom tty pts shm), "
		      "host, none; default: minimal with root = empty, else "
		      "host",
		      CORDON_WORD, CORDON_STRICTER,
		      CORDON_AT(struct mounts, dev),
		      .form = "host|minimal|none" },
	[ROW_HIDE] = { "hide", "paths that are masked after all mounts",
		       CORDON_PATHS, CORDON_OR, CORDON_AT(struct mounts, hide),
		       .check = check_path },
	[ROW_PROPAGATION] = { "propagation",
			      "slave: what the host mounts later is seen",
			      CORDON_WORD, CORDON_STRICTER,
			      CORDON_AT(struct mounts, propagation),
			      .form = "slave|private", .value = "private" },
};

static const struct {
	int64_t kind;
	int (*parse)(const char *text, struct mount *mount,
		     struct cordon_error *err);
} rows[] = {
	[ROW_RO] = { CORDON_MOUNT_RO, parse_bind },
	[ROW_RW] = { CORDON_MOUNT_RW, parse_bind },
	[ROW_OWN] = { CORDON_MOUNT_OWN, parse_bind },
	[ROW_DEVICE] = { CORDON_MOUNT_DEVICE, parse_device },
	[ROW_TMPFS] = { CORDON_MOUNT_TMPFS, parse_tmpfs },
	[ROW_OVERLAY] = { CORDON_MOUNT_OVERLAY, parse_overlay },
	[ROW_SYMLINK] = { CORDON_MOUNT_SYMLINK, parse_symlink },
};

static int add_root(struct cordon_plan *plan, const struct cordon_text *root,
		    struct cordon_error *err)
{
	char path[PATH_MAX];
	int64_t flags;
	struct cordon_step step = { .type = CORDON_STEP_ROOT,
				    .where = root->where,
				    .number = { CORDON_ROOT_HOST } };

	if (!strcmp(root->text, "empty")) {
		step.number[0] = CORDON_ROOT_EMPTY;
	} else if (strcmp(root->text, "host")) {
		if (parse_path(root->text, path, &flags, err) < 0)
			return -1;
		step.number[0] = CORDON_ROOT_DIR;
		step.text[0] = path;
	}
	plan->add(plan, &step);
	return 0;
}

static int add_mount(struct cordon_plan *plan, const struct cordon_item *item,
		     struct cordon_error *err)
{
	struct mount mount = { .size = 0 };

	if (rows[item->row].parse(item->text, &mount, err) < 0)
		return -1;
	plan->add(plan,
		  &(struct cordon_step){
			  .type = CORDON_STEP_MOUNT,
			  .where = item->where,
			  .number = { rows[item->row].kind, mount.size,
				      mount.mode, mount.flags },
			  .text = { mount.target,
				    *mount.source ? mount.source : NULL } });
	return 0;
}

static int add_paths(struct cordon_plan *plan, uint32_t type,
		     const struct cordon_list *list, struct cordon_error *err)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < list->count; i++) {
		struct cordon_step step = { .type = type,
					    .where = list->item[i].where };

		if (type != CORDON_STEP_NOEXEC ||
		    strcmp(list->item[i].text, "writable")) {
			if (parse_path(list->item[i].text, path,
				       &step.number[3], err) < 0)
				return -1;
			step.text[0] = path;
		}
		plan->add(plan, &step);
	}
	return 0;
}

static void add_word(struct cordon_plan *plan, uint32_t type,
		     const struct cordon_number *word)
{
	if (word->given)
		cordon_add_number(plan, word->where, type, word->value, 0, 0);
}

static int mounts_plan(const void *self, struct cordon_plan *plan,
		       struct cordon_error *err)
{
	const struct mounts *mounts = self;

	if (mounts->root.given && add_root(plan, &mounts->root, err) < 0)
		return -1;
	for (size_t i = 0; i < mounts->mounts.count; i++)
		if (add_mount(plan, &mounts->mounts.item[i], err) < 0)
			return -1;
	if (add_paths(plan, CORDON_STEP_NOEXEC, &mounts->noexec, err) < 0 ||
	    add_paths(plan, CORDON_STEP_READ_ONLY, &mounts->read_only, err) <
		    0 ||
	    add_paths(plan, CORDON_STEP_HIDE, &mounts->hide, err) < 0)
		return -1;
	add_word(plan, CORDON_STEP_PROC, &mounts->proc);
	add_word(plan, CORDON_STEP_DEV, &mounts->dev);
	add_word(plan, CORDON_STEP_PROPAGATION, &mounts->propagation);
	return 0;
}

CORDON_MODULE(mounts) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "the files that the job sees",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct mounts),
	.plan = mounts_plan,
};
