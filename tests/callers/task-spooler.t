#!/bin/sh
# task-spooler: a queue that executes a command, without a shell.
. "$top_srcdir/tests/callers/lib.sh"
needs tsp task-spooler

# spooler ARGUMENT...: its client
spooler() {
	bare /usr/bin/tsp "$@"
}

# ended ID: the job's state and status, once it has ended
ended() {
	spooler -w "$1"
	spooler -l
	awk -v id="$1" '$1 == id { print $2, $4 }' "$T/out"
}

works() {
	mkdir -m 700 "$T/place/$who"
	chown "$uid" "$T/place/$who"
	# the server that the first client starts goes on, so it is started first, and ended below
	"$launch" $switch --setenv "TS_SOCKET=$T/place/$who/socket" \
		--setenv "TMPDIR=$T/place/$who" --setenv PATH=/usr/bin:/bin -- /usr/bin/tsp true >/dev/null
	hostile="--setenv TS_SOCKET=$T/place/$who/socket --setenv TMPDIR=$T/place/$who --setenv PATH=/usr/bin:/bin"
	stack "[stack]" "parent = $parent" '[rlimits]' 'nofile = 79'

	spooler -f "$CORDON" run --conf "$T/conf" t -- /bin/sh -c 'exit 3'
	check "$who $form: -f: the status is the job's" ran 'exited 3'
	spooler "$CORDON" run --conf "$T/conf" t -- /bin/sh -c 'ulimit -n; echo "$1"' x "it's"
	read -r id <"$T/out"
	check "$who $form: queued, and it ends" test "$(ended "$id")" = 'finished 0'
	spooler -c "$id"
	told "$form: its output" 79 "it's"

	rm -f "$T/drop/three"
	spooler "$CORDON" run --conf "$T/conf" t -- "$T/bin/three" "$T/drop/three"
	read -r id <"$T/out"
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
	spooler -k "$id"
	check "$who $form: -k ends the group" until_gone "$one" "$two"
	check "$who $form: and says by which status" contains "$(ended "$id")" 'finished '
	kill -KILL "$three" 2>/dev/null # it left the group
	spooler -K
	hostile=
	rm -rf "$T/place/$who"
}
all_ways works
plan
