#!/bin/sh
# SPDX-License-Identifier: MIT
# The static first stage: nothing of the caller runs in it, and what it hands to
# the twin is the caller's, byte for byte.
: "${top_srcdir:?is not set}" "${top_builddir:?is not set}" "${CORDON:?is not set}"
T=$(mktemp -d) || exit 99
trap 'rm -rf "$T"' EXIT
count=0

ok() { # NAME COMMAND...: it must succeed
	count=$((count + 1))
	name=$1
	shift
	if "$@" >"$T/log" 2>&1; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$T/log"
	fi
}

# The libc of any static program holds a dlopen of its own, for conversions that
# cordon never asks for; so what counts is what cordon has and an empty one not.
echo 'int main(void) { return 0; }' >"$T/empty.c"
${CC:-cc} -static -o "$T/empty" "$T/empty.c" || exit 99
symbols() { # of NSS, dlopen and libseccomp, by their public names
	nm "$1" | awk '{ print $NF }' | grep -E \
		'^(lt_dl.*|dl(m?open|v?sym)|get(pw|gr)(nam|uid|gid|ent)(_r)?|getgrouplist|initgroups|seccomp_(api|arch|attr|export|init|load|merge|notify|release|reset|rule|syscall|version).*|getaddrinfo|__nss_(lookup|passwd|group).*)$' | sort
}
symbols "$T/empty" >"$T/empty.txt"
no_more_symbols() {
	symbols "$CORDON" | comm -23 - "$T/empty.txt" >"$T/more"
	cat "$T/more"
	test ! -s "$T/more"
}
ok 'no dlopen, NSS or libseccomp is linked' no_more_symbols
is_static() { ! readelf -lW "$CORDON" | grep -E 'INTERP|DYNAMIC'; }
ok 'no dynamic loader is asked for' is_static
twin_needs() {
	readelf -dW "$top_builddir/cordon-dynamic" >"$T/dynamic"
	! grep -E 'RPATH|RUNPATH|NEEDED.*modules|NEEDED.*/' "$T/dynamic"
}
ok 'the twin needs no module and searches no folder' twin_needs

cat >"$T/marker.c" <<END
#include <fcntl.h>
__attribute__((constructor)) static void leave(void)
{
	open("$T/marker", O_CREAT | O_WRONLY, 0600);
}
END
${CC:-cc} -shared -fPIC -o "$T/marker.so" "$T/marker.c" || exit 99
mkdir "$T/lib"
for name in libltdl.so.7 libc.so.6 libnss_files.so.2; do
	cp "$T/marker.so" "$T/lib/$name"
done
unmarked() { # VARIABLE=VALUE COMMAND: as without it, and no marker
	rm -f "$T/marker"
	"$CORDON" "$2" >"$T/plain" 2>&1
	plain=$?
	env "$1" "$CORDON" "$2" >"$T/steered" 2>&1
	test "$?" = "$plain" && cmp "$T/plain" "$T/steered" && test ! -e "$T/marker"
}
works() {
	env LD_PRELOAD="$T/marker.so" true
	test -e "$T/marker"
}
ok 'the library leaves a marker elsewhere' works
for command in --version modules; do
	for steer in "LD_PRELOAD=$T/marker.so" "LD_AUDIT=$T/marker.so" \
		"LD_LIBRARY_PATH=$T/lib" "LTDL_LIBRARY_PATH=$T/lib" \
		'GLIBC_TUNABLES=glibc.malloc.check=3' "GCONV_PATH=$T/lib"; do
		ok "${steer%%=*} does not steer '$command'" unmarked "$steer" "$command"
	done
done

# ---- the twin ----

twin=$top_builddir/cordon-dynamic
status() { # WANT TEXT COMMAND...: exit status and, on stderr, one line with TEXT
	want=$1 text=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err"
	rc=$?
	cat "$T/err"
	test "$rc" = "$want" && grep -qF -- "$text" "$T/err" &&
		test "$(wc -l <"$T/err")" = 1 && test ! -s "$T/out"
}
alone='cordon: this program is started by cordon alone'
ok 'the twin alone refuses' status 125 "$alone" "$twin" --version
ok 'also without environment' status 125 "$alone" env -i "$twin" --version
ok 'also when told of a descriptor that is none' \
	status 125 "$alone" env -i CORDON_HANDOFF=9 "$twin" --version
# shellcheck disable=SC2016
ok 'or that is a file' \
	status 125 "$alone" sh -c 'exec env -i CORDON_HANDOFF=9 "$1" --version 9<"$1"' - "$twin"

# ---- going on ----

