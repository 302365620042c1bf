#!/bin/sh
# [timeout]: what ends a job, with what status, message and record.
. "$top_srcdir/tests/lib.sh"

record=$T/drop/record

# limited COMMAND...: as inside, with a record, in $ms milliseconds
limited() {
	rm -f "$record"
	options="--record $record"
	inside "$@"
	options=
	ms=$(field wall_ms)
}

# field NAME: a number of the record
field() {
	sed -n "s/.*\"$1\":\\([0-9]*\\)[,}].*/\\1/p" "$record"
}

# tells NAME TEXT...: the last job ended with 124, left nothing, said nothing, and the
# record has each text
tells() {
	_name=$1
	shift
	missing=
	for _text; do grep -qF -- "$_text" "$record" || missing="$missing [$_text]"; done
	if ! ran 'exited 124'; then
		not_ok "$_name" "status $rc" "$(cat "$record")"
	elif test -n "$missing"; then
		not_ok "$_name" "not in the record:$missing" "$(cat "$record")"
	else
		ok "$_name"
	fi
}

walls() {
	stack "$@" '[timeout]' 'wall = 300ms'
	limited "$probe" sleep 30
	tells "$way: wall" '"reason":"timeout","section":"timeout","message":"wall limit of 300ms"' \
		'"exit":null,"signal":15'
	check "$way: wall, not before its time" test "$ms" -ge 300
	limited "$probe" trap 15 42 "$T/drop/ready"
	tells "$way: the job's own end is in the record, 124 is the status" '"exit":42,"signal":null'
	limited "$probe" exit 3
	check "$way: who ends in time has no limit" ran 'exited 3'

	stack "$@" '[timeout.a]' 'wall = 1h' 'grace = 1h' '[timeout.b]' 'wall = 300ms' \
		'grace = 200ms' 'signal = USR1' 'exit = 77'
	limited "$probe" trap 10 42 "$T/drop/ready"
	check "$way: of two sections the smaller, its exit, the signal" ran 'exited 77'
	check "$way: the section that limited" grep -qF '"section":"timeout.b"' "$record"

	stack '[stack]' 'exit-timeout = 99' "$@" '[timeout]' 'wall = 200ms' 'signal = KILL'
	limited "$probe" session 30
	check "$way: signal = KILL, exit-timeout" ran 'exited 99'
	check "$way: and it was killed" grep -qF '"signal":9,' "$record"
}

cpus() {
	stack "$@" '[timeout]' 'cpu = 400ms'
	limited "$probe" burn user 20000
	tells "$way: cpu" '"message":"cpu limit of 400ms"'
	limited /bin/sh -c "for i in 1 2 3; do $probe burn user 20000 & done; wait"
	tells "$way: cpu of the children" '"message":"cpu limit of 400ms"'
	limited /bin/sh -c "while :; do $probe burn user 50; done"
	tells "$way: cpu of children that have ended" '"message":"cpu limit of 400ms"'
	limited /bin/sh -c "while :; do ($probe burn user 50 &); sleep 0.1; done"
	tells "$way: cpu of orphans" '"message":"cpu limit of 400ms"'
	limited /bin/sh -c "sleep 1; $probe burn user 100"
	check "$way: waiting costs nothing" ran 'exited 0'
}

# The kernel reaps what a parent ignores, and the time is gone with it.
unseen() {
	stack '[timeout]' 'cpu = 400ms'
	# a shell would wait for them
	limited /usr/bin/perl -e '$SIG{CHLD} = "IGNORE"; for (;;) { exec @ARGV if !fork; wait }' \
		"$probe" burn user 50
	tells "$who: cpu of children that nobody waits for" '"message":"cpu limit of 400ms"'
}

# Who became cordon by exec had a child of its own, which is no matter of the job's.
inherited() {
	stack '[timeout]' 'wall = 9s'
	rm -f "$record"
	bare /bin/sh -c ': & exec "$@"' - "$CORDON" run --conf "$T/conf" --record "$record" t -- \
		/bin/sh -c "(/bin/sh -c 'head -c 40000000 /dev/zero | tail -n 1 | wc -c >$T/drop/eaten' &); \
			while ! test -s $T/drop/eaten; do sleep 0.05; done; sleep 0.2"
	check "$who: beside a child that was there before" ran 'exited 0'
	check "$who: the memory of an orphan is in the record" test "$(field max_rss_kb)" -ge 30000
	rm -f "$T/drop/eaten"
}

# A cgroup counts what its processes used.
grouped() {
	stack '[cgroup]' 'pids = 50' '[timeout]' 'cpu = 200ms'
	limited /bin/sh -c "while :; do $probe burn user 50; done"
	if test "$rc" = 125; then
		skip "$who: cpu of a cgroup" "$(cut -c1-100 "$T/err")"
	else
		tells "$who: cpu of a cgroup" '"message":"cpu limit of 200ms"'
	fi
}

