# shellcheck shell=sh disable=SC2034,SC2086
# Helpers for the tests in shell: a stack, a job in it, and TAP.
#
#	. "$top_srcdir/tests/lib.sh"
#	stack '[rlimits]' 'nofile = 64:128'
#	job 'soft limit' 'test "$(ulimit -Sn)" = 64'
#	plan
#
# Each job runs below the launcher of tests/tools/launch.c, which bounds its time,
# counts what it leaves behind ($T/seen) and makes what it inherits hostile, as the
# options in $hostile say.  $options are options of 'cordon run', $program another
# front than the stack "t".  stdout is in $T/out, stderr in $T/err, status in $rc.

: "${top_srcdir:?is not set}" "${top_builddir:?is not set}"
: "${CORDON:=$top_builddir/cordon}"
tools=$top_builddir/tests/tools
probe=$tools/probe
launch=$tools/launch
free_uid=54321

# A front door takes no --conf.  own_conf=yes before this file: the script runs in a mount
# namespace of its own, where conf.d of the build tree is $T/conf.
if test -n "${own_conf-}" && test -z "${OWN_CONF-}" && test "$(id -u)" = 0; then
	OWN_CONF=1 exec unshare -m sh "$0" "$@"
fi

# The make that runs this is no caller of the jobs'.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKE_TERMOUT MAKE_TERMERR

# A stack with a /tmp of its own hides a tree that lies there: then what the jobs need
# goes elsewhere.
here=$top_builddir/tests
case $top_builddir in
/tmp/* | /var/tmp/*) test "$(id -u)" != 0 || here=/run ;;
esac
here=${TEST_SCRATCH:-$here} # tests/vm
T=$(mktemp -d "$here/tmp.cordon.XXXXXX") || exit 99
cleanup() {
	_status=$?
	# only what was started here, by number
	for pid in $background; do kill -KILL "$pid" 2>/dev/null; done
	# what a test mounted, in a mount namespace of its own, deepest first
	grep -F " $T/" /proc/self/mountinfo | cut -d' ' -f5 | sort -r |
		while read -r _at; do umount -l "$_at"; done
	rm -rf "$T"
	exit "$_status"
}
background=
before=''
trap cleanup EXIT
trap 'exit 99' HUP INT TERM PIPE
chmod 755 "$T"
if test "$here" != "$top_builddir/tests"; then
	mkdir "$T/tools"
	cp "$tools/probe" "$tools/launch" "$T/tools" || exit 99
	tools=$T/tools probe=$T/tools/probe launch=$T/tools/launch
	cd /usr || exit 99
fi
mkdir -m 755 "$T/conf"
mkdir -m 1777 "$T/drop" # markers of jobs, whoever they are
umask 022

count=0 failed=0
exact=${EXACT-} # set by `make bench`: times are judged, on a machine that is ours
hostile='' options='' patience=${TEST_LIMIT:-30} # seconds; longer in tests/vm
limit=$patience
if test "$(id -u)" = 0; then who=root; else who=user; fi
me=$who uid=$(id -u)
switch=

if test -n "${OWN_CONF-}"; then
	cp -r "$top_srcdir/conf.d/." "$T/conf" &&
		mount --bind "$T/conf" "$(realpath "$top_srcdir")/conf.d" || exit 99
	unset OWN_CONF
fi

# ---- TAP ----

ok() {
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() {
	count=$((count + 1)) failed=$((failed + 1))
	echo "not ok $count - $1"
	shift
	for _line; do printf '%s\n' "$_line"; done | cut -c1-200 | sed 's/^/# /'
	if test -s "$T/err"; then sed 5q "$T/err" | sed 's/^/#   err: /'; fi
	if test -s "$T/seen"; then tr '\n' ' ' <"$T/seen" | sed 's/^/#   seen: /'; echo; fi
}

skip() {
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}

plan() {
	echo "1..$count"
	times >&2 # what it took, for the log
	test "$failed" = 0
	exit
}

# not_sanitized WHY: the script has no sense in a build with sanitizers.
not_sanitized() {
	if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
		skip "$(basename "$0")" "$1"
		plan
	fi
}

# check NAME COMMAND...: passes when the command does.
check() {
	_name=$1
	shift
	if "$@" >"$T/check" 2>&1; then
		ok "$_name"
	else
		not_ok "$_name" "failed: $*" "$(sed 3q "$T/check")"
	fi
}

# gone NAME LIST: of what the function LIST prints, nothing stays that was not in $before.
# Other tests run at the same time: what they make goes away by itself.
gone() {
	printf '%s\n' "$before" | sort >"$T/before"
	"$2" | sort | comm -13 "$T/before" - >"$T/new"
	for _try in $(seq 80); do
		"$2" | sort | comm -12 "$T/new" - >"$T/stays"
		test -s "$T/stays" || break
		sleep 0.5
	done
	check "$1" test ! -s "$T/stays"
}

# until_test ARGUMENT...: until test(1) says yes, for as long as a start may take.
until_test() {
	for _try in $(seq $((50 * patience))); do
		test "$@" && return
		sleep 0.02
	done
}

# in_state PID LETTERS [TRIES]: until the process is in one of these states (proc(5)).
in_state() {
	for _try in $(seq "${3:-$((50 * patience))}"); do
		_state=$(sed 's/.*) //; s/ .*//' "/proc/$1/stat")
		test "${_state#["$2"]}" = "$_state" || return 0
		sleep 0.02
	done
	return 1
}

