/* SPDX-License-Identifier: MIT */
/*
 * relay - the process between the caller and the job, where sections see what
 * passes
 *
 *	caller  <-  changer <- judge <- judge  <-  job     stdout, stderr
 *	caller  ->  changer -> judge -> judge  ->  job     stdin
 *
 * It is forked by the supervisor when all begin() are done, and alone has the
 * caller's ends: the job's process hands them over, since a file of [fds] is
 * opened with its rights, and gets pipes instead.  Before a first byte it gives
 * up everything but those descriptors: it has the job's ids, no capability, and
 * a filter that leaves it read(2), write(2), memory and, where silence counts, the
 * clock.
 *
 * It holds no more than a hook held back and what it put since: as long as the
 * reader takes nothing, nothing is read.  It ends with the last of its streams,
 * not with its parent; one that ends sooner closes them.
 */
#ifndef CORDON_RELAY_H
#define CORDON_RELAY_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cordon/module.h>

struct arena;
struct filter_program;
struct outcome;
struct outside;
struct plan;
struct relay_pump;
struct step;

#define RELAY_STREAMS 3
#define RELAY_CONNECTIONS 8 /* of a socket, at once; the next one waits */

struct relay {
	pid_t pid;   /* 0: nothing is relayed */
	int word_fd; /* between it and the supervisor: struct relay_word; -1 */
	/* until the job runs */
	int start[2];		 /* the job's process, the relay */
	int own[RELAY_STREAMS];	 /* the relay's ends of the pipes; -1 */
	int jobs[RELAY_STREAMS]; /* what becomes the job's 0, 1, 2; -1 */
	const struct filter_program *filter;
	pid_t door; /* core/relay_door.h; 0: none */
	int doors[2]; /* the relay's end, the door's; -1 */
};

enum relay_says {
	RELAY_READY = 1, /* to the job's process: go on */
	RELAY_CUT,	 /* a section ended a stream, or could not go on */
	RELAY_DRAINED,	 /* all that was written before RELAY_DRAIN has passed */
	RELAY_ENDED,	 /* so have all streams, and nothing was wrong */
	RELAY_IDLE,	 /* nothing has passed for as long as that step says */
	RELAY_DRAIN,	 /* to the relay: the job has ended */
};

/* One message of a SOCK_SEQPACKET socket. */
struct relay_word {
	int32_t says; /* enum relay_says */
	int32_t step; /* of the plan, whose section; -1 */
	int32_t is_one; /* READY: stdout and stderr share stdout's pipe */
	struct cordon_error err;
};

/* Planning: which sections stand in one stream; core/relay_plan.c. */
int settle_relay(struct plan *plan, struct cordon_error *err);
/* Bits of the descriptors that are relayed. */
unsigned relay_streams(const struct plan *plan);
/* The steps of all that is relayed: the first, or the one behind `after`. */
const struct step *relay_next(const struct plan *plan, const struct step *after);
/* How long nothing may pass; NULL: as long as it likes. */
const struct step *relay_idle(const struct plan *plan);
/* NULL: there is nothing. */
const struct step *relay_asker(const struct plan *plan);
/* The calls that it is left with; NULL: err says why. */
const struct filter_program *relay_filter(const struct plan *plan,
					  struct cordon_error *err);

/* Before the job is cloned, all signals blocked; 0, or -1 and outcome says why. */
int relay_begin(struct relay *relay, const struct outside *outside,
		const struct plan *plan, struct outcome *outcome);
/* The job's process has its copy of what is for it. */
void relay_let_go(struct relay *relay);
/* The job has ended: what it wrote is to pass.  False: nothing is left to. */
bool relay_drain(struct relay *relay);
/*
 * What it says: 1; 0: it has ended, as it said; -1: it ended otherwise, and
 * `word` says how.  When there is nothing to read, 1 and says is 0.
 */
int relay_read(struct relay *relay, struct relay_word *word);
/* It goes on alone as long as somebody holds a stream. */
void relay_end(struct relay *relay);
/* The job does not run. */
void relay_kill(struct relay *relay);

/* In a process that is to have little.  -1 and errno. */
int relay_close_others(const int *kept, size_t n);
int relay_drop_privileges(const struct plan *plan);

/* Exactly n descriptors, at most RELAY_RECEIVED, that come with one byte: 1; 0:
 * nobody is there any more; -1 and errno. */
#define RELAY_RECEIVED 4
int relay_receive(int socket, int *fds, size_t n);

/* In the relay, before its filter and under it: core/relay_pump.c. */
struct relay_pump *relay_pump_make(const struct plan *plan, int word_fd,
				   int door_fd,
				   const int from[RELAY_STREAMS],
				   const int to[RELAY_STREAMS]);
_Noreturn void relay_pump_run(struct relay_pump *pump); /* until the last ends */

#endif /* CORDON_RELAY_H */
