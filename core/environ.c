/* SPDX-License-Identifier: MIT */
/*
 * The job's environment: a new one, never the inherited block (I6).
 *
 * What steers a loader or an interpreter passes by its exact name alone: a glob
 * is no wish for it, and without any section it is dropped too.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/plan.h"
#include "core/relay_door.h"
#include "core/settle.h"
#include "core/value.h"

/* Each runs code, or makes other code run, in the program that reads it. */
static const char *const steering[] = {
	/* dynamic linkers, C libraries */
	"LD_*", "DYLD_*", "GLIBC_TUNABLES", "GCONV_PATH", "GETCONF_DIR",
	"HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "MALLOC_*", "NIS_PATH",
	"NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TZDIR",
	"LTDL_LIBRARY_PATH", "MUSL_*",
	/* shells */
	"BASH_ENV", "BASH_FUNC_*", "ENV", "IFS", "CDPATH", "SHELLOPTS",
	"BASHOPTS", "PS4", "PROMPT_COMMAND", "GLOBIGNORE", "ZDOTDIR", "FPATH",
	"KSH_ENV",
	/* interpreters */
	"PYTHON*", "PERL5*", "PERLLIB", "PERL_*", "RUBYOPT", "RUBYLIB",
	"RUBYSHELL", "GEM_HOME", "GEM_PATH", "BUNDLE_*", "NODE_OPTIONS",
	"NODE_PATH", "NODE_EXTRA_CA_CERTS", "NODE_REPL_*", "LUA_INIT*",
	"LUA_PATH*", "LUA_CPATH*", "TCLLIBPATH", "R_PROFILE*", "R_ENVIRON*",
	"PHPRC", "PHP_INI_SCAN_DIR", "GUILE_LOAD_*", "OCAMLRUNPARAM",
	"ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "ERL_LIBS",
	/* virtual machines */
	"JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH",
	"DOTNET_STARTUP_HOOKS", "CORECLR_*", "COR_PROFILER*", "MONO_*",
	/* tools that start others */
	"GIT_*", "LESSOPEN", "LESSCLOSE",
	"MANPAGER", "SSH_ASKPASS", "SUDO_ASKPASS", "OPENSSL_CONF",
	"OPENSSL_MODULES", "OPENSSL_ENGINES", "GTK_MODULES", "GTK_PATH",
	"GIO_MODULE_DIR", "QT_PLUGIN_PATH", "TERMINFO*",
	"TERMCAP", "INPUTRC", "XLOCALEDIR", "XFILESEARCHPATH",
};

bool environ_is_steering(const char *name)
{
	for (size_t i = 0; i < CORDON_COUNT(steering); i++)
		if (value_glob(steering[i], name))
			return true;
	return false;
}

/* Names that mostly hold one; not those that say where it is. */
static const char *const secrets[] = {
	"*SECRET*",  "*PASSWORD*",   "*PASSWD*",      "*PASSPHRASE*",
	"*TOKEN*",   "*API_KEY*",    "*PRIVATE_KEY*", "*ACCESS_KEY*",
	"*CREDENTIAL*",
};
static const char *const places[] = { "*_FILE", "*_PATH", "*_DIR", "*_DIRECTORY",
				      "*_FD" };

static bool is_like(const char *name, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (value_glob(patterns[i], name))
			return true;
	return false;
}

static bool is_secret(const char *name)
{
	return is_like(name, secrets, CORDON_COUNT(secrets)) &&
	       !is_like(name, places, CORDON_COUNT(places));
}

static bool in_words(const struct step *step, const char *name, bool is_exact)
{
	for (size_t i = 0; i < step->is.n_words; i++)
		if (is_exact ? !strcmp(step->is.word[i], name)
			     : value_glob(step->is.word[i], name))
			return true;
	return false;
}

/* Every list that was written must let it pass; a section without one keeps
 * nothing, unless another section says what. */
static bool is_kept(const struct plan *plan, const char *name)
{
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_KEEP);
	bool is_exact = environ_is_steering(name), has_list = false;

	if (!step)
		return !is_exact;
	for (; step; step = plan_next(plan, step)) {
		if (step->is.number[0] != 0)
			continue;
		has_list = true;
		if (!in_words(step, name, is_exact))
			return false;
	}
	return has_list;
}

static bool is_dropped(const struct plan *plan, const char *name)
{
	for (const struct step *step = plan_find(plan, CORDON_STEP_ENV_DROP);
	     step; step = plan_next(plan, step))
		if (in_words(step, name, false))
			return true;
	return false;
}

static bool is_taken(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->settled.n_secrets; i++)
		if (!plan->settled.secrets[i].is_path &&
		    !strcmp(plan->settled.secrets[i].source, name))
			return true;
	return false;
}

