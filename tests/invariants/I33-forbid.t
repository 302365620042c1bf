#!/bin/sh
# I33: what [landlock] forbids is out of reach, also when it appears or is replaced while
# the job runs, by whatever name; what cannot be promised is refused.
. "$top_srcdir/tests/lib.sh"

abi=$("$probe" landlock | sed -n 's/^abi //p')
if test "${abi:-0}" -lt 1; then
	skip 'I33' 'no Landlock in this kernel'
	plan
fi

own() {
	test "$who,$me" != user,root || chown -hR "$uid:$uid" "$@"
}

# $T/f: what is forbidden and its neighbours; $T/drop: open to all, with ways to it.
scene() {
	rm -rf "$T/f" "$T/lf" "$T/drop/go" "$T/drop/ready" "$T/drop/link" "$T/drop/steps"
	mkdir -p "$T/f/dir/deep" "$T/f/beside"
	for at in there replaced dir/inner beside/file neighbour; do
		echo secret >"$T/f/$at"
	done
	ln -s "$T/f" "$T/drop/link"
	ln -s f "$T/lf"
	chmod -R a+rwX "$T/f"
	own "$T/f"
}

# What the job does once it is told to go on: lines "NAME: PROBE ARGUMENTS".
steps() {
	cat >"$T/drop/steps" <<END
late: open $T/f/late read
late by a link: open $T/drop/link/late read
late by /proc/self/root: open /proc/self/root$T/f/late read
late by /proc twice: open /proc/self/root/proc/self/root$T/f/late read
late by dots: open $T/f/beside/../late read
there: open $T/f/there read
there to write: open $T/f/there w
there to run: exec $T/f/there
there to rename: rename $T/f/there $T/drop/there
there to link: link $T/f/there $T/drop/there
there to remove: remove $T/f/there
replaced: open $T/f/replaced read
in a folder: open $T/f/dir/inner read
in a folder below: open $T/f/dir/deep read
in a folder made again: open $T/f/again/file read
from outside renamed: open $T/f/moved read
of a folder renamed to it: open $T/f/parent/file read
through a link that became a folder: open $T/lf/linked read
new in a folder on the way: open $T/f/anything read
to make it: open $T/f/never create
to move it there: rename $T/f/neighbour $T/f/never
to make it by a link: link $T/f/neighbour $T/f/never
END
}

# Of all but the neighbours: nothing but a refusal.
change() {
	echo secret >"$T/f/late"
	echo secret >"$T/f/anything"
	echo new >"$T/f/new" && mv "$T/f/new" "$T/f/replaced"
	mkdir "$T/f/again" && echo secret >"$T/f/again/file"
	echo secret >"$T/drop/moving" && mv "$T/drop/moving" "$T/f/moved"
	mkdir "$T/drop/parent" && echo secret >"$T/drop/parent/file"
	mv "$T/drop/parent" "$T/f/parent"
	mv "$T/f/dir" "$T/f/dir2" && mkdir -p "$T/f/dir/deep" && echo secret >"$T/f/dir/inner"
	rm "$T/lf" && mkdir "$T/lf" && echo secret >"$T/lf/linked"
	chmod -R a+rwX "$T/f" "$T/lf"
	own "$T/f" "$T/lf"
}

# Runs the steps below cordon, and the changes in between.
act_out() {
	{
		echo ": >$T/drop/ready"
		echo "while ! test -e $T/drop/go; do sleep 0.02; done"
		while IFS=: read -r name rest; do
			echo "echo \"$name: \$($probe$rest 2>&1)\""
		done <"$T/drop/steps"
		for neighbour in neighbour beside/file; do
			echo "echo \"$neighbour \$($probe open $T/f/$neighbour read)\""
		done
		echo "echo \"steps \$($probe open $T/drop/steps read)\""
		echo "echo \"made \$($probe open $T/drop/made create)\""
		echo "echo \"listed \$($probe open $T/f)\""
	} >"$T/drop/script"
	inside /bin/sh "$T/drop/script" &
	runner=$!
	until_test -e "$T/drop/ready"
	change
	: >"$T/drop/go"
	wait "$runner"
	rm -f "$T/drop/made"
}

