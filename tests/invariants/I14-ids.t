#!/bin/sh
# I14: all four uids and gids are the target, for good, and not host root by accident.
# I15: supplementary groups are exactly what the stack gives.
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
	has_subids || refused "I15 $who: groups that can't be dropped" 'subgid'
	stack '[namespaces]' 'new = user' '[user]' 'groups = 4'
	refused "I15 $who: nor be chosen from" ''
	by_subids
	hostile=
}

has_subids() {
	test -x /usr/bin/newgidmap &&
		grep -qE "^($free_uid|$(id -un $free_uid 2>/dev/null)):" /etc/subgid
}

# A range of ids by newgidmap(1) is what makes dropping groups possible.
by_subids() {
	name="I15 $who: by newgidmap groups are dropped"
	if ! has_subids; then
		skip "$name" "no newgidmap, or uid $free_uid has no range in /etc/subgid"
		return
	fi
	stack '[namespaces]' 'new = user' '[user]' 'groups = none'
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

all_ways kept
way=drop
as_root in_both_forms
as_user other_uid
as_root mapped_by_root
as_user mapped_by_user
plan
