/* SPDX-License-Identifier: MIT */
/*
 * trust - who may have written what cordon reads (I34, I57)
 *
 * Every component from "/" on is opened without following a link and judged
 * by its descriptor: owned by root or a trusted user, writable by nobody else.
 * The sticky bit is no excuse: below /tmp anybody may make the next component.
 * What is not judged is a base and the folders above it: the tree that the
 * running program itself came from (core/place.h).
 */
#ifndef CORDON_TRUST_H
#define CORDON_TRUST_H 1
#include <stddef.h>
#include <stdint.h>

struct cordon_error;

struct trust {
	uint32_t uids[4]; /* beside 0, which is always trusted */
	size_t n;
	const char *bases[2]; /* absolute paths, or NULL */
};

/* I34, before anything is opened: absolute, no "..", control or magic link. */
int trust_check_path_text(const char *path, struct cordon_error *err);
/* Of a link that is made there, and not followed: it may be a magic one. */
int trust_check_link_text(const char *path, struct cordon_error *err);

/*
 * All return a descriptor, or -1 with the object named; err->code is ENOENT
 * where it is simply absent.
 */
int trust_open_dir(const struct trust *trust, const char *path,
		   struct cordon_error *err);
/* A regular file with one link, in a folder from trust_open_dir(). */
int trust_open_file(const struct trust *trust, int dirfd, const char *dirpath,
		    const char *name, struct cordon_error *err);
int trust_open_path(const struct trust *trust, const char *path,
		    struct cordon_error *err);

#endif /* CORDON_TRUST_H */
