/* SPDX-License-Identifier: MIT */
/* I34, I57: whose files are read, and through which folders. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/trust.h"

#define OTHER 12345 /* a uid that nobody trusts */

/* Here are the folders made: a folder below the build tree, as its real path.
 */
struct place {
	char path[PATH_MAX];
	struct trust trust;
};

#define STICKY                                                                 \
	" is writable by others (sticky does not excuse: move it to a folder " \
	"that its owner alone may write)"

static const struct {
	const char *path;
	const char *want; /* NULL: good */
} texts[] = {
	{ "/", NULL },
	{ "/etc/cordon/conf.d", NULL },
	{ "/etc//cordon/./conf.d/", NULL },
	{ "/a..b/..c/...", NULL },
	{ "/gr\xc3\xbc\xc3\x9f", NULL },
	{ "/\xff\xfe", NULL },
	{ "/proc", NULL },
	{ "/proc/1/status", NULL },
	{ "/proc/sys/fs", NULL },
	{ "/proc/selfish", NULL },
	{ "/dev/null", NULL },
	{ "/dev/fd0", NULL },
	{ "/srv/proc/self", NULL },
	{ "", "'' is not an absolute path" },
	{ "etc", "'etc' is not an absolute path" },
	{ "./etc", "'./etc' is not an absolute path" },
	{ "~/etc", "'~/etc' is not an absolute path" },
	{ "/a/../b", "path '/a/../b' holds '..'" },
	{ "/..", "path '/..' holds '..'" },
	{ "/a/..", "path '/a/..' holds '..'" },
	{ "/a\nb", "path '/a\\x0ab' holds a control character" },
	{ "/\033[2J", "path '/\\x1b[2J' holds a control character" },
	{ "/\x7f", "path '/\\x7f' holds a control character" },
	{ "/\xc2\x9b", "path '/\\xc2\\x9b' holds a control character" },
#define MAGIC(p)                                                               \
	{                                                                      \
		p, "path '" p "' is another object for each process"           \
	}
	MAGIC("/proc/self"),
	MAGIC("/proc/self/fd/3"),
	MAGIC("//proc/./self/exe"),
	MAGIC("/proc/thread-self/root"),
	MAGIC("/proc/1/fd"),
	MAGIC("/proc/1/fd/3"),
	MAGIC("/proc/1/root/etc"),
	MAGIC("/proc/1/cwd"),
	MAGIC("/proc/1/exe"),
	MAGIC("/proc/1/task/1/fd/0"),
	MAGIC("/dev/fd"),
	MAGIC("/dev/fd/0"),
	MAGIC("/dev/stdin"),
	MAGIC("/dev//stdout"),
};

static void test_text(void **state)
{
	char longer[PATH_MAX + 2];
	struct cordon_error err;

	for (size_t i = 0; i < CORDON_COUNT(texts); i++) {
		int want = texts[i].want ? -1 : 0;

		print_message("# %s\n",
			      texts[i].want ? texts[i].want : texts[i].path);
		memset(&err, 0, sizeof(err));
		assert_int_equal(trust_check_path_text(texts[i].path, &err),
				 want);
		assert_string_equal(err.text, want ? texts[i].want : "");
	}
	memset(longer, 'a', sizeof(longer));
	longer[0] = '/';
	longer[256] = '\0';
	assert_int_equal(trust_check_path_text(longer, &err), 0);
	longer[256] = 'a';
	longer[257] = '\0';
	assert_int_equal(trust_check_path_text(longer, &err), -1);
	assert_non_null(strstr(err.text, "has a part longer than 255 bytes"));
	for (size_t i = 0; i < sizeof(longer); i += 200)
		longer[i] = '/';
	for (size_t length = 4095; length <= 4096; length++) {
		longer[257] = 'a';
		longer[length] = '\0';
		assert_int_equal(trust_check_path_text(longer, &err),
				 length == 4095 ? 0 : -1);
		longer[length] = 'a';
	}
	assert_non_null(strstr(err.text, "is longer than 4095 bytes"));
}

/* The kernel's form of an ACL that lets one more user read and write. */
static int set_acl(const char *path)
{
	struct {
		uint32_t version;
		struct {
			uint16_t tag, perm;
			uint32_t id;
		} entry[5];
	} acl = { 2,
		  { { 0x01, 7, UINT32_MAX }, /* owner */
		    { 0x02, 7, OTHER },
		    { 0x04, 5, UINT32_MAX },	 /* group */
		    { 0x10, 7, UINT32_MAX },	 /* mask */
		    { 0x20, 5, UINT32_MAX } } }; /* others */

	return setxattr(path, "system.posix_acl_access", &acl, sizeof(acl), 0);
}

