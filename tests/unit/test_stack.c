/* SPDX-License-Identifier: MIT */
/* I57, I58: which files make a stack, how they merge, and what is refused. */
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
#include "core/stack.h"
#include "core/value.h"

#define FILES 6

/* etc and share are the admin's, home is the caller's (--user). */
struct tree {
	const char *file[FILES][2]; /* path, text */
};

/* Below this folder, which the build tree holds. */
static char scratch[PATH_MAX];

static int set_up(void **state)
{
	char cwd[PATH_MAX - 64];

	if (!getcwd(cwd, sizeof(cwd)))
		return -1;
	snprintf(scratch, sizeof(scratch), "%s/stack-XXXXXX", cwd);
	return mkdtemp(scratch) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return ftw->level > 0 ? remove(path) : 0;
}

static void empty(void)
{
	assert_int_equal(nftw(scratch, remove_one, 16, FTW_DEPTH | FTW_PHYS),
			 0);
}

static int tear_down(void **state)
{
	empty();
	return rmdir(scratch);
}

static void write_file(const char *name, const char *text)
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
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, 0644), 0);
	close(fd);
}

static void make(const struct tree *tree)
{
	empty();
	for (size_t i = 0; i < FILES && tree->file[i][0]; i++)
		write_file(tree->file[i][0], tree->file[i][1]);
}

struct setup {
	struct arena *arena;
	struct trust trust;
	const char *dirs[3];
	struct stack_request request;
};

static void set_request(struct setup *setup, const char *name)
{
	bool is_user = name && *name == '~';
	struct arena *arena = setup->arena = arena_new();

	setup->trust = (struct trust){ .uids = { (uint32_t)geteuid() },
				       .n = 1,
				       .bases = { scratch } };
	setup->dirs[0] = arena_printf(arena, "%s/etc", scratch);
	setup->dirs[1] = arena_printf(arena, "%s/share", scratch);
	setup->dirs[2] = arena_printf(arena, "%s/home", scratch);
	setup->request = (struct stack_request){
		.name = !name ? "t" : name + is_user,
		.dirs = setup->dirs,
		.n_dirs = is_user ? 3 : 2,
		.n_admin_dirs = 2,
		.trust = &setup->trust,
		.user_trust = &setup->trust,
		.job = "42",
		.user = "ann",
		.home = "/home/ann",
		.cwd = "/srv/jobs/7",
		.uid = 1000,
	};
}

/* "@PATH:" in a wanted text is the name of that file as errors show it. */
static const char *full(struct arena *arena, const char *want)
{
	const char *text = "";

	while (*want) {
		size_t size = strcspn(want, "@");
		char shown[128];
		const char *path;

		text = arena_printf(arena, "%s%.*s", text, (int)size, want);
		want += size;
		if (!*want)
			break;
		size = strcspn(++want, ":");
		path = arena_printf(arena, "%s/%.*s", scratch, (int)size, want);
		text = arena_printf(
			arena, "%s%s", text,
			value_show(shown, sizeof(shown), path, strlen(path)));
		want += size;
	}
	return text;
}

/* What differs from the defaults, in one line. */
static const char *section_text(struct arena *arena,
				const struct section *section)
{
	static const char *const controls[] = { "", " requisite", " sufficient",
						" optional" };
	static const char *const whens[] = { "", " root", " user" };
	const char *text = arena_printf(
		arena, "[%s%s%s%s%s", section->name, controls[section->control],
		whens[section->when], section->is_final ? " final" : "",
		section->may_skip ? " skip" : "");

	if (section->exit >= 0)
		text = arena_printf(arena, "%s exit=%d", text, section->exit);
	text = arena_printf(arena, "%s]", text);
	for (size_t i = 0; i < section->n_settings; i++)
		text = arena_printf(
			arena, "%s %s%s%s", text, section->settings[i].key,
			section->settings[i].has_parameter ? "*=" : "=",
			section->settings[i].value ? section->settings[i].value
						   : "?");
	return arena_printf(arena, "%s\n", text);
}

static const char *stack_text(struct arena *arena, const struct stack *stack)
{
	static const char *const parents[] = { "", "parent=never\n",
					       "parent=always\n" };
	const char *text = arena_printf(
		arena, "%s%s%s%s%s", stack->is_strict ? "strict\n" : "",
		stack->signal_exit_is_code ? "signal-exit=code\n" : "",
		stack->report_ends ? "report=ends\n" : "",
		stack->argv0_is_name ? "argv0=name\n" : "",
		parents[stack->parent]);

	if (strcmp(stack->name, stack->asked))
		text = arena_printf(arena, "%s for %s\n", stack->name,
				    stack->asked);
	if (stack->description)
		text = arena_printf(arena, "%s\"%s\"\n", text,
				    stack->description);
	if (stack->program)
		text = arena_printf(arena, "%sprogram=%s %s\n", text,
				    stack->program,
				    stack->arguments ? stack->arguments : "");
	if (stack->exit_denied != 125 || stack->exit_failed != 125 ||
	    stack->exit_timeout != 124)
		text = arena_printf(arena, "%sexit %d %d %d\n", text,
				    stack->exit_denied, stack->exit_failed,
				    stack->exit_timeout);
	for (size_t i = 0; i < stack->n_sections; i++)
		text = arena_printf(arena, "%s%s", text,
				    section_text(arena, &stack->sections[i]));
	return text;
}

