#!/bin/sh
# [stack] parent = beside: the job has cordon's pid, and a helper watches it.
. "$top_srcdir/tests/lib.sh"

record=$T/drop/record
# watched COMMAND...: as inside, with a record
watched() {
	rm -f "$record"
	options="--record $record"
	inside "$@"
	options=
}

# recorded NAME TEXT...: there is one line, which has each text
recorded() {
	_name=$1
	shift
	missing=
	for _text; do grep -qF -- "$_text" "$record" || missing="$missing [$_text]"; done
	check "$who: $_name: recorded$missing" test "$(wc -l <"$record"):$missing" = 1:
}

runs() {
	find "/run/cordon/runs" "/run/user/$uid/cordon/runs" /tmp/cordon-runs-*/runs -type f \
		-user "$uid" 2>/dev/null
}

knows_status() {
	"$CORDON" doctor 2>/dev/null | grep -q '^ *cordon  *pidfd-status  *yes'
}

ends() {
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h'
	watched "$probe" exit 7
	check "$who: the job's status" ran 'exited 7'
	if knows_status; then
		recorded 'its status' '"exit":7,"signal":null,"reason":"exited"'
	else
		skip "$who: its status: recorded" 'this kernel keeps it for the parent'
	fi
	watched "$probe" raise 15
	check "$who: the job's signal" ran 'signaled 15'

	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 300ms' 'grace = 200ms'
	watched /bin/sh -c "trap '' TERM; (trap '' TERM; sleep 60) & while :; do sleep 0.05; done"
	check "$who: wall: one that hears no TERM is killed, with what hangs on it" ran 'signaled 9'
	recorded 'wall' '"exit":null,"signal":9,"reason":"timeout","section":"timeout","message":"wall limit of 300ms"'
	watched /bin/sh -c "(trap '' TERM; sleep 60) & exec sleep 60"
	check "$who: wall: and what hung on one that TERM ended" ran 'signaled 15'
	watched "$probe" trap 15 42 "$T/drop/ready"
	check "$who: wall: the caller gets the job's own status" ran 'exited 42'
	recorded 'wall, its own end' '"exit":42,"signal":null,"reason":"timeout"'

	stack '[stack]' 'parent = beside' '[timeout]' 'cpu = 200ms' 'signal = KILL'
	watched /bin/sh -c "$probe burn user 20000 & $probe burn user 20000"
	check "$who: cpu, of all that hang on it" ran 'signaled 9'
	recorded cpu '"reason":"timeout"' '"message":"cpu limit of 200ms"'
	stack '[stack]' 'parent = beside' '[timeout]' "startup = 400ms until $T/drop/is ready"
	watched sleep 60
	check "$who: startup" ran 'signaled 15'
	recorded startup '"message":"startup limit of 400ms: no '
}

# Nothing starts, one line says why, and nothing stays.
refusals() {
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h' '[process]' "cwd = $T/nowhere"
	refused "$who: a step that fails" "[process] cwd $T/nowhere"
	watched true
	recorded 'a step that fails' '"reason":"failed","section":"process"'
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h'
	watched "$T/nothing"
	check "$who: no such program" test "$rc:$(wc -l <"$T/err")" = 127:1
	recorded 'no such program' '"exit":null,"signal":null,"reason":"failed"'
	printf '#!%s\n' "$T/nothing" >"$T/drop/script"
	chmod 755 "$T/drop/script"
	cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h' '[seccomp]' 'profile = default'
	watched "$T/drop/script"
	check "$who: exec fails below the filter" test "$rc:$(wc -l <"$T/err")" = 127:1
	recorded 'below the filter' '"reason":"failed"'
	mkfifo -m 666 "$T/drop/pipe.$who"
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 300ms' '[fds]' "stdin = $T/drop/pipe.$who"
	watched true
	check "$who: what hangs before the start is killed" saw 'signaled 9'
	check "$who: and it is said" said_once
	recorded 'what hangs' '"reason":"timeout"' 'the program has not started by then'

	for lines in '[namespaces]~new = pid' '[timeout]~wall = 1s~[namespaces]~new = pid' \
		'[stack]~report = ends~[timeout]~wall = 1s' \
		'[stack]~signal-exit = code~[timeout]~wall = 1s' \
		'[stack]~exit-timeout = 99~[timeout]~wall = 1s'; do
		{ echo '[stack]' && echo 'parent = beside' && echo "$lines" | tr '~' '\n' | grep -v '^.stack.$'; } >"$T/conf/t.ini"
		refused "$who: beside, and $lines" 't.ini:2: parent = beside contradicts'
	done
}

