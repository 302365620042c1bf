/* SPDX-License-Identifier: MIT */
/*
 * What each module plans for a setting, or why it refuses it; what keys it has.
 *
 * The core's own work (merge, order, what is implied) is not in it: a module's
 * steps are read as they arrive.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/option.h"
#include "core/stack.h"

extern const struct cordon_module env_LTX_cordon_module;
extern const struct cordon_module user_LTX_cordon_module;
extern const struct cordon_module restart_LTX_cordon_module;
extern const struct cordon_module rlimits_LTX_cordon_module;
extern const struct cordon_module seccomp_LTX_cordon_module;
extern const struct cordon_module namespaces_LTX_cordon_module;
extern const struct cordon_module mounts_LTX_cordon_module;
extern const struct cordon_module caps_LTX_cordon_module;
extern const struct cordon_module process_LTX_cordon_module;
extern const struct cordon_module fds_LTX_cordon_module;
extern const struct cordon_module record_LTX_cordon_module;
extern const struct cordon_module paths_LTX_cordon_module;
extern const struct cordon_module scripts_LTX_cordon_module;
extern const struct cordon_module deny_LTX_cordon_module;
extern const struct cordon_module permit_LTX_cordon_module;
extern const struct cordon_module messages_LTX_cordon_module;
extern const struct cordon_module redact_LTX_cordon_module;
extern const struct cordon_module secret_LTX_cordon_module;
extern const struct cordon_module slots_LTX_cordon_module;
extern const struct cordon_module threads_LTX_cordon_module;
extern const struct cordon_module timeout_LTX_cordon_module;
extern const struct cordon_module landlock_LTX_cordon_module;

#define MODULE(name) (&name##_LTX_cordon_module)

/* ---- a plan that writes down what it is given ---- */

struct notes {
	struct cordon_plan plan;
	struct arena *arena;
	const char *text;
};

static const struct {
	uint32_t type;
	const char *name;
} step_names[] = {
	{ CORDON_STEP_ENV_KEEP, "env-keep" },
	{ CORDON_STEP_ENV_DROP, "env-drop" },
	{ CORDON_STEP_ENV_SET, "env-set" },
	{ CORDON_STEP_ENV_LOGIN, "env-login" },
	{ CORDON_STEP_USER, "user" },
	{ CORDON_STEP_GROUP, "group" },
	{ CORDON_STEP_GROUPS, "groups" },
	{ CORDON_STEP_KEEP_GROUPS, "keep-groups" },
	{ CORDON_STEP_POOL, "pool" },
	{ CORDON_STEP_NAMESPACE, "namespace" },
	{ CORDON_STEP_MAP, "map" },
	{ CORDON_STEP_IDMAP, "idmap" },
	{ CORDON_STEP_HOSTNAME, "hostname" },
	{ CORDON_STEP_INIT, "init" },
	{ CORDON_STEP_LOOPBACK, "loopback" },
	{ CORDON_STEP_PREPARED, "prepared" },
	{ CORDON_STEP_ROOT, "root" },
	{ CORDON_STEP_MOUNT, "mount" },
	{ CORDON_STEP_NOEXEC, "noexec" },
	{ CORDON_STEP_READ_ONLY, "read-only" },
	{ CORDON_STEP_PROC, "proc" },
	{ CORDON_STEP_DEV, "dev" },
	{ CORDON_STEP_HIDE, "hide" },
	{ CORDON_STEP_PROPAGATION, "propagation" },
	{ CORDON_STEP_RECORD, "record" },
	{ CORDON_STEP_SECRET_FILE, "secret-file" },
	{ CORDON_STEP_SECRET_FD, "secret-fd" },
	{ CORDON_STEP_TIMEOUT, "timeout" },
	{ CORDON_STEP_STARTUP, "startup" },
	{ CORDON_STEP_TIMEOUT_SIGNAL, "signal" },
	{ CORDON_STEP_GRACE, "grace" },
	{ CORDON_STEP_RESTART, "restart" },
	{ CORDON_STEP_STREAM, "stream" },
	{ CORDON_STEP_STREAM_SOCKET, "stream-socket" },
	{ CORDON_STEP_SESSION, "session" },
	{ CORDON_STEP_NICE, "nice" },
	{ CORDON_STEP_OOM_SCORE, "oom-score" },
	{ CORDON_STEP_IO_PRIORITY, "io-priority" },
	{ CORDON_STEP_CPUS, "cpus" },
	{ CORDON_STEP_RLIMIT, "rlimit" },
	{ CORDON_STEP_CAPS, "caps" },
	{ CORDON_STEP_AMBIENT, "ambient" },
	{ CORDON_STEP_NO_NEW_PRIVS, "no-new-privs" },
	{ CORDON_STEP_KEYRING, "keyring" },
	{ CORDON_STEP_CWD, "cwd" },
	{ CORDON_STEP_CWD_FALLBACK, "cwd-fallback" },
	{ CORDON_STEP_UMASK, "umask" },
	{ CORDON_STEP_STDIO, "stdio" },
	{ CORDON_STEP_FD_KEEP, "fd-keep" },
	{ CORDON_STEP_FD_FROM_ENV, "fd-from-env" },
	{ CORDON_STEP_SIGNALS, "signals" },
	{ CORDON_STEP_FORWARD, "forward" },
	{ CORDON_STEP_WX, "wx" },
	{ CORDON_STEP_SUSPEND, "suspend" },
	{ CORDON_STEP_ORPHANS, "orphans" },
	{ CORDON_STEP_PDEATH, "pdeath" },
	{ CORDON_STEP_STREAM, "stream" },
	{ CORDON_STEP_LANDLOCK, "landlock" },
	{ CORDON_STEP_LANDLOCK_PATH, "path" },
	{ CORDON_STEP_LANDLOCK_PORT, "port" },
	{ CORDON_STEP_FORBID, "forbid" },
};

static const char *step_name(uint32_t type)
{
	for (size_t i = 0; i < CORDON_COUNT(step_names); i++)
		if (step_names[i].type == type)
			return step_names[i].name;
	return "?";
}

/*
 * "NAME NUMBERS 'TEXT' <WORD WORD> {DATA as 32 bits} @LINE"; the numbers up to
 * the last one that is not 0.
 */
