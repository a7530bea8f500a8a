// SPDX-License-Identifier: Apache-2.0
/* The table: a second scanner beside dpkg's gets its files, its layers and its place in the answer,
 * in the order of calls that scanner_int.h promises. */
#include "io/tar.h"
#include "scan/scan_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* A toy ecosystem: each file of opt/toys/ is a package, its content the version; it counts with
 * what dpkg's status file says, for it wants that one as well. */
static int reads, finishes;
static size_t status_bytes;
static bool last_was_final, fails;

static enum pl_scan_want wants_toys(struct pl_str path)
{
	if (pl_str_is(path, "opt/toys/box"))
		return PL_SCAN_NOTICE;
	return pl_str_starts(path, "opt/toys/") || pl_str_is(path, "var/lib/dpkg/status")
		       ? PL_SCAN_KEEP
		       : PL_SCAN_IGNORE;
}

static int read_toys(struct pl_scan_read *r, struct pl_err *err)
{
	reads++;
	last_was_final = r->final;
	status_bytes = 0;
	if (fails)
		return pl_fail(err, PL_INPUT, "opt/toys: broken");
	for (struct pl_place *p; (p = pl_scan_next(r));) {
		struct pl_place *file = pl_scan_file(r, p->path.p);
		struct pl_str text;
		if (!file)
			continue; /* the box, or a link to nowhere */
		int rc = pl_scan_text(r, file, &text, err);
		if (rc < 0)
			return rc;
		if (pl_str_is(p->path, "var/lib/dpkg/status")) {
			status_bytes = text.n;
			continue;
		}
		const char *version = pl_arena_cstr(r->arena, text);
		const char *name =
			pl_arena_cstr(r->arena, pl_str_sub(p->path, strlen("opt/toys/"), SIZE_MAX));
		pl_scan_add(r,
			    &(struct pl_found_package){name, version, "", name, version, NULL, 0});
		r->database = "toys";
	}
	pl_scan_warn(r, "read %d", reads);
	return 0;
}

static int finish_toys(struct pl_scan_read *r, struct pl_scan_result *ret, struct pl_err *err)
{
	(void)err;
	finishes++;
	ret->os_codename = "nursery";
	for (struct pl_place *p; (p = pl_scan_next(r));)
		if (!p->body && !p->link)
			pl_scan_warn(r, "noticed %s", p->path.p);
	return 0;
}

static const char *const toy_lookups[] = {"opt/toys", NULL};
static const struct pl_scanner toys = {
	.name = "toys",
	.ecosystem = "toy",
	.looked_for = "opt/toys",
	.lookups = toy_lookups,
	.wants = wants_toys,
	.read = read_toys,
	.finish = finish_toys,
};
static const struct pl_scanner *const both[] = {&pl_scanner_dpkg, &toys, NULL};

struct item {
	enum pl_tar_type type;
	const char *path, *text;
};

static int layer(struct pl_scan *s, const struct item *v, struct pl_err *err)
{
	PL_AUTO(buf) b = {0};
	for (; v->path; v++) {
		bool file = v->type == PL_TAR_FILE;
		struct pl_tar_entry e = {.type = v->type,
					 .path = pl_str_of(v->path),
					 .link = file ? PL_STR("") : pl_str_of(v->text),
					 .mode = 0644,
					 .size = file ? strlen(v->text) : 0};
		assert_int_equal(pl_tar_format(&b, &e, err), 0);
		pl_buf_adds(&b, file ? v->text : "");
		pl_buf_zero(&b, pl_tar_padding(e.size));
	}
	pl_buf_zero(&b, PL_TAR_END);
	return pl_scan_layer(s, pl_source_mem(pl_buf_str(&b)), "layer", err);
}
#define LAYER(...) layer(s, (const struct item[]){__VA_ARGS__, {0, NULL, NULL}}, &err)
#define PARA(n) "Package: " n "\nStatus: install ok installed\nVersion: 1\n"

#define SETUP                                                                                      \
	(void)state;                                                                               \
	struct pl_env env;                                                                         \
	struct pl_err err = {0};                                                                   \
	PL_AUTO(arena) a = {0};                                                                    \
	struct pl_scan_result r;                                                                   \
	pl_env_init(&env);                                                                         \
	reads = finishes = 0;                                                                      \
	fails = false;                                                                             \
	PL_AUTO_FREE(scan) s = pl_scan_new_with(&env, &a, both)

static void package_is(const struct pl_found_package *p, const char *name, const char *version,
		       const char *ecosystem, int in)
{
	assert_string_equal(p->name, name);
	assert_string_equal(p->version, version);
	assert_string_equal(p->ecosystem, ecosystem);
	assert_int_equal(p->layer, in);
}

