/* SPDX-License-Identifier: MIT */
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "core/arena.h"
#include "core/explain.h"
#include "core/filter.h"
#include "core/json.h"
#include "core/prepare.h"
#include "core/score.h"
#include "core/settle.h"
#include "core/tint.h"

enum state { CLOSED, PARTLY, OPEN, N_STATES };

static const char *const state_names[N_STATES] = { "closed", "partly", "open" };

struct verdict {
	enum state state;
	const char *text;    /* what the job can do, or cannot */
	const char *section; /* who sees to it; NULL: the core, or nobody */
};

/* ---- questions to the plan ---- */

static const struct step *find(const struct prepared *prepared, uint32_t type,
			       int64_t number)
{
	return plan_find_number(&prepared->plan, type, number);
}

static const char *section_of(const struct step *step)
{
	return step ? step->section : NULL;
}

/* Who asked first for a step of this type. */
static const char *asker(const struct prepared *prepared, uint32_t type)
{
	return section_of(plan_find(&prepared->plan, type));
}

static bool has_space(const struct prepared *prepared, uint64_t flag)
{
	return prepared->plan.settled.namespaces & flag;
}

static const char *spacer(const struct prepared *prepared)
{
	return asker(prepared, CORDON_STEP_NAMESPACE);
}

/* The ruleset that handles one of the rights, of files, ports or scopes. */
static const struct step *landlock(const struct prepared *prepared, int kind,
				   int64_t rights)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_LANDLOCK);

	while (step && !(step->is.number[kind] & rights))
		step = plan_next(&prepared->plan, step);
	return step;
}

static bool passes(const struct prepared *prepared, long number, uint64_t first)
{
	return filter_passes(prepared->plan.settled.filter, number, first);
}

#define IS(state, section, text)                                               \
	return (struct verdict)                                                \
	{                                                                      \
		state, text, section                                           \
	}

/* ---- who it is ---- */

static struct verdict host_root(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_USER);

	if (!by)
		by = asker(prepared, CORDON_STEP_POOL);
	if (prepared->plan.settled.host_uid == 0)
		IS(OPEN, NULL, "is root to the host");
	IS(CLOSED, by, "is not root to the host");
}

/* Those that lead to all others, or past the owner of files. */
#define CAP(name) (1ull << CAP_##name)
#define STRONG                                                                 \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(DAC_READ_SEARCH) | CAP(FOWNER) | \
	 CAP(SETGID) | CAP(SETUID) | CAP(NET_ADMIN) | CAP(SYS_MODULE) |        \
	 CAP(SYS_RAWIO) | CAP(SYS_PTRACE) | CAP(SYS_ADMIN) | CAP(MKNOD) |      \
	 CAP(SETFCAP) | CAP(BPF))

static struct verdict capabilities(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *by = asker(prepared, CORDON_STEP_CAPS);
	bool is_inner = has_space(prepared, CLONE_NEWUSER);

	if (settled->has_caps ? settled->caps == 0
			      : settled->host_uid != 0 && !is_inner)
		IS(CLOSED, by, "has no capability");
	if (is_inner)
		IS(PARTLY, by, "has some over its own namespaces");
	if (settled->has_caps && !(settled->caps & STRONG))
		IS(PARTLY, by, "has a few of root's capabilities");
	IS(OPEN, by, "has capabilities that lead to all others");
}

static struct verdict new_privileges(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_NO_NEW_PRIVS);

	if (prepared->plan.settled.no_new_privs)
		IS(CLOSED, by, "gains nothing by set-user-ID programs");
	IS(OPEN, by, "gains what set-user-ID programs have");
}

static struct verdict own_user(const struct prepared *prepared)
{
	const char *pool = asker(prepared, CORDON_STEP_POOL);

	if (pool)
		IS(CLOSED, pool, "has a user that no other job has");
	if (prepared->plan.settled.host_uid == prepared->job.uid)
		IS(OPEN, NULL, "is the same user as its caller");
	IS(PARTLY, asker(prepared, CORDON_STEP_USER),
	   "is the same user as other jobs of this stack");
}

