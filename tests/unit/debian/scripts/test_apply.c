// SPDX-License-Identifier: Apache-2.0
#include "debian/scripts/apply_int.h"
#include "effects/shells.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pl_node *at(const struct pl_tree *t, const char *path)
{
	return pl_tree_get(t, pl_str_of(path));
}

static void put(struct pl_tree *t, const char *path, const char *text)
{
	struct pl_err err = {0};
	assert_int_equal(
		pl_tree_file(t, pl_str_of(path), pl_str_of(text), 0644, 0, 0, 1, NULL, &err), 0);
}

/* A recipe's effects alone, on a tree, with users root, demo (200) and groups root, demo, adm. */
static int apply(struct pl_tree *t, const char *text, struct pl_err *err)
{
	struct pl_effect_input in = {.platform = pl_platform_of_debian(PL_STR("amd64")),
				     .epoch = 42};
	struct pl_recipe_run run = {.tree = t, .in = &in};
	struct pl_recipe r;
	PL_AUTOFREE char *whole = pl_xprintf("package demo\n%s", text);
	pl_map_put(&run.owners.users, PL_STR("root"), (void *)(uintptr_t)1);
	pl_map_put(&run.owners.users, PL_STR("demo"), (void *)(uintptr_t)201);
	pl_map_put(&run.owners.groups, PL_STR("root"), (void *)(uintptr_t)1);
	pl_map_put(&run.owners.groups, PL_STR("demo"), (void *)(uintptr_t)301);
	int rc = pl_recipe_parse(&run.arena, pl_str_of(whole), PL_STR("amd64"), "demo", &r, err);
	for (size_t i = 0; rc >= 0 && i < r.n_effects; i++)
		rc = pl_recipe_effect_do(&run, &r, &r.effects[i], err);
	pl_vec_free(&run.alternatives);
	pl_owners_done(&run.owners);
	pl_arena_done(&run.arena);
	return rc;
}

static void test_each_effect(void **state)
{
	PL_AUTO(tree) t;
	struct pl_err err = {0};
	pl_tree_init(&t);
	put(&t, "usr/share/x/conf", "shipped");
	put(&t, "usr/bin/tool", "elf");
	put(&t, "etc/nsswitch.conf", "passwd:         files\nhosts:          files dns\n");
	put(&t, "etc/list", "one");
	static const char text[] =
		"dir /var/lib/demo 2750 demo:demo\n"
		"own /usr/bin/tool 4755 root:demo\n"
		"capability /usr/bin/tool 0100000200200000000000000000000000000000\n"
		"text /etc/empty 0600 root:root \"\"\n"
		"copy /usr/share/x/conf /etc/conf - root:root\n"
		"link /etc/default/l ../conf\n"
		"line /etc/list two\nline /etc/list one\n"
		"nsswitch hosts mdns4_minimal[NOTFOUND=return] before dns\n"
		"nsswitch passwd systemd after files\n"
		"rename /usr/share/x/conf /usr/share/x/conf.diverted\n";
	for (int twice = 0; twice < 2; twice++) {
		/* The copy's source was renamed: the second time it finds the copy there. */
		const char *todo = text;
		PL_AUTOFREE char *again = pl_xstrdup(text);
		if (twice) {
			char *c = strstr(again, "copy");
			*c = '#';
			todo = again;
		}
		if (apply(&t, todo, &err) < 0)
			fail_msg("%s", err.msg);
	}
	assert_int_equal(at(&t, "var/lib/demo")->mode, 02750);
	assert_int_equal(at(&t, "var/lib/demo")->uid, 200);
	assert_int_equal(at(&t, "var/lib/demo")->gid, 300);
	assert_int_equal(at(&t, "usr/bin/tool")->mode, 04755);
	assert_int_equal(at(&t, "usr/bin/tool")->capability.n, 20);
	assert_int_equal(at(&t, "etc/empty")->size, 0);
	assert_int_equal(at(&t, "etc/empty")->mtime, 42);
	assert_true(pl_str_is(at(&t, "etc/conf")->bytes, "shipped"));
	assert_true(pl_str_is(at(&t, "etc/default/l")->link, "../conf"));
	assert_true(pl_str_is(at(&t, "etc/list")->bytes, "one\ntwo\n"));
	assert_true(pl_str_is(at(&t, "etc/nsswitch.conf")->bytes,
			      "passwd:         files systemd\n"
			      "hosts:          files mdns4_minimal [NOTFOUND=return] dns\n"));
	assert_null(at(&t, "usr/share/x/conf"));
	assert_true(pl_str_is(at(&t, "usr/share/x/conf.diverted")->bytes, "shipped"));
	assert_int_equal(apply(&t, "remove /etc/empty\n", &err), 0);
	assert_null(at(&t, "etc/empty"));
}

