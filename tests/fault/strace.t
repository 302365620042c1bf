#!/bin/sh
# I17, by a tool that isn't ours: strace makes every call of one name fail as on a kernel
# that hasn't got it, or lie, in all of cordon's processes.  The sweep of faults.t, which
# hits single calls with EPERM, must agree: the job never starts, or starts as if nothing
# had been.
. "$top_srcdir/tests/lib.sh"

facts='uid gid groups cap_inh cap_prm cap_eff cap_bnd cap_amb no_new_privs limits umask nice
cpus sigblk sigign cwd hostname mount' # not fd: 65536 calls, each traced
facts=$(echo $facts)

# strace must be root to see what is not dumpable.
traced() {
	rm -f "$T/drop/trace"
	switch_was=$switch switch=
	bare "$strace" -f -qq -o "$T/drop/trace" "$@" "$launch" $switch_was -- \
		"$CORDON" run --conf "$T/conf" t -- "$probe" audit $facts
	switch=$switch_was
	cp "$T/out" "$T/audit"
}

# The launcher makes these itself, before it is cordon.
calls_of_launcher() {
	test -z "$switch" || echo setgroups setresgid setresuid
}

# fails CALL INJECTION: with CALL failing each time nothing may be lost
fails() {
	traced -e "trace=$1" -e "inject=$1:$2"
	grep -q INJECTED "$T/drop/trace" || return
	injected=$((injected + 1))
	case $rc in
	125)
		if test -s "$T/out"; then bad="$bad $1:stdout"; fi
		if test "$(wc -l <"$T/err")" != 1; then bad="$bad $1:stderr"; fi
		# what it says failed is no call of another step
		case $1:$(cat "$T/err") in
		mkdirat:*keyctl* | mkdirat:*'life'*) bad="$bad $1:message" ;;
		esac
		;;
	0) cmp -s "$T/audit" "$T/baseline" || bad="$bad $1:differs" ;;
	*) bad="$bad $1:$rc" ;;
	esac
	saw 'left 0' || bad="$bad $1:left"
	if test "$rc" = 0; then ran="$ran $1"; fi
}

all_calls() {
	if ! can_userns; then
		skip "I17 $who: strace" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = mount pid net ipc uts' 'hostname = cell' \
		'[mounts]' 'root = empty' 'proc = new' 'dev = minimal' 'ro = /usr' "ro = $tools" \
		'tmpfs = /tmp' '[process]' 'cwd = /tmp' 'umask = 027' 'nice = 3' 'cpus = 0' \
		'session = new' '[rlimits]' 'nofile = 64' 'core = 0' '[caps]' "$user"
	traced -e trace=none
	if test "$rc" != 0; then
		not_ok "I17 $who: strace: the baseline" "exit status $rc"
		return
	fi
	cp "$T/audit" "$T/baseline"
	for injection in error=ENOSYS retval=0; do
		bad='' ran='' injected=0
		calls=$read_back
		test $injection = retval=0 || calls="$read_back $refused"
		for call in $calls; do
			case " $(calls_of_launcher) " in
			*" $call "*) continue ;;
			esac
			fails $call $injection
		done
		check "I17 $who: strace, $injection of $injected calls (it ran the same after:${ran:- none})" \
			test -z "$bad" -a "$injected" -gt 10
		test -z "$bad" || echo "# not:$bad"
	done
}

# What a lie about is read back (I17), then what can only be refused.
read_back='setgroups setresgid setresuid capset prctl prlimit64 unshare umask setsid
pivot_root mount_setattr chdir fchdir sethostname setpriority sched_setaffinity mkdirat'
refused='clone clone3 open_tree move_mount fsopen fsconfig fsmount umount2 ioctl keyctl dup3
pipe2 openat2 symlinkat'

as_root_full() {
	user="[user]
user = $free_uid
group = $free_uid"
	all_calls
}
as_user_full() {
	user=
	all_calls
}

# An older kernel: descriptors are marked one by one, and each of them counts.
marks() {
	stack '[process]' 'umask = 027'
	set -- "$strace" -f -qq -o "$T/drop/trace" -e trace=fcntl,close_range \
		-e inject=close_range:error=ENOSYS
	bare "$@" "$CORDON" run --conf "$T/conf" t -- "$probe" exit 0
	before_marks=$(sed '/CLOSE_RANGE_CLOEXEC/,$d' "$T/drop/trace" | grep -c 'fcntl(')
	check 'I01 strace: without close_range they are marked one by one' \
		test "$rc" = 0 -a "$(grep -c F_SETFD "$T/drop/trace")" -gt 1
	bare "$@" -e "inject=fcntl:error=EPERM:when=$((before_marks + 1))" \
		"$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused 'I01 strace: one that cannot be marked, not the last, is refused' /proc/self/fd
}

if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
	skip 'I17 strace' "the sanitizer's calls would fail, not cordon's"
	plan
fi
if ! strace=$(command -v strace); then
	not_ok 'I17 strace' 'strace is missing: apt-get install strace'
	plan
fi
if test "$me" != root; then
	skip 'I17 strace' 'not started by root, who alone sees what is not dumpable'
	plan
fi
limit=60
as_root marks
as_root as_root_full
as_user as_user_full
plan
