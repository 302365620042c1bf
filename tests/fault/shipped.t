#!/bin/sh
# The fault sweep (I17, I48) over stacks that ship: default, docker-like, untrusted.
. "$top_srcdir/tests/fault/lib.sh"

# They have most of their steps in common, and with every.t, which has the first of each kind.
test "${FAULTS-}" = all || each=$((2 * each)) rest=$((2 * rest)) lies=$((2 * lies)) kinds=

# Where it starts the job sees the mounts of other tests, which come and go.
cd /usr || exit 99

# swept STACK LINE...: as it ships, but for what shows the probe to its job
swept() {
	_stack=$1
	shift
	cp "$top_srcdir/conf.d/"*.ini "$T/conf"
	stack '[stack]' "include = $_stack" '[env]' "$keep_probe" '[mounts]' "ro = $tools" "$@"
	all_faults "$_stack"
}

# Their cwd-fallback is the folder where they are started here.
printf '%s the stack names a folder to fall back to, which is the same\n' \
	'*=/tmp' '*=.' getcwd >"$T/fallback"
more="--excused $T/fallback"

plain() {
	swept default '[process]' 'cwd = /tmp'
}
docker_like() {
	facts="$facts $own_root"
	swept docker-like '[process]' 'cwd = /tmp'
}
untrusted() {
	beside_v1 >"$T/beside"
	more="$more --excused $T/beside"
	cp "$top_srcdir/conf.d/"*.ini "$T/conf"
	# one that may be skipped would be, at a fault
	group='on-unsupported = refuse'
	can_have '[stack]' 'include = untrusted' '[mounts]' "ro = $tools" \
		'[landlock]' "execute = $tools" '[cgroup]' "$group" || group='off = yes'
	swept untrusted '[landlock]' "execute = $tools" '[cgroup]' "$group"
}

both plain
both docker_like
both untrusted
plan
