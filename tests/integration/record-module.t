#!/bin/sh
# [record]: one object for each job and target, whatever becomes of the job.
# shellcheck disable=SC2154
. "$top_srcdir/tests/lib.sh"

# A folder of whoever starts cordon, where nobody else can write.
folder() {
	rm -rf "$T/log"
	mkdir -m 700 "$T/log"
	if test "$who" = user; then chown "$uid" "$T/log" 2>/dev/null; fi
	log=$T/log/jobs
}

# wrote NAME PYTHON [FILE]: one line there, an object `o`, and PYTHON true.
wrote() {
	cp "${3:-$log}" "$T/out" 2>/dev/null || : >"$T/out"
	check "$1: one line" test "$(wc -l <"$T/out")" = 1
	json "$1" "$2"
	: >"${3:-$log}"
}

# With descriptor 9 on $T/nine, which belongs to no job.
with_nine() {
	bare /bin/sh -c 'exec "$@" 9>>"$0"' "$T/nine" "$CORDON" run --conf "$T/conf" $options t -- "$@"
}

ends() {
	folder
	stack '[record]' "file = $log"
	inside "$probe" exit 3
	check "$who: its status, and silent" test "$rc:$(cat "$T/err")" = 3:
	check "$who: for its owner alone" test "$(stat -c %a:%u "$log")" = "600:$uid"
	wrote "$who: exited" 'o["reason"] == "exited" and o["exit"] == 3 and o["stack"] == "t" and len(o["digest"]) == 64 and o["degraded"] == []'
	inside "$probe" raise 9
	wrote "$who: killed" 'o["reason"] == "signaled" and o["signal"] == 9 and o["exit"] is None'
	inside /nonexistent/program
	wrote "$who: no program" 'o["reason"] == "failed" and "/nonexistent/program" in o["message"]'
	stack '[stack]' 'parent = never' '[record]' "file = $log"
	inside "$probe" exit 3
	check "$who: parent = never: its status" test "$rc" = 3
	wrote "$who: parent = never" 'o["reason"] == "started" and o["exit"] is None and o["wall_ms"] is None'
	stack '[record]' "file = $log" '[deny]' 'message = not "today"'
	refused "$who: denied" 'today'
	wrote "$who: denied" 'o["reason"] == "denied" and o["section"] == "deny" and "not \"today\"" in o["message"]'
	stack '[record]' "file = $log" '[process]' 'cwd = /nonexistent'
	refused "$who: a step fails" '/nonexistent'
	wrote "$who: a step fails" 'o["reason"] == "failed" and o["section"] == "process"'
	stack '[record]' "file = $log" '[process]' 'cwds = /' '[aaa]' '[zzz]'
	refused "$who: faults in other sections" '[aaa]'
	wrote "$who: faults in other sections" 'o["reason"] == "failed" and o["section"] == "aaa" and o["exit"] is None'
	stack '[params]' 'n = number 1..9 required' '[record]' "file = $log" '[rlimits]' 'nofile = ${n}'
	refused "$who: a required parameter" '-p n=VALUE'
	wrote "$who: a required parameter" 'o["reason"] == "failed" and "[params] n" in o["message"]'
	options='-p n=10' refused "$who: a parameter out of its bounds" "'10' is not within 1..9"
	wrote "$who: a parameter out of its bounds" '"t.ini:2: [params] n: -p" in o["message"]'
	options='-p n=9 -p m=1' refused "$who: a parameter that is none" "has no parameter 'm' (only n)"
	wrote "$who: a parameter that is none" '"has no parameter" in o["message"]'
	options=
	if "$CORDON" modules timeout >/dev/null 2>&1; then
		stack '[record]' "file = $log" '[timeout]' 'wall = 200ms' 'grace = 200ms'
		inside "$probe" sleep 20
		wrote "$who: timeout" 'o["reason"] == "timeout"'
	else
		skip "$who: timeout" 'there is no module timeout'
	fi
	set --
	for n in 1 2 3 4 5 6 7 8 9; do set -- "$@" "[record.$n]" "file = $log.$n"; done
	stack "$@"
	inside "$probe" exit 3
	check "$who: nine files" test "$rc:$(cat "$log".? | grep -c '"exit":3')" = 3:9
	stack '[record]' "file = $log" "when = $([ "$who" = root ] && echo user || echo root)"
	inside "$probe" exit 0
	check "$who: for the other kind of caller" test ! -s "$log"
}
both ends

