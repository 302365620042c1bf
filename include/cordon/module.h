/* SPDX-License-Identifier: MIT */
/*
 * cordon/module.h - all that a module is written against; it needs no symbol of the core
 *
 *   read  load  configure  decide  plan  |  begin  |  spawn  act  exec  watch  |  finish
 *   '- core -'  '----- your hooks -----'    yours     '--- the core alone --'     yours
 *
 * Hooks run in the parent.  Up to `plan` they change nothing and so need no privilege: `decide`
 * answers, `plan` appends typed steps, in any order; the core merges, sorts, prints and executes
 * them.  Only `begin` and `finish` touch the world, outside the job, for what the core has no step
 * for.  Whatever fails, no job starts.  The core copies what it is given; what it gives lives
 * until `finish` has returned.  A hook uses no globals, threads, signal handlers, setenv, chdir,
 * umask, dlopen or output.
 *
 * A module is one file: a head comment with an example section, the settings, the option table,
 * the hooks, and last its descriptor:  CORDON_MODULE(rlimits) = { .abi = CORDON_ABI, ... };
 */
#ifndef CORDON_MODULE_H
#define CORDON_MODULE_H 1
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CORDON_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- errors: a hook returns 0, or -1 by way of one of these ---- */

enum cordon_reason {
	CORDON_FAILED = 1,  /* it should have worked, and did not */
	CORDON_DENIED,	    /* the policy says no */
	CORDON_UNSUPPORTED, /* this kernel, user or build cannot; `on-unsupported = skip` may forgive */
};

/* Of fixed size and without pointers, so that it crosses a pipe in one write. */
struct cordon_error {
	int32_t reason; /* enum cordon_reason */
	int32_t code;	/* an errno, or 0 where the text says all */
	char text[500];
};

__attribute__((format(printf, 4, 5))) static inline int
cordon_say(struct cordon_error *err, enum cordon_reason reason, int code, const char *format, ...)
{
	va_list args;

	err->reason = reason;
	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return -1;
}
#define cordon_fail(err, code, ...) cordon_say(err, CORDON_FAILED, code, __VA_ARGS__)
#define cordon_deny(err, ...) cordon_say(err, CORDON_DENIED, 0, __VA_ARGS__)
#define cordon_unsupported(err, code, ...) cordon_say(err, CORDON_UNSUPPORTED, code, __VA_ARGS__)

/* ---- settings: options are data; the core fills a struct of yours, which hooks get as `self` ---- */

/* `where` names file and line to the core; hand it back with a step.  0: not given in the stack. */
struct cordon_number { /* YES_NO SIZE TIME COUNT PERCENT MODE WORD USER GROUP */
	int64_t value; /* bytes, nanoseconds, index of the word in `form`, id; the default if not given */
	uint32_t given, where;
};
#define CORDON_UNLIMITED UINT64_MAX
enum cordon_limit_form { CORDON_LIMIT_VALUE = 0, CORDON_LIMIT_SAME, CORDON_LIMIT_AT_MOST };
struct cordon_limit { /* SOFT[:HARD], each a value, `unlimited`, `same` or `<=VALUE` */
	uint64_t soft, hard; /* CORDON_UNLIMITED; without meaning for `same` */
	uint32_t soft_form, hard_form; /* enum cordon_limit_form */
	uint32_t given, where;
};
struct cordon_text {
	const char *text; /* NULL without default */
	uint32_t given, where;
};
struct cordon_data { /* a file of the admin's, judged as a stack's file is, and read whole */
	const char *text;    /* NULL without default; NUL behind its last byte */
	const char *path;    /* what was opened, for messages */
	size_t size;	     /* bytes */
	uint32_t given, where;
};
struct cordon_item {
	const char *text;
	uint32_t row; /* of the option table: rows may share a list, and order between keys is kept */
	uint32_t where;
};
struct cordon_list {
	const struct cordon_item *item;
	size_t count;
	uint32_t given; /* bit N: row N of the table was written, perhaps with an empty value */
	uint32_t where; /* of the first line */
};

