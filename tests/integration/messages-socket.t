#!/bin/sh
# [messages] socket: cordon listens where the job was told to, and what passes is judged.
. "$top_srcdir/tests/lib.sh"

if test -z "$python"; then
	skip 'a socket' 'no /usr/bin/python3'
	plan
fi
if test "${#T}" -gt 80; then
	skip 'a socket' "its path would be too long for one: $T"
	plan
fi

# The worker: listens after DELAY, and says of each line what it was; "quit" ends it.  What it
# finds at its path before is another's.
cat >"$T/drop/worker" <<'END'
import os, socket, sys, time
path, delay = os.environ["WORKER_SOCKET"], float(sys.argv[1])
if len(sys.argv) > 2:
    os.symlink(sys.argv[2], path)
time.sleep(delay)
if len(sys.argv) > 2:
    os.unlink(path)
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen(5)
print(path, flush=True)
while True:
    stream = server.accept()[0].makefile("rwb")
    for line in stream:
        if b"quit" in line:
            sys.exit(3)
        if b"say " in line:
            stream.write(line.strip()[5:-1].replace(b"'", b'"') + b"\n")
        else:
            stream.write(b'"got ' + str(len(line)).encode() + b'"\n')
        stream.flush()
    stream.close()
END

# The host, as a library of workers is: five tries, 100 ms and doubling.
cat >"$T/host" <<'END'
import socket, sys, time
path, hears = sys.argv[1], int(sys.argv[2])
stream = socket.socket(socket.AF_UNIX)
for wait in 0.1, 0.2, 0.4, 0.8, 1.6:
    try:
        stream.connect(path)
        break
    except OSError:
        time.sleep(wait)
for line in sys.argv[3:]:
    try:
        stream.sendall(line.encode() + b"\n")
    except OSError:
        break
heard = stream.makefile()
for line in range(hears):
    sys.stdout.write(heard.readline())
stream.shutdown(socket.SHUT_WR)
sys.stdout.write(heard.read())
END

# start ARGUMENT...: the worker in the stack "t"; $worker
start() {
	: >"$T/drop/told"
	: >"$T/seen"
	WORKER_SOCKET=$path "$launch" --watch "$T/seen" --pid-file "$T/drop/pid" --timeout "$limit" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- "$python" -I "$T/drop/worker" "$@" \
		>"$T/drop/told" 2>"$T/err" </dev/null &
	worker=$!
	background="$background $worker"
	until_test -S "$path" -o -s "$T/err"
}

# host N LINE...: says no more when it has heard N lines; all that it heard is in $T/out
host() {
	"$launch" --timeout "$limit" $switch -- "$python" -I "$T/host" "$path" "$@" >"$T/out" 2>"$T/host.err" </dev/null
}

# ended NAME STATUS
ended() {
	wait "$worker"
	rc=$?
	check "$who: $1: its status" test "$rc" = "$2"
	check "$who: $1: its socket is gone" test ! -e "$path"
}

