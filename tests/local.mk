# A unit test is one line: tests/unit/test_NAME.c is implied.  It is linked with
# the core, the dynamic doors and, when it names their symbols, the modules.
unit_tests = \
	tests/unit/test_beside \
	tests/unit/test_cgroup \
	tests/unit/test_data \
	tests/unit/test_environ \
	tests/unit/test_etc \
	tests/unit/test_fds \
	tests/unit/test_filter \
	tests/unit/test_handoff \
	tests/unit/test_hint \
	tests/unit/test_ini \
	tests/unit/test_json \
	tests/unit/test_redact \
	tests/unit/test_relay \
	tests/unit/test_landlock \
	tests/unit/test_loader \
	tests/unit/test_messages \
	tests/unit/test_modules \
	tests/unit/test_mount \
	tests/unit/test_nsjail \
	tests/unit/test_option \
	tests/unit/test_param \
	tests/unit/test_plan \
	tests/unit/test_procstat \
	tests/unit/test_rows \
	tests/unit/test_runfolder \
	tests/unit/test_scripts \
	tests/unit/test_stack \
	tests/unit/test_textproto \
	tests/unit/test_trust \
	tests/unit/test_value \
	tests/unit/test_walk

# A script is one line too.  The longest come first: one that began last would run alone.
script_tests = \
	tests/integration/timeout.t \
	tests/invariants/I53-timeout.t \
	tests/invariants/I59-modules.t \
	tests/fault/every.t \
	tests/fault/shipped.t \
	tests/invariants/I36-pinned.t \
	tests/fault/surroundings.t \
	tests/integration/seccomp.t \
	tests/fault/faults.t \
	tests/fault/hostile.t \
	tests/fault/loader.t \
	tests/fault/outside.t \
	tests/fault/strace.t \
	tests/integration/abi.t \
	tests/integration/attack.t \
	tests/integration/authors.t \
	tests/integration/beside.t \
	tests/integration/broken.t \
	tests/integration/cgroup.t \
	tests/integration/commands.t \
	tests/integration/cordon-sh.t \
	tests/integration/cordon-spank.t \
	tests/integration/cordon-starter.t \
	tests/integration/doctor.t \
	tests/integration/exit-status.t \
	tests/integration/explain.t \
	tests/integration/front.t \
	tests/integration/invariants.t \
	tests/integration/landlock.t \
	tests/integration/learn.t \
	tests/integration/limits.t \
	tests/integration/maps.t \
	tests/integration/messages.t \
	tests/integration/messages-module.t \
	tests/integration/messages-socket.t \
	tests/integration/record-module.t \
	tests/integration/record.t \
	tests/integration/restart.t \
	tests/integration/module-test.t \
	tests/integration/nsjail.t \
	tests/integration/paths.t \
	tests/integration/pdeath.t \
	tests/integration/programs.t \
	tests/integration/scripts.t \
	tests/integration/score.t \
	tests/integration/signals.t \
	tests/integration/terminal.t \
	tests/integration/redact.t \
	tests/integration/secret.t \
	tests/integration/slots.t \
	tests/integration/streams.t \
	tests/integration/suspend.t \
	tests/integration/threads.t \
	tests/integration/tmp.t \
	tests/integration/warnings.t \
	tests/invariants/I01-descriptors.t \
	tests/invariants/I03-signals.t \
	tests/invariants/I05-umask.t \
	tests/invariants/I06-environment.t \
	tests/invariants/I07-secrets.t \
	tests/invariants/I08-cwd.t \
	tests/invariants/I09-arguments.t \
	tests/invariants/I10-terminal.t \
	tests/invariants/I12-attributes.t \
	tests/invariants/I13-limits.t \
	tests/invariants/I14-ids.t \
	tests/invariants/I16-numbers.t \
	tests/invariants/I18-capabilities.t \
	tests/invariants/I20-lookup.t \
	tests/invariants/I21-tracing.t \
	tests/invariants/I22-siblings.t \
	tests/invariants/I23-sources.t \
	tests/invariants/I24-mounts.t \
	tests/invariants/I27-kernel-files.t \
	tests/invariants/I30-handles.t \
	tests/invariants/I31-private.t \
	tests/invariants/I32-cleanup.t \
	tests/invariants/I33-forbid.t \
	tests/invariants/I35-names.t \
	tests/invariants/I38-wx.t \
	tests/invariants/I39-filter.t \
	tests/invariants/I45-landlock.t \
	tests/invariants/I34-paths.t \
	tests/invariants/I37-inline.t \
	tests/invariants/I46-keyring.t \
	tests/invariants/I47-network.t \
	tests/invariants/I48-lifetime.t \
	tests/invariants/I51-cgroup.t \
	tests/invariants/I52-cgroup-escape.t \
	tests/invariants/I55-quiet.t \
	tests/invariants/I56-parallel.t \
	tests/invariants/I57-trust.t \
	tests/invariants/I58-strict.t \
	tests/invariants/I60-order.t \
	tests/invariants/I61-records.t \
	tests/stacks/docker-like.t \
	tests/stacks/offline.t \
	tests/stacks/untrusted.t

