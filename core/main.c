/* SPDX-License-Identifier: MIT */
/*
 * main - the command line
 *
 * Reading order: README.md, include/cordon/module.h, this file, stack.h,
 * prepare.c (read, load, decide, plan), plan.c and settle.c, step.c (the
 * table), act.c, rows_*.c and init.c (inside), spawn.c and watch.c (outside),
 * modules/rlimits.c; the rest when a question leads there.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/doctor.h"
#include "core/door.h"
#include "core/explain.h"
#include "core/front.h"
#include "core/handoff.h"
#include "core/learn.h"
#include "core/module_test.h"
#include "core/param.h"
#include "core/prepare.h"
#include "core/run.h"
#include "core/score.h"
#include "core/shims.h"
#include "core/value.h"

static const char usage[] =
	"usage: cordon run [-p NAME=VALUE]... [-C DIR] [--conf DIR|--user]\n"
	"                  [--job-id ID] [--record FILE] [--status-fd N]\n"
	"                  STACK [--] COMMAND [ARGUMENT]...\n"
	"       cordon explain [-p NAME=VALUE]... [--json] STACK [-- "
	"COMMAND...]\n"
	"       cordon check [-p NAME=VALUE]... [STACK]...\n"
	"       cordon score [-p NAME=VALUE]... [--json] STACK\n"
	"       cordon learn [-p NAME=VALUE]... [--as-root] STACK [--] "
	"COMMAND...\n"
	"       cordon digest [-p NAME=VALUE]... [--host] STACK\n"
	"       cordon doctor [--json]\n"
	"       cordon modules [NAME]\n"
	"       cordon modules --test FILE.so [KEY=VALUE]... [-- COMMAND...]\n"
	"       cordon shims [DIR]\n"
	"       cordon stacks | --version | --help\n";

struct options {
	struct request request;
	const char **given;
	const char *const *names; /* what stands behind the options */
	int n_names;
	const char *module_file; /* --test */
};

enum command_flags {
	RUNS = 1, /* takes STACK and a command */
	TAKES_STACK = 2,
	PRINTS = 4,
	EXPLAINS = 8,
	DIGESTS = 16,
	LEARNS = 32,
	TESTS = 64,
	RECORDS = 128, /* tells how a job ended */
};

struct command {
	const char *name;
	int flags;
	int most_names; /* behind the options, without TAKES_STACK */
	int (*call)(struct arena *arena, struct options *options);
};

#define SEE_HELP " (see cordon --help)"

/* "TEXT 'WORD' (HINT)" */
static int fail(const char *text, const char *word, const char *hint)
{
	char shown[128];

	fprintf(stderr, "cordon: %s%s%s%s%s\n", text, word ? " '" : "",
		word ? value_show(shown, sizeof(shown), word, strlen(word))
		     : "",
		word ? "'" : "", *hint ? hint : SEE_HELP);
	return 125;
}

/* ---- options ---- */

static int take_given(struct options *options, const char *value)
{
	options->given[options->request.n_given++] = value;
	return 0;
}

static int take_conf(struct options *options, const char *value)
{
	options->request.conf = value;
	return 0;
}

static int take_dir(struct options *options, const char *value)
{
	options->request.dir = value;
	return 0;
}

static int take_job_id(struct options *options, const char *value)
{
	options->request.job_id = value;
	return 0;
}

static int take_record(struct options *options, const char *value)
{
	options->request.record = value;
	return 0;
}

static int take_status_fd(struct options *options, const char *value)
{
	uint32_t fd;

	if (value_id(value, &fd) < 0 || fd > 1048576)
		return fail("--status-fd: not the number of a descriptor:",
			    value, " (0 to 1048576, one that is open)");
	options->request.status_fd = (int)fd;
	return 0;
}

static int take_user(struct options *options, const char *value)
{
	(void)value;
	options->request.is_user = true;
	return 0;
}

