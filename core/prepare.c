/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/caller.h"
#include "core/door.h"
#include "core/front.h"
#include "core/hook.h"
#include "core/json.h"
#include "core/learn.h"
#include "core/object.h"
#include "core/option.h"
#include "core/pin.h"
#include "core/prepare.h"
#include "core/relay.h"
#include "core/secret.h"
#include "core/settle.h"
#include "core/value.h"

/* ---- where ---- */

const char *prepare_variable(char **environ, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; environ && environ[i]; i++)
		if (!strncmp(environ[i], name, size) && environ[i][size] == '=')
			return environ[i] + size + 1;
	return NULL;
}

static void add_trusted(struct trust *trust, uint32_t uid)
{
	if (uid != 0 && trust->n < CORDON_COUNT(trust->uids))
		trust->uids[trust->n++] = uid;
}

/* The caller's own folder: by XDG_CONFIG_HOME or HOME, for no root (I57). */
static const char *user_dir(struct arena *arena, const struct request *request)
{
	const char *config =
		prepare_variable(request->environ, "XDG_CONFIG_HOME");
	const char *home = prepare_variable(request->environ, "HOME");

	if (config && *config == '/')
		return arena_printf(arena, "%s/cordon/conf.d", config);
	if (home && *home == '/')
		return arena_printf(arena, "%s/.config/cordon/conf.d", home);
	return NULL;
}

static const char *absolute(struct arena *arena, const char *path)
{
	char cwd[4096];

	if (*path == '/' || !getcwd(cwd, sizeof(cwd)))
		return path;
	while (!strncmp(path, "./", 2))
		path += 2;
	return !strcmp(path, ".") ? arena_strdup(arena, cwd)
				  : arena_printf(arena, "%s/%s", cwd, path);
}

/* Its code runs with the caller's rights: it is root's, or the caller's. */
static int load_file(struct prepared *prepared, struct cordon_error *err)
{
	struct loader loader = prepared->loader;
	const char *path =
		absolute(prepared->arena, prepared->request->module_file);

	loader.trust = &prepared->user_trust;
	if (!loader_open_file(&loader, path, err))
		return -1;
	prepared->loader.opened = loader.opened;
	return 0;
}

int prepare_places(struct arena *arena, const struct request *request,
		   struct prepared *out, struct cordon_error *err)
{
	const char *own;

	*out = (struct prepared){ .arena = arena,
				  .request = request,
				  .exit_status = -1 };
	/* A program that went on from there would enter it, or look for a
	 * record in it, a second time. */
	if (request->dir)
		door_go_on();
	if (request->dir && chdir(request->dir) < 0)
		return cordon_fail(err, errno, "-C: cannot enter '%s'",
				   value_escape(arena, request->dir,
						strlen(request->dir)));
	if (place_find(&out->place, err) < 0)
		return -1;
	out->user_trust = out->place.trust;
	add_trusted(&out->user_trust, geteuid());
	out->loader = (struct loader){ .arena = arena,
				       .preloaded = door_preloaded(),
				       .dir = out->place.moduledir,
				       .trust = &out->place.trust };
	if (request->module_file && load_file(out, err) < 0)
		return -1;
	if (request->conf && request->is_user)
		return cordon_fail(err, 0,
				   "--conf and --user exclude each other");
	if (request->conf) {
		out->dirs[0] = absolute(arena, request->conf);
		out->n_dirs = out->n_admin_dirs = 1;
		if (access(out->dirs[0], F_OK) < 0)
			return cordon_fail(err, errno,
					   "--conf: cannot open '%s'",
					   value_escape(arena, out->dirs[0],
							strlen(out->dirs[0])));
		return 0;
	}
	for (size_t i = 0; i < out->place.n_confdirs; i++)
		out->dirs[out->n_dirs++] = out->place.confdirs[i];
	out->n_admin_dirs = out->n_dirs;
	if (!request->is_user)
		return 0;
	if (geteuid() == 0)
		return cordon_fail(err, 0,
				   "--user is for callers who are not root "
				   "(root leaves it out)");
	own = user_dir(arena, request);
	if (own)
		out->dirs[out->n_dirs++] = own;
	return 0;
}

