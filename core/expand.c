/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/expand.h"
#include "core/param.h"
#include "core/trust.h"
#include "core/value.h"

#define SHOWN 96
#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

struct fact {
	const char *name;
	size_t offset;
	bool is_path, is_callers; /* what a caller says as he likes */
	bool is_of_user;	  /* of stack->uid, by passwd */
	const char *stand_in;	  /* where there is no caller */
};

static const struct fact facts[] = {
	{ "stack", offsetof(struct stack, name), false, false, false, "stack" },
	{ "job", offsetof(struct stack, job), false, true, false, "job" },
	{ "user", offsetof(struct stack, user), false, false, true, "nobody" },
	{ "uid", 0, false, false, false, NULL },
	{ "home", offsetof(struct stack, home), true, false, true, "/nonexistent" },
	{ "cwd", offsetof(struct stack, cwd), true, true, false, "/nonexistent" },
};

static bool is_same(const char *name, const char *text, size_t size)
{
	return strlen(name) == size && !memcmp(name, text, size);
}

static const struct fact *find_fact(const char *name, size_t size)
{
	for (size_t i = 0; i < CORDON_COUNT(facts); i++)
		if (is_same(facts[i].name, name, size))
			return &facts[i];
	return NULL;
}

const struct parameter *expand_parameter(const struct stack *stack,
					 const char *name, size_t size)
{
	for (size_t i = 0; i < stack->n_parameters; i++)
		if (is_same(stack->parameters[i].name, name, size))
			return &stack->parameters[i];
	return NULL;
}

bool expand_is_fact(const char *name)
{
	return find_fact(name, strlen(name)) != NULL;
}

/* Names of users and jobs are not ours to choose, but no path is made of one.
 */
static bool is_plain(const char *text)
{
	uint32_t code = 0;

	if (!*text || strchr("-.", *text) || strpbrk(text, "/ ") ||
	    strlen(text) > 200)
		return false;
	for (size_t n; *text; text += n) {
		n = value_char(text, strlen(text), &code);
		if (n == 0 || value_is_control(code))
			return false;
	}
	return true;
}

/* Only where a stack asks: the look-up may be a door to another program. */
static const char *look_up(struct arena *arena, const struct stack *stack,
			   const struct fact *fact)
{
	struct cordon_error ignored = { 0 };
	struct door_user user;

	if (!fact->is_of_user ||
	    door_user_of(arena, stack->uid, &user, &ignored) < 0)
		return NULL;
	return !strcmp(fact->name, "home") ? user.home : user.name;
}

/* A fact is literal too, and no way around what a parameter may hold. */
static const char *fact_value(struct arena *arena, const struct stack *stack,
			      const struct fact *fact, struct cordon_error *err)
{
	const char *value;
	char shown[SHOWN];

	if (!strcmp(fact->name, "uid"))
		return arena_printf(arena, "%" PRIu32, stack->uid);
	value = *(const char *const *)((const char *)stack + fact->offset);
	if (!value && !stack->is_symbolic)
		value = look_up(arena, stack, fact);
	if (!value && stack->is_symbolic)
		return fact->stand_in;
	if (!value) {
		cordon_fail(err, 0, "${%s} is not known here", fact->name);
		return NULL;
	}
	if (fact->is_path)
		return trust_check_path_text(value, err) < 0 ? NULL : value;
	if (is_plain(value))
		return value;
	cordon_fail(err, 0, "${%s} is '%s', which is not a plain name",
		    fact->name, SHOW(shown, value));
	return NULL;
}

struct expander {
	struct arena *arena;
	const struct stack *stack;
	unsigned flags;
	struct cordon_error *err;
	char *text;
	size_t size, room;
};

static void put(struct expander *to, char c)
{
	if (to->size + 1 >= to->room) {
		size_t room = to->room ? 2 * to->room : 64;
		char *text = arena_alloc(to->arena, room);

		if (to->size > 0)
			memcpy(text, to->text, to->size);
		to->text = text;
		to->room = room;
	}
	to->text[to->size++] = c;
	to->text[to->size] = '\0';
}

static void put_literal(struct expander *to, char c)
{
	if (c == '$' && (to->flags & EXPAND_SYMBOLIC))
		put(to, '$');
	put(to, c);
}

static int put_value(struct expander *to, const char *name, const char *value)
{
	char shown[SHOWN];

	if ((to->flags & EXPAND_NO_GLOB) && strpbrk(value, "*?"))
		return cordon_fail(to->err, 0,
				   "'%s' of ${%s} would be a pattern here "
				   "('*' and '?')",
				   SHOW(shown, value), name);
	for (; *value; value++) {
		if ((to->flags & EXPAND_ESCAPE) &&
		    (*value == ':' || *value == '\\'))
			put(to, '\\');
		put_literal(to, *value);
	}
	return 0;
}

static void put_symbol(struct expander *to, const char *name)
{
	put(to, '$');
	put(to, '{');
	for (; *name; name++)
		put(to, *name);
	put(to, '}');
}

static int put_parameter(struct expander *to, const struct parameter *parameter)
{
	if (parameter->is_list)
		return cordon_fail(to->err, 0,
				   "'${%s}' is a list (it stands alone, where "
				   "a list may stand)",
				   parameter->name);
	if (parameter->value)
		return put_value(to, parameter->name, parameter->value);
	if (to->flags & EXPAND_SYMBOLIC) {
		put_symbol(to, parameter->name);
		return 0;
	}
	if (to->stack->is_symbolic)
		return put_value(to, parameter->name, parameter->stand_in);
	return cordon_fail(to->err, 0, "'${%s}' has no value (-p %s=VALUE)",
			   parameter->name, parameter->name);
}

