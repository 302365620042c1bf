#!/bin/sh
# I45: Landlock's ABI is min-abi at least or the job is refused; rights that the kernel
# is too old for are in the record.  What each right denies is in landlock.t.
. "$top_srcdir/tests/lib.sh"

strace=$(command -v strace)
abi=$("$probe" landlock | sed -n 's/^abi //p')
: "${abi:=0}"

# faked INJECTION COMMAND...: below strace, which answers some calls itself; those of the
# parent, not of a child
faked() {
	_injection=$1
	shift
	bare "$strace" -qq -o /dev/null -e trace=landlock_create_ruleset \
		-e "inject=landlock_create_ruleset:$_injection" "$@"
}

# refused_by NAME INJECTION TEXT
refused_by() {
	rm -f "$T/drop/marker"
	faked "$2" "$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "$1" "$3"
}

old_kernels() {
	if ! "$launch" $switch -- "$strace" -qq -o /dev/null /bin/true; then
		skip "I45 $who $form: faked kernels" 'strace cannot trace here'
		return
	fi
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools"
	refused_by "I45 $who $form: no Landlock in the kernel" error=ENOSYS 'no Landlock'
	refused_by "I45 $who $form: Landlock is off" error=EOPNOTSUPP 'no Landlock'
	stack '[stack]' "parent = $parent" '[landlock]' 'forbid = /etc/shadow'
	refused_by "I45 $who $form: forbid without Landlock" error=ENOSYS 'no Landlock'
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'min-abi = 4'
	refused_by "I45 $who $form: ABI 1, and min-abi 4" retval=1:when=1 \
		'min-abi needs Landlock ABI 4, and this kernel has 1'
	stack '[stack]' "parent = $parent" '[landlock.a]' 'min-abi = 2' '[landlock.b]' 'min-abi = 3'
	refused_by "I45 $who $form: ABI 2, the larger min-abi counts" retval=2:when=1+ \
		'[landlock.b]'
	stack '[stack]' "parent = $parent" '[landlock]' 'connect-tcp = none'
	refused_by "I45 $who $form: ABI 3, and tcp" retval=3:when=1 'needs Landlock ABI 4'
	stack '[stack]' "parent = $parent" '[landlock]' 'scope = signals'
	refused_by "I45 $who $form: ABI 5, and scope" retval=5:when=1 'needs Landlock ABI 6'
	stack '[stack]' "parent = $parent" '[landlock]' 'on-unsupported = skip' "execute = $tools"
	faked error=ENOSYS "$CORDON" run --conf "$T/conf" --record "$T/drop/record" t -- \
		"$probe" exit 3
	check "I45 $who $form: on-unsupported = skip runs without" test "$rc" = 3
	check "I45 $who $form: and the record says so" \
		grep -q '"degraded":\["landlock"\]' "$T/drop/record"
	rm -f "$T/drop/record"
	stack '[stack]' "parent = $parent" 'strict = yes' '[landlock]' 'on-unsupported = skip' \
		"execute = $tools"
	refused_by "I45 $who $form: but not in a strict stack" error=ENOSYS 'no Landlock'
}

# An answer of ABI 2 is true of this kernel too: it has less to handle.
old_rights() {
	if test "$abi" -lt 5; then
		skip "I45 $who $form: rights dropped for age" "Landlock ABI $abi, 5 is needed"
		return
	fi
	rm -rf "$T/drop/file" "$T/drop/record"
	echo data >"$T/drop/file"
	chmod 666 "$T/drop/file"
	test "$who,$me" != user,root || chown "$uid" "$T/drop/file"
	stack '[stack]' "parent = $parent" 'strict = yes' '[landlock]' "execute = $tools" \
		"read = $T/drop"
	tries "I45 $who $form: all rights of this ABI are handled" "truncate $T/drop/file" \
		'truncate EACCES'
	faked retval=2:when=1 "$CORDON" run --conf "$T/conf" --record "$T/drop/record" t -- \
		"$probe" truncate "$T/drop/file"
	judge_says "I45 $who $form: ABI 2 leaves truncate open" 'truncate ok'
	check "I45 $who $form: and the record says so" \
		grep -q '"degraded":\["landlock: truncate ioctl-dev"\]' "$T/drop/record"
	faked retval=2:when=1 "$CORDON" explain --conf "$T/conf" t -- /bin/true
	judge_says "I45 $who $form: explain too" \
		'~landlock only what is allowed of files \(this kernel is too old for: truncate ioctl-dev\) .*'
	rm -f "$T/drop/record"
	stack '[stack]' "parent = $parent" '[landlock.x]' "forbid = $T/drop/file"
	faked retval=2:when=1..2 "$CORDON" run --conf "$T/conf" --record "$T/drop/record" t -- \
		"$probe" open "$T/drop/file"
	judge_says "I45 $who $form: forbid with ABI 2" 'open EACCES'
	check "I45 $who $form: and its record" \
		grep -q '"degraded":\["landlock.x: truncate ioctl-dev"\]' "$T/drop/record"
	rm -f "$T/drop/record" "$T/drop/file"
}

if test -z "$strace"; then
	skip 'I45: faked kernels' 'no strace'
	plan
fi
if test "$abi" -lt 1; then
	skip 'I45: faked kernels' 'no Landlock in this kernel'
	plan
fi
all_ways old_kernels
all_ways old_rights
plan
