/* SPDX-License-Identifier: MIT */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* O_PATH */
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/base.h"
#include "core/data.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/runfolder.h"
#include "core/sealed.h"
#include "core/secret.h"
#include "core/settle.h"
#include "core/step.h"
#include "core/sys.h"
#include "core/tree.h"
#include "core/trust.h"

#define SECRET_MAX ((size_t)1 << 20)
#define TOO_LARGE "is larger than 1 MiB"

/* ---- planning ---- */

static bool is_secret(const struct step *step)
{
	return step->is.type == CORDON_STEP_SECRET_FILE ||
	       step->is.type == CORDON_STEP_SECRET_FD;
}

/* The name of a program is no place for one, nor is what steers a loader. */
static int judge_names(const struct plan *plan, const struct step *step,
		       struct cordon_error *err)
{
	const char *variable = step->is.text[0];
	bool is_path = step->is.number[0] == CORDON_SECRET_PATH;
	const char *source = is_path ? "" : step->is.text[1];

	if (step->is.number[3] & CORDON_FLAG_PARAMETER)
		return cordon_fail(err, 0,
				   "%s %s: what a secret is taken from cannot "
				   "come from the caller (no parameter, ${cwd} "
				   "or ${job})",
				   plan_blame(plan->arena, plan, step),
				   variable);
	if (environ_is_steering(variable) || !strcmp(variable, "PATH") ||
	    !strcmp(source, "PATH"))
		return cordon_fail(err, 0,
				   "%s %s: a variable that loaders, shells or "
				   "interpreters go by holds no secret",
				   plan_blame(plan->arena, plan, step),
				   *source ? source : variable);
	return 0;
}

static int refuse_two(const struct plan *plan, const struct step *step,
		      struct cordon_error *err)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *other = &plan->steps[i];

		if (is_secret(other) && other != step &&
		    !strcmp(other->is.text[0], step->is.text[0]))
			return cordon_fail(
				err, 0, "%s '%s' contradicts '%s' of %s",
				plan_blame(plan->arena, plan, step),
				plan_print_step(plan->arena, step),
				plan_print_step(plan->arena, other),
				plan_blame(plan->arena, plan, other));
	}
	return 0;
}

static int choose_folder(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	char name[BASE_NAME_SIZE] = PLAN_LATE;

	if (plan->takes_pool)
		base_new_name(name);
	if (!*name)
		return cordon_fail(err, 0, "no random name for a folder");
	settled->secret_name = arena_strdup(plan->arena, name);
	settled->secret_path =
		arena_printf(plan->arena, "%s/%s", settled->run_base, name);
	return 0;
}

/* Whatever else is mounted there, and in another root. */
static void show(struct plan *plan, struct step step)
{
	const char *path = plan->settled.secret_path;

	if (plan->settled.has_mounts)
		plan_add(plan, step.section, step.where, 0, false,
			 &(struct cordon_step){
				 .type = CORDON_STEP_MOUNT,
				 .number = { CORDON_MOUNT_RO },
				 .text = { path, path } });
}

/* It is the stack's word that the job reads it: a ruleset that lists what may be
 * read lists it too. */
static void allow(struct plan *plan)
{
	const size_t n = plan->n_steps; /* they move when more are added */

	for (size_t i = 0; i < n; i++) {
		const struct step step = plan->steps[i];

		if (step.is.type == CORDON_STEP_LANDLOCK &&
		    step.is.number[0] & CORDON_LL_READ_FILE)
			plan_add(plan, step.section, step.where, 0,
				 step.may_skip,
				 &(struct cordon_step){
					 .type = CORDON_STEP_LANDLOCK_PATH,
					 .text = { plan->settled.secret_path },
					 .number = { CORDON_LL_READ_FILE |
						     CORDON_LL_READ_DIR } });
	}
}

/* With room for a number; a path is known where it is a run. */
static char *late_entry(const struct plan *plan, const struct step *step)
{
	const char *name = step->is.text[0];

	if (step->is.type == CORDON_STEP_SECRET_FD)
		return arena_printf(plan->arena, "%s=" PLAN_LATE, name);
	return arena_printf(plan->arena, "%s=%s/%s", name,
			    plan->settled.secret_path, name);
}

static int settle_one(struct plan *plan, struct step *step,
		      struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	struct cordon_error why = { 0 };

	if (judge_names(plan, step, err) < 0 ||
	    refuse_two(plan, step, err) < 0)
		return -1;
	if (step->is.type == CORDON_STEP_SECRET_FILE &&
	    !settled->secret_path && choose_folder(plan, &why) < 0)
		return cordon_fail(err, 0, "%s %s",
				   plan_blame(plan->arena, plan, step),
				   why.text);
	settled->secrets[settled->n_secrets] = (struct secret){
		.variable = step->is.text[0],
		.source = step->is.text[1],
		.is_path = step->is.number[0] == CORDON_SECRET_PATH,
		.entry = late_entry(plan, step),
		.fd = -1,
	};
	step->is.number[1] = (int64_t)settled->n_secrets++;
	return 0;
}

