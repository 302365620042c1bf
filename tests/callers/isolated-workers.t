#!/bin/sh
# Workers that a Node.js host forks by `execPath`, as the library isolated-workers does, in
# conf.d/isolated-workers.ini: what it promises, and what it leaves to its user.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'isolated workers' 'only root can put stacks where a front door looks for them'
	plan
fi
node=$(readlink -f /usr/bin/node)
if ! test -x "$node"; then
	skip 'isolated workers' 'no /usr/bin/node (Debian: nodejs)'
	plan
fi
not_sanitized 'a sanitizer takes the time that a host waits'

host=$T/bin/host.js worker=$T/app/worker.js
mkdir -m 755 "$T/bin" "$T/shims" "$T/app" "$T/appX" "$T/records"
mkdir -m 1777 "$T/place"
cp "$top_srcdir/tests/callers/isolated-workers/host.js" "$T/bin"
cp "$top_srcdir/tests/callers/isolated-workers/worker.js" "$T/app"
cp "$worker" "$T/appX/worker.js"
chmod 644 "$host" "$worker" "$T/appX/worker.js"

# worker_of NAME LINE...: an administrator's stack for node
worker_of() {
	_of=$1
	shift
	stack_of "$_of" '[stack]' 'include = isolated-workers' "program = $node" '[params]' \
		"sockets = dir under $T/place from env TMPDIR required" \
		"socket = path under $T/place from env ISOLATED_WORKERS_SOCKET_PATH required" "$@"
	test -e "$T/shims/$_of" || ln -s "$CORDON" "$T/shims/$_of"
}
worker_of node-worker

# A folder of this host's own, as its environment says.
own_folder() {
	sockets=$T/place/$who.$1
	mkdir -m 700 "$sockets" && chown "$uid" "$sockets"
	hostile="--setenv PATH=/usr/bin:/bin --setenv TMPDIR=$sockets --setenv SECRET_DB=hunter2"
}

# hosted EXECPATH MODE REQUEST...: $T/out is what the host says
hosted() {
	_path=$1
	shift
	bare "$node" "$host" "$_path" "$worker" "$@"
}

can_start() {
	can_userns || { skip "$who: isolated workers" 'no user namespace here'; return 1; }
}

# ---- what it needs, and its promises about files, variables and programs ----

promises() {
	can_start || return
	own_folder promises
	hostile="$hostile --setenv NODE_OPTIONS=--no-warnings"
	set -- ping env modes fd9 tmp spawn write memory signal
	exec 9<"$T/conf/node-worker.ini"
	hosted "$node" run "$@"
	cp "$T/out" "$T/control"
	hosted "$T/shims/node-worker" run "$@"
	exec 9<&-
	check "$who: the control: without cordon it sees, starts and reaches all of this" sh -c '
		grep -qx "env {\"secret\":\"hunter2\",\"options\":\"--no-warnings\",\"environ\":true}" "$1" &&
		grep -qx "spawn \"spawned\"" "$1" && grep -qx "signal true" "$1" &&
		grep -qE "^modes .*\"file\":\"644\"" "$1"' sh "$T/control"
	judge_says "$who: it listens, is connected to, answers, and is ended by TERM" connected \
		"ping {\"argv\":2,\"ipc\":\"function\",\"node\":\"$node\"}" 'exit null SIGTERM'
	judge_says "$who: messages over the descriptor of fork()" 'ipc "started"'
	judge_says "$who: variables by list; neither process.env nor /proc has others" \
		'env {"secret":null,"options":null,"environ":false}'
	judge_says "$who: a socket and files for their owner alone, and the umask of the host is what it was" \
		'modes {"socket":"700","file":"600"}' 'umask 22'
	check "$who: no descriptor of the host's" sh -c 'grep -q "^fd9 " "$0" && ! grep -q "^fd9 .*ini" "$0"' "$T/out"
	judge_says "$who: a /tmp of its own" 'tmp 0'
	judge_says "$who: child_process.spawn is refused while it runs" '~spawn "(EACCES|EPERM)"'
	judge_says "$who: the system is read-only" '~write "(EROFS|EACCES)"'
	judge_says "$who: the host's memory is out of reach, and it cannot be signalled" '~memory "(EACCES|EPERM)"' 'signal "EPERM"'
	check "$who: another user sees no name in the folder of the sockets" \
		test "$("$launch" --uid 12345 -- "$probe" open "$sockets" 2>&1 | grep -c EACCES)" != 0
	hostile=
}
both promises

# ---- a folder that is not the host's ----

