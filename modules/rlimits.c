/* SPDX-License-Identifier: MIT */
/*
 * rlimits - bound what the job may use
 *
 *	[rlimits]
 *	nofile = 64:128
 *	cpu = 60s:90s
 *	stack = <=8M
 *
 * Plans one setrlimit(2) per key given; of two sections that name one limit the
 * smaller holds.  The core sets them after the mounts, which a low 'nofile'
 * would break, and before the change of user, which gives up CAP_SYS_RESOURCE.
 *
 * `same` and `<=VALUE` speak of the limit that cordon itself was started with.
 * A pair whose soft limit comes out above the hard one is refused, not mended.
 */
#include <errno.h>
#include <sys/resource.h>

#include <cordon/module.h>

struct rlimits {
	struct cordon_limit limit[RLIM_NLIMITS]; /* by RLIMIT_* */
};

#define AT(id) CORDON_AT(struct rlimits, limit[RLIMIT_##id])

static const struct cordon_option options[] = {
	{ "as", "address space", CORDON_LIMIT_BYTES, CORDON_MIN, AT(AS) },
	{ "core", "core file", CORDON_LIMIT_BYTES, CORDON_MIN, AT(CORE) },
	{ "cpu", "processor time", CORDON_LIMIT_SECONDS, CORDON_MIN, AT(CPU) },
	{ "data", "data segment", CORDON_LIMIT_BYTES, CORDON_MIN, AT(DATA) },
	{ "fsize", "size of a written file", CORDON_LIMIT_BYTES, CORDON_MIN,
	  AT(FSIZE) },
	{ "locks", "file locks (shown, but ignored since Linux 2.4.25)",
	  CORDON_LIMIT_NUMBER, CORDON_MIN, AT(LOCKS) },
	{ "memlock", "locked memory", CORDON_LIMIT_BYTES, CORDON_MIN,
	  AT(MEMLOCK) },
	{ "msgqueue", "message queues", CORDON_LIMIT_BYTES, CORDON_MIN,
	  AT(MSGQUEUE) },
	{ "nice", "20 - best nice value", CORDON_LIMIT_NUMBER, CORDON_MIN,
	  AT(NICE) },
	{ "nofile", "open files", CORDON_LIMIT_NUMBER, CORDON_MIN, AT(NOFILE) },
	{ "nproc", "processes of the user", CORDON_LIMIT_NUMBER, CORDON_MIN,
	  AT(NPROC) },
	{ "rss", "resident memory (shown, but ignored since Linux 2.4.30)",
	  CORDON_LIMIT_BYTES, CORDON_MIN, AT(RSS) },
	{ "rtprio", "real-time priority", CORDON_LIMIT_NUMBER, CORDON_MIN,
	  AT(RTPRIO) },
	{ "rttime", "real-time run without a blocking call",
	  CORDON_LIMIT_USECONDS, CORDON_MIN, AT(RTTIME) },
	{ "sigpending", "queued signals", CORDON_LIMIT_NUMBER, CORDON_MIN,
	  AT(SIGPENDING) },
	{ "stack", "stack", CORDON_LIMIT_BYTES, CORDON_MIN, AT(STACK) },
};

static uint64_t limit_value(uint32_t form, uint64_t value, rlim_t inherited)
{
	uint64_t now = inherited == RLIM_INFINITY ? CORDON_UNLIMITED
						  : (uint64_t)inherited;

	if (form == CORDON_LIMIT_SAME)
		return now;
	if (form == CORDON_LIMIT_AT_MOST && now < value)
		return now;
	return value;
}

static int rlimits_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	const struct rlimits *rlimits = self;

	for (size_t i = 0; i < CORDON_COUNT(options); i++) {
		size_t id = options[i].offset / sizeof(struct cordon_limit);
		const struct cordon_limit *limit = &rlimits->limit[id];
		struct rlimit now;
		uint64_t soft, hard;

		if (!limit->given)
			continue;
		if (getrlimit((int)id, &now) < 0)
			return cordon_fail(err, errno, "%s: cannot be read",
					   options[i].key);
		soft = limit_value(limit->soft_form, limit->soft, now.rlim_cur);
		hard = limit_value(limit->hard_form, limit->hard, now.rlim_max);
		if (soft > hard)
			return cordon_fail(err, 0,
					   "%s: with what is inherited the "
					   "soft limit is above the hard one",
					   options[i].key);
		cordon_add_number(plan, limit->where, CORDON_STEP_RLIMIT,
				  (int64_t)id, (int64_t)soft, (int64_t)hard);
	}
	return 0;
}

CORDON_MODULE(rlimits) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "resource limits, see setrlimit(2)",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct rlimits),
	.plan = rlimits_plan,
};