talk() {
	folder=$T/$who
	mkdir -m 700 "$folder"
	chown "$uid" "$folder"
	path=$folder/s
	mkdir -m 700 "$T/log.$who"
	chown "$uid" "$T/log.$who"

	set -- '[messages]' 'socket = WORKER_SOCKET' 'max-depth = 2' 'forbid-keys = __proto__'
	stack "$@" '[record]' "file = $T/log.$who/jobs" '[timeout]' 'grace = 1s'
	start 0.5 # it listens later than its host comes
	check "$who: for its owner alone" test "$(stat -c %a:%u "$path")" = "600:$uid"
	host 0 '[1]' '"two"'
	told 'both ways' '"got 4"' '"got 6"'
	read -r own <"$T/drop/told"
	check "$who: the worker has another path" test "$own" != "$path"
	check "$who: in a folder of its own" test "$(stat -c %a "${own%/*}")" = 700
	host 0 '[1]'
	told 'another connection' '"got 4"'
	host 0 '"quit"'
	ended 'the end' 3
	check "$who: and its folder" test ! -e "${own%/*}"

	start 0
	host 0 '[2]' '{"\u005f_proto__": 1}' '[3]'
	ended 'a forbidden key' 125
	tail -n 1 "$T/log.$who/jobs" >"$T/out"
	json "$who: the record says why" 'o["reason"] == "denied" and o["section"] == "messages" and o["message"] == "line 2 of the socket to the job has the forbidden key '"'__proto__'"'"'

	stack "$@" 'violation = answer'
	start 0
	said='{"error":"line 1 of the socket from the job is deeper than 2","section":"messages"}'
	host 3 '[[[1]]]' "\"say [[['x']]]\"" "\"say {'a': 1}\""
	LC_ALL=C sort -o "$T/out" "$T/out" # each way has an order, and not both together
	told 'answers' "\"got $((${#said} + 1))\"" '{"a": 1}' '{"error":"line 1 of the socket to the job is deeper than 2","section":"messages"}'
	host 0 '"quit"'
	ended 'after answers' 3
}

# What the worker leaves at its path leads nobody elsewhere.
mislead() {
	"$python" -I -c 'import os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
server.listen(5)
while True:
    server.accept()[0].sendall(b"\"another\"\n")' "$T/drop/other.$who" &
	background="$background $!"
	until_test -S "$T/drop/other.$who"
	stack '[messages]' 'socket = WORKER_SOCKET'
	start 0.5 "$T/drop/other.$who"
	host 0 '[1]'
	told 'a link of its own is not followed' '"got 4"'
	host 0 '"quit"'
	ended 'a link' 3
}

killed() {
	stack '[messages]' 'socket = WORKER_SOCKET'
	start 0
	until_test -s "$T/drop/told"
	read -r pid <"$T/drop/pid"
	kill -KILL "$pid"
	wait "$worker"
	check "$who: killed: the socket is left" test -S "$path"
	start 0
	host 0 '"quit"'
	ended 'and removed by the next' 3
}

mistakes() {
	stack '[messages]' 'socket = WORKER_SOCKET'
	refused "$who: no such variable" "the caller has no variable 'WORKER_SOCKET'"
	export WORKER_SOCKET
	WORKER_SOCKET=s
	refused "$who: no path" "'s' is not an absolute path"
	WORKER_SOCKET=$folder/there
	: >"$WORKER_SOCKET"
	refused "$who: what is there stays" "'$WORKER_SOCKET' is there already"
	check "$who: and is what it was" test -f "$WORKER_SOCKET"
	ln -s "$folder" "$T/drop/link.$who"
	WORKER_SOCKET=$T/drop/link.$who/s
	refused "$who: a link on the way" "cannot open '$T/drop/link.$who' (a folder, not a link)"
	mkdir "$folder/open"
	chown "$uid" "$folder/open"
	chmod 777 "$folder/open"
	WORKER_SOCKET=$folder/open/s
	refused "$who: a folder of everybody's" "'$folder/open' is writable by others"
	WORKER_SOCKET=$folder/$(printf '%0100d' 0)
	refused "$who: too long" "cannot be the path of a socket"
	WORKER_SOCKET=$path
	stack '[messages]' 'socket = WORKER_SOCKET' '[tmp]' 'size = 1M' 'dir = TMPDIR'
	refused "$who: a folder out of reach" 'a size makes a folder that cordon itself cannot reach'
	stack '[messages]' 'socket = WORKER_SOCKET' '[messages.b]' 'socket = OTHER'
	refused "$who: two" 'a job has one such socket'
	stack '[messages]' 'socket = WORKER_SOCKET' '[env]' 'set = WORKER_SOCKET=x'
	refused "$who: set by another" "contradicts that of"
	unset WORKER_SOCKET
}

# Another user, who sees another /tmp and nothing of the host's folder.
apart() {
	stack '[messages]' 'socket = WORKER_SOCKET' '[user]' 'user = nobody' '[tmp]' 'private = /tmp' 'dir = TMPDIR'
	start 0
	host 0 '[1]' '"quit"'
	told 'as another user' '"got 4"'
	ended 'as another user' 3
}

both_all() {
	talk
	mislead
	killed
	mistakes
	test "$who" != root || apart
}
both both_all
plan
