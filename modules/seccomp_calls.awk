# SPDX-License-Identifier: MIT
# The system calls of the processor that is compiled for, as rows of C, from two
# files: modules/seccomp_newer, and what the compiler defines behind
# <asm/unistd.h>.  What the kernel's header knows is not said again.
FNR == 1 { file++ }
file == 1 && /^[0-9]/ { newer[$2] = $1; only[$2] = $3; next }
$1 == "#define" && $2 ~ /^__NR/ { value[$2] = $3 }
$1 == "#define" { is_defined[$2] = 1 }
END {
	for (name in value) {
		number = value[name]
		while (number in value) # __NR_fcntl is __NR3264_fcntl
			number = value[number]
		if (name !~ /^__NR_/ || number !~ /^[0-9]+$/ ||
		    name ~ /^__NR_(syscalls|arch_specific_syscall)$/)
			continue
		calls[substr(name, 6)] = number
	}
	for (name in newer)
		if (!(name in calls) &&
		    (only[name] == "" || only[name] in is_defined))
			calls[name] = newer[name]
	for (name in calls) {
		printf "{ \"%s\", %d },\n", name, calls[name]
		n++
	}
	exit n < 250 # no processor has fewer: the compiler said nothing
}
