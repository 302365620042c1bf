#!/bin/sh
# cordon check: what is legal but weak has a name, a reason and a remedy, which helps.
. "$top_srcdir/tests/lib.sh"

cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"

# named NAME: by the last check, which found no fault
named() {
	bare "$CORDON" check --conf "$T/conf" t
	test "$rc" = 0 || return 2
	grep -q "^t: warning: .* ([^()]*) \\[$1\\]\$" "$T/out"
}

# weak NAME LINE... -- LINE...: named with the first lines, not with the others
weak() {
	_name=$1
	shift
	: >"$T/conf/t.ini"
	while test "$1" != --; do
		echo "$1" >>"$T/conf/t.ini"
		shift
	done
	shift
	named "$_name"
	_first=$?
	stack "$@"
	named "$_name"
	_then=$?
	check "$who: $_name, and not with: $*" test "$_first:$_then" = 0:1
}

anybody() {
	weak confines-nothing '[env]' 'keep = PATH' -- '[rlimits]' 'core = 0'
	weak reaches-caller '[rlimits]' 'core = 0' -- '[landlock]' 'scope = signals'
	weak user-namespaces '[rlimits]' 'core = 0' -- '[seccomp]' 'profile = default'
	weak inline-code '[scripts]' "allow = $probe" 'inline = allow' -- \
		'[scripts]' "allow = $probe"
	weak inline-code '[scripts]' "allow = $probe" 'inline = allow' -- \
		'[scripts]' "allow = $probe" 'inline = allow' '[scripts.b]' "allow = $probe"
	weak writable-allowlist '[scripts]' "allow = $T/open/x" -- '[scripts]' "allow = $probe"
	weak address-space '[rlimits]' 'as = 4G' '[scripts]' 'allow = /usr/bin/node' -- \
		'[rlimits]' 'data = 4G' '[scripts]' 'allow = /usr/bin/node'
	weak address-space '[rlimits]' 'as = 4G' '[scripts]' 'allow = /opt/jdk/bin/java' -- \
		'[rlimits]' 'as = 4G' '[scripts]' 'allow = /usr/bin/env'
	weak address-space '[stack]' 'program = /usr/bin/node' 'argv0 = program' '[rlimits]' 'as = 4G' -- \
		'[stack]' "program = $probe" '[rlimits]' 'as = 4G'
	weak empty-environment '[env]' 'keep = PATH' '[env.b]' 'keep = HOME' -- \
		'[env]' 'keep = PATH'
	weak ends-its-watcher '[stack]' 'parent = beside' '[timeout]' 'wall = 1h' -- \
		'[stack]' 'parent = beside' '[timeout]' 'wall = 1h' '[landlock]' 'scope = signals'
	weak no-processor '[process]' 'cpus = 0' '[process.b]' 'cpus = 1' -- '[process]' 'cpus = 0'
}

spaces() {
	if ! can_userns; then
		skip "$who: those about namespaces" 'no user namespace here'
		return
	fi
	weak pid-one '[namespaces]' 'new = pid mount' 'init = no' -- \
		'[namespaces]' 'new = pid mount'
	weak hides-once '[mounts]' 'hide = /boot' -- '[mounts]' 'ro = /usr'
}

of_root() {
	target="user = $free_uid"
	weak reaches-siblings '[user]' "$target" "group = $free_uid" -- \
		'[user]' "$target" "group = $free_uid" '[namespaces]' 'new = pid mount'
	weak new-privileges '[caps]' 'no-new-privs = no' -- '[rlimits]' 'core = 0'
	weak root-capabilities '[rlimits]' 'core = 0' -- '[caps]' 'keep ='
	weak root-groups '[user]' "$target" 'group = 0' -- \
		'[user]' "$target" "group = $free_uid"
	weak root-groups '[user]' "$target" "group = $free_uid" 'groups = 0' -- \
		'[user]' "$target" "group = $free_uid" 'groups = none'
	weak undoes-mounts '[mounts]' 'ro = /' -- '[mounts]' 'ro = /' '[caps]' 'keep ='
	weak undoes-mounts '[user]' "$target" "group = $free_uid" '[mounts]' 'hide = /boot' \
		'[caps]' 'keep = sys_admin' 'ambient = sys_admin' -- '[user]' "$target" \
		"group = $free_uid" '[mounts]' 'hide = /boot' '[caps]' 'keep = sys_admin'
	weak kept-groups '[user]' "$target" "group = $free_uid" 'groups = keep' -- \
		'[user]' "$target" "group = $free_uid" 'groups = keep' '[user.b]' 'groups = none'
}

mkdir -m 777 "$T/open"
both anybody
both spaces
as_root of_root

# where nothing is weak, nothing is said
if test "$me" = root && can_userns; then
	bare "$CORDON" check --conf "$top_srcdir/conf.d" untrusted docker-like
	check 'untrusted and docker-like have no warning' \
		test "$rc:$(tr '\n' ' ' <"$T/out")" = '0:untrusted: ok docker-like: ok '
fi
plan
