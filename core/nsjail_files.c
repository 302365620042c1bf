/* SPDX-License-Identifier: MIT */
/* The mounts of a profile. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail_lines.h"
#include "core/value.h"

const char *nsjail_source(struct nsjail_writer *to,
			  const struct nsjail_mount *mount)
{
	const char *path = nsjail_text(&mount->src, "");
	char real[PATH_MAX], *cwd;

	if (realpath(path, real))
		return arena_strdup(to->arena, real);
	if (*path == '/')
		return path;
	cwd = getcwd(real, sizeof(real));
	return cwd ? arena_printf(to->arena, "%s/%s", cwd, path) : path;
}

bool nsjail_is_below(const char *path, const char *top)
{
	size_t size = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, size) &&
				     (path[size] == '/' || path[size] == '\0'));
}

/* What comes later is mounted over it: nobody would see this one.  A later one
 * that may be absent, and is, covers nothing. */
static bool is_covered(struct nsjail_writer *to,
		       const struct nsjail_place *places, size_t n, size_t at)
{
	struct stat st;

	for (size_t i = at + 1; i < n; i++) {
		const struct nsjail_mount *later = places[i].mount;

		if (nsjail_is_below(places[at].target, places[i].target) &&
		    (nsjail_is(&later->mandatory, true) ||
		     stat(nsjail_source(to, later), &st) == 0))
			return true;
	}
	return false;
}

/* What a tmpfs of the kernel's may have. */
static int half_of_memory(uint64_t *size)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page <= 0)
		return -1;
	*size = (uint64_t)pages * (uint64_t)page / 2;
	return 0;
}

static int put_tmpfs(struct nsjail_writer *to, const struct nsjail_mount *mount,
		     const char *target)
{
	const char *options = nsjail_text(&mount->options, "");
	uint64_t size = 0; /* none was given */
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
			int shift = 0;

			errno = 0;
			size = strtoull(option + 5, &end, 10);
			unit = *end ? strchr(units, *end | 0x20) : NULL;
			if (unit)
				shift = 10 * (int)(unit - units + 1);
			if (end == option + 5 || errno || size == 0 ||
			    option[5] == '-' || (*end && (!unit || end[1])) ||
			    size > (uint64_t)INT64_MAX >> shift)
				return NSJAIL_FAIL(to, &mount->options,
						   "'%s' is no size of a tmpfs",
						   SHOW(shown, option));
			size <<= shift;
		} else if (!strncmp(option, "mode=", 5)) {
			mode = option + 5;
		} else if (length > 0) {
			return NSJAIL_FAIL(
				to, &mount->options,
				"'%s' is not supported here (size= and "
				"mode= are)",
				SHOW(shown, option));
		}
	}
	if (size == 0 && half_of_memory(&size) < 0)
		return NSJAIL_FAIL(to, &mount->dst,
				   "cannot find out how much memory there is "
				   "(say size=)");
	NSJAIL_PRINT(to, &mount->dst, "mounts.profile", "tmpfs",
		     "%s:size=%" PRIu64 "K%s%s%s", nsjail_path(to, target),
		     (size + 1023) / 1024, mode ? ":mode=" : "",
		     mode ? nsjail_literal(to, mode) : "",
		     nsjail_is(&mount->rw, false) ? "" : ":ro");
	return 0;
}

