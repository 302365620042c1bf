/* SPDX-License-Identifier: MIT */
/* The command line of nsjail, and the file that it names. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/nsjail.h"
#include "core/param.h"
#include "core/value.h"

#define PROFILE_MAX ((size_t)1 << 20) /* bytes */
#define SHOWN 96
#define SHOW(buffer, text)                                                     \
	value_show(buffer, sizeof(buffer), text, strlen(text))

/* ---- its file ---- */

/* All of it by one descriptor, so what is judged is what was there. */
static int read_file(struct arena *arena, const char *path, char **text,
		     size_t *size, struct cordon_error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	char shown[SHOWN];
	struct stat st;
	ssize_t n = 1;

	if (fd < 0)
		return cordon_fail(err, errno, "cannot open '%s'",
				   SHOW(shown, path));
	*size = 0;
	*text = arena_alloc(arena, PROFILE_MAX + 2);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return cordon_fail(err, 0, "'%s' is not a regular file",
				   SHOW(shown, path));
	}
	while (n > 0 && *size <= PROFILE_MAX) {
		n = read(fd, *text + *size, PROFILE_MAX + 1 - *size);
		*size += n > 0 ? (size_t)n : 0;
	}
	close(fd);
	if (n < 0)
		return cordon_fail(err, EIO, "cannot read '%s'",
				   SHOW(shown, path));
	if (*size == 0 || *size > PROFILE_MAX)
		return cordon_fail(err, 0, "'%s' is %s", SHOW(shown, path),
				   *size ? "longer than 1 MiB" : "empty");
	return 0;
}

/* ---- the command line ---- */

enum form {
	FORM_FIELD, /* its field, as text */
	FORM_SET,   /* without argument: its field, and the value here */
	FORM_LIMIT, /* a number, or soft, hard, inf and their other names */
	FORM_CONFIG,
	FORM_HELP,
	FORM_NOTHING, /* what is said about nsjail's own messages */
	FORM_MODE,
	FORM_BIND,    /* SRC[:DST] */
	FORM_TMPFS,   /* DST */
	FORM_MOUNT,   /* SRC:DST:FSTYPE:OPTIONS */
	FORM_SYMLINK, /* TEXT:DST */
	FORM_MAP,     /* ID, or INSIDE:OUTSIDE:COUNT */
	FORM_CHROOT,  /* a folder that is shown at "/" */
	FORM_ROOT_RW,
	FORM_PROC_RW,
	FORM_REFUSED,
};

#define REFUSED(name)                                                          \
	{                                                                      \
		name, 0, FORM_REFUSED, NULL, NULL                              \
	}

