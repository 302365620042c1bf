/* SPDX-License-Identifier: MIT */
/*
 * handoff: an environment of any bytes crosses as it was, by the real
 * handoff_exec(), whose execve(2) is here; and any bytes in the descriptor give
 * a list of what is in them, or are refused.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/handoff.h"
#include "core/sealed.h"
#include "tests/fuzz/fuzz.h"

#define ENTRIES 1024
#define PATH "/usr/bin/cordon-sh@x"

static char *sent[ENTRIES + 1];
static bool has_crossed;

static void compare(const struct handoff *handed)
{
	char *const *got = handed->environ;
	size_t i;

	HOLDS(!strcmp(handed->path, PATH));
	for (i = 0; sent[i]; i++)
		HOLDS(got[i] && !strcmp(got[i], sent[i]));
	HOLDS(!got[i]);
}

/* The other program, in the place of this one. */
int execve(const char *path, char *const argv[], char *const envp[])
{
	struct cordon_error err;
	struct handoff got;

	HOLDS(handoff_is_here(envp));
	HOLDS(handoff_take(envp, &got, &err) == 0);
	compare(&got);
	free((void *)(uintptr_t)got.environ);
	HOLDS(!handoff_is_here(envp));
	has_crossed = true;
	errno = ENOENT;
	return -1;
}

static void cross(char *text, size_t size)
{
	const struct handoff handed = { PATH, sent };
	char *const argv[] = { "cordon", NULL };
	struct cordon_error err = { 0 };
	size_t n = 0;

	for (size_t at = 0; at < size && n < ENTRIES;
	     at += strlen(text + at) + 1)
		sent[n++] = text + at;
	sent[n] = NULL;
	has_crossed = false;
	HOLDS(handoff_exec("/cordon", argv, &handed, &err) == -1);
	fuzz_judge_error(&err);
	HOLDS(has_crossed);
}

/* What the list holds stands in the bytes, one behind the other. */
static void judge(const struct handoff *handed, const char *bytes, size_t size)
{
	char *const *got = handed->environ;
	size_t at = strlen(bytes) + 1; /* behind the head */

	HOLDS(at < size && !strcmp(handed->path, bytes + at));
	at += strlen(bytes + at) + 1;
	for (; *got; got++) {
		HOLDS(at < size && !strcmp(*got, bytes + at));
		at += strlen(*got) + 1;
	}
	HOLDS(at == size);
}

static void take(const char *bytes, size_t size)
{
	char variable[64];
	char *const envp[] = { variable, NULL };
	struct cordon_error err = { 0 };
	int fd = sealed_new("fuzz", false);
	struct handoff got = { 0 };

	HOLDS(fd >= 0 && sealed_write(fd, 0, bytes, size) == 0);
	snprintf(variable, sizeof(variable), "CORDON_HANDOFF=%d", fd);
	HOLDS(handoff_take(envp, &got, &err) == -1); /* not sealed yet */
	HOLDS(sealed_finish(fd, 0) == 0);
	if (handoff_take(envp, &got, &err) == 0) {
		judge(&got, bytes, size);
		free((void *)(uintptr_t)got.environ);
	} else {
		fuzz_judge_error(&err);
		close(fd);
	}
}

/* The first byte: what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *envp[2] = { text, NULL };
	struct cordon_error err = { 0 };
	struct handoff got = { 0 };

	HOLDS(text);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	fuzz_open();
	if (size > 0 && *text == 'c') {
		cross(text + 1, size - 1);
	} else if (size > 0 && *text == 'v') {
		/* A variable that names no such descriptor. */
		envp[0] = text + 1;
		HOLDS(handoff_take(envp, &got, &err) == -1);
		fuzz_judge_error(&err);
	} else if (size > 0) {
		take(text + 1, size - 1);
	}
	free(text);
	fuzz_close();
	return 0;
}
