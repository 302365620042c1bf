#!/bin/sh
# cordon learn: from a stack that allows nearly nothing, sections with which the job runs,
# and another does not.
. "$top_srcdir/tests/lib.sh"

if ! "$probe" landlock | grep -q '^abi [1-9]'; then
	skip 'cordon learn' 'no Landlock'
	plan
fi
mkdir "$T/conf/seccomp" "$T/conf/t.d"
printf '%s\n' 'default errno:EPERM' 'allow execve exit exit_group write' \
	>"$T/conf/seccomp/least"
cp "$top_srcdir/conf.d/seccomp/groups" "$top_srcdir/conf.d/seccomp/default" "$T/conf/seccomp"
least='[seccomp]
profile = least
[landlock]
read =
[rlimits]
nofile = 4'

# learns COMMAND...: the sections are in $T/learned, and the job's output in $T/err.
learns() {
	rm -f "$T/conf/t.d/learned.ini"
	bare "$CORDON" learn --as-root --conf "$T/conf" t -- "$@"
	cp "$T/out" "$T/learned"
}

paste() {
	cp "$T/learned" "$T/conf/t.d/learned.ini"
}

# learned NAME LINE...: as says, of what was learned
learned() {
	_name="$who: $1" missing=
	shift
	cp "$T/learned" "$T/out"
	if says "$@"; then
		ok "$_name"
	else
		not_ok "$_name" "not as wanted:$missing" "$(cat "$T/learned")"
	fi
}

# teaches NAME TEXT COMMAND...: learns from the command, which says TEXT then and later.
teaches() {
	_name=$1 _text=$2
	shift 2
	learns "$@"
	_first=$rc:$(grep -c -- "$_text" "$T/err")
	paste
	inside "$@"
	check "$who: $_name runs while it is learned from ($_first), and then as learned ($rc)" \
		test "$_first:$rc:$(grep -c -- "$_text" "$T/out")" = 0:1:0:1
}

# fails NAME COMMAND...: runs without cordon, and may make $T/drop/$who.mark; what was
# learned does not allow it.
fails() {
	_name=$1
	shift
	bare "$@"
	_bare=$rc
	rm -f "$T/drop/$who.mark"
	inside "$@"
	check "$who: $_name (bare $_bare, learned $rc)" \
		test "$_bare" = 0 -a "$rc" != 0 -a ! -e "$T/drop/$who.mark"
}

real() {
	stack "$least" '[seccomp.named]' 'deny = getppid'
	teaches 'a shell script' 'from a file' /bin/sh "$T/read" "$T/file"
	learned 'a shell script' "read = $T/file" "read = $T/read" '~execute = .*/dash' \
		'~allow = .*\bopenat\b.*' 'nofile = 16' '!\bclone\b' '!\bsocket\b' '!^write' \
		'!^allow = .*getppid' '~; getppid, .*by name'
	fails 'a script that reads another file' /bin/sh "$T/read" /etc/passwd
	stack "$least"
	teaches 'a text file, by a shell' 'from a file' "$T/read" "$T/file"
	learned 'a text file' "execute = $T/read" '~execute = .*/dash'
	fails 'another program' /bin/cat "$T/file"
	check "$who: and says what it lacks, below a filter too" \
		grep -qF 'Permission denied ([landlock] must allow to execute it' "$T/err"
	if test -x /usr/bin/sqlite3; then
		teaches sqlite3 '^7$' /usr/bin/sqlite3 "$T/drop/$who.db" \
			'create table if not exists t(x); insert into t values(7); select max(x) from t'
		fails 'sqlite3 that starts a shell' /usr/bin/sqlite3 "$T/drop/$who.db" \
			'create table if not exists u(x)' ".shell touch $T/drop/$who.mark" \
			".import $T/drop/$who.mark u"
		fails 'sqlite3 with another file' /usr/bin/sqlite3 -bail '' 'create table t(x)' \
			".import $T/read t"
	else
		skip 'sqlite3' 'no /usr/bin/sqlite3'
	fi
	if test -x /usr/bin/git; then
		stack "$least" '[env]' 'set = GIT_CONFIG_NOSYSTEM=1' 'set = HOME=/nonexistent' \
			"set = GIT_CONFIG_COUNT=1" 'set = GIT_CONFIG_KEY_0=safe.directory' \
			'set = GIT_CONFIG_VALUE_0=*'
		teaches git '^ *first$' /usr/bin/git -C "$T/repository" log
		fails 'git that starts a shell' /usr/bin/git -c "alias.mark=!touch $T/drop/$who.mark" mark
	else
		skip 'git' 'no /usr/bin/git'
	fi
	if test -n "$python"; then
		# an address, a thread, another program: each has calls of its own
		stack "$least" '[landlock.ports]' 'bind-tcp ='
		teaches 'a Python script' '^done$' "$python" -I "$T/job.py" "$T/drop/$who.txt" echo
		learned 'a Python script' 'sockets = inet' 'bind-tcp = 0' '~connect-tcp = [0-9]+' \
			'~execute = .*/echo' "!^read = (/|$T|$T/drop)\$"
	fi
}

