// SPDX-License-Identifier: Apache-2.0
/* What the HTTP tests cannot reach: names, chains of layers, scans registered, a remote inventory.
 * tests/functional/inventory_api.py holds the rest. */
#include "inventory/inventory_int.h"
#include "publish/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct pl_env env;
	int64_t now;
	char dir[32], *path;
	struct pl_inv *inv;
};

static int64_t clock_of(void *ctx) { return *(int64_t *)ctx; }

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	struct pl_err err = {0};
	pl_env_init(&f->env);
	f->now = 1000;
	f->env.now = clock_of;
	f->env.now_ctx = &f->now;
	memcpy(f->dir, "/tmp/inv-test-XXXXXX", 21);
	if (!mkdtemp(f->dir))
		return -1;
	f->path = pl_xprintf("%s/i.db", f->dir);
	*state = f;
	return pl_inv_open(&f->env, f->path, &f->inv, &err);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const tails[] = {"/i.db", "/i.db-wal", "/i.db-shm", ""};
	pl_inv_free(f->inv);
	for (size_t i = 0; i < PL_COUNT(tails); i++) {
		PL_AUTOFREE char *p = pl_xprintf("%s%s", f->dir, tails[i]);
		remove(p);
	}
	free(f->path);
	free(f);
	return 0;
}

static struct pl_ref named(struct pl_arena *a, const char *name)
{
	struct pl_ref r;
	struct pl_err err = {0};
	if (pl_ref_parse_name(a, pl_str_of(name), &r, &err) < 0)
		fail_msg("%s", err.msg);
	return r;
}

static struct pl_digest digest(const char *s) { return pl_sha256_of(pl_str_of(s)); }

static void put(struct fixture *f, const struct pl_registration *r, int want)
{
	struct pl_err err = {0};
	int rc = pl_inv_put(f->inv, r, PL_PUT_UPSERT, &err);
	if (rc != want)
		fail_msg("%s: %d %s", r->name.text, rc, err.msg);
}

static void expect_digest(const struct pl_digest *is, const char *want)
{
	char text[PL_DIGEST_TEXT];
	assert_string_equal(pl_digest_hex(is, text), want);
}

/*
 * image-spec config.md, with what a shell says:
 *   d() { printf "$1" | sha256sum | cut -c1-64; }
 *   one=$(d 1) two=$(d 2) three=$(d 3)
 *   second=$(d "sha256:$one sha256:$two")
 *   third=$(d "sha256:$second sha256:$three")
 */
static void chain_ids(void **state)
{
	static const char one[] =
		"6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
	static const char second[] =
		"53e60bc18399d11a8953c224619cd6147f2f8ef1233acf2818575ba1a17f7ca2";
	static const char third[] =
		"2c39000a5bc99e4311f3dc333b5a0173692f6a77d9de0847a087ad7e09edf5f8";
	struct pl_digest d[3] = {digest("1"), digest("2"), digest("3")}, chain[3];
	(void)state;
	pl_inv_chain_ids(d, 3, chain);
	expect_digest(&chain[0], one);
	expect_digest(&chain[1], second);
	expect_digest(&chain[2], third);
}

