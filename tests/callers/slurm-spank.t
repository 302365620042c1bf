#!/bin/sh
# Slurm's plugin (spank/cordon_spank.c) in a real Slurm: each task is in a stack, the user chooses
# among those that are allowed, and what cannot be confined does not start.  Two minutes.
. "$top_srcdir/tests/callers/lib.sh"
plugin=$top_builddir/spank/.libs/cordon_spank.so
if ! test -e "$plugin"; then
	skip slurm-spank.t "the plugin is not built: configure found no slurm/spank.h (Debian: libslurm-dev)"
	plan
fi
. "$top_srcdir/tests/callers/slurm-node.sh"
more=PlugStackConfig=$dir/plugstack.conf

stack_of one '[stack]' '[rlimits]' 'nofile = 61'
stack_of two '[stack]' 'parent = always' '[rlimits]' 'nofile = 62'
for stack in one two; do ln -s "$CORDON" "$T/bin/cordon-spank@$stack"; done

# line WORD...: all of plugstack.conf, which slurmstepd reads for each task
line() {
	printf '%s\n' "$*" >"$dir/plugstack.conf"
}

as_usual() {
	line required "$plugin" stacks=one,two default=one doors="$T/bin"
}

cat >"$T/tell.c" <<'END_C'
#include <stdio.h>
extern char **environ;
int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("<%s>\n", argv[i]);
	for (int i = 0; environ[i]; i++)
		puts(environ[i]);
	return 3;
}
END_C
${CC:-cc} -o "$T/bin/tell" "$T/tell.c" || exit 99

# The variables of a job, and no others: cordon has an opinion on some.
plain="/usr/bin/env -i PATH=/usr/bin:/bin SLURM_CONF=$SLURM_CONF"

srun() {
	bare $plain $assign /usr/bin/srun -Q "$@"
}

# a_batch OPTION... LINE...: sbatch of a script of these lines; what it says is the output
a_batch() {
	_options=
	while test "${1#-}" != "$1"; do
		_options="$_options $1"
		shift
	done
	printf '%s\n' "$@" >"$T/place/batch"
	rm -f "$T/place/said"*
	bare $plain /usr/bin/sbatch -Q -W $_options -o "$T/place/said.%a" "$T/place/batch" 'a  b'
	cat "$T/place/said"* >"$T/out" 2>/dev/null
}

# is_refused NAME TEXT: no task started, and the user reads why
is_refused() {
	check "$who: $1: nothing started" test "$rc" != 0 -a ! -e "$T/drop/marker"
	check "$who: $1: and why" grep -qF -e "$2" "$T/err"
	rm -f "$T/drop/marker"
}

steps() {
	srun sh -c 'ulimit -n; exit 7'
	told 'srun: the stack of the line' 61
	check "$who: srun: the status" test "$rc" = 7
	srun --cordon-stack=two -n 2 sh -c 'ulimit -n; kill -SEGV $$'
	told 'srun -n 2: a stack that was chosen' 62 62
	check "$who: srun -n 2: a signal" test "$rc" = 139
	srun --cordon-stack=nothing "$probe" mark "$T/drop/marker"
	is_refused 'a stack that is not allowed' '--cordon-stack takes one of these: one,two'
	# by what srun sends, which anybody can send
	assign=_SLURM_SPANK_OPTION_cordon_cordon_stack=three
	srun "$probe" mark "$T/drop/marker"
	is_refused 'asked of slurmstepd' '--cordon-stack: a job may not have this stack'
	assign=SLURM_SPANK__SLURM_SPANK_OPTION_cordon_cordon_stack=two
	srun sh -c 'ulimit -n; srun -Q --overlap sh -c "ulimit -n"'
	told 'a stack by the variable, and what the job starts' 62 62
	assign=
	srun "--bcast=$T/place/" "$T/bin/tell"
	is_refused '--bcast to a folder' '--bcast needs the name of a file'
}

# With the plugin and without it: numbers alone are another job's.
exact() {
	line '#'
	srun "$T/bin/tell" 'a  b' '' --help
	sed '/^SLURM/s/[0-9][0-9]*/N/g' "$T/out" >"$T/without"
	as_usual
	srun "$T/bin/tell" 'a  b' '' --help
	sed '/^SLURM/s/[0-9][0-9]*/N/g' "$T/out" >"$T/with"
	check "$who: words and environment are those without the plugin" cmp "$T/without" "$T/with"
	check "$who: and the status" test "$rc" = 3
}

