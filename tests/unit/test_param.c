/* SPDX-License-Identifier: MIT */
/* I34, I58: what [params] declares, and what may be said to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/expand.h"
#include "core/param.h"

static const struct {
	const char *text;
	const char *want; /* the canonical form, or the error */
	int rc;
} declarations[] = {
	{ "path", "path", 0 },
	{ "dir", "dir", 0 },
	{ "file", "file", 0 },
	{ "size", "size", 0 },
	{ "time", "time", 0 },
	{ "number", "number", 0 },
	{ "name", "name", 0 },
	{ "one of a b", "one of a b", 0 },
	{ "user in users", "user in users", 0 },
	{ "list of name", "list of name", 0 },
	{ "list  of\tone  of a  b", "list of one of a b", 0 },
	{ "dir under /srv/jobs from cwd", "dir under /srv/jobs from cwd", 0 },
	{ "size 64M..4G from env JOB_MEMORY default 512M",
	  "size 64M..4G from env JOB_MEMORY default 512M", 0 },
	{ "size 1024K..4096M required", "size 1M..4G required", 0 },
	{ "size 1M..unlimited default unlimited",
	  "size 1M..unlimited default unlimited", 0 },
	{ "time 1s..120min", "time 1s..2h", 0 },
	{ "number -20..19 default -5", "number -20..19 default -5", 0 },
	{ "number 0..0", "number 0..0", 0 },
	{ "required size", "'required' is not a type", -1 },
	{ "one of a b from env X required", "one of a b from env X required",
	  0 },
	{ "list of path under /a default /a/b /a/c",
	  "list of path under /a default /a/b /a/c", 0 },
	{ "dir under /a default /a/b c", "dir under /a default /a/b c", 0 },
	{ "list of name default", "list of name default ", 0 },
	{ "", "no type (for example: size 64M..4G)", -1 },
	{ "siez", "'siez' is not a type (did you mean 'size'?)", -1 },
	{ "list", "'list' needs 'of TYPE'", -1 },
	{ "list name", "'list' needs 'of TYPE'", -1 },
	{ "list of", "no type (for example: size 64M..4G)", -1 },
	{ "list of list of name", "'list' is not a type (did you mean 'list'?)",
	  -1 },
	{ "one a b", "'one' needs 'of'", -1 },
	{ "one of", "'one of' needs words to choose from", -1 },
	{ "one of default a", "'one of' needs words to choose from", -1 },
	{ "user", "'user' needs 'in'", -1 },
	{ "user in", "'user in' needs a group", -1 },
	{ "user in required", "'user in' needs a group", -1 },
	{ "dir under", "'under' needs a folder", -1 },
	{ "dir under srv", "'srv' is not an absolute path", -1 },
	{ "dir under /srv/../etc", "path '/srv/../etc' holds '..'", -1 },
	{ "size 4G..64M", "'4G..64M' is not A..B (A is larger than B)", -1 },
	{ "size 64..4G", "'64' needs a unit (for example 64M)", -1 },
	{ "size ..4G", "'..4G' is not A..B", -1 },
	{ "size 1M..", "'1M..' is not A..B", -1 },
	{ "size 1M...2M",
	  "'.2M' is not a size (a whole number and K, M, G or T)", -1 },
	{ "number a..b", "'a' is not a number", -1 },
	{ "number --1..2", "'-1' is not a number", -1 },
	{ "number -0..2", "'-0' is not a number (write 0)", -1 },
	{ "size 1M..9000000T", "'9000000T' is too large", -1 },
	{ "size under /srv",
	  "'under' is not understood here (did you mean 'under'?) (TYPE, 'from "
	  "env VAR' or 'from cwd', 'required' or 'default V')",
	  -1 },
	{ "size form env X",
	  "'form' is not understood here (did you mean 'from'?) (TYPE, 'from "
	  "env VAR' or 'from cwd', 'required' or 'default V')",
	  -1 },
	{ "size from", "'from' needs 'env VAR' or 'cwd'", -1 },
	{ "size from environment", "'from' needs 'env VAR' or 'cwd'", -1 },
	{ "size from env", "'from env' needs the name of a variable", -1 },
	{ "size from env 1X", "'1X' is not the name of a variable", -1 },
	{ "size from env A=B", "'A=B' is not the name of a variable", -1 },
	{ "size from cwd", "'from cwd' needs the type 'dir' or 'path'", -1 },
	{ "list of dir from cwd", "'from cwd' needs the type 'dir' or 'path'",
	  -1 },
	{ "dir from cwd from env X", "'from' is there twice", -1 },
	{ "dir required required", "'required' is there twice", -1 },
	{ "size required default 1M", "what is 'required' has no 'default'",
	  -1 },
	{ "size default", "the value is empty", -1 },
	{ "size default 1M required",
	  "'1M required' is not a size (a whole number and K, M, G or T)", -1 },
	{ "size 1M..4M default 8M", "'8M' is not within 1M..4M", -1 },
	{ "one of a b default c", "'c' is not a or b", -1 },
	{ "dir under /a default /b", "'/b' is not below '/a'", -1 },
	{ "dir default ${home}", "a declaration is literal, without ${}", -1 },
};

