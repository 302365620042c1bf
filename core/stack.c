/* SPDX-License-Identifier: MIT */
/*
 * The order of reading is the order of merging: what a file includes, the file,
 * its drop-ins; each file once.  A file's lines are merged as they come, and
 * every line keeps its place, so that two that contradict can both be named.
 *
 * The folders of a caller (--user) are the last ones.  Nothing in them is seen
 * from an admin's stack, not by include, not as a drop-in, not as `other`; and
 * since drop-ins are read from the last folder to the first, in a caller's own
 * stack too the admin has the last word.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/expand.h"
#include "core/ini.h"
#include "core/param.h"
#include "core/stack.h"
#include "core/value.h"

#define SHOWN 96
#define DEPTH_MAX 32
#define FILES_MAX 1000
#define OTHER "other"

#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

/* ---- the keys that the core knows ---- */

enum stack_form {
	FORM_TEXT,
	FORM_PATH,
	FORM_CODE, /* an exit status, form[0] is the least */
	FORM_BOOL, /* one of two words */
	FORM_WORD, /* an int: the index of the word */
};

struct stack_key {
	const char *name;
	enum stack_form type;
	const char *form;
	size_t offset;
	bool is_own; /* not taken over from what is included */
	size_t where; /* where it was written; 0: nobody asks */
};

#define AT(field) offsetof(struct stack, field)

/* `include` has no row: it is done when it is met.  Neither has `strict`,
 * which no file can take back. */
static const struct stack_key stack_keys[] = {
	{ "description", FORM_TEXT, NULL, AT(description), true, 0 },
	{ "parent", FORM_WORD, "auto|never|always|beside", AT(parent), false,
	  AT(parent_where) },
	{ "exit-denied", FORM_CODE, "1", AT(exit_denied), false, 0 },
	{ "exit-failed", FORM_CODE, "1", AT(exit_failed), false, 0 },
	{ "exit-timeout", FORM_CODE, "0", AT(exit_timeout), false, 0 },
	{ "signal-exit", FORM_BOOL, "signal|code", AT(signal_exit_is_code),
	  false, 0 },
	{ "report", FORM_BOOL, "refusals|ends", AT(report_ends), false, 0 },
	{ "program", FORM_PATH, NULL, AT(program), false,
	  AT(program_where) },
	{ "arguments", FORM_TEXT, NULL, AT(arguments), false, 0 },
	{ "argv0", FORM_BOOL, "program|name", AT(argv0_is_name), false, 0 },
};
#define N_STACK_KEYS CORDON_COUNT(stack_keys)

enum core_key {
	KEY_CONTROL,
	KEY_WHEN,
	KEY_OFF,
	KEY_FINAL,
	KEY_UNSUPPORTED,
	KEY_EXIT
};

/* NULL: an exit status. */
static const struct {
	const char *name, *form;
} core_keys[] = {
	[KEY_CONTROL] = { "control", "required|requisite|sufficient|optional" },
	[KEY_WHEN] = { "when", "always|root|user" },
	[KEY_OFF] = { "off", "no|yes" },
	[KEY_FINAL] = { "final", "no|yes" },
	[KEY_UNSUPPORTED] = { "on-unsupported", "refuse|skip" },
	[KEY_EXIT] = { "exit", NULL },
};
#define N_CORE_KEYS CORDON_COUNT(core_keys)

/* ---- what is being read ---- */

struct folder {
	const char *path;
	int fd;
	const struct trust *trust;
	bool is_callers;
};

/* A value of [stack] on its way up from an included file. */
struct stack_value {
	const char *text; /* NULL: none */
	uint32_t where;
	bool is_own;		/* said by the stack itself or its drop-in */
	const char *other_text; /* what else was included, and contradicts */
	uint32_t other_where;
};

/* A stack file together with its drop-ins. */
struct node {
	const char *name, *path;
	bool is_callers, is_done;
	struct stack_value values[N_STACK_KEYS];
	struct node *above; /* which includes this one; while it is read */
};

struct draft {
	struct section section;
	size_t room;
	int core[N_CORE_KEYS];
	uint32_t core_where[N_CORE_KEYS];
};

struct reader {
	struct arena *arena;
	const struct stack_request *request;
	struct stack *stack;
	struct cordon_error *err;
	struct folder *folders;
	size_t n_folders;
	struct node *nodes[FILES_MAX + 1]; /* the last one is refused */
	size_t n_nodes, n_files;
	struct draft **drafts;
	size_t n_drafts, drafts_room, places_room;
	struct setting *params;
	size_t n_params, params_room;
};

