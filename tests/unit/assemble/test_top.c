// SPDX-License-Identifier: Apache-2.0
/* An image's own layer: the difference between the tree that is stacked and the one that is wanted,
 * each written in the toy format's notation. */
#include "world.h"

/* The entries, in the order given, as nodes; bodies in memory. */
static void fill(struct pl_tree *t, const char *text)
{
	struct pl_str rest = pl_str_of(text);
	pl_tree_init(t);
	t->root->mtime = PL_EPOCH;
	while (rest.p && rest.n) {
		PL_AUTOFREE char *line = pl_str_dup(pl_str_cut(&rest, '\n'));
		struct pl_tar_entry e;
		struct pl_str body;
		struct pl_node *n;
		toy_entry_parse(pl_str_of(line), &e, &body);
		PL_AUTOFREE char *path = pl_str_dup(e.path), *link = pl_str_dup(e.link);
		e.path.p = path;
		e.link.p = link;
		assert_int_equal(pl_tree_put(t, &e, &n, &world.err), 0);
		if (e.type != PL_TAR_FILE)
			continue;
		n->size = body.n;
		n->sha256 = pl_sha256_of(body);
		n->bytes = pl_arena_str(&t->arena, body);
		n->body = body.n ? PL_BODY_BYTES : PL_BODY_NONE;
	}
}

/* from, to, and the layer between them; NULL: none. */
static void check(const char *from, const char *to, const char *layer)
{
	static const struct pl_image image = {.id = "img"};
	struct pl_target t = {.image = &image, .platform = &pl_platforms[0], .has_tree = true};
	struct pl_builder b = {
		.env = &world.env, .store = world.store, .compressor = pl_compressor_default()};
	struct pl_tree stacked;
	struct pl_built_layer top = {0};
	PL_AUTO(buf) got = {0};
	bool any = false;
	fill(&stacked, from);
	fill(&t.tree, to);
	int rc = pl_target_top(&b, &t, &stacked, &top, &any, &world.err);
	if (rc < 0)
		fail_msg("%s", world.err.msg);
	assert_int_equal(any, layer != NULL);
	if (layer) {
		assert_string_equal(top.name, "files");
		world_list_layer(&top, &got);
		assert_string_equal(pl_buf_str(&got).p, layer);
	}
	pl_tree_done(&stacked);
	pl_tree_done(&t.tree);
	pl_arena_done(&t.arena);
}

static void test_no_difference(void **state)
{
	const char *all = "d etc 700\nf etc/x 600 1:2 @5 =x\nh etc/y >etc/x\nl etc/z >x\n"
			  "c dev/null 666\n";
	(void)state;
	check("", "", NULL);
	check(all, all, NULL);
}

static void test_changed(void **state)
{
	static const struct {
		const char *was, *is;
	} rows[] = {
		{"f d/x =a", "f d/x 600 =a"}, {"f d/x =a", "f d/x 1:0 =a"},
		{"f d/x =a", "f d/x 0:1 =a"}, {"f d/x =a", "f d/x @5 =a"},
		{"f d/x =a", "f d/x =b"},     {"f d/x =a", "f d/x"},
		{"f d/x =a", "l d/x >a"},     {"l d/x >b", "l d/x >a"},
		{"l d/x >b", "f d/x =b"},     {"l d/x >b", "d d/x"},
		{"d d/x", "d d/x 700"},       {"d d/x", "l d/x >b"},
		{"c d/x", "c d/x 600"},
	};
	(void)state;
	for (size_t i = 0; i < PL_COUNT(rows); i++) {
		PL_AUTOFREE char *from = pl_xprintf("d d 711\nf d/k =k\n%s\n", rows[i].was);
		PL_AUTOFREE char *to = pl_xprintf("d d 711\nf d/k =k\n%s\n", rows[i].is);
		/* The directory above it comes along, its neighbour does not. */
		PL_AUTOFREE char *layer = pl_xprintf("d d 711\n%s\n", rows[i].is);
		check(from, to, layer);
	}
}

static void test_new(void **state)
{
	(void)state;
	check("", "d a 700\nd a/b\nf a/b/x =x\nf a/b/y =y\nf c =c\n",
	      "d a 700\nd a/b\nf a/b/x =x\nf a/b/y =y\nf c =c\n");
	/* Each directory once, though three new files are below it. */
	check("d a\nd a/b 711\n", "d a\nd a/b 711\nf a/b/x =x\nf a/b/y =y\nd a/c\nf a/c/z =z\n",
	      "d a\nd a/b 711\nf a/b/x =x\nf a/b/y =y\nd a/c\nf a/c/z =z\n");
}

static void test_removed(void **state)
{
	(void)state;
	check("f x =x\nf y =y\n", "f y =y\n", "f .wh.x 0\n");
	check("d a 711\nd a/b\nf a/b/x =x\nf a/b/y =y\n", "d a 711\nd a/b\nf a/b/y =y\n",
	      "d a 711\nd a/b\nf a/b/.wh.x 0\n");
	/* A whole directory goes in one. */
	check("d a\nd a/b\nf a/b/x =x\nd a/b/c\n", "d a\n", "d a\nf a/.wh.b 0\n");
	/* A directory that something else takes the place of needs none: the entry hides it. */
	check("d a\nf a/x =x\n", "l a >b\n", "l a >b\n");
	/* The directory has changed as well: it is written once, as it is now. */
	check("d a\nf a/x =x\nf a/y =y\n", "d a 700\nf a/z =z\n",
	      "d a 700\nf a/.wh.x 0\nf a/.wh.y 0\nf a/z =z\n");
}

/* A link must not lead into a lower layer: the file is there again. */
static void test_hard_link_copied(void **state)
{
	(void)state;
	check("f x 755 1:2 =body\n", "f x 755 1:2 =body\nh y >x\n", "f y 755 1:2 =body\n");
	check("f x =old\nh y >x\n", "f x =new\nh y >x\n", "f x =new\nf y =new\n");
	check("f x =a\nf y =a\n", "f x =a\nh y >x\n", "f y =a\n");
}

static void test_error_names_image(void **state)
{
	static const struct pl_image image = {.id = "img"};
	struct pl_target t = {.image = &image, .platform = pl_platform_find(PL_STR("linux/amd64"))};
	struct pl_builder b = {
		.env = &world.env, .store = world.store, .compressor = pl_compressor_default()};
	struct pl_tree stacked;
	struct pl_built_layer top;
	bool any = true;
	(void)state;
	fill(&stacked, "");
	fill(&t.tree, "f x =body\n");
	pl_tree_get(&t.tree, PL_STR("x"))->bytes.n = 2;
	assert_int_equal(pl_target_top(&b, &t, &stacked, &top, &any, &world.err), -PL_VERIFY);
	assert_string_equal(world.err.msg, "img (linux/amd64): top layer: /x: 2 bytes read, "
					   "4 expected");
	assert_true(any); /* not written on failure */
	pl_tree_done(&stacked);
	pl_tree_done(&t.tree);
	pl_arena_done(&t.arena);
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_no_difference),
		WORLD_TEST(test_changed),
		WORLD_TEST(test_new),
		WORLD_TEST(test_removed),
		WORLD_TEST(test_hard_link_copied),
		WORLD_TEST(test_error_names_image),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
