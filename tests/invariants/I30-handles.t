#!/bin/sh
# I30: open_by_handle_at(2), which goes around mounts, is denied where the job is another
# user's, has lost root's capabilities, or is in a user namespace.
. "$top_srcdir/tests/lib.sh"

denied() { # NAME LINE...
	_name=$1
	shift
	stack "$@"
	tries "I30 $who $_name" handle 'name_to_handle ok' 'open_by_handle EPERM'
}

by_root() {
	bare "$probe" handle
	missing=
	if ! says 'name_to_handle ok'; then
		skip "I30 $who" 'the filesystem of / gives no handles'
		return
	fi
	if ! says 'open_by_handle ok'; then
		skip "I30 $who" 'the bare control is already safe'
		return
	fi
	denied "$form: another user" '[stack]' "parent = $parent" '[user]' "user = $free_uid" \
		"group = $free_uid"
	denied "$form: no capabilities" '[stack]' "parent = $parent" '[caps]'
	denied "$form: all but dac_read_search" '[stack]' "parent = $parent" \
		'[caps]' 'keep = sys_admin dac_override chown'
	denied "$form: another user, and an ambient capability" '[stack]' "parent = $parent" \
		'[user]' "user = $free_uid" "group = $free_uid" '[caps]' \
		'keep = dac_override' 'ambient = dac_override'
	denied "$form: a user namespace" '[stack]' "parent = $parent" '[user]' \
		"user = $free_uid" "group = $free_uid" '[namespaces]' 'new = user' 'map = root' \
		'[caps]' 'keep = dac_read_search sys_admin'
}

by_user() {
	bare "$probe" handle
	missing=
	if ! says 'name_to_handle ok'; then
		skip "I30 $who" 'the filesystem of / gives no handles'
		return
	fi
	denied "$form: as it is" '[stack]' "parent = $parent"
	if ! can_userns; then
		skip "I30 $who $form: a user namespace" 'no user namespace here'
		return
	fi
	denied "$form: a user namespace" '[stack]' "parent = $parent" '[namespaces]' 'new = user'
	denied "$form: root of a user namespace" '[stack]' "parent = $parent" \
		'[namespaces]' 'new = user' 'map = root' '[caps]' 'keep = dac_read_search sys_admin'
	denied "$form: and mounts of its own" '[stack]' "parent = $parent" \
		'[namespaces]' 'new = user mount' 'map = root' \
		'[caps]' 'keep = dac_read_search sys_admin' '[process]' 'cwd = /'
}

way=by_root
as_root in_both_forms
way=by_user
as_user in_both_forms
plan