# Of what is built where Slurm's headers are.
tests_unit_test_spank_SOURCES = tests/unit/test_spank.c spank/cordon_spank.c
if HAVE_SPANK
unit_tests += tests/unit/test_spank
endif

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
endif
TESTS += $(script_tests)
EXTRA_DIST += $(script_tests) tests/fault/helpers.t tests/integration/beside.py tests/abi/greet-1.0-x86_64.so.b64 tests/abi/greet.c \
	tests/abi/layout.c tests/abi/module-1.0.h tests/demo.sh tests/examples.sh tests/lib.sh tests/fault/lib.sh \
	tests/stacks/lib.sh tests/tap-run.sh

# What says the same of every build: the sources, the documents, the stacks that ship, races of
# the core with others.  `./bootstrap check` runs these for one build.
caller_tests = \
	tests/callers/cron.t \
	tests/callers/entr.t \
	tests/callers/gridengine.t \
	tests/callers/npm.t \
	tests/callers/isolated-workers.t \
	tests/callers/kestra.t \
	tests/callers/nsjail.t \
	tests/callers/login.t \
	tests/callers/mpich.t \
	tests/callers/openmpi.t \
	tests/callers/parallel.t \
	tests/callers/paths.t \
	tests/callers/runit.t \
	tests/callers/s6.t \
	tests/callers/slurm.t \
	tests/callers/slurm-spank.t \
	tests/callers/supervisord.t \
	tests/callers/systemd.t \
	tests/callers/task-spooler.t \
	tests/callers/tini.t \
	tests/callers/xinetd.t
once_scripts = $(caller_tests) \
	tests/fault/races.t \
	tests/fault/reading.t \
	tests/fuzz/fuzz.t \
	tests/bench/bench.t \
	tests/integration/completions.t \
	tests/integration/demo.t \
	tests/integration/man.t \
	tests/integration/tutorial.t \
	tests/stacks/bash.t \
	tests/stacks/build.t \
	tests/stacks/java.t \
	tests/stacks/node.t \
	tests/stacks/perl.t \
	tests/stacks/python.t
once_tests = tests/lint.t tests/valgrind.t tests/install.t $(once_scripts)
EXTRA_DIST += $(once_tests) tests/lint.excused tests/callers/lib.sh tests/callers/slurm-node.sh \
	tests/callers/nsjail/bash.cfg tests/callers/nsjail/go.cfg tests/callers/nsjail/node.cfg \
	tests/callers/nsjail/image.cfg tests/callers/nsjail/php.cfg \
	tests/callers/nsjail/python.cfg tests/callers/nsjail/rust.cfg \
	tests/callers/nsjail/ansible.cfg tests/callers/nsjail/csharp.cfg \
	tests/callers/nsjail/dbt.cfg tests/callers/nsjail/deno.cfg \
	tests/callers/nsjail/java.cfg tests/callers/nsjail/powershell.cfg \
	tests/callers/nsjail/r.cfg tests/callers/nsjail/rootfs.cfg \
	tests/callers/nsjail/worker.py tests/callers/isolated-workers/host.js \
	tests/callers/isolated-workers/worker.js tests/callers/kestra/Worker.java \
	tests/callers/sum.c

# `./bootstrap check` leaves out of the sanitized build what starts the same code many times, or
# waits; `make -C build/sanitized check` has them all.
repeating_tests = \
	tests/integration/beside.t \
	tests/integration/exit-status.t \
	tests/integration/landlock.t \
	tests/integration/messages-socket.t \
	tests/integration/record-module.t \
	tests/integration/record.t \
	tests/integration/restart.t \
	tests/integration/score.t \
	tests/integration/seccomp.t \
	tests/integration/suspend.t \
	tests/integration/timeout.t \
	tests/invariants/I16-numbers.t \
	tests/invariants/I23-sources.t \
	tests/invariants/I27-kernel-files.t \
	tests/invariants/I32-cleanup.t \
	tests/invariants/I33-forbid.t \
	tests/invariants/I35-names.t \
	tests/invariants/I36-pinned.t \
	tests/invariants/I39-filter.t \
	tests/invariants/I46-keyring.t \
	tests/invariants/I52-cgroup-escape.t \
	tests/invariants/I53-timeout.t \
	tests/invariants/I55-quiet.t \
	tests/invariants/I56-parallel.t \
	tests/invariants/I59-modules.t \
	tests/invariants/I60-order.t \
	tests/invariants/I61-records.t \
	tests/stacks/untrusted.t
