// SPDX-License-Identifier: Apache-2.0
/* The JSON that the command line and the server print, letter by letter. */
#include "inventory/json.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ONES "sha256:0101010101010101010101010101010101010101010101010101010101010101"

static struct pl_digest ones(void)
{
	struct pl_digest d;
	memset(&d, 1, sizeof(d));
	return d;
}

static void image(void **state)
{
	struct pl_inv_image i = {.name = "a:1", .digest = ones(), .since = 1700000000};
	PL_AUTO(buf) b = {0};
	struct pl_jw w;
	(void)state;
	pl_jw_init(&w, &b, 0);
	pl_inv_image_json(&w, &i);
	assert_string_equal(b.p, "{\"name\":\"a:1\",\"digest\":\"" ONES
				 "\",\"base\":null,\"base_digest\":null,\"base_evidence\":null,"
				 "\"behind\":false,\"definition\":null,"
				 "\"since\":\"2023-11-14T22:13:20Z\"}");
	i.base = "b:1";
	i.base_evidence = "build";
	i.has_base_digest = true;
	i.base_digest = ones();
	i.behind = true;
	i.definition = "app";
	i.wave = 2;
	pl_buf_clear(&b);
	pl_jw_init(&w, &b, 0);
	pl_inv_image_json(&w, &i);
	assert_string_equal(b.p, "{\"name\":\"a:1\",\"digest\":\"" ONES
				 "\",\"base\":\"b:1\",\"base_digest\":\"" ONES
				 "\",\"base_evidence\":\"build\",\"behind\":true,"
				 "\"definition\":\"app\",\"since\":\"2023-11-14T22:13:20Z\","
				 "\"wave\":2}");
}

static void holdings(void **state)
{
	const char *images[] = {"a:1", "b:1", NULL};
	const struct pl_inv_holding v[] = {
		{{"libssl3", "3.0.1-1", "amd64", "openssl", "3.0.1", "debian"}, images, 2}};
	struct pl_package_query q = {.name = PL_STR("libssl3")};
	PL_AUTO(buf) b = {0};
	struct pl_jw w;
	(void)state;
	pl_jw_init(&w, &b, 0);
	pl_jw_object(&w);
	pl_inv_holdings_json(&w, "versions", &q, v, 1);
	q = (struct pl_package_query){.name = PL_STR("openssl"), .by_source = true};
	pl_inv_holdings_json(&w, "packages", &q, NULL, 0);
	pl_jw_end_object(&w);
	assert_string_equal(
		b.p, "{\"name\":\"libssl3\",\"versions\":[{\"name\":\"libssl3\","
		     "\"version\":\"3.0.1-1\",\"architecture\":\"amd64\",\"source\":\"openssl\","
		     "\"source_version\":\"3.0.1\",\"ecosystem\":\"debian\","
		     "\"images\":[\"a:1\",\"b:1\"]}],\"source\":\"openssl\",\"packages\":[]}");
}

/* Waves are lists of names, in order; direct children alone have none. */
static void children(void **state)
{
	struct pl_inv_image v[] = {
		{.name = "b:1", .wave = 1}, {.name = "c:1", .wave = 1}, {.name = "d:1", .wave = 2}};
	struct pl_inv_images all = {v, 3}, none = {v, 0};
	PL_AUTO(buf) b = {0};
	struct pl_jw w;
	(void)state;
	pl_jw_init(&w, &b, 0);
	pl_jw_object(&w);
	pl_inv_children_json(&w, "children", PL_STR("a:1"), &all, true);
	pl_jw_end_object(&w);
	assert_true(pl_str_starts(pl_buf_str(&b), "{\"name\":\"a:1\",\"children\":[{\"name\":"
						  "\"b:1\","));
	assert_true(pl_str_ends(pl_buf_str(&b), "],\"waves\":[[\"b:1\",\"c:1\"],[\"d:1\"]]}"));
	pl_buf_clear(&b);
	pl_jw_init(&w, &b, 0);
	pl_jw_object(&w);
	pl_inv_children_json(&w, "images", PL_STR("a:1"), &none, false);
	pl_jw_end_object(&w);
	assert_string_equal(b.p, "{\"name\":\"a:1\",\"images\":[]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image),
		cmocka_unit_test(holdings),
		cmocka_unit_test(children),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
