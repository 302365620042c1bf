/* SPDX-License-Identifier: MIT */
/* Which ids the job has, outside and inside, its groups, and who maps them. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/option.h"
#include "core/plan.h"
#include "core/pool.h"
#include "core/settle.h"
#include "core/value.h"

#define NOBODY 65534u

struct set {
	uint32_t *id;
	size_t n;
};

static int compare_ids(const void *a, const void *b)
{
	uint32_t one = *(const uint32_t *)a, two = *(const uint32_t *)b;

	return one < two ? -1 : one > two;
}

static bool set_has(const struct set *set, uint32_t id)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->id[i] == id)
			return true;
	return false;
}

static void set_sort(struct set *set)
{
	size_t n = 0;

	if (set->n == 0)
		return;
	qsort(set->id, set->n, sizeof(*set->id), compare_ids);
	for (size_t i = 0; i < set->n; i++)
		if (i == 0 || set->id[i] != set->id[n - 1])
			set->id[n++] = set->id[i];
	set->n = n;
}

static struct set set_copy(struct arena *arena, const uint32_t *id, size_t n)
{
	return (struct set){ (uint32_t *)(void *)arena_copy(
				     arena, (const char *)id, n * sizeof(*id)),
			     n };
}

static void set_meet(struct set *set, const struct set *other)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n; i++)
		if (set_has(other, set->id[i]))
			set->id[n++] = set->id[i];
	set->n = n;
}

static int fail(struct plan *plan, const struct step *step,
		enum cordon_reason reason, struct cordon_error *err,
		const char *text)
{
	if (!step)
		return cordon_say(err, reason, 0, "%s", text);
	plan->failed_section = step->section;
	return cordon_say(err, reason, 0, "%s %s",
			  plan_blame(plan->arena, plan, step), text);
}

/* ---- the ids outside ---- */

static void find_user(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	struct cordon_error ignored = { 0 };
	struct door_user user;

	/* A number without an entry is a user all the same. */
	if (door_user_of(plan->arena, settled->host_uid, &user, &ignored) < 0)
		return;
	settled->user_name = user.name;
	settled->home = user.home;
	settled->shell = user.shell;
	settled->own_gid = user.gid;
}

/* The lock ends with cordon; so must all that runs under the uid. */
static int settle_pool(struct plan *plan, const struct step *pool,
		       const struct step *group, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	struct cordon_error why = { 0 };
	uint32_t uid = (uint32_t)pool->is.number[0];

	if (plan_find(plan, CORDON_STEP_USER))
		return fail(plan, pool, CORDON_FAILED, err,
			    "user and pool exclude each other");
	if (!plan->job->is_root)
		return fail(plan, pool, CORDON_UNSUPPORTED, err,
			    "only a cordon that root starts can use a pool "
			    "(say 'when = root')");
	if (!(settled->namespaces & CLONE_NEWPID))
		return fail(plan, pool, CORDON_FAILED, err,
			    "a pool needs 'new = pid' in [namespaces], so that "
			    "nothing of a uid outlives its job");
	if (plan->takes_pool) {
		plan->pool_fd = pool_take(uid, (uint32_t)pool->is.number[1],
					  &uid, &why);
		if (plan->pool_fd < 0) {
			fail(plan, pool, CORDON_FAILED, err, why.text);
			err->code = why.code;
			return -1;
		}
	}
	settled->host_uid = uid;
	settled->host_gid = group ? (uint32_t)group->is.number[0] : uid;
	settled->has_ids = true;
	return 0;
}

