/* SPDX-License-Identifier: MIT */
/*
 * slots - at most so many jobs at once on this host
 *
 *	[slots]
 *	folder = /run/lock/reports
 *	count = 4
 *	wait = 1h
 *
 * A slot is a lock on the file FOLDER/N, which cordon holds while the job
 * lives; the kernel takes it back however cordon ends.  Stacks that name the
 * same folder share its slots.  Whoever may open the files can take the slots:
 * this shares between those who mean well.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cordon/module.h>

/* Between two looks, ns: nobody says when a lock is free. */
#define PAUSE_MIN 20000000
#define PAUSE_MAX 400000000

struct slots {
	struct cordon_text folder;
	struct cordon_number count, wait;
};

/* Zeroed at first: so is_held, not a descriptor, says whether there is one. */
struct slots_state {
	int fd;
	int is_held;
};

static const struct cordon_option options[] = {
	{ "folder", "where the locks are", CORDON_PATH, CORDON_BOTH,
	  CORDON_AT(struct slots, folder), NULL, NULL, NULL },
	{ "count", "jobs at once", CORDON_NUMBER, CORDON_BOTH,
	  CORDON_AT(struct slots, count), "1..4096", NULL, NULL },
	{ "wait", "for a slot, before the job is refused", CORDON_TIME,
	  CORDON_BOTH, CORDON_AT(struct slots, wait), "0..7d", "0", NULL },
};

static int slots_configure(const void *self, struct cordon_error *err)
{
	const struct slots *slots = self;

	if (!slots->folder.given || !slots->count.given)
		return cordon_fail(err, 0, "needs 'folder' and 'count'");
	return 0;
}

/* A descriptor, or -1 and errno.  Who may not write into the folder uses what
 * others made. */
static int open_slot(int folder, const char *name)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	int fd = openat(folder, name, flags);

	if (fd < 0 && errno == ENOENT) {
		fd = openat(folder, name, flags | O_CREAT | O_EXCL, 0644);
		if (fd >= 0)
			fchmod(fd, 0644); /* whatever the umask is: other users
					     lock it too */
		else if (errno == EEXIST)
			fd = openat(folder, name, flags);
	}
	return fd;
}

/* 1: state has a slot; 0: all are taken; -1. */
static int take(const struct slots *slots, int folder,
		struct slots_state *state, struct cordon_error *err)
{
	for (int i = 0; i < slots->count.value; i++) {
		char name[16];
		int fd;

		snprintf(name, sizeof(name), "%d", i);
		fd = open_slot(folder, name);
		if (fd < 0)
			return cordon_fail(err, errno, "cannot open '%s/%s'",
					   slots->folder.text, name);
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			state->fd = fd;
			state->is_held = 1;
			return 1;
		}
		if (errno != EWOULDBLOCK) {
			int code = errno;

			close(fd);
			return cordon_fail(err, code, "cannot lock '%s/%s'",
					   slots->folder.text, name);
		}
		close(fd);
	}
	return 0;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * (int64_t)1000000000 + time.tv_nsec;
}

static int slots_begin(const void *self, void *state,
		       const struct cordon_job *job, struct cordon_error *err)
{
	const struct slots *slots = self;
	struct timespec pause = { 0, PAUSE_MIN };
	const int64_t end = now() + slots->wait.value;
	int folder = open(slots->folder.text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc;

	(void)job;
	if (folder < 0)
		return cordon_fail(err, errno, "cannot open '%s'",
				   slots->folder.text);
	while ((rc = take(slots, folder, state, err)) == 0 && now() < end) {
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX)
			pause.tv_nsec *= 2;
	}
	close(folder);
	if (rc == 0)
		return cordon_deny(err, "all slots of '%s' are taken (%d)",
				   slots->folder.text, (int)slots->count.value);
	return rc < 0 ? -1 : 0;
}

static int slots_finish(const void *self, void *state,
			const struct cordon_result *result,
			struct cordon_error *err)
{
	struct slots_state *slot = state;

	(void)self;
	(void)result;
	(void)err;
	if (slot->is_held)
		close(slot->fd);
	slot->is_held = 0;
	return 0;
}

CORDON_MODULE(slots) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "at most so many jobs at once on this host",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct slots),
	.state_size = sizeof(struct slots_state),
	.configure = slots_configure,
	.begin = slots_begin,
	.finish = slots_finish,
	.wait = "wait",
};
