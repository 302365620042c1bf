#!/bin/sh
# [process] suspend: where cordon alone is stopped, all of the job is, goes on with it, and ends
# with it.
. "$top_srcdir/tests/lib.sh"

# Two processes, one in a session of its own and without a parent: a line for each tick.
cat >"$T/ticks" <<'END'
#!/bin/sh
(setsid sh -c 'while :; do sleep 0.1; echo "$$" >>"$1.other"; done' - "$1" &)
while :; do
	sleep 0.1
	echo "$$" >>"$1.main"
done
END
chmod 755 "$T/ticks"

size_of() {
	wc -c <"$T/drop/tick.main"
	wc -c <"$T/drop/tick.other"
}

# moved: both have gone on since $sizes
moved() {
	for _try in $(seq $((10 * patience))); do
		_now=$(size_of)
		test "${_now%
*}" = "${sizes%
*}" || test "${_now#*
}" = "${sizes#*
}" || return 0
		sleep 0.1
	done
	return 1
}

# stands: none has, for more than ten ticks; it takes a moment until then
stands() {
	for _try in $(seq $((2 * patience))); do
		sizes=$(size_of)
		sleep 1.2
		test "$(size_of)" != "$sizes" || return 0
	done
	return 1
}

# none_left: no process writes any more
none_left() {
	sleep 0.5
	stands
}

begin() {
	rm -f "$T/drop"/tick.* "$T/drop/pid"
	"$launch" --watch "$T/seen" --pid-file "$T/drop/pid" $switch -- "$CORDON" run --conf "$T/conf" t -- \
		"$T/ticks" "$T/drop/tick" >"$T/out" 2>"$T/err" &
	launcher=$!
	background="$background $launcher"
	until_test -s "$T/drop/tick.other"
	until_test -s "$T/drop/tick.main"
	read -r pid <"$T/drop/pid"
}

follows() {
	begin
	kill -STOP "$pid"
	check "$who $form: stopped with cordon" stands
	kill -CONT "$pid"
	check "$who $form: goes on with it" moved
	kill -STOP "$pid"
	check "$who $form: stopped again" stands
	kill -TERM "$pid"
	kill -CONT "$pid"
	wait "$launcher"
	check "$who $form: TERM after that" saw "signaled $ends_by"

	begin
	kill -STOP "$pid"
	stands
	# the launcher kills what is left, so look before it knows
	kill -STOP "$launcher"
	kill -KILL "$pid"
	check "$who $form: KILL of who is stopped" in_state "$pid" ZX
	for _try in $(seq $((10 * patience))); do
		# shellcheck disable=SC2009 # pgrep tells no states
		left=$(ps -o stat= -o args= -e | grep -F "$T/drop/tick" | grep -cv '^Z\|grep\|launch')
		test "$left" -gt 0 || break
		sleep 0.1
	done
	check "$who $form: KILL leaves nothing" test "$left" = 0
	kill -CONT "$launcher"
	wait "$launcher"
	check "$who $form: KILL: nothing was said" test ! -s "$T/err"
}

forms() {
	form='by its parents' ends_by=15
	stack '[process]' 'suspend = follow'
	follows
	if can_userns; then
		form='in a pid namespace'
		stack '[process]' 'suspend = follow' '[namespaces]' 'new = pid'
		follows
		form='in a pid namespace without an init' ends_by=9 # TERM, to process 1, is nothing
		stack '[process]' 'suspend = follow' '[namespaces]' 'new = pid' 'init = no'
		follows
	fi
	stack '[stack]' 'parent = always'
	form='not asked for'
	begin
	kill -STOP "$pid"
	sizes=$(size_of)
	check "$who: not asked for: the job goes on" moved
	kill -KILL "$pid"
	wait "$launcher"
	stack '[stack]' 'parent = never' '[process]' 'suspend = follow'
	refused "$who: nobody to look" 'somebody must look whether cordon is stopped'
}

both forms
plan
