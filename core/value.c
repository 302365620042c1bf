/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/value.h"

struct unit {
	const char *name;
	uint64_t factor;
};

#define KIB ((uint64_t)1024)
#define MS ((uint64_t)1000000)

/* Smallest first. */
static const struct unit size_units[] = {
	{ "K", KIB },
	{ "M", KIB *KIB },
	{ "G", KIB *KIB *KIB },
	{ "T", KIB *KIB *KIB *KIB },
};
static const struct unit time_units[] = {
	{ "ms", MS },
	{ "s", 1000 * MS },
	{ "min", 60000 * MS },
	{ "h", 3600000 * MS },
	{ "d", 24 * 3600000 * MS },
};
static const struct unit percent_units[] = { { "%", 1 } };

static const struct kind {
	const struct unit *units;
	size_t n_units;
	const char *what;    /* for "'x' is not WHAT" */
	const char *example; /* for "'2' needs a unit (for example 2EXAMPLE)" */
} kinds[] = {
	[VALUE_SIZE] = { size_units, CORDON_COUNT(size_units),
			 "a size (a whole number and K, M, G or T)", "M" },
	[VALUE_TIME] = { time_units, CORDON_COUNT(time_units),
			 "a time (a whole number and ms, s, min, h or d)",
			 "s" },
	[VALUE_COUNT] = { NULL, 0, "a number", NULL },
	[VALUE_PERCENT] = { percent_units, 1,
			    "a percentage (a whole number and %)", "%" },
	[VALUE_MODE] = { NULL, 0, "an octal mode (0 to 7777)", NULL },
};

