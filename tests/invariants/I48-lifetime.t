#!/bin/sh
# I48: SIGKILL of cordon leaves nothing.   I49: nor a half-made job.
# I50: the job's end ends all of it.       INVARIANTS section 9: L1, L2, L3.
. "$top_srcdir/tests/lib.sh"

# start COMMAND...: inside, in the background; cordon's pid is in $cordon
start() {
	rm -f "$T/pid" "$T/drop/ready"
	hostile="--pid-file $T/drop/pid"
	rm -f "$T/drop/pid"
	inside "$@" &
	runner=$!
	until_test -e "$T/drop/pid"
	read -r cordon <"$T/drop/pid"
}

tree() {
	if ! can_userns; then
		skip "L1 $who" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = pid mount' '[mounts]' 'proc = new'

	start "$probe" session 60 "$T/drop/ready"
	until_test -e "$T/drop/ready"
	kill -KILL "$cordon"
	wait "$runner"
	check "L1 I48 $who: kill -9 of cordon ends the whole tree" \
		saw 'left 0'

	inside "$probe" daemonize 3 60 "$T/drop/daemon"
	check "L2 I50 $who: the daemon ends with the main process, status 3" ran 'exited 3'
	begin=$(date +%s%N)
	inside "$probe" daemonize 3 60
	check "L2 I50 $who: without waiting for it" \
		test $((($(date +%s%N) - begin) / 1000000)) -lt 20000

	start "$probe" trap 15 42 "$T/drop/ready"
	until_test -e "$T/drop/ready"
	kill -TERM "$cordon"
	wait "$runner"
	check "L3 $who: TERM reaches the job, which exits 42" ran 'exited 42'

	start /bin/sh -c "trap '' TERM; : >$T/drop/ready; while :; do sleep 0.05; done"
	until_test -e "$T/drop/ready"
	kill -TERM "$cordon"
	sleep 0.1
	kill -TERM "$cordon"
	wait "$runner"
	check "L3 $who: a second TERM ends a stubborn job" ran 'signaled 9'
}

# What is left may be stopped, deaf, or many.
left_over() {
	if ! can_userns; then
		skip "I50 $who" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = pid mount' '[mounts]' 'proc = new'
	inside /bin/sh -c 'sleep 60 & kill -STOP $!; exit 3'
	check "I50 $who: a stopped child ends too" ran 'exited 3'
	inside /bin/sh -c '(trap "" HUP INT TERM QUIT; sleep 60 & wait; sleep 60) & exit 3'
	check "I50 $who: and one that ignores every signal it can" ran 'exited 3'
	# bounded: a limit of its own user, and a few dozen where that does not count
	stack '[namespaces]' 'new = pid mount' '[mounts]' 'proc = new' \
		'[rlimits]' 'nproc = 64' "$drop"
	inside /bin/sh -c 'bomb() { test "$1" = 0 || { bomb $(($1 - 1)) & bomb $(($1 - 1)) & }
		sleep 60; }
		bomb 4 2>/dev/null & sleep 0.3; exit 3'
	check "I50 $who: and thirty that fork" ran 'exited 3'
}
left_over_root() {
	drop="[user]
user = $free_uid
group = $free_uid"
	left_over
}
left_over_user() {
	drop=
	left_over
}

main_process() {
	stack '[stack]' 'parent = always'
	start /bin/sh -c "echo \$\$ >$T/drop/ready; exec sleep 60"
	until_test -e "$T/drop/ready"
	kill -KILL "$cordon"
	wait "$runner"
	check "I48 $who: without a pid namespace the main process ends" \
		saw 'left 0'
}

in_place() {
	stack '[stack]' 'parent = never'
	start "$probe" trap 15 42 "$T/drop/ready"
	until_test -e "$T/drop/ready"
	check "L3 $who: in place the job has cordon's pid" \
		test "$(readlink -f "/proc/$cordon/exe")" = "$(readlink -f "$probe")"
	kill -TERM "$cordon"
	wait "$runner"
	check "L3 $who: in place TERM reaches it directly" ran 'exited 42'
}

# killed after 0, 1, … ms: whatever stage that hits, nothing stays
any_instant() {
	stack "$@"
	bad=0
	for ms in $(seq 0 15); do
		start "$probe" session 60
		sleep "0.0$(printf %02d "$ms")"
		kill -KILL "$cordon" 2>/dev/null
		wait "$runner"
		saw 'left 0' || bad=$((bad + 1))
	done
	check "I48 $who: SIGKILL at any instant leaves nothing ($1)" test "$bad" = 0
}
instants() {
	if can_userns; then any_instant '[namespaces]' 'new = pid mount'; fi
}

both tree
as_root left_over_root
as_user left_over_user
both main_process
both in_place
both instants
plan
