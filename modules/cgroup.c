/* SPDX-License-Identifier: MIT */
/*
 * cgroup - what the job and all that it starts may use together
 *
 *	[cgroup]
 *	memory = 512M
 *	swap = 0
 *	cpu = 150%
 *	pids = 200
 *	io = /dev/sda read=50M/s write=20M/s
 *
 * The core makes a control group for the job below the caller's own, or below
 * `parent`, writes the limits and reads them back, and removes the group when
 * the job and all that it started are gone: what the job leaves running ends
 * with it.  A job that the kernel ends for want of memory is told apart.
 *
 * `parent` is a path as /proc/self/cgroup has it, or one below the caller's
 * group; it must not lead out of it, or out of the unit that the caller is in.
 */
#include <string.h>

#include <cordon/module.h>

struct cgroup {
	struct cordon_number memory, swap, cpu, pids;
	struct cordon_list io;
	struct cordon_text parent;
};

struct io {
	char device[4096];
	int64_t rate[2]; /* bytes a second read, written; -1: any */
};

/* "50M/s" and nothing behind it but blanks. */
static int scan_rate(const char **text, int64_t *rate)
{
	static const char units[] = "KMGT";
	const char *at = *text, *unit;
	int64_t value = 0;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (at - *text > 8)
			return -1;
		value = value * 10 + (*at - '0');
	}
	if (at == *text || **text == '0' || !*at)
		return -1;
	unit = strchr(units, *at);
	if (!unit || strncmp(at + 1, "/s", 2))
		return -1;
	*rate = value << 10 * (unit - units + 1);
	*text = at + 3;
	return **text == '\0' || **text == ' ' || **text == '\t' ? 0 : -1;
}

static int scan_device(const char **text, struct io *io)
{
	size_t size = strcspn(*text, " \t");

	if (**text != '/' || size >= sizeof(io->device))
		return -1;
	memcpy(io->device, *text, size);
	io->device[size] = '\0';
	*text += size;
	return 0;
}

/* DEVICE [read=SIZE/s] [write=SIZE/s] */
static int parse_io(const char *text, struct io *io, struct cordon_error *err)
{
	static const char *const words[] = { "read=", "write=" };
	const char *at = text;
	size_t n = 0;

	io->rate[0] = io->rate[1] = -1;
	if (scan_device(&at, io) < 0)
		return cordon_fail(err, 0,
				   "'%s' does not begin with a device's path",
				   text);
	for (at += strspn(at, " \t"); *at; at += strspn(at, " \t"), n++) {
		size_t i = strncmp(at, words[0], strlen(words[0])) != 0;

		if (strncmp(at, words[i], strlen(words[i])) ||
		    io->rate[i] >= 0)
			break;
		at += strlen(words[i]);
		if (scan_rate(&at, &io->rate[i]) < 0)
			break;
	}
	if (*at == '\0' && n > 0)
		return 0;
	return cordon_fail(err, 0,
			   "'%s' is not DEVICE read=SIZE/s write=SIZE/s (for "
			   "example /dev/sda read=50M/s)",
			   text);
}

static int check_io(const char *text, struct cordon_error *err)
{
	struct io io;

	return parse_io(text, &io, err);
}

static int check_parent(const char *text, struct cordon_error *err)
{
	const char *at = text;

	if (!strcmp(text, "own"))
		return 0;
	while (*at) {
		size_t size;

		at += *at == '/';
		size = strcspn(at, "/");
		if (size == 0 || size > 255 || !strncmp(at, "..", size) ||
		    memchr(at, '\n', size))
			return cordon_fail(err, 0,
					   "'%s' is not 'own' or the path of a "
					   "cgroup",
					   text);
		at += size;
	}
	return *text ? 0 : cordon_fail(err, 0, "an empty path");
}

static const struct cordon_option options[] = {
	{ "memory", "of all processes, and what they read and write of files",
	  CORDON_SIZE, CORDON_MIN, CORDON_AT(struct cgroup, memory),
	  .form = "256K..unlimited" },
	{ "swap", "beyond that", CORDON_SIZE, CORDON_MIN,
	  CORDON_AT(struct cgroup, swap), .form = "0..unlimited" },
	{ "cpu", "100% is one core", CORDON_PERCENT, CORDON_MIN,
	  CORDON_AT(struct cgroup, cpu), .form = "1%..1000000%" },
	{ "pids", "processes and threads at a time", CORDON_NUMBER, CORDON_MIN,
	  CORDON_AT(struct cgroup, pids), .form = "1..4194304" },
	{ "io", "DEVICE read=SIZE/s write=SIZE/s", CORDON_LINES, CORDON_MIN,
	  CORDON_AT(struct cgroup, io), .check = check_io },
	{ "parent", "own, or the group that the job's is made in", CORDON_TEXT,
	  CORDON_EQUAL, CORDON_AT(struct cgroup, parent), .value = "own",
	  .check = check_parent },
};

static void add(struct cordon_plan *plan, enum cordon_cgroup what,
		const struct cordon_number *number)
{
	if (number->given && number->value >= 0)
		cordon_add_number(plan, number->where, CORDON_STEP_CGROUP, what,
				  number->value, 0);
}

static int cgroup_plan(const void *self, struct cordon_plan *plan,
		       struct cordon_error *err)
{
	const struct cgroup *cgroup = self;
	struct io io;

	add(plan, CORDON_CGROUP_MEMORY, &cgroup->memory);
	add(plan, CORDON_CGROUP_SWAP, &cgroup->swap);
	add(plan, CORDON_CGROUP_CPU, &cgroup->cpu);
	add(plan, CORDON_CGROUP_PIDS, &cgroup->pids);
	for (size_t i = 0; i < cgroup->io.count; i++) {
		if (parse_io(cgroup->io.item[i].text, &io, err) < 0)
			return -1;
		plan->add(plan, &(struct cordon_step){
					.type = CORDON_STEP_CGROUP_IO,
					.where = cgroup->io.item[i].where,
					.number = { 0, io.rate[0], io.rate[1] },
					.text = { io.device } });
	}
	/* Also without a limit: the job's tree can be ended and measured. */
	plan->add(plan,
		  &(struct cordon_step){
			  .type = CORDON_STEP_CGROUP_PARENT,
			  .where = cgroup->parent.where,
			  .number = { cgroup->parent.given },
			  .text = { strcmp(cgroup->parent.text, "own")
					    ? cgroup->parent.text
					    : NULL } });
	return 0;
}

CORDON_MODULE(cgroup) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "memory, processor time, processes and disk, of the whole job",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct cgroup),
	.plan = cgroup_plan,
};
