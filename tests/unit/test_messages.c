/* SPDX-License-Identifier: MIT */
/*
 * [messages]: one JSON text after the other is judged, whatever it is made of
 * and in whatever pieces it comes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/option.h"
#include "core/stack.h"
#include "modules/messages_json.h"

extern const struct cordon_module messages_LTX_cordon_module;

/* A list of the words of a text, as the option's reader would make it. */
struct words {
	char text[256];
	struct cordon_item item[16];
	struct cordon_list list;
};

static const struct cordon_list *split(struct words *words, const char *text)
{
	char *at = words->text;

	assert_true(strlen(text) < sizeof(words->text));
	strcpy(words->text, text);
	words->list = (struct cordon_list){ .item = words->item };
	for (char *word; (word = strsep(&at, " "));)
		if (*word)
			words->item[words->list.count++].text = word;
	return &words->list;
}

/* "" or the error */
static const char *judged(int64_t depth, const char *forbidden,
			  const char *required, const char *text, size_t size)
{
	static struct cordon_error err;
	struct words words[2];
	const struct json_rules rules = { depth, split(&words[0], forbidden),
					  split(&words[1], required) };
	char *copy = malloc(size + 1); /* exactly: valgrind sees what is read */

	assert_non_null(copy);
	memcpy(copy, text, size);
	copy[size] = '\n';
	memset(&err, 0, sizeof(err));
	if (json_judge(&rules, copy, size + 1, &err) < 0)
		assert_int_equal(err.reason, CORDON_DENIED);
	else
		assert_string_equal(err.text, "");
	free(copy);
	return err.text;
}

#define T(text) text, sizeof(text) - 1
#define GRAMMAR(words) "is not JSON (" words ")"
#define CHAR GRAMMAR("lexical error: invalid char in json text")
#define WORD GRAMMAR("lexical error: invalid string in json text")
#define IN_STRING "has a control character"
#define TRAILING GRAMMAR("parse error: trailing garbage")
#define EARLY GRAMMAR("parse error: premature EOF")
#define UTF8 "is not UTF-8"
#define HALF "has half a surrogate pair"
#define TWICE "has an object with one name twice"

