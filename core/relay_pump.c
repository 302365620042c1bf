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
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/hook.h"
#include "core/plan.h"
#include "core/relay.h"
#include "core/relay_door.h"

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

/* ---- silence ---- */

#define SECOND ((int64_t)1000000000)

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * SECOND + now.tv_nsec;
}

static void begin_silence(struct relay_pump *pump)
{
	if (pump->idle)
		pump->idle_at = now_ns() + pump->idle->is.number[1];
}

static bool has_out(const struct flow *flow)
{
	return flow->end > flow->start;
}

/* Who waits for a slow reader is not silent. */
static void judge_silence(struct relay_pump *pump)
{
	if (pump->idle_at == 0 || now_ns() < pump->idle_at)
		return;
	for (size_t i = 0; i < pump->n_flows; i++) {
		if (!has_out(&pump->flows[i]))
			continue;
		begin_silence(pump);
		return;
	}
	pump->idle_at = 0;
	tell(pump, RELAY_IDLE, (int32_t)(pump->idle - pump->plan->steps), NULL);
}

/* ---- a flow's end ---- */

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static bool is_input(const struct flow *flow)
{
	return flow->number == 0 || flow->number == CORDON_FLOW_TO_JOB;
}

static bool is_closed(const struct flow *flow)
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

static void close_flow(struct flow *flow)
{
	shut(flow);
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
	struct flow *flow = NULL;

	if (stage->flow->is_socket)
		flow = is_input(stage->flow) ? stage->flow + 1
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
		begin_silence(flow->pump);
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

static void write_flow(struct flow *flow)
{
	size_t size = flow->end - flow->start;
	ssize_t n = write(flow->to, flow->out + flow->start,
			  size < flow->at_once ? size : flow->at_once);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0 && (errno == EPIPE || has_no_bytes(errno) ||
		      (errno == ECONNRESET && flow->is_socket) ||
		      (errno == EIO && flow->is_terminal))) {
		close_flow(flow);
		return;
	}
	if (n < 0) {
		break_off(flow, "write", errno);
		return;
	}
	begin_silence(flow->pump);
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

/*
 * All has passed: who reads it may know.  But a job whose stdin was cut does
 * not take what it got for the whole: it sees no end before its own.
 */
static void close_passed(struct flow *flow)
{
	if (flow->is_ended && flow->to >= 0 && !has_out(flow) &&
	    !(flow->is_cut && is_input(flow)))
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
		if (is_input(flow) || flow->from < 0)
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
	struct pollfd jobs = { .fd = is_input(flow) ? flow->to : flow->from,
			       .events = POLLIN };

	return (is_input(flow) || (!has_out(flow) && flow->due <= 0)) &&
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

/* ---- connections ---- */

static bool is_free(const struct flow *pair)
{
	return is_closed(&pair[0]) && is_closed(&pair[1]);
}

static struct flow *find_free(struct relay_pump *pump)
{
	for (size_t i = pump->n_streams; i < pump->n_flows; i += 2)
		if (is_free(&pump->flows[i]))
			return &pump->flows[i];
	return NULL;
}

/* What a hook keeps of a connection that has ended is given back. */
static void forget(struct flow *flow)
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

static void open_way(struct flow *flow, int from, int to)
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

/* False: the door is gone. */
static bool take_in(struct relay_pump *pump, int fds[DOOR_FDS])
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(DOOR_FDS * sizeof(int))];
	} control;
	char byte;
	struct iovec one = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &one,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *head;

	if (recvmsg(pump->door_fd, &message, MSG_CMSG_CLOEXEC) <= 0)
		return false;
	head = CMSG_FIRSTHDR(&message);
	if (!head || head->cmsg_level != SOL_SOCKET ||
	    head->cmsg_type != SCM_RIGHTS || message.msg_flags & MSG_CTRUNC ||
	    head->cmsg_len != CMSG_LEN(DOOR_FDS * sizeof(int)))
		return false;
	memcpy(fds, CMSG_DATA(head), DOOR_FDS * sizeof(int));
	return true;
}

