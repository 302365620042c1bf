/* SPDX-License-Identifier: MIT */
/*
 * fuzz - what the libFuzzer targets have in common
 *
 * A target is tests/fuzz/fuzz_NAME.c: it drives the core and the modules as the
 * programs do, and says what must hold of each outcome.  An input is text where
 * its subject is: some files in one, each behind a line "=== NAME".
 */
#ifndef CORDON_FUZZ_H
#define CORDON_FUZZ_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cordon_error;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property: where it does not hold, the fuzzer keeps the input. */
#define HOLDS(condition)                                                       \
	((condition) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #condition))
/* The same, and what was seen. */
#define EQUAL(one, two) fuzz_equal(__FILE__, __LINE__, one, two)
_Noreturn void fuzz_broken(const char *file, int line, const char *what);
void fuzz_equal(const char *file, int line, const char *one, const char *two);

/* ---- inputs ---- */

struct fuzz_part {
	const char *name; /* "" before the first "===" */
	const char *text; /* a NUL behind it */
	size_t size;
};
#define FUZZ_PARTS 16
size_t fuzz_split(struct arena *arena, const uint8_t *data, size_t size,
		  struct fuzz_part parts[FUZZ_PARTS]);
/* The lines of a part, up to a NUL, and behind them NULL. */
char **fuzz_lines(struct arena *arena, const struct fuzz_part *part);

/* ---- where cordon's own things are ---- */

/* Empty at the start, with the folder `conf`; nobody else's. */
const char *fuzz_scratch(void);
/* Below it; false: the name leads elsewhere.  All of them: fuzz_forget(). */
bool fuzz_write(const char *name, const void *bytes, size_t size);
void fuzz_forget(void);
/* Around each input: what it has left open is closed, as the end of a program
 * would; not what is libFuzzer's own. */
void fuzz_open(void);
void fuzz_close(void);

/* ---- what is said ---- */

/* stdout and stderr into memory, from fuzz_listen() on; a NUL behind each. */
struct fuzz_said {
	char *out, *err;
	size_t out_size, err_size;
};
void fuzz_listen(void);
void fuzz_heard(struct fuzz_said *said); /* for fuzz_free() */
void fuzz_free(struct fuzz_said *said);

/* Is it one JSON text, in UTF-8, with nothing unprintable in it but "\n"
 * between? */
bool fuzz_is_json(const char *text, size_t size);
/* No control character and no line's end: what may stand in a line for people.
 */
bool fuzz_is_line(const char *text, size_t size);
/* An error that a call which answered -1 gives. */
void fuzz_judge_error(const struct cordon_error *err);

#endif /* CORDON_FUZZ_H */
