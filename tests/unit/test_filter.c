/* SPDX-License-Identifier: MIT */
/* I39 to I43: profiles to tables, tables to a program, and what it answers. */
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
#include <limits.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if HAVE_LIBSECCOMP
#include <seccomp.h>
#endif

#include <cordon/module.h>

#include "core/arena.h"
#include "core/filter.h"
#include "core/option.h"

#define ALLOW SECCOMP_RET_ALLOW
#define LOG SECCOMP_RET_LOG
#define KILL SECCOMP_RET_KILL_PROCESS
#define ERR(code) (SECCOMP_RET_ERRNO | (uint32_t)(code))
#define NOBODY 2000 /* no call has that number */

extern const struct cordon_module seccomp_LTX_cordon_module;

static char scratch[PATH_MAX];

static const struct {
	const char *name;
	int number;
} names[] = {
#include "modules/seccomp_calls.h"
};

/* ---- from words to a table, by the module itself ---- */

struct capture {
	struct cordon_plan plan;
	struct arena *arena;
	const struct cordon_filter *filter;
	int n;
};

static void take(struct cordon_plan *plan, const struct cordon_step *step)
{
	struct capture *capture = (struct capture *)plan;

	assert_int_equal(step->type, CORDON_STEP_SECCOMP);
	capture->filter = (const struct cordon_filter *)(const void *)arena_copy(
		capture->arena, step->data, step->size);
	capture->n++;
}

static void write_profile(const char *text)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/seccomp/t", scratch);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* KEY=VALUE lines; NULL: err says why not. */
static const struct cordon_filter *plan(struct arena *arena, const char *lines,
					struct cordon_error *err)
{
	const char *dirs[] = { scratch, CORDON_SRCDIR "/conf.d" };
	const struct trust trust = { .uids = { (uint32_t)geteuid() },
				     .n = 1,
				     .bases = { scratch, CORDON_SRCDIR } };
	const struct stack_request request = { .dirs = dirs,
					       .n_dirs = 2,
					       .n_admin_dirs = 2,
					       .trust = &trust,
					       .user_trust = &trust };
	struct place_in_file places[16] = { { "", 0 } };
	struct setting settings[16];
	const struct stack stack = { .name = "t",
				     .request = &request,
				     .places = places,
				     .n_places = 16 };
	struct section section = { .name = "seccomp", .settings = settings };
	struct capture capture = { .plan = { .size = sizeof(capture.plan),
					     .add = take },
				   .arena = arena };
	void *self;

	for (size_t size; *lines; lines += size + (lines[size] == '\n')) {
		const char *equals = strchr(lines, '=');

		size = strcspn(lines, "\n");
		places[section.n_settings + 1] = (struct place_in_file){
			"t.ini", (unsigned)section.n_settings + 2
		};
		settings[section.n_settings] = (struct setting){
			.key = arena_copy(arena, lines,
					  (size_t)(equals - lines)),
			.raw = arena_copy(arena, equals + 1,
					  (size_t)(lines + size - equals) - 1),
			.where = (uint32_t)section.n_settings + 1,
		};
		section.n_settings++;
	}
	if (option_parse(arena, &stack, &section, &seccomp_LTX_cordon_module,
			 &self, err) < 0)
		return NULL;
	if (seccomp_LTX_cordon_module.plan(self, &capture.plan, err) < 0) {
		if (capture.plan.where)
			stack_blame(&stack, capture.plan.where, "seccomp",
				    NULL, err);
		return NULL;
	}
	assert_int_equal(capture.n, 1);
	return capture.filter;
}

static uint32_t number_of(const char *name)
{
	for (size_t i = 0; i < CORDON_COUNT(names); i++)
		if (!strcmp(names[i].name, name))
			return (uint32_t)names[i].number;
	return NOBODY;
}

/* Judged, generated and checked; the program's answers are the tables'. */
static struct filter_program program_of(struct arena *arena,
					const struct cordon_filter *const *f,
					size_t n)
{
	struct filter_program program;
	struct cordon_error err = { 0 };

	for (size_t i = 0; i < n; i++) {
		const struct cordon_step step = {
			.data = f[i],
			.size = sizeof(*f[i]) +
				f[i]->n_rules *
					sizeof(struct cordon_filter_rule),
		};

		if (filter_judge(&step, &err) < 0)
			fail_msg("%s", err.text);
	}
	if (filter_generate(arena, f, n, &program, &err) < 0 ||
	    filter_check(&program, f, n, &err) < 0)
		fail_msg("%s", err.text);
	return program;
}

static uint32_t answer(const struct filter_program *program, uint32_t number,
		       uint64_t a, uint64_t b)
{
	const struct seccomp_data data = { .nr = (int)number,
					   .arch = FILTER_ARCH,
					   .args = { a, b, 0, 0, 0, 0 } };

	return filter_run(program, &data);
}

/* ---- what the shipped profiles say ---- */

#define UP ((uint64_t)1 << 32) /* what the kernel does not read of an int */

