// SPDX-License-Identifier: Apache-2.0
/* From definitions and former lock to the lock, with packages of the toy format. */
#include "../assemble/world.h"

#include <unistd.h>

#ifdef PL_HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

static void lists(const char *text)
{
	PL_AUTO(buf) got = {0};
	for (size_t d = 0; d < world.lock->n_distros; d++) {
		const struct pl_lock_distro *ld = &world.lock->distros[d];
		pl_buf_addf(&got, "%s:", ld->name);
		for (size_t i = 0; i < ld->n_packages; i++) {
			const struct pl_lock_package *p = &ld->packages[i];
			assert_int_equal(p->index, i);
			pl_buf_addf(&got, " %s=%s", p->name, p->version);
			if (strcmp(p->architecture, "all") != 0)
				pl_buf_addf(&got, "/%s", p->architecture);
		}
		pl_buf_addc(&got, '\n');
	}
	for (size_t i = 0; i < world.lock->n_images; i++) {
		const struct pl_lock_image *li = &world.lock->images[i];
		pl_buf_addf(&got, "%s@%s:", li->id, li->platform->arch);
		for (size_t k = 0; k < li->n_packages; k++)
			pl_buf_addf(&got, " %s", li->packages[k]->name);
		pl_buf_addc(&got, '\n');
	}
	assert_string_equal(pl_buf_str(&got).p, text);
}

static void locks(enum pl_relock_mode mode, const char *const *move, const char *text)
{
	if (world_relock(mode, move) < 0)
		fail_msg("%s", world.err.msg);
	lists(text);
}

static void offer(const char *name, const char *version, const char *needs)
{
	toy_offer((struct toy_offer){.name = name, .version = version, .needs = needs});
}

static void test_versions_kept_and_moved(void **state)
{
	static const char *const src_ape[] = {"ape-src", NULL}, *const nobody[] = {"ape", NULL};
	const struct toy_offer ape = {.name = "ape", .source = "ape-src"};
	struct toy_offer v1 = ape, v2 = ape;
	v1.version = "1";
	v2.version = "2";
	(void)state;
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape, bear]\n");
	toy_offer(v1);
	offer("bear", "1", NULL);
	locks(PL_RELOCK_KEEP, NULL, "one: ape=1 bear=1\nimg@amd64: ape bear\n");
	toy_offer(v2);
	offer("bear", "2", NULL);
	locks(PL_RELOCK_KEEP, NULL, "one: ape=1 bear=1\nimg@amd64: ape bear\n");
	locks(PL_RELOCK_ONLY, nobody, "one: ape=1 bear=1\nimg@amd64: ape bear\n");
	locks(PL_RELOCK_ONLY, src_ape, "one: ape=2 bear=1\nimg@amd64: ape bear\n");
	locks(PL_RELOCK_ALL, NULL, "one: ape=2 bear=2\nimg@amd64: ape bear\n");
}

static void test_other_bytes_move(void **state)
{
	(void)state;
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape]\n");
	struct pl_digest was = toy_offer((struct toy_offer){.name = "ape", .version = "1"})->sha256;
	world_lock();
	assert_true(pl_digest_eq(&world_package("ape")->sha256, &was));
	/* The archive has the same version in other bytes, and no longer the former ones. */
	toy_reset();
	struct pl_digest is =
		toy_offer((struct toy_offer){.name = "ape", .version = "1", .files = "f x =x\n"})
			->sha256;
	world_lock();
	assert_false(pl_digest_eq(&was, &is));
	assert_true(pl_digest_eq(&world_package("ape")->sha256, &is));
	lists("one: ape=1\nimg@amd64: ape\n");
}

static void test_bases_first(void **state)
{
	(void)state;
	offer("ape", "1", "cat dog ");
	offer("bear", "1", "ape dog eel ");
	offer("cat", "1", NULL);
	offer("dog", "1", "cat ");
	offer("eel", "1", NULL);
	/* The names put the child before its base. */
	world_file("images/z.yaml", "image: zoo\ndistro: one\npackages: [ape]\n");
	world_file("images/a.yaml", "image: app\nbase: zoo\npackages: [bear, cat]\n");
	locks(PL_RELOCK_KEEP, NULL,
	      "one: ape=1 bear=1 cat=1 dog=1 eel=1\n"
	      "app@amd64: bear eel\n"
	      "zoo@amd64: ape cat dog\n");
	assert_string_equal(world_package("ape")->why, "asked for by zoo");
	assert_string_equal(world_package("dog")->why, "ape needs dog");
	assert_string_equal(world_package("bear")->why, "asked for by app");
	assert_string_equal(world_package("eel")->why, "bear needs eel");
	const struct pl_lock_image *app =
		pl_lock_image_find(world.lock, "app", pl_platform_find(PL_STR("linux/amd64")));
	assert_string_equal(app->base, "zoo");
	assert_ptr_equal(app->packages[0], world_package("bear"));
	assert_true(
		pl_digest_eq(&app->definition, &pl_fleet_find(world.fleet, PL_STR("app"))->hash));
}