static const char *note_step(struct arena *arena,
			     const struct cordon_step *step)
{
	const char *line = step_name(step->type);
	const uint32_t *data = step->data;
	int n = 4;

	while (n > 0 && step->number[n - 1] == 0)
		n--;
	for (int i = 0; i < n; i++)
		line = arena_printf(arena, "%s %lld", line,
				    (long long)step->number[i]);
	for (int i = 0; i < 3; i++)
		if (step->text[i])
			line = arena_printf(arena, "%s '%s'", line,
					    step->text[i]);
	if (step->list) {
		line = arena_printf(arena, "%s <", line);
		for (size_t i = 0; i < step->list->count; i++)
			line = arena_printf(arena, "%s%s%s", line, i ? " " : "",
					    step->list->item[i].text);
		line = arena_printf(arena, "%s>", line);
	}
	for (size_t i = 0; i < step->size / sizeof(*data); i++)
		line = arena_printf(arena, "%s%s%x%s", line, i ? " " : " {",
				    (unsigned)data[i],
				    i + 1 == step->size / sizeof(*data) ? "}"
									: "");
	if (step->where)
		line = arena_printf(arena, "%s @%u", line,
				    (unsigned)step->where);
	return line;
}

static void note(struct cordon_plan *plan, const struct cordon_step *step)
{
	struct notes *notes = (struct notes *)plan;

	notes->text = arena_printf(notes->arena, "%s%s%s", notes->text,
				   *notes->text ? "; " : "",
				   note_step(notes->arena, step));
}

/* ---- one section, written as lines ---- */

#define SETTINGS_MAX 512

/* "KEY = VALUE\n..." as the reader would hand it over; lines count from 1. */
static void read_lines(struct arena *arena, const char *module,
		       const char *text, struct stack *stack,
		       struct section *section)
{
	struct setting *settings =
		arena_alloc(arena, SETTINGS_MAX * sizeof(*settings));
	struct place_in_file *places =
		arena_alloc(arena, (SETTINGS_MAX + 1) * sizeof(*places));
	size_t n = 0;

	for (const char *at = text; *at; at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		size_t key = strcspn(at, " =");
		const char *value = at + key + 2; /* "KEY =" */

		assert_true(n < SETTINGS_MAX && length >= key + 2);
		value += *value == ' ';
		settings[n].key = arena_copy(arena, at, key);
		settings[n].raw = settings[n].value =
			arena_copy(arena, value, (size_t)(at + length - value));
		settings[n].where = (uint32_t)n + 1;
		n++;
		places[n] = (struct place_in_file){ "t.ini", (unsigned)n };
		at += length;
	}
	*section = (struct section){ .name = module,
				     .module = module,
				     .settings = settings,
				     .n_settings = n,
				     .exit = -1 };
	*stack = (struct stack){ .name = "t",
				 .asked = "t",
				 .path = "t.ini",
				 .job = "1",
				 .cwd = "/w:1\\",
				 .home = "/",
				 .user = "u",
				 .sections = section,
				 .n_sections = 1,
				 .places = places,
				 .n_places = n + 1 };
}

/* The plan as text, or the error behind '! '. */
static const char *unit_plan(struct arena *arena, const char *name,
			     const struct cordon_module *module,
			     const char *lines)
{
	struct cordon_error err = { 0 };
	struct cordon_job job = { .id = "1", .stack = "t", .program_fd = -1 };
	struct notes notes = { .plan = { .size = sizeof(notes.plan),
					 .job = &job,
					 .add = note },
			       .arena = arena,
			       .text = "" };
	struct stack stack;
	struct section section;
	void *self = NULL;

	read_lines(arena, name, lines, &stack, &section);
	if (option_parse(arena, &stack, &section, module, &self, &err) < 0)
		goto refused;
	if (module->configure && module->configure(self, &err) < 0)
		goto refused;
	if (module->decide && module->decide(self, &job, &err) < 0)
		goto refused;
	if (module->plan && module->plan(self, &notes.plan, &err) < 0)
		goto refused;
	return notes.text;
refused:
	return arena_printf(arena, "! %s", err.text);
}

/* ---- what is planned ---- */

struct unit_case {
	const char *lines;
	const char *want; /* the plan; "! TEXT" where the error ends in TEXT */
};

static void run_cases(const char *name, const struct cordon_module *module,
		      const struct unit_case *tests, size_t n)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < n; i++) {
		const char *want = tests[i].want;
		const char *got;

		print_message("# [%s] %s\n", name, tests[i].lines);
		got = unit_plan(arena, name, module, tests[i].lines);
		if (*want == '!') {
			size_t length = strlen(got), part = strlen(want + 2);

			if (*got != '!' || length < part ||
			    strcmp(got + length - part, want + 2))
				assert_string_equal(got, want);
		} else {
			assert_string_equal(got, want);
		}
	}
	arena_free(arena);
}

#define RUN(name, tests)                                                       \
	run_cases(#name, MODULE(name), tests, CORDON_COUNT(tests))

static void test_env(void **state)
{
	static const struct unit_case tests[] = {
		/* 1: nobody has written it, so another section's holds */
		{ "", "env-keep 1 <>" },
		{ "keep = PATH LC_*", "env-keep <PATH LC_*> @1" },
		{ "keep = A\nkeep = B\n", "env-keep <A B> @1" },
		{ "keep =", "env-keep <> @1" },
		{ "drop = A ?B", "env-keep 1 <>; env-drop <A ?B> @1" },
		{ "keep = A=b",
		  "! 'A=b' is not a name or glob (values are given by "
		  "'set')" },
		{ "set = A=b c=d", "env-keep 1 <>; env-set 'A' 'b c=d' @1" },
		{ "set = A=", "env-keep 1 <>; env-set 'A' '' @1" },
		{ "set = A=1\nset = AB=2\nset = A=3\n",
		  "env-keep 1 <>; env-set 'AB' '2' @2; env-set 'A' '3' @3" },
		{ "set = A", "! 'A' is not NAME=TEXT" },
		{ "set = =a", "! '=a' is not NAME=TEXT" },
		{ "set = A = b", "! 'A ' is not the name of a variable" },
		{ "set = LC_*=C", "! 'LC_*' is not the name of a variable" },
		{ "login = yes", "env-keep 1 <>; env-login 1 @1" },
		{ "login = no", "env-keep 1 <>" },
	};

	(void)state;
	RUN(env, tests);
}

static void test_user(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "user = 1234", "user 1234 @1" },
		{ "group = 0", "group @1" },
		{ "groups = none", "groups 3 @1" },
		{ "groups = keep", "groups @1" },
		{ "groups = own", "groups 1 @1" },
		{ "groups =", "groups 3 @1" },
		{ "groups = audio 7", "groups 2 <audio 7> @1" },
		{ "groups = none 7", "! 'none' stands alone, or not at all" },
		{ "groups = 7 keep", "! 'keep' stands alone, or not at all" },
		{ "groups = 4294967295", "! '4294967295' is not a group" },
		{ "groups = 010", "! '010' is not a group" },
		{ "keep-groups = 65400-65499 x-ray 5",
		  "keep-groups <65400-65499 x-ray 5> @1" },
		{ "keep-groups = 7-6", "! '7-6' ends before it begins" },
		{ "keep-groups = 7-4294967295",
		  "! '7-4294967295' is not FIRST-LAST" },
		{ "keep-groups = 7-", "! '7-' is not FIRST-LAST" },
		{ "pool = 70000-70099", "pool 70000 70099 @1" },
		{ "pool = 0-5", "! '0-5': root is in no pool" },
		{ "pool = 5", "! '5' is not FIRST-LAST" },
		{ "pool = 1 - 5", "! '1 - 5' is not FIRST-LAST" },
		{ "pool = +1-5", "! '+1-5' is not FIRST-LAST" },
		{ "user = 5\npool = 1-2",
		  "! user and pool exclude each other" },
		{ "groups = own\npool = 1-2",
		  "! a uid of the pool has no groups of its 'own'" },
	};

	(void)state;
	RUN(user, tests);
}