static const struct {
	const char *lines, *call;
	uint64_t a, b;
	uint32_t want;
} answers[] = {
	{ "", "read", 0, 0, ALLOW },
	{ "", "openat2", 0, 0, ALLOW },
	{ "", "clone", 0x3d0f00, 0, ALLOW }, /* a thread of glibc */
	{ "", "clone", 0x1200011, 0, ALLOW }, /* fork */
	{ "", "clone", 0x10000011, 0, ERR(EPERM) },
	{ "", "clone", 0x10000011 | UP, 0, ERR(EPERM) },
	{ "", "clone", 0x02000000, 0, ERR(EPERM) },
	{ "", "clone", 0x00020000, 0, ERR(EPERM) },
	{ "", "clone3", 0, 0, ERR(ENOSYS) },
	{ "", "unshare", 0x10000000, 0, ERR(EPERM) },
	{ "", "setns", 3, 0, ERR(EPERM) },
	{ "", "ioctl", 0, 0x5401, ALLOW },
	{ "", "ioctl", 0, 0x5412, ERR(EPERM) },
	{ "", "ioctl", 0, 0x5412 | UP, ERR(EPERM) },
	{ "", "ioctl", 0, 0x541c | 255 * UP, ERR(EPERM) },
	{ "", "personality", 0, 0, ALLOW },
	{ "", "personality", 8, 0, ALLOW },
	{ "", "personality", 0xffffffff, 0, ALLOW },
	{ "", "personality", 0x0400000, 0, ERR(EPERM) },
	{ "", "personality", 0x0040000 | UP, 0, ERR(EPERM) },
	{ "", "socket", 1, 0, ALLOW },
	{ "", "socket", 2, 0, ALLOW },
	{ "", "socket", 10 | UP, 0, ALLOW },
	{ "", "socket", 16, 0, ERR(EPERM) },
	{ "", "socket", 17 | UP, 0, ERR(EPERM) },
	{ "", "socket", 38, 0, ERR(EPERM) },
	{ "", "socketpair", 40, 0, ERR(EPERM) },
	{ "", "io_uring_setup", 0, 0, ERR(EPERM) },
	{ "", "io_uring_enter", 0, 0, ERR(EPERM) },
	{ "", "io_uring_register", 0, 0, ERR(EPERM) },
	{ "", "userfaultfd", 0, 0, ERR(EPERM) },
	{ "", "bpf", 0, 0, ERR(EPERM) },
	{ "", "perf_event_open", 0, 0, ERR(EPERM) },
	{ "", "keyctl", 0, 0, ERR(EPERM) },
	{ "", "add_key", 0, 0, ERR(EPERM) },
	{ "", "request_key", 0, 0, ERR(EPERM) },
	{ "", "kexec_load", 0, 0, ERR(EPERM) },
	{ "", "kexec_file_load", 0, 0, ERR(EPERM) },
	{ "", "init_module", 0, 0, ERR(EPERM) },
	{ "", "finit_module", 0, 0, ERR(EPERM) },
	{ "", "delete_module", 0, 0, ERR(EPERM) },
	{ "", "open_by_handle_at", 0, 0, ERR(EPERM) },
	{ "", "mount", 0, 0, ERR(EPERM) },
	{ "", "move_mount", 0, 0, ERR(EPERM) },
	{ "", "open_tree_attr", 0, 0, ERR(EPERM) },
	{ "", "pivot_root", 0, 0, ERR(EPERM) },
	{ "", "ptrace", 0, 0, ERR(EPERM) },
	{ "", "seccomp", 0, 0, ALLOW },
	{ "", NULL, 0, 0, ERR(ENOSYS) },
	/* what the section says */
	{ "default=errno:213", "ptrace", 0, 0, ERR(213) },
	{ "default=errno:213", "clone", 0x10000000, 0, ERR(213) },
	{ "default=errno:213", "socket", 40, 0, ERR(213) },
	{ "default=errno:213", "clone3", 0, 0, ERR(ENOSYS) },
	{ "default=errno:213", NULL, 0, 0, ERR(ENOSYS) },
	{ "default=errno:ENOENT", "bpf", 0, 0, ERR(ENOENT) },
	{ "default=kill", "bpf", 0, 0, KILL },
	{ "default=kill", NULL, 0, 0, ERR(ENOSYS) },
	{ "default=log", "bpf", 0, 0, LOG },
	{ "default=log", "unshare", 0, 0, ERR(EPERM) },
	{ "default=allow", "bpf", 0, 0, ALLOW },
	{ "default=allow", "keyctl", 0, 0, ERR(EPERM) },
	{ "default=allow", "clone3", 0, 0, ERR(ENOSYS) },
	{ "default=allow", "socket", 40, 0, ERR(EPERM) },
	{ "default=allow", NULL, 0, 0, ALLOW },
	{ "allow=ptrace", "ptrace", 0, 0, ALLOW },
	{ "allow=clone", "clone", 0x10000000, 0, ALLOW },
	{ "allow=clone", "clone3", 0, 0, ERR(ENOSYS) },
	{ "allow=clone3", "clone3", 0, 0, ALLOW },
	{ "allow=@process", "clone", 0x10000000, 0, ERR(EPERM) },
	{ "allow=@process", "clone3", 0, 0, ERR(ENOSYS) },
	{ "allow=@process", "setns", 0, 0, ALLOW },
	{ "allow=@keyring", "keyctl", 0, 0, ALLOW },
	{ "deny=read", "read", 0, 0, ERR(EPERM) },
	{ "deny=@file-system\nallow=open", "open", 0, 0, ERR(EPERM) },
	{ "deny=clone3", "clone3", 0, 0, ERR(ENOSYS) },
	{ "log=openat", "openat", 0, 0, LOG },
	{ "log=openat\nallow=openat", "openat", 0, 0, LOG },
	{ "log=openat\ndeny=openat", "openat", 0, 0, ERR(EPERM) },
	{ "log=socket", "socket", 1, 0, LOG },
	{ "log=socket", "socket", 40, 0, ERR(EPERM) },
	{ "sockets=unix netlink", "socket", 16, 0, ALLOW },
	{ "sockets=unix netlink", "socket", 2, 0, ERR(EPERM) },
	{ "sockets=", "socket", 1, 0, ERR(EPERM) },
	{ "allow=socket\nsockets=vsock", "socket", 40, 0, ALLOW },
	{ "allow=vm86 osf_nothing_of_that", "read", 0, 0, 0 },
	/* the other profiles */
	{ "profile=no-network", "socket", 1, 0, ALLOW },
	{ "profile=no-network", "socket", 2, 0, ERR(EPERM) },
	{ "profile=no-network", "socket", 10 | UP, 0, ERR(EPERM) },
	{ "profile=no-network", "ptrace", 0, 0, ERR(EPERM) },
	{ "profile=no-exec", "execve", 0, 0, ERR(EPERM) },
	{ "profile=no-exec", "execve", FILTER_ONCE_PATH, FILTER_ONCE_ARGV,
	  ALLOW },
	{ "profile=no-exec", "execve", FILTER_ONCE_PATH, 0, ERR(EPERM) },
	{ "profile=no-exec", "execve", FILTER_ONCE_PATH | UP << 15,
	  FILTER_ONCE_ARGV, ERR(EPERM) },
	{ "profile=no-exec", "execveat", 0, 0, ERR(EPERM) },
	{ "profile=no-exec", "clone", 0x1200011, 0, ALLOW },
	{ "profile=no-exec\ndefault=kill", "execve", 0, 0, KILL },
	{ "profile=no-threads", "clone", 0x3d0f00, 0, ERR(EAGAIN) },
	{ "profile=no-threads", "clone", 0x3d0f00 | UP, 0, ERR(EAGAIN) },
	{ "profile=no-threads", "clone", 0x1200011, 0, ALLOW },
	{ "profile=strict", "clone", 0x1200011, 0, ERR(EPERM) },
	{ "profile=strict", "socket", 1, 0, ERR(EPERM) },
	{ "profile=strict", "kill", 0, 0, ERR(EPERM) },
	{ "profile=strict", "openat", 0, 0, ALLOW },
	{ "profile=strict", "prctl", 15 | UP, 0, ALLOW },
	{ "profile=strict", "prctl", 38, 0, ERR(EPERM) },
};

