#!/bin/sh
# supervisord: command=, which it ends by one pid, or by the group.
. "$top_srcdir/tests/callers/lib.sh"
needs supervisord supervisor
needs supervisorctl supervisor

ctl() {
	supervisorctl -c "$T/place/supervisord.conf" "$@"
}

program() { # NAME LINE...
	printf '\n[program:%s]\n' "$1"
	shift
	printf '%s\n' "$@" 'autostart=false' 'autorestart=false' 'startsecs=0' 'stopwaitsecs=2' 'user=nobody'
}

# The stack's forms, each ended by pid and by group.
stack_of never '[stack]' 'parent = never' '[rlimits]' 'nofile = 81'
stack_of always '[stack]' 'parent = always' '[rlimits]' 'nofile = 81'
cat >"$T/bin/deaf" <<'END'
#!/bin/sh
trap '' TERM
sleep 300 & echo "$$ $!" >"$1.new" && mv "$1.new" "$1"
wait; wait; wait
END
chmod 755 "$T/bin/deaf"
{
	printf '%s\n' '[unix_http_server]' "file=$T/place/socket" '[rpcinterface:supervisor]' \
		'supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface' \
		'[supervisorctl]' "serverurl=unix://$T/place/socket" '[supervisord]' \
		"logfile=$T/place/log" "pidfile=$T/place/pid" 'nodaemon=true' 'user=root' "childlogdir=$T/place"
	for parent in never always; do
		run="command=$CORDON run --conf $T/conf $parent --"
		program "says-$parent" "$run /bin/sh -c 'ulimit -n; exit 5'" "stdout_logfile=$T/place/says-$parent" \
			"stderr_logfile=$T/place/err-$parent"
		program "three-$parent" "$run $T/bin/three $T/drop/three-$parent"
		program "deaf-$parent" "$run $T/bin/deaf $T/drop/deaf-$parent" 'killasgroup=true' 'stopasgroup=true'
	done
} >"$T/place/supervisord.conf"
supervisord -n -c "$T/place/supervisord.conf" >"$T/place/out" 2>&1 &
supervisord=$!
background="$background $supervisord"
until_test -S "$T/place/socket"

for parent in never always; do
	ctl start "says-$parent" >/dev/null
	until_file "$T/place/says-$parent"
	check "$parent: it runs in its stack" test "$(cat "$T/place/says-$parent")" = 81
	until_exited() {
		for _try in $(seq $((2 * patience))); do
			ctl status "says-$parent" >"$T/out" # 3: it does not run
			! grep -q EXITED "$T/out" || return 0
			sleep 0.5
		done
		return 1
	}
	check "$parent: it ends" until_exited
	check "$parent: with the job's status" grep -q "exited: says-$parent (exit status 5; not expected)" "$T/place/log"
	check "$parent: nothing on stderr" test ! -s "$T/place/err-$parent"

	ctl start "three-$parent" >/dev/null
	until_file "$T/drop/three-$parent"
	read -r one two three <"$T/drop/three-$parent"
	check "$parent: as the user of the section" test "$(stat -c %U "/proc/$one")" = nobody
	ctl stop "three-$parent" >/dev/null
	check "$parent: stop: the job hears TERM" until_gone "$one"
	check "$parent: stop: by this signal" grep -q "stopped: three-$parent (terminated by SIGTERM)" "$T/place/log"
	kill -KILL "$two" "$three" 2>/dev/null

	ctl start "deaf-$parent" >/dev/null
	until_file "$T/drop/deaf-$parent"
	read -r one two <"$T/drop/deaf-$parent"
	ctl stop "deaf-$parent" >/dev/null
	check "$parent: one that hears no TERM: KILL ends its group" until_gone "$one" "$two"
	check "$parent: by this signal" grep -q "stopped: deaf-$parent (terminated by SIGKILL)" "$T/place/log"
done
kill "$supervisord"
wait "$supervisord"
plan
