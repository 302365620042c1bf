/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/param.h"
#include "core/textproto.h"
#include "core/value.h"

#define SHOWN 96
#define SHOW(buffer, text, size) value_show(buffer, sizeof(buffer), text, size)

struct text {
	struct arena *arena;
	const char *name, *at, *end;
	unsigned line, column;
	unsigned token_line, token_column; /* where what is judged begins */
	char *string; /* for the one that is being read, as long as any can be */
	struct cordon_error *err;
};

#define FAIL(text, ...) (cordon_fail((text)->err, 0, __VA_ARGS__), blame(text))

static int blame(struct text *text)
{
	const char *reason = arena_strdup(text->arena, text->err->text);
	char shown[SHOWN];

	if (!text->name)
		return -1;
	snprintf(text->err->text, sizeof(text->err->text), "%s:%u:%u: %s",
		 SHOW(shown, text->name, strlen(text->name)), text->token_line,
		 text->token_column, reason);
	return -1;
}

/* ---- characters ---- */

static int peek(const struct text *text)
{
	return text->at < text->end ? (unsigned char)*text->at : -1;
}

static void advance(struct text *text)
{
	if (*text->at++ == '\n') {
		text->line++;
		text->column = 1;
	} else {
		text->column++;
	}
}

static bool is_letter(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* Blanks and comments; then a token begins here. */
static void skip(struct text *text)
{
	for (int c; (c = peek(text)) >= 0; advance(text)) {
		if (c == '#')
			while (peek(text) >= 0 && peek(text) != '\n')
				advance(text);
		if (peek(text) < 0 || !strchr(" \t\n\r\v\f", peek(text)))
			break;
	}
	text->token_line = text->line;
	text->token_column = text->column;
}

/* c, if it comes next, and what is between it and the next token. */
static bool take(struct text *text, char c)
{
	if (peek(text) != c)
		return false;
	advance(text);
	skip(text);
	return true;
}

static const char *found(const struct text *text, char shown[SHOWN])
{
	size_t size = 0;
	char one[32];

	while (text->at + size < text->end && size < 20 &&
	       (is_letter(text->at[size]) || is_digit(text->at[size])))
		size++;
	if (text->at == text->end)
		return text->name ? "the end of the file" : "the end";
	snprintf(shown, SHOWN, "'%s'", SHOW(one, text->at, size ? size : 1));
	return shown;
}

static const char *take_word(struct text *text, size_t *size)
{
	const char *word = text->at;

	if (!is_letter(peek(text)))
		return NULL;
	while (is_letter(peek(text)) || is_digit(peek(text)))
		advance(text);
	*size = (size_t)(text->at - word);
	return word;
}

/* ---- strings ---- */

static int digit_of(int c, unsigned base)
{
	static const char digits[] = "0123456789abcdef";
	const char *at;

	if (c >= 'A' && c <= 'F')
		c += 'a' - 'A';
	at = c > 0 ? strchr(digits, c) : NULL;
	return at && (unsigned)(at - digits) < base ? (int)(at - digits) : -1;
}

/* -1: fewer than least digits. */
static int64_t take_digits(struct text *text, unsigned base, unsigned least,
			   unsigned most)
{
	int64_t value = 0;
	unsigned n = 0;

	for (; n < most && digit_of(peek(text), base) >= 0; n++) {
		value = value * base + digit_of(peek(text), base);
		advance(text);
	}
	return n < least ? -1 : value;
}

static char *put_utf8(char *to, uint32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code >= 0x10000) {
		*to++ = (char)(0xf0 | code >> 18);
		*to++ = (char)(0x80 | (code >> 12 & 0x3f));
	} else if (code >= 0x800) {
		*to++ = (char)(0xe0 | code >> 12);
	}
	*to++ = (char)((code < 0x800 ? 0xc0 | code >> 6
				     : 0x80 | (code >> 6 & 0x3f)));
	*to++ = (char)(0x80 | (code & 0x3f));
	return to;
}

