/* SPDX-License-Identifier: MIT */
/* The doors of the static program: what needs dlopen or NSS goes on to the
 * twin. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/door.h"
#include "core/etc.h"
#include "core/front.h"
#include "core/handoff.h"
#include "core/place.h"

/*
 * With what this process was started, so it is the process's and not a run's:
 * going on starts the twin with the same.
 */
static char *const *started_argv;
static struct handoff started;

static _Noreturn void go_on(void)
{
	struct cordon_error err = { 0 };
	struct place place;

	if (place_find(&place, &err) == 0)
		handoff_exec(place.twin, started_argv, &started, &err);
	/* Nobody may read it, or it may be a file at its limit. */
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	fprintf(stderr, "cordon: %s%s%s\n", err.text, err.code ? ": " : "",
		err.code ? strerror(err.code) : "");
	_exit(125);
}

int door_enter(char **argv, struct handoff *start, struct cordon_error *err)
{
	/* The twin's path leads to this program: it would go on for ever. */
	if (handoff_is_here(environ))
		return cordon_fail(err, 0,
				   "the program to go on with is this one");
	started_argv = argv;
	started = (struct handoff){ .path = front_path(argv[0]),
				    .environ = environ };
	*start = started;
	if (CORDON_GO_ON_AT_ONCE)
		go_on();
	return 0;
}

void door_go_on(void)
{
	go_on();
}

int door_open_module(const char *path, const char *name, const void **out,
		     struct cordon_error *err)
{
	go_on();
}

int door_user(struct arena *arena, const char *name, struct door_user *out,
	      struct cordon_error *err)
{
	switch (etc_user(arena, "/etc", name, out)) {
	case ETC_FOUND:
		return 0;
	case ETC_ABSENT:
		return cordon_fail(err, 0, "no user '%s'", name);
	case ETC_UNSURE:
		break;
	}
	go_on();
}

int door_user_of(struct arena *arena, uint32_t uid, struct door_user *out,
		 struct cordon_error *err)
{
	switch (etc_user_of(arena, "/etc", uid, out)) {
	case ETC_FOUND:
		return 0;
	case ETC_ABSENT:
		return cordon_fail(err, 0, "no user has uid %u", (unsigned)uid);
	case ETC_UNSURE:
		break;
	}
	go_on();
}

int door_group(struct arena *arena, const char *name, uint32_t *gid,
	       struct cordon_error *err)
{
	switch (etc_group("/etc", name, gid)) {
	case ETC_FOUND:
		return 0;
	case ETC_ABSENT:
		return cordon_fail(err, 0, "no group '%s'", name);
	case ETC_UNSURE:
		break;
	}
	go_on();
}

int door_groups(struct arena *arena, const char *user, uint32_t gid,
		uint32_t **gids, size_t *n, struct cordon_error *err)
{
	if (etc_groups(arena, "/etc", user, gid, gids, n) == ETC_FOUND)
		return 0;
	go_on();
}
