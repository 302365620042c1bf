/* SPDX-License-Identifier: MIT */
/* I16, I58: a section's settings into a module's struct. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/option.h"

struct all {
	struct cordon_number yes, size, time, number, negative, percent, mode,
		word, user, group, most;
	struct cordon_limit count, bytes, seconds, useconds;
	struct cordon_text text, path;
	struct cordon_list words, lines, fields, paths, plain, shared;
	struct cordon_data data;
};

static int check_no_x(const char *text, struct cordon_error *err)
{
	return *text == 'X' ? cordon_fail(err, 0, "'%s' is an X", text) : 0;
}

#define ROW(k, t, f) .key = k, .type = t, CORDON_AT(struct all, f)

static const struct cordon_option options[] = {
	{ ROW("yes", CORDON_YES_NO, yes), .value = "yes" },
	{ ROW("size", CORDON_SIZE, size) },
	{ ROW("time", CORDON_TIME, time), .form = "1s..1h", .value = "5s" },
	{ ROW("number", CORDON_NUMBER, number), .form = "1..9" },
	{ ROW("negative", CORDON_NUMBER, negative), .form = "-20..19" },
	{ ROW("percent", CORDON_PERCENT, percent) },
	{ ROW("mode", CORDON_MODE, mode), .form = "0..0777" },
	{ ROW("word", CORDON_WORD, word), .form = "host|new|none",
	  .value = "host" },
	{ ROW("user", CORDON_USER, user) },
	{ ROW("group", CORDON_GROUP, group) },
	{ ROW("most", CORDON_SIZE, most), .value = "unlimited" },
	{ ROW("count", CORDON_LIMIT_NUMBER, count) },
	{ ROW("bytes", CORDON_LIMIT_BYTES, bytes) },
	{ ROW("seconds", CORDON_LIMIT_SECONDS, seconds) },
	{ ROW("useconds", CORDON_LIMIT_USECONDS, useconds) },
	{ ROW("text", CORDON_TEXT, text), .check = check_no_x },
	{ ROW("path", CORDON_PATH, path) },
	{ ROW("words", CORDON_WORDS, words), .value = "one two",
	  .check = check_no_x },
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

static const char *const items[] = { "/a b", "/c:d", "/e\\" };
static struct parameter parameters[] = {
	{ .name = "blank", .value = "a b", .stand_in = "x" },
	{ .name = "path", .value = "/srv/a:/etc", .stand_in = "/x" },
	{ .name = "star", .value = "*", .stand_in = "x" },
	{ .name = "list",
	  .value = "/a b /c:d /e\\",
	  .items = items,
	  .n_items = 3,
	  .is_list = true,
	  .stand_in = "/x" },
	{ .name = "limit", .value = "1M:2M", .stand_in = "1M" },
	{ .name = "later", .stand_in = "1M" },
};

/* Every setting is of one of two files: in the second after a line "--". */
static void make(struct arena *arena, const char *text, bool is_symbolic,
		 struct stack *stack, struct section *section)
{
	const char *file = "t.ini";
	unsigned line = 1;
	size_t size;

	*stack = (struct stack){ .name = "t",
				 .is_symbolic = is_symbolic,
				 .parameters = parameters,
				 .n_parameters = CORDON_COUNT(parameters) };
	*section = (struct section){ .name = "all" };
	stack->places = arena_alloc(arena, 32 * sizeof(*stack->places));
	section->settings = arena_alloc(arena, 32 * sizeof(struct setting));
	for (; *text; text += size + (text[size] == '\n')) {
		const char *equals;

		size = strcspn(text, "\n");
		if (!strncmp(text, "--", 2)) {
			file = "later.ini";
			line = 1;
			continue;
		}
		equals = strchr(text, '=');
		assert_non_null(equals);
		stack->places[++stack->n_places] =
			(struct place_in_file){ file, ++line };
		section->settings[section->n_settings++] = (struct setting){
			.key = arena_copy(arena, text, (size_t)(equals - text)),
			.raw = arena_copy(arena, equals + 1,
					  (size_t)(text + size - equals) - 1),
			.where = (uint32_t)stack->n_places,
		};
	}
	stack->n_places++;
}

