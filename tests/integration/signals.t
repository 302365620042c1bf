#!/bin/sh
# What is sent to cordon reaches the job, whatever form cordon has.
. "$top_srcdir/tests/lib.sh"

start() {
	rm -f "$T/drop/pid" "$T/drop/seen"
	hostile="--pid-file $T/drop/pid"
	inside "$@" &
	runner=$!
	until_test -e "$T/drop/pid"
	read -r cordon <"$T/drop/pid"
}

came() {
	for _try in $(seq 3000); do
		grep -qx "$1" "$T/drop/seen" && return
		sleep 0.01
	done
	return 1
}

forwarded() {
	stack '[stack]' "parent = $parent"
	start "$probe" catch "$T/drop/seen"
	until_test -e "$T/drop/seen"
	for sig in HUP:1 INT:2 QUIT:3 USR1:10 CONT:18 WINCH:28 TERM:15 USR2:12; do
		kill -"${sig%:*}" "$cordon"
		check "$who $form: ${sig%:*} arrives" came "${sig#*:}"
	done
	wait "$runner"
	check "$who $form: USR2 ended it" ran 'exited 0'
}

# In a group that no shell looks after, TSTP stops nobody.
can_stop() {
	sleep 60 &
	_pid=$!
	kill -TSTP "$_pid"
	in_state "$_pid" T 50
	_rc=$?
	kill -KILL "$_pid"
	wait "$_pid" 2>/dev/null
	return "$_rc"
}

# Who waits for cordon sees it stop; a job that is not asked by a shell may go on.
pauses() {
	stack '[stack]' 'parent = always'
	start "$probe" catch "$T/drop/seen"
	until_test -e "$T/drop/seen"
	kill -TSTP "$cordon"
	check "$who: TSTP stops cordon" in_state "$cordon" T
	kill -CONT "$cordon"
	check "$who: CONT goes on with it" in_state "$cordon" RSD
	kill -USR2 "$cordon"
	wait "$runner"
	check "$who: USR2 ended it" ran 'exited 0'
}

stopped() {
	if test -z "$stops"; then
		skip "$who $form: TSTP stops the job" 'TSTP stops nobody in this process group'
		return
	fi
	stack '[stack]' "parent = $parent"
	start /bin/sh -c "echo \$\$ >$T/drop/new && mv $T/drop/new $T/drop/seen && while :; do :; done"
	until_test -e "$T/drop/seen"
	read -r _job <"$T/drop/seen"
	kill -TSTP "$cordon"
	check "$who $form: TSTP stops the job" in_state "$_job" T
	kill -CONT "$cordon"
	check "$who $form: CONT goes on" in_state "$_job" RSD
	kill -TERM "$cordon"
	wait "$runner"
	check "$who $form: TERM ends it, by the same signal" ran 'signaled 15'
}

stops=
can_stop && stops=yes
all_ways forwarded
all_ways stopped
both pauses
plan
