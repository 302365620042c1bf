#!/bin/sh
# A section between the caller and the job: every byte passes, in its order and with its
# end; and who stands there can do nothing else.  tests/modules/flows.c is the section.
# shellcheck disable=SC2154,SC2016,SC2086
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"

modules=$top_builddir/modules/.libs
if test "$me" != root; then
	skip streams 'not root: the module folder of the build tree is covered by a mount'
	plan
fi
cp -R "$modules" "$T/modules"
cp "$top_builddir/tests/modules/.libs/flows.so" "$T/modules" || exit 99
mount --bind "$T/modules" "$modules"
head -c 10000000 /dev/urandom >"$T/blob"
chmod 644 "$T/blob"

# A folder of whoever starts cordon, where nobody else can write.
folder() {
	rm -rf "$T/log"
	mkdir -m 700 "$T/log"
	test "$who:$me" != user:root || chown "$uid" "$T/log"
}

# relays LINE...: a stack that judges all three, and what else it says
relays() {
	stack '[flows]' 'streams = stdin stdout stderr' "$@"
}

# through COMMAND...: as `inside`, with the stdio of the test's own
through() {
	: >"$T/seen"
	"$launch" --watch "$T/seen" --timeout "$limit" $switch -- "$CORDON" run --conf "$T/conf" \
		$options t -- "$@"
	rc=$?
}

# recorded REASON TEXT: the record of the last start has both
recorded() {
	grep -q "\"reason\":\"$1\"" "$T/log/jobs" && grep -qF -- "$2" "$T/log/jobs"
	_rc=$?
	rm -f "$T/log/jobs"
	return $_rc
}

passes() {
	relays "$@"
	through cat <"$T/blob" >"$T/out" 2>"$T/err"
	check "$who: 10 MB there and back${1:+ ($*)}" cmp "$T/blob" "$T/out"
	check "$who: its end, its status, nothing left" ran 'exited 0'
	through sh -c 'for i in 1 2 3 4 5; do echo out$i; echo err$i >&2; done; exit 3' \
		</dev/null >"$T/out" 2>&1
	told "both in one place keep their order${1:+ ($*)}" \
		out1 err1 out2 err2 out3 err3 out4 err4 out5 err5
	check "$who: the job's status" test "$rc" = 3
}

everywhere() {
	passes
	passes '[namespaces]' 'new = user pid mount net' '[user]' 'when = root' 'user = nobody'
	passes '[stack]' 'parent = always' '[fds]' 'keep = all' '[timeout]' 'wall = 1min'
	relays
	inside "$probe" raise 9
	check "$who: dies of the same signal" test "$rc" = 137
	inside sh -c 'test ! -t 0 && test -p /dev/stdin && test -p /dev/stdout && echo x >/dev/stdout'
	told 'pipes, which can be opened again' x
	through sh -c 'echo out; echo err >&2' <&- >&- 2>&-
	check "$who: nothing was open" test "$rc" = 0
	# a reader that is gone is told to the job, and one that is slow is waited for
	through sh -c 'yes; echo $? >'"$T/drop/status" </dev/null 2>/dev/null | head -c 5 >"$T/out"
	check "$who: nobody reads: SIGPIPE" test "$(cat "$T/drop/status")" = 141
	rm -f "$T/drop/status"
	# shellcheck disable=SC2094 # the file is looked at while it is written
	through sh -c 'head -c 3000000 /dev/zero; echo end >&2' </dev/null 2>"$T/err" | {
		sleep 1
		test -s "$T/err" || echo waits
		wc -c
	} >"$T/out"
	told 'what is not read is not taken' waits 3000000
	# what was written is out when the job's end is known; who stays holds the pipe alone
	mkfifo "$T/go"
	chmod 666 "$T/go"
	{
		"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- sh -c \
			'(read l <"$0"; echo $l) & head -c 60000 /dev/zero' "$T/go" </dev/null
		echo $? >"$T/ended"
	} 2>"$T/err" | {
		head -c 60000 | wc -c
		cat
	} >"$T/out" &
	_reader=$!
	until_test -s "$T/ended"
	check "$who: a process that stays is not waited for" kill -0 "$_reader"
	echo late >"$T/go"
	wait "$_reader"
	rm -f "$T/go" "$T/ended"
	told 'all that was written before is there, and what comes later' 60000 late
}
both everywhere

files() {
	relays '[fds]' "stdin = $T/blob" "stdout = $T/drop/file" 'stderr = null'
	rm -f "$T/drop/file"
	inside sh -c 'cat; echo lost >&2'
	check "$who: a file of [fds] for both" cmp "$T/blob" "$T/drop/file"
	check "$who: opened with the job's rights" test "$(stat -c %u:%a "$T/drop/file")" = "$uid:600"
	rm -f "$T/drop/file"
}
both files