static void test_marks(void **state)
{
	PL_AUTO(tree) t;
	struct pl_err err = {0};
	pl_tree_init(&t);
	put(&t, "etc/mine", "mine");
	assert_int_equal(
		apply(&t,
		      "+text /etc/mine 0600 root:root theirs\n+link /etc/mine x\n"
		      "?own /etc/absent 0600 root:root\n?copy /etc/absent /etc/y - root:root\n",
		      &err),
		0);
	assert_true(pl_str_is(at(&t, "etc/mine")->bytes, "mine"));
	assert_int_equal(at(&t, "etc/mine")->mode, 0644);
	assert_null(at(&t, "etc/y"));
}

static void test_failures(void **state)
{
	static const struct {
		const char *text, *says;
		enum pl_code code;
	} cases[] = {
		{"own /etc/absent 0600 root:root\n", "package demo: recipe, line 2: /etc/absent",
		 PL_NOT_FOUND},
		{"copy /etc/absent /etc/y - root:root\n", "/etc/absent", PL_NOT_FOUND},
		{"own /etc/mine 0600 nobody:root\n", "no user 'nobody'", PL_INPUT},
		{"own /etc/mine 0600 root:nogroup\n", "no group 'nogroup'", PL_INPUT},
		{"dir /etc/mine 0755 root:root\n", "no directory", PL_CONFLICT},
		{"link /etc elsewhere\n", "holds files", PL_CONFLICT},
		{"capability /etc/mine xyz\n", "hex", PL_INPUT},
		{"generate moonshine\n", "no generator", PL_INPUT},
		{"line /etc/absent x\n", "not in the image", PL_NOT_FOUND},
	};
	for (size_t i = 0; i < PL_COUNT(cases); i++) {
		PL_AUTO(tree) t;
		struct pl_err err = {0};
		pl_tree_init(&t);
		put(&t, "etc/mine", "mine");
		assert_int_equal(apply(&t, cases[i].text, &err), -(int)cases[i].code);
		assert_non_null(strstr(err.msg, cases[i].says));
	}
}

static void run(struct pl_tree *t, const struct pl_effect_package *v, size_t n, const char *arch)
{
	struct pl_err err = {0};
	struct pl_effect_input in = {.packages = v,
				     .n_packages = n,
				     .platform = pl_platform_of_debian(pl_str_of(arch)),
				     .epoch = 42};
	if (pl_recipes_apply(t, &in, &err) < 0)
		fail_msg("%s", err.msg);
}

/* Nothing but a skeleton: what every image has. */
static void test_skeleton(void **state)
{
	static const char *const archs[] = {"amd64", "arm64"};
	for (size_t i = 0; i < PL_COUNT(archs); i++) {
		PL_AUTO(tree) t;
		pl_tree_init(&t);
		run(&t, NULL, 0, archs[i]);
		run(&t, NULL, 0, archs[i]);
		assert_true(pl_str_is(at(&t, "bin")->link, "usr/bin"));
		assert_true(pl_str_is(at(&t, "lib")->link, "usr/lib"));
		assert_int_equal(at(&t, "lib64") != NULL, i == 0);
		assert_null(at(&t, "lib32"));
		assert_int_equal(at(&t, "tmp")->mode, 01777);
		assert_int_equal(at(&t, "root")->mode, 0700);
		assert_null(at(&t, "etc/machine-id"));
		assert_non_null(strstr(at(&t, "etc/passwd")->bytes.p, "nobody:"));
		assert_non_null(strstr(at(&t, "etc/group")->bytes.p, "nogroup:"));
	}
}

