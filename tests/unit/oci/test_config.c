// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ROOTFS "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:" HEX "\"]}"
#define MIN "\"architecture\":\"amd64\",\"os\":\"linux\","

static const char whole[] =
	"{\"created\":\"2026-11-21T10:00:00Z\",\"architecture\":\"arm64\",\"variant\":\"v8\","
	"\"os\":\"linux\",\"config\":{\"User\":\"65532:65532\",\"ExposedPorts\":{\"443/tcp\":{},"
	"\"8080/tcp\":{}},\"Env\":[\"PATH=/bin\",\"A=\"],\"Entrypoint\":[\"/x\",\"\"],\"Cmd\":[],"
	"\"Healthcheck\":{\"Test\":[\"CMD\",\"/h\"],\"Interval\":30000000000,\"Timeout\":"
	"5000000000,\"Retries\":3},\"Volumes\":{\"/scratch\":{}},\"WorkingDir\":\"/w\",\"Labels\":"
	"{\"a\":\"1\",\"b\":\"2\"},\"StopSignal\":\"SIGTERM\"}," ROOTFS
	",\"history\":[{\"created\":"
	"\"1970-01-01T00:00:00Z\",\"created_by\":\"plimsoll\",\"comment\":\"base\"},{\"created\":"
	"\"1970-01-01T00:00:01Z\",\"empty_layer\":true}]}";

static void round_trip(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) b = {0};
	struct pl_err err = {0};
	struct pl_config c;
	if (pl_config_parse(&a, pl_str_of(whole), "c", &c, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(c.created, 1795255200);
	assert_string_equal(c.variant, "v8");
	assert_int_equal(c.health_interval_ns, 30000000000);
	assert_int_equal(c.health_start_ns, 0);
	assert_non_null(c.cmd);
	assert_null(c.cmd[0]);
	assert_string_equal(c.entrypoint[1], "");
	assert_string_equal(c.ports[0], "443/tcp");
	assert_int_equal(c.n_history, 2);
	assert_false(c.history[0].empty_layer);
	assert_true(c.history[1].empty_layer);
	pl_config_format(&c, &b);
	assert_string_equal(b.p, whole);
}

static void foreign_texts(void **state)
{
	(void)state;
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	struct pl_config c;
	/* Docker's own: nanoseconds, nulls, other members, sets in any order. */
	assert_int_equal(
		pl_config_parse(&a,
				PL_STR("{" MIN "\"created\":\"2024-01-02T03:04:05.123456789Z\","
				       "\"docker_version\":\"x\","
				       "\"container_config\":{\"Cmd\":[1]},\"config\":{\"Cmd\":"
				       "null,\"Labels\":null,"
				       "\"Volumes\":{\"/b\":{},\"/a\":{}},\"OnBuild\":null}," ROOTFS
				       "}"),
				"c", &c, &err),
		0);
	assert_int_equal(c.created, 1704164645);
	assert_null(c.cmd);
	assert_string_equal(c.volumes[0], "/a");
	assert_int_equal(c.n_diff_ids, 1);
	assert_null(c.health_test);
	assert_int_equal(
		pl_config_parse(&a, PL_STR("{" MIN ROOTFS ",\"config\":null}"), "c", &c, &err), 0);
}

static void refused(void **state)
{
	(void)state;
	static const struct {
		const char *in, *says;
	} t[] = {
		{"{\"os\":\"linux\"," ROOTFS "}", "'architecture' is missing"},
		{"{\"architecture\":\"\",\"os\":\"linux\"," ROOTFS "}", "is empty"},
		{"{" MIN "\"rootfs\":{}}", "rootfs.type"},
		{"{" MIN "\"a\":1}", "image's configuration"},
		{"{" MIN "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:1\"]}}",
		 "diff_ids"},
		{"{" MIN "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":7}}", "diff_ids"},
		{"{" MIN ROOTFS ",\"config\":{\"Env\":[1]}}", "'Env'"},
		{"{" MIN ROOTFS ",\"config\":{\"Env\":\"A=B\"}}", "'Env'"},
		{"{" MIN ROOTFS ",\"config\":{\"Volumes\":[]}}", "'Volumes'"},
		{"{" MIN ROOTFS ",\"config\":{\"User\":0}}", "'User'"},
		{"{" MIN ROOTFS ",\"config\":{\"Labels\":{\"x\":null}}}", "Labels"},
		{"{" MIN ROOTFS ",\"config\":{\"Healthcheck\":{\"Interval\":-1}}}", "'Interval'"},
		{"{" MIN ROOTFS ",\"config\":[]}", "'config'"},
		{"{" MIN ROOTFS ",\"created\":\"yesterday\"}", "'created'"},
		{"{" MIN ROOTFS ",\"history\":[1]}", "'history'"},
		{"{" MIN ROOTFS "} x", "not valid JSON"},
		{"{" MIN ROOTFS "," ROOTFS "}", "duplicate"},
		/* Go's readers take the last of members that differ in case only. */
		{"{" MIN ROOTFS ",\"Rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}",
		 "'Rootfs' differs from 'rootfs' only in case"},
		{"{" MIN ROOTFS ",\"Config\":{}}", "'Config'"},
		{"{" MIN "\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[],\"Diff_IDs\":[]}}",
		 "'Diff_IDs'"},
		{"{" MIN ROOTFS ",\"config\":{\"user\":\"0\"}}", "'user' differs from 'User'"},
		{"{" MIN ROOTFS ",\"config\":{\"Healthcheck\":{\"test\":[]}}}", "'test'"},
		{"{" MIN ROOTFS ",\"history\":[{\"EMPTY_LAYER\":true}]}", "'EMPTY_LAYER'"},
		{"{" MIN ROOTFS ",\"O\u017f\":\"windows\"}", "differs from 'os'"},
	};
	for (size_t i = 0; i < PL_COUNT(t); i++) {
		PL_AUTO(arena) a = {0};
		struct pl_err err = {0};
		struct pl_config c = {.n_history = 77};
		int rc = pl_config_parse(&a, pl_str_of(t[i].in), "that config", &c, &err);
		if (rc != -PL_INPUT || !strstr(err.msg, t[i].says) ||
		    !strstr(err.msg, "that config"))
			fail_msg("%s: %d %s", t[i].in, rc, err.msg);
		assert_int_equal(c.n_history, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(foreign_texts),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
