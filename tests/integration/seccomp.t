#!/bin/sh
# [seccomp]: what real programs can do in each profile, and what is refused.
. "$top_srcdir/tests/lib.sh"

filtered() { stack '[stack]' "parent = $parent" '[seccomp]' "$@"; }

# needs PROGRAM ARGUMENT...: or a skip
needs() {
	_path=$(command -v "$1") || _path=/nonexistent
	_program=$1
	shift
	if "$launch" --timeout 60 $switch -- "$_path" "$@" >/dev/null 2>&1 </dev/null; then
		return 0
	fi
	skip "$name: $_program" "no $_program here that $who can start"
	return 1
}

# ---- the profile `default` carries what jobs need ----

in_python='
import os, sqlite3, subprocess, threading, socket, tempfile, mmap, signal, multiprocessing
out = []
threads = [threading.Thread(target=out.append, args=(i,)) for i in range(4)]
[t.start() for t in threads]; [t.join() for t in threads]
assert sorted(out) == [0, 1, 2, 3]
assert subprocess.run(["/bin/sh", "-c", "exit 3"]).returncode == 3
folder = tempfile.mkdtemp(dir=os.environ["DROP"])
db = sqlite3.connect(folder + "/t.db")
db.execute("create table t (a)"); db.execute("insert into t values (7)"); db.commit()
assert db.execute("select a from t").fetchall() == [(7,)]
db.close(); os.remove(folder + "/t.db"); os.rmdir(folder)
a, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
c = socket.create_connection(s.getsockname()); c.close()
with multiprocessing.Pool(2) as pool: assert pool.map(abs, [-1, -2]) == [1, 2]
'
in_node='
const { Worker } = require("worker_threads");
const fs = require("fs"), net = require("net"), child = require("child_process");
child.execFileSync("/bin/true");
fs.readdirSync("/");
const server = net.createServer(s => s.end()).listen(0, "127.0.0.1", () =>
	net.connect(server.address().port, "127.0.0.1").on("close", () => server.close()));
new Worker("require(\"worker_threads\").parentPort.postMessage(1)", { eval: true })
	.on("message", m => process.exitCode = m - 1).on("error", () => process.exit(9));
process.exitCode = 8;
'
in_java='
import java.nio.file.*;
public class T {
	public static void main(String[] a) throws Exception {
		Thread t = new Thread(() -> System.out.println("thread"));
		t.start(); t.join();
		Process p = new ProcessBuilder("/bin/true").start();
		System.gc();
		System.exit(p.waitFor());
	}
}
'

programs() {
	name="$who $form: default"
	filtered 'profile = default'
	limit=120
	job "$name: a shell with pipes, jobs and a here document" \
		'set -e; x=$(seq 100 | sort -r | head -1); test "$x" = 99 -o "$x" = 9 -o "$x" = 98
		sleep 0 & wait; cat <<E | grep -q x
x
E'
	if needs /usr/bin/python3 -I -c pass; then
		printf '%s' "$in_python" >"$T/t.py"
		inside /usr/bin/env "DROP=$T/drop" /usr/bin/python3 -I "$T/t.py"
		check "$name: python with threads, processes, sqlite, sockets" ran 'exited 0'
	fi
	if needs perl -e 1; then
		job "$name: perl" "perl -e 'use Socket; pipe(R, W); exit(system(\"/bin/true\"))'"
	fi
	if needs gcc --version; then
		printf 'int main(void) { return 0; }\n' >"$T/drop/t.c"
		job "$name: gcc" "cd $T/drop && gcc -o t.$who t.c && ./t.$who && rm t.$who"
	fi
	if needs git --version; then
		job "$name: git" "cd $T/drop && mkdir g.$who && cd g.$who && export HOME=\$PWD &&
			git -c init.defaultBranch=m init -q . && echo x >f && git add f &&
			git -c user.name=x -c user.email=x commit -qm x && git log -1 >/dev/null &&
			cd .. && rm -rf g.$who"
	fi
	if needs node -e 0; then
		printf '%s' "$in_node" >"$T/t.js"
		inside "$(command -v node)" "$T/t.js"
		check "$name: node with a worker, a child and a socket" ran 'exited 0'
	fi
	if needs java -version && needs javac -version; then
		printf '%s' "$in_java" >"$T/drop/T.java"
		test -s "$T/T.class" || javac -d "$T" "$T/drop/T.java"
		inside "$(command -v java)" -Xmx64m -XX:-UsePerfData -cp "$T" T
		check "$name: java with a thread and a process" test "$rc" = 0
	fi
	limit=$patience
}

