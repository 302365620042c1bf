#!/bin/sh
# I18: the five capability sets hold what is listed, none by default, for good.
# I19: no_new_privs is set, and a set-user-ID program gains nothing.
. "$top_srcdir/tests/lib.sh"

none=0000000000000000

empty() {
	stack '[stack]' "parent = $parent" '[user]' "user = $free_uid" "group = $free_uid" '[caps]'
	tries "I18 $who $form: none for another uid" audit "cap_inh $none" "cap_prm $none" \
		"cap_eff $none" "cap_bnd $none" "cap_amb $none"
	tries "I18 $who $form: securebits are out of reach" setuid0 'securebits EPERM'
	stack '[stack]' "parent = $parent" '[caps]'
	tries "I18 $who $form: none for uid 0" audit 'uid 0 0 0 0' "cap_inh $none" \
		"cap_prm $none" "cap_eff $none" "cap_bnd $none" "cap_amb $none"
	stack '[stack]' "parent = $parent" '[caps]' 'keep = chown kill'
	tries "I18 $who $form: two for uid 0" audit 'cap_eff 0000000000000021' \
		'cap_prm 0000000000000021' 'cap_bnd 0000000000000021' "cap_inh $none"
	stack '[stack]' "parent = $parent" '[user]' "user = $free_uid" "group = $free_uid" \
		'[caps]' 'keep = net_bind_service' 'ambient = net_bind_service'
	tries "I18 $who $form: one ambient for another uid" audit 'cap_eff 0000000000000400' \
		'cap_amb 0000000000000400' 'cap_bnd 0000000000000400'
	stack '[stack]' "parent = $parent" '[caps.a]' 'keep = chown kill' '[caps.b]' 'keep = kill fowner'
	tries "I18 $who $form: of two sections what both have" audit 'cap_eff 0000000000000020'
}

plain_user() {
	stack '[caps]'
	refused "I18 $who: the bounding set can't be cut, so the job is refused" ''
	name="I18 $who: none in a user namespace"
	if ! can_userns; then
		skip "$name" 'no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = user' '[caps]'
	tries "$name" audit "cap_inh $none" "cap_prm $none" "cap_eff $none" "cap_bnd $none" \
		"cap_amb $none"
}

no_new_privs() {
	stack '[stack]' "parent = $parent"
	tries "I19 $who $form: in an empty stack" 'audit no_new_privs' 'no_new_privs 1'
}

setuid_program() {
	name="I19 $who $form: a set-user-ID program gains nothing"
	if ! test -u "$T/setuid"; then
		skip "$name" 'no set-user-ID fixture: not started by root'
		return
	fi
	stack '[stack]' "parent = $parent"
	probe_was=$probe
	probe=$T/setuid
	if unsafe "$name" geteuid 'euid 0'; then
		tries "$name" geteuid "euid $free_uid"
	fi
	probe=$probe_was
}

# Root's job that became somebody else, and a mapped root: neither is root by it.
setuid_program_of_another() {
	name="I19 $who: nor for another uid"
	stack '[caps]' 'keep = setuid setgid' '[user]' "user = $free_uid" "group = $free_uid"
	probe_was=$probe probe=$T/setuid
	tries "$name" geteuid "euid $free_uid"
	probe=$probe_was
}

setuid_program_mapped() {
	name="I19 $who: nor in a user namespace"
	if ! test -u "$T/setuid" || ! can_userns; then
		skip "$name" 'no set-user-ID fixture, or no user namespace here'
		return
	fi
	stack '[namespaces]' 'new = user'
	probe_was=$probe probe=$T/setuid
	tries "$name" geteuid "euid $free_uid"
	probe=$probe_was
}

if test "$me" = root; then
	cp "$probe" "$T/setuid"
	chmod 4755 "$T/setuid"
fi
way=empty
as_root in_both_forms
as_user plain_user
all_ways no_new_privs
way=setuid_program
as_user in_both_forms
as_root setuid_program_of_another
as_user setuid_program_mapped
plan
