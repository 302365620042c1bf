/* SPDX-License-Identifier: MIT */
/*
 * What a profile says in nsjail's words, as sections.  Where nsjail is looser
 * than a stack could be, the stack's way is taken: read-only holds below a
 * mount too, binds are nosuid and nodev, loader variables pass only by their
 * name.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/nsjail.h"
#include "core/value.h"

#define SHOWN 96
#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

const char *const nsjail_yields[] = {
	"user.user",
	"user.group",
	"user.groups",
	"namespaces.map",
	"namespaces.uid-map",
	"namespaces.gid-map",
	"namespaces.hostname",
	"namespaces.init",
	"process.forward",
	"process.cwd",
	"timeout.signal",
	"timeout.grace",
	NULL,
};

struct writer {
	struct arena *arena;
	const struct nsjail_profile *profile;
	char *const *environ;
	struct ini_file *out;
	size_t room;
	struct cordon_error *err;
};

/* ---- lines ---- */

static void put(struct writer *to, unsigned line, const char *section,
		const char *key, const char *value)
{
	struct ini_file *out = to->out;

	if (out->count == to->room) {
		struct ini_line *old = out->lines;

		to->room = to->room ? 2 * to->room : 64;
		out->lines =
			arena_alloc(to->arena, to->room * sizeof(*out->lines));
		if (out->count > 0)
			memcpy(out->lines, old, out->count * sizeof(*old));
	}
	out->lines[out->count++] = (struct ini_line){
		.section = section, .key = key, .value = value, .line = line
	};
}

__attribute__((format(printf, 5, 6))) static void
print(struct writer *to, unsigned line, const char *section, const char *key,
      const char *format, ...)
{
	char *text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		put(to, line, section, key, arena_strdup(to->arena, text));
	va_end(args);
	free(text);
}

/* As it stands: each of MARKS gets ESCAPE before it. */
static const char *escape(struct writer *to, const char *text,
			  const char *marks, char before)
{
	char *out = arena_alloc(to->arena, 2 * strlen(text) + 1), *at = out;

	for (; *text; text++) {
		if (strchr(marks, *text))
			*at++ = before;
		*at++ = *text;
	}
	return out;
}

/* A dollar stands for nothing in a profile. */
static const char *literal(struct writer *to, const char *text)
{
	return escape(to, text, "$", '$');
}

static const char *literal_path(struct writer *to, const char *path)
{
	return literal(to, escape(to, path, ":\\", '\\'));
}

#define FAIL(to, value, ...)                                                   \
	(cordon_fail((to)->err, 0, __VA_ARGS__), blame(to, value))

static int blame(struct writer *to, const struct textproto_value *value)
{
	const char *reason = arena_strdup(to->arena, to->err->text);
	char shown[SHOWN];

	/* an option has no place in a file */
	if (to->profile->file && value->column > 0)
		snprintf(to->err->text, sizeof(to->err->text), "%s:%u:%u: %s",
			 SHOW(shown, to->profile->file), value->line,
			 value->column, reason);
	return -1;
}

static bool is(const struct textproto_value *value, bool other)
{
	return value->line ? value->number != 0 : other;
}

static int64_t number_of(const struct textproto_value *value, int64_t other)
{
	return value->line ? value->number : other;
}

static const char *text_of(const struct textproto_value *value,
			   const char *other)
{
	return value->line ? value->text : other;
}

/* ---- what is nsjail's own way of ending ---- */

static int put_stack(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;

	if (number_of(&profile->mode, 1) != 1)
		return FAIL(to, &profile->mode,
			    "only mode: ONCE is supported here");
	put(to, 0, "stack", "parent", "always");
	put(to, 0, "stack", "exit-denied", "255");
	put(to, 0, "stack", "exit-failed", "255");
	put(to, 0, "stack", "exit-timeout", "137");
	put(to, 0, "stack", "signal-exit", "code");
	return 0;
}

/* ---- namespaces and ids ---- */

static int put_namespaces(struct writer *to)
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

	if (!is(&profile->clone_newuser, true) && geteuid() != 0)
		return FAIL(to, &profile->clone_newuser,
			    "clone_newuser: false needs root");
	for (size_t i = 0; i < CORDON_COUNT(all); i++)
		if (is(all[i].value, all[i].other))
			put(to, all[i].value->line, "namespaces.profile", "new",
			    all[i].word);
	if (is(&profile->clone_newuts, true))
		put(to, profile->hostname.line, "namespaces.profile",
		    "hostname",
		    literal(to, text_of(&profile->hostname, "NSJAIL")));
	if (is(&profile->clone_newpid, true))
		put(to, 0, "namespaces.profile", "init", "no");
	if (is(&profile->clone_newnet, true) &&
	    is(&profile->iface_no_lo, false))
		put(to, profile->iface_no_lo.line, "namespaces.profile",
		    "loopback", "no");
	return 0;
}

