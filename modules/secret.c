/* SPDX-License-Identifier: MIT */
/*
 * secret - what only the job may know, in no environment and no argument
 *
 *	[secret]
 *	file = DB_PASSWORD_FILE:/etc/cordon/secrets/db
 *	descriptor = TOKEN_FD:env:TOKEN
 *	file = -LICENSE:env:LICENSE_KEY
 *
 * `file` puts the secret into a file of the job's own, mode 0400, in a folder
 * that is gone at the end; the variable holds its path.  `descriptor` gives the
 * job a descriptor of a sealed file in memory; the variable holds its number.
 * The secret comes from a file of the administrator's or from a variable of the
 * caller's, which no job then gets, whatever [env] says.
 *
 * Here names and paths alone are handled: the core reads the secret when a job
 * starts, so that no plan, message or digest can hold one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#define OF_VARIABLE "env:"

enum { ROW_FILE, ROW_DESCRIPTOR };

struct secret {
	struct cordon_list list; /* of both rows */
};

/* A '-' in front: the source may be absent. */
static const char *skip_dash(const char *text)
{
	return text + (*text == '-');
}

static int is_name(const char *text, size_t size)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_0123456789";

	return size > 0 && (*text < '0' || *text > '9') &&
	       strspn(text, letters) >= size;
}

static int check_line(const char *text, struct cordon_error *err)
{
	const char *name = skip_dash(text), *source;
	size_t size = strcspn(name, ":");

	if (name[size] != ':')
		return cordon_fail(err, 0,
				   "'%s' is not VARIABLE:/PATH or "
				   "VARIABLE:env:NAME",
				   text);
	if (!is_name(name, size))
		return cordon_fail(err, 0,
				   "'%.*s' is not the name of a variable (for "
				   "example TOKEN_FILE)",
				   (int)size, name);
	source = name + size + 1;
	if (*source == '/')
		return 0;
	if (strncmp(source, OF_VARIABLE, strlen(OF_VARIABLE)) != 0)
		return cordon_fail(err, 0,
				   "'%s' is neither an absolute path nor "
				   "env:NAME",
				   source);
	source += strlen(OF_VARIABLE);
	if (is_name(source, strlen(source)))
		return 0;
	return cordon_fail(err, 0, "'%s' is not the name of a variable",
			   source);
}

static const struct cordon_option options[] = {
	[ROW_FILE] = { "file",
		       "VARIABLE:SOURCE, a path or env:NAME; it gets the path "
		       "of a file",
		       CORDON_LINES, CORDON_EQUAL,
		       CORDON_AT(struct secret, list), .check = check_line },
	[ROW_DESCRIPTOR] = { "descriptor",
			     "VARIABLE:SOURCE; it gets the number of a "
			     "descriptor",
			     CORDON_LINES, CORDON_EQUAL,
			     CORDON_AT(struct secret, list),
			     .check = check_line },
};

static int add(struct cordon_plan *plan, const struct cordon_item *item,
	       struct cordon_error *err)
{
	const char *name = skip_dash(item->text);
	const size_t size = strcspn(name, ":");
	const char *source = name + size + 1;
	const int is_path = *source == '/';
	char *variable = strndup(name, size);

	if (!variable)
		return cordon_fail(err, errno, "cannot plan '%s'", item->text);
	plan->add(plan,
		  &(struct cordon_step){
			  .type = item->row == ROW_FILE
					  ? CORDON_STEP_SECRET_FILE
					  : CORDON_STEP_SECRET_FD,
			  .where = item->where,
			  .number = { is_path ? CORDON_SECRET_PATH
					      : CORDON_SECRET_VARIABLE,
				      0, 0,
				      name != item->text
					      ? CORDON_FLAG_MAY_BE_ABSENT
					      : 0 },
			  .text = { variable,
				    is_path ? source
					    : source + strlen(OF_VARIABLE) } });
	free(variable);
	return 0;
}

static int secret_plan(const void *self, struct cordon_plan *plan,
		       struct cordon_error *err)
{
	const struct secret *secret = self;

	for (size_t i = 0; i < secret->list.count; i++)
		if (add(plan, &secret->list.item[i], err) < 0)
			return -1;
	return 0;
}

CORDON_MODULE(secret) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "secrets in a file or a descriptor of the job's own",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct secret),
	.plan = secret_plan,
};
