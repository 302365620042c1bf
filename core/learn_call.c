/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/learn_call.h"
#include "core/object.h"
#include "core/prepare.h"
#include "core/sys.h"

static const struct asks table[] = {
#ifdef SYS_open
	{ SYS_open, OPEN, -1, 0, 1, -1, 0 },
	{ SYS_creat, CREATE, -1, 0, -1, -1, 0 },
	{ SYS_mkdir, FOLDER, -1, 0, -1, -1, 0 },
	{ SYS_rmdir, FOLDER, -1, 0, -1, -1, 0 },
	{ SYS_unlink, FOLDER, -1, 0, -1, -1, 0 },
	{ SYS_mknod, FOLDER, -1, 0, -1, -1, 0 },
	{ SYS_symlink, FOLDER, -1, 1, -1, -1, 0 },
	{ SYS_link, FOLDER, -1, 0, -1, -1, 1 },
	{ SYS_rename, FOLDER, -1, 0, -1, -1, 1 },
#endif
#ifdef SYS_renameat
	{ SYS_renameat, FOLDER, 0, 1, -1, 2, 3 },
#endif
	{ SYS_openat, OPEN, 0, 1, 2, -1, 0 },
	{ SYS_openat2, OPEN_HOW, 0, 1, 2, -1, 0 },
	{ SYS_mkdirat, FOLDER, 0, 1, -1, -1, 0 },
	{ SYS_unlinkat, FOLDER, 0, 1, -1, -1, 0 },
	{ SYS_mknodat, FOLDER, 0, 1, -1, -1, 0 },
	{ SYS_symlinkat, FOLDER, 1, 2, -1, -1, 0 },
	{ SYS_linkat, FOLDER, 0, 1, -1, 2, 3 },
	{ SYS_renameat2, FOLDER, 0, 1, -1, 2, 3 },
	{ SYS_truncate, TRUNCATE, -1, 0, -1, -1, 0 },
	{ SYS_execve, EXECUTE, -1, 0, -1, -1, 0 },
	{ SYS_execveat, EXECUTE, 0, 1, 4, -1, 0 },
	{ SYS_connect, CONNECT, 0, 1, 2, -1, 0 },
	{ SYS_bind, BIND, 0, 1, 2, -1, 0 },
#ifdef SYS_pipe
	{ SYS_pipe, FILES, -1, 0, -1, -1, 0 },
	{ SYS_dup2, FILES, -1, 1, -1, -1, 0 },
#endif
	{ SYS_pipe2, FILES, -1, 0, -1, -1, 0 },
	{ SYS_dup, FILES, -1, 0, -1, -1, 0 },
	{ SYS_dup3, FILES, -1, 1, -1, -1, 0 },
	{ SYS_fcntl, FILES, -1, 2, -1, -1, 0 },
	{ SYS_socket, FILES, -1, 0, -1, -1, 0 },
	{ SYS_socketpair, FILES, -1, 0, -1, -1, 0 },
	{ SYS_accept, FILES, -1, 0, -1, -1, 0 },
	{ SYS_accept4, FILES, -1, 0, -1, -1, 0 },
	{ SYS_memfd_create, FILES, -1, 0, -1, -1, 0 },
	{ SYS_exit, END, -1, 0, -1, -1, 0 },
	{ SYS_exit_group, END, -1, 0, -1, -1, 0 },
};

const struct asks *asks_of(long number)
{
	for (size_t i = 0; i < CORDON_COUNT(table); i++)
		if (table[i].number == number)
			return &table[i];
	return NULL;
}

bool call_is_looked_at(long number, bool counts_files)
{
	const struct asks *asks = asks_of(number);

	return asks && (counts_files || asks->kind != FILES);
}

bool call_is_exec(long number)
{
	return number == SYS_execve || number == SYS_execveat;
}

/* ---- the process's memory ---- */

static ssize_t read_memory(pid_t pid, uint64_t address, void *buffer,
			   size_t size)
{
	const struct iovec here = { buffer, size };
	const struct iovec there = { (void *)(uintptr_t)address, size };

	return process_vm_readv(pid, &here, 1, &there, 1, 0);
}

/* A page at a time: what is behind the text's end may not be there. */
static int read_text(pid_t pid, uint64_t address, char *text, size_t size)
{
	const size_t page = 4096;

	for (size_t n = 0; n + 1 < size;) {
		size_t part = page - (address + n) % page;
		ssize_t got;

		if (part > size - n)
			part = size - n;
		got = read_memory(pid, address + n, text + n, part);
		if (got <= 0)
			return -1;
		if (memchr(text + n, '\0', (size_t)got))
			return 0;
		n += (size_t)got;
	}
	return -1;
}

/* ---- one call ---- */

struct looking {
	struct learned *learned;
	const struct seccomp_notif *call;
	const struct asks *asks;
	pid_t pid;
	uint32_t uid;
};

/* Does it wait still?  Else its number may be another process's by now, and what
 * was read that one's. */
