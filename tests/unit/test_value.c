/* SPDX-License-Identifier: MIT */
/* Numbers with units, ids, signals, near words, globs, and foreign text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/value.h"

#define S1 ((uint64_t)1000000000)

static const struct {
	enum value_kind kind;
	const char *text;
	uint64_t want;
	const char *print; /* the canonical form, or the error */
} good[] = {
	{ VALUE_SIZE, "0", 0, "0" },
	{ VALUE_SIZE, "0K", 0, "0" },
	{ VALUE_SIZE, "1K", 1024, "1K" },
	{ VALUE_SIZE, "2K", 2048, "2K" },
	{ VALUE_SIZE, "1024K", 1048576, "1M" },
	{ VALUE_SIZE, "1536M", 1610612736, "1536M" },
	{ VALUE_SIZE, "64M", 67108864, "64M" },
	{ VALUE_SIZE, "4G", (uint64_t)4 << 30, "4G" },
	{ VALUE_SIZE, "3T", (uint64_t)3 << 40, "3T" },
	{ VALUE_SIZE, "16777215T", (uint64_t)16777215 << 40, "16777215T" },
	{ VALUE_TIME, "0", 0, "0" },
	{ VALUE_TIME, "0s", 0, "0" },
	{ VALUE_TIME, "1ms", 1000000, "1ms" },
	{ VALUE_TIME, "200ms", 200000000, "200ms" },
	{ VALUE_TIME, "1000ms", S1, "1s" },
	{ VALUE_TIME, "10s", 10 * S1, "10s" },
	{ VALUE_TIME, "90s", 90 * S1, "90s" },
	{ VALUE_TIME, "5min", 300 * S1, "5min" },
	{ VALUE_TIME, "120min", 7200 * S1, "2h" },
	{ VALUE_TIME, "2h", 7200 * S1, "2h" },
	{ VALUE_TIME, "1d", 86400 * S1, "1d" },
	{ VALUE_TIME, "213503d", 86400 * S1 * 213503, "213503d" },
	{ VALUE_COUNT, "0", 0, "0" },
	{ VALUE_COUNT, "7", 7, "7" },
	{ VALUE_COUNT, "1024", 1024, "1024" },
	{ VALUE_COUNT, "18446744073709551614", UINT64_MAX - 1,
	  "18446744073709551614" },
	{ VALUE_PERCENT, "0", 0, "0" },
	{ VALUE_PERCENT, "0%", 0, "0" },
	{ VALUE_PERCENT, "50%", 50, "50%" },
	{ VALUE_PERCENT, "400%", 400, "400%" },
	{ VALUE_MODE, "0", 0, "0" },
	{ VALUE_MODE, "755", 0755, "0755" },
	{ VALUE_MODE, "0755", 0755, "0755" },
	{ VALUE_MODE, "7", 07, "0007" },
	{ VALUE_MODE, "1777", 01777, "1777" },
	{ VALUE_MODE, "01777", 01777, "1777" },
	{ VALUE_MODE, "7777", 07777, "7777" },
};

#define SIZE_ERROR(w) "'" w "' is not a size (a whole number and K, M, G or T)"
#define TIME_ERROR(w)                                                          \
	"'" w "' is not a time (a whole number and ms, s, min, h or d)"

