#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs one unit test.  cmocka writes a skipped test as 'not ok', which automake
# would count as failed, and without a reason: what the test said last is that.
# A bare pipe would lose the exit status, and with it a leak report.
tap=$(mktemp) || exit 99
trap 'rm -f "$tap"' EXIT
CMOCKA_MESSAGE_OUTPUT=TAP "$@" >"$tap"
rc=$?
awk '
/^# / { said = substr($0, 3) }
/^not ok [0-9]+ # SKIP/ { sub(/^not /, ""); if (said != "") $0 = $0 ": " said }
/^(not )?ok / { said = "" }
{ print }' "$tap"
exit "$rc"
