/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/secret.h"
#include "core/settle.h"
#include "core/warn.h"

static bool confines_nothing(const struct prepared *prepared)
{
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (prepared->parts[i].module->kind == CORDON_CONFINE ||
		    prepared->parts[i].module->kind == CORDON_DECIDE)
			return false;
	return !prepared->plan.settled.has_mounts;
}

static bool has_signal_scope(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_LANDLOCK);

	while (step && !(step->is.number[2] & CORDON_LL_SIGNALS))
		step = plan_next(&prepared->plan, step);
	return step != NULL;
}

/* In a Landlock domain nobody outside of it can be traced either. */
static bool reaches_others(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return !(settled->namespaces & CLONE_NEWPID) &&
	       settled->host_uid == prepared->job.uid &&
	       !has_signal_scope(prepared);
}

static bool ends_its_watcher(const struct prepared *prepared)
{
	return prepared->plan.settled.has_helper && reaches_others(prepared);
}

static bool has_helper(const struct prepared *prepared)
{
	return prepared->plan.settled.has_helper;
}

/* One account for all jobs of the stack. */
static bool reaches_siblings(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return !(settled->namespaces & CLONE_NEWPID) &&
	       settled->host_uid != prepared->job.uid &&
	       !has_signal_scope(prepared);
}

static bool is_pid_one(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return settled->namespaces & CLONE_NEWPID && !settled->has_init;
}

static bool hides(const struct prepared *prepared)
{
	return plan_find(&prepared->plan, CORDON_STEP_HIDE) != NULL;
}

static bool is_root_without_caps(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return settled->host_uid == 0 && !settled->has_caps;
}

/* What it keeps is its own from the start as root, or as ambient. */
static bool keeps_admin(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	bool has_admin = settled->uid == 0
				 ? !settled->has_caps || settled->caps >> 21 & 1
				 : settled->ambient >> 21 & 1;

	return settled->has_mounts && has_admin;
}

static bool gains_privileges(const struct prepared *prepared)
{
	return !prepared->plan.settled.no_new_privs;
}

static bool has_two_lists_and_nothing(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_ENV_KEEP);

	return step && plan_next(&prepared->plan, step) &&
	       prepared->plan.settled.environ &&
	       !prepared->plan.settled.environ[0];
}

static bool has_no_cpu(const struct prepared *prepared)
{
	const struct step *step = plan_find(&prepared->plan, CORDON_STEP_CPUS);
	const unsigned char *mask = step ? step->is.data : NULL;

	for (size_t i = 0; step && i < step->is.size; i++)
		if (mask[i])
			return false;
	return step != NULL;
}

static bool leaves_others_alive(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return settled->has_parent && !(settled->namespaces & CLONE_NEWPID);
}

static bool keeps_terminal(const struct prepared *prepared)
{
	return !prepared->plan.settled.new_session;
}

static bool is_same_user(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return settled->host_uid == prepared->job.uid;
}

static bool shares_user_keyring(const struct prepared *prepared)
{
	return is_same_user(prepared) &&
	       !(prepared->plan.settled.namespaces & CLONE_NEWUSER);
}

static bool forbids_words_alone(const struct prepared *prepared)
{
	for (size_t i = 0; i < prepared->n_parts; i++) {
		const struct section *section = prepared->parts[i].section;

		for (size_t k = 0; k < section->n_settings; k++)
			if (!strcmp(section->module, "paths") &&
			    !strcmp(section->settings[k].key, "forbid"))
				return !plan_find(&prepared->plan,
						  CORDON_STEP_FORBID);
	}
	return false;
}

static bool judges_programs(const struct prepared *prepared)
{
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->module, "scripts"))
			return true;
	return false;
}

/* Of the rights of files, 1 is to execute: landlock(7). */
static bool starts_others(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_LANDLOCK);

	for (; step; step = plan_next(&prepared->plan, step))
		if (step->is.number[0] & 1)
			return false;
	return judges_programs(prepared);
}

static bool runs_memory(const struct prepared *prepared)
{
	return judges_programs(prepared);
}

static bool has_root_groups(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	if (settled->host_uid == prepared->job.uid)
		return false;
	for (size_t i = 0; i < settled->n_groups; i++)
		if (settled->groups[i] == 0)
			return true;
	return settled->host_gid == 0;
}

/* Whoever the caller is: root may have none, and cron's root others. */
static bool keeps_groups(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_GROUPS);
	bool is_kept = step != NULL;

	for (; step; step = plan_next(&prepared->plan, step))
		is_kept &= step->is.number[0] == CORDON_GROUPS_KEEP;
	return is_kept && prepared->plan.settled.host_uid != prepared->job.uid;
}

