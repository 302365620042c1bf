#!/bin/sh
# I38: where a stack asks for it nothing is writable and executable, path or memory.
. "$top_srcdir/tests/lib.sh"

# A kernel before 6.3 has no PR_SET_MDWE, which 'wx = refuse' then says.
has_mdwe() {
	case $(perl -e 'print syscall(157, 66, 0, 0, 0, 0)' 2>/dev/null) in
	'' | -1) return 1 ;;
	esac
}

memory() {
	name="I38 $who $form: memory"
	stack '[stack]' "parent = $parent" '[process]' 'wx = refuse'
	if ! has_mdwe; then
		refused "$name: refused where the kernel can't" 'PR_SET_MDWE'
		stack '[stack]' "parent = $parent" '[process]' 'on-unsupported = skip' \
			'wx = refuse'
		job "$name: but where the section may be skipped" :
		return
	fi
	unsafe "$name" wx 'mprotect ok' 'mmap ok' || return
	tries "$name" wx 'mprotect EACCES' 'mmap EACCES' 'clear EPERM'
	inside "$probe" wx # what exec starts has it too
	inside /bin/sh -c "exec $probe wx"
	judge_says "$name: after another exec" 'mprotect EACCES' 'mmap EACCES' 'clear EPERM'
	stack '[stack]' "parent = $parent" '[process.a]' 'wx = refuse' '[process.b]' 'wx = allow'
	tries "$name: the stricter of two sections" wx 'mprotect EACCES' 'mmap EACCES'
	stack '[stack]' "parent = $parent"
	tries "$name: not without being asked" wx 'mprotect ok' 'mmap ok'
}

# what_is_dropped DIR...: write, make executable, run; in the job
what_is_dropped() {
	echo "for dir in $*; do
		cp /tools/probe \$dir/x || exit 9
		chmod 755 \$dir/x || exit 9
		\$dir/x geteuid 2>/dev/null && exit 8
		test \$? = 126 || exit 7
	done"
}

paths() {
	name="I38 $who: no path"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	bare /bin/sh -c "cp $probe $T/drop/x.$who && $T/drop/x.$who geteuid"
	if test "$rc" != 0; then
		skip "$name" "the bare control can't run what it wrote"
		return
	fi
	drop=
	test "$who" = user || drop="[user]
user = $free_uid
group = $free_uid"
	set -- '[namespaces]' 'new = mount pid' '[process]' 'cwd = /' '[mounts]' 'root = empty' \
		'ro = /usr' 'ro = /bin' 'ro = /lib' 'ro = -/lib64' "ro = $tools:/tools" \
		"rw = $T/drop:/work" 'tmpfs = /tmp' 'proc = new' 'dev = minimal' "$drop"
	stack "$@"
	job "$name: the control, without noexec" \
		'cp /tools/probe /tmp/x && chmod 755 /tmp/x && /tmp/x geteuid'
	stack "$@" '[mounts.tight]' 'noexec = writable'
	probe_was=$probe probe=/tools/probe
	# root, where, options: of all that is writable each is noexec
	tries "$name: no line of mountinfo" 'audit mount' '~mount .*' \
		'~mount [^ ]+ /work rw.*' '!^mount [^ ]+ [^ ]+ rw(,(nosuid|nodev|relatime|noatime|nodiratime|strictatime|sync|dirsync|mand|lazytime))* '
	probe=$probe_was
	job "$name: what is dropped doesn't run" "$(what_is_dropped /tmp /work /dev/shm)"
	if test -n "$loader"; then # which maps it, and noexec forbids that too
		job "$name: nor by way of the loader" "cp /bin/true /tmp/y || exit 9
			$loader /bin/true || exit 8
			! $loader /tmp/y 2>/dev/null"
	fi
	rm -f "$T/drop/x" "$T/drop/x.$who"
}

loader=
for file in /lib64/ld-linux*.so.* /lib/ld-linux*.so.*; do
	if test -x "$file" && "$file" /bin/true 2>/dev/null; then loader=$file; fi
done

all_ways memory
both paths
plan
