# beside.py CASE COMMAND...: starts COMMAND and a job behind it as a caller would, and
# judges what either sees.  Status 0, or an error on stderr.
import ctypes
import os
import signal
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
SET_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER

# What the job says: its ids, whom it can wait for, what is pending.
JOB = """
import os, signal, time
try:
    waits = os.waitpid(-1, os.WNOHANG)
except ChildProcessError:
    waits = None
print(os.getpid(), os.getppid(), os.getpgrp(), os.getsid(0), waits, sorted(signal.sigpending()), flush=True)
time.sleep(float(os.environ.get("STAY", "0")))
"""


def start(command, prepare=None, stay=0.0, close_read=False):
    """The pid of the child, and what it says, to be read."""
    out, into = os.pipe()
    os.set_inheritable(into, True)
    job = command + ["/usr/bin/env", f"STAY={stay}", sys.executable, "-I", "-c", JOB]
    pid = os.fork()
    if pid == 0:
        os.dup2(into, 1)
        if prepare:
            prepare()
        os.execv(job[0], job)
    os.close(into)
    return pid, os.fdopen(out)


def run(command, prepare=None):
    pid, out = start(command, prepare)
    said = out.read()
    waited = os.waitpid(-1, 0)
    assert waited == (pid, 0), f"the caller waited for {waited}"
    try:
        raise AssertionError(f"an unknown child: {os.waitpid(-1, 0)}")
    except ChildProcessError:
        pass
    return pid, said.split(maxsplit=4)


def stat(pid):
    """Name, state, parent, group, session, start."""
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
    rest = rest.split()
    return name, rest[0], int(rest[1]), int(rest[2]), int(rest[3])


def helper_of(pid):
    """The only other cordon of its group."""
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and int(entry) != pid and stat(entry)[3] == os.getpgrp():
                if stat(entry)[0].startswith("cordon"):
                    return int(entry)
        except OSError:
            pass
    raise AssertionError("no helper in the group")


def until_gone(pid):
    for _ in range(500):
        try:
            if stat(pid)[1] == "Z":
                return
        except OSError:
            return
        time.sleep(0.02)
    raise AssertionError(f"{pid} stays")


def same(command):
    """pid, parent, group, session are those of a job without cordon."""
    for prefix in ([], command):
        pid, ids = run(prefix)
        want = [str(n) for n in (pid, os.getpid(), os.getpgrp(), os.getsid(0))]
        assert ids[:4] == want, f"{ids[:4]}, not {want}"


def alone(command):
    """The job has no child to wait for."""
    assert run(command)[1][4].strip() == "None []"


def reaper(command):
    """Nor where it adopts orphans."""
    _, ids = run(command, lambda: LIBC.prctl(SET_SUBREAPER, 1, 0, 0, 0))
    assert ids[4].strip() == "None []", ids[4]


def pending(command):
    """Nor a SIGCHLD of a stranger, which it has blocked."""
    _, ids = run(command, lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD]))
    assert ids[4].strip() == "None []", ids[4]


def hidden(command):
    """The helper is in the group and session, keeps no stdio, shows nothing."""
    pid, out = start(command, stay=2)
    out.readline()
    helper = helper_of(pid)
    assert stat(helper)[3:] == stat(pid)[3:]
    assert stat(helper)[2] not in (pid, os.getpid()), "it has a parent that knows it"
    assert os.getuid() == os.stat(f"/proc/{helper}/fd").st_uid == 0 or os.getuid() != 0
    try:
        found = {os.readlink(f"/proc/{helper}/fd/{fd}") for fd in os.listdir(f"/proc/{helper}/fd")}
        assert os.getuid() == 0, "a user can read it"
        mine = {os.readlink(f"/proc/self/fd/{fd}") for fd in (1, 2, out.fileno())}
        assert not found & mine, f"it holds {found & mine}"
        assert os.readlink(f"/proc/{helper}/fd/2") == "/dev/null"
    except PermissionError:
        assert os.getuid() != 0
    os.waitpid(pid, 0)
    until_gone(helper)


def dropped(command):
    """What TERM does to all of a group, it does to the job alone."""
    old = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pid, out = start(command, lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL), stay=30)
    out.readline()
    helper = helper_of(pid)
    os.kill(helper, signal.SIGTERM)
    time.sleep(0.2)
    assert stat(pid)[1] != "Z", "the job ended"
    assert stat(helper)[1] != "Z", "the helper ended"
    os.kill(pid, signal.SIGTERM)
    assert os.waitpid(pid, 0)[1] == signal.SIGTERM
    until_gone(helper)
    signal.signal(signal.SIGTERM, old)


def killed(command):
    """The job goes on without its helper."""
    pid, out = start(command, stay=0.5)
    out.readline()
    os.kill(helper_of(pid), signal.SIGKILL)
    assert os.waitpid(pid, 0) == (pid, 0)


def ignored(command):
    """The kernel throws the status away."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    pid, out = start(command)
    out.read()
    until_gone(pid)


CASES = {case.__name__: case for case in (same, alone, reaper, pending, hidden, dropped, killed, ignored)}

# other tests have cordons too: by its group a helper is told from theirs
if os.getsid(0) != os.getpid():
    os.setpgid(0, 0)
CASES[sys.argv[1]](sys.argv[2:])
