/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/landlock.h"
#include "core/mount.h"
#include "core/settle.h"
#include "core/stack.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/value.h"
#include "core/walk.h"

enum {
	ASK_ABI = 1, /* LANDLOCK_CREATE_RULESET_VERSION */
	RULE_PATH = 1,
	RULE_PORT = 2,
	LAYERS = 16,
};

/* As the kernel has them; an older one takes the first words. */
struct attributes {
	uint64_t files, ports, scopes;
};
struct path_rule {
	uint64_t rights;
	int32_t fd;
} __attribute__((packed));
struct port_rule {
	uint64_t rights, port;
};

/* ---- words ---- */

static const struct {
	int64_t right;
	const char *word;
} words[] = {
	{ CORDON_LL_EXECUTE, "execute" },
	{ CORDON_LL_WRITE_FILE, "write-file" },
	{ CORDON_LL_READ_FILE, "read-file" },
	{ CORDON_LL_READ_DIR, "read-dir" },
	{ CORDON_LL_REMOVE_DIR, "remove-dir" },
	{ CORDON_LL_REMOVE_FILE, "remove-file" },
	{ CORDON_LL_MAKE_CHAR, "make-char" },
	{ CORDON_LL_MAKE_DIR, "make-dir" },
	{ CORDON_LL_MAKE_REG, "make-reg" },
	{ CORDON_LL_MAKE_SOCK, "make-sock" },
	{ CORDON_LL_MAKE_FIFO, "make-fifo" },
	{ CORDON_LL_MAKE_BLOCK, "make-block" },
	{ CORDON_LL_MAKE_SYM, "make-sym" },
	{ CORDON_LL_REFER, "refer" },
	{ CORDON_LL_TRUNCATE, "truncate" },
	{ CORDON_LL_IOCTL, "ioctl-dev" },
};

#define READ (CORDON_LL_READ_FILE | CORDON_LL_READ_DIR)
#define YOUNGER (CORDON_LL_REFER | CORDON_LL_TRUNCATE | CORDON_LL_IOCTL)
/* What [landlock] calls `write`, on a kernel that knows no younger ones. */
#define WRITE                                                                  \
	(READ | CORDON_LL_WRITE_FILE | CORDON_LL_REMOVE_DIR |                  \
	 CORDON_LL_REMOVE_FILE | CORDON_LL_MAKE_DIR | CORDON_LL_MAKE_REG |     \
	 CORDON_LL_MAKE_SOCK | CORDON_LL_MAKE_FIFO | CORDON_LL_MAKE_SYM)

static const char *list_words(struct arena *arena, int64_t rights)
{
	const char *line = NULL;

	for (size_t i = 0; i < CORDON_COUNT(words); i++)
		if (rights & words[i].right)
			line = arena_printf(arena, "%s%s%s", line ? line : "",
					    line ? " " : "", words[i].word);
	return line;
}

const char *landlock_missing(struct arena *arena, int64_t files)
{
	return list_words(arena, YOUNGER & ~files);
}

/* By the key of [landlock] that means it. */
static const char *rights_text(struct arena *arena, int64_t rights)
{
	const char *line;

	if (rights == READ)
		return "read";
	if (rights == (READ | CORDON_LL_EXECUTE))
		return "execute";
	if ((rights & ~(int64_t)YOUNGER) == WRITE)
		return "write";
	line = list_words(arena, rights);
	return line ? line : "nothing of";
}

const char *print_landlock_path(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;

	return arena_printf(
		arena, "%s %s%s", rights_text(arena, is->number[0]),
		value_escape(arena, is->text[0], strlen(is->text[0])),
		is->number[3] & CORDON_FLAG_MAY_BE_ABSENT ? " (may be absent)"
							  : "");
}

const char *print_landlock_port(struct arena *arena, const struct step *step)
{
	static const char *const kinds[] = { "nothing", "bind", "connect",
					     "bind+connect" };
	const int64_t *number = step->is.number;
	const char *line = arena_printf(arena, "tcp %s %" PRId64,
					kinds[number[0] & 3], number[1]);

	return number[2] == number[1]
		       ? line
		       : arena_printf(arena, "%s-%" PRId64, line, number[2]);
}

