/* SPDX-License-Identifier: MIT */
/*
 * landlock - which files and ports the job may use, by landlock(7)
 *
 *	[landlock]
 *	read = /etc
 *	execute = /usr
 *	write = ${job_dir}
 *	write = /dev/null
 *	connect-tcp = 443
 *	scope = signals abstract-sockets
 *
 *	[landlock.secrets]
 *	forbid = /home/u/.ssh
 *
 * It needs no privilege and no namespace.  A class (files, tcp, scope) is
 * handled if one of its keys is there: then nothing of it is allowed but what
 * the section lists.  Sections narrow each other, each is a ruleset of its own;
 * the kernel takes 16 in all, those of who started cordon included.
 *
 * `read` is files and folders, `execute` adds running, `write` is read, write,
 * create (no device nodes), remove, rename, truncate; for a path that is a
 * device itself also ioctl(2).  Programs need `execute` for themselves and for
 * their interpreter and libraries' loader.  Paths are opened when the job's
 * mounts are there; a symbolic link in one is followed if it is root's, and in
 * a path that came of a parameter never.  Port 0 of `bind-tcp` is one that the
 * kernel picks.
 *
 * A kernel too old for one of the keys refuses.  One that lacks single rights
 * of files (refer: renames between folders are all refused there; truncate;
 * ioctl-dev) does not check those: the record says so as `degraded`, `explain`
 * too, and `min-abi` insists: 1 Linux 5.13, 2 refer, 3 truncate, 4 tcp, 5
 * ioctl-dev, 6 scopes.
 *
 * `forbid` allows everything else that is there at the start.  It holds for a
 * path that appears or is replaced later, through symbolic links, /proc and
 * other names of the same mount or folder.  Landlock can only allow, so this is
 * what it costs: each folder on the way to a forbidden path cannot be listed,
 * and what is new in it is out of reach too; so forbid nothing directly below
 * /tmp or /proc.  What is not promised:
 *	stat(2), access(2), chdir(2), chmod(2), utimensat(2) and connect(2) to a
 *	socket file are not for Landlock to refuse: a path that is a socket is
 *	refused here, hide it in [mounts];
 *	hard links: a forbidden file with more than one name is refused, but
 *	nobody looks through a forbidden folder for such files;
 *	a filesystem that is mounted below a forbidden folder and elsewhere too
 *	is seen there (a folder that a bind mount shows elsewhere is not);
 *	what is shown by another filesystem (overlay, NFS to the same machine);
 *	what somebody outside moves, mounts or links to an allowed place, or
 *	renames to the forbidden name within its folder: it was allowed before.
 *
 * Landlock does not cover UDP, raw sockets, descriptors that the job was given,
 * or programs run from a memfd.
 */
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cordon/module.h>

struct landlock {
	struct cordon_list files; /* of three rows */
	struct cordon_list forbid;
	struct cordon_list ports; /* of two rows */
	struct cordon_list scope;
	struct cordon_number hard_links, min_abi;
};

enum { ROW_READ, ROW_WRITE, ROW_EXECUTE, ROW_FORBID, ROW_CONNECT, ROW_BIND };

#define READ (CORDON_LL_READ_FILE | CORDON_LL_READ_DIR)
#define WRITE                                                                  \
	(READ | CORDON_LL_WRITE_FILE | CORDON_LL_REMOVE_DIR |                  \
	 CORDON_LL_REMOVE_FILE | CORDON_LL_MAKE_DIR | CORDON_LL_MAKE_REG |     \
	 CORDON_LL_MAKE_SOCK | CORDON_LL_MAKE_FIFO | CORDON_LL_MAKE_SYM |      \
	 CORDON_LL_REFER | CORDON_LL_TRUNCATE | CORDON_LL_IOCTL)

/* By row of the option table. */
static const int64_t rights[] = {
	[ROW_READ] = READ,
	[ROW_WRITE] = WRITE,
	[ROW_EXECUTE] = READ | CORDON_LL_EXECUTE,
	[ROW_CONNECT] = CORDON_LL_CONNECT_TCP,
	[ROW_BIND] = CORDON_LL_BIND_TCP,
};

