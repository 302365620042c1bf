/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/landlock.h"
#include "core/filter.h"
#include "core/outside.h"
#include "core/pin.h"
#include "core/plan.h"
#include "core/relay.h"
#include "core/relay_door.h"
#include "core/secret.h"
#include "core/settle.h"
#include "core/stack.h"
#include "core/step.h"
#include "core/tmpdir.h"
#include "core/trust.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define ALWAYS "always"

static int64_t number_of(const struct plan *plan, uint32_t type, int64_t other)
{
	const struct step *step = plan_find(plan, type);

	return step ? step->is.number[0] : other;
}

/* A step of the core's: in the name of the section that made it needed. */
static void add(struct plan *plan, const struct step *asker,
		struct cordon_step is)
{
	plan_add(plan, asker ? asker->section : ALWAYS,
		 asker ? asker->where : 0, 0, asker && asker->may_skip, &is);
}

static void add_number(struct plan *plan, const struct step *asker,
		       uint32_t type, int64_t number)
{
	add(plan, asker,
	    (struct cordon_step){ .type = type, .number = { number } });
}

/* ---- namespaces ---- */

static const struct {
	uint32_t type;
	uint64_t flag;
} implying[] = {
	{ CORDON_STEP_ROOT, CLONE_NEWNS },   { CORDON_STEP_MOUNT, CLONE_NEWNS },
	{ CORDON_STEP_NOEXEC, CLONE_NEWNS }, { CORDON_STEP_PROC, CLONE_NEWNS },
	{ CORDON_STEP_DEV, CLONE_NEWNS },    { CORDON_STEP_HIDE, CLONE_NEWNS },
	{ CORDON_STEP_READ_ONLY, CLONE_NEWNS },
	{ CORDON_STEP_PROPAGATION, CLONE_NEWNS },
	{ CORDON_STEP_HOSTNAME, CLONE_NEWUTS },
};

static int settle_namespaces(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *prepared = plan_find(plan, CORDON_STEP_PREPARED);
	const struct step *asker = plan_find(plan, CORDON_STEP_NAMESPACE);
	uint64_t asked = asker ? (uint64_t)asker->is.number[0] : 0;
	uint64_t flags = asked;

	if (prepared) {
		plan->failed_section = prepared->section;
		return cordon_unsupported(
			err, 0,
			"%s prepared namespaces are not in this version of "
			"cordon",
			plan_blame(plan->arena, plan, prepared));
	}
	for (size_t i = 0; i < CORDON_COUNT(implying); i++) {
		const struct step *step = plan_find(plan, implying[i].type);

		if (!step)
			continue;
		flags |= implying[i].flag;
		if (!asker)
			asker = step;
	}
	flags |= outside_namespaces(plan, &asker);
	/* A new /proc of pid namespaces must be mounted to be seen. */
	if (flags & CLONE_NEWPID)
		flags |= CLONE_NEWNS;
	if (flags != 0 && !plan->job->is_root)
		flags |= CLONE_NEWUSER;
	settled->namespaces = flags;
	settled->has_mounts = flags & CLONE_NEWNS;
	settled->has_init = flags & CLONE_NEWPID &&
			    number_of(plan, CORDON_STEP_INIT, 1) != 0;
	if (flags == 0)
		return 0;
	/* Number 1, what is implied, is for people. */
	if (flags != asked)
		add(plan, asker,
		    (struct cordon_step){
			    .type = CORDON_STEP_NAMESPACE,
			    .number = { (int64_t)flags,
					(int64_t)(flags & ~asked) } });
	if (flags & CLONE_NEWNET && !plan_find(plan, CORDON_STEP_LOOPBACK))
		add_number(plan, asker, CORDON_STEP_LOOPBACK, 1);
	return 0;
}

/*
 * A mount on "/" would hide the root that [mounts] names: with -${cwd} a job
 * that is started there would see all of the host.
 */
static int judge_root_mount(struct plan *plan, struct cordon_error *err)
{
	const struct step *step = plan_find(plan, CORDON_STEP_MOUNT);

	while (step && strcmp(step->is.text[0], "/"))
		step = plan_next(plan, step);
	if (!step)
		return 0;
	if (!(step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT)) {
		plan->failed_section = step->section;
		return cordon_fail(err, 0,
				   "%s a mount on '/' hides the root that "
				   "'root' says (say root = host, or DIR)",
				   plan_blame(plan->arena, plan, step));
	}
	plan_drop(plan, step);
	return 0;
}

