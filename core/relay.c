/* SPDX-License-Identifier: MIT */
/* Its start: out of the supervisor, and out of all that a supervisor may. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/filter.h"
#include "core/outside.h"
#include "core/plan.h"
#include "core/ready.h"
#include "core/relay.h"
#include "core/relay_door.h"
#include "core/spawn.h"
#include "core/sys.h"

/* ---- in the relay ---- */

struct start {
	const struct plan *plan;
	const struct relay *relay;
	int word_fd;
	int callers[RELAY_STREAMS]; /* what the job would have had; -1 */
};

/* What it keeps are few: it has no use for what the supervisor had open. */
static int close_others(const struct start *start)
{
	int kept[RELAY_STREAMS + 3];

	memcpy(kept, start->relay->own, sizeof(start->relay->own));
	kept[RELAY_STREAMS] = start->relay->start[1];
	kept[RELAY_STREAMS + 1] = start->word_fd;
	kept[RELAY_STREAMS + 2] = start->relay->doors[0];
	return relay_close_others(kept, CORDON_COUNT(kept));
}

int relay_close_others(const int *kept, size_t n)
{
	int last = -1;
	long rc = 0;

	while (rc == 0) {
		int next = -1;

		for (size_t i = 0; i < n; i++)
			if (kept[i] > last && (next < 0 || kept[i] < next))
				next = kept[i];
		if (next < 0)
			break;
		if (next > last + 1)
			rc = sys_close_all((unsigned)last + 1,
					   (unsigned)next - 1);
		last = next;
	}
	if (rc == 0)
		rc = sys_close_all((unsigned)last + 1, ~0U);
	errno = (int)-rc;
	return rc < 0 ? -1 : 0;
}

int relay_receive(int socket, int *fds, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(RELAY_RECEIVED * sizeof(int))];
	} control;
	char byte;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head;
	ssize_t rc;

	do
		rc = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (rc < 0 && errno == EINTR);
	if (rc <= 0)
		return (int)rc;
	head = CMSG_FIRSTHDR(&message);
	if (n == 0 && !head)
		return 1;
	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS || message.msg_flags & MSG_CTRUNC ||
	    head->cmsg_len != CMSG_LEN(n * sizeof(int))) {
		errno = EPROTO;
		return -1;
	}
	memcpy(fds, CMSG_DATA(head), n * sizeof(int));
	return 1;
}

/* From the job's process, in ascending order. */
static int take_over(struct start *start, unsigned streams)
{
	int fds[RELAY_STREAMS], rc;
	size_t n = 0;

	rc = relay_receive(start->relay->start[1], fds,
			   (size_t)__builtin_popcount(streams));
	if (rc == 0)
		_exit(125);
	if (rc < 0)
		return -1;
	for (int i = 0; i < RELAY_STREAMS; i++)
		start->callers[i] = streams & 1u << i ? fds[n++] : -1;
	return 0;
}

static int go_dark(void)
{
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0 &&
			       prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 &&
			       prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
		       ? 0
		       : -1;
}

/* As the job's, seen from here: what it may do to files is what the job may. */
static int drop_ids(const struct plan *plan)
{
	const struct settled *settled = &plan->settled;
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3
	};
	struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uid_t real, effective, saved;

	/* EPERM: its namespace denies that, and here nothing is opened by them. */
	if (plan->job->is_root &&
	    ((setgroups(0, NULL) < 0 && errno != EPERM) ||
	     setresgid(settled->host_gid, settled->host_gid,
		       settled->host_gid) < 0 ||
	     setresuid(settled->host_uid, settled->host_uid,
		       settled->host_uid) < 0))
		return -1;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    sys(SYS_capset, &head, none) < 0 ||
	    getresuid(&real, &effective, &saved) < 0)
		return -1;
	if (real == settled->host_uid && effective == real && saved == real)
		return 0;
	errno = EPROTO;
	return -1;
}

int relay_drop_privileges(const struct plan *plan)
{
	return drop_ids(plan) < 0 || go_dark() < 0 ? -1 : 0;
}

static int enter_filter(const struct filter_program *program)
{
	const struct sock_fprog loaded = { .len = (unsigned short)program->n,
					   .filter = program->insn };
	long rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	rc = sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded);
	errno = (int)-rc;
	return rc < 0 ? -1 : 0;
}

#define KCMP_SAME_FILE 0

