/* SPDX-License-Identifier: MIT */
/*
 * What the module's functions answer, without cordon and without privilege.
 * TAP on standard output.
 */
#include "workhours.c"

static int count, failed;

static void ok(int is_ok, const char *name, const char *said)
{
	printf("%sok %d - %s: %s\n", is_ok ? "" : "not ", ++count, name, said);
	failed += !is_ok;
}

/* A text that a check takes (want "") or refuses with want. */
static void checks(int (*check)(const char *, struct cordon_error *),
		   const char *text, const char *want)
{
	struct cordon_error err = { 0, 0, "" };
	int rc = check(text, &err);

	ok(rc == (*want ? -1 : 0) && !strcmp(err.text, want), text, err.text);
}

/* Seconds after Thursday 1970-01-01 00:00 UTC. */
static void decides(const char *hours, const char *day, time_t now, int reason,
		    const char *want)
{
	const struct cordon_item item = { day, 0, 0 };
	struct workhours self = { { hours, hours != NULL, 0 },
				  { &item, day != NULL, day != NULL, 0 } };
	struct cordon_error err = { 0, 0, "" };
	int rc = decide_at(&self, now, &err);

	ok(rc == (reason ? -1 : 0) && err.reason == reason &&
		   !strcmp(err.text, want),
	   *want ? want : "allowed", err.text);
}

int main(void)
{
	const struct workhours empty = { { NULL, 0, 0 }, { NULL, 0, 0, 0 } };
	struct cordon_error err = { 0, 0, "" };

	checks(check_hours, "08:00-18:00", "");
	checks(check_hours, "22:00-06:00", "");
	checks(check_hours, "00:00-24:00", "");
	checks(check_hours, "8:00-18:00", "'8:00-18:00' is not HH:MM-HH:MM");
	checks(check_hours, "08:60-18:00", "'08:60-18:00' is not HH:MM-HH:MM");
	checks(check_hours, "08:00-24:01", "'08:00-24:01' is not HH:MM-HH:MM");
	checks(check_hours, "08:00-08:00", "'08:00-08:00' is not HH:MM-HH:MM");
	checks(check_hours, "08:00-18:00x",
	       "'08:00-18:00x' is not HH:MM-HH:MM");
	checks(check_hours, "", "'' is not HH:MM-HH:MM");
	checks(check_day, "mon", "");
	checks(check_day, "Mon",
	       "'Mon' is not mon, tue, wed, thu, fri, sat or sun");

	decides("08:00-18:00", NULL, 8 * 3600, 0, "");
	decides("08:00-18:00", NULL, 8 * 3600 - 1, CORDON_DENIED,
		"07:59 is not within '08:00-18:00' (UTC)");
	decides("08:00-18:00", NULL, 18 * 3600, CORDON_DENIED,
		"18:00 is not within '08:00-18:00' (UTC)");
	decides("22:00-06:00", NULL, 23 * 3600, 0, "");
	decides("22:00-06:00", NULL, 5 * 3600, 0, "");
	decides("22:00-06:00", NULL, 6 * 3600, CORDON_DENIED,
		"06:00 is not within '22:00-06:00' (UTC)");
	decides(NULL, "thu", 0, 0, "");
	decides(NULL, "fri", 0, CORDON_DENIED, "no jobs on 'thu'");
	decides("00:00-24:00", "fri", 86400, 0, "");

	ok(workhours_configure(&empty, &err) == -1, "an empty section",
	   err.text);
	printf("1..%d\n", count);
	return failed != 0;
}
