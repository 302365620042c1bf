# shellcheck shell=sh disable=SC2034,SC2154
# For the tests of the shipped stacks: a folder to work in, and jobs there.
#
#	. "$top_srcdir/tests/stacks/lib.sh"
#	needs python3 /usr/bin/python3
#	shipped python
#	real 'what it does' COMMAND...
#
# The stacks are those that ship, as they are: no --conf.
. "$top_srcdir/tests/lib.sh"
limit=60

# needs PACKAGE PROGRAM...: or the whole script is skipped.
needs() {
	_package=$1
	shift
	for _program; do
		test -x "$_program" || {
			skip "$(basename "$0")" "no $_program (apt-get install $_package)"
			plan
		}
	done
}

# workplace: a new folder where the job of $who may write, in $work.
workplace() {
	work=$(mktemp -d "$T/work.XXXXXX") || exit 99
	chmod 1777 "$work"
}

# shipped NAME [OPTION...]: the stack that the next jobs run in, from $work.
shipped() {
	shipped=$1
	shift
	given=$*
}

start() {
	cd "$work" || exit 99
	bare "$CORDON" run $given "$shipped" -- "$@"
	cd /usr || exit 99
}

# real NAME COMMAND...: exits 0, silent on stderr but for lines of $chatter.
real() {
	_name="$shipped ($who): $1"
	shift
	start "$@"
	if test "$rc" != 0; then
		not_ok "$_name" "exit status $rc" "$(tail -n 3 "$T/out")"
	elif ! grep -qx 'left 0' "$T/seen"; then
		not_ok "$_name" 'left processes behind'
	elif grep -qvE "${chatter:-^$}" "$T/err"; then
		not_ok "$_name" 'something on stderr'
	else
		ok "$_name"
	fi
}

# stopped NAME PATTERN COMMAND...: fails, and a line of its output or stderr matches.
stopped() {
	_name="$shipped ($who): $1" _pattern=$2
	shift 2
	start "$@"
	if test "$rc" = 0; then
		not_ok "$_name" 'it was let' "$(tail -n 3 "$T/out")"
	elif ! cat "$T/out" "$T/err" | grep -qE "$_pattern"; then
		not_ok "$_name" "no line matches $_pattern (exit status $rc)" \
			"$(tail -n 3 "$T/out")"
	else
		ok "$_name"
	fi
}

# The stack is sound by itself, and its digest is that of any other start.
sound() {
	bare "$CORDON" check "$1"
	check "$1 ($who): check" grep -qx "$1: ok" "$T/out"
}