/* The lines of the canonical form for what was written, or the error. */
static const char *outcome(struct arena *arena, const char *text,
			   bool is_symbolic)
{
	struct cordon_error err = { 0 };
	struct section section;
	struct stack stack;
	const char *all, *got = "";

	make(arena, text, is_symbolic, &stack, &section);
	all = option_canonical(arena, &stack, &section, &module, &err);
	if (!all)
		return arena_strdup(arena, err.text);
	for (size_t size; *all; all += size + 1) {
		size_t key = strcspn(all, " \n");
		bool is_written = false;

		size = strcspn(all, "\n");
		for (size_t i = 0; i < section.n_settings; i++)
			is_written |=
				strlen(section.settings[i].key) == key &&
				!memcmp(section.settings[i].key, all, key);
		if (is_written)
			got = arena_printf(arena, "%s%.*s\n", got, (int)size,
					   all);
	}
	return got;
}

#define BAD(key, reason) "t.ini:2: [all] " key ": " reason
#define NO_LIMIT                                                               \
	" is not SOFT[:HARD] (each a value, unlimited, same or <=VALUE)"
#define NO_ID " is not an id (0 to 4294967294, without leading zeros)"

static const struct {
	const char *text, *want;
} cases[] = {
	/* numbers */
	{ "yes=no", "yes = no\n" },
	{ "yes=true", BAD("yes", "'true' is not no or yes") },
	{ "yes=", BAD("yes", "has no value") },
	{ "size=1024K", "size = 1M\n" },
	{ "size=0", "size = 0\n" },
	{ "size=2", BAD("size", "'2' needs a unit (for example 2M)") },
	{ "size=9000000T", BAD("size", "'9000000T' is too large") },
	{ "size=unlimited", BAD("size", "'unlimited' is not a size (a whole "
					"number and K, M, G or T)") },
	{ "most=unlimited", "most = unlimited\n" },
	{ "most=1M", "most = 1M\n" },
	{ "time=60min", "time = 1h\n" },
	{ "time=2h", BAD("time", "'2h' is not within 1s..1h") },
	{ "number=9", "number = 9\n" },
	{ "number=0", BAD("number", "'0' is not within 1..9") },
	{ "number=-1", BAD("number", "'-1' is not a number") },
	{ "negative=-20", "negative = -20\n" },
	{ "negative=-1", "negative = -1\n" },
	{ "negative=-21", BAD("negative", "'-21' is not within -20..19") },
	{ "negative=+1", BAD("negative", "'+1' is not a number") },
	{ "negative=-0", BAD("negative", "'-0' is not a number (write 0)") },
	{ "percent=150%", "percent = 150%\n" },
	{ "mode=77", "mode = 0077\n" },
	{ "mode=1777", BAD("mode", "'1777' is not within 0..0777") },
	{ "word=new", "word = new\n" },
	{ "word=net", BAD("word", "'net' is not host, new or none (did you "
				  "mean 'new'?)") },
	{ "word=", BAD("word", "has no value") },
	/* I16 */
	{ "user=0", "user = 0\n" },
	{ "user=root", "user = root\n" },
	{ "user=4294967294", "user = 4294967294\n" },
	{ "user=4294967295", BAD("user", "'4294967295'" NO_ID) },
	{ "user=4294967296", BAD("user", "'4294967296'" NO_ID) },
	{ "user=007", BAD("user", "'007'" NO_ID) },
	{ "user=-1", BAD("user", "'-1' is not the name of a user") },
	{ "user=+5", BAD("user", "'+5' is not the name of a user") },
	{ "user= 1000", BAD("user", "' 1000' is not the name of a user") },
	{ "user=0x0", BAD("user", "no user '0x0'") },
	{ "user=1e3", BAD("user", "no user '1e3'") },
	{ "user=no-such", BAD("user", "no user 'no-such'") },
	{ "group=root", "group = root\n" },
	{ "group=no-such", BAD("group", "no group 'no-such'") },
	{ "group=-2", BAD("group", "'-2' is not the name of a group") },
	/* limits */
	{ "count=64", "count = 64:64\n" },
	{ "count=64:128", "count = 64:128\n" },
	{ "count=64:unlimited", "count = 64:unlimited\n" },
	{ "count=same", "count = same:same\n" },
	{ "count=<=64", "count = <=64:<=64\n" },
	{ "count=<=64:same", "count = <=64:same\n" },
	{ "count=64:same", "count = 64:same\n" },
	{ "count=same:64", "count = same:64\n" },
	{ "count=64:<=64", "count = 64:<=64\n" },
	{ "count=128:64",
	  BAD("count", "'128:64' is not SOFT[:HARD] (SOFT is larger than "
		       "HARD)") },
	{ "count=unlimited:64",
	  BAD("count", "'unlimited:64' is not SOFT[:HARD] (SOFT is larger than "
		       "HARD)") },
	{ "count=65:<=64",
	  BAD("count", "'65:<=64' is not SOFT[:HARD] (SOFT is larger than "
		       "HARD)") },
	{ "count=many", BAD("count", "'many'" NO_LIMIT) },
	{ "count=64:", BAD("count", "''" NO_LIMIT) },
	{ "count=:64", BAD("count", "''" NO_LIMIT) },
	{ "count=<=same", BAD("count", "'same'" NO_LIMIT) },
	{ "count=<= 4", BAD("count", "' 4'" NO_LIMIT) },
	{ "count=-1", BAD("count", "'-1'" NO_LIMIT) },
	{ "count=1:2:3", BAD("count", "'2:3' is not a number") },
	{ "count=64K", BAD("count", "'64K' is not a number") },
	{ "bytes=2K", "bytes = 2K:2K\n" },
	{ "bytes=2", BAD("bytes", "'2' needs a unit (for example 2M)") },
	{ "bytes=unlimited", "bytes = unlimited:unlimited\n" },
	{ "bytes=${limit}",
	  BAD("bytes", "'1M:2M' is not a size (a whole number and K, M, G or "
		       "T)") },
	{ "seconds=60s:90s", "seconds = 1min:90s\n" },
	{ "seconds=1min:90s", "seconds = 1min:90s\n" },
	{ "seconds=1500ms", BAD("seconds", "'1500ms' is not a whole number of "
					   "seconds") },
	{ "seconds=<=2s", "seconds = <=2s:<=2s\n" },
	{ "useconds=2ms", "useconds = 2ms:2ms\n" },
	/* texts */
	{ "text=a  b", "text = a  b\n" },
	{ "text=${blank}", "text = a b\n" },
	{ "text=", BAD("text", "has no value") },
	{ "text=X", BAD("text", "'X' is an X") },
	{ "path=/a", "path = /a\n" },
	{ "path=a", BAD("path", "'a' is not an absolute path") },
	{ "path=${path}", "path = /srv/a:/etc\n" },
	{ "path=${list}", BAD("path", "'${list}' is a list (it stands alone, "
				      "where a list may stand)") },
	{ "text=${later}", BAD("text", "'${later}' has no value (-p "
				       "later=VALUE)") },
	{ "text=${no}", BAD("text", "unknown parameter '${no}'") },
	/* lists: split first, expanded then */
	{ "words=a  b\nwords=c", "words = a\nwords = b\nwords = c\n" },
	{ "words=a ${blank} c", "words = a\nwords = a b\nwords = c\n" },
	{ "words=x${blank}", "words = xa b\n" },
	{ "words=${list}", "words = /a b\nwords = /c:d\nwords = /e\\\n" },
	{ "words=", "words =\n" },
	{ "words=a\nwords=\nwords=b", "words = b\n" },
	{ "words=a\nwords=", "words =\n" },
	{ "words=a X", BAD("words", "'X' is an X") },
	{ "words=${star}", BAD("words", "'*' of ${star} would be a pattern "
					"here ('*' and '?')") },
	{ "words=*", "words = *\n" },
	{ "lines=a  b:c", "lines = a  b:c\n" },
	{ "lines=A=${path}", "lines = A=/srv/a:/etc\n" },
	{ "lines=${star}", "lines = *\n" },
	{ "fields=${path}:/d", "fields = /srv/a\\:/etc:/d\n" },
	{ "paths=/a b", "paths = /a b\n" },
	{ "paths=-/a:/b", "paths = -/a:/b\n" },
	{ "paths=/a:size=1M", "paths = /a:size=1M\n" },
	{ "paths=${path}:/d", "paths = /srv/a\\:/etc:/d\n" },
	{ "paths=${list}", "paths = /a b\npaths = /c\\:d\npaths = /e\\\\\n" },
	{ "paths=/a\\:b:/c", "paths = /a\\:b:/c\n" },
	{ "paths=a", BAD("paths", "'a' is not an absolute path") },
	{ "paths=--/a", BAD("paths", "'-/a' is not an absolute path") },
	{ "paths=/a/../b", BAD("paths", "path '/a/../b' holds '..'") },
	{ "paths=/a:/b/..", BAD("paths", "path '/b/..' holds '..'") },
	{ "paths=/a\\:/../b", BAD("paths", "path '/a:/../b' holds '..'") },
	{ "paths=${star}", BAD("paths", "'*' of ${star} would be a pattern "
					"here ('*' and '?')") },
	{ "paths=/srv/*", "paths = /srv/*\n" },
	{ "plain=${path}", "plain = /srv/a:/etc\n" },
	{ "plain=/a:/..", BAD("plain", "path '/a:/..' holds '..'") },
	/* rows that share a list */
	{ "second=x y\nfirst=a b\nsecond=z",
	  "first = a\nfirst = b\nsecond = x y\nsecond = z\n" },
	{ "second=x\nfirst=a\nsecond=", "first = a\nsecond =\n" },
	/* keys */
	{ "wrods=a", "t.ini:2: [all] has no key 'wrods' (did you mean "
		     "'words'?)" },
	{ "contrl=a", "t.ini:2: [all] has no key 'contrl' (did you mean "
		      "'control'?)" },
	{ "zzzzzzzz=a", "t.ini:2: [all] has no key 'zzzzzzzz'" },
	/* one file, and another */
	{ "size=1M\nsize=1M", "t.ini:3: [all] size: is already in line 2" },
	{ "size=1M\n--\nsize=2M", "size = 2M\n" },
	{ "size=bad\n--\nsize=2M", "size = 2M\n" },
	{ "size=1M\n--\nsize=", "later.ini:2: [all] size: has no value" },
	{ "size=1M\n--\nsize=2M\nsize=3M",
	  "later.ini:3: [all] size: is already in line 2" },
	{ "words=a\n--\nwords=b", "words = a\nwords = b\n" },
	{ "words=a\n--\nwords=\nwords=b", "words = b\n" },
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		struct arena *arena = arena_new();

		print_message("# %s\n", cases[i].text);
		assert_string_equal(outcome(arena, cases[i].text, false),
				    cases[i].want);
		arena_free(arena);
	}
}

