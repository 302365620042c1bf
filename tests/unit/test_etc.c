/* SPDX-License-Identifier: MIT */
/* What is answered without NSS, and what is left to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cordon/module.h>

#include "core/arena.h"
#include "core/door.h"
#include "core/etc.h"

static char dir[] = "etc-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!text) {
		unlink(path);
		return;
	}
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	put("passwd", "root:x:0:0:root:/root:/bin/bash\n"
		      "broken line\n"
		      "+nis::::::\n"
		      "-minus:x:7:7::/:\n"
		      "anna:x:1000:1001:,,,:/home/anna:/bin/sh\n"
		      "anna:x:2000:2000::/second:/bin/sh\n"
		      "same:x:1000:1::/same:/bin/false\n");
	put("group", "root:x:0:\n"
		     "+\n"
		     "anna:x:1001:\n"
		     "many:x:20:x,anna,y\n"
		     "again:x:20:anna\n"
		     "own:x:1001:anna\n"
		     "other:x:30:annab,xanna\n"
		     "last:x:40:anna\n");
	return 0;
}

static int tear_down(void **state)
{
	put("passwd", NULL);
	put("group", NULL);
	put("nsswitch.conf", NULL);
	return rmdir(dir);
}

#define F ETC_FOUND
#define A ETC_ABSENT
#define U ETC_UNSURE

static const struct {
	const char *text; /* of nsswitch.conf; NULL: there is none */
	/* anna, nobody of that name, anna's groups */
	enum etc_answer found, absent, groups;
} switches[] = {
	{ NULL, F, A, F },
	{ "", F, A, F },
	{ "hosts: dns\n", F, A, F },
	{ "passwd: files\ngroup: files\n", F, A, F },
	{ " passwd\t:\tfiles # ldap\ngroup:files\n", F, A, F },
	{ "#passwd: ldap\npasswd: files\ngroup: files", F, A, F },
	{ "passwd: ldap\ngroup: ldap\npasswd: files\ngroup: files\n", F, A, F },
	{ "passwd: files\npasswd: ldap\ngroup: ldap\n", U, U, U },
	{ "passwd: files sss\ngroup: files sss\n", F, U, U },
	{ "passwd: sss files\ngroup: sss files\n", U, U, U },
	{ "passwd: ldap\ngroup: ldap\n", U, U, U },
	{ "passwd: compat\ngroup: compat\n", U, U, U },
	{ "passwd:\ngroup:\n", U, U, F },
	{ "passwd: files [SUCCESS=merge] sss\ngroup: files [SUCCESS=merge] "
	  "sss\n",
	  U, U, U },
	{ "passwd: files [NOTFOUND=return] sss\ngroup: files "
	  "[!UNAVAIL=return] sss\n",
	  U, U, U },
	{ "passwd: filesystem\ngroup: filesystem\n", U, U, U },
	{ "passwd: files\ngroup: files\ninitgroups: sss\n", F, A, U },
	{ "passwds: ldap\ngroups: ldap\n", F, A, F },
};

static void test_switch(void **state)
{
	struct arena *arena = arena_new();
	struct door_user user;
	uint32_t gid, *gids;
	size_t n;

	for (size_t i = 0; i < CORDON_COUNT(switches); i++) {
		print_message("# %s\n",
			      switches[i].text ? switches[i].text : "none");
		put("nsswitch.conf", switches[i].text);
		assert_int_equal(etc_user(arena, dir, "anna", &user),
				 switches[i].found);
		assert_int_equal(etc_user_of(arena, dir, 1000, &user),
				 switches[i].found);
		assert_int_equal(etc_user(arena, dir, "ann", &user),
				 switches[i].absent);
		assert_int_equal(etc_user_of(arena, dir, 7, &user),
				 switches[i].absent);
		assert_int_equal(etc_group(dir, "many", &gid),
				 switches[i].found);
		assert_int_equal(etc_group(dir, "man", &gid),
				 switches[i].absent);
		assert_int_equal(etc_groups(arena, dir, "anna", 5, &gids, &n),
				 switches[i].groups);
	}
	put("nsswitch.conf", NULL);
	arena_free(arena);
}

static void test_user(void **state)
{
	struct arena *arena = arena_new();
	struct door_user user;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(i ? etc_user(arena, dir, "anna", &user)
				   : etc_user_of(arena, dir, 1000, &user),
				 ETC_FOUND);
		assert_int_equal(user.uid, 1000);
		assert_int_equal(user.gid, 1001);
		assert_string_equal(user.name, "anna");
		assert_string_equal(user.home, "/home/anna");
		assert_string_equal(user.shell, "/bin/sh");
	}
	assert_int_equal(etc_user(arena, dir, "same", &user), ETC_FOUND);
	assert_string_equal(user.home, "/same");
	assert_int_equal(etc_user(arena, dir, "", &user), ETC_ABSENT);
	assert_int_equal(etc_user(arena, dir, "+nis", &user), ETC_ABSENT);
	assert_int_equal(etc_user(arena, dir, "-minus", &user), ETC_ABSENT);
	assert_int_equal(etc_user(arena, "/nowhere", "anna", &user),
			 ETC_UNSURE);
	arena_free(arena);
}

static void test_groups(void **state)
{
	struct arena *arena = arena_new();
	uint32_t *gids, gid;
	size_t n;

	assert_int_equal(etc_group(dir, "last", &gid), ETC_FOUND);
	assert_int_equal(gid, 40);
	assert_int_equal(etc_groups(arena, dir, "anna", 1001, &gids, &n),
			 ETC_FOUND);
	assert_int_equal(n, 3);
	assert_int_equal(gids[0], 1001);
	assert_int_equal(gids[1], 20);
	assert_int_equal(gids[2], 40);
	assert_int_equal(etc_groups(arena, dir, "who", 7, &gids, &n),
			 ETC_FOUND);
	assert_int_equal(n, 1);
	assert_int_equal(gids[0], 7);
	assert_int_equal(etc_group("/nowhere", "last", &gid), ETC_UNSURE);
	assert_int_equal(etc_groups(arena, "/nowhere", "anna", 7, &gids, &n),
			 ETC_UNSURE);
	arena_free(arena);
}

/* More than there is room for at first. */
static void test_many_groups(void **state)
{
	struct arena *arena = arena_new();
	const char *text = "";
	uint32_t *gids;
	size_t n;

	for (unsigned i = 0; i < 40; i++)
		text = arena_printf(arena, "%sg%u:x:%u:eve\n", text, i, 100 + i);
	put("group", text);
	assert_int_equal(etc_groups(arena, dir, "eve", 7, &gids, &n),
			 ETC_FOUND);
	assert_int_equal(n, 41);
	assert_int_equal(gids[0], 7);
	assert_int_equal(gids[1], 100);
	assert_int_equal(gids[40], 139);
	arena_free(arena);
}

/* Where systemd may add users of its own, its word is asked for; in a /run of
 * our own. */
static void test_userdb(void **state)
{
	struct arena *arena = arena_new();
	uint32_t *gids;
	size_t n;

	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("", "/", "", MS_REC | MS_PRIVATE, "") < 0 ||
	    mount("tmpfs", "/run", "tmpfs", 0, NULL) < 0)
		skip();
	put("nsswitch.conf", "group: files systemd\n");
	assert_int_equal(mkdir("/run/userdb", 0755), 0);
	assert_int_equal(etc_groups(arena, dir, "eve", 7, &gids, &n),
			 ETC_UNSURE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_userdb),
	};

	return cmocka_run_group_tests_name("etc", tests, set_up, tear_down) !=
	       0;
}
