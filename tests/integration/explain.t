#!/bin/sh
# cordon explain: each step as people read it, with the line that asks for it.
. "$top_srcdir/tests/lib.sh"

# explains NAME LINE...: each stands in what explain says of the stack "t"
explains() {
	_name=$1
	shift
	bare "$CORDON" explain --conf "$T/conf" t
	sed 's/  *\[/ [/' "$T/out" >"$T/lines"
	missing=
	for _line; do
		grep -qxF -- "$_line" "$T/lines" || missing="$missing
$_line"
	done
	if test "$rc" = 0 && test -z "$missing"; then
		ok "$_name"
	else
		not_ok "$_name" "status $rc, not there:$missing"
	fi
}

# at N: where line N of the stack is
at() {
	printf %s "$T/conf/t.ini:$1"
}

cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"

space() {
	if ! can_userns; then
		skip "$who: of namespaces" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = pid net ipc uts mount' 'hostname = cell' '[mounts]' \
		'root = empty' 'proc = hidepid' 'dev = minimal' 'ro = -/nonexistent' \
		'rw = /srv:/data' 'tmpfs = /work:size=10M:mode=0750' 'overlay = /etc:/etc' \
		'symlink = usr/bin:/bin' 'noexec = /data' 'noexec = writable' 'hide = /usr' 'read-only = -/proc' \
		'[tmp]' 'private = /tmp' 'size = 10M'
	explains "$who: mounts" "mount symlink /bin from usr/bin [mounts] $(at 12)" \
		"mount rw /data from /srv [mounts] $(at 9)" \
		"mount overlay /etc from /etc [mounts] $(at 11)" \
		"mount ro /nonexistent from /nonexistent (may be absent) [mounts] $(at 8)" \
		"mount tmpfs /work size 10M mode 0750 [mounts] $(at 10)" \
		"mount private /tmp size 10M mode 1777 [tmp] $(at 18)" \
		"root empty [mounts] $(at 5)" "proc hidepid [mounts] $(at 6)" \
		"dev minimal [mounts] $(at 7)" "hide /usr (until replaced) [mounts] $(at 15)" \
		"noexec /data [mounts] $(at 13)" "noexec all that is writable [mounts] $(at 14)" \
		"read-only /proc [mounts] $(at 16)" \
		"hostname cell [namespaces] $(at 3)" "loopback yes [namespaces] $(at 2)" \
		'pivot-root [always]' 'propagation private [always]'
}

own_space() {
	stack '[user]' "user = $free_uid" "group = $free_uid" '[namespaces]' 'new = user' \
		"uid-map = 0 $free_uid 1" "uid-map = 7 65000 3" "gid-map = $free_uid $free_uid 1"
	explains 'maps' "id-map uid 0 $free_uid 1 7 65000 3 [namespaces] $(at 6)" \
		"id-map gid $free_uid $free_uid 1 [namespaces] $(at 8)"
	stack '[user]' "user = $free_uid" "group = $free_uid" 'groups = 12 13' '[namespaces]' 'new = user' \
		"uid-map = 0 $free_uid 1" "gid-map = 0 $free_uid 1" 'gid-map = 5 12 1'
	explains 'groups in a user namespace' "id-map gid 0 $free_uid 1 5 12 1 [namespaces] $(at 8)" \
		"mapped-id uid 0 $free_uid 1 gid 0 $free_uid 1 5 12 1 13 13 1 [namespaces] $(at 6)" \
		"setgroups 5 13 [user] $(at 4)"
}

# A folder that is gone has no path in another root.
gone() {
	stack '[namespaces]' 'new = user mount' '[mounts]' 'ro = /' '[user]' 'when = root' \
		"user = $free_uid" "group = $free_uid"
	mkdir "$T/gone" && cd "$T/gone" && rmdir "$T/gone" || exit 99
	explains "$who: the working directory" 'cwd (deleted) [always]'
	cd "$top_builddir" || exit 99
}

