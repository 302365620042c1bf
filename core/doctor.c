/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/doctor.h"
#include "core/door.h"
#include "core/json.h"
#include "core/prepare.h"
#include "core/value.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define PATIENCE_MS 2000 /* for one question */

static const char *const answers[] = { "no", "partly", "yes" };

/* ---- a question, in a process of its own ---- */

/* The last word counts, up to the end of the file or of our patience. */
static void receive(int fd, struct finding *finding)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct finding more;

	snprintf(finding->text, sizeof(finding->text),
		 "the process that tried it died");
	for (;;) {
		int n = poll(&ready, 1, PATIENCE_MS);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			snprintf(finding->text, sizeof(finding->text),
				 "it took longer than %d s", PATIENCE_MS / 1000);
			return;
		}
		if (read(fd, &more, sizeof(more)) != sizeof(more))
			return;
		*finding = more;
		finding->text[sizeof(finding->text) - 1] = '\0';
	}
}

/*
 * The leader of a group, so that whatever it starts ends with it: nothing stays,
 * also of one that hangs.
 */
static void ask(const struct patient *patient,
		void (*question)(const struct patient *, struct finding *),
		struct finding *finding)
{
	struct finding own = { ANSWER_NO, "" };
	int ends[2];
	pid_t pid;

	*finding = own;
	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC) < 0) {
		snprintf(finding->text, sizeof(finding->text), "pipe: %s",
			 strerror(errno));
		return;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		question(patient, &own);
		_exit(write(ends[1], &own, sizeof(own)) < 0);
	}
	close(ends[1]);
	if (pid > 0) {
		setpgid(pid, pid);
		receive(ends[0], finding);
		kill(-pid, SIGKILL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	} else {
		snprintf(finding->text, sizeof(finding->text), "fork: %s",
			 strerror(errno));
	}
	close(ends[0]);
}

/* ---- what a stack needs of the answers ---- */

struct examined {
	struct patient patient; /* first: what a question is handed */
	const struct finding *findings; /* by index of the question */
};

static const struct {
	uint32_t type; /* of a step */
	int64_t number; /* number[0], or -1: any */
	const char *module, *name;
} needs[] = {
	{ CORDON_STEP_MAP, CORDON_MAP_SUBIDS, "namespaces", "subids" },
	{ CORDON_STEP_MOUNT, CORDON_MOUNT_OWN, "mounts", "id-mapped" },
	{ CORDON_STEP_MOUNT, CORDON_MOUNT_OVERLAY, "mounts", "overlay" },
	{ CORDON_STEP_MOUNT, -1, "mounts", "mount_setattr" },
	{ CORDON_STEP_PROC, CORDON_PROC_NEW, "mounts", "proc" },
	{ CORDON_STEP_PROC, CORDON_PROC_HIDEPID, "mounts", "proc" },
	{ CORDON_STEP_WX, 1, "process", "wx" },
	{ CORDON_STEP_LANDLOCK, -1, "landlock", "landlock" },
	{ CORDON_STEP_FORBID, -1, "landlock", "landlock" },
	{ CORDON_STEP_SECCOMP, -1, "seccomp", "filter" },
	{ CORDON_STEP_CGROUP, CORDON_CGROUP_MEMORY, "cgroup", "memory" },
	{ CORDON_STEP_CGROUP, CORDON_CGROUP_SWAP, "cgroup", "swap" },
	{ CORDON_STEP_CGROUP, CORDON_CGROUP_CPU, "cgroup", "cpu" },
	{ CORDON_STEP_CGROUP, CORDON_CGROUP_PIDS, "cgroup", "pids" },
	{ CORDON_STEP_CGROUP_IO, -1, "cgroup", "io" },
	{ CORDON_STEP_RECORD, CORDON_RECORD_SYSLOG, "record", "syslog" },
};

static const struct {
	uint64_t flag;
	const char *name;
} spaces[] = {
	{ CLONE_NEWUSER, "user" }, { CLONE_NEWNS, "mount" },
	{ CLONE_NEWPID, "pid" },   { CLONE_NEWNET, "net" },
	{ CLONE_NEWIPC, "ipc" },   { CLONE_NEWUTS, "uts" },
	{ CLONE_NEWCGROUP, "cgroup" }, { CLONE_NEWTIME, "time" },
};