static void test_answers(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(answers); i++) {
		struct arena *arena = arena_new();
		const char *call = answers[i].call;
		const struct cordon_filter *filter;
		struct filter_program program;
		struct cordon_error err = { 0 };

		print_message("# %s: %s %#llx %#llx\n", answers[i].lines,
			      call ? call : "(unknown)",
			      (unsigned long long)answers[i].a,
			      (unsigned long long)answers[i].b);
		filter = plan(arena, answers[i].lines, &err);
		if (answers[i].want == 0) {
			assert_null(filter);
		} else if (!call || number_of(call) != NOBODY) {
			if (!filter)
				fail_msg("%s", err.text);
			program = program_of(arena, &filter, 1);
			assert_int_equal(
				answer(&program,
				       call ? number_of(call)
					    : filter->highest + 7,
				       answers[i].a, answers[i].b),
				answers[i].want);
			assert_true(program.n < 200);
		}
		arena_free(arena);
	}
}

/* ---- what a profile may say ---- */

static const struct {
	const char *text, *lines;
	const char *call; /* NULL: an error, which holds `want_text` */
	uint64_t a, b;
	uint32_t want;
	const char *want_text;
} profiles[] = {
	{ "allow read\n", "", "read", 0, 0, ALLOW, NULL },
	{ "allow read\n", "", "write", 0, 0, ERR(EPERM), NULL },
	{ "allow read\n\twrite # a comment\n  pread64\n", "", "write", 0, 0,
	  ALLOW, NULL },
	{ "deny read\nallow read\n", "", "read", 0, 0, ERR(EPERM), NULL },
	{ "errno:EIO read\ndeny @basic-io\n", "", "read", 0, 0, ERR(EIO), NULL },
	{ "deny @basic-io\nerrno:5 read\n", "", "read", 0, 0, ERR(5), NULL },
	{ "default kill\nallow read\n", "", "write", 0, 0, KILL, NULL },
	{ "default allow\ndeny read\n", "", "read", 0, 0, ERR(EPERM), NULL },
	{ "default allow\ndeny read\n", "", "write", 0, 0, ALLOW, NULL },
	{ "log read\n", "", "read", 0, 0, LOG, NULL },
	{ "allow read if 0 == 3\n", "", "read", 3 | UP, 0, ALLOW, NULL },
	{ "allow read if 0 == 3\n", "", "read", 4, 0, ERR(EPERM), NULL },
	{ "allow read if 0 & 0xffffffffffffffff == 3\n", "", "read", 3 | UP, 0,
	  ERR(EPERM), NULL },
	{ "allow read if 0 & 0xf00000000 == 0x100000000\n", "", "read", 7 | UP,
	  0, ALLOW, NULL },
	{ "allow read if 0 == 3 and 1 != 0\n", "", "read", 3, 0, ERR(EPERM),
	  NULL },
	{ "allow read if 0 == 3 and 1 != 0\n", "", "read", 3, 9, ALLOW, NULL },
	{ "allow read if 0 == 3\nallow read if 0 == 5\n", "", "read", 5, 0,
	  ALLOW, NULL },
	{ "allow read\ndeny read if 0 == 3\n", "allow=read", "read", 3, 0,
	  ALLOW, NULL },
	{ "allow read\ndeny read if 0 == 3\n", "allow=@basic-io", "read", 3, 0,
	  ERR(EPERM), NULL },
	{ "highest 430\nallow @system-service\n", "", "openat2", 0, 0,
	  ERR(ENOSYS), NULL },
	{ "sockets\nallow @network-io\n", "", "socket", 1, 0, ERR(EPERM), NULL },
	{ "allow vm86 s390_sthyi read\n", "", "read", 0, 0, ALLOW, NULL },
	/* and may not */
	{ "allow reed\n", "", NULL, 0, 0, 0,
	  "/t:1: 'reed' is no system call (did you mean 'read'?)" },
	{ "\n\nallow read no_such_call\n", "", NULL, 0, 0, 0,
	  "/t:3: 'no_such_call' is no system call" },
	{ "deny s390_sthyi\n", "", NULL, 0, 0, 0,
	  "/t:1: 's390_sthyi' cannot be denied: this processor has no such "
	  "system call" },
	{ "allow @nobody\n", "", NULL, 0, 0, 0, "/t:1: no group '@nobody'" },
	{ "alow read\n", "", NULL, 0, 0, 0, "/t:1: 'alow' begins no line" },
	{ " allow read\n", "", NULL, 0, 0, 0, "/t:1: 'allow' goes on with" },
	{ "allow\n", "", NULL, 0, 0, 0, "names no system call" },
	{ "default errno:NO\n", "", NULL, 0, 0, 0, "/t:1: not a default" },
	{ "default errno:4096\n", "", NULL, 0, 0, 0, "/t:1: not a default" },
	{ "default errno:0\n", "", NULL, 0, 0, 0, "/t:1: not a default" },
	{ "default kill\ndefault kill\n", "", NULL, 0, 0, 0,
	  "/t:2: a second default" },
	{ "once read\n", "", NULL, 0, 0, 0, "once is for execve alone" },
	{ "sockets unix martian\n", "", NULL, 0, 0, 0,
	  "/t:1: 'martian' is no family" },
	{ "allow read if 6 == 0\n", "", NULL, 0, 0, 0, "/t:1: not a test" },
	{ "allow read if 0 = 0\n", "", NULL, 0, 0, 0, "/t:1: not a test" },
	{ "allow read if 0 == 0 or 1 == 0\n", "", NULL, 0, 0, 0,
	  "/t:1: not a test" },
	{ "allow read if 0 == 0 and 1 == 0 and 2 == 0\n", "", NULL, 0, 0, 0,
	  "/t:1: not a test" },
	{ "allow read if 0 & 0 == 0\n", "", NULL, 0, 0, 0, "/t:1: not a test" },
	{ "allow read if 0 & 0xf == 0x10\n", "", NULL, 0, 0, 0,
	  "/t:1: '0x10' has bits that the mask leaves out" },
	{ "allow read if 0 == 0x1ffffffff\n", "", NULL, 0, 0, 0,
	  "/t:1: '0x1ffffffff' has bits" },
	{ "allow @basic-io if 0 == 0\n", "", NULL, 0, 0, 0, "cannot be tested" },
	{ "highest 99999\n", "", NULL, 0, 0, 0, "/t:1: not a number of a call" },
	{ "highest 430\nallow openat2\n", "", NULL, 0, 0, 0,
	  "/t:2: 'openat2' is above the highest call (430)" },
	{ "highest 430\nallow openat2 if 0 == 0\n", "", NULL, 0, 0, 0,
	  "/t:2: 'openat2' is above the highest call (430)" },
	{ "errno:EIO read\nerrno:EPERM read\n", "", NULL, 0, 0, 0,
	  "/t:2: 'read' has another error already" },
	{ "allow re\001ad\n", "", NULL, 0, 0, 0,
	  "/t:1: holds a control character" },
	/* the section */
	{ "allow read\n", "allow=reed", NULL, 0, 0, 0,
	  "t.ini:3: [seccomp] allow: 'reed' is no system call (did you mean "
	  "'read'?)" },
	{ "allow read\n", "deny=s390_sthyi", NULL, 0, 0, 0,
	  "t.ini:3: [seccomp] deny: 's390_sthyi' cannot be denied" },
	{ "allow read\n", "allow=write\ndeny=@file-system write", NULL, 0, 0,
	  0, "t.ini:4: [seccomp] deny: 'write' is allowed and denied" },
	{ "allow read\n", "default=errno:EVIL", NULL, 0, 0, 0,
	  "t.ini:3: [seccomp] default: 'errno:EVIL' is not errno:NAME" },
	{ "allow read\n", "sockets=unix", NULL, 0, 0, 0,
	  "t.ini:3: [seccomp] sockets: socket(2) itself is not allowed" },
	{ "allow read\n", "sockets=martian", NULL, 0, 0, 0,
	  "t.ini:3: [seccomp] sockets: 'martian' is no family" },
	{ "allow read\n", "groups=default", NULL, 0, 0, 0,
	  "/seccomp/default:8: 'default' begins no group" },
};

