#!/bin/sh
# [tmp]: private folders, and one of the job's own that is removed at the end.
# I35: with a name that nobody can guess.   I48: also after a SIGKILL of cordon.
. "$top_srcdir/tests/lib.sh"

# What runs have left: their folders, and the files that name them.
folders() {
	find /run/cordon /tmp "$T/base" "$T/run" -maxdepth 2 -name 'cordon-*' \
		-user "$uid" 2>/dev/null | grep -vE '/(pool)/' | sort
}

nothing_left() {
	gone "$1" folders
}

user_lines() {
	test "$who" = root && printf '%s\n' '[user]' "user = $free_uid" "group = $free_uid"
	:
}

own_folder() {
	before=$(folders)
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH'
	job "$who: a folder of its own" \
		'test -d "$SCRATCH" && test -O "$SCRATCH" && test "$(stat -c %a "$SCRATCH")" = 700'
	job "$who: its name cannot be guessed" \
		'echo "$SCRATCH" | grep -qE "/cordon-[0-9a-f]{32}$"'
	job "$who: it is used" 'mkdir "$SCRATCH/a" && echo x >"$SCRATCH/a/b"'
	nothing_left "$who: and gone afterwards"
	inside /bin/sh -c 'echo x >"$SCRATCH/f"; kill -SEGV $$'
	nothing_left "$who: also when the job crashes"
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH' '[fds]' "stdin = $T/absent"
	refused "$who: a start that fails" 'absent'
	nothing_left "$who: leaves nothing"
	"$launch" $switch -- "$CORDON" explain --conf "$T/conf" t -- true >"$T/out" 2>&1
	check "$who: explain shows a late value" \
		grep -qE '^env +SCRATCH=/.*\(chosen at start\)$' "$T/out"
	nothing_left "$who: explain makes nothing"
}
both own_folder

killed() {
	before=$(folders)
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH'
	rm -f "$T/drop/ready" "$T/drop/pid"
	"$launch" --watch "$T/seen" --timeout 20 --pid-file "$T/drop/pid" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		"echo x >\$SCRATCH/file; echo \$SCRATCH >$T/drop/ready; exec sleep 20" \
		>"$T/out" 2>"$T/err" &
	runner=$!
	until_test -s "$T/drop/ready"
	check "I48 $who: the folder while it runs" test -d "$(cat "$T/drop/ready")"
	kill -KILL "$(cat "$T/drop/pid")"
	wait "$runner"
	job "I48 $who: one more start" true
	nothing_left "I48 $who: removes it"
	rm -f "$T/drop/ready" "$T/drop/pid"
}
both killed

# Of a run that lives nothing is taken away.
live() {
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH'
	rm -f "$T/drop/ready" "$T/drop/go"
	inside /bin/sh -c "echo \$SCRATCH >$T/drop/ready
		while ! test -e $T/drop/go; do sleep 0.05; done; test -d \$SCRATCH" &
	until_test -s "$T/drop/ready"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- true
	: >"$T/drop/go"
	wait $!
	check "$who: another start leaves a live run's folder alone" test $? = 0
	rm -f "$T/drop/ready" "$T/drop/go"
}
both live

base() {
	before=$(folders)
	mkdir -p "$T/base"
	chmod 755 "$T/base"
	stack '[tmp]' 'dir = SCRATCH' "base = $T/base"
	job "$who: a base of one's own" "case \$SCRATCH in $T/base/cordon-*) ;; *) false ;; esac"
	nothing_left "$who: its folder is gone"
	chmod 777 "$T/base"
	refused "$who: a base that others can write" 'writable by others'
	chmod 1777 "$T/base"
	job "$who: a sticky one" 'test -d "$SCRATCH"'
	ln -s base "$T/link"
	stack '[tmp]' 'dir = SCRATCH' "base = $T/link"
	refused "$who: a base that is a link" 'not a link'
	rm -f "$T/link"
	stack '[tmp]' 'dir = SCRATCH' "base = $T/none"
	refused "$who: a base that is not there" 't.ini:2: [tmp]'
	rm -rf "$T/base"
}
as_root base

other_root() {
	before=$(folders)
	if ! can_userns; then
		skip "$who: in another root" 'no user namespace here'
		return
	fi
	set -- '[mounts]' 'root = empty' 'ro = /usr' 'ro = /bin' 'ro = -/lib' 'ro = -/lib64' '[process]' 'cwd = /'
	stack "$@" '[tmp]' 'dir = SCRATCH'
	job "$who: the folder is in another root" 'echo x >"$SCRATCH/f" && test -O "$SCRATCH"'
	nothing_left "$who: and gone afterwards, from another root"
	stack "$@" '[tmp]' 'dir = SCRATCH' 'size = 1M'
	job "$who: with a size it is a filesystem" \
		'df -P "$SCRATCH" | grep -q " 1024 "'
	stack '[tmp]' 'dir = SCRATCH' 'size = 1M'
	job "$who: also in the host's root" \
		'df -P "$SCRATCH" | grep -q " 1024 " &&
		! head -c 2M /dev/zero 2>/dev/null >"$SCRATCH/f"'
	nothing_left "$who: and gone afterwards, with a size"
	stack '[tmp]' 'private = /tmp' 'dir = SCRATCH' '[mounts]' 'ro = /run'
	job "$who: the folder is there whatever covers it" 'echo x >"$SCRATCH/f"'
}
both other_root

merge() {
	if ! can_userns; then
		skip "$who: the smaller of two sizes" 'no user namespace here'
		return
	fi
	stack '[tmp.a]' 'private = /tmp' 'size = 8M' '[tmp.b]' 'private = /tmp/' '[tmp.c]' 'size = 4M'
	job "$who: the smaller of two sizes" 'df -P /tmp | grep -q " 4096 "'
	stack '[tmp.a]' 'dir = A' '[tmp.b]' 'dir = B'
	refused "$who: two variables" 'contradicts'
	stack '[tmp]' 'dir = A' '[env]' 'set = A=/x'
	refused "$who: a variable that [env] sets" 'contradicts'
	stack '[tmp]' 'dir = A=B'
	refused "$who: a name that is none" 'not the name of a variable'
	stack '[stack]' 'parent = never' '[tmp]' 'dir = A'
	refused "$who: without a parent" 'parent = never contradicts'
}
both merge
plan
