#!/bin/sh
# Modules as outsiders write them: the sources of ours in an empty folder, beside the template's
# Makefile, built against the header that is installed and nothing else, tested, installed, and at
# work in a cordon that was installed without them.  In a build whose program has them there is
# nothing to prove: a file of such a name is never opened.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"
unset DESTDIR

names='messages redact restart secret slots threads'
not_sanitized 'it is the same where modules are loaded without'
if grep -q redact_LTX_cordon_module "$top_builddir/cordon-dynamic"; then
	skip 'modules of outsiders' 'they are part of the program'
	plan
fi
if test "$me" != root; then
	skip 'modules of outsiders' 'not root: cordon is mounted where it belongs'
	plan
fi
if ! command -v pkg-config >/dev/null || ! pkg-config --exists yajl; then
	skip 'modules of outsiders' 'no pkg-config, or no libyajl'
	plan
fi

# ---- a cordon without them ----

prefix=$(sed -n 's/^prefix = //p' "$top_builddir/Makefile")
make -s -C "$top_builddir" install "DESTDIR=$T/d" >"$T/err" 2>&1 || exit 99
if test "$prefix" = /usr || ! mount --bind "$T/d$prefix" "$prefix"; then
	skip 'modules of outsiders' "cannot mount over $prefix"
	plan
fi
installed=$prefix/lib/cordon
example=$prefix/share/doc/cordon/example-module
for name in $names; do rm "$installed/$name.so" || exit 99; done
CORDON=$prefix/bin/cordon
PKG_CONFIG_PATH=$prefix/lib/pkgconfig
export PKG_CONFIG_PATH
stack '[redact]' 'environment = A'
refused 'a cordon without them' "module 'redact'"

# ---- as their authors have them ----

author=$T/author
mkdir "$author"

owner=$free_uid
"$launch" --uid "$owner" -- "$probe" geteuid >"$T/check" 2>&1 || owner=0 # the tree is root's alone

# as_author COMMAND...: in the module's folder, which is an ordinary user's
as_author() {
	(cd "$author/$name" && exec setpriv --reuid "$owner" --regid "$owner" --clear-groups "$@") \
		>"$T/out" 2>"$T/err" </dev/null
	rc=$?
}

# The header is the installed one, and of the tree nothing is read.
own_header() {
	grep -qF "$prefix/include/cordon/module.h" "$author/$name/$name.d" &&
		! grep -qF -e "$(realpath "$top_srcdir")/include" -e "$(realpath "$top_srcdir")/modules" \
			"$author/$name/$name.d"
}

is_built() {
	test "$rc" = 0 && ! test -s "$T/err"
}

while read -r name step settings; do
	mkdir "$author/$name"
	cp "$example/Makefile" "$top_srcdir/doc/cordon_$name.8" "$author/$name"
	cp "$top_srcdir/modules/$name.c" "$author/$name"
	case $name in messages)
		cp "$top_srcdir"/modules/messages_json.[ch] "$author/$name"
		printf '%s\n' 'messages.so: messages_json.c messages_json.h' 'LDLIBS = -lyajl' >>"$author/$name/Makefile"
		;;
	esac
	chown -R "$owner" "$author/$name"
	as_author make -s "name=$name" "CC=${CC:-cc}" "CFLAGS=-O2 -MD -MF $name.d"
	check "$name: builds, and the compiler says nothing" is_built
	test "$name" = messages || check "$name: by the installed header" own_header
	# shellcheck disable=SC2086 # words
	as_author "$CORDON" modules --test "./$name.so" $settings -- /bin/true
	judge_says "$name: is tested where it was built, by who built it" "~$step"
	(cd "$author/$name" && make -s "name=$name" install) >"$T/out" 2>"$T/err"
	check "$name: installed, with its page" test "$?" = 0 -a -f "$installed/$name.so" -a \
		-f "$prefix/share/man/man8/cordon_$name.8"
	check "$name: has its keys" sh -c '"$0" modules "$1" | grep -q "^$1: .*abi"' "$CORDON" "$name"
done <<'END'
messages stream.stdin.judge.*\[messages\].* streams=stdin
redact stream.stdout.change.*\[redact\].* environment=TOKEN
restart restart.2.times.*\[restart\].* limit=2
secret secret.*\[secret\].* descriptor=KEY:env:TOKEN
slots note..its.begin.and.finish.are.not.called.here folder=/run count=1
threads seccomp.*\[threads\].* deny=/usr
END

# ---- and at work ----

cat >"$T/thread.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static void *nothing(void *data)
{
	return data;
}

int main(void)
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, nothing, NULL);

	if (rc == 0)
		pthread_join(thread, NULL);
	puts(rc == 0 ? "thread" : strerror(rc));
	return 0;
}
END
"${CC:-cc}" -pthread -o "$T/thread" "$T/thread.c" || exit 99

streams() {
	hostile='--setenv TOKEN=hunter22 --setenv PATH=/usr/bin:/bin'
	stack '[redact]' 'environment = TOKEN'
	inside sh -c 'printf "a hunt"; sleep 0.1; echo "er22 b"; echo "$TOKEN" | rev'
	told 'redact: a secret, in two writes' 'a *** b' 22retnuh
	stack '[redact]' 'environment = TOKEN' '[secret]' 'descriptor = KEY:env:TOKEN' '[env]' 'keep = *'
	inside sh -c 'test -z "$TOKEN" && rev </dev/fd/$KEY; echo; cat /dev/fd/$KEY; echo'
	told 'secret: in a descriptor, and redacted' 22retnuh '***'
	hostile=
	stack '[messages]' 'streams = stdout' 'require = id:number'
	inside sh -c 'printf "{\"id\""; sleep 0.1; echo ": 1}"; echo "{\"id\": 2,}"; echo "{\"id\": 3}"; sleep 60'
	told 'messages: a line that is JSON' '{"id": 1}'
	check "$who: messages: one that is not ends the job" test "$rc" = 125
}

crashes() {
	stack '[restart]' 'limit = 2' 'backoff = 10ms'
	inside sh -c 'echo try; kill -SEGV $$'
	told 'restart: again, and again' try try try
	check "$who: restart: and no more" saw 'signaled 11'
}

in_turn() {
	slots=$T/drop/slots.$who
	mkdir -m 700 "$slots"
	chown "$uid" "$slots"
	rm -f "$T/drop/up" "$T/drop/end"
	stack '[slots]' "folder = $slots" 'count = 1'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/sh -c \
		"echo >$T/drop/up; while ! test -e $T/drop/end; do sleep 0.05; done" &
	holder=$!
	background="$background $holder"
	until_test -e "$T/drop/up"
	refused "$who: slots: no second job" "[slots] all slots of '$slots' are taken (1)"
	stack '[slots]' "folder = $slots" 'count = 1' 'wait = 1h'
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /bin/echo had >"$T/waited" 2>&1 &
	waiter=$!
	background="$background $waiter"
	sleep 1
	check "$who: slots: the second one waits" test ! -s "$T/waited"
	: >"$T/drop/end"
	wait "$holder" "$waiter"
	check "$who: slots: until the first has ended" test "$(cat "$T/waited")" = had
}

threaded() {
	stack '[threads]' "allow = $T/thread"
	inside "$T/thread"
	told 'threads: one that may' thread
	stack '[threads]' "deny = $T/thread"
	inside "$T/thread"
	told 'threads: one that may not' 'Operation not permitted'
}

at_work() {
	streams
	crashes
	in_turn
	threaded
}
both at_work
plan