struct id_map {
	uint32_t inside, outside, count;
	const struct textproto_value *where;
};

/* "": the caller's own; else a number or a name. */
static int id_of(struct writer *to, const struct textproto_value *where,
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
	return rc < 0 ? blame(to, where) : 0;
}

static int read_maps(struct writer *to, const struct textproto_list *list,
		     bool is_group, struct id_map **out)
{
	uint32_t own = is_group ? getegid() : geteuid();

	*out = arena_alloc(to->arena, (list->n + 1) * sizeof(**out));
	/* the same inside as outside */
	**out = (struct id_map){ own, own, 1, NULL };
	for (size_t i = 0; i < list->n; i++) {
		const struct nsjail_map *map = list->value[i].message;
		struct id_map *to_map = &(*out)[i];
		const char *inside = text_of(&map->inside_id, "");

		to_map->where = &list->value[i];
		/* of one that is 0 the options of nsjail make one */
		to_map->count = (uint32_t)number_of(&map->count, 1);
		to_map->count += to_map->count == 0;
		if (id_of(to, to_map->where, inside, is_group, own,
			  &to_map->inside) < 0 ||
		    id_of(to, to_map->where, text_of(&map->outside_id, ""),
			  is_group, own, &to_map->outside) < 0)
			return -1;
	}
	return 0;
}

static bool is_one(const struct id_map *map, size_t n)
{
	return n <= 1 && map->count == 1;
}

static void put_map_lines(struct writer *to, const char *key,
			  const struct id_map *map, size_t n)
{
	for (size_t i = 0; i < (n ? n : 1); i++)
		print(to, map[i].where ? map[i].where->line : 0,
		      "namespaces.profile", key,
		      "%" PRIu32 " %" PRIu32 " %" PRIu32, map[i].inside,
		      map[i].outside, map[i].count);
}

/* Inside a user namespace the first outside id is the job's. */
static void put_mapped(struct writer *to, const struct id_map *uids,
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
		put(to, uids->where ? uids->where->line : 0,
		    "namespaces.profile", "map", word);
		return;
	}
	put_map_lines(to, "uid-map", uids, n_uids);
	put_map_lines(to, "gid-map", gids, n_gids);
}

static int put_ids(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	size_t n_uids = profile->uidmap.n, n_gids = profile->gidmap.n;
	bool is_mapped = is(&profile->clone_newuser, true);
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
	print(to, uids->where ? uids->where->line : 0, "user.profile", "user",
	      "%" PRIu32, uid);
	print(to, gids->where ? gids->where->line : 0, "user.profile", "group",
	      "%" PRIu32, gid);
	put(to, 0, "user.profile", "groups", "none");
	return 0;
}

/* ---- files ---- */

static const char *absolute(struct writer *to, const char *path)
{
	char real[PATH_MAX], *cwd;

	if (realpath(path, real))
		return arena_strdup(to->arena, real);
	if (*path == '/')
		return path;
	cwd = getcwd(real, sizeof(real));
	return cwd ? arena_printf(to->arena, "%s/%s", cwd, path) : path;
}

/* Without '//', '/./' and a last slash; nsjail takes "tmp" for "/tmp". */
static const char *target_of(struct writer *to, const char *path)
{
	char *out = arena_alloc(to->arena, strlen(path) + 3), *at = out;

	while (*path) {
		size_t size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (size > 0 && !(size == 1 && *path == '.')) {
			*at++ = '/';
			memcpy(at, path, size);
			at += size;
		}
		path += size;
	}
	if (at == out)
		*at++ = '/';
	return out;
}

static bool is_below(const char *path, const char *top)
{
	size_t size = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, size) &&
				     (path[size] == '/' || path[size] == '\0'));
}

/* What comes later is mounted over it: nobody would see this one. */
static bool is_covered(struct writer *to, size_t at, const char *target)
{
	const struct textproto_list *mounts = &to->profile->mount;

	for (size_t i = at + 1; i < mounts->n; i++) {
		const struct nsjail_mount *later = mounts->value[i].message;

		if (is_below(target, target_of(to, later->dst.text)))
			return true;
	}
	return false;
}

