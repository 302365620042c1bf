# The stacks that ship: dist_stacks_DATA += conf.d/NAME.ini
dist_stacks_DATA += conf.d/base.ini
dist_stacks_DATA += conf.d/bash.ini
dist_stacks_DATA += conf.d/build.ini
dist_stacks_DATA += conf.d/default.ini
dist_stacks_DATA += conf.d/docker-like.ini
dist_stacks_DATA += conf.d/isolated-workers.ini
dist_stacks_DATA += conf.d/java.ini
dist_stacks_DATA += conf.d/kestra-child.ini
dist_stacks_DATA += conf.d/kestra-task.ini
dist_stacks_DATA += conf.d/kestra.ini
dist_stacks_DATA += conf.d/node.ini
dist_stacks_DATA += conf.d/offline.ini
dist_stacks_DATA += conf.d/other.ini
dist_stacks_DATA += conf.d/perl.ini
dist_stacks_DATA += conf.d/python.ini
dist_stacks_DATA += conf.d/untrusted.ini
dist_stacks_DATA += conf.d/windmill.ini

# Lists of system calls, for [seccomp].
seccompdir = $(stacksdir)/seccomp
dist_seccomp_DATA = \
	conf.d/seccomp/default \
	conf.d/seccomp/groups \
	conf.d/seccomp/no-exec \
	conf.d/seccomp/no-network \
	conf.d/seccomp/no-threads \
	conf.d/seccomp/strict
