#!/bin/sh
# I24: read-only binds are so through all submounts, and the job can't undo them.
# I25: no mount propagates in either direction.
# I26: the old root is out of reach.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"

# The root job is another uid: uid 0 with CAP_SYS_ADMIN could undo its own binds.
identity() {
	drop=
	test "$who" = user || drop="[user]
user = $free_uid
group = $free_uid"
}

read_only() {
	identity
	name="I24 $who: what is read-only can't be written"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	unsafe "$name" "open $T/drop/sub/x.$who create" 'open ok' || return
	stack '[namespaces]' 'new = mount' '[mounts]' "ro = $T/drop" "$drop"
	tries "$name" "open $T/drop/y create" 'open EROFS'
	tries "I24 $who: nor what is mounted below it" "open $T/drop/sub/y create" 'open EROFS'
	for at in "$T/drop" "$T/drop/sub"; do
		tries "I24 $who: flags of ${at#"$T"}" "statvfs $at" 'statvfs ro nosuid nodev'
		tries "I24 $who: ${at#"$T"} can't be undone" "mounts $at" 'remount EPERM' \
			'mount_setattr EPERM' 'umount EPERM' 'detach EPERM' 'move EPERM'
		tries "I24 $who: ${at#"$T"} nor in a nested user namespace" "mounts $at nested" \
			'unshare ok' '~remount (EPERM|EINVAL)' '~mount_setattr (EPERM|EINVAL)' \
			'~umount (EINVAL|EPERM)' '~detach (EINVAL|EPERM)' '~move (EINVAL|EPERM)'
	done
	stack '[namespaces]' 'new = mount' '[mounts]' "ro = $T/drop" "rw = $T/drop/sub" "$drop"
	tries "I24 $who: a writable folder in a read-only one" "open $T/drop/sub/z.$who create" 'open ok'
	stack '[namespaces]' 'new = mount' '[mounts.a]' "rw = $T/drop" '[mounts.b]' "ro = $T/drop" "$drop"
	tries "I24 $who: read-only beats writable" "open $T/drop/y create" 'open EROFS'
	stack '[namespaces]' 'new = mount pid' '[mounts.a]' "rw = $T/drop" "tmpfs = $T/drop/sub" \
		'[mounts.b]' "read-only = $T/drop" 'read-only = /proc' 'read-only = /etc' "$drop"
	tries "I24 $who: what another section shows" "open $T/drop/y create" 'open EROFS'
	tries "I24 $who: but what is mounted in it has its own" "open $T/drop/sub/y create" 'open ok'
	tries "I24 $who: /proc is read-only" 'open /proc/self/comm w' 'open EROFS'
	for at in /proc /etc; do
		tries "I24 $who: flags of $at" "statvfs $at" '~statvfs ro.*'
		tries "I24 $who: $at can't be undone" "mounts $at" 'remount EPERM' \
			'mount_setattr EPERM' 'umount EPERM' 'detach EPERM' 'move EPERM'
	done
	stack '[namespaces]' 'new = mount' '[mounts.a]' "ro = $T/drop:$T/shared" \
		'[mounts.b]' "ro = $T/conf:$T/shared" "$drop"
	refused "I24 $who: one target with two sources" "$T/shared"
}

propagation() {
	identity
	name="I25 $who: no mount is shared"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = mount' "$drop"
	if test "$me" = root && unsafe "$name" 'audit mount' '~mount .* shared:.*'; then
		tries "$name" 'audit mount' '!^mount .* (shared|master):'
	fi
	inside /bin/sh -c "echo > $T/drop/ready; sleep 0.3; test ! -e $T/shared/late" &
	while ! test -e "$T/drop/ready"; do sleep 0.01; done
	if test "$me" = root; then
		mount -t tmpfs none "$T/shared"
		: >"$T/shared/late"
	fi
	wait $!
	check "I25 $who: a mount made outside doesn't appear inside" test $? = 0
	test "$me" = root && umount "$T/shared"
	rm -f "$T/drop/ready"
}

