/* SPDX-License-Identifier: MIT */
/* The strict reader: what is read, and every trap of inih that is refused. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/ini.h"

#define X10 "xxxxxxxxxx"
#define X40 X10 X10 X10 X10
#define X48 X40 "xxxxxxxx"
#define X200 X40 X40 X40 X40 X40
#define ROW(text, want)                                                        \
	{                                                                      \
		text, sizeof(text) - 1, want                                   \
	}

/* What is read, as "LINE [section]" and "LINE section.key=<value>". */
static const struct {
	const char *text;
	size_t size;
	const char *want;
} good[] = {
	ROW("", ""),
	ROW("\n\n  \n\t\n", ""),
	ROW("; only\n# comments\n  ; indented\n\t# too\n", ""),
	ROW("[a]", "1 [a]\n"),
	ROW("[a]\n[b]\n", "1 [a]\n2 [b]\n"), /* sections without keys */
	ROW("[permit]\n", "1 [permit]\n"),
	ROW("[a] ; why\n[b]\t; why\n[c] \n", "1 [a]\n2 [b]\n3 [c]\n"),
	ROW("[a.b]\n[a.B-2_c]\n[a]\n[a_2.9]\n",
	    "1 [a.b]\n2 [a.B-2_c]\n3 [a]\n4 [a_2.9]\n"),
	ROW("[" X48 "]\n", "1 [" X48 "]\n"),
	ROW("[a]\nk = v\n", "1 [a]\n2 a.k=<v>\n"),
	ROW("[a]\nk=v", "1 [a]\n2 a.k=<v>\n"),
	ROW("[a]\r\nk = v\r\n\r\n", "1 [a]\n2 a.k=<v>\n"),
	ROW("[a]\nk\t=\tv w\t\n", "1 [a]\n2 a.k=<v w>\n"),
	ROW("[a]\nk =\nk = \nk = ; why\n",
	    "1 [a]\n2 a.k=<>\n3 a.k=<>\n4 a.k=<>\n"),
	ROW("[a]\nk = b ; c\n", "1 [a]\n2 a.k=<b>\n"),
	ROW("[a]\nk = b\t;c = d\n", "1 [a]\n2 a.k=<b>\n"),
	ROW("[a]\nk = b ; c # d ; e\n", "1 [a]\n2 a.k=<b>\n"),
	ROW("[a]\nk = b;c\n", "1 [a]\n2 a.k=<b;c>\n"),
	ROW("[a]\nk = b;c ; d\n", "1 [a]\n2 a.k=<b;c>\n"),
	ROW("[a]\nk = b#c\n", "1 [a]\n2 a.k=<b#c>\n"),
	ROW("[a]\nk = b=c=d\n", "1 [a]\n2 a.k=<b=c=d>\n"),
	ROW("[a]\nk = b:c [d]\n", "1 [a]\n2 a.k=<b:c [d]>\n"),
	ROW("[a]\nset = \"b c\"\n", "1 [a]\n2 a.set=<\"b c\">\n"),
	ROW("[a]\nk = \"b\" ; \"c\"\n", "1 [a]\n2 a.k=<\"b\">\n"),
	ROW("[a]\nk = don't ; isn't\n", "1 [a]\n2 a.k=<don't>\n"),
	ROW("[a]\nk = ${x} $$ % \\ |\n", "1 [a]\n2 a.k=<${x} $$ % \\ |>\n"),
	ROW("[a]\nk = |\nk = ||\n", "1 [a]\n2 a.k=<|>\n3 a.k=<||>\n"),
	ROW("[a]\nk = 1\nk = 2\nj = 3\nk = 4\n", /* lists append */
	    "1 [a]\n2 a.k=<1>\n3 a.k=<2>\n4 a.j=<3>\n5 a.k=<4>\n"),
	ROW("[a]\n_.-9Az = v\n", "1 [a]\n2 a._.-9Az=<v>\n"),
	ROW("[a]\n" X48 " = v\n", "1 [a]\n2 a." X48 "=<v>\n"),
	ROW("[a]\nk = gr\xc3\xbc\xc3\x9f\xe2\x82\xac\n",
	    "1 [a]\n2 a.k=<gr\xc3\xbc\xc3\x9f\xe2\x82\xac>\n"),
	ROW("[a]\nk = \xc3\xa0;b\n", "1 [a]\n2 a.k=<\xc3\xa0;b>\n"),
	/* inih takes the tail of such a line for a setting */
	ROW("[a]\n; " X200 "mode=off\nk = v\n", "1 [a]\n3 a.k=<v>\n"),
	ROW("[a]\nk = v ; " X200 X200 "mode=off\n", "1 [a]\n2 a.k=<v>\n"),
	ROW("[a]\nk = " X200 "[other]\nj = w\n",
	    "1 [a]\n2 a.k=<" X200 "[other]>\n3 a.j=<w>\n"),
	ROW("[a]\nk = " X200 X200 "mode=off\nj = w\n",
	    "1 [a]\n2 a.k=<" X200 X200 "mode=off>\n3 a.j=<w>\n"),
	/* a blank where a long value is cut in pieces */
	ROW("[a]\nk = " X200 "                    " X200 "\n",
	    "1 [a]\n2 a.k=<" X200 "                    " X200 ">\n"),
};

