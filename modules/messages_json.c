/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "messages_json.h"

/* ---- required members ---- */

enum type { STRING = 0, NUMBER, OBJECT, ARRAY, BOOLEAN, NOTHING, ANY, N_TYPES };

static const char *const type_names[] = {
	[STRING] = "string", [NUMBER] = "number",   [OBJECT] = "object",
	[ARRAY] = "array",   [BOOLEAN] = "boolean", [NOTHING] = "null",
	[ANY] = "any",
};

/* A name may hold a colon, a type does not. */
static enum type type_of(const char *text)
{
	const char *colon = strrchr(text, ':');
	int type = 0;

	while (colon && type < N_TYPES && strcmp(type_names[type], colon + 1))
		type++;
	return colon ? (enum type)type : N_TYPES;
}

static size_t name_size(const char *text)
{
	return (size_t)(strrchr(text, ':') - text);
}

int json_check_required(const char *text, struct cordon_error *err)
{
	if (type_of(text) == N_TYPES)
		return cordon_fail(err, 0,
				   "'%s' is not NAME:TYPE (string, number, "
				   "object, array, boolean, null, any)",
				   text);
	return 0;
}

static bool is_named(const char *text, const void *name, size_t size)
{
	return name_size(text) == size && !memcmp(text, name, size);
}

int json_check_rules(const struct json_rules *rules, struct cordon_error *err)
{
	const struct cordon_item *item = rules->required->item;

	if (rules->required->count > JSON_REQUIRED)
		return cordon_fail(err, 0, "more than %d members are required",
				   JSON_REQUIRED);
	for (size_t i = 0; i < rules->required->count; i++)
		for (size_t k = 0; k < i; k++)
			if (is_named(item[k].text, item[i].text,
				     name_size(item[i].text)))
				return cordon_fail(
					err, 0, "'%s' and '%s' are one member",
					item[k].text, item[i].text);
	return 0;
}

/* ---- characters ---- */

/* Of the Unicode standard: the second byte tells what is too long, half a pair,
 * or beyond U+10FFFF. */
static const struct {
	unsigned char first, last, low, high, more;
} sequences[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 1 }, { 0xe0, 0xe0, 0xa0, 0xbf, 2 },
	{ 0xe1, 0xec, 0x80, 0xbf, 2 }, { 0xed, 0xed, 0x80, 0x9f, 2 },
	{ 0xee, 0xef, 0x80, 0xbf, 2 }, { 0xf0, 0xf0, 0x90, 0xbf, 3 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 3 }, { 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* The bytes of one character that is not ASCII; 0: it is none. */
static size_t scan_character(const unsigned char *at, size_t left)
{
	size_t i = 0;

	while (i < CORDON_COUNT(sequences) &&
	       (*at < sequences[i].first || *at > sequences[i].last))
		i++;
	if (i == CORDON_COUNT(sequences) || left <= sequences[i].more ||
	    at[1] < sequences[i].low || at[1] > sequences[i].high)
		return 0;
	for (size_t k = 2; k <= sequences[i].more; k++)
		if ((at[k] & 0xc0) != 0x80)
			return 0;
	return sequences[i].more + (size_t)1;
}

/* Of \uXXXX the four digits; -1: it is none, which the grammar says. */
static int scan_unit(const unsigned char *at, size_t left)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	int unit = 0;

	if (left < 6 || at[0] != '\\' || at[1] != 'u')
		return -1;
	for (size_t i = 2; i < 6; i++) {
		const char *digit = at[i] ? strchr(digits, at[i]) : NULL;

		if (!digit)
			return -1;
		unit = unit << 4 | (int)((digit - digits) & 15);
	}
	return unit;
}

/* From a backslash on; 0: half a pair.  Outside of strings there is none. */
static size_t scan_escape(const unsigned char *at, size_t left)
{
	int unit = scan_unit(at, left), other;

	if (unit < 0xd800 || unit > 0xdfff)
		return left < 2 ? left : 2;
	if (unit > 0xdbff)
		return 0;
	other = scan_unit(at + 6, left - 6);
	return other < 0xdc00 || other > 0xdfff ? 0 : 12;
}

