#!/bin/sh
# Hostile surroundings: /proc, /tmp, /run, /dev and /sys are not what they should be, in a
# mount namespace that the caller made.  The job gets the confinement that the job of a
# quiet caller gets, or does not start; nothing outside changes.
. "$top_srcdir/tests/lib.sh"
not_sanitized 'the sanitizer reads /proc by itself'

if test "$me" != root; then
	skip 'surroundings' 'only root can mount over /proc for somebody else'
	plan
fi
if ! unshare --mount --propagation private true 2>/dev/null; then
	skip 'surroundings' 'no mount namespace here'
	plan
fi

facts='uid gid groups cap_inh cap_prm cap_eff cap_bnd cap_amb securebits no_new_privs seccomp
limits umask nice cpus oom_score_adj pdeathsig dumpable sigblk sigign itimer fd cwd hostname
env argv'
facts=$(echo $facts)

# The stacks hold what reads or makes something in those places.
target='[user]
when = root
user = 54321
group = 54321'
printf '%s\n' '[stack]' 'parent = never' "$target" '[rlimits]' 'nofile = 64' \
	'[process]' 'oom-score-adj = 300' 'cwd = /usr' '[env]' >"$T/conf/inplace.ini"
printf '%s\n' "$target" '[namespaces]' 'new = all' 'hostname = cell' '[mounts]' \
	'root = empty' 'proc = new' 'dev = minimal' 'ro = /usr' "ro = $tools" \
	'[tmp]' 'private = /tmp' '[caps]' '[process]' 'oom-score-adj = 300' 'cwd = /tmp' \
	'session = new' '[env]' >"$T/conf/full.ini"
printf '%s\n' "$target" '[tmp]' 'dir = SCRATCH' '[process]' 'cwd = /usr' '[env]' \
	'[cgroup]' 'on-unsupported = skip' 'pids = 50' '[timeout]' 'wall = 1h' \
	>"$T/conf/supervised.ini"
printf '%s\n' "$target" '[namespaces]' 'new = pid' '[mounts]' 'ro = /' 'proc = host' \
	'[process]' 'cwd = /usr' '[env]' >"$T/conf/host.ini"

# surroundings NAME: a script, root's, that changes them, and then starts what follows
surroundings() {
	{
		echo '#!/bin/sh'
		echo "T='$T'"
		cat
		echo 'exec "$@"'
	} >"$T/around.$1"
	chmod 755 "$T/around.$1"
	around="$around $1"
}

around=
surroundings quiet </dev/null
surroundings proc-empty <<'IT'
mount -t tmpfs none /proc
IT
surroundings proc-gone <<'IT'
umount -l /proc
IT
surroundings proc-false <<'IT'
mount -t tmpfs none /proc
mkdir -p /proc/self/fd /proc/self/ns /proc/self/task /proc/sys/kernel /proc/thread-self /proc/1
for f in status uid_map gid_map setgroups oom_score_adj mountinfo cgroup stat; do
	echo 0 >/proc/self/$f
