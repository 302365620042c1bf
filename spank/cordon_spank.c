/* SPDX-License-Identifier: MIT */
/*
 * cordon_spank - puts cordon in front of every task of Slurm's
 *
 *	required /usr/lib/slurm/cordon_spank.so stacks=batch,gpu default=batch
 *
 * A task is what slurmstepd calls execve(2) for: a batch script, each task of a
 * step.  Since 23.11 words can be put in front of its own.  Before, argv[0]
 * alone can be exchanged, for a link that says the stack (core/spank.h).
 *
 * The stacks that may be asked for stand in plugstack.conf.  What a user says,
 * by an option, a variable or a client of their own, is judged where the task
 * starts, and what fails there ends the task: Slurm would go on where the line
 * says `optional`.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#pragma GCC visibility push(default)
#include <slurm/spank.h>
SPANK_PLUGIN(cordon, 1)
/* Where the running Slurm has none it is NULL. */
spank_err_t spank_prepend_task_argv(spank_t spank, int argc, const char *argv[])
	__attribute__((weak));
#pragma GCC visibility pop

#include "core/spank.h"
#include "spank/multi_prog.h"

#define REFUSED 125 /* as `cordon run` */

/* By which srun and sbatch take the option from the environment, so that what a
 * job starts is in its stack. */
#define OPTION_VARIABLE "SLURM_SPANK__SLURM_SPANK_OPTION_cordon_cordon_stack"

/* ---- what plugstack.conf says ---- */

static struct {
	const char *stacks, *preset, *cordon, *doors;
} settings;

static char fault[512]; /* of the line in plugstack.conf */

static const struct {
	const char *name;
	const char **value;
} words[] = {
	{ "stacks=", &settings.stacks },
	{ "default=", &settings.preset },
	{ "cordon=", &settings.cordon },
	{ "doors=", &settings.doors },
};

static bool is_name(const char *text, size_t size)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	return size > 0 && size <= 200 && *text != '.' && *text != '-' &&
	       strspn(text, chars) >= size;
}

static bool is_allowed(const char *name)
{
	const char *list = settings.stacks;
	size_t size;

	for (; list && *list; list += list[size] ? size + 1 : size) {
		size = strcspn(list, ",");
		if (size == strlen(name) && !strncmp(list, name, size))
			return true;
	}
	return false;
}

static bool are_names(const char *list)
{
	for (;;) {
		size_t size = strcspn(list, ",");

		if (!is_name(list, size))
			return false;
		if (list[size] == '\0')
			return true;
		list += size + 1;
	}
}

static bool read_word(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t size = strlen(words[i].name);

		if (strncmp(word, words[i].name, size) != 0)
			continue;
		if (*words[i].value)
			return false;
		*words[i].value = word + size;
		return true;
	}
	return false;
}

static void blame(const char *what, const char *word)
{
	snprintf(fault, sizeof(fault), "plugstack.conf: %s%s%s%s", what,
		 word ? ": '" : "", word ? word : "", word ? "'" : "");
}

static void read_settings(int ac, char *argv[])
{
	fault[0] = '\0';
	memset(&settings, 0, sizeof(settings));
	for (int i = 0; i < ac; i++)
		if (!read_word(argv[i])) {
			blame("not known, or there twice", argv[i]);
			return;
		}
	if (!settings.cordon)
		settings.cordon = CORDON_BINDIR "/cordon";
	if (!settings.stacks || !are_names(settings.stacks))
		blame("stacks=NAME,... has to say which stacks a job may have",
		      settings.stacks);
	else if (settings.preset && !is_allowed(settings.preset))
		blame("default= is none of stacks=", settings.preset);
	else if (settings.cordon[0] != '/')
		blame("cordon= is no absolute path", settings.cordon);
	else if (settings.doors && settings.doors[0] != '/')
		blame("doors= is no absolute path", settings.doors);
	else if (!settings.doors && !spank_prepend_task_argv)
		blame("this Slurm is older than 23.11: doors=DIR has to say "
		      "where the links " CORDON_SPANK_DOOR "@STACK are",
		      NULL);
}

/* ---- what the user says ---- */

static struct {
	char stack[201]; /* empty: nothing */
	bool is_forbidden;
} asked;

