/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/front.h"
#include "core/nsjail.h"
#include "core/prepare.h"
#include "core/run.h"
#include "core/spank.h"
#include "core/starter.h"
#include "core/tini.h"

/* ---- how it was called ---- */

static bool is_file(const char *path, const struct stat *wanted)
{
	struct stat st;

	return path && stat(path, &st) == 0 && st.st_dev == wanted->st_dev &&
	       st.st_ino == wanted->st_ino;
}

/* The name of such a link says nothing: /proc/7/exe, /dev/fd/3. */
static bool is_magic(const char *path)
{
	return !strncmp(path, "/proc/", 6) || !strncmp(path, "/dev/fd/", 8);
}

const char *front_path(const char *argv0)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	struct stat self;

	/* Of a script it is the script. */
	if (path && !is_magic(path) && stat("/proc/self/exe", &self) == 0 &&
	    is_file(path, &self))
		return path;
	return argv0 + (argv0[0] == '-');
}

struct front_call front_call(struct arena *arena, const char *path)
{
	const char *base = strrchr(path, '/');
	const char *name = base ? base + 1 : path;
	size_t size = strcspn(name, "@");

	return (struct front_call){
		.path = path,
		.name = arena_copy(arena, name, size),
		.stack = name[size] ? name + size + 1 : NULL,
	};
}

/* ---- the doors ---- */

/*
 * A shell for whatever takes the path of one.  It knows no option of a shell's:
 * argv goes on as it is, argv[0] too, which says what is a login shell ("-sh")
 * and what is POSIX mode ("sh").
 */
static int open_shell(struct arena *arena, const struct front_call *call,
		      struct request *request)
{
	request->is_of_stack = request->keeps_argv0 = true;
	return run(arena, request);
}

/* A PATH without the folder; NULL where nothing else was in it. */
static char *without(struct arena *arena, const char *path,
		     const struct stat *folder)
{
	char *kept = NULL;

	for (;;) {
		size_t size = strcspn(path, ":");
		const char *part = arena_copy(arena, path, size);

		if (!is_file(size > 0 ? part : ".", folder))
			kept = arena_printf(arena, "%s%s%s", kept ? kept : "",
					    kept ? ":" : "", part);
		if (path[size] == '\0')
			return kept;
		path += size + 1;
	}
}

/* What the job starts by that name is the program itself: the link would lead
 * into the stack once more, from within. */
static void leave_path(struct arena *arena, const struct front_call *call,
		       struct request *request)
{
	const char *base = strrchr(call->path, '/');
	size_t size = base ? (size_t)(base - call->path) + 1 : 0, n = 0;
	struct stat folder;

	if (stat(size > 0 ? arena_copy(arena, call->path, size) : ".",
		 &folder) < 0)
		return;
	for (size_t i = 0; request->environ[i]; i++) {
		char *entry = request->environ[i];

		if (!strncmp(entry, "PATH=", 5)) {
			entry = without(arena, entry + 5, &folder);
			if (entry)
				entry = arena_printf(arena, "PATH=%s", entry);
		}
		if (entry)
			request->environ[n++] = entry;
	}
	request->environ[n] = NULL;
}

/* Another program by its name: a link `python3`, or `python3@STACK`. */
static int open_program(struct arena *arena, const struct front_call *call,
			struct request *request)
{
	request->is_of_stack = true;
	leave_path(arena, call, request);
	return run(arena, request);
}

struct front {
	const char *name; /* NULL: any other */
	int (*open)(struct arena *arena, const struct front_call *call,
		    struct request *request);
};

static const struct front fronts[] = {
	{ "cordon-sh", open_shell },
	{ CORDON_SPANK_DOOR, spank_open },
	{ "cordon-starter", starter_open },
	{ "nsjail", nsjail_open },
	{ "tini", tini_open },
	{ NULL, open_program },
};

static const struct front *find_front(const char *name)
{
	const struct front *front = fronts;

	while (front->name && strcmp(front->name, name) != 0)
		front++;
	return front;
}

bool front_is_free(const char *name)
{
	return !find_front(name)->name && strcmp(name, "cordon") != 0;
}

int front_open(struct arena *arena, const struct front_call *call,
	       struct request *request)
{
	request->call = call;
	request->stack = call->stack ? call->stack : call->name;
	return find_front(call->name)->open(arena, call, request);
}

/* ---- what [stack] says of the job ---- */

static size_t count(char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static size_t add_words(struct arena *arena, const char *text, char **argv,
			size_t n)
{
	while (text && *text) {
		size_t size = strcspn(text, " \t");

		argv[n++] = arena_copy(arena, text, size);
		text += size;
		text += strspn(text, " \t");
	}
	return n;
}

void front_fill(struct prepared *prepared)
{
	const struct request *request = prepared->request;
	const struct stack *stack = &prepared->stack;
	struct cordon_job *job = &prepared->job;
	const char *program = stack->program ? stack->program : "";
	const size_t most = stack->arguments ? strlen(stack->arguments) : 0;
	char **argv =
		arena_alloc(prepared->arena,
			    (count(request->argv) + most + 2) * sizeof(*argv));
	const char *first = request->keeps_argv0   ? request->argv[0]
			    : stack->argv0_is_name ? request->call->name
						   : program;
	size_t n = 0;

	argv[n++] = arena_strdup(prepared->arena, first);
	n = add_words(prepared->arena, stack->arguments, argv, n);
	memcpy(argv + n, request->argv + 1,
	       count(request->argv) * sizeof(*argv)); /* with its NULL */
	job->argv = argv;
	job->program = program;
}

static bool is_self(const struct prepared *prepared, const struct stat *st)
{
	const struct front_call *call = prepared->request->call;
	const char *const own[] = { "/proc/self/exe", prepared->place.front,
				    prepared->place.twin,
				    call ? call->path : NULL };

	for (size_t i = 0; i < CORDON_COUNT(own); i++)
		if (is_file(own[i], st))
			return true;
	return false;
}

static int judge_file(const struct prepared *prepared, bool is_check,
		      struct cordon_error *err)
{
	const char *program = prepared->stack.program;
	int fd = open(program, O_PATH | O_CLOEXEC);
	struct stat st;
	int rc = fd < 0 ? -1 : fstat(fd, &st), code = errno;

	if (fd >= 0)
		close(fd);
	/* In another root is another file; whether a run finds it, exec says.
	 */
	if (rc < 0 && cordon_is_absent(code) &&
	    (!is_check || prepared->plan.settled.root != CORDON_ROOT_HOST))
		return 0;
	if (rc < 0)
		return cordon_fail(err, code, "cannot open '%s'", program);
	if (is_self(prepared, &st))
		return cordon_fail(err, 0,
				   "'%s' is cordon itself (name the program "
				   "that is meant)",
				   program);
	if (is_check && (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)))
		return cordon_fail(err, 0, "'%s' is not a program", program);
	return 0;
}

int front_judge(struct prepared *prepared, bool is_check,
		struct cordon_error *err)
{
	const struct stack *stack = &prepared->stack;

	if (!stack->program)
		return cordon_fail(err, 0,
				   "[stack] has no 'program', so nothing says "
				   "what '%s' runs",
				   prepared->request->call->name);
	if (judge_file(prepared, is_check, err) == 0)
		return 0;
	return stack_blame(stack, stack->program_where, "stack", "program",
			   err);
}
