#!/bin/sh
# conf.d/offline.ini: nobody to talk to but itself.
. "$top_srcdir/tests/stacks/lib.sh"
needs python3 /usr/bin/python3
python=/usr/bin/python3

works() {
	workplace
	shipped offline
	real 'a server and its client by 127.0.0.1' $python -c '
import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
server.accept()[0].send(b"x")
assert client.recv(1) == b"x"'
	stopped 'an address' 'unreachable' $python -c '
import socket
socket.create_connection(("192.0.2.1", 80), 5)'
	stopped 'a name' 'gaierror|resolution' $python -c '
import socket
socket.getaddrinfo("example.org", 80)'
	for family in AF_NETLINK AF_PACKET AF_VSOCK AF_ALG; do
		stopped "a socket of $family" 'PermissionError|not supported' $python -c "
import socket
socket.socket(socket.$family, socket.SOCK_RAW if '$family' == 'AF_NETLINK' else socket.SOCK_STREAM)"
	done
	real 'its interfaces are lo alone' /bin/sh -c 'test "$(sed 1,2d /proc/net/dev | cut -d: -f1 | tr -d " ")" = lo'
	# a server of the host's
	$python -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0cordon-test-%d" % server.getsockname()[1])
abstract.listen()
open("'"$T/port"'", "w").write(str(server.getsockname()[1]))
time.sleep(300)' &
	background="$background $!"
	tries=0
	while ! test -s "$T/port" && test "$tries" -lt 100; do
		sleep 0.1
		tries=$((tries + 1))
	done
	port=$(cat "$T/port")
	check "offline ($who): control: the host's server answers outside" $python -c "
import socket
socket.create_connection(('127.0.0.1', $port), 5)
s = socket.socket(socket.AF_UNIX); s.connect('\\0cordon-test-$port')"
	stopped "a server of the host's" 'refused' $python -c "
import socket
socket.create_connection(('127.0.0.1', $port), 5)"
	stopped "an abstract socket of the host's" 'refused' $python -c "
import socket
s = socket.socket(socket.AF_UNIX); s.connect('\\0cordon-test-$port')"
	rm -f "$T/port"
	for folder in /run/dbus /run/systemd; do
		if test -d "$folder"; then
			real "$folder is empty" /bin/sh -c "! ls -A $folder 2>/dev/null | grep ."
		else
			check "offline ($who): $folder, which is not here, is in the plan" \
				sh -c "$CORDON explain offline | grep -qE '^hide $folder( |\$)'"
		fi
	done
	sound offline
}

both works
plan
