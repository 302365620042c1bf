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

	# longer than the ten seconds of a hook would be; the wait ends when the slot is free
	stack '[slots]' "folder = $slots" 'count = 1' 'wait = 1h'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/echo had >"$T/drop/waits" 2>&1 &
	waiter=$!
	background="$background $waiter"
	sleep "${SLOTS_SECONDS:-1}"
	check "$who: the next one waits" test ! -s "$T/drop/waits"
	let_go
	wait "$waiter"
	check "$who: until the slot is free" test "$(cat "$T/drop/waits")" = had
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

both shared
both mistakes
plan
