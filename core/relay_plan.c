/* SPDX-License-Identifier: MIT */
/* What a relay is made of: sections in their order, and the calls it may make. */
#include <linux/ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/plan.h"
#include "core/relay.h"
#include "core/sys.h"

/* ---- the sections ---- */

unsigned relay_streams(const struct plan *plan)
{
	const struct step *step = plan_find(plan, CORDON_STEP_STREAM);
	unsigned streams = 0;

	for (; step; step = plan_next(plan, step))
		streams |= 1u << step->is.number[0];
	return streams;
}

const struct step *relay_next(const struct plan *plan, const struct step *after)
{
	const struct step *step = after ? plan_next(plan, after)
					: plan_find(plan, CORDON_STEP_STREAM);

	if (step || (after && after->is.type == CORDON_STEP_STREAM_SOCKET))
		return step;
	return plan_find(plan, CORDON_STEP_STREAM_SOCKET);
}

const struct step *relay_asker(const struct plan *plan)
{
	return relay_next(plan, NULL);
}

const struct step *relay_idle(const struct plan *plan)
{
	return plan_find_number(plan, CORDON_STEP_TIMEOUT, CORDON_TIMEOUT_IDLE);
}

/* A limit that nobody could meet. */
static int judge_idle(struct plan *plan, struct cordon_error *err)
{
	const struct step *idle = relay_idle(plan);

	if (!idle || relay_asker(plan))
		return 0;
	plan->failed_section = idle->section;
	return cordon_fail(err, 0,
			   "%s '%s': no section sees what passes (a module that "
			   "plans it plans CORDON_STEP_STREAM too)",
			   plan_blame(plan->arena, plan, idle),
			   plan_print_step(plan->arena, idle));
}

static int judge_pair(struct plan *plan, const struct step *one,
		      const struct step *two, struct cordon_error *err)
{
	struct arena *arena = plan->arena;
	bool is_again = !strcmp(one->section, two->section);

	if (one->is.type != two->is.type ||
	    one->is.number[0] != two->is.number[0] ||
	    (!is_again && !(one->is.number[1] == CORDON_STREAM_CHANGE &&
			    two->is.number[1] == CORDON_STREAM_CHANGE)))
		return 0;
	plan->failed_section = two->section;
	if (is_again)
		return cordon_fail(err, 0, "%s asks for '%s' twice",
				   plan_blame(arena, plan, two),
				   plan_print_step(arena, two));
	return cordon_fail(err, 0,
			   "%s '%s' contradicts that of %s (one section alone "
			   "may change what passes)",
			   plan_blame(arena, plan, two),
			   plan_print_step(arena, two),
			   plan_blame(arena, plan, one));
}

int settle_relay(struct plan *plan, struct cordon_error *err)
{
	const struct step *first = relay_asker(plan);

	for (const struct step *one = first; one; one = relay_next(plan, one))
		for (const struct step *two = relay_next(plan, one); two;
		     two = relay_next(plan, two))
			if (judge_pair(plan, one, two, err) < 0)
				return -1;
	return judge_idle(plan, err);
}

/* ---- the calls ---- */

#define TEST(number, bits, is) { .argument = number, .mask = bits, .value = is }

/* Who needs a call, apart from all; a bit for each. */
enum { SANITIZED, DOOR, IDLE, N_PARTS };
#define FOR(part) (1u << (part))

/* Nothing is opened, started, signalled or sent: what it has is all it has. */
static const struct call {
	uint32_t number;
	unsigned parts; /* one of them is there; 0: always */
	uint32_t n_tests;
	struct cordon_filter_test test[2];
} calls[] = {
	{ .number = SYS_read },
	{ .number = SYS_write },
	{ .number = SYS_close },
	{ .number = SYS_ppoll },
	{ .number = SYS_restart_syscall },
	{ .number = SYS_rt_sigreturn },
	{ .number = SYS_exit_group },
	{ .number = SYS_ioctl,
	  .n_tests = 1,
	  .test = { TEST(1, UINT32_MAX, FIONREAD) } },
	{ .number = SYS_recvmsg, .parts = FOR(DOOR) },
	{ .number = SYS_shutdown, .parts = FOR(DOOR) },
	/* what malloc(3) needs */
	{ .number = SYS_brk },
	{ .number = SYS_munmap },
	{ .number = SYS_mremap },
	{ .number = SYS_mmap,
	  .n_tests = 2,
	  .test = { TEST(2, PROT_EXEC, 0),
		    TEST(3, MAP_ANONYMOUS, MAP_ANONYMOUS) } },
	{ .number = SYS_clock_gettime, .parts = FOR(SANITIZED) | FOR(IDLE) },
	{ .number = SYS_futex, .parts = FOR(SANITIZED) },
	{ .number = SYS_getpid, .parts = FOR(SANITIZED) },
	{ .number = SYS_gettid, .parts = FOR(SANITIZED) },
	{ .number = SYS_madvise, .parts = FOR(SANITIZED) },
	{ .number = SYS_mprotect, .parts = FOR(SANITIZED) },
	{ .number = SYS_rt_sigprocmask, .parts = FOR(SANITIZED) },
	{ .number = SYS_sched_yield, .parts = FOR(SANITIZED) },
	{ .number = SYS_sigaltstack, .parts = FOR(SANITIZED) },
};

struct table {
	struct cordon_filter head;
	struct cordon_filter_rule rule[CORDON_COUNT(calls)];
};

static bool is_needed(const struct call *call, const bool is_there[N_PARTS])
{
	for (unsigned i = 0; i < N_PARTS; i++)
		if (call->parts & FOR(i) && is_there[i])
			return true;
	return call->parts == 0;
}

static int compare_rules(const void *a, const void *b)
{
	const struct cordon_filter_rule *one = a, *two = b;

	return (one->number > two->number) - (one->number < two->number);
}

const struct filter_program *relay_filter(const struct plan *plan,
					  struct cordon_error *err)
{
	const bool is_there[] = {
		[SANITIZED] = SYS_IS_SANITIZED,
		[DOOR] = plan_find(plan, CORDON_STEP_STREAM_SOCKET),
		[IDLE] = relay_idle(plan),
	};
	struct arena *arena = plan->arena;
	struct filter_program *program = arena_alloc(arena, sizeof(*program));
	struct table *table = arena_alloc(arena, sizeof(*table));
	const struct cordon_filter *filter = &table->head;
	struct cordon_filter_rule *rule = table->rule;

	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		if (!is_needed(&calls[i], is_there))
			continue;
		rule->number = rule->last = calls[i].number;
		rule->action = SECCOMP_RET_ALLOW;
		rule->n_tests = calls[i].n_tests;
		memcpy(rule->test, calls[i].test, sizeof(rule->test));
		rule++;
	}
	table->head.n_rules = (uint32_t)(rule - table->rule);
	qsort(table->rule, table->head.n_rules, sizeof(*rule), compare_rules);
	table->head.highest = rule[-1].number;
	table->head.other = SECCOMP_RET_KILL_PROCESS;
	table->head.unknown = SECCOMP_RET_KILL_PROCESS;
	if (filter_generate(arena, &filter, 1, program, err) < 0 ||
	    filter_check(program, &filter, 1, err) < 0)
		return NULL;
	return program;
}
