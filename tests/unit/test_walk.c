/* SPDX-License-Identifier: MIT */
/* The two walks along a path, where it is longer than there is room for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/object.h"
#include "core/walk.h"

enum {
	LEVELS = 8, /* of folders with long names, for each link "n" */
	LINKS = 3,
	LONG = 4000,
};

static char dir[] = "walk-XXXXXX";
static char name[251];

/* TEXT, and then "./" up to LENGTH. */
static const char *dotted(const char *text, size_t length)
{
	static char path[8192];
	size_t size = strlen(text);

	memcpy(path, text, size);
	while (size < length) {
		memcpy(path + size, "./", 2);
		size += 2;
	}
	path[size] = '\0';
	return path;
}

/* In each of some folders a link "n" leads eight long names down, to the next. */
static int set_up(void **state)
{
	char down[LEVELS * sizeof(name) + 1] = "";

	memset(name, 'a', sizeof(name) - 1);
	for (int i = 0; i < LEVELS; i++)
		snprintf(down + strlen(down), sizeof(down) - strlen(down),
			 "%s/", name);
	if (!mkdtemp(dir) || chdir(dir) < 0 ||
	    symlink(dotted("", LONG), "dots") < 0 ||
	    symlink(dotted("dots/", LONG), "twice") < 0)
		return -1;
	for (int i = 0; i < LINKS; i++) {
		if (symlink(down, "n") < 0)
			return -1;
		for (int k = 0; k < LEVELS; k++)
			if (mkdir(name, 0700) < 0 || chdir(name) < 0)
				return -1;
	}
	for (int i = 0; i < LINKS * LEVELS; i++)
		if (chdir("..") < 0)
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	for (int i = 0; i < LINKS * LEVELS; i++)
		if (chdir(name) < 0)
			return -1;
	for (int i = 0; i < LINKS * LEVELS; i++)
		if (chdir("..") < 0 || rmdir(name) < 0 ||
		    (i % LEVELS == LEVELS - 1 && unlink("n") < 0))
			return -1;
	return unlink("dots") < 0 || unlink("twice") < 0 || chdir("..") < 0 ||
			       rmdir(dir) < 0
		       ? -1
		       : 0;
}

static const struct {
	const char *about, *path;
	size_t length; /* not 0: with that many bytes of "./" behind it */
	long object, walk;
} cases[] = {
	{ "nothing", "", 0, -ENOENT, 0 },
	{ "a folder", "n", 0, 0, 0 },
	{ "up again", "n/../..", 0, 0, 0 },
	{ "absent", "n/none", 0, -ENOENT, -ENOENT },
	{ "the whole is too long", "", 8190, -ENAMETOOLONG, -ENAMETOOLONG },
	{ "a link that fits", "dots/", 90, 0, 0 },
	{ "a link and the rest", "dots/", 1000, -ENAMETOOLONG, 0 },
	{ "two links and the rest", "twice/", 1000, -ENAMETOOLONG,
	  -ENAMETOOLONG },
	{ "what was walked", "n/n/n", 0, -ENAMETOOLONG, -ENAMETOOLONG },
};

static long object(const char *path)
{
	struct object_walk walk = { .visit = NULL };
	long fd = object_walk(&walk, path);

	return fd < 0 ? fd : close((int)fd);
}

static long walk(const char *path)
{
	static struct walk walk;
	long rc = walk_start(&walk, path);

	while (rc >= 0 && walk_has_more(&walk))
		rc = walk_step(&walk);
	walk_close(&walk);
	return rc < 0 ? rc : 0;
}

static void test_walks(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		const char *path = dotted(cases[i].path, cases[i].length);

		print_message("# %s\n", cases[i].about);
		assert_int_equal(object(path), cases[i].object);
		assert_int_equal(walk(path), cases[i].walk);
	}
}

/* A name that no folder can hold. */
static void test_name(void **state)
{
	char path[300];

	memset(path, 'b', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(object(path), -ENAMETOOLONG);
	assert_int_equal(walk(path), -ENAMETOOLONG);
}

/* The path of where one is, after ".." too. */
static void test_path(void **state)
{
	static struct walk walk;
	char root[] = "/usr/../tmp";

	assert_int_equal(walk_start(&walk, root), 0);
	while (walk_has_more(&walk))
		assert_int_equal(walk_step(&walk), WALK_MOVED);
	assert_string_equal(walk.path, "/tmp");
	walk_close(&walk);
}

/* Relative paths are of the folder that the caller was in. */
static void test_cwd(void **state)
{
	static const struct {
		const char *cwd, *want;
	} folders[] = {
		{ NULL, "'n' is relative to a folder that is deleted or out of "
			"reach" },
		{ "/", "'n': the working directory was replaced meanwhile" },
		{ "/none/such", "'n': cannot stat the working directory" },
	};
	struct arena *arena = arena_new();
	struct cordon_job job = { .objects = object_calls(arena, NULL) };
	struct cordon_object out;

	for (size_t i = 0; i < CORDON_COUNT(folders); i++) {
		struct cordon_error err = { 0 };

		job.cwd = folders[i].cwd;
		assert_int_equal(job.objects->find(&job, "n", &out, &err), -1);
		assert_string_equal(err.text, folders[i].want);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walks),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_cwd),
	};

	return cmocka_run_group_tests_name("walk", tests, set_up, tear_down) !=
	       0;
}
