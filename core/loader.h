/* SPDX-License-Identifier: MIT */
/*
 * loader - from a module's name to its descriptor, checked
 *
 * First among the modules that are part of the program, then DIR/NAME.so, whose
 * owner and mode are judged before it is opened: its constructors run then.
 */
#ifndef CORDON_LOADER_H
#define CORDON_LOADER_H 1
#include <stdbool.h>
#include <stddef.h>

#include <cordon/module.h>

#include "core/trust.h"

struct arena;

/* A row of libtool's table of preloaded symbols; the last one's name is NULL.
 */
struct loader_symbol {
	const char *name; /* "rlimits_LTX_cordon_module", among others */
	void *address;
};

struct loader {
	struct arena *arena;
	const struct loader_symbol *preloaded; /* NULL: none */
	const char *dir;		       /* NULL: none */
	const struct trust *trust;	       /* of dir */
	struct loader_module *opened;	       /* the loader's own */
};

/* The same descriptor each time; NULL: err says which file, or which is near.
 */
const struct cordon_module *loader_open(struct loader *loader, const char *name,
					struct cordon_error *err);

/* Whether loader_open() took it from the program itself: then it was built and
 * tested with this core. */
bool loader_is_preloaded(const struct loader *loader, const char *name);

/* A file elsewhere, PATH absolute: for a module's author. */
const struct cordon_module *loader_open_file(struct loader *loader,
					     const char *path,
					     struct cordon_error *err);

/* Those that loader_open() would find, sorted, once each. */
int loader_names(struct loader *loader, const char *const **names, size_t *n,
		 struct cordon_error *err);

#endif /* CORDON_LOADER_H */
