/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/object.h"
#include "core/pin.h"
#include "core/rows.h"
#include "core/sealed.h"
#include "core/stack.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/value.h"

#define WRITABLE (S_IWGRP | S_IWOTH)
#define SHOWN 200
#define CHUNK 65536

/* ---- who can reach a path ---- */

struct look {
	const struct plan *plan;
	struct pin *pin;
};

static bool runs(const struct pin *pin)
{
	return pin->is.number[3] & CORDON_PIN_RUNS;
}

static bool is_trusted(const struct look *look, uint32_t uid)
{
	const struct cordon_step *is = &look->pin->is;
	const uint32_t *trusted = is->data;

	if (uid == 0)
		return true;
	/* What a caller may change is no rule for that caller; but what is only
	 * opened, it could name otherwise as well. */
	if (uid == look->plan->job->uid ||
	    uid == look->plan->settled.host_uid)
		return !runs(look->pin);
	/* Whose content is written down is not believed to keep it. */
	if (is->n_words > 0)
		return false;
	for (size_t i = 0; i < is->size / sizeof(*trusted); i++)
		if (trusted[i] == uid)
			return true;
	return false;
}

static const char *shown(const struct look *look, const char *path,
			 const char *name)
{
	struct arena *arena = look->plan->arena;
	const char *whole =
		*name ? arena_printf(arena, "%s/%s", path, name)
		      : *path ? path : "/";
	char *text = arena_alloc(arena, SHOWN);

	return value_show(text, SHOWN, whole, strlen(whole));
}

static const char *say_owner(const struct look *look, const char *path,
			     uint32_t uid)
{
	const struct plan *plan = look->plan;
	const char *who = uid == plan->job->uid		? ", the caller"
			  : uid == plan->settled.host_uid ? ", the job's user"
							  : "";

	return arena_printf(plan->arena, "'%s' belongs to uid %u%s", path,
			    (unsigned)uid, who);
}

/*
 * An ACL needs no look of its own: the group bits are its mask then, the most
 * that anyone whom it names has (core/trust.c).
 */
static const char *say_mode(const struct look *look, const char *path,
			    mode_t mode)
{
	return arena_printf(look->plan->arena, "'%s' is writable by %s", path,
			    mode & S_IWOTH
				    ? "others (chmod o-w)"
				    : "its group or by an ACL (chmod g-w)");
}

static const char *judge_object(const struct look *look, const char *path,
				const struct stat *st)
{
	if (!is_trusted(look, st->st_uid))
		return say_owner(look, path, st->st_uid);
	return st->st_mode & WRITABLE ? say_mode(look, path, st->st_mode)
				      : NULL;
}

/*
 * Who may change a folder may put another object in the place of what is in
 * it.  For what is only opened a sticky folder will do, as there nobody moves
 * what is another's.
 */
static const char *judge_place(const struct look *look, const char *folder,
			       const struct stat *dir, const struct stat *st)
{
	bool is_sticky = dir->st_mode & S_ISVTX && st && !runs(look->pin);

	if (!is_trusted(look, dir->st_uid) ||
	    (dir->st_mode & WRITABLE && !is_sticky))
		return judge_object(look, shown(look, folder, ""), dir);
	if (dir->st_mode & WRITABLE && !is_trusted(look, st->st_uid))
		return arena_printf(
			look->plan->arena, "what it leads to in '%s' belongs "
					   "to uid %u, who may move it",
			shown(look, folder, ""), (unsigned)st->st_uid);
	return NULL;
}

static void remember(const struct look *look, const struct stat *st)
{
	struct pin *pin = look->pin;
	struct seen *more;

	for (size_t i = 0; i < pin->n_seen; i++)
		if (pin->seen[i].device == st->st_dev &&
		    pin->seen[i].inode == st->st_ino)
			return;
	if (pin->n_seen == pin->room) {
		pin->room = pin->room ? 2 * pin->room : 16;
		more = arena_alloc(look->plan->arena,
				   pin->room * sizeof(*more));
		if (pin->n_seen > 0)
			memcpy(more, pin->seen, pin->n_seen * sizeof(*more));
		pin->seen = more;
	}
	pin->seen[pin->n_seen++] = (struct seen){ st->st_dev, st->st_ino };
}

