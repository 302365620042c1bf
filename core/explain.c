/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/door.h"
#include "core/explain.h"
#include "core/front.h"
#include "core/json.h"
#include "core/option.h"
#include "core/step.h"
#include "core/tint.h"
#include "core/value.h"
#include "core/warn.h"

int explain_fault(const char *stack, const struct cordon_error *err)
{
	struct arena *arena = arena_new();
	char shown[128];
	const char *line = arena_printf(
		arena, "%s%s%s%s%s",
		stack ? value_show(shown, sizeof(shown), stack, strlen(stack))
		      : "",
		stack ? ": " : "", err->text, err->code ? ": " : "",
		err->code ? strerror(err->code) : "");

	fprintf(stderr, "cordon: %s\n", value_line(arena, line));
	arena_free(arena);
	return 125;
}

/* ---- explain ---- */

static void print_note(const struct prepared *prepared, enum tint kind,
		       const char *text)
{
	bool is_on = tint_is_on(prepared->request->environ);

	printf("%snote%s  %s\n", tint(is_on, kind), tint(is_on, TINT_PLAIN),
	       text);
}

/* What a link of the stack's name runs: not the command of `cordon run`. */
static void print_program(struct prepared *prepared)
{
	const struct stack *stack = &prepared->stack;

	if (!stack->program)
		return;
	printf("front %s%s%s%s  %s\n", stack->program,
	       stack->arguments && *stack->arguments ? " " : "",
	       stack->arguments ? stack->arguments : "",
	       stack->argv0_is_name ? ", called by the link's name" : "",
	       stack_where(prepared->arena, stack, stack->program_where));
}

static void print_facts(struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	printf("stack %s", prepared->stack.name);
	if (strcmp(prepared->stack.asked, prepared->stack.name))
		printf(" (there is no '%s')%s", prepared->stack.asked,
		       prepared->stack.hint);
	printf("  %s\n", prepared->stack.path);
	if (settled->has_parent)
		printf("runs  supervised, %s\n", settled->parent_reason);
	else if (settled->has_helper)
		printf("runs  in place, watched by a helper beside it, %s\n",
		       settled->parent_reason);
	else
		printf("runs  in place: the job has cordon's pid; nobody "
		       "collects what it leaves running\n");
	print_program(prepared);
	for (const char *const *note = warn_notes(prepared); *note; note++)
		print_note(prepared, TINT_WEAK, *note);
}

/* Origins stand below each other; a step that is very long has its own. */
static int step_width(const struct prepared *prepared)
{
	const struct plan *plan = &prepared->plan;
	int width = 44;

	for (size_t i = 0; i < plan->n_steps; i++) {
		int n = (int)strlen(
			plan_print_step(prepared->arena, &plan->steps[i]));

		if (n > width && n <= 72)
			width = n;
	}
	return width;
}

/* What the core does for every stack steps back. */
static void print_step(struct prepared *prepared, const struct step *step,
		       int width)
{
	bool is_dim = step->where == 0 &&
		      tint_is_on(prepared->request->environ);

	printf("%s%-*s %s%s\n", tint(is_dim, TINT_DIM), width,
	       plan_print_step(prepared->arena, step),
	       plan_print_origin(prepared->arena, &prepared->plan, step),
	       tint(is_dim, TINT_PLAIN));
}

/* For the author of a module, who looks for what the module sets. */
static bool is_inherited(const struct prepared *prepared, const char *entry)
{
	char **own = prepared->request->environ;

	while (own && *own)
		if (!strcmp(*own++, entry))
			return true;
	return false;
}

static void explain_text(struct prepared *prepared)
{
	const struct plan *plan = &prepared->plan;
	const bool is_test = prepared->request->module_file != NULL;
	const int width = step_width(prepared);

	print_facts(prepared);
	for (size_t i = 0; i < plan->n_steps; i++)
		print_step(prepared, &plan->steps[i], width);
	for (size_t i = 0; plan->settled.environ[i]; i++)
		if (!is_test ||
		    !is_inherited(prepared, plan->settled.environ[i]))
			printf("env   %s\n",
			       value_escape(
				       prepared->arena,
				       plan->settled.environ[i],
				       strlen(plan->settled.environ[i])));
	for (size_t i = 0; i < plan->settled.n_candidates; i++)
		printf("try   %s\n",
		       value_escape(prepared->arena,
				    plan->settled.candidates[i],
				    strlen(plan->settled.candidates[i])));
}

/* "NAME":["WORD",...] */
static void json_list(struct arena *arena, const char *name,
		      const char *const *words, size_t n)
{
	printf(",\n\"%s\":[", name);
	for (size_t i = 0; i < n; i++)
		printf("%s%s", i ? "," : "", json_string(arena, words[i]));
	printf("]");
}

