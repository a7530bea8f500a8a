// SPDX-License-Identifier: Apache-2.0
/* Layers made of packages: what is in them, who shares them, and when they are made again. */
#include "world.h"

#include <unistd.h>

#define IMAGE(id, packages) "image: " id "\ndistro: one\npackages: [" packages "]\n"

static void test_directories_then_fragments(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "bear",
				     .version = "1",
				     .files = "d usr 700\nd usr/share @77\nf usr/z =bear\n"
					      "f usr/b =b\n"});
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "22",
				     .files = "d usr 711 3:4\nd etc\nf usr/y 755 =ape\n"
					      "h usr/a >usr/y\nl usr/l >y\nc dev/null 666\n"});
	world_file("images/img.yaml", IMAGE("img", "bear, ape"));
	world_lock();
	world_build();
	/* The first package by name gives a directory's attributes; every package's files stay in
	 * the order of its archive, what its format adds behind them. */
	assert_int_equal(world_built("img")->n_layers, 1);
	world_layer_is("img", 0, "img/small",
		       "d etc\n"
		       "d toy\n"
		       "d usr 711 3:4\n"
		       "d usr/share\n"
		       "f usr/y 755 =ape\n"
		       "h usr/a >usr/y\n"
		       "l usr/l >y\n"
		       "c dev/null 666\n"
		       "f toy/ape =22 4 files\n"
		       "f usr/z =bear\n"
		       "f usr/b =b\n"
		       "f toy/bear =1 2 files\n");
}

/* What the layer gives a directory is what the image's own layer is compared with. */
static void test_directory_of_base_differs(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "aaa", .version = "1", .files = "d toy\nd usr 700\n"});
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "d toy\nd usr 711\n"});
	toy_offer(
		(struct toy_offer){.name = "bear", .version = "1", .files = "d toy\nd usr 700\n"});
	world_file("images/base.yaml", IMAGE("base", "aaa"));
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [ape, bear]\n");
	world_lock();
	world_build();
	assert_int_equal(world_built("base")->n_layers, 1);
	assert_int_equal(world_built("leaf")->n_layers, 3);
	world_layer_is("leaf", 1, "leaf/small",
		       "d toy\nd usr 711\nf toy/ape @0 =1 0 files\nf toy/bear @0 =1 0 files\n");
	world_layer_is("leaf", 2, "files", "d usr 700\n");
}

static void test_lost_path_is_once(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "d etc\nf etc/x =ape\nf etc/y =ape\n"});
	toy_offer((struct toy_offer){.name = "bear",
				     .version = "1",
				     .control = "replaces ape\nreplaces cat\n",
				     .files = "d etc\nf etc/x =bear\n"});
	toy_offer((struct toy_offer){
		.name = "cat", .version = "1", .files = "d etc\nf etc/x =cat\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear, cat"));
	world_lock();
	world_build();
	world_layer_is("img", 0, "img/small",
		       "d etc\nd toy\n"
		       "f etc/y =ape\nf toy/ape =1 1 files\n"
		       "f etc/x =bear\nf toy/bear =1 1 files\n"
		       "f toy/cat =1 0 files\n");
	/* The tree that is wanted says the same of them. */
	assert_int_equal(world_built("img")->n_layers, 1);
}

/* What is lost to a package of another layer is no more in the package's description either. */
static void test_lost_path_is_not_described(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = "d etc\nf etc/x @1500000000 =ape\nf etc/y =ape\n"});
	toy_offer((struct toy_offer){.name = "bear",
				     .version = "1",
				     .control = "replaces ape\n",
				     .files = "d etc\nf etc/x =bear\n"});
	world_file("images/base.yaml", IMAGE("base", "ape"));
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n");
	world_file("images/tip.yaml", "image: tip\nbase: leaf\n");
	world_lock();
	world_build();
	world_layer_is("base", 0, "base/small",
		       "d etc\nd toy\nf etc/x @1500000000 =ape\nf etc/y =ape\n"
		       "f toy/ape @1500000000 =1 2 files\n");
	assert_int_equal(world_built("leaf")->n_layers, 3);
	world_layer_is("leaf", 2, "files", "d toy\nf toy/ape @1500000000 =1 1 files\n");
	assert_int_equal(world_built("tip")->n_layers, 3);
}

