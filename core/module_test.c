/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/explain.h"
#include "core/guard.h"
#include "core/ini.h"
#include "core/module_test.h"
#include "core/prepare.h"
#include "core/value.h"

/* "NAME" of "DIR/NAME.so"; that it is one, the loader judges. */
static const char *name_of(struct arena *arena, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	size_t n = strlen(base);

	if (n > 3 && !strcmp(base + n - 3, ".so"))
		n -= 3;
	return arena_copy(arena, base, n);
}

/* Written as the section of a file, so that it is read and judged as one. */
static int section_of(struct arena *arena, const char *file,
		      const char *const *words, int n, struct ini_file *out,
		      struct cordon_error *err)
{
	const char *text =
		arena_printf(arena, "[%s]\n", name_of(arena, file));

	for (int i = 0; i < n; i++) {
		const char *equal = strchr(words[i], '=');

		if (!equal || strpbrk(words[i], "\r\n"))
			return cordon_fail(err, 0,
					   "'%s' is not KEY=VALUE in a line",
					   value_escape(arena, words[i],
							strlen(words[i])));
		text = arena_printf(arena, "%s%.*s = %s\n", text,
				    (int)(equal - words[i]), words[i],
				    equal + 1);
	}
	return ini_parse_text(arena, text, strlen(text), "arguments", out, err);
}

struct test {
	struct arena *arena;
	const struct request *request;
	const char *file;
	const char *const *words;
	int n;
};

static int answer(void *context)
{
	const struct test *test = context;
	struct request own = *test->request;
	struct ini_file section;
	struct cordon_error err = { 0 };

	own.module_file = test->file;
	own.more = &section;
	return section_of(test->arena, test->file, test->words, test->n,
			  &section, &err) < 0
		       ? explain_fault(NULL, &err)
		       : explain(test->arena, &own);
}

int module_test(struct arena *arena, const struct request *request,
		const char *file, const char *const *words, int n)
{
	struct test test = { arena, request, file, words, n };

	door_go_on(); /* now: to begin anew there would be to ask twice */
	return guard_ask(answer, &test);
}
