#!/bin/sh
# [landlock]: what is allowed, by right and by port; what is refused, and its words.
# `forbid` is I33, the kernel's ABI I45.
. "$top_srcdir/tests/lib.sh"

abi=$("$probe" landlock | sed -n 's/^abi //p')
: "${abi:=0}"

# needs ABI NAME: skips NAME and fails on an older kernel
needs() {
	test "$abi" -ge "$1" && return
	skip "$2" "Landlock ABI $abi, $1 is needed"
	return 1
}

if ! needs 1 'landlock'; then plan; fi

mkdir -m 1777 "$T/ro" "$T/other"
for at in ro other; do
	echo data >"$T/$at/file"
	chmod 666 "$T/$at/file"
	cp "$probe" "$T/$at/program"
done

fresh() {
	rm -rf "$T/w" "$T/wx"
	mkdir -m 1777 "$T/w" "$T/wx"
	for at in w wx; do
		for name in a b c d; do
			echo data >"$T/$at/$name"
			chmod 666 "$T/$at/$name"
		done
	done
	test "$who,$me" != user,root || chown -R "$uid:$uid" "$T/w" "$T/wx"
}

files() {
	fresh
	if ! unsafe "$who: files" "truncate $T/w/a" 'truncate ok'; then return; fi
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" \
		"read = $T/ro" "write = $T/w" "write = $T/wx" "execute = $T/wx"
	tries "$who $form: read: a file" "open $T/ro/file read" 'open data'
	tries "$who $form: read: a folder" "open $T/ro" 'open ok'
	tries "$who $form: read: not to write" "open $T/ro/file w" 'open EACCES'
	tries "$who $form: read: not to make" "open $T/ro/new create" 'open EACCES'
	tries "$who $form: read: not to make a folder" "mkdir $T/ro/new" 'mkdir EACCES'
	tries "$who $form: read: not to remove" "remove $T/ro/file" 'remove EACCES'
	tries "$who $form: read: not to run" "exec $T/ro/program" 'exec EACCES'
	tries "$who $form: not listed: a file" "open $T/other/file read" 'open EACCES'
	tries "$who $form: not listed: a folder" "open $T/other" 'open EACCES'
	tries "$who $form: not listed: to run" "exec $T/other/program" 'exec EACCES'
	tries "$who $form: write: open" "open $T/w/b rw" 'open ok'
	tries "$who $form: write: make" "open $T/w/new create" 'open ok'
	tries "$who $form: write: a folder" "mkdir $T/w/folder" 'mkdir ok'
	tries "$who $form: write: remove" "remove $T/w/c" 'remove ok'
	tries "$who $form: write: rename" "rename $T/w/new $T/w/folder/new" "rename $renames"
	tries "$who $form: rename to where it could run" "rename $T/w/d $T/wx/d2" 'rename EXDEV'
	tries "$who $form: rename to where nothing is made" "rename $T/w/d $T/ro/d" \
		'~rename (EACCES|EXDEV)'
	tries "$who $form: a hard link to where it could run" "link $T/w/d $T/wx/d3" 'link EXDEV'
	if needs 3 "$who $form: truncate"; then
		tries "$who $form: read: not to truncate" "truncate $T/ro/file" 'truncate EACCES'
		tries "$who $form: write: truncate" "truncate $T/w/b" 'truncate ok'
	fi
	check "$who $form: what was read is whole" test "$(cat "$T/ro/file")" = data
}
renames=ok
test "$abi" -ge 2 || renames=EXDEV

devices() {
	if ! needs 5 "$who $form: ioctl"; then return; fi
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'write = /dev'
	tries "$who $form: ioctl of a device in a folder" 'ioctl /dev/null' 'ioctl EACCES'
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'write = /dev/null'
	tries "$who $form: ioctl of a device by name" 'ioctl /dev/null' 'ioctl ENOTTY'
	tries "$who $form: and no other device" 'open /dev/zero' 'open EACCES'
}

