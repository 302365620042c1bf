#!/bin/sh
# What cordon says when it refuses: what, where, why, and what to do next.  A row for each kind.
. "$top_srcdir/tests/lib.sh"

# told STATUS MESSAGE ARGUMENT...: of cordon, the whole of stderr; @ is the folder of stacks.
# With $under something stands before cordon, as another user in $switch.
under=
told() {
	_status=$1 _message=$2 _command=$3
	shift 3
	"$launch" --timeout "$limit" $switch -- $under "$CORDON" "$_command" $options "$@" \
		</dev/null >"$T/out" 2>"$T/err"
	rc=$?
	printf 'cordon: %s\n' "$_message" | sed "s|@|$T/conf|g" >"$T/want"
	if test "$rc" = "$_status" && cmp -s "$T/want" "$T/err"; then
		ok "$_message"
	else
		not_ok "$_message" "status $rc, not $_status"
	fi
}

# in_stack STATUS MESSAGE LINE...: the stack "t" of these lines runs $job
in_stack() {
	_status=$1 _message=$2
	shift 2
	stack "$@"
	told "$_status" "t: $_message" run t -- $job
}

# ---- the command line ----

modules=$("$CORDON" modules slurm_gres 2>&1 | sed 's/.*not found in \([^ ]*\) .*/\1/')

told 125 "unknown command 'rnu' (did you mean 'run'?)" rnu
told 125 "unknown command 'frobnicate' (see cordon --help)" frobnicate
told 125 "unknown option '--recrod=/x' (did you mean '--record'?)" run --recrod=/x t true
told 125 "'run' does not take '--json' (explain, score or doctor takes it)" run --json t true
told 125 "'explain' does not take '--record' (run or learn takes it)" explain --record /x t
told 125 "'score' has no use for '--json' (options stand before STACK)" score t --json
told 125 "no value behind '--conf' (see cordon --help)" run --conf
told 125 "--status-fd: not the number of a descriptor: '1048577' (0 to 1048576, one that is open)" \
	run --status-fd 1048577 t true
told 125 "'modules' has no use for 'user' (see cordon --help)" modules env user
told 125 "no STACK ('cordon stacks' lists them; see cordon --help)" run
told 125 "t: -C: cannot enter '/nonexistent': No such file or directory" run -C /nonexistent t true
told 125 "t: --conf: cannot open '/nonexistent': No such file or directory" \
	run --conf /nonexistent t true
told 125 "module 'rlimit' not found in $modules (did you mean 'rlimits'?)" modules rlimit
told 125 "module 'slurm_gres' not found in $modules (is the package that has it installed? 'cordon modules' lists those that are)" \
	modules slurm_gres

bare /bin/sh -c '"$0" stacks >/dev/full' "$CORDON"
check 'an answer that cannot be written' test \
	"$rc:$(cat "$T/err")" = '125:cordon: cannot write to standard output: No space left on device'

options="--conf $T/conf"
job=/bin/true
stack '[rlimits]' 'core = 0'
told 125 "t: no command (cordon run STACK -- COMMAND)" run t
told 125 "t: --status-fd: descriptor 777 is not open" run --status-fd 777 t true
told 125 "t: '/dev/null' is not a regular file with one link (name one that is the record's alone, or that is not there yet)" \
	run --record /dev/null t true
told 125 "other (for 'tt'): there is no stack 'tt' (did you mean 't'?), and no stack 'other' for what is unknown" \
	run tt true
printf '%s\n' '[deny]' >"$T/conf/other.ini"
told 125 "other (for 'tt'): @/other.ini:1: [deny] this stack runs no jobs (did you mean 't'?)" run tt true
told 125 "tt: there is no stack of this name (it would be 'other') (did you mean 't'?)" check tt
rm "$T/conf/other.ini"

# ---- what stands in a stack ----