printf '%s\n' 'from a file' >"$T/file"
printf '%s\n' 'read line <"$1" && echo "$line"' >"$T/read"
chmod 755 "$T/read"
cat >"$T/job.py" <<'PY'
import socket, subprocess, sys, threading
thread = threading.Thread(target=open(sys.argv[1], "w").close)
thread.start()
thread.join()
here = socket.create_server(("127.0.0.1", 0))
# no rule is of use for a port that is another one each time: this one is not told
try:
    socket.socket().connect(here.getsockname())
except PermissionError:
    pass
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 53))
if sys.argv[2:]:
    print(subprocess.run([sys.argv[2], "done"], capture_output=True, text=True).stdout, end="")
PY
if test -x /usr/bin/git; then
	/usr/bin/git init -q "$T/repository" &&
		/usr/bin/git -C "$T/repository" -c user.name=t -c user.email=t@t \
			commit -q --allow-empty -m first
	chmod -R a+rX "$T/repository"
fi
both real

# ---- what stays in force ----

stack '[seccomp]' 'deny = getppid'
refusal() {
	bare "$CORDON" learn --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
}
without() {
	rm -f "$T/drop/marker"
	refusal
	was_refused 'root without --as-root' '--as-root'
	bare /usr/bin/unshare -p -f "$CORDON" learn --as-root --conf "$T/conf" t -- \
		"$probe" mark "$T/drop/marker"
	was_refused 'whose /proc numbers processes otherwise' '/proc is not'
}
as_root without
user_may() {
	refusal
	check 'a user needs no word for it' test "$rc" = 0 -a -e "$T/drop/marker"
	rm -f "$T/drop/marker"
	bare "$CORDON" learn --conf "$T/conf" absent -- "$probe" mark "$T/drop/marker"
	was_refused 'of a stack that is not there nothing is learned' absent
}
as_user user_may

# What an admin named stays: `deny`, `forbid`, `final`, and what leads out of it all.
mkdir -m 755 "$T/secret" "$T/mine"
echo secret >"$T/secret/file"
strict() {
	stack '[seccomp]' 'deny = getppid' '[landlock]' "forbid = $T/secret/file" \
		'[landlock.files]' 'final = yes' 'read = /' 'execute = /' "write = $T/drop" 'write = /dev/null' \
		'[rlimits]' 'final = yes' 'nofile = 20'
	learns /bin/sh -c "cat $T/secret/file; ulimit -n; echo >$T/mine/x; unshare -U true; true"
	learned 'what an admin named stays refused' '!^[^;]' '~; getppid, .*by name' \
		"~; $T/secret/file: 'forbid' stays in force" "~; $T/mine: .*final = yes.*" \
		'~; unshare, .* refused while learning too'
	check "$who: and was refused in that run" test "$(grep -c secret$ "$T/err"):$(grep -cx 20 \
		"$T/err"):$(test -e "$T/mine/x" || echo none)" = 0:1:none
	stack '[deny]'
	bare "$CORDON" learn --as-root --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "$who: who decides is asked as ever" '[deny]'
}
both strict

