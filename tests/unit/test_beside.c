/* SPDX-License-Identifier: MIT */
/* What is known of a process that is somebody else's child, as this kernel has it. */
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
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/beside.h"
#include "core/offspring.h"
#include "core/spawn.h"

struct ended {
	pid_t pid;
	int pidfd;
	uint64_t start;
};

/* A zombie; of two ticks at least. */
static struct ended end_one(int code)
{
	struct pollfd end = { .events = POLLIN };
	struct offspring tree = { .proc = NULL };
	struct ended one = { .pid = fork() };

	if (one.pid == 0) {
		raise(SIGSTOP);
		for (volatile long i = 0; i < 100000000; i++)
			;
		_exit(code);
	}
	assert_true(one.pid > 0);
	one.pidfd = (int)syscall(SYS_pidfd_open, one.pid, 0);
	assert_true(one.pidfd >= 0);
	assert_int_equal(offspring_open(&tree), 0);
	assert_int_equal(offspring_follow(&tree, one.pid), 0);
	one.start = tree.start;
	offspring_close(&tree);
	waitpid(one.pid, NULL, WUNTRACED);
	kill(one.pid, SIGCONT);
	end.fd = one.pidfd;
	assert_int_equal(poll(&end, 1, 60000), 1);
	return one;
}

/* By itself: 0 is a status too, not what reads so where it is hidden. */
static void test_zombie(void **state)
{
	(void)state;
	for (int code = 0; code < 8; code += 7) {
		struct ended one = end_one(code);
		struct outcome outcome = { .status = -2 };

		beside_end(one.pidfd, one.pid, one.start, &outcome);
		assert_int_equal(outcome.status, code << 8);
		assert_true(outcome.user_us > 0);
		assert_true(outcome.sys_us >= 0);
		assert_int_equal(outcome.max_rss_kb, -1);
		waitpid(one.pid, NULL, 0);
		close(one.pidfd);
	}
}

/* A later one of that pid is not it, and tells nothing of it. */
static void test_other(void **state)
{
	struct ended one = end_one(7);
	struct outcome outcome = { .status = -2 };

	(void)state;
	beside_end(one.pidfd, one.pid, one.start + 1, &outcome);
	assert_int_equal(outcome.status, STATUS_UNKNOWN);
	assert_int_equal(outcome.user_us, -1);
	waitpid(one.pid, NULL, 0);
	close(one.pidfd);
}

/* From Linux 6.15 on it is kept, for who had it open before. */
static void test_reaped(void **state)
{
	struct ended one = end_one(7);
	struct outcome outcome = { .status = -2 };
	int known;

	(void)state;
	waitpid(one.pid, NULL, 0);
	known = beside_status(one.pidfd);
	assert_true(known == 7 << 8 || known == STATUS_UNKNOWN);
	beside_end(one.pidfd, one.pid, one.start, &outcome);
	assert_int_equal(outcome.status, known);
	assert_int_equal(outcome.user_us, -1);
	assert_int_equal(outcome.sys_us, -1);
	close(one.pidfd);
	assert_int_equal(beside_status(-1), STATUS_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zombie),
		cmocka_unit_test(test_other),
		cmocka_unit_test(test_reaped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
