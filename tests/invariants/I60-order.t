#!/bin/sh
# I60: the order of sections doesn't change what is done.
. "$top_srcdir/tests/lib.sh"

section() {
	n=$((n + 1))
	printf '%s\n' "$@" >"$T/parts/$n"
}

common() {
	rm -rf "$T/parts"
	mkdir "$T/parts"
	n=0
	section '[stack]' 'description = all of it'
	section '[env]' 'keep = PATH LANG' 'set = A=1'
	section '[env.more]' 'keep = PATH HOME' 'drop = HOME' 'set = B=2'
	section '[rlimits]' 'nofile = 100' 'core = 0'
	section '[rlimits.less]' 'nofile = 64:80' 'cpu = 60s'
	section '[process]' 'umask = 022' 'nice = 2'
	section '[process.tight]' 'umask = 007' 'nice = 4' 'session = new'
	section '[fds]' 'keep = 7 8'
	section '[fds.one]' 'keep = 7'
	section '[permit]'
}

shuffle() {
	find "$T/parts" -type f | shuf | xargs cat >"$T/conf/t.ini"
}

same_always() {
	hostile='--fds --setenv PATH=/usr/bin:/bin --setenv HOME=/root'
	bad=
	for round in $(seq 12); do
		shuffle
		"$launch" $switch -- "$CORDON" explain --conf "$T/conf" t -- "$probe" 2>&1 |
			sed 's/t\.ini:[0-9]*/t.ini/g' >"$T/explain"
		"$launch" $switch -- "$CORDON" digest --conf "$T/conf" t >"$T/digest" 2>&1
		inside "$probe" audit
		test "$rc" = 0 || bad="$bad status:$rc"
		grep -vE '^(pid|ppid|pgid|sid|ns_|fd [012]) ?' "$T/out" | sed '/^fd 7/s/[0-9:]* mode/mode/' >"$T/audit"
		for what in explain digest audit; do
			test "$round" != 1 || cp "$T/$what" "$T/$what.first"
			cmp -s "$T/$what" "$T/$what.first" || bad="$bad $what:$round"
		done
	done
	check "I60 $who, $n sections, 12 orders: the same explain, digest and audit" test -z "$bad"
	test -z "$bad" || {
		echo "# $bad"
		diff "$T/explain.first" "$T/explain" | sed 's/^/# /;5q'
		diff "$T/audit.first" "$T/audit" | sed 's/^/# /;5q'
	}
	check "I60 $who: the plan isn't empty, the digest a SHA-256" \
		grep -qE '^[0-9a-f]{64}' "$T/digest.first"
	check "I60 $who: and the narrower wins" says 'limit_nofile 64:80' 'umask 0027' 'nice 4'
}

small() {
	common
	same_always
}

full() {
	if ! can_userns; then
		skip "I60 $who: full stack" 'no user namespace here'
		return
	fi
	common
	section '[namespaces]' 'new = mount pid'
	section '[namespaces.more]' 'new = uts ipc' 'hostname = cell'
	section '[mounts]' 'proc = new' 'tmpfs = /tmp'
	section '[mounts.more]' 'ro = /usr'
	section '[caps]' 'keep = chown kill'
	section '[caps.less]' 'keep = kill'
	test "$who" = user || section '[user]' "user = $free_uid" "group = $free_uid"
	same_always
}

both small
both full
plan
