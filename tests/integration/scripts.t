#!/bin/sh
# [scripts]: allow, sha256, manifest, owner, and how two sections agree.
. "$top_srcdir/tests/lib.sh"

if test "$me" != root; then
	skip 'scripts' 'what may run must be root'"'"'s'
	plan
fi
S=$T/1/2/3/4/5/6/7/8/9/a/b/c/d/e
mkdir -p "$S/sub"
for name in a.sh b.sh sub/c.sh; do
	printf '#!/bin/sh\necho "$0 $*"\n' >"$S/$name"
done
cp "$probe" "$S/probe"
chmod 755 "$S"/*.sh "$S/sub/c.sh" "$S/probe"
sum() { sha256sum "$1" | cut -c1-64; }

says_() { # NAME TEXT COMMAND...
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

lists() {
	stack '[scripts]' "allow = $S/*.sh"
	says_ 'a glob' "$S/a.sh x y" "$S/a.sh" x y
	no 'a glob does not cross a folder' "not in 'allow'" "$S/sub/c.sh"
	no 'a program that is not in it' "not in 'allow'" "$S/probe" geteuid
	stack '[scripts]' "allow = $S/probe"
	says_ 'a program' "euid $uid" "$S/probe" geteuid
	stack '[scripts]' "allow = $S/*" '[scripts.two]' "allow = $S/b.sh"
	says_ 'both sections allow' "$S/b.sh " "$S/b.sh"
	no 'one does not' "[scripts.two] '$S/a.sh' is not in 'allow'" "$S/a.sh"
	stack '[scripts]' "allow =" 
	no 'an empty list' "not in 'allow'" "$S/a.sh"
	stack '[scripts.a]' 'control = sufficient' "allow = $S/a.sh" \
		'[scripts.b]' 'control = sufficient' "allow = $S/b.sh"
	says_ 'the second of two sufficient' "$S/b.sh " "$S/b.sh"
	no 'neither of two sufficient' "no sufficient section says yes: $T/conf/t.ini:1: [scripts.a] '$S/sub/c.sh' is not in 'allow'; $T/conf/t.ini:4: [scripts.b] " "$S/sub/c.sh"
	stack '[scripts.a]' 'control = sufficient' "allow = $S/a.sh" 'exit = 77'
	inside "$S/b.sh"
	check "$who: and its exit status" test "$rc" = 77
}
both lists

hashes() {
	stack '[scripts]' "sha256 = $(sum "$S/a.sh") $S/a.sh" "sha256 = $(sum "$S/a.sh" | tr a f) $S/b.sh"
	says_ 'a sha256' "$S/a.sh " "$S/a.sh"
	no 'another sha256' 'is not what its sha256 says' "$S/b.sh"
	no 'none' 'has no sha256' "$S/sub/c.sh"
	(cd "$S" && sha256sum a.sh ./sub/c.sh && sha256sum "$S/b.sh") >"$S/sums"
	stack '[scripts]' "manifest = $S/sums"
	says_ 'a name beside the manifest' "$S/a.sh " "$S/a.sh"
	says_ 'one below it' "$S/sub/c.sh " "$S/sub/c.sh"
	says_ 'an absolute one' "$S/b.sh " "$S/b.sh"
	no 'a program that is not in it' 'has no sha256' "$S/probe" geteuid
	echo 'no sum' >>"$S/sums"
	no 'a line that is none' "$S/sums:4: not a line of sha256sum" "$S/a.sh"
	awk 'BEGIN { for (i = 0; i < 100000; i++)
		printf "%064x  /srv/of/some/length/file-%06d\n", i, i }' >"$S/sums"
	(cd "$S" && sha256sum a.sh) >>"$S/sums"
	says_ 'a manifest of 100 000 lines' "$S/a.sh " "$S/a.sh"
}
both hashes

owners() {
	cp "$S/a.sh" "$S/own.sh"
	chown 54322 "$S/own.sh"
	stack '[scripts]' "allow = $S/*"
	no 'of another owner' "belongs to uid 54322, who is not among 'owner'" "$S/own.sh"
	stack '[scripts]' "allow = $S/*" 'owner = root 54322'
	says_ 'who is named' "$S/own.sh " "$S/own.sh"
	chown "$free_uid" "$S/own.sh"
	stack '[scripts]' "allow = $S/*" "owner = root $free_uid"
	if test "$who" = user; then
		no 'who is the caller' 'belongs to uid 54321, the caller' "$S/own.sh"
		stack '[scripts]' "allow = $S/*" "owner = root $free_uid" 'unsafe-path = copy'
		inside /bin/sh "$S/own.sh"
		check "$who: a copy of it" grep -q '^/proc/self/fd/' "$T/out"
	fi
	chmod g+w "$S/b.sh"
	stack '[scripts]' "allow = $S/*"
	no 'writable by its group' 'chmod g-w' "$S/b.sh"
	chmod g-w "$S/b.sh"
	rm "$S/own.sh"
}
both owners

copies() {
	rm -rf "$T/open"
	mkdir "$T/open"
	cp "$S/a.sh" "$S/probe" "$T/open"
	chmod 777 "$T/open"
	stack '[scripts]' "allow = $T/open/*" 'unsafe-path = copy'
	says_ 'a program of which a copy runs' "euid $uid" "$T/open/probe" geteuid
	inside "$T/open/a.sh" x
	check "$who: a script of which a copy runs" grep -q '^/proc/self/fd/[0-9]* x$' "$T/out"
	inside /bin/sh "$T/open/a.sh" x
	check "$who: as an argument" grep -q '^/proc/self/fd/[0-9]* x$' "$T/out"
	stack '[scripts]' "allow = $T/open/*" 'unsafe-path = copy' '[scripts.two]' \
		"allow = $T/open/*" 'unsafe-path = copy'
	inside /bin/sh "$T/open/a.sh" x
	check "$who: two sections, and one copy" grep -q '^/proc/self/fd/[0-9]* x$' "$T/out"
	echo 'echo "$0 $*"' >"$T/open/plain.sh"
	printf '#!/bin/sh  -u  \necho "$- $*"\n' >"$T/open/option.sh"
	printf '#! /bin/sh \t \necho "$- $*"\n' >"$T/open/blank.sh"
	chmod 755 "$T/open/"*.sh
	for name in plain option blank; do inside "$T/open/$name.sh" x; cat "$T/out"; done >"$T/three"
	check "$who: copies without a first line, with an option, and with blanks" \
		awk 'NR == 1 { ok = /^\/proc\/self\/fd\/[0-9]+ x$/ }
			NR == 2 { ok = ok && /^[a-z]*u[a-z]* x$/ }
			NR == 3 { ok = ok && !/u/ && / x$/ }
			END { exit !(ok && NR == 3) }' "$T/three"
	cp /bin/sh "$T/open/sh"
	stack '[scripts]' "allow = $S/a.sh" "interpreters = sh $T/open/sh" 'unsafe-path = copy'
	no 'an interpreter is never run from a copy' 'could be changed after it was judged' \
		"$T/open/sh" "$S/a.sh"
	ln -s "$S/a.sh" "$T/open/link.sh"
	stack '[scripts]' "allow = $S/*" 'unsafe-path = copy'
	says_ 'a link in an open folder: by its path without it' "$S/a.sh " "$T/open/link.sh"
	stack '[stack]' 'parent = always' '[scripts]' "allow = $T/open/*" 'unsafe-path = copy'
	says_ 'supervised' "euid $uid" "$T/open/probe" geteuid
	stack '[scripts]' "allow = $T/open/*" 'unsafe-path = copy'
	$CORDON explain --conf "$T/conf" t -- "$T/open/a.sh" >"$T/out" 2>"$T/err"
	check "$who: explain says that a descriptor stays" \
		grep -q 'from a sealed copy (its descriptor is open in the job)' "$T/out"
}
both copies

# PATH is the one that the job will have.
search() {
	stack '[scripts]' "allow = $S/*" '[env]' "set = PATH=$S:/usr/bin:/bin"
	says_ 'a program along the PATH of [env]' "$S/a.sh " a.sh
	no 'one that is nowhere' 'there is no program' nowhere.sh
}
both search

"$CORDON" explain --conf "$T/conf" t -- /bin/cat >"$T/out" 2>"$T/err"
check 'explain says what a run would refuse' grep -q '^note .*a run would be refused.*allow' "$T/out"
plan
