// SPDX-License-Identifier: Apache-2.0
/* Runs tests/cases/definitions/ (README.md there). */
#include "fleet_dir.h"

#include <dirent.h>

static void run_load(const char *dir, struct pl_buf *out, struct pl_fleet **ret)
{
	struct pl_env env;
	struct pl_err err = {0};
	pl_env_init(&env);
	if (pl_fleet_load(&env, dir, ret, &err) < 0) {
		pl_buf_addf(out, "%s\n", err.msg);
		assert_null(*ret);
		return;
	}
	for (size_t i = 0; i < (*ret)->n_images; i++) {
		PL_AUTO(arena) a = {0};
		pl_buf_addf(out, "%s:%s ", (*ret)->images[i]->name,
			    pl_image_tag(&a, (*ret)->images[i]));
		pl_image_canonical((*ret)->images[i], out);
		pl_buf_addc(out, '\n');
	}
}

/* Every hash, in order, and that each is of its canonical text. */
static void hashes(const struct pl_fleet *f, struct pl_buf *out)
{
	for (size_t i = 0; i < f->n_images; i++) {
		PL_AUTO(buf) text = {0};
		pl_image_canonical(f->images[i], &text);
		struct pl_digest d = pl_sha256_of(pl_buf_str(&text));
		assert_true(pl_digest_eq(&d, &f->images[i]->hash));
		pl_buf_addf(out, "%s %s\n", f->images[i]->id, PL_DIGEST_STR(&d));
	}
}

/* Prints what differs, so that one run shows every case that does. */
static bool expect(const char *name, const struct pl_buf *got, struct pl_str want)
{
	bool same = pl_str_eq(pl_buf_str(got), want);
	if (!same)
		fprintf(stderr, "%s: expected\n%.*sgot\n%s", name, (int)want.n, want.p,
			pl_buf_str(got).p);
	return same;
}

struct section {
	struct pl_str title, body;
};

/* Cuts the next "=== title" section off *rest. */
static bool next_section(struct pl_str *rest, struct section *ret)
{
	if (!pl_str_starts(*rest, "=== "))
		return false;
	struct pl_str all = *rest;
	ret->title = pl_str_sub(pl_str_cut(rest, '\n'), 4, SIZE_MAX);
	const char *from = rest->p;
	while (rest->n && !pl_str_starts(*rest, "=== "))
		pl_str_cut(rest, '\n');
	const char *to = rest->n ? rest->p : all.p + all.n;
	ret->body = (struct pl_str){from, from ? (size_t)(to - from) : 0};
	return true;
}

static void put_section(const char *dir, const struct section *s)
{
	PL_AUTOFREE char *title = pl_str_dup(s->title);
	if (!pl_str_starts(s->title, "link ")) {
		fleet_dir_put(dir, title, s->body);
		return;
	}
	char *name = title + 5, *target = strchr(name, ' ');
	assert_non_null(target);
	*target++ = '\0';
	PL_AUTOFREE char *path = pl_path_join(dir, name);
	assert_int_equal(symlink(target, path), 0);
}

static bool run_case(const char *path)
{
	PL_AUTO(buf) text = {0}, out = {0}, first = {0}, second = {0};
	struct pl_err err = {0};
	assert_int_equal(pl_file_read(path, 1 << 20, &text, &err), 0);
	struct pl_str rest = pl_buf_str(&text);
	while (rest.n && rest.p[0] == '#')
		pl_str_cut(&rest, '\n');
	char *dir = fleet_dir_new();
	bool judged = false, good = true;
	for (struct section s; next_section(&rest, &s);) {
		PL_AUTO_FREE(fleet) f = NULL;
		if (pl_str_is(s.title, "other")) {
			run_load(dir, &out, &f);
			assert_non_null(f);
			hashes(f, &first);
			fleet_dir_free(dir);
			dir = fleet_dir_new();
			pl_buf_clear(&out);
		} else if (pl_str_is(s.title, "same")) {
			run_load(dir, &out, &f);
			if (f)
				hashes(f, &second);
			assert_true(first.n > 0);
			good = expect(path, f ? &second : &out, pl_buf_str(&first));
			judged = true;
		} else if (pl_str_is(s.title, "error") || pl_str_is(s.title, "images")) {
			run_load(dir, &out, &f);
			good = expect(path, &out, s.body);
			assert_true(!good || pl_str_is(s.title, "images") == (f != NULL));
			judged = true;
		} else {
			put_section(dir, &s);
		}
	}
	assert_true(judged);
	fleet_dir_free(dir);
	return good;
}

static void test_definition_cases(void **state)
{
	(void)state;
	PL_VEC(char *) names = {0};
	unsigned bad = 0;
	DIR *d = opendir("tests/cases/definitions");
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		if (pl_str_ends(pl_str_of(e->d_name), ".case"))
			*pl_vec_push(&names) = pl_path_join("tests/cases/definitions", e->d_name);
	closedir(d);
	assert_true(names.n >= 70);
	qsort(names.v, names.n, sizeof(*names.v), pl_cstr_qsort);
	for (size_t i = 0; i < names.n; i++) {
		bad += !run_case(names.v[i]);
		free(names.v[i]);
	}
	pl_vec_free(&names);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition_cases)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
