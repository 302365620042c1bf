#!/bin/sh
# What is printed on a terminal: colour there, and nowhere else.
. "$top_srcdir/tests/lib.sh"

if ! command -v script >/dev/null; then
	skip 'on a terminal' 'no script(1)'
	plan
fi
escape=$(printf '\033')
stack '[deny]' 'message = no' '[namespaces]' 'new = net' '[rlimits]' 'nofile = 64'

# on_terminal NAME=VALUE... COMMAND...: its output without line ends of a terminal is in $T/out
on_terminal() {
	env TERM=xterm NO_COLOR= script -qec "env $* --conf '$T/conf' t $more" /dev/null \
		</dev/null 2>"$T/err" | tr -d '\r' >"$T/out"
}

# coloured NAME yes|no
coloured() {
	_has=no
	! grep -q "$escape" "$T/out" || _has=yes
	check "$1: colour: $2" test -s "$T/out" -a "$_has" = "$2"
}

for command in explain check score; do
	more=
	test "$command" != explain || more='-- /bin/true'
	on_terminal "$CORDON" "$command"
	coloured "$command" yes
	sed "s/$escape\[[0-9;]*m//g" "$T/out" >"$T/bare"
	bare "$CORDON" "$command" --conf "$T/conf" t $more
	coloured "$command, not on a terminal" no
	# `bare` gives another umask or session than script(1): the lines, not the facts
	check "$command: the same words" test "$(grep -vE '^(runs|note|env) ' "$T/bare")" = \
		"$(grep -vE '^(runs|note|env) ' "$T/out")"
	on_terminal NO_COLOR=1 "$CORDON" "$command"
	coloured "$command with NO_COLOR" no
	on_terminal TERM=dumb "$CORDON" "$command"
	coloured "$command with TERM=dumb" no
done

# Each origin begins in the same column.
more=
on_terminal NO_COLOR=1 "$CORDON" explain
columns=$(grep -E ' \[[a-z]+\]( /.*)?$' "$T/out" | sed 's/\[.*//' | awk '{ print length($0) }' | sort -u | wc -l)
check 'explain: aligned' test "$columns" = 1
plan