static const struct {
	enum value_kind kind;
	const char *text;
	const char *want;
} bad[] = {
	{ VALUE_SIZE, "2", "'2' needs a unit (for example 2M)" },
	{ VALUE_SIZE, "1048576",
	  "'1048576' needs a unit (for example 1048576M)" },
	{ VALUE_SIZE, "", SIZE_ERROR("") },
	{ VALUE_SIZE, "x", SIZE_ERROR("x") },
	{ VALUE_SIZE, "M", SIZE_ERROR("M") },
	{ VALUE_SIZE, "+2M", SIZE_ERROR("+2M") },
	{ VALUE_SIZE, "-1", SIZE_ERROR("-1") },
	{ VALUE_SIZE, "-1M", SIZE_ERROR("-1M") },
	{ VALUE_SIZE, " 2M", SIZE_ERROR(" 2M") },
	{ VALUE_SIZE, "2M ", SIZE_ERROR("2M ") },
	{ VALUE_SIZE, "2 M", SIZE_ERROR("2 M") },
	{ VALUE_SIZE, "2m", SIZE_ERROR("2m") },
	{ VALUE_SIZE, "2MB", SIZE_ERROR("2MB") },
	{ VALUE_SIZE, "2MiB", SIZE_ERROR("2MiB") },
	{ VALUE_SIZE, "1.5G", SIZE_ERROR("1.5G") },
	{ VALUE_SIZE, "0x10M", SIZE_ERROR("0x10M") },
	{ VALUE_SIZE, "1e3K", SIZE_ERROR("1e3K") },
	{ VALUE_SIZE, "2s", SIZE_ERROR("2s") },
	{ VALUE_SIZE, "unlimited", SIZE_ERROR("unlimited") },
	{ VALUE_SIZE, "2M\n", SIZE_ERROR("2M\\x0a") },
	{ VALUE_SIZE, "064M", "'064M' has a leading zero" },
	{ VALUE_SIZE, "16777216T", "'16777216T' is too large" },
	{ VALUE_SIZE, "99999999999999999999K",
	  "'99999999999999999999K' is too large" },
	{ VALUE_TIME, "2", "'2' needs a unit (for example 2s)" },
	{ VALUE_TIME, "", TIME_ERROR("") },
	{ VALUE_TIME, "s", TIME_ERROR("s") },
	{ VALUE_TIME, "5m", TIME_ERROR("5m") },
	{ VALUE_TIME, "5M", TIME_ERROR("5M") },
	{ VALUE_TIME, "5us", TIME_ERROR("5us") },
	{ VALUE_TIME, "1h30min", TIME_ERROR("1h30min") },
	{ VALUE_TIME, "5 s", TIME_ERROR("5 s") },
	{ VALUE_TIME, "213504d", "'213504d' is too large" },
	{ VALUE_TIME, "18446744073709551615ms",
	  "'18446744073709551615ms' is too large" },
	{ VALUE_COUNT, "", "'' is not a number" },
	{ VALUE_COUNT, "-1", "'-1' is not a number" },
	{ VALUE_COUNT, "+1", "'+1' is not a number" },
	{ VALUE_COUNT, "1k", "'1k' is not a number" },
	{ VALUE_COUNT, "1.0", "'1.0' is not a number" },
	{ VALUE_COUNT, "0x1f", "'0x1f' is not a number" },
	{ VALUE_COUNT, "many", "'many' is not a number" },
	{ VALUE_COUNT, "00", "'00' has a leading zero" },
	{ VALUE_COUNT, "01", "'01' has a leading zero" },
	/* inside, the largest number means unlimited */
	{ VALUE_COUNT, "18446744073709551615",
	  "'18446744073709551615' is too large" },
	{ VALUE_COUNT, "18446744073709551616",
	  "'18446744073709551616' is too large" },
	{ VALUE_PERCENT, "50", "'50' needs a unit (for example 50%)" },
	{ VALUE_PERCENT, "50 %",
	  "'50 %' is not a percentage (a whole number and %)" },
	{ VALUE_PERCENT, "50%%",
	  "'50%%' is not a percentage (a whole number and %)" },
	{ VALUE_MODE, "", "'' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "888", "'888' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "10000", "'10000' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "0o755", "'0o755' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "000755", "'000755' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "-755", "'-755' is not an octal mode (0 to 7777)" },
	{ VALUE_MODE, "7778", "'7778' is not an octal mode (0 to 7777)" },
};

static void test_good(void **state)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < CORDON_COUNT(good); i++) {
		struct cordon_error err = { 0 };
		uint64_t got = 4711, again = 4711;
		const char *print;

		print_message("# %s\n", good[i].text);
		assert_int_equal(
			value_parse(good[i].kind, good[i].text, &got, &err), 0);
		assert_true(got == good[i].want);
		print = value_print(arena, good[i].kind, got);
		assert_string_equal(print, good[i].print);
		/* what is printed is parsed to the same */
		assert_int_equal(value_parse(good[i].kind, print, &again, &err),
				 0);
		assert_true(again == got);
	}
	arena_free(arena);
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(bad); i++) {
		struct cordon_error err = { 0 };
		uint64_t got;

		print_message("# '%s'\n", bad[i].text);
		assert_int_equal(
			value_parse(bad[i].kind, bad[i].text, &got, &err), -1);
		assert_string_equal(err.text, bad[i].want);
		assert_int_equal(err.code, 0);
	}
}

static void test_print(void **state)
{
	struct arena *arena = arena_new();

	for (int kind = VALUE_SIZE; kind <= VALUE_MODE; kind++)
		assert_string_equal(value_print(arena, kind, UINT64_MAX),
				    "unlimited");
	assert_string_equal(value_print(arena, VALUE_SIZE, 1000), "1000");
	assert_string_equal(value_print(arena, VALUE_TIME, 1500000), "1500us");
	assert_string_equal(value_print(arena, VALUE_TIME, 1), "1ns");
	arena_free(arena);
}

