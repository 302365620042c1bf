/* SPDX-License-Identifier: MIT */
/* Where runs have their base, and what the next run removes of a dead one: as
 * root, with a /run of our own. */
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
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/runfolder.h"
#include "core/step.h"
#include "core/tmpdir.h"

#define USER 54321
#define RUNS "/run/cordon/runs/"
#define NAME(digit) "cordon-0123456789abcdef0123456789abcde" digit

static void make_folder(const char *path, mode_t mode)
{
	assert_int_equal(mkdir(path, mode), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

static int set_up(void **state)
{
	return unshare(CLONE_NEWNS) < 0 ||
	       mount("", "/", "", MS_REC | MS_PRIVATE, "") < 0 ||
	       mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") < 0;
}

static void test_base(void **state)
{
	const char *environ[] = { "XDG_RUNTIME=/x", "XDG_RUNTIME_DIR=/run/own",
				  NULL };
	struct cordon_job job = { .uid = USER,
				  .environ = environ };
	struct arena *arena = arena_new();

	assert_string_equal(runfolder_base(arena, &job, 0),
			    "/tmp/(chosen at start)");
	make_folder("/run/user", 0755);
	make_folder("/run/user/54321", 0700);
	assert_int_equal(chown("/run/user/54321", USER, USER), 0);
	assert_string_equal(runfolder_base(arena, &job, 0),
			    "/run/user/54321/cordon");
	/* somebody else's folder is none */
	make_folder("/run/own", 0700);
	assert_string_equal(runfolder_base(arena, &job, 0),
			    "/run/user/54321/cordon");
	assert_int_equal(chown("/run/own", USER, USER), 0);
	assert_string_equal(runfolder_base(arena, &job, 0), "/run/own/cordon");
	job.is_root = 1;
	assert_string_equal(runfolder_base(arena, &job, 0), "/run/cordon");
	arena_free(arena);
}

/* Lines that name nothing of ours are no more than passed over. */
static void test_sweep(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_job job = { .is_root = 1 };
	struct plan plan = { .arena = arena, .job = &job };
	struct outside outside = { .plan = &plan, .runs_fd = -1, .lock_fd = -1,
				   .tmp_base_fd = -1 };
	struct cordon_error err = { 0 };
	char far[5000];

	plan.settled.run_base = "/run/cordon";
	memset(far, 'a', sizeof(far) - 1);
	far[sizeof(far) - 1] = '\0';
	make_folder("/run/cordon", 0711);
	make_folder("/run/cordon/runs", 0700);
	make_folder("/run/cordon/" NAME("1"), 0700);
	make_folder("/run/cordon/" NAME("2"), 0700);
	make_folder("/run/cordon/other", 0700);
	make_file(RUNS NAME("3"),
		  arena_printf(arena,
			       "tmp /run/cordon/" NAME("1") "\n"
			       "tmp /run/cordon/other\n"
			       "tmp relative/" NAME("2") "\n"
			       "tmp /none/such/" NAME("2") "\n"
			       "tmp /%s/" NAME("2") "\n"
			       "what /run/cordon/" NAME("2") "\n"
			       "tmp /run/cordon/" NAME("2"),
			       far));
	make_folder(RUNS NAME("4"), 0700); /* no file of a run */
	assert_int_equal(runfolder_note(&outside, "tmp", "/run/x", &err), 0);
	assert_false(is_there("/run/cordon/" NAME("1")));
	assert_true(is_there("/run/cordon/" NAME("2")));
	assert_true(is_there("/run/cordon/other"));
	assert_false(is_there(RUNS NAME("3")));
	assert_true(is_there(RUNS NAME("4")));
	runfolder_end(&outside);
	assert_false(is_there(arena_printf(arena, RUNS "%s", outside.run_name)));
	arena_free(arena);
}

/* A name in the way of the folders below it: the file stays for the next. */
static void test_left(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_job job = { .is_root = 1 };
	struct plan plan = { .arena = arena, .job = &job };
	struct outside outside = { .plan = &plan, .runs_fd = -1, .lock_fd = -1,
				   .tmp_base_fd = -1 };
	struct cordon_error err = { 0 };

	plan.settled.run_base = "/run/cordon";
	make_file("/run/file", "");
	make_file(RUNS NAME("5"), "tmp /run/file/" NAME("6") "\n");
	assert_int_equal(runfolder_note(&outside, "tmp", "/run/x", &err), 0);
	assert_true(is_there(RUNS NAME("5")));
	runfolder_end(&outside);
	arena_free(arena);
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* A mount in it that is not ours to take off, as a user namespace has it: last,
 * since there is no way back. */
static void test_locked(void **state)
{
	struct plan plan = { .settled.tmp_name = NAME("7") };
	struct outside outside = { .plan = &plan, .runs_fd = -1, .lock_fd = -1 };

	make_folder("/run/cordon/" NAME("7"), 0700);
	make_folder("/run/cordon/" NAME("7") "/mount", 0700);
	assert_int_equal(mount("tmpfs", "/run/cordon/" NAME("7") "/mount",
			       "tmpfs", 0, NULL),
			 0);
	make_file("/run/cordon/" NAME("7") "/file", "");
	make_file("/run/cordon/" NAME("7") "/mount/file", "");
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		skip();
	write_to("/proc/self/setgroups", "deny");
	write_to("/proc/self/uid_map", "0 0 1");
	write_to("/proc/self/gid_map", "0 0 1");
	outside.tmp_base_fd =
		open("/run/cordon", O_PATH | O_DIRECTORY | O_CLOEXEC);
	tmpdir_undo(&outside, NULL);
	assert_true(outside.has_left);
	assert_int_equal(outside.tmp_base_fd, -1);
	assert_false(is_there("/run/cordon/" NAME("7") "/file"));
	assert_true(is_there("/run/cordon/" NAME("7") "/mount/file"));
}

static void test_print(void **state)
{
	struct arena *arena = arena_new();
	struct step step = { .is = { .type = CORDON_STEP_TMP_DIR,
				     .number = { 1 << 20 },
				     .text = { "TMPDIR", "/tmp" } } };
	const struct row *row = step_row(CORDON_STEP_TMP_DIR);

	assert_string_equal(row->print(arena, &step),
			    "TMPDIR below /tmp size 1M");
	step.is.number[0] = -1;
	assert_string_equal(row->print(arena, &step),
			    "TMPDIR below /tmp size unlimited");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_left),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_locked),
	};

	if (geteuid() != 0) {
		fprintf(stderr, "not root, who alone has a /run of its own\n");
		return 77;
	}
	return cmocka_run_group_tests_name("runfolder", tests, set_up, NULL) !=
	       0;
}