static bool is_waiting(const struct looking *looking)
{
	return ioctl(looking->learned->listener, SECCOMP_IOCTL_NOTIF_ID_VALID,
		     &looking->call->id) == 0;
}

/* Which path it is about, absolute in the job's root. */
static int name_path(const struct looking *looking, int dir, int path,
		     char *whole, size_t size)
{
	const __u64 *args = looking->call->data.args;
	int dirfd = dir < 0 ? AT_FDCWD : (int)args[dir];
	char text[4096];

	if (read_text(looking->pid, args[path], text, sizeof(text)) == 0 &&
	    path_join(looking->pid, dirfd, text, whole, size) == 0)
		return is_waiting(looking) ? 0 : -1;
	looking->learned->n_unseen++;
	return -1;
}

static int find_path(const struct looking *looking, int dir, int path,
		     bool follow, struct learn_found *out)
{
	char whole[8192];

	if (name_path(looking, dir, path, whole, sizeof(whole)) < 0)
		return -1;
	if (call_find(looking->pid, looking->uid, whole, follow, out) == 0)
		return is_waiting(looking) ? 0 : -1;
	/* From where the job is it may be short enough. */
	if (strlen(whole) >= PATH_MAX)
		looking->learned->n_unseen++;
	return -1;
}

static int64_t rights_of(uint64_t flags, uint32_t mode)
{
	int64_t rights = 0;

	if ((flags & O_ACCMODE) != O_WRONLY)
		rights |= S_ISDIR(mode) ? CORDON_LL_READ_DIR
					: CORDON_LL_READ_FILE;
	if ((flags & O_ACCMODE) != O_RDONLY)
		rights |= CORDON_LL_WRITE_FILE;
	if (flags & O_TRUNC)
		rights |= CORDON_LL_TRUNCATE;
	return rights;
}

static void write_to(struct learned *learned, const struct learn_found *found,
		     int64_t rights)
{
	if (found->is_read_only)
		need_add(learned, &learned->read_only, found->path,
			 LEARN_WRITE);
	else
		need_path(learned, found->path, rights);
}

static void change_folder(struct learned *learned, char *path,
			  const struct learn_found *found)
{
	if (found->is_read_only)
		need_add(learned, &learned->read_only, path, LEARN_WRITE);
	else
		need_folder(learned, path,
			    CORDON_LL_MAKE_REG | CORDON_LL_REMOVE_FILE);
}

static void look_at_open(const struct looking *looking, uint64_t flags)
{
	struct learn_found found;
	bool follow = !(flags & O_NOFOLLOW) &&
		      (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);

	if (flags & O_PATH ||
	    find_path(looking, looking->asks->dir, looking->asks->path, follow,
		      &found) < 0)
		return;
	if ((flags & O_TMPFILE) == O_TMPFILE ||
	    (found.is_absent && flags & O_CREAT))
		change_folder(looking->learned, found.path, &found);
	else if (found.is_absent || S_ISLNK(found.mode))
		return;
	else if ((flags & O_ACCMODE) != O_RDONLY || flags & O_TRUNC)
		write_to(looking->learned, &found,
			 rights_of(flags, found.mode));
	else
		need_path(looking->learned, found.path,
			  rights_of(flags, found.mode));
}

static void look_at_folder(const struct looking *looking, int dir, int path)
{
	struct learn_found found;
	char parent[4096];

	if (find_path(looking, dir, path, false, &found) < 0)
		return;
	if (!found.is_absent)
		path_parent(found.path, parent, sizeof(parent));
	else
		snprintf(parent, sizeof(parent), "%s", found.path);
	change_folder(looking->learned, parent, &found);
}

/* The interpreter that "#!" names, or the loader of a program's ELF header. */
static bool read_interpreter(const char *head, size_t n, char *out, size_t size)
{
	size_t length;

	if (n > 2 && !memcmp(head, "#!", 2)) {
		head += 2 + strspn(head + 2, " \t");
		length = strcspn(head, " \t\r\n");
	} else {
		const char *at = memmem(head, n, "/ld-", 4);

		/* PT_INTERP: a text that begins with a slash, below 4 KiB. */
		while (at && at > head && at[-1] > ' ' && at[-1] <= '~')
			at--;
		if (!at || *at != '/')
			return false;
		head = at;
		length = strlen(at);
	}
	if (length == 0 || length >= size || *head != '/')
		return false;
	memcpy(out, head, length);
	out[length] = '\0';
	return true;
}

/* Read by the object that was found: 0, or -1 where none is named. */
static int find_interpreter(int object, char *out, size_t size)
{
	char head[4097];
	int fd = object_open(object);
	ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);

	if (fd >= 0)
		close(fd);
	head[n > 0 ? n : 0] = '\0';
	return n >= 4 && read_interpreter(head, (size_t)n, out, size) ? 0 : -1;
}

/* One program: 0, and `text` is what runs it; -1: nothing does, or none is
 * there. */