enum cordon_type {
	/*
	 * struct cordon_number from here; bounds in `form`, "8M..1G" or "-20..19".  `unlimited`, which
	 * is -1, only with "A..unlimited" or as the default.
	 */
	CORDON_YES_NO = 1,
	CORDON_SIZE,
	CORDON_TIME,
	CORDON_NUMBER, /* a bare decimal */
	CORDON_PERCENT, /* bounds "1%..400%" */
	CORDON_MODE, /* octal */
	CORDON_WORD, /* one of `form` "host|empty": the index; in the order of strictness */
	CORDON_USER, /* name or decimal number */
	CORDON_GROUP,
	CORDON_LIMIT_NUMBER = 20, /* struct cordon_limit */
	CORDON_LIMIT_BYTES,
	CORDON_LIMIT_SECONDS,  /* written as a TIME, the value in seconds */
	CORDON_LIMIT_USECONDS, /* written as a TIME, the value in microseconds */
	CORDON_TEXT = 30,      /* struct cordon_text */
	CORDON_PATH,	       /* absolute, without ".." */
	/*
	 * struct cordon_data; the content is part of the digest.  Without a form an absolute path, into
	 * which no parameter goes.  With form "seccomp" a plain name: the file of that name in the
	 * folder `seccomp` of the first conf.d that has it, at last of the shipped one.  A caller's own
	 * folder is looked into for what that caller's own stack names, and for nothing else.
	 */
	CORDON_DATA,
	/*
	 * struct cordon_list; repeated keys append.  What is written is split first and ${} expanded
	 * then; a ${} of a list, alone, gives an item for each.  Where items may be patterns (WORDS,
	 * PATHS) a ${} that brings '*' or '?' is refused.
	 */
	CORDON_WORDS = 40, /* split at blanks */
	CORDON_LINES,	   /* one item a line, as it stands; form ":" as in PATHS */
	/*
	 * One path a line, or fields split at ':', the first a path, as in SRC:DST; a leading '-' (may
	 * be absent) stays in the text.  In a field ':' is written \: and a backslash \\, and so is
	 * what ${} brings: split at a bare ':', then take the backslashes out.  With form "plain" the
	 * item is a path and nothing else, unescaped.
	 */
	CORDON_PATHS,
};

/* What two sections that both have the key come to (KEYS): for people, and for tests. */
enum cordon_merge {
	CORDON_EQUAL = 0, /* equal, or a configuration error that names both */
	CORDON_MIN,
	CORDON_MAX,
	CORDON_AND,	 /* the intersection */
	CORDON_OR,	 /* the union */
	CORDON_STRICTER, /* the later word of `form` */
	CORDON_BOTH,	 /* each applies */
};

struct cordon_option {
	const char *key, *help; /* help: one line */
	uint32_t type;		/* enum cordon_type */
	uint32_t merge;		/* enum cordon_merge */
	uint32_t offset, width; /* CORDON_AT(); the loader checks both */
	const char *form;	/* bounds "8..1048576", words "host|empty"; NULL: none */
	const char *value;	/* the default as an admin would write it; NULL: not given */
	/* Checks one item or text further than its type does; may be NULL. */
	int (*check)(const char *text, struct cordon_error *err);
};
#define CORDON_AT(type, field) .offset = offsetof(type, field), .width = sizeof(((type *)0)->field)

/* ---- the job, as hooks see it; grows at its end, what an older core does not know is 0 ---- */

struct cordon_job {
	const char *id, *stack;
	const char *cwd; /* the caller's, as getcwd(2) says; NULL: deleted or out of reach */
	const char *program; /* argv[0] as the caller wrote it */
	char *const *argv;
	const char *const *environ; /* the caller's: not trusted; entries may lack '=' */
	int32_t program_fd; /* O_PATH, or -1: judge this object, not its name; it is what will run */
	uint32_t uid, gid;  /* the caller's real ids */
	uint32_t is_root;   /* effective uid 0 in cordon's user namespace */
	const uint32_t *groups; /* the caller's supplementary groups */
	size_t n_groups;
	const char *path; /* PATH as the job will have it; decide and plan of a decide module */
	const char *program_path; /* what program_fd was opened by; NULL: not found */
	const struct cordon_objects *objects; /* by the calls below; decide and plan */
};

/* ---- what a path leads to: outside, for the caller, by descriptor ---- */

struct cordon_object {
	int32_t fd;	   /* O_PATH; -1: absent; give it back by cordon_object_close() */
	uint32_t mode, uid, gid;
	uint32_t has_link; /* a symbolic link was followed */
	uint64_t device, inode, links, size; /* where it is absent, of the folder `path` */
	const char *text;   /* the path that was asked, made absolute */
	const char *path;   /* absolute, without links, "." and ".."; what is there of it */
	const char *absent; /* the rest, which is not there; "" */
};

