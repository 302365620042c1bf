#!/bin/sh
# The commands beside run, and run's own options: what a script reads of them.
. "$top_srcdir/tests/lib.sh"

# says_of COMMAND ARGUMENT...: of cordon, with the test's folder of stacks
says_of() {
	_command=$1
	shift
	"$CORDON" "$_command" --conf "$T/conf" "$@" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
}

# gives NAME STATUS: the last status, and nothing on the stream of the other case
gives() {
	if test "$rc" != "$2"; then
		not_ok "$1" "exit status $rc, not $2"
	elif test "$2" = 0 && test -s "$T/err"; then
		not_ok "$1" 'something on stderr'
	elif test "$2" != 0 && test "$(grep -c '^cordon: ' "$T/err")" = 0; then
		not_ok "$1" 'no "cordon: ..." on stderr'
	else
		ok "$1"
	fi
}

has() { # NAME TEXT [FILE]
	if grep -qF -- "$2" "${3:-$T/out}"; then ok "$1"; else not_ok "$1" "no '$2'" "$(sed 9q "${3:-$T/out}")"; fi
}

lacks() { # NAME TEXT [FILE]
	if grep -qF -- "$2" "${3:-$T/out}"; then not_ok "$1" "'$2' is there"; else ok "$1"; fi
}

# ---- --conf ----

stack '[permit]'
says_of stacks
cp "$T/out" "$T/absolute"
for conf in "${T##*/}/conf" "./${T##*/}/conf"; do
	(cd "$T/.." && "$CORDON" stacks --conf "$conf") >"$T/out" 2>"$T/err" </dev/null
	check "--conf $conf from its folder" cmp "$T/out" "$T/absolute"
done
(cd "$T/conf" && "$CORDON" stacks --conf .) >"$T/out" 2>"$T/err" </dev/null
check '--conf .' cmp "$T/out" "$T/absolute"

# ---- explain ----

stack '[scripts]' 'allow = /usr/bin/*'
says_of explain t -- "$(printf 'a\033b')"
has 'explain: a command that would be refused, in plain text' "there is no program 'a\\x1bb' to judge"
check 'explain: nothing that a terminal acts on' test -z "$(tr -d '\n -~' <"$T/out")"

stack '[stack]' 'description = a test' '[process]' 'umask = 077' \
	'[rlimits]' 'nofile = 64' 'core = 0' '[rlimits.b]' 'nofile = 32:128'
says_of explain t
gives 'explain' 0
has 'explain: the stack and its file' "stack t  $T/conf/t.ini"
has 'explain: who waits' 'runs  in place'
for line in 'umask 0077 *\[process\] .*/t.ini:4' 'rlimit nofile 32:64 *\[rlimits.b\] .*/t.ini:9' \
	'rlimit core 0:0 *\[rlimits\] .*/t.ini:7' 'exec *\[always\]'; do
	check "explain: $line" grep -qE "^$line\$" "$T/out"
done
check 'explain: limits before umask' test "$(grep -nE '^(rlimit core|umask)' "$T/out" | cut -d: -f2 | cut -c1-6 | tr '\n' ' ')" = 'rlimit umask  '
lacks 'explain: no program without a command' 'try '
says_of explain t -- "a'b c"
has 'explain: where the command is looked for' "/a'b c"
says_of explain --json t -- id
gives 'explain --json' 0
if test -n "$python"; then
	check 'explain --json: valid' "$python" -I -m json.tool "$T/out" "$T/tree"
	check 'explain --json: has the steps' "$python" -I -c 'import json, sys
plan = json.load(open(sys.argv[1]))
assert plan["stack"] == "t" and plan["parent"] is None
steps = {s["text"]: s for s in plan["steps"]}
assert steps["umask 0077"]["where"].endswith("t.ini:4")
assert steps["rlimit nofile 32:64"]["section"] == "rlimits.b"
assert plan["steps"][-1] == {"step": "exec", "text": "exec", "section": "always", "where": None}' "$T/out"
else
	skip 'explain --json: valid' 'no /usr/bin/python3'
fi
stack '[env]' 'set = A=a"b\c' 'set = B=x	y'
says_of explain --json t
if test -n "$python"; then
	check 'explain --json: what JSON escapes' "$python" -I -c 'import json, sys
