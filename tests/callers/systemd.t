#!/bin/sh
# systemd: ExecStart=, with readiness, sockets, a watchdog, and its ways to end a service.
. "$top_srcdir/tests/callers/lib.sh"
needs /lib/systemd/systemd systemd
needs systemctl systemd

named=/sys/fs/cgroup/systemd/cordon.$$ unified=/sys/fs/cgroup/unified/cordon.$$
if ! mkdir "$named" "$unified" 2>/dev/null; then
	rmdir "$named" 2>/dev/null
	skip 'systemd' 'no hybrid tree of cgroups here (/sys/fs/cgroup/systemd, unified): a second systemd has no place'
	plan
fi

# ---- a systemd of its own: process 1 of its namespaces, with these units and no others ----

units=$T/place/units
mkdir "$units" "$T/place/empty"
cat >"$T/place/inside" <<'END'
#!/bin/sh
set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/named /run/unified
mount --bind /sys/fs/cgroup/systemd /run/named
mount --bind /sys/fs/cgroup/unified /run/unified
mount -t tmpfs tmpfs /sys/fs/cgroup
mkdir /sys/fs/cgroup/systemd /sys/fs/cgroup/unified
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
umount /run/named /run/unified
# nothing of the machine's changes, nor does a unit of the machine's begin
mount --bind /etc /etc
mount -o remount,bind,ro /etc
mount --bind "$1/units" /etc/systemd/system
mount --bind "$1/empty" /lib/systemd/system-generators
exec env -i container=x PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
	--unit=nothing.target --log-target=console --show-status=no
END
cat >"$T/place/outside" <<'END'
#!/bin/sh
for at in "$2" "$3"; do echo $$ >"$at/cgroup.procs" || exit; done
exec unshare --cgroup --pid --fork --mount --uts --ipc --kill-child sh "$1/inside" "$1"
END

unit() { # NAME LINE...
	_unit=$units/$1
	shift
	printf '%s\n' '[Unit]' 'DefaultDependencies=no' "$@" >"$_unit"
}
service() { # NAME STACK LINE...
	_name=$1 _stack=$2
	shift 2
	unit "$_name.service" '[Service]' "ExecStart=$CORDON run --conf $T/conf $_stack -- $T/bin/service $T/drop/$_name" \
		'StandardError=append:'"$T/drop/$_name.err" 'TimeoutStopSec=5' "$@"
}
ctl() {
	nsenter -t "$pid1" -a systemctl "$@"
}
property() { # UNIT NAME
	ctl show -P "$2" "$1.service"
}

# A service: it says who it is, that it is ready and alive, and what it hears.
cat >"$T/bin/service" <<'END'
#!/usr/bin/python3
import os, signal, socket, sys, time
path = sys.argv[1]
def note(text):
    with open(path, "a") as f:
        f.write(text + "\n")
def tell(text):
    if "NOTIFY_SOCKET" in os.environ:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.connect(os.environ["NOTIFY_SOCKET"].replace("@", "\0", 1))
            s.send(text.encode())
def end(signum, frame):
    note("TERM")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
signal.signal(signal.SIGUSR1, lambda *_: note("USR1"))
named = [n for n in ("LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID") if os.environ.get(n) == str(os.getpid())]
note("pid %d, its own: %s" % (os.getpid(), " ".join(named)))
if os.environ.get("LISTEN_FDS") == "1":
    note("listens at " + socket.socket(fileno=3).getsockname())
child = os.fork()
if child == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    time.sleep(300)
note("child %d" % child)
tell("READY=1")
if len(sys.argv) > 2:
    sys.exit(int(sys.argv[2])) if sys.argv[2] != "SEGV" else os.kill(os.getpid(), signal.SIGSEGV)
for i in range(1500):
    time.sleep(0.2)
    if i < 15 or not path.endswith("-dog"):
        tell("WATCHDOG=1")
END
chmod 755 "$T/bin/service"

for parent in never always; do
	stack_of "$parent" '[stack]' "parent = $parent" '[rlimits]' 'nofile = 81' '[fds]' 'keep-from-env = LISTEN_FDS'
	# the job of a supervising cordon is not the main process
	access=main
	test "$parent" = never || access=all
	service "$parent" "$parent" 'Type=notify' "NotifyAccess=$access" 'User=nobody' 'WatchdogSec=60'
	service "$parent-mixed" "$parent" 'Type=notify' "NotifyAccess=$access" 'KillMode=mixed'
	service "$parent-dog" "$parent" 'Type=notify' "NotifyAccess=$access" 'WatchdogSec=1'
	service "$parent-five" "$parent" 'Type=exec'
	sed -i 's/^ExecStart=.*/& 5/' "$units/$parent-five.service"
	service "$parent-segv" "$parent" 'Type=exec'
	sed -i 's/^ExecStart=.*/& SEGV/' "$units/$parent-segv.service"
	unit "$parent-asked.socket" '[Socket]' "ListenStream=/run/$parent-asked" "Service=$parent-asked.service"
	service "$parent-asked" "$parent" 'Type=notify' "NotifyAccess=$access"
