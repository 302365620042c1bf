/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/sys.h"

/*
 * A block's pages are asked for in one go: one by one, each as it is written
 * to first, they cost more than all else that is done with most of them.  Under
 * AddressSanitizer each piece is a block of its own: within a shared block an
 * overrun would land in the neighbour, and nobody would see it.
 */
#define BLOCK (SYS_IS_SANITIZED ? (size_t)0 : (size_t)64 * 1024)

struct block {
	struct block *next;
	size_t size, used;
	_Alignas(16) unsigned char bytes[];
};

struct arena {
	struct block *block; /* the newest; older ones hang behind it */
};

/* stdio may want memory itself, and exit handlers too: neither is used here. */
static _Noreturn void arena_no_memory(void)
{
	static const char text[] = "cordon: out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(125);
	_exit(125);
}

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		arena_no_memory();
	return arena;
}

#define HEAD sizeof(struct block)

static struct block *new_block(size_t size)
{
	void *block;

	if (BLOCK == 0)
		return calloc(1, HEAD + size);
	block = mmap(NULL, HEAD + size, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return block == MAP_FAILED ? NULL : block;
}

static void free_block(struct block *block)
{
	if (BLOCK == 0)
		free(block);
	else
		munmap(block, HEAD + block->size);
}

void arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->block, *next; block; block = next) {
		next = block->next;
		free_block(block);
	}
	free(arena);
}

static struct block *arena_block(struct arena *arena, size_t size)
{
	struct block *block;

	if (size > SIZE_MAX - HEAD)
		arena_no_memory();
	block = new_block(size);
	if (!block)
		arena_no_memory();
	block->size = size;
	block->next = arena->block;
	arena->block = block;
	return block;
}

int arena_reserve(struct arena *arena)
{
	struct block *block = BLOCK == 0 ? NULL : new_block(BLOCK - HEAD);

	if (!block)
		return BLOCK == 0 ? 0 : -1;
	block->size = BLOCK - HEAD;
	block->next = arena->block;
	arena->block = block;
	return 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct block *block = arena->block;
	size_t step = size + (-size & 15); /* keeps the next piece aligned */
	void *piece;

	if (step < size)
		arena_no_memory();
	if (BLOCK == 0)
		return arena_block(arena, size)->bytes;
	if (!block || block->size - block->used < step)
		block = arena_block(arena, step > BLOCK - HEAD ? step : BLOCK - HEAD);
	piece = block->bytes + block->used;
	block->used += step;
	return piece;
}

char *arena_copy(struct arena *arena, const char *text, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		arena_no_memory();
	copy = arena_alloc(arena, n + 1);
	if (n > 0)
		memcpy(copy, text, n);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;
	char *text;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0) /* longer than INT_MAX, or no memory for the conversion */
		arena_no_memory();
	text = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, again);
	va_end(again);
	return text;
}

char *arena_join(struct arena *arena, const char *const *texts, size_t n)
{
	size_t size = 0, at = 0;
	char *whole;

	for (size_t i = 0; i < n; i++)
		size += strlen(texts[i]);
	whole = arena_alloc(arena, size + 1);
	for (size_t i = 0; i < n; i++) {
		size = strlen(texts[i]);
		memcpy(whole + at, texts[i], size);
		at += size;
	}
	return whole;
}
