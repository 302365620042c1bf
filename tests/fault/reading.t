#!/bin/sh
# I17 where no job is started: each system call of the commands that tell something fails in
# turn.  They refuse, or say the same (tests/fault/inside.c).
# shellcheck disable=SC2086 # lists of options are split
. "$top_srcdir/tests/lib.sh"
not_sanitized "the sanitizer's calls would fail, not cordon's"

inside=$top_builddir/tests/fault/inside
each=8 turn=${FAULTS_TURN:-0}
test "${FAULTS-}" != all || each=1

# fails NAME OPTIONS COMMAND ARGUMENT...
fails() {
	_name=$1 _options=$2 _command=$3
	shift 3
	"$launch" --timeout 300 $switch -- "$inside" --each "$each" --turn "$turn" --excused "$T/excused" \
		$_options -- cordon "$_command" --conf "$T/conf" "$@" >"$T/sweep" 2>&1 </dev/null
	rc=$?
	turn=$((turn + 1))
	: >"$T/err"
	case $rc in
	0) ok "I17 $who: $_name ($(tail -n1 "$T/sweep"))" ;;
	77) skip "I17 $who: $_name" 'no injector for this machine' ;;
	*) not_ok "I17 $who: $_name" "$(cut -c1-180 "$T/sweep" | sed 30q)" "$(tail -n1 "$T/sweep")" ;;
	esac
}

cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
cp "$top_builddir/tests/modules/.libs/flows.so" "$T" || exit 99

commands() {
	target=
	test "$who" = user || target="[user]
user = $free_uid
group = $free_uid"
	stack '[params]' 'w = one of x y default x' '[namespaces]' 'new = all' 'hostname = ${w}' \
		'[mounts]' 'root = empty' 'proc = new' 'dev = minimal' 'ro = /usr' \
		'[tmp]' 'private = /tmp' "$target" '[env]' 'keep = PATH' 'set = A=${w}' \
		'[rlimits]' 'nofile = 64' '[caps]' 'keep =' '[seccomp]' 'profile = default' \
		'[landlock]' 'execute = /usr' 'read = /usr' 'write = /tmp' '[paths]' 'forbid = /boot' \
		'[scripts]' 'allow = /bin/sh' '[threads]' 'allow = /bin' '[fds]' 'stdin = null' '[permit]' '[timeout]' 'wall = 1h' \
		'[process]' 'cwd = /tmp' 'umask = 027' 'cpus = 0' '[record]' "file = $T/jobs"
	fails 'explain' '--or refused:' explain --job-id x t -- /bin/true
	fails 'explain --json' '--or refused' explain --job-id x --json t -- /bin/true
	fails 'check' '' check t
	fails 'score' '' score t
	fails 'digest' '' digest t
	fails 'digest --host' '' digest --host t
	fails 'stacks' '' stacks
	fails 'modules' '' modules
	fails 'modules --test' '' modules --test "$T/flows.so" streams=stdout -- /bin/true
	# it tries much, in many processes
	fails 'doctor' "--free --each $((8 * each))" doctor
}

cat >"$T/excused" <<'END'
close		a descriptor is gone at exec
munmap		memory of its own
madvise		advice
getpid		can't fail
getppid		can't fail
gettid		can't fail
getuid		can't fail
geteuid		can't fail
getgid		can't fail
getegid		can't fail
umask		can't fail
landlock_create_ruleset	a question: what is told is of the kernel that answers so
END
both commands
plan