plan = json.load(open(sys.argv[1]))
assert "A=a\"b\\c" in plan["environ"], plan["environ"]
assert "B=x\ty" in plan["environ"], plan["environ"]' "$T/out"
fi
stack '[rlimits]' 'nofile = 64' '[rlimits.b]' 'nofiles = 64'
says_of explain t
gives 'explain: a fault' 125
has 'explain: a fault has file and line' "$T/conf/t.ini:4: [rlimits.b]" "$T/err"
has 'explain: and the nearest key' nofile "$T/err"

# ---- check ----

printf '%s\n' '[rlimits]' 'core = 0' '[process]' 'cwd = nowhere' '[caps]' 'keep = nope' >"$T/conf/bad.ini"
printf '%s\n' '[stack]' '[permit]' >"$T/conf/weak.ini"
printf '%s\n' '[params]' 'n = number 1..9 required' '[namespaces]' 'new = pid' '[rlimits]' 'nofile = ${n}' \
	'[caps]' 'keep =' >"$T/conf/good.ini"
rm -f "$T/conf/t.ini"
says_of check good
gives 'check: ok, without its required parameter' 0
has 'check: says so' 'good: ok'
says_of check -- good
gives 'check: behind --' 0
says_of check weak
gives 'check: a warning is no fault' 0
has 'check: the warning' 'weak: warning: '
printf '%s\n' '[process]' 'cpus = 0' '[process.b]' 'cpus = 1' >"$T/conf/empty.ini"
says_of check empty
has 'check: an empty intersection' "'cpus' have no processor in common"
says_of check bad
gives 'check: a fault' 125
has 'check: a fault has file and line' "cordon: bad: $T/conf/bad.ini:4: [process] cwd: 'nowhere'" "$T/err"
has 'check: so has the one of another section' "bad.ini:6: [caps] keep: 'nope'" "$T/err"
says_of check
gives 'check: of all stacks' 125
has 'check: goes on behind a fault' 'weak: ok'
has 'check: and before it' 'good: ok'
lacks 'check: a fault is not ok' 'bad: ok'
says_of check good nosuch
gives 'check: a stack that is none' 125
has 'check: it is named' "'nosuch'" "$T/err"
rm -f "$T/conf/bad.ini"
says_of check
gives 'check: all are good' 0
"$CORDON" check >"$T/out" 2>"$T/err"
rc=$?
gives 'check: the shipped stacks' 0
for name in base default other; do has "check: $name is ok" "$name: ok"; done
rm -f "$T"/conf/*

stack '[deny]'
mv "$T/conf/t.ini" "$T/conf/other.ini"
says_of check nosuch
gives 'check: no stack of this name' 125
has "check: what would be taken instead" "there is no stack of this name (it would be 'other')" "$T/err"
rm -f "$T/conf/other.ini"

# ---- digest ----

digest() { # OPTION...: of the stack "t"; in $digest
	says_of digest "$@" t
	digest=$(cut -d' ' -f1 "$T/out")
}
same() { check "digest: the same $1" test "$digest" = "$first"; }
other() { check "digest: another $1" test "$digest" != "$first"; }

stack '[stack]' 'description = A' '[process]' 'umask = 022' '[rlimits]' 'core = 0' 'nofile = 64'
digest
gives 'digest' 0
check 'digest: 64 digits and the name' grep -qxE '[0-9a-f]{64}  t' "$T/out"
first=$digest
digest && same 'again'
stack '; a comment' '[rlimits]' 'nofile=64:64' 'core = 0' '' '[stack]' 'description = B' '[process]' 'umask = 0022'
digest && same 'for another order, spelling, comment and description'
printf '%s\n' '[rlimits]' 'nofile = 64' 'core = 0' >"$T/conf/part.ini"
stack '[stack]' 'include = part' '[process]' 'umask = 022'
digest && same 'where a section is included'
mkdir "$T/conf/t.d"
stack '[process]' 'umask = 022' '[rlimits]' 'nofile = 64' 'core = 1M'
printf '%s\n' '[rlimits]' 'core = 0' >"$T/conf/t.d/core.ini"
digest && same 'where a drop-in says it'
rm -r "$T/conf/t.d"
digest && other 'for another value'
stack '[process]' 'umask = 022' '[rlimits]' 'core = 0' 'nofile = 64' 'as = unlimited'
digest && other 'for one key more'
stack '[process]' 'umask = 022' '[rlimits]' 'core = 0' 'nofile = 64' '[stack]' 'parent = always'
digest && other 'for another parent'
stack '[process]' 'umask = 022' '[rlimits]' 'core = 0' 'nofile = 64' 'when = root'
digest && other 'for a section of some callers'

stack '[params]' 'm = size 1M..4G from env MEM default 512M' '[rlimits]' 'as = ${m}' '[env]' 'set = HERE=${cwd}'
digest
first=$digest
says_of run --status-fd 1 t -- "$probe" exit 0
json 'digest: the one of the record' "o['digest'] == '$first'"
MEM=1G says_of run --status-fd 1 -C / t -- "$probe" exit 0
json 'digest: the same from another folder and environment' "o['digest'] == '$first'"
digest -p m=512M && other 'where -p says what'
first=$digest
digest -p m=524288K && same 'for another spelling of -p'
says_of run --status-fd 1 -p m=512M t -- "$probe" exit 0
json 'digest: with -p the one of the record' "o['digest'] == '$first'"
digest -p m=1G && other 'for another -p'
digest --host
gives 'digest --host' 0
other 'with what this node makes of it'
stack '[params]' 'm = size 1M..8G from env MEM default 512M' '[rlimits]' 'as = ${m}' '[env]' 'set = HERE=${cwd}'
digest && other 'for other bounds'
stack '[rlimit]' 'as = 1'
digest
gives 'digest: a fault' 125

# A policy without its caller: a name stands for a name, and no number is one.
stack '[params]' 'n = name required' '[rlimits]' 'nofile = ${n}'
digest
gives 'digest: what only a caller can say' 125
has 'digest: and which key that is' "[rlimits] nofile: 'name' is not SOFT[:HARD]" "$T/err"

# ---- stacks, modules ----

rm -f "$T"/conf/*
stack '[stack]' 'description = the words of it'
says_of stacks
gives 'stacks' 0
check 'stacks: name, path, description' grep -qE "^t +$T/conf/t.ini +the words of it\$" "$T/out"
check 'stacks: with --conf nothing else' test "$(wc -l <"$T/out")" = 1
"$CORDON" stacks >"$T/out" 2>"$T/err"
for name in base default other; do check "stacks: $name ships" grep -q "^$name  *.*/$name.ini" "$T/out"; done
"$CORDON" modules >"$T/out" 2>"$T/err"
rc=$?
gives 'modules' 0
for name in caps cgroup deny env fds landlock mounts namespaces paths permit process rlimits scripts timeout tmp user; do
	check "modules: $name" grep -qE "^$name +[^ ]" "$T/out"
	"$CORDON" modules "$name" >"$T/one" 2>"$T/err"
	rc=$?
	gives "modules $name" 0
	has "modules $name: what it is" "$name: " "$T/one"
