#!/bin/sh
# The benchmark's programs: floor and cordon give each level that they are timed at, and
# the tables come out.  No time is judged.
. "$top_srcdir/tests/lib.sh"

unable=
bench=$top_srcdir/tests/bench/bench.py
export top_builddir CORDON
if test -z "$python"; then
	skip 'bench.py' 'no /usr/bin/python3'
	plan
fi

"$python" -I "$bench" check >"$T/said" 2>"$T/err" || not_ok 'bench.py check'
while read -r who level result; do
	case $result in
	*': ok') ok "level $level as $who: ${result%: ok} gives it" ;;
	'floor: '*)
		skip "level $level as $who" "the floor: ${result#*: }"
		unable="$unable $who$level "
		;;
	*)
		case $unable in
		*" $who$level "*) ;;
		*) not_ok "level $level as $who: ${result%%: *}" "${result#*: }" ;;
		esac
		;;
	esac
done <"$T/said"

# without peers, which are nobody's to test here
BENCH_PEERS=no BENCH_ROUNDS=2 BENCH_ONLY=start "$python" -I "$bench" >"$T/tables" 2>"$T/err"
check 'the tables come out' test $? = 0
check 'each has a floor, and none is without a cordon' \
	sh -c 'floors=$(grep -c "^  floor " "$1"); test "$floors" -gt 0 &&
		test "$(grep -c "^  cordon  " "$1")" = "$floors"' sh "$T/tables"
check 'nothing failed while it was timed' sh -c '! grep FAILED "$1"' sh "$T/tables"
plan