/* Without a caller: what is shown keeps ${}, what is parsed has a stand-in. */
static const struct {
	const char *text, *want;
} symbolic[] = {
	{ "size=${later}", "size = ${later}\n" },
	{ "bytes=1K:${later}", "bytes = 1K:${later}\n" },
	{ "number=${later}", BAD("number", "'1M' is not a number") },
	{ "words=a ${later}", "words = a\nwords = ${later}\n" },
	{ "paths=/a:/b", "paths = /a:/b\n" },
	{ "text=${blank}$$", "text = a b$\n" },
	{ "text=${cwd}", "text = ${cwd}\n" },
};

static void test_symbolic(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(symbolic); i++) {
		struct arena *arena = arena_new();

		print_message("# %s\n", symbolic[i].text);
		assert_string_equal(outcome(arena, symbolic[i].text, true),
				    symbolic[i].want);
		arena_free(arena);
	}
}

static void test_defaults(void **state)
{
	static const char want[] =
		"yes = yes\nsize\ntime = 5s\nnumber\nnegative\npercent\nmode\n"
		"word = host\nuser\ngroup\nmost = unlimited\ncount\nbytes\n"
		"seconds\nuseconds\ntext\npath\nwords = one\nwords = two\n"
		"lines\nfields\npaths\nplain\nfirst\nsecond\n";
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct section section;
	struct stack stack;
	struct all *all;
	void *self;

	make(arena, "", false, &stack, &section);
	assert_string_equal(
		option_canonical(arena, &stack, &section, &module, &err), want);
	assert_int_equal(
		option_parse(arena, &stack, &section, &module, &self, &err), 0);
	all = self;
	assert_int_equal(all->yes.value, 1);
	assert_int_equal(all->yes.given, 0);
	assert_int_equal(all->time.value, 5000000000);
	assert_int_equal(all->most.value, -1);
	assert_int_equal(all->words.count, 2);
	assert_int_equal(all->words.given, 0);
	assert_null(all->text.text);
	assert_int_equal(all->count.given, 0);
	arena_free(arena);
}

