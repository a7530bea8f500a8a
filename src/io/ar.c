// SPDX-License-Identifier: Apache-2.0
#include "io/ar.h"

#include "base/num.h"
#include "io/stream_int.h"

#include <assert.h>

/* struct ar_hdr of <ar.h>: text fields, padded with blanks. */
#define HEADER 60
#define NAME_AT 0
#define NAME_LEN 16
#define SIZE_AT 48
#define SIZE_LEN 10
#define END_AT 58

struct pl_ar {
	struct pl_source *in;
	char *what;
	char *skip;      /* PL_IO_CHUNK bytes, made when first needed */
	uint64_t left;   /* of the current body */
	bool pad;        /* a byte follows the body: members begin at even offsets */
	uint64_t serial; /* of the current member, so that a stale body source is noticed */
	struct pl_err err;
};

void pl_ar_free(struct pl_ar *a)
{
	if (!a)
		return;
	pl_source_free(a->in);
	free(a->what);
	free(a->skip);
	free(a);
}

int pl_ar_new(struct pl_source *in, const char *what, struct pl_ar **ret, struct pl_err *err)
{
	PL_AUTO_FREE(ar) a = pl_xcalloc(1, sizeof(*a));
	char magic[8];
	a->in = in;
	a->what = pl_xstrdup(what);
	int rc = pl_source_read_full(in, magic, sizeof(magic), what, err);
	if (rc < 0)
		return pl_stream_ctx(err, what);
	if (memcmp(magic, "!<arch>\n", sizeof(magic)) != 0)
		return pl_fail(err, PL_INPUT, "%s: not an ar archive", what);
	*ret = pl_steal(&a);
	return 0;
}

static int64_t body_read(struct pl_ar *a, void *p, size_t n, struct pl_err *err)
{
	if (!a->left)
		return 0;
	int64_t k = pl_source_read(a->in, p, n < a->left ? n : (size_t)a->left, err);
	if (k < 0)
		return pl_stream_ctx(err, a->what);
	if (k == 0)
		return pl_fail(err, PL_INPUT, "%s: ends too early, inside of a member", a->what);
	a->left -= (uint64_t)k;
	return k;
}

static int skip_rest(struct pl_ar *a, struct pl_err *err)
{
	int64_t k = 1;
	if (a->left && !a->skip)
		a->skip = pl_xrealloc(NULL, PL_IO_CHUNK, 1);
	while (a->left && k > 0)
		k = body_read(a, a->skip, PL_IO_CHUNK, err);
	if (k < 0)
		return (int)k;
	if (a->pad) {
		char c;
		a->pad = false;
		return pl_source_read_full(a->in, &c, 1, a->what, err);
	}
	return 0;
}

static struct pl_str field(const char *h, size_t at, size_t n)
{
	while (n && h[at + n - 1] == ' ')
		n--;
	return (struct pl_str){h + at, n};
}

static int parse_header(const struct pl_ar *a, const char *h, struct pl_ar_member *ret,
			struct pl_err *err)
{
	struct pl_str name = field(h, NAME_AT, NAME_LEN);
	if (memcmp(h + END_AT, "`\n", 2) != 0)
		return pl_fail(err, PL_INPUT, "%s: damaged ar header", a->what);
	if (name.n && name.p[name.n - 1] == '/')
		name.n--; /* GNU ends names with a slash */
	if (!name.n)
		return pl_fail(err, PL_INPUT, "%s: an ar member without a name", a->what);
	for (size_t i = 0; i < name.n; i++)
		/* A slash elsewhere belongs to the long names of GNU and BSD, which deb(5) does
		 * without. */
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f || name.p[i] == '/')
			return pl_fail(err, PL_INPUT, "%s: an ar member with an unfit name",
				       a->what);
	uint64_t size;
	if (!pl_parse_u64(field(h, SIZE_AT, SIZE_LEN), 9999999999u, &size))
		return pl_fail(err, PL_INPUT, "%s: member " PL_STR_FMT " has a malformed size",
			       a->what, PL_STR_ARG(name));
	*ret = (struct pl_ar_member){.size = size};
	memcpy(ret->name, name.p, name.n);
	return 0;
}

static int next_member(struct pl_ar *a, struct pl_ar_member *ret, struct pl_err *err)
{
	char h[HEADER];
	int rc = skip_rest(a, err);
	if (rc < 0)
		return rc;
	int64_t k = pl_source_read(a->in, h, sizeof(h), err);
	if (k <= 0)
		return (int)k;
	rc = pl_source_read_full(a->in, h + k, sizeof(h) - (size_t)k, a->what, err);
	if (rc < 0)
		return rc;
	rc = parse_header(a, h, ret, err);
	if (rc < 0)
		return rc;
	a->left = ret->size;
	a->pad = ret->size & 1;
	a->serial++;
	return 1;
}

int pl_ar_next(struct pl_ar *a, struct pl_ar_member *ret, struct pl_err *err)
{
	if (a->err.code) {
		*err = a->err;
		return -(int)err->code;
	}
	int rc = next_member(a, ret, err);
	if (rc < 0) {
		pl_stream_ctx(err, a->what);
		a->err = *err;
	}
	return rc;
}

struct ar_body {
	struct pl_source s;
	struct pl_ar *a;
	uint64_t serial;
};

static int64_t ar_body_read(struct pl_source *s, void *p, size_t n, struct pl_err *err)
{
	struct ar_body *b = (struct ar_body *)s;
	assert(b->serial == b->a->serial);
	return body_read(b->a, p, n, err);
}

static void ar_body_close(struct pl_source *s) { free(s); }

struct pl_source *pl_ar_body(struct pl_ar *a)
{
	static const struct pl_source_ops ops = {ar_body_read, ar_body_close};
	struct ar_body *b = pl_xcalloc(1, sizeof(*b));
	b->s.ops = &ops;
	b->a = a;
	b->serial = a->serial;
	return &b->s;
}
