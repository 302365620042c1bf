/* SPDX-License-Identifier: MIT */
/* Namespaces, ids, groups and capabilities. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "core/act.h"
#include "core/rows.h"
#include "core/sys.h"

#define CAPS_VERSION _LINUX_CAPABILITY_VERSION_3

static const struct {
	uint64_t flag;
	const char *path;
} namespace_files[] = {
	{ CLONE_NEWUSER, "/proc/self/ns/user" },
	{ CLONE_NEWNS, "/proc/self/ns/mnt" },
	{ CLONE_NEWNET, "/proc/self/ns/net" },
	{ CLONE_NEWIPC, "/proc/self/ns/ipc" },
	{ CLONE_NEWUTS, "/proc/self/ns/uts" },
	{ CLONE_NEWCGROUP, "/proc/self/ns/cgroup" },
};
#define N_FILES (sizeof(namespace_files) / sizeof(namespace_files[0]))

static int namespace_inode(struct act *act, size_t i, uint64_t *inode)
{
	struct stat st;
	int rc;

	act->what = namespace_files[i].path;
	rc = (int)sys(SYS_newfstatat, AT_FDCWD, namespace_files[i].path, &st,
		      0);
	if (rc == 0)
		*inode = st.st_ino;
	return rc;
}

uint64_t act_late_namespaces(const struct plan *plan)
{
	return plan->settled.cgroup
		       ? plan->settled.namespaces & CLONE_NEWCGROUP
		       : 0;
}

/* Spawned, clone3(2) has made the others.  In place, a kernel that says yes and does
 * nothing would leave the host's: the inodes must differ. */
int act_namespaces(struct act *act, const struct step *step)
{
	uint64_t flags = act->is_spawned ? act_late_namespaces(act->plan)
					 : act->plan->settled.namespaces;
	uint64_t before[N_FILES] = { 0 }, after = 0;
	int rc;

	(void)step;
	if (flags == 0)
		return 0;
	for (size_t i = 0; i < N_FILES; i++)
		if (flags & namespace_files[i].flag &&
		    (rc = namespace_inode(act, i, &before[i])) < 0)
			return rc;
	act->what = "unshare";
	rc = (int)sys(SYS_unshare, flags);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < N_FILES; i++) {
		if (!(flags & namespace_files[i].flag))
			continue;
		rc = namespace_inode(act, i, &after);
		if (rc < 0)
			return rc;
		if (after == before[i])
			return -EPROTO;
	}
	return 0;
}

static int write_file(struct act *act, const char *path, const char *text)
{
	size_t size = strlen(text);
	long rc, fd;

	act->what = path;
	fd = sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	do
		rc = sys(SYS_write, fd, text, size);
	while (rc == -EINTR);
	sys(SYS_close, fd);
	return rc < 0 ? (int)rc : rc == (long)size ? 0 : -EIO;
}

static int write_maps(struct act *act)
{
	const struct settled *settled = &act->plan->settled;
	int rc = 0;

	if (settled->deny_setgroups)
		rc = write_file(act, "/proc/self/setgroups", "deny");
	if (rc == 0)
		rc = write_file(act, "/proc/self/uid_map",
				settled->uid_map_text);
	if (rc == 0)
		rc = write_file(act, "/proc/self/gid_map",
				settled->gid_map_text);
	return rc;
}

/* A report says that the maps stand, or why not; end of file, that nobody is
 * left. */
static int wait_for_maps(struct act *act)
{
	const uint64_t go = 1;
	struct report report = { .code = 0 };
	long rc, reaped;

	act->what = "the id maps";
	rc = sys(SYS_write, act->ask_fd, &go, sizeof(go));
	if (rc != sizeof(go))
		return rc < 0 ? (int)rc : -EIO;
	do
		rc = sys(SYS_read, act->map_fd, &report, sizeof(report));
	while (rc == -EINTR);
	/* The job would not know this child. */
	do
		reaped = sys(SYS_wait4, act->helper, NULL, 0, NULL);
	while (reaped == -EINTR);
	if (reaped < 0 && reaped != -ECHILD) /* SIGCHLD ignored: it is gone */
		return (int)reaped;
	if (rc != sizeof(report))
		return rc < 0 ? (int)rc : -EPERM;
	if (report.code != 0)
		memcpy(act->report.what, report.what, sizeof(report.what));
	return -report.code;
}

