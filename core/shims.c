/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/explain.h"
#include "core/front.h"
#include "core/prepare.h"
#include "core/shims.h"
#include "core/value.h"

struct folder {
	const char *path; /* NULL: none is asked for */
	int fd;
};

/* Those by whose links others than its owner and root could run something else
 * are no folders for them. */
static int open_folder(const struct prepared *prepared, const char *path,
		       struct folder *folder, struct cordon_error *err)
{
	const struct request *request = prepared->request;

	*folder = (struct folder){ .path = path, .fd = -1 };
	if (!path)
		return 0;
	if (request->conf || request->is_user)
		return cordon_fail(
			err, 0,
			"a link reads the system's stacks alone (see "
			"cordon stacks), not those of --conf or "
			"--user");
	folder->fd = trust_open_dir(&prepared->user_trust, path, err);
	return folder->fd < 0 ? -1 : 0;
}

/* One that is there already and leads here is as good. */
static int make_link(const struct prepared *prepared,
		     const struct folder *folder, const char *name,
		     struct cordon_error *err)
{
	const char *front = prepared->place.front;
	struct stat own, there;

	if (!folder->path || symlinkat(front, folder->fd, name) == 0)
		return 0;
	if (errno != EEXIST)
		return cordon_fail(err, errno, "cannot make '%s/%s'",
				   folder->path, name);
	if (stat(front, &own) == 0 &&
	    fstatat(folder->fd, name, &there, 0) == 0 &&
	    own.st_dev == there.st_dev && own.st_ino == there.st_ino)
		return 0;
	return cordon_fail(err, 0,
			   "'%s/%s' is there, and is no link to '%s' (remove "
			   "it)",
			   folder->path, name, front);
}

/* 1: it has a link; 0: it is called otherwise, or not at all. */
static int read_program(const struct prepared *prepared, const char *name,
			struct stack *stack, struct cordon_error *err)
{
	struct stack_request asked = prepare_request(prepared);

	asked.name = name;
	asked.is_symbolic = true;
	if (stack_read(prepared->arena, &asked, stack, err) < 0)
		return -1;
	return stack->program && front_is_free(name);
}

static int shim(const struct prepared *prepared, const struct folder *folder,
		const char *name)
{
	struct cordon_error err = { 0 };
	struct stack stack;
	int rc = read_program(prepared, name, &stack, &err);

	if (rc == 0)
		return 0;
	if (rc < 0 || make_link(prepared, folder, name, &err) < 0)
		return explain_fault(name, &err);
	printf("%s%s%-16s %s%s%s\n", folder->path ? folder->path : "",
	       folder->path ? "/" : "", name, stack.program,
	       stack.arguments ? " " : "",
	       stack.arguments ? stack.arguments : "");
	return 0;
}

int shims(struct arena *arena, const struct request *request, const char *dir)
{
	struct prepared prepared;
	struct stack_request asked;
	struct stack_name *names;
	struct cordon_error err = { 0 };
	struct folder folder;
	int status = 0;
	size_t n;

	door_go_on();
	if (prepare_places(arena, request, &prepared, &err) < 0 ||
	    open_folder(&prepared, dir, &folder, &err) < 0)
		return explain_fault(NULL, &err);
	asked = prepare_request(&prepared);
	if (stack_names(arena, &asked, &names, &n, &err) < 0) {
		status = explain_fault(NULL, &err);
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		status |= shim(&prepared, &folder, names[i].name);
	if (folder.fd >= 0)
		close(folder.fd);
	return status;
}
