/* SPDX-License-Identifier: MIT */
/*
 * Golden plans: what sections ask for, in every order of asking, and the plan
 * that it comes to, or the refusal.
 *
 * Planning is pure, so nothing here needs a privilege; those that the test was
 * started with are given up, for the plan depends on them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/stack.h"
#include "core/step.h"

#define ASKS_MAX 6

/* ---- how a section asks ---- */

struct ask {
	const char *section; /* NULL: no more */
	uint32_t line;	     /* of t.ini */
	uint32_t kind;
	struct cordon_step is;
};

#define ASK(section, line, ...)                                                \
	{                                                                      \
		section, line, CORDON_CONFINE,                                 \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define ASK_AS(kind, section, line, ...)                                       \
	{                                                                      \
		section, line, CORDON_##kind,                                  \
		{                                                              \
			__VA_ARGS__                                            \
		}                                                              \
	}
#define NUMBERS(name, ...) .type = CORDON_STEP_##name, .number = { __VA_ARGS__ }
#define TEXTS(name, ...) .type = CORDON_STEP_##name, .text = { __VA_ARGS__ }
#define WORDS(name, ...)                                                       \
	.type = CORDON_STEP_##name,                                            \
	.word = (const char *const[]){ __VA_ARGS__ },                          \
	.n_words = CORDON_COUNT(((const char *const[]){ __VA_ARGS__ }))
#define LIST(name, mode, ...) WORDS(name, __VA_ARGS__), .number = { mode }
#define DATA(name, first, type_of, ...)                                        \
	.type = CORDON_STEP_##name, .number = { first },                       \
	.data = (const type_of[]){ __VA_ARGS__ },                              \
	.size = sizeof((const type_of[]){ __VA_ARGS__ })
#define CALL(...)                                                              \
	.type = CORDON_STEP_CALL, .text = { "it" },                            \
	.data = &(const struct cordon_call){ __VA_ARGS__ },                    \
	.size = sizeof(struct cordon_call)
#define MOUNT(kind, target, source, size, mode, flags)                         \
	.type = CORDON_STEP_MOUNT, .text = { target, source },                 \
	.number = { CORDON_MOUNT_##kind, size, mode, flags }

#define UNLIMITED (-1)
#define ABSENT CORDON_FLAG_MAY_BE_ABSENT

/* ---- who is asked ---- */

enum who { ROOT, USER };

#define USER_ID 54321 /* of nobody, so that passwd says nothing of it */

static const uint32_t groups_of_root[] = { 0, 4, 5, 20 };
static const uint32_t groups_of_user[] = { USER_ID };
static const char *const environ_of_both[] = { "A=1", "B=2", "LC_ALL=C",
					       "PATH=/bin", NULL };
static char *argv_of_both[] = { (char *)"/bin/true", NULL };

static const struct cordon_job jobs[] = {
	[ROOT] = { .cwd = "/here",
		   .argv = argv_of_both,
		   .program = "/bin/true",
		   .environ = environ_of_both,
		   .program_fd = -1,
		   .is_root = 1,
		   .groups = groups_of_root,
		   .n_groups = CORDON_COUNT(groups_of_root) },
	[USER] = { .cwd = "/here",
		   .argv = argv_of_both,
		   .program = "/bin/true",
		   .environ = environ_of_both,
		   .program_fd = -1,
		   .uid = USER_ID,
		   .gid = USER_ID,
		   .groups = groups_of_user,
		   .n_groups = CORDON_COUNT(groups_of_user) },
};

static struct place_in_file places[64]; /* number N is t.ini:N */

static void make_stack(struct stack *stack)
{
	for (unsigned i = 1; i < CORDON_COUNT(places); i++)
		places[i] = (struct place_in_file){ "t.ini", i };
	*stack = (struct stack){ .name = "t",
				 .asked = "t",
				 .parent_where = 1,
				 .exit_timeout = EXIT_TIMEOUT,
				 .places = places,
				 .n_places = CORDON_COUNT(places) };
}

/* ---- a plan as text ---- */

/* `about` names the row whose lines are wanted; NULL: all, with who asked. */
static const char *print_plan(struct arena *arena, const struct plan *plan,
			      const char *about)
{
	const char *text = "";

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		if (about && strcmp(step->row->name, about))
			continue;
		text = arena_printf(arena, "%s%s", text,
				    plan_print_step(arena, step));
		text = about ? arena_printf(arena, "%s\n", text)
			     : arena_printf(
				       arena, "%s  %s\n", text,
				       plan_print_origin(arena, plan, step));
	}
	for (size_t i = 0;
	     about && !strcmp(about, "environ") && plan->settled.environ[i];
	     i++)
		text = arena_printf(arena, "%s%s\n", text,
				    plan->settled.environ[i]);
	return text;
}

static size_t count_asks(const struct ask *asks)
{
	size_t n = 0;

	while (n < ASKS_MAX && asks[n].section)
		n++;
	return n;
}

/* The number-th order of n things. */
static void make_order(size_t n, size_t number, size_t *order)
{
	for (size_t i = 0; i < n; i++) {
		order[i] = i;
		for (size_t j = i; j > i - number % (i + 1); j--) {
			order[j] = order[j - 1];
			order[j - 1] = i;
		}
		number /= i + 1;
	}
}

static size_t count_orders(size_t n)
{
	return n < 2 ? 1 : n * count_orders(n - 1);
}

static int make_plan(struct plan *plan, struct arena *arena,
		     const struct stack *stack, enum who who,
		     const struct ask *asks, size_t number,
		     struct cordon_error *err)
{
	size_t order[ASKS_MAX];
	size_t n = count_asks(asks);

	make_order(n, number, order);
	plan_init(plan, arena, stack, &jobs[who]);
	for (size_t i = 0; i < n; i++) {
		const struct ask *ask = &asks[order[i]];

		plan_add(plan, ask->section, ask->line, ask->kind, false,
			 &ask->is);
	}
	return plan_finish(plan, err);
}

static void expect(const char *name, enum who who, const struct ask *asks,
		   const char *about, const char *want)
{
	struct stack stack;

	print_message("# %s\n", name);
	make_stack(&stack);
	for (size_t i = 0; i < count_orders(count_asks(asks)); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct plan plan;

		if (make_plan(&plan, arena, &stack, who, asks, i, &err) < 0)
			assert_string_equal(err.text, "");
		assert_string_equal(print_plan(arena, &plan, about), want);
		arena_free(arena);
	}
}

static void expect_refusal(const char *name, const struct stack *stack,
			   enum who who, const struct ask *asks,
			   enum cordon_reason reason, const char *const *texts)
{
	print_message("# %s\n", name);
	for (size_t i = 0; i < count_orders(count_asks(asks)); i++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct plan plan;

		assert_int_equal(
			make_plan(&plan, arena, stack, who, asks, i, &err), -1);
		for (const char *const *text = texts; *text; text++)
			if (!strstr(err.text, *text))
				assert_string_equal(err.text, *text);
		assert_int_equal(err.reason, reason);
		arena_free(arena);
	}
}

/* ---- whole plans ---- */

static const struct {
	const char *name;
	enum who who;
	struct ask asks[ASKS_MAX];
	const char *want;
} whole[] = {
	{ "nothing is asked, and this holds always",
	  ROOT,
	  { { 0 } },
	  "close-on-exec  [always]\n"
	  "keyring auto  [always]\n"
	  "cwd as it is  [always]\n"
	  "program  [always]\n"
	  "no-new-privs yes  [always]\n"
	  "read-back  [always]\n"
	  "process-state  [always]\n"
	  "signals reset  [always]\n"
	  "exec  [always]\n" },
	{ "another user: ids after limits, groups before gid before uid",
	  ROOT,
	  { ASK("user", 2, NUMBERS(USER, USER_ID)),
	    ASK("user", 3, NUMBERS(GROUP, 99)),
	    ASK("rlimits", 5, NUMBERS(RLIMIT, RLIMIT_NOFILE, 64, 128)),
	    ASK("rlimits", 6, NUMBERS(RLIMIT, RLIMIT_CORE, 0, 0)),
	    ASK("process", 8, NUMBERS(UMASK, 077)) },
	  "user 54321  [user] t.ini:2\n"
	  "group 99  [user] t.ini:3\n"
	  "close-on-exec  [always]\n"
	  "keyring auto  [always]\n"
	  "rlimit core 0:0  [rlimits] t.ini:6\n"
	  "rlimit nofile 64:128  [rlimits] t.ini:5\n"
	  "setgroups none  [user] t.ini:2\n"
	  "setgid 99  [user] t.ini:2\n"
	  "setuid 54321  [user] t.ini:2\n"
	  "cwd /here  [always]\n"
	  "umask 0077  [process] t.ini:8\n"
	  "program  [always]\n"
	  "no-new-privs yes  [always]\n"
	  "read-back  [always]\n"
	  "process-state  [always]\n"
	  "signals reset  [always]\n"
	  "exec  [always]\n" },
	{ "namespaces of a user's: its own map, no capability",
	  USER,
	  { ASK("namespaces", 2, NUMBERS(NAMESPACE, CLONE_NEWPID)),
	    ASK_AS(ARRANGE, "mounts", 4, MOUNT(RW, "/b/c", "/b/c", 0, 0, 0)),
	    ASK_AS(ARRANGE, "mounts", 5, MOUNT(RO, "/b", "/b", 0, 0, 0)),
	    ASK_AS(ARRANGE, "mounts", 6, TEXTS(HIDE, "/b/secret")) },
	  "close-on-exec  [always]\n"
	  "parent-death  [always]\n"
	  "keyring auto  [always]\n"
	  "namespaces user mount pid (implied: user mount)  "
	  "[namespaces] t.ini:2\n"
	  "id-map uid 54321 54321 1  [namespaces] t.ini:2\n"
	  "id-map gid 54321 54321 1  [namespaces] t.ini:2\n"
	  "mapped-id uid 54321 54321 1 gid 54321 54321 1  "
	  "[namespaces] t.ini:2\n"
	  "propagation private  [always]\n"
	  "mount-sources  [always]\n"
	  "root host  [namespaces] t.ini:2\n"
	  "mount ro /b from /b  [mounts] t.ini:5\n"
	  "mount rw /b/c from /b/c  [mounts] t.ini:4\n"
	  "proc new  [namespaces] t.ini:2\n"
	  "dev host  [namespaces] t.ini:2\n"
	  "kernel-masks  [always]\n"
	  "hide /b/secret (until replaced)  [mounts] t.ini:6\n"
	  "pivot-root  [always]\n"
	  "init-clones-job  [namespaces] t.ini:2\n"
	  "bounding-set none  [namespaces] t.ini:2\n"
	  "caps none  [namespaces] t.ini:2\n"
	  "ambient none  [namespaces] t.ini:2\n"
	  "parent-death  [always]\n"
	  "cwd /here  [always]\n"
	  "program  [always]\n"
	  "no-new-privs yes  [always]\n"
	  "read-back  [always]\n"
	  "process-state  [always]\n"
	  "signals reset  [always]\n"
	  "report-ready  [always]\n"
	  "exec  [always]\n" },
	{ "a generic call stands before the ids change",
	  ROOT,
	  { ASK("user", 2, NUMBERS(USER, USER_ID)),
	    ASK("user", 3, NUMBERS(GROUP, USER_ID)),
	    ASK("mine", 4,
		CALL(.number = SYS_personality, .word = { 0x40000 },
		     .read_number = SYS_personality,
		     .read_word = { 0xffffffff }, .expect = 0x40000)) },
	  "user 54321  [user] t.ini:2\n"
	  "group 54321  [user] t.ini:3\n"
	  "close-on-exec  [always]\n"
	  "keyring auto  [always]\n"
#ifdef __x86_64__
	  "call it syscall 135 0x40000 0 0 0 0 0, "
	  "read back by 135 = 262144  [mine] t.ini:4\n"
#else
	  "call it syscall 92 0x40000 0 0 0 0 0, "
	  "read back by 92 = 262144  [mine] t.ini:4\n"
#endif
	  "setgroups none  [user] t.ini:2\n"
	  "setgid 54321  [user] t.ini:2\n"
	  "setuid 54321  [user] t.ini:2\n"
	  "cwd /here  [always]\n"
	  "program  [always]\n"
	  "no-new-privs yes  [always]\n"
	  "read-back  [always]\n"
	  "process-state  [always]\n"
	  "signals reset  [always]\n"
	  "exec  [always]\n" },
};

static void test_whole(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(whole); i++)
		expect(whole[i].name, whole[i].who, whole[i].asks, NULL,
		       whole[i].want);
}

