#!/bin/sh
# [restart]: a crashed job runs again, with what was made for it made anew, until its limit, its
# time or a signal; one record tells of all tries.
. "$top_srcdir/tests/lib.sh"

# ran_times COUNT: so often the job wrote its line
ran_times() {
	test "$(grep -c '^try' "$T/out")" = "$1"
}

recorded() {
	cp "$T/out" "$T/said"
	cp "$T/drop/record.$who" "$T/out"
	json "$who $form: $1" "$2"
	cp "$T/said" "$T/out"
	rm -f "$T/drop/record.$who"
}

starts() {
	options="--record $T/drop/record.$who"
	base=$T/drop/base.$who
	test -d "$base" || mkdir -m 755 "$base"
	chown "$uid" "$base"
	stack '[restart]' 'limit = 2' 'backoff = 50ms' "$@" '[tmp]' 'dir = TMPDIR' "base = $base"
	inside /bin/sh -c 'echo "try $(ls "$TMPDIR") $(ulimit -Sn)"; : >"$TMPDIR/mark"; (setsid sleep 300 &) ; kill -SEGV $$'
	check "$who $form: again until the limit" ran_times 3
	check "$who $form: dies as the last one did" saw 'signaled 11'
	check "$who $form: each as the first" test "$(sort -u "$T/out" | wc -l):$(grep -c '^try  *[0-9]*$' "$T/out")" = 1:3
	check "$who $form: nothing is left" saw 'left 0'
	check "$who $form: nor a folder" test "$(find "$base" -mindepth 1 -maxdepth 1 ! -name runs | wc -l)" = 0
	recorded 'one record' 'len(objects) == 1 and o["restarts"] == 2 and o["signal"] == 11 and o["reason"] == "signaled" and o["wall_ms"] >= 150'

	printf 'a\nb\nc\n' >"$T/in"
	"$launch" --watch "$T/seen" $switch -- "$CORDON" run --conf "$T/conf" $options t -- /bin/sh -c \
		'read -r x; echo "try $x"; test "$x" = b || kill -KILL $$; exit 4' <"$T/in" >"$T/out" 2>"$T/err"
	told "$form: stdin goes on" 'try a' 'try b'
	check "$who $form: and the status is the last one's" ran 'exited 4'
	recorded 'how often' 'o["restarts"] == 1 and o["exit"] == 4'

	inside /bin/sh -c 'echo try; exit 4'
	check "$who $form: an exit status is no crash" ran_times 1
	inside "$T/none"
	check "$who $form: what has not started does not" saw 'exited 127'
	rm -f "$T/drop/record.$who"
	options=
}

forms() {
	form='by its parents'
	starts
	if can_userns; then
		form='in a pid namespace'
		starts '[namespaces]' 'new = pid'
	fi
}

# A descriptor that the job is given is there for the next try too, where the last one left it.
kept() {
	stack '[restart]' 'limit = 1' 'backoff = 0' '[fds]' 'keep = 9'
	printf 'a\nb\n' >"$T/in"
	inside /bin/sh -c 'read -r x <&9; echo "try $x"; kill -KILL $$' 9<"$T/in"
	told 'a kept descriptor goes on' 'try a' 'try b'
}
both kept

# waiting: cordon waits for the next try; $pid
waiting() {
	rm -f "$T/drop/up" "$T/drop/pid"
	"$launch" --watch "$T/seen" --pid-file "$T/drop/pid" $switch -- "$CORDON" run --conf "$T/conf" \
		--record "$T/drop/record.$who" t -- /bin/sh -c "echo try; : >$T/drop/up; exit 75" >"$T/out" 2>"$T/err" &
	launcher=$!
	background="$background $launcher"
	until_test -e "$T/drop/up"
	until_test -s "$T/drop/pid"
	read -r pid <"$T/drop/pid"
	sleep 0.5
}

ends() {
	form=ends
	stack '[restart]' 'limit = 5' 'backoff = 1h' 'backoff-max = 1h' 'codes = 7 75'
	waiting
	kill -TERM "$pid"
	wait "$launcher"
	check "$who: TERM ends a wait, with the last status" ran 'exited 75'
	check "$who: and there was one try" ran_times 1
	recorded 'the last status' 'o["reason"] == "exited" and o["exit"] == 75 and o["restarts"] == 0'
	waiting
	kill -WINCH "$pid"
	sleep 0.3
	check "$who: another signal does not" kill -0 "$pid"
	kill -INT "$pid"
	wait "$launcher"
	check "$who: INT does" ran 'exited 75'
	rm -f "$T/drop/record.$who"

	stack '[restart]' 'limit = 5' 'backoff = 1h' 'backoff-max = 1h' 'on = failure' '[timeout]' 'wall = 1s'
	options="--record $T/drop/record.$who"
	inside /bin/sh -c 'echo try; exit 1'
	check "$who: the time counts waits" test "$rc" = 124
	recorded 'and says so' 'o["reason"] == "timeout" and o["section"] == "timeout" and o["exit"] == 1'
	stack '[restart]' 'limit = 5' 'backoff = 0' '[timeout]' 'wall = 300ms' 'signal = KILL'
	inside /bin/sh -c 'echo try; sleep 300'
	check "$who: after a time limit there is no try" test "$rc:$(grep -c try "$T/out")" = 124:1
	options=
	stack '[restart]' 'limit = 5' 'backoff = 0' '[process]' 'forward = all'
	inside /bin/sh -c 'echo try; kill -HUP $PPID; sleep 300'
	check "$who: a signal that came through cordon is no crash" test "$(grep -c try "$T/out")" = 1
	stack '[restart]' 'limit = 40' 'backoff = 0' '[timeout]' 'wall = 1s'
	inside /bin/sh -c 'echo try; sleep 0.3; kill -SEGV $$'
	check "$who: all tries have one time" test "$rc" = 124
	stack '[restart]' 'limit = 3' '[restart.b]' 'limit = 1' 'codes = 9' 'backoff = 2s' '[restart.c]' 'limit = 2' 'on = failure'
	"$CORDON" explain --conf "$T/conf" t >"$T/out"
	check "$who: sections merge" grep -q '^restart 1 time on signal or 9, after 2s to 1min ' "$T/out"
}

mistakes() {
	stack '[restart]' 'backoff = 1s'
	refused "$who: no limit" "needs 'limit'"
	stack '[restart]' 'limit = 1' 'on = failure' 'codes = 3'
	refused "$who: both" "'codes' adds nothing"
	stack '[restart]' 'limit = 1' 'codes = 256'
	refused "$who: no exit status" 'an exit status is 1 to 255'
	stack '[restart]' 'limit = 1' 'backoff = 2s' 'backoff-max = 1s'
	refused "$who: waits" "'backoff-max' is shorter"
	stack '[restart]' 'limit = 1' 'codes = 3' '[restart.b]' 'limit = 1' 'codes = 4'
	refused "$who: two lists" 'contradicts'
	stack '[stack]' 'parent = never' '[restart]' 'limit = 1'
	refused "$who: nobody to start it" 'somebody must start it again'
}

both forms
both ends
both mistakes
plan