static void test_unknown_type(void **state)
{
	const struct cordon_option rows[] = {
		{ .key = "a", .type = CORDON_WORDS, .width = 1 },
		{ .key = "b", .type = 99, .width = 1 },
	};
	const struct cordon_module later = { .options = rows,
					     .n_options = 2,
					     .size = sizeof(struct all) };
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct section section;
	struct stack stack;
	void *self;

	make(arena, "b=x", false, &stack, &section);
	assert_int_equal(
		option_parse(arena, &stack, &section, &later, &self, &err), -1);
	assert_string_equal(err.text, "[all] b: the module's type 99 is not "
				      "known here");
	assert_string_equal(option_type_text(&rows[1]), "unknown");
	arena_free(arena);
}

/* The author's mistake, told as that also where nobody wrote the key. */
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	struct cordon_option row;
	const char *want;
} mistakes[] = {
	{ { ROW("size", CORDON_SIZE, size), .form = "1..2M" },
	  "[all] size: the module's bounds '1..2M': '1' needs a unit (for "
	  "example 1M)" },
	{ { ROW("paths", CORDON_PATHS, paths), .value = "a" },
	  "[all] paths: 'a' is not an absolute path" },
	{ { ROW("word", CORDON_WORD, word), .value = "x",
	    .form = X64 X64 X64 X64 X64 X64 X64 X64 },
	  "[all] word: the form 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...' "
	  "is too long" },
	{ { ROW("data", CORDON_DATA, data), .value = "x" },
	  "[all] data: there is no folder to look in" },
};

