#!/bin/sh
# I15: an ordinary user's maps of several ids, which newuidmap(1) and newgidmap(1) write by
# /etc/subuid and /etc/subgid; here in a mount namespace that has them.
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'maps by newuidmap' 'only root can give a user a range'
	plan
fi
for file in /usr/bin/newuidmap /usr/bin/newgidmap /etc/subuid /etc/subgid; do
	if ! test -f "$file"; then
		skip 'maps by newuidmap' "no $file (Debian: uidmap)"
		plan
	fi
done
{
	cat /etc/passwd
	echo "cordon-test:x:$free_uid:$free_uid::/nonexistent:/bin/false"
} >"$T/passwd"
for kind in subuid subgid; do echo "cordon-test:700000:1000" >"$T/$kind"; done

# here COMMAND...: as that user, in the namespace, in which $instead is the program $without
without='' instead=$T/subuid
here() {
	: >"$T/seen"
	unshare -m --propagation private /bin/sh -c '
		for name in passwd subuid subgid; do
			mount --bind "$1/$name" "/etc/$name" || exit 99
		done
		test -z "$2" || mount --bind "$3" "$2" || exit 99
		shift 3
		exec "$@"' - "$T" "$without" "$instead" "$launch" --watch "$T/seen" --timeout "$limit" --uid "$free_uid" -- "$@" \
		</dev/null >"$T/out" 2>"$T/err"
	rc=$?
}

run_here() {
	here "$CORDON" run --conf "$T/conf" t -- "$@"
}

stack '[namespaces]' 'new = user'
run_here "$probe" exit 0
if test "$rc" != 0; then
	skip 'maps by newuidmap' "no user namespace: $(cut -c1-100 "$T/err")"
	plan
fi

# mapped NAME UID_MAP GID_MAP: the job's, and nothing stays
mapped() {
	run_here /bin/sh -c 'echo $(cat /proc/self/uid_map); echo $(cat /proc/self/gid_map)'
	check "$1" test "$rc:$(tr '\n' '|' <"$T/out")" = "0:$2|$3|" -a "$(grep -cx 'left 0' "$T/seen")" = 1
}

stack '[namespaces]' 'new = user' 'map = subids'
mapped 'map = subids' "0 $free_uid 1 1 700000 1000" "0 $free_uid 1 1 700000 1000"
run_here "$probe" audit uid gid groups
check 'the job is root there, of no other group' says 'uid 0 0 0 0' 'gid 0 0 0 0'
stack '[namespaces]' 'new = user' "uid-map = 0 $free_uid 1" 'uid-map = 1 700000 5' \
	"gid-map = 0 $free_uid 1" 'gid-map = 5 700007 2'
mapped 'uid-map and gid-map' "0 $free_uid 1 1 700000 5" "0 $free_uid 1 5 700007 2"
stack '[stack]' 'parent = never' '[namespaces]' 'new = user' 'map = subids'
mapped 'in place' "0 $free_uid 1 1 700000 1000" "0 $free_uid 1 1 700000 1000"

# What newuidmap says is said, with where to mend it.
for parent in never always; do
	stack '[stack]' "parent = $parent" '[namespaces]' 'new = user' "uid-map = 0 $free_uid 1" \
		'uid-map = 1 900000 5' "gid-map = 0 $free_uid 1"
	run_here "$probe" mark "$T/drop/marker"
	was_refused "parent = $parent: a range that is not the user's" "t.ini:4: [namespaces] mapped-id uid 0 $free_uid 1 1 900000 5 gid 0 $free_uid 1: '/usr/bin/newuidmap' ended with 1: 'newuidmap: uid range [1-6) -> [900000-900005) not allowed': Operation not permitted (a map may name the caller's own ids and what /etc/subuid"
done

# no NAME LINE...: refused, by the tool
no() {
	_name=$1
	shift
	stack "$@"
	rm -f "$T/drop/marker"
	run_here "$probe" mark "$T/drop/marker"
	check "$_name: refused" test "$rc" = 125 -a ! -e "$T/drop/marker" -a \
		"$(grep -c '^cordon: ' "$T/err")" -ge 1 -a "$(grep -cx 'left 0' "$T/seen")" = 1
}
no 'ids of nobody' '[namespaces]' 'new = user' "uid-map = 0 $free_uid 1" 'uid-map = 1 800000 5' \
	"gid-map = 0 $free_uid 1"
no 'more than the range' '[namespaces]' 'new = user' "uid-map = 0 $free_uid 1" \
	'uid-map = 1 700000 1001' "gid-map = 0 $free_uid 1"
no "root's" '[namespaces]' 'new = user' "uid-map = 0 $free_uid 1" 'uid-map = 1 0 1' \
	"gid-map = 0 $free_uid 1"
echo 'cordon-test:700000:0' >"$T/subuid"
no 'an empty range' '[namespaces]' 'new = user' 'map = subids'
printf '%s\n' cordon-test other:700000:1000 >"$T/subuid"
no "another's range" '[namespaces]' 'new = user' 'map = subids'
check "another's range: what is missing" grep -qF 'no range in /etc/subuid and /etc/subgid' "$T/err"
chmod 0 "$T/subuid"
no 'a file that cannot be read' '[namespaces]' 'new = user' 'map = subids'
check 'a file that cannot be read: what is missing' grep -qF 'no range in /etc/subuid' "$T/err"
chmod 0644 "$T/subuid"

here "$CORDON" doctor --conf "$T/conf"
check 'doctor: no range' grep -qF 'no range of cordon-test in /etc/subuid' "$T/out"
echo 'cordon-test:700000:1000' >"$T/subuid"
here "$CORDON" doctor --conf "$T/conf"
check 'doctor: a range' grep -qF '1000 ids from 700000 on' "$T/out"
no 'groups that are not there' '[namespaces]' 'new = user' '[user]' 'groups = 4'
check 'groups that are not there: what is possible' grep -qF 'can be kept or dropped, not chosen' "$T/err"
without=/usr/bin/newgidmap
no 'without newgidmap' '[namespaces]' 'new = user' 'map = subids'
check 'without newgidmap: what is missing' grep -qF 'not installed (package uidmap)' "$T/err"
here "$CORDON" doctor --conf "$T/conf"
check 'doctor: without newgidmap' grep -qF 'a range of 1000 ids, but no /usr/bin/newuidmap' "$T/out"
instead=/bin/false
here "$CORDON" doctor --conf "$T/conf"
check 'doctor: a newgidmap that fails' grep -qF 'newuidmap, newgidmap or setgroups fails' "$T/out"
plan
