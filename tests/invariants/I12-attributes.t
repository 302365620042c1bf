#!/bin/sh
# I12: nice, priority and kin are as configured, else untouched; leftovers of the
# launcher that nobody looks at are gone.
. "$top_srcdir/tests/lib.sh"

attributes() {
	hostile=--odd
	name="I12 $who $form: what no key names is passed on"
	stack '[stack]' "parent = $parent"
	unsafe "$name" audit 'nice 3' 'ioprio 16390' 'oom_score_adj 123' 'pdeathsig 10' \
		'personality 40000' 'timerslack 123456' || return
	tries "$name" audit 'nice 3' 'ioprio 16390' 'oom_score_adj 123' 'cpus 0'
	if test "$form" = supervised; then death=9; else death=0; fi
	tries "I12 $who $form: leftovers of the launcher are gone" audit 'personality 0' \
		'timerslack 50000' "pdeathsig $death" 'dumpable 1' 'subreaper 0'
	stack '[stack]' "parent = $parent" '[process]' 'nice = 5' 'oom-score-adj = 500' 'cpus = 0'
	tries "I12 $who $form: as configured" audit 'nice 5' 'oom_score_adj 500' 'cpus 0'
	hostile=
}

floor() {
	name="I12 $who: the job can't lower its oom score below what is configured"
	stack '[process]' 'oom-score-adj = 500' '[user]' "user = $free_uid" "group = $free_uid"
	inside "$probe" loweroom 0
	if "$probe" audit cap_eff | grep -q '^cap_eff .........[13579bdf]'; then
		judge_says "$name" '~(open|write) EACCES'
	elif grep -qx 'write ok' "$T/out"; then
		skip "$name" 'root lacks CAP_SYS_RESOURCE, so the kernel sets no floor'
	else
		ok "$name"
	fi
}

all_ways attributes
as_root floor
plan