forbids="forbid = $T/f/late
forbid = $T/f/there
forbid = $T/f/replaced
forbid = $T/f/dir
forbid = $T/f/again/file
forbid = $T/f/moved
forbid = $T/f/parent/file
forbid = $T/lf/linked
forbid = $T/f/never"

judge() {
	if ! test -e "$T/drop/ready"; then
		not_ok "I33 $1" 'the job did not start'
		return
	fi
	n=$(wc -l <"$T/drop/steps")
	denied=$(grep -cE ': (open|exec|rename|link|remove) (EACCES|EXDEV)$' "$T/out")
	if test "$denied" = "$n"; then
		ok "I33 $1: each of $n ways is denied"
	else
		not_ok "I33 $1: each of $n ways is denied" "$(grep -vE ' (EACCES|EXDEV)$' "$T/out")"
	fi
	missing=
	if says 'neighbour open data' 'beside/file open data' 'steps open data' 'made open ok' \
		'listed open EACCES'; then
		ok "I33 $1: and what is beside it is not"
	else
		not_ok "I33 $1: and what is beside it is not" "$missing" "$(tail -n5 "$T/out")"
	fi
}

plainly() {
	scene
	steps
	stack '[stack]' "parent = $parent" '[landlock]' "$forbids"
	act_out
	judge "$who $form"
}
all_ways plainly

# Without any cordon the same ways lead there: else the above proves nothing.
control() {
	scene
	change
	missing=
	for at in late there f/../late dir/inner again/file moved parent/file; do
		bare "$probe" open "$T/f/${at#f/../}" read
		says 'open data' || missing="$missing $at"
	done
	check "I33 $who: the control reads it all" test -z "$missing"
}
both control

in_namespaces() {
	if ! can_userns; then
		skip "I33 $who $form: with namespaces" 'no user namespace here'
		return
	fi
	scene
	steps
	stack '[namespaces]' "new = $kind" '[landlock]' "$forbids" '[process]' 'cwd = /' "$@"
	act_out
	judge "$who: new = $kind"

	scene
	steps
	stack '[namespaces]' "new = $kind" '[landlock]' "$forbids" '[process]' 'cwd = /' "$@" \
		'[mounts]' 'root = empty' 'ro = /usr' "rw = $T" "ro = $tools" \
		'symlink = usr/bin:/bin' 'symlink = usr/lib:/lib' 'symlink = usr/lib64:/lib64'
	act_out
	judge "$who: new = $kind, a new root"
}

namespaces_user() {
	kind=mount
	in_namespaces "$@"
	kind='pid mount'
	in_namespaces "$@"
}
namespaces_root() { namespaces_user '[user]' "user = $free_uid" "group = $free_uid"; }
as_root namespaces_root
as_user namespaces_user

# Beside rules that allow: they do not widen it.
with_rules() {
	scene
	steps
	stack '[stack]' "parent = $parent" '[landlock.a]' 'read = /' 'execute = /' 'write = /' \
		'[landlock.b]' "$forbids"
	act_out
	judge "$who $form, beside read, write and execute = /"
}
all_ways with_rules

# Another mount shows the same folder.
aliases() {
	scene
	mkdir -p "$T/alias" "$T/part" "$T/covered" "$T/deep/er" "$T/one"
	: >"$T/one/file"
	if ! mount --bind "$T/f" "$T/alias" 2>/dev/null; then
		skip "I33 $who: a bind mount elsewhere" 'mount is not permitted here'
		return
	fi
	mount --bind "$T/f/dir/deep" "$T/part"
	mount --bind "$T/f" "$T/covered" && mount -t tmpfs none "$T/covered"
	mkdir "$T/covered/dir" && echo data >"$T/covered/dir/inner"
	mount --bind "$T/f/there" "$T/one/file"
	mount --bind "$T" "$T/deep/er"
	echo secret >"$T/f/dir/deep/file"
	cat >"$T/drop/steps" <<END
late: open $T/alias/late read
there: open $T/alias/there read
a folder: open $T/alias/dir/inner read
a part of it: open $T/part/file read
the file itself: open $T/one/file read
the folder above: open $T/deep/er/f/there read
and late: open $T/deep/er/f/late read
END
	stack '[stack]' "parent = $parent" '[landlock]' "$forbids"
	bare "$probe" open "$T/deep/er/f/there" read
	if ! says 'open data'; then
		skip "I33 $who $form: other mounts" 'the bare control is safe'
	else
		act_out
		judge "$who $form, other mounts"
		tries "I33 $who $form: what covers such a mount is not meant" \
			"open $T/covered/dir/inner read" 'open data'
		tries "I33 $who $form: a neighbour by another mount" \
			"open $T/alias/beside/file read" 'open data'
	fi
	for at in deep/er one/file covered covered part alias; do umount "$T/$at"; done
}

