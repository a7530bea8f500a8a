// SPDX-License-Identifier: Apache-2.0
/* Which packages of an image a new lock replaces: by source for an advisory, all of them, by
 * distro. */
#include "upgrade/outdated_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* name, version, source, source version of the new lock. libtls3 is a binNMU, openssl's binary and
 * source versions are the same. */
static struct pl_lock_package bookworm[] = {
	{.name = "libtls3",
	 .version = "3.0-2+b1",
	 .source = "tls",
	 .source_version = "3.0-2",
	 .architecture = "amd64"},
	{.name = "libtls3",
	 .version = "3.0-1",
	 .source = "tls",
	 .source_version = "3.0-1",
	 .architecture = "arm64"},
	{.name = "openssl",
	 .version = "1.1-9",
	 .source = "openssl",
	 .source_version = "1.1-9",
	 .architecture = "amd64"},
	{.name = "tzdata",
	 .version = "2024a",
	 .source = "tzdata",
	 .source_version = "2024a",
	 .architecture = "all"},
};
static struct pl_lock_package trixie[] = {
	{.name = "openssl",
	 .version = "3.5-1",
	 .source = "openssl",
	 .source_version = "3.5-1",
	 .architecture = "amd64"},
};
static struct pl_lock_distro distros[] = {
	{.name = "bookworm", .packages = bookworm, .n_packages = PL_COUNT(bookworm)},
	{.name = "trixie", .packages = trixie, .n_packages = PL_COUNT(trixie)},
};
static struct pl_lock_package *of_amd64[] = {&bookworm[0], &bookworm[2], &bookworm[3]};
static struct pl_lock_package *of_arm64[] = {&bookworm[1], &bookworm[3]};
static struct pl_lock_image images[] = {
	{.id = "base", .packages = of_amd64, .n_packages = 3},
	{.id = "base", .packages = of_arm64, .n_packages = 2},
};
static const struct pl_lock lock = {.distros = distros,
				    .n_distros = PL_COUNT(distros),
				    .images = images,
				    .n_images = PL_COUNT(images)};

static struct pl_inv_package package(const char *name, const char *version, const char *arch,
				     const char *source, const char *source_version)
{
	return (struct pl_inv_package){name, version, arch, source, source_version, "debian"};
}

static void newest(void **state)
{
	(void)state;
	assert_ptr_equal(pl_outdated_newest(&lock, "libtls3"), &bookworm[0]);
	assert_ptr_equal(pl_outdated_newest(&lock, "openssl"), &trixie[0]);
	assert_null(pl_outdated_newest(&lock, "libtls"));
	assert_null(pl_outdated_newest(NULL, "openssl"));
}

/* The version that an image of distro must have, found by asking about versions around it. */
static const char *ask(const struct pl_outdated *o, const char *distro, const char *source,
		       const char *version)
{
	struct pl_inv_package p = package("x", version, "amd64", source, version);
	return pl_outdated_held(o, "base", distro, &p, 1);
}

static void by_source(void **state)
{
	(void)state;
	struct pl_err err = {0};
	PL_AUTO(arena) a = {0};
	struct pl_outdated o;
	/* What was asked for, in every distro that has it... */
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "openssl", "openssl", "3.0-1", &err), 0);
	assert_string_equal(o.source_fixed, "3.0-1");
	assert_string_equal(ask(&o, "trixie", "openssl", "3.0-0"), "openssl 3.0-0");
	assert_null(ask(&o, "trixie", "openssl", "3.0-1"));
	assert_null(ask(&o, "trixie", "openssl", "3.1-1"));
	/* ... and the archive's newest where that is all there is. */
	assert_string_equal(ask(&o, "bookworm", "openssl", "1.1-8"), "openssl 1.1-8");
	assert_null(ask(&o, "bookworm", "openssl", "1.1-9"));
	assert_null(ask(&o, "bookworm", "openssl", "2.0-1"));
	/* A distro that has none of it counts as what was asked for. */
	assert_string_equal(ask(&o, "sid", "openssl", "2.9"), "openssl 2.9");
	assert_null(ask(&o, "sid", "openssl", "3.0-1"));
	assert_null(ask(&o, "trixie", "tls", "0"));
	pl_outdated_done(&o);
	/* Of a binNMU the source's version decides. */
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "tls", "libtls3", "3.0-2", &err), 0);
	assert_string_equal(o.source_fixed, "3.0-2");
	assert_string_equal(ask(&o, "bookworm", "tls", "3.0-1"), "tls 3.0-1");
	assert_null(ask(&o, "bookworm", "tls", "3.0-2"));
	pl_outdated_done(&o);
	/* Without a version, the archive's newest. */
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "openssl", "openssl", NULL, &err), 0);
	assert_string_equal(ask(&o, "trixie", "openssl", "3.4"), "openssl 3.4");
	assert_null(ask(&o, "trixie", "openssl", "3.5-1"));
	pl_outdated_done(&o);
	/* Not there yet: nothing is planned. */
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "openssl", "openssl", "9", &err),
			 -PL_NOT_FOUND);
	assert_non_null(strstr(err.msg, "has openssl 3.5-1, older than 9"));
	pl_outdated_done(&o);
	/* Not in the lock at all: what was asked for is all that is known. */
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "gone", "gone", "2", &err), 0);
	assert_string_equal(ask(&o, "trixie", "gone", "1"), "gone 1");
	assert_null(ask(&o, "trixie", "gone", "2"));
	pl_outdated_done(&o);
	assert_int_equal(pl_outdated_source(&o, &a, &lock, "gone", "gone", NULL, &err), 0);
	assert_null(ask(&o, "trixie", "gone", "1"));
	pl_outdated_done(&o);
}

static void all(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_outdated o;
	pl_outdated_all(&o, &a, &lock);
	struct pl_inv_package same[] = {
		package("libtls3", "3.0-2+b1", "amd64", "tls", "3.0-2"),
		package("libtls3", "3.0-1", "arm64", "tls", "3.0-1"),
		package("tzdata", "2024a", "all", "tzdata", "2024a"),
	};
	assert_null(pl_outdated_held(&o, "base", "bookworm", same, 3));
	/* The other architecture's version is none of its own. */
	same[1].version = "3.0-2+b1";
	assert_string_equal(pl_outdated_held(&o, "base", "bookworm", same, 3), "tls 3.0-1");
	/* Higher or lower, other is other; one that the lock has not is to go. */
	same[1].version = "9";
	assert_non_null(pl_outdated_held(&o, "base", "bookworm", same, 3));
	assert_non_null(pl_outdated_held(&o, "stranger", "bookworm", same, 1));
	/* Counted by name: both architectures of one package are one. */
	same[0].version = "1";
	assert_string_equal(pl_outdated_held(&o, "base", "bookworm", same, 3), "tls 3.0-2");
	same[2].version = "1";
	assert_string_equal(pl_outdated_held(&o, "base", "bookworm", same, 3),
			    "2 packages that the archive has newer");
	/* What the lock does not speak of stays what it is. */
	same[2].ecosystem = "pypi";
	assert_null(pl_outdated_held(&o, "base", "bookworm", same + 2, 1));
	assert_null(pl_outdated_held(&o, "base", "bookworm", same, 0));
	pl_outdated_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(newest),
		cmocka_unit_test(by_source),
		cmocka_unit_test(all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
