#!/bin/sh
# Only in the virtual machine (vm.t), where all controllers are of version 2: an
# ordinary user's limits in a group that was delegated to it, as systemd does.
. "$top_srcdir/tests/lib.sh"

base=/sys/fs/cgroup/delegated
unit=$base/unit

delegate() {
	mkdir "$base" "$unit" &&
		echo '+memory +pids +cpu +io' >"$base/cgroup.subtree_control" &&
		chown $free_uid "$unit" "$unit/cgroup.procs" "$unit/cgroup.threads" \
			"$unit/cgroup.subtree_control"
}

# in_unit COMMAND...: cordon is the only process of the unit
in_unit() {
	rm -f "$T/drop/record"
	bare /bin/sh -c "echo \$\$ >$unit/cgroup.procs && exec \"\$@\"" - \
		"$launch" --uid $free_uid -- \
		"$CORDON" run --conf "$T/conf" --record "$T/drop/record" t -- "$@"
}

recorded() {
	grep -q "\"$1\":$2[,}]" "$T/drop/record"
}

nothing_left() {
	test -z "$(find "$base" -mindepth 2 -type d)" -a \
		-z "$(cat "$unit/cgroup.procs" "$unit/cgroup.subtree_control")"
}

eat='my $x = "x" x (100 << 20); print length $x'

if ! delegate 2>"$T/err"; then
	not_ok 'a group of the user' ''
	plan
fi
limit=60

stack '[cgroup]' 'memory = 50M'
switch="--uid $free_uid"
inside /bin/true
was_refused 'I51 user: without delegation the limit is refused, with a word on how' Delegate=yes
switch=
stack '[cgroup]' 'memory = 400M' 'swap = 0'
in_unit /usr/bin/perl -e "$eat"
check 'I51 user, delegated: the control: enough memory' test "$rc:$(cat "$T/out")" = 0:104857600
check 'I51 user: what was enabled and made for it is gone' nothing_left
stack '[cgroup]' 'memory = 50M' 'swap = 0'
in_unit /usr/bin/perl -e "$eat"
check 'I51 user, delegated: killed for want of memory' ran 'signaled 9'
check 'I51 user: which the record tells' recorded reason '"oom"'
check 'I51 user: and nothing is left' nothing_left

stack '[cgroup]' 'pids = 6'
in_unit /bin/sh -c 'for n in 1 2 3 4 5 6 7 8 9; do sleep 1 & done; wait'
check 'I51 user, delegated: six processes and no more' grep -qi 'cannot fork' "$T/err"
in_unit /bin/sh -c 'for n in 1 2 3; do sleep 0.1 & done; wait'
check 'I51 user: three may be' test "$rc" = 0

stack '[cgroup]' 'pids = 20'
in_unit /bin/sh -c "trap '' TERM; setsid sleep 60 & exit 3"
check 'I50 user, delegated: a daemon ends with the main process' ran 'exited 3'
check 'I50 user: and its group' nothing_left

# The same uid owns the unit, so that only a mount or Landlock keeps a job in.
stack '[cgroup]' 'pids = 20' '[namespaces]' 'new = mount pid'
for file in cgroup.procs cgroup.subtree_control; do
	in_unit "$probe" open "$unit/$file" w
	judge_says "I52 user, delegated: $file of the unit" '~open (EROFS|EACCES|ENOENT)'
done
in_unit /bin/sh -c "for file in \$(find $unit -mindepth 2 -name pids.max -o -mindepth 2 \
	-name cgroup.procs); do $probe open \$file w; done"
judge_says 'I52 user, delegated: the files of its own group' '~open (EROFS|EACCES|ENOENT)' '!^open ok'

rmdir "$unit" "$base"
check 'all of it is gone' test ! -e "$base"
plan