static int put_fact(struct expander *to, const struct fact *fact)
{
	const char *value;

	if (to->flags & EXPAND_SYMBOLIC) {
		put_symbol(to, fact->name);
		return 0;
	}
	value = fact_value(to->arena, to->stack, fact, to->err);
	return value ? put_value(to, fact->name, value) : -1;
}

static int unknown_name(const struct stack *stack, const char *name,
			size_t size, struct cordon_error *err)
{
	size_t n = stack->n_parameters;
	struct arena *arena = arena_new();
	const char **words =
		arena_alloc(arena, (n + CORDON_COUNT(facts)) * sizeof(*words));
	char shown[SHOWN], hint[96];

	for (size_t i = 0; i < n; i++)
		words[i] = stack->parameters[i].name;
	for (size_t i = 0; i < CORDON_COUNT(facts); i++)
		words[n + i] = facts[i].name;
	cordon_fail(err, 0, "unknown parameter '${%s}'%s",
		    value_show(shown, sizeof(shown), name, size),
		    param_hint(hint, arena_copy(arena, name, size), words,
			       n + CORDON_COUNT(facts)));
	arena_free(arena);
	return -1;
}

struct reference {
	const struct parameter *parameter;
	const struct fact *fact;
	size_t size; /* of all of it, from the dollar on */
};

/* text begins with a dollar that is not doubled. */
static int scan_reference(const struct stack *stack, const char *text,
			  size_t size, struct reference *out,
			  struct cordon_error *err)
{
	const char *end =
		size > 1 && text[1] == '{' ? memchr(text, '}', size) : NULL;
	const char *name = text + 2;
	char shown[SHOWN];

	value_show(shown, sizeof(shown), text, size);
	if (size < 2 || text[1] != '{')
		return cordon_fail(err, 0,
				   "the dollar in '%s' stands for nothing (a "
				   "parameter is ${NAME}, a dollar $$)",
				   shown);
	if (!end)
		return cordon_fail(err, 0, "'%s' has no '}'", shown);
	out->size = (size_t)(end - text) + 1;
	out->parameter = expand_parameter(stack, name, out->size - 3);
	out->fact = find_fact(name, out->size - 3);
	if (!out->parameter && !out->fact)
		return unknown_name(stack, name, out->size - 3, err);
	return 0;
}

static int expand_one(struct expander *to, const char *text, size_t size)
{
	struct reference reference;
	int rc;

	to->text = arena_strdup(to->arena, "");
	for (size_t i = 0; i < size; i += reference.size) {
		reference.size = 1;
		if (text[i] != '$') {
			put(to, text[i]);
			continue;
		}
		if (size - i > 1 && text[i + 1] == '$') {
			put_literal(to, '$');
			reference.size = 2;
			continue;
		}
		if (scan_reference(to->stack, text + i, size - i, &reference,
				   to->err) < 0)
			return -1;
		rc = reference.parameter
			     ? put_parameter(to, reference.parameter)
			     : put_fact(to, reference.fact);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int expand_list(struct expander *to, const struct parameter *parameter,
		       struct expanded *out)
{
	const char *const *items = parameter->items;
	size_t n = parameter->n_items;
	bool is_symbol = !parameter->value && (to->flags & EXPAND_SYMBOLIC);

	if (!parameter->value) {
		if (!is_symbol && !to->stack->is_symbolic)
			return cordon_fail(to->err, 0,
					   "'${%s}' has no value (-p %s=VALUE)",
					   parameter->name, parameter->name);
		items = &parameter->stand_in;
		n = 1;
	}
	out->word = arena_alloc(to->arena, (n + 1) * sizeof(*out->word));
	for (out->n = 0; out->n < n; out->n++) {
		to->text = NULL;
		to->size = to->room = 0;
		if (is_symbol)
			put_symbol(to, parameter->name);
		else if (put_value(to, parameter->name, items[out->n]) < 0)
			return -1;
		out->word[out->n] = to->text;
	}
	return 0;
}

int expand_words(struct arena *arena, const struct stack *stack,
		 const char *text, size_t size, unsigned flags,
		 struct expanded *out, struct cordon_error *err)
{
	struct expander to = { arena, stack, flags, err, NULL, 0, 0 };
	const struct parameter *parameter = NULL;

	if ((flags & EXPAND_LIST) && size > 3 && !memcmp(text, "${", 2) &&
	    memchr(text, '}', size) == text + size - 1)
		parameter = expand_parameter(stack, text + 2, size - 3);
	if (parameter && parameter->is_list)
		return expand_list(&to, parameter, out);
	if (expand_one(&to, text, size) < 0)
		return -1;
	out->word = arena_alloc(arena, sizeof(*out->word));
	out->word[0] = to.text;
	out->n = 1;
	return 0;
}

int expand_scan(const struct stack *stack, const char *text, bool *is_callers,
		struct cordon_error *err)
{
	struct reference reference = { .size = 0 };

	*is_callers = false;
	while ((text = strchr(text, '$'))) {
		if (text[1] == '$') {
			text += 2;
			continue;
		}
		if (scan_reference(stack, text, strlen(text), &reference, err) <
		    0)
			return -1;
		*is_callers |=
			reference.parameter ||
			(reference.fact && reference.fact->is_callers);
		text += reference.size;
	}
	return 0;
}
