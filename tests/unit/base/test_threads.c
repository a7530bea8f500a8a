// SPDX-License-Identifier: Apache-2.0
#include "base/threads.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

enum { N = 500 };

struct work {
	atomic_uint done[N];
	atomic_uint total, unblocked;
	bool worker_ok[64];
	size_t fail_slow, fail_fast; /* SIZE_MAX: none */
	atomic_bool *stop;
	size_t stop_at;
	pthread_t caller;
};

static int item(void *ctx, size_t i, unsigned worker, struct pl_err *err)
{
	struct work *w = ctx;
	sigset_t mask;
	atomic_fetch_add(&w->done[i], 1);
	atomic_fetch_add(&w->total, 1);
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	if (!pthread_equal(pthread_self(), w->caller) && !sigismember(&mask, SIGTERM))
		atomic_fetch_add(&w->unblocked, 1);
	if (worker < 64)
		w->worker_ok[worker] = true;
	if (i == w->stop_at)
		atomic_store(w->stop, true);
	if (i == w->fail_slow) {
		usleep(50000); /* the other one fails first in time */
		return pl_fail(err, PL_REMOTE, "item %zu", i);
	}
	if (i == w->fail_fast)
		return pl_fail(err, PL_INPUT, "item %zu", i);
	return 0;
}

static int run(struct work *w, unsigned jobs, size_t n, struct pl_err *err)
{
	struct pl_env env;
	pl_env_init(&env);
	env.jobs = jobs;
	env.stop = w->stop;
	w->caller = pthread_self();
	return pl_parallel(&env, n, item, w, err);
}

static void test_all_once(void **state)
{
	static const unsigned jobs[] = {0, 1, 2, 8, 64, 1000};
	for (size_t j = 0; j < PL_COUNT(jobs); j++) {
		struct work w = {.fail_slow = SIZE_MAX, .fail_fast = SIZE_MAX, .stop_at = SIZE_MAX};
		struct pl_err err = {0};
		assert_int_equal(run(&w, jobs[j], N, &err), 0);
		for (size_t i = 0; i < N; i++)
			assert_int_equal(w.done[i], 1);
		assert_int_equal(w.unblocked, 0);
		for (unsigned k = jobs[j] ? jobs[j] : 1; k < 64; k++)
			assert_false(w.worker_ok[k]);
		assert_int_equal(err.code, PL_OK);
	}
	struct work w = {.fail_slow = SIZE_MAX, .fail_fast = SIZE_MAX, .stop_at = SIZE_MAX};
	struct pl_err err = {0};
	assert_int_equal(run(&w, 4, 0, &err), 0);
	assert_int_equal(w.total, 0);
}

static void test_lowest_failure(void **state)
{
	for (unsigned jobs = 1; jobs <= 8; jobs *= 2) {
		struct work w = {.fail_slow = 10, .fail_fast = 11, .stop_at = SIZE_MAX};
		struct pl_err err = {0};
		assert_int_equal(run(&w, jobs, N, &err), -PL_REMOTE);
		assert_string_equal(err.msg, "item 10");
		assert_true(w.total < N); /* nothing new starts after a failure */
		for (size_t i = 0; i <= 10; i++)
			assert_int_equal(w.done[i], 1);
	}
	sigset_t mask;
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	assert_false(sigismember(&mask, SIGTERM)); /* the caller's own mask is as before */
}

static void test_stop(void **state)
{
	atomic_bool stop = false;
	struct work w = {
		.fail_slow = SIZE_MAX, .fail_fast = SIZE_MAX, .stop_at = 20, .stop = &stop};
	struct pl_err err = {0};
	assert_int_equal(run(&w, 2, N, &err), -PL_INTERRUPTED);
	assert_int_equal(err.code, PL_INTERRUPTED);
	assert_true(w.total >= 21 && w.total < N);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_once),
					   cmocka_unit_test(test_lowest_failure),
					   cmocka_unit_test(test_stop)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