static bool says(const struct pl_tree *t, const char *path, const char *text)
{
	const struct pl_node *n = at(t, path);
	PL_AUTOFREE char *all = n ? pl_xprintf(PL_STR_FMT, PL_STR_ARG(n->bytes)) : pl_xstrdup("");
	return strstr(all, text) != NULL;
}

/* Without libc-bin: its files all the same, without services that are not there. */
static void test_least_nsswitch(void **state)
{
	static const char least[] = "passwd:         files\n"
				    "group:          files\n"
				    "shadow:         files\n"
				    "gshadow:        files\n\n"
				    "hosts:          files dns\n"
				    "networks:       files\n\n"
				    "protocols:      files\n"
				    "services:       files\n"
				    "ethers:         files\n"
				    "rpc:            files\n";
	struct pl_script s = {.name = "postinst", .text = PL_STR("x")};
	struct pl_control with = {.scripts = &s, .n_scripts = 1};
	struct pl_effect_package libc_bin = {.name = PL_STR("libc-bin"), .own = &with};
	struct pl_effect_package mdns = {.name = PL_STR("libc-bin-demo"), .own = &with};
	for (int i = 0; i < 5; i++) {
		PL_AUTO(tree) t;
		pl_tree_init(&t);
		if (i == 1)
			put(&t, "usr/lib/x86_64-linux-gnu/libnss_db.so.2", "");
		if (i == 2)
			put(&t, "etc/nsswitch.conf", "mine");
		if (i >= 3) /* the template counts when the package that copies it is there */
			put(&t, "usr/share/libc-bin/nsswitch.conf", "template");
		run(&t, i == 4 ? &mdns : &libc_bin, i >= 3, "amd64");
		struct pl_str got = at(&t, "etc/nsswitch.conf")->bytes;
		if (i == 0 || i == 4)
			assert_true(pl_str_is(got, least));
		else if (i == 1)
			assert_true(says(&t, "etc/nsswitch.conf", "services:       db files\n"));
		else
			assert_true(pl_str_is(got, i == 2 ? "mine" : "template"));
	}
}

static void test_least_shell(void **state)
{
	static const char *const lines[] = {"root:x:0:0:root:/root:/usr/sbin/nologin\n",
					    "root:x:0:0:root:/root:/bin/sh\n",
					    "root:x:0:0:root:/root:/bin/bash\n"};
	for (size_t i = 0; i < PL_COUNT(lines); i++) {
		PL_AUTO(tree) t;
		pl_tree_init(&t);
		if (i > 0)
			put(&t, "usr/bin/sh", "elf");
		if (i > 1)
			put(&t, "usr/bin/bash", "elf");
		run(&t, NULL, 0, "amd64");
		PL_AUTOFREE char *line = pl_xstrdup(lines[i]);
		*strchr(line, 'x') = '*';
		assert_true(says(&t, "etc/passwd", line));
	}
}

static void test_merged_conflict(void **state)
{
	PL_AUTO(tree) t;
	struct pl_err err = {0};
	struct pl_effect_input in = {.platform = pl_platform_of_debian(PL_STR("amd64"))};
	pl_tree_init(&t);
	put(&t, "bin/sh", "x");
	assert_int_equal(pl_recipes_apply(&t, &in, &err), -PL_CONFLICT);
	assert_non_null(strstr(err.msg, "/bin"));
}

