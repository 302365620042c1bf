/* SPDX-License-Identifier: MIT */
/* What a job that is learned from has instead of its filters. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/filter.h"
#include "core/learn.h"
#include "core/learn_need.h"
#include "core/rows.h"
#include "core/sys.h"

#define LOAD(field)                                                            \
	{                                                                      \
		BPF_LD | BPF_W | BPF_ABS, 0, 0,                                \
			offsetof(struct seccomp_data, field)                   \
	}
#define UNLESS(value, skip)                                                    \
	{                                                                      \
		BPF_JMP | BPF_JEQ | BPF_K, 0, skip, (uint32_t)(value)          \
	}
#define ANSWER(value)                                                          \
	{                                                                      \
		BPF_RET | BPF_K, 0, 0, value                                   \
	}

/* What is measured; the others hold in a run that learns too. */
static bool is_measured(int64_t resource)
{
	return resource == RLIMIT_AS || resource == RLIMIT_DATA ||
	       resource == RLIMIT_STACK || resource == RLIMIT_NOFILE ||
	       resource == RLIMIT_CPU;
}

bool learn_leaves(struct cordon_step *step)
{
	switch (step->type) {
	case CORDON_STEP_SECCOMP:
	case CORDON_STEP_LANDLOCK_PATH:
	case CORDON_STEP_LANDLOCK_PORT:
		return false;
	case CORDON_STEP_LANDLOCK: /* scopes say nothing that could be noted */
		step->number[0] = step->number[1] = 0;
		step->text[0] = NULL;
		return step->number[2] != 0;
	case CORDON_STEP_RLIMIT:
		return !is_measured(step->number[0]);
	default:
		return true;
	}
}

struct sock_fprog learn_program(struct arena *arena,
				const struct filter_program *filter,
				bool counts_files, int socket)
{
	/* The descriptor's own way to the socket is asked of nobody: nobody
	 * listens yet. */
	const struct sock_filter head[] = {
		LOAD(arch),
		UNLESS(FILTER_ARCH, 1),
		{ BPF_JMP | BPF_JA, 0, 0, 1 },
		ANSWER(filter ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ALLOW),
		LOAD(nr),
		UNLESS(SYS_sendmsg, 3),
		LOAD(args[0]),
		UNLESS(socket, 1),
		ANSWER(SECCOMP_RET_ALLOW),
		LOAD(nr),
		{ BPF_JMP | BPF_JGE | BPF_K, 0, 1, LEARN_CALLS },
		ANSWER(filter ? SECCOMP_RET_ERRNO | ENOSYS : SECCOMP_RET_ALLOW),
	};
	size_t n = CORDON_COUNT(head);
	struct sock_filter *insn =
		arena_alloc(arena, (n + 2 * LEARN_CALLS + 1) * sizeof(*insn));

	memcpy(insn, head, sizeof(head));
	for (long i = 0; i < LEARN_CALLS; i++) {
		const struct sock_filter ask[] = {
			UNLESS(i, 1),
			ANSWER(SECCOMP_RET_USER_NOTIF),
		};

		if (!call_is_looked_at(i, counts_files) &&
		    (!filter || filter_passes_always(filter, i)))
			continue;
		memcpy(insn + n, ask, sizeof(ask));
		n += CORDON_COUNT(ask);
	}
	insn[n++] = (struct sock_filter)ANSWER(SECCOMP_RET_ALLOW);
	return (struct sock_fprog){ .len = (unsigned short)n, .filter = insn };
}

/* The descriptor goes to whoever listens, and is closed here. */
static long send_listener(int socket, long fd)
{
	char byte = 0;
	struct iovec vector = { &byte, 1 };
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	const struct msghdr message = { .msg_iov = &vector,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };
	const int sent = (int)fd;

	control.head.cmsg_len = CMSG_LEN(sizeof(sent));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), &sent, sizeof(sent));
	return sys(SYS_sendmsg, socket, &message, 0);
}

int act_learn(struct act *act, const struct step *step)
{
	const struct learn *own = act->plan->learn;
	long fd, rc;

	(void)step;
	act->what = "seccomp(SECCOMP_FILTER_FLAG_NEW_LISTENER)";
	fd = sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		 SECCOMP_FILTER_FLAG_NEW_LISTENER, &own->program);
	if (fd < 0)
		return (int)fd;
	act->what = "sendmsg";
	rc = send_listener(own->socket, fd);
	if (rc < 0)
		return (int)rc;
	sys(SYS_close, fd); /* it is close-on-exec too, and so is the socket */
	return 0;
}
