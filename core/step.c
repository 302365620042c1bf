/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#include "core/act.h"
#include "core/arena.h"
#include "core/cgroup.h"
#include "core/landlock.h"
#include "core/filter.h"
#include "core/names.h"
#include "core/plan.h"
#include "core/rows.h"
#include "core/relay_door.h"
#include "core/secret.h"
#include "core/step.h"
#include "core/tmpdir.h"
#include "core/trust.h"
#include "core/value.h"

#define ANY (KIND(CONFINE) | KIND(ARRANGE))

/* ---- how a step reads behind its name ---- */

static const char *print_number(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%" PRId64, step->is.number[0]);
}

static const char *print_octal(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%04" PRIo64, (uint64_t)step->is.number[0]);
}

static const char *print_yes(struct arena *arena, const struct step *step)
{
	return step->is.number[0] ? "yes" : "no";
}

static const char *limit_text(struct arena *arena, int64_t limit)
{
	return (uint64_t)limit == RLIM64_INFINITY
		       ? "unlimited"
		       : arena_printf(arena, "%" PRIu64, (uint64_t)limit);
}

static const char *print_rlimit(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%s %s:%s",
			    names_rlimit((int)step->is.number[0]),
			    limit_text(arena, step->is.number[1]),
			    limit_text(arena, step->is.number[2]));
}

static const char *print_namespaces(struct arena *arena,
				    const struct step *step)
{
	const char *line =
		names_namespaces(arena, (uint64_t)step->is.number[0]);

	if (step->is.number[1])
		line = arena_printf(
			arena, "%s (implied: %s)", line,
			names_namespaces(arena, (uint64_t)step->is.number[1]));
	return line;
}

static const char *print_caps(struct arena *arena, const struct step *step)
{
	return names_caps(arena, (uint64_t)step->is.number[0]);
}

static const char *print_ids(struct arena *arena, const struct step *step)
{
	const uint32_t *id = step->is.data;
	const char *line = "";

	for (size_t i = 0; i < step->is.size / sizeof(*id); i++)
		line = arena_printf(arena, "%s%s%u", line, i ? " " : "",
				    (unsigned)id[i]);
	return *line ? line : "none";
}

static const char *print_groups(struct arena *arena, const struct step *step)
{
	const char *line = names_groups((int)step->is.number[0]);

	for (size_t i = 0; i < step->is.n_words; i++)
		line = arena_printf(arena, "%s %s", line, step->is.word[i]);
	return line;
}

static const char *print_idmap(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%s %s",
			    step->is.number[0] == 0 ? "uid" : "gid",
			    print_ids(arena, step));
}

/* All that stands in the two files, also what no section says: a group that is
 * kept. */
static const char *print_maps(struct arena *arena, const struct step *step)
{
	char *line = arena_printf(arena, "uid %sgid %s", step->is.text[0],
				  step->is.text[1]);

	for (char *at = line; *at; at++)
		if (*at == '\n')
			*at = at[1] ? ' ' : '\0';
	return line;
}

static const char *print_user(struct arena *arena, const struct step *step)
{
	if (!step->is.text[0])
		return print_number(arena, step);
	return arena_printf(arena, "%" PRId64 " (%s)", step->is.number[0],
			    step->is.text[0]);
}

static const char *path_text(struct arena *arena, const char *path)
{
	return path ? value_escape(arena, path, strlen(path)) : "";
}

static const char *print_pin(struct arena *arena, const struct step *step)
{
	/* by enum pin_how, where pin_settle() left it */
	static const char *const hows[] = {
		"is the same object", "by its path", "by its path without links",
		"from a sealed copy (its descriptor is open in the job)",
	};
	const struct cordon_step *is = &step->is;
	const char *what = is->number[0] > 0
				   ? arena_printf(arena, "argument %" PRId64,
						  is->number[0])
			   : is->number[0] == 0 ? "program"
						: "needs";

	if (is->number[3] & CORDON_PIN_ABSENT)
		return arena_printf(arena, "%s %s stays absent", what,
				    path_text(arena, is->text[0]));
	return arena_printf(arena, "%s %s %s%s%s", what,
			    path_text(arena, is->text[0]),
			    hows[is->number[3] >> 16 & 3],
			    is->n_words ? ", sha256 " : "",
			    is->n_words ? is->word[0] : "");
}

static const char *print_range(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%" PRId64 "-%" PRId64, step->is.number[0],
			    step->is.number[1]);
}

static const char *print_cpus(struct arena *arena, const struct step *step)
{
	const unsigned char *mask = step->is.data;
	const char *line = "";

	for (size_t i = 0; i < step->is.size * 8; i++)
		if (mask[i / 8] & 1u << i % 8)
			line = arena_printf(arena, "%s%s%zu", line,
					    *line ? " " : "", i);
	return line;
}

static const char *print_mount(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;
	const char *line = names_mount((int)is->number[0]);
	const char *absent = is->number[3] & CORDON_FLAG_MAY_BE_ABSENT
				     ? " (may be absent)"
				     : "";

	if (is->number[0] == CORDON_MOUNT_TMPFS ||
	    is->number[0] == CORDON_MOUNT_PRIVATE)
		return arena_printf(
			arena, "%s %s size %s mode %04" PRIo64 "%s", line,
			path_text(arena, is->text[0]),
			is->number[1] ? value_print(arena, VALUE_SIZE,
						    (uint64_t)is->number[1])
				      : "unlimited",
			(uint64_t)is->number[2],
			is->number[3] & CORDON_FLAG_READ_ONLY ? " read-only"
							       : "");
	return arena_printf(arena, "%s %s from %s%s", line,
			    path_text(arena, is->text[0]),
			    path_text(arena, is->text[1]), absent);
}

