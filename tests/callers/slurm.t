#!/bin/sh
# Slurm on loopback: srun with cordon in front, batch scripts by a #! line, arrays, scancel with
# signals, a time limit; by both ways of tracking that need no cgroup.  About a minute each.
. "$top_srcdir/tests/callers/lib.sh"
needs slurmctld slurmctld
needs slurmd slurmd
needs srun slurm-client
needs munged munge slurm-wlm-basic-plugins

# ---- one node, which is this machine ----

host=$(hostname -s)
port=$((20000 + $$ % 20000))
dir=$T/slurm
mkdir -m 755 "$dir" "$dir/state" "$dir/spool" "$dir/munge"
mkdir -m 755 "$dir/run"
mount --bind "$dir/run" /run || exit 99
head -c 1024 /dev/urandom >"$dir/munge/key"
chmod 400 "$dir/munge/key"
SLURM_CONF=$dir/slurm.conf
export SLURM_CONF

# A user with a name, for which Slurm asks; this mount namespace's alone.
sed '/^cordonjob:/d' /etc/passwd >"$T/passwd"
echo "cordonjob:x:$free_uid:$free_uid::$T/place:/bin/sh" >>"$T/passwd"
mount --bind "$T/passwd" /etc/passwd || exit 99
sed "/:$free_uid:/d" /etc/group >"$T/group"
echo "cordonjob:x:$free_uid:" >>"$T/group"
mount --bind "$T/group" /etc/group || exit 99

configure() { # TRACKING
	cat >"$SLURM_CONF" <<END
ClusterName=cordon
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SrunPortRange=$((port + 10))-$((port + 90))
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket=$dir/munge/socket
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd.log
ProctrackType=proctrack/$1
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
KillWait=2
SchedulerParameters=sched_interval=1
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=500 State=UNKNOWN
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE OverSubscribe=FORCE:4 State=UP
END
}

daemon() { # NAME COMMAND...
	_log=$dir/$1.out
	shift
	"$@" >"$_log" 2>&1 &
	daemons="$! $daemons"
	background="$background $!"
}

begin() { # TRACKING
	configure "$1"
	daemons=
	rm -rf "$dir/state" "$dir/spool"
	mkdir -m 755 "$dir/state" "$dir/spool"
	daemon munged munged -F --force --socket="$dir/munge/socket" --key-file="$dir/munge/key" \
		--pid-file="$dir/munge/pid" --seed-file="$dir/munge/seed" --log-file="$dir/munge/log"
	until_test -S "$dir/munge/socket"
	daemon slurmctld slurmctld -D -f "$SLURM_CONF"
	daemon slurmd slurmd -D -f "$SLURM_CONF"
	for _try in $(seq $((2 * patience))); do
		test "$(sinfo -h -o %T 2>/dev/null)" != idle || return 0
		sleep 0.5
	done
	return 1
}

end() {
	for _pid in $daemons; do
		kill -TERM "$_pid"
		wait "$_pid" 2>/dev/null
	done
}

# job_says ID FIELD: also of one that ended a while ago
job_says() {
	scontrol show job "$1" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$2=//p"
}

until_over() { # ID
	for _try in $(seq $((5 * patience))); do
		case $(job_says "$1" JobState) in
		PENDING | RUNNING | COMPLETING | CONFIGURING) sleep 0.2 ;;
		*) return ;;
		esac
	done
	return 1
}

submit() { # OPTION... SCRIPT: $id
	bare /usr/bin/sbatch --parsable "$@"
	read -r id <"$T/out"
}

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
	linuxproc) check "$who $parent: and what left the session" until_gone "$three" ;;
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
	check "$who $parent: suspend stops the job" in_state "$one" T
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
	check "$who: the time limit: TERM, and then the end" test "$(cat "$T/drop/limit")" = TERM
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
for tracking in linuxproc pgid; do
	if ! begin "$tracking"; then
		not_ok "$tracking: a node that is idle" "$(tail -n 3 "$dir"/*.log "$dir"/*.out | cut -c1-200)"
		end
		continue
	fi
	as_user all_jobs
	end
done
plan
