# Manual pages: dist_man_MANS += doc/NAME.8
dist_man_MANS += doc/cordon-module.7
dist_man_MANS += doc/cordon-stack.5
dist_man_MANS += doc/cordon-nsjail.8
dist_man_MANS += doc/cordon-sh.8
dist_man_MANS += doc/cordon-spank.8
dist_man_MANS += doc/cordon-starter.8
dist_man_MANS += doc/cordon-tini.8
dist_man_MANS += doc/cordon.8
dist_man_MANS += doc/cordon_caps.8
dist_man_MANS += doc/cordon_cgroup.8
dist_man_MANS += doc/cordon_deny.8
dist_man_MANS += doc/cordon_env.8
dist_man_MANS += doc/cordon_fds.8
dist_man_MANS += doc/cordon_landlock.8
dist_man_MANS += doc/cordon_messages.8
dist_man_MANS += doc/cordon_mounts.8
dist_man_MANS += doc/cordon_namespaces.8
dist_man_MANS += doc/cordon_paths.8
dist_man_MANS += doc/cordon_permit.8
dist_man_MANS += doc/cordon_process.8
dist_man_MANS += doc/cordon_record.8
dist_man_MANS += doc/cordon_redact.8
dist_man_MANS += doc/cordon_restart.8
dist_man_MANS += doc/cordon_rlimits.8
dist_man_MANS += doc/cordon_scripts.8
dist_man_MANS += doc/cordon_seccomp.8
dist_man_MANS += doc/cordon_secret.8
dist_man_MANS += doc/cordon_slots.8
dist_man_MANS += doc/cordon_threads.8
dist_man_MANS += doc/cordon_timeout.8
dist_man_MANS += doc/cordon_tmp.8
dist_man_MANS += doc/cordon_user.8

# A module as its author has it, built as its author would: against what is installed.
exampledir = $(docdir)/example-module
dist_example_DATA = \
	doc/example-module/Makefile \
	doc/example-module/cordon_workhours.8 \
	doc/example-module/headroom.c \
	doc/example-module/installed.sh \
	doc/example-module/label.c \
	doc/example-module/test_workhours.c \
	doc/example-module/workhours.c
installcheck-local:
	rm -rf installcheck.tmp && $(MKDIR_P) installcheck.tmp && \
	cp '$(exampledir)'/* installcheck.tmp && cd installcheck.tmp && \
	unset MAKEFLAGS DESTDIR && \
	run() { $(MAKE) -s PKG_CONFIG_PATH='$(pkgconfigdir)' CORDON='$(bindir)/cordon' CC='$(CC)' "$$@"; } && \
	run check && { run install && run installcheck; rc=$$?; run uninstall && test $$rc = 0; } && \
	cd .. && rm -rf installcheck.tmp
