#!/bin/sh
# I54: exit codes and deaths by signals arrive exactly; cordon's own codes.
. "$top_srcdir/tests/lib.sh"

# codes CODE...: each arrives
codes() {
	bad=
	for code in "$@"; do
		inside "$probe" exit "$code"
		ran "exited $code" || bad="$bad $code"
	done
	check "I54 $who $form: exit codes $1 to $code" test -z "$bad"
	test -z "$bad" || echo "# not:$bad"
}

signals() {
	bad=
	for sig in "$@"; do
		inside "$probe" raise "$sig" hard
		ran "signaled $sig" || bad="$bad $sig"
		grep -q core "$T/seen" && bad="$bad $sig:core"
	done
	check "I54 $who $form: death by signals" test -z "$bad"
	test -z "$bad" || echo "# not:$bad"
}

exact() {
	stack '[stack]' "parent = $parent" '[rlimits]' 'core = 0'
	test "$who" = root || step=15 # an ordinary user's are no others
	codes $(seq 0 $step 255)
	signals $some
	stack '[stack]' "parent = $parent" 'signal-exit = code'
	if test "$form" = supervised; then
		inside "$probe" raise 15
		check "I54 $who: signal-exit = code" ran 'exited 143'
	fi
}

own_init() {
	if ! can_userns; then
		skip "I54 $who: with an init" 'no user namespace here'
		return
	fi
	form='with an init'
	stack '[namespaces]' 'new = pid mount'
	codes 0 1 77 124 125 126 127 128 255
	signals 1 2 6 9 10 11 13 15 31 34 64
	inside "$probe" audit pid
	check "I54 $who: the job isn't pid 1" test "$rc" = 0 -a "$(cat "$T/out")" != 'pid 1'
}

own_codes() {
	stack '[stack]' "parent = $parent"
	inside /nonexistent/program
	check "$who $form: 127 not found" test "$rc" = 127
	inside no-such-program-in-path
	check "$who $form: 127 not in PATH" test "$rc" = 127
	inside "$T/conf/t.ini"
	check "$who $form: 126 not executable" test "$rc" = 126
	inside "$T/conf"
	check "$who $form: 126 a folder" test "$rc" = 126
	inside /etc/passwd/x
	check "$who $form: 126 below a file" test "$rc" = 126
	printf '#!/nonexistent/interpreter\n' >"$T/drop/script"
	chmod 755 "$T/drop/script"
	inside "$T/drop/script"
	check "$who $form: 127 the interpreter is missing" test "$rc" = 127
	bare "$CORDON" run --conf "$T/conf" nosuchstack -- "$probe" mark "$T/drop/marker"
	was_refused "$who $form: 125 no such stack" nosuchstack
	bare "$CORDON" run --nosuchoption t -- "$probe" mark "$T/drop/marker"
	was_refused "$who $form: 125 bad usage" nosuchoption
	stack '[stack]' "parent = $parent" 'exit-denied = 99' '[deny]' 'message = not today'
	inside "$probe" mark "$T/drop/marker"
	check "$who $form: exit-denied" test "$rc" = 99
}

# all of them in one of the builds, which have this in common
case $top_builddir in
*/none | */sanitized)
	step=15 some='1 2 6 9 10 11 13 15 31 34 64' ;;
*) # but those that stop it or do nothing; 32 and 33 are libc's own
	step=1 some="$(seq 1 16) 24 25 26 27 $(seq 29 64)" ;;
esac
all_ways exact
both own_init
all_ways own_codes
plan