in_stack 125 "@/t.ini:2: [rlimits] has no key 'nofiles' (did you mean 'nofile'?)" '[rlimits]' 'nofiles = 64'
in_stack 125 "@/t.ini:2: [stack] has no key 'includ' (did you mean 'include'?)" '[stack]' 'includ = base'
in_stack 125 "@/t.ini:2: [stack] include: there is no stack 'tt' (did you mean 't'?)" '[stack]' 'include = tt'
in_stack 125 "@/t.ini:2: [timeout] wall: '5' needs a unit (for example 5s)" '[timeout]' 'wall = 5'
in_stack 125 "@/t.ini:2: [caps] keep: 'net_row' is not a capability (net_raw is)" '[caps]' 'keep = net_row'
in_stack 125 "@/t.ini:4: [a] x: unknown parameter '\${memoy}' (did you mean 'memory'?)" \
	'[params]' 'memory = size 1M..2M default 1M' '[a]' 'x = ${memoy}'
in_stack 125 "@/t.ini:2: [env] set: unknown parameter '\${HOME}' (did you mean 'home'?)" \
	'[env]' 'set = A=${HOME}'
mkdir "$T/conf/seccomp"
in_stack 125 "@/t.ini:2: [seccomp] profile: no file 'seccomp/defalt' in @ (did you mean 'default'?)" \
	'[seccomp]' 'profile = defalt'
in_stack 125 "@/t.ini:1: [scripts] owner: no user 'nobdy'" '[scripts]' 'owner = nobdy'
ln -s "$probe" "$T/drop/link"
job=$probe
in_stack 125 "@/t.ini:1: [scripts] '$probe' is not in 'allow' ('$T/drop/link' is a link to it: write the real path)" \
	'[scripts]' "allow = $T/drop/link"
job=/bin/true
in_stack 125 "@/t.ini:4: [process.b] 'cwd /usr' contradicts 'cwd /' of @/t.ini:2: [process]" '[process]' 'cwd = /' '[process.b]' 'cwd = /usr'

# ---- what cannot be done ----

in_stack 125 "@/t.ini:2: [process] cwd /nonexistent: No such file or directory (the job's root has no such folder: say [process] cwd, or cwd-fallback)" \
	'[process]' 'cwd = /nonexistent'
in_stack 125 "@/t.ini:2: [process] cpus 4000: sched_setaffinity: Invalid argument (none of these the caller may use: 'taskset -p \$\$' shows them)" \
	'[process]' 'cpus = 4000'
in_stack 125 "@/t.ini:2: [fds] stdio stdin /nonexistent: No such file or directory" '[fds]' 'stdin = /nonexistent'

printf '#!/nonexistent/sh\n' >"$T/drop/script"
chmod 755 "$T/drop/script"
job=$T/drop/script
in_stack 127 "cannot run '$T/drop/script': No such file or directory (the file is there; its interpreter, which its '#!' line or ELF header names, is not, in the job's root)" \
	'[rlimits]' 'core = 0'
in_stack 127 "cannot run '$T/drop/script': No such file or directory (the file is there; its interpreter, which its '#!' line or ELF header names, is not, in the job's root)" \
	'[stack]' 'parent = always' '[rlimits]' 'core = 0'
job=frobnicate
in_stack 127 "cannot run 'frobnicate': No such file or directory (in no folder of the job's PATH: 'cordon explain STACK -- COMMAND' shows where it is looked for)" \
	'[rlimits]' 'core = 0'
job=/etc/passwd
in_stack 126 "cannot run '/etc/passwd': Permission denied (no file that the job's user may execute: its mode, the folders above it, a mount with noexec)" \
	'[rlimits]' 'core = 0'

