/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/arena.h"
#include "core/learn_need.h"
#include "core/prepare.h"

#define MANY 4	  /* files of one folder, which then stands for them */
#define MOST 2048 /* paths of one list; what comes behind is counted alone */
#define MOST_BYTES ((size_t)16 * 1024 * 1024) /* of all their names, ever */

/* ---- lists of paths ---- */

void need_add(struct learned *learned, struct needs *needs, const char *path,
	      unsigned classes)
{
	for (size_t i = 0; i < needs->n; i++)
		if (!strcmp(needs->need[i].path, path)) {
			needs->need[i].classes |= classes;
			return;
		}
	if (needs->n == MOST)
		need_settle(learned, needs);
	if ((needs->n > MOST / 2 && needs->is_full) ||
	    learned->n_bytes > MOST_BYTES) {
		learned->n_unseen++;
		return;
	}
	learned->n_bytes += strlen(path) + 1;
	if (needs->n == needs->room) {
		size_t room = needs->room ? 2 * needs->room : 64;
		struct need *more =
			arena_alloc(learned->arena, room * sizeof(*more));

		if (needs->n > 0)
			memcpy(more, needs->need, needs->n * sizeof(*more));
		needs->need = more;
		needs->room = room;
	}
	needs->need[needs->n++] =
		(struct need){ arena_strdup(learned->arena, path), classes };
}

/* Is `path` the folder or below it? */
static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	if (!strcmp(folder, "/"))
		return true;
	return !strncmp(path, folder, n) && (path[n] == '/' || !path[n]);
}

/* The system's, a home, or what many write to: no folder to be said as a whole
 * for the sake of some files. */
static bool is_wide(const struct learned *learned, const char *path)
{
	static const char *const tops[] = {
		"/",	  "/bin",     "/boot",	  "/dev", "/etc",  "/home",
		"/lib",	  "/lib64",   "/mnt",	  "/opt", "/root", "/run",
		"/srv",	  "/sbin",    "/sys",	  "/tmp", "/usr",  "/var",
		"/media", "/var/tmp", "/dev/shm",
	};
	const struct prepared *prepared = learned->prepared;
	const char *const homes[] = { prepared->plan.settled.home,
				      prepared->stack.home };

	for (size_t i = 0; i < CORDON_COUNT(tops); i++)
		if (!strcmp(tops[i], path))
			return true;
	for (size_t i = 0; i < CORDON_COUNT(homes); i++)
		if (homes[i] && !strcmp(homes[i], path))
			return true;
	return !strncmp(path, "/home/", 6) && !strchr(path + 6, '/');
}

/* As a whole for what is made in it: only the folders that are for that. */
static bool is_shared(const char *path)
{
	return !strcmp(path, "/tmp") || !strcmp(path, "/var/tmp") ||
	       !strcmp(path, "/dev/shm");
}

static int compare_needs(const void *a, const void *b)
{
	const struct need *one = a, *two = b;

	return strcmp(one->path, two->path);
}

/* What `other` gives is not said again: both more than read include it. */
static void drop_covered(struct needs *needs)
{
	size_t n = 0;

	for (size_t i = 0; i < needs->n; i++) {
		struct need *need = &needs->need[i];

		if (need->classes & (LEARN_WRITE | LEARN_EXECUTE))
			need->classes &= ~(unsigned)LEARN_READ;
		for (size_t k = 0; k < needs->n; k++) {
			const struct need *other = &needs->need[k];
			unsigned gives = other->classes;

			if (k == i || !is_below(need->path, other->path))
				continue;
			if (gives & (LEARN_WRITE | LEARN_EXECUTE))
				gives |= LEARN_READ;
			need->classes &= ~gives;
		}
	}
	for (size_t i = 0; i < needs->n; i++)
		if (needs->need[i].classes)
			needs->need[n++] = needs->need[i];
	needs->n = n;
}

static size_t folder_size(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) : 0;
}

/* Those of one folder side by side. */
static int compare_folders(const void *a, const void *b)
{
	const struct need *one = a, *two = b;
	size_t size = folder_size(one->path), other = folder_size(two->path);
	int order = memcmp(one->path, two->path, size < other ? size : other);

	if (order != 0 || size == other)
		return order;
	return size < other ? -1 : 1;
}

static bool is_beside(const char *path, const char *other)
{
	size_t size = folder_size(path);

	return folder_size(other) == size && !memcmp(path, other, size);
}

/* Of programs each is said. */
static bool gather(struct learned *learned, struct needs *needs, unsigned class)
{
	bool has_gathered = false;
	size_t end;

	for (size_t i = 0; i < needs->n; i = end) {
		struct need *first = &needs->need[i];
		size_t size = folder_size(first->path), n = 0;
		const char *folder;

		for (end = i; end < needs->n &&
			      is_beside(first->path, needs->need[end].path);
		     end++)
			n += (needs->need[end].classes & class) != 0;
		folder = arena_copy(learned->arena, first->path, size);
		if (n < MANY || size == 0 || is_wide(learned, folder))
			continue;
		/* It takes the place of one that wants nothing else. */
		for (n = i; n < end && needs->need[n].classes != class; n++)
			;
		if (n == end)
			continue;
		for (size_t k = i; k < end; k++)
			needs->need[k].classes &= ~class;
		needs->need[n] = (struct need){ folder, class };
		has_gathered = true;
	}
	return has_gathered;
}

void need_settle(struct learned *learned, struct needs *needs)
{
	bool has_gathered;

	do {
		drop_covered(needs);
		if (needs->n > 0)
			qsort(needs->need, needs->n, sizeof(*needs->need),
			      compare_folders);
		has_gathered = gather(learned, needs, LEARN_READ);
		has_gathered |= gather(learned, needs, LEARN_WRITE);
	} while (has_gathered);
	if (needs->n > 0)
		qsort(needs->need, needs->n, sizeof(*needs->need),
		      compare_needs);
	needs->is_full = needs->n > MOST / 2;
}

