#!/bin/sh
# [messages]: whole lines that were judged pass, byte for byte, and nothing else does.
. "$top_srcdir/tests/lib.sh"

# fed FILE COMMAND...: in the stack "t", with that on stdin
fed() {
	_file=$1
	shift
	: >"$T/seen"
	"$launch" --watch "$T/seen" --timeout "$limit" $switch -- \
		"$CORDON" run --conf "$T/conf" $options t -- "$@" <"$_file" >"$T/out" 2>"$T/err"
	rc=$?
}

# passed NAME TEXT: so much is on stdout, to the byte
passed() {
	printf '%s' "$2" >"$T/want"
	check "$who: $1" cmp "$T/want" "$T/out"
}

# recorded NAME PYTHON: of the last job's record
recorded() {
	cp "$log" "$T/out" 2>/dev/null
	: >"$log"
	json "$who: $1" "$2"
}

text='{"id": 1, "text": "\u00e9 é"}
'
streams() {
	mkdir -m 700 "$T/log.$who"
	chown "$uid" "$T/log.$who"
	log=$T/log.$who/jobs
	stack '[messages]' 'streams = stdout' 'forbid-keys = __proto__' '[record]' "file = $log" '[timeout]' 'grace = 1s'

	# what comes before passes, nothing of it or behind it does, and the job ends
	printf '%s' "$text" '{"a": [{"\u005f_proto__": 1}]}
' "$text" >"$T/drop/lines"
	inside /bin/sh -c "trap 'echo TERM >$T/drop/ended; exit' TERM; cat $T/drop/lines; sleep 60 & wait"
	passed 'up to the line that is refused' "$text"
	check "$who: it ends the job" test "$rc:$(cat "$T/err")" = 125:
	check "$who: as a limit does" has_line "$T/drop/ended" TERM
	rm -f "$T/drop/ended"
	recorded 'the record says why' 'o["reason"] == "denied" and o["section"] == "messages" and o["message"] == "line 2 of stdout has the forbidden key '"'__proto__'"'"'

	# the job reads no line that was not judged, and sees no end that was none
	stack '[messages]' 'streams = stdin' 'max-depth = 2' '[timeout]' 'grace = 1s'
	printf '[[1]]\n[[[1]]]\n[1]\n' >"$T/lines"
	rm -f "$T/drop/ready"
	mkfifo -m 644 "$T/fifo.$who"
	{ until_test -e "$T/drop/ready" && cat "$T/lines"; } >"$T/fifo.$who" &
	fed "$T/fifo.$who" /bin/sh -c "trap '' TERM; : >$T/drop/ready; cat; echo end"
	passed 'stdin' '[[1]]
'
	check "$who: ends it too" test "$rc" = 125
	printf '[[1]]\r\n"no end"' >"$T/lines"
	fed "$T/lines" /bin/sh -c 'cat; echo; echo end; exit 3'
	printf '[[1]]\r\n"no end"\nend\n' >"$T/want"
	check "$who: to the byte" cmp "$T/want" "$T/out"
	check "$who: and its own status" ran 'exited 3'

	# a line that is left out
	stack '[messages]' 'streams = stdin stdout' 'violation = drop' 'require = id:number'
	printf '{"id":1}\n{"id":"1"}\n\n{}\n{"id":2}\n' >"$T/lines"
	fed "$T/lines" cat
	passed 'drop' '{"id":1}
{"id":2}
'
	check "$who: nobody is told" ran 'exited 0'

	# two sections: the narrower of each; and who is answered
	stack '[messages]' 'streams = stdin stdout' 'violation = answer' 'max-depth = 1' \
		'[messages.other]' 'streams = stdout' 'violation = drop' 'forbid-keys = b'
	printf '[1]\n[[1]]\n{"b":1}\n' >"$T/lines"
	rm -f "$T/drop/answered"
	{ cat "$T/lines" && until_test -e "$T/drop/answered"; } >"$T/fifo.$who" & # an open end
	fed "$T/fifo.$who" /bin/sh -c "read -r a; read -r b; echo \"\$a\" \"\$a\"; read -r c; : >$T/drop/answered
		test \"\$a\$b\" = '[1]{\"b\":1}' && echo \"\$b\" && echo \"\$c\""
	passed 'answers, on either side' '{"error":"line 2 of stdin is deeper than 1","section":"messages"}
{"error":"line 1 of stdout is not JSON (parse error: trailing garbage)","section":"messages"}
'
	check "$who: that end nothing" ran 'exited 0'

	inside /bin/sh -c 'printf "%s" "{\"a\": 1"'
	passed 'an end that is none' ''
	stack '[stack]' 'parent = never' '[messages]' 'streams = stdin'
	refused "$who: nobody to judge" 'parent'
}

# relay: the process between, once it has given up all; of cordon's children the one whose
# memory is out of reach
relay_of() {
	read -r children <"/proc/$1/task/$1/children"
	for relay in $children; do
		! read -r _ <"/proc/$relay/environ" 2>/dev/null || continue
		test "$(cat "/proc/$relay/comm")" = "$(cat "/proc/$1/comm")" && return
	done
}

held() { # kB that the relay ever had
	sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$relay/status"
}

# Lines of 1000 bytes, 200 MB of them, and one of 20 MB: it has never more than some lines.
sizes() {
	stack '[messages]' 'streams = stdout' 'max-bytes = 1M' 'violation = drop'
	cat >"$T/drop/job" <<END
wait_for() { while ! test -e "$T/drop/\$1"; do sleep 0.05; done; }
echo 1
wait_for begin
yes "\"\$(printf '%1000s' x)\"" | head -n 200000
head -c 20M /dev/zero | tr '\0' a
echo
echo 2
: >"$T/drop/written"
wait_for end
END
	rm -f "$T/drop/begin" "$T/drop/written" "$T/drop/end"
	"$launch" --watch "$T/seen" --pid-file "$T/drop/pid" $switch -- "$CORDON" run --conf "$T/conf" t -- \
		/bin/sh "$T/drop/job" >"$T/out" 2>"$T/err" </dev/null &
	job=$!
	background="$background $job"
	until_test -s "$T/out"
	read -r pid <"$T/drop/pid"
	relay_of "$pid"
	before=$(held)
	: >"$T/drop/begin"
	until_test -e "$T/drop/written"
	after=$(held)
	: >"$T/drop/end"
	wait "$job"
	check "$who: 200 MB pass, and a line of 20 MB does not" \
		test "$?:$(wc -lc <"$T/out" | tr -s ' ')" = "0: 200002 200600004"
	check "$who: they are held as far as a line may be long: $before kB, $after kB" \
		test "$after" -lt $((before + 4 * 1024))

	stack '[messages]' 'streams = stdout' 'max-bytes = 1M'
	inside /bin/sh -c "head -c 20M /dev/zero | tr '\\0' a; sleep 60"
	check "$who: refused where it is too long, not when it has ended" test "$rc:$(wc -c <"$T/out")" = 125:0
}

both streams
case $top_builddir in
*/sanitized) skip 'what it holds' 'a sanitizer keeps what is freed' ;;
*) both sizes ;;
esac
plan