static const struct {
	const char *name;
	int64_t right;
} scopes[] = {
	{ "signals", CORDON_LL_SIGNALS },
	{ "abstract-sockets", CORDON_LL_ABSTRACT_SOCKETS },
};

static int64_t scope_of(const char *name)
{
	for (size_t i = 0; i < CORDON_COUNT(scopes); i++)
		if (!strcmp(name, scopes[i].name))
			return scopes[i].right;
	return 0;
}

static int check_scope(const char *text, struct cordon_error *err)
{
	if (scope_of(text))
		return 0;
	return cordon_fail(err, 0, "'%s' is not signals or abstract-sockets",
			   text);
}

static int scan_port(const char **text, uint32_t *port)
{
	return cordon_scan_id(text, port) < 0 || *port > 65535 ? -1 : 0;
}

static int parse_ports(const char *text, uint32_t *first, uint32_t *last)
{
	if (scan_port(&text, first) < 0)
		return -1;
	*last = *first;
	if (*text == '-') {
		text++;
		if (scan_port(&text, last) < 0)
			return -1;
	}
	return *text == '\0' && *first <= *last ? 0 : -1;
}

static int check_ports(const char *text, struct cordon_error *err)
{
	uint32_t first, last;

	if (!strcmp(text, "none") || parse_ports(text, &first, &last) == 0)
		return 0;
	return cordon_fail(err, 0, "'%s' is not PORT, A-B or none", text);
}

#define FILES                                                                  \
	CORDON_PATHS, CORDON_BOTH, CORDON_AT(struct landlock, files), "plain"
#define PORTS CORDON_WORDS, CORDON_BOTH, CORDON_AT(struct landlock, ports)

static const struct cordon_option options[] = {
	[ROW_READ] = { "read", "may be read", FILES },
	[ROW_WRITE] = { "write", "may be read, written, made and removed",
			FILES },
	[ROW_EXECUTE] = { "execute", "may be read and run", FILES },
	[ROW_FORBID] = { "forbid", "all but these, also if they appear later",
			 CORDON_PATHS, CORDON_OR,
			 CORDON_AT(struct landlock, forbid), "plain" },
	[ROW_CONNECT] = { "connect-tcp", "ports, A-B, or none", PORTS,
			  .check = check_ports },
	[ROW_BIND] = { "bind-tcp", "ports, A-B, or none", PORTS,
		       .check = check_ports },
	{ "scope", "no signals, no abstract sockets to others", CORDON_WORDS,
	  CORDON_OR, CORDON_AT(struct landlock, scope), .check = check_scope },
	{ "hard-links",
	  "refuse: no file below what is forbidden has another name",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct landlock, hard_links),
	  .form = "ignore|refuse", .value = "ignore" },
	{ "min-abi", "of the kernel's Landlock", CORDON_NUMBER, CORDON_MAX,
	  CORDON_AT(struct landlock, min_abi), "1..1000" },
};

/* ---- configure ---- */

static int landlock_configure(const void *self, struct cordon_error *err)
{
	const struct landlock *landlock = self;
	const struct cordon_list *ports = &landlock->ports;

	for (size_t i = 0; i < ports->count; i++) {
		if (strcmp(ports->item[i].text, "none"))
			continue;
		for (size_t j = 0; j < ports->count; j++)
			if (i != j && ports->item[j].row == ports->item[i].row)
				return cordon_fail(
					err, 0,
					"%s: 'none' stands alone, "
					"or not at all",
					options[ports->item[i].row].key);
	}
	return 0;
}

/* ---- plan ---- */

/* Rights of files in words, for those that this kernel does not know. */
static const struct {
	int64_t right;
	const char *word;
} younger[] = {
	{ CORDON_LL_REFER, "refer" },
	{ CORDON_LL_TRUNCATE, "truncate" },
	{ CORDON_LL_IOCTL, "ioctl-dev" },
};

static const char *missing_words(int64_t files, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < CORDON_COUNT(younger); i++)
		if (!(files & younger[i].right))
			used += (size_t)snprintf(text + used, size - used,
						 "%s%s", used ? " " : "",
						 younger[i].word);
	return used ? text : NULL;
}