static const struct {
	const char *text;
	size_t size;
	const char *want;
} bad[] = {
	/* continuation, in inih's eyes */
	ROW("[a]\nk = v\n k = w\n",
	    "t.ini:3: 'k = w' is indented (a line never goes on in the next "
	    "one)"),
	ROW("[a]\nk = v\n\n\tj = w\n",
	    "t.ini:4: 'j = w' is indented (a line never goes on in the next "
	    "one)"),
	ROW("[a]\nk = v\n  w\n",
	    "t.ini:3: 'w' is indented (a line never goes on in the next one)"),
	ROW("[a]\nk = v\n [b]\nj = w\n",
	    "t.ini:3: '[b]' is indented (a line never goes on in the next "
	    "one)"),
	ROW(" [a]\n",
	    "t.ini:1: '[a]' is indented (a line never goes on in the next "
	    "one)"),
	/* headers */
	ROW("[]\n",
	    "t.ini:1: '' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[ a ]\n",
	    "t.ini:1: ' a ' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[A]\n",
	    "t.ini:1: 'A' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[9a]\n",
	    "t.ini:1: '9a' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[a-b]\n",
	    "t.ini:1: 'a-b' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[a.]\n",
	    "t.ini:1: 'a.' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[.a]\n",
	    "t.ini:1: '.a' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[a.b.c]\n",
	    "t.ini:1: 'a.b.c' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[a/b]\n",
	    "t.ini:1: 'a/b' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[[a]\n",
	    "t.ini:1: '[a' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[" X48 "x]\n",
	    "t.ini:1: section name '" X48 "x' is longer than 48 bytes"),
	ROW("[a\nq=4\n", "t.ini:1: section header '[a' has no ']'"),
	ROW("[ok]\nk = v\n[broken\nq=4\n",
	    "t.ini:3: section header '[broken' has no ']'"),
	ROW("[a ; ]\n",
	    "t.ini:1: 'a ; ' is not a section name (MODULE or MODULE.LABEL)"),
	ROW("[a]junk=1\n",
	    "t.ini:1: 'junk=1' after a section header (a comment there is a "
	    "blank and ';')"),
	ROW("[a] junk\n",
	    "t.ini:1: 'junk' after a section header (a comment there is a "
	    "blank and ';')"),
	ROW("[a]]\n",
	    "t.ini:1: ']' after a section header (a comment there is a blank "
	    "and ';')"),
	ROW("[a];b\n",
	    "t.ini:1: ';b' after a section header (a comment there is a blank "
	    "and ';')"),
	ROW("[a] # b\n",
	    "t.ini:1: '# b' after a section header (a comment there is a blank "
	    "and ';')"),
	ROW("[a]\nk = v\n[b]\n[a]\nk = w\n",
	    "t.ini:4: section [a] is already in line 1 (a second one needs a "
	    "label: [MODULE.LABEL])"),
	ROW("[a.b]\n[a.b]\n",
	    "t.ini:2: section [a.b] is already in line 1 (a second one needs "
	    "another label)"),
	/* keys */
	ROW("k = v\n", "t.ini:1: setting before the first section header"),
	ROW("[a]\n= v\n", "t.ini:2: no key before '='"),
	ROW("[a]\n=\n", "t.ini:2: no key before '='"),
	ROW("[a]\nword\n", "t.ini:2: 'word' is not KEY = VALUE"),
	ROW("[a]\nk : v\n", "t.ini:2: 'k : v' is not KEY = VALUE (':' is not "
			    "'=')"),
	ROW("[a]\nenv:FOO = bar\n",
	    "t.ini:2: 'env:FOO' is not a key (':' is not '='; write KEY = "
	    "VALUE)"),
	ROW("[a]\nk j = v\n",
	    "t.ini:2: 'k j' is not a key (letters, digits, '_', '.' and '-')"),
	ROW("[a]\nk ; = v\n",
	    "t.ini:2: 'k ;' is not a key (letters, digits, '_', '.' and '-')"),
	ROW("[a]\n\"k\" = v\n",
	    "t.ini:2: '\"k\"' is not a key (letters, digits, '_', '.' and "
	    "'-')"),
	ROW("[a]\nk\xc3\xbc = v\n",
	    "t.ini:2: 'k\xc3\xbc' is not a key (letters, digits, '_', '.' and "
	    "'-')"),
	ROW("[a]\nk[] = v\n",
	    "t.ini:2: 'k[]' is not a key (letters, digits, '_', '.' and '-')"),
	ROW("[a]\n" X48 "x = v\n",
	    "t.ini:2: key '" X48 "x' is longer than 48 bytes"),
	/* comments that are none */
	ROW("[a]\nk = b # c\n",
	    "t.ini:2: '#' after a blank in a value (a comment there begins "
	    "with ';')"),
	ROW("[a]\nk = b\t#c\n",
	    "t.ini:2: '#' after a blank in a value (a comment there begins "
	    "with ';')"),
	ROW("[a]\nk = # c\n",
	    "t.ini:2: '#' after a blank in a value (a comment there begins "
	    "with ';')"),
	ROW("[a]\nk =#c\n",
	    "t.ini:2: the value begins with '#' (a comment is a blank and "
	    "';')"),
	ROW("[a]\nk =;c\n",
	    "t.ini:2: the value begins with ';' (a comment is a blank and "
	    "';')"),
	ROW("[a]\nk = \"b ; c\"\n",
	    "t.ini:2: quotes do not protect a blank and ';', which begin a "
	    "comment"),
	/* bytes */
	ROW("[a]\nk = v\0w\n", "t.ini:2: the line holds a NUL byte (save the "
			       "file as UTF-8)"),
	ROW("\0", "t.ini:1: the line holds a NUL byte (save the file as "
		  "UTF-8)"),
	ROW("; a\0b\n", "t.ini:1: the line holds a NUL byte (save the file as "
			"UTF-8)"),
	ROW("[a]\rk = v\r",
	    "t.ini:1: carriage return without a line feed (end lines with a "
	    "line feed)"),
	ROW("[a]\nk = v\r",
	    "t.ini:2: carriage return without a line feed (end lines with a "
	    "line feed)"),
	ROW("[a]\nk = v\r\r\n",
	    "t.ini:2: carriage return without a line feed (end lines with a "
	    "line feed)"),
	ROW("\xef\xbb\xbf[a]\n",
	    "t.ini:1: the line holds a byte order mark (save the file without "
	    "one)"),
	ROW("\xff\xfe[\0a\0]\0",
	    "t.ini:1: byte 0xff is not UTF-8 text (save the file as UTF-8)"),
	ROW("\xfe\xff\0[\0a\0]",
	    "t.ini:1: byte 0xfe is not UTF-8 text (save the file as UTF-8)"),
	ROW("[\0a\0]\0",
	    "t.ini:1: the line holds a NUL byte (save the file as UTF-8)"),
	ROW("[a]\nk = \xe4\n",
	    "t.ini:2: byte 0xe4 is not UTF-8 text (save the file as UTF-8)"),
	ROW("[a]\nk = \xc0\xaf\n",
	    "t.ini:2: byte 0xc0 is not UTF-8 text (save the file as UTF-8)"),
	ROW("[a]\nk = \xc3", "t.ini:2: byte 0xc3 is not UTF-8 text (save the "
			     "file as UTF-8)"),
	ROW("[a]\nk = \033[2J\n",
	    "t.ini:2: the line holds the control character U+001B"),
	ROW("[a]\nk\vj = v\n",
	    "t.ini:2: the line holds the control character U+000B"),
	ROW("[a]\n\fk = v\n",
	    "t.ini:2: the line holds the control character U+000C"),
	ROW("; \x7f\n", "t.ini:1: the line holds the control character "
			"U+007F"),
	ROW("; \xc2\x9b\n", "t.ini:1: the line holds the control character "
			    "U+009B"),
	ROW("; \xe2\x80\xae\n", "t.ini:1: the line holds the control character "
				"U+202E"),
};

