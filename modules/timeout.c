/* SPDX-License-Identifier: MIT */
/*
 * timeout - when a job has had its time
 *
 *	[timeout]
 *	wall = 1h
 *	cpu = 30min
 *	idle = 5min
 *	startup = 10s until /run/job/ready
 *	grace = 20s
 *
 * At a limit the job's main process gets `signal` and CONT, and `grace` later
 * the whole tree is killed.  cordon then ends with 124, whatever the job chose.
 *
 * wall counts from the program's start, by a clock that stands still while the
 * machine sleeps; cpu is that of the whole tree.  `startup` looks for PATH as
 * the job sees it; one that is there from before is there.  idle is the longest
 * silence: of stdout, stderr and whatever else of the job is relayed.
 */
#include <signal.h>
#include <string.h>

#include <cordon/module.h>

struct timeout {
	struct cordon_number wall, cpu, idle, signal, grace;
	struct cordon_text startup;
};

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "min", 60 * (int64_t)1000000000 },
	{ "h", 3600 * (int64_t)1000000000 },
	{ "d", 86400 * (int64_t)1000000000 },
};

#define LONGEST_DAYS 3650
#define LONGEST "3650d"

/* A TIME up to a blank, as CORDON_TIME reads it; -1: it is none. */
static int64_t scan_time(const char **text)
{
	const char *at = *text;
	uint32_t value;
	size_t n;

	if (cordon_scan_id(&at, &value) < 0 || value == 0)
		return -1;
	n = strcspn(at, " \t");
	for (size_t i = 0; i < CORDON_COUNT(units); i++) {
		if (strlen(units[i].name) != n ||
		    strncmp(units[i].name, at, n) != 0)
			continue;
		if (value > LONGEST_DAYS * units[4].ns / units[i].ns)
			return -1;
		*text = at + n;
		return (int64_t)value * units[i].ns;
	}
	return -1;
}

static int parse_startup(const char *text, int64_t *ns, const char **path,
			 struct cordon_error *err)
{
	const char *at = text;

	*ns = scan_time(&at);
	if (*ns < 0)
		goto no;
	at += strspn(at, " \t");
	if (strncmp(at, "until", 5) != 0 || (at[5] != ' ' && at[5] != '\t'))
		goto no;
	at += 5;
	at += strspn(at, " \t");
	if (*at != '/')
		goto no;
	*path = at;
	return 0;
no:
	return cordon_fail(err, 0,
			   "'%s' is not TIME until PATH (10s until "
			   "/run/job/ready)",
			   text);
}

static int check_startup(const char *text, struct cordon_error *err)
{
	const char *path;
	int64_t ns;

	return parse_startup(text, &ns, &path, err);
}

/* By the words of `signal`: those that end whoever does not expect them. */
static const int signals[] = { SIGTERM, SIGINT,	 SIGHUP,  SIGQUIT, SIGUSR1,
			       SIGUSR2, SIGALRM, SIGXCPU, SIGABRT, SIGKILL };

static const struct cordon_option options[] = {
	{ "wall", "from the start of the program; suspended time not counted",
	  CORDON_TIME, CORDON_MIN, CORDON_AT(struct timeout, wall),
	  .form = "1ms.." LONGEST },
	{ "cpu", "processor time of the whole tree", CORDON_TIME, CORDON_MIN,
	  CORDON_AT(struct timeout, cpu), .form = "10ms.." LONGEST },
	{ "idle", "nothing passes stdout, stderr, nor what else is relayed",
	  CORDON_TIME, CORDON_MIN, CORDON_AT(struct timeout, idle),
	  .form = "10ms.." LONGEST },
	{ "startup", "TIME until PATH: it exists by then, in the job's view",
	  CORDON_TEXT, CORDON_MIN, CORDON_AT(struct timeout, startup),
	  .check = check_startup },
	{ "signal", "what the main process gets at a limit", CORDON_WORD,
	  CORDON_EQUAL, CORDON_AT(struct timeout, signal),
	  .form = "TERM|INT|HUP|QUIT|USR1|USR2|ALRM|XCPU|ABRT|KILL",
	  .value = "TERM" },
	{ "grace", "from that signal, or a TERM from outside, to the end of all",
	  CORDON_TIME, CORDON_MIN, CORDON_AT(struct timeout, grace),
	  .form = "0.." LONGEST, .value = "5s" },
};

/* The core's relay keeps the time; it is there once a section wants to see. */
static void add_idle(struct cordon_plan *plan,
		     const struct cordon_number *idle)
{
	cordon_add_number(plan, idle->where, CORDON_STEP_TIMEOUT,
			  CORDON_TIMEOUT_IDLE, idle->value, 0);
	for (int64_t fd = 1; fd <= 2; fd++)
		cordon_add_number(plan, idle->where, CORDON_STEP_STREAM, fd,
				  CORDON_STREAM_JUDGE, 0);
}

static int timeout_stream(const void *self, void *state,
			  struct cordon_flow *flow, const void *data,
			  size_t size, struct cordon_error *err)
{
	(void)self;
	(void)state;
	(void)err;
	flow->put(flow, data, size);
	return 0;
}

static int timeout_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct timeout *timeout = self;

	if (timeout->wall.given)
		cordon_add_number(plan, timeout->wall.where,
				  CORDON_STEP_TIMEOUT, CORDON_TIMEOUT_WALL,
				  timeout->wall.value, 0);
	if (timeout->cpu.given)
		cordon_add_number(plan, timeout->cpu.where, CORDON_STEP_TIMEOUT,
				  CORDON_TIMEOUT_CPU, timeout->cpu.value, 0);
	if (timeout->idle.given)
		add_idle(plan, &timeout->idle);
	if (timeout->startup.given) {
		struct cordon_step step = {
			.type = CORDON_STEP_STARTUP,
			.where = timeout->startup.where,
		};

		if (parse_startup(timeout->startup.text, &step.number[1],
				  &step.text[0], err) < 0)
			return -1;
		plan->add(plan, &step);
	}
	if (timeout->signal.given)
		cordon_add_number(plan, timeout->signal.where,
				  CORDON_STEP_TIMEOUT_SIGNAL,
				  signals[timeout->signal.value], 0, 0);
	if (timeout->grace.given)
		cordon_add_number(plan, timeout->grace.where, CORDON_STEP_GRACE,
				  timeout->grace.value, 0, 0);
	return 0;
}

CORDON_MODULE(timeout) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "when a job has had its time",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct timeout),
	.plan = timeout_plan,
	.stream = timeout_stream,
};
