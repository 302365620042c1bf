#!/bin/sh
# Ways out that somebody has tried, and that once led somewhere.
. "$top_srcdir/tests/lib.sh"

# The job must not be faster than the cordon that watches it.
no_way_into_the_parent() {
	stack '[stack]' 'parent = always' "$@"
	missing=
	for _round in 1 2 3 4 5 6 7 8 9 10 11 12; do
		inside "$probe" trace
		says '!ok$' 'ptrace EPERM' 'open_environ EACCES' || break
	done
	judge_says "$who: a job traces its parent at once ($*)" '!ok$' \
		'ptrace EPERM' 'vm_readv EPERM' 'pidfd_getfd EPERM'
}

trace_parent() {
	no_way_into_the_parent
	if ! can_userns; then
		skip "$who: a job traces its init" 'no user namespace here'
		return
	fi
	no_way_into_the_parent '[namespaces]' 'new = pid'
	no_way_into_the_parent '[namespaces]' 'new = user'
}
as_user trace_parent

# What a parameter names, the job must be able to reach itself.
parameter_of_another() {
	mkdir -p "$T/jobs/other/data"
	echo secret >"$T/jobs/other/data/file"
	chown -R 54322 "$T/jobs/other"
	chmod 700 "$T/jobs/other"
	stack '[params]' "where = dir under $T/jobs" \
		'[user]' "user = $free_uid" "group = $free_uid" \
		'[mounts]' 'rw = ${where}:/mnt' '[process]' 'cwd = /'
	options="-p where=$T/jobs/other/data"
	refused "$who: a folder below a closed one, by parameter" 'Permission denied'
	chmod 711 "$T/jobs/other"
	job "$who: the same where the job could go" 'test -s /mnt/file'
	options=
}
as_root parameter_of_another

# Kernel files at a place of their own are as closed as at the usual one.
kernel_files_elsewhere() {
	stack '[mounts]' 'rw = /proc:/sys' '[process]' 'cwd = /'
	tries "$who: core_pattern below /sys" 'open /sys/sys/kernel/core_pattern w' 'open EROFS'
	stack '[mounts]' 'rw = /sys/kernel:/sys' '[process]' 'cwd = /'
	if test -e /sys/kernel/uevent_helper; then
		tries "$who: uevent_helper in /sys" 'open /sys/uevent_helper w' 'open EROFS'
	fi
}
as_root kernel_files_elsewhere

# A device that the job makes itself is none.
own_device() {
	stack '[mounts]' 'dev = minimal' '[process]' 'cwd = /'
	tries "$who: mknod with dev = minimal" "mknod $T/drop/null 1 3" 'open EACCES'
	rm -f "$T/drop/null"
}
as_root own_device

# Securebits of the launcher do not carry its capabilities over to another user.
capabilities_of_the_launcher() {
	if ! command -v setpriv >/dev/null; then
		skip "$who: ambient capabilities with no_setuid_fixup" 'no setpriv'
		return
	fi
	stack '[user]' "user = $free_uid" "group = $free_uid"
	bare "$(command -v setpriv)" --inh-caps +net_admin --ambient-caps +net_admin \
		--securebits +no_setuid_fixup -- \
		"$CORDON" run --conf "$T/conf" t -- "$probe" audit
	judge_says "$who: ambient capabilities with no_setuid_fixup" \
		'~cap_eff 0+' '~cap_inh 0+' '~cap_amb 0+'
}
as_root capabilities_of_the_launcher

# With sys_admin a session of its own keeps nobody from typing.
terminal_of_root() {
	stack '[process]' 'session = new'
	hostile=--pty
	refused "$who: session = new, all capabilities and a terminal" 'terminal'
	hostile=
}
as_root terminal_of_root

# The mode of a file that cordon makes is no matter of the launcher's umask.
mode_of_output() {
	stack '[fds]' "stdout = $T/drop/output"
	hostile='--umask 0777'
	inside "$probe" geteuid
	check "$who: mode of a file that stdout goes to" \
		test "$(stat -c %a "$T/drop/output")" = 600
	hostile=
	rm -f "$T/drop/output"
}
both mode_of_output