static const char *print_file(struct arena *arena, const struct ini_file *file)
{
	const char *text = "";

	for (size_t i = 0; i < file->count; i++) {
		const struct ini_line *line = &file->lines[i];

		if (line->key)
			text = arena_printf(arena, "%s%u %s.%s=<%s>\n", text,
					    line->line, line->section,
					    line->key, line->value);
		else
			text = arena_printf(arena, "%s%u [%s]\n", text,
					    line->line, line->section);
	}
	return text;
}

/* A copy of the exact size, so that a sanitizer sees a byte read behind it. */
static int parse(struct arena *arena, const char *text, size_t size,
		 struct ini_file *file, struct cordon_error *err)
{
	char *copy = malloc(size ? size : 1);
	int rc;

	assert_non_null(copy);
	memcpy(copy, text, size);
	rc = ini_parse_text(arena, copy, size, "t.ini", file, err);
	free(copy);
	return rc;
}

static void test_good(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(good); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct ini_file file;

		print_message("# %s\n", good[i].text);
		if (parse(arena, good[i].text, good[i].size, &file, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(file.path, "t.ini");
		assert_string_equal(print_file(arena, &file), good[i].want);
		arena_free(arena);
	}
}

static void test_bad(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(bad); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct ini_file file;

		print_message("# %s\n", bad[i].want);
		assert_int_equal(
			parse(arena, bad[i].text, bad[i].size, &file, &err),
			-1);
		assert_string_equal(err.text, bad[i].want);
		assert_int_equal(err.code, 0);
		assert_int_equal(file.count, 0); /* all or nothing */
		arena_free(arena);
	}
}

