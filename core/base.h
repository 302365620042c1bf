/* SPDX-License-Identifier: MIT */
/*
 * base - a folder below which cordon makes folders and files of its own
 *
 * Every component is opened without following a link and belongs to root or
 * the caller; writable by others it may be where it is sticky, since the names
 * that are made there are random and made exclusively (I35).
 */
#ifndef CORDON_BASE_H
#define CORDON_BASE_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cordon_error;

enum { BASE_NAME_SIZE = 7 + 32 + 1 };

/* "cordon-" and 128 random bits; "" where there is no randomness. */
void base_new_name(char name[BASE_NAME_SIZE]);
bool base_is_name(const char *name);

/* O_PATH, or -1 with the object named. */
int base_open(const char *path, uint32_t uid, struct cordon_error *err);
/* The same of a folder of the caller's alone: made if it is absent, with that
 * mode. */
int base_open_own(const char *path, uint32_t uid, mode_t mode,
		  struct cordon_error *err);
/* Nobody but UID can have put something there. */
bool base_is_own(int fd, uint32_t uid);

/* Makes a folder that was not there, with exactly that mode: O_RDONLY or -1. */
int base_mkdir(int above, const char *name, mode_t mode);
/* What was made there becomes the job's: 0, or -1 with errno, also where the
 * kernel did otherwise. */
int base_give(int fd, uint32_t uid, uint32_t gid, mode_t mode);

#endif /* CORDON_BASE_H */
