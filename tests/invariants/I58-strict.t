#!/bin/sh
# I58: nothing in a stack is ever skipped; each row is refused with file and line.
. "$top_srcdir/tests/lib.sh"

# bad NAME WHERE LINE...
bad() {
	row=$1 where=$2
	shift 2
	stack "$@"
	refused "I58 $row" "$where"
}

long=$(head -c 300 /dev/zero | tr '\0' ' ')

bad 'unknown key' t.ini:2 '[rlimits]' 'nofiles = 64'
bad 'unknown section' t.ini:1 '[nosuchmodule]'
bad 'unknown core key' t.ini:2 '[stack]' 'nosuch = 1'
bad 'bad value' t.ini:2 '[rlimits]' 'nofile = many'
bad 'missing unit' t.ini:2 '[rlimits]' 'as = 64'
bad 'unknown unit' t.ini:2 '[rlimits]' 'as = 64X'
bad 'no value' t.ini:2 '[rlimits]' 'nofile'
bad 'a line before any section' t.ini:1 'nofile = 64'
bad 'unknown control word' t.ini:2 '[rlimits]' 'control = maybe' 'nofile = 64'
bad 'optional on a confining section' t.ini:2 '[rlimits]' 'control = optional' 'nofile = 64'
bad 'sufficient on a confining section' t.ini:2 '[rlimits]' 'control = sufficient' 'nofile = 64'
bad 'undeclared parameter' t.ini:2 '[rlimits]' 'nofile = ${nosuch}'
bad 'missing include' t.ini:2 '[stack]' 'include = nosuchstack'
bad 'include of itself' t.ini '[stack]' 'include = t'
bad 'a setting behind a long comment' t.ini "[stack]" "; comment $long nosuch = 1" 'nosuch = 2'
bad 'two users' user '[user.a]' 'user = 12345' '[user.b]' 'user = 54321'
bad 'two hostnames' hostname '[namespaces.a]' 'new = uts' 'hostname = a' '[namespaces.b]' 'hostname = b'
bad 'never a parent, but a pid namespace' parent '[stack]' 'parent = never' '[namespaces]' 'new = pid'

printf '[stack]\rnosuch = 1\r' >"$T/conf/t.ini"
refused 'I58 CR alone' t.ini
printf '[stack]\n\000 = 1\n' >"$T/conf/t.ini"
refused 'I58 a NUL byte' t.ini
: >"$T/conf/t.ini"
chmod 000 "$T/conf/t.ini"
test "$me" = root || refused 'I58 an unreadable file' t.ini
rm -f "$T/conf/t.ini"

stack '[params]' 'n = number 1..100' 'w = name' '[rlimits]' 'nofile = ${n}'
for value in 0 101 1x '' '5 6' '${n}' '$(id)'; do
	options="-p n=$value"
	case $value in *' '*) continue ;; esac
	refused "I58 a parameter that is '$value'" n
done
options='-p nosuch=1'
refused 'I58 a parameter that the stack has not' nosuch
options='-p n=50'
tries 'I58 one in range' 'audit limit_nofile' 'limit_nofile 50:50'
options=

# one literal word: never split, expanded or globbed again
stack '[params]' 'w = path' '[env]' 'set = W=${w}' 
for value in '/a b' '/$HOME' '/${w}' '/*'; do
	bare "$CORDON" run --conf "$T/conf" -p "w=$value" t -- "$probe" audit env
	check "I58 a parameter is one word: $value" test "$(cat "$T/out")" = "env W=$value"
done

stack '[permit]'
cp "$T/conf/t.ini" "$T/conf/x.ini"
mkdir "$T/conf/y.ini"
job 'I58 other files in the folder do no harm' :
plan
