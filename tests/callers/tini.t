#!/bin/sh
# Who starts jobs below tini, with the tini door in its place: in namespaces that unshare(1) made
# and without; where the real tini is installed, beside it.
. "$top_srcdir/tests/callers/lib.sh"
test -z "${CALLERS_INSTALL-}" || command -v tini >/dev/null || install_quietly tini
real=$(command -v tini || :)
ours=$T/bin/tini
ln -s "$CORDON" "$ours"
stack_of tini '[rlimits]' 'nofile = 77'
user_space='unshare --user --map-root-user --pid --fork --mount-proc --'

# same NAME STATUS WORD...: tini ends with STATUS below $space, and so does the real one
same() {
	_name=$1 _what=$1 _status=$2
	shift 2
	bare $space "$ours" "$@"
	check "$who $where: $_name" test "$rc" = "$_status"
	test -n "$real" || return 0
	bare $space "$real" "$@"
	check "$who $where: $_what, as the real one" test "$rc" = "$_status"
}

statuses() {
	same 'the probe' 0 -s -- /bin/true
	same 'the exit status' 3 -s -- sh -c 'exit 3'
	same 'a program before --' 4 -s sh -- -c 'exit 4'
	same 'KILL' 137 -s -- sh -c 'kill -KILL $$'
	same 'TERM, and a status that is none' 0 -se143 -e 7 -- sh -c 'kill -TERM $$'
	same 'a status that is another' 6 -s -e 7 -- sh -c 'exit 6'
	same 'a file that is no program' 126 -s -- /etc/passwd
	bare $space "$ours" -s -- sh -c 'ulimit -n'
	told "$where: the stack holds" 77
}

in_namespaces() {
	if ! "$launch" $switch -- /usr/bin/$user_space true 2>/dev/null; then
		skip "$who: in namespaces" 'none for this user'
		return
	fi
	where='in namespaces' space=/usr/bin/$user_space
	statuses
	cat >"$T/bin/orphans" <<'END'
#!/bin/sh
# so many lose their parent, and end at once
mkfifo "$1"
i=0
while test "$i" -lt "$2"; do
	(read -r line <"$1" &)
	i=$((i + 1))
done
fifo=$1 most=$2
set -- /proc/[0-9]*
echo "$(($# >= most))"
: >"$fifo"
for _try in $(seq 600); do
	set -- /proc/[0-9]*
	test $# -gt 2 || break
	sleep 0.05
done
set -- /proc/[0-9]*
echo $#
END
	chmod 755 "$T/bin/orphans"
	limit=$((4 * patience))
	test "$who" = root && many=1000 || many=100
	bare $space "$ours" -s -- "$T/bin/orphans" "$T/drop/orphans.$who" "$many"
	told "$where: $many orphans are reaped" 1 2
	limit=$patience
	if can_userns; then
		stack_of tini '[rlimits]' 'nofile = 77' '[namespaces]' 'new = pid'
		bare $space "$ours" -s -- sh -c 'echo $$; exit 5'
		check "$who $where: a stack with a pid namespace of its own" test "$rc" = 5
		stack_of tini '[rlimits]' 'nofile = 77'
	fi
}

# A job of two processes of one group, which write down that they were asked to end.
cat >"$T/bin/hears" <<'END'
#!/bin/sh
sh -c 'trap "echo child >>$0.heard; exit" USR2; : >$0.two; while :; do sleep 0.1; done' "$1" &
trap 'wait; echo main >>$1.heard; exit 8' USR2
until test -e "$1.two"; do sleep 0.05; done
echo up >"$1"
while :; do sleep 0.1; done
END
chmod 755 "$T/bin/hears"

# asked SIGNAL WORD...: tini WORD... hears gets it; what they heard is in $heard
asked() {
	_signal=$1
	shift
	rm -f "$T/drop/up" "$T/drop/up.heard" "$T/drop/up.two" "$T/drop/pid"
	"$launch" --watch "$T/seen" --pid-file "$T/drop/pid" $switch -- "$ours" "$@" -- "$T/bin/hears" "$T/drop/up" \
		>"$T/out" 2>"$T/err" &
	launcher=$!
	background="$background $launcher"
	until_file "$T/drop/up"
	read -r pid <"$T/drop/pid"
	kill -"$_signal" "$pid"
	wait "$launcher"
	heard=$(sort "$T/drop/up.heard" 2>/dev/null | tr '\n' ' ')
}