/* ---- merging: the lines of one row ---- */

#define CAP(name) ((int64_t)1 << CAP_##name)
#define NS_USER ASK("namespaces", 2, NUMBERS(NAMESPACE, CLONE_NEWUSER))
#define NS_MOUNT ASK("namespaces", 2, NUMBERS(NAMESPACE, CLONE_NEWNS))
#define IDS(map, ...) DATA(IDMAP, map, uint32_t, __VA_ARGS__)
#define MASK(...) DATA(CPUS, 0, uint8_t, __VA_ARGS__)
#define IO(kind, level) ((kind) << 13 | (level))

static const struct {
	const char *about;
	enum who who;
	struct ask asks[ASKS_MAX];
	const char *want;
} merged[] = {
	/* a name is told beside its number */
	{ "user",
	  ROOT,
	  { ASK("a", 2, TEXTS(USER, "x"), .number = { USER_ID }),
	    ASK("a", 3, NUMBERS(GROUP, USER_ID)) },
	  "user 54321 (x)\n" },
	/* the smaller */
	{ "rlimit",
	  USER,
	  { ASK("a", 2, NUMBERS(RLIMIT, RLIMIT_AS, 64, 128)),
	    ASK("b", 3, NUMBERS(RLIMIT, RLIMIT_AS, 32, 256)),
	    ASK("b", 4, NUMBERS(RLIMIT, RLIMIT_CPU, 60, 90)) },
	  "rlimit cpu 60:90\nrlimit as 32:128\n" },
	{ "rlimit",
	  USER,
	  { ASK("a", 2, NUMBERS(RLIMIT, RLIMIT_AS, UNLIMITED, UNLIMITED)),
	    ASK("b", 3, NUMBERS(RLIMIT, RLIMIT_AS, 5, UNLIMITED)),
	    ASK("c", 4, NUMBERS(RLIMIT, RLIMIT_AS, 7, 9)) },
	  "rlimit as 5:9\n" },
	{ "rlimit",
	  USER,
	  { ASK("a", 2, NUMBERS(RLIMIT, RLIMIT_AS, UNLIMITED, UNLIMITED)),
	    ASK("b", 3, NUMBERS(RLIMIT, RLIMIT_AS, 0, UNLIMITED)) },
	  "rlimit as 0:unlimited\n" },
	{ "mount",
	  ROOT,
	  { ASK("a", 2, MOUNT(TMPFS, "/t", NULL, 64 << 20, 01777, 0)),
	    ASK("b", 3, MOUNT(TMPFS, "/t", NULL, 1 << 20, 01777, 0)),
	    ASK("c", 4, MOUNT(TMPFS, "/t", NULL, 0, 01777, 0)) },
	  "mount tmpfs /t size 1M mode 1777\n" },
	/* bits or'ed */
	{ "umask",
	  USER,
	  { ASK("a", 2, NUMBERS(UMASK, 022)), ASK("b", 3, NUMBERS(UMASK, 07)) },
	  "umask 0027\n" },
	/* the larger, the later class of input and output */
	{ "nice",
	  USER,
	  { ASK("a", 2, NUMBERS(NICE, -5)), ASK("b", 3, NUMBERS(NICE, 3)),
	    ASK("c", 4, NUMBERS(NICE, 0)) },
	  "nice 3\n" },
	{ "oom-score-adj",
	  USER,
	  { ASK("a", 2, NUMBERS(OOM_SCORE, -1)),
	    ASK("b", 3, NUMBERS(OOM_SCORE, 500)) },
	  "oom-score-adj 500\n" },
	{ "io-priority",
	  USER,
	  { ASK("a", 2, NUMBERS(IO_PRIORITY, IO(2, 7))),
	    ASK("b", 3, NUMBERS(IO_PRIORITY, IO(3, 0))) },
	  "io-priority idle:0\n" },
	/* the intersection */
	{ "cpus",
	  USER,
	  { ASK("a", 2, MASK(0x0f)), ASK("b", 3, MASK(0x3c, 0xff)) },
	  "cpus 2 3\n" },
	{ "caps",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, CAP(CHOWN) | CAP(KILL))),
	    ASK("b", 4, NUMBERS(CAPS, CAP(KILL) | CAP(SETUID))) },
	  "caps kill\n" },
	{ "caps",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, CAP(CHOWN))),
	    ASK("b", 4, NUMBERS(CAPS, CAP(KILL))) },
	  "caps none\n" },
	{ "caps", /* number 1: a section that says nothing of 'keep' */
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, 0, 1)),
	    ASK("b", 4, NUMBERS(CAPS, CAP(KILL) | CAP(CHOWN))),
	    ASK("c", 5, NUMBERS(CAPS, 0, 1)) },
	  "caps chown kill\n" },
	{ "caps",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, 0, 1)),
	    ASK("b", 4, NUMBERS(CAPS, 0, 1)) },
	  "caps none\n" },
	{ "bounding-set",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, CAP(KILL))) },
	  "bounding-set kill\n" },
	{ "ambient", /* and never more than is kept */
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, CAP(KILL))),
	    ASK("a", 4, NUMBERS(AMBIENT, CAP(KILL) | CAP(CHOWN))),
	    ASK("b", 5, NUMBERS(AMBIENT, CAP(KILL) | CAP(SETUID))) },
	  "ambient kill\n" },
	{ "ambient",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(CAPS, CAP(KILL))),
	    ASK("b", 5, NUMBERS(AMBIENT, CAP(SETUID))) },
	  "ambient none\n" },
	{ "setgroups",
	  ROOT,
	  { ASK("a", 2, LIST(GROUPS, CORDON_GROUPS_LIST, "4", "5", "6")),
	    ASK("b", 3, LIST(GROUPS, CORDON_GROUPS_LIST, "20", "6", "5")) },
	  "setgroups 5 6\n" },
	{ "setgroups",
	  ROOT,
	  { ASK("a", 2, LIST(GROUPS, CORDON_GROUPS_LIST, "4", "99")),
	    ASK("b", 3, NUMBERS(GROUPS, CORDON_GROUPS_KEEP)) },
	  "setgroups 4\n" },
	{ "setgroups",
	  ROOT,
	  { ASK("a", 2, NUMBERS(GROUPS, CORDON_GROUPS_KEEP)),
	    ASK("b", 3, NUMBERS(GROUPS, CORDON_GROUPS_NONE)) },
	  "setgroups none\n" },
	{ "setgroups", /* of the caller's, whatever 'groups' says */
	  ROOT,
	  { ASK("a", 2, NUMBERS(GROUPS, CORDON_GROUPS_NONE)),
	    ASK("a", 3, WORDS(KEEP_GROUPS, "4-9", "100")) },
	  "setgroups 4 5\n" },
	{ "setgroups",
	  ROOT,
	  { ASK("a", 2, NUMBERS(GROUPS, CORDON_GROUPS_NONE)),
	    ASK("a", 3, WORDS(KEEP_GROUPS, "4-9")),
	    ASK("b", 4, WORDS(KEEP_GROUPS, "5-20")) },
	  "setgroups 5\n" },
	{ "setgroups", /* and of those beside what is listed */
	  ROOT,
	  { ASK("a", 2, LIST(GROUPS, CORDON_GROUPS_LIST, "99", "5")),
	    ASK("a", 3, WORDS(KEEP_GROUPS, "4", "5")) },
	  "setgroups 4 5 99\n" },
	{ "setgroups", /* as they are */
	  ROOT,
	  { ASK("a", 2, NUMBERS(GROUPS, CORDON_GROUPS_KEEP)) },
	  "" },
	{ "environ",
	  USER,
	  { ASK("a", 2, WORDS(ENV_KEEP, "A", "B")),
	    ASK("b", 3, WORDS(ENV_KEEP, "B", "LC_*")) },
	  "B=2\n" },
	{ "environ",
	  USER,
	  { ASK("a", 2, WORDS(ENV_KEEP, "A")),
	    ASK("b", 3, WORDS(ENV_KEEP, "B")) },
	  "" },
	{ "descriptors",
	  USER,
	  { ASK("a", 2, WORDS(FD_KEEP, "100", "101", "102")),
	    ASK("b", 3, WORDS(FD_KEEP, "all")),
	    ASK("c", 4, WORDS(FD_KEEP, "101", "103", "2")) },
	  "descriptors 101\n" },
	{ "descriptors",
	  USER,
	  { ASK("a", 2, WORDS(FD_KEEP, "100")),
	    ASK("b", 3, WORDS(FD_KEEP, "101")) },
	  "" },
	/* the union */
	{ "namespaces",
	  ROOT,
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWIPC)),
	    ASK("b", 3, NUMBERS(NAMESPACE, CLONE_NEWUTS | CLONE_NEWIPC)) },
	  "namespaces ipc uts\n" },
	{ "environ",
	  USER,
	  { ASK("a", 2, WORDS(ENV_DROP, "A", "PATH")),
	    ASK("b", 3, WORDS(ENV_DROP, "L*")) },
	  "B=2\n" },
	{ "hide",
	  ROOT,
	  { ASK("a", 2, TEXTS(HIDE, "/x")),
	    ASK("b", 3, TEXTS(HIDE, "/y"), .number = { 0, 0, 0, ABSENT }),
	    ASK("b", 4, TEXTS(HIDE, "/x"), .number = { 0, 0, 0, ABSENT }) },
	  "hide /x (until replaced)\nhide /y (until replaced)\n" },
	{ "noexec",
	  ROOT,
	  { ASK("a", 2, TEXTS(NOEXEC, "/x")), ASK("b", 3, TEXTS(NOEXEC, "/y")),
	    ASK("c", 4, TEXTS(NOEXEC, "/x")) },
	  "noexec /x\nnoexec /y\n" },
	{ "read-only",
	  ROOT,
	  { ASK("a", 2, TEXTS(READ_ONLY, "/x"), .number = { 0, 0, 0, ABSENT }),
	    ASK("b", 3, TEXTS(READ_ONLY, "/proc")),
	    ASK("c", 4, TEXTS(READ_ONLY, "/x")) },
	  "read-only /proc\nread-only /x\n" },
	/* the stricter */
	{ "no-new-privs",
	  USER,
	  { ASK("a", 2, NUMBERS(NO_NEW_PRIVS, 0)),
	    ASK("b", 3, NUMBERS(NO_NEW_PRIVS, 1)) },
	  "no-new-privs yes\n" },
	{ "no-new-privs",
	  USER,
	  { ASK("a", 2, NUMBERS(NO_NEW_PRIVS, 0)) },
	  "no-new-privs no\n" },
	{ "no-new-privs", /* root may use Landlock without it */
	  ROOT,
	  { ASK("a", 2, NUMBERS(NO_NEW_PRIVS, 0)),
	    ASK("a", 3, NUMBERS(LANDLOCK, 1)) },
	  "no-new-privs no\n" },
	{ "session",
	  USER,
	  { ASK("a", 2, NUMBERS(SESSION, 1)),
	    ASK("b", 3, NUMBERS(SESSION, 0)) },
	  "session new\n" },
	{ "signals",
	  USER,
	  { ASK("a", 2, NUMBERS(SIGNALS, 0)),
	    ASK("b", 3, NUMBERS(SIGNALS, 1)) },
	  "signals reset\n" },
	{ "keyring",
	  USER,
	  { ASK("a", 2, NUMBERS(KEYRING, 0)), ASK("b", 3, NUMBERS(KEYRING, 2)),
	    ASK("c", 4, NUMBERS(KEYRING, 1)) },
	  "keyring new\n" },
	{ "wx",
	  USER,
	  { ASK("a", 2, NUMBERS(WX, 1)), ASK("b", 3, NUMBERS(WX, 0)) },
	  "wx refuse\n" },
	{ "propagation",
	  ROOT,
	  { NS_MOUNT, ASK("a", 3, NUMBERS(PROPAGATION, 0)),
	    ASK("b", 4, NUMBERS(PROPAGATION, 1)) },
	  "propagation private\n" },
	{ "proc",
	  ROOT,
	  { ASK("a", 2, NUMBERS(PROC, CORDON_PROC_HOST)),
	    ASK("b", 3, NUMBERS(PROC, CORDON_PROC_NONE)),
	    ASK("c", 4, NUMBERS(PROC, CORDON_PROC_HIDEPID)) },
	  "proc none\n" },
	{ "dev",
	  ROOT,
	  { ASK("a", 2, NUMBERS(DEV, CORDON_DEV_HOST)),
	    ASK("b", 3, NUMBERS(DEV, CORDON_DEV_MINIMAL)) },
	  "dev minimal\n" },
	/* mounts by target: read-only beats writable, parents first */
	{ "mount",
	  ROOT,
	  { ASK("a", 2, MOUNT(RO, "/x", "/x", 0, 0, 0)),
	    ASK("b", 3, MOUNT(RW, "/x", "/x", 0, 0, 0)) },
	  "mount ro /x from /x\n" },
	{ "mount",
	  ROOT,
	  { ASK("a", 2, MOUNT(RW, "/x/y", "/x/y", 0, 0, 0)),
	    ASK("a", 3, MOUNT(RW, "/x", "/x", 0, 0, 0)),
	    ASK("a", 4, MOUNT(RO, "/", "/", 0, 0, 0)),
	    ASK("a", 5, MOUNT(RW, "/x-y", "/x-y", 0, 0, 0)) },
	  "mount ro / from /\nmount rw /x from /x\n"
	  "mount rw /x-y from /x-y\nmount rw /x/y from /x/y\n" },
	{ "mount", /* both must allow its absence */
	  ROOT,
	  { ASK("a", 2, MOUNT(RW, "/x", "/x", 0, 0, ABSENT)),
	    ASK("b", 3, MOUNT(RW, "/x", "/x", 0, 0, 0)) },
	  "mount rw /x from /x\n" },
	{ "mount", /* the caller's own folder gives way to a private one */
	  ROOT,
	  { ASK("a", 2, MOUNT(RW, "/x", "/x", 0, 0, ABSENT)),
	    ASK("b", 3, MOUNT(TMPFS, "/x", NULL, 1 << 20, 01777, 0)) },
	  "mount tmpfs /x size 1M mode 1777\n" },
	{ "secret-file", /* both must allow its absence */
	  USER,
	  { ASK("a", 2, TEXTS(SECRET_FILE, "A", "/x"),
		.number = { 0, 0, 0, ABSENT }),
	    ASK("b", 3, TEXTS(SECRET_FILE, "A", "/x")),
	    ASK("b", 4, TEXTS(SECRET_FILE, "B", "/x"),
		.number = { 0, 0, 0, ABSENT }) },
	  "secret-file A from /x\nsecret-file B from /x (may be absent)\n" },
	{ "secret-descriptor",
	  USER,
	  { ASK("a", 2, TEXTS(SECRET_FD, "A", "B"),
		.number = { CORDON_SECRET_VARIABLE }),
	    ASK("b", 3, TEXTS(SECRET_FD, "A", "B"),
		.number = { CORDON_SECRET_VARIABLE }) },
	  "secret-descriptor A from the caller's variable B\n" },
	{ "environ", /* what holds it goes, what says where it is comes */
	  USER,
	  { ASK("a", 2, TEXTS(SECRET_FD, "FD", "B"),
		.number = { CORDON_SECRET_VARIABLE }),
	    ASK("a", 3, WORDS(ENV_KEEP, "A", "B")),
	    ASK("b", 4, TEXTS(SECRET_FD, "A", "/x")) },
	  "A=(chosen at start)\nFD=(chosen at start)\n" },
	/* equal */
	{ "hostname",
	  ROOT,
	  { ASK("a", 2, TEXTS(HOSTNAME, "box")),
	    ASK("b", 3, TEXTS(HOSTNAME, "box")) },
	  "hostname box\n" },
	{ "environ",
	  USER,
	  { ASK("a", 2, WORDS(ENV_DROP, "*")),
	    ASK("a", 3, TEXTS(ENV_SET, "B", "set")),
	    ASK("b", 4, TEXTS(ENV_SET, "B", "set")),
	    ASK("b", 5, TEXTS(ENV_SET, "A", "")) },
	  "A=\nB=set\n" },
	{ "loopback",
	  ROOT,
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWNET)),
	    ASK("a", 3, NUMBERS(LOOPBACK, 0)),
	    ASK("b", 4, NUMBERS(LOOPBACK, 0)) },
	  "loopback no\n" },
	/* maps */
	{ "id-map",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(MAP, CORDON_MAP_ROOT)) },
	  "id-map uid 0 54321 1\nid-map gid 0 54321 1\n" },
	{ "id-map",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(MAP, CORDON_MAP_NOBODY)) },
	  "id-map uid 65534 54321 1\nid-map gid 65534 54321 1\n" },
	{ "setuid", /* what it is inside */
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, 99)),
	    ASK("a", 5, NUMBERS(MAP, CORDON_MAP_ROOT)) },
	  "setuid 0\n" },
	{ "id-map",
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, 99)),
	    ASK("a", 5, IDS(0, 0, 54000, 1000)),
	    ASK("a", 6, IDS(1, 0, 99, 1, 1, 54000, 10)) },
	  "id-map uid 0 54000 1000\nid-map gid 0 99 1 1 54000 10\n" },
	{ "setuid",
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, 99)),
	    ASK("a", 5, IDS(0, 0, 54000, 1000)),
	    ASK("a", 6, IDS(1, 0, 99, 1)) },
	  "setuid 321\n" },
	{ "id-map", /* root where it is written */
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, 0)),
	    ASK("a", 4, NUMBERS(GROUP, 0)),
	    ASK("a", 5, NUMBERS(GROUPS, CORDON_GROUPS_NONE)) },
	  "id-map uid 0 0 1\nid-map gid 0 0 1\n" },
};

