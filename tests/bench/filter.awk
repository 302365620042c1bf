# SPDX-License-Identifier: MIT
# The floor's seccomp program: names of calls, and modules/seccomp_calls.h, to a
# search tree over ranges of numbers.  What is not named is EPERM, another
# architecture ends the process.  One instruction for each edge of a range.
FNR == 1 { file++ }
file == 1 { for (i = 1; i <= NF; i++) wanted[$i] = 1 }
file == 2 {
	name = $2
	gsub(/[",]/, "", name)
	if (wanted[name]) {
		allowed[$3 + 0] = 1
		if ($3 + 0 > highest)
			highest = $3 + 0
	}
}

function put(code, jt, jf, k) {
	printf "{ %s, %d, %d, %s },\n", code, jt, jf, k
	at++
}

# Intervals FROM to TO between the edges; one alone is an answer, odd ones allow.
function jump(from, to, before) {
	if (from < to)
		return before
	return 3 + edges + (from % 2 ? 0 : 1) - at - 1
}

function tree(from, to,    middle) {
	if (from == to)
		return
	middle = int((from + to + 1) / 2)
	put("BPF_JMP | BPF_JGE | BPF_K", jump(middle, to, middle - 1 - from),
	    jump(from, middle - 1, 0), edge[middle])
	tree(from, middle - 1)
	tree(middle, to)
}

END {
	for (i = 0; i <= highest + 1; i++)
		if (allowed[i] + 0 != allowed[i - 1] + 0)
			edge[++edges] = i
	put("BPF_LD | BPF_W | BPF_ABS", 0, 0, 4)
	put("BPF_JMP | BPF_JEQ | BPF_K", 0, edges + 3, "ARCHITECTURE")
	put("BPF_LD | BPF_W | BPF_ABS", 0, 0, 0)
	tree(0, edges)
	put("BPF_RET | BPF_K", 0, 0, "SECCOMP_RET_ALLOW")
	put("BPF_RET | BPF_K", 0, 0, "SECCOMP_RET_ERRNO | 1")
	put("BPF_RET | BPF_K", 0, 0, "SECCOMP_RET_KILL_PROCESS")
}