# ---- who starts cordon ----

# as_root TEST, as_user TEST, both TEST: calls the function TEST with $who, $uid.
as_root() {
	if test "$me" != root; then
		skip "${way:-$1} as root" 'not started by root'
		return
	fi
	who=root uid=0 switch=
	"$1"
}

as_user() {
	if test "$me" = root; then
		switch="--uid $free_uid"
		if ! "$launch" $switch -- "$probe" geteuid >/dev/null 2>&1; then
			skip "${way:-$1} as user" "uid $free_uid can't reach $tools"
			switch=
			return
		fi
		who=user uid=$free_uid
	fi
	"$1"
	who=$me uid=$(id -u) switch=
}

both() {
	as_root "$1"
	as_user "$1"
}

# all_ways TEST: both, each in place and supervised: with $form and $parent for [stack].
all_ways() {
	way=$1
	both in_both_forms
}

in_both_forms() {
	form='in place' parent=never
	"$way"
	form=supervised parent=always
	"$way"
}

# can_userns: may this identity make a user namespace and mount in it?
can_userns() {
	"$launch" $switch -- /usr/bin/unshare -Urm mount -t tmpfs none /tmp 2>/dev/null
}

# ---- stacks and jobs ----

# stack_of NAME LINE...
stack_of() {
	_file=$T/conf/$1.ini
	shift
	printf '%s\n' "$@" >"$_file"
}

# stack LINE...: the stack "t" that job and refused use.
stack() {
	stack_of t "$@"
}

# bare COMMAND...: without cordon, from the same launcher; for the control.  By its path.
bare() {
	: >"$T/seen"
	"$launch" --watch "$T/seen" --timeout "$limit" $switch $hostile -- "$@" \
		</dev/null >"$T/out" 2>"$T/err"
	rc=$?
}

# inside COMMAND...: in the stack "t".
inside() {
	bare "$CORDON" run --conf "$T/conf" $options t -- "$@"
}

# What is asked after each start is asked without one more program: most of what the
# suite takes is the kernel making processes.

# has_line FILE LINE
has_line() {
	while IFS= read -r _got; do
		test "$_got" != "$2" || return 0
	done <"$1"
	test -n "$_got" && test "$_got" = "$2" # the last one, unended
}

# contains TEXT PART
contains() {
	case $1 in *"$2"*) return 0 ;; esac
	return 1
}

# saw LINE: the launcher did, in the last start.
saw() {
	has_line "$T/seen" "$1"
}