struct cordon_objects { /* grows at its end */
	size_t size;
	void *core;
	int (*find)(const struct cordon_job *job, const char *path, struct cordon_object *out,
		    struct cordon_error *err);
	int64_t (*read)(const struct cordon_job *job, const struct cordon_object *object,
			void *buffer, size_t size, struct cordon_error *err);
	int (*digest)(const struct cordon_job *job, const struct cordon_object *object, char *hex,
		      struct cordon_error *err);
	int (*user)(const struct cordon_job *job, const char *name, uint32_t *uid,
		    struct cordon_error *err);
	int (*is_steering)(const struct cordon_job *job, const char *name);
	void (*close)(struct cordon_object *object);
	int (*data)(const struct cordon_job *job, uint32_t where, const char *path,
		    struct cordon_data *out, struct cordon_error *err);
};

/*
 * Relative to the caller's folder.  0 also where it is absent; links of /proc, which lead elsewhere
 * for each process, are refused.
 */
static inline int cordon_object_find(const struct cordon_job *job, const char *path,
				     struct cordon_object *out, struct cordon_error *err)
{
	if (!job->objects)
		return cordon_fail(err, 0, "this cordon does not look at objects");
	return job->objects->find(job, path, out, err);
}
/* Its first bytes: how many, or -1. */
static inline int64_t cordon_object_read(const struct cordon_job *job,
					 const struct cordon_object *object, void *buffer,
					 size_t size, struct cordon_error *err)
{
	return job->objects->read(job, object, buffer, size, err);
}
/* SHA-256 in 64 hexadecimal digits and a NUL. */
static inline int cordon_object_digest(const struct cordon_job *job,
				       const struct cordon_object *object, char *hex,
				       struct cordon_error *err)
{
	return job->objects->digest(job, object, hex, err);
}
static inline void cordon_object_close(const struct cordon_job *job, struct cordon_object *object)
{
	if (job->objects && object->fd >= 0)
		job->objects->close(object);
	object->fd = -1;
}
/* A name, or digits; through the core, as only it may ask a name service. */
static inline int cordon_find_user(const struct cordon_job *job, const char *name, uint32_t *uid,
				   struct cordon_error *err)
{
	if (!job->objects)
		return cordon_fail(err, 0, "this cordon does not look at users");
	return job->objects->user(job, name, uid, err);
}
/*
 * In begin: an admin's file that no plan or digest may show, judged as a stack's file is and read
 * whole; `where` is that of the setting that names it, which may not come from a parameter.  The
 * content is the module's, to be wiped when it has what it needs.
 */
static inline int cordon_data_read(const struct cordon_job *job, uint32_t where, const char *path,
				   struct cordon_data *out, struct cordon_error *err)
{
	if (!job->objects || job->objects->size < sizeof(*job->objects))
		return cordon_fail(err, 0, "this cordon does not read files for 'begin'");
	return job->objects->data(job, where, path, out, err);
}
/* Does a variable of this name run code in an interpreter or a loader that reads it?  Without
 * objects nobody knows: yes. */
static inline int cordon_is_steering(const struct cordon_job *job, const char *name)
{
	return !job->objects || job->objects->is_steering(job, name);
}

/* Is the path this folder, or below it?  Both without links; "/a" covers "/a/b" and not "/ab". */
static inline int cordon_is_below(const char *path, const char *folder)
{
	size_t size = strlen(folder);

	while (size > 0 && folder[size - 1] == '/')
		size--;
	return !strncmp(path, folder, size) && (path[size] == '\0' || path[size] == '/');
}
/*
 * What open(2) or stat(2) failed with: is no file there that the caller can reach?  After any
 * other error nobody knows, and a module that decides fails.
 */
static inline int cordon_is_absent(int code)
{
	return code == ENOENT || code == ENOTDIR || code == EACCES || code == ELOOP ||
	       code == ENAMETOOLONG;
}

/* ---- the plan: steps ---- */

/*
 * What number[], text[], word[] and data mean is the comment here, and a row of core/step.c, which
 * also says which kinds of module may ask and how two steps of one type merge.  Unused is 0.
 */
