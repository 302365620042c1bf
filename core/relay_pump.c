/* SPDX-License-Identifier: MIT */
/*
 * What a relay does all its life: under its filter, with malloc(3) as all that
 * it takes of the system.
 *
 * Each flow stands alone: who lets stdout wait still gets all of stderr.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/plan.h"
#include "core/relay_pump.h"

#define PAGE ((size_t)4096) /* what a pipe that is writable takes */

/* ---- what it says ---- */

void pump_tell(struct relay_pump *pump, enum relay_says says, int32_t step,
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

void pump_begin_silence(struct relay_pump *pump)
{
	if (pump->idle)
		pump->idle_at = now_ns() + pump->idle->is.number[1];
}

/* Who waits for a slow reader is not silent. */
static void judge_silence(struct relay_pump *pump)
{
	if (pump->idle_at == 0 || now_ns() < pump->idle_at)
		return;
	for (size_t i = 0; i < pump->n_flows; i++) {
		if (!flow_has_out(&pump->flows[i]))
			continue;
		pump_begin_silence(pump);
		return;
	}
	pump->idle_at = 0;
	pump_tell(pump, RELAY_IDLE, (int32_t)(pump->idle - pump->plan->steps),
		  NULL);
}

/* ---- the job has ended ---- */

/* Stdin from a terminal is the next one's now. */
static void begin_drain(struct relay_pump *pump)
{
	pump->is_draining = true;
	relay_close_end(&pump->door_fd); /* nobody comes in, if there is one to */
	for (size_t i = 0; i < pump->n_flows; i++) {
		struct flow *flow = &pump->flows[i];
		int there = 0;

		if (flow->number == 0 && flow->is_terminal)
			flow_close(flow);
		if (flow_is_input(flow) || flow->from < 0)
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
	struct pollfd jobs = { .fd = flow_is_input(flow) ? flow->to
							 : flow->from,
			       .events = POLLIN };

	return (flow_is_input(flow) ||
		(!flow_has_out(flow) && flow->due <= 0)) &&
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
		pump_tell(pump, RELAY_DRAINED, -1, NULL);
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
		relay_close_end(
			&pump->word_fd); /* what is on its way still passes */
}

/* ---- the loop ---- */

#define GONE (POLLERR | POLLHUP | POLLNVAL)

static void run_flow(struct flow *flow, const struct pollfd fds[2])
{
	if (fds[1].revents & GONE)
		flow_close(flow); /* nobody reads it */
	else if (fds[1].revents & POLLOUT)
		flow_write(flow);
	else if (fds[0].revents)
		flow_read(flow);
	flow_close_passed(flow);
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
	struct flow *free_pair = connection_find_free(pump);
	struct timespec wait;
	bool is_paused = false, is_open = false;
	size_t n = 0;

	for (size_t i = 0; i < pump->n_flows; i++) {
		struct flow *flow = &pump->flows[i];
		bool reads = !flow_has_out(flow) && !flow->is_ended &&
			     !flow->is_paused;

		fds[n++] = (struct pollfd){ .fd = reads ? flow->from : -1,
					    .events = POLLIN };
		fds[n++] =
			(struct pollfd){ .fd = flow->to,
					 .events = flow_has_out(flow) ? POLLOUT
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
		connection_open(pump, free_pair);
	if (fds[n].revents)
		read_word(pump);
	if (pump->is_draining)
		end_drain(pump);
	judge_silence(pump);
	return true;
}

_Noreturn void relay_pump_run(struct relay_pump *pump)
{
	pump_begin_silence(pump);
	while (look(pump))
		;
	pump_tell(pump, RELAY_ENDED, -1, NULL);
	_exit(0);
}

/* ---- before the filter ---- */

void *pump_need(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		_exit(125);
	return memory;
}

static void add_stream(struct relay_pump *pump, int number, int from, int to)
{
	struct flow *flow = flow_add(pump, number, from, to);
	struct stat st = { .st_mode = 0 };

	flow->is_terminal = isatty(flow_is_input(flow) ? from : to);
	if (!flow_is_input(flow) &&
	    (fstat(to, &st) < 0 || !S_ISREG(st.st_mode)))
		flow->at_once = PAGE;
}

struct relay_pump *relay_pump_make(const struct plan *plan, int word_fd,
				   int door_fd, const int from[RELAY_STREAMS],
				   const int to[RELAY_STREAMS])
{
	struct relay_pump *pump = pump_need(sizeof(*pump));

	pump->plan = plan;
	pump->word_fd = word_fd;
	pump->door_fd = door_fd;
	pump->idle = relay_idle(plan);
	for (int i = 0; i < RELAY_STREAMS; i++)
		if (from[i] >= 0)
			add_stream(pump, i, from[i], to[i]);
	pump->n_streams = pump->n_flows;
	if (door_fd >= 0)
		connections_add(pump);
	return pump;
}