done
"$CORDON" modules rlimits >"$T/out" 2>"$T/err"
check 'modules rlimits: its keys, with their merge rule' grep -qE '^  nofile  *SOFT.*  *min ' "$T/out"
for name in nosuch ../modules/env '' ENV; do
	"$CORDON" modules "$name" >"$T/out" 2>"$T/err"
	rc=$?
	gives "modules '$name'" 125
done

# ---- words that no command takes ----

stack '[rlimits]' 'core = 0'
misused() { # ARGUMENT...
	"$CORDON" "$@" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
	if test "$rc" = 125 && ! test -s "$T/out" && test "$(wc -l <"$T/err")" = 1; then
		ok "refused: cordon $*"
	else
		not_ok "refused: cordon $*" "exit status $rc" "$(sed 3q "$T/out")"
	fi
}
misused
misused nosuch
misused run
misused run --
misused run --conf "$T/conf" t
misused run --conf "$T/conf" t --
misused run --conf "$T/conf" t ''
misused run --conf
misused run --nosuch t true
misused run --json t true
misused run --host t true
misused run --conf "$T/conf" --user t true
misused run --status-fd x --conf "$T/conf" t true
misused run --status-fd -1 --conf "$T/conf" t true
misused run --status-fd 777 --conf "$T/conf" t true
misused run --job-id 'a b' --conf "$T/conf" t true
misused run -p x --conf "$T/conf" t true
misused run -p x=1 --conf "$T/conf" t true
misused explain
misused explain --host default
misused check --record "$T/drop/record"
misused check --json
misused explain --jsonx default
misused learn --conf "$T/conf" t -- ''
misused digest
misused digest default other
misused stacks default
misused shims /nowhere more
misused modules env user

# ---- run: parameters and where it starts ----

stack '[params]' 'word = one of a b from env WORD default a' 'n = number 1..9 default 1' \
	'[env]' 'set = WORD=${word}' 'set = N=${n}' 'set = STACK=${stack}' 'set = JOB=${job}'
