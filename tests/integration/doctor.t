#!/bin/sh
# cordon doctor: says what is true here, and leaves nothing.
# shellcheck disable=SC2154
. "$top_srcdir/tests/lib.sh"

examine() { # [COMMAND...]: in front of cordon
	bare /usr/bin/env "$@" "$CORDON" doctor --conf "$T/conf"
}

# answers NAME QUESTION ANSWER: of the last examination
answers() {
	_question="^${2% *} +${2#* } +"
	if grep -qE -- "$_question$3([ :)]|\$)" "$T/out"; then
		ok "$1"
	else
		not_ok "$1" "not '$2 $3':" "$(grep -E -- "$_question" "$T/out")"
	fi
}

# as_tried NAME QUESTION COMMAND...: yes where the command succeeds
as_tried() {
	_name=$1 _question=$2
	shift 2
	if "$launch" $switch -- /usr/bin/env "$@" >/dev/null 2>&1; then _want=yes; else _want=no; fi
	answers "$who: $_name" "$_question" "$_want"
}

# What could have been left: cgroups, mounts, the run folder, files below /tmp.
traces() {
	find /sys/fs/cgroup -name 'cordon-doctor*' 2>/dev/null
	cut -d' ' -f5- /proc/self/mountinfo | sort
	find /run /tmp -maxdepth 1 -user "$uid" \( -name '*cordon*' -o -name '*doctor*' -o -name '[luw]' \)
	ls -A "$T/drop"
	sysctl -a 2>/dev/null | grep -E 'max_user_namespaces|legacy_tiocsti|oom_score'
}

whole() {
	stack '[rlimits]' 'core = 0'
	rm -f "$T/conf/w.ini"
	before=$(traces)
	begin=$(date +%s%N)
	# where a process that died could leave its core
	examine /bin/sh -c 'ulimit -c unlimited; cd "$0" && exec "$@"' "$T/drop"
	took=$((($(date +%s%N) - begin) / 1000000))
	check "$who: it could look, and is silent on stderr" test "$rc:$(cat "$T/err")" = 0:
	check "$who: nothing runs on" saw 'left 0'
	gone "$who: and nothing is left" traces
	test -z "$exact" || check "$who: it is no long examination ($took ms)" test "$took" -lt 3000
	check "$who: one line for each question" test "$(grep -cE \
		'^[a-z]+ +[a-z0-9_-]+ +(yes|no|partly|runs here|runs degraded|cannot run)( |$)' "$T/out")" = \
		"$(($(wc -l <"$T/out") - 1))"
	check "$who: each question once" test -z \
		"$(awk '{ print $1, $2 }' "$T/out" | sort | uniq -d)"

	map=-Ur
	test "$who" = user || map=
	as_tried 'user namespaces' 'namespaces user' unshare -U true
	as_tried 'a mount in one of our own' 'namespaces mount' unshare $map -m mount -t tmpfs none /tmp
	as_tried 'pid namespaces' 'namespaces pid' unshare $map -fp true
	as_tried 'net namespaces' 'namespaces net' unshare $map -n true
	as_tried 'time namespaces' 'namespaces time' unshare $map -T true
	as_tried 'a new /proc' 'mounts proc' unshare $map -fpm mount -t proc proc /proc
	as_tried 'a hard limit is raised' 'rlimits raise-hard' \
		sh -c 'ulimit -Hc 0 && ulimit -Hc 1'
	as_tried '/dev/log' 'record syslog' test -S /dev/log
	answers "$who: a stack that runs" 'stack t' 'runs here'
}

