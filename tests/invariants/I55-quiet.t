#!/bin/sh
# I55: cordon writes nothing but one line on stderr when it refuses.
# I61: and that line is printable, whatever stands in it.
. "$top_srcdir/tests/lib.sh"

quiet() {
	stack '[stack]' "parent = $parent"
	inside /bin/true
	check "I55 $who $form: silent on success" test "$rc:$(cat "$T/out" "$T/err")" = 0:
	inside /bin/false
	check "I55 $who $form: silent when the job fails" test "$rc:$(cat "$T/out" "$T/err")" = 1:
	inside /bin/sh -c 'echo out; echo err >&2; kill -TERM $$'
	check "I55 $who $form: only the job's words" \
		test "$(cat "$T/out" "$T/err")" = "$(printf 'out\nerr')"
	stack '[stack]' "parent = $parent" '[deny]' 'message = not today'
	refused "I55 $who $form: one line when it refuses" 'not today'
	bare /bin/sh -c 'exec 2>/dev/full; exec "$@"' - "$CORDON" run --conf "$T/conf" t -- /bin/true
	check "I55 $who $form: a full stderr still gives 125" test "$rc" = 125
	bare /bin/sh -c 'exec 2>&-; exec "$@"' - "$CORDON" run --conf "$T/conf" t -- /bin/true
	check "I55 $who $form: a closed stderr too" test "$rc:$(cat "$T/out")" = 125:
}

end_of_file() {
	stack '[stack]' "parent = $parent"
	rm -f "$T/drop/end"
	# the job closes its stdout at once and sleeps: the reader must not wait for cordon
	ended=$(
		{ exec "$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			"exec >&- 2>&-; sleep 3; : >$T/drop/end" 2>&1 </dev/null; } | {
			cat >/dev/null
			test -e "$T/drop/end" || echo before the job
		}
	)
	check "I55 $who $form: cordon holds none of the job's stdio" \
		test "$ended" = 'before the job' -a -e "$T/drop/end"
}

escape=$(printf 'x\n<0>cordon: ok \033[2J %%n%%s')

escaped() {
	stack ''
	rm -f "$T/drop/marker"
	for how in stack command option; do
		case $how in
		stack) bare "$CORDON" run --conf "$T/conf" "$escape" -- /bin/true ;;
		command) inside "$escape" ;;
		option) bare "$CORDON" run --conf "$T/conf" -p "$escape=1" t -- /bin/true ;;
		esac
		check "I61 $who: one clean line about a $how of control characters" \
			test "$rc" -ge 125 -a "$(wc -l <"$T/err")" = 1
		check "I61 $who: printable ($how)" test -z "$(tr -d '\n -~' <"$T/err")"
	done
	hostile="--argv0 $(printf 'x\033[2J%%n')"
	bare "$CORDON" run --conf "$T/conf" nosuchstack -- /bin/true
	check "I61 $who: argv[0] isn't believed" \
		test "$rc:$(cut -c1-8 "$T/err"):$(tr -d '\n -~' <"$T/err")" = '125:cordon: :'
	hostile=
}

all_ways quiet
all_ways end_of_file
both escaped
plan