words() { # NAME WANT OPTION...
	_name=$1 _want=$2
	shift 2
	says_of run "$@" -- /bin/sh -c 'echo $WORD$N'
	check "-p: $_name" test "$rc/$(cat "$T/out")" = "0/$_want"
}
words 'the default' a1 t
words 'apart' b2 -p word=b -p n=2 t
words 'in one word' b2 -pword=b -pn=2 t
WORD=b words 'from the environment' b1 t
WORD=b words 'beats the environment' a1 -p word=a t
says_of run -p word=c t -- "$probe" exit 0
gives '-p: a value out of its bounds' 125
has '-p: it is named' "'c'" "$T/err"
says_of run -p n=10 t -- "$probe" exit 0
gives '-p: a number out of its bounds' 125
WORD=c says_of run t -- "$probe" exit 0
gives '-p: the environment is bound too' 125
says_of run --job-id job.7/a t -- /bin/sh -c 'echo $STACK $JOB'
gives '--job-id: no path is made of it' 125
has '--job-id: it is named' "'job.7/a'" "$T/err"
says_of run --job-id=job.7 t -- /bin/sh -c 'echo $STACK $JOB'
check '--job-id=ID' test "$(cat "$T/out")" = 't job.7'
says_of run -C / t -- /bin/sh -c pwd
check '-C DIR' test "$(cat "$T/out")" = /
says_of run -C/usr t -- /bin/sh -c pwd
check '-CDIR' test "$(cat "$T/out")" = /usr
says_of run -C /nonexistent t -- "$probe" exit 0
gives '-C: no such folder' 125
# Entered once, and after the record was opened, also where the twin begins anew.
mkdir "$T/from" "$T/from/sub"
(
	cd "$T/from" && "$CORDON" run --conf "$T/conf" -C sub --record rec t -- \
		/bin/sh -c pwd >"$T/out" 2>"$T/err" </dev/null
)
rc=$?
gives '-C: a relative folder' 0
check '-C: it is entered once' test "$(cat "$T/out")" = "$T/from/sub"
check '-C: a record is not looked for in it' test "$(cd "$T/from" && find . -name rec)" = ./rec
says_of run t "$probe" exit 3
check 'the -- may be left out' test "$rc" = 3
says_of run t -- /bin/echo -p -- x
check 'words behind the command are its own' test "$(cat "$T/out")" = '-p -- x'

# ---- run: the record ----

fields='sorted(o) == sorted("job stack digest started wall_ms user_ms sys_ms max_rss_kb restarts exit signal reason section message degraded".split())'
told() { # NAME PYTHON: of the record on fd 3 of the last run
	cp "$T/status" "$T/out"
	check "$1: one line" test "$(wc -l <"$T/out")" = 1
	json "$1" "$fields and $2"
}
status_of() { # OPTION... STACK -- COMMAND...
	"$CORDON" run --conf "$T/conf" --status-fd 3 --job-id j.1 "$@" </dev/null \
		3>"$T/status" >"$T/out" 2>"$T/err"
	rc=$?
}
stack '[rlimits]' 'core = 0'
status_of t -- "$probe" exit 3
told 'exited' 'o["reason"] == "exited" and o["exit"] == 3 and o["signal"] is None and o["job"] == "j.1" and o["stack"] == "t" and o["message"] is None'
json 'what it used' 'o["wall_ms"] >= 0 and o["user_ms"] >= 0 and o["sys_ms"] >= 0 and o["max_rss_kb"] > 0 and o["degraded"] == []'
json 'when it began' '__import__("re").fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", o["started"])'
check 'the job has no such descriptor' sh -c '! "$@" 3>"$0"' "$T/status" \
	"$CORDON" run --conf "$T/conf" --status-fd 3 t -- /bin/sh -c 'echo >&3' 2>/dev/null
