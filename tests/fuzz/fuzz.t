#!/bin/sh
# Each libFuzzer target over its corpus, and then for some seconds more; a
# property that does not hold, a leak, undefined behaviour or a hang fails it.
# FUZZ_SECONDS: for each; FUZZ_ONLY: these targets; what is found of new inputs
# goes to FUZZ_NEW, if that is set, and what fails to FUZZ_KEEP.
. "$top_srcdir/tests/lib.sh"

clang=${FUZZ_CC:-clang}
seconds=${FUZZ_SECONDS:-2}
corpus=$top_srcdir/tests/fuzz/corpus
export FUZZ_SCRATCH="$T"

why=
cat >"$T/try.c" <<'END'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return size > 9 && data[0] == 'x' ? 0 : 0; }
END
if ! "$clang" -fsanitize=fuzzer,address,undefined -o "$T/try" "$T/try.c" \
	>"$T/check" 2>&1; then
	why="no clang with libFuzzer (Debian: clang, libclang-rt-14-dev)"
elif ! "$T/try" -runs=2 >"$T/check" 2>&1; then
	why="a program of libFuzzer does not run here"
fi
if test -n "$why"; then
	skip 'fuzzing' "$why"
	plan
fi

# Not this make's jobs: its descriptors may not be ours.
if ! env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$top_builddir" -j2 \
	FUZZ_CC="$clang" fuzz-programs >"$T/check" 2>&1; then
	not_ok 'the targets are built' "$(tail -5 "$T/check")"
	plan
fi

figure() { # NAME: libFuzzer's, of its last lines
	sed -n "s/^stat::$1: *//p" "$T/log" | tail -1
}

# A copy of the corpus: what is found is written to the first folder.
fuzz() {
	new=${FUZZ_NEW:-$T/new}/$1 dictionary=
	mkdir -p "$new"
	case $1 in
	paths) dictionary=stack ;;
	*) dictionary=$1 ;;
	esac
	dictionary=$top_srcdir/tests/fuzz/$dictionary.dict
	if test -f "$dictionary"; then dictionary=-dict=$dictionary; else dictionary=; fi
	timeout -k 10 $((3 * seconds + 200)) "$top_builddir/tests/fuzz/objects/fuzz_$1" \
		-max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 -max_len=4096 \
		-print_final_stats=1 -artifact_prefix="${FUZZ_KEEP:-$T}/$1-" ${dictionary:+"$dictionary"} \
		"$new" "$corpus/$1" >"$T/log" 2>&1
	rc=$?
	edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$T/log" | tail -1)
	if test "$rc" = 0; then
		ok "$1: $(figure number_of_executed_units) executions, ${edges:-0} edges, $seconds s"
		return
	fi
	not_ok "$1: exit status $rc" \
		"$(grep -E 'does not hold|runtime error|^==.*ERROR|SUMMARY' "$T/log" | sed 5q)" \
		"$(sed -n 's/^Base64: /the input, in base64: /p' "$T/log" | cut -c1-3000)"
}

for target in ${FUZZ_ONLY:-$FUZZ_TARGETS}; do
	fuzz "$target"
done
plan
