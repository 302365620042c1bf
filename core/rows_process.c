/* SPDX-License-Identifier: MIT */
/* What belongs to the process itself, apart from its ids. */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/if.h>
#include <linux/ioprio.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include "core/act.h"
#include "core/rows.h"
#include "core/sys.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

static long parse_fd(const char *name)
{
	long fd = 0;

	if (*name < '0' || *name > '9')
		return -1;
	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return fd;
}

/* Of SIZE bytes of a folder: the descriptors that its entries name. */
static long cloexec_entries(const char *buffer, long size)
{
	long rc = 0;

	for (long at = 0; at < size && rc >= 0;) {
		const struct sys_entry *entry = (const void *)(buffer + at);
		long fd = parse_fd(entry->name);

		at += entry->size;
		if (fd >= 3)
			rc = sys(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
	}
	return rc;
}

/* Before Linux 5.11 there is no CLOSE_RANGE_CLOEXEC. */
static long cloexec_by_list(struct act *act)
{
	_Alignas(8) char buffer[2048];
	long dir, n, rc = 0;

	act->what = "/proc/self/fd";
	dir = sys(SYS_openat, AT_FDCWD, "/proc/self/fd",
		  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return dir;
	while (rc >= 0 &&
	       (n = sys(SYS_getdents64, dir, buffer, sizeof(buffer))) != 0)
		rc = n < 0 ? n : cloexec_entries(buffer, n);
	sys(SYS_close, dir);
	return rc;
}

int act_cloexec(struct act *act, const struct step *step)
{
	long rc;

	(void)step;
	act->what = "close_range";
	rc = sys(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
	if (rc == -ENOSYS || rc == -EINVAL)
		rc = cloexec_by_list(act);
	return (int)rc;
}

/* The signal is armed first: a parent that dies before is seen by its pipe. */
int act_parent_death(struct act *act, const struct step *step)
{
	struct pollfd life = { .fd = act->life_fd };
	const struct timespec at_once = { 0, 0 };
	long rc;

	(void)step;
	if (!act->is_spawned)
		return 0;
	act->what = "prctl(PR_SET_PDEATHSIG)";
	rc = sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (rc < 0)
		return (int)rc;
	act->what = "the parent's life";
	rc = sys(SYS_ppoll, &life, 1, &at_once, NULL, 8);
	if (rc < 0)
		return (int)rc;
	return life.revents ? -ECANCELED : 0;
}

int check_parent_death(struct act *act, const struct step *step)
{
	int signal = 0;
	long rc;

	(void)step;
	act->what = "prctl(PR_GET_PDEATHSIG)";
	rc = sys(SYS_prctl, PR_GET_PDEATHSIG, &signal, 0, 0, 0);
	if (rc < 0)
		return (int)rc;
	return signal == (act->is_spawned ? SIGKILL : 0) ? 0 : -EPROTO;
}

static size_t print_int(char *text, long value)
{
	char digits[24];
	size_t n = 0, at = 0;
	unsigned long rest = value < 0 ? 0UL - (unsigned long)value
				       : (unsigned long)value;

	do
		digits[n++] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (value < 0)
		text[at++] = '-';
	while (n > 0)
		text[at++] = digits[--n];
	return at;
}

const char *act_number(char text[24], long value)
{
	text[print_int(text, value)] = '\0';
	return text;
}

int act_oom_score(struct act *act, const struct step *step)
{
	char text[24], back[24];
	size_t size = print_int(text, (long)step->is.number[0]);
	long fd, rc;

	act->what = "/proc/self/oom_score_adj";
	fd = sys(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj",
		 O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	rc = sys(SYS_write, fd, text, size);
	if (rc >= 0)
		rc = sys(SYS_pread64, fd, back, sizeof(back), 0);
	sys(SYS_close, fd);
	if (rc < 0)
		return (int)rc;
	return (size_t)rc == size + 1 && !memcmp(text, back, size) ? 0
								   : -EPROTO;
}

int act_loopback(struct act *act, const struct step *step)
{
	struct ifreq request = { .ifr_name = "lo" };
	long fd, rc;

	if (step->is.number[0] == 0)
		return 0;
	act->what = "the loopback interface";
	fd = sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return (int)fd;
	rc = sys(SYS_ioctl, fd, SIOCGIFFLAGS, &request);
	request.ifr_flags |= IFF_UP;
	if (rc == 0)
		rc = sys(SYS_ioctl, fd, SIOCSIFFLAGS, &request);
	request.ifr_flags = 0;
	if (rc == 0)
		rc = sys(SYS_ioctl, fd, SIOCGIFFLAGS, &request);
	sys(SYS_close, fd);
	if (rc < 0)
		return (int)rc;
	return request.ifr_flags & IFF_UP ? 0 : -EPROTO;
}

int act_hostname(struct act *act, const struct step *step)
{
	act->what = "sethostname";
	return (int)sys(SYS_sethostname, step->is.text[0],
			strlen(step->is.text[0]));
}

int check_hostname(struct act *act, const struct step *step)
{
	struct utsname name;
	long rc;

	act->what = "uname";
	rc = sys(SYS_uname, &name);
	if (rc < 0)
		return (int)rc;
	return strcmp(name.nodename, step->is.text[0]) ? -EPROTO : 0;
}

int act_session(struct act *act, const struct step *step)
{
	long rc;

	if (step->is.number[0] == 0)
		return 0;
	act->what = "setsid";
	rc = sys(SYS_setsid);
	return rc < 0 ? (int)rc : 0;
}

/* 1, 0, or a negative errno where the kernel will not say. */
static int is_terminal(long fd)
{
	char settings[64]; /* struct termios of the kernel */
	long rc = sys(SYS_ioctl, fd, TCGETS, settings);

	if (rc == 0)
		return 1;
	return rc == -ENOTTY || rc == -EINVAL || rc == -EBADF || rc == -EIO
		       ? 0
		       : (int)rc;
}

/* CAP_SYS_ADMIN over the host types into a terminal from any session. */
static int check_terminals(struct act *act)
{
	const struct settled *settled = &act->plan->settled;
	uint64_t caps;
	int rc = 0;

	act->what = "ioctl(TCGETS)";
	for (int fd = 0; fd <= 2 && rc == 0; fd++)
		rc = is_terminal(fd);
	for (size_t i = 0; i < settled->n_fds && rc == 0; i++)
		rc = is_terminal(settled->fds[i]);
	if (rc <= 0 || settled->namespaces & CLONE_NEWUSER)
		return rc < 0 ? rc : 0;
	rc = act_permitted(act, &caps);
	if (rc < 0 || !(caps >> CAP_SYS_ADMIN & 1))
		return rc;
	act->what = "a terminal that a job with sys_admin can type into "
		    "(add [caps])";
	return -EPERM;
}

int check_session(struct act *act, const struct step *step)
{
	if (step->is.number[0] == 0)
		return 0;
	act->what = "getsid";
	if (sys(SYS_getsid, 0) != sys(SYS_getpid))
		return -EPROTO;
	return check_terminals(act);
}

/* The terminal goes with it where cordon's group has it: else the job would be
 * stopped when it reads.  All signals are blocked yet, TTOU too. */
int act_group(struct act *act, const struct step *step)
{
	int32_t own = (int32_t)sys(SYS_getpgid, 0), foreground;
	long rc;

	(void)step;
	act->what = "setpgid";
	rc = sys(SYS_setpgid, 0, 0);
	if (rc < 0)
		return (int)rc;
	if (sys(SYS_ioctl, 0, TIOCGPGRP, &foreground) < 0 || foreground != own)
		return 0;
	own = (int32_t)sys(SYS_getpgid, 0);
	act->what = "ioctl(TIOCSPGRP)";
	rc = sys(SYS_ioctl, 0, TIOCSPGRP, &own);
	return rc < 0 ? (int)rc : 0;
}

int check_group(struct act *act, const struct step *step)
{
	(void)step;
	act->what = "getpgid";
	return sys(SYS_getpgid, 0) == sys(SYS_getpid) ? 0 : -EPROTO;
}

int act_nice(struct act *act, const struct step *step)
{
	act->what = "setpriority";
	return (int)sys(SYS_setpriority, PRIO_PROCESS, 0, step->is.number[0]);
}

int check_nice(struct act *act, const struct step *step)
{
	act->what = "getpriority";
	/* the raw call answers 20 - nice */
	return sys(SYS_getpriority, PRIO_PROCESS, 0) == 20 - step->is.number[0]
		       ? 0
		       : -EPROTO;
}

int act_io_priority(struct act *act, const struct step *step)
{
	act->what = "ioprio_set";
	return (int)sys(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0,
			step->is.number[0]);
}

int check_io_priority(struct act *act, const struct step *step)
{
	act->what = "ioprio_get";
	return sys(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0) == step->is.number[0]
		       ? 0
		       : -EPROTO;
}

int act_cpus(struct act *act, const struct step *step)
{
	act->what = "sched_setaffinity";
	return (int)sys(SYS_sched_setaffinity, 0, step->is.size,
			step->is.data);
}

/* The kernel leaves out what is not there; nothing may be there beyond it. */
int check_cpus(struct act *act, const struct step *step)
{
	unsigned char found[1024] = { 0 };
	const unsigned char *want = step->is.data;
	long n;

	act->what = "sched_getaffinity";
	n = sys(SYS_sched_getaffinity, 0, sizeof(found), found);
	if (n <= 0)
		return n < 0 ? (int)n : -EPROTO;
	for (size_t i = 0; i < (size_t)n; i++)
		if (found[i] & ~(i < step->is.size ? want[i] : 0))
			return -EPROTO;
	return 0;
}

static long call(int64_t number, const int64_t word[6])
{
	return sys_call6(number, word[0], word[1], word[2], word[3], word[4],
			 word[5]);
}

int act_call(struct act *act, const struct step *step)
{
	const struct cordon_call *asked = step->is.data;
	long rc;

	if (asked->is_late)
		return 0;
	act->what = step->is.text[0];
	rc = call(asked->number, asked->word);
	return rc < 0 ? (int)rc : 0;
}

/* A late one is made here: the ids have changed, and nothing comes after. */
int check_call(struct act *act, const struct step *step)
{
	const struct cordon_call *asked = step->is.data;
	long rc;

	act->what = step->is.text[0];
	if (asked->is_late) {
		rc = call(asked->number, asked->word);
		if (rc < 0)
			return (int)rc;
	}
	if (asked->read_number < 0)
		return 0;
	rc = call(asked->read_number, asked->read_word);
	return rc == asked->expect ? 0 : rc < 0 ? (int)rc : -EPROTO;
}

int act_rlimit(struct act *act, const struct step *step)
{
	struct rlimit64 limit = { (uint64_t)step->is.number[1],
				  (uint64_t)step->is.number[2] };
	struct rlimit64 now = { 0, 0 };
	long rc = 0;

	act->what = "prlimit64";
	/* Later steps open files: this one is only raised here, which takes
	 * rights, and lowered by act_nofile(), which takes none. */
	if (step->is.number[0] == RLIMIT_NOFILE) {
		rc = sys(SYS_prlimit64, 0, RLIMIT_NOFILE, NULL, &now);
		if (limit.rlim_cur < now.rlim_cur)
			limit.rlim_cur = now.rlim_cur;
		if (limit.rlim_max < now.rlim_max)
			limit.rlim_max = now.rlim_max;
	}
	return rc < 0 ? (int)rc
		      : (int)sys(SYS_prlimit64, 0, step->is.number[0], &limit,
				 NULL);
}

int act_nofile(struct act *act)
{
	struct rlimit64 limit = { act->nofile[0], act->nofile[1] };
	const struct step *step = plan_find(act->plan, CORDON_STEP_RLIMIT);

	for (; step; step = plan_next(act->plan, step))
		if (step->is.number[0] == RLIMIT_NOFILE)
			limit = (struct rlimit64){
				(uint64_t)step->is.number[1],
				(uint64_t)step->is.number[2]
			};
	act->what = "prlimit64";
	return (int)sys(SYS_prlimit64, 0, RLIMIT_NOFILE, &limit, NULL);
}

int check_rlimit(struct act *act, const struct step *step)
{
	struct rlimit64 limit = { 0, 0 };
	long rc;

	act->what = "prlimit64";
	rc = sys(SYS_prlimit64, 0, step->is.number[0], NULL, &limit);
	if (rc < 0)
		return (int)rc;
	return limit.rlim_cur == (uint64_t)step->is.number[1] &&
			       limit.rlim_max == (uint64_t)step->is.number[2]
		       ? 0
		       : -EPROTO;
}

/* Without keys in the kernel there are none to share. */
int act_keyring(struct act *act, const struct step *step)
{
	long rc;

	if (!act->plan->settled.new_keyring)
		return 0;
	act->what = "keyctl(KEYCTL_JOIN_SESSION_KEYRING)";
	rc = sys(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL, 0, 0, 0);
	if (rc == -ENOSYS && step->is.number[0] == 1)
		return 0;
	return rc < 0 ? (int)rc : 0;
}

static bool is_reachable(const char *cwd, long n)
{
	return n > 1 && cwd[0] == '/';
}

static int enter(struct act *act, const char *path)
{
	struct stat want, found;
	long fd, rc;

	act->what = path;
	fd = sys(SYS_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return (int)fd;
	rc = sys(SYS_fstat, fd, &want);
	if (rc == 0)
		rc = sys(SYS_fchdir, fd);
	if (rc == 0)
		rc = sys(SYS_newfstatat, AT_FDCWD, ".", &found, 0);
	if (rc == 0 &&
	    (want.st_dev != found.st_dev || want.st_ino != found.st_ino))
		rc = -EPROTO;
	sys(SYS_close, fd);
	return (int)rc;
}

int act_cwd(struct act *act, const struct step *step)
{
	const struct settled *settled = &act->plan->settled;
	int rc;

	if (settled->cwd) {
		rc = enter(act, settled->cwd);
		if (rc == 0)
			rc = check_cwd(act, step);
	} else {
		rc = check_cwd(act, step);
	}
	if (rc < 0 && settled->cwd_fallback) {
		rc = enter(act, settled->cwd_fallback);
		if (rc == 0)
			rc = check_cwd(act, step);
	}
	return rc;
}

/* A folder outside the root has a name that begins with "(unreachable)". */
int check_cwd(struct act *act, const struct step *step)
{
	static char cwd[4096 + 1];
	long rc;

	(void)step;
	act->what = "the working directory";
	cwd[0] = '\0';
	rc = sys(SYS_getcwd, cwd, sizeof(cwd));
	if (rc == -ERANGE || rc == -ENAMETOOLONG) /* deeper than a path can say, yet inside */
		rc = 0;
	else if (rc >= 0 && !is_reachable(cwd, rc))
		return -ENOENT;
	if (rc >= 0)
		rc = sys(SYS_faccessat, AT_FDCWD, ".", 1 /* X_OK */);
	return rc < 0 ? (int)rc : 0;
}

int act_umask(struct act *act, const struct step *step)
{
	act->what = "umask";
	sys(SYS_umask, step->is.number[0]);
	return 0;
}

int check_umask(struct act *act, const struct step *step)
{
	act->what = "umask";
	return sys(SYS_umask, step->is.number[0]) == step->is.number[0]
		       ? 0
		       : -EPROTO;
}

int act_wx(struct act *act, const struct step *step)
{
	long rc;

	if (step->is.number[0] == 0)
		return 0;
	act->what = "prctl(PR_SET_MDWE)";
	rc = sys(SYS_prctl, PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	act->report.unsupported = rc == -EINVAL;
	return (int)rc;
}

int check_wx(struct act *act, const struct step *step)
{
	act->what = "prctl(PR_GET_MDWE)";
	if (step->is.number[0] == 0)
		return 0;
	return sys(SYS_prctl, PR_GET_MDWE, 0, 0, 0, 0) ==
			       PR_MDWE_REFUSE_EXEC_GAIN
		       ? 0
		       : -EPROTO;
}

int act_no_new_privs(struct act *act, const struct step *step)
{
	act->what = "prctl(PR_SET_NO_NEW_PRIVS)";
	return step->is.number[0] == 0 ? 0
				       : (int)sys(SYS_prctl,
						  PR_SET_NO_NEW_PRIVS, 1, 0, 0,
						  0);
}

int check_no_new_privs(struct act *act, const struct step *step)
{
	act->what = "prctl(PR_GET_NO_NEW_PRIVS)";
	return step->is.number[0] == 0 ||
			       sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0,
				   0) == 1
		       ? 0
		       : -EPROTO;
}
