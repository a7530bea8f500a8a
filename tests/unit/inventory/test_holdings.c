// SPDX-License-Identifier: Apache-2.0
/* Versions of several ecosystems in one question: each by its own order, none by another's. */
#include "inventory/inventory_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* A second order, which no ecosystem has: the longer version is the higher one. */
static int cmp_length(struct pl_str a, struct pl_str b) { return (a.n > b.n) - (a.n < b.n); }
static const struct pl_version_order length = {"pypi", cmp_length, NULL};

struct fixture {
	struct pl_env env;
	struct pl_progress_ops progress;
	char dir[32], note[1024];
	struct pl_inv *inv;
};

static void keep_note(void *ctx, const char *text)
{
	struct fixture *f = ctx;
	snprintf(f->note, sizeof(f->note), "%s", text);
}

static int setup(void **state)
{
	struct fixture *f = pl_xcalloc(1, sizeof(*f));
	struct pl_err err = {0};
	struct pl_inv_package deb[] = {{.name = "numpy", .version = "1:1.9-1"},
				       {.name = "numpy", .version = "1:1.10-1"}},
			      py[] = {{.name = "numpy", .version = "1.9", .ecosystem = "pypi"},
				      {.name = "flask", .version = "1.10", .ecosystem = "pypi"},
				      {.name = "flask", .version = "3", .ecosystem = "pypi"}};
	struct pl_registration one = {.packages = deb, .n_packages = 2},
			       two = {.packages = py, .n_packages = 3};
	*state = f;
	pl_env_init(&f->env);
	f->progress.note = keep_note;
	f->env.progress = &f->progress;
	f->env.progress_ctx = f;
	memcpy(f->dir, "/tmp/holdings-XXXXXX", 21);
	if (!mkdtemp(f->dir))
		return -1;
	PL_AUTOFREE char *path = pl_xprintf("%s/i.db", f->dir);
	PL_AUTO(arena) a = {0};
	int rc = pl_ref_parse_name(&a, PL_STR("deb:1"), &one.name, &err);
	if (rc == 0)
		rc = pl_ref_parse_name(&a, PL_STR("py:1"), &two.name, &err);
	if (rc == 0)
		rc = pl_inv_open(&f->env, path, &f->inv, &err);
	if (rc == 0)
		rc = pl_inv_put(f->inv, &one, PL_PUT_CREATE, &err);
	if (rc == 1)
		rc = pl_inv_put(f->inv, &two, PL_PUT_CREATE, &err);
	return rc == 1 ? 0 : -1;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	static const char *const tails[] = {"/i.db", "/i.db-wal", "/i.db-shm", ""};
	pl_inv_free(f->inv);
	for (size_t i = 0; i < PL_COUNT(tails); i++) {
		PL_AUTOFREE char *p = pl_xprintf("%s%s", f->dir, tails[i]);
		remove(p);
	}
	free(f);
	return 0;
}

/* The answer as "version version ...", or the refusal's text after a '!'. */
static const char *ask(struct fixture *f, struct pl_arena *a, const char *name, const char *op,
		       const char *version, const char *ecosystem)
{
	struct pl_package_query q = {
		.name = pl_str_of(name), .op = op, .version = version, .ecosystem = ecosystem};
	struct pl_inv_holding *v;
	struct pl_err err = {0};
	size_t n;
	f->note[0] = '\0';
	int rc = pl_inv_packages(f->inv, a, &q, &v, &n, &err);
	if (rc < 0) {
		assert_int_equal(rc, -PL_INPUT);
		return pl_arena_printf(a, "!%s", err.msg);
	}
	const char *text = "";
	for (size_t i = 0; i < n; i++)
		text = pl_arena_printf(a, "%s%s%s", text, i ? " " : "", v[i].package.version);
	return text;
}

static void without_an_order(void **state)
{
	struct fixture *f = *state;
	PL_AUTO(arena) a = {0};
	/* All of them, and the very version: no order is needed. */
	assert_string_equal(ask(f, &a, "flask", NULL, NULL, NULL), "1.10 3");
	assert_string_equal(ask(f, &a, "flask", "eq", "3", NULL), "3");
	assert_string_equal(ask(f, &a, "flask", "eq", "3.0", NULL), "");
	assert_string_equal(f->note, "");
	static const char *const ops[] = {"lt", "le", "ge", "gt"};
	for (size_t i = 0; i < PL_COUNT(ops); i++) {
		const char *said = ask(f, &a, "flask", ops[i], "3", NULL);
		assert_int_equal(said[0], '!');
		assert_non_null(strstr(said, "pypi"));
		assert_non_null(strstr(said, "flask"));
	}
	/* Debian's are answered as ever beside them, and what could not be is said. */
	assert_string_equal(ask(f, &a, "numpy", "lt", "1:1.10-1", NULL), "1:1.9-1");
	assert_non_null(strstr(f->note, "pypi"));
	assert_string_equal(ask(f, &a, "numpy", "gt", "0", NULL), "1:1.9-1 1:1.10-1");
	assert_string_equal(ask(f, &a, "numpy", "le", "1.9", NULL), "1.9");
	assert_string_equal(ask(f, &a, "numpy", "lt", "1:1.10-1", "debian"), "1:1.9-1");
	assert_string_equal(f->note, "");
	assert_int_equal(ask(f, &a, "numpy", "lt", "2", "pypi")[0], '!');
}

static void second_order(void **state)
{
	struct fixture *f = *state;
	PL_AUTO(arena) a = {0};
	const struct pl_version_order *const two[] = {pl_version_orders[0], &length, NULL};
	f->inv->version_orders = two;
	/* By length: "3" is lower than "1.10", which Debian's order has the other way round. */
	assert_string_equal(ask(f, &a, "flask", "lt", "9.9", NULL), "3");
	assert_string_equal(ask(f, &a, "flask", "ge", "9.9", NULL), "1.10");
	assert_string_equal(ask(f, &a, "flask", NULL, NULL, NULL), "3 1.10");
	/* Each by its own: "9.9" is as long as pypi's "1.9", and lower than Debian's with an epoch.
	 */
	assert_string_equal(ask(f, &a, "numpy", "ge", "9.9", NULL), "1:1.9-1 1:1.10-1 1.9");
	assert_string_equal(ask(f, &a, "numpy", "eq", "9.9", NULL), "1.9");
	assert_string_equal(f->note, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_an_order, setup, teardown),
		cmocka_unit_test_setup_teardown(second_order, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
