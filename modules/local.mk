# A module is two lines: its library (the source NAME.c is implied), its LDFLAGS.
# No -shared: the archive beside the .so is what --with-preloaded takes.
MODULE_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	$(MODULE_DEFS) -Wl,-z,now

# The same objects once more in one archive: a unit test links what it names.
noinst_LTLIBRARIES += modules/libmodules.la
modules_libmodules_la_SOURCES =
modules_libmodules_la_LIBADD = $(modules_LTLIBRARIES:.la=.lo) modules/messages_json.lo $(YAJL_LIBS)
EXTRA_modules_libmodules_la_DEPENDENCIES = $(modules_LTLIBRARIES:.la=.lo) modules/messages_json.lo

modules_LTLIBRARIES += modules/caps.la
modules_caps_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/cgroup.la
modules_cgroup_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/deny.la
modules_deny_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/env.la
modules_env_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/fds.la
modules_fds_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/landlock.la
modules_landlock_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/messages.la
modules_messages_la_SOURCES = modules/messages.c modules/messages_json.c modules/messages_json.h
modules_messages_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_messages_la_LIBADD = $(YAJL_LIBS)
modules_LTLIBRARIES += modules/mounts.la
modules_mounts_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/namespaces.la
modules_namespaces_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/paths.la
modules_paths_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/permit.la
modules_permit_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/process.la
modules_process_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/record.la
modules_record_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/redact.la
modules_redact_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/restart.la
modules_restart_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/rlimits.la
modules_rlimits_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/slots.la
modules_slots_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/threads.la
modules_threads_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/timeout.la
modules_timeout_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/scripts.la
modules_scripts_la_SOURCES = modules/scripts.c modules/carriers.h
modules_scripts_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/secret.la
modules_secret_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/tmp.la
modules_tmp_la_LDFLAGS = $(MODULE_LDFLAGS)
modules_LTLIBRARIES += modules/user.la
modules_user_la_LDFLAGS = $(MODULE_LDFLAGS)

# Names to numbers of system calls: the compiler's, and those that are newer.
modules_LTLIBRARIES += modules/seccomp.la
modules_seccomp_la_LDFLAGS = $(MODULE_LDFLAGS)
# No BUILT_SOURCES: with these `all` would be a second make beside other goals.
modules/seccomp.lo: modules/seccomp_calls.h
CLEANFILES += modules/seccomp_calls.h
EXTRA_DIST += modules/seccomp_calls.awk modules/seccomp_newer
modules/seccomp_calls.h: modules/seccomp_calls.awk modules/seccomp_newer
	$(AM_V_GEN)$(MKDIR_P) modules && rm -f $@ && \
	echo '#include <asm/unistd.h>' | $(CC) $(CPPFLAGS) -E -dM -x c - >$@-in && \
	$(AWK) -f $(top_srcdir)/modules/seccomp_calls.awk \
		$(top_srcdir)/modules/seccomp_newer $@-in >$@-out && \
	LC_ALL=C sort $@-out >$@-sorted && mv $@-sorted $@ && rm -f $@-in $@-out