int act_user_namespace(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	int rc = 0;

	/* Spawned, the parent's go came after them. */
	if (!act->is_spawned)
		rc = settled->maps_from_outside ? wait_for_maps(act)
						: write_maps(act);
	if (rc < 0)
		return rc;
	/* Unmapped, it could make no file: become one that is. */
	rc = act_setgid(act, step);
	if (rc == 0)
		rc = act_setuid(act, step);
	if (rc == 0)
		rc = check_setgid(act, step);
	if (rc == 0)
		rc = check_setuid(act, step);
	/* A change of ids disarms it. */
	return rc < 0 ? rc : act_parent_death(act, step);
}

int act_setgroups(struct act *act, const struct step *step)
{
	act->what = "setgroups";
	return (int)sys(SYS_setgroups, step->is.size / sizeof(uint32_t),
			step->is.data);
}

int check_setgroups(struct act *act, const struct step *step)
{
	const size_t want = step->is.size / sizeof(uint32_t);
	uint32_t *found = act->groups;
	long n;

	act->what = "getgroups";
	n = sys(SYS_getgroups, 0, NULL);
	if (n == (long)want) /* 0 would ask for their number again */
		n = n > 0 ? sys(SYS_getgroups, want, found) : 0;
	if (n < 0)
		return (int)n;
	return n == (long)want && !memcmp(found, step->is.data, step->is.size)
		       ? 0
		       : -EPROTO;
}

int act_setgid(struct act *act, const struct step *step)
{
	uint32_t id = act->plan->settled.gid;

	(void)step;
	act->what = "setresgid";
	return (int)sys(SYS_setresgid, id, id, id);
}

static void fill(struct __user_cap_data_struct data[2], uint64_t mask,
		 uint64_t inheritable)
{
	for (int i = 0; i < 2; i++)
		data[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(mask >> 32 * i),
			.permitted = (uint32_t)(mask >> 32 * i),
			.inheritable = (uint32_t)(inheritable >> 32 * i),
		};
}

static int set_caps(struct act *act, uint64_t mask, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { CAPS_VERSION, 0 };
	struct __user_cap_data_struct data[2];

	fill(data, mask, inheritable);
	act->what = "capset";
	return (int)sys(SYS_capset, &header, data);
}

static int compare_caps(struct act *act, uint64_t mask, uint64_t inheritable)
{
	struct __user_cap_header_struct header = { CAPS_VERSION, 0 };
	struct __user_cap_data_struct data[2], want[2];
	long rc;

	fill(want, mask, inheritable);
	memset(data, 0xff, sizeof(data)); /* a kernel that answers nothing */
	act->what = "capget";
	rc = sys(SYS_capget, &header, data);
	if (rc < 0)
		return (int)rc;
	return memcmp(data, want, sizeof(want)) ? -EPROTO : 0;
}

int act_permitted(struct act *act, uint64_t *mask)
{
	struct __user_cap_header_struct header = { CAPS_VERSION, 0 };
	struct __user_cap_data_struct data[2];
	long rc;

	memset(data, 0xff, sizeof(data)); /* a kernel that answers nothing */
	act->what = "capget";
	rc = sys(SYS_capget, &header, data);
	*mask = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return (int)rc;
}

/* Another user gets none of the caller's, whatever its securebits say; the
 * ambient ones go with the inheritable ones. */
static bool drops_all(const struct act *act)
{
	const struct settled *settled = &act->plan->settled;

	return !settled->has_caps && settled->host_uid != act->plan->job->uid;
}

