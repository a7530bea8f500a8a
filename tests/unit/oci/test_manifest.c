// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DESC "{\"mediaType\":\"x/y\",\"digest\":\"sha256:" HEX "\",\"size\":7}"
#define HEAD(t) "{\"schemaVersion\":2,\"mediaType\":\"" t "\","

static void manifest_bytes(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_digest d;
	assert_true(pl_digest_parse(PL_STR("sha256:" HEX), &d));
	struct pl_annotation notes[] = {{"a.b", "1"}, {"c", "\"q\""}};
	struct pl_descriptor layers[] = {
		{.media_type = PL_MT_LAYER_GZIP, .digest = d, .size = 12},
		{.media_type = PL_MT_LAYER_GZIP, .digest = d, .size = 12},
	};
	struct pl_manifest m = {.config = {.media_type = PL_MT_CONFIG, .digest = d, .size = 3},
				.layers = layers,
				.n_layers = 2,
				.annotations = notes,
				.n_annotations = 2};
	pl_manifest_format(&m, &b);
#define L "{\"mediaType\":\"" PL_MT_LAYER_GZIP "\",\"digest\":\"sha256:" HEX "\",\"size\":12}"
	static const char want[] =
		HEAD(PL_MT_MANIFEST) "\"config\":{\"mediaType\":\"" PL_MT_CONFIG
				     "\",\"digest\":\"sha256:" HEX "\",\"size\":3},\"layers\":[" L
				     "," L "],"
				     "\"annotations\":{\"a.b\":\"1\",\"c\":\"\\\"q\\\"\"}}";
	assert_string_equal(b.p, want);
	/* Twice the same layer is fine, and reading gives back what was written. */
	struct pl_manifest back;
	assert_int_equal(pl_manifest_parse(&a, pl_buf_str(&b), "m", &back, &err), 0);
	assert_int_equal(back.n_layers, 2);
	assert_string_equal(back.media_type, PL_MT_MANIFEST);
	assert_true(pl_digest_eq(&back.layers[1].digest, &d));
	assert_string_equal(pl_annotation_get(back.annotations, back.n_annotations, "c"), "\"q\"");
	assert_null(pl_annotation_get(back.annotations, back.n_annotations, "d"));
	PL_AUTO(buf) again = {0};
	pl_manifest_format(&back, &again);
	assert_string_equal(again.p, want);
}

