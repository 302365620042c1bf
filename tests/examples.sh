# shellcheck shell=sh disable=SC2034,SC2154
# The examples of a page: found, run and compared.  Read after tests/lib.sh.
#
# An example is a literal block, in a page of Markdown a fenced one.  Its first line says
# what it is:
#
#	; /etc/cordon/conf.d/NAME.ini	a comment with a path: this file, a stack
#	# /srv/NAME			another one; a script has "#!..." above it
#	/* NAME.c */			a module, which is compiled
#	# COMMAND, $ COMMAND		a session, of root's and of a user's
#
# In a session a command is followed by what it prints; '...' stands for any text, and
# alone for any lines.  /etc/cordon/conf.d is a folder of the test's, and so is /srv.

LC_ALL=C
export LC_ALL
unset JOB_TIME JOB_MEMORY JOB_HEAP_MB
tab=$(printf '\t')

# extract PAGE...: $T/index has a line for each, KIND ID PLACE..., and $T/blocks the text
extract() {
	mkdir -p "$T/blocks"
	awk -v to="$T/blocks" '
		function finish(   i, first, path) {
			first = n > 0 ? line[1] : ""
			path = first ~ /^#!/ ? line[2] : first
			if (path ~ /^[;#] \/[^ ]*$/) {
				for (i = 1; i <= n; i++)
					print line[i] >(to "/" id)
				close(to "/" id)
				print "file", id, place, substr(path, 3)
			} else if (first ~ /^[#$] /) {
				session(substr(first, 1, 2))
				print "session", id, place, substr(first, 1, 1), substr(first, 3, 60)
			} else if (first ~ /^\/\* [a-z_]*\.c \*\/$/) {
				for (i = 1; i <= n; i++)
					print line[i] >(to "/" id)
				close(to "/" id)
				print "source", id, place, substr(first, 4, length(first) - 8)
			} else {
				for (i = 1; i <= n; i++)
					if (line[i] ~ /^([#$] cordon |\[[a-z_.]*\])/) {
						print "unmarked", id, place, first
						return
					}
				if (first !~ /^#!/)
					return
				for (i = 1; i <= n; i++)
					print line[i] >(to "/" id)
				close(to "/" id)
				print "script", id, place, first
			}
		}
		# the commands with a line of \036 before each, and what they print
		function session(prompt,   i, goes_on) {
			for (i = 1; i <= n; i++) {
				if (goes_on || substr(line[i], 1, 2) == prompt) {
					if (!goes_on) {
						print "printf \"\\036\\n\"" >(to "/" id ".sh")
						print "\036" line[i] >(to "/" id ".said")
					}
					print goes_on ? line[i] : substr(line[i], 3) >(to "/" id ".sh")
					goes_on = line[i] ~ /\\$/
				} else {
					print line[i] >(to "/" id ".said")
				}
			}
			close(to "/" id ".sh")
			close(to "/" id ".said")
		}
		BEGIN { OFS = "\t" }
		FNR == 1 {
			name = FILENAME
			sub(/.*\//, "", name)
			is_page = name !~ /\.md$/
			is_in = 0
		}
		!is_in && (is_page ? /^\.Bd -literal/ : /^```/) { is_in = 1; n = 0; id++; place = name ":" FNR; next }
		is_in && (is_page ? /^\.Ed/ : /^```/) { is_in = 0; finish(); next }
		is_in {
			if (is_page) {
				gsub(/\\&/, "")
				gsub(/\\e/, "\\")
			}
			line[++n] = $0
		}' "$@" >"$T/index"
}

# with_conf: a "cordon" for the examples, whose stacks are those that ship and their own
with_conf() {
	mkdir -p "$T/bin"
	cat >"$T/bin/cordon" <<END
#!/bin/sh
case \${0##*/} in
cordon) ;;
*) exec "$T/doors/\${0##*/}" "\$@" ;; # a link to it
esac
case \${1-} in
'' | -* | shims) ;;
*)
	command=\$1
	shift
	exec "$CORDON" "\$command" --conf "$T/conf" "\$@"
	;;
esac
exec "$CORDON" "\$@"
END
	chmod 755 "$T/bin/cordon"
	cp -R "$top_srcdir"/conf.d/*.ini "$top_srcdir/conf.d/seccomp" "$T/conf"
	chmod -R u+w,go+rX "$T/conf"
	PATH=$T/bin:$PATH
	export PATH
	has_srv=
	mkdir -p "$T/doors"
	for _name in nsjail nsjail@windmill tini; do ln -s "$CORDON" "$T/doors/$_name"; done
	for _name in cordon-sh cordon-starter; do ln -s "$CORDON" "$T/bin/$_name"; done
	if test "$me" = root && mount -t tmpfs -o mode=755 none /srv 2>/dev/null; then
		has_srv=1
		mount --bind "$T/conf" "$(realpath "$top_srcdir")/conf.d" # front doors take no --conf
	fi
}

# compare: each ID.got against what the page says; what differs goes to ID.wrong
compare() {
	awk -F "$tab" -v dir="$T/blocks" -v conf="$T/conf" '
		# what is another in each run is made the same
		function normal(text,   i) {
			while ((i = index(text, conf)) > 0)
				text = substr(text, 1, i - 1) "/etc/cordon/conf.d" substr(text, i + length(conf))
			gsub(/\/usr\/(local\/)?share\/cordon\/conf\.d/, "/etc/cordon/conf.d", text)
			gsub(/"job":"[0-9a-f]*"/, "\"job\":\"X\"", text)
			gsub(/"digest":"[^"]*"/, "\"digest\":\"X\"", text)
			gsub(/"started":"[^"]*"/, "\"started\":\"X\"", text)
			for (i in numbers)
				gsub("\"" numbers[i] "\":[0-9]+", "\"" numbers[i] "\":N", text)
			return text
		}
		# a line that may have "..." in it
		function like(text, line,   part, n, i, at) {
			n = split(line, part, /\.\.\./)
			if (substr(text, 1, length(part[1])) != part[1])
				return 0
			text = substr(text, length(part[1]) + 1)
			for (i = 2; i <= n; i++) {
				if (i == n && part[n] == "")
					return 1
				if (i == n)
					return length(text) >= length(part[n]) &&
						substr(text, length(text) - length(part[n]) + 1) == part[n]
				at = index(text, part[i])
				if (at == 0)
					return 0
				text = substr(text, at + length(part[i]))
			}
			return text == ""
		}
		# the lines from s on of the page, and those from g on of the output
		function fits(s, g) {
			if (s > n_said)
				return g > n_got
			if (said[s] == "...")
				return fits(s + 1, g) || (g <= n_got && fits(s, g + 1))
			return g <= n_got && like(got[g], said[s]) && fits(s + 1, g + 1)
		}
		function judge(   i, text) {
			n_got = 0
			while ((getline text <(dir "/" id ".got")) > 0 && text != "\036")
				got[++n_got] = normal(text)
			if (command == "" || is_wrong || fits(1, 1))
				return
			is_wrong = 1
			print command >(dir "/" id ".wrong")
			for (i = 1; i <= n_got; i++)
				print "got: " got[i] >(dir "/" id ".wrong")
			close(dir "/" id ".wrong")
		}
		BEGIN { split("wall_ms user_ms sys_ms max_rss_kb", numbers, " ") }
		$1 == "session" {
			id = $2
			command = ""
			is_wrong = n_said = 0
			while ((getline text <(dir "/" id ".said")) > 0) {
				if (substr(text, 1, 1) == "\036") {
					judge()
					command = substr(text, 2)
					n_said = 0
				} else {
					said[++n_said] = normal(text)
				}
			}
			judge()
			close(dir "/" id ".said")
			close(dir "/" id ".got")
		}' "$T/index"
}
