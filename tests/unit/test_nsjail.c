/* SPDX-License-Identifier: MIT */
/* The door for workers that call nsjail: each row is a command line and the profile
 * that it names, and lines of the sections, or why there are none. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/ini.h"
#include "core/nsjail.h"

#define FD 77
#define FILE_77 "/proc/self/fd/77"
#define IN FILE_77 ":1:"
#define CONFIG "--config " FILE_77

struct row {
	const char *args, *profile;
	/* lines SECTION.KEY=VALUE, and KEY in line N; with '!' it is not there */
	const char *want;
};

static void put_profile(const char *text)
{
	int fd = memfd_create("profile", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(dup2(fd, FD), FD);
	close(fd);
}

/* The sections as text, or the error, which has no newline. */
static const char *read_row(struct arena *arena, const struct row *row)
{
	struct nsjail_profile *profile = arena_alloc(arena, sizeof(*profile));
	char *rest = arena_strdup(arena, row->args), *argv[32] = { 0 };
	struct cordon_error err = { 0 };
	struct ini_file sections;
	const char *out = "\n";
	size_t n = 0;
	int at;

	if (row->profile)
		put_profile(row->profile);
	for (argv[n++] = rest; rest && n < CORDON_COUNT(argv); n++)
		argv[n] = strsep(&rest, " ");
	assert_null(rest);
	if (nsjail_arguments(arena, argv, profile, &at, &err) < 0 ||
	    nsjail_sections(arena, profile, &sections, &err) < 0)
		return arena_strdup(arena, err.text);
	for (size_t i = 0; i < sections.count; i++) {
		const struct ini_line *line = &sections.lines[i];

		out = arena_printf(arena, "%s%s.%s=%s\n", out, line->section, line->key,
				   line->value);
		if (line->line)
			out = arena_printf(arena, "%s%s in line %u\n", out, line->key,
					   line->line);
	}
	return out;
}

static bool has_lines(struct arena *arena, const char *text, const char *want)
{
	char *rest = arena_strdup(arena, want);

	for (char *line; (line = strsep(&rest, "\n"));) {
		bool is_absent = *line == '!';

		if (!strstr(text, arena_printf(arena, "\n%s\n", line + is_absent)) !=
		    is_absent)
			return false;
	}
	return true;
}

static void check_rows(const struct row *rows, size_t n, bool is_refused)
{
	size_t n_wrong = 0;

	for (size_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();
		const char *is = read_row(arena, &rows[i]);

		if (is_refused ? strcmp(is, rows[i].want) != 0
			       : !has_lines(arena, is, rows[i].want)) {
			print_message("# '%s' of '%s'\n#   is:   %s\n#   want: %s\n",
				      rows[i].args,
				      rows[i].profile ? rows[i].profile : "", is,
				      rows[i].want);
			n_wrong++;
		}
		arena_free(arena);
	}
	assert_int_equal(n_wrong, 0);
}

#define CHECK(rows, is_refused) check_rows(rows, CORDON_COUNT(rows), is_refused)

static void test_files(void **state)
{
	static const struct row good[] = {
		{ CONFIG, "mount { src: '/proc' dst: '/proc' is_bind: true }",
		  "mounts.profile.root=empty\nmounts.profile.proc=host\n"
		  "mounts.profile.dev=none" },
		{ CONFIG, "mount { src: '/dev' dst: '/dev' is_bind: true }",
		  "mounts.profile.proc=none\nmounts.profile.dev=host\n"
		  "mounts.profile.read-only=/dev" },
		{ CONFIG, "mount { src: '/dev' dst: '/dev' is_bind: true rw: true }",
		  "mounts.profile.dev=host\n!mounts.profile.read-only=/dev" },
		{ CONFIG, "mount { dst: '/proc' fstype: 'proc' rw: true }",
		  "mounts.profile.proc=new\n!mounts.profile.read-only=/proc" },
		/* that of mount_proc is the last */
		{ CONFIG,
		  "mount_proc: true mount { src: '/proc' dst: '/proc' is_bind: true rw: true } "
		  "mount { src: '/etc' dst: '/proc/x' is_bind: true }",
		  "mounts.profile.proc=new\nmounts.profile.read-only=/proc\n"
		  "!mounts.profile.ro=/etc:/proc/x" },
		{ CONFIG " --proc_rw", "mount_proc: true",
		  "mounts.profile.proc=new\n!mounts.profile.read-only=/proc" },
		{ CONFIG, "mount { src: '/dev/null' dst: '/n' is_bind: true } "
			  "mount { src: '/dev/zero' dst: '/dev/zero' is_bind: true rw: true }",
		  "mounts.profile.device=/dev/null:/n\nmounts.profile.read-only=/n\n"
		  "mounts.profile.device=/dev/zero:/dev/zero\n"
		  "!mounts.profile.read-only=/dev/zero" },
		/* what is not there, or does not fit, and may be so */
		{ CONFIG,
		  "mount { src: '/etc/passwd' dst: '/a' is_bind: true is_dir: true "
		  "mandatory: false } mount { dst: '/b' is_bind: true mandatory: false } "
		  "mount { dst: '/c' mandatory: false } mount { src: 'etc/passwd' dst: '/d' "
		  "is_bind: true is_dir: false options: 'size=5,noexec' }",
		  "!mounts.profile.ro=-/etc/passwd:/a\n!mounts.profile.ro=-:/b\n"
		  "mounts.profile.ro=/etc/passwd:/d\nmounts.profile.noexec=/d" },
		/* links of its own */
		{ CONFIG,
		  "mount { src: 'r/x' dst: '/p/l' is_symlink: true } "
		  "mount { src: '../q' dst: '/p/r' is_symlink: true } "
		  "mount { src: '/etc' dst: '/p/l/y' is_bind: true } "
		  "mount { src: '/usr' dst: '/p/l' is_bind: true } "
		  "mount { src: 'z' dst: '/p/l' is_symlink: true mandatory: false } "
		  "mount { src: 'z' dst: '/p' is_symlink: true mandatory: false }",
		  "mounts.profile.symlink=r/x:/p/l\nmounts.profile.symlink=../q:/p/r\n"
		  "!mounts.profile.ro=/etc:/q/x/y\nmounts.profile.ro=/usr:/q/x\n"
		  "!mounts.profile.symlink=z:/p/l\n!mounts.profile.symlink=z:/p" },
		/* a folder at "/" is what is in it */
		{ CONFIG,
		  "mount { src: '/usr' dst: '/usr' is_bind: true rw: true } "
		  "mount { src: '/' dst: '/' is_bind: true } "
		  "mount { src: '/etc' dst: '/tmp' is_bind: true rw: true }",
		  "mounts.profile.root=empty\n!mounts.profile.rw=/usr:/usr\n"
		  "mounts.profile.ro=-/usr:/usr\nmounts.profile.ro=-/etc:/etc\n"
		  "mounts.profile.rw=/etc:/tmp\n!mounts.profile.ro=-/tmp:/tmp\n"
		  "mounts.profile.proc=new\nmounts.profile.dev=host\n"
		  "mounts.profile.read-only=/dev" },
		{ "--chroot /usr --rw --disable_proc", NULL,
		  "mounts.profile.rw=-/usr/bin:/bin\n!mounts.profile.rw=-/usr:/usr\n"
		  "mounts.profile.proc=none" },
		{ CONFIG,
		  "mount { src: '/etc' dst: '/e' is_bind: true rw: true } "
		  "mount { src: '/etc/passwd' dst: '/e/none/x' is_bind: true mandatory: false } "
		  "mount { src: '/etc/group' dst: '/e/none' is_bind: true } "
		  "mount { src: '/etc/hosts' dst: '/e/passwd' is_bind: true mandatory: false } "
		  "mount { src: '/etc' dst: '/e/group' is_bind: true mandatory: false } "
		  "mount { src: 'x' dst: '/e/passwd' is_symlink: true mandatory: false }",
		  "mounts.profile.rw=/etc:/e\n!mounts.profile.ro=-/etc/passwd:/e/none/x\n"
		  "mounts.profile.ro=/etc/group:/e/none\n"
		  "mounts.profile.ro=-/etc/hosts:/e/passwd\n!mounts.profile.ro=-/etc:/e/group\n"
		  "!mounts.profile.symlink=x:/e/passwd" },
		{ CONFIG,
		  "mount { src: '/usr' dst: '/u' is_bind: true nosuid: true nodev: true "
		  "noexec: true prefix_src_env: '' src_content: '' }",
		  "mounts.profile.ro=/usr:/u\nmounts.profile.noexec=/u" },
		{ CONFIG, "clone_newns: false mount_proc: true",
		  "namespaces.profile.new=pid\n!namespaces.profile.new=mount\n"
		  "!mounts.profile.root=empty\n!mounts.profile.proc=new" },
		{ CONFIG, "mount { dst: 'a//b/./' fstype: 'tmpfs' options: 'size=3k,mode=700' }",
		  "mounts.profile.tmpfs=/a/b:size=3K:mode=700:ro" },
		{ "-s a:/b -m none:/c:tmpfs:size=1025,mode=$x -R /:/d -T /e", NULL,
		  "mounts.profile.symlink=a:/b\nmounts.profile.tmpfs=/c:size=2K:mode=$$x\n"
		  "mounts.profile.ro=/:/d\nmounts.profile.tmpfs=/e:size=4096K" },
	};
	static const struct row bad[] = {
		{ CONFIG, "mount { dst: '/a' fstype: 'tmpfs' options: 'size=1k,uid=5' }",
		  IN "44: 'uid=5' is not supported here (size= and mode= are)" },
		{ CONFIG, "mount { dst: '/a' fstype: 'ext4' }",
		  IN "27: a mount of type 'ext4' is not supported here (a bind, a tmpfs, a "
		     "symlink and proc at /proc are)" },
		{ "-m /a:/b", NULL, "this mount has no fstype" },
		{ CONFIG, "mount { src: '/etc' dst: '/a' is_bind: true is_dir: false }",
		  IN "53: its source is a folder" },
		{ CONFIG,
		  "mount { src: 'x' dst: '/a/b' is_symlink: true } "
		  "mount { src: 'y' dst: '/a' is_symlink: true }",
		  IN "71: no place for this symbolic link, or no text" },
		{ CONFIG,
		  "mount { src: 'b' dst: '/a' is_symlink: true } "
		  "mount { src: 'a' dst: '/b' is_symlink: true } "
		  "mount { src: '/etc' dst: '/a/x' is_bind: true }",
		  IN "118: too many symbolic links on the way" },
		{ "--rw", NULL, "--rw without --chroot is not supported here" },
		{ "--chroot /etc/passwd", NULL,
		  "cannot read the folder '/etc/passwd': Not a directory" },
		{ CONFIG, "mount { src: '/dev/null' dst: '/a' is_bind: true nodev: true }",
		  IN "57: nodev is not supported on a device" },
		{ CONFIG,
		  "mount { dst: '/a' fstype: 'tmpfs' noexec: true } "
		  "mount { src: '/etc' dst: '/a/b' is_bind: true }",
		  IN "43: noexec is not supported here where something else is mounted below "
		     "without it" },
		{ CONFIG, "clone_newns: false mount { dst: '/a' fstype: 'tmpfs' }",
		  IN "26: mounts need clone_newns" },
		{ CONFIG, "mount { dst: './/.' fstype: 'tmpfs' }",
		  IN "14: only a bind of a folder is supported at '/'" },
	};

	CHECK(good, false);
	CHECK(bad, true);
}

static void test_ids(void **state)
{
	static const struct row good[] = {
		{ CONFIG,
		  "uidmap { inside_id: 'root' outside_id: 'root' count: 2 } "
		  "gidmap { inside_id: 'root' outside_id: '5' count: 0 }",
		  "namespaces.profile.uid-map=0 0 2\nnamespaces.profile.gid-map=0 5 1" },
		{ "-u 7:8:9 -u 100:200:0x10 -g root:5", NULL,
		  "namespaces.profile.uid-map=7 8 9\nnamespaces.profile.uid-map=100 200 16\n"
		  "namespaces.profile.gid-map=0 5 1" },
		{ "--user=0:7 --group=0:8", NULL, "namespaces.profile.map=root" },
	};
	static const struct row bad[] = {
		{ CONFIG, "uidmap { inside_id: 'no one' }", IN "8: no user 'no one'" },
		{ CONFIG, "gidmap { outside_id: 'no one' }", IN "8: no group 'no one'" },
		{ "-u 0:0:x", NULL, "--user 0:0:x: a number is missing here, not 'x'" },
	};

	CHECK(good, false);
	CHECK(bad, true);
}

static void test_limits(void **state)
{
	static const struct row good[] = {
		{ "--rlimit_as 2 --rlimit_nofile max --rlimit_cpu INF", NULL,
		  "rlimits.profile.as=2048K\nrlimits.profile.nofile=200\n"
		  "rlimits.profile.cpu=unlimited\nrlimits.profile.core=0" },
		{ "--rlimit_nofile soft", NULL, "rlimits.profile.nofile=100" },
		{ CONFIG " --rlimit_as hard --rlimit_as 3", "rlimit_as: 1",
		  "rlimits.profile.as=3072K" },
		{ "--disable_rlimits", NULL,
		  "rlimits.profile.nofile=200:same\n!rlimits.profile.core=0" },
		{ CONFIG, "cgroup_mem_max: 1025 cgroup_cpu_ms_per_sec: 1",
		  "cgroup.profile.memory=2K\ncgroup.profile.cpu=1%" },
		{ CONFIG, "cgroup_pids_max: 7 oom_score_adj: 1000 forward_signals: true",
		  "cgroup.profile.pids=7\nprocess.profile.oom-score-adj=1000" },
		{ "--cgroup_pids_max=7 --oom_score_adj=1000 --forward_signals", NULL,
		  "cgroup.profile.pids=7\nprocess.profile.oom-score-adj=1000" },
		/* a user namespace's job never gets a better nice */
		{ CONFIG, "nice_level: -20", "!process.profile.nice=-20\n!process.profile.nice=19" },
		{ "--nice_level 77", NULL, "process.profile.nice=19" },
		{ CONFIG, "time_limit: 4294967295", "timeout.profile.wall=315360000s" },
		{ CONFIG, "rlimit_cpu: 18446744073709551615 rlimit_as: 0xFFFFFFFFFFFFFFFF",
		  "rlimits.profile.cpu=unlimited\nrlimits.profile.as=unlimited" },
		{ CONFIG, "cgroup_pids_max: 0",
		  "!cgroup.profile.pids=0\nprocess.profile.nice=19" },
		{ "--cgroup_mem_max 18446744073709551615 --cgroup_cpu_ms_per_sec 2000", NULL,
		  "cgroup.profile.memory=18014398509481984K\ncgroup.profile.cpu=200%" },
	};
	static const struct row bad[] = {
		{ CONFIG, "rlimit_fsize: 99999999999999",
		  IN "15: rlimit_fsize is out of range" },
		{ CONFIG " --rlimit_as=99999999999999", "rlimit_fsize: 1",
		  "rlimit_as is out of range" },
		{ "--rlimit_as least", NULL,
		  "--rlimit_as least: a number is missing here, not 'least'" },
	};

	CHECK(good, false);
	CHECK(bad, true);
}

#define EIGHT(a)                                                                         \
	"envar: '" a "1' envar: '" a "2' envar: '" a "3' envar: '" a "4' "               \
	"envar: '" a "5' envar: '" a "6' envar: '" a "7' envar: '" a "8' "

static void test_options(void **state)
{
	static const struct row good[] = {
		{ CONFIG,
		  EIGHT("a") EIGHT("b") EIGHT("c") EIGHT("d") EIGHT("e") EIGHT("f") EIGHT("g")
			  EIGHT("h") EIGHT("i"),
		  "stack.parent=always\nenv.profile.keep=a1\nenv.profile.keep=i8\n"
		  "timeout.profile.grace=3s" },
		{ "-Mo " CONFIG, "mode: ONCE", "stack.parent=always" },
		{ CONFIG " -Mo", "mode: LISTEN", "stack.parent=always" },
		{ "-eNt5", NULL,
		  "env.profile.keep=*\n!namespaces.profile.new=net\ntimeout.profile.wall=5s" },
		/* the name of an option may be cut short; before a file it is gone */
		{ "--hostn=a --cw /usr/./../bin --keep_e", NULL,
		  "namespaces.profile.hostname=a\nprocess.profile.cwd=/bin\n"
		  "env.profile.keep=*" },
		{ "-e -t 5 -T /t -u 7 " CONFIG, "time_limit: 6 uidmap { inside_id: '8' }",
		  "env.profile.keep=\ntimeout.profile.wall=6s\n"
		  "namespaces.profile.uid-map=7 0 1\nnamespaces.profile.uid-map=8 0 1\n"
		  "!mounts.profile.tmpfs=/t:size=4096K" },
		{ "--hostname a " CONFIG " --time_l=600", "time_limit: 6",
		  "namespaces.profile.hostname=NSJAIL\ntimeout.profile.wall=600s" },
		{ CONFIG " --silent --cap CAP_KILL", "cap: 'CAP_NET_RAW' stderr_to_null: true",
		  "caps.profile.keep=\ncaps.profile.keep=net_raw\ncaps.profile.ambient=net_raw\n"
		  "caps.profile.keep=kill\nfds.profile.stdin=null\nfds.profile.stdout=null\n"
		  "fds.profile.stderr=null" },
		{ CONFIG, "keep_caps: true cap: 'CAP_KILL' stderr_to_null: true",
		  "caps.profile.keep=all\n!caps.profile.keep=kill\nfds.profile.stderr=null\n"
		  "!fds.profile.stdout=null" },
		{ CONFIG, "envar: '' envar: 'CORDON_NONE=1' envar: 'CORDON_NONE'",
		  "env.profile.set=CORDON_NONE=1" },
		{ "-q", NULL, "mounts.profile.proc=new\n!proc in line 1" },
		{ CONFIG " --nice_level 5 --rlimit_as 6", "\ntime_limit: 7 rlimit_cpu_type: INF",
		  "process.profile.nice=5\n!nice in line 1\n!as in line 1\n"
		  "timeout.profile.wall=7s\nwall in line 2\ncpu in line 2" },
		{ CONFIG,
		  "port: 0 bindhost: '::' daemon: false persona_mmap_page_zero: f "
		  "cgroup_mem_mount: '/sys/fs/cgroup/memory' use_cgroupv2: 0 macvlan_vs_ma: '' "
		  "exec_bin { path: '/bin/true' exec_fd: false }",
		  "stack.parent=always" },
		{ CONFIG, "# empty", "mounts.profile.proc=none" },
		{ "--disable_proc " CONFIG, "mount_proc: true", "mounts.profile.proc=new" },
	};
	static const struct row bad[] = {
		{ CONFIG, "mode: LISTEN", IN "7: only mode: ONCE is supported here" },
		{ CONFIG, "envar: 'a b'", IN "8: 'a b' is not the name of a variable" },
		{ CONFIG, "\n daemon: true",
		  FILE_77 ":2:2: 'daemon' is not supported here (take it out, or do it by the "
			  "stack)" },
		{ "-E a*", NULL, "'a*' is not the name of a variable" },
		{ CONFIG " -C x", "# empty", "--config is there twice" },
		{ "--config /", NULL, "'/' is not a regular file" },
		{ "--config /proc/self/mem", NULL, "cannot read '/proc/self/mem'" },
		{ "--rlimit 5", NULL, "'--rlimit' is short for 10 options" },
		{ "--seccomp_l", NULL, "--seccomp_log: is not supported here" },
		{ "--max_cpus=2", NULL, "--max_cpus 2: is not supported here" },
		{ CONFIG, "cap: 'net_raw'", IN "6: 'net_raw' is no capability" },
		{ "-qz", NULL, "unknown option '-qz'" },
		{ "--keep_env=yes", NULL, "--keep_env takes no argument" },
		{ "--port=80", NULL, "--port 80: is not supported here" },
		{ "-et", NULL, "--time_limit needs an argument" },
	};

	CHECK(good, false);
	CHECK(bad, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_options),
	};

	if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 100, 200 }) < 0)
		return 99;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