static const char *print_cgroup(struct arena *arena, const struct step *step)
{
	static const struct {
		const char *name;
		enum value_kind kind;
	} kinds[] = { [CORDON_CGROUP_MEMORY] = { "memory", VALUE_SIZE },
		      [CORDON_CGROUP_SWAP] = { "swap", VALUE_SIZE },
		      [CORDON_CGROUP_CPU] = { "cpu", VALUE_PERCENT },
		      [CORDON_CGROUP_PIDS] = { "pids", VALUE_COUNT } };
	int64_t kind = step->is.number[0];

	return arena_printf(arena, "%s %s", kinds[kind].name,
			    value_print(arena, kinds[kind].kind,
					(uint64_t)step->is.number[1]));
}

static const char *print_cgroup_io(struct arena *arena, const struct step *step)
{
	const char *line = path_text(arena, step->is.text[0]);

	for (int i = 1; i < 3; i++)
		if (step->is.number[i] >= 0)
			line = arena_printf(
				arena, "%s %s=%s/s", line,
				i == 1 ? "read" : "write",
				value_print(arena, VALUE_SIZE,
					    (uint64_t)step->is.number[i]));
	return line;
}

/* Text 1 is what settle_cgroup() found. */
static const char *print_cgroup_parent(struct arena *arena,
				       const struct step *step)
{
	const struct cordon_step *is = &step->is;

	return arena_printf(arena, "below %s%s%s%s",
			    is->text[0] ? path_text(arena, is->text[0])
					: "the caller's",
			    is->text[1] ? " (" : "",
			    is->text[1] ? is->text[1] : "",
			    is->text[1] ? ")" : "");
}

static const char *print_tmp_dir(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;

	return arena_printf(
		arena, "%s below %s size %s", is->text[0] ? is->text[0] : "",
		is->text[1] ? path_text(arena, is->text[1]) : "the run folder",
		is->number[0] >= 0 ? value_print(arena, VALUE_SIZE,
						 (uint64_t)is->number[0])
				   : "unlimited");
}

static const char *print_secret(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;

	return arena_printf(arena, "%s from %s%s%s", is->text[0],
			    is->number[0] == CORDON_SECRET_PATH
				    ? ""
				    : "the caller's variable ",
			    path_text(arena, is->text[1]),
			    is->number[3] & CORDON_FLAG_MAY_BE_ABSENT
				    ? " (may be absent)"
				    : "");
}

static const char *print_hide(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%s (until replaced)",
			    path_text(arena, step->is.text[0]));
}

static const char *print_noexec(struct arena *arena, const struct step *step)
{
	return step->is.text[0] ? path_text(arena, step->is.text[0])
				: "all that is writable";
}

static const char *print_root(struct arena *arena, const struct step *step)
{
	static const char *const kinds[] = { "host", "empty", "" };

	return arena_printf(arena, "%s%s", kinds[step->is.number[0]],
			    path_text(arena, step->is.text[0]));
}

static const char *print_timeout(struct arena *arena, const struct step *step)
{
	static const char *const kinds[] = { "wall", "cpu", "idle" };

	return arena_printf(arena, "%s %s", kinds[step->is.number[0]],
			    value_print(arena, VALUE_TIME,
					(uint64_t)step->is.number[1]));
}

static const char *print_startup(struct arena *arena, const struct step *step)
{
	return arena_printf(arena, "%s until %s",
			    value_print(arena, VALUE_TIME,
					(uint64_t)step->is.number[1]),
			    path_text(arena, step->is.text[0]));
}

static const char *print_signal(struct arena *arena, const struct step *step)
{
	(void)arena;
	return value_signal_name((int)step->is.number[0]);
}

static const char *print_time(struct arena *arena, const struct step *step)
{
	return value_print(arena, VALUE_TIME, (uint64_t)step->is.number[0]);
}

/* "3 times on signal, exit status 75, after 1s to 1min" */
static const char *print_restart(struct arena *arena, const struct step *step)
{
	const struct cordon_step *is = &step->is;
	const uint8_t *codes = is->data;
	const char *line = arena_printf(arena, "%" PRId64 " time%s on %s",
					is->number[0],
					is->number[0] == 1 ? "" : "s",
					is->number[3] ? "signal" : "failure");

	for (unsigned i = 0; i < is->size * 8; i++)
		if (codes[i / 8] >> i % 8 & 1)
			line = arena_printf(arena, "%s or %u", line, i);
	return arena_printf(arena, "%s, after %s to %s", line,
			    value_print(arena, VALUE_TIME,
					(uint64_t)is->number[1]),
			    value_print(arena, VALUE_TIME,
					(uint64_t)is->number[2]));
}

#define PRINT_WORD(function, ...)                                              \
	static const char *function(struct arena *arena,                       \
				    const struct step *step)                   \
	{                                                                      \
		static const char *const words[] = { __VA_ARGS__ };            \
                                                                               \
		return words[step->is.number[0]];                              \
	}
PRINT_WORD(print_map, "self", "root", "nobody", "subids")
PRINT_WORD(print_proc, "host", "new", "hidepid", "none")
PRINT_WORD(print_dev, "host", "minimal", "none")
PRINT_WORD(print_propagation, "slave", "private")
PRINT_WORD(print_session, "keep", "new")
PRINT_WORD(print_keyring, "keep", "auto", "new")
PRINT_WORD(print_signals, "keep", "reset")
PRINT_WORD(print_forward, "none", "all", "end", "group")
PRINT_WORD(print_suspend, "none", "follow")
PRINT_WORD(print_pdeath, "none", "caller")
PRINT_WORD(print_wx, "allow", "refuse")

