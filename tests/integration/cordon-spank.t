#!/bin/sh
# cordon-spank: the program is in a variable, which the job does not have.  In Slurm itself:
# tests/callers/slurm-spank.t.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip cordon-spank 'only root can put stacks where a front door looks for them'
	plan
fi

mkdir -m 755 "$T/bin"
door=$T/bin/cordon-spank@t
ln -s "$CORDON" "$door"
ln -s "$CORDON" "$T/bin/cordon-spank"
printf 'echo "text $0 $1"; env | grep -c SPANK\n' >"$T/bin/text"
chmod 755 "$T/bin/text"

# asked VALUE ARGUMENT...: as the plugin leaves it to slurmstepd
asked() {
	hostile="--setenv CORDON_SPANK_ARGV0=$1 --setenv PATH=/usr/bin:/bin"
	shift
	bare "$door" "$@"
	hostile=
}

door() {
	stack '[stack]' "parent = $parent" 'program = /bin/false' '[rlimits]' 'nofile = 61'
	asked /bin/sh -c 'echo "$0"; ulimit -n; env | grep SPANK' 'a  b'
	told "$form: the words, the stack, no variable" 'a  b' 61
	asked sh -c 'tr "\0" "," </proc/$$/cmdline; echo; exit 3'
	told "$form: a name, along PATH" 'sh,-c,tr "\0" "," </proc/$$/cmdline; echo; exit 3,'
	check "$who $form: the status" test "$rc" = 3
	asked "$T/bin/text" a
	told "$form: text without a first line" "text $T/bin/text a" 0
	bare "$door" /bin/echo
	was_refused "$who $form: without the variable" "'cordon-spank' is called by Slurm's plugin"
	asked '' /bin/echo
	was_refused "$who $form: with an empty one" "'cordon-spank' is called by Slurm's plugin"
	hostile='--setenv CORDON_SPANK_ARGV0=/bin/echo'
	bare "$T/bin/cordon-spank" a
	hostile=
	was_refused "$who $form: without a stack" "cordon: other (for 'cordon-spank'): "
}

all_ways door
plan