/*
 * Who reads both in one place reads them in the order in which they were
 * written: then they are one stream for the job too.  Not two openings of one
 * file, where each has its own place in it.
 */
static bool is_one_place(const int fd[2])
{
	struct stat one, two;

	if (fd[0] < 0 || fd[1] < 0 || fstat(fd[0], &one) < 0 ||
	    fstat(fd[1], &two) < 0 || one.st_dev != two.st_dev ||
	    one.st_ino != two.st_ino)
		return false;
	return !S_ISREG(one.st_mode) ||
	       sys(SYS_kcmp, getpid(), getpid(), KCMP_SAME_FILE, fd[0],
		   fd[1]) == 0;
}

/* The next of that stream, behind `after` or the first. */
static const struct step *next_of(const struct plan *plan, int number,
				  const struct step *after)
{
	const struct step *step = after ? plan_next(plan, after)
					: plan_find(plan, CORDON_STEP_STREAM);

	while (step && step->is.number[0] != number)
		step = plan_next(plan, step);
	return step;
}

/* The same sections, for the same: they are sorted by their names. */
static bool is_one_chain(const struct plan *plan)
{
	const struct step *one = next_of(plan, 1, NULL);
	const struct step *two = next_of(plan, 2, NULL);

	while (one && two && one->is.number[1] == two->is.number[1] &&
	       !strcmp(one->section, two->section)) {
		one = next_of(plan, 1, one);
		two = next_of(plan, 2, two);
	}
	return !one && !two;
}

static void say(int fd, const struct relay_word *word)
{
	if (write(fd, word, sizeof(*word)) != sizeof(*word))
		_exit(125);
}

_Noreturn static void give_up(const struct start *start, const char *what)
{
	struct relay_word word = { .says = RELAY_CUT, .step = -1 };

	cordon_fail(&word.err, errno, "%s", what);
	say(start->relay->start[1], &word);
	_exit(125);
}

_Noreturn static void become_relay(struct start *start)
{
	const struct relay *relay = start->relay;
	const struct plan *plan = start->plan;
	struct relay_word ready = { .says = RELAY_READY, .step = -1 };
	int from[RELAY_STREAMS], to[RELAY_STREAMS];
	struct relay_pump *pump;

	if (go_dark() < 0 || close_others(start) < 0)
		give_up(start, "a relay that nobody can look into");
	if (take_over(start, relay_streams(plan)) < 0)
		give_up(start, "the descriptors that it is to relay");
	/* The kernel makes it readable again when its ids change. */
	if (relay_drop_privileges(plan) < 0)
		give_up(start, "a relay without privileges");
	ready.is_one = is_one_place(&start->callers[1]) && is_one_chain(plan);
	for (int i = 0; i < RELAY_STREAMS; i++) {
		from[i] = i == 0 ? start->callers[i] : relay->own[i];
		to[i] = i == 0 ? relay->own[i] : start->callers[i];
	}
	if (ready.is_one) {
		close(from[2]);
		close(to[2]);
		from[2] = -1;
	}
	pump = relay_pump_make(plan, start->word_fd, relay->doors[0], from, to);
	if (enter_filter(relay->filter) < 0)
		give_up(start, "a filter of its system calls (Linux 4.14, "
			       "CONFIG_SECCOMP_FILTER)");
	say(relay->start[1], &ready);
	close(relay->start[1]);
	relay_pump_run(pump);
}

/* ---- in the supervisor ---- */

static void close_all(int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

/*
 * The relay never waits in a pipe of its own.  As /dev/stdout the job opens its
 * end once more, with its own rights.
 */
static int make_pipe(const struct plan *plan, struct relay *relay, int i)
{
	const struct settled *settled = &plan->settled;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	relay->own[i] = ends[i == 0];
	relay->jobs[i] = ends[i != 0];
	if (fcntl(relay->own[i], F_SETFL, O_NONBLOCK) < 0)
		return -1;
	return geteuid() == settled->host_uid
		       ? 0
		       : fchown(ends[0], settled->host_uid, settled->host_gid);
}

static int make_channels(const struct plan *plan, struct relay *relay,
			 int word[2])
{
	const unsigned streams = relay_streams(plan);
	const int type = SOCK_SEQPACKET | SOCK_CLOEXEC;

	if (socketpair(AF_UNIX, type, 0, word) < 0 ||
	    socketpair(AF_UNIX, type, 0, relay->start) < 0)
		return -1;
	relay->word_fd = word[0];
	for (int i = 0; i < RELAY_STREAMS; i++)
		if (streams & 1u << i && make_pipe(plan, relay, i) < 0)
			return -1;
	return 0;
}

static int make_door(struct relay *relay, const struct outside *outside)
{
	if (outside->door_fd < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		       relay->doors) < 0)
		return -1;
	relay->door = door_begin(outside, relay->doors[1]);
	if (relay->door > 0)
		return 0;
	relay->door = 0;
	return -1;
}

