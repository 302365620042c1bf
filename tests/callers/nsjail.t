#!/bin/sh
# Workers that call nsjail, with the nsjail door in its place: profiles of our own for jobs in
# six languages and of an image, as different from each other as the format allows; once with a
# small stack that is added, once with the one that ships for such workers.
own_conf=yes
. "$top_srcdir/tests/lib.sh"
here=$top_srcdir/tests/callers/nsjail

if test "$me" != root || test -z "$python"; then
	skip 'nsjail profiles' 'needs root and /usr/bin/python3'
	plan
fi
mkdir -m 755 "$T/bin"
ln -s "$CORDON" "$T/bin/nsjail"
ln -s "$CORDON" "$T/bin/nsjail@windmill"
cp "$top_srcdir/conf.d/windmill.ini" "$T/conf"
cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
cat >"$T/conf/nsjail.ini" <<'END'
[seccomp]
deny = kexec_load
sockets = unix inet inet6 netlink
END

# worker PROFILE COMMAND...: what it prints is in $T/out; $stop as in worker.py
stop=
worker() {
	_profile=$here/$1.cfg
	shift
	bare "$python" "$here/worker.py" "$T/bin/$door" "$_profile" "$work" "$stop" -- "$@"
}

# the same for each identity: a folder of its own
fresh() {
	work=$T/$who.$1.$door
	mkdir -m 755 "$work" "$work/var" "$work/target"
	printf '{"n": 20}' >"$work/args.json"
	printf '%s\n' 'import json, os, threading' 'n = json.load(open("args.json"))["n"]' \
		't = threading.Thread(target=print, args=("thread",)); t.start(); t.join()' \
		'json.dump({"out": n + 1, "env": "SECRET" in os.environ}, open("result.json", "w"))' \
		'print(os.uname().nodename, os.getcwd(), os.path.exists("/etc/passwd"))' >"$work/wrapper.py"
	: >"$work/result.json"
	printf '%s\n' 'echo "$TEXT"; echo "$(id -u):$(id -g)"; nice; ls -l /fds | head -c 1; cat <(echo sub)' \
		'echo >/dev/stderr; trap "echo bye; exit 0" TERM; echo "$1"' \
		'test "$1" != wait || while :; do sleep 0.1; done; exit 5' >"$work/main.sh"
	chown -R "$uid" "$work"
}

python_job() {
	fresh python
	SECRET=1 worker python /usr/bin/python3 -u -m wrapper
	json "$who python" 'o["code"] == 0 and o["said"] == "thread\npython /job True\n" and o["told"] == "" and o["first"] and o["peak"] > 1000 and o["oom"] == 1000'
	check "$who python: the result, and the worker's own variable" grep -q '"out": 21, "env": true' "$work/result.json"
	rm "$work/args.json"
	worker python /usr/bin/python3 -m wrapper
	json "$who python: a mandatory source is absent" 'o["code"] == 255 and "args.json" in o["told"] and o["said"] == ""'
}

node_job() {
	fresh node
	if ! test -x /usr/bin/node; then
		skip "$who node" 'no /usr/bin/node'
		return
	fi
	cat >"$work/main.js" <<'END'
const fs = require('fs'), os = require('os');
const refused = f => { try { f(); return false; } catch (e) { return e.code; } };
console.log(JSON.stringify([os.hostname(), process.env.BASE, Object.keys(process.env).length,
	Object.keys(os.networkInterfaces()), refused(() => fs.writeFileSync('/dev/x', '')),
	refused(() => fs.writeFileSync('/w/x', '')), fs.readFileSync('/proc/self/limits', 'utf8').match(/open files *(\d+) *(\d+)/).slice(1),
	require('crypto').randomBytes(4).length, refused(() => fs.writeFileSync('/tmp/x', ''))]));
require('child_process').execFileSync('/bin/true');
process.exit(9);
END
	worker node /usr/bin/node /w/main.js
	json "$who node" 'o["code"] == 9 and json.loads(o["said"]) == ["node", "http://[::1]:8000/?a=$b&c=${d}", 3, ["lo"], "EROFS", "EROFS", ["512", "512"], 4, False]'
}

bash_job() {
	fresh bash
	worker bash /bin/bash main.sh one
	json "$who bash" 'o["code"] == 5 and o["said"].split("\n") == ["caf\u00e9 \u20ac \u20ac tab\there", "1000:1000", "5", "lsub", "one", ""] and o["told"] == "\n"'
	stop=1
	worker bash /bin/bash main.sh wait
	json "$who bash: cancelled, its trap runs" 'o["code"] == 143 and o["said"].endswith("bye\n") and o["ended"] < 4'
	worker bash /bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
	json "$who bash: cancelled, and TERM is ignored" 'o["code"] == 143 and 2 < o["ended"] < 5'
	stop=
}

