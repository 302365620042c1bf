#!/bin/sh
# What a caller's environment could load: code that it names runs neither in cordon nor in
# the job, whatever the variable.  I6 has the list of names.
. "$top_srcdir/tests/lib.sh"
not_sanitized 'the sanitizer is what the loader would bring in'

# Each piece of code leaves a mark with its name.
D=$T/code
mkdir -m 755 "$D" "$D/libs" "$D/gconv" "$D/perl" "$D/python" "$D/node" "$D/modules" "$D/locale"

library() { # NAME FILE
	echo "#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void mark(void)
{ close(open(\"$T/drop/mark.$1\", O_CREAT | O_WRONLY | O_CLOEXEC, 0666)); }
unsigned la_version(unsigned version) { mark(); return version; }
int gconv_init(void) { mark(); return 0; }
int gconv(void) { mark(); return 0; }" >"$D/code.c"
	${CC:-cc} -shared -fPIC -o "$2" "$D/code.c" 2>"$T/cc" && chmod 755 "$2"
}
if ! library preload "$D/preload.so"; then
	skip 'loader' "no compiler makes a library: $(sed q "$T/cc")"
	plan
fi
library audit "$D/audit.so"
# by the names of what cordon, twin and shells link with
for name in libc.so.6 libcap.so.2 libltdl.so.7 libmd.so.0 libinih.so.1 libinih.so.0 \
	libseccomp.so.2 libtinfo.so.6 libselinux.so.1 libcrypt.so.1 libnss_files.so.2; do
	library "libs" "$D/libs/$name"
done
library gconv "$D/gconv/MARK.so"
echo 'module MARK// INTERNAL MARK 1
module INTERNAL MARK// MARK 1
alias UTF-8// MARK//
alias ANSI_X3.4-1968// MARK//' >"$D/gconv/gconv-modules"
for name in env user rlimits process mounts seccomp caps tmp namespaces; do
	library modules "$D/modules/$name.so"
done
mark="touch $T/drop/mark"
echo "$mark.bash_env" >"$D/bash_env"
echo "$mark.env" >"$D/env"
echo "open(my \$f, '>', '$T/drop/mark.perl5opt');" >"$D/perl/Mark.pm"
echo '1;' >>"$D/perl/Mark.pm"
echo "open('$T/drop/mark.python', 'w')" >"$D/python/sitecustomize.py"
cp "$D/python/sitecustomize.py" "$D/python/usercustomize.py"
echo "require('fs').writeFileSync('$T/drop/mark.node', '')" >"$D/node/mark.js"
chmod -R a+rX "$D"

# one NAME=VALUE a line
variables="LD_PRELOAD=$D/preload.so
LD_AUDIT=$D/audit.so
LD_LIBRARY_PATH=$D/libs
LD_BIND_NOW=1
LD_DEBUG=all
LD_DEBUG_OUTPUT=$T/drop/mark.ld_debug
LD_PROFILE=libc.so.6
LD_PROFILE_OUTPUT=$T/drop
LD_SHOW_AUXV=1
LD_TRACE_LOADED_OBJECTS=1
LTDL_LIBRARY_PATH=$D/modules
GCONV_PATH=$D/gconv
LOCPATH=$D/locale
LC_ALL=mark.MARK
LANGUAGE=mark
NLSPATH=$D/locale/%N
MALLOC_CHECK_=3
MALLOC_PERTURB_=85
MALLOC_TRACE=$T/drop/mark.malloc_trace
GLIBC_TUNABLES=glibc.malloc.check=3:glibc.rtld.nns=1
TZ=:$D/env
TZDIR=$D
BASH_ENV=$D/bash_env
ENV=$D/env
SHELLOPTS=xtrace:verbose
BASHOPTS=expand_aliases
PS4=\$($mark.ps4)
PROMPT_COMMAND=$mark.prompt
BASH_FUNC_true%%=() { $mark.function; }
PYTHONPATH=$D/python
PYTHONSTARTUP=$D/python/sitecustomize.py
PYTHONUSERBASE=$D/python
PERL5LIB=$D/perl
PERL5OPT=-MMark
PERL5DB=BEGIN { system '$mark.perl5db' }
NODE_OPTIONS=--require=$D/node/mark.js
NODE_PATH=$D/node
ASAN_OPTIONS=log_path=$T/drop/mark.asan:verbosity=9
UBSAN_OPTIONS=log_path=$T/drop/mark.ubsan
GCOV_PREFIX=$T/drop/mark.gcov
RESOLV_HOST_CONF=$D/env
HOSTALIASES=$D/env
XDG_CONFIG_HOME=$D
CORDON_CONF=$D"

# with LINES NAME...: starts COMMAND with those variables, by a program of ours alone
with() {
	_lines=$1
	shift
	set -f
	_old=$IFS
	IFS='
'
	# shellcheck disable=SC2046
	set -- $(echo "$_lines" | sed 's/^/--setenv\n/') -- "$@"
	IFS=$_old
	set +f
	rm -f "$T"/drop/mark.*
	rm -f "$T/seen"
	"$launch" --watch "$T/seen" --timeout "$limit" $switch --noenv --setenv PATH=/usr/bin:/bin \
		"$@" </dev/null >"$T/out" 2>"$T/err"
	rc=$?
}

marks() { (cd "$T/drop" && ls | grep '^mark' | tr '\n' ' '); }

# What the job does to be loaded into.
job='for p in "bash -c true" "sh -c :" "perl -e 1" "python3 -c pass" "node -e 0" "date" \
	"iconv -f UTF-8 -t MARK /dev/null"; do $p; done >/dev/null 2>&1; exit 3'

# The bare control: each alone, and what then leaves a mark is what this is about.
control() {
	working=
	for _name in LD_PRELOAD LD_AUDIT GCONV_PATH BASH_ENV PYTHONPATH PERL5OPT NODE_OPTIONS; do
		with "$(echo "$variables" | grep -E "^($_name|PERL5LIB)=")" /bin/sh -c "$job"
		test -z "$(marks)" || working="$working $_name"
	done
	check "$who: the control: bare, these run something:$working" \
		test "$(echo $working | wc -w)" -ge 3
}

in_stacks() {
	for _keep in none '*' shipped; do
		case $_keep in
		none) stack '[stack]' "parent = $parent" ;;
		'*') stack '[stack]' "parent = $parent" '[env]' 'keep = *' ;;
		shipped)
			{ test "$form" = supervised && can_userns; } || continue
			cp "$top_srcdir"/conf.d/*.ini "$T/conf"
			cp -r "$top_srcdir/conf.d/seccomp" "$T/conf"
			stack '[stack]' 'include = default' '[mounts]' "rw = $T/drop" \
				'[process]' 'cwd = /' ;;
		esac
		with "$variables" "$CORDON" run --conf "$T/conf" t -- /bin/sh -c "$job"
		_marks=$(marks)
		if test -n "$_marks"; then
			not_ok "$who $form, keep = $_keep: nothing is loaded" "marks: $_marks"
		elif test "$rc" != 3 || test -s "$T/out" || test -s "$T/err"; then
			not_ok "$who $form, keep = $_keep: nothing is loaded" "exit status $rc" \
				"$(sed 3q "$T/out")"
		else
			ok "$who $form, keep = $_keep: nothing is loaded"
		fi
	done
}

# Where the caller says nothing wrong but all of cordon's commands are asked.
commands() {
	stack '[env]' '[user]' 'when = root' 'user = nobody' '[seccomp]' 'profile = default'
	cp -r "$top_srcdir/conf.d/seccomp" "$T/conf" 2>/dev/null
	for _words in "explain --conf $T/conf t" "check --conf $T/conf t" "digest --conf $T/conf t" \
		doctor modules 'modules env' "stacks --conf $T/conf"; do
		with "$variables" "$CORDON" $_words
		_marks=$(marks)
		check "$who: cordon ${_words%% *}: nothing is loaded" test "$rc:$_marks" = 0:
	done
}

both control
all_ways in_stacks
both commands
plan
