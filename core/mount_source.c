/* SPDX-License-Identifier: MIT */
/*
 * Sources become detached trees before anything is mounted, so that what one
 * mount covers or makes read-only is no matter to another.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "core/mount.h"
#include "core/step.h"
#include "core/sys.h"

enum {
	IDMAP = 0x100000, /* MOUNT_ATTR_IDMAP */
	DEVICES_BYTES = 64 * 1024,
	MAX_DEVICES = DEVICES_BYTES / sizeof(struct mount_device),
};

struct attributes {
	uint64_t set, clear, propagation, userns_fd;
};

static bool is_noexec_asked(const struct act *act)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_NOEXEC);

	while (step && step->is.text[0])
		step = plan_next(act->plan, step);
	return step != NULL;
}

bool mount_is_read_only(const struct act *act, const char *path)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_READ_ONLY);

	while (step && strcmp(step->is.text[0], path))
		step = plan_next(act->plan, step);
	return step != NULL;
}

static unsigned attributes_of_kind(const struct act *act,
				   const struct step *step)
{
	switch (step->is.number[0]) {
	case CORDON_MOUNT_RW:
	case CORDON_MOUNT_OWN:
	case CORDON_MOUNT_TMPFS:
	case CORDON_MOUNT_PRIVATE:
		return MOUNT_NOSUID | MOUNT_NODEV |
		       (is_noexec_asked(act) ? MOUNT_NOEXEC : 0u);
	case CORDON_MOUNT_OVERLAY:
		return MOUNT_NOSUID | MOUNT_NODEV;
	case CORDON_MOUNT_DEVICE:
		return MOUNT_NOSUID;
	default:
		return MOUNT_RDONLY | MOUNT_NOSUID | MOUNT_NODEV;
	}
}

/* In memory targets are still to be made: see seal(). */
unsigned mount_attributes(const struct act *act, const struct step *step)
{
	bool is_read_only = step->is.type == CORDON_STEP_MOUNT &&
			    !mount_is_in_memory(step) &&
			    mount_is_read_only(act, step->is.text[0]);

	if (step->is.type == CORDON_STEP_ROOT)
		return MOUNT_NOSUID | MOUNT_NODEV;
	return attributes_of_kind(act, step) |
	       (is_read_only ? MOUNT_RDONLY : 0u);
}

/* ---- by whose rights ---- */

/*
 * A folder is asked for as one first, since only that makes an automounter
 * mount it.
 */
static long open_object(const char *path)
{
	long fd = mount_open(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW,
			     0);

	return fd == -ENOTDIR
		       ? mount_open(AT_FDCWD, path, O_PATH | O_NOFOLLOW, 0)
		       : fd;
}

static long drop_capabilities(const struct settled *settled)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
						 0 };
	struct __user_cap_data_struct data[2];
	uint64_t keep = settled->host_uid != 0 ? 0
			: settled->has_caps    ? settled->caps
					       : UINT64_MAX;
	long rc = sys(SYS_capget, &head, data);

	for (int i = 0; rc == 0 && i < 2; i++) {
		data[i].effective &= (uint32_t)(keep >> 32 * i);
		data[i].permitted = data[i].effective;
		data[i].inheritable = 0;
	}
	return rc < 0 ? rc : sys(SYS_capset, &head, data);
}

static long become_job(const struct settled *settled)
{
	long rc = sys(SYS_prctl, PR_SET_DUMPABLE, 0);

	if (rc == 0 && settled->has_groups)
		rc = sys(SYS_setgroups, settled->n_groups, settled->groups);
	if (rc == 0)
		rc = sys(SYS_setresgid, settled->host_gid, settled->host_gid,
			 settled->host_gid);
	if (rc == 0)
		rc = sys(SYS_setresuid, settled->host_uid, settled->host_uid,
			 settled->host_uid);
	/* Its descriptors are ours: nobody of that uid may look into it. */
	if (rc == 0)
		rc = sys(SYS_prctl, PR_SET_DUMPABLE, 0);
	return rc < 0 ? rc : drop_capabilities(settled);
}