static void test_profiles(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(profiles); i++) {
		struct arena *arena = arena_new();
		const struct cordon_filter *filter;
		struct filter_program program;
		struct cordon_error err = { 0 };
		char lines[256];

		print_message("# %s with %s\n", profiles[i].text,
			      profiles[i].lines);
		write_profile(profiles[i].text);
		snprintf(lines, sizeof(lines), "profile=t\n%s",
			 profiles[i].lines);
		filter = plan(arena, lines, &err);
		if (profiles[i].call) {
			if (!filter)
				fail_msg("%s", err.text);
			program = program_of(arena, &filter, 1);
			assert_int_equal(answer(&program,
						number_of(profiles[i].call),
						profiles[i].a, profiles[i].b),
					 profiles[i].want);
		} else {
			assert_null(filter);
			if (!strstr(err.text, profiles[i].want_text))
				fail_msg("%s", err.text);
		}
		arena_free(arena);
	}
}

/* ---- the lists are whole ---- */

static void test_names(void **state)
{
	char *text, *word;
	size_t size = 0;
	FILE *file = fopen(CORDON_SRCDIR "/conf.d/seccomp/groups", "r");

	assert_non_null(file);
	text = calloc(1, 65536);
	assert_non_null(text);
	size = fread(text + 1, 1, 65534, file);
	fclose(file);
	assert_in_range(size, 1000, 65000);
	for (size_t i = 1; i <= size; i++)
		if (text[i] == '\t' || text[i] == '\n')
			text[i] = ' ';
	text[0] = ' ';
	for (size_t i = 0; i < CORDON_COUNT(names); i++) {
		char padded[80];

		snprintf(padded, sizeof(padded), " %s ", names[i].name);
		word = strstr(text, padded);
		if (!word)
			fail_msg("'%s' is in no group", names[i].name);
		/* Said once. */
		if (i > 0)
			assert_true(strcmp(names[i - 1].name, names[i].name) <
				    0);
	}
	free(text);
	assert_int_equal(number_of("read"), SYS_read);
	assert_int_equal(number_of("execve"), SYS_execve);
	assert_int_equal(number_of("clone3"), 435);
	assert_int_equal(number_of("mseal"), 462);
	assert_int_equal(number_of("file_setattr"), 469);
}

