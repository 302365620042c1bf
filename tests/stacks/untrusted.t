#!/bin/sh
# conf.d/untrusted.ini: a real program runs, and what it tries is refused.
. "$top_srcdir/tests/stacks/lib.sh"
needs python3 /usr/bin/python3
python=/usr/bin/python3

# attempt NAME PYTHON: raises OSError, or whoever wrote this is told.
attempt() {
	stopped "$1" 'OSError|PermissionError|FileNotFoundError|BlockingIOError|MemoryError|ProcessLookupError|ConnectionRefusedError|^refused$' \
		$python -c "
import ctypes, os, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *words):
    answer = libc.syscall(number, *words)
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer
$2"
}

works() {
	if ! can_userns; then
		skip "untrusted ($who)" 'this kernel gives no user namespace with mounts here'
		return
	fi
	workplace
	shipped untrusted
	real 'sort, awk and a pipe' /bin/sh -c 'seq 1000 | sort -rn | awk "{ n += \$1 } END { exit n != 500500 }"'
	real 'Python with threads, children, sqlite3' $python -c '
import sqlite3, subprocess, threading, tempfile, json
t = threading.Thread(target=lambda: None); t.start(); t.join()
assert subprocess.check_output(["tr", "a-z", "A-Z"], input=b"x") == b"X"
base = sqlite3.connect("/tmp/x.db"); base.execute("create table t (n)"); base.commit()
open("/tmp/y", "w").write(json.dumps([1]))'
	attempt 'the folder where it was started' "open('$work/x', 'w')"
	attempt 'running what it wrote' "
open('/tmp/x', 'w').write('#!/bin/sh\necho ran\n'); os.chmod('/tmp/x', 0o755); print(subprocess.check_output(['/tmp/x']))"
	attempt 'running from memory' "
fd = os.memfd_create('x', 0); os.write(fd, open('/bin/true', 'rb').read())
print(subprocess.check_output(['/proc/self/fd/%d' % fd], pass_fds=[fd]))"
	attempt 'a user namespace' "call(272, 0x10000000)"
	attempt 'mount' "call(165, b'none', b'/tmp', b'tmpfs', 0, 0)"
	attempt 'bpf' "call(321, 0, 0, 0)"
	attempt 'io_uring' "call(425, 1, 0)"
	attempt 'ptrace' "call(101, 16, os.getppid(), 0, 0)"
	attempt 'keyctl' "call(250, 0, -3, 1)"
	attempt 'a netlink socket' "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)"
	attempt 'an address' "socket.create_connection(('192.0.2.1', 80), 5)"
	attempt 'the passwords' "open('/etc/shadow')"
	attempt 'a kernel setting' "open('/proc/sys/kernel/core_pattern', 'w')"
	attempt 'another root' "os.chroot('/tmp')"
	attempt 'a device' "os.mknod('/tmp/null', 0o20666, 259); open('/tmp/null')"
	attempt 'too many descriptors' "
keep = [open('/dev/null') for n in range(1000)]"
	attempt 'a fork bomb' "
import time
n = 0
try:
    while n < 2000:
        if os.fork() == 0:
            time.sleep(5); os._exit(0)
        n += 1
finally:
    os.kill(-1, 9)"
	attempt 'more memory than it was given' "x = bytearray(2 << 30)"
	stopped 'a file larger than 1G' 'File too large|OSError|exit' \
		$python -c "
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
os.truncate(os.open('/tmp/x', os.O_CREAT | os.O_RDWR), 2 << 30)"
	shipped untrusted -p time=1s
	start $python -c '
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for n in range(3):
    if os.fork() == 0:
        os.setsid()
        break
time.sleep(60)'
	check "untrusted ($who): more time than it was given, TERM ignored" test "$rc" = 124
	check "untrusted ($who): and nothing is left of it" saw 'left 0'
	sound untrusted
}

both works
plan
