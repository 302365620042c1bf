/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/plan.h"
#include "core/step.h"
#include "core/value.h"

#define KILL SECCOMP_RET_KILL_PROCESS
#define NUMBERS_MAX 2048 /* system calls of any architecture; more are refused */
#define TESTS_MAX 8
#define RULES_MAX 256 /* of one call, when all tables are joined */

/* ---- one call, as all tables together see it ---- */

struct test {
	struct cordon_filter_test is;
	bool is_once; /* its value is known when it is loaded */
};

struct rule {
	uint32_t action;
	size_t n_tests;
	struct test test[TESTS_MAX];
};

/* The first whose tests all hold; the last has none. */
struct leaf {
	struct rule *rules;
	size_t n;
};

struct joined {
	struct arena *arena;
	struct leaf *leaves;
	size_t n_leaves, room;
	/* Calls from `first` up to the next one's have that leaf. */
	struct range {
		uint32_t first;
		uint32_t leaf;
	} ranges[NUMBERS_MAX + 2];
	size_t n_ranges;
	struct cordon_error *err;
};

static bool test_equal(const struct test *one, const struct test *two)
{
	return !memcmp(&one->is, &two->is, sizeof(one->is));
}

static int add_test(struct rule *rule, const struct test *test)
{
	for (size_t i = 0; i < rule->n_tests; i++)
		if (test_equal(&rule->test[i], test))
			return 0;
	if (rule->n_tests == TESTS_MAX)
		return -1;
	rule->test[rule->n_tests++] = *test;
	return 0;
}

static struct rule to_rule(const struct cordon_filter_rule *from)
{
	const struct test once[] = {
		{ { 0, 0, ~(uint64_t)0, FILTER_ONCE_PATH }, true },
		{ { 1, 0, ~(uint64_t)0, FILTER_ONCE_ARGV }, true },
	};
	struct rule rule = { .action = from->action };

	if (from->action == CORDON_FILTER_ONCE) {
		rule.action = SECCOMP_RET_ALLOW;
		rule.n_tests = 2;
		rule.test[0] = once[0];
		rule.test[1] = once[1];
		return rule;
	}
	rule.n_tests = from->n_tests;
	for (uint32_t i = 0; i < from->n_tests; i++)
		rule.test[i].is = from->test[i];
	return rule;
}

/* What one table says to one number, up to its first rule without tests. */
static struct leaf take_rules(struct joined *joined,
			      const struct cordon_filter *filter,
			      uint32_t number)
{
	const struct cordon_filter_rule *first = filter_find(filter, number);
	struct leaf leaf = { .n = 0 };
	size_t n = 0;

	while (filter_is_for(filter, &first[n], number))
		n++;
	leaf.rules = arena_alloc(joined->arena, (n + 1) * sizeof(*leaf.rules));
	while (leaf.n < n) {
		leaf.rules[leaf.n] = to_rule(&first[leaf.n]);
		if (leaf.rules[leaf.n++].n_tests == 0)
			return leaf;
	}
	leaf.rules[leaf.n++] =
		(struct rule){ .action = filter_rest(filter, number) };
	return leaf;
}

/* Both of one rule can hold: not where one argument must have two values. */
static bool is_possible(const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_tests; i++)
		for (size_t k = 0; k < i; k++) {
			const struct cordon_filter_test *a = &rule->test[i].is;
			const struct cordon_filter_test *b = &rule->test[k].is;

			if (a->argument == b->argument && a->mask == b->mask &&
			    ((!a->is_not && !b->is_not &&
			      a->value != b->value) ||
			     (a->is_not != b->is_not && a->value == b->value)))
				return false;
		}
	return true;
}

/* -1: more tests than there is room for. */
static int combine(struct rule *out, const struct rule *one,
		   const struct rule *two)
{
	*out = *one;
	out->action = filter_stricter(one->action, two->action);
	for (size_t i = 0; i < two->n_tests; i++)
		if (add_test(out, &two->test[i]) < 0)
			return -1;
	return 0;
}

