#!/bin/sh
# cordon-sh: a shell by its name.  The stack is the name's, never an argument's; the real
# shell gets each form of argv as it came, and is never cordon.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip cordon-sh 'only root can put stacks where a front door looks for them'
	plan
fi

# A stand-in shell that tells its argv, a standard input that is no terminal, and its parent.
cat >"$T/shell.c" <<'END'
#include <stdio.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int c;
	for (int i = 0; i < argc; i++)
		printf("<%s>\n", argv[i]);
	while (argc == 1 && (c = getchar()) != EOF)
		putchar(c);
	return 3;
}
END
# as ARGV0 PROGRAM ARGUMENT...: started directly, whatever its name is
cat >"$T/as.c" <<'END'
#include <unistd.h>
int main(int argc, char **argv)
{
	char *path = argv[2];
	argv[2] = argv[1];
	execv(path, argv + 2);
	return 99;
}
END
# byfd LINK ARGUMENT...: by a descriptor, whose path says nothing
cat >"$T/byfd.c" <<'END'
#include <fcntl.h>
#include <unistd.h>
extern char **environ;
int main(int argc, char **argv)
{
	fexecve(open(argv[1], O_RDONLY), argv + 1, environ);
	return 99;
}
END
mkdir -m 755 "$T/bin"
for name in shell as byfd; do
	${CC:-cc} -o "$T/bin/$name" "$T/$name.c" || exit 99
done
as=$T/bin/as
for name in cordon-sh cordon-sh@t cordon-sh@real cordon-sh@none cordon-sh@self cordon-sh@; do
	ln -s "$CORDON" "$T/bin/$name"
done
sh=$T/bin/cordon-sh@t

# form ARGV0 ARGUMENT...: the shell got that, and nothing else was said
form() {
	printf '<%s>\n' "$@" >"$T/want"
	_first=$1
	shift
	bare "$as" "$_first" "$sh" "$@"
	check "$who $form: $_first $*" cmp "$T/want" "$T/out"
	if test "$rc" != 3 || test -s "$T/err"; then not_ok "status 3, nothing said: $*" "$rc"; fi
}

forms() {
	stack '[stack]' "program = $T/bin/shell" "parent = $parent" '[rlimits]' 'core = 0'
	form cordon-sh -c 'echo a b'
	form -cordon-sh -c 'echo  "a"'
	form sh -c 'cmd "$@"' NAME 'x y' ''
	form sh -c -- cmd
	form sh -ec cmd
	form sh -eu -o noclobber -c cmd
	form sh SCRIPT --conf /nowhere
	form cordon-sh --noprofile --norc -e -o pipefail SCRIPT
	form sh '-e -u' ./script a
	form -sh -l
	form sh -s -- -p STACK
	form cordon --version
	form 'run' run t -- x
	form ''
}

stack_of real '[stack]' 'program = /bin/sh' '[process]' 'umask = 077'
real() {
	bare "$T/bin/cordon-sh@real" -c 'echo "$0 $1"; umask; exit 7' name one
	check "$who: a real shell, in its stack" test "$rc $(cat "$T/out")" = "7 name one
0077"
	"$launch" $switch -- "$T/bin/cordon-sh@real" -s one two >"$T/out" 2>&1 <<'END'
echo "$2 $1"
umask
END
	check "$who: a script on standard input" test "$(cat "$T/out")" = "two one
0077"
	printf '#!%s\n' "$T/bin/cordon-sh@real -e" >"$T/drop/script"
	printf 'umask; echo "$@"; false; echo not here\n' >>"$T/drop/script"
	chmod 755 "$T/drop/script"
	bare "$as" cordon-sh@none "$T/drop/script" 'a b' c
	check "$who: a script whose first line names it" test "$rc $(cat "$T/out")" = "1 0077
a b c"
	bare "$T/bin/cordon-sh@real" -c 'kill -TERM $$'
	check "$who: a signal" saw 'signaled 15'
	# shellcheck disable=SC2016
	bare "$T/bin/cordon-sh@real" -c 'test "$PPID" = '"$$"' || echo "$PPID"; cat /proc/$$/comm'
	check "$who: in place: no cordon is left" test "$(sed -n '$p' "$T/out")" = sh
	rm -f "$T/drop/script"
}

