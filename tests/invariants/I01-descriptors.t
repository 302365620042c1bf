#!/bin/sh
# I1: no descriptor reaches the job but those that [fds] keeps.
# I2: 0, 1 and 2 are open before anything else is.
. "$top_srcdir/tests/lib.sh"

none_above_2='!^fd ([3-9]|[0-9]{2,}) '

inherited() {
	name="I1 $who $form: no descriptor above 2"
	hostile='--fds --nofile 64'
	stack '[stack]' "parent = $parent"
	unsafe "$name" 'audit fd' '~fd 7 .*' '~fd 8 .*' '~fd 900 .*' || return
	tries "$name" 'audit fd' '~fd 0 .*' '~fd 1 .*' '~fd 2 .*' "$none_above_2"

	for fd in 7 900; do
		stack '[stack]' "parent = $parent" '[fds]' "keep = $fd"
		tries "I1 $who $form: only $fd is kept, at its number" 'audit fd' \
			"~fd $fd .*mode=100600.*" '!^fd 8 ' "!^fd $((907 - fd)) "
	done
	stack '[stack]' "parent = $parent" '[fds]' 'keep = 11'
	tries "I1 $who $form: a listed number that wasn't there stays closed" \
		'audit fd' "$none_above_2"
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = 64'
	tries "I1 $who $form: below a lowered limit" 'audit fd' "$none_above_2"
}

closed_stdio() {
	hostile='--close 0,1,2'
	stack '[stack]' "parent = $parent"
	job "I2 $who $form: closed 0, 1, 2 become /dev/null" \
		'for n in 0 1 2; do test "$(stat -L -c %t:%T /proc/$$/fd/$n)" = 1:3 || exit 1; done'
	hostile='--close 0'
	tries "I2 $who $form: the job's first open gets 3" firstfd 'firstfd 3'
	stack 'no section'
	hostile='--close 2'
	inside "$probe" mark "$T/drop/marker"
	check "I2 $who $form: a message for a closed stderr goes nowhere" \
		test "$rc:$(cat "$T/out" "$T/err")" = 125:
	mkdir "$T/record"
	chmod 755 "$T/record"
	test "$who" = root -o "$me" = user || chown "$uid" "$T/record"
	options="--record $T/record/file"
	inside "$probe" mark "$T/drop/marker"
	check "I2 $who $form: nor into the record, which would have got its number" \
		test "$rc:$(wc -l <"$T/record/file"):$(grep -c '^{.*}$' "$T/record/file")" = 125:1:1
	rm -r "$T/record"
	options=
}

all_ways inherited
all_ways closed_stdio
plan
