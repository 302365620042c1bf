#!/bin/sh
# I31: /tmp, /var/tmp, /dev/shm and SysV objects are one job's alone, and gone.
. "$top_srcdir/tests/lib.sh"

private() {
	name="I31 $who: private folders"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = mount ipc' '[process]' 'cwd = /' \
		'[tmp]' 'private = /tmp' 'private = /var/tmp' 'private = /dev/shm' 'size = 1M'
	mark=cordon.test.$$.$who
	for dir in /tmp /var/tmp /dev/shm; do
		job "I31 $who: $dir is empty, sized and the job's to use" \
			"test -z \"\$(ls -A $dir)\" && echo x >$dir/$mark && test \$(stat -c %a $dir) = 1777 &&
			df -P $dir | grep -q ' 1024 '"
		check "I31 $who: what it left in $dir is not on the host" test ! -e "$dir/$mark"
		job "I31 $who: nor in another job's $dir" "test ! -e $dir/$mark"
	done
	# two at once
	rm -f "$T/drop/ready" "$T/drop/go"
	inside /bin/sh -c ": >/dev/shm/$mark; : >/tmp/$mark; ipcmk -M 4096 >/dev/null
		: >$T/drop/ready; while ! test -e $T/drop/go; do sleep 0.05; done" &
	# its /tmp hides a $T there: lib.sh puts it elsewhere then
	until_test -e "$T/drop/ready"
	other='test ! -e /tmp/'$mark' && test ! -e /dev/shm/'$mark' && test "$(ipcs -m | grep -c "^0x")" = 0'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c "$other"
	check "I31 $who: two jobs at once do not meet" test $? = 0
	check "I31 $who: and the host does not see them" test ! -e "/tmp/$mark" -a ! -e "/dev/shm/$mark"
	: >"$T/drop/go"
	wait $!
	rm -f "$T/drop/ready" "$T/drop/go"
}
both private
plan