static int need(long abi, int64_t least, const char *key,
		struct cordon_error *err)
{
	if (abi >= least)
		return 0;
	return cordon_unsupported(err, 0,
				  "%s needs Landlock ABI %d, and this kernel "
				  "has %ld",
				  key, (int)least, abi);
}

static int judge_abi(const struct landlock *landlock, long abi,
		     struct cordon_error *err)
{
	static const char *const hints[] = {
		" (CONFIG_SECURITY_LANDLOCK is not built in)",
		" (it is off: lsm=landlock,... on the kernel's command line)",
	};

	if (abi < 0)
		return cordon_unsupported(err, (int)-abi,
					  "this kernel has no Landlock%s",
					  abi == -ENOSYS       ? hints[0]
					  : abi == -EOPNOTSUPP ? hints[1]
							       : "");
	if (landlock->min_abi.given &&
	    need(abi, landlock->min_abi.value, "min-abi", err) < 0)
		return -1;
	if (landlock->ports.given &&
	    need(abi, 4, "tcp (connect-tcp, bind-tcp)", err) < 0)
		return -1;
	if (landlock->scope.count > 0 && need(abi, 6, "scope", err) < 0)
		return -1;
	return 0;
}

static void add_paths(const struct landlock *landlock, int64_t handled,
		      struct cordon_plan *plan)
{
	for (size_t i = 0; i < landlock->files.count; i++) {
		const struct cordon_item *item = &landlock->files.item[i];
		struct cordon_step step = {
			.type = CORDON_STEP_LANDLOCK_PATH,
			.where = item->where,
			.number = { rights[item->row] & handled },
		};

		if (*item->text == '-')
			step.number[3] = CORDON_FLAG_MAY_BE_ABSENT;
		step.text[0] = item->text + (*item->text == '-');
		plan->add(plan, &step);
	}
}

static void add_ports(const struct landlock *landlock, struct cordon_plan *plan)
{
	for (size_t i = 0; i < landlock->ports.count; i++) {
		const struct cordon_item *item = &landlock->ports.item[i];
		uint32_t first, last;

		if (parse_ports(item->text, &first, &last) == 0)
			cordon_add_number(plan, item->where,
					  CORDON_STEP_LANDLOCK_PORT,
					  rights[item->row], first, last);
	}
}

static void add_ruleset(const struct landlock *landlock, long abi,
			struct cordon_plan *plan)
{
	int64_t files = cordon_landlock_files(abi);
	char words[64];
	struct cordon_step step = { .type = CORDON_STEP_LANDLOCK };

	if (landlock->files.given) {
		step.number[0] = files;
		step.text[0] = missing_words(files, words, sizeof(words));
	}
	if (landlock->ports.given)
		step.number[1] = CORDON_LL_BIND_TCP | CORDON_LL_CONNECT_TCP;
	for (size_t i = 0; i < landlock->scope.count; i++)
		step.number[2] |= scope_of(landlock->scope.item[i].text);
	if (step.number[0] || step.number[1] || step.number[2])
		plan->add(plan, &step);
	add_paths(landlock, files, plan);
	add_ports(landlock, plan);
}

static int landlock_plan(const void *self, struct cordon_plan *plan,
			 struct cordon_error *err)
{
	const struct landlock *landlock = self;
	const struct cordon_list *forbid = &landlock->forbid;
	/* Asks for the version; changes nothing. */
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	if (judge_abi(landlock, abi < 0 ? -errno : abi, err) < 0)
		return -1;
	add_ruleset(landlock, abi, plan);
	for (size_t i = 0; i < forbid->count; i++) {
		const char *path = forbid->item[i].text;
		const struct cordon_step step = {
			.type = CORDON_STEP_FORBID,
			.where = forbid->item[i].where,
			.text = { path + (*path == '-') },
			.number = { landlock->hard_links.value },
		};

		plan->add(plan, &step);
	}
	return 0;
}

CORDON_MODULE(landlock) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "files, TCP ports and scopes, see landlock(7)",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct landlock),
	.configure = landlock_configure,
	.plan = landlock_plan,
};