static void *grow(struct arena *arena, void *old, size_t n, size_t *room,
		  size_t size)
{
	void *items;

	if (n < *room)
		return old;
	*room = *room ? 2 * *room : 16;
	items = arena_alloc(arena, *room * size);
	if (n > 0)
		memcpy(items, old, n * size);
	return items;
}

/* ---- places ---- */

const char *stack_where(struct arena *arena, const struct stack *stack,
			uint32_t where)
{
	const struct place_in_file *place;
	char shown[128];

	if (where == 0 || where >= stack->n_places)
		return "";
	place = &stack->places[where];
	SHOW(shown, place->file);
	return place->line ? arena_printf(arena, "%s:%u", shown, place->line)
			   : arena_strdup(arena, shown);
}

int stack_blame(const struct stack *stack, uint32_t where, const char *section,
		const char *key, struct cordon_error *err)
{
	struct arena *arena = arena_new();
	const char *reason = arena_strdup(arena, err->text);
	const char *place = stack_where(arena, stack, where);

	snprintf(err->text, sizeof(err->text), "%s%s%s%s%s%s%s%s", place,
		 *place ? ": " : "", section ? "[" : "", section ? section : "",
		 section ? "] " : "", key ? key : "", key ? ": " : "", reason);
	arena_free(arena);
	return -1;
}

static uint32_t add_place(struct reader *reader, const char *file,
			  unsigned line)
{
	struct stack *stack = reader->stack;

	stack->places = grow(reader->arena, stack->places, stack->n_places,
			     &reader->places_room, sizeof(*stack->places));
	stack->places[stack->n_places] = (struct place_in_file){ file, line };
	return (uint32_t)stack->n_places++;
}

static bool is_same_file(const struct reader *reader, uint32_t a, uint32_t b)
{
	const struct place_in_file *places = reader->stack->places;

	return places[a].file == places[b].file; /* one text per file */
}

/* One line of a file, and the stack that the file belongs to. */
struct line {
	const char *section, *key, *value;
	uint32_t where;
	struct node *node;
	bool is_one;
};

#define LINE_FAIL(reader, line, ...)                                           \
	(cordon_fail((reader)->err, 0, __VA_ARGS__), line_blame(reader, line))

static int line_blame(const struct reader *reader, const struct line *line)
{
	return stack_blame(reader->stack, line->where, line->section, line->key,
			   reader->err);
}

static int twice(const struct reader *reader, const struct line *line,
		 uint32_t first)
{
	return LINE_FAIL(reader, line, "is already in line %u",
			 reader->stack->places[first].line);
}

static const char *where_text(const struct reader *reader, uint32_t where)
{
	return stack_where(reader->arena, reader->stack, where);
}

/* ---- single values ---- */

static int parse_code(const char *text, uint64_t least, int *out,
		      struct cordon_error *err)
{
	uint64_t value;

	if (value_parse(VALUE_COUNT, text, &value, err) < 0)
		return -1;
	if (value > 255 || value < least)
		return cordon_fail(err, 0,
				   "'%s' is not an exit status (%d to 255)",
				   text, (int)least);
	*out = (int)value;
	return 0;
}

static int parse_core_key(size_t key, const char *text, int *out,
			  struct cordon_error *err)
{
	if (!core_keys[key].form)
		return parse_code(text, 1, out, err);
	*out = param_word(core_keys[key].form, text, err);
	return *out < 0 ? -1 : 0;
}

/* Of the text alone, or into the stack where there is one. */
static int parse_stack_key(const struct stack_key *key, const char *text,
			   struct stack *stack, struct cordon_error *err)
{
	int number = 0;
	void *field;

	if (key->type == FORM_PATH && trust_check_path_text(text, err) < 0)
		return -1;
	if (key->type == FORM_CODE &&
	    parse_code(text, (uint64_t)(key->form[0] - '0'), &number, err) < 0)
		return -1;
	if (key->type >= FORM_BOOL) {
		number = param_word(key->form, text, err);
		if (number < 0)
			return -1;
	}
	if (!stack)
		return 0;
	field = (char *)stack + key->offset;
	if (key->type == FORM_BOOL)
		*(bool *)field = number == 1;
	else if (key->type >= FORM_CODE)
		*(int *)field = number;
	else
		*(const char **)field = text;
	return 0;
}

/* ---- [stack] ---- */

static int merge_include(struct reader *reader, const struct line *line);

