/* SPDX-License-Identifier: MIT */
/*
 * Where the mounts of a profile are, in the order in which they are made
 *
 * A folder at "/" is its entries, each of them shown in the root, which stays in
 * memory and read-only.  A target below a symbolic link of the profile's own is
 * where the link leads inside; nsjail would follow it on the host.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail_lines.h"
#include "core/value.h"

#define LINKS_MAX 40 /* as the kernel */

bool nsjail_is_below(const char *path, const char *top)
{
	size_t size = strlen(top);

	return !strcmp(top, "/") || (!strncmp(path, top, size) &&
				     (path[size] == '/' || path[size] == '\0'));
}

bool nsjail_is_optional(const struct nsjail_mount *mount)
{
	return !nsjail_is(&mount->mandatory, true);
}

static bool is_bind(const struct nsjail_mount *mount)
{
	return nsjail_is(&mount->is_bind, false);
}

static bool is_link(const struct nsjail_mount *mount)
{
	return nsjail_is(&mount->is_symlink, false);
}

static struct nsjail_place *add_place(struct nsjail_writer *to,
				      struct nsjail_places *places,
				      const struct nsjail_mount *mount,
				      const char *target)
{
	struct nsjail_place *place = places->place;

	if (places->n == places->room) {
		places->room = places->room ? 2 * places->room : 16;
		places->place = arena_alloc(to->arena,
					    places->room * sizeof(*place));
		if (places->n > 0)
			memcpy(places->place, place,
			       places->n * sizeof(*place));
	}
	place = &places->place[places->n++];
	*place = (struct nsjail_place){ .mount = mount, .target = target };
	return place;
}

/* ---- what is there ---- */

/* Of a link: nothing may stand at its place. */
static bool is_taken(const struct nsjail_places *places,
		     const struct nsjail_place *place)
{
	for (const struct nsjail_place *other = place;
	     other-- > places->place && !other->is_spread;)
		if (!other->is_left_out &&
		    nsjail_is_below(other->target, place->target))
			return true;
	return false;
}

static bool fits(const struct nsjail_place *place)
{
	const struct textproto_value *is_dir = &place->mount->is_dir;

	return !is_dir->line || !place->is_there ||
	       place->is_dir == (is_dir->number != 0);
}

static int look_at(struct nsjail_writer *to, struct nsjail_places *places,
		   struct nsjail_place *place)
{
	const struct nsjail_mount *mount = place->mount;
	struct stat st = { .st_mode = 0 };

	place->is_there = !is_bind(mount) ||
			  stat(nsjail_source(to, mount), &st) == 0;
	place->is_dir = !is_bind(mount) ||
			(place->is_there && S_ISDIR(st.st_mode));
	place->is_device = is_bind(mount) && place->is_there &&
			   (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode));
	if (is_link(mount) &&
	    (!*nsjail_text(&mount->src, "") || is_taken(places, place))) {
		place->is_left_out = nsjail_is_optional(mount);
		return place->is_left_out
			       ? 0
			       : NSJAIL_FAIL(to, &mount->dst,
					     "no place for this symbolic link, "
					     "or no text");
	}
	if (!is_link(mount) && !fits(place)) {
		place->is_left_out = nsjail_is_optional(mount);
		return place->is_left_out
			       ? 0
			       : NSJAIL_FAIL(to, &mount->is_dir,
					     "its source is %s folder",
					     place->is_dir ? "a" : "no");
	}
	return 0;
}

/* ---- a folder at "/" ---- */

static struct textproto_value text_value(const char *text,
					 const struct textproto_value *where)
{
	return (struct textproto_value){ .text = text,
					 .line = where->line ? where->line : 1,
					 .column = where->column };
}

static struct textproto_value flag(bool is)
{
	return (struct textproto_value){ .number = is, .line = 1 };
}

static void add_entry(struct nsjail_writer *to, struct nsjail_places *places,
		      const struct nsjail_mount *root, const char *folder,
		      const char *name)
{
	struct nsjail_mount *mount = arena_alloc(to->arena, sizeof(*mount));
	const char *path = arena_printf(to->arena, "%s/%s",
					strcmp(folder, "/") ? folder : "", name);
	char text[PATH_MAX];
	ssize_t size = readlink(path, text, sizeof(text));

	*mount = *root;
	mount->mandatory = flag(false);
	mount->is_dir = (struct textproto_value){ .line = 0 };
	mount->dst = text_value(arena_printf(to->arena, "/%s", name),
				&root->dst);
	mount->src = text_value(path, &root->dst);
	if (size > 0 && size < PATH_MAX) {
		mount->is_symlink = flag(true);
		mount->src.text = arena_copy(to->arena, text, (size_t)size);
	} else if (!strcmp(path, "/proc") &&
		   nsjail_is(&to->profile->clone_newpid, true)) {
		/* the job's own, not that of the host's processes */
		mount->is_bind = flag(false);
		mount->fstype = text_value("proc", &root->dst);
	}
	look_at(to, places, add_place(to, places, mount, mount->dst.text));
}

