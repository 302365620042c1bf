#!/bin/sh
# Each system call of cordon fails in turn: the job must never start (I17), and what
# a lying kernel skips must be noticed.  SIGKILL at each call leaves nothing (I48).
. "$top_srcdir/tests/lib.sh"

facts='uid gid groups cap_inh cap_prm cap_eff cap_bnd cap_amb securebits no_new_privs
seccomp limits umask nice ioprio cpus oom_score_adj personality timerslack pdeathsig
sigblk sigign itimer fd cwd nsdiff hostname env argv mount tty'
facts=$(echo $facts)
read_back=setgroups,setresgid,setresuid,capset,prctl,prlimit64,unshare,umask,setsid,pivot_root,mount_setattr,chdir,fchdir,sethostname,setpriority,ioprio_set,sched_setaffinity

ns=
for name in user mnt pid net ipc uts cgroup time; do
	ns="$ns $name=$(stat -L -c %i /proc/self/ns/$name)"
done

# sweep NAME OPTIONS...: over the stack "t"
sweep() {
	_name=$1
	shift
	# the launcher's own calls lie before the first open of configuration
	set -- "$@" --from "${T##*/}" --excused "$top_srcdir/tests/fault/excused" \
		--job "$(readlink -f "$probe")" -- "$launch" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- "$probe" audit $facts
	PROBE_NS="$ns " "$top_builddir/tests/fault/sweep" "$@" >"$T/sweep" 2>&1 </dev/null
	rc=$?
	if test "$rc" = 77; then
		skip "$_name" 'no injector for this machine'
	elif test "$rc" = 0; then
		ok "$_name ($(tail -n1 "$T/sweep"))"
	else
		: >"$T/err"
		not_ok "$_name" "$(grep '^#' "$T/sweep" | cut -c3-160 | sed 25q)" "$(tail -n1 "$T/sweep")"
	fi
}

modes() {
	sweep "I17 $who, $kind: EPERM"
	sweep "I17 $who, $kind: the lying kernel" --error zero --only $read_back
	sweep "I48 I49 $who, $kind: SIGKILL" --error kill
	sweep "I1 $who, $kind: no close_range" --error ENOSYS --only close_range --limit 20 \
		--excused "$T/fallbacks"
}

in_place() {
	kind='in place'
	stack '[stack]' 'parent = never' '[rlimits]' 'nofile = 64' 'core = 0' 'cpu = 60s' \
		'[process]' 'umask = 027' 'nice = 3' 'cpus = 0' 'session = new' \
		'[env]' 'keep = PATH PROBE_NS' "$@"
	modes
}

# A user namespace without a parent: the maps are written by a helper.
helped() {
	kind='in place with a helper'
	if ! can_userns; then
		skip "I17 $who, $kind" 'no user namespace here'
		return
	fi
	stack '[stack]' 'parent = never' '[namespaces]' 'new = user mount ipc' \
		'[rlimits]' 'core = 0' '[env]' 'keep = PATH PROBE_NS' "$target"
	modes
}

full() {
	kind='full stack'
	if ! can_userns; then
		skip "I17 $who, $kind" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = all' 'hostname = cell' \
		'[mounts]' 'root = empty' 'proc = new' 'dev = minimal' \
		'ro = /usr' "ro = $tools" 'tmpfs = /tmp' '[process]' 'cwd = /tmp' 'umask = 027' \
		'session = new' '[rlimits]' 'nofile = 64' 'core = 0' '[caps]' \
		'[timeout]' 'wall = 1h' \
		'[env]' 'keep = PATH PROBE_NS' "$@"
	modes
}

target="[user]
user = $free_uid
group = $free_uid"

in_place_root() { in_place "$target" '[caps]'; }
in_place_user() { in_place; }
full_root() { full "$target"; }
full_user() { full; }

# One ruleset: of two, a lying kernel's second would hide the first.
landlocked() {
	if test "$("$probe" landlock | sed -n 's/^abi //p')" -lt 6; then
		skip "I17 $who, landlock" 'Landlock ABI 6 is needed'
		return
	fi
	# what others mount meanwhile is no matter here
	all_facts=$facts
	facts=$(echo "$facts" | sed 's/ mount / /')
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'read = /proc' \
		'read = /dev' 'bind-tcp = none' 'scope = signals' '[env]' 'keep = PATH PROBE_NS'
	sweep "I17 I45 $who, landlock, $form: EPERM" --limit 10
	sweep "I17 I45 $who, landlock, $form: the lying kernel" --error zero --limit 10 \
		--only landlock_create_ruleset,landlock_restrict_self
	stack '[stack]' "parent = $parent" '[landlock]' "forbid = /none-$$/x" \
		'[env]' 'keep = PATH PROBE_NS'
	sweep "I17 I33 $who, forbid, $form: EPERM" --limit 10
	sweep "I17 I33 $who, forbid, $form: the lying kernel" --error zero --limit 10 \
		--only landlock_create_ruleset,landlock_restrict_self
	facts=$all_facts
}

if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
	skip 'I17 I48 the fault sweep' "the sanitizer's calls would be swept, not cordon's"
	plan
fi
echo 'close_range a fallback closes one by one' >"$T/fallbacks"
as_root in_place_root
as_user in_place_user
as_root helped
as_root full_root
as_user full_user
all_ways landlocked
plan
