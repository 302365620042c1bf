/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/value.h"

#define LONGEST 6 /* \uXXXX */

/* All that value_is_control() names are below 0x10000. */
static size_t put_hex(char *out, uint32_t code)
{
	static const char hex[] = "0123456789abcdef";

	out[0] = '\\';
	out[1] = 'u';
	for (int i = 0; i < 4; i++)
		out[2 + i] = hex[code >> (12 - 4 * i) & 15];
	return 6;
}

static size_t put(char *out, uint32_t code, const char *text, size_t length)
{
	if (code == '"' || code == '\\') {
		out[0] = '\\';
		out[1] = (char)code;
		return 2;
	}
	if (value_is_control(code))
		return put_hex(out, code);
	memcpy(out, text, length);
	return length;
}

const char *json_string(struct arena *arena, const char *text)
{
	size_t n, at = 0;
	char *out;

	if (!text)
		return "null";
	n = strlen(text);
	out = arena_alloc(arena, n * LONGEST + 3);
	out[at++] = '"';
	for (size_t i = 0; i < n;) {
		uint32_t code = 0;
		size_t length = value_char(text + i, n - i, &code);

		if (length == 0) {
			at += put(out + at, 0xfffd, "\xef\xbf\xbd", 3);
			i++;
			continue;
		}
		at += put(out + at, code, text + i, length);
		i += length;
	}
	out[at++] = '"';
	return out;
}
