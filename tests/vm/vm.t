#!/bin/sh
# In a virtual machine with Debian's kernel 6.1: what this machine's kernel can't show.
#
# All of cgroup v2 (here most controllers are v1), Landlock ABI 2, root with
# CAP_SYS_RESOURCE.  qemu by software emulation; the guest sees this machine's / by
# virtio-9p, read-only, with its own changes in memory, and runs scripts of this suite
# from the build tree.  Their results are ours, with "vm: " before each name.
#
# `./bootstrap check` runs this once, for the default build.  By hand:
#	make -C build check-vm [VM_SCRIPTS='vm/smoke.t …'] [VM_LIMIT=SECONDS]
# "NAME.t:user" runs the script as an ordinary user.
# What the guest's kernel says is in build/vm/console.
: "${top_srcdir:?is not set}" "${top_builddir:?is not set}"

dir=$top_builddir/vm
default_scripts=$(sed 's/[ 	]*#.*//' "$top_srcdir/tests/vm/scripts" | tr '\n' ' ')
scripts=${VM_SCRIPTS:-$default_scripts}
limit=${VM_LIMIT:-900}

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

test "$(id -u)" = 0 || skip_all 'not started by root: the guest could not read all'
command -v qemu-system-x86_64 >/dev/null || skip_all 'no qemu-system-x86_64'
busybox=$(command -v busybox) || skip_all 'no busybox'
kernel=$(find "$dir/linux/boot" -name 'vmlinuz-*' 2>/dev/null | sed 1q)
test -n "$kernel" || skip_all "no kernel in $dir/linux: ./bootstrap check fetches it"
modules=$dir/linux/lib/modules/${kernel##*/vmlinuz-}/kernel

T=$(mktemp -d "$dir/tmp.XXXXXX") || exit 99
qemu=
cleanup() {
	test -z "$qemu" || kill -KILL "$qemu" 2>/dev/null
	rm -rf "$T"
}
trap cleanup EXIT
trap 'exit 99' HUP INT TERM

# ---- the initramfs ----

for part in bin dev host memory modules proc root sys under; do
	mkdir -p "$T/root/$part"
done
cp "$busybox" "$T/root/bin/busybox" || exit 99
cp "$top_srcdir/tests/vm/init" "$T/root/init" && chmod 755 "$T/root/init" || exit 99
number=10
for module in drivers/virtio/virtio_ring drivers/virtio/virtio \
	drivers/virtio/virtio_pci_legacy_dev drivers/virtio/virtio_pci_modern_dev \
	drivers/virtio/virtio_pci fs/netfs/netfs fs/fscache/fscache net/9p/9pnet \
	net/9p/9pnet_virtio fs/9p/9p fs/overlayfs/overlay; do
	# what is built in has no file
	test ! -f "$modules/$module.ko" ||
		cp "$modules/$module.ko" "$T/root/modules/$number-${module##*/}.ko" || exit 99
	number=$((number + 1))
done
{
	echo "top_srcdir='$top_srcdir'"
	echo "top_builddir='$top_builddir'"
	echo "scripts='$scripts'"
	echo "script_limit=${VM_SCRIPT_LIMIT:-120}"
} >"$T/root/init.conf"
(cd "$T/root" && find . | "$busybox" cpio -o -H newc 2>/dev/null) >"$T/initramfs" || exit 99

# ---- the machine ----

: >"$T/tap"
qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 1024 -smp 2 -no-reboot \
	-display none -monitor none -nic none -no-user-config \
	-kernel "$kernel" -initrd "$T/initramfs" \
	-append "console=ttyS0 quiet panic=-1 mitigations=off" \
	-serial "file:$dir/console" -serial "file:$T/tap" \
	-virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
	</dev/null >"$T/qemu" 2>&1 &
qemu=$!
tries=0
while kill -0 "$qemu" 2>/dev/null && test "$tries" -lt "$limit"; do
	sleep 1
	tries=$((tries + 1))
done
late=
if kill -KILL "$qemu" 2>/dev/null; then
	late="after $limit s it still ran"
fi
wait "$qemu" 2>/dev/null
qemu=
sed 's/^/# qemu: /' "$T/qemu"

# ---- one TAP stream of many ----

awk -v late="$late" -v scripts="$scripts" '
function bad(text) { print "not ok " ++n " - vm: " text; failed = 1 }
function finish() {
	if (script != "" && plan != seen)
		bad(script ": " seen " results, and the plan says " plan)
	script = ""
}
/^### booted / { print "# booted after " $3 " s, Linux " $4 }
/^### begin / { finish(); script = $3; seen = 0; plan = "nothing" }
/^### end / {
	print "# " $3 ": " $5 " s"
	if ($4 == 124 || $4 == 137)
		bad($3 ": it was ended by the time limit")
	else if ($4 != 0 && !failed_here)
		bad($3 ": exit status " $4)
	finish()
	failed_here = 0
	ran[$3] = 1
}
/^### done / { done = 1 }
/^vm: / { bad(substr($0, 5)) }
script == "" || /^###/ { next }
/^1\.\.[0-9]+/ { plan = substr($0, 4) + 0; next }
/^not ok / { failed_here = failed = 1 }
/^(not )?ok [0-9]+/ {
	seen++
	match($0, /ok [0-9]+( - )?/)
	print substr($0, 1, RSTART + 2) ++n " - vm: " substr($0, RSTART + RLENGTH)
	next
}
/^$/ { next }
/^Bail out!/ { bad(script ": " $0); next }
/^#/ { print; next }
{ print "# " $0 }
END {
	if (late != "")
		bad("the machine was ended: " late)
	else if (!done)
		bad("the machine ended too early; see vm/console in the build tree")
	count = split(scripts, all, " ")
	for (i = 1; i <= count; i++)
		if (!(all[i] in ran))
			bad(all[i] ": did not come to its end")
	print "1.." n
	exit failed
}' "$T/tap"
