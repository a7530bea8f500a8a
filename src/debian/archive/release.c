// SPDX-License-Identifier: Apache-2.0
/* Release files: what the signed text says. */
#include "debian/archive/index_int.h"

#include "base/clock.h"
#include "base/deb822.h"
#include "base/num.h"

static int bad(const char *where, const char *field, const char *why, struct pl_err *err)
{
	return pl_fail(err, PL_INPUT, "%s: %s: %s", where, field, why);
}

static struct pl_str next_word(struct pl_str *line)
{
	*line = pl_str_trim(*line);
	size_t n = 0;
	while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
		n++;
	struct pl_str w = pl_str_sub(*line, 0, n);
	*line = pl_str_sub(*line, n, line->n);
	return w;
}

static int by_path(const void *a, const void *b)
{
	return pl_str_cmp(((const struct pl_release_file *)a)->path,
			  ((const struct pl_release_file *)b)->path);
}

static int parse_line(struct pl_str line, const char *where, struct pl_release_file *f,
		      struct pl_err *err)
{
	struct pl_str hash = next_word(&line), size = next_word(&line);
	f->path = pl_str_trim(line);
	if (!pl_digest_parse_hex(hash, &f->sha256))
		return bad(where, "SHA256", "a line does not begin with 64 hexadecimal digits",
			   err);
	if (!pl_parse_u64(size, INT64_MAX, &f->size))
		return bad(where, "SHA256", "a size is not a number", err);
	if (!pl_archive_path_ok(f->path))
		return bad(where, "SHA256", "a name is not a plain path below the suite", err);
	return 0;
}

static int parse_files(struct pl_arena *a, struct pl_str text, const char *where,
		       struct pl_release *r, struct pl_err *err)
{
	size_t lines = 1;
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	/* A line that counts has 68 bytes and more, an item here half as many again: bounded. */
	if (lines > text.n / 68 + 16)
		return bad(where, "SHA256", "not a list of hash, size and name", err);
	r->files = pl_arena_array(a, struct pl_release_file, lines);
	while (text.p) {
		struct pl_str line = pl_str_cut(&text, '\n');
		if (pl_str_trim(line).n == 0)
			continue;
		int rc = parse_line(line, where, &r->files[r->n_files++], err);
		if (rc < 0)
			return rc;
	}
	if (r->n_files)
		qsort(r->files, r->n_files, sizeof(*r->files), by_path);
	for (size_t i = 1; i < r->n_files; i++)
		if (by_path(&r->files[i - 1], &r->files[i]) == 0)
			return bad(where, "SHA256", "a file is listed twice", err);
	return 0;
}

int pl_release_parse(struct pl_arena *a, struct pl_str text, const char *where,
		     struct pl_release *ret, struct pl_err *err)
{
	struct pl_deb822_reader reader = {.rest = text, .what = where};
	struct pl_deb822 p, second;
	struct pl_release r = {0};
	int rc = pl_deb822_next(&reader, false, &p, err);
	if (rc == 0)
		return bad(where, "Release", "the file is empty", err);
	if (rc < 0 || (rc = pl_deb822_next(&reader, false, &second, err)) < 0)
		return rc;
	if (rc > 0)
		return bad(where, "Release", "more than one paragraph", err);
	r.suite = pl_deb822_get(&p, "Suite");
	r.codename = pl_deb822_get(&p, "Codename");
	r.by_hash = pl_field_is(pl_deb822_get(&p, "Acquire-By-Hash"), "yes");
	if (!pl_time_parse_rfc2822(pl_deb822_get(&p, "Date"), &r.date))
		return bad(where, "Date", "missing, or not a date", err);
	struct pl_str until = pl_deb822_get(&p, "Valid-Until");
	if (until.n && (!pl_time_parse_rfc2822(until, &r.valid_until) || r.valid_until <= 0))
		return bad(where, "Valid-Until", "not a date", err);
	struct pl_str files = pl_deb822_get(&p, "SHA256");
	if (files.n == 0)
		return bad(where, "SHA256", "missing: there is no other hash we take", err);
	if ((rc = parse_files(a, files, where, &r, err)) < 0)
		return rc;
	*ret = r;
	return 0;
}
