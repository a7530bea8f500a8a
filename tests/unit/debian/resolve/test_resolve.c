// SPDX-License-Identifier: Apache-2.0
/*
 * Runs the .txt files of tests/cases/resolve: paragraphs with Package are the archive (what a
 * Packages file must have besides is added), paragraphs with Case are requests: Case: what it shows
 * Roots: a, b (>= 2)     Keep: c=1 d=2     Base: e=1 (preselected) Expect: a=1 b=2 ...  (in the
 * order chosen)   or   Error: part of the text Why: b: a needs it because of this text (checked
 * against parent and reason)
 */
#include "base/deb822.h"
#include "base/file.h"
#include "debian/archive/index_int.h"
#include "debian/resolve/resolve.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define CASES "tests/cases/resolve"

static void add_missing(struct pl_buf *b, const struct pl_deb822 *p)
{
	pl_buf_addstr(b, p->text);
	if (!pl_deb822_get(p, "Version").n)
		pl_buf_adds(b, "\nVersion: 1");
	if (!pl_deb822_get(p, "Architecture").n)
		pl_buf_adds(b, "\nArchitecture: amd64");
	pl_buf_adds(b, "\nFilename: pool/x.deb\nSize: 1\nSHA256: ");
	for (int i = 0; i < 64; i++)
		pl_buf_addc(b, '0');
	pl_buf_adds(b, "\n\n");
}

static struct pl_package *package(struct pl_index *ix, struct pl_str word)
{
	struct pl_str version = word, name = pl_str_cut(&version, '=');
	struct pl_package *p = pl_index_find(ix, name, version);
	if (!p)
		fail_msg("no package %.*s in the case file", PL_STR_ARG(word));
	return p;
}

static void read_words(struct pl_index *ix, struct pl_str text, struct pl_map *keep,
		       struct pl_package **list, size_t *n)
{
	while (text.p) {
		struct pl_str w = pl_str_trim(pl_str_cut(&text, ' '));
		if (!w.n)
			continue;
		struct pl_package *p = package(ix, w);
		if (keep)
			pl_map_put(keep, p->name, p);
		else
			list[(*n)++] = p;
	}
}

static void check_why(const struct pl_resolution *r, struct pl_str why)
{
	struct pl_str name = pl_str_trim(pl_str_cut(&why, ':'));
	struct pl_str parent = pl_str_trim(pl_str_cut(&why, ':'));
	for (size_t i = 0; i < r->n; i++) {
		if (!pl_str_eq(r->v[i].pkg->name, name))
			continue;
		if (parent.n)
			assert_true(pl_str_eq(r->v[r->v[i].parent].pkg->name, parent));
		else
			assert_int_equal(r->v[i].parent, -1);
		assert_true(pl_str_eq(r->v[i].reason, pl_str_trim(why)));
		return;
	}
	fail_msg("%.*s was not chosen", PL_STR_ARG(name));
}

static void run_case(struct pl_index *ix, const struct pl_deb822 *p, const char *file)
{
	PL_AUTO(arena) a = {0};
	PL_AUTO(map) keep = {0};
	PL_AUTO(buf) got = {0};
	struct pl_err err = {0};
	struct pl_deps wanted;
	struct pl_root roots[32];
	struct pl_package *base[32];
	struct pl_resolve_options o = {.preselected = base, .keep = &keep};
	struct pl_str title = pl_deb822_get(p, "Case"), why = pl_deb822_get(p, "Why");
	assert_int_equal(pl_deps_parse(&a, pl_deb822_get(p, "Roots"), file, &wanted, &err), 0);
	assert_true(wanted.n < 32);
	for (size_t i = 0; i < wanted.n; i++)
		roots[i] = (struct pl_root){.name = wanted.v[i].alt[0].name,
					    .rel = wanted.v[i].alt[0].rel,
					    .version = wanted.v[i].alt[0].version};
	read_words(ix, pl_deb822_get(p, "Keep"), &keep, NULL, NULL);
	read_words(ix, pl_deb822_get(p, "Base"), NULL, base, &o.n_preselected);
	struct pl_resolution r = {0};
	int rc = pl_resolve(ix, roots, wanted.n, &o, &a, &r, &err);
	for (size_t i = 0; rc == 0 && i < r.n; i++)
		pl_buf_addf(&got, "%s%.*s=%.*s", i ? " " : "", PL_STR_ARG(r.v[i].pkg->name),
			    PL_STR_ARG(r.v[i].pkg->version));
	struct pl_str expect = pl_deb822_get(p, "Expect"), error = pl_deb822_get(p, "Error");
	print_message("  %.*s: %s\n", PL_STR_ARG(title), rc < 0 ? err.msg : pl_buf_str(&got).p);
	if (error.n) {
		PL_AUTOFREE char *text = pl_str_dup(error);
		assert_true(rc == -PL_UNSOLVABLE || rc == -PL_NOT_FOUND);
		if (!strstr(err.msg, text))
			fail_msg("%s: %.*s: not in '%s'", file, PL_STR_ARG(title), err.msg);
		assert_null(r.v);
		return;
	}
	if (rc < 0 || !pl_str_eq(expect, pl_buf_str(&got)))
		fail_msg("%s: %.*s: expected %.*s", file, PL_STR_ARG(title), PL_STR_ARG(expect));
	if (why.n)
		check_why(&r, why);
}

