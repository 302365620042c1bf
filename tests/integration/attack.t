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

plan
