/* SPDX-License-Identifier: MIT */
#include <sha256.h>
#include <string.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/option.h"

static const char *const when_names[] = { "always", "root", "user" };
static const char *const control_names[] = { "required", "requisite",
					     "sufficient", "optional" };

static const char *stack_text(const struct prepared *prepared)
{
	const struct stack *stack = &prepared->stack;

	return arena_printf(
		prepared->arena,
		"cordon 1\nstack %s\nstrict %d\nparent %d\nexit %d %d %d\n"
		"signal-exit %d\nreport %d\nprogram %s\narguments %s\n"
		"argv0 %d\n",
		stack->name, stack->is_strict, (int)stack->parent,
		stack->exit_denied, stack->exit_failed, stack->exit_timeout,
		stack->signal_exit_is_code, stack->report_ends,
		stack->program ? stack->program : "",
		stack->arguments ? stack->arguments : "", stack->argv0_is_name);
}

/*
 * The policy, not one run of it: what the caller did not say by -p (a default,
 * the environment, a fact such as the working directory) stays ${name}.
 */
static struct stack policy_of(struct arena *arena, const struct stack *stack)
{
	struct stack policy = *stack;

	policy.is_symbolic = true;
	policy.parameters = arena_alloc(
		arena, (stack->n_parameters + 1) * sizeof(*policy.parameters));
	for (size_t i = 0; i < stack->n_parameters; i++) {
		struct parameter *parameter = &policy.parameters[i];

		*parameter = stack->parameters[i];
		if (!parameter->source || !strcmp(parameter->source, "-p"))
			continue;
		parameter->value = NULL;
		parameter->items = NULL;
		parameter->n_items = 0;
	}
	return policy;
}

static const char *section_text(struct prepared *prepared,
				const struct stack *policy,
				const struct part *part,
				struct cordon_error *err)
{
	const struct section *section = part->section;
	const char *options = option_canonical(prepared->arena, policy, section,
					       part->module, err);

	if (!options)
		return NULL;
	return arena_printf(prepared->arena,
			    "[%s] abi %u.%u\ncontrol %s\nwhen %s\nskip %d\n"
			    "final %d\nexit %d\n%s",
			    section->name, (unsigned)part->module->abi.major,
			    (unsigned)part->module->abi.minor,
			    control_names[section->control],
			    when_names[section->when], section->may_skip,
			    section->is_final, section->exit, options);
}

const char *digest_text(struct prepared *prepared, struct cordon_error *err)
{
	const struct stack policy =
		policy_of(prepared->arena, &prepared->stack);
	struct arena *arena = prepared->arena;
	const char **text = arena_alloc(arena, (1 + policy.n_parameters +
						prepared->n_all_parts) *
						       sizeof(*text));
	size_t n = 0;

	text[n++] = stack_text(prepared);
	/* What -p says is seen where it is used, in the one way to write it. */
	for (size_t i = 0; i < policy.n_parameters; i++)
		text[n++] = arena_printf(arena, "param %s = %s\n",
					 policy.parameters[i].name,
					 policy.parameters[i].type_text);
	for (size_t i = 0; i < prepared->n_all_parts; i++) {
		text[n] = section_text(prepared, &policy,
				       &prepared->all_parts[i], err);
		if (!text[n++])
			return NULL;
	}
	return arena_join(arena, text, n);
}

const char *digest_of(struct arena *arena, const char *text)
{
	char *hex = arena_alloc(arena, SHA256_DIGEST_STRING_LENGTH);

	return SHA256Data((const uint8_t *)text, strlen(text), hex);
}