static size_t run_file(const char *file)
{
	PL_AUTO(buf) text = {0};
	PL_AUTO(buf) packages = {0};
	struct pl_err err = {0};
	PL_AUTOFREE char *path = pl_path_join(CASES, file);
	if (pl_file_read(path, 1 << 20, &text, &err) < 0)
		fail_msg("%s", err.msg);
	struct pl_deb822_reader reader = {.rest = pl_buf_str(&text), .what = file};
	struct pl_deb822 p;
	while (pl_deb822_next(&reader, true, &p, &err) > 0)
		if (pl_deb822_get(&p, "Package").n)
			add_missing(&packages, &p);
	assert_int_equal(err.code, 0);
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	if (pl_packages_parse(ix, pl_buf_str(&packages), 0, file, &err) < 0 ||
	    pl_index_finish(ix, &err) < 0)
		fail_msg("%s", err.msg);
	print_message("%s\n", file);
	size_t cases = 0;
	reader = (struct pl_deb822_reader){.rest = pl_buf_str(&text), .what = file};
	while (pl_deb822_next(&reader, true, &p, &err) > 0) {
		if (!pl_deb822_get(&p, "Case").n)
			continue;
		run_case(ix, &p, file);
		cases++;
	}
	return cases;
}

static void all_cases(void **state)
{
	(void)state;
	size_t cases = 0;
	DIR *d = opendir(CASES);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (pl_str_ends(pl_str_of(e->d_name), ".txt"))
			cases += run_file(e->d_name);
	closedir(d);
	assert_true(cases >= 30);
}

/* n rungs, each an or-group of two that both need something nobody has only at the very end: the
 * search must not try 2^n combinations. */
static void no_explosion(void **state)
{
	(void)state;
	PL_AUTO(buf) b = {0};
	PL_AUTO(arena) a = {0};
	struct pl_err err = {0};
	static const char tail[] = "Version: 1\nArchitecture: all\nFilename: p\nSize: 1\nSHA256: "
				   "00000000000000000000000000000000"
				   "00000000000000000000000000000000\n\n";
	enum { RUNGS = 40 };
	for (int i = 0; i < RUNGS; i++)
		for (int k = 0; k < 2; k++)
			pl_buf_addf(&b, "Package: r%d-%d\nDepends: r%d-0 | r%d-1\n%s", i, k, i + 1,
				    i + 1, tail);
	/* The last rung conflicts with both of the first one's, whichever way it was climbed. */
	for (int k = 0; k < 2; k++)
		pl_buf_addf(&b, "Package: r%d-%d\nConflicts: r0-0, r0-1\n%s", RUNGS, k, tail);
	pl_buf_addf(&b, "Package: top\nDepends: r0-0 | r0-1\n%s", tail);
	PL_AUTO_FREE(index) ix = pl_index_new("amd64");
	assert_int_equal(pl_packages_parse(ix, pl_buf_str(&b), 0, "rungs", &err), 0);
	assert_int_equal(pl_index_finish(ix, &err), 0);
	struct pl_root root = {.name = PL_STR("top")};
	struct pl_resolution r = {0};
	assert_int_equal(pl_resolve(ix, &root, 1, NULL, &a, &r, &err), -PL_UNSOLVABLE);
	assert_null(r.v);
	assert_non_null(strstr(err.msg, "r40-0 1 conflicts with r0-0 1"));
	assert_null(strstr(err.msg, "gave up"));
}

