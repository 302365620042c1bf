#!/bin/sh
# cordon-starter: the job's words come as arguments.  Grid Engine's three variables, HTCondor's
# error file, a plain prefix for the others; text without "#!".
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip cordon-starter 'only root can put stacks where a front door looks for them'
	plan
fi

cat >"$T/tell.c" <<'END'
#include <stdio.h>
int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("<%s>\n", argv[i]);
	return 3;
}
END
mkdir -m 755 "$T/bin" "$T/jobs"
${CC:-cc} -o "$T/bin/tell" "$T/tell.c" || exit 99
# A shell that tells its arguments, and is one of those that may be asked for.
cp "$T/bin/tell" "$T/bin/tellsh"
printf '%s\n' '# shells' /bin/sh "$T/bin/tellsh # ours" "$T/bin/cordon-sh" "$T/bin/cordon-starter@t" >"$T/shells"
mount --bind "$T/shells" /etc/shells || exit 99
starter=$T/bin/cordon-starter@t
ln -s "$CORDON" "$starter"
ln -s "$CORDON" "$T/bin/cordon-starter"
ln -s "$CORDON" "$T/bin/cordon-sh"
printf 'echo "text $0 $1"\n' >"$T/jobs/text"
printf '#!%s -x\n' "$T/bin/tell" >"$T/jobs/line"
chmod 755 "$T/jobs/text" "$T/jobs/line"

# told NAME LINE...
told() {
	_name=$1
	shift
	printf '%s\n' "$@" >"$T/want"
	check "$who $form: $_name" cmp "$T/want" "$T/out"
}

# sge MODE LOGIN ARGUMENT...: as Grid Engine's shepherd calls it
sge() {
	hostile="--setenv SGE_STARTER_SHELL_START_MODE=$1 --setenv SGE_STARTER_USE_LOGIN_SHELL=$2
		--setenv SGE_STARTER_SHELL_PATH=$T/bin/tellsh"
	shift 2
	bare "$starter" "$@"
	hostile=
}

grid_engine() {
	stack '[stack]' "parent = $parent" 'exit-failed = 100' '[rlimits]' 'core = 0'
	sge posix_compliant false "$T/jobs/line" 'a b' ''
	told 'Grid Engine: the shell, whatever the first line says' \
		"<$T/bin/tellsh>" "<$T/jobs/line>" '<a b>' '<>'
	sge posix_compliant true "$T/jobs/text" -c
	told 'Grid Engine: a login shell' '<-tellsh>' "<$T/jobs/text>" '<-c>'
	sge unix_behavior false "$T/jobs/line" a
	told 'Grid Engine: unix_behavior' "<$T/bin/tell>" '<-x>' "<$T/jobs/line>" '<a>'
	sge unix_behavior false "$T/jobs/text" a
	told 'Grid Engine: unix_behavior without a first line' "<$T/bin/tellsh>" "<$T/jobs/text>" '<a>'
	sge posix_compliant false 'echo "a  b" | wc -c; exit 4'
	told 'Grid Engine: one string is a line of the shell' "<$T/bin/tellsh>" '<-c>' '<echo "a  b" | wc -c; exit 4>'
	sge posix_compliant false "$T/bin/tell" a
	told 'Grid Engine: a binary runs by itself' "<$T/bin/tell>" '<a>'
	sge posix_compliant false "$T/bin"
	told 'Grid Engine: a folder is no script' "<$T/bin/tellsh>" '<-c>' "<$T/bin>"
	hostile="--setenv SGE_STARTER_SHELL_PATH=$T/bin/tell"
	bare "$starter" "$T/jobs/text"
	check "$who $form: Grid Engine: a shell that /etc/shells has not" \
		test "$rc:$(grep -c "SGE_STARTER_SHELL_PATH: '$T/bin/tell' is not a shell of /etc/shells" "$T/err")" = 100:1
	hostile='--setenv SGE_STARTER_SHELL_PATH=../tellsh'
	bare "$starter" "$T/jobs/text"
	check "$who $form: Grid Engine: a relative one" test "$rc" = 100
	# qrsh: Grid Engine says an empty path and unix_behavior, and sets SHELL
	hostile="--setenv SGE_STARTER_SHELL_PATH= --setenv SGE_STARTER_SHELL_START_MODE=unix_behavior
		--setenv SHELL=$T/bin/tellsh --setenv PATH=/usr/bin:/bin"
	bare "$starter" 'echo "a  b"; exit 4'
	told 'Grid Engine: qrsh: one string is a line of the user'"'"'s shell' "<$T/bin/tellsh>" '<-c>' '<echo "a  b"; exit 4>'
	bare "$starter" "$T/jobs/line" a
	told 'Grid Engine: qrsh: a script' "<$T/bin/tell>" '<-x>' "<$T/jobs/line>" '<a>'
	bare "$starter" "$T/bin/tell"
	told 'Grid Engine: qrsh: a path' "<$T/bin/tell>"
	bare "$starter" uname
	check "$who $form: Grid Engine: qrsh: a program along PATH" test "$rc:$(cat "$T/out")" = "0:$(uname)"
	bare "$starter" nosuch -l
	check "$who $form: Grid Engine: qrsh: two words are no line" test "$rc:$(wc -c <"$T/out")" = 127:0
	while read -r shell text; do
		hostile="--setenv SGE_STARTER_SHELL_PATH= --setenv SHELL=$shell"
		bare "$starter" 'echo a'
		check "$who $form: Grid Engine: qrsh: $text" \
			test "$rc:$(grep -c "t: SHELL: '$shell' is $text" "$T/err")" = 100:1
	done <<-END_SHELLS
		$T/bin/tell not a shell of /etc/shells
		tellsh not a shell of /etc/shells
		$T/bin/cordon-sh cordon itself
		$starter cordon itself
	END_SHELLS
	hostile=
}