ports() {
	if ! needs 4 "$who $form: tcp"; then return; fi
	if ! unsafe "$who $form: tcp" 'bind 0' 'bind ok'; then return; fi
	# nobody listens on 1 and 2
	stack '[stack]' "parent = $parent" '[landlock]' 'connect-tcp = 1 4-6'
	tries "$who $form: a port that is listed" 'connect tcp 127.0.0.1 1' 'connect ECONNREFUSED'
	tries "$who $form: one of a range" 'connect tcp 127.0.0.1 5' 'connect ECONNREFUSED'
	tries "$who $form: another" 'connect tcp 127.0.0.1 2' 'connect EACCES'
	tries "$who $form: connect-tcp handles bind too" 'bind 0' 'bind EACCES'
	tries "$who $form: and no files" "open $T/other/file read" 'open data'
	stack '[stack]' "parent = $parent" '[landlock]' 'bind-tcp = 0'
	tries "$who $form: bind-tcp = 0 is any free one" 'bind 0' 'bind ok'
	tries "$who $form: and none by number" 'bind 45678' 'bind EACCES'
	stack '[stack]' "parent = $parent" '[landlock]' 'connect-tcp = none' 'bind-tcp = none'
	tries "$who $form: none" 'connect tcp 127.0.0.1 1' 'connect EACCES'
	stack '[stack]' "parent = $parent" '[landlock.a]' 'connect-tcp = 1 2' \
		'[landlock.b]' 'connect-tcp = 2 3'
	tries "$who $form: of two sections what both allow" 'connect tcp 127.0.0.1 2' 'connect ECONNREFUSED'
	tries "$who $form: and not what one does" 'connect tcp 127.0.0.1 1' 'connect EACCES'
}

scopes() {
	if ! needs 6 "$who $form: scope"; then return; fi
	rm -f "$T/drop/listens" "$T/drop/socket"
	"$launch" $switch -- "$probe" listen "cordon-$$" "$T/drop/socket" "$T/drop/listens" &
	listener=$!
	background="$background $listener"
	until_test -e "$T/drop/listens"
	if unsafe "$who $form: scope" "connect abstract cordon-$$" 'connect ok'; then
		stack '[stack]' "parent = $parent" '[landlock]' 'scope = signals'
		tries "$who $form: scope = signals" "kill $listener 0" 'kill EPERM'
		tries "$who $form: and no sockets" "connect abstract cordon-$$" 'connect ok'
		stack '[stack]' "parent = $parent" '[landlock]' 'scope = abstract-sockets'
		tries "$who $form: scope = abstract-sockets" "connect abstract cordon-$$" 'connect EPERM'
		tries "$who $form: and no signals" "kill $listener 0" 'kill ok'
		stack '[stack]' "parent = $parent" '[landlock.a]' 'scope = signals' \
			'[landlock.b]' 'scope = abstract-sockets'
		tries "$who $form: of two sections both" "kill $listener 0" 'kill EPERM'
		stack '[stack]' "parent = $parent" '[landlock]' 'scope = signals'
		job "$who $form: its own processes it may signal" 'sleep 9 & kill $! && ! wait $!'
	fi
	kill -KILL "$listener"
	wait "$listener" 2>/dev/null
}

sections() {
	stack '[stack]' "parent = $parent" '[landlock.a]' "execute = $tools" "read = $T/ro" \
		"read = $T/other" '[landlock.b]' "execute = $tools" "read = $T/ro"
	tries "$who $form: of two sections what both allow" "open $T/ro/file read" 'open data'
	tries "$who $form: and not what one does" "open $T/other/file read" 'open EACCES'
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" 'read ='
	tries "$who $form: an empty list allows nothing" "open $T/ro/file" 'open EACCES'
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" "read = -$T/absent"
	tries "$who $form: a path that may be absent" "open $T/ro/file" 'open EACCES'
	stack '[stack]' "parent = $parent" '[landlock]' "execute = $tools" "read = $T/absent"
	refused "$who $form: one that may not" 't.ini:5: [landlock] landlock read'
}

programs() {
	stack '[stack]' "parent = $parent" '[landlock]' 'execute = /usr' 'read = /etc'
	job "$who $form: programs of /usr, by a merged /bin too" '/bin/true && /usr/bin/id'
	stack '[stack]' "parent = $parent" '[landlock]' 'read = /usr'
	inside /usr/bin/id
	check "$who $form: what is not to be run is 126, and why" \
		sh -c "test $rc = 126 && grep -q 'landlock.*dynamic loader' $T/err"
}

all_ways files
all_ways devices
all_ways ports
all_ways scopes
all_ways sections
all_ways programs

