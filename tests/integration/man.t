#!/bin/sh
# The manual pages and README.md: each option and command is in them and nothing else is,
# and each example does what is written below it.
# What an example looks like is in tests/examples.sh.
test "$(id -u)" = 0 && test -z "${own_mounts-}" &&
	exec unshare --mount --propagation private env own_mounts=1 /bin/sh "$0"
. "$top_srcdir/tests/lib.sh"
. "$top_srcdir/tests/examples.sh"

doc=$top_srcdir/doc
main=$top_srcdir/core/main.c
header=$top_srcdir/include/cordon/module.h
limit=60

# ---- tables ----

# rows FILE TABLE: the first word in quotes of each row of a table in a source
rows() {
	awk -v table="$2" '
		index($0, " " table "[]") || $1 == "}" && $2 == table "[]" { is_in = 1 }
		is_in && /^	(\[[A-Z_]*\] = )?\{ "/ { split($0, part, "\""); print part[2] }
		/^};/ { is_in = 0 }' "$top_srcdir/core/$1"
}

# items PAGE SECTION [MACRO]: what is behind .It MACRO in a section, up to a blank
items() {
	awk -v section="$2" -v macro="${3:-Cm}" '
		/^\.Sh / { is_in = substr($0, 5) == section }
		is_in && $1 == ".It" && $2 == macro { print $3 }' "$doc/$1"
}

one_line() {
	echo "$@"
}

# same NAME HAVE WANT: two lists of words, in any order
same() {
	_missing='' _extra='' _have=" $(one_line $2) " _want=" $(one_line $3) "
	for _word in $3; do
		case $_have in *" $_word "*) ;; *) _missing="$_missing $_word" ;; esac
	done
	for _word in $2; do
		case $_want in *" $_word "*) ;; *) _extra="$_extra $_word" ;; esac
	done
	if test -n "$_missing$_extra" || test -z "$3"; then
		not_ok "$1" "not documented:$_missing" "documented, but not there:$_extra"
	else
		ok "$1"
	fi
}

commands=$(rows main.c commands)
flags=$(rows main.c flags)
help=$("$CORDON" --help)
# the words of --help that are names of commands or options
words=$(echo "$help" | tr -c 'a-zA-Z-' '\n' | grep -xE -- "--?[a-zA-Z][a-z-]*|$(echo $commands | tr ' ' '|')" | sort -u)
same 'cordon --help: commands and options' "$words" "$commands $flags --help --version"
same 'cordon(8): commands' "$(items cordon.8 COMMANDS)" "$commands"
same 'cordon(8): options' "$(items cordon.8 OPTIONS Fl | sed 's/^/-/')" "$flags --help --version"

same 'cordon(8): warnings' "$(items cordon.8 WARNINGS Li)" \
	"$(sed -n '/remark warnings\[\]/,/^};/s/^	{ [a-z_]*, "\([a-z-]*\)",$/\1/p' "$top_srcdir/core/warn.c")"