static const struct option {
	const char *name;
	char letter; /* 0: none */
	enum form form;
	const char *field, *value;
} options[] = {
	{ "help", 'h', FORM_HELP, NULL, NULL },
	{ "mode", 'M', FORM_MODE, "mode", NULL },
	{ "config", 'C', FORM_CONFIG, NULL, NULL },
	{ "verbose", 'v', FORM_NOTHING, NULL, NULL },
	{ "quiet", 'q', FORM_NOTHING, NULL, NULL },
	{ "really_quiet", 'Q', FORM_NOTHING, NULL, NULL },
	{ "time_limit", 't', FORM_FIELD, "time_limit", NULL },
	{ "hostname", 'H', FORM_FIELD, "hostname", NULL },
	{ "cwd", 'D', FORM_FIELD, "cwd", NULL },
	{ "bindmount_ro", 'R', FORM_BIND, "mount", "false" },
	{ "bindmount", 'B', FORM_BIND, "mount", "true" },
	{ "tmpfsmount", 'T', FORM_TMPFS, "mount", NULL },
	{ "mount", 'm', FORM_MOUNT, "mount", NULL },
	{ "symlink", 's', FORM_SYMLINK, "mount", NULL },
	{ "env", 'E', FORM_FIELD, "envar", NULL },
	{ "keep_env", 'e', FORM_SET, "keep_env", "true" },
	{ "user", 'u', FORM_MAP, "uidmap", NULL },
	{ "group", 'g', FORM_MAP, "gidmap", NULL },
	{ "keep_caps", 0, FORM_SET, "keep_caps", "true" },
	{ "cap", 0, FORM_FIELD, "cap", NULL },
	{ "silent", 0, FORM_SET, "silent", "true" },
	{ "stderr_to_null", 0, FORM_SET, "stderr_to_null", "true" },
	{ "skip_setsid", 0, FORM_SET, "skip_setsid", "true" },
	{ "disable_proc", 0, FORM_SET, "mount_proc", "false" },
	{ "iface_no_lo", 0, FORM_SET, "iface_no_lo", "true" },
	{ "nice_level", 0, FORM_FIELD, "nice_level", NULL },
	{ "disable_rlimits", 0, FORM_SET, "disable_rl", "true" },
	{ "rlimit_as", 0, FORM_LIMIT, "rlimit_as", NULL },
	{ "rlimit_core", 0, FORM_LIMIT, "rlimit_core", NULL },
	{ "rlimit_cpu", 0, FORM_LIMIT, "rlimit_cpu", NULL },
	{ "rlimit_fsize", 0, FORM_LIMIT, "rlimit_fsize", NULL },
	{ "rlimit_nofile", 0, FORM_LIMIT, "rlimit_nofile", NULL },
	{ "rlimit_nproc", 0, FORM_LIMIT, "rlimit_nproc", NULL },
	{ "rlimit_stack", 0, FORM_LIMIT, "rlimit_stack", NULL },
	{ "rlimit_memlock", 0, FORM_LIMIT, "rlimit_memlock", NULL },
	{ "rlimit_rtprio", 0, FORM_LIMIT, "rlimit_rtprio", NULL },
	{ "rlimit_msgqueue", 0, FORM_LIMIT, "rlimit_msgqueue", NULL },
	{ "disable_clone_newnet", 'N', FORM_SET, "clone_newnet", "false" },
	{ "disable_clone_newuser", 0, FORM_SET, "clone_newuser", "false" },
	{ "disable_clone_newns", 0, FORM_SET, "clone_newns", "false" },
	{ "disable_clone_newpid", 0, FORM_SET, "clone_newpid", "false" },
	{ "disable_clone_newipc", 0, FORM_SET, "clone_newipc", "false" },
	{ "disable_clone_newuts", 0, FORM_SET, "clone_newuts", "false" },
	{ "disable_clone_newcgroup", 0, FORM_SET, "clone_newcgroup", "false" },
	{ "enable_clone_newtime", 0, FORM_SET, "clone_newtime", "true" },
	{ "forward_signals", 0, FORM_SET, "forward_signals", "true" },
	{ "oom_score_adj", 0, FORM_FIELD, "oom_score_adj", NULL },
	{ "chroot", 'c', FORM_CHROOT, NULL, NULL },
	{ "rw", 0, FORM_ROOT_RW, NULL, NULL },
	{ "proc_rw", 0, FORM_PROC_RW, NULL, NULL },
	{ "cgroup_mem_max", 0, FORM_FIELD, "cgroup_mem_max", NULL },
	{ "cgroup_cpu_ms_per_sec", 0, FORM_FIELD, "cgroup_cpu_ms_per_sec",
	  NULL },
	{ "cgroup_pids_max", 0, FORM_FIELD, "cgroup_pids_max", NULL },
	{ "daemon", 'd', FORM_REFUSED, NULL, NULL },
	{ "exec_file", 'x', FORM_REFUSED, NULL, NULL },
	{ "port", 'p', FORM_REFUSED, NULL, NULL },
	{ "log", 'l', FORM_REFUSED, NULL, NULL },
	{ "log_fd", 'L', FORM_REFUSED, NULL, NULL },
	{ "uid_mapping", 'U', FORM_REFUSED, NULL, NULL },
	{ "gid_mapping", 'G', FORM_REFUSED, NULL, NULL },
	{ "seccomp_policy", 'P', FORM_REFUSED, NULL, NULL },
	{ "macvlan_iface", 'I', FORM_REFUSED, NULL, NULL },
	REFUSED("execute_fd"),
	REFUSED("no_pivotroot"),
	REFUSED("bindhost"),
	REFUSED("max_conns"),
	{ "max_conns_per_ip", 'i', FORM_REFUSED, NULL, NULL },
	REFUSED("max_cpus"),
	REFUSED("pass_fd"),
	REFUSED("disable_no_new_privs"),
	REFUSED("persona_addr_compat_layout"),
	REFUSED("persona_mmap_page_zero"),
	REFUSED("persona_read_implies_exec"),
	REFUSED("persona_addr_limit_3gb"),
	REFUSED("persona_addr_no_randomize"),
	REFUSED("proc_path"),
	REFUSED("experimental_mnt"),
	REFUSED("seccomp_string"),
	REFUSED("seccomp_log"),
	REFUSED("seccomp_unotify"),
	REFUSED("seccomp_unotify_report"),
	REFUSED("cgroup_mem_memsw_max"),
	REFUSED("cgroup_mem_swap_max"),
	REFUSED("cgroup_mem_mount"),
	REFUSED("cgroup_mem_parent"),
	REFUSED("cgroup_pids_mount"),
	REFUSED("cgroup_pids_parent"),
	REFUSED("cgroup_net_cls_classid"),
	REFUSED("cgroup_net_cls_mount"),
	REFUSED("cgroup_net_cls_parent"),
	REFUSED("cgroup_cpu_mount"),
	REFUSED("cgroup_cpu_parent"),
	REFUSED("cgroupv2_mount"),
	REFUSED("use_cgroupv2"),
	REFUSED("detect_cgroupv2"),
	REFUSED("iface_own"),
	REFUSED("macvlan_vs_ip"),
	REFUSED("macvlan_vs_nm"),
	REFUSED("macvlan_vs_gw"),
	REFUSED("macvlan_vs_ma"),
	REFUSED("macvlan_vs_mo"),
	REFUSED("disable_tsc"),
	REFUSED("use_core_scheduling"),
	REFUSED("user_net"),
};

