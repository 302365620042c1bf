/* SPDX-License-Identifier: MIT */
/*
 * seccomp: sections, profiles and groups of any text are refused, or become
 * tables that the core takes, a program that answers as they do, and less than
 * what each section allows by itself.
 *
 * The file conf/seccomp/t is the profile "t"; the stack's settings follow as in
 * a stack.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/option.h"
#include "core/plan.h"
#include "core/stack.h"
#include "tests/fuzz/pipeline.h"

#define TABLES 8

extern const struct cordon_module seccomp_LTX_cordon_module;

struct capture {
	struct cordon_plan plan;
	struct arena *arena;
	const struct cordon_filter *filters[TABLES];
	size_t n;
};

static void take(struct cordon_plan *plan, const struct cordon_step *step)
{
	struct capture *capture = (struct capture *)plan;
	struct cordon_error err = { 0 };

	HOLDS(step->type == CORDON_STEP_SECCOMP);
	HOLDS(filter_judge(step, &err) == 0);
	if (capture->n < TABLES)
		capture->filters[capture->n++] =
			(const struct cordon_filter *)(void *)arena_copy(
				capture->arena, step->data, step->size);
}

/* Tables may be too long together, or test too much; no more. */
static void judge(struct capture *all)
{
	struct cordon_error err = { 0 };
	struct filter_program program = { 0 };
	struct seccomp_data data = { .arch = FILTER_ARCH };

	if (filter_generate(all->arena, all->filters, all->n, &program, &err) <
		    0 ||
	    filter_check(&program, all->filters, all->n, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	for (data.nr = 0; data.nr < 500; data.nr++) {
		uint32_t answer = filter_run(&program, &data);

		for (size_t i = 0; i < all->n; i++) {
			uint32_t one = filter_want(&all->filters[i], 1, &data);

			HOLDS(filter_stricter(answer, one) == answer);
		}
	}
}

/* What `deny` names by itself is not allowed, whatever else is said. */
static void judge_denied(const struct section *section,
			 const struct cordon_filter *filter)
{
	static const struct {
		const char *name;
		int number;
	} calls[] = {
#include "modules/seccomp_calls.h"
	};

	for (size_t i = 0; i < section->n_settings; i++) {
		const struct setting *setting = &section->settings[i];
		struct seccomp_data data = { .arch = FILTER_ARCH };

		if (strcmp(setting->key, "deny") || !setting->value)
			continue;
		for (size_t k = i + 1; k < section->n_settings; k++)
			if (!strcmp(section->settings[k].key, "deny") &&
			    !*section->settings[k].raw)
				return; /* emptied */
		for (size_t k = 0; k < CORDON_COUNT(calls); k++) {
			uint32_t answer;

			if (strcmp(setting->value, calls[k].name))
				continue;
			data.nr = calls[k].number;
			answer = filter_want(&filter, 1, &data);
			HOLDS(answer != SECCOMP_RET_ALLOW ||
			      filter->other == SECCOMP_RET_ALLOW ||
			      filter->other == SECCOMP_RET_LOG);
		}
	}
}

static void run(struct arena *arena, const struct pipeline *pipeline)
{
	const struct cordon_module *module = &seccomp_LTX_cordon_module;
	struct capture all = { .plan = { .size = sizeof(all.plan),
					 .add = take },
			       .arena = arena };
	struct cordon_error err = { 0 };
	struct stack_request asked;
	struct prepared prepared;
	struct stack stack;
	void *self;

	HOLDS(prepare_places(arena, &pipeline->request, &prepared, &err) == 0);
	asked = prepare_request(&prepared);
	asked.name = "t";
	asked.job = "fuzz";
	if (stack_read(arena, &asked, &stack, &err) < 0) {
		fuzz_judge_error(&err);
		return;
	}
	for (size_t i = 0; i < stack.n_sections && all.n < TABLES; i++) {
		struct section *section = &stack.sections[i];
		size_t before = all.n;

		if (strcmp(section->module, "seccomp"))
			continue;
		err = (struct cordon_error){ 0 };
		if (option_parse(arena, &stack, section, module, &self, &err) <
			    0 ||
		    module->plan(self, &all.plan, &err) < 0) {
			fuzz_judge_error(&err);
			return;
		}
		if (all.n > before)
			judge_denied(section, all.filters[before]);
	}
	if (all.n > 0)
		judge(&all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fuzz_part parts[FUZZ_PARTS];
	size_t n = fuzz_split(arena, data, size, parts);
	struct pipeline pipeline;

	pipeline_begin(&pipeline, arena, parts, n);
	run(arena, &pipeline);
	pipeline_end(&pipeline);
	arena_free(arena);
	return 0;
}