enum cordon_step_type {
	/* what the environment of the job is made of */
	CORDON_STEP_ENV_KEEP = 100, /* word: names and globs; each list must match; number: 1, none was
				       written, another section's holds */
	CORDON_STEP_ENV_DROP,	    /* word */
	CORDON_STEP_ENV_SET,	    /* text: name, value; beats both */
	CORDON_STEP_ENV_LOGIN,	    /* HOME USER LOGNAME SHELL of the job's user */
	/* ids; what the core makes of them are the rows behind CORDON_STEP_CORE */
	CORDON_STEP_USER = 120, /* number: uid; text: name or NULL */
	CORDON_STEP_GROUP,	/* number: gid */
	CORDON_STEP_GROUPS,	/* number: enum cordon_groups; word: names and numbers of a list */
	CORDON_STEP_KEEP_GROUPS, /* word: names, numbers, FIRST-LAST */
	CORDON_STEP_POOL,	/* number: first, last uid */
	/* namespaces */
	CORDON_STEP_NAMESPACE = 140, /* number: CLONE_NEW* bits */
	CORDON_STEP_MAP,	     /* number: enum cordon_map */
	CORDON_STEP_IDMAP,  /* number: 0 uid, 1 gid; data: triples of uint32_t INSIDE OUTSIDE COUNT */
	CORDON_STEP_HOSTNAME, /* text; implies its namespace */
	CORDON_STEP_INIT,     /* number: 0, 1 */
	CORDON_STEP_LOOPBACK, /* number: 0, 1 */
	CORDON_STEP_PREPARED, /* text: name */
	/* mounts */
	CORDON_STEP_ROOT = 160, /* number: enum cordon_root; text: DIR */
	CORDON_STEP_MOUNT, /* text: target, source; number: enum cordon_mount, size, mode, flags */
	CORDON_STEP_NOEXEC, /* text: path, or NULL for all that is writable */
	CORDON_STEP_PROC,   /* number: enum cordon_proc */
	CORDON_STEP_DEV,    /* number: enum cordon_dev */
	CORDON_STEP_HIDE,   /* text: path; number: 0, flags at [3] */
	CORDON_STEP_PROPAGATION, /* number: 0 slave, 1 private */
	CORDON_STEP_READ_ONLY,	 /* text: path, whatever is mounted there; number: 0, flags at [3] */
	/* outside: made before the job starts, undone when all of it is gone */
	CORDON_STEP_TMP_DIR = 180, /* text: variable, base or NULL; number: size in bytes, or -1 */
	CORDON_STEP_CGROUP,	   /* number: enum cordon_cgroup, limit (bytes, percent of a core, count) */
	CORDON_STEP_CGROUP_IO,	   /* text: device; number: 0, bytes/s read and written, -1: any */
	CORDON_STEP_CGROUP_PARENT, /* text: path, or NULL: the caller's own; number: 1, it was
				      written, 0: another section's holds */
	CORDON_STEP_SECRET_FILE,   /* text: variable, path or variable's name; number: enum
				      cordon_secret, 0, 0, flags.  The variable gets a file's path */
	/* watched from outside */
	CORDON_STEP_TIMEOUT = 190, /* number: enum cordon_timeout, nanoseconds; IDLE is time in which
				      nothing passes what is relayed, CORDON_STEP_STREAM and others */
	CORDON_STEP_STARTUP,	   /* text: path; number: 0, nanoseconds until it exists */
	CORDON_STEP_TIMEOUT_SIGNAL, /* number: to the main process, at a limit */
	CORDON_STEP_GRACE,	   /* number: nanoseconds from that signal to the end of all */
	CORDON_STEP_RESTART,	   /* number: how often, nanoseconds of the first wait and of the
				      longest, 0 on failure, 1 on a signal; data: 32 bytes, a bit
				      for each exit status that counts too, or none */
	/* what an observe module wants written when the job has ended, or was refused */
	CORDON_STEP_RECORD = 195,  /* number: enum cordon_record, descriptor or facility; text: path, or
				      the facility's name */
	/* what the job's process is given */
	CORDON_STEP_SESSION = 200, /* number: 0 keep, 1 new */
	CORDON_STEP_NICE,	   /* number */
	CORDON_STEP_OOM_SCORE,	   /* number */
	CORDON_STEP_IO_PRIORITY,   /* number: class << 13 | level, see ioprio_set(2) */
	CORDON_STEP_CPUS,	   /* data: a bit mask, least first, of size bytes */
	CORDON_STEP_RLIMIT,	   /* number: RLIMIT_*, soft, hard (as uint64_t) */
	CORDON_STEP_CAPS,	   /* number: mask of capabilities that are kept; 1, none was written,
				      another section's holds */
	CORDON_STEP_AMBIENT,	   /* number: mask */
	CORDON_STEP_NO_NEW_PRIVS,  /* number: 0, 1 */
	CORDON_STEP_KEYRING,	   /* number: 0 keep, 1 auto, 2 new */
	CORDON_STEP_CWD,	   /* text */
	CORDON_STEP_CWD_FALLBACK,  /* text */
	CORDON_STEP_UMASK,	   /* number */
	CORDON_STEP_STDIO,	   /* number: 0..2, enum cordon_stdio; text: path */
	CORDON_STEP_FD_KEEP,	   /* word: numbers, `all`, `pipes`; each list must allow */
	CORDON_STEP_FD_FROM_ENV,   /* word: names of variables; each list must allow */
	CORDON_STEP_SIGNALS,	   /* number: 0 keep, 1 reset */
	CORDON_STEP_FORWARD,	   /* number: 0 none, 1 all, 2 end: what asks for the end alone, 3
				      group: all, to a process group of the job's own */
	CORDON_STEP_WX,		   /* number: 0 allow, 1 refuse */
	CORDON_STEP_SUSPEND,	   /* number: 1: where a supervising cordon is stopped, so is the job */
	CORDON_STEP_ORPHANS,	   /* number: 1: what the job leaves behind comes to cordon, to be
				      reaped */
	CORDON_STEP_SECRET_FD,	   /* as CORDON_STEP_SECRET_FILE; it gets a descriptor's number */
	CORDON_STEP_PDEATH,	   /* number: 1: it is killed when whoever started cordon has ended */
	/* between the caller and the job: the section's stream() sees all that passes */
	CORDON_STEP_STREAM = 230, /* number: 0 stdin, 1 stdout, 2 stderr; enum cordon_stream */
	CORDON_STEP_STREAM_SOCKET, /* text: the caller's variable that names where the job is to listen;
				      number: 0, enum cordon_stream */
	/* which files, ports and calls the kernel lets it use */
	CORDON_STEP_LANDLOCK = 240, /* one ruleset a section.  number: handled rights of files, of ports,
				       scopes: enum cordon_landlock; text: words of rights that
				       this kernel is too old for, or NULL */
	CORDON_STEP_LANDLOCK_PATH,  /* of the section's ruleset.  text: path; number: rights, 0, 0, flags */
	CORDON_STEP_LANDLOCK_PORT,  /* of it too.  number: rights, first port, last port */
	CORDON_STEP_FORBID,	    /* text: path: out of reach, also when it appears later; number: 1,
				       no file below it may have another name when the job starts */
	CORDON_STEP_SECCOMP,	    /* text: the profile's name, for people; data: struct cordon_filter and
				       its rules */
	/* the object that a decide section judged: what runs, or is opened, is this one */
	CORDON_STEP_PIN = 260, /* text: path as it will be opened, path without links, line that the
				  file begins with ("#!...") or NULL; number: argv's index (0: the
				  program; -1: none), device, inode, CORDON_PIN_*; word: SHA-256 of
				  its content, one of them; data: uint32_t, uids that are trusted */
	/* a kernel attribute that has no row of its own */
	CORDON_STEP_CALL = 300, /* text: name; data: struct cordon_call */
	/* from here on the core's own, which it derives from those above */
	CORDON_STEP_CORE = 1000,
};