/*
 * \uHHHH or \UHHHHHHHH; two of the first for what UTF-16 has no one for.  As
 * protobuf's reader has it, half of such a pair stands for itself, and a number
 * beyond Unicode, of 21 bits, for its own text.
 */
static char *take_unicode(struct text *text, unsigned digits, char *to)
{
	int64_t code = take_digits(text, 16, digits, digits), low;
	struct text rest = *text;

	if (code >= 0xd800 && code < 0xdc00 && text->end - text->at > 2 &&
	    text->at[0] == '\\' && text->at[1] == 'u') {
		advance(&rest);
		advance(&rest);
		low = take_digits(&rest, 16, 4, 4);
		if (low >= 0xdc00 && low <= 0xdfff) {
			code = 0x10000 + ((code - 0xd800) << 10) +
			       (low - 0xdc00);
			*text = rest;
		}
	}
	if (code <= 0 || code > 0x1fffff)
		return NULL;
	if (code > 0x10ffff)
		/* as long as what it was read from, and a NUL has its place */
		return to + snprintf(to, sizeof("\\UHHHHHHHH"),
				     "\\U%08" PRIx64, (uint64_t)code);
	return put_utf8(to, (uint32_t)code);
}

/* Behind the backslash.  NULL: none of the escapes. */
static char *take_escape(struct text *text, char *to)
{
	static const char letters[] = "abfnrtv\\?'\"",
			  bytes[] = "\a\b\f\n\r\t\v\\?'\"";
	int c = peek(text);
	const char *letter = c > 0 ? strchr(letters, c) : NULL;
	int64_t value;

	if (letter) {
		advance(text);
		*to++ = bytes[letter - letters];
		return to;
	}
	if (digit_of(c, 8) >= 0) {
		value = take_digits(text, 8, 1, 3) & 0xff;
	} else {
		if (c < 0 || !strchr("xuU", c))
			return NULL;
		advance(text);
		if (c == 'u' || c == 'U')
			return take_unicode(text, c == 'u' ? 4 : 8, to);
		value = take_digits(text, 16, 1, 2);
	}
	if (value <= 0 || value > 255)
		return NULL;
	*to++ = (char)value;
	return to;
}

/* Strings side by side are one. */
static int take_string(struct text *text, struct textproto_value *value)
{
	char *to, shown[SHOWN];

	/* no escape is shorter than what it stands for */
	if (!text->string)
		text->string = arena_alloc(
			text->arena, (size_t)(text->end - text->at) + 1);
	to = text->string;
	if (peek(text) != '"' && peek(text) != '\'')
		return FAIL(text, "a string in quotes is missing here, not %s",
			    found(text, shown));
	while (peek(text) == '"' || peek(text) == '\'') {
		int quote = peek(text);

		for (advance(text); peek(text) != quote;) {
			if (peek(text) < 0 || peek(text) == '\n')
				return FAIL(text, "the string has no end in "
						  "its line");
			if (peek(text) != '\\') {
				*to++ = *text->at;
				advance(text);
				continue;
			}
			text->token_line = text->line;
			text->token_column = text->column;
			advance(text);
			to = take_escape(text, to);
			if (!to)
				return FAIL(text, "no escape (a backslash is "
						  "\\\\), or one that stands "
						  "for no character");
		}
		advance(text);
		skip(text);
	}
	value->text = arena_copy(text->arena, text->string,
				 (size_t)(to - text->string));
	return 0;
}

/* ---- numbers and words ---- */