/* I16 */
static void test_id(void **state)
{
	static const struct {
		const char *text;
		int rc;
		uint32_t id;
	} ids[] = {
		{ "0", 0, 0 },
		{ "1000", 0, 1000 },
		{ "65534", 0, 65534 },
		{ "4294967294", 0, 4294967294u },
		{ "4294967295", -2, 0 },
		{ "4294967296", -2, 0 },
		{ "18446744073709551616", -2, 0 },
		{ "01", -2, 0 },
		{ "00", -2, 0 },
		{ "", -1, 0 },
		{ "-1", -1, 0 },
		{ "+5", -1, 0 },
		{ "0x0", -1, 0 },
		{ " 1000", -1, 0 },
		{ "1000 ", -1, 0 },
		{ "1e3", -1, 0 },
		{ "nobody", -1, 0 },
		{ "1000a", -1, 0 },
	};

	for (size_t i = 0; i < CORDON_COUNT(ids); i++) {
		uint32_t id = 0;

		print_message("# '%s'\n", ids[i].text);
		assert_int_equal(value_id(ids[i].text, &id), ids[i].rc);
		assert_int_equal(id, ids[i].id);
	}
}

static void test_signal(void **state)
{
	static const char *const none[] = {
		"",	    "SIG",     "term",	  "SIGSIGTERM",
		"9",	    "TERM ",   "RTMIN+",  "RTMIN+01",
		"RTMIN+99", "RTMIN-1", "UNKNOWN",
	};

	assert_int_equal(value_signal("TERM"), SIGTERM);
	assert_int_equal(value_signal("SIGTERM"), SIGTERM);
	assert_int_equal(value_signal("SIGKILL"), SIGKILL);
	assert_int_equal(value_signal("USR1"), SIGUSR1);
	assert_int_equal(value_signal("RTMIN"), SIGRTMIN);
	assert_int_equal(value_signal("SIGRTMIN+3"), SIGRTMIN + 3);
	for (size_t i = 0; i < CORDON_COUNT(none); i++) {
		print_message("# '%s'\n", none[i]);
		assert_int_equal(value_signal(none[i]), -1);
	}
	for (int number = 1; number < 32; number++) {
		assert_non_null(value_signal_name(number));
		assert_int_equal(value_signal(value_signal_name(number)),
				 number);
	}
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		assert_int_equal(value_signal(value_signal_name(number)),
				 number);
	assert_null(value_signal_name(0));
	assert_null(value_signal_name(-1));
	assert_null(value_signal_name(65));
}

static void test_nearest(void **state)
{
	static const char *const words[] = {
		"nofile", "nproc", "as", "cpu", "core", "memlock", "keep",
	};
	static const struct {
		const char *word;
		const char *want;
	} cases[] = {
		{ "nofile", "nofile" }, { "nofiles", "nofile" },
		{ "nofiel", "nofile" }, { "NoFile", "nofile" },
		{ "npoc", "nproc" },	{ "memlok", "memlock" },
		{ "kepe", "keep" },	{ "cores", "core" },
		{ "a", NULL },		{ "zz", NULL },
		{ "NPROC", "nproc" },	{ "MEMLOKC", "memlock" },
		{ "", NULL },		{ "something-else", NULL },
	};
	char longer[200] = { 0 };

	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		const char *got = value_nearest(cases[i].word, words,
						CORDON_COUNT(words));

		print_message("# '%s'\n", cases[i].word);
		if (cases[i].want) {
			assert_non_null(got);
			assert_string_equal(got, cases[i].want);
		} else {
			assert_null(got);
		}
	}
	memset(longer, 'a', sizeof(longer) - 1);
	assert_null(value_nearest(longer, words, CORDON_COUNT(words)));
	assert_null(value_nearest("x", words, 0));
	/* a word that is too long to be anybody's slip is passed by */
	assert_string_equal(value_nearest("xx", (const char *const[]){ longer, "xy" }, 2),
			    "xy");
}