done
stack_of beside '[stack]' 'parent = beside' '[rlimits]' 'nofile = 81' '[timeout]' 'wall = 1h'
service beside beside 'Type=notify' 'NotifyAccess=main'
stack_of spaces '[namespaces]' 'new = mount pid'
service spaces spaces 'Type=exec' 'RestrictNamespaces=yes'
unit nothing.target

setsid sh "$T/place/outside" "$T/place" "$named" "$unified" >"$T/place/log" 2>&1 &
outside=$!
background="$background $outside"
for _try in $(seq $((10 * patience))); do
	pid1=$(pgrep -P "$outside")
	test -z "$pid1" || ! ctl is-active -q nothing.target 2>/dev/null || break
	sleep 0.1
done
# Its process 1 dies with it, and all below that.
ended() {
	kill -KILL "$outside"
	wait "$outside" 2>/dev/null
	for _try in $(seq $((10 * patience))); do
		find "$named" "$unified" -depth -type d -exec rmdir {} \; 2>/dev/null
		test -d "$named" || test -d "$unified" || return 0
		sleep 0.1
	done
	return 1
}
if ! ctl is-active -q nothing.target 2>"$T/err"; then
	skip 'systemd' "no second one comes up here: $(tail -n 1 "$T/place/log" | cut -c1-100)"
	ended
	plan
fi

# ---- what holds ----

# has FILE LINE: it comes to have it
has() {
	for _try in $(seq $((50 * patience))); do
		! grep -qxE -- "$2" "$1" 2>/dev/null || return 0
		sleep 0.02
	done
	return 1
}
# as_ended UNIT RESULT: it comes to that
as_ended() {
	for _try in $(seq $((10 * patience))); do
		test "$(property "$1" Result):$(property "$1" ExecMainStatus)" != "$2" || return 0
		sleep 0.1
	done
	return 1
}

for parent in never always; do
	check "$parent: ready when the job says so" ctl start "$parent"
	check "$parent: LISTEN_PID and the like name the job" has "$T/drop/$parent" 'pid [0-9]+, its own: WATCHDOG_PID SYSTEMD_EXEC_PID'
	main=$(property "$parent" MainPID)
	said=$(sed -n 's/^pid \([0-9]*\),.*/\1/p' "$T/drop/$parent")
	test "$parent" = never && same=yes || same=no
	check "$parent: the main process is the job: $same" test "$(test "$main" = "$said" && echo yes || echo no)" = "$same"
	check "$parent: in its stack, as the unit's user" nsenter -t "$pid1" -a sh -c '
		grep -q "^Max open files  *81 " "/proc/$1/limits" && test "$(stat -c %U "/proc/$1")" = nobody' sh "$said"
	ctl kill --kill-who=main -s USR1 "$parent"
	check "$parent: a signal to the main process alone reaches the job" has "$T/drop/$parent" USR1
	ctl stop "$parent"
	check "$parent: stop: it hears TERM" has "$T/drop/$parent" TERM
	check "$parent: stop: and a child of a session of its own is gone too" test "$(property "$parent" ActiveState):$(property "$parent" ControlGroup)" = inactive:
	check "$parent: nothing was said" test ! -s "$T/drop/$parent.err"

	ctl start "$parent-mixed"
	ctl stop "$parent-mixed"
	check "$parent: KillMode=mixed: the job hears TERM, the rest is killed" has "$T/drop/$parent-mixed" TERM

	ctl start "$parent-dog"
	check "$parent: a watchdog that is not fed any more" as_ended "$parent-dog" watchdog:6

	ctl start "$parent-five"
	check "$parent: a status" as_ended "$parent-five" exit-code:5
	ctl start "$parent-segv"
	check "$parent: a signal" as_ended "$parent-segv" signal:11

	ctl start "$parent-asked.socket"
	nsenter -t "$pid1" -a /usr/bin/python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "/run/$parent-asked"
	check "$parent: a socket that it is given, and LISTEN_PID" has "$T/drop/$parent-asked" 'pid [0-9]+, its own: LISTEN_PID SYSTEMD_EXEC_PID'
	check "$parent: as descriptor 3" has "$T/drop/$parent-asked" "listens at /run/$parent-asked"
	ctl stop "$parent-asked.socket" "$parent-asked"
done

check 'beside: ready with NotifyAccess=main' ctl start beside
check 'beside: the main process is the job' has "$T/drop/beside" "pid $(property beside MainPID), its own: SYSTEMD_EXEC_PID"
ctl stop beside
check 'beside: stop: it hears TERM' has "$T/drop/beside" TERM
ctl start spaces
check 'RestrictNamespaces=yes: no job, and why' as_ended spaces exit-code:125
cp "$T/drop/spaces.err" "$T/out"
check 'RestrictNamespaces=yes: one line, which names what forbids it' test "$(wc -l <"$T/out"):$(grep -c 'cordon: spaces: .*RestrictNamespaces' "$T/out")" = 1:1

check 'nothing is left' ended
plan
