# SPDX-License-Identifier: MIT
"""As a worker calls its jail: worker.py NSJAIL PROFILE WORK STOP -- COMMAND...

The profile is filled in, the jail is started in a process group of its own with an environment
made for the job and its streams in two pipes, gets an oom_score_adj right away, and its first
child's peak memory is read.  STOP is "" or the seconds after the job's first words when it is
cancelled: TERM to the jail alone, KILL to the group 5 s later.  Prints one JSON object.
"""
import json
import os
import signal
import subprocess
import sys
import time

jail, profile, work, stop = sys.argv[1:5]
command = sys.argv[6:]
with open(profile, encoding="utf-8") as file:
    text = file.read().replace("{WORK}", work).replace("{CLONE_NEWUSER}", "true")
with open(os.path.join(work, "run.config.proto"), "w", encoding="utf-8") as file:
    file.write(text)
began = None
env = {"PATH": "/usr/local/bin:/usr/bin:/bin", "TZ": "UTC", "WM_TOKEN": "for the job"}
env.update({name: os.environ[name] for name in ("SECRET", "LANG") if name in os.environ})
job = subprocess.Popen(
    [jail, "--config", "run.config.proto"] + (["--"] + command if command else []),
    cwd=work, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
    stderr=subprocess.PIPE, process_group=0)
try:
    with open(f"/proc/{job.pid}/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
except OSError:
    pass  # it has ended
said, told, peak, is_first, oom = b"", b"", 0, None, None
os.set_blocking(job.stdout.fileno(), False)
os.set_blocking(job.stderr.fileno(), False)
asked = None
while job.poll() is None:
    try:
        with open(f"/proc/{job.pid}/task/{job.pid}/children", encoding="ascii") as file:
            child = file.read().split()
        with open(f"/proc/{child[0]}/status", encoding="ascii") as file:
            status = dict(line.split(":", 1) for line in file)
        peak = max(peak, int(status["VmHWM"].split()[0]))
        is_first = status["NSpid"].split()[-1] == "1"
        with open(f"/proc/{job.pid}/oom_score_adj", encoding="ascii") as file:
            oom = int(file.read())
    except (OSError, IndexError, KeyError):
        pass
    said += job.stdout.read() or b""
    told += job.stderr.read() or b""
    began = began or (said and time.monotonic())
    if stop and began and not asked and time.monotonic() - began > float(stop):
        asked = time.monotonic()
        job.send_signal(signal.SIGTERM)
    if asked and time.monotonic() - asked > 5:
        os.killpg(job.pid, signal.SIGKILL)
    time.sleep(0.01)
said += job.stdout.read() or b""
told += job.stderr.read() or b""
print(json.dumps({
    "code": job.returncode, "said": said.decode("utf-8", "surrogateescape"), "peak": peak,
    "told": told.decode("utf-8", "surrogateescape"), "first": is_first, "oom": oom,
    "ended": round(time.monotonic() - asked, 1) if asked else None}))