static _Noreturn void exit_now(long code)
{
	for (;;)
		sys(SYS_exit_group, code);
}

static long wait_for(long pid)
{
	int status = 0;
	long rc;

	do
		rc = sys(SYS_wait4, pid, &status, __WALL, 0);
	while (rc == -EINTR);
	if (rc < 0)
		return rc;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/*
 * A process that shares the descriptor table, so that what it opens with the
 * job's rights is ours; the number is agreed on before.  No signal tells of its
 * end: the job of an in-place run may own a SIGCHLD handler's place.
 */
static long open_as_job(struct act *act, const char *path)
{
	long slot = sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC), pid, rc;

	if (slot < 0)
		return slot;
	pid = sys(SYS_clone, CLONE_FILES);
	if (pid == 0) {
		rc = become_job(&act->plan->settled);
		if (rc == 0)
			rc = open_object(path);
		if (rc >= 0)
			rc = sys(SYS_dup3, rc, slot, O_CLOEXEC);
		exit_now(rc < 0 ? -rc : 0);
	}
	rc = pid < 0 ? pid : wait_for(pid);
	if (rc < 0)
		sys(SYS_close, slot);
	return rc < 0 ? rc : slot;
}

/* In a user namespace of its own the process has the job's ids already. */
static bool has_job_rights(const struct act *act, bool is_inside)
{
	const struct settled *settled = &act->plan->settled;

	if (is_inside && settled->namespaces & CLONE_NEWUSER)
		return true;
	return sys(SYS_geteuid) == (long)settled->host_uid &&
	       sys(SYS_getegid) == (long)settled->host_gid &&
	       !settled->has_groups && !settled->has_caps;
}

long mount_open_for_job(struct act *act, const char *path)
{
	return has_job_rights(act, true) ? open_object(path)
					 : open_as_job(act, path);
}

static long open_source(struct act *act, const struct step *step,
			bool is_inside)
{
	const char *path = step->is.type == CORDON_STEP_ROOT
				   ? step->is.text[0]
				   : mount_source(step);
	bool as_job = step->is.number[3] & CORDON_FLAG_PARAMETER &&
		      !has_job_rights(act, is_inside);
	long fd = as_job ? open_as_job(act, path) : open_object(path);

	if (fd == -ELOOP)
		return mount_say(act, fd, "", path,
				 " goes through a symbolic link (write the "
				 "real path)");
	if (fd == -ENOSYS)
		act->report.unsupported = 1;
	return fd < 0 ? mount_say(act, fd, "cannot open ", path, "") : fd;
}

/* ---- own: ids mapped by the mount ---- */

static long write_map(const char *proc, size_t length, const char *name,
		      uint32_t disk, uint32_t job)
{
	char path[64], text[64], buffer[24];
	const char *part;
	size_t size;
	long fd, rc;

	memcpy(path, proc, length);
	memcpy(path + length, name, strlen(name) + 1);
	part = mount_number(buffer, disk, 10);
	size = strlen(part);
	memcpy(text, part, size);
	text[size++] = ' ';
	part = mount_number(buffer, job, 10);
	memcpy(text + size, part, strlen(part));
	size += strlen(part);
	memcpy(text + size, " 1\n", 3);
	fd = sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	rc = sys(SYS_write, fd, text, size + 3);
	sys(SYS_close, fd);
	return rc < 0 ? rc : 0;
}

