// SPDX-License-Identifier: Apache-2.0
/* Tags, and the grammar of small texts: tables of what is one and what is not. */
#include "fleet_dir.h"

#include <stdio.h>

/* good and bad end with NULL. */
static void table(bool (*ok)(struct pl_str), const char *const *good, const char *const *wrong)
{
	for (; *good; good++)
		if (!ok(pl_str_of(*good)))
			fail_msg("'%s' was refused", *good);
	for (; *wrong; wrong++)
		if (ok(pl_str_of(*wrong)))
			fail_msg("'%s' was accepted", *wrong);
}
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_grammar(void **state)
{
	(void)state;
	table(pl_image_name_ok, LIST("a", "nginx", "a.b", "a_b", "a__b", "a---b", "team/app", "0"),
	      LIST("", "A", "a.", ".a", "a..b", "a___b", "a_-b", "a/", "/a", "a//b", "a:b", "a b"));
	table(pl_tag_valid, LIST("1", "_", "1.2-aws1.8", "A.b_c"),
	      LIST("", ".1", "-1", "1+2", "a/b"));
	table(pl_user_ok,
	      LIST("0", "65532:65532", "www-data", "Debian-exim", "_apt:1", "4294967294"),
	      LIST("", ":", "1:", ":1", "4294967295", "1:2:3", "1a", "-a", "a b", "-1"));
	table(pl_image_path_ok, LIST("/", "/a", "/a/b.c", "/..a"),
	      LIST("", "a", "//", "/a/", "/a//b", "/.", "/..", "/a/../b", "/a\nb"));
	table(pl_inside_path_ok, LIST("a", "a/b", "..a"),
	      LIST("", "/a", "..", "a/..", "./a", "a/"));
	table(pl_env_name_ok, LIST("A", "_a1"), LIST("", "1", "A-B", "A=B", "A B"));
	table(pl_package_name_ok, LIST("g++", "libstdc++6", "0ad", "a.b-c"),
	      LIST("", "a", "A1", "-a", "a_b", "a:b"));
	table(pl_package_version_ok, LIST("1", "5:7.0.15-1~deb12u2", "1.2+dfsg"),
	      LIST("", "a1", "1 2", "1_2", "1/2"));
	table(pl_signal_ok, LIST("SIGTERM", "SIGRTMIN+3", "SIGUSR1", "15", "64"),
	      LIST("", "TERM", "SIG", "sigterm", "0", "65", "SIG+1", "SIGTERM "));
	table(pl_platform_ok, LIST("linux/amd64", "linux/arm/v7"),
	      LIST("", "linux/arm", "amd64", "linux/amd64/"));
}

static void test_long_names(void **state)
{
	(void)state;
	char text[200];
	memset(text, 'a', sizeof(text));
	assert_true(pl_image_name_ok((struct pl_str){text, 128}));
	assert_false(pl_image_name_ok((struct pl_str){text, 129}));
	assert_true(pl_tag_valid((struct pl_str){text, 128}));
	assert_false(pl_tag_valid((struct pl_str){text, 129}));
	assert_true(pl_user_ok((struct pl_str){text, 32}));
	assert_false(pl_user_ok((struct pl_str){text, 33}));
}

static void test_durations(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t ns;
	} good[] = {{"30s", 30000000000},
		    {"1m30s", 90000000000},
		    {"500ms", 500000000},
		    {"1h1m1s1ms", 3661001000000},
		    {"720h", 2592000000000000}};
	static const char *const wrong[] = {"",
					    "30",
					    "s",
					    "0s",
					    "1s1m",
					    "1s1s",
					    "-1s",
					    "1.5s",
					    "1 s",
					    "1d",
					    "1sm",
					    "721h",
					    "1m ",
					    "18446744073709551616s",
					    "99999999999999h"};
	int64_t ns = 7;
	for (size_t i = 0; i < PL_COUNT(wrong); i++)
		if (pl_duration_parse(pl_str_of(wrong[i]), &ns) || ns != 7)
			fail_msg("'%s' was accepted", wrong[i]);
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		assert_true(pl_duration_parse(pl_str_of(good[i].text), &ns));
		assert_int_equal(ns, good[i].ns);
	}
}