static void test_restart(void **state)
{
	static const struct unit_case tests[] = {
		{ "limit = 3",
		  "restart 3 1000000000 60000000000 1 @1" },
		{ "limit = 1\non = failure\nbackoff = 0",
		  "restart 1 0 60000000000 @1" },
		{ "limit = 2\nbackoff = 5min",
		  "restart 2 300000000000 300000000000 1 @1" },
		{ "backoff = 1s", "! needs 'limit'" },
		{ "limit = 0", "! '0' is not within 1..1000" },
		{ "limit = 1\non = failure\ncodes = 3",
		  "! 'codes' adds nothing to 'on = failure'" },
		{ "limit = 1\ncodes = 256", "! an exit status is 1 to 255" },
		{ "limit = 1\ncodes = 0", "! an exit status is 1 to 255" },
		{ "limit = 1\nbackoff = 2s\nbackoff-max = 1s",
		  "! 'backoff-max' is shorter than 'backoff'" },
	};

	(void)state;
	RUN(restart, tests);
}

static void test_rlimits(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "nofile = 64:128", "rlimit 7 64 128 @1" },
		{ "nofile = 64", "rlimit 7 64 64 @1" },
		{ "nofile = 64:unlimited", "rlimit 7 64 -1 @1" },
		{ "core = 0", "rlimit 4 @1" },
		{ "as = 2K", "rlimit 9 2048 2048 @1" },
		{ "cpu = 60s:90s", "rlimit 0 60 90 @1" },
		{ "rttime = 2s", "rlimit 15 2000000 2000000 @1" },
		/* of those that test_rlimits() has set before */
		{ "nofile = same", "rlimit 7 100 200 @1" },
		{ "nofile = same:150", "rlimit 7 100 150 @1" },
		{ "nofile = <=150", "rlimit 7 100 150 @1" },
		{ "nofile = <=50:same", "rlimit 7 50 200 @1" },
		{ "nofile = <=1000:unlimited", "rlimit 7 100 -1 @1" },
		{ "nofile = same:64",
		  "! nofile: with what is inherited the soft limit is above "
		  "the hard one" },
		{ "nproc = 7\nnofile = 9\n",
		  "rlimit 7 9 9 @2; rlimit 6 7 7 @1" },
	};
	struct rlimit had, lower = { 100, 200 };

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &had), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lower), 0);
	RUN(rlimits, tests);
}

static void test_namespaces(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "new = user", "namespace 268435456 @1" },
		{ "new = mount pid", "namespace 537001984 @1" },
		{ "new = net\nnew = ipc uts", "namespace 1275068416 @1" },
		{ "new = cgroup time", "namespace 33554560 @1" },
		{ "new = all", "namespace 2114060416 @1" },
		{ "new =", "" },
		{ "new = pids",
		  "! 'pids' is not one of user, mount, pid, net, ipc, uts, "
		  "cgroup, time, all" },
		{ "map = self", "map @1" },
		{ "map = root", "map 1 @1" },
		{ "map = nobody", "map 2 @1" },
		{ "map = subids", "map 3 @1" },
		{ "uid-map = 0 1000 1\nuid-map = 1 100000  65536\n"
		  "gid-map = 0 100 1",
		  "idmap {0 3e8 1 1 186a0 10000} @1; idmap 1 {0 64 1} @3" },
		{ "uid-map = 0 1000 1",
		  "! uid-map and gid-map need each other" },
		{ "map = self\nuid-map = 0 1 1\ngid-map = 0 1 1",
		  "! map and uid-map, gid-map exclude each other" },
		{ "uid-map = 0 1000",
		  "! '0 1000' is not INSIDE OUTSIDE COUNT" },
		{ "uid-map = 0 1 2 3",
		  "! '0 1 2 3' is not INSIDE OUTSIDE COUNT" },
		{ "uid-map = 0 -1 1",
		  "! '0 -1 1' is not INSIDE OUTSIDE COUNT" },
		{ "uid-map = 0x0 1 1",
		  "! '0x0 1 1' is not INSIDE OUTSIDE COUNT" },
		{ "uid-map = 0 1 0", "! '0 1 0' maps nothing" },
		{ "uid-map = 1 2 4294967294",
		  "! '1 2 4294967294' goes beyond the last id" },
		{ "uid-map = 0 100 10\nuid-map = 50 109 1\ngid-map = 0 1 1",
		  "! uid-map: '0 100 10' and '50 109 1' overlap" },
		{ "gid-map = 5 100 1\ngid-map = 0 1 6\nuid-map = 0 1 1",
		  "! gid-map: '5 100 1' and '0 1 6' overlap" },
		{ "hostname = job-7.local", "hostname 'job-7.local' @1" },
		{ "hostname = a b", "! 'a b' is not a host name" },
		{ "hostname = -a", "! '-a' is not a host name" },
		{ "hostname = "
		  "0123456789012345678901234567890123456789012345678901234567"
		  "8901234",
		  "! '01234567890123456789012345678901234567890123456789012345"
		  "678901234' is longer than 64" },
		{ "init = no\nloopback = no", "init @1; loopback @2" },
		{ "init = yes", "init 1 @1" },
		{ "prepared = l4", "prepared 'l4' @1" },
		{ "prepared = ../l4", "! '../l4' is not a plain name" },
	};

	(void)state;
	RUN(namespaces, tests);
}

