/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/settle.h"
#include "core/stack.h"
#include "core/step.h"
#include "core/value.h"

void plan_init(struct plan *plan, struct arena *arena,
	       const struct stack *stack, const struct cordon_job *job)
{
	*plan = (struct plan){
		.arena = arena, .stack = stack, .job = job, .pool_fd = -1,
		.caller_fd = -1
	};
}

const char *plan_print_origin(struct arena *arena, const struct plan *plan,
			      const struct step *step)
{
	if (step->where == 0)
		return arena_printf(arena, "[%s]", step->section);
	return arena_printf(arena, "[%s] %s", step->section,
			    stack_where(arena, plan->stack, step->where));
}

/* As refusals begin, so that an editor finds the line. */
const char *plan_blame(struct arena *arena, const struct plan *plan,
		       const struct step *step)
{
	if (step->where == 0)
		return arena_printf(arena, "[%s]", step->section);
	return arena_printf(arena, "%s: [%s]",
			    stack_where(arena, plan->stack, step->where),
			    step->section);
}

const struct step *plan_find(const struct plan *plan, uint32_t type)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].is.type == type)
			return &plan->steps[i];
	return NULL;
}

const struct step *plan_next(const struct plan *plan, const struct step *after)
{
	const struct step *end = plan->steps + plan->n_steps;

	for (const struct step *step = after + 1; step < end; step++)
		if (step->is.type == after->is.type)
			return step;
	return NULL;
}

const struct step *plan_find_number(const struct plan *plan, uint32_t type,
				    int64_t number)
{
	const struct step *step = plan_find(plan, type);

	while (step && step->is.number[0] != number)
		step = plan_next(plan, step);
	return step;
}

void plan_drop(struct plan *plan, const struct step *step)
{
	size_t at = (size_t)(step - plan->steps);

	plan->n_steps--;
	memmove(&plan->steps[at], &plan->steps[at + 1],
		(plan->n_steps - at) * sizeof(*plan->steps));
}