static void layers(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_digest d[4] = {digest("1"), digest("2"), digest("3"), digest("4")}, got;
	const char *name;
	const struct pl_ref alias = named(&a, "b:1");
	struct pl_registration base = {.name = named(&a, "registry/base:12"),
				       .has_digest = true,
				       .digest = digest("base"),
				       .diff_ids = d,
				       .n_diff_ids = 1,
				       .platform = "linux/amd64",
				       .aliases = &alias,
				       .n_aliases = 1};
	struct pl_registration mid = {.name = named(&a, "mid:1"),
				      .has_digest = true,
				      .digest = digest("mid"),
				      .diff_ids = d,
				      .n_diff_ids = 2,
				      .platform = "linux/amd64"};
	put(f, &base, 1);
	put(f, &mid, 1);
	put(f, &mid, 0);
	assert_int_equal(pl_inv_base_by_layers(f->inv, &a, NULL, d, 4, &name, &got, &err), 1);
	assert_string_equal(name, "mid:1");
	assert_true(pl_digest_eq(&got, &mid.digest));
	/* A proper prefix: the image itself is not its own base; its name, not an alias. */
	assert_int_equal(pl_inv_base_by_layers(f->inv, &a, NULL, d, 2, &name, &got, &err), 1);
	assert_string_equal(name, "registry/base:12");
	assert_int_equal(pl_inv_base_by_layers(f->inv, &a, NULL, d, 1, &name, &got, &err), 0);
	assert_int_equal(pl_inv_base_by_layers(f->inv, &a, NULL, d + 1, 3, &name, &got, &err), 0);
	/* Of several names one beside the image, or on its host; the shortest of those. */
	mid.name = named(&a, "host/far/away/mid:1");
	put(f, &mid, 1);
	mid.name = named(&a, "host/here/mid:1");
	put(f, &mid, 1);
	static const char *const near[][2] = {
		{"host/here/app", "host/here/mid:1"},
		{"host/far/away/app", "host/far/away/mid:1"},
		{"host/app", "host/here/mid:1"},
		{"hos/here/app", "mid:1"},
		{"app", "mid:1"},
		{NULL, "mid:1"},
	};
	for (size_t i = 0; i < PL_COUNT(near); i++) {
		assert_int_equal(
			pl_inv_base_by_layers(f->inv, &a, near[i][0], d, 4, &name, &got, &err), 1);
		assert_string_equal(name, near[i][1]);
	}
	assert_int_equal(pl_inv_delete(f->inv, PL_STR("host/here/mid:1"), false, &err), 0);
	assert_int_equal(pl_inv_delete(f->inv, PL_STR("host/far/away/mid:1"), false, &err), 0);
	mid.name = named(&a, "mid:1");
	/* Former content is found by its digest. */
	mid.digest = digest("mid 2");
	mid.n_diff_ids = 0;
	f->now = 2000;
	put(f, &mid, 1);
	assert_int_equal(pl_inv_base_by_layers(f->inv, &a, NULL, d, 4, &name, &got, &err), 1);
	assert_non_null(strstr(name, "mid:1@sha256:"));
}

/* Is that base possible for an image of the first n layers? */
static void possible(struct fixture *f, const char *base, const struct pl_digest *digest,
		     bool by_name, const struct pl_digest *d, size_t n, int want)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	const struct pl_ref ref = named(&a, base);
	assert_int_equal(pl_inv_base_is_possible(f->inv, &ref, digest, by_name, d, n, &err), want);
}

static void claims(void **state)
{
	struct fixture *f = *state;
	PL_AUTO(arena) a = {0};
	struct pl_digest d[4] = {digest("1"), digest("2"), digest("3"), digest("4")};
	const struct pl_digest *more[] = {d + 2}, unseen = digest("unseen");
	const size_t n_more[] = {2};
	/* Two platforms: the layers 1, and 3 with 4. */
	struct pl_registration base = {.name = named(&a, "base:1"),
				       .has_digest = true,
				       .digest = digest("base"),
				       .diff_ids = d,
				       .n_diff_ids = 1,
				       .more_diff_ids = more,
				       .more_n_diff_ids = n_more,
				       .n_more = 1};
	put(f, &base, 1);
	possible(f, "base:1", &base.digest, false, d, 3, 1);
	possible(f, "base:1", &base.digest, false, d, 1, 1); /* without layers of its own */
	possible(f, "other:1", &base.digest, false, d + 2, 2, 1);
	possible(f, "other:1", &base.digest, false, d + 1, 3, 0);
	possible(f, "other:1", &base.digest, false, d, 0, 0);
	/* Of what is not known by its digest the name says something, if asked. */
	possible(f, "base:1", &unseen, false, d + 1, 3, 1);
	possible(f, "base:1", &unseen, true, d + 1, 3, 0);
	possible(f, "base:1", NULL, true, d, 3, 1);
	possible(f, "base:2", NULL, true, d + 1, 3, 1);
	/* Also what it has meant. */
	base.digest = digest("base 2");
	base.diff_ids = d + 1;
	base.n_more = 0;
	put(f, &base, 1);
	possible(f, "base:1", NULL, true, d, 3, 1);
	possible(f, "base:1", NULL, true, d + 1, 3, 1);
	possible(f, "base:1", NULL, true, d + 3, 1, 0);
}

