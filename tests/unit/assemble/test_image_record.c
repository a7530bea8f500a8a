// SPDX-License-Identifier: Apache-2.0
/* What a build takes from a former one: everything when nothing has changed, nothing that is gone,
 * nothing of other inputs. */
#include "world.h"

#include <unistd.h>

#define BASE "image: base\ndistro: one\npackages: [ape]\n"
#define LEAF "image: leaf\nbase: base\npackages: [bear]\nlabels: {a: \"1\"}\n"

static void world_of_two(void)
{
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .control = "account ape\n", .files = "f a =ape\n"});
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .files = "f b =bear\n"});
	world_file("app.conf", "one");
	world_file("images/base.yaml", BASE);
	world_file("images/leaf.yaml", LEAF "files: [{from: app.conf, to: /etc/app}]\n");
	world_lock();
	world_build();
}

static bool is_reused(const char *id)
{
	const struct pl_builder *b = world.built->builder;
	for (size_t i = 0; i < b->targets.n; i++)
		if (strcmp(b->targets.v[i]->image->id, id) == 0)
			return b->targets.v[i]->reused;
	fail_msg("no image %s", id);
	return false;
}

/* Builds again: which of the two come from their records? */
static void builds(bool base_reused, bool leaf_reused)
{
	world_build();
	assert_int_equal(is_reused("base"), base_reused);
	assert_int_equal(is_reused("leaf"), leaf_reused);
	assert_int_equal(world_image("base")->fresh, !base_reused);
	assert_int_equal(world_image("leaf")->fresh, !leaf_reused);
}

static void test_nothing_changed(void **state)
{
	struct pl_built_platform was;
	PL_AUTO(arena) a = {0};
	(void)state;
	world_of_two();
	assert_false(is_reused("base"));
	assert_false(is_reused("leaf"));
	was = *world_built("leaf");
	was.layers = pl_arena_dup(&a, was.layers, was.n_layers, sizeof(*was.layers));
	for (size_t i = 0; i < was.n_layers; i++) {
		was.layers[i].name = pl_arena_cstr(&a, pl_str_of(was.layers[i].name));
		was.layers[i].created_by = pl_arena_cstr(&a, pl_str_of(was.layers[i].created_by));
	}
	struct pl_digest index = world_image("leaf")->digest;
	builds(true, true);
	const struct pl_built_platform *is = world_built("leaf");
	assert_int_equal(world.built->builder->loaded.n, 0); /* no package is looked at */
	assert_int_equal(world.built->layers_made + world.built->layers_reused, 0);
	assert_true(pl_digest_eq(&index, &world_image("leaf")->digest));
	assert_true(pl_digest_eq(&was.manifest.digest, &is->manifest.digest));
	assert_int_equal(was.manifest.size, is->manifest.size);
	assert_string_equal(is->manifest.media_type, PL_MT_MANIFEST);
	assert_string_equal(is->manifest.os, "linux");
	assert_string_equal(is->manifest.architecture, "amd64");
	assert_true(pl_digest_eq(&was.config, &is->config));
	assert_int_equal(was.config_size, is->config_size);
	assert_int_equal(is->n_layers, was.n_layers);
	assert_int_equal(is->n_base_layers, was.n_base_layers);
	for (size_t i = 0; i < was.n_layers; i++) {
		assert_string_equal(was.layers[i].name, is->layers[i].name);
		assert_string_equal(was.layers[i].created_by, is->layers[i].created_by);
		assert_int_equal(was.layers[i].created, is->layers[i].created);
		assert_true(pl_digest_eq(&was.layers[i].digest, &is->layers[i].digest));
		assert_true(pl_digest_eq(&was.layers[i].diff_id, &is->layers[i].diff_id));
		assert_int_equal(was.layers[i].size, is->layers[i].size);
		assert_int_equal(was.layers[i].unpacked, is->layers[i].unpacked);
	}
}

