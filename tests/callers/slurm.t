#!/bin/sh
# Slurm on loopback: srun with cordon in front, batch scripts by a #! line, arrays, scancel with
# signals, a time limit; by each way of tracking.  About a minute each.
. "$top_srcdir/tests/callers/lib.sh"
. "$top_srcdir/tests/callers/slurm-node.sh"

# ---- the jobs ----

both_forms='never always'
for parent in $both_forms; do
	stack_of "$parent" '[stack]' "parent = $parent" 'program = /bin/sh' '[rlimits]' 'nofile = 83'
	ln -s "$CORDON" "$T/bin/cordon-sh@$parent"
done
stack_of limit '[stack]' 'program = /bin/sh' 'parent = always'
ln -s "$CORDON" "$T/bin/cordon-sh@limit"
run="$CORDON run --conf $T/conf"

steps() {
	bare /usr/bin/srun -Q $run "$parent" -- /bin/sh -c 'ulimit -n; id -u; echo $SLURM_NTASKS; cat; exit 7'
	told "srun, $parent: its stack, its user, its environment" 83 "$uid" 1
	check "srun, $parent: its status" test "$rc" = 7
	bare /usr/bin/srun -Q $run "$parent" -- /bin/sh -c 'kill -SEGV $$'
	check "srun, $parent: a signal" test "$rc" = 139
	bare /usr/bin/srun -Q -n 2 $run "$parent" -- /bin/sh -c 'echo $SLURM_PROCID'
	sort "$T/out" -o "$T/out"
	told "srun -n 2, $parent" 0 1
	bare /usr/bin/srun -Q $run nothing -- /bin/true
	check "srun: refused: 125" test "$rc" = 125
}

batch() {
	rm -f "$T/place/batch"*
	printf '%s\n' "#!$sh" 'ulimit -n; echo "$0" | sed "s,.*/,,"; echo "$1 $SLURM_ARRAY_TASK_ID"; exit 4' >"$T/place/batch"
	bare /usr/bin/sbatch -Q -W -o "$T/place/batch.out" "$T/place/batch" one
	check "$who: sbatch -W: the status" test "$rc" = 4
	cp "$T/place/batch.out" "$T/out" 2>/dev/null
	told 'a batch script by its #! line' 77 slurm_script 'one '
	bare /usr/bin/sbatch -Q -W --array=1-3 -o "$T/place/batch.%a" "$T/place/batch" two
	cat "$T/place/batch.1" "$T/place/batch.2" "$T/place/batch.3" >"$T/out" 2>"$T/err"
	told 'an array' 77 slurm_script 'two 1' 77 slurm_script 'two 2' 77 slurm_script 'two 3'
}

cancelled() {
	rm -f "$T/drop/three"
	printf '%s\n' '#!/bin/sh' "srun -Q $run $parent -- $T/bin/three $T/drop/three" >"$T/place/batch"
	submit -o "$T/place/batch.out" "$T/place/batch"
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
	check "$who $parent: it runs in its stack" grep -q '^Max open files  *83 ' "/proc/$one/limits"
	scancel "$id"
	check "$who $parent: scancel ends the job and its children" until_gone "$one" "$two"
	case $tracking in
	linuxproc | cgroup) check "$who $parent: and what left the session" until_gone "$three" ;;
	*) kill -KILL "$three" 2>/dev/null ;; # wrapped or not: the group is all that pgid knows
	esac
	until_over "$id"

	rm -f "$T/drop/heard" "$T/drop/ready"
	printf '%s\n' "#!$T/bin/cordon-sh@$parent" "trap 'echo USR1 >>$T/drop/heard' USR1" "echo >$T/drop/ready" \
		"while ! test -s $T/drop/heard; do sleep 0.1; done; exit 9" >"$T/place/batch"
	submit -o "$T/place/batch.out" "$T/place/batch"
	until_test -e "$T/drop/ready"
	scancel -b -s USR1 "$id"
	until_over "$id"
	check "$who $parent: scancel -b -s USR1 arrives once" test "$(cat "$T/drop/heard")" = USR1
	check "$who $parent: and the job goes on to its end" test "$(job_says "$id" ExitCode)" = 9:0
}

suspended() {
	rm -f "$T/drop/ready"
	printf '%s\n' "#!$T/bin/cordon-sh@$parent" "echo \$\$ >$T/drop/new && mv $T/drop/new $T/drop/ready" \
		'while :; do :; done' >"$T/place/batch"
	submit -o "$T/place/batch.out" "$T/place/batch"
	until_file "$T/drop/ready"
	read -r one <"$T/drop/ready"
	scontrol suspend "$id"
	check "$who $parent: suspend stops the job" in_state "$one" TD # a frozen one is in D
	scontrol resume "$id"
	check "$who $parent: resume lets it go on" in_state "$one" RSD
	scancel "$id"
	check "$who $parent: and it can be ended" until_gone "$one"
	until_over "$id"
}

# A minute is the shortest: it passes while the others run.
limited() {
	rm -f "$T/drop/limit"
	printf '%s\n' "#!$T/bin/cordon-sh@limit" "trap 'echo TERM >>$T/drop/limit' TERM" \
		'while :; do sleep 0.2; done' >"$T/place/batch"
	submit -t 1 -o "$T/place/limit.out" "$T/place/batch"
	limited_id=$id
}

limit_came() {
	for _try in 1 2 3; do until_over "$limited_id" && break; done
	check "$who: the time limit: TERM, once or twice, and then the end" test "$(sort -u "$T/drop/limit")" = TERM
	check "$who: the time limit: as Slurm sees it" test "$(job_says "$limited_id" JobState)" = TIMEOUT
}

all_jobs() {
	test "$tracking" != linuxproc || limited
	for parent in $both_forms; do
		steps
		cancelled
		suspended
	done
	batch
	test "$tracking" != linuxproc || limit_came
}

cd "$T/place" || exit 99
for tracking in linuxproc pgid cgroup; do
	if test "$tracking" = cgroup && ! can_freeze; then
		skip cgroup 'no group can be made in a freezer of cgroup v1'
		continue
	fi
	if ! begin "$tracking"; then
		not_ok "$tracking: a node that is idle" "$(tail -n 3 "$dir"/*.log "$dir"/*.out | cut -c1-200)"
		end
		continue
	fi
	as_user all_jobs
	end
done
test ! -d "$freezer" || check 'cgroup: nothing stays in the freezer' forget_freezer
plan
