/* SPDX-License-Identifier: MIT */
/*
 * messages - the lines between the caller and the job are JSON texts of a
 *bounded shape
 *
 *	[messages]
 *	streams = stdin stdout
 *	max-bytes = 256K
 *	max-depth = 16
 *	forbid-keys = __proto__ constructor
 *	require = id:number
 *
 * A line is held until its end and judged as a whole; what passes, passes byte
 * for byte.  Held is no more than `max-bytes`: a longer line is refused there,
 * and not read first.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "messages_json.h"

struct messages {
	struct cordon_list streams, forbidden, required;
	struct cordon_text socket;
	struct cordon_number bytes, depth, empty, violation;
};

enum { VIOLATION_END = 0, VIOLATION_DROP, VIOLATION_ANSWER };
enum { EMPTY_ALLOW = 0, EMPTY_REFUSE };

static const char *const stream_names[] = { "stdin", "stdout" };

static const char *name_of(const struct cordon_flow *flow)
{
	return flow->number == CORDON_FLOW_TO_JOB ? "the socket to the job"
	       : flow->number == CORDON_FLOW_FROM_JOB
		       ? "the socket from the job"
		       : stream_names[flow->number];
}

static int64_t stream_of(const char *text)
{
	for (size_t i = 0; i < CORDON_COUNT(stream_names); i++)
		if (!strcmp(stream_names[i], text))
			return (int64_t)i;
	return -1;
}

static int check_stream(const char *text, struct cordon_error *err)
{
	if (stream_of(text) < 0)
		return cordon_fail(err, 0, "'%s' is not stdin or stdout", text);
	return 0;
}

static int check_variable(const char *text, struct cordon_error *err)
{
	size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"
				"abcdefghijklmnopqrstuvwxyz");

	if (n == 0 || text[n] != '\0' || (*text >= '0' && *text <= '9'))
		return cordon_fail(err, 0, "'%s' is not the name of a variable",
				   text);
	return 0;
}

/* clang-format off */
static const struct cordon_option options[] = {
	{ "streams", "of the job: stdin, stdout", CORDON_WORDS, CORDON_OR,
	  CORDON_AT(struct messages, streams), NULL, NULL, check_stream },
	{ "socket", "the variable that names the one at which the job is to listen",
	  CORDON_TEXT, CORDON_EQUAL, CORDON_AT(struct messages, socket), NULL, NULL,
	  check_variable },
	{ "max-bytes", "of a line, without its end", CORDON_SIZE, CORDON_MIN,
	  CORDON_AT(struct messages, bytes), "1K..1G", "1M", NULL },
	{ "max-depth", "of arrays and objects in each other", CORDON_NUMBER, CORDON_MIN,
	  CORDON_AT(struct messages, depth), "0..100000", "64", NULL },
	{ "forbid-keys", "names that no object may have", CORDON_WORDS, CORDON_OR,
	  CORDON_AT(struct messages, forbidden), NULL, NULL, NULL },
	{ "require", "NAME:TYPE, members of each text", CORDON_LINES, CORDON_OR,
	  CORDON_AT(struct messages, required), NULL, NULL, json_check_required },
	{ "empty-lines", "between the texts", CORDON_WORD, CORDON_STRICTER,
	  CORDON_AT(struct messages, empty), "allow|refuse", "refuse", NULL },
	{ "violation", "what becomes of a line that is refused", CORDON_WORD, CORDON_BOTH,
	  CORDON_AT(struct messages, violation), "end|drop|answer", "end", NULL },
};
/* clang-format on */

static struct json_rules rules_of(const struct messages *messages)
{
	return (struct json_rules){ messages->depth.value, &messages->forbidden,
				    &messages->required };
}

/* Bit N: stream N. */
static unsigned streams_of(const struct messages *messages)
{
	unsigned streams = 0;

	for (size_t i = 0; i < messages->streams.count; i++)
		streams |= 1u << stream_of(messages->streams.item[i].text);
	return streams;
}

static int messages_configure(const void *self, struct cordon_error *err)
{
	const struct messages *messages = self;
	struct json_rules rules = rules_of(messages);
	unsigned streams = streams_of(messages);

	if (streams == 0 && !messages->socket.text)
		return cordon_fail(err, 0, "needs 'streams' or 'socket'");
	if (messages->violation.value == VIOLATION_ANSWER &&
	    (streams == 1 || streams == 2))
		return cordon_fail(err, 0,
				   "'violation = answer' needs the other way "
				   "too (streams = stdin stdout)");
	return json_check_rules(&rules, err);
}

static int messages_plan(const void *self, struct cordon_plan *plan,
			 struct cordon_error *err)
{
	const struct messages *messages = self;
	const struct cordon_list *streams = &messages->streams;
	const int64_t kind = messages->violation.value == VIOLATION_END
				     ? CORDON_STREAM_JUDGE
				     : CORDON_STREAM_SELECT;
	struct cordon_step socket = { .type = CORDON_STEP_STREAM_SOCKET,
				      .where = messages->socket.where,
				      .number = { 0, kind },
				      .text = { messages->socket.text } };
	unsigned planned = 0;

	(void)err;
	for (size_t i = 0; i < streams->count; i++) {
		int64_t stream = stream_of(streams->item[i].text);

		if (!(planned >> stream & 1))
			cordon_add_number(plan, streams->item[i].where,
					  CORDON_STEP_STREAM, stream, kind, 0);
		planned |= 1u << stream;
	}
	if (messages->socket.text)
		plan->add(plan, &socket);
	return 0;
}

