/* SPDX-License-Identifier: MIT */
/*
 * doctor - what this kernel, user and build can do, and what each stack lacks
 *
 * Found by trying, never by a version: each question is asked in a process of
 * its own, in namespaces of its own where it changes something, and nothing of
 * it stays.
 */
#ifndef CORDON_DOCTOR_H
#define CORDON_DOCTOR_H 1
#include <stdbool.h>
#include <stdint.h>

struct arena;
struct prepared;
struct request;

enum answer { ANSWER_NO = 0, ANSWER_PARTLY, ANSWER_YES };

/* What comes back from the process that tried; in one write. */
struct finding {
	int32_t answer; /* enum answer */
	char text[500]; /* what was found, or why not */
};

/* Who asks. */
struct patient {
	struct prepared *prepared;
	uint32_t uid, gid;
	bool is_root;
	const char *name;    /* of the question: "memory" */
	uint64_t number;     /* CLONE_NEW*, and the like */
};

struct question {
	const char *module, *name;
	void (*ask)(const struct patient *patient, struct finding *finding);
	uint64_t number;
	const char *without; /* what "no" means for stacks */
	const char *remedy;  /* what to do about it; NULL: nothing */
};

extern const struct question doctor_questions[]; /* core/doctor_try.c */
extern const unsigned doctor_n_questions;

/* 0, or 125 where it could not look. */
int doctor(struct arena *arena, const struct request *request);

#endif /* CORDON_DOCTOR_H */
