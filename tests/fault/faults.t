#!/bin/sh
# Each system call of cordon fails in turn: the job must never start (I17), and what
# a lying kernel skips must be noticed.  SIGKILL at each call leaves nothing (I48).
# Here small stacks, in place; more in shipped.t, every.t and outside.t.
. "$top_srcdir/tests/fault/lib.sh"

in_place() {
	kind='in place'
	stack '[stack]' 'parent = never' '[rlimits]' 'nofile = 64' 'core = 0' 'cpu = 60s' \
		'[process]' 'umask = 027' 'nice = 3' 'cpus = 0' 'session = new' \
		'[env]' "$keep_probe" "$@"
	all_faults "$kind"
}

# A user namespace without a parent: the maps are written by a helper.
helped() {
	kind='in place with a helper'
	if ! can_userns; then
		skip "I17 $who, $kind" 'no user namespace here'
		return
	fi
	stack '[stack]' 'parent = never' '[namespaces]' 'new = user mount ipc' \
		'[rlimits]' 'core = 0' '[env]' "$keep_probe" "$target"
	all_faults "$kind"
}

target="[user]
user = $free_uid
group = $free_uid"

in_place_root() { in_place "$target" '[caps]'; }
in_place_user() { in_place; }

# One ruleset: of two, a lying kernel's second would hide the first.
landlocked() {
	if test "$("$probe" landlock | sed -n 's/^abi //p')" -lt 6; then
		skip "I17 $who, landlock" 'Landlock ABI 6 is needed'
		return
	fi
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'read = /proc' \
		'read = /dev' 'bind-tcp = none' 'scope = signals' '[env]' "$keep_probe"
	sweep "I17 I45 $who, landlock, $form: EPERM" --turn "$turn" --each "$each" $kinds
	sweep "I17 I45 $who, landlock, $form: the lying kernel" --error zero \
		--only landlock_create_ruleset,landlock_restrict_self
	mkdir -p "$T/looked/through/z"
	: >"$T/looked/through/file"
	stack '[stack]' "parent = $parent" '[landlock]' "forbid = /none-$$/x" "forbid = $T/looked" \
		'hard-links = refuse' '[env]' "$keep_probe"
	sweep "I17 I33 $who, forbid, $form: EPERM" --turn "$turn" --each "$each" $kinds
	sweep "I17 I33 $who, forbid, $form: the lying kernel" --error zero \
		--only landlock_create_ruleset,landlock_restrict_self
}

as_root in_place_root
as_user in_place_user
as_root helped
all_ways landlocked
plan