static struct verdict groups(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *by = asker(prepared, CORDON_STEP_GROUPS);
	size_t n = settled->has_groups ? settled->n_groups
				       : prepared->job.n_groups;

	if (n == 0)
		IS(CLOSED, by, "is in no supplementary group");
	if (settled->has_groups)
		IS(PARTLY, by, "is in the groups that the stack says");
	IS(OPEN, by, "is in all groups of its caller");
}

/* ---- what it can reach ---- */

static bool has_own_root(const struct prepared *prepared)
{
	return prepared->plan.settled.root != CORDON_ROOT_HOST;
}

static struct verdict reading(const struct prepared *prepared)
{
	const struct step *rules = landlock(prepared, 0, CORDON_LL_READ_FILE);
	const char *by = asker(prepared, CORDON_STEP_FORBID);

	if (has_own_root(prepared))
		IS(CLOSED, asker(prepared, CORDON_STEP_ROOT),
		   "sees the files that the stack mounts");
	if (rules)
		IS(CLOSED, section_of(rules),
		   "reads the files that are listed");
	if (!by)
		by = asker(prepared, CORDON_STEP_HIDE);
	if (by)
		IS(PARTLY, by, "reads all files but some");
	IS(OPEN, NULL, "reads every file that its user can");
}

/* A mount of the host's that the job may write to. */
static const struct step *writable(const struct prepared *prepared)
{
	const struct step *step = plan_find(&prepared->plan, CORDON_STEP_MOUNT);

	while (step && step->is.number[0] != CORDON_MOUNT_RW &&
	       step->is.number[0] != CORDON_MOUNT_OWN)
		step = plan_next(&prepared->plan, step);
	return step;
}

static bool is_root_readonly(const struct prepared *prepared)
{
	const struct step *step = plan_find(&prepared->plan, CORDON_STEP_MOUNT);

	for (; step; step = plan_next(&prepared->plan, step))
		if (step->is.number[0] == CORDON_MOUNT_RO &&
		    !strcmp(step->is.text[0], "/"))
			return true;
	return false;
}

static struct verdict writing(const struct prepared *prepared)
{
	const struct step *rules = landlock(prepared, 0, CORDON_LL_WRITE_FILE);

	if (has_own_root(prepared) || is_root_readonly(prepared)) {
		const struct step *step = writable(prepared);

		if (!step)
			IS(CLOSED, asker(prepared, CORDON_STEP_MOUNT),
			   "writes to no file of the host");
		IS(PARTLY, section_of(step),
		   "writes to the host's files that are mounted rw");
	}
	if (rules)
		IS(PARTLY, section_of(rules),
		   "writes to the files that are listed");
	IS(OPEN, NULL, "writes to every file that its user can");
}

static struct verdict temporary(const struct prepared *prepared)
{
	const struct step *step = plan_find(&prepared->plan, CORDON_STEP_MOUNT);

	for (; step; step = plan_next(&prepared->plan, step))
		if ((step->is.number[0] == CORDON_MOUNT_TMPFS ||
		     step->is.number[0] == CORDON_MOUNT_PRIVATE) &&
		    !strcmp(step->is.text[0], "/tmp"))
			IS(CLOSED, step->section, "has a /tmp of its own");
	if (has_own_root(prepared))
		IS(CLOSED, asker(prepared, CORDON_STEP_ROOT),
		   "does not see the host's /tmp unless it is mounted");
	if (plan_find(&prepared->plan, CORDON_STEP_TMP_DIR))
		IS(PARTLY, asker(prepared, CORDON_STEP_TMP_DIR),
		   "has a folder of its own, and sees /tmp");
	IS(OPEN, NULL, "shares /tmp with everybody");
}

static struct verdict devices(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *by = asker(prepared, CORDON_STEP_DEV);

	if (settled->dev != CORDON_DEV_HOST)
		IS(CLOSED, by, "sees no device but null and its like");
	if (settled->host_uid != 0)
		IS(PARTLY, by, "opens the devices that its user can");
	IS(OPEN, by, "opens the host's devices");
}

