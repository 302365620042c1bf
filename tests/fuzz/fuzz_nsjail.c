/* SPDX-License-Identifier: MIT */
/*
 * nsjail: a profile of any bytes.  What is refused is refused in a line that
 * begins with its place; what is read becomes sections that a stack can be read
 * from, and nothing in them stands for a parameter.
 */
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail.h"
#include "core/stack.h"
#include "tests/fuzz/fuzz.h"

static void read_sections(struct arena *arena, const struct ini_file *sections)
{
	const struct stack_request request = { .more = sections,
					       .cwd = "/",
					       .job = "job" };
	struct cordon_error err = { 0 };
	struct stack stack;

	if (stack_read(arena, &request, &stack, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	for (size_t i = 0; i < stack.n_sections; i++)
		for (size_t j = 0; j < stack.sections[i].n_settings; j++) {
			const struct setting *setting =
				&stack.sections[i].settings[j];

			HOLDS(setting->value && !setting->has_parameter);
		}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct nsjail_profile *profile = arena_alloc(arena, sizeof(*profile));
	struct cordon_error err = { 0 };
	struct ini_file sections;

	fuzz_open();
	if (textproto_read(arena, "f", (const char *)data, size, &nsjail_kind,
			   profile, &err) < 0) {
		fuzz_judge_error(&err);
		HOLDS(!strncmp(err.text, "f:", 2));
	} else {
		profile->file = "f";
		if (nsjail_sections(arena, profile, &sections, &err) < 0)
			fuzz_judge_error(&err);
		else
			read_sections(arena, &sections);
	}
	fuzz_close();
	arena_free(arena);
	return 0;
}
