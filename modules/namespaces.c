/* SPDX-License-Identifier: MIT */
/*
 * namespaces - what of the machine the job has for itself
 *
 *	[namespaces]
 *	new = user mount pid net ipc uts
 *	map = self
 *	hostname = job
 *
 * Says only what is written; what that implies (mounts need mount, a caller who
 * is not root needs user) the core adds, and `explain` shows.
 */
#include <sched.h>
#include <string.h>

#include <cordon/module.h>

#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

#define MAP_LINES_MAX 340 /* user_namespaces(7), since Linux 4.15 */

struct namespaces {
	struct cordon_list new, uid_map, gid_map;
	struct cordon_number map, init, loopback;
	struct cordon_text hostname, prepared;
};

static const struct {
	const char *name;
	int64_t bit;
} kinds[] = {
	{ "user", CLONE_NEWUSER },     { "mount", CLONE_NEWNS },
	{ "pid", CLONE_NEWPID },       { "net", CLONE_NEWNET },
	{ "ipc", CLONE_NEWIPC },       { "uts", CLONE_NEWUTS },
	{ "cgroup", CLONE_NEWCGROUP }, { "time", CLONE_NEWTIME },
};

/* 0: unknown */
static int64_t namespace_bits(const char *name)
{
	int64_t bits = 0;

	for (size_t i = 0; i < CORDON_COUNT(kinds); i++)
		if (!strcmp(name, "all") || !strcmp(name, kinds[i].name))
			bits |= kinds[i].bit;
	return bits;
}

static int check_new(const char *text, struct cordon_error *err)
{
	if (namespace_bits(text) == 0)
		return cordon_fail(err, 0,
				   "'%s' is not one of user, mount, pid, net, "
				   "ipc, uts, cgroup, time, all",
				   text);
	return 0;
}

struct map_line {
	uint32_t inside, outside, count;
};

static int scan_blanks(const char **at)
{
	size_t n = strspn(*at, " \t");

	*at += n;
	return n > 0 ? 0 : -1;
}

static int parse_map_line(const char *text, struct map_line *line,
			  struct cordon_error *err)
{
	const char *at = text;

	if (cordon_scan_id(&at, &line->inside) < 0 || scan_blanks(&at) < 0 ||
	    cordon_scan_id(&at, &line->outside) < 0 || scan_blanks(&at) < 0 ||
	    cordon_scan_id(&at, &line->count) < 0 || *at)
		return cordon_fail(err, 0, "'%s' is not INSIDE OUTSIDE COUNT",
				   text);
	if (line->count == 0)
		return cordon_fail(err, 0, "'%s' maps nothing", text);
	if (line->count > UINT32_MAX - line->inside ||
	    line->count > UINT32_MAX - line->outside)
		return cordon_fail(err, 0, "'%s' goes beyond the last id",
				   text);
	return 0;
}

static int check_map_line(const char *text, struct cordon_error *err)
{
	struct map_line line;

	return parse_map_line(text, &line, err);
}

/* As a host name goes: letters, digits, dots and dashes; HOST_NAME_MAX. */
static int check_hostname(const char *text, struct cordon_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-._";
	size_t length = strlen(text);

	if (length == 0 || text[strspn(text, allowed)] || text[0] == '-' ||
	    text[0] == '.')
		return cordon_fail(err, 0, "'%s' is not a host name", text);
	if (length > 64)
		return cordon_fail(err, 0, "'%s' is longer than 64", text);
	return 0;
}

static int check_prepared(const char *text, struct cordon_error *err)
{
	if (!*text || *text == '.' || strchr(text, '/'))
		return cordon_fail(err, 0, "'%s' is not a plain name", text);
	return 0;
}

static const struct cordon_option options[] = {
	{ "new",
	  "of user, mount, pid, net, ipc, uts, cgroup, time, or all; mounts "
	  "imply mount, a caller who is not root implies user",
	  CORDON_WORDS, CORDON_OR, CORDON_AT(struct namespaces, new),
	  .check = check_new },
	{ "map",
	  "what the job's user is inside: itself, root, nobody, or root with "
	  "the caller's subids",
	  CORDON_WORD, CORDON_EQUAL, CORDON_AT(struct namespaces, map),
	  .form = "self|root|nobody|subids", .value = "self" },
	{ "uid-map", "INSIDE OUTSIDE COUNT, a line each, instead of map",
	  CORDON_LINES, CORDON_EQUAL, CORDON_AT(struct namespaces, uid_map),
	  .check = check_map_line },
	{ "gid-map", "INSIDE OUTSIDE COUNT, a line each, instead of map",
	  CORDON_LINES, CORDON_EQUAL, CORDON_AT(struct namespaces, gid_map),
	  .check = check_map_line },
	{ "hostname", "the name of the machine inside; implies uts",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct namespaces, hostname),
	  .check = check_hostname },
	{ "init", "a pid 1 that collects what the job leaves behind",
	  CORDON_YES_NO, CORDON_EQUAL, CORDON_AT(struct namespaces, init),
	  .value = "yes" },
	{ "loopback", "127.0.0.1 is up in a new net namespace", CORDON_YES_NO,
	  CORDON_EQUAL, CORDON_AT(struct namespaces, loopback),
	  .value = "yes" },
	{ "prepared", "enter those that `cordon prepare NAME` made",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct namespaces, prepared),
	  .check = check_prepared },
};