/* ---- lines ---- */

/* What of the next line is there. */
struct line {
	char *text;
	size_t size, room;
	uint64_t number;  /* from 1 */
	bool is_left_out; /* refused before its end */
};

static int hold(struct line *line, const char *text, size_t size,
		struct cordon_error *err)
{
	size_t room = line->room ? line->room : 4096;
	char *more;

	while (room < line->size + size)
		room *= 2;
	more = room == line->room ? line->text : realloc(line->text, room);
	if (!more)
		return cordon_fail(err, errno, "cannot hold a line");
	line->text = more;
	line->room = room;
	memcpy(line->text + line->size, text, size);
	line->size += size;
	return 0;
}

/* Of words that are the stack's, and of ours. */
static size_t put_string(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text && n + 7 < room; text++)
		if ((unsigned char)*text < ' ' || *text == '"' || *text == '\\')
			n += (size_t)snprintf(out + n, room - n, "\\u%04x",
					      (unsigned)*text);
		else
			out[n++] = *text;
	out[n] = '\0';
	return n;
}

/* To whoever wrote the line, if that one reads. */
static void answer(struct cordon_flow *flow, const struct cordon_error *err)
{
	char text[2 * sizeof(err->text)], name[256], why[600];
	int n;

	put_string(why, sizeof(why), err->text);
	put_string(name, sizeof(name), flow->section);
	n = snprintf(text, sizeof(text),
		     "{\"error\":\"%s\",\"section\":\"%s\"}\n", why, name);
	flow->answer(flow, text, (size_t)n);
}

/* By what err says of it. */
static int refuse(const struct messages *messages, struct cordon_flow *flow,
		  const struct line *line, struct cordon_error *err)
{
	struct cordon_error why = *err;

	if (messages->violation.value == VIOLATION_DROP)
		return 0;
	cordon_deny(err, "line %llu of %s %s", (unsigned long long)line->number,
		    name_of(flow), why.text);
	if (messages->violation.value == VIOLATION_END)
		return -1;
	answer(flow, err);
	return 0;
}

static bool is_empty(const char *text, size_t size)
{
	while (size > 0 && memchr(" \t\r\n", text[size - 1], 4))
		size--;
	return size == 0;
}

/* A whole line, with its end; -1: err says what is wrong with it. */
static int judge(const struct messages *messages, const char *text, size_t size,
		 struct cordon_error *err)
{
	struct json_rules rules = rules_of(messages);

	if (!is_empty(text, size))
		return json_judge(&rules, text, size, err);
	return messages->empty.value == EMPTY_ALLOW
		       ? 0
		       : cordon_deny(err, "is empty");
}

/* Of `size` bytes, with its end, `passed` are to go on. */
static int pass(const struct messages *messages, struct cordon_flow *flow,
		struct line *line, const char *text, size_t size, size_t passed,
		struct cordon_error *err)
{
	int rc = 0;

	if (judge(messages, text, size, err) < 0)
		rc = refuse(messages, flow, line, err);
	else
		flow->put(flow, text, passed); /* or nobody reads any more */
	line->size = 0;
	line->number++;
	return rc;
}

/* Up to its end, or a part of it. */
static int take(const struct messages *messages, struct cordon_flow *flow,
		struct line *line, const char *text, size_t size,
		struct cordon_error *err)
{
	bool is_whole = text[size - 1] == '\n';
	size_t all = line->size + size - is_whole;

	if (!line->is_left_out && all > (size_t)messages->bytes.value) {
		line->is_left_out = true;
		line->size = 0;
		cordon_deny(err, "is longer than %lld bytes",
			    (long long)messages->bytes.value);
		if (refuse(messages, flow, line, err) < 0)
			return -1;
	}
	if (line->is_left_out) {
		line->is_left_out = !is_whole;
		line->number += is_whole;
		return 0;
	}
	if (line->size == 0 && is_whole) /* nothing of it is held */
		return pass(messages, flow, line, text, size, size, err);
	if (hold(line, text, size, err) < 0)
		return -1;
	return is_whole ? pass(messages, flow, line, line->text, line->size,
			       line->size, err)
			: 0;
}

/* The last line may lack its end. */
static int finish(const struct messages *messages, struct cordon_flow *flow,
		  struct line *line, struct cordon_error *err)
{
	if (line->size == 0)
		return 0;
	if (hold(line, "\n", 1, err) < 0)
		return -1;
	return pass(messages, flow, line, line->text, line->size,
		    line->size - 1, err);
}

static int messages_stream(const void *self, void *state,
			   struct cordon_flow *flow, const void *data,
			   size_t size, struct cordon_error *err)
{
	const struct messages *messages = self;
	const char *at = data, *end = size > 0 ? at + size : at;
	struct line *line = flow->own;
	int rc = 0;

	(void)state;
	if (!line && !(line = calloc(1, sizeof(*line))))
		return cordon_fail(err, errno, "cannot hold a line");
	if (!flow->own)
		line->number = 1;
	flow->own = line;
	while (rc == 0 && at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		rc = take(messages, flow, line, at, (size_t)(next - at), err);
		at = next;
	}
	if (rc == 0 && flow->is_end)
		rc = finish(messages, flow, line, err);
	if (flow->is_end) {
		free(line->text);
		free(line);
		flow->own = NULL;
	}
	return rc;
}

CORDON_MODULE(messages) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "the lines between caller and job are JSON texts of a "
		   "bounded shape",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct messages),
	.configure = messages_configure,
	.plan = messages_plan,
	.stream = messages_stream,
};
