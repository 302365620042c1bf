#!/bin/sh
# I46: the job can't reach the launcher's keys where the uid changes or a user
# namespace is made.
. "$top_srcdir/tests/lib.sh"

search="$probe keys cordon-test \$PLANTED_KEY"

keyring() {
	name="I46 $who: another keyring"
	hostile='--key cordon-test'
	bare /bin/sh -c "$search"
	if ! says 'search_session ok' 'read ok'; then
		skip "$name" 'the bare control found no key'
		return
	fi
	stack "$@"
	inside /bin/sh -c "$search"
	judge_says "$name" 'search_session ENOKEY' 'search_user ENOKEY' '~read (EACCES|ENOKEY)'
	stack '[process]' 'keyring = new'
	inside /bin/sh -c "$search"
	judge_says "I46 $who: keyring = new" 'search_session ENOKEY'
	stack '[process]' 'keyring = keep'
	inside /bin/sh -c "$search"
	judge_says "I46 $who: keyring = keep" 'search_session ok'
	hostile=
}

with_uid() { keyring '[user]' "user = $free_uid" "group = $free_uid"; }
with_userns() {
	if can_userns; then
		keyring '[namespaces]' 'new = user'
	else
		skip "I46 $who" 'no user namespace here'
	fi
}

as_root with_uid
as_user with_userns
plan
