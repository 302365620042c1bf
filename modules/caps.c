/* SPDX-License-Identifier: MIT */
/*
 * caps - which capabilities are left to the job
 *
 *	[caps]
 *	keep = net_bind_service
 *	ambient = net_bind_service
 *
 * A section without 'keep' keeps none; that holds only as long as no other
 * section has the key, so its step says that it is the default (number 1).
 * A job that is not root needs 'ambient' to have what it keeps after exec.
 */
#include <string.h>
#include <strings.h>

#include <cordon/module.h>

struct caps {
	struct cordon_list keep, ambient;
	struct cordon_number no_new_privs;
};

/* By number; not from <linux/capability.h>, which may be older. */
static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

static const int64_t all = (INT64_C(1) << CORDON_COUNT(names)) - 1;

/* 0: unknown.  CAP_CHOWN, cap_chown and chown are the same. */
static int64_t cap_mask(const char *name)
{
	if (!strcmp(name, "all"))
		return all;
	if (!strncasecmp(name, "cap_", 4))
		name += 4;
	for (size_t i = 0; i < CORDON_COUNT(names); i++)
		if (!strcasecmp(name, names[i]))
			return INT64_C(1) << i;
	return 0;
}

static int check_cap(const char *text, struct cordon_error *err)
{
	size_t most = 0, nearest = 0;

	if (cap_mask(text) != 0)
		return 0;
	if (!strncasecmp(text, "cap_", 4))
		text += 4;
	for (size_t i = 0; i < CORDON_COUNT(names); i++) {
		size_t n = 0;

		while (text[n] && text[n] == names[i][n])
			n++;
		if (n > most) {
			most = n;
			nearest = i;
		}
	}
	if (most < 3)
		return cordon_fail(err, 0, "'%s' is not a capability", text);
	return cordon_fail(err, 0, "'%s' is not a capability (%s is)", text,
			   names[nearest]);
}

static const struct cordon_option options[] = {
	{ "keep",
	  "capabilities that stay, or all; the others are gone for good",
	  CORDON_WORDS, CORDON_AND, CORDON_AT(struct caps, keep),
	  .check = check_cap },
	{ "ambient", "of those kept: what a job that is not root has",
	  CORDON_WORDS, CORDON_AND, CORDON_AT(struct caps, ambient),
	  .check = check_cap },
	{ "no-new-privs", "nothing that is run gives new rights", CORDON_YES_NO,
	  CORDON_STRICTER, CORDON_AT(struct caps, no_new_privs),
	  .value = "yes" },
};

static int64_t list_mask(const struct cordon_list *list)
{
	int64_t mask = 0;

	for (size_t i = 0; i < list->count; i++)
		mask |= cap_mask(list->item[i].text);
	return mask;
}

static int caps_configure(const void *self, struct cordon_error *err)
{
	const struct caps *caps = self;
	int64_t keep = list_mask(&caps->keep);

	for (size_t i = 0; i < caps->ambient.count; i++) {
		const char *text = caps->ambient.item[i].text;

		if (cap_mask(text) & ~keep)
			return cordon_fail(
				err, 0, "ambient: '%s' is not in keep", text);
	}
	return 0;
}

static int caps_plan(const void *self, struct cordon_plan *plan,
		     struct cordon_error *err)
{
	const struct caps *caps = self;

	(void)err;
	cordon_add_number(plan, caps->keep.where, CORDON_STEP_CAPS,
			  list_mask(&caps->keep), !caps->keep.given, 0);
	if (caps->ambient.given)
		cordon_add_number(plan, caps->ambient.where,
				  CORDON_STEP_AMBIENT,
				  list_mask(&caps->ambient), 0, 0);
	if (caps->no_new_privs.given)
		cordon_add_number(plan, caps->no_new_privs.where,
				  CORDON_STEP_NO_NEW_PRIVS,
				  caps->no_new_privs.value, 0, 0);
	return 0;
}

CORDON_MODULE(caps) = {
	.abi = CORDON_ABI,
	.kind = CORDON_CONFINE,
	.summary = "capabilities, see capabilities(7)",
	.options = options,
	.n_options = CORDON_COUNT(options),
	.size = sizeof(struct caps),
	.configure = caps_configure,
	.plan = caps_plan,
};