static int take_option(int val, const char *name, int is_remote)
{
	bool is_known = name && is_allowed(name);

	if (is_known)
		snprintf(asked.stack, sizeof(asked.stack), "%s", name);
	asked.is_forbidden |= !is_known;
	if (!is_known && !is_remote)
		slurm_error("cordon: --cordon-stack takes one of these: %s",
			    settings.stacks);
	return is_known ? 0 : -1;
}

static char usage[512];
static struct spank_option option = {
	.name = (char *)"cordon-stack",
	.arginfo = (char *)"NAME",
	.usage = usage,
	.has_arg = 1,
	.cb = take_option,
};

/* slurmd's log alone: srun's user reads the page. */
static void say_what_remains(void)
{
	if (spank_context() == S_CTX_SLURMD)
		slurm_info("cordon: tasks run in one of these stacks: %s; what "
			   "users name by --task-prolog and --task-epilog runs "
			   "outside (see cordon-spank(8))",
			   settings.stacks);
}

int slurm_spank_init(spank_t spank, int ac, char *argv[])
{
	memset(&asked, 0, sizeof(asked));
	read_settings(ac, argv);
	snprintf(usage, sizeof(usage), "run in one of the stacks %s%s%s%s",
		 settings.stacks ? settings.stacks : "",
		 settings.preset ? " (default: " : "",
		 settings.preset ? settings.preset : "",
		 settings.preset ? ")" : "");
	if (!fault[0] &&
	    spank_option_register(spank, &option) != ESPANK_SUCCESS)
		snprintf(fault, sizeof(fault),
			 "Slurm does not take the option --cordon-stack");
	if (!fault[0]) {
		say_what_remains();
		return 0;
	}
	slurm_error("cordon: %s", fault);
	return -1;
}

/* ---- a task ---- */

/* Gives why it cannot start; NULL: it can. */
static const char *add_words(spank_t spank, const char *stack)
{
	const char *front[] = { settings.cordon, "run", stack, "--" };

	return spank_prepend_task_argv(spank, 4, front) == ESPANK_SUCCESS
		       ? NULL
		       : "Slurm does not put words in front of a task's";
}

static const char *exchange_word(spank_t spank, const char *stack, char **argv)
{
	static char door[PATH_MAX];
	int size = snprintf(door, sizeof(door), "%s/" CORDON_SPANK_DOOR "@%s",
			    settings.doors, stack);

	if (argv[1] && is_multi_prog(argv[1]))
		return "--multi-prog cannot be confined by this Slurm, nor can "
		       "what looks like it: a first argument with a line of "
		       "ranks and words, \"0-3 ...\" (a word in front of the "
		       "command helps: env)";
	if (size < 0 || (size_t)size >= sizeof(door) ||
	    spank_setenv(spank, CORDON_SPANK_ARGV0, argv[0], 1) !=
		    ESPANK_SUCCESS)
		return "Slurm does not hand over the name of the program";
	argv[0] = door; /* of this process, which is about to be the task */
	return NULL;
}

static const char *confine(spank_t spank)
{
	static bool is_confined;
	const char *stack = asked.stack[0] ? asked.stack : settings.preset;
	char **argv = NULL;
	int argc = 0;

	if (fault[0])
		return fault;
	if (is_confined)
		return "the plugin is in plugstack.conf twice";
	if (asked.is_forbidden)
		return "--cordon-stack: a job may not have this stack";
	if (!stack)
		return "--cordon-stack=NAME has to say which stack";
	if (spank_get_item(spank, S_JOB_ARGV, &argc, &argv) != ESPANK_SUCCESS ||
	    argc < 1 || !argv || !argv[0] || !argv[0][0])
		return "no program is named";
	/* Slurm adds a name to it when all plugins are through. */
	if (argv[0][strlen(argv[0]) - 1] == '/')
		return "--bcast needs the name of a file, not of a folder";
	if (asked.stack[0] &&
	    spank_setenv(spank, OPTION_VARIABLE, stack, 1) != ESPANK_SUCCESS)
		return "Slurm does not hand over the name of the stack";
	is_confined = true;
	return spank_prepend_task_argv ? add_words(spank, stack)
				       : exchange_word(spank, stack, argv);
}

int slurm_spank_task_init(spank_t spank, int ac, char *argv[])
{
	const char *why = confine(spank);

	if (!why)
		return 0;
	slurm_error("cordon: %s", why);
	_exit(REFUSED);
}