# A user's own limit; root has none.
no_helper() {
	stack '[stack]' 'parent = beside' '[tmp]' 'dir = TMPDIR'
	rm -f "$T/drop/marker"
	before=$(runs)
	bare /usr/bin/prlimit --nproc=0 "$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "$who: no process for a helper" 'cannot start the helper that watches the job from beside'
	gone "$who: no helper, and nothing is left" runs
}

folder() {
	stack '[stack]' 'parent = beside' '[tmp]' 'dir = OWN'
	before=$(runs)
	watched /bin/sh -c 'cd "$OWN" && touch x && pwd'
	check "$who: a folder of its own" ran 'exited 0'
	check "$who: which is removed" test ! -e "$(cat "$T/out")"
	stack '[stack]' 'parent = beside' '[tmp]' 'dir = OWN' '[process]' "cwd = $T/nowhere"
	watched true
	gone "$who: also where a step fails" runs
}

group() {
	stack '[stack]' 'parent = beside' '[cgroup]' 'pids = 30'
	watched cat /proc/self/cgroup
	if test "$rc" = 125; then
		skip "$who: a cgroup" "$(sed 's/.*\[cgroup\] //' "$T/err")"
		return
	fi
	check "$who: in a group of its own" grep -q /cordon- "$T/out"
	path=$(sed -n 's,.*:\(/.*/cordon-[^/]*\|/cordon-[^/]*\).*,\1,p' "$T/out" | head -n1)
	watched /bin/sh -c 'setsid sleep 60 & exit 3'
	check "$who: whose end is that of all in it" ran 'exited 3'
	check "$who: and nothing is left of the group" test -z "$(find /sys/fs/cgroup -path "*$path" 2>/dev/null)"
}

# What a caller and a job see: tests/integration/beside.py.
seen() {
	if test -z "$python"; then
		skip "$who: what a caller sees" 'no /usr/bin/python3'
		return
	fi
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h' '[process]' 'signals = keep'
	for name in same alone reaper pending hidden dropped killed; do
		rm -f "$record"
		bare "$python" -I "$top_srcdir/tests/integration/beside.py" "$name" \
			"$CORDON" run --conf "$T/conf" --record "$record" t --
		check "$who: beside.py $name: $(tr '\n' ' ' <"$T/err" | tail -c 100)" ran 'exited 0'
	done
	check "$who: whose helper is killed has no record of its end" test ! -s "$record"
}

# Its own helper dies too: what is left of that run goes at the next start.
left() {
	if test -z "$python"; then
		skip "$who: what a dead helper leaves" 'no /usr/bin/python3'
		return
	fi
	stack '[stack]' 'parent = beside' '[tmp]' 'dir = OWN'
	before=$(runs)
	bare "$python" -I "$top_srcdir/tests/integration/beside.py" killed "$CORDON" run --conf "$T/conf" t --
	check "$who: a job whose helper is killed" ran 'exited 0'
	inside true
	gone "$who: the next start removes what is left" runs
}

# The kernel tells nobody, and a caller that ignores SIGCHLD has it thrown away.
unknown() {
	if test -z "$python"; then
		skip "$who: an end that nobody knows" 'no /usr/bin/python3'
		return
	fi
	stack_of deaf '[seccomp]' 'profile = default' 'default = errno:ENOTTY' 'deny = ioctl'
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h'
	rm -f "$record"
	bare "$CORDON" run --conf "$T/conf" deaf -- "$python" -I "$top_srcdir/tests/integration/beside.py" \
		ignored "$CORDON" run --conf "$T/conf" --record "$record" t --
	check "$who: an end that nobody knows" ran 'exited 0'
	recorded 'that it ended' '"user_ms":null,"sys_ms":null,"max_rss_kb":null,"restarts":0,"exit":null,"signal":null,"reason":"ended"'
}

many() {
	stack '[stack]' 'parent = beside' '[tmp]' 'dir = OWN'
	before=$(runs)
	bare /bin/sh -c 'i=0; while test $i -lt 100; do i=$((i + 1)); "$@" || exit; done' sh \
		"$CORDON" run --conf "$T/conf" t -- true
	check "$who: 100 starts leave no process" ran 'exited 0'
	gone "$who: and no folder" runs
}

explained() {
	stack '[stack]' 'parent = beside' '[timeout]' 'wall = 1h'
	bare "$CORDON" explain --conf "$T/conf" t -- true
	missing=
	says "~runs  in place, watched by a helper beside it, .*/t.ini:4: \[timeout\]: somebody must look at the clock"
	check "$who: explain: $missing" test -z "$missing"
	stack '[stack]' 'parent = beside' '[rlimits]' 'core = 0'
	bare "$CORDON" explain --conf "$T/conf" t -- true
	check "$who: explain: no helper where none is needed" \
		grep -q "runs  in place: the job has cordon's pid" "$T/out"
}

both ends
both refusals
as_user no_helper
both folder
as_root group
both seen
both left
both unknown
as_user many
as_root explained
plan
