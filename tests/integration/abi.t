#!/bin/sh
# The module ABI: what was built against an older header goes on loading and planning, and
# what this cordon would not understand is refused with the reason.
# tests/abi has the header of each ABI as it was, and a module that was built with it.
. "$top_srcdir/tests/lib.sh"

abi=$top_srcdir/tests/abi
not_sanitized 'its modules are not built by the build'
mkdir -p "$T/1.0/cordon"
cp "$abi/module-1.0.h" "$T/1.0/cordon/module.h"

plans() {
	bare "$CORDON" modules --test "$@" nofile=64:128 nice=3 keep=LANG
}

# loads NAME FILE.so [GREETING]: its steps are those of the first day
loads() {
	plans "$2"
	judge_says "$1" '~env-keep LANG +\[[a-z]*\] arguments:4' '~env-set GREETING hello +\[.*' \
		'~nice 3 +\[[a-z]*\] arguments:3' '~rlimit nofile 64:128 +\[[a-z]*\] arguments:2'
}

# fails NAME FILE.so TEXT...: one line, with each of the texts
fails() {
	_name=$1
	plans "$2"
	shift 2
	_missing=
	for _text; do
		grep -qF -- "$_text" "$T/err" || _missing="$_missing [$_text]"
	done
	check "$_name${_missing:+: not said:}$_missing" \
		test "$rc:$(wc -l <"$T/err"):$_missing" = '125:1:'
}

# built NAME FLAG...: $T/NAME.so, of the ABI 1.0 but for what the flags say; all at once,
# behind `wait`
built() {
	_so=$1
	shift
	"${CC:-cc}" -std=c99 -fPIC -shared -fvisibility=hidden -DNAME="$_so" "$@" -I"$T/1.0" \
		-o "$T/$_so.so" "$abi/greet.c" &
}

case $(uname -m) in
x86_64)
	base64 -d "$abi/greet-1.0-x86_64.so.b64" >"$T/greet.so"
	loads 'a binary of ABI 1.0' "$T/greet.so"
	bare "$CORDON" modules --test "$T/greet.so" nofile=4
	check 'its configure hook' grep -qF "arguments:1: [greet] 'nofile' leaves nothing" "$T/err"
	;;
*) skip 'a binary of ABI 1.0' "there is none for $(uname -m)" ;;
esac
if ! "${CC:-cc}" -std=c99 -I"$T/1.0" -o "$T/was" "$abi/layout.c" 2>"$T/check"; then
	skip 'what is built now' "${CC:-cc} builds nothing here"
	plan
fi
"${CC:-cc}" -std=c99 -I"$top_srcdir/include" -o "$T/is" "$abi/layout.c" 2>"$T/err"
"$T/was" >"$T/layout-was"
"$T/is" >"$T/layout-is"
changed=$(diff "$T/layout-was" "$T/layout-is" | sed -n 's/^< //p' | sed 3q)
check "offsets, sizes and numbers of 1.0 are those of today${changed:+: }$changed" \
	test -s "$T/layout-was" -a -z "$changed"

built source
built minor -DMINOR=9
built longer -DMINOR=9 -DSIZE='sizeof(both)'
built rows -DMINOR=9 -DOPTION_SIZE=80
built shorter -DSIZE='offsetof(struct cordon_module, begin)'
built hook -DMINOR=9 -DSIZE='sizeof(both)' -DUSED
built major -DMAJOR=2
built older -DMAJOR=0
built small -DSIZE=8
built step -DSTEP=999
built core -DSTEP=1000
built type -DTYPE=77
built merge -DMERGE=77
wait

loads 'a source of ABI 1.0' "$T/source.so"
loads 'a younger minor that asks for nothing new' "$T/minor.so"
loads 'a longer descriptor, empty behind the end' "$T/longer.so"
loads 'longer rows, empty behind their ends' "$T/rows.so"
loads 'a shorter descriptor, without the hooks at its end' "$T/shorter.so"

fails 'a hook that would not be called' "$T/hook.so" "'hook' uses a hook that this cordon" \
	'newer cordon'
fails 'a younger major' "$T/major.so" "'major' is for ABI 2.0, this cordon has 1." 'newer cordon'
fails 'an older major' "$T/older.so" "'older' is for ABI 0.0, this cordon has 1." 'build it again'
fails 'a descriptor that is too small' "$T/small.so" "'small' has a descriptor of 8 bytes"
fails 'an unknown step' "$T/step.so" 'arguments:1: [step] asks for a step 999' 'does not know'
fails 'a step of the core' "$T/core.so" "[core] may not ask for 'close-on-exec'"
fails 'an unknown type' "$T/type.so" "option 'greeting' is of a type" 'does not know'
fails 'an unknown merge rule' "$T/merge.so" "option 'greeting' has a merge rule" 'does not know'
mv "$T/merge.so" "$T/other.so"
fails 'no symbol of that name' "$T/other.so" "has no symbol 'other_LTX_cordon_module'" \
	'CORDON_MODULE(other)'
fails 'a symbol that is nowhere' "$top_builddir/tests/modules/.libs/unbound.so" 'cannot load' \
	'undefined symbol'

# Of another processor, of 32 bits, cut off, and no program at all.
foreign() {
	cp "$T/source.so" "$T/$1.so"
	printf '%b' "$2" | dd of="$T/$1.so" bs=1 seek="$3" conv=notrunc 2>/dev/null
}
foreign processor '\0277\0000' 18
fails 'of another processor' "$T/processor.so" 'cannot load' 'another processor'
foreign bits '\0001' 4
fails 'of 32 bits' "$T/bits.so" 'cannot load' 'another processor'
head -c 100 "$T/source.so" >"$T/cut.so"
fails 'cut off' "$T/cut.so" "cannot load '$T/cut.so'"
echo 'no program' >"$T/text.so"
fails 'no shared object' "$T/text.so" "cannot load '$T/text.so'" 'it is no shared object'
plan