/* The first pair whose tests all hold is the first of each of the two. */
static int multiply(struct joined *joined, struct leaf *leaf,
		    const struct leaf *more)
{
	struct rule *rules;
	size_t n = 0;

	if (leaf->n > RULES_MAX || more->n > RULES_MAX)
		return -1;
	rules = arena_alloc(joined->arena,
			    leaf->n * more->n * sizeof(*rules));
	for (size_t i = 0; i < leaf->n; i++)
		for (size_t k = 0; k < more->n; k++) {
			const struct rule *one = &leaf->rules[i];
			const struct rule *two = &more->rules[k];

			if (combine(&rules[n], one, two) < 0)
				return -1;
			if (!is_possible(&rules[n]))
				continue;
			n++;
			if (rules[n - 1].n_tests == one->n_tests)
				break; /* implied: what follows is not met */
		}
	leaf->rules = rules;
	leaf->n = n;
	return n > RULES_MAX ? -1 : 0;
}

/* What ends as it would end without it. */
static void shorten(struct leaf *leaf)
{
	while (leaf->n > 1 && leaf->rules[leaf->n - 2].action ==
				      leaf->rules[leaf->n - 1].action) {
		leaf->rules[leaf->n - 2] = leaf->rules[leaf->n - 1];
		leaf->n--;
	}
}

static bool leaf_equal(const struct leaf *one, const struct leaf *two)
{
	if (one->n != two->n)
		return false;
	for (size_t i = 0; i < one->n; i++) {
		const struct rule *a = &one->rules[i], *b = &two->rules[i];

		if (a->action != b->action || a->n_tests != b->n_tests)
			return false;
		for (size_t t = 0; t < a->n_tests; t++)
			if (!test_equal(&a->test[t], &b->test[t]))
				return false;
	}
	return true;
}

static uint32_t intern(struct joined *joined, const struct leaf *leaf)
{
	for (size_t i = 0; i < joined->n_leaves; i++)
		if (leaf_equal(&joined->leaves[i], leaf))
			return (uint32_t)i;
	if (joined->n_leaves == joined->room) {
		size_t room = joined->room ? 2 * joined->room : 16;
		struct leaf *leaves =
			arena_alloc(joined->arena, room * sizeof(*leaves));

		if (joined->n_leaves > 0)
			memcpy(leaves, joined->leaves,
			       joined->n_leaves * sizeof(*leaves));
		joined->leaves = leaves;
		joined->room = room;
	}
	joined->leaves[joined->n_leaves] = *leaf;
	return (uint32_t)joined->n_leaves++;
}

/* Most calls have no test: no memory, no product. */
static bool join_plain(const struct cordon_filter *const *filters, size_t n,
		       uint32_t number, uint32_t *action)
{
	*action = SECCOMP_RET_ALLOW;
	for (size_t i = 0; i < n; i++) {
		const struct cordon_filter_rule *rule =
			filter_find(filters[i], number);
		bool is_there = filter_is_for(filters[i], rule, number);

		if (is_there && (rule->n_tests > 0 ||
				 rule->action == CORDON_FILTER_ONCE))
			return false;
		*action = filter_stricter(
			*action, is_there ? rule->action
					  : filter_rest(filters[i], number));
	}
	return true;
}

static int join_number(struct joined *joined,
		       const struct cordon_filter *const *filters, size_t n,
		       uint32_t number)
{
	struct rule plain = { .n_tests = 0 };
	struct leaf leaf = { &plain, 1 };
	uint32_t index;

	if (!join_plain(filters, n, number, &plain.action)) {
		plain.action = SECCOMP_RET_ALLOW;
		for (size_t i = 0; i < n; i++) {
			struct leaf more =
				take_rules(joined, filters[i], number);

			if (multiply(joined, &leaf, &more) < 0)
				return cordon_fail(
					joined->err, 0,
					"call %" PRIu32
					" has too many tests to be joined",
					number);
		}
		shorten(&leaf);
	}
	if (leaf.rules == &plain) { /* it is kept */
		leaf.rules = arena_alloc(joined->arena, sizeof(plain));
		leaf.rules[0] = plain;
	}
	index = intern(joined, &leaf);
	if (joined->n_ranges > 0 &&
	    joined->ranges[joined->n_ranges - 1].leaf == index)
		return 0;
	joined->ranges[joined->n_ranges++] = (struct range){ number, index };
	return 0;
}

/* Where some table begins to say something else; UINT32_MAX: nowhere. */
static uint32_t next_number(const struct cordon_filter *const *filters,
			    size_t n, uint32_t number)
{
	uint32_t next = UINT32_MAX;

	for (size_t i = 0; i < n; i++) {
		const struct cordon_filter *filter = filters[i];
		const struct cordon_filter_rule *rule =
			filter_find(filter, number);
		uint32_t here = UINT32_MAX;

		if (filter_is_for(filter, rule, number))
			here = rule->last + 1;
		else if (rule < filter_rules(filter) + filter->n_rules)
			here = rule->number;
		else if (number <= filter->highest)
			here = filter->highest + 1;
		next = here < next ? here : next;
	}
	return next;
}

