/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/record.h"
#include "core/value.h"

static int64_t real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int judge(int fd, const char *shown, struct cordon_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", shown);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return cordon_fail(err, 0,
				   "'%s' is not a regular file with one link",
				   shown);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return cordon_fail(err, 0, "'%s' belongs to uid %u", shown,
				   (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return cordon_fail(err, 0, "'%s' is writable by others", shown);
	return 0;
}

static int open_file(const char *path, struct cordon_error *err)
{
	char shown[240];
	mode_t mask = umask(0077); /* the mode is exact (I5) */
	int fd;

	value_show(shown, sizeof(shown), path, strlen(path));
	fd = open(path,
		  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
			  O_NOCTTY | O_CLOEXEC,
		  0600);
	umask(mask);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot open the record '%s'",
				   shown);
	if (judge(fd, shown, err) == 0)
		return fd;
	close(fd);
	return -1;
}

int record_open(struct record *record, const struct request *request,
		struct cordon_error *err)
{
	*record = (struct record){ .file_fd = -1,
				   .status_fd = -1,
				   .started_ns = real_ns() };
	if (request->status_fd >= 0) {
		/* A copy: the caller's number may be one that the job keeps. */
		record->status_fd =
			fcntl(request->status_fd, F_DUPFD_CLOEXEC, 3);
		if (record->status_fd < 0)
			return cordon_fail(err, errno, "--status-fd %d",
					   request->status_fd);
	}
	if (!request->record)
		return 0;
	record->file_fd = open_file(request->record, err);
	return record->file_fd < 0 ? -1 : 0;
}

/*
 * In UTC, and not by gmtime(3): that reads the file which the caller's TZ names.
 * Years are counted from March on, so that a leap day is the last of one.
 */
static const char *time_text(struct arena *arena, int64_t ns)
{
	int64_t seconds = ns / 1000000000, days = seconds / 86400;
	int64_t shifted = days + 719468; /* since 0000-03-01 */
	int64_t era = shifted / 146097, day = shifted % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t rest = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * rest + 2) / 153;

	return arena_printf(arena,
			    "\"%04d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
			    (int)(era * 400 + year + (month >= 10)),
			    (int)(month < 10 ? month + 3 : month - 9),
			    (int)(rest - (153 * month + 2) / 5 + 1),
			    (int)(seconds / 3600 % 24),
			    (int)(seconds / 60 % 60), (int)(seconds % 60),
			    (int)(ns / 1000000 % 1000));
}

static const char *number(struct arena *arena, bool is_known, int64_t value)
{
	return is_known ? arena_printf(arena, "%" PRId64, value) : "null";
}

static const char *object(const struct record *record,
			  const struct prepared *prepared, const char *digest,
			  const struct ending *ending)
{
	static const struct outcome none;
	/* What was asked for, where it failed too early to know more. */
	const struct request *request = prepared->request;
	struct arena *arena = prepared->arena;
	const struct outcome *outcome =
		ending->outcome ? ending->outcome : &none;
	bool ended = outcome->has_started && outcome->has_ended;
	int status = outcome->status;

	return arena_printf(
		arena,
		"{\"job\":%s,\"stack\":%s,\"digest\":%s,\"started\":%s,"
		"\"wall_ms\":%s,\"user_ms\":%s,\"sys_ms\":%s,"
		"\"max_rss_kb\":%s,\"exit\":%s,\"signal\":%s,\"reason\":%s,"
		"\"section\":%s,\"message\":%s,\"degraded\":[%s]}\n",
		json_string(arena, prepared->job.id ? prepared->job.id
						    : request->job_id),
		json_string(arena, prepared->stack.name ? prepared->stack.name
							: request->stack),
		json_string(arena, digest),
		time_text(arena, record->started_ns),
		number(arena, ended, outcome->wall_ns / 1000000),
		number(arena, ended, outcome->user_us / 1000),
		number(arena, ended, outcome->sys_us / 1000),
		number(arena, ended, outcome->max_rss_kb),
		number(arena, ended && WIFEXITED(status), WEXITSTATUS(status)),
		number(arena, ended && WIFSIGNALED(status), WTERMSIG(status)),
		json_string(arena, ending->reason),
		json_string(arena, ending->section),
		json_string(arena, ending->message),
		prepared->degraded ? prepared->degraded : "");
}

/* One write, so that the lines of two jobs do not mix.  A signal would end us
 * before the status is told; one that waits already is not ours. */
int record_put(int fd, const char *text)
{
	const struct timespec at_once = { 0, 0 };
	size_t size = strlen(text);
	sigset_t set, old, pending;
	ssize_t n;

	if (fd < 0)
		return 0;
	sigemptyset(&set);
	sigpending(&pending);
	if (!sigismember(&pending, SIGPIPE))
		sigaddset(&set, SIGPIPE);
	if (!sigismember(&pending, SIGXFSZ))
		sigaddset(&set, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &set, &old);
	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EPIPE || errno == EFBIG))
		sigtimedwait(&set, NULL, &at_once);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return n == (ssize_t)size ? 0 : -1;
}

int record_write(const struct record *record, const struct prepared *prepared,
		 const char *digest, const struct ending *ending)
{
	const char *text;
	int file, status;

	if (record->file_fd < 0 && record->status_fd < 0)
		return 0;
	text = object(record, prepared, digest, ending);
	file = record_put(record->file_fd, text);
	status = record_put(record->status_fd, text);
	return file < 0 || status < 0 ? -1 : 0;
}