static int settle_user(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *user = plan_find(plan, CORDON_STEP_USER);
	const struct step *group = plan_find(plan, CORDON_STEP_GROUP);
	const struct step *pool = plan_find(plan, CORDON_STEP_POOL);

	if (pool)
		return settle_pool(plan, pool, group, err);
	settled->host_uid = user ? (uint32_t)user->is.number[0]
				 : plan->job->uid;
	settled->host_gid = plan->job->gid;
	settled->has_ids = user || group;
	if ((user && !group) || plan_find(plan, CORDON_STEP_ENV_LOGIN))
		find_user(plan);
	if (group)
		settled->host_gid = (uint32_t)group->is.number[0];
	else if (user && settled->user_name)
		settled->host_gid = settled->own_gid;
	else if (user && settled->host_uid != plan->job->uid)
		return fail(plan, user, CORDON_FAILED, err,
			    "this number has no entry in passwd (say which "
			    "'group' it has)");
	if (plan->job->is_root)
		return 0;
	if (settled->host_uid != plan->job->uid)
		return fail(plan, user, CORDON_UNSUPPORTED, err,
			    "only a cordon that root starts can become "
			    "another user (say 'when = root')");
	if (settled->host_gid != plan->job->gid)
		return fail(plan, group ? group : user, CORDON_UNSUPPORTED, err,
			    "only a cordon that root starts can become "
			    "another group (say 'when = root')");
	return 0;
}

/* ---- supplementary groups ---- */

static int words_to_set(struct plan *plan, const struct step *step,
			struct set *set, struct cordon_error *err)
{
	struct cordon_error why = { 0 };

	set->id = arena_alloc(plan->arena,
			      (step->is.n_words + 1) * sizeof(*set->id));
	set->n = 0;
	for (size_t i = 0; i < step->is.n_words; i++) {
		if (option_group(step->is.word[i], &set->id[set->n], &why) < 0)
			return fail(plan, step, CORDON_FAILED, err, why.text);
		set->n++;
	}
	return 0;
}

static int step_to_set(struct plan *plan, const struct step *step,
		       struct set *set, struct cordon_error *err)
{
	struct cordon_error why = { 0 };
	const struct settled *settled = &plan->settled;

	*set = (struct set){ NULL, 0 };
	switch (step->is.number[0]) {
	case CORDON_GROUPS_KEEP:
		*set = set_copy(plan->arena, plan->job->groups,
				plan->job->n_groups);
		return 0;
	case CORDON_GROUPS_LIST:
		return words_to_set(plan, step, set, err);
	case CORDON_GROUPS_OWN:
		find_user(plan);
		if (!settled->user_name)
			return fail(plan, step, CORDON_FAILED, err,
				    "groups = own needs a user with an entry "
				    "in passwd");
		if (door_groups(plan->arena, settled->user_name,
				settled->host_gid, &set->id, &set->n,
				&why) < 0)
			return fail(plan, step, CORDON_FAILED, err, why.text);
		return 0;
	default:
		return 0;
	}
}

/* "FIRST-LAST", a number or a name. */
static int in_ranges(const struct step *step, uint32_t id,
		     struct cordon_error *err)
{
	for (size_t i = 0; i < step->is.n_words; i++) {
		const char *word = step->is.word[i];
		const char *dash = strchr(word, '-');
		uint32_t first, last;
		char head[16];

		if (dash && (size_t)(dash - word) < sizeof(head)) {
			memcpy(head, word, (size_t)(dash - word));
			head[dash - word] = '\0';
			if (value_id(head, &first) == 0 &&
			    value_id(dash + 1, &last) == 0) {
				if (id >= first && id <= last)
					return 1;
				continue;
			}
		}
		if (option_group(word, &first, err) < 0)
			return -1;
		if (id == first)
			return 1;
	}
	return 0;
}

/* The caller's groups that every keep-groups section names. */
static int add_kept(struct plan *plan, struct set *set,
		    struct cordon_error *err)
{
	const struct step *first = plan_find(plan, CORDON_STEP_KEEP_GROUPS);
	struct cordon_error why = { 0 };
	uint32_t *more;