static long map_namespace(struct act *act, long pid,
			  const struct mount_stat *owner)
{
	const struct settled *settled = &act->plan->settled;
	char proc[64] = "/proc/", buffer[24];
	const char *number = mount_number(buffer, (uint64_t)pid, 10);
	size_t length = 6 + strlen(number);
	long rc;

	memcpy(proc + 6, number, strlen(number) + 1);
	rc = write_map(proc, length, "/uid_map", owner->uid,
		       settled->host_uid);
	if (rc == 0)
		rc = write_map(proc, length, "/gid_map", owner->gid,
			       settled->host_gid);
	if (rc < 0)
		return rc;
	memcpy(proc + length, "/ns/user", 9);
	return sys(SYS_openat, AT_FDCWD, proc, O_RDONLY | O_CLOEXEC);
}

/* A user namespace without anybody in it, only for its map. */
static long open_id_map(struct act *act, const struct mount_stat *owner)
{
	struct timespec while_we_write = { .tv_sec = 10 };
	long pid = sys(SYS_clone, CLONE_NEWUSER), fd;

	if (pid == 0) {
		sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
		sys(SYS_ppoll, 0, 0, &while_we_write, 0, 0);
		exit_now(0);
	}
	if (pid < 0)
		return pid;
	fd = map_namespace(act, pid, owner);
	sys(SYS_kill, pid, SIGKILL);
	wait_for(pid);
	return fd;
}

/*
 * The folder's owner is whose results they are.  Never root: the job could leave
 * set-user-ID programs of root's there.
 */
static int map_ids(struct act *act, int tree, const char *path)
{
	const struct settled *settled = &act->plan->settled;
	struct attributes set = { .set = IDMAP };
	const struct cordon_job *job = act->plan->job;
	struct mount_stat owner;
	long fd, rc;

	if (job->uid == settled->host_uid && job->gid == settled->host_gid)
		return 0; /* as the caller has them, so has the job */
	rc = mount_stat(tree, "", &owner);
	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", path, "");
	if (owner.uid == settled->host_uid && owner.gid == settled->host_gid)
		return 0; /* they are the job's own as they are */
	if (owner.uid == 0 || owner.gid == 0)
		return mount_say(act, -EPERM, "", path,
				 " is root's: chown it to whom the results "
				 "are for");
	fd = open_id_map(act, &owner);
	if (fd < 0) {
		act->report.unsupported = fd == -EPERM || fd == -ENOSPC;
		return mount_say(act, fd, "cannot map the ids of ", path, "");
	}
	set.userns_fd = (uint64_t)fd;
	/* The kernel keeps the map; filesystems that cannot say EINVAL. */
	rc = sys(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | 0x8000, &set,
		 sizeof(set));
	sys(SYS_close, fd);
	if (rc < 0) {
		act->report.unsupported =
			rc == -EINVAL || rc == -EPERM || rc == -ENOSYS;
		return mount_say(act, rc, "cannot map the ids of ", path, "");
	}
	return 0;
}

/* ---- trees ---- */

static unsigned propagation(const struct act *act)
{
	return act->plan->settled.propagation == 0 ? MOUNT_SLAVE
						   : MOUNT_PRIVATE;
}

static bool wants_folder(const struct step *step)
{
	return step->is.type == CORDON_STEP_ROOT ||
	       step->is.number[0] == CORDON_MOUNT_OVERLAY;
}

/* Gives a tree, or the link itself where the object is one. */
static long make_tree(struct act *act, const struct step *step, int fd,
		      const char *path)
{
	struct mount_stat st;
	long tree, rc = mount_stat(fd, "", &st);

	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", path, "");
	if (wants_folder(step) && !S_ISDIR(st.mode)) {
		sys(SYS_close, fd);
		return mount_say(act, -ENOTDIR, "", path,
				 " is no folder (write the real path of one)");
	}
	if (S_ISLNK(st.mode))
		return fd;
	tree = mount_clone(act, fd, path);
	sys(SYS_close, fd);
	if (tree < 0)
		return tree;
	rc = mount_set(act, (int)tree, mount_attributes(act, step), true,
		       propagation(act), path);
	if (rc == 0 && step->is.type == CORDON_STEP_MOUNT &&
	    step->is.number[0] == CORDON_MOUNT_OWN)
		rc = map_ids(act, (int)tree, path);
	if (rc < 0)
		sys(SYS_close, tree);
	return rc < 0 ? rc : tree;
}

