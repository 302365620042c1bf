# Slurm's plugin, where its headers are.  The symbols that it has not are those of the program that
# loads it; what a sanitizer needs those do not have.
if HAVE_SPANK
spank_LTLIBRARIES += spank/cordon_spank.la
spank_cordon_spank_la_SOURCES = spank/cordon_spank.c spank/multi_prog.h
spank_cordon_spank_la_CFLAGS = $(PLAIN_CFLAGS) $(FORTIFY_CFLAGS)
spank_cordon_spank_la_LDFLAGS = $(HARDEN_LDFLAGS) -module -avoid-version -shared
endif
