#!/bin/sh
# [cgroup]: what is written to the job's group, and that nothing stays of it.
# I48: also after a SIGKILL of cordon.   I50: the end of the job is that of all in it.
. "$top_srcdir/tests/lib.sh"

groups() {
	sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2* .*/\1/p' /proc/self/mountinfo |
		while read -r mount; do find "$mount" -type d -name 'cordon-*' 2>/dev/null; done | sort
}

# knob CONTROLLER V2 V1: the file with that limit of the job's group, as one of the
# job's would see it; its group is one level above, where it might write.
cat >"$T/knob" <<'END'
line=$(grep -E "^[0-9]+:([^:]*,)?$1(,[^:]*)?:" /proc/self/cgroup | head -n1)
file=$3
if test -z "$line"; then line=$(grep '^0::' /proc/self/cgroup) file=$2; fi
path=${line#*:*:}
grep -E " - cgroup2? " /proc/self/mountinfo | while read -r _ _ _ root mount _; do
	for group in "$mount$path" "$mount${path%/job}"; do
		if test -e "$group/$file"; then tr '\n' ' ' <"$group/$file"; echo; fi
	done
done
END

# Without a delegated group a user is refused; with one he has what root has.
unsupported() {
	name=$1
	stack '[cgroup]' 'pids = 30'
	inside true
	test "$rc" = 0 && return 1
	case $(cat "$T/err") in
	*'[cgroup]'*"delegat"* | *'[cgroup]'*'no cgroup here'* | *'[cgroup]'*'own, for example by'* | *'[cgroup]'*'cannot be seen'*) ;;
	*) not_ok "$name" 'neither a cgroup nor a reason that helps' ; return 0 ;;
	esac
	ok "$name: refused with what to do ($(sed 's/.*\[cgroup\] //' "$T/err" | cut -c1-60))"
	stack '[cgroup]' 'pids = 30' 'on-unsupported = skip'
	job "$name: on-unsupported = skip goes on" true
	return 0
}

# shows NAME LINE CONTROLLER V2FILE V1FILE WANTED...: one of the values is there
shows() {
	_name=$1 _line=$2
	stack '[cgroup]' "$_line"
	inside /bin/sh "$T/knob" "$3" "$4" "$5"
	shift 5
	if test "$rc" = 125 && grep -q 'no cgroup here has the controller' "$T/err"; then
		skip "$who: $_name" "$(sed 's/.*\[cgroup\] //' "$T/err")"
		return
	fi
	for _want; do
		if grep -qx -- "$_want *" "$T/out"; then
			ok "$who: $_name"
			return
		fi
	done
	not_ok "$who: $_name" "$(cat "$T/out")"
}

limits() {
	unsupported "$who: limits" && return
	before=$(groups)
	shows 'memory' 'memory = 50M' memory memory.max memory.limit_in_bytes 52428800
	shows 'pids' 'pids = 33' pids pids.max pids.max 33
	shows 'cpu' 'cpu = 150%' cpu cpu.max cpu.cfs_quota_us '150000 100000' 150000
	disk=$(sed -n 's/^ *[0-9]* *[0-9]* *[1-9][0-9]* \([a-z]*\)$/\1/p' /proc/partitions | head -n1)
	if test -b "/dev/$disk"; then
		number=$(cat "/sys/block/$disk/dev")
		shows 'io' "io = /dev/$disk read=50M/s" blkio io.max blkio.throttle.read_bps_device \
			"$number rbps=52428800 wbps=max riops=max wiops=max" "$number 52428800"
	else
		skip "$who: io" 'no disk'
	fi
	stack '[cgroup]' 'swap = 10M'
	inside true
	case $rc:$(cat "$T/err") in
	0:) ok "$who: swap alone" ;;
	125:*'no cgroup here has the controller'*) skip "$who: swap alone" 'no memory controller' ;;
	*) was_refused "$who: swap alone, on v1" 'limits swap only together with memory' ;;
	esac
	stack '[cgroup.a]' 'pids = 50' '[cgroup.b]' 'pids = 20'
	inside /bin/sh "$T/knob" pids pids.max pids.max
	check "$who: the smaller of two" grep -qx '20 *' "$T/out"
	gone "$who: nothing stays" groups
}
both limits

ends() {
	unsupported "$who: the end" && return
	before=$(groups)
	stack '[cgroup]' 'pids = 30'
	inside "$probe" daemonize 3 60
	check "I50 $who: what a job leaves running ends with it" ran 'exited 3'
	gone "I50 $who: and its group is gone" groups
	stack '[cgroup]' 'pids = 30' '[fds]' "stdin = $T/absent"
	refused "$who: a start that fails" 'absent'
	gone "$who: leaves no group" groups
	stack '[stack]' 'parent = never' '[cgroup]' 'pids = 30'
	refused "$who: without a parent" 'parent = never contradicts'
	stack '[cgroup]' 'parent = /no/such/group'
	inside true
	check "$who: a parent that is not there" test "$rc" = 125
	stack '[cgroup]' 'parent = ../x'
	refused "$who: a parent that leads out" "not 'own' or the path"
	stack '[cgroup]' 'io = /dev/null read=1M/s'
	inside true
	check "$who: a device that is no disk" test "$rc" = 125
	if test "$who" = root && mknod "$T/disk" b 240 7; then
		stack '[cgroup]' "io = $T/disk read=1M/s"
		inside true
		check "$who: a disk that is not there" grep -qE \
			'device 240:7 takes no limit|no cgroup here has the controller' "$T/err"
	fi
	gone "$who: and nothing stays" groups
}
both ends

