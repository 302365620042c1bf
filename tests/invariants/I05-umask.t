#!/bin/sh
# I5: the job's umask is the configured one, or the launcher's, never cordon's own.
. "$top_srcdir/tests/lib.sh"

mask() {
	for inherited in 0 777; do
		hostile="--umask $inherited"
		stack '[stack]' "parent = $parent" '[process]' 'umask = 022'
		tries "I5 $who $form: 022 over $inherited" 'audit umask' 'umask 0022'
		stack '[stack]' "parent = $parent"
		tries "I5 $who $form: $inherited without the key" 'audit umask' \
			"umask $(printf %04d $inherited)"
	done
}

all_ways mask
plan
