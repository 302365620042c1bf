/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/etc.h"

/* Who may answer for one database, as far as it matters here. */
struct sources {
	bool is_files_first; /* a name found there is found */
	bool is_files_alone; /* a name not found there does not exist */
	bool is_plain;	     /* nobody but systemd beside it */
};

static FILE *open_in(const char *dir, const char *name)
{
	char path[PATH_MAX];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "re");
	/* Else glibc's readers ask the kernel before each line where they are. */
	if (file)
		rewind(file);
	return file;
}

/*
 * An action in brackets may make an answer count less than it looks, and
 * 'compat' gives lines that begin with + and - a meaning of their own: both are
 * left to NSS.
 */
static struct sources judge_line(char *text)
{
	struct sources sources = { false, true, true };
	bool is_first = true;
	char *rest = NULL;

	text[strcspn(text, "#\n")] = '\0';
	for (char *word = strtok_r(text, " \t", &rest); word;
	     word = strtok_r(NULL, " \t", &rest)) {
		bool is_files = !strcmp(word, "files");

		if (strchr(word, '['))
			return (struct sources){ false, false, false };
		if (is_first)
			sources.is_files_first = is_files;
		is_first = false;
		if (!is_files)
			sources.is_files_alone = false;
		if (!is_files && strcmp(word, "systemd") != 0)
			sources.is_plain = false;
	}
	return sources;
}

/* Without a file or a line for it a database is that of the files alone. */
static struct sources find_sources(const char *dir, const char *database)
{
	struct sources sources = { true, true, true };
	size_t length = strlen(database), size = 0;
	char *line = NULL;
	FILE *file = open_in(dir, "nsswitch.conf");

	if (!file)
		return errno == ENOENT
			       ? sources
			       : (struct sources){ false, false, false };
	while (getline(&line, &size, file) >= 0) {
		char *text = line + strspn(line, " \t");
		char *colon = text + length;

		if (strncmp(text, database, length) != 0)
			continue;
		colon += strspn(colon, " \t");
		if (*colon == ':')
			sources = judge_line(colon + 1);
	}
	free(line);
	fclose(file);
	return sources;
}

/* The first line counts, as it does for NSS; + and - are for 'compat' alone. */
static enum etc_answer find_user(struct arena *arena, const char *dir,
				 const char *name, uint32_t uid,
				 struct door_user *out)
{
	struct sources sources = find_sources(dir, "passwd");
	enum etc_answer answer =
		sources.is_files_alone ? ETC_ABSENT : ETC_UNSURE;
	const struct passwd *entry;
	FILE *file;

	if (!sources.is_files_first)
		return ETC_UNSURE;
	file = open_in(dir, "passwd");
	if (!file)
		return ETC_UNSURE;
	while ((entry = fgetpwent(file))) {
		if (strchr("+-", entry->pw_name[0]))
			continue;
		if (name ? strcmp(entry->pw_name, name) != 0
			 : entry->pw_uid != uid)
			continue;
		*out = (struct door_user){
			.uid = entry->pw_uid,
			.gid = entry->pw_gid,
			.name = arena_strdup(arena, entry->pw_name),
			.home = arena_strdup(arena, entry->pw_dir),
			.shell = arena_strdup(arena, entry->pw_shell),
		};
		answer = ETC_FOUND;
		break;
	}
	fclose(file);
	return answer;
}

enum etc_answer etc_user(struct arena *arena, const char *dir, const char *name,
			 struct door_user *out)
{
	return find_user(arena, dir, name, 0, out);
}

enum etc_answer etc_user_of(struct arena *arena, const char *dir, uint32_t uid,
			    struct door_user *out)
{
	return find_user(arena, dir, NULL, uid, out);
}

enum etc_answer etc_group(const char *dir, const char *name, uint32_t *gid)
{
	struct sources sources = find_sources(dir, "group");
	enum etc_answer answer =
		sources.is_files_alone ? ETC_ABSENT : ETC_UNSURE;
	const struct group *entry;
	FILE *file;

	if (!sources.is_files_first)
		return ETC_UNSURE;
	file = open_in(dir, "group");
	if (!file)
		return ETC_UNSURE;
	while ((entry = fgetgrent(file))) {
		if (strchr("+-", entry->gr_name[0]) ||
		    strcmp(entry->gr_name, name) != 0)
			continue;
		*gid = entry->gr_gid;
		answer = ETC_FOUND;
		break;
	}
	fclose(file);
	return answer;
}

static bool has_member(const struct group *entry, const char *user)
{
	for (char *const *member = entry->gr_mem; *member; member++)
		if (!strcmp(*member, user))
			return true;
	return false;
}

static void add_once(struct arena *arena, uint32_t gid, uint32_t **gids,
		     size_t *n, size_t *room)
{
	uint32_t *longer;

	for (size_t i = 0; i < *n; i++)
		if ((*gids)[i] == gid)
			return;
	if (*n == *room) {
		*room = *room > 0 ? 2 * *room : 32;
		longer = arena_alloc(arena, *room * sizeof(*longer));
		if (*n > 0)
			memcpy(longer, *gids, *n * sizeof(*longer));
		*gids = longer;
	}
	(*gids)[(*n)++] = gid;
}

/*
 * All sources add to such a list.  systemd adds the groups of users that stand
 * in no file, and those in its userdb folders, which few machines have.
 */
static bool is_list_plain(const char *dir)
{
	static const char *const userdbs[] = {
		"/etc/userdb",
		"/run/userdb",
		"/run/host/userdb",
		"/usr/lib/userdb",
	};
	struct sources own = find_sources(dir, "initgroups");
	struct sources group = find_sources(dir, "group");

	if (!own.is_files_alone || !group.is_plain)
		return false;
	for (size_t i = 0; i < CORDON_COUNT(userdbs); i++)
		if (!group.is_files_alone && !access(userdbs[i], F_OK))
			return false;
	return true;
}

enum etc_answer etc_groups(struct arena *arena, const char *dir,
			   const char *user, uint32_t gid, uint32_t **gids,
			   size_t *n)
{
	const struct group *entry;
	size_t room = 0;
	FILE *file;

	*gids = NULL;
	*n = 0;
	if (!is_list_plain(dir))
		return ETC_UNSURE;
	file = open_in(dir, "group");
	if (!file)
		return ETC_UNSURE;
	add_once(arena, gid, gids, n, &room);
	while ((entry = fgetgrent(file)))
		if (!strchr("+-", entry->gr_name[0]) && has_member(entry, user))
			add_once(arena, entry->gr_gid, gids, n, &room);
	fclose(file);
	return ETC_FOUND;
}