static int unknown_stack_key(const struct reader *reader,
			     const struct line *line)
{
	const char *names[N_STACK_KEYS + 2] = { "include", "strict" };
	struct line header = *line;
	char shown[SHOWN], hint[96];

	for (size_t i = 0; i < N_STACK_KEYS; i++)
		names[i + 2] = stack_keys[i].name;
	header.key = NULL;
	return LINE_FAIL(
		reader, &header, "has no key '%s'%s", SHOW(shown, line->key),
		param_hint(hint, line->key, names, CORDON_COUNT(names)));
}

static int merge_strict(struct reader *reader, const struct line *line)
{
	int is_strict = param_word("no|yes", line->value, reader->err);

	if (is_strict < 0)
		return line_blame(reader, line);
	reader->stack->is_strict |= is_strict == 1;
	return 0;
}

static int merge_stack_line(struct reader *reader, const struct line *line)
{
	struct stack_value *value;
	size_t i = 0;

	if (!strcmp(line->key, "include"))
		return 0; /* done before */
	if (!strcmp(line->key, "strict"))
		return merge_strict(reader, line);
	while (i < N_STACK_KEYS && strcmp(stack_keys[i].name, line->key))
		i++;
	if (i == N_STACK_KEYS)
		return unknown_stack_key(reader, line);
	if (!*line->value)
		return LINE_FAIL(reader, line, "has no value");
	if (strstr(line->value, "${"))
		return LINE_FAIL(reader, line,
				 "[stack] is literal, without ${}");
	if (parse_stack_key(&stack_keys[i], line->value, NULL, reader->err) < 0)
		return line_blame(reader, line);
	value = &line->node->values[i];
	if (value->is_own && is_same_file(reader, value->where, line->where))
		return twice(reader, line, value->where);
	*value = (struct stack_value){ .text = line->value,
				       .where = line->where,
				       .is_own = true };
	return 0;
}

/* What the stack says itself replaces; two that it includes must agree. */
static void inherit(struct node *node, const struct node *below)
{
	for (size_t i = 0; i < N_STACK_KEYS; i++) {
		struct stack_value *to = &node->values[i];
		const struct stack_value *from = &below->values[i];

		if (!from->text || stack_keys[i].is_own || to->is_own)
			continue;
		if (!to->text) {
			*to = *from;
			to->is_own = false;
		} else if (!to->other_text && strcmp(to->text, from->text)) {
			to->other_text = from->text;
			to->other_where = from->where;
		} else if (!to->other_text && from->other_text) {
			to->other_text = from->other_text;
			to->other_where = from->other_where;
		}
	}
}

static int settle_stack_keys(struct reader *reader, const struct node *node)
{
	struct stack *stack = reader->stack;

	for (size_t i = 0; i < N_STACK_KEYS; i++) {
		const struct stack_value *value = &node->values[i];
		struct line line = { "stack", stack_keys[i].name, value->text,
				     value->where, NULL, false };
		char one[64], two[64];

		if (value->other_text)
			return LINE_FAIL(
				reader, &line,
				"'%s' is '%s' in %s (say which in the stack "
				"that includes both)",
				SHOW(one, value->text),
				SHOW(two, value->other_text),
				where_text(reader, value->other_where));
		if (value->text && parse_stack_key(&stack_keys[i], value->text,
						   stack, reader->err) < 0)
			return line_blame(reader, &line);
		if (value->text && stack_keys[i].where)
			*(uint32_t *)((char *)stack + stack_keys[i].where) =
				value->where;
	}
	return 0;
}

/* ---- sections ---- */

static struct draft *find_draft(struct reader *reader, const struct line *line)
{
	struct draft *draft;
	const char *dot;

	for (size_t i = 0; i < reader->n_drafts; i++)
		if (!strcmp(reader->drafts[i]->section.name, line->section))
			return reader->drafts[i];
	draft = arena_alloc(reader->arena, sizeof(*draft));
	dot = strchr(line->section, '.');
	draft->section = (struct section){
		.name = line->section,
		.module = dot ? arena_copy(reader->arena, line->section,
					   (size_t)(dot - line->section))
			      : line->section,
		.label = dot ? dot + 1 : NULL,
		.where = line->where,
	};
	draft->core[KEY_EXIT] = -1;
	reader->drafts = grow(reader->arena, reader->drafts, reader->n_drafts,
			      &reader->drafts_room, sizeof(*reader->drafts));
	reader->drafts[reader->n_drafts++] = draft;
	return draft;
}

