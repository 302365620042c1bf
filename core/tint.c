/* SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "core/tint.h"

static const char *value_of(char *const *environment, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; environment && environment[i]; i++)
		if (!strncmp(environment[i], name, size) &&
		    environment[i][size] == '=')
			return environment[i] + size + 1;
	return NULL;
}

bool tint_is_on(char *const *environment)
{
	const char *no = value_of(environment, "NO_COLOR");
	const char *terminal = value_of(environment, "TERM");

	return (!no || !*no) && terminal && *terminal &&
	       strcmp(terminal, "dumb") != 0 && isatty(STDOUT_FILENO);
}

const char *tint(bool is_on, enum tint tint)
{
	static const char *const codes[] = {
		[TINT_PLAIN] = "\033[m",  [TINT_GOOD] = "\033[32m",
		[TINT_WEAK] = "\033[33m", [TINT_BAD] = "\033[1;31m",
		[TINT_DIM] = "\033[2m",
	};

	return is_on ? codes[tint] : "";
}