# Where the only hierarchies are those of version 1 all ends by the freezer.
without_v2() {
	before=$(groups)
	stack '[cgroup]' 'pids = 30'
	bare /usr/bin/unshare -m /bin/sh -c 'umount -a -t cgroup2; exec "$@"' - \
		"$CORDON" run --conf "$T/conf" t -- "$probe" daemonize 3 60
	if test "$rc" = 125; then
		skip "$who: without v2" "$(cut -c1-100 "$T/err")"
		return
	fi
	check "I50 $who: without v2: what a job leaves running ends with it" ran 'exited 3'
	gone "I50 $who: without v2: and its group is gone" groups
}
as_root without_v2

killed() {
	unsupported "I48 $who: SIGKILL of cordon" && return
	before=$(groups)
	stack '[cgroup]' 'pids = 30'
	rm -f "$T/drop/ready" "$T/drop/pid"
	"$launch" --watch "$T/seen" --timeout 20 --pid-file "$T/drop/pid" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- "$probe" session 30 "$T/drop/ready" \
		>"$T/out" 2>"$T/err" &
	runner=$!
	until_test -e "$T/drop/ready"
	check "I48 $who: a group while it runs" test "$(groups)" != "$before"
	kill -KILL "$(cat "$T/drop/pid")"
	sleep 0.2
	job "I48 $who: one more start after SIGKILL of cordon" true
	wait "$runner"
	check "I48 $who: what was left running is ended by it" saw 'left 0'
	gone "I48 $who: and no group stays" groups
	rm -f "$T/drop/ready" "$T/drop/pid"
}
both killed

# A user with a group that is his in each hierarchy, as systemd delegates them; cordon is
# alone in it, so that on v2 it may move and enable controllers.
delegated() {
	if ! can_userns; then
		skip "$who: delegated" 'no user namespace here'
		return
	fi
	before=$(groups)
	made=
	for kind in pids memory ''; do
		mount=$(sed -n "s/^[^ ]* [^ ]* [^ ]* \\/ \\([^ ]*\\) .* - cgroup2* [^ ]* \\(.*,\\)*rw.*/\\1/p" \
			/proc/self/mountinfo | grep -E "/${kind:-(cgroup|unified)}\$" | head -n1)
		path=$(sed -n "s/^[0-9]*:$kind:\\(.*\\)/\\1/p" /proc/self/cgroup)
		case $mount:$path in :* | *:) continue ;; esac
		if test -e "$mount${path%/}/cgroup.subtree_control"; then
			echo +pids >"$mount${path%/}/cgroup.subtree_control"
		fi 2>/dev/null
		group=$mount${path%/}/test-$$
		mkdir "$group" || continue
		made="$made $group"
		chown -R "$free_uid" "$group"
	done
	stack '[cgroup]' 'pids = 30'
	cat >"$T/enter" <<-END
		for group in $made; do echo \$\$ >\$group/cgroup.procs; done
		exec chroot --userspec=$free_uid:$free_uid --groups= / "\$@"
	END
	/bin/sh "$T/enter" "$CORDON" run --conf "$T/conf" t -- /bin/sh "$T/knob" pids pids.max pids.max \
		>"$T/out" 2>"$T/err"
	rc=$?
	if grep -qE "no cgroup here has|cannot be written" "$T/err"; then
		skip "$who: delegated" "$(cut -c1-120 "$T/err")"
	else
		check "$who: delegated: runs" test "$rc" = 0
		check "$who: delegated: with its limit" grep -qx '30 *' "$T/out"
		gone "$who: delegated: nothing stays" groups
		/bin/sh "$T/enter" "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			'cut -d: -f3- /proc/self/cgroup | sort -u | while read -r path; do
				for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do
					for up in "" /..; do
						at=$mount$path$up
						test -w $at/pids.max && echo "$at/pids.max"
						test -w $at/cgroup.procs && echo "$at/cgroup.procs"
					done
				done
			done' >"$T/out" 2>"$T/err"
		check "I52 $who: delegated: the job can write none of its files" test ! -s "$T/out"
		# root in a group of that user's, with a job that is that user
		stack '[cgroup]' 'pids = 30' '[user]' "user = $free_uid" "group = $free_uid"
		sed '$d' "$T/enter" >"$T/enter-root"
		echo 'exec "$@"' >>"$T/enter-root"
		/bin/sh "$T/enter-root" "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			'cut -d: -f3- /proc/self/cgroup | sort -u | while read -r path; do
				for mount in /sys/fs/cgroup /sys/fs/cgroup/*; do
					at=$mount$path
					case $at in *cordon-*) test -w "$at/pids.max" && echo "$at/pids.max" ;; esac
				done
			done; echo ran' >"$T/out" 2>"$T/err"
		check "I52 $who: root in it, a job of that user: no limit is the job's to write" \
			test "$(cat "$T/out")" = ran
		stack '[cgroup]' 'pids = 30' 'parent = /elsewhere'
		/bin/sh "$T/enter" "$CORDON" run --conf "$T/conf" t -- true >"$T/out" 2>"$T/err"
		check "$who: delegated: a parent outside" grep -qF "parent '/elsewhere' is not below" "$T/err"
	fi
	for group in $made; do rmdir "$group"; done
}
as_root delegated
plan