check-sanitized:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(filter-out $(repeating_tests),$(TESTS))'
.PHONY: check-sanitized

# The sanitized build's modules are loaded too.  What it cannot tell, since its jobs are started as
# copies and a sanitizer reads and maps by itself, the plain loadable build has to: starts, their
# faults, ends, and what goes from one program to the other.
loadable_tests = \
	tests/invariants/I59-modules.t \
	tests/fault/every.t \
	tests/fault/shipped.t \
	tests/fault/surroundings.t \
	tests/fault/faults.t \
	tests/fault/hostile.t \
	tests/fault/loader.t \
	tests/fault/outside.t \
	tests/integration/abi.t \
	tests/integration/attack.t \
	tests/integration/authors.t \
	tests/integration/commands.t \
	tests/integration/exit-status.t \
	tests/integration/explain.t \
	tests/integration/front.t \
	tests/integration/invariants.t \
	tests/integration/module-test.t \
	tests/integration/signals.t \
	tests/integration/terminal.t \
	tests/invariants/I01-descriptors.t \
	tests/invariants/I03-signals.t \
	tests/invariants/I09-arguments.t \
	tests/invariants/I21-tracing.t \
	tests/invariants/I48-lifetime.t \
	tests/invariants/I61-records.t
check-loadable:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(loadable_tests)'
.PHONY: check-loadable

# One script more, of minutes, for one build too.
EXTRA_DIST += tests/vm/delegation.t tests/vm/guest tests/vm/init tests/vm/scripts \
	tests/vm/smoke.t tests/vm/vm.t
check-vm:
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=tests/vm/vm.t TEST_SUITE_LOG=tests/vm/suite.log
.PHONY: check-vm

# Each caller that Debian packages, installed first.
check-callers:
	CALLERS_INSTALL=1 $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(caller_tests)' \
		TEST_SUITE_LOG=tests/callers.log
.PHONY: check-callers

# Every error at every system call: half an hour.  Where helpers wait beside each other, calls are
# not the same in number each time, and so no sample of them is for `check`.
faults:
	FAULTS=all $(MAKE) $(AM_MAKEFLAGS) check TESTS='tests/fault/every.t tests/fault/faults.t \
		tests/fault/helpers.t tests/fault/outside.t tests/fault/shipped.t'
.PHONY: faults

# The suite again in a build that counts (tests/coverage.sh).
EXTRA_DIST += tests/coverage.sh tests/unreached
test-helpers: $(filter-out tests/tools/shared% tests/fault/inside%,$(filter tests/tools/% tests/fault/% tests/bench/%,$(check_PROGRAMS)))
.PHONY: test-helpers
coverage:
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(CORDON_SRCDIR)/tests/coverage.sh \
		'$(or $(COVERAGE_TESTS),$(unit_tests) $(script_tests) $(filter-out %fuzz.t,$(once_scripts)))'
.PHONY: coverage

# What analysers say of the sources.  Their flags are those of the build, in a file of
# the kind that the compilers take behind '@'.
# Both may run at the same time, and each is a make of its own.
check-once check-vm: $(check_PROGRAMS) $(check_LTLIBRARIES)
check-once: tests/lint.flags
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(once_tests)' \
		TEST_SUITE_LOG=tests/once.log
