# SPDX-License-Identifier: MIT
# cordon(8) in fish: commands, options, stacks, modules, and the command behind a stack.

function __cordon_options
	switch "$argv[1]"
		case run
			echo '-p -C --conf --user --job-id --record --status-fd'
		case explain
			echo '-p -C --conf --user --json'
		case check
			echo '-p -C --conf --user'
		case score
			echo '-p -C --conf --user --json'
		case learn
			echo '-p -C --conf --user --job-id --record --status-fd --as-root'
		case digest
			echo '-p -C --conf --user --host'
		case doctor
			echo '--conf --user --json'
		case shims
			echo '--conf --user'
		case stacks
			echo '--conf --user'
		case modules
			echo '--test'
		case '*'
			echo 'run explain check score learn digest doctor shims stacks modules --help --version'
	end
end

# The words before the cursor from the stack on, a line each; the options are left out.
function __cordon_words
	set -l words (commandline -opc)
	set -e words[1]
	while set -e words[1]; and set -q words[1]
		switch $words[1]
			case -p -C --conf --job-id --record --status-fd --test
				set -e words[1]
			case '-*'
			case '*'
				printf '%s\n' $words
				return
		end
	end
end

function __cordon_is
	set -l words (commandline -opc)
	test (count $words) -gt 1; and contains -- $words[2] $argv
end

# Does the command take the option, and is it not behind a stack?
function __cordon_takes
	set -l words (commandline -opc)
	test (count $words) -gt 1; or return
	contains -- $argv[1] (string split ' ' -- (__cordon_options $words[2])); or return
	test (count (__cordon_words)) -eq 0
end

function __cordon_stacks
	set -l words (commandline -opc)
	set -l places
	for i in (seq (count $words))
		switch $words[$i]
			case -C --conf
				set -a places $words[$i] $words[(math $i + 1)]
			case '--conf=*' --user
				set -a places $words[$i]
		end
	end
	cordon stacks $places 2>/dev/null | string replace -r ' .*' ''
end

function __cordon_modules
	cordon modules 2>/dev/null | string replace -r ' +' \t
end

# The command behind a stack, as it would be completed by itself.
function __cordon_behind
	set -l words (__cordon_words)
	set -e words[1]
	test "$words[1]" = --; and set -e words[1]
	complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end

complete -c cordon -f
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a run -d 'Run a command inside a stack'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a explain -d 'Print the plan of a stack'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a check -d 'Look for faults in stacks'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a score -d 'Say what a stack leaves open'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a learn -d 'Print what a stack lacks for a job'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a digest -d 'Print a hash of the policy'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a doctor -d 'Try what can be done here'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a shims -d 'Make links that run the programs of stacks'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a stacks -d 'List the stacks'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -a modules -d 'List the modules, or the keys of one'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -l help -d 'Print a summary'
complete -c cordon -n 'test (count (commandline -opc)) -eq 1' -l version -d 'Print the version'
complete -c cordon -n '__cordon_takes -p' -s p -x -d 'Give a parameter a value'
complete -c cordon -n '__cordon_takes -C' -s C -x -a '(__fish_complete_directories)' -d 'Enter a folder first'
complete -c cordon -n '__cordon_takes --conf' -l conf -x -a '(__fish_complete_directories)' -d 'Stacks of this folder alone'
complete -c cordon -n '__cordon_takes --user' -l user -d 'Add your own stacks'
complete -c cordon -n '__cordon_takes --job-id' -l job-id -x -d 'The name of the job in records'
complete -c cordon -n '__cordon_takes --record' -l record -r -F -d 'Append the record to this file'
complete -c cordon -n '__cordon_takes --status-fd' -l status-fd -x -d 'Write the record to this descriptor'
complete -c cordon -n '__cordon_takes --json' -l json -d 'Print JSON'
complete -c cordon -n '__cordon_takes --host' -l host -d 'With what this host makes of it'
complete -c cordon -n '__cordon_takes --test' -l test -r -F -d 'The plan of the module in this file'
complete -c cordon -n '__cordon_takes --as-root' -l as-root -d 'Root means it'
complete -c cordon -n '__cordon_is run explain score learn digest; and test (count (__cordon_words)) -eq 0' -a '(__cordon_stacks)'
complete -c cordon -n '__cordon_is check' -a '(__cordon_stacks)'
complete -c cordon -n '__cordon_is shims' -x -a '(__fish_complete_directories)'
complete -c cordon -n '__cordon_is modules; and test (count (__cordon_words)) -eq 0' -a '(__cordon_modules)'
complete -c cordon -n '__cordon_is run explain learn; and test (count (__cordon_words)) -gt 0' -a '(__cordon_behind)'