# named NAME TEXT [ARGUMENT...]: refused, and nothing runs
named() {
	_link=$T/bin/$1 _text=$2
	shift 2
	rm -f "$T/drop/marker"
	bare "$_link" -c "echo >$T/drop/marker" "$@"
	was_refused "$who: $(printf %s "${_link##*/}" | tr '\n' ' ')" "$_text"
}

# The name is a word of the caller's, who may make any link: it names a stack or nothing.
ln -s "$CORDON" "$T/bin/cordon-sh@.."
ln -s "$CORDON" "$T/bin/cordon-sh@real@t"
ln -s "$CORDON" "$T/bin/cordon-sh@a b"
ln -s "$CORDON" "$T/bin/cordon-sh@$(printf 'x\ny')"
stack_of self '[stack]' "program = $CORDON" '[rlimits]' 'core = 0'
stack_of twin '[stack]' "program = $top_builddir/cordon-dynamic" '[rlimits]' 'core = 0'
stack_of link '[stack]' "program = $T/bin/cordon-sh@link" '[rlimits]' 'core = 0'
stack_of absent '[stack]' 'program = /nonexistent/sh' '[rlimits]' 'core = 0'
stack_of empty '[rlimits]' 'core = 0'
cp /bin/sh "$T/bin/over"
stack_of bound '[stack]' "program = $T/bin/over" '[rlimits]' 'core = 0'
for name in twin link absent empty bound; do
	ln -s "$CORDON" "$T/bin/cordon-sh@$name"
done
names() {
	named cordon-sh "cordon: other (for 'cordon-sh'): "
	named cordon-sh@none "cordon: other (for 'none'): "
	named cordon-sh@ "'' is not a stack's name"
	named cordon-sh@.. "'..' is not a stack's name"
	named cordon-sh@real@t "'real@t' is not a stack's name"
	named 'cordon-sh@a b' "'a b' is not a stack's name"
	named "cordon-sh@$(printf 'x\ny')" 'x\x0ay'
	named cordon-sh@self "self.ini:2: [stack] program: '$CORDON' is cordon itself"
	named cordon-sh@twin "twin.ini:2: [stack] program: "
	named cordon-sh@link "is cordon itself"
	named cordon-sh@empty "[stack] has no 'program', so nothing says what 'cordon-sh' runs"
	bare "$T/bin/cordon-sh@absent" -c true
	check "$who: a shell that is not there" test "$rc" = 127
	hostile=--argc0
	bare "$T/bin/cordon-sh@real"
	hostile=
	check "$who: without argv[0] (a kernel before 5.18), or with an empty one" \
		test "$rc" = 0 -o "$rc" = 125
	bare "$as" '../../cordon-sh@self' "$T/bin/cordon-sh@real" -c 'exit 4'
	check "$who: argv[0] names no stack" test "$rc" = 4
	bare "$T/bin/byfd" "$T/bin/cordon-sh@real" -c 'exit 5'
	check "$who: started by a descriptor, argv[0] does" test "$rc" = 5
}
both names
mount --bind "$CORDON" "$T/bin/over" || exit 99
bound() { named cordon-sh@bound "'$T/bin/over' is cordon itself"; }
both bound
umount "$T/bin/over"

# Where it is asked for by its plain name, the stack of that name is meant.
stack_of cordon-sh '[stack]' "program = $T/bin/shell" 'arguments = --posix  -r' '[rlimits]' 'core = 0'
plain() {
	bare "$as" -sh "$T/bin/cordon-sh" -c cmd
	check "$who: cordon-sh by itself, and arguments of the stack's" test "$(cat "$T/out")" = \
		"$(printf '<%s>\n' -sh --posix -r -c cmd)"
}
both plain

# check ... says the same beforehand
checked() {
	"$CORDON" check "$1" >"$T/out" 2>"$T/err"
	rc=$?
	check "check: $1" test "$rc" = "$2"
	check "check: $1: $3" grep -qF -- "$3" "$T/err" "$T/out"
}
stack_of folder '[stack]' 'program = /usr/bin' '[rlimits]' 'core = 0'
checked folder 125 "folder.ini:2: [stack] program: '/usr/bin' is not a program"
checked self 125 "self.ini:2: [stack] program: '$CORDON' is cordon itself"
checked absent 125 "absent.ini:2: [stack] program: cannot open '/nonexistent/sh'"
checked real 0 'real: ok'

all_ways forms
both real

# Nothing that the caller's loader would load runs in it, or in a job whose stack does not say so.
cat >"$T/marker.c" <<END
#include <fcntl.h>
__attribute__((constructor)) static void leave(void)
{
	open("$T/drop/loaded", O_CREAT | O_WRONLY, 0600);
}
END
${CC:-cc} -shared -fPIC -o "$T/bin/marker.so" "$T/marker.c" || exit 99
unloaded() {
	rm -f "$T/drop/loaded"
	bare /usr/bin/env "LD_PRELOAD=$T/bin/marker.so" /bin/true
	check "$who: the library does load elsewhere" test -e "$T/drop/loaded"
	for _steer in LD_PRELOAD LD_AUDIT; do
		hostile="--setenv $_steer=$T/bin/marker.so"
		rm -f "$T/drop/loaded"
		bare "$T/bin/cordon-sh@real" -c "test -z \"\$$_steer\""
		hostile=
		check "$who: $_steer is neither loaded nor passed on" test "$rc" = 0 -a ! -e "$T/drop/loaded"
	done
}
both unloaded
plan
