/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sha256.h>
#include <stdio.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/data.h"
#include "core/object.h"
#include "core/option.h"
#include "core/settle.h"
#include "core/sys.h"
#include "core/value.h"

#define LINKS_MAX 40 /* as the kernel has it */
#define SHOWN 200

/* ---- the walk ---- */

/*
 * One name in a folder, not what a link of that name leads to.  The kernel
 * says so once more where it knows how (Linux 5.6).
 */
static long open_name(int dir, const char *name, bool is_up)
{
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	if (is_up)
		return sys(SYS_openat, dir, "..",
			   O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	fd = sys(SYS_openat2, dir, name, &how, sizeof(how));
	if (fd != -ENOSYS && fd != -EPERM)
		return fd;
	return sys(SYS_openat, dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* The next name of walk->rest, which then begins behind it; 0: none. */
static long take_name(struct object_walk *walk, char *name)
{
	char *rest = walk->rest;
	size_t blank = strspn(rest, "/");
	size_t size = strcspn(rest + blank, "/");

	if (size > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, rest + blank, size);
	name[size] = '\0';
	memmove(rest, rest + blank + size, strlen(rest + blank + size) + 1);
	return size > 0;
}

static long put_back(struct object_walk *walk, const char *name, size_t size)
{
	size_t length = strlen(walk->rest);

	if (size + length >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memmove(walk->rest + size, walk->rest, length + 1);
	memcpy(walk->rest, name, size);
	return 0;
}

static long add_name(struct object_walk *walk, const char *name)
{
	size_t length = strlen(walk->path), size = strlen(name);
	char *last;

	if (!strcmp(name, "..")) {
		last = strrchr(walk->path, '/');
		if (last)
			*last = '\0';
		return 0;
	}
	if (length + size + 2 > sizeof(walk->path))
		return -ENAMETOOLONG;
	walk->path[length] = '/';
	memcpy(walk->path + length + 1, name, size + 1);
	return 0;
}

static long begin_at(struct object_walk *walk, const char *text)
{
	long fd = sys(SYS_openat, AT_FDCWD, text,
		      O_PATH | O_DIRECTORY | O_CLOEXEC);
	long rc = fd < 0 ? fd : sys(SYS_fstat, fd, &walk->parent);

	if (rc < 0 && fd >= 0)
		sys(SYS_close, fd);
	walk->path[0] = '\0';
	return rc < 0 ? rc : fd;
}

/* Links on /proc lead elsewhere for each process, some past any mount. */
static long judge_link(struct object_walk *walk, int fd)
{
	struct statfs fs;
	long rc = sys(SYS_fstatfs, fd, &fs);

	if (rc < 0)
		return rc;
	if (fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	walk->is_magic = true;
	return -ELOOP;
}

/* The folder to go on from: `dir` is closed where that is another. */
static long follow(struct object_walk *walk, int dir, int link)
{
	char target[PATH_MAX];
	long n = judge_link(walk, link), next;

	if (n == 0)
		n = sys(SYS_readlinkat, link, "", target, sizeof(target) - 1);
	if (n <= 0)
		return n < 0 ? n : -ENOENT;
	n = put_back(walk, target, (size_t)n);
	if (n < 0)
		return n;
	walk->has_link = true;
	if (target[0] != '/')
		return dir;
	next = begin_at(walk, "/");
	if (next >= 0)
		sys(SYS_close, dir);
	return next;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && name[1] == '\0';
}

/* From the folder `dir` to the next object; it is closed in any case. */
static long walk_name(struct object_walk *walk, long dir, const char *name,
		      int *links)
{
	long fd = open_name((int)dir, name, !strcmp(name, "..")), rc, next;
	struct stat st;

	if (fd < 0) {
		rc = put_back(walk, name, strlen(name));
		sys(SYS_close, dir);
		return rc < 0 ? rc : fd;
	}
	rc = sys(SYS_fstat, fd, &st);
	if (rc == 0 && walk->visit)
		rc = walk->visit(walk, &st);
	if (rc == 0 && S_ISLNK(st.st_mode)) {
		next = ++*links > LINKS_MAX ? -ELOOP
					    : follow(walk, (int)dir, (int)fd);
		sys(SYS_close, fd);
		if (next < 0)
			sys(SYS_close, dir);
		return next;
	}
	if (rc == 0 && !S_ISDIR(st.st_mode) && walk->rest[0] != '\0')
		rc = -ENOTDIR;
	if (rc == 0)
		rc = add_name(walk, name);
	sys(SYS_close, dir);
	if (rc < 0) {
		sys(SYS_close, fd);
		return rc;
	}
	walk->parent = st;
	return fd;
}

long object_walk(struct object_walk *walk, const char *text)
{
	size_t length = strlen(text);
	char name[NAME_MAX + 1];
	int links = 0;
	long at, rc;

	walk->has_link = walk->is_magic = false;
	walk->path[0] = walk->rest[0] = '\0';
	if (length == 0)
		return -ENOENT;
	if (length >= sizeof(walk->rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, text, length + 1);
	at = begin_at(walk, text[0] == '/' ? "/" : ".");
	while (at >= 0 && (rc = take_name(walk, name)) != 0) {
		if (rc < 0) {
			sys(SYS_close, at);
			return rc;
		}
		if (!is_dot(name))
			at = walk_name(walk, at, name, &links);
	}
	walk->st = walk->parent;
	if (text[0] == '/' && walk->path[0] == '\0') {
		walk->path[0] = '/';
		walk->path[1] = '\0';
	}
	return at;
}

int object_open(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* ---- what modules call ---- */

static int say(const char *text, const struct object_walk *walk, long rc,
	       struct cordon_error *err)
{
	char shown[SHOWN];

	value_show(shown, sizeof(shown), text, strlen(text));
	if (walk->is_magic)
		return cordon_deny(err,
				   "'%s' is another object for each process "
				   "(a link below /proc)",
				   shown);
	return cordon_fail(err, (int)-rc, "cannot find '%s'", shown);
}

/* By the folder that getcwd(2) names, if that is still where we are. */
static int from_cwd(const struct cordon_job *job, struct arena *arena,
		    const char **text, struct cordon_error *err)
{
	char shown[SHOWN];
	struct stat here, there;

	if (**text == '/')
		return 0;
	value_show(shown, sizeof(shown), *text, strlen(*text));
	if (!job->cwd)
		return cordon_deny(err,
				   "'%s' is relative to a folder that is "
				   "deleted or out of reach",
				   shown);
	if (stat(".", &here) < 0 || stat(job->cwd, &there) < 0)
		return cordon_fail(err, errno,
				   "'%s': cannot stat the working directory",
				   shown);
	if (here.st_dev != there.st_dev || here.st_ino != there.st_ino)
		return cordon_deny(err,
				   "'%s': the working directory was replaced "
				   "meanwhile",
				   shown);
	*text = arena_printf(arena, "%s/%s", job->cwd, *text);
	return 0;
}

static int find(const struct cordon_job *job, const char *text,
		struct cordon_object *out, struct cordon_error *err)
{
	struct arena *arena = job->objects->core;
	struct object_walk walk = { .visit = NULL };
	const char *path = text;
	long fd;

	*out = (struct cordon_object){ .fd = -1 };
	if (from_cwd(job, arena, &path, err) < 0)
		return -1;
	fd = object_walk(&walk, path);
	if (fd < 0 && fd != -ENOENT)
		return say(text, &walk, fd, err);
	*out = (struct cordon_object){
		.fd = (int32_t)(fd < 0 ? -1 : fd),
		.mode = walk.st.st_mode,
		.uid = walk.st.st_uid,
		.gid = walk.st.st_gid,
		.has_link = walk.has_link,
		.device = walk.st.st_dev,
		.inode = walk.st.st_ino,
		.links = walk.st.st_nlink,
		.size = (uint64_t)walk.st.st_size,
		.text = path == text ? arena_strdup(arena, text) : path,
		.path = arena_strdup(arena, walk.path),
		.absent = arena_strdup(arena, walk.rest),
	};
	return 0;
}

static int64_t read_head(const struct cordon_job *job,
			 const struct cordon_object *object, void *buffer,
			 size_t size, struct cordon_error *err)
{
	int fd = object_open(object->fd);
	char shown[SHOWN];
	ssize_t n;

	(void)job;
	n = fd < 0 ? -1 : pread(fd, buffer, size, 0);
	if (n < 0)
		cordon_fail(err, errno, "cannot read '%s'",
			    value_show(shown, sizeof(shown), object->path,
				       strlen(object->path)));
	if (fd >= 0)
		close(fd);
	return n;
}

static int digest(const struct cordon_job *job,
		  const struct cordon_object *object, char *hex,
		  struct cordon_error *err)
{
	int fd = object_open(object->fd);
	unsigned char buffer[16384];
	char shown[SHOWN];
	SHA256_CTX sum;
	ssize_t n = -1;

	(void)job;
	SHA256Init(&sum);
	while (fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0)
		SHA256Update(&sum, buffer, (size_t)n);
	if (n < 0)
		cordon_fail(err, errno, "cannot read '%s'",
			    value_show(shown, sizeof(shown), object->path,
				       strlen(object->path)));
	if (fd >= 0)
		close(fd);
	if (n == 0)
		SHA256End(&sum, hex);
	return n < 0 ? -1 : 0;
}

static int find_user(const struct cordon_job *job, const char *name,
		     uint32_t *uid, struct cordon_error *err)
{
	(void)job;
	return option_user(name, uid, err);
}

static int is_steering(const struct cordon_job *job, const char *name)
{
	(void)job;
	return environ_is_steering(name);
}

static void close_object(struct cordon_object *object)
{
	close(object->fd);
}

/* What the calls know beside the job. */
struct calls {
	struct cordon_objects public;
	const struct stack *stack;
};

static int read_data(const struct cordon_job *job, uint32_t where,
		     const char *path, struct cordon_data *out,
		     struct cordon_error *err)
{
	const struct calls *calls = (const struct calls *)job->objects;

	return data_read_secret(calls->public.core, calls->stack, where, path,
				out, err);
}

const struct cordon_objects *object_calls(struct arena *arena,
					  const struct stack *stack)
{
	struct calls *calls = arena_alloc(arena, sizeof(*calls));

	calls->stack = stack;
	calls->public = (struct cordon_objects){
		.size = sizeof(calls->public),
		.core = arena,
		.find = find,
		.read = read_head,
		.digest = digest,
		.user = find_user,
		.is_steering = is_steering,
		.close = close_object,
		.data = read_data,
	};
	return &calls->public;
}
