/* SPDX-License-Identifier: MIT */
/*
 * What a relay does all its life: under its filter, with malloc(3) as all that
 * it takes of the system.
 *
 * A flow is read only while nothing of it waits to be written.  The caller's
 * descriptors are shared with others, so they stay blocking: what poll(2) says
 * is writable takes a page, and no more is written at once.  Each flow stands
 * alone: who lets stdout wait still gets all of stderr.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/hook.h"
#include "core/plan.h"
#include "core/relay.h"

#define CHUNK ((size_t)65536)
#define PAGE ((size_t)4096)	    /* what a pipe that is writable takes */
#define PUT_MAX ((size_t)256 << 20) /* waiting to be written */

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
	int64_t due;	  /* bytes that were there when the job ended */
};

struct relay_pump {
	const struct plan *plan;
	int word_fd;
	struct flow flows[RELAY_STREAMS];
	size_t n_flows;
	bool is_draining;
	char chunk[CHUNK];
};

/* ---- what it says ---- */

static void tell(struct relay_pump *pump, enum relay_says says, int32_t step,
		 const struct cordon_error *err)
{
	struct relay_word word = { .says = (int32_t)says, .step = step };

	if (err)
		word.err = *err;
	if (pump->word_fd < 0 ||
	    write(pump->word_fd, &word, sizeof(word)) == sizeof(word))
		return;
	close(pump->word_fd); /* nobody listens */
	pump->word_fd = -1;
}

/* ---- a flow's end ---- */

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_flow(struct flow *flow)
{
	close_end(&flow->from);
	close_end(&flow->to);
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
	close_end(&flow->from);
	tell(flow->pump, RELAY_CUT, stage ? stage->step : -1, err);
}

static const char *name_of(const struct flow *flow)
{
	static const char *const names[] = { "stdin", "stdout", "stderr" };

	return names[flow->number];
}

/* The system's fault: what was to pass is lost, and that is no success. */
static void break_off(struct flow *flow, const char *what, int code)
{
	struct cordon_error err = { 0 };

	cordon_fail(&err, code, "cannot %s %s", what, name_of(flow));
	cut(flow, NULL, &err);
	close_flow(flow);
}

/* ---- the sections ---- */

static int append(struct flow *flow, const void *data, size_t size)
{
	size_t room = flow->room ? flow->room : CHUNK;
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
	const uint32_t number = stage->flow->number;

	for (size_t i = 0; i < pump->n_flows; i++) {
		struct flow *flow = &pump->flows[i];

		for (size_t k = 0; number < 2 && flow->number == 1 - number &&
				   k < flow->n_stages;
		     k++)
			if (flow->stages[k].part == stage->part)
				return &flow->stages[k];
	}
	return NULL;
}

/* What nobody reads is no reason to keep it, or to wait. */
static int answer(struct cordon_flow *view, const void *data, size_t size)
{
	struct stage *stage = view->core;
	struct stage *back = stage->may_answer ? find_back(stage) : NULL;
	struct flow *flow = back ? back->flow : NULL;

	if (!flow || !back->may_answer || flow->is_ended || flow->is_cut ||
	    flow->to < 0 || flow->end - flow->start > CHUNK || size == 0)
		return -1;
	return pass(flow, (size_t)(back - flow->stages) + 1, data, size);
}

/* The first section first: what it held back is for those behind it. */
static void end_flow(struct flow *flow)
{
	struct cordon_error err = { 0 };

	flow->is_ended = true;
	close_end(&flow->from);
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

static void read_flow(struct flow *flow)
{
	char *chunk = flow->pump->chunk;
	ssize_t n = read(flow->from, chunk, CHUNK);
	int code = errno;

	if (n > 0) {
		flow->due -= n;
		pass(flow, 0, chunk, (size_t)n);
	} else if (n == 0 || has_no_bytes(code)) {
		end_flow(flow);
	} else if (code == EIO && flow->is_terminal) {
		flow->is_paused = true;
	} else if (code != EAGAIN && code != EINTR) {
		break_off(flow, "read", code);
	}
}

static void write_flow(struct flow *flow)
{
	size_t size = flow->end - flow->start;
	ssize_t n = write(flow->to, flow->out + flow->start,
			  size < flow->at_once ? size : flow->at_once);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && (errno == EPIPE || has_no_bytes(errno) ||
		      (errno == EIO && flow->is_terminal))) {
		close_flow(flow);
		return;
	}
	if (n < 0) {
		break_off(flow, "write", errno);
		return;
	}
	flow->start += (size_t)n;
	if (flow->start < flow->end)
		return;
	flow->start = flow->end = 0;
	if (flow->room <= CHUNK)
		return;
	free(flow->out);
	flow->out = NULL;
	flow->room = 0;
}

static bool has_out(const struct flow *flow)
{
	return flow->end > flow->start;
}

/*
 * All has passed: who reads it may know.  But a job whose stdin was cut does
 * not take what it got for the whole: it sees no end before its own.
 */
static void close_passed(struct flow *flow)
{
	if (flow->is_ended && flow->to >= 0 && !has_out(flow) &&
	    !(flow->is_cut && flow->number == 0))
		close_flow(flow);
}

/* ---- the job has ended ---- */