static void test_platforms(void **state)
{
	(void)state;
	world_file("fleet.yaml", "registry: r.example.org\nplatforms: [linux/arm64, linux/amd64]\n"
				 "distros: {one: {suites: [s]}, two: {suites: [s]}}\n");
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .architecture = "amd64"});
	toy_offer((struct toy_offer){.name = "ape", .version = "2", .architecture = "arm64"});
	offer("bear", "1", NULL);
	world_file("images/i.yaml", "image: img\ndistro: two\npackages: [ape, bear]\n");
	world_file("images/j.yaml", "image: one\ndistro: one\nplatforms: [linux/arm64]\n"
				    "packages: [bear]\n");
	locks(PL_RELOCK_KEEP, NULL,
	      "one: bear=1\n"
	      "two: ape=1/amd64 ape=2/arm64 bear=1\n"
	      "img@amd64: ape bear\nimg@arm64: ape bear\none@arm64: bear\n");
	toy_offer((struct toy_offer){.name = "cat", .version = "1", .architecture = "amd64"});
	world_file("images/j.yaml", "image: one\ndistro: one\npackages: [cat]\n");
	assert_int_equal(world_relock(PL_RELOCK_KEEP, NULL), -PL_UNSOLVABLE);
	assert_string_equal(world.err.msg, "images/j.yaml:1: one (linux/arm64): no package cat");
	/* The base is not for that platform. */
	world_file("images/j.yaml", "image: one\ndistro: one\nplatforms: [linux/amd64]\n");
	world_file("images/i.yaml", "image: img\nbase: one\nplatforms: [linux/arm64]\n");
	struct pl_fleet *f = NULL;
	assert_int_equal(pl_fleet_load(&world.env, world.dir, &f, &world.err), -PL_INPUT);
	assert_non_null(strstr(world.err.msg, "linux/arm64"));
}

/* Each platform of an image stands on that platform of its base. */
static void test_base_of_platform(void **state)
{
	(void)state;
	world_file("fleet.yaml", "registry: r.example.org\nplatforms: [linux/arm64, linux/amd64]\n"
				 "distros: {one: {suites: [s]}}\n");
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .architecture = "amd64"});
	toy_offer((struct toy_offer){
		.name = "ape", .version = "1", .architecture = "arm64", .needs = "dog "});
	offer("dog", "1", NULL);
	world_file("images/base.yaml", "image: base\ndistro: one\npackages: [ape]\n");
	world_file("images/leaf.yaml", "image: leaf\nbase: base\npackages: [dog]\n");
	world_file("images/arm.yaml", "image: arm\ndistro: one\nplatforms: [linux/arm64]\n");
	locks(PL_RELOCK_KEEP, NULL,
	      "one: ape=1/amd64 ape=1/arm64 dog=1\n"
	      "arm@arm64:\nbase@amd64: ape\nbase@arm64: ape dog\nleaf@amd64: dog\nleaf@arm64:\n");
}

static uint32_t id_of(const char *name)
{
	const struct pl_lock_distro *d = &world.lock->distros[0];
	for (size_t i = 0; i < d->n_ids; i++)
		if (strcmp(d->ids[i].name, name) == 0)
			return d->ids[i].id;
	return 0;
}

static void test_ids_stay(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "bear", .version = "1", .control = "account bear\n"});
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .control = "account ape\n"});
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [bear]\n");
	world_lock();
	assert_int_equal(world.lock->distros[0].n_ids, 1);
	assert_int_equal(id_of("bear"), 101);
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape, bear]\n");
	world_lock();
	assert_int_equal(world.lock->distros[0].n_ids, 2);
	assert_int_equal(id_of("bear"), 101); /* though ape comes first */
	assert_int_equal(id_of("ape"), 102);
}

static void test_files_hashed(void **state)
{
	(void)state;
	world_file("conf/app.conf", "one");
	world_file("images/img.yaml", "image: img\ndistro: one\nfiles:\n"
				      "  - {from: conf/app.conf, to: /etc/b}\n"
				      "  - {content: two, to: /etc/a, mode: \"0640\"}\n");
	world_lock();
	const struct pl_lock_image *li = &world.lock->images[0];
	struct pl_digest one = pl_sha256_of(PL_STR("one")), two = pl_sha256_of(PL_STR("two"));
	assert_int_equal(li->n_files, 2);
	assert_string_equal(li->files[0].to, "/etc/a");
	assert_null(li->files[0].from);
	assert_int_equal(li->files[0].mode, 0640);
	assert_true(pl_digest_eq(&li->files[0].sha256, &two));
	assert_string_equal(li->files[1].to, "/etc/b");
	assert_string_equal(li->files[1].from, "conf/app.conf");
	assert_int_equal(li->files[1].mode, 0644);
	assert_int_equal(li->files[1].size, 3);
	assert_true(pl_digest_eq(&li->files[1].sha256, &one));
}

