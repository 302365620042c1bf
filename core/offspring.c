/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/offspring.h"
#include "core/procstat.h"

enum { UNKNOWN, OURS, OTHERS };

/* ---- what there is ---- */

static int read_process(const struct offspring *tree, pid_t pid,
			struct process *process)
{
	int64_t field[STAT_FIELDS];

	if (procstat_read(dirfd(tree->proc), pid, field, STAT_START) < 0)
		return -1;
	*process = (struct process){
		.pid = pid,
		.parent = (pid_t)field[STAT_PARENT],
		.state = (char)field[STAT_STATE],
		.start = (uint64_t)field[STAT_START],
		.own = (uint64_t)(field[STAT_USER] + field[STAT_SYS]),
		.reaped = (uint64_t)(field[STAT_CHILDREN_USER] +
				     field[STAT_CHILDREN_SYS]),
		.mark = UNKNOWN,
	};
	return 0;
}

/* Has ended meanwhile, or is hidden from us (hidepid of proc(5)). */
static bool is_out_of_sight(int code)
{
	return code == ENOENT || code == ESRCH || code == EPERM ||
	       code == EACCES;
}

static int append(struct processes *to, const struct process *process)
{
	if (to->n == to->room) {
		size_t room = to->room ? 2 * to->room : 256;
		struct process *list =
			realloc(to->list, room * sizeof(*list));

		if (!list)
			return -1;
		to->list = list;
		to->room = room;
	}
	to->list[to->n++] = *process;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct process *one = a, *two = b;

	return (one->pid > two->pid) - (one->pid < two->pid);
}

static struct process *find(const struct processes *in, pid_t pid)
{
	const struct process key = { .pid = pid };

	return in->n == 0 ? NULL
			  : bsearch(&key, in->list, in->n, sizeof(key),
				    compare);
}

static bool has(const struct processes *in, const struct process *process)
{
	const struct process *known = find(in, process->pid);

	return known && known->start == process->start;
}

/* Up to the root, or to what is known already. */
static void mark(struct offspring *tree, struct process *from)
{
	struct process *at = from, *end;
	char found = OTHERS;

	for (size_t steps = 0; steps < tree->now.n; steps++) {
		struct process *parent;

		if (at->mark != UNKNOWN || at->pid == tree->root)
			break;
		if (at->parent == tree->root) {
			at->mark = has(&tree->foreign, at) ||
						   at->pid == tree->helper
					   ? OTHERS
					   : OURS;
			break;
		}
		parent = find(&tree->now, at->parent);
		if (!parent)
			break;
		at = parent;
	}
	if (at->mark != UNKNOWN)
		found = at->mark;
	for (end = at, at = from; at != end; at = find(&tree->now, at->parent))
		at->mark = found;
	end->mark = found;
}

/* The root itself, and whoever hung on it at an earlier look. */
static void mark_known(struct offspring *tree)
{
	for (size_t i = 0; i < tree->now.n; i++) {
		struct process *process = &tree->now.list[i];
		const struct process *known = find(&tree->before, process->pid);

		if (process->pid == tree->root ? process->start == tree->start
		    : known && known->mark == OURS &&
			      known->start == process->start)
			process->mark = OURS;
	}
}

static int scan(struct offspring *tree)
{
	struct processes old = tree->before;
	struct dirent *entry;
	struct process process;
	int rc = 0;

	tree->before = tree->now;
	tree->now = old;
	tree->now.n = 0;
	/* rewinddir(3) would not say that it could not */
	if (lseek(dirfd(tree->proc), 0, SEEK_SET) < 0)
		return -1;
	rewinddir(tree->proc);
	while ((errno = 0, entry = readdir(tree->proc))) {
		const char *name = entry->d_name;
		bool is_process = *name >= '0' && *name <= '9';

		if (is_process &&
		    read_process(tree, (pid_t)atoi(name), &process) == 0)
			rc = append(&tree->now, &process);
		else if (is_process && !is_out_of_sight(errno))
			rc = -1;
		if (rc < 0)
			return -1;
	}
	if (errno != 0)
		return -1;
	qsort(tree->now.list, tree->now.n, sizeof(process), compare);
	if (tree->start)
		mark_known(tree);
	for (size_t i = 0; i < tree->now.n; i++)
		mark(tree, &tree->now.list[i]);
	return 0;
}

