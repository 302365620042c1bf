/* SPDX-License-Identifier: MIT */
/*
 * seccomp - which system calls the job may make
 *
 *	[seccomp]
 *	profile = no-network
 *	allow = ptrace process_vm_readv
 *	deny = @resources
 *	default = errno:EPERM
 *
 * A profile is a file of conf.d/seccomp, and so is the list of groups; how both
 * are written is said at the head of the file `groups`.  What a section says
 * goes before its profile: `deny`, then `log`, then `allow`, then the profile.  A
 * call that `allow` names itself is allowed whatever the profile's tests of its
 * arguments say; one that comes with a group keeps these tests.  `sockets`
 * replaces the profile's line.
 *
 * Plans one table for each section; the core joins them, and the stricter answer
 * holds.  A name that only another processor knows is left out where it would be
 * allowed, and is an error where it would be denied.
 */
#include <ctype.h>
#include <stdbool.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cordon/module.h>

#define NUMBERS 1024 /* of calls */
#define CONDS_MAX 128
#define RULES_MAX 1500
#define GROUPS_MAX 128
#define DEPTH_MAX 16
#define NAME_MAX_BYTES 63
#define DENY_AS_DEFAULT 1u /* no action: what it is, is known at the end */

#define ERRNO(code) (SECCOMP_RET_ERRNO | (uint32_t)(code))
#define FULL_MASK UINT64_MAX
#define INT_MASK ((uint64_t)UINT32_MAX)

struct seccomp {
	struct cordon_data profile, groups;
	struct cordon_list allow, deny, log, sockets;
	struct cordon_text fallback;
};

/* ---- names ---- */

static const struct call {
	const char *name;
	uint32_t number;
} calls[] = {
#include "modules/seccomp_calls.h" /* sorted by name */
};

#define E(name) { #name, name }
static const struct {
	const char *name;
	int code;
} errors[] = {
	E(EPERM),	  E(ENOENT),	 E(ESRCH),     E(EINTR),
	E(EIO),		  E(ENXIO),	 E(E2BIG),     E(ENOEXEC),
	E(EBADF),	  E(ECHILD),	 E(EAGAIN),    E(ENOMEM),
	E(EACCES),	  E(EFAULT),	 E(EBUSY),     E(EEXIST),
	E(EXDEV),	  E(ENODEV),	 E(ENOTDIR),   E(EISDIR),
	E(EINVAL),	  E(ENFILE),	 E(EMFILE),    E(ENOTTY),
	E(EFBIG),	  E(ENOSPC),	 E(ESPIPE),    E(EROFS),
	E(EMLINK),	  E(EPIPE),	 E(EDOM),      E(ERANGE),
	E(EDEADLK),	  E(ENOSYS),	 E(ELOOP),     E(ENODATA),
	E(ETIME),	  E(EPROTO),	 E(EOVERFLOW), E(EUSERS),
	E(ENOTSOCK),	  E(EPROTOTYPE), E(ENOPROTOOPT),
	E(EPROTONOSUPPORT), E(ESOCKTNOSUPPORT), E(EOPNOTSUPP),
	E(EAFNOSUPPORT),  E(EADDRINUSE), E(EADDRNOTAVAIL),
	E(ENETDOWN),	  E(ENETUNREACH), E(ECONNREFUSED),
	E(ETIMEDOUT),	  E(EHOSTUNREACH), E(ECANCELED),
};

/* Newer headers know more; the numbers are the kernel's and stay. */
static const struct {
	const char *name;
	uint32_t family;
} families[] = {
	{ "unix", AF_UNIX },	   { "inet", AF_INET },
	{ "inet6", AF_INET6 },	   { "netlink", 16 },
	{ "packet", 17 },	   { "vsock", 40 },
	{ "alg", 38 },		   { "bluetooth", 31 },
	{ "can", 29 },		   { "tipc", 30 },
	{ "ax25", 3 },		   { "ipx", 4 },
	{ "appletalk", 5 },	   { "netrom", 6 },
	{ "x25", 9 },		   { "rose", 11 },
	{ "key", 15 },		   { "rds", 21 },
	{ "pppox", 24 },	   { "llc", 26 },
	{ "ib", 27 },		   { "mpls", 28 },
	{ "rxrpc", 33 },	   { "isdn", 34 },
	{ "phonet", 35 },	   { "ieee802154", 36 },
	{ "caif", 37 },		   { "nfc", 39 },
	{ "kcm", 41 },		   { "qipcrtr", 42 },
	{ "smc", 43 },		   { "xdp", 44 },
	{ "mctp", 45 },
};

/* A piece of a file. */
struct word {
	const char *text;
	size_t n;
	unsigned line;
	bool is_first; /* at the line's begin */
};

static bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->n && !memcmp(text, word->text, word->n);
}

/* By its name: some five hundred are looked up for each section. */
#define SLOTS 1024

static size_t slot_of(const char *name, size_t n)
{
	size_t hash = n;

	for (size_t i = 0; i < n; i++)
		hash = hash * 31 + (unsigned char)name[i];
	return (hash ^ hash >> 10) % SLOTS;
}

struct index {
	uint16_t call[SLOTS]; /* 1 + its place in calls[]; 0: free */
};

static void make_index(struct index *index)
{
	_Static_assert(CORDON_COUNT(calls) < SLOTS / 2, "too full");
	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		size_t at = slot_of(calls[i].name, strlen(calls[i].name));

		while (index->call[at])
			at = (at + 1) % SLOTS;
		index->call[at] = (uint16_t)(i + 1);
	}
}

/* -1: this processor has no such call. */
static int find_call(const struct index *index, const struct word *word)
{
	for (size_t at = slot_of(word->text, word->n); index->call[at];
	     at = (at + 1) % SLOTS) {
		const struct call *call = &calls[index->call[at] - 1];

		if (!strncmp(call->name, word->text, word->n) &&
		    !call->name[word->n])
			return (int)call->number;
	}
	return -1;
}

static int find_name(const struct index *index, const char *name)
{
	const struct word word = { name, strlen(name), 0, false };

	return find_call(index, &word);
}

/* How many letters must be put in, left out or changed. */
static size_t distance(const struct word *word, const char *name, size_t most)
{
	size_t row[NAME_MAX_BYTES + 2], n = strlen(name);

	if (word->n > NAME_MAX_BYTES || n > word->n + most ||
	    word->n > n + most)
		return most + 1;
	for (size_t i = 0; i <= word->n; i++)
		row[i] = i;
	for (size_t k = 1; k <= n; k++) {
		size_t above = row[0];

		row[0] = k;
		for (size_t i = 1; i <= word->n; i++) {
			size_t cost = above + (word->text[i - 1] != name[k - 1]);

			above = row[i];
			if (row[i] + 1 < cost)
				cost = row[i] + 1;
			if (row[i - 1] + 1 < cost)
				cost = row[i - 1] + 1;
			row[i] = cost;
		}
	}
	return row[word->n];
}

static const char *nearest(const struct word *word)
{
	size_t least = word->n > 4 ? 2 : 1;
	const char *name = NULL;

	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		size_t far = distance(word, calls[i].name, least);

		if (far > least || (name && far == least))
			continue;
		name = calls[i].name;
		least = far;
	}
	return name;
}

/* ---- what is said of all calls ---- */

enum verb { ALLOW, LOG, ONCE, DENY, ERROR };

struct entry { /* of one number */
	bool is_there, is_allowed, is_logged, is_once, has_conds;
	uint32_t denied; /* an action, or DENY_AS_DEFAULT; 0: no */
	/* by the section; `allow` by the call's own name, or with a group */
	bool must_allow, may_allow, must_deny, must_log;
};

struct cond { /* `VERB NAME if ...` */
	uint32_t number, action;
	enum verb verb;
	uint32_t n_tests;
	struct cordon_filter_test test[2];
};

struct policy {
	struct entry entries[NUMBERS];
	struct cond conds[CONDS_MAX];
	size_t n_conds;
	uint32_t other; /* 0: not said yet; no action that it can be is 0 */
	uint32_t highest;
	uint64_t families;
	bool has_families;
	struct group {
		struct word name; /* without '@' */
		const char *begin;
		unsigned line;
	} groups[GROUPS_MAX];
	size_t n_groups;
	struct index index;
	int clone3, socket, socketpair; /* numbers; -1: none */
	struct cordon_plan *plan;
	struct cordon_error *err;
	/* what is read, for errors; NULL: the section */
	const char *file;
	const char *key;
	struct cordon_filter *filter; /* what becomes of it */
};

static struct cordon_filter_rule *rules_of(struct policy *policy)
{
	return (struct cordon_filter_rule *)(void *)(policy->filter + 1);
}

__attribute__((format(printf, 3, 4))) static int
wrong(const struct policy *policy, unsigned line, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (policy->file)
		return cordon_fail(policy->err, 0, "%s:%u: %s", policy->file,
				   line, text);
	return cordon_fail(policy->err, 0, "%s: %s", policy->key, text);
}

/* For messages: what is no plain text is not shown. */
struct shown {
	char text[NAME_MAX_BYTES + 4];
};

static struct shown show(const struct word *word)
{
	struct shown shown;
	size_t n = word->n < NAME_MAX_BYTES ? word->n : NAME_MAX_BYTES;