static struct verdict kernel_files(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	if (settled->has_mounts)
		IS(CLOSED,
		   section_of(plan_find(&prepared->plan, CORE_MOUNT_MASKS)),
		   "cannot write below /proc/sys and /sys");
	if (settled->host_uid != 0)
		IS(PARTLY, NULL, "sees all of /proc and /sys, as its user");
	IS(OPEN, NULL, "sets what it likes below /proc/sys and /sys");
}

static struct verdict network(const struct prepared *prepared)
{
	const struct step *ports = landlock(prepared, 1, CORDON_LL_CONNECT_TCP);

	if (has_space(prepared, CLONE_NEWNET))
		IS(CLOSED, spacer(prepared), "has a network of its own");
	if (!passes(prepared, SYS_socket, AF_INET) &&
	    !passes(prepared, SYS_socket, AF_INET6))
		IS(CLOSED, asker(prepared, CORDON_STEP_SECCOMP),
		   "opens no socket of IP");
	if (ports)
		IS(PARTLY, section_of(ports),
		   "connects by TCP to the ports that are listed, and by UDP");
	IS(OPEN, NULL, "reaches what the host reaches, and its loopback");
}

/* ---- whom it can reach ---- */

static struct verdict processes(const struct prepared *prepared)
{
	const struct step *scope = landlock(prepared, 2, CORDON_LL_SIGNALS);

	if (has_space(prepared, CLONE_NEWPID))
		IS(CLOSED, spacer(prepared), "reaches its own processes alone");
	if (scope)
		IS(CLOSED, section_of(scope),
		   "neither signals nor traces other processes");
	if (prepared->plan.settled.host_uid != prepared->job.uid)
		IS(PARTLY, asker(prepared, CORDON_STEP_USER),
		   "signals and traces jobs of the same user");
	IS(OPEN, NULL, "signals and traces processes of its caller");
}

static struct verdict other_proc(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *by = asker(prepared, CORDON_STEP_PROC);

	if (settled->proc == CORDON_PROC_NONE ||
	    settled->proc == CORDON_PROC_HIDEPID ||
	    (settled->proc == CORDON_PROC_NEW &&
	     settled->namespaces & CLONE_NEWPID))
		IS(CLOSED, by, "sees its own processes alone");
	IS(OPEN, by, "sees the command lines of all processes");
}

static struct verdict ipc(const struct prepared *prepared)
{
	bool is_scoped = has_space(prepared, CLONE_NEWNET) ||
			 landlock(prepared, 2, CORDON_LL_ABSTRACT_SOCKETS);

	if (has_space(prepared, CLONE_NEWIPC) && is_scoped)
		IS(CLOSED, spacer(prepared),
		   "shares neither shared memory nor abstract sockets");
	if (has_space(prepared, CLONE_NEWIPC) || is_scoped)
		IS(PARTLY, NULL, "shares System V objects or abstract sockets");
	IS(OPEN, NULL, "shares System V objects and abstract sockets");
}

static struct verdict keyrings(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;
	const char *by = asker(prepared, CORDON_STEP_KEYRING);

	if (!passes(prepared, SYS_keyctl, 0))
		IS(CLOSED, asker(prepared, CORDON_STEP_SECCOMP),
		   "cannot use keyrings");
	if (!settled->new_keyring)
		IS(OPEN, by, "has its caller's session keyring");
	if (settled->host_uid == prepared->job.uid &&
	    !(settled->namespaces & CLONE_NEWUSER))
		IS(PARTLY, by, "has its caller's user keyring");
	IS(CLOSED, by, "has no keyring of its caller");
}

static struct verdict terminal(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_SESSION);

	if (prepared->plan.settled.new_session)
		IS(CLOSED, by, "has no controlling terminal");
	IS(OPEN, by, "has its caller's terminal");
}

static struct verdict environment(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_ENV_KEEP);
	const struct step *secret = environ_secret(&prepared->plan);

	if (by && secret)
		IS(PARTLY, section_of(secret),
		   "gets a variable that by its name holds a secret");
	if (by)
		IS(CLOSED, by, "gets the variables that are listed");
	IS(OPEN, NULL, "gets its caller's variables, secrets among them");
}