/* A child made on a base that came from its record is the same image. */
static void test_same_on_reused_base(void **state)
{
	(void)state;
	world_of_two();
	world_file("app.conf", "two");
	world_lock();
	builds(true, false);
	struct pl_digest mixed = world_image("leaf")->digest;
	world_fresh_store();
	builds(false, false);
	assert_true(pl_digest_eq(&mixed, &world_image("leaf")->digest));
}

static void test_other_inputs(void **state)
{
	(void)state;
	world_of_two();
	struct pl_digest first = world_image("leaf")->digest;

	world_file("app.conf", "two");
	world_lock();
	builds(true, false);
	assert_false(pl_digest_eq(&first, &world_image("leaf")->digest));
	world_file("app.conf", "one");
	world_lock();
	builds(true, true);
	assert_true(pl_digest_eq(&first, &world_image("leaf")->digest));

	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [bear]\n"
				       "labels: {a: \"2\"}\n"
				       "files: [{from: app.conf, to: /etc/app}]\n");
	world_lock();
	builds(true, false);

	toy_rules_digest.b[0]++;
	builds(false, false);

	/* A number that a package's account gets. */
	assert_int_equal(world.lock->distros[0].n_ids, 1);
	world.lock->distros[0].ids[0].id++;
	builds(false, false);

	/* Another layer of a package of the base. */
	world_package("ape")->layer = "elsewhere";
	builds(false, false);
	assert_string_equal(world_built("leaf")->layers[0].name, "elsewhere");

	world.env.formats = world_formats_reversed;
	builds(false, false);
	builds(true, true);
}

/* Where images are to lie shows in manifests alone, which are made of the records. */
static void test_other_registry(void **state)
{
	(void)state;
	world_of_two();
	struct pl_digest was = world_image("leaf")->digest;
	world_file("fleet.yaml", "registry: elsewhere.example.org\nplatforms: [linux/amd64]\n"
				 "distros: {one: {suites: [s]}, two: {suites: [s]}}\n");
	world_lock();
	world_build();
	assert_true(is_reused("base") && is_reused("leaf"));
	assert_false(world_image("base")->fresh);
	assert_true(world_image("leaf")->fresh);
	assert_false(pl_digest_eq(&was, &world_image("leaf")->digest));
	builds(true, true);
}

/* A record that names what the store has no more, or not in that size, is no record. */
static void test_content_gone(void **state)
{
	(void)state;
	world_of_two();
	const struct pl_built_platform *p = world_built("leaf");
	const struct pl_digest named[] = {p->layers[p->n_layers - 1].digest, p->config};
	for (size_t i = 0; i < PL_COUNT(named); i++) {
		PL_AUTOFREE char *path = pl_store_path(world.store, PL_STORE_BLOBS, &named[i]);
		assert_int_equal(unlink(path), 0);
		builds(true, false);
		assert_int_equal(access(path, R_OK), 0); /* made again, the same */
		builds(true, true);
	}
	/* Manifest and index are made anew in any case. */
	p = world_built("leaf");
	const struct pl_digest made[] = {p->manifest.digest, world_image("leaf")->digest};
	for (size_t i = 0; i < PL_COUNT(made); i++) {
		PL_AUTOFREE char *path = pl_store_path(world.store, PL_STORE_BLOBS, &made[i]);
		assert_int_equal(unlink(path), 0);
		world_build();
		assert_true(is_reused("base") && is_reused("leaf"));
		assert_int_equal(access(path, R_OK), 0);
	}
	/* A layer of the base is one of both. */
	struct pl_digest layer = world_built("base")->layers[0].digest;
	PL_AUTOFREE char *path = pl_store_path(world.store, PL_STORE_BLOBS, &layer);
	assert_int_equal(truncate(path, 3), 0);
	builds(false, false);
	builds(true, true);
}