# A reader that is gone, or a full file, does not change the status.
no_reader() {
	stack '[deny]'
	: >"$T/full"
	for where in 'stderr' 'status-fd' 'record'; do
		case $where in
		stderr) words='exec "$0" run --conf "$1" t -- true 2>&1' ;;
		status-fd) words='exec "$0" run --conf "$1" --status-fd 1 t -- true' ;;
		record) words='ulimit -f 0; exec "$0" run --conf "$1" --record "$2" t -- true' ;;
		esac
		{
			sleep 0.2 # until the reader is gone
			sh -c "$words" "$CORDON" "$T/conf" "$T/full" 2>"$T/err"
			echo "$?" >"$T/status"
		} | :
		while ! test -s "$T/status"; do sleep 0.1; done
		check "$who: refused without a reader ($where)" \
			test "$(cat "$T/status")" = 125
		rm -f "$T/status"
	done
	stack '[stack]' 'parent = never'
	bare /bin/sh -c "exec $CORDON run --conf $T/conf --status-fd 9 t -- \
		$probe mark $T/drop/marker 9>/dev/full"
	was_refused "$who: a record that can't be written, and no parent" 'the record'
}
as_root no_reader

# Few descriptors are enough: for the launcher's limit, and for the job's own.
few_descriptors() {
	if ! can_userns; then
		skip "$who: few descriptors" 'no user namespace here'
		return
	fi
	set -- '[namespaces]' 'new = pid mount' '[mounts]' 'ro = /' 'dev = minimal' \
		'tmpfs = /tmp' 'hide = /etc/passwd' '[process]' 'cwd = /'
	stack "$@"
	hostile='--nofile 16'
	tries "$who: a launcher with 16 descriptors" 'audit limits' '~limit_nofile 16:[0-9]+'
	hostile=
	stack "$@" '[rlimits]' 'nofile = 8'
	tries "$who: 8 descriptors for the job" 'audit limits' 'limit_nofile 8:8'
}
both few_descriptors

# A uid of a pool is free when nothing runs under it, not when its lock is.
pool_of_the_killed() {
	stack '[user]' 'pool = 61234-61234' '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	job "$who: the only uid of a pool" 'test "$(id -u)" = 61234'
	"$launch" --uid 61234 -- "$probe" sleep 20 &
	background="$background $!"
	sleep 0.2
	refused "$who: while somebody else runs under it" 'in use'
	kill -KILL $!
	wait $! 2>/dev/null
	job "$who: and afterwards" 'test "$(id -u)" = 61234'
}
as_root pool_of_the_killed

# A signal that ends the job before exec leaves a reason, and no KILL is needed.
signal_before_exec() {
	if ! can_userns; then
		skip "$who: a signal before exec" 'no user namespace here'
		return
	fi
	rm -f "$T/fifo"
	mkfifo -m 666 "$T/fifo"
	stack '[fds]' "stdin = $T/fifo" '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	"$launch" --watch "$T/seen" --timeout 10 --pid-file "$T/pid" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker" \
		>"$T/out" 2>"$T/err" &
	while ! test -s "$T/pid"; do sleep 0.05; done
	sleep 0.5 # until it waits for a writer
	kill -TERM "$(cat "$T/pid")"
	sleep 0.2
	: >"$T/fifo"
	wait $!
	rc=$?
	was_refused "$who: a signal before exec" 'died before it could start'
}
both signal_before_exec

# What a job leaves in a folder of its "own" is never a program of root's.
own_folder() {
	mkdir "$T/own"
	stack '[user]' "user = $free_uid" "group = $free_uid" \
		'[mounts]' "own = $T/own:/mnt" '[process]' 'cwd = /'
	refused "$who: own = a folder of root's" "is root's"
	chown 54322:54323 "$T/own"
	inside /bin/sh -c '>/mnt/result && test -O /mnt/result'
	case $(cat "$T/err") in
	*'cannot map the ids'*)
		skip "$who: own = a folder of somebody's" 'no id-mapped mounts here'
		return
		;;
	esac
	check "$who: own = a folder of somebody's, whose the results are" \
		test "$rc,$(stat -c %u:%g "$T/own/result")" = 0,54322:54323
}
as_root own_folder

# Host gid 0 is mapped where the stack says so, and nowhere else.
group_zero() {
	stack '[user]' "user = $free_uid" "group = $free_uid" '[namespaces]' 'new = user' \
		"uid-map = 0 $free_uid 1" "gid-map = 0 $free_uid 1" 'gid-map = 1 0 10'
	refused "$who: a range of groups with 0 in it" 'host gid 0'
}
as_root group_zero

