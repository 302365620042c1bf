/* SPDX-License-Identifier: MIT */
/*
 * scripts - which programs and scripts may run
 *
 *	[scripts]
 *	allow = /srv/scripts/[a-z]*.py
 *	manifest = /etc/cordon/scripts.sha256
 *	interpreters = python3
 *	inline = refuse
 *
 * What is judged is the object that a path leads to, by its path without links.
 * Where the program is an interpreter, what is judged is the script that it is
 * given: a word of the command, found by the interpreter's own options
 * (modules/carriers.h), or the file whose first line brought us to it.  Code
 * that is no file (-c, standard input, the dynamic linker, a module) is refused
 * unless it is allowed.
 *
 * Nothing is run from a place that another could change after it was judged:
 * that is what the pins are for that it plans (core/pin.h).
 *
 * What the job does once it runs is another thing: it may start any program
 * that it can reach.  [landlock] execute, [mounts] noexec and [seccomp] are for
 * that.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <elf.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "carriers.h"

struct scripts {
	struct cordon_list allow, sha256, owner, interpreters, modules;
	struct cordon_data manifest;
	struct cordon_number code, unsafe_path;
};

enum { CODE_ALLOW = 0, CODE_REFUSE };
enum { UNSAFE_COPY = 0, UNSAFE_REFUSE };

#define HEX 64
#define HEAD 4096
#define DEPTH 5	 /* of interpreters that carry interpreters, as the kernel's */
#define SUMS 16	 /* of one path */
#define OWNERS 32

/* ---- settings ---- */

static bool is_hex(const char *text)
{
	for (size_t i = 0; i < HEX; i++)
		if (!strchr("0123456789abcdefABCDEF", text[i]) || !text[i])
			return false;
	return true;
}

static int check_sha256(const char *text, struct cordon_error *err)
{
	if (!is_hex(text) || text[HEX] != ' ' ||
	    text[HEX + 1 + strspn(text + HEX, " ") - 1] != '/')
		return cordon_fail(err, 0, "'%s' is not HEX PATH", text);
	return 0;
}

static int check_interpreter(const char *text, struct cordon_error *err)
{
	if (strchr(text, '/') && *text != '/')
		return cordon_fail(err, 0,
				   "'%s' is neither a name nor an absolute path",
				   text);
	return 0;
}

static const struct cordon_option options[] = {
	{ "allow", "programs and scripts, by their path without links; globs",
	  CORDON_PATHS, CORDON_AND, CORDON_AT(struct scripts, allow),
	  .form = "plain" },
	{ "sha256", "HEX PATH: what a file must hold", CORDON_LINES,
	  CORDON_BOTH, CORDON_AT(struct scripts, sha256),
	  .check = check_sha256 },
	{ "manifest", "a file of such lines, as sha256sum(1) writes them",
	  CORDON_DATA, CORDON_BOTH, CORDON_AT(struct scripts, manifest) },
	{ "owner", "users who may own what runs", CORDON_WORDS, CORDON_AND,
	  CORDON_AT(struct scripts, owner), .value = "root" },
	{ "interpreters", "programs that may carry an allowed script",
	  CORDON_WORDS, CORDON_OR, CORDON_AT(struct scripts, interpreters),
	  .value = "sh bash dash python3 perl node ruby php env busybox",
	  .check = check_interpreter },
	{ "inline", "code that is no file: -c, -e, standard input, ld.so",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct scripts, code),
	  .form = "allow|refuse", .value = "refuse" },
	{ "modules", "names that python's -m may run", CORDON_WORDS,
	  CORDON_AND, CORDON_AT(struct scripts, modules) },
	{ "unsafe-path", "where others could change it: refuse, or run a copy",
	  CORDON_WORD, CORDON_STRICTER, CORDON_AT(struct scripts, unsafe_path),
	  .form = "copy|refuse", .value = "refuse" },
};

