// SPDX-License-Identifier: Apache-2.0
/* Accounts, alternatives, tmpfiles.d and PAM on made-up trees: rules and refusals. What the real
 * tools make of real trees is compared in tests/differential/generators.py. */
#include "effects/accounts.h"
#include "effects/alternatives.h"
#include "effects/pam.h"
#include "effects/pam_int.h"
#include "effects/tmpfiles.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_err err;
};

static int set_up(void **state)
{
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	x->in.platform = pl_platform_of_debian(PL_STR("amd64"));
	x->in.epoch = 86400 * 100 + 5;
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_tree_done(&x->tree);
	free(x);
	return 0;
}

static void file(struct fixture *x, const char *path, const char *text)
{
	if (pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), 0644, 0, 0, 1, NULL, &x->err) <
	    0)
		fail_msg("%s", x->err.msg);
}

static struct pl_node *node(struct fixture *x, const char *path)
{
	return pl_tree_get(&x->tree, pl_str_of(path));
}

static void expect_text(struct fixture *x, const char *path, const char *text)
{
	const struct pl_node *n = node(x, path);
	if (!n)
		fail_msg("%s is missing", path);
	if (!pl_str_is(n->bytes, text))
		fail_msg("%s is:\n%.*s", path, (int)n->bytes.n, n->bytes.p);
}

static void expect_link(struct fixture *x, const char *path, const char *target)
{
	const struct pl_node *n = node(x, path);
	if (!n || n->type != PL_TAR_SYMLINK || !pl_str_is(n->link, target))
		fail_msg("%s is not a link to %s", path, target);
}

static void expect_error(struct fixture *x, int r, enum pl_code code, const char *word)
{
	assert_int_equal(r, -(int)code);
	if (!strstr(x->err.msg, word))
		fail_msg("'%s' does not say '%s'", x->err.msg, word);
}

static void masters(struct fixture *x)
{
	file(x, "usr/share/base-passwd/passwd.master", "root:*:0:0:root:/root:/bin/bash\n");
	file(x, "usr/share/base-passwd/group.master", "root:*:0:\nshadow:*:42:\nssl:*:7:root\n");
}

static int make_accounts(struct fixture *x, const struct pl_account *v, size_t n)
{
	static const struct pl_account_templates from = {"usr/share/base-passwd/passwd.master",
							 "usr/share/base-passwd/group.master"};
	return pl_accounts_make(&x->tree, &x->in, &from, false, v, n, &x->err);
}

static const char *more_groups[] = {"ssl", NULL};
static const struct pl_account redis[] = {
	{.name = "redis", .is_group = true, .fixed_id = -1},
	{.name = "redis",
	 .group = "redis",
	 .home = "/var/lib/redis",
	 .groups = more_groups,
	 .fixed_id = -1},
};
static const struct pl_id redis_ids[] = {{"redis", true, 102}, {"redis", false, 100}};

static void accounts(void **state)
{
	struct fixture *x = *state;
	masters(x);
	x->in.ids = redis_ids;
	x->in.n_ids = 2;
	for (int round = 0; round < 2; round++) {
		assert_int_equal(make_accounts(x, redis, 2), 0);
		expect_text(x, "etc/passwd",
			    "root:x:0:0:root:/root:/bin/bash\n"
			    "redis:x:100:102::/var/lib/redis:/usr/sbin/nologin\n");
		expect_text(x, "etc/group",
			    "root:x:0:\nshadow:x:42:\nssl:x:7:root,redis\nredis:x:102:\n");
		expect_text(x, "etc/shadow", "root:*:100:0:99999:7:::\nredis:!:100::::::\n");
		expect_text(x, "etc/gshadow",
			    "root:*::\nshadow:*::\nssl:*::root,redis\nredis:!::\n");
	}
	assert_int_equal(node(x, "etc/shadow")->mode, 0640);
	assert_int_equal(node(x, "etc/shadow")->gid, 42);
	assert_int_equal(node(x, "etc/gshadow")->gid, 42);
	assert_int_equal(node(x, "etc/passwd")->mode, 0644);
	assert_int_equal(node(x, "etc/passwd")->mtime, x->in.epoch);
}

