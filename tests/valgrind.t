#!/bin/sh
# SPDX-License-Identifier: MIT
# Valgrind sees no wrong access and no lost memory: in the unit tests, in the commands,
# and in a run up to the exec, in place.  It cannot follow into the twin, which refuses the
# environment that valgrind gives it ('check' and 'doctor' go on there), has no seccomp(2),
# and cannot replace malloc in a static program: tests/tools/shared has a shared libc.
. "$top_srcdir/tests/lib.sh"

if ! command -v valgrind >/dev/null 2>&1; then
	skip valgrind 'no valgrind here'
	plan
fi
if ! test -x "$tools/shared"; then
	skip valgrind 'no program that it can look into in this build'
	plan
fi

# What libltdl keeps for good.
cat >"$T/known" <<'END'
{
	the loaders that libltdl registers
	Memcheck:Leak
	match-leak-kinds: definite
	fun:malloc
	fun:lt__malloc
	fun:lt__zalloc
	fun:*_LTX_get_vtable
}
END

# cannot UNIT: why valgrind does not get through it
cannot() {
	case $1 in
	test_beside) echo 'valgrind has no pidfd_open(2)' ;;
	test_filter) echo 'valgrind has no seccomp(2)' ;;
	test_handoff) echo 'a program is started without arguments, which valgrind takes for a fault' ;;
	test_modules) echo 'valgrind has no landlock_create_ruleset(2)' ;;
	test_mount) echo 'valgrind has no mount_setattr(2)' ;;
	test_nsjail) echo 'valgrind lets nobody lower the hard limit of descriptors' ;;
	test_walk) echo 'valgrind has no openat2(2)' ;;
	esac
}

# clean NAME STATUS COMMAND...: ends so, and valgrind has nothing to say
clean() {
	_name=$1 _want=$2
	shift 2
	valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
		--errors-for-leak-kinds=definite --suppressions="$T/known" --log-file="$T/valgrind" "$@" \
		</dev/null >"$T/out" 2>"$T/err"
	rc=$?
	if test "$rc" = "$_want" && ! test -s "$T/valgrind"; then
		ok "valgrind: $_name"
	else
		not_ok "valgrind: $_name" "exit status $rc" "$(sed 12q "$T/valgrind")"
	fi
}

for unit in "$top_builddir"/tests/unit/test_*; do
	case $unit in *.* | *'*') continue ;; esac
	why=$(cannot "${unit##*/}")
	if test -n "$why"; then
		skip "valgrind: ${unit##*/}" "$why"
	else
		clean "${unit##*/}" 0 "$unit"
	fi
done

ln -s "$tools/shared" "$T/cordon" # whose name is the command line's
cordon=$T/cordon
cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
stack '[params]' 'n = number 1..9 default 1' '[rlimits]' 'core = 0' '[env]' \
	'keep = PATH' 'set = N=${n}' '[process]' 'umask = 027'
for command in explain 'explain --json' digest; do
	clean "$command" 0 "$cordon" $command --conf "$T/conf" t
done
printf '%s\n' '[seccomp]' 'profile = no-network' >"$T/conf/filter.ini"
clean 'digest of a filter' 0 "$cordon" digest --conf "$T/conf" filter
clean stacks 0 "$cordon" stacks --conf "$T/conf"
clean modules 0 "$cordon" modules
clean 'modules seccomp' 0 "$cordon" modules seccomp
clean 'run, in place' 3 "$cordon" run --conf "$T/conf" t -- "$probe" exit 3
clean 'run: a parameter out of bounds' 125 "$cordon" run --conf "$T/conf" -p n=10 t -- "$probe" exit 3
clean 'run: no program' 127 "$cordon" run --conf "$T/conf" t -- /nonexistent
stack '[deny]'
clean 'run: denied' 125 "$cordon" run --conf "$T/conf" t -- "$probe" exit 3
stack '[rlimits]' 'nofiles = 1'
clean 'explain: a fault' 125 "$cordon" explain --conf "$T/conf" t
plan