static int join(struct joined *joined,
		const struct cordon_filter *const *filters, size_t n)
{
	for (uint32_t number = 0; number != UINT32_MAX;
	     number = next_number(filters, n, number))
		if (join_number(joined, filters, n, number) < 0)
			return -1;
	return 0;
}

/* ---- the program, written from its end: jumps only go forward ---- */

#define REACH 250 /* of a conditional jump: 255, less what may come between */

struct writer {
	struct sock_filter insn[FILTER_MAX];
	size_t at; /* of the first that is written */
	bool is_full;
	const struct joined *joined;
	size_t *leaf_at; /* by index of the leaf; 0: not yet */
	struct filter_once once; /* places in insn */
	struct {
		uint32_t action;
		size_t at;
	} returns[32];
	size_t n_returns;
};

static size_t put(struct writer *writer, uint16_t code, uint32_t k, size_t yes,
		  size_t no)
{
	if (writer->at == 0) {
		writer->is_full = true;
		return 0;
	}
	writer->at--;
	writer->insn[writer->at] = (struct sock_filter){
		.code = code,
		.k = k,
		.jt = (uint8_t)(yes ? yes - writer->at - 1 : 0),
		.jf = (uint8_t)(no ? no - writer->at - 1 : 0),
	};
	return writer->at;
}

/* Where a conditional jump that is written next can go to get there. */
static size_t near(struct writer *writer, size_t target)
{
	if (target - writer->at <= REACH)
		return target;
	return put(writer, BPF_JMP | BPF_JA, (uint32_t)(target - writer->at), 0,
		   0);
}

static size_t put_if(struct writer *writer, uint16_t code, uint32_t k,
		     size_t yes, size_t no)
{
	yes = near(writer, yes);
	no = near(writer, no);
	return put(writer, BPF_JMP | BPF_K | code, k, yes, no);
}