int relay_begin(struct relay *relay, const struct outside *outside,
		const struct plan *plan, struct outcome *outcome)
{
	struct cordon_error err = { 0 };
	int word[2] = { -1, -1 };

	*relay = (struct relay){ .word_fd = -1,
				 .start = { -1, -1 },
				 .own = { -1, -1, -1 },
				 .jobs = { -1, -1, -1 },
				 .doors = { -1, -1 } };
	if (!relay_asker(plan))
		return 0;
	relay->filter = relay_filter(plan, &err);
	if (relay->filter && make_channels(plan, relay, word) == 0 &&
	    make_door(relay, outside) == 0)
		relay->pid = fork();
	else
		relay->pid = -1;
	if (relay->pid == 0) {
		struct start start = { .plan = plan,
				       .relay = relay,
				       .word_fd = word[1] };

		become_relay(&start);
	}
	outcome->code = relay->filter ? errno : 0;
	close_all(&word[1], 1);
	close_all(&relay->start[1], 1);
	close_all(relay->own, RELAY_STREAMS);
	close_all(relay->doors, 2);
	if (relay->pid > 0)
		return 0;
	outcome->failed = relay->filter ? "cannot start a relay of the job's "
					  "streams"
					: "no filter can be made for a relay";
	relay->pid = 0;
	relay_let_go(relay);
	relay_end(relay);
	return -1;
}

void relay_let_go(struct relay *relay)
{
	close_all(relay->start, 2);
	close_all(relay->jobs, RELAY_STREAMS);
}

bool relay_drain(struct relay *relay)
{
	const struct relay_word word = { .says = RELAY_DRAIN, .step = -1 };

	helper_end(&relay->door); /* nobody comes in any more */
	/* Who has ended is heard of by the end of file. */
	if (relay->word_fd >= 0 &&
	    send(relay->word_fd, &word, sizeof(word), MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE)
		return false;
	return relay->word_fd >= 0;
}

/* It took its sections' streams with it: they are closed. */
static int judge_end(struct relay *relay, struct relay_word *word, bool is_said)
{
	int status = -1;
	pid_t rc;

	close_all(&relay->word_fd, 1);
	do
		rc = waitpid(relay->pid, &status, 0);
	while (rc < 0 && errno == EINTR);
	relay->pid = 0;
	if (is_said)
		return 0;
	if (rc > 0 && WIFSIGNALED(status))
		cordon_fail(&word->err, 0, "its relay died (signal %d)",
			    WTERMSIG(status));
	else
		cordon_fail(&word->err, 0, "its relay died");
	word->says = RELAY_CUT;
	word->step = -1;
	return -1;
}

/* One that ended before it read ours is an error, which is told before its last word. */
static ssize_t hear(const struct relay *relay, struct relay_word *word)
{
	ssize_t n = recv(relay->word_fd, word, sizeof(*word), MSG_DONTWAIT);

	return n < 0 && errno == ECONNRESET
		       ? recv(relay->word_fd, word, sizeof(*word), MSG_DONTWAIT)
		       : n;
}

int relay_read(struct relay *relay, struct relay_word *word)
{
	ssize_t n = hear(relay, word);

	if (n == sizeof(*word) && word->says == RELAY_ENDED)
		return judge_end(relay, word, true);
	if (n == sizeof(*word)) {
		word->err.text[sizeof(word->err.text) - 1] = '\0';
		return 1;
	}
	word->says = 0;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	return judge_end(relay, word, false);
}

void relay_end(struct relay *relay)
{
	helper_end(&relay->door); /* nobody comes in any more */
	close_all(&relay->word_fd, 1);
	if (relay->pid > 0)
		waitpid(relay->pid, NULL, WNOHANG);
	relay->pid = 0;
}

void relay_kill(struct relay *relay)
{
	helper_end(&relay->pid);
	relay_let_go(relay);
	relay_end(relay);
}
