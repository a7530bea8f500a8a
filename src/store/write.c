// SPDX-License-Identifier: Apache-2.0
/* Writing content: a temporary file, hashed as it comes, named by its digest at the end. */
#include "store/store_int.h"

int pl_store_tmp_open(struct pl_store *s, const char *prefix, struct pl_file_tmp *ret,
		      struct pl_err *err)
{
	PL_AUTOFREE char *shown = pl_xprintf("%s/tmp", s->dir);
	return pl_file_tmp_open(s->tmp_fd, prefix, shown, ret, err);
}

struct writer {
	struct pl_sink s;
	struct pl_store *store;
	enum pl_store_area area;
	struct pl_file_tmp tmp;
	struct pl_sha256 hash;
	uint64_t size, expect_size;
	bool has_expect;
	struct pl_digest expect, *ret_digest;
	uint64_t *ret_size;
};

/* What to call the content in errors: its digest if it is known beforehand. */
static const char *shown_as(const struct writer *w, char dst[PL_DIGEST_TEXT])
{
	return w->has_expect ? pl_digest_format(&w->expect, dst) : "new content";
}

static int writer_write(struct pl_sink *s, const void *p, size_t n, struct pl_err *err)
{
	struct writer *w = (struct writer *)s;
	char text[PL_DIGEST_TEXT];
	if (n > w->expect_size - w->size)
		return pl_fail(err, PL_VERIFY, "%s: more than the %llu bytes it should have",
			       shown_as(w, text), (unsigned long long)w->expect_size);
	pl_sha256_add(&w->hash, p, n);
	w->size += n;
	PL_AUTOFREE char *what =
		pl_xprintf("%s into the store %s", shown_as(w, text), w->store->dir);
	return pl_write_all(w->tmp.fd, p, n, what, err);
}

static int writer_finish(struct pl_sink *s, struct pl_err *err)
{
	struct writer *w = (struct writer *)s;
	char text[PL_DIGEST_TEXT], hex[PL_DIGEST_TEXT];
	struct pl_digest d;
	if (w->expect_size != UINT64_MAX && w->size != w->expect_size)
		return pl_fail(err, PL_VERIFY, "%s: %llu bytes instead of %llu", shown_as(w, text),
			       (unsigned long long)w->size, (unsigned long long)w->expect_size);
	pl_sha256_final(&w->hash, &d);
	if (w->has_expect && !pl_digest_eq(&d, &w->expect))
		return pl_fail(err, PL_VERIFY, "%s: the content has digest %s", shown_as(w, text),
			       PL_DIGEST_STR(&d));
	PL_AUTOFREE char *path = pl_store_path(w->store, w->area, &d);
	/* Over a file of that name too: the same bytes, or a damaged one that is healed so. */
	int rc = pl_file_tmp_commit(&w->tmp, w->store->area_fd[w->area], pl_digest_hex(&d, hex),
				    0644, true, path, err);
	if (rc < 0)
		return rc;
	atomic_store(&w->store->fresh[w->area], true);
	if (w->ret_digest)
		*w->ret_digest = d;
	if (w->ret_size)
		*w->ret_size = w->size;
	return 0;
}

static void writer_close(struct pl_sink *s)
{
	struct writer *w = (struct writer *)s;
	pl_file_tmp_done(&w->tmp);
	pl_sha256_done(&w->hash);
	free(w);
}

int pl_store_writer(struct pl_store *s, enum pl_store_area a, uint64_t expect_size,
		    const struct pl_digest *expect, struct pl_digest *ret_digest,
		    uint64_t *ret_size, struct pl_sink **ret, struct pl_err *err)
{
	static const struct pl_sink_ops ops = {writer_write, writer_finish, writer_close};
	struct pl_file_tmp tmp = {.fd = -1};
	int rc = pl_store_tmp_open(s, "write", &tmp, err);
	if (rc < 0)
		return rc;
	struct writer *w = pl_xcalloc(1, sizeof(*w));
	w->s.ops = &ops;
	w->store = s;
	w->area = a;
	w->tmp = tmp;
	w->expect_size = expect_size;
	if (expect) {
		w->has_expect = true;
		w->expect = *expect;
	}
	w->ret_digest = ret_digest;
	w->ret_size = ret_size;
	pl_sha256_init(&w->hash);
	*ret = &w->s;
	return 0;
}

/* Is exactly that content there? Reading it again is cheaper than an fsync, and a damaged file is
 * not taken for the content. */
static bool holds(struct pl_store *s, enum pl_store_area a, struct pl_str data,
		  const struct pl_digest *d)
{
	struct pl_err err = {0};
	PL_AUTO_FREE(source) in = NULL;
	uint64_t size;
	char chunk[16384];
	int64_t k;
	if (!pl_store_has(s, a, d, &size) || size != data.n ||
	    pl_store_read(s, a, d, true, &in, &err) < 0)
		return false;
	while ((k = pl_source_read(in, chunk, sizeof(chunk), &err)) > 0)
		;
	return k == 0;
}

int pl_store_put(struct pl_store *s, enum pl_store_area a, struct pl_str data,
		 struct pl_digest *ret_digest, struct pl_err *err)
{
	struct pl_digest d = pl_sha256_of(data);
	if (!holds(s, a, data, &d)) {
		PL_AUTO_FREE(sink) out = NULL;
		int rc = pl_store_writer(s, a, data.n, &d, NULL, NULL, &out, err);
		if (rc == 0 && data.n)
			rc = pl_sink_write(out, data.p, data.n, err);
		if (rc == 0)
			rc = pl_sink_finish(out, err);
		if (rc < 0)
			return rc;
	}
	if (ret_digest)
		*ret_digest = d;
	return 0;
}
