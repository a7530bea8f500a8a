// SPDX-License-Identifier: Apache-2.0
/*
 * What one definition says changes that image and what stands on it, and nothing else: random edits
 * of random fleets, locked and built after each, the lock of before being the former one.
 */
#include "../assemble/world.h"

#include <unistd.h>

#define IMAGES 7
#define PACKAGES 24
#define EDITS 60 /* of one fleet */
#define FLEETS 3

static uint64_t seed;

/* Deterministic: a failure is found again by its fleet's number (xorshift64*). */
static unsigned random_below(unsigned n)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)((seed * 2685821657736338717ULL >> 33) % n);
}

struct image {
	bool there;
	int base; /* index, lower than its own; -1: none */
	unsigned label;
	bool holds[PACKAGES];
	struct pl_digest digest; /* as it was built last; only with has_digest */
	bool has_digest;
};
static struct image images[IMAGES];

/* Packages of all sizes, some with two versions, some with dependencies and accounts. */
static void offer_packages(void)
{
	static const char *const names[PACKAGES] = {"pa", "pb", "pc", "pd", "pe", "pf", "pg", "ph",
						    "pi", "pj", "pk", "pl", "pm", "pn", "po", "pp",
						    "pq", "pr", "ps", "pt", "pu", "pv", "pw", "px"};
	static char files[PACKAGES][64], control[PACKAGES][64];
	for (size_t i = 0; i < PACKAGES; i++) {
		snprintf(files[i], sizeof(files[i]), "d usr\nf usr/%s =%zu\n", names[i], i);
		snprintf(control[i], sizeof(control[i]), "%s%s%s", i % 3 ? "" : "account u",
			 i % 3 ? "" : names[i], i % 3 ? "" : "\n");
		struct toy_offer o = {.name = names[i],
				      .version = "1",
				      .source = i % 4 == 1 ? names[i - 1] : NULL,
				      .needs = i % 5 == 2 ? "pa " : NULL,
				      .files = files[i],
				      .control = control[i],
				      .kib = i % 2 ? 40 * i : 300 * i,
				      .often = i % 7 == 0};
		toy_offer(o);
	}
}

static void write_image(size_t i)
{
	PL_AUTO(buf) text = {0};
	PL_AUTOFREE char *name = pl_xprintf("images/i%zu.yaml", i);
	const struct image *m = &images[i];
	if (!m->there) {
		PL_AUTOFREE char *path = pl_path_join(world.dir, name);
		unlink(path);
		return;
	}
	pl_buf_addf(&text, "image: i%zu\nlabels: {n: \"%u\"}\n", i, m->label);
	if (m->base >= 0)
		pl_buf_addf(&text, "base: i%d\n", m->base);
	else
		pl_buf_adds(&text, "distro: one\n");
	pl_buf_adds(&text, "packages: [");
	const char *between = "";
	for (size_t k = 0; k < PACKAGES; k++) {
		if (!m->holds[k])
			continue;
		pl_buf_addf(&text, "%s%s", between, toy_offers[k].name);
		between = ", ";
	}
	pl_buf_adds(&text, "]\n");
	world_file(name, pl_buf_str(&text).p);
}

static bool stands_on(size_t i, size_t other)
{
	for (int at = (int)i; at >= 0; at = images[at].base)
		if (at == (int)other)
			return true;
	return false;
}

static bool has_children(size_t i)
{
	for (size_t k = 0; k < IMAGES; k++)
		if (images[k].there && images[k].base == (int)i)
			return true;
	return false;
}

/* A new or another image at that place; false when that cannot be. */
static bool edit_image(size_t i)
{
	struct image *m = &images[i];
	unsigned what = random_below(m->there ? 6 : 1);
	if (what == 5) { /* removed */
		if (has_children(i))
			return false;
		m->there = false;
		return true;
	}
	if (!m->there) {
		*m = (struct image){.there = true, .base = -1};
		if (i && random_below(3)) {
			size_t base = random_below((unsigned)i);
			m->base = images[base].there ? (int)base : -1;
		}
		for (size_t k = 0; k < PACKAGES; k++)
			m->holds[k] = random_below(4) == 0;
		return true;
	}
	if (what == 4)
		m->label++;
	else
		m->holds[random_below(PACKAGES)] ^= true;
	return true;
}

static void lock_and_build(void)
{
	world_lock();
	world_build();
}

static const struct pl_digest *built_digest(size_t i)
{
	PL_AUTOFREE char *id = pl_xprintf("i%zu", i);
	return &world_image(id)->digest;
}

/* Published images tell nothing of others but of what they stand on: no index, manifest or config
 * of an image holds another one's name. */
static void check_names(size_t i, const struct pl_digest *blob)
{
	PL_AUTO(buf) text = {.max = 1 << 20};
	assert_int_equal(pl_store_read_all(world.store, PL_STORE_BLOBS, blob, &text, &world.err),
			 0);
	for (size_t k = 0; k < IMAGES; k++) {
		PL_AUTOFREE char *name = pl_xprintf("i%zu", k);
		if (!stands_on(i, k) && strstr(text.p, name))
			fail_msg("i%zu names %s: %s", i, name, text.p);
	}
}