# Ids and namespaces are those of a run, and paths those of the job's own root.
namespaces() {
	if ! can_userns; then
		skip "$who: namespaces" 'no user namespace here'
		return
	fi
	stack '[stack]' "include = as-root" '[namespaces]' 'new = pid net ipc' '[process]' \
		'cwd = /' '[mounts]' 'root = empty' 'ro = /usr' 'ro = -/lib' 'ro = -/lib64' 'ro = -/bin' \
		"ro = $T/file:/data/in" 'tmpfs = /out' '[landlock]' 'read ='
	teaches 'in namespaces' '^from a file$' /bin/sh -c \
		'cat /data/in; echo x >/out/new; echo y >/usr/new; echo z >>/data/in
		test -e /out/new -a $$ -lt 9 -a "$(id -u)" != 0'
	learned 'in namespaces' 'read = /data/in' "!$T" '~; /usr: .*read-only.*' \
		'~; /data/in: .*read-only.*' \
		'write = /out'
}
printf '%s\n' '[user]' 'when = root' "user = $free_uid" "group = $free_uid" >"$T/conf/as-root.ini"
both namespaces

# A name that would be a line of its own, or a parameter, is not one.
odd=$(printf 'a\n[caps]')
printf x >"$T/drop/$odd"
printf x >"$T/drop/\${home} "
stack "$least"
learns /bin/sh -c "cd $T/drop; read x <'$odd'; read x <'\${home} '; kill -9 \$\$"
learned 'odd names' '!^\[caps' "~; \\[landlock\\] read: no line can say .*" '!^read = .*home'
check 'the status is that of the job' test "$rc" = 137

# A job that lies to its listener, or wants him to hang.  What is printed is what a stack takes,
# and the job of it is no more than what an admin may read in it.
cp "$top_builddir/tests/tools/mislead" "$T/mislead" || exit 99
misled() {
	rm -rf "$T/lies"
	mkdir "$T/lies"
	"$T/mislead" --make "$T/lies"
	chown "$uid" "$T/lies/gone" 2>/dev/null
	stack '[seccomp]' 'profile = least' '[landlock]' 'read =' '[rlimits]' 'as = 1M' 'nofile = 4' \
		'stack = 64K' 'cpu = 0'
	learns "$T/mislead" "$T/lies"
	check "$who: a job that misleads ends" test "$rc:$(cat "$T/err")" = 0:done
	learned 'and what it says is lines' '!^;.*does not take' '!deleted' '!^\[caps' \
		'!^as = .*[0-9]{4}M' \
		'~cpu = [0-9]+s' '~stack = [0-9]M' \
		'~read = .*/etc/passwd' '~; [0-9]+ calls name files that could not be looked into' \
		"~; \\[landlock\\] read: no line can say '.*/1/a #x'" \
		"~; \\[landlock\\] read: no line can say '.*/3/a /x'" \
		"~; \\[landlock\\] read: no line can say '.*/0/a.*caps\\]'" "read = $T/lies/6/a\$\$x" \
		"read = $T/lies/15/[caps]" "read = $T/lies/17/a:b"
	check "$who: of which none is a terminal's" test -z "$(LC_ALL=C tr -d '\n -~' <"$T/learned")"
	paste
	"$CORDON" check --conf "$T/conf" t >"$T/out" 2>"$T/err"
	check "$who: which a stack takes" test $? = 0
	rm -f "$T/conf/t.d/learned.ini"
}
out_of_reach() {
	stack '[landlock]' 'read ='
	learns "$T/mislead" --trace
	cp "$T/err" "$T/out"
	judge_says "$who: who listens is out of its reach" 'descriptors 0' 'memory 0' 'attached 0'
	# and what he may not read is out of his
	mkdir "$T/closed"
	cp "$T/mislead" "$T/closed"
	chmod 111 "$T/closed/mislead"
	stack '[landlock]' 'read =' '[rlimits]' 'nofile = 4'
	learns "$T/closed/mislead" --calls "$T/closed"
	learned 'a program that cannot be read' \
		'~; [0-9]+ calls name files that could not be looked into' "!^[a-z]+ = $T"
	# More than a list has room for, and longer than a stack may be.
	mkdir -m 777 "$T/many"
	learns "$T/mislead" --many "$T/many"
	learned 'too many programs' '~; the stack does not take this: .*larger than.*' \
		'~; [0-9]+ calls name files that could not be looked into'
}
both misled
as_user out_of_reach

