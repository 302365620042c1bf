#!/bin/sh
# I34: what a path may say, and what may stand on the way to what it names.
. "$top_srcdir/tests/lib.sh"

long=$(printf '%05000d' 0 | tr 0 x)
part=$(printf '%0300d' 0 | tr 0 x)

# One row for each kind of path in each key that has one: by check, without privilege.
bad() { # NAME VALUE TEXT
	for key in 'scripts allow' 'paths under' 'paths forbid' 'scripts manifest'; do
		stack "[${key% *}]" "${key#* } = $2"
		"$CORDON" check --conf "$T/conf" t >"$T/out" 2>"$T/err"
		rc=$?
		check "I34 $key: $1" eval "test $rc = 125 && grep -q 't.ini:2: .*$3' '$T/err'"
	done
}
bad 'relative' 'a/b' 'not an absolute path'
bad 'climbing' '/a/../b' "holds '..'"
bad 'a control character' "/a$(printf '\001')b" ''
bad 'a magic link' '/proc/self/fd/3' 'another object for each process'
bad 'too long' "/$long" ''
bad 'a part too long' "/$part" 'longer than'
for text in 'a/b' '/a' 'under a' 'under /a/../b'; do
	stack '[paths]' "cwd = $text"
	"$CORDON" check --conf "$T/conf" t >"$T/out" 2>"$T/err"
	check "I34 paths cwd: $text" grep -q "t.ini:2: .*'under PATH'" "$T/err"
done

if test "$me" != root; then
	skip 'I34 on the way' 'only root can make what belongs to another'
	plan
fi
mkdir -p "$T/x/y"
printf '#!/bin/sh\necho ran\n' >"$T/x/y/s"
chmod 755 "$T/x" "$T/x/y" "$T/x/y/s"

way() { # NAME TEXT
	stack '[scripts]' "allow = $T/x/y/s"
	inside "$T/x/y/s"
	was_refused "I34 $who: $1" "$2"
}
on_the_way() {
	chown 0 "$T/x" "$T/x/y" "$T/x/y/s"
	stack '[scripts]' "allow = $T/x/y/s"
	inside "$T/x/y/s"
	check "I34 $who: root's all the way (the control)" test "$rc:$(cat "$T/out")" = 0:ran
	for what in x x/y; do
		chown "$free_uid" "$T/$what"
		way "$what belongs to the job's user" "'$T/$what' belongs to uid $free_uid"
		chown 0 "$T/$what"
		chmod g+w "$T/$what"
		way "$what is writable by its group" "'$T/$what' is writable by its group"
		chmod 1777 "$T/$what"
		way "$what is sticky, and writable" "'$T/$what' is writable by others"
		chmod 755 "$T/$what"
	done
	chmod 757 "$T/x/y/s"
	way 'the file is writable by others' "'$T/x/y/s' is writable by others"
	chmod 755 "$T/x/y/s"
	if command -v setfacl >/dev/null 2>&1 && setfacl -m "u:$free_uid:rwx" "$T/x" 2>/dev/null; then
		way 'an ACL lets somebody write' 'by an ACL'
		setfacl -b "$T/x"
	else
		skip "I34 $who: an ACL lets somebody write" 'no setfacl here'
	fi
	stack '[scripts]' "allow = $T/x/y/s"
	inside "$T/x/y/s/"
	was_refused "I34 $who: a slash behind a file" ''
}
both on_the_way
plan