/* Values of every length around inih's buffer, and up to our limit. */
static void test_long_values(void **state)
{
	static const size_t sizes[] = { 4005, 8100, 8192 - 4 };
	char *text = malloc(16384);

	assert_non_null(text);
	for (size_t i = 0; i < 700 + CORDON_COUNT(sizes); i++) {
		size_t size = i < 700 ? i : sizes[i - 700];
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct ini_file file;
		size_t at = (size_t)sprintf(text, "[a]\nk = ");

		/* blanks and bars and ';' at every place where it may be cut */
		for (size_t j = 0; j < size; j++)
			text[at + j] = "ab |;c="[j % 7];
		for (size_t j = 1; j < size; j++)
			if (text[at + j] == ';' && text[at + j - 1] == ' ')
				text[at + j] = 'x';
		if (size > 0)
			text[at + size - 1] = 'z';
		memcpy(text + at + size, "\nj = w\n", 7);
		if (parse(arena, text, at + size + 7, &file, &err) < 0)
			fail_msg("%zu bytes: %s", size, err.text);
		assert_int_equal(file.count, 3);
		assert_int_equal(strlen(file.lines[1].value), size);
		assert_memory_equal(file.lines[1].value, text + at, size);
		assert_string_equal(file.lines[2].value, "w");
		assert_int_equal(file.lines[2].line, 3);
		arena_free(arena);
	}
	free(text);
}

