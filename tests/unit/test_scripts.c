/* SPDX-License-Identifier: MIT */
/*
 * Which word of an interpreter's command line is the script, and what is code
 * that is no file (modules/carriers.h, I37).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "modules/carriers.h"

#define WORDS 16

static const struct {
	const char *line; /* split at blanks; ~ is an empty word */
	const char *want;
} rows[] = {
	/* python: python3 --help */
	{ "python3.11 a.py", "script a.py" },
	{ "python3 a.py -c x", "script a.py" },
	{ "python3 -u a.py", "script a.py" },
	{ "python3 -uBs a.py -m", "script a.py" },
	{ "python3 -W error a.py", "script a.py" },
	{ "python3 -Werror a.py", "script a.py" },
	{ "python3 -X dev a.py", "script a.py" },
	{ "python3 -Xutf8=1 a.py", "script a.py" },
	{ "python3 -X pycache_prefix=/tmp a.py", "! -X" },
	{ "python3 -Xpresite=evil a.py", "! -X" },
	{ "python3 -- a.py", "script a.py" },
	{ "python3 -- -c", "script -c" },
	{ "python3 --check-hash-based-pycs always a.py", "script a.py" },
	{ "python3 --check-hash-based-pycs=always a.py", "script a.py" },
	{ "python3", "inline standard input" },
	{ "python3 -u", "inline standard input" },
	{ "python3 -", "inline standard input" },
	{ "python3 - a.py", "inline standard input" },
	{ "python3 -c print(1)", "inline -c" },
	{ "python3 -cprint(1)", "inline -c" },
	{ "python3 -Sc x a.py", "inline -c" },
	{ "python3 -i a.py", "inline -i" },
	{ "python3 -I -m json.tool", "module json.tool" },
	{ "python3 -Im json.tool", "module json.tool" },
	{ "python3 -Imjson.tool x", "module json.tool" },
	{ "python3 -P -m json", "module json" },
	{ "python3 -m json", "! -m looks" },
	{ "python3 -E a.py", "! -E alone" },
	{ "python3 -Es a.py", "script a.py" },
	{ "python3 -I a.py", "script a.py" },
	{ "python3 -V", "nothing" },
	{ "python3 --version", "nothing" },
	{ "python3 -VV -c x", "inline -c" },
	{ "python3 -y a.py", "! '-y'" },
	{ "python3 --new-option a.py", "! '--new-option'" },
	{ "python3 -W", "inline standard input" },
	{ "python3 ~", "script " },
	/* perl: perlrun(1) */
	{ "perl a.pl", "script a.pl" },
	{ "perl -w a.pl", "script a.pl" },
	{ "perl -wT a.pl x", "script a.pl" },
	{ "perl -0777 a.pl", "script a.pl" },
	{ "perl -l a.pl", "script a.pl" },
	{ "perl -C7 a.pl", "script a.pl" },
	{ "perl -CSD a.pl", "! '-CSD'" },
	{ "perl -e 1", "inline -e" },
	{ "perl -E 1", "inline -E" },
	{ "perl -wne 1", "inline -e" },
	{ "perl -Mstrict a.pl", "inline -M" },
	{ "perl -mCGI a.pl", "inline -m" },
	{ "perl -I/tmp a.pl", "inline -I" },
	{ "perl -d a.pl", "inline -d" },
	{ "perl -d:Evil a.pl", "inline -d" },
	{ "perl -F/x/ a.pl", "inline -F" },
	{ "perl -i.bak a.pl", "inline -i" },
	{ "perl -x a.pl", "inline -x" },
	{ "perl -S a.pl", "inline -S" },
	{ "perl", "inline standard input" },
	{ "perl -", "inline standard input" },
	{ "perl -v", "nothing" },
	{ "perl --help a.pl", "! '--help'" },
	{ "perl -- a.pl", "script a.pl" },
	{ "perl5.36.0 a.pl", "script a.pl" },
	/* shells */
	{ "sh a.sh", "script a.sh" },
	{ "sh -e a.sh", "script a.sh" },
	{ "sh -eu a.sh", "script a.sh" },
	{ "dash -o nounset a.sh", "script a.sh" },
	{ "dash -eo nounset a.sh", "script a.sh" },
	{ "dash +o nounset a.sh", "script a.sh" },
	{ "sh +e a.sh", "script a.sh" },
	{ "sh - a.sh", "script a.sh" },
	{ "sh -- a.sh", "script a.sh" },
	{ "sh -- -c", "script -c" },
	{ "sh -c id", "inline -c" },
	{ "sh -ec id", "inline -c" },
	{ "sh +c id", "inline +c" },
	{ "sh -o errexit -c id", "inline -c" },
	{ "sh -s a b", "inline -s" },
	{ "sh -i a.sh", "inline -i" },
	{ "sh -l a.sh", "inline -l" },
	{ "sh", "inline standard input" },
	{ "sh -", "inline standard input" },
	{ "sh -e", "inline standard input" },
	{ "sh -w a.sh", "! '-w'" },
	{ "dash --posix a.sh", "! '--posix'" },
	{ "bash a.sh", "script a.sh" },
	{ "bash -xe a.sh", "script a.sh" },
	{ "bash --noprofile --norc -e -o pipefail a.sh", "script a.sh" },
	{ "bash -norc a.sh", "script a.sh" },
	{ "bash -O extglob a.sh", "script a.sh" },
	{ "bash +O extglob a.sh", "script a.sh" },
	{ "bash --posix a.sh", "script a.sh" },
	{ "bash -c id", "inline -c" },
	{ "bash --norc -c id", "inline -c" },
	{ "bash -eo pipefail -c id", "inline -c" },
	{ "bash -l a.sh", "inline -l" },
	{ "bash --login a.sh", "inline --login" },
	{ "bash -login a.sh", "inline --login" },
	{ "bash --rcfile x a.sh", "inline --rcfile" },
	{ "bash -rcfile x a.sh", "inline --rcfile" },
	{ "bash --init-file x a.sh", "inline --init-file" },
	{ "bash -i a.sh", "inline -i" },
	{ "bash --debugger a.sh", "inline --debugger" },
	{ "bash -s", "inline -s" },
	{ "bash", "inline standard input" },
	{ "bash --version", "nothing" },
	{ "bash --wordexp x", "! '--wordexp'" },
	{ "rbash -c id", "inline -c" },
	/* node: node --help; words, not letters */
	{ "node a.js", "script a.js" },
	{ "node a.js -e x", "script a.js" },
	{ "node --max-old-space-size=100 a.js", "script a.js" },
	{ "node --max_old_space_size=100 a.js", "script a.js" },
	{ "node --no-warnings --enable-source-maps a.js", "script a.js" },
	{ "node --title x a.js", "script a.js" },
	{ "node --title=x a.js", "script a.js" },
	{ "node -- a.js", "script a.js" },
	{ "node -e 1", "inline -e" },
	{ "node --eval 1", "inline --eval" },
	{ "node --eval=1", "inline --eval" },
	{ "node -p 1", "inline -p" },
	{ "node -pe 1", "inline -pe" },
	{ "node --print 1", "inline --print" },
	{ "node -r ./x a.js", "inline -r" },
	{ "node --require ./x a.js", "inline --require" },
	{ "node --import=./x a.js", "inline --import" },
	{ "node --loader ./x a.js", "inline --loader" },
	{ "node --experimental_loader ./x a.js",
	  "inline --experimental-loader" },
	{ "node --env-file=x a.js", "inline --env-file" },
	{ "node --inspect a.js", "inline --inspect" },
	{ "node --inspect-brk=9999 a.js", "inline --inspect-brk" },
	{ "node --test", "inline --test" },
	{ "node --run x", "inline --run" },
	{ "node inspect a.js", "inline inspect" },
	{ "node debug a.js", "inline debug" },
	{ "node", "inline standard input" },
	{ "node -", "inline standard input" },
	{ "node -i", "inline -i" },
	{ "node -v", "nothing" },
	{ "node -er x", "! '-er'" },
	{ "node --new a.js", "! '--new'" },
	{ "nodejs -e 1", "inline -e" },
	/* ruby, php: as their manuals say */
	{ "ruby a.rb", "script a.rb" },
	{ "ruby -w a.rb", "script a.rb" },
	{ "ruby -W2 a.rb", "script a.rb" },
	{ "ruby -E UTF-8 a.rb", "script a.rb" },
	{ "ruby --disable=gems a.rb", "script a.rb" },
	{ "ruby -e 1", "inline -e" },
	{ "ruby -ne 1", "inline -e" },
	{ "ruby -rx a.rb", "inline -r" },
	{ "ruby -I. a.rb", "inline -I" },
	{ "ruby -C/tmp a.rb", "inline -C" },
	{ "ruby -x a.rb", "inline -x" },
	{ "ruby", "inline standard input" },
	{ "ruby3.1 -", "inline standard input" },
	{ "ruby --version", "nothing" },
	{ "php a.php", "script a.php" },
	{ "php -n a.php", "script a.php" },
	{ "php -f a.php", "script a.php" },
	{ "php8.2 -nf a.php x", "script a.php" },
	{ "php -r 1;", "inline -r" },
	{ "php -B 1; a.php", "inline -B" },
	{ "php -R 1; a.php", "inline -R" },
	{ "php -F x", "inline -F" },
	{ "php -a", "inline -a" },
	{ "php -S :80", "inline -S" },
	{ "php -d auto_prepend_file=x a.php", "inline -d" },
	{ "php -c /tmp a.php", "inline -c" },
	{ "php -z x a.php", "inline -z" },
	{ "php -- a.php", "inline standard input" },
	{ "php", "inline standard input" },
	{ "php -f", "! the name of a script is missing" },
	{ "php -v", "nothing" },
	/* one without a row */
	{ "tclsh a.tcl -x", "script a.tcl" },
	{ "tclsh -x a.tcl", "! '-x'" },
	{ "tclsh --x", "! '--x'" },
	{ "tclsh", "inline standard input" },
	{ "shells a", "script a" },
};