static void test_mounts(void **state)
{
	/* mount KIND SIZE MODE FLAGS 'TARGET' 'SOURCE' */
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "root = host", "root @1" },
		{ "root = empty", "root 1 @1" },
		{ "root = /srv//root/", "root 2 '/srv/root' @1" },
		{ "root = srv",
		  "! 'srv' is not host, empty or an absolute path" },
		{ "root = /srv/..", "! '..' is in no path" },
		{ "ro = /", "mount '/' '/' @1" },
		{ "ro = /usr", "mount '/usr' '/usr' @1" },
		{ "rw = //a/./b/:/c", "mount 1 '/c' '/a/b' @1" },
		{ "rw = -/a", "mount 1 0 0 1 '/a' '/a' @1" },
		{ "own = /a\\:b:/c\\:d", "mount 2 '/c:d' '/a:b' @1" },
		{ "own = /a\\\\:/c", "mount 2 '/c' '/a\\' @1" },
		{ "own = /a\\b", "mount 2 '/a\\b' '/a\\b' @1" },
		{ "ro = /a:/b:/c",
		  "! '/a:/b:/c' is not SRC[:DST] (a colon in a path is "
		  "'\\:')" },
		{ "ro = /a:b", "! 'b' is not an absolute path" },
		{ "ro = /a:", "! '' is not an absolute path" },
		{ "ro = /a:/b/../c", NULL },
		{ "ro = a", NULL },
		{ "ro = /b\nrw = /a\nro = /a/b\n",
		  "mount '/b' '/b' @1; mount 1 '/a' '/a' @2; "
		  "mount '/a/b' '/a/b' @3" },
		{ "device = /dev/nvidia*",
		  "mount 3 '/dev/nvidia*' '/dev/nvidia*' @1" },
		{ "device = -/dev/kvm",
		  "mount 3 0 0 1 '/dev/kvm' '/dev/kvm' @1" },
		{ "tmpfs = /tmp", "mount 4 67108864 1023 '/tmp' @1" },
		{ "tmpfs = /tmp:size=1G", "mount 4 1073741824 1023 '/tmp' @1" },
		{ "tmpfs = /tmp:mode=0700:size=4K",
		  "mount 4 4096 448 '/tmp' @1" },
		{ "tmpfs = /tmp:size=0",
		  "! 'size=0' is not a size (for example size=64M)" },
		{ "tmpfs = /tmp:size=64",
		  "! 'size=64' is not a size (for example size=64M)" },
		{ "tmpfs = /tmp:size=99999999999T",
		  "! 'size=99999999999T' is not a size (for example "
		  "size=64M)" },
		{ "tmpfs = /tmp:mode=888",
		  "! 'mode=888' is not an octal mode" },
		{ "tmpfs = /tmp:size=1M:size=2M",
		  "! '/tmp:size=1M:size=2M' is not DST[:size=SIZE]"
		  "[:mode=MODE][:ro]" },
		{ "tmpfs = /tmp:/x",
		  "! '/tmp:/x' is not DST[:size=SIZE][:mode=MODE][:ro]" },
		{ "overlay = /usr:/usr", "mount 5 '/usr' '/usr' @1" },
		{ "overlay = /usr", "! '/usr' is not LOWER:DST" },
		{ "symlink = usr/bin:/bin", "mount 6 '/bin' 'usr/bin' @1" },
		{ "symlink = ../x:/y/z", "mount 6 '/y/z' '../x' @1" },
		{ "symlink = x", "! 'x' is not TEXT:DST" },
		{ "symlink = :/y", "! ':/y' is not TEXT:DST" },
		{ "symlink = x:y", "! 'y' is not an absolute path" },
		{ "noexec = writable", "noexec @1" },
		{ "noexec = /a/\nnoexec = -/b",
		  "noexec '/a' @1; noexec 0 0 0 1 '/b' @2" },
		{ "noexec = a", "! 'a' is not an absolute path" },
		{ "read-only = /proc\nread-only = -/b",
		  "read-only '/proc' @1; read-only 0 0 0 1 '/b' @2" },
		{ "read-only = writable", "! 'writable' is not an absolute path" },
		{ "hide = /a:b", "hide '/a:b' @1" },
		{ "hide = -/a\\:b/", "hide 0 0 0 1 '/a:b' @1" },
		/* What ${} stands for is never split. */
		{ "rw = -${cwd}", "mount 1 0 0 1 '/w:1\\' '/w:1\\' @1" },
		{ "ro = /a:${cwd}/b", "mount '/w:1\\/b' '/a' @1" },
		{ "tmpfs = ${cwd}:size=1K", "mount 4 1024 1023 '/w:1\\' @1" },
		{ "symlink = ${cwd}:/b", "mount 6 '/b' '/w:1\\' @1" },
		{ "hide = ${cwd}", "hide '/w:1\\' @1" },
		{ "device = ${cwd}/*", "mount 3 '/w:1\\/*' '/w:1\\/*' @1" },
		{ "proc = hidepid", "proc 2 @1" },
		{ "proc = host", "proc @1" },
		{ "dev = minimal", "dev 1 @1" },
		{ "dev = none", "dev 2 @1" },
		{ "propagation = slave", "propagation @1" },
		{ "propagation = private", "propagation 1 @1" },
	};
	struct arena *arena = arena_new();

	(void)state;
	/* Either the type or the module finds these first. */
	for (size_t i = 0; i < CORDON_COUNT(tests); i++)
		if (!tests[i].want)
			assert_int_equal(*unit_plan(arena, "mounts",
						    MODULE(mounts),
						    tests[i].lines),
					 '!');
		else
			run_cases("mounts", MODULE(mounts), &tests[i], 1);
	arena_free(arena);
}

static void test_caps(void **state)
{
	static const struct unit_case tests[] = {
		/* 1: nobody has written it, so another section's holds */
		{ "", "caps 0 1" },
		{ "keep =", "caps @1" },
		{ "keep = chown", "caps 1 @1" },
		{ "keep = CAP_NET_ADMIN cap_kill", "caps 4128 @1" },
		{ "keep = checkpoint_restore", "caps 1099511627776 @1" },
		{ "keep = all", "caps 2199023255551 @1" },
		{ "keep = net_adminn",
		  "! 'net_adminn' is not a capability (net_admin is)" },
		{ "keep = root", "! 'root' is not a capability" },
		{ "keep = kill\nambient = kill", "caps 32 @1; ambient 32 @2" },
		{ "keep = kill\nambient = chown",
		  "! ambient: 'chown' is not in keep" },
		{ "ambient = kill", "! ambient: 'kill' is not in keep" },
		{ "no-new-privs = no", "caps 0 1; no-new-privs @1" },
		{ "no-new-privs = yes", "caps 0 1; no-new-privs 1 @1" },
	};

	(void)state;
	RUN(caps, tests);
}