/* A pattern is looked at as a name: what it lets pass is not known here. */
const struct step *environ_secret(const struct plan *plan)
{
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_KEEP);

	for (; step; step = plan_next(plan, step))
		for (size_t i = 0; i < step->is.n_words; i++) {
			const char *name = step->is.word[i];

			if (is_secret(name) && !is_dropped(plan, name) &&
			    !is_taken(plan, name))
				return step;
		}
	step = plan_find(plan, CORDON_STEP_ENV_SET);
	while (step && !(is_secret(step->is.text[0]) && *step->is.text[1]))
		step = plan_next(plan, step);
	return step;
}

struct list {
	struct arena *arena;
	const char **entry;
	size_t n, room;
};

static void put(struct list *list, const char *entry)
{
	if (list->n + 1 >= list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		const char **more = arena_alloc(list->arena, room * sizeof(*more));

		if (list->n > 0)
			memcpy(more, list->entry, list->n * sizeof(*more));
		list->entry = more;
		list->room = room;
	}
	list->entry[list->n++] = entry;
	list->entry[list->n] = NULL;
}

/* The index of NAME's entry, or list->n. */
static size_t find(const struct list *list, const char *name, size_t size)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strncmp(list->entry[i], name, size) &&
		    list->entry[i][size] == '=')
			return i;
	return list->n;
}

static void set(struct list *list, const char *name, const char *value)
{
	size_t i = find(list, name, strlen(name));
	char *entry = arena_printf(list->arena, "%s=%s", name, value);

	if (i < list->n)
		list->entry[i] = entry;
	else
		put(list, entry);
}

/* Of two entries of one name the first counts, as for getenv(3). */
static void take(const struct plan *plan, struct list *list)
{
	for (size_t i = 0; plan->job->environ && plan->job->environ[i]; i++) {
		const char *entry = plan->job->environ[i];
		size_t size = strcspn(entry, "=");
		char *name;

		if (size == 0 || entry[size] != '=')
			continue;
		name = arena_copy(plan->arena, entry, size);
		if (is_kept(plan, name) && !is_dropped(plan, name) &&
		    find(list, name, size) == list->n)
			put(list, entry);
	}
}

static int login(const struct plan *plan, struct list *list,
		 struct cordon_error *err)
{
	const struct settled *settled = &plan->settled;
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_LOGIN);

	if (!step)
		return 0;
	if (!settled->user_name)
		return cordon_fail(err, 0,
				   "%s login needs a user with an entry in "
				   "passwd",
				   plan_blame(plan->arena, plan, step));
	set(list, "HOME", settled->home);
	set(list, "USER", settled->user_name);
	set(list, "LOGNAME", settled->user_name);
	set(list, "SHELL", *settled->shell ? settled->shell : "/bin/sh");
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct step *const *one = a, *const *two = b;

	return strcmp((*one)->is.text[0], (*two)->is.text[0]);
}

static void set_all(const struct plan *plan, struct list *list)
{
	const struct step **all =
		arena_alloc(plan->arena, (plan->n_steps + 1) * sizeof(*all));
	size_t n = 0;

	for (const struct step *step = plan_find(plan, CORDON_STEP_ENV_SET);
	     step; step = plan_next(plan, step))
		all[n++] = step;
	qsort(all, n, sizeof(*all), compare_names);
	for (size_t i = 0; i < n; i++)
		set(list, all[i]->is.text[0], all[i]->is.text[1]);
}

static int refuse_set(const struct plan *plan, const char *name,
		      const char *what, struct cordon_error *err)
{
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_SET);

	for (; step; step = plan_next(plan, step))
		if (!strcmp(step->is.text[0], name))
			return cordon_fail(err, 0,
					   "%s 'env-set %s' contradicts %s",
					   plan_blame(plan->arena, plan, step),
					   name, what);
	return 0;
}

/* The folder's path is not known before the start. */
static int set_tmp_dir(const struct plan *plan, struct list *list,
		       struct cordon_error *err)
{
	const char *name = plan->settled.tmp_variable;

	if (!name)
		return 0;
	if (refuse_set(plan, name,
		       arena_printf(plan->arena, "'dir = %s' of %s", name,
				    plan->settled.tmp_asker),
		       err) < 0)
		return -1;
	set(list, name, plan->settled.tmp_path);
	return 0;
}

/* The job is to listen where the relay connects. */
static int set_door(const struct plan *plan, struct list *list,
		    struct cordon_error *err)
{
	const char *name = NULL, *path = door_path(plan, &name);
	const struct step *door = plan_find(plan, CORDON_STEP_STREAM_SOCKET);
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_SET);

	if (!path)
		return 0;
	for (; step; step = plan_next(plan, step))
		if (!strcmp(step->is.text[0], name))
			return cordon_fail(err, 0,
					   "%s 'env-set %s' contradicts that of "
					   "%s",
					   plan_blame(plan->arena, plan, step),
					   name,
					   plan_blame(plan->arena, plan, door));
	set(list, name, path);
	return 0;
}