# Each error of a call that an admin mends elsewhere, by an injector.
status='' of_path=''
injected() { # ERROR MESSAGE LINE...
	under="$(command -v strace) -f -qq -o /dev/null $of_path -e inject=$1"
	_message=$2
	shift 2
	in_stack "${status:-125}" "$_message" "$@"
	under=
}
by_calls() {
	job=/bin/true
	injected 'clone3:error=EAGAIN' \
		"clone3: Resource temporarily unavailable (no more processes: ulimit -u of the user, pids.max of the cgroup, sysctl kernel.threads-max)" \
		'[stack]' 'parent = always' '[rlimits]' 'core = 0'
	if test "$who" = root; then
		injected 'unshare:error=ENOSPC' \
			"@/t.ini:4: [namespaces] namespaces uts: unshare: No space left on device (a limit of namespaces is reached: sysctl user.max_*_namespaces, or 32 of them in each other; 'cordon doctor' tries it)" \
			'[stack]' 'parent = never' '[namespaces]' 'new = uts'
		injected 'clone3:error=EPERM' \
			"@/t.ini:4: [namespaces] namespaces uts: clone3: Operation not permitted (namespaces are forbidden here: by a container's seccomp, by systemd's RestrictNamespaces=, or by sysctl kernel.unprivileged_userns_clone or kernel.apparmor_restrict_unprivileged_userns; 'cordon doctor' tries it)" \
			'[stack]' 'parent = always' '[namespaces]' 'new = uts'
	fi
	job=$(readlink -f /bin/true)
	status=126 of_path="-P $job"
	for _pair in 'ETXTBSY:Text file busy (somebody has it open for writing)' \
		"ELOOP:Too many levels of symbolic links (its '#!' interpreters are scripts themselves, too many in each other)" \
		'EPERM:Operation not permitted (a filter denies execve, or the file has capabilities that the job may not get: getcap, [caps])'; do
		injected "execve:error=${_pair%%:*}" \
			"cannot run '$job': ${_pair#*:}" '[stack]' 'parent = never' '[rlimits]' 'core = 0'
	done
	status='' of_path=''
}
if strace -qq -o /dev/null true 2>/dev/null; then
	as_root by_calls
else
	skip 'errors of calls' 'no strace, or it may not trace'
fi

in_roots() {
	job='/usr/bin/env'
	in_stack 125 "@/t.ini:2: [mounts] mount ro /nonexistent from /nonexistent: cannot open /nonexistent: No such file or directory (the source must be there before the job starts; a '-' before the path lets it be absent)" \
		'[mounts]' 'ro = /nonexistent'
	in_stack 125 "@/t.ini:2: [mounts] mount ro /nonexistent/a from /usr: no target /nonexistent/a in the root (create it, or use root = empty): No such file or directory" \
		'[mounts]' 'ro = /usr:/nonexistent/a'
	in_stack 125 "@/t.ini:2: [mounts] root /etc/passwd: /etc/passwd is no folder (write the real path of one): Not a directory" \
		'[mounts]' 'root = /etc/passwd'
	in_stack 125 "@/t.ini:2: [mounts] mount device /dev/cordon-* from /dev/cordon-*: no device is like /dev/cordon-*: No such file or directory (the source must be there before the job starts; a '-' before the path lets it be absent)" \
		'[mounts]' 'device = /dev/cordon-*'
	in_stack 125 "[always] cwd $PWD: No such file or directory (the job's root has no such folder: say [process] cwd, or cwd-fallback)" \
		'[mounts]' 'root = empty' 'ro = /etc'
	in_stack 127 "cannot run '/usr/bin/env': No such file or directory (it is not in the root that the job gets: [mounts], [tmp])" \
		'[mounts]' 'root = empty' 'ro = /etc' '[process]' 'cwd = /'
	# without the loader of its ELF header
	in_stack 127 "cannot run '/usr/bin/env': No such file or directory (the file is there; its interpreter, which its '#!' line or ELF header names, is not, in the job's root)" \
		'[mounts]' 'root = empty' 'ro = /usr/bin' '[process]' 'cwd = /'
}
in_users() {
	in_stack 125 "@/t.ini:2: [user] only a cordon that root starts can become another user (say 'when = root')" \
		'[user]' "user = 12345" 'group = 12345'
	in_stack 125 "@/t.ini:2: [user] only a cordon that root starts can use a pool (say 'when = root')" \
		'[user]' 'pool = 60000-60009'
}
as_user in_users

if can_userns; then both in_roots; else skip 'in a root of its own' 'no user namespace here'; fi

# ---- all of it, although one is bad ----

broken_module() {
	mkdir -m 755 "$T/modules"
	cp "$modules"/*.so "$T/modules" 2>/dev/null
	echo nothing >"$T/modules/broken.so"
	unshare -m --propagation private sh -c 'mount --bind "$0" "$1" && exec "$2" modules' \
		"$T/modules" "$modules" "$CORDON" >"$T/out" 2>"$T/err"
	rc=$?
	check 'modules: one that is none does not hide the others' test "$rc:$(grep -c '^rlimits ' "$T/out")" = 125:1
	check 'modules: and is named' test "$(cat "$T/err")" = \
		"cordon: cannot load '$modules/broken.so': it is no shared object"
}
as_root broken_module
plan
