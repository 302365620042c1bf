#!/bin/sh
# s6: the last line of a run script, with a descriptor on which the service says that it is ready.
. "$top_srcdir/tests/callers/lib.sh"
needs s6-supervise s6
needs s6-svc s6

# What three does, and then it says so on descriptor 3.
cat >"$T/bin/ready" <<'END'
#!/bin/sh
sleep 300 & one=$!
setsid sleep 300 & two=$!
echo "$$ $one $two" >"$1.new" && mv "$1.new" "$1"
sleep 0.3
echo >&3
wait
END
chmod 755 "$T/bin/ready"

begun() {
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
}

works() {
	service=$T/place/$who.${form% *}
	mkdir -m 755 "$service"
	: >"$T/drop/finish"
	chmod 666 "$T/drop/finish"
	printf '%s\n' '#!/bin/sh' "exec $CORDON run --conf $T/conf t -- $T/bin/ready $T/drop/three" >"$service/run"
	printf '%s\n' '#!/bin/sh' "echo \"\$1 \$2\" >>$T/drop/finish" >"$service/finish"
	chmod 755 "$service/run" "$service/finish"
	echo 3 >"$service/notification-fd"
	: >"$service/down"
	chown -R "$uid" "$service"
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = 80' '[fds]' 'keep = 3' '[process]' 'suspend = none'
	"$launch" $switch -- /usr/bin/s6-supervise "$service" >"$T/out" 2>"$T/err" &
	s6=$!
	background="$background $s6"
	until_test -p "$service/supervise/control"

	rm -f "$T/drop/three"
	# s6 lets its own user alone listen
	"$launch" $switch -- /usr/bin/s6-svc -uwU -T $((1000 * patience)) "$service" >"$T/check" 2>&1
	rc=$?
	begun
	check "$who $form: s6-svc waits until it says that it is ready" \
		test "$rc:$(s6-svstat -o ready "$service")" = 0:true
	check "$who $form: it runs in its stack" grep -q '^Max open files  *80 ' "/proc/$one/limits"
	rm -f "$T/drop/three"
	s6-svc -t "$service"
	check "$who $form: TERM: the job hears it" until_gone "$one"
	check "$who $form: TERM: finish is told the signal" finished '256 15'
	kill -KILL "$two" "$three" 2>/dev/null

	begun # s6 starts it again
	rm -f "$T/drop/three"
	s6-svc -k "$service"
	check "$who $form: KILL of what s6 started: the job dies with it" until_gone "$one"
	check "$who $form: KILL: finish is told" finished '256 9'
	kill -KILL "$two" "$three" 2>/dev/null

	begun
	s6-svc -xd "$service"
	until_gone "$one"
	kill -KILL "$two" "$three" 2>/dev/null
	wait "$s6"
	check "$who $form: nothing was said" test ! -s "$T/err"
}
all_ways works

# A pause is SIGSTOP to what s6 started: where that stays, the stack says that the job follows.
pauses() {
	service=$T/place/$who.pause
	mkdir -m 755 "$service"
	printf '%s\n' '#!/bin/sh' "exec $CORDON run --conf $T/conf t -- $T/bin/three $T/drop/three" >"$service/run"
	chmod 755 "$service/run"
	: >"$service/down"
	chown -R "$uid" "$service"
	stack '[process]' 'suspend = follow'
	"$launch" $switch -- /usr/bin/s6-supervise "$service" >"$T/out" 2>"$T/err" &
	s6=$!
	background="$background $s6"
	until_test -p "$service/supervise/control"
	rm -f "$T/drop/three"
	s6-svc -u "$service"
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
	s6-svc -p "$service"
	check "$who: pause: all of the job stands" eval 'in_state "$one" T && in_state "$two" T && in_state "$three" T'
	s6-svc -c "$service"
	check "$who: continue: and goes on" eval 'in_state "$one" RS && in_state "$two" RS && in_state "$three" RS'
	s6-svc -xd "$service"
	check "$who: down: it hears TERM" until_gone "$one"
	kill -KILL "$two" "$three" 2>/dev/null
	wait "$s6"
}
both pauses
plan