# Root with all its capabilities mounts in a shared folder; the host sees nothing.
outward() {
	name="I25 $who: a mount of the job's doesn't come out"
	stack '[namespaces]' 'new = mount'
	rm -f "$T/drop/ready" "$T/drop/go"
	mkdir -p "$T/shared/inner"
	mounts="mount -t tmpfs none $T/shared/inner && : >$T/shared/inner/mine && : >$T/drop/ready"
	bare /bin/sh -c "$mounts; rm -f $T/drop/ready; test -e $T/shared/inner/mine"
	control=$(grep -c " $T/shared/inner " /proc/self/mountinfo)
	umount "$T/shared/inner"
	if test "$control" = 0; then
		skip "$name" 'the bare control mounts nothing'
		return
	fi
	inside /bin/sh -c "$mounts; while ! test -e $T/drop/go; do sleep 0.02; done" &
	until_test -e "$T/drop/ready"
	check "$name" test -e "$T/drop/ready" -a ! -e "$T/shared/inner/mine"
	: >"$T/drop/go"
	wait $!
	check "$name, nor stays" test -z "$(grep " $T/shared/inner " /proc/self/mountinfo)"
	rm -f "$T/drop/ready" "$T/drop/go"
}

# What "/" leads to, by whatever name, is compared with the host's.
by_every_name() { # NAME
	for path in / /proc/1/root/ /proc/self/root/ /proc/self/cwd/../../ /.. \
		/proc/self/root/.. /proc/1/cwd/; do
		tries "$1 ($path)" "stat $path" "!^stat $host_root " '~stat .*'
	done
	tries "$1: no descriptor leads out" 'audit fd' '!^fd ([3-9]|[0-9]{2,}) '
}

new_root() {
	identity
	name="I26 $who: the job's root is not the host's"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	probe_was=$probe
	stack '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' 'root = empty' \
		'proc = new' "ro = $tools:/tools" 'tmpfs = /tmp' "$drop"
	probe=/tools/probe
	by_every_name "$name"
	tries "I26 $who: no mount of the host is listed" 'audit mount' \
		'~mount .* /tools .*' "!^mount [^ ]+ $T" '!^mount [^ ]+ /(home|work|usr|etc)' '~mount / / .* - tmpfs .*' \
		'!^mount / / .* - (ext4|xfs|btrfs|overlay) '
	tries "I26 $who: chroot and '..' don't lead out" escape "!^root $host_root" 'chroot EPERM'
	tries "I26 $who: the root is read-only or the job's own" 'statvfs /' '~statvfs .*nosuid nodev.*'
	probe=$probe_was
}

# The same where the root is a folder of the host's, and its parents are no secret.
root_of_folder() {
	identity
	name="I26 $who: root = DIR"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	mkdir -p "$T/cell/proc" "$T/cell/tools" "$T/cell/tmp"
	stack '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' \
		"root = $T/cell" 'proc = new' "ro = $tools:/tools" 'tmpfs = /tmp' "$drop"
	probe_was=$probe probe=/tools/probe
	by_every_name "$name"
	tries "$name: chroot and '..' don't lead out" escape "!^root $host_root" 'chroot EPERM'
	tries "$name: no folder above it" "stat /../${T##*/}" 'stat ENOENT'
	probe=$probe_was
	ln -sfn tools "$T/link"
	ln -sfn tmp "$T/cell/link"
	stack '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' \
		"root = $T/cell" "ro = $T/link:/link" "$drop"
	refused "$name: where another link stands" 'there is another /link'
}

escape_with_chroot() {
	probe_was=$probe
	stack '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' \
		"root = $T/cell" 'proc = new' "ro = $tools:/tools" 'tmpfs = /tmp'
	probe=/tools/probe
	tries "I26 $who: root = DIR, with every capability" escape "!^root $host_root" 'chroot ok'
	stack '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' 'root = empty' \
		'proc = new' "ro = $tools:/tools" 'tmpfs = /tmp' '[caps]' 'keep = sys_chroot'
	probe=/tools/probe
	tries "I26 $who: not even with CAP_SYS_CHROOT" escape "!^root $host_root" 'chroot ok'
	probe=$probe_was
}

host_root=$("$probe" stat / | cut -d' ' -f2,3)
mkdir -m 1777 "$T/drop/sub"
mkdir -m 755 "$T/shared"
if test "$me" = root; then
	mount -t tmpfs -o mode=1777 none "$T/drop/sub"
	mount --bind "$T/shared" "$T/shared"
	mount --make-shared "$T/shared"
fi
both read_only
both propagation
as_root outward
both new_root
both root_of_folder
as_root escape_with_chroot
plan