static void test_process(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "cwd = /a\ncwd-fallback = /", "cwd '/a' @1; cwd-fallback '/' "
						"@2" },
		{ "umask = 022", "umask 18 @1" },
		{ "umask = 0777", "umask 511 @1" },
		{ "umask = 1022", "! '1022' is not within 0..0777" },
		{ "nice = -20", "nice -20 @1" },
		{ "nice = 0", "nice @1" },
		{ "oom-score-adj = 1000", "oom-score 1000 @1" },
		{ "cpus = 0", "cpus {1 0} @1" },
		{ "cpus = 0-3 8", "cpus {10f 0} @1" },
		{ "cpus = 63", "cpus {0 80000000} @1" },
		{ "cpus = 64", "cpus {0 0 1 0} @1" },
		{ "cpus = 3-1",
		  "! '3-1' is not N or FIRST-LAST below 8192 (blanks part "
		  "them: 0-3 8)" },
		{ "cpus = 0-3,8",
		  "! '0-3,8' is not N or FIRST-LAST below 8192 (blanks part "
		  "them: 0-3 8)" },
		{ "cpus = 8192",
		  "! '8192' is not N or FIRST-LAST below 8192 (blanks part "
		  "them: 0-3 8)" },
		{ "io-priority = idle", "io-priority 24576 @1" },
		{ "io-priority = best-effort:7", "io-priority 16391 @1" },
		{ "io-priority = realtime:0", "io-priority 8192 @1" },
		{ "io-priority = realtime",
		  "! 'realtime' is not idle, best-effort:0..7 or "
		  "realtime:0..7" },
		{ "io-priority = best-effort:8",
		  "! 'best-effort:8' is not idle, best-effort:0..7 or "
		  "realtime:0..7" },
		{ "session = new\nsignals = keep\nkeyring = new",
		  "session 1 @1; signals @2; keyring 2 @3" },
		{ "session = keep\nsignals = reset\nkeyring = auto",
		  "session @1; signals 1 @2; keyring 1 @3" },
		{ "forward = none\nwx = refuse", "forward @1; wx 1 @2" },
		{ "forward = all\nwx = allow", "forward 1 @1; wx @2" },
		{ "forward = group\norphans = reap", "forward 3 @1; orphans 1 @2" },
		{ "orphans = leave\nsuspend = none", "" },
		{ "suspend = follow", "suspend 1 @1" },
		{ "pdeath = caller", "pdeath 1 @1" },
		{ "pdeath = none", "" },
		{ "pdeath = KILL", "! 'KILL' is not none or caller" },
	};

	(void)state;
	RUN(process, tests);
}

static void test_fds(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "keep = 3 900 pipes", "fd-keep <3 900 pipes> @1" },
		{ "keep =", "fd-keep <> @1" },
		{ "keep = 2",
		  "! '2' passes anyway (see stdin, stdout, stderr)" },
		{ "keep = 03", "! '03' is not a number, all or pipes" },
		{ "keep = pipe", "! 'pipe' is not a number, all or pipes" },
		{ "keep = 99999999999",
		  "! '99999999999' is too large for a descriptor" },
		{ "keep-from-env = MAKEFLAGS PMI_FD",
		  "fd-from-env <MAKEFLAGS PMI_FD> @1" },
		{ "keep-from-env = PMI_*",
		  "! 'PMI_*' is not the name of a variable" },
		{ "stdin = null\nstdout = keep\nstderr = /a b",
		  "stdio 0 1 @1; stdio 1 @2; stdio 2 2 '/a b' @3" },
		{ "stdin = nul",
		  "! 'nul' is not keep, null or an absolute path" },
		{ "stdin = /a/../b", "! '..' is in no path" },
	};

	(void)state;
	RUN(fds, tests);
}

static void test_secret(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "file = A:/b:c d", "secret-file 'A' '/b:c d' @1" },
		{ "file = -A_1:env:B\ndescriptor = _C:/d\n",
		  "secret-file 1 0 0 1 'A_1' 'B' @1; "
		  "secret-fd '_C' '/d' @2" },
		{ "descriptor = A:env:A", "secret-fd 1 'A' 'A' @1" },
		{ "file = A:/\nfile =\n", "" },
		{ "file = A",
		  "! 'A' is not VARIABLE:/PATH or VARIABLE:env:NAME" },
		{ "file = 1A:/b",
		  "! '1A' is not the name of a variable (for example "
		  "TOKEN_FILE)" },
		{ "file = :/b",
		  "! '' is not the name of a variable (for example "
		  "TOKEN_FILE)" },
		{ "file = A B:/b",
		  "! 'A B' is not the name of a variable (for example "
		  "TOKEN_FILE)" },
		{ "file = A:b",
		  "! 'b' is neither an absolute path nor env:NAME" },
		{ "file = A:env:",
		  "! '' is not the name of a variable" },
		{ "file = A:env:B=c",
		  "! 'B=c' is not the name of a variable" },
		{ "descriptor = A:env:B_*",
		  "! 'B_*' is not the name of a variable" },
	};

	(void)state;
	RUN(secret, tests);
}

static void test_record(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "! to where? (file, fd or syslog)" },
		{ "file = /var/log/jobs", "record '/var/log/jobs' @1" },
		{ "file = log", "! 'log' is not an absolute path" },
		{ "file = /var/log/", "! '/var/log/' is a folder" },
		{ "file = /var/../log", "! path '/var/../log' holds '..'" },
		{ "fd = 0", "record 1 @1" },
		{ "fd = 9", "record 1 9 @1" },
		{ "fd = 9x", "! '9x' is not a number" },
		{ "fd = -1", "! '-1' is not a number" },
		{ "fd = 1048577", "! '1048577' is not within 0..1048576" },
		{ "syslog = user", "record 2 1 'user' @1" },
		{ "syslog = authpriv", "record 2 10 'authpriv' @1" },
		{ "syslog = ftp", "record 2 11 'ftp' @1" },
		{ "syslog = local0", "record 2 16 'local0' @1" },
		{ "syslog = local7", "record 2 23 'local7' @1" },
		{ "syslog = kern",
		  "! 'kern' is not user, mail, daemon, auth, syslog, lpr, "
		  "news, uucp, cron, authpriv, ftp, local0, local1, local2, "
		  "local3, local4, local5, local6 or local7" },
		{ "syslog = local3\nfile = /a b\nfd = 2",
		  "record '/a b' @2; record 1 2 @3; record 2 19 'local3' @1" },
	};

	(void)state;
	RUN(record, tests);
}

