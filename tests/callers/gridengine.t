#!/bin/sh
# Grid Engine with cordon-starter as the queue's starter_method: scripts, binaries, another shell,
# qrsh; it kills, suspends and finds what left the session; a refusal is the error state.  It takes
# no address of 127.x, so it has a network of its own.  Three minutes.
if test -z "${own_net-}" && test "$(id -u)" = 0; then
	own_net=1 exec unshare --net sh "$0" "$@"
fi
. "$top_srcdir/tests/callers/lib.sh"
needs sge_qmaster gridengine-master
needs sge_execd gridengine-exec
needs qsub gridengine-client
needs ip iproute2

# ---- one node, which is this machine ----

host=$(hostname -s)
arch=$(/usr/share/gridengine/util/arch)
SGE_ROOT=$T/sge SGE_CELL=default SGE_QMASTER_PORT=6444 SGE_EXECD_PORT=6445
export SGE_ROOT SGE_CELL SGE_QMASTER_PORT SGE_EXECD_PORT
ip link set lo up && ip address add 10.255.0.1/32 dev lo || exit 99
printf '127.0.0.1 localhost\n10.255.0.1 %s\n' "$host" >"$T/hosts"
mount --bind "$T/hosts" /etc/hosts || exit 99

# A user with a name, for which it asks; this mount namespace's alone.
sed '/^cordonjob:/d' /etc/passwd >"$T/passwd"
echo "cordonjob:x:$free_uid:$free_uid::$T/place:/bin/sh" >>"$T/passwd"
mount --bind "$T/passwd" /etc/passwd || exit 99
sed "/:$free_uid:/d" /etc/group >"$T/group"
echo "cordonjob:x:$free_uid:" >>"$T/group"
mount --bind "$T/group" /etc/group || exit 99

common=$SGE_ROOT/default/common
mkdir -m 755 "$SGE_ROOT" "$SGE_ROOT/default" "$common" "$SGE_ROOT/spool" "$SGE_ROOT/qmaster" "$SGE_ROOT/execd"
for folder in bin lib utilbin; do
	mkdir -m 755 "$SGE_ROOT/$folder"
	ln -s /usr/lib/gridengine "$SGE_ROOT/$folder/$arch"
done
ln -s /usr/share/gridengine/util "$SGE_ROOT/util"
echo "$host" >"$common/act_qmaster"
echo cordon >"$common/cluster_name"
sed "s,^spooling_params.*,spooling_params $SGE_ROOT/spool,; s,^qmaster_spool_dir.*,qmaster_spool_dir $SGE_ROOT/qmaster,
	s,^binary_path.*,binary_path $SGE_ROOT/bin," /usr/share/gridengine/default-bootstrap >"$common/bootstrap"
sed "s,^execd_spool_dir.*,execd_spool_dir $SGE_ROOT/execd,; s,^mailer.*,mailer /bin/true,
	s,^load_report_time.*,load_report_time 00:00:05," \
	/usr/share/gridengine/default-configuration >"$T/configuration"
cat >"$T/queue" <<END_Q
qname all.q
hostlist @allhosts
seq_no 0
load_thresholds NONE
suspend_thresholds NONE
nsuspend 1
suspend_interval 00:05:00
priority 0
min_cpu_interval 00:05:00
processors UNDEFINED
qtype BATCH INTERACTIVE
ckpt_list NONE
pe_list NONE
rerun FALSE
slots 4
tmpdir /tmp
shell /bin/sh
prolog NONE
epilog NONE
shell_start_mode posix_compliant
starter_method $T/bin/cordon-starter@grid
suspend_method NONE
resume_method NONE
terminate_method NONE
notify 00:00:05
owner_list NONE
user_lists NONE
xuser_lists NONE
subordinate_list NONE
complex_values NONE
projects NONE
xprojects NONE
calendar NONE
initial_state default
$(for limit in rt cpu fsize data stack core rss vmem; do echo "s_$limit INFINITY"; echo "h_$limit INFINITY"; done)
END_Q
printf 'group_name @allhosts\nhostlist %s\n' "$host" >"$T/hostgroup"
chown -R sgeadmin "$SGE_ROOT"

as_admin() {
	setpriv --reuid sgeadmin --regid sgeadmin --clear-groups "$@"
}

spool() {
	as_admin /usr/lib/gridengine/spoolinit berkeleydb libspoolb "$SGE_ROOT/spool" init &&
		as_admin /usr/lib/gridengine/spooldefaults configuration "$T/configuration" &&
		as_admin /usr/lib/gridengine/spooldefaults complexes /usr/share/gridengine/util/resources/centry &&
		as_admin /usr/lib/gridengine/spooldefaults usersets /usr/share/gridengine/util/resources/usersets &&
		as_admin /usr/lib/gridengine/spooldefaults managers sgeadmin root
}

daemon() { # NAME
	SGE_ND=1 "/usr/lib/gridengine/$1" >"$T/$1.out" 2>&1 &
	daemons="$! $daemons"
	background="$background $!"
}

until_says() { # COMMAND...
	for _try in $(seq $((5 * patience))); do
		"$@" >"$T/check" 2>&1 && return
		sleep 0.2
	done
	return 1
}

