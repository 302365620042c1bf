/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/json.h"
#include "core/record.h"
#include "core/value.h"
#include "core/walk.h"

static int64_t real_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct target {
	enum cordon_record kind;
	int fd;
	int number; /* the caller's descriptor, or a facility */
	dev_t dev;  /* of a file */
	ino_t ino;
	const char *section; /* for `degraded` */
	bool is_optional;
};

/* ---- files ---- */

static int judge(int fd, const char *shown, struct cordon_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'", shown);
	if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
		return cordon_fail(err, 0,
				   "'%s' is not a regular file with one link "
				   "(name one that is the record's alone, or "
				   "that is not there yet)",
				   shown);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return cordon_fail(err, 0,
				   "'%s' belongs to uid %u (it must be root's "
				   "or the caller's)",
				   shown, (unsigned)st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return cordon_fail(err, 0,
				   "'%s' is writable by others (chmod go-w)",
				   shown);
	return 0;
}

/* To be read too: whoever wrote last may have met a full disk. */
static int open_at(int dirfd, const char *name, const char *path,
		   struct cordon_error *err)
{
	char shown[240];
	mode_t mask = umask(0077); /* the mode is exact (I5) */
	int fd;

	value_show(shown, sizeof(shown), path, strlen(path));
	fd = openat(dirfd, name,
		    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
			    O_NOCTTY | O_CLOEXEC,
		    0600);
	umask(mask);
	if (fd < 0 && errno == ELOOP)
		return cordon_fail(err, 0,
				   "'%s' is a symbolic link (write the real "
				   "path)",
				   shown);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot open the record '%s'",
				   shown);
	if (judge(fd, shown, err) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_ours(const struct mount_stat *st)
{
	return st->uid == 0 || st->uid == geteuid();
}

/* In a sticky folder for all a link of ours can be nobody else's doing. */
static bool may_follow(const struct mount_stat *folder,
		       const struct mount_stat *link)
{
	return is_ours(folder) && is_ours(link) &&
	       (!(folder->mode & (S_IWGRP | S_IWOTH)) ||
		folder->mode & S_ISVTX);
}

/* To the folder: by no link that somebody else put there, who would choose
 * where cordon makes a file with its caller's rights. */
static int walk_on(struct walk *walk, const char *shown,
		   struct cordon_error *err)
{
	struct mount_stat folder;
	int rc;

	do {
		folder = walk->st;
		rc = walk_step(walk);
		if (rc == WALK_LINK && !may_follow(&folder, &walk->link))
			return cordon_fail(err, 0,
					   "'%s' goes through a symbolic link "
					   "that is somebody else's (write the "
					   "real path)",
					   shown);
	} while (rc > WALK_END);
	return rc < 0 ? cordon_fail(err, -rc, "cannot open the record '%s'",
				    shown)
		      : 0;
}

/* The caller's own word. */
static int open_given(struct arena *arena, const char *path,
		      struct cordon_error *err)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const char *folder = arena_copy(arena, path, (size_t)(name - path));
	struct walk *walk = arena_alloc(arena, sizeof(*walk));
	char shown[240];
	int rc, fd = -1;

	value_show(shown, sizeof(shown), path, strlen(path));
	rc = walk_start(walk, folder);
	if (rc < 0)
		cordon_fail(err, -rc, "cannot open the record '%s'", shown);
	else if (walk_on(walk, shown, err) == 0)
		fd = open_at(walk->fd, name, path, err);
	walk_close(walk);
	return fd;
}

/* A stack's file: who can write its folder could put another one there. */
static int open_trusted(const struct trust *trust, struct arena *arena,
			const char *path, struct cordon_error *err)
{
	const char *name = strrchr(path, '/') + 1;
	const char *folder = arena_copy(arena, path, (size_t)(name - path));
	int dirfd = trust_open_dir(trust, folder, err);
	int fd;

	if (dirfd < 0)
		return -1;
	fd = open_at(dirfd, name, path, err);
	close(dirfd);
	return fd;
}

/* ---- descriptors of the caller ---- */

/* A copy: the caller's number may be one that the job keeps.  What is cordon's
 * own is close-on-exec, which no descriptor can be that was inherited. */
static int copy_fd(int number, struct cordon_error *err)
{
	int flags = fcntl(number, F_GETFD);
	int mode = fcntl(number, F_GETFL);
	int fd;

	if (flags < 0 || (number > 2 && flags & FD_CLOEXEC))
		return cordon_fail(err, 0, "descriptor %d is not open", number);
	if (mode < 0 || mode & O_PATH || (mode & O_ACCMODE) == O_RDONLY)
		return cordon_fail(err, 0,
				   "descriptor %d is not open for writing",
				   number);
	fd = fcntl(number, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot copy descriptor %d",
				   number);
	return fd;
}

/* ---- the system's log ---- */

static int connect_log(int fd)
{
	const struct sockaddr_un log = { .sun_family = AF_UNIX,
					 .sun_path = "/dev/log" };

	return connect(fd, (const struct sockaddr *)&log, sizeof(log));
}

/* By ourselves: syslog(3) reads the file that the caller's TZ names. */
static int open_log(struct cordon_error *err)
{
	const struct timeval patience = { 1, 0 }; /* a log that hangs */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return cordon_fail(err, errno, "cannot make a socket");
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience,
		       sizeof(patience)) == 0 &&
	    connect_log(fd) == 0)
		return fd;
	cordon_unsupported(err, errno,
			   "cannot reach the system's log, '/dev/log' (does a "
			   "syslog daemon run?)");
	close(fd);
	return -1;
}

