#!/bin/sh
# Programs by name: a link NAME or NAME@STACK is the program that the stack names; what names
# descriptors and process IDs in the environment is true in the job.  Real programs are in
# tests/callers/.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'programs by name' 'only root can put stacks where a front door looks for them'
	plan
fi

# A program that tells its argv, its PATH, and whether a descriptor is open.
cat >"$T/tell.c" <<'END'
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv)
{
	const char *path = getenv("PATH");
	for (int i = 0; i < argc; i++)
		printf("<%s>\n", argv[i]);
	printf("PATH %s\n", path ? path : "(none)");
	return 3;
}
END
# as ARGV0 PROGRAM ARGUMENT...
cat >"$T/as.c" <<'END'
#include <unistd.h>
int main(int argc, char **argv)
{
	char *path = argv[2];
	argv[2] = argv[1];
	execv(path, argv + 2);
	return 99;
}
END
mkdir -m 755 "$T/bin" "$T/shims" "$T/work"
chmod 1777 "$T/work"
for name in tell as; do
	${CC:-cc} -o "$T/bin/$name" "$T/$name.c" || exit 99
done

# ---- argv, PATH ----

for name in tell toys@box other@tell none ls@box; do ln -s "$CORDON" "$T/shims/$name"; done
stack_of tell '[stack]' "program = $T/bin/tell" 'arguments = -I  -B' '[rlimits]' 'core = 0'
stack_of box '[stack]' "program = $T/bin/tell" 'argv0 = name' '[rlimits]' 'core = 0'

arguments() {
	hostile="--setenv PATH=$T/shims:/usr/bin:$T/bin/../shims:/bin"
	bare "$T/bin/as" ../../x "$T/shims/tell" 'a b' '' -- run
	told 'the program by its path, arguments in front, PATH without the links' \
		"<$T/bin/tell>" '<-I>' '<-B>' '<a b>' '<>' '<-->' '<run>' 'PATH /usr/bin:/bin'
	bare "$T/shims/other@tell" x
	told 'NAME@STACK' "<$T/bin/tell>" '<-I>' '<-B>' '<x>' 'PATH /usr/bin:/bin'
	bare "$T/bin/as" nothing "$T/shims/toys@box" -l
	told 'argv0 = name' '<toys>' '<-l>' 'PATH /usr/bin:/bin'
	hostile="--setenv PATH=$T/shims"
	bare "$T/shims/tell"
	told 'nothing is left of PATH' "<$T/bin/tell>" '<-I>' '<-B>' 'PATH (none)'
	hostile="--chdir $T/shims --setenv PATH=:/bin"
	bare ./tell
	told 'the working directory, in PATH' "<$T/bin/tell>" '<-I>' '<-B>' 'PATH /bin'
	hostile=
	bare "$T/shims/none"
	was_refused "$who: a link that is no stack's" "cordon: other (for 'none'): "
}
both arguments

# ---- cordon shims ----

shims_are() {
	"$CORDON" shims "$@" >"$T/out" 2>"$T/err"
	rc=$?
}
mkdir -m 755 "$T/new"
stack_of cordon-sh '[stack]' 'program = /bin/sh' '[rlimits]' 'core = 0'
shims_are
printf '%-16s %s\n' box "$T/bin/tell" tell "$T/bin/tell -I  -B" >"$T/want"
check 'shims: those that have a program, but a door' cmp "$T/want" "$T/out"
shims_are "$T/new"
check "shims DIR: makes the links" test "$rc:$(cd "$T/new" && echo *)" = '0:box tell'
bare "$T/new/tell" here
check 'shims DIR: which work' grep -qx '<here>' "$T/out"
shims_are "$T/new"
check 'shims DIR: once more' test "$rc:$(wc -l <"$T/out")" = 0:2
rm "$T/new/box" && echo x >"$T/new/box"
shims_are "$T/new"
check 'shims DIR: what is no link to cordon stays' \
	test "$rc:$(cat "$T/new/box"):$(grep -cF "'$T/new/box' is there, and is no link" "$T/err")" = 125:x:1
stack_of broken '[stack' 'program = /bin/sh'
shims_are
check 'shims: a stack that cannot be read is told beside the others' \
	test "$rc:$(wc -l <"$T/out"):$(grep -c 'broken.ini:1' "$T/err")" = 125:2:1
rm "$T/conf/broken.ini"
chmod 777 "$T/new"
shims_are "$T/new"
check 'shims DIR: not where others write' grep -qF "'$T/new' is writable by others" "$T/err"
shims_are --conf "$T/conf" "$T/new"
check 'shims DIR: not of --conf' grep -qF 'those of --conf' "$T/err"

# ---- descriptors and the variables that name them ----

