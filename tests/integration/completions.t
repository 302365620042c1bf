#!/bin/sh
# What shells complete is what cordon(8) says of each command, which man.t compares with
# the tables; and in bash and fish, where they are, it is completed.
. "$top_srcdir/tests/lib.sh"

completions=$top_srcdir/completions
commands=$(sed -n '/^\.Sh COMMANDS/,/^\.Sh OPT/s/^\.It Cm //p' "$top_srcdir/doc/cordon.8")
mkdir "$T/bin"
ln -s "$CORDON" "$T/bin/cordon"
PATH=$T/bin:$PATH
export PATH
cd "$T/drop" || exit 99
mkdir "$T/drop/folder"

# sorted: the words of stdin on one line
sorted() {
	tr -s ' ' '\n' | grep . | sort | tr '\n' ' '
}

# of_page COMMAND: the options that its synopsis has
of_page() {
	sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$top_srcdir/doc/cordon.8" | awk -v command="$1" '
		$1 == ".Nm" { is_it = 0 }
		$1 == ".Cm" { is_it = $2 == command }
		$1 == ".Op" && is_it {
			for (i = 2; i < NF; i++)
				if ($i == "Fl" && $(i + 1) != "-")
					print "-" $(i + 1)
		}'
}

# of_file FILE COMMAND: what _cordon_options says there
of_file() {
	awk -v command="$2" '
		/_cordon_options/ { is_in = 1 }
		is_in && $1 == "case" && $2 == command { is_next = 1; next } # fish
		is_in && ($1 == command ")" || is_next) {
			split($0, part, "\047")
			print part[2]
			exit
		}' "$1"
}

for file in cordon _cordon cordon.fish; do
	wrong=
	for command in $commands; do
		have=$(of_file "$completions/$file" "$command" | sorted)
		want=$(of_page "$command" | sorted)
		test "$have" = "$want" || wrong="$wrong; $command: $have, not $want"
	done
	check "$file: options${wrong}" test -z "$wrong"
	any='*'
	if test "$file" = cordon.fish; then any="'*'"; fi
	have=$(of_file "$completions/$file" "$any" | sorted)
	want=$(echo $commands --help --version | sorted)
	check "$file: commands" test "$have" = "$want"
done
# What they say of each stands elsewhere.
for command in $commands; do
	grep -q "'$command:" "$completions/_cordon" || missing="${missing-} $command"
	grep -q " -a $command -d" "$completions/cordon.fish" || missing="${missing-} $command"
done
check "zsh and fish describe the commands${missing+, but not$missing}" test -z "${missing-}"

# completes SHELL WORD... : of the last word, a line each, sorted, to $T/out
in_bash() {
	bash --norc --noprofile -c '. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_cordon
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/cordon" "$@" 2>"$T/err" | sort >"$T/out"
}
in_fish() {
	line=
	for word; do line="$line${line:+ }$word"; done
	HOME=$T/drop fish --no-config -c "source '$completions/cordon.fish'; complete -C '$line'" 2>"$T/err" |
		cut -f1 | sort >"$T/out"
}

# gives NAME WORD...: the last output
gives() {
	_name="$shell: $1"
	shift
	printf '%s\n' "$@" | sort >"$T/want"
	if cmp -s "$T/want" "$T/out"; then
		ok "$_name"
	else
		not_ok "$_name" "$(diff "$T/want" "$T/out")"
	fi
}

try() {
	shell=$1
	if ! command -v "$shell" >/dev/null 2>&1; then
		skip "$shell" "no $shell here"
		return
	fi
	in_$shell cordon ''
	if test "$shell" = bash; then gives 'commands' $commands --help --version; else gives 'commands' $commands; fi
	in_$shell cordon ex
	gives 'a command' explain
	for command in $commands; do
		in_$shell cordon "$command" --
		check "$shell: options of $command" \
			test "$(sorted <"$T/out")" = "$(of_page "$command" | grep '^--' | sorted)"
	done
	in_$shell cordon run ''
	stacks=$(cordon stacks | cut -d' ' -f1)
	gives 'stacks' $stacks
	in_$shell cordon score 'off'
	gives 'a stack of score' offline
	in_$shell cordon check default 'of'
	gives 'a second stack of check' offline
	in_$shell cordon run default --
	check "$shell: no options of ours behind a stack" test -z "$(grep -- --record "$T/out")"
	in_$shell cordon run --job-id 7 -p a=b 'docker'
	gives 'a stack behind options with values' docker-like
	in_$shell cordon modules 'rli'
	gives 'modules' rlimits
	in_$shell cordon run -C 'fol'
	check "$shell: folders" grep -qE '^folder/?$' "$T/out"
	in_$shell cordon run default -- printen
	check "$shell: the command behind a stack" grep -qx printenv "$T/out"
	in_$shell cordon stacks ''
	check "$shell: nothing where nothing is" test -z "$(tr -d '\n' <"$T/out")"
}
try bash
if command -v bash >/dev/null 2>&1; then
	in_bash cordon run --record = x --conf = "$T/drop" ''
	gives 'no stack of a folder that has none' ''
	in_bash cordon run -p a = b 'base'
	gives 'a stack behind a parameter' base
fi
try fish
if command -v zsh >/dev/null 2>&1; then
	check 'zsh: syntax' zsh -n "$completions/_cordon"
else
	skip 'zsh: syntax' 'no zsh here'
fi
plan