static const char help[] =
	"usage: nsjail [OPTION...] [--config FILE] -- COMMAND [ARGUMENT...]\n"
	"\n"
	"This is cordon, which takes nsjail's configuration and adds the "
	"stack\n"
	"'nsjail' of its own.  Options behind --config come after what is in\n"
	"FILE.  See cordon(8).\n"
	"\n";

static int print_help(void)
{
	fputs(help, stdout);
	for (size_t i = 0; i < CORDON_COUNT(options); i++)
		if (options[i].form != FORM_REFUSED && options[i].letter)
			printf("  --%s, -%c\n", options[i].name,
			       options[i].letter);
		else if (options[i].form != FORM_REFUSED)
			printf("  --%s\n", options[i].name);
	return fflush(stdout) == 0 ? 1 : -1;
}

static bool takes_argument(enum form form)
{
	return form != FORM_SET && form != FORM_HELP && form != FORM_NOTHING &&
	       form != FORM_ROOT_RW && form != FORM_PROC_RW &&
	       form != FORM_REFUSED;
}

/* Up to the next ':', which is left behind; "" at the end. */
static const char *part(struct arena *arena, const char **at)
{
	size_t size = strcspn(*at, ":");
	const char *text = arena_copy(arena, *at, size);

	*at += size + ((*at)[size] == ':');
	return text;
}

static struct textproto_value said(const char *text, bool is)
{
	return (struct textproto_value){ .text = text,
					 .number = is,
					 .line = 1 };
}

static void add_message(struct arena *arena, struct textproto_list *list,
			void *message)
{
	struct textproto_value *old = list->value;

	list->value = arena_alloc(arena, (list->n + 1) * sizeof(*old));
	if (list->n > 0)
		memcpy(list->value, old, list->n * sizeof(*old));
	list->room = list->n + 1;
	list->value[list->n++] =
		(struct textproto_value){ .message = message, .line = 1 };
}

static void add_mount(struct arena *arena, struct nsjail_profile *profile,
		      const struct option *option, const char *text)
{
	struct nsjail_mount *mount = arena_alloc(arena, sizeof(*mount));

	mount->rw = said(NULL, true);
	if (option->form == FORM_TMPFS) {
		mount->dst = said(text, true);
		mount->fstype = said("tmpfs", true);
		mount->options = said("size=4194304", true);
	} else {
		const char *src = part(arena, &text);
		const char *dst = part(arena, &text);

		mount->src = said(src, true);
		mount->dst = said(*dst ? dst : src, true);
	}
	if (option->form == FORM_BIND) {
		mount->is_bind = said(NULL, true);
		mount->rw.number = option->value[0] == 't';
	} else if (option->form == FORM_SYMLINK) {
		mount->is_symlink = said(NULL, true);
	} else if (option->form == FORM_MOUNT) {
		mount->fstype = said(part(arena, &text), true);
		mount->options = said(text, true);
	}
	add_message(arena, &profile->mount, mount);
}