/* Every package may be gone when records stand for the images. */
static void test_inputs_gone(void **state)
{
	static const char *const only[] = {"leaf", NULL}, *const none[] = {"lea", NULL};
	(void)state;
	world_of_two();
	size_t fetched = toy_fetches;
	const struct pl_digest ape = world_package("ape")->sha256;
	PL_AUTOFREE char *path = pl_store_path(world.store, PL_STORE_INPUTS, &ape);
	assert_int_equal(unlink(path), 0);
	builds(true, true);
	toy_rules_digest.b[0]++;
	builds(false, false); /* its record and fragment will do */
	assert_int_equal(toy_fetches, fetched);
	/* In a new store everything is fetched, bases of what was asked for too. */
	world_fresh_store();
	assert_int_equal(world_try_build(only), 0);
	assert_int_equal(toy_fetches, fetched + 2);
	assert_int_equal(world.built->fetched_bytes,
			 world_package("ape")->size + world_package("bear")->size);
	assert_int_equal(world.built->n_images, 2);
	assert_int_equal(world_try_build(none), -PL_NOT_FOUND);
	assert_string_equal(world.err.msg, "no image 'lea' in this fleet");
	assert_null(world.built);
}

/* A lock that does not answer what the definitions ask is refused before anything is made. */
static void test_stale_lock(void **state)
{
	(void)state;
	world_of_two();
	world_file("images/leaf.yaml", "image: leaf\nbase: base\n");
	world_load();
	world_fails(PL_INPUT,
		    "images/leaf.yaml:1: leaf has changed since it was locked; run plimsoll lock");
	world_file("images/leaf.yaml", LEAF "files: [{from: app.conf, to: /etc/app}]\n");
	world_file("images/new.yaml", "image: new\ndistro: one\n");
	world_load();
	world_fails(PL_INPUT, "images/new.yaml:1: new for linux/amd64 is not in the lock");
}

/* What needs nothing from outside is built as it is now; with `locked` all is what was locked. */
static void test_edits(void **state)
{
	(void)state;
	world_of_two();
	world.options.locked = true;
	world_build();
	struct pl_digest first = world_image("leaf")->digest;
	world_file("app.conf", "two");
	world_fails(PL_VERIFY, "not what was locked: leaf: app.conf (changed); run plimsoll lock");
	world.options.locked = false;
	world_build();
	assert_false(pl_digest_eq(&world_image("leaf")->digest, &first));
	struct pl_digest second = world_image("leaf")->digest;
	world_file("images/leaf.yaml", LEAF "files: [{from: app.conf, to: /etc/app}]\n"
					    "env: {A: b}\ncmd: [x]\nports: [80]\nuser: 1:1\n");
	world_load();
	world_build();
	assert_false(pl_digest_eq(&world_image("leaf")->digest, &second));
	second = world_image("leaf")->digest;
	world_lock();
	world_build();
	assert_true(pl_digest_eq(&world_image("leaf")->digest, &second));
	world.options.locked = true;
	world_build();
	world_file("more.conf", "m");
	world_file("images/leaf.yaml", LEAF "files: [{from: more.conf, to: /etc/more}]\n");
	world_load();
	world_fails(PL_VERIFY,
		    "not what was locked: leaf: app.conf (gone), leaf: more.conf (new);");
	world.options.locked = false;
	world_build();
}

/* Of a lock that was made before `inputs` were told apart, all of a definition must be the same. */
static void test_former_lock(void **state)
{
	(void)state;
	world_of_two();
	world.lock->format = 1;
	world_build();
	world_file("app.conf", "two");
	world_build();
	world_file("images/leaf.yaml", LEAF "cmd: [x]\n");
	world_load();
	world_fails(PL_INPUT, "images/leaf.yaml:1: leaf has changed since it was locked");
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_nothing_changed), WORLD_TEST(test_same_on_reused_base),
		WORLD_TEST(test_other_inputs),    WORLD_TEST(test_other_registry),
		WORLD_TEST(test_content_gone),    WORLD_TEST(test_inputs_gone),
		WORLD_TEST(test_stale_lock),      WORLD_TEST(test_edits),
		WORLD_TEST(test_former_lock),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
