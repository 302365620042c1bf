#!/bin/sh
# conf.d/build.ini: make and gcc compile a C project into a folder, and run it.
. "$top_srcdir/tests/stacks/lib.sh"
needs 'gcc make' /usr/bin/gcc /usr/bin/make

project() {
	workplace
	mkdir -m 755 "$work/src"
	mkdir "$work/out"
	# not root's: the job's results belong to whom the folder belongs to
	if test "$who" = root || test "$me" = root; then chown "$free_uid:$free_uid" "$work/out"; fi
	cat >"$work/src/main.c" <<'END'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include "half.h"

static void *run(void *arg)
{
	return (void *)(long)half((int)(long)arg);
}

int main(void)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, run, (void *)84L) != 0)
		return 1;
	pthread_join(thread, &result);
	printf("%ld %.3f\n", (long)result, sqrt(2));
	return 0;
}
END
	echo 'int half(int n);' >"$work/src/half.h"
	printf '#include "half.h"\nint half(int n) { return n / 2; }\n' >"$work/src/half.c"
	cat >"$work/src/Makefile" <<'END'
O ?= .
VPATH = $(dir $(lastword $(MAKEFILE_LIST)))
CFLAGS = -O2 -Wall -Werror -pipe
check: $(O)/main
	test "`$(O)/main`" = '42 1.414'
$(O)/main: $(O)/main.o $(O)/libhalf.a
	$(CC) -o $@ $^ -lm -lpthread
$(O)/libhalf.a: $(O)/half.o
	$(AR) rcs $@ $^
$(O)/%.o: %.c half.h
	$(CC) $(CFLAGS) -c -o $@ $<
END
}

works() {
	project
	shipped build -p "output=$work/out"
	real 'make and gcc, tests included' /usr/bin/make -j2 -f src/Makefile "O=$work/out"
	check "build ($who): the program is there and runs" \
		test "$("$work/out/main")" = '42 1.414'
	check "build ($who): it belongs to the folder's owner" \
		test "$(stat -c %u "$work/out/main")" = "$(stat -c %u "$work/out")"
	stopped 'a change of the sources' 'Read-only|Permission denied' \
		/bin/sh -c 'echo >>src/main.c'
	stopped 'a connection to the network' 'unreachable|Network|refused|not permitted' \
		/usr/bin/perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0 or die "$!\n";
		connect S, sockaddr_in(80, inet_aton("192.0.2.1")) or die "$!\n"'
	sound build
}

both works
plan
