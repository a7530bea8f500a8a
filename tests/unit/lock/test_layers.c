// SPDX-License-Identifier: Apache-2.0
/* Which packages share a layer: classes, sizes, the former assignment, caps. */
#include "lock/layers_int.h"

#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* A lock of one distro, made of text. Packages: "name KIB [often] [source=NAME] [of=ECOSYSTEM]
 * [on=ARCH]". Images: "id [<base] [@PLATFORM]: name name ...", sorted; without a platform it is
 * linux/amd64. */
static struct pl_lock *lock_of(const char *packages, const char *images)
{
	struct pl_lock *l = pl_lock_new();
	struct pl_arena *a = &l->arena;
	struct pl_str rest = pl_str_of(packages);
	struct pl_lock_distro *d = pl_arena_new(a, struct pl_lock_distro);
	d->name = "one";
	d->packages = pl_arena_array(a, struct pl_lock_package, 256);
	while (rest.p && rest.n) {
		struct pl_str line = pl_str_cut(&rest, '\n');
		struct pl_lock_package *p = &d->packages[d->n_packages++];
		p->name = p->source = pl_arena_cstr(a, pl_str_cut(&line, ' '));
		p->installed_kib = strtoull(pl_arena_cstr(a, pl_str_cut(&line, ' ')), NULL, 10);
		p->suite = p->architecture = "";
		p->layer = "";
		p->ecosystem = "toy";
		while (line.p) {
			struct pl_str word = pl_str_cut(&line, ' '), value = word;
			pl_str_cut(&value, '=');
			if (pl_str_is(word, "often"))
				p->suite = "often";
			else if (pl_str_starts(word, "source="))
				p->source = pl_arena_cstr(a, value);
			else if (pl_str_starts(word, "of="))
				p->ecosystem = pl_arena_cstr(a, value);
			else
				p->architecture = pl_arena_cstr(a, value);
		}
	}
	l->distros = d;
	l->n_distros = 1;
	l->images = pl_arena_array(a, struct pl_lock_image, 256);
	rest = pl_str_of(images);
	while (rest.p && rest.n) {
		struct pl_str names = pl_str_cut(&rest, '\n'), head = pl_str_cut(&names, ':');
		struct pl_lock_image *li = &l->images[l->n_images++];
		*li = (struct pl_lock_image){.distro = "one",
					     .platform = pl_platform_find(PL_STR("linux/amd64"))};
		li->id = pl_arena_cstr(a, pl_str_cut(&head, ' '));
		while (head.p) {
			struct pl_str word = pl_str_cut(&head, ' ');
			if (word.p[0] == '<')
				li->base = pl_arena_cstr(a, pl_str_sub(word, 1, word.n));
			else
				li->platform = pl_platform_find(pl_str_sub(word, 1, word.n));
			assert_non_null(li->platform);
		}
		li->packages = pl_arena_array(a, struct pl_lock_package *, d->n_packages + 1);
		while (names.p) {
			struct pl_str name = pl_str_cut(&names, ' ');
			for (size_t i = 0; i < d->n_packages; i++) {
				struct pl_lock_package *p = &d->packages[i];
				if (pl_str_is(name, p->name) &&
				    (!*p->architecture ||
				     strcmp(p->architecture, li->platform->arch) == 0))
					li->packages[li->n_packages++] = p;
			}
		}
	}
	return l;
}

static struct pl_err err; /* of the last call */

static bool is_often(const struct pl_lock_package *p) { return strcmp(p->suite, "often") == 0; }

static void layers_are(const struct pl_lock *l, const char *text)
{
	PL_AUTO(buf) got = {0};
	const struct pl_lock_distro *d = &l->distros[0];
	for (size_t i = 0; i < d->n_packages; i++)
		pl_buf_addf(&got, "%s%s %s", i ? "\n" : "", d->packages[i].name,
			    d->packages[i].layer);
	assert_string_equal(pl_buf_str(&got).p, text);
}

static void check(const char *packages, const char *images, const char *text)
{
	PL_AUTO_FREE(lock) l = lock_of(packages, images);
	assert_int_equal(pl_layers_assign(l, NULL, is_often, &err), 0);
	layers_are(l, text);
}

static void test_classes_by_holders(void **state)
{
	(void)state;
	check("ape 10\nbear 10\ncat 10\ndog 10\neel 10", "a:ape cat dog\nb:ape bear dog\nc:dog eel",
	      "ape a+b/small\nbear b/small\ncat a/small\ndog a+b+c/small\neel c/small");
	check("ape 10", "a:\nb:ape", "ape b/small");
	check("ape 10\nbear 10", "a:ape", "ape a/small\nbear "); /* nobody holds it */
}

