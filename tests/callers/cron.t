#!/bin/sh
# cron: SHELL= at the head of a crontab; anacron and at, which start /bin/sh whatever is said.
# It takes up to a minute, which is cron's, not ours.
. "$top_srcdir/tests/callers/lib.sh"
needs cron cron
needs anacron anacron
needs atd at

# ---- folders of their own, in this mount namespace ----

mkdir -m 755 "$T/run" "$T/cron.d"
mkdir -m 1730 "$T/crontabs"
chgrp crontab "$T/crontabs"
mount --bind "$T/run" /run || exit 99
mount --bind "$T/cron.d" /etc/cron.d || exit 99
mount --bind "$T/crontabs" /var/spool/cron/crontabs || exit 99
: >"$T/crontab"
mount --bind "$T/crontab" /etc/crontab || exit 99
mkdir -m 1770 "$T/atjobs" "$T/atspool"
chown daemon:daemon "$T/atjobs" "$T/atspool"
echo 0 >"$T/atjobs/.SEQ"
chmod 600 "$T/atjobs/.SEQ"
chown daemon:daemon "$T/atjobs/.SEQ"
mount --bind "$T/atjobs" /var/spool/cron/atjobs || exit 99
mount --bind "$T/atspool" /var/spool/cron/atspool || exit 99

# answers NAME LINE...: the job wrote these lines to the file NAME
answers() {
	for _try in $(seq $((75 + patience))); do
		test ! -e "$T/drop/$1" || break
		sleep 1
	done
	_file=$1
	shift
	printf '%s\n' "$@" >"$T/want"
	check "$_file" cmp "$T/want" "$T/drop/$_file"
}

# ---- cron ----

out=$T/drop
cat >>"$T/crontab" <<END
SHELL=$sh
PATH=/usr/bin:/bin
SECRET=one
* * * * * root	(ulimit -n; echo "\$0 \$LOGNAME \$SECRET"; pwd) >$out/new1 && mv $out/new1 "$out/cron, root"
* * * * * nobody	(ulimit -n; id -un; cat) >$out/new2 && mv $out/new2 "$out/cron, a user, and a text"%one%two
* * * * * nobody	trap 'echo 15 >$out/new3 && mv $out/new3 "$out/cron, a signal"' TERM; kill \$\$
END
cat >"$T/crontabs/root" <<END
SHELL=/bin/sh
* * * * *	(ulimit -n) >$out/new4 && mv $out/new4 "$out/cron, a crontab of their own goes around it"
END
chmod 600 "$T/crontabs/root"
chgrp crontab "$T/crontabs/root"
cron -f -L 15 >"$T/place/cron" 2>&1 &
cron=$!
background="$background $cron"

# ---- meanwhile at ----

atd -f -b 1 -l 100 >"$T/place/atd" 2>&1 &
atd=$!
background="$background $atd"
stack '[rlimits]' 'nofile = 82'
echo "$CORDON run --conf $T/conf t -- /bin/sh -c 'ulimit -n; id -u; echo \$LATER' >$out/new5; mv $out/new5 '$out/at: a prefix in the job'" |
	env LATER=x at now 2>"$T/place/at"
until_test -s /run/atd.pid
kill -HUP "$atd"
answers 'at: a prefix in the job' 82 0 x
kill "$atd"
wait "$atd" 2>/dev/null

# ---- and anacron ----

mkdir -m 755 "$T/place/anacron"
cat >"$T/place/anacrontab" <<END
PATH=/usr/bin:/bin
1 0 one	$CORDON run --conf $T/conf t -- /bin/sh -c 'ulimit -n' >$out/new6; mv $out/new6 '$out/anacron: a prefix in the line'
END
anacron -d -f -n -s -t "$T/place/anacrontab" -S "$T/place/anacron" >"$T/place/said" 2>&1
answers 'anacron: a prefix in the line' 82

answers 'cron, root' 77 "$sh root one" /root
answers 'cron, a user, and a text' 77 nobody one two
answers 'cron, a signal' 15
bare_limit=$(/bin/sh -c 'ulimit -n')
answers 'cron, a crontab of their own goes around it' "$bare_limit"
kill "$cron"
wait "$cron" 2>/dev/null
plan
