/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/explain.h"
#include "core/step.h"
#include "core/value.h"
#include "tests/fuzz/pipeline.h"

static void take_part(struct pipeline *pipeline, const struct fuzz_part *part)
{
	struct request *request = &pipeline->request;

	if (!*part->name) {
		fuzz_write("conf/t.ini", part->text, part->size);
	} else if (!strcmp(part->name, "given")) {
		request->given =
			(const char *const *)fuzz_lines(pipeline->arena, part);
		for (request->n_given = 0; request->given[request->n_given];)
			request->n_given++;
	} else if (!strcmp(part->name, "environ")) {
		request->environ = fuzz_lines(pipeline->arena, part);
	} else if (!strcmp(part->name, "argv")) {
		request->argv = fuzz_lines(pipeline->arena, part);
	} else if (!strncmp(part->name, "conf/", 5) ||
		   !strncmp(part->name, "files/", 6)) {
		fuzz_write(part->name, part->text, part->size);
	}
}

void pipeline_begin(struct pipeline *pipeline, struct arena *arena,
		    const struct fuzz_part *parts, size_t n)
{
	static char *nothing[] = { NULL };
	static char *command[] = { "/bin/true", NULL };

	*pipeline = (struct pipeline){
		.arena = arena,
		.request = { .stack = "t",
			     .job_id = "fuzz",
			     .status_fd = -1,
			     .environ = nothing,
			     .argv = command },
	};
	fuzz_open();
	HOLDS(chdir(fuzz_scratch()) == 0);
	for (size_t i = 0; i < n; i++)
		take_part(pipeline, &parts[i]);
}

void pipeline_end(struct pipeline *pipeline)
{
	fuzz_forget();
	fuzz_close();
}

/* ---- read, decide, plan ---- */

static const char *tell(struct arena *arena, const char *told, const char *what,
			int rc, const struct cordon_error *err)
{
	if (rc < 0)
		fuzz_judge_error(err);
	return arena_printf(arena, "%s%s %d %d %d %s\n", told, what, rc,
			    rc < 0 ? (int)err->reason : 0,
			    rc < 0 ? (int)err->code : 0,
			    rc < 0 ? err->text : "");
}

static const char *tell_plan(struct arena *arena, const char *told,
			     const struct plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++) {
		const char *step = plan_print_step(arena, &plan->steps[i]);
		const char *origin =
			plan_print_origin(arena, plan, &plan->steps[i]);

		HOLDS(fuzz_is_line(step, strlen(step)));
		HOLDS(fuzz_is_line(origin, strlen(origin)));
		told = arena_printf(arena, "%s%s %s\n", told, step, origin);
	}
	for (size_t i = 0; plan->settled.environ[i]; i++)
		told = arena_printf(arena, "%senv %s\n", told,
				    plan->settled.environ[i]);
	return told;
}

int pipeline_plan(const struct pipeline *pipeline, struct arena *arena,
		  struct prepared *prepared, const char **told)
{
	struct cordon_error err = { 0 };
	int rc, verdict;

	rc = prepare_stack(arena, &pipeline->request, false, prepared, &err);
	*told = tell(arena, "", "read", rc, &err);
	for (size_t i = 0; i < prepared->n_more_faults; i++)
		fuzz_judge_error(&prepared->more_faults[i]);
	if (rc < 0) /* what a run does for the record of it */
		return prepare_observe(prepared, &err), -1;
	rc = prepare_observe(prepared, &err);
	*told = tell(arena, *told, "observe", rc, &err);
	if (rc < 0)
		return -1;
	verdict = prepare_decide(prepared, &err);
	*told = tell(arena, *told, "decide", verdict, &err);
	rc = prepare_plan(prepared, &err);
	*told = tell(arena, *told, "plan", rc, &err);
	if (prepared->job.program_fd >= 0)
		close(prepared->job.program_fd);
	if (rc < 0)
		return -1;
	*told = tell_plan(arena, *told, &prepared->plan);
	return verdict;
}

/* ---- what must hold of a plan ---- */

static void judge_path(const char *path)
{
	HOLDS(*path == '/');
	for (const char *at = path; (at = strstr(at, "/..")); at++)
		HOLDS(at[3] != '\0' && at[3] != '/');
}

static void judge_step(const struct step *step)
{
	const struct cordon_step *is = &step->is;

	HOLDS(step->row->type == is->type);
	HOLDS(step->row->texts < 1 || is->text[0]);
	HOLDS(step->row->texts < 2 || is->text[1]);
	/* Who asked may ask. */
	HOLDS(step->kind == 0 || step->row->kinds & 1u << step->kind);
	switch (is->type) {
	case CORDON_STEP_MOUNT:
	case CORDON_STEP_HIDE:
	case CORDON_STEP_LANDLOCK_PATH:
	case CORDON_STEP_FORBID:
		judge_path(is->text[0]);
		break;
	default:
		break;
	}
}

void pipeline_judge(const struct prepared *prepared)
{
	const struct plan *plan = &prepared->plan;
	const char *last = NULL;

	HOLDS(!plan->has_failed && plan->n_steps > 0);
	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		HOLDS(i == 0 || step[-1].row <= step->row);
		judge_step(step);
		if (step->is.type != CORDON_STEP_MOUNT)
			continue;
		/* Parents first, and none twice. */
		HOLDS(!last || strcmp(last, step->is.text[0]) < 0);
		last = step->is.text[0];
	}
	HOLDS((plan->settled.has_parent || plan->settled.has_helper) ==
	      (plan->settled.parent_reason != NULL));
}

/* ---- what is printed ---- */

enum command { EXPLAIN, EXPLAIN_JSON, CHECK, DIGEST, COMMANDS };

static int print(const struct pipeline *pipeline, enum command command)
{
	static const char *const names[] = { "t" };
	struct request request = pipeline->request;
	struct arena *arena = arena_new();
	int status;

	request.is_json = command == EXPLAIN_JSON;
	status = command == CHECK    ? explain_check(arena, &request, names, 1)
		 : command == DIGEST ? explain_digest(arena, &request)
				     : explain(arena, &request);
	arena_free(arena);
	return status;
}

/* Lines for people, with nothing in them that a terminal would act on. */
static void judge_lines(const char *text)
{
	for (; *text; text += strcspn(text, "\n") + 1) {
		HOLDS(strchr(text, '\n'));
		HOLDS(fuzz_is_line(text, strcspn(text, "\n")));
	}
}

static void print_twice(const struct pipeline *pipeline, enum command command)
{
	struct fuzz_said one, two;
	int status, again;

	fuzz_listen();
	status = print(pipeline, command);
	fuzz_heard(&one);
	judge_lines(one.err);
	judge_lines(one.out);
	HOLDS(status == 0 || status == 125);
	HOLDS(status == 0 || one.err_size > 0); /* with its reason */
	HOLDS(status == 125 || one.out_size > 0);
	if (command == EXPLAIN_JSON && status == 0)
		HOLDS(fuzz_is_json(one.out, one.out_size));
	if (command == DIGEST && status == 0)
		HOLDS(strspn(one.out, "0123456789abcdef") == 64);
	fuzz_listen();
	again = print(pipeline, command);
	fuzz_heard(&two);
	HOLDS(status == again);
	EQUAL(one.out, two.out);
	EQUAL(one.err, two.err);
	fuzz_free(&one);
	fuzz_free(&two);
}

/* One of them: an input's bytes choose, so that a fuzzer's time is not spent on
 * the same again. */
void pipeline_print(const struct pipeline *pipeline, size_t which)
{
	print_twice(pipeline, (enum command)(which % COMMANDS));
}