/* ---- random tables ---- */

static uint64_t seed = 88172645463325252u;

static uint32_t pick(uint32_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 20) % below;
}

static uint64_t pick_mask(void)
{
	static const uint64_t masks[] = { 0xffffffff, UINT64_MAX, 1,
					  0x7e020000, 0xf0, 0xff00000000,
					  0x8000000080000000 };

	return masks[pick(CORDON_COUNT(masks))];
}

static uint64_t pick_value(void)
{
	static const uint64_t values[] = { 0, 1, 2, 0x5412, 0xffffffff, UP,
					   0x10000000, UINT64_MAX };

	return values[pick(CORDON_COUNT(values))];
}

static uint32_t pick_action(void)
{
	static const uint32_t actions[] = { ALLOW, ERR(1), ERR(38), ERR(213),
					    KILL,  LOG };

	return actions[pick(CORDON_COUNT(actions))];
}

struct table {
	struct cordon_filter filter;
	struct cordon_filter_rule rules[600];
};

static void add_rule(struct table *table, uint32_t number, uint32_t action,
		     uint32_t n_tests)
{
	struct cordon_filter_rule *rule =
		&table->rules[table->filter.n_rules++];

	*rule = (struct cordon_filter_rule){
		number, number, action, n_tests, { { 0 } }
	};
	for (uint32_t i = 0; i < n_tests; i++) {
		uint64_t mask = pick_mask();

		rule->test[i] = (struct cordon_filter_test){
			pick(2), pick(2), mask, pick_value() & mask
		};
	}
}

static void make_table(struct table *table, uint32_t highest)
{
	*table = (struct table){
		.filter = { pick_action(), pick_action(), highest, 0 }
	};
	for (uint32_t number = 0; number <= highest; number++) {
		uint32_t kind = pick(8);

		if (number == SYS_execve && pick(3) == 0)
			add_rule(table, number, CORDON_FILTER_ONCE, 0);
		else if (kind < 2) {
			add_rule(table, number, pick_action(), 0);
			number += pick(3); /* of a range */
			number = number > highest ? highest : number;
			table->rules[table->filter.n_rules - 1].last = number;
		}
		else if (kind == 2)
			for (uint32_t n = pick(3) + 1; n > 0; n--)
				add_rule(table, number, pick_action(),
					 pick(3));
	}
}

