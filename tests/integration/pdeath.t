#!/bin/sh
# [process] pdeath: the job ends with whoever started cordon.
. "$top_srcdir/tests/lib.sh"

# Its own caller is killed when the job is ready, and who started that waits for the record.
cat >"$T/caller" <<'END'
#!/bin/sh
ready=$1 record=$2 seconds=$3
shift 3
sh -c '"$@" <&0 & while ! test -e '"$ready"'; do sleep 0.05; done; sleep 0.2; kill -KILL $$' - "$@"
for try in $(seq $((10 * seconds))); do
	test ! -s "$record" || exit 0
	sleep 0.1
done
exit 1
END
chmod 755 "$T/caller"
record=$T/drop/record ready=$T/drop/ready
# It hears no TERM, spins, and has a child in a session of its own that has lost its parent.
job="trap '' TERM; (setsid sleep 60 &); : >$ready; while :; do :; done"

# left_by SECONDS COMMAND...: the record of a job whose caller is killed
left_by() {
	_seconds=$1
	shift
	rm -f "$record" "$ready"
	bare "$T/caller" "$ready" "$record" "$_seconds" "$CORDON" run --conf "$T/conf" --record "$record" t -- "$@"
}

# orphaned NAME: the last job was killed for that, and nothing is left
orphaned() {
	check "$who $form: $1" grep -qF '"signal":9,"reason":"signaled","section":"process","message":"its caller has ended"' "$record"
	check "$who $form: and nothing is left" saw 'left 0'
}

ends() {
	form='by its parents'
	stack '[process]' 'pdeath = caller'
	left_by "$patience" /bin/sh -c "$job"
	orphaned 'ends with its caller, spinning and deaf'
	bare /bin/sh -c "\"\$@\"; echo \$?" - "$CORDON" run --conf "$T/conf" t -- /bin/sh -c 'sleep 0.3; exit 7'
	told 'a caller that stays sees its end' 7
	form='from beside'
	stack '[stack]' 'parent = beside' '[process]' 'pdeath = caller'
	# a helper finds who still hangs on the job
	left_by "$patience" /bin/sh -c "trap '' TERM; setsid sleep 60 & : >$ready; while :; do :; done"
	orphaned 'ends with its caller, spinning and deaf'
	if can_userns; then
		form='in a pid namespace'
		stack '[process]' 'pdeath = caller' '[namespaces]' 'new = pid'
		left_by "$patience" /bin/sh -c "$job"
		orphaned 'ends with its caller, spinning and deaf'
	fi
	form='not asked for'
	stack '[stack]' 'parent = always'
	left_by 1 /bin/sh -c "$job"
	check "$who $form: the job goes on" test ! -s "$record"
	check "$who $form: and stays" sh -c '! grep -qx "left 0" "$0"' "$T/seen"
}

# Nobody is there to hear of another try.
waits() {
	form='between two tries'
	stack '[process]' 'pdeath = caller' '[restart]' 'limit = 3' 'on = failure' 'backoff = 10min' 'backoff-max = 10min'
	left_by "$patience" /bin/sh -c ": >$ready; exit 3"
	check "$who $form: no further try" grep -qF '"restarts":0,"exit":3,' "$record"
	check "$who $form: nothing is left" saw 'left 0'
}

# What a module waits for comes when nobody wants the job any more.
late() {
	mkdir "$T/slots.$who"
	chown "$uid" "$T/slots.$who"
	stack '[slots]' "folder = $T/slots.$who" 'count = 1' 'wait = 10min' '[process]' 'pdeath = caller'
	rm -f "$T/drop/held" "$T/drop/free"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		": >$T/drop/held; while ! test -e $T/drop/free; do sleep 0.05; done" &
	background="$background $!"
	until_test -e "$T/drop/held"
	(sleep 1.5; : >"$T/drop/free") &
	: >"$ready"
	rm -f "$T/drop/marker"
	left_by_ready "$probe" mark "$T/drop/marker"
	check "$who: a wait that ends behind its caller: refused" grep -qF 'the caller has ended before the job could start' "$record"
	check "$who: and no job ran" test ! -e "$T/drop/marker"
	wait
}
left_by_ready() {
	rm -f "$record"
	bare "$T/caller" "$ready" "$record" "$patience" "$CORDON" run --conf "$T/conf" --record "$record" t -- "$@"
}

elsewhere() {
	stack '[process]' 'pdeath = caller'
	rm -f "$T/drop/marker"
	bare /usr/bin/unshare --pid --fork "$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused 'root: a caller in another pid namespace' 'the caller is in another pid namespace'
}

both ends
both waits
both late
as_root elsewhere
stack '[stack]' 'parent = never' '[process]' 'pdeath = caller'
refused "$who: nobody to look" 'somebody must look whether the caller has ended'
plan