static bool makes_namespaces(const struct prepared *prepared)
{
	const struct filter_program *filter = prepared->plan.settled.filter;

	return !confines_nothing(prepared) &&
	       filter_passes(filter, SYS_unshare, CLONE_NEWUSER) &&
	       filter_passes(filter, SYS_clone, CLONE_NEWUSER);
}

/* The next value of this key in any section of the module; *part and *at begin
 * with 0. */
static const char *next_value(const struct prepared *prepared,
			      const char *module, const char *key, size_t *part,
			      size_t *at)
{
	for (; *part < prepared->n_parts; ++*part, *at = 0) {
		const struct section *section = prepared->parts[*part].section;

		while (!strcmp(section->module, module) &&
		       *at < section->n_settings) {
			const struct setting *setting =
				&section->settings[(*at)++];

			if (!strcmp(setting->key, key) && setting->value)
				return setting->value;
		}
	}
	return NULL;
}

/* What the section says in the end, of a key with a single value; or NULL. */
static const char *last_value(const struct section *section, const char *key)
{
	const char *value = NULL;

	for (size_t i = 0; i < section->n_settings; i++)
		if (!strcmp(section->settings[i].key, key))
			value = section->settings[i].value;
	return value;
}

/* Each [scripts] is asked: one that refuses is enough. */
static bool runs_inline_code(const struct prepared *prepared)
{
	bool is_allowed = false;

	for (size_t i = 0; i < prepared->n_parts; i++) {
		const struct section *section = prepared->parts[i].section;
		const char *value;

		if (strcmp(section->module, "scripts") != 0)
			continue;
		value = last_value(section, "inline");
		if (!value || strcmp(value, "allow") != 0)
			return false;
		is_allowed = true;
	}
	return is_allowed;
}

/* Can the job, or everybody, put a file there? */
static bool is_writable(const struct prepared *prepared, const char *path)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *slash = strrchr(path, '/');
	struct stat st;

	if (!slash || slash == path ||
	    stat(arena_printf(prepared->arena, "%.*s", (int)(slash - path),
			      path),
		 &st) < 0)
		return false;
	return (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX)) ||
	       (settled->host_uid != 0 && st.st_uid == settled->host_uid);
}

static bool allows_from_writable(const struct prepared *prepared)
{
	size_t part = 0, at = 0;
	const char *value;

	while ((value = next_value(prepared, "scripts", "allow", &part, &at)))
		if (is_writable(prepared, value))
			return true;
	return false;
}

static bool reserves_memory(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return !strcmp(name, "java") || !strcmp(name, "node") ||
	       !strcmp(name, "nodejs");
}

/* A JVM and Node reserve more addresses than they ever fill with memory. */
static bool bounds_addresses(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_RLIMIT);
	size_t part = 0, at = 0;
	const char *value;

	while (step && step->is.number[0] != RLIMIT_AS)
		step = plan_next(&prepared->plan, step);
	if (!step)
		return false;
	if (prepared->stack.program && reserves_memory(prepared->stack.program))
		return true;
	while ((value = next_value(prepared, "scripts", "allow", &part, &at)))
		if (reserves_memory(value))
			return true;
	return false;
}

static bool has_secret_variable(const struct prepared *prepared)
{
	return environ_secret(&prepared->plan) != NULL;
}

static bool has_open_secret(const struct prepared *prepared)
{
	return secret_is_open(&prepared->plan);
}

static bool has_refused_secret(const struct prepared *prepared)
{
	return secret_is_refused(&prepared->plan);
}

static bool has_secret_on_disk(const struct prepared *prepared)
{
	return secret_is_on_disk(&prepared->plan);
}

struct remark {
	bool (*is_so)(const struct prepared *prepared);
	const char *name; /* of a warning */
	const char *text;
};

