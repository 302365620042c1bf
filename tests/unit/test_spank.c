/* SPDX-License-Identifier: MIT */
/* Slurm's plugin below a Slurm of our own, which can put words in front of a
 * task's; and what could be the text of a --multi-prog. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <cordon/module.h>
#include <slurm/spank.h>

#include "spank/multi_prog.h"

/* ---- Slurm ---- */

static struct {
	char said[4096]; /* what it was told, a line each */
	char *argv[3];
	const char *fails; /* the function that does */
	struct spank_option *option;
} slurm;

#define SAY(...)                                                               \
	snprintf(slurm.said + strlen(slurm.said),                              \
		 sizeof(slurm.said) - strlen(slurm.said), __VA_ARGS__)

static spank_err_t answer(const char *function)
{
	return slurm.fails && !strcmp(slurm.fails, function) ? ESPANK_ERROR
							     : ESPANK_SUCCESS;
}

spank_context_t spank_context(void)
{
	return S_CTX_SLURMD;
}

void slurm_info(const char *format, ...)
{
	SAY("info\n");
}

void slurm_error(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vsnprintf(slurm.said + strlen(slurm.said),
		  sizeof(slurm.said) - strlen(slurm.said), format, list);
	va_end(list);
	SAY("\n");
}

spank_err_t spank_option_register(spank_t spank, struct spank_option *option)
{
	slurm.option = option;
	return answer("spank_option_register");
}

spank_err_t spank_get_item(spank_t spank, spank_item_t item, ...)
{
	va_list list;

	assert_int_equal(item, S_JOB_ARGV);
	va_start(list, item);
	*va_arg(list, int *) = slurm.argv[0] ? 2 : 0;
	*va_arg(list, char ***) = slurm.argv;
	va_end(list);
	return answer("spank_get_item");
}

spank_err_t spank_setenv(spank_t spank, const char *name, const char *value,
			 int overwrites)
{
	SAY("%s=%s %d\n", name, value, overwrites);
	return answer("spank_setenv");
}

/* Not in the headers of a Slurm before 23.11. */
spank_err_t spank_prepend_task_argv(spank_t spank, int argc, const char *argv[]);
spank_err_t spank_prepend_task_argv(spank_t spank, int argc, const char *argv[])
{
	for (int i = 0; i < argc; i++)
		SAY("%s ", argv[i]);
	SAY("%s\n", slurm.argv[0]);
	return answer("spank_prepend_task_argv");
}

/* ---- the plugin ---- */

/* A task is a process of its own, which ends where it is refused. */
static void start(char said[4096])
{
	int ends[2], status;
	ssize_t size;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	slurm.said[0] = '\0';
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 3);
		if (slurm_spank_task_init(NULL, 0, NULL) != 0)
			_exit(1);
		if (write(3, slurm.said, strlen(slurm.said)) < 0)
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	size = read(ends[0], said, 4095);
	close(ends[0]);
	said[size > 0 ? size : 0] = '\0';
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		snprintf(said, 4096, "status %d", WEXITSTATUS(status));
}

#define CORDON CORDON_BINDIR "/cordon run "
#define INHERITED "SLURM_SPANK__SLURM_SPANK_OPTION_cordon_cordon_stack="

static const struct {
	const char *line;  /* of plugstack.conf */
	const char *asked; /* by the option, "first,second"; NULL */
	const char *argv0;
	const char *fails;
	const char *want; /* a part of what the plugin says at first */
	const char *does; /* with the task */
} cases[] = {
	{ "stacks=a,b default=a", NULL, "x", NULL, "info\n",
	  CORDON "a -- x\n" },
	{ "stacks=a,b default=a", "b", "x", NULL, "info\n",
	  INHERITED "b 1\n" CORDON "b -- x\n" },
	{ "stacks=a,b", "b", "x", NULL, "info\n",
	  INHERITED "b 1\n" CORDON "b -- x\n" },
	{ "stacks=a cordon=/opt/cordon default=a doors=/srv", NULL, "x", NULL,
	  "info\n", "/opt/cordon run a -- x\n" },
	/* what the user says */
	{ "stacks=a,b", NULL, "x", NULL, "info\n", "status 125" },
	{ "stacks=a,b default=a", "c", "x", NULL, "info\n", "status 125" },
	{ "stacks=aa,ab default=aa", "a", "x", NULL, "info\n", "status 125" },
	{ "stacks=a,b default=a", "a/b", "x", NULL, "info\n", "status 125" },
	{ "stacks=a,b default=a", "", "x", NULL, "info\n", "status 125" },
	{ "stacks=a,b default=a", "c b", "x", NULL, "info\n", "status 125" },
	{ "stacks=a,b default=a", "b c", "x", NULL, "info\n", "status 125" },
	{ "stacks=a default=a", NULL, NULL, NULL, "info\n", "status 125" },
	{ "stacks=a default=a", NULL, "", NULL, "info\n", "status 125" },
	{ "stacks=a default=a", NULL, "/tmp/", NULL, "info\n", "status 125" },
	/* what the admin says */
	{ "", NULL, "x", NULL, "stacks=NAME,...", "status 125" },
	{ "stacks= default=a", NULL, "x", NULL, "stacks=NAME,...",
	  "status 125" },
	{ "stacks=a,,b", NULL, "x", NULL, "may have: 'a,,b'", "status 125" },
	{ "stacks=a,../b", NULL, "x", NULL, "stacks=NAME,...", "status 125" },
	{ "stacks=-a", NULL, "x", NULL, "stacks=NAME,...", "status 125" },
	{ "stacks=a default=b", NULL, "x", NULL, "none of stacks=: 'b'",
	  "status 125" },
	{ "stacks=a default=", NULL, "x", NULL, "none of stacks=: ''",
	  "status 125" },
	{ "stacks=a stacks=a", NULL, "x", NULL, "twice: 'stacks=a'",
	  "status 125" },
	{ "stacks=a default=a verbose", NULL, "x", NULL, "twice: 'verbose'",
	  "status 125" },
	{ "stacks=a default=a cordon=cordon", NULL, "x", NULL,
	  "cordon= is no absolute path", "status 125" },
	{ "stacks=a default=a doors=as", NULL, "x", NULL,
	  "doors= is no absolute path", "status 125" },
	/* what Slurm says */
	{ "stacks=a default=a", NULL, "x", "spank_option_register",
	  "does not take the option", "status 125" },
	{ "stacks=a default=a", NULL, "x", "spank_get_item", "info\n",
	  "status 125" },
	{ "stacks=a default=a", "a", "x", "spank_setenv", "info\n",
	  "status 125" },
	{ "stacks=a default=a", NULL, "x", "spank_prepend_task_argv", "info\n",
	  "status 125" },
};

