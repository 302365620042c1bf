/* SPDX-License-Identifier: MIT */
/* Which modules are found, and which descriptors are taken. */
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
#include "core/loader.h"

/* The folder of the test's modules; what stands above it is not judged. */
static char dir[PATH_MAX];
static struct trust trust;

/* libltdl forgets a little of each file that it could not open. */
__attribute__((visibility("default"))) const char *
__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libltdl";
}

/* What is judged as a whole: a case changes one thing of it. */
struct longer_option {
	struct cordon_option option;
	uintptr_t more;
};
struct longer_module {
	struct cordon_module module;
	uintptr_t more;
};

struct settings {
	struct cordon_number number;
	struct cordon_limit limit;
	struct cordon_text text;
	struct cordon_list list;
};

static int decide(const void *self, const struct cordon_job *job,
		  struct cordon_error *err)
{
	return 0;
}

#define ROW(k, t, field)                                                       \
	{                                                                      \
		.key = k, .help = "what it is", .type = t,                     \
		CORDON_AT(struct settings, field)                              \
	}

static const struct cordon_option good_options[] = {
	ROW("number", CORDON_SIZE, number),
	ROW("limit", CORDON_LIMIT_BYTES, limit),
	ROW("text", CORDON_PATH, text),
	ROW("list", CORDON_WORDS, list),
	ROW("more", CORDON_LINES, list), /* rows may share a list */
	ROW("time", CORDON_TIME, number),
};

static const struct cordon_module good_module = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "good",
	.options = good_options,
	.n_options = CORDON_COUNT(good_options),
	.size = sizeof(struct settings),
	.decide = decide,
};

/* The error, or "" if the descriptor is taken as the module 'x'. */
static const char *judge(struct arena *arena, const void *descriptor,
			 const struct cordon_module **out)
{
	union {
		const void *in;
		void *out;
	} cast = { descriptor };
	struct loader_symbol table[] = {
		{ "@PROGRAM@", NULL },
		{ "x.a", NULL },
		{ "x_LTX_cordon_module", cast.out },
		{ NULL, NULL },
	};
	struct loader loader = { .arena = arena, .preloaded = table };
	struct cordon_error err = { 0 };
	const struct cordon_module *module = loader_open(&loader, "x", &err);

	if (out)
		*out = module;
	if (module) {
		assert_string_equal(err.text, "");
		assert_ptr_equal(loader_open(&loader, "x", &err), module);
	} else {
		assert_int_equal(err.reason, CORDON_FAILED);
		assert_true(err.text[0]);
	}
	return arena_strdup(arena, err.text);
}

