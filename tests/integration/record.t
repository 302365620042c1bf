#!/bin/sh
# The numbers of the record, for jobs of known cost, and its reasons.
. "$top_srcdir/tests/lib.sh"

record=$T/drop/record
# cordon's own memory, up to exec, is the least that the kernel tells of a job
least=4000
grep -q __asan_init "$top_builddir/cordon-dynamic" && least=16000

measured() {
	rm -f "$record"
	options="--record $record"
	inside "$@"
	options=
}

field() {
	sed -n "s/.*\"$1\":\\([0-9]*\\)[,}].*/\\1/p" "$record"
}

# within NAME FIELD LEAST: from that to a tenth more
within() {
	_value=$(field "$2")
	check "$1: $2 ${_value:-?} of $3" \
		test "${_value:-0}" -ge "$3" -a "${_value:-0}" -le $(($3 * 11 / 10))
}

numbers() {
	stack "$@"
	measured "$probe" burn user 500
	within "$way, 0.5 s of user" user_ms 500
	measured "$probe" burn sys 500
	within "$way, 0.5 s of sys" sys_ms 500
	measured "$probe" hold 100
	within "$way, 100 MB" max_rss_kb 102400
	measured "$probe" sleep 1
	check "$way, sleeping costs nothing" test "$(field user_ms)" -lt 50 -a "$(field sys_ms)" -lt 50
	if test "$exact"; then
		within "$way, 1 s of time" wall_ms 1000
	else
		check "$way, 1 s of time: wall_ms $(field wall_ms)" \
			test "$(field wall_ms)" -ge 500 -a "$(field wall_ms)" -lt 9000
	fi
	measured /bin/sh -c "$probe burn user 250; $probe burn user 250"
	within "$way, two children of 0.25 s" user_ms 500
	measured /bin/sh -c "$probe hold 100; exit 0"
	within "$way, a child's 100 MB" max_rss_kb 102400
	measured "$probe" exit 0
	check "$way, a small job: max_rss_kb $(field max_rss_kb)" test "$(field max_rss_kb)" -lt "$least"
}

# what nobody waited for counts where all of the job ends
rest() {
	stack "$@"
	measured /bin/sh -c "($probe burn user 400; : >$T/drop/done; sleep 30) &
		until test -e $T/drop/done; do sleep 0.1; done"
	rm -f "$T/drop/done"
	check "$way: what is ended with the job counts (user_ms $(field user_ms))" \
		test "$(field user_ms)" -ge 400 -a "$(field user_ms)" -lt 500
}

killed() {
	stack "$@" '[timeout]' 'cpu = 500ms' 'grace = 100ms'
	measured /bin/sh -c "trap '' TERM; $probe burn user 30000 & $probe burn user 30000 & wait"
	check "$way: what is killed at a limit counts (user_ms $(field user_ms))" \
		test "$(field user_ms)" -ge 450 -a "$(field user_ms)" -lt 1500
}

plain() {
	way=$who
	numbers '[stack]' 'parent = always'
	killed '[stack]'
}

spaced() {
	way="$who, pid namespace"
	if ! can_userns; then
		skip "$way" 'no user namespace here'
		return
	fi
	numbers '[namespaces]' 'new = pid mount'
	rest '[namespaces]' 'new = pid mount'
	killed '[namespaces]' 'new = pid mount'
}

reason() {
	check "$who, reason: $1" grep -qF "\"reason\":\"$2\",\"section\":$3" "$record"
}

reasons() {
	stack '[stack]' 'parent = always'
	measured "$probe" exit 3
	reason exited exited null
	measured "$probe" raise 10
	reason signaled signaled null
	measured "$probe" raise 31
	reason 'SIGSYS without a filter is a signal' signaled null
	measured "$probe" raise 9
	reason 'SIGKILL without a cgroup is a signal' signaled null
	measured /nonexistent/program
	reason 'no program' failed '"always"'
	stack '[timeout]' 'wall = 100ms'
	measured "$probe" sleep 30
	reason timeout timeout '"timeout"'
	stack '[deny]'
	measured "$probe" exit 3
	reason denied denied '"deny"'

	# the file size limit is the job's, not the record's
	stack '[stack]' 'parent = always'
	rm -f "$record"
	bare /bin/sh -c 'ulimit -S -f 0; exec "$@"' sh \
		"$CORDON" run --conf "$T/conf" --record "$record" t -- "$probe" exit 3
	check "$who: a soft limit of file size loses no record" grep -qF '"exit":3' "$record"
}

both plain
both spaced
both reasons
plan
