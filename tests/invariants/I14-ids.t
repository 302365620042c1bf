#!/bin/sh
# I14: all four uids and gids are the target, for good, and not host root by accident.
# I15: supplementary groups are exactly what the stack gives.
# I16: ids are plain decimal numbers in range, or names.
. "$top_srcdir/tests/lib.sh"

target="user = $free_uid"

drop() {
	stack '[stack]' "parent = $parent" '[user]' "$target" "group = $free_uid"
	tries "I14 $who $form: four equal ids" audit \
		"uid $free_uid $free_uid $free_uid $free_uid" \
		"gid $free_uid $free_uid $free_uid $free_uid" 'groups'
	tries "I14 $who $form: none can be regained" setuid0 'setuid EPERM' 'setgid EPERM' \
		'setresuid EPERM' 'setresgid EPERM' 'setgroups EPERM'
	rm -f "$T/drop/made"
	inside "$probe" mark "$T/drop/made"
	check "I14 $who $form: seen from outside too" \
		test "$(stat -c %u:%g "$T/drop/made")" = "$free_uid:$free_uid"

	hostile='--groups 4,24,1234'
	tries "I15 $who $form: the launcher's groups are gone" 'audit groups' groups
	stack '[stack]' "parent = $parent" '[user]' "$target" "group = $free_uid" 'groups = 7'
	tries "I15 $who $form: the list, no more" 'audit groups' 'groups 7'
	stack '[stack]' "parent = $parent" '[user]' "$target" "group = $free_uid" \
		'keep-groups = 1000-2000'
	tries "I15 $who $form: kept within the range" 'audit groups' 'groups 1234'
	(umask 0 && : >"$T/drop/for4" && chgrp 4 "$T/drop/for4" && chmod 0040 "$T/drop/for4")
	tries "I15 $who $form: a file of a lost group stays shut" "open $T/drop/for4" 'open EACCES'
	stack '[stack]' "parent = $parent"
	tries "I15 $who $form: without the section all stay" 'audit groups' 'groups 4 24 1234'
	hostile=
}

kept() {
	stack '[stack]' "parent = $parent"
	tries "I14 $who $form: without the section the launcher's" audit \
		"uid $uid $uid $uid $uid"
}

other_uid() {
	stack '[user]' 'user = 12345' 'group = 12345'
	refused "I14 $who: another uid without a user namespace" ''
}

mapped() {
	name="I14 $who: in a user namespace the caller's own id"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = user' "$section"
	tries "$name" audit "uid $free_uid $free_uid $free_uid $free_uid" \
		"gid $free_uid $free_uid $free_uid $free_uid" '!^cap_eff .*[1-9a-f]'
	tries "I14 $who: nothing can be regained there" setuid0 'setuid EINVAL' 'setgid EINVAL' \
		'~setresuid (EINVAL|EPERM)'
	stack '[namespaces]' 'new = user' 'map = root' "$section"
	rm -f "$T/drop/made"
	tries "I14 $who: mapped to 0 inside" audit 'uid 0 0 0 0' 'gid 0 0 0 0'
	inside "$probe" mark "$T/drop/made"
	check "I14 $who: which is the same id outside" \
		test "$(stat -c %u "$T/drop/made")" = $free_uid
}

mapped_by_user() {
	section=''
	mapped
	if can_userns; then
		stack '[namespaces]' 'new = user' '[user]' 'groups = none'
		tries "I15 $who: without groups there is nothing to drop" 'audit groups' \
			"~groups( $free_uid)?"
	fi
	if test "$me" != root; then
		skip "I15 $who: groups in a user namespace" 'only root can give some'
		return
	fi
	hostile='--groups 4,1234'
	refused "I15 $who: groups that can't be dropped" ''
	stack '[namespaces]' 'new = user' '[user]' 'groups = 4'
	refused "I15 $who: nor be chosen from" ''
	by_subids
	hostile=
}

# A range of ids by newgidmap(1) is what makes dropping groups possible.
by_subids() {
	name="I15 $who: by newgidmap groups are dropped"
	if ! test -x /usr/bin/newgidmap; then
		skip "$name" 'no newgidmap'
		return
	fi
	if ! grep -qE "^($free_uid|$(id -un $free_uid 2>/dev/null)):" /etc/subgid; then
		skip "$name" "uid $free_uid has no range in /etc/subgid"
		return
	fi
	stack '[namespaces]' 'new = user' 'map = subids' '[user]' 'groups = none'
	(umask 0 && : >"$T/drop/for1234" && chgrp 1234 "$T/drop/for1234" &&
		chmod 0040 "$T/drop/for1234")
	unsafe "$name" "open $T/drop/for1234" 'open ok' || return
	tries "$name" 'audit groups' groups
	tries "$name, and what they opened is shut" "open $T/drop/for1234" 'open EACCES'
}

