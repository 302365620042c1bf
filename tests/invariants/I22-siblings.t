#!/bin/sh
# I22: kill(-1) of a job leaves its launcher, a bystander and a sibling job of the same
# user alive, given a pid namespace, another user, or Landlock's scope.
# SIGURG first, which nobody else minds; KILL only where this test's user is nobody else's.
. "$top_srcdir/tests/lib.sh"

URG=23
mine=$((54400 + $$ % 500))

# others COMMAND...: a bystander, and COMMAND as sibling; both end with 42 at URG
others() {
	rm -f "$T/drop/by" "$T/drop/sibling"
	# without --watch the launcher becomes what it starts
	"$launch" $switch -- "$probe" trap $URG 42 "$T/drop/by" &
	by=$!
	"$launch" $switch -- "$@" "$probe" trap $URG 42 "$T/drop/sibling" 2>"$T/err" &
	sibling=$!
	background="$background $by $sibling"
	until_test -e "$T/drop/by"
	until_test -e "$T/drop/sibling"
}

# Who is gone of the two?  Both are ended then.
ended() {
	sleep 0.1
	lost=
	kill -0 "$by" 2>/dev/null || lost="$lost bystander"
	kill -0 "$sibling" 2>/dev/null || lost="$lost sibling"
	kill -KILL "$by" "$sibling" 2>/dev/null
	wait "$by" "$sibling" 2>/dev/null
	rm -f "$T/drop/by" "$T/drop/sibling"
}

run="$CORDON run --conf $T/conf"

kills() { # NAME SIGNAL
	others $run t --
	if ! test -e "$T/drop/by" || ! test -e "$T/drop/sibling"; then
		ended
		not_ok "$1" 'they did not start'
		return
	fi
	inside "$probe" kill -1 "$2"
	ended
	if test -z "$lost" && grep -q '^kill' "$T/out"; then
		ok "$1"
	else
		not_ok "$1" "gone:$lost" "$(cat "$T/out")"
	fi
}

both_signals() { # NAME LINE...
	_name=$1
	shift
	stack "$@"
	kills "I22 $who: URG, $_name" $URG
	if test "$uid" = "$mine"; then
		kills "I22 $who: KILL, $_name" 9
	fi
}

# warned NAME: by check; of the stack as it is
warned() {
	bare "$CORDON" check --conf "$T/conf" t
	judge_says "$1" "~t: warning: .*$2.*"
}
silent() {
	bare "$CORDON" check --conf "$T/conf" t
	judge_says "$1" "!signal and trace"
}

control() {
	stack '[stack]' "parent = $parent"
	others $run t --
	inside "$probe" kill -1 $URG
	ended
	case $lost in
	*bystander*sibling*) ok "I22 $who $form: without any of the three both are reached" ;;
	*) skip "I22 $who $form: the control" "the bare control is already safe (gone:$lost)" ;;
	esac
	warned "I22 $who $form: and check warns" 'signal and trace other processes of its user'
}

separate() {
	abi=$("$probe" landlock | sed -n 's/^abi //p')
	if can_userns; then
		both_signals 'new = pid' '[namespaces]' 'new = pid' '[process]' 'cwd = /'
		silent "I22 $who: new = pid is no warning"
	else
		skip "I22 $who: new = pid" 'no user namespace here'
	fi
	if test "${abi:-0}" -ge 6; then
		for parent in never always; do
			both_signals "scope = signals, parent = $parent" '[stack]' \
				"parent = $parent" '[landlock]' 'scope = signals'
		done
		silent "I22 $who: scope = signals is no warning"
	else
		skip "I22 $who: scope = signals" "Landlock ABI ${abi:-0}, 6 is needed"
	fi
}

# The launcher's uid is another; of jobs that share one, check warns.
users() {
	stack '[user]' "user = $mine" "group = $mine"
	others # a second bystander
	inside "$probe" kill -1 $URG
	ended
	check "I22 $who: the launcher's user is out of reach of another" test -z "$lost"
	warned "I22 $who: one user for all jobs is one" 'signal and trace each other'
}

# As a user of this test's own, where that can be.
if test "$me" = root; then
	switch="--uid $mine"
	if "$launch" $switch -- "$probe" geteuid >/dev/null 2>&1; then
		who=user uid=$mine
		form='in place' parent=never
		control
		form=supervised parent=always
		control
		separate
	fi
	who=root uid=0 switch=
	separate
	users
else
	separate
fi

plan
