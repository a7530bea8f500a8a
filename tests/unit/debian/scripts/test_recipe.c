// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int parse(struct pl_arena *a, const char *text, struct pl_recipe *ret, struct pl_err *err)
{
	return pl_recipe_parse(a, pl_str_of(text), PL_STR("arm64"), "demo", ret, err);
}

static void test_whole(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_recipe r;
	struct pl_err err = {0};
	static const char text[] =
		"# comment\npackage demo\n"
		"postinst covered \"user and \\\"directories\\\"\"\n" HASH " old # 1.0 1.1\n"
		"user demo \"The demo\" group=demo home=/var/lib/demo groups=adm,tty\n"
		"group other id=177\ngroup adm id=4\n"
		"dir /var/lib/demo 2750 demo:demo\n"
		"?own /usr/lib/${triplet}/x - root:other\n"
		"+text /etc/x 0640 root:root \"a\\n\\tb\"\n"
		"alternative e /usr/bin/e /opt/${arch}/e -5\nslave e.1 /usr/e.1 /opt/e.1\n"
		"nsswitch hosts mdns before dns\n"
		"only old\ngenerate pam\nalternative e /usr/bin/f /opt/f 2\n"
		"only all\nremove /x\n";
	assert_int_equal(parse(&a, text, &r, &err), 0);
	assert_true(pl_str_is(r.package, "demo"));
	assert_int_equal(r.n_scripts, 1);
	assert_int_equal(r.scripts[0].verdict, PL_SCRIPT_COVERED);
	assert_true(pl_str_is(r.scripts[0].reason, "user and \"directories\""));
	assert_int_equal(r.scripts[0].n_digests, 1);
	assert_int_equal(r.scripts[0].digests[0].b[1], 0x23);
	assert_int_equal(r.n_accounts, 3);
	assert_string_equal(r.accounts[0].shell, "/usr/sbin/nologin");
	assert_string_equal(r.accounts[0].groups[1], "tty");
	assert_null(r.accounts[0].groups[2]);
	assert_int_equal(r.accounts[0].fixed_id, -1);
	assert_int_equal(r.accounts[1].fixed_id, 177);
	assert_true(r.accounts[1].is_group);
	assert_int_equal(r.n_effects, 8);
	assert_int_equal(r.effects[0].mode, 02750);
	assert_true(pl_str_is(r.effects[0].path, "var/lib/demo"));
	assert_true(r.effects[1].optional && !r.effects[1].keep);
	assert_int_equal(r.effects[1].mode, UINT32_MAX);
	assert_true(pl_str_is(r.effects[1].path, "usr/lib/aarch64-linux-gnu/x"));
	assert_true(pl_str_is(r.effects[2].text, "a\n\tb"));
	assert_string_equal(r.effects[3].alternative->path, "/opt/arm64/e");
	assert_int_equal(r.effects[3].alternative->priority, -5);
	assert_string_equal(r.effects[3].alternative->slaves[0].path, "/opt/e.1");
	assert_null(r.effects[4].only.p);
	assert_true(pl_str_is(r.effects[5].only, "old") && pl_str_is(r.effects[6].only, "old"));
	assert_null(r.effects[7].only.p);
	assert_int_equal(r.n_marks, 1);
	assert_int_equal(r.marks[0].digest.b[1], 0x23);
	assert_true(r.effects[4].before && pl_str_is(r.effects[4].from, "mdns"));
}

static void test_wrong(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{"", "must begin"},
		{"dir /x 0755 a:b\n", "demo:1: must begin"},
		{"package a\npackage b\n", "demo:2: one"},
		{"package a\nfrobnicate /x\n", "demo:2: unknown word"},
		{"package a\ndir x 0755 a:b\n", "must begin with /"},
		{"package a\ndir /x 0899 a:b\n", "octal"},
		{"package a\ndir /x 0755 root\n", "OWNER:GROUP"},
		{"package a\ndir /x 0755\n", "number of words"},
		{"package a\ntext /x 0644 a:b \"open\n", "no end"},
		{"package a\ntext /x 0644 a:b \"\\q\"\n", "escape"},
		{"package a\nlink /x ${home}\n", "variable"},
		{"package a\npostinst unknown \"x\"\n", "covered, ignorable or deferred"},
		{"package a\npostinst covered \"x\"\n", "without a digest"},
		{"package a\n" HASH "\n", "before any script"},
		{"package a\nslave a /b /c\n", "without its alternative"},
		{"package a\nalternative a b /c 1\n", "begin with /"},
		{"package a\nuser a\n", "description"},
		{"package a\nuser a b colour=red\n", "unknown account option"},
		{"package a\ngroup a home=/x\n", "no such option"},
		{"package a\nonly trixie\n", "only needs"},
		{"package a\nonly\n", "only needs"},
		{"package a\npostinst covered x\n" HASH " a b\n", "one word"},
		{"package a\ngroup adm\n", "base-passwd's"},
		{"package a\nuser games x id=60\n", "base-passwd's"},
		{"package a\ngroup other id=77\n", "base-passwd's"},
		{"package a\ngroup other id=100\n", "base-passwd's"},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_recipe r = {.n_effects = 99};
		struct pl_err err = {0};
		assert_int_equal(parse(&a, cases[i].text, &r, &err), -PL_INPUT);
		assert_non_null(strstr(err.msg, cases[i].says));
		assert_int_equal(r.n_effects, 99);
	}
}

