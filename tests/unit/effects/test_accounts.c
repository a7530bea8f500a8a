// SPDX-License-Identifier: Apache-2.0
/* Accounts on made-up trees: rules and refusals. */
#include "effects/accounts.h"
#include "fixture.h"

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
static const struct pl_id redis_ids[] = {{"redis", true, 102}, {"redis", false, 101}};

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
			    "redis:x:101:102::/var/lib/redis:/usr/sbin/nologin\n");
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
	file(x, "etc/group", "root:x:0:\nssl:x:142:\n");
	const struct pl_id taken[] = {{"redis", true, 142}};
	x->in.ids = taken;
	x->in.n_ids = 1;
	expect_error(x, make_accounts(x, redis, 1), PL_INPUT, "ssl has 142");
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

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(accounts),
		TEST(accounts_without_passwd),
		TEST(least_accounts),
		TEST(accounts_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
