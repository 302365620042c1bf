#!/bin/sh
# GNU parallel: PARALLEL_SHELL, and cordon in front of a command.
. "$top_srcdir/tests/callers/lib.sh"
needs parallel parallel

works() {
	mkdir -m 700 "$T/place/$who"
	chown "$uid" "$T/place/$who"
	home="--setenv PATH=/usr/bin:/bin --setenv HOME=$T/place/$who"
	hostile="$home --setenv PARALLEL_SHELL=$sh"
	log=$T/drop/log.$who

	bare /usr/bin/parallel -k --joblog "$log" 'ulimit -n; echo "{}  $0"; exit {}' ::: 0 3 125
	told 'each job by the shell' 77 "0  $sh" 77 "3  $sh" 77 "125  $sh"
	check "$who: its status: how many failed; nothing said, nothing left" ran 'exited 2'
	check "$who: the log has the job's statuses" test \
		"$(sort -n "$log" | awk 'NR > 1 { printf "%s:%s ", $7, $8 }')" = '0:0 3:0 125:0 '

	rm -f "$log"
	bare /usr/bin/parallel --joblog "$log" 'kill -{} $$' ::: 9 15
	check "$who: and its signals" test \
		"$(sort -n "$log" | awk 'NR > 1 { printf "%s:%s ", $7, $8 }')" = '0:9 0:15 '

	printf '%s\n' a b c >"$T/place/$who/lines"
	bare /bin/sh -c "parallel -k --pipe -N 1 'ulimit -n; cat' <'$T/place/$who/lines'"
	told 'standard input by --pipe' 77 a 77 b 77 c

	bare /usr/bin/parallel --timeout 1 'sleep {} & wait' ::: 300
	check "$who: --timeout ends the job, and its children in the group" saw 'left 0'

	stack_of prefix '[stack]' 'parent = always' '[rlimits]' 'nofile = 78'
	hostile=$home
	bare /usr/bin/parallel -q "$CORDON" run prefix -- /bin/sh -c 'ulimit -n; echo "$1"; exit 4' x ::: "it's \$HOME"
	told 'a command with cordon in front' 78 "it's \$HOME"
	check "$who: its status" ran 'exited 1'
	hostile=
}
both works
plan