enum cordon_groups { CORDON_GROUPS_KEEP = 0, CORDON_GROUPS_OWN, CORDON_GROUPS_LIST, CORDON_GROUPS_NONE };
enum cordon_map { CORDON_MAP_SELF = 0, CORDON_MAP_ROOT, CORDON_MAP_NOBODY, CORDON_MAP_SUBIDS };
enum cordon_root { CORDON_ROOT_HOST = 0, CORDON_ROOT_EMPTY, CORDON_ROOT_DIR };
enum cordon_mount {
	CORDON_MOUNT_RO = 0, CORDON_MOUNT_RW, CORDON_MOUNT_OWN, CORDON_MOUNT_DEVICE,
	CORDON_MOUNT_TMPFS, CORDON_MOUNT_OVERLAY, CORDON_MOUNT_SYMLINK, CORDON_MOUNT_PRIVATE,
};
enum cordon_proc { CORDON_PROC_HOST = 0, CORDON_PROC_NEW, CORDON_PROC_HIDEPID, CORDON_PROC_NONE };
enum cordon_dev { CORDON_DEV_HOST = 0, CORDON_DEV_MINIMAL, CORDON_DEV_NONE };
enum cordon_stdio { CORDON_STDIO_KEEP = 0, CORDON_STDIO_NULL, CORDON_STDIO_PATH };
/*
 * Judges stand next to the job, in the order of their sections' names, the one that changes next to
 * the caller: each judge sees what the job wrote, or is about to read.
 */
