/* SPDX-License-Identifier: MIT */
/*
 * carriers - where in its command line an interpreter is told what to run
 *
 * One row for each family of interpreters, by what its manual says of its
 * options.  An option that no row has is refused: who does not know whether it
 * takes a value cannot say which word is the script.
 */
#ifndef CORDON_MODULES_CARRIERS_H
#define CORDON_MODULES_CARRIERS_H 1
#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cordon/module.h>

struct word {
	const char *text;
	int64_t index;	/* in the job's argv; -1: it is not there */
	bool is_judged; /* the script whose first line brought us here */
};

enum found {
	FOUND_SCRIPT = 1, /* word[at] */
	FOUND_MODULE,	  /* text: its name */
	FOUND_INLINE,	  /* text: how */
	FOUND_NOTHING,	  /* it says its version, or a like thing, and ends */
};

struct finding {
	enum found what;
	size_t at;
	const char *text;
	char option[24];   /* how, where that is an option */
	uint64_t letters;  /* that were met: bit c - 'A' */
};

enum takes { TAKES_NOTHING = 0, TAKES_VALUE, TAKES_CODE, TAKES_QUIT };

struct long_option {
	const char *name;
	enum takes takes;
};

struct family {
	const char *name; /* of its program, without a version */
	/* letters behind one '-', several in one word */
	const char *flags;
	const char *values;   /* the rest of the word, or the next one */
	const char *next;     /* the next word, and the word goes on */
	const char *attached; /* the rest of the word, perhaps empty */
	const char *code;     /* is code, or loads other than the script */
	const char *quits;
	const struct long_option *longs; /* with their dashes */
	bool has_plus;	  /* '+' as well as '-' */
	bool is_bash;	  /* '-long' is '--long' */
	bool has_words;	  /* no letters: each option is a word of longs */
	bool dash_ends;   /* '-' ends the options; else it is stdin */
	char module, file; /* letters whose value is a module, the script */
	bool no_copy;	  /* asks for the path of its script's descriptor */
	/* What no table says; NULL: all is well. */
	const char *(*check)(char letter, const char *value);
	const char *(*check_all)(const struct finding *finding);
};

#define LETTER(c) ((uint64_t)1 << ((c) - 'A'))

/* ---- python ---- */

static const char *python_check(char letter, const char *value)
{
	static const char *const known[] = {
		"dev", "faulthandler", "frozen_modules", "importtime",
		"int_max_str_digits", "no_debug_ranges", "showrefcount",
		"tracemalloc", "utf8", "warn_default_encoding",
	};
	size_t size = strcspn(value, "=");

	if (letter != 'X')
		return NULL;
	for (size_t i = 0; i < CORDON_COUNT(known); i++)
		if (strlen(known[i]) == size && !memcmp(known[i], value, size))
			return NULL;
	return "an -X that may name other code";
}

static const char *python_check_all(const struct finding *finding)
{
	const uint64_t seen = finding->letters;

	if (seen & LETTER('E') && !(seen & (LETTER('s') | LETTER('I'))))
		return "-E alone lets packages of the user's home in (say -I)";
	if (finding->what == FOUND_MODULE &&
	    !(seen & (LETTER('I') | LETTER('P'))))
		return "-m looks into the working directory first (say -I "
		       "before it)";
	return NULL;
}

static const struct long_option python_longs[] = {
	{ "--check-hash-based-pycs", TAKES_VALUE },
	{ "--help", TAKES_QUIT },
	{ "--help-all", TAKES_QUIT },
	{ "--help-env", TAKES_QUIT },
	{ "--help-xoptions", TAKES_QUIT },
	{ "--version", TAKES_QUIT },
	{ NULL, 0 },
};

/* ---- node: words, not letters; '_' is '-' ---- */