int settle_secrets(struct plan *plan, struct cordon_error *err)
{
	struct settled *settled = &plan->settled;
	const struct step *asker =
		plan_find(plan, CORDON_STEP_SECRET_FILE);

	settled->secrets = arena_alloc(plan->arena,
				       (plan->n_steps + 1) *
					       sizeof(*settled->secrets));
	for (size_t i = 0; i < plan->n_steps; i++)
		if (is_secret(&plan->steps[i]) &&
		    settle_one(plan, &plan->steps[i], err) < 0) {
			plan->failed_section = plan->steps[i].section;
			return -1;
		}
	if (asker) {
		show(plan, *asker);
		allow(plan);
	}
	return 0;
}

/* ---- a run: reading ---- */

/* Behind `at` bytes of `to` all that can be read of `from`; no copy stays here.
 * How many, or -1 with errno. */
static ssize_t copy(int from, int to)
{
	char buffer[4096];
	size_t at = 0;
	ssize_t n;
	int code;

	do {
		n = pread(from, buffer, sizeof(buffer), (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n > 0 && at + (size_t)n > SECRET_MAX) {
			errno = EFBIG;
			n = -1;
		}
		if (n > 0 && sealed_write(to, at, buffer, (size_t)n) < 0)
			n = -1;
		at += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	code = errno;
	explicit_bzero(buffer, sizeof(buffer));
	errno = code;
	return n < 0 ? -1 : (ssize_t)at;
}

/* 1: it is not there. */
static int read_path(const struct plan *plan, const struct step *step,
		     const struct secret *secret, struct cordon_error *err)
{
	int from = trust_open_path(data_trust(plan->stack, step->where),
				   secret->source, err);
	ssize_t n;

	if (from < 0)
		return err->code == ENOENT ? 1 : -1;
	n = copy(from, secret->fd);
	if (n < 0 && errno == EFBIG)
		cordon_fail(err, 0, "'%s' " TOO_LARGE, secret->source);
	else if (n < 0)
		cordon_fail(err, errno, "cannot read '%s'", secret->source);
	close(from);
	return n < 0 ? -1 : 0;
}

static char *caller_entry(const struct plan *plan, const char *name, size_t *at)
{
	const char *const *environ = plan->job->environ;
	size_t size = strlen(name);

	for (; environ && environ[*at]; ++*at)
		if (!strncmp(environ[*at], name, size) &&
		    environ[*at][size] == '=')
			return (char *)(uintptr_t)environ[(*at)++];
	return NULL;
}

/* Of two of one name the first counts, as in core/environ.c. */
static int read_variable(const struct plan *plan, const struct secret *secret,
			 struct cordon_error *err)
{
	size_t at = 0, size = strlen(secret->source) + 1;
	const char *entry = caller_entry(plan, secret->source, &at);

	if (!entry) {
		cordon_fail(err, 0, "the caller's environment has no '%s'",
			    secret->source);
		return 1;
	}
	entry += size;
	if (strlen(entry) > SECRET_MAX)
		return cordon_fail(err, 0, "the variable '%s' " TOO_LARGE,
				   secret->source);
	if (sealed_write(secret->fd, 0, entry, strlen(entry)) < 0)
		return cordon_fail(err, errno, "cannot copy the variable '%s'",
				   secret->source);
	return 0;
}

/* What is absent and may be has no variable either. */
static void drop_variable(struct plan *plan, const struct secret *secret)
{
	const char **entry = plan->settled.environ;

	while (*entry && *entry != secret->entry)
		entry++;
	for (; *entry; entry++)
		entry[0] = entry[1];
}

static int read_one(struct plan *plan, const struct step *step,
		    struct cordon_error *err)
{
	struct secret *secret = &plan->settled.secrets[step->is.number[1]];
	int rc;

	secret->fd = sealed_new("cordon-secret", false);
	if (secret->fd < 0)
		return cordon_fail(err, errno, "cannot make a file in memory");
	rc = secret->is_path ? read_path(plan, step, secret, err)
			     : read_variable(plan, secret, err);
	if (rc == 1 && step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT) {
		close(secret->fd);
		secret->fd = -1;
		drop_variable(plan, secret);
		*err = (struct cordon_error){ 0 };
		return 0;
	}
	if (rc != 0)
		return -1;
	/* Whoever can open it again can read the memory of one that has it. */
	if (sealed_finish(secret->fd, 0444) < 0)
		return cordon_fail(err, errno, "cannot seal a file in memory");
	if (step->is.type == CORDON_STEP_SECRET_FD)
		snprintf(strchr(secret->entry, '=') + 1, sizeof(PLAN_LATE),
			 "%d", secret->fd);
	return 0;
}

/* The caller's block itself is wiped, or replaced, by the job's start. */
void secret_forget(const struct plan *plan)
{
	for (size_t i = 0; i < plan->settled.n_secrets; i++) {
		const struct secret *secret = &plan->settled.secrets[i];
		size_t at = 0, size = strlen(secret->source) + 1;
		char *entry;

		while (!secret->is_path &&
		       (entry = caller_entry(plan, secret->source, &at)))
			explicit_bzero(entry + size, strlen(entry + size));
	}
}

int secret_read(struct plan *plan, struct cordon_error *err)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];
		struct cordon_error why = { 0 };

		if (!is_secret(step) || read_one(plan, step, &why) == 0)
			continue;
		secret_forget(plan);
		plan->failed_section = step->section;
		return cordon_fail(err, why.code, "%s %s: %s",
				   plan_blame(plan->arena, plan, step),
				   step->is.text[0], why.text);
	}
	return 0;
}

