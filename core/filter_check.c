/* SPDX-License-Identifier: MIT */
/* What a program answers, what the tables want, and whether these agree. */
#include <inttypes.h>
#include <string.h>
#include <sys/syscall.h>

#include "core/filter.h"

#define KILL SECCOMP_RET_KILL_PROCESS
#define PROBES_MAX 100000 /* of one call */

/* ---- the interpreter ---- */

#define LOAD (BPF_LD | BPF_W | BPF_ABS)
#define AND (BPF_ALU | BPF_AND | BPF_K)
#define GO (BPF_JMP | BPF_JA)
#define IF_EQUAL (BPF_JMP | BPF_JEQ | BPF_K)
#define IF_AT_LEAST (BPF_JMP | BPF_JGE | BPF_K)
#define IF_MORE (BPF_JMP | BPF_JGT | BPF_K)
#define IF_ANY (BPF_JMP | BPF_JSET | BPF_K)
#define RETURN (BPF_RET | BPF_K)

static bool is_true(uint16_t code, uint32_t a, uint32_t k)
{
	return code == IF_EQUAL	     ? a == k
	       : code == IF_AT_LEAST ? a >= k
	       : code == IF_MORE     ? a > k
				     : (a & k) != 0;
}

/* Whatever the kernel would not load answers as the strictest does. */
static uint32_t run(const struct filter_program *program,
		    const struct seccomp_data *data, bool *reads_arguments)
{
	uint32_t a = 0;

	for (size_t at = 0; at < program->n; at++) {
		const struct sock_filter *insn = &program->insn[at];

		switch (insn->code) {
		case LOAD:
			if (insn->k % 4 || insn->k > sizeof(*data) - 4)
				return KILL;
			*reads_arguments |=
				insn->k >= offsetof(struct seccomp_data,
						    instruction_pointer);
			memcpy(&a, (const char *)data + insn->k, 4);
			break;
		case AND:
			a &= insn->k;
			break;
		case GO:
			if (insn->k >= program->n)
				return KILL;
			at += insn->k;
			break;
		case IF_EQUAL:
		case IF_AT_LEAST:
		case IF_MORE:
		case IF_ANY:
			at += is_true(insn->code, a, insn->k) ? insn->jt
							      : insn->jf;
			break;
		case RETURN:
			return insn->k;
		default:
			return KILL;
		}
	}
	return KILL;
}

uint32_t filter_run(const struct filter_program *program,
		    const struct seccomp_data *data)
{
	bool ignored = false;

	return run(program, data, &ignored);
}

bool filter_passes(const struct filter_program *program, long number,
		   uint64_t first)
{
	struct seccomp_data data = { .nr = (int)number, .arch = FILTER_ARCH };
	uint32_t answer;

	if (!program)
		return true;
	data.args[0] = first;
	answer = filter_run(program, &data) & SECCOMP_RET_ACTION_FULL;
	return answer == SECCOMP_RET_ALLOW || answer == SECCOMP_RET_LOG;
}

bool filter_depends(const struct filter_program *program, long number)
{
	const struct seccomp_data data = { .nr = (int)number,
					   .arch = FILTER_ARCH };
	bool reads_arguments = false;

	run(program, &data, &reads_arguments);
	return reads_arguments;
}

bool filter_passes_always(const struct filter_program *program, long number)
{
	return filter_passes(program, number, 0) &&
	       !filter_depends(program, number);
}

/* ---- the tables ---- */

/* KILL_PROCESS, KILL_THREAD, TRAP, ERRNO, ... ALLOW: as signed numbers. */
uint32_t filter_stricter(uint32_t one, uint32_t two)
{
	int32_t first = (int32_t)(one & SECCOMP_RET_ACTION_FULL);
	int32_t second = (int32_t)(two & SECCOMP_RET_ACTION_FULL);

	if (first != second)
		return first < second ? one : two;
	return one < two ? one : two;
}

const struct cordon_filter_rule *
filter_find(const struct cordon_filter *filter, uint32_t number)
{
	const struct cordon_filter_rule *rules = filter_rules(filter);
	size_t low = 0, high = filter->n_rules;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rules[middle].last < number)
			low = middle + 1;
		else
			high = middle;
	}
	return rules + low;
}

static bool holds(const struct cordon_filter_rule *rule, const uint64_t *args)
{
	if (rule->action == CORDON_FILTER_ONCE)
		return args[0] == FILTER_ONCE_PATH &&
		       args[1] == FILTER_ONCE_ARGV;
	for (uint32_t i = 0; i < rule->n_tests; i++) {
		const struct cordon_filter_test *test = &rule->test[i];
		bool is_equal =
			(args[test->argument] & test->mask) == test->value;

		if (is_equal == (test->is_not != 0))
			return false;
	}
	return true;
}

