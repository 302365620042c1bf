/* SPDX-License-Identifier: MIT */
/*
 * process - what the job's process starts with
 *
 *	[process]
 *	umask = 077
 *	nice = 10
 *	cpus = 0-3 8
 *	session = new
 *
 * What is not written is passed on as the caller has it.
 */
#include <string.h>

#include <cordon/module.h>

#define CPUS_MAX 8192 /* CONFIG_NR_CPUS is not larger anywhere */

/* ioprio_set(2); there is no header of the C library */
#define IO_PRIORITY(class, level) ((class) << 13 | (level))
#define IO_REALTIME 1
#define IO_BEST_EFFORT 2
#define IO_IDLE 3

struct process {
	struct cordon_text cwd, cwd_fallback, io_priority;
	struct cordon_number umask, nice, oom_score_adj, session, signals,
		keyring, forward, suspend, orphans, pdeath, wx;
	struct cordon_list cpus;
};

static int scan_cpu(const char **at, unsigned *cpu)
{
	return cordon_scan_id(at, cpu) < 0 || *cpu >= CPUS_MAX ? -1 : 0;
}

static int parse_cpus(const char *text, unsigned *first, unsigned *last,
		      struct cordon_error *err)
{
	const char *at = text;

	if (scan_cpu(&at, first) < 0)
		goto no;
	*last = *first;
	if (*at == '-') {
		at++;
		if (scan_cpu(&at, last) < 0)
			goto no;
	}
	if (*at || *first > *last)
		goto no;
	return 0;
no:
	return cordon_fail(err, 0,
			   "'%s' is not N or FIRST-LAST below %d (blanks part "
			   "them: 0-3 8)",
			   text, CPUS_MAX);
}

static int check_cpus(const char *text, struct cordon_error *err)
{
	unsigned first, last;

	return parse_cpus(text, &first, &last, err);
}

static int parse_io_priority(const char *text, int64_t *value,
			     struct cordon_error *err)
{
	static const struct {
		const char *name;
		int class;
	} classes[] = { { "realtime:", IO_REALTIME },
			{ "best-effort:", IO_BEST_EFFORT } };

	if (!strcmp(text, "idle")) {
		*value = IO_PRIORITY(IO_IDLE, 0);
		return 0;
	}
	for (size_t i = 0; i < CORDON_COUNT(classes); i++) {
		size_t n = strlen(classes[i].name);

		if (strncmp(text, classes[i].name, n) || text[n] < '0' ||
		    text[n] > '7' || text[n + 1])
			continue;
		*value = IO_PRIORITY(classes[i].class, text[n] - '0');
		return 0;
	}
	return cordon_fail(err, 0,
			   "'%s' is not idle, best-effort:0..7 or "
			   "realtime:0..7",
			   text);
}

static int check_io_priority(const char *text, struct cordon_error *err)
{
	int64_t value;

	return parse_io_priority(text, &value, err);
}

static const struct cordon_option options[] = {
	{ "cwd", "path in the job's root; default: kept", CORDON_PATH,
	  CORDON_EQUAL, CORDON_AT(struct process, cwd) },
	{ "cwd-fallback", "where the job starts when its cwd is out of reach",
	  CORDON_PATH, CORDON_EQUAL, CORDON_AT(struct process, cwd_fallback) },
	{ "umask", "octal; default: kept", CORDON_MODE, CORDON_OR,
	  CORDON_AT(struct process, umask), .form = "0..0777" },
	{ "nice", "-20 to 19; default: kept", CORDON_NUMBER, CORDON_MAX,
	  CORDON_AT(struct process, nice), .form = "-20..19" },
	{ "oom-score-adj", "-1000 to 1000, who is killed first; default: kept",
	  CORDON_NUMBER, CORDON_MAX, CORDON_AT(struct process, oom_score_adj),
	  .form = "-1000..1000" },
	{ "cpus", "N and FIRST-LAST; default: kept", CORDON_WORDS, CORDON_AND,
	  CORDON_AT(struct process, cpus), .check = check_cpus },
	{ "io-priority", "idle, best-effort:0..7, realtime:0..7; default: kept",
	  CORDON_TEXT, CORDON_STRICTER, CORDON_AT(struct process, io_priority),
	  .check = check_io_priority },
	{ "session", "new: a session and group of its own, no terminal",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, session),
	  .form = "keep|new", .value = "keep" },
	{ "signals",
	  "reset: none blocked or ignored, but for an ignored HUP, INT, QUIT",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, signals),
	  .form = "keep|reset", .value = "reset" },
	{ "keyring",
	  "auto: a new session keyring where the uid or user namespace is "
	  "another",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, keyring),
	  .form = "keep|auto|new", .value = "auto" },
	{ "forward",
	  "signals that a supervising cordon passes on; end: TERM, INT, HUP "
	  "and USR2, which end the job and cordon's wait; group: all, to a "
	  "group of the job's own",
	  CORDON_WORD, CORDON_EQUAL, CORDON_AT(struct process, forward),
	  .form = "none|all|end|group",
	  .value = "all" },
	{ "suspend",
	  "follow: where a supervising cordon is stopped (SIGSTOP), so is the "
	  "job",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, suspend),
	  .form = "none|follow", .value = "none" },
	{ "orphans", "reap: what loses its parent comes to cordon, as to an init",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, orphans),
	  .form = "leave|reap", .value = "leave" },
	{ "pdeath",
	  "caller: killed when the process that started cordon has ended",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct process, pdeath),
	  .form = "none|caller", .value = "none" },
	{ "wx", "refuse: no memory both writable and executable", CORDON_WORD,
	  CORDON_STRICTER, CORDON_AT(struct process, wx),
	  .form = "allow|refuse", .value = "allow" },
};

