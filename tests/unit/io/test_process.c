// SPDX-License-Identifier: Apache-2.0
#include "io_test.h"

#include "base/clock.h"
#include "io/process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static struct pl_env env;

#define SH(script)                                                                                 \
	(const char *const[]) { "sh", "-c", script, NULL }

static void test_streams(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(process)
	p = {.argv = SH("cat; echo oops >&2; echo state >&7; exit 3"),
	     .input = PL_STR("in\0put\n"),
	     .status_fd = 7};
	(void)state;
	assert_code(pl_process_run(&env, &p, &err), err, 0);
	assert_int_equal(p.exit_status, 3);
	assert_true(pl_str_eq(pl_buf_str(&p.out), PL_STR("in\0put\n")));
	assert_string_equal(p.err.p, "oops\n");
	assert_string_equal(p.status.p, "state\n");
}

static void test_environment(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(process) p = {.argv = (const char *const[]){"env", NULL}};
	(void)state;
	setenv("PL_TEST_SECRET", "hunter2", 1);
	assert_code(pl_process_run(&env, &p, &err), err, 0);
	assert_non_null(strstr(p.out.p, "LC_ALL=C\n"));
	assert_non_null(strstr(p.out.p, "TZ=UTC\n"));
	assert_non_null(strstr(p.out.p, "PATH="));
	assert_null(strstr(p.out.p, "hunter2"));
}

/* Only 0, 1, 2 are open in the child; 3 is ls's own. */
static void test_descriptors(void **state)
{
	struct pl_err err = {0};
	PL_AUTO(process) p = {.argv = (const char *const[]){"ls", "/proc/self/fd", NULL}};
	(void)state;
	int leak = fcntl(0, F_DUPFD, 100); /* not close-on-exec */
	int r = pl_process_run(&env, &p, &err);
	close(leak);
	assert_code(r, err, 0);
	assert_string_equal(p.out.p, "0\n1\n2\n3\n");
}

static void test_signals(void **state)
{
	struct pl_err err = {0};
	sigset_t all, before;
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	PL_AUTO(process) p = {.argv = SH("kill -PIPE $$; exit 1")};
	int r = pl_process_run(&env, &p, &err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_code(r, err, 0);
	assert_int_equal(p.exit_status, 128 + SIGPIPE);
}

static void test_large_both_ways(void **state)
{
	struct pl_err err = {0};
	size_t n = 3000000;
	PL_AUTOFREE char *in = pl_xcalloc(n, 1);
	PL_AUTO(process) p = {.argv = SH("tee /dev/fd/2"), .input = {in, n}, .err = {.max = 1000}};
	(void)state;
	memset(in, 'x', n);
	assert_code(pl_process_run(&env, &p, &err), err, 0);
	assert_int_equal(p.exit_status, 0);
	assert_true(pl_str_eq(pl_buf_str(&p.out), (struct pl_str){in, n}));
	assert_true(p.err.n <= 1000);
	/* not read at all */
	PL_AUTO(process) q = {.argv = SH("exit 0"), .input = {in, n}};
	assert_code(pl_process_run(&env, &q, &err), err, 0);
}

static void test_failures(void **state)
{
	struct pl_err err = {0};
	(void)state;
	PL_AUTO(process) p = {.argv = (const char *const[]){"pl-no-such-program", NULL}};
	assert_code(pl_process_run(&env, &p, &err), err, PL_NOT_FOUND);
	PL_AUTO(process) q = {.argv = SH("yes"), .out = {.max = 5000}};
	assert_code(pl_process_run(&env, &q, &err), err, PL_LIMIT);
	assert_says(err, "sh: larger than 5000");
}

static void test_timeout(void **state)
{
	struct pl_err err = {0};
	uint64_t from = pl_mono_ns();
	PL_AUTO(process) p = {.argv = SH("trap '' TERM; sleep 100 & sleep 100"), .timeout_s = 1};
	(void)state;
	assert_code(pl_process_run(&env, &p, &err), err, PL_FAILURE);
	assert_says(err, "within 1 s");
	assert_true(pl_mono_ns() - from < (uint64_t)20 * 1000000000u);
}

/* A daemon that keeps the pipe open does not keep us. */
static void test_daemon(void **state)
{
	struct pl_err err = {0};
	uint64_t from = pl_mono_ns();
	PL_AUTO(process) p = {.argv = SH("echo a; sleep 20 & exit 0")};
	(void)state;
	assert_code(pl_process_run(&env, &p, &err), err, 0);
	assert_string_equal(p.out.p, "a\n");
	assert_true(pl_mono_ns() - from < (uint64_t)10 * 1000000000u);
}

static void test_stop(void **state)
{
	struct pl_err err = {0};
	atomic_bool stop = true;
	struct pl_env e = env;
	PL_AUTO(process) p = {.argv = SH("sleep 100")};
	(void)state;
	e.stop = &stop;
	assert_code(pl_process_run(&e, &p, &err), err, PL_INTERRUPTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_signals),
		cmocka_unit_test(test_large_both_ways),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_daemon),
		cmocka_unit_test(test_stop),
	};
	pl_env_init(&env);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