static void path_to(const struct place *place, const char *name, char *path)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", place->path, name);

	assert_in_range(n, 1, PATH_MAX - 1);
}

static void make_file(const struct place *place, const char *name, mode_t mode)
{
	char path[PATH_MAX];
	int fd;

	path_to(place, name, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void make_dir(const struct place *place, const char *name, mode_t mode)
{
	char path[PATH_MAX];

	path_to(place, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_link(const struct place *place, const char *text,
		      const char *name)
{
	char path[PATH_MAX];

	path_to(place, name, path);
	assert_int_equal(symlink(text, path), 0);
}

static int set_up(void **state)
{
	static struct place place;
	static char cwd[PATH_MAX - 64];

	/* so that the tree may be anywhere */
	place.trust = (struct trust){ .uids = { (uint32_t)geteuid() },
				      .n = 1,
				      .bases = { cwd } };
	if (!getcwd(cwd, sizeof(cwd)))
		return -1;
	snprintf(place.path, sizeof(place.path), "%s/trust-XXXXXX", cwd);
	if (!mkdtemp(place.path))
		return -1;
	*state = &place;
	make_file(&place, "good", 0644);
	make_file(&place, "private", 0600);
	make_file(&place, "group", 0664);
	make_file(&place, "others", 0646);
	make_file(&place, "one", 0644);
	make_dir(&place, "dir", 0755);
	make_dir(&place, "dir/below", 0755);
	make_file(&place, "dir/below/good", 0644);
	make_dir(&place, "dir-group", 0775);
	make_dir(&place, "dir-group/below", 0755);
	make_file(&place, "dir-group/below/good", 0644);
	make_dir(&place, "dir-others", 0757);
	make_file(&place, "dir-others/good", 0644);
	make_dir(&place, "dir-sticky", 01777);
	make_dir(&place, "dir-sticky/below", 0755);
	make_file(&place, "dir-sticky/below/good", 0644);
	make_link(&place, "good", "link");
	make_link(&place, "nowhere", "dangling");
	make_link(&place, "dir", "dir-link");
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	const struct place *place = *state;

	return nftw(place->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* WANT: what follows the name of the object in the error; NULL: good. */
static const struct {
	const char *name;
	const char *object;
	const char *want;
	int code;
} files[] = {
	{ "good", NULL, NULL, 0 },
	{ "private", NULL, NULL, 0 },
	{ "dir/below/good", NULL, NULL, 0 },
	{ "dir//./below/good", NULL, NULL, 0 },
	{ "absent", "absent", "", ENOENT },
	{ "absent/good", "absent", "", ENOENT },
	{ "good/below", "good", "", ENOTDIR },
	{ "group", "group",
	  " is writable by its group or by an ACL (chmod g-w)", 0 },
	{ "others", "others", " is writable by others (chmod o-w)", 0 },
	{ "link", "link", " is a symbolic link (write the real path)", 0 },
	{ "dangling", "dangling", " is a symbolic link (write the real path)",
	  0 },
	{ "dir-link/below/good", "dir-link",
	  " is a symbolic link (write the real path)", 0 },
	{ "dir", "dir", " is not a regular file", 0 },
	{ "dir/", "dir/", " does not end in the name of a file", 0 },
	{ "good/", "good", "", ENOTDIR },
	{ "dir/.", "dir/.", " does not end in the name of a file", 0 },
	{ "dir-group/below/good", "dir-group",
	  " is writable by its group or by an ACL (chmod g-w)", 0 },
	{ "dir-others/good", "dir-others", " is writable by others (chmod o-w)",
	  0 },
	{ "dir-sticky/below/good", "dir-sticky",
	  STICKY, 0 },
};

static void expect(const struct place *place, const char *name,
		   const char *object, const char *want, int code)
{
	char path[PATH_MAX], full[2 * PATH_MAX];
	struct cordon_error err = { 0 };
	int fd;

	print_message("# %s\n", name);
	path_to(place, name, path);
	fd = trust_open_path(&place->trust, path, &err);
	if (!want) {
		if (fd < 0)
			fail_msg("%s", err.text);
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
		close(fd);
		return;
	}
	assert_int_equal(fd, -1);
	assert_int_equal(err.code, code);
	path_to(place, object, path);
	snprintf(full, sizeof(full), "%s'%s'%s", code ? "cannot open " : "",
		 path, want);
	if (strlen(path) < 200) /* a longer one is shortened */
		assert_string_equal(err.text, full);
	else
		assert_non_null(strstr(err.text, want));
}

static void test_files(void **state)
{
	const struct place *place = *state;

	for (size_t i = 0; i < CORDON_COUNT(files); i++)
		expect(place, files[i].name, files[i].object, files[i].want,
		       files[i].code);
}

static void test_hard_link(void **state)
{
	const struct place *place = *state;
	char one[PATH_MAX], two[PATH_MAX];

	path_to(place, "one", one);
	path_to(place, "two", two);
	expect(place, "one", NULL, NULL, 0);
	assert_int_equal(link(one, two), 0);
	expect(place, "one", "one",
	       " has 2 hard links (copy it to a file of its own)", 0);
	expect(place, "two", "two",
	       " has 2 hard links (copy it to a file of its own)", 0);
}

/* None of them may block, or be taken for an empty file. */
static void test_special(void **state)
{
	const struct place *place = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char path[PATH_MAX];
	int fd;

	path_to(place, "fifo", path);
	assert_int_equal(mkfifo(path, 0644), 0);
	expect(place, "fifo", "fifo", " is not a regular file", 0);

	path_to(place, "socket", path);
	if (strlen(path) < sizeof(address.sun_path)) {
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		memcpy(address.sun_path, path, strlen(path) + 1);
		assert_int_equal(
			bind(fd, (struct sockaddr *)&address, sizeof(address)),
			0);
		close(fd);
		expect(place, "socket", "socket", "", ENXIO);
	}
}

/* An ACL that lets somebody write shows in the bits of the group. */
static void test_acl(void **state)
{
	const struct place *place = *state;
	char path[PATH_MAX];

	make_file(place, "acl", 0644);
	make_dir(place, "dir-acl", 0755);
	make_file(place, "dir-acl/good", 0644);
	expect(place, "acl", NULL, NULL, 0);
	expect(place, "dir-acl/good", NULL, NULL, 0);
	path_to(place, "acl", path);
	if (set_acl(path) < 0) {
		print_message("# no ACL on this file system: %s\n",
			      strerror(errno));
		skip();
	}
	expect(place, "acl", "acl",
	       " is writable by its group or by an ACL (chmod g-w)", 0);
	path_to(place, "dir-acl", path);
	assert_int_equal(set_acl(path), 0);
	expect(place, "dir-acl/good", "dir-acl",
	       " is writable by its group or by an ACL (chmod g-w)", 0);
}

static void test_owner(void **state)
{
	struct place place = *(const struct place *)*state;
	const char *want = " belongs to uid 12345, who is not trusted "
			   "here (chown to root, or for --user and --conf to "
			   "the caller)";
	char path[PATH_MAX];

	if (geteuid() != 0) {
		print_message("# only root can give files away\n");
		skip();
	}
	make_file(&place, "foreign", 0644);
	make_dir(&place, "dir-foreign", 0755);
	make_dir(&place, "dir-foreign/below", 0755);
	make_file(&place, "dir-foreign/below/good", 0644);
	path_to(&place, "foreign", path);
	assert_int_equal(chown(path, OTHER, 0), 0);
	path_to(&place, "dir-foreign", path);
	assert_int_equal(chown(path, OTHER, 0), 0);
	expect(&place, "foreign", "foreign", want, 0);
	expect(&place, "dir-foreign/below/good", "dir-foreign", want, 0);

	/* who is trusted is trusted, and root always */
	place.trust = (struct trust){ .uids = { 1, 2, 3, OTHER },
				      .n = 4,
				      .bases = { place.path } };
	expect(&place, "foreign", NULL, NULL, 0);
	expect(&place, "dir-foreign/below/good", NULL, NULL, 0);
	place.trust.n = 0;
	expect(&place, "good", NULL, NULL, 0);
	expect(&place, "foreign", "foreign", want, 0);
}

/*
 * NAME below the place is judged as CASE says when these are the bases: the
 * folders above one and itself are not judged, what is below it is.
 */
static const struct {
	const char *bases[2]; /* below the place */
	const char *name;
	const char *object, *want;
} based[] = {
	{ { NULL },
	  "dir-sticky/below/good",
	  "dir-sticky",
	  STICKY },
	{ { "dir-sticky" }, "dir-sticky/below/good", NULL, NULL },
	{ { "dir-sticky/below" }, "dir-sticky/below/good", NULL, NULL },
	{ { "dir", "dir-sticky" }, "dir-sticky/below/good", NULL, NULL },
	{ { "dir-sticky", "dir" }, "dir-sticky/below/good", NULL, NULL },
	{ { "dir-sticky/" }, "dir-sticky//./below/good", NULL, NULL },
	{ { "dir-others" }, "dir-others/good", NULL, NULL },
	/* another folder whose name begins alike, or one that is further down
	 */
	{ { "dir" },
	  "dir-others/good",
	  "dir-others",
	  " is writable by others (chmod o-w)" },
	{ { "dir-other" },
	  "dir-others/good",
	  "dir-others",
	  " is writable by others (chmod o-w)" },
	{ { "dir-sticky/below/good" },
	  "dir-sticky/below/good",
	  "dir-sticky",
	  STICKY },
	{ { "dir-group/absent" },
	  "dir-group/below/good",
	  "dir-group",
	  " is writable by its group or by an ACL (chmod g-w)" },
	/* what is below is judged, and links are followed nowhere */
	{ { "." },
	  "dir-sticky/below/good",
	  "dir-sticky",
	  STICKY },
	{ { "." }, "others", "others", " is writable by others (chmod o-w)" },
	{ { "dir-link" },
	  "dir-link/below/good",
	  "dir-link",
	  " is a symbolic link (write the real path)" },
};

static void test_base(void **state)
{
	struct place place = *(const struct place *)*state;

	for (size_t i = 0; i < CORDON_COUNT(based); i++) {
		char bases[2][PATH_MAX];

		for (size_t k = 0; k < 2; k++) {
			place.trust.bases[k] = place.path;
			if (!based[i].bases[k])
				continue;
			path_to(&place, based[i].bases[k], bases[k]);
			place.trust.bases[k] = bases[k];
		}
		expect(&place, based[i].name, based[i].object, based[i].want,
		       0);
	}
}

/* The folder that is given back can be listed, and gives its files. */
static void test_dir(void **state)
{
	const struct place *place = *state;
	static const char *const bad[] = { "", ".", "..", "below/good", "/" };
	struct cordon_error err = { 0 };
	char path[PATH_MAX], bytes[512];
	int dirfd, fd;

	path_to(place, "dir", path);
	dirfd = trust_open_dir(&place->trust, path, &err);
	assert_true(dirfd >= 0);
	assert_int_equal(fcntl(dirfd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(dirfd, F_GETFL) & O_PATH, 0);
	assert_int_equal(read(dirfd, bytes, sizeof(bytes)), -1);
	assert_int_equal(errno, EISDIR);
	for (size_t i = 0; i < CORDON_COUNT(bad); i++) {
		print_message("# '%s'\n", bad[i]);
		assert_int_equal(trust_open_file(&place->trust, dirfd, path,
						 bad[i], &err),
				 -1);
	}
	close(dirfd);
	path_to(place, "dir/below", path);
	dirfd = trust_open_dir(&place->trust, path, &err);
	assert_true(dirfd >= 0);
	fd = trust_open_file(&place->trust, dirfd, path, "good", &err);
	assert_true(fd >= 0);
	close(fd);
	close(dirfd);
	path_to(place, "absent", path);
	assert_int_equal(trust_open_dir(&place->trust, path, &err), -1);
	assert_int_equal(err.code, ENOENT);
	assert_int_equal(trust_open_dir(&place->trust, "dir", &err), -1);
	assert_int_equal(trust_open_dir(&place->trust, "/proc/self", &err), -1);
	assert_int_equal(trust_open_path(&place->trust, "/", &err), -1);
	assert_int_equal(trust_open_path(&place->trust, "", &err), -1);
}

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void test_leak(void **state)
{
	int before = count_fds();

	test_files(state);
	test_dir(state);
	assert_int_equal(count_fds(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_dir),
		cmocka_unit_test(test_hard_link),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_acl),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_leak),
	};

	return cmocka_run_group_tests_name("trust", tests, set_up, tear_down) !=
	       0;
}