static int judge_characters(const unsigned char *at, size_t left,
			    struct cordon_error *err)
{
	while (left > 0) {
		size_t n = 1;

		if (*at >= 0x80)
			n = scan_character(at, left);
		else if (*at == '\\')
			n = scan_escape(at, left);
		else if (*at < ' ' && *at != '\t' && *at != '\r' &&
			 (*at != '\n' || left > 1))
			return cordon_deny(err, "has a control character");
		if (n == 0)
			return cordon_deny(err, "%s",
					   *at == '\\'
						   ? "has half a surrogate pair"
						   : "is not UTF-8");
		at += n;
		left -= n;
	}
	return 0;
}

/* ---- names of one object ---- */

/*
 * Hashes of the names in each open object, innermost last, and before those of
 * each where those of the one around it begin.  Two that are equal count as one
 * name: who finds another name of the same hash has found a text of its own
 * that is refused.
 */
struct names {
	uint64_t *hash;
	size_t n, room, base;
};

static uint64_t hash_of(const unsigned char *name, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ name[i]) * 0x100000001b3;
	return hash;
}

/* libyajl does not look whether it got memory either: who has none is gone,
 * and with it the stream. */
static void *need(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static void push(struct names *names, uint64_t value)
{
	if (names->n == names->room) {
		names->room = names->room ? names->room * 2 : 64;
		names->hash =
			need(realloc(names->hash, names->room * sizeof(value)));
	}
	names->hash[names->n++] = value;
}

static void open_object(struct names *names)
{
	push(names, names->base);
	names->base = names->n;
}

static void sift(uint64_t *hash, size_t at, size_t n)
{
	for (size_t child; (child = 2 * at + 1) < n; at = child) {
		uint64_t swapped = hash[at];

		if (child + 1 < n && hash[child] < hash[child + 1])
			child++;
		if (hash[at] >= hash[child])
			return;
		hash[at] = hash[child];
		hash[child] = swapped;
	}
}

/* A heap: no worst case of time, no memory and no system call, as qsort(3) may
 * make. */
static void sort(uint64_t *hash, size_t n)
{
	for (size_t i = n / 2; i-- > 0;)
		sift(hash, i, n);
	while (n > 1) {
		uint64_t most = hash[0];

		hash[0] = hash[--n];
		hash[n] = most;
		sift(hash, 0, n);
	}
}

/* False: one of them was there twice. */
static bool close_object(struct names *names)
{
	uint64_t *hash = names->hash + names->base;
	size_t n = names->n - names->base;
	bool is_unique = true;

	sort(hash, n);
	for (size_t i = 1; i < n; i++)
		is_unique = is_unique && hash[i - 1] != hash[i];
	names->n = names->base - 1;
	names->base = names->hash[names->n];
	return is_unique;
}

/* ---- the grammar ---- */

struct judge {
	const struct json_rules *rules;
	struct cordon_error *err;
	struct names names;
	int64_t depth;
	uint64_t seen; /* required members, one bit each */
	size_t member; /* the required one whose value is next; or more */
	bool is_object;
};

/* A callback's answer: libyajl goes on, or stops. */
#define GO_ON 1
#define STOP(judge, ...) (cordon_deny((judge)->err, __VA_ARGS__), 0)

static int on_value(struct judge *judge, enum type type)
{
	const struct cordon_list *required = judge->rules->required;
	enum type wanted;

	if (judge->member >= required->count)
		return GO_ON;
	wanted = type_of(required->item[judge->member].text);
	if (wanted != ANY && wanted != type)
		return STOP(judge, "has a member of another type than '%s'",
			    required->item[judge->member].text);
	judge->seen |= (uint64_t)1 << judge->member;
	judge->member = SIZE_MAX;
	return GO_ON;
}

static int on_null(void *context)
{
	return on_value(context, NOTHING);
}

static int on_boolean(void *context, int value)
{
	(void)value;
	return on_value(context, BOOLEAN);
}

/* As it is written: nobody here makes a number of it. */
static int on_number(void *context, const char *text, size_t size)
{
	(void)text;
	(void)size;
	return on_value(context, NUMBER);
}

static int on_string(void *context, const unsigned char *text, size_t size)
{
	(void)text;
	(void)size;
	return on_value(context, STRING);
}

/* Before libyajl goes deeper: its stack is no longer than this allows. */
static int enter(struct judge *judge, enum type type)
{
	if (!on_value(judge, type))
		return 0;
	if (judge->depth >= judge->rules->depth)
		return STOP(judge, "is deeper than %lld",
			    (long long)judge->rules->depth);
	if (judge->depth == 0)
		judge->is_object = type == OBJECT;
	judge->depth++;
	return GO_ON;
}

static int on_object(void *context)
{
	struct judge *judge = context;

	open_object(&judge->names);
	return enter(judge, OBJECT);
}

static int on_array(void *context)
{
	return enter(context, ARRAY);
}

static int on_array_end(void *context)
{
	struct judge *judge = context;

	judge->depth--;
	return GO_ON;
}

static int on_object_end(void *context)
{
	struct judge *judge = context;

	judge->depth--;
	if (!close_object(&judge->names))
		return STOP(judge, "has an object with one name twice");
	return GO_ON;
}

/* Without its escapes; it may hold a NUL. */
static int on_name(void *context, const unsigned char *name, size_t size)
{
	struct judge *judge = context;
	const struct cordon_list *forbidden = judge->rules->forbidden;
	const struct cordon_list *required = judge->rules->required;

	for (size_t i = 0; i < forbidden->count; i++)
		if (strlen(forbidden->item[i].text) == size &&
		    !memcmp(forbidden->item[i].text, name, size))
			return STOP(judge, "has the forbidden key '%s'",
				    forbidden->item[i].text);
	push(&judge->names, hash_of(name, size));
	judge->member = SIZE_MAX;
	for (size_t i = 0; judge->depth == 1 && i < required->count; i++)
		if (is_named(required->item[i].text, name, size))
			judge->member = i;
	return GO_ON;
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_boolean,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_object,
	.yajl_map_key = on_name,
	.yajl_end_map = on_object_end,
	.yajl_start_array = on_array,
	.yajl_end_array = on_array_end,
};

static void *on_malloc(void *context, size_t size)
{
	(void)context;
	return need(malloc(size));
}

static void *on_realloc(void *context, void *memory, size_t size)
{
	(void)context;
	return need(realloc(memory, size));
}

static void on_free(void *context, void *memory)
{
	(void)context;
	free(memory);
}

/* libyajl's words, which are none of the text's. */
static int say_grammar(yajl_handle handle, struct cordon_error *err)
{
	unsigned char *words = yajl_get_error(handle, 0, NULL, 0);

	cordon_deny(err, "is not JSON (%.*s)",
		    (int)strcspn((char *)words, ".\n"), words);
	yajl_free_error(handle, words);
	return -1;
}

static int judge_end(const struct judge *judge)
{
	const struct cordon_list *required = judge->rules->required;

	if (required->count > 0 && !judge->is_object)
		return cordon_deny(judge->err, "is not an object");
	for (size_t i = 0; i < required->count; i++)
		if (!(judge->seen >> i & 1))
			return cordon_deny(judge->err, "has no member '%s'",
					   required->item[i].text);
	return 0;
}

/*
 * In one piece: libyajl reads a string again from its beginning for each piece
 * that it comes in, and takes what is unfinished behind a text for its end.
 */
static int judge_grammar(struct judge *judge, const char *text, size_t size)
{
	yajl_alloc_funcs memory = { on_malloc, on_realloc, on_free, NULL };
	yajl_handle handle = need(yajl_alloc(&callbacks, &memory, judge));
	yajl_status status =
		yajl_parse(handle, (const unsigned char *)text, size);
	int rc = -1;

	if (status == yajl_status_ok)
		status = yajl_complete_parse(handle);
	if (status == yajl_status_ok)
		rc = judge_end(judge);
	else if (status != yajl_status_client_canceled)
		say_grammar(handle, judge->err);
	yajl_free(handle);
	return rc;
}

int json_judge(const struct json_rules *rules, const char *text, size_t size,
	       struct cordon_error *err)
{
	struct judge judge = { .rules = rules, .err = err, .member = SIZE_MAX };
	int rc = judge_characters((const unsigned char *)text, size, err);

	if (rc == 0)
		rc = judge_grammar(&judge, text, size);
	free(judge.names.hash);
	return rc;
}