static int take_json(struct options *options, const char *value)
{
	(void)value;
	options->request.is_json = true;
	return 0;
}

static int take_host(struct options *options, const char *value)
{
	(void)value;
	options->request.is_host = true;
	return 0;
}

static int take_as_root(struct options *options, const char *value)
{
	(void)value;
	options->request.is_as_root = true;
	return 0;
}

static int take_test(struct options *options, const char *value)
{
	options->module_file = value;
	return 0;
}

static const struct flag {
	const char *name;
	bool has_value;
	int (*take)(struct options *options, const char *value);
	int only; /* for commands with this flag; 0: for all */
} flags[] = {
	{ "-p", true, take_given, 0 },
	{ "-C", true, take_dir, 0 },
	{ "--conf", true, take_conf, 0 },
	{ "--user", false, take_user, 0 },
	{ "--job-id", true, take_job_id, RUNS },
	{ "--record", true, take_record, RECORDS },
	{ "--status-fd", true, take_status_fd, RECORDS },
	{ "--json", false, take_json, EXPLAINS },
	{ "--host", false, take_host, DIGESTS },
	{ "--as-root", false, take_as_root, LEARNS },
	{ "--test", true, take_test, TESTS },
};

/* ---- commands ---- */

static int call_run(struct arena *arena, struct options *options)
{
	return run(arena, &options->request);
}

static int call_explain(struct arena *arena, struct options *options)
{
	return explain(arena, &options->request);
}

static int call_check(struct arena *arena, struct options *options)
{
	return explain_check(arena, &options->request, options->names,
			     options->n_names);
}

static int call_score(struct arena *arena, struct options *options)
{
	return score(arena, &options->request);
}

static int call_learn(struct arena *arena, struct options *options)
{
	return learn(arena, &options->request);
}

static int call_digest(struct arena *arena, struct options *options)
{
	return explain_digest(arena, &options->request);
}

static int call_shims(struct arena *arena, struct options *options)
{
	return shims(arena, &options->request,
		     options->n_names > 0 ? options->names[0] : NULL);
}

static int call_stacks(struct arena *arena, struct options *options)
{
	return explain_stacks(arena, &options->request);
}

static int call_modules(struct arena *arena, struct options *options)
{
	if (options->module_file)
		return module_test(arena, &options->request,
				   options->module_file, options->names,
				   options->n_names);
	return explain_modules(arena, &options->request,
			       options->n_names > 0 ? options->names[0] : NULL);
}

static int call_doctor(struct arena *arena, struct options *options)
{
	return doctor(arena, &options->request);
}

static const struct command commands[] = {
	{ "run", RUNS | TAKES_STACK | RECORDS, 0, call_run },
	{ "explain", RUNS | TAKES_STACK | PRINTS | EXPLAINS, 0, call_explain },
	{ "check", PRINTS, INT_MAX, call_check },
	{ "score", TAKES_STACK | PRINTS | EXPLAINS, 0, call_score },
	{ "learn", RUNS | TAKES_STACK | PRINTS | LEARNS | RECORDS, 0,
	  call_learn },
	{ "digest", TAKES_STACK | PRINTS | DIGESTS, 0, call_digest },
	{ "doctor", PRINTS | EXPLAINS, 0, call_doctor },
	{ "shims", PRINTS, 1, call_shims },
	{ "stacks", PRINTS, 0, call_stacks },
	{ "modules", PRINTS | TESTS, 1, call_modules },
};

/* ---- the command line ---- */

/* "--name=VALUE" and "--name VALUE"; "-pNAME=VALUE" too. */
static const struct flag *find_flag(const char *word, const char **value)
{
	for (size_t i = 0; i < CORDON_COUNT(flags); i++) {
		size_t size = strlen(flags[i].name);

		if (strncmp(word, flags[i].name, size))
			continue;
		*value = NULL;
		if (word[size] == '\0')
			return &flags[i];
		if (!flags[i].has_value)
			continue;
		if (word[1] != '-') {
			*value = word + size;
			return &flags[i];
		}
		if (word[size] == '=') {
			*value = word + size + 1;
			return &flags[i];
		}
	}
	return NULL;
}

