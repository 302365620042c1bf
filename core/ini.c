/* SPDX-License-Identifier: MIT */
/*
 * Two readings that must agree.  inih answers 0 for files that it has misread,
 * and how it reads depends on its release and on how it was built: it takes the
 * tail of a long line for a setting, an indented header for a value, ':' for
 * '='.  So each line is judged here first, what is good is then fed to inih in
 * the one form that every build of it reads alike, and what inih says of it
 * must be, byte for byte, what stood there.
 */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/ini.h"
#include "core/value.h"

#define FILE_MAX ((size_t)1024 * 1024)
#define LINE_MAX_BYTES ((size_t)8192)
#define NAME_MAX_BYTES ((size_t)48) /* inih cuts at 49 and says nothing */
#define SECTIONS_MAX 1000 /* keeps the search for a second one short */

struct span {
	const char *text;
	size_t size;
};

struct ini {
	struct arena *arena;
	struct cordon_error *err;
	struct ini_file *out;
	unsigned line; /* the one that is judged or fed */
	const char
		*section; /* the one that it stands in; NULL before the first */
	struct span *values; /* beside out->lines: where the value stands in the
				text */
	size_t room;	     /* of both */
	size_t sections;

	/* The second reading. */
	size_t fed;	    /* the line that inih is given */
	size_t done, piece; /* of its value: what inih has told, what it is to
			       tell next */
	char *joined;
	bool is_waiting; /* for that piece */
	bool is_wrong;
};

