#!/bin/sh
# The nsjail door: what a worker that calls nsjail must find (D1 to D13 of the contract with
# such callers), and what it gains beyond that.  The profiles are of our own.
own_conf=yes
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip nsjail 'only root can put stacks where a front door looks for them'
	plan
fi
mkdir -m 755 "$T/bin" "$T/jobs"
chmod 1777 "$T/jobs"
nsjail=$T/bin/nsjail
ln -s "$CORDON" "$nsjail"

# What most profiles have in common; the lines of a test come behind.
common='name: "test" mode: ONCE log_level: ERROR time_limit: 25
clone_newnet: false keep_env: true skip_setsid: true disable_rl: true mount_proc: true
mount { src: "/bin" dst: "/bin" is_bind: true }
mount { src: "/lib" dst: "/lib" is_bind: true }
mount { src: "/lib64" dst: "/lib64" is_bind: true mandatory: false }
mount { src: "/usr" dst: "/usr" is_bind: true }
mount { src: "/etc" dst: "/etc" is_bind: true }
mount { src: "/dev/null" dst: "/dev/null" is_bind: true rw: true }
mount { dst: "/tmp" fstype: "tmpfs" rw: true options: "size=8000000" }'

# profile LINE...
profile() {
	printf '%s\n' "$common" "$@" >"$T/jobs/p.cfg"
}

# jail COMMAND...: by the profile, from the folder where it lies
jail() {
	cd "$T/jobs" || exit 99
	bare "$nsjail" --config p.cfg -- "$@"
}

# gives NAME STATUS SCRIPT: that status, and nothing on stderr
gives() {
	jail /bin/sh -c "$3"
	if test "$rc" = "$2" && ! test -s "$T/err" && saw 'left 0'; then
		ok "$who $1"
	else
		not_ok "$who $1" "status $rc, not $2, of: $3" "$(sed 5q "$T/out")"
	fi
}

# not_started NAME TEXT COMMAND...: 255, the reason on stderr, and nothing ran
not_started() {
	_name=$1 _text=$2
	shift 2
	rm -f "$T/drop/ran"
	cd "$T/jobs" || exit 99
	bare "$@"
	if test "$rc" = 255 && grep -qF -- "$_text" "$T/err" && ! test -s "$T/out" &&
		! test -e "$T/drop/ran"; then
		ok "$who $_name"
	else
		not_ok "$who $_name" "status $rc, wanted 255 and: $_text"
	fi
}

contract() {
	profile
	bare "$nsjail" --help
	check "$who D1 --help is 0" test "$rc" = 0
	check "$who D1 and says how" grep -q '^usage: nsjail' "$T/out"
	gives 'D3 the status of the job' 7 'exit 7'
	gives 'D3 D4 success says nothing' 0 'exit 0'
	# the job is the first process of its namespace: a fault kills it, its own kill does not
	jail /usr/bin/perl -e 'unpack "p", pack "L!", 1'
	check "$who D3 128 + signal" test "$rc" = 139 -a ! -s "$T/err"
	not_started 'D11 no search along PATH' "'sh' is no path" "$nsjail" --config p.cfg -- sh -c :
	not_started 'D3 no such program' 'cannot run' "$nsjail" --config p.cfg -- /bin/none
	not_started 'D2 no command' 'no command' "$nsjail" --config p.cfg
	not_started 'D2 the command is behind --' 'is no option' "$nsjail" --config p.cfg /bin/sh
	not_started 'no profile' 'cannot open' "$nsjail" --config none.cfg -- /bin/sh
	not_started 'an unknown option' "did you mean '--config'" "$nsjail" --confg p.cfg -- /bin/sh
	not_started '-Ml' "only 'o'" "$nsjail" -Ml --config p.cfg -- /bin/sh
	not_started '-d' 'not supported' "$nsjail" -d --config p.cfg -- /bin/sh
	: >"$T/jobs/empty.cfg"
	not_started 'an empty profile' 'is empty' "$nsjail" --config empty.cfg -- /bin/sh
	printf '%s\n' "$common" 'seccomp_string: "x"' >"$T/jobs/p.cfg"
	not_started 'a field that is not supported' 'p.cfg:10:1:' "$nsjail" --config p.cfg -- \
		/bin/touch "$T/drop/ran"
	printf '%s\n' "$common" '  colour: "x"' >"$T/jobs/p.cfg"
	not_started 'an unknown field' 'p.cfg:10:3:' "$nsjail" --config p.cfg -- \
		/bin/touch "$T/drop/ran"
}

