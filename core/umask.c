/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/stat.h>

#include "core/umask.h"

int umask_read(mode_t *mask)
{
	const mode_t meanwhile = 0077;

	*mask = umask(meanwhile);
	if (umask(*mask) == meanwhile)
		return 0;
	errno = EPROTO;
	return -1;
}
