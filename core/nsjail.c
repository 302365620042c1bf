/* SPDX-License-Identifier: MIT */
#include <string.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/explain.h"
#include "core/front.h"
#include "core/nsjail.h"
#include "core/param.h"
#include "core/prepare.h"
#include "core/run.h"

#define FAILURE 255 /* of nsjail, where the job has not started */

/* The line's words, or those of exec_bin; there is no search along PATH. */
static int find_command(struct arena *arena,
			const struct nsjail_profile *profile, char **words,
			char ***argv, struct cordon_error *err)
{
	const struct nsjail_program *program = profile->exec_bin.message;
	size_t n = 0;

	*argv = words;
	if (program && words[0])
		return cordon_fail(err, 0,
				   "both exec_bin and a command behind -- "
				   "(one of them)");
	if (program) {
		*argv = arena_alloc(arena,
				    (program->arg.n + 2) * sizeof(**argv));
		(*argv)[n++] = arena_strdup(arena, program->path.text);
		for (size_t i = 0; i < program->arg.n; i++)
			(*argv)[n++] =
				arena_strdup(arena, program->arg.value[i].text);
	}
	if (!(*argv)[0] || !(*argv)[0][0])
		return cordon_fail(err, 0,
				   "no command (nsjail ... -- COMMAND)");
	if (!strchr((*argv)[0], '/'))
		return cordon_fail(err, 0,
				   "'%s' is no path (nsjail does not search "
				   "PATH: write /bin/...)",
				   (*argv)[0]);
	return 0;
}

int nsjail_open(struct arena *arena, const struct front_call *call,
		struct request *request)
{
	struct nsjail_profile *profile = arena_alloc(arena, sizeof(*profile));
	struct ini_file *sections = arena_alloc(arena, sizeof(*sections));
	struct cordon_error err = { 0 };
	int at, rc = nsjail_arguments(arena, request->argv, profile, &at, &err);

	if (rc > 0)
		return 0;
	profile->may_make = true;
	if (rc < 0 ||
	    find_command(arena, profile, request->argv + at, &request->argv,
			 &err) < 0 ||
	    nsjail_sections(arena, profile, sections, &err) < 0) {
		explain_fault(NULL, &err);
		return FAILURE;
	}
	request->more = sections;
	request->yields = nsjail_yields;
	request->is_optional = !call->stack;
	request->failure = FAILURE;
	if (profile->name.line && param_is_name(profile->name.text))
		request->job_id = profile->name.text;
	return run(arena, request);
}