# handed VARIABLE=VALUE...: as the caller's, with 7, 8 and 9 open (a folder is not)
handed() {
	bare /bin/sh -c 'exec 3</dev/null 4</dev/null 7</dev/null 8</dev/null
		exec env "$@"' - "$@" "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		'for n in 3 4 7 8; do test ! -e /proc/$$/fd/$n || echo "fd $n"; done; env | grep -E "FD|MAKE|LISTEN|SERIAL" | sort'
}
together() {
	stack '[fds]' \
		'keep-from-env = NODE_CHANNEL_FD PMI_FD MAKEFLAGS LISTEN_FDS'
	handed NODE_CHANNEL_FD=7 NODE_CHANNEL_SERIALIZATION_MODE=json
	told "NODE_CHANNEL_FD passes" 'fd 7' NODE_CHANNEL_FD=7 NODE_CHANNEL_SERIALIZATION_MODE=json
	handed NODE_CHANNEL_FD=9 NODE_CHANNEL_SERIALIZATION_MODE=json
	told "or both go, and what belongs to it"
	handed PMI_FD=8 HYDI_CONTROL_FD=7
	told "one is named, the other not" 'fd 8' PMI_FD=8
	handed 'MAKEFLAGS=ks -j2 --jobserver-auth=7,8 -- A=--jobserver-auth=1,2'
	told "a jobserver" 'fd 7' 'fd 8' 'MAKEFLAGS=ks -j2 --jobserver-auth=7,8 -- A=--jobserver-auth=1,2'
	handed 'MAKEFLAGS=ks -j2 --jobserver-auth=7,9 -- A=b'
	told "one that is gone: its words go" 'MAKEFLAGS=ks -- A=b'
	handed MAKEFLAGS=k
	told "flags without one stay" MAKEFLAGS=k
	handed 'MAKEFLAGS= -j2 --jobserver-auth=fifo:/tmp/x'
	told "and one that is a path" 'MAKEFLAGS= -j2 --jobserver-auth=fifo:/tmp/x'
	handed LISTEN_FDS=2 LISTEN_FDNAMES=a:b
	told "LISTEN_FDS" 'fd 3' 'fd 4' LISTEN_FDNAMES=a:b LISTEN_FDS=2
	handed LISTEN_FDS=3 LISTEN_FDNAMES=a:b
	told "not where one is missing"
	stack '[rlimits]' 'core = 0'
	handed NODE_CHANNEL_FD=7 PMI_FD=8 LISTEN_FDS=2 LISTEN_FDNAMES=x LISTEN_PID=1 'MAKEFLAGS= -j2 --jobserver-auth=7,8'
	told "without [fds] all go"
	handed NODE_CHANNEL_FD=x
	told "a text that names none stays" NODE_CHANNEL_FD=x
	stack '[fds]' 'keep = 7'
	handed NODE_CHANNEL_FD=7 PMI_FD=8
	told "kept by its number" 'fd 7' NODE_CHANNEL_FD=7
	stack '[env]' 'set = MAKEFLAGS=-j3'
	handed 'MAKEFLAGS= -j2 --jobserver-auth=7,8'
	told "what the stack sets names others" MAKEFLAGS=-j3
	stack '[stack]' 'parent = always' '[fds]' 'keep-from-env = PMI_FD'
	handed PMI_FD=8 HYDI_CONTROL_FD=7
	told "supervised" 'fd 8' PMI_FD=8
}
both together

# ---- process IDs in the environment ----

# numbered: LISTEN_PID, WATCHDOG_PID and SYSTEMD_EXEC_PID of cordon's own process, and another number
numbered() {
	bare /bin/sh -c 'LISTEN_PID=$$ WATCHDOG_PID=$$ SYSTEMD_EXEC_PID=$$ OTHER_PID=$$ exec "$@"' - \
		"$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		'test "$LISTEN_PID:$WATCHDOG_PID:$SYSTEMD_EXEC_PID" = "$$:$$:$$" && echo "$OTHER_PID $$"'
	check "$who $form: LISTEN_PID, WATCHDOG_PID and SYSTEMD_EXEC_PID are the job's: $1" test "$rc" = 0
}
pids() {
	stack '[stack]' "parent = $parent"
	numbered plain
	test "$form" = supervised || return
	check "$who: and it is another process" test "$(cut -d' ' -f1 "$T/out")" != "$(cut -d' ' -f2 "$T/out")"
	can_userns || return
	stack '[namespaces]' 'new = pid'
	numbered 'a pid namespace'
	check "$who: as the job sees itself" grep -qx '[0-9]* 2' "$T/out"
	stack '[namespaces]' 'new = pid' 'init = no'
	numbered 'without an init'
	check "$who: as the job sees itself, again" grep -qx '[0-9]* 1' "$T/out"
	bare /usr/bin/env LISTEN_PID=1 "$CORDON" run --conf "$T/conf" t -- /bin/sh -c 'echo "$LISTEN_PID"'
	check "$who: any other number is left" grep -qx 1 "$T/out"
}
all_ways pids

plan