const char *print_landlock(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;
	const char *line = arena_printf(
		arena, "%s%s%s%s", is->number[0] ? " files" : "",
		is->number[1] ? " tcp" : "",
		is->number[2] & CORDON_LL_SIGNALS ? " scope-signals" : "",
		is->number[2] & CORDON_LL_ABSTRACT_SOCKETS
			? " scope-abstract-sockets"
			: "");

	line = arena_printf(arena, "only what is allowed of%s", line);
	if (is->text[0])
		line = arena_printf(arena,
				    "%s (this kernel is too old for: %s)", line,
				    is->text[0]);
	return line;
}

const char *print_forbid(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;

	return arena_printf(
		arena, "%s (also when it appears later%s%s%s)",
		value_escape(arena, is->text[0], strlen(is->text[0])),
		is->number[0] ? "; no hard links" : "",
		is->text[1] ? "; this kernel is too old for: " : "",
		is->text[1] ? is->text[1] : "");
}

int judge_landlock(const struct cordon_step *step, struct cordon_error *err)
{
	if ((step->number[0] & ~(int64_t)0xffff) ||
	    (step->number[1] & ~(int64_t)3) || (step->number[2] & ~(int64_t)3))
		return cordon_fail(err, 0, "no such Landlock rights");
	return 0;
}

int judge_landlock_port(const struct cordon_step *step,
			struct cordon_error *err)
{
	if ((step->number[0] & ~(int64_t)3) || step->number[1] < 0 ||
	    step->number[1] > step->number[2] || step->number[2] > 65535)
		return cordon_fail(err, 0, "no such range of ports");
	return 0;
}

/* ---- in the parent ---- */

/* As capabilities are where the ruleset is entered. */
static bool may_enter(const struct plan *plan)
{
	const struct settled *settled = &plan->settled;

	if (settled->no_new_privs)
		return true;
	if (settled->has_caps)
		return settled->caps >> CAP_SYS_ADMIN & 1;
	return settled->host_uid == 0;
}

/* What the steps of `forbid` ask of the kernel is found out here, as any module
 * may plan them. */
static int settle_forbid(struct plan *plan, struct step *first,
			 struct cordon_error *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_ABI);
	const char *missing;

	if (abi < 1) {
		plan->failed_section = first->section;
		return cordon_unsupported(
			err, abi < 0 ? errno : 0,
			"%s this kernel has no Landlock, which forbid needs",
			plan_blame(plan->arena, plan, first));
	}
	plan->settled.forbid_rights = cordon_landlock_files(abi);
	missing = landlock_missing(plan->arena, plan->settled.forbid_rights);
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].is.type == CORDON_STEP_FORBID)
			plan->steps[i].is.text[1] = missing;
	return 0;
}

static size_t count_layers(const struct plan *plan)
{
	const struct step *step = plan_find(plan, CORDON_STEP_LANDLOCK);
	size_t n = plan_find(plan, CORDON_STEP_FORBID) != NULL;

	for (; step; step = plan_next(plan, step))
		n++;
	return n;
}

int settle_landlock(struct plan *plan, struct cordon_error *err)
{
	struct step *asker = NULL, *forbid = NULL;

	for (size_t i = 0; i < plan->n_steps; i++) {
		struct step *step = &plan->steps[i];

		if (step->is.type == CORDON_STEP_FORBID && !forbid)
			forbid = step;
		if ((step->is.type == CORDON_STEP_FORBID ||
		     step->is.type == CORDON_STEP_LANDLOCK) &&
		    !asker)
			asker = step;
	}
	if (!asker)
		return 0;
	if (forbid && settle_forbid(plan, forbid, err) < 0)
		return -1;
	if (count_layers(plan) > LAYERS) {
		plan->failed_section = asker->section;
		return cordon_fail(err, 0,
				   "%s more than %d Landlock rulesets (put "
				   "sections together)",
				   plan_blame(plan->arena, plan, asker),
				   LAYERS);
	}
	if (!may_enter(plan)) {
		plan->failed_section = asker->section;
		return cordon_fail(err, 0,
				   "%s Landlock needs no-new-privs, or a job "
				   "with sys_admin (drop 'no-new-privs = no')",
				   plan_blame(plan->arena, plan, asker));
	}
	plan_add(plan, asker->section, asker->where, 0, asker->may_skip,
		 &(struct cordon_step){ .type = CORE_LANDLOCK });
	return 0;
}