enum cordon_stream {
	CORDON_STREAM_JUDGE = 0, /* puts what it got, byte for byte, and may end it; any number */
	CORDON_STREAM_CHANGE,	 /* puts what it likes; one for each stream */
	CORDON_STREAM_SELECT,	 /* a judge that leaves out what it likes, and may answer */
};

/* Where a secret is: in the administrator's file, in a variable of the caller's. */
enum cordon_secret { CORDON_SECRET_PATH = 0, CORDON_SECRET_VARIABLE };
enum cordon_cgroup { CORDON_CGROUP_MEMORY = 0, CORDON_CGROUP_SWAP, CORDON_CGROUP_CPU, CORDON_CGROUP_PIDS };
enum cordon_timeout { CORDON_TIMEOUT_WALL = 0, CORDON_TIMEOUT_CPU, CORDON_TIMEOUT_IDLE };
enum cordon_record { CORDON_RECORD_FILE = 0, CORDON_RECORD_FD, CORDON_RECORD_SYSLOG };

/*
 * Whose path must be out of whose reach: what runs, of all but root and the uids in data, the
 * caller and the job's user too; else of all but root, those uids, the caller and the job's user.
 */
#define CORDON_PIN_RUNS 1
#define CORDON_PIN_COPY 2    /* where it is not, run a sealed copy instead of refusing */
#define CORDON_PIN_CARRIER 4 /* an interpreter: never from a copy, but by its path without links */
#define CORDON_PIN_ABSENT 8  /* nothing is there, and nothing may be; the folder's device, inode */
#define CORDON_PIN_OBJECT 16 /* the same object is enough, whoever can reach it */

/*
 * As landlock(7) numbers them.  Rights of folders do not reach a path that is a file; LL_IOCTL is
 * for the device that a path names, and never for all below a folder.
 */
enum cordon_landlock {
	CORDON_LL_EXECUTE = 1 << 0, CORDON_LL_WRITE_FILE = 1 << 1, CORDON_LL_READ_FILE = 1 << 2,
	CORDON_LL_READ_DIR = 1 << 3, CORDON_LL_REMOVE_DIR = 1 << 4, CORDON_LL_REMOVE_FILE = 1 << 5,
	CORDON_LL_MAKE_CHAR = 1 << 6, CORDON_LL_MAKE_DIR = 1 << 7, CORDON_LL_MAKE_REG = 1 << 8,
	CORDON_LL_MAKE_SOCK = 1 << 9, CORDON_LL_MAKE_FIFO = 1 << 10, CORDON_LL_MAKE_BLOCK = 1 << 11,
	CORDON_LL_MAKE_SYM = 1 << 12, CORDON_LL_REFER = 1 << 13, CORDON_LL_TRUNCATE = 1 << 14,
	CORDON_LL_IOCTL = 1 << 15,
	CORDON_LL_BIND_TCP = 1 << 0, CORDON_LL_CONNECT_TCP = 1 << 1,	/* ports */
	CORDON_LL_ABSTRACT_SOCKETS = 1 << 0, CORDON_LL_SIGNALS = 1 << 1, /* scopes */
};

#define CORDON_FLAG_MAY_BE_ABSENT 1 /* number[3] of paths: a leading '-' */
#define CORDON_FLAG_READ_ONLY 4	    /* number[3] of a tmpfs: what is mounted in it may be written */
#define CORDON_FLAG_PARAMETER 2	    /* the path came from a parameter: opened with the job's rights */

