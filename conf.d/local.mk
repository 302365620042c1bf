# The stacks that ship: dist_stacks_DATA += conf.d/NAME.ini
dist_stacks_DATA += conf.d/base.ini
dist_stacks_DATA += conf.d/default.ini
dist_stacks_DATA += conf.d/other.ini

# Lists of system calls, for [seccomp].
seccompdir = $(stacksdir)/seccomp
dist_seccomp_DATA = \
	conf.d/seccomp/default \
	conf.d/seccomp/groups \
	conf.d/seccomp/no-exec \
	conf.d/seccomp/no-network \
	conf.d/seccomp/no-threads \
	conf.d/seccomp/strict