# of mounts in what another one binds: made where the job may write, never by way of a link
targets() {
	_box=$T/jobs/box.$who
	mkdir -m 755 "$_box" "$T/jobs/out.$who"
	ln -s "$T/jobs/out.$who" "$_box/link"
	chown -h "$uid" "$_box" "$_box/link" "$T/jobs/out.$who"
	profile "mount { src: \"$_box\" dst: \"/box\" is_bind: true rw: true }" \
		'mount { src: "/etc/passwd" dst: "/box/a/b" is_bind: true }' \
		'mount { dst: "/box/c" fstype: "tmpfs" rw: true }' \
		'mount { src: "/usr" dst: "/box/d" is_bind: true mandatory: false }' \
		'mount { src: "/etc/passwd" dst: "/box/link/x" is_bind: true mandatory: false }' \
		'mount { src: "/usr" dst: "/box/f" is_symlink: true }' \
		'mount { src: "/nowhere" dst: "/box/none" is_bind: true mandatory: false }' \
		'mount { src: "/etc/passwd" dst: "/etc/none" is_bind: true mandatory: false }'
	gives 'places in what it may change' 0 'cmp /box/a/b /etc/passwd && touch /box/c/x &&
		test -x /box/d/bin/env && test "$(readlink /box/f)" = /usr && ! test -e /etc/none &&
		test "$(ls /box | tr "\n" " ")" = "a c d f link "'
	check "$who places are empty outside" test -f "$_box/a/b" -a ! -s "$_box/a/b" -a ! -e "$_box/c/x"
	profile "mount { src: \"$_box\" dst: \"/box\" is_bind: true rw: true }" \
		'mount { src: "/etc/passwd" dst: "/box/link/x" is_bind: true }'
	not_started 'a place behind a link' 'symbolic link' "$nsjail" --config p.cfg -- /bin/sh
	profile "mount { src: \"$_box\" dst: \"/box\" is_bind: true rw: true }" \
		"mount { src: \"/etc/passwd\" dst: \"/box/../out.$who/x\" is_bind: true }"
	not_started 'a place behind ..' '..' "$nsjail" --config p.cfg -- /bin/sh
	profile 'mount { src: "/etc/passwd" dst: "/etc/none" is_bind: true }'
	not_started 'no place in what is read-only' 'no target' "$nsjail" --config p.cfg -- /bin/sh
	check "$who nothing was made elsewhere" test ! -e /etc/none -a ! -e "$T/jobs/out.$who/x"
}

view() {
	profile 'hostname: "box" cwd: "/tmp"' \
		'mount { src: "/proc/self/fd" dst: "/dev/fd" is_symlink: true }' \
		'mount { src: "/nowhere" dst: "/maybe" is_bind: true mandatory: false }' \
		'envar: "A=$HOME ${x} \x41\n" envar: "A=2 b" envar: "LD_DEBUG"'
	jail /bin/sh -c 'hostname; pwd; ls /; echo "$A"; nice; grep NoNewPrivs /proc/self/status
		test "$$" = 1 && echo first; ls /dev; readlink /dev/fd; id -u
		for f in /x /etc/x /usr/x; do touch "$f" 2>&1 | sed "s/.*: //"; done
		echo >/dev/null && touch /tmp/x && echo writable; cat /proc/self/mountinfo | wc -l'
	missing=
	judge_says "$who the job's view" box /tmp '2 b' 19 '~NoNewPrivs:.*1' first null fd \
		/proc/self/fd 'Read-only file system' writable "$uid" '!nowhere' '!home' '!maybe'
	check "$who nothing is said" test ! -s "$T/err"
	profile 'keep_env: false'
	sed -i 's/keep_env: true//' "$T/jobs/p.cfg"
	SECRET=1 jail /usr/bin/env
	check "$who D9 keep_env: false is an empty environment" test ! -s "$T/out"
	profile 'envar: "B"'
	jail /usr/bin/env
	check "$who D9 a variable that is not there" sh -c "! grep -q '^B=' '$T/out'"
	B=here jail /usr/bin/env
	check "$who D9 one that is" grep -qx 'B=here' "$T/out"
	profile 'envar: "A=one\ntwo # ; $x ${y}" envar: "C=  c  "'
	jail /bin/sh -c 'echo "<$A><$C>"'
	check "$who D9 a value is taken as it stands" test "$(cat "$T/out")" = '<one
two # ; $x ${y}><  c  >'
	LD_LIBRARY_PATH=/x jail /usr/bin/env
	check "$who the loader's variables stay outside" sh -c "! grep -q '^LD_' '$T/out'"
	gives 'D10 no other descriptors' 0 'exec 2>/dev/null; ! ls /proc/self/fd/9' 9</dev/null
	# results come back through files that are bound
	: >"$T/jobs/result"
	chmod 666 "$T/jobs/result"
	profile "mount { src: \"$T/jobs/result\" dst: \"/result\" is_bind: true rw: true }"
	_inode=$(stat -c %i "$T/jobs/result")
	gives 'D8 a file that is bound' 0 'echo 42 >/result'
	check "$who D8 is the same file, with the result" \
		test "$_inode $(cat "$T/jobs/result")" = "$(stat -c %i "$T/jobs/result") 42"
	profile "mount { src: \"$T/jobs/result\" dst: \"/result\" is_bind: true }"
	gives 'a bind is read-only unless rw' 2 'exec 2>/dev/null; echo 43 >/result'
	profile 'mount { dst: "/tmp/in" fstype: "tmpfs" } mount { dst: "/tmp/in/deep" fstype: "tmpfs" rw: true }'
	gives 'a tmpfs too, but not what lies in it' 0 \
		'! touch /tmp/in/x 2>/dev/null && touch /tmp/in/deep/x'
	profile 'mount { dst: "/usr" fstype: "tmpfs" } mount { src: "/usr" dst: "/usr" is_bind: true }'
	gives 'what comes later covers' 0 'test -x /usr/bin/env'
	profile 'mount { src: "/nowhere" dst: "/usr" is_bind: true mandatory: false }'
	gives 'but not what is not there' 0 'test -x /usr/bin/env'
	targets
	profile 'mount { dst: "/x" is_bind: true }'
	not_started 'a bind of nothing' 'has no src' "$nsjail" --config p.cfg -- /bin/sh
	profile 'mount { dst: "/x" fstype: "tmpfs" options: "size=99999999999g" }'
	not_started 'a size beyond all' 'is no size' "$nsjail" --config p.cfg -- /bin/sh
	profile 'uidmap { use_newidmap: true }'
	not_started 'a map by a tool' "'use_newidmap' is not supported" "$nsjail" --config p.cfg -- /bin/sh
	profile
	not_started 'an option is in no line of it' ': p.cfg: [namespaces.profile] hostname:' "$nsjail" \
		--config p.cfg --hostname 'a b' -- /bin/sh
	profile "mount { src: \"$T/none\" dst: \"/x\" is_bind: true }"
	not_started 'a mandatory source that is absent' "$T/none" "$nsjail" --config p.cfg -- /bin/sh
}