int act_setuid(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	uint32_t id = settled->uid;
	long rc = 0;

	(void)step;
	/* Without it the change from 0 empties what `keep` and `ambient` want. */
	if (settled->has_caps && settled->caps != 0) {
		act->what = "prctl(PR_SET_KEEPCAPS)";
		rc = sys(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	}
	if (rc == 0) {
		act->what = "setresuid";
		rc = sys(SYS_setresuid, id, id, id);
	}
	return rc == 0 && drops_all(act) ? set_caps(act, 0, 0) : (int)rc;
}

static bool all_are(const uint32_t id[3], uint32_t want)
{
	return id[0] == want && id[1] == want && id[2] == want;
}

int check_setgid(struct act *act, const struct step *step)
{
	uint32_t id[3] = { 0, 0, 0 };
	long rc;

	(void)step;
	act->what = "getresgid";
	rc = sys(SYS_getresgid, &id[0], &id[1], &id[2]);
	if (rc < 0)
		return (int)rc;
	return all_are(id, act->plan->settled.gid) ? 0 : -EPROTO;
}

int check_setuid(struct act *act, const struct step *step)
{
	uint32_t id[3] = { 0, 0, 0 };
	long rc;

	(void)step;
	act->what = "getresuid";
	rc = sys(SYS_getresuid, &id[0], &id[1], &id[2]);
	if (rc < 0)
		return (int)rc;
	if (!all_are(id, act->plan->settled.uid))
		return -EPROTO;
	return drops_all(act) ? compare_caps(act, 0, 0) : 0;
}

/* The kernel's last capability: the first number that it does not know ends. */
int act_bounding(struct act *act, const struct step *step)
{
	for (int cap = 0; cap < 64; cap++) {
		long rc;

		if ((uint64_t)step->is.number[0] >> cap & 1)
			continue;
		act->what = "prctl(PR_CAPBSET_READ)";
		rc = sys(SYS_prctl, PR_CAPBSET_READ, cap, 0, 0, 0);
		if (rc == -EINVAL && cap > CAP_AUDIT_READ)
			break;
		if (rc < 0)
			return (int)rc;
		if (rc == 0)
			continue;
		act->what = "prctl(PR_CAPBSET_DROP)";
		rc = sys(SYS_prctl, PR_CAPBSET_DROP, cap, 0, 0, 0);
		if (rc < 0)
			return (int)rc;
	}
	return 0;
}

int check_bounding(struct act *act, const struct step *step)
{
	act->what = "prctl(PR_CAPBSET_READ)";
	for (int cap = 0; cap < 64; cap++) {
		long rc;

		if ((uint64_t)step->is.number[0] >> cap & 1)
			continue;
		rc = sys(SYS_prctl, PR_CAPBSET_READ, cap, 0, 0, 0);
		if (rc == -EINVAL && cap > CAP_AUDIT_READ)
			break;
		if (rc != 0)
			return rc < 0 ? (int)rc : -EPROTO;
	}
	return 0;
}

int act_caps(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;

	(void)step;
	return set_caps(act, settled->caps, settled->ambient);
}

int check_caps(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;

	(void)step;
	return compare_caps(act, settled->caps, settled->ambient);
}

int act_ambient(struct act *act, const struct step *step)
{
	long rc;

	act->what = "prctl(PR_CAP_AMBIENT_CLEAR_ALL)";
	rc = sys(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int cap = 0; rc == 0 && cap < 64; cap++) {
		act->what = "prctl(PR_CAP_AMBIENT_RAISE)";
		if ((uint64_t)step->is.number[0] >> cap & 1)
			rc = sys(SYS_prctl, PR_CAP_AMBIENT,
				 PR_CAP_AMBIENT_RAISE, cap, 0, 0);
	}
	return (int)rc;
}

/* What is not inheritable, which check_caps() has read, cannot be ambient:
 * capabilities(7). */
int check_ambient(struct act *act, const struct step *step)
{
	act->what = "prctl(PR_CAP_AMBIENT_IS_SET)";
	for (int cap = 0; cap < 64; cap++) {
		long rc;

		if (!(act->plan->settled.ambient >> cap & 1))
			continue;
		rc = sys(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap,
			 0, 0);
		if (rc != (long)((uint64_t)step->is.number[0] >> cap & 1))
			return rc < 0 ? (int)rc : -EPROTO;
	}
	return 0;
}