static int put_tmpfs(struct writer *to, const struct nsjail_mount *mount,
		     const char *target)
{
	const char *options = text_of(&mount->options, "");
	uint64_t size = (uint64_t)1 << 62;
	const char *mode = NULL;
	char shown[SHOWN];

	while (*options) {
		size_t length = strcspn(options, ",");
		const char *option = arena_copy(to->arena, options, length);
		char *end = NULL;

		options += length + (options[length] == ',');
		if (!strncmp(option, "size=", 5)) {
			static const char units[] = "kmg";
			const char *unit;

			errno = 0;
			size = strtoull(option + 5, &end, 10);
			unit = *end ? strchr(units, *end | 0x20) : NULL;
			if (unit)
				size <<= 10 * (unit - units + 1);
			if (end == option + 5 || errno || size == 0 ||
			    option[5] == '-' || (*end && (!unit || end[1])))
				return FAIL(to, &mount->options,
					    "'%s' is no size of a tmpfs",
					    SHOW(shown, option));
		} else if (!strncmp(option, "mode=", 5)) {
			mode = option + 5;
		} else if (length > 0) {
			return FAIL(to, &mount->options,
				    "'%s' is not supported here (size= and "
				    "mode= are)",
				    SHOW(shown, option));
		}
	}
	/* none was given: half of the memory, as the kernel has it */
	if (size == (uint64_t)1 << 62)
		size = (uint64_t)sysconf(_SC_PHYS_PAGES) *
		       (uint64_t)sysconf(_SC_PAGESIZE) / 2;
	print(to, mount->dst.line, "mounts.profile", "tmpfs",
	      "%s:size=%" PRIu64 "K%s%s%s", literal_path(to, target),
	      (size + 1023) / 1024, mode ? ":mode=" : "",
	      mode ? literal(to, mode) : "",
	      is(&mount->rw, false) ? "" : ":ro");
	return 0;
}