/* One line of sha256sum(1): "HEX  PATH" or "HEX *PATH". */
static bool is_sum_line(const char *line, size_t size)
{
	return size > HEX + 2 && is_hex(line) && line[HEX] == ' ' &&
	       (line[HEX + 1] == ' ' || line[HEX + 1] == '*') &&
	       !memchr(line, '\0', size);
}

static int scripts_configure(const void *self, struct cordon_error *err)
{
	const struct scripts *scripts = self;
	const char *line = scripts->manifest.text, *end;
	unsigned number = 0;

	if (!line)
		return 0;
	for (end = line + scripts->manifest.size; line < end; line++) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);

		number++;
		if (size > 0 && *line != '#' && !is_sum_line(line, size))
			return cordon_fail(err, 0,
					   "%s:%u: not a line of sha256sum "
					   "(HEX, two blanks, PATH)",
					   scripts->manifest.path, number);
		line += size;
	}
	return 0;
}

/* ---- one judgement ---- */

struct judge {
	const struct scripts *scripts;
	const struct cordon_job *job;
	struct cordon_plan *plan; /* NULL: it is only asked */
	struct cordon_error *err;
	uint32_t owners[OWNERS];
	size_t n_owners;
	unsigned depth;
	bool has_python;
};

struct sums {
	char hex[SUMS][HEX + 1];
	const char *text[SUMS];
	size_t n;
};

static int find_owners(struct judge *judge)
{
	const struct cordon_list *list = &judge->scripts->owner;

	if (list->count > OWNERS)
		return cordon_fail(judge->err, 0,
				   "owner: more than %d users", OWNERS);
	for (size_t i = 0; i < list->count; i++) {
		struct cordon_error why = { 0 };

		if (cordon_find_user(judge->job, list->item[i].text,
				     &judge->owners[judge->n_owners++],
				     &why) < 0)
			return cordon_fail(judge->err, why.code,
					   "owner: %.400s", why.text);
	}
	return 0;
}

static bool is_owner(const struct judge *judge, uint32_t uid)
{
	for (size_t i = 0; i < judge->n_owners; i++)
		if (judge->owners[i] == uid)
			return true;
	return false;
}

static void pin(const struct judge *judge, int64_t index,
		const struct cordon_object *object, const char *text,
		const char *line, int64_t flags, const struct sums *sums)
{
	struct cordon_step step = {
		.type = CORDON_STEP_PIN,
		.number = { index, (int64_t)object->device,
			    (int64_t)object->inode, flags },
		.text = { text, object->path, line },
		.data = judge->owners,
		.size = judge->n_owners * sizeof(judge->owners[0]),
	};

	if (!judge->plan)
		return;
	if (judge->scripts->unsafe_path.value == UNSAFE_COPY &&
	    flags & CORDON_PIN_RUNS)
		step.number[3] |= CORDON_PIN_COPY;
	if (sums) {
		step.word = sums->text;
		step.n_words = sums->n;
	}
	judge->plan->add(judge->plan, &step);
}

/* A regular file that is there, of an owner who may have it. */
static int find_file(const struct judge *judge, const char *text,
		     struct cordon_object *object)
{
	const char *why = NULL;

	if (cordon_object_find(judge->job, text, object, judge->err) < 0)
		return -1;
	if (object->fd < 0)
		return cordon_deny(judge->err, "there is no '%.200s' to judge",
				   text);
	if (!S_ISREG(object->mode))
		why = "is not a regular file";
	else if (object->links == 0)
		why = "is deleted, and has no path to be judged by";
	if (why)
		cordon_deny(judge->err, "'%.200s' %s", text, why);
	else if (!is_owner(judge, object->uid))
		cordon_deny(judge->err,
			    "'%.200s' belongs to uid %u, who is not among "
			    "'owner'",
			    object->path, (unsigned)object->uid);
	else
		return 0;
	cordon_object_close(judge->job, object);
	return -1;
}

/* ---- allow, sha256, manifest ---- */

/* Part by part: '*' does not cross a '/'. */
static bool is_listed(const struct cordon_list *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (fnmatch(list->item[i].text + (*list->item[i].text == '-'),
			    path, FNM_PATHNAME | FNM_PERIOD) == 0)
			return true;
	return false;
}

