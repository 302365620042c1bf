/* SPDX-License-Identifier: MIT */
/*
 * Targets of a profile's mounts that lie in what another one of them binds
 *
 * In the root and in a tmpfs they are made when it is mounted, in memory.  In a
 * folder of the host's they must be there, so they are made now: by the caller,
 * who owns what he lets the job change, and never by way of a link.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/nsjail_lines.h"

/* The mount that the target lies in.  NULL: the root. */
static const struct nsjail_place *
find_parent(const struct nsjail_places *places, const char *target)
{
	const struct nsjail_place *found = NULL;

	for (size_t i = 0; i < places->n; i++) {
		const struct nsjail_place *place = &places->place[i];

		if (place->is_mounted && strcmp(target, place->target) != 0 &&
		    nsjail_is_below(target, place->target) &&
		    (!found || strlen(found->target) < strlen(place->target)))
			found = place;
	}
	return found;
}

/* A link is never mounted on: made, or refused where something stands. */
static bool make_link(int fd, const char *name,
		      const struct nsjail_mount *mount, bool may_make)
{
	int rc = may_make ? symlinkat(nsjail_text(&mount->src, ""), fd, name)
			  : -1;

	close(fd);
	return rc == 0;
}

/* A folder, opened; or the last part, which may be a file.  Takes fd. */
static int enter(int fd, const char *name, bool is_dir, bool may_make)
{
	int next = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (next < 0 && may_make && errno == ENOENT) {
		if (is_dir ? mkdirat(fd, name, 0755) < 0
			   : mknodat(fd, name, S_IFREG | 0644, 0) < 0)
			next = -1;
		else
			next = openat(fd, name,
				      O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	close(fd);
	if (next >= 0 && (fstat(next, &st) < 0 || S_ISLNK(st.st_mode) ||
			  (S_ISDIR(st.st_mode) != 0) != is_dir)) {
		close(next);
		return -1;
	}
	return next;
}

bool nsjail_has_target(struct nsjail_writer *to,
		       const struct nsjail_places *places, size_t at)
{
	const struct nsjail_place *place = &places->place[at],
				  *parent = find_parent(places, place->target);
	const struct nsjail_mount *mount = place->mount;
	const char *rest = place->target;
	bool may_make;
	int fd;

	if (!parent || !nsjail_is(&parent->mount->is_bind, false))
		return true;
	rest += strlen(parent->target);
	may_make = to->profile->may_make &&
		   nsjail_is(&parent->mount->rw, false);
	fd = open(nsjail_source(to, parent->mount), O_PATH | O_DIRECTORY | O_CLOEXEC);
	while (fd >= 0 && *(rest += strspn(rest, "/"))) {
		size_t size = strcspn(rest, "/");
		const char *name = arena_copy(to->arena, rest, size);
		bool is_last = rest[size] == '\0';

		if (!strcmp(name, "..")) /* a start refuses it */
			break;
		if (is_last && nsjail_is(&mount->is_symlink, false))
			return make_link(fd, name, mount, may_make);
		fd = enter(fd, name, !is_last || place->is_dir, may_make);
		rest += size;
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0 && *rest == '\0';
}
