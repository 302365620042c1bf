#!/bin/sh
# Swappers on the paths that cordon opens or mounts: each start is wholly right, or refused;
# what stands in front of a link, or belongs to the swapper, is never read, run, written or
# mounted.  fs.protected_symlinks is off meanwhile where that can be.
# Elsewhere: I23 (a mount's source), I33 (forbid), I36 (what runs), I56 (a stack is replaced).
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'races' 'only root can start somebody else who swaps'
	plan
fi
# What is mounted meanwhile is no matter of others.
if test -z "${RACES_MOUNTS-}"; then
	if unshare --mount --propagation private true 2>/dev/null; then
		rm -rf "$T"
		RACES_MOUNTS=private exec unshare --mount --propagation private /bin/sh "$0"
	fi
	RACES_MOUNTS=none
fi

swap=$top_builddir/tests/tools/swap
test "$tools" = "$top_builddir/tests/tools" || { cp "$swap" "$tools" && swap=$tools/swap; }
other=54322
seconds=1 most=10
any=1 either=1 # nothing must be seen

# Put back by who turned it off; who finds it off leaves it so.
links=/proc/sys/fs/protected_symlinks
protected=$(cat $links 2>/dev/null)
if test "$protected" = 1 && echo 0 2>/dev/null >$links; then
	trap 'status=$?; echo 1 >$links; (exit $status); cleanup' EXIT
elif test "$protected" != 0; then
	echo "# fs.protected_symlinks stays ${protected:-unknown}"
fi

# ---- the scene ----

# $W: the swapper's, and anybody's; $T/safe: root's; $T/secret: nobody else's.
W=$T/w
scene() {
	rm -rf "$W" "$T/safe" "$T/secret" "$T/conf"
	mkdir -m 755 "$W" "$W/a" "$W/b" "$T/safe" "$T/safe/a" "$T/conf"
	mkdir -m 700 "$T/secret" "$T/secret/a"
	for _at in "$W" "$W/a" "$T/safe" "$T/safe/a"; do echo GOOD >"$_at/x"; done
	for _at in "$W/b" "$T/secret" "$T/secret/a"; do echo EVIL >"$_at/x"; done
	echo EVIL >"$W/evil"
	ln -s "$T/secret" "$W/link"
	ln -s "$T/secret/x" "$W/xlink"
	chown -Rh $other:$other "$W"
	chmod 1777 "$W"
	test "$who" = root || chown -Rh "$uid" "$T/secret"
	before=$(sentinel)
}

sentinel() {
	find "$T/secret" -printf '%p %m %U %G %T@ %s\n' | sort
	cat "$T/secret/x" "$T/secret/a/x"
}

foreign() { # PATH...: belong to the swapper
	chown -Rh $other "$@"
}

# ---- one race ----

cat >"$T/rounds.sh" <<'END2'
begin=$(date +%s) seconds=$1 most=$2 wanted=$3 out=$4
shift 4
while time=$(($(date +%s) - begin)) && test $time -lt "$most"; do
	if test $time -ge "$seconds"; then
		! grep -qxE "$wanted" "$out" || break
	fi
	for _ in 1 2 3 4 5; do
		"$@" </dev/null
		echo "rc $?"
	done
done
END2