static void test_merge(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(merged); i++)
		expect(merged[i].about, merged[i].who, merged[i].asks,
		       merged[i].about, merged[i].want);
}

/* ---- what is implied ---- */

static const struct {
	const char *name;
	struct ask asks[ASKS_MAX];
	const char *root, *user;
} implied[] = {
	{ "nothing", { { 0 } }, "", "" },
	{ "root",
	  { ASK("a", 2, NUMBERS(ROOT, CORDON_ROOT_EMPTY)) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "mount",
	  { ASK("a", 2, MOUNT(RO, "/", "/", 0, 0, 0)) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "noexec",
	  { ASK("a", 2, TEXTS(NOEXEC, "/")) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "hide",
	  { ASK("a", 2, TEXTS(HIDE, "/x")) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "proc",
	  { ASK("a", 2, NUMBERS(PROC, CORDON_PROC_HIDEPID)) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "dev",
	  { ASK("a", 2, NUMBERS(DEV, CORDON_DEV_MINIMAL)) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "propagation",
	  { ASK("a", 2, NUMBERS(PROPAGATION, 0)) },
	  "namespaces mount (implied: mount)\n",
	  "namespaces user mount (implied: user mount)\n" },
	{ "hostname",
	  { ASK("a", 2, TEXTS(HOSTNAME, "box")) },
	  "namespaces uts (implied: uts)\n",
	  "namespaces user uts (implied: user uts)\n" },
	{ "pid: a /proc of its own",
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWPID)) },
	  "namespaces mount pid (implied: mount)\n",
	  "namespaces user mount pid (implied: user mount)\n" },
	{ "ipc: nothing",
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWIPC)) },
	  "namespaces ipc\n",
	  "namespaces user ipc (implied: user)\n" },
	{ "two that imply the same",
	  { ASK("a", 2, TEXTS(HIDE, "/x")), ASK("b", 3, TEXTS(HIDE, "/y")),
	    ASK("c", 4, TEXTS(HOSTNAME, "box")) },
	  "namespaces mount uts (implied: mount uts)\n",
	  "namespaces user mount uts (implied: user mount uts)\n" },
};

