// SPDX-License-Identifier: Apache-2.0
/* ELF facts of made-up files, and the cache of a made-up tree, byte by byte where it matters. */
#include "debian/scripts/finish_int.h"
#include "effects/elf.h"
#include "effects/ld_cache_int.h"
#include "effects/ld_so_cache.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A shared object of 64 bits, little-endian: header, two segments, dynamic section, strings. */
static struct pl_str object(char *p, size_t size, uint16_t machine, const char *soname)
{
	enum { PHDR = 64, DYNAMIC = 256, STRINGS = 512 };
	uint64_t type_dyn = 3, phoff = PHDR, load = 1, dynamic = 2, zero = 0;
	memset(p, 0, size);
	memcpy(p, "\177ELF\2\1\1", 7);
	memcpy(p + 16, &type_dyn, 2);
	memcpy(p + 18, &machine, 2);
	memcpy(p + 32, &phoff, 8);
	p[56] = 2;
	uint64_t text[7] = {load, zero, 0x10000, 0x10000, size, size, 0x1000};
	uint64_t dyn[7] = {dynamic, DYNAMIC, 0x10000 + DYNAMIC, 0, 64, 64, 8};
	memcpy(p + PHDR, text, sizeof(text));
	memcpy(p + PHDR + 56, dyn, sizeof(dyn));
	uint64_t entries[] = {5, 0x10000 + STRINGS, 1, 1, soname ? 14 : 0, 16, 0, 0};
	memcpy(p + DYNAMIC, entries, sizeof(entries));
	memcpy(p + STRINGS + 1, "libc.so.6", 10);
	if (soname)
		memcpy(p + STRINGS + 16, soname, strlen(soname) + 1);
	return (struct pl_str){p, size};
}

static void facts(void **state)
{
	char bytes[1024];
	struct pl_elf_facts f;
	pl_elf_parse(object(bytes, sizeof(bytes), PL_EM_X86_64, "libfoo.so.1"), &f);
	assert_true(f.is_elf && f.is_shared && f.is_64 && !f.is_big_endian);
	assert_int_equal(f.machine, PL_EM_X86_64);
	assert_int_equal(f.libc, PL_ELF_LIBC6);
	assert_true(pl_str_is(f.soname, "libfoo.so.1"));
	pl_elf_parse(object(bytes, sizeof(bytes), PL_EM_AARCH64, NULL), &f);
	assert_true(f.is_shared);
	assert_null(f.soname.p);
	bytes[16] = 2; /* an executable */
	pl_elf_parse((struct pl_str){bytes, sizeof(bytes)}, &f);
	assert_true(f.is_elf && !f.is_shared);
	pl_elf_parse(PL_STR("/* GNU ld script */ INPUT(libfoo.so.1) .........................."),
		     &f);
	assert_false(f.is_elf);
}

/* Every prefix is refused or read without a byte past its end (ASan watches). */
static void cut_short(void **state)
{
	char bytes[1024];
	size_t shared = 0;
	object(bytes, sizeof(bytes), PL_EM_X86_64, "libfoo.so.1");
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct pl_elf_facts f;
		char *copy = malloc(n + 1);
		memcpy(copy, bytes, n);
		pl_elf_parse((struct pl_str){copy, n}, &f);
		shared += f.is_shared;
		free(copy);
	}
	/* The soname's last byte is at 512 + 16 + 11. */
	assert_int_equal(shared, sizeof(bytes) - (512 + 16 + 12));
}

static void names(void **state)
{
	static const struct {
		const char *name;
		bool wanted;
	} cases[] = {{"libc.so.6", true},
		     {"ld-linux-aarch64.so.1", true},
		     {"ld64.so.2", true},
		     {"libfoo.a", false},
		     {"foo.so", false},
		     {"libfoo.so.1-gdb.py", false},
		     {"libc.so.#prelink#", false},
		     {"libc.so.#prelink#.a1B2c3", false}};
	for (size_t i = 0; i < PL_COUNT(cases); i++)
		if (pl_elf_is_library_name(pl_str_of(cases[i].name)) != cases[i].wanted)
			fail_msg("%s", cases[i].name);
}

static void order_of_names(void **state)
{
	assert_true(pl_ld_name_cmp("libz.so.2", "libz.so.10") < 0);
	assert_true(pl_ld_name_cmp("libz.so.1", "libz-a.so") > 0); /* '.' is above '-' */
	assert_true(pl_ld_name_cmp("lib1", "liba") > 0);           /* digits come last */
	assert_true(pl_ld_name_cmp("liba", "lib1") < 0);
	assert_int_equal(pl_ld_name_cmp("lib.so.01", "lib.so.1"), 0);
	assert_int_equal(pl_ld_name_cmp("lib99999999999", "lib88888888888"), 0);
	assert_true(pl_ld_name_cmp("lib", "libb") < 0);
}

