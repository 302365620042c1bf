#!/bin/sh
# The fault sweep (I17, I48) over a stack with every module, supervised and in place.
. "$top_srcdir/tests/fault/lib.sh"

# Modules from files are watched, and for PATH asked once before they plan: what fails
# there is asked again, and a PATH that came out otherwise finds a program that is not
# the one that was judged.  Their libc may ask nscd first.
asked_twice() {
	case $top_builddir in
	*/none)
		printf '%s a hook is asked again, by which the job is judged\n' 'newfstatat=.' \
			'newfstatat=/memfd:*' 'fstat=/memfd:*' 'newfstatat=/dev/null' \
			'newfstatat=/proc/self/task' rt_sigprocmask rt_sigaction:14
		printf '%s libc asks nscd, and where it is, first\n' socket call_42 'newfstatat=/'
		;;
	esac
}

confined() {
	target=
	test "$who" = user || target="[user]
user = $free_uid
group = $free_uid"
	mkdir -p "$T/record.$who"
	chown "$uid" "$T/record.$who"
	echo secret >"$T/conf/key"
	stack "$@" "$target" '[env]' "$keep_probe" '[rlimits]' 'nofile = 64' 'core = 0' \
		'cpu = 60s' '[caps]' 'keep =' '[seccomp]' 'profile = default' \
		'[landlock]' "execute = $tools" 'read = /proc' 'read = /dev' 'write = /tmp' 'scope = signals' \
		'[paths]' 'forbid = /boot' \
		'[scripts]' "allow = $probe" '[threads]' "allow = $probe" '[fds]' 'stdin = null' '[permit]' \
		'[process]' 'cwd = /tmp' 'umask = 027' 'nice = 3' 'cpus = 0' 'session = new' \
		'[record]' "file = $T/record.$who/jobs"
	{
		echo "newfstatat=$T/record.$who/jobs whether two sections name one file"
		echo "pread64=$T/record.$who/jobs whether the last line has an end"
		for _word in audit $facts; do
			echo "newfstatat=$_word a word that may be a path is asked for again"
		done
		beside_v1
		asked_twice
		# a user's runs are noted in a folder that is looked for, and else made
		for _point in 'openat=/' 'openat=/tmp' 'newfstatat=/tmp' 'getdents64=/tmp' \
			'openat=/run*' 'newfstatat=/run*' '*=/tmp/cordon-runs-*'; do
			test "$who" = root || echo "$_point another folder is taken"
		done
	} >"$T/same"
	more="--excused $T/same"
	all_faults "every module, $form"
}

in_place() {
	form='in place'
	confined '[stack]' 'parent = never' '[namespaces]' 'new = user mount ipc uts net' \
		'hostname = cell' '[mounts]' "ro = $tools" '[tmp]' 'private = /tmp'
}

supervised() {
	form=supervised
	# one that may be skipped would be, at a fault
	group=
	can_have '[cgroup]' 'pids = 30' && group='[cgroup]
pids = 30'
	facts="$facts $own_root"
	confined '[namespaces]' 'new = all' 'hostname = cell' \
		'[mounts]' 'root = empty' 'proc = new' 'dev = minimal' 'ro = /usr' "ro = $tools" \
		'[tmp]' 'private = /tmp' 'dir = SCRATCH' "base = $T/record.$who" \
		"$group" '[timeout]' 'wall = 1h' '[secret]' "file = KEY:$T/conf/key"
}

both in_place
both supervised
plan