static const struct long_option node_longs[] = {
	{ "--abort-on-uncaught-exception", 0 },
	{ "--check", 0 },
	{ "-c", 0 },
	{ "--conditions", TAKES_VALUE },
	{ "-C", TAKES_VALUE },
	{ "--disable-proto", TAKES_VALUE },
	{ "--enable-source-maps", 0 },
	{ "--experimental-vm-modules", 0 },
	{ "--expose-gc", 0 },
	{ "--frozen-intrinsics", 0 },
	{ "--help", TAKES_QUIT },
	{ "-h", TAKES_QUIT },
	{ "--jitless", 0 },
	{ "--max-http-header-size", TAKES_VALUE },
	{ "--max-old-space-size", 0 },
	{ "--max-semi-space-size", 0 },
	{ "--no-addons", 0 },
	{ "--no-deprecation", 0 },
	{ "--no-warnings", 0 },
	{ "--pending-deprecation", 0 },
	{ "--preserve-symlinks", 0 },
	{ "--preserve-symlinks-main", 0 },
	{ "--single-threaded", 0 },
	{ "--stack-size", 0 },
	{ "--stack-trace-limit", 0 },
	{ "--throw-deprecation", 0 },
	{ "--title", TAKES_VALUE },
	{ "--trace-deprecation", 0 },
	{ "--trace-exit", 0 },
	{ "--trace-uncaught", 0 },
	{ "--trace-warnings", 0 },
	{ "--unhandled-rejections", TAKES_VALUE },
	{ "--use-strict", 0 },
	{ "--v8-options", TAKES_QUIT },
	{ "--v8-pool-size", TAKES_VALUE },
	{ "--version", TAKES_QUIT },
	{ "-v", TAKES_QUIT },
	{ "--zero-fill-buffers", 0 },
	{ "--eval", TAKES_CODE },
	{ "-e", TAKES_CODE },
	{ "--print", TAKES_CODE },
	{ "-p", TAKES_CODE },
	{ "-pe", TAKES_CODE },
	{ "--interactive", TAKES_CODE },
	{ "-i", TAKES_CODE },
	{ "--require", TAKES_CODE },
	{ "-r", TAKES_CODE },
	{ "--import", TAKES_CODE },
	{ "--loader", TAKES_CODE },
	{ "--experimental-loader", TAKES_CODE },
	{ "--env-file", TAKES_CODE },
	{ "--inspect", TAKES_CODE },
	{ "--inspect-brk", TAKES_CODE },
	{ "--inspect-port", TAKES_CODE },
	{ "--test", TAKES_CODE },
	{ "--run", TAKES_CODE },
	{ "--watch", TAKES_CODE },
	{ NULL, 0 },
};

/* ---- shells ---- */

static const struct long_option bash_longs[] = {
	{ "--dump-po-strings", 0 },
	{ "--dump-strings", 0 },
	{ "--noediting", 0 },
	{ "--noprofile", 0 },
	{ "--norc", 0 },
	{ "--posix", 0 },
	{ "--protected", 0 },
	{ "--restricted", 0 },
	{ "--verbose", 0 },
	{ "--help", TAKES_QUIT },
	{ "--version", TAKES_QUIT },
	{ "--debugger", TAKES_CODE },
	{ "--init-file", TAKES_CODE },
	{ "--login", TAKES_CODE },
	{ "--rcfile", TAKES_CODE },
	{ NULL, 0 },
};

static const struct long_option ruby_longs[] = {
	{ "--disable", TAKES_VALUE }, { "--enable", TAKES_VALUE },
	{ "--encoding", TAKES_VALUE }, { "--external-encoding", TAKES_VALUE },
	{ "--internal-encoding", TAKES_VALUE }, { "--jit", 0 },
	{ "--yjit", 0 }, { "--verbose", 0 },
	{ "--help", TAKES_QUIT }, { "--version", TAKES_QUIT },
	{ "--copyright", TAKES_QUIT }, { NULL, 0 },
};

static const struct long_option php_longs[] = {
	{ "--file", TAKES_CODE }, { "--run", TAKES_CODE },
	{ "--no-php-ini", 0 }, { "--syntax-check", 0 },
	{ "--version", TAKES_QUIT }, { "--help", TAKES_QUIT },
	{ "--info", TAKES_QUIT }, { "--ini", TAKES_QUIT },
	{ "--modules", TAKES_QUIT }, { NULL, 0 },
};

static const struct long_option no_longs[] = { { NULL, 0 } };

/* A login shell, or one for people, reads what its user wrote. */
#define ASH                                                                    \
	.flags = "abCeEfhImnpuvVxq", .next = "o", .code = "csil",              \
	.has_plus = true, .dash_ends = true, .longs = no_longs

