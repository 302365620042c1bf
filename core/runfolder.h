/* SPDX-License-Identifier: MIT */
/*
 * runfolder - what a run makes outside is named in a file first, so that the
 * next run can remove what a dead one left (I48)
 *
 *	/run/cordon/runs/cordon-5f0c...		for root
 *	$XDG_RUNTIME_DIR/cordon/runs/cordon-...	for others; else /run/user/UID,
 *						else a folder in /tmp
 *
 * Each file is locked by flock(2) as long as its cordon lives.  Nobody ever
 * waits for a lock: one that is held belongs to a live run, which is left
 * alone.
 */
#ifndef CORDON_RUNFOLDER_H
#define CORDON_RUNFOLDER_H 1

struct cordon_error;
struct cordon_job;
struct arena;
struct outside;

/* Where this caller's runs have their base; only reads.  `is_run`: a name in
 * /tmp is chosen if need be, else it is only told that one would be. */
const char *runfolder_base(struct arena *arena, const struct cordon_job *job,
			   int is_run);

/* Opens the base: O_RDONLY, or -1. */
int runfolder_open(const struct outside *outside, struct cordon_error *err);
/* Names what is about to be made: "tmp", "cgroup" and its absolute path.  The
 * first call removes what dead runs left. */
int runfolder_note(struct outside *outside, const char *kind, const char *path,
		   struct cordon_error *err);
/* All that was named is gone: so is the file.  Else it stays for the next. */
void runfolder_end(struct outside *outside);

#endif /* CORDON_RUNFOLDER_H */
