#!/bin/sh
# Hostile callers: whatever cordon inherits, the job gets exactly the confinement that the
# job of a quiet caller gets, read back from inside, or does not start.
# Elsewhere: I1 (descriptors), I3 and I4 (signals, one by one), I6 (the environment),
# I8 (cwd), I9 (arguments), I10 (terminals), I12 (leftovers), I56 (200 at once).
. "$top_srcdir/tests/lib.sh"
not_sanitized 'the sanitizer fails before cordon does where limits are tiny'

facts='uid gid groups cap_inh cap_prm cap_eff cap_bnd cap_amb securebits no_new_privs
seccomp limits umask nice ioprio cpus scheduler oom_score_adj personality timerslack
pdeathsig dumpable subreaper sigblk sigign sigcgt sigpnd itimer fd cwd nsdiff hostname env
argv'
facts=$(echo $facts)

PROBE_NS=
for name in user mnt pid net ipc uts cgroup time; do
	PROBE_NS="$PROBE_NS $name=$(stat -L -c %i /proc/self/ns/$name)"
done
PROBE_NS="$PROBE_NS "
export PROBE_NS

# ---- stacks ----

# The shipped ones, to which a drop-in adds what the probe needs.
cp "$top_srcdir"/conf.d/*.ini "$T/conf"
cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
for name in default docker-like untrusted; do
	mkdir "$T/conf/$name.d"
	printf '%s\n' '[env]' 'keep = PROBE_NS' '[fds]' 'keep = 9' >"$T/conf/$name.d/probe.ini"
done
printf '%s\n' '[mounts]' "ro = $tools" >>"$T/conf/docker-like.d/probe.ini"
printf '%s\n' '[landlock]' "execute = $tools" >>"$T/conf/untrusted.d/probe.ini"

# All that needs no parent, and no right that a user has not.
target='[user]
when = root
user = 54321
group = 54321'
all_limits='as = 2G
core = 0
cpu = 60s
data = 1G
fsize = 1G
memlock = 0
msgqueue = 0
nofile = 64
nproc = <=4096
rttime = 1s
sigpending = 64
stack = 4M'
{
	printf '%s\n' '[stack]' 'parent = never' "$target" '[caps]' 'when = root' \
		'[rlimits]' "$all_limits" '[env]' 'keep = PROBE_NS' '[fds]' 'keep = 9' \
		'[process]' 'umask = 027' 'nice = 7' 'cpus = 0' 'oom-score-adj = 300' \
		'io-priority = idle' 'cwd = /usr' '[seccomp]' 'profile = default'
	if "$probe" landlock | grep -qE 'abi ([2-9]|[1-9][0-9])'; then
		printf '%s\n' '[landlock]' 'read = /' "execute = $tools"
	fi
} >"$T/conf/inplace.ini"
{
	printf '%s\n' '[stack]' 'parent = always' "$target" '[caps]' '[namespaces]' \
		'new = all' 'hostname = cell' '[mounts]' 'root = empty' 'proc = new' \
		'dev = minimal' 'ro = /usr' "ro = $tools" '[tmp]' 'private = /tmp' \
		'[rlimits]' "$all_limits" '[env]' 'keep = PROBE_NS' '[fds]' 'keep = 9' \
		'[process]' 'umask = 027' 'nice = 7' 'cpus = 0' 'oom-score-adj = 300' \
		'io-priority = idle' 'cwd = /tmp' 'session = new' \
		'[seccomp]' 'profile = default' '[timeout]' 'wall = 1h'
} >"$T/conf/full.ini"

# ---- one start ----

# The job writes to 9, a pipe, whatever became of stdio and of the size of files; that it
# ends says that nobody else holds it.
start() { # WORDS-BEFORE-CORDON; $name: the stack, $hostile
	{
		bare $1 "$CORDON" run --conf "$T/conf" "$name" -- \
			"$probe" auditto 9 $facts
		echo "$rc" >"$T/rc"
	} 9>&1 | sed -E 's/^(fd [0-9]+) [^ ]+/\1/' >"$T/audit"
	read -r rc <"$T/rc"
}

# Nothing ran or leaked, and one line says why; where stderr is gone, none.
is_refused() {
	test "$rc" = 125 && ! test -s "$T/audit" && ! test -s "$T/out" &&
		saw 'left 0' &&
		{ test "$(grep -c '^cordon: ' "$T/err"):$(wc -l <"$T/err")" = 1:1 ||
			case $hostile in *--stdio\ ??[!-]* | *--close*2*) true ;; *) false ;; esac; }
}

# What differs from the quiet caller's; EXCEPT is a pattern of lines that may.
differs() {
	test -n "${1-}" || ! cmp -s "$T/quiet.$who.$name" "$T/audit" || return
	grep -vE "^(${1:-none})( |\$)" "$T/quiet.$who.$name" >"$T/want"
	grep -vE "^(${1:-none})( |\$)" "$T/audit" | diff "$T/want" - >"$T/diff"
	test -s "$T/diff"
}

# hostile NAME WANT 'LAUNCH OPTIONS' ['WORDS' ['EXCEPT']]: WANT is same, refused, either of
# them, or any: also what ends cordon, or the job before it could say a word.
hostile() {
	_what="$who, $name: $1" _want=$2 _before=${4-} _except=${5-}
	hostile="$hostile_always $3"
	start "$_before"
	if is_refused && test "$_want" != same; then
		n_refused=$((n_refused + 1))
	elif test "$_want" = refused; then
		bad "$_what" "not refused: exit status $rc"
	elif test "$_want" = any && test "$rc" != 0 && ! test -s "$T/audit" &&
		saw 'left 0' && ! grep -q timeout "$T/seen"; then
		n_refused=$((n_refused + 1))
	elif test "$rc" != 0; then
		bad "$_what" "exit status $rc, $(cat "$T/seen" | tr '\n' ' '), $(sed 2q "$T/err")"
	elif differs "$_except"; then
		bad "$_what" "$(grep '^[<>]' "$T/diff" | sed 6q)"
	elif ! saw 'left 0' || test -s "$T/err"; then
		bad "$_what" "$(cat "$T/seen" "$T/err")"
	else
		n_same=$((n_same + 1))
	fi
	hostile=$hostile_always
}

bad() {
	n_bad=$((n_bad + 1))
	printf '%s\n' "$@" >>"$T/bad"
}

# ---- the callers ----

# Of many alike each stack that is written here gets all, the shipped ones get some.
all_or_some() { # 'SOME' 'MORE'
	case $name in
	inplace | full) echo "$1 $2" ;;
	*) echo "$1" ;;
	esac
}

stdio() {
	for _state in $(all_or_some 'ccc wr- rww' 'c-- -c- --c cc- -cc wrr fff'); do
		hostile "stdio $_state" same "--stdio $_state" '' 'fd'
	done
	# a folder is a way out of another root
	case $name in inplace) _want=same ;; *) _want=refused ;; esac
	for _state in p-- -p- ppp; do
		hostile "a folder as stdio $_state" $_want "--stdio $_state" '' 'fd'
	done
}

descriptors() {
	hostile 'as many descriptors as the hard limit, up to 70000' same '--many 70000'
	hostile 'the same beyond a soft limit of 128' same '--many 3000 --nofile 128' '' limit_nofile
}

signals() {
	hostile 'all signals blocked' same '--block 1-64'
	# an ignored HUP, INT or QUIT stays (nohup)
	hostile 'all signals ignored' same '--ignore 1-64' '' sigign
	hostile 'all signals blocked and ignored, SIGCHLD too' same \
		'--block 1-64 --ignore 1-64' '' sigign
	hostile 'a foreign child, an alarm' same '--child --alarm 100'
}

masks() {
	for _mask in 0 0777; do
		hostile "umask $_mask" same "--umask $_mask"
	done
}

# Too little of something: refused or not at all noticed, never half.
limits() {
	for _n in $(all_or_some '3 7 16' '4 5 6 8 9 10 12 14 20 32'); do
		hostile "nofile $_n" either "--rlimit nofile=$_n" '' limit_nofile
	done
	for _limit in memlock=0 sigpending=0 rttime=1; do
		hostile "$_limit" either "--rlimit $_limit" '' "limit_${_limit%=*}"
	done
	for _limit in fsize=0 nproc=0 nproc=1; do
		hostile "$_limit" any "--rlimit $_limit" '' "limit_${_limit%=*}"
	done
	for _n in $(all_or_some '65536' '16384 131072 262144 1048576'); do
		hostile "stack $_n" any "--rlimit stack=$_n" '' limit_stack
	done
	for _n in $(all_or_some '8000000' '1000000 2000000 4000000 6000000 16000000 64000000'); do
		for _kind in as data; do
			hostile "$_kind $_n" any "--rlimit $_kind=$_n" '' "limit_$_kind"
		done
	done
}

places() {
	# what has a cwd of its own does not care, default falls back
	hostile 'its cwd deleted' either --cwd-deleted
	hostile 'a cwd that only root may search' either "--enter $closed" '' cwd
	# default makes a cwd writable; the host's /proc is covered, and with it the job's
	hostile "a cwd in the host's /proc" either '--chdir /proc' '' 'cwd|oom_score_adj|nsdiff'
	hostile 'a cwd of a process' either '--chdir /proc/self' '' cwd
}

rest() {
	hostile 'a session leader' same --session
	hostile 'a group leader' same --leader
	_passed='nice|cpus|ioprio|oom_score_adj'
	case $name in inplace | full) _passed= ;; esac
	hostile 'nice, affinity, priority, personality, timer slack' either --odd '' "$_passed"
	hostile 'READ_IMPLIES_EXEC and no randomization' same '--personality 440000'
	hostile 'a 32 bit personality' same '--personality 8'
	hostile 'an environment of duplicates and nonsense' same \
		'--env --setenv PATH=/usr/bin:/bin --setenv LD_AUDIT=/none --setenv = --setenv =='
	for _size in 131071 40; do
		hostile "as many arguments of $_size bytes as one exec takes" any "--fill $_size" \
			'' argv
	done
}

# A filter that was there before: what it denies is missed, or does not matter.
filters() {
	for _call in clone:1 clone3:38 close_range:38 fcntl:1 fstat:1 getrandom:38 \
		mount_setattr:38 openat2:38 prctl:1 prlimit64:1 rt_sigaction:1 seccomp:38 \
		statx:38 umask:1 unshare:1; do
		case $name in inplace | full) hostile "a filter: $_call" any "--filter $_call" ;; esac
	done
	hostile 'a filter that says yes and does nothing: umask' either '--filter umask:0'
}

traced() {
	if strace=$(command -v strace); then
		hostile 'a tracer is attached' same '' "$strace -f -qq -o /dev/null -e trace=none"
	fi
}

first_process() {
	_unshare="/usr/bin/unshare --pid --fork --kill-child"
	test "$who" = root || _unshare="$_unshare --user --map-current-user"
	if ! "$launch" $switch -- $_unshare --mount-proc true 2>/dev/null; then
		echo "# $who, $name: no pid namespace for a pid 1"
		return
	fi
	hostile 'pid 1 of a pid namespace' same '' "$_unshare --mount-proc" \
		'nsdiff|cap_bnd'
	hostile 'pid 1 below the /proc of another namespace' any '' "$_unshare" \
		'nsdiff|cap_bnd'
}

all_callers() {
	n_same=0 n_refused=0 n_bad=0
	: >"$T/bad"
	start ''
	if test "$rc" != 0; then
		skip "$who, $name" "the quiet caller's job: $(cut -c1-120 "$T/err")"
		return
	fi
	cp "$T/audit" "$T/quiet.$who.$name"
	if differs; then
		not_ok "$who, $name: two quiet callers" "$(sed 5q "$T/diff")"
		return
	fi
	for _part in "$@"; do $_part; done
	rm -f "$T/err"
	if test "$n_bad" = 0; then
		ok "$who, $name: $n_same hostile callers: as the quiet one's; $n_refused: refused"
	else
		not_ok "$who, $name: $n_bad hostile callers" "$(sed 30q "$T/bad")"
	fi
}

all_stacks() {
	hostile_always='--noenv --passenv PROBE_NS --setenv PATH=/usr/bin:/bin --setenv LANG=C'
	hostile=$hostile_always
	for name in $stacks; do
		if test "$name" != inplace && ! can_userns; then
			skip "$who, $name" 'no user namespace here'
			continue
		fi
		all_callers stdio descriptors signals masks limits places rest filters traced \
			first_process
	done
	hostile=
}

# the shipped stacks have nothing that the two written here have not: once is enough
case $top_builddir in
*/none) stacks='inplace full' ;;
*) stacks='inplace full default untrusted' ;;
esac
closed=$T/closed
mkdir -m 700 "$closed"
both all_stacks
plan