static void test_declarations(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(declarations); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct param param;
		int rc;

		print_message("# %s\n", declarations[i].text);
		rc = param_declare(arena, "p", declarations[i].text, &param,
				   &err);
		assert_string_equal(rc < 0 ? err.text
					   : param_text(arena, &param),
				    declarations[i].want);
		assert_int_equal(rc, declarations[i].rc);
		arena_free(arena);
	}
}

/* "one of" or a default of a list, with this many words. */
static const struct {
	const char *head;
	int n;
	const char *want;
} many[] = {
	{ "one of", 256, "" },
	{ "one of", 257, "more than 256 words" },
	{ "list of name default", 256, "" },
	{ "list of name default", 257, "more than 256 words" },
};

static void test_many(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(many); i++) {
		struct arena *arena = arena_new();
		const char *text = many[i].head;
		struct cordon_error err = { 0 };
		struct param param;
		int rc;

		print_message("# %s, %d words\n", text, many[i].n);
		for (int k = 0; k < many[i].n; k++)
			text = arena_printf(arena, "%s w", text);
		rc = param_declare(arena, "p", text, &param, &err);
		assert_string_equal(rc < 0 ? err.text : "", many[i].want);
		arena_free(arena);
	}
}

#define NOT_A_NAME                                                             \
	" is not a name (letters, digits, '_', '.' and '-'; it begins with "   \
	"none of the last two)"

#define X37 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X50 X37 "xxxxxxxxxxxxx"

