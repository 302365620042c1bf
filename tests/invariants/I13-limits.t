#!/bin/sh
# I13: every limit is as configured, soft and hard; the others stay.
. "$top_srcdir/tests/lib.sh"

limits() {
	stack '[stack]' "parent = $parent" '[rlimits]' 'core = 0' 'cpu = 60s:90s' \
		'nofile = 64:128' 'stack = 1M:2M' 'fsize = 10M' 'as = 1G' 'data = 512M' \
		'memlock = 64K' 'nproc = 500:600' 'sigpending = 10' 'msgqueue = 4K' 'rttime = 2s'
	bare "$probe" audit limits
	grep -E '^limit_(rss|locks|nice|rtprio)' "$T/out" >"$T/others"
	tries "I13 $who $form: soft and hard" 'audit limits' 'limit_core 0:0' \
		'limit_cpu 60:90' 'limit_nofile 64:128' 'limit_stack 1048576:2097152' \
		'limit_fsize 10485760:10485760' 'limit_as 1073741824:1073741824' \
		'limit_data 536870912:536870912' 'limit_memlock 65536:65536' \
		'limit_nproc 500:600' 'limit_sigpending 10:10' 'limit_msgqueue 4096:4096' \
		'limit_rttime 2000000:2000000'
	check "I13 $who $form: the others are the launcher's" \
		test "$(grep -E '^limit_(rss|locks|nice|rtprio)' "$T/out")" = "$(cat "$T/others")"
	if test "$who" = user; then
		tries "I13 $who $form: the job can't raise one" raiselimits '!^raise_.* ok'
	fi
	stack '[stack]' "parent = $parent" '[rlimits.a]' 'nofile = 64:128' \
		'[rlimits.b]' 'nofile = 100'
	tries "I13 $who $form: of two sections the smaller" 'audit limits' 'limit_nofile 64:100'
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = 100:<=128'
	bare "$probe" audit limits
	stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = <=1000000000' 'stack = same'
	grep -E '^limit_(nofile|stack)' "$T/out" >"$T/was"
	inside "$probe" audit limits
	check "I13 $who $form: same, and the smaller of mine and yours" \
		test "$(sed 's/[0-9]*://' "$T/was")" = \
		"$(grep -E '^limit_(nofile|stack)' "$T/out" | sed 's/[0-9]*://')"
}

raising() {
	name="I13 $who: raising a hard limit without the right is a refusal, no clamp"
	if test "$who" = root &&
		"$probe" audit cap_eff | grep -q '^cap_eff .........[13579bdf]'; then
		skip "$name" 'root may raise limits here'
		return
	fi
	stack '[rlimits]' 'nofile = 1000000000'
	refused "$name" nofile
}

all_ways limits
both raising
plan
