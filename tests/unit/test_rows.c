/* SPDX-License-Identifier: MIT */
/* What rows do where they have nothing to do, and generic calls: each in a
 * process of its own. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/plan.h"
#include "core/rows.h"
#include "core/step.h"

typedef int test(struct act *act);

/* In a child: what it gives. */
static int run(test *look)
{
	struct plan plan = { .n_steps = 0 };
	struct act act = { .plan = &plan };
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(look(&act) & 0xff);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (signed char)WEXITSTATUS(status);
}

/* ---- "no" and "keep" ---- */

static int ask_nothing(struct act *act)
{
	static int (*const rows[])(struct act *act, const struct step *step) = {
		act_session, check_session, act_wx,    check_wx,
		act_stdio,   act_loopback,
	};
	const struct step step = { .is.number = { 0, CORDON_STDIO_KEEP } };
	const pid_t session = getsid(0);

	for (size_t i = 0; i < CORDON_COUNT(rows); i++)
		if (rows[i](act, &step) != 0)
			return 1 + (int)i;
	return getsid(0) == session ? 0 : 100;
}

static void test_nothing(void **state)
{
	assert_int_equal(run(ask_nothing), 0);
}

/* The caller's signals stay, also the one that cordon had to change. */
static int keep_signals(struct act *act)
{
	const struct step step = { .is.number = { 0 } };
	struct sigaction found;
	struct plan plan = { .ignores_children = true };
	sigset_t mask;

	act->plan = &plan;
	act->old_mask = 1u << (SIGUSR1 - 1);
	if (act_signals(act, &step) != 0 ||
	    sigaction(SIGCHLD, NULL, &found) < 0 ||
	    sigprocmask(SIG_BLOCK, NULL, &mask) < 0)
		return 1;
	return found.sa_handler == SIG_IGN && sigismember(&mask, SIGUSR1) == 1 &&
			       sigismember(&mask, SIGUSR2) == 0
		       ? 0
		       : 2;
}

static void test_signals(void **state)
{
	assert_int_equal(run(keep_signals), 0);
}

/* ---- generic calls ---- */

#define UMASK(...) { .number = SYS_umask, .word = { 027 }, __VA_ARGS__ }

static const struct {
	const char *about;
	struct cordon_call call;
	int act, check;
	unsigned early, late; /* the umask after each */
} calls[] = {
	{ "not read back", UMASK(.read_number = -1), 0, 0, 027, 027 },
	{ "read back",
	  UMASK(.read_number = SYS_umask, .read_word = { 027 }, .expect = 027),
	  0, 0, 027, 027 },
	{ "another is read back",
	  UMASK(.read_number = SYS_umask, .read_word = { 027 }, .expect = 026),
	  0, -EPROTO, 027, 027 },
	{ "late", UMASK(.is_late = 1, .read_number = -1), 0, 0, 022, 027 },
	{ "fails", { .number = SYS_close, .word = { -1 }, .read_number = -1 },
	  -EBADF, 0, 022, 022 },
	{ "fails late",
	  { .number = SYS_close, .word = { -1 }, .is_late = 1,
	    .read_number = -1 },
	  0, -EBADF, 022, 022 },
	{ "cannot be read back",
	  UMASK(.read_number = SYS_close, .read_word = { -1 }), 0, -EBADF, 027,
	  027 },
};

static size_t which;

static int make_call(struct act *act)
{
	const struct step step = { .is = { .text = { "it" },
					   .data = &calls[which].call } };

	umask(022);
	if (act_call(act, &step) != calls[which].act)
		return 1;
	if (umask(022) != calls[which].early)
		return 2;
	umask(calls[which].early);
	if (calls[which].act == 0 &&
	    (check_call(act, &step) != calls[which].check ||
	     strcmp(act->what, "it") != 0))
		return 3;
	return umask(022) == calls[which].late ? 0 : 4;
}

static void test_calls(void **state)
{
	for (which = 0; which < CORDON_COUNT(calls); which++) {
		print_message("# %s\n", calls[which].about);
		assert_int_equal(run(make_call), 0);
	}
}

/* ---- the working directory ---- */

/* Deeper than the kernel can say. */
static int go_deep(struct act *act)
{
	char dir[] = "/tmp/cordon-rows-XXXXXX", name[251];
	int rc = 100, n = 0;

	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 101;
	while (n < 20 && mkdir(name, 0700) == 0 && chdir(name) == 0)
		n++;
	if (n == 20)
		rc = check_cwd(act, NULL);
	while (n-- > 0 && chdir("..") == 0)
		rmdir(name);
	rmdir(dir);
	return rc;
}

static int go_out(struct act *act)
{
	if (chdir("/tmp") < 0 || chroot("/usr") < 0)
		return 100;
	return check_cwd(act, NULL);
}

static void test_cwd(void **state)
{
	assert_int_equal(run(go_deep), 0);
	if (geteuid() == 0)
		assert_int_equal(run(go_out), -ENOENT);
}

/* ---- all of a plan ---- */

static int cannot(struct act *act, const struct step *step)
{
	act->report.unsupported = 1;
	return -EINVAL;
}

static void test_skip(void **state)
{
	const struct row row = { .name = "it", .act = cannot }, none = { 0 };
	struct step steps[] = { { .row = &none },
				{ .row = &row, .may_skip = true } };
	struct plan plan = { .steps = steps, .n_steps = 2 };
	bool skipped[2] = { false, false };
	struct act act = { .plan = &plan, .skipped = skipped };

	act_run(&act, 0);
	assert_true(skipped[1] && !skipped[0]);
	assert_int_equal(act.report.skipped, 2);
	assert_int_equal(act.report.unsupported, 0);
	assert_int_equal(act.report.code, EPROTO); /* no row is exec */

	plan.is_strict = true;
	skipped[1] = false;
	act.report = (struct report){ .code = 0 };
	act_run(&act, 0);
	assert_false(skipped[1]);
	assert_int_equal(act.report.unsupported, 1);
	assert_int_equal(act.report.code, EINVAL);
	assert_string_equal(act.report.what, "it");
}

/* What a call points to is the plan's own from then on. */
static void test_buffer(void **state)
{
	struct arena *arena = arena_new();
	struct plan plan = { .arena = arena };
	char name[] = "box";
	struct cordon_call call = { .number = SYS_setdomainname,
				    .word = { (int64_t)(intptr_t)name, 3 },
				    .size = { sizeof(name) },
				    .read_number = -1 };
	const struct cordon_call *copy;

	plan_add(&plan, "a", 0, 0, false,
		 &(struct cordon_step){ .type = CORDON_STEP_CALL,
					.text = { "it" },
					.data = &call,
					.size = sizeof(call) });
	memset(name, 'x', sizeof(name) - 1);
	assert_int_equal(plan.n_steps, 1);
	copy = plan.steps[0].is.data;
	assert_string_equal((const char *)(intptr_t)copy->word[0], "box");
	assert_int_equal(copy->word[1], 3);
	arena_free(arena);
}

static void test_number(void **state)
{
	char text[24];

	assert_string_equal(act_number(text, -1000), "-1000");
	assert_string_equal(act_number(text, 0), "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing), cmocka_unit_test(test_signals),
		cmocka_unit_test(test_calls),	cmocka_unit_test(test_cwd),
		cmocka_unit_test(test_skip),	cmocka_unit_test(test_buffer),
		cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL) != 0;
}