static int add_map(struct arena *arena, struct nsjail_profile *profile,
		   const struct option *option, const char *text,
		   struct cordon_error *err)
{
	struct nsjail_map *map = arena_alloc(arena, sizeof(*map));
	const char *inside = part(arena, &text), *outside = part(arena, &text);

	map->inside_id = said(inside, true);
	map->outside_id = said(outside, true);
	if (*text &&
	    textproto_set(arena, &nsjail_map_kind, map, "count", text, err) < 0)
		return -1;
	add_message(arena,
		    !strcmp(option->field, "uidmap") ? &profile->uidmap
						     : &profile->gidmap,
		    map);
	return 0;
}

static int set_limit(struct arena *arena, struct nsjail_profile *profile,
		     const char *field, const char *text,
		     struct cordon_error *err)
{
	static const struct {
		const char *word, *type;
	} types[] = { { "max", "HARD" },
		      { "hard", "HARD" },
		      { "def", "SOFT" },
		      { "soft", "SOFT" },
		      { "inf", "INF" } };
	const char *type = "VALUE";

	for (size_t i = 0; i < CORDON_COUNT(types); i++)
		if (!strcasecmp(text, types[i].word))
			type = types[i].type;
	if (!strcmp(type, "VALUE") &&
	    textproto_set(arena, &nsjail_kind, profile, field, text, err) < 0)
		return -1;
	return textproto_set(arena, &nsjail_kind, profile,
			     arena_printf(arena, "%s_type", field), type, err);
}

/* As nsjail does it: what the line said before is gone, but the maps and what no
 * file can say. */
static int read_config(struct arena *arena, struct nsjail_profile *profile,
		       const char *path, struct cordon_error *err)
{
	char *text = NULL;
	size_t size = 0;

	if (profile->file)
		return cordon_fail(err, 0, "--config is there twice");
	*profile = (struct nsjail_profile){ .file = path,
					    .uidmap = profile->uidmap,
					    .gidmap = profile->gidmap,
					    .chroot = profile->chroot,
					    .is_root_rw = profile->is_root_rw,
					    .is_proc_rw = profile->is_proc_rw };
	return read_file(arena, path, &text, &size, err) < 0
		       ? -1
		       : textproto_read(arena, path, text, size, &nsjail_kind,
					profile, err);
}

static int apply(struct arena *arena, struct nsjail_profile *profile,
		 const struct option *option, const char *argument,
		 struct cordon_error *err)
{
	switch (option->form) {
	case FORM_FIELD:
		return textproto_set(arena, &nsjail_kind, profile,
				     option->field, argument, err);
	case FORM_SET:
		return textproto_set(arena, &nsjail_kind, profile,
				     option->field, option->value, err);
	case FORM_LIMIT:
		return set_limit(arena, profile, option->field, argument, err);
	case FORM_CONFIG:
		return read_config(arena, profile, argument, err);
	case FORM_HELP:
		return print_help();
	case FORM_NOTHING:
		return 0;
	case FORM_MODE:
		if (strcmp(argument, "o") != 0)
			return cordon_fail(err, 0,
					   "only 'o' (one run of a command) is "
					   "supported here");
		return textproto_set(arena, &nsjail_kind, profile,
				     option->field, "ONCE", err);
	case FORM_BIND:
	case FORM_TMPFS:
	case FORM_MOUNT:
	case FORM_SYMLINK:
		add_mount(arena, profile, option, argument);
		return 0;
	case FORM_MAP:
		return add_map(arena, profile, option, argument, err);
	case FORM_CHROOT:
		profile->chroot = argument;
		return 0;
	case FORM_ROOT_RW:
		profile->is_root_rw = true;
		return 0;
	case FORM_PROC_RW:
		profile->is_proc_rw = true;
		return 0;
	case FORM_REFUSED:
		break;
	}
	return cordon_fail(err, 0, "is not supported here");
}