static int split(char *text, const char *at, char **words)
{
	int n = 0;

	for (char *word = strtok(text, at); word; word = strtok(NULL, at))
		words[n++] = word;
	return n;
}

static void test_task(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		char line[128], asked[32], said[4096], *words[8];
		bool is_fine = !strcmp(cases[i].want, "info\n");
		int n;

		print_message("# '%s' %s\n", cases[i].line,
			      cases[i].asked ? cases[i].asked : "");
		memset(&slurm, 0, sizeof(slurm));
		slurm.fails = cases[i].fails;
		snprintf(line, sizeof(line), "%s", cases[i].line);
		n = split(line, " ", words);
		assert_int_equal(slurm_spank_init(NULL, n, words),
				 is_fine ? 0 : -1);
		assert_non_null(strstr(slurm.said, cases[i].want));
		if (cases[i].asked && !cases[i].asked[0]) {
			assert_int_equal(slurm.option->cb(0, NULL, 1), -1);
		} else if (cases[i].asked) {
			snprintf(asked, sizeof(asked), "%s", cases[i].asked);
			for (int k = 0, m = split(asked, " ", words); k < m;
			     k++)
				slurm.option->cb(0, words[k], 1);
		}
		slurm.argv[0] = cases[i].argv0 ? strdup(cases[i].argv0) : NULL;
		start(said);
		free(slurm.argv[0]);
		assert_string_equal(said, cases[i].does);
	}
}

/* Two lines in plugstack.conf are one plugin, called twice. */
static void test_twice(void **state)
{
	char word[] = "stacks=a", preset[] = "default=a", program[] = "x";
	char *words[] = { word, preset };
	int status;
	pid_t pid;

	memset(&slurm, 0, sizeof(slurm));
	slurm.argv[0] = program;
	assert_int_equal(slurm_spank_init(NULL, 2, words), 0);
	pid = fork();
	if (pid == 0) {
		if (slurm_spank_task_init(NULL, 0, NULL) != 0)
			_exit(1);
		slurm_spank_task_init(NULL, 0, NULL);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 125);
}

/* The usage of srun: what is allowed. */
static void test_option(void **state)
{
	char word[] = "stacks=a,b", preset[] = "default=b";
	char *words[] = { word, preset };

	memset(&slurm, 0, sizeof(slurm));
	assert_int_equal(slurm_spank_init(NULL, 2, words), 0);
	assert_string_equal(slurm.option->name, "cordon-stack");
	assert_string_equal(slurm.option->usage,
			    "run in one of the stacks a,b (default: b)");
	slurm.said[0] = '\0';
	assert_int_equal(slurm.option->cb(0, "a", 0), 0);
	assert_string_equal(slurm.said, "");
	assert_int_equal(slurm.option->cb(0, "c", 0), -1);
	assert_string_equal(slurm.said,
			    "cordon: --cordon-stack takes one of these: a,b\n");
}

static const struct {
	const char *text;
	bool is_one;
} texts[] = {
	{ "0 sh", true },
	{ "* sh", true },
	{ "0-3 sh", true },
	{ "1,2-3 sh", true },
	{ "x,0 sh", true },
	{ ",0 sh", true },
	{ "- sh", true },
	{ "-7 sh", true },
	{ "7- sh", true },
	{ "\n\n  0\tsh", true },
	{ "# comment\n0 sh", true },
	{ "x \\\n0 sh", true },
	{ "0\vsh", true },
	{ "0\r\n", true }, /* the words behind it */
	{ "echo it\n\t 12 sh\n", true },
	{ "", false },
	{ "\n \n", false },
	{ "0", false },
	{ "0\n", false },
	{ "0\nsh", false },
	{ "sh 0", false },
	{ "-c", false },
	{ "-x 0", false },
	{ "0x1 sh", false },
	{ "0-3- sh", false },
	{ ", sh", false },
	{ "** sh", false },
	{ "*,x sh", false },
	{ "sh\nx", false },
};

static void test_multi_prog(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(texts); i++) {
		print_message("# text %zu\n", i);
		assert_int_equal(is_multi_prog(texts[i].text), texts[i].is_one);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_task),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_option),
		cmocka_unit_test(test_multi_prog),
	};

	return cmocka_run_group_tests_name("spank", tests, NULL, NULL) != 0;
}
