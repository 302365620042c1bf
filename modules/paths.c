/* SPDX-License-Identifier: MIT */
/*
 * paths - which files the words of a command may name
 *
 *	[paths]
 *	under = /srv/jobs
 *	under = /usr
 *	forbid = /srv/jobs/private
 *	cwd = under /srv/jobs
 *
 * What is judged is the object that a word leads to, by its path without links,
 * ".." and ".", part by part: /srv/a covers /srv/a/x and not /srv/ab.  Of what
 * is not there yet, the folder that is and the rest.  A word names a path where
 * it has a '/', or is there in the working directory; of OPTION=PATH the value
 * is judged too, and of -XPATH what begins with '/'.
 *
 * This is about words.  What else the job opens by itself is for [landlock] and
 * [mounts]; but 'forbid' is planned for the kernel too, where it has Landlock.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cordon/module.h>

struct paths {
	struct cordon_list arguments, under, forbid;
	struct cordon_number symlinks;
	struct cordon_text cwd;
};

enum { LINKS_FOLLOW = 0, LINKS_REFUSE };

static int check_argument(const char *text, struct cordon_error *err)
{
	uint32_t number;

	if (!strcmp(text, "all") ||
	    (cordon_scan_id(&text, &number) == 0 && !*text && number > 0))
		return 0;
	return cordon_fail(err, 0, "'%s' is neither 'all' nor a number from 1",
			   text);
}

static int check_cwd(const char *text, struct cordon_error *err)
{
	if (!strncmp(text, "under /", 7) && !strstr(text, "/../") &&
	    !(strlen(text) > 3 && !strcmp(text + strlen(text) - 3, "/..")))
		return 0;
	return cordon_fail(err, 0, "'%s' is not 'under PATH'", text);
}

static const struct cordon_option options[] = {
	{ "arguments", "all that name a path, or the numbers of those judged",
	  CORDON_WORDS, CORDON_OR, CORDON_AT(struct paths, arguments),
	  .value = "all", .check = check_argument },
	{ "under", "what they may lead to: this and all below it",
	  CORDON_PATHS, CORDON_BOTH, CORDON_AT(struct paths, under),
	  .form = "plain" },
	{ "forbid", "what they may not lead to", CORDON_PATHS, CORDON_BOTH,
	  CORDON_AT(struct paths, forbid), .form = "plain" },
	{ "symlinks", "follow, and judge what they lead to; or refuse",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct paths, symlinks),
	  .form = "follow|refuse", .value = "follow" },
	{ "cwd", "'under PATH': where the job may be started", CORDON_TEXT,
	  CORDON_BOTH, CORDON_AT(struct paths, cwd), .check = check_cwd },
};

struct judge {
	const struct paths *paths;
	const struct cordon_job *job;
	struct cordon_plan *plan; /* NULL: it is only asked */
	struct cordon_error *err;
};

/* The whole path, with what is not there yet; 0, or -1: it climbs back. */
static int whole_path(const struct cordon_object *object, char *out,
		      size_t size)
{
	const char *rest = object->absent;
	size_t length = strlen(object->path);

	if (length >= size)
		return -1;
	memcpy(out, object->path, length + 1);
	if (length == 1)
		length = 0;
	while (*(rest += strspn(rest, "/"))) {
		size_t part = strcspn(rest, "/");

		if (part == 2 && !memcmp(rest, "..", 2))
			return -1;
		if (length + part + 2 > size)
			return -1;
		if (!(part == 1 && *rest == '.')) {
			out[length++] = '/';
			memcpy(out + length, rest, part);
			length += part;
			out[length] = '\0';
		}
		rest += part;
	}
	return 0;
}

/* A folder of the stack's, as it is without links. */
static int settled_path(const struct judge *judge, const char *text, char *out,
			size_t size, struct cordon_object *object)
{
	if (cordon_object_find(judge->job, text + (*text == '-'), object,
			       judge->err) < 0)
		return -1;
	if (whole_path(object, out, size) == 0)
		return 0;
	cordon_object_close(judge->job, object);
	return cordon_fail(judge->err, 0, "'%.200s' cannot be followed", text);
}

/* Is it in one of them; by name, or as the same object under another one? */
static int is_in_list(const struct judge *judge, const struct cordon_list *list,
		      const char *path, const struct cordon_object *what,
		      bool *is_in)
{
	*is_in = false;
	for (size_t i = 0; i < list->count && !*is_in; i++) {
		struct cordon_object object;
		char folder[PATH_MAX];

		if (settled_path(judge, list->item[i].text, folder,
				 sizeof(folder), &object) < 0)
			return -1;
		*is_in = cordon_is_below(path, folder) ||
			 (what && what->fd >= 0 && object.fd >= 0 &&
			  what->device == object.device &&
			  what->inode == object.inode);
		cordon_object_close(judge->job, &object);
	}
	return 0;
}

/* ---- one word ---- */

