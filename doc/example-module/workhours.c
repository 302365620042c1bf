/* SPDX-License-Identifier: MIT */
/*
 * workhours - run jobs at some hours of some days, and at no other
 *
 *	[workhours]
 *	hours = 22:00-06:00
 *	days = mon tue wed thu fri
 *
 * Hours and days are of UTC: the local time would be what the caller's $TZ
 * says, and what comes from the caller is not trusted.  Of two sections each
 * must allow the job.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <errno.h>
#include <string.h>
#include <time.h>

#include <cordon/module.h>

/* What a section says; the core fills it by the table below. */
struct workhours {
	struct cordon_text hours;
	struct cordon_list days;
};

/* ---- checks: each judges one text; cordon adds file, line and key ---- */

/* Moves *text past HH:MM, from 00:00 to 24:00, in minutes; or -1. */
static int scan_time(const char **text, int *minutes)
{
	const char *at = *text;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? at[i] != ':' : at[i] < '0' || at[i] > '9')
			return -1;
	*minutes = ((at[0] - '0') * 10 + at[1] - '0') * 60 +
		   (at[3] - '0') * 10 + at[4] - '0';
	*text += 5;
	return at[3] < '6' && *minutes <= 24 * 60 ? 0 : -1;
}

/* All of text, FROM-TO; TO may be the earlier: then midnight is between them.
 */
static int parse_hours(const char *text, int *from, int *to)
{
	if (scan_time(&text, from) < 0 || *text++ != '-' ||
	    scan_time(&text, to) < 0 || *text || *from == *to)
		return -1;
	return 0;
}

static int check_hours(const char *text, struct cordon_error *err)
{
	int from, to;

	if (parse_hours(text, &from, &to) == 0)
		return 0;
	return cordon_fail(err, 0, "'%s' is not HH:MM-HH:MM", text);
}

static const char day_names[7][4] = { "sun", "mon", "tue", "wed",
				      "thu", "fri", "sat" };

static int check_day(const char *text, struct cordon_error *err)
{
	for (size_t i = 0; i < CORDON_COUNT(day_names); i++)
		if (!strcmp(text, day_names[i]))
			return 0;
	return cordon_fail(err, 0,
			   "'%s' is not mon, tue, wed, thu, fri, sat "
			   "or sun",
			   text);
}

static const struct cordon_option options[] = {
	{ "hours", "FROM-TO in UTC, as 22:00-06:00", CORDON_TEXT, CORDON_BOTH,
	  CORDON_AT(struct workhours, hours), .check = check_hours },
	{ "days", "of mon tue wed thu fri sat sun, in UTC", CORDON_WORDS,
	  CORDON_BOTH, CORDON_AT(struct workhours, days), .check = check_day },
};

/* ---- hooks ---- */

/* Keys against each other.  A section without any would allow everything. */
static int workhours_configure(const void *self, struct cordon_error *err)
{
	const struct workhours *workhours = self;

	if (!workhours->hours.given && !workhours->days.given)
		return cordon_fail(err, 0, "needs 'hours' or 'days'");
	if (workhours->days.given && workhours->days.count == 0)
		return cordon_fail(err, 0, "'days' has no day");
	return 0;
}

/* The time is an argument, so that the test can choose it. */
static int decide_at(const struct workhours *workhours, time_t now,
		     struct cordon_error *err)
{
	struct tm utc;
	int from, to, minute;
	size_t i;

	if (!gmtime_r(&now, &utc))
		return cordon_fail(err, errno, "cannot tell the time");
	for (i = 0; i < workhours->days.count; i++)
		if (!strcmp(workhours->days.item[i].text,
			    day_names[utc.tm_wday]))
			break;
	if (workhours->days.given && i == workhours->days.count)
		return cordon_deny(err, "no jobs on '%s'",
				   day_names[utc.tm_wday]);
	if (!workhours->hours.given)
		return 0;
	if (parse_hours(workhours->hours.text, &from, &to) < 0)
		return check_hours(workhours->hours.text, err);
	minute = utc.tm_hour * 60 + utc.tm_min;
	if (from < to ? from <= minute && minute < to
		      : from <= minute || minute < to)
		return 0;
	return cordon_deny(err, "%02d:%02d is not within '%s' (UTC)",
			   utc.tm_hour, utc.tm_min, workhours->hours.text);
}

static int workhours_decide(const void *self, const struct cordon_job *job,
			    struct cordon_error *err)
{
	(void)job;
	return decide_at(self, time(NULL), err);
}

CORDON_MODULE(workhours) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "runs jobs at some hours of some days",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct workhours),
	.configure = workhours_configure,
	.decide = workhours_decide,
};
