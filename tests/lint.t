#!/bin/sh
# SPDX-License-Identifier: MIT
# What the analysers say of the sources: nothing.  What they see and is none stands in
# tests/lint.excused, each with its reason.
#
#	make lint		everything
#	make lint LINT_TOOLS='clang shellcheck' LINT_FILES='core/act.c bootstrap'
set -u
: "${top_srcdir:?is not set}" "${top_builddir:?is not set}" "${CC:=gcc}"
flags=$top_builddir/tests/lint.flags

# one TOOL FILE: what it says, a line a finding that begins FILE:LINE:
one() {
	case $1 in
	gcc)
		# what it says is said before the code is made better
		"$CC" "@$flags" "-I$top_builddir" -O1 -g0 -fanalyzer -c -o "$T/$1.$$.o" "$2" 2>&1
		rc=$?
		rm -f "$T/$1.$$.o"
		;;
	clang)
		# deep takes eight times as long and says little more
		clang "@$flags" "-I$top_builddir" --analyze --analyzer-output text -Qunused-arguments \
			-Xclang -analyzer-config -Xclang "mode=${LINT_CLANG:-shallow}" \
			-Wno-unknown-warning-option -o /dev/null "$2" 2>&1
		rc=$?
		;;
	cppcheck)
		# Variables stand at the head of their function, layouts are the kernel's,
		# 'flags & X ? a : b' needs no parentheses here, and libc's headers are
		# left out on purpose: cppcheck knows their functions.
		cppcheck -q --suppress=variableScope --suppress=unusedStructMember \
			--suppress=clarifyCalculation --template=gcc --enable=warning,style,performance,portability \
			--suppress=missingIncludeSystem --std=c11 -D_GNU_SOURCE -D__x86_64__ \
			-DCORDON_GO_ON_AT_ONCE=0 '-DSPANK_PLUGIN(name,version)=' "-I$top_srcdir" "-I$top_srcdir/include" \
			"-I$top_builddir" "$2" 2>&1
		rc=$?
		;;
	shellcheck)
		# 2317: functions are called by names in variables, as by 'both'.
		# 2086, 2016: lists are split; scripts for the job stand in single quotes.
		shellcheck --norc -f gcc -x -P "$top_srcdir" -e SC2317,SC2086,SC2016 "$2"
		rc=$?
		test "$rc" != 1 || rc=0 # it has something to say
		;;
	mandoc)
		mandoc -T lint -W style "$2" 2>/dev/null # where there is no index of pages
		rc=$?
		test "$rc" -gt 4 || rc=0
		;;
	esac
	test "$rc" = 0 || echo "$2:0: error: $1 ended with status $rc"
}

# findings TOOL: of all that it says
findings() {
	case $1 in
	# The compiler's own warnings are the build's business.
	gcc) grep -E 'error: |warning: .*\[-Wanalyzer-' ;;
	clang) grep -E 'error: |warning: .*\[[a-z]+[a-zA-Z]*\.[a-zA-Z.]+\]$' ;;
	cppcheck) grep -E ': (error|warning|style|performance|portability): ' ;;
	*) cat ;;
	esac
}

if test "${1-}" = --one; then
	T=$4
	name=$(printf %s "$3" | tr / _)
	one "$2" "$3" >"$T/$2/$name.said"
	: >"$T/$2/$name.done"
	exit 0
fi

T=$(mktemp -d "$top_builddir/tests/tmp.lint.XXXXXX") || exit 99
trap 'rm -rf "$T"' EXIT
trap 'exit 99' HUP INT TERM PIPE
cd "$top_srcdir" || exit 99

sources=$(ls core/*.c modules/*.c doc/*/*.c tests/tools/*.c tests/fault/*.c tests/bench/*.c 2>/dev/null)
# built where the headers of another are
test ! -e "$top_builddir/spank/cordon_spank.la" || sources="$sources
$(ls spank/*.c)"
scripts=$(ls bootstrap .ci/run completions/cordon doc/*/*.sh tests/*.sh tests/*.t tests/*/*.t tests/*/*.sh \
	tests/vm/guest tests/vm/init tests/vm/mutants 2>/dev/null)
pages=$(ls doc/*.[1-8] doc/*/*.[1-8] 2>/dev/null)

# which TOOL: what stands in its way; nothing when it can be used
missing() {
	case $1 in
	gcc)
		"$CC" -fanalyzer -E -x c /dev/null >/dev/null 2>&1 ||
			echo "$CC has no -fanalyzer"
		;;
	*) command -v "$1" >/dev/null 2>&1 || echo "no $1 here" ;;
	esac
	case $1 in
	gcc | clang) test -s "$flags" || echo "no $flags: use make lint" ;;
	mandoc) test -n "$pages" || echo 'no man pages' ;;
	esac
}

list() { # TOOL: the files for it
	case $1 in
	shellcheck) echo $scripts ;;
	mandoc) echo $pages ;;
	*) echo $sources ;;
	esac | tr ' ' '\n' | if test -n "${LINT_FILES-}"; then
		grep -xF "$(echo $LINT_FILES | tr ' ' '\n')"
	else
		cat
	fi
}

tools=${LINT_TOOLS:-gcc clang cppcheck shellcheck mandoc}
for tool in $tools; do
	mkdir "$T/$tool" || exit 99
	test -n "$(missing "$tool")" || list "$tool" | sed "s/^/$tool /"
done >"$T/jobs"
xargs -P "${LINT_JOBS:-$(nproc)}" -L 1 sh -c \
	'exec sh "$1" --one "$2" "$3" "$0"' "$T" "$top_srcdir/tests/lint.t" <"$T/jobs"

count=0 failed=0
for tool in $tools; do
	count=$((count + 1))
	why=$(missing "$tool" | sed 1q)
	if test -n "$why"; then
		echo "ok $count - $tool # SKIP $why"
		continue
	fi
	n=$(list "$tool" | grep -c .)
	seen=$(find "$T/$tool" -name '*.done' | grep -c .)
	cat "$T/$tool"/*.said 2>/dev/null | findings "$tool" | sed "s|^$top_srcdir/||" | sort -u >"$T/found"
	sed -n "s/^$tool //p" tests/lint.excused >"$T/excused"
	grep -vE -f "$T/excused" "$T/found" >"$T/left"
	found=$(grep -c . "$T/left")
	excused=$(($(grep -c . "$T/found") - found))
	if test "$found" = 0 && test "$seen" = "$n" && test "$n" != 0; then
		verdict=ok
	else
		verdict='not ok' failed=$((failed + 1))
	fi
	echo "$verdict $count - $tool: $seen of $n files, $found findings, $excused excused"
	sed 's/^/# /' "$T/left"
done
echo "1..$count"
test "$failed" = 0