struct fixture {
	struct pl_tree tree;
	struct pl_effect_input in;
	unsigned asked;
};

static struct pl_node *library(struct fixture *x, const char *path, uint16_t machine,
			       const char *soname)
{
	char bytes[1024];
	struct pl_err err = {0};
	struct pl_node *n = NULL;
	struct pl_str b = object(bytes, sizeof(bytes), machine, soname);
	assert_int_equal(pl_tree_file(&x->tree, pl_str_of(path), b, 0644, 0, 0, 1, &n, &err), 0);
	return n;
}

#define GENERATOR "ldconfig (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36"

static void open_fixture(struct fixture *x)
{
	*x = (struct fixture){0};
	struct pl_err err = {0};
	pl_tree_init(&x->tree);
	x->in = (struct pl_effect_input){.platform = pl_platform_of_debian(PL_STR("amd64")),
					 .epoch = 1700000000};
	assert_int_equal(pl_tree_symlink(&x->tree, PL_STR("lib"), PL_STR("usr/lib"), 1, NULL, &err),
			 0);
	assert_int_equal(pl_tree_file(&x->tree, PL_STR("etc/ld.so.conf"),
				      PL_STR("include /etc/ld.so.conf.d/*.conf # all\n"), 0644, 0,
				      0, 1, NULL, &err),
			 0);
	assert_int_equal(pl_tree_file(&x->tree, PL_STR("etc/ld.so.conf.d/opt.conf"),
				      PL_STR("/opt/lib/\n"), 0644, 0, 0, 1, NULL, &err),
			 0);
}

static struct pl_str cache(struct fixture *x)
{
	struct pl_err err = {0};
	if (pl_ld_so_cache_make(&x->tree, &x->in, GENERATOR, &err) < 0)
		fail_msg("%s", err.msg);
	const struct pl_node *n = pl_tree_get(&x->tree, PL_STR("etc/ld.so.cache"));
	assert_non_null(n);
	assert_int_equal(n->mode, 0644);
	assert_int_equal(n->mtime, 1700000000);
	return n->bytes;
}

static uint32_t u32(struct pl_str s, size_t at)
{
	uint32_t v;
	assert_true(at + 4 <= s.n);
	memcpy(&v, s.p + at, 4);
	return v;
}

static const char *text(struct pl_str s, size_t at) { return s.p + u32(s, at); }

static void a_tree(void **state)
{
	struct fixture x;
	open_fixture(&x);
	library(&x, "usr/lib/x86_64-linux-gnu/libfoo.so.1.2", PL_EM_X86_64, "libfoo.so.1");
	library(&x, "usr/lib/x86_64-linux-gnu/libfoo.so.1.10", PL_EM_X86_64, "libfoo.so.1");
	library(&x, "usr/lib/x86_64-linux-gnu/libarm.so.1", PL_EM_AARCH64, "libarm.so.1");
	library(&x, "opt/lib/libbar.so.3", PL_EM_X86_64, "libbar.so.3");
	library(&x, "usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libfoo.so.1.10", PL_EM_X86_64,
		"libfoo.so.1");
	struct pl_err err = {0};
	assert_int_equal(pl_tree_symlink(&x.tree, PL_STR("opt/lib/libgone.so.1"), PL_STR("nowhere"),
					 1, NULL, &err),
			 0);
	struct pl_str c = cache(&x);
	assert_memory_equal(c.p, "glibc-ld.so.cache1.1", 20);
	assert_int_equal(u32(c, 20), 3);
	/* libfoo before libbar (descending), the one of the hwcaps directory first. */
	assert_int_equal(u32(c, 48), 0x0303);
	assert_string_equal(text(c, 52), "libfoo.so.1");
	assert_string_equal(text(c, 56),
			    "/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libfoo.so.1.10");
	assert_int_equal(u32(c, 68), 1u << 30); /* bit 62 of the hwcap: an index into the names */
	assert_string_equal(text(c, 72 + 8), "/lib/x86_64-linux-gnu/libfoo.so.1");
	assert_string_equal(text(c, 96 + 4), "libbar.so.3");
	assert_string_equal(text(c, 96 + 8), "/opt/lib/libbar.so.3");
	/* A soname that ends a path shares its bytes. */
	assert_int_equal(u32(c, 96 + 4), u32(c, 96 + 8) + strlen("/opt/lib/"));
	static const char maker[] =
		"ldconfig (Debian GLIBC 2.36-9+deb12u14) stable release version 2.36";
	assert_true(pl_str_ends(c, maker));
	/* The link that ldconfig makes leads to the higher version; what dangled is gone. */
	const struct pl_node *n =
		pl_tree_get(&x.tree, PL_STR("usr/lib/x86_64-linux-gnu/libfoo.so.1"));
	assert_non_null(n);
	assert_true(pl_str_is(n->link, "libfoo.so.1.10"));
	assert_null(pl_tree_get(&x.tree, PL_STR("opt/lib/libgone.so.1")));
	/* Again: the same. */
	PL_AUTO(buf) before = {0};
	pl_buf_addstr(&before, c);
	assert_true(pl_str_eq(cache(&x), pl_buf_str(&before)));
	pl_tree_done(&x.tree);
}

