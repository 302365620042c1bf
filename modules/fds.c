/* SPDX-License-Identifier: MIT */
/*
 * fds - which open files the job is handed
 *
 *	[fds]
 *	keep-from-env = MAKEFLAGS
 *	stdin = null
 *	stderr = /srv/jobs/7/errors
 *
 * Without this section nothing above 2 passes, and 0 to 2 do.  Only what was
 * open when cordon started can pass, never a file of cordon's own.
 */
#include <limits.h>
#include <string.h>

#include <cordon/module.h>

struct fds {
	struct cordon_list keep, keep_from_env;
	struct cordon_text stdio[3];
};

static int check_fd(const char *text, struct cordon_error *err)
{
	long value = 0;

	if (!strcmp(text, "all") || !strcmp(text, "pipes"))
		return 0;
	for (const char *at = text; *at; at++) {
		if (*at < '0' || *at > '9' || (at > text && *text == '0'))
			return cordon_fail(err, 0,
					   "'%s' is not a number, all or pipes",
					   text);
		value = value * 10 + (*at - '0');
		if (value > INT_MAX / 10)
			return cordon_fail(err, 0,
					   "'%s' is too large for a descriptor",
					   text);
	}
	if (value <= 2)
		return cordon_fail(err, 0,
				   "'%s' passes anyway (see stdin, stdout, "
				   "stderr)",
				   text);
	return 0;
}

static int check_variable(const char *text, struct cordon_error *err)
{
	if (text[strcspn(text, "=*?")])
		return cordon_fail(err, 0, "'%s' is not the name of a variable",
				   text);
	return 0;
}

static int check_stdio(const char *text, struct cordon_error *err)
{
	if (!strcmp(text, "keep") || !strcmp(text, "null"))
		return 0;
	if (*text != '/')
		return cordon_fail(err, 0,
				   "'%s' is not keep, null or an absolute "
				   "path",
				   text);
	for (const char *at = text; *at; at += strcspn(at, "/")) {
		at += strspn(at, "/");
		if (at[0] == '.' && at[1] == '.' && (!at[2] || at[2] == '/'))
			return cordon_fail(err, 0, "'..' is in no path");
	}
	return 0;
}

static const struct cordon_option options[] = {
	{ "keep", "numbers, all, or pipes, of those that were open",
	  CORDON_WORDS, CORDON_AND, CORDON_AT(struct fds, keep),
	  .check = check_fd },
	{ "keep-from-env",
	  "variables that name descriptors; both pass or both go", CORDON_WORDS,
	  CORDON_AND, CORDON_AT(struct fds, keep_from_env),
	  .check = check_variable },
	{ "stdin", "keep, null, or a path that the job may read", CORDON_TEXT,
	  CORDON_EQUAL, CORDON_AT(struct fds, stdio[0]), .value = "keep",
	  .check = check_stdio },
	{ "stdout", "keep, null, or a path that the job appends to",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct fds, stdio[1]),
	  .value = "keep", .check = check_stdio },
	{ "stderr", "keep, null, or a path that the job appends to",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct fds, stdio[2]),
	  .value = "keep", .check = check_stdio },
};

static void add_stdio(struct cordon_plan *plan, int64_t fd,
		      const struct cordon_text *text)
{
	struct cordon_step step = { .type = CORDON_STEP_STDIO,
				    .where = text->where,
				    .number = { fd, CORDON_STDIO_KEEP } };

	if (!text->given)
		return;
	if (!strcmp(text->text, "null")) {
		step.number[1] = CORDON_STDIO_NULL;
	} else if (strcmp(text->text, "keep")) {
		step.number[1] = CORDON_STDIO_PATH;
		step.text[0] = text->text;
	}
	plan->add(plan, &step);
}

static int fds_plan(const void *self, struct cordon_plan *plan,
		    struct cordon_error *err)
{
	const struct fds *fds = self;

	if (fds->keep.given)
		cordon_add_list(plan, CORDON_STEP_FD_KEEP, 0, &fds->keep);
	if (fds->keep_from_env.given)
		cordon_add_list(plan, CORDON_STEP_FD_FROM_ENV, 0,
				&fds->keep_from_env);
	for (int fd = 0; fd < 3; fd++)
		add_stdio(plan, fd, &fds->stdio[fd]);
	return 0;
}

CORDON_MODULE(fds) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "the open files that the job is handed",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct fds),
	.plan = fds_plan,
};
