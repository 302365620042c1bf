#!/bin/sh
# I53: at a limit the job gets TERM and CONT, after the grace the whole tree is killed,
# on time.   I4: what cordon's caller had given it is left alone.
# INVARIANTS section 9: L1 and L3 while the grace time runs.
. "$top_srcdir/tests/lib.sh"

# within 50 ms where the machine is ours; else time is the machine's
margin=50
test "$exact" || margin=8000

runs='1 2 3 4 5'

# five NAME COMMAND...: five at once; each ends with 124 and leaves nothing, and the
# median of their times is $expected ms
five() {
	job=$1
	shift
	rm -f "$T/drop/record".*
	_pids=
	for i in $runs; do
		"$launch" --watch "$T/seen.$i" --timeout 20 $switch -- "$CORDON" run \
			--conf "$T/conf" --record "$T/drop/record.$i" t -- "$@" \
			</dev/null >"$T/out.$i" 2>&1 &
		_pids="$_pids $!"
	done
	for i in $_pids; do wait "$i"; done
	bad=
	for i in $runs; do
		grep -qx 'exited 124' "$T/seen.$i" && grep -qx 'left 0' "$T/seen.$i" &&
			! test -s "$T/out.$i" || bad="$bad $(tr '\n' ' ' <"$T/seen.$i")"
	done
	check "I53 $job: 124, and nothing is left" test -z "$bad"
	test -z "$bad" || echo "# $bad"
	median=$(sed -n 's/.*"wall_ms":\([0-9]*\),.*/\1/p' "$T/drop/record".* | sort -n | sed -n 3p)
	echo "# $job: $median ms, the median of five"
	check "I53 $job: after $expected ms (+$margin)" \
		test "$median" -ge "$expected" -a "$median" -lt $((expected + margin))
}

five_jobs() {
	stack "$@" '[timeout]' 'wall = 1s' 'grace = 500ms'
	expected=1000
	five "$way: a plain job" "$probe" session 30
	five "$way: one that traps TERM" "$probe" trap 15 42 "$T/drop/ready"
	five "$way: one that is stopped" /bin/sh -c "kill -STOP \$\$; exec $probe session 30"
	five "$way: one that waits for a vfork" "$probe" vforked 30
	expected=1500
	five "$way: one that ignores TERM" /bin/sh -c "trap '' TERM; exec $probe session 30"
	five "$way: one that waits for a vfork, and ignores TERM" \
		/bin/sh -c "trap '' TERM; exec $probe vforked 30"
}

# what multiplies while it is ended
bombs() {
	stack "$@" '[timeout]' 'wall = 500ms' 'grace = 100ms'
	for job in 'hydra 40' 'comet 8' 'daemonize 0 30' ; do
		inside "$probe" ${job%% *} ${job#* }
		case $job in
		daemonize*)
			test "$space" || continue
			check "I50 $way: $job" ran 'exited 0'
			;;
		*) check "I53 $way: nothing is left of a $job" ran 'exited 124' ;;
		esac
	done
	inside /bin/sh -c "$probe daemonize 0 30 $T/drop/daemon.$$; sleep 30"
	rm -f "$T/drop/daemon.$$"
	check "I53 $way: a daemon is part of the tree" ran 'exited 124'
}

# in_time STATUS: as ran, and not by the launcher's patience
in_time() {
	ran "$1" && ! grep -qx timeout "$T/seen"
}

# start COMMAND...: inside, in the background; cordon's pid is in $cordon
start() {
	rm -f "$T/drop/pid" "$T/drop/ready"
	hostile="--pid-file $T/drop/pid"
	inside "$@" &
	runner=$!
	hostile=
	until_test -e "$T/drop/ready"
	read -r cordon <"$T/drop/pid"
}

stubborn="trap 'echo >$T/drop/term' TERM; echo >$T/drop/ready; while :; do sleep 0.05; done"

in_grace() {
	stack "$@" '[timeout]' 'wall = 300ms' 'grace = 2min'
	rm -f "$T/drop/term"
	start /bin/sh -c "$stubborn"
	until_test -e "$T/drop/term"
	kill -KILL "$cordon"
	wait "$runner"
	if test "$space"; then
		check "L1 $way: kill -9 of cordon during the grace time" saw 'left 0'
	fi

	rm -f "$T/drop/term"
	start /bin/sh -c "$stubborn"
	until_test -e "$T/drop/term"
	rm -f "$T/drop/term"
	kill -TERM "$cordon"
	until_test -e "$T/drop/term"
	check "L3 $way: TERM during the grace time is passed on" test -e "$T/drop/term"
	kill -TERM "$cordon"
	wait "$runner"
	check "L3 $way: a second TERM ends it at once, and it is a timeout" in_time 'exited 124'

	stack "$@" '[timeout]' 'grace = 300ms'
	start /bin/sh -c "$stubborn"
	kill -TERM "$cordon"
	wait "$runner"
	check "L3 $way: the grace time of a TERM from outside" in_time 'signaled 9'
}

# cordon gets a child from its caller, which lives on
foreign() {
	stack '[timeout]' 'wall = 300ms' 'grace = 100ms'
	rm -f "$T/drop/child"
	"$launch" --timeout 20 $switch -- /bin/sh -c \
		"sleep 77 & echo \$! >$T/drop/child; exec \"\$@\"" sh \
		"$CORDON" run --conf "$T/conf" t -- "$probe" session 30
	rc=$?
	read -r child <"$T/drop/child"
	check "I4 $who: a child of the caller's is left alone" \
		test "$rc:$(tr '\0' ' ' <"/proc/$child/cmdline")" = '124:sleep 77 '
	kill -KILL "$child"
}

without() {
	way="$who, by parents" space=
	five_jobs ''
	bombs ''
	in_grace ''
	foreign
}

within() {
	way="$who, pid namespace" space=yes
	if ! can_userns; then
		skip "I53 $way" 'no user namespace here'
		return
	fi
	five_jobs '[namespaces]' 'new = pid mount'
	bombs '[namespaces]' 'new = pid mount'
	in_grace '[namespaces]' 'new = pid mount'
}

in_cgroup() {
	way="$who, cgroup" space=yes
	stack '[cgroup]' 'pids = 200'
	inside "$probe" exit 0
	if ! ran 'exited 0'; then
		skip "I53 $way" "no cgroup here: $(cut -c1-100 "$T/err")"
		return
	fi
	five_jobs '[cgroup]' 'pids = 200'
	bombs '[cgroup]' 'pids = 200'
	in_grace '[cgroup]' 'pids = 200'
}

both without
both within
both in_cgroup
plan
