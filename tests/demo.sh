#!/bin/sh
# SPDX-License-Identifier: MIT
# A first job in a stack: a program does its work in `default`, and then what it
# must not.  Started by root it is shown twice, as root and as an ordinary user.
# Exit status 1: something was not refused.  Leaves nothing behind.
#
#	./bootstrap demo, or: make demo
set -u
: "${top_srcdir:?is not set (call it by make demo)}" "${top_builddir:?is not set}"
: "${CORDON:=$top_builddir/cordon}"
python=/usr/bin/python3 # not along PATH: a shim of pyenv's begins with a shell
user=54321		# of nobody's
token='4711-of-the-caller'

test -x "$python" || {
	echo "demo: $python is missing (apt-get install python3)" >&2
	exit 1
}
umask 022
# Root's jobs run as nobody, who may not enter a build tree below /root; and the
# job has a /tmp of its own.
base=$top_builddir
test "$(id -u)" != 0 || base=/run
T=$(mktemp -d "${DEMO_DIR:-$base}/cordon-demo.XXXXXX") || exit 1
chmod 755 "$T"
sleeper=
# shellcheck disable=SC2317 # it is called by the trap
cleanup() {
	status=$?
	test -z "$sleeper" || kill "$sleeper" 2>/dev/null
	cd /
	rm -rf "$T"
	exit "$status"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

text=/usr/share/common-licenses/GPL-3
test -r "$text" || text=/etc/services
test -r "$text" || text=$top_srcdir/COPYING

cat >"$T/words.py" <<'END'
import collections, re, sys

with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    words = re.findall(r"[a-z]+", file.read().lower())
most = collections.Counter(words).most_common(4)
print(len(words), "words; most often:", ", ".join(f"{w} {n}" for w, n in most))
with open("words.txt", "w") as result:
    result.writelines(word + "\n" for word in sorted(set(words)))
END

# Each attempt raises OSError where it is refused; what it returns, it has got.
cat >"$T/tries.py" <<'END'
import glob, os, subprocess, sys, time

outside, pid = sys.argv[1:]
su = "/usr/bin/su"

def read(path):
    with open(path, "rb") as file:
        return f"{len(file.read())} bytes of it"

def write(path):
    with open(path, "a"):
        return "opened"

def see_processes():
    seen = [name for name in os.listdir("/proc") if name.isdigit()]
    if pid in seen or len(seen) > 3:
        return f"{len(seen)} of them"
    raise ProcessLookupError(f"{len(seen)} are there, itself and its init")

def find_token():
    if "SECRET_TOKEN" in os.environ:
        return "in its own environment"
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if b"SECRET_TOKEN" in file.read():
                    return f"in {path}"
        except OSError:
            pass
    raise KeyError("nowhere: not in its own, not below /proc")

def signal():
    os.kill(int(pid), 0)
    return "it is there"

def set_user_id():
    """A set-user-ID program that waits for a password: who is it meanwhile?"""
    mine = os.geteuid()
    with subprocess.Popen([su], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as child:
        time.sleep(0.3)
        with open(f"/proc/{child.pid}/status") as status:
            lines = dict(line.split(":", 1) for line in status)
        child.kill()
    uid = int(lines["Uid"].split()[1])
    if uid != mine:
        return f"it runs as uid {uid}"
    raise PermissionError(f"it runs as uid {mine}, as its caller does")

def become_root():
    os.setuid(0)
    return "uid 0"

tries = [
    ("read /etc/shadow", read, "/etc/shadow"),
    ("read another user's file (0600)", read, outside + "/of-another"),
    ("write where anybody may (0666)", write, outside + "/of-all"),
    ("write to /usr", write, "/usr/cordon-demo"),
    ("see the host's processes", see_processes),
    ("signal one of them", signal),
    ("find the caller's SECRET_TOKEN", find_token),
    ("call setuid(0)", become_root),
    (f"gain rights by {su}", set_user_id),
]
allowed = 0
for what, attempt, *args in tries:
    if not all(os.path.exists(path) for path in args if path.startswith(outside)) \
            or (attempt is set_user_id and not os.path.exists(su)):
        continue
    try:
        verdict, why = "NOT REFUSED", attempt(*args)
        allowed += 1
    except OSError as error:
        verdict, why = "refused", error.strerror or error
    except KeyError as error:
        verdict, why = "refused", error.args[0]
    print(f"  {verdict:<8} {what:<32} {why}")
sys.exit(1 if allowed else 0)
END

type_in() { # what a reader could type
	echo
	echo "\$ $*"
}

# show WHO [COMMAND...]: the command makes of this caller another one.  Status 1:
# something was not refused, 2: this machine does not let WHO have such a stack.
show() {
	echo "==== started by $1 ===="
	shift
	mkdir -m 1777 "$T/work"
	if test "$(id -u)" = 0; then # of anybody else it would be its own
		(umask 077 && echo 'a secret' >"$T/of-another")
	fi
	: >"$T/of-all"
	chmod 666 "$T/of-all"
	cd "$T/work" || exit 1
	"$@" "$CORDON" run default -- /bin/true || return 2
	SECRET_TOKEN=$token "$@" sleep 60 &
	sleeper=$!

	type_in "cordon run default -- python3 words.py $text"
	"$@" "$CORDON" run default -- "$python" -I ../words.py "$text" || return 1
	echo "\$ ls -l"
	ls -l

	type_in 'SECRET_TOKEN=... cordon run default -- python3 tries.py'
	SECRET_TOKEN=$token "$@" "$CORDON" run default -- \
		"$python" -I ../tries.py "$T" "$sleeper"
	tried=$?
	kill "$sleeper"
	sleeper=
	cd "$T" || exit 1
	rm -rf "$T/work" "$T/of-another" "$T/of-all"
	echo
	test "$tried" = 0 || return 1
}

failed=0
note=
if test "$(id -u)" = 0; then
	show root || failed=1
	show "an ordinary user (uid $user)" \
		setpriv --reuid "$user" --regid "$user" --clear-groups
	case $? in
	0) ;;
	2) note='As an ordinary user it was not shown: the line above says why.' ;;
	*) failed=1 ;;
	esac
else
	show "an ordinary user (uid $(id -u))" || failed=1
fi

echo '==== what the stack is made of, with the line that asks for each step ===='
cd "$T" || exit 1
type_in 'cordon explain default'
"$CORDON" explain default || failed=1
echo
test -z "$note" || echo "$note"
if test "$failed" = 0; then
	echo 'All that the job must not do was refused.'
else
	echo 'Not everything was as it should be: see above.'
fi
exit "$failed"
