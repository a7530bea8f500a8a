// SPDX-License-Identifier: Apache-2.0
/* What changes between two locks, as plans print it. */
#include "lock/relock.h"
#include "lockfile/edits.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pl_lock *lock_of(const struct pl_lock_package *v, size_t n)
{
	struct pl_lock *l = pl_lock_new();
	l->distros = pl_arena_new(&l->arena, struct pl_lock_distro);
	l->n_distros = 1;
	l->distros[0] = (struct pl_lock_distro){.name = "bookworm", .n_packages = n};
	l->distros[0].packages = pl_arena_dup(&l->arena, v, n, sizeof(*v));
	return l;
}

static void test_diff(void **state)
{
	const struct pl_lock_package from[] = {
		{.name = "gone", .version = "1", .architecture = "all", .source = "gone"},
		{.name = "libssl3",
		 .version = "3.0.1",
		 .architecture = "amd64",
		 .source = "openssl"},
		{.name = "libssl3",
		 .version = "3.0.1",
		 .architecture = "arm64",
		 .source = "openssl"},
		{.name = "same", .version = "1", .architecture = "all", .source = "same"},
	};
	const struct pl_lock_package to[] = {
		{.name = "libssl3",
		 .version = "3.0.2",
		 .architecture = "amd64",
		 .source = "openssl"},
		{.name = "libssl3",
		 .version = "3.0.1",
		 .architecture = "arm64",
		 .source = "openssl",
		 .sha256 = {{1}}},
		{.name = "new", .version = "7", .architecture = "amd64", .source = "new"},
		{.name = "same", .version = "1", .architecture = "all", .source = "same"},
	};
	PL_AUTO_FREE(lock) a = lock_of(from, PL_COUNT(from));
	PL_AUTO_FREE(lock) b = lock_of(to, PL_COUNT(to));
	PL_AUTO(arena) arena = {0};
	struct pl_lock_changes ch;
	(void)state;
	pl_lock_diff(&arena, a, b, &ch);
	assert_int_equal(ch.n, 4);
	assert_string_equal(ch.v[0].package, "gone");
	assert_null(ch.v[0].to);
	assert_string_equal(ch.v[1].package, "libssl3");
	assert_string_equal(ch.v[1].architecture, "amd64");
	assert_string_equal(ch.v[1].from, "3.0.1");
	assert_string_equal(ch.v[1].to, "3.0.2");
	assert_string_equal(ch.v[2].architecture, "arm64"); /* other bytes under the same version */
	assert_string_equal(ch.v[3].package, "new");
	assert_null(ch.v[3].from);
	pl_lock_diff(&arena, NULL, b, &ch);
	assert_int_equal(ch.n, 4);
	pl_lock_diff(&arena, b, b, &ch);
	assert_int_equal(ch.n, 0);
}

/* "web: a (changed), ..." */
static void edits_are(const struct pl_lock_image *was, size_t n_was, const struct pl_lock_image *is,
		      size_t n_is, const char *want)
{
	PL_AUTO_FREE(lock) from = pl_lock_new();
	PL_AUTO_FREE(lock) to = pl_lock_new();
	PL_AUTO(lock_edits) e = {0};
	PL_AUTO(buf) got = {0};
	from->images = pl_arena_dup(&from->arena, was, from->n_images = n_was, sizeof(*was));
	to->images = pl_arena_dup(&to->arena, is, to->n_images = n_is, sizeof(*is));
	pl_lock_edits_find(&e, from, to);
	for (size_t i = 0; i < e.v.n; i++)
		pl_buf_addf(&got, "%s%s", i ? ", " : "", pl_lock_edit_text(&e.arena, &e.v.v[i]));
	assert_string_equal(got.n ? pl_buf_str(&got).p : "", want);
}