void landlock_prepare(struct act *act)
{
	const struct plan *plan = act->plan;
	struct arena *arena = plan->arena;

	if (!plan_find(plan, CORE_LANDLOCK))
		return;
	act->rulesets =
		arena_alloc(arena, plan->n_steps * sizeof(*act->rulesets));
	for (size_t i = 0; i < plan->n_steps; i++)
		act->rulesets[i] = -1;
	act->lists_root = arena_alloc(arena, plan->n_steps);
	act->walk = arena_alloc(arena, sizeof(*act->walk));
	if (plan_find(plan, CORDON_STEP_FORBID))
		act->forbid = forbid_new(plan);
}

/* ---- inside ---- */

int64_t landlock_trim(int64_t rights, uint32_t mode)
{
	return S_ISDIR(mode) ? rights & ~(int64_t)CORDON_LL_IOCTL
			     : rights & LANDLOCK_OF_FILES;
}

long landlock_create(struct act *act, int64_t files, int64_t ports,
		     int64_t scopes)
{
	const struct attributes attributes = { (uint64_t)files, (uint64_t)ports,
					       (uint64_t)scopes };
	size_t size = scopes ? 24 : ports ? 16 : 8;
	long fd = sys(SYS_landlock_create_ruleset, &attributes, size, 0);

	act->what = "landlock_create_ruleset";
	if (fd == -ENOSYS || fd == -EOPNOTSUPP)
		act->report.unsupported = 1;
	return fd;
}

long landlock_allow(int ruleset, int fd, int64_t rights)
{
	const struct path_rule rule = { (uint64_t)rights, fd };

	return rights == 0 ? 0
			   : sys(SYS_landlock_add_rule, ruleset, RULE_PATH,
				 &rule, 0);
}

int act_landlock(struct act *act, const struct step *step)
{
	const int64_t *number = step->is.number;
	long fd = landlock_create(act, number[0], number[1], number[2]);

	if (fd < 0)
		return (int)fd;
	act->rulesets[step - act->plan->steps] = (int)fd;
	return 0;
}

/* Of the step's section: its index; -1: it has none. */
static long ruleset_of(const struct act *act, const struct step *step)
{
	const struct step *each = plan_find(act->plan, CORDON_STEP_LANDLOCK);

	for (; each; each = plan_next(act->plan, each))
		if (!strcmp(each->section, step->section))
			return each - act->plan->steps;
	return -1;
}

/*
 * A link that is the job's own user's may have been left by an earlier job, to
 * widen what this one gets.  In a user namespace the host's root is nobody.
 */
static bool is_trusted_link(const struct act *act, const struct mount_stat *st)
{
	const struct settled *settled = &act->plan->settled;

	if (st->uid == settled->uid)
		return settled->host_uid == 0;
	return st->uid == 0 ||
	       (settled->namespaces & CLONE_NEWUSER && st->uid == 65534);
}

static long open_trusted(struct act *act, const char *path)
{
	struct walk *walk = act->walk;
	int rc = walk_start(walk, path);
	int fd;

	while (rc >= 0) {
		rc = walk_step(walk);
		if (rc == WALK_LINK && !is_trusted_link(act, &walk->link))
			rc = -ELOOP;
		if (rc == WALK_END)
			break;
	}
	fd = walk->fd;
	walk->fd = -1;
	if (rc == 0)
		return fd;
	mount_close_fd(&fd);
	return rc;
}

/* With the job's rights; the last part, too, is no link. */
static long open_callers(struct act *act, const char *path)
{
	long fd = mount_open_for_job(act, path), rc;
	struct mount_stat st;

	if (fd < 0)
		return fd;
	rc = mount_stat((int)fd, "", &st);
	if (rc == 0 && S_ISLNK(st.mode))
		rc = -ELOOP;
	if (rc < 0)
		sys(SYS_close, fd);
	return rc < 0 ? rc : fd;
}