static void add_sum(struct sums *sums, const char *hex)
{
	if (sums->n == SUMS)
		return;
	for (size_t i = 0; i < HEX; i++)
		sums->hex[sums->n][i] = hex[i] >= 'A' && hex[i] <= 'F'
						? (char)(hex[i] - 'A' + 'a')
						: hex[i];
	sums->hex[sums->n][HEX] = '\0';
	sums->text[sums->n] = sums->hex[sums->n];
	sums->n++;
}

/* A relative name is one beside the manifest, as sha256sum -c has it. */
static bool is_name_of(const struct cordon_data *manifest, const char *name,
		       size_t size, const char *path)
{
	const char *slash = strrchr(manifest->path, '/');
	size_t folder = (size_t)(slash - manifest->path) + 1;

	if (*name != '/') {
		if (size > 2 && !memcmp(name, "./", 2)) {
			name += 2;
			size -= 2;
		}
		if (strncmp(path, manifest->path, folder))
			return false;
		path += folder;
	}
	return strlen(path) == size && !memcmp(path, name, size);
}

/*
 * Straight through: the lines were read once already, to be checked, and a
 * table of them would cost more than the one or two questions of a job.
 */
static void look_up(const struct cordon_data *manifest, const char *path,
		    struct sums *sums)
{
	const char *line = manifest->text;
	const char *end = line + manifest->size;

	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t size = (size_t)((stop ? stop : end) - line);

		if (size > HEX + 2 && *line != '#' &&
		    is_name_of(manifest, line + HEX + 2, size - HEX - 2, path))
			add_sum(sums, line);
		line += size + 1;
	}
}

static int judge_sums(const struct judge *judge,
		      const struct cordon_object *object, struct sums *sums)
{
	const struct scripts *scripts = judge->scripts;
	char hex[HEX + 1];

	if (!scripts->sha256.given && !scripts->manifest.text)
		return 0;
	for (size_t i = 0; i < scripts->sha256.count; i++) {
		const char *text = scripts->sha256.item[i].text;

		if (!strcmp(text + HEX + strspn(text + HEX, " "), object->path))
			add_sum(sums, text);
	}
	if (scripts->manifest.text)
		look_up(&scripts->manifest, object->path, sums);
	if (sums->n == 0)
		return cordon_deny(judge->err,
				   "'%.200s' has no sha256 here, nor in a "
				   "manifest",
				   object->path);
	if (cordon_object_digest(judge->job, object, hex, judge->err) < 0)
		return -1;
	for (size_t i = 0; i < sums->n; i++)
		if (!strcmp(sums->text[i], hex))
			return 0;
	return cordon_deny(judge->err,
			   "'%.200s' is not what its sha256 says (it has %s)",
			   object->path, hex);
}

/* The item that leads to the object by a link, and so never matches; or NULL. */
static const char *item_by_link(const struct cordon_list *list,
				const struct cordon_object *object)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *path =
			list->item[i].text + (*list->item[i].text == '-');
		struct stat st;

		if (stat(path, &st) == 0 && st.st_dev == object->device &&
		    st.st_ino == object->inode)
			return path;
	}
	return NULL;
}

static int deny_unlisted(const struct judge *judge,
			 const struct cordon_object *object)
{
	const char *item = item_by_link(&judge->scripts->allow, object);

	return cordon_deny(judge->err, "'%.200s' is not in 'allow'%s%.200s%s",
			   object->path, item ? " ('" : "", item ? item : "",
			   item ? "' is a link to it: write the real path)"
				: "");
}

static int judge_allowed(const struct judge *judge,
			 const struct cordon_object *object, struct sums *sums)
{
	sums->n = 0;
	if (judge->scripts->allow.given &&
	    !is_listed(&judge->scripts->allow, object->path))
		return deny_unlisted(judge, object);
	return judge_sums(judge, object, sums);
}

