/* SPDX-License-Identifier: MIT */
/*
 * restart - a job that crashed runs again, so many times
 *
 *	[restart]
 *	limit = 3
 *	backoff = 2s
 *	codes = 75
 *
 * A crash is the end by a signal that did not come through cordon, or one of
 * the exit statuses `codes`; with on = failure every exit status but 0.  All
 * that the job left is ended, what was made for it is made anew, and after
 * `backoff`, which doubles each time, it starts again.
 */
#include <string.h>

#include <cordon/module.h>

enum { ON_FAILURE, ON_SIGNAL }; /* the words of `on` */

struct restart {
	struct cordon_number limit, on, backoff, backoff_max;
	struct cordon_list codes;
};

static int check_code(const char *text, struct cordon_error *err)
{
	uint32_t code;

	if (cordon_scan_id(&text, &code) == 0 && *text == '\0' && code >= 1 &&
	    code <= 255)
		return 0;
	return cordon_fail(err, 0, "an exit status is 1 to 255");
}

static const struct cordon_option options[] = {
	{ "limit", "how many times at most", CORDON_NUMBER, CORDON_MIN,
	  CORDON_AT(struct restart, limit), .form = "1..1000" },
	{ "on", "what is a crash; failure: every exit status but 0 too",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct restart, on),
	  .form = "failure|signal", .value = "signal" },
	{ "codes", "exit statuses that are a crash too", CORDON_WORDS,
	  CORDON_EQUAL, CORDON_AT(struct restart, codes), .check = check_code },
	{ "backoff", "before the first time; doubles with each", CORDON_TIME,
	  CORDON_MAX, CORDON_AT(struct restart, backoff), .form = "0..1h",
	  .value = "1s" },
	{ "backoff-max", "the longest of these", CORDON_TIME, CORDON_MAX,
	  CORDON_AT(struct restart, backoff_max), .form = "0..1d",
	  .value = "1min" },
};

static int restart_configure(const void *self, struct cordon_error *err)
{
	const struct restart *restart = self;

	if (!restart->limit.given)
		return cordon_fail(err, 0, "needs 'limit'");
	if (restart->codes.count > 0 && restart->on.value == ON_FAILURE)
		return cordon_fail(err, 0,
				   "'codes' adds nothing to 'on = failure'");
	if (restart->backoff_max.given &&
	    restart->backoff_max.value < restart->backoff.value)
		return cordon_fail(err, 0,
				   "'backoff-max' is shorter than 'backoff'");
	return 0;
}

static int restart_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct restart *restart = self;
	unsigned char codes[32] = { 0 };
	struct cordon_step step = {
		.type = CORDON_STEP_RESTART,
		.where = restart->limit.where,
		.number = { restart->limit.value, restart->backoff.value,
			    restart->backoff_max.value, restart->on.value },
	};

	(void)err;
	if (step.number[2] < step.number[1])
		step.number[2] = step.number[1];
	for (size_t i = 0; i < restart->codes.count; i++) {
		const char *text = restart->codes.item[i].text;
		uint32_t code;

		if (cordon_scan_id(&text, &code) == 0 && code <= 255)
			codes[code / 8] |= (unsigned char)(1 << code % 8);
	}
	if (restart->codes.count > 0) {
		step.data = codes;
		step.size = sizeof(codes);
	}
	plan->add(plan, &step);
	return 0;
}

CORDON_MODULE(restart) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "a job that crashed runs again",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct restart),
	.configure = restart_configure,
	.plan = restart_plan,
};
