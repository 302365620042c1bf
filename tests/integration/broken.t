#!/bin/sh
# Broken stacks: each is refused with status 125 and one line that names the file, the
# line and the word, and the job has not started.
. "$top_srcdir/tests/lib.sh"

# Rows: what stderr must hold | the lines of t.ini, split at '~'.  '@' is "t.ini".
rows() {
	while IFS='|' read -r want text; do
		test -n "$text" || continue
		printf '%s' "$text" | tr '~' '\n' >"$T/conf/t.ini"
		echo >>"$T/conf/t.ini"
		refused "$(printf '%s' "$text" | cut -c1-60)" \
			"$(printf '%s' "$want" | sed 's/@/t.ini/')"
	done
}

rows <<'ROWS'
@:2: 'nofile 64' is not KEY = VALUE|[rlimits]~nofile 64
@:2: 'nofile: 64' is not KEY = VALUE|[rlimits]~nofile: 64
@:3: 'cpu = 1s' is indented|[rlimits]~nofile = 64~ cpu = 1s
@:3: '[env]' is indented|[rlimits]~nofile = 64~ [env]
@:1: section header '[rlimits' has no ']'|[rlimits~nofile = 64
@:1: 'junk' after a section header|[rlimits]junk~nofile = 64
@:1: '' is not a section name|[]~nofile = 64
@:1: 'Rlimits' is not a section name|[Rlimits]~nofile = 64
@:1: setting before the first section|nofile = 64
@:3: section [rlimits] is already in line 1|[rlimits]~nofile = 64~[rlimits]~cpu = 1s
@:2: no key before '='|[rlimits]~= 64
@:2: '#' after a blank in a value|[env]~set = A=b # c
@:3: [rlimits] nofile|[rlimits]~nofile = 64~nofile = 65
@:2: [rlimits] has no key 'nofiles'|[rlimits]~nofiles = 64
'nofile'|[rlimits]~nofiles = 64
@:1: [rlimit] module 'rlimit' not found|[rlimit]~nofile = 64
'rlimits'|[rlimit]~nofile = 64
@:2: [rlimits] nofile: 'many'|[rlimits]~nofile = many
@:2: [rlimits] nofile|[rlimits]~nofile = 128:64
@:2: [rlimits] nofile|[rlimits]~nofile = 064
@:2: [rlimits] nofile|[rlimits]~nofile = -1
@:2: [rlimits] nofile|[rlimits]~nofile = 0x40
@:2: [rlimits] nofile|[rlimits]~nofile = 1e3
@:2: [rlimits] as: '64' needs a unit|[rlimits]~as = 64
@:2: [rlimits] as|[rlimits]~as = 64X
@:2: [rlimits] as|[rlimits]~as = 99999999999T
@:2: [rlimits] cpu: '60' needs a unit|[rlimits]~cpu = 60
@:2: [rlimits] cpu|[rlimits]~cpu = 60m
@:2: [user] user|[user]~user = nosuchuser
@:2: [user] user|[user]~user = 4294967295
@:2: [user] user|[user]~user = 4294967296
@:2: [user] user|[user]~user = 0x0
@:2: [user] user|[user]~user = +5
@:2: [user] user|[user]~user = 1e3
@:2: [user] group|[user]~group = nosuchgroup
@:2: [user] groups|[user]~groups = 12 4294967295
@:1: [user] groups: 'none' stands alone|[user]~groups = none 12
@:2: [user] keep-groups|[user]~keep-groups = 20-10
@:2: [user] pool|[user]~pool = 0-10
@:2: [caps] keep|[caps]~keep = sys_amin
@:2: [caps] no-new-privs|[caps]~no-new-privs = maybe
@:2: [namespaces] new|[namespaces]~new = pid nat
@:2: [mounts] hide: '-/run/dbus -/run/x' looks like two paths|[mounts]~hide = -/run/dbus -/run/x
@:2: [mounts] ro: '/usr /opt' looks like two paths|[mounts]~ro = /usr /opt
@:2: [namespaces] map|[namespaces]~map = roots
@:2: [namespaces] uid-map|[namespaces]~uid-map = 0 1000~gid-map = 0 1000 1
@:1: [namespaces]|[namespaces]~new = user~uid-map = 0 1000 1
@:2: [namespaces] hostname|[namespaces]~hostname = a b
@:4: [namespaces] a map needs 'new = user'|[user]~when = user~[namespaces]~map = root~when = root
@:2: [mounts] ro|[mounts]~ro = usr
@:2: [mounts] ro|[mounts]~ro = /usr/../etc
@:2: [mounts] ro|[mounts]~ro = /proc/self/fd/3
@:2: [mounts] root|[mounts]~root = usr
@:2: [mounts] tmpfs|[mounts]~tmpfs = /x:size=10
@:2: [mounts] tmpfs|[mounts]~tmpfs = /x:mode=9
@:2: [mounts] proc|[mounts]~proc = newer
@:2: [mounts] propagation|[mounts]~propagation = shared
@:2: [process] umask|[process]~umask = 888
@:2: [process] nice|[process]~nice = 20
@:2: [process] oom-score-adj|[process]~oom-score-adj = 1001
@:2: [process] io-priority|[process]~io-priority = best
@:2: [process] cpus|[process]~cpus = 3-1
@:2: [process] session|[process]~session = newest
@:2: [process] cwd|[process]~cwd = tmp
@:2: [fds] keep|[fds]~keep = 2
@:2: [fds] keep|[fds]~keep = pipe
@:2: [fds] stdout|[fds]~stdout = log
@:2: [env] set|[env]~set = A
@:2: [env] set|[env]~set = =b
@:2: [env] login|[env]~login = 1
@:2: [rlimits] control|[rlimits]~control = optional~nofile = 64
@:2: [env] control|[env]~control = sufficient
@:2: [rlimits] when|[rlimits]~when = always-root
@:2: [rlimits] on-unsupported|[rlimits]~on-unsupported = ignore
@:2: [rlimits] exit|[rlimits]~exit = 0
@:2: [stack] include|[stack]~include = t
@:2: [stack] include|[stack]~include =
@:2: [stack] include|[stack]~include = nosuch
@:2: [stack] parent|[stack]~parent = yes
@:2: [stack] exit-denied|[stack]~exit-denied = 0
@:2: [stack] signal-exit|[stack]~signal-exit = 1
@:1: [stack.x]|[stack.x]~strict = yes
@:2: [params] a|[params]~a = sizes 1M..2M
@:2: [params] a|[params]~a = size 2M..1M default 1M
@:2: [params] a|[params]~a = size 1M..2M default 3M
@:2: [params] a|[params]~a = dir under srv default /srv
@:2: [params] a|[params]~a = number 1..9 required
@:2: [rlimits] as|[rlimits]~as = ${nosuch}
@:2: [rlimits] as|[rlimits]~as = ${home
@:2: [env] set|[env]~set = A=$HOME
@:4: [namespaces.b] 'hostname b' contradicts 'hostname a' of|[namespaces.a]~hostname = a~[namespaces.b]~hostname = b
@:4: [process.b] 'cwd /usr' contradicts 'cwd /tmp' of|[process.a]~cwd = /tmp~[process.b]~cwd = /usr
@:4: [env.b] 'env-set A 2' contradicts 'env-set A 1' of|[env.a]~set = A=1~[env.b]~set = A=2
contradicts|[mounts.a]~ro = /usr:/mnt~[mounts.b]~ro = /etc:/mnt
hides the root that 'root' says|[mounts]~root = empty~ro = /
@:2: parent = never contradicts|[stack]~parent = never~[namespaces]~new = pid
[env.b] is final|[env.a]~set = A=1~[env.b]~final = yes~set = B=2
ROWS

printf '[rlimits]\rnofile = 64\r' >"$T/conf/t.ini"
refused 'carriage returns alone' 't.ini:1: carriage return'
printf '[rlimits]\nno\000file = 64\n' >"$T/conf/t.ini"
refused 'a NUL byte' 't.ini:2: the line holds a NUL'
printf '\357\273\277[rlimits]\n' >"$T/conf/t.ini"
refused 'a byte order mark' 't.ini:1: the line holds a byte order mark'
printf '[rlimits]\n; \377\n' >"$T/conf/t.ini"
refused 'not UTF-8' 't.ini:2: byte 0xff is not UTF-8'
{ echo '[rlimits]'; head -c 9000 /dev/zero | tr '\0' 'x'; echo ' = 1'; } >"$T/conf/t.ini"
refused 'a line of 9000 bytes' 't.ini:2: line is longer'
rm "$T/conf/t.ini"
mkdir "$T/conf/t.ini"
refused 'a folder' "t.ini' is not a regular file"
rmdir "$T/conf/t.ini"
mkfifo "$T/conf/t.ini"
refused 'a FIFO' "t.ini' is not a regular file"
rm "$T/conf/t.ini"
echo '[permit]' >"$T/conf/real.ini"
ln -s real.ini "$T/conf/t.ini"
refused 'a symbolic link' "t.ini' is a symbolic link"
rm "$T/conf/t.ini"
ln "$T/conf/real.ini" "$T/conf/t.ini"
refused 'a second hard link' 'hard links'
rm "$T/conf/t.ini" "$T/conf/real.ini"
stack '[permit]'
chmod 666 "$T/conf/t.ini"
refused 'a file that others may write' "t.ini' is writable by others"
chmod 664 "$T/conf/t.ini"
refused 'a file that its group may write' "t.ini' is writable by its group"
chmod 644 "$T/conf/t.ini"
chmod 775 "$T/conf"
refused 'a folder that its group may write' "conf' is writable by its group"
chmod 755 "$T/conf"
stack '[stack]' 'include = a'
printf '[stack]\ninclude = b\n' >"$T/conf/a.ini"
printf '[stack]\ninclude = t\n' >"$T/conf/b.ini"
refused 'a cycle of three' 'b.ini:2: [stack] include'
rm "$T/conf/a.ini" "$T/conf/b.ini"
mkdir "$T/conf/t.d"
stack '[rlimits]' 'nofile = 64' 'final = yes'
printf '[rlimits]\nnofile = 65\n' >"$T/conf/t.d/1.ini"
refused 'a drop-in that changes a final section' 't.d/1.ini:2'
printf '[rlimits]\noff = yes\n' >"$T/conf/t.d/1.ini"
refused 'a drop-in that drops a final section' 't.d/1.ini:2'
rm -r "$T/conf/t.d"
# Of an arrange module no other section may be added; a section of another one may.
stack '[rlimits]' 'nofile = 64' '[env]' 'final = yes' 'set = A=1'
# shellcheck disable=SC2016 # the job's
inside /bin/sh -c 'test "$A:$(ulimit -n)" = 1:64'
check 'a final arrange section, and another module' test "$rc" = 0
stack '[deny.a]' 'message = first' 'control = requisite' '[deny.b]' 'message = second'
refused 'a requisite section' first
check 'a requisite section: no other one is asked' test "$(grep -c second "$T/err")" = 0
stack '[permit]'
options='-p nosuch=1'
refused 'a parameter that nobody declared' "'nosuch'"
stack '[params]' 'a = size 1M..2M default 1M' '[rlimits]' 'core = ${a}'
options='-p a=3M'
refused 'a parameter out of bounds' '3M'
options='-p a=1048576'
refused 'a parameter without unit' 'needs a unit'
plan
