#!/bin/sh
# SPDX-License-Identifier: MIT
# What an installed cordon makes of the installed module; TAP.  As root: cordon loads
# modules of root's alone.
CORDON=$(command -v "${CORDON:-cordon}") || {
	echo 'Bail out! no cordon along PATH (CORDON=/.../cordon)'
	exit 1
}

if test "$(id -u)" != 0; then
	echo '1..0 # SKIP not root: cordon loads modules of root alone'
	exit 0
fi
# Not in /tmp: a stack below a folder that others may write is refused.
T=$(mktemp -d "$PWD/tmp.XXXXXX") || exit 99
trap 'rm -rf "$T"' EXIT
umask 022
mkdir "$T/conf"
count=0 failed=0

# ok NAME COMMAND...
ok() {
	name=$1
	shift
	count=$((count + 1))
	if "$@"; then
		echo "ok $count - $name"
	else
		echo "not ok $count - $name"
		sed 's/^/# /' "$T/said"
		failed=$((failed + 1))
	fi
}

# cordon COMMAND ARGUMENT...: its answer in $T/said, its status in $rc
cordon() {
	command=$1
	shift
	"$CORDON" "$command" --conf "$T/conf" "$@" >"$T/said" 2>&1
	rc=$?
}

# stack LINE...: the stack "t"
stack() {
	printf '%s\n' '[workhours]' "$@" >"$T/conf/t.ini"
}
says() { grep -qF -- "$1" "$T/said"; }

cordon modules workhours
ok 'cordon modules workhours' test "$rc" = 0
ok 'it has a key hours' says 'hours'

cordon modules --test "$PWD/workhours.so" days=payday
ok 'the one that is not installed is tested' says "arguments:2: [workhours] days: 'payday' is not "
stack 'hours = 00:00-24:00'
cordon check t
ok 'check' test "$rc" = 0
cordon run t -- /bin/echo ran
ok 'a job within the hours runs' test "$rc:$(cat "$T/said")" = 0:ran

# An hour that begins two hours from now, whatever the time is.
hour=$(date -u +%H)
stack "hours = $(printf '%02d:00-%02d:00' $(((${hour#0} + 2) % 24)) $(((${hour#0} + 3) % 24)))"
cordon run t -- /bin/echo ran
ok 'a job at another time is refused' test "$rc" = 125
ok 'with the place of the section' says "t.ini:1: [workhours] "
TZ=UTC-2
export TZ
cordon run t -- /bin/echo ran
unset TZ
ok "and the caller's TZ does not help" test "$rc" = 125

stack 'hours = from eight to five'
cordon check t
ok 'what is no time is refused, with its line' says "t.ini:2: [workhours] hours: 'from eight to five' is not HH:MM-HH:MM"
stack 'days = mon payday'
cordon check t
ok 'and what is no day' says "t.ini:2: [workhours] days: 'payday' is not "
stack
cordon check t
ok 'a section without a key is refused' says "needs 'hours' or 'days'"

echo "1..$count"
test "$failed" = 0