# ---- the other profiles ----

profiles() {
	name="$who $form: no-network"
	filtered 'profile = no-network'
	if test -n "$python"; then
		limit=120
		job "$name" "$python -I -c 'import socket
socket.socketpair()
socket.socket(socket.AF_UNIX)
try: socket.socket(); raise SystemExit(9)
except PermissionError: pass'"
		limit=$patience
	fi
	name="$who $form: no-exec"
	filtered 'profile = no-exec'
	job "$name: forks" '(exit 0)'
	job "$name: but starts nothing" '/bin/true 2>/dev/null; test $? = 126'
	inside "$probe" exec /bin/true
	judge_says "$name: not by itself either" 'exec EPERM'
	printf 'test "$0" = "%s" && (exit 0)\n' "$T/drop/bare" >"$T/drop/bare"
	chmod 755 "$T/drop/bare"
	inside "$T/drop/bare"
	check "$name: a file without '#!' is given to the shell" ran 'exited 0'
	printf '#!/bin/sh\nexit 4\n' >"$T/drop/script"
	chmod 755 "$T/drop/script"
	inside "$T/drop/script"
	check "$name: and one with it" ran 'exited 4'
	inside /nonexistent/x
	check "$name: 127 is told" test "$rc" = 127
	printf '#!/nonexistent/x\n' >"$T/drop/script"
	inside "$T/drop/script"
	check "$name: also behind the filter" test "$rc" = 127 -a "$(wc -l <"$T/err")" = 1
	name="$who $form: no-threads"
	filtered 'profile = no-threads'
	inside "$probe" filters
	judge_says "$name: no second one" 'thread EAGAIN'
	job "$name: but processes" '/bin/true'
	name="$who $form: strict"
	filtered 'profile = strict'
	inside "$probe" callself fork:"$(number clone)":17 socket:"$(number socket)":1:1 \
		pid:"$(number getpid)"
	judge_says "$name" 'fork EPERM' 'socket EPERM' 'pid ok'
	if test -n "$python"; then
		limit=120
		inside "$python" -I -c 'open("/etc/passwd").read(); print(2 ** 100)'
		check "$name: a program computes and reads" ran 'exited 0'
		limit=$patience
	fi
}

number() {
	sed -n "s/^{ \"$1\", \([0-9]*\) },/\1/p" "$top_builddir/modules/seccomp_calls.h"
}

# ---- sections together ----

joined() {
	name="$who $form: two sections"
	mkdir -p "$T/conf/seccomp"
	stack '[stack]' "parent = $parent" '[seccomp.a]' 'profile = no-exec' '[seccomp.b]' \
		'profile = no-network' 'deny = fchmod'
	bare "$CORDON" explain --conf "$T/conf" t
	grep '^seccomp-program' "$T/out" | sed 's/ \[.*//' >"$T/one"
	inside "$probe" exec /bin/true
	judge_says "$name: what one denies" 'exec EPERM'
	inside "$probe" callself inet:"$(number socket)":2:1 mode:"$(number fchmod)":-1
	judge_says "$name: what the other denies" 'inet EPERM' 'mode EPERM'
	stack '[stack]' "parent = $parent" '[seccomp.a]' 'profile = no-network' 'deny = fchmod' \
		'[seccomp.b]' 'profile = no-exec'
	bare "$CORDON" explain --conf "$T/conf" t
	grep '^seccomp-program' "$T/out" | sed 's/ \[.*//' >"$T/two"
	check "$name: the same program in either order" cmp "$T/one" "$T/two"
	stack '[stack]' "parent = $parent" '[seccomp.a]' 'default = errno:213' '[seccomp.b]' \
		'default = kill' 'allow = ptrace'
	inside "$probe" call bpf:"$(number bpf)":99 ptrace:"$(number ptrace)":99
	judge_says "$name: the stricter default" 'bpf signal 31' 'ptrace errno 213'
	stack '[stack]' "parent = $parent" '[seccomp.a]' 'sockets = unix inet' '[seccomp.b]' \
		'sockets = inet inet6'
	inside "$probe" call unix:"$(number socket)":1:1 inet:"$(number socket)":2:1 \
		inet6:"$(number socket)":10:1
	judge_says "$name: sockets of both" 'unix EPERM' 'inet ok' 'inet6 EPERM'
}