static int is_name(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

static int add_root(struct nsjail_writer *to, struct nsjail_places *places,
		    const struct nsjail_mount *mount)
{
	const char *folder = nsjail_source(to, mount);
	struct dirent **entries = NULL;
	struct nsjail_place *place;
	char shown[SHOWN];
	int n;

	if (!is_bind(mount) || is_link(mount))
		return NSJAIL_FAIL(to, &mount->dst,
				   "only a bind of a folder is supported at "
				   "'/'");
	n = scandir(folder, &entries, is_name, alphasort);
	if (n < 0 && nsjail_is_optional(mount))
		return 0;
	if (n < 0)
		return NSJAIL_FAIL(to, &mount->dst,
				   "cannot read the folder '%s': %s",
				   SHOW(shown, folder), strerror(errno));
	place = add_place(to, places, mount, "/");
	place->is_spread = place->is_there = true;
	for (int i = 0; i < n; i++) {
		add_entry(to, places, mount, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return 0;
}

/* ---- links of the profile's own ---- */

static const struct nsjail_place *find_link(const struct nsjail_places *places,
					    const char *target, bool stays)
{
	for (size_t i = places->n; i-- > 0;) {
		const struct nsjail_place *place = &places->place[i];

		if (is_link(place->mount) && !place->is_left_out &&
		    nsjail_is_below(target, place->target) &&
		    (!stays || strcmp(target, place->target) != 0))
			return place;
		/* what covers the link is what is seen there */
		if (nsjail_is_below(target, place->target) &&
		    !is_link(place->mount))
			return NULL;
	}
	return NULL;
}

/* stays: a link that is the target itself is not followed.  NULL: round and
 * round. */
static const char *resolve(struct nsjail_writer *to,
			   const struct nsjail_places *places,
			   const char *target, bool stays)
{
	const struct nsjail_place *link;

	for (int i = 0; i < LINKS_MAX; i++) {
		const char *text, *end;

		link = find_link(places, target, stays);
		if (!link)
			return target;
		text = nsjail_text(&link->mount->src, "");
		end = strrchr(link->target, '/');
		target = nsjail_normal(
			to, arena_printf(to->arena, "%.*s/%s%s",
					 *text == '/' ? 0
						      : (int)(end - link->target),
					 link->target, text,
					 target + strlen(link->target)));
	}
	return NULL;
}

/* ---- all of them ---- */

static int add_mount(struct nsjail_writer *to, struct nsjail_places *places,
		     const struct nsjail_mount *mount)
{
	const char *target = nsjail_target(to, mount->dst.text);

	if (!strcmp(target, "/"))
		return add_root(to, places, mount);
	target = resolve(to, places, target, is_link(mount));
	if (!target)
		return NSJAIL_FAIL(to, &mount->dst,
				   "too many symbolic links on the way");
	return look_at(to, places, add_place(to, places, mount, target));
}

/* What comes later is mounted over it: nobody would see this one.  A later one
 * that may be absent, and is, covers nothing. */
static bool is_covered(const struct nsjail_places *places, size_t at)
{
	for (size_t i = at + 1; i < places->n; i++) {
		const struct nsjail_place *later = &places->place[i];

		if (!later->is_left_out && !is_link(later->mount) &&
		    nsjail_is_below(places->place[at].target, later->target) &&
		    (!nsjail_is_optional(later->mount) || later->is_there))
			return true;
	}
	return false;
}

static int add_chroot(struct nsjail_writer *to, struct nsjail_places *places)
{
	const struct nsjail_profile *profile = to->profile;
	struct nsjail_mount *root = arena_alloc(to->arena, sizeof(*root));

	if (profile->is_root_rw && !profile->chroot)
		return cordon_fail(to->err, 0,
				   "--rw without --chroot is not supported "
				   "here");
	if (!profile->chroot)
		return 0;
	root->rw = flag(profile->is_root_rw);
	root->is_bind = flag(true);
	root->src = text_value(profile->chroot, &root->rw);
	root->dst = text_value("/", &root->rw);
	return add_root(to, places, root);
}

/* The last of all, over what is there. */
static int add_proc(struct nsjail_writer *to, struct nsjail_places *places)
{
	const struct nsjail_profile *profile = to->profile;
	struct nsjail_mount *proc = arena_alloc(to->arena, sizeof(*proc));

	if (!nsjail_is(&profile->mount_proc, false))
		return 0;
	proc->rw = flag(profile->is_proc_rw);
	proc->dst = text_value("/proc", &profile->mount_proc);
	proc->fstype = text_value("proc", &profile->mount_proc);
	return look_at(to, places, add_place(to, places, proc, "/proc"));
}

int nsjail_find_places(struct nsjail_writer *to, struct nsjail_places *places)
{
	const struct textproto_list *mounts = &to->profile->mount;

	if (add_chroot(to, places) < 0)
		return -1;
	for (size_t i = 0; i < mounts->n; i++)
		if (add_mount(to, places, mounts->value[i].message) < 0)
			return -1;
	if (add_proc(to, places) < 0)
		return -1;
	for (size_t i = 0; i < places->n; i++) {
		struct nsjail_place *place = &places->place[i];

		place->is_covered = is_covered(places, i);
		place->is_mounted = place->is_there && !place->is_covered &&
				    !place->is_left_out && !place->is_spread &&
				    !is_link(place->mount);
	}
	return 0;
}