static void add_number(struct cordon_plan *plan, uint32_t type,
		       const struct cordon_number *number)
{
	if (number->given)
		cordon_add_number(plan, number->where, type, number->value, 0,
				  0);
}

static void add_text(struct cordon_plan *plan, uint32_t type,
		     const struct cordon_text *text)
{
	if (text->given)
		cordon_add_text(plan, text->where, type, text->text, NULL);
}

/* Bytes, not longs, so that the data means the same on every machine. */
static int add_cpus(struct cordon_plan *plan, const struct cordon_list *cpus,
		    struct cordon_error *err)
{
	unsigned char mask[CPUS_MAX / 8] = { 0 };
	unsigned first, last, most = 0;

	if (cpus->count == 0)
		return 0;
	for (size_t i = 0; i < cpus->count; i++) {
		if (parse_cpus(cpus->item[i].text, &first, &last, err) < 0)
			return -1;
		for (unsigned cpu = first; cpu <= last; cpu++)
			mask[cpu / 8] |= (unsigned char)(1 << cpu % 8);
		if (last > most)
			most = last;
	}
	cordon_add_data(plan, cpus->where, CORDON_STEP_CPUS, 0, mask,
			most / 64 * 8 + 8);
	return 0;
}

static int process_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct process *process = self;
	int64_t value;

	add_text(plan, CORDON_STEP_CWD, &process->cwd);
	add_text(plan, CORDON_STEP_CWD_FALLBACK, &process->cwd_fallback);
	add_number(plan, CORDON_STEP_UMASK, &process->umask);
	add_number(plan, CORDON_STEP_NICE, &process->nice);
	add_number(plan, CORDON_STEP_OOM_SCORE, &process->oom_score_adj);
	if (add_cpus(plan, &process->cpus, err) < 0)
		return -1;
	if (process->io_priority.given) {
		if (parse_io_priority(process->io_priority.text, &value, err) <
		    0)
			return -1;
		cordon_add_number(plan, process->io_priority.where,
				  CORDON_STEP_IO_PRIORITY, value, 0, 0);
	}
	add_number(plan, CORDON_STEP_SESSION, &process->session);
	add_number(plan, CORDON_STEP_SIGNALS, &process->signals);
	add_number(plan, CORDON_STEP_KEYRING, &process->keyring);
	add_number(plan, CORDON_STEP_FORWARD, &process->forward);
	if (process->suspend.value != 0)
		add_number(plan, CORDON_STEP_SUSPEND, &process->suspend);
	if (process->orphans.value != 0)
		add_number(plan, CORDON_STEP_ORPHANS, &process->orphans);
	if (process->pdeath.value != 0)
		add_number(plan, CORDON_STEP_PDEATH, &process->pdeath);
	add_number(plan, CORDON_STEP_WX, &process->wx);
	return 0;
}

CORDON_MODULE(process) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "what the job's process starts with",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct process),
	.plan = process_plan,
};
