/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail_lines.h"
#include "core/value.h"

/* An option has no place in a file. */
static bool is_in_file(const struct nsjail_writer *to,
		       const struct textproto_value *value)
{
	return to->profile->file && value->column > 0;
}

void nsjail_put(struct nsjail_writer *to, const struct textproto_value *from,
		const char *section, const char *key, const char *value)
{
	struct ini_file *out = to->out;
	unsigned line = from && is_in_file(to, from) ? from->line : 0;

	if (out->count == to->room) {
		struct ini_line *old = out->lines;

		to->room = to->room ? 2 * to->room : 64;
		out->lines =
			arena_alloc(to->arena, to->room * sizeof(*out->lines));
		if (out->count > 0)
			memcpy(out->lines, old, out->count * sizeof(*old));
	}
	out->lines[out->count++] = (struct ini_line){ .section = section,
						      .key = key,
						      .value = value,
						      .line = line,
						      .is_one = true };
}

int nsjail_blame(struct nsjail_writer *to, const struct textproto_value *value)
{
	const char *reason = arena_strdup(to->arena, to->err->text);
	char shown[96];

	if (is_in_file(to, value))
		snprintf(to->err->text, sizeof(to->err->text), "%s:%u:%u: %s",
			 value_show(shown, sizeof(shown), to->profile->file,
				    strlen(to->profile->file)),
			 value->line, value->column, reason);
	return -1;
}

static const char *escape(struct arena *arena, const char *text,
			  const char *marks, char before)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *at = out;

	for (; *text; text++) {
		if (strchr(marks, *text))
			*at++ = before;
		*at++ = *text;
	}
	return out;
}

const char *nsjail_literal(struct nsjail_writer *to, const char *text)
{
	return escape(to->arena, text, "$", '$');
}

const char *nsjail_path(struct nsjail_writer *to, const char *path)
{
	return nsjail_literal(to, escape(to->arena, path, ":\\", '\\'));
}

const char *nsjail_target(struct nsjail_writer *to, const char *path)
{
	char *out = arena_alloc(to->arena, strlen(path) + 3), *at = out;

	while (*path) {
		size_t size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (size > 0 && !(size == 1 && *path == '.')) {
			*at++ = '/';
			memcpy(at, path, size);
			at += size;
		}
		path += size;
	}
	if (at == out)
		*at++ = '/';
	return out;
}

const char *nsjail_normal(struct nsjail_writer *to, const char *path)
{
	char *out = arena_strdup(to->arena, nsjail_target(to, path));
	char *end = out;

	for (const char *at = out; *at;) {
		size_t size = 1 + strcspn(at + 1, "/");

		if (size == 3 && !memcmp(at, "/..", 3)) {
			while (end > out && *--end != '/')
				;
		} else {
			memmove(end, at, size);
			end += size;
		}
		at += size;
	}
	*end = '\0';
	return *out && strcmp(out, "/") != 0 ? out : "/";
}

bool nsjail_is(const struct textproto_value *value, bool other)
{
	return value->line ? value->number != 0 : other;
}

int64_t nsjail_number(const struct textproto_value *value, int64_t other)
{
	return value->line ? value->number : other;
}

const char *nsjail_text(const struct textproto_value *value, const char *other)
{
	return value->line ? value->text : other;
}
