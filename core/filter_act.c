/* SPDX-License-Identifier: MIT */
/*
 * What of a filter is done inside: it is loaded, and one execve(2) gets past it
 * that nobody can repeat.  Both of that call's addresses are random; whoever
 * would guess them later has some eighty bits to guess, since the memory is gone
 * with exec and no call tells what a filter compares with.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "core/act.h"
#include "core/filter.h"
#include "core/plan.h"
#include "core/rows.h"
#include "core/sys.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000 /* Linux 4.17; before, a hint */
#endif

#define TRIES 64
#define PAGE 65536 /* the largest of any processor that cordon runs on */
#define LEAST ((uint64_t)1 << 32)

static long get_random(void *buffer, size_t size)
{
	long rc = sys(SYS_getrandom, buffer, size, 0);

	return rc == (long)size ? 0 : rc < 0 ? rc : -EIO;
}

/*
 * Memory of SIZE bytes at an address that is random down to WHOLE bytes.  The
 * stack is close below the end of what a process can address here.
 */
static long map_anywhere(size_t size, size_t whole, void **out)
{
	const uint64_t stack = (uint64_t)(uintptr_t)&size;
	const uint64_t end = ((uint64_t)1 << (63 - __builtin_clzll(stack)));
	const size_t room = (size + 2 * PAGE - 1) / PAGE * PAGE;
	uint64_t random[2];
	long at, rc;

	for (int i = 0; i < TRIES; i++) {
		rc = get_random(random, sizeof(random));
		if (rc < 0)
			return rc;
		random[0] = LEAST + random[0] % (2 * end - LEAST - room);
		random[0] -= random[0] % PAGE;
		at = sys(SYS_mmap, random[0], room, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0);
		if (at == (long)random[0]) {
			random[1] %= PAGE;
			*out = (void *)(uintptr_t)(random[0] + random[1] -
						   random[1] % whole);
			return 0;
		}
		if (at > 0)
			sys(SYS_munmap, at, room);
		else if (at != -EEXIST && at != -ENOMEM)
			return at;
	}
	return -EAGAIN;
}

static size_t length(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

static size_t count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

void filter_fill_once(const struct act *act, const char *path,
		      const char *const *argv)
{
	memcpy(act->once_path, path, length(path) + 1);
	memcpy(act->once_argv, argv, (count(argv) + 1) * sizeof(*argv));
}

/* What the program compares with, and a look whether it does. */
static int set_once(struct act *act, struct filter_program *program)
{
	const uint64_t path = (uint64_t)(uintptr_t)act->once_path;
	const uint64_t argv = (uint64_t)(uintptr_t)act->once_argv;
	const uint32_t halves[] = { (uint32_t)(path >> 32), (uint32_t)path,
				    (uint32_t)(argv >> 32), (uint32_t)argv };
	struct seccomp_data data = { .nr = SYS_execve,
				     .arch = FILTER_ARCH,
				     .args = { path, argv, 0, 0, 0, 0 } };

	for (size_t i = 0; i < program->once.n; i++)
		program->insn[program->once.use[i].at].k =
			halves[program->once.use[i].half];
	if (filter_run(program, &data) < SECCOMP_RET_LOG ||
	    filter_run(program, &data) > SECCOMP_RET_ALLOW)
		return -EPROTO;
	data.args[0]++;
	if (filter_run(program, &data) == SECCOMP_RET_ALLOW)
		return -EPROTO;
	data.args[0]--;
	data.args[1] ^= (uint64_t)1 << 32;
	return filter_run(program, &data) == SECCOMP_RET_ALLOW ? -EPROTO : 0;
}

static int place_once(struct act *act, struct filter_program *program)
{
	const struct settled *settled = &act->plan->settled;
	size_t size = length(settled->candidates[act->candidate]) + 1;
	size_t n = count((const char *const *)settled->argv) + 2;
	void *path, *argv;
	long rc;

	if (size < sizeof("/bin/sh"))
		size = sizeof("/bin/sh");
	act->what = "mmap";
	rc = map_anywhere(size, 1, &path);
	if (rc == 0)
		rc = map_anywhere(n * sizeof(char *), sizeof(char *), &argv);
	if (rc != 0)
		return (int)rc;
	act->once_path = path;
	act->once_argv = argv;
	return set_once(act, program);
}

int act_filter(struct act *act, const struct step *step)
{
	struct filter_program *program = act->plan->settled.filter;
	struct sock_fprog loaded = { .len = (unsigned short)program->n,
				     .filter = program->insn };
	int rc = program->once.n > 0 ? place_once(act, program) : 0;

	(void)step;
	if (rc < 0)
		return rc;
	act->what = "seccomp";
	return (int)sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded);
}