/* A device is bound without nodev, or it would be none. */
static int put_bind(struct writer *to, const struct nsjail_mount *mount,
		    const char *target)
{
	const char *source = absolute(to, text_of(&mount->src, ""));
	const char *absent = is(&mount->mandatory, true) ? "" : "-";
	const char *key = is(&mount->rw, false) ? "rw" : "ro";
	struct stat st;

	if (!*source)
		return FAIL(to, &mount->dst, "this mount has no src");
	if (mount->options.line && *mount->options.text)
		return FAIL(to, &mount->options,
			    "options of a bind are not supported here");
	if (stat(source, &st) == 0 &&
	    (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		key = "device";
	if (!strcmp(key, "device") && !strcmp(source, target) &&
	    !strpbrk(source, "*?"))
		print(to, mount->dst.line, "mounts.profile", key, "%s%s",
		      absent, literal_path(to, target));
	else
		print(to, mount->dst.line, "mounts.profile", key, "%s%s:%s",
		      absent, literal_path(to, source),
		      literal_path(to, target));
	return 0;
}

/* What is no mount of files alone. */
struct special {
	const char *proc, *dev;
};

static bool is_host(struct writer *to, const struct nsjail_mount *mount,
		    const char *target, const char *path)
{
	return !strcmp(target, path) &&
	       !strcmp(absolute(to, text_of(&mount->src, "")), path);
}

static int put_mount(struct writer *to, const struct nsjail_mount *mount,
		     const char *target, struct special *special)
{
	const char *type = text_of(&mount->fstype, "");
	char shown[SHOWN];

	if (is(&mount->is_symlink, false)) {
		print(to, mount->dst.line, "mounts.profile", "symlink", "%s:%s",
		      literal_path(to, text_of(&mount->src, "")),
		      literal_path(to, target));
		return 0;
	}
	if (is(&mount->is_bind, false)) {
		if (is_host(to, mount, target, "/dev"))
			special->dev = "host";
		else if (is_host(to, mount, target, "/proc"))
			special->proc = "host";
		else
			return put_bind(to, mount, target);
		return 0;
	}
	if (!strcmp(type, "tmpfs"))
		return put_tmpfs(to, mount, target);
	if (!strcmp(type, "proc") && !strcmp(target, "/proc")) {
		special->proc = "new";
		return 0;
	}
	return FAIL(to, mount->fstype.line ? &mount->fstype : &mount->dst,
		    "a mount of type '%s' is not supported here (a bind, a "
		    "tmpfs, a symlink and proc at /proc are)",
		    SHOW(shown, type));
}

static int put_mounts(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	struct special special = {
		.proc = is(&profile->mount_proc, false) ? "new" : "none",
		.dev = "none",
	};

	if (!is(&profile->clone_newns, true)) {
		if (profile->mount.n > 0)
			return FAIL(to, &profile->mount.value[0],
				    "mounts need clone_newns");
		return 0;
	}
	put(to, 0, "mounts.profile", "root", "empty");
	for (size_t i = 0; i < profile->mount.n; i++) {
		const struct nsjail_mount *mount =
			profile->mount.value[i].message;
		const char *target = target_of(to, mount->dst.text);

		if (!strcmp(target, "/"))
			return FAIL(to, &mount->dst,
				    "a mount at '/' is not supported here");
		if (!is_covered(to, i, target) &&
		    put_mount(to, mount, target, &special) < 0)
			return -1;
	}
	put(to, profile->mount_proc.line, "mounts.profile", "proc",
	    special.proc);
	put(to, 0, "mounts.profile", "dev", special.dev);
	return 0;
}

/* ---- environment ---- */

static const char *from_environ(struct writer *to, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; to->environ[i]; i++)
		if (!strncmp(to->environ[i], name, size) &&
		    to->environ[i][size] == '=')
			return to->environ[i] + size + 1;
	return NULL;
}

static bool is_given_later(const struct textproto_list *list, size_t at)
{
	const char *text = list->value[at].text;
	size_t size = strcspn(text, "=");

	for (size_t i = at + 1; i < list->n; i++)
		if (strcspn(list->value[i].text, "=") == size &&
		    !memcmp(list->value[i].text, text, size))
			return true;
	return false;
}

static int put_environment(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;

	put(to, profile->keep_env.line, "env.profile", "keep",
	    is(&profile->keep_env, false) ? "*" : "");
	for (size_t i = 0; i < profile->envar.n; i++) {
		const struct textproto_value *value = &profile->envar.value[i];
		const char *now;

		if (is_given_later(&profile->envar, i))
			continue;
		if (strchr(value->text, '=')) {
			put(to, value->line, "env.profile", "set",
			    literal(to, value->text));
			continue;
		}
		now = from_environ(to, value->text);
		if (now)
			print(to, value->line, "env.profile", "set", "%s=%s",
			      value->text, literal(to, now));
	}
	return 0;
}

/* ---- limits ---- */

enum limit_type { LIMIT_VALUE, LIMIT_SOFT, LIMIT_HARD, LIMIT_INF };

static const struct limit {
	const char *key, *unit;
	int resource;
	uint64_t unit_size; /* of the kernel's, in one of the profile's */
	uint64_t value;
	enum limit_type type;
} limits[NSJAIL_RLIMITS] = {
	[NSJAIL_AS] = { "as", "K", RLIMIT_AS, 1 << 20, 4096, LIMIT_VALUE },
	[NSJAIL_CORE] = { "core", "K", RLIMIT_CORE, 1 << 20, 0, LIMIT_VALUE },
	[NSJAIL_CPU] = { "cpu", "s", RLIMIT_CPU, 1, 600, LIMIT_VALUE },
	[NSJAIL_FSIZE] = { "fsize", "K", RLIMIT_FSIZE, 1 << 20, 1,
			   LIMIT_VALUE },
	[NSJAIL_NOFILE] = { "nofile", "", RLIMIT_NOFILE, 1, 32, LIMIT_VALUE },
	[NSJAIL_NPROC] = { "nproc", "", RLIMIT_NPROC, 1, 1024, LIMIT_SOFT },
	[NSJAIL_STACK] = { "stack", "K", RLIMIT_STACK, 1 << 20, 8, LIMIT_SOFT },
	[NSJAIL_MEMLOCK] = { "memlock", "K", RLIMIT_MEMLOCK, 1 << 10, 64,
			     LIMIT_SOFT },
	[NSJAIL_RTPRIO] = { "rtprio", "", RLIMIT_RTPRIO, 1, 0, LIMIT_SOFT },
	[NSJAIL_MSGQUEUE] = { "msgqueue", "K", RLIMIT_MSGQUEUE, 1, 1024,
			      LIMIT_SOFT },
};

#define LIFTED_FILES                                                           \
	8192 /* by nsjail, also where it is to leave limits alone */

static int put_limit(struct writer *to, const struct limit *limit,
		     const struct nsjail_limit *given)
{
	uint64_t value =
		(uint64_t)number_of(&given->value, (int64_t)limit->value);
	unsigned line =
		given->value.line ? given->value.line : given->type.line;
	struct rlimit now;

	getrlimit((__rlimit_resource_t)limit->resource, &now);
	switch ((enum limit_type)number_of(&given->type, limit->type)) {
	case LIMIT_VALUE:
		if (value > (uint64_t)INT64_MAX / limit->unit_size)
			return FAIL(to, &given->value, "is out of range");
		value *= limit->unit_size;
		break;
	case LIMIT_SOFT:
		value = now.rlim_cur;
		break;
	case LIMIT_HARD:
		value = now.rlim_max;
		break;
	case LIMIT_INF:
		value = RLIM_INFINITY;
		break;
	}
	if (value == RLIM_INFINITY)
		put(to, line, "rlimits.profile", limit->key, "unlimited");
	else
		print(to, line, "rlimits.profile", limit->key, "%" PRIu64 "%s",
		      *limit->unit == 'K' ? value >> 10 : value,
		      value == 0 ? "" : limit->unit);
	return 0;
}

static int put_limits(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	struct rlimit files;

	if (is(&profile->disable_rl, false)) {
		getrlimit(RLIMIT_NOFILE, &files);
		print(to, profile->disable_rl.line, "rlimits.profile", "nofile",
		      "%" PRIu64 ":same",
		      (uint64_t)(files.rlim_max < LIFTED_FILES ? files.rlim_max
							       : LIFTED_FILES));
		return 0;
	}
	for (size_t i = 0; i < NSJAIL_RLIMITS; i++)
		if (put_limit(to, &limits[i], &profile->limit[i]) < 0)
			return -1;
	return 0;
}

/* ---- the rest ---- */

/* Those of the user namespace, also for a user that is not its root. */
static void put_all_caps(struct writer *to)
{
	unsigned line = to->profile->keep_caps.line;

	put(to, line, "caps.profile", "keep", "all");
	put(to, line, "caps.profile", "ambient", "all");
}

static int put_process(struct writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	int64_t wall = number_of(&profile->time_limit, 600);

	put(to, profile->cwd.line, "process.profile", "cwd",
	    literal(to, target_of(to, text_of(&profile->cwd, "/"))));
	print(to, profile->nice_level.line, "process.profile", "nice",
	      "%" PRId64, number_of(&profile->nice_level, 19));
	if (!is(&profile->skip_setsid, false))
		put(to, profile->skip_setsid.line, "process.profile", "session",
		    "new");
	put(to, 0, "process.profile", "forward", "end");
	if (!is(&profile->keep_caps, false))
		put(to, profile->keep_caps.line, "caps.profile", "keep", "");
	else if (is(&profile->clone_newuser, true))
		put_all_caps(to);
	if (wall > 0)
		print(to, profile->time_limit.line, "timeout.profile", "wall",
		      "%" PRId64 "s", wall);
	put(to, 0, "timeout.profile", "signal", "KILL");
	put(to, 0, "timeout.profile", "grace", "3s");
	if (number_of(&profile->cgroup_mem_max, 0) != 0)
		print(to, profile->cgroup_mem_max.line, "cgroup.profile",
		      "memory", "%" PRIu64 "K",
		      ((uint64_t)profile->cgroup_mem_max.number + 1023) / 1024);
	if (number_of(&profile->cgroup_cpu_ms_per_sec, 0) != 0)
		print(to, profile->cgroup_cpu_ms_per_sec.line, "cgroup.profile",
		      "cpu", "%" PRId64 "%%",
		      (profile->cgroup_cpu_ms_per_sec.number + 9) / 10);
	return 0;
}

int nsjail_sections(struct arena *arena, const struct nsjail_profile *profile,
		    char *const *environ, struct ini_file *out,
		    struct cordon_error *err)
{
	static int (*const parts[])(struct writer * to) = {
		put_stack,	 put_namespaces, put_ids,     put_mounts,
		put_environment, put_limits,	 put_process,
	};
	struct writer to = { .arena = arena,
			     .profile = profile,
			     .environ = environ,
			     .out = out,
			     .err = err };

	*out = (struct ini_file){ .path = profile->file ? profile->file
							: "nsjail" };
	for (size_t i = 0; i < CORDON_COUNT(parts); i++)
		if (parts[i](&to) < 0)
			return -1;
	return 0;
}