static int merge_core_key(struct reader *reader, struct draft *draft,
			  size_t key, const struct line *line)
{
	uint32_t *where = &draft->core_where[key];

	if (*where && is_same_file(reader, *where, line->where))
		return twice(reader, line, *where);
	if (parse_core_key(key, line->value, &draft->core[key], reader->err) <
	    0)
		return line_blame(reader, line);
	*where = line->where;
	return 0;
}

static int merge_section_line(struct reader *reader, const struct line *line)
{
	struct draft *draft = find_draft(reader, line);
	struct section *section = &draft->section;
	uint32_t final =
		draft->core[KEY_FINAL] ? draft->core_where[KEY_FINAL] : 0;

	if (!line->key)
		return 0;
	if (final && !is_same_file(reader, final, line->where))
		return LINE_FAIL(reader, line,
				 "nobody may change this section (final = yes "
				 "in %s)",
				 where_text(reader, final));
	for (size_t i = 0; i < N_CORE_KEYS; i++)
		if (!strcmp(core_keys[i].name, line->key))
			return merge_core_key(reader, draft, i, line);
	section->settings =
		grow(reader->arena, section->settings, section->n_settings,
		     &draft->room, sizeof(*section->settings));
	section->settings[section->n_settings++] = (struct setting){
		.key = line->key,
		.raw = line->value,
		.where = line->where,
		.is_one = line->is_one,
	};
	return 0;
}

static int merge_param_line(struct reader *reader, const struct line *line)
{
	struct setting setting = { .key = line->key,
				   .raw = line->value,
				   .where = line->where };

	for (size_t i = 0; i < reader->n_params; i++) {
		struct setting *old = &reader->params[i];

		if (strcmp(old->key, line->key))
			continue;
		if (is_same_file(reader, old->where, line->where))
			return twice(reader, line, old->where);
		*old = setting;
		return 0;
	}
	reader->params = grow(reader->arena, reader->params, reader->n_params,
			      &reader->params_room, sizeof(*reader->params));
	reader->params[reader->n_params++] = setting;
	return 0;
}

static int merge_line(struct reader *reader, const struct line *line)
{
	static const struct {
		const char *name;
		int (*merge)(struct reader *reader, const struct line *line);
	} own[] = {
		{ "stack", merge_stack_line },
		{ "params", merge_param_line },
	};

	for (size_t i = 0; i < CORDON_COUNT(own); i++) {
		size_t size = strlen(own[i].name);

		if (strncmp(line->section, own[i].name, size))
			continue;
		if (line->section[size] == '.')
			return LINE_FAIL(reader, line, "[%s] takes no label",
					 own[i].name);
		if (line->section[size] == '\0')
			return line->key ? own[i].merge(reader, line) : 0;
	}
	return merge_section_line(reader, line);
}

/* ---- files ---- */

static int read_file(struct reader *reader, const struct folder *folder,
		     int dirfd, const char *dirpath, const char *name,
		     struct ini_file *out)
{
	int fd = trust_open_file(folder->trust, dirfd, dirpath, name,
				 reader->err);
	int rc;

	if (fd < 0)
		return -1;
	rc = ini_read(reader->arena, fd,
		      arena_printf(reader->arena, "%s/%s", dirpath, name), out,
		      reader->err);
	close(fd);
	return rc;
}

static struct line line_at(struct node *node, const struct ini_file *file,
			   uint32_t first, size_t i)
{
	const struct ini_line *line = &file->lines[i];

	return (struct line){ line->section, line->key, line->value,
			      first + (uint32_t)i, node, line->is_one };
}

/* What it includes, then itself. */
static int merge_file(struct reader *reader, struct node *node,
		      const struct ini_file *file)
{
	uint32_t first = (uint32_t)reader->stack->n_places;

	if (++reader->n_files > FILES_MAX)
		return cordon_fail(reader->err, 0, "more than %d files",
				   FILES_MAX);
	for (size_t i = 0; i < file->count; i++)
		add_place(reader, file->path, file->lines[i].line);
	for (size_t i = 0; i < file->count; i++) {
		struct line line = line_at(node, file, first, i);

		if (line.key && !strcmp(line.section, "stack") &&
		    !strcmp(line.key, "include") &&
		    merge_include(reader, &line) < 0)
			return -1;
	}
	for (size_t i = 0; i < file->count; i++) {
		struct line line = line_at(node, file, first, i);

		if (merge_line(reader, &line) < 0)
			return -1;
	}
	return 0;
}