# Which command takes which option: by the two tables, and by the synopsis.  What all
# take, and what does nothing there, may be left out.
awk '
	/^	\{ "-/ {
		split($0, part, "\"")
		only[part[2]] = $0 ~ /, 0 \},$/ ? "" : $0
		sub(/.*, /, "", only[part[2]])
		sub(/ \},$/, "", only[part[2]])
	}
	/^	\{ "[a-z]+", [A-Z0-9]/ {
		split($0, part, "\"")
		for (flag in only)
			if (only[flag] == "" || $0 ~ only[flag])
				print part[2], flag, only[flag] == "" ? "all" : only[flag]
	}' "$main" >"$T/takes"
wrong=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$doc/cordon.8" | awk '
	NR == FNR { takes[$1 " " $2] = $3; next }
	$1 == ".Cm" { command = $2 }
	$1 == ".Nm" { command = "" }
	$1 == ".Op" && command != "" {
		for (i = 2; i < NF; i++)
			if ($i == "Fl" && $(i + 1) != "-") {
				said[command " -" $(i + 1)] = 1
				if (!((command " -" $(i + 1)) in takes))
					print command " does not take -" $(i + 1)
			}
	}
	END {
		for (pair in takes)
			if (!(pair in said) && takes[pair] != "all" && pair !~ /^explain --(job-id|record|status-fd)$/)
				print pair " is not there"
	}' "$T/takes" -)
check "cordon(8): synopsis${wrong:+: }$wrong" test -s "$T/takes" -a -z "$wrong"

# members COMMAND: of its JSON, by the page
members() {
	sed -n '/^\.Sh JSON/,/^\.Sh ENV/p' "$doc/cordon.8" |
		awk -v command="$1" '/^\.Ss / { is_in = $2 == command } is_in && /^\.It Va / { print $3 }' | sort -u
}
for command in 'explain other -- true' 'score other' doctor; do
	set -- $command
	_name=$1
	shift
	same "cordon(8): members of $_name --json" "$(members "$_name")" \
		"$("$CORDON" "$_name" --json "$@" | grep -o '"[a-z_]*":' | tr -d '":' | sort -u)"
done

modules=$("$CORDON" modules | cut -d' ' -f1)
pages=$(cd "$doc" && echo cordon_*.8)
same 'a page for each module' "$(echo "$pages" | sed 's/cordon_//g; s/\.8//g')" "$modules"

# "MODULE KEY MERGE DEFAULT..." of the pages, and of the modules' own tables
(cd "$doc" && awk '
	FNR == 1 { n = 0; name = FILENAME; gsub(/cordon_|\.8/, "", name) }
	/^\.Sh / { is_in = $0 == ".Sh OPTIONS" }
	!is_in { next }
	$1 == ".It" && $2 == "Cm" {
		if (has_said)
			n = 0
		has_said = 0
		key[n++] = $3
		print name, $3
	}
	/^Default: .*; merge: [a-z]*\.$/ {
		has_said = 1
		merge = text = substr($0, 10)
		sub(/.*; merge: /, "", merge)
		sub(/\.$/, "", merge)
		sub(/; merge: [a-z]*\.$/, "", text)
		for (i = 0; i < n; i++)
			print name, key[i], merge, text
	}' $pages) >"$T/said"
for name in $modules; do
	"$CORDON" modules "$name"
done | awk '
	!/^  / { name = $1; sub(/:/, "", name); next }
	{
		sub(/yes or no/, "yes-no")
		for (i = 2; i <= NF; i++)
			if ($i ~ /^(equal|min|max|and|or|stricter|both)$/)
				break
		text = $0
		sub(/^ +/, "", text)
		for (k = 1; k <= i; k++)
			sub(/^[^ ]+ +/, "", text)
		print name, $1, $i, text
	}' >"$T/table"
awk '
	function rest(   text) { text = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "", text); return text }
	NR == FNR {
		here[$1 " " $2] = 1
		if (NF > 2) { merge[$1 " " $2] = $3; value[$1 " " $2] = rest() }
		next
	}
	{
		pair = $1 " " $2
		is_key[pair] = 1
		if (!(pair in here))
			print pair " is not documented"
		else if (merge[pair] != $3)
			print pair " merges by " $3
		else if (rest() !~ /^- / && index(rest(), value[pair] " ") != 1)
			print pair " has the default " rest()
	}
	END {
		for (pair in here)
			if (!(pair in is_key))
				print pair " is documented, but not there"
	}' "$T/said" "$T/table" >"$T/wrong"
for name in $modules; do
	wrong=$(sed -n "s/^$name //p" "$T/wrong")
	check "cordon_$name(8): keys, defaults, merge rules${wrong:+: }$wrong" \
		test -f "$doc/cordon_$name.8" -a -z "$wrong"
done

same 'cordon-stack(5): keys of [stack]' "$(items cordon-stack.5 'THE STACK SECTION')" \
	"include strict $(rows stack.c stack_keys)"
same 'cordon-stack(5): keys of every section' "$(items cordon-stack.5 'KEYS OF EVERY SECTION')" \
	"$(rows stack.c core_keys)"
same 'cordon-stack(5): types of parameters' "$(items cordon-stack.5 'THE PARAMS SECTION')" \
	"list $(rows param.c kinds)"
same 'cordon-stack(5): facts' "$(items cordon-stack.5 EXPANSION Va)" "$(rows expand.c facts)"
same 'cordon-stack(5): merge rules' "$(items cordon-stack.5 'HOW SECTIONS ARE MERGED' Li)" \
	"$(sed -n '/^const char \*option_merge_text/,/^}/p' "$top_srcdir/core/option.c" |
		grep -o '"[a-z]*"' | tr -d '"' | grep -v unknown)"

