#!/bin/sh
# npm: the scripts of a package by script-shell, with the words that are added to them.
. "$top_srcdir/tests/callers/lib.sh"
needs npm npm

cat >"$T/place/package.json" <<'END_JSON'
{ "name": "p", "version": "1.0.0", "scripts": {
  "prelimit": "echo before, $(ulimit -n)",
  "limit": "ulimit -n; echo $npm_lifecycle_event; exit 7 #",
  "words": "printf '<%s>' $(ulimit -n)",
  "node": "node -p \"process.env.npm_package_name\"",
  "killed": "kill -KILL $$"
} }
END_JSON

# npm_run ARGUMENT...: without a registry
npm_run() {
	bare /usr/bin/env -i PATH=/usr/bin:/bin HOME="$T/place" npm_config_offline=true \
		npm_config_update_notifier=false npm_config_script_shell="$sh" \
		npm run --silent "$@"
}

scripts() {
	npm_run limit
	told 'a script, and what runs before it' 'before, 77' 77 limit
	check "$who: its status" test "$rc" = 7
	npm_run words -- 'a  b' '$HOME' "it's"
	check "$who: words are added" test "$(cat "$T/out")" = "<77><a  b><\$HOME><it's>"
	npm_run node
	told 'a program that it starts' p
	npm_run killed
	check "$who: one that is killed" test "$rc" != 0
	bare /usr/bin/env -i PATH=/usr/bin:/bin HOME="$T/place" npm_config_offline=true \
		npm_config_script_shell="$T/bin/cordon-sh@nothing" npm run --silent words
	check "$who: refused" grep -q 'there is no stack of this name' "$T/err"
}
ln -s "$CORDON" "$T/bin/cordon-sh@nothing"

cd "$T/place" || exit 99
both scripts
plan
