/* SPDX-License-Identifier: MIT */
/*
 * flows - what a section may do to a stream, and what none may
 *
 *	[flows]
 *	streams = stdout stderr
 *	how = judge
 *	act = pass
 *	deny = WORD
 *
 * Each letter is one byte: WORD may be split over writes.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cordon/module.h>

struct flows {
	struct cordon_list streams;
	struct cordon_number how, act;
	struct cordon_text deny;
};

enum { PASS, MARK, UPPER, MORE, LOSE, SILENT, ANSWER, SEGV, EXIT, OPEN, SOCKET, EXEC };

static const struct cordon_option options[] = {
	{ "streams", "which", CORDON_WORDS, CORDON_OR,
	  CORDON_AT(struct flows, streams) },
	{ "how", "how", CORDON_WORD, CORDON_EQUAL, CORDON_AT(struct flows, how),
	  .form = "judge|change", .value = "judge" },
	{ "act", "what", CORDON_WORD, CORDON_EQUAL, CORDON_AT(struct flows, act),
	  .form = "pass|mark|upper|more|lose|silent|answer|segv|exit|open|socket|exec",
	  .value = "pass" },
	{ "deny", "a word that may not pass", CORDON_TEXT, CORDON_EQUAL,
	  CORDON_AT(struct flows, deny) },
};

static int flows_plan(const void *self, struct cordon_plan *plan,
		      struct cordon_error *err)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };
	const struct flows *flows = self;

	(void)err;
	for (size_t i = 0; i < flows->streams.count; i++)
		for (int fd = 0; fd < 3; fd++)
			if (!strcmp(flows->streams.item[i].text, names[fd]))
				cordon_add_number(plan,
						  flows->streams.item[i].where,
						  CORDON_STEP_STREAM, fd,
						  flows->how.value, 0);
	return 0;
}

/* What no relay may: it is killed, and nothing passes. */
static void misbehave(int64_t act)
{
	char *const argv[] = { "true", NULL };

	if (act == SEGV)
		raise(SIGSEGV);
	else if (act == EXIT)
		exit(0);
	else if (act == OPEN)
		open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	else if (act == SOCKET)
		socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	else if (act == EXEC)
		execv("/bin/true", argv);
}

static int put_upper(struct cordon_flow *flow, const char *data, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char byte = data[i];

		if (byte >= 'a' && byte <= 'z')
			byte = (char)(byte - 'a' + 'A');
		if (flow->put(flow, &byte, 1) < 0)
			return -1;
	}
	return 0;
}

/* How much of the word the bytes so far end with; no letter of it is there twice. */
static int has_word(struct cordon_flow *flow, const char *word, const char *data,
		    size_t size)
{
	const char *at = flow->own ? flow->own : word;

	for (size_t i = 0; i < size && *at; i++)
		at = data[i] == *at ? at + 1 : data[i] == *word ? word + 1 : word;
	flow->own = (void *)(uintptr_t)at;
	return *at == '\0';
}

static int flows_stream(const void *self, void *state, struct cordon_flow *flow,
			const void *data, size_t size, struct cordon_error *err)
{
	const struct flows *flows = self;
	const int64_t act = flows->act.value;
	const char *word = flows->deny.text;

	(void)state;
	if (word && has_word(flow, word, data, size))
		return cordon_deny(err, "it says '%s'", word);
	if (size > 0)
		misbehave(act);
	if (act == SILENT)
		return -1;
	if (act == ANSWER)
		return 7;
	if (act == LOSE)
		return 0;
	if (act == UPPER) {
		put_upper(flow, data, size);
		return 0;
	}
	flow->put(flow, data, size);
	if (act == MORE && size > 0)
		flow->put(flow, "more", 4);
	if (act == MARK && flow->is_end)
		flow->put(flow, "<end>", 5);
	return 0;
}

CORDON_MODULE(flows) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "does to a stream what no section may",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct flows),
	.plan = flows_plan,
	.stream = flows_stream,
};