static uint32_t want_one(const struct cordon_filter *filter,
			 const struct seccomp_data *data)
{
	uint32_t number = (uint32_t)data->nr;
	uint64_t args[6];

	memcpy(args, data->args, sizeof(args));
	for (const struct cordon_filter_rule *rule =
		     filter_find(filter, number);
	     filter_is_for(filter, rule, number); rule++)
		if (holds(rule, args))
			return rule->action == CORDON_FILTER_ONCE
				       ? SECCOMP_RET_ALLOW
				       : rule->action;
	return filter_rest(filter, number);
}

uint32_t filter_want(const struct cordon_filter *const *filters, size_t n,
		     const struct seccomp_data *data)
{
	uint32_t answer = SECCOMP_RET_ALLOW;
	uint32_t number = (uint32_t)data->nr;

	if (data->arch != FILTER_ARCH ||
	    (number >= FILTER_X32 && number != UINT32_MAX))
		return KILL;
	for (size_t i = 0; i < n; i++)
		answer = filter_stricter(answer, want_one(filters[i], data));
	return answer;
}

/* ---- do they agree? ---- */

/* The values of one argument at which some test could turn. */
struct edges {
	uint64_t value[256];
	size_t n;
	bool is_full;
};

struct check {
	const struct filter_program *program;
	const struct cordon_filter *const *filters;
	size_t n;
	struct cordon_error *err;
};

static int wrong_answer(const struct check *check,
			const struct seccomp_data *data)
{
	uint32_t got = filter_run(check->program, data);
	uint32_t want = filter_want(check->filters, check->n, data);

	return cordon_fail(check->err, 0,
			   "the filter's program is wrong: call %d of "
			   "%#" PRIx32 " with %#" PRIx64 " %#" PRIx64
			   " gives %#" PRIx32 ", it should %#" PRIx32
			   " (a fault of cordon)",
			   data->nr, (uint32_t)data->arch,
			   (uint64_t)data->args[0], (uint64_t)data->args[1],
			   got, want);
}

static int probe(const struct check *check, const struct seccomp_data *data)
{
	return filter_run(check->program, data) ==
			       filter_want(check->filters, check->n, data)
		       ? 0
		       : wrong_answer(check, data);
}

static void add_edge(struct edges *edges, uint64_t value)
{
	for (size_t i = 0; i < edges->n; i++)
		if (edges->value[i] == value)
			return;
	if (edges->n < CORDON_COUNT(edges->value))
		edges->value[edges->n++] = value;
	else
		edges->is_full = true;
}

/* Single bits come later, one by one: probe_bits(). */
static void add_edges(struct edges *edges, uint64_t mask, uint64_t value)
{
	add_edge(edges, value);
	add_edge(edges, value | ~mask);
	add_edge(edges, value - 1);
	add_edge(edges, value + 1);
	add_edge(edges, ~value);
}

/* true: some table tests an argument of this call. */
static bool find_edges(const struct check *check, uint32_t number,
		       struct edges edges[6])
{
	bool is_tested = false;

	for (size_t i = 0; i < check->n; i++) {
		const struct cordon_filter *filter = check->filters[i];

		for (const struct cordon_filter_rule *rule =
			     filter_find(filter, number);
		     filter_is_for(filter, rule, number); rule++) {
			if (rule->n_tests == 0 &&
			    rule->action != CORDON_FILTER_ONCE)
				continue;
			if (!is_tested)
				for (int a = 0; a < 6; a++) {
					edges[a].n = 0;
					edges[a].is_full = false;
				}
			is_tested = true;
			if (rule->action == CORDON_FILTER_ONCE) {
				add_edges(&edges[0], ~(uint64_t)0,
					  FILTER_ONCE_PATH);
				add_edges(&edges[1], ~(uint64_t)0,
					  FILTER_ONCE_ARGV);
			}
			for (uint32_t t = 0; t < rule->n_tests; t++)
				add_edges(&edges[rule->test[t].argument],
					  rule->test[t].mask,
					  rule->test[t].value);
		}
	}
	return is_tested;
}

/* Every combination, as a counter with six digits counts. */
static int probe_all(const struct check *check, struct seccomp_data *data,
		     const struct edges edges[6])
{
	size_t at[6] = { 0 }, total = 1;
	int digit = 0;

	for (int i = 0; i < 6; i++)
		total = edges[i].is_full ? PROBES_MAX + 1
					 : total * (edges[i].n ? edges[i].n : 1);
	if (total > PROBES_MAX)
		return cordon_fail(check->err, 0,
				   "call %d has more tests than can be checked",
				   data->nr);
	while (digit < 6) {
		for (int i = 0; i < 6; i++)
			data->args[i] =
				edges[i].n ? edges[i].value[at[i]] : 0;
		if (probe(check, data) < 0)
			return -1;
		for (digit = 0; digit < 6; digit++) {
			if (++at[digit] < edges[digit].n)
				break;
			at[digit] = 0;
		}
	}
	return 0;
}

