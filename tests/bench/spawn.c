/* SPDX-License-Identifier: MIT */
/*
 * spawn - the runner: starts commands and takes the time
 *
 *	spawn rounds N SEED FILE	all commands of FILE N times, each round
 *in an order of its own spawn parallel WIDTH N FILE	its first command N
 *times, WIDTH at once
 *
 * A line of FILE is a command, its words separated by tabs; "%n" in a word is
 * the number of the start, and a first word "9<PATH" opens PATH as
 *descriptor 9. Prints for each start COMMAND ROUND NS USER_US SYS_US STATUS or,
 *for parallel, one line N NS USER_US SYS_US FAILED in which the times are those
 *of all children and theirs that were waited for. No interpreter, since its own
 *noise is larger than what is measured; stdin and stdout of what runs are
 * /dev/null.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS 64
#define WORDS 512

extern char **environ;

struct command {
	char *words[WORDS + 1];
	posix_spawn_file_actions_t actions;
};

static struct command commands[COMMANDS];
static size_t n_commands;
static unsigned long n_starts;

_Noreturn static void die(const char *what, const char *name)
{
	fprintf(stderr, "spawn: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void command_actions(struct command *command)
{
	posix_spawn_file_actions_t *actions = &command->actions;

	posix_spawn_file_actions_init(actions);
	posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
}

static void read_commands(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!file)
		die("cannot open", path);
	while (n_commands < COMMANDS && getline(&line, &size, file) > 0) {
		struct command *command = &commands[n_commands++];
		size_t n = 0;

		line[strcspn(line, "\n")] = '\0';
		command_actions(command);
		for (char *word = strtok(line, "\t"); word && n < WORDS;
		     word = strtok(NULL, "\t"))
			if (n == 0 && !strncmp(word, "9<", 2))
				posix_spawn_file_actions_addopen(
					&command->actions, 9, word + 2,
					O_RDONLY, 0);
			else
				command->words[n++] = word;
		line = NULL; /* its words stay */
	}
	fclose(file);
}

static pid_t start(const struct command *command)
{
	static char number[32], *words[WORDS + 1];
	char joined[256];
	size_t i;
	pid_t pid;

	snprintf(number, sizeof(number), "%lu", n_starts++);
	for (i = 0; command->words[i]; i++) {
		char *at = strstr(command->words[i], "%n");

		words[i] = command->words[i];
		if (!at)
			continue;
		snprintf(joined, sizeof(joined), "%.*s%s%s",
			 (int)(at - words[i]), words[i], number, at + 2);
		words[i] = joined; /* one for each command is enough */
	}
	words[i] = NULL;
	if (!words[0])
		die("no command", "in the file");
	errno = posix_spawn(&pid, words[0], &command->actions, NULL, words,
			    environ);
	if (errno)
		die("cannot start", words[0]);
	return pid;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long microseconds(const struct timeval *time)
{
	return time->tv_sec * 1000000L + time->tv_usec;
}

static void measure(size_t which, unsigned long round)
{
	struct rusage usage;
	int status;
	long long begin = now(), end;
	pid_t pid = start(&commands[which]);

	if (wait4(pid, &status, 0, &usage) != pid)
		die("cannot wait for", commands[which].words[0]);
	end = now();
	printf("%zu %lu %lld %ld %ld %d\n", which, round, end - begin,
	       microseconds(&usage.ru_utime), microseconds(&usage.ru_stime),
	       status);
}

static void rounds(unsigned long n)
{
	size_t order[COMMANDS] = { 0 };

	for (size_t i = 0; i < n_commands; i++)
		order[i] = i;
	for (unsigned long round = 0; round < n; round++) {
		for (size_t i = n_commands; i-- > 1;) {
			size_t j = (size_t)random() % (i + 1), swap = order[i];

			order[i] = order[j];
			order[j] = swap;
		}
		for (size_t i = 0; i < n_commands; i++)
			measure(order[i], round);
	}
}

static void parallel(unsigned long width, unsigned long n)
{
	unsigned long running = 0, started = 0, failed = 0;
	struct rusage usage;
	long long begin = now();
	int status;

	while (started < n || running > 0) {
		while (started < n && running < width) {
			start(&commands[0]);
			started++;
			running++;
		}
		if (wait(&status) < 0)
			die("cannot wait for", commands[0].words[0]);
		running--;
		failed += status != 0;
	}
	begin = now() - begin;
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("%lu %lld %ld %ld %lu\n", n, begin,
	       microseconds(&usage.ru_utime), microseconds(&usage.ru_stime),
	       failed);
}

int main(int argc, char **argv)
{
	if (argc != 5) {
		fprintf(stderr, "usage: spawn rounds N SEED FILE\n"
				"       spawn parallel WIDTH N FILE\n");
		return 2;
	}
	read_commands(argv[4]);
	if (!strcmp(argv[1], "parallel")) {
		parallel(strtoul(argv[2], NULL, 10),
			 strtoul(argv[3], NULL, 10));
	} else {
		srandom((unsigned)strtoul(argv[3], NULL, 10));
		rounds(strtoul(argv[2], NULL, 10));
	}
	return 0;
}
