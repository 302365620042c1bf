/* SPDX-License-Identifier: MIT */
/* The doors of the twin: libltdl with a loader of our own, and NSS. */
#include <dlfcn.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <ltdl.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/handoff.h"

int door_enter(char **argv, struct handoff *start, struct cordon_error *err)
{
	return handoff_take(environ, start, err);
}

void door_go_on(void) {}

/* ---- modules ---- */

/*
 * libltdl is one per process and keeps no reason of a failure, so this does.
 */
static char why[256];

/*
 * All symbols bound now, so that a missing one ends the load and not a job;
 * never unloaded, since what it may have left behind (thread keys) would crash.
 */
static lt_module checked_open(lt_user_data data, const char *path,
			      lt_dladvise advise)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	const char *reason = handle ? NULL : dlerror();

	if (!handle)
		snprintf(why, sizeof(why), "%s", reason ? reason : "no reason");
	return handle;
}

static int checked_close(lt_user_data data, lt_module module) { return 0; }

static void *checked_symbol(lt_user_data data, lt_module module,
			    const char *symbol)
{
	return dlsym(module, symbol);
}

/* In place of libltdl's own, which binds lazily. */
static int begin_ltdl(void)
{
	static const lt_dlvtable checked = {
		.name = "cordon_checked",
		.sym_prefix = "",
		.module_open = checked_open,
		.module_close = checked_close,
		.find_sym = checked_symbol,
		.priority = LT_DLLOADER_PREPEND,
	};
	static bool is_begun;

	if (is_begun)
		return 0;
	if (lt_dlinit() != 0 || !lt_dlloader_remove("lt_dlopen") ||
	    lt_dlloader_add(&checked) != 0)
		return -1;
	is_begun = true;
	return 0;
}

int door_open_module(const char *path, const char *name, const void **out,
		     struct cordon_error *err)
{
	char symbol[128];
	const char *reason = why;
	size_t length = strlen(path);
	lt_dlhandle handle;

	if (begin_ltdl() < 0)
		return cordon_fail(err, 0, "cannot begin libltdl: %s",
				   lt_dlerror());
	why[0] = '\0';
	handle = lt_dlopen(path);
	if (!handle) {
		/* dlerror() says the path itself, first */
		if (!strncmp(why, path, length) && why[length] == ':')
			reason += length + 1 + strspn(why + length + 1, " ");
		return cordon_fail(err, 0, "cannot load '%s': %s", path,
				   *reason ? reason : lt_dlerror());
	}
	/* lt_dlsym() would also take a plain cordon_module, of any module. */
	snprintf(symbol, sizeof(symbol), "%s_LTX_cordon_module", name);
	*out = lt_dlsym(handle, symbol);
	if (!*out)
		return cordon_fail(err, 0,
				   "'%s' has no symbol '%s' (it must end with "
				   "CORDON_MODULE(%s), as the file is named)",
				   path, symbol, name);
	return 0;
}

/* ---- names ---- */

#define BUFFER_MAX ((size_t)64 * 1024 * 1024)

/*
 * The _r calls want a buffer that is large enough, and say so only by ERANGE.
 * What NSS could not find out is not the same as that there is none.
 */
static void *grow(void *buffer, size_t *size)
{
	void *larger;

	*size = *size > 0 ? 2 * *size : 4096;
	larger = *size <= BUFFER_MAX ? realloc(buffer, *size) : NULL;
	if (!larger)
		free(buffer);
	return larger;
}

static int find_user(struct arena *arena, const char *name, uint32_t uid,
		     struct door_user *out)
{
	struct passwd entry, *found = NULL;
	char *buffer = NULL;
	size_t size = 0;
	int rc;

	do {
		buffer = grow(buffer, &size);
		if (!buffer)
			return ENOMEM;
		rc = name ? getpwnam_r(name, &entry, buffer, size, &found)
			  : getpwuid_r(uid, &entry, buffer, size, &found);
	} while (rc == ERANGE || rc == EINTR);
	if (rc == 0 && found)
		*out = (struct door_user){
			.uid = found->pw_uid,
			.gid = found->pw_gid,
			.name = arena_strdup(arena, found->pw_name),
			.home = arena_strdup(arena, found->pw_dir),
			.shell = arena_strdup(arena, found->pw_shell),
		};
	free(buffer);
	return rc == 0 && !found ? -1 : rc;
}

int door_user(struct arena *arena, const char *name, struct door_user *out,
	      struct cordon_error *err)
{
	int rc = find_user(arena, name, 0, out);

	if (rc < 0 || rc == ENOENT || rc == ESRCH)
		return cordon_fail(err, 0, "no user '%s'", name);
	return rc == 0 ? 0
		       : cordon_fail(err, rc, "cannot look up user '%s'", name);
}

int door_user_of(struct arena *arena, uint32_t uid, struct door_user *out,
		 struct cordon_error *err)
{
	int rc = find_user(arena, NULL, uid, out);

	if (rc < 0 || rc == ENOENT || rc == ESRCH)
		return cordon_fail(err, 0, "no user has uid %u", (unsigned)uid);
	return rc == 0 ? 0
		       : cordon_fail(err, rc, "cannot look up uid %u",
				     (unsigned)uid);
}

int door_group(struct arena *arena, const char *name, uint32_t *gid,
	       struct cordon_error *err)
{
	struct group entry, *found = NULL;
	char *buffer = NULL;
	size_t size = 0;
	int rc;

	do {
		buffer = grow(buffer, &size);
		if (!buffer)
			return cordon_fail(err, ENOMEM,
					   "cannot look up group '%s'", name);
		rc = getgrnam_r(name, &entry, buffer, size, &found);
	} while (rc == ERANGE || rc == EINTR);
	if (rc == 0 && found)
		*gid = found->gr_gid;
	free(buffer);
	if ((rc == 0 && !found) || rc == ENOENT || rc == ESRCH)
		return cordon_fail(err, 0, "no group '%s'", name);
	return rc == 0 ? 0
		       : cordon_fail(err, rc, "cannot look up group '%s'",
				     name);
}

int door_groups(struct arena *arena, const char *user, uint32_t gid,
		uint32_t **gids, size_t *n, struct cordon_error *err)
{
	int count, room = 32;

	_Static_assert(sizeof(gid_t) == sizeof(**gids), "gid_t is 32 bits");
	do {
		*gids = arena_alloc(arena, (size_t)room * sizeof(**gids));
		count = room;
		if (getgrouplist(user, gid, *gids, &count) >= 0) {
			*n = (size_t)count;
			return 0;
		}
		room = count > room ? count : 2 * room;
	} while (room <= NGROUPS_MAX + 1);
	return cordon_fail(err, 0, "user '%s' is in more than %d groups", user,
			   NGROUPS_MAX);
}
