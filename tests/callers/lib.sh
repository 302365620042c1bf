# shellcheck shell=sh disable=SC2034,SC2086,SC2154
# What the tests with real callers share: who must be there, and the jobs.
#
# CALLERS_INSTALL=1 (make check-callers) installs the callers that Debian packages; nothing of
# them is started by that.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip "$(basename "$0")" 'only root can put stacks where a front door looks for them'
	plan
fi

# is_there PROGRAM-OR-FILE: a file may be a pattern
is_there() {
	command -v "$1" >/dev/null 2>&1 || ls -d $1 >/dev/null 2>&1
}

# needs PROGRAM-OR-FILE PACKAGE...: else the script is skipped
needs() {
	_program=$1
	shift
	is_there "$_program" || test -z "${CALLERS_INSTALL-}" || install_quietly "$@"
	is_there "$_program" && return
	skip "$(basename "$0")" "no $_program (Debian: $*); 'make check-callers' installs it"
	plan
}

# A package's daemon does not start where this file forbids it.
install_quietly() {
	_policy=/usr/sbin/policy-rc.d
	if test -e "$_policy"; then _policy=; else printf '#!/bin/sh\nexit 101\n' >"$_policy"; fi
	test -z "$_policy" || chmod 755 "$_policy"
	DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$T/check" 2>&1
	test -z "$_policy" || rm -f "$_policy"
}

# The job's stack has a limit that shows who started it.
mkdir -m 755 "$T/bin" "$T/place"
chmod 1777 "$T/place"
sh=$T/bin/cordon-sh@wrapped
ln -s "$CORDON" "$sh"
stack_of wrapped '[stack]' 'program = /bin/sh' '[rlimits]' 'nofile = 77'

# A job of three processes, one in a session of its own: it writes their numbers to FILE, and waits.
cat >"$T/bin/three" <<'END'
#!/bin/sh
sleep 300 & one=$!
setsid sleep 300 & two=$!
echo "$$ $one $two" >"$1.new" && mv "$1.new" "$1"
wait
END
chmod 755 "$T/bin/three"

# finished WORDS: a finish script, which notes what it is told, was told this last
finished() {
	for _try in $(seq $((50 * patience))); do
		test "$(tail -n 1 "$T/drop/finish" 2>/dev/null)" != "$1" || return 0
		sleep 0.02
	done
	return 1
}

# ranks NAME: what two ranks of sum.c say, in a stack of 500 descriptors
ranks() {
	sort "$T/out" -o "$T/out"
	told "$1" 'rank 0 of 2, sum 1, files 500' 'rank 1 of 2, sum 1, files 500'
}

# until_file FILE: until something stands in it
until_file() {
	until_test -s "$1"
}

# until_gone PID...: until none of them runs; a zombie that nobody reaps does not
until_gone() {
	for _pid; do
		for _try in $(seq $((50 * patience))); do
			_state=$(sed 's/.*) //; s/ .*//' "/proc/$_pid/stat" 2>/dev/null)
			case $_state in '' | Z | X) continue 2 ;; esac
			sleep 0.02
		done
		kill -KILL "$_pid"
		return 1
	done
}