go_job() {
	fresh go
	cp "$probe" "$work/program"
	worker go
	json "$who go: one static program, by exec_bin" 'o["code"] == 0 and o["said"].split("\n")[1:5] == ["argv 0 /app/main", "argv 1 audit", "argv 2 uid", "argv 3 argv"]'
	worker go /bin/sh
	json "$who go: a command too" 'o["code"] == 255 and "both" in o["told"]'
}

php_job() {
	fresh php
	if test -x /usr/bin/php; then
		LANG=C.UTF-8 worker php /usr/bin/php -n -r 'echo gethostname(), getcwd(), getenv("LANG"), touch("/srv/var/x"), @touch("/srv/x") ? "!" : ".";'
		json "$who php" 'o["code"] == 0 and o["said"] == "php/srvC.UTF-81."'
	else
		skip "$who php" 'no /usr/bin/php'
	fi
	# its profile, also without it
	LANG=C.UTF-8 worker php /bin/sh -c 'echo "$(hostname) $(pwd) $LANG $PHP_INI_SCAN_DIR."; : >var/x && : >/tmp/y
		grep -c lo: /proc/net/dev; cat /proc/self/limits | grep "processes\|locked" | tr -s " "'
	json "$who the profile of php" '"php /srv C.UTF-8 .\n1\nMax processes 400 400 processes \nMax locked memory 65536 65536 bytes \n" == o["said"]'
}

rust_job() {
	fresh rust
	# a compiled program with libraries stands for it
	printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { FILE *f = fopen("target/out", "w"); fputs("x", f); fclose(f); printf("%%d", getpid()); return 3; }\n' >"$work/main.c"
	${CC:-cc} -o "$work/program" "$work/main.c" || exit 99
	worker rust /build/program
	json "$who rust" 'o["code"] == 3 and o["said"] == "1"'
	check "$who rust: what it built is gone" test ! -e "$work/target/out"
	worker rust /bin/sh -c 'grep CapEff /proc/self/status; kill -SEGV $$; echo no'
	json "$who rust: keep_caps" '"0000000000000000" not in o["said"]'
}

image_job() {
	fresh image
	mkdir -p "$work/image/etc" "$work/image/job" "$work/image/opt"
	ln -s /etc/passwd "$work/image/etc/link"
	chown -Rh "$uid" "$work/image"
	worker image /bin/sh -c 'id -u; hostname; head -c 5 /etc/hosts; echo; echo >deep/volume/x && echo made
		test -d fd/. && echo fds; ls /opt; readlink /etc/link; touch /opt/x 2>/dev/null || echo ro'
	json "$who image" 'o["told"] == "" and o["said"] == "0\ncontainer\nroot:\nmade\nfds\n/etc/passwd\nro\n"'
	check "$who image: the volume, and empty places where it may write" test -f "$work/var/x" -a \
		-f "$work/image/etc/hosts" -a ! -s "$work/image/etc/hosts" -a ! -e "$work/image/opt/none"
}

# said NAME CODE TEXT: what a job said, with a space for each newline, as the real nsjail has it
said() {
	export "TEXT=$3" "CODE=$2"
	json "$who $1" '[o["told"], str(o["code"]), o["said"].replace("\n", " ")] == ["", *map(__import__("os").getenv, ["CODE", "TEXT"])]'
}