# race NAME WANTED AS 'SWAP ARGUMENTS' COMMAND...: the swapper is of uid AS; WANTED, right or
# refused, must be seen once.  Whatever else there is, EVIL is not, and what is refused has
# one line.
race() {
	_name="$who: $1" _wanted=$2 _as=$3 _swap=$4
	shift 4
	case $_wanted in right) _seen=GOOD ;; refused) _seen='rc 12[567]' ;; *) _seen='.*' ;; esac
	"$launch" --uid "$_as" -- $swap $_swap 2>"$T/swap" &
	swapper=$!
	background="$background $swapper"
	"$launch" --watch "$T/seen" --timeout 60 $switch $hostile -- /bin/sh "$T/rounds.sh" $seconds $most \
		"$_seen" "$T/out" "$CORDON" run --conf "$T/conf" $options t -- "$@" \
		>"$T/out" 2>"$T/said"
	: >"$T/err"
	_alive=yes
	kill -KILL "$swapper" 2>/dev/null || _alive=no
	wait "$swapper" 2>/dev/null
	right=$(grep -cx GOOD "$T/out")
	refused=$(grep -cxE 'rc 12[567]' "$T/out")
	odd=$(grep -vxE 'GOOD|rc (0|1|12[567])' "$T/out" | sort | uniq -c | sed 4q)
	_name="$_name ($right right, $refused refused)"
	if grep -q EVIL "$T/out"; then
		not_ok "$_name" 'the wrong one:' "$(grep EVIL "$T/out" | sort | uniq -c | sed 5q)"
	elif test -n "$odd"; then
		not_ok "$_name" "neither: $odd" "$(sort "$T/said" | uniq -c | sed 5q)"
	elif test "$(grep -c '^cordon: ' "$T/said")" != "$refused"; then
		not_ok "$_name" 'not one line for each refusal' "$(sort "$T/said" | uniq -c | sed 5q)"
	elif test "$(sentinel)" != "$before"; then
		not_ok "$_name" 'what stands elsewhere is not as it was'
	elif test $_alive = no; then
		not_ok "$_name" "the swapper ended: $(cat "$T/swap")"
	elif ! saw 'left 0'; then
		not_ok "$_name" 'left processes behind'
	elif eval "test \$$_wanted = 0"; then
		not_ok "$_name" "none was $_wanted" "$(sort "$T/said" | uniq -c | sed 3q)"
	else
		ok "$_name"
	fi
}

# Who starts cordon: root, for somebody else's job, or an ordinary user; then it is his own
# secrets that a swapper cannot read.
targets="[user]
user = $free_uid
group = $free_uid"
target=$targets

# ---- what belongs to the policy: root exchanges it for what nobody may trust ----