static const struct family families[] = {
	{ .name = "python", .flags = "bBdEIOPqRsSuvx", .values = "W",
	  .attached = "", .code = "ci", .quits = "hV?", .longs = python_longs,
	  .module = 'm', .check = python_check, .check_all = python_check_all },
	{ .name = "perl", .flags = "acfgnpstTuUwWX", .attached = "0lC",
	  .code = "eEmMIdDFixS", .quits = "hvV", .longs = no_longs },
	{ .name = "node", .longs = node_longs, .has_words = true,
	  .no_copy = true },
	{ .name = "nodejs", .longs = node_longs, .has_words = true,
	  .no_copy = true },
	{ .name = "bash", .flags = "abefhkmnprtuvxBCDEHPT", .next = "oO",
	  .code = "csil", .longs = bash_longs, .has_plus = true,
	  .is_bash = true, .dash_ends = true },
	{ .name = "rbash", .flags = "abefhkmnprtuvxBCDEHPT", .next = "oO",
	  .code = "csil", .longs = bash_longs, .has_plus = true,
	  .is_bash = true, .dash_ends = true },
	{ .name = "dash", ASH },
	{ .name = "ash", ASH },
	{ .name = "hush", ASH },
	{ .name = "sh", ASH },
	{ .name = "ruby", .flags = "aclnpsUvw", .values = "E",
	  .attached = "0WKT", .code = "eIrCxSFiXd", .quits = "h",
	  .longs = ruby_longs },
	{ .name = "php", .flags = "nlqswC", .code = "rBRFEaSdczt",
	  .quits = "vhim", .longs = php_longs, .file = 'f' },
};

/* One that nobody wrote a row for: its first word is the script. */
static const struct family unknown_family = { .name = "?",
					      .longs = no_longs };

/* Of a program's name, "python3.11" or "php8.2"; NULL: none. */
static const struct family *carrier_family(const char *path)
{
	const char *name = strrchr(path, '/');

	name = name ? name + 1 : path;
	for (size_t i = 0; i < CORDON_COUNT(families); i++) {
		size_t size = strlen(families[i].name);

		if (!strncmp(name, families[i].name, size) &&
		    !isalpha((unsigned char)name[size]))
			return &families[i];
	}
	return NULL;
}

/* ---- the words ---- */

struct scan {
	const struct family *family;
	const struct word *word;
	size_t n, at;
	struct finding *out;
	struct cordon_error *err;
};

static int carrier_unknown(const struct scan *scan, const char *word)
{
	return cordon_deny(scan->err,
			   "'%.60s' is an option of %s that is not known "
			   "here, so nobody can say what it would run",
			   word, scan->family->name);
}

static int carrier_code(const struct scan *scan, const char *how)
{
	scan->out->what = FOUND_INLINE;
	snprintf(scan->out->option, sizeof(scan->out->option), "%s", how);
	scan->out->text = scan->out->option;
	return 1;
}

static bool carrier_has(const char *letters, char letter)
{
	return letters && letter && strchr(letters, letter);
}

static const struct long_option *carrier_long(const struct scan *scan,
					      const char *word)
{
	size_t size = strcspn(word, "=");

	for (const struct long_option *row = scan->family->longs; row->name;
	     row++) {
		size_t i = 0;

		while (i < size && row->name[i] &&
		       (row->name[i] == word[i] ||
			(scan->family->has_words && row->name[i] == '-' &&
			 word[i] == '_' && i > 1)))
			i++;
		if (i == size && row->name[i] == '\0')
			return row;
	}
	return NULL;
}

/* 0: goes on; 1: found; -1: refused */
static int scan_long(struct scan *scan, const char *word)
{
	const struct long_option *row = carrier_long(scan, word);

	if (!row)
		return carrier_unknown(scan, word);
	if (row->takes == TAKES_CODE)
		return carrier_code(scan, row->name);
	if (row->takes == TAKES_QUIT)
		scan->out->what = FOUND_NOTHING;
	if (row->takes == TAKES_VALUE && !strchr(word, '='))
		scan->at++;
	return 0;
}