# Profiles and jobs unlike those above, beside nsjail of June 2026: the same, but for the empty
# places in "ansible" that it leaves where a mount failed.
others_job() {
	fresh others
	_ro='Read-only file system '
	for _folder in etc usr opt opt/var run proc; do mkdir -p "$work/image/$_folder"; done
	for _link in bin lib lib64; do ln -s "usr/$_link" "$work/image/$_link"; done
	chown -Rh "$uid" "$work/image"
	worker deno /bin/sh -c 'pwd; for f in /dev/x /tmp/x /w/var/x /usr/x; do touch $f 2>&1 | sed "s/.*: //"; done
		for d in /tmp /w/var; do cp /bin/true $d/t; $d/t 2>&1 | sed "s/.*: //"; done; echo >/dev/null
		head -c 2 /dev/zero | wc -c; test -w /proc/self/comm && echo written; test -d /proc/1/ns && echo own'
	said 'deno: the host'"'"'s /dev, nothing runs in /tmp' 0 "/w/var $_ro${_ro}Permission denied Permission denied 2 written own "
	worker ansible /bin/sh -c 'pwd; cat deep/args.json; echo; ls /data /data/real; readlink /data/link /bin
		ls -A /not /folder /nothing 2>/dev/null | head -c 1; echo >/dev/null; touch /dev/zero 2>&1 | sed "s/.*: //"
		grep -c " /data" /proc/self/mountinfo'
	said 'ansible: links of its own' 0 "/data/real {\"n\": 20} /data: link real  /data/real: deep var real usr/bin ${_ro}3 "
	_nice=$(nice)
	TWICE='' worker java /bin/sh -c 'nice; ulimit -v -n -f -c; env | sort; true >/proc/self/comm; ulimit -n; ulimit -f'
	json "$who java: limits, and what may not be had" 'o["said"].split("\n")[0] == "'"$_nice"'" and "TWICE=1\n" in o["said"] and "EMPTY=\n" in o["said"] and "OF=a=b\n" in o["said"] and "Read-only" in o["told"]'
	worker java /bin/sh -c 'ulimit -n; ulimit -f; ulimit -v; ulimit -c'
	said 'java: limits' 0 '80 16384 unlimited 0 '
	worker csharp /bin/sh -c 'pwd; cat args.json; echo; ls /tmp; touch /tmp/z && ls /tmp; touch y && echo made; cat /etc/hostname
		echo; touch /etc/x /usr/x /x 2>&1 | sed "s/.*: //"; test -d /proc/1 && cat /proc/1/comm; hostname'
	said 'csharp: all of the host, read-only' 0 "/srv {\"n\": 20} z made {\"n\": 20} $_ro$_ro${_ro}sh csharp "
	worker powershell
	json "$who powershell: odd spellings" 'o["code"] == 0 and o["told"] == "" and o["said"].encode("utf-8", "surrogateescape") == b"\xf0\x9f\x98\x80\xed\xa0\xbdAAA\xf0\x9f\x98\x80?\x27\"\\tail|\xff|x|powershell\n'"$_nice"'\n"'
	worker r /bin/sh -c 'id -u; id -g; grep -e CapEff -e CapBnd -e CapAmb /proc/self/status | tr -d "\t"; echo lost >&2
		ls -ld /cache/build/tmp | cut -c1-10; touch /cache/build/tmp/x && ls -A /cache/build; cut -d" " -f6 /proc/self/stat'
	said 'r: two capabilities' 0 '1234 12 CapEff:0000000000002001 CapBnd:0000000000002001 CapAmb:0000000000002001 drwx------ tmp 1 '
	check "$who r: a place for a mount" test -d "$work/var/build/tmp" -a ! -e "$work/var/build/tmp/x"
	worker dbt /bin/sh -c 'pwd; ulimit -n; touch var/q && echo made; test $$ -gt 1 && echo pid; readlink /proc/self/ns/mnt'
	json "$who dbt: few namespaces" 'o["code"] == 0 and o["said"].split("\n")[:4] == ["'"$work"'", "99", "made", "pid"]'
	worker rootfs /bin/sh -c 'id -u; echo $(ls /); touch /etc/new && echo made; touch /opt/var/y /usr/x 2>&1 | sed "s/.*: //"
		touch /run/r && echo run; readlink /bin; touch /proc/x 2>&1 | sed "s/.*: //"'
	said 'rootfs: a folder at /' 0 "0 bin etc lib lib64 opt proc run usr made $_ro${_ro}run usr/bin No such file or directory "
	check "$who rootfs: it has changed" test -e "$work/image/etc/new" -a ! -e "$work/var/y" -a ! -e "$work/image/run/r"
}

# What the stack that ships says, in jobs of the widest profile and of one that shows /etc
confined_job() {
	fresh confined
	worker rust /bin/sh -c 'grep -e CapEff -e ^Seccomp: /proc/self/status | tr -d "\t\n"; ulimit -c
		unshare -U true >/tmp/said 2>&1 || echo refused'
	json "$who what ships confines" 'o["said"] == "CapEff:000000000000000bSeccomp:20\nrefused\n" and o["told"] == ""'
	worker python /bin/sh -c 'cat /etc/shadow 2>/dev/null; ls /etc/ssh 2>/dev/null; id -u'
	json "$who and hides" 'o["code"] == 0 and o["said"].count("\n") == 1 and o["told"] == ""'
}

everything() {
	if test "$who" = user && ! can_userns; then
		skip 'nsjail profiles as user' 'no user namespaces here'
		return
	fi
	for _job in python node bash go php rust image $more; do
		"${_job}_job"
	done
}

door=nsjail more=others
both everything
door=nsjail@windmill more=confined
both everything
plan
