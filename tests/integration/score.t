#!/bin/sh
# cordon score: each kind is open in an empty stack, and closed by what the table says.
. "$top_srcdir/tests/lib.sh"

# state KIND: in the last output
state() {
	awk -v kind="$1" '$3 == kind { print $1 }' "$T/out"
}

scored() {
	bare "$CORDON" score --conf "$T/conf" t
}

# closes KIND FIRST THEN LINE...: FIRST without the lines, THEN with them
closes() {
	_kind=$1 _first=$2 _then=$3
	shift 3
	stack '[stack]'
	scored
	_was=$(state "$_kind")
	stack "$@"
	scored
	check "$who: $_kind is $_first, and $_then by $*" \
		test "$rc:$_was:$(state "$_kind")" = "0:$_first:$_then"
}

cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"

kinds() {
	closes environment open closed '[env]' 'keep = PATH'
	closes terminal open closed '[process]' 'session = new'
	closes writable-code open closed '[process]' 'wx = refuse'
	closes system-calls open partly '[seccomp]' 'profile = default'
	closes system-calls open closed '[seccomp]' 'profile = strict'
	closes network open closed '[seccomp]' 'profile = no-network'
	closes programs open closed '[seccomp]' 'profile = no-exec'
	closes programs open partly '[scripts]' "allow = $probe"
	closes user-namespaces open closed '[seccomp]' 'profile = default'
	closes memory open partly '[rlimits]' 'as = 1G'
	closes processes-number open partly '[rlimits]' 'nproc = 100'
	closes processor open partly '[rlimits]' 'cpu = 9s'
	closes processor open closed '[timeout]' 'cpu = 9s'
	closes duration open closed '[timeout]' 'wall = 9s'
	closes file-size open closed '[rlimits]' 'fsize = 1M'
	closes core-dumps open closed '[rlimits]' 'core = 0'
	closes core-dumps open partly '[rlimits]' 'core = 1M'
	closes left-behind open partly '[timeout]' 'wall = 9s'
	stack '[cgroup]' 'pids = 50'
	bare "$CORDON" check --conf "$T/conf" t
	if test "$rc" = 0; then
		closes left-behind open closed '[cgroup]' 'pids = 50'
	else
		skip "$who: left-behind, and a cgroup" "$(cut -c1-100 "$T/err")"
	fi
	closes descriptors closed partly '[fds]' 'keep = 3'
	closes record open closed '[record]' "file = $T/drop/record"
	closes keyrings open partly '[process]' 'keyring = new'
	closes temporary-files open partly '[tmp]' 'dir = TMPDIR'
	if "$probe" landlock | grep -qE '^abi ([6-9]|[1-9][0-9])'; then
		closes reading open closed '[landlock]' 'read = /'
		closes reading open partly '[landlock]' 'forbid = /nonexistent'
		closes writing open partly '[landlock]' 'read = /' 'write = /tmp'
		closes programs open closed '[landlock]' 'read = /' 'execute = /usr'
		closes processes open closed '[landlock]' 'scope = signals'
		closes ipc open partly '[landlock]' 'scope = abstract-sockets'
		closes network open partly '[landlock]' 'connect-tcp = 443'
	else
		skip "$who: what Landlock closes" 'Landlock ABI 6 is needed'
	fi
	if can_userns; then
		closes network open closed '[namespaces]' 'new = net'
		closes processes open closed '[namespaces]' 'new = pid mount'
		closes left-behind open closed '[namespaces]' 'new = pid mount'
		closes ipc open closed '[namespaces]' 'new = ipc net'
		closes other-proc open closed '[namespaces]' 'new = pid mount' \
			'[mounts]' 'proc = new'
		closes reading open closed '[mounts]' 'root = empty'
		closes writing open closed '[mounts]' 'root = empty'
		closes writing open partly '[mounts]' 'root = empty' 'rw = /usr'
		closes writing open closed '[mounts]' 'ro = /'
		closes temporary-files open closed '[tmp]' 'private = /tmp'
	else
		skip "$who: what namespaces close" 'no user namespace here'
	fi
}

of_root() {
	closes host-root open closed '[user]' "user = $free_uid" "group = $free_uid"
	closes capabilities open closed '[caps]' 'keep ='
	closes capabilities open partly '[caps]' 'keep = net_bind_service'
	closes capabilities open open '[caps]' 'keep = sys_admin'
	if can_userns; then
		closes capabilities open partly '[caps]' 'keep = sys_admin' '[namespaces]' 'new = user' \
			'[user]' "user = $free_uid" "group = $free_uid"
	fi
	hostile='--groups 4,5'
	closes groups open partly '[user]' 'groups = 4'
	hostile=
	closes own-user open partly '[user]' "user = $free_uid" "group = $free_uid"
	closes own-user open closed '[user]' 'pool = 60000-60009' \
		'[namespaces]' 'new = pid mount'
	closes new-privileges closed open '[caps]' 'no-new-privs = no'
	closes devices open closed '[mounts]' 'dev = minimal'
	closes kernel-files open closed '[namespaces]' 'new = mount'
}

# exposure STACK: in tenths
exposure() {
	"$CORDON" score --conf "$top_srcdir/conf.d" "$1" | sed -n 's/.*: exposure \([0-9]*\)\.\([0-9]\) of 10$/\1\2/p'
}

shipped() {
	if ! can_userns; then
		skip "$who: of the shipped stacks" 'no user namespace here'
		return
	fi
	base=$(exposure base) default=$(exposure default) docker=$(exposure docker-like) \
		untrusted=$(exposure untrusted)
	check "$who: base $base, default $default, docker-like $docker, untrusted $untrusted" test \
		"$base" -gt "$default" -a "$default" -gt "$docker" -a "$docker" -gt "$untrusted"
}

both kinds
as_root of_root
as_root shipped

stack '[env]' 'keep = PATH'
bare "$CORDON" score --conf "$T/conf" --json t
tr -d '\n' <"$T/out" >"$T/line" && mv "$T/line" "$T/out"
json 'as JSON' 'o["stack"] == "t" and 0 < o["exposure"] < 10 and all(sorted(k) == ["kind", "remedy", "section", "state", "text", "weight"] for k in o["kinds"])'
bare "$CORDON" score --conf "$T/conf" nosuch
check 'a stack that is not there' test "$rc:$(grep -c '^cordon: nosuch: ' "$T/err")" = 125:1
stack '[params]' 'n = number 1..9 required' '[rlimits]' 'nofile = ${n}'
bare "$CORDON" score --conf "$T/conf" t
check 'a parameter that is missing' test "$rc" = 125
bare "$CORDON" score --conf "$T/conf" -p n=8 t
check 'and given' test "$rc" = 0
plan
