# A new source is one line here, headers too.  What the two programs do
# differently is behind the doors (core/door.h) and not in this list.
core_sources = \
	core/act.c \
	core/act.h \
	core/arena.c \
	core/arena.h \
	core/base.c \
	core/base.h \
	core/beside.c \
	core/beside.h \
	core/caller.c \
	core/caller.h \
	core/cgroup.c \
	core/cgroup.h \
	core/cgroup_find.c \
	core/clock.h \
	core/data.c \
	core/data.h \
	core/digest.c \
	core/digest.h \
	core/doctor.c \
	core/doctor.h \
	core/doctor_try.c \
	core/door.h \
	core/environ.c \
	core/etc.c \
	core/etc.h \
	core/expand.c \
	core/expand.h \
	core/explain.c \
	core/explain.h \
	core/fds.c \
	core/filter.c \
	core/filter.h \
	core/filter_act.c \
	core/filter_check.c \
	core/forbid.c \
	core/forbid_links.c \
	core/front.c \
	core/front.h \
	core/guard.c \
	core/guard.h \
	core/handoff.c \
	core/handoff.h \
	core/hint.c \
	core/hint.h \
	core/hook.c \
	core/hook.h \
	core/idmap.c \
	core/idmap.h \
	core/ids.c \
	core/ini.c \
	core/ini.h \
	core/init.h \
	core/init_watch.c \
	core/json.c \
	core/json.h \
	core/landlock.c \
	core/landlock.h \
	core/learn.c \
	core/learn.h \
	core/learn_act.c \
	core/learn_call.c \
	core/learn_call.h \
	core/learn_measure.c \
	core/learn_need.c \
	core/learn_need.h \
	core/learn_path.c \
	core/learn_print.c \
	core/limits.c \
	core/limits.h \
	core/loader.c \
	core/loader.h \
	core/module_test.c \
	core/module_test.h \
	core/mount.c \
	core/mount.h \
	core/mount_call.c \
	core/mount_proc.c \
	core/mount_source.c \
	core/names.c \
	core/names.h \
	core/nsjail.c \
	core/nsjail.h \
	core/nsjail_fields.c \
	core/nsjail_files.c \
	core/nsjail_ids.c \
	core/nsjail_lines.c \
	core/nsjail_lines.h \
	core/nsjail_options.c \
	core/nsjail_places.c \
	core/nsjail_sections.c \
	core/nsjail_targets.c \
	core/object.c \
	core/object.h \
	core/offspring.c \
	core/offspring.h \
	core/option.c \
	core/option.h \
	core/outside.c \
	core/outside.h \
	core/param.c \
	core/param.h \
	core/pin.c \
	core/pin.h \
	core/place.c \
	core/place.h \
	core/plan.c \
	core/plan.h \
	core/pool.c \
	core/pool.h \
	core/prepare.c \
	core/prepare.h \
	core/ready.c \
	core/ready.h \
	core/procstat.c \
	core/procstat.h \
	core/record.c \
	core/record.h \
	core/relay.c \
	core/relay.h \
	core/relay_act.c \
	core/relay_connect.c \
	core/relay_door.c \
	core/relay_door.h \
	core/relay_flow.c \
	core/relay_plan.c \
	core/relay_pump.c \
	core/relay_pump.h \
	core/restart.c \
	core/restart.h \
	core/rows.h \
	core/rows_exec.c \
	core/rows_id.c \
	core/rows_process.c \
	core/run.c \
	core/run.h \
	core/runfolder.c \
	core/runfolder.h \
	core/score.c \
	core/score.h \
	core/sealed.c \
	core/sealed.h \
	core/secret.c \
	core/secret.h \
	core/secret_look.c \
	core/settle.c \
	core/settle.h \
	core/shims.c \
	core/shims.h \
	core/spank.c \
	core/spank.h \
	core/spawn.c \
	core/spawn.h \
	core/stack.c \
	core/stack.h \
	core/starter.c \
	core/starter.h \
	core/startup.c \
	core/startup.h \
	core/step.c \
	core/step.h \
	core/suspend.c \
	core/suspend.h \
	core/sys.h \
	core/textproto.c \
	core/textproto.h \
	core/tini.c \
	core/tini.h \
	core/tint.c \
	core/tint.h \
	core/tmpdir.c \
	core/tmpdir.h \
	core/tree.c \
	core/tree.h \
	core/trust.c \
	core/trust.h \
	core/umask.c \
	core/umask.h \
	core/value.c \
	core/value.h \
	core/walk.c \
	core/walk.h \
	core/warn.c \
	core/warn.h \
	core/watch.c \
	core/watch.h

