/* SPDX-License-Identifier: MIT */
/*
 * The job's environment: what passes, what never does, and which of keep, drop,
 * set and login has the last word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <pwd.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/stack.h"

#define LIST_MAX 12

/* One section's; an absent list is NULL. */
struct env {
	const char *const *keep, *const *drop;
	const char *const *set; /* name, value, name, value */
	bool keeps_nothing;	/* there, but it says nothing of 'keep' */
	bool login;
};

#define WORDS(...)                                                             \
	(const char *const[])                                                  \
	{                                                                      \
		__VA_ARGS__, NULL                                              \
	}

static void ask_words(struct plan *plan, const char *section, uint32_t type,
		      int64_t number, const char *const *word)
{
	struct cordon_step step = { .type = type,
				    .number = { number },
				    .word = word };

	while (word && word[step.n_words])
		step.n_words++;
	plan_add(plan, section, 0, CORDON_ARRANGE, false, &step);
}

static void ask(struct plan *plan, const char *section, const struct env *env)
{
	if (env->keep || env->keeps_nothing)
		ask_words(plan, section, CORDON_STEP_ENV_KEEP,
			  env->keeps_nothing, env->keep);
	if (env->drop)
		ask_words(plan, section, CORDON_STEP_ENV_DROP, 0, env->drop);
	for (size_t i = 0; env->set && env->set[i]; i += 2)
		plan_add(plan, section, 0, CORDON_ARRANGE, false,
			 &(struct cordon_step){
				 .type = CORDON_STEP_ENV_SET,
				 .text = { env->set[i], env->set[i + 1] } });
	if (env->login)
		plan_add(plan, section, 0, CORDON_ARRANGE, false,
			 &(struct cordon_step){ .type = CORDON_STEP_ENV_LOGIN,
						.number = { 1 } });
}

/* "A=1|B=2", or the error. */
static const char *plan_environ(struct arena *arena, const char *const *given,
				const struct env *envs, size_t n)
{
	static char *argv[] = { (char *)"/bin/true", NULL };
	static const char *const names[] = { "env", "env.b", "env.c" };
	const struct cordon_job job = { .cwd = "/",
					.argv = argv,
					.program = argv[0],
					.environ = given,
					.program_fd = -1,
					.is_root = 1 };
	const struct stack stack = { .name = "t", .asked = "t" };
	struct cordon_error err = { 0 };
	const char *text = "";
	struct plan plan;

	plan_init(&plan, arena, &stack, &job);
	for (size_t i = 0; i < n; i++)
		ask(&plan, names[i], &envs[i]);
	if (plan_finish(&plan, &err) < 0)
		return arena_strdup(arena, err.text);
	for (size_t i = 0; plan.settled.environ[i]; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? "|" : "",
				    plan.settled.environ[i]);
	return text;
}

/* ---- who has the last word ---- */