	for (size_t i = 0; i < n; i++)
		shown.text[i] = isgraph((unsigned char)word->text[i])
					? word->text[i]
					: '?';
	snprintf(shown.text + n, sizeof("..."), "%s", n < word->n ? "..." : "");
	return shown;
}

/* ---- words of a file ---- */

struct reader {
	const char *at;
	unsigned line;
	bool is_begin; /* of a line */
};

/* Controls were refused: what is not above a blank is one, or a line's end. */
static const char *skip_word(const char *at)
{
	while ((unsigned char)*at > ' ' && *at != '#')
		at++;
	return at;
}

/* false: there is none left. */
static bool next_word(struct reader *reader, struct word *word)
{
	const char *at = reader->at;

	for (;; at++) {
		if (*at == '#')
			at += strcspn(at, "\n");
		if (*at == '\0')
			break;
		if (*at == '\n')
			reader->line++;
		else if ((unsigned char)*at > ' ')
			break;
		reader->is_begin = *at == '\n';
	}
	word->text = at;
	word->line = reader->line;
	word->is_first = reader->is_begin;
	reader->at = skip_word(at);
	word->n = (size_t)(reader->at - at);
	reader->is_begin = false;
	return word->n > 0;
}

/* The next one of the same line, continued or not. */
static bool more_words(struct reader *reader, struct word *word)
{
	struct reader ahead = *reader;

	if (!next_word(&ahead, word) || word->is_first)
		return false;
	*reader = ahead;
	return true;
}

static int check_text(struct policy *policy, const struct cordon_data *data)
{
	unsigned line = 1;

	policy->file = data->path;
	for (size_t i = 0; i < data->size; i++) {
		unsigned char byte = (unsigned char)data->text[i];

		if (byte >= ' ' && byte != 0x7f)
			continue;
		if (byte == '\n')
			line++;
		else if (byte != '\t' && byte != '\r')
			return wrong(policy, line, "holds a control character");
	}
	return 0;
}

/* ---- groups ---- */

static int read_groups(struct policy *policy, const struct cordon_data *data)
{
	struct reader reader = { data->text, 1, true };
	struct word word;

	if (check_text(policy, data) < 0)
		return -1;
	while (next_word(&reader, &word)) {
		struct group *group = &policy->groups[policy->n_groups];

		if (!word.is_first && policy->n_groups > 0)
			continue;
		if (word.text[0] != '@' || word.n < 2)
			return wrong(policy, word.line,
				     "'%s' begins no group (@NAME, and below "
				     "it, behind a blank, its names)",
				     show(&word).text);
		if (policy->n_groups == GROUPS_MAX)
			return wrong(policy, word.line, "too many groups");
		policy->n_groups++;
		group->name = word;
		group->begin = reader.at;
		group->line = reader.line;
	}
	return 0;
}

static const struct group *find_group(const struct policy *policy,
				      const struct word *word)
{
	for (size_t i = 0; i < policy->n_groups; i++)
		if (policy->groups[i].name.n == word->n &&
		    !memcmp(policy->groups[i].name.text, word->text, word->n))
			return &policy->groups[i];
	return NULL;
}

/* It is in some group: another processor has it. */
static bool is_elsewhere(const struct policy *policy, const struct word *word)
{
	for (size_t i = 0; i < policy->n_groups; i++) {
		struct reader reader = { policy->groups[i].begin, 0, false };
		struct word other;

		while (more_words(&reader, &other))
			if (other.n == word->n &&
			    !memcmp(other.text, word->text, word->n))
				return true;
	}
	return false;
}

/* ---- saying something of a call ---- */

/* What is done with each number that a word comes to. */
typedef int visit(struct policy *policy, uint32_t number, bool is_named,
		  const struct word *word, uint32_t what);

static int visit_group(struct policy *policy, const struct word *name,
		       int depth, visit *each, uint32_t what)
{
	const struct group *group = find_group(policy, name);
	struct reader reader;
	struct word word;

	if (!group)
		return wrong(policy, name->line, "no group '%s'",
			     show(name).text);
	if (depth > DEPTH_MAX)
		return wrong(policy, name->line, "group '%s' contains itself",
			     show(name).text);
	reader = (struct reader){ group->begin, group->line, false };
	while (more_words(&reader, &word)) {
		int number;

		if (word.text[0] == '@') {
			if (visit_group(policy, &word, depth + 1, each, what) <
			    0)
				return -1;
			continue;
		}
		number = find_call(&policy->index, &word);
		if (number >= 0 && (uint32_t)number <= policy->highest &&
		    each(policy, (uint32_t)number, false, name, what) < 0)
			return -1;
	}
	return 0;
}

