/* SPDX-License-Identifier: MIT */
/* The connections of a socket: core/relay_door.h makes and hands them over. */
#include "core/relay_door.h"
#include "core/relay_pump.h"

_Static_assert(DOOR_FDS <= RELAY_RECEIVED, "too many descriptors at once");

void connections_add(struct relay_pump *pump)
{
	for (int i = 0; i < RELAY_CONNECTIONS; i++) {
		flow_add(pump, CORDON_FLOW_TO_JOB, -1, -1);
		flow_add(pump, CORDON_FLOW_FROM_JOB, -1, -1);
	}
}

static bool is_free(const struct flow *pair)
{
	return flow_is_closed(&pair[0]) && flow_is_closed(&pair[1]);
}

struct flow *connection_find_free(struct relay_pump *pump)
{
	for (size_t i = pump->n_streams; i < pump->n_flows; i += 2)
		if (is_free(&pump->flows[i]))
			return &pump->flows[i];
	return NULL;
}

void connection_open(struct relay_pump *pump, struct flow *pair)
{
	int fds[DOOR_FDS];

	if (relay_receive(pump->door_fd, fds, DOOR_FDS) <= 0) {
		relay_close_end(&pump->door_fd);
		return;
	}
	flow_forget(&pair[0]);
	flow_forget(&pair[1]);
	flow_open(&pair[0], fds[0], fds[3]);
	flow_open(&pair[1], fds[2], fds[1]);
}
