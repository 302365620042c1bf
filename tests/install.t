#!/bin/sh
# make install and uninstall; and from the installed copy, as somebody who has README and
# the manual: a stack, why it refuses, what it lacks, how to tighten it, a module.
# Once in a check (check-once): it takes half a minute.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"
unset MAKEFLAGS MAKELEVEL DESTDIR

prefix=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")
d=$T/d

makes() {
	make -s -C "$top_builddir" "$@" DESTDIR="$d" >"$T/made" 2>&1
}

files() {
	(cd "$d" && find . ! -type d | sed "s|^\.$prefix/||; s|^\./|/|" | sort)
}

makes install
check 'make install' test "$?" = 0
{
	printf '%s\n' bin/cordon bin/cordon-sh bin/cordon-starter
	echo include/cordon/module.h
	! test -e "$top_builddir/spank/.libs/cordon_spank.so" || echo lib/slurm/cordon_spank.so
	for name in $("$CORDON" modules | cut -d' ' -f1); do echo "lib/cordon/$name.so"; done
	printf '%s\n' lib/pkgconfig/cordon.pc libexec/cordon/cordon-dynamic libexec/cordon/cordon-init \
		share/bash-completion/completions/cordon share/fish/vendor_completions.d/cordon.fish
	cd "$top_srcdir" || exit 99
	for file in conf.d/*.ini conf.d/seccomp/*; do echo "share/cordon/$file"; done
	for file in README.md doc/CALLERS.md doc/SECURITY.md doc/TUTORIAL.md; do
		echo "share/doc/cordon/${file##*/}"
	done
	for file in doc/example-module/*; do echo "share/doc/cordon/example-module/${file##*/}"; done
	for file in doc/*.[578]; do echo "share/man/man${file##*.}/${file##*/}"; done
	case $prefix in
	/usr) echo share/zsh/vendor-completions/_cordon ;;
	*) echo share/zsh/site-functions/_cordon ;;
	esac
} | sort >"$T/want"
files >"$T/have"
wrong=$(diff "$T/want" "$T/have" | grep '^[<>]' | head -5 | tr '\n' ' ')
check "every file is where it belongs${wrong:+: }$wrong" test -z "$wrong"
check "the admin's folder is there, and empty" test "$(find "$d/etc/cordon" | wc -l)" = 2

# ---- with what is installed ----

use() {
	mount --bind "$d$prefix" "$prefix" && mount -t tmpfs none "$T/over" &&
		mkdir "$T/over/up" "$T/over/work" &&
		mount -t overlay none -o "lowerdir=/etc,upperdir=$T/over/up,workdir=$T/over/work" /etc
}

# does NAME STATUS COMMAND...: its output is in $T/out and $T/err
does() {
	_name=$1 _status=$2
	shift 2
	"$@" >"$T/out" 2>"$T/err" </dev/null
	rc=$?
	check "$_name" test "$rc" = "$_status"
}

exposure() {
	cordon score nightly | sed -n 's/.*exposure \([0-9]*\)\.\([0-9]\) of 10/\1\2/p'
}

