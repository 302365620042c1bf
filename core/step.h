/* SPDX-License-Identifier: MIT */
/*
 * step - the table: one row for each kind of act, in the order that the kernel
 * allows
 *
 * A new kind of act is one more row, never a side door.  Rows without an act
 * are data for later rows.
 */
#ifndef CORDON_STEP_H
#define CORDON_STEP_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

struct act;
struct arena;
struct outside;
struct step;

enum { /* fields that say what a step is about */
	KEY_NUMBER = 1, /* number[0] */
	KEY_TEXT = 2,	/* text[0] */
};

#define KIND(kind) (1u << CORDON_##kind)

struct row {
	uint32_t type;
	const char *name;
	uint32_t kinds; /* of modules that may ask; 0: the core alone */
	uint32_t key;	/* two steps with equal key are about the same */
	uint32_t merge; /* enum cordon_merge of what is left of them */
	/* Instead of it: into `have`, or -1, they contradict. */
	int (*combine)(struct cordon_step *have, const struct cordon_step *more);
	int texts; /* how many it cannot be without */
	/* Refuses numbers and texts that the row cannot mean. */
	int (*judge)(const struct cordon_step *step, struct cordon_error *err);
	/* Inside, raw system calls only: 0, or a negative errno, and act->what
	 * names the call.  NULL: nothing to do. */
	int (*act)(struct act *act, const struct step *step);
	/* The same, asking the kernel whether it is so; just before exec. */
	int (*read_back)(struct act *act, const struct step *step);
	/*
	 * Outside, in the parent, before the job is cloned: makes what must exist; `undo`, when all
	 * of the job is gone, of exactly those whose make was entered, the last first.
	 */
	int (*make)(struct outside *outside, const struct step *step,
		    struct cordon_error *err);
	void (*undo)(struct outside *outside, const struct step *step);
	/* What it says behind the name; NULL: numbers and texts as they are. */
	const char *(*print)(struct arena *arena, const struct step *step);
	const char *parent; /* not NULL: why this step needs a parent */
	bool beside; /* or a helper beside the job, which is nobody's parent */
	/* What it changes is its process' memory map's, or may be: no memory is
	 * shared with who watches. */
	bool is_of_memory;
};

extern const struct row step_rows[];
extern const size_t step_n_rows;

const struct row *step_row(uint32_t type); /* NULL: none */

#endif /* CORDON_STEP_H */