prefix() {
	stack '[stack]' "parent = $parent" '[rlimits]' 'core = 0'
	bare "$starter" "$T/bin/tell" -- -p 'a b'
	told 'a prefix' "<$T/bin/tell>" '<-->' '<-p>' '<a b>'
	bare "$starter" tell
	check "$who $form: a name, along PATH" test "$rc" = 127
	bare "$starter" "$T/jobs/text" a
	told 'text without a first line is sh'"'"'s' "text $T/jobs/text a"
	stack '[stack]' "parent = $parent" '[scripts]' "allow = $T/jobs/*"
	bare "$starter" "$T/jobs/text" a
	told '[scripts] judges it as a script' "text $T/jobs/text a"
	stack '[stack]' "parent = $parent" '[scripts]' "allow = $T/bin/*"
	bare "$starter" "$T/jobs/text" a
	was_refused "$who $form: [scripts] refuses it" "$T/jobs/text"
	bare "$starter"
	was_refused "$who $form: without a job" "'cordon-starter' was called without a job"
	bare "$T/bin/cordon-starter" "$T/bin/tell"
	was_refused "$who $form: without a stack" "cordon: other (for 'cordon-starter'): "
}

# condor ERROR-FILE: whose existence means that the job was not to blame
condor() {
	hostile="--setenv _CONDOR_WRAPPER_ERROR_FILE=$1"
	bare "$starter" "${2-$T/bin/tell}"
	hostile=
}
has_reason() {
	test "$rc" = 125 && cmp -s "$T/err" "$scratch/error"
}
htcondor() {
	scratch=$T/drop/scratch
	mkdir -m 700 "$scratch"
	test "$who" = root -o "$me" = user || chown "$uid" "$scratch"
	stack '[stack]' "parent = $parent" '[rlimits]' 'core = 0'
	condor "$scratch/error"
	check "$who $form: HTCondor: no file where the job ran" test "$rc" = 3 -a ! -e "$scratch/error"
	stack '[deny]'
	condor "$scratch/error"
	if test "$who" = root; then
		check 'HTCondor: root writes none' test "$rc" = 125 -a ! -e "$scratch/error"
		rm -r "$scratch"
		return
	fi
	check "$who $form: HTCondor: the reason of a refusal" has_reason
	rm -f "$scratch/error"
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofiles = 1'
	condor "$scratch/error"
	check "$who $form: HTCondor: of a fault of the stack" has_reason
	rm -f "$scratch/error"
	if can_userns; then
		stack '[stack]' "parent = $parent" '[mounts]' 'root = empty' 'ro = /usr' '[process]' 'cwd = /nowhere'
		condor "$scratch/error"
		check "$who $form: HTCondor: of a step that failed in a root of the job's own" has_reason
		rm -f "$scratch/error"
	fi
	stack '[deny]'
	ln -s "$scratch/else" "$scratch/error"
	condor "$scratch/error"
	check "$who $form: HTCondor: no link is followed" test "$rc" = 125 -a ! -e "$scratch/else"
	condor "$scratch/none/error"
	check "$who $form: HTCondor: a folder that is not there" test "$rc" = 125
	condor error
	check "$who $form: HTCondor: a relative path" test "$rc" = 125 -a ! -e error
	rm -r "$scratch"
}

all_ways grid_engine
all_ways prefix
all_ways htcondor
plan