static const struct {
	const char *text;
	size_t size;
	const char *want;
} texts[] = {
	/* what JSON is */
	{ T("{}"), "" },
	{ T("[]"), "" },
	{ T("null"), "" },
	{ T("\"\""), "" },
	{ T("0"), "" },
	{ T("-0.5e+3"), "" },
	{ T(" \t{ \"a\" : [ 1 , true ] } \r"), "" }, /* and a line of CR LF */
	{ T("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\""), "" },
	{ T("\"\x7f\""), "" },
	/* what it is not */
	{ T(""), EARLY },
	{ T("  "), EARLY },
	{ T("{"), EARLY },
	{ T("[1,"), EARLY },
	{ T("{\"a\":"), EARLY },
	{ T("[1,]"), GRAMMAR("parse error: unallowed token at this point in "
			     "JSON text") },
	{ T("{\"a\":1,}"), GRAMMAR("parse error: invalid object key (must be "
				   "a string)") },
	{ T("{1:1}"), GRAMMAR("parse error: invalid object key (must be a "
			      "string)") },
	{ T("{a:1}"), CHAR },
	{ T("{'a':1}"), CHAR },
	{ T("[01]"), GRAMMAR("parse error: after array element, I expect ',' "
			     "or ']'") },
	{ T("[1.]"), GRAMMAR("lexical error: malformed number, a digit is "
			     "required after the decimal point") },
	{ T("[.5]"), CHAR },
	{ T("[+1]"), CHAR },
	{ T("-"), GRAMMAR("lexical error: malformed number, a digit is "
			  "required after the minus sign") },
	{ T("1e"), GRAMMAR("lexical error: malformed number, a digit is "
			   "required after the exponent") },
	{ T("NaN"), CHAR },
	{ T("Infinity"), CHAR },
	{ T("nul"), WORD },
	{ T("True"), CHAR },
	{ T("[1] // no"), TRAILING },
	{ T("/* no */ [1]"), GRAMMAR("lexical error: probable comment found "
				     "in input text, comments are not "
				     "enabled") },
	{ T("\"\\x41\""), GRAMMAR("lexical error: inside a string, '\\' "
				  "occurs before a character which it may "
				  "not") },
	{ T("\"\\u00g0\""), GRAMMAR("lexical error: invalid (non-hex) "
				    "character occurs after '\\u' inside "
				    "string") },
	{ T("\"\\u12\""), GRAMMAR("lexical error: invalid (non-hex) "
				  "character occurs after '\\u' inside "
				  "string") },
	/* behind its end; what is unfinished there too */
	{ T("[1]]"), TRAILING },
	{ T("{} {}"), TRAILING },
	{ T("1 2"), TRAILING },
	{ T("{}\"abc"), TRAILING },
	{ T("{}\"abc\\"), TRAILING },
	{ T("{}tru"), TRAILING },
	{ T("{}-"), TRAILING },
	{ T("\"abc"), GRAMMAR("lexical error: invalid character inside "
			      "string") },
	/* characters */
	{ T("\xef\xbb\xbf{}"), CHAR }, /* a byte order mark */
	{ T("\"\xef\xbb\xbf\""), "" },
	{ T("\xff\xfe{\0}\0"), UTF8 }, /* UTF-16 */
	{ T("{\0}"), IN_STRING },
	{ T("\"a\0b\""), IN_STRING },
	{ T("\"a\x1f\""), IN_STRING },
	{ T("\"a\tb\""), GRAMMAR("lexical error: invalid character inside "
				 "string") },
	{ T("[1]\v"), IN_STRING }, /* blanks to libyajl */
	{ T("[1]\f"), IN_STRING },
	{ T("[1]\n[2]"), IN_STRING },
	{ T("\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xf4\x8f\xbf\xbf\""), "" },
	{ T("\"\x80\""), UTF8 },
	{ T("\"\xc3\""), UTF8 },
	{ T("\"\xc3"), UTF8 },
	{ T("\"\xc0\xaf\""), UTF8 }, /* overlong */
	{ T("\"\xc1\x9f\""), UTF8 },
	{ T("\"\xe0\x81\x9f\""), UTF8 },
	{ T("\"\xf0\x80\x81\x9f\""), UTF8 },
	{ T("\"\xed\xa0\x80\""), UTF8 },	     /* half a pair */
	{ T("\"\xed\xa0\xbd\xed\xb8\x80\""), UTF8 }, /* CESU-8 */
	{ T("\"\xf4\x90\x80\x80\""), UTF8 },	     /* beyond Unicode */
	{ T("\"\xf8\x88\x80\x80\x80\""), UTF8 },
	{ T("\"\xe2\x82\""), UTF8 },
	{ T("\"\xf0\x9f\x98\""), UTF8 },
	{ T("\"\\ud83d\\ude00 \\uD83D\\uDE00\""), "" },
	{ T("\"\\\\ud800\""), "" }, /* a backslash, and letters */
	{ T("\"\\ud800\""), HALF },
	{ T("\"\\udc00\""), HALF },
	{ T("\"\\udc00\\udc00\""), HALF },
	{ T("\"\\ude00\\ud83d\""), HALF },
	{ T("\"\\ud800\\u005f\""), HALF },
	{ T("\"\\ud800\\ud800\""), HALF },
	{ T("\"\\ud800\\\\udc00\""), HALF },
	{ T("{\"\\ud800\\udc0"), HALF },
	{ T("\"\\ud80"), GRAMMAR("lexical error: invalid (non-hex) character "
				 "occurs after '\\u' inside string") },
	/* a name twice */
	{ T("{\"a\":1,\"a\":2}"), TWICE },
	{ T("{\"a\":1,\"b\":2,\"\\u0061\":3}"), TWICE },
	{ T("{\"\":1,\"\":2}"), TWICE },
	{ T("[{\"x\":{\"b\":1,\"c\":[],\"b\":2}}]"), TWICE },
	{ T("{\"b\":{\"a\":1},\"a\":{\"b\":{\"b\":1}},\"c\":[{},{}]}"), "" },
	{ T("{\"a\":1,\"A\":2,\"a\\u0000\":3}"), "" },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(texts); i++) {
		print_message("# %s\n", texts[i].text);
		assert_string_equal(
			judged(8, "", "", texts[i].text, texts[i].size),
			texts[i].want);
	}
}

