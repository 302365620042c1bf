#!/bin/sh
# I10: with session = new the job has no terminal and can't type into the launcher's.
# I11: it leads a session and a group of its own.
. "$top_srcdir/tests/lib.sh"

# A uid 0 job could type even so, as long as it has CAP_SYS_ADMIN; a user can't
# cut the bounding set.
terminal() {
	hostile=--pty
	name="I10 $who: no terminal, nothing typed into the launcher's"
	unsafe "$name" tiocsti 'tiocsti ok' || return
	stack '[process]' 'session = new' $caps
	tries "$name" 'audit tty' 'tty ENXIO'
	tries "I10 $who: TIOCSTI fails" tiocsti '~tiocsti (EPERM|EIO)' \
		'~tiocsti_high (EPERM|EIO)' '~tioclinux (ENOTTY|EPERM)'
	check "I10 $who: the terminal got no byte" grep -qx 'typed 0' "$T/seen"
	# the leader of a terminal's session can't leave it without a parent
	stack '[stack]' 'parent = never' '[process]' 'session = new' $caps
	refused "I10 $who: in place a session's leader is refused" 'parent = never'
	if test "$who" = root; then
		stack '[process]' 'session = new'
		inside "$probe" tiocsti
		check "I10 $who: uid 0 with all its capabilities types nothing or is refused" \
			grep -qx 'typed 0' "$T/seen"
	fi
	hostile=
}
session() {
	stack '[stack]' "parent = $parent" '[process]' 'session = new'
	hostile=--group
	test "$who" = root || hostile="--group --watch-uid $uid"
	name="I11 $who $form: signals to the group stay inside"
	bare "$probe" killgroup 10
	if grep -qx 'usr 0' "$T/seen"; then
		skip "$name" 'the bare control reached nobody'
	else
		inside "$probe" killgroup 10
		check "$name" grep -qx 'usr 0' "$T/seen"
	fi
	hostile=
	job "I11 $who $form: session and group are the job's" \
		'set -- $(cut -d" " -f5,6 /proc/$$/stat); test $1 = $$ -a $2 = $$'
	if test "$form" = supervised; then
		hostile=--session
		job "I11 $who: also for a session leader" \
			'set -- $(cut -d" " -f5,6 /proc/$$/stat); test $1 = $$ -a $2 = $$'
		hostile=
	fi
}

caps='[caps]'
as_root terminal
caps=
as_user terminal
all_ways session
plan