	if (!first)
		return 0;
	/* No id matches: so each word is looked at, whoever the caller is. */
	for (const struct step *step = first; step; step = plan_next(plan, step))
		if (in_ranges(step, UINT32_MAX, &why) < 0)
			return fail(plan, step, CORDON_FAILED, err, why.text);
	more = arena_alloc(plan->arena, (set->n + plan->job->n_groups + 1) *
						sizeof(*more));
	if (set->n > 0)
		memcpy(more, set->id, set->n * sizeof(*more));
	set->id = more;
	for (size_t i = 0; i < plan->job->n_groups; i++) {
		int all = 1;

		for (const struct step *step = first; step && all == 1;
		     step = plan_next(plan, step))
			all = in_ranges(step, plan->job->groups[i], &why);
		if (all < 0)
			return fail(plan, first, CORDON_FAILED, err, why.text);
		if (all)
			set->id[set->n++] = plan->job->groups[i];
	}
	return 0;
}

static int settle_groups(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *step = plan_find(plan, CORDON_STEP_GROUPS);
	const struct step *asker = step;
	struct set set, own, now;

	set = set_copy(plan->arena, plan->job->groups, plan->job->n_groups);
	if (!step && settled->host_uid != plan->job->uid)
		set.n = 0;
	for (bool is_first = true; step; step = plan_next(plan, step)) {
		if (step_to_set(plan, step, &own, err) < 0)
			return -1;
		if (is_first)
			set = own;
		else
			set_meet(&set, &own);
		is_first = false;
	}
	if (add_kept(plan, &set, err) < 0)
		return -1;
	set_sort(&set);
	now = set_copy(plan->arena, plan->job->groups, plan->job->n_groups);
	set_sort(&now);
	settled->groups = set.id;
	settled->n_groups = set.n;
	settled->has_groups =
		set.n != now.n ||
		(set.n > 0 && memcmp(set.id, now.id, set.n * sizeof(*set.id)));
	if (settled->has_groups && !plan->job->is_root) {
		/* In a user namespace newgidmap(1) may allow it. */
		settled->needs_tool = settled->namespaces & CLONE_NEWUSER;
		if (!settled->needs_tool)
			return fail(plan, asker, CORDON_UNSUPPORTED, err,
				    "only root can change the groups (say "
				    "'groups = keep')");
	}
	return 0;
}

/* ---- maps ---- */

static void add_range(struct plan *plan, struct id_range **map, size_t *n,
		      uint32_t inside, uint32_t outside, uint32_t count)
{
	struct id_range *more =
		arena_alloc(plan->arena, (*n + 1) * sizeof(*more));

	if (*n > 0)
		memcpy(more, *map, *n * sizeof(*more));
	more[*n] = (struct id_range){ inside, outside, count };
	*map = more;
	(*n)++;
}

static bool maps_outside(const struct id_range *map, size_t n, uint32_t id,
			 uint32_t *inside)
{
	for (size_t i = 0; i < n; i++)
		if (id >= map[i].outside && id - map[i].outside < map[i].count) {
			*inside = map[i].inside + (id - map[i].outside);
			return true;
		}
	return false;
}

static const char *map_text(struct arena *arena, const struct id_range *map,
			    size_t n)
{
	const char *text = "";

	for (size_t i = 0; i < n; i++)
		text = arena_printf(arena, "%s%u %u %u\n", text, map[i].inside,
				    map[i].outside, map[i].count);
	return text;
}

/* The first range of /etc/subuid or /etc/subgid that belongs to the user. */
static bool find_subids(const struct plan *plan, const char *path,
			uint32_t *first, uint32_t *count)
{
	const struct settled *settled = &plan->settled;
	char line[256], number[16];
	FILE *file = fopen(path, "re");
	bool is_found = false;

	if (!file)
		return false;
	snprintf(number, sizeof(number), "%u", settled->host_uid);
	while (!is_found && fgets(line, sizeof(line), file)) {
		char *start = strchr(line, ':');
		char *size = start ? strchr(start + 1, ':') : NULL;

		if (!size)
			continue;
		*start++ = '\0';
		*size++ = '\0';
		size[strcspn(size, "\n")] = '\0';
		if (strcmp(line, number) &&
		    (!settled->user_name || strcmp(line, settled->user_name)))
			continue;
		is_found = value_id(start, first) == 0 &&
			   value_id(size, count) == 0 && *count > 0;
	}
	fclose(file);
	return is_found;
}