static int put_log(const struct target *target, struct arena *arena,
		   bool is_refusal, const char *text)
{
	const char *line = arena_printf(
		arena, "<%d>cordon[%d]: %.*s",
		target->number << 3 | (is_refusal ? LOG_WARNING : LOG_INFO),
		(int)getpid(), (int)strcspn(text, "\n"), text);
	size_t size = strlen(line);
	ssize_t n = send(target->fd, line, size, MSG_NOSIGNAL);

	/* The daemon may have been started anew since. */
	if (n < 0 && connect_log(target->fd) == 0)
		n = send(target->fd, line, size, MSG_NOSIGNAL);
	return n == (ssize_t)size ? 0 : -1;
}

/* ---- the list ---- */

static bool is_same(const struct target *a, const struct target *b)
{
	return a->kind == b->kind && a->number == b->number &&
	       a->dev == b->dev && a->ino == b->ino;
}

/*
 * In the order of the kinds: a file is what can be full, and those behind it
 * are told.  What is named twice is told once.
 */
static void add(struct record *record, struct arena *arena,
		struct target target)
{
	size_t at = record->n;
	struct stat st;

	if (target.kind == CORDON_RECORD_FILE && fstat(target.fd, &st) == 0) {
		target.dev = st.st_dev;
		target.ino = st.st_ino;
	}
	for (size_t i = 0; i < record->n; i++)
		if (is_same(&record->targets[i], &target)) {
			record->targets[i].is_optional &= target.is_optional;
			close(target.fd);
			return;
		}
	if (record->n == record->room) {
		size_t room = record->room + 8;
		struct target *more = arena_alloc(arena, room * sizeof(*more));

		if (record->n > 0)
			memcpy(more, record->targets,
			       record->n * sizeof(*more));
		record->targets = more;
		record->room = room;
	}
	for (; at > 0 && record->targets[at - 1].kind > target.kind; at--)
		record->targets[at] = record->targets[at - 1];
	record->targets[at] = target;
	record->n++;
}