static const struct {
	const char *forbidden, *required, *text, *want;
} rows[] = {
#define KEY "has the forbidden key '__proto__'"
	{ "__proto__", "", "{\"__proto__\":{}}", KEY },
	{ "__proto__", "", "{\"a\":[[{\"b\":{\"__proto__\":1}}]]}", KEY },
	{ "__proto__", "", "{\"\\u005f\\u005fproto__\":1}", KEY },
	{ "__proto__", "", "{\"\\u005F_proto_\\u005f\":1}", KEY },
	{ "__proto__", "",
	  "{\"\\u005f\\u005f\\u0070\\u0072\\u006f\\u0074\\u006F\\u005f\\u005f\""
	  ":1}",
	  KEY },
	{ "a constructor", "", "{\"constr\\u0075ctor\":1}",
	  "has the forbidden key 'constructor'" },
	{ "a/b", "", "{\"a\\/b\":1}", "has the forbidden key 'a/b'" },
	{ "a\"\\b", "", "{\"a\\\"\\\\b\":1}",
	  "has the forbidden key 'a\"\\b'" },
	{ "\xf0\x9f\x98\x80", "", "{\"\\ud83d\\ude00\":1}",
	  "has the forbidden key '\xf0\x9f\x98\x80'" },
	{ "\xc3\xa9", "", "{\"\\u00E9\":1}",
	  "has the forbidden key '\xc3\xa9'" },
	/* overlong: no '_' to us, and to nobody behind us */
	{ "__proto__", "", "{\"\xc1\x9f_proto__\":1}", UTF8 },
	/* other names, and no names */
	{ "__proto__", "", "{\"__proto__ \":1}", "" },
	{ "__proto__", "", "{\"__proto\":1,\"_proto__\":2}", "" },
	{ "__proto__", "", "{\"__proto__\\u0000\":1}", "" },
	{ "__proto__", "", "{\"\\\\u005f_proto__\":1}", "" },
	{ "__proto__", "", "[\"__proto__\"]", "" },
	{ "__proto__", "", "{\"a\":\"__proto__\"}", "" },
	/* required members */
	{ "", "id:number", "{\"id\":1}", "" },
	{ "", "id:number", "{\"i\\u0064\":1}", "" },
	{ "", "id:number", "{}", "has no member 'id:number'" },
	{ "", "id:number", "{\"a\":{\"id\":1}}", "has no member 'id:number'" },
	{ "", "id:number", "[{\"id\":1}]", "is not an object" },
	{ "", "id:number", "1", "is not an object" },
	{ "", "id:number", "{\"id\":\"1\"}",
	  "has a member of another type than 'id:number'" },
	{ "", "id:number", "{\"id\":{\"id\":1}}",
	  "has a member of another type than 'id:number'" },
	{ "", "id:number", "{\"id\":[1]}",
	  "has a member of another type than 'id:number'" },
	{ "",
	  "s:string n:number o:object a:array b:boolean z:null x:any "
	  "a:b:any",
	  "{\"s\":\"\",\"n\":0,\"o\":{},\"a\":[],\"b\":false,\"z\":null,"
	  "\"x\":[1],\"a:b\":1}",
	  "" },
	{ "", "z:null y:null", "{\"z\":null}", "has no member 'y:null'" },
	{ "", "b:boolean", "{\"b\":null}",
	  "has a member of another type than 'b:boolean'" },
	{ "", ":string", "{\"\":\"\"}", "" },
	/* the value behind it is not its own any more */
	{ "", "a:array", "{\"b\":{\"a\":[]},\"a\":[1,\"x\",{}],\"c\":1}", "" },
	{ "", "a:array b:any", "{\"a\":[\"b\"]}", "has no member 'b:any'" },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(rows); i++) {
		print_message("# %s\n", rows[i].text);
		assert_string_equal(judged(8, rows[i].forbidden,
					   rows[i].required, rows[i].text,
					   strlen(rows[i].text)),
				    rows[i].want);
	}
}

