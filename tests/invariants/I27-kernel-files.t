#!/bin/sh
# I27: kernel control files can't be opened for writing, uid 0 jobs included.
# I28: kernel memory and kin give nothing to read.
# I29: no device beyond the list.
. "$top_srcdir/tests/lib.sh"

closed='~open (EROFS|EACCES|EPERM|ENOENT)'

start() {
	if ! can_userns; then
		skip "$1 $who" 'no user namespace here'
		return 1
	fi
	stack '[namespaces]' 'new = mount pid' '[mounts]' 'proc = new' "$2"
}

control() {
	start I27 || return
	for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe \
		/proc/sys/vm/drop_caches /proc/sysrq-trigger /sys/kernel/uevent_helper \
		$(find /sys/fs/cgroup -maxdepth 2 -name cgroup.procs -o -maxdepth 2 -name release_agent | sed 3q); do
		tries "I27 $who: $file" "open $file w" "$closed"
	done
	tries "I27 $who: no writable proc in a nested pid namespace" nestedproc \
		'~nestedproc (EPERM|EACCES|ENOSPC)'
}

nothing_to_read() {
	start I28 || return
	for file in kcore keys key-users timer_list kallsyms sched_debug; do
		# what gives nothing bare either shows nothing about cordon
		unsafe "I28 $who: /proc/$file" "open /proc/$file read" 'open data' || continue
		tries "I28 $who: /proc/$file" "open /proc/$file read" '!^open data'
	done
	for dir in /proc/scsi /sys/firmware /sys/kernel/debug; do
		if test -z "$(ls -A $dir 2>/dev/null)"; then
			skip "I28 $who: $dir" 'the bare control is already safe: it is empty here'
			continue
		fi
		job "I28 $who: $dir is empty or shut" "test -z \"\$(ls -A $dir 2>/dev/null)\""
	done
}

devices() {
	start I29 'dev = minimal' || return
	for device in null zero full random urandom tty ptmx; do
		job "I29 $who: /dev/$device is there" "test -c /dev/$device"
	done
	for device in kmsg mem port vda sda nvme0n1 kvm fuse; do
		tries "I29 $who: /dev/$device isn't" "open /dev/$device" 'open ENOENT'
	done
	job "I29 $who: /dev/null works" 'echo x >/dev/null && test -z "$(cat /dev/null)"'
	if test "$who" = root; then
		unsafe "I29 $who: uid 0 with all capabilities" "mknod $T/null 1 3" 'mknod ok' 'open ok' &&
			tries "I29 $who: uid 0 with all capabilities can't make or use a device" \
				"mknod /tmp/cordon-null 1 3" '!^open ok' '~(mknod|open) (EPERM|EACCES)'
		disk=$(mountpoint -d / | tr : ' ')
		case $disk in
		'0 '* | '') skip "I29 $who: nor the disk" "the root isn't on one" ;;
		*) tries "I29 $who: nor the disk" "mknod /tmp/cordon-disk $disk b" '!^open ok' \
			'~(mknod|open) (EPERM|EACCES)' ;;
		esac
	fi
	test "$who" = user || start I29 "dev = minimal
[caps]"
	tries "I29 $who: a device of its own can't be made or used" "mknod /tmp/cordon-null 1 3" \
		'!^open ok' '~(mknod|open) (EPERM|EACCES)'
}

both control
both nothing_to_read
both devices
plan
