/* SPDX-License-Identifier: MIT */
/* The text format: each line of the tables is a text, and what it is read as or why
 * it is refused.  What protobuf's own reader does was looked up for each. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <cordon/module.h>

#include "core/arena.h"
#include "core/textproto.h"

struct inner {
	struct textproto_value dst;
	struct textproto_list arg;
};

struct outer {
	struct textproto_value text, flag, u32, u64, i32, mode, one, plain;
	struct textproto_list words, many;
};

#define AT(kind, field) .name = #field, .offset = offsetof(struct kind, field)

static const struct textproto_field inner_fields[] = {
	{ AT(inner, dst), .type = TEXTPROTO_STRING, .is_required = true },
	{ AT(inner, arg), .type = TEXTPROTO_STRING, .is_repeated = true },
};
static const struct textproto_kind inner_kind = {
	"inner", inner_fields, CORDON_COUNT(inner_fields), sizeof(struct inner)
};
static const struct textproto_field outer_fields[] = {
	{ AT(outer, text), .type = TEXTPROTO_STRING },
	{ AT(outer, flag), .type = TEXTPROTO_BOOL },
	{ AT(outer, u32), .type = TEXTPROTO_UINT32 },
	{ AT(outer, u64), .type = TEXTPROTO_UINT64 },
	{ AT(outer, i32), .type = TEXTPROTO_INT32 },
	{ AT(outer, mode), .type = TEXTPROTO_ENUM, .words = "LISTEN|ONCE|RERUN" },
	{ AT(outer, one), .type = TEXTPROTO_MESSAGE, .kind = &inner_kind },
	{ AT(outer, words), .type = TEXTPROTO_STRING, .is_repeated = true },
	{ AT(outer, many), .type = TEXTPROTO_MESSAGE, .is_repeated = true,
	  .kind = &inner_kind },
	{ AT(outer, plain), .type = TEXTPROTO_STRING, .only = "all" },
	{ .name = "not_here", .type = TEXTPROTO_REFUSED },
};
static const struct textproto_kind outer_kind = {
	"the text", outer_fields, CORDON_COUNT(outer_fields), sizeof(struct outer)
};

static void show_value(struct arena *arena, const char **out, const char *name,
		       const struct textproto_value *value)
{
	const struct inner *inner = value->message;

	if (!value->line)
		return;
	if (inner) {
		*out = arena_printf(arena, "%s %s{%s", *out, name, inner->dst.text);
		for (size_t i = 0; i < inner->arg.n; i++)
			*out = arena_printf(arena, "%s,%s", *out,
					    inner->arg.value[i].text);
		*out = arena_printf(arena, "%s}", *out);
	} else if (value->text) {
		*out = arena_printf(arena, "%s %s=<%s>", *out, name, value->text);
	} else {
		*out = arena_printf(arena, "%s %s=%" PRId64, *out, name, value->number);
	}
}

static const char *show(struct arena *arena, const struct outer *outer)
{
	const char *out = "";

	show_value(arena, &out, "text", &outer->text);
	show_value(arena, &out, "flag", &outer->flag);
	show_value(arena, &out, "u32", &outer->u32);
	show_value(arena, &out, "u64", &outer->u64);
	show_value(arena, &out, "i32", &outer->i32);
	show_value(arena, &out, "mode", &outer->mode);
	show_value(arena, &out, "one", &outer->one);
	show_value(arena, &out, "plain", &outer->plain);
	for (size_t i = 0; i < outer->words.n; i++)
		show_value(arena, &out, "word", &outer->words.value[i]);
	for (size_t i = 0; i < outer->many.n; i++)
		show_value(arena, &out, "many", &outer->many.value[i]);
	return *out ? out + 1 : out;
}

struct row {
	const char *text, *is;
};

static void check_row(const struct row *row)
{
	struct arena *arena = arena_new();
	struct outer outer = { .text = { .line = 0 } };
	struct cordon_error err = { 0 };
	const char *is =
		textproto_read(arena, "f", row->text, strlen(row->text), &outer_kind,
			       &outer, &err) < 0
			? err.text
			: show(arena, &outer);

	if (strcmp(is, row->is)) {
		print_message("# '%s'\n#   is:   %s\n#   want: %s\n", row->text, is,
			      row->is);
		fail();
	}
	arena_free(arena);
}

#define CHECK(rows)                                                                      \
	do {                                                                             \
		for (size_t i = 0; i < CORDON_COUNT(rows); i++)                          \
			check_row(&(rows)[i]);                                           \
	} while (0)

static void test_fields(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "# only this", "" },
		{ "text: 'a' # {brace}\n#{NAME}\nflag: true", "text=<a> flag=1" },
		{ "text:'a';flag:t,u32:1", "text=<a> flag=1 u32=1" },
		{ "one { dst: '/x' }", "one{/x}" },
		{ "one: { dst: '/x' arg: 'a' arg: \"b\" }", "one{/x,a,b}" },
		{ "one < dst: '/x' >", "one{/x}" },
		{ "one:<dst:'/x';>;", "one{/x}" },
		{ "words: 'a' words: [ 'b', 'c' ] words: []", "word=<a> word=<b> word=<c>" },
		{ "many { dst: 'a' } many: [ { dst: 'b' }, < dst: 'c' > ]",
		  "many{a} many{b} many{c}" },
		{ "mode: ONCE", "mode=1" },
		{ "mode: 2", "mode=2" },
		{ "mode: LISTEN", "mode=0" },
		{ "mode: -0", "mode=0" },
		{ "mode: - 00 flag: t", "flag=1 mode=0" },
		{ "plain: 'a' \"ll\"", "plain=<all>" },
	};

	CHECK(rows);
}

static void test_scalars(void **state)
{
	static const struct row rows[] = {
		{ "u32: 0x1F", "u32=31" },
		{ "u32: 017", "u32=15" },
		{ "u32: 0", "u32=0" },
		{ "u32: 4294967295", "u32=4294967295" },
		{ "u64: 18446744073709551615", "u64=-1" },
		{ "i32: -2147483648", "i32=-2147483648" },
		{ "i32: - 5", "i32=-5" },
		{ "flag: True", "flag=1" },
		{ "flag: 1", "flag=1" },
		{ "flag: f", "flag=0" },
		{ "flag: False", "flag=0" },
		{ "flag: 0", "flag=0" },
		{ "text: 'a' \"b\"\n 'c'", "text=<abc>" },
		{ "text: 'it\"s'", "text=<it\"s>" },
		{ "text: '\\a\\b\\f\\n\\r\\t\\v\\\\\\'\\\"\\?'",
		  "text=<\a\b\f\n\r\t\v\\'\"?>" },
		{ "text: '\\101\\7x\\x41\\x4'", "text=<A\ax"
						 "A\x04>" },
		{ "text: '\\377'", "text=<\377>" },
		{ "text: '\\u0041\\u00e9\\u20ac'", "text=<A\303\251\342\202\254>" },
		{ "text: '\\ud83d\\ude00 \\U0001F600'",
		  "text=<\360\237\230\200 \360\237\230\200>" },
		/* odd, but this is what protobuf's reader makes of them */
		{ "text: '\\ud83d\\ud83d\\ude00\\ude00'",
		  "text=<\355\240\275\360\237\230\200\355\270\200>" },
		{ "text: '\\ud83d\\u0041\\U0000d800'", "text=<\355\240\275A\355\240\200>" },
		{ "text: '\\777\\401\\500'", "text=<\377\001@>" },
		{ "text: '\\U0011abCD'", "text=<\\U0011abcd>" },
		{ "text: '$HOME ${x} %s'", "text=<$HOME ${x} %s>" },
	};

	CHECK(rows);
}

