/* SPDX-License-Identifier: MIT */
/* What `cordon check` can tell of a secret's source; nothing of it is read. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/data.h"
#include "core/plan.h"
#include "core/secret.h"
#include "core/step.h"
#include "core/trust.h"

#define CAP_DAC_OVERRIDES 6 /* DAC_OVERRIDE, DAC_READ_SEARCH: 1 and 2 */

static const struct step *next_path(const struct plan *plan, size_t *at)
{
	while (*at < plan->n_steps) {
		const struct step *step = &plan->steps[(*at)++];

		if ((step->is.type == CORDON_STEP_SECRET_FILE ||
		     step->is.type == CORDON_STEP_SECRET_FD) &&
		    step->is.number[0] == CORDON_SECRET_PATH)
			return step;
	}
	return NULL;
}

/* ---- can the job open it? ---- */

static bool in_groups(const struct plan *plan, uint32_t gid)
{
	const struct settled *settled = &plan->settled;
	const uint32_t *groups = settled->has_groups ? settled->groups
						     : plan->job->groups;
	size_t n = settled->has_groups ? settled->n_groups
				       : plan->job->n_groups;

	for (size_t i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return settled->host_gid == gid;
}

/* bit: 4 to read, 1 to search, as for others */
static bool may(const struct plan *plan, const struct stat *st, mode_t bit)
{
	const struct settled *settled = &plan->settled;

	if (settled->host_uid == 0 &&
	    (!settled->has_caps || settled->caps & CAP_DAC_OVERRIDES))
		return true;
	if (settled->host_uid == st->st_uid)
		return st->st_mode & bit << 6;
	if (in_groups(plan, st->st_gid))
		return st->st_mode & bit << 3;
	return st->st_mode & bit;
}

static bool is_permitted(const struct plan *plan, const char *path)
{
	struct stat st;

	for (const char *at = strchr(path + 1, '/'); at;
	     at = strchr(at + 1, '/'))
		if (stat(arena_printf(plan->arena, "%.*s", (int)(at - path),
				      path),
			 &st) < 0 ||
		    !may(plan, &st, 1))
			return false;
	return stat(path, &st) == 0 && may(plan, &st, 4);
}

/* Does a step of that type speak of the path, or a folder above? */
static const struct step *covering(const struct plan *plan, uint32_t type,
				   int text, const char *path)
{
	const struct step *step = plan_find(plan, type);

	while (step && (!step->is.text[text] ||
			!cordon_is_below(path, step->is.text[text])))
		step = plan_next(plan, step);
	return step;
}

static bool is_mounted(const struct plan *plan, const char *path)
{
	return plan->settled.root == CORDON_ROOT_HOST ||
	       covering(plan, CORDON_STEP_MOUNT, 1, path);
}

/* One ruleset that lists what may be read, and this is not listed. */
static bool is_unlisted(const struct plan *plan, const char *path)
{
	const struct step *rules = plan_find(plan, CORDON_STEP_LANDLOCK);

	for (; rules; rules = plan_next(plan, rules)) {
		const struct step *step =
			plan_find(plan, CORDON_STEP_LANDLOCK_PATH);

		if (!(rules->is.number[0] & CORDON_LL_READ_FILE))
			continue;
		while (step &&
		       (strcmp(step->section, rules->section) != 0 ||
			!(step->is.number[0] & CORDON_LL_READ_FILE) ||
			!cordon_is_below(path, step->is.text[0])))
			step = plan_next(plan, step);
		if (!step)
			return true;
	}
	return false;
}

bool secret_is_open(const struct plan *plan)
{
	const struct step *step;
	size_t at = 0;

	while ((step = next_path(plan, &at))) {
		const char *path = step->is.text[1];

		if (is_permitted(plan, path) && is_mounted(plan, path) &&
		    !covering(plan, CORDON_STEP_HIDE, 0, path) &&
		    !covering(plan, CORDON_STEP_FORBID, 0, path) &&
		    !is_unlisted(plan, path))
			return true;
	}
	return false;
}

/* ---- would a run take it? ---- */

/* Who may not look at it, or whose source may be absent, cannot tell. */
bool secret_is_refused(const struct plan *plan)
{
	const struct step *step;
	size_t at = 0;

	while ((step = next_path(plan, &at))) {
		struct cordon_error why = { 0 };
		int fd = trust_open_path(data_trust(plan->stack, step->where),
					 step->is.text[1], &why);

		if (fd >= 0)
			close(fd);
		else if (why.code != EACCES && why.code != EPERM &&
			 !(why.code == ENOENT &&
			   step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT))
			return true;
	}
	return false;
}

/* ---- where does its copy lie? ---- */

bool secret_is_on_disk(const struct plan *plan)
{
	struct statfs fs = { .f_type = 0 };
	char *path, *last;

	if (!plan->settled.secret_path)
		return false;
	path = arena_strdup(plan->arena, plan->settled.run_base);
	/* Where it is not made yet, what it will be made in. */
	while (statfs(path, &fs) < 0 && (last = strrchr(path, '/')) > path)
		*last = '\0';
	return fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC;
}
