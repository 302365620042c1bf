#!/bin/sh
# conf.d/bash.ini: a script with pipes, process substitution, here-documents, jobs.
. "$top_srcdir/tests/stacks/lib.sh"
needs bash /bin/bash

cat >"$T/work.sh" <<'END'
#!/bin/bash
set -euo pipefail
shopt -s lastpipe
declare -A seen
printf '%s\n' c b a b | sort -u | while read -r word; do seen[$word]=1; done
test "${#seen[@]}" = 3
diff <(printf '1\n2\n') <(seq 2)
text=$(cat <<'TEXT'
$not expanded
TEXT
)
test "$text" = '$not expanded'
for n in 1 2 3; do (sleep 0.1; echo "$n") & done >parts
wait
test "$(sort parts | tr -d '\n')" = 123
tar -czf all.tar.gz parts && tar -tzf all.tar.gz | grep -qx parts
find /usr/share/common-licenses -name 'GPL*' -print0 | xargs -0 -n1 -P2 wc -l >counts
awk '{ n += $1 } END { exit !(n > 0) }' counts
mkfifo "$TMPDIR_OR/p" && { echo through >"$TMPDIR_OR/p" & }
test "$(cat "$TMPDIR_OR/p")" = through
trap 'echo "caught" >result' TERM
kill -TERM $$
test "$(cat result)" = caught
test "$PATH" = /usr/local/bin:/usr/bin:/bin
END
sed -i 's|\$TMPDIR_OR|/tmp|g' "$T/work.sh"

works() {
	workplace
	cp "$T/work.sh" "$work/work.sh"
	chmod 755 "$work/work.sh"
	shipped bash
	hostile='--setenv PATH=/nowhere:/usr/bin --setenv BASH_ENV=/x'
	real 'a script of pipes, jobs and other programs' /bin/bash work.sh
	real 'the same, run by its first line' ./work.sh
	hostile=
	stopped 'a folder of the system' 'Read-only|Permission denied' \
		/bin/bash -c 'rm -r /usr/share/common-licenses'
	stopped 'a kill of all that it sees' '^unharmed$' \
		/bin/bash -c 'kill -9 $PPID 2>/dev/null; echo unharmed; exit 1'
	sound bash
}

both works
plan