/* A name may be cut short, where only one begins so. */
static const struct option *find_name(const char *name, size_t size, size_t *n)
{
	const struct option *found = NULL;

	*n = 0;
	for (size_t i = 0; i < CORDON_COUNT(options); i++) {
		if (strncmp(options[i].name, name, size) != 0)
			continue;
		found = &options[i];
		++*n;
		if (!found->name[size]) {
			*n = 1;
			return found;
		}
	}
	return *n == 1 ? found : NULL;
}

static const struct option *find_letter(char letter)
{
	for (size_t i = 0; i < CORDON_COUNT(options); i++)
		if (options[i].letter == letter)
			return &options[i];
	return NULL;
}

static int unknown(struct arena *arena, const char *word,
		   struct cordon_error *err)
{
	const char *names[CORDON_COUNT(options)];
	char shown[SHOWN], hint[96];

	for (size_t i = 0; i < CORDON_COUNT(options); i++)
		names[i] = arena_printf(arena, "--%s", options[i].name);
	return cordon_fail(err, 0, "unknown option '%s'%s", SHOW(shown, word),
			   param_hint(hint, word, names, CORDON_COUNT(names)));
}

/* One option and its argument, which may be in the next word. */
static int take(struct arena *arena, struct nsjail_profile *profile,
		const struct option *option, const char *argument, char **argv,
		int *at, struct cordon_error *err)
{
	const char *reason;
	char shown[SHOWN];
	int rc;

	if (!takes_argument(option->form)) {
		if (argument && option->form != FORM_REFUSED)
			return cordon_fail(err, 0, "--%s takes no argument",
					   option->name);
		argument = argument ? argument : "";
	} else if (!argument) {
		argument = argv[++*at];
		if (!argument)
			return cordon_fail(err, 0, "--%s needs an argument",
					   option->name);
	}
	rc = apply(arena, profile, option, argument, err);
	if (rc >= 0 || option->form == FORM_CONFIG)
		return rc;
	reason = arena_strdup(arena, err->text);
	return cordon_fail(err, err->code, "--%s%s%s: %s", option->name,
			   *argument ? " " : "", SHOW(shown, argument), reason);
}

/* "-Mo", "-eN": letters, the last of which may have an argument. */
static int take_letters(struct arena *arena, struct nsjail_profile *profile,
			char **argv, int *at, struct cordon_error *err)
{
	const char *word = argv[*at];
	int rc = 0;

	for (const char *letter = word + 1; *letter && rc == 0; letter++) {
		const struct option *option = find_letter(*letter);
		bool takes = option && takes_argument(option->form);

		if (!option)
			return unknown(arena, word, err);
		rc = take(arena, profile, option,
			  takes && letter[1] ? letter + 1 : NULL, argv, at,
			  err);
		if (takes)
			break;
	}
	return rc;
}

/* "--name", "--name=argument" */
static int take_name(struct arena *arena, struct nsjail_profile *profile,
		     char **argv, int *at, struct cordon_error *err)
{
	const char *word = argv[*at], *equal = strchr(word, '=');
	size_t n, size = equal ? (size_t)(equal - word) : strlen(word);
	const struct option *option = find_name(word + 2, size - 2, &n);
	char shown[SHOWN];

	if (n > 1)
		return cordon_fail(err, 0, "'%s' is short for %zu options",
				   SHOW(shown, word), n);
	if (!option)
		return unknown(arena, word, err);
	return take(arena, profile, option, equal ? equal + 1 : NULL, argv, at,
		    err);
}

int nsjail_arguments(struct arena *arena, char **argv,
		     struct nsjail_profile *profile, int *at,
		     struct cordon_error *err)
{
	char shown[SHOWN];

	profile->mount_proc = said(NULL, true); /* without a file */
	for (*at = 1; argv[*at] && strcmp(argv[*at], "--"); ++*at) {
		const char *word = argv[*at];
		int rc;

		if (word[0] != '-' || !word[1])
			return cordon_fail(err, 0,
					   "'%s' is no option (the command "
					   "stands behind --)",
					   SHOW(shown, word));
		rc = word[1] == '-'
			     ? take_name(arena, profile, argv, at, err)
			     : take_letters(arena, profile, argv, at, err);
		if (rc != 0)
			return rc;
	}
	if (argv[*at])
		++*at;
	return 0;
}