static long look_at(struct object_walk *walk, const struct stat *st)
{
	const struct look *look = walk->context;

	remember(look, &walk->parent);
	remember(look, st);
	if (!look->pin->fault)
		look->pin->fault =
			judge_place(look, walk->path, &walk->parent, st);
	return 0;
}

static bool is_absolute(const char *path)
{
	return path[0] == '/';
}

static const char *outside_path(const struct plan *plan, const char *path)
{
	return is_absolute(path) || !plan->job->cwd
		       ? path
		       : arena_printf(plan->arena, "%s/%s", plan->job->cwd,
				      path);
}

/* Who wrote the refusal is the section that asked for the pin. */
static int refuse(struct plan *plan, const struct pin *pin,
		  struct cordon_error *err)
{
	const char *text = arena_strdup(plan->arena, err->text);

	plan->failed_section = pin->section;
	snprintf(err->text, sizeof(err->text), "%s[%s] %s",
		 pin->where ? arena_printf(plan->arena, "%s: ",
					   stack_where(plan->arena, plan->stack,
						       pin->where))
			    : "",
		 pin->section, text);
	return -1;
}

static int is_other(struct plan *plan, const struct pin *pin,
		    struct cordon_error *err)
{
	const struct look look = { plan, NULL };

	cordon_deny(err, "'%s' was replaced while it was judged",
		    shown(&look, pin->is.text[0], ""));
	return refuse(plan, pin, err);
}

static bool is_same(const struct pin *pin, const struct stat *st)
{
	return st->st_dev == (uint64_t)pin->is.number[1] &&
	       st->st_ino == (uint64_t)pin->is.number[2];
}

/* Walks the path and fills in fault and seen. */
static int judge_path(struct plan *plan, struct pin *pin, const char *path,
		      struct cordon_error *err)
{
	struct look look = { plan, pin };
	struct object_walk walk = { .visit = look_at, .context = &look };
	bool is_absent = pin->is.number[3] & CORDON_PIN_ABSENT;
	long fd;

	pin->fault = NULL;
	fd = object_walk(&walk, outside_path(plan, path));
	if (fd >= 0)
		sys(SYS_close, fd);
	if ((is_absent ? fd != -ENOENT : fd < 0) || !is_same(pin, &walk.st))
		return is_other(plan, pin, err);
	if (is_absent)
		remember(&look, &walk.st);
	if (!pin->fault && is_absent)
		pin->fault = judge_place(&look, walk.path, &walk.st, NULL);
	else if (!pin->fault && runs(pin))
		pin->fault =
			judge_object(&look, shown(&look, walk.path, ""),
				     &walk.st);
	return 0;
}

static int refuse_fault(struct plan *plan, const struct pin *pin,
			struct cordon_error *err)
{
	const struct look look = { plan, NULL };
	const bool may_copy = runs(pin) && pin->is.number[0] >= 0 &&
			      !(pin->is.number[3] &
				(CORDON_PIN_COPY | CORDON_PIN_CARRIER));

	cordon_deny(err, "'%s' could be changed after it was judged: %s%s",
		    shown(&look, pin->is.text[0], ""), pin->fault,
		    may_copy ? " (or say 'unsafe-path = copy')" : "");
	return refuse(plan, pin, err);
}

static int judge_pin(struct plan *plan, struct pin *pin,
		     struct cordon_error *err)
{
	const int64_t flags = pin->is.number[3];
	const char *path = pin->is.text[0], *fault;

	if (flags & CORDON_PIN_OBJECT)
		return 0;
	pin->how = PIN_BY_PATH;
	if (judge_path(plan, pin, path, err) < 0)
		return -1;
	if (!pin->fault)
		return 0;
	if (!(flags & CORDON_PIN_COPY) || pin->is.number[0] < 0)
		return refuse_fault(plan, pin, err);
	/* The first fault is what people want to hear of. */
	fault = pin->fault;
	pin->how = PIN_CANONICAL;
	if (judge_path(plan, pin, pin->is.text[1], err) < 0)
		return -1;
	if (!pin->fault)
		return 0;
	pin->fault = fault;
	if (flags & CORDON_PIN_CARRIER)
		return refuse_fault(plan, pin, err);
	pin->how = PIN_COPY;
	return 0;
}