several() {
	folder
	: >"$T/nine"
	: >"$T/status"
	chmod 666 "$T/nine" "$T/status"
	stack '[record]' "file = $log" '[record.same]' "file = $log" '[record.b]' "file = $T/log/b" \
		'fd = 9' '[record.c]' 'fd = 9'
	options="--job-id j.1 --record $T/log/c"
	with_nine "$probe" exit 4
	options=
	for file in "$log" "$T/log/b" "$T/log/c" "$T/nine"; do
		wrote "$who: several targets (${file##*/})" 'o["exit"] == 4 and o["job"] == "j.1"' "$file"
	done
	options="--record $log --status-fd 9"
	with_nine "$probe" exit 4
	options=
	wrote "$who: named twice" 'o["exit"] == 4'
	wrote "$who: named twice (fd)" 'o["exit"] == 4' "$T/nine"
	# the first cannot be opened: the others are told why no job ran
	rm -rf "$T/log/b"
	mkdir "$T/log/b"
	rm -f "$T/drop/marker"
	with_nine "$probe" mark "$T/drop/marker"
	was_refused "$who: one of several cannot be opened" "$T/log/b"
	wrote "$who: one of several cannot be opened" 'o["reason"] == "failed" and o["section"] == "record.b"'
	wrote "$who: one of several cannot be opened (fd)" 'o["section"] == "record.b"' "$T/nine"
}
both several

descriptors() {
	folder
	: >"$T/nine"
	chmod 666 "$T/nine"
	stack '[record]' 'fd = 9'
	with_nine "$probe" audit fd
	check "$who: the job has no such descriptor" sh -c 'grep -q "^fd 2 " "$1" && ! grep -q "^fd 9 " "$1"' - "$T/out"
	wrote "$who: fd" 'o["reason"] == "exited"' "$T/nine"
	stack '[record]' 'fd = 9' '[fds]' 'keep = 9'
	with_nine /bin/sh -c 'echo "{}" >&9'
	check "$who: but where fds keeps it" test "$rc:$(grep -cx '{}' "$T/nine")" = 0:1
	stack '[record]' 'fd = 9'
	refused "$who: it is not open" 'descriptor 9 is not open'
	# whatever number cordon's own have; make's jobserver leaves some open
	exec 3<&- 4<&- 5<&- 6<&- 7<&- 8<&-
	for n in 3 4 5 6 7 8; do
		stack '[record]' "fd = $n"
		refused "$who: nor is $n" "descriptor $n is not open"
	done
	stack '[record]' 'fd = 9'
	rm -f "$T/drop/marker"
	bare /bin/sh -c 'exec "$@" 9</dev/null' - "$CORDON" run --conf "$T/conf" t -- \
		"$probe" mark "$T/drop/marker"
	was_refused "$who: it is open for reading" 'descriptor 9 is not open for writing'
	stack '[record]' 'fd = 1'
	inside "$probe" exit 0
	json "$who: stdout" 'o["exit"] == 0'
}
both descriptors

optional() {
	folder
	: >"$T/nine"
	chmod 666 "$T/nine"
	stack '[record]' 'fd = 9' '[record.b]' 'control = optional' "file = $T/nowhere/x" \
		'[record.c]' 'control = optional' "file = $T/nowhere/y"
	with_nine "$probe" exit 0
	check "$who: optional ones are forgiven" test "$rc:$(cat "$T/err")" = 0:
	wrote "$who: optional ones" 'o["degraded"] == ["record.b", "record.c"] and "/nowhere" in o["message"] and o["reason"] == "exited"' "$T/nine"
	stack '[record]' 'fd = 9' '[record.b]' 'on-unsupported = skip' "file = $T/nowhere/x"
	rm -f "$T/drop/marker"
	with_nine "$probe" mark "$T/drop/marker"
	was_refused "$who: to skip is no excuse for a file" '/nowhere'
	: >"$T/nine"
	stack '[record]' "file = $log"
	printf '{"cut": "by a full disk' >"$log"
	if test "$who" = user; then chown "$uid" "$log" 2>/dev/null; fi
	chmod 600 "$log"
	inside "$probe" exit 6
	tail -n +2 "$log" >"$T/log2"
	wrote "$who: a line of its own behind one that was cut" 'o["exit"] == 6' "$T/log2"
}
both optional

# A file at its hard limit when the job has ended; those behind it in the list are
# told by `degraded`.
told_of_it() {
	folder
	stack '[record]' "file = $log"
	truncate -s 1M "$log"
	if test "$who" = user; then chown "$uid" "$log" 2>/dev/null; fi
	chmod 600 "$log"
	: >"$T/nine"
	chmod 666 "$T/nine"
	bare /bin/sh -c 'exec 9>>"$0"; ulimit -f 128; exec "$@"' "$T/nine" "$CORDON" run \
		--conf "$T/conf" --status-fd 9 t -- /bin/sh -c 'exit 7'
	check "$who: no room at the end: the job's status, and silent" test "$rc:$(cat "$T/err")" = 7:
	check "$who: and nothing of it is written" test "$(stat -c %s "$log")" = 1048576
	wrote "$who: another record tells of it" \
		'o["exit"] == 7 and o["degraded"] == ["record"] and "cannot be written" in o["message"]' "$T/nine"
}
both told_of_it

