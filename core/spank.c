/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "core/arena.h"
#include "core/front.h"
#include "core/prepare.h"
#include "core/run.h"
#include "core/spank.h"

/* The job has the environment that Slurm gave it, whoever set the variable how
 * often. */
static char *take_argv0(struct arena *arena, char **environ)
{
	const size_t size = strlen(CORDON_SPANK_ARGV0 "=");
	const char *argv0 = prepare_variable(environ, CORDON_SPANK_ARGV0);
	size_t n = 0;

	for (size_t i = 0; environ[i]; i++)
		if (strncmp(environ[i], CORDON_SPANK_ARGV0 "=", size) != 0)
			environ[n++] = environ[i];
	environ[n] = NULL;
	return argv0 && *argv0 ? arena_strdup(arena, argv0) : NULL;
}

int spank_open(struct arena *arena, const struct front_call *call,
	       struct request *request)
{
	char *argv0 = take_argv0(arena, request->environ);

	if (argv0)
		request->argv[0] = argv0;
	else
		request->fault = arena_printf(
			arena,
			"'%s' is called by Slurm's plugin, which says the "
			"program in " CORDON_SPANK_ARGV0 " (see "
			"cordon-spank(8))",
			call->name);
	return run(arena, request);
}
