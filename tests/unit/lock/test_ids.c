// SPDX-License-Identifier: Apache-2.0
#include "lock/ids_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct row {
	const char *wants;  /* "name" a user, "%name" a group, "=N" behind it: fixed */
	const char *former; /* the same, numbers given */
	const char *gives;  /* what the lock gets, or the error's text */
	enum pl_code code;
	bool may_move; /* former numbers */
};

/* "%a=5 b" into rows; -1 where there is no number. */
static size_t split(char *text, struct pl_id_want *v)
{
	size_t n = 0;
	for (char *w = text; *w;) {
		char *end = w + strcspn(w, " ");
		bool last = !*end;
		*end = 0;
		v[n] = (struct pl_id_want){0};
		v[n].is_group = *w == '%';
		v[n].name = w + (*w == '%');
		char *eq = strchr(w, '=');
		v[n].fixed = eq ? strtol(eq + 1, NULL, 10) : -1;
		if (eq)
			*eq = 0;
		n++;
		w = last ? end : end + 1;
	}
	return n;
}

static void check(const struct row *row)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(buf) got = {0};
	PL_AUTOFREE char *wants = pl_xstrdup(row->wants), *former = pl_xstrdup(row->former);
	struct pl_id_want v[16], old[16];
	struct pl_lock_id ids[16], *ret = NULL;
	struct pl_err err = {0};
	size_t n = split(wants, v), n_old = split(former, old), ret_n = 99;
	for (size_t i = 0; i < n_old; i++)
		ids[i] = (struct pl_lock_id){old[i].name, old[i].is_group, (uint32_t)old[i].fixed};
	int rc = pl_ids_allocate(&a, "demo", v, n, ids, n_old, row->may_move, &ret, &ret_n, &err);
	assert_int_equal(rc, -(int)row->code);
	if (rc < 0) {
		assert_non_null(strstr(err.msg, row->gives));
		assert_int_equal(ret_n, 99);
		return;
	}
	for (size_t i = 0; i < ret_n; i++)
		pl_buf_addf(&got, "%s%s%s=%u", i ? " " : "", ret[i].is_group ? "%" : "",
			    ret[i].name, ret[i].id);
	pl_buf_addc(&got, 0);
	assert_string_equal(got.p, row->gives);
}

static void test_rows(void **state)
{
	static const struct row rows[] = {
		/* From 101 on, users and groups each for themselves, in the order of names. */
		{"b a %b %a", "", "%a=101 %b=102 a=101 b=102", PL_OK, false},
		{"a a a", "", "a=101", PL_OK, false},
		{"", "", "", PL_OK, false},
		/* A former number stays, and nobody else's is given away. */
		{"a b c", "b=101", "a=102 b=101 c=103", PL_OK, false},
		{"a", "gone=101", "a=102", PL_OK, false},
		{"a %a", "a=150", "%a=101 a=150", PL_OK, false},
		{"a", "%a=150", "a=101", PL_OK, false},
		/* 100 is the group users, 1000 and more are people's. */
		{"%a a", "%a=100 a=100", "%a=101 a=101", PL_OK, false},
		{"a", "a=1000", "a=101", PL_OK, false},
		/* What is fixed comes first. */
		{"a z=101", "", "a=102 z=101", PL_OK, false},
		{"a z=140", "a=140", "a=101 z=140", PL_OK, true},
		{"a a=300", "a=150", "a=300", PL_OK, true},
		/* One image's package does not move another image's account. */
		{"a z=140", "a=140", "gave 140 to the user a", PL_CONFLICT, false},
		{"a a=300", "a=150", "would move to 300", PL_CONFLICT, false},
		{"%a %a=300", "%a=150", "the group a", PL_CONFLICT, false},
		{"b=140", "a=140", "b=140", PL_OK, false},
		{"a=300 a=301", "", "insist on 300 and 301 for the user a", PL_CONFLICT, false},
		{"%a=300 %b=300", "", "groups a and b both insist on 300", PL_CONFLICT, false},
	};
	for (size_t i = 0; i < PL_COUNT(rows); i++)
		check(&rows[i]);
}

static void test_no_more(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_id_want *v = pl_arena_array(&a, struct pl_id_want, 900);
	struct pl_lock_id *ret = NULL;
	struct pl_err err = {0};
	size_t n = 0;
	for (int i = 0; i < 900; i++)
		v[i] = (struct pl_id_want){
			.name = pl_arena_printf(&a, "u%03d", i), .is_group = true, .fixed = -1};
	assert_int_equal(pl_ids_allocate(&a, "demo", v, 899, NULL, 0, false, &ret, &n, &err), 0);
	assert_int_equal(n, 899);
	assert_int_equal(ret[898].id, 999);
	assert_int_equal(pl_ids_allocate(&a, "demo", v, 900, NULL, 0, false, &ret, &n, &err),
			 -PL_LIMIT);
	assert_non_null(strstr(err.msg, "u899"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