static int settle_mounts(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *root = plan_find(plan, CORDON_STEP_ROOT);
	const struct step *asker;
	bool is_bare;

	settled->root = root ? (int)root->is.number[0] : CORDON_ROOT_HOST;
	settled->root_dir = root ? root->is.text[0] : NULL;
	is_bare = settled->root == CORDON_ROOT_EMPTY;
	if (settled->root != CORDON_ROOT_HOST &&
	    judge_root_mount(plan, err) < 0)
		return -1;
	root = plan_find(plan, CORDON_STEP_ROOT);
	asker = plan_find(plan, CORDON_STEP_NAMESPACE);
	settled->propagation =
		(int)number_of(plan, CORDON_STEP_PROPAGATION, 1);
	settled->proc = (int)number_of(
		plan, CORDON_STEP_PROC,
		settled->namespaces & CLONE_NEWPID ? CORDON_PROC_NEW
						   : CORDON_PROC_HOST);
	settled->dev = (int)number_of(plan, CORDON_STEP_DEV,
				      is_bare ? CORDON_DEV_MINIMAL
					      : CORDON_DEV_HOST);
	if (!settled->has_mounts)
		return 0;
	add_number(plan, NULL, CORDON_STEP_PROPAGATION, settled->propagation);
	add_number(plan, NULL, CORE_MOUNTS_BEGIN, 0);
	if (!root)
		add_number(plan, asker, CORDON_STEP_ROOT, CORDON_ROOT_HOST);
	add_number(plan, asker, CORDON_STEP_PROC, settled->proc);
	add_number(plan, asker, CORDON_STEP_DEV, settled->dev);
	add_number(plan, NULL, CORE_MOUNT_MASKS, 0);
	add_number(plan, NULL, CORE_PIVOT, 0);
	return 0;
}

/* ---- capabilities ---- */

static int own_caps(uint64_t *caps, struct cordon_error *err)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0
	};
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return cordon_fail(err, errno, "cannot read capabilities");
	*caps = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

static uint64_t own_bounding(void)
{
	uint64_t mask = 0;

	for (int cap = 0; cap < 64; cap++) {
		int rc = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (rc < 0)
			break;
		if (rc > 0)
			mask |= (uint64_t)1 << cap;
	}
	return mask;
}

/*
 * Whoever makes a user namespace has every capability in it; without a section
 * that says what stays, the job gets none that its caller has not.
 */
static int settle_caps(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *caps = plan_find(plan, CORDON_STEP_CAPS);
	const struct step *ambient = plan_find(plan, CORDON_STEP_AMBIENT);
	const struct step *asker = caps ? caps : ambient;
	bool is_user = settled->namespaces & CLONE_NEWUSER;
	uint64_t own = 0, bounding, there;

	settled->has_caps = asker || is_user;
	if (!settled->has_caps)
		return 0;
	if (own_caps(&own, err) < 0)
		return -1;
	/* Nobody has what the bounding set has not, but for who was given it
	 * before: it matters where more than that is asked for, or cut. */
	bounding = caps || !is_user ? own_bounding() : own;
	there = is_user ? bounding | own : own;
	settled->caps = caps ? (uint64_t)caps->is.number[0] & there
			     : own & there;
	if (ambient)
		settled->ambient =
			(uint64_t)ambient->is.number[0] & settled->caps;
	if (!is_user && bounding & ~settled->caps &&
	    !(own & (uint64_t)1 << CAP_SETPCAP)) {
		plan->failed_section = asker->section;
		return cordon_unsupported(
			err, 0,
			"%s only root, or a user namespace, can cut the "
			"bounding set (say 'new = user' in [namespaces])",
			plan_blame(plan->arena, plan, asker));
	}
	if (!asker)
		asker = plan_find(plan, CORDON_STEP_NAMESPACE);
	add_number(plan, asker, CORE_BOUNDING, (int64_t)settled->caps);
	add_number(plan, asker, CORDON_STEP_CAPS, (int64_t)settled->caps);
	add_number(plan, asker, CORDON_STEP_AMBIENT, (int64_t)settled->ambient);
	return 0;
}

/* ---- the job's process ---- */