# A mount that is forbidden itself, in itself, by a name with a blank, and twice by a link.
odd_aliases() {
	scene
	mkdir -p "$T/m" "$T/a b" "$T/f/dir/again"
	ln -s m "$T/lm"
	ln -s "$T/a b/file" "$T/drop/blank"
	if ! mount -t tmpfs none "$T/m" 2>/dev/null; then
		skip "I33 $who: odd mounts" 'mount is not permitted here'
		return
	fi
	mount --bind "$T/m" "$T/a b"
	mount --bind "$T/f/dir" "$T/f/dir/again"
	echo secret >"$T/m/file"
	stack '[landlock]' "forbid = $T/m" "forbid = $T/lm" "forbid = $T/f/dir"
	tries "I33 $who: a mount" "open $T/m/file read" 'open EACCES'
	tries "I33 $who: by a name with a blank" "open $T/drop/blank read" 'open EACCES'
	tries "I33 $who: a folder in itself" "open $T/f/dir/again/inner read" 'open EACCES'
	tries "I33 $who: and what is beside" "open $T/f/neighbour read" 'open data'
	for at in f/dir/again 'a b' m; do umount "$T/$at"; done
	rm "$T/lm" "$T/drop/blank"
}

# More mounts show it, and more names are on the way, than there is room for.
too_much() {
	scene
	mkdir -p "$T/many/1" "$T/many/2" "$T/many/3" "$T/many/4" "$T/many/5" "$T/many/6" "$T/many/7"
	echo secret >"$T/many/file"
	if ! mount --bind "$T/many" "$T/many" 2>/dev/null; then
		skip "I33 $who: many mounts" 'mount is not permitted here'
		return
	fi
	mount --make-private "$T/many"
	for at in 1 2 3 4 5 6 7; do mount --rbind "$T/many" "$T/many/$at"; done
	stack '[landlock]' "forbid = $T/many/file"
	refused "I33 $who: 128 mounts that show it" 'too many mounts show it'
	umount -R "$T/many"
	mkdir "$T/wide"
	(cd "$T/wide" && awk 'BEGIN {
		for (i = 0; i < 30; i++) {
			way = ""
			for (j = 0; j < 16; j++) {
				name = sprintf("%0249d", i * 16 + j)
				print "mkdir", name
				way = way name "/../"
			}
			print "ln -s " way "l" i + 1, "l" i
		}
		print "mkdir l30"
	}' | awk '/^mkdir/ { print $2 >"dirs"; next } { print }' >links && xargs mkdir <dirs && sh links)
	stack '[landlock]' "forbid = $T/wide/l0/x"
	refused "I33 $who: more names on the way than there is room for" \
		'too many folders or names on the way'
	rm -rf "$T/wide" "$T/many"
}
way=aliases
as_root in_both_forms
as_root odd_aliases
as_root too_much

