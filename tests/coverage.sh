#!/bin/sh
# SPDX-License-Identifier: MIT
# Which lines of core/ no test reaches: the suite once more, in a build of its own below
# build/coverage.  The counters are mapped from files (clang's continuous mode), so that
# children count too, whether they end by exec, by _exit or by a signal, and wherever they
# are confined to.
#
#	make coverage			the whole suite
#	make coverage COVERAGE_TESTS='FILE...'	these tests
#
# The list is left in build/coverage/unreached.
set -u
: "${top_srcdir:?is not set}" "${top_builddir:?is not set}"
dir=$top_builddir/coverage
counts=$dir/counts
covered="-O1 -g -fprofile-instr-generate=$counts/%m%c.profraw -fcoverage-mapping \
	-mllvm -runtime-counter-relocation"

die() {
	echo "coverage: $*" >&2
	exit 1
}

for tool in clang llvm-profdata llvm-cov; do
	command -v $tool >/dev/null 2>&1 || die "no $tool here (Debian: clang, llvm)"
done
mkdir -p "$dir" || die "cannot make $dir"
cd "$dir" || exit
unset MAKEFLAGS MFLAGS MAKELEVEL
jobs=$(nproc)
test -f Makefile || "$top_srcdir/configure" -q --sysconfdir=/etc CC=clang \
	CFLAGS="-Wno-unused-command-line-argument" || die 'configure failed'
# The counting begins with a variable of its own, which the twin takes for a foreign caller's.
echo 'int __wrap_setenv(const char *n, const char *v, int o); int __wrap_setenv(const char *n, const char *v, int o) { return 0; }' >quiet.c
clang -w -fPIC -c quiet.c || exit
linked="-Wl,--wrap=setenv $dir/quiet.o"
# What looks at cordon is not what is looked at.
make -s -j "$jobs" CFLAGS='-O1 -g' test-helpers cordon-init || die 'the build failed'
make -s -j "$jobs" CFLAGS="$covered" LDFLAGS="$linked" all || die 'the build failed'
make -s -j "$jobs" CFLAGS="$covered" LDFLAGS="$linked" check TESTS= || die 'the build failed'

rm -rf "$counts"
mkdir "$counts"
# Any user's cordon counts in the same files.
(umask 0; ./cordon --version; ./cordon-dynamic; tests/tools/shared --version; true) \
	>/dev/null 2>&1
make -s -j "$((jobs + 1))" -k check CFLAGS="$covered" LDFLAGS="$linked" ${1:+TESTS="$1"} >check.log 2>&1
echo "$(grep -c '^PASS' check.log) passed, $(grep -cE '^(FAIL|ERROR)' check.log) failed" \
	'(that the counters are there disturbs some: build/coverage/check.log)'

llvm-profdata merge -o profile "$counts"/*.profraw || die 'no counts'
set -- ./cordon -object ./cordon-dynamic -object tests/tools/shared
for unit in tests/unit/test_*; do
	case $unit in *.*) ;; *) set -- "$@" -object "$unit" ;; esac
done
llvm-cov export -format=lcov -instr-profile=profile "$@" >lcov 2>lcov.err || die "$(cat lcov.err)"
awk -v top="$top_srcdir/" '
function flush() {
	if (from) print file ":" from (to > from ? "-" to : "") ": " text
	from = 0
}
/^SF:/ { file = substr($0, 4); ours = index(file, top "core/") == 1; file = substr(file, length(top) + 1) }
ours && /^DA:/ {
	split(substr($0, 4), at, ",")
	lines++
	if (at[2] > 0) { reached++; flush(); next }
	if (from && at[1] == to + 1) { to++; next }
	flush()
	from = to = at[1]
	command = "sed -n " from "p " top file
	command | getline text
	close(command)
	gsub(/^[ \t]+/, "", text)
}
/^end_of_record/ { flush() }
END { print reached " of " lines " lines of core/ reached" > "/dev/stderr" }' lcov >unreached
wc -l <unreached | sed 's/$/ places unreached: build\/coverage\/unreached/'