static const struct step *ids_asker(const struct plan *plan)
{
	static const uint32_t types[] = { CORDON_STEP_USER, CORDON_STEP_POOL,
					  CORDON_STEP_GROUP };
	const struct step *step = NULL;

	for (size_t i = 0; i < CORDON_COUNT(types) && !step; i++)
		step = plan_find(plan, types[i]);
	return step;
}

static void add_ids(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	const struct step *user = ids_asker(plan);
	const struct step *space = plan_find(plan, CORDON_STEP_NAMESPACE);
	const struct step *groups = plan_find(plan, CORDON_STEP_GROUPS);

	if (settled->namespaces & CLONE_NEWUSER) {
		add(plan, space,
		    (struct cordon_step){ .type = CORE_USER_NAMESPACE,
					  .text = { settled->uid_map_text,
						    settled->gid_map_text } });
		for (int i = 0; i < 2; i++) {
			const struct id_range *map =
				i ? settled->gid_map : settled->uid_map;
			size_t n = i ? settled->n_gid_map : settled->n_uid_map;

			if (plan_find(plan, CORDON_STEP_IDMAP) && i == 0)
				break;
			add(plan, space,
			    (struct cordon_step){ .type = CORDON_STEP_IDMAP,
						  .number = { i },
						  .data = map,
						  .size = n * sizeof(*map) });
		}
	}
	if (settled->has_groups)
		add(plan, groups ? groups : user,
		    (struct cordon_step){ .type = CORE_SETGROUPS,
					  .data = settled->groups,
					  .size = settled->n_groups *
						  sizeof(uint32_t) });
	if (!settled->has_ids)
		return;
	add_number(plan, user, CORE_SETGID, settled->gid);
	add_number(plan, user, CORE_SETUID, settled->uid);
}

static int settle_cwd(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *cwd = plan_find(plan, CORDON_STEP_CWD);
	const struct step *other = plan_find(plan, CORDON_STEP_CWD_FALLBACK);
	struct cordon_error why = { 0 };

	settled->cwd_fallback = other ? other->is.text[0] : NULL;
	if (cwd) {
		settled->cwd = cwd->is.text[0];
		if (trust_check_path_text(settled->cwd, &why) < 0)
			return cordon_fail(
				err, 0, "%s %s",
				plan_blame(plan->arena, plan, cwd),
				why.text);
		return 0;
	}
	/* By its path again: other mounts, or another user, may not have it. */
	if (settled->has_mounts || settled->has_ids)
		settled->cwd = plan->job->cwd;
	if (settled->has_mounts && !settled->cwd)
		settled->cwd = "(deleted)";
	add(plan, NULL,
	    (struct cordon_step){
		    .type = CORDON_STEP_CWD,
		    .text = { settled->cwd ? settled->cwd : "as it is" } });
	return 0;
}

static void settle_process(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	const struct step *session = plan_find(plan, CORDON_STEP_SESSION);
	bool changes = settled->host_uid != plan->job->uid ||
		       settled->namespaces & CLONE_NEWUSER;
	int64_t keyring = number_of(plan, CORDON_STEP_KEYRING, 1);

	settled->new_session = session && session->is.number[0] != 0;
	settled->reset_signals = number_of(plan, CORDON_STEP_SIGNALS, 1) != 0;
	settled->forward = (enum forward)number_of(plan, CORDON_STEP_FORWARD,
						  FORWARD_ALL);
	settled->no_new_privs =
		number_of(plan, CORDON_STEP_NO_NEW_PRIVS, 1) != 0;
	settled->new_keyring = keyring == 2 || (keyring == 1 && changes);
	if (settled->forward == FORWARD_GROUP && !settled->new_session)
		add_number(plan, plan_find(plan, CORDON_STEP_FORWARD),
			   CORE_GROUP, 0);
	if (!plan_find(plan, CORDON_STEP_KEYRING))
		add_number(plan, NULL, CORDON_STEP_KEYRING, 1);
	if (!plan_find(plan, CORDON_STEP_SIGNALS))
		add_number(plan, NULL, CORDON_STEP_SIGNALS, 1);
	if (!plan_find(plan, CORDON_STEP_NO_NEW_PRIVS))
		add_number(plan, NULL, CORDON_STEP_NO_NEW_PRIVS, 1);
}