int record_open(struct record *record, struct arena *arena,
		const struct request *request, struct cordon_error *err)
{
	struct target file = { .kind = CORDON_RECORD_FILE,
			       .section = "--record" };
	struct target status = { .kind = CORDON_RECORD_FD,
				 .number = request->status_fd,
				 .section = "--status-fd" };

	*record = (struct record){ .started_ns = real_ns() };
	if (request->status_fd >= 0) {
		char why[sizeof(err->text)];

		status.fd = copy_fd(request->status_fd, err);
		if (status.fd < 0) {
			memcpy(why, err->text, sizeof(why));
			return cordon_fail(err, err->code, "--status-fd: %s",
					   why);
		}
		add(record, arena, status);
	}
	if (!request->record)
		return 0;
	file.fd = open_given(arena, request->record, err);
	if (file.fd < 0)
		return -1;
	add(record, arena, file);
	return 0;
}

static int open_step(struct prepared *prepared, const struct step *step,
		     struct cordon_error *err)
{
	const char *path = step->is.text[0];

	switch (step->is.number[0]) {
	case CORDON_RECORD_FD:
		return copy_fd((int)step->is.number[1], err);
	case CORDON_RECORD_SYSLOG:
		return open_log(err);
	default:
		/* As root: ours to open, and not the caller's to choose. */
		if (step->is.number[3] & CORDON_FLAG_PARAMETER &&
		    prepared->job.is_root)
			return cordon_fail(
				err, 0,
				"'%s': a parameter or fact of the caller's "
				"may be in the last part of the path alone, "
				"and bring no '/'",
				value_escape(prepared->arena, path,
					     strlen(path)));
		return open_trusted(&prepared->user_trust, prepared->arena,
				    path, err);
	}
}

int record_open_planned(struct record *record, struct prepared *prepared,
			struct cordon_error *err)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_RECORD);
	int rc = 0;

	/* All, whatever fails: the others are told of it. */
	for (; step; step = plan_next(&prepared->plan, step)) {
		struct target target = {
			.kind = (enum cordon_record)step->is.number[0],
			.number = (int)step->is.number[1],
			.section = step->section,
		};
		struct part *part = prepare_part(prepared, step->section);
		struct cordon_error why = { 0 };

		target.is_optional = part->section->control == CONTROL_OPTIONAL;
		target.fd = open_step(prepared, step, &why);
		if (target.fd >= 0) {
			add(record, prepared->arena, target);
			continue;
		}
		stack_blame(&prepared->stack, step->where, step->section, NULL,
			    &why);
		if (prepare_forgives(prepared, part, &why) || rc < 0)
			continue;
		rc = -1;
		*err = why;
		prepared->failed_section = part->section->name;
		prepared->exit_status = part->section->exit;
	}
	prepared->has_record = record->n > 0;
	return rc;
}

const int *record_fds(const struct record *record, struct arena *arena,
		      size_t *n)
{
	int *fds = arena_alloc(arena, (record->n + 1) * sizeof(*fds));

	for (size_t i = 0; i < record->n; i++)
		fds[i] = record->targets[i].fd;
	*n = record->n;
	return fds;
}

/* ---- what is told ---- */

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
		"\"max_rss_kb\":%s,\"restarts\":%u,\"exit\":%s,\"signal\":%s,\"reason\":%s,"
		"\"section\":%s,\"message\":%s,\"degraded\":[%s]}\n",
		json_string(arena, prepared->job.id ? prepared->job.id
						    : request->job_id),
		json_string(arena, prepared->stack.name ? prepared->stack.name
							: request->stack),
		json_string(arena, digest),
		time_text(arena, record->started_ns),
		number(arena, ended, outcome->wall_ns / 1000000),
		number(arena, ended && outcome->user_us >= 0, outcome->user_us / 1000),
		number(arena, ended && outcome->sys_us >= 0, outcome->sys_us / 1000),
		number(arena, ended && outcome->max_rss_kb >= 0,
		       outcome->max_rss_kb),
		outcome->restarts,
		number(arena, ended && WIFEXITED(status), WEXITSTATUS(status)),
		number(arena, ended && WIFSIGNALED(status), WTERMSIG(status)),
		json_string(arena, ending->reason),
		json_string(arena, ending->section),
		json_string(arena, ending->message ? ending->message
						   : prepared->lacking),
		prepared->degraded ? prepared->degraded : "");
}

