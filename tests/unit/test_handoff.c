/* SPDX-License-Identifier: MIT */
/* What one program hands over is what the other one takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/handoff.h"

/* This program, started anew, takes and compares; its status says how it went.
 */
#define AS_TWIN "as the twin"

static char *const nothing[] = { NULL };
static char *const odd[] = { "A=1", "A=2",	 "",	  "=x",
			     "B",   "C=\xff\n=", "LD_X=", "CORDON_HANDOFF=0",
			     "A=1", NULL };
#define LONG ((size_t)200 * 1024)

static char *const *environment(const char *which)
{
	static char longest[LONG];
	static char *list[] = { longest, longest, NULL };

	if (!strcmp(which, "nothing"))
		return nothing;
	if (!strcmp(which, "odd"))
		return odd;
	memset(longest, 'x', sizeof(longest) / 2 - 1);
	return list;
}

static int as_twin(const char *which)
{
	char *const *want = environment(which);
	struct cordon_error err;
	struct handoff got;
	size_t i;

	if (!handoff_is_here(environ) || handoff_take(environ, &got, &err) < 0)
		return 1;
	if (strcmp(got.path, which) != 0)
		return 5;
	for (i = 0; want[i]; i++)
		if (!got.environ[i] || strcmp(want[i], got.environ[i]) != 0)
			return 2;
	if (got.environ[i])
		return 3;
	free((void *)(uintptr_t)got.environ);
	return handoff_is_here(environ) ? 4 : 0; /* it was closed */
}

static int status_of(const char *which)
{
	char *const argv[] = { "test", (char[]){ AS_TWIN }, strdup(which),
			       NULL };
	const struct handoff handed = { which, environment(which) };
	struct cordon_error err;
	int status;
	pid_t pid;

	assert_non_null(argv[2]);
	pid = fork();
	if (pid == 0) {
		handoff_exec("/proc/self/exe", argv, &handed, &err);
		_exit(99);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(argv[2]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_cross(void **state)
{
	assert_int_equal(status_of("nothing"), 0);
	assert_int_equal(status_of("odd"), 0);
	assert_int_equal(status_of("long"), 0);
}

static void test_start(void **state)
{
	const struct handoff handed = { "", odd };
	struct cordon_error err = { 0 };
	int fd = dup(0), again;

	close(fd);
	assert_int_equal(handoff_exec("/nowhere/at/all", nothing, &handed, &err),
			 -1);
	assert_string_equal(err.text, "cannot start '/nowhere/at/all'");
	assert_int_equal(err.code, ENOENT);
	again = dup(0); /* nothing was left open */
	close(again);
	assert_int_equal(again, fd);
}

/* The environments that do not say that something was handed over. */
static void test_alone(void **state)
{
	static char *const wrong[][2] = {
		{ NULL },
		{ "A=1" },
		{ "CORDON_HANDOFF=" },
		{ "CORDON_HANDOFF=x" },
		{ "CORDON_HANDOFF=-1" },
		{ "CORDON_HANDOFF= 0" },
		{ "CORDON_HANDOFF=4294967295" },
		{ "CORDON_HANDOFF=99999999999999999999" },
		{ "CORDON_HANDOFF=987" }, /* not open */
	};
	struct cordon_error err;
	struct handoff got;

	for (size_t i = 0; i < CORDON_COUNT(wrong); i++) {
		print_message("# %s\n", wrong[i][0] ? wrong[i][0] : "nothing");
		assert_false(handoff_is_here(wrong[i]));
		memset(&err, 0, sizeof(err));
		assert_int_equal(handoff_take(wrong[i], &got, &err), -1);
		assert_string_equal(err.text,
				    "this program is started by cordon alone");
	}
}

static int make_memfd(const void *bytes, size_t size, unsigned seals)
{
	int fd = memfd_create("test", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void refused(const void *bytes, size_t size, int seals, const char *also,
		    const char *want)
{
	char variable[64];
	char *list[] = { variable, also ? strdup(also) : NULL, NULL };
	struct cordon_error err = { 0 };
	int fd = make_memfd(bytes, size, (unsigned)seals);
	struct handoff got;

	snprintf(variable, sizeof(variable), "CORDON_HANDOFF=%d", fd);
	assert_int_equal(handoff_take(list, &got, &err), -1);
	assert_string_equal(err.text, want);
	free(list[1]);
	close(fd);
}

static void test_memfd(void **state)
{
	static const char good[] =
		"cordon " PACKAGE_VERSION " environment\0/x\0A=1";
	static const char other[] = "cordon 0.0 environment\0/x\0A=1";
	const char *alone = "this program is started by cordon alone";
	const char *version = "cordon of another version handed over";
	int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

	refused(good, sizeof(good), 0, NULL, alone);
	refused(good, sizeof(good), all & ~F_SEAL_WRITE, NULL, alone);
	refused(good, sizeof(good), all & ~F_SEAL_SEAL, NULL, alone);
	refused(good, sizeof(good), all, "LD_PRELOAD=x", alone);
	refused(other, sizeof(other), all, NULL, version);
	refused(good, sizeof(good) - 1, all, NULL, version); /* no last NUL */
	refused(good, 10, all, NULL, version);
	refused(good, strlen(good) + 1, all, NULL, version); /* no path */
	refused(good, 0, all, NULL, version);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cross),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_memfd),
	};

	if (argc == 3 && !strcmp(argv[1], AS_TWIN))
		return as_twin(argv[2]);
	return cmocka_run_group_tests_name("handoff", tests, NULL, NULL) != 0;
}