core_libs = $(INIH_LIBS) $(LIBMD_LIBS) $(LIBCAP_LIBS)

# -static: only programs are made of it, so no second, position-independent copy.
noinst_LTLIBRARIES += core/libcore.la core/libdynamic.la
core_libcore_la_SOURCES = $(core_sources)
core_libcore_la_CFLAGS = $(AM_CFLAGS) -static
core_libcore_la_LIBADD = $(core_libs)
core/libcore_la-learn_print.lo core/libplain_la-learn_print.lo: modules/seccomp_calls.h

# The core and the doors that need dlopen and NSS: the twin's, and the unit
# tests'.  One archive, because each half calls the other.
core_libdynamic_la_SOURCES = core/door_dynamic.c
core_libdynamic_la_CFLAGS = $(AM_CFLAGS) -static
core_libdynamic_la_LIBADD = core/libcore.la $(LTDL_LIBS)

if PRELOAD_ALL
preloaded = $(modules_LTLIBRARIES)
else
preloaded = $(PRELOADED)
endif
# 'force': the table is there also when it is empty.
preload_flags = -dlpreopen force $(addprefix -dlpreopen ,$(preloaded))

# AddressSanitizer cannot be static: there the first stage is made without it
# and without modules, and goes on to the twin at once.
bin_PROGRAMS += cordon
cordon_SOURCES = core/main.c core/preloaded.c core/door_static.c
if SANITIZERS
noinst_LTLIBRARIES += core/libplain.la
core_libplain_la_SOURCES = $(core_sources)
core_libplain_la_CFLAGS = $(PLAIN_CFLAGS) -static
core_libplain_la_LIBADD = $(core_libs)
cordon_CPPFLAGS = $(AM_CPPFLAGS) -DCORDON_GO_ON_AT_ONCE=1
cordon_CFLAGS = $(PLAIN_CFLAGS)
cordon_LDFLAGS = $(HARDEN_LDFLAGS) -all-static -dlpreopen force
cordon_LDADD = core/libplain.la
else
cordon_CPPFLAGS = $(AM_CPPFLAGS) -DCORDON_GO_ON_AT_ONCE=0
cordon_CFLAGS = $(AM_CFLAGS)
cordon_LDFLAGS = $(AM_LDFLAGS) -all-static $(preload_flags)
cordon_LDADD = core/libcore.la
EXTRA_cordon_DEPENDENCIES = $(preloaded)
endif

twin_PROGRAMS += cordon-init
cordon_init_SOURCES = core/init.c core/init_watch.c core/init.h core/bare.h
cordon_init_CFLAGS = $(bare_cflags)
cordon_init_LDFLAGS = $(bare_ldflags) -Wl,-z,noseparate-code
cordon_init_LDADD =

# libtool's -static: the modules from their archives, the system's libraries shared.
twin_PROGRAMS += cordon-dynamic
cordon_dynamic_SOURCES = core/main.c core/preloaded.c
cordon_dynamic_LDFLAGS = $(AM_LDFLAGS) -static $(preload_flags)
cordon_dynamic_LDADD = core/libdynamic.la
EXTRA_cordon_dynamic_DEPENDENCIES = $(preloaded)