static size_t count(const char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

static void explain_json(struct prepared *prepared, const char *refused)
{
	const struct plan *plan = &prepared->plan;
	const struct settled *settled = &plan->settled;
	const char *const *notes = warn_notes(prepared);
	struct arena *arena = prepared->arena;

	printf("{\"stack\":%s,\"file\":%s,\"parent\":%s,\"beside\":%s,"
	       "\"program\":%s,\"arguments\":%s,\"refused\":%s,\"steps\":[",
	       json_string(arena, prepared->stack.name),
	       json_string(arena, prepared->stack.path),
	       json_string(arena, settled->has_parent ? settled->parent_reason
						      : NULL),
	       json_string(arena, settled->has_helper ? settled->parent_reason
						      : NULL),
	       json_string(arena, prepared->stack.program),
	       json_string(arena, prepared->stack.arguments),
	       json_string(arena, refused));
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		printf("%s\n{\"step\":%s,\"text\":%s,\"section\":%s,"
		       "\"where\":%s}",
		       i ? "," : "", json_string(arena, step->row->name),
		       json_string(arena, plan_print_step(arena, step)),
		       json_string(arena, step->section),
		       json_string(arena,
				   step->where ? stack_where(arena, plan->stack,
							     step->where)
					       : NULL));
	}
	printf("]");
	json_list(arena, "notes", notes, count(notes));
	json_list(arena, "environ", (const char *const *)settled->environ,
		  count((const char *const *)settled->environ));
	json_list(arena, "candidates",
		  (const char *const *)settled->candidates,
		  settled->n_candidates);
	printf("}\n");
}

/* What a section says against the command, or NULL. */
static const char *refusal(struct prepared *prepared)
{
	struct cordon_error why = { 0 };

	if (prepare_decide(prepared, &why) == 0)
		return NULL;
	return arena_printf(prepared->arena, "%s%s%s",
			    value_line(prepared->arena, why.text),
			    why.code ? ": " : "",
			    why.code ? strerror(why.code) : "");
}

/* For a module's author: the hooks that no plan needs. */
static void print_uncalled(const struct prepared *prepared)
{
	if (prepared->plan.needs_begin)
		print_note(prepared, TINT_WEAK,
			   "its begin and finish are not called here");
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (prepared->parts[i].module->stream)
			print_note(prepared, TINT_WEAK,
				   "its stream is not called here");
}

int explain(struct arena *arena, const struct request *request)
{
	const bool has_command = request->argv && request->argv[0];
	struct prepared prepared;
	struct cordon_error err = { 0 };
	const char *refused;

	if (prepare_stack(arena, request, false, &prepared, &err) < 0)
		return explain_fault(request->stack, &err);
	/* What a section refuses it does not plan, and is no fault of a plan. */
	refused = has_command ? refusal(&prepared) : NULL;
	prepared.failed_section = NULL;
	prepared.exit_status = -1;
	if (prepare_plan(&prepared, &err) < 0)
		return explain_fault(request->stack, &err);
	if (refused && !request->is_json)
		print_note(&prepared, TINT_BAD,
			   arena_printf(arena, "a run would be refused: %s",
					refused));
	if (request->module_file && !request->is_json)
		print_uncalled(&prepared);
	if (request->is_json)
		explain_json(&prepared, refused);
	else
		explain_text(&prepared);
	return 0;
}

/* ---- check ---- */

static int check_one(struct arena *arena, const struct request *request,
		     const char *name)
{
	struct request one = *request;
	struct prepared prepared;
	struct cordon_error err = { 0 };
	char *no_argv[] = { NULL };
	bool is_on = tint_is_on(request->environ);

	one.stack = name;
	one.argv = no_argv;
	if (prepare_stack(arena, &one, true, &prepared, &err) < 0) {
		explain_fault(name, &err);
		for (size_t i = 0; i < prepared.n_more_faults; i++)
			explain_fault(name, &prepared.more_faults[i]);
		return 125;
	}
	if (strcmp(prepared.stack.name, name)) {
		cordon_fail(&err, 0, "there is no stack of this name (it would "
				     "be 'other')%s",
			    prepared.stack.hint);
		return explain_fault(name, &err);
	}
	if (prepare_plan(&prepared, &err) < 0 ||
	    (prepared.stack.program && front_judge(&prepared, true, &err) < 0))
		return explain_fault(name, &err);
	printf("%s: %sok%s\n", name, tint(is_on, TINT_GOOD),
	       tint(is_on, TINT_PLAIN));
	for (const char *const *warning = warn_of(&prepared); *warning;
	     warning++)
		printf("%s: %swarning:%s %s\n", name, tint(is_on, TINT_WEAK),
		       tint(is_on, TINT_PLAIN), *warning);
	return 0;
}

