/* SPDX-License-Identifier: MIT */
/*
 * redact - values that must not be in what the job prints
 *
 *	[redact]
 *	environment = SECRET_* DEPLOY_TOKEN
 *	file = /etc/ci/registry.key
 *
 * All values at once, by one automaton (Aho and Corasick, 1975) in memory that
 * does not grow: each byte that is part of any value is covered, so that of two
 * that overlap no remainder is left, and what may still be the beginning of one
 * is held back, and nothing else.
 *
 * It guards against the accident, not against a job that wants to tell: that one
 * writes the value backwards.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <cordon/module.h>

#define VALUE_MAX ((size_t)4096)
#define NODES_MAX ((size_t)32768) /* a byte of a value is one at most */
#define PIECE ((size_t)16384)

enum form { FORM_BASE64, FORM_JSON, FORM_URL, N_FORMS };
static const char *const form_names[] = { "base64", "json", "url" };
static const char *const stream_names[] = { "stdin", "stdout", "stderr" };

struct redact {
	struct cordon_list environment, file, forms, streams;
	struct cordon_text replacement;
	struct cordon_number minimum;
};

/* Node 0 is the root.  Complete: `next` says for each byte where to go on. */
struct automaton {
	size_t n_nodes, room;
	uint16_t (*next)[256];
	uint16_t *depth;  /* bytes of the node's own: they may begin a value */
	uint16_t *length; /* of the longest value that ends here; 0: none */
	size_t longest;
};

struct redact_state {
	struct automaton automaton;
};

/* What one flow holds back: bytes, and which of them are covered. */
struct held {
	uint16_t node;
	size_t n;
	int is_covered; /* the last byte that went on was */
	unsigned char byte[VALUE_MAX + PIECE], mark[VALUE_MAX + PIECE];
};

/* ---- options ---- */

static int find_word(const char *const *words, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], text))
			return (int)i;
	return -1;
}

static int check_pattern(const char *text, struct cordon_error *err)
{
	if (strchr(text, '='))
		return cordon_fail(err, 0,
				   "'%s' is not a name or glob of variables",
				   text);
	return 0;
}

static int check_stream(const char *text, struct cordon_error *err)
{
	if (find_word(stream_names, CORDON_COUNT(stream_names), text) < 1)
		return cordon_fail(err, 0, "'%s' is not stdout or stderr",
				   text);
	return 0;
}

static int check_form(const char *text, struct cordon_error *err)
{
	if (find_word(form_names, CORDON_COUNT(form_names), text) < 0)
		return cordon_fail(err, 0, "'%s' is not base64, json or url",
				   text);
	return 0;
}

static int check_replacement(const char *text, struct cordon_error *err)
{
	if (strlen(text) > 64)
		return cordon_fail(err, 0, "it has more than 64 bytes");
	return 0;
}

static const struct cordon_option options[] = {
	{ "environment", "names and globs of the caller's variables",
	  CORDON_WORDS, CORDON_OR, CORDON_AT(struct redact, environment),
	  .check = check_pattern },
	{ "file", "files, each line of which is a value", CORDON_PATHS,
	  CORDON_OR, CORDON_AT(struct redact, file), .form = "plain" },
	{ "forms", "also as base64, json or url writes a value", CORDON_WORDS,
	  CORDON_OR, CORDON_AT(struct redact, forms), .check = check_form },
	{ "streams", "stdout, stderr", CORDON_WORDS, CORDON_OR,
	  CORDON_AT(struct redact, streams), .value = "stdout stderr",
	  .check = check_stream },
	{ "replacement", "what stands instead", CORDON_TEXT, CORDON_EQUAL,
	  CORDON_AT(struct redact, replacement), .value = "***",
	  .check = check_replacement },
	{ "minimum", "bytes of the shortest value", CORDON_NUMBER, CORDON_MIN,
	  CORDON_AT(struct redact, minimum), .form = "1..64", .value = "4" },
};

static int redact_configure(const void *self, struct cordon_error *err)
{
	const struct redact *redact = self;

	if (redact->environment.count == 0 && redact->file.count == 0)
		return cordon_fail(err, 0, "needs 'environment' or 'file'");
	if (redact->streams.count == 0)
		return cordon_fail(err, 0, "'streams' names none");
	return 0;
}

