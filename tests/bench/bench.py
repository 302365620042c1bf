#!/usr/bin/python3 -I
# SPDX-License-Identifier: MIT
"""What a job costs, beside the floor and beside others: see `make bench`.

bench.py check   whether floor and cordon give each level: lines for bench.t
bench.py         the tables of $BENCH_ONLY, $BENCH_ROUNDS rounds each

Everything that is timed runs interleaved, each round in an order of its own,
and is started by spawn.c.  A candidate is first looked at from inside: one that
does not give what its level means, but for what its row says that it lacks, gets
no ratio.  As root the job is nobody; as a user, who has no uid to drop, itself.
"""
import collections
import json
import os
import pwd
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("top_builddir", os.path.join(SOURCE, "../../build"))
TOOLS = os.path.join(BUILD, "tests/bench")
CORDON = os.environ.get("CORDON", os.path.join(BUILD, "cordon"))
LOADABLE = os.environ.get("BENCH_LOADABLE", os.path.join(BUILD, "none/cordon"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "100"))
TABLES = ("start", "parallel", "memory", "steady", "growth")
ONLY = os.environ.get("BENCH_ONLY", "").split() or list(TABLES)
FREE_UID = 54321
NOBODY = 65534
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
               "LANG": "C", "BENCH_SECRET": "1"}
LINKS = ("bin", "sbin", "lib", "lib64")
LANDLOCKED = ("/usr/bin", "/usr/include", "/usr/lib", "/usr/lib64", "/usr/local",
              "/usr/sbin", "/usr/share", "/proc")

# What a level means, each by what tests/bench/inside.c says.
LEVELS = {
    1: ("uid", "groups", "limits", "environment", "no_new_privs"),
    2: ("mount", "pid", "ipc", "uts", "root", "tmp", "proc"),
    3: ("user", "net", "loopback"),
    4: ("seccomp", "landlock"),
}


def wanted(level):
    return [name for at in range(1, level + 1) for name in LEVELS[at]]