/* ---- what kind of program it is ---- */

/* 1: it is that file; 0: another one, or none that the caller can reach; -1: nobody
 * knows, and what might be an interpreter is not taken for a plain program. */
static int is_same_as(const struct judge *judge, const char *path,
		      const struct cordon_object *object)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return st.st_dev == object->device &&
		       st.st_ino == object->inode;
	if (cordon_is_absent(errno))
		return 0;
	return cordon_fail(judge->err, errno,
			   "cannot look at the interpreter '%.200s'", path);
}

/* The name by which an interpreter is listed, or NULL. */
static int listed_as(const struct judge *judge,
		     const struct cordon_object *object, const char **listed)
{
	static const char *const folders[] = { "/usr/local/bin/", "/usr/bin/",
					       "/bin/" };
	const struct cordon_list *list = &judge->scripts->interpreters;
	char path[PATH_MAX];

	*listed = NULL;
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->item[i].text;
		int rc = 0;

		if (*name == '/')
			rc = is_same_as(judge, name, object);
		for (size_t k = 0; *name != '/' && rc == 0 &&
				   k < CORDON_COUNT(folders); k++) {
			snprintf(path, sizeof(path), "%s%s", folders[k], name);
			rc = is_same_as(judge, path, object);
		}
		if (rc < 0)
			return -1;
		if (rc > 0) {
			*listed = name;
			return 0;
		}
	}
	return 0;
}

static bool is_elf(const char *head, size_t size)
{
	return size > SELFMAG && !memcmp(head, ELFMAG, SELFMAG);
}

/*
 * A shared object that asks for no interpreter is one: ld.so, under any name.
 * A static program of that type says so (DF_1_PIE).
 */
static bool is_linker(const char *head, size_t size)
{
	const Elf64_Ehdr *elf = (const void *)head;
	const Elf64_Phdr *part;
	bool has_dynamic = false;

	if (!is_elf(head, size) || size < sizeof(*elf) ||
	    elf->e_ident[EI_CLASS] != ELFCLASS64)
		return is_elf(head, size) && size > 17 && head[16] == ET_DYN;
	if (elf->e_type != ET_DYN || elf->e_phentsize != sizeof(*part))
		return false;
	/* the kernel takes any place; no tool writes an odd one */
	if (elf->e_phoff % sizeof(uint64_t) != 0)
		return true;
	for (size_t i = 0; i < elf->e_phnum; i++) {
		size_t at = elf->e_phoff + i * sizeof(*part);

		if (elf->e_phoff > size || at > size - sizeof(*part))
			return true;
		part = (const void *)(head + at);
		if (part->p_type == PT_INTERP)
			return false;
		has_dynamic |= part->p_type == PT_DYNAMIC;
	}
	return has_dynamic;
}

static bool has_pie_flag(const struct judge *judge,
			 const struct cordon_object *object, const char *head)
{
	const Elf64_Ehdr *elf = (const void *)head;
	const Elf64_Phdr *part = (const void *)(head + elf->e_phoff);
	const Elf64_Dyn *entry;
	struct cordon_error ignored;
	size_t at = 0, end = 0;
	bool is_pie = false;
	int64_t n = -1;
	char *bytes;

	if (elf->e_ident[EI_CLASS] != ELFCLASS64 ||
	    elf->e_phoff % sizeof(uint64_t) != 0 || elf->e_phoff > HEAD ||
	    elf->e_phnum > (HEAD - elf->e_phoff) / sizeof(*part))
		return false;
	for (size_t i = 0; i < elf->e_phnum; i++)
		if (part[i].p_type == PT_DYNAMIC) {
			at = part[i].p_offset;
			end = at + part[i].p_filesz;
		}
	if (end < at || end > object->size || end > (size_t)64 << 20)
		return false;
	bytes = malloc(end + 1);
	if (bytes)
		n = cordon_object_read(judge->job, object, bytes, end,
				       &ignored);
	at += at % sizeof(uint64_t) ? end : 0;
	for (; n == (int64_t)end && at + sizeof(*entry) <= end;
	     at += sizeof(*entry)) {
		entry = (const void *)(bytes + at);
		is_pie |= entry->d_tag == DT_FLAGS_1 &&
			  entry->d_un.d_val & DF_1_PIE;
	}
	free(bytes);
	return is_pie;
}