startups() {
	stack "$@" '[timeout]' "startup = 400ms until $T/drop/is ready"
	rm -f "$T/drop/is ready"
	limited "$probe" sleep 30
	tells "$way: startup" "\"message\":\"startup limit of 400ms: no '$T/drop/is ready'\""
	stack "$@" '[timeout]' "startup = 3s until $T/drop/is ready"
	limited /bin/sh -c "sleep 0.2; : >'$T/drop/is ready'; sleep 4; exit 5"
	check "$way: startup, in time" ran 'exited 5'
	limited "$probe" exit 6
	check "$way: startup, ended before" ran 'exited 6'
	stack "$@" '[timeout.a]' "startup = 3s until $T/drop/is ready" \
		'[timeout.b]' "startup = 5s until $T/drop/is ready too"
	rm -f "$T/drop/is ready" "$T/drop/is ready too"
	limited /bin/sh -c "sleep 0.2; : >'$T/drop/is ready'; sleep 0.3; : >'$T/drop/is ready too'; exec $probe exit 5"
	check "$way: startup of two" ran 'exited 5'
}

idles() {
	stack "$@" '[timeout]' 'idle = 600ms' 'grace = 300ms'
	limited /bin/sh -c 'for i in 1 2 3; do sleep 0.4; echo "$i"; sleep 0.4; echo "$i" >&2; done; exit 4'
	check "$way: idle: who says something now and then" saw 'exited 4'
	check "$way: idle: and all of it is there" \
		test "$(cat "$T/out" "$T/err")" = "$(printf '1\n2\n3\n1\n2\n3')"
	limited /bin/sh -c "trap '' TERM; echo 1; while :; do :; done"
	tells "$way: idle: who falls silent, busy and deaf" '"reason":"timeout","section":"timeout","message":"idle limit of 600ms"' \
		'"signal":9'
	check "$way: idle: what it said before is there" test "$(cat "$T/out")" = 1
}

# Nobody is silent whose words wait: the reader takes its time.
slow_readers() {
	stack '[timeout]' 'idle = 300ms'
	rm -f "$record"
	read_all=$("$launch" --timeout "$limit" $switch -- "$CORDON" run --conf "$T/conf" --record "$record" t -- \
		head -c 300000 /dev/zero 2>"$T/err" | { sleep 1.5; wc -c; })
	check "$who: idle: a slow reader is not the job's silence" test "$read_all" = 300000
	check "$who: idle: nor in the record" grep -qF '"exit":0,"signal":null,"reason":"exited"' "$record"
	# what others relay counts too
	stack '[timeout]' 'idle = 700ms' '[messages]' 'streams = stdin'
	limited_by='for i in 1 2 3 4; do echo "{}"; sleep 0.4; done'
	"$launch" --watch "$T/seen" --timeout "$limit" $switch -- /bin/sh -c "{ $limited_by; } | $CORDON run --conf $T/conf t -- \
		sh -c 'cat >$T/drop/eaten'" >"$T/out" 2>"$T/err"
	check "$who: idle: what the job is told counts" saw 'exited 0'
	rm -f "$T/drop/eaten"
}

# a path that the job alone sees
private_startup() {
	if ! can_userns; then
		skip "$who: startup in a private folder" 'no user namespace here'
		return
	fi
	rm -rf /tmp/cordon.is-not-here
	for space in mount 'mount pid'; do
		stack '[namespaces]' "new = $space" '[mounts]' 'tmpfs = /tmp' '[timeout]' \
			'startup = 3s until /tmp/cordon.is-not-here'
		limited /bin/sh -c ': >/tmp/cordon.is-not-here; sleep 4; exit 5'
		check "$who: startup in a folder that only the job sees ($space)" ran 'exited 5'
	done
}

without() {
	way=$who
	walls ''
	cpus ''
	startups ''
	idles ''
}

within() {
	way="$who, pid namespace"
	if ! can_userns; then
		skip "$way" 'no user namespace here'
		return
	fi
	walls '[namespaces]' 'new = pid mount'
	cpus '[namespaces]' 'new = pid mount'
	startups '[namespaces]' 'new = pid mount'
	idles '[namespaces]' 'new = pid mount'
}

reports() {
	stack '[stack]' 'report = ends' '[timeout]' 'wall = 200ms'
	limited "$probe" sleep 30
	check "$who: report = ends says one line" \
		test "$(cat "$T/err")" = "cordon: t: $T/conf/t.ini:4: [timeout] wall limit of 200ms"
	limited "$probe" exit 0
	check "$who: and nothing of a job that ended in time" ran 'exited 0'

	# who reads the job's output sees its end when the job has ended
	stack '[timeout]' 'wall = 5s'
	rm -f "$T/drop/end"
	ended=$("$launch" --timeout 9 $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		"exec >&- 2>&-; sleep 3; : >$T/drop/end" 2>"$T/err" |
		{ cat; test -e "$T/drop/end" || echo before the job; })
	check "$who: cordon holds none of the job's output" \
		test "$ended" = 'before the job' -a -e "$T/drop/end"
}

# What takes its time may be cordon's own work: then there is no job.
late() {
	if ! can_userns; then
		skip "$who: a start that takes too long" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = mount' '[mounts]' 'root = empty' 'ro = /usr' \
		"$(seq 300 | sed 's,.*,ro = /usr:/m&,')" '[process]' 'cwd = /' '[timeout]' 'wall = 1ms'
	rm -f "$T/drop/marker"
	limited "$probe" mark "$T/drop/marker"
	check "$who: a start that takes too long" test "$rc" = 124 -a ! -e "$T/drop/marker" -a \
		"$(grep -c 'wall limit of 1ms: the program has not started by then' "$T/err")" = 1
}

both without
both within
both late
both private_startup
both reports
both slow_readers
both unseen
both inherited
as_root grouped
stack '[stack]' 'parent = never' '[timeout]' 'wall = 1s'
refused 'parent = never' 'parent = never contradicts'
plan
