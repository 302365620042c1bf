/* SPDX-License-Identifier: MIT */
/*
 * inside - what a candidate really gave, as "key value" lines
 *
 * Facts alone: which of them a level needs, bench.py knows.  Static, so that it
 * runs in any root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#define TMPFS_MAGIC 0x01021994

/* What the id is outside, by the one line of a map. */
static long outside(const char *path, long id)
{
	unsigned long from, to, n;
	FILE *map = fopen(path, "re");
	long answer = -1;

	while (map && fscanf(map, "%lu %lu %lu", &from, &to, &n) == 3)
		if ((unsigned long)id - from < n)
			answer = (long)(id - from + to);
	if (map)
		fclose(map);
	return answer;
}

static void ids(void)
{
	gid_t groups[64];
	int n = getgroups(64, groups);

	printf("uid %ld\n", outside("/proc/self/uid_map", getuid()));
	printf("gid %ld\n", outside("/proc/self/gid_map", getgid()));
	printf("groups");
	for (int i = 0; i < n; i++)
		printf(" %u", groups[i]);
	printf("\nno_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

static void limit(const char *name, int which)
{
	struct rlimit limit = { 0, 0 };

	getrlimit(which, &limit);
	printf("%s %ld:%ld\n", name, (long)limit.rlim_cur,
	       (long)limit.rlim_max);
}

static void namespaces(void)
{
	static const char *const names[] = { "user", "mnt", "pid",
					     "net",  "ipc", "uts" };
	char path[32];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		printf("ns_%s %ld\n", names[i],
		       stat(path, &st) < 0 ? -1 : (long)st.st_ino);
	}
}

static void mounts(void)
{
	struct statfs fs = { .f_type = 0 };
	struct stat st = { .st_dev = 0 };
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int processes = 0;

	printf("root %s\n",
	       statfs("/", &fs) == 0 && fs.f_flags & ST_RDONLY ? "ro" : "rw");
	printf("usr %s\n", statfs("/usr", &fs) == 0 && fs.f_flags & ST_RDONLY
				   ? "ro"
				   : "rw");
	statfs("/tmp", &fs);
	stat("/tmp", &st);
	printf("tmp %s %lu\n", fs.f_type == TMPFS_MAGIC ? "tmpfs" : "other",
	       (unsigned long)st.st_dev);
	printf("tmp_write %s\n", access("/tmp", W_OK) == 0 ? "ok" : "no");
	while (proc && (entry = readdir(proc)))
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			processes++;
	if (proc)
		closedir(proc);
	printf("processes %d\n", processes);
}

static void loopback(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	printf("lo %s\n", fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
					  request.ifr_flags & IFF_UP
				  ? "up"
				  : "down");
	if (fd >= 0)
		close(fd);
}

static void confinement(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	printf("open_root %s\n", fd >= 0 ? "ok" : strerrorname_np(errno));
	printf("seccomp %d\n", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
	printf("unshare %s\n", unshare(0) == 0 ? "ok" : strerrorname_np(errno));
}

int main(int argc, char **argv)
{
	ids();
	limit("core", RLIMIT_CORE);
	limit("nofile", RLIMIT_NOFILE);
	limit("cpu", RLIMIT_CPU);
	printf("secret %s\n", getenv("BENCH_SECRET") ? "seen" : "unseen");
	namespaces();
	mounts();
	loopback();
	confinement();
	return 0;
}
