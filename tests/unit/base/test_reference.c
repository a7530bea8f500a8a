// SPDX-License-Identifier: Apache-2.0
#include "base/reference.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define D "sha256:" HEX

static void accepted(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		enum pl_ref_kind kind;
		const char *host, *path, *tag, *text;
		bool digest;
	} t[] = {
		{"nginx", PL_REF_REGISTRY, "registry-1.docker.io", "library/nginx", NULL,
		 "docker.io/library/nginx", false},
		{"nginx:1.25", PL_REF_REGISTRY, "registry-1.docker.io", "library/nginx", "1.25",
		 "docker.io/library/nginx:1.25", false},
		{"bitnami/redis@" D, PL_REF_REGISTRY, "registry-1.docker.io", "bitnami/redis", NULL,
		 "docker.io/bitnami/redis@" D, true},
		{"docker.io/redis:7", PL_REF_REGISTRY, "registry-1.docker.io", "library/redis", "7",
		 "docker.io/library/redis:7", false},
		{"index.docker.io/a/b", PL_REF_REGISTRY, "registry-1.docker.io", "a/b", NULL,
		 "docker.io/a/b", false},
		{"localhost/a", PL_REF_REGISTRY, "localhost", "a", NULL, "localhost/a", false},
		{"localhost:5000/a/b:t", PL_REF_REGISTRY, "localhost:5000", "a/b", "t",
		 "localhost:5000/a/b:t", false},
		{"Registry.Example.org/a:T_1.x-y", PL_REF_REGISTRY, "registry.example.org", "a",
		 "T_1.x-y", "registry.example.org/a:T_1.x-y", false},
		{"[::1]:5000/a:1@" D, PL_REF_REGISTRY, "[::1]:5000", "a", "1", "[::1]:5000/a:1@" D,
		 true},
		{"[2001:db8::1]/a", PL_REF_REGISTRY, "[2001:db8::1]", "a", NULL, "[2001:db8::1]/a",
		 false},
		{"r.io/a__b/c-d/e--f.g", PL_REF_REGISTRY, "r.io", "a__b/c-d/e--f.g", NULL,
		 "r.io/a__b/c-d/e--f.g", false},
		{"oci:/x/y", PL_REF_OCI, "", "/x/y", NULL, "oci:/x/y", false},
		{"oci:rel:v1:2@x", PL_REF_OCI, "", "rel", "v1:2@x", "oci:rel:v1:2@x", false},
		{"oci:d@" D, PL_REF_OCI, "", "d", NULL, "oci:d@" D, true},
		{"docker-archive:f.tar:busybox:1", PL_REF_DOCKER_ARCHIVE, "", "f.tar", "busybox:1",
		 "docker-archive:f.tar:busybox:1", false},
		{"dir:/a:b", PL_REF_DIR, "", "/a:b", NULL, "dir:/a:b", false},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct pl_ref r;
		if (pl_ref_parse(&a, pl_str_of(t[i].in), &r, &err) < 0)
			fail_msg("%s: %s", t[i].in, err.msg);
		assert_int_equal(r.kind, t[i].kind);
		assert_string_equal(r.host, t[i].host);
		assert_string_equal(r.path, t[i].path);
		if (t[i].tag)
			assert_string_equal(r.tag, t[i].tag);
		else
			assert_null(r.tag);
		assert_string_equal(r.text, t[i].text);
		assert_int_equal(r.has_digest, t[i].digest);
		if (r.has_digest)
			assert_string_equal(PL_DIGEST_STR(&r.digest), D);
		/* What we print can be read again, and says the same. */
		struct pl_ref again;
		assert_int_equal(pl_ref_parse(&a, pl_str_of(r.text), &again, &err), 0);
		assert_string_equal(again.text, r.text);
	}
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *in, *says;
	} t[] = {
		{"", "empty"},
		{"Nginx", "upper-case"},
		{"r.io/Nginx", "upper-case"},
		{"Host/nginx", "upper-case"},
		{"r.io/a//b", "empty part"},
		{"r.io/a/", "empty part"},
		{"r.io/", "empty part"},
		{"r.io/a:", "a tag is"},
		{"r.io/a:-x", "a tag is"},
		{"r.io/a:x y", "a tag is"},
		{"r.io/a b", "only a-z"},
		{"r.io/-a", "begins with"},
		{"r.io/a-", "ends with"},
		{"r.io/a..b", "separators"},
		{"r.io/a___b", "separators"},
		{"r.io/a.-b", "separators"},
		{"r.io:0/a", "port"},
		{"r.io:65536/a", "port"},
		{"r.io:/a", "port"},
		{"r.io:5x/a", "port"},
		{"-r.io/a", "host"},
		{"r..io/a", "host"},
		{"[::1/a", "not closed"},
		{"[dead]/a", "IPv6"},
		{"[::1]x/a", "':port'"},
		{"r.io/a@sha512:" HEX HEX, "must be sha256"},
		{"r.io/a@sha256:"
		 "ABCD",
		 "64 lower-case"},
		{"r.io/a@", "must be sha256"},
		{"https://r.io/a", "without the part"},
		{"docker://r.io/a", "without the part"},
		{"oci:", "path is missing"},
		{"oci:d:", "nothing follows"},
		{"oci:d@sha256:12", "64 lower-case"},
		{"dir:", "path is missing"},
		{"r.io/a\nb", "control"},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct pl_ref r = {.path = "untouched"};
		assert_int_equal(pl_ref_parse(&a, pl_str_of(t[i].in), &r, &err), -PL_INPUT);
		if (!strstr(err.msg, t[i].says))
			fail_msg("'%s' says: %s", t[i].in, err.msg);
		assert_string_equal(r.path, "untouched");
	}
}

