/* SPDX-License-Identifier: MIT */
/*
 * The redact module's stream: whatever pieces a text comes in, what goes on is
 * what a plain search over the whole text says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

extern const struct cordon_module redact_LTX_cordon_module;
#define MODULE (&redact_LTX_cordon_module)

#define ROOM 65536

struct output {
	char text[ROOM];
	size_t size;
};

static int put(struct cordon_flow *flow, const void *data, size_t size)
{
	struct output *output = flow->core;

	assert_true(output->size + size <= sizeof(output->text));
	memcpy(output->text + output->size, data, size);
	output->size += size;
	return 0;
}

/* The settings lie where the table says. */
static void *field(unsigned char *self, const char *key)
{
	for (size_t i = 0; i < MODULE->n_options; i++)
		if (!strcmp(MODULE->options[i].key, key))
			return self + MODULE->options[i].offset;
	fail_msg("no option '%s'", key);
	return NULL;
}

static _Alignas(16) unsigned char settings[4096], state[4096];

/* One variable for each value; the forms as given. */
static int begin(const char *const *values, const char *form,
		 struct cordon_error *err)
{
	static struct cordon_item name, form_item;
	static char text[8][8192];
	static const char *entries[9];
	const struct cordon_job job = { .environ = entries };
	size_t n = 0;

	assert_true(MODULE->size <= sizeof(settings) &&
		    MODULE->state_size <= sizeof(state));
	memset(settings, 0, sizeof(settings));
	memset(state, 0, sizeof(state));
	name = (struct cordon_item){ .text = "S_*" };
	form_item = (struct cordon_item){ .text = form };
	*(struct cordon_list *)field(settings, "environment") =
		(struct cordon_list){ .item = &name, .count = 1 };
	*(struct cordon_list *)field(settings, "forms") =
		(struct cordon_list){ .item = &form_item, .count = form != NULL };
	*(struct cordon_text *)field(settings, "replacement") =
		(struct cordon_text){ .text = "***" };
	*(struct cordon_number *)field(settings, "minimum") =
		(struct cordon_number){ .value = 4 };
	for (; values[n]; n++) {
		snprintf(text[n], sizeof(text[n]), "S_%zu=%s", n, values[n]);
		entries[n] = text[n];
	}
	entries[n] = NULL;
	return MODULE->begin(settings, state, &job, err);
}

static void finish(void)
{
	const struct cordon_result result = { 0 };
	struct cordon_error err;

	assert_int_equal(MODULE->finish(settings, state, &result, &err), 0);
}

static void feed(struct cordon_flow *flow, const char *text, size_t size)
{
	struct cordon_error err;

	assert_int_equal(MODULE->stream(settings, state, flow, text, size, &err),
			 0);
}

static void run(struct output *output, const char *text, size_t size,
		const size_t *cuts, size_t n_cuts)
{
	struct cordon_flow flow = { .size = sizeof(flow),
				    .core = output,
				    .number = 1,
				    .put = put };
	size_t at = 0;

	output->size = 0;
	for (size_t i = 0; i < n_cuts; i++) {
		feed(&flow, text + at, cuts[i] - at);
		at = cuts[i];
	}
	feed(&flow, text + at, size - at);
	flow.is_end = 1;
	feed(&flow, "", 0);
	free(flow.own);
}

/* Each byte of any value goes; a stretch of them is one replacement. */
static void search(struct output *want, const char *text, size_t size,
		   const char *const *values)
{
	char mark[ROOM] = { 0 };

	for (size_t v = 0; values[v]; v++)
		for (size_t n = strlen(values[v]), i = 0; i + n <= size; i++)
			if (!memcmp(text + i, values[v], n))
				memset(mark + i, 1, n);
	want->size = 0;
	for (size_t i = 0; i < size; i++) {
		if (!mark[i])
			want->text[want->size++] = text[i];
		else if (i == 0 || !mark[i - 1]) {
			memcpy(want->text + want->size, "***", 3);
			want->size += 3;
		}
	}
}

static void assert_same(const struct output *got, const struct output *want)
{
	assert_int_equal(got->size, want->size);
	assert_memory_equal(got->text, want->text, got->size);
}

static const struct {
	const char *values[5];
	const char *text, *want;
} cases[] = {
	{ { "secret" }, "a secret it is", "a *** it is" },
	{ { "secret" }, "secre", "secre" },
	{ { "secret" }, "secretsecret secrets", "*** ***s" },
	/* of two that overlap nothing is left, whichever is first */
	{ { "abcdef", "defghi" }, "xabcdefghiy", "x***y" },
	{ { "abcd", "cdef" }, "abcdef abcd cdef", "*** *** ***" },
	{ { "abcdefgh", "cdef" }, "abcdefgx", "ab***gx" },
	{ { "abcdefgh", "bcde", "efgh" }, "abcdefgx abcdefgh", "a***fgx ***" },
	{ { "aabaab" }, "aabaabaab", "***" },
	{ { "aaaa" }, "aaaaaaaaab aaa", "***b aaa" },
	{ { "xxxxlonger", "longer", "ngerest" }, "longerest", "***" },
	/* a line is a value, a short one among others is none */
	{ { "first\nab\nsecond\r\n" }, "first ab second", "*** ab ***" },
	{ { "" }, "plain", "plain" },
};

