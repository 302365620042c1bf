/* SPDX-License-Identifier: MIT */
/*
 * paths: what mounts, landlock, paths and scripts say of files, with the lists
 * that they name, a command and the files that it names.  The verdict is of the
 * object: however a path is spelled, it is the same.
 */
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "tests/fuzz/pipeline.h"

/* Things that a path can lead to: once, and no input writes there. */
static void make_tree(void)
{
	static const char *const links[][2] = {
		{ "files/file", "files/link" }, { "link", "files/link2" },
		{ "loop", "files/loop" },	{ "/usr", "files/usr" },
		{ "/proc/self", "files/proc" }, { "nowhere", "files/dangling" },
		{ ".", "files/here" },
	};
	static bool is_made;
	const char *dir = fuzz_scratch();

	if (is_made)
		return;
	is_made = true;
	HOLDS(chdir(dir) == 0);
	for (size_t i = 0; i < CORDON_COUNT(links); i++)
		HOLDS(symlink(links[i][0], links[i][1]) == 0);
}

/* 0: it would run; 1: denied; 2: another fault. */
static int verdict(const struct pipeline *pipeline, struct arena *arena,
		   const char **told)
{
	struct prepared prepared;

	if (pipeline_plan(pipeline, arena, &prepared, told) == 0) {
		pipeline_judge(&prepared);
		return 0;
	}
	return strstr(*told, "decide -1 2 ") != NULL ? 1 : 2;
}

/* The program by another spelling of the same path. */
static char **respelled(struct arena *arena, char **argv)
{
	size_t n = 0;
	char **other;

	while (argv[n])
		n++;
	other = arena_alloc(arena, (n + 1) * sizeof(*other));
	memcpy(other, argv, n * sizeof(*other));
	other[0] = arena_printf(arena, "/.%s", argv[0]);
	return other;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fuzz_part parts[FUZZ_PARTS];
	size_t n = fuzz_split(arena, data, size, parts);
	struct pipeline pipeline;
	const char *told, *again;
	int first, second;

	make_tree();
	pipeline_begin(&pipeline, arena, parts, n);
	first = verdict(&pipeline, arena, &told);
	if (pipeline.request.argv[0] && *pipeline.request.argv[0] == '/' &&
	    strlen(pipeline.request.argv[0]) < 200) {
		pipeline.request.argv = respelled(arena, pipeline.request.argv);
		second = verdict(&pipeline, arena, &again);
		if (first != second)
			EQUAL(told, again);
	} else {
		second = verdict(&pipeline, arena, &again);
		HOLDS(first == second);
		EQUAL(told, again);
	}
	pipeline_end(&pipeline);
	arena_free(arena);
	return 0;
}