static const char *print_stdio(struct arena *arena, const struct step *step)
{
	static const char *const fds[] = { "stdin", "stdout", "stderr" };
	static const char *const kinds[] = { "keep", "null", "" };

	return arena_printf(arena, "%s %s%s", fds[step->is.number[0]],
			    kinds[step->is.number[1]],
			    path_text(arena, step->is.text[0]));
}

static const char *const stream_kinds[] = { "judge", "change", "select" };

static const char *print_stream(struct arena *arena, const struct step *step)
{
	static const char *const fds[] = { "stdin", "stdout", "stderr" };

	return arena_printf(arena, "%s %s", fds[step->is.number[0]],
			    stream_kinds[step->is.number[1]]);
}

static const char *print_stream_socket(struct arena *arena,
				       const struct step *step)
{
	return arena_printf(arena, "%s %s", step->is.text[0],
			    stream_kinds[step->is.number[1]]);
}

static const char *print_record(struct arena *arena, const struct step *step)
{
	static const char *const kinds[] = { "file", "fd", "syslog" };
	int64_t kind = step->is.number[0];

	return kind == CORDON_RECORD_FD
		       ? arena_printf(arena, "fd %" PRId64, step->is.number[1])
		       : arena_printf(arena, "%s %s", kinds[kind],
				      path_text(arena, step->is.text[0]));
}

static const char *print_io_priority(struct arena *arena,
				     const struct step *step)
{
	static const char *const kinds[] = { "none", "realtime", "best-effort",
					     "idle" };
	int64_t value = step->is.number[0];

	return arena_printf(arena, "%s:%" PRId64, kinds[value >> 13 & 3],
			    value & 0x1fff);
}

static const char *print_program(struct arena *arena, const struct step *step)
{
	return arena_printf(arena,
			    "%" PRId64 " instructions, of %" PRId64 " section%s",
			    step->is.number[0], step->is.number[1],
			    step->is.number[1] == 1 ? "" : "s");
}

static const char *print_call(struct arena *arena, const struct step *step)
{
	const struct cordon_call *call = step->is.data;
	const char *line =
		arena_printf(arena, "%s syscall %" PRId64,
			     path_text(arena, step->is.text[0]), call->number);

	for (size_t i = 0; i < CORDON_COUNT(call->word); i++)
		line = arena_printf(arena, "%s %#" PRIx64, line,
				    (uint64_t)call->word[i]);
	if (call->read_number >= 0)
		line = arena_printf(arena,
				    "%s, read back by %" PRId64 " = %" PRId64,
				    line, call->read_number, call->expect);
	return line;
}

/* ---- how two steps of one thing become one, and what none may say ---- */

static bool is_memory(int64_t kind)
{
	return kind == CORDON_MOUNT_TMPFS || kind == CORDON_MOUNT_PRIVATE;
}

/* Read-only beats writable, the smaller of two tmpfs holds; else they differ. */
static int combine_mount(struct cordon_step *have,
			 const struct cordon_step *more)
{
	int64_t both = have->number[3] & more->number[3];

	/* A folder of the caller's that may be absent gives way to a private one:
	 * a job that is started in /tmp has its own /tmp. */
	if (is_memory(more->number[0]) != is_memory(have->number[0])) {
		const struct cordon_step *bind =
			is_memory(more->number[0]) ? have : more;

		if (!(bind->number[3] & CORDON_FLAG_MAY_BE_ABSENT))
			return -1;
		if (bind == have)
			*have = *more;
		return 0;
	}
	if (is_memory(have->number[0]) && is_memory(more->number[0])) {
		if (have->number[2] != more->number[2])
			return -1;
		if (more->number[1] != 0 && (have->number[1] == 0 ||
					     more->number[1] < have->number[1]))
			have->number[1] = more->number[1];
		have->number[3] |= more->number[3];
		return 0;
	}
	if (!have->text[1] || !more->text[1] ||
	    strcmp(have->text[1], more->text[1]) ||
	    (have->number[0] != more->number[0] &&
	     (have->number[0] > CORDON_MOUNT_RW ||
	      more->number[0] > CORDON_MOUNT_RW)))
		return -1;
	if (more->number[0] < have->number[0])
		have->number[0] = more->number[0];
	have->number[3] = both | ((have->number[3] | more->number[3]) &
				  CORDON_FLAG_PARAMETER);
	return 0;
}

/* -1: not said, or without limit. */
static bool is_less(int64_t a, int64_t b)
{
	return (uint64_t)a < (uint64_t)b;
}

static int combine_cgroup_parent(struct cordon_step *have,
				 const struct cordon_step *more)
{
	const char *one = have->text[0], *two = more->text[0];

	/* Number 0 is 1 where it was written, and so meant. */
	if (have->number[0] && more->number[0] &&
	    (!one != !two || (one && strcmp(one, two))))
		return -1;
	if (!have->number[0])
		*have = *more;
	return 0;
}

static int combine_tmp_dir(struct cordon_step *have,
			   const struct cordon_step *more)
{
	for (int i = 0; i < 2; i++) {
		if (have->text[i] && more->text[i] &&
		    strcmp(have->text[i], more->text[i]))
			return -1;
		if (!have->text[i])
			have->text[i] = more->text[i];
	}
	if (is_less(more->number[0], have->number[0]))
		have->number[0] = more->number[0];
	return 0;
}

