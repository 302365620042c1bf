/* SPDX-License-Identifier: MIT */
/*
 * The sections that a stack lacks for a job: what opens least stands first, and
 * what was not granted, or cannot be said in a line, is a comment with its
 * reason.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/ini.h"
#include "core/learn_need.h"
#include "core/names.h"
#include "core/prepare.h"
#include "core/value.h"

#define WIDTH 76 /* of a line with words */

static const struct {
	const char *name;
	uint32_t number;
} calls[] = {
#include "modules/seccomp_calls.h" /* sorted by name */
};

static const struct {
	const char *name;
	int family;
} families[] = {
	{ "unix", AF_UNIX },
	{ "inet", AF_INET },
	{ "inet6", AF_INET6 },
	{ "netlink", AF_NETLINK },
};

/* One copy of each: thousands of lines, each put behind a copy of all others,
 * would be gigabytes. */
struct lines {
	const char **line;
	size_t n, room;
};

/* What is printed: sections, and notes behind them. */
struct text {
	struct learned *learned;
	struct arena *arena;
	struct lines sections, notes;
	const char *section; /* of the last header */
	const char *row;     /* of words that is not full yet */
};

static void add(struct arena *arena, struct lines *lines, const char *line)
{
	if (lines->n == lines->room) {
		const char **old = lines->line;

		lines->room = 2 * lines->room + 16;
		lines->line = arena_alloc(arena, lines->room * sizeof(*old));
		if (old)
			memcpy(lines->line, old, lines->n * sizeof(*old));
	}
	lines->line[lines->n++] = line;
}

static const char *join(struct arena *arena, const struct lines *lines)
{
	return arena_join(arena, lines->line, lines->n);
}

__attribute__((format(printf, 2, 3))) static void note(struct text *text,
						       const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	add(text->arena, &text->notes,
	    arena_printf(text->arena, "; %s\n", value_line(text->arena, line)));
}

static void put(struct text *text, const char *section, const char *key,
		const char *value)
{
	if (!text->section || strcmp(text->section, section))
		add(text->arena, &text->sections,
		    arena_printf(text->arena, "[%s]\n", section));
	text->section = section;
	add(text->arena, &text->sections,
	    arena_printf(text->arena, "%s = %s\n", key, value));
}

static void end_row(struct text *text, const char *section, const char *key)
{
	if (text->row)
		put(text, section, key, text->row);
	text->row = NULL;
}

static void put_word(struct text *text, const char *section, const char *key,
		     const char *word)
{
	if (text->row && strlen(key) + strlen(text->row) + strlen(word) > WIDTH)
		end_row(text, section, key);
	text->row =
		text->row ? arena_printf(text->arena, "%s %s", text->row, word)
			  : word;
}

/* What was noted of a row of `calls`; of what no filter asks about, nothing. */
static struct learn_call *noted(struct learned *learned, size_t i)
{
	static struct learn_call none;

	return calls[i].number < LEARN_CALLS ? &learned->calls[calls[i].number]
					     : &none;
}

/* ---- limits ---- */

static uint64_t round_up(uint64_t value, uint64_t step)
{
	return (value + step - 1) / step * step;
}

/* With room: where memory is mapped differs from run to run. */
static const char *limit_value(struct arena *arena, int64_t resource,
			       uint64_t peak)
{
	const uint64_t mega = 1 << 20;

	switch (resource) {
	case RLIMIT_NOFILE:
		return arena_printf(arena, "%" PRIu64, round_up(peak, 16));
	case RLIMIT_CPU:
		return arena_printf(arena, "%" PRIu64 "s", 2 * peak);
	case RLIMIT_STACK:
		return value_print(arena, VALUE_SIZE, round_up(2 * peak, mega));
	default:
		return value_print(arena, VALUE_SIZE,
				   round_up(peak + peak / 4, 16 * mega));
	}
}

static void put_limits_of(struct text *text, const char *section)
{
	const struct plan *plan = &text->learned->prepared->plan;
	const struct step *step = plan_find(plan, CORDON_STEP_RLIMIT);

	for (; step; step = plan_next(plan, step)) {
		int resource = (int)step->is.number[0];
		uint64_t peak = text->learned->peak[resource];

		if (!strcmp(step->section, section) &&
		    peak > (uint64_t)step->is.number[1])
			put(text, section, names_rlimit(resource),
			    limit_value(text->arena, resource, peak));
	}
}

/* Those of `final` sections hold in a run that learns too. */
static void put_limits(struct text *text)
{
	const struct prepared *prepared = text->learned->prepared;

	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!prepared->parts[i].section->is_final)
			put_limits_of(text, prepared->parts[i].section->name);
}

