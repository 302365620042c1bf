/* SPDX-License-Identifier: MIT */
/*
 * init - pid 1 of a job's pid namespace: a program of its own
 *
 * It stays as long as the job, so it has neither cordon's memory, which may hold
 * what only cordon should know, nor its size.
 *
 * But not with a user namespace: what is executed in one is the namespace's, and
 * a job that has CAP_SYS_PTRACE there could take over its init, which is behind no
 * filter.  There the init stays a copy of cordon, whose memory is that of the
 * namespace above: ptrace(2), "Ptrace access mode checking".
 */
#ifndef CORDON_INIT_H
#define CORDON_INIT_H 1
#include <stdint.h>

/* Its arguments; but for the version all are numbers. */
enum {
	INIT_NAME,
	INIT_VERSION, /* programs of two builds do not talk to each other */
	INIT_JOB,     /* its child already: the job's pid */
	INIT_STATUS,  /* descriptor: how the job ended goes there */
	INIT_READY,   /* descriptor: takes a byte once the job may run */
	INIT_LIFE,    /* descriptor: hangs up when cordon has died */
	INIT_GROUP,   /* 1: signals are for the job's group; 0: for it alone */
	INIT_ARGS,
};

/* What an init tells of the job; in one write. */
struct job_status {
	int32_t status; /* as wait4(2) says */
	int64_t user_us, sys_us, max_rss_kb; /* of all that ended in it */
};

/* From outside to an init: end all, count it, tell.  The last one that there is;
 * what is passed on to a job is never this. */
#define INIT_END 64

/* The same way: stop all, let all go on.  Of both the kernel gives the first
 * first. */
#define INIT_STOP 62
#define INIT_CONT 63

/* Passes signals on, reaps, and tells how the job ended. */
_Noreturn void init_watch(int status_fd, long job, long to_group);

#endif /* CORDON_INIT_H */
