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

# Each job's keyring counts against a quota of the uid, 200 on most machines.
crowd() {
	name="I46 $who: $many jobs of one uid at once"
	mkfifo "$T/fifo" && exec 9<>"$T/fifo"
	pids='' bad=0
	for _job in $(seq $many); do
		"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c 'read go' \
			<&9 9<&- >/dev/null 2>>"$T/err" &
		pids="$pids $!"
	done
	for _try in $(seq 600); do
		started=$(pgrep -fxc '/bin/sh -c read go')
		test "$started" -lt $many || break
		sleep 0.1
	done
	check "$name: all were there" test "$started" -ge $many
	yes | head -n $((2 * many)) >&9
	for pid in $pids; do wait "$pid" || bad=$((bad + 1)); done
	exec 9<&-
	rm "$T/fifo"
	check "$name: none was refused" test "$bad" = 0
}

crowd_of_uid() {
	stack '[user]' "user = $free_uid" "group = $free_uid"
	crowd
}
crowd_in_userns() {
	stack '[namespaces]' 'new = user'
	if can_userns; then crowd; else skip "I46 $who" 'no user namespace here'; fi
}

many=$(cat /proc/sys/kernel/keys/maxkeys 2>/dev/null || echo 200)
many=$((many + 10))
as_root with_uid
as_user with_userns
if test "$many" -le 310; then
	as_root crowd_of_uid
	as_user crowd_in_userns
else
	skip 'I46 more jobs of a uid than it may have keys' "maxkeys is $many here"
fi
plan