.PHONY: check-once
CLEANFILES += tests/lint.flags tests/vm/suite.log tests/once.log
lint_flags = $(DEFS) $(DEFAULT_INCLUDES) $(INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
	-DCORDON_GO_ON_AT_ONCE=0 $(AM_CFLAGS) $(CFLAGS)
tests/lint.flags: Makefile
	$(AM_V_GEN)$(MKDIR_P) tests && \
	printf '%s\n' $(lint_flags) | sed 's/["\\ ]/\\&/g' >$@
lint: tests/lint.flags modules/seccomp_calls.h
	@$(AM_TESTS_ENVIRONMENT) cd $(CORDON_BUILDDIR) && \
	LINT_TOOLS='$(LINT_TOOLS)' LINT_FILES='$(LINT_FILES)' $(SHELL) $(CORDON_SRCDIR)/tests/lint.t
.PHONY: lint

tests_unit_test_filter_CPPFLAGS = $(AM_CPPFLAGS) $(SECCOMP_CFLAGS) \
	-DHAVE_LIBSECCOMP=$(have_seccomp)
tests_unit_test_filter_LDADD = $(LDADD) $(SECCOMP_LIBS)
tests/unit/test_filter-test_filter.$(OBJEXT): modules/seccomp_calls.h

LDADD = modules/libmodules.la core/libdynamic.la $(CMOCKA_LIBS)

# What the scripts start.  The job's probe is static, so that it runs in any root.
check_PROGRAMS += tests/tools/launch tests/tools/probe
tests_tools_launch_CFLAGS = $(PLAIN_CFLAGS) -Wno-cast-qual
tests_tools_launch_LDFLAGS = $(HARDEN_LDFLAGS) -all-static
tests_tools_launch_LDADD =
tests_tools_probe_CFLAGS = $(PLAIN_CFLAGS) -Wno-cast-qual -Wno-array-bounds
tests_tools_probe_LDFLAGS = $(HARDEN_LDFLAGS) -all-static
tests_tools_probe_LDADD =
check_PROGRAMS += tests/tools/mislead
tests_tools_mislead_CFLAGS = $(PLAIN_CFLAGS) -pthread
tests_tools_mislead_LDFLAGS = $(HARDEN_LDFLAGS) -pthread
tests_tools_mislead_LDADD =
check_PROGRAMS += tests/tools/swap
tests_tools_swap_CFLAGS = $(PLAIN_CFLAGS)
tests_tools_swap_LDFLAGS = $(HARDEN_LDFLAGS)
tests_tools_swap_LDADD =
# cordon with a shared libc, which valgrind can look into (tests/valgrind.t).
if !SANITIZERS
check_PROGRAMS += tests/tools/shared
tests_tools_shared_SOURCES = core/main.c core/preloaded.c core/door_static.c
tests_tools_shared_CPPFLAGS = $(cordon_CPPFLAGS)
tests_tools_shared_LDFLAGS = $(AM_LDFLAGS) -static $(preload_flags)
tests_tools_shared_LDADD = core/libcore.la
EXTRA_tests_tools_shared_DEPENDENCIES = $(preloaded)
endif
# Fails each system call of cordon in turn.
check_PROGRAMS += tests/fault/sweep
tests_fault_sweep_CFLAGS = $(PLAIN_CFLAGS) -Wno-cast-qual
tests_fault_sweep_LDFLAGS = $(HARDEN_LDFLAGS) -all-static
tests_fault_sweep_LDADD =
# The same from within, for the commands that start no job.
if !SANITIZERS
check_PROGRAMS += tests/fault/inside
tests_fault_inside_SOURCES = tests/fault/inside.c core/main.c core/preloaded.c
tests_fault_inside_CPPFLAGS = $(cordon_CPPFLAGS) -Dmain=cordon_main
tests_fault_inside_CFLAGS = $(AM_CFLAGS) -Wno-missing-prototypes
tests_fault_inside_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=door_enter -static $(preload_flags)
tests_fault_inside_LDADD = core/libdynamic.la
EXTRA_tests_fault_inside_DEPENDENCIES = $(preloaded)
endif
EXTRA_DIST += tests/fault/excused

# What the loader takes and refuses.  -rpath makes them shared objects.
TEST_MODULE_LDFLAGS = -module -avoid-version -rpath /nowhere $(AM_LDFLAGS)
check_LTLIBRARIES += \
	tests/modules/flows.la \
	tests/modules/good.la \
	tests/modules/longer_used.la \
	tests/modules/longer_zero.la \
	tests/modules/misbehave_arrange.la \
	tests/modules/misbehave_decide.la \
	tests/modules/other_major.la \
	tests/modules/unbound.la \
	tests/modules/where.la
tests_modules_flows_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_good_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_misbehave_arrange_la_SOURCES = tests/modules/misbehave.c
tests_modules_misbehave_arrange_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_misbehave_decide_la_SOURCES = tests/modules/misbehave.c
tests_modules_misbehave_decide_la_CPPFLAGS = $(AM_CPPFLAGS) -DMISBEHAVE_DECIDE
tests_modules_misbehave_decide_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_longer_used_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_longer_zero_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_other_major_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_unbound_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)
tests_modules_where_la_LDFLAGS = $(TEST_MODULE_LDFLAGS)

tap_driver = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TEST_EXTENSIONS = .t
LOG_DRIVER = $(tap_driver)
LOG_COMPILER = /bin/sh $(top_srcdir)/tests/tap-run.sh
T_LOG_DRIVER = $(tap_driver)
T_LOG_COMPILER = /bin/sh
AM_TESTS_ENVIRONMENT = \
	top_srcdir='$(CORDON_SRCDIR)'; export top_srcdir; \
	top_builddir='$(CORDON_BUILDDIR)'; export top_builddir; \
	CORDON='$(CORDON_BUILDDIR)/cordon'; export CORDON; \
	CC='$(CC)'; export CC;