/* ---- files and ports ---- */

/* Does the line say it, and nothing else?  Who reads stacks is asked: a '#' or
 * ';' behind a blank, a newline, a blank at the end. */
static bool is_read_back(struct arena *arena, const char *value)
{
	const char *line = arena_printf(arena, "[a]\na = %s\n", value);
	struct cordon_error ignored;
	struct ini_file file;

	return ini_parse_text(arena, line, strlen(line), "", &file, &ignored) ==
		       0 &&
	       file.count == 2 && file.lines[1].key &&
	       !strcmp(file.lines[1].value, value);
}

/* As an admin would write it, or NULL: no line of a stack can say it. */
static const char *path_value(struct arena *arena, const char *path)
{
	char *value = arena_alloc(arena, 2 * strlen(path) + 1), *to = value;

	/* A blank and a slash would look like two paths. */
	if (strcmp(value_escape(arena, path, strlen(path)), path) ||
	    strchr(path, '\t') || strstr(path, " /") || strstr(path, " -/"))
		return NULL;
	for (; *path; path++) {
		*to++ = *path;
		if (*path == '$')
			*to++ = '$';
	}
	*to = '\0';
	return is_read_back(arena, value) ? value : NULL;
}

static void put_paths(struct text *text, const struct ruleset *set,
		      unsigned class, const char *key)
{
	for (size_t i = 0; i < set->needs.n; i++) {
		const struct need *need = &set->needs.need[i];
		const char *value;

		if (!(need->classes & class))
			continue;
		value = path_value(text->arena, need->path);
		if (value)
			put(text, set->section, key, value);
		else
			note(text, "[%s] %s: no line can say '%s'",
			     set->section, key, need->path);
	}
}

static void put_ports(struct text *text, const struct ruleset *set, int at,
		      const char *key)
{
	for (size_t i = 0; i < set->n_ports[at]; i++)
		put_word(text, set->section, key,
			 arena_printf(text->arena, "%u", set->port[at][i]));
	end_row(text, set->section, key);
}

static void put_files(struct text *text)
{
	struct learned *learned = text->learned;

	for (size_t i = 0; i < learned->n_rulesets; i++) {
		struct ruleset *set = &learned->rulesets[i];

		need_settle(learned, &set->needs);
		put_paths(text, set, LEARN_READ, "read");
		put_paths(text, set, LEARN_EXECUTE, "execute");
		put_paths(text, set, LEARN_WRITE, "write");
		put_ports(text, set, 0, "bind-tcp");
		put_ports(text, set, 1, "connect-tcp");
	}
}

/* ---- calls ---- */

static bool denies(const struct step *step, long number, uint64_t first)
{
	const struct cordon_filter *filter = step->is.data;
	const struct seccomp_data data = { .nr = (int)number,
					   .arch = FILTER_ARCH,
					   .args = { first } };
	uint32_t answer = filter_want(&filter, 1, &data);

	return answer != SECCOMP_RET_ALLOW && answer != SECCOMP_RET_LOG;
}

static bool is_socket(long number)
{
	return number == SYS_socket || number == SYS_socketpair;
}

/* Does it let any family through?  Then the call's name is not what lacks. */
static bool has_families(const struct step *step)
{
	for (uint64_t family = 0; family < 64; family++)
		if (!denies(step, SYS_socket, family))
			return true;
	return false;
}

static void put_families(struct text *text, const struct step *step)
{
	for (size_t i = 0; i < CORDON_COUNT(families); i++) {
		uint64_t family = (uint64_t)families[i].family;

		if (text->learned->families >> family & 1 ||
		    !denies(step, SYS_socket, family))
			put_word(text, step->section, "sockets",
				 families[i].name);
	}
	end_row(text, step->section, "sockets");
}

/* `is_one` < 0: all that are needed; else that call alone. */
static void put_calls_of(struct text *text, const struct step *step,
			 long is_one)
{
	bool has_sockets = has_families(step), needs_family = false;

	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		long number = (long)calls[i].number;
		const struct learn_call *call = noted(text->learned, i);

		if (!call->needed || (is_one >= 0 && number != is_one) ||
		    !denies(step, number, call->first))
			continue;
		needs_family |= is_socket(number);
		if (!is_socket(number) || !has_sockets)
			put_word(text, step->section, "allow", calls[i].name);
	}
	end_row(text, step->section, "allow");
	if (needs_family)
		put_families(text, step);
}