# In a mount namespace of its own the build tree has one module that no build has
# preloaded, and a twin of the test's choice: so 'modules' must go on.
mkdir "$T/modules"
cp "$top_builddir/tests/modules/.libs/good.so" "$T/modules/good.so" || exit 99
chmod 755 "$T" "$T/modules"
chmod 644 "$T/modules/good.so"
if test "$(id -u)" = 0; then private='unshare -m'; else private='unshare -rm'; fi
with_twin() { # TWIN COMMAND...
	instead=$1
	shift
	# shellcheck disable=SC2016,SC2086
	$private sh -c '
		mount --bind "$1" "$3/modules/.libs" && mount --bind "$2" "$3/cordon-dynamic" || exit 99
		shift 3
		exec "$@"' - "$T/modules" "$instead" "$top_builddir" "$@"
}
if ! $private true 2>/dev/null; then
	echo "1..$((count + 1))"
	echo "ok $((count + 1)) - going on # SKIP no mount namespace ($private)"
	exit 0
fi

# launch PROGRAM ARGUMENT...: with what an environment may hold and a shell would
# not pass on; report: what the program in the twin's place was given.
cat >"$T/launch.c" <<END
#include <unistd.h>
int main(int argc, char **argv)
{
	char *environment[] = { "A=1", "A=2", "", "=x", "no equals sign", "B=\xff\n",
		"LD_PRELOAD=$T/marker.so", "LD_PRELOAD=$T/marker.so",
		"LD_LIBRARY_PATH=$T/lib", "CORDON_HANDOFF=3", "A=1", 0 };
	execve(argv[1], argv + 1, environment);
	return 99;
}
END
cat >"$T/report.c" <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv)
{
	char bytes[4096];
	ssize_t n;
	int fd;
	for (int i = 0; i < argc; i++)
		printf("argument <%s>\n", argv[i]);
	for (char **entry = environ; *entry; entry++)
		printf("own <%.15s>\n", *entry);
	if (!*environ || strncmp(*environ, "CORDON_HANDOFF=", 15))
		return 1;
	fd = atoi(*environ + 15);
	n = pread(fd, bytes, sizeof(bytes), 0);
	for (ssize_t i = 0; i < n; i += strlen(bytes + i) + 1)
		printf("handed <%s>\n", bytes + i);
	printf("sealed %d\n", write(fd, "", 1) < 0 && ftruncate(fd, 0) < 0);
	close(fd);
	for (fd = 3; fd < 10; fd++)
		if (lseek(fd, 0, SEEK_CUR) >= 0)
			printf("descriptor %d\n", fd);
	return 7;
}
END
for name in launch report; do
	${CC:-cc} -o "$T/$name" "$T/$name.c" || exit 99
done
rm -f "$T/marker"
lists_good() {
	with_twin "$twin" "$T/launch" "$CORDON" modules >"$T/out" 2>&1
	cat "$T/out"
	grep -q '^good ' "$T/out" && test ! -e "$T/marker"
}
ok 'a module that is not preloaded is opened by the twin, unsteered' lists_good

{
	printf 'argument <%s>\n' "$CORDON" modules
	printf 'own <CORDON_HANDOFF=>\n'
	version=$("$CORDON" --version | head -n 1)
	printf 'handed <%s>\n' "$version environment" "$CORDON" A=1 A=2 '' '=x' 'no equals sign'
	printf 'handed <B=\377\n>\n'
	printf 'handed <%s>\n' "LD_PRELOAD=$T/marker.so" "LD_PRELOAD=$T/marker.so" \
		"LD_LIBRARY_PATH=$T/lib" CORDON_HANDOFF=3 A=1
	printf 'sealed 1\n'
	printf 'descriptor 5\ndescriptor 9\n'
} >"$T/want"
hands_over() {
	with_twin "$T/report" "$T/launch" "$CORDON" modules >"$T/got" \
		3<&- 4<&- 5<"$T/want" 9<"$T/want"
	rc=$?
	diff "$T/want" "$T/got" && test "$rc" = 7
}
ok 'arguments, environment and descriptors are the same' hands_over

chmod 644 "$T/empty"
ok 'a twin that cannot be started is the end' status 125 \
	"cordon: cannot start '$twin': Permission denied" \
	with_twin "$T/empty" "$CORDON" modules
ok 'the program itself as its twin is no loop' status 125 \
	'cordon: the program to go on with is this one' \
	with_twin "$CORDON" "$CORDON" modules
full() { # no room to write the environment down, and none for the message
	with_twin "$twin" sh -c '{ (ulimit -f 0; exec "$@"); echo "$?" >&3; } 2>&1 | cat >&2' \
		- "$CORDON" modules 3>"$T/rc"
	return "$(cat "$T/rc")"
}
ok 'neither is an environment that cannot be handed over' status 125 \
	"cordon: cannot hand the environment to '$twin': File too large" full
soft() {
	with_twin "$twin" sh -c 'ulimit -S -f 0; exec "$@"' - "$CORDON" modules | cat >"$T/out"
	grep '^good ' "$T/out"
}
ok 'a soft limit on files does not matter' soft
echo "1..$count"
