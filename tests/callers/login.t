#!/bin/sh
# A login shell: su, runuser, script, and sshd with its commands, terminals and file transfers.
. "$top_srcdir/tests/callers/lib.sh"
needs su util-linux
needs runuser util-linux

# A user whose shell is ours, known in this mount namespace alone.
home=$T/place/home
mkdir -m 755 "$home" "$T/place/ssh"
mkdir -m 700 "$home/.ssh"
for at in passwd shadow group; do cp "/etc/$at" "$T/place/$at" || exit 99; done
echo "wrapped:x:$free_uid:$free_uid::$home:$sh" >>"$T/place/passwd"
echo 'wrapped:*:19000:0:99999:7:::' >>"$T/place/shadow"
echo "wrapped:x:$free_uid:" >>"$T/place/group"
{ cat /etc/shells; echo "$sh"; } >"$T/place/shells"
for at in passwd shadow group shells; do mount --bind "$T/place/$at" "/etc/$at" || exit 99; done
if test "$(id -un "$free_uid" 2>/dev/null)" != wrapped; then
	skip 'login shells' 'names do not come of /etc/passwd here'
	plan
fi

# gives NAME LINE... : the last one said these lines, and ended with $want
gives() {
	_name=$1
	shift
	printf '%s\n' "$@" >"$T/want"
	check "$_name" cmp "$T/want" "$T/out"
	check "$_name: the status" test "$rc" = "${want:-0}"
}
tell="echo \"\$0 \$1 \$2\"; ulimit -n; id -un; exit 7"

want=7
bare /usr/bin/su wrapped -c "$tell"
gives 'su -c' "$(basename "$sh")  " 77 wrapped
bare /usr/bin/su - wrapped -c "$tell"
gives 'su - -c: a login shell' "-$(basename "$sh")  " 77 wrapped
bare /usr/bin/su wrapped -- -c "$tell" name a b
gives 'su -- -c: a name and arguments' 'name a b' 77 wrapped
bare /usr/sbin/runuser -l wrapped -c "$tell"
gives 'runuser -l -c' "-$(basename "$sh")  " 77 wrapped
printf '%s\n' "$tell" >"$T/place/input"
"$launch" --watch "$T/seen" --timeout "$limit" -- /usr/bin/su - wrapped <"$T/place/input" >"$T/out" 2>"$T/err"
rc=$?
gives 'su -: a script on its standard input' "-$(basename "$sh")  " 77 wrapped
want=5
bare /usr/bin/env "SHELL=$sh" /usr/bin/script -qec 'tty -s && ulimit -n; exit 5' /dev/null
tr -d '\r' <"$T/out" >"$T/lines" && mv "$T/lines" "$T/out"
gives 'script: on a terminal' 77

# ---- sshd ----

needs sshd openssh-server
needs ssh openssh-client

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
ssh-keygen -q -t ed25519 -N '' -f "$T/place/ssh/host" && ssh-keygen -q -t ed25519 -N '' -f "$T/place/ssh/key" || exit 99
cp "$T/place/ssh/key.pub" "$home/.ssh/authorized_keys"
chown -R "$free_uid:$free_uid" "$home"
mount -t tmpfs tmpfs /run && mkdir -m 755 /run/sshd || exit 99
printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey $T/place/ssh/host" 'UsePAM no' 'StrictModes no' \
	'PidFile none' 'Subsystem sftp /usr/lib/openssh/sftp-server' 'PrintMotd no' 'PrintLastLog no' >"$T/place/ssh/config"
/usr/sbin/sshd -D -e -f "$T/place/ssh/config" >"$T/place/ssh/log" 2>&1 &
sshd=$!
background="$background $sshd"
options="-F none -i $T/place/ssh/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes"
for _try in $(seq $((10 * patience))); do
	! ssh $options -p "$port" wrapped@127.0.0.1 true 2>"$T/err" </dev/null || break
	sleep 0.1
done
over() {
	bare /usr/bin/ssh $options -p "$port" "$@"
}

want=7
over wrapped@127.0.0.1 "$tell"
gives 'ssh: a command' "$(basename "$sh")  " 77 wrapped
check 'ssh: nothing else is said' test ! -s "$T/err"
over wrapped@127.0.0.1 'kill -SEGV $$'
check 'ssh: a signal is an error of the connection, as without cordon' test "$rc" = 255
"$launch" --watch "$T/seen" --timeout "$limit" -- /usr/bin/ssh $options -tt -p "$port" wrapped@127.0.0.1 \
	<"$T/place/input" >"$T/lines" 2>"$T/err"
rc=$?
tr -d '\r' <"$T/lines" | grep -xE -- '.*77|-cordon-sh@wrapped +' >"$T/out"
check 'ssh: a login on a terminal' grep -qx '77' "$T/out"
check 'ssh: a login: the status' test "$rc" = 7
head -c 300000 /dev/urandom >"$T/place/data"
printf '%s\n' "put $T/place/data $home/one" "get $home/one $T/place/back" >"$T/place/batch"
bare /usr/bin/sftp $options -P "$port" -b "$T/place/batch" wrapped@127.0.0.1
check 'sftp: there and back, byte for byte' cmp "$T/place/data" "$T/place/back"
bare /usr/bin/scp -O $options -P "$port" "$T/place/data" "wrapped@127.0.0.1:$home/two"
check 'scp: by its old way, a command' cmp "$T/place/data" "$home/two"
stack_of wrapped '[stack]' 'program = /bin/sh' '[deny]'
over wrapped@127.0.0.1 "$tell"
check 'ssh: a stack that refuses: no shell, and why' test "$rc:$(grep -c '^cordon: wrapped: ' "$T/err")" = 125:1
kill "$sshd"
wait "$sshd" 2>/dev/null
umount /run
plan
