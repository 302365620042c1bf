/* SPDX-License-Identifier: MIT */
/* Namespaces and ids of a profile. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/nsjail_lines.h"
#include "core/value.h"

int nsjail_put_namespaces(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	const struct {
		const struct textproto_value *value;
		const char *word;
		bool other;
	} all[] = {
		{ &profile->clone_newuser, "user", true },
		{ &profile->clone_newns, "mount", true },
		{ &profile->clone_newpid, "pid", true },
		{ &profile->clone_newnet, "net", true },
		{ &profile->clone_newipc, "ipc", true },
		{ &profile->clone_newuts, "uts", true },
		{ &profile->clone_newcgroup, "cgroup", true },
		{ &profile->clone_newtime, "time", false },
	};

	if (!nsjail_is(&profile->clone_newuser, true) && geteuid() != 0)
		return NSJAIL_FAIL(to, &profile->clone_newuser,
				   "clone_newuser: false needs root");
	for (size_t i = 0; i < CORDON_COUNT(all); i++)
		if (nsjail_is(all[i].value, all[i].other))
			nsjail_put(to, all[i].value, "namespaces.profile",
				   "new", all[i].word);
	if (nsjail_is(&profile->clone_newuts, true))
		nsjail_put(to, &profile->hostname, "namespaces.profile",
			   "hostname",
			   nsjail_literal(to, nsjail_text(&profile->hostname,
							  "NSJAIL")));
	if (nsjail_is(&profile->clone_newpid, true))
		nsjail_put(to, NULL, "namespaces.profile", "init", "no");
	if (nsjail_is(&profile->clone_newnet, true) &&
	    nsjail_is(&profile->iface_no_lo, false))
		nsjail_put(to, &profile->iface_no_lo, "namespaces.profile",
			   "loopback", "no");
	return 0;
}

struct id_map {
	uint32_t inside, outside, count;
	const struct textproto_value *where;
};

/* "": the caller's own; else a number or a name. */
static int id_of(struct nsjail_writer *to, const struct textproto_value *where,
		 const char *text, bool is_group, uint32_t own, uint32_t *out)
{
	struct door_user user;
	int rc = 0;

	*out = own;
	if (!*text || value_id(text, out) == 0)
		return 0;
	if (is_group)
		rc = door_group(to->arena, text, out, to->err);
	else if ((rc = door_user(to->arena, text, &user, to->err)) == 0)
		*out = user.uid;
	return rc < 0 ? nsjail_blame(to, where) : 0;
}

static int read_maps(struct nsjail_writer *to,
		     const struct textproto_list *list, bool is_group,
		     struct id_map **out)
{
	uint32_t own = is_group ? getegid() : geteuid();

	*out = arena_alloc(to->arena, (list->n + 1) * sizeof(**out));
	/* the same inside as outside */
	**out = (struct id_map){ own, own, 1, NULL };
	for (size_t i = 0; i < list->n; i++) {
		const struct nsjail_map *map = list->value[i].message;
		struct id_map *to_map = &(*out)[i];
		const char *inside = nsjail_text(&map->inside_id, "");

		to_map->where = &list->value[i];
		/* of one that is 0 the options of nsjail make one */
		to_map->count = (uint32_t)nsjail_number(&map->count, 1);
		to_map->count += to_map->count == 0;
		if (id_of(to, to_map->where, inside, is_group, own,
			  &to_map->inside) < 0 ||
		    id_of(to, to_map->where, nsjail_text(&map->outside_id, ""),
			  is_group, own, &to_map->outside) < 0)
			return -1;
	}
	return 0;
}

static bool is_one(const struct id_map *map, size_t n)
{
	return n <= 1 && map->count == 1;
}

static void put_map_lines(struct nsjail_writer *to, const char *key,
			  const struct id_map *map, size_t n)
{
	for (size_t i = 0; i < (n ? n : 1); i++)
		NSJAIL_PRINT(to, map[i].where, "namespaces.profile", key,
			     "%" PRIu32 " %" PRIu32 " %" PRIu32, map[i].inside,
			     map[i].outside, map[i].count);
}

/* Inside a user namespace the first outside id is the job's. */
static void put_mapped(struct nsjail_writer *to, const struct id_map *uids,
		       size_t n_uids, const struct id_map *gids, size_t n_gids)
{
	static const struct {
		uint32_t id;
		const char *word;
	} words[] = { { 0, "root" }, { 65534, "nobody" } };
	const char *word = NULL;

	if (is_one(uids, n_uids) && is_one(gids, n_gids)) {
		if (uids->inside == uids->outside &&
		    gids->inside == gids->outside)
			word = "self";
		for (size_t i = 0; !word && i < CORDON_COUNT(words); i++)
			if (uids->inside == words[i].id &&
			    gids->inside == words[i].id)
				word = words[i].word;
	}
	if (word) {
		nsjail_put(to, uids->where, "namespaces.profile", "map", word);
		return;
	}
	put_map_lines(to, "uid-map", uids, n_uids);
	put_map_lines(to, "gid-map", gids, n_gids);
}

int nsjail_put_ids(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	size_t n_uids = profile->uidmap.n, n_gids = profile->gidmap.n;
	bool is_mapped = nsjail_is(&profile->clone_newuser, true);
	struct id_map *uids, *gids;
	uint32_t uid, gid;

	if (read_maps(to, &profile->uidmap, false, &uids) < 0 ||
	    read_maps(to, &profile->gidmap, true, &gids) < 0)
		return -1;
	if (is_mapped)
		put_mapped(to, uids, n_uids, gids, n_gids);
	uid = is_mapped ? uids->outside : uids->inside;
	gid = is_mapped ? gids->outside : gids->inside;
	if (geteuid() != 0)
		return 0;
	NSJAIL_PRINT(to, uids->where, "user.profile", "user", "%" PRIu32, uid);
	NSJAIL_PRINT(to, gids->where, "user.profile", "group", "%" PRIu32, gid);
	nsjail_put(to, NULL, "user.profile", "groups", "none");
	return 0;
}
