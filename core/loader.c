/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/loader.h"
#include "core/option.h"
#include "core/param.h"
#include "core/value.h"

#define NAME_MAX_BYTES 48 /* as of a section */
#define SYMBOL_TAIL "_LTX_cordon_module"
#define SIZE_MAX_OF_ABI 4096 /* of a descriptor or a row: more is rubbish */

struct loader_module {
	struct loader_module *next;
	const char *name;
	const struct cordon_module *module;
};

/* LENGTH bytes of a module's name; a file's then is NAME.so. */
static bool is_name(const char *text, size_t length)
{
	if (length == 0 || length > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < length; i++)
		if (!(text[i] >= 'a' && text[i] <= 'z') &&
		    !(i > 0 &&
		      ((text[i] >= '0' && text[i] <= '9') || text[i] == '_')))
			return false;
	return true;
}

/* ---- the descriptor ---- */

/* What is checked, for the errors: all of them name it. */
struct subject {
	struct arena *arena;
	const char *name;
	struct cordon_error *err;
};

static bool is_zero(const unsigned char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

/*
 * Their struct as ours: what theirs is too short for is absent, and where it is
 * longer it must say nothing there, since it would not be heard.
 */
static int adopt(void *ours, size_t size, const void *theirs, size_t their_size)
{
	const unsigned char *bytes = theirs;

	if (their_size > size && !is_zero(bytes + size, their_size - size))
		return -1;
	memcpy(ours, theirs, their_size < size ? their_size : size);
	return 0;
}

static const struct {
	uint32_t first, last;
	uint32_t width;
} types[] = {
	{ CORDON_YES_NO, CORDON_GROUP, sizeof(struct cordon_number) },
	{ CORDON_LIMIT_NUMBER, CORDON_LIMIT_USECONDS,
	  sizeof(struct cordon_limit) },
	{ CORDON_TEXT, CORDON_PATH, sizeof(struct cordon_text) },
	{ CORDON_DATA, CORDON_DATA, sizeof(struct cordon_data) },
	{ CORDON_WORDS, CORDON_PATHS, sizeof(struct cordon_list) },
};

static uint32_t width_of(uint32_t type)
{
	for (size_t i = 0; i < CORDON_COUNT(types); i++)
		if (type >= types[i].first && type <= types[i].last)
			return types[i].width;
	return 0;
}

static bool is_key(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");

	return length > 0 && length <= NAME_MAX_BYTES && !text[length];
}

static int check_option(const struct subject *subject,
			const struct cordon_module *module, size_t i)
{
	const struct cordon_option *option = &module->options[i];
	uint32_t width = width_of(option->type);
	const char *wrong = NULL;

	if (!option->key || !*option->key)
		return cordon_fail(subject->err, 0,
				   "module '%s': option %zu has no key",
				   subject->name, i);
	if (!is_key(option->key))
		wrong = "is not called by small letters, digits, '-' and '_'";
	else if (option_is_core(option->key))
		wrong = "is a key of every section, and not for a module";
	else if (width == 0)
		wrong = "is of a type that this cordon does not know";
	else if (option->merge > CORDON_BOTH)
		wrong = "has a merge rule that this cordon does not know";
	else if (option->width != width)
		wrong = "is kept in a field that is not of its type";
	else if (option->offset > module->size ||
		 module->size - option->offset < width ||
		 option->offset % _Alignof(struct cordon_list) != 0)
		wrong = "is kept outside of the settings";
	else if (option->type == CORDON_WORD && !option->form)
		wrong = "is one of some words, but says not which";
	else if (option->type >= CORDON_WORDS && i >= 32)
		wrong = "is a list, and so must be among the first 32";
	for (size_t k = 0; k < i && !wrong; k++)
		if (!strcmp(module->options[k].key, option->key))
			wrong = "is there twice";
	return wrong ? cordon_fail(subject->err, 0,
				   "module '%s': option '%s' %s", subject->name,
				   option->key, wrong)
		     : 0;
}

/* The rows as ours; those of another length stand in memory of the arena. */
static int adopt_options(const struct subject *subject,
			 struct cordon_module *module, size_t their_size)
{
	const unsigned char *theirs = (const unsigned char *)module->options;
	struct cordon_option *options;

	if (their_size == sizeof(*options) || module->n_options == 0)
		return 0;
	if (module->n_options > UINT16_MAX)
		return cordon_fail(subject->err, 0,
				   "module '%s' has %zu options", subject->name,
				   module->n_options);
	options = arena_alloc(subject->arena,
			      module->n_options * sizeof(*options));
	for (size_t i = 0; i < module->n_options; i++)
		if (adopt(&options[i], sizeof(*options),
			  theirs + i * their_size, their_size) < 0)
			return cordon_fail(
				subject->err, 0,
				"module '%s': option %zu says more than this "
				"cordon would read",
				subject->name, i);
	module->options = options;
	return 0;
}

static int check_abi(const struct subject *subject,
		     const struct cordon_module *theirs)
{
	if (theirs->abi.major != CORDON_ABI_MAJOR)
		return cordon_fail(
			subject->err, 0,
			"module '%s' is for ABI %u.%u, this cordon "
			"has %d.%d (%s)",
			subject->name, theirs->abi.major, theirs->abi.minor,
			CORDON_ABI_MAJOR, CORDON_ABI_MINOR,
			theirs->abi.major > CORDON_ABI_MAJOR
				? "it needs a newer cordon"
				: "build it again, against this cordon's "
				  "header");
	/* The hooks may be absent, and a row's bounds and default; no more. */
	if (theirs->abi.size < offsetof(struct cordon_module, configure) ||
	    theirs->abi.size > SIZE_MAX_OF_ABI ||
	    theirs->abi.option_size < offsetof(struct cordon_option, form) ||
	    theirs->abi.option_size > SIZE_MAX_OF_ABI ||
	    theirs->abi.option_size % _Alignof(struct cordon_option) != 0)
		return cordon_fail(subject->err, 0,
				   "module '%s' has a descriptor of %u bytes "
				   "and options of %u",
				   subject->name, theirs->abi.size,
				   theirs->abi.option_size);
	return 0;
}

static int check_members(const struct subject *subject,
			 const struct cordon_module *module)
{
	const char *wrong = NULL;

	if (module->kind < CORDON_DECIDE || module->kind > CORDON_OBSERVE)
		wrong = "is of a kind that this cordon does not know";
	else if (module->flags != 0)
		wrong = "has flags that this cordon does not know";
	else if (module->kind == CORDON_DECIDE && !module->decide)
		wrong = "is to decide, but cannot";
	else if (!module->summary)
		wrong = "does not say what it is";
	else if (module->n_options > 0 && !module->options)
		wrong = "has options but no table of them";
	return wrong ? cordon_fail(subject->err, 0, "module '%s' %s",
				   subject->name, wrong)
		     : 0;
}

static bool has_wait(const struct cordon_module *module)
{
	for (size_t i = 0; i < module->n_options; i++)
		if (module->options[i].type == CORDON_TIME &&
		    !strcmp(module->options[i].key, module->wait))
			return true;
	return false;
}

static const struct cordon_module *check(const struct subject *subject,
					 const void *found)
{
	const struct cordon_module *theirs = found;
	struct cordon_module *ours = arena_alloc(subject->arena, sizeof(*ours));

	if (check_abi(subject, theirs) < 0)
		return NULL;
	if (adopt(ours, sizeof(*ours), theirs, theirs->abi.size) < 0) {
		cordon_fail(subject->err, 0,
			    "module '%s' uses a hook that this cordon would "
			    "not call (it needs a newer cordon)",
			    subject->name);
		return NULL;
	}
	if (check_members(subject, ours) < 0)
		return NULL;
	if (adopt_options(subject, ours, theirs->abi.option_size) < 0)
		return NULL;
	for (size_t i = 0; i < ours->n_options; i++)
		if (check_option(subject, ours, i) < 0)
			return NULL;
	if (ours->wait && !has_wait(ours)) {
		cordon_fail(subject->err, 0,
			    "module '%s' waits by '%s', which is no key of its "
			    "own for a time",
			    subject->name, ours->wait);
		return NULL;
	}
	return ours;
}

/* ---- where it is ---- */

/* The length of the module's name in a row of the table, or 0. */
static size_t scan_symbol(const char *symbol)
{
	size_t length = strlen(symbol), tail = sizeof(SYMBOL_TAIL) - 1;

	if (length <= tail || strcmp(symbol + length - tail, SYMBOL_TAIL) != 0)
		return 0;
	return is_name(symbol, length - tail) ? length - tail : 0;
}

static const void *find_preloaded(const struct loader *loader, const char *name)
{
	const struct loader_symbol *row = loader->preloaded;

	for (; row && row->name; row++)
		if (row->address && scan_symbol(row->name) == strlen(name) &&
		    !strncmp(row->name, name, strlen(name)))
			return row->address;
	return NULL;
}

bool loader_is_preloaded(const struct loader *loader, const char *name)
{
	return find_preloaded(loader, name) != NULL;
}

static const struct cordon_module *keep(struct loader *loader, const char *name,
					const void *found,
					struct cordon_error *err)
{
	const struct subject subject = { loader->arena, name, err };
	struct loader_module *entry;

	const struct cordon_module *module = check(&subject, found);

	if (!module)
		return NULL;
	entry = arena_alloc(loader->arena, sizeof(*entry));
	entry->name = arena_strdup(loader->arena, name);
	entry->module = module;
	entry->next = loader->opened;
	loader->opened = entry;
	return module;
}

static const struct cordon_module *
not_found(struct loader *loader, const char *name, struct cordon_error *err)
{
	const char *const *names;
	struct cordon_error ignored;
	char hint[96] = "";
	size_t n;

	if (loader_names(loader, &names, &n, &ignored) == 0)
		param_hint(hint, name, names, n);
	cordon_fail(err, 0, "module '%s' not found%s%s%s", name,
		    loader->dir ? " in " : "", loader->dir ? loader->dir : "",
		    *hint ? hint
			  : " (is the package that has it installed? 'cordon "
			    "modules' lists those that are)");
	return NULL;
}

#if defined(__x86_64__)
#define OUR_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OUR_MACHINE EM_AARCH64
#endif

/* dlopen(3) says of another processor's that there is no such file. */
static int judge_content(int fd, const char *path, struct cordon_error *err)
{
	Elf64_Ehdr head = { .e_type = ET_NONE };
	ssize_t n = read(fd, &head, sizeof(head));

	if (n < 0)
		return cordon_fail(err, errno, "cannot read '%s'", path);
	if (n < EI_NIDENT || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
		return cordon_fail(err, 0,
				   "cannot load '%s': it is no shared object",
				   path);
	if (head.e_ident[EI_CLASS] != ELFCLASS64 ||
	    head.e_machine != OUR_MACHINE)
		return cordon_fail(err, 0,
				   "cannot load '%s': it is for another "
				   "processor (build it again, for this one)",
				   path);
	return 0;
}

/* Judged, and closed again: only who is trusted could put another one there. */
static int judge_file(const struct loader *loader, const char *path,
		      struct cordon_error *err)
{
	int fd = trust_open_path(loader->trust, path, err), rc;

	if (fd < 0)
		return -1;
	rc = judge_content(fd, path, err);
	close(fd);
	return rc;
}

const struct cordon_module *loader_open(struct loader *loader, const char *name,
					struct cordon_error *err)
{
	const void *found;
	const char *path;

	for (struct loader_module *entry = loader->opened; entry;
	     entry = entry->next)
		if (!strcmp(entry->name, name))
			return entry->module;
	if (!is_name(name, strlen(name))) {
		char shown[64];

		cordon_fail(
			err, 0,
			"'%s' is not the name of a module ([a-z][a-z0-9_]*)",
			value_show(shown, sizeof(shown), name, strlen(name)));
		return NULL;
	}
	found = find_preloaded(loader, name);
	if (found)
		return keep(loader, name, found, err);
	if (!loader->dir)
		return not_found(loader, name, err);
	path = arena_printf(loader->arena, "%s/%s.so", loader->dir, name);
	if (judge_file(loader, path, err) < 0)
		return err->code == ENOENT ? not_found(loader, name, err)
					   : NULL;
	if (door_open_module(path, name, &found, err) < 0)
		return NULL;
	return keep(loader, name, found, err);
}

const struct cordon_module *loader_open_file(struct loader *loader,
					     const char *path,
					     struct cordon_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = strlen(base);
	const void *found;
	const char *name;

	if (length < 3 || strcmp(base + length - 3, ".so") != 0 ||
	    !is_name(base, length - 3)) {
		cordon_fail(err, 0,
			    "'%s' is not a module (NAME.so, [a-z][a-z0-9_]*)",
			    path);
		return NULL;
	}
	name = arena_copy(loader->arena, base, length - 3);
	if (judge_file(loader, path, err) < 0 ||
	    door_open_module(path, name, &found, err) < 0)
		return NULL;
	return keep(loader, name, found, err);
}

/* ---- all of them ---- */

struct names {
	struct arena *arena;
	const char **name;
	size_t n, room;
};

static void add_name(struct names *names, const char *text, size_t length)
{
	const char **longer;

	for (size_t i = 0; i < names->n; i++)
		if (strlen(names->name[i]) == length &&
		    !memcmp(names->name[i], text, length))
			return;
	if (names->n == names->room) {
		names->room = names->room > 0 ? 2 * names->room : 32;
		longer = arena_alloc(names->arena,
				     names->room * sizeof(*longer));
		if (names->n > 0)
			memcpy(longer, names->name, names->n * sizeof(*longer));
		names->name = longer;
	}
	names->name[names->n++] = arena_copy(names->arena, text, length);
}

/* A folder that is not there holds none. */
static int add_files(const struct loader *loader, struct names *names,
		     struct cordon_error *err)
{
	int fd = trust_open_dir(loader->trust, loader->dir, err);
	struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return err->code == ENOENT ? 0 : -1;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return cordon_fail(err, errno, "cannot read '%s'", loader->dir);
	}
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length > 3 && !strcmp(entry->d_name + length - 3, ".so") &&
		    is_name(entry->d_name, length - 3))
			add_name(names, entry->d_name, length - 3);
	}
	closedir(dir);
	return 0;
}

static int compare(const void *a, const void *b)
{
	const char *const *first = a, *const *second = b;

	return strcmp(*first, *second);
}

int loader_names(struct loader *loader, const char *const **names, size_t *n,
		 struct cordon_error *err)
{
	const struct loader_symbol *row = loader->preloaded;
	struct names list = { .arena = loader->arena };

	for (; row && row->name; row++) {
		size_t length = scan_symbol(row->name);

		if (length > 0)
			add_name(&list, row->name, length);
	}
	if (loader->dir && add_files(loader, &list, err) < 0)
		return -1;
	if (list.n > 0)
		qsort(list.name, list.n, sizeof(*list.name), compare);
	*names = list.name;
	*n = list.n;
	return 0;
}