class Place:
    """Where everything lies, and as whom it is started."""

    def __init__(self, uid):
        self.uid = uid
        self.is_root = uid == 0
        base = "/run" if os.geteuid() == 0 else os.path.join(BUILD, "tests")
        self.top = tempfile.mkdtemp(prefix="cordon-bench.", dir=base)
        os.chmod(self.top, 0o755)
        self.jobs = self.folder("job")
        self.conf = self.folder("conf")
        self.state = self.folder("state")
        for name in ("job", "inside"):
            shutil.copy(os.path.join(TOOLS, name), self.jobs)
        self.floor = os.path.join(TOOLS, "floor")
        if os.geteuid() == 0:
            os.chown(self.state, uid, uid)
        self.filter = os.path.join(self.top, "filter.bpf")
        with open(self.filter, "wb") as out:
            subprocess.run([self.floor, "filter"], stdout=out, check=True)
        with open(os.path.join(SOURCE, "calls"), encoding="ascii") as calls:
            self.calls = calls.read().split()

    def folder(self, name):
        path = os.path.join(self.top, name)
        os.mkdir(path, 0o755)
        return path

    def job(self, *arguments):
        return [os.path.join(self.jobs, "job"), *arguments]

    def write(self, name, text):
        path = os.path.join(self.top, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def options(self):
        if os.geteuid() == self.uid:
            return {"cwd": "/", "env": ENVIRONMENT}
        return {"cwd": "/", "env": ENVIRONMENT, "user": self.uid,
                "group": self.uid, "extra_groups": []}

    def start(self, command, number, **more):
        """As spawn.c does, for what is not timed."""
        words = [word.replace("%n", str(number)) for word in command]
        opened = []
        if words[0].startswith("9<"):
            opened = [os.open(words.pop(0)[2:], os.O_RDONLY)]
            os.dup2(opened[0], 9)
            opened.append(9)
        try:
            return subprocess.Popen(words, stdin=subprocess.DEVNULL, text=True,
                                    pass_fds=opened[1:], **self.options(), **more)
        finally:
            for fd in opened:
                os.close(fd)

    def run(self, command, number="look", timeout=None):
        process = self.start(command, number, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def remove(self):
        shutil.rmtree(self.top, ignore_errors=True)


# ---- candidates ----

class Candidate:
    """NAME at a level; `command` makes the start of a command from a place."""

    def __init__(self, name, make, levels, lacks=(), note="", program=None,
                 users=False):
        self.name = name
        self.make = make
        self.levels = levels
        self.lacks = lacks
        self.note = note
        self.program = program
        self.users = users

    def command(self, place, level, job):
        return self.make(place, level) + job

    def missing_at(self, level):
        lacks = self.lacks
        if isinstance(lacks, dict):
            lacks = [w for at, ws in lacks.items() if at <= level for w in ws]
        return [name for name in lacks if name in wanted(level)]


def bare(place, level):
    return []


def floor(place, level):
    return [place.floor, str(level), "--"]


def sections(place, level, record, init):
    """A stack for a level, in pieces that are joined with the others' text."""
    text = ["[rlimits]", "core = 0", "nofile = 1024", "cpu = 60s:90s",
            "[env]", "keep =", "set = PATH=/usr/bin:/bin", "set = LANG=C"]
    if place.is_root:
        text += ["[user]", "user = nobody"]
    if record:
        text += ["[record]", f"file = {place.state}/record"]
    if level >= 2:
        text += ["[namespaces]", "new = mount pid ipc uts"]
        text += ["new = user net"] if level >= 3 else []
        text += [] if init else ["init = no"]
        text += ["[mounts]", "root = empty", "ro = /usr", f"ro = {place.jobs}",
                 "dev = none", "proc = new", "[tmp]", "private = /tmp"]
        text[-2:-2] = [f"ro = /{link}" for link in LINKS]
    if level >= 4:
        text += ["[seccomp]", "profile = default", "[landlock]", "write = /tmp"]
        text += [f"execute = {path}" for path in LANDLOCKED + (place.jobs,)]
    return text


def stack(place, level, name, parent="auto", record=True, init=True):
    text = ["[stack]", f"parent = {parent}"] + sections(place, level, record, init)
    place.write(f"conf/{name}.ini", "\n".join(text) + "\n")
    return name


def cordon(name, program=CORDON, **more):
    def make(place, level):
        found = stack(place, level, f"{name}-{level}", **more)
        return [program, "run", "--conf", place.conf, found, "--"]
    return make


LIMITS = ["/usr/bin/prlimit", "--core=0", "--nofile=1024", "--cpu=60:90"]


def setpriv(place, level):
    return LIMITS + ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}",
                     "--clear-groups", "--no-new-privs", "/usr/bin/env", "-i",
                     "PATH=/usr/bin:/bin", "LANG=C"]


def unshare(place, level):
    """util-linux alone: a shell script that mounts, between unshare and setpriv."""
    lines = ["set -e", "mount -t tmpfs -o mode=755 tmpfs /tmp", "cd /tmp",
             "mkdir -p usr proc tmp old ." + place.jobs, "mount --rbind /usr usr",
             "mount -o remount,bind,ro usr"]
    lines += [f"ln -s usr/{link} {link}" for link in LINKS]
    lines += ["mount -t proc proc proc", "mount -t tmpfs -o size=64M tmpfs tmp",
              f"mount --bind {place.jobs} .{place.jobs}",
              f"mount -o remount,bind,ro .{place.jobs}"]
    lines += ["ip link set lo up"] if level >= 3 else []
    lines += ["pivot_root . old", "umount -l /old",
              "mount -o remount,bind,ro /", 'exec "$@"']
    script = place.write(f"unshare-{level}.sh", "\n".join(lines) + "\n")
    return LIMITS + ["/usr/bin/unshare", "--mount", "--pid", "--fork", "--ipc",
                     "--uts", *(["--net"] if level >= 3 else []),
                     "/bin/sh", script] + setpriv(place, level)[len(LIMITS):]


