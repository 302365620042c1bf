#!/bin/sh
# I52: the job can't leave its cgroup, raise its limits, or name a release agent.
. "$top_srcdir/tests/lib.sh"

# Tries to open all of them for writing, in its own groups and those above.
cat >"$T/escape" <<'END'
grep -E ' - cgroup2? ' /proc/self/mountinfo | while read -r _ _ _ root mount _; do
	cut -d: -f3- /proc/self/cgroup | sort -u | while read -r path; do
		while :; do
			for file in cgroup.procs tasks cgroup.threads release_agent notify_on_release \
				memory.max memory.limit_in_bytes memory.memsw.limit_in_bytes pids.max \
				cpu.max cpu.cfs_quota_us io.max cgroup.subtree_control cgroup.kill freezer.state; do
				at=$mount$path/$file
				test -e "$at" || continue
				echo "seen $at"
				if sh -c ": >>'$at'" 2>/dev/null; then echo "open $at"; fi
			done
			mkdir "$mount$path/escape" 2>/dev/null && echo "mkdir $mount$path" && rmdir "$mount$path/escape"
			test -n "$path" -a "$path" != / || break
			path=${path%/*}
		done
	done
done
END

# A mount of its own, in namespaces of its own.
cat >"$T/nested" <<'END'
exec unshare -Urm -C sh -c '
	mkdir -p '"$T"'/drop/m && mount -t cgroup2 none '"$T"'/drop/m || exit 77
	cd '"$T"'/drop/m
	for file in memory.max memory.swap.max pids.max cpu.max io.max; do
		test -e $file || continue
		grep -qvE "^(max|max 100000)$" $file || continue
		if (echo max >$file) 2>/dev/null; then echo "raised $file"; fi
	done
	for file in ../cgroup.procs */../../cgroup.procs; do
		if (echo 0 >$file) 2>/dev/null && grep -q "/[.][.]" /proc/self/cgroup; then echo "left"; fi
	done
	exit 0'
END

escape() {
	stack "$user_lines" '[cgroup]' 'pids = 30'
	inside true
	if test "$rc" != 0; then
		skip "I52 $who: $1" "$(sed 's/.*\[cgroup\] //' "$T/err" | cut -c1-100)"
		return
	fi
	inside /bin/sh "$T/escape"
	check "I52 $who: $1: the files are there to be tried" grep -q '^seen ' "$T/out"
	check "I52 $who: $1: none can be written" test -z "$(grep -E '^(open|mkdir) ' "$T/out")"
	stack "$user_lines" '[cgroup]' 'pids = 30' '[namespaces]' 'new = cgroup'
	inside /bin/sh "$T/escape"
	check "I52 $who: $1: nor with a namespace" test -z "$(grep -E '^(open|mkdir) ' "$T/out")"
	inside cat /proc/self/cgroup
	check "I52 $who: $1: which begins at the job's group" test -z "$(grep 'cordon-' "$T/out")"
	stack "$user_lines" '[cgroup]' 'pids = 30'
	inside /bin/sh "$T/nested"
	if test "$rc" != 0; then
		skip "I52 $who: $1: a mount of its own" "$(head -n1 "$T/err")"
		return
	fi
	check "I52 $who: $1: a mount of its own lets it raise no limit" test ! -s "$T/out"
}

as_itself() {
	user_lines=
	if test "$who" = root; then
		bare /bin/sh "$T/escape"
		check 'I52 control: root can write them' grep -q '^open ' "$T/out"
	fi
	escape "$who's job"
}

as_another() {
	user_lines="[user]
user = $free_uid
group = $free_uid"
	escape "another's job"
	user_lines=
}
both as_itself
as_root as_another
plan
