#!/bin/sh
# [slots]: so many jobs at once; the next one waits, or is refused.
. "$top_srcdir/tests/lib.sh"

# hold: a job that has a slot until $T/drop/end is there; $holder
hold() {
	rm -f "$T/drop/up" "$T/drop/end"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		"echo >$T/drop/up; while ! test -e $T/drop/end; do sleep 0.05; done" 2>"$T/drop/held" &
	holder=$!
	background="$background $holder"
	until_test -e "$T/drop/up"
}

let_go() {
	: >"$T/drop/end"
	wait "$holder"
}

shared() {
	slots=$T/drop/slots.$who
	mkdir -m 700 "$slots"
	chown "$uid" "$slots"
	stack '[slots]' "folder = $slots" 'count = 1'
	hold
	refused "$who: taken" "[slots] all slots of '$slots' are taken (1)"
	check "$who: one file a slot" test "$(ls "$slots")" = 0
	stack '[slots]' "folder = $slots" 'count = 2'
	job "$who: another one is free" true
	stack '[slots]' "folder = $slots" 'count = 1' '[slots.more]' "folder = $slots" 'count = 2'
	refused "$who: two sections: each wants one" 'are taken (1)'

	# where modules are loaded, longer than the ten seconds of another hook
	stack '[slots]' "folder = $slots" 'count = 1' 'wait = 1h'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/echo had >"$T/drop/waits" 2>&1 &
	waiter=$!
	background="$background $waiter"
	sleep "$seconds"
	check "$who: the next one waits" test ! -s "$T/drop/waits"
	let_go
	wait "$waiter"
	check "$who: until the slot is free" test "$(cat "$T/drop/waits")" = had

	# TERM ends a wait, and what the job would have got was not made yet
	stack '[slots]' "folder = $slots" 'count = 1' 'wait = 1h' '[tmp]' 'dir = TMPDIR' "base = $slots.base"
	mkdir -m 755 "$slots.base"
	chown "$uid" "$slots.base"
	hold
	"$launch" --watch "$T/seen" --pid-file "$T/drop/pid.$who" $switch -- "$CORDON" run --conf "$T/conf" t -- \
		/bin/echo had >"$T/drop/waits" 2>&1 &
	waiter=$!
	background="$background $waiter"
	until_test -s "$T/drop/pid.$who"
	read -r pid <"$T/drop/pid.$who"
	sleep 0.5
	kill -TERM "$pid"
	wait "$waiter"
	check "$who: TERM ends a wait" saw 'signaled 15'
	check "$who: and leaves nothing" test "$(find "$slots.base" -mindepth 1 -maxdepth 1 | wc -l)" = 1 # the one that has it
	let_go
	check "$who: and the job that had it ended" test ! -s "$T/drop/held"
	stack '[slots]' "folder = $slots" 'count = 1'
	hold
	kill -KILL "$holder" # the launcher, and with it cordon: no finish runs
	wait "$holder" 2>/dev/null
	for _try in $(seq $((10 * patience))); do
		inside /bin/true
		test "$rc" != 0 || break
		sleep 0.1
	done
	check "$who: however its cordon ended" ran 'exited 0'
}

mistakes() {
	stack '[slots]' 'count = 1'
	refused "$who: no folder" "needs 'folder' and 'count'"
	stack '[slots]' "folder = $T/none" 'count = 1'
	refused "$who: a folder that is not there" "cannot open '$T/none'"
	stack '[slots]' "folder = $T/none" 'count = 1' 'wait = 8d'
	refused "$who: too long" 'wait'
	stack '[stack]' 'parent = never' '[slots]' "folder = $T/drop" 'count = 1'
	refused "$who: nobody to hold it" 'parent'
}

case $top_builddir in
*/none | */sanitized) seconds=12 ;;
*) seconds=1 ;;
esac
both shared
both mistakes
plan