# ---- what is refused ----

wrong() {
	name="$who $form"
	mkdir -p "$T/conf/seccomp"
	filtered 'profile = nobodys'
	refused "$name: no such profile" "t.ini:4: [seccomp] profile: no file 'seccomp/nobodys' in "
	stack '[stack]' "parent = $parent" '[threads]' 'deny = /nonexistent' \
		'[seccomp]' 'allow = ptrace' 'deny = ptrace'
	refused "$name: allowed and denied, where others decide" "t.ini:7: [seccomp] deny: 'ptrace' is allowed"
	filtered 'profile = ../default'
	refused "$name: a path as a profile" "t.ini:4: [seccomp] profile: '../default' is not a plain name"
	printf 'allow @default\n\nallow @basic-io opne\n' >"$T/conf/seccomp/mine"
	filtered 'profile = mine'
	refused "$name: a wrong name in a profile" "seccomp/mine:3: 'opne' is no system call"
	printf 'allow @system-service\nlog openat\n' >"$T/conf/seccomp/mine"
	job "$name: a profile of one's own" 'exit 0'
	chmod o+w "$T/conf/seccomp/mine"
	refused "$name: which others can write" "seccomp/mine' is writable by others"
	chmod o-w "$T/conf/seccomp/mine"
	printf 'allow read write\n' >"$T/conf/seccomp/mine"
	refused "$name: one under which nothing starts" '[seccomp] a filter that blocks execve'
	{ echo 'allow @system-service' && seq -f 'deny read if 0 == %.0f' 129; } >"$T/conf/seccomp/mine"
	refused "$name: one with too many tests" 'seccomp/mine:130: more than 128 lines with a test'
	for argument in 0 1; do
		{ echo 'allow @system-service' && seq -f "deny read if $argument == %.0f" 100; } \
			>"$T/conf/seccomp/mine$argument"
	done
	stack '[stack]' "parent = $parent" '[seccomp.a]' 'profile = mine0' '[seccomp.b]' 'profile = mine1'
	refused "$name: two with more tests than can be joined" \
		't.ini:3: [seccomp.a] call 0 has too many tests to be joined'
	filtered 'default = errno:EVIL'
	refused "$name: a wrong default" "t.ini:4: [seccomp] default: 'errno:EVIL' is not errno:NAME"
	filtered 'sockets = unix martian'
	refused "$name: a wrong family" "'martian' is no family of sockets"
	filtered 'profile = strict' 'sockets = unix'
	refused "$name: families without socket(2)" 'socket(2) itself is not allowed'
	filtered 'alow = read'
	refused "$name: a wrong key" "has no key 'alow' (did you mean 'allow'?)"
}

privileges() {
	name="I60 $who: a filter with no-new-privs = no"
	stack '[caps]' 'no-new-privs = no' '[seccomp]'
	if test "$who" = user; then
		if ! can_userns; then
			skip "$name" 'no user namespace here'
			return
		fi
		stack '[namespaces]' 'new = user' '[caps]' 'no-new-privs = no' '[seccomp]'
		refused "$name" "it contradicts 'no-new-privs = no' of $T/conf/t.ini:4"
	else
		stack '[user]' "user = $free_uid" "group = $free_uid" '[caps]' 'no-new-privs = no' \
			'[seccomp]'
		refused "$name and another user" "it contradicts 'no-new-privs = no' of $T/conf/t.ini:5"
		stack '[caps]' 'keep = CAP_SYS_ADMIN' 'no-new-privs = no' '[seccomp]'
		inside "$probe" geteuid
		check "$name: with CAP_SYS_ADMIN it goes" test "$rc" = 0
	fi
}

# ---- what is told ----