static void test_messages(void **state)
{
	static const struct unit_case tests[] = {
		{ "streams = stdin", "stream @1" },
		{ "max-depth = 3\nstreams = stdout stdin",
		  "stream 1 @2; stream @2" },
		{ "max-depth = 3", "! needs 'streams' or 'socket'" },
		{ "socket = WORKER_SOCKET\nviolation = answer",
		  "stream-socket 0 2 'WORKER_SOCKET' @1" },
		{ "socket = a-b", "! 'a-b' is not the name of a variable" },
		{ "streams = stderr", "! 'stderr' is not stdin or stdout" },
		{ "streams = stdin stdin\nviolation = drop", "stream 0 2 @1" },
		{ "streams = stdin\nmax-bytes = 1023",
		  "! '1023' needs a unit (for example 1023M)" },
		{ "streams = stdin\nmax-bytes = 2G", "! '2G' is not within "
						     "1K..1G" },
		{ "streams = stdin\nrequire = id",
		  "! 'id' is not NAME:TYPE (string, number, object, array, "
		  "boolean, null, any)" },
		{ "streams = stdin\nrequire = a:any\nrequire = a:null",
		  "! 'a:any' and 'a:null' are one member" },
		{ "streams = stdin\nviolation = warn",
		  "! 'warn' is not end, drop or answer" },
		{ "streams = stdin\nviolation = answer",
		  "! 'violation = answer' needs the other way too (streams = "
		  "stdin stdout)" },
		{ "streams = stdin stdout\nviolation = answer",
		  "stream 0 2 @1; stream 1 2 @1" },
	};

	(void)state;
	RUN(messages, tests);
}

static void test_decide(void **state)
{
	static const struct unit_case deny[] = {
		{ "", "! this stack runs no jobs" },
		{ "message = go %s away", "! go %s away" },
	};
	static const struct unit_case permit[] = {
		{ "", "" },
		{ "message = what for", "" },
	};

	static const struct unit_case threads[] = {
		{ "", "! needs 'allow' or 'deny'" },
		{ "allow = /a\ndeny = /b\n",
		  "! has 'allow' and 'deny', which say of each program two "
		  "things (keep one)" },
		{ "deny = /a", "" }, /* there is no command */
	};

	static const struct unit_case redact[] = {
		{ "", "! needs 'environment' or 'file'" },
		{ "file = /a\nstreams =", "! 'streams' names none" },
		{ "environment = S_*",
		  "stream 1 1; stream 2 1" },
		{ "environment = S_*\nstreams = stderr stderr",
		  "stream 2 1 @2" },
		{ "environment = a=b", "! environment: 'a=b' is not a name or "
				       "glob of variables" },
		{ "environment = A\nstreams = stdin",
		  "! streams: 'stdin' is not stdout or stderr" },
		{ "environment = A\nforms = rot13",
		  "! forms: 'rot13' is not base64, json or url" },
	};

	(void)state;
	RUN(redact, redact);
	RUN(deny, deny);
	RUN(permit, permit);
	RUN(threads, threads);
}

static void test_timeout(void **state)
{
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "wall = 10s", "timeout 0 10000000000 @1" },
		{ "wall = 1ms\ncpu = 2min",
		  "timeout 0 1000000 @1; timeout 1 120000000000 @2" },
		{ "idle = 2s", "timeout 2 2000000000 @1; stream 1 @1; stream 2 @1" },
		{ "idle = 1ms", "! '1ms' is not within 10ms..3650d" },
		{ "wall = 0", "! '0' is not within 1ms..3650d" },
		{ "wall = 4000d", "! '4000d' is not within 1ms..3650d" },
		{ "wall = 10", "! '10' needs a unit (for example 10s)" },
		{ "cpu = 1ms", "! '1ms' is not within 10ms..3650d" },
		{ "grace = 0", "grace @1" },
		{ "signal = INT\ngrace = 2h",
		  "signal 2 @1; grace 7200000000000 @2" },
		{ "signal = KILL", "signal 9 @1" },
		{ "signal = TERM", "signal 15 @1" },
		{ "signal = SIGTERM", NULL },
		{ "signal = CONT", NULL },
		{ "startup = 10s until /run/a b",
		  "startup 0 10000000000 '/run/a b' @1" },
		{ "startup = 3650d  until\t/a",
		  "startup 0 315360000000000000 '/a' @1" },
		{ "startup = 250ms until ${cwd}/x",
		  "startup 0 250000000 '/w:1\\/x' @1" },
		{ "startup = 10s until a", NULL },
		{ "startup = 10s till /a", NULL },
		{ "startup = 10s until/a", NULL },
		{ "startup = 10s /a", NULL },
		{ "startup = 10s", NULL },
		{ "startup = 10s until", NULL },
		{ "startup = 0 until /a", NULL },
		{ "startup = 0s until /a", NULL },
		{ "startup = 10 until /a", NULL },
		{ "startup = 10sec until /a", NULL },
		{ "startup = 010s until /a", NULL },
		{ "startup = -1s until /a", NULL },
		{ "startup = 3651d until /a", NULL },
		{ "startup = 4294967294h until /a", NULL },
		{ "startup = 99999999999999999999s until /a",
		  "! '99999999999999999999s until /a' is not TIME until PATH "
		  "(10s until /run/job/ready)" },
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(tests); i++)
		if (!tests[i].want)
			assert_int_equal(*unit_plan(arena, "timeout",
						    MODULE(timeout),
						    tests[i].lines),
					 '!');
		else
			run_cases("timeout", MODULE(timeout), &tests[i], 1);
	arena_free(arena);
}