static void lengths(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_ref r;
	char text[400];
	memset(text, 'a', sizeof(text));
	memcpy(text, "r.io/", 5);
	assert_int_equal(pl_ref_parse(&a, (struct pl_str){text, 255}, &r, &err), 0);
	assert_int_equal(pl_ref_parse(&a, (struct pl_str){text, 256}, &r, &err), -PL_INPUT);
	assert_true(pl_tag_valid((struct pl_str){text + 8, 128}));
	assert_false(pl_tag_valid((struct pl_str){text + 8, 129}));
	assert_false(pl_tag_valid(PL_STR("a\0b")));
}

static void names(void **state)
{
	(void)state;
	static const struct {
		const char *text, *repository, *tag;
	} good[] = {
		{"a:1", "a", "1"},
		{"host:5000/a/b:tag", "host:5000/a/b", "tag"},
		{"h/a_b.c-d:1.12.3-aws1.8.2", "h/a_b.c-d", "1.12.3-aws1.8.2"},
		{"a:1@sha256:1111111111111111111111111111111111111111111111111111111111111111", "a",
		 "1"},
		{"h:1/a@sha256:1111111111111111111111111111111111111111111111111111111111111111",
		 "h:1/a", NULL},
		{"A_/b..c:1", "A_/b..c", "1"},
		{"oci:./out/a:1", "oci:./out/a", "1"},
		{"oci:/a%20b/c%C3%A4:1", "oci:/a%20b/c%C3%A4", "1"},
		{"oci:1", "oci", "1"},
		{"h:0/a:1", "h:0/a", "1"},
	};
	static const char *const bad[] = {
		"",          "a",          ":1",         "a:",
		"h:5000/a",  "a:1:2",      "a//b:1",     "/a:1",
		"a/:1",      "a b:1",      "a:1@",       "../a:1",
		"./a:1",     "a:.1",       "a:-1",       "a:1@sha256:11",
		"h:x/a:1",   "a\n:1",      "a:1/",       "[::1]:1/a:1",
		"oci:a:b:1", "oci:../a:1", "oci:a b:1",  "oci:a%:1",
		"oci:a%2:1", "oci:a%2g:1", "oci:a%c3:1", "a%20b:1",
	};
	struct pl_err err = {0};
	struct pl_ref n;
	PL_AUTO(arena) a = {0};
	for (size_t i = 0; i < PL_COUNT(good); i++) {
		assert_int_equal(pl_ref_parse_name(&a, pl_str_of(good[i].text), &n, &err), 0);
		assert_string_equal(n.repository, good[i].repository);
		if (good[i].tag)
			assert_string_equal(n.tag, good[i].tag);
		else
			assert_null(n.tag);
		assert_null(n.host);
		assert_int_equal(n.has_digest, strchr(good[i].text, '@') != NULL);
		assert_string_equal(n.text, good[i].text);
		assert_string_equal(pl_ref_format(&a, &n), good[i].text);
		assert_int_equal(pl_ref_check_name(&n, &err), 0);
	}
	for (size_t i = 0; i < PL_COUNT(bad); i++)
		if (pl_ref_parse_name(&a, pl_str_of(bad[i]), &n, &err) != -PL_INPUT)
			fail_msg("'%s' is no name", bad[i]);
}

/* What was parsed to be opened goes on as a name, as it was written. */
static void opened_then_named(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_ref r;
	assert_int_equal(pl_ref_parse(&a, PL_STR("Docker.io/redis:7@" D), &r, &err), 0);
	assert_int_equal(pl_ref_parse(&a, PL_STR("R.io:5000/a:7@" D), &r, &err), 0);
	assert_string_equal(r.repository, "R.io:5000/a");
	assert_string_equal(r.text, "r.io:5000/a:7@" D);
	struct pl_ref t = pl_ref_with_tag(&a, &r, "8");
	assert_string_equal(t.text, "R.io:5000/a:8");
	assert_string_equal(t.path, "a");
	assert_false(t.has_digest);
	assert_int_equal(pl_ref_check_name(&t, &err), 0);
	assert_int_equal(pl_ref_parse(&a, PL_STR("oci:out/a b"), &r, &err), 0);
	t = pl_ref_with_tag(&a, &r, "1");
	assert_string_equal(t.text, "oci:out/a b:1");
	assert_int_equal(pl_ref_check_name(&t, &err), -PL_INPUT);
	assert_int_equal(pl_ref_parse(&a, PL_STR("oci:out:any:tag"), &r, &err), 0);
	assert_int_equal(pl_ref_check_name(&r, &err), -PL_INPUT);
	assert_int_equal(pl_ref_parse(&a, PL_STR("r.io/a"), &r, &err), 0);
	assert_int_equal(pl_ref_check_name(&r, &err), -PL_INPUT);
}

static void predicates(void **state)
{
	(void)state;
	assert_true(pl_repository_valid(PL_STR("a/b__c/d--e")));
	assert_false(pl_repository_valid(PL_STR("")));
	assert_false(pl_repository_valid((struct pl_str){0}));
	assert_false(pl_repository_valid(PL_STR("a/")));
	assert_true(pl_repository_part_valid(PL_STR("a.b")));
	assert_false(pl_repository_part_valid(PL_STR("a/b")));
	assert_false(pl_repository_part_valid(PL_STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),          cmocka_unit_test(refused),
		cmocka_unit_test(lengths),           cmocka_unit_test(names),
		cmocka_unit_test(opened_then_named), cmocka_unit_test(predicates),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
