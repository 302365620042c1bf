#!/bin/sh
# I51: memory and processes are limited for each job, and a kill for want of memory
# is told apart.
. "$top_srcdir/tests/lib.sh"

eater='x = []
for i in range(300): x.append(b"x" * 1000000)'

have() {
	stack '[cgroup]' "$2"
	inside true
	test "$rc" = 0 && return
	skip "I51 $who: $1" "$(sed 's/.*\[cgroup\] //' "$T/err" | cut -c1-100)"
	return 1
}

memory() {
	have memory 'memory = 50M' || return
	if test -z "$python"; then
		skip "I51 $who: memory" 'no python3'
		return
	fi
	limit=60
	bare $python -c "$eater"
	if test "$rc" != 0; then
		skip "I51 $who: memory" 'the bare control dies too'
		return
	fi
	# where there is swap it would go there
	swap=
	if test "$(wc -l </proc/swaps)" -gt 1; then swap='swap = 0'; fi
	stack '[cgroup]' 'memory = 50M' $swap
	options="--record $T/record"
	rm -f "$T/record"
	inside $python -c "$eater"
	options=
	check "I51 $who: 300 MB under a limit of 50: killed" grep -qx 'signaled 9' "$T/seen"
	check "I51 $who: and the reason is oom" grep -q '"reason":"oom"' "$T/record"
	options="--record $T/record2"
	rm -f "$T/record2"
	inside /bin/sh -c 'kill -KILL $$'
	options=
	check "I51 $who: another SIGKILL is none" grep -q '"reason":"signaled"' "$T/record2"
	limit=$patience
}
both memory

processes() {
	have processes 'pids = 5' || return
	stack '[cgroup]' 'pids = 5' '[process]' 'cwd = /'
	forks='n=0; while test $n -lt 8; do sleep 1 & n=$((n + 1)); done; wait'
	bare /bin/sh -c "$forks"
	check "I51 $who: control: eight children" test "$rc" = 0
	inside /bin/sh -c "$forks"
	check "I51 $who: not under a limit of 5" test "$rc" != 0
	check "I51 $who: since fork fails" grep -qi 'fork' "$T/err"
	inside /bin/sh -c "$forks" &
	other=$!
	printf '%s\n' '[cgroup]' 'pids = 50' >"$T/conf/wide.ini"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" wide -- /bin/sh -c "$forks"
	check "I51 $who: a second job of the same uid forks freely" test $? = 0
	wait "$other"
}
both processes

cpu() {
	have cpu 'cpu = 20%' || return
	stack '[cgroup]' 'cpu = 20%'
	options="--record $T/record"
	rm -f "$T/record"
	inside /bin/sh -c 'end=$(($(date +%s) + 3)); while test $(date +%s) -lt $end; do :; done'
	options=
	used=$(sed 's/.*"user_ms":\([0-9]*\),"sys_ms":\([0-9]*\).*/\1 + \2/' "$T/record")
	wall=$(sed 's/.*"wall_ms":\([0-9]*\).*/\1/' "$T/record")
	check "I51 $who: 20% of a core ($used of $wall ms)" test $((($used) * 100)) -lt $((wall * 40))
}
both cpu
plan