static int overlaps(uint32_t a, uint32_t n, uint32_t b, uint32_t m)
{
	return a < b ? b - a < n : a - b < m;
}

static int check_map(const char *key, const struct cordon_list *list,
		     struct cordon_error *err)
{
	struct map_line a, b;

	if (list->count > MAP_LINES_MAX)
		return cordon_fail(err, 0, "%s: more than %d lines", key,
				   MAP_LINES_MAX);
	for (size_t i = 0; i < list->count; i++) {
		if (parse_map_line(list->item[i].text, &a, err) < 0)
			return -1;
		for (size_t j = 0; j < i; j++) {
			if (parse_map_line(list->item[j].text, &b, err) < 0)
				return -1;
			if (overlaps(a.inside, a.count, b.inside, b.count) ||
			    overlaps(a.outside, a.count, b.outside, b.count))
				return cordon_fail(err, 0,
						   "%s: '%s' and '%s' overlap",
						   key, list->item[j].text,
						   list->item[i].text);
		}
	}
	return 0;
}

static int namespaces_configure(const void *self, struct cordon_error *err)
{
	const struct namespaces *namespaces = self;
	size_t uids = namespaces->uid_map.count;
	size_t gids = namespaces->gid_map.count;

	if (namespaces->map.given && uids + gids > 0)
		return cordon_fail(
			err, 0, "map and uid-map, gid-map exclude each other");
	if ((uids > 0) != (gids > 0))
		return cordon_fail(err, 0,
				   "uid-map and gid-map need each other");
	if (check_map("uid-map", &namespaces->uid_map, err) < 0 ||
	    check_map("gid-map", &namespaces->gid_map, err) < 0)
		return -1;
	return 0;
}

static int add_map(struct cordon_plan *plan, int64_t is_gid,
		   const struct cordon_list *list, struct cordon_error *err)
{
	struct map_line lines[MAP_LINES_MAX];

	if (list->count == 0)
		return 0;
	if (list->count > MAP_LINES_MAX)
		return cordon_fail(err, 0, "too many lines in a map");
	for (size_t i = 0; i < list->count; i++)
		if (parse_map_line(list->item[i].text, &lines[i], err) < 0)
			return -1;
	cordon_add_data(plan, list->where, CORDON_STEP_IDMAP, is_gid, lines,
			list->count * sizeof(lines[0]));
	return 0;
}

static int namespaces_plan(const void *self, struct cordon_plan *plan,
			   struct cordon_error *err)
{
	const struct namespaces *namespaces = self;
	const struct cordon_number *map = &namespaces->map;
	const struct cordon_number *init = &namespaces->init;
	const struct cordon_number *loopback = &namespaces->loopback;
	int64_t bits = 0;

	for (size_t i = 0; i < namespaces->new.count; i++)
		bits |= namespace_bits(namespaces->new.item[i].text);
	if (bits != 0)
		cordon_add_number(plan, namespaces->new.where,
				  CORDON_STEP_NAMESPACE, bits, 0, 0);
	if (map->given)
		cordon_add_number(plan, map->where, CORDON_STEP_MAP, map->value,
				  0, 0);
	if (add_map(plan, 0, &namespaces->uid_map, err) < 0 ||
	    add_map(plan, 1, &namespaces->gid_map, err) < 0)
		return -1;
	if (namespaces->hostname.given)
		cordon_add_text(plan, namespaces->hostname.where,
				CORDON_STEP_HOSTNAME, namespaces->hostname.text,
				NULL);
	if (init->given)
		cordon_add_number(plan, init->where, CORDON_STEP_INIT,
				  init->value, 0, 0);
	if (loopback->given)
		cordon_add_number(plan, loopback->where, CORDON_STEP_LOOPBACK,
				  loopback->value, 0, 0);
	if (namespaces->prepared.given)
		cordon_add_text(plan, namespaces->prepared.where,
				CORDON_STEP_PREPARED, namespaces->prepared.text,
				NULL);
	return 0;
}

CORDON_MODULE(namespaces) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "namespaces of the job's own, see namespaces(7)",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct namespaces),
	.configure = namespaces_configure,
	.plan = namespaces_plan,
};
