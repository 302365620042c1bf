/* SPDX-License-Identifier: MIT */
/*
 * The root that the job will see, and what is mounted into it.
 *
 * The new root is mounted over the old "/", below the eyes of this process,
 * which still sees the host; everything goes by act->root_fd until pivot.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "core/mount.h"
#include "core/step.h"
#include "core/sys.h"

enum {
	SET_STRING = 1, /* FSCONFIG_* */
	SET_FD = 5,
	CREATE = 6,
	DETACH = 2, /* MNT_DETACH */
};

const char *mount_source(const struct step *step)
{
	return step->is.text[1] ? step->is.text[1] : step->is.text[0];
}

static bool is_root_path(const char *path)
{
	return path[strspn(path, "/")] == '\0';
}

static bool is_below(const char *path, const char *folder)
{
	size_t length = strlen(folder);

	return !strncmp(path, folder, length) &&
	       (path[length] == '/' || path[length] == '\0');
}

bool mount_is_host_root(const struct act *act, const struct step *step)
{
	return act->plan->settled.root == CORDON_ROOT_HOST &&
	       step->is.type == CORDON_STEP_MOUNT &&
	       (step->is.number[0] == CORDON_MOUNT_RO ||
		step->is.number[0] == CORDON_MOUNT_RW) &&
	       is_root_path(step->is.text[0]) &&
	       is_root_path(mount_source(step));
}

static size_t index_of(const struct act *act, const struct step *step)
{
	return (size_t)(step - act->plan->steps);
}

/* ---- targets ---- */

bool mount_is_in_memory(const struct step *step)
{
	return step->is.type == CORDON_STEP_MOUNT &&
	       (step->is.number[0] == CORDON_MOUNT_TMPFS ||
		step->is.number[0] == CORDON_MOUNT_PRIVATE ||
		step->is.number[0] == CORDON_MOUNT_OVERLAY);
}

/* Does a file made there stay in memory that is the job's alone? */
static bool is_ours(const struct act *act, int fd)
{
	const struct plan *plan = act->plan;

	if (act->mounts.is_root_ours && mount_is_same(fd, act->root_fd))
		return true;
	if (act->mounts.has_dev && plan->settled.dev == CORDON_DEV_MINIMAL &&
	    mount_is_same(fd, act->mounts.dev))
		return true;
	for (size_t i = 0; i < plan->n_steps; i++)
		if (mount_is_in_memory(&plan->steps[i]) &&
		    mount_is_same(fd, act->source_fds[i]))
			return true;
	return false;
}

static long open_part(int fd, const char *name)
{
	return mount_open(fd, name, O_PATH | O_DIRECTORY, 0);
}

/* Takes fd. */
static long enter_part(struct act *act, int fd, const char *name,
		       const char *path)
{
	long next = open_part(fd, name);

	if (next == -ENOENT && !is_ours(act, fd)) {
		sys(SYS_close, fd);
		return mount_say(act, next, "no target ", path,
				 " in the root (create it, or use root = "
				 "empty)");
	}
	if (next == -ENOENT) {
		next = mount_mkdir(fd, name, 0755);
		if (next == 0)
			next = open_part(fd, name);
	}
	sys(SYS_close, fd);
	return next < 0 ? mount_say(act, next, "cannot make ", path, "") : next;
}

/* The folder that the path's last part stands in, made where it may be; the
 * part goes to `name`. */