/* Both must allow that it is absent. */
static int combine_secret(struct cordon_step *have,
			  const struct cordon_step *more)
{
	if (have->number[0] != more->number[0] ||
	    strcmp(have->text[1], more->text[1]))
		return -1;
	have->number[3] = (have->number[3] & more->number[3]) |
			  ((have->number[3] | more->number[3]) &
			   CORDON_FLAG_PARAMETER);
	return 0;
}

static int combine_hide(struct cordon_step *have,
			const struct cordon_step *more)
{
	have->number[3] &= more->number[3];
	return 0;
}

/* Number 1 is 1 for a section that says nothing of it: then another's word
 * holds, and without any it is number 0. */
static int combine_caps(struct cordon_step *have,
			const struct cordon_step *more)
{
	if (have->number[1] == 0 && more->number[1] == 0)
		have->number[0] &= more->number[0];
	else if (have->number[1] != 0 && more->number[1] == 0)
		*have = *more;
	return 0;
}

/* Fewer tries, longer waits, of the ends the fewer; one list of statuses. */
static int combine_restart(struct cordon_step *have,
			   const struct cordon_step *more)
{
	if (have->size > 0 && more->size > 0 &&
	    memcmp(have->data, more->data, have->size) != 0)
		return -1;
	if (have->size == 0) {
		have->data = more->data;
		have->size = more->size;
	}
	if (more->number[0] < have->number[0])
		have->number[0] = more->number[0];
	for (int i = 1; i < 4; i++)
		if (more->number[i] > have->number[i])
			have->number[i] = more->number[i];
	return 0;
}

static int judge_restart(const struct cordon_step *step,
			 struct cordon_error *err)
{
	if (step->number[0] < 1 || step->number[0] > 1000 ||
	    step->number[1] < 0 || step->number[2] < step->number[1] ||
	    step->number[2] > INT64_MAX / 4 || step->number[3] < 0 ||
	    step->number[3] > 1 || (step->size != 0 && step->size != 32))
		return cordon_fail(err, 0, "no such restart");
	return 0;
}

static int judge_pin(const struct cordon_step *step, struct cordon_error *err)
{
	const int64_t all = CORDON_PIN_RUNS | CORDON_PIN_COPY |
			    CORDON_PIN_CARRIER | CORDON_PIN_ABSENT |
			    CORDON_PIN_OBJECT;

	if (step->number[0] < -1 || step->number[3] & ~all ||
	    step->size % sizeof(uint32_t) != 0)
		return cordon_fail(err, 0, "no such pin");
	return 0;
}

#define JUDGE_RANGE(function, least, most)                                     \
	static int function(const struct cordon_step *step,                    \
			    struct cordon_error *err)                          \
	{                                                                      \
		if (step->number[0] >= (least) && step->number[0] <= (most))   \
			return 0;                                              \
		return cordon_fail(err, 0, "%" PRId64 " is out of range",      \
				   step->number[0]);                           \
	}
JUDGE_RANGE(judge_bit, 0, 1)
JUDGE_RANGE(judge_two, 0, 2)
JUDGE_RANGE(judge_three, 0, 3)
JUDGE_RANGE(judge_umask, 0, 0777)
JUDGE_RANGE(judge_id, 0, UINT32_MAX - 1)
JUDGE_RANGE(judge_io_priority, 0, 3 << 13 | 7)
JUDGE_RANGE(judge_nice, -20, 19)
JUDGE_RANGE(judge_oom_score, -1000, 1000)

static int judge_rlimit(const struct cordon_step *step,
			struct cordon_error *err)
{
	if (step->number[0] < 0 || step->number[0] >= RLIM_NLIMITS)
		return cordon_fail(err, 0, "%" PRId64 " is no resource limit",
				   step->number[0]);
	if ((uint64_t)step->number[1] > (uint64_t)step->number[2])
		return cordon_fail(err, 0,
				   "the soft limit of %s is above the hard one",
				   names_rlimit((int)step->number[0]));
	return 0;
}

static int judge_path(const struct cordon_step *step, struct cordon_error *err)
{
	return trust_check_path_text(step->text[0], err);
}

static int judge_forbid(const struct cordon_step *step,
			struct cordon_error *err)
{
	return judge_bit(step, err) < 0 ? -1 : judge_path(step, err);
}

static int judge_timeout(const struct cordon_step *step,
			 struct cordon_error *err)
{
	if (step->number[0] < CORDON_TIMEOUT_WALL ||
	    step->number[0] > CORDON_TIMEOUT_IDLE || step->number[1] <= 0)
		return cordon_fail(err, 0, "no such limit of time");
	return 0;
}

static int judge_startup(const struct cordon_step *step,
			 struct cordon_error *err)
{
	if (step->number[1] <= 0)
		return cordon_fail(err, 0, "no such limit of time");
	return judge_path(step, err);
}

static int judge_signal(const struct cordon_step *step,
			struct cordon_error *err)
{
	if (step->number[0] <= 0 || step->number[0] > INT_MAX ||
	    !value_signal_name((int)step->number[0]))
		return cordon_fail(err, 0, "%" PRId64 " is no signal",
				   step->number[0]);
	return 0;
}

static int judge_time(const struct cordon_step *step, struct cordon_error *err)
{
	if (step->number[0] < 0)
		return cordon_fail(err, 0, "no such time");
	return 0;
}

static int judge_mount(const struct cordon_step *step, struct cordon_error *err)
{
	if (step->number[0] < 0 || step->number[0] > CORDON_MOUNT_PRIVATE)
		return cordon_fail(err, 0, "no such kind of mount");
	if (!is_memory(step->number[0]) && !step->text[1])
		return cordon_fail(err, 0, "the mount lacks a source");
	/* A link is made, not followed: /dev/fd may be one. */
	return step->number[0] == CORDON_MOUNT_SYMLINK
		       ? trust_check_link_text(step->text[0], err)
		       : judge_path(step, err);
}