static size_t split(char *line, struct word *word)
{
	size_t n = 0;

	for (char *at = strtok(line, " "); at; at = strtok(NULL, " "))
		word[n++] = (struct word){ strcmp(at, "~") ? at : "",
					   (int64_t)n, false };
	return n;
}

static void say(const struct finding *found, const struct word *word, char *out,
		size_t size)
{
	static const char *const whats[] = { "?", "script", "module", "inline",
					     "nothing" };
	const char *text = found->what == FOUND_SCRIPT ? word[found->at].text
						       : found->text;

	snprintf(out, size, "%s%s%s", whats[found->what],
		 found->what == FOUND_NOTHING ? "" : " ",
		 found->what == FOUND_NOTHING ? "" : text);
}

static void test_I37_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(rows); i++) {
		struct cordon_error err = { 0 };
		struct word word[WORDS];
		struct finding found;
		char line[128], got[600];
		const struct family *family;
		size_t n;

		print_message("# %s\n", rows[i].line);
		snprintf(line, sizeof(line), "%s", rows[i].line);
		n = split(line, word);
		family = carrier_family(word[0].text);
		if (carrier_scan(family ? family : &unknown_family, word, n,
				 &found, &err) < 0)
			snprintf(got, sizeof(got), "! %s", err.text);
		else
			say(&found, word, got, sizeof(got));
		if (rows[i].want[0] == '!')
			got[strlen(rows[i].want)] = '\0';
		assert_string_equal(got, rows[i].want);
		assert_int_equal(err.reason,
				 rows[i].want[0] == '!' ? CORDON_DENIED : 0);
	}
}

static void test_names(void **state)
{
	static const struct {
		const char *path, *want;
	} names[] = {
		{ "/usr/bin/python3.11", "python" }, { "/bin/sh", "sh" },
		{ "/bin/bash", "bash" },	     { "/usr/bin/node", "node" },
		{ "/opt/php8.2", "php" },	     { "/bin/shred", NULL },
		{ "/usr/bin/pythonic", NULL },	     { "perl", "perl" },
	};

	(void)state;
	for (size_t i = 0; i < CORDON_COUNT(names); i++) {
		const struct family *family = carrier_family(names[i].path);

		print_message("# %s\n", names[i].path);
		if (names[i].want)
			assert_string_equal(family->name, names[i].want);
		else
			assert_null(family);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_I37_words),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("scripts", tests, NULL, NULL) != 0;
}