static void test_landlock(void **state)
{
	/* rights of files 65535: all of ABI 5 and younger */
	static const struct unit_case tests[] = {
		{ "", "" },
		{ "read = /etc", "landlock 65535; path 12 '/etc' @1" },
		{ "execute = /usr", "landlock 65535; path 13 '/usr' @1" },
		{ "write = /srv", "landlock 65535; path 63422 '/srv' @1" },
		{ "read = -/opt", "landlock 65535; path 12 0 0 1 '/opt' @1" },
		{ "read =", "landlock 65535" },
		{ "read = etc", "! 'etc' is not an absolute path" },
		{ "write = /b\nread = /a\nwrite = /c\n",
		  "landlock 65535; path 63422 '/b' @1; path 12 '/a' @2; path "
		  "63422 '/c' @3" },
		{ "connect-tcp = 443", "landlock 0 3; port 2 443 443 @1" },
		{ "bind-tcp = 8000-8010 0",
		  "landlock 0 3; port 1 8000 8010 @1; port 1 @1" },
		{ "connect-tcp = none", "landlock 0 3" },
		{ "connect-tcp =", "landlock 0 3" },
		{ "connect-tcp = none 80",
		  "! connect-tcp: 'none' stands alone, or not at all" },
		{ "bind-tcp = none\nconnect-tcp = 80",
		  "landlock 0 3; port 2 80 80 @2" },
		{ "bind-tcp = 9-8", "! '9-8' is not PORT, A-B or none" },
		{ "bind-tcp = 65536", "! '65536' is not PORT, A-B or none" },
		{ "bind-tcp = http", "! 'http' is not PORT, A-B or none" },
		{ "scope = signals", "landlock 0 0 2" },
		{ "scope = signals abstract-sockets", "landlock 0 0 3" },
		{ "scope = pids",
		  "! 'pids' is not signals or abstract-sockets" },
		{ "scope =", "" },
		{ "forbid = /a\nhard-links = refuse", "forbid 1 '/a' @1" },
		{ "forbid = /etc/shadow\nforbid = -/x",
		  "forbid '/etc/shadow' @1; forbid '/x' @2" },
		{ "read = /\nconnect-tcp = none\nscope = signals",
		  "landlock 65535 3 2; path 12 '/' @1" },
		{ "min-abi = 6", "" },
		{ "min-abi = 0", "! '0' is not within 1..1000" },
	};
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	(void)state;
	if (abi < 6) {
		print_message("# skipped: Landlock ABI %ld, 6 is needed\n",
			      abi);
		skip();
	}
	RUN(landlock, tests);
	{
		const struct unit_case young[] = {
			{ "min-abi = 1000",
			  "! min-abi needs Landlock ABI 1000, "
			  "and this kernel has 7" },
		};

		if (abi == 7)
			RUN(landlock, young);
	}
}

/* ---- the keys, as the contract has them ---- */