# What stands in the header for authors.
same 'cordon-module(7): constants' \
	"$(sed -n 's/^\.It Dv \(CORDON_[A-Z_]*\).*/\1/p' "$doc/cordon-module.7")" \
	"$(sed -n '/^enum cordon_\(reason\|type\|merge\|step_type\|kind\) {/,/^};/p' "$header" |
		sed -n 's/^	\(CORDON_[A-Z_]*\).*/\1/p' | grep -v CORDON_STEP_CORE)"
wrong=$(grep -oE '\bCORDON_[A-Z_]*[A-Z]\b' "$doc/cordon-module.7" | sort -u | while read -r word; do
	grep -qw "$word" "$header" || echo "$word"
done)
check "cordon-module(7): names what is in the header${wrong:+, but not }$wrong" test -z "$wrong"
same 'cordon-module(7): hooks' "$(items cordon-module.7 HOOKS Fn)" \
	"$(sed -n '/^struct cordon_module {/,/^};/s/^	int (\*\([a-z]*\)).*/\1/p' "$header")"
same 'cordon-module(7): members of a job' "$(items cordon-module.7 'THE JOB' Va)" \
	"$(sed -n '/^struct cordon_job {/,/^};/{/^	/!d; s/;.*//; s/[*,]/ /g; s/const //g; s/^	\(struct \)\{0,1\}[a-z0-9_]* //; p}' "$header")"
same 'cordon-module(7): functions' "$(items cordon-module.7 FUNCTIONS Fn)" \
	"$(sed -n 's/^static inline [a-z0-9_]* \(cordon_[a-z_]*\)(.*/\1/p; s/^\(cordon_[a-z_]*\)(.*/\1/p
		s/^#define \(cordon_[a-z]*\)(.*/\1/p' "$header")"

