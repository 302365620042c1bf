/* SPDX-License-Identifier: MIT */
/*
 * threads - which programs may make threads
 *
 *	[threads]
 *	allow = /opt/solver
 *	allow = /usr/bin/java
 *
 * The program that the job is started with is judged, by its path without
 * links, and the core sees to it that this object runs.  Who may not gets a
 * filter of system calls, which all that it starts inherits: clone(2) with
 * CLONE_THREAD is EPERM.  clone3(2), whose flags a filter cannot read, is
 * ENOSYS: the C library goes on with clone(2).  Processes are made as before.
 */
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/syscall.h>

#include <cordon/module.h>

struct threads {
	struct cordon_list allow, deny;
};

static const struct cordon_option options[] = {
	{ "allow", "these programs, and what is below these folders, may",
	  CORDON_PATHS, CORDON_AND, CORDON_AT(struct threads, allow) },
	{ "deny", "these may not, and all others may", CORDON_PATHS, CORDON_OR,
	  CORDON_AT(struct threads, deny) },
};

static int threads_configure(const void *self, struct cordon_error *err)
{
	const struct threads *threads = self;

	if (threads->allow.given && threads->deny.given)
		return cordon_fail(err, 0,
				   "has 'allow' and 'deny', which say of each "
				   "program two things (keep one)");
	if (!threads->allow.given && !threads->deny.given)
		return cordon_fail(err, 0, "needs 'allow' or 'deny'");
	return 0;
}

/* The program of the command, or 1: there is none that can be judged. */
static int find_program(const struct cordon_job *job, struct cordon_object *out,
			struct cordon_error *err)
{
	if (!job->program_path)
		return 1;
	if (cordon_object_find(job, job->program_path, out, err) < 0)
		return -1;
	return out->fd < 0;
}

/* 1: one of them is the program or a folder above it; 0: none; -1. */
static int is_listed(const struct cordon_job *job,
		     const struct cordon_list *list,
		     const struct cordon_object *program,
		     struct cordon_error *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->item[i].text;
		struct cordon_object object;
		bool is_it;

		if (cordon_object_find(job, text + (*text == '-'), &object,
				       err) < 0)
			return -1;
		is_it = object.fd >= 0 &&
			(cordon_is_below(program->path, object.path) ||
			 (program->device == object.device &&
			  program->inode == object.inode));
		cordon_object_close(job, &object);
		if (is_it)
			return 1;
	}
	return 0;
}

static void add_filter(struct cordon_plan *plan, uint32_t where)
{
	static const struct {
		struct cordon_filter filter;
		struct cordon_filter_rule rule[3];
	} no_threads = {
		.filter = { .other = SECCOMP_RET_ALLOW,
			    .unknown = SECCOMP_RET_ALLOW,
			    .highest = SYS_clone3,
			    .n_rules = 3 },
		.rule = { { .number = SYS_clone,
			    .last = SYS_clone,
			    .action = SECCOMP_RET_ERRNO | EPERM,
			    .n_tests = 1,
			    .test = { { .argument = 0,
					.mask = CLONE_THREAD,
					.value = CLONE_THREAD } } },
			  { .number = SYS_clone,
			    .last = SYS_clone,
			    .action = SECCOMP_RET_ALLOW },
			  { .number = SYS_clone3,
			    .last = SYS_clone3,
			    .action = SECCOMP_RET_ERRNO | ENOSYS } },
	};
	const struct cordon_step step = {
		.type = CORDON_STEP_SECCOMP,
		.where = where,
		.text = { "no threads" },
		.data = &no_threads,
		.size = sizeof(no_threads),
	};

	plan->add(plan, &step);
}

/* It refuses nobody: who may not make threads runs without. */
static int threads_decide(const void *self, const struct cordon_job *job,
			  struct cordon_error *err)
{
	(void)self;
	(void)job;
	(void)err;
	return 0;
}

static int threads_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct threads *threads = self;
	const bool is_allow = threads->allow.given;
	const struct cordon_list *list =
		is_allow ? &threads->allow : &threads->deny;
	struct cordon_object program;
	int rc = find_program(plan->job, &program, err), is_in = 0;
	bool may;

	plan->where = list->where;
	if (rc < 0)
		return -1;
	if (rc == 0) {
		is_in = is_listed(plan->job, list, &program, err);
		cordon_object_close(plan->job, &program);
	}
	if (is_in < 0)
		return -1;
	/* What cannot be judged, since the job's root alone has it, may not. */
	may = rc == 0 ? is_in == is_allow : !is_allow && !plan->job->program;
	if (!may)
		add_filter(plan, list->where);
	return 0;
}

CORDON_MODULE(threads) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "which programs may make threads",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct threads),
	.configure = threads_configure,
	.decide = threads_decide,
	.plan = threads_plan,
};