/* isdigit() asks the locale; a policy must mean the same in each. */
static bool value_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Moves past the digits; false when the number is too large for 64 bits. */
static bool scan_digits(const char **text, unsigned base, uint64_t *out)
{
	uint64_t value = 0;

	for (; value_is_digit(**text) && (unsigned)(**text - '0') < base;
	     (*text)++) {
		unsigned digit = (unsigned)(**text - '0');

		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	*out = value;
	return true;
}

static const struct unit *value_unit(const struct kind *kind, const char *name)
{
	for (size_t i = 0; i < kind->n_units; i++)
		if (!strcmp(kind->units[i].name, name))
			return &kind->units[i];
	return NULL;
}

static int parse_mode(const char *text, uint64_t *out)
{
	const char *end = text;

	if (!scan_digits(&end, 8, out) || end == text || *end || *out > 07777 ||
	    end - text > 5)
		return -1;
	return 0;
}

int value_parse(enum value_kind id, const char *text, uint64_t *out,
		struct cordon_error *err)
{
	const struct kind *kind = &kinds[id];
	const struct unit *unit;
	const char *end = text;
	uint64_t value = 0;
	char word[96];

	value_show(word, sizeof(word), text, strlen(text));
	if (id == VALUE_MODE) {
		if (parse_mode(text, out) < 0)
			return cordon_fail(err, 0, "'%s' is not %s", word,
					   kind->what);
		return 0;
	}
	if (!value_is_digit(*text))
		return cordon_fail(err, 0, "'%s' is not %s", word, kind->what);
	if (text[0] == '0' && value_is_digit(text[1]))
		return cordon_fail(err, 0, "'%s' has a leading zero", word);
	if (!scan_digits(&end, 10, &value))
		return cordon_fail(err, 0, "'%s' is too large", word);
	if (*end == '\0') {
		if (kind->n_units > 0 && value != 0)
			return cordon_fail(
				err, 0, "'%s' needs a unit (for example %s%s)",
				word, word, kind->example);
	} else {
		unit = value_unit(kind, end);
		if (!unit)
			return cordon_fail(err, 0, "'%s' is not %s", word,
					   kind->what);
		if (value > UINT64_MAX / unit->factor)
			return cordon_fail(err, 0, "'%s' is too large", word);
		value *= unit->factor;
	}
	if (value == UINT64_MAX) /* inside, this number means unlimited */
		return cordon_fail(err, 0, "'%s' is too large", word);
	*out = value;
	return 0;
}

const char *value_print(struct arena *arena, enum value_kind id, uint64_t value)
{
	const struct kind *kind = &kinds[id];

	if (value == UINT64_MAX)
		return "unlimited";
	if (value == 0)
		return "0";
	if (id == VALUE_MODE)
		return arena_printf(arena, "%04" PRIo64, value);
	for (size_t i = kind->n_units; i-- > 0;)
		if (value % kind->units[i].factor == 0)
			return arena_printf(arena, "%" PRIu64 "%s",
					    value / kind->units[i].factor,
					    kind->units[i].name);
	if (id != VALUE_TIME)
		return arena_printf(arena, "%" PRIu64, value);
	if (value % 1000 == 0)
		return arena_printf(arena, "%" PRIu64 "us", value / 1000);
	return arena_printf(arena, "%" PRIu64 "ns", value);
}

int value_id(const char *text, uint32_t *out)
{
	const char *end = text;
	uint64_t value;

	if (!*text || text[strspn(text, "0123456789")] != '\0')
		return -1;
	if (text[0] == '0' && text[1] != '\0')
		return -2;
	/* The last one is the kernel's "leave it as it is", and never an id. */
	if (!scan_digits(&end, 10, &value) || value >= UINT32_MAX)
		return -2;
	*out = (uint32_t)value;
	return 0;
}

/* Not sigabbrev_np(): musl has none. */
static const char *const signal_names[] = {
	[SIGHUP] = "HUP",	[SIGINT] = "INT",	[SIGQUIT] = "QUIT",
	[SIGILL] = "ILL",	[SIGTRAP] = "TRAP",	[SIGABRT] = "ABRT",
	[SIGBUS] = "BUS",	[SIGFPE] = "FPE",	[SIGKILL] = "KILL",
	[SIGUSR1] = "USR1",	[SIGSEGV] = "SEGV",	[SIGUSR2] = "USR2",
	[SIGPIPE] = "PIPE",	[SIGALRM] = "ALRM",	[SIGTERM] = "TERM",
	[SIGSTKFLT] = "STKFLT", [SIGCHLD] = "CHLD",	[SIGCONT] = "CONT",
	[SIGSTOP] = "STOP",	[SIGTSTP] = "TSTP",	[SIGTTIN] = "TTIN",
	[SIGTTOU] = "TTOU",	[SIGURG] = "URG",	[SIGXCPU] = "XCPU",
	[SIGXFSZ] = "XFSZ",	[SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF",
	[SIGWINCH] = "WINCH",	[SIGIO] = "IO",		[SIGPWR] = "PWR",
	[SIGSYS] = "SYS",
};

/* By distance from SIGRTMIN, which is the C library's choice: 34 or 35. */
static const char *const real_time_names[] = {
	"RTMIN",    "RTMIN+1",	"RTMIN+2",  "RTMIN+3",	"RTMIN+4",  "RTMIN+5",
	"RTMIN+6",  "RTMIN+7",	"RTMIN+8",  "RTMIN+9",	"RTMIN+10", "RTMIN+11",
	"RTMIN+12", "RTMIN+13", "RTMIN+14", "RTMIN+15", "RTMIN+16", "RTMIN+17",
	"RTMIN+18", "RTMIN+19", "RTMIN+20", "RTMIN+21", "RTMIN+22", "RTMIN+23",
	"RTMIN+24", "RTMIN+25", "RTMIN+26", "RTMIN+27", "RTMIN+28", "RTMIN+29",
	"RTMIN+30",
};

const char *value_signal_name(int number)
{
	if (number > 0 && (size_t)number < CORDON_COUNT(signal_names))
		return signal_names[number];
	if (number >= SIGRTMIN && number <= SIGRTMAX &&
	    (size_t)(number - SIGRTMIN) < CORDON_COUNT(real_time_names))
		return real_time_names[number - SIGRTMIN];
	return NULL;
}

int value_signal(const char *name)
{
	if (!strncmp(name, "SIG", 3))
		name += 3;
	for (int number = 1; number <= SIGRTMAX; number++) {
		const char *known = value_signal_name(number);

		if (known && !strcmp(known, name))
			return number;
	}
	return -1;
}

#define NEAREST_MAX 64 /* no key or name that we know is longer */

/* How many letters must be added, dropped, changed or swapped with their
 * neighbour. */
static bool is_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Large and small letters are the same: HOME is for home. */
static size_t value_distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t rows[3][NEAREST_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= m; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *spare = before;

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = last[j - 1] +
				      !is_same_letter(a[i - 1], b[j - 1]);

			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 &&
			    is_same_letter(a[i - 1], b[j - 2]) &&
			    is_same_letter(a[i - 2], b[j - 1]) &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			row[j] = best;
		}
		before = last;
		last = row;
		row = spare;
	}
	return last[m];
}