static long open_parent(struct act *act, const char *target, char *name)
{
	const char *path = target;
	long fd = sys(SYS_openat, act->root_fd, ".",
		      O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (;;) {
		size_t size;

		path += strspn(path, "/");
		size = strcspn(path, "/");
		if (fd < 0)
			return fd;
		if (size == 0 || size > NAME_MAX) {
			sys(SYS_close, fd);
			return mount_say(act, -EINVAL, "no name: ", target, "");
		}
		memcpy(name, path, size);
		name[size] = '\0';
		if (path[size + strspn(path + size, "/")] == '\0')
			return fd;
		fd = enter_part(act, (int)fd, name, target);
		path += size;
	}
}

static long make_target(struct act *act, const char *path, bool is_dir)
{
	char name[NAME_MAX + 1];
	long fd = open_parent(act, path, name), rc;

	if (fd < 0)
		return fd;
	if (!is_ours(act, (int)fd))
		rc = mount_say(act, -ENOENT, "no target ", path,
			       " in the root (create it, or use root = "
			       "empty)");
	else if (is_dir)
		rc = mount_mkdir((int)fd, name, 0755);
	else
		rc = sys(SYS_mknodat, fd, name, S_IFREG | 0444, 0);
	if (rc == 0) {
		rc = mount_open((int)fd, name, O_PATH, 0);
		if (rc < 0)
			mount_say(act, rc, "cannot open the new ", path, "");
	} else if (rc != -ENOENT) {
		mount_say(act, rc, "cannot make ", path, "");
	}
	sys(SYS_close, fd);
	return rc;
}

long mount_open_target(struct act *act, const char *path, bool is_dir)
{
	long fd = mount_open_inside(act, path, is_dir ? O_DIRECTORY : 0);

	if (fd == -ELOOP)
		return mount_say(act, fd, "", path,
				 " goes through a symbolic link (write the "
				 "real path)");
	if (fd == -ENOENT)
		return make_target(act, path, is_dir);
	return fd < 0 ? mount_say(act, fd, "cannot open target ", path, "")
		      : fd;
}

int mount_make_link(struct act *act, const char *path, const char *text)
{
	char name[NAME_MAX + 1], have[PATH_MAX];
	size_t length = strlen(text);
	long fd = open_parent(act, path, name), rc;

	if (fd < 0)
		return (int)fd;
	rc = sys(SYS_readlinkat, fd, name, have, sizeof(have));
	if (rc == (long)length && !memcmp(have, text, length))
		rc = 0; /* it stands there */
	else if (rc != -ENOENT)
		rc = mount_say(act, -EEXIST, "there is another ", path, "");
	else if (!is_ours(act, (int)fd))
		rc = mount_say(act, rc, "no link ", path,
			       " in the root (create it, or use root = "
			       "empty)");
	else if ((rc = sys(SYS_symlinkat, text, fd, name)) < 0)
		mount_say(act, rc, "cannot make the link ", path, "");
	sys(SYS_close, fd);
	return (int)rc;
}

/* ---- kinds of mounts ---- */

/* Over "/" a tree becomes the root itself. */
static int attach_root(struct act *act, int tree)
{
	int rc = mount_attach(act, tree, act->root_fd, "/");
	long fd;

	if (rc < 0)
		return rc;
	fd = sys(SYS_openat, tree, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return mount_say(act, fd, "cannot open the new root", "", "");
	mount_close_fd(&act->root_fd);
	act->root_fd = (int)fd;
	act->mounts.is_root_moved = true;
	return 0;
}

static int attach(struct act *act, int tree, const char *path, bool is_dir)
{
	long at;
	int rc;

	if (is_root_path(path))
		return attach_root(act, tree);
	at = mount_open_target(act, path, is_dir);
	if (at < 0)
		return (int)at;
	rc = mount_attach(act, tree, (int)at, path);
	sys(SYS_close, at);
	return rc;
}

static int bind(struct act *act, int tree, const char *path)
{
	char text[PATH_MAX];
	struct mount_stat st;
	long rc = mount_stat(tree, "", &st);

	if (rc < 0)
		return mount_say(act, rc, "cannot stat the source of ", path,
				 "");
	if (!S_ISLNK(st.mode))
		return attach(act, tree, path, S_ISDIR(st.mode));
	rc = sys(SYS_readlinkat, tree, "", text, sizeof(text) - 1);
	if (rc < 0)
		return mount_say(act, rc, "cannot read the link ", path, "");
	text[rc] = '\0';
	return mount_make_link(act, path, text);
}

static int bind_devices(struct act *act, const struct step *step)
{
	const char *path = step->is.text[0], *part = strrchr(path, '/');
	size_t length = part ? (size_t)(part + 1 - path) : 0;
	char target[PATH_MAX];

	for (uint32_t i = 0; i < act->mounts.n_devices; i++) {
		const struct mount_device *device = &act->mounts.devices[i];
		int rc;

		if (device->step != index_of(act, step))
			continue;
		memcpy(target, path, length); /* see is_too_long() */
		memcpy(target + length, device->name, sizeof(device->name));
		rc = bind(act, device->fd, target);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The job owns it: mode 0700 shall mean its own. */
static long new_tmpfs(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	const int64_t size = step->is.number[1];
	char text[4][24];
	struct mount_option options[] = {
		{ "uid", mount_number(text[0], settled->uid, 10) },
		{ "gid", mount_number(text[1], settled->gid, 10) },
		{ "mode",
		  mount_number(text[2], (uint64_t)step->is.number[2], 8) },
		{ NULL, NULL },
		{ NULL, NULL },
	};

	if (size > 0) /* else the kernel's own: half of the memory */
		options[3] = (struct mount_option){
			"size", mount_number(text[3], (uint64_t)size, 10)
		};
	return mount_new(act, "tmpfs", options, mount_attributes(act, step),
			 step->is.text[0]);
}

/* Without its size it would be half of the memory. */
static int check_tmpfs(struct act *act, const struct step *step, int fd)
{
	const int64_t size = step->is.number[1];
	struct mount_stat st;
	struct statfs fs;
	long rc = mount_stat(fd, "", &st);

	if (rc == 0)
		rc = sys(SYS_fstatfs, fd, &fs);
	if (rc == 0 && ((st.mode & 07777) != step->is.number[2] ||
			st.uid != act->plan->settled.uid ||
			st.gid != act->plan->settled.gid))
		rc = -EIO;
	if (rc == 0 && size > 0 &&
	    (fs.f_blocks == 0 ||
	     (int64_t)(fs.f_blocks - 1) * (int64_t)fs.f_bsize >= size))
		rc = -EIO;
	return rc < 0 ? mount_say(act, rc, "tmpfs ", step->is.text[0],
				  " is not as it was asked for")
		      : 0;
}

static int mount_tmpfs(struct act *act, const struct step *step)
{
	long tree = new_tmpfs(act, step);
	int rc;

	if (tree < 0)
		return (int)tree;
	act->source_fds[index_of(act, step)] = (int)tree;
	rc = check_tmpfs(act, step, (int)tree);
	return rc < 0 ? rc : attach(act, (int)tree, step->is.text[0], true);
}

/* By descriptor since Linux 6.13, before that by its name in /proc. */
static long set_folder(long fs, const char *key, const char *old_key, long fd)
{
	char name[48] = "/proc/self/fd/", buffer[24];
	const char *number = mount_number(buffer, (uint64_t)fd, 10);
	long rc = sys(SYS_fsconfig, fs, SET_FD, key, 0, fd);

	if (rc != -EINVAL)
		return rc;
	memcpy(name + 14, number, strlen(number) + 1);
	return sys(SYS_fsconfig, fs, SET_STRING, old_key, name, 0);
}

static long configure_overlay(struct act *act, long fs, int lower, long upper,
			      long work)
{
	long rc = set_folder(fs, "lowerdir+", "lowerdir", lower);

	if (rc == 0)
		rc = set_folder(fs, "upperdir", "upperdir", upper);
	if (rc == 0)
		rc = set_folder(fs, "workdir", "workdir", work);
	if (rc == 0 && act->plan->settled.namespaces & CLONE_NEWUSER)
		rc = sys(SYS_fsconfig, fs, 0, "userxattr", 0, 0);
	return rc < 0 ? rc : sys(SYS_fsconfig, fs, CREATE, 0, 0, 0);
}

/* The folder that the job sees has the mode and owner of `upper`. */
static long make_layers(int memory, int lower, long *upper, long *work)
{
	struct mount_stat st;
	long rc = mount_stat(lower, "", &st);

	if (rc == 0)
		rc = mount_mkdir(memory, "work", 0700);
	if (rc == 0)
		rc = sys(SYS_mkdirat, memory, "upper", 0700);
	if (rc < 0)
		return rc;
	/* An owner who has no id here stays ours; the mode is set after it,
	 * since this clears bits. */
	sys(SYS_fchownat, memory, "upper", st.uid, st.gid, AT_SYMLINK_NOFOLLOW);
	rc = sys(SYS_fchmodat, memory, "upper", st.mode & 07777);
	if (rc < 0)
		return rc;
	*upper = open_part(memory, "upper");
	*work = open_part(memory, "work");
	return *upper < 0 ? *upper : *work < 0 ? *work : 0;
}

static long new_overlay(struct act *act, const struct step *step, int lower,
			int memory)
{
	long fs = sys(SYS_fsopen, "overlay", 1), upper = -1, work = -1, rc;

	rc = fs < 0 ? fs : make_layers(memory, lower, &upper, &work);
	if (rc == 0)
		rc = configure_overlay(act, fs, lower, upper, work);
	if (rc == 0)
		rc = sys(SYS_fsmount, fs, 1, mount_attributes(act, step));
	for (int i = 0; i < 3; i++) {
		int fd = (int)(i == 0 ? fs : i == 1 ? upper : work);

		mount_close_fd(&fd);
	}
	if (rc >= 0)
		return rc;
	act->report.unsupported = rc == -ENODEV || rc == -EPERM;
	/* The kernel says so where a user would see what a mount covers. */
	return mount_say(act, rc, "cannot make the overlay ", step->is.text[0],
			 rc == -EINVAL
				 ? " (a mount below its source is in the way)"
				 : "");
}

/*
 * All three lie over the target, the overlay on top: an older kernel takes no
 * layers from detached mounts.
 */
static int mount_overlay(struct act *act, const struct step *step)
{
	int *lower = &act->source_fds[index_of(act, step)];
	const char *path = step->is.text[0];
	const struct mount_option options[] = { { "mode", "0700" },
						{ NULL, NULL } };
	long memory, tree;
	int rc = attach(act, *lower, path, true);

	if (rc < 0)
		return rc;
	memory = mount_new(act, "tmpfs", options, MOUNT_NOSUID | MOUNT_NODEV,
			   path);
	if (memory < 0)
		return (int)memory;
	rc = attach(act, (int)memory, path, true);
	tree = rc < 0 ? rc : new_overlay(act, step, *lower, (int)memory);
	sys(SYS_close, memory);
	if (tree < 0)
		return (int)tree;
	mount_close_fd(lower);
	*lower = (int)tree;
	rc = mount_check(act, *lower, mount_attributes(act, step), path);
	return rc < 0 ? rc : attach(act, *lower, path, true);
}

static int mount_one(struct act *act, const struct step *step)
{
	int tree = act->source_fds[index_of(act, step)];

	switch (step->is.number[0]) {
	case CORDON_MOUNT_TMPFS:
	case CORDON_MOUNT_PRIVATE:
		return mount_tmpfs(act, step);
	case CORDON_MOUNT_OVERLAY:
		return tree < 0 ? 0 : mount_overlay(act, step);
	case CORDON_MOUNT_SYMLINK:
		return mount_make_link(act, step->is.text[0], step->is.text[1]);
	case CORDON_MOUNT_DEVICE:
		if (tree < 0)
			return bind_devices(act, step);
		break;
	default:
		break;
	}
	/* Absent sources that may be absent have been skipped. */
	return tree < 0 ? 0 : bind(act, tree, step->is.text[0]);
}

/* ---- the root ---- */

/*
 * The host's devices must stay devices: their tree, cloned before, is laid over
 * itself.  No flag that the host has set is ever cleared.
 */
static int change_host_root(struct act *act, const struct step *step)
{
	unsigned attributes = mount_attributes(act, step);
	int rc = mount_set(act, act->root_fd, attributes, true, 0, "/");

	if (rc < 0 || act->mounts.dev < 0)
		return rc;
	rc = mount_set(act, act->mounts.dev,
		       attributes & ~(unsigned)MOUNT_NODEV, true, 0, "/dev");
	return rc < 0 ? rc : attach(act, act->mounts.dev, "/dev", true);
}

static int new_root(struct act *act)
{
	const struct mount_option options[] = { { "size", "16m" },
						{ "mode", "0755" },
						{ NULL, NULL } };
	long tree = mount_new(act, "tmpfs", options, MOUNT_NOSUID | MOUNT_NODEV,
			      "/");
	int rc;

	if (tree < 0)
		return (int)tree;
	rc = attach_root(act, (int)tree);
	sys(SYS_close, tree);
	act->mounts.is_root_ours = rc == 0;
	return rc;
}

/* What is mounted on "/" comes first of all, whatever the order of rows. */
static int mount_on_root(struct act *act)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_MOUNT);

	for (; step; step = plan_next(act->plan, step)) {
		int rc;

		if (!is_root_path(step->is.text[0]))
			continue;
		if (mount_is_host_root(act, step))
			return change_host_root(act, step);
		if (act->plan->settled.root == CORDON_ROOT_DIR)
			return mount_say(act, -EINVAL, "a mount on / covers ",
					 act->plan->settled.root_dir, "");
		rc = mount_one(act, step);
		/* A tmpfs is found by its step. */
		act->mounts.is_root_ours = false;
		return rc;
	}
	return 0;
}

int mount_make_root(struct act *act)
{
	const struct step *step = plan_find(act->plan, CORDON_STEP_ROOT);
	int rc = 0;

	if (act->mounts.has_root)
		return 0;
	act->mounts.has_root = true;
	if (act->plan->settled.root == CORDON_ROOT_EMPTY)
		rc = new_root(act);
	else if (act->plan->settled.root == CORDON_ROOT_DIR && step)
		rc = attach_root(act, act->source_fds[index_of(act, step)]);
	if (rc == 0)
		rc = mount_on_root(act);
	/* Else a job with CAP_MKNOD makes itself what its /dev lacks. */
	if (rc == 0 && act->plan->settled.root == CORDON_ROOT_HOST &&
	    act->plan->settled.dev != CORDON_DEV_HOST)
		rc = mount_set(act, act->root_fd, MOUNT_NODEV, true, 0, "/");
	return rc;
}

/* ---- rows ---- */

int act_mounts_begin(struct act *act, const struct step *step)
{
	unsigned propagation = act->plan->settled.propagation == 0
				       ? MOUNT_SLAVE
				       : MOUNT_PRIVATE;
	long fd;
	int rc;

	(void)step;
	if (!act->mounts.has_sources)
		mount_forget(act);
	act->root_fd = -1;
	fd = sys(SYS_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return mount_say(act, fd, "cannot open ", "/", "");
	act->root_fd = (int)fd;
	rc = mount_set(act, act->root_fd, 0, true, propagation, "/");
	if (rc == -EINVAL) /* what is above it would still be shared */
		return mount_say(act, rc, "", "/",
				 " is no mount: cordon runs in a chroot");
	if (rc == 0 && !act->mounts.has_sources)
		rc = mount_sources(act, true);
	return rc < 0 ? rc : mount_begin_proc(act);
}

int act_root(struct act *act, const struct step *step)
{
	(void)step;
	return mount_make_root(act);
}

/* Rows may stand in any order: what a target needs is made before it. */
int act_mount(struct act *act, const struct step *step)
{
	const char *path = step->is.text[0];
	int rc = mount_make_root(act);

	if (rc < 0 || is_root_path(path))
		return rc;
	if (is_below(path, "/proc"))
		rc = mount_make_proc(act);
	else if (is_below(path, "/dev"))
		rc = mount_make_dev(act);
	return rc < 0 ? rc : mount_one(act, step);
}

static bool is_own_mount(struct act *act, int fd)
{
	if (mount_is_same(fd, act->root_fd) ||
	    mount_is_same(fd, act->mounts.dev))
		return true;
	for (size_t i = 0; i < act->plan->n_steps; i++)
		if (mount_is_same(fd, act->source_fds[i]))
			return true;
	return false;
}

static int restrict_mount(struct act *act, int fd, unsigned attribute,
			  const char *path)
{
	struct mount_stat st;
	long tree;
	int rc = mount_stat(fd, "", &st);

	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", path, "");
	/* STATX_ATTR_MOUNT_ROOT */
	if (st.attributes & 0x2000 && is_own_mount(act, fd))
		return mount_set(act, fd, attribute, true, 0, path);
	tree = mount_clone(act, fd, path);
	if (tree < 0)
		return (int)tree;
	rc = mount_set(act, (int)tree, attribute, true, 0, path);
	if (rc == 0)
		rc = mount_attach(act, (int)tree, fd, path);
	sys(SYS_close, tree);
	return rc;
}

static int restrict_path(struct act *act, const struct step *step,
			 unsigned attribute)
{
	const char *path = step->is.text[0];
	int rc = mount_make_root(act);
	long fd;

	if (rc < 0 || !path)
		return rc;
	if (is_root_path(path))
		return mount_set(act, act->root_fd, attribute, true, 0, path);
	fd = mount_open_inside(act, path, 0);
	if (fd == -ENOENT && step->is.number[3] & CORDON_FLAG_MAY_BE_ABSENT)
		return 0;
	if (fd == -ELOOP)
		return mount_say(act, fd, "", path,
				 " goes through a symbolic link (write the "
				 "real path)");
	if (fd < 0)
		return mount_say(act, fd, "cannot open ", path, "");
	rc = restrict_mount(act, (int)fd, attribute, path);
	sys(SYS_close, fd);
	return rc;
}

/* "writable" is a flag of each tree from its start: see mount_attributes(). */
int act_noexec(struct act *act, const struct step *step)
{
	return restrict_path(act, step, MOUNT_NOEXEC);
}

/* Of a tree of ours it is a flag from its start, and what is mounted in it has
 * its own. */
static bool is_tree(const struct act *act, const char *path)
{
	if (!strcmp(path, "/proc") && act->mounts.proc_tree >= 0)
		return true;
	if (!strcmp(path, "/dev") && act->mounts.dev >= 0)
		return true;
	for (size_t i = 0; i < act->plan->n_steps; i++)
		if (act->plan->steps[i].is.type == CORDON_STEP_MOUNT &&
		    act->source_fds[i] >= 0 &&
		    !strcmp(act->plan->steps[i].is.text[0], path))
			return true;
	return false;
}

int act_read_only(struct act *act, const struct step *step)
{
	return is_tree(act, step->is.text[0])
		       ? 0
		       : restrict_path(act, step, MOUNT_RDONLY);
}

/* Is what "/" shows, on top of all, the new root? */
static int check_root(struct act *act)
{
	struct mount_stat want, have, top;
	long rc = mount_stat(act->root_fd, "", &want);

	if (rc == 0)
		rc = mount_stat(AT_FDCWD, "/", &have);
	if (rc == 0)
		rc = mount_stat(AT_FDCWD, "/..", &top);
	if (rc != 0)
		return mount_say(act, rc, "cannot stat ", "/", "");
	if (want.mount != have.mount || want.ino != have.ino ||
	    want.dev_major != have.dev_major ||
	    want.dev_minor != have.dev_minor || top.mount != want.mount)
		return mount_say(act, -EIO, "", "/", " is not the new root");
	return 0;
}

static int check_cwd(struct act *act)
{
	struct mount_stat want, have;
	long rc = mount_stat(act->root_fd, "", &want);

	if (rc == 0)
		rc = mount_stat(AT_FDCWD, ".", &have);
	if (rc == 0 && (want.mount != have.mount || want.ino != have.ino))
		rc = -EIO;
	return rc < 0 ? mount_say(act, rc, "the working folder is not ", "/",
				  "")
		      : 0;
}

/* The old root lies over the new one, and over it what "/" went through. */
static int drop_old_root(struct act *act)
{
	struct mount_stat want, top;
	long rc = mount_stat(act->root_fd, "", &want);

	for (int i = 0; rc == 0 && i < 4; i++) {
		rc = sys(SYS_umount2, ".", DETACH);
		if (rc == 0)
			rc = mount_stat(AT_FDCWD, "/..", &top);
		if (rc == 0 && top.mount == want.mount)
			return 0;
	}
	act->what = "umount2 of the old root";
	return rc < 0 ? (int)rc : -EIO;
}

static int pivot(struct act *act)
{
	struct mount_stat want, have;
	long rc;

	act->what = "fchdir";
	rc = sys(SYS_fchdir, act->root_fd);
	if (rc < 0)
		return (int)rc;
	act->what = "pivot_root";
	rc = sys(SYS_pivot_root, ".", ".");
	if (rc == 0)
		rc = mount_stat(act->root_fd, "", &want);
	if (rc == 0)
		rc = mount_stat(AT_FDCWD, "/", &have);
	if (rc == 0 && want.mount != have.mount)
		rc = -EIO;
	return rc < 0 ? (int)rc : drop_old_root(act);
}

static bool is_to_be_sealed(const struct act *act, const struct step *step)
{
	return mount_is_in_memory(step) &&
	       (step->is.number[3] & CORDON_FLAG_READ_ONLY ||
		mount_is_read_only(act, step->is.text[0]));
}

/* What we made targets on is no place for the job's files. */
static int seal(struct act *act)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < act->plan->n_steps; i++)
		if (is_to_be_sealed(act, &act->plan->steps[i]))
			rc = mount_set(act, act->source_fds[i], MOUNT_RDONLY,
				       false, 0,
				       act->plan->steps[i].is.text[0]);
	if (rc == 0 && act->mounts.is_root_ours)
		rc = mount_set(act, act->root_fd, MOUNT_RDONLY, false, 0, "/");
	if (rc == 0 && act->plan->settled.dev == CORDON_DEV_MINIMAL)
		rc = mount_set(act, act->mounts.dev, MOUNT_RDONLY, false, 0,
			       "/dev");
	return rc;
}

/*
 * The working folder still is the one of the old mounts, below what was laid
 * over it: the row for cwd enters it anew, by its path.
 */
int act_pivot(struct act *act, const struct step *step)
{
	int rc = seal(act);

	(void)step;
	if (rc == 0 && act->mounts.is_root_moved)
		rc = pivot(act);
	if (rc < 0)
		return rc;
	act->what = "chdir to /";
	rc = (int)sys(SYS_chdir, "/");
	if (rc == 0)
		rc = check_cwd(act);
	if (rc == 0)
		rc = check_root(act);
	return rc < 0 ? rc : mount_mask_by_type(act);
}

static int check_step(struct act *act, const struct step *step)
{
	int fd = act->source_fds[index_of(act, step)], rc;
	struct mount_stat st;

	if (step->is.type != CORDON_STEP_MOUNT)
		return 0;
	if (mount_is_host_root(act, step))
		fd = act->root_fd;
	if (fd < 0)
		return 0;
	rc = mount_stat(fd, "", &st);
	if (rc < 0)
		return mount_say(act, rc, "cannot stat ", step->is.text[0], "");
	if (S_ISLNK(st.mode))
		return 0;
	return mount_check(act, fd, mount_attributes(act, step),
			   step->is.text[0]);
}

int check_pivot(struct act *act, const struct step *step)
{
	const struct plan *plan = act->plan;
	int rc = check_root(act);

	(void)step;
	for (size_t i = 0; rc == 0 && i < plan->n_steps; i++)
		rc = check_step(act, &plan->steps[i]);
	if (rc == 0)
		mount_close(act);
	return rc;
}

void mount_close(struct act *act)
{
	for (size_t i = 0; i < act->plan->n_steps; i++)
		mount_close_fd(&act->source_fds[i]);
	for (size_t i = 0; i < CORDON_COUNT(act->mounts.nodes); i++)
		mount_close_fd(&act->mounts.nodes[i]);
	for (uint32_t i = 0; i < act->mounts.n_devices; i++)
		mount_close_fd(&act->mounts.devices[i].fd);
	mount_close_fd(&act->root_fd);
	mount_close_fd(&act->mounts.host_proc);
	mount_close_fd(&act->mounts.proc_tree);
	mount_close_fd(&act->mounts.dev);
	mount_close_fd(&act->mounts.null);
	mount_close_fd(&act->mounts.empty);
	mount_close_fd(&act->mounts.hidden);
}
