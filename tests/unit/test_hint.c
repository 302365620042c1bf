/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/hint.h"

/* What a hint begins with; "": there is none. */
static const struct {
	const char *call;
	int code;
	const char *want;
} cases[] = {
	{ "clone3", EAGAIN, " (no more processes: " },
	{ "fork", EAGAIN, " (no more processes: " },
	{ "clone3", EPERM, " (namespaces are forbidden here: " },
	{ "unshare", EPERM, " (namespaces are forbidden here: " },
	{ "unshare", EUSERS, " (a limit of namespaces is reached: " },
	{ "unshare", ENOSPC, " (a limit of namespaces is reached: " },
	{ "mapped-id", EPERM, " (a map may name " },
	{ "program", ENOENT, " (in no folder of the job's PATH: " },
	{ "program in a root", ENOENT, " (it is not in the root " },
	{ "exec", ENOENT, " (the file is there; its interpreter, " },
	{ "exec with Landlock", ENOENT, " (the file is there; its " },
	{ "exec", EACCES, " (the job's user may not execute its " },
	{ "exec with Landlock", EACCES, " ([landlock] must allow " },
	{ "exec", ENOEXEC, " (neither a program for this " },
	{ "cwd", ENOENT, " (the job's root has no such folder: " },
	{ "nice", EACCES, " (below the caller's only with CAP_SYS_NICE)" },
	/* of any call */
	{ "", EMFILE, " (ulimit -n)" },
	{ "openat", ENFILE, " (sysctl fs.file-max)" },
	/* a part of a name is no name */
	{ "exe", EACCES, "" },
	{ "xec", ENOENT, "" },
	{ "with Landlock", EACCES, "" },
	{ "clone3|unshare", EINTR, "" },
	{ "", ENOENT, "" },
	{ "unshare", 0, "" },
};

static void test_hint(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		const char *got = hint_of(cases[i].call, cases[i].code);
		size_t size = strlen(cases[i].want);

		print_message("# %s %d: %s\n", cases[i].call, cases[i].code,
			      got);
		if (size == 0)
			assert_string_equal(got, "");
		else
			assert_memory_equal(got, cases[i].want, size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_hint) };

	return cmocka_run_group_tests_name("hint", tests, NULL, NULL) != 0;
}