const char *value_nearest(const char *word, const char *const *words, size_t n)
{
	size_t length = strlen(word);
	size_t limit = 1 + length / 3;
	const char *nearest = NULL;

	if (length == 0 || length > NEAREST_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t known = strlen(words[i]);
		size_t distance;

		if (known > NEAREST_MAX)
			continue;
		distance = value_distance(word, length, words[i], known);
		/* A word of which no letter stays is no help. */
		if (distance > limit || (distance > 0 && distance >= length))
			continue;
		if (distance == 0)
			return words[i];
		nearest = words[i];
		limit = distance - 1; /* of equals the first */
	}
	return nearest;
}

/* Only the last star is ever tried again, so this is never worse than n * m. */
bool value_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = ++pattern;
			again = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star;
			text = ++again;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

size_t value_char(const char *text, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *byte = (const unsigned char *)text;
	uint32_t value;
	size_t length;

	if (n == 0)
		return 0;
	if (byte[0] < 0x80) {
		*code = byte[0];
		return 1;
	}
	length = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
	if (byte[0] < 0xc2 || byte[0] > 0xf4 || length > n)
		return 0;
	value = byte[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (byte[i] & 0x3fu);
	}
	/* Overlong forms, halves of a UTF-16 pair and what lies beyond Unicode
	 * are no text. */
	if (value < least[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code = value;
	return length;
}

bool value_is_control(uint32_t code)
{
	return code < 0x20 ||
	       (code >= 0x7f &&
		code < 0xa0) || /* 0x9b alone begins a sequence */
	       (code >= 0x2028 &&
		code <= 0x202e) || /* line breaks, overrides of direction */
	       (code >= 0x2066 && code <= 0x2069) ||
	       code == 0xfeff;
}

#define ESCAPED_MAX 16 /* four bytes as \xhh */

/* Writes the first character of a non-empty text, says how long it was. */
static size_t escape_char(const char *text, size_t n, char out[ESCAPED_MAX],
			  size_t *written)
{
	static const char hex[] = "0123456789abcdef";
	uint32_t code = 0;
	size_t length = value_char(text, n, &code);
	bool plain = length > 0 && !value_is_control(code);
	size_t at = 0;

	if (length == 0)
		length = 1;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (!plain) {
			out[at++] = '\\';
			out[at++] = 'x';
			out[at++] = hex[byte >> 4];
			out[at++] = hex[byte & 15];
			continue;
		}
		if (byte == '\\')
			out[at++] = '\\';
		out[at++] = (char)byte;
	}
	*written = at;
	return length;
}

static size_t escaped_length(const char *text, size_t n)
{
	char out[ESCAPED_MAX];
	size_t total = 0, written;

	for (size_t i = 0; i < n; total += written)
		i += escape_char(text + i, n - i, out, &written);
	return total;
}

/* Writes the characters that fit, says how much of the text they were. */
static size_t escape_into(char *buffer, size_t room, const char *text, size_t n,
			  size_t *written)
{
	char out[ESCAPED_MAX];
	size_t i = 0, at = 0, more;

	while (i < n) {
		size_t length = escape_char(text + i, n - i, out, &more);

		if (at + more > room)
			break;
		memcpy(buffer + at, out, more);
		at += more;
		i += length;
	}
	*written = at;
	return i;
}

const char *value_escape(struct arena *arena, const char *text, size_t n)
{
	size_t length = escaped_length(text, n);
	char *copy = arena_alloc(arena, length + 1);

	escape_into(copy, length, text, n, &length);
	return copy;
}

const char *value_line(struct arena *arena, const char *line)
{
	size_t n = strlen(line), at = 0, written;
	char *copy = arena_alloc(arena, n * ESCAPED_MAX + 1);

	for (size_t i = 0; i < n; at += written) {
		if (line[i] == '\\') {
			copy[at] = line[i++];
			written = 1;
		} else {
			i += escape_char(line + i, n - i, copy + at, &written);
		}
	}
	return copy;
}

const char *value_show(char *buffer, size_t size, const char *text, size_t n)
{
	static const char dots[] = "...";
	size_t length = escaped_length(text, n);
	size_t half = (size - sizeof(dots)) / 2;
	size_t at, done, more;
	char out[ESCAPED_MAX];

	if (length < size) {
		escape_into(buffer, length, text, n, &at);
		buffer[at] = '\0';
		return buffer;
	}
	done = escape_into(buffer, half, text, n, &at);
	memcpy(buffer + at, dots, sizeof(dots) - 1);
	for (length -= at; length > half; length -= more)
		done += escape_char(text + done, n - done, out, &more);
	at += sizeof(dots) - 1;
	escape_into(buffer + at, half, text + done, n - done, &more);
	buffer[at + more] = '\0';
	return buffer;
}