int explain_check(struct arena *arena, const struct request *request,
		  const char *const *names, int n)
{
	struct prepared prepared;
	struct stack_request asked;
	struct stack_name *all;
	struct cordon_error err = { 0 };
	size_t n_all;
	int status = 0;

	door_go_on();
	for (int i = 0; i < n; i++)
		status |= check_one(arena, request, names[i]);
	if (n > 0)
		return status;
	if (prepare_places(arena, request, &prepared, &err) < 0)
		return explain_fault(NULL, &err);
	asked = prepare_request(&prepared);
	if (stack_names(arena, &asked, &all, &n_all, &err) < 0)
		return explain_fault(NULL, &err);
	for (size_t i = 0; i < n_all; i++)
		status |= check_one(arena, request, all[i].name);
	return status;
}

/* ---- digest ---- */

int explain_digest(struct arena *arena, const struct request *request)
{
	struct prepared prepared;
	struct cordon_error err = { 0 };
	const char *text;

	if (prepare_stack(arena, request, true, &prepared, &err) < 0)
		return explain_fault(request->stack, &err);
	text = digest_text(&prepared, &err);
	if (!text)
		return explain_fault(request->stack, &err);
	if (request->is_host) {
		/* What this node made of it: the plan, step by step. */
		if (prepare_plan(&prepared, &err) < 0)
			return explain_fault(request->stack, &err);
		for (size_t i = 0; i < prepared.plan.n_steps; i++)
			text = arena_printf(
				arena, "%s%s\n", text,
				plan_print_step(arena,
						&prepared.plan.steps[i]));
	}
	printf("%s  %s\n", digest_of(arena, text), prepared.stack.name);
	return 0;
}

/* ---- stacks, modules ---- */

int explain_stacks(struct arena *arena, const struct request *request)
{
	struct prepared prepared;
	struct stack_request asked;
	struct stack_name *names;
	struct cordon_error err = { 0 };
	size_t n;

	if (prepare_places(arena, request, &prepared, &err) < 0)
		return explain_fault(NULL, &err);
	asked = prepare_request(&prepared);
	if (stack_names(arena, &asked, &names, &n, &err) < 0)
		return explain_fault(NULL, &err);
	for (size_t i = 0; i < n; i++)
		printf("%-16s %-40s %s\n", names[i].name, names[i].path,
		       names[i].description ? names[i].description : "");
	return 0;
}

static int print_module(struct prepared *prepared, const char *name)
{
	static const char *const kinds[] = { "", "decide", "confine", "arrange",
					     "observe" };
	struct cordon_error err = { 0 };
	const struct cordon_module *module =
		loader_open(&prepared->loader, name, &err);

	if (!module)
		return explain_fault(NULL, &err);
	printf("%s: %s (%s, abi %u.%u)\n", name, module->summary,
	       kinds[module->kind], (unsigned)module->abi.major,
	       (unsigned)module->abi.minor);
	for (size_t i = 0; i < module->n_options; i++) {
		const struct cordon_option *option = &module->options[i];

		printf("  %-16s %-10s %-9s %-10s %s%s%s\n", option->key,
		       option_type_text(option),
		       option_merge_text(option->merge),
		       option->value ? option->value : "-", option->help,
		       option->form ? "; " : "",
		       option->form ? option->form : "");
	}
	return 0;
}

/* All are opened before the first is printed, or blamed: a door may begin anew. */
static int print_modules(struct prepared *prepared, const char *const *names,
			 size_t n)
{
	const struct cordon_module **modules =
		arena_alloc(prepared->arena, (n + 1) * sizeof(*modules));
	struct cordon_error *errors =
		arena_alloc(prepared->arena, (n + 1) * sizeof(*errors));
	int status = 0;

	for (size_t i = 0; i < n; i++)
		modules[i] = loader_open(&prepared->loader, names[i],
					 &errors[i]);
	for (size_t i = 0; i < n; i++)
		if (modules[i])
			printf("%-12s %s\n", names[i], modules[i]->summary);
		else
			status = explain_fault(NULL, &errors[i]);
	return status;
}

int explain_modules(struct arena *arena, const struct request *request,
		    const char *name)
{
	struct prepared prepared;
	struct cordon_error err = { 0 };
	const char *const *names;
	size_t n;

	if (prepare_places(arena, request, &prepared, &err) < 0)
		return explain_fault(NULL, &err);
	if (name)
		return print_module(&prepared, name);
	if (loader_names(&prepared.loader, &names, &n, &err) < 0)
		return explain_fault(NULL, &err);
	return print_modules(&prepared, names, n);
}