told() {
	name="$who: the record of a job"
	stack '[seccomp]' 'default = kill'
	options='--status-fd 1'
	inside "$probe" callself bpf:"$(number bpf)":99
	json "$name that the filter killed" \
		"o['reason'] == 'seccomp' and o['signal'] == 31 and o['exit'] is None"
	stack '[seccomp]'
	inside "$probe" raise 31
	json "$name that was killed by SIGSYS otherwise too" "o['signal'] == 31"
	stack
	inside "$probe" raise 31
	json "$name without a filter" "o['reason'] == 'signaled' and o['signal'] == 31"
	stack '[seccomp]' 'profile = no-exec'
	printf '#!/nonexistent/x\n' >"$T/drop/script"
	chmod 755 "$T/drop/script"
	inside "$T/drop/script"
	json "$name whose exec failed behind the filter" \
		"o['reason'] == 'failed' and '/script' in o['message'] and o['exit'] is None"
	options=
	stack '[seccomp]' 'profile = no-exec' 'log = openat'
	bare "$CORDON" explain --conf "$T/conf" t
	judge_says "$who: explain" \
		"~seccomp no-exec: [0-9]+ calls allowed, [0-9]+ by their arguments, others errno:1, unknown errno:38  *\\[seccomp\\] .*t\\.ini:1" \
		'~seccomp-program [0-9]+ instructions, of 1 section  *\[seccomp\] .*t\.ini:1'
	stack '[seccomp]' 'default = allow'
	bare "$CORDON" explain --conf "$T/conf" t
	judge_says "$who: explain of a list of what is denied" '~.*, others allow, unknown allow .*'
	stack '[seccomp]' 'default = log'
	bare "$CORDON" explain --conf "$T/conf" t
	judge_says "$who: explain of what is told" '~.*, others log, unknown .*'
	if can_userns; then
		stack '[user]' 'when = root' "user = $free_uid" "group = $free_uid" '[namespaces]' \
			'new = user mount' '[mounts]' 'root = empty' "ro = $probe:/p" '[process]' 'cwd = /' \
			'[seccomp]' 'profile = no-exec'
		inside /p exit 4
		check "$who: once, of a program whose name is shorter than the shell's" ran 'exited 4'
	else
		skip "$who: once, of a program with a short name" 'no user namespace here'
	fi
}

# ---- without the kernel's help ----

# A kernel without filters, as far as cordon can see.
too_old() {
	name="$who: a kernel without filters"
	strace=$(command -v strace) || strace=/nonexistent
	if ! "$launch" $switch -- "$strace" -o /dev/null -e inject=uname:error=EPERM /bin/true \
			2>/dev/null; then
		skip "$name" 'no strace that can inject here'
		return
	fi
	for error in ENOSYS EINVAL; do
		stack '[seccomp]'
		bare "$strace" -f -o /dev/null -e trace=seccomp -e "inject=seccomp:error=$error" \
			"$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
		was_refused "$name ($error)" 'this kernel has no filters of system calls'
		stack '[seccomp]' 'on-unsupported = skip'
		bare "$strace" -f -o /dev/null -e trace=seccomp -e "inject=seccomp:error=$error" \
			"$CORDON" run --conf "$T/conf" --status-fd 1 t -- /bin/true
		json "$name, forgiven ($error)" "o['exit'] == 0 and 'seccomp' in str(o['degraded'])"
		# what was asked works, and then it does not: nothing is forgiven
		bare "$strace" -f -o /dev/null -e trace=seccomp \
			-e "inject=seccomp:error=$error:when=3+" \
			"$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
		was_refused "$name in place, found out too late ($error)" 'seccomp'
		rm -f "$T/drop/marker"
	done
}

# ---- systemd's lists ----

# Each name that systemd has in a group is in ours, where this processor has it.
lists() {
	name='the groups are those of systemd'
	if ! systemd-analyze syscall-filter --no-pager @basic-io >"$T/theirs" 2>/dev/null; then
		skip "$name" 'no systemd-analyze here'
		return
	fi
	for group in $(sed -n 's/^@/@/p' "$top_srcdir/conf.d/seccomp/groups"); do
		case $group in @io-uring | @elsewhere | @sandbox | @debug) continue ;; esac
		systemd-analyze syscall-filter --no-pager "$group" 2>/dev/null |
			sed 's/\x1b\[[0-9;]*m//g' | awk '/^ +[@a-z_]/ { print $1 }' | sort >"$T/theirs"
		# ours are in one group more
		awk -v "group=$group" '/^#/ { next }
			/^@/ { on = $1 == group || (group == "@aio" && $1 == "@io-uring"); next }
			on { for (i = 1; i <= NF; i++) print $i }' \
			"$top_srcdir/conf.d/seccomp/groups" | sort >"$T/ours"
		test -s "$T/theirs" || { skip "$name: $group" 'this systemd has no such'; continue; }
		comm -23 "$T/theirs" "$T/ours" >"$T/lacks"
		check "$name: $group" sh -c "cat $T/lacks; ! test -s $T/lacks"
	done
}

all_ways programs
all_ways profiles
all_ways joined
all_ways wrong
both privileges
both told
both too_old
lists
plan