static const struct {
	const char *declaration, *text;
	const char *want; /* NULL: good */
} values[] = {
	{ "path", "/", NULL },
	{ "path", "/a/./b//c/", NULL },
	{ "path", "/a b;c$d*", NULL },
	{ "path", "/\xff", NULL },
	{ "path", "a", "'a' is not an absolute path" },
	{ "path", "", "the value is empty" },
	{ "path", "/a\nb", "'/a\\x0ab' holds a control character" },
	{ "path", "/a\033[m", "'/a\\x1b[m' holds a control character" },
	{ "path", "/a/../b", "path '/a/../b' holds '..'" },
	{ "path", "/proc/self/fd/3",
	  "path '/proc/self/fd/3' is another object for each process" },
	{ "dir under /srv/jobs", "/srv/jobs/1", NULL },
	{ "dir under /srv/jobs", "//srv/./jobs///1/2/", NULL },
	{ "dir under /srv//jobs/.", "/srv/jobs/1", NULL },
	{ "dir under /", "/a", NULL },
	{ "dir under /srv/jobs", "/srv/jobs",
	  "'/srv/jobs' is not below '/srv/jobs'" },
	{ "dir under /srv/jobs", "/srv/jobs/.",
	  "'/srv/jobs/.' is not below '/srv/jobs'" },
	{ "dir under /srv/jobs", "/srv/jobs2/x",
	  "'/srv/jobs2/x' is not below '/srv/jobs'" },
	{ "dir under /srv/jobs", "/srv", "'/srv' is not below '/srv/jobs'" },
	{ "file under /srv/jobs", "/etc/passwd",
	  "'/etc/passwd' is not below '/srv/jobs'" },
	{ "size 64M..4G", "64M", NULL },
	{ "size 64M..4G", "4096M", NULL },
	{ "size 64M..4G", "63M", "'63M' is not within 64M..4G" },
	{ "size 64M..4G", "unlimited",
	  "'unlimited' is not a size (a whole number and K, M, G or T)" },
	{ "size 64M..unlimited", "unlimited", NULL },
	{ "size", "0", NULL },
	{ "size", "-1M",
	  "'-1M' is not a size (a whole number and K, M, G or T)" },
	{ "time 1s..1h", "30min", NULL },
	{ "time 1s..1h", "61min", "'61min' is not within 1s..1h" },
	{ "number", "18446744073709551614",
	  "'18446744073709551614' is too large" },
	{ "number", "-1", "'-1' is not a number" },
	{ "number 0..9", "-1", "'-1' is not a number" },
	{ "number -2..9", "-1", NULL },
	{ "number -2..9", "-3", "'-3' is not within -2..9" },
	{ "number -2..9", "+1", "'+1' is not a number" },
	{ "number -2..9", "- 1", "' 1' is not a number" },
	{ "one of low high", "low", NULL },
	{ "one of low high", "Low",
	  "'Low' is not low or high (did you mean "
	  "'low'?)" },
	{ "one of low high", "low high", "'low high' is not low or high" },
	{ "one of " X50 "1 " X50 "2 " X50 "3 " X50 "4 " X50 "5", "low",
	  "'low' is not " X50 "1, " X50 "2, " X50 "3, " X37 "..." },
	{ "name", "a.b-c_D9", NULL },
	{ "name", ".a", "'.a'" NOT_A_NAME },
	{ "name", "-a", "'-a'" NOT_A_NAME },
	{ "name", "a/b", "'a/b'" NOT_A_NAME },
	{ "name", "..", "'..'" NOT_A_NAME },
	{ "name", "a b", "'a b'" NOT_A_NAME },
	{ "name", "a*", "'a*'" NOT_A_NAME },
	{ "name", "gr\xc3\xbc\xc3\x9f", "'gr\xc3\xbc\xc3\x9f'" NOT_A_NAME },
	{ "user in root", "root", NULL },
	{ "user in root", "0", "'0' is a number, not a user name" },
	{ "user in root", "no-such-user", "no user 'no-such-user'" },
	{ "user in no-such-group", "root", "no group 'no-such-group'" },
	{ "user in 4000000000", "root",
	  "user 'root' is not in group '4000000000'" },
};

static void test_values(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(values); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct param param;
		int rc;

		print_message("# %s: %s\n", values[i].declaration,
			      values[i].want ? values[i].want : "good");
		assert_int_equal(param_declare(arena, "p",
					       values[i].declaration, &param,
					       &err),
				 0);
		rc = param_check(&param.type, values[i].text, &err);
		assert_string_equal(rc < 0 ? err.text : "",
				    values[i].want ? values[i].want : "");
		arena_free(arena);
	}
}

