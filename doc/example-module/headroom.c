/* SPDX-License-Identifier: MIT */
/*
 * headroom - refuses jobs where the host has too little to spare
 *
 *	[headroom]
 *	folder = /srv
 *	free = 10G
 *	memory = 1G
 *	load = 150%
 *
 * `free` is what an ordinary user may still write on the folder's file system,
 * `memory` what the kernel calls available, `load` that of the last minute
 * against the processors that are online.  It looks once, before the job
 * starts.  Of two sections each must allow the job.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cordon/module.h>

struct headroom {
	struct cordon_text folder;
	struct cordon_number free, memory, load;
};

static const struct cordon_option options[] = {
	{ "folder", "whose file system `free` is about", CORDON_PATH,
	  CORDON_BOTH, CORDON_AT(struct headroom, folder), NULL, NULL, NULL },
	{ "free", "bytes free there", CORDON_SIZE, CORDON_BOTH,
	  CORDON_AT(struct headroom, free), "1M..1048576T", NULL, NULL },
	{ "memory", "bytes of memory available", CORDON_SIZE, CORDON_BOTH,
	  CORDON_AT(struct headroom, memory), NULL, NULL, NULL },
	{ "load", "the highest load, of the processors", CORDON_PERCENT,
	  CORDON_BOTH, CORDON_AT(struct headroom, load), "1%..100000%", NULL,
	  NULL },
};

static int headroom_configure(const void *self, struct cordon_error *err)
{
	const struct headroom *headroom = self;

	if (!headroom->free.given && !headroom->memory.given &&
	    !headroom->load.given)
		return cordon_fail(err, 0, "needs 'free', 'memory' or 'load'");
	if (headroom->free.given != headroom->folder.given)
		return cordon_fail(err, 0, "'folder' and 'free' go together");
	return 0;
}

/* What /proc/meminfo calls available, in bytes, or -1. */
static int64_t available(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	unsigned long long kb;
	int64_t bytes = -1;

	while (file && bytes < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			bytes = (int64_t)kb * 1024;
	if (file)
		fclose(file);
	return bytes;
}

static int judge_disk(const struct headroom *headroom,
		      const struct cordon_job *job, struct cordon_error *err)
{
	const char *path = headroom->folder.text;
	const uint64_t least = (uint64_t)headroom->free.value;
	struct cordon_object folder;
	struct statvfs disk;
	uint64_t free;
	int rc, code;

	if (cordon_object_find(job, path, &folder, err) < 0)
		return -1;
	if (folder.fd < 0)
		return cordon_fail(err, ENOENT, "cannot open '%s'", path);
	rc = fstatvfs(folder.fd, &disk);
	code = errno;
	cordon_object_close(job, &folder);
	if (rc < 0)
		return cordon_fail(err, code, "cannot read what '%s' has free",
				   path);
	free = (uint64_t)disk.f_bavail * disk.f_frsize;
	if (free >= least)
		return 0;
	return cordon_deny(err, "'%s' has %lluM free, less than %lluM", path,
			   (unsigned long long)free >> 20,
			   (unsigned long long)least >> 20);
}

static int judge_memory(const struct headroom *headroom,
			struct cordon_error *err)
{
	int64_t memory = available();

	if (memory < 0)
		return cordon_unsupported(err, 0,
					  "/proc/meminfo does not say how much "
					  "memory is available");
	if (memory >= headroom->memory.value)
		return 0;
	return cordon_deny(err, "%lldM of memory are available, less than %lldM",
			   (long long)memory >> 20,
			   (long long)headroom->memory.value >> 20);
}

static int judge_load(const struct headroom *headroom, struct cordon_error *err)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	double load;

	if (n < 1 || getloadavg(&load, 1) != 1)
		return cordon_unsupported(err, 0, "the load cannot be read");
	if (load * 100 / (double)n <= (double)headroom->load.value)
		return 0;
	return cordon_deny(err, "the load is %.2f, above %lld%% of %ld processors",
			   load, (long long)headroom->load.value, n);
}

static int headroom_decide(const void *self, const struct cordon_job *job,
			   struct cordon_error *err)
{
	const struct headroom *headroom = self;

	if (headroom->free.given && judge_disk(headroom, job, err) < 0)
		return -1;
	if (headroom->memory.given && judge_memory(headroom, err) < 0)
		return -1;
	if (headroom->load.given && judge_load(headroom, err) < 0)
		return -1;
	return 0;
}

CORDON_MODULE(headroom) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "refuses jobs where the host has too little to spare",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct headroom),
	.configure = headroom_configure,
	.decide = headroom_decide,
};
