#!/bin/sh
# cordon modules --test: the plan of a module that is not installed, for its author, and
# what no hook may do.  And: module code runs in cordon's own process, never in the job's.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"

built=$top_builddir/tests/modules/.libs
if ! test -f "$built/where.so"; then
	skip 'cordon modules --test' "where.so isn't built"
	plan
fi
cp "$top_builddir/modules/.libs/rlimits.so" "$top_builddir/modules/.libs/deny.so" "$built"/*.so "$T" ||
	exit 99
mkdir -m 700 "$T/mine"
cp "$T/rlimits.so" "$T/mine"
test "$me" != root || chown -R "$free_uid" "$T/mine"

tests() {
	bare "$CORDON" modules --test "$@"
}

# fault NAME TEXT: one line on stderr, and no plan
fault() {
	check "$1" test "$rc:$(wc -l <"$T/err"):$(grep -cF -- "$2" "$T/err"):$(wc -c <"$T/out")" = 125:1:1:0
}

of_all() {
	tests "$T/rlimits.so" nofile=64:128 cpu=9s
	judge_says "$who: the plan, step by step" '~rlimit nofile 64:128 +\[rlimits\] arguments:2' \
		'~rlimit cpu 9:9 +\[rlimits\] arguments:3' '~exec +\[always\]'
	check "$who: and nothing of the caller's environment" test "$(grep -c '^env' "$T/out")" = 0
	tests "$T/deny.so" 'message=not today' -- /bin/true x=y
	judge_says "$who: with a command, what it decides" \
		'~note +a run would be refused: .*not today' '~try +/bin/true'

	# the fault of a stack with that section, but for the place
	stack '[rlimits]' 'nofile = many'
	bare "$CORDON" check --conf "$T/conf" t
	want=$(sed 's/.*t\.ini/arguments/' "$T/err")
	tests "$T/rlimits.so" nofile=many
	fault "$who: a bad value as in a stack" "${want:?}"
	stack '[rlimits]' 'nofiles = 64'
	bare "$CORDON" check --conf "$T/conf" t
	want=$(sed 's/.*t\.ini/arguments/' "$T/err")
	tests "$T/rlimits.so" nofiles=64
	fault "$who: and a key that is none" "${want:?}"
	tests "$T/rlimits.so" nofile
	fault "$who: no value" "'nofile' is not KEY=VALUE"
	tests "$T/rlimits.so" "nofile=9
[caps]"
	fault "$who: no second line" 'is not KEY=VALUE in a line'
	tests "$T/nosuch.so"
	fault "$who: no file" 'nosuch.so'
	tests "$T/other_major.so"
	fault "$who: what the loader refuses" 'is for ABI '
}
both of_all

# Its code runs as who tests it: so it must be root's, or that user's own.
whose() {
	tests "$T/mine/rlimits.so"
	if test "$who" = root; then
		fault 'root runs no code of a user' "belongs to"
	else
		check 'a user tests their own' test "$rc" = 0
	fi
}
test "$me" != root || both whose
chmod o+w "$T/rlimits.so"
tests "$T/rlimits.so"
fault 'a file that others may write' 'writable by others'
chmod o-w "$T/rlimits.so"
bare "$CORDON" stacks --test "$T/rlimits.so"
fault 'for modules alone' "'stacks' does not take '--test' (modules takes it)"

# ---- the guard ----

while read -r act text; do
	tests "$T/misbehave_arrange.so" hook=plan "act=$act"
	fault "plan: $act" "[misbehave_arrange] its plan hook $text"
	tests "$T/misbehave_arrange.so" hook=configure "act=$act"
	fault "configure: $act" "[misbehave_arrange] its configure hook $text"
done <<'END'
print wrote 'hello\x0a' to stdout or stderr
setenv changed the environment
descriptor left a descriptor open
shut closed a descriptor that is not its own
process left a process
signal changed what a signal does
umask changed the umask
END

# What ends the process ends no word about it.
while read -r act text; do
	for hook in configure plan; do
		tests "$T/misbehave_arrange.so" hook=$hook "act=$act"
		fault "$hook: $act" "arguments:1: [misbehave_arrange] its $hook hook $text"
		check "$hook: $act: nothing is left" saw 'left 0'
	done
done <<'END'
abort died of SIGABRT
kill died of SIGKILL
exit ended the process
_exit ended the process
END
tests "$T/misbehave_decide.so" hook=decide act=abort -- /bin/true
fault 'decide: abort' '[misbehave_decide] its decide hook died of SIGABRT'
hostile='--ignore 17 --child' # SIGCHLD
tests "$T/misbehave_arrange.so" hook=plan act=abort
fault 'who ignores children is told too' '[misbehave_arrange] its plan hook died of SIGABRT'
hostile=
tests "$T/misbehave_arrange.so" hook=begin act=print
check 'begin does not run: nothing is made' test "$rc:$(grep -c hello "$T/out")" = 0:0
check 'and it says so' grep -qx 'note  its begin and finish are not called here' "$T/out"
tests "$T/flows.so" streams=stdout
judge_says 'nor does stream' '~stream stdout judge +\[flows\] arguments:2' 'note  its stream is not called here'

# ---- module code and the job's process ----

if test "$me" != root; then
	skip 'where hooks run' 'not root: the module folder of the build tree is covered by a mount'
	plan
fi
cp -R "$top_builddir/modules/.libs" "$T/modules"
cp "$T/where.so" "$T/modules"
mount --bind "$T/modules" "$top_builddir/modules/.libs"

# The job's parent is cordon, or an init that cordon cloned.
where() {
	: >"$T/drop/said"
	chmod 666 "$T/drop/said"
	stack '[where]' "file = $T/drop/said" "$@"
	inside /bin/sh -c 'echo $$ $PPID'
	read -r job parent <"$T/out"
	hooks=$(awk '{ printf "%s ", $1 }' "$T/drop/said")
	pids=$(awk '{ print $2 }' "$T/drop/said" | sort -u)
}
in_parent() {
	where
	check "$who: every hook runs in cordon's process ($hooks)" \
		test "$rc:$hooks:$pids" = "0:configure plan begin finish :$parent"
	check "$who: and that is not the job's" test "$pids" != "$job"
	if can_userns; then
		where '[namespaces]' 'new = pid mount ipc' '[mounts]' 'proc = new'
		check "$who: nor that of an init or a helper ($hooks)" \
			test "$rc:$hooks:$(echo "$pids" | wc -l)" = '0:configure plan begin finish :1'
	fi
}
both in_parent
plan