def bwrap(place, level):
    command = ["/usr/bin/bwrap", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    if level >= 3:
        command += ["--unshare-user", "--unshare-net"]
        command += ["--uid", str(NOBODY), "--gid", str(NOBODY)] if place.is_root else []
    command += ["--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C",
                "--ro-bind", "/usr", "/usr", "--ro-bind", place.jobs, place.jobs]
    for link in LINKS:
        command += ["--symlink", f"usr/{link}", f"/{link}"]
    command += ["--proc", "/proc", "--tmpfs", "/tmp", "--remount-ro", "/"]
    if level >= 4:
        command = ["9<" + place.filter, *command, "--seccomp", "9"]
    return command + ["--"]


def bundle(place, level):
    """What crun reads: its rootfs is empty but for the folders to mount on."""
    path = place.folder(f"crun-{level}")
    os.makedirs(path + "/rootfs" + place.jobs)
    for name in ("usr", "proc", "tmp", "dev"):
        os.mkdir(f"{path}/rootfs/{name}")
    for link in LINKS:
        os.symlink(f"usr/{link}", f"{path}/rootfs/{link}")
    kinds = ["mount", "pid", "ipc", "uts"] + (["user", "network"] if level >= 3 else [])
    linux = {"namespaces": [{"type": kind} for kind in kinds]}
    ids = [{"containerID": 0, "hostID": 100000, "size": 65536}]
    if level >= 3:
        linux |= {"uidMappings": ids, "gidMappings": ids}
    if level >= 4:
        linux["seccomp"] = {
            "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{"names": place.calls, "action": "SCMP_ACT_ALLOW"}]}
    read_only = ["rbind", "ro", "nosuid", "nodev"]
    return path, {
        "ociVersion": "1.0.0", "linux": linux,
        "root": {"path": "rootfs", "readonly": True},
        "mounts": [
            {"destination": "/usr", "source": "/usr", "type": "bind", "options": read_only},
            {"destination": place.jobs, "source": place.jobs, "type": "bind",
             "options": read_only},
            {"destination": "/proc", "source": "proc", "type": "proc"},
            {"destination": "/dev", "source": "tmpfs", "type": "tmpfs"},
            {"destination": "/tmp", "source": "tmpfs", "type": "tmpfs",
             "options": ["nosuid", "nodev", "size=64m"]}],
        "process": {
            "user": {"uid": NOBODY, "gid": NOBODY}, "cwd": "/", "terminal": False,
            "env": ["PATH=/usr/bin:/bin", "LANG=C"], "noNewPrivileges": True,
            "rlimits": [{"type": f"RLIMIT_{name}", "soft": soft, "hard": hard}
                        for name, soft, hard in (("CORE", 0, 0), ("NOFILE", 1024, 1024),
                                                 ("CPU", 60, 90))]}}


class Crun(Candidate):
    """Its job stands in a file, so each is a bundle of its own."""

    def command(self, place, level, job):
        path, config = bundle(place, level)
        config["process"]["args"] = job
        name = "-".join(os.path.basename(word) for word in job[:2])
        final = f"{path}-{name}"
        shutil.rmtree(final, ignore_errors=True)
        os.rename(path, final)
        with open(f"{final}/config.json", "w", encoding="utf-8") as out:
            json.dump(config, out)
        return ["/usr/bin/crun", "--cgroup-manager=disabled", f"--root={place.state}/crun",
                "run", f"--bundle={final}", f"bench-{os.getpid()}-{level}-{name}-%n"]


def firejail(place, level):
    command = ["/usr/bin/firejail", "--quiet", "--noprofile", "--private-tmp",
               "--ipc-namespace", "--hostname=bench", "--read-only=/", "--caps.drop=all",
               "--nonewprivs", "--rlimit-nofile=1024", "--rlimit-cpu=60"]
    command += ["--net=none"] if level >= 3 else []
    if level >= 4:
        command += ["--seccomp.keep=" + ",".join(place.calls)]
    return command + ["--"]


def minijail(place, level):
    command = [shutil.which("minijail0"), "-u", str(NOBODY), "-g", str(NOBODY), "-n",
               "-R", "4,0,0", "-R", "7,1024,1024", "-R", "0,60,90"]
    if level >= 2:
        command += ["-v", "-p", "-l", "--uts", "-r", "-t", "-P", "/var/empty",
                    "-b", "/usr", "-b", place.jobs]
    command += ["-e"] if level >= 3 else []
    if level >= 4:
        command += ["--seccomp-bpf-binary", place.filter]
    return command + ["--"]


def nsjail(place, level):
    command = [shutil.which("nsjail"), "-Mo", "-Q", "-u", str(NOBODY), "-g", str(NOBODY),
               "--rlimit_core", "0", "--rlimit_nofile", "1024", "--rlimit_cpu", "60",
               "-E", "PATH=/usr/bin:/bin", "-E", "LANG=C", "-R", "/usr", "-R", place.jobs,
               "-T", "/tmp", "--disable_clone_newcgroup"]
    for link in LINKS:
        command += ["-s", f"usr/{link}:/{link}"]
    command += [] if level >= 3 else ["--disable_clone_newuser", "--disable_clone_newnet"]
    if level >= 4:
        command += ["--seccomp_string", "ERRNO(1) { unshare, setns, mount } DEFAULT ALLOW"]
    return command + ["--"]


ALL = (1, 2, 3, 4)
CANDIDATES = [
    Candidate("exec", bare, ALL, wanted(4), "the job alone", users=True),
    Candidate("floor", floor, ALL, users=True),
    Candidate("cordon", cordon("full"), ALL, note="with init, record at the end",
              users=True),
    Candidate("cordon, no record", cordon("quiet", record=False), ALL),
    Candidate("cordon, in place", cordon("place", parent="never"), (1,),
              note="record says started"),
    Candidate("cordon, no init", cordon("noinit", init=False), (2, 3, 4),
              note="the job is pid 1, as the floor's"),
    Candidate("cordon, loadable", cordon("loadable", LOADABLE), ALL, program=LOADABLE,
              note="--with-preloaded=none"),
    Candidate("setpriv", setpriv, (1,), note="prlimit, setpriv and env",
              program="/usr/bin/setpriv"),
    Candidate("unshare", unshare, (2, 3), ("user",),
              "a shell script, mount(8), setpriv", "/usr/bin/unshare"),
    Candidate("bubblewrap", bwrap, (2, 3, 4), ("uid", "groups", "limits", "landlock"),
              "root stays root outside", "/usr/bin/bwrap", users=True),
    Crun("crun", None, (2, 3, 4), ("landlock", "loopback"), program="/usr/bin/crun"),
    Candidate("firejail", firejail, (2, 3, 4),
              ("uid", "groups", "limits", "environment", "user", "proc", "landlock"),
              "the host's root, read-only", "/usr/bin/firejail"),
    Candidate("minijail", minijail, ALL, ("environment", "user", "loopback", "landlock"),
              program=shutil.which("minijail0") or "minijail0"),
    Candidate("nsjail", nsjail, (2, 3, 4), ("no_new_privs", "landlock"),
              program=shutil.which("nsjail") or "nsjail"),
]


# ---- what a candidate gives ----

def facts(text):
    return dict(line.partition(" ")[::2] for line in text.splitlines())


def has_id(place, value):
    return int(value) > 0 if place.is_root else int(value) == place.uid


def gives(place, host, seen):
    """The names of LEVELS that hold, judged against what the host has."""
    differs = lambda name: seen["ns_" + name] not in ("-1", host["ns_" + name])
    tmp, host_tmp = seen["tmp"].split(), host["tmp"].split()
    return {
        "uid": has_id(place, seen["uid"]) and has_id(place, seen["gid"]),
        "groups": "0" not in seen["groups"].split() or not place.is_root,
        "limits": (seen["core"], seen["nofile"], seen["cpu"]) ==
                  ("0:0", "1024:1024", "60:90"),
        "environment": seen["secret"] == "unseen",
        "no_new_privs": seen["no_new_privs"] == "1",
        "mount": differs("mnt"), "pid": differs("pid"), "ipc": differs("ipc"),
        "uts": differs("uts"), "user": differs("user"), "net": differs("net"),
        "root": seen["root"] == "ro" and seen["usr"] == "ro",
        "tmp": tmp[0] == "tmpfs" and tmp[1] != host_tmp[1] and
               seen["tmp_write"] == "ok",
        "proc": int(seen["processes"]) <= 4,
        "loopback": seen["lo"] == "up",
        "seccomp": seen["seccomp"] == "2" and seen["unshare"] == "EPERM",
        "landlock": seen["open_root"] == "EACCES",
    }


def look(place, candidate, level, host):
    """None, or what is wrong with it."""
    command = candidate.command(place, level, [os.path.join(place.jobs, "inside")])
    try:
        done = place.run(command, timeout=60)
    except subprocess.TimeoutExpired:
        return "does not end"
    if done.returncode != 0 or "unshare" not in facts(done.stdout):
        error = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        return error[-1][:120]
    given = gives(place, host, facts(done.stdout))
    wrong = [name for name in wanted(level)
             if not given[name] and name not in candidate.missing_at(level)]
    return "does not give " + ", ".join(wrong) if wrong else None


def at_level(place, level):
    """Those that are here and say that they can."""
    return [c for c in CANDIDATES
            if level in c.levels and (place.is_root or c.users) and
            (c.program is None or os.access(c.program, os.X_OK))]


def host_facts(place):
    return facts(place.run([os.path.join(place.jobs, "inside")]).stdout)


def able(place, level, host):
    """Those that pass, and lines about the others."""
    passed, lines = [], []
    for candidate in at_level(place, level):
        wrong = look(place, candidate, level, host)
        if wrong:
            lines.append(f"{candidate.name}: {wrong}")
        else:
            passed.append(candidate)
    return passed, lines


# ---- times ----

def commands_file(place, commands):
    return place.write("commands", "".join("\t".join(c) + "\n" for c in commands))


def spawn(place, *arguments):
    done = place.run([os.path.join(TOOLS, "spawn"), *arguments])
    if done.returncode != 0:
        sys.exit(f"bench: {done.stderr.strip()}")
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


def time_all(place, commands, rounds):
    """For each command [ns by round], [cpu us by round], failures."""
    path = commands_file(place, commands)
    results = [([0] * rounds, [0] * rounds, [0]) for _ in commands]
    for which, at, ns, user, system, status in spawn(
            place, "rounds", str(rounds), str(random.randrange(1 << 30)), path):
        results[which][0][at] = ns
        results[which][1][at] = user + system
        results[which][2][0] += status != 0
    return results


def quartiles(values):
    if len(values) < 2:
        return values[0], values[0], values[0]
    return statistics.quantiles(values, n=4, method="inclusive")


def table(head, rows):
    widths = [max(len(str(row[i])) for row in [head] + rows) for i in range(len(head))]
    for row in [head] + rows:
        cells = [str(cell).ljust(width) if i == 0 or i == len(head) - 1
                 else str(cell).rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        print("  " + "  ".join(cells).rstrip())
    print()


def remarks(candidate, level, failures):
    lacks = candidate.missing_at(level)
    parts = [f"{failures} FAILED"] if failures else []
    parts += [candidate.note] if candidate.note else []
    if lacks and candidate.name != "exec":
        parts.append("without " + ", ".join(lacks))
    return "; ".join(parts)


def start_table(place):
    host = host_facts(place)
    for level in ALL if place.is_root else (3, 4):
        passed, lines = able(place, level, host)
        names = [c.name for c in passed]
        print(f"start, level {level}, as {'root' if place.is_root else 'a user'}"
              f", {ROUNDS} rounds: microseconds, CPU of cordon and job, ratio to the floor")
        for line in lines:
            print("  not timed:", line)
        if "floor" not in names:
            print("  no floor, so no ratio\n")
            continue
        results = time_all(place, [c.command(place, level, place.job())
                                   for c in passed], ROUNDS)
        lowest = results[names.index("floor")]
        rows = []
        for candidate, (times, cpu, failures) in zip(passed, results):
            q1, median, q3 = quartiles(times)
            ratio = statistics.median(a / b for a, b in zip(times, lowest[0]))
            # The smallest is what other work on the machine spoils least.
            cpu_ratio = min(cpu) / max(min(lowest[1]), 1)
            rows.append((candidate.name, f"{median / 1e3:.0f}", f"{q1 / 1e3:.0f}",
                         f"{q3 / 1e3:.0f}", f"{min(times) / 1e3:.0f}",
                         f"{statistics.median(cpu):.0f}", f"{cpu_ratio:.2f}",
                         f"{ratio:.2f}", remarks(candidate, level, failures[0])))
        table(("", "median", "q1", "q3", "least", "cpu", "cpu ratio", "ratio", ""), rows)


def say_missing():
    absent = [c.name for c in CANDIDATES
              if c.program and not os.access(c.program, os.X_OK)]
    if absent:
        print("not here, so left out:", ", ".join(absent), "\n")


# ---- many at once ----

PARALLEL = ("exec", "floor", "cordon", "cordon, in place", "setpriv", "bubblewrap",
            "crun", "firejail", "minijail", "nsjail")


def parallel_table(place):
    host = host_facts(place)
    jobs = max(ROUNDS, 64)
    for level in (1, 4):
        passed = [c for c in able(place, level, host)[0] if c.name in PARALLEL]
        print(f"parallel, level {level}: jobs per second of {jobs}, "
              "CPU milliseconds for one")
        files = [place.write(f"parallel-{i}", "\t".join(
            c.command(place, level, place.job())) + "\n") for i, c in enumerate(passed)]
        found = collections.defaultdict(list)
        for _ in range(3):
            for i, width in random.sample([(i, w) for i in range(len(passed))
                                           for w in (2, 16, 64)], 3 * len(passed)):
                found[i, width] += spawn(place, "parallel", str(width), str(jobs), files[i])
        rows = []
        for i, candidate in enumerate(passed):
            row = [candidate.name]
            for width in (2, 16, 64):
                row.append(f"{statistics.median(n / ns * 1e9 for n, ns, *_ in found[i, width]):.0f}")
            everything = [r for width in (2, 16, 64) for r in found[i, width]]
            cpu = statistics.median((r[2] + r[3]) / r[0] for r in everything)
            row += [f"{cpu / 1e3:.2f}",
                    remarks(candidate, level, sum(r[4] for r in everything))]
            rows.append(tuple(row))
        table(("", "2", "16", "64", "cpu", ""), rows)


# ---- memory ----

def children():
    """pid to its children, and pid to the program it runs."""
    below, program = collections.defaultdict(list), {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as stat:
                parent = int(stat.read().rpartition(")")[2].split()[1])
            program[int(name)] = os.readlink(f"/proc/{name}/exe")
        except (OSError, ValueError):
            continue
        below[parent].append(int(name))
    return below, program


def descendants(pids):
    below, program = children()
    todo, found = list(pids), []
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += below[pid]
    return found, program


def pss(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
        for line in rollup:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def hold(place, candidate, level, n):
    """KiB for each of N jobs that run at once beside the job, processes for each."""
    command = candidate.command(place, level, place.job("pause"))
    started = [place.start(command, i, stdout=subprocess.DEVNULL) for i in range(n)]
    is_job = os.path.basename(place.jobs) + "/job"
    try:
        for _ in range(300):
            time.sleep(0.1)
            found, program = descendants([p.pid for p in started])
            jobs = [p for p in found if program.get(p, "").endswith(is_job)]
            if len(jobs) >= n or any(p.poll() is not None for p in started):
                break
        if len(jobs) < n:
            return None
        others = [p for p in found if p not in set(jobs)]
        return sum(pss(p) for p in others) / n, len(others) / n
    finally:
        found, program = descendants([p.pid for p in started])
        for pid in found:
            if program.get(pid, "").endswith(is_job):
                os.kill(pid, signal.SIGKILL)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


MEMORY = (("cordon, in place", 1), ("cordon", 1), ("cordon", 4), ("cordon, no init", 4),
          ("cordon, loadable", 4), ("floor", 4), ("bubblewrap", 4), ("crun", 4),
          ("firejail", 4), ("minijail", 4), ("nsjail", 4))
AT_ONCE = 200


def memory_table(place):
    print(f"memory, {AT_ONCE} jobs at once: PSS in KiB for each, beside the job's own")
    rows = []
    for name, level in MEMORY:
        for candidate in at_level(place, level):
            if candidate.name != name:
                continue
            held = hold(place, candidate, level, AT_ONCE)
            rows.append((name, level, f"{held[0]:.0f}" if held else "-",
                         f"{held[1]:.1f}" if held else "-",
                         "" if held else "not all of its jobs ran"))
    table(("", "level", "PSS", "processes", ""), rows)


# ---- steady state ----

OPENED = "/usr/share/common-licenses/GPL-3"
STEADY = ("exec", "floor", "cordon", "bubblewrap", "crun", "firejail", "minijail", "nsjail")


def steady_table(place):
    host = host_facts(place)
    passed = [c for c in able(place, 4, host)[0] if c.name in STEADY]
    tasks = {"getppid": ("calls", "200000"), "open": ("opens", "20000", OPENED)}
    found = collections.defaultdict(list)
    commands = {(c.name, task): c.command(place, 4, place.job(*arguments))
                for task, arguments in tasks.items() for c in passed}
    for at in range(7):
        for key in random.sample(list(commands), len(commands)):
            done = place.run(commands[key], at)
            if done.returncode == 0:
                found[key].append(int(done.stdout) / 1000)
    print("steady state in level 4: ns for one getppid(2), and for open(2) and close(2)")
    rows = []
    for candidate in passed:
        row = [candidate.name]
        for task in tasks:
            values, base = found[candidate.name, task], found["exec", task]
            row += ["-", "-"] if not values else [
                f"{statistics.median(values):.0f}", f"{min(values) / min(base):.2f}"]
        rows.append((*row, remarks(candidate, 4, 0)))
    table(("", "getppid", "to exec", "open", "to exec", ""), rows)


# ---- growth ----

def many_sections(place, n):
    return [line for i in range(n) for line in (f"[env.n{i}]", f"keep = NAME{i}")]


def many_mounts(place, n):
    return ["[mounts]", "root = empty", "ro = /usr", f"ro = {place.jobs}", "dev = none",
            *[f"ro = /usr/share:/m/{i}" for i in range(n)]]


def many_scripts(place, n):
    return ["[scripts]", "owner = root", f"allow = {place.jobs}/job",
            *[f"allow = {place.jobs}/script-{i}" for i in range(n)]]


def many_hashes(place, n):
    job = place.job()[0]
    own = subprocess.run(["sha256sum", job], capture_output=True, text=True, check=True)
    lines = [f"{i:064x}  {place.jobs}/script-{i}\n" for i in range(n)]
    path = place.write(f"manifest-{n}", "".join(lines) + own.stdout)
    return ["[scripts]", "owner = root", f"allow = {place.jobs}/*", f"manifest = {path}"]


GROWTH = (("sections", many_sections, (5, 50, 500)),
          ("mounts", many_mounts, (10, 100, 1000)),
          ("scripts allowed", many_scripts, (10, 100, 1000)),
          ("lines of a manifest", many_hashes, (1000, 10000, 100000)))


def growth_table(place):
    print("growth: microseconds of a whole start, and how much steeper than linear it is "
          "from one size to the next")
    rows, rounds = [], max(5, ROUNDS // 5)
    for name, make, sizes in GROWTH:
        commands = []
        for n in (0, *sizes):
            place.write(f"conf/growth-{n}.ini", "\n".join(make(place, n)) + "\n")
            commands.append([CORDON, "run", "--conf", place.conf, f"growth-{n}", "--",
                             *place.job()])
        results = time_all(place, commands, rounds)
        times = [statistics.median(r[0]) / 1e3 for r in results]
        for i, n in enumerate(sizes, 1):
            steeper = "-"
            if i > 1 and times[i - 1] > times[0]:
                slope = (times[i] - times[i - 1]) / (n - sizes[i - 2])
                before = (times[i - 1] - times[0]) / sizes[i - 2]
                steeper = f"{slope / before:.2f}"
            failures = results[i][2][0]
            error = ""
            if failures:
                error = place.run(commands[i]).stderr.strip()[:100] or "failed"
            rows.append((name, n, f"{times[0]:.0f}", f"{times[i]:.0f}",
                         f"{(times[i] - times[0]) / n:.2f}", steeper, error))
    table(("", "size", "with none", "time", "for one more", "to linear", ""), rows)


# ---- the program ----

def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        models = [line.partition(": ")[2].strip() for line in info
                  if line.startswith("model name")]
    print(f"{os.uname().release}, {os.cpu_count()} of {models[0] if models else '?'}, "
          f"load {os.getloadavg()[0]:.1f}; the job is a program that ends at once")
    say_missing()


def check(place):
    """For bench.t: WHO LEVEL RESULT, where the floor gives the level."""
    host = host_facts(place)
    who = "root" if place.is_root else "user"
    for level in ALL if place.is_root else (3, 4):
        wrong = {c.name: look(place, c, level, host) for c in at_level(place, level)
                 if c.name != "exec" and not c.program}
        for name, error in wrong.items():
            print(f"{who} {level} {name}: {error or 'ok'}")
    # The control: what is looked for is not there without them.
    given = gives(place, host, host)
    there = [name for name in wanted(4) if given[name] and (place.is_root or name != "uid")]
    there = [name for name in there if name not in ("groups", "loopback")]
    print(f"{who} 0 the job alone: {'has ' + ', '.join(there) if there else 'ok'}")


RUN = {"start": start_table, "parallel": parallel_table, "memory": memory_table,
       "steady": steady_table, "growth": growth_table}


def unify():
    """crun refuses where cgroups of both versions are mounted: all of us do without."""
    if os.geteuid() != 0 or not os.path.isdir("/sys/fs/cgroup/unified"):
        return
    if os.environ.get("BENCH_UNIFIED"):
        return
    script = ("umount -R /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup || exit; "
              'exec "$@"')
    os.environ["BENCH_UNIFIED"] = "yes"
    os.execv("/usr/bin/unshare", ["unshare", "--mount", "/bin/sh", "-c", script, "sh",
                                  sys.executable, "-I", *sys.argv])


def main():
    global CANDIDATES
    uids = [0, FREE_UID] if os.geteuid() == 0 else [os.geteuid()]
    unknown = [name for name in ONLY if name not in TABLES]
    if unknown:
        sys.exit(f"bench: BENCH_ONLY: no table '{unknown[0]}', there are {' '.join(TABLES)}")
    if os.environ.get("BENCH_PEERS") == "no":
        CANDIDATES = [c for c in CANDIDATES if not c.program]
    is_check = sys.argv[1:] == ["check"]
    if not is_check:
        unify()
        machine()
    for uid in uids:
        place = Place(uid)
        try:
            if is_check:
                check(place)
                continue
            for name in ONLY:
                if uid == uids[0] or name == "start":
                    RUN[name](place)
        finally:
            place.remove()


if __name__ == "__main__":
    main()
