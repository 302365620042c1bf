/* SPDX-License-Identifier: MIT */
/*
 * tmpdir - a folder of the job's own, made outside and removed at its end
 */
#ifndef CORDON_TMPDIR_H
#define CORDON_TMPDIR_H 1

struct cordon_error;
struct outside;
struct plan;
struct step;

/* Planning: where it will be, and what the job sees of it. */
int settle_tmpdir(struct plan *plan, struct cordon_error *err);

/* Rows. */
int tmpdir_make(struct outside *outside, const struct step *step,
		struct cordon_error *err);
void tmpdir_undo(struct outside *outside, const struct step *step);

/* What a dead run left: 0 when it is gone. */
int tmpdir_remove(const char *path);

#endif /* CORDON_TMPDIR_H */