int offspring_open(struct offspring *tree)
{
	char self[32] = "";

	tree->proc = opendir("/proc");
	if (!tree->proc)
		return -1;
	if (readlinkat(dirfd(tree->proc), "self", self, sizeof(self) - 1) > 0 &&
	    atoi(self) == getpid())
		return 0;
	offspring_close(tree);
	errno = ESRCH;
	return -1;
}

int offspring_adopt(struct offspring *tree)
{
	tree->root = getpid();
	if (scan(tree) < 0)
		return -1;
	for (size_t i = 0; i < tree->now.n; i++)
		if (tree->now.list[i].parent == tree->root &&
		    append(&tree->foreign, &tree->now.list[i]) < 0)
			return -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return -1;
	tree->is_ours = true;
	return 0;
}

int offspring_follow(struct offspring *tree, pid_t pid)
{
	struct process process;

	if (read_process(tree, pid, &process) < 0)
		return -1;
	tree->root = pid;
	tree->start = process.start;
	return 0;
}

void offspring_look(struct offspring *tree)
{
	scan(tree);
}

void offspring_close(struct offspring *tree)
{
	if (tree->proc)
		closedir(tree->proc);
	free(tree->foreign.list);
	free(tree->now.list);
	free(tree->before.list);
	*tree = (struct offspring){ .proc = NULL };
}

/* ---- what it used ---- */

static uint64_t sum(const struct offspring *tree)
{
	uint64_t ticks = 0;

	for (size_t i = 0; i < tree->now.n; i++) {
		const struct process *process = &tree->now.list[i];

		if (process->mark == OURS)
			ticks += process->own + process->reaped;
		else if (process->pid == tree->root && !tree->is_ours)
			ticks += process->reaped;
	}
	return ticks;
}

/*
 * What is reaped while we look may be seen in the child and in its parent: the
 * smaller of two looks is right.
 */
int64_t offspring_cpu_us(struct offspring *tree)
{
	uint64_t ticks, again;

	if (scan(tree) < 0)
		return -1;
	ticks = sum(tree);
	if (scan(tree) < 0)
		return -1;
	again = sum(tree);
	if (again < ticks)
		ticks = again;
	return (int64_t)(ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK)) +
	       tree->user_us + tree->sys_us;
}

/* The kernel's own list, the oldest first, where it was built to have one
 * (CONFIG_PROC_CHILDREN): -1 or its length. */