static int judge_code(const struct judge *judge, const char *program,
		      const char *how)
{
	if (judge->scripts->code.value == CODE_ALLOW)
		return 0;
	return cordon_deny(judge->err,
			   "'%.200s' would run code that is no file (%s; "
			   "'inline = refuse')",
			   program, how);
}

/* ---- carriers ---- */

static int judge_program(struct judge *judge, const struct word *word, size_t n,
			 const char *text);

static int judge_script(struct judge *judge, const struct word *word,
			const struct family *family, const struct word *words,
			size_t n)
{
	struct cordon_object object;
	struct sums sums;
	int64_t flags = CORDON_PIN_RUNS;
	int rc;

	if (word->is_judged)
		return 0;
	if (find_file(judge, word->text, &object) < 0)
		return -1;
	rc = judge_allowed(judge, &object, &sums);
	/* node asks for the path of what it is given, and a copy has none */
	if (family->no_copy)
		flags |= CORDON_PIN_CARRIER;
	for (size_t i = 1; i < n && family->no_copy; i++)
		if (!strcmp(words[i].text, "--preserve-symlinks-main"))
			flags = CORDON_PIN_RUNS;
	if (rc == 0)
		pin(judge, word->index, &object, word->text, NULL, flags,
		    &sums);
	cordon_object_close(judge->job, &object);
	return rc;
}

static int judge_family(struct judge *judge, const struct family *family,
			const struct word *word, size_t n)
{
	const struct cordon_list *modules = &judge->scripts->modules;
	struct finding found;
	const char *dash = word[0].text[0] == '-' ? "a login shell" : NULL;

	if (dash && judge_code(judge, word[0].text, dash) < 0)
		return -1;
	if (carrier_scan(family, word, n, &found, judge->err) < 0)
		return -1;
	judge->has_python |= !strcmp(family->name, "python");
	if (found.what == FOUND_SCRIPT)
		return judge_script(judge, &word[found.at], family, word, n);
	if (found.what == FOUND_INLINE)
		return judge_code(judge, word[0].text, found.text);
	if (found.what == FOUND_NOTHING ||
	    judge->scripts->code.value == CODE_ALLOW)
		return 0;
	for (size_t i = 0; i < modules->count; i++)
		if (!strcmp(modules->item[i].text, found.text))
			return 0;
	return cordon_deny(judge->err, "-m %.100s: not in 'modules'",
			   found.text);
}

/* ---- env, busybox: they start another program ---- */

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_mode & 0111;
}

/*
 * What nobody but root can open for us: the nearest folder of that path which
 * can be seen is root's.
 */
static bool is_closed_by_root(const struct judge *judge, const char *path)
{
	struct cordon_object object = { .fd = -1 };
	struct cordon_error ignored;
	char above[PATH_MAX];
	char *slash;

	snprintf(above, sizeof(above), "%s", path);
	while ((slash = strrchr(above, '/')) && slash > above) {
		*slash = '\0';
		if (cordon_object_find(judge->job, above, &object, &ignored) ==
		    0)
			break;
	}
	cordon_object_close(judge->job, &object);
	return object.path && object.uid == 0;
}

static int pin_absent(const struct judge *judge, const char *path)
{
	struct cordon_object object;

	if (cordon_object_find(judge->job, path, &object, judge->err) < 0)
		return judge->err->code == EACCES &&
				       is_closed_by_root(judge, path)
			       ? 0
			       : -1;
	if (object.fd < 0) {
		pin(judge, -1, &object, path, NULL,
		    CORDON_PIN_RUNS | CORDON_PIN_ABSENT, NULL);
		return 0;
	}
	cordon_object_close(judge->job, &object);
	return cordon_deny(judge->err,
			   "'%.200s' is before it in PATH, and no program",
			   path);
}