static void put_calls(struct text *text, long is_one)
{
	const struct plan *plan = &text->learned->prepared->plan;
	const struct step *step = plan_find(plan, CORDON_STEP_SECCOMP);

	for (; step; step = plan_next(plan, step))
		put_calls_of(text, step, is_one);
}

/* ---- are they enough? ---- */

/* The stack with these sections: 0, or -1 and why not. */
static int try_sections(const struct learned *learned,
			const struct lines *lines, struct prepared *out,
			struct cordon_error *err)
{
	const char *sections = join(learned->arena, lines);
	struct request *request = arena_alloc(learned->arena, sizeof(*request));
	struct ini_file *more = arena_alloc(learned->arena, sizeof(*more));

	*request = *learned->prepared->request;
	request->dir = NULL; /* it has been entered */
	request->more = more;
	return ini_parse_text(learned->arena, sections, strlen(sections),
			      "(learned)", more, err) < 0 ||
			       prepare_stack(learned->arena, request, false, out, err) < 0
		       ? -1
		       : prepare_plan(out, err);
}

/* What a `deny` of the section names stays denied: it is not printed. */
static void drop_denied(struct text *text, size_t i)
{
	struct learn_call *call = noted(text->learned, i);
	struct text one = { .learned = text->learned, .arena = text->arena };
	struct cordon_error err = { 0 };
	struct prepared tried;

	put_calls(&one, (long)calls[i].number);
	if (try_sections(text->learned, &one.sections, &tried, &err) == 0 &&
	    filter_passes(tried.plan.settled.filter, (long)calls[i].number,
			  call->first))
		return;
	note(text, "%s, %" PRIu32 " times: the stack denies it by name",
	     calls[i].name, call->needed);
	call->needed = 0;
}

/* All at once; one by one only where that is not enough. */
static void try_calls(struct text *text)
{
	struct text all = { .learned = text->learned, .arena = text->arena };
	struct cordon_error err = { 0 };
	struct prepared tried;
	bool is_enough;

	put_calls(&all, -1);
	if (!all.section)
		return;
	is_enough =
		try_sections(text->learned, &all.sections, &tried, &err) == 0;
	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		const struct learn_call *call = noted(text->learned, i);

		if (call->needed &&
		    (!is_enough ||
		     !filter_passes(tried.plan.settled.filter,
				    (long)calls[i].number, call->first)))
			drop_denied(text, i);
	}
}

/* ---- what was not granted ---- */

static void note_calls(struct text *text)
{
	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		const struct learn_call *call = noted(text->learned, i);

		if (call->held)
			note(text,
			     "%s, %" PRIu32
			     " times: refused while learning too%s",
			     calls[i].name, call->held,
			     call->is_by_argument
				     ? ", for what it was asked with"
				     : "");
		if (call->absent)
			note(text,
			     "%s, %" PRIu32 " times: said to be absent, as in "
			     "a run; most programs have another way",
			     calls[i].name, call->absent);
	}
}

static void note_paths(struct text *text, struct needs *needs, const char *why)
{
	need_settle(text->learned, needs);
	for (size_t i = 0; i < needs->n; i++)
		note(text, "%s: %s", needs->need[i].path, why);
}

static void note_rest(struct text *text)
{
	struct learned *learned = text->learned;

	note_calls(text);
	note_paths(text, &learned->too_wide,
		   "asked for as a whole, which is more than a stack should "
		   "say (name what the job needs of it, or start it in a "
		   "folder of its own)");
	note_paths(text, &learned->forbidden, "'forbid' stays in force");
	note_paths(text, &learned->final,
		   "refused by a section with 'final = yes'");
	note_paths(text, &learned->read_only,
		   "to be written, but read-only in the job ([mounts] rw)");
	if (learned->n_unseen)
		note(text, "%zu calls name files that could not be looked into",
		     learned->n_unseen);
}

void learn_print(struct learned *learned)
{
	struct text text = { .learned = learned, .arena = learned->arena };
	const char *name = learned->prepared->stack.name;
	struct cordon_error err = { 0 };
	struct prepared tried;

	put_limits(&text);
	put_files(&text);
	try_calls(&text);
	put_calls(&text, -1);
	note_rest(&text);
	if (!text.section)
		printf("; %s refuses nothing of what this job asked for\n",
		       name);
	else if (try_sections(learned, &text.sections, &tried, &err) < 0)
		printf("; the stack does not take this: %s\n",
		       value_line(learned->arena, err.text));
	else
		printf("; what %s lacks for this job: read it, and put it into "
		       "%s.d/learned.ini\n; beside the stack's file\n",
		       name, name);
	printf("%s%s", join(text.arena, &text.sections),
	       join(text.arena, &text.notes));
}