/* A recipe speaks only for scripts that are there; what debhelper wrote needs no recipe. */
static void test_packages(void **state)
{
	PL_AUTO(tree) t;
	pl_tree_init(&t);
	put(&t, "usr/bin/e.real", "x");
	struct pl_script tz = {.name = "postinst", .text = PL_STR("x")};
	struct pl_script alt = {
		.name = "postinst",
		.text = PL_STR("#!/bin/sh\n# Automatically added by dh_installalternatives\n"
			       "if [ \"$1\" = \"configure\" ] || [ \"$1\" = \"abort-upgrade\" ] || "
			       "[ \"$1\" = \"abort-deconfigure\" ] || [ \"$1\" = \"abort-remove\" "
			       "]; then\n"
			       "update-alternatives --install /usr/bin/e e /usr/bin/e.real 15\nfi\n"
			       "# End automatically added section\n")};
	struct pl_control with = {.scripts = &tz, .n_scripts = 1}, without = {0};
	struct pl_control generated = {.scripts = &alt, .n_scripts = 1};
	struct pl_effect_package v[] = {
		{.name = PL_STR("login"), .own = &without},
		{.name = PL_STR("some-editor"), .own = &generated},
		{.name = PL_STR("tzdata"), .own = &with},
	};
	run(&t, v, PL_COUNT(v), "amd64");
	assert_true(pl_str_is(at(&t, "etc/localtime")->link, "/usr/share/zoneinfo/Etc/UTC"));
	assert_null(at(&t, "etc/subuid"));
	assert_true(pl_str_is(at(&t, "usr/bin/e")->link, "/etc/alternatives/e"));
	assert_true(pl_str_is(at(&t, "etc/alternatives/e")->link, "/usr/bin/e.real"));
}

/* trixie's tzdata writes no /etc/timezone: the script's text tells. */
static void test_marks_of_scripts(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_recipe r;
	struct pl_err err = {0};
	assert_int_equal(pl_recipe_find(&a, PL_STR("tzdata"), PL_STR("amd64"), &r, &err), 1);
	assert_int_equal(r.n_marks, 1);
	for (int i = 0; i < 2; i++) {
		PL_AUTO(tree) t;
		struct pl_script s = {.name = "postinst", .text = PL_STR("x")};
		struct pl_control with = {.scripts = &s, .n_scripts = 1};
		struct pl_effect_package v = {.name = PL_STR("tzdata"), .own = &with};
		pl_tree_init(&t);
		if (i == 0)
			s.normalised = r.marks[0].digest;
		run(&t, &v, 1, "amd64");
		assert_int_equal(at(&t, "etc/timezone") != NULL, i == 0);
		assert_non_null(at(&t, "etc/localtime"));
	}
}

static void test_shells(void **state)
{
	PL_AUTO(tree) t;
	struct pl_err err = {0};
	struct pl_effect_input in = {.platform = pl_platform_of_debian(PL_STR("amd64"))};
	pl_tree_init(&t);
	put(&t, "usr/share/debianutils/shells", "# shells\n/bin/sh\n");
	put(&t, "usr/share/debianutils/shells.d/b", "/bin/bash\n");
	put(&t, "usr/share/debianutils/shells.d/a", "/bin/sh\n/usr/bin/fish\n");
	assert_int_equal(pl_shells_make(&t, &in, "usr/share/debianutils", &err), 0);
	assert_true(pl_str_is(
		at(&t, "etc/shells")->bytes,
		"# shells\n/bin/sh\n/usr/bin/fish\n/bin/bash\n/usr/bin/sh\n/usr/bin/bash\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_effect),     cmocka_unit_test(test_marks),
		cmocka_unit_test(test_failures),        cmocka_unit_test(test_skeleton),
		cmocka_unit_test(test_merged_conflict), cmocka_unit_test(test_packages),
		cmocka_unit_test(test_shells),          cmocka_unit_test(test_marks_of_scripts),
		cmocka_unit_test(test_least_nsswitch),  cmocka_unit_test(test_least_shell),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