/* Decimal, 0x and 0 as in C; what follows is no part of a number or word. */
static int take_number(struct text *text, uint64_t most, uint64_t *out)
{
	const char *begin = text->at;
	unsigned base = 10;
	char shown[SHOWN];
	bool is_over = false;

	if (!is_digit(peek(text)))
		return FAIL(text, "a number is missing here, not %s",
			    found(text, shown));
	if (peek(text) == '0') {
		base = 8;
		advance(text);
		if (peek(text) == 'x' || peek(text) == 'X') {
			base = 16;
			advance(text);
			if (digit_of(peek(text), 16) < 0)
				return FAIL(text, "no digit behind 0x");
		}
	}
	for (*out = 0; digit_of(peek(text), base) >= 0; advance(text)) {
		uint64_t digit = (uint64_t)digit_of(peek(text), base);

		is_over |= *out > (most - digit) / base || digit > most;
		*out = *out * base + digit;
	}
	if (is_letter(peek(text)) || is_digit(peek(text)) || peek(text) == '.')
		return FAIL(text, "'%s' is no whole number",
			    SHOW(shown, begin, (size_t)(text->at - begin) + 1));
	if (is_over)
		return FAIL(text, "'%s' is out of range (0 to %" PRIu64 ")",
			    SHOW(shown, begin, (size_t)(text->at - begin)),
			    most);
	skip(text);
	return 0;
}

static int take_unsigned(struct text *text, const struct textproto_field *field,
			 struct textproto_value *value)
{
	uint64_t number;

	if (take_number(text,
			field->type == TEXTPROTO_UINT64 ? UINT64_MAX
							: UINT32_MAX,
			&number) < 0)
		return -1;
	value->number = (int64_t)number;
	return 0;
}

static int take_signed(struct text *text, struct textproto_value *value)
{
	bool is_negative = take(text, '-');
	uint64_t number;

	if (take_number(text, (uint64_t)INT32_MAX + is_negative, &number) < 0)
		return -1;
	value->number = is_negative ? -(int64_t)number : (int64_t)number;
	return 0;
}

static bool is_word(const char *word, size_t size, const char *name)
{
	return strlen(name) == size && !memcmp(word, name, size);
}

static int take_bool(struct text *text, struct textproto_value *value)
{
	static const char *const words[] = { "false", "true", "False",
					     "True",  "f",    "t" };
	size_t size = 0;
	const char *word;
	uint64_t number;

	if (is_digit(peek(text))) {
		if (take_number(text, 1, &number) < 0)
			return -1;
		value->number = (int64_t)number;
		return 0;
	}
	word = take_word(text, &size);
	for (size_t i = 0; word && i < CORDON_COUNT(words); i++)
		if (is_word(word, size, words[i])) {
			value->number = i % 2;
			skip(text);
			return 0;
		}
	return FAIL(text, "neither true nor false");
}

static int take_enum(struct text *text, const struct textproto_field *field,
		     struct textproto_value *value)
{
	struct text begin = *text;
	const char *word, *at = field->words;
	size_t size = 0;
	uint64_t number;

	if (is_digit(peek(text)) || peek(text) == '-') {
		bool is_negative = take(text, '-');

		if (take_number(text, UINT32_MAX, &number) < 0)
			return -1;
		for (uint64_t i = 0; at; i++, at = strchr(at, '|')) {
			at += i > 0;
			if (i == number && (i == 0 || !is_negative)) {
				value->number = (int64_t)number;
				return 0;
			}
		}
		return FAIL(&begin, "none of %s", field->words);
	}
	word = take_word(text, &size);
	for (; word; value->number++) {
		size_t length = strcspn(at, "|");

		if (length == size && !memcmp(at, word, size)) {
			skip(text);
			return 0;
		}
		if (!at[length])
			break;
		at += length + 1;
	}
	return FAIL(text, "none of %s", field->words);
}

/* ---- fields ---- */

static int read_fields(struct text *text, const struct textproto_kind *kind,
		       void *out, int close);

static int take_message(struct text *text, const struct textproto_field *field,
			struct textproto_value *value)
{
	char close = peek(text) == '<' ? '>' : '}';
	char shown[SHOWN];