/* Each with its remedy. */
static const struct remark warnings[] = {
	{ confines_nothing, "confines-nothing",
	  "the stack confines nothing (add sections such as [namespaces], "
	  "[caps], "
	  "[rlimits])" },
	{ reaches_others, "reaches-caller",
	  "the job can signal and trace other processes of its user (new = "
	  "pid, a "
	  "[user] of its own, or scope = signals in [landlock])" },
	{ reaches_siblings, "reaches-siblings",
	  "jobs that run as this user at the same time can signal and trace "
	  "each "
	  "other (new = pid, or scope = signals in [landlock])" },
	{ is_pid_one, "pid-one",
	  "init = no: the job is pid 1, ignores its own TERM, and nobody reaps "
	  "what "
	  "it leaves (init = yes)" },
	{ hides, "hides-once",
	  "hide covers what is there at the start; a file renamed over the "
	  "path from "
	  "outside is seen (forbid in [paths])" },
	{ ends_its_watcher, "ends-its-watcher",
	  "parent = beside: the job can kill the helper that watches it, and has "
	  "no limit of time then (a [user] of its own, or scope = signals in "
	  "[landlock])" },
	{ is_root_without_caps, "root-capabilities",
	  "the job is root with all of root's capabilities (add [caps])" },
	{ keeps_admin, "undoes-mounts",
	  "the job keeps sys_admin over its mounts, and can undo read-only "
	  "ones "
	  "and what hide covers (caps keep, without sys_admin)" },
	{ gains_privileges, "new-privileges",
	  "no-new-privs = no: set-user-ID programs give the job what they have "
	  "(leave "
	  "the key out)" },
	{ has_root_groups, "root-groups",
	  "the job gives up root's uid, and stays in the group of root (group "
	  "and "
	  "groups = none in [user])" },
	{ keeps_groups, "kept-groups",
	  "the job gives up its caller's uid, and stays in all groups of its "
	  "caller (groups = none, own or a list in [user])" },
	{ makes_namespaces, "user-namespaces",
	  "the job can make itself root of a user namespace, where it reaches "
	  "more of "
	  "the kernel than its user does (add [seccomp])" },
	{ runs_inline_code, "inline-code",
	  "inline = allow: an interpreter that is listed runs whatever code "
	  "the "
	  "command holds (inline = refuse)" },
	{ allows_from_writable, "writable-allowlist",
	  "[scripts] allow names a folder that the job, or everybody, can "
	  "write to "
	  "(one of root's, or sha256)" },
	{ bounds_addresses, "address-space",
	  "'as' bounds addresses, of which a JVM or Node reserves many times "
	  "what it "
	  "uses (memory in [cgroup], or data in [rlimits])" },
	{ forbids_words_alone, "forbids-words",
	  "[paths] forbid judges what a command names; this kernel has no "
	  "Landlock to "
	  "keep the job itself from it (hide in [mounts])" },
	{ has_two_lists_and_nothing, "empty-environment",
	  "two [env] sections have no variable in common: the job's "
	  "environment is "
	  "empty (one list)" },
	{ has_secret_variable, "secret-in-environment",
	  "[env] keeps or sets a variable that by its name holds a secret: all "
	  "of the job's processes have it, and who reads their environment "
	  "(file or descriptor in [secret])" },
	{ has_open_secret, "secret-open",
	  "the job can open the file that a secret is taken from, by its path "
	  "(chmod 400, and another user for the job; or forbid in [landlock])" },
	{ has_refused_secret, "secret-source",
	  "a file that a secret is taken from is absent, or others than root "
	  "can change it: no job will start (see the refusal of a run)" },
	{ has_secret_on_disk, "secret-on-disk",
	  "the copy of a secret that the job reads is written to a disk "
	  "(descriptor in [secret], or a run folder that is in memory)" },
	{ has_no_cpu, "no-processor",
	  "the sections with 'cpus' have no processor in common: no job can "
	  "start "
	  "(one of them)" },
};

static const struct remark notes[] = {
	{ leaves_others_alive, NULL,
	  "without a pid namespace only the job's main process ends with "
	  "cordon" },
	{ has_helper, NULL,
	  "if somebody kills the helper the job goes on: no limit of time ends "
	  "it, nobody records its end, and the next start removes what is left" },
	{ keeps_terminal, NULL,
	  "the caller's terminal, if there is one, stays (session = keep)" },
	{ reaches_others, NULL,
	  "the caller's processes can be seen, signalled and read by the job "
	  "(it is "
	  "the same user, without a pid namespace)" },
	{ starts_others, NULL,
	  "[scripts] judges what the job is started as; once it runs it may "
	  "start any "
	  "other program that it can reach (add [landlock] execute, [mounts] "
	  "noexec)" },
	{ runs_memory, NULL,
	  "[scripts] does not keep a running job from code in its own memory "
	  "or in a "
	  "memfd (vm.memfd_noexec of its pid namespace, [process] wx)" },
	{ shares_user_keyring, NULL,
	  "the user keyring @u of the caller is the job's too (it is the same "
	  "user, "
	  "without a user namespace)" },
};

static const char *const *pick(struct prepared *prepared,
			       const struct remark *remarks, size_t n)
{
	const char **text =
		arena_alloc(prepared->arena, (n + 1) * sizeof(*text));
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (remarks[i].is_so(prepared))
			text[found++] = remarks[i].name
						? arena_printf(prepared->arena,
							       "%s [%s]",
							       remarks[i].text,
							       remarks[i].name)
						: remarks[i].text;
	return text;
}

const char *const *warn_of(struct prepared *prepared)
{
	return pick(prepared, warnings, CORDON_COUNT(warnings));
}

const char *const *warn_notes(struct prepared *prepared)
{
	return pick(prepared, notes, CORDON_COUNT(notes));
}
