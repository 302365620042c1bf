/* SPDX-License-Identifier: MIT */
/*
 * record: whatever stands in a name, a message or an argument, a record is one
 * line of JSON, and what is said for people is one line too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/record.h"
#include "core/value.h"
#include "tests/fuzz/fuzz.h"

/* The texts of an input, each up to its NUL. */
struct bytes {
	const char *at, *end;
};

static const char *next(struct bytes *bytes)
{
	const char *text = bytes->at;

	if (text >= bytes->end)
		return NULL;
	bytes->at += strlen(text) + 1;
	return text;
}

static int64_t number(struct bytes *bytes)
{
	const char *text = next(bytes);

	return text ? (int64_t)strtoull(text, NULL, 10) : 0;
}

static void judge_escape(struct arena *arena, const char *text)
{
	size_t n = strlen(text);
	const char *line = value_escape(arena, text, n);
	char buffer[300];
	size_t room = 16 + n % (sizeof(buffer) - 16);
	const char *json = json_string(arena, text);

	HOLDS(fuzz_is_line(line, strlen(line)));
	EQUAL(value_line(arena, line), line);
	line = value_line(arena, text);
	HOLDS(fuzz_is_line(line, strlen(line)));
	EQUAL(value_line(arena, line), line);
	line = value_show(buffer, room, text, n);
	HOLDS(line == buffer && strlen(line) < room);
	HOLDS(fuzz_is_line(line, strlen(line)));
	EQUAL(value_line(arena, line), line);
	HOLDS(fuzz_is_json(json, strlen(json)));
}

/* One line, and JSON, at the end of what was there. */
static void judge_file(struct arena *arena, int fd, size_t before)
{
	struct stat st;
	char *text;
	size_t size;

	HOLDS(fstat(fd, &st) == 0 && (size_t)st.st_size > before);
	size = (size_t)st.st_size - before;
	text = arena_alloc(arena, size + 1);
	HOLDS(pread(fd, text, size, (off_t)before) == (ssize_t)size);
	HOLDS(text[size - 1] == '\n');
	HOLDS(memchr(text, '\n', size) == text + size - 1);
	HOLDS(fuzz_is_json(text, size - 1));
}

static void write_record(struct arena *arena, struct bytes *bytes)
{
	static const char *const reasons[] = { "started", "exited", "signaled",
					       "timeout", "oom",    "seccomp",
					       "denied",  "failed" };
	struct outcome outcome = { .has_started = true, .has_ended = true };
	struct request request = { .status_fd = memfd_create("fuzz", 0) };
	struct prepared prepared = { .arena = arena, .request = &request };
	struct ending ending = { .outcome = &outcome };
	struct cordon_error err = { 0 };
	const char *digest, *section;
	struct record record;
	struct stat st;

	HOLDS(request.status_fd > 2);
	HOLDS(record_open(&record, arena, &request, &err) == 0);
	record.started_ns = number(bytes) & INT64_MAX;
	ending.reason = reasons[(uint64_t)number(bytes) % 8];
	outcome.status = (int)number(bytes) & 0xffff;
	outcome.wall_ns = number(bytes);
	outcome.max_rss_kb = number(bytes);
	request.job_id = next(bytes);
	request.stack = next(bytes);
	digest = next(bytes);
	ending.section = next(bytes);
	ending.message = next(bytes);
	while ((section = next(bytes)))
		prepare_degrade(&prepared, section, next(bytes));
	HOLDS(record_write(&record, &prepared, digest, &ending) == 0);
	judge_file(arena, request.status_fd, 0);
	/* A second one is a line of its own. */
	HOLDS(fstat(request.status_fd, &st) == 0);
	prepared.stack.name = request.stack;
	ending.outcome = NULL;
	HOLDS(record_write(&record, &prepared, NULL, &ending) == 0);
	judge_file(arena, request.status_fd, (size_t)st.st_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, (const char *)data, size);
	struct bytes bytes = { text, text + size };
	const char *one;

	fuzz_open();
	write_record(arena, &bytes);
	bytes.at = text;
	while ((one = next(&bytes)))
		judge_escape(arena, one);
	arena_free(arena);
	fuzz_close();
	return 0;
}
