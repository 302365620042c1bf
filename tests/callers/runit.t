#!/bin/sh
# runit: the last line of a run script.
. "$top_srcdir/tests/callers/lib.sh"
needs runsv runit

# sv WORD: in the service's control pipe
control() {
	printf '%s' "$1" >"$service/supervise/control"
}

begun() {
	rm -f "$T/drop/three"
	control u
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
}

works() {
	service=$T/place/$who.${form% *}
	mkdir -m 755 "$service"
	chown "$uid" "$service"
	: >"$T/drop/finish"
	chmod 666 "$T/drop/finish"
	printf '%s\n' '#!/bin/sh' "exec $CORDON run --conf $T/conf t -- $T/bin/three $T/drop/three" >"$service/run"
	printf '%s\n' '#!/bin/sh' "echo \"\$1 \$2\" >>$T/drop/finish" >"$service/finish"
	chmod 755 "$service/run" "$service/finish"
	: >"$service/down"
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = 80'
	"$launch" $switch -- /usr/bin/runsv "$service" >"$T/out" 2>"$T/err" &
	runsv=$!
	background="$background $runsv"
	until_test -p "$service/supervise/control"

	begun
	check "$who $form: it runs in its stack" grep -q '^Max open files  *80 ' "/proc/$one/limits"
	rm -f "$T/drop/three"
	control t
	check "$who $form: TERM: the job hears it" until_gone "$one"
	check "$who $form: TERM: finish is told the signal" finished '-1 15'
	kill -KILL "$two" "$three" 2>/dev/null

	until_file "$T/drop/three" # runsv starts it again
	read -r one two three <"$T/drop/three"
	control k
	check "$who $form: KILL of what runsv started: the job dies with it" until_gone "$one"
	check "$who $form: KILL: finish is told" finished '-1 9'
	kill -KILL "$two" "$three" 2>/dev/null

	control x
	wait "$runsv"
	check "$who $form: nothing was said" test ! -s "$T/err"
}
all_ways works
plan
