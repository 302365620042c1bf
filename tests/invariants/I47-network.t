#!/bin/sh
# I47: in a network namespace of its own the job reaches no address of the host's.
# By path it does: mounts, or Landlock, say what of that it sees.
. "$top_srcdir/tests/lib.sh"

name_of_socket=cordon-test-$$
"$probe" listen "$name_of_socket" "$T/drop/socket" "$T/drop/port" >"$T/listen" 2>&1 &
background=$!
until_test -e "$T/drop/port"
if ! test -e "$T/drop/port"; then
	not_ok 'I47 the control: listens' "$(cat "$T/listen")"
	plan
fi
read -r port <"$T/drop/port"

reached() {
	unsafe "$1" "connect abstract $name_of_socket" 'connect ok' &&
		unsafe "$1" "connect tcp 127.0.0.1 $port" 'connect ok' &&
		unsafe "$1" "connect path $T/drop/socket" 'connect ok'
}

unreachable() {
	name="I47 $who: the host's network"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	reached "$name" || return
	for loopback in yes no; do
		closed=ECONNREFUSED
		test $loopback = yes || closed=ENETUNREACH
		set -- '[namespaces]' 'new = net' "loopback = $loopback"
		stack "$@"
		how="loopback = $loopback"
		tries "$name, $how: an abstract socket" \
			"connect abstract $name_of_socket" 'connect ECONNREFUSED'
		tries "$name, $how: 127.0.0.1" "connect tcp 127.0.0.1 $port" \
			"connect $closed"
		tries "$name, $how: udp to 127.0.0.1" "connect udp 127.0.0.1 $port" \
			"~connect (ok|$closed)"
		tries "$name, $how: another address" 'connect udp 192.0.2.1 9' \
			'connect ENETUNREACH'
		tries "$name, $how: by tcp" 'connect tcp 192.0.2.1 9' 'connect ENETUNREACH'
		tries "$name, $how: lo and nothing else" interfaces 'interfaces lo'
	done
	stack '[namespaces]' 'new = net'
	tries "$name: a socket's path is no address, and stays" \
		"connect path $T/drop/socket" 'connect ok'
	stack '[namespaces]' 'new = net mount' '[process]' 'cwd = /' '[mounts]' 'root = empty' \
		"ro = $tools:/tools"
	probe_was=$probe probe=/tools/probe
	tries "$name: but not where its folder isn't mounted" \
		"connect path $T/drop/socket" 'connect ENOENT'
	probe=$probe_was
}

# Without the section nothing of it is taken away.
untouched() {
	stack '[stack]' "parent = $parent"
	tries "I47 $who $form: the host's, without the section" \
		"connect tcp 127.0.0.1 $port" 'connect ok'
}

both unreachable
all_ways untouched
plan
