# SPDX-License-Identifier: MIT
# What a job costs, beside a floor and beside other programs: `make bench` prints
# tables.  Options, in the environment or behind `make bench`:
#	BENCH_ROUNDS=100	starts of each
#	BENCH_ONLY='start parallel memory steady growth exact'
#	BENCH_INSTALL=1		installs the others that Debian packages (as root)
#	BENCH_PEERS=no		leaves the others out
#	BENCH_LOADABLE=FILE	a cordon built with --with-preloaded=none
# `exact` is tests of `check` that judge times only here.  `check-once` runs
# bench.t, which looks at what floor and cordon give and judges no time.
bench_programs = tests/bench/floor tests/bench/inside tests/bench/job tests/bench/spawn
check_PROGRAMS += $(bench_programs)

# No libc, so none of what would need it.
tests_bench_floor_CFLAGS = $(bare_cflags) -Wno-cast-qual
tests_bench_floor_LDFLAGS = $(bare_ldflags)
tests_bench_floor_LDADD =
tests_bench_job_CFLAGS = $(bare_cflags)
tests_bench_job_LDFLAGS = $(bare_ldflags)
tests_bench_job_LDADD =
tests_bench_inside_CFLAGS = $(PLAIN_CFLAGS)
tests_bench_inside_LDFLAGS = $(HARDEN_LDFLAGS) -all-static
tests_bench_inside_LDADD =
tests_bench_spawn_CFLAGS = $(PLAIN_CFLAGS)
tests_bench_spawn_LDFLAGS = $(HARDEN_LDFLAGS)
tests_bench_spawn_LDADD =

tests/bench/floor-floor.$(OBJEXT): tests/bench/floor_filter.h
CLEANFILES += tests/bench/floor_filter.h
tests/bench/floor_filter.h: tests/bench/filter.awk tests/bench/calls modules/seccomp_calls.h
	$(AM_V_GEN)$(MKDIR_P) tests/bench && \
	$(AWK) -f $(top_srcdir)/tests/bench/filter.awk $(top_srcdir)/tests/bench/calls \
		modules/seccomp_calls.h >$@-out && mv $@-out $@

EXTRA_DIST += tests/bench/bench.py \
	tests/bench/calls tests/bench/filter.awk

bench_exact = tests/invariants/I53-timeout.t tests/integration/record.t \
	tests/integration/doctor.t
BENCH_ROUNDS = 100
BENCH_ONLY = start parallel memory steady growth exact
BENCH_INSTALL =
BENCH_PACKAGES = bubblewrap crun firejail iproute2 util-linux
bench: all $(bench_programs)
	@test -z '$(BENCH_INSTALL)' || DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $(BENCH_PACKAGES)
	@tables='$(filter-out exact,$(BENCH_ONLY))'; test -z "$$tables" || \
	top_builddir=$(CORDON_BUILDDIR) BENCH_ROUNDS='$(BENCH_ROUNDS)' BENCH_ONLY="$$tables" \
		BENCH_PEERS='$(BENCH_PEERS)' $(top_srcdir)/tests/bench/bench.py
	@test -z '$(filter exact,$(BENCH_ONLY))' || EXACT=1 $(MAKE) $(AM_MAKEFLAGS) check \
		TESTS='$(bench_exact)'
.PHONY: bench