limits() {
	profile 'rlimit_nofile: 77 rlimit_cpu: 5 rlimit_fsize: 2 rlimit_as: 1000'
	sed -i 's/disable_rl: true//' "$T/jobs/p.cfg"
	gives 'rlimits, soft and hard' 0 'test "$(ulimit -Sn) $(ulimit -Hn) $(ulimit -t) $(ulimit -f) $(
		ulimit -v) $(ulimit -c)" = "77 77 5 4096 1024000 0"'
	profile 'rlimit_as_type: INF rlimit_nofile_type: SOFT rlimit_fsize_type: HARD'
	sed -i 's/disable_rl: true//' "$T/jobs/p.cfg"
	_soft=$(awk '/^Max open files/ { print $4 }' /proc/self/limits)
	gives 'their types' 0 "test \"\$(ulimit -Sn) \$(ulimit -Hn) \$(ulimit -v)\" = '$_soft $_soft unlimited'"
	profile
	gives 'disable_rl leaves them, but for open files' 0 'test "$(ulimit -Sn)" -gt 1024 ||
		test "$(ulimit -Sn)" = "$(ulimit -Hn)"'
	if prlimit --pid $$ --nofile=9000: 2>/dev/null; then
		gives 'and lowers nothing' 0 'test "$(ulimit -Sn)" = 9000'
		prlimit --pid $$ --nofile="$_soft:"
	else
		skip "$who and lowers nothing" 'the hard limit on open files is below 9000'
	fi
	profile 'time_limit: 1'
	sed -i 's/time_limit: 25//' "$T/jobs/p.cfg"
	gives 'D12 the time limit kills' 137 'trap "" TERM; sleep 20 & wait; sleep 20'
}

# D5, D6, D7: of a job that is running
ends() {
	profile
	for _case in 'TERM 143 exit' 'TERM 143 ignore' 'INT 130 exit'; do
		set -- $_case
		rm -f "$T/jobs/pid" "$T/drop/said"
		cat >"$T/jobs/ends.sh" <<'END'
cd "$1"
"$2" --config p.cfg -- /bin/sh -c '
	case $1 in exit) trap "echo trapped; exit 0" TERM INT ;; *) trap "" TERM INT ;; esac
	echo up; while :; do sleep 0.1; done' job "$3" >"$5" 2>&1 &
