// SPDX-License-Identifier: Apache-2.0
/* A temporary fleet directory for tests: made of name and text, removed with everything in it. */
#pragma once

#include "base/file.h"
#include "fleet/fleet_int.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <ftw.h>
#include <unistd.h>

static inline char *fleet_dir_new(void)
{
	const char *tmp = pl_environ("TMPDIR");
	char *dir = pl_xprintf("%s/plimsoll-fleet.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	return dir;
}

static inline void fleet_dir_put(const char *dir, const char *name, struct pl_str text)
{
	struct pl_err err = {0};
	PL_AUTOFREE char *path = pl_path_join(dir, name);
	PL_AUTOFREE char *directory = pl_xstrndup(path, (size_t)(strrchr(path, '/') - path));
	assert_int_equal(pl_mkdirs(directory, &err), 0);
	assert_int_equal(pl_file_write(path, text, 0644, &err), 0);
}

static inline int fleet_dir_remove_one(const char *path, const struct stat *st, int flag,
				       struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void fleet_dir_free(char *dir)
{
	nftw(dir, fleet_dir_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(dir);
}
