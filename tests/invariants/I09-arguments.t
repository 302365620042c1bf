#!/bin/sh
# I9: arguments arrive byte for byte.
. "$top_srcdir/tests/lib.sh"

newline='
'
high=$(printf '\377\376')
long=$(head -c 131071 /dev/zero | tr '\0' l)

# arrive NAME ARGS...: what the job got is what the shell gave
arrive() {
	name=$1
	shift
	printf '%s\0' "$@" >"$T/want"
	inside "$probe" rawargs "$@"
	check "I9 $who $form: $name" cmp "$T/want" "$T/out"
}

arguments() {
	stack '[stack]' "parent = $parent"
	arrive 'empty, spaces, newlines, high bytes' '' 'a b' "$newline" "$high" 'a\b' "'"
	arrive 'what looks like an option' -x -- --conf --help -p
	arrive 'the longest argument' "$long"
	arrive '5000 arguments' $(seq 5000)
	inside ./-x rawargs one
	hostile="--chdir $T/bin --setenv PATH=$T/bin"
	inside -x audit argv
	check "I9 $who $form: a program that is called -x" test "$(cat "$T/out")" = \
		"$(printf 'argv 0 -x\nargv 1 audit\nargv 2 argv')"
	hostile=
}

usage() {
	stack '[stack]' "parent = $parent"
	bare "$CORDON" run --conf "$T/conf" t --
	was_refused "I9 $who $form: no command" ''
	bare "$CORDON" run --conf "$T/conf" t -- ''
	check "I9 $who $form: an empty command" test "$rc" -ge 125 -a "$rc" -le 127
	stack '[stack]' "parent = $parent" '[rlimits]' 'stack = 512K'
	inside "$probe" rawargs "$long" "$long" 2>/dev/null
	check "I9 $who $form: too long for the job is 126" test "$rc" = 126
}

nothing() {
	hostile=--argc0
	bare "$CORDON"
	was_refused "I9 $who: no argument at all, not even argv[0]" ''
	hostile=
}

mkdir -m 755 "$T/bin"
cp "$probe" "$T/bin/-x"
all_ways arguments
all_ways usage
both nothing
plan