batch() {
	a_batch --cordon-stack=two '#!/bin/sh -u' 'ulimit -n; echo "$1 $-"' \
		'srun -Q sh -c "ulimit -n"; srun -Q --cordon-stack=one sh -c "ulimit -n"; exit 4'
	told 'sbatch: the script, its interpreter, its steps' 62 'a  b u' 62 61
	check "$who: sbatch: the status" test "$rc" = 4
	a_batch --array=1-2 '#!/usr/bin/awk -f' 'BEGIN {' 'while ((getline line <"/proc/self/limits") > 0)' \
		'if (line ~ /open files/) print substr(line, 26, 4) + 0, ENVIRON["SLURM_ARRAY_TASK_ID"] }'
	told 'an array, its script of another language' '61 1' '61 2'
	a_batch --cordon-stack=three '#!/bin/sh' true
	check "$who: sbatch: a stack that is not allowed" \
		grep -q 'cordon-stack takes one of these: one,two' "$T/err"
	bare $plain /usr/bin/salloc -Q --cordon-stack=two srun -Q sh -c 'ulimit -n'
	told 'salloc: its steps' 62
}

several() {
	printf '0 %s mark %s\n' "$probe" "$T/drop/marker" >"$T/place/programs"
	line '#'
	srun --multi-prog "$T/place/programs"
	check "$who: --multi-prog without the plugin" test "$rc:$(ls "$T/drop")" = 0:marker
	rm -f "$T/drop/marker"
	as_usual
	srun --multi-prog "$T/place/programs"
	is_refused '--multi-prog' '--multi-prog cannot be confined by this Slurm'
	srun echo '0 hello'
	is_refused 'what looks like it' '--multi-prog cannot be confined by this Slurm'
	srun env echo '0 hello'
	told 'with a word in front of it' '0 hello'
}

# It runs outside, as the page says.  What it sets for the task is the task's.
prolog() {
	printf '#!/bin/sh\necho "print $(ulimit -n)"\necho "%s"\n' "export CORDON_SPANK_ARGV0=/bin/echo" >"$T/place/prolog"
	chmod 755 "$T/place/prolog"
	srun --task-prolog="$T/place/prolog" sh -c 'ulimit -n'
	check "$who: --task-prolog: runs outside" grep -qvx 61 "$T/out"
	check "$who: --task-prolog: names another program for the stack" grep -qx -e '-c ulimit -n' "$T/out"
	printf '#!/bin/sh\necho "%s"\n' "unset CORDON_SPANK_ARGV0" >"$T/place/prolog"
	srun --task-prolog="$T/place/prolog" "$probe" mark "$T/drop/marker"
	is_refused '--task-prolog: names none' "'cordon-spank' is called by Slurm's plugin"
}

# lines NAME TEXT WORD...: what plugstack.conf says is no way out, `optional` neither
lines() {
	_name=$1 _text=$2
	shift 2
	line optional "$plugin" "$@"
	srun "$probe" mark "$T/drop/marker"
	is_refused "$_name" "$_text"
}

mistaken() {
	lines 'no stacks' 'plugstack.conf: stacks=NAME,... has to say' doors="$T/bin"
	lines 'no doors' 'doors=DIR has to say where the links cordon-spank@STACK are' stacks=one default=one
	lines 'another word' "plugstack.conf: not known, or there twice: 'stack=one'" stack=one
	lines 'no default' '--cordon-stack=NAME has to say which stack' stacks=one doors="$T/bin"
	lines 'no link' 'cordon-spank@four: No such file or directory' stacks=four default=four doors="$T/bin"
	lines 'no such stack' 'there is no stack of this name' stacks=six default=six doors="$T/bin"
	line optional "$plugin" stacks=one default=one doors="$T/bin"
	line "$(cat "$dir/plugstack.conf")
$(cat "$dir/plugstack.conf")"
	srun "$probe" mark "$T/drop/marker"
	is_refused 'two lines' 'the plugin is in plugstack.conf twice'
}
ln -s "$CORDON" "$T/bin/cordon-spank@six"

all_jobs() {
	steps
	exact
	batch
	several
	prolog
	mistaken
}

cd "$T/place" || exit 99
assign=
as_usual
if begin linuxproc; then
	as_user all_jobs
else
	not_ok 'a node that is idle' "$(tail -n 3 "$dir"/*.log "$dir"/*.out | cut -c1-200)"
fi
check 'slurmd says what is not confined' grep -q 'users name by --task-prolog and --task-epilog runs outside' "$dir/slurmd.log"
end
plan