static void test_line_limit(void **state)
{
	char *text = malloc(16384);

	assert_non_null(text);
	for (size_t size = 8190; size <= 8195; size++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct ini_file file;
		int rc;

		memset(text, 'v', 16384);
		memcpy(text, "[a]\nk=", 6);
		text[4 + size] = '\n';
		rc = parse(arena, text, 4 + size + 1, &file, &err);
		assert_int_equal(rc, size <= 8192 ? 0 : -1);
		if (rc < 0)
			assert_string_equal(
				err.text,
				"t.ini:2: line is longer than 8192 bytes");
		text[4] = ';'; /* a comment has the same limit */
		assert_int_equal(parse(arena, text, 4 + size + 1, &file, &err),
				 rc);
		arena_free(arena);
	}
	free(text);
}

static void test_many(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct ini_file file;
	char *text = calloc(1, 1024 * 1024 + 2);
	size_t at = 0;

	assert_non_null(text);
	for (int i = 0; i <= 1000; i++)
		at += (size_t)sprintf(text + at, "[a.%d]\nk = %d\n", i, i);
	assert_int_equal(parse(arena, text, at, &file, &err), -1);
	assert_string_equal(err.text, "t.ini:2001: more than 1000 sections");
	at -= strlen("[a.1000]\nk = 1000\n");
	assert_int_equal(parse(arena, text, at, &file, &err), 0);
	assert_int_equal(file.count, 2000);
	assert_string_equal(file.lines[1999].value, "999");
	assert_int_equal(file.lines[1999].line, 2000);
	memset(text, '\n', 1024 * 1024 + 1);
	assert_int_equal(parse(arena, text, 1024 * 1024, &file, &err), 0);
	assert_int_equal(parse(arena, text, 1024 * 1024 + 1, &file, &err), -1);
	free(text);
	arena_free(arena);
}

/* A long and odd name of the file leaves room for the reason, on one line. */
static void test_path(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct ini_file file;
	char path[3000];

	memset(path, '\n', sizeof(path));
	memcpy(path + sizeof(path) - 7, "/t.ini", 7);
	assert_int_equal(ini_parse_text(arena, "[a", 2, path, &file, &err), -1);
	assert_non_null(strstr(err.text, "/t.ini:1: section header '[a' has no "
					 "']'"));
	assert_null(strchr(err.text, '\n'));
	arena_free(arena);
}

/*
 * inih as another build may be: what it reads differently is refused.
 */
enum lie {
	LIE_NONE,
	LIE_HEADERS, /* speaks of headers too, as INI_CALL_HANDLER_ON_NEW_SECTION */
	LIE_LOST,    /* of a line nothing is said */
	LIE_SHORT,   /* stops before the end */
	LIE_SECTION,
	LIE_KEY,
	LIE_VALUE,
	LIE_CUT,
	LIE_NULL,
	LIE_TWICE,
	LIE_STATUS,
	LIE_ROOM, /* a buffer too small for any line */
};

static enum lie lie;

static int hand_on(ini_handler handler, void *user, char *line)
{
	char *value = strchr(line, '=');
	const char *section = lie == LIE_SECTION ? "b" : "a";

	assert_non_null(value);
	*value++ = '\0';
	value[strcspn(value, "\n")] = '\0';
	if (lie == LIE_VALUE)
		value[1] ^= 1;
	if (lie == LIE_CUT)
		value[strlen(value) - 1] = '\0';
	if (lie == LIE_TWICE)
		handler(user, section, line, value);
	return handler(user, section, lie == LIE_KEY ? "j" : line,
		       lie == LIE_NULL ? NULL : value);
}

/* Of "[a]" and settings below it alone. */
static int parse_as_told(ini_reader reader, void *stream, ini_handler handler,
			 void *user)
{
	char line[200];

	while (reader(line, lie == LIE_ROOM ? 6 : (int)sizeof(line), stream)) {
		if (*line != '[' && lie != LIE_LOST)
			hand_on(handler, user, line);
		else if (lie == LIE_HEADERS)
			handler(user, "a", NULL, NULL);
		if (lie == LIE_SHORT)
			return 0;
	}
	return lie == LIE_STATUS ? 2 : 0;
}

/* So that the library is there, although its other call is ours. */
static int (*const volatile parse_file)(FILE *, ini_handler,
					void *) = ini_parse_file;

