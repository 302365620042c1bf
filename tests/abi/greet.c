/* SPDX-License-Identifier: MIT */
/*
 * greet - a module of the first ABI, with all that a module of it can have
 *
 * Built from the header as it was then (tests/abi/module-1.0.h), once for good as
 * greet-1.0-x86_64.so, and by tests/integration/abi.t with one thing wrong at a time.
 */
#include <cordon/module.h>

#ifndef MAJOR
#define MAJOR CORDON_ABI_MAJOR
#endif
#ifndef MINOR
#define MINOR CORDON_ABI_MINOR
#endif
#ifndef SIZE
#define SIZE sizeof(struct cordon_module)
#endif
#ifndef OPTION_SIZE
#define OPTION_SIZE sizeof(struct cordon_option)
#endif
#ifndef TYPE
#define TYPE CORDON_TEXT
#endif
#ifndef MERGE
#define MERGE CORDON_EQUAL
#endif
#ifndef STEP
#define STEP CORDON_STEP_ENV_SET
#endif
#ifndef NAME
#define NAME greet
#endif

struct greet {
	struct cordon_text greeting;
	struct cordon_number nice;
	struct cordon_limit nofile;
	struct cordon_list keep;
};

/* The rows' length is another one where OPTION_SIZE is. */
struct row {
	union {
		struct cordon_option is;
		char space[OPTION_SIZE];
	} u;
};

static const struct row options[] = {
	{ { { "greeting", "a variable's value", TYPE, MERGE, CORDON_AT(struct greet, greeting),
	      NULL, "hello", NULL } } },
	{ { { "nice", "of the job", CORDON_NUMBER, CORDON_MAX, CORDON_AT(struct greet, nice),
	      "-20..19", NULL, NULL } } },
	{ { { "nofile", "open files", CORDON_LIMIT_NUMBER, CORDON_MIN,
	      CORDON_AT(struct greet, nofile), NULL, NULL, NULL } } },
	{ { { "keep", "variables", CORDON_WORDS, CORDON_AND, CORDON_AT(struct greet, keep),
	      NULL, NULL, NULL } } },
};

static int greet_configure(const void *self, struct cordon_error *err)
{
	const struct greet *greet = self;

	if (!greet->nofile.given || greet->nofile.hard >= 8)
		return 0;
	return cordon_fail(err, 0, "'nofile' leaves nothing to greet with");
}

static int greet_plan(const void *self, struct cordon_plan *plan, struct cordon_error *err)
{
	const struct greet *greet = self;
	const struct cordon_limit *limit = &greet->nofile;

	(void)err;
	cordon_add_text(plan, greet->greeting.where, STEP, "GREETING", greet->greeting.text);
	if (greet->nice.given)
		cordon_add_number(plan, greet->nice.where, CORDON_STEP_NICE, greet->nice.value, 0,
				  0);
	if (limit->given)
		cordon_add_number(plan, limit->where, CORDON_STEP_RLIMIT, 7,
				  (int64_t)limit->soft, (int64_t)limit->hard);
	if (greet->keep.given)
		cordon_add_list(plan, CORDON_STEP_ENV_KEEP, 0, &greet->keep);
	return 0;
}

/* Room behind it, for a descriptor that is longer than that of any cordon so far. */
static const struct {
	struct cordon_module is;
	void *more[8];
} both = {
	{
		.abi = { MAJOR, MINOR, SIZE, OPTION_SIZE },
		.kind = CORDON_ARRANGE,
		.summary = "greets the job",
		.options = &options[0].u.is,
		.n_options = CORDON_COUNT(options),
		.size = sizeof(struct greet),
		.configure = greet_configure,
		.plan = greet_plan,
	},
#ifdef USED
	{ [7] = (void *)greet_plan },
#else
	{ NULL, NULL },
#endif
};

#define PASTE(name) name##_LTX_cordon_module
#define SYMBOL(name) PASTE(name)
/* The symbol is the whole of it. */
extern __attribute__((visibility("default"), alias("both"))) const struct cordon_module
	SYMBOL(NAME);