/* The generic step: one system call with up to six words; numbers that the core owns are refused. */
struct cordon_call {
	int64_t number; /* of the system call */
	int64_t word[6];
	uint32_t size[6]; /* not 0: the word is the address of so many bytes, which are copied */
	int32_t is_late; /* 0: before the ids change, 1: after */
	/* what to call afterwards to read it back: number -1 none; the result must be `expect` */
	int64_t read_number, read_word[6], expect;
};

/*
 * A filter of system calls, as a table.  Of the rules for a call's number the first whose tests all
 * hold decides; without one, `other` does, and `unknown` for numbers above `highest`.  Actions
 * are SECCOMP_RET_KILL_PROCESS, _ERRNO with its data, _LOG and _ALLOW, see seccomp(2).  Several
 * filters are joined to one program: the stricter answer holds, of two errors the smaller number.
 */
struct cordon_filter_test {
	uint32_t argument;    /* 0..5 */
	uint32_t is_not;      /* 0: (argument & mask) == value; 1: != */
	uint64_t mask, value; /* a mask below 2^32 is a test of what the kernel reads as 32 bits */
};
struct cordon_filter_rule {
	uint32_t number, last; /* the calls from number to last */
	uint32_t action;       /* or CORDON_FILTER_ONCE: execve(2), for cordon's own exec alone */
	uint32_t n_tests;
	struct cordon_filter_test test[2];
};
#define CORDON_FILTER_ONCE 0x7fe00000u
/* Directly behind it its rules, in ascending order; two are for the same calls, or for none. */
struct cordon_filter {
	uint32_t other, unknown, highest, n_rules;
};

struct cordon_step {
	uint32_t type;	/* enum cordon_step_type */
	uint32_t where; /* from the setting that asks; 0: the section */
	int64_t number[4];
	const char *text[3];
	const char *const *word;
	size_t n_words;
	const struct cordon_list *list; /* instead of word: its items' texts */
	const void *data;
	size_t size; /* of data, bytes */
};

/* One section's view of the plan.  The core's is longer; grows at its end. */
struct cordon_plan {
	size_t size; /* of this struct in the core that runs */
	const struct cordon_job *job;
	void *state; /* state_size bytes, zeroed (0 is a descriptor), this section's, kept for
			begin and finish */
	/* Returns nothing on purpose: a step that cannot be taken refuses the job in any case. */
	void (*add)(struct cordon_plan *plan, const struct cordon_step *step);
	uint32_t where; /* set by the hook: the setting that an error which it returns is about */
};

static inline void cordon_add_number(struct cordon_plan *plan, uint32_t where, uint32_t type,
				     int64_t a, int64_t b, int64_t c)
{
	struct cordon_step step = { type, where, { a, b, c, 0 }, { NULL, NULL, NULL },
				    NULL, 0, NULL, NULL, 0 };

	plan->add(plan, &step);
}
static inline void cordon_add_text(struct cordon_plan *plan, uint32_t where, uint32_t type,
				   const char *first, const char *second)
{
	struct cordon_step step = { type, where, { 0, 0, 0, 0 }, { first, second, NULL },
				    NULL, 0, NULL, NULL, 0 };

	plan->add(plan, &step);
}
static inline void cordon_add_list(struct cordon_plan *plan, uint32_t type, int64_t number,
				   const struct cordon_list *list)
{
	struct cordon_step step = { type, list->where, { number, 0, 0, 0 }, { NULL, NULL, NULL },
				    NULL, 0, list, NULL, 0 };

	plan->add(plan, &step);
}
static inline void cordon_add_data(struct cordon_plan *plan, uint32_t where, uint32_t type,
				   int64_t number, const void *data, size_t size)
{
	struct cordon_step step = { type, where, { number, 0, 0, 0 }, { NULL, NULL, NULL },
				    NULL, 0, NULL, data, size };

	plan->add(plan, &step);
}

/* ---- what modules have in common ---- */

/*
 * Moves *text past a decimal number that can be an id: 0 to 4294967294, without sign, blank or
 * leading zero (4294967295 is the kernel's "leave it as it is").  0, or -1 and *text is anywhere.
 */
static inline int cordon_scan_id(const char **text, uint32_t *id)
{
	const char *start = *text;
	uint64_t value = 0;

	for (; **text >= '0' && **text <= '9'; ++*text) {
		value = value * 10 + (uint64_t)(**text - '0');
		if (value >= UINT32_MAX)
			return -1;
	}
	if (*text == start || (*start == '0' && *text > start + 1))
		return -1;
	*id = (uint32_t)value;
	return 0;
}

