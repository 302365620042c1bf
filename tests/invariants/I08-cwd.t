#!/bin/sh
# I8: the job's cwd can be reached by path inside its root, or the job is refused.
. "$top_srcdir/tests/lib.sh"

cwd() {
	stack '[stack]' "parent = $parent"
	hostile="--chdir $T/drop"
	tries "I8 $who $form: kept" 'audit cwd' "cwd $(cd "$T/drop" && pwd -P)"
	hostile=--cwd-deleted
	refused "I8 $who $form: deleted" cwd
	hostile=
	stack '[stack]' "parent = $parent" '[process]' "cwd = $T/conf"
	tries "I8 $who $form: configured" 'audit cwd' "cwd $(cd "$T/conf" && pwd -P)"
	stack '[stack]' "parent = $parent" '[process]' 'cwd = /nonexistent/dir'
	refused "I8 $who $form: not there" cwd
	hostile=--fds
	stack '[stack]' "parent = $parent" '[process]' 'cwd = /proc/self/fd/8'
	refused "I8 $who $form: through a descriptor" cwd
	hostile=
	if test "$who" = user; then
		stack '[stack]' "parent = $parent" '[process]' "cwd = $T/closed"
		refused "I8 $who $form: a folder that the job can't enter" cwd
	fi
}

other_uid() {
	stack '[user]' "user = $free_uid" "group = $free_uid" '[process]' "cwd = $T/closed"
	refused "I8 $who: a folder that the job's uid can't enter" cwd
}

new_root() {
	name="I8 $who: outside the new root"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	hostile="--chdir $T/drop"
	stack '[namespaces]' 'new = mount' '[mounts]' 'root = empty' 'ro = /usr' \
		'ro = /bin' 'ro = /lib' 'ro = -/lib64' "ro = $tools:/tools"
	refused "$name" cwd
	hostile=
}

mkdir -m 700 "$T/closed"
test "$me" = root || chmod 000 "$T/closed"
all_ways cwd
as_root other_uid
both new_root
plan