done
chmod -R a+rwX /proc
for n in $(seq 2 40); do ln -s self /proc/$n; done
IT
surroundings proc-links <<'IT'
mkdir $T/fake && mount -t tmpfs none $T/fake
ln -s /etc $T/fake/self; ln -s /etc $T/fake/sys; ln -s /etc/passwd $T/fake/mountinfo
mount --bind $T/fake /proc
IT
surroundings proc-of-another <<'IT'
exec unshare --pid --fork --kill-child --mount-proc "$0.inner" "$@"
IT
cat >"$T/around.proc-of-another.inner" <<'IT'
#!/bin/sh
exec unshare --pid --fork --kill-child "$@"
IT
chmod 755 "$T/around.proc-of-another.inner"
surroundings proc-read-only <<'IT'
mount -o remount,ro,bind /proc
IT
surroundings proc-hidepid <<'IT'
mount -t proc -o hidepid=2 none /proc
IT
surroundings proc-self-false <<'IT'
mount -t tmpfs none /proc/sys
mount --bind /etc/hostname /proc/mounts 2>/dev/null
mount --bind /etc/hostname /proc/filesystems 2>/dev/null
mount --bind /etc/hostname /proc/cgroups 2>/dev/null
IT
surroundings tmp-links <<'IT'
mount -t tmpfs none /tmp
for n in a .X11-unix cordon cordon-0 systemd; do ln -s $T/sentinel /tmp/$n; done
chmod 0555 /tmp
mount -t tmpfs none /var/tmp && rmdir /var/tmp/* 2>/dev/null; chmod 0 /var/tmp
IT
surroundings run-links <<'IT'
mount -t tmpfs none /run
for n in cordon user lock dbus systemd; do ln -s $T/sentinel /run/$n; done
IT
surroundings run-of-another <<'IT'
mount -t tmpfs none /run
mkdir -m 777 /run/cordon && chown 54322 /run/cordon
IT
surroundings run-for-all <<'IT'
mount -t tmpfs none /run
chmod 1777 /run && mkdir -m 1777 /run/cordon
IT
surroundings run-full-of-links <<'IT'
mount -t tmpfs none /run
mkdir -m 755 /run/cordon
for n in $(seq 20); do ln -s $T/sentinel /run/cordon/cordon-$n; done
mkdir -m 700 /run/cordon/cordon-0 && ln -s $T/sentinel /run/cordon/cordon-0/link
IT
surroundings run-read-only <<'IT'
mount -t tmpfs -o ro none /run
IT
surroundings dev-false <<'IT'
mount -t tmpfs none /dev
: >/dev/null && ln -s $T/sentinel/x /dev/zero && mkfifo /dev/full && chmod 666 /dev/null
IT
surroundings dev-empty <<'IT'
mount -t tmpfs none /dev
IT
surroundings sys-false <<'IT'
mount -t tmpfs none /sys
mkdir -p /sys/fs/cgroup/cordon-0 /sys/kernel && ln -s $T/sentinel /sys/fs/cgroup/pids
IT
surroundings root-shared <<'IT'
mount --make-rshared /
IT
surroundings passwd-false <<'IT'
echo 'root:x:54322:0::/:/bin/sh' >$T/passwd
mount --bind $T/passwd /etc/passwd
mount --bind $T/passwd /etc/nsswitch.conf 2>/dev/null
IT

sentinel() {
	find "$T/sentinel" -printf '%p %m %U %G %T@ %s\n'
	cat "$T/sentinel/x"
}
mkdir "$T/sentinel" "$T/sentinel/dir"
echo SENTINEL >"$T/sentinel/x"
chmod 777 "$T/sentinel" # so that who is fooled succeeds
before_all=$(sentinel)

start() { # SURROUNDINGS STACK
	_switch=$switch switch=
	bare /usr/bin/unshare --mount --propagation private --kill-child --fork \
		"$T/around.$1" "$launch" $_switch --noenv --setenv PATH=/usr/bin:/bin $spoil -- \
		"$CORDON" run --conf "$T/conf" "$2" -- "$probe" audit $facts
	switch=$_switch
	# what it is that stdio leads to is no matter here, nor what a false /proc lists
	sed -E 's/^(fd [0-2]) .*/\1/; s/^env SCRATCH=.*/env SCRATCH/' "$T/out" >"$T/audit"
	test "$2" != host || sed -i '/^fd /d' "$T/audit"
}

stacks() {
	for name in $names; do
		spoil=
		start quiet $name
		if test "$rc" != 0; then
			skip "$who, $name" "the quiet caller's job: $(cut -c1-120 "$T/err")"
			continue
		fi
		cp "$T/audit" "$T/quiet"
		same=0 refused='' bad=0
		: >"$T/bad"
		for where in $around; do
			for spoil in '' '--close 0,1,2'; do
				test -z "$spoil" || case $where in dev-*) ;; *) continue ;; esac
				start $where $name
				if ! saw 'left 0' || grep -q timeout "$T/seen"; then
					bad=$((bad + 1)) && echo "$where: $(cat "$T/seen")" >>"$T/bad"
				elif test "$rc" = 0 && test -n "$spoil"; then
					same=$((same + 1))
				elif test "$rc" = 0 && cmp -s "$T/audit" "$T/quiet"; then
					same=$((same + 1))
				elif test "$rc" = 125 && ! test -s "$T/out"; then
					refused="$refused $where"
					test -n "$spoil" || test "$(grep -c '^cordon: ' "$T/err")" = 1 ||
						echo "$where: $(cat "$T/err")" >>"$T/bad"
				else
					bad=$((bad + 1))
					echo "$where: $rc $(diff "$T/quiet" "$T/audit" | sed 4q) $(sed 2q "$T/err")" >>"$T/bad"
				fi
			done
		done
		: >"$T/err"
		if test -s "$T/bad"; then
			not_ok "$who, $name: $bad hostile surroundings" "$(sed 20q "$T/bad")"
		else
			ok "$who, $name: $same hostile surroundings: no matter; refused:${refused:- none}"
		fi
	done
	check "$who: nothing outside has changed" test "$(sentinel)" = "$before_all"
}

names='inplace supervised full host'
as_root stacks
names='inplace full'
as_user stacks
plan