	if (!take(text, '<') && !take(text, '{'))
		return FAIL(text, "a block { } is missing here, not %s",
			    found(text, shown));
	value->message = arena_alloc(text->arena, field->kind->size);
	return read_fields(text, field->kind, value->message, close);
}

static int refuse(struct text *text, const struct textproto_field *field)
{
	return FAIL(text,
		    "'%s' is not supported here (take it out, or do it "
		    "by the stack)",
		    field->name);
}

static bool is_only(const struct textproto_field *field,
		    const struct textproto_value *value)
{
	return value->text ? !strcmp(value->text, field->only)
			   : value->number == strtoll(field->only, NULL, 10);
}

static int take_value(struct text *text, const struct textproto_field *field,
		      struct textproto_value *value)
{
	value->line = text->token_line;
	value->column = text->token_column;
	switch (field->type) {
	case TEXTPROTO_STRING:
		return take_string(text, value);
	case TEXTPROTO_BOOL:
		return take_bool(text, value);
	case TEXTPROTO_UINT32:
	case TEXTPROTO_UINT64:
		return take_unsigned(text, field, value);
	case TEXTPROTO_INT32:
		return take_signed(text, value);
	case TEXTPROTO_ENUM:
		return take_enum(text, field, value);
	case TEXTPROTO_MESSAGE:
		return take_message(text, field, value);
	case TEXTPROTO_REFUSED:
		break;
	}
	return refuse(text, field);
}

/* The place for the next one of a list. */
static struct textproto_value *add(struct arena *arena,
				   struct textproto_list *list)
{
	if (list->n == list->room) {
		struct textproto_value *old = list->value;

		list->room = list->room ? 2 * list->room : 8;
		list->value =
			arena_alloc(arena, list->room * sizeof(*list->value));
		if (list->n > 0)
			memcpy(list->value, old, list->n * sizeof(*old));
	}
	return &list->value[list->n++];
}

static int take_list(struct text *text, const struct textproto_field *field,
		     struct textproto_list *list)
{
	char shown[SHOWN];

	if (!take(text, '['))
		return take_value(text, field, add(text->arena, list));
	if (take(text, ']'))
		return 0;
	do {
		if (take_value(text, field, add(text->arena, list)) < 0)
			return -1;
	} while (take(text, ','));
	return take(text, ']')
		       ? 0
		       : FAIL(text, "',' or ']' is missing here, not %s",
			      found(text, shown));
}

static const struct textproto_field *
find_field(const struct textproto_kind *kind, const char *name, size_t size)
{
	for (size_t i = 0; i < kind->n_fields; i++)
		if (is_word(name, size, kind->fields[i].name))
			return &kind->fields[i];
	return NULL;
}

static int unknown(struct text *text, const struct textproto_kind *kind,
		   const char *name, size_t size)
{
	const char **names =
		arena_alloc(text->arena, kind->n_fields * sizeof(*names));
	char shown[SHOWN], hint[96];

	for (size_t i = 0; i < kind->n_fields; i++)
		names[i] = kind->fields[i].name;
	return FAIL(text, "%s has no field '%s'%s", kind->name,
		    SHOW(shown, name, size),
		    param_hint(hint, arena_copy(text->arena, name, size), names,
			       kind->n_fields));
}

/* A value, once; or one more of a list. */
static int read_into(struct text *text, const struct textproto_field *field,
		     void *out, const struct text *begin)
{
	struct textproto_value *value = (void *)((char *)out + field->offset);
	char shown[SHOWN];
	bool has_colon = take(text, ':');

	if (!has_colon && field->type != TEXTPROTO_MESSAGE &&
	    field->type != TEXTPROTO_REFUSED)
		return FAIL(text, "':' is missing here, not %s",
			    found(text, shown));
	if (field->is_repeated)
		return take_list(text, field, (void *)value);
	if (field->type != TEXTPROTO_REFUSED && value->line) {
		text->token_line = begin->token_line;
		text->token_column = begin->token_column;
		if (value->column == 0)
			return FAIL(text,
				    "'%s' was given before this file (give it "
				    "once, or behind)",
				    field->name);
		return FAIL(text, "'%s' is already in line %u", field->name,
			    value->line);
	}
	if (take_value(text, field, value) < 0)
		return -1;
	if (!field->only || is_only(field, value))
		return 0;
	text->token_line = begin->token_line;
	text->token_column = begin->token_column;
	return refuse(text, field);
}