/* As env(1) will: what comes earlier in PATH must stay without it. */
static int find_in_path(const struct judge *judge, const char *name, char *out,
			size_t size)
{
	const char *path = judge->job->path;

	for (;; path++) {
		size_t length = strcspn(path, ":");
		int n = snprintf(out, size, "%.*s%s%s", (int)length, path,
				 length ? "/" : "", name);

		if (n < 0 || (size_t)n >= size)
			break;
		if (is_executable(out))
			return 0;
		if (pin_absent(judge, out) < 0)
			return -1;
		path += length;
		if (*path == '\0')
			break;
	}
	return cordon_deny(judge->err, "there is no '%.100s' along PATH",
			   name);
}

static int judge_next(struct judge *judge, const struct word *word, size_t n)
{
	char path[PATH_MAX];

	if (strchr(word[0].text, '/'))
		return judge_program(judge, word, n, word[0].text);
	if (find_in_path(judge, word[0].text, path, sizeof(path)) < 0)
		return -1;
	return judge_program(judge, word, n, path);
}

static int judge_assignment(const struct judge *judge, const char *text)
{
	size_t size = strcspn(text, "=");
	char name[256];

	snprintf(name, sizeof(name), "%.*s", (int)size, text);
	if (size < sizeof(name) && strcmp(name, "PATH") &&
	    !cordon_is_steering(judge->job, name))
		return 0;
	return judge_code(judge, "env", "it sets a variable that steers what "
					"runs");
}

static int judge_env(struct judge *judge, const struct word *word, size_t n);