static void accounts_without_passwd(void **state)
{
	struct fixture *x = *state;
	assert_int_equal(make_accounts(x, NULL, 0), 0);
	assert_null(node(x, "etc/passwd"));
	masters(x);
	assert_int_equal(make_accounts(x, NULL, 0), 0);
	expect_text(x, "etc/passwd", "root:*:0:0:root:/root:/bin/bash\n");
	assert_null(node(x, "etc/shadow"));
	/* Shadow passwords, because the caller says so. */
	const struct pl_account_templates none = {NULL, NULL};
	assert_int_equal(pl_accounts_make(&x->tree, &x->in, &none, true, NULL, 0, &x->err), 0);
	expect_text(x, "etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
	expect_text(x, "etc/shadow", "root:*:100:0:99999:7:::\n");
}

/* A file that has a template is left to it, the other gets the least there must be. */
static void least_accounts(void **state)
{
	struct fixture *x = *state;
	const struct pl_account_templates from = {"usr/share/passwd", "usr/share/group"};
	file(x, "usr/share/passwd", "root:*:0:0:root:/root:/bin/bash\n");
	assert_int_equal(pl_accounts_make_least(&x->tree, &x->in, &from, &x->err), 0);
	assert_null(node(x, "etc/passwd"));
	expect_text(x, "etc/group", "root:*:0:\nnogroup:*:65534:\n");
}

static void accounts_refused(void **state)
{
	struct fixture *x = *state;
	expect_error(x, make_accounts(x, redis, 2), PL_NOT_FOUND, "base-passwd");
	masters(x);
	expect_error(x, make_accounts(x, redis, 2), PL_INPUT,
		     "group redis: the lock has no number");
	assert_null(node(x, "etc/passwd"));
	const struct pl_id taken[] = {{"redis", true, 42}};
	x->in.ids = taken;
	x->in.n_ids = 1;
	expect_error(x, make_accounts(x, redis, 1), PL_INPUT, "shadow has 42");
	const struct pl_account evil = {.name = "a:b", .is_group = true, .fixed_id = 9};
	expect_error(x, make_accounts(x, &evil, 1), PL_INPUT, "name");
	const struct pl_account gecos = {
		.name = "a", .group = "root", .gecos = "x\ny", .fixed_id = 9};
	expect_error(x, make_accounts(x, &gecos, 1), PL_INPUT, "user a");
	const char *none[] = {"nosuch", NULL};
	const struct pl_account g = {.name = "a", .group = "root", .groups = none, .fixed_id = 9};
	expect_error(x, make_accounts(x, &g, 1), PL_INPUT, "nosuch");
	assert_null(node(x, "etc/passwd"));
}

static void alternatives(void **state)
{
	struct fixture *x = *state;
	const struct pl_alternative man = {
		"awk.1", "/usr/share/man/awk.1", "/usr/share/man/mawk.1", 0, NULL, 0};
	const struct pl_alternative gone = {"nawk.1", "/usr/share/man/nawk.1", "/nowhere", 0, NULL,
					    0};
	const struct pl_alternative slaves[] = {man, gone};
	const struct pl_alternative v[] = {
		{"awk", "/usr/bin/awk", "/usr/bin/original-awk", 1, NULL, 0},
		{"awk", "/usr/bin/awk", "/usr/bin/mawk", 5, slaves, 2},
		{"awk", "/usr/bin/awk", "/usr/bin/other-awk", 5, NULL, 0},
		{"awk", "/usr/bin/awk", "/usr/bin/gawk", 10, NULL, 0},
		{"ed", "/usr/bin/ed", "/usr/bin/none", 10, NULL, 0},
		{"vi", "/usr/bin/vi", "/usr/bin/mawk", 1, NULL, 0},
	};
	file(x, "usr/bin/mawk", "");
	file(x, "usr/bin/other-awk", "");
	file(x, "usr/bin/original-awk", "");
	file(x, "usr/bin/vi", "real");
	file(x, "usr/share/man/mawk.1", "");
	for (int round = 0; round < 2; round++) {
		assert_int_equal(pl_alternatives_make(&x->tree, &x->in, v, PL_COUNT(v), &x->err),
				 0);
		expect_link(x, "etc/alternatives/awk", "/usr/bin/mawk");
		expect_link(x, "usr/bin/awk", "/etc/alternatives/awk");
		expect_link(x, "etc/alternatives/awk.1", "/usr/share/man/mawk.1");
		expect_link(x, "usr/share/man/awk.1", "/etc/alternatives/awk.1");
		assert_null(node(x, "etc/alternatives/nawk.1"));
		assert_null(node(x, "usr/share/man/nawk.1"));
		assert_null(node(x, "etc/alternatives/ed"));
		expect_text(x, "usr/bin/vi", "real");
	}
	const struct pl_alternative bad = {"../x", "/usr/bin/x", "/usr/bin/mawk", 1, NULL, 0};
	expect_error(x, pl_alternatives_make(&x->tree, &x->in, &bad, 1, &x->err), PL_INPUT, "../x");
}

#define CONF "usr/lib/tmpfiles.d/x.conf"

static int tmpfiles(struct fixture *x, const char *text)
{
	file(x, CONF, text);
	return pl_tmpfiles_apply(&x->tree, &x->in, PL_STR(CONF), &x->err);
}

static void tmpfiles_lines(void **state)
{
	struct fixture *x = *state;
	file(x, "etc/passwd", "postgres:x:101:103::/:/bin/sh\n");
	file(x, "etc/group", "postgres:x:103:\nadm:x:4:\n");
	file(x, "var/log/old", "kept");
	assert_int_equal(tmpfiles(x, "# comment\n"
				     "d /run/postgresql 2775 postgres postgres - -\n"
				     "d /var/run/x 0755 - - - -\n"
				     "d /var/log/postgresql 1775 root postgres 10d -\n"
				     "D! /var/lib/x\t- 5 adm\n"
				     "f /etc/made 0600 - - - some text \n"
				     "f /var/log/old 0640 - adm\n"
				     "L /etc/link - - - - ../run/target\n"
				     "L /etc/factory\n"
				     "d /var/log/journal/%m 2755 root nosuch - -\n"
				     "z /var/log/o* 0600 postgres -\n"
				     "q /var/tmp 1777 root root 30d\n"),
			 0);
	assert_null(node(x, "run/postgresql"));
	assert_null(node(x, "var/run"));
	struct pl_node *n = node(x, "var/log/postgresql");
	assert_true(n && n->type == PL_TAR_DIR && n->mode == 01775 && n->uid == 0 && n->gid == 103);
	n = node(x, "var/lib/x");
	assert_true(n && n->mode == 0755 && n->uid == 5 && n->gid == 4);
	expect_text(x, "etc/made", "some text");
	assert_int_equal(node(x, "etc/made")->mode, 0600);
	expect_text(x, "var/log/old", "kept");
	n = node(x, "var/log/old");
	assert_true(n->mode == 0600 && n->uid == 101 && n->gid == 4);
	expect_link(x, "etc/link", "../run/target");
	expect_link(x, "etc/factory", "/usr/share/factory/etc/factory");
	assert_null(node(x, "var/log/journal"));
	assert_null(node(x, "var/tmp"));
}

static void tmpfiles_refused(void **state)
{
	struct fixture *x = *state;
	expect_error(x, tmpfiles(x, "\nd /var/%v 0755\n"), PL_INPUT, CONF ":2: /var/%v");
	expect_error(x, tmpfiles(x, "d /var/x 0755 nobody\n"), PL_INPUT, "its user");
	expect_error(x, tmpfiles(x, "d /var/x 999\n"), PL_INPUT, "octal");
	expect_error(x,
		     tmpfiles(x, "d \"/var/x\" 0755\n"
				 "d /var/\"x 0755\n"),
		     PL_INPUT, "quoted");
	expect_error(x, tmpfiles(x, "d /var/../etc 0755\n"), PL_INPUT, "'..'");
	expect_error(x, tmpfiles(x, "d /var/* 0755\n"), PL_INPUT, "pattern");
	assert_int_equal(tmpfiles(x, "d /usr/%v 0755\n"), 0);
}

static void pam_profile(void **state)
{
	struct fixture *x = *state;
	struct pl_pam_profile p;
	assert_int_equal(
		pl_pam_parse(PL_STR("Name: x\nDefault: yes\nPriority: 128\nConflicts: a, b\n"
				    "Auth-Type: Primary\nAuth-Final:\n"
				    "\t[success=end default=ignore]\tpam_x.so  a\n"
				    "\trequired pam_y.so\nAuth-Initial:\n\toptional pam_z.so\n"
				    "Session-Interactive-Only: yes\n"),
			     "x", &p, &x->err),
		0);
	assert_int_equal(p.priority, 128);
	assert_true(p.is_default && p.interactive_only);
	assert_true(pl_str_is(p.conflicts, "a, b"));
	assert_true(pl_str_is(p.types[PL_PAM_AUTH].kind, "Primary"));
	assert_true(pl_str_ends(p.types[PL_PAM_AUTH].lines, "required pam_y.so"));
	assert_true(pl_str_is(p.types[PL_PAM_AUTH].initial, "optional pam_z.so"));
	assert_null(p.types[PL_PAM_SESSION].lines.p);
	expect_error(x, pl_pam_parse(PL_STR("Name: x\nPriority: high\n"), "x", &p, &x->err),
		     PL_INPUT, "x:2:");
	expect_error(x, pl_pam_parse(PL_STR("\trequired pam_y.so\n"), "x", &p, &x->err), PL_INPUT,
		     "x:1:");
}

#define TEMPLATE                                                                                   \
	"head\n# here are the per-package modules (the \"Primary\" block)\n$auth_primary\n"        \
	"# here's the fallback if no module succeeds\nmiddle\n"                                    \
	"# and here are more per-package modules (the \"Additional\" block)\n$x\n"                 \
	"# end of pam-auth-update config\n"

static void pam_stack(void **state)
{
	struct fixture *x = *state;
	file(x, "usr/share/pam/common-auth", TEMPLATE);
	file(x, "usr/share/pam-configs/unix",
	     "Name: Unix\nDefault: yes\nPriority: 256\nAuth-Type: Primary\n"
	     "Auth:\n\t[success=end default=ignore]\tpam_unix.so try_first_pass\n"
	     "Auth-Initial:\n\t[success=end default=ignore]\tpam_unix.so  nullok\n");
	file(x, "usr/share/pam-configs/sss",
	     "Name: SSS\nDefault: yes\nPriority: 128\nAuth-Type: Primary\n"
	     "Auth:\n\t[success=end default=ignore]\tpam_sss.so use_first_pass\n"
	     "Auth-Initial:\n\trequired pam_never.so\n");
	file(x, "usr/share/pam-configs/off",
	     "Name: Off\nDefault: no\nPriority: 9\nAuth-Type: Primary\n"
	     "Auth:\n\trequired pam_off.so\n");
	file(x, "usr/share/pam-configs/cap",
	     "Name: Cap\nDefault: yes\nPriority: 0\n"
	     "Auth-Type: Additional\nAuth:\n\toptional pam_cap.so\n");
	assert_int_equal(pl_pam_make(&x->tree, &x->in, &x->err), 0);
	expect_text(x, "etc/pam.d/common-auth",
		    "head\n# here are the per-package modules (the \"Primary\" block)\n"
		    "auth\t[success=2 default=ignore]\tpam_unix.so nullok\n"
		    "auth\t[success=1 default=ignore]\tpam_sss.so use_first_pass\n"
		    "# here's the fallback if no module succeeds\nmiddle\n"
		    "# and here are more per-package modules (the \"Additional\" block)\n"
		    "auth\toptional pam_cap.so \n# end of pam-auth-update config\n");
	file(x, "usr/share/pam/common-auth", "no marks\n");
	expect_error(x, pl_pam_make(&x->tree, &x->in, &x->err), PL_INPUT, "common-auth");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(accounts),         TEST(accounts_without_passwd),
		TEST(accounts_refused), TEST(alternatives),
		TEST(tmpfiles_lines),   TEST(tmpfiles_refused),
		TEST(pam_profile),      TEST(pam_stack),
		TEST(least_accounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