static struct verdict descriptors(const struct prepared *prepared)
{
	const struct step *step =
		plan_find(&prepared->plan, CORDON_STEP_FD_KEEP);

	if (!step)
		step = plan_find(&prepared->plan, CORDON_STEP_FD_FROM_ENV);
	if (step && step->is.n_words > 0)
		IS(PARTLY, step->section,
		   "gets descriptors of its caller that the stack keeps");
	IS(CLOSED, section_of(step), "gets no descriptor beside stdio");
}

/* ---- what it can ask of the kernel, and run ---- */

/* What batch jobs do not need, and where faults of kernels were found. */
static const struct {
	long number;
	const char *name;
} risky[] = {
#define CALL(name)                                                             \
	{                                                                      \
		SYS_##name, #name                                              \
	}
	CALL(add_key),
	CALL(bpf),
	CALL(clock_settime),
	CALL(delete_module),
	CALL(fsopen),
	CALL(init_module),
	CALL(io_uring_setup),
	CALL(kexec_load),
	CALL(mount),
	CALL(move_pages),
	CALL(open_by_handle_at),
	CALL(perf_event_open),
	CALL(pivot_root),
	CALL(process_vm_writev),
	CALL(ptrace),
	CALL(reboot),
	CALL(setns),
	CALL(swapon),
	CALL(umount2),
	CALL(userfaultfd),
#undef CALL
};

static struct verdict calls(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_SECCOMP);
	const char *text = "may make, of the calls that few programs need,";
	size_t n = 0;

	if (!by)
		IS(OPEN, NULL, "may make every system call");
	for (size_t i = 0; i < CORDON_COUNT(risky); i++)
		if (passes(prepared, risky[i].number, 0))
			text = arena_printf(prepared->arena, "%s%s%s", text,
					    n++ ? ", " : " ", risky[i].name);
	if (n > 0)
		IS(PARTLY, by, text);
	IS(CLOSED, by, "may make no call that few programs need");
}

static struct verdict user_namespaces(const struct prepared *prepared)
{
	if (!passes(prepared, SYS_unshare, CLONE_NEWUSER) &&
	    !passes(prepared, SYS_clone, CLONE_NEWUSER))
		IS(CLOSED, asker(prepared, CORDON_STEP_SECCOMP),
		   "cannot make itself root of a new user namespace");
	IS(OPEN, NULL, "can make itself root of a new user namespace");
}

static struct verdict programs(const struct prepared *prepared)
{
	const struct step *rules = landlock(prepared, 0, CORDON_LL_EXECUTE);

	if (rules)
		IS(CLOSED, section_of(rules),
		   "runs the programs that are listed");
	if (!passes(prepared, SYS_execve, 0))
		IS(CLOSED, asker(prepared, CORDON_STEP_SECCOMP),
		   "runs no second program");
	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->module, "scripts"))
			IS(PARTLY, prepared->parts[i].section->name,
			   "starts as a listed program, and may run others");
	IS(OPEN, NULL, "runs every program that it can reach");
}

static struct verdict writable_code(const struct prepared *prepared)
{
	const struct step *step = find(prepared, CORDON_STEP_WX, 1);

	if (step)
		IS(CLOSED, section_of(step),
		   "runs no memory that was writable");
	IS(OPEN, NULL, "runs code that it made in memory");
}

/* ---- how much it can take ---- */

static const struct step *limit(const struct prepared *prepared,
				int64_t resource)
{
	const struct step *step = find(prepared, CORDON_STEP_RLIMIT, resource);

	return step && (uint64_t)step->is.number[2] != CORDON_UNLIMITED ? step
									: NULL;
}

/* A control group bounds all of the job, a limit one process at a time. */
static struct verdict bounded(const struct step *group,
			      const struct step *limited, const char *text,
			      const char *part, const char *none)
{
	if (group)
		return (struct verdict){ CLOSED, text, group->section };
	if (limited)
		return (struct verdict){ PARTLY, part, limited->section };
	return (struct verdict){ OPEN, none, NULL };
}

static struct verdict memory(const struct prepared *prepared)
{
	const struct step *step = limit(prepared, RLIMIT_AS);