static int redact_plan(const void *self, struct cordon_plan *plan,
		       struct cordon_error *err)
{
	const struct redact *redact = self;
	unsigned planned = 0;

	(void)err;
	for (size_t i = 0; i < redact->streams.count; i++) {
		int fd = find_word(stream_names, CORDON_COUNT(stream_names),
				   redact->streams.item[i].text);

		if (planned & 1u << fd)
			continue;
		planned |= 1u << fd;
		cordon_add_number(plan, redact->streams.where,
				  CORDON_STEP_STREAM, fd, CORDON_STREAM_CHANGE,
				  0);
	}
	return 0;
}

/* ---- the automaton ---- */

static int add_node(struct automaton *automaton, size_t depth)
{
	size_t room = automaton->room ? 2 * automaton->room : 256;
	void *next, *depths, *lengths;

	if (automaton->n_nodes == NODES_MAX)
		return -1;
	if (automaton->n_nodes == automaton->room) {
		next = realloc(automaton->next, room * sizeof(*automaton->next));
		if (next)
			automaton->next = next;
		depths = realloc(automaton->depth,
				 room * sizeof(*automaton->depth));
		if (depths)
			automaton->depth = depths;
		lengths = realloc(automaton->length,
				  room * sizeof(*automaton->length));
		if (lengths)
			automaton->length = lengths;
		if (!next || !depths || !lengths)
			return -1;
		automaton->room = room;
	}
	memset(automaton->next[automaton->n_nodes], 0,
	       sizeof(*automaton->next));
	automaton->depth[automaton->n_nodes] = (uint16_t)depth;
	automaton->length[automaton->n_nodes] = 0;
	return (int)automaton->n_nodes++;
}

/* As a tree, in which 0 is "nothing follows". */
static int add_value(struct automaton *automaton, const char *value,
		     size_t size, struct cordon_error *err)
{
	size_t at = 0;

	if (automaton->n_nodes == 0 && add_node(automaton, 0) < 0)
		return cordon_fail(err, ENOMEM, "cannot keep the values");
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)value[i];
		int node = automaton->next[at][byte];

		if (node == 0) {
			node = add_node(automaton, i + 1);
			if (node < 0)
				return cordon_fail(err, 0,
						   "the values have more than "
						   "%zu bytes together",
						   NODES_MAX - 1);
			automaton->next[at][byte] = (uint16_t)node;
		}
		at = (size_t)node;
	}
	automaton->length[at] = (uint16_t)size;
	if (size > automaton->longest)
		automaton->longest = size;
	return 0;
}

/* Where a node has no way on, its longest suffix that is a node has: nearer ones
 * first, since a suffix is always nearer. */
static int complete(struct automaton *automaton, struct cordon_error *err)
{
	size_t n = automaton->n_nodes, head = 0, tail = 0;
	uint16_t *queue = calloc(n + 1, sizeof(*queue));
	uint16_t *suffix = calloc(n + 1, sizeof(*suffix));

	if (!queue || !suffix) {
		free(queue);
		free(suffix);
		return cordon_fail(err, ENOMEM, "cannot keep the values");
	}
	queue[tail++] = 0;
	while (n > 0 && head < tail) {
		uint16_t at = queue[head++];

		for (int byte = 0; byte < 256; byte++) {
			uint16_t *to = &automaton->next[at][byte];
			uint16_t other =
				at ? automaton->next[suffix[at]][byte] : 0;

			if (*to == 0) {
				*to = other;
				continue;
			}
			suffix[*to] = other;
			if (automaton->length[*to] < automaton->length[other])
				automaton->length[*to] =
					automaton->length[other];
			queue[tail++] = *to;
		}
	}
	free(queue);
	free(suffix);
	return 0;
}

static void free_automaton(struct automaton *automaton)
{
	if (automaton->next)
		explicit_bzero(automaton->next,
			       automaton->room * sizeof(*automaton->next));
	free(automaton->next);
	free(automaton->depth);
	free(automaton->length);
	memset(automaton, 0, sizeof(*automaton));
}

/* ---- how a value may be written ---- */

#define FORM_ROOM (6 * VALUE_MAX + 8)

/*
 * Of what base64 makes of a text with the value in it, what only the value
 * decides; `shift`: how many bytes of a group of three are before it.
 */
