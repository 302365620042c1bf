/* SPDX-License-Identifier: MIT */
/*
 * JSON strings: whatever bytes an argument or a path is made of, one line of
 * valid UTF-8 comes out, and nothing in it ends the string early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/value.h"

#define UNKNOWN "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *text, *want;
} cases[] = {
	{ NULL, "null" },
	{ "", "\"\"" },
	{ "null", "\"null\"" },
	{ "plain text, 1/2", "\"plain text, 1/2\"" },
	/* what ends a string, or the line */
	{ "say \"no\"", "\"say \\\"no\\\"\"" },
	{ "\"", "\"\\\"\"" },
	{ "\\", "\"\\\\\"" },
	{ "\\\"", "\"\\\\\\\"\"" },
	{ "\\u0041", "\"\\\\u0041\"" },
	{ "a\nb", "\"a\\u000ab\"" },
	{ "\r\t\b\f", "\"\\u000d\\u0009\\u0008\\u000c\"" },
	{ "\x01\x1f ", "\"\\u0001\\u001f \"" },
	{ "\x1b[31mred", "\"\\u001b[31mred\"" },
	{ "\x7f", "\"\\u007f\"" },
	/* C1 controls, line separators, what reorders, the byte order mark */
	{ "\xc2\x85", "\"\\u0085\"" },
	{ "\xc2\x9b", "\"\\u009b\"" },
	{ "\xe2\x80\xa8", "\"\\u2028\"" },
	{ "\xe2\x80\xa9", "\"\\u2029\"" },
	{ "\xe2\x80\xae", "\"\\u202e\"" },
	{ "\xe2\x81\xa6", "\"\\u2066\"" },
	{ "\xef\xbb\xbf", "\"\\ufeff\"" },
	/* other text stays as it is */
	{ "\xc3\xa9", "\"\xc3\xa9\"" },
	{ "\xe2\x82\xac", "\"\xe2\x82\xac\"" },
	{ "\xf0\x9f\x98\x80", "\"\xf0\x9f\x98\x80\"" },
	{ "\xf4\x8f\xbf\xbf", "\"\xf4\x8f\xbf\xbf\"" },
	/* bytes that are no text: each is one unknown character */
	{ "\x80", "\"" UNKNOWN "\"" },
	{ "\xff", "\"" UNKNOWN "\"" },
	{ "a\xc3", "\"a" UNKNOWN "\"" },
	{ "\xc3"
	  "a",
	  "\"" UNKNOWN "a\"" },
	{ "\xe2\x82", "\"" UNKNOWN UNKNOWN "\"" },
	{ "\xf0\x9f\x98", "\"" UNKNOWN UNKNOWN UNKNOWN "\"" },
	{ "\xc0\x80", "\"" UNKNOWN UNKNOWN "\"" }, /* an overlong NUL */
	{ "\xc0\xa2", "\"" UNKNOWN UNKNOWN "\"" }, /* ... quote */
	{ "\xe0\x80\xa2", "\"" UNKNOWN UNKNOWN UNKNOWN "\"" },
	{ "\xed\xa0\x80", "\"" UNKNOWN UNKNOWN UNKNOWN "\"" }, /* a half pair */
	{ "\xf4\x90\x80\x80",
	  "\"" UNKNOWN UNKNOWN UNKNOWN UNKNOWN "\"" }, /* beyond Unicode */
	{ "\xc3\"", "\"" UNKNOWN "\\\"\"" },
	{ "\xe2\x80\"", "\"" UNKNOWN UNKNOWN "\\\"\"" },
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		struct arena *arena = arena_new();

		print_message("# %s\n", cases[i].want);
		assert_string_equal(json_string(arena, cases[i].text),
				    cases[i].want);
		arena_free(arena);
	}
}

/* Between the quotes: characters of text, none of them a control, and a quote
 * or a backslash only behind a backslash. */
static void judge(const char *json)
{
	size_t size = strlen(json);
	uint32_t code = 0;

	assert_true(size >= 2);
	assert_int_equal(json[0], '"');
	assert_int_equal(json[size - 1], '"');
	for (size_t i = 1, n; i < size - 1; i += n) {
		n = value_char(json + i, size - 1 - i, &code);
		assert_true(n > 0);
		assert_false(value_is_control(code));
		assert_true(code != '"');
		if (code == '\\')
			n = json[i + 1] == 'u' ? 6 : 2;
		assert_true(i + n <= size - 1);
	}
}

static void test_all_pairs(void **state)
{
	struct arena *arena = arena_new();

	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++) {
			const char text[] = { (char)first, (char)second, '"',
					      '\0' };

			judge(json_string(arena, text));
		}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_all_pairs),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL) != 0;
}