parameters() {
	folder
	stack '[params]' 'f = path' '[record]' 'file = ${f}'
	options="-p f=$log"
	if test "$who" = root; then
		refused "$who: a parameter names the file" 'last part of the path'
	else
		inside "$probe" exit 0
		wrote "$who: a parameter names the file, which the caller could open" 'o["exit"] == 0'
	fi
	stack '[record]' "file = $T/log/\${job}.json"
	options='--job-id j.7'
	inside "$probe" exit 0
	wrote "$who: the job's id in the last part" 'o["job"] == "j.7"' "$T/log/j.7.json"
	mkdir "$T/log/sub"
	if test "$who" = user; then chown "$uid" "$T/log/sub" 2>/dev/null; fi
	options='--job-id sub/j'
	if test "$who" = root; then
		refused "$who: and no '/' in it" 'not a plain name'
	fi
	options=
}
both parameters

# ---- the system's log, a socket of our own in a /dev of our own ----

cat >"$T/listen.py" <<'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
s.settimeout(30)
with open(sys.argv[2], "wb") as out:
    while True:
        line = s.recv(65536)
        if line == b"end":
            break
        out.write(line + b"\n")
        out.flush()
END
cat >"$T/end.py" <<'END'
import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"end", sys.argv[1])
END

with_dev() { # COMMAND...: where /dev/log is ours
	unshare -m --propagation private /bin/sh -c '
		for node in null zero full random urandom tty; do
			mount --bind "/dev/$node" "$0/$node" || exit 99
		done
		mount --rbind "$0" /dev || exit 99
		exec "$@"' "$T/dev" "$@"
}

in_log() { # as `inside`, with the log
	rm -f "$T/seen"
	with_dev "$launch" --watch "$T/seen" --timeout "$limit" $switch -- "$CORDON" run \
		--conf "$T/conf" t -- "$@" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
}

syslog() {
	rm -rf "${T:?}/dev"
	mkdir -m 755 "$T/dev"
	for node in null zero full random urandom tty; do : >"$T/dev/$node"; done
	"$python" -I "$T/listen.py" "$T/dev/log" "$T/heard" &
	listener=$!
	background="$background $listener"
	while ! test -S "$T/dev/log"; do sleep 0.05; done
	stack '[record]' 'syslog = local3' '[record.b]' 'syslog = local3' '[record.c]' 'syslog = mail'
	in_log "$probe" exit 5
	check "$who: syslog: its status, and silent" test "$rc:$(cat "$T/err")" = 5:
	stack '[record]' 'syslog = local3' '[deny]' "message = a %s b"
	in_log "$probe" exit 5
	check "$who: syslog: refused" test "$rc" = 125
	"$python" -I "$T/end.py" "$T/dev/log"
	wait "$listener"
	check "$who: syslog: a line for each facility, and one of the refusal" \
		test "$(sed 's/\[[0-9]*\]: .*//' "$T/heard" | tr '\n' ' ')" = '<158>cordon <22>cordon <156>cordon '
	sed 's/^[^{]*//' "$T/heard" >"$T/out"
	json "$who: syslog: objects" 'o["exit"] == 5 or o["message"].endswith("a %s b")'
	# nobody listens any more
	rm -f "$T/drop/marker"
	stack '[record]' 'syslog = local3'
	in_log "$probe" mark "$T/drop/marker"
	was_refused "$who: no log" '/dev/log'
	stack '[record]' 'syslog = local3' 'on-unsupported = skip'
	in_log "$probe" exit 5
	check "$who: no log, and to be skipped" test "$rc:$(cat "$T/err")" = 5:
	stack '[stack]' 'strict = yes' '[record]' 'syslog = local3' 'on-unsupported = skip'
	in_log "$probe" mark "$T/drop/marker"
	was_refused "$who: no log, to be skipped, but strict" '/dev/log'
}
if test "$me" != root || ! unshare -m true 2>/dev/null; then
	skip 'syslog' 'no mount namespace of root'
elif test -z "$python"; then
	skip 'syslog' 'no /usr/bin/python3'
else
	both syslog
fi

# ---- what explain says, and that nothing is opened then ----

folder
stack '[record]' "file = $log" 'fd = 9' 'syslog = cron'
"$CORDON" explain --conf "$T/conf" t >"$T/out" 2>"$T/err"
missing=
rc=$?
judge_says 'explain: targets, and why a parent stays' "~record file $log .*" '~record fd 9 .*' \
	'~record syslog cron .*' '~runs  supervised, .*record tells how the job ended'
check 'explain opens nothing' test ! -e "$log"
stack '[stack]' 'parent = never' '[record]' "file = $log"
"$CORDON" check --conf "$T/conf" t >"$T/out" 2>"$T/err"
check 'parent = never is no contradiction' test "$?" = 0

plan
