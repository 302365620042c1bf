/* SPDX-License-Identifier: MIT */
/*
 * etc - what passwd, group and nsswitch.conf say by themselves, without NSS
 *
 * An answer is given only where NSS, asked in full, could give no other.
 */
#ifndef CORDON_ETC_H
#define CORDON_ETC_H 1
#include <stddef.h>
#include <stdint.h>

struct arena;
struct door_user;

enum etc_answer {
	ETC_FOUND,
	ETC_ABSENT,
	ETC_UNSURE, /* NSS knows */
};

/* DIR is "/etc", but for tests. */
enum etc_answer etc_user(struct arena *arena, const char *dir, const char *name,
			 struct door_user *out);
enum etc_answer etc_user_of(struct arena *arena, const char *dir, uint32_t uid,
			    struct door_user *out);
enum etc_answer etc_group(const char *dir, const char *name, uint32_t *gid);
/* Never ETC_ABSENT: GID is in the list at least. */
enum etc_answer etc_groups(struct arena *arena, const char *dir,
			   const char *user, uint32_t gid, uint32_t **gids,
			   size_t *n);

#endif /* CORDON_ETC_H */