/* ---- sizes ---- */

static char *repeated(const char *text, size_t times)
{
	size_t size = strlen(text);
	char *all = malloc(size * times + 1);

	assert_non_null(all);
	for (size_t i = 0; i < times; i++)
		memcpy(all + i * size, text, size);
	all[size * times] = '\0';
	return all;
}

/* `depth` levels of one kind, whole. */
static const char *nested(int64_t most, const char *open, const char *close,
			  size_t depth)
{
	char *head = repeated(open, depth), *tail = repeated(close, depth);
	char *all = malloc(strlen(head) + strlen(tail) + 2);
	const char *got;

	assert_non_null(all);
	strcpy(all, head);
	strcat(all, "1");
	strcat(all, tail);
	got = judged(most, "", "", all, strlen(all));
	free(head);
	free(tail);
	free(all);
	return got;
}

static void test_depth(void **state)
{
	char *open = repeated("[", 100000);

	(void)state;
	assert_string_equal(nested(8, "[", "]", 8), "");
	assert_string_equal(nested(8, "[", "]", 9), "is deeper than 8");
	assert_string_equal(nested(8, "{\"a\":", "}", 8), "");
	assert_string_equal(nested(8, "{\"a\":", "}", 9), "is deeper than 8");
	assert_string_equal(nested(8, "[{\"a\":", "}]", 4), "");
	assert_string_equal(nested(8, "[{\"a\":", "}]", 5), "is deeper than 8");
	assert_string_equal(nested(64, "[", "]", 100000), "is deeper than 64");
	assert_string_equal(nested(64, "{\"a\":", "}", 100000),
			    "is deeper than 64");
	assert_string_equal(judged(64, "", "", open, 100000),
			    "is deeper than 64");
	/* where it is allowed the stack of ours is no deeper for it */
	assert_string_equal(nested(100000, "[", "]", 100000), "");
	assert_string_equal(nested(100000, "{\"a\":", "}", 100000), "");
	assert_string_equal(judged(100000, "", "", open, 100000), EARLY);
	assert_string_equal(judged(0, "", "", "{}", 2), "is deeper than 0");
	assert_string_equal(judged(0, "", "", "1", 1), "");
	free(open);
}

/* Nobody makes a number of it, or needs one of its size. */
static void test_numbers(void **state)
{
	char *digits = repeated("9", 1000000);

	(void)state;
	assert_string_equal(judged(1, "", "", digits, 1000000), "");
	digits[1] = '.';
	assert_string_equal(judged(1, "", "", digits, 1000000), "");
	digits[1] = 'e';
	assert_string_equal(judged(1, "", "", digits, 1000000), "");
	digits[0] = '-';
	assert_string_not_equal(judged(1, "", "", digits, 1000000), "");
	free(digits);
}

/* Many names, in an order that is bad for a sort, and one of them twice. */
static void test_names(void **state)
{
	enum { COUNT = 200000 };
	size_t size = 0;
	char *text = malloc(COUNT * 16 + 64);

	(void)state;
	assert_non_null(text);
	text[size++] = '{';
	for (int i = 0; i < COUNT; i++)
		size += (size_t)sprintf(text + size, "\"%d\":0,", i);
	size += (size_t)sprintf(text + size, "\"x\":0}");
	assert_string_equal(judged(1, "", "x:number", text, size), "");
	size += (size_t)sprintf(text + size - 1, ",\"77777\":0}") - 1;
	assert_string_equal(judged(1, "", "", text, size), TWICE);
	free(text);
}

static const struct {
	const char *required, *want;
} members[] = {
	{ "id", "'id' is not NAME:TYPE (string, number, object, array, "
		"boolean, null, any)" },
	{ "id:", "'id:' is not NAME:TYPE (string, number, object, array, "
		 "boolean, null, any)" },
	{ "id:int", "'id:int' is not NAME:TYPE (string, number, object, "
		    "array, boolean, null, any)" },
	{ "id:number:", "'id:number:' is not NAME:TYPE (string, number, "
			"object, array, boolean, null, any)" },
	{ "id:number", "" },
	{ "a:b:any", "" },
};