/* All rights of files that a kernel of this Landlock ABI has. */
static inline int64_t cordon_landlock_files(int64_t abi)
{
	return abi < 1 ? 0 : abi < 2 ? 0x1fff : abi < 3 ? 0x3fff : abi < 5 ? 0x7fff : 0xffff;
}

/* ---- the end of a job ---- */

struct cordon_result {
	int32_t started; /* 0: refused or failed before exec */
	int32_t exit, signal; /* exit -1: the job's parent alone knows (parent = beside) */
	int64_t wall_ns, user_ns, sys_ns, max_rss_kb; /* -1: the same */
};

/* ---- what passes between the caller and the job ---- */

enum cordon_flow_number { CORDON_FLOW_TO_JOB = 3, CORDON_FLOW_FROM_JOB };

/* What stream() sees of one direction of one stream; grows at its end. */
struct cordon_flow {
	size_t size;
	void *core;
	uint32_t number; /* CORDON_FLOW_TO_JOB, CORDON_FLOW_FROM_JOB of a socket; 0 stdin, 1 stdout (with stderr, where the caller has both in one), 2 stderr */
	uint32_t is_end; /* nothing follows: put what was held back */
	void *own;	 /* the hook's own, of this flow; NULL at first */
	/* What is to go on; copied.  0, or -1: nobody reads any more, return 0 and forget it. */
	int (*put)(struct cordon_flow *flow, const void *data, size_t size);
	const char *section; /* the hook's */
	/*
	 * To whoever writes this flow: by stdout to who writes stdin, and the other way round, from the
	 * section's own place there on.  0, or -1: it selects in none of these, or nobody reads.
	 */
	int (*answer)(struct cordon_flow *flow, const void *data, size_t size);
};

/* ---- the descriptor: the last lines of a module ---- */

enum cordon_kind {
	CORDON_DECIDE = 1, /* says yes or no */
	CORDON_CONFINE,	   /* takes power from the job */
	CORDON_ARRANGE,	   /* prepares what the job sees */
	CORDON_OBSERVE,	   /* reports */
};

#define CORDON_ABI_MAJOR 1
#define CORDON_ABI_MINOR 1
#define CORDON_ABI                                                                                \
	{ CORDON_ABI_MAJOR, CORDON_ABI_MINOR, sizeof(struct cordon_module), sizeof(struct cordon_option) }

struct cordon_module {
	struct {
		uint16_t major, minor;
		uint32_t size, option_size;
	} abi;
	uint32_t kind, flags; /* flags: 0 */
	const char *summary;  /* one line */
	const struct cordon_option *options;
	size_t n_options;
	size_t size, state_size; /* of the settings, of the state; bytes */
	/* Options against each other; `self` as parsed.  The text needs no file or line. */
	int (*configure)(const void *self, struct cordon_error *err);
	int (*decide)(const void *self, const struct cordon_job *job, struct cordon_error *err);
	int (*plan)(const void *self, struct cordon_plan *plan, struct cordon_error *err);
	/* What it leaves open stays so until finish.  Ten seconds, as for every hook, and `wait`. */
	int (*begin)(const void *self, void *state, const struct cordon_job *job, struct cordon_error *err);
	/* If begin was entered. */
	int (*finish)(const void *self, void *state, const struct cordon_result *result,
		      struct cordon_error *err);
	/* The key, of type CORDON_TIME, that says by how much begin may take longer; NULL: by nothing. */
	const char *wait;
	/*
	 * Of a section that planned CORDON_STEP_STREAM.  Not in the parent: in a process of its own,
	 * forked after begin, which has its memory and nothing else: no descriptor, no privilege, and
	 * no system call but to get memory.  What it changes in `state` nobody else sees.  Nothing
	 * passes that it does not put.  -1: the stream is cut, and the job is ended.
	 */
	int (*stream)(const void *self, void *state, struct cordon_flow *flow, const void *data,
		      size_t size, struct cordon_error *err);
};

#define CORDON_MODULE(name)                                                                       \
	extern __attribute__((visibility("default")))                                             \
	const struct cordon_module name##_LTX_cordon_module;                                      \
	const struct cordon_module name##_LTX_cordon_module

#ifdef __cplusplus
}
#endif
#endif /* CORDON_MODULE_H */
