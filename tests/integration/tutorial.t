#!/bin/sh
# doc/TUTORIAL.md: its files and commands, in their order and in one shell, do what it shows.
# What an example looks like is in tests/examples.sh; of a crontab the last line is run.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"
limit=60

not_sanitized 'the sanitizer takes more address space than the stack allows'
if test -z "$python"; then
	skip 'the tutorial' 'no /usr/bin/python3'
	plan
fi
with_conf
if test -z "$has_srv" || ! can_userns; then
	skip 'the tutorial' 'not root, or no mounts of our own'
	plan
fi
PATH=$T/bin:/usr/bin:/bin
has_jq=$(command -v jq)

extract "$top_srcdir/doc/TUTORIAL.md"

# into LINE...: of the script that is the whole page
into() {
	printf '%s\n' "$@" >>"$T/page.sh"
}

# put ID PLACE PATH: a file, where the test has it
put() {
	sed -i "s|/etc/cordon/conf\.d|$T/conf|g" "$T/blocks/$1"
	case $3 in
	/etc/cordon/conf.d/*) into "cp '$T/blocks/$1' '$T/conf/${3##*/}'" ;;
	/srv/*) into "mkdir -p '${3%/*}'; cp '$T/blocks/$1' '$3'" ;;
	/etc/cron.d/*)
		# as cron does: another folder, and a '%' with a backslash
		sed -n '$s/^\([^ ]* \)\{5\}root //p' "$T/blocks/$1" | sed 's/\\%/%/g' >"$T/crontab"
		into "(cd / && exec sh '$T/crontab') >'$T/cron.got' 2>&1"
		;;
	*) not_ok "$2: $3" 'the test has no place for this file' ;;
	esac
}

# can ID: are its commands here?
can() {
	test -n "$has_jq" || ! grep -q '^jq ' "$T/blocks/$1.sh"
}

while IFS=$tab read -r kind id where what _; do
	case $kind:$what in
	file:*) put "$id" "$where" "$what" ;;
	session:'#')
		can "$id" || continue
		sed -i "s|/etc/cordon/conf\.d|$T/conf|g" "$T/blocks/$id.sh"
		into "exec >'$T/blocks/$id.got' 2>&1" ". '$T/blocks/$id.sh'"
		;;
	*) not_ok "$where: an example" "its first line does not say what it is: $what" ;;
	esac
done <"$T/index"
check 'there are files, sessions and a crontab' test -s "$T/page.sh" -a -s "$T/crontab"

cd /usr || exit 99
bare /bin/sh "$T/page.sh"
check 'the page, from its first line to its last' test "$rc" = 0 -a ! -s "$T/err"
check 'leaves no process' saw 'left 0'
check "cron has nothing to mail" test -f "$T/cron.got" -a ! -s "$T/cron.got"
compare
while IFS=$tab read -r kind id where _ title; do
	test "$kind" = session || continue
	if ! can "$id"; then
		skip "$where: $title" 'no jq here'
	elif test -s "$T/blocks/$id.wrong" || ! test -f "$T/blocks/$id.got"; then
		not_ok "$where: $title" "$(cat "$T/blocks/$id.wrong")"
	else
		ok "$where: $title"
	fi
done <"$T/index"
plan
