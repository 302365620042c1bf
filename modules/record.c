/* SPDX-License-Identifier: MIT */
/*
 * record - write down how each job ended
 *
 *	[record]
 *	file = /var/log/cordon/jobs.json
 *	syslog = local3
 *
 *	[record.caller]
 *	control = optional
 *	fd = 9
 *
 * One JSON object a job for each target, also for a job that was refused,
 * failed or killed; all of a stack's sections apply, and --record and
 * --status-fd of the command line too.  It is opened before it is decided
 * whether the job may run: where that fails no job runs, unless the section is
 * optional.  The file is made with mode 0600, in a folder that others cannot
 * write; the descriptor is the caller's, and not handed on to the job; the log
 * is /dev/log.
 *
 * That a job has ended only a parent can tell, so cordon stays; with parent =
 * never the record says "started", and no more.
 */
#include <string.h>

#include <cordon/module.h>

struct record {
	struct cordon_text file;
	struct cordon_number fd, syslog;
};

#define FACILITIES                                                             \
	"user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|"        \
	"local0|local1|local2|local3|local4|local5|local6|local7"

/* In that order; their numbers, as syslog(3) has them. */
static const struct {
	const char *name;
	int number;
} facilities[] = {
	{ "user", 1 },	  { "mail", 2 },      { "daemon", 3 },
	{ "auth", 4 },	  { "syslog", 5 },    { "lpr", 6 },
	{ "news", 7 },	  { "uucp", 8 },      { "cron", 9 },
	{ "authpriv", 10 }, { "ftp", 11 },    { "local0", 16 },
	{ "local1", 17 }, { "local2", 18 },   { "local3", 19 },
	{ "local4", 20 }, { "local5", 21 },   { "local6", 22 },
	{ "local7", 23 },
};

static int check_file(const char *text, struct cordon_error *err)
{
	return text[strlen(text) - 1] != '/'
		       ? 0
		       : cordon_fail(err, 0, "'%s' is a folder", text);
}

static const struct cordon_option options[] = {
	{ "file", "a line of JSON is appended to it", CORDON_PATH, CORDON_BOTH,
	  CORDON_AT(struct record, file), .check = check_file },
	{ "fd", "the number of a descriptor that the caller opened",
	  CORDON_NUMBER, CORDON_BOTH, CORDON_AT(struct record, fd),
	  .form = "0..1048576" },
	{ "syslog", "the facility of a line to the system's log", CORDON_WORD,
	  CORDON_BOTH, CORDON_AT(struct record, syslog), .form = FACILITIES },
};

static int record_configure(const void *self, struct cordon_error *err)
{
	const struct record *record = self;

	if (record->file.text || record->fd.given || record->syslog.given)
		return 0;
	return cordon_fail(err, 0, "to where? (file, fd or syslog)");
}

static int record_plan(const void *self, struct cordon_plan *plan,
		       struct cordon_error *err)
{
	const struct record *record = self;
	struct cordon_step step = { .type = CORDON_STEP_RECORD };

	(void)err;
	if (record->file.text)
		cordon_add_text(plan, record->file.where, CORDON_STEP_RECORD,
				record->file.text, NULL);
	if (record->fd.given)
		cordon_add_number(plan, record->fd.where, CORDON_STEP_RECORD,
				  CORDON_RECORD_FD, record->fd.value, 0);
	if (!record->syslog.given)
		return 0;
	step.where = record->syslog.where;
	step.number[0] = CORDON_RECORD_SYSLOG;
	step.number[1] = facilities[record->syslog.value].number;
	step.text[0] = facilities[record->syslog.value].name;
	plan->add(plan, &step);
	return 0;
}

CORDON_MODULE(record) = {
	.abi = CORDON_ABI,
	.kind = CORDON_OBSERVE,
	.summary = "writes down how each job ended",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct record),
	.configure = record_configure,
	.plan = record_plan,
};