static int judge_object(const struct judge *judge, const char *text,
			const struct cordon_object *object)
{
	const struct paths *paths = judge->paths;
	char path[PATH_MAX];
	bool is_in;

	if (paths->symlinks.value == LINKS_REFUSE && object->has_link)
		return cordon_deny(judge->err,
				   "'%.200s' has a symbolic link in it "
				   "('symlinks = refuse')",
				   text);
	if (whole_path(object, path, sizeof(path)) < 0)
		return cordon_deny(judge->err,
				   "'%.200s' climbs by '..' out of what is not "
				   "there",
				   text);
	if (is_in_list(judge, &paths->forbid, path, object, &is_in) < 0)
		return -1;
	if (is_in)
		return cordon_deny(judge->err, "'%.200s' is forbidden (it is "
					       "'%.200s')",
				   text, path);
	if (!paths->under.given)
		return 0;
	if (is_in_list(judge, &paths->under, path, NULL, &is_in) < 0)
		return -1;
	if (!is_in)
		return cordon_deny(judge->err,
				   "'%.200s' is not under what is allowed (it "
				   "is '%.200s')",
				   text, path);
	return 0;
}

static void pin(const struct judge *judge, size_t index, const char *text,
		const struct cordon_object *object)
{
	const struct cordon_step step = {
		.type = CORDON_STEP_PIN,
		.where = judge->paths->under.where,
		.number = { (int64_t)index, (int64_t)object->device,
			    (int64_t)object->inode,
			    object->fd < 0 ? CORDON_PIN_ABSENT : 0 },
		.text = { text, object->path, NULL },
	};

	if (judge->plan)
		judge->plan->add(judge->plan, &step);
}

static int judge_path(const struct judge *judge, size_t index, const char *text)
{
	struct cordon_object object;
	int rc;

	if (cordon_object_find(judge->job, text, &object, judge->err) < 0)
		return -1;
	rc = judge_object(judge, text, &object);
	if (rc == 0)
		pin(judge, index, text, &object);
	cordon_object_close(judge->job, &object);
	return rc;
}

/* What cannot be looked at may be there: it is judged, which says why. */
static bool is_there(const char *text)
{
	struct stat st;

	return *text && (lstat(text, &st) == 0 || !cordon_is_absent(errno));
}

static bool names_path(const char *text)
{
	return *text && (strchr(text, '/') || !strcmp(text, "..") ||
			 is_there(text));
}

static int judge_word(const struct judge *judge, size_t index, const char *word)
{
	const char *equal = strchr(word, '=');
	const char *slash = strchr(word, '/');

	/* An option is a file only where there is one of that name. */
	if (*word == '-' && slash && !equal) {
		if (judge_path(judge, index, slash) < 0)
			return -1;
	} else if (equal && names_path(equal + 1) &&
		   judge_path(judge, index, equal + 1) < 0) {
		return -1;
	}
	if (*word == '-' || (equal && (!slash || slash > equal)))
		return is_there(word) ? judge_path(judge, index, word) : 0;
	return names_path(word) ? judge_path(judge, index, word) : 0;
}

static bool is_chosen(const struct paths *paths, size_t index, bool *is_named)
{
	*is_named = false;
	for (size_t i = 0; i < paths->arguments.count; i++) {
		const char *text = paths->arguments.item[i].text;
		uint32_t number = 0;

		if (strcmp(text, "all") == 0)
			return true;
		if (cordon_scan_id(&text, &number) == 0 && number == index) {
			*is_named = true;
			return true;
		}
	}
	return false;
}

static int judge_cwd(const struct judge *judge)
{
	const struct cordon_text *cwd = &judge->paths->cwd;
	struct cordon_object object;
	char folder[PATH_MAX];

	if (!cwd->text)
		return 0;
	if (!judge->job->cwd)
		return cordon_deny(judge->err, "the working directory is "
					       "deleted or out of reach");
	if (settled_path(judge, cwd->text + strlen("under "), folder,
			 sizeof(folder), &object) < 0)
		return -1;
	cordon_object_close(judge->job, &object);
	if (cordon_is_below(judge->job->cwd, folder))
		return 0;
	return cordon_deny(judge->err,
			   "the working directory '%.200s' is not under "
			   "'%.200s'",
			   judge->job->cwd, folder);
}

static int judge_all(const struct judge *judge)
{
	char *const *argv = judge->job->argv;
	bool is_named;

	if (judge_cwd(judge) < 0)
		return -1;
	for (size_t i = 1; argv && argv[0] && argv[i]; i++) {
		if (!is_chosen(judge->paths, i, &is_named))
			continue;
		if ((is_named ? judge_path(judge, i, argv[i])
			      : judge_word(judge, i, argv[i])) < 0)
			return -1;
	}
	return 0;
}

static int paths_decide(const void *self, const struct cordon_job *job,
			struct cordon_error *err)
{
	const struct judge judge = { self, job, NULL, err };

	return judge_all(&judge);
}

/* Without it 'forbid' is a judgement of words alone, and check says so. */
static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static int paths_plan(const void *self, struct cordon_plan *plan,
		      struct cordon_error *err)
{
	const struct judge judge = { self, plan->job, plan, err };
	const struct cordon_list *forbid = &judge.paths->forbid;

	for (size_t i = 0; has_landlock() && i < forbid->count; i++) {
		const char *text = forbid->item[i].text;

		cordon_add_text(plan, forbid->item[i].where,
				CORDON_STEP_FORBID, text + (*text == '-'),
				NULL);
	}
	if (!plan->job->argv || !plan->job->argv[0])
		return 0;
	return judge_all(&judge);
}

CORDON_MODULE(paths) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "which files the words of a command may name",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct paths),
	.decide = paths_decide,
	.plan = paths_plan,
};