static const struct {
	const char *name;
	const char *given[LIST_MAX];
	struct env envs[3];
	size_t n;
	const char *want;
} cases[] = {
	{ "no section: as it is",
	  { "A=1", "B=2", "C=" },
	  { { 0 } },
	  0,
	  "A=1|B=2|C=" },
	{ "no environment at all", { NULL }, { { 0 } }, 0, "" },
	{ "values are not looked at",
	  { "A=b=c", "B= x ", "C=\xff\n", "D=LD_PRELOAD=x" },
	  { { 0 } },
	  0,
	  "A=b=c|B= x |C=\xff\n|D=LD_PRELOAD=x" },
	{ "entries that are none",
	  { "A", "=1", "", "=", "==", "B=2", "LD_PRELOAD" },
	  { { 0 } },
	  0,
	  "B=2" },
	{ "and a glob keeps none of them",
	  { "A", "=1", "", "B=2" },
	  { { .keep = WORDS("*") } },
	  1,
	  "B=2" },
	{ "of two of one name the first, as for getenv",
	  { "A=1", "B=2", "A=3", "A=" },
	  { { 0 } },
	  0,
	  "A=1|B=2" },
	{ "a longer name is another",
	  { "AB=1", "A=2", "ABC=3" },
	  { { .keep = WORDS("A") } },
	  1,
	  "A=2" },
	{ "names and globs",
	  { "LANG=C", "LC_ALL=C", "LC_=x", "XLC_A=1", "TZ=x", "lang=y" },
	  { { .keep = WORDS("LANG", "LC_*", "T?") } },
	  1,
	  "LANG=C|LC_ALL=C|LC_=x|TZ=x" },
	{ "an empty list keeps nothing",
	  { "A=1" },
	  { { .keep = (const char *const[]){ NULL } } },
	  1,
	  "" },
	{ "a section without one keeps nothing",
	  { "A=1" },
	  { { .keeps_nothing = true } },
	  1,
	  "" },
	{ "but another section may say what",
	  { "A=1", "B=2" },
	  { { .keeps_nothing = true }, { .keep = WORDS("A") } },
	  2,
	  "A=1" },
	{ "two lists: what both name",
	  { "A=1", "B=2", "C=3" },
	  { { .keep = WORDS("A", "B") }, { .keep = WORDS("B", "C") } },
	  2,
	  "B=2" },
	{ "three lists",
	  { "A=1", "B=2", "C=3" },
	  { { .keep = WORDS("*") },
	    { .keep = WORDS("A", "C") },
	    { .keep = WORDS("B", "C") } },
	  3,
	  "C=3" },
	{ "drop beats keep",
	  { "A=1", "B=2" },
	  { { .keep = WORDS("A", "B"), .drop = WORDS("A") } },
	  1,
	  "B=2" },
	{ "drop of any section, by glob",
	  { "A=1", "BA=2", "BB=3" },
	  { { .keep = WORDS("*") }, { .drop = WORDS("B*") } },
	  2,
	  "A=1" },
	{ "drop alone",
	  { "A=1", "B=2" },
	  { { .drop = WORDS("A") } },
	  1,
	  "B=2" },
	{ "set beats drop and what was there",
	  { "A=1", "B=2" },
	  { { .keep = WORDS("*"),
	      .drop = WORDS("A"),
	      .set = WORDS("A", "set", "B", "set") } },
	  1,
	  "B=set|A=set" },
	{ "set by name order, from any section",
	  { NULL },
	  { { .set = WORDS("Z", "1") }, { .set = WORDS("A", "2") } },
	  2,
	  "A=2|Z=1" },
	{ "set what steers is the admin's word",
	  { "LD_PRELOAD=/evil" },
	  { { .set = WORDS("LD_PRELOAD", "/good") } },
	  1,
	  "LD_PRELOAD=/good" },
	{ "set to nothing",
	  { "A=1" },
	  { { .keep = WORDS("A"), .set = WORDS("A", "") } },
	  1,
	  "A=" },
	{ "PATH is as any other",
	  { "PATH=/evil", "A=1" },
	  { { .keep = WORDS("A"), .set = WORDS("PATH", "/bin") } },
	  1,
	  "A=1|PATH=/bin" },
};

static void test_cases(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(cases); i++) {
		struct arena *arena = arena_new();

		print_message("# %s\n", cases[i].name);
		assert_string_equal(plan_environ(arena, cases[i].given,
						 cases[i].envs, cases[i].n),
				    cases[i].want);
		arena_free(arena);
	}
}

/* ---- what steers a loader or an interpreter ---- */

static const char *const hostile[] = {
	"LD_PRELOAD=/tmp/x.so",
	"LD_LIBRARY_PATH=/tmp",
	"LD_AUDIT=/tmp/x.so",
	"LD_BIND_NOW=1",
	"LD_=x",
	"GLIBC_TUNABLES=glibc.malloc.check=3",
	"GCONV_PATH=/tmp",
	"HOSTALIASES=/tmp/h",
	"LOCPATH=/tmp",
	"MALLOC_CHECK_=3",
	"NLSPATH=/tmp/%N",
	"RES_OPTIONS=x",
	"TZDIR=/tmp",
	"LTDL_LIBRARY_PATH=/tmp",
	"BASH_ENV=/tmp/x",
	"BASH_FUNC_ls%%=() { id; }",
	"ENV=/tmp/x",
	"IFS=x",
	"CDPATH=/tmp",
	"SHELLOPTS=xtrace",
	"PS4=$(id)",
	"PROMPT_COMMAND=id",
	"ZDOTDIR=/tmp",
	"PYTHONPATH=/tmp",
	"PYTHONSTARTUP=/tmp/x",
	"PYTHONHOME=/tmp",
	"PERL5LIB=/tmp",
	"PERL5OPT=-Mx",
	"RUBYOPT=-rx",
	"RUBYLIB=/tmp",
	"NODE_OPTIONS=--require=/tmp/x",
	"NODE_PATH=/tmp",
	"LUA_INIT=x",
	"LUA_PATH_5_4=/tmp",
	"R_PROFILE_USER=/tmp/x",
	"PHPRC=/tmp",
	"JAVA_TOOL_OPTIONS=-agentpath:/tmp/x",
	"_JAVA_OPTIONS=-Dx",
	"JDK_JAVA_OPTIONS=-Dx",
	"CLASSPATH=/tmp",
	"DOTNET_STARTUP_HOOKS=/tmp/x",
	"GIT_SSH_COMMAND=id",
	"LESSOPEN=|id",
	"OPENSSL_CONF=/tmp/x",
	"QT_PLUGIN_PATH=/tmp",
	"TERMINFO=/tmp",
	"INPUTRC=/tmp/x",
};