static void add_always(struct plan *plan)
{
	static const uint32_t types[] = {
		CORE_CLOEXEC,	CORE_PROGRAM, CORE_READ_BACK,
		CORE_STATE,	CORE_EXEC,
	};

	for (size_t i = 0; i < CORDON_COUNT(types); i++)
		add_number(plan, NULL, types[i], 0);
	if (plan->settled.n_fds > 0)
		add(plan, plan_find(plan, CORDON_STEP_FD_KEEP)
				  ? plan_find(plan, CORDON_STEP_FD_KEEP)
				  : plan_find(plan, CORDON_STEP_FD_FROM_ENV),
		    (struct cordon_step){ .type = CORE_FDS,
					  .data = plan->settled.fds,
					  .size = plan->settled.n_fds *
						  sizeof(int) });
	if (plan->learn)
		add_number(plan, NULL, CORE_LEARN, 0);
	if (relay_asker(plan))
		add_number(plan, relay_asker(plan), CORE_RELAY, 0);
	if (plan->settled.has_parent || plan->settled.has_helper)
		add_number(plan, NULL, CORE_READY, 0);
	if (!plan->settled.has_parent)
		return;
	add_number(plan, NULL, CORE_PARENT_DEATH, 0);
	add_number(plan, NULL, CORE_PARENT_DEATH_AGAIN, 0);
	if (plan->settled.has_init)
		add_number(plan, plan_find(plan, CORDON_STEP_NAMESPACE),
			   CORE_INIT, 0);
}

/* ---- who waits ---- */

static const char *namespace_reason(const struct plan *plan)
{
	if (plan->settled.namespaces & CLONE_NEWPID)
		return "a pid namespace begins with a child";
	if (plan->settled.namespaces & CLONE_NEWTIME)
		return "a time namespace begins with a child";
	return NULL;
}

/* What a row needs one for; or one for which a helper beside the job will do. */
static const char *row_reason(const struct plan *plan, bool beside,
			      const char **who)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (!step->row->parent || step->row->beside != beside)
			continue;
		*who = plan_blame(plan->arena, plan, step);
		return step->row->parent;
	}
	return NULL;
}

/* What nobody but a parent can do. */
static const char *parent_reason(const struct plan *plan, const char **who)
{
	const struct step *asker = plan_find(plan, CORDON_STEP_NAMESPACE);
	const char *why = namespace_reason(plan);

	if (why)
		*who = plan_blame(plan->arena, plan, asker);
	if (why || !plan->settled.new_session || getpgrp() != getpid())
		return why ? why : row_reason(plan, false, who);
	*who = plan_blame(plan->arena, plan,
			  plan_find(plan, CORDON_STEP_SESSION));
	return "the leader of a group cannot begin a session";
}

/* What is to be done when the job has ended, or while it runs. */
static const char *watcher_reason(const struct plan *plan, const char **who)
{
	const char *why = row_reason(plan, true, who);

	if (why || !plan->needs_begin)
		return why;
	*who = arena_printf(plan->arena, "[%s]", plan->needs_begin_section);
	return "its module has something to undo";
}

static int contradict(const struct plan *plan, const char *word,
		      const char *who, const char *why,
		      struct cordon_error *err)
{
	return cordon_fail(err, 0, "%s: parent = %s contradicts %s (%s)",
			   stack_where(plan->arena, plan->stack,
				       plan->stack->parent_where),
			   word, who, why);
}

/* A caller who waits for the job itself is told nothing by cordon. */
static int judge_beside(const struct plan *plan, struct cordon_error *err)
{
	const struct stack *stack = plan->stack;
	const bool has_limit = plan_find(plan, CORDON_STEP_TIMEOUT) ||
			       plan_find(plan, CORDON_STEP_STARTUP);
	const char *why = "the caller waits for the job itself";

	if (stack->signal_exit_is_code)
		return contradict(plan, "beside", "signal-exit = code", why,
				  err);
	if (has_limit && stack->exit_timeout != EXIT_TIMEOUT)
		return contradict(plan, "beside", "exit-timeout", why, err);
	if (stack->report_ends)
		return contradict(plan, "beside", "report = ends",
				  "nobody stays who holds stderr", err);
	if (getpid() == 1)
		return contradict(plan, "beside", "cordon as process 1",
				  "its helper would be the job's child", err);
	return 0;
}

