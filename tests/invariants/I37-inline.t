#!/bin/sh
# I37: an allow list of scripts cannot be passed by; one job for each way.
. "$top_srcdir/tests/lib.sh"
limit=30 # sanitizers on a loaded machine

mkdir -m 755 "$T/s"
printf '#!/bin/sh\necho ran\n' >"$T/s/ok.sh"
printf '#!/usr/bin/env -S sh -e\necho ran\n' >"$T/s/env.sh"
printf '#!sh\necho ran\n' >"$T/s/relative.sh"
printf '#!/bin/sh -c\necho ran\n' >"$T/s/inline.sh"
printf '#!/usr/bin/awk -f\nBEGIN { print "ran" }\n' >"$T/s/unlisted.sh"
printf 'echo ran\n' >"$T/s/bare.sh"
printf '#!/bin/sh\necho other\n' >"$T/other.sh"
cp /bin/true "$T/s/other-link"
chmod 755 "$T/s"/* "$T/other.sh"
ln -s "$T/other.sh" "$T/s/link.sh"

the_stack() {
	stack '[scripts]' "allow = $T/s/*" "allow = /usr/lib/*/ld-*" "$@"
}

# there PROGRAM: or the way is skipped
there() {
	command -v "$1" >/dev/null 2>&1
}

# no NAME TEXT COMMAND...: refused with TEXT
no() {
	_n=$1 _t=$2
	shift 2
	if ! there "$1"; then
		skip "I37 $who: $_n" "no $1 here"
		return
	fi
	inside "$@"
	was_refused "I37 $who: $_n" "$_t"
}

# yes NAME COMMAND...: it says "ran"
yes_() {
	_n=$1
	shift
	if ! there "$1"; then
		skip "I37 $who: $_n" "no $1 here"
		return
	fi
	inside "$@"
	check "I37 $who: $_n" test "$rc:$(cat "$T/out")" = 0:ran
}

ways() {
	if test "$me" != root; then
		skip "I37 $who" 'the scripts must be root'"'"'s'
		return
	fi
	the_stack
	yes_ 'an allowed script runs' "$T/s/ok.sh"
	yes_ 'as an argument' /bin/sh "$T/s/ok.sh"
	yes_ 'behind options' /bin/sh -e "$T/s/ok.sh" -c x
	yes_ 'by another name of the shell' /usr/bin/sh "$T/s/ok.sh"
	yes_ 'by env' /usr/bin/env sh "$T/s/ok.sh"
	yes_ 'by env -S in its first line' "$T/s/env.sh"
	yes_ 'without a first line, by the shell' "$T/s/bare.sh"
	yes_ 'by busybox' busybox sh "$T/s/ok.sh"
	no 'sh -c' 'code that is no file (-c' /bin/sh -c 'echo other'
	no 'bash -c' 'code that is no file (-c' /bin/bash -ec 'echo other'
	no 'python -c' 'code that is no file (-c' /usr/bin/python3 -c 'print(1)'
	no 'python -m' "not in 'modules'" /usr/bin/python3 -I -m json.tool
	no 'perl -e' 'code that is no file (-e' /usr/bin/perl -e 'print 1'
	no 'node -e' 'code that is no file (-e' node -e 'console.log(1)'
	no 'busybox sh -c' 'code that is no file (-c' busybox sh -c 'echo other'
	no 'another applet' 'carries no script' busybox awk 'BEGIN { print 1 }'
	no 'standard input' 'code that is no file (standard input' /bin/sh
	no 'sh -s' 'code that is no file (-s' /bin/sh -s
	no '/dev/stdin' 'another object for each process' /bin/sh /dev/stdin
	no '/proc/self/fd/0' 'another object for each process' /bin/sh /proc/self/fd/0
	no '/proc/self/exe as the program' 'another object for each process' /proc/self/exe
	no 'an option that nobody knows' 'not known here' /bin/sh --frobnicate "$T/s/ok.sh"
	no 'env -S' 'code that is no file (-c' /usr/bin/env -S 'sh -c id'
	no 'env that steers' 'steers what runs' /usr/bin/env BASH_ENV=/x bash "$T/s/ok.sh"
	no 'env -i' 'option of env' /usr/bin/env -i sh "$T/s/ok.sh"
	no 'env to another program' "not in 'allow'" /usr/bin/env cat /etc/passwd
	no 'a first line without a path' 'no absolute path' "$T/s/relative.sh"
	no 'a first line that is code' 'code that is no file (-c' "$T/s/inline.sh"
	no 'a first line of an unlisted interpreter' "not in 'allow'" "$T/s/unlisted.sh"
	no 'an unlisted script' "not in 'allow'" "$T/other.sh"
	no 'an unlisted script as an argument' "not in 'allow'" /bin/sh "$T/other.sh"
	no 'a listed name that is a link elsewhere' "not in 'allow'" /bin/sh "$T/s/link.sh"
	no 'an unlisted program' "not in 'allow'" /bin/cat /etc/passwd
	no 'a folder for a script' 'not a regular file' /bin/sh "$T/s"
	no 'a script that is not there' 'there is no' /bin/sh "$T/s/absent"
	for linker in /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1; do
		test ! -e $linker ||
			no 'the dynamic linker, though listed' 'it loads other programs' \
				$linker /bin/echo other
	done
	if ln "$T/other.sh" "$T/hard.sh" 2>/dev/null; then
		no 'a hard link by another name' "not in 'allow'" "$T/hard.sh"
	fi
	# memfd and O_TMPFILE: by a descriptor alone
	if there python3; then
		cat >"$T/by-fd.py" <<-'END'
			import os, sys
			if sys.argv[1] == "memfd":
			    fd = os.memfd_create("x", 0)
			else:
			    fd = os.open(sys.argv[2], os.O_TMPFILE | os.O_RDWR, 0o700)
			os.write(fd, b"#!/bin/sh\necho other\n")
			os.set_inheritable(fd, True)
			os.execv(sys.argv[3], sys.argv[3:-1] + ["/proc/self/fd/%d" % fd])
		END
		for kind in memfd tmpfile; do
			bare /usr/bin/python3 "$T/by-fd.py" $kind "$T/drop" "$CORDON" run \
				--conf "$T/conf" t -- x
			was_refused "I37 $who: a $kind as the program" 'another object for each process'
		done
	fi
	the_stack 'inline = allow'
	yes_ 'inline = allow lets -c through' /bin/sh -c 'echo ran'
	no 'but no unlisted program' "not in 'allow'" /bin/cat /etc/passwd
	the_stack 'modules = json.tool'
	inside /usr/bin/python3 -I -m json.tool
	check "I37 $who: a module that is named" test "$rc" != 125
	no 'a module from the working directory' 'looks into the working directory' \
		/usr/bin/python3 -m json.tool
}
both ways

# What stays open is said.
the_stack
"$CORDON" explain --conf "$T/conf" t >"$T/out" 2>"$T/err"
check 'I37 explain says what stays open' grep -q '^note .*may start any other program' "$T/out"
plan
