#!/bin/sh
# Open MPI: one sandbox around mpirun, and one around each rank.
. "$top_srcdir/tests/callers/lib.sh"
needs mpirun.openmpi openmpi-bin
needs '/usr/lib/*/openmpi/include/mpi.h' libopenmpi-dev

mpicc.openmpi -o "$T/bin/sum" "$top_srcdir/tests/callers/sum.c" || exit 99

mpi="/usr/bin/mpirun.openmpi --oversubscribe -np 2 --mca btl_tcp_if_include lo --mca oob_tcp_if_include lo"
run="$CORDON run --conf $T/conf t --"

works() {
	mkdir -m 700 "$T/place/$who"
	chown "$uid" "$T/place/$who"
	hostile="--setenv PATH=/usr/bin:/bin --setenv HOME=$T/place/$who --setenv TMPDIR=$T/place/$who"
	if test "$who" = root; then
		hostile="$hostile --setenv OMPI_ALLOW_RUN_AS_ROOT=1 --setenv OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"
	fi
	limit=60
	for parent in never always; do
		stack '[stack]' "parent = $parent" '[rlimits]' 'nofile = 500' '[seccomp]' 'profile = default'
		bare $mpi $run "$T/bin/sum"
		ranks "each rank in a sandbox, $parent"
		bare $run $mpi "$T/bin/sum"
		ranks "mpirun in a sandbox, $parent"
		bare $run $mpi "$T/bin/sum" 3
		check "$who: its status, $parent" test "$rc" = 3
	done
	if can_userns; then
		stack '[namespaces]' 'new = mount pid net ipc uts' '[tmp]' 'private = /tmp' '[rlimits]' 'nofile = 500' \
			'[mounts]' "rw = $T/place/$who"
		bare $run $mpi "$T/bin/sum"
		ranks 'mpirun in namespaces of its own'
	else
		skip "$who: mpirun in namespaces of its own" 'no user namespace here'
	fi
	limit=$patience hostile=
}
both works
plan