/* Each bit of what holds: those of the mask must matter, and no other. */
static int probe_bits(const struct check *check, struct seccomp_data *data,
		      uint32_t argument)
{
	uint64_t value = data->args[argument];
	int rc = 0;

	for (int bit = 0; bit < 64 && rc == 0; bit++) {
		data->args[argument] = value ^ (uint64_t)1 << bit;
		rc = probe(check, data);
	}
	data->args[argument] = value;
	return rc;
}

static int probe_rule(const struct check *check, struct seccomp_data *data,
		      const struct cordon_filter_rule *rule)
{
	memset(data->args, 0, sizeof(data->args));
	if (rule->action == CORDON_FILTER_ONCE) {
		data->args[0] = FILTER_ONCE_PATH;
		data->args[1] = FILTER_ONCE_ARGV;
		return probe_bits(check, data, 0) < 0
			       ? -1
			       : probe_bits(check, data, 1);
	}
	for (uint32_t i = 0; i < rule->n_tests; i++)
		data->args[rule->test[i].argument] = rule->test[i].value;
	/* Two tests may be of one argument. */
	for (uint32_t i = 0; i < rule->n_tests; i++) {
		data->args[rule->test[i].argument] = rule->test[i].value;
		if (probe_bits(check, data, rule->test[i].argument) < 0)
			return -1;
	}
	return 0;
}

static int probe_rules(const struct check *check, struct seccomp_data *data)
{
	uint32_t number = (uint32_t)data->nr;

	for (size_t i = 0; i < check->n; i++) {
		const struct cordon_filter *filter = check->filters[i];

		for (const struct cordon_filter_rule *rule =
			     filter_find(filter, number);
		     filter_is_for(filter, rule, number); rule++)
			if (probe_rule(check, data, rule) < 0)
				return -1;
	}
	return 0;
}

static int check_number(const struct check *check, uint32_t number,
			struct edges edges[6])
{
	struct seccomp_data data = { .nr = (int)number, .arch = FILTER_ARCH };
	bool reads_arguments = false;

	if (probe(check, &data) < 0)
		return -1;
	if (find_edges(check, number, edges))
		return probe_all(check, &data, edges) < 0
			       ? -1
			       : probe_rules(check, &data);
	/* Answered without a look at the arguments: so it is for all of them. */
	run(check->program, &data, &reads_arguments);
	return reads_arguments ? wrong_answer(check, &data) : 0;
}

/* i386, x32's and others' numbers must never meet the native table. */
static int check_foreign(const struct check *check)
{
	static const uint32_t archs[] = { 0,	      0x40000003, 0x40000028,
					  0xc00000b7, 0xc000003e, 0xc00000f3,
					  UINT32_MAX };
	static const uint32_t numbers[] = { 0,	 1,   2,  11, 59,
					    120, 221, 435, UINT32_MAX };

	for (size_t i = 0; i < CORDON_COUNT(archs); i++)
		for (size_t k = 0; k < CORDON_COUNT(numbers); k++) {
			const struct seccomp_data data = {
				.nr = (int)numbers[k], .arch = archs[i]
			};

			if (probe(check, &data) < 0)
				return -1;
		}
	return 0;
}

int filter_check(const struct filter_program *program,
		 const struct cordon_filter *const *filters, size_t n,
		 struct cordon_error *err)
{
	static const uint32_t far[] = { 0x3fffffff, 0x40000000, 0x40000001,
					0x40000200, 0x4000023b, 0x7fffffff,
					0x80000000, 0xfffffffe, 0xffffffff };
	const struct check check = { program, filters, n, err };
	struct edges edges[6];
	uint32_t highest = 0;

	for (size_t i = 0; i < n; i++)
		if (filters[i]->highest > highest)
			highest = filters[i]->highest;
	for (uint32_t number = 0; number <= highest + 64; number++)
		if (check_number(&check, number, edges) < 0 ||
		    (FILTER_X32 == 0x40000000 &&
		     check_number(&check, number | FILTER_X32, edges) < 0))
			return -1;
	for (size_t i = 0; i < CORDON_COUNT(far); i++)
		if (check_number(&check, far[i], edges) < 0)
			return -1;
	return check_foreign(&check);
}
