// SPDX-License-Identifier: Apache-2.0
/* What a scan keeps: where it is, what it counts, what comes back. */
#include "scan/keep_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

static struct pl_kept_body *put(struct pl_keep *k, const char *text)
{
	struct pl_err err = {0};
	struct pl_kept_body *b = NULL;
	size_t n = strlen(text);
	assert_int_equal(pl_keep_new(k, n, &b, &err), 0);
	for (size_t i = 0; i < n; i++) /* in pieces */
		assert_int_equal(pl_keep_fill(k, b, text + i, 1, &err), 0);
	return b;
}

static void holds(struct pl_keep *k, const struct pl_kept_body *b, const char *text)
{
	struct pl_err err = {0};
	struct pl_str got;
	assert_int_equal(pl_keep_text(k, b, &got, &err), 0);
	assert_int_equal(got.n, strlen(text));
	assert_memory_equal(got.p, text, got.n);
}

static struct pl_keep keep_of(uint64_t memory, uint64_t file, uint64_t total)
{
	struct pl_keep k;
	pl_keep_init(&k);
	k.memory_max = memory;
	k.file_max = file;
	k.total_max = total;
	return k;
}

static void memory_first(void **state)
{
	(void)state;
	struct pl_keep k = keep_of(10, 100, 100);
	struct pl_kept_body *a = put(&k, "12345"), *b = put(&k, "67890"), *c = put(&k, "x");
	assert_int_equal(k.in_memory, 10);
	assert_int_equal(k.in_file, 1);
	holds(&k, a, "12345");
	holds(&k, c, "x");
	holds(&k, b, "67890");
	assert_int_equal(k.memory_peak, 11);
	/* What is let go of makes room in memory again. */
	pl_keep_unref(&k, a);
	struct pl_kept_body *d = put(&k, "abcde");
	assert_int_equal(k.in_memory, 10);
	holds(&k, d, "abcde");
	/* Of nothing. */
	struct pl_kept_body *e = put(&k, "");
	holds(&k, e, "");
	pl_keep_unref(&k, b);
	pl_keep_unref(&k, c);
	pl_keep_unref(&k, d);
	pl_keep_unref(&k, e);
	pl_keep_unref(&k, NULL);
	assert_int_equal(k.in_memory + k.in_file, 0);
	pl_keep_done(&k);
}

static void spilled(void **state)
{
	(void)state;
	struct pl_keep k = keep_of(0, 5000, 1000000);
	struct pl_kept_body *v[100];
	char text[4096];
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 100; i++) {
			snprintf(text, sizeof(text), "%d %*d", round, 1000 + i, i);
			v[i] = put(&k, text);
		}
		assert_int_equal(k.in_memory, 0);
		for (int i = 99; i >= 0; i--) {
			snprintf(text, sizeof(text), "%d %*d", round, 1000 + i, i);
			holds(&k, v[i], text);
		}
		/* Half goes; the other half is as it was, though the file got holes. */
		for (int i = 0; i < 100; i += 2)
			pl_keep_unref(&k, v[i]);
		for (int i = 1; i < 100; i += 2) {
			snprintf(text, sizeof(text), "%d %*d", round, 1000 + i, i);
			holds(&k, v[i], text);
			pl_keep_unref(&k, v[i]);
		}
		assert_int_equal(k.in_file, 0);
		assert_int_equal(lseek(k.fd, 0, SEEK_END), 0);
	}
	assert_int_equal(k.memory_peak, 1101); /* one at a time */
	pl_keep_done(&k);
}

static void shared(void **state)
{
	(void)state;
	struct pl_keep k = keep_of(0, 100, 100);
	struct pl_kept_body *a = put(&k, "shared"), *b = pl_keep_ref(a);
	pl_keep_unref(&k, a);
	assert_int_equal(k.in_file, 6);
	holds(&k, b, "shared");
	pl_keep_unref(&k, b);
	assert_int_equal(k.in_file, 0);
	/* The next one is read anew, though it may stand where the last one stood. */
	a = put(&k, "second");
	holds(&k, a, "second");
	pl_keep_unref(&k, a);
	pl_keep_done(&k);
}

static void limits(void **state)
{
	(void)state;
	struct pl_keep k = keep_of(10, 20, 30);
	struct pl_err err = {0};
	struct pl_kept_body *a, *b, *c = NULL;
	assert_int_equal(pl_keep_new(&k, 21, &c, &err), -PL_LIMIT);
	assert_int_equal(pl_keep_new(&k, UINT64_MAX, &c, &err), -PL_LIMIT);
	assert_null(c);
	assert_int_equal(pl_keep_new(&k, 20, &a, &err), 0);
	assert_int_equal(pl_keep_new(&k, 11, &c, &err), -PL_LIMIT);
	assert_int_equal(pl_keep_new(&k, 10, &b, &err), 0);
	assert_int_equal(pl_keep_new(&k, 1, &c, &err), -PL_LIMIT);
	assert_int_equal(k.in_file, 20);
	assert_int_equal(k.in_memory, 10);
	pl_keep_unref(&k, a);
	pl_keep_unref(&k, b);
	pl_keep_done(&k);
}

/* The file cannot be written: said, and the rest is as it was. */
static void write_fails(void **state)
{
	(void)state;
	struct pl_keep k = keep_of(4, 100, 100);
	struct pl_kept_body *a = put(&k, "1234"), *b = NULL;
	struct pl_err err = {0};
	PL_AUTOFD int none = dup(0);
	close(none);
	k.fd = none; /* a closed one: writing fails */
	assert_int_equal(pl_keep_new(&k, 5, &b, &err), 0);
	assert_int_equal(pl_keep_fill(&k, b, "56789", 5, &err), -PL_SYS);
	assert_non_null(strstr(err.msg, "temporary file"));
	holds(&k, a, "1234");
	pl_keep_unref(&k, b);
	pl_keep_unref(&k, a);
	k.fd = -1;
	none = -1;
	pl_keep_done(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_first), cmocka_unit_test(spilled),
		cmocka_unit_test(shared),       cmocka_unit_test(limits),
		cmocka_unit_test(write_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