mapped_by_root() {
	stack '[namespaces]' 'new = user'
	refused "I14 $who: root's own id is mapped only when the stack says so" ''
	section="[user]
user=$free_uid
group=$free_uid"
	mapped
}

bad_ids() {
	for id in -1 4294967295 4294967296 0x0 +5 1e3 99999999999999999999 no-such-user- ''; do
		stack '[user]' "user = $id"
		refused "I16 $who: user = '$id'" 't.ini:2'
	done
	for id in -1 4294967295 0x10 no-such-group-; do
		stack '[user]' "group = $id"
		refused "I16 $who: group = '$id'" 't.ini:2'
	done
}

# checked KEY VALUE...: `check` refuses each, by line, without starting anything
checked() {
	section=$1 key=$2 bad=
	shift 2
	for value in "$@"; do
		stack "[$section]" "$key = $value"
		bare "$CORDON" check --conf "$T/conf" t
		case $rc:$(cat "$T/out" "$T/err") in
		125:*t.ini:2*) ;;
		*) bad="$bad '$value'($rc)" ;;
		esac
	done
	check "I16 $who: check refuses $# bad values of $key" test -z "$bad"
	test -z "$bad" || echo "# not:$bad"
}

bad_tables() {
	set -- -1 +5 4294967295 4294967296 0x0 1e3 00 01 99999999999999999999 '5 6' 5, 1000x '' \
		no-such-name-
	checked user user "$@"
	checked user group "$@"
	checked user pool 5 5- -5 6-5 1-4294967295 0x1-0x2 '1 - 2' 'root-nobody'
	checked user keep-groups -1 5-4 0x1 4294967295 1-4294967295
	checked namespaces uid-map '0' '0 0' '0 0 0' '-1 0 1' '0 -1 1' '0 0 4294967296' \
		'0x0 0 1' '4294967295 0 1' '0 4294967295 1' 'root 0 1' '0 0 1 1'
}

# Digits are a number, also where somebody has them for a name.
name_of_digits() {
	name="I16 $who: a user named 1000 doesn't change what 1000 means"
	stack '[user]' 'user = 1000' 'group = 1000'
	cp /etc/passwd "$T/passwd"
	cp /etc/group "$T/group"
	echo '1000:x:4242:4242::/:/bin/sh' >>"$T/passwd"
	echo '1000:x:4242:' >>"$T/group"
	inside_with_names() {
		bare /usr/bin/unshare --mount --propagation private /bin/sh -c \
			"mount --bind $T/passwd /etc/passwd && mount --bind $T/group /etc/group &&
			exec \"\$@\"" - "$@"
	}
	inside_with_names /usr/bin/id -u nosuchuser-
	inside_with_names /usr/bin/getent passwd 4242
	if ! grep -q ^1000: "$T/out"; then
		skip "$name" 'the bare control: the name is not found here'
		return
	fi
	inside_with_names "$CORDON" run --conf "$T/conf" t -- "$probe" audit uid gid
	judge_says "$name" 'uid 1000 1000 1000 1000' 'gid 1000 1000 1000 1000'
}

# A uid of a pool has one job at a time.
pool() {
	stack '[user]' 'pool = 61300-61301' '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	rm -f "$T/drop/pool"*
	for n in 1 2; do
		"$launch" --timeout 20 -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			"id -u >$T/drop/pool$n.new; mv $T/drop/pool$n.new $T/drop/pool$n
			while ! test -e $T/drop/go; do sleep 0.05; done" </dev/null >/dev/null 2>&1 &
		eval "job$n=\$!"
	done
	for _try in $(seq 400); do
		test -e "$T/drop/pool1" -a -e "$T/drop/pool2" && break
		sleep 0.02
	done
	check "I16 $who: two jobs of a pool have two uids of it" \
		test "$(sort "$T/drop/pool1" "$T/drop/pool2" | tr '\n' ' ')" = '61300 61301 '
	refused "I16 $who: a third has none" 'in use'
	: >"$T/drop/go"
	wait "$job1" "$job2"
	tries "I16 $who: until one has ended" 'audit uid' '~uid 6130[01] .*'
}

all_ways kept
way=drop
as_root in_both_forms
as_user other_uid
as_root mapped_by_root
as_user mapped_by_user
both bad_ids
both bad_tables
as_root name_of_digits
as_root pool
plan