static void test_implied(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(implied); i++) {
		expect(implied[i].name, ROOT, implied[i].asks, "namespaces",
		       implied[i].root);
		expect(implied[i].name, USER, implied[i].asks, "namespaces",
		       implied[i].user);
	}
}

/* ---- contradictions: both sections are named, with file and line ---- */

static const struct {
	const char *name;
	struct ask asks[3];
} contradicting[] = {
	{ "hostname",
	  { ASK("a", 2, TEXTS(HOSTNAME, "x")),
	    ASK("b", 3, TEXTS(HOSTNAME, "y")) } },
	{ "user",
	  { ASK("a", 2, NUMBERS(USER, 1)), ASK("b", 3, NUMBERS(USER, 2)) } },
	{ "group",
	  { ASK("a", 2, NUMBERS(GROUP, 1)), ASK("b", 3, NUMBERS(GROUP, 2)) } },
	{ "cwd",
	  { ASK("a", 2, TEXTS(CWD, "/x")), ASK("b", 3, TEXTS(CWD, "/y")) } },
	{ "cwd-fallback",
	  { ASK("a", 2, TEXTS(CWD_FALLBACK, "/x")),
	    ASK("b", 3, TEXTS(CWD_FALLBACK, "/y")) } },
	{ "root",
	  { ASK("a", 2, NUMBERS(ROOT, CORDON_ROOT_HOST)),
	    ASK("b", 3, NUMBERS(ROOT, CORDON_ROOT_EMPTY)) } },
	{ "root",
	  { ASK("a", 2, TEXTS(ROOT, "/x"), .number = { CORDON_ROOT_DIR }),
	    ASK("b", 3, TEXTS(ROOT, "/y"), .number = { CORDON_ROOT_DIR }) } },
	{ "env-set",
	  { ASK("a", 2, TEXTS(ENV_SET, "N", "x")),
	    ASK("b", 3, TEXTS(ENV_SET, "N", "y")) } },
	{ "env-set",
	  { ASK("a", 2, TEXTS(ENV_SET, "N", "")),
	    ASK("b", 3, TEXTS(ENV_SET, "N", "y")) } },
	{ "map",
	  { ASK("a", 2, NUMBERS(MAP, CORDON_MAP_ROOT)),
	    ASK("b", 3, NUMBERS(MAP, CORDON_MAP_SELF)) } },
	{ "id-map",
	  { ASK("a", 2, IDS(0, 0, 1000, 1)),
	    ASK("b", 3, IDS(0, 0, 1000, 2)) } },
	{ "init",
	  { ASK("a", 2, NUMBERS(INIT, 0)), ASK("b", 3, NUMBERS(INIT, 1)) } },
	{ "loopback",
	  { ASK("a", 2, NUMBERS(LOOPBACK, 0)),
	    ASK("b", 3, NUMBERS(LOOPBACK, 1)) } },
	{ "forward",
	  { ASK("a", 2, NUMBERS(FORWARD, 0)),
	    ASK("b", 3, NUMBERS(FORWARD, 1)) } },
	{ "prepared",
	  { ASK("a", 2, TEXTS(PREPARED, "x")),
	    ASK("b", 3, TEXTS(PREPARED, "y")) } },
	{ "pool",
	  { ASK("a", 2, NUMBERS(POOL, 9000, 9001)),
	    ASK("b", 3, NUMBERS(POOL, 9000, 9002)) } },
	{ "stdio",
	  { ASK("a", 2, NUMBERS(STDIO, 0, CORDON_STDIO_KEEP)),
	    ASK("b", 3, NUMBERS(STDIO, 0, CORDON_STDIO_NULL)) } },
	{ "stdio",
	  { ASK("a", 2, TEXTS(STDIO, "/x"), .number = { 1, CORDON_STDIO_PATH }),
	    ASK("b", 3, TEXTS(STDIO, "/y"),
		.number = { 1, CORDON_STDIO_PATH }) } },
	{ "call",
	  { ASK("a", 2, CALL(.number = SYS_personality, .read_number = -1)),
	    ASK("b", 3,
		CALL(.number = SYS_personality, .word = { 1 },
		     .read_number = -1)) } },
	{ "mount: two sources",
	  { ASK("a", 2, MOUNT(RO, "/x", "/y", 0, 0, 0)),
	    ASK("b", 3, MOUNT(RO, "/x", "/z", 0, 0, 0)) } },
	{ "mount: writable and id-mapped",
	  { ASK("a", 2, MOUNT(RW, "/x", "/x", 0, 0, 0)),
	    ASK("b", 3, MOUNT(OWN, "/x", "/x", 0, 0, 0)) } },
	{ "mount: files and devices",
	  { ASK("a", 2, MOUNT(RO, "/x", "/x", 0, 0, 0)),
	    ASK("b", 3, MOUNT(DEVICE, "/x", "/x", 0, 0, 0)) } },
	{ "mount: memory and files",
	  { ASK("a", 2, MOUNT(RO, "/x", "/x", 0, 0, 0)),
	    ASK("b", 3, MOUNT(TMPFS, "/x", NULL, 0, 01777, 0)) } },
	{ "mount: two modes",
	  { ASK("a", 2, MOUNT(TMPFS, "/x", NULL, 0, 0755, 0)),
	    ASK("b", 3, MOUNT(TMPFS, "/x", NULL, 0, 01777, 0)) } },
	{ "cgroup",
	  { ASK("a", 2, TEXTS(CGROUP_PARENT, "/x"), .number = { 1 }),
	    ASK("b", 3, TEXTS(CGROUP_PARENT, "/y"), .number = { 1 }) } },
	{ "cgroup: the caller's own and another",
	  { ASK("a", 2, NUMBERS(CGROUP_PARENT, 1)),
	    ASK("b", 3, TEXTS(CGROUP_PARENT, "/y"), .number = { 1 }) } },
	/* words count too, whether the row has a use for them or not */
	{ "cwd",
	  { ASK("a", 2, WORDS(CWD, "y"), .text = { "/x" }),
	    ASK("b", 3, WORDS(CWD, "z"), .text = { "/x" }) } },
	{ "cwd",
	  { ASK("a", 2, TEXTS(CWD, "/x")),
	    ASK("b", 3, WORDS(CWD, "z"), .text = { "/x" }) } },
	{ "mount: two links",
	  { ASK("a", 2, MOUNT(SYMLINK, "/x", "y", 0, 0, 0)),
	    ASK("b", 3, MOUNT(SYMLINK, "/x", "z", 0, 0, 0)) } },
};

