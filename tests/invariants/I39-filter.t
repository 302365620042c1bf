#!/bin/sh
# I30, I39 to I44: what the filter of [seccomp] says, in the kernel.
. "$top_srcdir/tests/lib.sh"

# number NAME: of a system call, as the module knows it
number() {
	sed -n "s/^{ \"$1\", \([0-9]*\) },/\1/p" "$top_builddir/modules/seccomp_calls.h"
}

# calls NAME[:ARGUMENT...]...: for the probe; those that this processor lacks are left out
calls() {
	for _call; do
		_number=$(number "${_call%%:*}")
		_rest=${_call#"${_call%%:*}"}
		test -z "$_number" || printf '%s:%s%s ' "${_call%%:*}" "$_number" "$_rest"
	done
}

# wants ANSWER NAME[:ARGUMENT...]...: the lines
wants() {
	_answer=$1
	shift
	for _call; do
		test -z "$(number "${_call%%:*}")" || echo "${_call%%:*} $_answer"
	done
}

# answers NAME ANSWER CALL...: each call gives that
answers() {
	_what=$1 _want=$2
	shift 2
	inside "$probe" call $(calls "$@")
	wants "$_want" "$@" >"$T/want"
	if cmp -s "$T/want" "$T/out"; then
		ok "$_what"
	else
		not_ok "$_what" "status $rc" "$(diff "$T/want" "$T/out" | sed 10q)"
	fi
}

filtered() { stack '[stack]' "parent = $parent" '[seccomp]' "$@"; }

# what no job needs and an attacker likes; arguments that the kernel would answer
# otherwise
dangerous='io_uring_setup:1:0 io_uring_enter:-1 io_uring_register:-1 userfaultfd:99999
	bpf:99 perf_event_open:0:0:0:-1 add_key keyctl:99 request_key kexec_load:0:-1
	kexec_file_load:-1 init_module finit_module:-1 delete_module open_by_handle_at:-1
	mount umount2 pivot_root chroot fsopen fsconfig:-1 fsmount:-1 fspick:-1 move_mount:-1
	open_tree:-1 mount_setattr:-1 open_tree_attr:-1 ptrace:99 unshare:0x10000000 setns:-1
	clone:0x10000000 swapon swapoff acct quotactl reboot sethostname:1:99999
	setdomainname:1:99999 iopl:4 ioperm:-1 settimeofday:1:1 syslog:99'
families='vsock:40 alg:38 packet:17 netlink:16'

foreign() {
	name="I39 $who $form: calls of i386 and x32"
	filtered 'default = errno:EPERM'
	bare "$probe" foreign
	if says 'i386 ok'; then
		tries "$name" foreign 'i386 signal 31' 'x32 signal 31'
	elif test "$(uname -m)" = x86_64; then
		skip "$name: i386" 'this kernel has no calls of i386'
		tries "$name: x32" foreign 'x32 signal 31'
	else
		skip "$name" 'this processor has none'
	fi
}

namespaces() {
	name="I40 $who $form"
	filtered 'default = errno:EPERM'
	answers "$name: none can be made or joined" EPERM clone:0x10000000 clone:0x50000000 \
		unshare:0x10000000 unshare:0x20000 setns:-1:0x10000000
	answers "$name: clone3 is not there" ENOSYS clone3:0:0
	job "$name: processes and threads start as ever" \
		"/bin/true && $probe filters >/dev/null && (exit 0) && echo x | cat >/dev/null"
	test -z "$python" || job "$name: posix_spawn and threads of python" \
		"$python -I -c 'import os, threading, subprocess
t = threading.Thread(target=print); t.start(); t.join()
assert subprocess.run([\"/bin/true\"]).returncode == 0
os.waitpid(os.posix_spawn(\"/bin/true\", [\"true\"], {}), 0)'"
	if unsafe "$name: where the stack says so" 'call unshare:'"$(number unshare):0x10000000" \
		'unshare ok'; then
		filtered 'allow = unshare'
		answers "$name: where the stack says so" ok unshare:0x10000000
	fi
}

halves() {
	name="I41 $who $form: what the kernel does not read hides nothing"
	filtered 'default = errno:213'
	answers "$name: ioctl" 'errno 213' ioctl:-1:0x5412 ioctl:-1:0x100005412 \
		ioctl:-1:0xffffffff0000541c
	answers "$name: socket" 'errno 213' socket:16:3 socket:0x100000010:3 \
		socketpair:0xff00000028:1
	answers "$name: personality" 'errno 213' personality:0x400000 personality:0x100040000
	answers "$name: clone" 'errno 213' clone:0x110000000
	answers "$name: and breaks nothing" ok personality:0x100000008 socket:0x100000001:1
}

unknown() {
	name="I42 $who $form"
	mkdir -p "$T/conf/seccomp"
	{
		echo 'highest 430'
		cat "$top_srcdir/conf.d/seccomp/default"
	} >"$T/conf/seccomp/old"
	filtered 'profile = old' 'default = errno:213'
	answers "$name: a call above what the profile knows" ENOSYS openat2:-100 faccessat2:-100 \
		close_range:90:99
	answers "$name: a known one that is denied" 'errno 213' ptrace:99 bpf:99
	job "$name: programs run with an old profile" \
		"test -n \"\$(ls /)\" && sh -c 'exit 0' && sort </dev/null"
	filtered 'default = errno:213'
	inside "$probe" call above:1000 far:0x3fffffff none:-1
	judge_says "$name: a number that nobody has" 'above ENOSYS' 'far ENOSYS' 'none ENOSYS'
	for key in allow deny log; do
		filtered "$key = no_such_call"
		refused "$name: a wrong name in '$key'" \
			"t.ini:4: [seccomp] $key: 'no_such_call' is no system call"
	done
	filtered 'allow = raed'
	refused "$name: the nearest name" "'raed' is no system call"
	filtered 'allow = openatt'
	refused "$name: the nearest name" "(did you mean 'openat'?)"
	filtered 'allow = write read' 'deny = read'
	refused "$name: the same call allowed and denied" "'read' is allowed and denied"
}

denied() {
	name="I43 $who $form: the profile 'default'"
	filtered 'default = errno:213'
	answers "$name: denies what is dangerous" 'errno 213' $dangerous
	set --
	for family in $families; do
		set -- "$@" "${family%:*}:$(number socket):${family#*:}:3"
	done
	inside "$probe" call "$@"
	judge_says "$name: and these sockets" 'vsock errno 213' 'alg errno 213' \
		'packet errno 213' 'netlink errno 213'
	answers "$name: others are there" ok socket:1:1 socket:2:1 getpid
	filtered 'default = errno:213' 'allow = ptrace'
	answers "$name: ptrace, where the stack says so" ESRCH ptrace:99
	filtered 'default = kill'
	answers "$name: or kills" 'signal 31' ptrace:99 bpf:99
	filtered 'default = errno:EPERM'
	answers "I30 $who $form: open_by_handle_at" EPERM open_by_handle_at:-1
}

last() {
	name="I44 $who $form"
	filtered 'default = errno:EPERM'
	if unsafe "$name: inherited" filters 'job 0 0'; then
		inside "$probe" filters
		judge_says "$name: one filter in the job, a thread and a grandchild" 'job 2 1' \
			'thread 2 1' 'grandchild 2 1'
	fi
	filtered 'default = errno:EPERM' '[seccomp.two]' 'profile = no-network'
	inside "$probe" filters
	judge_says "$name: two sections are one filter" 'job 2 1' 'grandchild 2 1'
	for call in execve write exit_group; do
		filtered "deny = $call"
		refused "$name: one that blocks $call" "[seccomp] a filter that blocks $call"
		bare "$CORDON" check --conf "$T/conf" t
		check "$name: check says it of $call" \
			sh -c "test $rc != 0 && grep -q 'a filter that blocks $call' $T/err $T/out"
	done
}

# strace itself needs what the launcher forbids: it runs outside
order() {
	name="I44 $who $form: after seccomp(2) only execve follows"
	strace=$(command -v strace) || strace=/nonexistent
	if ! "$launch" $switch -- "$strace" -o /dev/null /bin/true 2>/dev/null; then
		skip "$name" 'no strace that can trace here'
		return
	fi
	filtered 'default = errno:EPERM'
	rm -f "$T/drop/trace"
	bare "$strace" -f -o "$T/drop/trace" "$CORDON" run --conf "$T/conf" t -- /bin/true
	check "$name" awk '
		/seccomp\(SECCOMP_SET_MODE_FILTER/ { pid = $1; seen = 1; next }
		/<\.\.\. seccomp resumed>/ { next } # another process spoke between
		seen == 1 && $1 == pid { if ($2 ~ /^execve\(/) good = 1; seen = 2 }
		END { exit !good }' "$T/drop/trace"
}

all_ways foreign
all_ways namespaces
all_ways halves
all_ways unknown
all_ways denied
all_ways last
all_ways order
plan