/* ---- the job's facts ---- */

static const char *new_job_id(struct arena *arena)
{
	unsigned char bytes[8] = { 0 };
	const char *id = "";

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		return arena_printf(arena, "pid-%d", (int)getpid());
	for (size_t i = 0; i < sizeof(bytes); i++)
		id = arena_printf(arena, "%s%02x", id, bytes[i]);
	return id;
}

static int find_job(struct prepared *prepared, struct cordon_error *err)
{
	const struct request *request = prepared->request;
	struct cordon_job *job = &prepared->job;
	struct arena *arena = prepared->arena;
	char cwd[4096];
	gid_t *groups;
	int n = getgroups(0, NULL);

	if (n < 0)
		return cordon_fail(err, errno, "cannot read the groups");
	groups = arena_alloc(arena, ((size_t)n + 1) * sizeof(*groups));
	n = getgroups(n, groups);
	if (n < 0)
		return cordon_fail(err, errno, "cannot read the groups");
	job->id = request->job_id ? request->job_id : new_job_id(arena);
	for (const char *at = job->id; *at || at == job->id; at++)
		if (strlen(job->id) > 128 || *at <= ' ' || *at > '~')
			return cordon_fail(err, 0,
					   "'%s' is not a job id (up to 128 "
					   "printable characters)",
					   value_escape(arena, job->id,
							strlen(job->id)));
	job->cwd = getcwd(cwd, sizeof(cwd)) && cwd[0] == '/'
			   ? arena_strdup(arena, cwd)
			   : NULL;
	job->argv = request->argv;
	job->program = request->program ? request->program
		       : request->argv	? request->argv[0]
					: NULL;
	job->environ = (const char *const *)request->environ;
	job->program_fd = -1;
	job->uid = getuid();
	job->gid = getgid();
	job->is_root = geteuid() == 0;
	job->groups = groups;
	job->n_groups = (size_t)n;
	return 0;
}

/* ---- modules ---- */

static int compare_parts(const void *a, const void *b)
{
	const struct part *one = a, *two = b;

	return strcmp(one->section->name, two->section->name);
}

/* Which control words a kind of module may have (DESIGN 2). */
static const struct {
	uint32_t kind;
	enum control control;
} control_words[] = {
	{ CORDON_DECIDE, CONTROL_REQUIRED },
	{ CORDON_DECIDE, CONTROL_REQUISITE },
	{ CORDON_DECIDE, CONTROL_SUFFICIENT },
	{ CORDON_CONFINE, CONTROL_REQUIRED },
	{ CORDON_ARRANGE, CONTROL_REQUIRED },
	{ CORDON_OBSERVE, CONTROL_REQUIRED },
	{ CORDON_OBSERVE, CONTROL_OPTIONAL },
};

static const char *const control_names[] = { "required", "requisite",
					     "sufficient", "optional" };
static const char *const kind_names[] = { "", "decide", "confine", "arrange",
					  "observe" };

static int judge_control(struct prepared *prepared, const struct part *part,
			 struct cordon_error *err)
{
	const struct section *section = part->section;

	for (size_t i = 0; i < CORDON_COUNT(control_words); i++)
		if (control_words[i].kind == part->module->kind &&
		    control_words[i].control == section->control)
			return 0;
	cordon_fail(err, 0, "'%s' is not for a module that %ss (say required)",
		    control_names[section->control],
		    kind_names[part->module->kind]);
	return stack_blame(&prepared->stack, section->control_where,
			   section->name, "control", err);
}

/* A final section of an arrange module is the only one of that module. */
static int judge_final(struct prepared *prepared, const struct part *part,
		       struct cordon_error *err)
{
	if (!part->section->is_final || part->module->kind != CORDON_ARRANGE)
		return 0;
	for (size_t i = 0; i < prepared->n_parts; i++) {
		const struct section *other = prepared->parts[i].section;

		if (other == part->section ||
		    strcmp(other->module, part->section->module))
			continue;
		cordon_fail(err, 0,
			    "[%s] is final (%s): no other section of this "
			    "module may be added",
			    part->section->name,
			    stack_where(prepared->arena, &prepared->stack,
					part->section->final_where));
		return stack_blame(&prepared->stack, other->where, other->name,
				   NULL, err);
	}
	return 0;
}