static int add_subids(struct plan *plan, const struct step *asker,
		      struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	uint32_t uid = 0, uids = 0, gid = 0, gids = 0;

	find_user(plan);
	if (!find_subids(plan, "/etc/subuid", &uid, &uids) ||
	    !find_subids(plan, "/etc/subgid", &gid, &gids))
		return fail(plan, asker, CORDON_UNSUPPORTED, err,
			    "the user has no range in /etc/subuid and "
			    "/etc/subgid (see usermod --add-subuids)");
	if (!plan->job->is_root && (access("/usr/bin/newuidmap", X_OK) < 0 ||
				    access("/usr/bin/newgidmap", X_OK) < 0))
		return fail(plan, asker, CORDON_UNSUPPORTED, err,
			    "/usr/bin/newuidmap is not installed (package "
			    "uidmap)");
	add_range(plan, &settled->uid_map, &settled->n_uid_map,
		  settled->uid == 0 ? 1 : 0, uid,
		  settled->uid == 0 || uids < settled->uid ? uids
							   : settled->uid);
	add_range(plan, &settled->gid_map, &settled->n_gid_map,
		  settled->gid == 0 ? 1 : 0, gid,
		  settled->gid == 0 || gids < settled->gid ? gids
							   : settled->gid);
	settled->maps_by_tool = !plan->job->is_root;
	return 0;
}

static int settle_explicit_maps(struct plan *plan, const struct step *step,
				struct cordon_error *err)
{
	struct settled *settled = &plan->settled;

	for (; step; step = plan_next(plan, step)) {
		const struct id_range *map = step->is.data;
		bool is_gid = step->is.number[0] != 0;

		for (size_t i = 0; i < step->is.size / sizeof(*map); i++)
			add_range(plan,
				  is_gid ? &settled->gid_map
					 : &settled->uid_map,
				  is_gid ? &settled->n_gid_map
					 : &settled->n_uid_map,
				  map[i].inside, map[i].outside, map[i].count);
		if (is_gid ? !maps_outside(settled->gid_map, settled->n_gid_map,
					   settled->host_gid, &settled->gid)
			   : !maps_outside(settled->uid_map, settled->n_uid_map,
					   settled->host_uid, &settled->uid))
			return fail(plan, step, CORDON_FAILED, err,
				    is_gid ? "the map leaves out the job's "
					     "own group"
					   : "the map leaves out the job's "
					     "own user");
	}
	settled->maps_by_tool = !plan->job->is_root &&
				(settled->n_uid_map > 1 ||
				 settled->n_gid_map > 1 ||
				 settled->uid_map[0].count > 1 ||
				 settled->gid_map[0].count > 1);
	return 0;
}

static void settle_short_map(struct plan *plan, int64_t map)
{
	struct settled *settled = &plan->settled;
	static const uint32_t inside[] = {
		[CORDON_MAP_ROOT] = 0,
		[CORDON_MAP_NOBODY] = NOBODY,
		[CORDON_MAP_SUBIDS] = 0,
	};

	settled->uid = map == CORDON_MAP_SELF ? settled->host_uid : inside[map];
	settled->gid = map == CORDON_MAP_SELF ? settled->host_gid : inside[map];
	add_range(plan, &settled->uid_map, &settled->n_uid_map, settled->uid,
		  settled->host_uid, 1);
	add_range(plan, &settled->gid_map, &settled->n_gid_map, settled->gid,
		  settled->host_gid, 1);
}