/* Of one that is in the table. */
static const struct finding *find(const struct examined *examined,
				  const char *module, const char *name)
{
	unsigned i = 0;

	while (strcmp(doctor_questions[i].module, module) ||
	       strcmp(doctor_questions[i].name, name))
		i++;
	return &examined->findings[i];
}

/* Adds what is not there; the worst of all is the answer. */
static void lack(const struct examined *examined, const char *module,
		 const char *name, const char *section, bool may_skip,
		 struct finding *out)
{
	const struct finding *finding = find(examined, module, name);
	size_t at = strlen(out->text);

	if (finding->answer != ANSWER_NO)
		return;
	snprintf(out->text + at, sizeof(out->text) - at,
		 "%s%s [%s] needs %s/%s (%.200s)", at ? "; " : "",
		 may_skip ? "degraded:" : "not here:", section, module, name,
		 finding->text);
	if (!may_skip)
		out->answer = ANSWER_NO;
	else if (out->answer == ANSWER_YES)
		out->answer = ANSWER_PARTLY;
}

/* By on-unsupported, or by control. */
static bool is_dispensable(const struct prepared *prepared,
			   const struct step *step)
{
	const struct stack *stack = &prepared->stack;

	for (size_t i = 0; i < stack->n_sections; i++)
		if (!strcmp(stack->sections[i].name, step->section) &&
		    stack->sections[i].control == CONTROL_OPTIONAL)
			return true;
	return step->may_skip && !prepared->plan.is_strict;
}

static void judge_plan(const struct examined *examined,
		       const struct prepared *prepared, struct finding *out)
{
	const struct plan *plan = &prepared->plan;
	const struct step *space = plan_find(plan, CORDON_STEP_NAMESPACE);

	for (size_t i = 0; space && i < CORDON_COUNT(spaces); i++)
		if (plan->settled.namespaces & spaces[i].flag)
			lack(examined, "namespaces", spaces[i].name,
			     space->section, space->may_skip && !plan->is_strict,
			     out);
	for (size_t i = 0; i < plan->n_steps; i++)
		for (size_t k = 0; k < CORDON_COUNT(needs); k++) {
			const struct step *step = &plan->steps[i];

			if (needs[k].type == step->is.type &&
			    (needs[k].number < 0 ||
			     needs[k].number == step->is.number[0]))
				lack(examined, needs[k].module, needs[k].name,
				     step->section,
				     is_dispensable(prepared, step), out);
		}
}

/* As `check` plans it for this caller, without a command. */
static void ask_stack(const struct patient *patient, struct finding *finding)
{
	const struct examined *examined = (const struct examined *)patient;
	char *no_argv[] = { NULL };
	struct request request = *patient->prepared->request;
	struct prepared prepared;
	struct cordon_error err = { 0 };

	request.stack = patient->name;
	request.argv = no_argv;
	finding->answer = ANSWER_YES;
	finding->text[0] = '\0';
	if (prepare_stack(patient->prepared->arena, &request, true, &prepared,
			  &err) < 0 ||
	    prepare_plan(&prepared, &err) < 0) {
		finding->answer = ANSWER_NO;
		snprintf(finding->text, sizeof(finding->text), "%s%.400s%s%s",
			 err.reason == CORDON_UNSUPPORTED ? "not here: " : "",
			 err.text, err.code ? ": " : "",
			 err.code ? strerror(err.code) : "");
		return;
	}
	if (prepared.degraded) {
		finding->answer = ANSWER_PARTLY;
		snprintf(finding->text, sizeof(finding->text),
			 "degraded: %.400s", prepared.lacking);
	}
	judge_plan(examined, &prepared, finding);
}

/* ---- what is said ---- */

static const char *consequence(struct arena *arena,
			       const struct question *question,
			       const struct finding *finding)
{
	const char *text = value_line(arena, finding->text);

	if (finding->answer == ANSWER_YES)
		return text;
	return arena_printf(arena, "%s%s%s%s%s%s", text,
			    finding->answer == ANSWER_NO ? ": " : "",
			    finding->answer == ANSWER_NO ? question->without
							 : "",
			    question->remedy ? " (" : "",
			    question->remedy ? question->remedy : "",
			    question->remedy ? ")" : "");
}

