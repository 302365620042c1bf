#!/bin/sh
# A Kestra worker and its tasks: a JVM that reads files and starts scripts by ProcessBuilder, in
# conf.d/kestra.ini, kestra-child.ini (at the JVM's jspawnhelper) and kestra-task.ini (as a
# task's interpreter).
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'kestra' 'only root can put stacks where a front door looks for them'
	plan
fi
java=
for helper in /usr/lib/jvm/java-17-openjdk-*/lib/jspawnhelper; do
	home=${helper%/lib/jspawnhelper}
	test ! -x "$home/bin/javac" || java=$home/bin/java
done
if test -z "$java"; then
	skip 'kestra' 'no JDK 17 (Debian: openjdk-17-jdk-headless)'
	plan
fi
not_sanitized 'a JVM takes minutes there'

mkdir -m 755 "$T/bin" "$T/classes" "$T/kestra-wd" "$T/forbidden" "$T/shared" "$T/place" "$T/as"
"$home/bin/javac" -d "$T/classes" "$top_srcdir/tests/callers/kestra/Worker.java" || exit 99
cp "$CORDON" "$T/bin/cordon-probe" 2>/dev/null
echo key >"$T/forbidden/key"
echo one >"$T/shared/one"
echo two >"$T/shared/two"
ln -s ../forbidden/key "$T/place/link"
chmod 777 "$T/place"
chmod 666 "$T/forbidden/key" "$T/shared/one" "$T/shared/two"

mkdir "$T/conf/kestra.d" "$T/conf/kestra-task.d"
printf '%s\n' '[landlock.paths]' "forbid = $T/forbidden" "forbid = $T/shared/one" "forbid = $T/later" 'hard-links = refuse' \
	>"$T/conf/kestra.d/paths.ini"
printf '%s\n' '[params]' "folder = dir under $T/kestra-wd from cwd required" \
	'[landlock]' "execute = $tools" '[timeout]' 'grace = 500ms' >"$T/conf/kestra-task.d/place.ini"

# worker COMMAND...: the JVM, in its stack or, with $bare, without
worker() {
	bare $front "$java" -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$T/classes" Worker "$@"
}
front_of() { front="$CORDON run --conf $T/conf kestra --"; }

can_start() {
	can_userns || { skip "$who: kestra" 'no user namespace here'; return 1; }
}

task_folder() {
	rm -rf "$T/kestra-wd/$1"
	mkdir -m 700 "$T/kestra-wd/$1"
	echo secret >"$T/kestra-wd/$1/file"
	chown -R "$uid" "$T/kestra-wd/$1"
}

# ---- forbidden paths: in the JVM, and in what it starts ----

