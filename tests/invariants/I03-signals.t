#!/bin/sh
# I3: the job starts with no signal blocked or ignored and no timer.
# I4: cordon works whatever it inherits.
. "$top_srcdir/tests/lib.sh"

fresh() {
	stack '[stack]' "parent = $parent"
	hostile='--block 10,12,15 --ignore 10,13,17 --alarm 100'
	name="I3 $who $form: nothing blocked, ignored or pending"
	unsafe "$name" 'audit sigblk itimer sigign' 'sigblk 0000000000004a00' 'itimer set' ||
		return
	tries "$name" 'audit sigblk sigign sigcgt itimer' 'sigblk 0000000000000000' \
		'sigign 0000000000000000' 'sigcgt 0000000000000000' 'itimer 0'
	inside /bin/sh -c 'kill -TERM $$; exit 9'
	check "I3 $who $form: TERM ends the job" ran 'signaled 15'
	hostile='--ignore 1,2,3,13'
	tries "I3 $who $form: an ignored HUP, INT, QUIT stays (nohup)" 'audit sigign' \
		'sigign 0000000000000007'
}

# state NAME OPTIONS: the launcher spoils, the job's exit 7 arrives
state() {
	hostile=$2
	inside /bin/sh -c "${3-} exit 7"
	check "I4 $who $form: $1" ran 'exited 7'
}

whatever() {
	# in place it is the job's, as it was the launcher's; else nobody takes it for the job
	foreign=some
	test "$form" = 'in place' || foreign=ECHILD
	stack '[stack]' "parent = $parent" '[process]' 'cwd = /'
	state 'SIGCHLD ignored' '--ignore 17'
	state 'SIGCHLD blocked' '--block 17'
	state 'all signals blocked' '--block 1-64'
	state 'all signals ignored' '--ignore 1-64'
	state 'an alarm rings while the job runs' '--alarm 1' 'sleep 1.2;'
	state 'a child of somebody else' '--child'
	tries "I4 $who $form: which stays its maker's" 'audit children' "children $foreign"
	state 'its cwd deleted' '--cwd-deleted'
	state 'an empty environment' '--noenv'
	state '16 descriptors' '--nofile 16'
}

# What a stack keeps is the caller's, whatever cordon needs for itself meanwhile.
kept() {
	stack '[stack]' "parent = $parent" '[process]' 'signals = keep'
	bare "$probe" audit sigblk sigign
	cp "$T/out" "$T/quiet"
	for hostile in '--ignore 10 --block 12' '--ignore 17'; do
		bare "$probe" audit sigblk sigign
		cp "$T/out" "$T/want"
		inside "$probe" audit sigblk sigign
		check "I3 $who $form: signals = keep ($hostile)" test "$rc:$(cat "$T/out")" = "0:$(cat "$T/want")" \
			-a "$(cat "$T/out")" != "$(cat "$T/quiet")"
	done
	hostile=
}

all_ways fresh
all_ways whatever
all_ways kept
plan