/* ---- patterns of devices ---- */

static const char *last_part(const char *path)
{
	const char *part = strrchr(path, '/');

	return part ? part + 1 : path;
}

/* A parameter's value is one literal word. */
static bool is_pattern(const struct step *step)
{
	const char *part = last_part(mount_source(step));

	return step->is.number[0] == CORDON_MOUNT_DEVICE &&
	       !(step->is.number[3] & CORDON_FLAG_PARAMETER) &&
	       part[strcspn(part, "*?[")] != '\0';
}

/* One character of a set "[a-z]"; the pattern stands behind '['. */
static bool match_set(const char **pattern, char c)
{
	const char *at = *pattern;
	bool is_not = *at == '!', is_met = false;

	at += is_not;
	do {
		char low = *at, high = low;

		if (low && at[1] == '-' && at[2] && at[2] != ']') {
			high = at[2];
			at += 2;
		}
		is_met |= low <= c && c <= high;
	} while (*at && *++at != ']');
	*pattern = *at ? at + 1 : at;
	return *at == ']' && is_met != is_not;
}

static bool match(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name) {
		const char *next = pattern + 1;

		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == '?' || *pattern == *name ||
			   (*pattern == '[' && match_set(&next, *name))) {
			pattern = next;
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static int add_device(struct act *act, const struct step *step, int dir,
		      const char *name)
{
	struct mount_device *device =
		&act->mounts.devices[act->mounts.n_devices];
	struct mount_stat st;
	long fd = mount_open(dir, name, O_PATH | O_NOFOLLOW, 0);
	int rc;

	if (fd == -ENOENT) /* gone since it was listed */
		return 0;
	if (fd < 0)
		return mount_say(act, fd, "cannot open ", name, "");
	rc = mount_stat((int)fd, "", &st);
	if (rc < 0 || S_ISLNK(st.mode)) {
		sys(SYS_close, fd);
		return rc < 0 ? mount_say(act, rc, "cannot stat ", name, "")
			      : 0;
	}
	if (act->mounts.n_devices == MAX_DEVICES ||
	    strlen(name) >= sizeof(device->name)) {
		sys(SYS_close, fd);
		return mount_say(act, -E2BIG, "too many devices like ", name,
				 "");
	}
	fd = make_tree(act, step, (int)fd, name);
	if (fd < 0)
		return (int)fd;
	device->fd = (int)fd;
	device->step = (uint32_t)(step - act->plan->steps);
	memcpy(device->name, name, strlen(name) + 1);
	act->mounts.n_devices++;
	return 0;
}

static int list_devices(struct act *act, const struct step *step, int dir)
{
	const char *pattern = last_part(mount_source(step));
	_Alignas(struct sys_entry) char buffer[2048];
	long size;
	int rc = 0;

	while (rc == 0 &&
	       (size = sys(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0)
		for (char *at = buffer; rc == 0 && at < buffer + size;) {
			struct sys_entry *entry = (struct sys_entry *)(void *)at;

			if (*entry->name != '.' && match(pattern, entry->name))
				rc = add_device(act, step, dir, entry->name);
			at += entry->size;
		}
	if (rc == 0 && size < 0)
		return mount_say(act, size, "cannot list ", mount_source(step),
				 "");
	return rc;
}

/* Within PATH_MAX there is room for a device's name behind it. */
enum { FOLDER_ROOM = 1024 };

static bool is_too_long(const struct step *step)
{
	return strlen(step->is.text[0]) >= FOLDER_ROOM ||
	       strlen(mount_source(step)) >= FOLDER_ROOM;
}

static int open_devices(struct act *act, const struct step *step)
{
	const char *path = mount_source(step);
	size_t length = (size_t)(last_part(path) - path);
	uint32_t before = act->mounts.n_devices;
	char folder[FOLDER_ROOM];
	long fd;
	int rc;

	if (!act->mounts.devices) {
		long at =
			sys(SYS_mmap, 0, DEVICES_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at < 0 && at > -4096)
			return mount_say(act, at, "no memory for ", path, "");
		act->mounts.devices = (struct mount_device *)at;
	}
	if (is_too_long(step))
		return mount_say(act, -ENAMETOOLONG, "cannot open ", path, "");
	memcpy(folder, path, length);
	folder[length] = '\0';
	fd = mount_open(AT_FDCWD, folder, O_RDONLY | O_DIRECTORY, 0);
	if (fd < 0)
		return mount_say(act, fd, "cannot open ", folder, "");
	rc = list_devices(act, step, (int)fd);
	sys(SYS_close, fd);
	if (rc == 0 && act->mounts.n_devices == before &&
	    !(step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT))
		return mount_say(act, -ENOENT, "no device is like ", path, "");
	return rc;
}

/* ---- all of them ---- */

/* What the caller named, but the job may not reach, is as good as absent. */
static bool is_absent(const struct step *step, long rc)
{
	const int64_t flags = step->is.number[3];

	return flags & CORDON_FLAG_MAY_BE_ABSENT &&
	       (rc == -ENOENT ||
		(rc == -EACCES && flags & CORDON_FLAG_PARAMETER));
}

static bool has_tree(const struct act *act, const struct step *step)
{
	if (step->is.type == CORDON_STEP_ROOT)
		return step->is.number[0] == CORDON_ROOT_DIR;
	if (step->is.type != CORDON_STEP_MOUNT || mount_is_host_root(act, step))
		return false;
	return step->is.number[0] <= CORDON_MOUNT_DEVICE ||
	       step->is.number[0] == CORDON_MOUNT_OVERLAY;
}

int mount_sources(struct act *act, bool is_inside)
{
	const struct plan *plan = act->plan;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];
		long fd;

		if (!has_tree(act, step))
			continue;
		if (is_pattern(step)) {
			fd = open_devices(act, step);
			if (fd >= 0)
				continue;
			act->report.step = (int32_t)i;
			return (int)fd;
		}
		fd = open_source(act, step, is_inside);
		if (is_absent(step, fd)) {
			act->report.what[0] = '\0'; /* that was no fault */
			continue;
		}
		if (fd >= 0)
			fd = make_tree(act, step, (int)fd,
				       step->is.type == CORDON_STEP_ROOT
					       ? step->is.text[0]
					       : mount_source(step));
		if (fd < 0) {
			act->report.step = (int32_t)i;
			return (int)fd;
		}
		act->source_fds[i] = (int)fd;
	}
	act->mounts.has_sources = true;
	return 0;
}

void mount_forget(struct act *act)
{
	memset(&act->mounts, 0, sizeof(act->mounts));
	memset(act->mounts.nodes, -1, sizeof(act->mounts.nodes));
	act->mounts.host_proc = act->mounts.proc_tree = act->mounts.dev = -1;
	act->mounts.null = act->mounts.empty = act->mounts.hidden = -1;
	act->root_fd = -1;
	memset(act->source_fds, -1,
	       act->plan->n_steps * sizeof(*act->source_fds));
}

/* Over the namespace that we are in, which a user namespace may not own. */
static bool may_mount(void)
{
	long tree = sys(SYS_open_tree, AT_FDCWD, "/", 1 | O_CLOEXEC);

	if (tree >= 0)
		sys(SYS_close, tree);
	return tree >= 0;
}

int mount_open_sources(struct act *act)
{
	mount_forget(act);
	if (!act->plan->settled.has_mounts || sys(SYS_geteuid) != 0 ||
	    !may_mount())
		return 0;
	return mount_sources(act, false);
}