# Each page that is referred to is there; those of others are the host's.
missing=$(cd "$doc" && sed -n 's/^\.Xr \(cordon[a-z_-]*\) \([1-8]\).*/\1.\2/p' ./*.[1-8] | sort -u |
	while read -r page; do test -f "$page" || echo "$page"; done)
check "references between the pages${missing:+, but to }$missing" test -z "$missing"

# ---- examples: what they are ----

extract "$doc"/*.[1-8] "$top_srcdir/README.md"
with_conf

# can ID PLACE: what needs a mount of ours is left out where there is none
can() {
	test -n "$has_srv" && return 0
	case $2 in cordon-module.7:*) return 1 ;; esac
	! grep -qs '/srv' "$T/blocks/$1.sh"
}

# place ID PLACE PATH: a file, where the test has it
place() {
	can "$1" "$2" || return 0
	case $3 in
	/etc/cordon/conf.d/*) to=$T/conf/${3#/etc/cordon/conf.d/} ;;
	/srv/*)
		test -n "$has_srv" || return 0
		to=$3
		;;
	*) to='' ;;
	esac
	if test -z "$to" || test -e "$to"; then
		not_ok "$2: $3" 'a file below /etc/cordon/conf.d or /srv, and no other of its name'
		return 0
	fi
	test -d "${to%/*}" || mkdir -p "${to%/*}"
	mv "$T/blocks/$1" "$to"
	read -r first <"$to"
	case $first in '#!'*) chmod 755 "$to" && scripts="$scripts $to" ;; esac
}

scripts=''
files=0 sessions=0
while IFS=$tab read -r kind id where what _; do
	case $kind in
	file)
		place "$id" "$where" "$what"
		files=$((files + 1))
		;;
	session) sessions=$((sessions + 1)) ;;
	script) scripts="$scripts $T/blocks/$id" ;;
	unmarked) not_ok "$where: an example" "its first line does not say what it is: $what" ;;
	esac
done <"$T/index"
check "there are examples: $files files, $sessions sessions" test "$files" -gt 0 -a "$sessions" -gt 0

# A module is compiled as its page says, and lies beside those of the build tree.
test -z "$has_srv" || {
	cp -R "$top_builddir/modules/.libs" "$T/modules"
	chmod -R go-w,u+w "$T/modules"
}
while IFS=$tab read -r kind id where name _; do
	test "$kind" = source || continue
	mv "$T/blocks/$id" "$T/$name.c"
	check "$where: $name.c" "${CC:-cc}" -std=c99 -Wall -Wextra -Werror -Wno-unused-parameter \
		-I"$top_srcdir/include" -shared -fPIC -Wl,-z,defs -o "$T/$name.so" "$T/$name.c"
	test -z "$has_srv" || mv "$T/$name.so" "$T/modules"
done <"$T/index"
test -z "$has_srv" || mount --bind "$T/modules" "$top_builddir/modules/.libs"

# ---- examples: what they do ----

# asked_doctor: which stacks this host and $who cannot run, and why, in $T/cannot.$who
asked_doctor() {
	test ! -f "$T/cannot.$who" || return 0
	"$launch" $switch -- "$T/bin/cordon" doctor </dev/null 2>/dev/null |
		sed -n 's/^stack  *\([^ ]*\)  *cannot run  *not here: \(.*\)/\1 \2/p' >"$T/cannot.$who"
	if grep -q __asan_init "$top_builddir/cordon-dynamic"; then
		echo 'plugin the sanitizer takes more address space than it allows' >>"$T/cannot.$who"
	fi
}

# Root may have what each stack asks for; what the host lacks is no fault of theirs.
sound() {
	bare "$T/bin/cordon" check
	wrong=''
	if test "$rc" != 0; then
		asked_doctor
		while read -r stack _; do
			sed -i "/^cordon: $stack: /d" "$T/err"
		done <"$T/cannot.$who"
		wrong=$(cat "$T/err")
	fi
	check "cordon check of all examples" test -z "$wrong" -a -s "$T/out"
}
as_root sound

# run_sessions: those of $who, to $T/blocks/ID.got and ID.seen
run_sessions() {
	while IFS=$tab read -r kind id where prompt title; do
		case $kind:$who:$prompt in
		'session:root:#' | 'session:user:$') ;;
		*) continue ;;
		esac
		can "$id" "$where" || continue
		"$launch" --watch "$T/blocks/$id.seen" --timeout "$limit" $switch -- \
			/bin/sh "$T/blocks/$id.sh" </dev/null >"$T/blocks/$id.got" 2>&1
	done <"$T/index"
}
cd /usr || exit 99
test "$me" != root || as_root run_sessions &
as_user run_sessions >"$T/as_user" # says the same again, once it is judged
wait

compare

# cannot ID: one of its stacks cannot run here, says doctor; why
cannot() {
	asked_doctor
	while read -r stack why; do
		if grep -qw -- "$stack" "$T/blocks/$1.sh"; then
			echo "$stack: $why" | cut -c1-200
			return
		fi
	done <"$T/cannot.$who"
}

judge_sessions() {
	while IFS=$tab read -r kind id where prompt title; do
		name="$where: $title"
		case $kind:$who:$prompt in
		'session:root:#' | 'session:user:$') ;;
		*) continue ;;
		esac
		if ! test -f "$T/blocks/$id.got"; then
			skip "$name" 'not root: no mounts of our own'
			continue
		fi
		cp "$T/blocks/$id.seen" "$T/seen"
		: >"$T/err"
		if test -s "$T/blocks/$id.wrong"; then
			why=$(cannot "$id")
			if test -n "$why"; then
				skip "$name" "$why"
			else
				not_ok "$name" "$(cat "$T/blocks/$id.wrong")"
			fi
		elif saw 'left 0'; then
			ok "$name"
		else
			not_ok "$name" 'left processes behind'
		fi
	done <"$T/index"
}
both judge_sessions

if command -v shellcheck >/dev/null 2>&1; then
	test -z "$scripts" || check "scripts: shellcheck" shellcheck --norc $scripts
else
	skip 'scripts: shellcheck' 'no shellcheck here'
fi
plan
