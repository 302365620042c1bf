#!/bin/sh
# [redact]: secrets do not get into what a job prints, and into nothing else either.
# shellcheck disable=SC2154,SC2016
. "$top_srcdir/tests/lib.sh"

SECRET_A=hunter22 SECRET_B=r22plus
export SECRET_A SECRET_B

# A folder of whoever starts cordon, where nobody else can write.
folder() {
	rm -rf "$T/log"
	mkdir -m 700 "$T/log"
	test "$who:$me" != user:root || chown "$uid" "$T/log"
}

replaced() {
	folder
	stack '[redact]' 'environment = SECRET_*' '[record]' "file = $T/log/jobs"
	inside sh -c 'echo "$SECRET_A"; printf hunt; sleep 0.1; echo "er22plus $SECRET_B" ; echo hunter; echo "$SECRET_B" >&2; printf hunt'
	printf '***\n*** ***\nhunter\nhunt' >"$T/want"
	check "$who: values, in pieces and overlapping" cmp "$T/want" "$T/out"
	check "$who: on stderr too" test "$rc:$(cat "$T/err")" = '0:***'
	check "$who: not in the record" sh -c '! grep -E "hunter22|r22plus" "$0"' "$T/log/jobs"
	"$CORDON" explain --conf "$T/conf" t -- true >"$T/out" 2>&1
	"$CORDON" digest --conf "$T/conf" t >>"$T/out" 2>&1
	"$CORDON" check --conf "$T/conf" t >>"$T/out" 2>&1
	check "$who: explained by the name alone" sh -c 'grep -q "^stream stdout change" "$0" && ! grep -v "^env " "$0" | grep -E "hunter22|r22plus"' "$T/out"
	inside sh -c 'printf "a\0b\377\n"; printf "hunter2\0"; head -c 100000 /dev/zero'
	printf 'a\0b\377\nhunter2\0' >"$T/want"
	head -c 100000 /dev/zero >>"$T/want"
	check "$who: all else byte for byte" cmp "$T/want" "$T/out"
	stack '[redact]' 'environment = SECRET_*' 'streams = stderr' 'replacement = (gone)' 'forms = base64'
	inside sh -c 'echo "$SECRET_A"; echo "$SECRET_A" >&2; printf %s "$SECRET_A" | base64 >&2'
	told 'the other stream is left alone' hunter22
	check "$who: another replacement, another form" test "$(tr '\n' ' ' <"$T/err")" = '(gone) (gone)I= '
	stack '[redact]' 'environment = SECRET_*' 'minimum = 9'
	refused "$who: a value that is too short" "'SECRET_A' has fewer bytes than 'minimum' (9)"
	check "$who: and is not told" sh -c '! grep hunter "$0"' "$T/err"
}
both replaced

# A prompt is there while the job waits for its answer; the beginning of a value is not.
prompts() {
	stack '[redact]' 'environment = SECRET_A'
	mkfifo "$T/answer"
	chmod 666 "$T/answer"
	"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- \
		sh -c 'printf "Password: hu"; read l <"$0"; echo "nter22 $l"' "$T/answer" \
		</dev/null >"$T/out" 2>"$T/err" &
	_started=$!
	until_test -s "$T/out"
	check "$who: a prompt is not held back" test "$(cat "$T/out")" = 'Password: '
	exec 8<>"$T/answer" # whoever reads, or does not
	echo yes >&8
	exec 8>&-
	wait "$_started"
	told 'what began with it is' 'Password: *** yes'
	rm -f "$T/answer"
}
both prompts

files() {
	mkdir -m 755 "$T/keys"
	printf -- '-----BEGIN-----\nQUJDREVGRw\nab\n' >"$T/keys/key"
	chmod 600 "$T/keys/key"
	stack '[redact]' "file = $T/keys/key" '[user]' 'user = nobody'
	inside sh -c 'echo "  QUJDREVGRw ab"; echo -----BEGIN-----'
	told 'lines of a file that the job may not read' '  *** ab' '***'
	chmod 666 "$T/keys/key"
	refused "$who: a file that others may write" 'writable by others'
	stack '[redact]' "file = $T/keys/none"
	refused "$who: no such file" "t.ini:1: [redact] cannot"
	stack '[params]' 'key = name' '[redact]' "file = $T/keys/\${key}"
	options='-p key=key' refused "$who: a caller's word for it" 'cannot come from a parameter'
	options=
	rm -r "$T/keys"
}
as_root files

two() {
	stack '[redact]' 'environment = A' '[redact.b]' 'environment = B'
	refused "$who: two sections" "t.ini:3: [redact.b] 'stream stdout change' contradicts that of"
	stack '[redact]' 'environment = A' '[stack]' 'parent = never'
	refused "$who: nobody to look" 'its streams are relayed'
}
both two

# What [secret] takes away from the job is still looked for.
taken() {
	hostile="--setenv PATH=/usr/bin:/bin --setenv KEY=hunter22"
	stack '[env]' 'keep = PATH' '[secret]' 'descriptor = KEY_FD:env:KEY' '[redact]' 'environment = KEY'
	inside sh -c 'cat /dev/fd/$KEY_FD; echo " $KEY"'
	told "$who: a secret of [secret]" '*** '
	hostile=
}
both taken
plan
