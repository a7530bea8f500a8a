// SPDX-License-Identifier: Apache-2.0
/*
 * inventory_bench IMAGES PACKAGES [OWN]: registers a fleet (a base in four, the rest on them in
 * chains of up to three; OWN 1 gives every image a list of its own) and times the questions.
 * Fails when an answer is wrong.
 */
#include "base/clock.h"
#include "base/file.h"
#include "base/num.h"
#include "inventory/inventory.h"

#include <unistd.h>

static double since(uint64_t t) { return (double)(pl_mono_ns() - t) / 1e6; }

static struct pl_ref image_ref(struct pl_arena *a, size_t i)
{
	return (struct pl_ref){
		.repository = pl_arena_printf(a, "registry.example.org/team/image-%zu", i),
		.tag = "1",
		.text = pl_arena_printf(a, "registry.example.org/team/image-%zu:1", i)};
}

static int fill(struct pl_inv *inv, size_t images, size_t packages, bool own, struct pl_err *err)
{
	struct pl_inv_package *v = pl_xcalloc(packages, sizeof(*v));
	PL_AUTO(arena) a = {0};
	int rc = 0;
	for (size_t i = 0; rc >= 0 && i < images; i++) {
		for (size_t k = 0; k < packages; k++)
			v[k] = (struct pl_inv_package){
				.name = pl_arena_printf(&a, "package-%zu", k),
				.version = pl_arena_printf(&a, "1.%zu-1", own ? i % 50 : i % 4),
				.architecture = "amd64",
				.source = pl_arena_printf(&a, "source-%zu", k / 3)};
		if (own)
			v[0].version = pl_arena_printf(&a, "%zu", i);
		const struct pl_ref none = {0};
		const struct pl_registration r = {
			.name = image_ref(&a, i),
			.base = i < 4 ? none : image_ref(&a, i < 40 ? i % 4 : i % 36 + 4),
			.packages = v,
			.n_packages = i < 4 || own ? packages : 3,
		};
		rc = pl_inv_put(inv, &r, PL_PUT_CREATE, err);
		pl_arena_done(&a);
		a = (struct pl_arena){0};
	}
	free(v);
	return rc < 0 ? rc : 0;
}

static int ask(struct pl_inv *inv, size_t images, struct pl_err *err)
{
	PL_AUTO(arena) a = {0};
	struct pl_inv_images list;
	struct pl_inv_holding *held;
	struct pl_inv_package *eff;
	size_t n;
	uint64_t t = pl_mono_ns();
	const struct pl_package_query q = {.name = PL_STR("package-7")};
	int rc = pl_inv_packages(inv, &a, &q, &held, &n, err);
	if (rc < 0)
		return rc;
	size_t total = 0;
	for (size_t i = 0; i < n; i++)
		total += held[i].n_images;
	printf("package in %zu images: %.1f ms\n", total, since(t));
	if (total != images)
		return pl_fail(err, PL_FAILURE, "%zu holders, not %zu", total, images);
	t = pl_mono_ns();
	rc = pl_inv_children(inv, &a, PL_STR("registry.example.org/team/image-0:1"), true, &list,
			     err);
	if (rc < 0)
		return rc;
	printf("all %zu descendants: %.1f ms\n", list.n, since(t));
	t = pl_mono_ns();
	rc = pl_inv_children(inv, &a, PL_STR("registry.example.org/team/image-5:1"), false, &list,
			     err);
	if (rc < 0)
		return rc;
	printf("%zu children: %.2f ms\n", list.n, since(t));
	t = pl_mono_ns();
	rc = pl_inv_image_packages(inv, &a, PL_STR("registry.example.org/team/image-99:1"), true,
				   &eff, &n, err);
	if (rc < 0)
		return rc;
	printf("%zu effective packages: %.2f ms\n", n, since(t));
	t = pl_mono_ns();
	rc = pl_inv_images_list(inv, &a, &list, err);
	if (rc == 0)
		printf("list of %zu: %.1f ms\n", list.n, since(t));
	return rc < 0 || list.n == images ? rc : pl_fail(err, PL_FAILURE, "%zu listed", list.n);
}

int main(int argc, char **argv)
{
	struct pl_env env;
	struct pl_err err = {0};
	uint64_t images, packages;
	char path[] = "/tmp/inventory-bench-XXXXXX";
	if (argc < 3 || !pl_parse_u64(pl_str_of(argv[1]), 1000000, &images) || images < 100 ||
	    !pl_parse_u64(pl_str_of(argv[2]), 10000, &packages) || packages < 8 || !mkdtemp(path))
		return 2;
	pl_env_init(&env);
	PL_AUTOFREE char *db = pl_path_join(path, "i.db");
	PL_AUTO_FREE(inv) inv = NULL;
	int rc = pl_inv_open(&env, db, &inv, &err);
	uint64_t t = pl_mono_ns();
	if (rc == 0)
		rc = fill(inv, images, packages, argc > 3, &err);
	if (rc == 0) {
		printf("%llu images registered: %.0f ms\n", (unsigned long long)images, since(t));
		rc = ask(inv, images, &err);
	}
	PL_AUTOFREE char *wal = pl_xprintf("%s-wal", db);
	PL_AUTOFREE char *shm = pl_xprintf("%s-shm", db);
	unlink(db);
	unlink(wal);
	unlink(shm);
	rmdir(path);
	if (rc < 0)
		fprintf(stderr, "%s\n", err.msg);
	return rc < 0;
}