/* An annotation is held to the layers that come with it. */
static void annotation_weighed(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_digest d[3] = {digest("1"), digest("2"), digest("3")};
	struct pl_inv_image i;
	struct pl_registration base = {.name = named(&a, "base:1"),
				       .has_digest = true,
				       .digest = digest("base"),
				       .diff_ids = d,
				       .n_diff_ids = 1};
	struct pl_registration app = {.name = named(&a, "app:1"),
				      .base = named(&a, "far/old:1"),
				      .base_evidence = "annotation",
				      .has_digest = true,
				      .digest = digest("app"),
				      .diff_ids = d,
				      .n_diff_ids = 2};
	put(f, &base, 1);
	put(f, &app, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("app:1"), &i, &err), 0);
	assert_string_equal(i.base, "base:1");
	assert_string_equal(i.base_evidence, "layers");
	assert_true(pl_digest_eq(&i.base_digest, &base.digest));
	put(f, &app, 0);
	/* Contradicted: it stands on nothing that is known. */
	app.name = named(&a, "app:2");
	app.digest = digest("app 2");
	app.base = named(&a, "base:1");
	app.has_base_digest = true;
	app.base_digest = base.digest;
	app.diff_ids = d + 1;
	put(f, &app, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("app:2"), &i, &err), 0);
	assert_null(i.base);
	/* What somebody declares is taken as it is. */
	app.name = named(&a, "app:3");
	app.digest = digest("app 3");
	app.base_evidence = "declared";
	put(f, &app, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("app:3"), &i, &err), 0);
	assert_string_equal(i.base, "base:1");
}

static void children_are(struct fixture *f, const char *name, const char *want)
{
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) got = {0};
	struct pl_inv_images v;
	assert_int_equal(pl_inv_children(f->inv, &a, pl_str_of(name), true, &v, &err), 0);
	for (size_t i = 0; i < v.n; i++)
		pl_buf_addf(&got, "%s%s of %s%s", i ? ", " : "", v.v[i].name, v.v[i].base,
			    v.v[i].behind ? " (behind)" : "");
	pl_buf_addc(&got, '\n');
	assert_string_equal(got.p, want);
}

/* One content in two places, on one base in two places: each name has its own name of the base, and
 * what becomes of the base in one place says nothing of the other. */
static void two_places(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_inv_image first, second;
	struct pl_ref alias = named(&a, "q/app/web:1-20260101.1");
	struct pl_registration base = {
		.name = named(&a, "p/base:1"), .has_digest = true, .digest = digest("base")};
	struct pl_registration app = {.name = named(&a, "p/app/web:1"),
				      .base = named(&a, "p/base:1"),
				      .base_evidence = "build",
				      .has_base_digest = true,
				      .base_digest = base.digest,
				      .has_digest = true,
				      .digest = digest("app")};
	put(f, &base, 1);
	put(f, &app, 1);
	base.name = named(&a, "q/base:1");
	app.name = named(&a, "q/app/web:1");
	app.base = named(&a, "q/base:1");
	app.aliases = &alias;
	app.n_aliases = 1;
	put(f, &base, 1);
	put(f, &app, 1);
	put(f, &app, 0);
	children_are(f, "p/base:1", "p/app/web:1 of p/base:1, q/app/web:1 of q/base:1\n");
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("p/app/web:1"), &first, &err), 0);
	assert_int_equal(
		pl_inv_image_get(f->inv, &a, PL_STR("q/app/web:1-20260101.1"), &second, &err), 0);
	assert_string_equal(first.base, "p/base:1");
	assert_string_equal(second.base, "q/base:1");
	assert_string_not_equal(first.etag, second.etag);
	/* The other place's base moves on. */
	base.digest = digest("base 2");
	put(f, &base, 1);
	children_are(f, "q/base:1", "q/app/web:1 of q/base:1 (behind)\n");
	children_are(f, "p/base:1", "p/app/web:1 of p/base:1, q/app/web:1 of q/base:1 (behind)\n");
	/* A registration that only adds takes the same base by another name for a new name alone.
	 */
	app.n_aliases = 0;
	app.base = named(&a, "p/base:1");
	assert_int_equal(pl_inv_put(f->inv, &app, PL_PUT_CREATE, &err), -PL_CONFLICT);
	app.name = named(&a, "r/web:1");
	assert_int_equal(pl_inv_put(f->inv, &app, PL_PUT_CREATE, &err), 1);
	assert_int_equal(pl_inv_put(f->inv, &app, PL_PUT_CREATE, &err), 0);
	/* Another base is another one for all names. */
	app.base = named(&a, "else:1");
	app.base_digest = digest("else");
	put(f, &app, 1);
	children_are(f, "p/base:1", "\n");
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("q/app/web:1"), &second, &err), 0);
	assert_string_equal(second.base, "else:1");
}