static void test_overlap_in_one_layer(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f x =ape\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "l x >bear\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear"));
	world_lock();
	world_fails(PL_CONFLICT,
		    "packages ape and bear both ship /x, and neither replaces the other");
}

static void test_hard_link_to_lost_path(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "f x =ape\nh again >x\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .control = "replaces ape\n", .files = "f x =b\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear"));
	world_lock();
	world_fails(PL_CONFLICT, "ape: again is a hard link to x, which is left out; exclude both "
				 "or neither");
}

static void test_excluded(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = "d usr\nd usr/share\nd usr/share/man\n"
					      "f usr/share/man/a =a\nf usr/share/b =b\n"});
	world_file("images/img.yaml", IMAGE("img", "ape") "exclude: [man]\n");
	world_lock();
	world_build();
	world_layer_is("img", 0, "img/small",
		       "d toy\nd usr\nd usr/share\nd usr/share/man\n"
		       "f usr/share/b =b\nf toy/ape =1 1 files\n");
}

/* A package whose directory of documents is another's, by a link: its licence stays to be found. */
static void test_licence_behind_link(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .files = "d usr\nd usr/share\nd usr/share/doc\n"
					      "d usr/share/doc/ape\nf usr/share/doc/ape/news =n\n"
					      "f usr/share/doc/ape/copyright =c\n"});
	toy_offer((struct toy_offer){.name = "bear",
				     .version = "1",
				     .files = "d usr\nd usr/share\nd usr/share/doc\n"
					      "l usr/share/doc/bear >ape\n"});
	world_file("images/img.yaml", IMAGE("img", "ape, bear") "exclude: [docs]\n");
	world_lock();
	world_build();
	struct pl_target *t = world.built->builder->targets.v[0];
	assert_int_equal(pl_target_compose(world.built->builder, t, &world.err), 0);
	const struct pl_node *licence =
		pl_tree_resolve(&t->tree, PL_STR("usr/share/doc/bear/copyright"), true);
	assert_non_null(licence);
	assert_ptr_equal(licence, pl_tree_get(&t->tree, PL_STR("usr/share/doc/ape/copyright")));
	assert_null(pl_tree_get(&t->tree, PL_STR("usr/share/doc/ape/news")));
}

static void test_shared_layer(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "f b =bear\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_file("images/y.yaml", IMAGE("yy", "ape, bear"));
	world_file("images/z.yaml", IMAGE("zz", "ape") "exclude: [man]\n");
	world_lock();
	world_build();
	/* One layer of ape for xx and yy; zz's leaves something out, so it is another (of the same
	 * bytes here: there is nothing to leave out). */
	const struct pl_builder *b = world.built->builder;
	assert_int_equal(b->groups.n, 3);
	assert_int_equal(world.built->layers_made, 3);
	assert_int_equal(world.built->layers_reused, 0);
	assert_string_equal(world_built("xx")->layers[0].name, "xx+yy+zz/small");
	assert_ptr_equal(b->targets.v[0]->groups[0], b->targets.v[1]->groups[0]);
	assert_ptr_not_equal(b->targets.v[0]->groups[0], b->targets.v[2]->groups[0]);
	assert_true(pl_digest_eq(&world_built("xx")->layers[0].digest,
				 &world_built("zz")->layers[0].digest));
	world_layer_is("yy", 1, "yy/small", "d toy\nf b =bear\nf toy/bear =1 1 files\n");
}