/* All of that name: who takes the second of two would have it else. */
static void take_away(struct list *list, const char *name)
{
	const size_t size = strlen(name);
	size_t at;

	while ((at = find(list, name, size)) < list->n) {
		memmove(&list->entry[at], &list->entry[at + 1],
			(list->n - at) * sizeof(*list->entry));
		list->n--;
	}
}

static int compare_texts(const void *a, const void *b)
{
	const char *const *one = a, *const *two = b;

	return strcmp(*one, *two);
}

static void put_secrets(const struct plan *plan, struct list *list)
{
	const size_t first = list->n;

	for (size_t i = 0; i < plan->settled.n_secrets; i++)
		put(list, plan->settled.secrets[i].entry);
	if (list->n > first)
		qsort(&list->entry[first], list->n - first,
		      sizeof(*list->entry), compare_texts);
}

/* What holds a secret goes, whatever keeps it; what tells where one is, comes. */
static int set_secrets(const struct plan *plan, struct list *list,
		       struct cordon_error *err)
{
	const struct settled *settled = &plan->settled;

	for (size_t i = 0; i < settled->n_secrets; i++) {
		const struct secret *secret = &settled->secrets[i];
		const char *what = arena_printf(plan->arena, "a secret in '%s'",
						secret->variable);

		if (refuse_set(plan, secret->variable, what, err) < 0 ||
		    (!secret->is_path &&
		     refuse_set(plan, secret->source, what, err) < 0))
			return -1;
		if (settled->tmp_variable &&
		    !strcmp(settled->tmp_variable, secret->variable))
			return cordon_fail(err, 0,
					   "%s 'dir = %s' contradicts %s",
					   settled->tmp_asker,
					   secret->variable, what);
		if (!secret->is_path)
			take_away(list, secret->source);
		take_away(list, secret->variable);
	}
	put_secrets(plan, list);
	return 0;
}

/* Names and the descriptors that they name go together; what the stack itself
 * sets names others. */
static void settle_fd_name(struct list *list, const struct fd_name *fd_name)
{
	size_t size = strlen(fd_name->name);
	size_t at = find(list, fd_name->name, size);
	bool is_callers = at < list->n &&
			  !strcmp(list->entry[at] + size + 1, fd_name->callers);

	if ((at == list->n && fd_name->is_kept) ||
	    (is_callers && fd_name->value)) {
		set(list, fd_name->name, fd_name->value);
	} else if (is_callers) {
		memmove(&list->entry[at], &list->entry[at + 1],
			(list->n - at) * sizeof(*list->entry));
		list->n--;
	}
}

/* What names cordon's process means the job's, which knows its number itself. */
static void settle_pids(struct plan *plan, struct list *list)
{
	static const char *const names[PLAN_PIDS] = { "LISTEN_PID",
						      "WATCHDOG_PID",
						      "SYSTEMD_EXEC_PID" };
	const char *own = arena_printf(plan->arena, "%d", (int)getpid());

	for (size_t i = 0; i < PLAN_PIDS; i++) {
		size_t size = strlen(names[i]);
		size_t at = find(list, names[i], size);
		char *entry;

		if (at == list->n || strcmp(list->entry[at] + size + 1, own))
			continue;
		entry = arena_alloc(plan->arena, size + 2 + PLAN_PID_SIZE);
		memcpy(entry, list->entry[at], size + 1 + strlen(own));
		list->entry[at] = entry;
		plan->settled.pids[i] = entry + size + 1;
	}
}

int settle_environ(struct plan *plan, struct cordon_error *err)
{
	struct list list = { .arena = plan->arena };

	list.entry = arena_alloc(plan->arena, sizeof(*list.entry));
	take(plan, &list);
	if (login(plan, &list, err) < 0)
		return -1;
	set_all(plan, &list);
	if (set_tmp_dir(plan, &list, err) < 0 || set_door(plan, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < plan->settled.n_fd_names; i++)
		settle_fd_name(&list, &plan->settled.fd_names[i]);
	settle_pids(plan, &list);
	if (set_secrets(plan, &list, err) < 0)
		return -1;
	plan->settled.environ = list.entry;
	return 0;
}

/* What confstr(3) says, and where admins install. */
#define DEFAULT_PATH "/usr/local/bin:/usr/bin:/bin"

const char *environ_path(const struct plan *plan)
{
	const char *const *entry = plan->job->environ;
	const struct step *step = plan_find(plan, CORDON_STEP_ENV_SET);

	for (; step; step = plan_next(plan, step))
		if (!strcmp(step->is.text[0], "PATH"))
			return step->is.text[1];
	for (; entry && *entry; entry++)
		if (!strncmp(*entry, "PATH=", 5))
			return is_kept(plan, "PATH") &&
					       !is_dropped(plan, "PATH")
				       ? *entry + 5
				       : DEFAULT_PATH;
	return DEFAULT_PATH;
}