static void test_mistakes(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(mistakes); i++) {
		const struct cordon_module wrong = {
			.abi = CORDON_ABI,
			.options = &mistakes[i].row,
			.n_options = 1,
			.size = sizeof(struct all),
		};
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct section section;
		struct stack stack;
		void *self;

		print_message("# %s\n", mistakes[i].want);
		make(arena, "", false, &stack, &section);
		assert_int_equal(option_parse(arena, &stack, &section, &wrong,
					      &self, &err),
				 -1);
		assert_string_equal(err.text, mistakes[i].want);
		arena_free(arena);
	}
}

static void test_fields(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct section section;
	struct stack stack;
	struct all *all;
	void *self;

	make(arena,
	     "word=none\nuseconds=2ms:1s\ncount=<=5:same\nsecond=x\n"
	     "first=a\nsecond=y\nwords=\ntext=hello\npath=/p",
	     false, &stack, &section);
	assert_int_equal(
		option_parse(arena, &stack, &section, &module, &self, &err), 0);
	all = self;
	assert_int_equal(all->word.value, 2);
	assert_int_equal(all->word.given, 1);
	assert_int_equal(all->word.where, 1);
	assert_int_equal(all->useconds.soft, 2000);
	assert_int_equal(all->useconds.hard, 1000000);
	assert_int_equal(all->count.soft, 5);
	assert_int_equal(all->count.soft_form, CORDON_LIMIT_AT_MOST);
	assert_int_equal(all->count.hard_form, CORDON_LIMIT_SAME);
	assert_int_equal(all->count.where, 3);
	assert_int_equal(all->shared.count, 3);
	assert_string_equal(all->shared.item[0].text, "x");
	assert_string_equal(all->shared.item[1].text, "a");
	assert_string_equal(all->shared.item[2].text, "y");
	assert_int_equal(all->shared.item[1].row, 22);
	assert_int_equal(all->shared.item[2].row, 23);
	assert_int_equal(all->shared.item[2].where, 6);
	assert_int_equal(all->shared.given, 3 << 22);
	assert_int_equal(all->shared.where, 4);
	assert_int_equal(all->words.count, 0);
	assert_int_equal(all->words.given, 1 << 17);
	assert_string_equal(all->text.text, "hello");
	assert_int_equal(all->path.given, 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_symbolic),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_unknown_type),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests_name("option", tests, NULL, NULL) != 0;
}