/* ---- against the stack ---- */

static bool is_final(const struct prepared *prepared, const char *section)
{
	bool is = false;

	for (size_t i = 0; i < prepared->n_parts; i++)
		if (!strcmp(prepared->parts[i].section->name, section))
			is = prepared->parts[i].section->is_final;
	return is;
}

void need_init(struct learned *learned, struct arena *arena,
	       struct prepared *prepared)
{
	const struct plan *plan = &prepared->plan;
	const struct step *step = plan_find(plan, CORDON_STEP_LANDLOCK);

	*learned = (struct learned){ .arena = arena, .prepared = prepared };
	for (const struct step *each = plan_find(plan, CORDON_STEP_RLIMIT);
	     each; each = plan_next(plan, each))
		learned->counts_files |= each->is.number[0] == RLIMIT_NOFILE;
	learned->rulesets = arena_alloc(arena, (plan->n_steps + 1) *
						       sizeof(struct ruleset));
	for (; step; step = plan_next(plan, step))
		if (step->is.number[0] || step->is.number[1])
			learned->rulesets[learned->n_rulesets++] =
				(struct ruleset){ .section = step->section,
						  .is_final = is_final(
							  prepared,
							  step->section),
						  .files = step->is.number[0],
						  .ports = step->is.number[1] };
}

void need_find_rules(struct learned *learned, pid_t pid)
{
	const struct plan *plan = &learned->prepared->plan;

	learned->has_rules = true;
	for (size_t i = 0; i < learned->n_rulesets; i++) {
		struct ruleset *set = &learned->rulesets[i];
		const struct step *step =
			plan_find(plan, CORDON_STEP_LANDLOCK_PATH);

		set->rules =
			arena_alloc(learned->arena,
				    (plan->n_steps + 1) * sizeof(*set->rules));
		for (; step; step = plan_next(plan, step)) {
			struct learn_found found;

			if (strcmp(step->section, set->section) ||
			    call_find(pid, geteuid(), step->is.text[0], true,
				      &found) < 0 ||
			    found.is_absent)
				continue;
			set->rules[set->n_rules++] = (struct learn_rule){
				arena_strdup(learned->arena, found.path),
				step->is.number[0]
			};
		}
	}
}

static int64_t allowed(const struct ruleset *set, const char *path)
{
	int64_t rights = 0;

	for (size_t i = 0; i < set->n_rules; i++)
		if (is_below(path, set->rules[i].path))
			rights |= set->rules[i].rights;
	return rights;
}

static bool is_forbidden(const struct learned *learned, const char *path)
{
	const struct plan *plan = &learned->prepared->plan;
	const struct step *step = plan_find(plan, CORDON_STEP_FORBID);

	while (step && !is_below(path, step->is.text[0]))
		step = plan_next(plan, step);
	return step != NULL;
}

static unsigned class_of(int64_t rights)
{
	if (rights & CORDON_LL_EXECUTE)
		return LEARN_EXECUTE;
	return rights & ~(int64_t)(CORDON_LL_READ_FILE | CORDON_LL_READ_DIR)
		       ? LEARN_WRITE
		       : LEARN_READ;
}

/* Where it is noted: by the section that refuses it, unless that is no help. */
static struct needs *list_for(struct learned *learned, struct ruleset *set,
			      const char *path, unsigned class, bool is_whole)
{
	if (set->is_final)
		return &learned->final;
	if (is_whole && is_wide(learned, path) &&
	    !(class == LEARN_WRITE && is_shared(path)))
		return &learned->too_wide;
	return &set->needs;
}

static void need_from(struct learned *learned, const char *path, int64_t rights,
		      bool is_whole)
{
	unsigned class = class_of(rights);

	if (is_forbidden(learned, path)) {
		need_add(learned, &learned->forbidden, path, class);
		return;
	}
	for (size_t i = 0; i < learned->n_rulesets; i++) {
		struct ruleset *set = &learned->rulesets[i];

		if (rights & set->files & ~allowed(set, path))
			need_add(learned,
				 list_for(learned, set, path, class, is_whole),
				 path, class);
	}
}

void need_path(struct learned *learned, const char *path, int64_t rights)
{
	need_from(learned, path, rights,
		  (rights & CORDON_LL_READ_DIR) && strcmp(path, "/proc"));
}

void need_folder(struct learned *learned, const char *path, int64_t rights)
{
	need_from(learned, path, rights, true);
}

static bool is_port_allowed(const struct learned *learned,
			    const struct ruleset *set, int64_t right,
			    uint16_t port)
{
	const struct plan *plan = &learned->prepared->plan;
	const struct step *step = plan_find(plan, CORDON_STEP_LANDLOCK_PORT);

	while (step &&
	       !(!strcmp(step->section, set->section) &&
		 step->is.number[0] & right && step->is.number[1] <= port &&
		 port <= step->is.number[2]))
		step = plan_next(plan, step);
	return step != NULL;
}

void need_port(struct learned *learned, int64_t right, uint16_t port)
{
	int at = right == CORDON_LL_CONNECT_TCP;

	for (size_t i = 0; i < learned->n_rulesets; i++) {
		struct ruleset *set = &learned->rulesets[i];
		size_t *n = &set->n_ports[at], k = 0;

		if (set->is_final || !(set->ports & right) ||
		    is_port_allowed(learned, set, right, port))
			continue;
		while (k < *n && set->port[at][k] != port)
			k++;
		if (k == *n && *n < CORDON_COUNT(set->port[at]))
			set->port[at][(*n)++] = port;
	}
}
