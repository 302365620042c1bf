#!/bin/sh
# I6: the environment is what keep and set give; loader variables only by name.
. "$top_srcdir/tests/lib.sh"

loaders='(LD_[A-Z_]*|GLIBC_TUNABLES|GCONV_PATH|BASH_ENV|ENV|IFS|PYTHON[A-Z]*|PERL5[A-Z]*|RUBYOPT|NODE_OPTIONS|JAVA_TOOL_OPTIONS)'

environment() {
	hostile=--env
	name="I6 $who $form: loader variables and malformed entries are dropped"
	stack '[stack]' "parent = $parent"
	unsafe "$name" 'audit env' '~env LD_PRELOAD=.*' 'env =x' 'env NOEQUALS' || return
	tries "$name" 'audit env' "!^env $loaders=" '!^env =' '!^env NOEQUALS'
	tries "I6 $who $form: everything else passes" 'audit env' \
		'env LATIN=caf\xe9' 'env LANG=C' 'env HOME=/nonexistent' \
		"env BIG=$(head -c 102396 /dev/zero | tr '\0' b)"

	stack '[stack]' "parent = $parent" '[env]' 'keep = *'
	tries "I6 $who $form: a glob keeps no loader variable" 'audit env' "!^env $loaders="
	stack '[stack]' "parent = $parent" '[env]' 'keep = PYTHONPATH' 'set = A=b c' \
		'set = ENV=/etc/env'
	inside "$probe" audit env
	check "I6 $who $form: exactly what is kept by name and set" \
		test "$(sort "$T/out" | tr '\n' ,)" = \
		'env A=b c,env ENV=/etc/env,env PYTHONPATH=/nonexistent,'
	stack '[stack]' "parent = $parent" '[env]' 'keep = HOME LANG' 'drop = HOME LANG' \
		'set = LANG=de'
	inside "$probe" audit env
	check "I6 $who $form: drop beats keep, set beats drop" \
		test "$(cat "$T/out")" = 'env LANG=de'
	stack '[stack]' "parent = $parent" '[env]'
	inside "$probe" audit env
	check "I6 $who $form: an empty section keeps nothing" test "$rc:$(cat "$T/out")" = 0:
	inside true
	check "I6 $who $form: a name is found without PATH too" test "$rc:$(cat "$T/err")" = 0:
}

# a library whose constructor leaves a mark, in cordon as in any program
preloaded() {
	name="I6 $who $form: the caller's LD_PRELOAD runs nowhere"
	if ! test -f "$T/mark.so"; then
		skip "$name" 'no compiler'
		return
	fi
	hostile="--noenv --setenv LD_PRELOAD=$T/mark.so"
	rm -f "$T/drop/preloaded"
	bare /bin/true
	if ! test -e "$T/drop/preloaded"; then
		skip "$name" 'the loader ignored it bare too'
		return
	fi
	rm -f "$T/drop/preloaded"
	stack '[stack]' "parent = $parent"
	inside /bin/true
	check "$name" test "$rc" = 0 -a ! -e "$T/drop/preloaded"
}

echo "#include <fcntl.h>
__attribute__((constructor)) static void mark(void)
{ open(\"$T/drop/preloaded\", O_CREAT | O_WRONLY, 0666); }" >"$T/mark.c"
${CC:-cc} -shared -fPIC -o "$T/mark.so" "$T/mark.c" 2>"$T/err"
chmod 755 "$T"/mark.so 2>/dev/null

all_ways environment
all_ways preloaded
plan