/* Stdin from a terminal is the next one's now. */
static void begin_drain(struct relay_pump *pump)
{
	pump->is_draining = true;
	for (size_t i = 0; i < pump->n_flows; i++) {
		struct flow *flow = &pump->flows[i];
		int there = 0;

		if (flow->number == 0 && flow->is_terminal)
			close_flow(flow);
		if (flow->number == 0 || flow->from < 0)
			continue;
		if (ioctl(flow->from, FIONREAD, &there) < 0)
			there = 0;
		flow->due = there;
	}
}

/* Its bytes are read and written, and an end that is there has been heard. */
static bool is_drained(const struct flow *flow)
{
	const struct timespec at_once = { 0, 0 };
	struct pollfd jobs = { .fd = flow->number == 0 ? flow->to : flow->from,
			       .events = POLLIN };

	return (flow->number == 0 || (!has_out(flow) && flow->due <= 0)) &&
	       ppoll(&jobs, 1, &at_once, NULL) >= 0 &&
	       !(jobs.revents & (POLLHUP | POLLERR));
}

/* Where all of them have ended, that is what is said. */
static void end_drain(struct relay_pump *pump)
{
	bool is_open = false;

	for (size_t i = 0; i < pump->n_flows; i++) {
		if (!is_drained(&pump->flows[i]))
			return;
		is_open |= pump->flows[i].to >= 0;
	}
	pump->is_draining = false;
	if (is_open)
		tell(pump, RELAY_DRAINED, -1, NULL);
}

static void read_word(struct relay_pump *pump)
{
	struct relay_word word;
	ssize_t n = read(pump->word_fd, &word, sizeof(word));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n == sizeof(word) && word.says == RELAY_DRAIN)
		begin_drain(pump);
	else
		close_end(&pump->word_fd); /* what is on its way still passes */
}

/* ---- the loop ---- */

#define GONE (POLLERR | POLLHUP | POLLNVAL)

static void run_flow(struct flow *flow, const struct pollfd fds[2])
{
	if (fds[1].revents & GONE)
		close_flow(flow); /* nobody reads it */
	else if (fds[1].revents & POLLOUT)
		write_flow(flow);
	else if (fds[0].revents)
		read_flow(flow);
	close_passed(flow);
}

static bool look(struct relay_pump *pump)
{
	struct pollfd fds[2 * RELAY_STREAMS + 1];
	const struct timespec second = { 1, 0 };
	bool is_paused = false, is_open = false;
	size_t n = 0;

	for (size_t i = 0; i < pump->n_flows; i++) {
		struct flow *flow = &pump->flows[i];
		bool reads =
			!has_out(flow) && !flow->is_ended && !flow->is_paused;

		fds[n++] = (struct pollfd){ .fd = reads ? flow->from : -1,
					    .events = POLLIN };
		fds[n++] = (struct pollfd){ .fd = flow->to,
					    .events = has_out(flow) ? POLLOUT
								    : 0 };
		is_paused |= flow->is_paused;
		is_open |= flow->to >= 0;
		flow->is_paused = false;
	}
	fds[n] = (struct pollfd){ .fd = pump->word_fd, .events = POLLIN };
	if (!is_open)
		return false;
	if (ppoll(fds, n + 1, is_paused ? &second : NULL, NULL) < 0)
		return true;
	for (size_t i = 0; i < pump->n_flows; i++)
		run_flow(&pump->flows[i], &fds[2 * i]);
	if (fds[n].revents)
		read_word(pump);
	if (pump->is_draining)
		end_drain(pump);
	return true;
}

_Noreturn void relay_pump_run(struct relay_pump *pump)
{
	while (look(pump))
		;
	tell(pump, RELAY_ENDED, -1, NULL);
	_exit(0);
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

static void add_stages(const struct plan *plan, struct flow *flow,
		       bool is_changer)
{
	const struct step *step = plan_find(plan, CORDON_STEP_STREAM);

	for (; step; step = plan_next(plan, step))
		if (step->is.number[0] == flow->number &&
		    (step->is.number[1] == CORDON_STREAM_CHANGE) == is_changer)
			add_stage(plan, flow, step);
}

static void add_flow(struct relay_pump *pump, int number, int from, int to)
{
	const struct plan *plan = pump->plan;
	struct flow *flow = &pump->flows[pump->n_flows++];
	const bool is_input = number == 0;
	struct stat st = { .st_mode = 0 };

	*flow = (struct flow){
		.pump = pump, .number = (uint32_t)number, .from = from, .to = to
	};
	flow->is_terminal = isatty(is_input ? from : to);
	flow->at_once = is_input || (fstat(to, &st) == 0 && S_ISREG(st.st_mode))
				? CHUNK
				: PAGE;
	flow->stages = arena_alloc(plan->arena,
				   (plan->n_steps + 1) * sizeof(*flow->stages));
	add_stages(plan, flow, is_input);
	add_stages(plan, flow, !is_input);
}

struct relay_pump *relay_pump_make(const struct plan *plan, int word_fd,
				   const int from[RELAY_STREAMS],
				   const int to[RELAY_STREAMS])
{
	struct relay_pump *pump = arena_alloc(plan->arena, sizeof(*pump));

	pump->plan = plan;
	pump->word_fd = word_fd;
	for (int i = 0; i < RELAY_STREAMS; i++)
		if (from[i] >= 0)
			add_flow(pump, i, from[i], to[i]);
	return pump;
}