static void print_text(struct arena *arena, const struct utsname *host,
		       const struct examined *examined)
{
	printf("cordon %s, %s %s %s, uid %u\n", PACKAGE_VERSION, host->sysname,
	       host->release, host->machine, (unsigned)examined->patient.uid);
	for (unsigned i = 0; i < doctor_n_questions; i++) {
		const struct question *question = &doctor_questions[i];
		const struct finding *finding = &examined->findings[i];
		const char *text = consequence(arena, question, finding);

		if (*text)
			text = arena_printf(arena, "%-6s  %s",
					    answers[finding->answer], text);
		printf("%-10s %-16s %s\n", question->module, question->name,
		       *text ? text : answers[finding->answer]);
	}
}

static void print_json(struct arena *arena, const struct utsname *host,
		       const struct examined *examined)
{
	printf("{\"cordon\":%s,\"kernel\":%s,\"machine\":%s,\"uid\":%u,"
	       "\"answers\":[",
	       json_string(arena, PACKAGE_VERSION),
	       json_string(arena, host->release),
	       json_string(arena, host->machine),
	       (unsigned)examined->patient.uid);
	for (unsigned i = 0; i < doctor_n_questions; i++) {
		const struct question *question = &doctor_questions[i];
		const struct finding *finding = &examined->findings[i];
		bool is_no = finding->answer == ANSWER_NO;

		printf("%s\n{\"module\":%s,\"name\":%s,\"answer\":\"%s\","
		       "\"text\":%s,\"without\":%s,\"remedy\":%s}",
		       i ? "," : "", json_string(arena, question->module),
		       json_string(arena, question->name),
		       answers[finding->answer],
		       json_string(arena, finding->text),
		       json_string(arena, is_no ? question->without : NULL),
		       json_string(arena, finding->answer == ANSWER_YES
						  ? NULL
						  : question->remedy));
	}
	printf("],\n\"stacks\":[");
}

static void print_stack(struct arena *arena, bool is_json, bool is_first,
			const char *name, const struct finding *finding)
{
	static const char *const words[] = { "cannot run", "runs degraded",
					     "runs here" };
	const char *text = value_line(arena, finding->text);

	if (is_json)
		printf("%s\n{\"stack\":%s,\"answer\":\"%s\",\"text\":%s}",
		       is_first ? "" : ",", json_string(arena, name),
		       answers[finding->answer],
		       json_string(arena, finding->text));
	else
		printf("%-10s %-16s %s%s%s\n", "stack", name,
		       words[finding->answer], *text ? "  " : "", text);
}

static int fail(const struct cordon_error *err)
{
	fprintf(stderr, "cordon: %s%s%s\n", err->text, err->code ? ": " : "",
		err->code ? strerror(err->code) : "");
	return 125;
}

int doctor(struct arena *arena, const struct request *request)
{
	struct prepared prepared;
	struct examined examined = { .patient = { .prepared = &prepared,
						  .uid = geteuid(),
						  .gid = getegid(),
						  .is_root = geteuid() == 0 } };
	struct patient *patient = &examined.patient;
	struct stack_request asked;
	struct stack_name *stacks;
	struct finding *findings =
		arena_alloc(arena, doctor_n_questions * sizeof(*findings));
	struct cordon_error err = { 0 };
	struct utsname host;
	size_t n_stacks;

	door_go_on();
	signal(SIGCHLD, SIG_DFL); /* ignored, nobody could be waited for */
	examined.findings = findings;
	if (prepare_places(arena, request, &prepared, &err) < 0)
		return fail(&err);
	asked = prepare_request(&prepared);
	if (stack_names(arena, &asked, &stacks, &n_stacks, &err) < 0)
		return fail(&err);
	if (uname(&host) < 0) {
		cordon_fail(&err, errno, "cannot ask the kernel's name");
		return fail(&err);
	}
	for (unsigned i = 0; i < doctor_n_questions; i++) {
		patient->name = doctor_questions[i].name;
		patient->number = doctor_questions[i].number;
		ask(patient, doctor_questions[i].ask, &findings[i]);
	}
	if (request->is_json)
		print_json(arena, &host, &examined);
	else
		print_text(arena, &host, &examined);
	for (size_t i = 0; i < n_stacks; i++) {
		struct finding finding;

		patient->name = stacks[i].name;
		ask(patient, ask_stack, &finding);
		print_stack(arena, request->is_json, i == 0, stacks[i].name,
			    &finding);
	}
	if (request->is_json)
		printf("]}\n");
	return 0;
}