/* Two distros may hold the very same package, each in layers of its own. */
static void test_two_distros(void **state)
{
	static const char *const only[] = {"yy", "zz", NULL};
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	toy_offer((struct toy_offer){
		.name = "bear", .version = "1", .files = "f b =bear\n", .kib = 4096});
	toy_offer((struct toy_offer){.name = "cat", .version = "1", .files = "f c =cat\n"});
	/* In the first distro ape goes with bear, in the second with cat. */
	world_file("images/x.yaml", IMAGE("xx", "ape, bear"));
	world_file("images/y.yaml", "image: yy\ndistro: two\npackages: [ape, cat]\n");
	/* bear's layer holds the same in both, under another name. */
	world_file("images/z.yaml", "image: zz\ndistro: two\npackages: [bear]\n");
	world_lock();
	world_build();
	struct pl_digest together = world_image("yy")->digest, bear = world_image("zz")->digest;
	assert_string_equal(world_built("xx")->layers[0].name, "xx/bear");
	assert_string_equal(world_built("zz")->layers[0].name, "zz/bear");
	assert_int_equal(world_built("yy")->n_layers, 1);
	world_layer_is("yy", 0, "yy/small",
		       "d toy\nf a =ape\nf toy/ape =1 1 files\nf c =cat\nf toy/cat =1 1 files\n");
	world_fresh_store();
	assert_int_equal(world_try_build(only), 0);
	assert_true(pl_digest_eq(&together, &world_image("yy")->digest));
	assert_true(pl_digest_eq(&bear, &world_image("zz")->digest));
}

/* Of so many classes that their layers are more than a stack may have: the smallest of that image
 * are one, and nobody else's change. */
static void test_stack_under_its_cap(void **state)
{
	enum { N = 50 };
	static char names[N][8], files[N][32], ids[N][8];
	struct pl_digest others[N];
	PL_AUTO(buf) all = {0}, half = {0};
	(void)state;
	for (int i = 0; i < N; i++) {
		snprintf(names[i], sizeof(names[i]), "p%02d", i);
		snprintf(files[i], sizeof(files[i]), "f %s =%d\n", names[i], i);
		snprintf(ids[i], sizeof(ids[i]), "i%02d", i);
		toy_offer((struct toy_offer){.name = names[i],
					     .version = "1",
					     .files = files[i],
					     .kib = 10 + (uint64_t)i});
		PL_AUTOFREE char *file = pl_xprintf("images/%s.yaml", ids[i]);
		PL_AUTOFREE char *text =
			pl_xprintf("image: %s\ndistro: one\npackages: [%s]\n", ids[i], names[i]);
		world_file(file, text);
		pl_buf_addf(i < 25 ? &half : &all, "%s%s", i % 25 ? ", " : "", names[i]);
	}
	world_lock();
	world_build();
	for (int i = 0; i < N; i++)
		others[i] = world_image(ids[i])->digest;
	PL_AUTOFREE char *base = pl_xprintf("image: base\ndistro: one\npackages: [%s]\n", half.p);
	PL_AUTOFREE char *leaf = pl_xprintf("image: leaf\nbase: base\npackages: [%s]\n", all.p);
	world_file("images/base.yaml", base);
	world_file("images/leaf.yaml", leaf);
	world_file("images/tip.yaml", "image: tip\nbase: leaf\n");
	world_lock();
	world_build();
	for (int i = 0; i < N; i++)
		assert_true(pl_digest_eq(&others[i], &world_image(ids[i])->digest));
	const struct pl_built_platform *b = world_built("base"), *l = world_built("leaf");
	assert_int_equal(b->n_layers, 19); /* and one more would be its top layer */
	assert_string_equal(b->layers[0].name, "i07/small");
	assert_string_equal(b->layers[18].name, "joined");
	assert_string_equal(b->layers[18].created_by,
			    "plimsoll: packages p00=1 p01=1 p02=1 p03=1 p04=1 p05=1 p06=1");
	assert_int_equal(l->n_layers, 19 + 19);
	assert_int_equal(world_built("tip")->n_layers, 19 + 19);
}

/* Makes the image's layer anew although the image itself is known no more. */
static void build_again(uint64_t made, uint64_t reused)
{
	static unsigned count;
	toy_rules_digest.b[0] = (uint8_t)++count; /* no image record stands in the way */
	world_build();
	assert_int_equal(world.built->layers_made, made);
	assert_int_equal(world.built->layers_reused, reused);
}