static int too_high(struct policy *policy, const struct word *word)
{
	return wrong(policy, word->line,
		     "'%s' is above the highest call (%u) that the profile "
		     "knows",
		     show(word).text, (unsigned)policy->highest);
}

static int visit_word(struct policy *policy, const struct word *word,
		      bool is_denied, visit *each, uint32_t what)
{
	int number;
	const char *near;

	if (word->text[0] == '@')
		return visit_group(policy, word, 0, each, what);
	number = find_call(&policy->index, word);
	if (number >= 0 && (uint32_t)number > policy->highest)
		return too_high(policy, word);
	if (number >= 0)
		return each(policy, (uint32_t)number, true, word, what);
	if (is_elsewhere(policy, word)) {
		if (!is_denied)
			return 0;
		return wrong(policy, word->line,
			     "'%s' cannot be denied: this processor has no "
			     "such system call",
			     show(word).text);
	}
	near = nearest(word);
	return wrong(policy, word->line, "'%s' is no system call%s%s%s",
		     show(word).text, near ? " (did you mean '" : "",
		     near ? near : "", near ? "'?)" : "");
}

/* ---- profiles ---- */

static int find_errno(const struct word *word, uint32_t *code)
{
	char text[32], *end;

	for (size_t i = 0; i < CORDON_COUNT(errors); i++)
		if (word_is(word, errors[i].name)) {
			*code = (uint32_t)errors[i].code;
			return 0;
		}
	if (word->n == 0 || word->n > 4 || !isdigit((unsigned char)*word->text))
		return -1;
	memcpy(text, word->text, word->n);
	text[word->n] = '\0';
	*code = (uint32_t)strtoul(text, &end, 10);
	return *end || *code == 0 || *code > 4095 ? -1 : 0;
}

/* errno:NAME; 0 with the action, -1: it is none. */
static int parse_error(const struct word *word, uint32_t *action)
{
	struct word name = { word->text + 6, word->n - 6, word->line, false };
	uint32_t code;

	if (word->n <= 6 || memcmp(word->text, "errno:", 6) ||
	    find_errno(&name, &code) < 0)
		return -1;
	*action = ERRNO(code);
	return 0;
}

static int parse_action(const struct word *word, uint32_t *action)
{
	static const struct {
		const char *name;
		uint32_t action;
	} actions[] = {
		{ "kill", SECCOMP_RET_KILL_PROCESS },
		{ "log", SECCOMP_RET_LOG },
		{ "allow", SECCOMP_RET_ALLOW },
	};

	for (size_t i = 0; i < CORDON_COUNT(actions); i++)
		if (word_is(word, actions[i].name)) {
			*action = actions[i].action;
			return 0;
		}
	return parse_error(word, action);
}

static int parse_number(const struct word *word, uint64_t *value)
{
	char text[32], *end;

	if (word->n >= sizeof(text) || !isdigit((unsigned char)*word->text))
		return -1;
	memcpy(text, word->text, word->n);
	text[word->n] = '\0';
	errno = 0;
	*value = strtoull(text, &end, strncmp(text, "0x", 2) ? 10 : 16);
	return *end || errno ? -1 : 0;
}

static int not_a_test(struct policy *policy, unsigned line)
{
	return wrong(policy, line,
		     "not a test (VERB NAME if ARGUMENT [& MASK] == VALUE [and "
		     "...]; == or !=, ARGUMENT 0 to 5, at most two)");
}

/* Behind `if` or `and`; `word` is then what follows it, or empty. */
static int parse_test(struct policy *policy, struct reader *reader,
		      struct cordon_filter_test *test, struct word *word)
{
	unsigned line = reader->line;
	uint64_t number;

	*test = (struct cordon_filter_test){ .mask = INT_MASK };
	if (!more_words(reader, word) || parse_number(word, &number) < 0 ||
	    number > 5 || !more_words(reader, word))
		return not_a_test(policy, line);
	test->argument = (uint32_t)number;
	if (word_is(word, "&") &&
	    (!more_words(reader, word) ||
	     parse_number(word, &test->mask) < 0 || test->mask == 0 ||
	     !more_words(reader, word)))
		return not_a_test(policy, line);
	test->is_not = word_is(word, "!=");
	if ((!test->is_not && !word_is(word, "==")) ||
	    !more_words(reader, word) || parse_number(word, &test->value) < 0)
		return not_a_test(policy, line);
	if (test->value & ~test->mask)
		return wrong(policy, line,
			     "'%s' has bits that the mask leaves out",
			     show(word).text);
	if (!more_words(reader, word))
		word->n = 0;
	return 0;
}

