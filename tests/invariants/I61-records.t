#!/bin/sh
# I61: a record goes to a plain file of cordon's own user and nowhere else, and
# foreign words in it stay words.
. "$top_srcdir/tests/lib.sh"

# mine PATH...: they belong to whoever starts cordon
mine() {
	if test "$who" = user && test "$me" = root; then chown -h "$uid:$uid" "$@"; fi
}

# The objects that $log may be, each in a fresh folder; `good` is the control.
make_good() { :; }
make_own() { echo '{}' >"$log" && chmod 600 "$log" && mine "$log"; }
make_symlink() { ln -s "$T/victim" "$log"; }
make_dangling() { ln -s "$T/log/new" "$log"; }
make_fifo() { mkfifo -m 600 "$log" && mine "$log"; }
make_folder() { mkdir -m 700 "$log" && mine "$log"; }
make_hard_link() { ln "$T/victim" "$log"; }
make_group_writable() { : >"$log" && mine "$log" && chmod 620 "$log"; }
make_other_writable() { : >"$log" && mine "$log" && chmod 602 "$log"; }
make_foreign() { : >"$log" && chown 54322 "$log" && chmod 606 "$log"; }
make_foreign_closed() { : >"$log" && chown 54322 "$log" && chmod 600 "$log"; }
make_device() { mknod -m 600 "$log" c 1 3 && mine "$log"; }
make_socket() { "$python" -I -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$log" && mine "$log"; }
# of the folder, which a stack's record cares about
make_folder_of_all() { chmod 777 "$T/log"; }
make_folder_of_a_group() { chmod 770 "$T/log"; }
make_folder_of_another() { chown 54322 "$T/log" && chmod 755 "$T/log"; }
make_folder_by_link() { mkdir -m 700 "$T/log/real" && mine "$T/log/real" &&
	ln -s real "$T/log/link" && log=$T/log/link/jobs; }

prepare() { # KIND: 0 when there is such a thing here
	rm -rf "$T/log"
	mkdir -m 700 "$T/log"
	mine "$T/log"
	log=$T/log/jobs
	rm -f "$T/victim"
	echo untouched >"$T/victim"
	chmod 600 "$T/victim"
	mine "$T/victim"
	"make_$1" 2>/dev/null
}

record_by() { # option or section: $log
	case $1 in
	option) options="--record $log" && stack '' ;;
	section) options='' && stack '[record]' "file = $log" ;;
	esac
}

matrix() {
	for how in option section; do
		for kind in good own; do
			prepare $kind
			record_by $how
			inside "$probe" exit 0
			check "I61 $who: a $kind file is taken ($how)" \
				test "$rc:$(grep -c '"reason":"exited"' "$log")" = 0:1
		done
		kinds='symlink dangling fifo folder hard_link group_writable other_writable foreign
			foreign_closed device socket'
		test "$how" = option || kinds="$kinds folder_of_all folder_of_a_group
			folder_of_another folder_by_link"
		for kind in $kinds; do
			if ! prepare $kind; then
				skip "I61 $who: $kind ($how)" 'cannot be made here'
				continue
			fi
			record_by $how
			limit=3 # a fifo must not be waited for
			refused "I61 $who: a $kind is refused ($how)" "$T/log"
			limit=10
			check "I61 $who: a $kind leads nowhere ($how)" \
				test "$(cat "$T/victim")" = untouched -a ! -e "$T/log/new" -a \
				! -s "$T/log/real/jobs"
		done
	done
	options=
}

# ---- foreign words ----

hostile_words() {
	prepare good
	options="--record $log"
	stack '[deny]' 'message = 100 %n "quoted" \'
	set -- "$(printf 'x\n{"job":"forged"}')" "$(printf '\033[2J\001\177')" '%s%n%500000d' \
		"$(printf '\377\376\303\050')" '"},{"reason":"exited"' "$(printf '\342\200\250\342\200\256')" \
		"$(printf '%0100000d' 7)" '\u0022'
	n=0
	for word; do
		n=$((n + 1))
		rm -f "$log"
		for where in stack command option parameter id; do
			case $where in
			stack) bare "$CORDON" run --conf "$T/conf" $options "$word" -- true ;;
			command) bare "$CORDON" run --conf "$T/conf" $options t -- "$word" ;;
			option) bare "$CORDON" run --conf "$T/conf" $options -p "$word" t -- true ;;
			parameter) bare "$CORDON" run --conf "$T/conf" $options -p "x=$word" t -- true ;;
			id) bare "$CORDON" run --conf "$T/conf" $options --job-id "$word" t -- true ;;
			esac
			check "I61 $who: refused with word $n as $where" test "$rc" = 125
		done
		# not refused as the stack's, but as the program's name
		stack ''
		inside "$word"
		check "I61 $who: no program of word $n" test "$rc" -ge 126
		stack '[deny]' 'message = 100 %n "quoted" \'
		cp "$log" "$T/out"
		check "I61 $who: a line for each, and nothing but text in it" \
			test "$(wc -l <"$log"):$(LC_ALL=C tr -d '\n -~\200-\377' <"$log")" = 6:
		json "I61 $who: and one object in each" \
			'o["reason"] in ("denied", "failed") and o["job"] != "forged" and len(o) == 15'
	done
	options=
}

both matrix
both hostile_words
plan