__attribute__((format(printf, 2, 3))) static int
ini_fail(struct ini *ini, const char *format, ...)
{
	char path[128], reason[256];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	value_show(path, sizeof(path), ini->out->path, strlen(ini->out->path));
	return cordon_fail(ini->err, 0, "%s:%u: %s", path, ini->line, reason);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct span skip_blanks(struct span span)
{
	while (span.size > 0 && is_blank(*span.text)) {
		span.text++;
		span.size--;
	}
	return span;
}

static struct span drop_blanks(struct span span)
{
	while (span.size > 0 && is_blank(span.text[span.size - 1]))
		span.size--;
	return span;
}

static bool is_among(char c, const char *ranges)
{
	for (; *ranges; ranges += 2)
		if (c >= ranges[0] && c <= ranges[1])
			return true;
	return false;
}

static size_t scan_among(struct span span, const char *ranges)
{
	size_t n = 0;

	while (n < span.size && is_among(span.text[n], ranges))
		n++;
	return n;
}

/* Pairs: from, to. */
#define LETTERS "AZaz"
#define DIGITS "09"

static void ini_add(struct ini *ini, const char *key, struct span value)
{
	struct ini_file *out = ini->out;

	if (out->count == ini->room) {
		size_t room = ini->room ? 2 * ini->room : 64;
		struct ini_line *lines =
			arena_alloc(ini->arena, room * sizeof(*lines));
		struct span *values =
			arena_alloc(ini->arena, room * sizeof(*values));

		if (out->count > 0) {
			memcpy(lines, out->lines, out->count * sizeof(*lines));
			memcpy(values, ini->values,
			       out->count * sizeof(*values));
		}
		out->lines = lines;
		ini->values = values;
		ini->room = room;
	}
	ini->values[out->count] = value;
	out->lines[out->count++] = (struct ini_line){
		.section = ini->section,
		.key = key,
		.value = "",
		.line = ini->line,
	};
}

static int judge_characters(struct ini *ini, struct span line)
{
	uint32_t code = 0;

	for (size_t i = 0, n; i < line.size; i += n) {
		n = value_char(line.text + i, line.size - i, &code);
		if (n == 0)
			return ini_fail(ini,
					"byte 0x%02x is not UTF-8 text (save "
					"the file as UTF-8)",
					(unsigned char)line.text[i]);
		if (code == '\0')
			return ini_fail(ini, "the line holds a NUL byte (save "
					     "the file as UTF-8)");
		if (code == '\r')
			return ini_fail(ini,
					"carriage return without a line feed "
					"(end lines with a line feed)");
		if (code == 0xfeff)
			return ini_fail(ini, "the line holds a byte order mark "
					     "(save the file without one)");
		if (code != '\t' && value_is_control(code))
			return ini_fail(
				ini,
				"the line holds the control character U+%04X",
				(unsigned)code);
	}
	return 0;
}

static bool is_section_name(struct span name)
{
	size_t n;

	if (name.size == 0 || !is_among(name.text[0], "az"))
		return false;
	n = scan_among(name, "az" DIGITS "__");
	if (n == name.size)
		return true;
	if (name.text[n] != '.')
		return false;
	name.text += n + 1;
	name.size -= n + 1;
	return name.size > 0 &&
	       scan_among(name, LETTERS DIGITS "__--") == name.size;
}

/* What stands behind the ']' of a header. */
static int judge_rest(struct ini *ini, struct span rest)
{
	struct span text = skip_blanks(rest);
	char word[64];

	if (text.size == 0 || (*text.text == ';' && text.size < rest.size))
		return 0;
	value_show(word, sizeof(word), text.text, text.size);
	return ini_fail(ini,
			"'%s' after a section header (a comment there is a "
			"blank and ';')",
			word);
}

static int judge_header(struct ini *ini, struct span line)
{
	const char *end = memchr(line.text, ']', line.size);
	struct span name, rest;
	char word[80];

	value_show(word, sizeof(word), line.text, line.size);
	if (!end)
		return ini_fail(ini, "section header '%s' has no ']'", word);
	name = (struct span){ line.text + 1, (size_t)(end - line.text) - 1 };
	rest = (struct span){ end + 1, line.size - name.size - 2 };
	if (judge_rest(ini, rest) < 0)
		return -1;
	value_show(word, sizeof(word), name.text, name.size);
	if (name.size > NAME_MAX_BYTES)
		return ini_fail(ini,
				"section name '%s' is longer than %zu bytes",
				word, NAME_MAX_BYTES);
	if (!is_section_name(name))
		return ini_fail(
			ini,
			"'%s' is not a section name (MODULE or MODULE.LABEL)",
			word);
	if (++ini->sections > SECTIONS_MAX)
		return ini_fail(ini, "more than %d sections", SECTIONS_MAX);
	ini->section = arena_copy(ini->arena, name.text, name.size);
	for (size_t i = 0; i < ini->out->count; i++) {
		const struct ini_line *old = &ini->out->lines[i];

		if (!old->key && !strcmp(old->section, ini->section))
			return ini_fail(ini,
					"section [%s] is already in line %u (a "
					"second one needs %s)",
					ini->section, old->line,
					strchr(ini->section, '.')
						? "another label"
						: "a label: [MODULE.LABEL]");
	}
	ini_add(ini, NULL, (struct span){ "", 0 });
	return 0;
}

static int judge_key(struct ini *ini, struct span line, const char *equals,
		     struct span *key)
{
	char word[80];

	key->text = line.text;
	key->size = equals ? (size_t)(equals - line.text) : line.size;
	*key = drop_blanks(*key);
	value_show(word, sizeof(word), key->text, key->size);
	if (!equals)
		return ini_fail(ini, "'%s' is not KEY = VALUE%s", word,
				memchr(key->text, ':', key->size)
					? " (':' is not '=')"
					: "");
	if (key->size == 0)
		return ini_fail(ini, "no key before '='");
	if (key->size > NAME_MAX_BYTES)
		return ini_fail(ini, "key '%s' is longer than %zu bytes", word,
				NAME_MAX_BYTES);
	if (scan_among(*key, LETTERS DIGITS "__..--") == key->size)
		return 0;
	if (memchr(key->text, ':', key->size))
		return ini_fail(
			ini,
			"'%s' is not a key (':' is not '='; write KEY = VALUE)",
			word);
	return ini_fail(ini,
			"'%s' is not a key (letters, digits, '_', '.' and '-')",
			word);
}

/* Cuts the comment; refuses what only looks like one, or hides one. */
static int judge_value(struct ini *ini, struct span text, struct span *value)
{
	bool is_quoted = false; /* an odd number of quotes so far */

	*value = skip_blanks(text);
	if (value->size > 0 && value->text == text.text &&
	    strchr(";#", *value->text))
		return ini_fail(ini,
				"the value begins with '%c' (a comment is a "
				"blank and ';')",
				*value->text);
	for (size_t i = 0; i < value->size; i++) {
		char c = value->text[i];
		bool is_after_blank = i == 0 || is_blank(value->text[i - 1]);

		if (c == '#' && is_after_blank)
			return ini_fail(
				ini,
				"'#' after a blank in a value (a comment there "
				"begins with ';')");
		if (c == ';' && is_after_blank) {
			if (is_quoted &&
			    memchr(value->text + i, '"', value->size - i))
				return ini_fail(ini, "quotes do not protect a "
						     "blank and ';', "
						     "which begin a comment");
			value->size = i;
		}
		is_quoted ^= c == '"';
	}
	*value = drop_blanks(*value);
	return 0;
}

static int judge_setting(struct ini *ini, struct span line)
{
	const char *equals = memchr(line.text, '=', line.size);
	struct span key, value;

	if (judge_key(ini, line, equals, &key) < 0)
		return -1;
	if (!ini->section)
		return ini_fail(ini, "setting before the first section header");
	value.text = equals + 1;
	value.size = line.size - (size_t)(value.text - line.text);
	if (judge_value(ini, value, &value) < 0)
		return -1;
	ini_add(ini, arena_copy(ini->arena, key.text, key.size), value);
	return 0;
}

static int judge_line(struct ini *ini, struct span line)
{
	struct span text;
	char word[80];

	if (line.size > LINE_MAX_BYTES)
		return ini_fail(ini, "line is longer than %zu bytes",
				LINE_MAX_BYTES);
	if (judge_characters(ini, line) < 0)
		return -1;
	text = drop_blanks(skip_blanks(line));
	if (text.size == 0 || *text.text == ';' || *text.text == '#')
		return 0;
	value_show(word, sizeof(word), text.text, text.size);
	if (text.text != line.text)
		return ini_fail(ini,
				"'%s' is indented (a line never goes on in the "
				"next one)",
				word);
	if (*text.text == '[')
		return judge_header(ini, text);
	return judge_setting(ini, text);
}

static int judge_text(struct ini *ini, struct span text)
{
	while (text.size > 0) {
		const char *end = memchr(text.text, '\n', text.size);
		struct span line = { text.text, end ? (size_t)(end - text.text)
						    : text.size };
		size_t taken = line.size + (end != NULL);

		ini->line++;
		if (end && line.size > 0 && end[-1] == '\r')
			line.size--;
		if (judge_line(ini, line) < 0)
			return -1;
		text.text += taken;
		text.size -= taken;
	}
	return 0;
}

/*
 * The second reading.  A value goes in pieces that fit into inih's line, each
 * between bars as a setting of its own: so no build of inih sees a long line,
 * an outer blank, a comment or a continuation.
 */
static char *feed_wrong(struct ini *ini)
{
	ini->is_wrong = true;
	return NULL;
}

static char *feed(char *buffer, int size, void *stream)
{
	struct ini *ini = stream;
	const struct ini_line *line;
	const struct span *value;
	size_t room, used;

	if (ini->is_wrong || ini->is_waiting) /* the last piece got no answer */
		return feed_wrong(ini);
	if (ini->fed == ini->out->count)
		return NULL;
	line = &ini->out->lines[ini->fed];
	value = &ini->values[ini->fed];
	ini->line = line->line;
	/* "[]\n" or "=||\n", a NUL, and one to spare: a full buffer means a
	 * line cut in two. */
	used = strlen(line->key ? line->key : line->section) + 6;
	room = size > 0 && (size_t)size > used ? (size_t)size - used : 0;
	if (room == 0)
		return feed_wrong(ini);
	if (!line->key) {
		snprintf(buffer, (size_t)size, "[%s]\n", line->section);
		ini->fed++;
		return buffer;
	}
	ini->piece = value->size - ini->done;
	if (ini->piece > room)
		ini->piece = room;
	ini->is_waiting = true;
	snprintf(buffer, (size_t)size, "%s=|%.*s|\n", line->key,
		 (int)ini->piece, value->text + ini->done);
	return buffer;
}

/* Always 1, "go on": is_wrong says more than inih's answer could. */
static int take(void *user, const char *section, const char *key,
		const char *value)
{
	struct ini *ini = user;
	size_t size = value ? strlen(value) : 0;
	struct ini_line *line;

	if (!key) /* a build that speaks of headers */
		return 1;
	if (!value || !ini->is_waiting || size != ini->piece + 2 ||
	    value[0] != '|' || value[size - 1] != '|') {
		ini->is_wrong = true;
		return 1;
	}
	line = &ini->out->lines[ini->fed];
	if (strcmp(section, line->section) || strcmp(key, line->key) ||
	    memcmp(value + 1, ini->values[ini->fed].text + ini->done,
		   ini->piece)) {
		ini->is_wrong = true;
		return 1;
	}
	if (ini->done == 0)
		ini->joined =
			arena_alloc(ini->arena, ini->values[ini->fed].size + 1);
	memcpy(ini->joined + ini->done, value + 1, ini->piece);
	ini->is_waiting = false;
	ini->done += ini->piece;
	if (ini->done == ini->values[ini->fed].size) {
		line->value = ini->joined;
		ini->fed++;
		ini->done = 0;
	}
	return 1;
}

static int read_again(struct ini *ini)
{
	int rc = ini_parse_stream(feed, ini, take, ini);

	if (rc != 0 || ini->is_wrong || ini->is_waiting ||
	    ini->fed != ini->out->count)
		return ini_fail(ini,
				"inih reads this line differently (status %d; "
				"a fault of cordon or of this build of inih)",
				rc);
	return 0;
}

int ini_parse_text(struct arena *arena, const char *text, size_t size,
		   const char *path, struct ini_file *out,
		   struct cordon_error *err)
{
	struct ini_file file = { .path = arena_strdup(arena, path) };
	struct ini ini = { .arena = arena, .err = err, .out = &file };

	*out = (struct ini_file){ .path = file.path };
	if (size > FILE_MAX)
		return ini_fail(&ini, "file is larger than %zu bytes",
				FILE_MAX);
	if (judge_text(&ini, (struct span){ text, size }) < 0 ||
	    read_again(&ini) < 0)
		return -1;
	*out = file;
	return 0;
}

static int read_fail(const char *path, int code, const char *why,
		     struct cordon_error *err)
{
	char word[256];

	value_show(word, sizeof(word), path, strlen(path));
	return cordon_fail(err, code, "cannot read '%s'%s", word, why);
}

int ini_read(struct arena *arena, int fd, const char *path,
	     struct ini_file *out, struct cordon_error *err)
{
	struct stat st;
	char *text;
	size_t size = 0;
	ssize_t n;

	*out = (struct ini_file){ .path = arena_strdup(arena, path) };
	if (fstat(fd, &st) < 0)
		return read_fail(path, errno, "", err);
	if (!S_ISREG(st.st_mode)) /* a FIFO without a writer would read as empty
				   */
		return read_fail(path, 0, ": it is not a regular file", err);
	if (st.st_size > (off_t)FILE_MAX)
		return read_fail(path, 0, ": it is larger than 1 MiB", err);
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	do {
		n = pread(fd, text + size, (size_t)st.st_size + 1 - size,
			  (off_t)size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_fail(path, errno, "", err);
		size += (size_t)n;
	} while (n != 0 && size <= (size_t)st.st_size);
	if (size != (size_t)st.st_size)
		return read_fail(path, 0, ": it changed meanwhile", err);
	return ini_parse_text(arena, text, size, path, out, err);
}
