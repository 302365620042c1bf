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
# The list is left in build/coverage/unreached.  What of it is not in tests/unreached, and what
# is there although it is reached or gone, is printed, and the script fails; COVERAGE_PART=1, for
# some of the tests, leaves that out.
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
export CONFIG_SHELL="${CONFIG_SHELL:-/bin/sh}" # as bootstrap
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
(umask 0; ./cordon --version; ./cordon-dynamic; tests/tools/shared --version;
	tests/fault/inside -- cordon --version; true) \
	>/dev/null 2>&1
make -s -j "$((jobs + 1))" -k check CFLAGS="$covered" LDFLAGS="$linked" ${1:+TESTS="$1"} >check.log 2>&1
# The commands that start no job fail at every call here, and at some in the suite.
test -n "${COVERAGE_PART-}" || (umask 0; FAULTS=all CORDON=$dir/cordon top_builddir=$dir \
	sh "$top_srcdir/tests/fault/reading.t") >reading.log 2>&1
echo "$(grep -c '^PASS' check.log) passed, $(grep -cE '^(FAIL|ERROR)' check.log) failed" \
	'(that the counters are there disturbs some: build/coverage/check.log)'

llvm-profdata merge -o profile "$counts"/*.profraw || die 'no counts'
set -- ./cordon -object ./cordon-dynamic -object tests/tools/shared -object tests/fault/inside
for unit in tests/unit/test_*; do
	case $unit in *.*) ;; *) set -- "$@" -object "$unit" ;; esac
done
llvm-cov export -format=lcov -instr-profile=profile "$@" >lcov 2>lcov.err || die "$(cat lcov.err)"
# FILE:LINES: FUNCTION: TEXT, the text of the first line.
awk -v top="$top_srcdir/" '
function flush() {
	if (from) print file ":" from (to > from ? "-" to : "") ": " name(from) ": " text[from]
	from = 0
}
# lcov tells the functions of a file before its lines
function name(line,   at) {
	for (at = line; at > 0; at--) if (at in starts) return starts[at]
	return "?"
}
/^SF:/ {
	file = substr($0, 4)
	ours = index(file, top "core/") == 1
	split("", starts); split("", text)
	n = 0
	while (ours && (getline line <file) > 0) {
		gsub(/^[ \t]+|[ \t]+$/, "", line)
		text[++n] = line
	}
	close(file)
	file = substr(file, length(top) + 1)
}
ours && /^FN:/ {
	split(substr($0, 4), at, ",")
	sub(/.*:/, "", at[2])
	starts[at[1]] = at[2]
}
ours && /^DA:/ {
	split(substr($0, 4), at, ",")
	lines++
	if (at[2] > 0) { reached++; flush(); next }
	if (from && at[1] == to + 1) { to++; next }
	flush()
	from = to = at[1]
}
/^end_of_record/ { flush() }
END { print reached " of " lines " lines of core/ reached" > "/dev/stderr" }' lcov >unreached
wc -l <unreached | sed 's/$/ places unreached: build\/coverage\/unreached/'

# What no test can reach is in tests/unreached, each with its reason.
listed=$top_srcdir/tests/unreached
test -n "${COVERAGE_PART-}" || awk -v listed="$listed" '
# A pattern, in which * is anything.
function regex(pattern) {
	gsub(/[][\\.^$+?(){}|]/, "\\\\&", pattern)
	gsub(/\*/, ".*", pattern)
	return "^" pattern "$"
}
BEGIN {
	while ((getline line <listed) > 0) {
		if (line ~ /^(#|$)/) continue
		entry[++n] = line
		luck[n] = sub(/^~ /, "", line)
		wanted[n] = regex(line)
	}
}
{
	place = $0
	sub(/:[0-9-]+: /, ": ", place)
	found = 0
	for (i = 1; i <= n; i++) if (place ~ wanted[i]) { used[i] = 1; found = 1 }
	if (!found) { print "unreached, and not in tests/unreached: " $0; bad = 1 }
}
END {
	for (i = 1; i <= n; i++)
		if (!used[i] && !luck[i]) {
			print "in tests/unreached, but reached or gone: " entry[i]
			bad = 1
		}
	exit bad
}' unreached
