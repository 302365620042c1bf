/* SPDX-License-Identifier: MIT */
/*
 * One direction: from a descriptor through its sections to another.
 *
 * The caller's descriptors are shared with others, so they stay blocking: what
 * poll(2) says is writable takes a page, and no more is written at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/hook.h"
#include "core/plan.h"
#include "core/relay_pump.h"

#define PUT_MAX ((size_t)256 << 20) /* waiting to be written */

/* ---- a flow's end ---- */

void relay_close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

bool flow_is_input(const struct flow *flow)
{
	return flow->number == 0 || flow->number == CORDON_FLOW_TO_JOB;
}

bool flow_has_out(const struct flow *flow)
{
	return flow->end > flow->start;
}

bool flow_is_closed(const struct flow *flow)
{
	return flow->from < 0 && flow->to < 0;
}

/* The other way of a connection has its own descriptors of the same ends. */
static void shut(struct flow *flow)
{
	if (flow->is_socket && flow->from >= 0)
		shutdown(flow->from, SHUT_RD);
	if (flow->is_socket && flow->to >= 0)
		shutdown(flow->to, SHUT_WR);
}

void flow_close(struct flow *flow)
{
	shut(flow);
	relay_close_end(&flow->from);
	relay_close_end(&flow->to);
	flow->is_ended = true;
	flow->start = flow->end = 0;
	free(flow->out);
	flow->out = NULL;
	flow->room = 0;
}

/* What was put before has been judged, and passes. */
static void cut(struct flow *flow, const struct stage *stage,
		const struct cordon_error *err)
{
	if (flow->is_cut)
		return;
	flow->is_cut = true;
	flow->is_ended = true;
	relay_close_end(&flow->from);
	pump_tell(flow->pump, RELAY_CUT, stage ? stage->step : -1, err);
}

static const char *name_of(const struct flow *flow)
{
	static const char *const names[] = { "stdin", "stdout", "stderr",
					     "a socket to the job",
					     "a socket from the job" };

	return names[flow->number];
}

/* The system's fault: what was to pass is lost, and that is no success. */
static void break_off(struct flow *flow, const char *what, int code)
{
	struct cordon_error err = { 0 };

	cordon_fail(&err, code, "cannot %s %s", what, name_of(flow));
	cut(flow, NULL, &err);
	flow_close(flow);
}

/* ---- the sections ---- */

static int append(struct flow *flow, const void *data, size_t size)
{
	size_t room = flow->room ? flow->room : RELAY_CHUNK;
	char *more;

	if (flow->to < 0)
		return -1;
	while (room - flow->end < size && room < PUT_MAX)
		room *= 2;
	if (room - flow->end < size) {
		break_off(flow, "keep what waits for", EMSGSIZE);
		return -1;
	}
	if (room > flow->room) {
		more = realloc(flow->out, room);
		if (!more) {
			break_off(flow, "keep what waits for", ENOMEM);
			return -1;
		}
		flow->out = more;
		flow->room = room;
	}
	memcpy(flow->out + flow->end, data, size);
	flow->end += size;
	return 0;
}

/* Into the stage of that index; behind the last one it is written. */
static int pass(struct flow *flow, size_t index, const void *data, size_t size)
{
	struct stage *stage = &flow->stages[index];
	struct cordon_error err = { 0 };

	if (index == flow->n_stages)
		return append(flow, data, size);
	stage->got += size;
	if (hook_stream(stage->part, &stage->view, data, size, &err) < 0)
		cut(flow, stage, &err);
	return flow->is_cut || flow->to < 0 ? -1 : 0;
}

static int put(struct cordon_flow *view, const void *data, size_t size)
{
	struct stage *stage = view->core;
	struct flow *flow = stage->flow;
	struct cordon_error err = { 0 };

	if (flow->is_cut || flow->to < 0)
		return -1;
	stage->put += size;
	if ((stage->is_judge || stage->may_answer) && stage->put > stage->got) {
		cordon_fail(&err, 0, "a judge put more than it got");
		cut(flow, stage, &err);
		return -1;
	}
	return size > 0 ? pass(flow, (size_t)(stage - flow->stages) + 1, data,
			       size)
			: 0;
}

/* Of the same section, in the flow the other way. */
static struct stage *find_back(const struct stage *stage)
{
	struct relay_pump *pump = stage->flow->pump;
	struct flow *flow = NULL;

	if (stage->flow->is_socket)
		flow = flow_is_input(stage->flow) ? stage->flow + 1
						  : stage->flow - 1;
	for (size_t i = 0;
	     !flow && stage->flow->number < 2 && i < pump->n_streams; i++)
		if (pump->flows[i].number == 1 - stage->flow->number)
			flow = &pump->flows[i];
	for (size_t i = 0; flow && i < flow->n_stages; i++)
		if (flow->stages[i].part == stage->part)
			return &flow->stages[i];
	return NULL;
}

/* What nobody reads is no reason to keep it, or to wait. */
static int answer(struct cordon_flow *view, const void *data, size_t size)
{
	struct stage *stage = view->core;
	struct stage *back = stage->may_answer ? find_back(stage) : NULL;
	struct flow *flow = back ? back->flow : NULL;

	if (!flow || !back->may_answer || flow->is_ended || flow->is_cut ||
	    flow->to < 0 || flow->end - flow->start > RELAY_CHUNK || size == 0)
		return -1;
	return pass(flow, (size_t)(back - flow->stages) + 1, data, size);
}