/* ---- what that makes of the command ---- */

#define COPY_PATH "/proc/self/fd/"

/* Of two sections that pin one word, one that needs a copy decides for both. */
static void agree(struct settled *settled, struct pin *pin)
{
	for (size_t i = 0; i < settled->n_pins; i++) {
		const struct pin *other = &settled->pins[i];

		if (runs(pin) && runs(other) && other->how == PIN_COPY &&
		    pin->is.number[0] >= 0 &&
		    other->is.number[0] == pin->is.number[0])
			pin->how = PIN_COPY;
	}
}

static void put_word(struct plan *plan, struct pin *pin)
{
	struct settled *settled = &plan->settled;
	size_t at = (size_t)pin->is.number[0];
	const char **candidate;

	if (pin->how == PIN_COPY) {
		pin->word = arena_alloc(plan->arena, sizeof(COPY_PATH) + 16);
		memcpy(pin->word, COPY_PATH "N", sizeof(COPY_PATH "N"));
	} else {
		pin->word = arena_strdup(plan->arena, pin->is.text[1]);
	}
	if (at > 0 || pin->how == PIN_CANONICAL)
		settled->argv[at] = pin->word;
	if (at == 0 && pin->how == PIN_CANONICAL) {
		candidate = arena_alloc(plan->arena, sizeof(*candidate));
		candidate[0] = pin->word;
		settled->candidates = candidate;
		settled->n_candidates = 1;
		settled->program_is_path = true;
	}
}

/* "#!INTERPRETER [ARGUMENT]" as the kernel reads it; "" is for the shell. */
static size_t scan_line(struct arena *arena, const char *line, char **word)
{
	size_t blank, size, n = 0;

	if (*line == '\0') {
		word[n++] = arena_strdup(arena, "/bin/sh");
		return n;
	}
	line += 2 + strspn(line + 2, " \t");
	size = strcspn(line, " \t");
	word[n++] = arena_copy(arena, line, size);
	line += size;
	blank = strspn(line, " \t");
	for (size = strlen(line); size > blank; size--)
		if (line[size - 1] != ' ' && line[size - 1] != '\t')
			break;
	if (size > blank)
		word[n++] = arena_copy(arena, line + blank, size - blank);
	return n;
}

/*
 * A script that is run from a copy: what the kernel makes of its first line,
 * made here, as the kernel would open the interpreter by itself.
 */
static void run_copied_script(struct plan *plan, struct pin *pin)
{
	struct settled *settled = &plan->settled;
	const char **candidate = arena_alloc(plan->arena, sizeof(*candidate));
	size_t argc = 0, n;
	char **argv;

	while (settled->argv[argc])
		argc++;
	argv = arena_alloc(plan->arena, (argc + 4) * sizeof(*argv));
	n = scan_line(plan->arena, pin->is.text[2], argv);
	candidate[0] = argv[0];
	if (*pin->is.text[2] == '\0')
		argv[0] = arena_strdup(plan->arena, "sh");
	argv[n++] = pin->word;
	memcpy(argv + n, settled->argv + 1, argc * sizeof(*argv));
	settled->argv = argv;
	settled->candidates = candidate;
	settled->n_candidates = 1;
	settled->program_is_path = true;
}

static void change_command(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	const struct pin *program = NULL;
	size_t argc = 0;
	char **argv;

	while (plan->job->argv[argc])
		argc++;
	argv = arena_alloc(plan->arena, (argc + 1) * sizeof(*argv));
	memcpy(argv, plan->job->argv, argc * sizeof(*argv));
	settled->argv = argv;
	for (size_t i = 0; i < settled->n_pins; i++) {
		struct pin *pin = &settled->pins[i];

		agree(settled, pin);
		if (pin->how < PIN_CANONICAL)
			continue;
		put_word(plan, pin);
		if (pin->is.number[0] == 0 && pin->how == PIN_COPY && !program)
			program = pin;
	}
	settled->program_is_copy = program != NULL;
	if (!program)
		return;
	if (program->is.text[2])
		run_copied_script(plan, &settled->pins[program - settled->pins]);
	else
		settled->copied_program = program;
}