static bool is_for_us(const struct prepared *prepared,
		      const struct section *section)
{
	return section->when == WHEN_ALWAYS ||
	       (section->when == WHEN_ROOT) == (bool)prepared->job.is_root;
}

static int load_part(struct prepared *prepared, struct part *part,
		     struct cordon_error *err)
{
	const struct section *section = part->section;

	prepared->failed_section = section->name;
	part->module =
		loader_open(&prepared->loader, section->module, err);
	if (!part->module)
		return stack_blame(&prepared->stack, section->where,
				   section->name, NULL, err);
	if (judge_control(prepared, part, err) < 0 ||
	    option_parse(prepared->arena, &prepared->stack, section,
			 part->module, &part->self, err) < 0)
		return -1;
	part->state =
		arena_alloc(prepared->arena, part->module->state_size + 1);
	if (hook_configure(prepared, part, err) < 0)
		return stack_blame(&prepared->stack, section->where,
				   section->name, NULL, err);
	prepared->failed_section = NULL;
	part->is_ready = true;
	return 0;
}

/* Beyond the first fault: a check wants all, and a run the observe sections,
 * who record it. */
static int load_each(struct prepared *prepared, bool has_failed,
		     struct cordon_error *err)
{
	struct cordon_error *more = arena_alloc(
		prepared->arena, (prepared->n_parts + 1) * sizeof(*more));
	const char *failed_section = NULL;

	prepared->more_faults = more;
	for (size_t i = 0; i < prepared->n_parts; i++) {
		struct cordon_error *why =
			has_failed ? &more[prepared->n_more_faults] : err;

		if (load_part(prepared, &prepared->parts[i], why) == 0)
			continue;
		if (!has_failed)
			failed_section = prepared->failed_section;
		prepared->n_more_faults += has_failed;
		has_failed = true;
	}
	prepared->failed_section = failed_section;
	return has_failed ? -1 : 0;
}

/* `has_failed`: the stack was not read to its end, for the reason in *err. */
static int load_all(struct prepared *prepared, bool has_failed,
		    struct cordon_error *err)
{
	const struct stack *stack = &prepared->stack;
	struct part *parts = arena_alloc(
		prepared->arena, (stack->n_sections + 1) * sizeof(*parts));

	prepared->parts = parts;
	for (size_t i = 0; i < stack->n_sections; i++)
		parts[prepared->n_parts++].section = &stack->sections[i];
	qsort(parts, prepared->n_parts, sizeof(*parts), compare_parts);
	if (load_each(prepared, has_failed, err) < 0)
		return -1;
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (judge_final(prepared, &parts[i], err) < 0)
			return -1;
	/* Those of the other kind of caller were read and checked; they say
	 * nothing. */
	prepared->all_parts = parts;
	prepared->n_all_parts = prepared->n_parts;
	prepared->parts = arena_alloc(
		prepared->arena, (stack->n_sections + 1) * sizeof(*parts));
	prepared->n_parts = 0;
	for (size_t i = 0; i < prepared->n_all_parts; i++)
		if (is_for_us(prepared, parts[i].section))
			prepared->parts[prepared->n_parts++] = parts[i];
	return 0;
}

struct stack_request prepare_request(const struct prepared *prepared)
{
	const struct request *request = prepared->request;

	return (struct stack_request){
		.dirs = prepared->dirs,
		.n_dirs = prepared->n_dirs,
		.n_admin_dirs = prepared->n_admin_dirs,
		.trust = request->conf ? &prepared->user_trust
				       : &prepared->place.trust,
		.user_trust = &prepared->user_trust,
		.shipped = prepared->place.confdirs
				   [prepared->place.n_confdirs - 1],
		.given = request->given,
		.n_given = request->n_given,
		.environ = request->environ,
		.more = request->more,
		.yields = request->yields,
		.is_optional = request->is_optional,
	};
}