status_of t -- "$probe" raise 9
told 'signaled' 'o["reason"] == "signaled" and o["signal"] == 9 and o["exit"] is None'
status_of t -- /nonexistent/program
told 'failed: no program' 'o["reason"] == "failed" and "/nonexistent/program" in o["message"] and o["wall_ms"] is None'
check 'failed: status 127' test "$rc" = 127
status_of t -- "$(printf '/a"b\\\n\303\050\342\200\250')"
told 'failed: a program whose name is no text' '"/a\"b" in o["message"]'
check 'failed: one line on stderr' test "$(wc -l <"$T/err")" = 1
stack '[process]' 'cwd = /nonexistent'
status_of t -- "$probe" exit 0
told 'failed: a step' 'o["reason"] == "failed" and o["section"] == "process" and "t.ini:2" in o["message"]'
check 'failed: status 125' test "$rc" = 125
stack '[process]' 'cwds = /'
status_of t -- "$probe" exit 0
told 'failed: the stack' 'o["reason"] == "failed" and o["section"] == "process" and o["stack"] == "t" and o["digest"] is None'
status_of -C /nonexistent t -- "$probe" exit 0
told 'failed: before the stack was read' 'o["reason"] == "failed" and o["stack"] == "t" and o["job"] == "j.1"'
stack '[deny]' 'message = not "today"'
status_of t -- "$probe" mark "$T/drop/marker"
told 'denied' 'o["reason"] == "denied" and o["section"] == "deny" and "not \"today\"" in o["message"] and len(o["digest"]) == 64'
check 'denied: the job never ran' test ! -e "$T/drop/marker"
stack '[stack]' 'parent = never' '[rlimits]' 'core = 0'
status_of t -- "$probe" exit 3
told 'parent = never: started, and no end' 'o["reason"] == "started" and o["exit"] is None and o["wall_ms"] is None'
check 'parent = never: its own status' test "$rc" = 3

stack '[rlimits]' 'core = 0'
umask 077
says_of run --record "$T/record" --job-id a t -- "$probe" exit 1
says_of run --record="$T/record" --job-id b t -- "$probe" exit 0
umask 022
cp "$T/record" "$T/out"
check '--record appends' test "$(wc -l <"$T/record")" = 2
json '--record: as --status-fd' "$fields and o['exit'] == {'a': 1, 'b': 0}[o['job']]"
check '--record: for its owner alone' test "$(stat -c %a "$T/record")" = 600
ln -s record "$T/link"
says_of run --record "$T/link" t -- "$probe" exit 0
gives '--record: not through a link' 125
ln "$T/record" "$T/second"
says_of run --record "$T/record" t -- "$probe" exit 0
gives '--record: not with a second name' 125
says_of run --record /dev/null t -- "$probe" exit 0
gives '--record: a file alone' 125
check '--record: refused ones add nothing' test "$(wc -l <"$T/record")" = 2

# ---- run: which status a refusal has ----

status() { # NAME STATUS LINE...
	_name=$1 _want=$2
	shift 2
	stack "$@"
	says_of run t -- "$probe" mark "$T/drop/marker"
	if test -e "$T/drop/marker"; then
		not_ok "$_name" 'the job ran'
	else
		check "$_name" test "$rc" = "$_want"
	fi
}
deny='[deny]'
status 'denied: 125' 125 "$deny"
status 'failed: 125' 125 '[process]' 'cwd = /nonexistent'
status 'exit-denied' 77 '[stack]' 'exit-denied = 77' 'exit-failed = 78' "$deny"
status 'exit-failed' 78 '[stack]' 'exit-denied = 77' 'exit-failed = 78' '[process]' 'cwd = /nonexistent'
status 'exit-failed: a key that is none' 78 '[stack]' 'exit-failed = 78' '[process]' 'cwds = /'
status 'exit of the section that denies' 66 '[stack]' 'exit-denied = 77' "$deny" 'exit = 66'
status 'exit of another section says nothing' 77 '[stack]' 'exit-denied = 77' "$deny" '[rlimits]' 'exit = 66'

# ---- an unknown stack is other ----

printf '%s\n' '[env]' 'set = NAME=${stack}' >"$T/conf/other.ini"
says_of run nosuch -- /bin/sh -c 'echo $NAME'
check "other: takes the place of 'nosuch'" test "$rc/$(cat "$T/out")" = 0/other
says_of explain nosuch
has 'other: explain says so' "stack other (there is no 'nosuch')"
says_of run ../t -- "$probe" exit 0
check 'other: no path is a name' test "$rc" != 3
"$CORDON" run nosuch -- "$probe" mark "$T/drop/marker" >"$T/out" 2>"$T/err"
rc=$?
gives 'other: the shipped one refuses' 125
has 'other: and names what was asked' "(for 'nosuch')" "$T/err"
check 'other: nothing ran' test ! -e "$T/drop/marker"
rm -f "$T/conf/other.ini"
says_of run nosuch -- "$probe" exit 0
gives 'other: none in --conf' 125
plan
