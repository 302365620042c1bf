/* SPDX-License-Identifier: MIT */
/*
 * filter - all seccomp filters of a plan, as one program
 *
 * Modules bring tables (struct cordon_filter); here they become one classic BPF
 * program, in which the strictest answer of all tables holds, since a filter
 * that denies seccomp(2) would stop a second one.  The program is never trusted
 * because it was generated: an interpreter runs it over every number and the
 * edges of every test, and one answer that differs from the tables refuses the
 * job.  Both together take less time than reading a cache and finding out who
 * wrote it, so there is none.
 */
#ifndef CORDON_FILTER_H
#define CORDON_FILTER_H 1
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

struct act;
struct arena;
struct plan;
struct step;

#define FILTER_MAX 4096 /* instructions: the kernel takes no more */

/*
 * `once`: execve(2) is let through for the two addresses that cordon's own call
 * passes, and for nobody who does not know them.  They are random, and known
 * when the program is loaded; until then these stand in their place.
 */
#define FILTER_ONCE_PATH 0x00005afe0a5c9d01u
#define FILTER_ONCE_ARGV 0x00003c0de1a7b502u

struct filter_once {
	struct {
		uint16_t at;   /* the instruction that compares */
		uint16_t half; /* 0 and 1: of the path, upper and lower; 2, 3 */
	} use[64];
	size_t n; /* 0: the program has none */
};

struct filter_program {
	struct sock_filter *insn;
	size_t n;
	struct filter_once once;
};

/* The tables' answer to one call, by the rule in module.h. */
uint32_t filter_want(const struct cordon_filter *const *filters, size_t n,
		     const struct seccomp_data *data);

/* -1: it would be too long, or a table says what cannot be joined. */
int filter_generate(struct arena *arena,
		    const struct cordon_filter *const *filters, size_t n,
		    struct filter_program *out, struct cordon_error *err);

/* The answer of a program as the kernel would give it. */
uint32_t filter_run(const struct filter_program *program,
		    const struct seccomp_data *data);

/* Is a call with that first argument let through?  Without a program each is. */
bool filter_passes(const struct filter_program *program, long number,
		   uint64_t first);

/* The same for every call of that number, whatever its arguments. */
bool filter_passes_always(const struct filter_program *program, long number);
/* Do its arguments have a part in the answer? */
bool filter_depends(const struct filter_program *program, long number);

/* 0: the program answers as the tables do, wherever they could differ. */
int filter_check(const struct filter_program *program,
		 const struct cordon_filter *const *filters, size_t n,
		 struct cordon_error *err);

/* A row of core/step.c: what a table must be. */
int filter_judge(const struct cordon_step *step, struct cordon_error *err);
const char *filter_print(struct arena *arena, const struct step *step);

/* From all steps of the plan the program, into settled.filter; refuses one under
 * which no job could start. */
int filter_settle(struct plan *plan, struct cordon_error *err);

/* Inside, before `once` execve(2): what it passes is put where it may lie. */
void filter_fill_once(const struct act *act, const char *path,
		      const char *const *argv);

/* ---- how the parts of it see a filter ---- */

#if defined(__x86_64__)
#define FILTER_ARCH 0xc000003eu
#define FILTER_X32 0x40000000u /* from here on: another ABI's numbers, but -1 */
#elif defined(__aarch64__)
#define FILTER_ARCH 0xc00000b7u
#define FILTER_X32 0xffffffffu
#else
#error "core/filter.h needs the AUDIT_ARCH of this processor"
#endif

static inline const struct cordon_filter_rule *
filter_rules(const struct cordon_filter *filter)
{
	return (const struct cordon_filter_rule *)(const void *)(filter + 1);
}

/* What the filter says where it has no rule. */
static inline uint32_t filter_rest(const struct cordon_filter *filter,
				   uint32_t number)
{
	return number > filter->highest ? filter->unknown : filter->other;
}

/* The first rule for that number; where there is none, the one that would be
 * behind it, or the end. */
const struct cordon_filter_rule *
filter_find(const struct cordon_filter *filter, uint32_t number);

static inline bool filter_is_for(const struct cordon_filter *filter,
				 const struct cordon_filter_rule *rule,
				 uint32_t number)
{
	return rule < filter_rules(filter) + filter->n_rules &&
	       rule->number <= number;
}

/* As the kernel ranks them; of two error numbers the smaller. */
uint32_t filter_stricter(uint32_t one, uint32_t two);

#endif /* CORDON_FILTER_H */
