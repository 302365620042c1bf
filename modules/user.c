/* SPDX-License-Identifier: MIT */
/*
 * user - whose rights the job has: user, group, supplementary groups
 *
 *	[user]
 *	when = root
 *	user = nobody
 *	groups = none
 *	keep-groups = 65400-65499
 *
 * Names are looked up by the core, never here: a static cordon does that by
 * another program, and digits must always be a number, whoever is named so.
 * So the steps GROUPS and KEEP_GROUPS carry the words as they stand, each a
 * name, a number or, in keep-groups, FIRST-LAST; all but names are checked.
 */
#include <string.h>

#include <cordon/module.h>

struct user {
	struct cordon_number user, group;
	struct cordon_list groups, keep_groups;
	struct cordon_text pool;
};

static int parse_range(const char *text, uint32_t *first, uint32_t *last,
		       struct cordon_error *err)
{
	const char *at = text;

	if (cordon_scan_id(&at, first) < 0 || *at++ != '-' || cordon_scan_id(&at, last) < 0 ||
	    *at)
		return cordon_fail(err, 0, "'%s' is not FIRST-LAST", text);
	if (*first > *last)
		return cordon_fail(err, 0, "'%s' ends before it begins", text);
	return 0;
}

static int check_group(const char *text, struct cordon_error *err)
{
	const char *at = text;
	uint32_t id;

	if (text[strspn(text, "0123456789")])
		return 0; /* a name */
	if (cordon_scan_id(&at, &id) < 0 || *at)
		return cordon_fail(err, 0, "'%s' is not a group", text);
	return 0;
}

static int check_keep_group(const char *text, struct cordon_error *err)
{
	size_t digits = strspn(text, "0123456789");
	uint32_t first, last;

	/* A name may hold a dash, but not be digits, a dash and digits. */
	if (digits > 0 && text[digits] == '-' &&
	    !text[digits + 1 + strspn(text + digits + 1, "0123456789")])
		return parse_range(text, &first, &last, err);
	return check_group(text, err);
}

static int check_pool(const char *text, struct cordon_error *err)
{
	uint32_t first, last;

	if (parse_range(text, &first, &last, err) < 0)
		return -1;
	if (first == 0)
		return cordon_fail(err, 0, "'%s': root is in no pool", text);
	return 0;
}

static const struct cordon_option options[] = {
	{ "user", "name or number; default: the caller", CORDON_USER,
	  CORDON_EQUAL, CORDON_AT(struct user, user) },
	{ "group", "name or number; default: the user's own by passwd",
	  CORDON_GROUP, CORDON_EQUAL, CORDON_AT(struct user, group) },
	{ "groups",
	  "none, keep, own (the user's) or groups; default: none where the uid "
	  "changes, else keep",
	  CORDON_WORDS, CORDON_AND, CORDON_AT(struct user, groups),
	  .check = check_group },
	{ "keep-groups",
	  "groups or FIRST-LAST of the caller's that stay in any case",
	  CORDON_WORDS, CORDON_AND, CORDON_AT(struct user, keep_groups),
	  .check = check_keep_group },
	{ "pool", "FIRST-LAST: each job gets a uid of its own of these",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct user, pool),
	  .check = check_pool },
};

static const char *const forms[] = {
	[CORDON_GROUPS_KEEP] = "keep",
	[CORDON_GROUPS_OWN] = "own",
	[CORDON_GROUPS_NONE] = "none",
};

static int groups_form(const char *text)
{
	for (size_t i = 0; i < CORDON_COUNT(forms); i++)
		if (forms[i] && !strcmp(forms[i], text))
			return (int)i;
	return CORDON_GROUPS_LIST;
}

static int user_configure(const void *self, struct cordon_error *err)
{
	const struct user *user = self;

	for (size_t i = 0; i < user->groups.count; i++) {
		const char *text = user->groups.item[i].text;

		if (user->groups.count > 1 &&
		    groups_form(text) != CORDON_GROUPS_LIST)
			return cordon_fail(err, 0,
					   "groups: '%s' stands alone, or not "
					   "at all",
					   text);
		if (user->pool.given && groups_form(text) == CORDON_GROUPS_OWN)
			return cordon_fail(err, 0,
					   "groups: a uid of the pool has no "
					   "groups of its 'own'");
	}
	if (user->user.given && user->pool.given)
		return cordon_fail(err, 0, "user and pool exclude each other");
	return 0;
}

static void add_groups(struct cordon_plan *plan, const struct cordon_list *list)
{
	int form = CORDON_GROUPS_NONE;

	if (list->count > 0)
		form = groups_form(list->item[0].text);
	if (form == CORDON_GROUPS_LIST)
		cordon_add_list(plan, CORDON_STEP_GROUPS, form, list);
	else
		cordon_add_number(plan, list->where, CORDON_STEP_GROUPS, form,
				  0, 0);
}

static int user_plan(const void *self, struct cordon_plan *plan,
		     struct cordon_error *err)
{
	const struct user *user = self;
	uint32_t first, last;

	if (user->user.given)
		cordon_add_number(plan, user->user.where, CORDON_STEP_USER,
				  user->user.value, 0, 0);
	if (user->group.given)
		cordon_add_number(plan, user->group.where, CORDON_STEP_GROUP,
				  user->group.value, 0, 0);
	if (user->groups.given)
		add_groups(plan, &user->groups);
	if (user->keep_groups.given)
		cordon_add_list(plan, CORDON_STEP_KEEP_GROUPS, 0,
				&user->keep_groups);
	if (user->pool.given) {
		if (parse_range(user->pool.text, &first, &last, err) < 0)
			return -1;
		cordon_add_number(plan, user->pool.where, CORDON_STEP_POOL,
				  first, last, 0);
	}
	return 0;
}

CORDON_MODULE(user) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "user, group and supplementary groups",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct user),
	.configure = user_configure,
	.plan = user_plan,
};
