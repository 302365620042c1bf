#!/bin/sh
# I35: in a folder that others can write cordon makes nothing under a name that can be
# guessed: each creation is exclusive, with 64 random bits at least.
. "$top_srcdir/tests/lib.sh"

strace=$(command -v strace)
if test -z "$strace" || ! "$launch" $switch -- "$strace" -qq -o /dev/null /bin/true; then
	skip 'I35' 'no strace that can trace here'
	plan
fi
calls=open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,symlink,symlinkat,link,linkat,rename,renameat,renameat2,bind

# traced COMMAND...: what it makes, one line each, in $T/drop/calls
traced() {
	rm -f "$T/drop/calls"
	# -y: descriptors with their paths
	bare "$strace" -qq -f -y -s 4096 -o "$T/drop/calls" -e "trace=$calls" "$@"
}

# "PATH how" of each creation outside of memory that is the job's own
creations() {
	sed -nE \
		-e '/ = -1 /d' \
		-e '/(open|openat|openat2)\(.*O_CREAT/s/.*\((AT_FDCWD[^,]*, |[0-9]+<([^>]*)>, )?"([^"]*)".*/\2|\3|&/p' \
		-e '/openat.*O_TMPFILE/s/.*/||/p' \
		-e '/ (mkdir|mkdirat|mknod|mknodat)\(/s/.*\((AT_FDCWD[^,]*, |[0-9]+<([^>]*)>, )?"([^"]*)".*/\2|\3|O_EXCL/p' \
		-e '/ (link|linkat|symlink|symlinkat|rename|renameat|renameat2)\(/s/.*, (AT_FDCWD[^,]*, |[0-9]+<([^>]*)>, )?"([^"]*)".*/\2|\3|O_EXCL/p' \
		"$T/drop/calls" |
		while IFS='|' read -r dir name how; do
			case $name in
			/*) path=$name ;;
			*) path=$dir/$name ;;
			esac
			excl=shared
			case $how in *O_EXCL*) excl=exclusive ;; esac
			test -z "$name" || echo "$path $excl"
		done
}

# in_open PATH: is its nearest folder that is still there one that others write?  Then
# $part is the name below it: of the path itself, or of a folder that was made before.
in_open() {
	_dir=$(dirname "$1") part=$(basename "$1")
	while ! test -d "$_dir"; do
		part=$(basename "$_dir")
		_dir=$(dirname "$_dir")
	done
	case $(stat -c %A "$_dir") in
	????????w* | ?????w????) return 0 ;;
	esac
	return 1
}

# Every creation in the trace: $made in open folders, $bad of those; 64 bits are 16
# hexadecimal digits.
look() {
	bad='' made=0
	creations >"$T/drop/made"
	while read -r path how; do
		in_open "$path" || continue
		case $path in /dev/null | /dev/tty) continue ;; esac
		made=$((made + 1))
		if ! echo "$part" | grep -qE '[0-9a-f]{16}'; then
			bad="$bad $path"
		elif test "$how,$part" = "shared,$(basename "$path")"; then
			bad="$bad $path(not exclusive)"
		fi
	done <"$T/drop/made"
}

# judge NAME [LEAST]: at least so many are looked at
judge() {
	look
	if test "$made" -lt "${2:-0}"; then
		not_ok "I35 $1" "only $made creations were seen in a folder for all"
	elif test -n "$bad"; then
		not_ok "I35 $1" "can be guessed:$bad"
	else
		ok "I35 $1 ($made of $(wc -l <"$T/drop/made") in a folder for all)"
	fi
	rm -f "$T/drop/made"
}

# ran_well NAME STATUS
ran_well() {
	if test "$rc" != "$2"; then not_ok "I35 $1: ran" "exit status $rc"; fi
}

# No XDG_RUNTIME_DIR and no /run/user: what a user's runs need is below /tmp.
with_a_folder() {
	stack '[stack]' 'parent = always' '[tmp]' 'dir = JOB_TMP' "base = $T/drop" "$@"
	traced /usr/bin/env -u XDG_RUNTIME_DIR "$CORDON" run --conf "$T/conf" t -- \
		/bin/sh -c 'echo "$JOB_TMP" && : >"$JOB_TMP/file"'
	ran_well "$who: a folder of the job's own" 0
	judge "$who: a folder of the job's own" 1
	missing=
	check "I35 $who: and it is random" says "~$T/drop/cordon-[0-9a-f]{32}"
}

plain() {
	stack '[stack]' "parent = $parent" '[rlimits]' 'core = 0' '[process]' 'umask = 077'
	mkdir -p "$T/own"
	test "$who,$me" != user,root || chown "$uid" "$T/own"
	traced "$CORDON" run --conf "$T/conf" --record "$T/own/record" t -- "$probe" exit 3
	ran_well "$who $form: a plain stack" 3
	judge "$who $form: a plain stack"
	rm -rf "$T/own"
}

spaces() {
	if ! can_userns; then
		skip "I35 $who: namespaces" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = all' '[mounts]' 'root = empty' "ro = $tools" \
		'tmpfs = /tmp' 'dev = minimal' '[process]' 'cwd = /' "$@"
	traced "$CORDON" run --conf "$T/conf" t -- "$probe" exit 3
	ran_well "$who: namespaces and a new root" 3
	judge_host "$who: namespaces and a new root"
}

# Of a run with mounts of its own, whose paths look like the host's: none that can be
# guessed is there afterwards.
judge_host() {
	look
	left=
	for path in $bad; do
		test ! "${path%(*}" -nt "$T/before" || left="$left $path"
	done
	check "I35 $1: nothing of it is on the host" test -z "$left"
}

# Names of an earlier run, planted by somebody else, lead nowhere.
planted() {
	stack '[stack]' 'parent = always' '[tmp]' 'dir = JOB_TMP' "base = $T/drop" "$@"
	echo whole >"$T/sentinel"
	traced /usr/bin/env -u XDG_RUNTIME_DIR "$CORDON" run --conf "$T/conf" t -- "$probe" exit 3
	creations | while read -r path how; do
		case $path in
		"$T"/drop/* | /tmp/*) ln -s "$T/sentinel" "$path" 2>/dev/null && echo "$path" ;;
		esac
	done >"$T/planted"
	inside "$probe" exit 3
	check "I35 $who: the run after names of the last were planted ($(wc -l <"$T/planted"))" \
		test "$rc,$(cat "$T/sentinel")" = 3,whole
	while read -r path; do
		test ! -L "$path" || rm -f "$path"
	done <"$T/planted"
}

: >"$T/before"

# The control: what others do is seen.
for how in "mkdir $T/drop/folder" "touch $T/drop/cordon-0123456789abcdef" \
	"ln -s / $T/drop/link" "mv $T/drop/link $T/drop/other" "mkfifo $T/drop/fifo"; do
	traced $how
	look
	check "I35: the test sees '${how%% *}'" test "$made" = 1 -a -n "$bad"
done
rm -rf "$T/drop/folder" "$T/drop/cordon-0123456789abcdef" "$T/drop/other" "$T/drop/fifo"

way=plain
both in_both_forms
both with_a_folder
as_root planted
spaces_root() { spaces '[user]' "user = $free_uid" "group = $free_uid"; }
as_root spaces_root
as_user spaces
pool() {
	stack '[user]' 'pool = 61300-61301' '[namespaces]' 'new = pid' '[process]' 'cwd = /'
	traced "$CORDON" run --conf "$T/conf" t -- "$probe" exit 3
	ran_well "$who: a uid of a pool" 3
	judge "$who: a uid of a pool"
}
as_root pool
examined() {
	traced "$CORDON" doctor
	judge_host "$who: doctor"
}
both examined
plan
