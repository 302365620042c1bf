#!/bin/sh
# I36: what was judged is what runs, or is opened, whoever changes it meanwhile.
. "$top_srcdir/tests/lib.sh"

swap=$top_builddir/tests/tools/swap
test "$here" != /run || { cp "$swap" "$T/tools" && swap=$T/tools/swap; }
other=54322
case $top_builddir in # the same core: for seconds in one of the builds, for rounds in others
*/none | */sanitized) seconds=0 ;;
*) seconds=1 ;;
esac

if test "$me" != root; then
	skip 'I36' 'only root can start somebody else who swaps'
	plan
fi

# the swapper's folder; what is approved says GOOD
W=$T/w
fixture() {
	rm -rf "$W" "$T/safe"
	mkdir -m 755 "$W" "$W/d" "$W/e" "$T/safe"
	echo '#!/bin/sh
echo GOOD' >"$W/good"
	echo '#!/bin/sh
echo EVIL' >"$W/evil"
	chmod 755 "$W/good" "$W/evil"
	cp "$W/good" "$W/s"
	cp "$W/good" "$W/d/s"
	cp "$W/evil" "$W/e/s"
	cp "$W/good" "$T/safe/s"
	ln -s "$T/safe/s" "$W/link"
	ln -s /bin/sh "$W/interpreter"
	echo GOOD >"$T/safe/data"
	ln -s "$T/safe/data" "$W/data"
	echo EVIL >"$T/secret"
	chown -Rh "$other" "$W"
	chmod 755 "$W/s"
	sum=$(sha256sum "$W/good" | cut -c1-64)
}

swapping() {
	"$launch" --uid "$other" -- "$swap" "$@" 2>/dev/null &
	swapper=$!
	background="$background $swapper"
}

still() {
	kill -KILL "$swapper" 2>/dev/null
	wait "$swapper" 2>/dev/null
}

# rounds COMMAND...: for some seconds, in the stack, and until a line that is wanted was
# seen, which takes a loaded machine longer; $good, $evil, $no, $odd count.
cat >"$T/rounds.sh" <<'END'
begin=$(date +%s) n=0 seconds=$1 most=$2 wanted=$3 out=$4
shift 4
while time=$(($(date +%s) - begin)) && test $time -lt "$most"; do
	if test $time -ge "$seconds" || test $n -ge 2000; then
		! grep -qxE "$wanted" "$out" || break
	fi
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$@" 2>/dev/null </dev/null
		echo "rc $?"
		n=$((n + 1))
	done
done
END
rounds() {
	case $_want in good) _line=GOOD ;; no) _line='rc (125|126|127)' ;; esac
	"$launch" $switch -- /bin/sh "$T/rounds.sh" $seconds 10 "$_line" "$T/out" \
		"$CORDON" run --conf "$T/conf" t -- "$@" >"$T/out" 2>"$T/err"
	good=$(grep -cx GOOD "$T/out")
	evil=$(grep -c EVIL "$T/out")
	no=$(grep -cxE 'rc (125|126|127)' "$T/out")
	odd=$(grep -cvxE 'GOOD|rc (0|125|126|127)|.*EVIL.*' "$T/out")
}

# race NAME WANTED 'SWAP ARGS' COMMAND...: WANTED, good or no, must be seen at least once.
race() {
	_name=$1 _want=$2 _swap=$3
	shift 3
	swapping $_swap
	rounds "$@"
	still
	_text="$who: $_name ($good approved, $no refused, $evil other)"
	if test "$evil" = 0 && test "$odd" = 0 && eval "test \$$_want -gt 0"; then
		ok "I36 $_text"
	else
		not_ok "I36 $_text" "$odd neither" "$(sort "$T/out" | uniq -c | sed 5q)"
	fi
}

# The bare control: without cordon the other's file does run.
fixture
swapping exchange "$W/s" "$W/evil"
n=0
while test "$n" -lt 400; do
	"$W/s" 2>/dev/null
	n=$((n + 1))
