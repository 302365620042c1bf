#!/bin/sh
# I48: SIGKILL at each call that makes, names, gives away or removes something outside;
# one more start removes what then stands there.
. "$top_srcdir/tests/lib.sh"

calls=mkdirat,flock,fchmod,fchown,clone3,unlinkat,write

standing() {
	find /run/cordon -name 'cordon-*' 2>/dev/null
	sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2* .*/\1/p' /proc/self/mountinfo |
		while read -r mount; do find "$mount" -type d -name 'cordon-*' 2>/dev/null; done
}

# kill_at NAME LINE...: the stack's lines
kill_at() {
	name=$1
	shift
	stack '[user]' "user = $free_uid" "group = $free_uid" '[env]' 'keep = PATH' "$@"
	inside true
	if test "$rc" != 0; then
		skip "I48 $who: $name" "$(cut -c1-100 "$T/err")"
		return
	fi
	before=$(standing)
	"$top_builddir/tests/fault/sweep" --error kill --only "$calls" --from "${T##*/}" \
		--excused "$top_srcdir/tests/fault/excused" --job "$(readlink -f "$probe")" -- \
		"$launch" -- "$CORDON" run --conf "$T/conf" t -- "$probe" audit uid gid \
		>"$T/sweep" 2>&1 </dev/null
	case $? in
	0) ok "I48 I49 $who: $name: SIGKILL ($(tail -n1 "$T/sweep"))" ;;
	77) skip "I48 I49 $who: $name: SIGKILL" 'no injector for this machine' ;;
	*) not_ok "I48 I49 $who: $name: SIGKILL" "$(grep '^#' "$T/sweep" | cut -c3-160 | sed 9q)" ;;
	esac
	inside true
	check "I48 $who: $name: one more start" test "$rc" = 0
	gone "I48 $who: $name: and nothing stands there" standing
}

outside() {
	kill_at 'a folder' '[tmp]' 'dir = SCRATCH'
	echo secret >"$T/conf/key"
	kill_at 'a secret' '[secret]' "file = KEY:$T/conf/key"
	kill_at 'a cgroup' '[cgroup]' 'pids = 30'
}

if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
	skip 'I48 SIGKILL at each call' "the sanitizer's calls would be swept, not cordon's"
	plan
fi
as_root outside
plan