# It starts tini, and is gone before it; who waits is another.
cat >"$T/bin/caller" <<'END'
#!/bin/sh
file=$1
shift
sh -c '"$@" & until test -s "$0"; do sleep 0.05; done' "$file" "$@"
read -r one _others <"$file"
for _try in $(seq 200); do
	kill -0 "$one" 2>/dev/null || { echo gone; exit; }
	sleep 0.05
done
echo stays
END
chmod 755 "$T/bin/caller"

alone() {
	where=alone space=
	statuses
	asked TERM -s
	check "$who: TERM ends the program, and not its child" test "$(grep -c '^left [1-3]$' "$T/seen"):$heard" = 1:
	check "$who: and is told as tini does" saw 'exited 143'
	asked USR2 -sg
	check "$who: -g: the whole group hears it" test "$heard" = 'child main '
	check "$who: -g: the exit status" saw 'exited 8'
	if can_userns; then
		stack_of tini '[rlimits]' 'nofile = 77' '[namespaces]' 'new = pid'
		asked USR2 -g
		check "$who: -g: through an init: the group too" test "$heard" = 'child main '
		check "$who: -g: through an init: the exit status" saw 'exited 8'
		stack_of tini '[rlimits]' 'nofile = 77'
	fi
	rm -f "$T/drop/three"
	bare "$T/bin/caller" "$T/drop/three" "$ours" -s -p SIGKILL -- "$T/bin/three" "$T/drop/three"
	told '-p: it ends with its caller' gone
}

# not_taken NAME TEXT WORD...
not_taken() {
	_name=$1 _text=$2
	shift 2
	rm -f "$T/drop/marker"
	bare "$ours" "$@"
	was_refused "$who: $_name" "$_text"
}

mistakes() {
	stack_of tini '[rlimits]' 'nofile = 77'
	not_taken '-w' '-w is not supported' -sw -- "$probe" mark "$T/drop/marker"
	not_taken '-l' '-l is not supported' -l
	not_taken 'an option that tini has not' "'-x': no such option" -x -- "$probe" mark "$T/drop/marker"
	not_taken "a program's options before --" "'-c': no such option" sh -c ': >'"$T/drop/marker"
	not_taken 'no exit status' "'256' is not an exit status" -e 256 -- "$probe" mark "$T/drop/marker"
	not_taken 'nothing behind -e' 'no value behind -e' -e
	not_taken 'a signal that is not passed on' "'SIGALRM' is not SIGKILL" -p SIGALRM -- "$probe" mark "$T/drop/marker"
	not_taken 'a signal without SIG' "'KILL' is not SIGKILL" -p KILL -- "$probe" mark "$T/drop/marker"
	not_taken 'no program' "'tini' was called without a program" -s --
	stack_of tini '[deny]'
	not_taken 'a stack that denies, told as it is' '[deny]' -e 125 -- "$probe" mark "$T/drop/marker"
	rm "$T/conf/tini.ini"
	not_taken 'no such stack' "cordon: other (for 'tini'): " -- "$probe" mark "$T/drop/marker"
	stack_of own '[rlimits]' 'nofile = 78'
	ln -sf "$CORDON" "$T/bin/tini@own"
	bare "$T/bin/tini@own" -- sh -c 'ulimit -n'
	told 'a stack by name' 78
	bare "$ours" --version
	check "$who: --version" test "$rc:$(cut -d' ' -f1 "$T/out")" = 0:cordon
	bare "$ours" -h
	check "$who: -h" grep -q '^Usage: tini ' "$T/out"
	stack_of tini '[process]' 'forward = none'
	asked TERM -g
	check "$who: -g: a stack that says forward has the last word" test "$(grep -c '^left [1-3]$' "$T/seen"):$heard" = 1:
	stack_of tini '[rlimits]' 'nofile = 77'
}

both in_namespaces
both alone
both mistakes
plan
