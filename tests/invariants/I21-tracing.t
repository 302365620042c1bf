#!/bin/sh
# I21: the job cannot trace, read, compare, take descriptors from or signal cordon's own
# processes; where it is the same user and may signal one, that ends the job (I48).
# In place there is none of them left.
. "$top_srcdir/tests/lib.sh"

# out_of_reach NAME 'PROBE ARGS': no way into a process that is closed to us.  Numbers in
# fd/ can be listed by uid 0, whose they are; what they name cannot be had.
out_of_reach() {
	fd=EACCES
	test "$who" = user || fd='(EACCES|ok)'
	tries "$1" "$2" 'ptrace EPERM' 'vm_readv EPERM' 'kcmp EPERM' 'pidfd_getfd EPERM' \
		'open_environ EACCES' 'open_mem EACCES' 'open_maps EACCES' "~open_fd $fd" \
		'open_root EACCES' 'open_cwd EACCES' 'open_exe EACCES'
}

# The launcher of the control is as open as any process of that user.
control() {
	bare /bin/sh -c "$probe trace; exit \$?"
	missing=
	if says 'ptrace ok' 'open_environ ok' 'open_fd ok'; then return 0; fi
	skip "I21 $who: its parent" "the bare control is already safe:$missing"
	return 1
}

# parents NAME LINE...: of a stack with a supervising cordon
parents() {
	_stack=$1
	shift
	stack '[stack]' 'parent = always' "$@"
	out_of_reach "I21 $who, $_stack: its parent" trace
	inside /bin/sh -c "for n in 0 1 2 3 4 5 6 7 8 9; do $probe open /proc/\$PPID/fd/\$n; done
		$probe open /proc/\$PPID/exe w; $probe open /proc/1/exe w"
	judge_says "I21 $who, $_stack: its parent's descriptors and program" '!ok$' 'open EACCES'
}

same_user() {
	if ! control; then return; fi
	parents 'same user' $caps
	if test "$who" = user; then
		inside /bin/sh -c "kill -KILL \$PPID; exec $probe sleep 3"
		check "I21 I48 $who: to end its parent is to end itself" ran 'signaled 9'
		bare "$CORDON" explain --conf "$T/conf" t -- true
		judge_says "I21 $who: and explain says so" '~note .*signalled.* by the job .*'
	fi
}

# By a scope no signal reaches it either.
scoped() {
	abi=$("$probe" landlock | sed -n 's/^abi //p')
	if test "${abi:-0}" -lt 6; then
		skip "I21 $who: scope = signals" "Landlock ABI ${abi:-0}, 6 is needed"
		return
	fi
	parents 'scope = signals' $caps '[landlock]' 'scope = signals'
	for signal in 0 15 9; do
		inside /bin/sh -c "$probe kill \$PPID $signal"
		missing=
		if says 'kill EPERM'; then
			ok "I21 $who: signal $signal to its parent, with scope = signals"
		else
			not_ok "I21 $who: signal $signal to its parent, with scope = signals" \
				"$(cat "$T/out")"
		fi
	done
}

other_user() {
	parents 'another user' '[user]' "user = $free_uid" "group = $free_uid"
	inside /bin/sh -c "$probe kill \$PPID 0"
	missing=
	check "I21 $who: another user's signal to its parent" says 'kill EPERM'
}

# pid 1 is cordon's init, and no process of the host has a number.
own_pids() {
	if ! can_userns; then
		skip "I21 $who: new = pid" 'no user namespace here'
		return
	fi
	parents 'new = pid' '[namespaces]' 'new = pid' '[process]' 'cwd = /' "$@"
	out_of_reach "I21 $who, new = pid: pid 1" 'trace 1'
	# its signals reach an init only where that takes them
	job "I21 $who, new = pid: KILL to pid 1 does nothing" \
		'kill -KILL 1; kill -TERM 1; sleep 0.2; true'
	tries "I21 $who, new = pid: a number of the host" "kill $$ 0" 'kill ESRCH'
}

# Whoever may trace all that is his namespace's: the init is none of that.
own_tracer() {
	if ! can_userns; then
		skip "I21 $who: sys_ptrace in a user namespace" 'no user namespace here'
		return
	fi
	stack "$@" '[namespaces]' 'new = user pid mount' 'map = root' '[mounts]' 'proc = new' \
		'[caps]' 'keep = sys_ptrace' '[process]' 'cwd = /'
	inside /bin/sh -c "sleep 5 & $probe trace \$!; kill \$!"
	judge_says "I21 $who, sys_ptrace in a user namespace: another of the job's" 'ptrace ok'
	out_of_reach "I21 $who, sys_ptrace in a user namespace: pid 1" 'trace 1'
}

as_root_without_caps() {
	caps='[caps]'
	same_user
	scoped
	own_pids '[caps]'
}
as_plain_user() {
	caps=
	same_user
	scoped
	own_pids
}
as_root as_root_without_caps
as_root other_user
as_user as_plain_user
as_root_tracer() { own_tracer '[user]' "user = $free_uid" "group = $free_uid"; }
as_root as_root_tracer
as_user own_tracer

# A job that keeps every capability of root's needs a pid namespace: check says so.
all_caps() {
	stack '[stack]' 'parent = always'
	bare "$CORDON" check --conf "$T/conf" t
	judge_says "I21 $who: check warns of a job with all of root's capabilities" \
		'~t: warning: .*all of root.s capabilities.*' \
		'~t: warning: .*signal and trace other processes.*'
}
as_root all_caps


# What looks for the path of `startup` is a copy of cordon, confined by nothing.
helper() {
	if ! control; then return; fi
	stack '[timeout]' 'startup = 20s until /none-such'
	inside /bin/sh -c "for pid in \$(cat /proc/\$PPID/task/\$PPID/children); do
		test \$pid = \$\$ || exec $probe trace \$pid; done"
	judge_says "I21 $who: the helper that waits for a path" 'ptrace EPERM' 'kcmp EPERM' 'pidfd_getfd EPERM' \
		'open_environ EACCES' 'open_mem EACCES' 'open_root EACCES'
}
as_user helper
plan
