// SPDX-License-Identifier: Apache-2.0
/* Package facts as bytes: what goes in comes out, and damage is seen, never read past. */
#include "assemble/package_int.h"
#include "debian/deb/deb.h"
#include "debian/debian.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct pl_fragment fragment = {{{3}}, 4, 5};

static void sample(struct pl_package_facts *f)
{
	static struct pl_script script = {
		.name = "postinst", .text = PL_STR("#!/bin/sh\n"), .normalised = {{7}}};
	static const struct pl_control control = {.control = PL_STR("Package: x\n"),
						  .md5sums = PL_STR("m"),
						  .conffiles = PL_STR(""),
						  .scripts = &script,
						  .n_scripts = 1};
	static struct pl_package_entry e[5];
	e[0].tar = (struct pl_tar_entry){.type = PL_TAR_DIR, .path = PL_STR("usr"), .mode = 0755};
	e[1].tar = (struct pl_tar_entry){.type = PL_TAR_FILE,
					 .path = PL_STR("usr/lib/libx.so.1"),
					 .mode = 04755,
					 .uid = 4294967294u,
					 .gid = 43,
					 .size = UINT64_MAX / 2,
					 .mtime = 1780000000,
					 .capability = {"\1\0\2", 3}};
	e[1].sha256.b[31] = 9;
	e[1].is_library = true;
	e[1].elf = (struct pl_elf_facts){.is_elf = true,
					 .is_shared = true,
					 .is_64 = true,
					 .type = 3,
					 .machine = 183,
					 .flags = 0x5000400,
					 .libc = PL_ELF_LIBC6,
					 .soname = PL_STR("libx.so.1")};
	e[2].tar = (struct pl_tar_entry){.type = PL_TAR_SYMLINK,
					 .path = PL_STR("usr/lib/libx.so"),
					 .link = PL_STR("libx.so.1"),
					 .mode = 0777};
	e[3].tar = (struct pl_tar_entry){
		.type = PL_TAR_CHAR, .path = PL_STR("dev/null"), .major = 1, .minor = 3};
	static const struct pl_program program = {.is_elf = true,
						  .interpreter = PL_STR("/lib/ld.so"),
						  .machine = 183,
						  .calls_shell = true,
						  .needed = {"a\0b\0", 4}};
	e[4].tar = (struct pl_tar_entry){.type = PL_TAR_FILE, .path = PL_STR("x"), .mode = 0755};
	e[4].program = &program;
	*f = (struct pl_package_facts){.own = &control,
				       .entries = e,
				       .n_entries = 5,
				       .n_shipped = 3,
				       .newest = 1780000000};
}

static void test_round_trip(void **state)
{
	struct pl_package_facts f, g;
	struct pl_fragment again;
	PL_AUTO(buf) one = {0}, two = {0};
	PL_AUTO(arena) a = {0};
	(void)state;
	sample(&f);
	pl_facts_format(&pl_debian_format, &f, &fragment, &one);
	assert_true(pl_facts_parse(&pl_debian_format, &a, pl_buf_str(&one), &g, &again));
	assert_int_equal(g.n_entries, 5);
	assert_int_equal(g.entries[4].program->needed.n, 4);
	assert_int_equal(g.n_shipped, 3);
	assert_string_equal(g.entries[1].tar.path.p, "usr/lib/libx.so.1");
	assert_int_equal(g.entries[1].tar.uid, 4294967294u);
	assert_int_equal(g.entries[1].tar.mode, 04755);
	assert_memory_equal(g.entries[1].sha256.b, f.entries[1].sha256.b, 32);
	assert_int_equal(g.entries[1].elf.machine, 183);
	assert_int_equal(g.entries[1].elf.flags, 0x5000400);
	assert_true(pl_str_is(g.entries[1].elf.soname, "libx.so.1"));
	assert_null(g.entries[2].elf.soname.p);
	assert_string_equal(g.entries[2].tar.link.p, "libx.so.1");
	assert_int_equal(g.entries[3].tar.minor, 3);
	assert_string_equal(((const struct pl_control *)g.own)->scripts[0].name, "postinst");
	assert_memory_equal(&again, &fragment, sizeof(fragment));
	assert_true(pl_facts_fragment(pl_buf_str(&one), &again));
	assert_int_equal(again.unpacked, 5);
	pl_facts_format(&pl_debian_format, &g, &again, &two);
	assert_true(pl_str_eq(pl_buf_str(&one), pl_buf_str(&two)));
}

static void test_damage(void **state)
{
	struct pl_package_facts f, g;
	struct pl_fragment again;
	PL_AUTO(buf) b = {0};
	(void)state;
	sample(&f);
	pl_facts_format(&pl_debian_format, &f, &fragment, &b);
	for (size_t cut = 0; cut < b.n; cut++) {
		PL_AUTO(arena) a = {0};
		PL_AUTOFREE char *copy =
			pl_xstrndup(b.p, cut); /* exact size: ASan sees a read too far */
		assert_false(pl_facts_parse(&pl_debian_format, &a, (struct pl_str){copy, cut}, &g,
					    &again));
	}
	PL_AUTO(arena) a = {0};
	pl_buf_addc(&b, 'x');
	assert_false(pl_facts_parse(&pl_debian_format, &a, pl_buf_str(&b), &g, &again));
	for (size_t i = 0; i + 8 < b.n; i += 3) { /* wild lengths */
		PL_AUTO(arena) scratch = {0};
		PL_AUTOFREE char *copy = pl_xstrndup(b.p, b.n);
		memset(copy + i, 0xff, 8);
		(void)pl_facts_parse(&pl_debian_format, &scratch, (struct pl_str){copy, b.n}, &g,
				     &again);
	}
}

static void test_excludes(void **state)
{
	static const char *const rules[] = {"docs", "man", "/usr/share/x", "usr/lib/*.a", NULL};
	const struct pl_packing d = {.exclude = rules};
	(void)state;
	assert_true(
		pl_packing_excludes(&d, PL_STR("usr/share/doc/nginx/changelog.gz"), PL_TAR_FILE));
	assert_false(pl_packing_excludes(&d, PL_STR("usr/share/doc/nginx/copyright"), PL_TAR_FILE));
	/* A link to the directory of a package of the same source: its licence is found there. */
	assert_false(pl_packing_excludes(&d, PL_STR("usr/share/doc/nginx-common"), PL_TAR_SYMLINK));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/doc/nginx-common"), PL_TAR_FILE));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/doc/nginx/html"), PL_TAR_SYMLINK));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/doc-base/nginx"), PL_TAR_SYMLINK));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/man/man1/ls.1.gz"), PL_TAR_FILE));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/x"), PL_TAR_FILE));
	assert_true(pl_packing_excludes(&d, PL_STR("usr/share/x/y/z"), PL_TAR_FILE));
	assert_false(pl_packing_excludes(&d, PL_STR("usr/share/xy"), PL_TAR_FILE));
	assert_true(
		pl_packing_excludes(&d, PL_STR("usr/lib/x86_64-linux-gnu/libc.a"), PL_TAR_FILE));
	assert_false(pl_packing_excludes(&d, PL_STR("usr/share/locale/de/LC_MESSAGES/x.mo"),
					 PL_TAR_FILE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip),
					   cmocka_unit_test(test_damage),
					   cmocka_unit_test(test_excludes)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
