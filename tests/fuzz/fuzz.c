/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/place.h"
#include "core/value.h"
#include "tests/fuzz/fuzz.h"

void fuzz_broken(const char *file, int line, const char *what)
{
	dprintf(2, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

void fuzz_equal(const char *file, int line, const char *one, const char *two)
{
	if (!strcmp(one, two))
		return;
	dprintf(2, "--- one ---\n%s\n--- two ---\n%s\n", one, two);
	fuzz_broken(file, line, "equal");
}

/* ---- inputs ---- */

#define MARK "=== "

/* Where a line that begins a part begins; NULL: none. */
static const char *next_mark(const char *at, const char *end)
{
	while (at < end) {
		const char *line = memchr(at, '\n', (size_t)(end - at));

		if ((size_t)(end - at) >= sizeof(MARK) - 1 &&
		    !memcmp(at, MARK, sizeof(MARK) - 1))
			return at;
		if (!line)
			return NULL;
		at = line + 1;
	}
	return NULL;
}

/* @DIR@ is where the files are. */
static void put_dir(struct arena *arena, struct fuzz_part *part)
{
	static const char word[] = "@DIR@";
	const char *dir = fuzz_scratch(), *at = part->text;
	const char *end = at + part->size;
	size_t dir_size = strlen(dir), most = part->size / 5, n = 0;
	char *text = arena_alloc(arena, part->size + most * dir_size + 1);

	while (at < end)
		if ((size_t)(end - at) >= 5 && !memcmp(at, word, 5)) {
			memcpy(text + n, dir, dir_size);
			n += dir_size;
			at += 5;
		} else {
			text[n++] = *at++;
		}
	part->text = text;
	part->size = n;
}

size_t fuzz_split(struct arena *arena, const uint8_t *data, size_t size,
		  struct fuzz_part parts[FUZZ_PARTS])
{
	const char *at = arena_copy(arena, (const char *)data, size);
	const char *end = at + size, *name = "";
	size_t n = 0;

	while (n < FUZZ_PARTS) {
		const char *mark = next_mark(at, end), *line;
		struct fuzz_part *part = &parts[n++];

		*part = (struct fuzz_part){
			name, at, (size_t)((mark ? mark : end) - at)
		};
		put_dir(arena, part);
		if (!mark)
			break;
		mark += sizeof(MARK) - 1;
		line = memchr(mark, '\n', (size_t)(end - mark));
		name = arena_copy(arena, mark,
				  (size_t)((line ? line : end) - mark));
		at = line ? line + 1 : end;
	}
	return n;
}

char **fuzz_lines(struct arena *arena, const struct fuzz_part *part)
{
	char **lines =
		arena_alloc(arena, (strlen(part->text) + 2) * sizeof(*lines));
	size_t n = 0;

	for (const char *at = part->text; *at;) {
		size_t size = strcspn(at, "\n");

		lines[n++] = arena_copy(arena, at, size);
		at += size + (at[size] == '\n');
	}
	return lines;
}

/* ---- files ---- */

static char scratch[PATH_MAX];
static char written[FUZZ_PARTS][PATH_MAX];
static size_t n_written;

static void remove_scratch(void)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", scratch);
	if (system(command) != 0)
		dprintf(2, "cannot remove %s\n", scratch);
}

const char *fuzz_scratch(void)
{
	const char *base = getenv("FUZZ_SCRATCH");
	char path[PATH_MAX + 64];

	if (*scratch)
		return scratch;
	snprintf(scratch, sizeof(scratch), "%s/input.XXXXXX",
		 base ? base : CORDON_BUILDDIR "/tests/fuzz");
	if (!mkdtemp(scratch))
		fuzz_broken(__FILE__, __LINE__, "a scratch folder");
	atexit(remove_scratch);
	for (const char *const *dir =
		     (const char *const[]){ "conf", "conf/t.d", "conf/seccomp",
					    "files", NULL };
	     *dir; dir++) {
		snprintf(path, sizeof(path), "%s/%s", scratch, *dir);
		HOLDS(mkdir(path, 0755) == 0);
	}
	return scratch;
}

/* By no link, also of a folder: an input may name one that leads elsewhere. */
static int open_beneath(const char *name, mode_t mode)
{
	struct open_how how = {
		.flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int above = open(fuzz_scratch(), O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = (int)syscall(SYS_openat2, above, name, &how, sizeof(how));

	close(above);
	return fd;
}

bool fuzz_write(const char *name, const void *bytes, size_t size)
{
	const char *slash = strrchr(name, '/');
	bool is_run = !strncmp(name, "files/run", 9);
	int fd;

	if (!slash || strlen(slash) > 40 || strstr(name, "..") ||
	    n_written == FUZZ_PARTS)
		return false;
	for (const char *at = name; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._-/", *at))
			return false;
	snprintf(written[n_written], sizeof(written[0]), "%s/%s",
		 fuzz_scratch(), name);
	fd = open_beneath(name, is_run ? 0755 : 0644);
	if (fd < 0) /* no such folder */
		return false;
	n_written++;
	HOLDS(write(fd, bytes, size) == (ssize_t)size);
	close(fd);
	return true;
}

void fuzz_forget(void)
{
	for (size_t i = 0; i < n_written; i++)
		unlink(written[i]);
	n_written = 0;
}

#define FDS 64

static bool was_open[FDS];

void fuzz_open(void)
{
	fuzz_scratch();
	for (int fd = 0; fd < FDS; fd++)
		was_open[fd] = fcntl(fd, F_GETFD) >= 0;
}

void fuzz_close(void)
{
	for (int fd = 0; fd < FDS; fd++)
		if (!was_open[fd])
			close(fd);
}

/* ---- what is said ---- */

static FILE *real_out, *real_err;
static struct fuzz_said now;

void fuzz_listen(void)
{
	real_out = stdout;
	real_err = stderr;
	stdout = open_memstream(&now.out, &now.out_size);
	stderr = open_memstream(&now.err, &now.err_size);
	HOLDS(stdout && stderr);
}

void fuzz_heard(struct fuzz_said *said)
{
	fclose(stdout);
	fclose(stderr);
	stdout = real_out;
	stderr = real_err;
	*said = now;
}

void fuzz_free(struct fuzz_said *said)
{
	free(said->out);
	free(said->err);
}

bool fuzz_is_line(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* Not by strstr(3): libFuzzer would learn the words there, and say them. */
static bool is_own_fault(const char *text)
{
	static const char words[] = "(a fault of cordon)";
	size_t n = sizeof(words) - 1, size = strlen(text);

	for (size_t i = 0; i < n && size >= n; i++)
		if (text[size - n + i] != words[i])
			return false;
	return size >= n;
}

void fuzz_judge_error(const struct cordon_error *err)
{
	HOLDS(err->reason >= CORDON_FAILED &&
	      err->reason <= CORDON_UNSUPPORTED);
	HOLDS(memchr(err->text, '\0', sizeof(err->text)) && *err->text);
	HOLDS(!is_own_fault(err->text));
}

/* ---- JSON, by its grammar (RFC 8259) ---- */

struct json {
	const char *at, *end;
	int depth;
};

static void skip_space(struct json *json)
{
	while (json->at < json->end && strchr(" \n", *json->at))
		json->at++;
}

static bool take(struct json *json, char c)
{
	skip_space(json);
	if (json->at == json->end || *json->at != c)
		return false;
	json->at++;
	return true;
}

static bool take_escape(struct json *json)
{
	if (json->at == json->end)
		return false;
	if (*json->at++ != 'u')
		return strchr("\"\\/bfnrt", json->at[-1]) != NULL;
	for (int i = 0; i < 4; i++, json->at++)
		if (json->at == json->end ||
		    !isxdigit((unsigned char)*json->at))
			return false;
	return true;
}

/* By a reader of UTF-8 of our own: the core's is what is tested. */
static size_t utf8(const struct json *json)
{
	const unsigned char *at = (const unsigned char *)json->at;
	size_t left = (size_t)(json->end - json->at);
	size_t n = at[0] < 0x80		? 1
		   : at[0] >> 5 == 0x6	? 2
		   : at[0] >> 4 == 0xe	? 3
		   : at[0] >> 3 == 0x1e ? 4
					: 0;
	uint32_t code = n > 1 ? at[0] & (0x7fu >> n) : at[0];
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	/* Controls, and what reorders or breaks a line. */
	if (code < 0x20 || (code >= 0x7f && code < 0xa0) ||
	    (code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) || code == 0x2028 ||
	    code == 0x2029)
		return 0;
	return n;
}

static bool take_string(struct json *json)
{
	if (!take(json, '"'))
		return false;
	while (json->at < json->end && *json->at != '"') {
		size_t n = utf8(json);

		if (n == 0)
			return false;
		json->at += n;
		if (json->at[-1] == '\\' && !take_escape(json))
			return false;
	}
	return take(json, '"');
}

static bool take_word(struct json *json, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(json->end - json->at) < n || memcmp(json->at, word, n))
		return false;
	json->at += n;
	return true;
}

static bool take_number(struct json *json)
{
	const char *begin = json->at;

	if (json->at < json->end && *json->at == '-')
		json->at++;
	while (json->at < json->end && isdigit((unsigned char)*json->at))
		json->at++;
	return json->at > begin && isdigit((unsigned char)json->at[-1]);
}

static bool take_value(struct json *json);

static bool take_list(struct json *json, char close, bool is_object)
{
	if (take(json, close))
		return true;
	do
		if ((is_object && (!take_string(json) || !take(json, ':'))) ||
		    !take_value(json))
			return false;
	while (take(json, ','));
	return take(json, close);
}

static bool take_value(struct json *json)
{
	if (++json->depth > 8)
		return false;
	skip_space(json);
	if (json->at == json->end)
		return false;
	json->depth--;
	switch (*json->at) {
	case '"':
		return take_string(json);
	case '{':
	case '[':
		json->depth++;
		json->at++;
		if (!take_list(json, json->at[-1] == '{' ? '}' : ']',
			       json->at[-1] == '{'))
			return false;
		json->depth--;
		return true;
	default:
		return take_word(json, "null") || take_word(json, "true") ||
		       take_word(json, "false") || take_number(json);
	}
}

bool fuzz_is_json(const char *text, size_t size)
{
	struct json json = { text, text + size, 0 };

	if (!take_value(&json))
		return false;
	skip_space(&json);
	return json.at == json.end;
}

/* ---- what the programs have, and a fuzzer has otherwise ---- */

/* A build tree of its own: the stacks of an input before those that ship. */
int place_find(struct place *out, struct cordon_error *err)
{
	static char conf[PATH_MAX + 8];

	snprintf(conf, sizeof(conf), "%s/conf", fuzz_scratch());
	*out = (struct place){
		.confdirs = { conf, CORDON_SRCDIR "/conf.d" },
		.n_confdirs = 2,
		.moduledir = CORDON_BUILDDIR "/tests/fuzz/none",
		.twin = CORDON_BUILDDIR "/cordon-dynamic",
		.trust = { .uids = { (uint32_t)geteuid() },
			   .n = 1,
			   .bases = { fuzz_scratch(), CORDON_SRCDIR } },
		.is_build_tree = true,
	};
	return 0;
}

/* The Makefile names them: X(caps) X(cgroup) ... */
#define X(name) extern const struct cordon_module name##_LTX_cordon_module;
FUZZ_MODULES
#undef X

/* The rows are of libtool's table, whose addresses are not const. */
#define ADDRESS(name) (void *)(uintptr_t)&name##_LTX_cordon_module

const struct loader_symbol *door_preloaded(void)
{
	static struct loader_symbol table[] = {
#define X(name) { #name "_LTX_cordon_module", NULL },
		FUZZ_MODULES{ NULL, NULL }
#undef X
	};
	size_t i = 0;

#define X(name) table[i++].address = ADDRESS(name);
	FUZZ_MODULES
#undef X
	return table;
}