paths() {
	can_start || return
	set -- read "$T/forbidden/key" -- append "$T/forbidden/key" -- read "$T/place/link" \
		-- read "/proc/self/root$T/forbidden/key" -- read "$T/shared/one" -- read "$T/shared/two" \
		-- task "$T/place" /bin/sh -c "cat $T/forbidden/key 2>/dev/null && echo && echo cat; ls $T/forbidden 2>/dev/null
			cat $T/place/link 2>/dev/null && echo && echo link; cat /proc/self/root$T/forbidden/key 2>/dev/null && echo && echo root
			(echo x >>$T/forbidden/key) 2>/dev/null && echo append; cat $T/shared/two
			mkdir $T/later 2>/dev/null && echo later; echo $T/place/*; grep -E 'NoNewPrivs|Seccomp:' /proc/self/status"
	front=
	worker "$@"
	rm -rf "$T/later"
	judge_says "$who: the control: without cordon all of it can be read" "read $T/forbidden/key done" \
		"append $T/forbidden/key done" "read $T/shared/one done" 'out cat' 'out link' 'out root' 'out append' 'exit 0'
	front_of
	worker "$@"
	judge_says "$who: the JVM cannot read, nor append to, what is forbidden, by a link or /proc either" \
		"read $T/forbidden/key AccessDeniedException" "append $T/forbidden/key AccessDeniedException" \
		"read $T/place/link AccessDeniedException" "read /proc/self/root$T/forbidden/key AccessDeniedException" \
		"read $T/shared/one AccessDeniedException"
	judge_says "$who: what lies beside one forbidden file can be" "read $T/shared/two done" 'out two' 'exit 0'
	judge_says "$who: nor can what the JVM starts: cat, ls, append, a link, /proc; nor make it" '!^out (cat|key|link|root|append|later)'
	judge_says "$who: no new privileges, and a filter, in its children" '~out NoNewPrivs:	1' '~out Seccomp:	2'
	ln "$T/shared/one" "$T/place/hard"
	worker read "$T/place/hard"
	check "$who: a forbidden file with a second name: the worker does not start" \
		test "$rc:$(grep -c 'hard link' "$T/err"):$(grep -c "done" "$T/out")" = 125:1:0
	rm -f "$T/place/hard"
	ln "$T/forbidden/key" "$T/place/hard"
	worker read "$T/place/hard"
	check "$who: as does a file below a forbidden folder" \
		test "$rc:$(grep -c 'hard link' "$T/err"):$(grep -c "done" "$T/out")" = 125:1:0
	rm -f "$T/place/hard"
}
both paths

# ---- one task's script ----

as_task() {
	can_start || return
	task_folder "A.$who"
	task_folder "B.$who"
	other=$T/kestra-wd/B.$who/file
	hostile="--setenv PATH=/usr/bin:/bin --setenv SECRET_DB=hunter2"
	set -- -c "set -e
cat file; echo \"::{\\\"outputs\\\":{\\\"a\\\":1}}::\"; mkdir out; echo made >out/result
echo \"\${SECRET_DB-none} \$WORKING_DIR\"
cat $other 2>/dev/null && echo reads || echo kept; (echo x >$other) 2>/dev/null && echo writes
ls $T/kestra-wd >/dev/null 2>&1 && echo lists; grep -ac SECRET_DB /proc/\$\$/environ || :
kill -0 \$PPID 2>/dev/null && echo signals
exit 7"
	front=
	worker task "$T/kestra-wd/A.$who" /bin/sh "$@"
	judge_says "$who: the control: a task's script, without cordon" 'out secret' 'out ::{"outputs":{"a":1}}::' \
		"out hunter2 $T/kestra-wd/A.$who" 'out reads' 'out writes' 'out lists' 'out 1' 'exit 7'
	rm -rf "$T/kestra-wd/A.$who/out"
	front_of
	worker task "$T/kestra-wd/A.$who" "$CORDON" run --conf "$T/conf" kestra-task @@ /bin/sh "$@"
	judge_says "$who: outputs and the exit status are as without cordon, and stderr is empty" 'out secret' \
		'out ::{"outputs":{"a":1}}::' 'exit 7' '!^err'
	check "$who: its files are there for the worker to collect" grep -qx made "$T/kestra-wd/A.$who/out/result"
	judge_says "$who: another task's folder, of the same user, is out of reach" 'out kept' '!^out (reads|writes|lists)'
	judge_says "$who: it has no variable of the JVM's but those that are listed" \
		"out none $T/kestra-wd/A.$who" 'out 0'
	worker task "$T/place" "$CORDON" run --conf "$T/conf" kestra-task @@ /bin/sh -c 'echo ran'
	judge_says "$who: a script that does not stand in a task's folder does not run" 'exit 125' '!^out ran'
	worker task "$T/kestra-wd/A.$who" "$CORDON" run --conf "$T/conf" kestra-tusk @@ /bin/sh -c 'echo ran'
	judge_says "$who: a stack that nobody wrote" 'exit 125' '!^out ran'
	hostile=
}
both as_task

# Kestra asks by TERM, and never kills.
ended() {
	can_start || return
	task_folder "K.$who"
	# without the worker's stack: both ways of ending it are kestra-task's
	front=
	worker kill "$T/kestra-wd/K.$who" "$CORDON" run --conf "$T/conf" kestra-task @@ /bin/sh -c \
		'trap "" TERM; (trap "" TERM; exec sleep 300) >/dev/null 2>&1 & setsid sleep 301 >/dev/null 2>&1 & echo ready
		while :; do sleep 0.1; done'
	judge_says "$who: who does not hear TERM is killed" '~exit (137|143)'
	check "$who: and nothing is left of it" saw 'left 0'
}
both ended

# ---- the interpreter attack: what no task can choose ----

shimmed() {
	can_start || return
	task_folder "S.$who"
	hostile="--setenv PATH=/usr/bin:/bin --setenv CORDON_STACK=default --setenv CORDON_CONF=$T/place"
	front_of
	worker task "$T/kestra-wd/S.$who" /bin/sh -c "grep -E 'NoNewPrivs|Seccomp_filters' /proc/self/status; ulimit -c
		test -e /run/docker.sock && echo docker; kill -0 \$PPID 2>/dev/null && echo signals
		readlink /proc/self/ns/mnt; cat $T/forbidden/key 2>/dev/null && echo reads; unshare -Ur true 2>/dev/null && echo unshared; exit 0" \
		-- task "$T/kestra-wd/S.$who" "$CORDON" run --conf "$T/conf" kestra-task @@ /bin/sh -c 'echo both'
	judge_says "$who: an interpreter of the task's own: filters of both stacks, the worker's masks and paths" \
		'~out NoNewPrivs:	1' "~out Seccomp_filters:	[2-9]" 'out 0' 'exit 0' '!^out (docker|signals|reads|unshared)'
	check "$who: in namespaces of the worker's" \
		test "$(grep -c 'out mnt' "$T/out"):$(grep -cF "out $(readlink /proc/self/ns/mnt)" "$T/out")" = 1:0
	judge_says "$who: and a task's own stack inside it" 'out both'
	hostile=
}
mkdir "$T/over"
if mount -t tmpfs none "$T/over" && mkdir "$T/over/up" "$T/over/work" && cp "$helper" "$T/bin/jspawnhelper" &&
	ln -s "$CORDON" "$T/over/up/jspawnhelper" &&
	mount -t overlay none -o "lowerdir=$home/lib,upperdir=$T/over/up,workdir=$T/over/work" "$home/lib"; then
	stack_of jspawnhelper '[stack]' 'include = kestra-child' "program = $T/bin/jspawnhelper"
	mkdir -p "$T/run" && : >"$T/run/docker.sock"
	both shimmed
	umount -l "$home/lib"
else
	skip 'the interpreter attack' 'no overlay here'
fi

# ---- threads by prefix ----

threads() {
	if test -z "$python"; then
		skip "$who: threads" 'no /usr/bin/python3'
		return
	fi
	for _folder in a ab; do
		mkdir -p "$T/opt/$_folder"
		cp "$(readlink -f "$python")" "$T/opt/$_folder/python"
	done
	stack '[threads]' "allow = $T/opt/a"
	_script='import threading; t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()'
	inside "$T/opt/a/python" -I -c "$_script"
	told 'threads below an allowed prefix' thread
	inside "$T/opt/ab/python" -I -c "$_script"
	check "$who: and not beside it" test "$rc:$(grep -c "can't start new thread" "$T/err")" = 1:1
}
both threads
plan