refusals() {
	scene
	ln "$T/f/there" "$T/drop/hard"
	stack '[landlock]' "forbid = $T/f/neighbour" "forbid = $T/f/there"
	refused "I33 $who: a file with another name" 't.ini:3: [landlock] forbid'
	grep -q 'another name' "$T/err" || not_ok "I33 $who: and why"
	rm -f "$T/drop/hard"
	mkdir -p "$T/f/dir/a/b/c" "$T/f/dir/z"
	for at in $(seq 700); do echo "$T/f/dir/z/$at-$(printf %060d 0)"; done | xargs touch
	stack '[landlock]' "forbid = $T/f/dir" 'hard-links = refuse'
	tries "I33 $who: a folder without hard links" "open $T/f/dir/inner read" 'open EACCES'
	for file in a/b/c/deep z/one inner; do
		test -e "$T/f/dir/$file" || echo secret >"$T/f/dir/$file"
		ln "$T/f/dir/$file" "$T/drop/hard"
		refused "I33 $who: hard-links = refuse: $file below the folder has another name" "'${file##*/}' has another name"
		rm -f "$T/drop/hard"
	done
	rm -rf "$T/f/dir/a" "$T/f/dir/z"
	for path in / /. //; do
		stack '[landlock]' "forbid = $path"
		refused "I33 $who: forbid = $path" ''
	done
	ln -s / "$T/drop/root"
	stack '[landlock]' "forbid = $T/drop/root"
	refused "I33 $who: a link to /" "all of '/'"
	rm "$T/drop/root"
	ln -s loop "$T/drop/loop"
	stack '[landlock]' "forbid = $T/drop/loop/x"
	refused "I33 $who: a link to itself" 'symbolic links'
	rm "$T/drop/loop"
	if test -n "$python"; then
		(cd "$T/drop" && $python -c 'import socket
socket.socket(socket.AF_UNIX).bind("socket")')
		stack '[landlock]' "forbid = $T/drop/socket"
		refused "I33 $who: a socket, which connect(2) would reach" 'hide it'
		rm -f "$T/drop/socket"
	fi
	stack '[mounts]' "hide = $T/f/none"
	if can_userns; then
		refused "I33 $who: hide = a path that is not there" ''
	fi
}
both refusals

# One in another, one twice, one through a file, one below what the job may not enter.
shapes() {
	scene
	mkdir -p "$T/shut/in" "$T/blind/in"
	echo data >"$T/shut/in/file"
	echo data >"$T/blind/in/file"
	echo data >"$T/blind/other"
	chmod 700 "$T/shut"
	chmod 711 "$T/blind"
	stack '[landlock.a]' "forbid = $T/f/dir" "forbid = $T/f/dir/deep/x" "forbid = $T/f/there/x" \
		"forbid = -$T/shut/in/x" "forbid = $T/blind/in/x" '[landlock.b]' \
		"forbid = $T/f/dir" "forbid = $T/f/replaced"
	tries "I33 $who: one in another" "open $T/f/dir/inner read" 'open EACCES'
	tries "I33 $who: and below" "open $T/f/dir/deep" 'open EACCES'
	tries "I33 $who: two sections" "open $T/f/replaced" 'open EACCES'
	tries "I33 $who: a file on the way stays" "open $T/f/there read" 'open data'
	tries "I33 $who: a neighbour stays" "open $T/f/neighbour read" 'open data'
	tries "I33 $who: in a folder that is not for all" "open $T/shut/in/file read" "open $shut"
	tries "I33 $who: below a folder that cannot be listed" "open $T/blind/in/file read" 'open data'
	tries "I33 $who: beside it" "open $T/blind/other read" "open $blind"
	rm -rf "$T/shut" "$T/blind"
}
shapes_root() {
	shut=data blind=data
	shapes
}
shapes_user() {
	shut=EACCES blind=EACCES
	test "$me" = root || blind=data shut=data
	shapes
}
as_root shapes_root
as_user shapes_user

# Somebody exchanges names while it is built: the job sees nothing, or does not start.
races() {
	scene
	mkdir -p "$T/hold/dir3" && echo secret >"$T/hold/dir3/inner"
	chmod -R a+rwX "$T/hold"
	own "$T/hold"
	"$launch" $switch -- "$probe" race "$T/f/dir" "$T/hold/dir3" "$T/drop/racing" &
	racer=$!
	background="$background $racer"
	until_test -e "$T/drop/racing"
	# what is moved to where the job may look is no secret any more
	stack '[landlock]' "forbid = $T/f/dir/inner" "forbid = $T/hold"
	leaks=0
	for _round in $(seq 60); do
		inside "$probe" open "$T/f/dir/inner" read
		says 'open data' && leaks=$((leaks + 1))
	done
	kill -KILL "$racer"
	wait "$racer" 2>/dev/null
	rm -rf "$T/drop/racing" "$T/hold"
	check "I33 $who: 60 starts while the folder is exchanged, $leaks saw it" test "$leaks" = 0
}
both races

plan