static void test_random(void **state)
{
	static struct table tables[3];
	const struct cordon_filter *filters[3];
	struct filter_program first, second;

	for (int round = 0; round < 400; round++) {
		struct arena *arena = arena_new();
		size_t n = pick(3) + 1;

		for (size_t i = 0; i < n; i++) {
			make_table(&tables[i], 10 + pick(90));
			filters[i] = &tables[i].filter;
		}
		first = program_of(arena, filters, n);
		/* I60: the order is nothing. */
		for (size_t i = 0; i < n; i++)
			filters[i] = &tables[n - 1 - i].filter;
		second = program_of(arena, filters, n);
		if (n == 1)
			assert_memory_equal(first.insn, second.insn,
					    first.n * sizeof(*first.insn));
		arena_free(arena);
	}
}

/* A program that is wrong in one place is found out. */
static void test_check(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	const struct cordon_filter *filter = plan(arena, "profile=no-exec", &err);
	struct filter_program program;
	size_t n_changed = 0;

	if (!filter)
		fail_msg("%s", err.text);
	program = program_of(arena, &filter, 1);
	for (size_t i = 0; i < program.n; i++) {
		struct sock_filter good = program.insn[i];
		struct sock_filter *insn = &program.insn[i];

		print_message("# %zu: %#x %u %u %#x\n", i, good.code, good.jt,
			      good.jf, good.k);
		if (good.code == (BPF_RET | BPF_K)) {
			insn->k = good.k == ALLOW ? ERR(1) : ALLOW;
			assert_int_equal(
				filter_check(&program, &filter, 1, &err), -1);
			n_changed++;
		} else if (BPF_CLASS(good.code) == BPF_JMP &&
			   BPF_OP(good.code) != BPF_JA) {
			insn->k++;
			assert_int_equal(
				filter_check(&program, &filter, 1, &err), -1);
			*insn = good;
			insn->k--;
			assert_int_equal(
				filter_check(&program, &filter, 1, &err), -1);
			n_changed += 2;
		} else if (good.code == (BPF_ALU | BPF_AND | BPF_K)) {
			insn->k ^= 0x10000000;
			assert_int_equal(
				filter_check(&program, &filter, 1, &err), -1);
			n_changed++;
		}
		*insn = good;
	}
	assert_true(n_changed > 100);
	assert_int_equal(filter_check(&program, &filter, 1, &err), 0);
	assert_non_null(strstr(err.text, "the filter's program is wrong"));
	arena_free(arena);
}

/* One that the kernel would not take says no. */
static void test_interpreter(void **state)
{
	static const struct sock_filter bad[][2] = {
		{ { BPF_LD | BPF_W | BPF_ABS, 0, 0, 64 },
		  { BPF_RET | BPF_K, 0, 0, ALLOW } },
		{ { BPF_LD | BPF_W | BPF_ABS, 0, 0, 2 },
		  { BPF_RET | BPF_K, 0, 0, ALLOW } },
		{ { BPF_JMP | BPF_JA, 0, 0, 1 }, { BPF_RET | BPF_K, 0, 0, ALLOW } },
		{ { BPF_JMP | BPF_JA, 0, 0, UINT32_MAX },
		  { BPF_RET | BPF_K, 0, 0, ALLOW } },
		{ { BPF_JMP | BPF_JEQ | BPF_K, 2, 2, 0 },
		  { BPF_RET | BPF_K, 0, 0, ALLOW } },
		{ { BPF_ST, 0, 0, 0 }, { BPF_RET | BPF_K, 0, 0, ALLOW } },
	};
	const struct seccomp_data data = { .nr = 0 };

	for (size_t i = 0; i < CORDON_COUNT(bad); i++) {
		struct sock_filter insn[2];
		struct filter_program program = { .insn = insn, .n = 2 };

		memcpy(insn, bad[i], sizeof(insn));
		assert_int_equal(filter_run(&program, &data), KILL);
	}
}

/* Too long for the kernel, too much to join: refused, not cut. */
static void test_limits(void **state)
{
	static struct table table;
	struct arena *arena = arena_new();
	const struct cordon_filter *filters[] = { &table.filter };
	struct filter_program program;
	struct cordon_error err = { 0 };

	table.filter = (struct cordon_filter){ ERR(1), ERR(38), 600, 0 };
	for (uint32_t number = 0; number < 600; number++) {
		add_rule(&table, number, ALLOW, 2);
		table.rules[number].test[0] = (struct cordon_filter_test){
			0, 0, UINT64_MAX, number
		};
		table.rules[number].test[1] = (struct cordon_filter_test){
			1, 1, UINT64_MAX, number
		};
	}
	assert_int_equal(filter_generate(arena, filters, 1, &program, &err),
			 -1);
	assert_string_equal(err.text, "the filter needs more than 4096 "
				      "instructions");

	table.filter.n_rules = 0;
	for (int i = 0; i < 20; i++)
		add_rule(&table, SYS_execve, CORDON_FILTER_ONCE, 0);
	assert_int_equal(filter_generate(arena, filters, 1, &program, &err),
			 -1);
	arena_free(arena);
}