# A kernel in which a call is absent: the answer changes.
twin() {
	if ! "$launch" $switch -- /usr/bin/env strace -o /dev/null true 2>/dev/null; then
		skip "$who: calls that are absent" 'no strace, or it may not trace'
		return
	fi
	stack '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	for row in landlock_create_ruleset,landlock,landlock clone3,cordon,clone3 \
		clone3,cgroup,clone-into close_range,cordon,close_range \
		pidfd_open,cordon,pidfd openat2,mounts,openat2 \
		mount_setattr,mounts,mount_setattr seccomp,seccomp,filter keyctl,process,keyring \
		io_uring_setup,seccomp,io_uring unshare,namespaces,user unshare,namespaces,net; do
		call=${row%%,*} name=${row##*,} row=${row#*,}
		if test "$call" != "$had"; then
			examine strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$call:error=ENOSYS"
			check "$who: without $call it still can look" test "$rc" = 0
		fi
		had=$call
		answers "$who: without $call: ${row%%,*} $name" "${row%%,*} $name" no
	done
	answers "$who: and a stack that needs it cannot run" 'stack t' 'cannot run'
	had=
}

stacks() {
	stack '[processs]'
	printf '%s\n' '[record]' 'syslog = user' 'on-unsupported = skip' >"$T/conf/w.ini"
	printf '%s\n' '[record]' 'syslog = user' 'control = optional' >"$T/conf/o.ini"
	examine
	answers "$who: a stack with a fault" 'stack t' 'cannot run .*t.ini:1'
	if test -S /dev/log; then
		skip "$who: a stack that may lack something" 'there is a /dev/log'
	else
		answers "$who: a stack that may lack something" 'stack w' 'runs degraded .*/dev/log'
		answers "$who: and one where it is optional" 'stack o' 'runs degraded .*/dev/log'
		stack '[record]' 'syslog = user'
		examine
		answers "$who: and one that may not" 'stack t' 'cannot run .*\[record\] needs record/syslog'
	fi
	rm -f "$T/conf/w.ini" "$T/conf/o.ini"
	if can_userns; then
		stack '[namespaces]' 'new = mount pid net ipc uts' '[mounts]' 'ro = /' 'dev = minimal' '[process]' 'cwd = /'
		examine
		answers "$who: a stack of namespaces" 'stack t' 'runs here'
		job "$who: which is true" 'true'
	else
		skip "$who: a stack of namespaces" 'no user namespace here'
	fi
}

as_json() {
	stack '[rlimits]' 'core = 0'
	bare "$CORDON" doctor --json --conf "$T/conf"
	tr '\n' ' ' <"$T/out" >"$T/one" && mv "$T/one" "$T/out"
	json "$who: --json" "o['uid'] == $uid and o['stacks'][0] == {'stack': 't', 'answer': 'yes', 'text': ''} and len(o['answers']) > 30"
	json "$who: --json: each the same keys" 'all(sorted(a) == ["answer", "module", "name", "remedy", "text", "without"] and a["answer"] in ("yes", "no", "partly") for a in o["answers"])'
}

# Where user namespaces are turned off: in one that may have none below it.
turned_off() {
	if ! "$launch" $switch -- /usr/bin/unshare -Ur true 2>/dev/null; then
		skip "$who: user namespaces that are turned off" 'there are none here'
		return
	fi
	examine unshare -Ur /bin/sh -c 'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"' -
	answers "$who: user namespaces that are turned off" 'namespaces user' \
		'no .*say: sysctl user.max_user_namespaces=15000'
}

# A user with groups and a run folder that others may write, where no cgroup v2 is mounted.
poor_user() {
	examine unshare -m /bin/sh -c 'umount -a -t cgroup2; exec "$@"' - setpriv --reuid "$free_uid" \
		--regid "$free_uid" --groups "$free_uid,54322" env XDG_RUNTIME_DIR=/tmp
	answers 'user: groups to give up, and no range for it' 'user give-up-groups' 'no .*no range of'
	answers 'user: a run folder of everybody' 'tmp run-folder' "no .*others can write '/tmp', or own it"
	answers 'user: no cgroup v2' 'cgroup kill' 'no .*no cgroup v2 is mounted'
	if grep -q ' - cgroup .*memory' /proc/self/mountinfo && grep -q ' - cgroup2 ' /proc/self/mountinfo; then
		examine unshare -m /bin/sh -c 'umount -a -t cgroup; exec "$@"' -
		answers 'cgroup v1 out of sight' 'cgroup memory' 'no .*v2, but the controller is not in'
	fi
}

both whole
both stacks
both turned_off
as_root poor_user
both as_json
both twin
bare "$CORDON" doctor --conf "$T/nowhere"
check 'it could not look: 125' test "$rc:$(wc -l <"$T/err")" = 125:1
plan
