/* SPDX-License-Identifier: MIT */
/*
 * starter - the door for what a batch system puts in front of its jobs
 *
 * Grid Engine's starter_method, HTCondor's USER_JOB_WRAPPER, LSF's JOB_STARTER
 * and TORQUE's $job_starter name a path, and the job's words are its arguments.
 */
#ifndef CORDON_STARTER_H
#define CORDON_STARTER_H 1

struct arena;
struct front_call;
struct request;

int starter_open(struct arena *arena, const struct front_call *call,
		 struct request *request);

#endif /* CORDON_STARTER_H */