cuts() {
	folder
	relays 'deny = xyz' '[record]' "file = $T/log/jobs" '[stack]' 'report = ends' 'exit-denied = 77'
	inside sh -c 'printf "before x"; sleep 0.2; printf yz; sleep 20'
	check "$who: cut in the middle of a word" test "$rc:$(cat "$T/out"):$(wc -l <"$T/err")" = "77:before x:1"
	check "$who: the record says who and why" recorded denied '"section":"flows"'
	printf 'a xyz b' | through sh -c 'read l; echo "got $l"; sleep 20' >"$T/out" 2>"$T/err"
	check "$who: stdin is cut, and has no end" test "$rc:$(cat "$T/out")" = 77:
	rm -f "$T/log/jobs"
	for act in more lose silent answer segv exit open socket exec; do
		stack '[flows]' 'streams = stdout' "act = $act" '[record]' "file = $T/log/jobs"
		inside sh -c 'echo hello; sleep 0.3; echo more; exit 0'
		check "$who: $act: no success" test "$rc" = 125
		check "$who: $act: the record" recorded failed flows
	done
	stack '[flows]' 'streams = stdout' 'how = change' '[flows.b]' 'streams = stdout' 'how = change'
	refused "$who: two that change one stream" "t.ini:5: [flows.b] 'stream stdout change' contradicts that of"
	stack '[flows]' 'streams = stdout stdout'
	refused "$who: one that asks twice" "asks for 'stream stdout judge' twice"
	stack '[flows]' 'streams = stdout' 'act = mark' 'how = change' '[flows.b]' 'streams = stdout' 'deny = <e'
	inside printf 'text'
	check "$who: judges are next to the job" test "$rc:$(cat "$T/out")" = '0:text<end>'
}
both cuts

# The relay: a child of cordon's that is not the job.
relay_of() {
	# shellcheck disable=SC2013 # words of one line
	for _pid in $(cat "/proc/$1/task/$1/children"); do
		test "$(readlink "/proc/$_pid/exe")" != "$(readlink "/proc/$1/exe")" || echo "$_pid"
	done
}

attacked() {
	folder
	relays '[record]' "file = $T/log/jobs"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- sh -c 'echo $PPID >"$0"; sleep 20' \
		"$T/drop/ppid" </dev/null >"$T/out" 2>"$T/err" &
	_started=$!
	until_test -s "$T/drop/ppid"
	_cordon=$(cat "$T/drop/ppid")
	_relay=$(relay_of "$_cordon")
	rm -f "$T/drop/ppid"
	# as the job's user, with nothing but that
	"$launch" $switch -- sh -c 'for f in mem environ maps fd/0 fd/1 auxv; do
		cat /proc/$0/$f >/dev/null 2>&1 && echo $f; done; true' "$_relay" >"$T/got"
	check "$who: its memory, environment and files are out of reach" test -n "$_relay" -a ! -s "$T/got"
	grep -E '^(Uid|Groups|CapEff|CapPrm|CapBnd|NoNewPrivs|Seccomp|SigBlk):' "/proc/$_relay/status" >"$T/out"
	missing=
	says "~Uid:	$uid	$uid	$uid	$uid" 'CapEff:	0000000000000000' 'CapPrm:	0000000000000000' \
		'NoNewPrivs:	1' 'Seccomp:	2'
	check "$who: it has no privilege$missing" test -z "$missing"
	check "$who: and few files" test "$(find "/proc/$_relay/fd" -type l | wc -l)" -le 7
	kill -KILL "$_relay"
	wait "$_started"
	check "$who: killed, it ends the job" test "$?" = 125
	check "$who: and the record says so" recorded failed 'its relay died (signal 9)'
	# cordon killed: what the job wrote passes, and the pipe has its end
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- sh -c 'echo last; echo $PPID >"$0"; sleep 20' \
		"$T/drop/ppid" </dev/null 2>"$T/err" | cat >"$T/out" &
	_started=$!
	until_test -s "$T/drop/ppid"
	kill -KILL "$(cat "$T/drop/ppid")"
	rm -f "$T/drop/ppid" "$T/log/jobs"
	wait "$_started"
	told 'cordon killed: the stream has its end' last
}
as_user attacked

# A user whom /proc hides what cannot be traced does not see his cordon's own helpers: they are
# none of what the job left.
hidden() {
	mount -t proc -o hidepid=2 proc /proc
	export KEY=hunter22
	stack '[redact]' 'environment = KEY' '[env]' 'keep = PATH' '[stack]' 'report = ends' \
		'[restart]' 'limit = 1' 'backoff = 0'
	{
		"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- \
			sh -c 'echo hunter22; head -c 100000 /dev/zero; kill -USR1 $$' </dev/null 2>"$T/err"
	} | {
		sleep 1 # by then the job has ended
		wc -c
	} >"$T/out"
	told 'hidepid: a relay still writes what a crashed job wrote' 200008
	check "$who: hidepid: and nothing is wrong" test ! -s "$T/err"
	stack '[process]' 'suspend = follow'
	inside sh -c 'exit 4'
	check "$who: hidepid: a helper that stops the job with cordon" ran 'exited 4'
	umount /proc
}
as_user hidden
plan