static size_t write_base64(const char *value, size_t size, size_t shift,
			   const char *last, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789";
	const size_t first = (8 * shift + 5) / 6;
	size_t n = 0;

	for (size_t at = first; at < 8 * (shift + size) / 6; at++) {
		unsigned digit = 0;

		for (size_t bit = 6 * at; bit < 6 * at + 6; bit++) {
			unsigned byte = (unsigned char)value[bit / 8 - shift];

			digit = digit << 1 | (byte >> (7 - bit % 8) & 1);
		}
		out[n++] = digit < 62 ? digits[digit] : last[digit - 62];
	}
	return n;
}

/* As most encoders do; with is_more '/' is escaped too. */
static size_t write_json(const char *value, size_t size, int is_more, char *out)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		const char *at = value[i] ? strchr(plain, value[i]) : NULL;

		if (at) {
			out[n++] = '\\';
			out[n++] = letters[at - plain];
		} else if (is_more && value[i] == '/') {
			out[n++] = '\\';
			out[n++] = '/';
		} else if ((unsigned char)value[i] < ' ') {
			n += (size_t)snprintf(out + n, 7, "\\u%04x",
					      (unsigned)value[i]);
		} else {
			out[n++] = value[i];
		}
	}
	return n;
}

static size_t write_url(const char *value, size_t size, int is_lower, char *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (size_t i = 0; i < size; i++)
		if (value[i] && strchr(plain, value[i]))
			out[n++] = value[i];
		else
			n += (size_t)snprintf(out + n, 4,
					      is_lower ? "%%%02x" : "%%%02X",
					      (unsigned)(unsigned char)value[i]);
	return n;
}

static size_t write_form(enum form form, int variant, const char *value,
			 size_t size, char *out)
{
	switch (form) {
	case FORM_BASE64:
		return write_base64(value, size, (size_t)variant % 3,
				    variant < 3 ? "+/" : "-_", out);
	case FORM_JSON:
		return write_json(value, size, variant, out);
	default:
		return write_url(value, size, variant, out);
	}
}

static int add_forms(const struct redact *redact, struct automaton *automaton,
		     const char *value, size_t size, struct cordon_error *err)
{
	static const int variants[N_FORMS] = { 6, 2, 2 };
	char out[FORM_ROOM];
	int rc = add_value(automaton, value, size, err);

	for (size_t i = 0; i < redact->forms.count; i++) {
		int form = find_word(form_names, N_FORMS,
				     redact->forms.item[i].text);

		for (int variant = 0; rc == 0 && variant < variants[form];
		     variant++) {
			size_t n = write_form((enum form)form, variant, value,
					      size, out);

			if (n >= (size_t)redact->minimum.value)
				rc = add_value(automaton, out, n, err);
		}
	}
	explicit_bzero(out, sizeof(out));
	return rc;
}

/* ---- the values ---- */

/*
 * Each line is one.  Of many lines the short ones are left out, or no key could
 * be redacted that ends in one; a value that is short as a whole is refused,
 * since its owner counts on it.
 */
static int add_lines(const struct redact *redact, struct automaton *automaton,
		     const char *name, const char *text, size_t size,
		     struct cordon_error *err)
{
	const size_t least = (size_t)redact->minimum.value;
	const char *end = text + size;
	int is_one = !memchr(text, '\n', size > 0 ? size - 1 : 0);

	for (const char *at = text, *next; at < end; at = next + 1) {
		size_t n;

		next = memchr(at, '\n', (size_t)(end - at));
		next = next ? next : end;
		n = (size_t)(next - at);
		if (n > 0 && at[n - 1] == '\r')
			n--;
		if (n > VALUE_MAX)
			return cordon_fail(err, 0,
					   "a line of '%s' has %zu bytes, more "
					   "than %zu",
					   name, n, VALUE_MAX);
		if (n >= least) {
			if (add_forms(redact, automaton, at, n, err) < 0)
				return -1;
		} else if (n > 0 && is_one) {
			return cordon_fail(err, 0,
					   "'%s' has fewer bytes than 'minimum' "
					   "(%zu): it would be redacted all "
					   "over",
					   name, least);
		}
	}
	return 0;
}

static int is_named(const struct cordon_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (fnmatch(list->item[i].text, name, 0) == 0)
			return 1;
	return 0;
}

static int add_environment(const struct redact *redact,
			   struct automaton *automaton,
			   const struct cordon_job *job,
			   struct cordon_error *err)
{
	int rc = 0;