/* At every place, and at every two of them. */
static void test_splits(void **unused)
{
	static struct output got, want;
	struct cordon_error err;

	(void)unused;
	for (size_t c = 0; c < CORDON_COUNT(cases); c++) {
		const char *text = cases[c].text;
		const size_t size = strlen(text);

		print_message("# %s\n", text);
		assert_int_equal(begin(cases[c].values, NULL, &err), 0);
		run(&got, text, size, NULL, 0);
		got.text[got.size] = '\0';
		assert_string_equal(got.text, cases[c].want);
		want = got;
		for (size_t i = 0; i <= size; i++)
			for (size_t k = i; k <= size; k++) {
				const size_t cuts[] = { i, k };

				run(&got, text, size, cuts, 2);
				assert_same(&got, &want);
			}
		finish();
	}
}

/* Few letters, so that values meet in all ways; pieces of all sizes. */
static void test_search(void **unused)
{
	static struct output got, want;
	static char text[ROOM / 4], words[4][16];
	const char *values[5] = { words[0], words[1], words[2], words[3], NULL };
	struct cordon_error err;

	(void)unused;
	srand(1);
	for (int round = 0; round < 60; round++) {
		size_t cuts[400], n_cuts = 0, at = 0;
		const size_t size = round < 50 ? 300 : sizeof(text);
		const int letters = 2 + round % 3;

		for (size_t v = 0; v < 4; v++) {
			size_t n = 4 + (size_t)rand() % 9;

			for (size_t i = 0; i < n; i++)
				words[v][i] = (char)('a' + rand() % letters);
			words[v][n] = '\0';
		}
		for (size_t i = 0; i < size; i++)
			text[i] = (char)(rand() % 50 ? 'a' + rand() % letters
						     : 0);
		while (n_cuts < CORDON_COUNT(cuts) &&
		       (at += 1 + (size_t)rand() % 97) < size)
			cuts[n_cuts++] = at;
		assert_int_equal(begin(values, NULL, &err), 0);
		run(&got, text, size, cuts, n_cuts);
		search(&want, text, size, values);
		assert_same(&got, &want);
		finish();
	}
}

/* What cannot be the beginning of one is not waited for. */
static void test_prompt(void **unused)
{
	static const struct {
		const char *text;
		size_t passed;
	} prompts[] = { { "Password: ", 10 }, { "sec", 0 }, { "x sec", 2 },
			{ "secx", 4 },	      { "secsec", 3 } };
	static const char *const values[] = { "secret", NULL };
	static struct output output;
	struct cordon_error err;

	(void)unused;
	assert_int_equal(begin(values, NULL, &err), 0);
	for (size_t i = 0; i < CORDON_COUNT(prompts); i++) {
		struct cordon_flow flow = { .size = sizeof(flow),
					    .core = &output,
					    .put = put };

		output.size = 0;
		feed(&flow, prompts[i].text, strlen(prompts[i].text));
		assert_int_equal(output.size, prompts[i].passed);
		free(flow.own);
	}
	finish();
}

static void test_forms(void **unused)
{
	static const struct {
		const char *form, *value, *text, *want;
	} forms[] = {
		/* of "hunter22", behind 0, 1 and 2 other bytes */
		{ "base64", "hunter22", "aHVudGVyMjI=", "***I=" },
		{ "base64", "hunter22", "eGh1bnRlcjIy", "eG***" },
		{ "base64", "hunter22", "eHhodW50ZXIyMg==", "eHh***g==" },
		{ "base64", "\?\?>>\?\?>>", "Pz8+Pj8/Pj4= Pz8-Pj8_Pj4=",
		  "***4= ***4=" },
		{ "json", "a\"b\\c/d\te", "\"a\\\"b\\\\c/d\\te\"", "\"***\"" },
		{ "json", "a\"b\\c/d\te", "\"a\\\"b\\\\c\\/d\\te\"", "\"***\"" },
		{ "url", "a b/c?d~e", "q=a%20b%2Fc%3Fd~e&", "q=***&" },
		{ "url", "a b/c?d~e", "q=a%20b%2fc%3fd~e&", "q=***&" },
	};
	static struct output got;
	struct cordon_error err;

	(void)unused;
	for (size_t i = 0; i < CORDON_COUNT(forms); i++) {
		const char *values[] = { forms[i].value, NULL };

		print_message("# %s: %s\n", forms[i].form, forms[i].text);
		assert_int_equal(begin(values, forms[i].form, &err), 0);
		run(&got, forms[i].text, strlen(forms[i].text), NULL, 0);
		got.text[got.size] = '\0';
		assert_string_equal(got.text, forms[i].want);
		finish();
	}
}

/* Refused, and no message has a value in it. */
static void test_refused(void **unused)
{
	static char long_line[4200], many[8191];
	static const struct {
		const char *value, *want;
	} refused[] = {
		{ "zqj", "'S_0' has fewer bytes than 'minimum' (4): it would "
			 "be redacted all over" },
		{ long_line, "a line of 'S_0' has 4199 bytes, more than 4096" },
	};
	const char *values[] = { many,	   many + 1, many + 2, many + 3, many + 4,
				 many + 5, many + 6, many + 7, NULL };
	struct cordon_error err;

	(void)unused;
	memset(long_line, 'l', sizeof(long_line) - 1);
	for (size_t i = 0; i < CORDON_COUNT(refused); i++) {
		const char *one[] = { refused[i].value, NULL };

		assert_int_equal(begin(one, NULL, &err), -1);
		assert_string_equal(err.text, refused[i].want);
		finish();
	}
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = (char)(i % 4000 == 3999 ? '\n' : 'a' + rand() % 26);
	assert_int_equal(begin(values, NULL, &err), -1);
	assert_string_equal(err.text,
			    "the values have more than 32767 bytes together");
	finish();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_splits),  cmocka_unit_test(test_search),
		cmocka_unit_test(test_prompt),  cmocka_unit_test(test_forms),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("redact", tests, NULL, NULL) != 0;
}
