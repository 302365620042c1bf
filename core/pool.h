/* SPDX-License-Identifier: MIT */
/*
 * pool - a uid of its own for each job
 *
 * A uid is taken while its file below /run/cordon/pool is locked.  The lock
 * goes with the process that holds it, however that ends.
 */
#ifndef CORDON_POOL_H
#define CORDON_POOL_H 1
#include <stdint.h>

struct cordon_error;

/* A free one of FIRST to LAST; the descriptor that holds it, or -1. */
int pool_take(uint32_t first, uint32_t last, uint32_t *uid,
	      struct cordon_error *err);

#endif /* CORDON_POOL_H */