pid=$!
for try in $(seq 300); do grep -q up "$5" && break; sleep 0.05; done
set -- "$@" "$(cat /proc/$pid/task/$pid/children)"
job=${6%% *}
grep -c . /proc/$job/task/$job/children
tr '\0' ' ' </proc/$job/cmdline
echo
cat /proc/$pid/oom_score_adj
test "$(ps -o pgid= -p $pid)" = "$(ps -o pgid= -p $job)" && echo group
kill -"$4" $pid
wait $pid
echo "status $?"
END
		: >"$T/drop/said"
		chmod 666 "$T/drop/said"
		bare /bin/sh "$T/jobs/ends.sh" "$T/jobs" "$nsjail" "$3" "$1" "$T/drop/said"
		missing=
		judge_says "$who D5 D7 $_case: the first child is the job, in the caller's group" \
			"status $2" group '~.bin/sh -c .*'
		check "$who D7 $_case: nothing is left" saw 'left 0'
		# a shell's background job has INT ignored, and that stays
		test "$1 $3" != 'TERM exit' ||
			check "$who D7 $_case: the job's trap ran" grep -q trapped "$T/drop/said"
	done
}

ids() {
	profile
	gives 'the same ids inside' 0 "test \$(id -u) = $uid"
	gives 'no groups but its own, no capability' 0 'grep -q "^CapEff:.*0000000000000000" /proc/self/status &&
		grep -q "^CapBnd:.*0000000000000000" /proc/self/status'
	profile 'uidmap { inside_id: "0" outside_id: "" count: 1 } gidmap { inside_id: "0" outside_id: "" count: 1 }'
	gives 'mapped to root' 0 'test "$(id -u):$(id -g)" = 0:0'
	profile 'uidmap { inside_id: "1234" } gidmap { inside_id: "4321" }'
	gives 'mapped to another' 0 'test "$(id -u):$(id -g)" = 1234:4321'
	profile 'keep_caps: true'
	gives 'keep_caps' 0 '! grep -q "^CapEff:.*0000000000000000" /proc/self/status'
	if test "$who" = root; then
		profile 'clone_newuser: false'
		gives 'D13 without a user namespace' 0 'test "$(id -u)" = 0 &&
			test "$(awk "{ print \$3 }" /proc/self/uid_map)" = 4294967295'
		profile 'uidmap { inside_id: "0" outside_id: "54321" } gidmap { inside_id: "0" outside_id: "54321" }'
		gives 'another outside' 0 'test "$(id -u)" = 0 && ! cat /etc/shadow 2>/dev/null'
	else
		profile 'clone_newuser: false'
		not_started 'D13 without a user namespace' 'needs root' "$nsjail" --config p.cfg -- /bin/sh
	fi
}

# What the admin's stack adds
gains() {
	cat >"$T/conf/nsjail.ini" <<END
[seccomp]
deny = mkdir mkdirat
[rlimits]
nproc = 4000
[namespaces]
hostname = admins
END
	profile 'hostname: "profiles"'
	gives 'the stack nsjail is added, and its word stays' 0 \
		'! mkdir /tmp/d 2>/dev/null && test "$(hostname)" = admins && grep -q "^Max processes *4000 " /proc/self/limits'
	if test "$who" = root; then
		printf '[user]\nuser = %s\n' "$free_uid" >"$T/conf/nsjail.ini"
		gives 'its user is the job' 0 "test \$(id -u) = $free_uid && ! cat /etc/shadow 2>/dev/null"
	fi
	printf '[deny]\nmessage = closed\n' >"$T/conf/nsjail.ini"
	not_started 'it refuses' closed "$nsjail" --config p.cfg -- /bin/touch "$T/drop/ran"
	rm "$T/conf/nsjail.ini"
	gives 'and without it the profile is all there is' 0 'mkdir /tmp/d'
}

line() {
	cd "$T/jobs" || exit 99
	bare "$nsjail" -Mo -q -R /bin -R /lib -R /lib64 -R /usr -B /dev/null -T /tmp -E A=1 -H box \
		-D /tmp -N --disable_rlimits --skip_setsid -t 20 -- /bin/sh -c 'echo $A $(hostname) $(pwd); touch /tmp/x && test -e /proc/1'
	check "$who the command line alone" test "$rc $(cat "$T/out")" = '0 1 box /tmp'
	printf 'hostname: "a" exec_bin { path: "/bin/echo" arg: "x" arg: "y z" }\n%s\n' "$common" >"$T/jobs/p.cfg"
	bare "$nsjail" --config p.cfg
	check "$who exec_bin" test "$rc $(cat "$T/out")" = '0 x y z'
	not_started 'exec_bin and a command' both "$nsjail" --config p.cfg -- /bin/sh
}

everything() {
	if test "$who" = user && ! can_userns; then
		skip "nsjail as user" 'no user namespaces here'
		return
	fi
	for _part in contract view limits ends ids gains line; do
		"$_part"
	done
}

both everything
plan
