# SPDX-License-Identifier: MIT
# A target is one line here: tests/fuzz/fuzz_NAME.c is implied, and what is in
# tests/fuzz/corpus/NAME.  Core and modules are compiled once more for them, by
# clang: libFuzzer is part of it.  `check` runs each for some seconds, and
# `make fuzz` for $(FUZZ_SECONDS) each.
fuzz_targets = \
	filter \
	handoff \
	messages \
	nsjail \
	param \
	paths \
	record \
	seccomp \
	stack

fuzz_dictionaries = \
	messages.dict \
	nsjail.dict \
	param.dict \
	seccomp.dict \
	stack.dict

FUZZ_CC = clang
FUZZ_SECONDS = 600
FUZZ_FLAGS = -std=gnu11 -O1 -g -fno-omit-frame-pointer -w \
	-fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_CPPFLAGS = $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) $(INIH_CFLAGS) \
	$(LIBCAP_CFLAGS) -D'FUZZ_MODULES=$(patsubst %,X(%),$(module_names))'
fuzz_dir = tests/fuzz/objects
fuzz_core = $(filter %.c,$(core_sources)) core/door_dynamic.c
fuzz_objects = $(patsubst %.c,$(fuzz_dir)/%.o,$(fuzz_core) \
	$(modules_LTLIBRARIES:.la=.c) modules/messages_json.c tests/fuzz/fuzz.c tests/fuzz/pipeline.c)
fuzz_headers = $(wildcard $(addprefix $(top_srcdir)/,include/cordon/*.h core/*.h \
	modules/*.h)) modules/seccomp_calls.h
fuzz_programs = $(addprefix $(fuzz_dir)/fuzz_,$(fuzz_targets))

# What judges is not what is covered, nor shall libFuzzer learn its words.
$(fuzz_dir)/tests/%.o: $(top_srcdir)/tests/%.c $(fuzz_headers) $(wildcard $(top_srcdir)/tests/fuzz/*.h)
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(FUZZ_CC) $(FUZZ_CPPFLAGS) $(FUZZ_FLAGS) -c -o $@ $<
$(fuzz_dir)/%.o: $(top_srcdir)/%.c $(fuzz_headers)
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(FUZZ_CC) $(FUZZ_CPPFLAGS) $(FUZZ_FLAGS) \
		-fsanitize=fuzzer-no-link -c -o $@ $<
# An archive, so that what tests/fuzz/fuzz.c has instead is not linked.
$(fuzz_dir)/libfuzz.a: $(fuzz_objects)
	$(AM_V_AR)rm -f $@ && $(AR) cr $@ $(fuzz_objects)
$(fuzz_dir)/fuzz_%: $(fuzz_dir)/tests/fuzz/fuzz_%.o $(fuzz_dir)/libfuzz.a
	$(AM_V_CCLD)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $^ $(core_libs) $(LTDL_LIBS) $(YAJL_LIBS)
fuzz-programs: $(fuzz_programs)
.SECONDARY: $(patsubst %,$(fuzz_dir)/tests/fuzz/fuzz_%.o,$(fuzz_targets))
.PHONY: fuzz-programs

AM_TESTS_ENVIRONMENT += FUZZ_TARGETS='$(fuzz_targets)'; export FUZZ_TARGETS;
EXTRA_DIST += $(addprefix tests/fuzz/,$(addsuffix .c,fuzz pipeline \
	$(addprefix fuzz_,$(fuzz_targets))) fuzz.h pipeline.h $(fuzz_dictionaries)) \
	tests/fuzz/corpus

fuzz: all tests/tools/launch tests/tools/probe
	$(AM_TESTS_ENVIRONMENT) FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_CC='$(FUZZ_CC)' \
	FUZZ_NEW=$(CORDON_BUILDDIR)/tests/fuzz/found FUZZ_KEEP=$(CORDON_BUILDDIR)/tests/fuzz \
	$(SHELL) $(top_srcdir)/tests/fuzz/fuzz.t
.PHONY: fuzz

clean-local:
	rm -rf $(fuzz_dir) tests/fuzz/found
.PHONY: clean-local