/* Packages of two formats have a name in common, and nothing else. */
static void test_ecosystems(void **state)
{
	(void)state;
	check("ape 10\nape 2000 of=other", "a:ape", "ape a/small\nape a/ape");
	PL_AUTO_FREE(lock) former = lock_of("ape 2000\nape 10 of=other", "a:ape");
	assert_int_equal(pl_layers_assign(former, NULL, is_often, &err), 0);
	layers_are(former, "ape a/ape\nape a/small");
	PL_AUTO_FREE(lock) l = lock_of("ape 10 of=other\nbear 10", "a:ape bear");
	assert_int_equal(pl_layers_assign(l, former, is_often, &err), 0);
	layers_are(l, "ape a/small\nbear a/small");
}

static void test_own_layer(void **state)
{
	(void)state;
	/* Of a size; and already smaller when it changes often. */
	check("ape 1023\nbear 1024\ncat 191 often\ndog 192 often\neel 5", "a:ape bear cat dog eel",
	      "ape a/small\nbear a/bear\ncat a/small\ndog a/dog\neel a/small");
	/* Sizes of one source count together, under its name; one that changes often is enough. */
	check("ape 1000 source=src\nbear 24 source=src", "a:ape bear", "ape a/src\nbear a/src");
	check("ape 100 source=src\nbear 92 often source=src", "a:ape bear",
	      "ape a/src\nbear a/src");
	/* Where another class holds a part of it, each part counts for itself. */
	check("ape 1000 source=src\nbear 1024 source=src", "a:ape bear\nb:bear",
	      "ape a/small\nbear a+b/src");
}

static void test_platforms(void **state)
{
	(void)state;
	/* The larger architecture decides for both. */
	check("ape 10 on=amd64\nape 2000 on=arm64\nbear 1", "a:ape bear\na @linux/arm64:ape bear",
	      "ape a/ape\nape a/ape\nbear a/small");
	check("ape 2000 on=amd64\nape 10 on=arm64\nbear 1", "a:ape bear\na @linux/arm64:ape bear",
	      "ape a/ape\nape a/ape\nbear a/small");
	/* On one platform only: another class, so another name. */
	PL_AUTO_FREE(lock)
	l = lock_of("ape 10\nbear 10 on=amd64", "a:ape bear\na @linux/arm64:ape bear");
	assert_int_equal(pl_layers_assign(l, NULL, is_often, &err), 0);
	struct pl_digest d = pl_sha256_of(PL_STR("a linux/amd64\n"));
	char hex[PL_DIGEST_TEXT];
	PL_AUTOFREE char *want =
		pl_xprintf("ape a/small\nbear a+%.12s/small", pl_digest_hex(&d, hex));
	layers_are(l, want);
}

/* As many images as fit are spelled out, then the rest is a hash. */
static void test_long_class_name(void **state)
{
	PL_AUTO(buf) ids = {0}, all = {0}, images = {0};
	(void)state;
	for (int i = 0; i < 10; i++) { /* 10 * 5 + 9 = 59 characters */
		pl_buf_addf(&ids, "%sim%03d", i ? "+" : "", i);
		pl_buf_addf(&all, "im%03d linux/amd64\n", i);
		pl_buf_addf(&images, "im%03d:ape\n", i);
	}
	PL_AUTOFREE char *whole = pl_xprintf("ape %s/small", ids.p);
	check("ape 10", images.p, whole);
	pl_buf_adds(&all, "im010 linux/amd64\n");
	pl_buf_adds(&images, "im010:ape\n");
	char hex[PL_DIGEST_TEXT];
	struct pl_digest d = pl_sha256_of(pl_buf_str(&all));
	PL_AUTOFREE char *cut = pl_xprintf("ape %.40s+%.12s/small", ids.p, pl_digest_hex(&d, hex));
	check("ape 10", images.p, cut);
}

