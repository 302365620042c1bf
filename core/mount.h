/* SPDX-License-Identifier: MIT */
/*
 * mount - what core/mount*.c share: the kernel's mount calls by descriptor,
 * each asked afterwards whether it did what it said
 *
 * A tree is a detached mount with all below it; it is attached once.  All paths
 * are the job's, below act->root_fd, and go through no symbolic link.  Every
 * function gives 0, a descriptor, or a negative errno with act->what set.
 *
 * Numbers and structs stand here because <sys/mount.h> and <linux/mount.h> of
 * Debian 12 exclude each other and both lack some.
 */
#ifndef CORDON_MOUNT_H
#define CORDON_MOUNT_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/act.h"

/* MOUNT_ATTR_*; ST_* of statfs(2) have the same values. */
enum {
	MOUNT_RDONLY = 1,
	MOUNT_NOSUID = 2,
	MOUNT_NODEV = 4,
	MOUNT_NOEXEC = 8,
};
#define MOUNT_MASKED (MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV | MOUNT_NOEXEC)

#define MOUNT_PRIVATE (1u << 18) /* MS_PRIVATE */
#define MOUNT_SLAVE (1u << 19)	 /* MS_SLAVE */

/* struct statx, in the words that are read here. */
struct mount_stat {
	uint32_t mask, block_size;
	uint64_t attributes;
	uint32_t n_links, uid, gid;
	uint16_t mode, unused;
	uint64_t ino, size, blocks, attributes_mask;
	uint64_t times[8];
	uint32_t rdev_major, rdev_minor, dev_major, dev_minor;
	uint64_t mount; /* id, of this boot */
	uint64_t rest[13];
};

struct mount_option {
	const char *key, *value;
};

/* A device that a pattern met: its tree, and its name below the target. */
struct mount_device {
	uint32_t step;
	int32_t fd;
	char name[256];
};

/* core/mount_call.c */

/* "BEFOREpathAFTER" into the report, the path cut where it is too long. */
int mount_say(struct act *act, long rc, const char *before, const char *path,
	      const char *after);
/* Decimal or octal; the text stands in `buffer`, which is 24 bytes. */
const char *mount_number(char *buffer, uint64_t number, unsigned base);
int mount_stat(int dirfd, const char *path, struct mount_stat *st);
bool mount_is_same(int one, int two); /* mount, not file */
/* openat2(2); O_CLOEXEC is added, links are refused. */
long mount_open(int dirfd, const char *path, int flags, uint64_t resolve);
/* O_PATH of what the job will see at that path. */
long mount_open_inside(struct act *act, const char *path, int flags);
long mount_clone(struct act *act, int fd, const char *path);
int mount_set(struct act *act, int fd, unsigned attributes, bool is_recursive,
	      unsigned propagation, const char *path);
int mount_check(struct act *act, int fd, unsigned attributes, const char *path);
int mount_attach(struct act *act, int tree, int at, const char *path);
/* A new filesystem, detached.  Options end with a NULL key. */
long mount_new(struct act *act, const char *type,
	       const struct mount_option *options, unsigned attributes,
	       const char *path);
/* Whatever the caller's umask, which is not yet the job's. */
long mount_mkdir(int dirfd, const char *name, unsigned mode);
void mount_close_fd(int *fd);

/* core/mount_source.c */
int mount_sources(struct act *act, bool is_inside);
void mount_forget(struct act *act); /* nothing is open or made */
/* What a step's mount must have at the end. */
unsigned mount_attributes(const struct act *act, const struct step *step);
/* Is the path one of 'read-only'? */
bool mount_is_read_only(const struct act *act, const char *path);
bool mount_is_in_memory(const struct step *step);

/* core/mount.c */
const char *mount_source(const struct step *step);
/* `/` of the host shown as it is: no mount of its own, the root's flags change.
 */
bool mount_is_host_root(const struct act *act, const struct step *step);
int mount_make_root(struct act *act); /* these three: once, whoever is first */
int mount_make_proc(struct act *act);
int mount_make_dev(struct act *act);
long mount_open_target(struct act *act, const char *path, bool is_dir);
int mount_make_link(struct act *act, const char *path, const char *text);

/* core/mount_proc.c */
int mount_begin_proc(struct act *act); /* what later steps need of the host's */
int mount_mask_by_type(struct act *act);

#endif /* CORDON_MOUNT_H */
