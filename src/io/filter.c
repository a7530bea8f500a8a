// SPDX-License-Identifier: Apache-2.0
/* Decorators that pass bytes through: limit, verify, tee. */
#include "io/stream_int.h"

struct filter {
	struct pl_source s;
	struct pl_source *in;
	uint64_t size, count; /* size: the limit, or the expected size */
	bool has_digest, exact;
	struct pl_digest want;
	struct pl_sha256 own;   /* verify */
	struct pl_sha256 *hash; /* tee: the caller's */
	uint64_t *counter;
	char *what;
};

static void filter_close(struct pl_source *s)
{
	struct filter *f = (struct filter *)s;
	pl_source_free(f->in);
	pl_sha256_done(&f->own);
	free(f->what);
	free(f);
}

static struct filter *filter_new(struct pl_source *in, const struct pl_source_ops *ops,
				 const char *what)
{
	struct filter *f = pl_xcalloc(1, sizeof(*f));
	f->s.ops = ops;
	f->in = in;
	f->what = pl_xstrdup(what);
	return f;
}

static int64_t limit_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct filter *f = (struct filter *)s;
	int64_t k = pl_source_read(f->in, p, n, err);
	if (k < 0)
		return pl_stream_ctx(err, f->what);
	if ((uint64_t)k > f->size - f->count)
		return pl_fail(err, PL_LIMIT, "%s: larger than %llu bytes", f->what,
			       (unsigned long long)f->size);
	f->count += (uint64_t)k;
	return k;
}

struct pl_source *pl_source_limit(struct pl_source *in, uint64_t max, const char *what)
{
	static const struct pl_source_ops ops = {limit_read, filter_close};
	struct filter *f = filter_new(in, &ops, what);
	f->size = max;
	return &f->s;
}

static int verify_end(struct filter *f, struct pl_err *err)
{
	struct pl_digest got;
	if (f->exact && f->count != f->size)
		return pl_fail(err, PL_VERIFY, "%s: has %llu bytes instead of %llu", f->what,
			       (unsigned long long)f->count, (unsigned long long)f->size);
	if (!f->has_digest)
		return 0;
	pl_sha256_final(&f->own, &got);
	if (pl_digest_eq(&got, &f->want))
		return 0;
	return pl_fail(err, PL_VERIFY, "%s: has the digest %s instead of %s", f->what,
		       PL_DIGEST_STR(&got), PL_DIGEST_STR(&f->want));
}

static int64_t verify_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct filter *f = (struct filter *)s;
	int64_t k = pl_source_read(f->in, p, n, err);
	if (k < 0)
		return pl_stream_ctx(err, f->what);
	if (k == 0)
		return verify_end(f, err);
	if (f->exact && (uint64_t)k > f->size - f->count)
		return pl_fail(err, PL_VERIFY, "%s: has more than the expected %llu bytes", f->what,
			       (unsigned long long)f->size);
	f->count += (uint64_t)k;
	if (f->has_digest)
		pl_sha256_add(&f->own, p, (size_t)k);
	return k;
}

struct pl_source *pl_source_verify(struct pl_source *in, uint64_t size,
				   const struct pl_digest *digest, const char *what)
{
	static const struct pl_source_ops ops = {verify_read, filter_close};
	struct filter *f = filter_new(in, &ops, what);
	f->size = size;
	f->exact = size != UINT64_MAX;
	if (digest) {
		f->has_digest = true;
		f->want = *digest;
		pl_sha256_init(&f->own);
	}
	return &f->s;
}

static int64_t tee_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct filter *f = (struct filter *)s;
	int64_t k = pl_source_read(f->in, p, n, err);
	if (k > 0 && f->hash)
		pl_sha256_add(f->hash, p, (size_t)k);
	if (k > 0 && f->counter)
		*f->counter += (uint64_t)k;
	return k;
}

struct pl_source *pl_source_tee(struct pl_source *in, struct pl_sha256 *h, uint64_t *count)
{
	static const struct pl_source_ops ops = {tee_read, filter_close};
	struct filter *f = filter_new(in, &ops, "");
	f->hash = h;
	f->counter = count;
	return &f->s;
}
