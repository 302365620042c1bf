#!/bin/sh
# I56: two hundred jobs at once share nothing, while the stack is being replaced:
# each runs wholly under the old or the new one.
. "$top_srcdir/tests/lib.sh"

new_stack() {
	printf '%s\n' '[stack]' "parent = $parent" '[env]' "set = A=$1" "set = B=$1" >"$T/new.ini"
	mv "$T/new.ini" "$T/conf/t.ini"
}

crowd() {
	new_stack 1
	pids=
	for i in $(seq 200); do
		"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			"test \"\$A\" = \"\$B\" && exit $i; exit 0" </dev/null 2>>"$T/err" &
		pids="$pids $!"
		test $((i % 20)) != 0 || new_stack "$i"
	done
	i=0 bad=
	for pid in $pids; do
		i=$((i + 1))
		wait "$pid"
		test "$?" = "$i" || bad="$bad $i"
	done
	check "I56 $who $form: 200 at once, each with its own status" test -z "$bad"
}

all_ways crowd
plan