# Who owns a folder on the way does not choose where a record is made.
record_by_a_link() {
	mkdir -m 755 "$T/theirs" "$T/ours"
	mkdir -m 700 "$T/elsewhere"
	ln -s "$T/elsewhere" "$T/theirs/logs"
	ln -s "$T/elsewhere" "$T/ours/logs"
	ln -s "$T/elsewhere" "$T/drop/logs"
	ln -s "$T/elsewhere" "$T/drop/ours"
	chown -Rh 54322 "$T/theirs" "$T/drop/logs"
	stack ''
	for at in "$T/theirs/logs" "$T/drop/logs"; do
		options="--record $at/record"
		refused "$who: --record by somebody else's link (${at#"$T"/})" 'a symbolic link that is'
	done
	# root's link, but in a folder where its owner could have put another
	chown 54322 "$T/ours"
	options="--record $T/ours/logs/record"
	refused "$who: --record by a link of ours in somebody else's folder" 'a symbolic link that is'
	chown 0 "$T/ours"
	check "$who: and nothing was made there" test -z "$(ls "$T/elsewhere")"
	for at in "$T/ours/logs" "$T/drop/ours" ../elsewhere .; do
		hostile="--chdir $T/ours"
		options="--record $at/record"
		job "$who: --record by a link of ours, or without one (${at#"$T"/})" :
		check "$who: it is there" test -s "$T/ours/$at/record" -o -s "$at/record"
		rm -f "$T/ours/record" "$T/elsewhere/record"
	done
	hostile='' options=''
	rm -f "$T/drop/logs" "$T/drop/ours"
}
as_root record_by_a_link

# A folder of the caller's, handed over open, is a way out of each root.
folder_handed_over() {
	if ! can_userns; then
		skip "$who: a folder handed over" 'no user namespace here'
		return
	fi
	rm -f "$T/drop/out"
	stack '[stack]' 'parent = auto'
	hostile='--stdio p--' # /etc
	job "$who: the control: a way by stdin, without mounts" \
		'test -e /proc/self/fd/0/passwd && test -e /proc/self/fd/0/../usr'
	set -- '[namespaces]' 'new = mount' '[mounts]' 'ro = /' '[process]' 'cwd = /'
	stack "$@"
	for at in p-- -p- --p; do
		hostile="--stdio $at"
		inside "$probe" mark "$T/drop/marker"
		# where stderr is the folder nobody can be told
		if test "$at" = --p; then
			check "$who: a folder handed over ($at)" test "$rc" = 125 -a ! -e "$T/drop/marker"
		else
			was_refused "$who: a folder handed over ($at)" 'is a folder outside'
		fi
	done
	hostile=--fds # 8 is /
	job "$who: one that is not kept is no matter" ':'
	stack "$@" '[fds]' 'keep = 7 8'
	refused "$who: one that is kept" 'is a folder outside'
	stack "$@" '[fds]' 'stdin = /usr'
	hostile='--stdio p--'
	job "$who: one that is replaced, by a folder of the job's own root" \
		'! test -e /proc/self/fd/0/passwd && test -e /proc/self/fd/0/bin'
	hostile=
}
both folder_handed_over

# Where the job's processes are its own, no other /proc tells of the host's: not the one
# where it begins and may write, and not that of a chroot.
other_proc() {
	if ! can_userns; then
		skip "$who: another /proc" 'no user namespace here'
		return
	fi
	hostile='--chdir /proc'
	seen="ls /proc | grep -c '^[0-9][0-9]*\$'; ls $T/cell/proc 2>/dev/null | grep -c '^[0-9]'"
	for kind in new hidepid; do
		stack '[namespaces]' 'new = pid mount' '[mounts]' 'ro = /' 'rw = -${cwd}' \
			"proc = $kind"
		inside /bin/sh -c "test -e /proc/$$ || $seen"
		check "$who: a cwd in the host's /proc, proc = $kind" \
			test "$rc" -le 1 -a "$(sed q "$T/out")" -lt 9
	done
	hostile=
	mkdir -p "$T/cell/proc"
	if test "$who" = root && mount -t proc none "$T/cell/proc" 2>/dev/null; then
		stack '[namespaces]' 'new = pid mount' '[mounts]' 'ro = /' '[process]' 'cwd = /'
		bare /bin/sh -c "$seen"
		test "$(tail -n1 "$T/out")" -gt 3 || not_ok "$who: the control sees a chroot's /proc"
		inside /bin/sh -c "$seen"
		check "$who: the /proc of a chroot" test "$(tail -n1 "$T/out")" = 0
		stack '[namespaces]' 'new = pid mount' '[mounts]' 'ro = /' "ro = $T/cell/proc" \
			'[process]' 'cwd = /'
		inside /bin/sh -c "$seen"
		check "$who: unless the stack names it" test "$(tail -n1 "$T/out")" -gt 3
		umount -l "$T/cell/proc"
	fi
}
both other_proc

plan