/* env -S TEXT: split at blanks; quotes and escapes are not read here. */
static int judge_split(struct judge *judge, const char *text,
		       const struct word *rest, size_t n)
{
	struct word *all = calloc(strlen(text) + n + 2, sizeof(*all));
	char *copy = strdup(text), *save = NULL;
	size_t count = 0;
	int rc = -1;

	if (!all || !copy) {
		cordon_fail(judge->err, ENOMEM, "cannot read env's -S");
	} else if (text[strcspn(text, "\\'\"$#")]) {
		cordon_deny(judge->err,
			    "env -S '%.100s' has quotes or escapes, which are "
			    "not read here",
			    text);
	} else {
		all[count++] = (struct word){ "env", -1, false };
		for (char *at = strtok_r(copy, " \t\v\f\r\n", &save); at;
		     at = strtok_r(NULL, " \t\v\f\r\n", &save))
			all[count++] = (struct word){ at, -1, false };
		memcpy(all + count, rest, n * sizeof(*all));
		rc = judge_env(judge, all, count + n);
	}
	free(copy);
	free(all);
	return rc;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static int judge_env(struct judge *judge, const struct word *word, size_t n)
{
	static const char *const flags[] = { "-0", "--null", "-v", "--debug",
					     "--list-signal-handling" };
	static const char *const quits[] = { "--version", "--help" };
	size_t at = 1;

	for (; at < n; at++) {
		const char *text = word[at].text;
		bool is_flag = begins(text, "--block-signal") ||
			       begins(text, "--default-signal") ||
			       begins(text, "--ignore-signal");

		if (!strcmp(text, "--")) {
			at++;
			break;
		}
		if (text[0] != '-')
			break;
		for (size_t i = 0; i < CORDON_COUNT(flags); i++)
			is_flag |= !strcmp(text, flags[i]);
		for (size_t i = 0; i < CORDON_COUNT(quits); i++)
			if (!strcmp(text, quits[i]))
				return 0;
		if (is_flag)
			continue;
		if (begins(text, "--split-string="))
			return judge_split(judge, text + 15, word + at + 1,
					   n - at - 1);
		if (!strcmp(text, "-S") && at + 1 < n)
			return judge_split(judge, word[at + 1].text,
					   word + at + 2, n - at - 2);
		if (begins(text, "-S"))
			return judge_split(judge, text + 2, word + at + 1,
					   n - at - 1);
		return cordon_deny(judge->err,
				   "'%.60s' is an option of env that is not "
				   "known here, or takes away what keeps "
				   "interpreters to their scripts",
				   text);
	}
	for (; at < n && strchr(word[at].text, '='); at++)
		if (judge_assignment(judge, word[at].text) < 0)
			return -1;
	return at < n ? judge_next(judge, word + at, n - at) : 0;
}

static int judge_applet(struct judge *judge, const struct word *word, size_t n)
{
	const char *name = strrchr(word[0].text, '/');
	const struct family *family;

	name = name ? name + 1 : word[0].text;
	name += *name == '-';
	if (begins(name, "busybox"))
		return n > 1 ? judge_applet(judge, word + 1, n - 1) : 0;
	if (!strcmp(name, "env"))
		return judge_env(judge, word, n);
	family = carrier_family(name);
	if (family && carrier_has("cs", family->code[0]) && family->has_plus)
		return judge_family(judge, family, word, n);
	return cordon_deny(judge->err,
			   "busybox's '%.60s' carries no script (its sh and "
			   "env do)",
			   name);
}

/* ---- the command ---- */

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int judge_carrier(struct judge *judge, const struct word *word, size_t n,
			 const struct cordon_object *object, const char *text,
			 const char *listed)
{
	const struct family *family = carrier_family(object->path);
	const char *name = base_name(object->path);
	bool is_busybox = begins(name, "busybox");
	/* what stands for it in argv is a path only where the word is one */
	int64_t index = word[0].index <= 0 || strchr(word[0].text, '/')
				? word[0].index
				: -1;

	if (!family && listed)
		family = carrier_family(listed);
	/* By its name busybox knows what it is to be: that stays. */
	pin(judge, is_busybox ? -1 : index, object, text, NULL,
	    CORDON_PIN_RUNS | CORDON_PIN_CARRIER, NULL);
	if (is_busybox)
		return judge_applet(judge, word, n);
	if (!strcmp(name, "env") || (listed && !strcmp(listed, "env")))
		return judge_env(judge, word, n);
	return judge_family(judge, family ? family : &unknown_family, word, n);
}

/* "#!INTERPRETER [ARGUMENT]", and then the file and what is behind it. */
static int judge_line(struct judge *judge, const char *line, const char *text,
		      const struct word *word, size_t n)
{
	struct word *all = calloc(n + 3, sizeof(*all));
	char copy[HEAD];
	char *interpreter = copy + 2, *rest, *end;
	size_t count = 0;
	int rc = -1;

	snprintf(copy, sizeof(copy), "%s", *line ? line : "#!/bin/sh");
	interpreter += strspn(interpreter, " \t");
	rest = interpreter + strcspn(interpreter, " \t");
	end = rest + strlen(rest);
	while (end > rest && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (*rest) {
		*rest++ = '\0';
		rest += strspn(rest, " \t");
	}
	if (!all) {
		cordon_fail(judge->err, ENOMEM, "cannot read '%.200s'", text);
	} else if (*interpreter != '/') {
		cordon_deny(judge->err,
			    "'%.200s' names an interpreter that is no absolute "
			    "path: '%.60s'",
			    text, interpreter);
	} else {
		all[count++] = (struct word){ interpreter, -1, false };
		if (*rest)
			all[count++] = (struct word){ rest, -1, false };
		all[count++] = (struct word){ text, -1, true };
		memcpy(all + count, word + 1, (n - 1) * sizeof(*all));
		rc = judge_program(judge, all, count + n - 1, interpreter);
	}
	free(all);
	return rc;
}

/* As far as the kernel reads it; -1: it has no end there. */
static int take_line(const char *head, size_t size, char *line)
{
	size_t length = 0;

	while (length < size && head[length] != '\n' && head[length] != '\0')
		length++;
	if (length > 255)
		return -1;
	memcpy(line, head, length);
	line[length] = '\0';
	return 0;
}

static int judge_file(struct judge *judge, const struct word *word, size_t n,
		      const struct cordon_object *object, const char *text)
{
	static const char whole_line[] = "#!";
	union {
		char bytes[HEAD];
		Elf64_Ehdr align;
	} head;
	char line[256] = "";
	struct sums sums;
	const char *listed;
	int64_t size = cordon_object_read(judge->job, object, head.bytes,
					  sizeof(head.bytes), judge->err);
	bool is_program;

	if (size < 0 || listed_as(judge, object, &listed) < 0)
		return -1;
	is_program = is_elf(head.bytes, (size_t)size);
	if (!listed && is_linker(head.bytes, (size_t)size) &&
	    !has_pie_flag(judge, object, head.bytes) &&
	    judge_code(judge, object->path, "it loads other programs") < 0)
		return -1;
	if (!listed && judge_allowed(judge, object, &sums) < 0)
		return -1;
	if (is_program && (listed || carrier_family(object->path)))
		return judge_carrier(judge, word, n, object, text, listed);
	if (listed && judge_allowed(judge, object, &sums) < 0)
		return -1;
	if (!is_program && size >= 2 && !memcmp(head.bytes, whole_line, 2) &&
	    take_line(head.bytes, (size_t)size, line) < 0)
		return cordon_deny(judge->err,
				   "the first line of '%.200s' is longer than "
				   "the kernel reads",
				   object->path);
	pin(judge, word[0].index, object, text, is_program ? NULL : line,
	    CORDON_PIN_RUNS, &sums);
	return is_program ? 0 : judge_line(judge, line, text, word, n);
}

static int judge_program(struct judge *judge, const struct word *word, size_t n,
			 const char *text)
{
	struct cordon_object object;
	int rc;

	if (judge->depth++ >= DEPTH)
		return cordon_deny(judge->err,
				   "more than %d interpreters carry each other",
				   DEPTH);
	if (find_file(judge, text, &object) < 0)
		return -1;
	rc = judge_file(judge, word, n, &object, text);
	cordon_object_close(judge->job, &object);
	return rc;
}

static int judge_command(struct judge *judge)
{
	const struct cordon_job *job = judge->job;
	struct word *word;
	size_t n = 0;
	int rc;

	if (!job->program_path)
		return cordon_deny(judge->err,
				   "there is no program '%.200s' to judge",
				   job->program);
	while (job->argv[n])
		n++;
	word = calloc(n + 1, sizeof(*word));
	if (!word)
		return cordon_fail(judge->err, ENOMEM,
				   "cannot read the command");
	for (size_t i = 0; i < n; i++)
		word[i] = (struct word){ job->argv[i], (int64_t)i, false };
	rc = find_owners(judge);
	if (rc == 0)
		rc = judge_program(judge, word, n, job->program_path);
	free(word);
	return rc;
}

static int scripts_decide(const void *self, const struct cordon_job *job,
			  struct cordon_error *err)
{
	struct judge judge = { .scripts = self, .job = job, .err = err };

	return judge_command(&judge);
}

static int scripts_plan(const void *self, struct cordon_plan *plan,
			struct cordon_error *err)
{
	struct judge judge = { .scripts = self,
			       .job = plan->job,
			       .plan = plan,
			       .err = err };

	if (!plan->job->argv || !plan->job->argv[0])
		return 0;
	if (judge_command(&judge) < 0)
		return -1;
	/* ~/.local/lib/python3 is code of whoever owns that home. */
	if (judge.has_python && judge.scripts->code.value == CODE_REFUSE)
		cordon_add_text(plan, judge.scripts->code.where,
				CORDON_STEP_ENV_SET, "PYTHONNOUSERSITE", "1");
	return 0;
}

CORDON_MODULE(scripts) = {
	.abi = CORDON_ABI,
	.kind = CORDON_DECIDE,
	.summary = "which programs and scripts may run",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct scripts),
	.configure = scripts_configure,
	.decide = scripts_decide,
	.plan = scripts_plan,
};