static void index_bytes(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0}, again = {0};
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_digest d;
	assert_true(pl_digest_parse(PL_STR("sha256:" HEX), &d));
	struct pl_descriptor list[] = {
		{.media_type = PL_MT_MANIFEST,
		 .digest = d,
		 .size = 5,
		 .os = "linux",
		 .architecture = "amd64"},
		{.media_type = PL_MT_MANIFEST,
		 .digest = d,
		 .size = 6,
		 .os = "linux",
		 .architecture = "arm64",
		 .variant = "v8"},
	};
	struct pl_oci_index m = {.manifests = list, .n_manifests = 2}, back;
	pl_oci_index_format(&m, &b);
	assert_string_equal(
		b.p,
		HEAD(PL_MT_INDEX) "\"manifests\":[{\"mediaType\":\"" PL_MT_MANIFEST
				  "\",\"digest\":\"sha256:" HEX
				  "\",\"size\":5,\"platform\":{\"architecture\":"
				  "\"amd64\",\"os\":\"linux\"}},{\"mediaType\":\"" PL_MT_MANIFEST
				  "\",\"digest\":\"sha256:" HEX
				  "\",\"size\":6,\"platform\":{\"architecture\":"
				  "\"arm64\",\"os\":\"linux\",\"variant\":\"v8\"}}]}");
	assert_int_equal(pl_oci_index_parse(&a, pl_buf_str(&b), "i", &back, &err), 0);
	assert_string_equal(back.manifests[1].variant, "v8");
	assert_null(back.manifests[0].variant);
	pl_oci_index_format(&back, &again);
	assert_string_equal(again.p, b.p);
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *in, *says;
	} t[] = {
		{"[]", "JSON object"},
		{"{", "not valid JSON"},
		{"{}", "'schemaVersion' is missing"},
		{"{\"schemaVersion\":1}", "schemaVersion 1"},
		{"{\"schemaVersion\":2,\"config\":" DESC "}", "'layers' must be an array"},
		{"{\"schemaVersion\":2,\"layers\":[]}", "config: must be a descriptor"},
		{HEAD(PL_MT_INDEX) "\"config\":" DESC ",\"layers\":[]}", "mediaType is"},
		{"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[],\"manifests\":[]}",
		 "both a manifest and an index"},
		{"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[" DESC ",{}]}", "layers[1]"},
		{"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:" HEX
		 "\",\"size\":-1},\"layers\":[]}",
		 "'size' must be"},
		{"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a\",\"digest\":\"sha256:" HEX
		 "\",\"size\":9007199254740992},\"layers\":[]}",
		 "over 2^53"},
		{"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"\",\"digest\":\"sha256:" HEX
		 "\",\"size\":1},\"layers\":[]}",
		 "'mediaType' is empty"},
		{"{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a\",\"digest\":\"md5:\\u001b\","
		 "\"size\":1},\"layers\":[]}",
		 "md5:\\x1b"},
		{"{\"schemaVersion\":2,\"config\":" DESC
		 ",\"layers\":[],\"annotations\":{\"a\":1}}",
		 "'a' must be a string"},
		{"{\"schemaVersion\":2,\"schemaVersion\":2}", "duplicate"},
		/* Go's readers take the last of members that differ in case only. */
		{"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[" DESC "],\"Layers\":[]}",
		 "'Layers' differs from 'layers' only in case"},
		{"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[],\"Manifests\":[]}",
		 "'Manifests'"},
		{"{\"schemaVersion\":2,\"config\":" DESC
		 ",\"layers\":[{\"mediaType\":\"a\",\"digest\":\"sha256:" HEX
		 "\",\"size\":1,\"Digest\":\"sha256:" HEX "\"}]}",
		 "layers[0]: 'Digest'"},
		{"{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[],\"layer\u017f\":[]}",
		 "differs from 'layers'"},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct pl_manifest m = {.n_layers = 77};
		int rc = pl_manifest_parse(&a, pl_str_of(t[i].in), "that manifest", &m, &err);
		if (rc != -PL_INPUT || !strstr(err.msg, t[i].says) ||
		    !strstr(err.msg, "that manifest"))
			fail_msg("%s: %d %s", t[i].in, rc, err.msg);
		assert_int_equal(m.n_layers, 77);
	}
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_oci_index x;
	assert_int_equal(pl_oci_index_parse(
				 &a, PL_STR("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}"),
				 "i", &x, &err),
			 -PL_INPUT);
	assert_int_equal(
		pl_oci_index_parse(&a,
				   PL_STR(HEAD(PL_MT_INDEX) "\"manifests\":[{\"mediaType\":\"a\","
							    "\"digest\":\"sha256:" HEX
							    "\",\"size\":1,\"platform\":{\"os\":"
							    "\"linux\",\"OS\":\"linux\","
							    "\"architecture\":\"amd64\"}}]}"),
				   "i", &x, &err),
		-PL_INPUT);
	assert_non_null(strstr(err.msg, "'OS' differs from 'os'"));
	assert_int_equal(pl_oci_index_parse(&a, PL_STR(HEAD(PL_MT_MANIFEST) "\"manifests\":[]}"),
					    "i", &x, &err),
			 -PL_INPUT);
	PL_AUTO(buf) big = {0};
	pl_buf_zero(&big, (4 << 20) + 1);
	assert_int_equal(pl_oci_index_parse(&a, pl_buf_str(&big), "i", &x, &err), -PL_LIMIT);
}

static void docker_kinds(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_manifest m;
	assert_int_equal(
		pl_manifest_parse(
			&a,
			PL_STR(HEAD(PL_MT_DOCKER_MANIFEST) "\"unknown\":[1],\"config\":" DESC
							   ",\"layers\":[]}"),
			"m", &m, &err),
		0);
	assert_string_equal(m.media_type, PL_MT_DOCKER_MANIFEST);
	struct pl_str list = PL_STR("{\"schemaVersion\":2,\"manifests\":[]}");
	struct pl_str one = PL_STR("{\"schemaVersion\":2,\"config\":" DESC ",\"layers\":[]}");
	assert_true(pl_text_is_index(list, NULL));
	assert_true(pl_text_is_index(list, "application/json"));
	assert_false(pl_text_is_index(list, PL_MT_MANIFEST));
	assert_true(pl_text_is_index(one, PL_MT_DOCKER_LIST));
	assert_false(pl_text_is_index(one, NULL));
	assert_false(pl_text_is_index(PL_STR("nonsense"), NULL));
}

static void layer_types(void **state)
{
	(void)state;
	assert_true(pl_is_layer_type("application/vnd.oci.image.layer.v1.tar"));
	assert_true(pl_is_layer_type("application/vnd.oci.image.layer.v1.tar+zstd"));
	assert_true(pl_is_layer_type("application/vnd.docker.image.rootfs.diff.tar.gzip"));
	assert_false(pl_is_layer_type("application/vnd.oci.image.layer.v1.tar+gzip+encrypted"));
	assert_false(pl_is_layer_type("application/vnd.oci.image.layer.v1.tar+bzip2"));
	assert_false(pl_is_layer_type("application/vnd.in-toto+json"));
	assert_false(pl_is_layer_type(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_bytes), cmocka_unit_test(index_bytes),
		cmocka_unit_test(refused),        cmocka_unit_test(docker_kinds),
		cmocka_unit_test(layer_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
