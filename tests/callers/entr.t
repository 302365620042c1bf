#!/bin/sh
# entr: its -s takes the shell from SHELL; without it stands in front of the command.
. "$top_srcdir/tests/callers/lib.sh"
needs entr entr

# watched ARGUMENT...: once, for one file
watched() {
	bare /bin/sh -c 'file=$1; shift; echo "$file" | SHELL='"$sh"' entr -n -z "$@"' sh "$T/place/watched" "$@"
}

runs() {
	watched -s 'ulimit -n; echo "$0"; exit 5'
	sed -i '/returned exit code/d' "$T/out"
	told 'a line of its shell' 77 "$T/place/watched"
	check "$who: its status" test "$rc" = 5
	watched "$CORDON" run --conf "$T/conf" wrapped -- /bin/sh -c 'ulimit -n; echo "$1"' sh /_
	told 'a command' 77 "$T/place/watched"
}

echo >"$T/place/watched"
cd "$T/place" || exit 99
both runs
plan
