#!/bin/sh
# Real programs that can be told only a path, which is a link to cordon: python3 by its name,
# node's execPath, make's SHELL with a jobserver, the jspawnhelper of a JVM.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'callers of a path' 'only root can put stacks where a front door looks for them'
	plan
fi

mkdir -m 755 "$T/bin" "$T/shims" "$T/place"
chmod 1777 "$T/place"

# ---- python3 ----

python_works() {
	cat >"$T/place/many.py" <<'END'
import multiprocessing, subprocess, sys
def double(n):
    return 2 * n, sys.executable
if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    with multiprocessing.Pool(2) as pool:
        print(pool.map(double, [1, 2]))
    print(subprocess.run(["python3", "-c", "import sys; print(sys.executable)"],
        capture_output=True, text=True).stdout.strip())
END
	hostile="--setenv PATH=$T/shims:/usr/bin:/bin"
	bare "$T/shims/python3" -c 'import sys; print(sys.executable, sys.flags.isolated, sys.argv)' a
	told 'python3: sys.executable is the program' "/usr/bin/python3 1 ['-c', 'a']"
	bare "$T/shims/python3" "$T/place/many.py"
	told 'python3: multiprocessing, and python3 by name' \
		"[(2, '/usr/bin/python3'), (4, '/usr/bin/python3')]" /usr/bin/python3
	hostile=
	bare "$T/shims/inner@venv" -c 'import sys; print(sys.prefix)'
	told 'python3: a venv' "$T/venv"
}
if test -x /usr/bin/python3; then
	ln -s "$CORDON" "$T/shims/python3"
	ln -s "$CORDON" "$T/shims/inner@venv"
	/usr/bin/python3 -I -m venv --without-pip "$T/venv" || exit 99
	chmod 755 "$T/venv"
	stack_of python3 '[stack]' 'program = /usr/bin/python3' 'arguments = -I' '[rlimits]' 'core = 0'
	stack_of venv '[stack]' "program = $T/venv/bin/python3" '[rlimits]' 'core = 0'
	both python_works
else
	skip python3 'no /usr/bin/python3'
fi

# ---- node ----

cat >"$T/place/parent.js" <<'END'
const { fork } = require('child_process');
const child = fork(process.argv[3], ['x'], { execPath: process.argv[2], execArgv: ['--no-warnings'] });
child.on('message', (m) => { console.log(JSON.stringify(m)); child.disconnect(); });
child.on('exit', (code, signal) => console.log('exit', code, signal));
child.send({ n: 20 });
END
cat >"$T/place/child.js" <<'END'
const fs = require('fs');
process.on('message', (m) => process.send({ n: m.n + 1, argv: process.argv.slice(2), path: process.execPath,
	nnp: /NoNewPrivs:\t1/.test(fs.readFileSync('/proc/self/status', 'utf8')) }));
END
node_works() {
	bare "$node" "$T/place/parent.js" "$T/shims/worker" "$T/place/child.js"
	told "node: fork by execPath, and messages" \
		"{\"n\":21,\"argv\":[\"x\"],\"path\":\"$node\",\"nnp\":true}" 'exit 0 null'
}
node=$(readlink -f /usr/bin/node)
if test -x "$node"; then
	ln -s "$CORDON" "$T/shims/worker"
	for parent in never always; do
		stack_of worker '[stack]' "program = $node" "parent = $parent" '[fds]' 'keep-from-env = NODE_CHANNEL_FD'
		both node_works
	done
else
	skip node 'no /usr/bin/node'
fi

# ---- make ----

# Two recipes that wait for each other: they end only side by side.
cat >"$T/place/Makefile" <<'END'
all:
	+$(MAKE) -f inner a b
END
cat >"$T/place/inner" <<'END'
a:
	echo >one; read -r line <two
b:
	read -r line <one; echo >two