/* A kept group that no map names could not be given to setgroups(2). */
static void map_groups(struct plan *plan)
{
	struct settled *settled = &plan->settled;
	uint32_t inside;

	for (size_t i = 0; i < settled->n_groups; i++)
		if (!maps_outside(settled->gid_map, settled->n_gid_map,
				  settled->groups[i], &inside))
			add_range(plan, &settled->gid_map, &settled->n_gid_map,
				  settled->groups[i], settled->groups[i], 1);
	for (size_t i = 0; i < settled->n_groups; i++)
		if (maps_outside(settled->gid_map, settled->n_gid_map,
				 settled->groups[i], &inside))
			settled->groups[i] = inside;
}

static int judge_root_map(struct plan *plan, const struct step *asker,
			  struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *user = plan_find(plan, CORDON_STEP_USER);
	uint32_t inside;

	if (plan->job->is_root && !user &&
	    !plan_find(plan, CORDON_STEP_POOL))
		return fail(plan, asker, CORDON_FAILED, err,
			    "new = user, started by root, needs a [user] with "
			    "'user' or 'pool'");
	if ((!user || user->is.number[0] != 0) &&
	    maps_outside(settled->uid_map, settled->n_uid_map, 0, &inside))
		return fail(plan, asker, CORDON_FAILED, err,
			    "host uid 0 is mapped only where 'user = root' is "
			    "written");
	if ((!user || user->is.number[0] != 0) && settled->host_gid != 0 &&
	    maps_outside(settled->gid_map, settled->n_gid_map, 0, &inside))
		return fail(plan, asker, CORDON_FAILED, err,
			    "host gid 0 is mapped only where 'user = root' or "
			    "'group = root' is written");
	return 0;
}

static int settle_maps(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *map = plan_find(plan, CORDON_STEP_MAP);
	const struct step *idmap = plan_find(plan, CORDON_STEP_IDMAP);
	const struct step *asker = map ? map : idmap;
	bool is_subids = map && map->is.number[0] == CORDON_MAP_SUBIDS;

	settled->uid = settled->host_uid;
	settled->gid = settled->host_gid;
	if (!(settled->namespaces & CLONE_NEWUSER)) {
		if (asker)
			return fail(plan, asker, CORDON_FAILED, err,
				    "a map needs 'new = user'");
		return 0;
	}
	if (map && idmap)
		return fail(plan, idmap, CORDON_FAILED, err,
			    "uid-map and gid-map take the place of 'map', "
			    "which another section has");
	if (!asker)
		asker = plan_find(plan, CORDON_STEP_NAMESPACE);
	if (idmap) {
		if (settle_explicit_maps(plan, idmap, err) < 0)
			return -1;
	} else {
		settle_short_map(plan, map ? map->is.number[0]
					   : CORDON_MAP_SELF);
	}
	if ((is_subids || settled->needs_tool) &&
	    add_subids(plan, asker, err) < 0)
		return -1;
	if (judge_root_map(plan, asker, err) < 0)
		return -1;
	if (plan->job->is_root)
		map_groups(plan);
	else if (settled->needs_tool && settled->n_groups > 0)
		return fail(plan, asker, CORDON_UNSUPPORTED, err,
			    "without root groups can be kept or dropped, not "
			    "chosen");
	settled->uid_map_text =
		map_text(plan->arena, settled->uid_map, settled->n_uid_map);
	settled->gid_map_text =
		map_text(plan->arena, settled->gid_map, settled->n_gid_map);
	settled->maps_from_outside = plan->job->is_root || settled->maps_by_tool;
	settled->deny_setgroups = !plan->job->is_root && !settled->maps_by_tool;
	return 0;
}

int settle_ids(struct plan *plan, struct cordon_error *err)
{
	if (settle_user(plan, err) < 0 || settle_groups(plan, err) < 0)
		return -1;
	return settle_maps(plan, err);
}