static void check_image(size_t i)
{
	PL_AUTOFREE char *id = pl_xprintf("i%zu", i);
	const struct pl_built_image *m = world_image(id);
	check_names(i, &m->digest);
	for (size_t k = 0; k < m->n_platforms; k++) {
		check_names(i, &m->platforms[k].manifest.digest);
		check_names(i, &m->platforms[k].config);
	}
}

static void check_others(unsigned fleet, unsigned edit, size_t edited)
{
	for (size_t i = 0; i < IMAGES; i++) {
		struct image *m = &images[i];
		if (!m->there)
			continue;
		const struct pl_digest *now = built_digest(i);
		if (m->has_digest && !stands_on(i, edited) && !pl_digest_eq(now, &m->digest))
			fail_msg("fleet %u, edit %u: i%zu changed with i%zu", fleet, edit, i,
				 edited);
		check_image(i);
		m->digest = *now; /* of the index: of every byte of it */
		m->has_digest = true;
	}
}

static void edits_change_one_image(void **state)
{
	(void)state;
	offer_packages();
	for (unsigned fleet = 0; fleet < FLEETS; fleet++) {
		seed = 88172645463325252ULL + fleet;
		memset(images, 0, sizeof(images));
		pl_lock_free(world.lock);
		world.lock = NULL;
		for (size_t i = 0; i < IMAGES; i++) {
			images[i].base = -1;
			if (i < 3)
				edit_image(i);
			write_image(i);
		}
		lock_and_build();
		check_others(fleet, 0, IMAGES);
		for (unsigned edit = 1; edit <= EDITS; edit++) {
			size_t i = random_below(IMAGES);
			bool any = false;
			if (!edit_image(i))
				continue;
			for (size_t k = 0; k < IMAGES; k++)
				any = any || images[k].there;
			write_image(i);
			if (!any)
				continue; /* a fleet has an image */
			lock_and_build();
			check_others(fleet, edit, i);
		}
	}
}

/* Of two versions that the distro keeps each image keeps its own, whatever others ask for. */
static void versions_stay(void **state)
{
	(void)state;
	toy_offer((struct toy_offer){.name = "tool", .version = "1", .files = "f tool =1\n"});
	toy_offer((struct toy_offer){.name = "tool", .version = "2", .files = "f tool =2\n"});
	world_file("images/a.yaml", "image: a\ndistro: one\npackages: [tool]\n");
	lock_and_build();
	struct pl_digest was = world_image("a")->digest;
	world_file("images/b.yaml", "image: b\ndistro: one\npackages: [tool=1]\n");
	lock_and_build();
	assert_int_equal(world.lock->distros[0].n_packages, 2);
	toy_offer((struct toy_offer){.name = "tool", .version = "3", .files = "f tool =3\n"});
	lock_and_build();
	assert_true(pl_digest_eq(&was, &world_image("a")->digest));
	assert_int_equal(world.lock->distros[0].n_packages, 2);
}

/* --regroup brings back what sharing was lost, and says what it changes. */
static void regrouping_is_asked_for(void **state)
{
	(void)state;
	const struct pl_relock_options regroup = {.mode = PL_RELOCK_KEEP, .regroup = true};
	struct pl_relock_stats st = {0};
	struct pl_lock *lock = NULL;
	toy_offer((struct toy_offer){.name = "xx", .version = "1", .files = "f x =x\n"});
	toy_offer((struct toy_offer){.name = "yy", .version = "1", .files = "f y =y\n"});
	world_file("images/a.yaml", "image: a\ndistro: one\npackages: [xx, yy]\n");
	world_lock();
	world_file("images/b.yaml", "image: b\ndistro: one\npackages: [xx]\n");
	world_lock();
	assert_string_equal(world_package("xx")->layer, "a/small");
	assert_string_equal(world_package("yy")->layer, "a/small");
	assert_int_equal(pl_relock(&world.env, world.fleet, world.store, world.lock, &regroup,
				   &lock, &st, &world.err),
			 0);
	pl_lock_free(world.lock);
	world.lock = lock;
	assert_string_equal(world_package("xx")->layer, "a+b/small");
	assert_true(st.regrouped.is_done);
	assert_true(st.regrouped.bytes_after < st.regrouped.bytes_before);
	assert_int_equal(st.regrouped.n_images, 2);
	assert_string_equal(st.regrouped.images[0], "a");
	/* Asked again there is nothing to do, and names stay. */
	lock = NULL;
	assert_int_equal(pl_relock(&world.env, world.fleet, world.store, world.lock, &regroup,
				   &lock, &st, &world.err),
			 0);
	assert_int_equal(st.regrouped.n_images, 0);
	assert_int_equal(st.regrouped.bytes_after, st.regrouped.bytes_before);
	pl_lock_free(lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(edits_change_one_image, world_setup,
						world_teardown),
		cmocka_unit_test_setup_teardown(versions_stay, world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(regrouping_is_asked_for, world_setup,
						world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