/* `VERB NAME if ...`: the words behind `if`. */
static int read_tests(struct policy *policy, struct reader *reader,
		      const struct word *name, enum verb verb, uint32_t action)
{
	struct cond *cond = &policy->conds[policy->n_conds];
	int number = find_call(&policy->index, name);
	struct word word;

	if (number < 0)
		return wrong(policy, name->line,
			     "'%s' is no system call of this processor, and "
			     "cannot be tested",
			     show(name).text);
	if ((uint32_t)number > policy->highest)
		return too_high(policy, name);
	if (policy->n_conds == CONDS_MAX)
		return wrong(policy, name->line,
			     "more than %d lines with a test (say in a second "
			     "[seccomp.NAME] what more is denied)",
			     CONDS_MAX);
	if (verb == ONCE)
		return not_a_test(policy, name->line);
	*cond = (struct cond){ .number = (uint32_t)number,
			       .action = action,
			       .verb = verb };
	do {
		if (cond->n_tests == CORDON_COUNT(cond->test))
			return not_a_test(policy, name->line);
		if (parse_test(policy, reader, &cond->test[cond->n_tests++],
			       &word) < 0)
			return -1;
	} while (word_is(&word, "and"));
	if (word.n > 0)
		return not_a_test(policy, word.line);
	policy->entries[number].has_conds = true;
	policy->n_conds++;
	return 0;
}

static int visit_profile(struct policy *policy, uint32_t number, bool is_named,
			 const struct word *word, uint32_t what)
{
	struct entry *entry = &policy->entries[number];

	if (what == SECCOMP_RET_ALLOW)
		entry->is_allowed = true;
	else if (what == SECCOMP_RET_LOG)
		entry->is_logged = true;
	else if (what == DENY_AS_DEFAULT)
		entry->denied = entry->denied ? entry->denied : what;
	else if (entry->denied > DENY_AS_DEFAULT && entry->denied != what)
		return wrong(policy, word->line,
			     "'%s' has another error already",
			     show(word).text);
	else
		entry->denied = what;
	return 0;
}

static int read_names(struct policy *policy, struct reader *reader,
		      enum verb verb, uint32_t action)
{
	struct word name, word;
	size_t n = 0;
	int number;

	while (more_words(reader, &name)) {
		struct reader ahead = *reader;

		if (n++ == 0 && more_words(&ahead, &word) &&
		    word_is(&word, "if")) {
			*reader = ahead;
			return read_tests(policy, reader, &name, verb, action);
		}
		if (verb == ONCE) {
			if (!word_is(&name, "execve") || n > 1)
				return wrong(policy, name.line,
					     "'%s': once is for execve alone",
					     show(&name).text);
			number = find_call(&policy->index, &name);
			policy->entries[number].is_once = true;
			continue;
		}
		if (visit_word(policy, &name, verb >= DENY, visit_profile,
			       action) < 0)
			return -1;
	}
	return n > 0 ? 0 : wrong(policy, reader->line, "names no system call");
}

static int add_family(struct policy *policy, const struct word *word)
{
	policy->has_families = true;
	for (size_t i = 0; i < CORDON_COUNT(families); i++)
		if (word_is(word, families[i].name)) {
			policy->families |= (uint64_t)1 << families[i].family;
			return 0;
		}
	return wrong(policy, word->line,
		     "'%s' is no family of sockets (unix inet inet6 netlink "
		     "...)",
		     show(word).text);
}

static int read_default(struct policy *policy, const struct word *verb,
			struct reader *reader)
{
	struct word word;

	if (policy->other)
		return wrong(policy, verb->line, "a second default");
	if (!more_words(reader, &word) ||
	    parse_action(&word, &policy->other) < 0 ||
	    more_words(reader, &word))
		return wrong(policy, verb->line,
			     "not a default (errno:NAME, kill, log, allow)");
	return 0;
}

/* Before the names: they are judged by it. */
static int read_highest(struct policy *policy, const struct word *verb,
			struct reader *reader)
{
	struct word word;
	uint64_t number;

	if (!more_words(reader, &word) || parse_number(&word, &number) < 0 ||
	    number == 0 || number >= NUMBERS || more_words(reader, &word))
		return wrong(policy, verb->line,
			     "not a number of a call (1 to %d)", NUMBERS - 1);
	if (number < policy->highest)
		policy->highest = (uint32_t)number;
	return 0;
}

static int read_line(struct policy *policy, const struct word *verb,
		     struct reader *reader)
{
	static const struct {
		const char *name;
		enum verb verb;
		uint32_t action;
	} verbs[] = {
		{ "allow", ALLOW, SECCOMP_RET_ALLOW },
		{ "log", LOG, SECCOMP_RET_LOG },
		{ "once", ONCE, 0 },
		{ "deny", DENY, DENY_AS_DEFAULT },
	};
	struct word word;
	uint32_t action;