static void test_ports(void **state)
{
	(void)state;
	static const char *const wrong[] = {"",     "0",    "65536", "80/",     "80/TCP",
					    "/tcp", "80/x", "-1",    "80/tcp/", " 80"};
	unsigned port = 0;
	const char *protocol = NULL;
	for (size_t i = 0; i < PL_COUNT(wrong); i++)
		if (pl_port_parse(pl_str_of(wrong[i]), &port, &protocol))
			fail_msg("'%s' was accepted", wrong[i]);
	assert_true(pl_port_parse(PL_STR("65535"), &port, &protocol));
	assert_int_equal(port, 65535);
	assert_string_equal(protocol, "tcp");
	assert_true(pl_port_parse(PL_STR("53/udp"), &port, &protocol));
	assert_int_equal(port, 53);
	assert_string_equal(protocol, "udp");
}

static void test_package_asks(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name, *op, *version;
	} good[] = {{"nginx", "nginx", NULL, ""},
		    {" nginx ", "nginx", NULL, ""},
		    {"libssl3 (>= 3.0.1)", "libssl3", ">=", "3.0.1"},
		    {"a1(<<2)", "a1", "<<", "2"},
		    {"a1 ( = 1:2-3 )", "a1", "=", "1:2-3"},
		    {"redis-server=5:7.0.15-1", "redis-server", "=", "5:7.0.15-1"}};
	static const char *const wrong[] = {"",         "nginx (",   "nginx ()",    "nginx (>=)",
					    "a1 (> 1)", "a1 (< 1)",  "nginx=",      "=1",
					    "a1 b2",    "nginx:any", "a1 (>= 1) x", "a1 | b1"};
	struct pl_str name, version;
	const char *op;
	for (size_t i = 0; i < PL_COUNT(wrong); i++)
		if (pl_package_ask_parse(pl_str_of(wrong[i]), &name, &op, &version))
			fail_msg("'%s' was accepted", wrong[i]);
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		assert_true(pl_package_ask_parse(pl_str_of(good[i].text), &name, &op, &version));
		assert_true(pl_str_is(name, good[i].name));
		assert_true(pl_str_is(version, good[i].version));
		assert_true(op == good[i].op || strcmp(op, good[i].op) == 0);
	}
}

static void test_immutable_tags(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	const int64_t day = 1795219200; /* 2026-11-21 */
	struct pl_str moving, ymd;
	unsigned n = 0;
	char *tag = pl_immutable_tag(&a, PL_STR("1.12.3-aws1.8.2"), day, 1);
	assert_string_equal(tag, "1.12.3-aws1.8.2-20261121.1");
	/* Replaced, never stacked. */
	assert_string_equal(pl_immutable_tag(&a, pl_str_of(tag), day + 86400, 12),
			    "1.12.3-aws1.8.2-20261122.12");
	assert_true(pl_immutable_tag_split(pl_str_of(tag), &moving, &ymd, &n));
	assert_true(pl_str_is(moving, "1.12.3-aws1.8.2") && pl_str_is(ymd, "20261121") && n == 1);
	static const char *const none[] = {"",
					   "1.2",
					   "1-20261121",
					   "1-20261121.",
					   "-20261121.1",
					   "1-20261321.1",
					   "1-20261132.1",
					   "1-20260021.1",
					   "1-20261121.01",
					   "1-20261121.x",
					   "1-2026112.1",
					   "20261121.1",
					   "1-20261121.4294967296",
					   "1-20261121.1-x"};
	for (size_t i = 0; i < PL_COUNT(none); i++)
		if (pl_immutable_tag_split(pl_str_of(none[i]), &moving, &ymd, &n))
			fail_msg("'%s' was taken for immutable", none[i]);
}

static void test_names(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	const struct pl_distro d = {.name = "bookworm"};
	struct pl_fleet f = {.registry = "registry.example.org/platform"};
	struct pl_image i = {.name = "velero", .distro = &d};
	assert_string_equal(pl_image_tag(&a, &i), "bookworm");
	i.version = "1.12.3";
	assert_string_equal(pl_image_tag(&a, &i), "1.12.3");
	i.variant = "aws";
	assert_string_equal(pl_image_tag(&a, &i), "1.12.3-aws");
	i.variant_version = "1.8.2";
	assert_string_equal(pl_image_tag(&a, &i), "1.12.3-aws1.8.2");
	assert_string_equal(pl_image_repository(&a, &f, &i),
			    "registry.example.org/platform/velero");
	f.registry = "oci:out";
	assert_string_equal(pl_image_repository(&a, &f, &i), "oci:out/velero");
	f.registry = NULL;
	assert_string_equal(pl_image_repository(&a, &f, &i), "velero");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar),      cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_durations),    cmocka_unit_test(test_ports),
		cmocka_unit_test(test_package_asks), cmocka_unit_test(test_immutable_tags),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
