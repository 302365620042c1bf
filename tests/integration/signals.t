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
	"$launch" --timeout 5 -- /bin/sleep 4 </dev/null >/dev/null 2>&1 &
	_pid=$!
	sleep 0.1
	kill -TSTP "$_pid"
	sleep 0.1
	_state=$(sed 's/.*) //; s/ .*//' "/proc/$_pid/stat")
	kill -KILL "$_pid"
	wait "$_pid" 2>/dev/null
	test "$_state" = T
}

stopped() {
	if ! can_stop; then
		skip "$who $form: TSTP stops the job" 'TSTP stops nobody in this process group'
		return
	fi
	stack '[stack]' "parent = $parent"
	start /bin/sh -c "while :; do echo x >>$T/drop/seen; sleep 0.02; done"
	until_test -e "$T/drop/seen"
	kill -TSTP "$cordon"
	sleep 0.1
	before=$(wc -c <"$T/drop/seen")
	sleep 0.15
	check "$who $form: TSTP stops the job" test "$(wc -c <"$T/drop/seen")" = "$before"
	kill -CONT "$cordon"
	sleep 0.15
	check "$who $form: CONT goes on" test "$(wc -c <"$T/drop/seen")" -gt "$before"
	kill -TERM "$cordon"
	wait "$runner"
	check "$who $form: TERM ends it, by the same signal" ran 'signaled 15'
}

all_ways forwarded
all_ways stopped
plan