# In namespaces: with mounts of its own, a new root, an init, another user.
namespaces() {
	if ! can_userns; then
		skip "$who: with namespaces" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = pid mount' '[mounts]' 'root = empty' "ro = $tools" \
		"ro = $T/ro" "ro = $T/other" '[process]' 'cwd = /' \
		'[landlock]' "execute = $tools" "read = $T/ro" "$@"
	tries "$who: new root: what is listed" "open $T/ro/file read" 'open data'
	tries "$who: new root: what is not" "open $T/other/file read" 'open EACCES'
	tries "$who: new root: the root" 'open /' 'open EACCES'
}
namespaces_root() { namespaces '[user]' "user = $free_uid" "group = $free_uid"; }
as_root namespaces_root
as_user namespaces

# Links: root's are followed, those that a job can have left are not.
links() {
	ln -s "$T/ro" "$T/roots"
	stack '[landlock]' "execute = $tools" "read = $T/roots"
	if test "$me" = root; then
		tries "$who: a link of root's" "open $T/ro/file read" 'open data'
	fi
	rm -f "$T/roots" "$T/drop/own"
	"$launch" $switch -- /bin/ln -s "$T/other" "$T/drop/own"
	stack '[landlock]' "execute = $tools" "read = $T/drop/own"
	if test "$who" = user; then
		refused "$who: a link of the job's user" 'symbolic link that is not'
	fi
	rm -f "$T/roots"
	ln -s "$T/ro" "$T/drop/roots"
	stack '[params]' "where = path under $T/drop" '[landlock]' "execute = $tools" \
		'read = ${where}'
	options="-p where=$T/drop/roots"
	refused "$who: any link in a parameter" 'symbolic link'
	options=
	rm -f "$T/drop/own" "$T/drop/roots"
}
both links

# A parameter's path is opened with the job's rights.
parameter() {
	mkdir -p "$T/jobs/other/data"
	echo secret >"$T/jobs/other/data/file"
	chown -R 54322 "$T/jobs/other"
	chmod 700 "$T/jobs/other"
	stack '[params]' "where = dir under $T/jobs" '[user]' "user = $free_uid" \
		"group = $free_uid" '[landlock]' "execute = $tools" 'read = ${where}'
	options="-p where=$T/jobs/other/data"
	refused "$who: a folder below a closed one, by parameter" 'Permission denied'
	chmod 711 "$T/jobs/other"
	tries "$who: the same where the job could go" "open $T/jobs/other/data/file read" 'open data'
	options=
}
as_root parameter

# 16 layers, with those of the caller.
layers() {
	if ! needs 4 "$who: layers"; then return; fi
	set -- '[landlock]' 'bind-tcp = none'
	for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
		set -- "$@" "[landlock.$n]" 'bind-tcp = none'
	done
	stack "$@"
	tries "$who: 16 rulesets" 'bind 0' 'bind EACCES'
	printf '[landlock]\nbind-tcp = none\n' >"$T/conf/one.ini"
	inside "$CORDON" run --conf "$T/conf" one -- "$probe" mark "$T/drop/marker"
	was_refused "$who: one more, in a job with 16" 'takes 16 Landlock rulesets'
	stack "$@" '[landlock.16]' 'bind-tcp = none'
	refused "$who: 17 rulesets" 'more than 16 Landlock rulesets'
}
both layers

privileges() {
	stack '[caps]' 'no-new-privs = no' '[landlock]' "read = $T/ro"
	if test "$who" = root; then
		refused "$who: without no-new-privs, capabilities dropped" 'no-new-privs'
	else
		refused "$who: without no-new-privs" ''
	fi
}
both privileges

explained() {
	if ! needs 6 'explain'; then return; fi
	stack '[landlock]' 'read = /usr' 'write = -/srv/a b' 'execute = /opt' 'connect-tcp = 443' \
		'bind-tcp = 8000-8080' 'scope = signals' 'forbid = /etc/shadow'
	bare "$CORDON" explain --conf "$T/conf" t -- true
	judge_says 'explain: the rules in words' \
		'~landlock only what is allowed of files tcp scope-signals  *\[landlock\].*' \
		'~landlock read /usr  *\[landlock\] .*t.ini:2' \
		'~landlock write /srv/a b \(may be absent\) .*' '~landlock execute /opt .*' \
		'~landlock tcp connect 443 .*' '~landlock tcp bind 8000-8080 .*' \
		'~forbid /etc/shadow \(also when it appears later\) .*' '~landlock-enter .*'
}
explained

plan