static int read_field(struct text *text, const struct textproto_kind *kind,
		      void *out)
{
	struct text begin = *text;
	const struct textproto_field *field;
	const char *name;
	size_t size = 0;
	char shown[SHOWN];

	if (peek(text) == '[')
		return FAIL(text, "extensions are not supported here");
	name = take_word(text, &size);
	if (!name)
		return FAIL(text, "a field's name is missing here, not %s",
			    found(text, shown));
	field = find_field(kind, name, size);
	if (!field)
		return unknown(text, kind, name, size);
	if (field->type == TEXTPROTO_REFUSED) {
		struct textproto_value none;

		return take_value(text, field, &none);
	}
	skip(text);
	if (read_into(text, field, out, &begin) < 0)
		return -1;
	if (!take(text, ','))
		take(text, ';');
	return 0;
}

/* close: the character at the end, or -1: that of the text */
static int read_fields(struct text *text, const struct textproto_kind *kind,
		       void *out, int close)
{
	struct text begin = *text;

	while (peek(text) != close)
		if (read_field(text, kind, out) < 0)
			return -1;
	for (size_t i = 0; i < kind->n_fields; i++) {
		const struct textproto_value *value =
			(const void *)((const char *)out +
				       kind->fields[i].offset);

		if (kind->fields[i].is_required && !value->line)
			return FAIL(&begin, "%s has no '%s'", kind->name,
				    kind->fields[i].name);
	}
	return close < 0 || take(text, (char)close) ? 0 : -1;
}

/* NUL would end a string, and other controls are not what somebody wrote. */
static int check_bytes(struct text *text)
{
	for (; text->at < text->end; advance(text)) {
		unsigned char c = (unsigned char)*text->at;

		text->token_line = text->line;
		text->token_column = text->column;
		if (c == 0x7f || (c < 0x20 && !(c >= '\t' && c <= '\r')))
			return FAIL(text, "a control character (\\x%02x)", c);
	}
	return 0;
}

int textproto_read(struct arena *arena, const char *name, const char *text,
		   size_t size, const struct textproto_kind *kind, void *out,
		   struct cordon_error *err)
{
	const struct text begin = { .arena = arena,
				    .name = name,
				    .at = text,
				    .end = text + size,
				    .line = 1,
				    .column = 1,
				    .err = err };
	struct text at = begin;

	if (check_bytes(&at) < 0)
		return -1;
	at = begin;
	skip(&at);
	return read_fields(&at, kind, out, -1);
}

int textproto_set(struct arena *arena, const struct textproto_kind *kind,
		  void *out, const char *name, const char *text,
		  struct cordon_error *err)
{
	const struct textproto_field *field =
		find_field(kind, name, strlen(name));
	struct text at = { .arena = arena,
			   .at = text,
			   .end = text + strlen(text),
			   .line = 1,
			   .column = 1,
			   .err = err };
	struct textproto_value *value;

	if (!field)
		return cordon_fail(err, 0, "%s has no field '%s'", kind->name,
				   name);
	value = (void *)((char *)out + field->offset);
	if (field->is_repeated)
		value = add(arena, (void *)value);
	*value = (struct textproto_value){ .line = 1 };
	if (field->type == TEXTPROTO_STRING) {
		value->text = text;
		return 0;
	}
	skip(&at);
	if (take_value(&at, field, value) < 0)
		return -1;
	value->line = 1;
	value->column = 0;
	return at.at == at.end
		       ? 0
		       : cordon_fail(err, 0, "'%s' is not one value", text);
}
