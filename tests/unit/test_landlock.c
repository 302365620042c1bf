/* SPDX-License-Identifier: MIT */
/* The core's half of landlock: rights by ABI, trimmed, and in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/landlock.h"
#include "core/plan.h"
#include "core/step.h"

static void test_abi(void **state)
{
	static const struct {
		int64_t abi, files;
		const char *missing;
	} tests[] = {
		{ 1, 0x1fff, "refer truncate ioctl-dev" },
		{ 2, 0x3fff, "truncate ioctl-dev" },
		{ 3, 0x7fff, "ioctl-dev" },
		{ 4, 0x7fff, "ioctl-dev" },
		{ 5, 0xffff, NULL },
		{ 6, 0xffff, NULL },
		{ 99, 0xffff, NULL },
	};
	struct arena *arena = arena_new();

	(void)state;
	assert_int_equal(cordon_landlock_files(-1), 0);
	assert_int_equal(cordon_landlock_files(0), 0);
	for (size_t i = 0; i < CORDON_COUNT(tests); i++) {
		int64_t files = cordon_landlock_files(tests[i].abi);
		const char *missing = landlock_missing(arena, files);

		print_message("# ABI %d\n", (int)tests[i].abi);
		assert_int_equal(files, tests[i].files);
		if (tests[i].missing)
			assert_string_equal(missing, tests[i].missing);
		else
			assert_null(missing);
	}
	arena_free(arena);
}

static void test_trim(void **state)
{
	static const uint32_t others[] = { S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO,
					   S_IFSOCK };

	(void)state;
	assert_int_equal(landlock_trim(0xffff, S_IFDIR | 0755), 0x7fff);
	assert_int_equal(landlock_trim(0xc, S_IFDIR), 0xc);
	for (size_t i = 0; i < CORDON_COUNT(others); i++) {
		assert_int_equal(landlock_trim(0xffff, others[i] | 0644),
				 0xc007);
		assert_int_equal(landlock_trim(0xc, others[i]), 0x4);
		assert_int_equal(landlock_trim(0x8, others[i]), 0);
	}
}

static void test_print(void **state)
{
	static const struct {
		struct cordon_step is;
		const char *want;
	} tests[] = {
		{ { .type = CORDON_STEP_LANDLOCK,
		    .number = { 0x3fff, 3, 3 },
		    .text = { "truncate ioctl-dev" } },
		  "landlock only what is allowed of files tcp scope-signals "
		  "scope-abstract-sockets (this kernel is too old for: "
		  "truncate ioctl-dev)" },
		{ { .type = CORDON_STEP_LANDLOCK_PATH,
		    .number = { 0xc },
		    .text = { "/a b\n" } },
		  "landlock read /a b\\x0a" },
		{ { .type = CORDON_STEP_LANDLOCK_PATH,
		    .number = { 63422 & 0x1fff, 0, 0, 1 },
		    .text = { "/w" } },
		  "landlock write /w (may be absent)" },
		{ { .type = CORDON_STEP_LANDLOCK_PATH,
		    .number = { 63422 },
		    .text = { "/w" } },
		  "landlock write /w" },
		{ { .type = CORDON_STEP_LANDLOCK_PATH,
		    .number = { 13 },
		    .text = { "/x" } },
		  "landlock execute /x" },
		{ { .type = CORDON_STEP_LANDLOCK_PATH,
		    .number = { 5 },
		    .text = { "/x" } },
		  "landlock execute read-file /x" },
		{ { .type = CORDON_STEP_LANDLOCK_PORT,
		    .number = { 2, 443, 443 } },
		  "landlock tcp connect 443" },
		{ { .type = CORDON_STEP_LANDLOCK_PORT,
		    .number = { 1, 1, 1023 } },
		  "landlock tcp bind 1-1023" },
		{ { .type = CORDON_STEP_FORBID, .text = { "/s" } },
		  "forbid /s (also when it appears later)" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(tests); i++) {
		const struct step step = { .row = step_row(tests[i].is.type),
					   .is = tests[i].is };

		assert_string_equal(plan_print_step(arena, &step),
				    tests[i].want);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_abi),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_print),
	};

	return cmocka_run_group_tests_name("landlock", tests, NULL, NULL) != 0;
}
