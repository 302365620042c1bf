#!/bin/sh
# I23: who may write where a mount's source stands can't redirect the mount.
. "$top_srcdir/tests/lib.sh"

rounds=100

race() {
	if ! can_userns; then
		skip "I23 $who" 'no user namespace here'
		return
	fi
	drop=
	test "$who" = user || drop="[user]
user = $free_uid
group = $free_uid"
	"$probe" race "$T/drop/a" "$T/drop/b" "$T/drop/ready" >"$T/race" 2>&1 &
	racer=$!
	background="$background $racer"
	while ! test -e "$T/drop/ready"; do sleep 0.01; done
	stack '[namespaces]' 'new = mount' '[process]' 'cwd = /' '[mounts]' 'root = empty' \
		'ro = /usr' 'ro = /bin' 'ro = /lib' 'ro = -/lib64' \
		"ro = $T/drop/a:/data" "$drop"
	wrong=0 right=0 link=0 refused=0
	for _i in $(seq $rounds); do
		inside /bin/cat /data/x
		case $rc:$(cat "$T/out") in
		0:good) right=$((right + 1)) ;;
		125:) refused=$((refused + 1)) ;;
		1:) link=$((link + 1)) ;; # a link inside too, which leads nowhere
		*) wrong=$((wrong + 1)) ;;
		esac
	done
	kill "$racer"
	wait "$racer" 2>/dev/null
	rm -f "$T/drop/ready"
	check "I23 $who: $rounds races, $right right, $link a link, $refused refused" \
		test "$wrong" = 0 -a "$right" -gt 0
	check "I23 $who: the folder outside is as it was" test \
		"$(stat -c '%a %u %Y' "$T/secret" "$T/secret/dir" "$T/secret/dir/x" | tr '\n' ' ')" = "$before"
}

mkdir "$T/drop/a" "$T/secret" "$T/secret/dir"
echo good >"$T/drop/a/x"
echo secret >"$T/secret/dir/x"
ln -s "$T/secret/dir" "$T/drop/b"
chmod 700 "$T/secret"
before=$(stat -c '%a %u %Y' "$T/secret" "$T/secret/dir" "$T/secret/dir/x" | tr '\n' ' ')
both race
plan
