// SPDX-License-Identifier: Apache-2.0
/*
 * resolve_tool ARCH PACKAGES...: reads sets of root packages from standard input, one set a line,
 * and prints for each the chosen "name=version" words, sorted, or "! why not". For comparing with
 * apt, and for timing (times go to standard error).
 */
#include "base/clock.h"
#include "base/file.h"
#include "debian/archive/index_int.h"
#include "debian/resolve/resolve.h"

#include <stdio.h>

static int load(struct pl_index *ix, int n, char **files, struct pl_err *err)
{
	for (int i = 0; i < n; i++) {
		PL_AUTO(buf) b = {.max = (size_t)512 << 20};
		int rc = pl_file_read(files[i], b.max, &b, err);
		if (rc < 0)
			return rc;
		rc = pl_packages_parse(ix, pl_buf_str(&b), (unsigned)i, files[i], err);
		if (rc < 0)
			return rc;
	}
	return pl_index_finish(ix, err);
}

static void solve(struct pl_index *ix, struct pl_str line)
{
	PL_AUTO(arena) a = {0};
	PL_VEC(struct pl_root) roots = {0};
	struct pl_err err = {0};
	while (line.p) {
		struct pl_str w = pl_str_cut(&line, ' ');
		if (w.n)
			pl_vec_push(&roots)->name = w;
	}
	struct pl_resolution r;
	if (pl_resolve(ix, roots.v, roots.n, NULL, &a, &r, &err) < 0) {
		printf("! %s\n", err.msg);
	} else {
		char **words = pl_arena_array(&a, char *, r.n + 1);
		for (size_t i = 0; i < r.n; i++)
			words[i] = pl_arena_printf(&a, "%.*s=%.*s", PL_STR_ARG(r.v[i].pkg->name),
						   PL_STR_ARG(r.v[i].pkg->version));
		qsort(words, r.n, sizeof(*words), pl_cstr_qsort);
		for (size_t i = 0; i < r.n; i++)
			printf("%s%s", i ? " " : "", words[i]);
		printf("\n");
	}
	pl_vec_free(&roots);
}

int main(int argc, char **argv)
{
	struct pl_err err = {0};
	if (argc < 3)
		return 2;
	uint64_t start = pl_mono_ns();
	PL_AUTO_FREE(index) ix = pl_index_new(argv[1]);
	if (load(ix, argc - 2, argv + 2, &err) < 0) {
		fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	uint64_t loaded = pl_mono_ns();
	char line[65536];
	size_t sets = 0;
	while (fgets(line, sizeof(line), stdin)) {
		solve(ix, pl_str_trim(pl_str_of(line)));
		sets++;
	}
	fprintf(stderr, "%zu packages read in %.3f s, %zu sets solved in %.3f s\n",
		pl_index_count(ix), (double)(loaded - start) / 1e9, sets,
		(double)(pl_mono_ns() - loaded) / 1e9);
	return 0;
}