# said_once: the last start said one line on stderr, "cordon: ...", now in $said.
said_once() {
	{ IFS= read -r said && ! read -r _more; } <"$T/err" && test "${said#cordon: }" != "$said"
}

# job NAME SCRIPT: passes when the script exits 0 inside and nothing stays behind.
job() {
	inside /bin/sh -c "$2"
	if test "$rc" != 0; then
		not_ok "$1" "exit status $rc of: $2"
	elif ! saw 'left 0'; then
		not_ok "$1" 'left processes behind'
	else
		ok "$1"
	fi
}

# refused NAME TEXT [ARGUMENT...]: exit 125, one line on stderr with TEXT in it,
# nothing on stdout, the job never ran, nothing stays behind.
refused() {
	_name=$1 _text=$2
	! test -e "$T/drop/marker" || rm -f "$T/drop/marker"
	inside "$probe" mark "$T/drop/marker"
	was_refused "$_name" "$_text"
}

# The second half of refused, for those who start cordon otherwise.
was_refused() {
	if test "$rc" != 125; then
		not_ok "$1" "exit status $rc, not 125"
	elif test -e "$T/drop/marker"; then
		not_ok "$1" 'the job ran'
	elif test -s "$T/out"; then
		not_ok "$1" 'something on stdout'
	elif ! said_once; then
		not_ok "$1" 'not one line "cordon: ..." on stderr'
	elif ! contains "$said" "$2"; then
		not_ok "$1" "no '$2' in the message"
	elif ! saw 'left 0'; then
		not_ok "$1" 'left processes behind'
	else
		ok "$1"
	fi
}

# ran STATUS: the last start ended so ("exited 3", "signaled 9"), left nothing and
# said nothing.
ran() {
	saw "$1" && saw 'left 0' && ! test -s "$T/err"
}

# says LINE...: the last output has these lines; "~RE" a line that matches, "!RE" none.
says() {
	for _line; do
		case $_line in
		'~'*) grep -qxE -- "${_line#?}" "$T/out" || missing="$missing [$_line]" ;;
		'!'*) grep -qE -- "${_line#?}" "$T/out" && missing="$missing [$_line]" ;;
		*) has_line "$T/out" "$_line" || missing="$missing [$_line]" ;;
		esac
	done
	test -z "$missing"
}

# told NAME LINE...: the last output is these lines
told() {
	_name=$1
	shift
	printf '%s' "${1+$(printf '%s\n' "$@")
}" >"$T/want"
	check "$who: $_name" cmp "$T/want" "$T/out"
}

# tries NAME 'PROBE ARGS' LINE...: the probe inside exits and says the lines.
tries() {
	_name=$1 _args=$2 missing=
	shift 2
	inside "$probe" $_args
	judge_says "$_name" "$@"
}

judge_says() {
	_name=$1 missing=
	shift
	if test "$rc" -ge 124; then
		not_ok "$_name" "exit status $rc"
	elif ! says "$@"; then
		not_ok "$_name" "not as wanted:$missing" \
			"$(sed 12q "$T/out")"
	else
		ok "$_name"
	fi
}

# audit NAME LINE...: as tries, of the whole audit.
audit() {
	_name=$1
	shift
	tries "$_name" audit "$@"
}

# unsafe NAME 'PROBE ARGS' LINE...: the positive control; without it a test proves nothing.
unsafe() {
	_name=$1 _args=$2 missing=
	shift 2
	bare "$probe" $_args
	if says "$@"; then
		return 0
	fi
	skip "$_name" "the bare control is already safe:$missing"
	return 1
}

# ---- records ----

python=/usr/bin/python3
test -x "$python" || python=

# json NAME PYTHON: each line of the last output is an object `o`, and PYTHON true
json() {
	if test -z "$python"; then
		skip "$1" 'no /usr/bin/python3'
		return
	fi
	check "$1" "$python" -I -c 'import json, sys
objects = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert objects, "no line"
for o in objects:
    print(o)
    assert eval(sys.argv[2]), sys.argv[2]' "$T/out" "$2"
}
