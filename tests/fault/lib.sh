# shellcheck shell=sh disable=SC2034,SC2154,SC2086
# For the fault sweeps: each system call of cordon fails in turn, in a stack.
#
#	. "$top_srcdir/tests/fault/lib.sh"
#	stack LINE...
#	all_faults NAME
#
# FAULTS=all (`make faults`) tries every error and SIGKILL at every point.  Without it EPERM is
# tried at the first of each call in each process and at one of twelve of the others, and the
# errors take turns at fewer; the loadable build, whose core is the same, takes less.  Which ones is told by FAULTS_TURN: no run of `check` fails
# for its luck.
. "$top_srcdir/tests/lib.sh"

# What the job must say the same where it may run.
facts='uid gid groups cap_inh cap_prm cap_eff cap_bnd cap_amb securebits no_new_privs
seccomp limits umask nice ioprio cpus oom_score_adj personality timerslack pdeathsig
sigblk sigign itimer fd cwd cgroup nsdiff hostname env argv tty'
facts=$(echo $facts)
# what others mount meanwhile is no matter where the job sees the host's mounts
own_root=mount
# What a lying kernel says was done, and what can be read back.
read_back=setgroups,setresgid,setresuid,capset,prctl,prlimit64,unshare,umask,setsid,pivot_root,mount_setattr,chdir,fchdir,sethostname,setpriority,ioprio_set,sched_setaffinity

ns=
for name in user mnt pid net ipc uts cgroup time; do
	ns="$ns $name=$(stat -L -c %i /proc/self/ns/$name)"
done
keep_probe='keep = PATH PROBE_NS'
more='' audit=audit # options; what the job does
echo 'close_range a fallback closes one by one' >"$T/fallbacks"

# can_have LINE...: would a job start in this stack?
can_have() {
	stack "$@"
	inside "$probe" exit 0
	test "$rc" = 0
}

# Beside the hierarchies of v1 the one of v2 is for ending the job, where it can be had.
beside_v1() {
	sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2 .*/\1/p' /proc/self/mountinfo |
		while read -r _mount; do
			grep -q ' - cgroup .*pids' /proc/self/mountinfo &&
				printf '%s=%s/* the groups of v2, where v1 has the limits\n' \
					openat "$_mount" read "$_mount"
		done
}

# What a run makes outside and must take back: folders, cgroups, mounts.
standing() {
	find /run/cordon "$T" -name 'cordon-*' 2>/dev/null
	sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*\) .* - cgroup2* .*/\1/p' /proc/self/mountinfo |
		while read -r mount; do find "$mount" -type d -name 'cordon-*' 2>/dev/null; done
	cut -d' ' -f5 /proc/self/mountinfo | grep -F "$T" || :
}

# sweep NAME OPTIONS...: over the stack "t"
sweep() {
	_name=$1
	shift
	# the launcher's own calls lie before the first open of configuration
	set -- "$@" $more --from "${T##*/}" --excused "$top_srcdir/tests/fault/excused" \
		--job "$(readlink -f "$probe")" --limit 30 -- "$launch" $switch -- \
		"$CORDON" run --conf "$T/conf" $options t -- "$probe" $audit $facts
	PROBE_NS="$ns " "$top_builddir/tests/fault/sweep" "$@" >"$T/sweep" 2>&1 </dev/null
	rc=$?
	if test "$rc" = 77; then
		skip "$_name" 'no injector for this machine'
	elif test "$rc" = 0; then
		ok "$_name ($(tail -n1 "$T/sweep"))"
	else
		: >"$T/err"
		not_ok "$_name" "$(grep '^#' "$T/sweep" | cut -c3-200 | sed 40q)" "$(tail -n1 "$T/sweep")"
	fi
}

# all_faults NAME: each kind of fault in turn; nothing stays.
all_faults() {
	_what="$who, $1"
	before=$(standing)
	inside "$probe" exit 0
	if test "$rc" != 0; then
		case $rc in
		125) skip "I17 $_what" "$(cut -c1-150 "$T/err")" ;;
		*) not_ok "I17 $_what" "exit status $rc" ;;
		esac
		return
	fi
	sweep "I17 $_what: EPERM" --turn "$turn" --each "$each" $kinds
	if test "${FAULTS-}" = all; then
		for _error in ENOMEM EINTR EAGAIN ENOSPC EMFILE ENOSYS; do
			sweep "I17 $_what: $_error" --error $_error
		done
	else
		sweep "I17 $_what: other errors" --error mixed --turn "$turn" --each $rest
	fi
	sweep "I17 $_what: the lying kernel" --error zero --turn "$turn" --each "$lies" \
		--only $read_back,landlock_create_ruleset,landlock_restrict_self
	sweep "I48 I49 $_what: SIGKILL" --error kill --turn "$turn" --each $rest
	sweep "I1 $_what: no close_range" --error ENOSYS --only close_range --excused "$T/fallbacks"
	inside "$probe" exit 0
	check "I48 $_what: one more start" test "$rc" = 0
	gone "I48 $_what: and nothing stands there" standing
}

if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
	skip 'I17 I48 the fault sweep' "the sanitizer's calls would be swept, not cordon's"
	plan
fi
each=12 rest=24 lies=6 turn=${FAULTS_TURN:-0} # one point of so many, from that one on
kinds=--kinds
case ${FAULTS-}:$top_builddir in
all:*) each=1 rest=1 lies=1 ;;
*/none) each=40 rest=120 lies=30 kinds= ;;
esac