static int cached_facts(void *ctx, const struct pl_node *n, struct pl_elf_facts *ret,
			struct pl_err *err)
{
	struct fixture *x = ctx;
	x->asked++;
	*ret = (struct pl_elf_facts){.is_elf = true,
				     .is_shared = true,
				     .is_64 = true,
				     .machine = PL_EM_X86_64,
				     .soname = PL_STR("libother.so.9")};
	return 1;
}

/* Facts of the caller are believed, and a file with many names is asked about once. */
static void facts_of_the_caller(void **state)
{
	struct fixture x;
	struct pl_err err = {0};
	open_fixture(&x);
	x.in.elf = cached_facts;
	x.in.read_ctx = &x;
	library(&x, "opt/lib/libfoo.so.1.2", PL_EM_X86_64, "libfoo.so.1");
	assert_int_equal(pl_tree_symlink(&x.tree, PL_STR("opt/lib/libfoo.so"),
					 PL_STR("libfoo.so.1.2"), 1, NULL, &err),
			 0);
	struct pl_str c = cache(&x);
	assert_int_equal(x.asked, 1);
	assert_int_equal(u32(c, 20), 1);
	assert_string_equal(text(c, 52), "libother.so.9");
	pl_tree_done(&x.tree);
}

static void refused(void **state)
{
	struct fixture x;
	struct pl_err err = {0};
	open_fixture(&x);
	library(&x, "opt/lib/libevil.so.1", PL_EM_X86_64, "../../etc/shadow");
	assert_int_equal(u32(cache(&x), 20), 0);
	assert_null(pl_tree_get(&x.tree, PL_STR("opt/etc/shadow")));
	assert_int_equal(pl_tree_file(&x.tree, PL_STR("etc/ld.so.conf.d/opt.conf"),
				      PL_STR("include opt.conf\n"), 0644, 0, 0, 1, NULL, &err),
			 0);
	assert_int_equal(pl_ld_so_cache_make(&x.tree, &x.in, GENERATOR, &err), -PL_LIMIT);
	assert_non_null(strstr(err.msg, "opt.conf"));
	pl_tree_done(&x.tree);
}

/* No C library, nothing to do. */
static void nothing(void **state)
{
	struct fixture x;
	struct pl_err err = {0};
	open_fixture(&x);
	assert_int_equal(pl_debian_ld_so_cache(&x.tree, &x.in, &err), 0);
	assert_null(pl_tree_get(&x.tree, PL_STR("etc/ld.so.cache")));
	pl_tree_done(&x.tree);
}

/* An image with libc6 but without libc-bin: no ld.so.conf, yet the directory it would include
 * counts.
 */
static void without_libc_bin(void **state)
{
	static const struct pl_effect_package libc6 = {.name = PL_STR("libc6"),
						       .version = PL_STR("2.41-12")};
	struct fixture x;
	struct pl_err err = {0};
	open_fixture(&x);
	x.in.packages = &libc6;
	x.in.n_packages = 1;
	pl_tree_remove(&x.tree, pl_tree_get(&x.tree, PL_STR("etc/ld.so.conf")));
	library(&x, "opt/lib/libbar.so.3", PL_EM_X86_64, "libbar.so.3");
	if (pl_debian_ld_so_cache(&x.tree, &x.in, &err) < 0)
		fail_msg("%s", err.msg);
	const struct pl_node *n = pl_tree_get(&x.tree, PL_STR("etc/ld.so.cache"));
	assert_non_null(n);
	assert_int_equal(u32(n->bytes, 20), 1);
	assert_string_equal(text(n->bytes, 56), "/opt/lib/libbar.so.3");
	static const char generator[] =
		"ldconfig (Debian GLIBC 2.41-12) stable release version 2.41";
	assert_non_null(memmem(n->bytes.p, n->bytes.n, generator, strlen(generator)));
	assert_null(pl_tree_get(&x.tree, PL_STR("etc/ld.so.conf")));
	pl_tree_done(&x.tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(names),
		cmocka_unit_test(order_of_names),
		cmocka_unit_test(a_tree),
		cmocka_unit_test(facts_of_the_caller),
		cmocka_unit_test(refused),
		cmocka_unit_test(nothing),
		cmocka_unit_test(without_libc_bin),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
