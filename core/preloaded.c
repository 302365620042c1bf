/* SPDX-License-Identifier: MIT */
/*
 * The modules that are part of this program, as libtool's -dlpreopen lists them
 * when it links.  The table is walked without libltdl, which would bring
 * dlopen; it stands in no library of the core because only a program has one.
 */
#include <ltdl.h>

#include "core/door.h"
#include "core/sys.h"

extern const lt_dlsymlist lt_preloaded_symbols[];

_Static_assert(sizeof(lt_dlsymlist) == sizeof(struct loader_symbol) &&
		       offsetof(lt_dlsymlist, address) ==
			       offsetof(struct loader_symbol, address),
	       "struct loader_symbol is libtool's row");

const struct loader_symbol *door_preloaded(void)
{
	return (const struct loader_symbol *)lt_preloaded_symbols;
}

#if SYS_IS_SANITIZED
/*
 * The twin's environment is empty, so the sanitizers' options stand here.  The
 * search for leaks needs ptrace, which a program that nobody may trace refuses.
 */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif
