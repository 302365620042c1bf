/* SPDX-License-Identifier: MIT */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/front.h"
#include "core/ini.h"
#include "core/prepare.h"
#include "core/run.h"
#include "core/tini.h"
#include "core/value.h"

/* ---- options ---- */

static int take_nothing(struct tini_call *out, const char *value,
			struct cordon_error *err)
{
	(void)out;
	(void)value;
	(void)err;
	return 0;
}

static int take_group(struct tini_call *out, const char *value,
		      struct cordon_error *err)
{
	(void)value;
	(void)err;
	out->to_group = true;
	return 0;
}

static int take_help(struct tini_call *out, const char *value,
		     struct cordon_error *err)
{
	(void)value;
	(void)err;
	out->is_help = true;
	return 0;
}

/* Those that cordon passes on or dies of: another would reach nobody. */
static int take_death(struct tini_call *out, const char *value,
		      struct cordon_error *err)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT,  SIGHUP,
				       SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT };
	int signal = strncmp(value, "SIG", 3) ? -1 : value_signal(value);

	for (size_t i = 0; i < CORDON_COUNT(signals); i++)
		if (signals[i] == signal) {
			out->death_signal = signal;
			return 0;
		}
	return cordon_fail(err, 0,
			   "-p: '%s' is not SIGKILL, SIGTERM, SIGINT, SIGHUP, "
			   "SIGQUIT, SIGUSR1, SIGUSR2 or SIGCONT",
			   value);
}

static int take_status(struct tini_call *out, const char *value,
		       struct cordon_error *err)
{
	uint32_t status;

	if (value_id(value, &status) < 0 || status > 255)
		return cordon_fail(err, 0,
				   "-e: '%s' is not an exit status, 0 to 255",
				   value);
	out->as_success[status / 8] |= (uint8_t)(1 << status % 8);
	return 0;
}

static int refuse_warning(struct tini_call *out, const char *value,
			  struct cordon_error *err)
{
	(void)out;
	(void)value;
	return cordon_fail(err, 0,
			   "-w is not supported: of what is reaped nothing is "
			   "said, stderr is the job's (leave it out)");
}

static int refuse_license(struct tini_call *out, const char *value,
			  struct cordon_error *err)
{
	(void)out;
	(void)value;
	return cordon_fail(err, 0,
			   "-l is not supported (the license is in COPYING)");
}

static const struct option {
	char letter;
	bool has_value;
	int (*take)(struct tini_call *out, const char *value,
		    struct cordon_error *err);
} options[] = {
	{ 'e', true, take_status },    { 'g', false, take_group },
	{ 'h', false, take_help },     { 'l', false, refuse_license },
	{ 'p', true, take_death },     { 's', false, take_nothing },
	{ 'v', false, take_nothing },  { 'w', false, refuse_warning },
};

static const struct option *find_option(char letter)
{
	for (size_t i = 0; i < CORDON_COUNT(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

/* "-sg", "-e143", "-e" and "143": how many words it was, or -1. */
static int take_word(char **at, struct tini_call *out,
		     struct cordon_error *err)
{
	char shown[64];

	for (const char *letter = *at + 1; *letter; letter++) {
		const struct option *option = find_option(*letter);
		const char *value = letter[1] ? letter + 1 : at[1];

		if (!option)
			return cordon_fail(err, 0,
					   "'%s': no such option of tini's (a "
					   "program's own stand behind --)",
					   value_show(shown, sizeof(shown), *at,
						      strlen(*at)));
		if (!option->has_value) {
			if (option->take(out, NULL, err) < 0)
				return -1;
			continue;
		}
		if (!value)
			return cordon_fail(err, 0, "no value behind -%c",
					   *letter);
		value_show(shown, sizeof(shown), value, strlen(value));
		if (option->take(out, shown, err) < 0)
			return -1;
		return letter[1] ? 1 : 2;
	}
	return 1;
}

/* As getopt(3) reads it: up to "--" what begins with '-' is an option, also
 * behind the program. */
int tini_arguments(struct arena *arena, char **argv, struct tini_call *out,
		   struct cordon_error *err)
{
	size_t n = 0;

	*out = (struct tini_call){ .argv = NULL };
	if (argv[0] && argv[1] && !strcmp(argv[1], "--version") && !argv[2]) {
		out->is_version = true;
		return 0;
	}
	while (argv[n])
		n++;
	out->argv = arena_alloc(arena, (n + 1) * sizeof(*argv));
	n = 0;
	for (char **at = argv + (argv[0] != NULL); *at;) {
		int used = 1;

		if (!strcmp(*at, "--")) {
			while (*++at)
				out->argv[n++] = *at;
			break;
		}
		if (**at == '-' && (*at)[1])
			used = take_word(at, out, err);
		else
			out->argv[n++] = *at;
		if (used < 0)
			return -1;
		at += used;
	}
	out->argv[n] = NULL;
	return 0;
}

/* ---- the door ---- */

static const char help[] =
	"tini (cordon " PACKAGE_VERSION ")\n"
	"Usage: tini [OPTIONS] PROGRAM -- [ARGS] | --version\n"
	"\n"
	"Runs a program in the stack 'tini' of cordon (cordon-tini(8)).\n"
	"\n"
	"  --version     Show the version.\n"
	"  -h            Show this.\n"
	"  -s            Reap orphans: always.\n"
	"  -p SIGNAL     Be sent SIGNAL when the caller's thread ends.\n"
	"  -g            Pass signals on to the program's process group.\n"
	"  -e STATUS     Exit with 0 instead of STATUS; may be repeated.\n"
	"  -v            Taken, and without effect.\n";

static const char *const yields[] = { "process.forward", NULL };

/* A stack that cannot keep its word to reap is none of this door's. */
static void add_sections(struct arena *arena, const struct tini_call *call,
			 struct request *request)
{
	const struct ini_line lines[] = {
		{ "stack", "parent", "always", 0, true },
		{ "stack", "signal-exit", "code", 0, true },
		{ "process.tini", "orphans", "reap", 0, true },
		{ "process.tini", "forward", "group", 0, true },
	};
	struct ini_file *more = arena_alloc(arena, sizeof(*more));

	more->path = "tini";
	more->count = CORDON_COUNT(lines) - !call->to_group;
	more->lines = arena_alloc(arena, sizeof(lines));
	memcpy(more->lines, lines, sizeof(lines));
	request->more = more;
	request->yields = yields;
}

/* It follows the thread that started us: that is what -p means. */
static void ask_for_death_signal(struct arena *arena,
				 const struct tini_call *call,
				 struct request *request)
{
	if (call->death_signal != 0 &&
	    prctl(PR_SET_PDEATHSIG, call->death_signal) < 0)
		request->fault =
			arena_strdup(arena, "-p: the kernel refuses it");
}

int tini_open(struct arena *arena, const struct front_call *call,
	      struct request *request)
{
	struct tini_call *words = arena_alloc(arena, sizeof(*words));
	struct cordon_error err = { 0 };
	int rc = tini_arguments(arena, request->argv, words, &err);

	if (rc == 0 && (words->is_help || words->is_version)) {
		fputs(words->is_help ? help : "cordon " PACKAGE_VERSION "\n",
		      stdout);
		return fflush(stdout) == 0 ? 0 : 125;
	}
	if (prepare_variable(request->environ, "TINI_KILL_PROCESS_GROUP"))
		words->to_group = true;
	add_sections(arena, words, request);
	if (rc < 0)
		request->fault = arena_strdup(arena, err.text);
	else if (!words->argv[0])
		request->fault = arena_printf(
			arena, "'%s' was called without a program", call->name);
	else
		ask_for_death_signal(arena, words, request);
	if (!request->fault)
		request->argv = words->argv;
	request->as_success = words->as_success;
	return run(arena, request);
}