static int need_one(const struct looking *looking, char *text, size_t size,
		    bool *is_there)
{
	struct learn_found found;
	int object = -1, rc = -1;

	if (path_object(looking->pid, looking->uid, text, true, &found,
			&object) < 0)
		return -1;
	if (!found.is_absent && S_ISREG(found.mode) && found.mode & 0111) {
		*is_there = true;
		need_path(looking->learned, found.path,
			  CORDON_LL_EXECUTE | CORDON_LL_READ_FILE);
		rc = find_interpreter(object, text, size);
	}
	if (object >= 0)
		close(object);
	return rc;
}

/* The program at `path`, and what runs it; 0, or -1: there is none. */
static int need_program(const struct looking *looking, const char *path)
{
	bool is_there = false;
	char text[4096];

	snprintf(text, sizeof(text), "%s", path);
	for (int depth = 0; depth < 5; depth++)
		if (need_one(looking, text, sizeof(text), &is_there) < 0)
			break;
	return is_there ? 0 : -1;
}

/* cordon's own exec: of the program, which nobody may look at before it runs,
 * or of a shell for it. */
bool call_is_ours(const struct seccomp_notif *call)
{
	char text[4096];

	return read_text((pid_t)call->pid, call->data.args[0], text,
			 sizeof(text)) < 0 ||
	       !strcmp(text, "/bin/sh");
}

static struct looking looking_at(struct learned *learned,
				 const struct seccomp_notif *call)
{
	return (struct looking){
		.learned = learned,
		.call = call,
		.asks = asks_of(call->data.nr),
		.pid = (pid_t)call->pid,
		.uid = geteuid() == 0 ? learned->prepared->plan.settled.host_uid
				      : geteuid(),
	};
}

int call_program(struct learned *learned, const struct seccomp_notif *call,
		 const char *path)
{
	const struct looking looking = looking_at(learned, call);
	char whole[8192];

	return path_join(looking.pid, AT_FDCWD, path, whole, sizeof(whole)) < 0
		       ? -1
		       : need_program(&looking, whole);
}

static void look_at_exec(const struct looking *looking)
{
	char whole[8192];

	if (name_path(looking, looking->asks->dir, looking->asks->path, whole,
		      sizeof(whole)) == 0)
		need_program(looking, whole);
}

/* Of a stream socket, which is what Landlock means; or it cannot be known. */
static bool is_tcp(pid_t pid, int fd)
{
	socklen_t size = sizeof(int);
	int type = SOCK_STREAM, process, copy = -1;
	char text[4096];

	process_read(pid, "status", text, sizeof(text));
	process = (int)syscall(SYS_pidfd_open,
			       (pid_t)process_number(text, "Tgid"), 0);
	if (process >= 0) {
		copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
		close(process);
	}
	if (copy >= 0) {
		getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &size);
		close(copy);
	}
	return type == SOCK_STREAM;
}

static void look_at_port(const struct looking *looking, int64_t right)
{
	const __u64 *args = looking->call->data.args;
	struct sockaddr_in6 address = { 0 }; /* the port is where IPv4 has it */

	if (args[2] < sizeof(struct sockaddr_in) ||
	    read_memory(looking->pid, args[1], &address,
			args[2] < sizeof(address) ? args[2] : sizeof(address)) <
		    4)
		return;
	if ((address.sin6_family == AF_INET ||
	     address.sin6_family == AF_INET6) &&
	    is_tcp(looking->pid, (int)args[0]))
		need_port(looking->learned, right, ntohs(address.sin6_port));
}

static uint64_t flags_of(const struct looking *looking)
{
	const __u64 *args = looking->call->data.args;
	struct open_how how = { .flags = O_PATH };

	if (looking->asks->kind == CREATE)
		return O_CREAT | O_WRONLY | O_TRUNC;
	if (looking->asks->kind == TRUNCATE)
		return O_WRONLY | O_TRUNC;
	if (looking->asks->kind == OPEN)
		return (uint32_t)args[looking->asks->flags];
	read_memory(looking->pid, args[looking->asks->flags], &how,
		    sizeof(how.flags));
	return how.flags;
}

void call_look(struct learned *learned, const struct seccomp_notif *call)
{
	const struct looking looking = looking_at(learned, call);

	if (!looking.asks)
		return;
	switch (looking.asks->kind) {
	case OPEN:
	case OPEN_HOW:
	case CREATE:
	case TRUNCATE:
		look_at_open(&looking, flags_of(&looking));
		break;
	case FOLDER:
		look_at_folder(&looking, looking.asks->dir, looking.asks->path);
		if (looking.asks->path2)
			look_at_folder(&looking, looking.asks->dir2,
				       looking.asks->path2);
		break;
	case EXECUTE:
		look_at_exec(&looking);
		break;
	case CONNECT:
		look_at_port(&looking, CORDON_LL_CONNECT_TCP);
		break;
	case BIND:
		look_at_port(&looking, CORDON_LL_BIND_TCP);
		break;
	case FILES:
	case END:
		break;
	}
}
