# shellcheck shell=sh disable=SC2034,SC2154
# Slurm on loopback, for those who have read lib.sh: one node, which is this machine, and daemons
# that begin and end.
needs slurmctld slurmctld
needs slurmd slurmd
needs srun slurm-client
needs munged munge slurm-wlm-basic-plugins

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
more=

# A user with a name, for which Slurm asks; this mount namespace's alone.
sed '/^cordonjob:/d' /etc/passwd >"$T/passwd"
echo "cordonjob:x:$free_uid:$free_uid::$T/place:/bin/sh" >>"$T/passwd"
mount --bind "$T/passwd" /etc/passwd || exit 99
sed "/:$free_uid:/d" /etc/group >"$T/group"
echo "cordonjob:x:$free_uid:" >>"$T/group"
mount --bind "$T/group" /etc/group || exit 99

# configure TRACKING: $more is for slurm.conf too
configure() {
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
$more
END
	cat >"$dir/cgroup.conf" <<END
CgroupPlugin=cgroup/v1
CgroupMountpoint=$dir/cgroup
CgroupAutomount=no
END
}

# A freezer is all that proctrack/cgroup needs: a group of ours, as the only one that there is.
freezer=/sys/fs/cgroup/freezer/cordon.$$
can_freeze() {
	mkdir "$freezer" 2>/dev/null && mkdir -p "$dir/cgroup/freezer" &&
		mount --bind "$freezer" "$dir/cgroup/freezer"
}

# Those that the daemons leave, deepest first.
forget_freezer() {
	umount "$dir/cgroup/freezer"
	find "$freezer" -depth -type d -exec rmdir {} +
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
