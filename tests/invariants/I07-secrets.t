#!/bin/sh
# I7: nothing of the launcher's environment or arguments is to be read from cordon.
. "$top_srcdir/tests/lib.sh"

# in two parts, so that the searching job doesn't find its own arguments
search='secrets s3cr3t-t0ke n'

parent_only() {
	name="I7 $who: the supervisor's environ and cmdline hold no secret"
	hostile='--setenv SECRET_TOKEN=s3cr3t-t0ken --setenv PATH=/usr/bin:/bin'
	stack '[stack]' 'parent = always' '[params]' 'word = name' '[env]' 'keep = PATH'
	bare /bin/sh -c "$probe $search \$\$; :"
	if ! grep -q '^secrets found' "$T/out"; then
		skip "$name" 'the bare control found nothing'
		return
	fi
	options='-p word=s3cr3t-t0ken'
	inside /bin/sh -c "exec $probe $search \$PPID"
	judge_says "$name" 'secrets none'
	if test "$who" = user; then
		inside /bin/sh -c "exec $probe trace \$PPID"
		judge_says "I7 $who: nor can the supervisor be opened or traced" \
			'ptrace EPERM' 'vm_readv EPERM' 'open_environ EACCES' \
			'open_mem EACCES' 'open_fd EACCES' 'pidfd_getfd EPERM'
	fi
	options=
}

pid_namespace() {
	name="I7 $who: with a pid namespace no process at all shows it"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	hostile='--setenv SECRET_TOKEN=s3cr3t-t0ken --setenv PATH=/usr/bin:/bin'
	stack '[params]' 'word = name' '[env]' 'keep = PATH' \
		'[namespaces]' 'new = pid mount' '[mounts]' 'proc = new'
	options='-p word=s3cr3t-t0ken'
	tries "$name" "$search" 'secrets none'
	options=
}

both parent_only
both pid_namespace
plan