static void test_descriptor(void **state)
{
	struct arena *arena = arena_new();
	const struct cordon_module *got;
	struct longer_module longer = { .module = good_module };
	struct cordon_module one;
	char sizes[128];

#define WITH(change, want)                                                     \
	do {                                                                   \
		print_message("# %s\n", #change);                              \
		one = good_module;                                             \
		one.change;                                                    \
		assert_string_equal(judge(arena, &one, NULL), want);           \
	} while (0)

	WITH(summary = "other", "");
	WITH(summary = NULL, "module 'x' does not say what it is");
	WITH(abi.minor = 77, "");
	WITH(abi.major = 2, "module 'x' is for ABI 2.1, this cordon has 1.1 "
			    "(it needs a newer cordon)");
	WITH(abi.major = 0, "module 'x' is for ABI 0.1, this cordon has 1.1 "
			    "(build it again, against this cordon's header)");
	snprintf(sizes, sizeof(sizes),
		 "module 'x' has a descriptor of 8 bytes and options of %zu",
		 sizeof(struct cordon_option));
	WITH(abi.size = 8, sizes);
	snprintf(sizes, sizeof(sizes),
		 "module 'x' has a descriptor of 1073741824 bytes and options "
		 "of %zu",
		 sizeof(struct cordon_option));
	WITH(abi.size = 1U << 30, sizes);
	for (unsigned size = 0; size < 80; size += 79) {
		snprintf(sizes, sizeof(sizes),
			 "module 'x' has a descriptor of %zu bytes and options "
			 "of %u",
			 sizeof(struct cordon_module), size);
		WITH(abi.option_size = size, sizes);
	}
	WITH(kind = 0,
	     "module 'x' is of a kind that this cordon does not know");
	WITH(kind = 5,
	     "module 'x' is of a kind that this cordon does not know");
	WITH(flags = 1, "module 'x' has flags that this cordon does not know");
	WITH(options = NULL, "module 'x' has options but no table of them");
	WITH(decide = NULL, "module 'x' is to decide, but cannot");
	WITH(wait = "none", "module 'x' waits by 'none', which is no key of its "
			    "own for a time");
	WITH(wait = "number", "module 'x' waits by 'number', which is no key "
			      "of its own for a time");
	WITH(wait = "time", "");

	/* shorter: the hooks behind it are absent, whatever stands there */
	one = good_module;
	one.abi.size = offsetof(struct cordon_module, plan);
	one.plan = (int (*)(const void *, struct cordon_plan *,
			    struct cordon_error *))decide;
	assert_string_equal(judge(arena, &one, &got), "");
	assert_ptr_equal(got->decide, decide);
	assert_null(got->plan);

	/* longer: what is behind ours must be nothing */
	longer.module.abi.size = sizeof(longer);
	assert_string_equal(judge(arena, &longer, NULL), "");
	longer.more = 1;
	assert_string_equal(judge(arena, &longer, NULL),
			    "module 'x' uses a hook that this cordon would not "
			    "call (it needs a newer cordon)");
	arena_free(arena);
}

/* CHANGE of the second of two rows, of which the first is good. */
static void test_options(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_module one;
	struct cordon_option rows[2];

#define ROW_WITH(change, want)                                                 \
	do {                                                                   \
		print_message("# %s\n", #change);                              \
		one = good_module;                                             \
		memcpy(rows, good_options, sizeof(rows));                      \
		one.options = rows;                                            \
		one.n_options = 2;                                             \
		rows[1].change;                                                \
		assert_string_equal(judge(arena, &one, NULL),                  \
				    *want ? "module 'x': " want : "");         \
	} while (0)

	ROW_WITH(help = NULL, "");
	ROW_WITH(key = NULL, "option 1 has no key");
	ROW_WITH(key = "", "option 1 has no key");
	ROW_WITH(key = "a b", "option 'a b' is not called by small letters, "
			      "digits, '-' and '_'");
	ROW_WITH(key = "exit",
		 "option 'exit' is a key of every section, and not for a "
		 "module");
	ROW_WITH(key = "number", "option 'number' is there twice");
	ROW_WITH(type = 0,
		 "option 'limit' is of a type that this cordon does not know");
	ROW_WITH(type = 10,
		 "option 'limit' is of a type that this cordon does not know");
	ROW_WITH(type = 43,
		 "option 'limit' is of a type that this cordon does not know");
	ROW_WITH(merge = 7, "option 'limit' has a merge rule that this cordon "
			    "does not know");
	ROW_WITH(width = 8,
		 "option 'limit' is kept in a field that is not of its type");
	ROW_WITH(type = CORDON_SIZE,
		 "option 'limit' is kept in a field that is not of its type");
	ROW_WITH(offset = sizeof(struct settings),
		 "option 'limit' is kept outside of the settings");
	ROW_WITH(offset = UINT32_MAX - 7,
		 "option 'limit' is kept outside of the settings");
	ROW_WITH(offset = 17, "option 'limit' is kept outside of the settings");
	ROW_WITH(offset = sizeof(struct settings) - 8,
		 "option 'limit' is kept outside of the settings");

	one = good_module;
	one.options = rows;
	one.n_options = 1;
	rows[0] = good_options[0];
	rows[0].type = CORDON_WORD;
	assert_string_equal(judge(arena, &one, NULL),
			    "module 'x': option 'number' is one of some words, "
			    "but says not which");
	arena_free(arena);
}

static void test_option_size(void **state)
{
	struct arena *arena = arena_new();
	const struct cordon_module *got;
	struct longer_option longer[2] = { { .option = good_options[0] },
					   { .option = good_options[1] } };
	struct cordon_module one = good_module;

	one.abi.option_size = sizeof(longer[0]);
	one.options = &longer[0].option;
	one.n_options = 2;
	assert_string_equal(judge(arena, &one, &got), "");
	assert_string_equal(got->options[1].key, "limit");
	longer[1].more = 1;
	assert_string_equal(judge(arena, &one, NULL),
			    "module 'x': option 1 says more than this cordon "
			    "would read");
	one.n_options = UINT16_MAX + 1;
	assert_string_equal(judge(arena, &one, NULL),
			    "module 'x' has 65536 options");
	one.n_options = 2;

	/* shorter rows: no bounds, default or check */
	struct {
		const char *key, *help;
		uint32_t type, merge, offset, width;
	} shorter[2] = { { "one", "", CORDON_SIZE, CORDON_MIN, 0,
			   sizeof(struct cordon_number) },
			 { "two", "", CORDON_SIZE, CORDON_MIN, 0,
			   sizeof(struct cordon_number) } };

	one.abi.option_size = sizeof(shorter[0]);
	one.options = (const struct cordon_option *)(const void *)shorter;
	assert_string_equal(judge(arena, &one, &got), "");
	assert_string_equal(got->options[1].key, "two");
	assert_null(got->options[1].form);
	assert_null(got->options[1].check);
	arena_free(arena);
}

/* A list says by bit which of its rows was written: there are 32. */
static void test_many_options(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_module one = good_module;
	struct cordon_option rows[33];

	one.options = rows;
	for (unsigned i = 0; i < CORDON_COUNT(rows); i++) {
		rows[i] = good_options[3];
		rows[i].key = arena_printf(arena, "key%u", i);
	}
	one.n_options = 32;
	assert_string_equal(judge(arena, &one, NULL), "");
	one.n_options = 33;
	assert_string_equal(judge(arena, &one, NULL),
			    "module 'x': option 'key32' is a list, and so must "
			    "be among the first 32");
	arena_free(arena);
}

/* ---- files ---- */

static void copy(const char *from, const char *name, mode_t mode)
{
	char path[PATH_MAX + 32], bytes[4096];
	FILE *in = fopen(from, "re"), *out;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "wex");
	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void copy_module(const char *module, const char *name, mode_t mode)
{
	char from[256];

	snprintf(from, sizeof(from), "tests/modules/.libs/%s.so", module);
	copy(from, name, mode);
}

/* In the build tree, which is where the test runs. */
static int set_up(void **state)
{
	static const char *const modules[] = { "good", "longer_used",
					       "longer_zero", "other_major",
					       "unbound" };
	char cwd[PATH_MAX - 32], path[PATH_MAX + 32];

	if (!getcwd(cwd, sizeof(cwd)))
		return -1;
	snprintf(dir, sizeof(dir), "%s/loader-XXXXXX", cwd);
	if (!mkdtemp(dir))
		return -1;
	trust = (struct trust){ .uids = { geteuid() },
				.n = 1,
				.bases = { dir } };
	for (size_t i = 0; i < CORDON_COUNT(modules); i++) {
		snprintf(path, sizeof(path), "%s.so", modules[i]);
		copy_module(modules[i], path, 0644);
	}
	copy_module("good", "renamed.so", 0644);
	copy_module("good", "others.so", 0666);
	copy_module("good", "group.so", 0664);
	copy_module("good", "Upper.so", 0644);
	copy_module("good", "good.la", 0644);
	copy("/dev/null", "empty.so", 0644);
	copy("tests/modules/good.la", "text.so", 0644);
	snprintf(path, sizeof(path), "%s/linked.so", dir);
	if (symlink("good.so", path) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/folder.so", dir);
	return mkdir(path, 0755);
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct {
	const char *name;
	const char *want; /* %s is the folder; NULL: good */
} files[] = {
	{ "good", NULL },
	{ "longer_zero", NULL },
	{ "longer_used",
	  "module 'longer_used' uses a hook that this cordon would not call "
	  "(it needs a newer cordon)" },
	{ "other_major",
	  "module 'other_major' is for ABI 2.7, this cordon has 1.1 (it needs a "
	  "newer cordon)" },
	{ "unbound",
	  "cannot load '%s/unbound.so': undefined symbol: cordon_is_nowhere" },
	{ "empty", "cannot load '%s/empty.so': it is no shared object" },
	{ "text", "cannot load '%s/text.so': it is no shared object" },
	{ "renamed", "'%s/renamed.so' has no symbol "
		     "'renamed_LTX_cordon_module' (it must end with "
		     "CORDON_MODULE(renamed), as the file is named)" },
	{ "others", "'%s/others.so' is writable by others (chmod o-w)" },
	{ "group", "'%s/group.so' is writable by its group or by an ACL "
		   "(chmod g-w)" },
	{ "linked", "'%s/linked.so' is a symbolic link (write the real path)" },
	{ "folder", "'%s/folder.so' is not a regular file" },
	{ "goood", "module 'goood' not found in %s (did you mean 'good'?)" },
	{ "nothing_like_it",
	  "module 'nothing_like_it' not found in %s (is the package that has it "
	  "installed? 'cordon modules' lists those that are)" },
	{ "", "'' is not the name of a module ([a-z][a-z0-9_]*)" },
	{ "Upper", "'Upper' is not the name of a module ([a-z][a-z0-9_]*)" },
	{ "../good",
	  "'../good' is not the name of a module ([a-z][a-z0-9_]*)" },
	{ "good.so",
	  "'good.so' is not the name of a module ([a-z][a-z0-9_]*)" },
	{ "/etc/passwd",
	  "'/etc/passwd' is not the name of a module ([a-z][a-z0-9_]*)" },
};

static void expect(struct loader *loader, const char *name, const char *format)
{
	struct cordon_error err = { 0 };
	const char *rest = format ? strstr(format, "%s") : NULL;
	char want[PATH_MAX + 600] = "";

	print_message("# %s\n", name);
	if (rest)
		snprintf(want, sizeof(want), "%.*s%s%s", (int)(rest - format),
			 format, dir, rest + 2);
	else if (format)
		snprintf(want, sizeof(want), "%s", format);
	assert_int_equal(!loader_open(loader, name, &err), format != NULL);
	assert_string_equal(err.text, want);
}

static void test_files(void **state)
{
	struct loader loader = { .arena = arena_new(),
				 .dir = dir,
				 .trust = &trust };

	assert_int_equal(setenv("LTDL_LIBRARY_PATH", dir, 1), 0);
	for (size_t i = 0; i < CORDON_COUNT(files); i++)
		expect(&loader, files[i].name, files[i].want);
	unsetenv("LTDL_LIBRARY_PATH");
	arena_free(loader.arena);
}

static void test_file(void **state)
{
	struct loader loader = { .arena = arena_new(), .trust = &trust };
	struct cordon_error err = { 0 };
	char path[PATH_MAX + 32];

	snprintf(path, sizeof(path), "%s/good.so", dir);
	assert_non_null(loader_open_file(&loader, path, &err));
	snprintf(path, sizeof(path), "%s/others.so", dir);
	assert_null(loader_open_file(&loader, path, &err));
	snprintf(path, sizeof(path), "%s/good.la", dir);
	assert_null(loader_open_file(&loader, path, &err));
	assert_null(loader_open_file(&loader, "good.so", &err));
	assert_string_equal(err.text, "'good.so' is not an absolute path");
	assert_null(loader_open(&loader, "other", &err));
	assert_memory_equal(err.text, "module 'other' not found (", 26);
	arena_free(loader.arena);
}

/* A preloaded one beats the file of its name, and is listed once. */
static void test_names(void **state)
{
	static const char *const want[] = {
		"empty",       "folder",      "good",	"group",       "linked",
		"longer_used", "longer_zero", "mine",	"other_major", "others",
		"renamed",     "text",	      "unbound"
	};
	static struct cordon_module mine;
	struct loader_symbol table[] = {
		{ "@PROGRAM@", NULL },
		{ "mine.a", NULL },
		{ "mine_LTX_cordon_module", &mine },
		{ "good_LTX_cordon_module", &mine },
		{ "other_symbol", &mine },
		{ NULL, NULL },
	};
	struct loader_symbol many[101] = { { NULL, NULL } };
	struct loader loader = { .arena = arena_new(),
				 .preloaded = table,
				 .dir = dir,
				 .trust = &trust };
	struct cordon_error err = { 0 };
	const char *const *names;
	size_t n;

	mine = good_module;
	assert_int_equal(loader_names(&loader, &names, &n, &err), 0);
	assert_int_equal(n, CORDON_COUNT(want));
	for (size_t i = 0; i < n; i++)
		assert_string_equal(names[i], want[i]);
	assert_string_equal(loader_open(&loader, "good", &err)->options->key,
			    "number");
	loader.dir = "/nowhere";
	assert_int_equal(loader_names(&loader, &names, &n, &err), 0);
	assert_int_equal(n, 2);

	for (unsigned i = 0; i < CORDON_COUNT(many) - 1; i++)
		many[i] = (struct loader_symbol){
			arena_printf(loader.arena, "m%u_LTX_cordon_module", i),
			&mine
		};
	loader.preloaded = many;
	assert_int_equal(loader_names(&loader, &names, &n, &err), 0);
	assert_int_equal(n, CORDON_COUNT(many) - 1);
	arena_free(loader.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_option_size),
		cmocka_unit_test(test_many_options),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("loader", tests, set_up,
					   tear_down) != 0;
}
