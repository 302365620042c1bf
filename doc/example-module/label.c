/* SPDX-License-Identifier: MIT */
/*
 * label - tells the job, and who looks at it, which job it is
 *
 *	[label]
 *	prefix = CI_JOB_
 *	tag = branch=${branch}
 *	hostname = builder
 *
 * The job gets CI_JOB_ID, CI_JOB_STACK, CI_JOB_CALLER and CI_JOB_TAG_BRANCH,
 * and a host name of its own.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <string.h>

#include <cordon/module.h>

struct label {
	struct cordon_text prefix, hostname;
	struct cordon_list tags;
};

static int is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int check_prefix(const char *text, struct cordon_error *err)
{
	for (const char *at = text; *at; at++)
		if (!(*at >= 'A' && *at <= 'Z') && *at != '_' &&
		    (at == text || !is_digit(*at)))
			return cordon_fail(
				err, 0,
				"'%s' is not capital letters, digits and '_'",
				text);
	return strlen(text) <= 32
		       ? 0
		       : cordon_fail(err, 0, "'%s' is longer than 32 bytes",
				     text);
}

/* NAME=TEXT */
static int check_tag(const char *text, struct cordon_error *err)
{
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < n; i++)
		if (!is_lower(text[i]) && text[i] != '_' && !is_digit(text[i]))
			return cordon_fail(
				err, 0,
				"'%s' is not small letters, digits and '_'",
				text);
	return n && n <= 32 && text[n]
		       ? 0
		       : cordon_fail(err, 0, "'%s' is not NAME=TEXT", text);
}

static int check_hostname(const char *text, struct cordon_error *err)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < n; i++)
		if (!is_lower(text[i]) && !is_digit(text[i]) &&
		    (text[i] != '-' || i == 0))
			return cordon_fail(
				err, 0,
				"'%s' is not small letters, digits and '-'",
				text);
	return n <= 63 ? 0
		       : cordon_fail(err, 0, "'%s' is longer than 63 bytes",
				     text);
}

static const struct cordon_option options[] = {
	{ "prefix", "of the variables' names", CORDON_TEXT, CORDON_BOTH,
	  CORDON_AT(struct label, prefix), NULL, "JOB_", check_prefix },
	{ "tag", "NAME=TEXT, a further variable", CORDON_LINES, CORDON_BOTH,
	  CORDON_AT(struct label, tags), NULL, NULL, check_tag },
	{ "hostname", "what the job's host is called", CORDON_TEXT,
	  CORDON_EQUAL, CORDON_AT(struct label, hostname), NULL, NULL,
	  check_hostname },
};

static void set(struct cordon_plan *plan, uint32_t where, const char *prefix,
		const char *name, const char *value)
{
	char variable[80];

	snprintf(variable, sizeof(variable), "%s%s", prefix, name);
	cordon_add_text(plan, where, CORDON_STEP_ENV_SET, variable, value);
}

static int label_plan(const void *self, struct cordon_plan *plan,
		      struct cordon_error *err)
{
	const struct label *label = self;
	const char *prefix = label->prefix.text;
	char number[16];

	(void)err;
	set(plan, label->prefix.where, prefix, "ID", plan->job->id);
	set(plan, label->prefix.where, prefix, "STACK", plan->job->stack);
	snprintf(number, sizeof(number), "%u", (unsigned)plan->job->uid);
	set(plan, label->prefix.where, prefix, "CALLER", number);

	for (size_t i = 0; i < label->tags.count; i++) {
		const struct cordon_item *tag = &label->tags.item[i];
		size_t n = strcspn(tag->text, "=");
		char name[48] = "TAG_";

		for (size_t j = 0; j < n; j++)
			name[4 + j] = (char)(is_lower(tag->text[j])
						     ? tag->text[j] - 'a' + 'A'
						     : tag->text[j]);
		name[4 + n] = '\0';
		set(plan, tag->where, prefix, name, tag->text + n + 1);
	}

	if (label->hostname.given)
		cordon_add_text(plan, label->hostname.where,
				CORDON_STEP_HOSTNAME, label->hostname.text,
				NULL);
	return 0;
}

CORDON_MODULE(label) = {
	.abi = CORDON_ABI,
	.kind = CORDON_ARRANGE,
	.summary = "tells the job which job it is",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct label),
	.plan = label_plan,
};