static void open_connection(struct relay_pump *pump, struct flow *pair)
{
	int fds[DOOR_FDS];

	if (!take_in(pump, fds)) {
		close_end(&pump->door_fd);
		return;
	}
	forget(&pair[0]);
	forget(&pair[1]);
	open_way(&pair[0], fds[0], fds[3]);
	open_way(&pair[1], fds[2], fds[1]);
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

/* Until it is to look again, whatever comes; NULL: never. */
static const struct timespec *find_wait(const struct relay_pump *pump,
					bool is_paused, struct timespec *wait)
{
	int64_t left = is_paused ? SECOND : INT64_MAX;

	if (pump->idle_at != 0 && pump->idle_at - now_ns() < left)
		left = pump->idle_at - now_ns();
	if (left == INT64_MAX)
		return NULL;
	left = left < 0 ? 0 : left;
	*wait = (struct timespec){ left / SECOND, left % SECOND };
	return wait;
}

static bool look(struct relay_pump *pump)
{
	struct pollfd fds[2 * CORDON_COUNT(pump->flows) + 2];
	struct flow *free_pair = find_free(pump);
	struct timespec wait;
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
	fds[n + 1] = (struct pollfd){ .fd = free_pair ? pump->door_fd : -1,
				      .events = POLLIN };
	if (!is_open && pump->door_fd < 0)
		return false;
	if (ppoll(fds, n + 2, find_wait(pump, is_paused, &wait), NULL) < 0)
		return true;
	for (size_t i = 0; i < pump->n_flows; i++)
		run_flow(&pump->flows[i], &fds[2 * i]);
	if (fds[n + 1].revents)
		open_connection(pump, free_pair);
	if (fds[n].revents)
		read_word(pump);
	if (pump->is_draining)
		end_drain(pump);
	judge_silence(pump);
	return true;
}

_Noreturn void relay_pump_run(struct relay_pump *pump)
{
	begin_silence(pump);
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

static struct flow *add_flow(struct relay_pump *pump, int number, int from,
			     int to)
{
	const struct plan *plan = pump->plan;
	struct flow *flow = &pump->flows[pump->n_flows++];

	*flow = (struct flow){ .pump = pump,
			       .number = (uint32_t)number,
			       .from = from,
			       .to = to,
			       .at_once = CHUNK,
			       .is_socket = number >= RELAY_STREAMS };
	flow->stages = arena_alloc(plan->arena,
				   (plan->n_steps + 1) * sizeof(*flow->stages));
	add_stages(plan, flow, is_input(flow));
	add_stages(plan, flow, !is_input(flow));
	return flow;
}

static void add_stream(struct relay_pump *pump, int number, int from, int to)
{
	struct flow *flow = add_flow(pump, number, from, to);
	struct stat st = { .st_mode = 0 };

	flow->is_terminal = isatty(is_input(flow) ? from : to);
	if (!is_input(flow) && (fstat(to, &st) < 0 || !S_ISREG(st.st_mode)))
		flow->at_once = PAGE;
}

struct relay_pump *relay_pump_make(const struct plan *plan, int word_fd,
				   int door_fd, const int from[RELAY_STREAMS],
				   const int to[RELAY_STREAMS])
{
	struct relay_pump *pump = arena_alloc(plan->arena, sizeof(*pump));

	pump->plan = plan;
	pump->word_fd = word_fd;
	pump->door_fd = door_fd;
	pump->idle = relay_idle(plan);
	for (int i = 0; i < RELAY_STREAMS; i++)
		if (from[i] >= 0)
			add_stream(pump, i, from[i], to[i]);
	pump->n_streams = pump->n_flows;
	/* Memory for them is there before somebody asks for it. */
	for (int i = 0; door_fd >= 0 && i < RELAY_CONNECTIONS; i++) {
		add_flow(pump, CORDON_FLOW_TO_JOB, -1, -1);
		add_flow(pump, CORDON_FLOW_FROM_JOB, -1, -1);
	}
	return pump;
}