static void test_contradictions(void **state)
{
	static const char *const texts[] = { "contradicts", "t.ini:2: [a]",
					     "t.ini:3: [b]", NULL };
	struct stack stack;

	make_stack(&stack);
	for (size_t i = 0; i < CORDON_COUNT(contradicting); i++)
		expect_refusal(contradicting[i].name, &stack, ROOT,
			       contradicting[i].asks, CORDON_FAILED, texts);
}

/* ---- what is refused ---- */

#define FAILED CORDON_FAILED
#define UNSUPPORTED CORDON_UNSUPPORTED
#define OTHER_KIND "its module is of another kind"
#define OWNED "is the core's own"

static const struct {
	const char *name;
	enum who who;
	struct ask asks[ASKS_MAX];
	enum cordon_reason reason;
	const char *texts[4];
} refused[] = {
	{ "a decide module changes nothing",
	  ROOT,
	  { ASK_AS(DECIDE, "paths", 2, NUMBERS(UMASK, 0)) },
	  FAILED,
	  { "t.ini:2: [paths]", "may not ask for 'umask'", OTHER_KIND } },
	{ "an observe module changes nothing",
	  ROOT,
	  { ASK_AS(OBSERVE, "record", 2, MOUNT(RO, "/", "/", 0, 0, 0)) },
	  FAILED,
	  { "t.ini:2: [record]", "may not ask for 'mount'", OTHER_KIND } },
	{ "the core's own step",
	  ROOT,
	  { ASK("mine", 2, .type = CORE_SETUID) },
	  FAILED,
	  { "t.ini:2: [mine]", "may not ask for 'setuid'" } },
	{ "the core's own step, by an arrange module",
	  ROOT,
	  { ASK_AS(ARRANGE, "mine", 2, .type = CORE_EXEC) },
	  FAILED,
	  { "t.ini:2: [mine]", "may not ask for 'exec'" } },
	{ "a step of a later cordon",
	  ROOT,
	  { ASK("mine", 2, .type = 999) },
	  FAILED,
	  { "t.ini:2: [mine]", "step 999", "does not know" } },
	{ "a step of nothing",
	  ROOT,
	  { ASK("mine", 2, .type = 0) },
	  FAILED,
	  { "t.ini:2: [mine]", "step 0" } },
	/* the generic step */
	{ "call: setuid",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_setuid, .read_number = -1)) },
	  FAILED,
	  { "t.ini:2: [mine]", OWNED } },
	{ "call: mount",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_mount, .read_number = -1)) },
	  FAILED,
	  { "t.ini:2: [mine]", OWNED } },
	{ "call: execve",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_execve, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: seccomp",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_seccomp, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: clone3",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_clone3, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: close_range",
	  ROOT,
	  { ASK("mine", 2,
		CALL(.number = SYS_close_range, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: prctl",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = SYS_prctl, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: a number below all",
	  ROOT,
	  { ASK("mine", 2, CALL(.number = -1, .read_number = -1)) },
	  FAILED,
	  { OWNED } },
	{ "call: an owned one to read back",
	  ROOT,
	  { ASK("mine", 2,
		CALL(.number = SYS_personality, .read_number = SYS_setuid)) },
	  FAILED,
	  { "cannot be used to read back" } },
	{ "call: of another size",
	  ROOT,
	  { ASK("mine", 2, .type = CORDON_STEP_CALL, .text = { "it" },
		.data = "abc", .size = 3) },
	  FAILED,
	  { "another size" } },
	{ "call: without a name",
	  ROOT,
	  { ASK("mine", 2, DATA(CALL, 0, uint8_t, 1, 2, 3)) },
	  FAILED,
	  { "t.ini:2: [mine] the step 'call' lacks a text" } },
	{ "call: an owned one beyond 32 bits",
	  ROOT,
	  { ASK("mine", 2,
		CALL(.number = (int64_t)1 << 32 | SYS_setuid,
		     .read_number = -1)) },
	  FAILED,
	  { "is the core's own" } },
	{ "words that are not there",
	  ROOT,
	  { ASK("mine", 2, .type = CORDON_STEP_ENV_KEEP, .n_words = 3) },
	  FAILED,
	  { "the step 'env-keep' counts what is not there" } },
	{ "a variable without a name",
	  ROOT,
	  { ASK("mine", 2, .type = CORDON_STEP_ENV_SET,
		.text = { "", "x" }) },
	  FAILED,
	  { "'' is not a variable's name" } },
	{ "a pool with root in it",
	  ROOT,
	  { ASK("mine", 2, NUMBERS(POOL, 0, 5)) },
	  FAILED,
	  { "no such range of uids" } },
	/* numbers that mean nothing */
	{ "rlimit: soft above hard",
	  ROOT,
	  { ASK("rlimits", 2, NUMBERS(RLIMIT, RLIMIT_NOFILE, 128, 64)) },
	  FAILED,
	  { "t.ini:2: [rlimits]", "soft limit of nofile is above" } },
	{ "rlimit: unlimited above a number",
	  ROOT,
	  { ASK("rlimits", 2, NUMBERS(RLIMIT, RLIMIT_NOFILE, UNLIMITED, 64)) },
	  FAILED,
	  { "t.ini:2: [rlimits]", "soft limit of nofile is above" } },
	{ "rlimit: no such",
	  ROOT,
	  { ASK("rlimits", 2, NUMBERS(RLIMIT, RLIM_NLIMITS, 1, 1)) },
	  FAILED,
	  { "is no resource limit" } },
	{ "umask beyond 0777",
	  ROOT,
	  { ASK("process", 2, NUMBERS(UMASK, 01000)) },
	  FAILED,
	  { "t.ini:2: [process]", "out of range" } },
	{ "uid -1",
	  ROOT,
	  { ASK("user", 2, NUMBERS(USER, UINT32_MAX)) },
	  FAILED,
	  { "t.ini:2: [user]", "out of range" } },
	{ "no such namespace",
	  ROOT,
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_VM)) },
	  FAILED,
	  { "no such namespace" } },
	{ "a relative target",
	  ROOT,
	  { ASK("a", 2, MOUNT(RO, "x", "/x", 0, 0, 0)) },
	  FAILED,
	  { "is not an absolute path" } },
	{ "a relative cwd",
	  ROOT,
	  { ASK("a", 2, TEXTS(CWD, "x")) },
	  FAILED,
	  { "t.ini:2: [a]", "'x' is not an absolute path" } },
	{ "a cwd that climbs",
	  ROOT,
	  { ASK("a", 2, TEXTS(CWD, "/x/../y")) },
	  FAILED,
	  { "t.ini:2: [a]", "holds '..'" } },
	{ "pin: an argument before the first",
	  ROOT,
	  { ASK_AS(DECIDE, "a", 2, TEXTS(PIN, "/x", "/x"), .number = { -2 }) },
	  FAILED,
	  { "t.ini:2: [a]", "no such pin" } },
	{ "pin: a flag that is none",
	  ROOT,
	  { ASK_AS(DECIDE, "a", 2, TEXTS(PIN, "/x", "/x"),
		   .number = { 0, 0, 0, 1 << 30 }) },
	  FAILED,
	  { "no such pin" } },
	{ "timeout: no such kind",
	  ROOT,
	  { ASK("a", 2, NUMBERS(TIMEOUT, 99, 1)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such limit of time" } },
	{ "timeout: none",
	  ROOT,
	  { ASK("a", 2, NUMBERS(TIMEOUT, CORDON_TIMEOUT_WALL, 0)) },
	  FAILED,
	  { "no such limit of time" } },
	{ "startup: no time",
	  ROOT,
	  { ASK("a", 2, TEXTS(STARTUP, "/x")) },
	  FAILED,
	  { "t.ini:2: [a]", "no such limit of time" } },
	{ "signal: none of this number",
	  ROOT,
	  { ASK("a", 2, NUMBERS(TIMEOUT_SIGNAL, 999)) },
	  FAILED,
	  { "t.ini:2: [a]", "999 is no signal" } },
	{ "grace: less than no time",
	  ROOT,
	  { ASK("a", 2, NUMBERS(GRACE, -1)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such time" } },
	{ "mount: no such kind",
	  ROOT,
	  { ASK("a", 2, TEXTS(MOUNT, "/x", "/x"), .number = { 99 }) },
	  FAILED,
	  { "t.ini:2: [a]", "no such kind of mount" } },
	{ "mount: of nothing",
	  ROOT,
	  { ASK("a", 2, MOUNT(RO, "/x", NULL, 0, 0, 0)) },
	  FAILED,
	  { "t.ini:2: [a]", "the mount lacks a source" } },
	{ "cgroup: no such limit",
	  ROOT,
	  { ASK("a", 2, NUMBERS(CGROUP, 99, 1)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such limit of a cgroup" } },
	{ "tmp-dir: no name",
	  ROOT,
	  { ASK("a", 2, TEXTS(TMP_DIR, "A=B")) },
	  FAILED,
	  { "t.ini:2: [a]", "'A=B' is not a variable's name" } },
	{ "secret: no such source",
	  ROOT,
	  { ASK("a", 2, TEXTS(SECRET_FD, "A", "/x"), .number = { 2 }) },
	  FAILED,
	  { "t.ini:2: [a]", "no such source of a secret" } },
	{ "secret: no name",
	  ROOT,
	  { ASK("a", 2, TEXTS(SECRET_FILE, "A/B", "/x")) },
	  FAILED,
	  { "t.ini:2: [a]", "'A/B' is not a variable's name" } },
	{ "secret: of two",
	  ROOT,
	  { ASK("a", 2, TEXTS(SECRET_FILE, "A", "/x")),
	    ASK("b", 3, TEXTS(SECRET_FILE, "A", "/y")) },
	  FAILED,
	  { "t.ini:2: [a]", "t.ini:3: [b]", "contradicts" } },
	{ "secret: in two ways",
	  ROOT,
	  { ASK("a", 2, TEXTS(SECRET_FILE, "A", "/x")),
	    ASK("b", 3, TEXTS(SECRET_FD, "A", "/x")) },
	  FAILED,
	  { "t.ini:2: [a]", "t.ini:3: [b]", "contradicts" } },
	{ "stdio: a fourth",
	  ROOT,
	  { ASK("a", 2, NUMBERS(STDIO, 3, CORDON_STDIO_NULL)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such descriptor" } },
	{ "record: a relative file",
	  ROOT,
	  { ASK_AS(OBSERVE, "a", 2, TEXTS(RECORD, "x"),
		   .number = { CORDON_RECORD_FILE }) },
	  FAILED,
	  { "t.ini:2: [a]", "is not an absolute path" } },
	{ "record: a folder",
	  ROOT,
	  { ASK_AS(OBSERVE, "a", 2, TEXTS(RECORD, "/"),
		   .number = { CORDON_RECORD_FILE }) },
	  FAILED,
	  { "the record has no such target" } },
	{ "record: no descriptor",
	  ROOT,
	  { ASK_AS(OBSERVE, "a", 2, NUMBERS(RECORD, CORDON_RECORD_FD, -1)) },
	  FAILED,
	  { "the record has no such target" } },
	{ "record: the kernel's facility",
	  ROOT,
	  { ASK_AS(OBSERVE, "a", 2, TEXTS(RECORD, "kern"),
		   .number = { CORDON_RECORD_SYSLOG }) },
	  FAILED,
	  { "the record has no such target" } },
	{ "landlock: rights that are none",
	  ROOT,
	  { ASK("a", 2, NUMBERS(LANDLOCK, 1 << 16)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such Landlock rights" } },
	{ "landlock: without no-new-privs",
	  USER,
	  { ASK("a", 2, NUMBERS(NO_NEW_PRIVS, 0)),
	    ASK("a", 3, NUMBERS(LANDLOCK, 1)) },
	  FAILED,
	  { "t.ini:3: [a]", "Landlock needs no-new-privs" } },
	{ "landlock: a port beyond the last",
	  ROOT,
	  { ASK("a", 2, NUMBERS(LANDLOCK_PORT, 1, 5, 65536)) },
	  FAILED,
	  { "t.ini:2: [a]", "no such range of ports" } },
	/* ids and maps */
	{ "another user without root",
	  USER,
	  { ASK("user", 2, NUMBERS(USER, 54322)),
	    ASK("user", 3, NUMBERS(GROUP, USER_ID)) },
	  UNSUPPORTED,
	  { "t.ini:2: [user]", "another user" } },
	{ "another group without root",
	  USER,
	  { ASK("user", 2, NUMBERS(GROUP, 99)) },
	  UNSUPPORTED,
	  { "t.ini:2: [user]", "another group" } },
	{ "other groups without root",
	  USER,
	  { ASK("user", 2, NUMBERS(GROUPS, CORDON_GROUPS_NONE)) },
	  UNSUPPORTED,
	  { "t.ini:2: [user]", "only root can change the groups" } },
	{ "groups: no such name",
	  ROOT,
	  { ASK("user", 2, LIST(GROUPS, CORDON_GROUPS_LIST, "no-such-group")) },
	  FAILED,
	  { "t.ini:2: [user]", "no group 'no-such-group'" } },
	{ "groups: own, of nobody",
	  ROOT,
	  { ASK("user", 2, NUMBERS(USER, USER_ID)),
	    ASK("user", 3, NUMBERS(GROUP, 99)),
	    ASK("user", 4, NUMBERS(GROUPS, CORDON_GROUPS_OWN)) },
	  FAILED,
	  { "t.ini:4: [user]", "needs a user with an entry in passwd" } },
	{ "a number without group",
	  ROOT,
	  { ASK("user", 2, NUMBERS(USER, USER_ID)) },
	  FAILED,
	  { "t.ini:2: [user]", "no entry in passwd" } },
	{ "a map of nothing",
	  ROOT,
	  { ASK("a", 2, NUMBERS(MAP, CORDON_MAP_ROOT)) },
	  FAILED,
	  { "t.ini:2: [a]", "needs 'new = user'" } },
	{ "two ways to map",
	  USER,
	  { NS_USER, ASK("a", 3, NUMBERS(MAP, CORDON_MAP_ROOT)),
	    ASK("b", 4, IDS(0, 0, USER_ID, 1)),
	    ASK("b", 5, IDS(1, 0, USER_ID, 1)) },
	  FAILED,
	  { ": [b]", "take the place of 'map'" } },
	{ "root's user namespace without a user",
	  ROOT,
	  { NS_USER },
	  FAILED,
	  { "t.ini:2: [namespaces]", "needs a [user]" } },
	{ "host uid 0 in a range",
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, USER_ID)),
	    ASK("a", 5, IDS(0, 0, 0, 65536)),
	    ASK("a", 6, IDS(1, 0, 0, 65536)) },
	  FAILED,
	  { ": [a]", "host uid 0", "'user = root'" } },
	{ "host uid 0 beside the user",
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, USER_ID)),
	    ASK("a", 5, IDS(0, 0, 0, 1, 1, USER_ID, 1)),
	    ASK("a", 6, IDS(1, 0, USER_ID, 1)) },
	  FAILED,
	  { ": [a]", "host uid 0" } },
	{ "a map that leaves out the user",
	  ROOT,
	  { NS_USER, ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("a", 4, NUMBERS(GROUP, USER_ID)),
	    ASK("a", 5, IDS(0, 0, 1000, 10)),
	    ASK("a", 6, IDS(1, 0, USER_ID, 1)) },
	  FAILED,
	  { "t.ini:5: [a]", "leaves out the job's own user" } },
	{ "a map that leaves out the group",
	  USER,
	  { NS_USER, ASK("a", 3, IDS(0, 0, USER_ID, 1)),
	    ASK("a", 4, IDS(1, 0, 1, 1)) },
	  FAILED,
	  { "t.ini:4: [a]", "leaves out the job's own group" } },
	{ "a pool and a user",
	  ROOT,
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWPID)),
	    ASK("a", 3, NUMBERS(USER, USER_ID)),
	    ASK("b", 4, NUMBERS(POOL, 9000, 9009)) },
	  FAILED,
	  { "t.ini:4: [b]", "exclude each other" } },
	{ "a pool whose job may outlive its lock",
	  ROOT,
	  { ASK("b", 4, NUMBERS(POOL, 9000, 9009)) },
	  FAILED,
	  { "t.ini:4: [b]", "needs 'new = pid'" } },
	{ "a pool without root",
	  USER,
	  { ASK("a", 2, NUMBERS(NAMESPACE, CLONE_NEWPID)),
	    ASK("b", 4, NUMBERS(POOL, 9000, 9009)) },
	  UNSUPPORTED,
	  { "t.ini:4: [b]", "root" } },
	/* the rest */
	{ "login without an entry",
	  USER,
	  { ASK("env", 2, NUMBERS(ENV_LOGIN, 1)) },
	  FAILED,
	  { "t.ini:2: [env]", "an entry in passwd" } },
	{ "prepared",
	  ROOT,
	  { ASK("a", 2, TEXTS(PREPARED, "x")) },
	  UNSUPPORTED,
	  { "t.ini:2: [a]", "not in this version" } },
};

static void test_refused(void **state)
{
	struct stack stack;

	make_stack(&stack);
	for (size_t i = 0; i < CORDON_COUNT(refused); i++)
		expect_refusal(refused[i].name, &stack, refused[i].who,
			       refused[i].asks, refused[i].reason,
			       refused[i].texts);
}

static void test_names(void **state)
{
	struct arena *arena = arena_new();

	assert_string_equal(names_caps(arena, ~(uint64_t)0), "all");
	assert_string_equal(names_caps(arena, 0), "none");
	assert_false(names_is_owned_call(SYS_prctl, PR_SET_IO_FLUSHER));
	assert_true(names_is_owned_call(SYS_prctl, PR_SET_SECCOMP));
	assert_false(names_is_owned_call(SYS_personality, 0));
	arena_free(arena);
}

/* ---- who waits ---- */

static const struct {
	const char *name;
	enum who who;
	struct ask asks[ASKS_MAX];
	const char *reason; /* NULL: nobody need wait */
	bool beside;	    /* or a helper beside the job */
} parents[] = {
	{ "nothing", ROOT, { { 0 } }, NULL, false },
	{ "mounts", USER, { ASK("m", 2, MOUNT(RO, "/", "/", 0, 0, 0)) }, NULL,
	  false },
	{ "ipc",
	  USER,
	  { ASK("n", 2, NUMBERS(NAMESPACE, CLONE_NEWIPC)) },
	  NULL, false },
	{ "pid",
	  USER,
	  { ASK("n", 2, NUMBERS(NAMESPACE, CLONE_NEWPID)) },
	  "t.ini:2: [n]: a pid namespace begins with a child", false },
	{ "pid, of two sections",
	  ROOT,
	  { ASK("n", 2, NUMBERS(NAMESPACE, CLONE_NEWPID | CLONE_NEWIPC)),
	    ASK("p", 3, NUMBERS(RLIMIT, RLIMIT_CORE, 0, 0)) },
	  "t.ini:2: [n]: a pid namespace begins with a child", false },
	{ "time",
	  USER,
	  { ASK("n", 2, NUMBERS(NAMESPACE, 0x80)) },
	  "t.ini:2: [n]: a time namespace begins with a child", false },
	{ "a limit of time",
	  USER,
	  { ASK("n", 2, NUMBERS(TIMEOUT, CORDON_TIMEOUT_WALL, 1000000000)) },
	  "t.ini:2: [n]: somebody must look at the clock", true },
	{ "a folder of its own",
	  USER,
	  { ASK("n", 2, .type = CORDON_STEP_TMP_DIR, .number = { -1 },
		.text = { "TMPDIR" }) },
	  "t.ini:2: [n]: its folder is removed at the end", true },
	{ "root's maps: a helper writes them and ends",
	  ROOT,
	  { ASK("n", 2, NUMBERS(NAMESPACE, CLONE_NEWUSER)),
	    ASK("u", 3, NUMBERS(USER, USER_ID)),
	    ASK("u", 4, NUMBERS(GROUP, USER_ID)) },
	  NULL, false },
};

static void expect_parent(const struct ask *asks, enum who who,
			  enum parent parent, const char *want)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	struct stack stack;
	struct plan plan;

	make_stack(&stack);
	stack.parent = parent;
	if (make_plan(&plan, arena, &stack, who, asks, 0, &err) < 0)
		assert_string_equal(err.text, "");
	assert_int_equal(plan.settled.has_parent,
			 want != NULL && parent != PARENT_BESIDE);
	assert_int_equal(plan.settled.has_helper,
			 want != NULL && parent == PARENT_BESIDE);
	if (want)
		assert_string_equal(plan.settled.parent_reason, want);
	arena_free(arena);
}

/* With a caller who waits for the job itself some settings mean nothing. */
static void test_beside(void **state)
{
	const struct ask limit[ASKS_MAX] = { ASK(
		"n", 2, NUMBERS(TIMEOUT, CORDON_TIMEOUT_WALL, 1000000000)) };
	const char *texts[] = { "t.ini:1: parent = beside contradicts", NULL,
				NULL };
	struct stack stack;

	(void)state;
	for (int i = 0; i < 3; i++) {
		static const char *const keys[] = { "signal-exit = code",
						    "exit-timeout",
						    "report = ends" };

		make_stack(&stack);
		stack.parent = PARENT_BESIDE;
		stack.exit_timeout = i == 1 ? 99 : EXIT_TIMEOUT;
		stack.signal_exit_is_code = i == 0;
		stack.report_ends = i == 2;
		texts[1] = keys[i];
		expect_refusal(keys[i], &stack, USER, limit, CORDON_FAILED,
			       texts);
	}
	/* Where nothing asks for a helper nothing is told differently. */
	make_stack(&stack);
	expect_parent((struct ask[ASKS_MAX]){ { 0 } }, USER, PARENT_BESIDE,
		      NULL);
}

static void test_parent(void **state)
{
	struct stack stack;

	make_stack(&stack);
	stack.parent = PARENT_NEVER;
	for (size_t i = 0; i < CORDON_COUNT(parents); i++) {
		const char *why = parents[i].reason;
		const char *texts[] = {
			"t.ini:1: parent = never contradicts t.ini:2: [n]",
			why ? strrchr(why, ':') + 2 : NULL, NULL
		};

		const char *beside[] = {
			"t.ini:1: parent = beside contradicts t.ini:2: [n]",
			texts[1], NULL
		};

		print_message("# %s\n", parents[i].name);
		if (why && !parents[i].beside) {
			stack.parent = PARENT_BESIDE;
			expect_refusal(parents[i].name, &stack, parents[i].who,
				       parents[i].asks, CORDON_FAILED, beside);
			stack.parent = PARENT_NEVER;
		} else {
			expect_parent(parents[i].asks, parents[i].who,
				      PARENT_BESIDE, why);
		}
		expect_parent(parents[i].asks, parents[i].who, PARENT_AUTO,
			      why);
		expect_parent(parents[i].asks, parents[i].who, PARENT_ALWAYS,
			      why ? why : "t.ini:1: parent = always");
		if (why)
			expect_refusal(parents[i].name, &stack, parents[i].who,
				       parents[i].asks, CORDON_FAILED, texts);
		else
			expect_parent(parents[i].asks, parents[i].who,
				      PARENT_NEVER, NULL);
	}
}

/* ---- the table ---- */

static void test_rows(void **state)
{
	for (size_t i = 0; i < step_n_rows; i++) {
		const struct row *row = &step_rows[i];

		print_message("# %s\n", row->name);
		assert_ptr_equal(step_row(row->type), row);
		/* a module can ask for exactly what module.h has */
		assert_int_equal(row->type < CORDON_STEP_CORE, row->kinds != 0);
		/* who says yes or no asks for what keeps it true, or for less
		 * where it says no; who looks on for a record alone, and nobody
		 * else for that */
		assert_int_equal(!!(row->kinds & KIND(DECIDE)),
				 row->type == CORDON_STEP_PIN ||
					 row->type == CORDON_STEP_ENV_SET ||
					 row->type == CORDON_STEP_FORBID ||
					 row->type == CORDON_STEP_SECCOMP);
		assert_int_equal(row->kinds & KIND(OBSERVE),
				 row->type == CORDON_STEP_RECORD ? row->kinds
								 : 0);
	}
}

/* ---- what the test itself is given ---- */

static int set_up(void **state)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3,
						   0 };
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

	for (int fd = 100; fd < 102; fd++)
		if (dup2(STDERR_FILENO, fd) < 0)
			return -1;
	return (int)syscall(SYS_capset, &header, none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_implied),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_parent),
		cmocka_unit_test(test_rows),
	};

	return cmocka_run_group_tests_name("plan", tests, set_up, NULL) != 0;
}