	for (size_t i = 0; i < CORDON_COUNT(verbs); i++)
		if (word_is(verb, verbs[i].name))
			return read_names(policy, reader, verbs[i].verb,
					  verbs[i].action);
	if (parse_error(verb, &action) == 0)
		return read_names(policy, reader, ERROR, action);
	if (word_is(verb, "sockets")) {
		policy->has_families = true;
		while (more_words(reader, &word))
			if (add_family(policy, &word) < 0)
				return -1;
		return 0;
	}
	return wrong(policy, verb->line,
		     "'%s' begins no line of a profile (default allow deny log "
		     "errno:NAME once sockets highest)",
		     show(verb).text);
}

static int read_profile(struct policy *policy, const struct cordon_data *data)
{
	struct reader reader = { data->text, 1, true };
	struct word word;

	if (check_text(policy, data) < 0)
		return -1;
	while (next_word(&reader, &word))
		if (word_is(&word, "highest") && word.is_first &&
		    read_highest(policy, &word, &reader) < 0)
			return -1;
	reader = (struct reader){ data->text, 1, true };
	while (next_word(&reader, &word)) {
		if (!word.is_first)
			return wrong(policy, word.line,
				     "'%s' goes on with nothing",
				     show(&word).text);
		if (word_is(&word, "highest")) {
			while (more_words(&reader, &word))
				;
			continue;
		}
		if (word_is(&word, "default")
			    ? read_default(policy, &word, &reader) < 0
			    : read_line(policy, &word, &reader) < 0)
			return -1;
	}
	return 0;
}

/* ---- the section ---- */

static int visit_section(struct policy *policy, uint32_t number, bool is_named,
			 const struct word *word, uint32_t what)
{
	struct entry *entry = &policy->entries[number];

	if (what == SECCOMP_RET_LOG) {
		entry->must_log = true;
	} else if (what == SECCOMP_RET_ALLOW) {
		entry->must_allow |= is_named;
		entry->may_allow = true;
	} else {
		if (is_named && entry->must_allow)
			return wrong(policy, word->line,
				     "'%s' is allowed and denied",
				     show(word).text);
		entry->must_deny = true;
	}
	return 0;
}

static int read_list(struct policy *policy, const struct cordon_list *list,
		     const char *key, uint32_t what)
{
	policy->file = NULL;
	policy->key = key;
	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->item[i].text;
		const struct word word = { text, strlen(text), 0, false };

		policy->plan->where = list->item[i].where;
		if (visit_word(policy, &word, what == DENY_AS_DEFAULT,
			       visit_section, what) < 0)
			return -1;
	}
	policy->plan->where = 0;
	return 0;
}

static int read_section(struct policy *policy, const struct seccomp *seccomp)
{
	if (read_list(policy, &seccomp->allow, "allow", SECCOMP_RET_ALLOW) <
		    0 ||
	    read_list(policy, &seccomp->log, "log", SECCOMP_RET_LOG) < 0 ||
	    read_list(policy, &seccomp->deny, "deny", DENY_AS_DEFAULT) < 0)
		return -1;
	if (seccomp->sockets.given) {
		policy->has_families = true;
		policy->families = 0;
		policy->key = "sockets";
	}
	for (size_t i = 0; i < seccomp->sockets.count; i++) {
		const char *text = seccomp->sockets.item[i].text;
		const struct word word = { text, strlen(text), 0, false };

		policy->plan->where = seccomp->sockets.item[i].where;
		if (add_family(policy, &word) < 0)
			return -1;
	}
	policy->plan->where = 0;
	if (seccomp->fallback.given) {
		const char *text = seccomp->fallback.text;
		const struct word word = { text, strlen(text), 0, false };

		parse_action(&word, &policy->other); /* was checked */
	}
	if (policy->other == 0)
		policy->other = ERRNO(EPERM);
	return 0;
}

static int check_default(const char *text, struct cordon_error *err)
{
	const struct word word = { text, strlen(text), 0, false };
	uint32_t action;

	if (parse_action(&word, &action) == 0)
		return 0;
	return cordon_fail(err, 0,
			   "'%s' is not errno:NAME, errno:NUMBER, kill, log or "
			   "allow",
			   show(&word).text);
}

/* ---- the table ---- */

static bool lets_through(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG;
}

static uint32_t deny_action(const struct policy *policy, uint32_t action)
{
	if (action != DENY_AS_DEFAULT)
		return action;
	return lets_through(policy->other) ? ERRNO(EPERM) : policy->other;
}