/* More errors than are remembered where they stand, some out of reach. */
static void test_errors(void **state)
{
	static struct table table;
	struct arena *arena = arena_new();
	const struct cordon_filter *filter = &table.filter;
	struct filter_program program;

	table.filter = (struct cordon_filter){ ALLOW, ERR(38), 400, 0 };
	for (uint32_t number = 0; number < 400; number++)
		add_rule(&table, number, ERR(number % 200 + 1), 0);
	program = program_of(arena, &filter, 1);
	for (uint32_t number = 0; number < 400; number++)
		assert_int_equal(answer(&program, number, 0, 0),
				 ERR(number % 200 + 1));
	arena_free(arena);
}

/* Rules of one call, each with a value of its own. */
static const struct {
	uint32_t n;
	const char *want;
} many[] = {
	{ 20, "" },
	{ 100, "call 1 has more tests than can be checked" },
	{ 300, "call 1 has too many tests to be joined" },
};

static void test_many(void **state)
{
	for (size_t i = 0; i < CORDON_COUNT(many); i++) {
		static struct table table;
		struct arena *arena = arena_new();
		const struct cordon_filter *filters[] = { &table.filter };
		struct filter_program program;
		struct cordon_error err = { 0 };
		int rc;

		print_message("# %u rules\n", (unsigned)many[i].n);
		table.filter =
			(struct cordon_filter){ ERR(1), ERR(38), 600, 0 };
		for (uint32_t k = 0; k < many[i].n; k++) {
			add_rule(&table, 1, ALLOW, 1);
			table.rules[k].test[0] = (struct cordon_filter_test){
				0, 0, UINT64_MAX, 1000 * k
			};
		}
		rc = filter_generate(arena, filters, 1, &program, &err);
		if (rc == 0)
			rc = filter_check(&program, filters, 1, &err);
		assert_int_equal(rc, *many[i].want ? -1 : 0);
		assert_string_equal(rc < 0 ? err.text : "", many[i].want);
		arena_free(arena);
	}
}

static void test_judge(void **state)
{
	struct table table = { .filter = { ERR(1), ERR(38), 100, 1 },
			       .rules = { { 59, 59, ALLOW, 0, { { 0 } } } } };
	struct cordon_step step = { .data = &table,
				    .size = sizeof(table.filter) +
					    sizeof(table.rules[0]) };
	struct cordon_error err = { 0 };
	const struct cordon_filter_rule good = table.rules[0];

	assert_int_equal(filter_judge(&step, &err), 0);
#define BAD(field, bad)                                                        \
	do {                                                                   \
		table.field = bad;                                             \
		assert_int_equal(filter_judge(&step, &err), -1);               \
		table.rules[0] = good;                                         \
		table.filter = (struct cordon_filter){ ERR(1), ERR(38), 100,   \
						       1 };                    \
	} while (0)
	BAD(rules[0].number, 101);
	BAD(rules[0].number, 60); /* behind the last */
	BAD(rules[0].last, 101);
	BAD(rules[0].action, SECCOMP_RET_TRACE);
	BAD(rules[0].action, SECCOMP_RET_USER_NOTIF);
	BAD(rules[0].action, SECCOMP_RET_KILL_THREAD);
	BAD(rules[0].action, ERR(4096));
	BAD(rules[0].n_tests, 3);
	BAD(rules[0].n_tests, 1); /* a mask of 0 */
	BAD(filter.other, SECCOMP_RET_TRAP);
	BAD(filter.n_rules, 2);
	BAD(filter.highest, 1 << 20);
	table.rules[0].action = CORDON_FILTER_ONCE;
	table.rules[0].number = table.rules[0].last = 60;
	assert_int_equal(filter_judge(&step, &err), -1);
	step.size = 3;
	assert_int_equal(filter_judge(&step, &err), -1);
}

/* ---- libseccomp's opinion ---- */

#if HAVE_LIBSECCOMP

static uint32_t to_scmp(uint32_t action)
{
	return action == KILL ? SCMP_ACT_KILL_PROCESS : action;
}

/* What it can say too: each call one action, with tests or without. */
static void make_simple(struct table *table)
{
	*table = (struct table){ .filter = { ERR(1), ERR(1), 90, 0 } };
	for (uint32_t number = 0; number <= 90; number++) {
		uint32_t kind = pick(6), n = pick(3) + 1;
		uint32_t action = pick(2) ? ALLOW : ERR(213);

		if (kind > 1)
			continue;
		if (kind == 0)
			n = 1;
		for (uint32_t i = 0; i < n; i++) {
			struct cordon_filter_rule *rule;

			add_rule(table, number, action, kind);
			rule = &table->rules[table->filter.n_rules - 1];
			rule->test[0].is_not = 0;
		}
	}
}

