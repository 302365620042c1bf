/* SPDX-License-Identifier: MIT */
/*
 * relay_pump - the inside of a relay: what its three files share
 *
 * A flow is one direction of a stream or of a connection, with the sections
 * that see it.  It is read only while nothing of it waits to be written.
 */
#ifndef CORDON_RELAY_PUMP_H
#define CORDON_RELAY_PUMP_H 1
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cordon/module.h>

#include "core/relay.h"

struct part;
struct plan;
struct step;

#define RELAY_CHUNK ((size_t)65536) /* what is read at once */

struct flow;

/* One section in one flow. */
struct stage {
	struct cordon_flow view;
	struct flow *flow;
	struct part *part;
	int32_t step;
	bool is_judge, may_answer;
	uint64_t got, put; /* bytes */
};

struct flow {
	struct relay_pump *pump;
	uint32_t number;
	int from, to;	/* -1: closed */
	size_t at_once; /* what may be written without waiting */
	struct stage *stages;
	size_t n_stages;
	char *out; /* put and not yet written: from `start` to `end` */
	size_t start, end, room;
	bool is_ended;	  /* nothing is read any more */
	bool is_cut;	  /* by a section: nothing more is put */
	bool is_terminal; /* the caller's end */
	bool is_paused;	  /* a terminal, of which we are in the background */
	bool is_socket;	  /* one way of a connection */
	int64_t due;	  /* bytes that were there when the job ended */
};

struct relay_pump {
	const struct plan *plan;
	int word_fd, door_fd;
	/* of the streams, and behind them two for each connection */
	struct flow flows[RELAY_STREAMS + 2 * RELAY_CONNECTIONS];
	size_t n_flows, n_streams;
	bool is_draining;
	const struct step *idle; /* NULL: silence is no fault */
	int64_t idle_at; /* monotonic, ns: the end of that time; 0: told */
	char chunk[RELAY_CHUNK];
};

/* core/relay_pump.c */
/* Zeroed.  Without, who waits for our word hears our end instead, and has a line on stderr. */
void *pump_need(size_t size);
void pump_tell(struct relay_pump *pump, enum relay_says says, int32_t step,
	       const struct cordon_error *err);
/* Something passes. */
void pump_begin_silence(struct relay_pump *pump);

/* core/relay_flow.c */
void relay_close_end(int *fd); /* -1 then */
/* Adds a flow; -1 and -1: it is opened later.  number: as in cordon_flow. */
struct flow *flow_add(struct relay_pump *pump, int number, int from, int to);
void flow_open(struct flow *flow, int from, int to);
/* What its hooks keep of one that has ended is given back. */
void flow_forget(struct flow *flow);
bool flow_is_input(const struct flow *flow); /* of the job */
bool flow_is_closed(const struct flow *flow);
bool flow_has_out(const struct flow *flow); /* something waits to be written */
void flow_read(struct flow *flow);
void flow_write(struct flow *flow);
void flow_close(struct flow *flow);
/* When all has passed, its reader may know. */
void flow_close_passed(struct flow *flow);

/* core/relay_connect.c */
/* Two flows for each connection, whose memory is there before one comes. */
void connections_add(struct relay_pump *pump);
/* Two flows that stand free for a connection, or NULL. */
struct flow *connection_find_free(struct relay_pump *pump);
/* Of what the door hands over. */
void connection_open(struct relay_pump *pump, struct flow *pair);

#endif /* CORDON_RELAY_PUMP_H */
