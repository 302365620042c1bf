#!/bin/sh
# [threads]: which programs may make threads, and that processes are made as before.
. "$top_srcdir/tests/lib.sh"

cat >"$T/go.c" <<'END'
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *nothing(void *data)
{
	return data;
}

static const char *by_process(pid_t child)
{
	int status;

	if (child == 0)
		_exit(7);
	return waitpid(child, &status, 0) == child && status == 7 << 8 ? "yes" : "no";
}

/* A thread, by fork, by vfork; then the program that is named, if one is. */
int main(int argc, char **argv)
{
	pthread_t thread;
	int rc = pthread_create(&thread, NULL, nothing, NULL);

	if (rc == 0)
		pthread_join(thread, NULL);
	printf("thread %s\n", rc == 0 ? "yes" : strerror(rc));
	printf("fork %s\n", by_process(fork()));
	printf("vfork %s\n", by_process(vfork()));
	fflush(stdout);
	if (argc > 1)
		execv(argv[1], argv + 1);
	return 0;
}
END
mkdir -m 755 "$T/a" "$T/ab"
${CC:-cc} -pthread -o "$T/a/go" "$T/go.c" || exit 99
cp "$T/a/go" "$T/ab/go"
ln -s ../ab/go "$T/a/out"
ln -s a/go "$T/in"

may() { # NAME COMMAND...
	_name=$1
	shift
	inside "$@"
	told "$_name" 'thread yes' 'fork yes' 'vfork yes'
}
may_not() {
	_name=$1
	shift
	inside "$@"
	told "$_name" 'thread Operation not permitted' 'fork yes' 'vfork yes'
}

listed() {
	stack '[stack]' "parent = $parent" '[threads]' "allow = $T/a"
	may "$form: allowed" "$T/a/go"
	may "$form: allowed, by a link" "$T/in"
	may_not "$form: a name that begins alike" "$T/ab/go"
	may_not "$form: a link that leads out" "$T/a/out"
	stack '[stack]' "parent = $parent" '[threads]' "deny = $T/ab/go"
	may "$form: not denied" "$T/a/go"
	may_not "$form: denied" "$T/ab/go"
	may_not "$form: denied, by a link" "$T/a/out"
}

inherited() {
	stack '[threads]' "allow = $T/a"
	inside "$T/ab/go" "$T/a/go"
	told 'an allowed program, started by one that is not' \
		'thread Operation not permitted' 'fork yes' 'vfork yes' \
		'thread Operation not permitted' 'fork yes' 'vfork yes'
	stack '[threads]' "allow = $T/a" '[threads.more]' "allow = $T/ab"
	may_not 'two lists: in one of them' "$T/a/go"
	stack '[threads]' "allow = $T/a" '[seccomp]' 'profile = default'
	may 'beside a filter of another section' "$T/a/go"
	may_not 'the same, not allowed' "$T/ab/go"
	if can_userns; then
		stack '[namespaces]' 'new = mount' '[process]' 'cwd = /' '[mounts]' 'root = empty' 'ro = /usr' \
			'ro = -/bin' 'ro = -/lib' 'ro = -/lib64' "ro = $T/ab:/inner" '[threads]' 'deny = /inner'
		may_not 'denied, and only in the root of the job' /inner/go
	else
		skip "$who: denied, and only in the root of the job" 'no user namespace here'
	fi
	stack '[threads]' "allow = $T/a" "deny = $T/ab"
	refused "$who: both lists" "has 'allow' and 'deny'"
	stack '[threads]'
	refused "$who: neither" "needs 'allow' or 'deny'"
}

bare "$T/ab/go"
told 'without cordon' 'thread yes' 'fork yes' 'vfork yes'
all_ways listed
both inherited
plan