foreign() {
	can_start || return
	own_folder mine
	mkdir -m 700 "$T/place/other.$who" && chown 12345 "$T/place/other.$who"
	ln -s "$sockets" "$T/place/link.$who"
	_own=$hostile
	for _folder in "link.$who" "../place/$who.mine" "other.$who"; do
		test "$who:$_folder" != "root:other.root" || continue # root may, and says no [user]
		hostile="--setenv TMPDIR=$T/place/$_folder --setenv HOST_TRIES=3 $_own"
		hosted "$T/shims/node-worker" run ping
		judge_says "$who: no worker where the folder of the sockets is $_folder" '!^connected$' '~exit (125|1) null'
	done
	hostile="--setenv TMPDIR=/tmp --setenv HOST_TRIES=3 $_own"
	hosted "$T/shims/node-worker" run ping
	judge_says "$who: nor where it is none that the stack names" 'exit 125 null'
	hostile=
}
both foreign

# ---- time, and the end ----

ends() {
	can_start || return
	own_folder ends
	worker_of node-brief '[timeout.brief]' "startup = 3s until \${socket}" 'wall = 6s' 'grace = 300ms' \
		'[record]' "file = $T/records/$who"
	chown "$uid" "$T/records"
	hosted "$T/shims/node-brief" deaf
	judge_says "$who: one that never listens" 'exit 124 null'
	hosted "$T/shims/node-brief" stay ping
	judge_says "$who: one that runs too long" connected 'exit 124 null'
	hosted "$T/shims/node-brief" stubborn ping
	judge_says "$who: one that hears no TERM" connected '~exit (null SIGKILL|137 null)'
	hosted "$T/shims/node-brief" run spin
	judge_says "$who: one that spins when it is closed" 'spin "spins"' '~exit (null SIGTERM|null SIGKILL)'
	check "$who: and nothing is left of any" saw 'left 0'
	hosted "$T/shims/node-brief" stay crash
	judge_says "$who: a crash is one to the host" 'exit null SIGSEGV'
	hosted "$T/shims/node-brief" run burn
	cp "$T/records/$who" "$T/out"
	json "$who: a line of the record for each, with its end" \
		'[x["reason"] for x in objects] == ["timeout", "timeout", "signaled", "signaled", "signaled", "signaled"]'
	tail -n 1 "$T/records/$who" >"$T/out"
	used=$(cat "$sockets/used")
	json "$who: processor time and memory as the worker itself counts them, within a tenth" \
		"(lambda u: abs(o['user_ms'] + o['sys_ms'] - u['ms']) <= 0.1 * u['ms'] + 60 and abs(o['max_rss_kb'] - u['kb']) <= 0.1 * u['kb'])($used)"
	hostile=
}
both ends

# ---- who it is, and which scripts run ----

worker_of node-as '[user]' "user = $free_uid" "group = $free_uid" 'groups = none'
as_another() {
	sockets=$T/place/other
	mkdir -m 700 "$sockets"
	chown "$free_uid" "$sockets"
	hostile="--setenv PATH=/usr/bin:/bin --setenv TMPDIR=$sockets"
	hosted "$T/shims/node-as" run groups
	judge_says 'root: as another user: no group, and no way back' \
		"groups {\"groups\":[],\"setuid\":\"EPERM\",\"uid\":$free_uid}"
	hostile=
}
as_root as_another

# refuses WHAT SCRIPT: the host is told by the exit status, and nothing ran
refuses() {
	bare "$node" "$host" "$T/shims/node-scripts" "$2" run ping
	judge_says "$who: $1" 'exit 125 null' '!ipc' '!connected'
}
scripts() {
	can_start || return
	own_folder scripts
	worker_of node-scripts '[scripts]' "allow = $T/app/*.js" '[paths]' "under = $T/app"
	bare "$node" "$host" "$T/shims/node-scripts" "$worker" run ping
	judge_says "$who: a script that is listed" connected
	hostile="$hostile --setenv HOST_TRIES=3"
	cp "$worker" "$T/place/copy.js"
	ln -sf "$T/place/copy.js" "$T/app/out.js"
	refuses 'a copy of it elsewhere' "$T/place/copy.js"
	refuses 'a folder whose name begins like the right one' "$T/appX/worker.js"
	refuses 'a way out by ..' "$T/app/../appX/worker.js"
	refuses 'a link that leads out' "$T/app/out.js"
	rm -f "$T/app/out.js" "$T/place/copy.js"
	hostile=
}
both scripts

# ---- what they say to each other ----

