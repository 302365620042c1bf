#!/bin/sh
# MPICH: each rank in a sandbox, which talks to its manager over a descriptor that a variable names.
. "$top_srcdir/tests/callers/lib.sh"
needs mpiexec.hydra mpich
needs mpicc.mpich libmpich-dev

mpicc.mpich -o "$T/bin/sum" "$top_srcdir/tests/callers/sum.c" || exit 99

mpi='/usr/bin/mpiexec.hydra -iface lo -launcher fork -n 2'
run="$CORDON run --conf $T/conf t --"

works() {
	mkdir -m 700 "$T/place/$who"
	chown "$uid" "$T/place/$who"
	hostile="--setenv PATH=/usr/bin:/bin --setenv HOME=$T/place/$who --setenv TMPDIR=$T/place/$who"
	limit=60
	# both ask for the addresses of an interface
	set -- '[rlimits]' 'nofile = 500' '[seccomp]' 'profile = default' 'sockets = unix inet inet6 netlink' \
		'[fds]' 'keep-from-env = PMI_FD'
	for parent in never always; do
		stack '[stack]' "parent = $parent" "$@"
		bare $mpi $run "$T/bin/sum"
		ranks "each rank in a sandbox, $parent"
		bare $mpi $run "$T/bin/sum" 3
		check "$who: its status, $parent" test "$rc" = 3
		bare $run $mpi "$T/bin/sum"
		ranks "mpiexec in a sandbox, $parent"
	done
	if can_userns; then
		stack "$@" '[namespaces]' 'new = pid ipc uts'
		bare $mpi $run "$T/bin/sum"
		ranks 'each rank in a pid namespace of its own'
	else
		skip "$who: each rank in a pid namespace of its own" 'no user namespace here'
	fi
	limit=$patience hostile=
}
both works
plan