	return bounded(find(prepared, CORDON_STEP_CGROUP, CORDON_CGROUP_MEMORY),
		       step ? step : limit(prepared, RLIMIT_DATA),
		       "takes the memory that it is given",
		       "is bounded in each process, not in all",
		       "takes all memory");
}

static struct verdict tasks(const struct prepared *prepared)
{
	return bounded(find(prepared, CORDON_STEP_CGROUP, CORDON_CGROUP_PIDS),
		       limit(prepared, RLIMIT_NPROC),
		       "starts as many processes as it is given",
		       "is bounded together with all processes of its user",
		       "starts processes without end");
}

static struct verdict processor(const struct prepared *prepared)
{
	const struct step *group =
		find(prepared, CORDON_STEP_CGROUP, CORDON_CGROUP_CPU);

	return bounded(
		group ? group
		      : find(prepared, CORDON_STEP_TIMEOUT, CORDON_TIMEOUT_CPU),
		limit(prepared, RLIMIT_CPU),
		"takes the processor time that it is given",
		"is bounded in each process, not in all",
		"takes all processor time");
}

static struct verdict duration(const struct prepared *prepared)
{
	return bounded(find(prepared, CORDON_STEP_TIMEOUT, CORDON_TIMEOUT_WALL),
		       NULL, "ends in time", NULL, "runs as long as it likes");
}

static struct verdict file_size(const struct prepared *prepared)
{
	return bounded(limit(prepared, RLIMIT_FSIZE), NULL,
		       "writes files of bounded size", NULL,
		       "writes files without end");
}

static struct verdict core_dumps(const struct prepared *prepared)
{
	const struct step *step = limit(prepared, RLIMIT_CORE);

	return bounded(step && step->is.number[2] == 0 ? step : NULL, step,
		       "leaves no core file",
		       "leaves core files of bounded size",
		       "leaves its memory in core files");
}

static struct verdict left_behind(const struct prepared *prepared)
{
	const struct settled *settled = &prepared->plan.settled;

	if (has_space(prepared, CLONE_NEWPID))
		IS(CLOSED, spacer(prepared), "leaves no process behind");
	if (settled->cgroup)
		IS(CLOSED, asker(prepared, CORDON_STEP_CGROUP),
		   "leaves no process behind");
	if (settled->has_parent)
		IS(PARTLY, NULL, "leaves nothing behind while cordon lives");
	IS(OPEN, NULL, "leaves behind what it starts");
}

static struct verdict account(const struct prepared *prepared)
{
	const char *by = asker(prepared, CORDON_STEP_RECORD);

	if (by)
		IS(CLOSED, by, "is recorded");
	IS(OPEN, NULL, "is not recorded, unless its caller asks for it");
}

/* ---- all of them ---- */

static const struct kind {
	const char *name;
	unsigned weight;
	struct verdict (*judge)(const struct prepared *prepared);
	const char *remedy;
} kinds[] = {
	{ "host-root", 10, host_root, "[user] user or pool" },
	{ "capabilities", 10, capabilities, "[caps] keep =" },
	{ "new-privileges", 8, new_privileges, "[caps] no-new-privs = yes" },
	{ "own-user", 4, own_user, "[user] pool" },
	{ "groups", 3, groups, "[user] groups = none" },
	{ "reading", 8, reading, "[mounts] root = empty, or [landlock] read" },
	{ "writing", 8, writing,
	  "[mounts] ro = / and no rw, or [landlock] write" },
	{ "temporary-files", 3, temporary, "[tmp] private = /tmp" },
	{ "devices", 4, devices, "[mounts] dev = minimal" },
	{ "kernel-files", 3, kernel_files, "[namespaces] new = mount" },
	{ "network", 8, network, "[namespaces] new = net" },
	{ "processes", 6, processes, "[namespaces] new = pid" },
	{ "other-proc", 3, other_proc,
	  "[namespaces] new = pid with [mounts] proc = new" },
	{ "ipc", 3, ipc, "[namespaces] new = ipc net" },
	{ "keyrings", 2, keyrings,
	  "[process] keyring = new, and another user" },
	{ "terminal", 3, terminal, "[process] session = new" },
	{ "environment", 5, environment, "[env] keep, and [secret]" },
	{ "descriptors", 2, descriptors, "[fds] keep = none" },
	{ "system-calls", 8, calls, "[seccomp] profile and deny" },
	{ "user-namespaces", 4, user_namespaces,
	  "[seccomp] profile = default" },
	{ "programs", 4, programs, "[landlock] execute" },
	{ "writable-code", 2, writable_code, "[process] wx = refuse" },
	{ "memory", 4, memory, "[cgroup] memory" },
	{ "processes-number", 4, tasks, "[cgroup] pids" },
	{ "processor", 3, processor, "[cgroup] cpu, or [timeout] cpu" },
	{ "duration", 3, duration, "[timeout] wall" },
	{ "file-size", 2, file_size, "[rlimits] fsize" },
	{ "core-dumps", 2, core_dumps, "[rlimits] core = 0" },
	{ "left-behind", 4, left_behind,
	  "[namespaces] new = pid, or [cgroup]" },
	{ "record", 2, account, "[record] file" },
};