int prepare_stack(struct arena *arena, const struct request *request,
		  bool is_symbolic, struct prepared *out,
		  struct cordon_error *err)
{
	struct stack_request asked;
	bool has_failed;

	if (prepare_places(arena, request, out, err) < 0 ||
	    find_job(out, err) < 0)
		return -1;
	asked = prepare_request(out);
	asked.name = request->stack;
	asked.job = out->job.id;
	asked.cwd = out->job.cwd;
	asked.uid = out->job.uid;
	asked.is_symbolic = is_symbolic;
	has_failed = stack_read(arena, &asked, &out->stack, err) < 0;
	out->job.stack = out->stack.name;
	if (!has_failed && request->is_of_stack)
		front_fill(out);
	return load_all(out, has_failed, err);
}

/* ---- plan ---- */

struct view { /* one section's */
	struct cordon_plan public;
	struct plan *plan;
	const struct section *section;
	uint32_t kind;
};

/* Does the step come of a setting whose path is the caller's word? */
static bool is_callers(const struct section *section, uint32_t where)
{
	for (size_t i = 0; i < section->n_settings; i++)
		if (section->settings[i].has_parameter &&
		    (where == 0 || section->settings[i].where == where))
			return true;
	return false;
}

/* Does what the caller may say choose more than the last part of the path? */
static bool names_folder(const struct section *section, uint32_t where)
{
	for (size_t i = 0; i < section->n_settings; i++) {
		const struct setting *setting = &section->settings[i];
		const char *raw = strrchr(setting->raw, '/');
		const char *value = setting->value
					    ? strrchr(setting->value, '/')
					    : NULL;
		size_t size = raw ? (size_t)(raw - setting->raw) : 0;

		if (!setting->has_parameter ||
		    (where != 0 && setting->where != where))
			continue;
		if (!raw || !value || (size_t)(value - setting->value) != size ||
		    memcmp(setting->raw, setting->value, size))
			return true;
	}
	return false;
}

static void view_add(struct cordon_plan *public, const struct cordon_step *step)
{
	struct view *view = (struct view *)public;
	struct cordon_step more = *step;

	/* Found out here, so that no module can forget it. */
	if (((step->type == CORDON_STEP_MOUNT ||
	      step->type == CORDON_STEP_ROOT ||
	      step->type == CORDON_STEP_LANDLOCK_PATH ||
	      step->type == CORDON_STEP_SECRET_FILE ||
	      step->type == CORDON_STEP_SECRET_FD) &&
	     is_callers(view->section, step->where)) ||
	    (step->type == CORDON_STEP_RECORD &&
	     names_folder(view->section, step->where)))
		more.number[3] |= CORDON_FLAG_PARAMETER;
	/* What nobody may change holds in a run that learns too. */
	if (view->plan->learn && !view->section->is_final &&
	    !learn_leaves(&more))
		return;
	plan_add(view->plan, view->section->name, view->section->where,
		 view->kind, view->section->may_skip, &more);
}

static struct view view_of(struct prepared *prepared, struct part *part,
			   struct plan *plan)
{
	return (struct view){
		.public = { .size = sizeof(struct cordon_plan),
			    .job = &prepared->job,
			    .state = part->state,
			    .add = view_add },
		.plan = plan,
		.section = part->section,
		.kind = part->module->kind,
	};
}

static int plan_part(struct prepared *prepared, struct part *part,
		     struct cordon_error *err)
{
	struct view view = view_of(prepared, part, &prepared->plan);

	if (part->module->begin || part->module->finish) {
		prepared->plan.needs_begin = true;
		prepared->plan.needs_begin_section = part->section->name;
	}
	prepared->failed_section = part->section->name;
	prepared->exit_status = part->section->exit;
	if (part->module->plan &&
	    hook_plan(prepared, part, &view.public, err) < 0)
		return stack_blame(&prepared->stack,
				   view.public.where ? view.public.where
						     : part->section->where,
				   part->section->name, NULL, err);
	if (prepared->plan.has_failed) {
		*err = prepared->plan.err;
		return -1;
	}
	prepared->failed_section = NULL;
	prepared->exit_status = -1;
	return 0;
}