# What few programs call, each in a folder of its own.
few() {
	for name in made cut seen from to both script; do
		rm -rf "$T/${who:?}/$name"
		mkdir -p "$T/$who/$name"
	done
	for name in cut seen from; do echo x >"$T/$who/$name/x"; done
	for name in a b c d; do echo '#!x' >"$T/$who/both/$name"; done
	printf '#! /bin/sh\nexit 0\n' >"$T/$who/script/x"
	chmod 755 "$T/$who"/*/?
	chown -R "$uid" "$T/$who"
	shm='write = /dev/shm'
	test "$(realpath /dev/shm)" = /dev/shm && test -d /dev/shm || shm="!$shm"
	stack '[seccomp]' 'sockets = unix' '[landlock]' 'read =' '[landlock.ports]' 'connect-tcp = 7'
	learns "$T/mislead" --calls "$T/$who"
	learned 'creat, truncate, openat2, renameat2' "write = $T/$who/made" "write = $T/$who/cut/x" \
		"read = $T/$who/seen/x" "write = $T/$who/from" "write = $T/$who/to"
	learned 'what is written and executed is no folder' "write = $T/$who/both/a" \
		"execute = $T/$who/both/d"
	learned 'a script that says its shell' "execute = $T/$who/script/x" \
		'~execute = .*/(dash|bash|busybox)'
	learned 'a folder for all is noted, and one that many write to allowed' \
		'~; /usr: asked for as a whole.*' "$shm"
	learned 'ports, once each, and a family' 'connect-tcp = 9 11 13 15' 'sockets = unix inet'
	check "$who: which it made" test "$rc:$(wc -c <"$T/$who/cut/x"):$(cat "$T/$who/to/x")" = 0:0:x
}
both few

# Without a word on when the job ends it is not begun.
unwatched() {
	stack_of outer '[seccomp]' 'deny = pidfd_open'
	stack '[seccomp]' 'deny = getppid'
	bare "$CORDON" run --conf "$T/conf" outer -- "$CORDON" learn --as-root --conf "$T/conf" t \
		-- "$probe" mark "$T/drop/marker"
	was_refused 'a job that cannot be watched' "cannot watch the job's process"
}
as_user unwatched

# The home of whom the job runs as, which is that of others' programs here.
home() {
	_home=$(getent passwd daemon | cut -d: -f6)
	case $_home in
	/*/*) ;;
	*) _home= ;;
	esac
	if test "$(realpath "${_home:-/}")" != "$_home"; then
		skip "$who: a home" 'daemon has none of its own'
		return
	fi
	stack '[user]' 'user = daemon' '[landlock]' 'read ='
	learns /bin/ls "$_home"
	learned 'a home is asked for as a whole' "~; $_home: asked for as a whole.*" "!^read = $_home\$"
}
as_root home

stack '[landlock]' 'read ='
# shellcheck disable=SC2016 # the job's
learns /bin/sh -c 'trap "exit 7" TERM; kill -STOP $PPID; kill -CONT $PPID; kill -TERM $PPID
while :; do :; done'
check 'a signal to who listens, who was stopped before, reaches the job' test "$rc" = 7

stack '[env]' 'keep = PATH'
learns /bin/true
learned 'nothing to learn' '; t refuses nothing of what this job asked for'
plan