END
make_works() {
	rm -f "$T/place/one" "$T/place/two"
	mkfifo -m 666 "$T/place/one" "$T/place/two"
	bare /usr/bin/timeout 20 make -s --no-print-directory -C "$T/place" -j2 "SHELL=$T/shims/cordon-sh@recipe"
	check "$who: make -j2: a sub-make gets tokens" test "$rc" = 0 -a ! -s "$T/err"
}
make_alone() {
	bare /usr/bin/timeout 20 make -s --no-print-directory -C "$T/place" -j2 "SHELL=$T/shims/cordon-sh@alone" \
		-f alone
	check "$who: make -j2: without them it is serial, and says nothing" \
		test "$rc:$(cat "$T/out"):$(cat "$T/err")" = '0:one two:'
}
printf 'all:\n\t+$(MAKE) -f alone2 a b\n' >"$T/place/alone"
printf 'a b:\n\t@true\nx:=$(info $(filter --jobserver%%,$(MAKEFLAGS))one two)\n' >"$T/place/alone2"
if command -v make >/dev/null 2>&1; then
	ln -s "$CORDON" "$T/shims/cordon-sh@recipe"
	ln -s "$CORDON" "$T/shims/cordon-sh@alone"
	stack_of recipe '[stack]' 'program = /bin/sh' '[fds]' 'keep-from-env = MAKEFLAGS'
	stack_of alone '[stack]' 'program = /bin/sh' '[rlimits]' 'core = 0'
	unset MAKEFLAGS MFLAGS MAKELEVEL
	both make_works
	both make_alone
else
	skip make 'no make here'
fi

# ---- a JVM ----

cat >"$T/place/Starts.java" <<'END'
import java.io.*;
import java.util.*;
import java.nio.file.*;
public class Starts {
	public static void main(String[] words) throws Exception {
		ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c",
			"grep NoNewPrivs /proc/self/status; echo \"$ADDED $PWD\"; cat; for n in 3 4 5 6 7 8 9; do test ! -e /proc/$$/fd/$n || echo fd $n >&2; done; exit 7");
		builder.environment().put("ADDED", "added");
		builder.directory(new File("/usr"));
		Process process = builder.start();
		try (OutputStream in = process.getOutputStream()) { in.write("written\n".getBytes()); }
		System.out.print(new String(process.getInputStream().readAllBytes()));
		System.out.print(new String(process.getErrorStream().readAllBytes()));
		System.out.println(process.waitFor());
	}
}
END
jvm_works() {
	bare "$java" -cp "$T/place" Starts
	told "a JVM's jspawnhelper: $1" "NoNewPrivs:	$2" 'added /usr' written 7
}
java=
for helper in /usr/lib/jvm/java-17-openjdk-*/lib/jspawnhelper; do
	home=${helper%/lib/jspawnhelper}
	test ! -x "$home/bin/javac" || java=$home/bin/java
done
jvm_shimmed() { jvm_works 'each child is in the stack' 1; }
jvm_plain() { jvm_works 'the control' 0; }
jvm_refused() {
	bare "$java" -cp "$T/place" Starts
	check "$who: a JVM's jspawnhelper: a refusal is an exception" grep -q 'java.io.IOException.*125' "$T/err"
}
if test -z "$java"; then
	skip "a JVM's jspawnhelper" 'no JDK 17'
elif "$home/bin/javac" -d "$T/place" "$T/place/Starts.java" && mkdir "$T/over" &&
	mount -t tmpfs none "$T/over" && mkdir "$T/over/up" "$T/over/work" &&
	ln -s "$CORDON" "$T/over/up/jspawnhelper" && cp "$helper" "$T/bin/jspawnhelper"; then
	stack_of jspawnhelper '[stack]' "program = $T/bin/jspawnhelper" 'parent = never' '[fds]' 'keep = pipes'
	as_root jvm_plain
	if mount -t overlay none -o "lowerdir=$home/lib,upperdir=$T/over/up,workdir=$T/over/work" "$home/lib"; then
		both jvm_shimmed
		stack_of jspawnhelper '[stack]' "program = $T/bin/jspawnhelper" '[deny]'
		both jvm_refused
		umount -l "$home/lib"
	else
		skip "a JVM's jspawnhelper" 'no overlay here'
	fi
else
	skip "a JVM's jspawnhelper" 'it cannot be prepared'
fi
plan
