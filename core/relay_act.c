/* SPDX-License-Identifier: MIT */
/* In the job's process: its stdio for the relay, the relay's pipes for it. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "core/act.h"
#include "core/relay.h"
#include "core/rows.h"
#include "core/sys.h"

/* All in one message, the lowest first. */
static long hand_over(int fd, unsigned streams)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(RELAY_STREAMS * sizeof(int))];
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS } };
	char byte = 0;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one, .msg_iovlen = 1 };
	size_t n = 0;

	for (int i = 0; i < RELAY_STREAMS; i++)
		if (streams & 1u << i) {
			memcpy(CMSG_DATA(&control.head) + n * sizeof(i), &i,
			       sizeof(i));
			n++;
		}
	control.head.cmsg_len = CMSG_LEN(n * sizeof(int));
	message.msg_control = n > 0 ? &control : NULL;
	message.msg_controllen = n > 0 ? CMSG_SPACE(n * sizeof(int)) : 0;
	return sys(SYS_sendmsg, fd, &message, MSG_NOSIGNAL);
}

/* It is as it must be, or the job does not run. */
static long hear(struct act *act, int fd, struct relay_word *word)
{
	long rc;
	size_t n;

	act->what = "the relay's word";
	do
		rc = sys(SYS_read, fd, word, sizeof(*word));
	while (rc == -EINTR);
	if (rc < 0)
		return rc;
	if (rc != sizeof(*word))
		return -ECANCELED;
	if (word->says == RELAY_READY)
		return 0;
	n = strnlen(word->err.text, sizeof(act->report.what) - 1);
	memcpy(act->report.what, word->err.text, n);
	act->report.what[n] = '\0';
	return word->err.code > 0 ? -word->err.code : -ECANCELED;
}

int act_relay(struct act *act, const struct step *step)
{
	const unsigned streams = relay_streams(act->plan);
	struct relay_word word;
	long rc;

	(void)step;
	act->what = "sendmsg";
	rc = hand_over(act->relay_fd, streams);
	if (rc >= 0)
		rc = hear(act, act->relay_fd, &word);
	if (rc < 0)
		return (int)rc;
	act->what = "dup3";
	for (int i = 0; i < RELAY_STREAMS; i++) {
		int pipe = word.is_one && i == 2 ? 1 : i;

		if (!(streams & 1u << i))
			continue;
		rc = sys(SYS_dup3, act->relayed[pipe], i, 0);
		if (rc < 0)
			return (int)rc;
	}
	return 0;
}
