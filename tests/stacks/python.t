#!/bin/sh
# conf.d/python.ini: threads, subprocess, multiprocessing, sqlite3, sockets; and
# what is not for it.
. "$top_srcdir/tests/stacks/lib.sh"
needs python3 /usr/bin/python3
python=/usr/bin/python3

cat >"$T/work.py" <<'END'
import concurrent.futures, ctypes, hashlib, multiprocessing, os, socket
import sqlite3, subprocess, sys, tempfile, threading, time

def square(n):
    return n * n

def main():
    assert sum(concurrent.futures.ThreadPoolExecutor(8).map(square, range(100))) == 328350
    event = threading.Event()
    thread = threading.Thread(target=event.set)
    thread.start()
    thread.join()
    assert event.is_set()
    said = subprocess.run(["/bin/sh", "-c", "tr a-z A-Z | sort"], input=b"b\na\n",
                          stdout=subprocess.PIPE, check=True).stdout
    assert said == b"A\nB\n", said
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(square, [1, 2, 3]) == [1, 4, 9]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(square, [4]) == [16]
    base = sqlite3.connect("result.db")
    base.execute("pragma journal_mode = wal")
    base.execute("create table t (n integer primary key, square integer)")
    base.executemany("insert into t values (?, ?)", [(n, n * n) for n in range(1000)])
    base.commit()
    assert base.execute("select sum(square) from t").fetchone() == (332833500,)
    base.close()
    server = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(server.getsockname())
    peer, _ = server.accept()
    client.sendall(b"hello")
    assert peer.recv(5) == b"hello"
    a, b = socket.socketpair()
    a.send(b"x")
    assert b.recv(1) == b"x"
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"y" * 100000)
        file.flush()
        assert os.stat(file.name).st_size == 100000
    assert ctypes.CDLL(None).getpid() == os.getpid()
    assert os.environ["PYTHONNOUSERSITE"] == "1" and "SECRET_TOKEN" not in os.environ
    print("done", hashlib.sha256(b"").hexdigest()[:8])

if __name__ == "__main__":
    main()
END

works() {
	workplace
	cp "$T/work.py" "$work/work.py"
	shipped python
	hostile='--setenv SECRET_TOKEN=x --setenv PYTHONSTARTUP=/x --setenv PYTHONPATH=/x'
	real 'a program with threads, processes, sqlite3 and sockets' $python work.py
	check "python ($who): its database is there" \
		grep -q 'SQLite format 3' "$work/result.db"
	hostile=
	shipped python -p memory=256M
	stopped 'more memory than it was given' MemoryError \
		$python -c 'x = bytearray(600 << 20)'
	shipped python -p time=1s
	start $python -c 'import time; time.sleep(30)'
	check "python ($who): more time than it was given" test "$rc" = 124
	shipped python
	stopped 'a file of the system' 'Read-only file system|Permission denied' \
		$python -c 'open("/etc/cordon-was-here", "w")'
	stopped 'the tracing of its parent' 'not permitted|No such process' \
		$python -c 'import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, os.getppid(), 0, 0) < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))'
	stopped 'a namespace of its own' 'not permitted|No space|not implemented' \
		$python -c 'import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))'
	sound python
}

both works
plan
