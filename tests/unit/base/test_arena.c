// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_blocks(void **state)
{
	PL_AUTO(arena) a = {0};
	unsigned char *p[500];
	/* Small, odd, over a block, exactly a block: none overlaps another, all are zeroed. */
	for (size_t i = 0; i < 500; i++) {
		size_t n = i % 50 == 0 ? 65536 + i : i % 50 == 1 ? 65536 : i * 7 + 1;
		p[i] = pl_arena_alloc(&a, n);
		assert_int_equal((uintptr_t)p[i] % 16, 0);
		assert_int_equal(p[i][0] | p[i][n - 1], 0);
		memset(p[i], (int)(i % 251 + 1), n);
	}
	for (size_t i = 0; i < 500; i++) {
		size_t n = i % 50 == 0 ? 65536 + i : i % 50 == 1 ? 65536 : i * 7 + 1;
		assert_int_equal(p[i][0], i % 251 + 1);
		assert_int_equal(p[i][n - 1], i % 251 + 1);
	}
	size_t big = 20 * 65536; /* the large ones alone */
	assert_true(a.used > big);
	pl_arena_done(&a);
	assert_int_equal(a.used, 0);
	assert_null(a.head);
}

static void test_strings(void **state)
{
	PL_AUTO(arena) a = {0};
	struct pl_str s = pl_arena_str(&a, pl_str_sub(PL_STR("abc"), 0, 2));
	assert_string_equal(s.p, "ab");
	assert_int_equal(s.n, 2);
	assert_string_equal(pl_arena_cstr(&a, (struct pl_str){NULL, 0}), "");
	assert_string_equal(pl_arena_printf(&a, "%s-%d", "x", 5), "x-5");
	int v[] = {1, 2, 3}, *w = pl_arena_dup(&a, v, 3, sizeof(int));
	v[2] = 9;
	assert_int_equal(w[2], 3);
	assert_int_equal((uintptr_t)w % 16, 0);
	assert_non_null(pl_arena_dup(&a, NULL, 0, 8));
	uint64_t *z = pl_arena_array(&a, uint64_t, 4);
	assert_int_equal(z[3], 0);
}

/* A size that cannot be is a bug of ours: the program stops instead of writing past the block. */
static void stops(struct pl_arena *a, size_t n)
{
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		const struct rlimit no_core = {0, 0};
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		fclose(stderr);
		uint64_t *p = pl_arena_array(a, uint64_t, n);
		_exit(p ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_ceiling(void **state)
{
	PL_AUTO(arena) a = {.max = 1 << 20};
	assert_non_null(pl_arena_array(&a, uint64_t, 100000));
	stops(&a, 100000);
	stops(&a, SIZE_MAX / 8 + 2); /* n * size is 8 */
	stops(&a, SIZE_MAX / 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_blocks),
					   cmocka_unit_test(test_strings),
					   cmocka_unit_test(test_ceiling)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
