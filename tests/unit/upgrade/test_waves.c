// SPDX-License-Identifier: Apache-2.0
/* Which images are renewed, and in which wave. */
#include "upgrade/waves_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* base <- web, worker; worker <- cron <- night; alone */
static struct pl_distro distro = {.name = "d"};
static struct pl_image base = {.name = "base", .id = "base", .distro = &distro},
		       alone = {.name = "alone", .id = "alone", .distro = &distro},
		       worker = {.name = "worker", .id = "worker", .base = &base},
		       web = {.name = "web", .id = "web", .base = &base},
		       cron = {.name = "cron", .id = "cron", .base = &worker},
		       night = {.name = "night", .id = "night", .base = &cron};
static struct pl_image *images[] = {&base, &alone, &worker, &web, &cron, &night};
static struct pl_fleet fleet = {
	.registry = "host:5000/team", .images = images, .n_images = PL_COUNT(images)};

/* "id(wave) id(wave) ..." of what is renewed when the images in old, by their place, hold
 * something; '-' leaves an image out as one that was never registered. */
static const char *plan(struct pl_arena *a, const char *old)
{
	struct pl_waves w;
	size_t n;
	const char *text = "";
	pl_waves_init(&w, a, &fleet);
	for (size_t i = 0; i < w.n; i++)
		if (old[i] != '-')
			pl_waves_place(&w, i, old[i] == 'x' ? "old" : NULL);
	const struct pl_wave_slot **v = pl_waves_order(&w, a, &n);
	for (size_t i = 0; i < n; i++)
		text = pl_arena_printf(a, "%s%s%s(%u)%s", text, i ? " " : "", v[i]->image->id,
				       v[i]->wave, v[i]->held ? "!" : "");
	pl_waves_done(&w);
	return text;
}

static void waves(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	assert_string_equal(plan(&a, "......"), "");
	assert_string_equal(plan(&a, "x....."), "base(0)! web(1) worker(1) cron(2) night(3)");
	assert_string_equal(plan(&a, ".x...."), "alone(0)!");
	/* One that holds it itself and follows its base is renewed once, after its base. */
	assert_string_equal(plan(&a, "x.x..x"), "base(0)! web(1) worker(1)! cron(2) night(3)!");
	/* In the middle of a chain: nothing below it moves. */
	assert_string_equal(plan(&a, "..x..."), "worker(0)! cron(1) night(2)");
	assert_string_equal(plan(&a, "...x.x"), "night(0)! web(0)!");
	/* What was never registered is left out, and so is what stands on it. */
	assert_string_equal(plan(&a, "x.-..."), "base(0)! web(1)");
	assert_string_equal(plan(&a, "x.-.x."), "base(0)! cron(0)! night(1) web(1)");
}

static void follows(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_waves w;
	pl_waves_init(&w, &a, &fleet);
	assert_null(w.slots[0].base);
	assert_ptr_equal(w.slots[4].base, &w.slots[2]);
	assert_false(pl_waves_follows(&w, 0));
	assert_false(pl_waves_follows(&w, 2));
	pl_waves_place(&w, 0, "old");
	assert_true(pl_waves_follows(&w, 2));
	assert_false(pl_waves_follows(&w, 1));
	assert_false(pl_waves_follows(&w, 4));
	pl_waves_done(&w);
}

static void names(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_waves w;
	pl_waves_init(&w, &a, &fleet);
	assert_true(pl_waves_is_ours(&w, "host:5000/team/base:1"));
	assert_true(pl_waves_is_ours(&w, "host:5000/team/cron@sha256:11"));
	assert_true(pl_waves_is_ours(&w, "host:5000/team/cron:1@sha256:11"));
	assert_false(pl_waves_is_ours(&w, "host:5000/team/base"));
	assert_false(pl_waves_is_ours(&w, "host:5000/team/based:1"));
	assert_false(pl_waves_is_ours(&w, "host:5000/team:1"));
	assert_false(pl_waves_is_ours(&w, "other/base:1"));
	assert_false(pl_waves_is_ours(&w, ""));
	pl_waves_done(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waves),
		cmocka_unit_test(follows),
		cmocka_unit_test(names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