static size_t put_load(struct writer *writer, size_t offset)
{
	return put(writer, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* One that is within reach is taken again. */
static size_t put_return(struct writer *writer, uint32_t action)
{
	size_t i = 0;

	while (i < writer->n_returns && writer->returns[i].action != action)
		i++;
	if (i < writer->n_returns &&
	    writer->returns[i].at - writer->at <= REACH)
		return writer->returns[i].at;
	if (i == CORDON_COUNT(writer->returns))
		i = 0;
	else if (i == writer->n_returns)
		writer->n_returns++;
	writer->returns[i].action = action;
	writer->returns[i].at = put(writer, BPF_RET | BPF_K, action, 0, 0);
	return writer->returns[i].at;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define LOWER 0
#define UPPER 4
#else
#define LOWER 4
#define UPPER 0
#endif

static void note_once(struct writer *writer, size_t at, uint32_t half)
{
	struct filter_once *once = &writer->once;

	if (once->n == CORDON_COUNT(once->use)) {
		writer->is_full = true;
		return;
	}
	once->use[once->n].at = (uint16_t)at;
	once->use[once->n++].half = (uint16_t)half;
}

/* Half of a 64-bit argument. */
static size_t put_half(struct writer *writer, const struct test *test,
		       size_t half, size_t yes, size_t no)
{
	unsigned shift = half == UPPER ? 32 : 0;
	uint32_t mask = (uint32_t)(test->is.mask >> shift);
	size_t offset = offsetof(struct seccomp_data, args) +
			8 * test->is.argument + half;
	size_t at = put_if(writer, BPF_JEQ,
			   (uint32_t)(test->is.value >> shift), yes, no);

	if (test->is_once)
		note_once(writer, at, 2 * test->is.argument + (half == LOWER));
	if (mask != UINT32_MAX)
		put(writer, BPF_ALU | BPF_AND | BPF_K, mask, 0, 0);
	return put_load(writer, offset);
}

static size_t put_test(struct writer *writer, const struct test *test,
		       size_t holds, size_t fails)
{
	size_t yes = test->is.is_not ? fails : holds;
	size_t no = test->is.is_not ? holds : fails;
	size_t next = yes;

	if (test->is.mask & UINT32_MAX)
		next = put_half(writer, test, LOWER, yes, no);
	if (test->is.mask >> 32)
		next = put_half(writer, test, UPPER, next, no);
	return next;
}

static size_t put_leaf(struct writer *writer, uint32_t index)
{
	const struct leaf *leaf = &writer->joined->leaves[index];
	size_t next, action;

	if (leaf->n == 1)
		return put_return(writer, leaf->rules[0].action);
	if (writer->leaf_at[index])
		return writer->leaf_at[index];
	next = put_return(writer, leaf->rules[leaf->n - 1].action);
	for (size_t i = leaf->n - 1; i-- > 0;) {
		const struct rule *rule = &leaf->rules[i];
		size_t fails = next;

		action = put_return(writer, rule->action);
		next = action;
		for (size_t t = rule->n_tests; t-- > 0;)
			next = put_test(writer, &rule->test[t], next, fails);
	}
	writer->leaf_at[index] = next;
	return next;
}

static size_t put_tree(struct writer *writer, size_t first, size_t last)
{
	const struct range *ranges = writer->joined->ranges;
	size_t middle = first + (last - first + 1) / 2;
	size_t upper, lower;

	if (first == last)
		return put_leaf(writer, ranges[first].leaf);
	upper = put_tree(writer, middle, last);
	lower = put_tree(writer, first, middle - 1);
	return put_if(writer, BPF_JGE, ranges[middle].first, upper, lower);
}

/* The architecture before the number: the same number is another call there. */
static void put_head(struct writer *writer, size_t tree)
{
	size_t kill = put_return(writer, KILL);
	size_t next;

#if FILTER_X32 != 0xffffffff
	/* -1 is nobody's: who traces a process asks for "no call" by it. */
	next = put_if(writer, BPF_JEQ, UINT32_MAX, tree, kill);
	put_if(writer, BPF_JGE, FILTER_X32, next, tree);
#else
	if (tree != writer->at)
		put(writer, BPF_JMP | BPF_JA, (uint32_t)(tree - writer->at), 0,
		    0);
#endif
	next = put_load(writer, offsetof(struct seccomp_data, nr));
	put_if(writer, BPF_JEQ, FILTER_ARCH, next, kill);
	put_load(writer, offsetof(struct seccomp_data, arch));
}

static int finish(struct writer *writer, struct arena *arena,
		  struct filter_program *out, struct cordon_error *err)
{
	if (writer->is_full)
		return cordon_fail(err, 0,
				   "the filter needs more than %d instructions",
				   FILTER_MAX);
	out->n = FILTER_MAX - writer->at;
	out->insn = (struct sock_filter *)(void *)arena_copy(
		arena, (const char *)&writer->insn[writer->at],
		out->n * sizeof(*out->insn));
	out->once = writer->once;
	for (size_t i = 0; i < out->once.n; i++)
		out->once.use[i].at -= (uint16_t)writer->at;
	return 0;
}

static int generate(struct arena *scratch, struct arena *arena,
		    const struct cordon_filter *const *filters, size_t n,
		    struct filter_program *out, struct cordon_error *err)
{
	struct joined *joined = arena_alloc(scratch, sizeof(*joined));
	struct writer *writer = arena_alloc(scratch, sizeof(*writer));

	joined->arena = scratch;
	joined->err = err;
	*out = (struct filter_program){ .n = 0 };
	if (join(joined, filters, n) < 0)
		return -1;
	writer->joined = joined;
	writer->at = FILTER_MAX;
	writer->leaf_at = arena_alloc(scratch,
				      joined->n_leaves *
					      sizeof(*writer->leaf_at));
	put_head(writer, put_tree(writer, 0, joined->n_ranges - 1));
	return finish(writer, arena, out, err);
}

/* What it takes on the way need not stay as long as a job runs. */
int filter_generate(struct arena *arena,
		    const struct cordon_filter *const *filters, size_t n,
		    struct filter_program *out, struct cordon_error *err)
{
	struct arena *scratch = arena_new();
	int rc = generate(scratch, arena, filters, n, out, err);

	arena_free(scratch);
	return rc;
}

/* ---- the steps ---- */

static bool is_action(uint32_t action)
{
	static const uint32_t known[] = { SECCOMP_RET_KILL_PROCESS,
					  SECCOMP_RET_ERRNO, SECCOMP_RET_LOG,
					  SECCOMP_RET_ALLOW };

	for (size_t i = 0; i < CORDON_COUNT(known); i++)
		if ((action & SECCOMP_RET_ACTION_FULL) == known[i])
			return known[i] == SECCOMP_RET_ERRNO
				       ? (action & SECCOMP_RET_DATA) <= 4095
				       : (action & SECCOMP_RET_DATA) == 0;
	return false;
}

static bool is_test(const struct cordon_filter_test *test)
{
	return test->argument < 6 && test->is_not <= 1 && test->mask != 0 &&
	       (test->value & ~test->mask) == 0;
}

static bool is_rule(const struct cordon_filter *filter, uint32_t i)
{
	const struct cordon_filter_rule *rule = &filter_rules(filter)[i];

	if (rule->number > rule->last || rule->last > filter->highest ||
	    rule->n_tests > 2 ||
	    (i > 0 && rule->number <= rule[-1].last &&
	     (rule->number != rule[-1].number || rule->last != rule[-1].last)))
		return false;
	for (uint32_t t = 0; t < rule->n_tests; t++)
		if (!is_test(&rule->test[t]))
			return false;
	return is_action(rule->action) ||
	       (rule->action == CORDON_FILTER_ONCE && rule->n_tests == 0 &&
		rule->number == SYS_execve && rule->last == SYS_execve);
}

int filter_judge(const struct cordon_step *step, struct cordon_error *err)
{
	const struct cordon_filter *filter = step->data;

	if (step->size < sizeof(*filter) || filter->highest >= NUMBERS_MAX ||
	    filter->n_rules > 16 * NUMBERS_MAX ||
	    step->size != sizeof(*filter) +
				  filter->n_rules *
					  sizeof(struct cordon_filter_rule))
		return cordon_fail(err, 0, "a filter of another size");
	if (!is_action(filter->other) || !is_action(filter->unknown))
		return cordon_fail(err, 0, "no action for a filter's rest");
	for (uint32_t i = 0; i < filter->n_rules; i++)
		if (!is_rule(filter, i))
			return cordon_fail(err, 0,
					   "rule %u of the filter (call %u) "
					   "cannot be",
					   (unsigned)i,
					   (unsigned)filter_rules(filter)[i]
						   .number);
	return 0;
}

static const char *action_text(struct arena *arena, uint32_t action)
{
	switch (action & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_ALLOW:
		return "allow";
	case SECCOMP_RET_LOG:
		return "log";
	case SECCOMP_RET_ERRNO:
		return arena_printf(arena, "errno:%u",
				    (unsigned)(action & SECCOMP_RET_DATA));
	default:
		return "kill";
	}
}

/* "default: 312 allowed, 4 tested, others errno:1, unknown errno:38" */
const char *filter_print(struct arena *arena, const struct step *step)
{
	const struct cordon_filter *filter = step->is.data;
	const char *name = step->is.text[0] ? step->is.text[0] : "";
	unsigned n_allowed = 0, n_tested = 0;

	for (uint32_t number = 0; number <= filter->highest; number++) {
		const struct cordon_filter_rule *rule =
			filter_find(filter, number);
		bool is_there = filter_is_for(filter, rule, number);
		uint32_t action = is_there ? rule->action : filter->other;

		if (is_there &&
		    (rule->n_tests > 0 || action == CORDON_FILTER_ONCE))
			n_tested++;
		else if (action >= SECCOMP_RET_LOG && action != KILL)
			n_allowed++;
	}
	return arena_printf(arena,
			    "%s: %u calls allowed, %u by their arguments, "
			    "others %s, unknown %s",
			    value_escape(arena, name, strlen(name)), n_allowed,
			    n_tested, action_text(arena, filter->other),
			    action_text(arena, filter->unknown));
}

/* ---- settling ---- */

/* What cordon itself calls behind the filter. */
static const struct {
	uint32_t number;
	const char *name;
} needed[] = {
	{ SYS_execve, "execve" },
	{ SYS_execveat, "execveat" }, /* of a sealed copy, core/pin.c */
	{ SYS_write, "write" },
	{ SYS_exit_group, "exit_group" },
};

static bool lets_through(const struct cordon_filter *filter, uint32_t number)
{
	const struct cordon_filter_rule *rule = filter_find(filter, number);
	bool is_there = filter_is_for(filter, rule, number);
	uint32_t action = is_there ? rule->action
				   : filter_rest(filter, number);

	return (!is_there || rule->n_tests == 0) &&
	       (action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
		action == CORDON_FILTER_ONCE);
}

static int check_needed(struct plan *plan, const struct step *step,
			struct cordon_error *err)
{
	for (size_t i = 0; i < CORDON_COUNT(needed); i++) {
		if (lets_through(step->is.data, needed[i].number) ||
		    (needed[i].number == SYS_execveat &&
		     !plan->settled.copied_program))
			continue;
		plan->failed_section = step->section;
		return cordon_fail(err, 0,
				   "%s a filter that blocks %s: no job could "
				   "start, or say why not (allow = %s)",
				   plan_blame(plan->arena, plan, step),
				   needed[i].name, needed[i].name);
	}
	return 0;
}

/* An answer that this kernel does not know it would take for "kill". */
static int check_action(struct plan *plan, const struct step *step,
			uint32_t action, struct cordon_error *err)
{
	uint32_t full = action & SECCOMP_RET_ACTION_FULL;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &full) == 0)
		return 0;
	plan->failed_section = step->section;
	return cordon_unsupported(err, errno,
				  "%s this kernel has no filters of system "
				  "calls with '%s' (Linux 4.14, "
				  "CONFIG_SECCOMP_FILTER)",
				  plan_blame(plan->arena, plan, step),
				  action_text(plan->arena, action));
}

static int check_kernel(struct plan *plan, const struct step *step,
			struct cordon_error *err)
{
	const struct cordon_filter *filter = step->is.data;
	bool has_log = filter->other == SECCOMP_RET_LOG ||
		       filter->unknown == SECCOMP_RET_LOG;

	for (uint32_t i = 0; i < filter->n_rules; i++)
		has_log |= filter_rules(filter)[i].action == SECCOMP_RET_LOG;
	if (check_action(plan, step, KILL, err) < 0 ||
	    check_action(plan, step, SECCOMP_RET_ERRNO, err) < 0)
		return -1;
	return has_log ? check_action(plan, step, SECCOMP_RET_LOG, err) : 0;
}

/* Only with no_new_privs, or CAP_SYS_ADMIN at the end, the kernel takes one. */
static int check_privileges(struct plan *plan, const struct step *step,
			    struct cordon_error *err)
{
	const struct settled *settled = &plan->settled;
	const struct step *asker =
		plan_find(plan, CORDON_STEP_NO_NEW_PRIVS);
	bool is_admin = settled->has_caps
				? settled->caps >> CAP_SYS_ADMIN & 1
				: plan->job->is_root && settled->host_uid == 0;

	if (settled->no_new_privs || is_admin)
		return 0;
	plan->failed_section = step->section;
	return cordon_fail(err, 0,
			   "%s a filter needs no_new_privs, or CAP_SYS_ADMIN "
			   "until the end: it contradicts 'no-new-privs = no' "
			   "of %s",
			   plan_blame(plan->arena, plan, step),
			   plan_blame(plan->arena, plan, asker));
}

int filter_settle(struct plan *plan, struct cordon_error *err)
{
	const struct step *first = plan_find(plan, CORDON_STEP_SECCOMP);
	struct filter_program *program;
	const struct cordon_filter **filters;
	bool may_skip = true;
	size_t n = 0;

	if (!first)
		return 0;
	program = arena_alloc(plan->arena, sizeof(*program));
	filters = arena_alloc(plan->arena, plan->n_steps * sizeof(*filters));
	for (const struct step *step = first; step;
	     step = plan_next(plan, step)) {
		filters[n++] = step->is.data;
		may_skip &= step->may_skip;
		if (check_kernel(plan, step, err) < 0 ||
		    check_privileges(plan, step, err) < 0 ||
		    check_needed(plan, step, err) < 0)
			return -1;
	}
	if (filter_generate(plan->arena, filters, n, program, err) < 0 ||
	    filter_check(program, filters, n, err) < 0) {
		const char *why = arena_strdup(plan->arena, err->text);

		plan->failed_section = first->section;
		return cordon_fail(err, 0, "%s %s",
				   plan_blame(plan->arena, plan, first), why);
	}
	plan->settled.filter = program;
	plan_add(plan, first->section, first->where, 0, may_skip,
		 &(struct cordon_step){
			 .type = CORE_FILTER,
			 .number = { (int64_t)program->n, (int64_t)n } });
	return 0;
}