static void test_former_stays(void **state)
{
	(void)state;
	PL_AUTO_FREE(lock)
	former = lock_of("ape 2000\nbear 10\ncat 2000", "a:ape bear cat\nb:cat");
	assert_int_equal(pl_layers_assign(former, NULL, is_often, &err), 0);
	layers_are(former, "ape a/ape\nbear a/small\ncat a+b/cat");
	/* Whatever has changed, size or who holds it: only what is new is grouped. */
	PL_AUTO_FREE(lock) l = lock_of("ape 10\nbear 3000\ncat 10\ndog 10", "a:ape bear cat dog");
	assert_int_equal(pl_layers_assign(l, former, is_often, &err), 0);
	layers_are(l, "ape a/ape\nbear a/small\ncat a+b/cat\ndog a/small");
	PL_AUTO_FREE(lock) wider = lock_of("ape 10\neel 10", "a:ape\nab:ape eel");
	assert_int_equal(pl_layers_assign(wider, former, is_often, &err), 0);
	layers_are(wider, "ape a/ape\neel ab/small");
	PL_AUTO_FREE(lock) longer = lock_of("ape 10", "ab:ape");
	assert_int_equal(pl_layers_assign(longer, former, is_often, &err), 0);
	layers_are(longer, "ape a/ape");
}

/* n packages "NAMEnnn" of 2000 KiB and more, each larger than the one before. */
static void add_large(struct pl_buf *packages, struct pl_buf *names, const char *name, int n)
{
	for (int i = 0; i < n; i++) {
		pl_buf_addf(packages, "%s%03d %d\n", name, i, 2000 + i);
		pl_buf_addf(names, "%s%s%03d", names->n ? " " : "", name, i);
	}
}

/* How many layers an image of that id has, and how many of its packages are in `small`. */
static void counts(const struct pl_lock *l, const char *id, size_t layers, size_t small)
{
	PL_AUTO(map) seen = {0};
	size_t n_small = 0;
	const struct pl_lock_image *li =
		pl_lock_image_find(l, id, pl_platform_find(PL_STR("linux/amd64")));
	assert_non_null(li);
	for (size_t i = 0; i < li->n_packages; i++) {
		pl_map_put(&seen, pl_str_of(li->packages[i]->layer), &seen);
		n_small += pl_str_ends(pl_str_of(li->packages[i]->layer), "/small");
	}
	assert_int_equal(seen.n, layers);
	assert_int_equal(n_small, small);
}

static void test_cap_of_base(void **state)
{
	PL_AUTO(buf) packages = {0}, names = {0};
	(void)state;
	add_large(&packages, &names, "p", 19);
	PL_AUTOFREE char *images = pl_xprintf("base:%s\n", names.p);
	PL_AUTO_FREE(lock) fits = lock_of(packages.p, images);
	assert_int_equal(pl_layers_assign(fits, NULL, is_often, &err), 0);
	counts(fits, "base", 19, 0); /* and its own layer: 20 */
	add_large(&packages, &names, "q", 2);
	PL_AUTOFREE char *more = pl_xprintf("base:%s\n", names.p);
	PL_AUTO_FREE(lock) over = lock_of(packages.p, more);
	assert_int_equal(pl_layers_assign(over, NULL, is_often, &err), 0);
	counts(over, "base", 19, 3);
	/* The smallest went together, the first of equals first. */
	const struct pl_lock_package *p = over->distros[0].packages;
	assert_string_equal(p[0].layer, "base/small");
	assert_string_equal(p[1].layer, "base/small");
	assert_string_equal(p[2].layer, "base/p002");
	assert_string_equal(p[19].layer, "base/small"); /* q000, as small as p000 */
	assert_string_equal(p[20].layer, "base/q001");
}

/* leaf is the id of the image that stands on "base"; its name must not matter. */
static void cap_of_leaf(const char *leaf)
{
	PL_AUTO(buf) packages = {0}, below = {0}, own = {0};
	add_large(&packages, &below, "p", 30);
	add_large(&packages, &own, "q", 30);
	bool first = strcmp(leaf, "base") < 0;
	PL_AUTOFREE char *base = pl_xprintf("base:%s\n", below.p);
	PL_AUTOFREE char *top = pl_xprintf("%s <base:%s\n", leaf, own.p);
	PL_AUTOFREE char *images = pl_xprintf("%s%s", first ? top : base, first ? base : top);
	PL_AUTO_FREE(lock) l = lock_of(packages.p, images);
	assert_int_equal(pl_layers_assign(l, NULL, is_often, &err), 0);
	counts(l, "base", 19, 12);
	counts(l, leaf, 19, 12); /* 20 below, 19 and its own: 40 */
}

static void test_cap_of_leaf(void **state)
{
	(void)state;
	cap_of_leaf("leaf");
	cap_of_leaf("app");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes_by_holders), cmocka_unit_test(test_own_layer),
		cmocka_unit_test(test_ecosystems),         cmocka_unit_test(test_platforms),
		cmocka_unit_test(test_long_class_name),    cmocka_unit_test(test_former_stays),
		cmocka_unit_test(test_cap_of_base),        cmocka_unit_test(test_cap_of_leaf),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