static int judge_cgroup(const struct cordon_step *step,
			struct cordon_error *err)
{
	if (step->number[0] < 0 || step->number[0] > CORDON_CGROUP_PIDS ||
	    step->number[1] < 0)
		return cordon_fail(err, 0, "no such limit of a cgroup");
	return 0;
}

static int judge_tmp_dir(const struct cordon_step *step,
			 struct cordon_error *err)
{
	const char *name = step->text[0];

	if (name && (*name == '\0' || strchr(name, '=')))
		return cordon_fail(err, 0, "'%s' is not a variable's name",
				   name);
	return step->text[1] ? trust_check_path_text(step->text[1], err) : 0;
}

static int judge_secret(const struct cordon_step *step,
			struct cordon_error *err)
{
	const char *names[] = { step->text[0], step->text[1] };
	bool is_path = step->number[0] == CORDON_SECRET_PATH;

	if (step->number[0] < CORDON_SECRET_PATH ||
	    step->number[0] > CORDON_SECRET_VARIABLE)
		return cordon_fail(err, 0, "no such source of a secret");
	for (int i = 0; i < (is_path ? 1 : 2); i++)
		if (names[i][0] == '\0' || strpbrk(names[i], "=/"))
			return cordon_fail(err, 0,
					   "'%s' is not a variable's name",
					   names[i]);
	return is_path ? trust_check_path_text(step->text[1], err) : 0;
}

static int judge_env_set(const struct cordon_step *step,
			 struct cordon_error *err)
{
	if (step->text[0][0] == '\0' || strchr(step->text[0], '='))
		return cordon_fail(err, 0, "'%s' is not a variable's name",
				   step->text[0]);
	return 0;
}

static int judge_pool(const struct cordon_step *step, struct cordon_error *err)
{
	if (step->number[0] < 1 || step->number[1] < step->number[0] ||
	    step->number[1] >= UINT32_MAX)
		return cordon_fail(err, 0, "no such range of uids");
	return 0;
}

static int judge_stdio(const struct cordon_step *step, struct cordon_error *err)
{
	if (step->number[0] < 0 || step->number[0] > 2 || step->number[1] < 0 ||
	    step->number[1] > CORDON_STDIO_PATH)
		return cordon_fail(err, 0, "no such descriptor");
	return 0;
}

static int judge_stream(const struct cordon_step *step,
			struct cordon_error *err)
{
	if (step->number[0] < 0 || step->number[0] > 2 ||
	    step->number[1] < CORDON_STREAM_JUDGE ||
	    step->number[1] > CORDON_STREAM_SELECT)
		return cordon_fail(err, 0, "no such stream");
	return 0;
}

static int judge_stream_socket(const struct cordon_step *step,
			       struct cordon_error *err)
{
	if (step->number[0] != 0 || step->number[1] < CORDON_STREAM_JUDGE ||
	    step->number[1] > CORDON_STREAM_SELECT)
		return cordon_fail(err, 0, "no such socket");
	if (*step->text[0] == '\0' || strchr(step->text[0], '='))
		return cordon_fail(err, 0, "'%s' is not a variable's name",
				   step->text[0]);
	return 0;
}

static int judge_record(const struct cordon_step *step,
			struct cordon_error *err)
{
	int64_t number = step->number[1];
	const char *text = step->text[0];

	switch (step->number[0]) {
	case CORDON_RECORD_FILE:
		if (text && trust_check_path_text(text, err) < 0)
			return -1;
		if (text && text[strlen(text) - 1] != '/')
			return 0;
		break;
	case CORDON_RECORD_FD:
		if (number >= 0 && number <= 1048576)
			return 0;
		break;
	case CORDON_RECORD_SYSLOG: /* 0 is the kernel's */
		if (text && number > 0 && number < 24)
			return 0;
		break;
	}
	return cordon_fail(err, 0, "the record has no such target");
}

static int judge_namespaces(const struct cordon_step *step,
			    struct cordon_error *err)
{
	if (step->number[0] & ~(int64_t)NAMES_NAMESPACES)
		return cordon_fail(err, 0, "no such namespace");
	return 0;
}

/*
 * The generic step is for attributes that have no row.  What the core owns
 * would get a second writer through it: such numbers are refused.
 */
static int judge_call(const struct cordon_step *step, struct cordon_error *err)
{
	const struct cordon_call *call = step->data;

	if (step->size != sizeof(*call))
		return cordon_fail(err, 0, "a call of another size");
	if (names_is_owned_call(call->number, call->word[0]))
		return cordon_fail(
			err, 0,
			"system call %" PRId64
			" is the core's own (there is a step for it, or none)",
			call->number);
	if (call->read_number >= 0 &&
	    names_is_owned_call(call->read_number, call->read_word[0]))
		return cordon_fail(err, 0,
				   "system call %" PRId64
				   " cannot be used to read back",
				   call->read_number);
	return 0;
}

/* ---- the table ---- */

#define ROW(row_type, row_name, who, about, rule, ...)                         \
	{                                                                      \
		.type = row_type, .name = row_name, .kinds = who,              \
		.key = about, .merge = rule, ##__VA_ARGS__                     \
	}