/* Whatever a declaration allows has a stand-in, and it is allowed. */
static void test_stand_ins(void **state)
{
	static const char *const texts[] = {
		"path",		"dir under /srv/jobs", "file under /",
		"size",		"size 64M..4G",	       "time 1s..1h",
		"time",		"number -20..19",      "number",
		"number 5..5",	"one of a b",	       "name",
		"list of name", "size default 3M",     "list of name default b",
	};

	for (size_t i = 0; i < CORDON_COUNT(texts); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct param param;

		print_message("# %s\n", texts[i]);
		assert_int_equal(
			param_declare(arena, "p", texts[i], &param, &err), 0);
		assert_int_equal(param_check(&param.type,
					     param_stand_in(arena, &param),
					     &err),
				 0);
		arena_free(arena);
	}
}

/* ---- expansion ---- */

static const char *const three[] = { "/a", "/b c", "/d:e" };
static struct parameter parameters[] = {
	{ .name = "p", .value = "a b", .items = three, .n_items = 1 },
	{ .name = "odd", .value = "x:\\y$${p}", .items = three, .n_items = 1 },
	{ .name = "star", .value = "*", .items = three, .n_items = 1 },
	{ .name = "l",
	  .value = "/a /b c /d:e",
	  .items = three,
	  .n_items = 3,
	  .is_list = true },
	{ .name = "none", .stand_in = "1M" },
	{ .name = "later", .stand_in = "/x", .is_list = true },
};

static const struct {
	const char *text;
	unsigned flags;
	const char *want; /* the words between bars, or the error */
	int rc;
} expansions[] = {
	{ "", 0, "|", 0 },
	{ "plain", 0, "plain|", 0 },
	{ "${p}", 0, "a b|", 0 },
	{ "x${p}y${p}z", 0, "xa bya bz|", 0 },
	{ "$$", 0, "$|", 0 },
	{ "$$$${p}", 0, "$${p}|", 0 },
	{ "$${p}", 0, "${p}|", 0 },
	{ "$$${p}", 0, "$a b|", 0 },
	{ "${odd}", 0, "x:\\y$${p}|", 0 },
	{ "${odd}:/d", EXPAND_ESCAPE, "x\\:\\\\y$${p}:/d|", 0 },
	{ "a\\:b", EXPAND_ESCAPE, "a\\:b|", 0 },
	{ "${star}", 0, "*|", 0 },
	{ "*${p}", EXPAND_NO_GLOB, "*a b|", 0 },
	{ "${star}", EXPAND_NO_GLOB,
	  "'*' of ${star} would be a pattern here ('*' and '?')", -1 },
	{ "${l}", EXPAND_LIST, "/a|/b c|/d:e|", 0 },
	{ "${l}", EXPAND_LIST | EXPAND_ESCAPE, "/a|/b c|/d\\:e|", 0 },
	{ "${l}", 0,
	  "'${l}' is a list (it stands alone, where a list may stand)", -1 },
	{ "-${l}", EXPAND_LIST,
	  "'${l}' is a list (it stands alone, where a list may stand)", -1 },
	{ "${p}", EXPAND_LIST, "a b|", 0 },
	{ "${none}", 0, "'${none}' has no value (-p none=VALUE)", -1 },
	{ "${none}", EXPAND_SYMBOLIC, "${none}|", 0 },
	{ "${l}", EXPAND_LIST | EXPAND_SYMBOLIC, "/a|/b c|/d:e|", 0 },
	{ "${later}", EXPAND_LIST, "'${later}' has no value (-p later=VALUE)",
	  -1 },
	{ "${later}", EXPAND_LIST | EXPAND_SYMBOLIC, "${later}|", 0 },
	{ "${p}$$", EXPAND_SYMBOLIC, "a b$$|", 0 },
	{ "${stack}/${user}/${uid}/${home}/${cwd}", 0,
	  "t/ann/1000//home/ann//srv/x|", 0 },
	{ "${uid}", EXPAND_SYMBOLIC, "${uid}|", 0 },
	{ "${job}", 0, "${job} is 'a/b', which is not a plain name", -1 },
	{ "${P}", 0, "unknown parameter '${P}' (did you mean 'p'?)", -1 },
	{ "${p", 0, "'${p' has no '}'", -1 },
	{ "$p", 0,
	  "the dollar in '$p' stands for nothing (a parameter is ${NAME}, a "
	  "dollar $$)",
	  -1 },
	{ "a$", 0,
	  "the dollar in '$' stands for nothing (a parameter is ${NAME}, a "
	  "dollar $$)",
	  -1 },
};

