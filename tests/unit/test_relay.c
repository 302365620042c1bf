/* SPDX-License-Identifier: MIT */
/* What a supervisor hears of its relay, in whatever order both end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/relay.h"

/* It says so much, or dies of the signal, and reads nothing. */
static struct relay start(int says, int signal)
{
	const struct relay_word word = { .says = says, .step = -1 };
	struct relay relay = { .start = { -1, -1 },
			       .own = { -1, -1, -1 },
			       .jobs = { -1, -1, -1 },
			       .doors = { -1, -1 } };
	int ends[2], go[2];
	char byte;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(pipe(go), 0);
	relay.pid = fork();
	if (relay.pid == 0) {
		close(ends[0]);
		close(go[1]);
		if (read(go[0], &byte, 1) != 0 ||
		    (says && write(ends[1], &word, sizeof(word)) < 0))
			_exit(1);
		if (signal)
			kill(getpid(), signal);
		_exit(0);
	}
	assert_true(relay.pid > 0);
	close(ends[1]);
	close(go[0]);
	relay.word_fd = ends[0];
	assert_true(relay_drain(&relay));
	close(go[1]);
	return relay;
}

static int hear(struct relay *relay, struct relay_word *word)
{
	struct pollfd end = { .fd = relay->word_fd, .events = POLLIN };
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)relay->pid, &info,
				WEXITED | WNOWAIT),
			 0);
	assert_int_equal(poll(&end, 1, 60000), 1);
	return relay_read(relay, word);
}

/* "The job has ended" and "so have the streams" may cross. */
static void test_ended(void **state)
{
	struct relay relay = start(RELAY_ENDED, 0);
	struct relay_word word;

	(void)state;
	assert_int_equal(hear(&relay, &word), 0);
	assert_int_equal(word.says, RELAY_ENDED);
	assert_int_equal(relay.word_fd, -1);
	assert_int_equal(relay.pid, 0);
	assert_false(relay_drain(&relay));
}

static void test_died(void **state)
{
	struct relay relay = start(0, SIGKILL);
	struct relay_word word;

	(void)state;
	assert_int_equal(hear(&relay, &word), -1);
	assert_int_equal(word.says, RELAY_CUT);
	assert_string_equal(word.err.text, "its relay died (signal 9)");
	relay = start(0, 0);
	assert_int_equal(hear(&relay, &word), -1);
	assert_string_equal(word.err.text, "its relay died");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ended),
		cmocka_unit_test(test_died),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
