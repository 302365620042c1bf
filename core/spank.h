/* SPDX-License-Identifier: MIT */
/*
 * spank - the door for Slurm's tasks, where the plugin can exchange argv[0] and
 * add no word
 *
 * spank/cordon_spank.c makes argv[0] the path of a link to this program, which
 * says the stack, and leaves what stood there in a variable.  That one is the
 * user's: a --task-prolog may set it, to another program in the same stack.
 */
#ifndef CORDON_SPANK_H
#define CORDON_SPANK_H 1

#define CORDON_SPANK_DOOR "cordon-spank"
#define CORDON_SPANK_ARGV0 "CORDON_SPANK_ARGV0"

struct arena;
struct front_call;
struct request;

int spank_open(struct arena *arena, const struct front_call *call,
	       struct request *request);

#endif /* CORDON_SPANK_H */