int ini_parse_stream(ini_reader reader, void *stream, ini_handler handler,
		     void *user)
{
	int (*really)(ini_reader, void *, ini_handler, void *) = parse_as_told;

	if (lie == LIE_NONE) {
		void *symbol = dlsym(RTLD_NEXT, "ini_parse_stream");

		assert_non_null(parse_file);
		assert_non_null(symbol);
		memcpy(&really, &symbol, sizeof(really));
	}
	return really(reader, stream, handler, user);
}

static const struct {
	enum lie lie;
	unsigned line; /* 0: it is good */
	int status;
} lies[] = {
	{ LIE_HEADERS, 0, 0 }, { LIE_LOST, 2, 0 },   { LIE_SHORT, 1, 0 },
	{ LIE_SECTION, 2, 0 }, { LIE_KEY, 2, 0 },    { LIE_VALUE, 2, 0 },
	{ LIE_CUT, 2, 0 },     { LIE_NULL, 2, 0 },   { LIE_TWICE, 2, 0 },
	{ LIE_STATUS, 3, 2 },  { LIE_ROOM, 1, 0 },
};

static void test_lies(void **state)
{
	static const char text[] = "[a]\nk = v\nj = w\n";

	for (size_t i = 0; i < CORDON_COUNT(lies); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct ini_file file;
		int rc;

		print_message("# lie %d\n", (int)lies[i].lie);
		lie = lies[i].lie;
		rc = parse(arena, text, strlen(text), &file, &err);
		lie = LIE_NONE;
		assert_int_equal(rc, lies[i].line ? -1 : 0);
		assert_int_equal(file.count, lies[i].line ? 0 : 3);
		if (rc < 0)
			assert_string_equal(
				err.text,
				arena_printf(arena,
					     "t.ini:%u: inih reads this line "
					     "differently (status %d; a fault "
					     "of cordon or of this build of "
					     "inih)",
					     lies[i].line, lies[i].status));
		arena_free(arena);
	}
}

static int read_fd(int fd, struct ini_file *file, struct cordon_error *err,
		   struct arena *arena)
{
	int rc;

	assert_true(fd >= 0);
	rc = ini_read(arena, fd, "t.ini", file, err);
	close(fd);
	return rc;
}

static int write_only(void)
{
	char name[] = "ini-XXXXXX";
	int fd = mkstemp(name), again;

	assert_true(fd >= 0);
	again = open(name, O_WRONLY);
	close(fd);
	unlink(name);
	return again;
}

static void test_read(void **state)
{
	static const char text[] = "[a]\nk = v\n";
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct ini_file file;
	FILE *stream = tmpfile();
	int fds[2];

	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0 && fflush(stream) == 0);
	assert_int_equal(read_fd(dup(fileno(stream)), &file, &err, arena), 0);
	assert_string_equal(print_file(arena, &file), "1 [a]\n2 a.k=<v>\n");
	assert_int_equal(ftruncate(fileno(stream), 1024 * 1024 + 1), 0);
	assert_int_equal(read_fd(dup(fileno(stream)), &file, &err, arena), -1);
	assert_string_equal(err.text, "cannot read 't.ini': it is larger than "
				      "1 MiB");
	assert_int_equal(ftruncate(fileno(stream), 0), 0);
	assert_int_equal(read_fd(dup(fileno(stream)), &file, &err, arena), 0);
	assert_int_equal(file.count, 0);
	fclose(stream);

	/* inih reads these two as empty files */
	assert_int_equal(read_fd(open("/", O_RDONLY), &file, &err, arena), -1);
	assert_string_equal(err.text, "cannot read 't.ini': it is not a "
				      "regular file");
	assert_int_equal(pipe(fds), 0);
	close(fds[1]);
	assert_int_equal(read_fd(fds[0], &file, &err, arena), -1);

	/* a read error is an error: this descriptor is for writing alone */
	assert_int_equal(read_fd(write_only(), &file, &err, arena), -1);
	assert_string_equal(err.text, "cannot read 't.ini'");
	assert_int_equal(err.code, EBADF);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests_name("ini", tests, NULL, NULL) != 0;
}