is_up() {
	test "$(qstat -f -q all.q 2>/dev/null | awk '/^all.q@/ { print $5 ":" $6 }')" = "$arch:"
}

begin() {
	spool >"$T/spooled" 2>&1 || return
	daemon sge_qmaster
	until_says qconf -sh && qconf -as "$host" >/dev/null || return
	qconf -ssconf | sed 's/^schedule_interval.*/schedule_interval 0:0:2/; s/^flush_\(.*\)_sec.*/flush_\1_sec 1/' >"$T/sconf"
	qconf -Msconf "$T/sconf" >/dev/null && qconf -Ahgrp "$T/hostgroup" >/dev/null &&
		qconf -Aq "$T/queue" >/dev/null || return
	daemon sge_execd
	until_says is_up
}

end() {
	qconf -kej >/dev/null 2>&1
	qconf -km >/dev/null 2>&1
	for _pid in $daemons; do
		kill -TERM "$_pid" 2>/dev/null # execd waits for a master that has gone
		until_gone "$_pid"
		wait "$_pid" 2>/dev/null
	done
}
daemons=

# ---- the jobs ----

stack_of grid '[stack]' 'exit-failed = 100' 'exit-denied = 100' '[rlimits]' 'nofile = 61' \
	'[user]' 'keep-groups = 65400-65500'
ln -s "$CORDON" "$T/bin/cordon-starter@grid"

# submit OPTION... [SCRIPT] ARGUMENT...: $rc and $T/out are the job's
submit() {
	rm -f "$T/place/said"
	bare /usr/bin/qsub -sync y -j y -o "$T/place/said" "$@"
	cp "$T/place/said" "$T/out" 2>/dev/null || : >"$T/out"
}

# queue ARGUMENT...: $id of a job that goes on
queue() {
	bare /usr/bin/qsub -terse -j y -o "$T/place/said" "$@"
	read -r id <"$T/out"
}

over() { # ID
	! qstat -j "$1" >/dev/null 2>&1
}

scripts() {
	printf '%s\n' 'ulimit -n; echo "${0##*/}" "$1" "$JOB_NAME"; id -G | grep -c " 654"; exit 4' >"$T/place/job"
	submit "$T/place/job" 'a  b'
	check "$who: qsub: the status" test "$rc" = 4
	sed -i "s/^[0-9][0-9]* a/N a/" "$T/out"
	told 'a script, in its stack, with the group that tracks it' 61 'N a  b job' 1
	printf '%s\n' 'ulimit -n; test -z "$BASH_VERSION" || echo bash' >"$T/place/job"
	submit -S /bin/bash "$T/place/job"
	told 'a script of another shell' 61 bash
	submit -b y /bin/sh -c 'ulimit -n; exit 3'
	told 'a command' 61
	check "$who: a command: the status" test "$rc" = 3
	printf '%s\n' '#!/bin/sh' 'ulimit -n; echo "$1"; exit 5' >"$T/place/job"
	chmod 755 "$T/place/job"
	bare /usr/bin/qrsh -now n "$T/place/job" a
	told 'qrsh: a command' 61 a
	check "$who: qrsh: the status" test "$rc" = 5
	bare /usr/bin/qrsh -now n 'ulimit -n; echo "$0"; exit 5'
	check "$who: qrsh: a line of a shell: the status" test "$rc" = 5
	told 'qrsh: a line of a shell' 61 /bin/sh
}

ended() {
	rm -f "$T/drop/three"
	queue -b y "$T/bin/three" "$T/drop/three"
	until_file "$T/drop/three"
	read -r one two three <"$T/drop/three"
	check "$who: it runs in its stack" grep -q '^Max open files  *61 ' "/proc/$one/limits"
	qmod -sj "$id" >/dev/null
	check "$who: suspend stops the job" in_state "$one" T
	check "$who: and what left the session" in_state "$three" T
	qmod -usj "$id" >/dev/null
	check "$who: and lets it go on" in_state "$one" RSD
	qdel "$id" >/dev/null
	check "$who: qdel ends the job, its children, and what left the session" until_gone "$one" "$two" "$three"
	until_says over "$id"
}

refused_job() {
	stack_of grid '[stack]' 'exit-failed = 100' 'exit-denied = 100' '[deny]' 'message = not today'
	queue -b y "$probe" mark "$T/drop/marker"
	until_says sh -c "qstat -j $id | grep -q 'error reason'"
	check "$who: a refusal: the error state" sh -c "qstat -u '*' | grep -q ' Eqw '"
	check "$who: a refusal: the job did not run" test ! -e "$T/drop/marker"
	check "$who: a refusal: why" grep -q 'not today' "$T/place/said"
	qdel "$id" >/dev/null
}

all_jobs() {
	scripts
	ended
	refused_job
}

cd "$T/place" || exit 99
if begin; then
	as_user all_jobs
else
	not_ok 'a node that is idle' "$(cat "$T/spooled" "$T"/sge_*.out "$SGE_ROOT/qmaster/messages" | tail -n 12)" "$(qstat -f 2>&1)"
fi
end
plan
