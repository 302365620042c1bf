/* SPDX-License-Identifier: MIT */
/*
 * landlock - rulesets for landlock(7): built while the job's mounts are fresh,
 * entered last before signals, filter and exec
 *
 * Debian 12's headers end at ABI 2, so the kernel's structs stand here.
 */
#ifndef CORDON_LANDLOCK_H
#define CORDON_LANDLOCK_H 1
#include <stdint.h>

struct act;
struct arena;
struct cordon_error;
struct cordon_step;
struct forbid;
struct plan;
struct step;

/* Whatever asks for Landlock: what this kernel knows, what it needs, the step
 * that enters. */
int settle_landlock(struct plan *plan, struct cordon_error *err);

/* Of a path that is no folder. */
#define LANDLOCK_OF_FILES                                                      \
	(CORDON_LL_EXECUTE | CORDON_LL_WRITE_FILE | CORDON_LL_READ_FILE |      \
	 CORDON_LL_TRUNCATE | CORDON_LL_IOCTL)

/* What of `rights` can be said of an object of that mode that was named. */
int64_t landlock_trim(int64_t rights, uint32_t mode);

/* "truncate ioctl-dev": what a kernel with these rights of files lacks; NULL:
 * nothing. */
const char *landlock_missing(struct arena *arena, int64_t files);

/* The memory that is used inside. */
void landlock_prepare(struct act *act);

/* Inside.  A descriptor, or a negative errno. */
long landlock_create(struct act *act, int64_t files, int64_t ports,
		     int64_t scopes);
long landlock_allow(int ruleset, int fd, int64_t rights);

int act_landlock(struct act *act, const struct step *step);
int act_landlock_path(struct act *act, const struct step *step);
int act_landlock_port(struct act *act, const struct step *step);
int act_landlock_enter(struct act *act, const struct step *step);

const char *print_landlock(struct arena *arena, const struct step *step);
const char *print_landlock_path(struct arena *arena, const struct step *step);
const char *print_landlock_port(struct arena *arena, const struct step *step);
const char *print_forbid(struct arena *arena, const struct step *step);

int judge_landlock(const struct cordon_step *step, struct cordon_error *err);
int judge_landlock_port(const struct cordon_step *step,
			struct cordon_error *err);

/* core/forbid.c: memory, and what is done with it. */
struct forbid *forbid_new(const struct plan *plan);
int act_forbid(struct act *act, const struct step *step);
/* core/forbid_links.c: 0, or a negative errno, and it is said, where a file below
 * that folder has more than one name.  `room` is 8-aligned, for its work. */
int forbid_search(struct act *act, int folder, char *room, size_t size);

#endif /* CORDON_LANDLOCK_H */
