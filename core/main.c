/* SPDX-License-Identifier: MIT */
/* main - provisional: version, usage, the modules that there are */
#include <stdio.h>
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/place.h"

static int fail(const struct cordon_error *err)
{
	fprintf(stderr, "cordon: %s%s%s\n", err->text, err->code ? ": " : "",
		err->code ? strerror(err->code) : "");
	return 125;
}

static int modules(struct arena *arena, struct cordon_error *err)
{
	struct place place;
	struct loader loader = { .arena = arena,
				 .preloaded = door_preloaded(),
				 .trust = &place.trust };
	const char *const *names;
	size_t n;

	if (place_find(&place, err) < 0)
		return -1;
	loader.dir = place.moduledir;
	if (loader_names(&loader, &names, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (!loader_open(&loader, names[i], err))
			return -1;
	for (size_t i = 0; i < n; i++)
		printf("%-12s %s\n", names[i],
		       loader_open(&loader, names[i], err)->summary);
	return 0;
}

int main(int argc, char **argv)
{
	struct cordon_error err = { 0 };
	char **environment;
	struct arena *arena;
	int rc;

	if (door_enter(argv, &environment, &err) < 0)
		return fail(&err);
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("cordon " PACKAGE_VERSION);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "modules")) {
		arena = arena_new();
		rc = modules(arena, &err);
		arena_free(arena);
		return rc < 0 ? fail(&err) : 0;
	}
	fputs("usage: cordon run STACK -- COMMAND\n", stderr);
	return 125;
}
