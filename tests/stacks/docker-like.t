#!/bin/sh
# conf.d/docker-like.ini: what one expects of a container.
. "$top_srcdir/tests/stacks/lib.sh"
needs python3 /usr/bin/python3
python=/usr/bin/python3

works() {
	if ! can_userns; then
		skip "docker-like ($who)" 'this kernel gives no user namespace with mounts here'
		return
	fi
	workplace
	printf '#!/bin/sh\necho "$(hostname 2>/dev/null || cat /proc/sys/kernel/hostname) $(pwd)"\n' >"$work/job.sh"
	chmod 755 "$work/job.sh"
	shipped docker-like
	real 'a script in the folder where it starts' ./job.sh
	check "docker-like ($who): its host name and folder" grep -qx "cordon $work" "$T/out"
	real 'Python, with sqlite3 and threads' $python -c '
import os, sqlite3, ssl, threading, subprocess
assert sqlite3.connect("x.db").execute("select 1").fetchone() == (1,)
assert subprocess.check_output(["ls", "/usr/bin/python3"])
seen = set(os.listdir("/"))
assert not seen & {"root", "home", "boot", "srv", "mnt", "sys"}, seen
assert not os.path.exists("/etc/shadow")
pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
assert len(pids) <= 3, pids
assert all(line.split()[1] == "0000000000000000" for line in open("/proc/self/status") if line.startswith("Cap"))'
	for target in / /usr /etc /dev /usr/bin/ls; do
		stopped "writing to $target" 'Read-only|Permission denied|not permitted|Is a directory' \
			$python -c "
import os, stat
path = '$target'
open(path if not os.path.isdir(path) else path.rstrip('/') + '/cordon-was-here', 'a')"
	done
	real 'writing to /tmp' /bin/sh -c 'echo x >/tmp/x && echo x >/var/tmp/x'
	check "docker-like ($who): and not to the host's" test ! -e /var/tmp/x
	stopped 'an address' 'unreachable' $python -c '
import socket
socket.create_connection(("192.0.2.1", 80), 5)'
	# where it starts is the whole machine: that is not bound over its root
	work=/
	real 'started in / it sees no more' /bin/sh -c '! test -e /root && ! test -e /home'
	sound docker-like
}

both works
plan
