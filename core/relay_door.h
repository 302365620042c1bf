/* SPDX-License-Identifier: MIT */
/*
 * relay_door - a socket at which the job is to listen, with the relay between
 *
 *	caller -> PATH, cordon's  -  door  -  relay  -  FOLDER/socket, the job's
 *
 * A variable of the caller's names PATH.  It is cordon that listens there, from
 * the start on; the job's variable names a socket in a folder of the job's own.
 * The door is a process: it takes each connection, waits until the job listens,
 * and hands both ends to the relay, which therefore opens nothing by itself.
 * It reads nothing of what passes, has the job's ids and no capability, and
 * ends with the job.
 */
#ifndef CORDON_RELAY_DOOR_H
#define CORDON_RELAY_DOOR_H 1
#include <stdbool.h>
#include <sys/types.h>

struct arena;
struct cordon_error;
struct outside;
struct plan;
struct step;

/* Each connection, as the relay gets it: from and to the caller, from and to
 * the job. */
enum { DOOR_FDS = 4 };

/* Planning, before all that is outside: the job's folder. */
int settle_door(struct plan *plan, struct cordon_error *err);
/* "FOLDER/socket"; NULL: there is no door. */
const char *door_path(const struct plan *plan, const char **variable);

/* Rows. */
int door_make(struct outside *outside, const struct step *step,
	      struct cordon_error *err);
void door_undo(struct outside *outside, const struct step *step);

/* What a dead run left: 0 when it is gone. */
int door_remove(const char *path);

/* The process, where there is a socket; it closes all but what it needs.  -1 and
 * errno.  `relay_fd`: a SOCK_SEQPACKET socket. */
pid_t door_begin(const struct outside *outside, int relay_fd);

#endif /* CORDON_RELAY_DOOR_H */
