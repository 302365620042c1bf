#!/bin/sh
# xinetd: server=, where the connection is stdin, stdout and stderr.
. "$top_srcdir/tests/callers/lib.sh"
needs xinetd xinetd

# ask PORT LINE: what comes back for it, until the other side closes
ask() {
	/usr/bin/python3 - "$@" <<'END'
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
s.sendall((sys.argv[2] + "\n").encode())
s.shutdown(socket.SHUT_WR)
while data := s.recv(65536):
    sys.stdout.write(data.decode())
END
}

free_port() {
	/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# It says what it reads, who it is, what its descriptors are, and something on stderr.
cat >"$T/bin/answer" <<'END'
#!/bin/sh
read -r line
echo "got $line"
echo "user $(id -un), groups $(id -G), files $(ulimit -n), in $(pwd)"
test "$(readlink "/proc/$$/fd/0")" = "$(readlink "/proc/$$/fd/1")" -a "$(readlink "/proc/$$/fd/0")" = "$(readlink "/proc/$$/fd/2")" &&
	echo one socket
ls "/proc/$$/fd" | grep -cv '^[012]$\|^10$\|^255$' | sed 's/^/others /'
echo to stderr >&2
END
chmod 755 "$T/bin/answer"

service() { # NAME PORT
	printf '%s\n' "service $1" '{' 'type = UNLISTED' "port = $2" 'bind = 127.0.0.1' 'socket_type = stream' \
		'protocol = tcp' 'wait = no' 'user = nobody' "server = $CORDON" \
		"server_args = run --conf $T/conf $1 -- $T/bin/answer" 'disable = no' '}'
}
stack_of never '[stack]' 'parent = never' '[rlimits]' 'nofile = 81'
stack_of always '[stack]' 'parent = always' '[rlimits]' 'nofile = 81'
stack_of denied '[deny]'
never=$(free_port) always=$(free_port) denied=$(free_port)
{
	printf '%s\n' 'defaults' '{' 'cps = 1000 1' '}'
	service never "$never"
	service always "$always"
	service denied "$denied"
} >"$T/place/xinetd.conf"
xinetd -dontfork -f "$T/place/xinetd.conf" -pidfile "$T/place/pid" -filelog "$T/place/log" >"$T/place/out" 2>&1 &
xinetd=$!
background="$background $xinetd"
until_file "$T/place/pid"

answers() { # NAME PORT
	ask "$2" hello >"$T/out" 2>"$T/err"
	judge_says "$1: it reads and answers, as its user, in its stack" 'got hello' \
		"~user nobody, groups [0-9]+, files 81, in /"
	judge_says "$1: the connection is stdin, stdout and stderr, and nothing else is open" 'one socket' 'others 0' 'to stderr'
	check "$1: and nothing else was said" test "$(wc -l <"$T/out")" = 5
}
answers never "$never"
answers always "$always"
ask "$denied" hello >"$T/out" 2>"$T/err"
check 'denied: the refusal is a line, and nothing ran' \
	test "$(wc -l <"$T/out"):$(grep -c '^cordon: denied: ' "$T/out")" = 1:1
kill "$xinetd"
wait "$xinetd"
plan
