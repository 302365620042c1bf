/* SPDX-License-Identifier: MIT */
/*
 * messages: whatever the lines are and in whatever pieces they come, the same
 * ones pass; each that does is a text without the forbidden key and no deeper
 * or longer than allowed, and passes again.
 */
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#include "tests/fuzz/fuzz.h"

#define FORBIDDEN "__proto__"
#define DEPTH 4
#define BYTES 256

extern const struct cordon_module messages_LTX_cordon_module;

/* ---- a section ---- */

static void *field(void *self, const char *key)
{
	const struct cordon_module *module = &messages_LTX_cordon_module;
	size_t i = 0;

	while (i < module->n_options && strcmp(module->options[i].key, key))
		i++;
	HOLDS(i < module->n_options);
	return (char *)self + module->options[i].offset;
}

static void set_number(void *self, const char *key, int64_t value)
{
	struct cordon_number *number = field(self, key);

	number->value = value;
}

static void set_list(void *self, const char *key,
		     const struct cordon_item *item, size_t count)
{
	struct cordon_list *list = field(self, key);

	*list = (struct cordon_list){ .item = item, .count = count };
}

/* Words of an option's `form` count from 0. */
static void *section_of(uint8_t how)
{
	static const struct cordon_item streams[] = { { .text = "stdin" },
						      { .text = "stdout" } };
	static const struct cordon_item forbidden = { .text = FORBIDDEN };
	static const struct cordon_item required = { .text = "a:number" };
	void *self = calloc(1, messages_LTX_cordon_module.size);
	struct cordon_error err = { 0 };

	HOLDS(self);
	set_list(self, "streams", streams, CORDON_COUNT(streams));
	set_list(self, "forbid-keys", &forbidden, 1);
	if (how & 1)
		set_list(self, "require", &required, 1);
	set_number(self, "empty-lines", how >> 1 & 1);
	set_number(self, "violation", (how >> 2 & 3) % 3);
	set_number(self, "max-depth", DEPTH);
	set_number(self, "max-bytes", BYTES);
	HOLDS(messages_LTX_cordon_module.configure(self, &err) == 0);
	return self;
}

/* ---- what passes ---- */

struct sink {
	struct cordon_flow flow; /* the first */
	char *text;
	size_t size, room;
	struct cordon_error err;
	int rc;
};

static int put(struct cordon_flow *flow, const void *data, size_t size)
{
	struct sink *sink = (struct sink *)flow;

	HOLDS(sink->size + size <= sink->room);
	memcpy(sink->text + sink->size, data, size);
	sink->size += size;
	return 0;
}

static int answer(struct cordon_flow *flow, const void *data, size_t size)
{
	struct sink *sink = (struct sink *)flow;

	HOLDS(sink->rc == 0);
	HOLDS(fuzz_is_json(data, size));
	return 0;
}

static void feed(const void *self, struct sink *sink, const char *text,
		 size_t size)
{
	char *copy = malloc(size); /* exactly */

	HOLDS(copy);
	memcpy(copy, text, size);
	sink->rc = messages_LTX_cordon_module.stream(self, NULL, &sink->flow,
						     copy, size, &sink->err);
	free(copy);
}

static void pass(const void *self, struct sink *sink, const char *text,
		 size_t size, size_t piece)
{
	*sink = (struct sink){ .flow = { .size = sizeof(sink->flow),
					 .put = put,
					 .section = "messages",
					 .answer = answer },
			       .text = malloc(size + 1),
			       .room = size };
	HOLDS(sink->text);
	for (size_t at = 0; at < size && sink->rc == 0; at += piece)
		feed(self, sink, text + at,
		     piece < size - at ? piece : size - at);
	if (sink->rc == 0) {
		sink->flow.is_end = 1;
		feed(self, sink, "", 0);
	} else {
		struct cordon_error err = sink->err;
		size_t passed = sink->size;

		HOLDS(err.reason == CORDON_DENIED);
		fuzz_judge_error(&err);
		sink->flow.is_end = 1; /* to let go: nothing more passes */
		messages_LTX_cordon_module.stream(self, NULL, &sink->flow, NULL,
						  0,
						  &(struct cordon_error){ 0 });
		sink->size = passed;
	}
	HOLDS(!sink->flow.own);
	sink->text[sink->size] = '\0';
}

/* ---- what may ---- */

static unsigned unit_of(const char *digits)
{
	char four[5] = { 0 };

	memcpy(four, digits, 4);
	return (unsigned)strtoul(four, NULL, 16);
}

/* A string from its first quote on, decoded as far as ASCII goes; behind it. */
static const char *decode(const char *at, char *out, size_t room)
{
	size_t n = 0;

	for (at++; *at != '"'; at++) {
		unsigned c = (unsigned char)*at;

		if (c == '\\' && *++at == 'u') {
			c = unit_of(at + 1);
			at += 4;
		} else if (c == '\\') {
			c = (unsigned char)*at;
		}
		if (n + 1 < room)
			out[n++] = c > 0 && c < 0x80 ? (char)c : '?';
	}
	out[n] = '\0';
	return at + 1;
}

static void judge_line(const char *line, size_t size)
{
	const char *end = line + size, *at = line;
	int depth = 0;

	HOLDS(size <= BYTES);
	while (at < end) {
		char name[64];

		depth +=
			(*at == '{' || *at == '[') - (*at == '}' || *at == ']');
		HOLDS(depth >= 0 && depth <= DEPTH);
		if (*at != '"') {
			at++;
			continue;
		}
		at = decode(at, name, sizeof(name));
		HOLDS(at <= end);
		if (at[strspn(at, " \t\r")] == ':')
			HOLDS(strcmp(name, FORBIDDEN) != 0);
	}
	HOLDS(depth == 0);
}

static void judge_lines(const char *text, size_t size)
{
	HOLDS(strlen(text) == size);
	while (*text) {
		size_t n = strcspn(text, "\n");

		judge_line(text, n);
		text += n + (text[n] == '\n');
	}
}

/* The first byte: the section; the second: how long the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sink whole, pieces, again;
	void *self;

	if (size < 2)
		return 0;
	self = section_of(data[0]);
	pass(self, &whole, (const char *)data + 2, size - 2, size);
	pass(self, &pieces, (const char *)data + 2, size - 2,
	     (size_t)data[1] + 1);
	HOLDS(whole.rc == pieces.rc && whole.size == pieces.size);
	EQUAL(whole.text, pieces.text);
	EQUAL(whole.err.text, pieces.err.text);
	judge_lines(whole.text, whole.size);
	pass(self, &again, whole.text, whole.size, size);
	HOLDS(again.rc == 0 && again.size == whole.size);
	EQUAL(again.text, whole.text);
	free(whole.text);
	free(pieces.text);
	free(again.text);
	free(self);
	return 0;
}
