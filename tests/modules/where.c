/* SPDX-License-Identifier: MIT */
/*
 * where - says in which process each of its hooks runs
 *
 *	[where]
 *	file = /tmp/said
 *
 * A line for each: "HOOK PID"; that of finish by what begin opened.  What it gives
 * to pthread_atfork(3) would run in a child that a C library makes.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <cordon/module.h>

struct where {
	struct cordon_text file;
};

static const struct cordon_option options[] = {
	{ "file", "appended to", CORDON_PATH, CORDON_EQUAL,
	  CORDON_AT(struct where, file) },
};

static const char *path;

struct where_state {
	int fd;
};

static int begin(void)
{
	return open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
}

static int end(int fd, const char *hook)
{
	int rc = fd < 0 || dprintf(fd, "%s %d\n", hook, (int)getpid()) < 0;

	if (fd >= 0)
		close(fd);
	return rc ? -1 : 0;
}

static int say(const char *hook)
{
	return end(begin(), hook);
}

static void in_child(void)
{
	say("child");
}

static int where_configure(const void *self, struct cordon_error *err)
{
	const struct where *where = self;

	path = where->file.text;
	if (pthread_atfork(NULL, NULL, in_child) != 0)
		return cordon_fail(err, 0, "pthread_atfork");
	return say("configure");
}

static int where_plan(const void *self, struct cordon_plan *plan,
		      struct cordon_error *err)
{
	return say("plan");
}

static int where_begin(const void *self, void *state,
		       const struct cordon_job *job, struct cordon_error *err)
{
	struct where_state *kept = state;

	kept->fd = begin();
	return say("begin");
}

static int where_finish(const void *self, void *state,
			const struct cordon_result *result,
			struct cordon_error *err)
{
	const struct where_state *kept = state;

	return end(kept->fd, "finish");
}

CORDON_MODULE(where) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "says where its hooks run",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct where),
	.state_size = sizeof(struct where_state),
	.configure = where_configure,
	.plan = where_plan,
	.begin = where_begin,
	.finish = where_finish,
};
