#!/bin/sh
# What each module does not stop, as doc/SECURITY.md says: an admin who reads there that a
# wall has a gap finds here that it has.  A line that fails is good news, and is struck out
# in both.
. "$top_srcdir/tests/lib.sh"

security=$top_srcdir/doc/SECURITY.md
named=

# gap WORD SCRIPT: in the stack "t" the script succeeds; the page has the word in brackets.
gap() {
	named="$named $1"
	inside /bin/sh -c "$2"
	if ! grep -qF "[$1]" "$security"; then
		not_ok "$who: $1" 'not in doc/SECURITY.md'
	elif test "$rc" = 0; then
		ok "$who: $1"
	else
		not_ok "$who: $1" "exit status $rc"
	fi
}

confine_processes() {
	stack '[env]' 'keep = PATH'
	gap env-own 'export LD_PRELOAD=; env | grep -q "^LD_PRELOAD=" && env | grep -q "^PATH="'
	stack '[rlimits]' 'fsize = 1M'
	gap rlimits-each "cd '$T/drop' && for n in 1 2 3; do
		dd if=/dev/zero of=\$\$.\$n bs=1M count=1 || exit; done 2>/dev/null; rm \$\$.?"
	stack '[process]' 'umask = 077'
	gap process-own 'umask 0; test "$(umask)" = 0000'
	stack '[timeout]' 'wall = 2s' 'grace = 20s'
	inside /bin/sh -c 'trap "touch \"$0\"; exit 0" TERM; while :; do sleep 0.1; done' \
		"$T/drop/grace.$who"
	named="$named timeout-grace"
	check "$who: timeout-grace" test "$rc" = 124 -a -e "$T/drop/grace.$who"
	stack '[permit]'
	gap permit-alone 'test -r /etc/passwd'
}

# Two jobs of one user, and nothing between them but the uid.
share_a_user() {
	stack "$(test "$who" = user || printf '%s\n' '[user]' "user = $free_uid" "group = $free_uid")" \
		'[rlimits]' 'core = 0'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- \
		/bin/sh -c 'echo $$ >"$0"; exec sleep 60' "$T/drop/first.$who" &
	launched=$!
	background="$background $launched"
	until_test -s "$T/drop/first.$who"
	gap user-shared "kill -KILL \$(cat '$T/drop/first.$who')"
	wait "$launched" 2>/dev/null
}

files() {
	echo data >"$T/drop/listed.$who"
	mkfifo "$T/drop/fifo.$who"
	chmod 666 "$T/drop/listed.$who" "$T/drop/fifo.$who"
	if can_userns; then
		stack '[mounts]' "ro = $T/drop"
		gap mounts-fifo "! touch '$T/drop/x' 2>/dev/null && (echo x >'$T/drop/fifo.$who' &
			read -r line <'$T/drop/fifo.$who' && test \"\$line\" = x)"
		stack '[tmp]' 'private = /tmp'
		gap tmp-elsewhere "echo x >'$T/drop/stays.$who'"
		check "$who: tmp-elsewhere: it stays" test -s "$T/drop/stays.$who"
		stack '[fds]' 'keep = 7' '[mounts]' 'root = empty' 'ro = /usr' 'ro = -/bin' \
			'ro = -/lib' 'ro = -/lib64' '[process]' 'cwd = /'
		hostile=--fds
		gap fds-reach "test ! -e '$T/drop' && echo x >&7"
		hostile=
		mkdir -p "$T/drop/socket.$who"
		chmod 777 "$T/drop/socket.$who"
	else
		skip "$who: mounts, tmp, fds" 'no user namespace here'
	fi
	stack '[paths]' "under = $T/conf"
	gap paths-arguments 'cat $(printf "\057etc\057passwd")'
	printf '#!/bin/sh\nexec id -u\n' >"$T/script"
	chmod 755 "$T/script"
	stack '[scripts]' "allow = $T/script"
	inside "$T/script"
	named="$named scripts-then"
	check "$who: scripts-then" test "$rc" = 0 -a -s "$T/out"
	stack '[seccomp]'
	gap seccomp-names 'test "$(head -c 5 /etc/passwd)" = root:'
	if test "$("$probe" landlock | sed -n 's/^abi //p')" -ge 1; then
		stack '[landlock]' "forbid = $T/drop/listed.$who"
		gap landlock-metadata "! cat '$T/drop/listed.$who' 2>/dev/null &&
			chmod 600 '$T/drop/listed.$who'; test -e '$T/drop/listed.$who' &&
			test -s '$T/drop/listed.$who'"
	else
		skip "$who: landlock-metadata" 'no Landlock'
	fi
	rm -f "$T/drop/fifo.$who"
}

# A socket with a name is a file, whatever the network namespace.
sockets() {
	if ! can_userns; then
		skip "$who: namespaces-sockets" 'no user namespace here'
		return
	fi
	named="$named namespaces-sockets"
	"$launch" $switch -- "$probe" listen "cordon-limits-$$-$who" "$T/drop/socket.$who/s" "$T/drop/port.$who" >/dev/null 2>&1 &
	background="$background $!"
	listener=$!
	until_test -S "$T/drop/socket.$who/s"
	stack '[namespaces]' 'new = net'
	inside "$probe" connect path "$T/drop/socket.$who/s"
	check "$who: namespaces-sockets" grep -qiE '^[a-z]+ (ok|0)' "$T/out"
	kill "$listener" 2>/dev/null
}

root_files() {
	echo x >"$T/roots"
	chmod 644 "$T/roots"
	stack '[caps]' 'keep ='
	gap caps-owner "echo y >'$T/roots'"
}

cgroups() {
	stack '[cgroup]' 'pids = 20'
	inside true
	if test "$rc" != 0; then
		skip "$who: cgroup-disk" "$(cut -c1-120 "$T/err")"
		return
	fi
	stack '[cgroup]' 'memory = 32M'
	gap cgroup-disk "dd if=/dev/zero of='$T/drop/big.$who' bs=1M count=64 2>/dev/null"
	rm -f "$T/drop/big.$who"
}

both confine_processes
both share_a_user
both files
both sockets
as_root root_files
both cgroups
# and each that the page names is here
for word in $(grep -o '\[[a-z]*-[a-z]*\]' "$security" | tr -d '[]' | sort -u); do
	case " $named " in
	*" $word "*) ;;
	*) missing="${missing-} $word" ;;
	esac
done
if test "$me" = root; then
	check "what the page names is tried here:${missing- all}" test -z "${missing-}"
fi
plan