static void test_made_again_when_missing(void **state)
{
	struct pl_digest digest, fragment;
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_lock();
	build_again(1, 0);
	digest = world_built("xx")->layers[0].digest;
	fragment = world.built->builder->loaded.v[0]->fragment.digest;
	build_again(0, 1);
	assert_true(pl_digest_eq(&digest, &world_built("xx")->layers[0].digest));
	/* Its blob is gone: made of the fragment. */
	PL_AUTOFREE char *blob = pl_store_path(world.store, PL_STORE_BLOBS, &digest);
	assert_int_equal(unlink(blob), 0);
	build_again(1, 0);
	assert_false(world.built->builder->loaded.v[0]->fresh);
	assert_true(pl_digest_eq(&digest, &world_built("xx")->layers[0].digest));
	assert_int_equal(access(blob, R_OK), 0);
	/* Its blob has another size. */
	assert_int_equal(truncate(blob, 10), 0);
	build_again(1, 0);
	world_layer_is("xx", 0, "xx/small", "d toy\nf a =ape\nf toy/ape =1 1 files\n");
	/* The fragment is gone: the package is read again. */
	PL_AUTOFREE char *piece = pl_store_path(world.store, PL_STORE_INPUTS, &fragment);
	assert_int_equal(unlink(piece), 0);
	build_again(0, 1);
	assert_true(world.built->builder->loaded.v[0]->fresh);
	assert_int_equal(access(piece, R_OK), 0);
}

static void test_damaged_fragment(void **state)
{
	struct pl_digest digest, fragment;
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a =ape\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_lock();
	build_again(1, 0);
	digest = world_built("xx")->layers[0].digest;
	const struct pl_fragment *f = &world.built->builder->loaded.v[0]->fragment;
	fragment = f->digest;
	PL_AUTOFREE char *zeros = pl_xcalloc(f->size, 1);
	const struct pl_str damage = {zeros, f->size};
	PL_AUTOFREE char *blob = pl_store_path(world.store, PL_STORE_BLOBS, &digest);
	PL_AUTOFREE char *piece = pl_store_path(world.store, PL_STORE_INPUTS, &fragment);
	assert_int_equal(pl_file_write(piece, damage, 0644, &world.err), 0);
	assert_int_equal(unlink(blob), 0);
	toy_rules_digest.b[1]++;
	world_fails(PL_VERIFY, "layer xx/small");
	assert_int_not_equal(access(piece, F_OK), 0); /* moved aside */
	assert_int_not_equal(access(blob, F_OK), 0);  /* nothing half-made */
	world_build();
	assert_true(pl_digest_eq(&digest, &world_built("xx")->layers[0].digest));
}

static void test_whiteout_name_refused(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f a/.wh.b =x\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_lock();
	world_fails(PL_INPUT, "ape: a/.wh.b: a name beginning with .wh. cannot be in an image");
}

static void test_path_twice_refused(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "d a\nd a 700\nf a/b =x\nf a/b =y\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_lock();
	world_fails(PL_INPUT, "ape: a/b appears twice in its archive");
}

static void test_path_below_own_link_refused(void **state)
{
	(void)state;
	world.unproven = true;
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .files = "l a >etc\nd a/b\nf a/b/c =x\n"});
	world_file("images/x.yaml", IMAGE("xx", "ape"));
	world_lock();
	world_fails(PL_INPUT, "ape: a/b: its parent is no directory of it");
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_directories_then_fragments),
		WORLD_TEST(test_directory_of_base_differs),
		WORLD_TEST(test_lost_path_is_once),
		WORLD_TEST(test_lost_path_is_not_described),
		WORLD_TEST(test_overlap_in_one_layer),
		WORLD_TEST(test_hard_link_to_lost_path),
		WORLD_TEST(test_excluded),
		WORLD_TEST(test_licence_behind_link),
		WORLD_TEST(test_shared_layer),
		WORLD_TEST(test_stack_under_its_cap),
		WORLD_TEST(test_two_distros),
		WORLD_TEST(test_made_again_when_missing),
		WORLD_TEST(test_damaged_fragment),
		WORLD_TEST(test_whiteout_name_refused),
		WORLD_TEST(test_path_twice_refused),
		WORLD_TEST(test_path_below_own_link_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
