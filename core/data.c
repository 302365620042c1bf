/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <sha256.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/data.h"
#include "core/param.h"
#include "core/value.h"

#define SHOWN 240
#define DATA_MAX ((off_t)16 << 20)

#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

/* ---- whose word it is ---- */

static bool is_below(const char *path, const char *dir)
{
	size_t size = strlen(dir);

	return !strncmp(path, dir, size) && path[size] == '/';
}

/* Written in a file of the caller's own folder (--user).  A default is not. */
static bool is_callers(const struct stack *stack, uint32_t where)
{
	const struct stack_request *request = stack->request;
	bool is_callers = false;

	if (where == 0 || where >= stack->n_places)
		return false;
	for (size_t i = request->n_admin_dirs; i < request->n_dirs; i++)
		is_callers |= is_below(stack->places[where].file,
				       request->dirs[i]);
	return is_callers;
}

/* ---- reading ---- */

static int read_fail(const char *path, int code, const char *why,
		     struct cordon_error *err)
{
	char shown[SHOWN];

	return cordon_fail(err, code, "cannot read '%s'%s", SHOW(shown, path),
			   why);
}

static int read_whole(struct arena *arena, int fd, struct cordon_data *out,
		      struct cordon_error *err)
{
	struct stat st;
	size_t size = 0, whole;
	ssize_t n = 1;
	char *text;

	if (fstat(fd, &st) < 0)
		return read_fail(out->path, errno, "", err);
	if (st.st_size > DATA_MAX)
		return read_fail(out->path, 0, ": it is larger than 16 MiB",
				 err);
	whole = (size_t)st.st_size;
	text = arena_alloc(arena, whole + 1);
	while (n != 0 && size <= whole) {
		n = pread(fd, text + size, whole + 1 - size, (off_t)size);
		if (n < 0 && errno != EINTR)
			return read_fail(out->path, errno, "", err);
		size += n > 0 ? (size_t)n : 0;
	}
	if (size != whole)
		return read_fail(out->path, 0, ": it changed meanwhile", err);
	text[whole] = '\0';
	out->text = text;
	out->size = whole;
	return 0;
}

static int read_path(struct arena *arena, const struct trust *trust,
		     const char *path, struct cordon_data *out,
		     struct cordon_error *err)
{
	int fd = trust_open_path(trust, path, err);
	int rc;

	if (fd < 0)
		return -1;
	out->path = path;
	rc = read_whole(arena, fd, out, err);
	close(fd);
	return rc;
}

/* ---- finding ---- */

/* 1: it is not there. */
static int try_dir(struct arena *arena, const struct trust *trust,
		   const char *dir, const char *form, const char *name,
		   struct cordon_data *out, struct cordon_error *err)
{
	const char *path = arena_printf(arena, "%s/%s/%s", dir, form, name);

	if (read_path(arena, trust, path, out, err) == 0)
		return 0;
	return err->code == ENOENT && !out->path ? 1 : -1;
}

/* Adds the nearest of a folder's files to what is the nearest so far. */
static const char *nearer_in(struct arena *arena, const char *dir,
			     const char *form, const char *name,
			     const char *nearest)
{
	DIR *list = opendir(arena_printf(arena, "%s/%s", dir, form));
	struct dirent *entry;

	while (list && (entry = readdir(list))) {
		const char *const two[] = { entry->d_name, nearest };
		const char *found =
			value_nearest(name, two, nearest ? 2 : 1);

		if (param_is_name(entry->d_name) && found == entry->d_name)
			nearest = arena_strdup(arena, found);
	}
	if (list)
		closedir(list);
	return nearest;
}

/* " (did you mean 'x'?)" or "" */
static const char *hint_name(struct arena *arena,
			     const struct stack_request *request, size_t n,
			     const char *form, const char *name)
{
	char *hint = arena_alloc(arena, 96);
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++)
		nearest = nearer_in(arena, request->dirs[i], form, name,
				    nearest);
	if (request->shipped)
		nearest = nearer_in(arena, request->shipped, form, name,
				    nearest);
	return param_hint(hint, name, &nearest, nearest ? 1 : 0);
}

static int find_name(struct arena *arena, const struct stack *stack,
		     bool is_ours, const char *form, const char *name,
		     struct cordon_data *out, struct cordon_error *err)
{
	const struct stack_request *request = stack->request;
	size_t n = is_ours ? request->n_admin_dirs : request->n_dirs;
	const char *places = "";
	char shown[SHOWN];
	int rc = 1;