static void test_members(void **state)
{
	struct words none, some;
	struct json_rules rules = { 1, split(&none, ""), NULL };
	struct cordon_item many[JSON_REQUIRED + 1];
	struct cordon_list list = { .item = many, .count = JSON_REQUIRED + 1 };
	char names[JSON_REQUIRED + 1][16];
	struct cordon_error err;

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(members); i++) {
		memset(&err, 0, sizeof(err));
		json_check_required(members[i].required, &err);
		assert_string_equal(err.text, members[i].want);
	}
	rules.required = split(&some, "a:any b:any b:string");
	assert_int_equal(json_check_rules(&rules, &err), -1);
	assert_string_equal(err.text, "'b:any' and 'b:string' are one member");
	for (size_t i = 0; i < list.count; i++) {
		snprintf(names[i], sizeof(names[i]), "n%u:any", (unsigned)i);
		many[i].text = names[i];
	}
	rules.required = &list;
	assert_int_equal(json_check_rules(&rules, &err), -1);
	assert_string_equal(err.text, "more than 64 members are required");
	list.count--;
	assert_int_equal(json_check_rules(&rules, &err), 0);
}

/* ---- lines ---- */

/* The settings of a section, "KEY = VALUE", as the module gets them. */
static const void *section_of(struct arena *arena, const char *text)
{
	struct setting settings[8];
	struct section section = { .name = "messages",
				   .module = "messages",
				   .settings = settings,
				   .exit = -1 };
	struct stack stack = { .name = "t",
			       .sections = &section,
			       .n_sections = 1 };
	struct cordon_error err = { 0 };
	void *self = NULL;

	memset(settings, 0, sizeof(settings));
	for (const char *at = text; *at; at += *at == '\n') {
		size_t size = strcspn(at, "\n"), key = strcspn(at, " ");
		struct setting *setting = &settings[section.n_settings++];

		assert_true(section.n_settings < CORDON_COUNT(settings));
		setting->key = arena_copy(arena, at, key);
		setting->raw = setting->value =
			arena_copy(arena, at + key + 3, size - key - 3);
		at += size;
	}
	if (option_parse(arena, &stack, &section, &messages_LTX_cordon_module,
			 &self, &err) < 0)
		fail_msg("%s", err.text);
	if (messages_LTX_cordon_module.configure(self, &err) < 0)
		fail_msg("%s", err.text);
	return self;
}

struct sink {
	struct cordon_flow flow; /* the first: what the hook gets */
	char *text;
	size_t size, room;
	bool is_closed;
	char answers[512];
	struct cordon_error err;
};

static int answer(struct cordon_flow *flow, const void *data, size_t size)
{
	struct sink *sink = (struct sink *)flow;
	size_t n = strlen(sink->answers);

	assert_true(n + size < sizeof(sink->answers));
	memcpy(sink->answers + n, data, size);
	sink->answers[n + size] = '\0';
	return 0;
}

static int put(struct cordon_flow *flow, const void *data, size_t size)
{
	struct sink *sink = (struct sink *)flow;

	if (sink->is_closed)
		return -1;
	assert_true(sink->size + size <= sink->room);
	if (size > 0)
		memcpy(sink->text + sink->size, data, size);
	sink->size += size;
	return 0;
}

static void open_sink(struct sink *sink, uint32_t number, size_t room)
{
	*sink = (struct sink){ .flow = { .size = sizeof(sink->flow),
					 .number = number,
					 .put = put,
					 .section = "messages.\"a\"",
					 .answer = answer },
			       .text = malloc(room + 1),
			       .room = room };
	assert_non_null(sink->text);
}

static int feed(const void *self, struct sink *sink, const char *text,
		size_t size, bool is_end)
{
	char *copy = size > 0 ? malloc(size) : NULL;
	int rc;

	if (copy)
		memcpy(copy, text, size);
	sink->flow.is_end = is_end;
	rc = messages_LTX_cordon_module.stream(self, NULL, &sink->flow, copy,
					       size, &sink->err);
	free(copy);
	return rc;
}