policy() {
	seconds=1
	for _how in "somebody else's file" 'a link' 'a file for all to write'; do
		scene
		stack "$target" '[env]' 'set = SAY=GOOD'
		printf '%s\n' '[env]' 'set = SAY=EVIL' >"$T/conf/evil"
		case $_how in
		'a link') mv "$T/conf/evil" "$T/secret/stack" &&
			ln -s "$T/secret/stack" "$T/conf/evil" && before=$(sentinel) ;;
		*write) chmod 666 "$T/conf/evil" ;;
		*) foreign "$T/conf/evil" ;;
		esac
		race "the stack and $_how" right 0 "exchange $T/conf/t.ini $T/conf/evil" \
			/bin/sh -c 'echo "$SAY"'
	done
	scene
	stack "$target" '[env]' 'set = SAY=GOOD'
	mkdir "$T/conf2"
	printf '%s\n' '[env]' 'set = SAY=EVIL' >"$T/conf2/t.ini"
	foreign "$T/conf2"
	race "the folder of stacks and somebody else's" right 0 "exchange $T/conf $T/conf2" \
		/bin/sh -c 'echo "$SAY"'
	rm -rf "$T/conf2"

	for _what in t.d t.d/x.ini base.ini seccomp seccomp/p; do
		scene
		stack '[stack]' 'include = base' "$target" '[env]' 'set = SAY=GOOD' \
			'[seccomp]' 'profile = p'
		mkdir "$T/conf/t.d" "$T/conf/seccomp" "$T/evil"
		printf '%s\n' '[rlimits]' 'core = 0' | tee "$T/conf/base.ini" >"$T/conf/t.d/x.ini"
		# with the swapper's profile the job may make a FIFO
		printf '%s\n' 'default allow' 'deny mknod mknodat' >"$T/conf/seccomp/p"
		case $_what in
		seccomp) echo 'default allow' >"$T/evil/p" ;;
		seccomp/p) rmdir "$T/evil" && echo 'default allow' >"$T/evil" ;;
		t.d) printf '%s\n' '[env]' 'set = SAY=EVIL' >"$T/evil/x.ini" ;;
		*) rmdir "$T/evil" && printf '%s\n' '[env]' 'set = SAY=EVIL' >"$T/evil" ;;
		esac
		foreign "$T/evil"
		race "$_what and somebody else's" right 0 "exchange $T/conf/$_what $T/evil" \
			/bin/sh -c "rm -f $T/drop/fifo.\$\$; mkfifo $T/drop/fifo.\$\$ 2>/dev/null &&
				SAY=EVIL && rm -f $T/drop/fifo.\$\$; echo \"\$SAY\""
		rm -rf "$T/evil"
	done

	scene
	printf '#!/bin/sh\necho EVIL\n' >"$T/safe/evil.sh"
	printf '#!/bin/sh\necho GOOD\n' >"$T/safe/good.sh"
	chmod 755 "$T/safe"/*.sh
	sha256sum "$T/safe/good.sh" >"$T/safe/list"
	sha256sum "$T/safe/evil.sh" >"$T/safe/list2"
	foreign "$T/safe/list2"
	stack "$target" '[scripts]' "allow = $T/safe/*.sh" "manifest = $T/safe/list"
	race "a manifest and somebody else's, an unlisted script" refused 0 \
		"exchange $T/safe/list $T/safe/list2" "$T/safe/evil.sh"
	race "a manifest and somebody else's, a listed one" right 0 \
		"exchange $T/safe/list $T/safe/list2" "$T/safe/good.sh"
}

# ---- what belongs to somebody: he exchanges it for a link to what he may not read ----

# $1: lines of the stack; the job reads /data/x.
new_root() {
	stack "$target" '[namespaces]' 'new = mount' '[process]' 'cwd = /' '[mounts]' \
		'root = empty' 'ro = /usr' 'ro = -/bin' 'ro = -/lib' 'ro = -/lib64' "$@"
}

sources() {
	for _how in "exchange $W/a $W/link" "relink $W/a $T/secret $W/b"; do
		case $_how in
		relink*) _want=either ;; # as a link it appears, and leads nowhere
		*) _want=right ;;
		esac
		for _key in "ro = $W/a:/data" "own = $W/a:/data" "overlay = $W/a:/data" \
			"ro = $W/a/x:/data/x"; do
			scene
			test $_want = right || { rm -r "$W/a" && ln -s "$T/secret" "$W/a"; }
			new_root "$_key"
			race "${_key%% =*}, ${_how%% *}" $_want $other "$_how" /bin/cat /data/x
		done
	done
	scene
	new_root "ro = $W/x:/data/x"
	race 'a file' right $other "exchange $W/x $W/xlink" /bin/cat /data/x
	# the folder on the way
	scene
	mkdir "$W/way" && ln -s "$T/secret" "$W/way2" && mkdir "$W/way/a" && cp "$W/x" "$W/way/a"
	foreign "$W/way" "$W/way2"
	new_root "ro = $W/way/a:/data"
	race 'a folder on the way' right $other "exchange $W/way $W/way2" /bin/cat /data/x
	scene
	mkdir "$T/secret/root" && mkdir -p "$W/root/usr" "$T/secret/root/usr"
	for _link in bin lib lib64; do ln -s usr/$_link "$W/root/$_link"; done
	cp -P "$W/root"/* "$T/secret/root" 2>/dev/null
	echo GOOD >"$W/root/name" && echo EVIL >"$T/secret/root/name"
	ln -s "$T/secret/root" "$W/root2"
	before=$(sentinel)
	foreign "$W/root" "$W/root2"
	new_root
	sed "s,^root = .*,root = $W/root," "$T/conf/t.ini" >"$T/conf/u.ini"
	mv "$T/conf/u.ini" "$T/conf/t.ini"
	race 'a root' right $other "exchange $W/root $W/root2" /usr/bin/cat /name
}

# Written by the job: only where it should.
writes() {
	scene
	chmod 777 "$W/a"
	new_root "rw = $W/a:/data"
	race 'rw, written to' right $other "exchange $W/a $W/link" \
		/bin/sh -c '{ echo more >>/data/y; } 2>/dev/null; cat /data/x'
	for _line in "tmpfs = $W/a" "ro = $T/safe:$W/a" "hide = $W/a"; do
		scene
		stack "$target" '[namespaces]' 'new = mount' '[process]' 'cwd = /' '[mounts]' "$_line"
		race "the target of ${_line%% =*}" right $other "exchange $W/a $W/link" \
			/bin/sh -c "stat -f -c %T $T/safe >/dev/null && echo GOOD"
	done
}

# What is opened below a bound, or for the rules of what may be.
bounded() {
	scene
	options="-p where=$W/a"
	new_root 'rw = ${where}:/data' '[params]' "where = dir under $W"
	race 'a parameter' right $other "exchange $W/a $W/link" /bin/cat /data/x
	options=
	scene
	chmod 755 "$T/secret" "$T/secret/a"
	before=$(sentinel)
	stack "$target" '[landlock]' 'execute = /usr' 'execute = -/bin' 'execute = -/lib' \
		'execute = -/lib64' "read = $W/a"
	race 'landlock read' right $other "exchange $W/a $W/link" \
		/bin/sh -c "exec 2>&-; cat $T/secret/x; cat $W/a/x; :"
}

# What is opened with the job's rights: they are less than root's, and all that an ordinary
# user has, whose job could follow such a link itself.
opened() {
	scene
	stack "$target" '[fds]' "stdin = $W/x"
	race 'stdin' right $other "exchange $W/x $W/xlink" /bin/cat
	scene
	chmod 666 "$W/x"
	stack "$target" '[fds]' "stdout = $W/x"
	race 'stdout' any $other "exchange $W/x $W/xlink" /bin/true
	scene
	stack "$target" '[process]' "cwd = $W/a"
	race 'cwd' right $other "exchange $W/a $W/link" /bin/cat x
}

# Written by cordon itself.
records() {
	scene
	stack "$target"
	options="--record $W/rec"
	race '--record' any $other "relink $W/rec $T/secret/x $T/secret/new" /bin/true
	mkdir "$W/d" && ln -s "$T/secret" "$W/d2"
	foreign "$W/d" "$W/d2"
	options="--record $W/d/rec"
	race 'the folder of --record' any $other "exchange $W/d $W/d2" /bin/true
	options=
	for _key in '[record]' '[tmp]'; do
		scene
		mkdir "$W/d" && ln -s "$T/secret" "$W/d2"
		foreign "$W/d" "$W/d2"
		case $_key in
		'[record]') _line="file = $W/d/rec" ;;
		*) _line="base = $W/d
dir = SCRATCH" ;;
		esac
		stack "$target" "$_key" "$_line"
		race "$_key" any $other "exchange $W/d $W/d2" /bin/true
	done
}

# By mounts of root's: the old or the new object, and as confined.
mounted() {
	if test "$RACES_MOUNTS" != private; then
		skip "$who: mounts come and go" 'no mount namespace of our own'
		return
	fi
	scene
	mkdir "$T/safe/b" && echo GOOD >"$T/safe/b/x"
	chmod 777 "$T/safe/a" "$T/safe/b"
	new_root "ro = $T/safe:/data"
	race 'a mount below a source, read-only' right 0 "mount $T/safe/a $T/safe/b $T/safe/b" \
		/bin/sh -c 'echo EVIL >/data/a/x; cat /data/a/x'
	umount -l "$T/safe/a" 2>/dev/null; umount -l "$T/safe/a" 2>/dev/null
	new_root "ro = $T/safe/a:/data"
	race 'mounts on a source' right 0 "mount $T/safe/a $T/safe/b $T/safe/b" \
		/bin/sh -c 'echo EVIL >/data/x; cat /data/x'
	umount -l "$T/safe/a" 2>/dev/null; umount -l "$T/safe/a" 2>/dev/null
	scene
	stack "$target" '[env]' 'set = SAY=GOOD'
	mkdir "$T/conf2"
	printf '%s\n' '[env]' 'set = SAY=EVIL' >"$T/conf2/t.ini"
	foreign "$T/conf2"
	race 'mounts on the folder of stacks' right 0 "mount $T/conf $T/conf2 $T/conf2" \
		/bin/sh -c 'echo "$SAY"'
	umount -l "$T/conf" 2>/dev/null; umount -l "$T/conf" 2>/dev/null
}

# A module is policy too, and the one path that is judged by descriptor and then opened by its
# name, by dlopen(3).  Who is not trusted cannot exchange it; root can, between the two.
of_user() {
	target='[rlimits]
core = 0'
	if can_userns; then
		sources
	else
		skip 'user: sources' 'no user namespaces here'
	fi
	bounded
	records
	target=$targets
}

as_root policy
as_root sources
as_root writes
as_root bounded
as_root opened
as_root records
as_root mounted
as_user of_user
plan