at_work() {
	PATH=$prefix/bin:$PATH
	conf=/etc/cordon/conf.d
	mkdir -p "$conf/nightly.d"
	echo 'line of a report' >"$T/file"
	echo 'read line <"$1" && echo "$line"' >"$T/job"
	printf '%s\n' '[stack]' 'description = nightly report' 'include = base' '[seccomp]' \
		'profile = strict' 'allow = execve' '[landlock]' 'read =' >"$conf/nightly.ini"
	does 'a stack is written, and checked' 0 cordon check nightly
	does 'it refuses the job' 126 cordon run nightly -- /bin/sh "$T/job" "$T/file"
	check 'and says what to do' grep -qF '[landlock] must allow to execute it' "$T/err"
	does 'explain has the line' 0 cordon explain nightly
	check 'with its place' grep -qE "landlock only what is allowed.*$conf/nightly.ini:7" "$T/out"
	does 'learn' 0 cordon learn --as-root nightly -- /bin/sh "$T/job" "$T/file"
	cp "$T/out" "$conf/nightly.d/learned.ini"
	does 'what was learned is good' 0 cordon check nightly
	does 'the job runs' 0 cordon run nightly -- /bin/sh "$T/job" "$T/file"
	check 'and does its work' grep -qx 'line of a report' "$T/out"
	does 'another file is refused' 2 cordon run nightly -- /bin/sh "$T/job" /etc/hostname
	before=$(exposure)
	printf '%s\n' '[process]' 'session = new' 'wx = refuse' '[timeout]' 'wall = 1h' \
		>"$conf/nightly.d/tighter.ini"
	check "score: tighter ($before, $(exposure))" test "$before" -gt "$(exposure)"
	does 'and it still runs' 0 cordon run nightly -- /bin/sh "$T/job" "$T/file"

	if ! command -v pkg-config >/dev/null; then
		skip 'a module' 'no pkg-config'
		return
	fi
	cp -r "$prefix/share/doc/cordon/example-module" "$T/module"
	cd "$T/module" || exit 99
	PKG_CONFIG_PATH=$prefix/lib/pkgconfig
	export PKG_CONFIG_PATH
	does 'a module is built' 0 make -s check all
	does 'and tested before it is installed' 0 cordon modules --test ./workhours.so \
		hours=00:00-24:00 -- /bin/true
	does 'installed' 0 make -s install
	printf '%s\n' '[workhours]' 'hours = 00:00-24:00' >"$conf/nightly.d/hours.ini"
	does 'and used' 0 cordon run nightly -- /bin/sh "$T/job" "$T/file"
	does 'another module is built and installed' 0 make -s name=headroom install
	does 'and one more' 0 make -s name=label install
	cd /
	printf '%s\n' '[headroom]' 'folder = /' 'free = 1M' 'memory = 1M' 'load = 100000%' \
		'[label]' 'tag = branch=main' \
		'hostname = builder' >"$conf/shared.ini"
	printf '%s\n' '[stack]' 'include = shared' '[headroom.more]' 'memory = 1000T' \
		>"$conf/tight.ini"
	does 'a stack with them' 0 cordon check shared
	both shares
	rm "$prefix/lib/cordon/headroom.so" "$prefix/lib/cordon/label.so"
}

# said NAME STATUS TEXT: by the last bare
said() {
	check "$who: $1" test "$rc:$(cat "$T/out" "$T/err" | grep -cF -- "$3")" = "$2:1"
}

shares() {
	can_userns || sed -i '/^hostname/d' "$conf/shared.ini"
	bare "$prefix/bin/cordon" run shared -- /bin/sh -c 'echo "$JOB_STACK $JOB_TAG_BRANCH $JOB_CALLER."'
	said 'a job is told which it is' 0 "shared main $uid."
	bare "$prefix/bin/cordon" run tight -- /bin/true
	said 'where memory is short there is none' 125 'tight.ini:3: [headroom.more] '
}
mkdir "$T/over"
if test "$me" != root; then
	skip 'the installed copy at work' 'not root: it is mounted where it belongs'
elif ! use; then
	skip 'the installed copy at work' "cannot mount over $prefix and /etc"
else
	at_work
fi

# ---- and away again ----

mkdir -p "$d/etc/cordon/conf.d"
echo '; mine' >"$d/etc/cordon/conf.d/mine.ini"
makes install
check "a second install leaves the admin's files" grep -qx '; mine' "$d/etc/cordon/conf.d/mine.ini"
makes uninstall
left=$(files | grep -v workhours | tr '\n' ' ')
check "make uninstall leaves them alone too: $left" test "$left" = '/etc/cordon/conf.d/mine.ini '
rm -f "$d/etc/cordon/conf.d/mine.ini"
find "$d" -name '*workhours*' -exec rm -f {} +
makes uninstall-hook
check 'and of folders of its own none' test -z "$(find "$d" -name cordon)"
plan
