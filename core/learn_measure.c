/* SPDX-License-Identifier: MIT */
/* How large a process has become, by what /proc says of it. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/learn_call.h"
#include "core/procstat.h"
#include "core/sys.h"

uint64_t process_number(const char *status, const char *name)
{
	const size_t size = strlen(name);

	/* At the head of a line: the first one holds a name of the job's. */
	for (const char *at = status; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, size) && at[size] == ':')
			return strtoull(at + size + 1, NULL, 10);
	}
	return 0;
}

void process_read(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
}

static void raise_peak(struct learned *learned, int resource, uint64_t value)
{
	if (value > learned->peak[resource])
		learned->peak[resource] = value;
}

static uint64_t used_seconds(pid_t pid)
{
	int64_t field[STAT_FIELDS] = { 0 };

	procstat_read(-1, pid, field, STAT_SYS);
	return (uint64_t)(field[STAT_USER] + field[STAT_SYS]) /
		       (uint64_t)sysconf(_SC_CLK_TCK) +
	       1;
}

/* "." and ".." are no files, but pipe(2) is about to make two. */
static void count_files(struct learned *learned, pid_t pid)
{
	char path[64];
	uint64_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return;
	while (readdir(dir))
		n++;
	closedir(dir);
	raise_peak(learned, RLIMIT_NOFILE, n);
}

/* A new descriptor gets the lowest free number, unless one is asked for. */
static void measure_files(struct learned *learned,
			  const struct seccomp_notif *call,
			  const struct asks *asks)
{
	const __u64 *args = call->data.args;
	uint64_t least = args[asks->path] & UINT32_MAX;

	if (call->data.nr == SYS_fcntl && args[1] != F_DUPFD &&
	    args[1] != F_DUPFD_CLOEXEC)
		return;
	count_files(learned, (pid_t)call->pid);
	if (asks->kind == FILES && asks->path > 0 && least < 1048576)
		raise_peak(learned, RLIMIT_NOFILE, least + 1);
}

/* Before exec, which begins anew, and at the end. */
void call_measure(struct learned *learned, const struct seccomp_notif *call)
{
	const struct asks *asks = asks_of(call->data.nr);
	const pid_t pid = (pid_t)call->pid;
	char text[4096];

	if (!asks)
		return;
	if (learned->counts_files)
		measure_files(learned, call, asks);
	if (asks->kind != END && asks->kind != EXECUTE)
		return;
	process_read(pid, "status", text, sizeof(text));
	raise_peak(learned, RLIMIT_AS, process_number(text, "VmPeak") * 1024);
	raise_peak(learned, RLIMIT_DATA, process_number(text, "VmData") * 1024);
	raise_peak(learned, RLIMIT_STACK, process_number(text, "VmStk") * 1024);
	raise_peak(learned, RLIMIT_CPU, used_seconds(pid));
}