/* A device is bound without nodev, or it would be none. */
static int put_bind(struct nsjail_writer *to, const struct nsjail_mount *mount,
		    const char *target)
{
	const char *source = nsjail_source(to, mount);
	const char *absent = nsjail_is(&mount->mandatory, true) ? "" : "-";
	const char *key = nsjail_is(&mount->rw, false) ? "rw" : "ro";
	struct stat st;
	bool is_there;

	if (!*nsjail_text(&mount->src, ""))
		return NSJAIL_FAIL(to, &mount->dst, "this mount has no src");
	if (mount->options.line && *mount->options.text)
		return NSJAIL_FAIL(to, &mount->options,
				   "options of a bind are not supported here");
	is_there = stat(source, &st) == 0;
	if (!is_there && *absent)
		return 0; /* and what it would cover stays */
	if (is_there && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
		key = "device";
	if (!strcmp(key, "device") && nsjail_is(&mount->nodev, false))
		return NSJAIL_FAIL(to, &mount->nodev,
				   "nodev is not supported on a device");
	if (!strcmp(key, "device") && !strcmp(source, target) &&
	    !strpbrk(source, "*?"))
		NSJAIL_PRINT(to, &mount->dst, "mounts.profile", key, "%s%s",
			     absent, nsjail_path(to, target));
	else
		NSJAIL_PRINT(to, &mount->dst, "mounts.profile", key, "%s%s:%s",
			     absent, nsjail_path(to, source),
			     nsjail_path(to, target));
	return 0;
}

/* What is no mount of files alone. */
struct special {
	const char *proc, *dev;
};

static bool is_host(struct nsjail_writer *to, const struct nsjail_mount *mount,
		    const char *target, const char *path)
{
	return !strcmp(target, path) && !strcmp(nsjail_source(to, mount), path);
}

static int put_mount(struct nsjail_writer *to, const struct nsjail_mount *mount,
		     const char *target, struct special *special)
{
	const char *type = nsjail_text(&mount->fstype, "");
	char shown[SHOWN];

	if (nsjail_is(&mount->is_symlink, false)) {
		NSJAIL_PRINT(to, &mount->dst, "mounts.profile", "symlink",
			     "%s:%s",
			     nsjail_path(to, nsjail_text(&mount->src, "")),
			     nsjail_path(to, target));
		return 0;
	}
	if (nsjail_is(&mount->is_bind, false)) {
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
	return NSJAIL_FAIL(
		to, mount->fstype.line ? &mount->fstype : &mount->dst,
		"a mount of type '%s' is not supported here (a bind, a "
		"tmpfs, a symlink and proc at /proc are)",
		SHOW(shown, type));
}

static int find_places(struct nsjail_writer *to, struct nsjail_place *places)
{
	const struct textproto_list *mounts = &to->profile->mount;
	struct stat st;

	for (size_t i = 0; i < mounts->n; i++) {
		const struct nsjail_mount *mount = mounts->value[i].message;

		places[i].mount = mount;
		places[i].target = nsjail_target(to, mount->dst.text);
		if (!strcmp(places[i].target, "/"))
			return NSJAIL_FAIL(to, &mount->dst,
					   "a mount at '/' is not supported "
					   "here");
	}
	for (size_t i = 0; i < mounts->n; i++) {
		const struct nsjail_mount *mount = places[i].mount;
		bool is_bind = nsjail_is(&mount->is_bind, false);
		bool is_there =
			!is_bind || stat(nsjail_source(to, mount), &st) == 0;

		places[i].is_dir =
			!is_bind || (is_there && S_ISDIR(st.st_mode));
		places[i].is_covered = is_covered(to, places, mounts->n, i);
		places[i].is_mounted = is_there && !places[i].is_covered &&
				       !nsjail_is(&mount->is_symlink, false);
	}
	return 0;
}

static int put_places(struct nsjail_writer *to,
		      const struct nsjail_place *places, size_t n,
		      struct special *special)
{
	for (size_t i = 0; i < n; i++) {
		const struct nsjail_mount *mount = places[i].mount;

		if (places[i].is_covered)
			continue;
		/* of one that must be mounted the start says why it is not */
		if ((places[i].is_mounted ||
		     nsjail_is(&mount->is_symlink, false)) &&
		    !nsjail_has_target(to, places, n, i) &&
		    !nsjail_is(&mount->mandatory, true))
			continue;
		if (put_mount(to, mount, places[i].target, special) < 0)
			return -1;
	}
	return 0;
}

int nsjail_put_mounts(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	const size_t n = profile->mount.n;
	struct nsjail_place *places;
	struct special special = {
		.proc = nsjail_is(&profile->mount_proc, false) ? "new" : "none",
		.dev = "none",
	};

	if (!nsjail_is(&profile->clone_newns, true)) {
		if (n > 0)
			return NSJAIL_FAIL(to, &profile->mount.value[0],
					   "mounts need clone_newns");
		return 0;
	}
	nsjail_put(to, NULL, "mounts.profile", "root", "empty");
	places = arena_alloc(to->arena, (n + 1) * sizeof(*places));
	if (find_places(to, places) < 0 ||
	    put_places(to, places, n, &special) < 0)
		return -1;
	nsjail_put(to, &profile->mount_proc, "mounts.profile", "proc",
		   special.proc);
	nsjail_put(to, NULL, "mounts.profile", "dev", special.dev);
	return 0;
}