static void expect_environ(const char *const *given, const struct env *env,
			   size_t n, const char *want)
{
	struct arena *arena = arena_new();

	assert_string_equal(plan_environ(arena, given, env, n), want);
	arena_free(arena);
}

static void test_hostile(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(hostile); i++) {
		const char *const given[] = { "A=1", hostile[i], "B=2", NULL };
		char name[64] = "", all_but_last[64] = "";
		const char *const globs[] = { "A", all_but_last, "*", NULL };
		const char *const exact[] = { name, NULL };
		size_t size = strcspn(hostile[i], "=");
		char want[128];

		print_message("# %s\n", hostile[i]);
		memcpy(name, hostile[i], size);
		memcpy(all_but_last, hostile[i], size - 1);
		all_but_last[size - 1] = '*';
		snprintf(want, sizeof(want), "%s", hostile[i]);
		/* without any section, and by no glob */
		expect_environ(given, NULL, 0, "A=1|B=2");
		expect_environ(given, &(struct env){ .keep = globs }, 1,
			       "A=1|B=2");
		/* but where its own name is written, in each list */
		expect_environ(given, &(struct env){ .keep = exact }, 1, want);
		expect_environ(given,
			       (const struct env[]){ { .keep = exact },
						     { .keep = globs } },
			       2, "");
		/* and drop takes globs */
		expect_environ(
			given,
			&(struct env){ .keep = exact, .drop = WORDS("*") }, 1,
			"");
	}
}

/* What only looks alike passes. */
static void test_harmless(void **state)
{
	static const char *const given[] = { "LD=/bin/ld",    "LDFLAGS=-s",
					     "ENVIRONMENT=x", "XLD_PRELOAD=1",
					     "ld_preload=x",  "CLASSPATHS=x",
					     "PS1=$",	      NULL };

	expect_environ(given, NULL, 0,
		       "LD=/bin/ld|LDFLAGS=-s|ENVIRONMENT=x|XLD_PRELOAD=1|"
		       "ld_preload=x|CLASSPATHS=x|PS1=$");
}

/* ---- login ---- */

static void test_login(void **state)
{
	const struct passwd *root = getpwuid(0);
	const struct env login = { .keep = WORDS("*"), .login = true };
	const struct env both = { .keep = WORDS("*"),
				  .set = WORDS("HOME", "/set"),
				  .drop = WORDS("USER"),
				  .login = true };
	struct arena *arena = arena_new();

	if (!root) {
		print_message("# passwd has no entry of uid 0\n");
		skip();
	}
	/* in the place of what was there; drop has no say, set has */
	assert_string_equal(
		plan_environ(arena, WORDS("A=1", "HOME=/x", "USER=evil"),
			     &login, 1),
		arena_printf(arena, "A=1|HOME=%s|USER=%s|LOGNAME=%s|SHELL=%s",
			     root->pw_dir, root->pw_name, root->pw_name,
			     root->pw_shell));
	assert_string_equal(
		plan_environ(arena, WORDS("A=1", "HOME=/x", "USER=evil"), &both,
			     1),
		arena_printf(arena, "A=1|HOME=/set|USER=%s|LOGNAME=%s|SHELL=%s",
			     root->pw_name, root->pw_name, root->pw_shell));
	arena_free(arena);
}

/* ---- the entries of one large environment ---- */

static void test_many(void **state)
{
	static char entry[3000][16];
	static const char *given[CORDON_COUNT(entry) + 1];
	struct arena *arena = arena_new();
	const char *text;
	size_t n = 1;

	for (size_t i = 0; i < CORDON_COUNT(entry); i++) {
		snprintf(entry[i], sizeof(entry[i]), "V%zu=%zu", i / 2, i);
		given[i] = entry[i];
	}
	text = plan_environ(arena, given, NULL, 0);
	for (const char *at = text; *at; at++)
		n += *at == '|';
	assert_int_equal(n, CORDON_COUNT(entry) / 2);
	assert_null(strstr(text, "V0=1|"));
	assert_non_null(strstr(text, "|V1499=2998"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),	 cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_harmless), cmocka_unit_test(test_login),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("environ", tests, NULL, NULL) != 0;
}