static void test_scripts_and_fetching(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "ape",
				     .version = "1",
				     .control = "script postinst covered\nscript prerm unknown\n"});
	offer("bear", "1", NULL);
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape, bear]\n");
	world_lock();
	assert_int_equal(toy_fetches, 2);
	const struct pl_lock_package *ape = world_package("ape");
	assert_int_equal(ape->n_scripts, 2);
	assert_string_equal(ape->scripts[0].name, "postinst");
	assert_string_equal(ape->scripts[0].verdict, "covered");
	assert_string_equal(ape->scripts[1].verdict, "unknown");
	assert_string_equal(ape->scripts[1].reason, "said so");
	assert_int_equal(world_package("bear")->n_scripts, 0);
	assert_int_equal(world.lock->distros[0].suites[0].date, 1000);
	world_lock(); /* the store has them */
	assert_int_equal(toy_fetches, 2);
}

/* A lock outlives the definitions it was made from and the former lock, and reads back as it is. */
static void test_lock_stands_alone(void **state)
{
	struct pl_lock *again = NULL;
	PL_AUTO(buf) before = {0}, text = {0}, after = {0};
	(void)state;
	toy_offer((struct toy_offer){.name = "ape", .version = "1", .control = "account ape\n"});
	world_file("app.conf", "one");
	world_file("images/base.yaml", "image: base\ndistro: one\npackages: [ape]\n");
	world_file("images/img.yaml",
		   "image: img\nbase: base\nfiles: [{from: app.conf, to: /etc/b}]\n");
	world_lock();
	world_lock(); /* the former one is freed */
	pl_lock_format(world.lock, &before);
	pl_fleet_free(world.fleet);
	world.fleet = NULL;
	pl_lock_format(world.lock, &text);
	assert_string_equal(text.p, before.p);
	assert_int_equal(pl_lock_parse(pl_buf_str(&text), "lock", &again, &world.err), 0);
	pl_lock_format(again, &after);
	assert_string_equal(text.p, after.p);
	pl_lock_free(again);
}

static void test_unknown_ecosystem(void **state)
{
	const struct pl_relock_options o = {.mode = PL_RELOCK_KEEP};
	struct pl_lock *lock = NULL;
	(void)state;
	world_file("images/img.yaml", "image: img\ndistro: one\n");
	world_load();
	world.fleet->distros[0].ecosystem = "marsian";
	assert_int_equal(
		pl_relock(&world.env, world.fleet, world.store, NULL, &o, &lock, NULL, &world.err),
		-PL_FAILURE);
	assert_string_equal(world.err.msg, "distro one: this program has no packages of 'marsian'");
	assert_null(lock);
}

/* The lock's compressor stays while this program has it; what it has not is no silent change. */
static void test_compressor(void **state)
{
	(void)state;
	const struct pl_relock_options regroup = {.mode = PL_RELOCK_KEEP, .regroup = true};
	struct pl_lock *lock = NULL;
	world_file("images/img.yaml", "image: img\ndistro: one\npackages: [ape]\n");
	offer("ape", "1", NULL);
	world_lock();
	assert_string_equal(world.lock->compressor, pl_compressor_default()->name);
	world.lock->compressor = "libdeflate 0.1 level 1";
	world_fails(PL_INPUT, "the compressor libdeflate 0.1 level 1");
	world_lock();
	assert_string_equal(world.lock->compressor, pl_compressor_default()->name);
#ifdef PL_HAVE_LIBDEFLATE
	world_build();
	struct pl_digest own = world_built("img")->layers[0].digest;
	world.lock->compressor = "libdeflate " LIBDEFLATE_VERSION_STRING " level 1";
	world_lock();
	assert_non_null(strstr(world.lock->compressor, "libdeflate "));
	world_build();
	assert_false(pl_digest_eq(&own, &world_built("img")->layers[0].digest));
	assert_int_equal(pl_relock(&world.env, world.fleet, world.store, world.lock, &regroup,
				   &lock, NULL, &world.err),
			 0);
	assert_string_equal(lock->compressor, pl_compressor_default()->name);
	pl_lock_free(lock);
#else
	(void)regroup;
	(void)lock;
#endif
}

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_versions_kept_and_moved),
		WORLD_TEST(test_compressor),
		WORLD_TEST(test_other_bytes_move),
		WORLD_TEST(test_bases_first),
		WORLD_TEST(test_platforms),
		WORLD_TEST(test_base_of_platform),
		WORLD_TEST(test_ids_stay),
		WORLD_TEST(test_files_hashed),
		WORLD_TEST(test_scripts_and_fetching),
		WORLD_TEST(test_lock_stands_alone),
		WORLD_TEST(test_unknown_ecosystem),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