/* The text of the stack, or of the error. */
static const char *outcome(struct setup *setup, int *rc)
{
	struct cordon_error err = { 0 };
	struct stack stack;

	*rc = stack_read(setup->arena, &setup->request, &stack, &err);
	if (*rc < 0)
		return arena_strdup(setup->arena, err.text);
	return stack_text(setup->arena, &stack);
}

#define T "etc/t.ini"
#define ONE(text)                                                              \
	{                                                                      \
		{                                                              \
			{                                                      \
				T, text                                        \
			}                                                      \
		}                                                              \
	}

static const struct {
	const char *name; /* NULL: t; ~NAME: with --user */
	const char *want;
	struct tree tree;
} good[] = {
	{ NULL, "", ONE("") },
	{ NULL, "[rlimits] nofile=64\n", ONE("[rlimits]\nnofile = 64\n") },
	{ NULL,
	  "strict\nsignal-exit=code\nreport=ends\nargv0=name\nparent="
	  "never\n\"A job\"\nprogram=/bin/sh -c\nexit 1 2 0\n",
	  ONE("[stack]\ndescription = A job\nstrict = yes\nparent = "
	      "never\nexit-denied = 1\nexit-failed = 2\nexit-timeout = "
	      "0\nsignal-exit = code\nreport = ends\nprogram = "
	      "/bin/sh\narguments = -c\nargv0 = name\n") },
	{ NULL, "[paths requisite root final skip exit=99]\n",
	  ONE("[paths]\ncontrol = requisite\nwhen = root\nfinal = "
	      "yes\non-unsupported = skip\nexit = 99\n") },
	{ NULL, "[a] x=1\n",
	  ONE("[a]\nx = 1\noff = no\nwhen = always\n[b]\nx = 2\noff = yes\n") },
	/* facts and parameters */
	{ NULL, "[a] x*=42 y=ann-1000 z*=/srv/jobs/7/${x}$ w=/home/ann/t\n",
	  ONE("[a]\nx = ${job}\ny = ${user}-${uid}\nz = ${cwd}/$${x}$$\nw = "
	      "${home}/${stack}\n") },
	{ NULL, "[a] x*=512M\n",
	  ONE("[params]\nm = size 64M..4G default 512M\n[a]\nx = ${m}\n") },
	{ NULL, "[a] x*=u v w\n",
	  ONE("[params]\nl = list of name default u v w\n[a]\nx = ${l}\n") },
	/* both folders, hiding, other */
	{ NULL,
	  "[a] x=1\n",
	  { { { T, "[a]\nx = 1\n" }, { "share/t.ini", "[b]\ny = 1\n" } } } },
	{ NULL, "[b] y=1\n", { { { "share/t.ini", "[b]\ny = 1\n" } } } },
	{ "x.y-z_1",
	  "[b] y=1\n",
	  { { { "etc/x.y-z_1.ini", "[b]\ny = 1\n" } } } },
	{ "none",
	  "other for none\n[deny]\n",
	  { { { T, "[a]\n" }, { "share/other.ini", "[deny]\n" } } } },
	{ "other", "[deny]\n", { { { "share/other.ini", "[deny]\n" } } } },
	/* includes: before the file, once, and the last one wins */
	{ NULL,
	  "[a] x=1 x=2\n[b] y=1\n",
	  { { { T, "[stack]\ninclude = i\n[a]\nx = 2\n[b]\ny = 1\n" },
	      { "etc/i.ini", "[a]\nx = 1\n" } } } },
	{ NULL,
	  "[r] x=1\n[p] x=1\n[q] x=1\n",
	  { { { T, "[stack]\ninclude = p\ninclude = q\n" },
	      { "etc/p.ini", "[stack]\ninclude = r\n[p]\nx = 1\n" },
	      { "share/q.ini", "[stack]\ninclude = r\n[q]\nx = 1\n" },
	      { "etc/r.ini", "[r]\nx = 1\n" } } } },
	{ NULL,
	  "[a] x=1 x=\n",
	  { { { T, "[stack]\ninclude = i\n[a]\nx =\n" },
	      { "etc/i.ini", "[a]\nx = 1\n" } } } },
	{ NULL,
	  "[b] y=1\n",
	  { { { T, "[stack]\ninclude = i\n[a]\noff = yes\n[b]\ny = 1\n" },
	      { "etc/i.ini", "[a]\nx = 1\n" } } } },
	{ NULL,
	  "[a sufficient] x=1\n",
	  { { { T, "[stack]\ninclude = i\n[a]\ncontrol = sufficient\n" },
	      { "etc/i.ini", "[a]\ncontrol = requisite\nx = 1\n" } } } },
	{ NULL,
	  "[a final] x=1\n[a.b] x=2\n",
	  { { { T, "[stack]\ninclude = i\n[a]\n[a.b]\nx = 2\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	/* drop-ins: the shipped ones before the admin's, each by name */
	{ NULL,
	  "[a] x=1 x=4 x=5 x=2 x=3\n",
	  { { { "share/t.ini", "[a]\nx = 1\n" },
	      { "etc/t.d/10.ini", "[a]\nx = 2\n" },
	      { "etc/t.d/20.ini", "[a]\nx = 3\n" },
	      { "share/t.d/10.ini", "[a]\nx = 4\n" },
	      { "share/t.d/90.ini", "[a]\nx = 5\n" } } } },
	{ NULL,
	  "[a] x=1 x=2 x=3\n",
	  { { { T, "[stack]\ninclude = i\n[a]\nx = 3\n" },
	      { "share/i.ini", "[a]\nx = 1\n" },
	      { "etc/i.d/1.ini", "[a]\nx = 2\n" },
	      { "etc/i.d/.hidden.ini", "[a]\nx = 9\n" },
	      { "etc/i.d/backup.ini~", "[a]\nx = 9\n" } } } },
	{ NULL,
	  "[a] x=1\n[b] y=1\n",
	  { { { T, "[a]\nx = 1\n" },
	      { "etc/t.d/1.ini", "[stack]\ninclude = i\n" },
	      { "etc/i.ini", "[b]\ny = 1\n" } } } },
	/* [stack] of what is included */
	{ NULL,
	  "strict\n",
	  { { { T, "[stack]\ninclude = i\nstrict = no\n" },
	      { "etc/i.ini", "[stack]\nstrict = yes\n" } } } },
	{ NULL,
	  "parent=always\nexit 7 125 124\n",
	  { { { T, "[stack]\ninclude = i j\nparent = always\n" },
	      { "etc/i.ini",
		"[stack]\nparent = never\nexit-denied = 7\ndescription = i\n" },
	      { "etc/j.ini",
		"[stack]\nparent = auto\nexit-denied = 7\n" } } } },
	{ NULL,
	  "exit 3 125 124\n",
	  { { { T, "[stack]\nexit-denied = 2\n" },
	      { "etc/t.d/1.ini", "[stack]\nexit-denied = 3\n" } } } },
	/* parameters are keys like others */
	{ NULL,
	  "[a] x*=2\n",
	  { { { T, "[stack]\ninclude = i\n[params]\np = number default 2\n" },
	      { "etc/i.ini",
		"[params]\np = number default 1\n[a]\nx = ${p}\n" } } } },
	/* the caller's own folder */
	{ "~u",
	  "[a] x=1\n[u] x=2\n",
	  { { { "home/u.ini", "[stack]\ninclude = a v\n[u]\nx = 2\n" },
	      { "home/v.ini", "" },
	      { "home/a.ini", "[no]\n" },
	      { "home/a.d/1.ini", "[no]\n" },
	      { "etc/a.ini", "[a]\nx = 1\n" } } } },
	{ "~u",
	  "[u] x=1 x=2 x=3\n",
	  { { { "home/u.ini", "[u]\nx = 1\n" },
	      { "home/u.d/9.ini", "[u]\nx = 2\n" },
	      { "etc/u.d/1.ini", "[u]\nx = 3\n" } } } },
	{ "~t",
	  "[a] x=1\n",
	  { { { T, "[a]\nx = 1\n" },
	      { "home/t.ini", "[no]\n" },
	      { "home/t.d/1.ini", "[no]\n" } } } },
	{ "~none",
	  "other for none\n[deny]\n",
	  { { { "share/other.ini", "[deny]\n" },
	      { "home/other.ini", "[permit]\n" },
	      { "home/other.d/1.ini", "[permit]\n" } } } },
};

static void test_good(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(good); i++) {
		struct setup setup;
		const char *got;
		int rc;

		print_message("# %zu: %s\n", i, good[i].want);
		make(&good[i].tree);
		set_request(&setup, good[i].name);
		got = outcome(&setup, &rc);
		assert_string_equal(got, good[i].want);
		assert_int_equal(rc, 0);
		arena_free(setup.arena);
	}
}

static const struct {
	const char *name; /* NULL: t; ~NAME: with --user */
	const char *want;
	struct tree tree;
} broken[] = {
	{ NULL, "@etc/t.ini:1: setting before the first section header",
	  ONE("x = 1\n") },
	{ NULL, "@etc/t.ini:2: 'x' is not KEY = VALUE", ONE("[a]\nx\n") },
	{ NULL,
	  "@etc/t.ini:3: section [a] is already in line 1 (a second one needs "
	  "a label: [MODULE.LABEL])",
	  ONE("[a]\nx = 1\n[a]\n") },
	{ "", "'' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "../t",
	  "'../t' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "/etc/passwd",
	  "'/etc/passwd' is not a stack's name (letters, digits, '_', '.' and "
	  "'-')",
	  ONE("") },
	{ ".t",
	  "'.t' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "-t",
	  "'-t' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "t\n",
	  "'t\\x0a' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "a b",
	  "'a b' is not a stack's name (letters, digits, '_', '.' and '-')",
	  ONE("") },
	{ "pyton",
	  "there is no stack 'pyton' (did you mean 'python'?), and no stack "
	  "'other' for what is unknown",
	  { { { "etc/python.ini", "" } } } },
	{ "u",
	  "there is no stack 'u', and no stack 'other' for what is unknown",
	  { { { "home/u.ini", "" } } } },
	{ "~none",
	  "there is no stack 'none', and no stack 'other' for what is unknown",
	  { { { "home/other.ini", "[permit]\n" } } } },
	{ "~other",
	  "there is no stack 'other', and no stack 'other' for what is unknown",
	  { { { "home/other.ini", "[permit]\n" } } } },
	{ NULL,
	  "@etc/t.ini:2: [stack] has no key 'includ' (did you mean 'include'?)",
	  ONE("[stack]\ninclud = a\n") },
	{ NULL, "@etc/t.ini:2: [stack] has no key 'when'",
	  ONE("[stack]\nwhen = root\n") },
	{ NULL, "@etc/t.ini:1: [stack.x] [stack] takes no label",
	  ONE("[stack.x]\n") },
	{ NULL, "@etc/t.ini:1: [params.x] [params] takes no label",
	  ONE("[params.x]\n") },
	{ NULL, "@etc/t.ini:2: [stack] strict: 'maybe' is not no or yes",
	  ONE("[stack]\nstrict = maybe\n") },
	{ NULL, "@etc/t.ini:2: [stack] strict: '' is not no or yes",
	  ONE("[stack]\nstrict =\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] parent: 'newer' is not auto, never, always or beside "
	  "(did you mean 'never'?)",
	  ONE("[stack]\nparent = newer\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] exit-denied: '0' is not an exit status (1 to "
	  "255)",
	  ONE("[stack]\nexit-denied = 0\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] exit-failed: '256' is not an exit status (1 "
	  "to 255)",
	  ONE("[stack]\nexit-failed = 256\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] exit-timeout: '256' is not an exit status (0 "
	  "to 255)",
	  ONE("[stack]\nexit-timeout = 256\n") },
	{ NULL, "@etc/t.ini:2: [stack] exit-timeout: '-1' is not a number",
	  ONE("[stack]\nexit-timeout = -1\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] signal-exit: '128' is not signal or code",
	  ONE("[stack]\nsignal-exit = 128\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] report: 'end' is not refusals or ends (did "
	  "you mean 'ends'?)",
	  ONE("[stack]\nreport = end\n") },
	{ NULL, "@etc/t.ini:2: [stack] program: 'sh' is not an absolute path",
	  ONE("[stack]\nprogram = sh\n") },
	{ NULL, "@etc/t.ini:2: [stack] program: path '/bin/../sh' holds '..'",
	  ONE("[stack]\nprogram = /bin/../sh\n") },
	{ NULL, "@etc/t.ini:2: [stack] argv0: 'x' is not program or name",
	  ONE("[stack]\nargv0 = x\n") },
	{ NULL, "@etc/t.ini:2: [stack] description: has no value",
	  ONE("[stack]\ndescription =\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] arguments: [stack] is literal, without ${}",
	  ONE("[stack]\narguments = ${job}\n") },
	{ NULL, "@etc/t.ini:3: [stack] report: is already in line 2",
	  ONE("[stack]\nreport = ends\nreport = ends\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] include: names no stack (an include cannot be "
	  "taken back)",
	  ONE("[stack]\ninclude =\n") },
	{ NULL, "@etc/t.ini:2: [stack] include: there is no stack 'bas'",
	  ONE("[stack]\ninclude = bas\n") },
	{ NULL,
	  "@etc/t.ini:2: [stack] include: there is no stack 'bas' (did you "
	  "mean 'base'?)",
	  { { { T, "[stack]\ninclude = bas\n" }, { "share/base.ini", "" } } } },
	{ NULL,
	  "@etc/t.ini:2: [stack] include: there is no stack 'none'",
	  { { { T, "[stack]\ninclude = none\n" },
	      { "share/other.ini", "" } } } },
	{ NULL, "@etc/t.ini:2: [stack] include: '../i' is not a stack's name",
	  ONE("[stack]\ninclude = ../i\n") },
	{ NULL, "@etc/t.ini:2: [stack] include: '${job}' is not a stack's name",
	  ONE("[stack]\ninclude = ${job}\n") },
	{ NULL, "@etc/t.ini:2: [stack] include: 't' includes itself: t > t",
	  ONE("[stack]\ninclude = t\n") },
	{ NULL,
	  "@etc/i.ini:2: [stack] include: 't' includes itself: t > i > t",
	  { { { T, "[stack]\ninclude = i\n" },
	      { "etc/i.ini", "[stack]\ninclude = t\n" } } } },
	{ NULL,
	  "@share/k.ini:2: [stack] include: 'i' includes itself: i > j > k > i",
	  { { { T, "[stack]\ninclude = i\n" },
	      { "etc/i.ini", "[stack]\ninclude = j\n" },
	      { "etc/j.ini", "[stack]\ninclude = k\n" },
	      { "share/k.ini", "[stack]\ninclude = i\n" } } } },
	{ NULL,
	  "@etc/i.d/1.ini:2: [stack] include: 'i' includes itself: i > i",
	  { { { T, "[stack]\ninclude = i\n" },
	      { "etc/i.ini", "" },
	      { "etc/i.d/1.ini", "[stack]\ninclude = i\n" } } } },
	{ NULL,
	  "@etc/i.ini:2: 'x' is not KEY = VALUE",
	  { { { T, "[stack]\ninclude = i\n" },
	      { "etc/i.ini", "[a]\nx\n" } } } },
	{ NULL,
	  "@share/t.d/1.ini:1: setting before the first section header",
	  { { { T, "" }, { "share/t.d/1.ini", "x = 1\n" } } } },
	{ "~t",
	  "@etc/t.ini:2: [stack] include: there is no stack 'u'",
	  { { { T, "[stack]\ninclude = u\n" }, { "home/u.ini", "" } } } },
	{ "~u",
	  "@etc/i.ini:2: [stack] include: there is no stack 'v'",
	  { { { "home/u.ini", "[stack]\ninclude = v i\n" },
	      { "home/v.ini", "" },
	      { "etc/i.ini", "[stack]\ninclude = v\n" } } } },
	{ "~u",
	  "@home/u.ini:2: [stack] include: there is no stack 'other'",
	  { { { "home/u.ini", "[stack]\ninclude = other\n" },
	      { "home/other.ini", "" } } } },
	{ NULL,
	  "@etc/i.ini:2: [stack] exit-denied: '7' is '8' in @etc/j.ini:2 (say "
	  "which in the stack that includes both)",
	  { { { T, "[stack]\ninclude = i j\n" },
	      { "etc/i.ini", "[stack]\nexit-denied = 7\n" },
	      { "etc/j.ini", "[stack]\nexit-denied = 8\n" } } } },
	{ NULL,
	  "@etc/i.ini:2: [stack] parent: 'never' is 'always' in @etc/j.ini:2 "
	  "(say which in the stack that includes both)",
	  { { { T, "[stack]\ninclude = m\n" },
	      { "etc/m.ini", "[stack]\ninclude = i j\n" },
	      { "etc/i.ini", "[stack]\nparent = never\n" },
	      { "etc/j.ini", "[stack]\nparent = always\n" } } } },
	{ NULL,
	  "@etc/i.ini:2: [stack] parent: 'never' is 'always' in @etc/j.ini:2 "
	  "(say which in the stack that includes both)",
	  { { { T, "[stack]\ninclude = i m\n" },
	      { "etc/i.ini", "[stack]\nparent = never\n" },
	      { "etc/m.ini", "[stack]\ninclude = k j\n" },
	      { "etc/k.ini", "[stack]\nparent = never\n" },
	      { "etc/j.ini", "[stack]\nparent = always\n" } } } },
	{ NULL,
	  "@etc/i.ini:2: [stack] report: 'end' is not refusals or ends (did "
	  "you mean 'ends'?)",
	  { { { T, "[stack]\ninclude = i\nreport = ends\n" },
	      { "etc/i.ini", "[stack]\nreport = end\n" } } } },
	{ NULL,
	  "@etc/t.ini:2: [a] control: 'require' is not required, requisite, "
	  "sufficient or optional (did you mean 'required'?)",
	  ONE("[a]\ncontrol = require\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] control: '' is not required, requisite, "
	  "sufficient or optional",
	  ONE("[a]\ncontrol =\n") },
	{ NULL, "@etc/t.ini:2: [a] when: 'nobody' is not always, root or user",
	  ONE("[a]\nwhen = nobody\n") },
	{ NULL, "@etc/t.ini:2: [a] off: 'true' is not no or yes",
	  ONE("[a]\noff = true\n") },
	{ NULL, "@etc/t.ini:2: [a] final: '1' is not no or yes",
	  ONE("[a]\nfinal = 1\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] on-unsupported: 'ignore' is not refuse or skip",
	  ONE("[a]\non-unsupported = ignore\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] exit: '256' is not an exit status (1 to 255)",
	  ONE("[a]\nexit = 256\n") },
	{ NULL, "@etc/t.ini:2: [a] exit: 'x' is not a number",
	  ONE("[a]\nexit = x\n") },
	{ NULL, "@etc/t.ini:3: [a] when: is already in line 2",
	  ONE("[a]\nwhen = root\nwhen = user\n") },
	{ NULL, "@etc/t.ini:4: [a.b] off: is already in line 2",
	  ONE("[a.b]\noff = yes\nx = 1\noff = yes\n") },
	{ NULL,
	  "@etc/t.ini:4: [a] x: nobody may change this section (final = yes in "
	  "@etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\nx = 2\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] x: nobody may change this section (final = yes in "
	  "@etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\nx =\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] off: nobody may change this section (final = yes "
	  "in @etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\noff = yes\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] final: nobody may change this section (final = "
	  "yes in @etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\nfinal = no\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] final: nobody may change this section (final = "
	  "yes in @etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\nfinal = yes\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] control: nobody may change this section (final = "
	  "yes in @etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\ncontrol = optional\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] when: nobody may change this section (final = yes "
	  "in @etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\nwhen = root\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.ini:4: [a] y: nobody may change this section (final = yes in "
	  "@etc/i.ini:3)",
	  { { { T, "[stack]\ninclude = i\n[a]\ny = 1\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL,
	  "@etc/t.d/1.ini:2: [a] x: nobody may change this section (final = "
	  "yes in @etc/t.ini:3)",
	  { { { T, "[a]\nx = 1\nfinal = yes\n" },
	      { "etc/t.d/1.ini", "[a]\nx = 2\n" } } } },
	{ NULL,
	  "@etc/t.d/2.ini:2: [a] x: nobody may change this section (final = "
	  "yes in @etc/t.d/1.ini:2)",
	  { { { T, "[a]\nx = 1\n" },
	      { "etc/t.d/1.ini", "[a]\nfinal = yes\n" },
	      { "etc/t.d/2.ini", "[a]\nx = 2\n" } } } },
	{ "~u",
	  "@home/u.ini:4: [a] off: nobody may change this section (final = yes "
	  "in @etc/i.ini:3)",
	  { { { "home/u.ini", "[stack]\ninclude = i\n[a]\noff = yes\n" },
	      { "etc/i.ini", "[a]\nx = 1\nfinal = yes\n" } } } },
	{ NULL, "@etc/t.ini:2: [params] x: no type (for example: size 64M..4G)",
	  ONE("[params]\nx =\n") },
	{ NULL, "@etc/t.ini:3: [params] x: is already in line 2",
	  ONE("[params]\nx = name\nx = name\n") },
	{ NULL,
	  "@etc/t.ini:2: [params] user: ${user} is what cordon knows by itself "
	  "(choose another name)",
	  ONE("[params]\nuser = name\n") },
	{ NULL,
	  "@etc/t.ini:2: [params] 1x: not the name of a parameter (letters, "
	  "digits, '_' and '-'; a letter first)",
	  ONE("[params]\n1x = name\n") },
	{ NULL,
	  "@etc/t.ini:2: [params] x.y: not the name of a parameter (letters, "
	  "digits, '_' and '-'; a letter first)",
	  ONE("[params]\nx.y = name\n") },
	{ NULL, "@etc/t.ini:2: [params] m: '8M' is not within 1K..4M",
	  ONE("[params]\nm = size 1K..4M default 8M\n") },
	{ NULL,
	  "@etc/t.ini:2: [params] m: is required and was not given (-p "
	  "m=VALUE)",
	  ONE("[params]\nm = size required\n") },
	{ NULL,
	  "@etc/t.ini:4: [a] x: unknown parameter '${memoy}' (did you mean "
	  "'memory'?)",
	  ONE("[params]\nmemory = size\n[a]\nx = ${memoy}\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] x: unknown parameter '${usr}' (did you mean "
	  "'user'?)",
	  ONE("[a]\nx = ${usr}\n") },
	{ NULL, "@etc/t.ini:2: [a] x: unknown parameter '${}'",
	  ONE("[a]\nx = ${}\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] x: unknown parameter '${ job }' (did you mean "
	  "'job'?)",
	  ONE("[a]\nx = ${ job }\n") },
	{ NULL, "@etc/t.ini:2: [a] x: '${job' has no '}'",
	  ONE("[a]\nx = ${job\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] x: the dollar in '$job' stands for nothing (a "
	  "parameter is ${NAME}, a dollar $$)",
	  ONE("[a]\nx = $job\n") },
	{ NULL,
	  "@etc/t.ini:2: [a] x: the dollar in '$' stands for nothing (a "
	  "parameter is ${NAME}, a dollar $$)",
	  ONE("[a]\nx = 1$\n") },
	{ NULL, "@etc/t.ini:2: [a] x: unknown parameter '${zzzzzz}'",
	  ONE("[a]\nx = ${zzzzzz}\noff = yes\n") },
};

static void test_broken(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(broken); i++) {
		struct setup setup;
		const char *got;
		int rc;

		print_message("# %s\n", broken[i].want);
		make(&broken[i].tree);
		set_request(&setup, broken[i].name);
		got = outcome(&setup, &rc);
		assert_string_equal(got, full(setup.arena, broken[i].want));
		assert_int_equal(rc, -1);
		arena_free(setup.arena);
	}
}

/* 33 stacks, of which each includes the next one. */
static void test_deep(void **state)
{
	char name[32], text[64];
	struct setup setup;
	const char *got;
	int rc;

	empty();
	write_file(T, "[stack]\ninclude = s1\n");
	for (int i = 1; i <= 32; i++) {
		snprintf(name, sizeof(name), "etc/s%d.ini", i);
		snprintf(text, sizeof(text), "[stack]\ninclude = s%d\n", i + 1);
		write_file(name, text);
	}
	set_request(&setup, NULL);
	got = outcome(&setup, &rc);
	assert_string_equal(
		got, full(setup.arena,
			  "@etc/s31.ini:2: [stack] include: stacks include "
			  "each other more than 32 deep"));
	assert_int_equal(rc, -1);
	arena_free(setup.arena);
}

/* The stack's own file and a thousand drop-ins. */
static void test_many(void **state)
{
	struct setup setup;
	char name[32];
	int rc;

	empty();
	write_file(T, "");
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "etc/t.d/%d.ini", i);
		write_file(name, "");
	}
	set_request(&setup, NULL);
	assert_string_equal(outcome(&setup, &rc), "more than 1000 files");
	assert_int_equal(rc, -1);
	arena_free(setup.arena);
}

/* What the caller says, against one stack. */
static const struct {
	const char *given[3];
	char *environ[3];
	const char *cwd;
	const char *want; /* the stack or the error */
	int rc;
} callers[] = {
	{ { "d=/srv/jobs/1" },
	  { NULL },
	  "/",
	  "[a] x*=/srv/jobs/1 y*=512M\n",
	  0 },
	{ { NULL },
	  { NULL },
	  "/srv/jobs/7",
	  "[a] x*=/srv/jobs/7 y*=512M\n",
	  0 },
	{ { NULL },
	  { "M=1G", "M=2G" },
	  "/srv/jobs/7",
	  "[a] x*=/srv/jobs/7 y*=1G\n",
	  0 },
	{ { "m=2G" },
	  { "JUNK", "M=bad" },
	  "/srv/jobs/7",
	  "[a] x*=/srv/jobs/7 y*=2G\n",
	  0 },
	{ { "d=/srv/jobs/a b;$x ${m}" },
	  { NULL },
	  "/",
	  "[a] x*=/srv/jobs/a b;$x ${m} y*=512M\n",
	  0 },
	{ { NULL },
	  { NULL },
	  "/srv/other",
	  "@etc/t.ini:2: [params] d: cwd: '/srv/other' is not below "
	  "'/srv/jobs'",
	  -1 },
	{ { NULL },
	  { NULL },
	  NULL,
	  "@etc/t.ini:2: [params] d: is required and was not given (-p "
	  "d=VALUE)",
	  -1 },
	{ { "d=/srv/jobs/../x" },
	  { NULL },
	  "/",
	  "@etc/t.ini:2: [params] d: -p: path '/srv/jobs/../x' holds '..'",
	  -1 },
	{ { "d=/srv/jobs" },
	  { NULL },
	  "/",
	  "@etc/t.ini:2: [params] d: -p: '/srv/jobs' is not below '/srv/jobs'",
	  -1 },
	{ { "m=64" },
	  { NULL },
	  "/srv/jobs/7",
	  "@etc/t.ini:3: [params] m: -p: '64' needs a unit (for example 64M)",
	  -1 },
	{ { "m=8G" },
	  { NULL },
	  "/srv/jobs/7",
	  "@etc/t.ini:3: [params] m: -p: '8G' is not within 64M..4G",
	  -1 },
	{ { NULL },
	  { "M=" },
	  "/srv/jobs/7",
	  "@etc/t.ini:3: [params] m: env M: the value is empty",
	  -1 },
	{ { "m=1G\n" },
	  { NULL },
	  "/srv/jobs/7",
	  "@etc/t.ini:3: [params] m: -p: '1G\\x0a' holds a control character",
	  -1 },
	{ { "m=1G", "m=1G" },
	  { NULL },
	  "/srv/jobs/7",
	  "@etc/t.ini:3: [params] m: -p m is there twice",
	  -1 },
	{ { "mm=1G" },
	  { NULL },
	  "/srv/jobs/7",
	  "-p: stack 't' has no parameter 'mm' (did you mean 'm'?)",
	  -1 },
	{ { "stack=x" },
	  { NULL },
	  "/srv/jobs/7",
	  "-p: stack 't' has no parameter 'stack' (only d or m)",
	  -1 },
	{ { "m" }, { NULL }, "/srv/jobs/7", "-p 'm' is not NAME=VALUE", -1 },
	{ { "=1" }, { NULL }, "/srv/jobs/7", "-p '=1' is not NAME=VALUE", -1 },
};

static void test_callers(void **state)
{
	static const struct tree tree = ONE(
		"[params]\nd = dir under /srv/jobs from cwd required\nm = size "
		"64M..4G from env M default 512M\n[a]\nx = ${d}\ny = ${m}\n");

	make(&tree);
	for (size_t i = 0; i < CORDON_COUNT(callers); i++) {
		struct setup setup;
		const char *got;
		int rc;

		print_message("# %s\n", callers[i].want);
		set_request(&setup, NULL);
		setup.request.given = callers[i].given;
		while (setup.request.n_given < 3 &&
		       callers[i].given[setup.request.n_given])
			setup.request.n_given++;
		setup.request.environ = callers[i].environ;
		setup.request.cwd = callers[i].cwd;
		got = outcome(&setup, &rc);
		assert_string_equal(got, full(setup.arena, callers[i].want));
		assert_int_equal(rc, callers[i].rc);
		arena_free(setup.arena);
	}
}

/* A fact that is not known, or no plain word, counts only where it is used. */
static void test_facts(void **state)
{
	static const struct tree tree = ONE("[a]\nx = ${home}\ny = ${job}\n");
	struct setup setup;
	int rc;

	make(&tree);
	set_request(&setup, NULL);
	setup.request.home = NULL;
	setup.request.uid = 4294967294u; /* whom no passwd knows */
	setup.request.job = "../../etc";
	assert_string_equal(outcome(&setup, &rc), "[a] x=? y*=?\n");
	assert_int_equal(rc, 0);
	arena_free(setup.arena);
}

/* A policy without a caller: what a caller will say has no value yet. */
static void test_symbolic(void **state)
{
	static const struct tree tree =
		ONE("[params]\nm = size 1M..4G from env M default 1G\nn = name "
		    "required\n[a]\nx = ${m}/${n}/${job}/$$\n");
	static const char *const given[] = { "m=2M" };
	char *const variables[] = { (char[]){ "M=2G" }, NULL };
	struct cordon_error err = { 0 };
	struct setup setup;
	struct stack stack;
	int rc;

	make(&tree);
	set_request(&setup, NULL);
	setup.request.is_symbolic = true;
	setup.request.environ = variables;
	assert_string_equal(outcome(&setup, &rc),
			    "[a] x*=${m}/${n}/${job}/$$\n");
	setup.request.given = given;
	setup.request.n_given = 1;
	assert_string_equal(outcome(&setup, &rc), "[a] x*=2M/${n}/${job}/$$\n");
	assert_int_equal(stack_read(setup.arena, &setup.request, &stack, &err),
			 0);
	assert_int_equal(stack.n_parameters, 2);
	assert_string_equal(stack.parameters[0].type_text,
			    "size 1M..4G from env M default 1G");
	assert_string_equal(stack.parameters[0].source, "-p");
	assert_null(stack.parameters[1].value);
	arena_free(setup.arena);
}

/* I57: what is there and cannot be trusted is not skipped. */
static const struct {
	const char *path; /* which gets this mode, or is made a link */
	mode_t mode;	  /* 0: a link */
	const char *want;
} untrusted[] = {
	{ "etc/t.ini", 0666, "' is writable by others (chmod o-w)" },
	{ "etc/t.ini", 0664, "' is writable by its group or by an ACL" },
	{ "etc", 0757, "' is writable by others (chmod o-w)" },
	{ "share", 0757, "' is writable by others (chmod o-w)" },
	{ "etc/i.ini", 0666, "' is writable by others (chmod o-w)" },
	{ "share/t.d", 0757, "' is writable by others (chmod o-w)" },
	{ "share/t.d/1.ini", 0666, "' is writable by others (chmod o-w)" },
	{ "etc/t.ini", 0, "' is a symbolic link" },
	{ "etc/i.ini", 0, "' is a symbolic link" },
	{ "share/t.d", 0, "' is a symbolic link" },
	{ "share/t.d/1.ini", 0, "' is a symbolic link" },
};

static void test_untrusted(void **state)
{
	static const struct tree tree = { { { T, "[stack]\ninclude = i\n" },
					    { "etc/i.ini", "" },
					    { "share/t.d/1.ini", "" } } };

	for (size_t i = 0; i < CORDON_COUNT(untrusted); i++) {
		char path[2 * PATH_MAX], away[3 * PATH_MAX];
		struct setup setup;
		const char *got;
		int rc;

		print_message("# %s%s\n", untrusted[i].path, untrusted[i].want);
		make(&tree);
		snprintf(path, sizeof(path), "%s/%s", scratch,
			 untrusted[i].path);
		snprintf(away, sizeof(away), "%s-away", path);
		if (untrusted[i].mode) {
			assert_int_equal(chmod(path, untrusted[i].mode), 0);
		} else {
			assert_int_equal(rename(path, away), 0);
			assert_int_equal(symlink(away, path), 0);
		}
		set_request(&setup, NULL);
		got = outcome(&setup, &rc);
		assert_int_equal(rc, -1);
		assert_non_null(strstr(got, untrusted[i].want));
		arena_free(setup.arena);
		assert_true(untrusted[i].mode == 0 || chmod(path, 0755) == 0);
	}
}

static void test_names(void **state)
{
	static const struct tree tree = {
		{ { "etc/b.ini", "[stack]\ndescription = the b\n" },
		  { "share/b.ini", "[stack]\ndescription = hidden\n" },
		  { "share/a.ini", "broken\n" },
		  { "home/c.ini", "" },
		  { "home/other.ini", "" },
		  { "etc/b.d/1.ini", "" } }
	};
	struct cordon_error err = { 0 };
	struct stack_name *names;
	struct setup setup;
	size_t n;

	make(&tree);
	set_request(&setup, "~t");
	assert_int_equal(
		stack_names(setup.arena, &setup.request, &names, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_string_equal(names[0].name, "a");
	assert_null(names[0].description);
	assert_string_equal(names[1].name, "b");
	assert_string_equal(names[1].description, "the b");
	assert_string_equal(names[2].name, "c");
	arena_free(setup.arena);
}

/* Both places of a section that nobody may change are there to be shown. */
static void test_places(void **state)
{
	static const struct tree tree =
		ONE("[a]\nx = 1\nfinal = yes\ncontrol = optional\n");
	struct cordon_error err = { 0 };
	struct setup setup;
	struct stack stack;

	make(&tree);
	set_request(&setup, NULL);
	assert_int_equal(stack_read(setup.arena, &setup.request, &stack, &err),
			 0);
	assert_string_equal(
		stack_where(setup.arena, &stack, stack.sections[0].final_where),
		full(setup.arena, "@etc/t.ini:3"));
	assert_string_equal(stack_where(setup.arena, &stack,
					stack.sections[0].control_where),
			    full(setup.arena, "@etc/t.ini:4"));
	assert_string_equal(
		stack_where(setup.arena, &stack, stack.sections[0].where),
		full(setup.arena, "@etc/t.ini:1"));
	assert_string_equal(stack_where(setup.arena, &stack, 0), "");
	arena_free(setup.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_callers),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_symbolic),
		cmocka_unit_test(test_untrusted),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_places),
	};

	umask(022);
	return cmocka_run_group_tests_name("stack", tests, set_up, tear_down) !=
	       0;
}