/* The limit of a file's size is meant for the job: it is lifted, as far as the hard
 * one.  1 if it was. */
static int lift_fsize(struct rlimit *limit)
{
	struct rlimit lifted;

	*limit = (struct rlimit){ 0, 0 };
	if (getrlimit(RLIMIT_FSIZE, limit) < 0)
		return -1;
	if (limit->rlim_cur == limit->rlim_max)
		return 0;
	lifted = *limit;
	lifted.rlim_cur = lifted.rlim_max;
	return setrlimit(RLIMIT_FSIZE, &lifted) < 0 ? -1 : 1;
}

/* A signal would end us before the status is told; one that waits already is not
 * ours.  -1 too where the mask could not be put back. */
static ssize_t write_unsignaled(int fd, const char *text, size_t size)
{
	const struct timespec at_once = { 0, 0 };
	sigset_t set, old, pending;
	int rc = sigpending(&pending);
	ssize_t n;

	sigemptyset(&set);
	if (rc == 0 && !sigismember(&pending, SIGPIPE))
		sigaddset(&set, SIGPIPE);
	if (rc == 0 && !sigismember(&pending, SIGXFSZ))
		sigaddset(&set, SIGXFSZ);
	if (rc == 0)
		rc = sigprocmask(SIG_BLOCK, &set, &old);
	do
		n = write(fd, text, size);
	while (n < 0 && errno == EINTR);
	if (rc < 0)
		return -1;
	if (n < 0 && (errno == EPIPE || errno == EFBIG))
		sigtimedwait(&set, NULL, &at_once);
	return sigprocmask(SIG_SETMASK, &old, NULL) < 0 ? -1 : n;
}

/* One write, so that the lines of two jobs do not mix.  It is tried in any case; but
 * the job may be next in this process: what cannot be put back is a failure. */
int record_put(int fd, const char *text)
{
	struct rlimit limit;
	size_t size = strlen(text);
	int lifted = lift_fsize(&limit);
	ssize_t n = write_unsignaled(fd, text, size);

	if (lifted > 0 && setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	return lifted >= 0 && n == (ssize_t)size ? 0 : -1;
}

/* One line of a file ends where the next begins, also behind one that a full
 * disk has cut. */
static int put_file(struct arena *arena, int fd, const char *text)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) == 0 && st.st_size > 0 &&
	    pread(fd, &last, 1, st.st_size - 1) == 1 && last != '\n')
		text = arena_printf(arena, "\n%s", text);
	return record_put(fd, text);
}

int record_write(const struct record *record, struct prepared *prepared,
		 const char *digest, const struct ending *ending)
{
	bool is_refusal = !strcmp(ending->reason, "denied") ||
			  !strcmp(ending->reason, "failed");
	int rc = 0;

	for (size_t i = 0; i < record->n; i++) {
		const struct target *target = &record->targets[i];
		/* Made anew: it says what could not be told before. */
		const char *text = object(record, prepared, digest, ending);
		int told, code;

		errno = 0;
		told = target->kind == CORDON_RECORD_FILE
			       ? put_file(prepared->arena, target->fd, text)
		       : target->kind == CORDON_RECORD_FD
			       ? record_put(target->fd, text)
			       : put_log(target, prepared->arena, is_refusal,
					 text);
		code = errno;
		if (told == 0)
			continue;
		prepare_degrade(prepared, target->section,
				arena_printf(prepared->arena,
					     "[%s] the record cannot be "
					     "written%s%s",
					     target->section, code ? ": " : "",
					     code ? strerror(code) : ""));
		if (!target->is_optional)
			rc = -1;
	}
	return rc;
}
