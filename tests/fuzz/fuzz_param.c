/* SPDX-License-Identifier: MIT */
/*
 * param: declarations, values, expansion and options of any text.  What is
 * accepted is within its bounds, and its canonical form says the same again.
 *
 *	size 64M..4G default 1G		a declaration, by itself
 *	=== value			values for it, and words for value.h, one a
 *line
 *	=== params			[params] of a stack, NAME = TYPE
 *	=== given			-p for it
 *	=== environ			for `from env`
 *	=== options			KEY = VALUE of a module with every type
 *	=== glob			a pattern, and texts for it, one a line
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/expand.h"
#include "core/option.h"
#include "core/param.h"
#include "core/value.h"
#include "tests/fuzz/fuzz.h"

/* ---- one declaration, and values of it ---- */

static void try_value(const struct param *param, const char *text)
{
	struct cordon_error err = { 0 };
	const struct param_range *range = &param->type.range;
	int64_t number;

	if (param_check(&param->type, text, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	for (size_t i = 0; i < param->type.n_words; i++)
		if (!strcmp(text, param->type.words[i]))
			return;
	HOLDS(param->type.n_words == 0);
	if (!range->is_given)
		return;
	for (int kind = VALUE_SIZE; kind <= VALUE_MODE; kind++)
		if (param_number((enum value_kind)kind, text, range, &number,
				 &err) == 0)
			HOLDS((number >= range->low && number <= range->high) ||
			      (range->is_unlimited && number == -1));
}

static void try_declaration(struct arena *arena, const char *text,
			    char **values)
{
	struct param param, again;
	struct cordon_error err = { 0 };
	const char *canonical;

	if (!fuzz_is_line(text, strlen(text))) /* refused with its line */
		return;
	if (param_declare(arena, "name", text, &param, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	canonical = param_text(arena, &param);
	HOLDS(fuzz_is_line(canonical, strlen(canonical)));
	if (param_declare(arena, "name", canonical, &again, &err) < 0)
		EQUAL(canonical, err.text);
	EQUAL(param_text(arena, &again), canonical);
	if (!param.type.is_list && !param.is_from_cwd &&
	    param_stand_in(arena, &param) &&
	    param_check(&param.type, param_stand_in(arena, &param), &err) < 0)
		EQUAL(param_stand_in(arena, &param), err.text);
	for (; *values; values++)
		try_value(&param, *values);
}

/* ---- words and numbers ---- */

static void try_word(struct arena *arena, const char *text)
{
	struct cordon_error err = { 0 };
	uint64_t value, again;
	uint32_t id;
	int signal = value_signal(text);

	for (int kind = VALUE_SIZE; kind <= VALUE_MODE; kind++) {
		const char *printed;

		if (value_parse((enum value_kind)kind, text, &value, &err) <
		    0) {
			fuzz_judge_error(&err);
			continue;
		}
		printed = value_print(arena, (enum value_kind)kind, value);
		if (value == UINT64_MAX)
			continue;
		if (value_parse((enum value_kind)kind, printed, &again, &err) <
		    0)
			EQUAL(printed, err.text);
		HOLDS(value == again);
	}
	if (value_id(text, &id) == 0)
		EQUAL(arena_printf(arena, "%u", (unsigned)id), text);
	if (signal > 0 && value_signal_name(signal))
		HOLDS(value_signal(value_signal_name(signal)) == signal);
}

/* fnmatch() knows more than '*' and '?', so all else is made plain for it. */
static void try_glob(struct arena *arena, const char *pattern, const char *text)
{
	char *plain = arena_alloc(arena, 2 * strlen(pattern) + 1);
	size_t n = 0, stars = 0;

	for (const char *at = pattern; *at; at++) {
		stars += *at == '*';
		if (!strchr("*?", *at))
			plain[n++] = '\\';
		plain[n++] = *at;
	}
	if (stars > 5 || strlen(text) > 60) {
		value_glob(pattern, text);
		return;
	}
	HOLDS(value_glob(pattern, text) == (fnmatch(plain, text, 0) == 0));
}

/* ---- a module with every type ---- */

struct all {
	struct cordon_number yes, size, time, number, negative, percent, mode,
		word, user, group, most;
	struct cordon_limit count, bytes, seconds, useconds;
	struct cordon_text text, path;
	struct cordon_list words, lines, fields, paths, plain, shared;
};

#define ROW(k, t, f) .key = k, .help = k, .type = t, CORDON_AT(struct all, f)

static const struct cordon_option options[] = {
	{ ROW("yes", CORDON_YES_NO, yes), .value = "yes" },
	{ ROW("size", CORDON_SIZE, size) },
	{ ROW("time", CORDON_TIME, time), .form = "1s..1h", .value = "5s" },
	{ ROW("number", CORDON_NUMBER, number), .form = "1..9" },
	{ ROW("negative", CORDON_NUMBER, negative), .form = "-20..19" },
	{ ROW("percent", CORDON_PERCENT, percent) },
	{ ROW("mode", CORDON_MODE, mode), .form = "0..0777" },
	{ ROW("word", CORDON_WORD, word), .form = "host|new|none" },
	{ ROW("user", CORDON_USER, user) },
	{ ROW("group", CORDON_GROUP, group) },
	{ ROW("most", CORDON_SIZE, most), .form = "4K..unlimited" },
	{ ROW("count", CORDON_LIMIT_NUMBER, count) },
	{ ROW("bytes", CORDON_LIMIT_BYTES, bytes) },
	{ ROW("seconds", CORDON_LIMIT_SECONDS, seconds) },
	{ ROW("useconds", CORDON_LIMIT_USECONDS, useconds) },
	{ ROW("text", CORDON_TEXT, text) },
	{ ROW("path", CORDON_PATH, path) },
	{ ROW("words", CORDON_WORDS, words), .value = "one two" },
	{ ROW("lines", CORDON_LINES, lines) },
	{ ROW("fields", CORDON_LINES, fields), .form = ":" },
	{ ROW("paths", CORDON_PATHS, paths) },
	{ ROW("plain", CORDON_PATHS, plain), .form = "plain" },
	{ ROW("first", CORDON_WORDS, shared) },
	{ ROW("second", CORDON_LINES, shared) },
};

static const struct cordon_module module = {
	.abi = CORDON_ABI,
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct all),
};

/* KEY = VALUE, one a line, as of one file each: so none is there twice. */
static struct section settings_of(struct arena *arena, struct stack *stack,
				  char **lines)
{
	struct section section = { .name = "all", .module = "all" };
	size_t n = 0;

	while (lines[n])
		n++;
	stack->places = arena_alloc(arena, (n + 2) * sizeof(*stack->places));
	section.settings = arena_alloc(arena, (n + 1) * sizeof(struct setting));
	stack->n_places = 1;
	for (size_t i = 0; i < n; i++) {
		char *equals = strchr(lines[i], '=');
		size_t key = equals ? (size_t)(equals - lines[i]) : 0;

		while (key > 0 && lines[i][key - 1] == ' ')
			key--;
		/* core/ini.c refuses them */
		if (key == 0 || !fuzz_is_line(lines[i], strlen(lines[i])))
			continue;
		stack->places[stack->n_places].file =
			arena_printf(arena, "%zu.ini", i);
		stack->places[stack->n_places].line = 1;
		section.settings[section.n_settings++] = (struct setting){
			.key = arena_copy(arena, lines[i], key),
			.raw = equals + 1 + strspn(equals + 1, " "),
			.where = (uint32_t)stack->n_places++,
		};
	}
	return section;
}

static void judge_fields(const struct all *all)
{
	HOLDS(all->yes.value == 0 || all->yes.value == 1);
	HOLDS(all->time.value >= 1000000000 &&
	      all->time.value <= 3600 * (int64_t)1000000000);
	HOLDS(!all->number.given ||
	      (all->number.value >= 1 && all->number.value <= 9));
	HOLDS(!all->negative.given ||
	      (all->negative.value >= -20 && all->negative.value <= 19));
	HOLDS(all->mode.value >= 0 && all->mode.value <= 0777);
	HOLDS(all->word.value >= 0 && all->word.value <= 2);
	HOLDS(!all->most.given || all->most.value == -1 ||
	      all->most.value >= 4096);
	HOLDS(!all->path.text || *all->path.text == '/');
	for (size_t i = 0; i < all->plain.count; i++)
		HOLDS(strchr("/-", *all->plain.item[i].text));
}

/* The canonical form is one: read again it stays as it is. */
static void try_options(struct arena *arena, const struct stack *bound,
			const struct fuzz_part *part)
{
	struct stack stack = *bound;
	struct section section =
		settings_of(arena, &stack, fuzz_lines(arena, part));
	struct cordon_error err = { 0 };
	const char *text, *again;
	struct fuzz_part canonical = { 0 };
	void *self;

	if (option_parse(arena, &stack, &section, &module, &self, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	judge_fields(self);
	text = option_canonical(arena, &stack, &section, &module, &err);
	HOLDS(text);
	if (memchr(part->text, '$', part->size))
		return; /* what a parameter brings is not split again */
	canonical.text = text;
	section = settings_of(arena, &stack, fuzz_lines(arena, &canonical));
	again = option_canonical(arena, &stack, &section, &module, &err);
	if (!again)
		EQUAL(text, err.text);
	EQUAL(text, again);
}

/* ---- all of it ---- */

static const struct fuzz_part *part_of(const struct fuzz_part *parts, size_t n,
				       const char *name)
{
	static const struct fuzz_part none = { "", "", 0 };

	for (size_t i = 0; i < n; i++)
		if (!strcmp(parts[i].name, name))
			return &parts[i];
	return &none;
}

static void bind(struct arena *arena, const struct fuzz_part *parts, size_t n,
		 struct stack *stack)
{
	struct section section = settings_of(
		arena, stack, fuzz_lines(arena, part_of(parts, n, "params")));
	struct stack_request request = {
		.name = "t",
		.given = (const char *const *)fuzz_lines(
			arena, part_of(parts, n, "given")),
		.environ = fuzz_lines(arena, part_of(parts, n, "environ")),
		.cwd = fuzz_scratch(),
		.job = "fuzz",
		.is_symbolic = n % 2 == 0,
	};
	struct cordon_error err = { 0 };

	stack->name = "t";
	stack->cwd = request.cwd;
	stack->job = request.job;
	stack->is_symbolic = request.is_symbolic;
	while (request.given[request.n_given])
		request.n_given++;
	if (param_read(arena, &request, section.settings, section.n_settings,
		       stack, &err) < 0) {
		fuzz_judge_error(&err);
		stack->n_parameters = 0;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fuzz_part parts[FUZZ_PARTS];
	size_t n = fuzz_split(arena, data, size, parts);
	char **values = fuzz_lines(arena, part_of(parts, n, "value"));
	char **globs = fuzz_lines(arena, part_of(parts, n, "glob"));
	struct stack stack = { 0 };

	fuzz_open();
	try_declaration(arena,
			*fuzz_lines(arena, &parts[0])
				? *fuzz_lines(arena, &parts[0])
				: "",
			values);
	for (char **value = values; *value; value++)
		try_word(arena, *value);
	for (char **glob = globs; *glob; glob++)
		try_glob(arena, *globs, *glob);
	bind(arena, parts, n, &stack);
	try_options(arena, &stack, part_of(parts, n, "options"));
	arena_free(arena);
	fuzz_close();
	return 0;
}