static void scanned(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_inv_package *v,
		both[] = {{.name = "libc6", .version = "1", .architecture = "amd64"},
			  {.name = "libc6", .version = "1", .architecture = "arm64"},
			  {.name = "perl", .version = "5", .architecture = "amd64"},
			  {.name = "tzdata", .version = "9", .architecture = "all"}};
	size_t n;
	struct pl_registration base = {.name = named(&a, "base:1"),
				       .has_digest = true,
				       .digest = digest("b"),
				       .packages = both,
				       .n_packages = 4};
	put(f, &base, 1);
	struct pl_found_package found[] = {
		{"curl", "8", "amd64", "curl", "8", "debian", 1},
		{"libc6", "2", "amd64", "glibc", "2", "debian", 1},
		{"tzdata", "9", "all", "tzdata", "9", "debian", 0},
	};
	struct pl_scanned s = {.digest = digest("s"),
			       .platform = "linux/amd64",
			       .base = "base:1",
			       .base_evidence = "annotation",
			       .has_base_digest = true,
			       .base_digest = base.digest,
			       .result = {.packages = found, .n_packages = 3}};
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "app:1", &err),
			 1);
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "app:1", &err),
			 0);
	assert_int_equal(pl_inv_image_packages(f->inv, &a, PL_STR("app:1"), false, &v, &n, &err),
			 0);
	assert_int_equal(n, 2);
	assert_string_equal(v[0].name, "curl");
	assert_string_equal(v[1].version, "2");
	/* perl is gone; of the other architecture nothing was said, so it stays. */
	assert_int_equal(pl_inv_image_packages(f->inv, &a, PL_STR("app:1"), true, &v, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_string_equal(v[1].architecture, "arm64");
	assert_string_equal(v[1].version, "1");
	assert_string_equal(v[2].architecture, "amd64");
	/* A second platform adds to the first; what a build said of all is not cut down to one. */
	s.platform = "linux/arm64";
	found[0].architecture = found[1].architecture = "arm64";
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "app:1", &err),
			 1);
	assert_int_equal(pl_inv_image_packages(f->inv, &a, PL_STR("app:1"), false, &v, &n, &err),
			 0);
	assert_int_equal(n, 4);
	s.digest = base.digest;
	s.base = NULL;
	assert_int_equal(
		pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "base:1", &err), 0);
	assert_int_equal(
		pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "other:1", &err),
		-PL_CONFLICT);
	/* An unknown base: everything is its own. */
	s.digest = digest("u");
	s.base = "unknown:1";
	assert_int_equal(pl_scan_register(&(struct pl_registrar){.inv = f->inv}, &s, "u:1", &err),
			 1);
	assert_int_equal(pl_inv_image_packages(f->inv, &a, PL_STR("u:1"), false, &v, &n, &err), 0);
	assert_int_equal(n, 3);
}