static int refuse_unknown(const char *word)
{
	const char *names[CORDON_COUNT(flags)];
	char name[32], hint[96];

	for (size_t i = 0; i < CORDON_COUNT(flags); i++)
		names[i] = flags[i].name;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	return fail("unknown option", word,
		    param_hint(hint, name, names, CORDON_COUNT(names)));
}

/* "'run' does not take '--json' (explain, score or doctor takes it)" */
static int refuse_misplaced(const struct command *command,
			    const struct flag *flag)
{
	const char *names[CORDON_COUNT(commands)];
	char text[64], takers[96], hint[112];
	size_t n = 0;

	for (size_t i = 0; i < CORDON_COUNT(commands); i++)
		if (commands[i].flags & flag->only)
			names[n++] = commands[i].name;
	snprintf(text, sizeof(text), "'%s' does not take", command->name);
	snprintf(hint, sizeof(hint), " (%s takes it)",
		 param_list(takers, sizeof(takers), names, n));
	return fail(text, flag->name, hint);
}

/* Up to the first word that is none, or "--": its index, or -1. */
static int take_options(struct options *options, const struct command *command,
			char **argv, int at)
{
	for (; argv[at] && argv[at][0] == '-' && argv[at][1]; at++) {
		const char *value;
		const struct flag *flag;

		if (!strcmp(argv[at], "--"))
			return at;
		flag = find_flag(argv[at], &value);
		if (!flag)
			return refuse_unknown(argv[at]), -1;
		if (flag->only && !(command->flags & flag->only))
			return refuse_misplaced(command, flag), -1;
		if (flag->has_value && !value) {
			value = argv[++at];
			if (!value)
				return fail("no value behind", argv[at - 1],
					    ""),
				       -1;
		}
		if (flag->take(options, value) != 0)
			return -1;
	}
	return at;
}

/*
 * The kernel lays arguments and environment behind each other, and shows both
 * below /proc.  What was handed over as data lies elsewhere, in memory that
 * nobody else can read.
 */
static void find_words(struct request *request, char **argv)
{
	char *end = argv[0];

	for (size_t i = 0; argv[i]; i++)
		if (argv[i] >= end)
			end = argv[i] + strlen(argv[i]);
	for (size_t i = 0; environ && environ[i]; i++)
		if (environ[i] >= end)
			end = environ[i] + strlen(environ[i]);
	request->words = argv[0];
	request->words_size = (size_t)(end - argv[0]);
}