static bool is_file_name(const char *name)
{
	size_t size = strlen(name);

	return size > 4 && name[0] != '.' && !strcmp(name + size - 4, ".ini");
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names that end in .ini, sorted.  fd stays the caller's. */
static int list_folder(struct arena *arena, int fd, const char *path,
		       const char ***out, size_t *n, struct cordon_error *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	const char **names = NULL;
	size_t room = 0;
	char shown[SHOWN];
	int code = errno;

	*n = 0;
	if (!dir) {
		if (copy >= 0)
			close(copy);
		return cordon_fail(err, code, "cannot read '%s'",
				   SHOW(shown, path));
	}
	for (errno = 0; (entry = readdir(dir)); errno = 0) {
		if (!is_file_name(entry->d_name))
			continue;
		names = grow(arena, names, *n, &room, sizeof(*names));
		names[(*n)++] = arena_strdup(arena, entry->d_name);
	}
	code = errno;
	closedir(dir);
	if (code)
		return cordon_fail(err, code, "cannot read '%s'",
				   SHOW(shown, path));
	if (*n > 0)
		qsort(names, *n, sizeof(*names), compare_names);
	*out = names;
	return 0;
}

static int merge_drop_in_folder(struct reader *reader, struct node *node,
				const struct folder *folder, const char *path,
				int fd)
{
	struct ini_file file;
	const char **names;
	size_t n;

	if (list_folder(reader->arena, fd, path, &names, &n, reader->err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (read_file(reader, folder, fd, path, names[i], &file) < 0 ||
		    merge_file(reader, node, &file) < 0)
			return -1;
	return 0;
}

static int merge_drop_ins(struct reader *reader, struct node *node)
{
	for (size_t i = reader->n_folders; i-- > 0;) {
		const struct folder *folder = &reader->folders[i];
		const char *name =
			arena_printf(reader->arena, "%s.d", node->name);
		const char *path = arena_printf(reader->arena, "%s/%s",
						folder->path, name);
		struct stat st;
		char shown[SHOWN];
		int fd, rc;

		if (folder->is_callers && !node->is_callers)
			continue;
		if (fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return cordon_fail(reader->err, errno,
					   "cannot look at '%s'",
					   SHOW(shown, path));
		}
		fd = trust_open_dir(folder->trust, path, reader->err);
		if (fd < 0)
			return -1;
		rc = merge_drop_in_folder(reader, node, folder, path, fd);
		close(fd);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* ---- stacks by name ---- */

static int open_folders(struct reader *reader)
{
	const struct stack_request *request = reader->request;
	struct folder *folder;

	reader->folders = arena_alloc(reader->arena,
				      (request->n_dirs + 1) * sizeof(*folder));
	for (size_t i = 0; i < request->n_dirs; i++) {
		bool is_callers = i >= request->n_admin_dirs;

		folder = &reader->folders[reader->n_folders];
		*folder = (struct folder){
			.path = request->dirs[i],
			.trust = is_callers ? request->user_trust
					    : request->trust,
			.is_callers = is_callers,
		};
		folder->fd = trust_open_dir(folder->trust, folder->path,
					    reader->err);
		if (folder->fd >= 0)
			reader->n_folders++;
		else if (reader->err->code != ENOENT)
			return -1;
	}
	return 0;
}

static void close_folders(struct reader *reader)
{
	for (size_t i = 0; i < reader->n_folders; i++)
		close(reader->folders[i].fd);
}

/* 1: read; 0: there is none. */
static int find_file(struct reader *reader, const char *name, bool is_callers,
		     const struct folder **out, struct ini_file *file)
{
	const char *base = arena_printf(reader->arena, "%s.ini", name);
	struct stat st;

	for (size_t i = 0; i < reader->n_folders; i++) {
		const struct folder *folder = *out = &reader->folders[i];

		if (folder->is_callers && !is_callers)
			break;
		if (fstatat(folder->fd, base, &st, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue;
			return cordon_fail(reader->err, errno,
					   "cannot look at '%s' in '%s'", base,
					   folder->path);
		}
		return read_file(reader, folder, folder->fd, folder->path, base,
				 file) < 0
			       ? -1
			       : 1;
	}
	return 0;
}

static struct node *find_node(struct reader *reader, const char *path)
{
	for (size_t i = 0; i < reader->n_nodes; i++)
		if (!strcmp(reader->nodes[i]->path, path))
			return reader->nodes[i];
	return NULL;
}

static const char *chain_text(struct reader *reader, const struct node *above,
			      const struct node *end)
{
	const char *text = end->name;

	for (; above; above = above->above) {
		text = arena_printf(reader->arena, "%s > %s", above->name,
				    text);
		if (above == end)
			break;
	}
	return text;
}

/* above: the stack that includes it, or NULL.  Reads what was found. */
static int read_node(struct reader *reader, const char *name,
		     const struct folder *folder, const struct ini_file *file,
		     struct node *above, struct node **out)
{
	struct node *node = find_node(reader, file->path);
	char chain[200];
	size_t depth = 0;

	*out = node;
	if (node && node->is_done)
		return 0;
	if (node)
		return cordon_fail(
			reader->err, 0, "'%s' includes itself: %s", name,
			SHOW(chain, chain_text(reader, above, node)));
	for (const struct node *up = above; up; up = up->above)
		depth++;
	if (depth >= DEPTH_MAX)
		return cordon_fail(
			reader->err, 0,
			"stacks include each other more than %d deep",
			DEPTH_MAX);
	node = arena_alloc(reader->arena, sizeof(*node));
	*node = (struct node){ .name = name,
			       .path = file->path,
			       .is_callers = folder->is_callers,
			       .above = above };
	reader->nodes[reader->n_nodes++] = node;
	*out = node;
	if (merge_file(reader, node, file) < 0 ||
	    merge_drop_ins(reader, node) < 0)
		return -2; /* the error has its place already */
	node->is_done = true;
	return 0;
}

static const char *nearest_stack(struct reader *reader, const char *name,
				 bool is_callers, char hint[96])
{
	const char **names = NULL;
	struct cordon_error ignored;
	size_t n;

	hint[0] = '\0';
	for (size_t i = 0; i < reader->n_folders && !*hint; i++) {
		const struct folder *folder = &reader->folders[i];

		if ((folder->is_callers && !is_callers) ||
		    list_folder(reader->arena, folder->fd, folder->path, &names,
				&n, &ignored) < 0)
			continue;
		for (size_t j = 0; j < n; j++)
			names[j] = arena_copy(reader->arena, names[j],
					      strlen(names[j]) - 4);
		param_hint(hint, name, names, n);
	}
	return hint;
}

static int include_one(struct reader *reader, const struct line *line,
		       const char *name)
{
	bool is_callers = line->node->is_callers && strcmp(name, OTHER);
	const struct folder *folder;
	struct ini_file file;
	struct node *below;
	char shown[SHOWN], hint[96];
	int rc;

	if (!param_is_name(name))
		return LINE_FAIL(reader, line, "'%s' is not a stack's name",
				 SHOW(shown, name));
	rc = find_file(reader, name, is_callers, &folder, &file);
	if (rc == 0)
		return LINE_FAIL(reader, line, "there is no stack '%s'%s", name,
				 nearest_stack(reader, name, is_callers, hint));
	if (rc < 0)
		return -1;
	rc = read_node(reader, name, folder, &file, line->node, &below);
	if (rc < 0)
		return rc == -2 ? -1 : line_blame(reader, line);
	inherit(line->node, below);
	return 0;
}

static int merge_include(struct reader *reader, const struct line *line)
{
	const char *rest = line->value;

	if (!*rest)
		return LINE_FAIL(reader, line,
				 "names no stack (an include cannot be taken "
				 "back)");
	while (*rest) {
		size_t size = strcspn(rest, " \t");

		if (include_one(reader, line,
				arena_copy(reader->arena, rest, size)) < 0)
			return -1;
		rest += size;
		rest += strspn(rest, " \t");
	}
	return 0;
}

/* 1: there is none, and none is needed. */
static int find_root(struct reader *reader, const struct folder **folder,
		     struct ini_file *file)
{
	struct stack *stack = reader->stack;
	bool is_callers = strcmp(stack->asked, OTHER) != 0;
	char shown[SHOWN], hint[96];
	int rc;

	if (!param_is_name(stack->asked))
		return cordon_fail(reader->err, 0,
				   "'%s' is not a stack's name (letters, "
				   "digits, '_', '.' and '-')",
				   SHOW(shown, stack->asked));
	stack->name = stack->asked;
	rc = find_file(reader, stack->name, is_callers, folder, file);
	if (rc == 0 && reader->request->is_optional)
		return 1;
	if (rc == 0) {
		stack->name = OTHER;
		rc = find_file(reader, OTHER, false, folder, file);
	}
	if (rc < 0 || stack->name == stack->asked)
		return rc < 0 ? -1 : 0;
	nearest_stack(reader, stack->asked, is_callers, hint);
	if (rc > 0) {
		stack->hint = arena_strdup(reader->arena, hint);
		return 0;
	}
	return cordon_fail(reader->err, 0,
			   "there is no stack '%s'%s, and no stack '" OTHER
			   "' for what is unknown",
			   stack->asked, hint);
}

/* Does a file have this key, in whatever section of the module? */
static bool is_said(const struct reader *reader, const struct ini_line *line)
{
	size_t size = strcspn(line->section, ".");

	for (size_t i = 0; i < reader->n_drafts; i++) {
		const struct section *section = &reader->drafts[i]->section;

		if (strlen(section->module) != size ||
		    memcmp(section->module, line->section, size))
			continue;
		for (size_t j = 0; j < section->n_settings; j++)
			if (!strcmp(section->settings[j].key, line->key))
				return true;
	}
	return false;
}

static bool yields(const struct reader *reader, const struct ini_line *line)
{
	const char *const *name = reader->request->yields;
	size_t size = strcspn(line->section, ".");

	for (; name && *name; name++)
		if (!strncmp(*name, line->section, size) &&
		    (*name)[size] == '.' && !strcmp(*name + size + 1, line->key))
			return is_said(reader, line);
	return false;
}

static int merge_more(struct reader *reader, struct node *node)
{
	const struct ini_file *more = reader->request->more;
	struct ini_file left;

	if (!more)
		return 0;
	left = (struct ini_file){ .path = more->path,
				  .lines = arena_alloc(
					  reader->arena,
					  more->count * sizeof(*left.lines)) };
	for (size_t i = 0; i < more->count; i++)
		if (!more->lines[i].key || !yields(reader, &more->lines[i]))
			left.lines[left.count++] = more->lines[i];
	return merge_file(reader, node, &left);
}

static int read_sections(struct reader *reader)
{
	struct node *node = arena_alloc(reader->arena, sizeof(*node));

	node->name = node->path = reader->request->name
					  ? reader->request->name
					  : reader->request->more->path;
	reader->stack->name = reader->stack->asked = node->name;
	reader->stack->path = "(no file)";
	return merge_more(reader, node) < 0 ? -1
					    : settle_stack_keys(reader, node);
}

static int read_root(struct reader *reader)
{
	const struct folder *folder;
	struct ini_file file;
	struct node *node;
	int rc = reader->request->name ? find_root(reader, &folder, &file) : 1;

	if (rc > 0)
		return read_sections(reader);
	if (rc < 0)
		return -1;
	reader->stack->path = file.path;
	if (read_node(reader, reader->stack->name, folder, &file, NULL, &node) <
		    0 ||
	    merge_more(reader, node) < 0)
		return -1;
	return settle_stack_keys(reader, node);
}

/* ---- the result ---- */

static int expand_setting(struct reader *reader, const struct section *section,
			  struct setting *setting)
{
	const struct stack *stack = reader->stack;
	unsigned flags =
		EXPAND_LIST | (stack->is_symbolic ? EXPAND_SYMBOLIC : 0);
	struct cordon_error unknown;
	struct expanded words;

	if (expand_scan(stack, setting->raw, &setting->has_parameter,
			reader->err) < 0)
		return stack_blame(stack, setting->where, section->name,
				   setting->key, reader->err);
	/* What fails now may belong to a section that `when` leaves out. */
	if (expand_words(reader->arena, stack, setting->raw,
			 strlen(setting->raw), flags, &words, &unknown) < 0)
		return 0;
	setting->value = words.n > 0 ? words.word[0] : "";
	for (size_t i = 1; i < words.n; i++)
		setting->value = arena_printf(reader->arena, "%s %s",
					      setting->value, words.word[i]);
	return 0;
}

static int settle_section(struct reader *reader, const struct draft *draft,
			  struct section *section)
{
	const int *core = draft->core;

	*section = draft->section;
	section->control = (enum control)core[KEY_CONTROL];
	section->control_where = draft->core_where[KEY_CONTROL];
	section->when = (enum when)core[KEY_WHEN];
	section->is_off = core[KEY_OFF] == 1;
	section->is_final = core[KEY_FINAL] == 1;
	section->final_where =
		section->is_final ? draft->core_where[KEY_FINAL] : 0;
	section->may_skip = core[KEY_UNSUPPORTED] == 1;
	section->exit = core[KEY_EXIT];
	for (size_t i = 0; i < section->n_settings; i++)
		if (expand_setting(reader, section, &section->settings[i]) < 0)
			return -1;
	return 0;
}

static int settle_sections(struct reader *reader)
{
	struct stack *stack = reader->stack;

	struct cordon_error *first = reader->err, more;
	int rc = 0;

	stack->sections = arena_alloc(
		reader->arena, (reader->n_drafts + 1) * sizeof(struct section));
	for (size_t i = 0; i < reader->n_drafts; i++) {
		struct section *section = &stack->sections[stack->n_sections];

		if (settle_section(reader, reader->drafts[i], section) == 0) {
			stack->n_sections += !section->is_off;
			continue;
		}
		rc = -1;
		reader->err = &more;
	}
	reader->err = first;
	return rc;
}

static struct reader *reader_new(struct arena *arena,
				 const struct stack_request *request,
				 struct stack *stack, struct cordon_error *err)
{
	struct reader *reader = arena_alloc(arena, sizeof(*reader));

	*stack = (struct stack){
		.asked = request->name,
		.hint = "",
		.exit_denied = 125,
		.exit_failed = 125,
		.exit_timeout = EXIT_TIMEOUT,
		.job = request->job,
		.user = request->user,
		.home = request->home,
		.cwd = request->cwd,
		.uid = request->uid,
		.is_symbolic = request->is_symbolic,
	};
	reader->arena = arena;
	reader->request = request;
	reader->stack = stack;
	reader->err = err;
	add_place(reader, "", 0); /* 0 is no place */
	return reader;
}

int stack_read(struct arena *arena, const struct stack_request *request,
	       struct stack *out, struct cordon_error *err)
{
	struct reader *reader = reader_new(arena, request, out, err);
	struct stack_request *copy = arena_alloc(arena, sizeof(*copy));
	struct cordon_error more;
	int rc;

	*copy = *request;
	out->request = copy;
	out->files = arena_alloc(arena, sizeof(*out->files));
	rc = open_folders(reader) < 0 ? -1 : read_root(reader);
	if (rc == 0) {
		rc = param_read(arena, request, reader->params,
				reader->n_params, out, err);
		/* Beyond that fault too: some sections record a refusal. */
		if (rc < 0)
			reader->err = &more;
		if (settle_sections(reader) < 0)
			rc = -1;
	}
	close_folders(reader);
	return rc;
}

/* ---- the list of stacks ---- */

/* A broken file has a name too: reading it says what is wrong. */
static const char *read_description(struct reader *reader,
				    const struct folder *folder,
				    const char *name)
{
	const char *description = NULL;
	struct cordon_error ignored;
	struct cordon_error *err = reader->err;
	struct ini_file file = { 0 };

	reader->err = &ignored;
	read_file(reader, folder, folder->fd, folder->path, name, &file);
	reader->err = err;
	for (size_t i = 0; i < file.count; i++)
		if (file.lines[i].key &&
		    !strcmp(file.lines[i].section, "stack") &&
		    !strcmp(file.lines[i].key, "description"))
			description = file.lines[i].value;
	return description;
}

static bool is_listed(const struct stack_name *names, size_t n,
		      const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i].name, name))
			return true;
	return false;
}

static int compare_stacks(const void *a, const void *b)
{
	return strcmp(((const struct stack_name *)a)->name,
		      ((const struct stack_name *)b)->name);
}

static int add_names(struct reader *reader, const struct folder *folder,
		     struct stack_name **names, size_t *n, size_t *room)
{
	struct arena *arena = reader->arena;
	const char **files;
	size_t n_files;

	if (list_folder(arena, folder->fd, folder->path, &files, &n_files,
			reader->err) < 0)
		return -1;
	for (size_t i = 0; i < n_files; i++) {
		const char *name =
			arena_copy(arena, files[i], strlen(files[i]) - 4);

		if (!param_is_name(name) || is_listed(*names, *n, name) ||
		    (folder->is_callers && !strcmp(name, OTHER)))
			continue;
		*names = grow(arena, *names, *n, room, sizeof(**names));
		(*names)[(*n)++] = (struct stack_name){
			.name = name,
			.path = arena_printf(arena, "%s/%s", folder->path,
					     files[i]),
			.description =
				read_description(reader, folder, files[i]),
		};
	}
	return 0;
}

int stack_names(struct arena *arena, const struct stack_request *request,
		struct stack_name **out, size_t *n, struct cordon_error *err)
{
	struct stack unused;
	struct reader *reader = reader_new(arena, request, &unused, err);
	size_t room = 0;
	int rc = open_folders(reader);

	*out = NULL;
	*n = 0;
	for (size_t i = 0; rc == 0 && i < reader->n_folders; i++)
		rc = add_names(reader, &reader->folders[i], out, n, &room);
	close_folders(reader);
	if (rc == 0 && *n > 0)
		qsort(*out, *n, sizeof(**out), compare_stacks);
	return rc;
}
