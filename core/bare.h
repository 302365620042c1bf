/* SPDX-License-Identifier: MIT */
/*
 * bare - a program without a C library
 *
 * It has `bare_main(argc, argv, auxv)`, and the system calls that it makes are
 * those that stand in it.
 */
#ifndef CORDON_BARE_H
#define CORDON_BARE_H 1
#include <stddef.h>
#include <stdint.h>

#include "core/sys.h"

_Noreturn void bare_main(long argc, char **argv, const uint64_t *auxv);
_Noreturn void bare_start(uint64_t *stack);

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n"
	"\tand $-16, %rsp\n\tcall bare_start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, #0\n\tmov x0, sp\n"
	"\tbl bare_start\n");
#endif

_Noreturn void bare_start(uint64_t *stack)
{
	long argc = (long)stack[0];
	char **argv = (char **)(stack + 1);
	uint64_t *end = stack + argc + 2; /* the environment */

	while (*end++)
		;
	bare_main(argc, argv, end);
}

/* Or a compiler makes strlen(3) or memcpy(3) of a loop, which nobody has. */
#define BARE_LOOP __asm__ volatile("" ::: "memory")

_Noreturn static inline void bare_exit(int status)
{
	for (;;)
		sys(SYS_exit_group, status);
}

static inline size_t bare_length(const char *text)
{
	size_t n = 0;

	for (; text[n]; n++)
		BARE_LOOP;
	return n;
}

static inline int bare_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static inline void bare_say(int fd, const char *text)
{
	sys(SYS_write, fd, text, bare_length(text));
}

static inline long bare_number(const char *text)
{
	long n = 0;

	while (*text >= '0' && *text <= '9')
		n = n * 10 + (*text++ - '0');
	return n;
}

/* Before `end`; gives back where it begins. */
static inline char *bare_print(char *end, uint64_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while ((n /= 10) != 0);
	return end;
}

#endif
