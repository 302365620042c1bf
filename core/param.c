/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/expand.h"
#include "core/option.h"
#include "core/param.h"
#include "core/trust.h"

#define SHOWN 96
#define WORDS_MAX 256 /* of one declaration or list */
#define BLANKS " \t"

/* isalnum() asks the locale; a policy must mean the same in each. */
#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define WORD_CHARS LETTERS DIGITS "_"
#define NAME_CHARS WORD_CHARS ".-"

#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

bool param_is_name(const char *text)
{
	return *text && *text != '.' && *text != '-' && strlen(text) <= 200 &&
	       text[strspn(text, NAME_CHARS)] == '\0';
}

const char *param_hint(char buffer[96], const char *word,
		       const char *const *words, size_t n)
{
	const char *nearest = value_nearest(word, words, n);
	char shown[64];

	buffer[0] = '\0';
	if (nearest)
		snprintf(buffer, 96, " (did you mean '%s'?)",
			 SHOW(shown, nearest));
	return buffer;
}

const char *param_list(char *buffer, size_t size, const char *const *words,
		       size_t n)
{
	size_t at = 0;

	buffer[0] = '\0';
	for (size_t i = 0; i < n && at < size; i++)
		at += (size_t)snprintf(buffer + at, size - at, "%s%s",
				       i == 0	    ? ""
				       : i + 1 == n ? " or "
						    : ", ",
				       words[i]);
	if (at >= size)
		snprintf(buffer + size - 4, 4, "...");
	return buffer;
}

static int word_fail(const char *text, const char *const *words, size_t n,
		     struct cordon_error *err)
{
	char shown[SHOWN], all[200], hint[96];

	return cordon_fail(err, 0, "'%s' is not %s%s", SHOW(shown, text),
			   param_list(all, sizeof(all), words, n),
			   param_hint(hint, text, words, n));
}

#define FORM_MAX 64 /* words of one "a|b|c" */

int param_word(const char *form, const char *text, struct cordon_error *err)
{
	char copy[512], *save = copy;
	const char *words[FORM_MAX];
	size_t n = 0;

	if (strlen(form) >= sizeof(copy))
		return cordon_fail(err, 0, "the form '%.40s...' is too long",
				   form);
	memcpy(copy, form, strlen(form) + 1);
	while (save && n < FORM_MAX) {
		words[n] = strsep(&save, "|");
		if (!strcmp(words[n], text))
			return (int)n;
		n++;
	}
	return word_fail(text, words, n, err);
}