static int scan_value(struct scan *scan, char letter, const char *value)
{
	const struct family *family = scan->family;
	const char *why =
		family->check ? family->check(letter, value) : NULL;

	if (why)
		return cordon_deny(scan->err, "-%c %.40s: %s", letter, value,
				   why);
	if (letter != family->module)
		return 0;
	scan->out->what = FOUND_MODULE;
	scan->out->text = value;
	return 1;
}

static int scan_letters(struct scan *scan, const char *word)
{
	const struct family *family = scan->family;
	const char how[] = { word[0], 0, 0 };
	char shown[3];

	for (const char *at = word + 1; *at; at++) {
		memcpy(shown, how, sizeof(shown));
		shown[1] = *at;
		if (isalpha((unsigned char)*at))
			scan->out->letters |= LETTER(*at);
		if (carrier_has(family->flags, *at))
			continue;
		if (carrier_has(family->code, *at))
			return carrier_code(scan, shown);
		if (carrier_has(family->quits, *at)) {
			scan->out->what = FOUND_NOTHING;
			continue;
		}
		if (carrier_has(family->next, *at)) {
			scan->at++;
			continue;
		}
		if (carrier_has(family->attached, *at))
			return at[1 + strspn(at + 1, "0123456789")]
				       ? carrier_unknown(scan, word)
				       : 0;
		if (*at == family->file && at[1] == '\0') {
			scan->at++;
			scan->out->what = FOUND_SCRIPT;
			scan->out->at = scan->at;
			return 1;
		}
		if (!carrier_has(family->values, *at) &&
		    *at != family->module && !(family->check && *at == 'X'))
			return carrier_unknown(scan, word);
		if (at[1] != '\0')
			return scan_value(scan, *at, at + 1);
		scan->at++;
		return scan_value(scan, *at,
				  scan->at < scan->n
					  ? scan->word[scan->at].text
					  : "");
	}
	return 0;
}

static int scan_option(struct scan *scan, const char *word)
{
	char doubled[64];

	if (scan->family->is_bash && word[0] == '-' && word[1] != '-') {
		snprintf(doubled, sizeof(doubled), "-%s", word);
		if (carrier_long(scan, doubled))
			return scan_long(scan, doubled);
	}
	if (!strncmp(word, "--", 2) || scan->family->has_words)
		return scan_long(scan, word);
	return scan_letters(scan, word);
}

static int scan_rest(struct scan *scan, bool has_ended)
{
	struct finding *out = scan->out;

	/* "php -- ARGS" has no script before "--" */
	if (scan->at < scan->n && !(has_ended && scan->family->file)) {
		const char *word = scan->word[scan->at].text;

		if (scan->family->has_words &&
		    (!strcmp(word, "inspect") || !strcmp(word, "debug")))
			return carrier_code(scan, word);
		out->what = FOUND_SCRIPT;
		out->at = scan->at;
		return 1;
	}
	return out->what == FOUND_NOTHING
		       ? 1
		       : carrier_code(scan, "standard input");
}

/* word[0] is the interpreter. */
static int carrier_scan(const struct family *family, const struct word *word,
			size_t n, struct finding *out, struct cordon_error *err)
{
	struct scan scan = { family, word, n, 1, out, err };
	bool has_ended = false;
	int rc = 0;

	*out = (struct finding){ 0 };
	for (; rc == 0 && scan.at < n; scan.at++) {
		const char *text = word[scan.at].text;

		if (text[0] != '-' && !(family->has_plus && text[0] == '+'))
			break;
		has_ended = !strcmp(text, "--");
		if (has_ended || (family->dash_ends && !strcmp(text, "-"))) {
			scan.at++;
			break;
		}
		if (!strcmp(text, "-"))
			rc = carrier_code(&scan, "standard input");
		else
			rc = scan_option(&scan, text);
	}
	if (rc == 0)
		rc = scan_rest(&scan, has_ended);
	if (rc < 0)
		return -1;
	if (out->what == FOUND_SCRIPT && out->at >= n)
		return cordon_deny(err, "the name of a script is missing");
	if (family->check_all && out->what != FOUND_INLINE &&
	    family->check_all(out))
		return cordon_deny(err, "%s", family->check_all(out));
	return 0;
}

#endif /* CORDON_MODULES_CARRIERS_H */