done >"$T/bare" 2>/dev/null
still
if grep -q EVIL "$T/bare" && grep -q GOOD "$T/bare"; then
	ok 'I36 without cordon both files run (the control)'
else
	skip 'I36 without cordon both files run (the control)' 'the swapper was too slow'
fi

scripts() { # FORM
	fixture
	stack '[scripts]' "allow = $W/s" "allow = $W/d/s" "allow = $T/safe/s" \
		"sha256 = $sum $W/s" "sha256 = $sum $W/d/s" "sha256 = $sum $T/safe/s" \
		"owner = root $other" "interpreters = sh $W/interpreter" \
		"unsafe-path = $1"
}

each_form() {
	for form in refuse copy; do
		# By its path all of this is refused; only a copy can be approved.
		case $form in refuse) want=no ;; copy) want=good ;; esac
		scripts $form
		race "$form, a script that is exchanged" $want "exchange $W/s $W/evil" "$W/s"
		scripts $form
		race "$form, the same as an argument" $want \
			"exchange $W/s $W/evil" /bin/sh "$W/s"
		scripts $form
		race "$form, a script that is rewritten" $want \
			"rewrite $W/s $W/good $W/evil" /bin/sh "$W/s"
		scripts $form
		race "$form, a program that is rewritten" no \
			"rewrite $W/s $W/good $W/evil" "$W/s"
		scripts $form
		race "$form, a folder that is exchanged" $want \
			"exchange $W/d $W/e" /bin/sh "$W/d/s"
		scripts $form
		race "$form, a link that leads elsewhere" $want \
			"relink $W/link $T/safe/s $W/evil" /bin/sh "$W/link"
		# who is an owner is trusted: here the swapper is none
		fixture
		stack '[scripts]' "allow = $T/safe/s" "interpreters = sh $W/interpreter" \
			"unsafe-path = $form"
		race "$form, an interpreter that is exchanged" $want \
			"exchange $W/interpreter $W/evil" "$W/interpreter" "$T/safe/s"
	done
	# What is only opened: the swapper is neither the caller nor the job.
	fixture
	stack '[paths]' "under = $T/safe"
	race 'an argument that leads elsewhere' no \
		"relink $W/data $T/safe/data $T/secret" /bin/cat "$W/data"
}
both each_form

# Nobody changes it: it runs, in both forms, and by the path that was given.
quiet() {
	fixture
	stack '[scripts]' "allow = $T/safe/s" "sha256 = $sum $T/safe/s"
	inside "$T/safe/s"
	check "I36 $who: what nobody can change runs by its path" test "$rc:$(cat "$T/out")" = 0:GOOD
	scripts copy
	inside "$W/s"
	check "I36 $who: a copy runs" test "$rc:$(cat "$T/out")" = 0:GOOD
	echo '# more' >>"$W/s"
	refused "I36 $who: a hash that is another" 'is not in'
	inside "$W/s"
	was_refused "I36 $who: content that is not what its sha256 says" 'is not what its sha256 says'
}
both quiet

# Inside it must be the same object: another one is mounted over its folder.
mounted() {
	if ! can_userns; then
		skip "I36 $who: another object in the job's root" 'no user namespace here'
		return
	fi
	fixture
	stack '[scripts]' "allow = $T/safe/s" '[mounts]' "ro = $W/d:$T/safe" '[process]' 'cwd = /'
	inside "$T/safe/s"
	was_refused "I36 $who: another object in the job's root" 'not the one that was judged'
	stack '[scripts]' "allow = $T/safe/s" '[mounts]' 'root = empty' 'ro = /usr' 'ro = /bin' \
		'ro = -/lib' 'ro = -/lib64' "ro = $T/safe" '[process]' 'cwd = /'
	inside "$T/safe/s"
	check "I36 $who: the same object in another root" test "$rc:$(cat "$T/out")" = 0:GOOD
}
both mounted
plan