/* Only where the range begins below 0 is a '-' a sign. */
static int scan_number(enum value_kind kind, const char *text, bool is_signed,
		       int64_t *out, struct cordon_error *err)
{
	bool is_negative = is_signed && kind == VALUE_COUNT && *text == '-';
	char shown[SHOWN];
	uint64_t value;

	if (value_parse(kind, text + is_negative, &value, err) < 0)
		return -1;
	if (value > INT64_MAX)
		return cordon_fail(err, 0, "'%s' is too large",
				   SHOW(shown, text));
	if (is_negative && value == 0)
		return cordon_fail(err, 0, "'%s' is not a number (write 0)",
				   SHOW(shown, text));
	*out = is_negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

int param_range(enum value_kind kind, const char *text, struct param_range *out,
		struct cordon_error *err)
{
	const char *dots = strstr(text, "..");
	size_t size = dots ? (size_t)(dots - text) : 0;
	char low[64], shown[SHOWN];
	struct param_range range = { .is_given = true };

	SHOW(shown, text);
	if (size == 0 || size >= sizeof(low) || !dots[2])
		return cordon_fail(err, 0, "'%s' is not A..B", shown);
	memcpy(low, text, size);
	low[size] = '\0';
	if (scan_number(kind, low, true, &range.low, err) < 0)
		return -1;
	range.high = INT64_MAX;
	range.is_unlimited = !strcmp(dots + 2, "unlimited");
	if (!range.is_unlimited &&
	    scan_number(kind, dots + 2, true, &range.high, err) < 0)
		return -1;
	if (range.low > range.high)
		return cordon_fail(
			err, 0, "'%s' is not A..B (A is larger than B)", shown);
	*out = range;
	return 0;
}

/* As an admin would write it. */
static void number_text(char *buffer, size_t size, enum value_kind kind,
			int64_t value)
{
	struct arena *arena;

	if (value < 0) {
		snprintf(buffer, size, "%" PRId64, value);
		return;
	}
	arena = arena_new();
	snprintf(buffer, size, "%s", value_print(arena, kind, (uint64_t)value));
	arena_free(arena);
}

static void range_text(char buffer[64], enum value_kind kind,
		       const struct param_range *range)
{
	char low[30], high[30] = "unlimited";

	number_text(low, sizeof(low), kind, range->low);
	if (!range->is_unlimited)
		number_text(high, sizeof(high), kind, range->high);
	snprintf(buffer, 64, "%s..%s", low, high);
}

int param_number(enum value_kind kind, const char *text,
		 const struct param_range *range, int64_t *out,
		 struct cordon_error *err)
{
	char shown[SHOWN], bounds[64];

	if (range->is_unlimited && !strcmp(text, "unlimited")) {
		*out = -1;
		return 0;
	}
	if (scan_number(kind, text, range->is_given && range->low < 0, out,
			err) < 0)
		return -1;
	if (!range->is_given || (*out >= range->low && *out <= range->high))
		return 0;
	range_text(bounds, kind, range);
	return cordon_fail(err, 0, "'%s' is not within %s", SHOW(shown, text),
			   bounds);
}

/* ---- the types ---- */

/* Moves past the next component; empty ones and "." are none. */
static size_t scan_component(const char **path)
{
	size_t size;

	do {
		*path += strspn(*path, "/");
		size = strcspn(*path, "/");
		if (size != 1 || **path != '.')
			return size;
		(*path)++;
	} while (true);
}

static bool is_below(const char *path, const char *under)
{
	while (true) {
		size_t size = scan_component(&path);
		size_t bound = scan_component(&under);

		if (bound == 0)
			return size > 0;
		if (size != bound || memcmp(path, under, size))
			return false;
		path += size;
		under += bound;
	}
}

static int check_path(const struct param_type *type, const char *text,
		      struct cordon_error *err)
{
	char shown[SHOWN], bound[SHOWN];

	if (trust_check_path_text(text, err) < 0)
		return -1;
	if (type->under && !is_below(text, type->under))
		return cordon_fail(err, 0, "'%s' is not below '%s'",
				   SHOW(shown, text), SHOW(bound, type->under));
	return 0;
}

struct param_kind {
	const char *name;
	const char *next;	/* the word that must follow, as in "one of" */
	enum value_kind number; /* 0: none */
	int (*check)(const struct param_type *type, const char *text,
		     struct cordon_error *err);
	const char *stand_in; /* where bounds give none */
};

static int check_number(const struct param_type *type, const char *text,
			struct cordon_error *err)
{
	int64_t value;

	return param_number(type->kind->number, text, &type->range, &value,
			    err);
}

static int check_word(const struct param_type *type, const char *text,
		      struct cordon_error *err)
{
	for (size_t i = 0; i < type->n_words; i++)
		if (!strcmp(type->words[i], text))
			return 0;
	return word_fail(text, type->words, type->n_words, err);
}

static int check_name(const struct param_type *type, const char *text,
		      struct cordon_error *err)
{
	char shown[SHOWN];

	if (param_is_name(text))
		return 0;
	return cordon_fail(err, 0,
			   "'%s' is not a name (letters, digits, '_', '.' and "
			   "'-'; it begins with none of the last two)",
			   SHOW(shown, text));
}

static int is_member(struct arena *arena, const char *name, const char *group,
		     struct cordon_error *err)
{
	struct door_user user;
	uint32_t wanted, *gids;
	size_t n;

	if (door_user(arena, name, &user, err) < 0 ||
	    option_group(group, &wanted, err) < 0 ||
	    door_groups(arena, name, user.gid, &gids, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (gids[i] == wanted)
			return 0;
	return cordon_fail(err, 0, "user '%s' is not in group '%s'", name,
			   group);
}

static int check_user(const struct param_type *type, const char *text,
		      struct cordon_error *err)
{
	struct arena *arena;
	uint32_t uid;
	int rc;

	if (check_name(type, text, err) < 0)
		return -1;
	if (value_id(text, &uid) != -1)
		return cordon_fail(err, 0, "'%s' is a number, not a user name",
				   text);
	arena = arena_new();
	rc = is_member(arena, text, type->group, err);
	arena_free(arena);
	return rc;
}

static const struct param_kind kinds[] = {
	{ "path", NULL, 0, check_path, NULL },
	{ "dir", NULL, 0, check_path, NULL },
	{ "file", NULL, 0, check_path, NULL },
	{ "size", NULL, VALUE_SIZE, check_number, "1M" },
	{ "time", NULL, VALUE_TIME, check_number, "1s" },
	{ "number", NULL, VALUE_COUNT, check_number, "1" },
	{ "one", "of", 0, check_word, NULL },
	{ "name", NULL, 0, check_name, "name" },
	{ "user", "in", 0, check_user, "nobody" },
};

static bool is_path_kind(const struct param_kind *kind)
{
	return kind->check == check_path;
}

int param_check(const struct param_type *type, const char *text,
		struct cordon_error *err)
{
	size_t size = strlen(text);
	char shown[SHOWN];
	uint32_t code = 0;

	for (size_t i = 0, n; i < size; i += n) {
		n = value_char(text + i, size - i, &code);
		if (n > 0 && value_is_control(code))
			return cordon_fail(err, 0,
					   "'%s' holds a control character",
					   SHOW(shown, text));
		n += n ==
		     0; /* a file's name is bytes; elsewhere refused below */
	}
	if (size == 0)
		return cordon_fail(err, 0, "the value is empty");
	return type->kind->check(type, text, err);
}

/* ---- declarations ---- */

struct words {
	struct arena *arena;
	const char *rest;
	struct cordon_error *err;
};

/* NULL at the end. */
static const char *next_word(struct words *words)
{
	const char *word = words->rest + strspn(words->rest, BLANKS);
	size_t size = strcspn(word, BLANKS);

	words->rest = word + size;
	return size > 0 ? arena_copy(words->arena, word, size) : NULL;
}

static bool take_word(struct words *words, const char *wanted)
{
	struct words look = *words;
	const char *word = next_word(&look);

	if (!word || strcmp(word, wanted))
		return false;
	*words = look;
	return true;
}

static int split(struct words *words, const char *const **out, size_t *n)
{
	const char **list =
		arena_alloc(words->arena, WORDS_MAX * sizeof(*list));
	const char *word;

	for (*n = 0; (word = next_word(words)); (*n)++) {
		if (*n == WORDS_MAX)
			return cordon_fail(words->err, 0, "more than %d words",
					   WORDS_MAX);
		list[*n] = word;
	}
	*out = list;
	return 0;
}

static bool is_clause(const char *word)
{
	return !strcmp(word, "from") || !strcmp(word, "required") ||
	       !strcmp(word, "default");
}

static int declare_one_of(struct words *words, struct param_type *type)
{
	const char **list =
		arena_alloc(words->arena, WORDS_MAX * sizeof(*list));
	struct words look = *words;
	const char *word;

	while ((word = next_word(&look)) && !is_clause(word)) {
		if (type->n_words == WORDS_MAX)
			return cordon_fail(words->err, 0, "more than %d words",
					   WORDS_MAX);
		list[type->n_words++] = word;
		*words = look;
	}
	if (type->n_words == 0)
		return cordon_fail(words->err, 0,
				   "'one of' needs words to choose from");
	type->words = list;
	return 0;
}

static int declare_bounds(struct words *words, struct param_type *type)
{
	struct words look = *words;
	const char *word = next_word(&look);

	if (!strcmp(type->kind->name, "one"))
		return declare_one_of(words, type);
	if (!strcmp(type->kind->name, "user")) {
		type->group = word;
		*words = look;
		if (!word || is_clause(word))
			return cordon_fail(words->err, 0,
					   "'user in' needs a group");
		return 0;
	}
	if (type->kind->number && word && strstr(word, "..")) {
		*words = look;
		return param_range(type->kind->number, word, &type->range,
				   words->err);
	}
	if (!is_path_kind(type->kind) || !take_word(words, "under"))
		return 0;
	type->under = next_word(words);
	if (!type->under)
		return cordon_fail(words->err, 0, "'under' needs a folder");
	return trust_check_path_text(type->under, words->err);
}

static int declare_kind(struct words *words, struct param_type *type)
{
	const char *names[CORDON_COUNT(kinds) + 1], *word;
	char shown[SHOWN], hint[96];

	if (take_word(words, "list")) {
		type->is_list = true;
		if (!take_word(words, "of"))
			return cordon_fail(words->err, 0,
					   "'list' needs 'of TYPE'");
	}
	word = next_word(words);
	if (!word)
		return cordon_fail(words->err, 0,
				   "no type (for example: size 64M..4G)");
	for (size_t i = 0; i < CORDON_COUNT(kinds); i++) {
		names[i] = kinds[i].name;
		if (strcmp(word, kinds[i].name))
			continue;
		type->kind = &kinds[i];
		if (kinds[i].next && !take_word(words, kinds[i].next))
			return cordon_fail(words->err, 0, "'%s' needs '%s'",
					   word, kinds[i].next);
		return declare_bounds(words, type);
	}
	names[CORDON_COUNT(kinds)] = "list";
	return cordon_fail(words->err, 0, "'%s' is not a type%s",
			   SHOW(shown, word),
			   param_hint(hint, word, names, CORDON_COUNT(names)));
}

static bool is_variable(const char *text)
{
	return *text && !strchr(DIGITS, *text) &&
	       text[strspn(text, WORD_CHARS)] == '\0';
}

static int declare_source(struct words *words, struct param *param)
{
	const char *word = next_word(words);
	char shown[SHOWN];

	if (param->env || param->is_from_cwd)
		return cordon_fail(words->err, 0, "'from' is there twice");
	if (word && !strcmp(word, "cwd")) {
		param->is_from_cwd = true;
		if (!is_path_kind(param->type.kind) || param->type.is_list)
			return cordon_fail(words->err, 0,
					   "'from cwd' needs the type 'dir' or "
					   "'path'");
		return 0;
	}
	if (!word || strcmp(word, "env"))
		return cordon_fail(words->err, 0,
				   "'from' needs 'env VAR' or 'cwd'");
	param->env = next_word(words);
	if (!param->env)
		return cordon_fail(words->err, 0,
				   "'from env' needs the name of a variable");
	if (!is_variable(param->env))
		return cordon_fail(words->err, 0,
				   "'%s' is not the name of a variable",
				   SHOW(shown, param->env));
	return 0;
}

static int declare_default(struct words *words, struct param *param)
{
	param->fallback = words->rest + strspn(words->rest, BLANKS);
	words->rest = "";
	if (param->type.is_list) {
		struct words items = { words->arena, param->fallback,
				       words->err };

		if (split(&items, &param->items, &param->n_items) < 0)
			return -1;
	} else {
		const char **items = arena_alloc(words->arena, sizeof(*items));

		items[0] = param->fallback;
		param->items = items;
		param->n_items = 1;
	}
	for (size_t i = 0; i < param->n_items; i++)
		if (param_check(&param->type, param->items[i], words->err) < 0)
			return -1;
	return 0;
}

static int declare_clause(struct words *words, const char *word,
			  struct param *param)
{
	static const char *const known[] = { "under", "from", "required",
					     "default" };
	char shown[SHOWN], hint[96];

	if (!strcmp(word, "from"))
		return declare_source(words, param);
	if (!strcmp(word, "required")) {
		if (param->is_required)
			return cordon_fail(words->err, 0,
					   "'required' is there twice");
		param->is_required = true;
		return 0;
	}
	if (strcmp(word, "default"))
		return cordon_fail(
			words->err, 0,
			"'%s' is not understood here%s (TYPE, 'from env VAR' "
			"or 'from cwd', 'required' or 'default V')",
			SHOW(shown, word),
			param_hint(hint, word, known, CORDON_COUNT(known)));
	if (param->is_required)
		return cordon_fail(words->err, 0,
				   "what is 'required' has no 'default'");
	return declare_default(words, param);
}

int param_declare(struct arena *arena, const char *name, const char *text,
		  struct param *out, struct cordon_error *err)
{
	struct words words = { arena, text, err };
	struct param param = { .name = name };
	const char *word;

	if (strstr(text, "${"))
		return cordon_fail(err, 0,
				   "a declaration is literal, without ${}");
	if (declare_kind(&words, &param.type) < 0)
		return -1;
	while ((word = next_word(&words)))
		if (declare_clause(&words, word, &param) < 0)
			return -1;
	*out = param;
	return 0;
}

static const char *type_text(struct arena *arena, const struct param_type *type)
{
	const char *text =
		arena_printf(arena, "%s%s%s%s", type->is_list ? "list of " : "",
			     type->kind->name, type->kind->next ? " " : "",
			     type->kind->next ? type->kind->next : "");
	char bounds[64];

	for (size_t i = 0; i < type->n_words; i++)
		text = arena_printf(arena, "%s %s", text, type->words[i]);
	if (type->group)
		text = arena_printf(arena, "%s %s", text, type->group);
	if (type->under)
		text = arena_printf(arena, "%s under %s", text, type->under);
	if (!type->range.is_given)
		return text;
	range_text(bounds, type->kind->number, &type->range);
	return arena_printf(arena, "%s %s", text, bounds);
}

const char *param_text(struct arena *arena, const struct param *param)
{
	const char *text = type_text(arena, &param->type);

	if (param->env)
		text = arena_printf(arena, "%s from env %s", text, param->env);
	if (param->is_from_cwd)
		text = arena_printf(arena, "%s from cwd", text);
	if (param->is_required)
		text = arena_printf(arena, "%s required", text);
	if (param->fallback)
		text = arena_printf(arena, "%s default %s", text,
				    param->fallback);
	return text;
}

const char *param_stand_in(struct arena *arena, const struct param *param)
{
	const struct param_type *type = &param->type;
	char low[30];

	if (param->n_items > 0)
		return param->items[0];
	if (is_path_kind(type->kind))
		return arena_printf(arena, "%s/%s",
				    type->under ? type->under : "",
				    param->name);
	if (type->n_words > 0)
		return type->words[0];
	if (!type->range.is_given)
		return type->kind->stand_in;
	number_text(low, sizeof(low), type->kind->number, type->range.low);
	return arena_strdup(arena, low);
}

/* ---- from the request ---- */

struct binder {
	struct arena *arena;
	const struct stack_request *request;
	struct stack *stack;
	struct cordon_error *err;
};

static int check_declared_name(const char *name, struct cordon_error *err)
{
	if (strchr(LETTERS, name[0]) == NULL ||
	    name[strspn(name, WORD_CHARS "-")] != '\0')
		return cordon_fail(err, 0,
				   "not the name of a parameter (letters, "
				   "digits, '_' and '-'; a letter first)");
	if (expand_is_fact(name))
		return cordon_fail(err, 0,
				   "${%s} is what cordon knows by itself "
				   "(choose another name)",
				   name);
	return 0;
}

/* The value if text is NAME=VALUE. */
static const char *value_of(const char *text, const char *name)
{
	size_t size = strlen(name);

	return !strncmp(text, name, size) && text[size] == '=' ? text + size + 1
							       : NULL;
}

static const char *find_variable(char *const *environ, const char *name)
{
	for (; environ && *environ; environ++) {
		const char *value = value_of(*environ, name);

		if (value)
			return value;
	}
	return NULL;
}

/* One -p, or for a list as many as there are: an item each. */
static int bind_given(struct binder *binder, const struct param *param,
		      struct parameter *to)
{
	const struct stack_request *request = binder->request;
	const char **items = arena_alloc(binder->arena, (request->n_given + 1) *
								sizeof(*items));

	for (size_t i = 0; i < request->n_given; i++) {
		const char *value = value_of(request->given[i], param->name);

		if (!value)
			continue;
		if (to->n_items > 0 && !param->type.is_list)
			return cordon_fail(binder->err, 0,
					   "-p %s is there twice", param->name);
		items[to->n_items++] = value;
	}
	if (to->n_items == 0)
		return 0;
	to->items = items;
	to->source = "-p";
	return 0;
}

static int bind_outside(struct binder *binder, const struct param *param,
			struct parameter *to)
{
	const char *value =
		param->is_from_cwd ? binder->request->cwd
		: param->env
			? find_variable(binder->request->environ, param->env)
			: NULL;
	struct words words = { binder->arena, value, binder->err };
	const char **items;

	if (!value)
		return 0;
	to->source = param->env
			     ? arena_printf(binder->arena, "env %s", param->env)
			     : "cwd";
	if (param->type.is_list)
		return split(&words, &to->items, &to->n_items);
	items = arena_alloc(binder->arena, sizeof(*items));
	items[0] = value;
	to->items = items;
	to->n_items = 1;
	return 0;
}

static int check_items(struct binder *binder, const struct param *param,
		       const struct parameter *parameter)
{
	char reason[300];

	for (size_t i = 0; i < parameter->n_items; i++) {
		if (param_check(&param->type, parameter->items[i],
				binder->err) == 0)
			continue;
		snprintf(reason, sizeof(reason), "%.299s", binder->err->text);
		return cordon_fail(binder->err, binder->err->code, "%s: %s",
				   parameter->source, reason);
	}
	return 0;
}

/* What is shown, and what stands in a setting that is no list. */
static const char *join(struct arena *arena, const struct parameter *parameter)
{
	const char *text = parameter->n_items > 0 ? parameter->items[0] : "";

	for (size_t i = 1; i < parameter->n_items; i++)
		text = arena_printf(arena, "%s %s", text, parameter->items[i]);
	return arena_strdup(arena, text);
}

static int bind(struct binder *binder, const struct param *param,
		struct parameter *to)
{
	if (bind_given(binder, param, to) < 0)
		return -1;
	if (!to->source && !binder->request->is_symbolic &&
	    bind_outside(binder, param, to) < 0)
		return -1;
	if (to->source && check_items(binder, param, to) < 0)
		return -1;
	if (!to->source && param->fallback && !binder->request->is_symbolic) {
		to->items = param->items;
		to->n_items = param->n_items;
		to->source = "default";
	}
	if (!to->source && param->is_required && !binder->request->is_symbolic)
		return cordon_fail(binder->err, 0,
				   "is required and was not given (-p "
				   "%s=VALUE%s%s)",
				   param->name, param->env ? ", or env " : "",
				   param->env ? param->env : "");
	if (to->source)
		to->value = join(binder->arena, to);
	return 0;
}

static int read_one(struct binder *binder, const struct setting *setting,
		    struct parameter *to)
{
	struct param param;

	if (check_declared_name(setting->key, binder->err) < 0 ||
	    param_declare(binder->arena, setting->key, setting->raw, &param,
			  binder->err) < 0)
		return -1;
	*to = (struct parameter){
		.name = setting->key,
		.type_text = param_text(binder->arena, &param),
		.stand_in = param_stand_in(binder->arena, &param),
		.is_list = param.type.is_list,
		.where = setting->where,
	};
	return bind(binder, &param, to);
}

static int check_given(const struct binder *binder)
{
	const struct stack *stack = binder->stack;
	const char **names = arena_alloc(
		binder->arena, (stack->n_parameters + 1) * sizeof(*names));
	char shown[SHOWN], hint[96], all[200];

	for (size_t i = 0; i < stack->n_parameters; i++)
		names[i] = stack->parameters[i].name;
	for (size_t i = 0; i < binder->request->n_given; i++) {
		const char *text = binder->request->given[i];
		const char *equals = strchr(text, '=');
		size_t size = equals ? (size_t)(equals - text) : 0;

		if (size == 0)
			return cordon_fail(binder->err, 0,
					   "-p '%s' is not NAME=VALUE",
					   SHOW(shown, text));
		if (expand_parameter(stack, text, size))
			continue;
		param_hint(hint, arena_copy(binder->arena, text, size), names,
			   stack->n_parameters);
		if (!*hint && stack->n_parameters > 0)
			snprintf(hint, sizeof(hint), " (only %.80s)",
				 param_list(all, sizeof(all), names,
					    stack->n_parameters));
		return cordon_fail(
			binder->err, 0,
			"-p: stack '%s' has no parameter '%s'%s", stack->name,
			value_show(shown, sizeof(shown), text, size), hint);
	}
	return 0;
}

int param_read(struct arena *arena, const struct stack_request *request,
	       const struct setting *declarations, size_t n, struct stack *out,
	       struct cordon_error *err)
{
	struct cordon_error more;
	struct binder binder = { arena, request, out, err };

	out->parameters =
		arena_alloc(arena, (n + 1) * sizeof(*out->parameters));
	for (size_t i = 0; i < n; i++) {
		struct parameter *to = &out->parameters[out->n_parameters];

		if (read_one(&binder, &declarations[i], to) == 0) {
			out->n_parameters++;
			continue;
		}
		/* Those who record a refusal may be named by the others. */
		if (binder.err == err)
			stack_blame(out, declarations[i].where, "params",
				    declarations[i].key, err);
		binder.err = &more;
	}
	return binder.err == err ? check_given(&binder) : -1;
}