/* The call before has one rule, and that says the same without a test. */
static bool goes_on(struct policy *policy, uint32_t number, uint32_t action)
{
	const struct cordon_filter_rule *rules = rules_of(policy);
	uint32_t n = policy->filter->n_rules;

	return n > 0 && action != CORDON_FILTER_ONCE &&
	       rules[n - 1].last + 1 == number &&
	       rules[n - 1].action == action && rules[n - 1].n_tests == 0 &&
	       (n == 1 || rules[n - 2].number != rules[n - 1].number);
}

static int emit(struct policy *policy, uint32_t number, uint32_t action,
		const struct cordon_filter_test *tests, uint32_t n)
{
	struct cordon_filter *filter = policy->filter;
	struct cordon_filter_rule *rule = &rules_of(policy)[filter->n_rules];

	if (n == 0 && goes_on(policy, number, action)) {
		rule[-1].last = number;
		return 0;
	}
	if (filter->n_rules == RULES_MAX)
		return cordon_fail(policy->err, 0, "too many rules");
	*rule = (struct cordon_filter_rule){ .number = number,
					     .last = number,
					     .action = action,
					     .n_tests = n };
	for (uint32_t i = 0; i < n; i++)
		rule->test[i] = tests[i];
	filter->n_rules++;
	return 0;
}

static bool is_socket(const struct policy *policy, uint32_t number)
{
	return (int)number == policy->socket ||
	       (int)number == policy->socketpair;
}

/* Letting through; a socket's family is one more test of it. */
static int emit_pass(struct policy *policy, uint32_t number, uint32_t action,
		     const struct cordon_filter_test *tests, uint32_t n)
{
	struct cordon_filter_test all[2];

	if (!policy->has_families || !is_socket(policy, number))
		return emit(policy, number, action, tests, n);
	if (n > 1)
		return cordon_fail(policy->err, 0,
				   "sockets are tested for their family and "
				   "one thing more at most");
	if (n > 0)
		all[1] = tests[0];
	for (uint32_t family = 0; family < 64; family++) {
		if (!(policy->families >> family & 1))
			continue;
		all[0] = (struct cordon_filter_test){ 0, 0, INT_MASK, family };
		if (emit(policy, number, action, all, n + 1) < 0)
			return -1;
	}
	return 0;
}

static int emit_conds(struct policy *policy, uint32_t number, enum verb first,
		      enum verb last)
{
	for (size_t i = 0; i < policy->n_conds; i++) {
		const struct cond *cond = &policy->conds[i];

		if (!policy->entries[number].has_conds)
			break;
		if (cond->number != number || cond->verb < first ||
		    cond->verb > last)
			continue;
		if (first >= DENY
			    ? emit(policy, number,
				   deny_action(policy, cond->action),
				   cond->test, cond->n_tests) < 0
			    : emit_pass(policy, number, cond->action,
					cond->test, cond->n_tests) < 0)
			return -1;
	}
	return 0;
}

/* The last rule of a call: without tests. */
static int emit_rest(struct policy *policy, uint32_t number)
{
	const struct entry *entry = &policy->entries[number];
	bool is_allowed = entry->is_allowed || entry->may_allow ||
			  entry->must_allow;
	uint32_t action = is_allowed ? SECCOMP_RET_ALLOW : policy->other;

	if (entry->must_log || entry->is_logged)
		action = SECCOMP_RET_LOG;
	if (lets_through(action)) {
		if (emit_pass(policy, number, action, NULL, 0) < 0)
			return -1;
		return is_socket(policy, number) && policy->has_families
			       ? emit(policy, number,
				      deny_action(policy, DENY_AS_DEFAULT),
				      NULL, 0)
			       : 0;
	}
	return 0; /* as all others */
}

/* Behind cordon's own call there is a denial, whatever the rest is. */
static int emit_once(struct policy *policy, uint32_t number)
{
	if (emit(policy, number, CORDON_FILTER_ONCE, NULL, 0) < 0)
		return -1;
	return emit(policy, number, deny_action(policy, DENY_AS_DEFAULT), NULL,
		    0);
}

static int emit_call(struct policy *policy, uint32_t number)
{
	const struct entry *entry = &policy->entries[number];

	if (!entry->is_there)
		return policy->filter->unknown == policy->other
			       ? 0
			       : emit(policy, number, policy->filter->unknown,
				      NULL, 0);
	if ((int)number == policy->clone3 &&
	    (!entry->must_allow || entry->must_deny))
		return emit(policy, number, ERRNO(ENOSYS), NULL, 0);
	if (entry->must_deny)
		return emit(policy, number,
			    deny_action(policy, DENY_AS_DEFAULT), NULL, 0);
	if (entry->must_allow)
		return emit_rest(policy, number);
	if (emit_conds(policy, number, DENY, ERROR) < 0)
		return -1;
	if (entry->denied && !entry->may_allow)
		return emit(policy, number, deny_action(policy, entry->denied),
			    NULL, 0);
	if (entry->is_once)
		return emit_once(policy, number);
	if (emit_conds(policy, number, LOG, LOG) < 0 ||
	    emit_conds(policy, number, ALLOW, ALLOW) < 0)
		return -1;
	return emit_rest(policy, number);
}

