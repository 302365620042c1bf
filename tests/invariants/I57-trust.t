#!/bin/sh
# I57: configuration belongs to root or the caller, and nobody else can write it.
# I62: cordon refuses to run set-user-ID or with file capabilities.
. "$top_srcdir/tests/lib.sh"

fresh() {
	rm -rf "$T/conf"
	mkdir -m 755 "$T/conf"
	stack ''
}

writable() {
	fresh
	job "I57 $who: the control runs" :
	chmod 664 "$T/conf/t.ini"
	refused "I57 $who: a file that a group can write" t.ini
	chmod 646 "$T/conf/t.ini"
	refused "I57 $who: a file that others can write" t.ini
	fresh
	chmod 775 "$T/conf"
	refused "I57 $who: a folder that a group can write" conf
	chmod 757 "$T/conf"
	refused "I57 $who: a folder that others can write" conf
	chmod 1777 "$T/conf"
	refused "I57 $who: a sticky folder that others can write" conf
	fresh
	chmod 757 "$T"
	refused "I57 $who: its parent" "${T##*/}"
	chmod 755 "$T"
}

kinds() {
	fresh
	mv "$T/conf/t.ini" "$T/conf/real.ini"
	ln -s real.ini "$T/conf/t.ini"
	refused "I57 $who: a symbolic link" t.ini
	rm "$T/conf/t.ini"
	mkfifo "$T/conf/t.ini"
	refused "I57 $who: a fifo" t.ini
	rm "$T/conf/t.ini"
	mkdir "$T/conf/t.ini"
	refused "I57 $who: a folder" t.ini
	rmdir "$T/conf/t.ini"
	fresh
}

owners() {
	fresh
	chown $free_uid "$T/conf/t.ini"
	refused "I57 $who: a file of somebody else" t.ini
	fresh
	chown $free_uid "$T/conf"
	refused "I57 $who: a folder of somebody else" conf
	fresh
	mkdir -m 755 "$T/conf/t.d"
	printf '[rlimits]\nnofile = 64\n' >"$T/conf/t.d/x.ini"
	chown $free_uid "$T/conf/t.d/x.ini"
	refused "I57 $who: a drop-in of somebody else" x.ini
	fresh
}

other_owner() {
	fresh
	chown 12345 "$T/conf/t.ini"
	refused "I57 $who: a file of a third" t.ini
	fresh
	hostile="--setenv XDG_CONFIG_HOME=$T/home --setenv HOME=$T/home"
	mkdir -p "$T/home/cordon/conf.d"
	echo '[permit]' >"$T/home/cordon/conf.d/mine.ini"
	bare "$CORDON" run mine -- "$probe" mark "$T/drop/marker"
	was_refused "I57 $who: home is not read without --user" ''
	hostile=
}

# --user adds the caller's own folder, which is theirs to write.
own_folder() {
	fresh
	mkdir -p "$T/mine/cordon/conf.d" "$T/mine/.config/cordon/conf.d"
	echo '[permit]' >"$T/mine/cordon/conf.d/one.ini"
	echo '[permit]' >"$T/mine/.config/cordon/conf.d/two.ini"
	test "$me" != root || chown -R "$uid" "$T/mine"
	hostile="--setenv XDG_CONFIG_HOME=$T/mine --setenv HOME=/nonexistent"
	bare "$CORDON" run --user one -- "$probe" exit 0
	check "$who: --user: XDG_CONFIG_HOME" ran 'exited 0'
	hostile="--setenv XDG_CONFIG_HOME=mine --setenv HOME=$T/mine"
	bare "$CORDON" run --user two -- "$probe" exit 0
	check "$who: --user: HOME, where the other is no absolute path" ran 'exited 0'
	hostile='--setenv XDG_CONFIG_HOME= --setenv HOME=mine'
	bare "$CORDON" run --user two -- "$probe" mark "$T/drop/marker"
	was_refused "I57 $who: --user: no folder" two
	hostile=
}

environment() {
	fresh
	mkdir -p "$T/home/cordon/conf.d"
	echo '[permit]' >"$T/home/cordon/conf.d/mine.ini"
	hostile="--setenv XDG_CONFIG_HOME=$T/home --setenv HOME=$T/home --setenv CORDON_CONF=$T/conf"
	hostile="$hostile --setenv LTDL_LIBRARY_PATH=$T/home --setenv LD_LIBRARY_PATH=$T/home"
	bare "$CORDON" run mine -- "$probe" mark "$T/drop/marker"
	was_refused "I57 $who: root's environment chooses no stack" ''
	bare "$CORDON" run --user mine -- "$probe" mark "$T/drop/marker"
	was_refused "I57 $who: nor does --user for root" ''
	hostile=
}

# A copy that root owns, started by somebody else.
set_id() {
	fresh
	if ! test -u "$T/setid"; then
		skip "I62 $who: set-user-ID" 'no fixture: not started by root'
		return
	fi
	bare "$T/setid" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "I62 $who: set-user-ID" ''
	bare "$T/setgid" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
	was_refused "I62 $who: set-group-ID" ''
	if test -x "$T/setcap"; then
		bare "$T/setcap" run --conf "$T/conf" t -- "$probe" mark "$T/drop/marker"
		was_refused "I62 $who: file capabilities" ''
	else
		skip "I62 $who: file capabilities" 'no setcap'
	fi
}

if test "$me" = root; then
	program=$CORDON
	test -x "${CORDON%/*}/.libs/${CORDON##*/}" && program=${CORDON%/*}/.libs/${CORDON##*/}
	cp "$program" "$T/setid" && chmod 4755 "$T/setid"
	cp "$program" "$T/setgid" && chmod 2755 "$T/setgid"
	cp "$program" "$T/setcap" && chmod 755 "$T/setcap"
	PATH=$PATH:/sbin:/usr/sbin setcap cap_chown+ep "$T/setcap" 2>/dev/null || rm -f "$T/setcap"
fi
both writable
both kinds
as_root owners
test "$me" = root && as_user other_owner
as_user own_folder
as_root environment
as_user set_id
plan
