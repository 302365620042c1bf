/* SPDX-License-Identifier: MIT */
/* Fields of /proc/PID/stat, whatever the process calls itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/procstat.h"

static void test_names(void **state)
{
	static const char *const names[] = { "plain", ") Z 1 1", "((",
					     ")",     "a\nb)",	 "R 7 (" };
	int64_t field[STAT_FIELDS];
	int proc = open("/proc", O_PATH | O_CLOEXEC);

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(names); i++) {
		assert_int_equal(prctl(PR_SET_NAME, names[i], 0, 0, 0), 0);
		assert_int_equal(procstat_read(i % 2 ? proc : -1, getpid(),
					       field, STAT_STATUS),
				 0);
		assert_int_equal(field[STAT_STATE], 'R');
		assert_int_equal(field[STAT_PARENT], getppid());
		assert_true(field[STAT_START] > 0);
	}
	close(proc);
}

static void test_who_has_ended(void **state)
{
	int64_t field[STAT_FIELDS];
	siginfo_t info;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(3);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(procstat_read(-1, pid, field, STAT_STATUS), 0);
	assert_int_equal(field[STAT_STATE], 'Z');
	assert_int_equal(field[STAT_STATUS], 3 << 8);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(procstat_read(-1, pid, field, STAT_STATE), -1);
}

static void test_other_files(void **state)
{
	static const char *const paths[] = { "/dev/null", "/proc/self/cmdline",
					     "/proc/self/maps" };
	int64_t field[STAT_FIELDS];

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(paths); i++) {
		int fd = open(paths[i], O_RDONLY | O_CLOEXEC);

		assert_int_equal(procstat_read_fd(fd, field, STAT_PARENT), -1);
		close(fd);
	}
	assert_int_equal(procstat_read_fd(-1, field, STAT_STATE), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_who_has_ended),
		cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