static char **copy_words(struct arena *arena, char *const *words)
{
	char **copy;
	size_t n = 0;

	while (words && words[n])
		n++;
	copy = arena_alloc(arena, (n + 1) * sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = arena_strdup(arena, words[i]);
	return copy;
}

/* Settings, and behind "--" the job's command. */
static void split_command(struct options *options, char **words)
{
	for (int i = 0; i < options->n_names; i++)
		if (!strcmp(words[i], "--")) {
			options->n_names = i;
			options->request.argv = &words[i + 1];
			return;
		}
}

static int refuse_more(const struct command *command, const char *word)
{
	const char *value;
	char text[64];

	snprintf(text, sizeof(text), "'%s' has no use for", command->name);
	return fail(text, word,
		    find_flag(word, &value) && command->flags & TAKES_STACK
			    ? " (options stand before STACK)"
			    : "");
}

/* What the kernel shows will be wiped, so these are copies. */
static struct request new_request(struct arena *arena, char **argv,
				  const struct handoff *start)
{
	struct request request = {
		.status_fd = -1,
		.argv = copy_words(arena, argv),
		.environ = copy_words(arena, start->environ),
	};

	find_words(&request, argv);
	/* What was handed over is here now, once: [secret] takes from it. */
	for (char *const *entry = start->environ; start->environ != environ && *entry; entry++)
		explicit_bzero(*entry, strlen(*entry));
	return request;
}

static int call_command(struct arena *arena, const struct command *command,
			const struct request *request)
{
	struct options options = { .request = *request };
	char **argv = request->argv;
	int n = 0, at;

	options.request.argv = NULL;
	while (argv[n])
		n++;
	options.given =
		arena_alloc(arena, ((size_t)n + 1) * sizeof(*options.given));
	options.request.given = options.given;
	at = take_options(&options, command, argv, 2);
	if (at < 0)
		return 125;
	if (!(command->flags & TAKES_STACK)) {
		if (argv[at] && !strcmp(argv[at], "--") && !options.module_file)
			at++;
		options.names = (const char *const *)&argv[at];
		options.n_names = n - at;
		if (options.module_file)
			split_command(&options, &argv[at]);
		else if (options.n_names > command->most_names)
			return refuse_more(command,
					   argv[at + command->most_names]);
		return command->call(arena, &options);
	}
	if (!argv[at] || !strcmp(argv[at], "--"))
		return fail("no STACK", NULL,
			    " ('cordon stacks' lists them; see cordon "
			    "--help)");
	options.request.stack = argv[at++];
	if (argv[at] && !(command->flags & RUNS))
		return refuse_more(command, argv[at]);
	if (argv[at] && !strcmp(argv[at], "--"))
		at++;
	options.request.argv = &argv[at];
	return command->call(arena, &options);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < CORDON_COUNT(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int refuse_command(const char *name)
{
	const char *names[CORDON_COUNT(commands)];
	char hint[96];

	if (!name)
		return fail("no command", NULL, "");
	for (size_t i = 0; i < CORDON_COUNT(commands); i++)
		names[i] = commands[i].name;
	return fail("unknown command", name,
		    param_hint(hint, name, names, CORDON_COUNT(names)));
}

/* An answer that is not whole is none. */
static int judge_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "cordon: cannot write to standard output: %s\n",
		strerror(errno));
	return 125;
}

static int command_line(struct arena *arena, const struct request *request)
{
	const char *word = request->argv[1];
	const struct command *command = word ? find_command(word) : NULL;
	int status = 0;

	if (word && !strcmp(word, "--version") && !request->argv[2])
		puts("cordon " PACKAGE_VERSION);
	else if (word && !strcmp(word, "--help") && !request->argv[2])
		fputs(usage, stdout);
	else if (!command)
		return refuse_command(word);
	else
		status = call_command(arena, command, request);
	return !command || command->flags & PRINTS ? judge_output(status)
						   : status;
}

/* Set-user-ID, or with capabilities of its file, it would lend its caller
 * rights: it has no business with that (I62). */
static bool is_privileged_start(void)
{
	return getauxval(AT_SECURE) != 0 || geteuid() != getuid() ||
	       getegid() != getgid();
}

int main(int argc, char **argv)
{
	struct cordon_error err = { 0 };
	struct front_call call;
	struct request request;
	struct handoff start;
	struct arena *arena;
	int status;

	if (argc < 1 || !argv[0] || run_open_stdio() < 0)
		return 125;
	if (is_privileged_start()) {
		fputs("cordon: started with rights that its caller has not "
		      "(take the set-user-ID bit or capabilities off the "
		      "file)\n",
		      stderr);
		return 125;
	}
	if (door_enter(argv, &start, &err) < 0)
		return explain_fault(NULL, &err);
	arena = arena_new();
	call = front_call(arena, start.path);
	request = new_request(arena, argv, &start);
	request.call = &call;
	status = !strcmp(call.name, "cordon") && !call.stack
			 ? command_line(arena, &request)
			 : front_open(arena, &call, &request);
	arena_free(arena);
	return status;
}
