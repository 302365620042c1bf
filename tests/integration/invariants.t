#!/bin/sh
# No invariant gets lost: each of INVARIANTS.md has a test, among those that run, that
# carries its number outside of a comment.
: "${top_srcdir:?is not set}"

last=62
failed=0

# The scripts and unit tests of tests/local.mk.
run_by_check() {
	for file in "$top_srcdir"/tests/*/*.t "$top_srcdir"/tests/unit/*.c; do
		name=${file#"$top_srcdir"/}
		if grep -qE "^	${name%.c}( |\$)" "$top_srcdir/tests/local.mk"; then
			printf '%s\n' "$file"
		fi
	done
}

numbers=$(run_by_check | xargs sed 's/^[ 	]*[#*].*//; s|/\*.*||' |
	tr -c 'A-Za-z0-9' '\n' | grep -xE 'I[0-9]+' | sort -u | tr '\n' ' ')

for n in $(seq $last); do
	case " $numbers" in
	*" I$n "*) echo "ok $n - I$n has a test" ;;
	*)
		echo "not ok $n - I$n has a test"
		failed=1
		;;
	esac
done
echo "1..$last"
exit $failed
