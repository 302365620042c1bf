/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/base.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/runfolder.h"
#include "core/settle.h"
#include "core/step.h"
#include "core/tmpdir.h"
#include "core/tree.h"

/* ---- planning ---- */

/* What bounds one folder bounds each private one. */
static void bound_private(struct plan *plan, int64_t size)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		struct cordon_step *is = &plan->steps[i].is;

		if (is->type == CORDON_STEP_MOUNT &&
		    is->number[0] == CORDON_MOUNT_PRIVATE &&
		    (is->number[1] == 0 || is->number[1] > size))
			is->number[1] = size;
	}
}

static int choose_path(struct plan *plan, const struct step *step,
		       struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const char *base = step->is.text[1];
	char name[BASE_NAME_SIZE] = PLAN_LATE;

	if (!base)
		base = settled->run_base;
	if (plan->takes_pool)
		base_new_name(name);
	if (!*name)
		return cordon_fail(err, 0, "%s no random name for the folder",
				   plan_blame(plan->arena, plan, step));
	settled->tmp_variable = step->is.text[0];
	settled->tmp_asker = plan_blame(plan->arena, plan, step);
	settled->tmp_base = base;
	settled->tmp_name = arena_strdup(plan->arena, name);
	settled->tmp_path = arena_printf(plan->arena, "%s%s%s", base,
					 strcmp(base, "/") ? "/" : "", name);
	return 0;
}

/* Over what else is mounted, and in another root, the folder is at its path. */
static void show(struct plan *plan, const struct step *step)
{
	const char *path = plan->settled.tmp_path;
	int64_t size = step->is.number[0];
	struct cordon_step mount = {
		.type = CORDON_STEP_MOUNT,
		.number = { CORDON_MOUNT_RW },
		.text = { path, path },
	};

	if (size >= 0) {
		mount.number[0] = CORDON_MOUNT_TMPFS;
		mount.number[1] = size;
		mount.number[2] = 0700;
		mount.text[1] = NULL;
	}
	plan_add(plan, step->section, step->where, 0, step->may_skip, &mount);
}

int settle_tmpdir(struct plan *plan, struct cordon_error *err)
{
	const struct step *found = plan_find(plan, CORDON_STEP_TMP_DIR);
	const struct step *root = plan_find(plan, CORDON_STEP_ROOT);
	struct step step;

	if (!found)
		return 0;
	step = *found; /* it moves when another is added */
	if (step.is.number[0] >= 0)
		bound_private(plan, step.is.number[0]);
	if (!step.is.text[0] && !plan_find(plan, CORDON_STEP_STREAM_SOCKET)) {
		plan_drop(plan, found);
		return 0;
	}
	if (choose_path(plan, &step, err) < 0)
		return -1;
	if (!plan->settled.has_mounts)
		return 0;
	/* A tmpfs in a root of its own dies with it: nothing is outside. */
	if (step.is.number[0] >= 0 && root &&
	    root->is.number[0] != CORDON_ROOT_HOST)
		plan_drop(plan, found);
	show(plan, &step);
	return 0;
}

/* ---- outside ---- */

static int open_base(struct outside *outside, const struct step *step,
		     struct cordon_error *err)
{
	const struct settled *settled = &outside->plan->settled;

	return step->is.text[1] ? base_open(settled->tmp_base, geteuid(), err)
				: runfolder_open(outside, err);
}

int tmpdir_make(struct outside *outside, const struct step *step,
		struct cordon_error *err)
{
	const struct settled *settled = &outside->plan->settled;
	int fd;

	if (runfolder_note(outside, "tmp", settled->tmp_path, err) < 0)
		return -1;
	outside->tmp_base_fd = open_base(outside, step, err);
	if (outside->tmp_base_fd < 0)
		return -1;
	outside_keep(outside, outside->tmp_base_fd);
	fd = base_mkdir(outside->tmp_base_fd, settled->tmp_name, 0700);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot make '%s'",
				   settled->tmp_path);
	if (base_give(fd, settled->host_uid, settled->host_gid, 0700) < 0) {
		cordon_fail(err, errno, "cannot give '%s' to the job",
			    settled->tmp_path);
		close(fd);
		return -1;
	}
	close(fd);
	return 0;
}

void tmpdir_undo(struct outside *outside, const struct step *step)
{
	(void)step;
	if (outside->tmp_base_fd < 0)
		return;
	if (tree_remove(outside->tmp_base_fd,
			outside->plan->settled.tmp_name) < 0)
		outside->has_left = true;
	close(outside->tmp_base_fd);
	outside->tmp_base_fd = -1;
}

int tmpdir_remove(const char *path)
{
	size_t length = (size_t)(strrchr(path, '/') - path);
	struct cordon_error why = { 0 };
	char base[4096];
	int fd, rc;

	if (length >= sizeof(base))
		return 0;
	memcpy(base, path, length);
	base[length] = '\0';
	fd = base_open(length > 0 ? base : "/", geteuid(), &why);
	if (fd < 0)
		return why.code == ENOENT ? 0 : -1;
	rc = tree_remove(fd, path + length + 1);
	close(fd);
	return rc;
}