process() {
	stack '[process]' 'nice = 5' 'oom-score-adj = 100' 'io-priority = best-effort:7' \
		'cpus = 0' 'umask = 027' 'cwd = /usr' 'session = new' 'wx = refuse' \
		'keyring = new' 'signals = keep' 'forward = all' '[rlimits]' 'nofile = 64:128' \
		'core = 0' '[fds]' 'stdin = null' 'keep = 7' '[env]' 'keep = LANG LC_*' \
		'drop = LC_ALL' 'set = A=b'
	explains "$who: the process" "nice 5 [process] $(at 2)" \
		"oom-score-adj 100 [process] $(at 3)" "io-priority best-effort:7 [process] $(at 4)" \
		"cpus 0 [process] $(at 5)" "umask 0027 [process] $(at 6)" "cwd /usr [process] $(at 7)" \
		"session new [process] $(at 8)" "wx refuse [process] $(at 9)" \
		"keyring new [process] $(at 10)" "signals keep [process] $(at 11)" \
		"forward all [process] $(at 12)" \
		"rlimit nofile 64:128 [rlimits] $(at 14)" "rlimit core 0:0 [rlimits] $(at 15)" \
		"stdio stdin null [fds] $(at 17)" "fd-keep 7 [fds] $(at 18)" \
		"env-keep LANG LC_* [env] $(at 20)" "env-drop LC_ALL [env] $(at 21)" \
		"env-set A b [env] $(at 22)" 'env   A=b' \
		'no-new-privs yes [always]' 'exec [always]'
	stack '[timeout]' 'wall = 90s' 'cpu = 1500ms' 'grace = 2s' 'signal = INT' \
		'startup = 5s until /data/ready' '[record]' "file = $T/drop/record"
	explains "$who: limits of time" "timeout wall 90s [timeout] $(at 2)" \
		"timeout cpu 1500ms [timeout] $(at 3)" "grace 2s [timeout] $(at 4)" \
		"timeout-signal INT [timeout] $(at 5)" \
		"startup 5s until /data/ready [timeout] $(at 6)" \
		"record file $T/drop/record [record] $(at 8)"
}

ids() {
	stack '[user]' "user = $free_uid" "group = $free_uid" 'groups = 12 54322' '[caps]' \
		'keep = kill chown' 'ambient = kill'
	explains 'ids and capabilities' "user $free_uid [user] $(at 2)" \
		"groups list 12 54322 [user] $(at 4)" "setgroups 12 54322 [user] $(at 4)" \
		"setgid $free_uid [user] $(at 2)" "setuid $free_uid [user] $(at 2)" \
		"bounding-set chown kill [caps] $(at 6)" "caps chown kill [caps] $(at 6)" \
		"ambient kill [caps] $(at 7)"
	stack '[namespaces]' 'new = pid mount' '[user]' 'pool = 60000-60009'
	explains 'a pool' "pool 60000-60009 [user] $(at 4)"
}

groups() {
	stack '[cgroup]' 'memory = 1G' 'swap = 0' 'cpu = 50%' 'pids = 30'
	bare "$CORDON" explain --conf "$T/conf" t
	if test "$rc" != 0; then
		skip "$who: a cgroup" "$(cut -c1-100 "$T/err")"
		return
	fi
	explains "$who: a cgroup" "cgroup-limit memory 1G [cgroup] $(at 2)" \
		"cgroup-limit swap 0 [cgroup] $(at 3)" "cgroup-limit cpu 50% [cgroup] $(at 4)" \
		"cgroup-limit pids 30 [cgroup] $(at 5)"
}

# what a link of the stack's name runs
front() {
	stack '[stack]' 'program = /usr/bin/env' 'arguments = -i A=b' 'argv0 = name' '[rlimits]' 'core = 0'
	explains "$who: what the stack's link runs" \
		"front /usr/bin/env -i A=b, called by the link's name  $(at 2)"
	bare "$CORDON" explain --conf "$T/conf" --json t
	check "$who: --json: the same" grep -qF '"program":"/usr/bin/env","arguments":"-i A=b","refused":null,' "$T/out"
	stack '[deny]' 'message = not now'
	bare "$CORDON" explain --conf "$T/conf" --json t -- true
	check "$who: --json: what a run would say" grep -qF "\"refused\":\"$(at 1): [deny] not now\"," "$T/out"
}

both space
both front
both process
both groups
both gone
as_root own_space
as_root ids
plan