/* The first section first: what it held back is for those behind it. */
static void end_flow(struct flow *flow)
{
	struct cordon_error err = { 0 };

	flow->is_ended = true;
	relay_close_end(&flow->from);
	for (size_t i = 0; i < flow->n_stages && !flow->is_cut; i++) {
		struct stage *stage = &flow->stages[i];

		stage->view.is_end = 1;
		if (pass(flow, i, "", 0) < 0)
			return;
		if (!stage->is_judge || stage->put == stage->got)
			continue;
		cordon_fail(&err, 0, "a judge kept what it got");
		cut(flow, stage, &err);
	}
}

/* ---- bytes ---- */

/* A descriptor that is not for reading, or a folder, has none. */
static bool has_no_bytes(int code)
{
	return code == EBADF || code == EISDIR || code == EINVAL;
}

void flow_read(struct flow *flow)
{
	char *chunk = flow->pump->chunk;
	ssize_t n = read(flow->from, chunk, RELAY_CHUNK);
	int code = errno;

	if (n > 0) {
		pump_begin_silence(flow->pump);
		flow->due -= n;
		pass(flow, 0, chunk, (size_t)n);
	} else if (n == 0 || has_no_bytes(code) ||
		   (code == ECONNRESET && flow->is_socket)) {
		end_flow(flow);
	} else if (code == EIO && flow->is_terminal) {
		flow->is_paused = true;
	} else if (code != EAGAIN && code != EINTR) {
		break_off(flow, "read", code);
	}
}

void flow_write(struct flow *flow)
{
	size_t size = flow->end - flow->start;
	ssize_t n = write(flow->to, flow->out + flow->start,
			  size < flow->at_once ? size : flow->at_once);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && (errno == EPIPE || has_no_bytes(errno) ||
		      (errno == ECONNRESET && flow->is_socket) ||
		      (errno == EIO && flow->is_terminal))) {
		flow_close(flow);
		return;
	}
	if (n < 0) {
		break_off(flow, "write", errno);
		return;
	}
	pump_begin_silence(flow->pump);
	flow->start += (size_t)n;
	if (flow->start < flow->end)
		return;
	flow->start = flow->end = 0;
	if (flow->room <= RELAY_CHUNK)
		return;
	free(flow->out);
	flow->out = NULL;
	flow->room = 0;
}

/*
 * All has passed: who reads it may know.  But a job whose stdin was cut does
 * not take what it got for the whole: it sees no end before its own.
 */
void flow_close_passed(struct flow *flow)
{
	if (flow->is_ended && flow->to >= 0 && !flow_has_out(flow) &&
	    !(flow->is_cut && flow_is_input(flow)))
		flow_close(flow);
}

/* ---- before the filter ---- */

static void add_stage(const struct plan *plan, struct flow *flow,
		      const struct step *step)
{
	int32_t index = (int32_t)(step - plan->steps);
	struct stage *stage = &flow->stages[flow->n_stages++];

	*stage = (struct stage){
		.view = { .size = sizeof(stage->view),
			  .core = stage,
			  .number = flow->number,
			  .put = put,
			  .section = step->section,
			  .answer = answer },
		.flow = flow,
		.part = plan->stream_parts[index],
		.step = index,
		.is_judge = step->is.number[1] == CORDON_STREAM_JUDGE,
		.may_answer = step->is.number[1] == CORDON_STREAM_SELECT,
	};
}

static bool is_seen_by(const struct step *step, const struct flow *flow)
{
	return flow->is_socket ? step->is.type == CORDON_STEP_STREAM_SOCKET
			       : step->is.type == CORDON_STEP_STREAM &&
					 step->is.number[0] == flow->number;
}

static void add_stages(const struct plan *plan, struct flow *flow,
		       bool is_changer)
{
	const struct step *step = relay_next(plan, NULL);

	for (; step; step = relay_next(plan, step))
		if (is_seen_by(step, flow) &&
		    (step->is.number[1] == CORDON_STREAM_CHANGE) == is_changer)
			add_stage(plan, flow, step);
}

struct flow *flow_add(struct relay_pump *pump, int number, int from, int to)
{
	const struct plan *plan = pump->plan;
	struct flow *flow = &pump->flows[pump->n_flows++];

	*flow = (struct flow){ .pump = pump,
			       .number = (uint32_t)number,
			       .from = from,
			       .to = to,
			       .at_once = RELAY_CHUNK,
			       .is_socket = number >= RELAY_STREAMS };
	flow->stages = pump_need((plan->n_steps + 1) * sizeof(*flow->stages));
	add_stages(plan, flow, flow_is_input(flow));
	add_stages(plan, flow, !flow_is_input(flow));
	return flow;
}

void flow_forget(struct flow *flow)
{
	struct cordon_error err;

	for (size_t i = 0; i < flow->n_stages; i++) {
		struct stage *stage = &flow->stages[i];

		if (!stage->view.own || stage->view.is_end)
			continue;
		stage->view.is_end = 1;
		hook_stream(stage->part, &stage->view, "", 0, &err);
	}
}

void flow_open(struct flow *flow, int from, int to)
{
	flow->from = from;
	flow->to = to;
	flow->is_ended = flow->is_cut = false;
	flow->due = 0;
	for (size_t i = 0; i < flow->n_stages; i++) {
		struct stage *stage = &flow->stages[i];

		stage->view.is_end = 0;
		stage->view.own = NULL;
		stage->got = stage->put = 0;
	}
}