	for (size_t i = 0; job->environ && job->environ[i] && rc == 0; i++) {
		const char *value = strchr(job->environ[i], '=');
		char *name;

		if (!value)
			continue;
		name = strndup(job->environ[i],
			       (size_t)(value - job->environ[i]));
		if (!name)
			return cordon_fail(err, errno, "cannot look for values");
		if (is_named(&redact->environment, name))
			rc = add_lines(redact, automaton, name, value + 1,
				       strlen(value + 1), err);
		free(name);
	}
	return rc;
}

static int add_files(const struct redact *redact, struct automaton *automaton,
		     const struct cordon_job *job, struct cordon_error *err)
{
	for (size_t i = 0; i < redact->file.count; i++) {
		const struct cordon_item *item = &redact->file.item[i];
		struct cordon_data data;
		int rc;

		if (cordon_data_read(job, item->where, item->text, &data,
				     err) < 0)
			return -1;
		rc = add_lines(redact, automaton, item->text, data.text,
			       data.size, err);
		explicit_bzero((void *)(uintptr_t)data.text, data.size);
		if (rc < 0)
			return -1;
	}
	return 0;
}

static int redact_begin(const void *self, void *state,
			const struct cordon_job *job, struct cordon_error *err)
{
	const struct redact *redact = self;
	struct automaton *automaton =
		&((struct redact_state *)state)->automaton;

	if (add_environment(redact, automaton, job, err) < 0 ||
	    add_files(redact, automaton, job, err) < 0)
		return -1;
	return complete(automaton, err);
}

static int redact_finish(const void *self, void *state,
			 const struct cordon_result *result,
			 struct cordon_error *err)
{
	(void)self;
	(void)result;
	(void)err;
	free_automaton(&((struct redact_state *)state)->automaton);
	return 0;
}

/* ---- the stream ---- */

/* The first N bytes that are held: they cannot be more of a value any more. */
static void release(const struct redact *redact, struct cordon_flow *flow,
		    struct held *held, size_t n)
{
	size_t at = 0, end;

	for (; at < n; at = end) {
		end = at + 1;
		while (end < n && held->mark[end] == held->mark[at])
			end++;
		if (!held->mark[at])
			flow->put(flow, held->byte + at, end - at);
		else if (at > 0 || !held->is_covered)
			flow->put(flow, redact->replacement.text,
				  strlen(redact->replacement.text));
	}
	if (n == 0)
		return;
	held->is_covered = held->mark[n - 1];
	held->n -= n;
	memmove(held->byte, held->byte + n, held->n);
	memmove(held->mark, held->mark + n, held->n);
}

static void take(const struct automaton *automaton, struct held *held,
		 const unsigned char *data, size_t size)
{
	memcpy(held->byte + held->n, data, size);
	memset(held->mark + held->n, 0, size);
	for (size_t i = 0; i < size; i++) {
		size_t length;

		held->node = automaton->next[held->node][data[i]];
		length = automaton->length[held->node];
		if (length > 0)
			memset(held->mark + held->n + i + 1 - length, 1,
			       length);
	}
	held->n += size;
}

static int redact_stream(const void *self, void *state,
			 struct cordon_flow *flow, const void *data,
			 size_t size, struct cordon_error *err)
{
	const struct automaton *automaton =
		&((struct redact_state *)state)->automaton;
	const unsigned char *at = data;
	struct held *held = flow->own;

	if (automaton->n_nodes == 0) {
		flow->put(flow, data, size);
		return 0;
	}
	if (!held) {
		held = flow->own = calloc(1, sizeof(*held));
		if (!held)
			return cordon_fail(err, ENOMEM,
					   "cannot keep what may be a value");
	}
	while (size > 0) {
		size_t piece = size < PIECE ? size : PIECE;

		take(automaton, held, at, piece);
		release(self, flow, held,
			held->n - automaton->depth[held->node]);
		at += piece;
		size -= piece;
	}
	if (flow->is_end)
		release(self, flow, held, held->n);
	return 0;
}

CORDON_MODULE(redact) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "values that must not be in what the job prints",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct redact),
	.state_size = sizeof(struct redact_state),
	.configure = redact_configure,
	.plan = redact_plan,
	.begin = redact_begin,
	.finish = redact_finish,
	.stream = redact_stream,
};
