/* SPDX-License-Identifier: MIT */
/* Where groups are, from the kernel's texts of four kinds of host; and [cgroup] io. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <cordon/module.h>

#include "core/arena.h"
#include "core/cgroup.h"
#include "core/plan.h"
#include "core/step.h"

#define HYBRID_SELF                                                            \
	"9:name=systemd:/\n4:memory:/jobs/7\n3:cpu,cpuacct:/\n2:freezer:/\n0::/x\n"
#define HYBRID_MOUNTS                                                          \
	"22 1 254:0 / / rw - ext4 /dev/vda rw\n"                               \
	"31 30 0:28 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup " \
	"rw,cpu,cpuacct\n"                                                     \
	"34 30 0:31 / /sys/fs/cgroup/memory rw shared:7 - cgroup cgroup "      \
	"rw,memory\n"                                                          \
	"36 30 0:33 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer\n"  \
	"39 30 0:36 / /sys/fs/cgroup/systemd rw - cgroup cgroup "              \
	"rw,xattr,name=systemd\n"                                              \
	"40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"

#define V2_SELF "0::/user.slice/user-1000.slice/run-7.scope/a\n"
#define V2_MOUNTS                                                              \
	"30 22 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 "    \
	"rw,nsdelegate,memory_recursiveprot\n"

static const struct {
	const char *name, *self, *mounts;
	unsigned controller; /* 0: version 2 */
	const char *parent;
	const char *want; /* the folder, or what the reason holds */
} cases[] = {
	{ "hybrid: memory", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_MEMORY, NULL,
	  "/sys/fs/cgroup/memory/jobs/7" },
	{ "hybrid: cpu", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_CPU, NULL,
	  "/sys/fs/cgroup/cpu,cpuacct" },
	{ "hybrid: cpuacct is the same", HYBRID_SELF, HYBRID_MOUNTS,
	  CGROUP_HAS_CPUACCT, NULL, "/sys/fs/cgroup/cpu,cpuacct" },
	{ "hybrid: v2", HYBRID_SELF, HYBRID_MOUNTS, 0, NULL,
	  "/sys/fs/cgroup/unified/x" },
	{ "hybrid: no pids", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_PIDS, NULL,
	  "none" },
	{ "parent by path", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_MEMORY,
	  "/jobs/7/sub", "/sys/fs/cgroup/memory/jobs/7/sub" },
	{ "parent below its own", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_MEMORY,
	  "sub/a", "/sys/fs/cgroup/memory/jobs/7/sub/a" },
	{ "parent of the root", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_CPU,
	  "sub", "/sys/fs/cgroup/cpu,cpuacct/sub" },
	{ "parent outside", HYBRID_SELF, HYBRID_MOUNTS, CGROUP_HAS_MEMORY,
	  "/jobs/8", "not below '/jobs/7'" },
	{ "parent with a like name", HYBRID_SELF, HYBRID_MOUNTS,
	  CGROUP_HAS_MEMORY, "/jobs/77", "not below '/jobs/7'" },
	{ "v2", V2_SELF, V2_MOUNTS, 0, NULL,
	  "/sys/fs/cgroup/user.slice/user-1000.slice/run-7.scope/a" },
	{ "v2: beside it, in the unit", V2_SELF, V2_MOUNTS, 0,
	  "/user.slice/user-1000.slice/run-7.scope/jobs",
	  "/sys/fs/cgroup/user.slice/user-1000.slice/run-7.scope/jobs" },
	{ "v2: out of the unit", V2_SELF, V2_MOUNTS, 0,
	  "/user.slice/user-1000.slice/jobs", "run-7.scope'" },
	{ "v2: in the unit, but not mounted", "0::/run-7.scope/a\n",
	  "30 22 0:27 /run-7.scope/a /sys/fs/cgroup rw - cgroup2 cgroup rw\n", 0,
	  "/run-7.scope/b", "'/run-7.scope/b' cannot be seen here" },
	{ "container without a namespace", "0::/docker/ab\n",
	  "30 22 0:27 /docker/ab /sys/fs/cgroup ro - cgroup2 cgroup rw\n", 0,
	  NULL, "/sys/fs/cgroup" },
	{ "namespace", "0::/\n",
	  "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", 0, NULL,
	  "/sys/fs/cgroup" },
	{ "outside its namespace", "0::/../other\n",
	  "30 22 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", 0, NULL,
	  "cannot be seen" },
	{ "not mounted", "0::/a\n", "22 1 254:0 / / rw - ext4 /dev/vda rw\n", 0,
	  NULL, "cannot be seen" },
	{ "the second mount shows it", "0::/a/b\n",
	  "30 22 0:27 /c /mnt rw - cgroup2 cgroup rw\n"
	  "31 22 0:27 /a /mn\\040t rw - cgroup2 cgroup rw\n",
	  0, NULL, "/mn t/b" },
};