	if (!param_is_name(name))
		return cordon_fail(err, 0, "'%s' is not a plain name",
				   SHOW(shown, name));
	for (size_t i = 0; i < n && rc == 1; i++) {
		rc = try_dir(arena,
			     i < request->n_admin_dirs ? request->trust
						       : request->user_trust,
			     request->dirs[i], form, name, out, err);
		places = arena_printf(arena, "%s%s%s", places, i ? " " : "",
				      request->dirs[i]);
	}
	if (rc == 1 && request->shipped)
		rc = try_dir(arena, request->trust, request->shipped, form,
			     name, out, err);
	if (rc == 1)
		return cordon_fail(err, 0, "no file '%s/%s' in %s%s", form,
				   SHOW(shown, name), places,
				   hint_name(arena, request, n, form, name));
	return rc;
}

/* ---- what was read stays ---- */

struct data_file {
	struct data_file *next;
	const char *form, *text; /* as it was asked for */
	bool is_ours;
	struct cordon_data data;
};

static const struct data_file *find_read(const struct stack *stack,
					 bool is_ours, const char *form,
					 const char *text)
{
	const struct data_file *file = stack->files ? *stack->files : NULL;

	while (file && (file->is_ours != is_ours || file->form != form ||
			strcmp(file->text, text) != 0))
		file = file->next;
	return file;
}

static void keep_read(struct arena *arena, const struct stack *stack,
		      const struct data_file *read)
{
	struct data_file *file;

	if (!stack->files)
		return;
	file = arena_alloc(arena, sizeof(*file));
	*file = *read;
	file->text = arena_strdup(arena, read->text);
	file->next = *stack->files;
	*stack->files = file;
}

const struct trust *data_trust(const struct stack *stack, uint32_t where)
{
	return is_callers(stack, where) ? stack->request->user_trust
					: stack->request->trust;
}

int data_read(struct arena *arena, const struct stack *stack,
	      const struct setting *setting, const char *form,
	      const char *text, struct cordon_data *out,
	      struct cordon_error *err)
{
	struct data_file read = { .form = form, .text = text };
	const struct data_file *known;
	int rc;

	if (!stack->request)
		return cordon_fail(err, 0, "there is no folder to look in");
	read.is_ours = !is_callers(stack, setting->where);
	/* It is read with cordon's rights, and quoted where it is wrong. */
	if (!form && setting->has_parameter)
		return cordon_fail(err, 0, "a file of the policy cannot come "
					   "from a parameter");
	known = find_read(stack, read.is_ours, form, text);
	if (known) {
		*out = known->data;
		return 0;
	}
	rc = form ? find_name(arena, stack, read.is_ours, form, text,
			      &read.data, err)
		  : read_path(arena,
			      read.is_ours ? stack->request->trust
					   : stack->request->user_trust,
			      text, &read.data, err);
	if (rc == 0) {
		keep_read(arena, stack, &read);
		*out = read.data;
	}
	return rc;
}

static bool is_of_parameter(const struct stack *stack, uint32_t where)
{
	for (size_t i = 0; i < stack->n_sections; i++) {
		const struct section *section = &stack->sections[i];

		for (size_t k = 0; k < section->n_settings; k++)
			if (section->settings[k].where == where &&
			    section->settings[k].has_parameter)
				return true;
	}
	return false;
}

int data_read_secret(struct arena *arena, const struct stack *stack,
		     uint32_t where, const char *path, struct cordon_data *out,
		     struct cordon_error *err)
{
	*out = (struct cordon_data){ .where = where };
	if (!stack->request)
		return cordon_fail(err, 0, "there is no folder to look in");
	if (is_of_parameter(stack, where))
		return cordon_fail(err, 0, "a file of the policy cannot come "
					   "from a parameter");
	return read_path(arena,
			 is_callers(stack, where) ? stack->request->user_trust
						  : stack->request->trust,
			 path, out, err);
}

const char *data_canonical(struct arena *arena, const char *text,
			   const struct cordon_data *data)
{
	char hex[SHA256_DIGEST_STRING_LENGTH];

	if (!data->text)
		return text;
	SHA256Data((const uint8_t *)data->text, data->size, hex);
	return arena_printf(arena, "%s sha256:%s", text, hex);
}