static void test_glob(void **state)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool want;
	} cases[] = {
		{ "LANG", "LANG", true },     { "LANG", "LANGUAGE", false },
		{ "LC_*", "LC_ALL", true },   { "LC_*", "LC_", true },
		{ "LC_*", "LC", false },      { "*", "", true },
		{ "*", "ANY", true },	      { "", "", true },
		{ "", "A", false },	      { "A", "", false },
		{ "?", "A", true },	      { "?", "", false },
		{ "?", "AB", false },	      { "*_PROXY", "http_PROXY", true },
		{ "a*b*c", "aXbYbZc", true }, { "a*b*c", "aXbYbZ", false },
		{ "**a", "bba", true },	      { "a?c*", "abcd", true },
		{ "[a]", "a", false },	      { "[a]", "[a]", true },
		{ "a\\*", "a*", false },      { "a\\*", "a\\xyz", true },
	};

	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		print_message("# '%s' '%s'\n", cases[i].pattern, cases[i].text);
		assert_int_equal(value_glob(cases[i].pattern, cases[i].text),
				 cases[i].want);
	}
}

/* I61 */
static const struct {
	const char *text;
	size_t size;
	const char *want;
} escapes[] = {
#define ROW(text, want)                                                        \
	{                                                                      \
		text, sizeof(text) - 1, want                                   \
	}
	ROW("", ""),
	ROW("plain text %n%s", "plain text %n%s"),
	ROW("a\\b", "a\\\\b"),
	ROW("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80",
	    "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
	ROW("x\n<0>cordon: ok", "x\\x0a<0>cordon: ok"),
	ROW("\033[2J", "\\x1b[2J"),
	ROW("\t\r\x7f", "\\x09\\x0d\\x7f"),
	ROW("a\0b", "a\\x00b"),
	ROW("\xff\xfe", "\\xff\\xfe"),
	ROW("\xc3", "\\xc3"), /* cut short */
	ROW("\xc3(", "\\xc3("),
	ROW("\xc0\xaf", "\\xc0\\xaf"), /* overlong */
	ROW("\xe0\x80\xaf", "\\xe0\\x80\\xaf"),
	ROW("\xed\xa0\x80", "\\xed\\xa0\\x80"), /* half of a pair */
	ROW("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"),
	ROW("\xf0\x80\x80\x80", "\\xf0\\x80\\x80\\x80"),
	ROW("\xc2\x9b"
	    "31m",
	    "\\xc2\\x9b31m"), /* CSI in one character */
	ROW("a\xe2\x80\xae"
	    "b",
	    "a\\xe2\\x80\\xae"
	    "b"),				/* reversed */
	ROW("\xe2\x80\xa8", "\\xe2\\x80\\xa8"), /* line separator */
#undef ROW
};

static void test_escape(void **state)
{
	struct arena *arena = arena_new();
	char shown[32];

	for (size_t i = 0; i < CORDON_COUNT(escapes); i++) {
		print_message("# %s\n", escapes[i].want);
		assert_string_equal(
			value_escape(arena, escapes[i].text, escapes[i].size),
			escapes[i].want);
	}
	for (size_t size = 16; size <= sizeof(shown); size++) {
		value_show(shown, size, "0123456789\n\n\n\n0123456789", 24);
		assert_true(strlen(shown) < size);
		assert_non_null(strstr(shown, "..."));
		assert_memory_equal(shown, "01234", 5);
		assert_string_equal(shown + strlen(shown) - 5, "56789");
	}
	assert_string_equal(value_show(shown, 16, "123456789012345", 15),
			    "123456789012345");
	assert_string_equal(value_show(shown, 16, "1234567890123456", 16),
			    "123456...123456");
	arena_free(arena);
}

static void test_arena(void **state)
{
	struct arena *arena = arena_new();

	for (size_t size = 0; size < 70000; size = size * 2 + 1) {
		unsigned char *piece = arena_alloc(arena, size);

		assert_int_equal((uintptr_t)piece % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(piece[i], 0);
		memset(piece, 0xee, size);
	}
	assert_string_equal(arena_copy(arena, "abcdef", 3), "abc");
	assert_string_equal(arena_copy(arena, NULL, 0), "");
	assert_string_equal(arena_strdup(arena, "word"), "word");
	assert_string_equal(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	arena_free(arena);
	arena_free(NULL);
}

static void test_char(void **state)
{
	uint32_t code = 7;

	assert_int_equal(value_char("", 0, &code), 0);
	assert_int_equal(value_char("\xc3\xbc", 1, &code), 0);
	assert_int_equal(code, 7);
	assert_int_equal(value_char("\xc3\xbc", 2, &code), 2);
	assert_int_equal(code, 0xfc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_bad),
		cmocka_unit_test(test_print),  cmocka_unit_test(test_id),
		cmocka_unit_test(test_signal), cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_glob),   cmocka_unit_test(test_escape),
		cmocka_unit_test(test_arena),  cmocka_unit_test(test_char),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL) != 0;
}