/* ---- decide ---- */

/* *fd is -1 where none is there that the caller can reach. */
static int open_program(const char *path, int *fd, struct cordon_error *err)
{
	*fd = open(path, O_PATH | O_CLOEXEC);
	if (*fd >= 0 || cordon_is_absent(errno))
		return 0;
	return cordon_fail(err, errno, "cannot look at the program '%s'", path);
}

/*
 * Along the PATH that the job will have and in the host's root: what a decide
 * section judges is what will run, or nothing runs.
 */
static int find_program(struct prepared *prepared, struct cordon_error *err)
{
	struct cordon_job *job = &prepared->job;
	const char *path = job->path, *text;
	struct arena *arena = prepared->arena;
	struct stat st;

	if (strchr(job->program, '/')) {
		job->program_path = job->program;
		return open_program(job->program, &job->program_fd, err);
	}
	for (;;) {
		size_t size = strcspn(path, ":");
		int fd;

		text = arena_printf(
			arena, "%.*s%s%s", (int)size, path,
			size > 0 && path[size - 1] != '/' ? "/" : "",
			job->program);
		if (open_program(text, &fd, err) < 0)
			return -1;
		if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_mode & 0111) {
			job->program_path = text;
			job->program_fd = fd;
			return 0;
		}
		if (fd >= 0)
			close(fd);
		if (path[size] == '\0')
			return 0;
		path += size + 1;
	}
}

/* What the other sections make of PATH; what is wrong with them, the plan says. */
static const char *job_path(struct prepared *prepared)
{
	struct plan scratch;
	struct cordon_error ignored = { 0 };

	plan_init(&scratch, prepared->arena, &prepared->stack, &prepared->job);
	for (size_t i = 0; i < prepared->n_parts; i++) {
		struct part *part = &prepared->parts[i];
		struct view view = view_of(prepared, part, &scratch);

		if (part->module->kind == CORDON_ARRANGE &&
		    part->module->plan && !scratch.has_failed &&
		    hook_plan(prepared, part, &view.public, &ignored) < 0)
			break;
	}
	return environ_path(&scratch);
}

static bool is_judging(const struct part *part)
{
	return part->module->kind == CORDON_DECIDE &&
	       (part->module->decide || part->module->plan);
}

/* Only where somebody asks. */
static int know_program(struct prepared *prepared, struct cordon_error *err)
{
	struct cordon_job *job = &prepared->job;
	bool is_asked = false;

	for (size_t i = 0; i < prepared->n_parts; i++)
		is_asked |= is_judging(&prepared->parts[i]);
	if (!is_asked || job->objects)
		return 0;
	job->objects = object_calls(prepared->arena, &prepared->stack);
	job->path = job_path(prepared);
	return job->program ? find_program(prepared, err) : 0;
}

/* Those that say no, with all their reasons. */
struct refusals {
	const struct part *first; /* NULL: nobody */
	struct cordon_error err;  /* the first one's, with all reasons */
};

static void note(struct prepared *prepared, const struct part *part,
		 struct refusals *refusals, const struct cordon_error *why)
{
	struct cordon_error blamed = *why;

	stack_blame(&prepared->stack, part->section->where,
		    part->section->name, NULL, &blamed);
	if (!refusals->first) {
		refusals->first = part;
		refusals->err = blamed;
	} else {
		snprintf(refusals->err.text, sizeof(refusals->err.text), "%s",
			 arena_printf(prepared->arena, "%s; %s",
				      refusals->err.text, blamed.text));
	}
}

static int refuse(struct prepared *prepared, const struct refusals *refusals,
		  const char *prefix, struct cordon_error *err)
{
	prepared->failed_section = refusals->first->section->name;
	prepared->exit_status = refusals->first->section->exit;
	*err = refusals->err;
	snprintf(err->text, sizeof(err->text), "%s",
		 arena_printf(prepared->arena, "%s%s", prefix,
			      refusals->err.text));
	return -1;
}