/* Families for a call that nobody may make would be a promise not kept. */
static int check_sockets(struct policy *policy, const struct seccomp *seccomp)
{
	const struct cordon_filter_rule *rules = rules_of(policy);
	int number = policy->socket;

	if (!seccomp->sockets.given || policy->families == 0)
		return 0;
	for (uint32_t i = 0; i < policy->filter->n_rules; i++)
		if ((int)rules[i].number <= number &&
		    (int)rules[i].last >= number && lets_through(rules[i].action))
			return 0;
	policy->plan->where = seccomp->sockets.where;
	return cordon_fail(policy->err, 0,
			   "sockets: socket(2) itself is not allowed (allow = "
			   "@network-io)");
}

static int make_table(struct policy *policy, const struct seccomp *seccomp)
{
	struct cordon_filter *filter = policy->filter;

	*filter = (struct cordon_filter){
		.other = policy->other,
		.unknown = lets_through(policy->other) ? policy->other
						       : ERRNO(ENOSYS),
		.highest = policy->highest,
	};
	for (uint32_t number = 0; number <= policy->highest; number++)
		if (emit_call(policy, number) < 0)
			return -1;
	return check_sockets(policy, seccomp);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int make_policy(struct policy *policy, const struct seccomp *seccomp)
{
	make_index(&policy->index);
	policy->clone3 = find_name(&policy->index, "clone3");
	policy->socket = find_name(&policy->index, "socket");
	policy->socketpair = find_name(&policy->index, "socketpair");
	for (size_t i = 0; i < CORDON_COUNT(calls); i++) {
		if (calls[i].number >= NUMBERS)
			continue;
		policy->entries[calls[i].number].is_there = true;
		if (calls[i].number > policy->highest)
			policy->highest = calls[i].number;
	}
	if (read_groups(policy, &seccomp->groups) < 0 ||
	    read_profile(policy, &seccomp->profile) < 0 ||
	    read_section(policy, seccomp) < 0)
		return -1;
	return make_table(policy, seccomp);
}

static int seccomp_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct seccomp *seccomp = self;
	struct policy *policy = calloc(1, sizeof(*policy));
	struct cordon_filter *filter =
		malloc(sizeof(*filter) +
		       RULES_MAX * sizeof(struct cordon_filter_rule));
	int rc = -1;

	if (!policy || !filter) {
		cordon_fail(err, ENOMEM, "cannot make a filter");
		goto out;
	}
	policy->plan = plan;
	policy->err = err;
	policy->filter = filter;
	rc = make_policy(policy, seccomp);
	if (rc == 0) {
		struct cordon_step step = {
			.type = CORDON_STEP_SECCOMP,
			.text = { base_name(seccomp->profile.path) },
			.data = filter,
			.size = sizeof(*filter) +
				filter->n_rules *
					sizeof(struct cordon_filter_rule),
		};

		plan->add(plan, &step);
	}
out:
	free(filter);
	free(policy);
	return rc;
}

#define AT(field) CORDON_AT(struct seccomp, field)

static const struct cordon_option options[] = {
	{ "profile", "name of a file in conf.d/seccomp", CORDON_DATA,
	  CORDON_BOTH, AT(profile), .form = "seccomp", .value = "default" },
	{ "groups", "name of the file there that defines the @groups",
	  CORDON_DATA, CORDON_BOTH, AT(groups), .form = "seccomp",
	  .value = "groups" },
	{ "allow", "names and @groups, beside those of the profile",
	  CORDON_WORDS, CORDON_BOTH, AT(allow) },
	{ "deny", "names and @groups; beats allow", CORDON_WORDS, CORDON_BOTH,
	  AT(deny) },
	{ "log", "names and @groups: let through, and written to the audit log",
	  CORDON_WORDS, CORDON_BOTH, AT(log) },
	{ "default",
	  "errno:NAME, errno:NUMBER, kill, log or allow, for known calls that "
	  "nothing allows; default: the profile's",
	  CORDON_TEXT, CORDON_STRICTER, AT(fallback), .check = check_default },
	{ "sockets",
	  "families that a socket may be of, unix inet inet6 netlink ...; "
	  "default: the profile's",
	  CORDON_WORDS, CORDON_AND, AT(sockets) },
};

CORDON_MODULE(seccomp) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "which system calls the job may make, see seccomp(2)",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct seccomp),
	.plan = seccomp_plan,
};
