/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/place.h"

static const struct place installed = {
	.confdirs = { CORDON_CONFDIR, CORDON_STACKSDIR },
	.n_confdirs = 2,
	.moduledir = CORDON_MODULEDIR,
	.front = CORDON_BINDIR "/cordon",
	.twin = CORDON_PROGRAMS "/cordon-dynamic",
	.init = CORDON_PROGRAMS "/cordon-init",
};

static const struct place build_tree = {
	.confdirs = { CORDON_SRCDIR "/conf.d" },
	.n_confdirs = 1,
	.moduledir = CORDON_BUILDDIR "/modules/.libs",
	.front = CORDON_BUILDDIR "/cordon",
	.twin = CORDON_BUILDDIR "/cordon-dynamic",
	.init = CORDON_BUILDDIR "/cordon-init",
	.trust = { .bases = { CORDON_SRCDIR, CORDON_BUILDDIR } },
	.is_build_tree = true,
};

/* Asked of the kernel: argv[0] and the environment are the caller's words. */
static bool is_in_build_tree(void)
{
	static const char *const programs[] = {
		CORDON_BUILDDIR "/cordon",
		CORDON_BUILDDIR "/cordon-dynamic",
		CORDON_BUILDDIR "/.libs/cordon",
		CORDON_BUILDDIR "/.libs/cordon-dynamic",
	};
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (n < 0)
		return false;
	path[n] = '\0';
	for (size_t i = 0; i < CORDON_COUNT(programs); i++)
		if (!strcmp(path, programs[i]))
			return true;
	return false;
}

int place_find(struct place *out, struct cordon_error *err)
{
	struct stat st;

	if (!is_in_build_tree()) {
		*out = installed;
		return 0;
	}
	if (stat(CORDON_BUILDDIR, &st) < 0)
		return cordon_fail(err, errno, "cannot stat '%s'",
				   CORDON_BUILDDIR);
	*out = build_tree;
	out->trust.uids[0] = st.st_uid;
	out->trust.n = 1;
	return 0;
}