static const struct cgroup_hierarchy *pick(const struct cgroup_view *view,
					   unsigned controller)
{
	for (size_t i = 0; i < view->n; i++)
		if (controller ? view->hierarchy[i].controllers & controller
			       : view->hierarchy[i].is_v2)
			return &view->hierarchy[i];
	return NULL;
}

static void test_above(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		struct arena *arena = arena_new();
		const struct cgroup_hierarchy *found;
		struct cordon_error err = { 0 };
		struct cgroup_view view;
		const char *got = "none";

		print_message("# %s\n", cases[i].name);
		cgroup_parse(arena, cases[i].self, cases[i].mounts, &view);
		found = pick(&view, cases[i].controller);
		if (found)
			got = cgroup_above(arena, found, cases[i].parent, &err);
		if (cases[i].want[0] == '/' || !found)
			assert_string_equal(got ? got : err.text,
					    cases[i].want);
		else
			assert_non_null(strstr(err.text, cases[i].want));
		arena_free(arena);
	}
}

extern const struct cordon_module cgroup_LTX_cordon_module;

static const struct cordon_option *option(const char *key)
{
	const struct cordon_module *module = &cgroup_LTX_cordon_module;

	for (size_t i = 0; i < module->n_options; i++)
		if (!strcmp(module->options[i].key, key))
			return &module->options[i];
	return NULL;
}

static const struct {
	const char *key, *text;
	int is_right;
} words[] = {
	{ "io", "/dev/sda read=50M/s write=20M/s", 1 },
	{ "io", "/dev/sda write=1K/s", 1 },
	{ "io", "/dev/sda  read=1G/s ", 1 },
	{ "io", "/dev/sda", 0 },
	{ "io", "sda read=1M/s", 0 },
	{ "io", "/dev/sda read=1M", 0 },
	{ "io", "/dev/sda read=1/s", 0 },
	{ "io", "/dev/sda read=0M/s", 0 },
	{ "io", "/dev/sda read=M/s", 0 },
	{ "io", "/dev/sda read=-1M/s", 0 },
	{ "io", "/dev/sda read=9999999999M/s", 0 },
	{ "io", "/dev/sda read=1M/s read=2M/s", 0 },
	{ "io", "/dev/sda read=1M/sx", 0 },
	{ "io", "/dev/sda iops=1M/s", 0 },
	{ "io", "", 0 },
	{ "parent", "own", 1 },
	{ "parent", "/a/b", 1 },
	{ "parent", "jobs", 1 },
	{ "parent", "..", 0 },
	{ "parent", "/a/../b", 0 },
	{ "parent", "a//b", 0 },
	{ "parent", "a/", 0 },
	{ "parent", "", 0 },
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(words); i++) {
		struct cordon_error err = { 0 };
		int rc;

		print_message("# %s = %s\n", words[i].key, words[i].text);
		rc = option(words[i].key)->check(words[i].text, &err);
		assert_int_equal(rc == 0, words[i].is_right);
	}
}

static void test_io_print(void **state)
{
	struct arena *arena = arena_new();
	struct step step = { .is = { .type = CORDON_STEP_CGROUP_IO,
				     .number = { 0, 50 << 20, 1 << 10 },
				     .text = { "/dev/sda" } } };
	const struct row *row = step_row(CORDON_STEP_CGROUP_IO);

	(void)state;
	assert_string_equal(row->print(arena, &step),
			    "/dev/sda read=50M/s write=1K/s");
	step.is.number[1] = -1;
	assert_string_equal(row->print(arena, &step), "/dev/sda write=1K/s");
	arena_free(arena);
}

/* One that was written is above one that is implied, in either order. */
static void test_parents(void **state)
{
	const struct row *row = step_row(CORDON_STEP_CGROUP_PARENT);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct cordon_step two[] = { { .number = { 0 } },
					     { .number = { 1 },
					       .text = { "/x" } } };

		assert_int_equal(row->combine(&two[i], &two[!i]), 0);
		assert_string_equal(two[i].text[0], "/x");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_above),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_io_print),
		cmocka_unit_test(test_parents),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL) != 0;
}