worker_of node-judged '[tmp]' 'size = unlimited' '[messages]' 'socket = ISOLATED_WORKERS_SOCKET_PATH' \
	'max-bytes = 64K' 'max-depth = 8' 'forbid-keys = __proto__ constructor' 'violation = answer'
messages() {
	can_start || return
	own_folder messages
	_long=$(head -c 70000 /dev/zero | tr '\0' ' ')
	hosted "$T/shims/node-judged" run ping '{"type":"ping","\u005f_proto__":1}' '{"type":"ping","a":[[[[[[[[0]]]]]]]]}' \
		'{"type":"ping"}}' "{\"type\":\"ping\"$_long}" ping
	sed -i "s/ \{9,\}/ /" "$T/out"
	judge_says "$who: what is no message of theirs is answered, and not passed on" connected \
		'{"type":"ping","\u005f_proto__":1} {"error":"line 2 of the socket to the job has the forbidden key '"'__proto__'"'","section":"messages"}' \
		'~\{"type":"ping","a".* \{"error":"line 3 of the socket to the job is deeper than 8".*' \
		'~\{"type":"ping"\}\} \{"error":"line 4 of the socket to the job .*' \
		'~\{"type":"ping" \} \{"error":"line 5 of the socket to the job .*' \
		"ping {\"argv\":2,\"ipc\":\"function\",\"node\":\"$node\"}" 'exit null SIGTERM'
	check "$who: and their socket is gone" test "$(find "$sockets" -type s | wc -l)" = 0
	hostile=
}
both messages

# ---- what it prints ----

worker_of node-discreet '[redact]' 'environment = SECRET_*'
prints() {
	can_start || return
	own_folder prints
	hosted "$T/shims/node-worker" stay-a-while print
	judge_says "$who: the control: it prints what it was told" 'it is hunter2 indeed'
	hosted "$T/shims/node-discreet" stay-a-while print
	judge_says "$who: a value of SECRET_* is covered, in two writes too, and all else is as it was" 'it is *** indeed' \
		'::{"outputs":{}}::' 'exit null SIGTERM' '!hunter2'
	hostile=
}
both prints

# ---- without its host, or without a word ----

# killed PATH SOCKETS-LEFT: the host dies while its worker spins
killed() {
	rm -f "$T/drop/said"
	# shellcheck disable=SC2016 # the host's
	bare /bin/sh -c '"$@" >"$0" & while ! grep -q "^spin" "$0"; do sleep 0.05; done
		kill -KILL $!; sleep 0.2; worker=$(sed -n "s/^host .* //p" "$0")
		for try in $(seq 300); do kill -0 "$worker" || exit 0; sleep 0.1; done 2>/dev/null; exit 1' \
		"$T/drop/said" "$node" "$host" "$T/shims/$1" "$worker" killed spin
	check "$who: $1: no worker without its host, spinning or not" saw 'exited 0'
	check "$who: $1: and nothing else of it" saw 'left 0'
}
worker_of node-idle '[tmp]' 'size = unlimited' '[messages]' 'socket = ISOLATED_WORKERS_SOCKET_PATH' \
	'[timeout.idle]' 'idle = 4s' '[record]' "file = $T/records/idle"
alone() {
	can_start || return
	own_folder alone
	killed node-worker
	rm -f "$sockets"/*.sock
	killed node-judged
	check "$who: nor the socket that cordon made" test "$(find "$sockets" -type s | wc -l)" = 0
	rm -f "$T/records/idle"
	chown "$uid" "$T/records"
	hosted "$T/shims/node-idle" stay ping
	judge_says "$who: a worker that hears and says nothing ends" connected 'exit 124 null'
	check "$who: and why is in the record" grep -qF '"section":"timeout.idle","message":"idle limit of 4s"' "$T/records/idle"
	hostile=
}
both alone

# ---- memory ----

memory() {
	own_folder memory
	worker_of node-small '[cgroup]' 'memory = 192M' 'swap = 0' '[record]' "file = $T/records/oom"
	stack '[cgroup]' 'memory = 192M' 'swap = 0'
	chown 0 "$T/records"
	inside true
	if test "$rc" != 0; then
		skip "$who: too much memory" "$(cut -c1-120 "$T/err")"
		return
	fi
	hosted "$T/shims/node-small" run eat
	judge_says "$who: too much memory ends the worker, and not its host" 'exit null SIGKILL'
	cp "$T/records/oom" "$T/out"
	json "$who: and the record says so" 'o["reason"] == "oom"'
	hostile=
}
as_root memory
plan
