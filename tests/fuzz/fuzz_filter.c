/* SPDX-License-Identifier: MIT */
/*
 * filter: for all tables that the core takes, the program that is made answers
 * as they do, to the check and to calls of the fuzzer's choice; and the check
 * stands any program, made or not.
 */
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/filter.h"
#include "tests/fuzz/fuzz.h"

#define FILTERS 3
#define RULES 24

struct bytes {
	const uint8_t *at, *end;
};

static uint64_t next(struct bytes *bytes, size_t n)
{
	uint64_t value = 0;

	for (; n > 0 && bytes->at < bytes->end; n--)
		value = value << 8 | *bytes->at++;
	return value;
}

static uint32_t action(struct bytes *bytes)
{
	static const uint32_t actions[] = {
		SECCOMP_RET_ALLOW,	  SECCOMP_RET_LOG,
		SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | 1,
		SECCOMP_RET_ERRNO | 38,	  CORDON_FILTER_ONCE
	};
	uint64_t which = next(bytes, 1);

	if (which < 6)
		return actions[which];
	return which < 250 ? SECCOMP_RET_ERRNO | (uint32_t)which
			   : (uint32_t)next(bytes, 4);
}

static uint64_t word(struct bytes *bytes)
{
	return next(bytes, 1u << (next(bytes, 1) & 3));
}

/* A table of the bytes, whether the core takes it or not. */
static struct cordon_step table(struct arena *arena, struct bytes *bytes)
{
	size_t n = next(bytes, 1) % RULES, size;
	struct cordon_filter *filter;
	struct cordon_filter_rule *rule;
	uint32_t number = 0;

	size = sizeof(*filter) + n * sizeof(*rule);
	filter = arena_alloc(arena, size);
	rule = (struct cordon_filter_rule *)(void *)(filter + 1);
	filter->other = action(bytes);
	filter->unknown = action(bytes);
	filter->highest = (uint32_t)next(bytes, 2) & 0x3ff;
	filter->n_rules = (uint32_t)n;
	for (size_t i = 0; i < n; i++, rule++) {
		uint8_t form = (uint8_t)next(bytes, 1);

		number += form & 0x40 ? 0 : (uint32_t)next(bytes, 1);
		rule->number = form & 0x80 ? 59 : number;
		rule->last = rule->number +
			     (form & 0x20 ? (uint32_t)next(bytes, 1) : 0);
		rule->action = action(bytes);
		rule->n_tests = form & 3;
		for (uint32_t t = 0; t < rule->n_tests && t < 2; t++) {
			rule->test[t].argument = (uint32_t)next(bytes, 1);
			rule->test[t].is_not = form >> (2 + t) & 1;
			rule->test[t].mask =
				form & 0x10 ? word(bytes) : UINT32_MAX;
			rule->test[t].value = word(bytes);
			if (!(form & 8))
				rule->test[t].value &= rule->test[t].mask;
		}
		number = rule->last + !(form & 0x40);
	}
	return (struct cordon_step){ .data = filter, .size = size };
}

/* Calls that the check has not chosen. */
static void ask(const struct filter_program *program,
		const struct cordon_filter *const *filters, size_t n,
		struct bytes bytes)
{
	while (bytes.at < bytes.end) {
		struct seccomp_data data = { .nr = (int)next(&bytes, 2),
					     .arch = FILTER_ARCH };

		if ((data.nr & 0xfc00) == 0xfc00)
			data.arch = (uint32_t)next(&bytes, 4);
		if (data.nr & 0x8000)
			data.nr = (int)next(&bytes, 4);
		for (int i = 0; i < 6; i++)
			data.args[i] = word(&bytes);
		HOLDS(filter_run(program, &data) ==
		      filter_want(filters, n, &data));
	}
}

/* Changed, or made of nothing but bytes: an answer and an end are all it owes;
 * to the first and last call it is never wrong unseen. */
static void disturb(struct arena *arena, const struct filter_program *program,
		    const struct cordon_filter *const *filters, size_t n,
		    struct bytes *bytes)
{
	struct filter_program other = *program;
	struct cordon_error err = { 0 };
	size_t size = program->n * sizeof(*program->insn);
	uint8_t *raw =
		(uint8_t *)arena_copy(arena, (const char *)program->insn, size);
	const struct seccomp_data foreign = { .nr = 1, .arch = 0x40000003 };
	const struct seccomp_data first = { .nr = 0, .arch = FILTER_ARCH };

	for (uint64_t i = next(bytes, 1) % 16; i > 0 && size > 0; i--)
		raw[next(bytes, 2) % size] ^= (uint8_t)next(bytes, 1);
	other.insn = (struct sock_filter *)(void *)raw;
	if (next(bytes, 1) & 1)
		other.n = next(bytes, 1) % (other.n + 1);
	if (filter_check(&other, filters, n, &err) < 0)
		return;
	HOLDS(filter_run(&other, &foreign) == SECCOMP_RET_KILL_PROCESS);
	HOLDS(filter_run(&other, &first) == filter_want(filters, n, &first));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct bytes bytes = { data, data + size };
	const struct cordon_filter *filters[FILTERS];
	struct filter_program program = { 0 };
	struct cordon_error err = { 0 };
	uint64_t how = next(&bytes, 1);
	size_t n = 0;

	for (uint64_t i = how % FILTERS + 1; i > 0; i--) {
		struct cordon_step step = table(arena, &bytes);

		if (filter_judge(&step, &err) == 0)
			filters[n++] = step.data;
		else
			fuzz_judge_error(&err);
	}
	if (n == 0)
		goto out;
	if (filter_generate(arena, filters, n, &program, &err) < 0) {
		fuzz_judge_error(&err);
		goto out;
	}
	HOLDS(program.n > 0 && program.n <= FILTER_MAX);
	if (filter_check(&program, filters, n, &err) < 0) {
		fuzz_judge_error(&err); /* too many tests alone */
		goto out;
	}
	if (how & 0x80)
		disturb(arena, &program, filters, n, &bytes);
	else
		ask(&program, filters, n, bytes);
out:
	arena_free(arena);
	return 0;
}