enum { N = 10 };
struct universe { /* packages p0 to p9; bits are packages */
	unsigned groups[N][3], n_groups[N], conflicts[N];
};

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void make_universe(struct universe *u, uint32_t *seed, struct pl_buf *text)
{
	*u = (struct universe){0};
	for (unsigned i = 0; i < N; i++) {
		pl_buf_addf(text, "Package: p%u\nDepends: ", i);
		u->n_groups[i] = next_random(seed) % 3;
		for (unsigned g = 0; g < u->n_groups[i]; g++) {
			unsigned alternatives = 1 + next_random(seed) % 3;
			for (unsigned k = 0; k < alternatives; k++) {
				unsigned to = next_random(seed) % (N + 1); /* pN is missing */
				pl_buf_addf(text, "%sp%u", k ? " | " : g ? ", " : "", to);
				u->groups[i][g] |= 1u << to;
			}
			u->groups[i][g] &= (1u << N) - 1;
		}
		pl_buf_adds(text, "\nConflicts: ");
		for (unsigned k = 0, n = next_random(seed) % 3; k < n; k++) {
			unsigned to = next_random(seed) % N;
			pl_buf_addf(text, "%sp%u", k ? ", " : "", to);
			u->conflicts[i] |= 1u << to & ~(1u << i);
		}
		pl_buf_adds(text, "\nVersion: 1\nArchitecture: all\nFilename: p\nSize: 1\n"
				  "SHA256: 00000000000000000000000000000000"
				  "00000000000000000000000000000000\n\n");
	}
}

static bool consistent(const struct universe *u, unsigned set)
{
	for (unsigned i = 0; i < N; i++) {
		if (!(set >> i & 1))
			continue;
		if (u->conflicts[i] & set)
			return false;
		for (unsigned g = 0; g < u->n_groups[i]; g++)
			if (!(u->groups[i][g] & set))
				return false;
	}
	return true;
}

/* Whatever the search skips, it must find a solution exactly when one exists: all subsets of
 * small random archives are tried beside it. */
static void as_brute_force(void **state)
{
	(void)state;
	uint32_t seed = 2463534242u;
	unsigned solved = 0, unsolved = 0;
	for (unsigned round = 0; round < 4000; round++) {
		PL_AUTO(buf) text = {0};
		PL_AUTO(arena) a = {0};
		PL_AUTO_FREE(index) ix = pl_index_new("amd64");
		struct universe u;
		struct pl_err err = {0};
		struct pl_resolution r = {0};
		struct pl_root roots[] = {{.name = PL_STR("p0")}, {.name = PL_STR("p1")}};
		bool possible = false;
		make_universe(&u, &seed, &text);
		for (unsigned set = 3; set < 1u << N && !possible; set++)
			possible = (set & 3) == 3 && consistent(&u, set);
		assert_int_equal(pl_packages_parse(ix, pl_buf_str(&text), 0, "u", &err), 0);
		assert_int_equal(pl_index_finish(ix, &err), 0);
		int rc = pl_resolve(ix, roots, 2, NULL, &a, &r, &err);
		if (rc != (possible ? 0 : -PL_UNSOLVABLE))
			fail_msg("round %u: %d (%s)\n%s", round, rc, err.msg, text.p);
		unsigned set = 0;
		for (size_t i = 0; i < r.n; i++)
			set |= 1u << (r.v[i].pkg->name.p[1] - '0');
		assert_true(rc < 0 || (consistent(&u, set) && (set & 3) == 3));
		*(possible ? &solved : &unsolved) += 1;
	}
	assert_true(solved > 500 && unsolved > 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases),
		cmocka_unit_test(no_explosion),
		cmocka_unit_test(as_brute_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