const struct row step_rows[] = {
	/* outside, and before all else: a refusal is recorded too */
	ROW(CORDON_STEP_RECORD, "record", KIND(OBSERVE), 0, CORDON_BOTH,
	  .judge = judge_record, .print = print_record),
	/* what later rows are made of */
	ROW(CORDON_STEP_ENV_KEEP, "env-keep", ANY, 0, CORDON_BOTH),
	ROW(CORDON_STEP_ENV_DROP, "env-drop", ANY, 0, CORDON_BOTH),
	ROW(CORDON_STEP_ENV_LOGIN, "env-login", ANY, 0, CORDON_OR),
	ROW(CORDON_STEP_ENV_SET, "env-set", ANY | KIND(DECIDE), KEY_TEXT, CORDON_EQUAL, .texts = 2,
	  .judge = judge_env_set),
	ROW(CORDON_STEP_USER, "user", ANY, 0, CORDON_EQUAL, .judge = judge_id,
	  .print = print_user),
	ROW(CORDON_STEP_POOL, "pool", ANY, 0, CORDON_EQUAL,
	  .judge = judge_pool,
	  .print = print_range),
	ROW(CORDON_STEP_GROUP, "group", ANY, 0, CORDON_EQUAL, .judge = judge_id,
	  .print = print_user),
	ROW(CORDON_STEP_GROUPS, "groups", ANY, 0, CORDON_BOTH,
	  .judge = judge_three, .print = print_groups),
	ROW(CORDON_STEP_KEEP_GROUPS, "keep-groups", ANY, 0, CORDON_BOTH),
	ROW(CORDON_STEP_MAP, "map", ANY, 0, CORDON_EQUAL, .judge = judge_three,
	  .print = print_map),
	ROW(CORDON_STEP_INIT, "init", ANY, 0, CORDON_EQUAL, .judge = judge_bit,
	  .print = print_yes),
	ROW(CORDON_STEP_PREPARED, "prepared", ANY, 0, CORDON_EQUAL, .texts = 1),
	ROW(CORDON_STEP_FD_KEEP, "fd-keep", ANY, 0, CORDON_BOTH),
	ROW(CORDON_STEP_FD_FROM_ENV, "fd-keep-from-env", ANY, 0, CORDON_BOTH),
	ROW(CORDON_STEP_FORWARD, "forward", ANY, 0, CORDON_EQUAL,
	  .judge = judge_three, .print = print_forward),
	ROW(CORDON_STEP_CWD_FALLBACK, "cwd-fallback", ANY, 0, CORDON_EQUAL, .texts = 1),

	/* outside, before there is a process: made in this order, undone backwards */
	ROW(CORDON_STEP_TMP_DIR, "tmp-dir", ANY, 0, 0,
	  .combine = combine_tmp_dir, .judge = judge_tmp_dir,
	  .make = tmpdir_make, .undo = tmpdir_undo, .print = print_tmp_dir,
	  .parent = "its folder is removed at the end", .beside = true),
	ROW(CORDON_STEP_SECRET_FILE, "secret-file", ANY, KEY_TEXT, 0, .texts = 2,
	  .combine = combine_secret, .judge = judge_secret,
	  .make = secret_make, .undo = secret_undo, .print = print_secret,
	  .parent = "its file is removed at the end"),
	ROW(CORDON_STEP_CGROUP_PARENT, "cgroup", ANY, 0, 0,
	  .combine = combine_cgroup_parent, .make = cgroup_make,
	  .undo = cgroup_undo, .print = print_cgroup_parent,
	  .parent = "its cgroup is removed at the end", .beside = true),
	ROW(CORDON_STEP_CGROUP, "cgroup-limit", ANY, KEY_NUMBER, CORDON_MIN,
	  .judge = judge_cgroup, .make = cgroup_limit, .print = print_cgroup),
	ROW(CORDON_STEP_CGROUP_IO, "cgroup-io", ANY, KEY_TEXT, CORDON_MIN,
	  .texts = 1, .judge = judge_path, .make = cgroup_io,
	  .print = print_cgroup_io),
	/* what the watcher goes by */
	ROW(CORDON_STEP_TIMEOUT, "timeout", ANY, KEY_NUMBER, CORDON_MIN,
	  .judge = judge_timeout, .print = print_timeout,
	  .parent = "somebody must look at the clock", .beside = true),
	ROW(CORDON_STEP_STARTUP, "startup", ANY, KEY_TEXT, CORDON_MIN,
	  .texts = 1, .judge = judge_startup, .print = print_startup,
	  .parent = "somebody must look at the clock", .beside = true),
	ROW(CORDON_STEP_TIMEOUT_SIGNAL, "timeout-signal", ANY, 0, CORDON_EQUAL,
	  .judge = judge_signal, .print = print_signal),
	ROW(CORDON_STEP_GRACE, "grace", ANY, 0, CORDON_MIN,
	  .judge = judge_time, .print = print_time,
	  .parent = "somebody must end what outlives its grace", .beside = true),
	ROW(CORDON_STEP_RESTART, "restart", ANY, 0, 0,
	  .combine = combine_restart, .judge = judge_restart,
	  .print = print_restart,
	  .parent = "somebody must start it again"),
	ROW(CORDON_STEP_SUSPEND, "suspend", ANY, 0, CORDON_OR,
	  .judge = judge_bit, .print = print_suspend,
	  .parent = "somebody must look whether cordon is stopped"),
	ROW(CORDON_STEP_ORPHANS, "reap-orphans", ANY, 0, CORDON_OR,
	  .judge = judge_bit, .print = print_yes,
	  .parent = "somebody must reap what loses its parent"),
	ROW(CORDON_STEP_PDEATH, "pdeath", ANY, 0, CORDON_OR,
	  .judge = judge_bit, .print = print_pdeath,
	  .parent = "somebody must look whether the caller has ended",
	  .beside = true),

	/* what passes to and from the job: core/relay.h */
	ROW(CORDON_STEP_STREAM, "stream", ANY, 0, CORDON_BOTH, .judge = judge_stream, .print = print_stream,
	  .parent = "its streams are relayed"),
	ROW(CORDON_STEP_STREAM_SOCKET, "stream-socket", ANY, 0, CORDON_BOTH,
	  .texts = 1, .make = door_make, .undo = door_undo,
	  .judge = judge_stream_socket,
	  .print = print_stream_socket, .parent = "its socket is relayed"),

	/* from here on in the process that becomes the job */
	ROW(CORE_CLOEXEC, "close-on-exec", 0, 0, 0, .act = act_cloexec),
	ROW(CORE_PARENT_DEATH, "parent-death", 0, 0, 0,
	  .act = act_parent_death),
	/* as the caller: what a user may do only before it is mapped */
	ROW(CORDON_STEP_OOM_SCORE, "oom-score-adj", ANY, 0, CORDON_MAX,
	  .act = act_oom_score, .judge = judge_oom_score, .print = print_number,
	  .is_of_memory = true),
	/* still charged to the caller: root's quota of keys is the large one */
	ROW(CORDON_STEP_KEYRING, "keyring", ANY, 0, CORDON_STRICTER,
	  .act = act_keyring, .judge = judge_two, .print = print_keyring),
	ROW(CORDON_STEP_NAMESPACE, "namespaces", ANY, 0, CORDON_OR,
	  .act = act_namespaces, .judge = judge_namespaces,
	  .print = print_namespaces),
	ROW(CORDON_STEP_IDMAP, "id-map", ANY, KEY_NUMBER, CORDON_EQUAL,
	  .print = print_idmap),
	ROW(CORE_USER_NAMESPACE, "mapped-id", 0, 0, 0,
	  .act = act_user_namespace, .print = print_maps),
	ROW(CORDON_STEP_PROPAGATION, "propagation", ANY, 0, CORDON_STRICTER,
	  .judge = judge_bit, .print = print_propagation),
	ROW(CORE_MOUNTS_BEGIN, "mount-sources", 0, 0, 0,
	  .act = act_mounts_begin),
	ROW(CORDON_STEP_ROOT, "root", ANY, 0, CORDON_EQUAL, .act = act_root,
	  .judge = judge_two, .print = print_root),
	ROW(CORDON_STEP_MOUNT, "mount", ANY, KEY_TEXT, 0, .texts = 1, .act = act_mount,
	  .combine = combine_mount, .judge = judge_mount,
	  .print = print_mount),
	ROW(CORDON_STEP_PROC, "proc", ANY, 0, CORDON_STRICTER, .act = act_proc,
	  .judge = judge_three, .print = print_proc),
	ROW(CORDON_STEP_DEV, "dev", ANY, 0, CORDON_STRICTER, .act = act_dev,
	  .judge = judge_two, .print = print_dev),
	ROW(CORE_MOUNT_MASKS, "kernel-masks", 0, 0, 0, .act = act_mount_masks),
	ROW(CORDON_STEP_HIDE, "hide", ANY, KEY_TEXT, 0, .texts = 1, .act = act_hide,
	  .judge = judge_path,
	  .combine = combine_hide, .print = print_hide),
	ROW(CORDON_STEP_NOEXEC, "noexec", ANY, KEY_TEXT, CORDON_OR,
	  .act = act_noexec, .print = print_noexec),
	ROW(CORDON_STEP_READ_ONLY, "read-only", ANY, KEY_TEXT, 0,
	  .texts = 1, .judge = judge_path, .combine = combine_hide,
	  .act = act_read_only),
	ROW(CORE_PIVOT, "pivot-root", 0, 0, 0, .act = act_pivot,
	  .read_back = check_pivot),
	ROW(CORDON_STEP_LOOPBACK, "loopback", ANY, 0, CORDON_EQUAL,
	  .act = act_loopback, .judge = judge_bit, .print = print_yes),
	ROW(CORDON_STEP_HOSTNAME, "hostname", ANY, 0, CORDON_EQUAL, .texts = 1,
	  .act = act_hostname, .read_back = check_hostname),

	/* while mounts are the job's and ids are not yet */
	ROW(CORDON_STEP_LANDLOCK, "landlock", ANY, 0, CORDON_BOTH,
	  .act = act_landlock, .judge = judge_landlock,
	  .print = print_landlock),
	ROW(CORDON_STEP_LANDLOCK_PATH, "landlock", ANY, 0, CORDON_BOTH,
	  .texts = 1, .act = act_landlock_path, .judge = judge_path,
	  .print = print_landlock_path),
	ROW(CORDON_STEP_LANDLOCK_PORT, "landlock", ANY, 0, CORDON_BOTH,
	  .act = act_landlock_port, .judge = judge_landlock_port,
	  .print = print_landlock_port),
	ROW(CORDON_STEP_FORBID, "forbid", ANY | KIND(DECIDE), KEY_TEXT,
	  CORDON_OR, .texts = 1, .act = act_forbid, .judge = judge_forbid,
	  .print = print_forbid),

	/* an init stays here; what follows is the job's own process */
	ROW(CORE_INIT, "init-clones-job", 0, 0, 0, .act = act_init),
	ROW(CORDON_STEP_SESSION, "session", ANY, 0, CORDON_STRICTER,
	  .act = act_session, .judge = judge_bit, .print = print_session,
	  .read_back = check_session),
	ROW(CORE_GROUP, "process-group", 0, 0, 0, .act = act_group,
	  .read_back = check_group),
	ROW(CORDON_STEP_NICE, "nice", ANY, 0, CORDON_MAX, .act = act_nice,
	  .judge = judge_nice,
	  .print = print_number, .read_back = check_nice),
	ROW(CORDON_STEP_IO_PRIORITY, "io-priority", ANY, 0, CORDON_STRICTER,
	  .act = act_io_priority, .judge = judge_io_priority,
	  .print = print_io_priority, .read_back = check_io_priority),
	ROW(CORDON_STEP_CPUS, "cpus", ANY, 0, CORDON_AND, .act = act_cpus,
	  .print = print_cpus, .read_back = check_cpus),
	ROW(CORDON_STEP_CALL, "call", ANY, KEY_TEXT, CORDON_EQUAL, .texts = 1,
	  .act = act_call, .judge = judge_call, .print = print_call,
	  .read_back = check_call, .is_of_memory = true),
	ROW(CORDON_STEP_RLIMIT, "rlimit", ANY, KEY_NUMBER, CORDON_MIN,
	  .act = act_rlimit, .judge = judge_rlimit, .print = print_rlimit,
	  .read_back = check_rlimit),
	ROW(CORE_SETGROUPS, "setgroups", 0, 0, 0, .act = act_setgroups,
	  .print = print_ids, .read_back = check_setgroups),
	ROW(CORE_SETGID, "setgid", 0, 0, 0, .act = act_setgid,
	  .print = print_number, .read_back = check_setgid),
	ROW(CORE_BOUNDING, "bounding-set", 0, 0, 0, .act = act_bounding,
	  .print = print_caps, .read_back = check_bounding),
	ROW(CORE_SETUID, "setuid", 0, 0, 0, .act = act_setuid,
	  .print = print_number, .read_back = check_setuid),
	ROW(CORDON_STEP_CAPS, "caps", ANY, 0, 0, .act = act_caps,
	  .combine = combine_caps, .print = print_caps, .read_back = check_caps),
	ROW(CORDON_STEP_AMBIENT, "ambient", ANY, 0, CORDON_AND,
	  .act = act_ambient, .print = print_caps,
	  .read_back = check_ambient),
	ROW(CORE_PARENT_DEATH_AGAIN, "parent-death", 0, 0, 0,
	  .act = act_parent_death, .read_back = check_parent_death),
	ROW(CORDON_STEP_CWD, "cwd", ANY, 0, CORDON_EQUAL, .texts = 1, .act = act_cwd,
	  .read_back = check_cwd),
	ROW(CORDON_STEP_UMASK, "umask", ANY, 0, CORDON_OR, .act = act_umask,
	  .judge = judge_umask, .print = print_octal,
	  .read_back = check_umask),
	ROW(CORE_PROGRAM, "program", 0, 0, 0, .act = act_program),
	ROW(CORDON_STEP_PIN, "pin", KIND(DECIDE), 0, CORDON_BOTH, .texts = 2,
	  .act = act_pin, .judge = judge_pin, .print = print_pin),
	ROW(CORDON_STEP_STDIO, "stdio", ANY, KEY_NUMBER, CORDON_EQUAL,
	  .act = act_stdio, .judge = judge_stdio, .print = print_stdio),
	/* what stdio is by now goes to the relay, pipes come in its place */
	ROW(CORE_RELAY, "relay", 0, 0, 0, .act = act_relay),
	ROW(CORE_FDS, "descriptors", 0, 0, 0, .act = act_fds,
	  .print = print_ids),
	ROW(CORDON_STEP_SECRET_FD, "secret-descriptor", ANY, KEY_TEXT, 0,
	  .texts = 2, .combine = combine_secret, .judge = judge_secret,
	  .act = act_secret, .read_back = check_secret,
	  .print = print_secret),
	ROW(CORDON_STEP_WX, "wx", ANY, 0, CORDON_STRICTER, .act = act_wx,
	  .judge = judge_bit, .print = print_wx, .read_back = check_wx,
	  .is_of_memory = true),
	ROW(CORDON_STEP_NO_NEW_PRIVS, "no-new-privs", ANY, 0, CORDON_STRICTER,
	  .act = act_no_new_privs, .judge = judge_bit, .print = print_yes,
	  .read_back = check_no_new_privs),
	ROW(CORE_READ_BACK, "read-back", 0, 0, 0, .act = act_read_back),
	ROW(CORE_STATE, "process-state", 0, 0, 0, .act = act_state),
	ROW(CORE_LANDLOCK, "landlock-enter", 0, 0, 0,
	  .act = act_landlock_enter),
	ROW(CORDON_STEP_SIGNALS, "signals", ANY, 0, CORDON_STRICTER,
	  .act = act_signals, .judge = judge_bit, .print = print_signals),
	ROW(CORE_READY, "report-ready", 0, 0, 0, .act = act_ready),
	ROW(CORDON_STEP_SECCOMP, "seccomp", KIND(CONFINE) | KIND(DECIDE), 0,
	  CORDON_BOTH, .judge = filter_judge, .print = filter_print),
	/* before the filters of sections that stay: they may deny seccomp(2) */
	ROW(CORE_LEARN, "ask-about-calls", 0, 0, 0, .act = act_learn),
	/* nothing but exec may follow: the filter knows no more of cordon */
	ROW(CORE_FILTER, "seccomp-program", 0, 0, 0, .act = act_filter,
	  .print = print_program),
	ROW(CORE_EXEC, "exec", 0, 0, 0, .act = act_exec),
};
const size_t step_n_rows = CORDON_COUNT(step_rows);

const struct row *step_row(uint32_t type)
{
	for (size_t i = 0; i < step_n_rows; i++)
		if (step_rows[i].type == type)
			return &step_rows[i];
	return NULL;
}
