/* SPDX-License-Identifier: MIT */
/*
 * secret - what reaches the job as a file or a descriptor, and nobody else
 *
 * Planned are names alone.  secret_read() puts each secret into a sealed file in
 * memory, as late as a run can be refused for it without a trace.  A descriptor
 * is that file; for a path it is copied into a folder of the job's own
 * (core/tmpdir.h says how such a one goes away), once for each try of the job.
 */
#ifndef CORDON_SECRET_H
#define CORDON_SECRET_H 1
#include <stdbool.h>

struct act;
struct cordon_error;
struct outside;
struct plan;
struct step;

/* Planning. */
int settle_secrets(struct plan *plan, struct cordon_error *err);
/* A run, before anything is made outside; also where nothing is. */
int secret_read(struct plan *plan, struct cordon_error *err);
/* Takes a caller's variable out of cordon's own memory: when the hooks have seen
 * it that are to keep it from the job's output, and before there is a job. */
void secret_forget(const struct plan *plan);

/* Rows. */
int secret_make(struct outside *outside, const struct step *step,
		struct cordon_error *err);
void secret_undo(struct outside *outside, const struct step *step);
int act_secret(struct act *act, const struct step *step);
int check_secret(struct act *act, const struct step *step);

/* For people: is the path that it comes from open to the job itself?  Is it no
 * file that a run could take?  Would its copy lie on a disk? */
bool secret_is_open(const struct plan *plan);
bool secret_is_refused(const struct plan *plan);
bool secret_is_on_disk(const struct plan *plan);

#endif /* CORDON_SECRET_H */