static void behind(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_inv_image i;
	struct pl_registration base = {
		.name = named(&a, "b:1"), .has_digest = true, .digest = digest("1")};
	struct pl_registration late = {.name = named(&a, "l:1"),
				       .base = named(&a, "b:1"),
				       .has_digest = true,
				       .digest = digest("l"),
				       .has_base_digest = true,
				       .base_digest = digest("2")};
	put(f, &base, 1);
	/* Told to stand on content that is not there yet. */
	put(f, &late, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("l:1"), &i, &err), 0);
	assert_true(i.behind);
	assert_int_equal(i.since, 1000);
	f->now = 2000;
	base.digest = digest("2");
	put(f, &base, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("l:1"), &i, &err), 0);
	assert_false(i.behind);
	assert_int_equal(i.since, 1000);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("b:1"), &i, &err), 0);
	assert_int_equal(i.since, 2000);
	/* By digest alone: behind when no name means that content any more. */
	PL_AUTOFREE char *by = pl_xprintf("b@%s", PL_DIGEST_STR(&base.digest));
	struct pl_registration only = {.name = named(&a, "o:1"),
				       .base = named(&a, by),
				       .has_digest = true,
				       .digest = digest("o")};
	put(f, &only, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("o:1"), &i, &err), 0);
	assert_false(i.behind);
	base.digest = digest("3");
	put(f, &base, 1);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("o:1"), &i, &err), 0);
	assert_true(i.behind);
	struct pl_inv_images c;
	assert_int_equal(pl_inv_children(f->inv, &a, PL_STR("b:1"), false, &c, &err), 0);
	assert_int_equal(c.n, 2);
	/* Contents in a ring, by digests alone. */
	PL_AUTOFREE char *r2 = pl_xprintf("r@%s", PL_DIGEST_STR(&(struct pl_digest){{2}}));
	PL_AUTOFREE char *r1 = pl_xprintf("r@%s", PL_DIGEST_STR(&(struct pl_digest){{1}}));
	struct pl_registration one = {.name = named(&a, "r:1"),
				      .base = named(&a, r2),
				      .has_digest = true,
				      .digest = {{1}}};
	struct pl_registration two = {.name = named(&a, "r:2"),
				      .base = named(&a, r1),
				      .has_digest = true,
				      .digest = {{2}}};
	put(f, &one, 1);
	assert_int_equal(pl_inv_put(f->inv, &two, PL_PUT_CREATE, &err), -PL_CONFLICT);
	assert_int_equal(pl_inv_image_get(f->inv, &a, PL_STR("r:2"), &i, &err), -PL_NOT_FOUND);
}

static void remote(void **state)
{
	struct fixture *f = *state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	PL_AUTO_FREE(inv) inv = NULL;
	PL_AUTO(registrar) to = {0};
	static const char url[] = "https://inventory.example.org/";
	f->env.offline = true;
	assert_int_equal(pl_inv_open(&f->env, url, &inv, &err), -PL_USAGE);
	assert_non_null(strstr(err.msg, "https://inventory.example.org"));
	assert_int_equal(pl_registrar_open(&f->env, url, &to, &err), 0);
	assert_string_equal(to.url, "https://inventory.example.org");
	struct pl_registration r = {.name = named(&a, "a:1")},
			       bad = {.name = {.repository = "a", .text = "a"}};
	assert_int_equal(pl_registrar_put(&to, &bad, PL_PUT_CREATE, &err), -PL_INPUT);
	assert_int_equal(pl_registrar_put(&to, &r, PL_PUT_CREATE, &err), -PL_REMOTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_ids),
		cmocka_unit_test_setup_teardown(layers, setup, teardown),
		cmocka_unit_test_setup_teardown(claims, setup, teardown),
		cmocka_unit_test_setup_teardown(annotation_weighed, setup, teardown),
		cmocka_unit_test_setup_teardown(two_places, setup, teardown),
		cmocka_unit_test_setup_teardown(scanned, setup, teardown),
		cmocka_unit_test_setup_teardown(behind, setup, teardown),
		cmocka_unit_test_setup_teardown(remote, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