/* Every recipe that the program carries can be read, for each architecture, and is found. */
static void test_embedded(void **state)
{
	static const char *const archs[] = {"amd64", "arm64"};
	assert_true(pl_recipe_texts_n > 40);
	for (size_t i = 0; i < pl_recipe_texts_n; i++) {
		const char *package = pl_recipe_texts[i].package;
		assert_true(i == 0 || strcmp(pl_recipe_texts[i - 1].package, package) < 0);
		for (size_t k = 0; k < PL_COUNT(archs); k++) {
			PL_AUTO(arena) a = {0};
			struct pl_recipe r;
			struct pl_err err = {0};
			int rc = pl_recipe_find(&a, pl_str_of(package), pl_str_of(archs[k]), &r,
						&err);
			if (rc != 1)
				fail_msg("%s", err.msg);
			assert_true(pl_str_is(r.package, package));
			assert_true(r.n_scripts > 0);
		}
	}
	PL_AUTO(arena) a = {0};
	struct pl_recipe r;
	struct pl_err err = {0};
	assert_int_equal(pl_recipe_find(&a, PL_STR("nginx-comma"), PL_STR("amd64"), &r, &err), 0);
}

static bool makes(const struct pl_recipe *r, struct pl_str name, bool is_group)
{
	for (size_t i = 0; i < r->n_accounts; i++) {
		const struct pl_account *c = &r->accounts[i];
		if ((c->is_group == is_group && pl_str_is(name, c->name)) ||
		    (is_group && !c->is_group && pl_str_is(name, c->group) &&
		     strcmp(c->group, c->name) == 0))
			return true;
	}
	return false;
}

static bool anybody_makes(struct pl_str name, bool is_group)
{
	bool found = false;
	for (size_t i = 0; !found && i < pl_recipe_texts_n; i++) {
		PL_AUTO(arena) a = {0};
		struct pl_recipe r;
		struct pl_err err = {0};
		found = pl_recipe_find(&a, pl_str_of(pl_recipe_texts[i].package), PL_STR("amd64"),
				       &r, &err) == 1 &&
			makes(&r, name, is_group);
	}
	return found;
}

/* An owner that an image may lack: root, nobody and nogroup are always there, base-passwd's others
 * only where this recipe makes them, and the rest where some recipe does. */
static void check_owner(const struct pl_recipe *r, const struct pl_recipe_effect *e,
			struct pl_str name, bool is_group)
{
	PL_AUTOFREE char *text = pl_xprintf(PL_STR_FMT, PL_STR_ARG(name));
	int64_t id = pl_static_id(text, is_group);
	if (!name.n || id == 0 || id == 65534)
		return;
	if (id > 0 ? !makes(r, name, is_group) : !anybody_makes(name, is_group))
		fail_msg("recipe of " PL_STR_FMT ", line %u: nobody makes the %s " PL_STR_FMT,
			 PL_STR_ARG(r->package), e->line, is_group ? "group" : "user",
			 PL_STR_ARG(name));
}

static void check_recipe(const struct pl_recipe *r)
{
	PL_AUTO(tree) t;
	struct pl_recipe_run run = {.tree = &t};
	struct pl_err err = {0};
	pl_tree_init(&t);
	for (size_t i = 0; i < r->n_effects; i++) {
		const struct pl_recipe_effect *e = &r->effects[i];
		bool owned = e->kind != PL_RECIPE_NSSWITCH;
		check_owner(r, e, owned ? e->owner : (struct pl_str){0}, false);
		check_owner(r, e, owned ? e->group : (struct pl_str){0}, true);
		if (e->kind == PL_RECIPE_GENERATE && pl_recipe_effect_do(&run, r, e, &err) != 0)
			fail_msg("%s", err.msg);
	}
	for (size_t i = 0; i < r->n_accounts; i++) {
		struct pl_recipe_effect at = {0};
		const struct pl_account *c = &r->accounts[i];
		if (!c->is_group)
			check_owner(r, &at, pl_str_of(c->group), true);
		for (size_t k = 0; c->groups[k]; k++)
			check_owner(r, &at, pl_str_of(c->groups[k]), true);
	}
}

/* No script is judged twice: the first verdict would silently win. */
static void check_digests(const struct pl_recipe *r)
{
	PL_AUTO(map) seen = {0};
	PL_AUTO(arena) a = {0};
	for (size_t i = 0; i < r->n_scripts; i++) {
		const struct pl_recipe_script *s = &r->scripts[i];
		for (size_t k = 0; k < s->n_digests; k++) {
			char hex[PL_DIGEST_TEXT];
			pl_digest_hex(&s->digests[k], hex);
			char *key = pl_arena_printf(&a, PL_STR_FMT " %s", PL_STR_ARG(s->name), hex);
			if (pl_map_put(&seen, pl_str_of(key), key))
				fail_msg("recipe of " PL_STR_FMT ": %s twice",
					 PL_STR_ARG(r->package), key);
		}
	}
}

static void test_sense(void **state)
{
	for (size_t i = 0; i < pl_recipe_texts_n; i++) {
		PL_AUTO(arena) a = {0};
		struct pl_recipe r;
		struct pl_err err = {0};
		if (pl_recipe_find(&a, pl_str_of(pl_recipe_texts[i].package), PL_STR("amd64"), &r,
				   &err) != 1)
			fail_msg("%s", err.msg);
		check_recipe(&r);
		check_digests(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_embedded),
		cmocka_unit_test(test_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