/* In pieces of `first`, and then of `next` bytes. */
static int feed_all(const void *self, struct sink *sink, const char *text,
		    size_t size, size_t first, size_t next)
{
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < size) {
		size_t piece = at == 0 && first > 0 ? first : next;

		piece = piece < size - at ? piece : size - at;
		rc = feed(self, sink, text + at, piece, false);
		at += piece;
	}
	if (rc == 0)
		rc = feed(self, sink, NULL, 0, true);
	else
		feed(self, sink, NULL, 0, true);
	assert_null(sink->flow.own);
	return rc;
}

static const struct {
	const char *settings, *text, *passed;
	const char *error;   /* NULL: none */
	const char *answers; /* NULL: none */
} lines[] = {
	{ "streams = stdin", "", "", NULL, NULL },
	{ "streams = stdin", "{}\n", "{}\n", NULL, NULL },
	{ "streams = stdin", " { } \r\n[1, 2]\n\"\xc3\xa9\"\n",
	  " { } \r\n[1, 2]\n\"\xc3\xa9\"\n", NULL, NULL },
	{ "streams = stdin", "{}\n[1]", "{}\n[1]", NULL, NULL }, /* no last end */
	{ "streams = stdin", "{}\n[1", "{}\n", "line 2 of stdin " EARLY, NULL },
	{ "streams = stdin", "{}\n[1\n]\n", "{}\n", "line 2 of stdin " EARLY, NULL },
	{ "streams = stdin", "{}{}\n", "", "line 1 of stdin " TRAILING, NULL },
	{ "streams = stdin\nviolation = drop", "{}\n[1\n]\n{}\n", "{}\n{}\n",
	  NULL, NULL },
	{ "streams = stdin\nviolation = drop", "x\n{}\ny", "{}\n", NULL, NULL },
	/* empty lines */
	{ "streams = stdin", "{}\n\n{}\n", "{}\n", "line 2 of stdin is empty", NULL },
	{ "streams = stdin", "{}\n \t\r\n", "{}\n",
	  "line 2 of stdin is empty", NULL },
	{ "streams = stdin\nempty-lines = allow", "\n{}\n \r\n\t",
	  "\n{}\n \r\n\t", NULL, NULL },
	{ "streams = stdin\nempty-lines = allow", "\n\v\n", "\n",
	  "line 2 of stdin " IN_STRING, NULL },
	{ "streams = stdin\nviolation = drop", "\n\n{}\n\n", "{}\n", NULL, NULL },
	/* keys, members, depth: what comes before has passed, nothing behind */
	{ "streams = stdin\nforbid-keys = __proto__ constructor",
	  "{\"a\":1}\n{\"\\u005f_proto__\":1}\n{}\n", "{\"a\":1}\n",
	  "line 2 of stdin " KEY, NULL },
	{ "streams = stdin\nrequire = id:number\nrequire = op:string",
	  "{\"id\":1,\"op\":\"x\"}\n{\"id\":1}\n", "{\"id\":1,\"op\":\"x\"}\n",
	  "line 2 of stdin has no member 'op:string'", NULL },
	{ "streams = stdin\nmax-depth = 1", "[1]\n[[1]]\n", "[1]\n",
	  "line 2 of stdin is deeper than 1", NULL },
/* an answer is a text too */
#define SAID(text)                                                             \
	"{\"error\":\"" text "\",\"section\":\"messages.\\u0022a\\u0022\"}\n"
	{ "streams = stdin stdout\nviolation = answer\nforbid-keys = a\"b\\",
	  "{\"a\\\"b\\\\\":1}\n1\n\n", "1\n", NULL,
	  SAID("line 1 of stdin has the forbidden key 'a\\u0022b\\u005c'")
		  SAID("line 3 of stdin is empty") },
};