static ssize_t read_children(const struct offspring *tree, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%d/task/%d/children", (int)tree->root,
		 (int)tree->root);
	fd = openat(dirfd(tree->proc), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

pid_t offspring_first(struct offspring *tree)
{
	const struct process *first = NULL;
	char text[32];

	if (read_children(tree, text, sizeof(text)) > 0)
		return (pid_t)atoi(text);
	if (scan(tree) < 0)
		return -1;
	for (size_t i = 0; i < tree->now.n; i++) {
		const struct process *process = &tree->now.list[i];

		if (process->parent == tree->root && process->mark == OURS &&
		    (!first || process->start < first->start))
			first = process;
	}
	return first ? first->pid : -1;
}

/* ---- its end ---- */

static bool is_foreign(const struct offspring *tree, pid_t pid)
{
	/* Our child, so the pid is nobody else's until we reap it. */
	return find(&tree->foreign, pid) != NULL;
}

static void reap_one(struct offspring *tree, pid_t pid)
{
	struct rusage usage;
	int status;

	if (wait4(pid, &status, __WALL | WNOHANG, &usage) != pid ||
	    pid == tree->helper)
		return;
	tree->user_us += (int64_t)usage.ru_utime.tv_sec * 1000000 +
			 usage.ru_utime.tv_usec;
	tree->sys_us += (int64_t)usage.ru_stime.tv_sec * 1000000 +
			usage.ru_stime.tv_usec;
	if (usage.ru_maxrss > tree->max_rss_kb)
		tree->max_rss_kb = usage.ru_maxrss;
}

/* The first that has ended; the main process hides the others until it is
 * reaped, a foreign one for ever: 1. */
static int reap_plain(struct offspring *tree)
{
	for (;;) {
		siginfo_t info = { .si_pid = 0 };

		if (waitid(P_ALL, 0, &info,
			   WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 ||
		    info.si_pid == 0 || info.si_pid == tree->main)
			return 0;
		if (is_foreign(tree, info.si_pid))
			return 1;
		reap_one(tree, info.si_pid);
		if (info.si_pid == tree->helper)
			tree->helper = 0;
	}
}

void offspring_reap(struct offspring *tree)
{
	if (reap_plain(tree) == 0 || scan(tree) < 0)
		return;
	for (size_t i = 0; i < tree->now.n; i++) {
		const struct process *process = &tree->now.list[i];

		if (process->mark == OURS && process->state == 'Z' &&
		    process->parent == tree->root &&
		    process->pid != tree->main)
			reap_one(tree, process->pid);
	}
}

/* A pid may be another's by now: the descriptor stays with what it was opened
 * on, which is looked at once more. */
static void send(const struct offspring *tree, const struct process *process,
		 int signal)
{
	int fd = (int)syscall(SYS_pidfd_open, process->pid, 0);
	struct process now;

	if (fd < 0)
		return;
	if (read_process(tree, process->pid, &now) == 0 &&
	    now.start == process->start)
		syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0);
	close(fd);
}

/* How many of them were not there at the last look. */
static size_t send_all(const struct offspring *tree, int signal)
{
	size_t fresh = 0;

	for (size_t i = 0; i < tree->now.n; i++) {
		const struct process *process = &tree->now.list[i];

		if (process->mark != OURS || process->state == 'Z')
			continue;
		fresh += !has(&tree->before, process);
		send(tree, process, signal);
	}
	return fresh;
}

/* Where it is hidden, by its number alone: it is a child that we have not reaped. */
int offspring_except(struct offspring *tree, pid_t pid)
{
	struct process process;

	if (read_process(tree, pid, &process) < 0) {
		if (!is_out_of_sight(errno))
			return -1;
		process = (struct process){ .pid = pid };
	}
	if (append(&tree->foreign, &process) < 0)
		return -1;
	qsort(tree->foreign.list, tree->foreign.n, sizeof(process), compare);
	return 0;
}

void offspring_stop(struct offspring *tree)
{
	tree->before.n = tree->now.n = 0;
	for (int look = 0; look < 20; look++)
		if (scan(tree) == 0 && send_all(tree, SIGSTOP) == 0)
			return;
}

void offspring_send(const struct offspring *tree, int signal)
{
	send_all(tree, signal);
}

/* Those that hang on cordon, straight from the kernel's list: one whose whole
 * life is to leave a child behind is gone before a look at all of /proc ends. */
static size_t kill_children(const struct offspring *tree)
{
	char text[4096], *at = text, *end;
	size_t n_left = 0;
	pid_t pid;

	if (read_children(tree, text, sizeof(text)) <= 0)
		return 0;
	/* Each has a blank behind it: else it is the part of one that our room
	 * cuts, and another's. */
	for (; (pid = (pid_t)strtol(at, &end, 10)) > 0 && *end == ' ';
	     at = end + 1) {
		if (pid == tree->helper || is_foreign(tree, pid))
			continue;
		kill(pid, SIGKILL);
		n_left += pid != tree->main;
	}
	return n_left;
}

static size_t count_left(struct offspring *tree)
{
	size_t n = 0;

	if (scan(tree) < 0)
		return 1;
	for (size_t i = 0; i < tree->now.n; i++)
		n += tree->now.list[i].mark == OURS;
	return n;
}

/*
 * Stopped first, as many looks as bring new ones: a stopped process cannot
 * fork, and still counts against a limit on processes, so that what is left of
 * a fork bomb finds no room.
 */
static int stop_and_kill(struct offspring *tree)
{
	for (int look = 0; look < 20; look++) {
		if (scan(tree) < 0)
			return -1;
		if (send_all(tree, SIGSTOP) == 0)
			break;
	}
	if (scan(tree) < 0)
		return -1;
	send_all(tree, SIGKILL);
	return 0;
}

int offspring_kill(struct offspring *tree)
{
	siginfo_t info = { .si_pid = 0 };

	if (stop_and_kill(tree) < 0)
		return 1;
	if (tree->start) /* others reap them, and nothing leads to more */
		return 0;
	for (int look = 0; look < 100 && kill_children(tree) > 0; look++)
		offspring_reap(tree);
	offspring_reap(tree);
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) < 0 &&
	    errno == ECHILD)
		return 0;
	/* Twice, since one may change its parent while we look. */
	return count_left(tree) + count_left(tree) > 0;
}
