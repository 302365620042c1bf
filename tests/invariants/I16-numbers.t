#!/bin/sh
# I16: ids are plain decimal numbers in range, or names.
. "$top_srcdir/tests/lib.sh"

bad_ids() {
	for id in -1 4294967295 4294967296 0x0 +5 1e3 99999999999999999999 no-such-user- ''; do
		stack '[user]' "user = $id"
		refused "I16 $who: user = '$id'" 't.ini:2'
	done
	for id in -1 4294967295 0x10 no-such-group-; do
		stack '[user]' "group = $id"
		refused "I16 $who: group = '$id'" 't.ini:2'
	done
}

# checked KEY VALUE...: `check` refuses each, by line, without starting anything
checked() {
	section=$1 key=$2 bad=
	shift 2
	for value in "$@"; do
		stack "[$section]" "$key = $value"
		bare "$CORDON" check --conf "$T/conf" t
		case $rc:$(cat "$T/out" "$T/err") in
		125:*t.ini:2*) ;;
		*) bad="$bad '$value'($rc)" ;;
		esac
	done
	check "I16 $who: check refuses $# bad values of $key" test -z "$bad"
	test -z "$bad" || echo "# not:$bad"
}

bad_tables() {
	set -- -1 +5 4294967295 4294967296 0x0 1e3 00 01 99999999999999999999 '5 6' 5, 1000x '' \
		no-such-name-
	checked user user "$@"
	checked user group "$@"
	checked user pool 5 5- -5 6-5 1-4294967295 0x1-0x2 '1 - 2' 'root-nobody'
	checked user keep-groups -1 5-4 0x1 4294967295 1-4294967295
	checked namespaces uid-map '0' '0 0' '0 0 0' '-1 0 1' '0 -1 1' '0 0 4294967296' \
		'0x0 0 1' '4294967295 0 1' '0 4294967295 1' 'root 0 1' '0 0 1 1'
}

# Digits are a number, also where somebody has them for a name.
name_of_digits() {
	name="I16 $who: a user named 1000 doesn't change what 1000 means"
	stack '[user]' 'user = 1000' 'group = 1000'
	cp /etc/passwd "$T/passwd"
	cp /etc/group "$T/group"
	echo '1000:x:4242:4242::/:/bin/sh' >>"$T/passwd"
	echo '1000:x:4242:' >>"$T/group"
	inside_with_names() {
		bare /usr/bin/unshare --mount --propagation private /bin/sh -c \
			"mount --bind $T/passwd /etc/passwd && mount --bind $T/group /etc/group &&
			exec \"\$@\"" - "$@"
	}
	inside_with_names /usr/bin/id -u nosuchuser-
	inside_with_names /usr/bin/getent passwd 4242
	if ! grep -q ^1000: "$T/out"; then
		skip "$name" 'the bare control: the name is not found here'
		return
	fi
	inside_with_names "$CORDON" run --conf "$T/conf" t -- "$probe" audit uid gid
	judge_says "$name" 'uid 1000 1000 1000 1000' 'gid 1000 1000 1000 1000'
}

# A uid of a pool has one job at a time.
pool() {
	stack '[user]' 'pool = 61300-61301' '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	rm -f "$T/drop/pool"*
	for n in 1 2; do
		"$launch" --timeout 20 -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
			"id -u >$T/drop/pool$n.new; mv $T/drop/pool$n.new $T/drop/pool$n
			while ! test -e $T/drop/go; do sleep 0.05; done" </dev/null >/dev/null 2>&1 &
		eval "job$n=\$!"
	done
	until_test -e "$T/drop/pool1" -a -e "$T/drop/pool2"
	check "I16 $who: two jobs of a pool have two uids of it" \
		test "$(sort "$T/drop/pool1" "$T/drop/pool2" | tr '\n' ' ')" = '61300 61301 '
	refused "I16 $who: a third has none" 'in use'
	: >"$T/drop/go"
	wait "$job1" "$job2"
	tries "I16 $who: until one has ended" 'audit uid' '~uid 6130[01] .*'
}

both bad_ids
both bad_tables
as_root name_of_digits
as_root pool
plan
