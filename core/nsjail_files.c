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
	char real[PATH_MAX];

	if (*path != '/') /* nsjail stands there when it mounts */
		path = arena_printf(to->arena, "/%s", path);
	return realpath(path, real) ? arena_strdup(to->arena, real) : path;
}

/* A part of the memory; half of it is what a tmpfs of the kernel's has. */
static int part_of_memory(uint64_t percent, uint64_t *size)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	if (pages <= 0 || page <= 0)
		return -1;
	*size = (uint64_t)pages * (uint64_t)page / 100 * percent;
	return 0;
}

/* "size=8m", "size=10%" */
static int read_size(const char *option, uint64_t *size)
{
	static const char units[] = "kmg";
	const char *text = option + strlen("size="), *unit;
	char *end = NULL;
	int shift = 0;

	errno = 0;
	*size = strtoull(text, &end, 10);
	if (end == text || errno || *size == 0 || *text == '-' ||
	    (*end && end[1]))
		return -1;
	if (*end == '%')
		return *size > 100 ? -1 : part_of_memory(*size, size);
	unit = *end ? strchr(units, *end | 0x20) : NULL;
	if (unit)
		shift = 10 * (int)(unit - units + 1);
	if ((*end && !unit) || *size > (uint64_t)INT64_MAX >> shift)
		return -1;
	*size <<= shift;
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

		options += length + (options[length] == ',');
		if (!strncmp(option, "size=", 5)) {
			if (read_size(option, &size) < 0)
				return NSJAIL_FAIL(to, &mount->options,
						   "'%s' is no size of a tmpfs",
						   SHOW(shown, option));
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
	if (size == 0 && part_of_memory(50, &size) < 0)
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

/* Of a mount(2) that binds the kernel reads no options; what they would narrow
 * is done. */
static bool has_option(const struct nsjail_mount *mount, const char *word)
{
	const char *at = nsjail_text(&mount->options, "");

	for (size_t size; *at; at += size + (at[size] == ',')) {
		size = strcspn(at, ",");
		if (size == strlen(word) && !memcmp(at, word, size))
			return true;
	}
	return false;
}

static bool is_read_only(const struct nsjail_mount *mount)
{
	return !nsjail_is(&mount->rw, false) || has_option(mount, "ro");
}

/* A device is bound without nodev, or it would be none. */
static int put_bind(struct nsjail_writer *to, const struct nsjail_place *place)
{
	const struct nsjail_mount *mount = place->mount;
	const char *key = is_read_only(mount) ? "ro" : "rw";
	char shown[SHOWN];

	if (place->is_device)
		key = "device";
	if (place->is_device && nsjail_is(&mount->nodev, false))
		return NSJAIL_FAIL(to, &mount->nodev,
				   "nodev is not supported on a device");
	/* it would be shown as the link that it is */
	if (!place->is_there && readlink(nsjail_source(to, mount), shown, 1) > 0)
		return NSJAIL_FAIL(to, &mount->src,
				   "'%s' is a symbolic link to nothing",
				   SHOW(shown, mount->src.text));
	NSJAIL_PRINT(to, &mount->dst, "mounts.profile", key, "%s%s:%s",
		     nsjail_is_optional(mount) ? "-" : "",
		     nsjail_path(to, nsjail_source(to, mount)),
		     nsjail_path(to, place->target));
	if (place->is_device && is_read_only(mount))
		nsjail_put(to, &mount->dst, "mounts.profile", "read-only",
			   nsjail_literal(to, place->target));
	return 0;
}

/* What is no mount of files alone. */
struct special {
	const char *proc, *dev;
};

static bool is_host(struct nsjail_writer *to, const struct nsjail_place *place,
		    const char *path)
{
	return !strcmp(place->target, path) &&
	       !strcmp(nsjail_source(to, place->mount), path);
}

static int put_special(struct nsjail_writer *to,
		       const struct nsjail_place *place, const char **special,
		       const char *word)
{
	*special = word;
	if (is_read_only(place->mount))
		nsjail_put(to, &place->mount->dst, "mounts.profile",
			   "read-only", place->target);
	return 0;
}

static int put_mount(struct nsjail_writer *to, const struct nsjail_place *place,
		     struct special *special)
{
	const struct nsjail_mount *mount = place->mount;
	const char *type = nsjail_text(&mount->fstype, "");
	char shown[SHOWN];

	if (nsjail_is(&mount->is_symlink, false)) {
		NSJAIL_PRINT(to, &mount->dst, "mounts.profile", "symlink",
			     "%s:%s",
			     nsjail_path(to, nsjail_text(&mount->src, "")),
			     nsjail_path(to, place->target));
		return 0;
	}
	if (nsjail_is(&mount->is_bind, false)) {
		if (is_host(to, place, "/dev"))
			return put_special(to, place, &special->dev, "host");
		if (is_host(to, place, "/proc"))
			return put_special(to, place, &special->proc, "host");
		return put_bind(to, place);
	}
	if (!strcmp(type, "tmpfs"))
		return put_tmpfs(to, mount, place->target);
	if (!strcmp(type, "proc") && !strcmp(place->target, "/proc"))
		return put_special(to, place, &special->proc, "new");
	return NSJAIL_FAIL(
		to, mount->fstype.line ? &mount->fstype : &mount->dst,
		"a mount of type '%s' is not supported here (a bind, a "
		"tmpfs, a symlink and proc at /proc are)",
		SHOW(shown, type));
}

/* Would the kernel refuse it whatever it is asked for? */
static bool is_nothing(const struct nsjail_mount *mount)
{
	return !nsjail_is(&mount->is_symlink, false) &&
	       (nsjail_is(&mount->is_bind, false)
			? !*nsjail_text(&mount->src, "")
			: !*nsjail_text(&mount->fstype, ""));
}

static int put_place(struct nsjail_writer *to,
		     const struct nsjail_places *places, size_t at,
		     struct special *special)
{
	const struct nsjail_place *place = &places->place[at];
	const struct nsjail_mount *mount = place->mount;

	if (is_nothing(mount) && !nsjail_is_optional(mount))
		return NSJAIL_FAIL(to, &mount->dst, "this mount has no %s",
				   nsjail_is(&mount->is_bind, false)
					   ? "src"
					   : "fstype");
	if (is_nothing(mount) ||
	    (!place->is_there && nsjail_is_optional(mount)))
		return 0; /* and what it would cover stays */
	/* of one that must be mounted the start says why it is not */
	if ((place->is_mounted || nsjail_is(&mount->is_symlink, false)) &&
	    !nsjail_has_target(to, places, at) && nsjail_is_optional(mount))
		return 0;
	if (put_mount(to, place, special) < 0)
		return -1;
	if (nsjail_is(&mount->noexec, false) || has_option(mount, "noexec"))
		nsjail_put(to, &mount->dst, "mounts.profile", "noexec",
			   nsjail_literal(to, place->target));
	return 0;
}

/* It would hold for what is mounted below too. */
static int judge_noexec(struct nsjail_writer *to,
			const struct nsjail_places *places, size_t at)
{
	const struct nsjail_place *place = &places->place[at];

	if (!nsjail_is(&place->mount->noexec, false))
		return 0;
	for (size_t i = 0; i < places->n; i++)
		if (places->place[i].is_mounted && i != at &&
		    !nsjail_is(&places->place[i].mount->noexec, false) &&
		    nsjail_is_below(places->place[i].target, place->target))
			return NSJAIL_FAIL(to, &place->mount->noexec,
					   "noexec is not supported here where "
					   "something else is mounted below "
					   "without it");
	return 0;
}

int nsjail_put_mounts(struct nsjail_writer *to)
{
	const struct nsjail_profile *profile = to->profile;
	struct nsjail_places places = { .n = 0 };
	struct special special = { .proc = "none", .dev = "none" };

	if (!nsjail_is(&profile->clone_newns, true)) {
		if (profile->mount.n > 0)
			return NSJAIL_FAIL(to, &profile->mount.value[0],
					   "mounts need clone_newns");
		return 0;
	}
	nsjail_put(to, NULL, "mounts.profile", "root", "empty");
	if (nsjail_find_places(to, &places) < 0)
		return -1;
	for (size_t i = 0; i < places.n; i++) {
		const struct nsjail_place *place = &places.place[i];

		if (!place->is_covered && !place->is_left_out &&
		    !place->is_spread &&
		    (judge_noexec(to, &places, i) < 0 ||
		     put_place(to, &places, i, &special) < 0))
			return -1;
	}
	nsjail_put(to, &profile->mount_proc, "mounts.profile", "proc",
		   special.proc);
	nsjail_put(to, NULL, "mounts.profile", "dev", special.dev);
	return 0;
}