/* ---- all of them ---- */

/* Where any decide section judged the program, that one must run. */
static int pin_program(struct plan *plan, struct cordon_error *err)
{
	const struct cordon_job *job = plan->job;
	struct cordon_step is = { .type = CORDON_STEP_PIN };
	struct stat st;

	if (!plan->is_judged || job->program_fd < 0)
		return 0;
	if (fstat(job->program_fd, &st) < 0)
		return cordon_fail(err, errno, "cannot look at the program '%s'",
				   job->program_path);
	is.number[1] = (int64_t)st.st_dev;
	is.number[2] = (int64_t)st.st_ino;
	is.number[3] = CORDON_PIN_OBJECT;
	is.text[0] = is.text[1] = job->program_path;
	plan_add(plan, "always", 0, 0, false, &is);
	return 0;
}

static void take_pins(struct plan *plan)
{
	struct settled *settled = &plan->settled;

	settled->pins = arena_alloc(plan->arena,
				    (plan->n_steps + 1) * sizeof(struct pin));
	for (const struct step *step = plan_find(plan, CORDON_STEP_PIN); step;
	     step = plan_next(plan, step))
		settled->pins[settled->n_pins++] =
			(struct pin){ .is = step->is,
				      .section = step->section,
				      .where = step->where,
				      .fd = -1 };
}

/* For explain: how the step came out. */
static void mark_steps(struct plan *plan)
{
	const struct settled *settled = &plan->settled;
	size_t at = 0;

	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].is.type == CORDON_STEP_PIN)
			plan->steps[i].is.number[3] |=
				(int64_t)settled->pins[at++].how << 16;
}

static size_t count_words(const struct plan *plan)
{
	size_t n = 0;

	while (plan->job->argv[n])
		n++;
	return n;
}

int pin_settle(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const int64_t argc = (int64_t)count_words(plan);

	if (pin_program(plan, err) < 0)
		return -1;
	take_pins(plan);
	for (size_t i = 0; i < settled->n_pins; i++) {
		struct pin *pin = &settled->pins[i];

		if (pin->is.number[0] >= argc) {
			cordon_fail(err, 0, "pins a word that the command has "
					    "not");
			return refuse(plan, pin, err);
		}
		if (judge_pin(plan, pin, err) < 0)
			return -1;
	}
	change_command(plan);
	mark_steps(plan);
	return 0;
}

/* ---- outside, for a run: copies and hashes ---- */

static int fail(struct plan *plan, const struct pin *pin, const char *what,
		struct cordon_error *err)
{
	const struct look look = { plan, NULL };

	cordon_fail(err, errno, "cannot %s '%s'", what,
		    shown(&look, pin->is.text[1], ""));
	return refuse(plan, pin, err);
}

/* For reading: the object that was judged, and no other. */
static int open_judged(struct plan *plan, const struct pin *pin,
		       struct cordon_error *err)
{
	struct object_walk walk = { .visit = NULL };
	long at = object_walk(&walk, pin->is.text[1]);
	int fd = -1;

	if (at < 0 || !is_same(pin, &walk.st)) {
		if (at >= 0)
			sys(SYS_close, at);
		return is_other(plan, pin, err);
	}
	fd = object_open((int)at);
	if (fd < 0)
		fail(plan, pin, "read", err);
	sys(SYS_close, at);
	return fd;
}

/* A copy begins with what was judged: else its interpreter is another one. */
static bool begins_well(const struct pin *pin, const char *bytes, size_t size)
{
	const char *line = pin->is.text[2];
	size_t length = line ? strlen(line) : 0;

	if (!line)
		return size >= 4 && !memcmp(bytes, "\177ELF", 4);
	if (length == 0)
		return size < 2 || memcmp(bytes, "#!", 2) != 0;
	return size >= length && !memcmp(bytes, line, length) &&
	       (size == length || bytes[length] == '\n');
}