int prepare_decide(struct prepared *prepared, struct cordon_error *err)
{
	struct refusals needed = { 0 }, sufficient = { 0 };
	bool has_yes = false; /* from a sufficient one */

	if (know_program(prepared, err) < 0)
		return -1;
	for (size_t i = 0; i < prepared->n_parts; i++) {
		struct part *part = &prepared->parts[i];
		const enum control control = part->section->control;
		struct cordon_error why = { 0 };

		if (part->module->kind != CORDON_DECIDE ||
		    !part->module->decide)
			continue;
		if (hook_decide(prepared, part, &why) == 0) {
			has_yes |= control == CONTROL_SUFFICIENT;
			continue;
		}
		part->has_refused = true;
		if (control == CONTROL_SUFFICIENT && why.reason == CORDON_DENIED) {
			note(prepared, part, &sufficient, &why);
			continue;
		}
		note(prepared, part, &needed, &why);
		if (control == CONTROL_REQUISITE)
			break;
	}
	if (needed.first)
		return refuse(prepared, &needed, "", err);
	if (sufficient.first && !has_yes)
		return refuse(prepared, &sufficient,
			      "no sufficient section says yes: ", err);
	return 0;
}

/* ---- what observe sections may do, and lack ---- */

struct part *prepare_part(struct prepared *prepared, const char *section)
{
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->name, section))
			return &prepared->parts[i];
	return NULL;
}

void prepare_degrade(struct prepared *prepared, const char *section,
		     const char *why)
{
	struct arena *arena = prepared->arena;
	const char *word = json_string(arena, section);

	if (!prepared->lacking && why)
		prepared->lacking = arena_strdup(arena, why);
	if (!prepared->degraded)
		prepared->degraded = word;
	else if (!strstr(prepared->degraded, word))
		prepared->degraded = arena_printf(arena, "%s,%s",
						  prepared->degraded, word);
}

bool prepare_forgives(struct prepared *prepared, const struct part *part,
		      const struct cordon_error *why)
{
	if (part->module->kind != CORDON_OBSERVE ||
	    (part->section->control != CONTROL_OPTIONAL &&
	     (why->reason != CORDON_UNSUPPORTED || !part->section->may_skip ||
	      prepared->stack.is_strict)))
		return false;
	prepare_degrade(prepared, part->section->name,
			why->code ? arena_printf(prepared->arena, "%s: %s",
						 why->text,
						 strerror(why->code))
				  : why->text);
	return true;
}

int prepare_observe(struct prepared *prepared, struct cordon_error *err)
{
	plan_init(&prepared->plan, prepared->arena, &prepared->stack,
		  &prepared->job);
	for (size_t i = 0; i < prepared->n_parts; i++) {
		struct part *part = &prepared->parts[i];

		if (!part->is_ready || part->module->kind != CORDON_OBSERVE ||
		    !is_for_us(prepared, part->section) ||
		    plan_part(prepared, part, err) == 0)
			continue;
		if (!prepare_forgives(prepared, part, err))
			return -1;
		part->is_skipped = true;
		prepared->plan.has_failed = false;
		prepared->failed_section = NULL;
		prepared->exit_status = -1;
	}
	return 0;
}

/* ---- all of it ---- */

static int plan_once(struct prepared *prepared, struct cordon_error *err)
{
	struct plan *plan = &prepared->plan;

	if (know_program(prepared, err) < 0)
		return -1;
	plan_init(plan, prepared->arena, &prepared->stack, &prepared->job);
	plan->takes_pool = prepared->is_run;
	plan->learn = prepared->request->learn;
	plan->is_strict = prepared->stack.is_strict;
	plan->caller_umask = prepared->umask;
	plan->init_path = prepared->place.init;
	plan->words = prepared->request->words;
	plan->words_size = prepared->request->words_size;
	plan->is_supervised_by_record = prepared->has_record;
	for (size_t i = 0; i < prepared->n_parts; i++) {
		if (prepared->parts[i].is_skipped ||
		    prepared->parts[i].has_refused)
			continue;
		if (prepared->parts[i].module->kind == CORDON_DECIDE)
			plan->is_judged = true;
		if (plan_part(prepared, &prepared->parts[i], err) < 0)
			return -1;
	}
	return plan_finish(plan, err);
}