static long open_path(struct act *act, const struct step *step)
{
	const char *path = step->is.text[0];
	long fd = step->is.number[3] & CORDON_FLAG_PARAMETER
			  ? open_callers(act, path)
			  : open_trusted(act, path);

	if (fd == -ELOOP)
		return mount_say(act, fd, "", path,
				 " goes through a symbolic link that is not "
				 "root's (write the real path)");
	if (fd == -ENOENT)
		return mount_say(act, fd, "cannot open ", path,
				 " (-PATH: may be absent)");
	return fd < 0 ? mount_say(act, fd, "cannot open ", path, "") : fd;
}

static bool is_absent(const struct step *step, long rc)
{
	const int64_t flags = step->is.number[3];

	return flags & CORDON_FLAG_MAY_BE_ABSENT &&
	       (rc == -ENOENT ||
		(rc == -EACCES && flags & CORDON_FLAG_PARAMETER));
}

static int note_root(struct act *act, size_t index, const struct mount_stat *st)
{
	struct mount_stat root;
	int rc = mount_stat(AT_FDCWD, "/", &root);

	if (rc == 0 && root.ino == st->ino && root.dev_major == st->dev_major &&
	    root.dev_minor == st->dev_minor)
		act->lists_root[index] = true;
	return rc;
}

int act_landlock_path(struct act *act, const struct step *step)
{
	long index = ruleset_of(act, step), fd, rc;
	struct mount_stat st;

	if (index < 0)
		return -EPROTO;
	if (act->skipped[index])
		return 0;
	fd = open_path(act, step);
	if (is_absent(step, fd)) {
		act->report.what[0] = '\0'; /* that was no fault */
		return 0;
	}
	if (fd < 0)
		return (int)fd;
	rc = mount_stat((int)fd, "", &st);
	if (rc == 0)
		rc = landlock_allow(act->rulesets[index], (int)fd,
				    landlock_trim(step->is.number[0], st.mode));
	if (rc == 0)
		rc = note_root(act, (size_t)index, &st);
	sys(SYS_close, fd);
	return rc < 0 ? mount_say(act, rc, "landlock_add_rule ",
				  step->is.text[0], "")
		      : 0;
}

int act_landlock_port(struct act *act, const struct step *step)
{
	const int64_t *number = step->is.number;
	long index = ruleset_of(act, step), rc = 0;

	if (index < 0)
		return -EPROTO;
	if (act->skipped[index])
		return 0;
	act->what = "landlock_add_rule";
	for (int64_t port = number[1]; rc == 0 && port <= number[2]; port++) {
		const struct port_rule rule = { (uint64_t)number[0],
						(uint64_t)port };

		rc = sys(SYS_landlock_add_rule, act->rulesets[index], RULE_PORT,
			 &rule, 0);
	}
	return (int)rc;
}

/*
 * Nothing tells whether it is so; but listing "/" is refused after it, unless
 * a rule is about "/" itself, or another ruleset refuses it already.  A limit of
 * descriptors may come first.
 */
static int check_root(struct act *act)
{
	long fd;

	act->what = "landlock_restrict_self";
	fd = sys(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		sys(SYS_close, fd);
		return -EPROTO;
	}
	return fd == -EACCES || fd == -EMFILE ? 0 : (int)fd;
}

int act_landlock_enter(struct act *act, const struct step *step)
{
	const struct plan *plan = act->plan;
	bool is_checked = false;

	(void)step;
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *each = &plan->steps[i];
		bool hides_root =
			each->is.type == CORDON_STEP_FORBID ||
			(each->is.number[0] & CORDON_LL_READ_DIR &&
			 !act->lists_root[i]);
		long rc;

		if (act->rulesets[i] < 0)
			continue;
		act->report.step = (int32_t)i;
		act->what = "landlock_restrict_self";
		rc = sys(SYS_landlock_restrict_self, act->rulesets[i], 0);
		if (rc == -E2BIG)
			return mount_say(act, rc, "",
					 "the kernel takes 16 Landlock "
					 "rulesets, with those of who started "
					 "cordon",
					 "");
		if (rc < 0)
			return (int)rc;
		mount_close_fd(&act->rulesets[i]);
		if (!hides_root || is_checked)
			continue;
		rc = check_root(act);
		if (rc < 0)
			return (int)rc;
		is_checked = true;
	}
	return 0;
}
