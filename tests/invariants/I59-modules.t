#!/bin/sh
# I59: whatever a module does to the process, no job starts unconfined and cordon
# never says 0.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"

modules=$top_builddir/modules/.libs
for kind in decide arrange; do
	if ! test -f "$top_builddir/tests/modules/.libs/misbehave_$kind.so"; then
		skip I59 "misbehave_$kind.so isn't built"
		plan
	fi
done
if test "$me" != root; then
	skip I59 'not root: the module folder of the build tree is covered by a mount'
	plan
fi
cp -R "$modules" "$T/modules"
cp "$top_builddir"/tests/modules/.libs/misbehave_*.so "$T/modules"
mount --bind "$T/modules" "$modules"

# stops KIND HOOK ACT: no job, and not 0 (against _exit only the first can be had)
stops() {
	stack "[misbehave_$1]" "hook = $2" "act = $3" '[process]' 'umask = 027'
	rm -f "$T/drop/marker"
	inside "$probe" mark "$T/drop/marker"
	check "I59 $who: $3 in $2 of $1" \
		test \( "$rc" != 0 -o "$3" = _exit \) -a ! -e "$T/drop/marker" -a -z "$(grep -vx 'left 0' "$T/seen" | grep -E 'left|timeout')"
}

# harmless KIND HOOK ACT: the job is refused, or is as if nothing had been
harmless() {
	stack "[misbehave_$1]" "hook = $2" "act = $3" '[process]' 'umask = 027'
	inside "$probe" audit umask sigblk sigign cwd fd
	check "I59 $who: $3 in $2 of $1" test "$rc" = 125 -o \
		"$rc:$(grep -v '^fd' "$T/out" | tr '\n' ' ')" = "0:$(inside_order)"
}

inside_order() {
	printf 'sigblk 0000000000000000 sigign 0000000000000000 umask 0027 cwd %s ' "$(pwd -P)"
}

misbehave() {
	for act in segv abort exit _exit return silent; do
		stops decide decide $act
		stops decide configure $act
		stops arrange plan $act
		stops arrange begin $act
	done
	for act in close chdir umask mask thread signal; do
		harmless decide decide $act
		harmless arrange plan $act
		harmless arrange begin $act
	done
	# a word that the command has not
	stack '[misbehave_decide]' 'hook = plan' 'act = pin'
	refused "I59 $who: pin in plan of decide" 'pins a word that the command has not'
	limit=15
	stops decide decide loop
	stops arrange begin loop
	limit=10
	stack '[misbehave_arrange]' 'hook = finish' 'act = segv'
	inside /bin/true
	check "I59 $who: a crash in finish isn't success" test "$rc" != 0
}

both misbehave

cp "$T/modules/misbehave_decide.so" "$T/modules/loose.so"
chmod o+w "$T/modules/loose.so"
bare "$CORDON" doctor --conf "$T/conf"
check 'doctor says which module is none for it' grep -qE '^cordon +modules +no .*loose.so' "$T/out"
bare "$CORDON" modules
check 'and the list of modules, which has the others' test "$rc" != 0 -a "$(grep -c '^env ' "$T/out")" = 1 \
	-a "$(grep -c 'loose.so. is writable' "$T/err")" = 1
plan
