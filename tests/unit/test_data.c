/* SPDX-License-Identifier: MIT */
/* I34, I57: the files that settings name: from where, whose, and how large. */
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
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/option.h"

static char scratch[PATH_MAX];

struct settings {
	struct cordon_data named, fallback, file;
};

#define ROW(k, f) .key = k, .type = CORDON_DATA, CORDON_AT(struct settings, f)

static const struct cordon_option options[] = {
	{ ROW("named", named), .form = "list" },
	{ ROW("fallback", fallback), .form = "list", .value = "usual" },
	{ ROW("file", file) },
};
static const struct cordon_module module = {
	.abi = CORDON_ABI,
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct settings),
};

static const struct {
	const char *path, *text;
	mode_t mode;
} files[] = {
	{ "etc/list/usual", "usual of etc\n", 0644 },
	{ "etc/list/both", "etc", 0644 },
	{ "etc/list/open", "x", 0666 },
	{ "etc/file", "a\n", 0644 },
	{ "share/list/both", "share", 0644 },
	{ "share/list/shared", "share", 0600 },
	{ "share/list/empty", "", 0644 },
	{ "home/list/both", "home", 0644 },
	{ "home/list/own", "home", 0644 },
	{ "home/list/usual", "home", 0644 },
	{ "ship/list/both", "ship", 0644 },
	{ "ship/list/shipped", "ship", 0644 },
};

