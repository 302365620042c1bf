/* SPDX-License-Identifier: MIT */
/*
 * tmp - temporary folders that nobody else sees, and that are gone at the end
 *
 *	[tmp]
 *	private = /tmp
 *	private = /var/tmp
 *	private = /dev/shm
 *	dir = TMPDIR
 *	size = 256M
 *
 * `private` mounts a new filesystem in memory over each path: it dies with the
 * job.  `dir` names a variable of the job's environment, which gets the path of
 * a folder of the job's own, below `base`: mode 0700, a random name, emptied
 * and removed at the end, also when the job runs in place of files that others
 * may see.  `size` bounds each of them; the folder of `dir` is in memory then.
 */
#include <limits.h>
#include <string.h>

#include <cordon/module.h>

#define MODE 01777

struct tmp {
	struct cordon_list private;
	struct cordon_text dir, base;
	struct cordon_number size;
};

static int check_variable(const char *text, struct cordon_error *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_";
	size_t n = strspn(text, letters);

	n += n > 0 ? strspn(text + n, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_0123456789")
		   : 0;
	if (n > 0 && text[n] == '\0')
		return 0;
	return cordon_fail(err, 0,
			   "'%s' is not the name of a variable (for example "
			   "TMPDIR)",
			   text);
}

/* Where the folder is, is chosen at the start: an absent one is no folder. */
static int check_private(const char *text, struct cordon_error *err)
{
	if (*text == '-')
		return cordon_fail(err, 0, "'%s' is not an absolute path",
				   text);
	return 0;
}

static const struct cordon_option options[] = {
	{ "private", "paths: a new filesystem in memory over each",
	  CORDON_PATHS, CORDON_OR, CORDON_AT(struct tmp, private),
	  .form = "plain", .check = check_private },
	{ "dir", "the variable that gets a folder of the job's own",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct tmp, dir),
	  .check = check_variable },
	{ "base",
	  "where that folder is made; default: /run/cordon, for users "
	  "$XDG_RUNTIME_DIR/cordon",
	  CORDON_PATH, CORDON_EQUAL, CORDON_AT(struct tmp, base) },
	{ "size", "of each; the folder of `dir` is in memory then",
	  CORDON_SIZE, CORDON_MIN, CORDON_AT(struct tmp, size),
	  .form = "4K..unlimited", .value = "unlimited" },
};

/* Without what may be in a path and means nothing, so that one folder is one
 * text: '//', '/./' and a last slash. */
static void normalize(char *path)
{
	char *out = path;

	for (const char *in = path; *in;) {
		size_t length;

		in += strspn(in, "/");
		length = strcspn(in, "/");
		if (length > 0 && !(length == 1 && *in == '.')) {
			*out++ = '/';
			memmove(out, in, length);
			out += length;
		}
		in += length;
	}
	if (out == path)
		*out++ = '/';
	*out = '\0';
}

static int add_private(const struct tmp *tmp, struct cordon_plan *plan,
		       const struct cordon_item *item, struct cordon_error *err)
{
	char path[PATH_MAX];
	size_t size = strlen(item->text) + 1;
	struct cordon_step step = {
		.type = CORDON_STEP_MOUNT,
		.where = item->where,
		.number = { CORDON_MOUNT_PRIVATE, 0, MODE },
		.text = { path },
	};

	if (size > sizeof(path))
		return cordon_fail(err, 0, "private: '%.40s...' is too long",
				   item->text);
	memcpy(path, item->text, size);
	normalize(path);
	if (tmp->size.given && tmp->size.value >= 0)
		step.number[1] = tmp->size.value;
	plan->add(plan, &step);
	return 0;
}

/* A section without `dir` may bound another's. */
static int tmp_plan(const void *self, struct cordon_plan *plan,
		    struct cordon_error *err)
{
	const struct tmp *tmp = self;
	uint32_t where = tmp->dir.given	   ? tmp->dir.where
			 : tmp->base.given ? tmp->base.where
					   : tmp->size.where;

	for (size_t i = 0; i < tmp->private.count; i++)
		if (add_private(tmp, plan, &tmp->private.item[i], err) < 0)
			return -1;
	if (tmp->dir.given || tmp->base.given || tmp->size.given)
		plan->add(plan, &(struct cordon_step){
					.type = CORDON_STEP_TMP_DIR,
					.where = where,
					.number = { tmp->size.value },
					.text = { tmp->dir.text,
						  tmp->base.text } });
	return 0;
}

CORDON_MODULE(tmp) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "temporary folders of the job's own",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct tmp),
	.plan = tmp_plan,
};
