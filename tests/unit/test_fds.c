/* SPDX-License-Identifier: MIT */
/*
 * Which inherited descriptors stay: by number, as a pipe, and as a variable of the caller's
 * names them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/stack.h"

/* 3 to 5 and 50 to 69 are inherited, 3 a pipe; 70 is cordon's own, 71 is not open. */
#define INHERITED 50
#define MANY                                                                   \
	"3", "4", "5", "50", "51", "52", "53", "54", "55", "56", "57", "58",    \
		"59", "60", "61", "62", "63", "64", "65", "66", "67", "68"

struct words {
	const char *const *word;
	size_t n;
};
#define WORDS(...)                                                             \
	{                                                                      \
		(const char *const[]){ __VA_ARGS__ },                          \
			CORDON_COUNT(((const char *const[]){ __VA_ARGS__ }))   \
	}

static const struct {
	const char *variable; /* NAME=VALUE of the caller */
	struct words from_env[2], keep[2]; /* one section's each */
	const char *want;
} cases[] = {
	{ NULL, { { 0 } }, { { 0 } }, "none" },
	{ NULL, { { 0 } }, { WORDS("4", "70", "71", "1048577") }, "4" },
	{ NULL, { { 0 } }, { WORDS("pipes") }, "3" },
	{ NULL, { { 0 } }, { WORDS("all"), WORDS("4", "5", "50") }, "4 5 50" },
	{ NULL, { { 0 } }, { WORDS(MANY) },
	  "3 4 5 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68" },
	/* a number */
	{ "N=50", { WORDS("N") }, { { 0 } }, "50" },
	{ "N=50", { WORDS("N") }, { WORDS("50") }, "50" },
	{ "N=50", { WORDS("N"), WORDS("M") }, { { 0 } }, "none" },
	{ "N=50", { WORDS("N", "M"), WORDS("M", "N") }, { { 0 } }, "50" },
	{ "M=50", { WORDS("N") }, { { 0 } }, "none" },
	{ "N=70", { WORDS("N") }, { { 0 } }, "none" },
	{ "N=2", { WORDS("N") }, { { 0 } }, "none" },
	{ "N=", { WORDS("N") }, { { 0 } }, "none" },
	{ "N=50x", { WORDS("N") }, { { 0 } }, "none" },
	{ "N=4294967346", { WORDS("N") }, { { 0 } }, "none" },
	/* a count from 3 on */
	{ "LISTEN_FDS=3", { WORDS("LISTEN_FDS") }, { { 0 } }, "3 4 5" },
	{ "LISTEN_FDS=0", { WORDS("LISTEN_FDS") }, { { 0 } }, "none" },
	{ "LISTEN_FDS=4000", { WORDS("LISTEN_FDS") }, { { 0 } }, "none" },
	{ "LISTEN_FDS=4097", { WORDS("LISTEN_FDS") }, { { 0 } }, "none" },
	{ "LISTEN_FDS=x", { WORDS("LISTEN_FDS") }, { { 0 } }, "none" },
	/* make's */
	{ "MAKEFLAGS= -j --jobserver-auth=50,51 -k", { WORDS("MAKEFLAGS") }, { { 0 } }, "50 51" },
	{ "MAKEFLAGS=--jobserver-fds=50,51", { WORDS("MAKEFLAGS") }, { { 0 } }, "50 51" },
	{ "MAKEFLAGS=--jobserver-auth=fifo:/x", { WORDS("MAKEFLAGS") }, { { 0 } }, "none" },
	{ "MAKEFLAGS=--jobserver-auth=50", { WORDS("MAKEFLAGS") }, { { 0 } }, "none" },
	{ "MAKEFLAGS=--jobserver-auth=50,70", { WORDS("MAKEFLAGS") }, { { 0 } }, "none" },
	{ "MAKEFLAGS=--jobserver-auth=50,51x", { WORDS("MAKEFLAGS") }, { { 0 } }, "none" },
	{ "MAKEFLAGS=k", { WORDS("MAKEFLAGS") }, { { 0 } }, "none" },
};

static void ask(struct plan *plan, uint32_t type, const struct words *words)
{
	for (size_t i = 0; i < 2; i++)
		if (words[i].word)
			plan_add(plan, i ? "b" : "a", 0, CORDON_ARRANGE, false,
				 &(struct cordon_step){ .type = type,
							.word = words[i].word,
							.n_words = words[i].n });
}

static void test_fds(void **state)
{
	static char *argv[] = { (char *)"/bin/true", NULL };
	const struct stack stack = { .name = "t", .asked = "t" };

	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		const char *const environ_given[] = { "A=1", cases[i].variable,
						      NULL };
		const struct cordon_job job = { .cwd = "/",
						.argv = argv,
						.program = argv[0],
						.environ = environ_given,
						.program_fd = -1,
						.is_root = 1 };
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		const char *text = "";
		struct plan plan;

		plan_init(&plan, arena, &stack, &job);
		ask(&plan, CORDON_STEP_FD_FROM_ENV, cases[i].from_env);
		ask(&plan, CORDON_STEP_FD_KEEP, cases[i].keep);
		if (plan_finish(&plan, &err) < 0)
			assert_string_equal(err.text, "");
		for (size_t k = 0; k < plan.settled.n_fds; k++)
			text = arena_printf(arena, "%s%s%d", text, k ? " " : "",
					    plan.settled.fds[k]);
		print_message("# %s\n", cases[i].variable ? cases[i].variable : "-");
		assert_string_equal(*text ? text : "none", cases[i].want);
		arena_free(arena);
	}
}

static int set_up(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), ends[2];

	null = fcntl(null, F_DUPFD_CLOEXEC, 100);
	if (null < 0)
		return -1;
	for (int fd = 3; fd < 1024; fd++)
		if (fd != null)
			close(fd);
	for (int fd = 4; fd < 70; fd += fd == 5 ? INHERITED - 5 : 1)
		if (dup2(null, fd) < 0)
			return -1;
	if (dup3(null, 70, O_CLOEXEC) < 0 || pipe2(ends, O_CLOEXEC) < 0 ||
	    ends[0] != 3)
		return -1;
	/* the end that is here is inherited, the other one is not */
	return fcntl(3, F_SETFD, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fds),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
