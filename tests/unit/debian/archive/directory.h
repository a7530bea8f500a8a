// SPDX-License-Identifier: Apache-2.0
/* A directory for one test: made, filled, removed. */
#pragma once

#include "base/file.h"
#include "io/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static inline char *directory_new(void)
{
	char *path = pl_xstrdup("/tmp/plimsoll-test-XXXXXX");
	assert_non_null(mkdtemp(path));
	return path;
}

/* Runs a program, which must succeed, with input; its output goes to *ret where that is wanted. */
static inline void run_with(struct pl_str input, struct pl_buf *ret, const char *const *argv)
{
	struct pl_env env;
	struct pl_err err = {0};
	pl_env_init(&env);
	PL_AUTO(process) p = {.argv = argv, .input = input, .timeout_s = 100};
	if (pl_process_run(&env, &p, &err) < 0)
		fail_msg("%s", err.msg);
	if (p.exit_status)
		fail_msg("%s: status %d: %s", argv[0], p.exit_status, pl_buf_str(&p.err).p);
	if (ret)
		pl_buf_addstr(ret, pl_buf_str(&p.out));
}
#define run(...) run_with(PL_STR(""), NULL, (const char *const[]){__VA_ARGS__, NULL})

static inline void directory_remove(char *path)
{
	run("rm", "-rf", path);
	free(path);
}

static inline void directory_put(const char *directory, const char *name, struct pl_str data)
{
	struct pl_err err = {0};
	PL_AUTOFREE char *full = pl_path_join(directory, name);
	PL_AUTOFREE char *dir = pl_xstrndup(full, (size_t)(strrchr(full, '/') - full));
	assert_int_equal(pl_mkdirs(dir, &err), 0);
	assert_int_equal(pl_file_write(full, data, 0644, &err), 0);
}