static void check_line(const void *self, size_t i, size_t first, size_t next)
{
	size_t size = strlen(lines[i].text);
	struct sink sink;
	int rc;

	open_sink(&sink, 0, size);
	rc = feed_all(self, &sink, lines[i].text, size, first, next);
	sink.text[sink.size] = '\0';
	assert_string_equal(sink.text, lines[i].passed);
	assert_int_equal(rc, lines[i].error ? -1 : 0);
	if (lines[i].error)
		assert_string_equal(sink.err.text, lines[i].error);
	assert_string_equal(sink.answers,
			    lines[i].answers ? lines[i].answers : "");
	free(sink.text);
}

/* Whole, cut at each byte, and byte by byte. */
static void test_lines(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(lines); i++) {
		const void *self = section_of(arena, lines[i].settings);
		size_t size = strlen(lines[i].text);

		print_message("# %s: %s\n", lines[i].settings, lines[i].text);
		for (size_t first = 1; first <= size; first++)
			check_line(self, i, first, size);
		check_line(self, i, 0, 1);
	}
	arena_free(arena);
}

/* ---- long lines ---- */

enum { MEGABYTE = 1 << 20, PIECE = 4096 };

/* A string of so many bytes, quotes and all. */
static char *string_of(size_t size)
{
	char *text = repeated("a", size);

	text[0] = text[size - 1] = '"';
	return text;
}

static void test_long(void **state)
{
	struct arena *arena = arena_new();
	const void *end = section_of(arena, "streams = stdout");
	const void *select = section_of(arena, "streams = stdin stdout\n"
					       "violation = answer");
	char *text = string_of(MEGABYTE);
	struct sink sink;
	size_t fed = 0;

	(void)state;
	/* up to the limit, its end not counted */
	open_sink(&sink, 1, 3 * MEGABYTE);
	assert_int_equal(feed(end, &sink, text, MEGABYTE, false), 0);
	assert_int_equal(sink.size, 0);
	assert_int_equal(feed(end, &sink, "\n", 1, false), 0);
	assert_int_equal(sink.size, MEGABYTE + 1);
	assert_int_equal(feed(end, &sink, text, MEGABYTE, true), 0);
	assert_int_equal(sink.size, 2 * MEGABYTE + 1);
	free(sink.text);
	/* beyond: there, and not when it has been read */
	open_sink(&sink, 1, 0);
	while (feed(end, &sink, text + 1, PIECE, false) == 0)
		fed += PIECE;
	assert_int_equal(fed, MEGABYTE);
	assert_string_equal(sink.err.text,
			    "line 1 of stdout is longer than 1048576 bytes");
	feed(end, &sink, NULL, 0, true);
	free(sink.text);
	/* left out: nothing of it is held, or counted as a line of its own */
	open_sink(&sink, 1, 64);
	assert_int_equal(feed(select, &sink, "1\n", 2, false), 0);
	for (fed = 0; fed < 20 * MEGABYTE; fed += PIECE)
		assert_int_equal(feed(select, &sink, text + 1, PIECE, false),
				 0);
	assert_int_equal(feed(select, &sink, "\"\n2\n\n", 5, true), 0);
	sink.text[sink.size] = '\0';
	assert_string_equal(sink.text, "1\n2\n");
	assert_string_equal(
		sink.answers,
		SAID("line 2 of stdout is longer than 1048576 bytes")
			SAID("line 4 of stdout is empty"));
	free(sink.text);
	free(text);
	arena_free(arena);
}

/* Who reads no more is no reason to end anything. */
static void test_closed(void **state)
{
	struct arena *arena = arena_new();
	const void *self = section_of(arena, "streams = stdout");
	struct sink sink;

	(void)state;
	open_sink(&sink, 1, 64);
	sink.is_closed = true;
	assert_int_equal(feed(self, &sink, "1\n2\n3", 5, false), 0);
	assert_int_equal(feed(self, &sink, NULL, 0, true), 0);
	free(sink.text);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),  cmocka_unit_test(test_rows),
		cmocka_unit_test(test_depth),  cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_members),
		cmocka_unit_test(test_lines),  cmocka_unit_test(test_long),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests_name("messages", tests, NULL, NULL) != 0;
}