static int settle_parent(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct stack *stack = plan->stack;
	const struct step *record = plan_find(plan, CORDON_STEP_RECORD);
	const char *who = NULL, *why = parent_reason(plan, &who);

	if (why && stack->parent == PARENT_BESIDE)
		return contradict(plan, "beside", who, why, err);
	if (!why)
		why = watcher_reason(plan, &who);
	if (why && stack->parent == PARENT_NEVER)
		return contradict(plan, "never", who, why, err);
	if (!why && (plan->is_supervised_by_record || record) &&
	    stack->parent != PARENT_NEVER) {
		why = "the record tells how the job ended";
		who = record ? plan_blame(plan->arena, plan, record)
			     : "--record or --status-fd";
	}
	if (!why && stack->parent == PARENT_ALWAYS) {
		why = "parent = always";
		who = stack_where(plan->arena, stack, stack->parent_where);
	}
	if (why && stack->parent == PARENT_BESIDE &&
	    judge_beside(plan, err) < 0)
		return -1;
	settled->has_helper = why && stack->parent == PARENT_BESIDE;
	settled->has_parent = why && !settled->has_helper;
	if (why)
		settled->parent_reason =
			arena_printf(plan->arena, "%s: %s", who, why);
	return 0;
}

/* ---- the program ---- */

static const char *path_of(const struct settled *settled)
{
	for (size_t i = 0; settled->environ[i]; i++)
		if (!strncmp(settled->environ[i], "PATH=", 5))
			return settled->environ[i] + 5;
	return "/usr/local/bin:/usr/bin:/bin"; /* confstr(3), and where admins install */
}

/* As execvp(3): with a '/' as it stands, else along the job's PATH; an empty
 * part is the working directory. */
static void settle_candidates(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	const char *name = plan->job->program;
	const char *path, *rest;
	const char **candidate;
	size_t n = 1;

	if (strchr(name, '/')) {
		candidate = arena_alloc(plan->arena, sizeof(*candidate));
		candidate[0] = name;
		settled->candidates = candidate;
		settled->n_candidates = 1;
		settled->program_is_path = true;
		return;
	}
	path = path_of(settled);
	for (rest = path; *rest; rest++)
		n += *rest == ':';
	candidate = arena_alloc(plan->arena, n * sizeof(*candidate));
	for (rest = path; settled->n_candidates < n;) {
		size_t size = strcspn(rest, ":");

		candidate[settled->n_candidates++] = arena_printf(
			plan->arena, "%.*s%s%s", (int)size, rest,
			size > 0 && rest[size - 1] != '/' ? "/" : "", name);
		if (rest[size] == '\0')
			break;
		rest += size + 1;
	}
	settled->candidates = candidate;
}

static int settle_program(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	char *const *argv;
	size_t argc = 0;

	settle_candidates(plan);
	if (pin_settle(plan, err) < 0)
		return -1;
	argv = settled->argv;
	while (argv[argc])
		argc++;
	settled->shell_argv = arena_alloc(
		plan->arena, (argc + 2) * sizeof(*settled->shell_argv));
	settled->shell_argv[0] = "sh";
	for (size_t i = 1; i < argc; i++)
		settled->shell_argv[i + 1] = argv[i];
	return 0;
}

int settle(struct plan *plan, struct cordon_error *err)
{
	if (settle_door(plan, err) < 0 || settle_outside(plan, err) < 0 || settle_namespaces(plan, err) < 0 ||
	    settle_ids(plan, err) < 0 || settle_tmpdir(plan, err) < 0 ||
	    settle_secrets(plan, err) < 0)
		return -1;
	if (settle_mounts(plan, err) < 0)
		return -1;
	if (settle_caps(plan, err) < 0)
		return -1;
	settle_process(plan);
	if (settle_landlock(plan, err) < 0)
		return -1;
	add_ids(plan);
	if (settle_cwd(plan, err) < 0 || settle_fds(plan, err) < 0 ||
	    settle_environ(plan, err) < 0 || settle_parent(plan, err) < 0)
		return -1;
	if (plan->job->argv && plan->job->argv[0] &&
	    settle_program(plan, err) < 0)
		return -1;
	if (settle_relay(plan, err) < 0)
		return -1;
	if (filter_settle(plan, err) < 0) /* it knows how the program is run */
		return -1;
	add_always(plan);
	if (plan->has_failed) {
		*err = plan->err;
		return -1;
	}
	return 0;
}
