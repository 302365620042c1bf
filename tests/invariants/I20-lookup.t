#!/bin/sh
# I20: names, locales and libraries are looked up before the job's root is entered,
# and what lies in that root runs in the job alone, never in cordon.
. "$top_srcdir/tests/lib.sh"

root=$T/root
cc=${CC:-cc}

# A library that leaves a mark, inside or outside, under the name in $3.
evil() { # OUT NAME
	mkdir -p "${1%/*}"
	echo "#include <fcntl.h>
	#include <unistd.h>
	static void mark(const char *path)
	{ close(open(path, O_CREAT | O_WRONLY, 0666)); }
	__attribute__((constructor)) static void marks(void)
	{ mark(\"/drop/evil-$2\"); mark(\"$T/drop/evil-$2\"); }" >"$T/evil.c"
	$cc -shared -fPIC -o "$1" "$T/evil.c" 2>>"$T/check"
}

# A root that its owner has prepared for whoever looks something up in it.
hostile_root() {
	mkdir -p "$root/tools" "$root/proc" "$root/dev" "$root/tmp" "$root/drop" "$root/etc" \
		"$root/usr/bin" "$root/usr/lib/locale"
	ldd /usr/bin/id | grep -o '/[^ ]*' >"$T/libraries"
	for file in /usr/bin/id $(cat "$T/libraries"); do
		mkdir -p "$root${file%/*}"
		cp "$file" "$root$file" || return
	done
	libc=$(grep '/libc\.so' "$T/libraries")
	libraries=$root${libc%/*}
	evil "$root/evil.so" preload || return
	evil "$libraries/libnss_evil.so.2" nss
	evil "$libraries/gconv/EVIL.so" gconv
	cp -R "$libraries/gconv" "$root/usr/lib/gconv"
	echo /evil.so >"$root/etc/ld.so.preload"
	printf '%s: evil\n' passwd group shadow hosts initgroups >"$root/etc/nsswitch.conf"
	echo 'nobody:x:0:0::/evil:/evil' >"$root/etc/passwd"
	echo 'nogroup:x:0:nobody' >"$root/etc/group"
	printf 'module INTERNAL %s EVIL 1\n' UTF-8// ANSI_X3.4-1968// UTF-16// \
		>"$libraries/gconv/gconv-modules"
	chmod -R a+rX "$root"
	test "$me" = user || chown -R $free_uid "$root"
	chmod 755 "$root"
}

the_stack() {
	stack '[stack]' "$@" '[namespaces]' 'new = mount' '[mounts]' "root = $root" \
		"ro = $tools:/tools" "rw = $T/drop:/drop" '[process]' 'cwd = /' "$user"
}

no_mark() {
	rm -f "$T/drop/evil-"*
	tries "$1" audit "$2" '~cwd /'
	check "$1: nothing of it ran" test -z "$(find "$T/drop" -name "*evil*")"
}

lookup() {
	name="I20 $who: a hostile root"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	want="uid $uid $uid $uid $uid"
	user=
	if test "$who" = root; then
		nobody=$(id -u nobody)
		want="uid $nobody $nobody $nobody $nobody"
		user='[user]
user = nobody
groups = own
[env]
login = yes'
	fi
	# hostile once as the root and once in what is inherited
	hostile='--setenv LC_ALL=evil.EVIL --setenv LANG=evil --setenv PATH=/usr/bin:/bin'
	the_stack ''
	rm -f "$T/drop/evil-"*
	inside /usr/bin/id -un
	if ! test -e "$T/drop/evil-preload" -a -e "$T/drop/evil-nss"; then
		skip "$name" "the bare control: the job's own look-ups found no evil"
		return
	fi
	probe_was=$probe probe=/tools/probe
	no_mark "$name, as it is" "$want"
	the_stack 'parent = always'
	no_mark "$name, supervised" "$want"
	the_stack '
[namespaces.more]
new = pid'
	no_mark "$name, with an init" "$want"
	probe=$probe_was
	traced
	hostile=
}

# What is opened from the pivot on, and by whoever becomes the job, from its birth on.
opened_late() {
	awk '
	FNR == NR {
		if (first == "") first = $1
		if (/execve(at)?\([^[]*"\/tools\/probe"/ && !job) job = $1
		next
	}
	/pivot_root\(|chroot\(/ { inside = 1 }
	$1 == job && /execve(at)?\([^[]*"\/tools\/probe"/ { done = 1; exit }
	(inside || (job != first && $1 == job)) && /open(at2?)?\(/
	END { if (!inside || !done) print "no pivot_root or no exec was seen" }
	' "$1" "$1"
}

traced() {
	name="I20 $who: strace sees no look-up inside"
	if ! command -v strace >/dev/null; then
		not_ok "$name" 'strace is missing: apt-get install strace'
		return
	fi
	if test "$me" != root; then
		skip "$name" "only root can read the paths of a process that isn't dumpable"
		return
	fi
	limit_was=$limit limit=30
	switch_was=$switch switch=
	bare "$(command -v strace)" -f -qq -o "$T/drop/trace" -e \
		trace=open,openat,openat2,execve,execveat,chroot,pivot_root \
		"$launch" $switch_was -- \
		"$CORDON" run --conf "$T/conf" t -- /tools/probe audit uid
	limit=$limit_was switch=$switch_was
	opened_late "$T/drop/trace" >"$T/late"
	check "$name: the job ran" test "$rc" = 0
	check "$name ($(wc -l <"$T/late") files)" \
		test -z "$(grep -E '/etc/|\.so|nsswitch|locale|gconv|was seen' "$T/late" |
			tee "$T/err")"
	rm -f "$T/drop/trace"
}

if ! hostile_root; then
	skip I20 'no compiler'
	plan
fi
both lookup

# Where /etc alone says who there is, the program on PATH knows by itself who is not.
absent() { # TEXT LINE...
	_text=$1
	shift
	stack '[user]' "$@"
	rm -f "$T/drop/marker"
	bare /usr/bin/unshare --mount /bin/sh -c 'mount --bind "$0" /etc/nsswitch.conf && exec "$@"' \
		"$T/nsswitch" "$CORDON" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "$who: $*, of /etc alone" "$_text"
}
alone() {
	if ! unshare --mount true 2>/dev/null || ! test -f /etc/nsswitch.conf; then
		skip "$who: /etc alone" 'no mount namespace here, or no /etc/nsswitch.conf'
		return
	fi
	printf '%s\n' 'passwd: files' 'group: files' >"$T/nsswitch"
	absent "no user 'no-such'" 'user = no-such'
	absent "no group 'no-such'" 'user = nobody' 'group = no-such'
	absent 'groups = own needs a user with an entry' "user = $free_uid" "group = $free_uid" \
		'groups = own'
}
as_root alone

# More groups than a first guess has room for, from NSS.
groups() {
	if ! unshare --mount true 2>/dev/null; then
		skip "$who: a user of forty groups" 'no mount namespace here'
		return
	fi
	{ cat /etc/group; seq 60001 60040 | sed 's/.*/more&:x:&:nobody/'; } >"$T/group"
	stack '[user]' 'user = nobody' 'groups = own'
	printf '%s\n' 'passwd: files' 'group: compat' >"$T/nsswitch"
	bare /usr/bin/unshare --mount /bin/sh -c 'mount --bind "$0/group" /etc/group &&
		mount --bind "$0/nsswitch" /etc/nsswitch.conf && exec "$@"' \
		"$T" "$CORDON" run --conf "$T/conf" t -- "$probe" audit groups
	check "$who: a user of forty groups" test "$(wc -w <"$T/out")" -ge 41
}
as_root groups
plan