static bool text_equal(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool words_equal(const struct cordon_step *a,
			const struct cordon_step *b)
{
	if (a->n_words != b->n_words)
		return false;
	for (size_t i = 0; i < a->n_words; i++)
		if (strcmp(a->word[i], b->word[i]))
			return false;
	return true;
}

static bool step_equal(const struct cordon_step *a, const struct cordon_step *b)
{
	return !memcmp(a->number, b->number, sizeof(a->number)) &&
	       text_equal(a->text[0], b->text[0]) &&
	       text_equal(a->text[1], b->text[1]) &&
	       text_equal(a->text[2], b->text[2]) && words_equal(a, b) &&
	       a->size == b->size &&
	       (a->size == 0 || !memcmp(a->data, b->data, a->size));
}

static bool is_about_the_same(const struct row *row,
			      const struct cordon_step *a,
			      const struct cordon_step *b)
{
	return a->type == b->type &&
	       (!(row->key & KEY_NUMBER) || a->number[0] == b->number[0]) &&
	       (!(row->key & KEY_TEXT) || text_equal(a->text[0], b->text[0]));
}

/* One number of two: the result, by the row's rule. */
static int64_t merge_number(uint32_t merge, int64_t a, int64_t b)
{
	switch (merge) {
	case CORDON_MIN: /* as the kernel counts: unlimited is the largest */
		return (uint64_t)a < (uint64_t)b ? a : b;
	case CORDON_AND:
		return a & b;
	case CORDON_OR:
		return a | b;
	default: /* CORDON_MAX, CORDON_STRICTER */
		return a > b ? a : b;
	}
}

/* A longer mask's tail meets nothing, and so is nothing. */
static void merge_mask(struct arena *arena, struct cordon_step *have,
		       const struct cordon_step *more)
{
	size_t size = have->size < more->size ? have->size : more->size;
	unsigned char *mask =
		(unsigned char *)arena_copy(arena, have->data, size);
	const unsigned char *other = more->data;

	for (size_t i = 0; i < size; i++)
		mask[i] &= other[i];
	have->data = mask;
	have->size = size;
}

static int conflict(struct plan *plan, const struct step *have,
		    const struct step *more)
{
	struct arena *arena = plan->arena;

	return cordon_fail(&plan->err, 0,
			   "%s '%s' contradicts '%s' of %s",
			   plan_blame(arena, plan, more),
			   plan_print_step(arena, more),
			   plan_print_step(arena, have),
			   plan_blame(arena, plan, have));
}

static int merge(struct plan *plan, struct step *have, const struct step *more)
{
	const struct row *row = have->row;
	struct cordon_step before = have->is;

	if (step_equal(&have->is, &more->is))
		return 0;
	if (row->combine) {
		if (row->combine(&have->is, &more->is) < 0)
			return conflict(plan, have, more);
	} else if (row->merge == CORDON_EQUAL) {
		return conflict(plan, have, more);
	} else if (have->is.size > 0) {
		merge_mask(plan->arena, &have->is, &more->is);
	} else {
		for (int i = row->key & KEY_NUMBER ? 1 : 0; i < 4; i++)
			have->is.number[i] =
				merge_number(row->merge, have->is.number[i],
					     more->is.number[i]);
	}
	/* Who narrowed it is who asked. */
	if (!step_equal(&before, &have->is)) {
		have->section = more->section;
		have->where = more->where;
	}
	return 0;
}

static const char *copy_text(struct arena *arena, const char *text)
{
	return text ? arena_strdup(arena, text) : NULL;
}

/* What a generic call points to may be gone when it is made. */
static void copy_buffers(struct arena *arena, struct cordon_step *copy)
{
	struct cordon_call *call = arena_alloc(arena, sizeof(*call));

	if (copy->size != sizeof(*call)) /* judged next */
		return;
	memcpy(call, copy->data, sizeof(*call));
	for (size_t i = 0; i < CORDON_COUNT(call->word); i++)
		if (call->size[i] > 0)
			call->word[i] = (int64_t)(intptr_t)arena_copy(
				arena, (const char *)(intptr_t)call->word[i],
				call->size[i]);
	copy->data = call;
}

/* Before anything is read through a pointer of the module's. */
static bool is_whole(const struct cordon_step *step)
{
	return (step->n_words == 0 || step->word || step->list) &&
	       (step->size == 0 || step->data) &&
	       (!step->list || step->list->count == 0 || step->list->item);
}

static struct cordon_step copy_step(struct arena *arena,
				    const struct cordon_step *step)
{
	struct cordon_step copy = *step;
	const char **word;

	if (step->list)
		copy.n_words = step->list->count;
	copy.list = NULL;
	word = arena_alloc(arena, (copy.n_words + 1) * sizeof(*word));
	for (size_t i = 0; i < CORDON_COUNT(copy.text); i++)
		copy.text[i] = copy_text(arena, step->text[i]);
	for (size_t i = 0; i < copy.n_words; i++)
		word[i] = arena_strdup(arena, step->list
						      ? step->list->item[i].text
						      : step->word[i]);
	copy.word = word;
	if (step->size > 0)
		copy.data = arena_copy(arena, step->data, step->size);
	if (step->type == CORDON_STEP_CALL)
		copy_buffers(arena, &copy);
	return copy;
}

static struct step *append(struct plan *plan)
{
	if (plan->n_steps == plan->room) {
		size_t room = plan->room ? 2 * plan->room : 64;
		struct step *steps =
			arena_alloc(plan->arena, room * sizeof(*steps));

		if (plan->n_steps > 0)
			memcpy(steps, plan->steps,
			       plan->n_steps * sizeof(*steps));
		plan->steps = steps;
		plan->room = room;
	}
	return &plan->steps[plan->n_steps++];
}

static int refuse_step(struct plan *plan, const struct step *step,
		       const char *why)
{
	return cordon_fail(&plan->err, 0, "%s the step '%s' %s",
			   plan_blame(plan->arena, plan, step), step->row->name,
			   why);
}

static int judge_step(struct plan *plan, const struct step *more,
		      uint32_t type)
{
	if (!more->row)
		return cordon_fail(&plan->err, 0,
				   "%s asks for a step %u that this cordon "
				   "does not know",
				   plan_blame(plan->arena, plan, more),
				   (unsigned)type);
	if (more->kind != 0 && !(more->row->kinds & 1u << more->kind))
		return cordon_fail(&plan->err, 0,
				   "%s may not ask for '%s': its module is of "
				   "another kind",
				   plan_blame(plan->arena, plan, more),
				   more->row->name);
	for (int i = 0; i < 2; i++)
		if (more->row->texts > i && !more->is.text[i])
			return refuse_step(plan, more, "lacks a text");
	if (more->row->judge &&
	    more->row->judge(&more->is, &plan->err) < 0) {
		char text[sizeof(plan->err.text)];

		memcpy(text, plan->err.text, sizeof(text));
		return cordon_fail(&plan->err, plan->err.code, "%s %s",
				   plan_blame(plan->arena, plan, more),
				   text);
	}
	return 0;
}

void plan_add(struct plan *plan, const char *section, uint32_t section_where,
	      uint32_t kind, bool may_skip, const struct cordon_step *step)
{
	const struct cordon_step none = { .type = step->type };
	bool has_all = is_whole(step);
	struct step more = {
		.row = step_row(step->type),
		.is = copy_step(plan->arena, has_all ? step : &none),
		.section = section,
		.where = step->where ? step->where : section_where,
		.kind = kind,
		.may_skip = may_skip,
	};

	if (plan->has_failed)
		return;
	if (judge_step(plan, &more, step->type) < 0)
		plan->has_failed = true;
	else if (!has_all)
		plan->has_failed = refuse_step(plan, &more,
					       "counts what is not there") < 0;
	if (plan->has_failed)
		return;
	for (size_t i = 0; more.row->merge != CORDON_BOTH && i < plan->n_steps;
	     i++) {
		struct step *have = &plan->steps[i];

		if (!is_about_the_same(more.row, &have->is, &more.is))
			continue;
		if (merge(plan, have, &more) < 0)
			plan->has_failed = true;
		/* All that ask must forgive. */
		have->may_skip &= may_skip;
		return;
	}
	*append(plan) = more;
}

/* Rows in their order; within one by what they are about: parents of a path
 * first. */
static int compare_steps(const void *a, const void *b)
{
	const struct step *one = a, *two = b;
	const char *text = one->is.text[0] ? one->is.text[0] : "";
	int order;

	if (one->row != two->row)
		return one->row < two->row ? -1 : 1;
	order = one->row->key & KEY_TEXT
			? strcmp(text, two->is.text[0] ? two->is.text[0] : "")
			: 0;
	if (order != 0)
		return order;
	if (one->is.number[0] != two->is.number[0])
		return one->is.number[0] < two->is.number[0] ? -1 : 1;
	return strcmp(one->section, two->section);
}

int plan_finish(struct plan *plan, struct cordon_error *err)
{
	if (!plan->has_failed && settle(plan, &plan->err) < 0)
		plan->has_failed = true;
	if (plan->has_failed) {
		*err = plan->err;
		return -1;
	}
	qsort(plan->steps, plan->n_steps, sizeof(*plan->steps), compare_steps);
	return 0;
}

const char *plan_print_step(struct arena *arena, const struct step *step)
{
	const char *line = step->row->name;
	const struct cordon_step *is = &step->is;

	if (step->row->print)
		return arena_printf(arena, "%s %s", line,
				    step->row->print(arena, step));
	for (size_t i = 0; i < CORDON_COUNT(is->text); i++)
		if (is->text[i])
			line = arena_printf(
				arena, "%s %s", line,
				value_escape(arena, is->text[i],
					     strlen(is->text[i])));
	for (size_t i = 0; i < is->n_words; i++)
		line = arena_printf(arena, "%s %s", line,
				    value_escape(arena, is->word[i],
						 strlen(is->word[i])));
	return line;
}
