/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sealed.h"

/* since Linux 6.3 */
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 16U
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* Where vm.memfd_noexec asks for it, one of the flags must be given. */
int sealed_new(const char *name, bool runs)
{
	const unsigned flags = MFD_ALLOW_SEALING | MFD_CLOEXEC;
	int fd = memfd_create(name, flags | (runs ? MFD_EXEC : MFD_NOEXEC_SEAL));

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, flags);
	return fd;
}

static int write_all(int fd, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, bytes, size);

		if (n <= 0)
			return -1;
		bytes += n;
		size -= (size_t)n;
	}
	return 0;
}

/*
 * It is a file to RLIMIT_FSIZE, and who writes past that is killed: the soft
 * limit is lifted meanwhile, and then what it was.
 */
int sealed_write(int fd, size_t at, const void *bytes, size_t size)
{
	struct rlimit limit = { 0, 0 }, lifted; /* none, if the kernel lies */
	int rc, code;

	if (getrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	if (limit.rlim_cur >= at + size)
		return write_all(fd, bytes, size);
	if (limit.rlim_max < at + size) {
		errno = EFBIG;
		return -1;
	}
	lifted = limit;
	lifted.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_FSIZE, &lifted) < 0)
		return -1;
	rc = write_all(fd, bytes, size);
	code = errno;
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return -1;
	errno = code;
	return rc;
}

int sealed_finish(int fd, mode_t mode)
{
	if (mode != 0 && fchmod(fd, mode) < 0)
		return -1;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	return fcntl(fd, F_ADD_SEALS, SEALS);
}

bool sealed_is(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}
