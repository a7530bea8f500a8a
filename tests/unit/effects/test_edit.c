// SPDX-License-Identifier: Apache-2.0
/* Single changes of a tree: owners by name, what is replaced, flags. */
#include "effects/edit.h"
#include "effects/owners.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	struct pl_owners owners;
	struct pl_err err;
};

static void file(struct fixture *x, const char *path, const char *text)
{
	if (pl_tree_file(&x->tree, pl_str_of(path), pl_str_of(text), 0640, 7, 8, 1, NULL, &x->err) <
	    0)
		fail_msg("%s", x->err.msg);
}

static struct pl_node *node(struct fixture *x, const char *path)
{
	return pl_tree_get(&x->tree, pl_str_of(path));
}

static int set_up(void **state)
{
	struct fixture *x = pl_xcalloc(1, sizeof(*x));
	pl_tree_init(&x->tree);
	x->in.platform = pl_platform_of_debian(PL_STR("amd64"));
	x->in.epoch = 42;
	file(x, "etc/passwd", "root:x:0:0::/:/bin/sh\ndemo:x:200:300::/:/bin/sh\n");
	file(x, "etc/group", "root:x:0:\n\ndemo:x:300:\n");
	assert_int_equal(pl_owners_load(&x->owners, &x->tree, &x->in, &x->err), 0);
	*state = x;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *x = *state;
	pl_owners_done(&x->owners);
	pl_tree_done(&x->tree);
	free(x);
	return 0;
}

static void expect_owner(struct fixture *x, const char *path, uint32_t mode, uint32_t uid,
			 uint32_t gid)
{
	const struct pl_node *n = node(x, path);
	assert_non_null(n);
	assert_int_equal(n->mode, mode);
	assert_int_equal(n->uid, uid);
	assert_int_equal(n->gid, gid);
}

static void owners(void **state)
{
	struct fixture *x = *state;
	struct pl_owners bad = {0};
	uint32_t uid = 1, gid = 1;
	assert_int_equal(
		pl_owners_find(&x->owners, PL_STR("demo"), PL_STR("root"), &uid, &gid, &x->err), 0);
	assert_int_equal(uid, 200);
	assert_int_equal(gid, 0);
	assert_int_equal(
		pl_owners_find(&x->owners, PL_STR("root"), PL_STR("adm"), &uid, &gid, &x->err),
		-PL_INPUT);
	assert_string_equal(x->err.msg, "there is no group 'adm'");
	assert_int_equal(uid, 200);
	file(x, "etc/group", "root:x:0:\nadm:x:many:\n");
	assert_int_equal(pl_owners_load(&bad, &x->tree, &x->in, &x->err), -PL_INPUT);
	assert_string_equal(x->err.msg, "etc/group:2: has no number");
	pl_owners_done(&bad);
}

static void links_and_names(void **state)
{
	struct fixture *x = *state;
	struct pl_str path = PL_STR("etc/link");
	assert_int_equal(pl_edit_link(&x->tree, &x->in, path, PL_STR("group"), 0, &x->err), 0);
	assert_true(pl_str_is(node(x, "etc/link")->link, "group"));
	assert_int_equal(
		pl_edit_link(&x->tree, &x->in, path, PL_STR("other"), PL_EDIT_KEEP, &x->err), 0);
	assert_true(pl_str_is(node(x, "etc/link")->link, "group"));
	assert_int_equal(pl_edit_link(&x->tree, &x->in, path, PL_STR("/etc/passwd"), 0, &x->err),
			 0);
	assert_true(pl_str_is(node(x, "etc/link")->link, "/etc/passwd"));
	assert_int_equal(pl_edit_link(&x->tree, &x->in, PL_STR("etc"), PL_STR("other"), 0, &x->err),
			 -PL_CONFLICT);
	assert_int_equal(
		pl_edit_rename(&x->tree, PL_STR("etc/group"), PL_STR("etc/group.real"), 0, &x->err),
		0);
	assert_null(node(x, "etc/group"));
	expect_owner(x, "etc/group.real", 0640, 7, 8);
	assert_int_equal(node(x, "etc/group.real")->mtime, 1);
	assert_int_equal(pl_edit_rename(&x->tree, PL_STR("etc"), PL_STR("etc.old"), 0, &x->err),
			 -PL_INPUT);
	pl_edit_remove(&x->tree, PL_STR("etc"));
	pl_edit_remove(&x->tree, PL_STR("etc"));
	assert_null(node(x, "etc/passwd"));
}

/* Bytes, a zero among them. */
static void capabilities(void **state)
{
	struct fixture *x = *state;
	assert_int_equal(pl_edit_capability(&x->tree, PL_STR("etc/group"),
					    (struct pl_str){"\1\0\2", 3}, 0, &x->err),
			 0);
	assert_int_equal(node(x, "etc/group")->capability.n, 3);
	assert_memory_equal(node(x, "etc/group")->capability.p, "\1\0\2", 3);
	assert_int_equal(pl_edit_capability(&x->tree, PL_STR("none"), PL_STR("x"), 0, &x->err),
			 -PL_NOT_FOUND);
	assert_string_equal(x->err.msg, "/none is not in the image");
	assert_int_equal(pl_edit_capability(&x->tree, PL_STR("none"), PL_STR("x"), PL_EDIT_OPTIONAL,
					    &x->err),
			 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(owners),
		TEST(links_and_names),
		TEST(capabilities),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
