# What shells complete, where each looks for it.  Debian's zsh looks in
# vendor-completions for what a package brings, in site-functions for what an admin does.
bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completions/cordon
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = completions/cordon.fish
zshcompletiondir = $(datadir)/zsh/$(if $(filter /usr,$(prefix)),vendor-completions,site-functions)
dist_zshcompletion_DATA = completions/_cordon
