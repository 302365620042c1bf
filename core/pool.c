/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/pool.h"

#define RUN_DIR "/run/cordon"
#define POOL_DIR RUN_DIR "/pool"

/* Made by us alone, whatever the umask, and judged if it was there. */
static int open_own_dir(int above, const char *name, const char *shown,
			struct cordon_error *err)
{
	struct stat st;
	int fd;

	if (mkdirat(above, name, 0700) < 0 && errno != EEXIST)
		return cordon_fail(err, errno, "cannot make '%s'", shown);
	fd = openat(above, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return cordon_fail(err, errno, "cannot open '%s'", shown);
	if (fstat(fd, &st) == 0 && st.st_uid == 0 && !(st.st_mode & 022))
		return fd;
	close(fd);
	return cordon_fail(err, 0,
			   "'%s' is not root's alone (chown root, chmod go-w)",
			   shown);
}

static int open_pool(struct cordon_error *err)
{
	int run = open("/run", O_PATH | O_DIRECTORY | O_CLOEXEC), own, fd;

	if (run < 0)
		return cordon_fail(err, errno, "cannot open '/run'");
	own = open_own_dir(run, "cordon", RUN_DIR, err);
	close(run);
	if (own < 0)
		return -1;
	fd = open_own_dir(own, "pool", POOL_DIR, err);
	close(own);
	return fd;
}

/* A lock ends with its cordon; what that cordon left may take longer to die. */
static bool has_processes(uint32_t uid)
{
	errno = 0;
	return getpriority(PRIO_USER, uid) != -1 || errno != ESRCH;
}

/* -1: it is taken, or *code says why it cannot be. */
static int try_lock(int pool, uint32_t uid, int *code)
{
	char name[16];
	int fd;

	snprintf(name, sizeof(name), "%u", (unsigned)uid);
	fd = openat(pool, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0) {
		*code = errno;
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && !has_processes(uid))
		return fd;
	close(fd);
	return -1;
}

int pool_take(uint32_t first, uint32_t last, uint32_t *uid,
	      struct cordon_error *err)
{
	uint32_t count = last - first + 1, start = 0;
	mode_t mask = umask(0077); /* the modes are exact (I5) */
	int pool = open_pool(err), fd = -1, code = 0;

	if (pool < 0) {
		umask(mask);
		return -1;
	}
	/* Not the first each time: many jobs would try the same ones. */
	if (getrandom(&start, sizeof(start), 0) != sizeof(start))
		start = 0;
	for (uint32_t i = 0; i < count && fd < 0; i++) {
		*uid = first + (start % count + i) % count;
		fd = try_lock(pool, *uid, &code);
	}
	close(pool);
	umask(mask);
	if (fd < 0 && code != 0)
		return cordon_fail(err, code,
				   "cannot lock a uid of the pool in '" POOL_DIR
				   "'");
	if (fd < 0)
		return cordon_fail(err, 0,
				   "all %u uids of the pool are in use (by "
				   "other jobs, or what runs under them: a "
				   "larger range)",
				   (unsigned)count);
	return fd;
}