/* The section whose wish this kernel or user cannot grant, if it may be left
 * out. */
static struct part *forgivable(struct prepared *prepared)
{
	const char *name = prepared->failed_section
				   ? prepared->failed_section
				   : prepared->plan.failed_section;

	if (prepared->stack.is_strict || !name)
		return NULL;
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->name, name) &&
		    prepared->parts[i].section->may_skip &&
		    !prepared->parts[i].is_skipped)
			return &prepared->parts[i];
	return NULL;
}

static void blame_section(struct prepared *prepared)
{
	const char *name = prepared->plan.failed_section;

	prepared->failed_section = name;
	for (size_t i = 0; name && i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->name, name))
			prepared->exit_status =
				prepared->parts[i].section->exit;
}

/* Single rights that this kernel is too old for: "landlock: truncate". */
static void note_missing_rights(struct prepared *prepared)
{
	static const struct {
		uint32_t type;
		int text;
	} rows[] = { { CORDON_STEP_LANDLOCK, 0 }, { CORDON_STEP_FORBID, 1 } };
	struct arena *arena = prepared->arena;

	for (size_t i = 0; i < CORDON_COUNT(rows); i++) {
		const struct step *step = plan_find(&prepared->plan,
						    rows[i].type);

		for (; step; step = plan_next(&prepared->plan, step)) {
			const char *words = step->is.text[rows[i].text];

			if (words)
				prepare_degrade(prepared,
						arena_printf(arena, "%s: %s",
							     step->section,
							     words),
						arena_printf(arena,
							     "this kernel's "
							     "Landlock is too "
							     "old for: %s",
							     words));
		}
	}
}

/* Whose stream() each step of a stream means, now that they are sorted. */
static int link_streams(struct prepared *prepared, struct cordon_error *err)
{
	struct plan *plan = &prepared->plan;
	struct part **parts = arena_alloc(prepared->arena,
					  (plan->n_steps + 1) * sizeof(*parts));
	const struct step *step = relay_next(plan, NULL);

	plan->stream_parts = parts;
	for (; step; step = relay_next(plan, step)) {
		struct part *part = prepare_part(prepared, step->section);

		if (!part || !part->module->stream) {
			prepared->failed_section = step->section;
			return cordon_fail(err, 0,
					   "%s asks for '%s', and has no hook "
					   "for it",
					   plan_blame(prepared->arena, plan,
						      step),
					   plan_print_step(prepared->arena,
							   step));
		}
		parts[step - plan->steps] = part;
	}
	return 0;
}

/* Planning is pure, so it can be done again without a section. */
int prepare_plan(struct prepared *prepared, struct cordon_error *err)
{
	while (plan_once(prepared, err) < 0) {
		struct part *part = err->reason == CORDON_UNSUPPORTED
					    ? forgivable(prepared)
					    : NULL;

		if (!prepared->failed_section)
			blame_section(prepared);
		if (!part)
			return -1;
		part->is_skipped = true;
		prepare_degrade(prepared, part->section->name, err->text);
		prepared->failed_section = NULL;
		prepared->exit_status = -1;
	}
	note_missing_rights(prepared);
	return link_streams(prepared, err);
}

int prepare_pins(struct prepared *prepared, struct cordon_error *err)
{
	if (pin_make(&prepared->plan, err) == 0)
		return 0;
	blame_section(prepared);
	return -1;
}

int prepare_caller(struct prepared *prepared, pid_t caller,
		   struct cordon_error *err)
{
	if (caller_open(&prepared->plan, caller, err) == 0)
		return 0;
	blame_section(prepared);
	return -1;
}

int prepare_secrets(struct prepared *prepared, struct cordon_error *err)
{
	if (secret_read(&prepared->plan, err) == 0)
		return 0;
	blame_section(prepared);
	return -1;
}