/* `to` -1: hashes only. */
static int read_through(struct plan *plan, const struct pin *pin, int from,
			int to, SHA256_CTX *sum, struct cordon_error *err)
{
	char *bytes = arena_alloc(plan->arena, CHUNK);
	size_t at = 0;
	ssize_t n;

	while ((n = read(from, bytes, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(plan, pin, "read", err);
		if (to >= 0 && at == 0 && pin->is.number[0] == 0 &&
		    !begins_well(pin, bytes, (size_t)n))
			return is_other(plan, pin, err);
		SHA256Update(sum, (const uint8_t *)bytes, (size_t)n);
		if (to >= 0 && sealed_write(to, at, bytes, (size_t)n) < 0)
			return fail(plan, pin, "copy", err);
		at += (size_t)n;
	}
	return 0;
}

static int judge_sum(struct plan *plan, const struct pin *pin, SHA256_CTX *sum,
		     struct cordon_error *err)
{
	const struct look look = { plan, NULL };
	char hex[SHA256_DIGEST_STRING_LENGTH];

	SHA256End(sum, hex);
	for (size_t i = 0; i < pin->is.n_words; i++)
		if (!strcmp(pin->is.word[i], hex))
			return 0;
	if (pin->is.n_words == 0)
		return 0;
	cordon_deny(err, "'%s' is not what its sha256 says (it has %s)",
		    shown(&look, pin->is.text[1], ""), hex);
	return refuse(plan, pin, err);
}

/* One copy for all that pin the same word. */
static const struct pin *find_copy(const struct settled *settled,
				   const struct pin *pin)
{
	for (const struct pin *other = settled->pins; other < pin; other++)
		if (pin->how == PIN_COPY && other->fd >= 0 &&
		    other->is.number[0] == pin->is.number[0])
			return other;
	return NULL;
}

static int copy(struct plan *plan, struct pin *pin, int from, SHA256_CTX *sum,
		struct cordon_error *err)
{
	const bool is_program =
		pin->is.number[0] == 0 && pin->is.text[2] == NULL;

	pin->fd = sealed_new("cordon-copy", is_program);
	if (pin->fd < 0)
		return fail(plan, pin, "make a copy of", err);
	if (read_through(plan, pin, from, pin->fd, sum, err) < 0)
		return -1;
	if (sealed_finish(pin->fd, is_program ? 0555 : 0444) < 0)
		return fail(plan, pin, "seal the copy of", err);
	return 0;
}

static int make_one(struct plan *plan, struct pin *pin,
		    struct cordon_error *err)
{
	const struct pin *other = find_copy(&plan->settled, pin);
	int from, rc;
	SHA256_CTX sum;

	SHA256Init(&sum);
	if (other) {
		pin->fd = other->fd;
		snprintf(pin->word, sizeof(COPY_PATH) + 16, "%s", other->word);
		if (lseek(pin->fd, 0, SEEK_SET) < 0 ||
		    read_through(plan, pin, pin->fd, -1, &sum, err) < 0 ||
		    lseek(pin->fd, 0, SEEK_SET) < 0)
			return -1;
		return judge_sum(plan, pin, &sum, err);
	}
	from = open_judged(plan, pin, err);
	if (from < 0)
		return -1;
	rc = pin->how == PIN_COPY
		     ? copy(plan, pin, from, &sum, err)
		     : read_through(plan, pin, from, -1, &sum, err);
	close(from);
	if (rc < 0)
		return -1;
	if (pin->how == PIN_COPY)
		snprintf(pin->word, sizeof(COPY_PATH) + 16, COPY_PATH "%d",
			 pin->fd);
	return judge_sum(plan, pin, &sum, err);
}

int pin_make(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;

	for (size_t i = 0; i < settled->n_pins; i++) {
		struct pin *pin = &settled->pins[i];

		if (pin->how != PIN_COPY && pin->is.n_words == 0)
			continue;
		if (make_one(plan, pin, err) < 0)
			return -1;
	}
	return 0;
}

/* ---- inside: raw system calls alone ---- */

/* What the stack mounts for this job alone: nobody else is in it. */
static bool is_own_mount(const struct act *act, uint64_t device)
{
	const struct plan *plan = act->plan;
	struct stat st;

	if (plan->settled.root == CORDON_ROOT_EMPTY &&
	    sys(SYS_newfstatat, AT_FDCWD, "/", &st, 0) == 0 &&
	    st.st_dev == device)
		return true;
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct cordon_step *is = &plan->steps[i].is;

		if (is->type != CORDON_STEP_MOUNT || act->skipped[i] ||
		    (is->number[0] != CORDON_MOUNT_TMPFS &&
		     is->number[0] != CORDON_MOUNT_PRIVATE))
			continue;
		if (sys(SYS_newfstatat, AT_FDCWD, is->text[0], &st, 0) == 0 &&
		    st.st_dev == device)
			return true;
	}
	return false;
}

struct inside {
	const struct act *act;
	const struct pin *pin;
};

static bool was_seen(const struct inside *inside, const struct stat *st)
{
	const struct pin *pin = inside->pin;

	for (size_t i = 0; i < pin->n_seen; i++)
		if (pin->seen[i].device == st->st_dev &&
		    pin->seen[i].inode == st->st_ino)
			return true;
	return is_own_mount(inside->act, st->st_dev);
}

static long compare(struct object_walk *walk, const struct stat *st)
{
	const struct inside *inside = walk->context;

	return was_seen(inside, &walk->parent) && was_seen(inside, st)
		       ? 0
		       : -ESTALE;
}

static long walk_inside(struct act *act, const struct pin *pin,
			const char *path)
{
	struct inside inside = { act, pin };
	struct object_walk walk = { .visit = pin->how == PIN_SAME ? NULL
								  : compare,
				    .context = &inside };
	long fd = object_walk(&walk, path);

	if (fd >= 0)
		sys(SYS_close, fd);
	if (pin->is.number[3] & CORDON_PIN_ABSENT) {
		if (fd == -ENOENT)
			fd = is_same(pin, &walk.st) ? 0 : -ESTALE;
		else if (fd >= 0)
			fd = -EEXIST;
	} else if (fd >= 0 && !is_same(pin, &walk.st)) {
		fd = -ESTALE;
	}
	return fd < 0 ? fd : 0;
}

/* Its own rights still say whether the job may have it, if it can see it. */
static long hand_over(struct act *act, const struct pin *pin)
{
	const bool is_program = pin->is.number[0] == 0;
	long rc;

	act->what = pin->is.text[0];
	rc = sys(SYS_faccessat, AT_FDCWD, pin->is.text[0],
		 is_program ? 1 /* X_OK */ : 4 /* R_OK */);
	if (rc == -EACCES || act->plan->settled.copied_program == pin)
		return rc == -EACCES ? rc : 0;
	act->what = "fcntl(F_SETFD)";
	rc = sys(SYS_fcntl, pin->fd, F_SETFD, 0);
	if (rc < 0)
		return rc;
	act->what = "a copy is opened below /proc, which the job's root lacks";
	return sys(SYS_faccessat, AT_FDCWD, pin->word, 4 /* R_OK */);
}

static const struct pin *find_pin(const struct act *act,
				  const struct step *step)
{
	const struct settled *settled = &act->plan->settled;

	for (size_t i = 0; i < settled->n_pins; i++)
		if (settled->pins[i].is.text[0] == step->is.text[0])
			return &settled->pins[i];
	return NULL;
}

int act_pin(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	const struct pin *pin = find_pin(act, step);
	const char *path;

	act->what = "a pin that was not settled";
	if (!pin)
		return -EPROTO;
	if (pin->how == PIN_COPY)
		return (int)hand_over(act, pin);
	path = pin->how == PIN_CANONICAL ? pin->is.text[1] : pin->is.text[0];
	if (pin->is.number[0] == 0 && !(pin->is.number[3] & CORDON_PIN_ABSENT)) {
		if (settled->program_is_copy)
			return 0;
		if (runs(pin) || pin->how == PIN_SAME)
			path = settled->candidates[act->candidate];
	}
	act->what = "not the one that was judged, when it is opened in the "
		    "job's root";
	return (int)walk_inside(act, pin, path);
}
