#!/bin/sh
# Only in the virtual machine (vm.t): it is what the other tests take it to be.
. "$top_srcdir/tests/lib.sh"

abi() {
	perl -e 'print syscall(444, 0, 0, 1)'
}

check 'a kernel 6.1' expr "$(uname -r)" : '6\.1\.'
check 'Landlock ABI 2' test "$(abi)" = 2
check 'cgroup v2 alone' test "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs -a \
	-z "$(grep ' cgroup ' /proc/mounts)"
for controller in cpu cpuset io memory pids; do
	check "the $controller controller, for children too" \
		grep -qw "$controller" /sys/fs/cgroup/cgroup.subtree_control
done
check 'root has every capability' test \
	"$("$probe" audit cap_eff)" = "cap_eff 000001ffffffffff"
check "the host's files can be read" test -s /etc/passwd
check 'and not be changed' test "$(findmnt -no FSTYPE /)" = overlay
check 'the network is lo alone' test "$(ls /sys/class/net)" = lo

works() {
	if ! can_userns; then
		skip "$who: a job in default" 'no user namespace here'
		return
	fi
	bare "$CORDON" explain default -- /usr/bin/id
	check "$who: explain default" test "$rc" = 0 -a -s "$T/out"
	limit=30
	bare "$CORDON" run default -- /usr/bin/id -u
	name=$(cat "$T/out")
	check "$who: run default" test "$rc" = 0 -a "$name" != 0
	bare "$CORDON" run default -- /bin/sh -c 'echo x >/usr/x'
	check "$who: which protects /usr" test "$rc" = 2 -a ! -e /usr/x
	stack '[rlimits]' 'nofile = 64'
	job "$who: a stack of our own" 'test "$(ulimit -n)" = 64'
}

check 'uid 54321 has a name and a range of ids' test \
	"$(id -un $free_uid):$(grep -c "^$free_uid:" /etc/subuid)" = vmuser:1
both works
plan
