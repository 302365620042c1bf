#!/bin/sh
# I32: removal follows no link, enters no mount, touches nothing outside, and ends.
. "$top_srcdir/tests/lib.sh"

sentinels() {
	mkdir -p "$T/out_of_it/sub"
	echo keep >"$T/out_of_it/file"
	echo keep >"$T/out_of_it/sub/file"
	chmod 644 "$T/out_of_it/file"
	chown -R "$free_uid" "$T/out_of_it" 2>/dev/null
	facts=$(facts_of)
}

facts_of() {
	stat -c '%n %a %u %Y %s' "$T/out_of_it" "$T/out_of_it/file" "$T/out_of_it/sub" \
		"$T/out_of_it/sub/file"
	cat "$T/out_of_it/file" "$T/out_of_it/sub/file"
}

judge() {
	check "I32 $who: $1: the folder is gone" test ! -e "$(cat "$T/drop/where")"
	check "I32 $who: $1: what is outside stays as it is" test "$(facts_of)" = "$facts"
}

user_lines() {
	test "$who" = root && printf '%s\n' '[user]' "user = $free_uid" "group = $free_uid"
	:
}

# The longer part of a script needs no shell for each file.
mess='import os, sys
top = os.environ["SCRATCH"]
open(sys.argv[1] + "/drop/where", "w").write(top)
os.chdir(top)
n = int(sys.argv[2])
for i in range(n):
    os.close(os.open("f%d" % i, os.O_CREAT | os.O_WRONLY))
os.mkdir("new\nline\x1b"); open("new\nline\x1b/a b", "w").close()
os.symlink(sys.argv[1] + "/out_of_it", "link")
os.symlink(sys.argv[1] + "/out_of_it/file", "filelink")
try: os.link(sys.argv[1] + "/out_of_it/file", "hard")
except OSError: pass
os.mkdir("deep"); os.chdir("deep")
for i in range(600):
    os.mkdir("d" * 20); os.chdir("d" * 20)
open("bottom", "w").close()
os.chdir(top)
os.makedirs("closed/inner"); open("closed/inner/x", "w").close()
os.chmod("closed/inner", 0); os.chmod("closed", 0); os.chmod(".", 0)
'

case $top_builddir in
*/none | */sanitized) files=10000 ;;
*) files=100000 ;;
esac

tree() {
	if test -z "$python"; then
		skip "I32 $who: a hard tree" 'no python3'
		return
	fi
	limit=300
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH'
	rm -f "$T/drop/where"
	inside $python -c "$mess" "$T" $files
	check "I32 $who: the job itself" test "$rc" = 0
	judge "$files files, a path of 12000 bytes, mode 0"
	rm -f "$T/drop/where"
	limit=$patience
}

# Somebody who still holds folders of it, and swaps names while it is removed.
race='import os, sys, time
top = os.environ["SCRATCH"]
open(sys.argv[1] + "/drop/where", "w").write(top)
out = sys.argv[1] + "/out_of_it"
fds = []
for i in range(30):
    d = top + "/d%d" % i
    os.makedirs(d + "/e/f")
    for j in range(20): open(d + "/e/f%d" % j, "w").close()
    fds.append(os.open(d, os.O_RDONLY))
if os.fork(): os._exit(0)
os.setsid()
end = time.time() + 3
while time.time() < end:
    for fd in fds:
        for step in (lambda: os.rename("e", "g", src_dir_fd=fd, dst_dir_fd=fd),
                     lambda: os.symlink(out, "e", dir_fd=fd),
                     lambda: os.unlink("e", dir_fd=fd),
                     lambda: os.rename("g", "e", src_dir_fd=fd, dst_dir_fd=fd),
                     lambda: os.mkdir("h", dir_fd=fd)):
            try: step()
            except OSError: pass
'

racer() {
	if test -z "$python"; then
		skip "I32 $who: a racer" 'no python3'
		return
	fi
	limit=40
	stack "$(user_lines)" '[tmp]' 'dir = SCRATCH'
	rm -f "$T/drop/where"
	inside $python -c "$race" "$T"
	check "I32 $who: cordon ends though somebody swaps names" test "$rc" = 0
	# one of the same uid can keep a name alive as long as it runs
	if test "$who" = user; then inside true; fi
	judge 'a racer'
	rm -f "$T/drop/where"
	limit=$patience
}

# Root's job can leave a mount in the host's namespace; what it shows must stay.
live_mount() {
	stack '[tmp]' 'dir = SCRATCH'
	rm -f "$T/drop/where"
	inside /bin/sh -c "echo \$SCRATCH >$T/drop/where; mkdir \$SCRATCH/m \$SCRATCH/n &&
		mount --bind $T/out_of_it \$SCRATCH/m && mount -t tmpfs none \$SCRATCH/n && echo x >\$SCRATCH/n/x &&
		touch \$SCRATCH/file && mount --bind $T/out_of_it/file \$SCRATCH/file"
	if test "$rc" != 0; then
		skip "I32 $who: live mounts" "cannot mount: $(head -n1 "$T/err")"
		return
	fi
	judge 'live mounts'
	check "I32 $who: none of them stays" test -z "$(grep -F "$(cat "$T/drop/where")" /proc/self/mountinfo)"
	rm -f "$T/drop/where"
}

sentinels
both tree
both racer
as_root live_mount
plan
