#!/bin/sh
# The demo does what it says, refuses what it says, and leaves nothing behind.
. "$top_srcdir/tests/lib.sh"

demo=$top_srcdir/tests/demo.sh

if ! test -x /usr/bin/python3; then
	skip 'the demo' 'no /usr/bin/python3'
	plan
fi
if test "$me" = user && ! can_userns; then
	skip 'the demo' 'no user namespace here'
	plan
fi

# starts COMMAND...: as a shell would, the end and the lines of both in $T/out
starts() {
	"$launch" --watch "$T/seen" --timeout 60 $switch -- /usr/bin/env \
		DEMO_DIR="$T/drop" "$@" </dev/null >"$T/out" 2>&1
	rc=$?
}
lacks() { # TEXT: the output has it nowhere
	! grep -qF -- "$1" "$T/out"
}

starts /bin/sh "$demo"
sed 's/^/# /' "$T/out"
check 'exit status 0' test "$rc" = 0
check 'leaves no process' saw 'left 0'
check 'leaves no file' test -z "$(ls -A "$T/drop")$(ls -d /usr/cordon-demo 2>/dev/null)"
check 'the work is done' grep -qE '^[0-9]+ words; most often: ' "$T/out"
check 'and its result is there' grep -qE '^-rw.* words\.txt$' "$T/out"
check 'nothing is allowed' lacks 'NOT REFUSED'
check 'the token is nowhere' lacks of-the-caller
for what in 'read /etc/shadow' 'write where anybody may' 'write to /usr' \
	"see the host's processes" "find the caller's SECRET_TOKEN" 'call setuid'; do
	check "refused: $what" grep -q "^  refused  $what" "$T/out"
done
if test "$me" = root && can_userns; then
	check 'shown twice' test "$(grep -c '^==== started by' "$T/out")" = 2
	check 'each attempt twice' test "$(grep -c '^  refused  .*/etc/shadow' "$T/out")" = 2
fi

# The control: where nothing isolates, the demo says so.
mkdir "$T/none"
cat >"$T/none/cordon" <<'END'
#!/bin/sh
test "$1" = run && shift 3 && exec "$@"
END
chmod 755 "$T/none/cordon"
without() {
	starts CORDON="$T/none/cordon" /bin/sh "$demo"
	check 'without isolation: exit status 1' test "$rc" = 1
	for what in 'write where anybody may' "see the host's processes" \
		'signal one of them' "find the caller's SECRET_TOKEN"; do
		check "not refused: $what" grep -q "^  NOT REFUSED $what" "$T/out"
	done
	check 'and leaves no file' test -z "$(ls -A "$T/drop")"
}
as_user without
plan