static void write_file(const char *name, const char *text, mode_t mode)
{
	char path[2 * PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", scratch, name);
	for (char *at = path + strlen(scratch) + 1; (at = strchr(at, '/'));
	     at++) {
		*at = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*at = '/';
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int set_up(void **state)
{
	char cwd[PATH_MAX - 64], path[2 * PATH_MAX];

	umask(022);
	if (!getcwd(cwd, sizeof(cwd)))
		return -1;
	snprintf(scratch, sizeof(scratch), "%s/data-XXXXXX", cwd);
	if (!mkdtemp(scratch))
		return -1;
	for (size_t i = 0; i < CORDON_COUNT(files); i++)
		write_file(files[i].path, files[i].text, files[i].mode);
	write_file("etc/list/large", "x", 0644);
	snprintf(path, sizeof(path), "%s/etc/list/large", scratch);
	if (truncate(path, ((off_t)16 << 20) + 1) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/etc/list/link", scratch);
	return symlink("usual", path);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	return nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct setup {
	struct arena *arena;
	struct trust trust;
	const char *dirs[3];
	struct stack_request request;
	struct place_in_file places[3];
	struct parameter parameter;
	struct setting setting;
	struct stack stack;
	struct section section;
};

/* FOLDER: of the stack's file in which the key is. */
static void make(struct setup *setup, const char *folder, const char *key,
		 const char *value)
{
	struct arena *arena = arena_new();

	*setup = (struct setup){ .arena = arena };
	setup->trust = (struct trust){ .uids = { (uint32_t)geteuid() },
				       .n = 1,
				       .bases = { scratch } };
	setup->dirs[0] = arena_printf(arena, "%s/etc", scratch);
	setup->dirs[1] = arena_printf(arena, "%s/share", scratch);
	setup->dirs[2] = arena_printf(arena, "%s/home", scratch);
	setup->request = (struct stack_request){
		.dirs = setup->dirs,
		.n_dirs = 3,
		.n_admin_dirs = 2,
		.trust = &setup->trust,
		.user_trust = &setup->trust,
		.shipped = arena_printf(arena, "%s/ship", scratch),
	};
	setup->places[1] = (struct place_in_file){
		arena_printf(arena, "%s/%s/t.ini", scratch, folder), 2
	};
	setup->parameter = (struct parameter){ .name = "p",
					       .value = "shared",
					       .stand_in = "shared" };
	setup->setting = (struct setting){
		.key = key,
		.raw = *value == '/' ? arena_printf(arena, "%s%s", scratch,
						    value)
				     : value,
		.where = 1,
		.has_parameter = strchr(value, '$') != NULL,
	};
	setup->stack = (struct stack){ .name = "t",
				       .request = &setup->request,
				       .places = setup->places,
				       .n_places = 2,
				       .parameters = &setup->parameter,
				       .n_parameters = 1 };
	setup->section = (struct section){ .name = "data",
					   .settings = &setup->setting,
					   .n_settings = 1 };
}

static const struct {
	const char *folder, *key, *value;
	const char *want; /* the content, or behind "!" a part of the error */
} cases[] = {
	{ "etc", "named", "both", "etc" },
	{ "etc", "named", "shared", "share" },
	{ "etc", "named", "empty", "" },
	{ "etc", "named", "shipped", "ship" },
	{ "etc", "named", "${p}", "share" },
	{ "etc", "named", "own", "!named: no file 'list/own' in " },
	{ "home", "named", "own", "home" },
	{ "home", "named", "both", "etc" },
	{ "home", "named", "shipped", "ship" },
	{ "etc", "named", "none", "!t.ini:2: [data] named: no file 'list/none' "
				  "in " },
	{ "etc", "named", "../file", "!'../file' is not a plain name" },
	{ "etc", "named", ".", "!'.' is not a plain name" },
	{ "etc", "named", "/etc/file", "!is not a plain name" },
	{ "etc", "named", "open", "!/etc/list/open' is writable by others" },
	{ "etc", "named", "link", "!/etc/list/link' is a symbolic link" },
	{ "etc", "named", "large", "!it is larger than 16 MiB" },
	{ "etc", "named", "", "!named: has no value" },
	{ "etc", "file", "/etc/file", "a\n" },
	{ "etc", "file", "/etc/none", "!cannot open '" },
	{ "etc", "file", "etc/file", "!'etc/file' is not an absolute path" },
	{ "etc", "file", "/${p}", "!cannot come from a parameter" },
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		const char *want = cases[i].want;
		struct cordon_error err = { 0 };
		const struct cordon_data *data;
		struct setup setup;
		void *self;
		int rc;

		print_message("# %s %s = %s\n", cases[i].folder, cases[i].key,
			      cases[i].value);
		make(&setup, cases[i].folder, cases[i].key, cases[i].value);
		rc = option_parse(setup.arena, &setup.stack, &setup.section,
				  &module, &self, &err);
		assert_int_equal(rc, *want == '!' ? -1 : 0);
		if (rc == 0) {
			data = strcmp(cases[i].key, "file")
				       ? &((struct settings *)self)->named
				       : &((struct settings *)self)->file;
			assert_string_equal(data->text, want);
			assert_int_equal(data->size, strlen(want));
			assert_int_equal(data->given, 1);
			assert_int_equal(data->where, 1);
			assert_string_equal(
				((struct settings *)self)->fallback.text,
				"usual of etc\n");
			assert_int_equal(
				((struct settings *)self)->fallback.given, 0);
		} else if (!strstr(err.text, want + 1)) {
			print_message("# got: %s\n", err.text);
			assert_true(false);
		}
		arena_free(setup.arena);
	}
}


static void test_digest(void **state)
{
	struct cordon_error err = { 0 };
	struct setup setup;
	const char *text, *other;

	make(&setup, "etc", "named", "shared");
	text = option_canonical(setup.arena, &setup.stack, &setup.section,
				&module, &err);
	assert_non_null(text);
	assert_non_null(strstr(text, "named = shared sha256:"
				     "c3bc45ac352fe43f"));
	assert_non_null(strstr(text, "\nfallback = usual sha256:"));
	assert_non_null(strstr(text, "\nfile\n"));
	/* Where it lies is no part of it, what it holds is. */
	setup.dirs[1] = setup.request.shipped;
	write_file("ship/list/shared", "share", 0644);
	other = option_canonical(setup.arena, &setup.stack, &setup.section,
				 &module, &err);
	assert_string_equal(text, other);
	write_file("ship/list/shared", "shade", 0644);
	other = option_canonical(setup.arena, &setup.stack, &setup.section,
				 &module, &err);
	assert_string_not_equal(text, other);
	arena_free(setup.arena);
	/* A caller's choice is not the policy. */
	make(&setup, "etc", "named", "${p}");
	setup.stack.is_symbolic = true;
	setup.parameter.value = NULL;
	text = option_canonical(setup.arena, &setup.stack, &setup.section,
				&module, &err);
	assert_non_null(text);
	assert_non_null(strstr(text, "named = ${p}\n"));
	arena_free(setup.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_digest),
	};

	return cmocka_run_group_tests_name("data", tests, set_up, tear_down) !=
	       0;
}
