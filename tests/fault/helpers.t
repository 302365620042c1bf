#!/bin/sh
# The fault sweep (I17, I48) over what stands beside a job: its relay, the door of a socket,
# what waits for its start, stops with cordon or watches it from beside, and its next try.  Until
# the end of all of them: what fails while the job runs is no reason that it gets more, or that
# its output is lost and nobody is told.
# shellcheck disable=SC2154
# /proc is read whole, and what else runs would be a part of the sweep.
own='unshare --mount --propagation private --pid --fork --kill-child --mount-proc'
if test "$(id -u)" = 0 && test -z "${own_space-}" && $own true 2>/dev/null; then
	exec $own env own_space=1 /bin/sh "$0"
fi
. "$top_srcdir/tests/fault/lib.sh"

if test "${#T}" -gt 80; then
	skip 'I17 helpers' "the path of a socket would be too long: $T"
	plan
fi
test "${FAULTS-}" = all || each=$((4 * each)) rest=$((4 * rest)) lies=$((2 * lies))
echo secret >"$T/conf/key"
chmod 600 "$T/conf/key"
export KEY=hunter22 WORKER="$T/drop/socket"
kept_probe=$keep_probe
printf '%s\n' 'setgroups@EPERM a namespace may deny it; of what it opens nothing is by a group' \
	'openat@EPERM=/proc a process that is hidden from its user (hidepid)' \
	'pread64@EPERM=/proc/* the same' \
	'newfstatat=/memfd:* whether stdout and stderr are one, or files: else two pipes, and pages' \
	'ioctl whether it is a terminal, or how much is there' \
	'lseek=/proc of two one is enough: rewinddir(3) says nothing' \
	'close_range@ENOSYS they are closed one by one' \
	'wait4@EPERM whether the helper beside came to be is told by its word' \
	'rt_sigtimedwait@EPERM a SIGCHLD stays, as one may that came before' >"$T/helpers"
# as in every.t: a user's runs are noted in a folder that is looked for, and else made
printf '%s another folder is taken\n' 'openat=/' 'openat=/tmp' 'newfstatat=/tmp' \
	'getdents64=/tmp' 'openat=/run*' 'newfstatat=/run*' '*=/tmp/cordon-runs-*' >"$T/users"

# swept NAME LINE...: with what all have in common, until the end of all helpers
swept() {
	_form=$1
	shift
	mkdir -p "$T/record.$who"
	test "$me" != root || chown "$uid" "$T/conf/key" "$T/record.$who"
	more="--helpers --excused $T/helpers"
	test "$who" = root || more="$more --excused $T/users"
	# as root each call of each of them fails once; as another user they are the same
	test "$who$me${FAULTS-}" != userroot || kinds=
	stack '[env]' "$kept_probe" '[rlimits]' 'core = 0' '[secret]' 'descriptor = B:env:KEY' "$@"
	all_faults "$_form"
}

relayed() {
	swept 'relay, door, startup, suspend' '[stack]' 'report = ends' \
		'[redact]' 'environment = KEY PROBE_NS' '[secret.file]' "file = A:$T/conf/key" \
		'[messages]' 'streams = stdin' 'socket = WORKER' \
		'[process]' 'suspend = follow' 'orphans = reap' 'pdeath = caller' \
		'[timeout]' "startup = 1h until /" 'wall = 1h' 'idle = 1h'
}

# The job ends by a signal, twice.
crashed() {
	audit=auditcrash
	swept 'the next try, in namespaces' '[stack]' 'report = ends' '[redact]' 'environment = KEY' \
		'[namespaces]' 'new = pid mount' '[secret.file]' "file = A:$T/conf/key" \
		'[process]' 'suspend = follow' \
		'[restart]' 'limit = 1' 'backoff = 0'
	audit=audit
}

watched() {
	swept 'a helper beside it' '[stack]' 'parent = beside' '[process]' 'pdeath = caller' '[timeout]' 'wall = 1h' \
		'[tmp]' 'dir = SCRATCH' "base = $T/record.$who" '[record]' "file = $T/record.$who/jobs"
}

both relayed
both crashed
both watched
plan
