/* SPDX-License-Identifier: MIT */
/*
 * stack: files of any text, with includes, drop-ins, parameters and what the
 * caller says, are a plan or one error; the same each time.
 */
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/ini.h"
#include "tests/fuzz/pipeline.h"

/* What was read, written again, reads as the same. */
static void read_again(struct arena *arena, const struct fuzz_part *part)
{
	struct ini_file file, again;
	struct cordon_error err = { 0 };
	const char *text = "";

	if (ini_parse_text(arena, part->text, part->size, "t.ini", &file,
			   &err) < 0) {
		fuzz_judge_error(&err);
		HOLDS(file.count == 0);
		return;
	}
	if (file.count > 200)
		return;
	for (size_t i = 0; i < file.count; i++)
		text = file.lines[i].key ? arena_printf(arena, "%s%s = %s\n",
							text, file.lines[i].key,
							file.lines[i].value)
					 : arena_printf(arena, "%s[%s]\n", text,
							file.lines[i].section);
	HOLDS(ini_parse_text(arena, text, strlen(text), "t.ini", &again,
			     &err) == 0);
	HOLDS(file.count == again.count);
	for (size_t i = 0; i < file.count; i++) {
		EQUAL(file.lines[i].section, again.lines[i].section);
		HOLDS(!file.lines[i].key == !again.lines[i].key);
		EQUAL(file.lines[i].value, again.lines[i].value);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fuzz_part parts[FUZZ_PARTS];
	size_t n = fuzz_split(arena, data, size, parts), sum = 0;
	struct prepared one, two;
	const char *told, *again;
	struct pipeline pipeline;

	for (size_t i = 0; i < n; i++)
		read_again(arena, &parts[i]);
	for (size_t i = 0; i < size; i++)
		sum = sum * 31 + data[i];
	pipeline_begin(&pipeline, arena, parts, n);
	if (pipeline_plan(&pipeline, arena, &one, &told) == 0)
		pipeline_judge(&one);
	if (sum % 5 == 0) {
		pipeline_plan(&pipeline, arena, &two, &again);
		EQUAL(told, again);
	} else {
		pipeline_print(&pipeline, sum);
	}
	pipeline_end(&pipeline);
	arena_free(arena);
	return 0;
}
