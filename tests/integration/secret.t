#!/bin/sh
# [secret]: a secret reaches the job as a file or a descriptor; nobody else has it, and it is in no
# environment, argument, plan, digest, record or message.
. "$top_srcdir/tests/lib.sh"

secret=s3cr3t-$$-value
part=${secret#s3cr3t} # so that no test's own command line holds it

folders() {
	find /run/cordon /tmp "$T/run" -maxdepth 2 -name 'cordon-*' -user "$uid" 2>/dev/null |
		grep -vE '/(pool)/' | sort
}

user_lines() {
	test "$who" = user || printf '%s\n' '[user]' "user = $free_uid" "group = $free_uid"
}

# What cordon reads with the rights of who started it.
source_file() {
	src=$T/src.$who
	rm -rf "$src"
	mkdir -m 755 "$src"
	printf 'line one\n%s\n' "$secret" >"$src/key"
	chmod 400 "$src/key"
	test "$me" != root || chown -R "$uid:$uid" "$src"
}

as_file() {
	source_file
	before=$(folders)
	hostile="--setenv TOKEN=$secret --setenv PATH=/usr/bin:/bin"
	stack "$(user_lines)" '[env]' 'keep = PATH TOKEN' '[secret]' "file = KEY:$src/key" 'file = TOK:env:TOKEN' \
		'file = -NONE:env:ABSENT' "file = -NEITHER:$src/absent"
	job "$who: a file of the job's own" \
		"test \"\$(stat -c '%a %u %h' \$KEY)\" = \"400 \$(id -u) 1\" && test -O \$KEY &&
		test \"\$(stat -c %a \${KEY%/*})\" = 500 && test -O \${KEY%/*} &&
		test \"\$(sed -n 2p \$KEY)\" = s3cr3t$part && test \"\$(cat \$TOK)\" = s3cr3t$part"
	job "$who: alone in a folder whose name nobody can guess" \
		'test "$(ls -A ${KEY%/*} | tr "\n" " ")" = "KEY TOK " && echo "$KEY" | grep -qE "/cordon-[0-9a-f]{32}/KEY$"'
	job "$who: and in no environment, also where [env] keeps the variable" \
		"! tr '\\0' '\\n' </proc/self/environ | grep -q -- '$part' && test -z \"\${TOKEN-}\${NONE-}\${NEITHER-}\""
	# root is no other job
	test "$who" = root && job "$who: not to be written by the job" '! echo x 2>/dev/null >"$KEY"'
	gone "$who: and gone afterwards" folders
	inside /bin/sh -c 'chmod 0 "${KEY%/*}"; kill -SEGV $$'
	gone "$who: also when the job crashes" folders
	hostile=
}
both as_file

as_descriptor() {
	source_file
	hostile="--setenv TOKEN=$secret --setenv TOKEN=$secret-2 --setenv PATH=/usr/bin:/bin"
	stack '[stack]' "parent = $parent" "$(user_lines)" '[env]' 'keep = *' \
		'[secret]' 'descriptor = TOKEN:env:TOKEN' "descriptor = KEY:$src/key" 'descriptor = -NONE:env:ABSENT'
	job "$who, $form: a descriptor" \
		"test \"\$(cat /dev/fd/\$TOKEN)\" = s3cr3t$part && test \"\$(sed -n 2p /dev/fd/\$KEY)\" = s3cr3t$part &&
		test \"\$(cat /dev/fd/\$TOKEN)\" = s3cr3t$part && test -z \"\${NONE-}\""
	job "$who, $form: sealed" \
		'! echo x 2>/dev/null >/dev/fd/$TOKEN; ! (echo x >&$TOKEN) 2>/dev/null && ! /dev/fd/$TOKEN 2>/dev/null'
	job "$who, $form: in no environment, of two variables of the name either" \
		"! tr '\\0' '\\n' </proc/self/environ | grep -q -- '$part'"
	hostile=
}
all_ways as_descriptor

# Where it must not be seen: with a control that each look finds what is there.
unseen() {
	source_file
	mkdir -p "$T/record"
	test "$me" != root || chown "$uid" "$T/record"
	export TOKEN=$secret
	set -- '[env]' 'keep = PATH'
	for _lines in 'set = SEEN=${word}' ''; do
		rm -f "$T/record/jobs"
		stack "$(user_lines)" '[params]' "word = name from env TOKEN" "$@" "$_lines" '[record]' "file = $T/record/jobs" \
			'[secret]' "file = KEY:$src/key" 'descriptor = TOK:env:TOKEN'
		{
			for _way in explain 'explain --json' digest 'digest --host' check score; do
				"$launch" $switch -- "$CORDON" $_way --conf "$T/conf" t
			done
			"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- true
			"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- /none/such
			stack "$(user_lines)" "$@" "$_lines" '[params]' "word = name from env TOKEN" \
				'[secret]' 'file = TOK:env:TOKEN' "file = KEY:$src" '[record]' "file = $T/record/jobs"
			"$launch" $switch -- "$CORDON" run --conf "$T/conf" t -- true
		} >"$T/out" 2>&1
				cat "$T/record/jobs" >>"$T/out"
		if test -n "$_lines"; then
			check "$who: the control: what [env] sets is seen" grep -q -- "$part" "$T/out"
		else
			check "$who: no plan, digest, record or message holds it" \
				test "$(grep -c -- "$part" "$T/out"):$(grep -c '"reason"' "$T/out")" = 0:3
		fi
	done
	unset TOKEN
	rm -rf "$T/record"
}
both unseen

# What is left of cordon while the job runs has it no more.
memory() {
	if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
		skip "$who: the supervisor's memory" 'a sanitizer maps more than can be looked through'
		return
	fi
	if test -z "$python"; then
		skip "$who: the supervisor's memory" 'no /usr/bin/python3'
		return
	fi
	cat >"$T/search.py" <<'END'
import re, sys
want = b"s3cr3t" + sys.argv[2].encode()
found = 0
for line in open("/proc/%s/maps" % sys.argv[1]):
    first, last, rights = re.match(r"(\w+)-(\w+) (r...)", line).groups() if " r" in line else (None, None, None)
    if not first or "[v" in line:
        continue
    with open("/proc/%s/mem" % sys.argv[1], "rb", 0) as memory:
        memory.seek(int(first, 16))
        try:
            found += memory.read(int(last, 16) - int(first, 16)).count(want)
        except OSError:
            pass
print("found" if found else "none")
END
	hostile="--setenv TOKEN=$secret --setenv OTHER=$secret --setenv PATH=/usr/bin:/bin"
	for _lines in '' 'descriptor = OTHER:env:OTHER'; do
		rm -f "$T/drop/ready" "$T/drop/go"
		stack '[stack]' 'parent = always' "$(user_lines)" '[env]' 'keep = PATH' \
			'[secret]' 'descriptor = TOKEN:env:TOKEN' "$_lines"
		inside /bin/sh -c "echo \$PPID >$T/drop/ready; while ! test -e $T/drop/go; do sleep 0.05; done" &
		runner=$!
		until_test -s "$T/drop/ready"
		"$python" -I "$T/search.py" "$(cat "$T/drop/ready")" "$part" >"$T/found"
		: >"$T/drop/go"
		wait "$runner"
		if test -z "$_lines"; then
			check "$who: the control: a variable that is no secret is in the supervisor's memory" \
				grep -qx found "$T/found"
		else
			check "$who: the supervisor's memory has no secret" grep -qx none "$T/found"
		fi
	done
	hostile=
}
as_root memory

killed() {
	source_file
	before=$(folders)
	stack "$(user_lines)" '[secret]' "file = KEY:$src/key"
	rm -f "$T/drop/ready" "$T/drop/pid"
	"$launch" --watch "$T/seen" --timeout 20 --pid-file "$T/drop/pid" $switch -- \
		"$CORDON" run --conf "$T/conf" t -- /bin/sh -c "echo \$KEY >$T/drop/ready; exec sleep 20" \
		>"$T/out" 2>"$T/err" &
	runner=$!
	until_test -s "$T/drop/ready"
	check "I48 $who: the file while it runs" test -f "$(cat "$T/drop/ready")"
	kill -KILL "$(cat "$T/drop/pid")"
	wait "$runner"
	stack "$(user_lines)" '[secret]' "file = OTHER:$src/key"
	job "I48 $who: one more start" true
	gone "I48 $who: removes it" folders
	rm -f "$T/drop/ready" "$T/drop/pid"
}
both killed

other_root() {
	if ! can_userns; then
		skip "$who: in another root" 'no user namespace here'
		return
	fi
	source_file
	before=$(folders)
	hostile="--setenv TOKEN=$secret --setenv PATH=/usr/bin:/bin"
	stack "$(user_lines)" '[namespaces]' 'new = user pid mount' '[mounts]' 'root = empty' 'ro = /usr' 'ro = /bin' \
		'ro = -/lib' 'ro = -/lib64' 'symlink = /proc/self/fd:/dev/fd' '[process]' 'cwd = /' \
		'[secret]' "file = KEY:$src/key" 'descriptor = TOKEN:env:TOKEN'
	job "$who: in another root, with namespaces" \
		"test \"\$(sed -n 2p \$KEY)\" = s3cr3t$part && test \"\$(cat /dev/fd/\$TOKEN)\" = s3cr3t$part &&
		! (chmod 600 \$KEY) 2>/dev/null && ! test -e $src"
	gone "$who: and gone afterwards, from another root" folders
	hostile=
	if "$probe" landlock | grep -q '^abi [1-9]'; then
		stack "$(user_lines)" '[landlock]' 'read = /usr' 'read = /etc' 'read = /bin' 'execute = /usr' 'execute = /bin' '[secret]' "file = KEY:$src/key"
		job "$who: a list of what may be read has it" \
			"test \"\$(sed -n 2p \$KEY)\" = s3cr3t$part && ! cat $src/key 2>/dev/null"
	else
		skip "$who: a list of what may be read has it" 'no Landlock'
	fi
}
both other_root

# refuse WHAT TEXT LINE...: a stack with these lines starts no job
refuse() {
	_what=$1 _why=$2
	shift 2
	stack "$@"
	refused "$who: $_what" "$_why"
}

refusals() {
	source_file
	refuse 'an absent variable' "t.ini:2: [secret] A: the caller's environment has no 'ABSENT'" '[secret]' 'file = A:env:ABSENT'
	refuse 'an absent file' "t.ini:2: [secret] A: cannot open '$src/none'" '[secret]' "descriptor = A:$src/none"
	ln -s key "$src/link"
	refuse 'a link' 'is a symbolic link' '[secret]' "descriptor = A:$src/link"
	chmod 420 "$src/key"
	refuse 'a file that its group can write' 'is writable by its group' '[secret]' "file = A:$src/key"
	chmod 400 "$src/key"
	head -c 1048577 /dev/zero >"$src/large"
	test "$me" != root || chown "$uid" "$src/large"
	refuse 'what is too large' 'is larger than 1 MiB' '[secret]' "descriptor = A:$src/large"
	refuse 'a folder' 'is not a regular file' '[secret]' 'descriptor = A:/usr'
	refuse 'two sections that differ' 'contradicts' '[secret.a]' "file = A:$src/key" '[secret.b]' "file = A:$src/none"
	refuse 'one variable in two ways' 'contradicts' '[secret]' "file = A:$src/key" "descriptor = A:$src/key"
	refuse 'a variable that [env] sets' "'env-set A' contradicts" '[secret]' "file = A:$src/key" '[env]' 'set = A=x'
	refuse 'a source that [env] sets' "'env-set B' contradicts" '[secret]' 'file = A:env:B' '[env]' 'set = B=x'
	refuse 'a variable of [tmp]' "'dir = A' contradicts" '[secret]' "file = A:$src/key" '[tmp]' 'dir = A'
	refuse 'a path that a parameter chooses' 'cannot come from the caller' '[params]' 'which = name default key' \
		'[secret]' "file = A:$src/\${which}"
	refuse 'a path below ${cwd}' 'cannot come from the caller' '[secret]' 'file = A:${cwd}/key'
	refuse 'PATH' 'holds no secret' '[secret]' 'file = A:env:PATH'
	refuse 'what a loader goes by' 'holds no secret' '[secret]' "file = LD_PRELOAD:$src/key"
	refuse 'a file without a parent' 'parent = never contradicts' '[stack]' 'parent = never' '[secret]' "file = A:$src/key"
}
both refusals

of_others() {
	source_file
	chown 12345 "$src/key"
	stack '[secret]' "descriptor = A:$src/key"
	refused "$who: a file of somebody else's" 'belongs to uid 12345'
	chown 0 "$src/key"
	who=user uid=$free_uid switch="--uid $free_uid"
	refused "user: a file that only root may read" 'Permission denied'
	who=root uid=0 switch=
}
as_root of_others

weak() {
	source_file
	test "$who" = user || chown -R 0:0 "$src"
	stack "$(user_lines)" '[secret]' "descriptor = A:$src/key"
	bare "$CORDON" check --conf "$T/conf" t
	check "$who: check: a source that the job can open is named, another not" \
		test "$rc:$(grep -c 'secret-open' "$T/out")" = "0:$(test "$who" = root; echo $?)"
	stack '[secret]' "descriptor = A:$src/none" '[env]' 'keep = API_TOKEN'
	bare "$CORDON" check --conf "$T/conf" t
	check "$who: check: a source that is absent, and a kept secret" \
		test "$(grep -cE 'secret-(source|in-environment)' "$T/out")" = 2
	stack '[secret]' "descriptor = -A:$src/none" 'file = B:env:API_TOKEN' '[env]' 'keep = API_TOKEN B_TOKEN_FILE'
	bare "$CORDON" check --conf "$T/conf" t
	check "$who: check: not where it may be, or is taken away" \
		test "$rc:$(grep -cE 'secret-(source|in-environment)' "$T/out")" = 0:0
}
both weak

# Each try of a job that crashes has them, from their beginning.
again() {
	hostile="--setenv TOKEN=$secret --setenv PATH=/usr/bin:/bin"
	stack '[env]' 'keep = PATH' '[secret]' 'descriptor = TOKEN_FD:env:TOKEN' 'file = TOKEN_FILE:env:TOKEN' \
		'[restart]' 'limit = 1' 'backoff = 0'
	inside bash -c 'read -r one <&$TOKEN_FD; read -r two <$TOKEN_FILE; echo "$one $two"; kill -SEGV $$'
	check "$who: a second try has them too" test "$(cat "$T/out")" = "$secret $secret
$secret $secret"
	hostile=
}
both again
plan