static void calls(void **state)
{
	SETUP;
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/bear", "1"}, {PL_TAR_FILE, "opt/x", "1"}),
			 0);
	assert_int_equal(reads, 1);
	/* Nothing of its own: not asked. dpkg's status-old is none of its paths. */
	assert_int_equal(LAYER({PL_TAR_FILE, "etc/x", ""},
			       {PL_TAR_FILE, "var/lib/dpkg/status-old", PARA("old")}),
			 0);
	assert_int_equal(reads, 1);
	/* One path, two scanners. */
	assert_int_equal(LAYER({PL_TAR_FILE, "var/lib/dpkg/status", PARA("bear")}), 0);
	assert_int_equal(reads, 2);
	assert_int_equal(status_bytes, strlen(PARA("bear")));
	assert_false(last_was_final);
	assert_int_equal(
		LAYER({PL_TAR_FILE, "opt/toys/ant", "2"}, {PL_TAR_FILE, "opt/toys/box", "-"}), 0);
	assert_int_equal(finishes, 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(reads, 4);
	assert_int_equal(finishes, 1);
	assert_true(last_was_final);
	/* All packages in one order; of one name and version, the ecosystem tells them apart. */
	assert_int_equal(r.n_packages, 3);
	package_is(&r.packages[0], "ant", "2", "toy", 3);
	package_is(&r.packages[1], "bear", "1", "debian", 2);
	package_is(&r.packages[2], "bear", "1", "toy", 0);
	assert_string_equal(r.database, "status, toys");
	assert_string_equal(r.os_codename, "nursery");
	assert_string_equal(r.os_id, "");
	/* Only the final read is heard. */
	assert_string_equal(r.warnings[0], "read 4");
	assert_string_equal(r.warnings[1], "noticed opt/toys/box");
	assert_null(r.warnings[2]);
}

static void hidden(void **state)
{
	SETUP;
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/a", "1"}, {PL_TAR_FILE, "opt/toys/b", "1"},
			       {PL_TAR_FILE, "opt/toys/box", "-"}),
			 0);
	assert_int_equal(
		LAYER({PL_TAR_FILE, "opt/toys/c", "1"}, {PL_TAR_FILE, "opt/toys/.wh..wh..opq", ""}),
		0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	package_is(&r.packages[0], "c", "1", "toy", 1);
	assert_string_equal(r.warnings[0], "read 3"); /* and no box */
	assert_null(r.warnings[1]);
	/* Back again after a layer without it: the later layer's. */
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/a", "1"}), 0);
	/* A file in the directory's place ends all below it. */
	assert_int_equal(LAYER({PL_TAR_FILE, "opt", ""}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 0);
	assert_string_equal(r.database, "none");
	assert_non_null(strstr(r.warnings[1], "looked for var/lib/dpkg/status and "
					      "var/lib/dpkg/status.d/*, opt/toys)"));
	assert_int_equal(LAYER({PL_TAR_DIR, "opt", ""}, {PL_TAR_FILE, "opt/toys/a", "1"}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	package_is(&r.packages[0], "a", "1", "toy", 4);
}

/* Links lead to files that are wanted under their real path, from anywhere in the way. */
static void links(void **state)
{
	SETUP;
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/real", "7"},
			       {PL_TAR_SYMLINK, "opt/toys/short", "real"},
			       {PL_TAR_SYMLINK, "opt/toys/round", "/opt/toys/round"},
			       {PL_TAR_HARDLINK, "opt/toys/hard", "opt/toys/real"},
			       {PL_TAR_HARDLINK, "opt/toys/lost", "opt/else"}),
			 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 3);
	package_is(&r.packages[0], "hard", "7", "toy", 0);
	package_is(&r.packages[1], "real", "7", "toy", 0);
	package_is(&r.packages[2], "short", "7", "toy", 0);
	assert_non_null(strstr(r.warnings[0], "opt/toys/lost is a hard link to opt/else"));
	/* One body for the hard link and its target. */
	assert_int_equal(s->places.keep.in_memory, 1);
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/.wh.real", ""}), 0);
	assert_int_equal(pl_scan_finish(s, &r, &err), 0);
	assert_int_equal(r.n_packages, 1);
	package_is(&r.packages[0], "hard", "7", "toy", 0);
}

static void failure(void **state)
{
	SETUP;
	fails = true;
	assert_int_equal(LAYER({PL_TAR_FILE, "opt/toys/a", "1"}), -PL_INPUT);
	assert_string_equal(err.msg, "layer: opt/toys: broken");
	fails = false;
	assert_int_equal(pl_scan_finish(s, &r, &err), -PL_INPUT);
	assert_int_equal(reads, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls),
		cmocka_unit_test(hidden),
		cmocka_unit_test(links),
		cmocka_unit_test(failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