static const struct {
	const struct cordon_module *module;
	const char *key;
	uint32_t merge;
	const char *value; /* the default, where it is a word of the table */
} keys[] = {
	{ MODULE(env), "keep", CORDON_AND, NULL },
	{ MODULE(env), "drop", CORDON_OR, NULL },
	{ MODULE(env), "set", CORDON_EQUAL, NULL },
	{ MODULE(env), "login", CORDON_OR, "no" },
	{ MODULE(user), "user", CORDON_EQUAL, NULL },
	{ MODULE(user), "group", CORDON_EQUAL, NULL },
	{ MODULE(user), "groups", CORDON_AND, NULL },
	{ MODULE(user), "keep-groups", CORDON_AND, NULL },
	{ MODULE(user), "pool", CORDON_EQUAL, NULL },
	{ MODULE(restart), "limit", CORDON_MIN, NULL },
	{ MODULE(restart), "on", CORDON_STRICTER, "signal" },
	{ MODULE(restart), "codes", CORDON_EQUAL, NULL },
	{ MODULE(restart), "backoff", CORDON_MAX, "1s" },
	{ MODULE(restart), "backoff-max", CORDON_MAX, "1min" },
	{ MODULE(rlimits), "as", CORDON_MIN, NULL },
	{ MODULE(rlimits), "core", CORDON_MIN, NULL },
	{ MODULE(rlimits), "cpu", CORDON_MIN, NULL },
	{ MODULE(rlimits), "data", CORDON_MIN, NULL },
	{ MODULE(rlimits), "fsize", CORDON_MIN, NULL },
	{ MODULE(rlimits), "locks", CORDON_MIN, NULL },
	{ MODULE(rlimits), "memlock", CORDON_MIN, NULL },
	{ MODULE(rlimits), "msgqueue", CORDON_MIN, NULL },
	{ MODULE(rlimits), "nice", CORDON_MIN, NULL },
	{ MODULE(rlimits), "nofile", CORDON_MIN, NULL },
	{ MODULE(rlimits), "nproc", CORDON_MIN, NULL },
	{ MODULE(rlimits), "rss", CORDON_MIN, NULL },
	{ MODULE(rlimits), "rtprio", CORDON_MIN, NULL },
	{ MODULE(rlimits), "rttime", CORDON_MIN, NULL },
	{ MODULE(rlimits), "sigpending", CORDON_MIN, NULL },
	{ MODULE(rlimits), "stack", CORDON_MIN, NULL },
	{ MODULE(namespaces), "new", CORDON_OR, NULL },
	{ MODULE(namespaces), "map", CORDON_EQUAL, "self" },
	{ MODULE(namespaces), "uid-map", CORDON_EQUAL, NULL },
	{ MODULE(namespaces), "gid-map", CORDON_EQUAL, NULL },
	{ MODULE(namespaces), "hostname", CORDON_EQUAL, NULL },
	{ MODULE(namespaces), "init", CORDON_EQUAL, "yes" },
	{ MODULE(namespaces), "loopback", CORDON_EQUAL, "yes" },
	{ MODULE(namespaces), "prepared", CORDON_EQUAL, NULL },
	{ MODULE(seccomp), "profile", CORDON_BOTH, "default" },
	{ MODULE(seccomp), "groups", CORDON_BOTH, "groups" },
	{ MODULE(seccomp), "allow", CORDON_BOTH, NULL },
	{ MODULE(seccomp), "deny", CORDON_BOTH, NULL },
	{ MODULE(seccomp), "log", CORDON_BOTH, NULL },
	{ MODULE(seccomp), "default", CORDON_STRICTER, NULL },
	{ MODULE(seccomp), "sockets", CORDON_AND, NULL },
	{ MODULE(landlock), "read", CORDON_BOTH, NULL },
	{ MODULE(landlock), "write", CORDON_BOTH, NULL },
	{ MODULE(landlock), "execute", CORDON_BOTH, NULL },
	{ MODULE(landlock), "forbid", CORDON_OR, NULL },
	{ MODULE(landlock), "connect-tcp", CORDON_BOTH, NULL },
	{ MODULE(landlock), "bind-tcp", CORDON_BOTH, NULL },
	{ MODULE(landlock), "scope", CORDON_OR, NULL },
	{ MODULE(landlock), "hard-links", CORDON_STRICTER, "ignore" },
	{ MODULE(landlock), "min-abi", CORDON_MAX, NULL },
	{ MODULE(mounts), "root", CORDON_EQUAL, "host" },
	{ MODULE(mounts), "ro", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "rw", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "own", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "device", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "tmpfs", CORDON_MIN, NULL },
	{ MODULE(mounts), "overlay", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "symlink", CORDON_EQUAL, NULL },
	{ MODULE(mounts), "noexec", CORDON_OR, NULL },
	{ MODULE(mounts), "read-only", CORDON_OR, NULL },
	{ MODULE(mounts), "proc", CORDON_STRICTER, NULL },
	{ MODULE(mounts), "dev", CORDON_STRICTER, NULL },
	{ MODULE(mounts), "hide", CORDON_OR, NULL },
	{ MODULE(mounts), "propagation", CORDON_STRICTER, "private" },
	{ MODULE(caps), "keep", CORDON_AND, NULL },
	{ MODULE(caps), "ambient", CORDON_AND, NULL },
	{ MODULE(caps), "no-new-privs", CORDON_STRICTER, "yes" },
	{ MODULE(process), "cwd", CORDON_EQUAL, NULL },
	{ MODULE(process), "cwd-fallback", CORDON_EQUAL, NULL },
	{ MODULE(process), "umask", CORDON_OR, NULL },
	{ MODULE(process), "nice", CORDON_MAX, NULL },
	{ MODULE(process), "oom-score-adj", CORDON_MAX, NULL },
	{ MODULE(process), "cpus", CORDON_AND, NULL },
	{ MODULE(process), "io-priority", CORDON_STRICTER, NULL },
	{ MODULE(process), "session", CORDON_STRICTER, "keep" },
	{ MODULE(process), "signals", CORDON_STRICTER, "reset" },
	{ MODULE(process), "keyring", CORDON_STRICTER, "auto" },
	{ MODULE(process), "forward", CORDON_EQUAL, "all" },
	{ MODULE(process), "suspend", CORDON_STRICTER, "none" },
	{ MODULE(process), "orphans", CORDON_STRICTER, "leave" },
	{ MODULE(process), "pdeath", CORDON_STRICTER, "none" },
	{ MODULE(process), "wx", CORDON_STRICTER, "allow" },
	{ MODULE(fds), "keep", CORDON_AND, NULL },
	{ MODULE(fds), "keep-from-env", CORDON_AND, NULL },
	{ MODULE(fds), "stdin", CORDON_EQUAL, "keep" },
	{ MODULE(fds), "stdout", CORDON_EQUAL, "keep" },
	{ MODULE(fds), "stderr", CORDON_EQUAL, "keep" },
	{ MODULE(record), "file", CORDON_BOTH, NULL },
	{ MODULE(record), "fd", CORDON_BOTH, NULL },
	{ MODULE(record), "syslog", CORDON_BOTH, NULL },
	{ MODULE(messages), "streams", CORDON_OR, NULL },
	{ MODULE(messages), "socket", CORDON_EQUAL, NULL },
	{ MODULE(messages), "max-bytes", CORDON_MIN, "1M" },
	{ MODULE(messages), "max-depth", CORDON_MIN, "64" },
	{ MODULE(messages), "forbid-keys", CORDON_OR, NULL },
	{ MODULE(messages), "require", CORDON_OR, NULL },
	{ MODULE(messages), "empty-lines", CORDON_STRICTER, "refuse" },
	{ MODULE(messages), "violation", CORDON_BOTH, "end" },
	{ MODULE(redact), "environment", CORDON_OR, NULL },
	{ MODULE(redact), "file", CORDON_OR, NULL },
	{ MODULE(redact), "forms", CORDON_OR, NULL },
	{ MODULE(redact), "streams", CORDON_OR, "stdout stderr" },
	{ MODULE(redact), "replacement", CORDON_EQUAL, "***" },
	{ MODULE(redact), "minimum", CORDON_MIN, "4" },
	{ MODULE(secret), "file", CORDON_EQUAL, NULL },
	{ MODULE(secret), "descriptor", CORDON_EQUAL, NULL },
	{ MODULE(slots), "folder", CORDON_BOTH, NULL },
	{ MODULE(slots), "count", CORDON_BOTH, NULL },
	{ MODULE(slots), "wait", CORDON_BOTH, "0" },
	{ MODULE(threads), "allow", CORDON_AND, NULL },
	{ MODULE(threads), "deny", CORDON_OR, NULL },
	{ MODULE(paths), "arguments", CORDON_OR, "all" },
	{ MODULE(paths), "under", CORDON_BOTH, NULL },
	{ MODULE(paths), "forbid", CORDON_BOTH, NULL },
	{ MODULE(paths), "symlinks", CORDON_STRICTER, "follow" },
	{ MODULE(paths), "cwd", CORDON_BOTH, NULL },
	{ MODULE(scripts), "allow", CORDON_AND, NULL },
	{ MODULE(scripts), "sha256", CORDON_BOTH, NULL },
	{ MODULE(scripts), "manifest", CORDON_BOTH, NULL },
	{ MODULE(scripts), "owner", CORDON_AND, "root" },
	{ MODULE(scripts), "interpreters", CORDON_OR,
	  "sh bash dash python3 perl node ruby php env busybox" },
	{ MODULE(scripts), "inline", CORDON_STRICTER, "refuse" },
	{ MODULE(scripts), "modules", CORDON_AND, NULL },
	{ MODULE(scripts), "unsafe-path", CORDON_STRICTER, "refuse" },
	{ MODULE(deny), "message", CORDON_BOTH, "this stack runs no jobs" },
	{ MODULE(permit), "message", CORDON_BOTH, NULL },
	{ MODULE(timeout), "wall", CORDON_MIN, NULL },
	{ MODULE(timeout), "cpu", CORDON_MIN, NULL },
	{ MODULE(timeout), "idle", CORDON_MIN, NULL },
	{ MODULE(timeout), "startup", CORDON_MIN, NULL },
	{ MODULE(timeout), "signal", CORDON_EQUAL, "TERM" },
	{ MODULE(timeout), "grace", CORDON_MIN, "5s" },
};

/* In the order of the tables, so that a missing key and one too many show. */
static void test_keys(void **state)
{
	size_t at = 0;

	(void)state;
	while (at < CORDON_COUNT(keys)) {
		const struct cordon_module *module = keys[at].module;

		for (size_t i = 0; i < module->n_options; i++, at++) {
			const struct cordon_option *option =
				&module->options[i];

			print_message("# %s: %s\n", module->summary,
				      option->key);
			assert_true(at < CORDON_COUNT(keys));
			assert_ptr_equal(keys[at].module, module);
			assert_string_equal(option->key, keys[at].key);
			assert_int_equal(option->merge, keys[at].merge);
			if (keys[at].value)
				assert_string_equal(option->value,
						    keys[at].value);
			else
				assert_null(option->value);
			assert_non_null(option->help);
			assert_null(strchr(option->help, '\n'));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_env),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_rlimits),
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_mounts),
		cmocka_unit_test(test_landlock),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_process),
		cmocka_unit_test(test_fds),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_secret),
		cmocka_unit_test(test_decide),
		cmocka_unit_test(test_timeout),
	};

	return cmocka_run_group_tests_name("modules", tests, NULL, NULL) != 0;
}