static void test_refused(void **state)
{
	static const struct row rows[] = {
		{ "nothing: 1", "f:1:1: the text has no field 'nothing'" },
		{ "flag: 1\n  tect: 'x'",
		  "f:2:3: the text has no field 'tect' (did you mean 'text'?)" },
		{ "flag: 1\nflag: 0", "f:2:1: 'flag' is already in line 1" },
		{ "one { dst: 'a' } one { dst: 'b' }", "f:1:18: 'one' is already in line 1" },
		{ "one { arg: 'a' }", "f:1:7: inner has no 'dst'" },
		{ "not_here: 3",
		  "f:1:1: 'not_here' is not supported here (take it out, or do it by the "
		  "stack)" },
		{ "[ext.x]: 1", "f:1:1: extensions are not supported here" },
		{ "flag", "f:1:5: ':' is missing here, not the end of the file" },
		{ "flag true", "f:1:6: ':' is missing here, not 'true'" },
		{ "flag: yes", "f:1:7: neither true nor false" },
		{ "flag: TRUE", "f:1:7: neither true nor false" },
		{ "flag: 2", "f:1:7: '2' is out of range (0 to 1)" },
		{ "u32: -1", "f:1:6: a number is missing here, not '-'" },
		{ "u32: 5.0", "f:1:6: '5.' is no whole number" },
		{ "u32: '5'", "f:1:6: a number is missing here, not '''" },
		{ "u32: 5x", "f:1:6: '5x' is no whole number" },
		{ "u32: 089", "f:1:6: '08' is no whole number" },
		{ "u32: 0x", "f:1:6: no digit behind 0x" },
		{ "u32: 4294967296", "f:1:6: '4294967296' is out of range (0 to 4294967295)" },
		{ "u64: 18446744073709551616",
		  "f:1:6: '18446744073709551616' is out of range (0 to "
		  "18446744073709551615)" },
		{ "i32: 2147483648",
		  "f:1:6: '2147483648' is out of range (0 to 2147483647)" },
		{ "mode: TWICE", "f:1:7: none of LISTEN|ONCE|RERUN" },
		{ "mode: 'ONCE'", "f:1:7: none of LISTEN|ONCE|RERUN" },
		{ "mode: 3", "f:1:7: none of LISTEN|ONCE|RERUN" },
		{ "mode: -1", "f:1:7: none of LISTEN|ONCE|RERUN" },
		{ "mode: -ONCE", "f:1:8: a number is missing here, not 'ONCE'" },
		{ "flag: 1 plain: 'some'",
		  "f:1:9: 'plain' is not supported here (take it out, or do it by the stack)" },
		{ "plain: all", "f:1:8: a string in quotes is missing here, not 'all'" },
		{ "plain: 'all' plain: 'all'", "f:1:14: 'plain' is already in line 1" },
		{ "text: '\\X41'",
		  "f:1:8: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "mode: 1x", "f:1:7: '1x' is no whole number" },
		{ "text: a", "f:1:7: a string in quotes is missing here, not 'a'" },
		{ "text: 'a\nb'", "f:1:7: the string has no end in its line" },
		{ "text: 'a", "f:1:7: the string has no end in its line" },
		{ "text: 'a\\q'",
		  "f:1:9: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "text: '\\0'",
		  "f:1:8: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "text: '\\400'",
		  "f:1:8: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "text: '\\ud83d\\u004'",
		  "f:1:14: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "text: '\\U00200000'",
		  "f:1:8: no escape (a backslash is \\\\), or one that stands for no "
		  "character" },
		{ "one 'x'", "f:1:5: a block { } is missing here, not '''" },
		{ "one { dst: 'a'", "f:1:15: a field's name is missing here, not the end of "
				    "the file" },
		{ "one { dst: 'a' >", "f:1:16: a field's name is missing here, not '>'" },
		{ "}", "f:1:1: a field's name is missing here, not '}'" },
		{ "words: ['a' 'b'", "f:1:16: ',' or ']' is missing here, not the end of "
				     "the file" },
		{ "words: ['a', b]", "f:1:14: a string in quotes is missing here, not 'b'" },
		{ "// x", "f:1:1: a field's name is missing here, not '/'" },
		{ "text: 'a'\001", "f:1:10: a control character (\\x01)" },
		{ "text: '\033'", "f:1:8: a control character (\\x1b)" },
	};

	CHECK(rows);
}

static void test_set(void **state)
{
	struct arena *arena = arena_new();
	struct outer outer = { .text = { .line = 0 } };
	struct cordon_error err = { 0 };

	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "text", "a # b", &err),
			 0);
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "u32", "0x10", &err), 0);
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "u32", "17", &err), 0);
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "words", "x", &err), 0);
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "words", "y", &err), 0);
	assert_string_equal(show(arena, &outer), "text=<a # b> u32=17 word=<x> word=<y>");
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "u32", "1 2", &err), -1);
	assert_string_equal(err.text, "'1 2' is not one value");
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "u32", "one", &err), -1);
	assert_string_equal(err.text, "a number is missing here, not 'one'");
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "u32", "", &err), -1);
	assert_string_equal(err.text, "a number is missing here, not the end");
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "none", "1", &err), -1);
	assert_string_equal(err.text, "the text has no field 'none'");
	assert_int_equal(textproto_set(arena, &outer_kind, &outer, "flag", "1", &err), 0);
	assert_int_equal(textproto_read(arena, "f", "flag: 0", 7, &outer_kind, &outer, &err),
			 -1);
	assert_string_equal(err.text,
			    "f:1:1: 'flag' was given before this file (give it once, or behind)");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
