/* SPDX-License-Identifier: MIT */
#include <sched.h>
#include <string.h>

#include "core/arena.h"
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
	const struct step *step = plan_find(&prepared->plan,
					    CORDON_STEP_LANDLOCK);

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

static bool keeps_admin(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	return settled->has_mounts && settled->uid == 0 &&
	       (!settled->has_caps || settled->caps >> 21 & 1);
}

static bool gains_privileges(const struct prepared *prepared)
{
	return !prepared->plan.settled.no_new_privs;
}

static bool has_two_lists_and_nothing(const struct prepared *prepared)
{
	const struct step *step = plan_find(&prepared->plan,
					    CORDON_STEP_ENV_KEEP);

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
	const struct step *step = plan_find(&prepared->plan,
					    CORDON_STEP_LANDLOCK);

	for (; step; step = plan_next(&prepared->plan, step))
		if (step->is.number[0] & 1)
			return false;
	return judges_programs(prepared);
}

static bool runs_memory(const struct prepared *prepared)
{
	return judges_programs(prepared);
}

struct remark {
	bool (*is_so)(const struct prepared *prepared);
	const char *text;
};

static const struct remark warnings[] = {
	{ confines_nothing, "the stack confines nothing (add sections such as "
			    "[namespaces], [caps], [rlimits])" },
	{ reaches_others,
	  "the job can signal and trace other processes of its user (new = "
	  "pid, a [user] of its own, or scope = signals in [landlock])" },
	{ reaches_siblings,
	  "jobs that run as this user at the same time can signal and trace "
	  "each other (new = pid, or scope = signals in [landlock])" },
	{ is_pid_one, "init = no: the job is pid 1, ignores its own TERM, and "
		      "nobody reaps what it leaves" },
	{ hides, "hide covers what is there at the start; a file renamed over "
		 "the path from outside is seen" },
	{ is_root_without_caps,
	  "the job is root with all of root's capabilities (add [caps])" },
	{ keeps_admin, "the job keeps sys_admin over its mounts and can undo "
		       "read-only ones (caps keep)" },
	{ gains_privileges, "no-new-privs = no: set-user-ID programs give the "
			    "job what they have" },
	{ forbids_words_alone,
	  "[paths] forbid judges what a command names; this kernel has no "
	  "Landlock to keep the job itself from it" },
	{ has_two_lists_and_nothing,
	  "two [env] sections have no variable in common: the job's "
	  "environment is empty" },
	{ has_no_cpu, "the sections with 'cpus' have no processor in common: no "
		      "job can start" },
};

static const struct remark notes[] = {
	{ leaves_others_alive, "without a pid namespace only the job's main "
			       "process ends with cordon" },
	{ keeps_terminal,
	  "the caller's terminal, if there is one, stays (session = keep)" },
	{ reaches_others,
	  "the caller's processes can be seen, signalled and read by the job "
	  "(it is the same user, without a pid namespace)" },
	{ starts_others,
	  "[scripts] judges what the job is started as; once it runs it may "
	  "start any other program that it can reach (add [landlock] execute, "
	  "[mounts] noexec)" },
	{ runs_memory,
	  "[scripts] does not keep a running job from code in its own memory "
	  "or in a memfd (vm.memfd_noexec of its pid namespace, [process] wx)" },
	{ shares_user_keyring,
	  "the user keyring @u of the caller is the job's too (it is the same "
	  "user, without a user namespace)" },
};

static const char *const *pick(struct prepared *prepared,
			       const struct remark *remarks, size_t n)
{
	const char **text =
		arena_alloc(prepared->arena, (n + 1) * sizeof(*text));
	size_t found = 0;

	for (size_t i = 0; i < n; i++)
		if (remarks[i].is_so(prepared))
			text[found++] = remarks[i].text;
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