static void test_expansions(void **state)
{
	const struct stack stack = {
		.name = "t",
		.job = "a/b",
		.user = "ann",
		.home = "/home/ann",
		.cwd = "/srv/x",
		.uid = 1000,
		.parameters = parameters,
		.n_parameters = CORDON_COUNT(parameters),
	};

	for (size_t i = 0; i < CORDON_COUNT(expansions); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct expanded words = { NULL, 0 };
		const char *text = expansions[i].text, *got = "";
		int rc;

		print_message("# %s\n", text);
		rc = expand_words(arena, &stack, text, strlen(text),
				  expansions[i].flags, &words, &err);
		for (size_t j = 0; rc == 0 && j < words.n; j++)
			got = arena_printf(arena, "%s%s|", got, words.word[j]);
		assert_string_equal(rc < 0 ? err.text : got,
				    expansions[i].want);
		assert_int_equal(rc, expansions[i].rc);
		arena_free(arena);
	}
}

/* What cordon knows by itself: said by the stack, or looked up by the uid. */
static const struct {
	const char *text, *job;
	const char *want;
} facts[] = {
	{ "${user}:${home}", NULL, "root:/root" },
	{ "${job}", NULL, "${job} is not known here" },
	{ "${job}", "a-1", "a-1" },
	{ "${job}", "", "${job} is '', which is not a plain name" },
	{ "${job}", "a\nb", "${job} is 'a\\x0ab', which is not a plain name" },
	{ "${job}", "a\xff", "${job} is 'a\\xff', which is not a plain name" },
};

static void test_facts(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(facts); i++) {
		const struct stack stack = { .name = "t", .job = facts[i].job };
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct expanded words = { NULL, 0 };
		const char *text = facts[i].text;
		int rc;

		print_message("# %s\n", facts[i].want);
		rc = expand_words(arena, &stack, text, strlen(text), 0, &words,
				  &err);
		assert_string_equal(rc < 0 ? err.text : words.word[0],
				    facts[i].want);
		arena_free(arena);
	}
}

/* A list: each -p is one item, whole; what else there is is split at blanks. */
static void test_lists(void **state)
{
	const struct setting declaration = {
		.key = "l", .raw = "list of path under /a from env L"
	};
	static const char *const given[] = { "l=/a/b c", "l=/a/d" };
	char *const variables[] = { (char[]){ "L=/a/b  /a/c" }, NULL };
	struct arena *arena = arena_new();
	struct stack_request request = { .given = given,
					 .n_given = 2,
					 .environ = variables };
	struct cordon_error err = { 0 };
	struct stack stack = { .name = "t" };

	assert_int_equal(
		param_read(arena, &request, &declaration, 1, &stack, &err), 0);
	assert_int_equal(stack.parameters[0].n_items, 2);
	assert_string_equal(stack.parameters[0].items[0], "/a/b c");
	assert_string_equal(stack.parameters[0].value, "/a/b c /a/d");

	request.n_given = 0;
	stack.n_parameters = 0;
	assert_int_equal(
		param_read(arena, &request, &declaration, 1, &stack, &err), 0);
	assert_int_equal(stack.parameters[0].n_items, 2);
	assert_string_equal(stack.parameters[0].items[1], "/a/c");
	assert_string_equal(stack.parameters[0].source, "env L");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_declarations),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_stand_ins),
		cmocka_unit_test(test_expansions),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_lists),
	};

	return cmocka_run_group_tests_name("param", tests, NULL, NULL) != 0;
}