/* ---- outside: a file of the job's own ---- */

static int open_folder(struct outside *outside, struct cordon_error *err)
{
	const struct settled *settled = &outside->plan->settled;

	if (outside->secret_fd >= 0)
		return 0;
	if (runfolder_note(outside, "tmp", settled->secret_path, err) < 0)
		return -1;
	outside->secret_base_fd = runfolder_open(outside, err);
	if (outside->secret_base_fd < 0)
		return -1;
	outside_keep(outside, outside->secret_base_fd);
	outside->secret_fd =
		base_mkdir(outside->secret_base_fd, settled->secret_name, 0700);
	return outside->secret_fd >= 0
		       ? 0
		       : cordon_fail(err, errno, "cannot make '%s'",
				     settled->secret_path);
}

static int write_file(const struct outside *outside,
		      const struct secret *secret, struct cordon_error *err)
{
	const struct settled *settled = &outside->plan->settled;
	int fd = openat(outside->secret_fd, secret->variable,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0);
	int rc = fd;

	if (rc >= 0 && copy(secret->fd, fd) < 0)
		rc = -1;
	if (rc >= 0)
		rc = base_give(fd, settled->host_uid, settled->host_gid, 0400);
	if (rc < 0)
		cordon_fail(err, errno, "cannot make '%s/%s'",
			    settled->secret_path, secret->variable);
	if (fd >= 0)
		close(fd);
	return rc;
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int secret_make(struct outside *outside, const struct step *step,
		struct cordon_error *err)
{
	const struct settled *settled = &outside->plan->settled;
	const struct secret *secret = &settled->secrets[step->is.number[1]];
	int rc;

	if (open_folder(outside, err) < 0 ||
	    (secret->fd >= 0 && write_file(outside, secret, err) < 0))
		return -1;
	if (plan_next(outside->plan, step))
		return 0;
	/* With the last of them it is the job's, to look into. */
	rc = base_give(outside->secret_fd, settled->host_uid,
		       settled->host_gid, 0500);
	if (rc < 0)
		cordon_fail(err, errno, "cannot give '%s' to the job",
			    settled->secret_path);
	close_fd(&outside->secret_fd);
	return rc;
}

void secret_undo(struct outside *outside, const struct step *step)
{
	(void)step;
	close_fd(&outside->secret_fd);
	if (outside->secret_base_fd < 0)
		return;
	if (tree_remove(outside->secret_base_fd,
			outside->plan->settled.secret_name) < 0)
		outside->has_left = true;
	close_fd(&outside->secret_base_fd);
}

/* ---- inside: a descriptor ---- */

/* From its beginning, also where an earlier try of the job has read it. */
int act_secret(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	const int fd = settled->secrets[step->is.number[1]].fd;
	long rc;

	if (fd < 0)
		return 0;
	act->what = "lseek";
	rc = sys(SYS_lseek, fd, 0, SEEK_SET);
	if (rc < 0)
		return (int)rc;
	act->what = "fcntl(F_SETFD)";
	return (int)sys(SYS_fcntl, fd, F_SETFD, 0);
}

int check_secret(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	const int fd = settled->secrets[step->is.number[1]].fd;
	long rc;

	if (fd < 0)
		return 0;
	act->what = "fcntl(F_GETFD)";
	rc = sys(SYS_fcntl, fd, F_GETFD, 0);
	if (rc != 0)
		return rc < 0 ? (int)rc : -EPROTO;
	act->what = "fcntl(F_GET_SEALS)";
	rc = sys(SYS_fcntl, fd, F_GET_SEALS, 0);
	return rc < 0 ? (int)rc : rc & F_SEAL_WRITE ? 0 : -EPROTO;
}