/* In tenths, of ten: what is open, as a part of all, half of what is partly so.
 */
static unsigned exposure(const struct verdict *verdicts)
{
	unsigned open = 0, all = 0;

	for (size_t i = 0; i < CORDON_COUNT(kinds); i++) {
		open += kinds[i].weight * verdicts[i].state;
		all += kinds[i].weight * OPEN;
	}
	return (100 * open + all / 2) / all;
}

static void print_text(const struct prepared *prepared,
		       const struct verdict *verdicts)
{
	static const enum tint tints[] = { TINT_GOOD, TINT_WEAK, TINT_BAD };
	bool is_on = tint_is_on(prepared->request->environ);
	unsigned total = exposure(verdicts);

	for (size_t i = 0; i < CORDON_COUNT(kinds); i++) {
		const struct verdict *is = &verdicts[i];

		printf("%s%-6s%s %2u  %-16s %s", tint(is_on, tints[is->state]),
		       state_names[is->state], tint(is_on, TINT_PLAIN),
		       kinds[i].weight, kinds[i].name, is->text);
		if (is->section && strcmp(is->section, "always"))
			printf(" [%s]", is->section);
		if (is->state != CLOSED)
			printf("; closed by %s", kinds[i].remedy);
		printf("\n");
	}
	printf("%s: exposure %u.%u of 10\n", prepared->stack.name, total / 10,
	       total % 10);
}

static void print_json(struct arena *arena, const struct prepared *prepared,
		       const struct verdict *verdicts)
{
	unsigned total = exposure(verdicts);

	printf("{\"stack\":%s,\"exposure\":%u.%u,\"kinds\":[",
	       json_string(arena, prepared->stack.name), total / 10,
	       total % 10);
	for (size_t i = 0; i < CORDON_COUNT(kinds); i++)
		printf("%s\n{\"kind\":%s,\"weight\":%u,\"state\":%s,\"text\":%"
		       "s,"
		       "\"section\":%s,\"remedy\":%s}",
		       i ? "," : "", json_string(arena, kinds[i].name),
		       kinds[i].weight,
		       json_string(arena, state_names[verdicts[i].state]),
		       json_string(arena, verdicts[i].text),
		       json_string(arena, verdicts[i].section),
		       json_string(arena, kinds[i].remedy));
	printf("]}\n");
}

int score(struct arena *arena, const struct request *request)
{
	struct verdict verdicts[CORDON_COUNT(kinds)];
	struct prepared prepared;
	struct cordon_error err = { 0 };

	if (prepare_stack(arena, request, false, &prepared, &err) < 0 ||
	    prepare_plan(&prepared, &err) < 0)
		return explain_fault(request->stack, &err);
	for (size_t i = 0; i < CORDON_COUNT(kinds); i++)
		verdicts[i] = kinds[i].judge(&prepared);
	if (request->is_json)
		print_json(arena, &prepared, verdicts);
	else
		print_text(&prepared, verdicts);
	return 0;
}
