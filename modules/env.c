/* SPDX-License-Identifier: MIT */
/*
 * env - what of the caller's environment the job sees, and what is added
 *
 *	[env]
 *	keep = PATH LANG LC_* TZ
 *	drop = LC_ALL
 *	set = HOME=/tmp
 *
 * drop beats keep and set beats drop, so the order of the keys says nothing.  A
 * section without 'keep' keeps nothing; that holds only as long as no other
 * section has the key, so its step says that it is the default (number 1).
 * Names that steer a loader or an interpreter never match a glob: the core
 * knows them, since it drops them without any section, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

struct env {
	struct cordon_list keep, drop, set;
	struct cordon_number login;
};

static int check_pattern(const char *text, struct cordon_error *err)
{
	if (strchr(text, '='))
		return cordon_fail(err, 0,
				   "'%s' is not a name or glob (values are "
				   "given by 'set')",
				   text);
	return 0;
}

static int check_set(const char *text, struct cordon_error *err)
{
	size_t length = strcspn(text, "=");

	if (length == 0 || text[length] != '=')
		return cordon_fail(err, 0, "'%s' is not NAME=TEXT", text);
	if (strcspn(text, " \t*?") < length)
		return cordon_fail(err, 0,
				   "'%.*s' is not the name of a variable",
				   (int)length, text);
	return 0;
}

static const struct cordon_option options[] = {
	{ "keep", "names and globs that pass; nothing else does", CORDON_WORDS,
	  CORDON_AND, CORDON_AT(struct env, keep), .check = check_pattern },
	{ "drop", "names and globs that do not pass; beats keep", CORDON_WORDS,
	  CORDON_OR, CORDON_AT(struct env, drop), .check = check_pattern },
	{ "set", "NAME=TEXT; beats drop, the later wins", CORDON_LINES,
	  CORDON_EQUAL, CORDON_AT(struct env, set), .check = check_set },
	{ "login", "HOME, USER, LOGNAME, SHELL of the job's user",
	  CORDON_YES_NO, CORDON_OR, CORDON_AT(struct env, login),
	  .value = "no" },
};

static int is_set_later(const struct cordon_list *set, size_t at, size_t length)
{
	for (size_t i = at + 1; i < set->count; i++)
		if (!strncmp(set->item[i].text, set->item[at].text, length + 1))
			return 1;
	return 0;
}

static int add_set(struct cordon_plan *plan, const struct cordon_list *set,
		   struct cordon_error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		const char *text = set->item[i].text;
		size_t length = strcspn(text, "=");
		char *name;

		if (is_set_later(set, i, length))
			continue;
		name = strndup(text, length);
		if (!name)
			return cordon_fail(err, errno, "cannot plan '%s'",
					   text);
		cordon_add_text(plan, set->item[i].where, CORDON_STEP_ENV_SET,
				name, text + length + 1);
		free(name);
	}
	return 0;
}

static int env_plan(const void *self, struct cordon_plan *plan,
		    struct cordon_error *err)
{
	const struct env *env = self;

	cordon_add_list(plan, CORDON_STEP_ENV_KEEP, !env->keep.given,
			&env->keep);
	if (env->drop.count > 0)
		cordon_add_list(plan, CORDON_STEP_ENV_DROP, 0, &env->drop);
	if (add_set(plan, &env->set, err) < 0)
		return -1;
	if (env->login.value)
		cordon_add_number(plan, env->login.where, CORDON_STEP_ENV_LOGIN,
				  1, 0, 0);
	return 0;
}

CORDON_MODULE(env) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "the job's environment",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct env),
	.plan = env_plan,
};