static void test_edits(void **state)
{
	const struct pl_platform *amd = pl_platform_find(PL_STR("linux/amd64"));
	const struct pl_platform *arm = pl_platform_find(PL_STR("linux/arm64"));
	struct pl_lock_file files[] = {{.to = "/a", .from = "f/a", .mode = 0644},
				       {.to = "/b", .from = "f/b", .mode = 0644},
				       {.to = "/text", .mode = 0644}};
	struct pl_lock_file others[] = {{.to = "/a", .from = "f/a", .sha256 = {{1}}, .mode = 0644},
					{.to = "/b", .from = "f/b", .mode = 0755},
					{.to = "/text", .sha256 = {{1}}, .mode = 0644}};
	struct pl_lock_file moved[] = {{.to = "/a", .from = "f/c", .mode = 0644},
				       {.to = "/text", .mode = 0644}};
	const struct pl_lock_image was[] = {
		{.id = "app", .platform = amd},
		{.id = "web", .platform = amd, .files = files, .n_files = 3},
		{.id = "web", .platform = arm, .files = files, .n_files = 3}};
	struct pl_lock_image is[PL_COUNT(was)];
	(void)state;
	edits_are(was, 3, was, 3, "");
	memcpy(is, was, sizeof(is));
	is[1].files = is[2].files = others;
	edits_are(was, 3, is, 3, "web: f/a (changed), web: f/b (changed)");
	is[1].definition.b[0] = 1; /* the text in it is another */
	edits_are(was, 3, is, 3,
		  "web: f/a (changed), web: f/b (changed), web: its definition (changed)");
	is[1].files = is[2].files = moved;
	is[1].n_files = is[2].n_files = 2;
	edits_are(was, 3, is, 3, "web: f/a (gone), web: f/c (new), web: f/b (gone)");
	edits_are(was, 3, was, 2, "web: its definition (changed)"); /* one platform less */
	edits_are(was, 1, was, 3, "web: its definition (new)");
	edits_are(was, 3, was + 1, 2, "app: its definition (gone)");
}

static struct pl_lock *lock_of_images(const struct pl_lock_image *v, size_t n)
{
	struct pl_lock *l = pl_lock_new();
	l->images = pl_arena_dup(&l->arena, v, n, sizeof(*v));
	l->n_images = n;
	return l;
}

static void test_images(void **state)
{
	const struct pl_platform *amd64 = pl_platform_find(PL_STR("linux/amd64")),
				 *arm64 = pl_platform_find(PL_STR("linux/arm64"));
	struct pl_lock_file one = {.to = "/a", .sha256 = {{1}}, .mode = 0644},
			    two = {.to = "/a", .sha256 = {{2}}, .mode = 0644},
			    other = {.to = "/b", .mode = 0644};
	const struct pl_lock_image from[] = {
		{.id = "file", .platform = amd64, .files = &one, .n_files = 1},
		{.id = "gone", .platform = amd64},
		{.id = "less", .platform = amd64, .files = &other, .n_files = 1},
		{.id = "less", .platform = arm64},
		{.id = "same", .platform = amd64, .files = &one, .n_files = 1},
		{.id = "text", .platform = amd64},
	};
	const struct pl_lock_image to[] = {
		{.id = "file", .platform = amd64, .files = &two, .n_files = 1},
		{.id = "less", .platform = amd64},
		{.id = "more", .platform = arm64},
		{.id = "same", .platform = amd64, .files = &one, .n_files = 1},
		{.id = "text", .platform = amd64, .definition = {{1}}},
		{.id = "text", .platform = arm64, .definition = {{1}}},
	};
	PL_AUTO_FREE(lock) a = lock_of_images(from, PL_COUNT(from));
	PL_AUTO_FREE(lock) b = lock_of_images(to, PL_COUNT(to));
	PL_AUTO(arena) arena = {0};
	struct pl_lock_image_changes ch;
	(void)state;
	pl_lock_diff_images(&arena, a, b, &ch);
	assert_int_equal(ch.n, 5);
	assert_string_equal(ch.v[0].id, "file");
	assert_string_equal(ch.v[0].files[0], "/a");
	assert_null(ch.v[0].files[1]);
	assert_false(ch.v[0].definition);
	assert_true(ch.v[1].is_old && !ch.v[1].is_new);
	assert_string_equal(ch.v[2].id, "less");
	assert_string_equal(ch.v[2].files[0], "/b");
	assert_string_equal(ch.v[2].platforms_gone[0], "linux/arm64");
	assert_true(!ch.v[3].is_old && ch.v[3].is_new);
	assert_string_equal(ch.v[4].id, "text");
	assert_true(ch.v[4].definition);
	assert_string_equal(ch.v[4].platforms_new[0], "linux/arm64");
	pl_lock_diff_images(&arena, b, b, &ch);
	assert_int_equal(ch.n, 0);
	pl_lock_diff_images(&arena, NULL, b, &ch);
	assert_int_equal(ch.n, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_diff),
					   cmocka_unit_test(test_edits),
					   cmocka_unit_test(test_images)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