static struct filter_program compile(struct arena *arena,
				     const struct table *table)
{
	scmp_filter_ctx context = seccomp_init(to_scmp(table->filter.other));
	struct filter_program program = { .n = 0 };
	int fd = memfd_create("bpf", MFD_CLOEXEC);
	struct stat st;

	assert_non_null(context);
	seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH,
			 SCMP_ACT_KILL_PROCESS);
	seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, pick(2) + 1);
	for (uint32_t i = 0; i < table->filter.n_rules; i++) {
		const struct cordon_filter_rule *rule = &table->rules[i];
		struct scmp_arg_cmp cmp[2];
		int rc;

		for (int t = 0; t < 2; t++)
			cmp[t] = (struct scmp_arg_cmp){
				.arg = rule->test[t].argument,
				.op = SCMP_CMP_MASKED_EQ,
				.datum_a = rule->test[t].mask,
				.datum_b = rule->test[t].value,
			};
		/* Said twice, as by default, or (where time is measured) more
		 * than it can test: what it makes of it is compared. */
		for (uint32_t k = rule->number; k <= rule->last; k++) {
			rc = seccomp_rule_add_array(
				context, to_scmp(rule->action), (int)k,
				rule->n_tests, cmp);
			assert_true(rc == 0 || rc == -EEXIST ||
				    rc == -EACCES || rc == -EINVAL);
		}
	}
	assert_int_equal(seccomp_export_bpf(context, fd), 0);
	seccomp_release(context);
	assert_int_equal(fstat(fd, &st), 0);
	program.n = (size_t)st.st_size / sizeof(*program.insn);
	program.insn = arena_alloc(arena, (size_t)st.st_size);
	assert_int_equal(pread(fd, program.insn, (size_t)st.st_size, 0),
			 st.st_size);
	close(fd);
	return program;
}

/* Both programs, over all numbers and what the tests could turn at: the check of
 * the core does that for any program. */
static void test_oracle(void **state)
{
	static struct table table;
	const struct cordon_filter *const filters[] = { &table.filter };

	for (int round = 0; round < 3000; round++) {
		struct arena *arena = arena_new();
		struct cordon_error err = { 0 };
		struct filter_program theirs;

		make_simple(&table);
		program_of(arena, filters, 1);
		theirs = compile(arena, &table);
		if (filter_check(&theirs, filters, 1, &err) < 0)
			fail_msg("round %d: %s", round, err.text);
		arena_free(arena);
	}
}
#endif

/* ---- how long it takes, for people who wonder about a cache ---- */

static double micros(const struct timespec *from)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)(now.tv_sec - from->tv_sec) * 1e6 +
	       (double)(now.tv_nsec - from->tv_nsec) / 1e3;
}

#define ROUNDS 50

/* What the alternatives cost: libseccomp, and a cache that is judged. */
static void time_others(struct arena *arena, const struct cordon_filter *filter)
{
	const struct trust trust = { .uids = { (uint32_t)geteuid() },
				     .n = 1,
				     .bases = { CORDON_SRCDIR } };
	double least[2] = { 1e9, 1e9 };
	char buffer[1024];

	for (int i = 0; i < ROUNDS; i++) {
		struct cordon_error err;
		struct timespec start;
		double took;
		int fd;

#if HAVE_LIBSECCOMP
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		compile(arena, (const struct table *)(const void *)filter);
		took = micros(&start);
		least[0] = took < least[0] ? took : least[0];
#endif
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		fd = trust_open_path(&trust,
				     CORDON_SRCDIR "/conf.d/seccomp/default",
				     &err);
		assert_true(fd >= 0);
		assert_true(read(fd, buffer, sizeof(buffer)) > 700);
		close(fd);
		took = micros(&start);
		least[1] = took < least[1] ? took : least[1];
	}
	print_message("# the same by libseccomp %.0f us; to open, judge and "
		      "read a file of that size %.0f us\n",
		      least[0], least[1]);
}

static void test_time(void **state)
{
	struct arena *arena = arena_new();
	struct cordon_error err = { 0 };
	const struct cordon_filter *filter = NULL;
	struct filter_program program;
	double least[3] = { 1e9, 1e9, 1e9 };

	for (int i = 0; i < ROUNDS; i++) {
		struct timespec start;
		double took;

		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		filter = plan(arena, "", &err);
		took = micros(&start);
		least[0] = took < least[0] ? took : least[0];
		assert_non_null(filter);
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		assert_int_equal(
			filter_generate(arena, &filter, 1, &program, &err), 0);
		took = micros(&start);
		least[1] = took < least[1] ? took : least[1];
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
		assert_int_equal(filter_check(&program, &filter, 1, &err), 0);
		took = micros(&start);
		least[2] = took < least[2] ? took : least[2];
	}
	time_others(arena, filter);
	print_message("# profile 'default': read and planned %.0f us, "
		      "generated %.0f us, checked %.0f us; %zu instructions\n",
		      least[0], least[1], least[2], program.n);
	arena_free(arena);
}

static int set_up(void **state)
{
	char cwd[PATH_MAX - 64], path[PATH_MAX + 16];

	umask(022);
	if (!getcwd(cwd, sizeof(cwd)))
		return -1;
	snprintf(scratch, sizeof(scratch), "%s/filter-XXXXXX", cwd);
	if (!mkdtemp(scratch))
		return -1;
	snprintf(path, sizeof(path), "%s/seccomp", scratch);
	return mkdir(path, 0755);
}

static int tear_down(void **state)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/seccomp/t", scratch);
	unlink(path);
	snprintf(path, sizeof(path), "%s/seccomp", scratch);
	rmdir(path);
	return rmdir(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_interpreter),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_judge),
#if HAVE_LIBSECCOMP
		cmocka_unit_test(test_oracle),
#endif
		cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests_name("filter", tests, set_up,
					   tear_down) != 0;
}
