/* SPDX-License-Identifier: MIT */
/*
 * umask - the kernel tells this process's mask only by changing it
 *
 * cordon changes it for files of its own too, so the job is given the caller's
 * by name at the end (act_state), or that of [process].
 */
#ifndef CORDON_UMASK_H
#define CORDON_UMASK_H 1
#include <sys/types.h>

/* 0, or -1 where what was set was not there when it was put back: umask(2)
 * cannot fail, but a filter around us may answer for it. */
int umask_read(mode_t *mask);

#endif /* CORDON_UMASK_H */
