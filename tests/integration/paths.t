#!/bin/sh
# [paths]: which files the words of a command may name.
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'paths' 'the folders above must be out of reach'
	plan
fi
mkdir -m 755 "$T/a" "$T/ab" "$T/a/in"
for file in a/f ab/f a/in/f a/secret; do echo "$file" >"$T/$file"; done
ln -s ../ab/f "$T/a/out"
ln -s f "$T/a/here"

yes_() { # NAME TEXT COMMAND...
	_n=$1 _t=$2
	shift 2
	inside "$@"
	check "$who: $_n" test "$rc:$(cat "$T/out")" = "0:$_t"
}
no() { # NAME TEXT COMMAND...
	_n=$1 _t=$2
	shift 2
	inside "$@"
	was_refused "$who: $_n" "$_t"
}

words() {
	cd "$T/a" || exit 99
	stack '[paths]' "under = $T/a" "forbid = $T/a/secret"
	yes_ 'below' a/f /bin/cat "$T/a/f"
	yes_ 'below, deeper' a/in/f /bin/cat "$T/a/in/f"
	yes_ 'relative' a/f /bin/cat f
	yes_ 'up and down again' a/f /bin/cat in/../f
	yes_ 'by a link within' a/f /bin/cat here
	yes_ 'a word that names nothing' word /bin/echo word
	yes_ 'the value of an option' "--file=$T/a/f" /bin/echo "--file=$T/a/f"
	yes_ 'what is not there yet' "$T/a/in/new" /bin/echo "$T/a/in/new"
	no 'a name that only begins alike' 'is not under' /bin/cat "$T/ab/f"
	no 'elsewhere' 'is not under' /bin/cat /etc/passwd
	no 'up' "(it is '$T/ab/f')" /bin/cat ../ab/f
	no 'a link out' "(it is '$T/ab/f')" /bin/cat out
	no 'a value elsewhere' 'is not under' /bin/echo --file=/etc/passwd
	no 'a value without dashes' 'is not under' /bin/echo if=/etc/passwd
	no 'a value behind a letter' 'is not under' /bin/echo -I/etc
	no 'the folder above' 'is not under' /bin/echo ..
	no 'forbidden' 'is forbidden' /bin/cat secret
	ln "$T/a/secret" "$T/a/alias"
	no 'forbidden, by a hard link' 'is forbidden' /bin/cat alias
	rm "$T/a/alias"
	no 'climbing out of what is not there' "climbs by '..'" /bin/cat new/../../../../etc/passwd
	no 'a link of /proc' 'another object for each process' /bin/cat /proc/self/cwd/f
	if "$CORDON" explain --conf "$T/conf" t | grep -q '^forbid '; then
		# the shell, whose words name nothing, cannot reach it either
		stack '[paths]' "forbid = $T/a/secret"
		inside /bin/sh -c 'cd ..; for f in a/s*t; do cat $f; done'
		check "$who: forbidden to the job as well" eval '! grep -q secret "$T/out"'
		inside /bin/sh -c 'cat f'
		check "$who: and nothing else" grep -q a/f "$T/out"
	else
		skip "$who: forbidden to the job as well" 'no Landlock here'
	fi
	stack '[paths]' "under = $T/a" 'symlinks = refuse'
	yes_ 'no link' a/f /bin/cat f
	no 'a link, though within' 'has a symbolic link' /bin/cat here
	stack '[paths]' "under = $T/a" 'arguments = 2'
	yes_ 'a word that is not judged' "/etc x" /bin/echo /etc x
	no 'one that is, though it names no path' 'is not under' /bin/echo x ../y
	stack '[paths]' "under = $T/a" '[paths.two]' "under = $T/a/in"
	yes_ 'both sections' a/in/f /bin/cat in/f
	no 'one of them not' '[paths.two]' /bin/cat f
	stack '[paths]' "cwd = under $T/a"
	yes_ 'started below' x /bin/echo x
	cd "$T/ab" || exit 99
	no 'started elsewhere' 'the working directory' /bin/echo x
	cd / || exit 99
}
both words

# What is not there may not be there for the job either.
appears() {
	if ! can_userns; then
		skip "$who: what appears in the job's mounts" 'no user namespace here'
		return
	fi
	stack '[paths]' "under = $T/a" '[namespaces]' 'new = mount' '[process]' 'cwd = /' \
		'[mounts]' "tmpfs = $T/a/in" "tmpfs = $T/a/in/new"
	no 'what appears in the mounts of the job' 'File exists' /bin/echo "$T/a/in/new"
	no 'nor in another folder' 'Stale file handle' /bin/echo "$T/a/in/other"
}
both appears

# Others may not be able to put another file in its place.
others() {
	rm -rf "$T/open" "$T/sticky"
	mkdir "$T/open" "$T/sticky"
	chmod 777 "$T/open"
	chmod 1777 "$T/sticky"
	for folder in open sticky; do
		echo "$folder" >"$T/$folder/f"
		chown "$uid" "$T/$folder/f"
		echo "$folder" >"$T/$folder/g"
		chown 54322 "$T/$folder/g"
	done
	stack '[paths]' "under = $T"
	no 'in a folder of everybody' 'is writable by others' /bin/cat "$T/open/f"
	yes_ 'its own, in a sticky one' sticky /bin/cat "$T/sticky/f"
	no 'of another, in a sticky one' 'who may move it' /bin/cat "$T/sticky/g"
}
both others
plan
